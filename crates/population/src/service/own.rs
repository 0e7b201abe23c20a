//! A citizen's data by the record, for an account that is bound to it: the number may change, the record stays.

use super::{Ask, Citizen, Error, Population, with_provinces};
use crate::{problems::NOBODY, store};
use access::Action;
use ledger::{Entry, Subject};
use vocabulary::{FieldSet, PersonId, Problem};

impl Population {
    /// The fields of a record that are granted to the caller for the purpose and, of those, the ones wanted.
    ///
    /// # Errors
    /// A refusal, which leaves an entry; `NOBODY` where the record is gone.
    pub async fn citizen_of(&self, ask: &Ask, person: PersonId, wanted: FieldSet) -> Result<Citizen, Error> {
        const SERVICE: &str = "population.citizen";
        let basis = ask.basis()?;
        let subject = Subject::Person(person);
        let units = store::placement(&self.store, person).await?.map(|p| with_provinces(p.units));
        let release =
            self.decide(ask, Action::GetCitizen, SERVICE, subject, &units.unwrap_or_default()).await?;
        let fields = wanted.and(release.fields);
        let actor = ask.caller.actor.clone();
        let Some(sealed) = store::person_for(&self.store, person, fields).await? else {
            self.ledger
                .append(self.entered(ask, Entry::not_found(actor, basis, SERVICE, subject, fields)))
                .await?;
            return Err(Problem::new(&NOBODY).into());
        };
        let entry = self.entered(ask, Entry::shown(actor, basis, SERVICE, sealed.subject(), fields));
        let receipt = self.ledger.append(entry).await?;
        Ok(Citizen {
            person: sealed.open(&receipt)?,
            grants: release.grant_ids(),
            entry: receipt.seq(),
            at: receipt.at(),
        })
    }
}
