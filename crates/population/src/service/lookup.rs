//! The look-ups of the seeds (DVC-13, DVC-14): verify a number, verify a head of household, confirm a 9-digit against a
//! 12-digit number, get a citizen.

use super::{Ask, Error, Population, with_provinces};
use crate::{
    sealed::PersonView,
    store,
    verify::{Claims, Number},
};
use access::Action;
use ledger::{Entry, Subject, Verdict};
use vocabulary::{Field, FieldSet, Invalid, Moment, Problem, kinds};

/// The answer to a verification, with the ledger entry behind it.
#[derive(Clone, Copy, Debug)]
pub struct Verified {
    /// The verdict for each field asked; `None` where nobody has the number.
    pub verdict: Option<Verdict>,
    /// The fields asked.
    pub asked: FieldSet,
    /// The entry.
    pub entry: u64,
    /// When it was answered.
    pub at: Moment,
}

/// A citizen's data, as far as released, with the ledger entry behind it.
pub struct Citizen {
    /// The released fields.
    pub person: PersonView,
    /// The grants that released them.
    pub grants: String,
    /// The entry.
    pub entry: u64,
    /// When it was shown.
    pub at: Moment,
}

const NOT_COMPARABLE: Invalid = Invalid::new(
    "verify/field-not-granted",
    "Quyền của bạn không cho phép đối chiếu trường này",
    "Your grants do not allow this field to be compared",
);

impl Population {
    /// Compares claims with the record that has the number: match, mismatch or not found for each field asked, and
    /// nothing else.
    ///
    /// The action is [`Action::Verify`], [`Action::VerifyHead`] or [`Action::ConfirmNumber`].
    pub async fn verify(
        &self,
        ask: &Ask,
        action: Action,
        number: Number,
        claims: &Claims,
    ) -> Result<Verified, Error> {
        let service = match action {
            Action::VerifyHead => "population.verify-head",
            Action::ConfirmNumber => "population.confirm-number",
            Action::VerifyBatch => "population.verify-batch",
            _ => "population.verify",
        };
        let asked = claims.fields().or(FieldSet::of(&[number.field()]));
        self.may_compare(ask, action, service, number, asked).await?;
        let basis = ask.basis()?;
        let entry = self.comparison(ask, service, basis, number, claims).await?;
        let receipt = self.ledger.append(entry).await?;
        Ok(Verified { verdict: receipt.verdict(), asked, entry: receipt.seq(), at: receipt.at() })
    }

    pub(super) async fn may_compare(
        &self,
        ask: &Ask,
        action: Action,
        service: &'static str,
        number: Number,
        asked: FieldSet,
    ) -> Result<(), Error> {
        let release = self.decide(ask, action, service, number.subject(), &[]).await?;
        let beyond = asked.without(release.fields);
        if beyond.is_empty() {
            return Ok(());
        }
        let entry =
            Entry::refused(ask.caller.actor.clone(), ask.basis.clone(), service, number.subject(), beyond);
        self.ledger.append(ask.named(entry)).await?;
        let violations = beyond.iter().map(|f| NOT_COMPARABLE.at(f.code())).collect();
        Err(Problem { violations, ..Problem::new(&kinds::FORBIDDEN) }.into())
    }

    /// Where a look-up reads. An officer sees at once what was recorded, by whichever process; systems are answered from a
    /// read replica where there is one, which may be some seconds behind what another process has recorded.
    fn look_up_in(&self, ask: &Ask) -> ::store::Store {
        if ask.caller.actor.system.is_some() { self.store.aside() } else { self.store.clone() }
    }

    /// The entry of one comparison, ready to be appended.
    pub(super) async fn comparison(
        &self,
        ask: &Ask,
        service: &'static str,
        basis: vocabulary::Basis,
        number: Number,
        claims: &Claims,
    ) -> Result<Entry, Error> {
        let actor = ask.caller.actor.clone();
        let entry = match store::held_for(&self.look_up_in(ask), number, claims).await? {
            Some(held) => Entry::compared(actor, basis, service, held.compare(claims)),
            None => {
                let asked = claims.fields().or(FieldSet::of(&[number.field()]));
                Entry::not_found(actor, basis, service, number.subject(), asked)
            }
        };
        Ok(self.entered(ask, entry))
    }

    /// A citizen's data: the fields granted to the caller for the purpose and, of those, the ones wanted.
    pub async fn citizen(
        &self,
        ask: &Ask,
        number: Number,
        wanted: Option<FieldSet>,
    ) -> Result<Citizen, Error> {
        const SERVICE: &str = "population.citizen";
        let basis = ask.basis()?;
        let from = self.look_up_in(ask);
        let persons = store::persons_of_number(&from, number).await?;
        let placed = match persons.first() {
            Some(id) => store::placement(&from, *id).await?.map(|p| (*id, p)),
            None => None,
        };
        // The right to ask is checked before the caller learns whether the number is somebody's.
        let units = placed.as_ref().map(|(_, p)| with_provinces(p.units)).unwrap_or_default();
        let subject = placed.as_ref().map_or(number.subject(), |(id, _)| Subject::Person(*id));
        let release = self.decide(ask, Action::GetCitizen, SERVICE, subject, &units).await?;
        let fields = wanted.map_or(release.fields, |w| w.and(release.fields));
        let actor = ask.caller.actor.clone();
        let sealed = match placed {
            Some((id, _)) => store::person(&from, id).await?,
            None => None,
        };
        let Some(sealed) = sealed else {
            self.ledger
                .append(self.entered(ask, Entry::not_found(actor, basis, SERVICE, number.subject(), fields)))
                .await?;
            return Err(Problem::new(&NOBODY).into());
        };
        if persons.len() > 1 {
            // Whose data it is cannot be told: nothing is shown, and the finding is the answer.
            let entry = Entry::refused(
                actor,
                Some(basis),
                SERVICE,
                number.subject(),
                FieldSet::of(&[Field::Findings]),
            );
            self.ledger.append(ask.named(entry)).await?;
            return Err(Problem::new(&CLAIMED_TWICE).into());
        }
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

use crate::problems::{CLAIMED_TWICE, NOBODY};
