//! The change feed: which act touched which records, in sequence. The consumer holds the cursor, so that delivery is
//! at least once and nothing is polled twice.

use super::{Ask, Error, Population};
use crate::store::{self, Change};
use access::Action;
use ledger::{Entry, Subject};
use vocabulary::ActSeq;

/// Most changes in one answer.
pub const MOST: u32 = 1_000;

impl Population {
    /// The changes after a sequence number. Reading is entered in the ledger as an operation with the place where it
    /// began.
    pub async fn changes(&self, ask: &Ask, after: ActSeq, limit: u32) -> Result<Vec<Change>, Error> {
        const SERVICE: &str = "population.changes";
        self.decide(ask, Action::ReadChanges, SERVICE, Subject::Nobody, &[]).await?;
        ask.basis()?;
        let entry = Entry::operation(ask.caller.actor.clone(), SERVICE).note(format!("after {after}, at most {limit}"));
        self.ledger.append(self.entered(ask, entry)).await?;
        Ok(store::changes(&self.store, after, i64::from(limit.clamp(1, MOST))).await?)
    }
}
