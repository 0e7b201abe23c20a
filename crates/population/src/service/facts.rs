//! What rules of quality are told of records: of a few, of those that acts have touched, or of everybody.
//!
//! Facts name records and tell nothing by which anybody is recognised; so a reading is entered in the ledger as one
//! operation, and not as a look at each person.

use super::{Ask, Error, Population};
use crate::{
    facts::{Doubles, Facts, HouseholdFacts},
    store,
};
use ::store::Store;
use access::{Action, UnitScope};
use ledger::{Entry, Subject};
use std::sync::Arc;
use vocabulary::{ActSeq, AgencyCode, HouseholdId, Moment, PartialDate, PersonId, Text, UnitCode};

/// A reading of the whole registry, a stretch at a time; cheap to clone. What is recorded meanwhile may be told or not:
/// whoever needs it reads what has changed since [`Survey::until`].
#[derive(Clone)]
pub struct Survey {
    store: Store,
    doubles: Arc<Doubles>,
    today: PartialDate,
    /// The last act when the reading began.
    pub until: ActSeq,
    /// The last person.
    pub persons: i64,
    /// The last household.
    pub households: i64,
}

impl Survey {
    /// The persons beyond one identifier up to another, in order.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn persons(&self, after: i64, to: i64) -> Result<Vec<Facts>, Error> {
        Ok(store::facts_between(&self.store, (after, to), &self.doubles, self.today).await?)
    }

    /// The households beyond one identifier up to another, in order.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn households(&self, after: i64, to: i64) -> Result<Vec<HouseholdFacts>, Error> {
        Ok(store::households_between(&self.store, (after, to), self.today).await?)
    }
}

/// What is told of an act without a look at anybody: its kind, its days, its agency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActSketch {
    /// The kind in words.
    pub kind: Text,
    /// When it was recorded.
    pub recorded: Moment,
    /// From when it holds.
    pub effective: PartialDate,
    /// The agency that recorded it.
    pub agency: AgencyCode,
}

impl Population {
    /// Refuses whom no rule lets read facts, and enters the reading.
    pub(super) async fn facts_allowed(&self, ask: &Ask, note: String) -> Result<(), Error> {
        const SERVICE: &str = "population.facts";
        let own: &[UnitCode] = match &ask.caller.units {
            UnitScope::Everywhere => &[],
            UnitScope::Units(units) => units,
        };
        self.decide(ask, Action::CheckQuality, SERVICE, Subject::Nobody, own).await?;
        ask.basis()?;
        let entry = Entry::operation(ask.caller.actor.clone(), SERVICE).note(note);
        self.ledger.append(self.entered(ask, entry)).await?;
        Ok(())
    }

    /// Begins to read everybody.
    ///
    /// # Errors
    /// Forbidden, or where the store fails.
    pub async fn survey(&self, ask: &Ask, today: PartialDate) -> Result<Survey, Error> {
        let until = store::last_act(&self.store).await?;
        let (persons, households) = store::ends(&self.store).await?;
        self.facts_allowed(ask, format!("all, until act {until}")).await?;
        let doubles = Arc::new(store::all_doubles(&self.store).await?);
        Ok(Survey { store: self.store.clone(), doubles, today, until, persons, households })
    }

    /// The facts of some records; those that are not registered, or merged into another, are left out.
    ///
    /// # Errors
    /// Forbidden, or where the store fails.
    pub async fn facts(
        &self,
        ask: &Ask,
        persons: &[PersonId],
        households: &[HouseholdId],
        today: PartialDate,
    ) -> Result<(Vec<Facts>, Vec<HouseholdFacts>), Error> {
        let note = format!("{} persons, {} households", persons.len(), households.len());
        self.facts_allowed(ask, note).await?;
        let of_persons = store::facts_of(&self.store, persons, today).await?;
        Ok((of_persons, store::households_of(&self.store, households, today).await?))
    }

    /// The records whose facts may have changed where acts touched these. It tells nothing of anybody.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn affected(
        &self,
        persons: &[PersonId],
        households: &[HouseholdId],
    ) -> Result<(Vec<PersonId>, Vec<HouseholdId>), Error> {
        Ok(store::affected(&self.store, persons, households).await?)
    }

    /// What an act was, without whom it touched.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn act_sketch(&self, act: ActSeq) -> Result<Option<ActSketch>, Error> {
        let found = store::act_sketch(&self.store, act).await?;
        Ok(found.map(|(content, recorded, effective, agency)| ActSketch {
            kind: content.kind().1,
            recorded,
            effective,
            agency,
        }))
    }
}
