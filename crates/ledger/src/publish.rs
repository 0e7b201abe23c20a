//! What outsiders get: checkpoint, tiles and bundles by path, proofs of single entries, and the whole log as files.

use crate::{
    Hash, Ledger, LedgerError, Proof, rows,
    tile::{Resource, TileId, WIDTH, node_in},
    tree::{self, Node},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    convert::Infallible,
    fs,
    path::Path,
};

/// A resource of the log, ready to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Published {
    /// The content.
    pub bytes: Vec<u8>,
    /// `Content-Type`.
    pub content_type: &'static str,
    /// `Cache-Control`: tiles and bundles never change, the checkpoint does.
    pub cache_control: &'static str,
}

impl Published {
    fn tile(bytes: Vec<u8>) -> Published {
        Published {
            bytes,
            content_type: "application/octet-stream",
            cache_control: "public, max-age=31536000, immutable",
        }
    }
}

impl Ledger {
    /// A resource under the log's address; `None` where the log has not grown to it.
    ///
    /// # Errors
    /// Where the store fails or is damaged.
    pub async fn resource(&self, resource: Resource) -> Result<Option<Published>, LedgerError> {
        match resource {
            Resource::Checkpoint => Ok(self.newest().await?.map(|(_, note)| Published {
                bytes: note.into_bytes(),
                content_type: "text/plain; charset=utf-8",
                cache_control: "no-cache",
            })),
            Resource::Tile { id, width } => {
                let data = rows::tile(&self.store, id).await?;
                let hashes = data.as_deref().and_then(|data| data.get(..width as usize * Hash::LEN));
                Ok(hashes.map(|hashes| Published::tile(hashes.to_vec())))
            }
            Resource::Entries { index, width } => {
                let size = self.newest().await?.map_or(0, |(checkpoint, _)| checkpoint.size);
                if width > (TileId { level: 0, index }).width_in(size) {
                    return Ok(None);
                }
                let first = index * WIDTH;
                let entries = rows::commitments(&self.store, first, first + width).await?;
                Ok(Some(Published::tile(bundle(&entries))))
            }
        }
    }

    /// The proof that an entry stands under the newest checkpoint. It holds the entry as its subject may see it: the
    /// caller has made sure that the reader is the subject and the entry not sealed, or that it is an inspection.
    ///
    /// # Errors
    /// [`LedgerError::NoSuchEntry`], or where the log is damaged.
    pub async fn prove(&self, seq: u64) -> Result<Proof, LedgerError> {
        let (entry, salt) = rows::opening(&self.store, seq).await?.ok_or(LedgerError::NoSuchEntry)?;
        let salt =
            Hash::from_slice(&salt).ok_or(LedgerError::Damaged("an entry has no salt; check the log"))?;
        let mut newest = self.newest().await?;
        if newest.as_ref().is_none_or(|(checkpoint, _)| checkpoint.size <= seq) {
            self.integrate_now().await?;
            newest = self.newest().await?;
        }
        let (checkpoint, note) = newest.ok_or(LedgerError::NoSuchEntry)?;
        let hashes = self.inclusion(seq, checkpoint.size).await?;
        Ok(Proof { index: seq, entry, salt, hashes, checkpoint: note })
    }

    /// The inclusion proof of entry `index` in the tree of the first `size` entries; empty where there is none.
    ///
    /// # Errors
    /// [`LedgerError::Damaged`] where the tree has not grown to `size`, or a tile is missing.
    pub async fn inclusion(&self, index: u64, size: u64) -> Result<Vec<Hash>, LedgerError> {
        let mut wanted = BTreeSet::new();
        let Ok(_) = tree::inclusion(index, size, note_down(&mut wanted));
        let tiles = self.tiles(wanted).await?;
        tree::inclusion(index, size, look_up(&tiles))
    }

    /// The proof that the tree of the first `new` entries begins with that of the first `old`.
    ///
    /// # Errors
    /// As [`Ledger::inclusion`].
    pub async fn consistency(&self, old: u64, new: u64) -> Result<Vec<Hash>, LedgerError> {
        let mut wanted = BTreeSet::new();
        let Ok(_) = tree::consistency(old, new, note_down(&mut wanted));
        let tiles = self.tiles(wanted).await?;
        tree::consistency(old, new, look_up(&tiles))
    }

    async fn tiles(&self, wanted: BTreeSet<TileId>) -> Result<BTreeMap<TileId, Vec<u8>>, LedgerError> {
        let mut tiles = BTreeMap::new();
        for id in wanted {
            if let Some(data) = rows::tile(&self.store, id).await? {
                tiles.insert(id, data);
            }
        }
        Ok(tiles)
    }

    /// Writes the public part of the log, as of the newest checkpoint, as files in the layout of its addresses: any
    /// web server can serve the folder. Returns the size of the log.
    ///
    /// # Errors
    /// [`LedgerError::System`] where a file cannot be written.
    pub async fn export(&self, folder: &Path) -> Result<u64, LedgerError> {
        let checkpoint = self.integrate_now().await?;
        let size = checkpoint.size;
        for level in 0..=u8::MAX {
            let mut index = 0;
            while let width @ 1.. = (TileId { level, index }).width_in(size) {
                self.put(folder, Resource::Tile { id: TileId { level, index }, width }).await?;
                if level == 0 {
                    self.put(folder, Resource::Entries { index, width }).await?;
                }
                index += 1;
            }
            if index == 0 {
                break;
            }
        }
        // Last, and of this very size: whoever sees it finds all that it stands for.
        let signed = rows::checkpoints(&self.store, size, 1).await?.pop().ok_or(LedgerError::NoSuchEntry)?;
        let file = folder.join(Resource::Checkpoint.path());
        fs::create_dir_all(folder)?;
        fs::write(file, signed.note)?;
        Ok(size)
    }

    async fn put(&self, folder: &Path, resource: Resource) -> Result<(), LedgerError> {
        let published = self.resource(resource).await?.ok_or(MISSING)?;
        let file = folder.join(resource.path());
        if let Some(parent) = file.parent() {
            fs::create_dir_all(parent)?;
        }
        Ok(fs::write(file, published.bytes)?)
    }
}

const MISSING: LedgerError = LedgerError::Damaged("a tile is missing; check the log");

/// Which tiles a proof needs: it is computed once with meaningless hashes.
fn note_down(wanted: &mut BTreeSet<TileId>) -> impl FnMut(Node) -> Result<Hash, Infallible> {
    |node| {
        wanted.insert(TileId::holding(node));
        Ok(Hash::empty_tree())
    }
}

fn look_up(tiles: &BTreeMap<TileId, Vec<u8>>) -> impl FnMut(Node) -> Result<Hash, LedgerError> {
    |node| tiles.get(&TileId::holding(node)).and_then(|tile| node_in(tile, node)).ok_or(MISSING)
}

/// An entry bundle: each published entry behind its length in two bytes.
fn bundle(entries: &[Hash]) -> Vec<u8> {
    entries
        .iter()
        .flat_map(|entry| [&(Hash::LEN as u16).to_be_bytes(), entry.bytes().as_slice()].concat())
        .collect()
}
