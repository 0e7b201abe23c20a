//! From entries to checkpoint, tiles, bundles and proofs.

#![allow(clippy::unwrap_used)]

mod log;

use ledger::{
    Checkpoint, Hash, KeyFile, Ledger, LedgerError, MIGRATIONS, Origin, Proof, Resource,
    tile::TileId,
    tree::{root_of_inclusion, verify_consistency},
};
use log::*;
use std::{fs, sync::Arc};
use store::{Store, testing::twin, transact};

/// The definition of RFC 6962 §2.1.
fn definition(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => Hash::empty_tree(),
        [leaf] => *leaf,
        _ => {
            let left = leaves.len().next_power_of_two() / 2;
            Hash::node(&definition(&leaves[..left]), &definition(&leaves[left..]))
        }
    }
}

async fn leaves(store: &Store) -> Vec<Hash> {
    let rows: Vec<Vec<u8>> =
        store.all("SELECT commitment FROM ledger_entry ORDER BY seq", &[]).await.unwrap();
    rows.iter().map(|commitment| Hash::leaf(commitment)).collect()
}

async fn get(ledger: &Ledger, path: &str) -> Option<Vec<u8>> {
    let resource = Resource::parse(path).unwrap();
    ledger.resource(resource).await.unwrap().map(|published| published.bytes)
}

async fn tiles(store: &Store) -> Vec<(i16, i64, Vec<u8>)> {
    store.all("SELECT level, place, data FROM ledger_tile ORDER BY level, place", &[]).await.unwrap()
}

async fn corrupt(store: &Store, sql: &str) {
    let changed = transact!(store, tx => tx.execute(sql, &[]).await).unwrap();
    assert!(changed > 0, "{sql}");
}

store::on_each_engine! {
    sets = &[MIGRATIONS];

    async fn grown_entry_by_entry_or_at_once_the_tree_is_the_same(store: Store) {
        let ledger = open(&store).await;
        let mut roots = vec![ledger.integrate_now().await.unwrap().root];
        for n in 0..600 {
            ledger.append(entry(n)).await.unwrap();
            let checkpoint = ledger.integrate_now().await.unwrap();
            assert_eq!(checkpoint.size, n as u64 + 1);
            roots.push(checkpoint.root);
        }
        let leaves = leaves(&store).await;
        for (size, root) in roots.iter().enumerate() {
            assert_eq!(*root, definition(&leaves[..size]), "at {size}");
        }
        let grown = tiles(&store).await;
        corrupt(&store, "DELETE FROM ledger_tile").await;
        corrupt(&store, "DELETE FROM ledger_checkpoint").await;
        assert_eq!(ledger.integrate_now().await.unwrap().root, roots[600]);
        assert_eq!(tiles(&store).await, grown);
    }

    async fn an_empty_log_is_signed_too(store: Store) {
        let ledger = open(&store).await;
        assert_eq!(get(&ledger, "checkpoint").await, None);
        ledger.integrate_now().await.unwrap();
        let note = String::from_utf8(get(&ledger, "checkpoint").await.unwrap()).unwrap();
        let empty = Checkpoint { size: 0, root: Hash::empty_tree() };
        assert_eq!(Checkpoint::open(&note, ledger.verifier_key()), Ok(empty));
        assert!(note.starts_with("dancu.example/ledger\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n\n— "));
    }

    async fn what_is_published_is_what_the_specification_says(store: Store) {
        let ledger = open(&store).await;
        ledger.append_all(entries(0..600)).await.unwrap();
        ledger.integrate_now().await.unwrap();
        let leaves = leaves(&store).await;
        let whole = get(&ledger, "tile/0/001").await.unwrap();
        assert_eq!(whole.len(), 8192);
        assert_eq!(whole[..32], *leaves[256].bytes());
        assert_eq!(get(&ledger, "tile/0/002.p/88").await.unwrap()[87 * 32..], *leaves[599].bytes());
        assert_eq!(get(&ledger, "tile/0/002.p/87").await.unwrap().len(), 87 * 32);
        assert_eq!(get(&ledger, "tile/0/002.p/89").await, None);
        assert_eq!(get(&ledger, "tile/0/002").await, None);
        assert_eq!(get(&ledger, "tile/0/003.p/1").await, None);
        assert_eq!(get(&ledger, "tile/1/000.p/2").await.unwrap()[32..], *definition(&leaves[256..512]).bytes());
        assert_eq!(get(&ledger, "tile/2/000.p/1").await, None);
        let bundle = get(&ledger, "tile/entries/002.p/88").await.unwrap();
        assert_eq!(bundle.len(), 88 * 34);
        for (n, entry) in bundle.chunks(34).enumerate() {
            assert_eq!(entry[..2], [0, 32]);
            assert_eq!(Hash::leaf(&entry[2..]), leaves[512 + n]);
        }
        assert_eq!(get(&ledger, "tile/entries/002.p/89").await, None);
        let far = Resource::Entries { index: u64::MAX, width: 1 };
        assert_eq!(ledger.resource(far).await.unwrap(), None);
        // Entries that no checkpoint covers yet are not published.
        ledger.append(entry(601)).await.unwrap();
        assert_eq!(get(&ledger, "tile/entries/002.p/89").await, None);
        let kinds = [
            ("checkpoint", "text/plain; charset=utf-8", "no-cache"),
            ("tile/0/000", "application/octet-stream", "public, max-age=31536000, immutable"),
        ];
        for (path, content_type, cache) in kinds {
            let published = ledger.resource(Resource::parse(path).unwrap()).await.unwrap().unwrap();
            assert_eq!((published.content_type, published.cache_control), (content_type, cache));
        }
    }

    async fn proofs_hold_between_any_sizes(store: Store) {
        let ledger = open(&store).await;
        ledger.append_all(entries(0..600)).await.unwrap();
        let newest = ledger.integrate_now().await.unwrap();
        let leaves = leaves(&store).await;
        for (index, size) in [(0, 1), (0, 600), (255, 256), (256, 257), (511, 600), (512, 600), (599, 600), (300, 301)] {
            let path = ledger.inclusion(index, size).await.unwrap();
            let root = definition(&leaves[..size as usize]);
            assert_eq!(root_of_inclusion(leaves[index as usize], index, size, &path), Some(root));
        }
        for old in [1, 2, 255, 256, 257, 511, 512, 513, 599, 600] {
            let path = ledger.consistency(old, 600).await.unwrap();
            assert!(verify_consistency(old, 600, definition(&leaves[..old as usize]), newest.root, &path));
        }
        assert!(matches!(ledger.inclusion(0, 601).await, Err(LedgerError::Damaged(_))));
        assert!(ledger.inclusion(600, 600).await.unwrap().is_empty());
    }

    async fn a_proof_stands_alone(store: Store) {
        let ledger = open(&store).await;
        ledger.append_all(entries(0..300)).await.unwrap();
        // Nothing is signed yet: the proof sees to it.
        let proof = ledger.prove(277).await.unwrap();
        let proven = Proof::parse(&proof.to_string()).unwrap().verify(ledger.verifier_key()).unwrap();
        assert_eq!(proven.statement, ledger.entry(277).await.unwrap().statement);
        assert_eq!((proven.index, proven.checkpoint.size), (277, 300));
        assert!(matches!(ledger.prove(300).await, Err(LedgerError::NoSuchEntry)));
    }

    async fn two_processes_grow_one_tree(store: Store) {
        let other = twin(&store).await;
        let key = Arc::new(KeyFile::generate().unwrap());
        let (one, two) = (open_with(&store, key.clone()).await, open_with(&other, key).await);
        for n in 0..40 {
            one.append_all(entries(n * 10..n * 10 + 7)).await.unwrap();
            two.append_all(entries(n * 10..n * 10 + 5)).await.unwrap();
            let (left, right) = tokio::join!(one.integrate_now(), two.integrate_now());
            assert_eq!(left.unwrap(), right.unwrap());
        }
        assert!(one.verify_log(&[], |_, _| {}).await.unwrap().is_ok());
        other.close().await.unwrap();
    }

    async fn a_tree_other_than_the_signed_one_is_not_extended(store: Store) {
        let ledger = open(&store).await;
        ledger.append_all(entries(0..300)).await.unwrap();
        let signed = ledger.integrate_now().await.unwrap();
        ledger.append(entry(300)).await.unwrap();
        let other = "(SELECT root FROM ledger_checkpoint WHERE size = 300)";
        corrupt(&store, &format!("UPDATE ledger_tile SET data = {other} WHERE level = 1")).await;
        assert!(matches!(ledger.integrate_now().await, Err(LedgerError::Damaged(_))));
        let note = String::from_utf8(get(&ledger, "checkpoint").await.unwrap()).unwrap();
        assert_eq!(Checkpoint::open(&note, ledger.verifier_key()), Ok(signed));
    }

    async fn a_log_with_a_hole_is_not_signed(store: Store) {
        let ledger = open(&store).await;
        ledger.append_all(entries(0..30)).await.unwrap();
        corrupt(&store, "DELETE FROM ledger_entry WHERE seq = 13").await;
        assert!(matches!(ledger.integrate_now().await, Err(LedgerError::Damaged(_))));
        assert_eq!(get(&ledger, "checkpoint").await, None);
    }

    async fn another_key_or_origin_does_not_go_on(store: Store) {
        let key = Arc::new(KeyFile::generate().unwrap());
        open_with(&store, key.clone()).await.integrate_now().await.unwrap();
        let opened = |key: Arc<KeyFile>, origin: &str| Ledger::open(store.clone(), key, Origin::parse(origin).unwrap());
        let stranger = Arc::new(KeyFile::generate().unwrap());
        assert!(matches!(opened(stranger, "dancu.example/ledger").await, Err(LedgerError::OtherKey(_))));
        assert!(matches!(opened(key.clone(), "other.example/ledger").await, Err(LedgerError::OtherKey(_))));
        assert!(opened(key, "dancu.example/ledger").await.is_ok());
    }

    async fn running_ends_with_everything_signed(store: Store) {
        let ledger = open(&store).await;
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let running = tokio::spawn({
            let ledger = ledger.clone();
            async move { ledger.run(async { stopped.await.unwrap_or_default() }).await }
        });
        ledger.append_all(entries(0..10)).await.unwrap();
        stop.send(()).unwrap();
        running.await.unwrap();
        let note = String::from_utf8(get(&ledger, "checkpoint").await.unwrap()).unwrap();
        assert_eq!(Checkpoint::open(&note, ledger.verifier_key()).unwrap().size, 10);
    }

    async fn the_exported_files_are_the_log(store: Store) {
        let ledger = open(&store).await;
        ledger.append_all(entries(0..600)).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(ledger.export(folder.path()).await.unwrap(), 600);
        let tiles = ["tile/0/000", "tile/0/001", "tile/0/002.p/88", "tile/1/000.p/2"];
        for path in tiles.into_iter().chain(["checkpoint", "tile/entries/000", "tile/entries/002.p/88"]) {
            assert_eq!(fs::read(folder.path().join(path)).ok(), get(&ledger, path).await, "{path}");
        }
        assert!(!folder.path().join("tile/2").exists() && !folder.path().join("tile/0/003").exists());
    }
}

#[test]
fn partial_tiles_of_all_levels_are_enumerated() {
    let ids: Vec<TileId> = TileId::partial_in(600).collect();
    assert_eq!(ids, [TileId { level: 0, index: 2 }, TileId { level: 1, index: 0 }]);
}
