//! The check of the whole log finds each kind of tampering, and says where.

#![allow(clippy::unwrap_used)]

mod log;

use ledger::{Checkpoint, Fault, Hash, Ledger, MIGRATIONS, Report, tile::TileId};
use log::*;
use store::{Store, params, transact};
use vocabulary::Moment;

/// A log of 600 entries with checkpoints at 0, 100, 400 and 600 and ten entries beyond.
async fn log(store: &Store) -> (Ledger, Vec<Checkpoint>) {
    let ledger = open(store).await;
    let mut checkpoints = vec![ledger.integrate_now().await.unwrap()];
    for (from, to) in [(0, 100), (100, 400), (400, 600)] {
        ledger.append_all(entries(from..to)).await.unwrap();
        checkpoints.push(ledger.integrate_now().await.unwrap());
    }
    ledger.append_all((600..610).map(|n| entry(n).note("ghi chú")).collect()).await.unwrap();
    (ledger, checkpoints)
}

async fn check(ledger: &Ledger) -> Result<Report, Fault> {
    ledger.verify_log(&[], |_, _| {}).await.unwrap()
}

async fn tamper(store: &Store, sql: &str) {
    let changed = transact!(store, tx => tx.execute(sql, &[]).await).unwrap();
    assert!(changed > 0, "{sql}");
}

macro_rules! tampering {
    ($($name:ident: $fault:expr, $($sql:literal),+;)+) => {
        store::on_each_engine! {
            sets = &[MIGRATIONS];
            $(async fn $name(store: Store) {
                let (ledger, _) = log(&store).await;
                $(tamper(&store, $sql).await;)+
                assert_eq!(check(&ledger).await, Err($fault));
            })+
        }
    };
}

tampering! {
    a_changed_body: Fault::Content(17),
        "UPDATE ledger_entry SET body = replace(body, 'lan.tt', 'an.tt') WHERE seq = 17";
    a_changed_body_not_signed_yet: Fault::Content(605),
        "UPDATE ledger_entry SET body = replace(body, 'lan.tt', 'an.tt') WHERE seq = 605";
    a_changed_salt: Fault::Content(300),
        "UPDATE ledger_entry SET salt = commitment WHERE seq = 300";
    a_shortened_salt: Fault::Content(300),
        "UPDATE ledger_entry SET salt = substr(salt, 1, 8) WHERE seq = 300";
    a_changed_commitment: Fault::Content(599),
        "UPDATE ledger_entry SET commitment = salt WHERE seq = 599";
    a_missing_entry: Fault::Missing(255),
        "DELETE FROM ledger_entry WHERE seq = 255";
    a_missing_tail: Fault::Missing(595),
        "DELETE FROM ledger_entry WHERE seq >= 595";
    a_missing_tail_counted_down: Fault::Missing(595),
        "DELETE FROM ledger_entry WHERE seq >= 595",
        "UPDATE ledger_head SET size = 595";
    an_entry_beyond: Fault::Uncounted(609),
        "UPDATE ledger_head SET size = 609";
    an_entry_before: Fault::Uncounted(-1),
        "INSERT INTO ledger_entry SELECT -1, at, subject_kind, subject_id, sealed_until, body, \
         withheld, salt, commitment FROM ledger_entry WHERE seq = 5";
    swapped_entries: Fault::Replaced(40),
        "UPDATE ledger_entry SET seq = 9000 WHERE seq = 40",
        "UPDATE ledger_entry SET seq = 40 WHERE seq = 41",
        "UPDATE ledger_entry SET seq = 41 WHERE seq = 9000";
    an_entry_hidden_from_its_subject: Fault::Columns(77),
        "UPDATE ledger_entry SET subject_id = 12345 WHERE seq = 77";
    an_entry_of_another_kind: Fault::Columns(77),
        "UPDATE ledger_entry SET subject_kind = 2 WHERE seq = 77";
    an_entry_sealed_afterwards: Fault::Columns(78),
        "UPDATE ledger_entry SET sealed_until = at WHERE seq = 78";
    a_changed_note: Fault::Withheld(603),
        "UPDATE ledger_entry SET withheld = replace(withheld, 'ghi', 'xoá') WHERE seq = 603";
    a_removed_note: Fault::Withheld(603),
        "UPDATE ledger_entry SET withheld = NULL WHERE seq = 603";
    a_changed_tile: Fault::Replaced(256),
        "UPDATE ledger_tile SET data = (SELECT data FROM ledger_tile WHERE level = 0 AND place = 0) \
         WHERE level = 0 AND place = 1";
    a_changed_upper_tile: Fault::Tile(TileId { level: 1, index: 0 }),
        "UPDATE ledger_tile SET data = (SELECT root FROM ledger_checkpoint WHERE size = 600) WHERE \
         level = 1";
    a_missing_tile: Fault::Tile(TileId { level: 0, index: 1 }),
        "DELETE FROM ledger_tile WHERE level = 0 AND place = 1";
    a_missing_partial_tile: Fault::Tile(TileId { level: 0, index: 2 }),
        "DELETE FROM ledger_tile WHERE level = 0 AND place = 2";
    a_superfluous_tile: Fault::Superfluous(TileId { level: 0, index: 3 }),
        "INSERT INTO ledger_tile SELECT 0, 3, data FROM ledger_tile WHERE level = 0 AND place = 0";
    a_changed_checkpoint: Fault::Signature(100),
        "UPDATE ledger_checkpoint SET note = replace(note, 'dancu.example', 'dancu.sample') WHERE \
         size = 100";
    a_changed_newest_checkpoint: Fault::Signature(600),
        "UPDATE ledger_checkpoint SET root = (SELECT root FROM ledger_checkpoint WHERE size = 100) \
         WHERE size = 600";
    a_moved_checkpoint: Fault::Signature(101),
        "UPDATE ledger_checkpoint SET size = 101 WHERE size = 100";
}

store::on_each_engine! {
    sets = &[MIGRATIONS];

    async fn a_sound_log_passes(store: Store) {
        let (ledger, checkpoints) = log(&store).await;
        let mut heard = Vec::new();
        let report = ledger.verify_log(&checkpoints, |done, of| heard.push((done, of))).await.unwrap();
        assert_eq!(report, Ok(Report { entries: 610, checkpoints: 4, newest: checkpoints[3] }));
        assert_eq!(heard.last(), Some(&(610, 610)));
        ledger.integrate_now().await.unwrap();
        assert_eq!(check(&ledger).await.map(|report| (report.checkpoints, report.newest.size)), Ok((5, 610)));
    }

    async fn an_empty_log_passes(store: Store) {
        let ledger = open(&store).await;
        assert_eq!(check(&ledger).await.map(|report| (report.entries, report.checkpoints)), Ok((0, 0)));
        ledger.integrate_now().await.unwrap();
        assert_eq!(check(&ledger).await.map(|report| (report.entries, report.checkpoints)), Ok((0, 1)));
    }

    async fn a_sound_log_passes_while_it_grows(store: Store) {
        let (ledger, _) = log(&store).await;
        let writer = tokio::spawn({
            let ledger = ledger.clone();
            async move {
                for n in 0..60 {
                    ledger.append_all(entries(n * 10..n * 10 + 10)).await.unwrap();
                    ledger.integrate_now().await.unwrap();
                }
            }
        });
        while !writer.is_finished() {
            assert!(check(&ledger).await.is_ok());
        }
        writer.await.unwrap();
        assert_eq!(check(&ledger).await.unwrap().entries, 1210);
    }

    /// Whoever holds the key and the database can rewrite everything, but not what others remember.
    async fn a_log_rewritten_as_a_whole_is_betrayed_by_a_remembered_checkpoint(store: Store) {
        let (ledger, checkpoints) = log(&store).await;
        let salt = Hash::leaf(b"another salt");
        transact!(store, tx => {
            // A consistent forgery: another salt and its commitment at place 50, and the tree built anew.
            let (body,): (String,) = tx.one("SELECT body FROM ledger_entry WHERE seq = 50", &[]).await?;
            let forged = Hash::of(&[salt.bytes(), body.as_bytes()]);
            let new = params![salt.bytes().as_slice(), forged.bytes().as_slice()];
            tx.execute("UPDATE ledger_entry SET salt = $1, commitment = $2 WHERE seq = 50", new).await?;
            tx.execute("DELETE FROM ledger_tile", &[]).await?;
            tx.execute("DELETE FROM ledger_checkpoint", &[]).await
        }).unwrap();
        ledger.integrate_now().await.unwrap();
        assert!(check(&ledger).await.is_ok());
        let remembered = |n: usize| ledger.verify_log(&checkpoints[n..=n], |_, _| {});
        assert_eq!(remembered(1).await.unwrap(), Err(Fault::Remembered(100)));
        assert_eq!(remembered(3).await.unwrap(), Err(Fault::Remembered(600)));
    }

    async fn a_signed_checkpoint_of_another_history_is_found_out(store: Store) {
        let (ledger, _) = log(&store).await;
        let select = "SELECT root, note FROM ledger_checkpoint WHERE size = 100";
        let (root, note): (Vec<u8>, String) = store.one(select, &[]).await.unwrap();
        for table in ["ledger_entry", "ledger_tile", "ledger_checkpoint"] {
            tamper(&store, &format!("DELETE FROM {table}")).await;
        }
        tamper(&store, "UPDATE ledger_head SET size = 0").await;
        ledger.append_all(entries(0..300)).await.unwrap();
        ledger.integrate_now().await.unwrap();
        let insert = "INSERT INTO ledger_checkpoint (size, at, root, note) VALUES (100, $1, $2, $3)";
        transact!(store, tx => tx.execute(insert, params![Moment::now(), root, note]).await).unwrap();
        assert_eq!(check(&ledger).await, Err(Fault::Root(100)));
    }

    async fn a_log_cut_short_is_betrayed_too(store: Store) {
        let (ledger, checkpoints) = log(&store).await;
        tamper(&store, "DELETE FROM ledger_entry WHERE seq >= 400").await;
        tamper(&store, "UPDATE ledger_head SET size = 400").await;
        tamper(&store, "DELETE FROM ledger_tile").await;
        tamper(&store, "DELETE FROM ledger_checkpoint").await;
        ledger.integrate_now().await.unwrap();
        assert!(check(&ledger).await.is_ok());
        assert_eq!(ledger.verify_log(&checkpoints, |_, _| {}).await.unwrap(), Err(Fault::Remembered(600)));
    }
}

#[test]
fn every_fault_is_told_in_both_languages() {
    let tile = TileId { level: 0, index: 1 };
    for fault in [
        Fault::Missing(7),
        Fault::Content(7),
        Fault::Withheld(7),
        Fault::Columns(7),
        Fault::Unreadable(7),
        Fault::Replaced(7),
        Fault::Signature(7),
        Fault::Root(7),
        Fault::Remembered(7),
        Fault::Uncounted(7),
    ] {
        let (vi, en) = fault.text();
        assert!(vi.contains('7') && en.contains('7') && vi != en);
    }
    for fault in [Fault::Tile(tile), Fault::Superfluous(tile)] {
        assert!(fault.text().0.contains("tile/0/001") && fault.text().1.contains("tile/0/001"));
    }
}
