//! The change feed: which act touched which records, in sequence. The consumer holds the cursor, so that delivery is
//! at least once and nothing is polled twice.

use super::{Ask, Error, Population, desk::within};
use crate::store::{self, Change};
use access::{Action, UnitScope};
use ledger::{Entry, Subject};
use vocabulary::{ActSeq, UnitCode};

/// Most changes in one answer.
pub const MOST: u32 = 1_000;

impl Population {
    /// The changes after a sequence number that touch somebody who lives, or has lived, in the caller's units, and the
    /// number to go on after. Reading is entered in the ledger as an operation with the place where it began.
    pub async fn changes(
        &self,
        ask: &Ask,
        after: ActSeq,
        limit: u32,
    ) -> Result<(Vec<Change>, ActSeq), Error> {
        const SERVICE: &str = "population.changes";
        let own: &[UnitCode] = match &ask.caller.units {
            UnitScope::Everywhere => &[],
            UnitScope::Units(units) => units,
        };
        self.decide(ask, Action::ReadChanges, SERVICE, Subject::Nobody, own).await?;
        ask.basis()?;
        let entry = Entry::operation(ask.caller.actor.clone(), SERVICE)
            .note(format!("after {after}, at most {limit}"));
        self.ledger.append(self.entered(ask, entry)).await?;
        let within = within(&ask.caller.units);
        Ok(store::changes(&self.store, after, i64::from(limit.clamp(1, MOST)), &within).await?)
    }

    /// The number of the last act: whether there is anything new to read. It tells nothing of anybody and is not
    /// logged, so that a consumer may ask often.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn last_act(&self) -> Result<ActSeq, Error> {
        Ok(store::last_act(&self.store).await?)
    }
}
