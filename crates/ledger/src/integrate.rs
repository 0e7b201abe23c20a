//! From durable entries to the signed tree.
//!
//! Everything here follows from committed rows: a process that dies half way leaves nothing to mend. Before it signs,
//! the log proves to itself that the new tree begins with the tree that it signed last.

use crate::{
    Checkpoint, Hash, Ledger, LedgerError,
    edge::{Edge, bytes},
    rows,
    tile::TileId,
};
use std::{collections::BTreeMap, future::Future, time::Duration};
use store::{StoreError, transact};

/// How often new entries are taken into the signed tree.
const PERIOD: Duration = Duration::from_secs(1);
/// Entries that one checkpoint takes in at most, so that a backlog is held in little memory.
const STRIDE: u64 = 1 << 16;

impl Ledger {
    /// Takes new entries into the signed tree every second, until `shutdown` comes true, and then once more.
    pub async fn run(&self, shutdown: impl Future<Output = ()>) {
        let mut shutdown = std::pin::pin!(shutdown);
        let mut timer = tokio::time::interval(PERIOD);
        timer.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut trouble = String::new();
        loop {
            let last = tokio::select! {
                () = &mut shutdown => true,
                _ = timer.tick() => false,
            };
            match self.integrate_now().await {
                Ok(_) => trouble.clear(),
                Err(error) => {
                    // The same trouble every second is told once.
                    let text = error.to_string();
                    if text != trouble {
                        tracing::error!(%error, "the ledger's checkpoint could not be renewed");
                        trouble = text;
                    }
                }
            }
            if last {
                return;
            }
        }
    }

    /// Takes all entries that are durable now into the signed tree and returns the newest checkpoint.
    ///
    /// # Errors
    /// [`LedgerError::Damaged`] where the stored tree is not the one that was signed, or entries are missing: then
    /// nothing is signed.
    pub async fn integrate_now(&self) -> Result<Checkpoint, LedgerError> {
        let goal = rows::head(&self.store).await?;
        loop {
            match self.newest().await? {
                Some((checkpoint, _)) if checkpoint.size >= goal => return Ok(checkpoint),
                last => self.step(last.map(|(checkpoint, _)| checkpoint), goal).await?,
            }
        }
    }

    /// The newest checkpoint and its note.
    pub(crate) async fn newest(&self) -> Result<Option<(Checkpoint, String)>, LedgerError> {
        let Some(signed) = rows::newest(&self.store).await? else { return Ok(None) };
        let checkpoint = Checkpoint::open(&signed.note, &self.key).map_err(LedgerError::OtherKey)?;
        if (checkpoint.size as i64, checkpoint.root.bytes().as_slice())
            != (signed.size, signed.root.as_slice())
        {
            return Err(LedgerError::Damaged("the newest checkpoint is not the one that was signed"));
        }
        Ok(Some((checkpoint, signed.note)))
    }

    /// One new checkpoint after `last`.
    async fn step(&self, last: Option<Checkpoint>, goal: u64) -> Result<(), LedgerError> {
        let base = last.unwrap_or(Checkpoint { size: 0, root: Hash::empty_tree() });
        let mut edge = self.edge(base).await?;
        let next = goal.min(base.size + STRIDE);
        let mut tiles = Vec::new();
        for commitment in rows::commitments(&self.store, base.size, next).await? {
            edge.push(Hash::leaf(commitment.bytes()), |id, row| tiles.push((id, bytes(&row))));
        }
        tiles.extend(edge.partial().map(|(id, row)| (id, bytes(row))));

        let checkpoint = Checkpoint { size: next, root: edge.root() };
        let signature = self.signer.sign(checkpoint.text(self.key.origin()).as_bytes())?;
        let note = checkpoint.note(&self.key, &signature);
        let before = last.map(|checkpoint| checkpoint.size as i64);
        transact!(self.store, tx => {
            tx.apart();
            tx.lock("ledger").await?;
            // Another process may have been quicker; then its work stands, and the loop looks again.
            if rows::newest_size(tx).await? == before {
                rows::put_tiles(tx, tiles.clone()).await?;
                rows::put_checkpoint(tx, checkpoint, &note).await?;
            }
            Ok::<_, StoreError>(())
        })?;
        Ok(())
    }

    /// The right edge of the tree that was signed, from the stored tiles.
    async fn edge(&self, signed: Checkpoint) -> Result<Edge, LedgerError> {
        let mut tiles = BTreeMap::new();
        for id in TileId::partial_in(signed.size) {
            if let Some(data) = rows::tile(&self.store, id).await? {
                tiles.insert(id, data);
            }
        }
        Edge::restore(signed.size, |id| tiles.remove(&id))
            .filter(|edge| edge.root() == signed.root)
            .ok_or(LedgerError::Damaged("the stored tree is not the one that was signed; check the log"))
    }
}
