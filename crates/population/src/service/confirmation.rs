//! Confirmation of residence (*xác nhận thông tin về cư trú*, form CT07): a printed page whose code anybody can check.

use super::{Ask, Error, Population, with_provinces};
use crate::{
    problems::{CLAIMED_TWICE, MERGED_AWAY, NOBODY},
    sealed::{Kin, PersonView},
    store::{self, Confirmation},
    verify::Number,
};
use ::store::{StoreError, transact};
use access::Action;
use ledger::{Entry, Subject};
use sha2::{Digest, Sha256};
use vocabulary::{AgencyCode, Field, Moment, PersonId, PersonalNumber, Problem, kinds};

/// A confirmation that was issued, with what its page says.
pub struct Issued {
    /// The code on the page, in groups of four.
    pub code: String,
    /// The person, as far as a confirmation shows.
    pub person: PersonView,
    /// The other members of the household, where released.
    pub members: Vec<(Kin, Option<crate::model::Relation>)>,
    /// When it was issued.
    pub issued: Moment,
    /// Until when it counts: one year, or less where the law says so (Circular 66/2023: 30 days for people without a
    /// registered residence).
    pub valid_until: Moment,
    /// The ledger entry.
    pub entry: u64,
}

/// What anybody who holds the page learns from its code.
#[derive(Clone, Debug)]
pub struct Checked {
    /// When it was issued.
    pub issued: Moment,
    /// Until when it counts.
    pub valid_until: Moment,
    /// By which agency.
    pub agency: AgencyCode,
    /// Whether it counts now.
    pub in_force: bool,
    /// Whether the number that was entered is the one on the page; `None` where none was entered.
    pub number_agrees: Option<bool>,
}

const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
const CODE_LENGTH: usize = 24;

/// A new code of 120 random bits.
fn new_code() -> Result<String, Error> {
    let mut bytes = [0u8; CODE_LENGTH];
    getrandom::fill(&mut bytes).map_err(|_| Problem::new(&kinds::UNAVAILABLE))?;
    Ok(bytes.iter().map(|b| char::from(ALPHABET[usize::from(b % 32)])).collect())
}

/// Reads a code as people type it: any case, with blanks and hyphens, `o` for `0`, `i` and `l` for `1`.
fn read_code(text: &str) -> Option<String> {
    let code: String = text
        .chars()
        .filter(|c| !c.is_whitespace() && *c != '-')
        .map(|c| match c.to_ascii_lowercase() {
            'o' => '0',
            'i' | 'l' => '1',
            c => c,
        })
        .take(CODE_LENGTH + 1)
        .collect();
    (code.len() == CODE_LENGTH && code.bytes().all(|b| ALPHABET.contains(&b))).then_some(code)
}

/// A code in groups of four.
fn grouped(code: &str) -> String {
    let groups: Vec<&str> = (0..code.len()).step_by(4).filter_map(|i| code.get(i..i + 4)).collect();
    groups.join("-")
}

fn number_check(code: &str, number: Option<PersonalNumber>) -> Vec<u8> {
    let digits = number.map(|n| n.reveal()).unwrap_or_default();
    Sha256::digest(format!("dancu/ct07/{code}/{digits}")).to_vec()
}

impl Population {
    /// Issues a confirmation to the person with a number.
    pub async fn confirm_residence_of(&self, ask: &Ask, number: Number) -> Result<Issued, Error> {
        ask.basis()?;
        // Without the right to issue any confirmation, nobody learns whether the number is somebody's.
        let persons = match self.policy().may(&ask.caller, Action::ResidenceConfirmation) {
            true => store::persons_of_number(&self.store, number).await?,
            false => Vec::new(),
        };
        match persons.as_slice() {
            [id] => self.confirm_residence(ask, *id).await,
            [] => {
                self.decide(ask, Action::ResidenceConfirmation, SERVICE, number.subject(), &[]).await?;
                let basis = ask.basis()?;
                let fields = vocabulary::FieldSet::of(&[number.field()]);
                let entry =
                    Entry::not_found(ask.caller.actor.clone(), basis, SERVICE, number.subject(), fields);
                self.ledger.append(self.entered(ask, entry)).await?;
                Err(Problem::new(&NOBODY).into())
            }
            _ => Err(Problem::new(&CLAIMED_TWICE).into()),
        }
    }

    /// Issues a confirmation to a person.
    pub async fn confirm_residence(&self, ask: &Ask, id: PersonId) -> Result<Issued, Error> {
        let basis = ask.basis()?;
        let placed =
            store::placement(&self.store, id).await?.ok_or_else(|| Problem::new(&kinds::NOT_FOUND))?;
        let subject = Subject::Person(id);
        let release = self
            .decide(ask, Action::ResidenceConfirmation, SERVICE, subject, &with_provinces(placed.units))
            .await?;
        if placed.merged_into.is_some() {
            return Err(Problem::new(&MERGED_AWAY).into());
        }
        let sealed = store::person(&self.store, id).await?.ok_or_else(|| Problem::new(&kinds::NOT_FOUND))?;
        let others = match placed.household.filter(|_| release.fields.has(Field::HouseholdMembers)) {
            Some(household) => store::members(&self.store, household).await?,
            None => Vec::new(),
        };
        let actor = ask.caller.actor.clone();
        let mut entries = vec![
            self.entered(ask, Entry::shown(actor.clone(), basis.clone(), SERVICE, subject, release.fields)),
        ];
        // The members stand on the page too: each has an entry, which withholds whose business it was.
        let listed = vocabulary::FieldSet::of(&[
            Field::FullName,
            Field::BirthDate,
            Field::PersonalNumber,
            Field::RelationToHead,
        ]);
        for member in &others {
            if member.subject() != subject {
                let entry = Entry::shown(
                    actor.clone(),
                    basis.clone(),
                    SERVICE,
                    member.subject(),
                    release.fields.and(listed),
                );
                entries.push(self.entered(ask, entry.serving(id)));
            }
        }
        let receipts = self.ledger.append_all(entries).await?;
        let Some((receipt, rest)) = receipts.split_first() else {
            return Err(Problem::new(&kinds::INTERNAL).into());
        };
        let person = sealed.open(receipt)?;
        let mut members = Vec::with_capacity(rest.len());
        for (member, receipt) in others.into_iter().filter(|m| m.subject() != subject).zip(rest) {
            let m = member.open(receipt)?;
            let kin =
                Kin { name: m.person.name.clone(), number: m.person.number, birth_date: m.person.birth_date };
            members.push((kin, m.person.relation));
        }
        let code = new_code()?;
        let settled = !person.person.permanent.is_empty() || !person.person.current.is_empty();
        let days = if settled { 365 } else { 30 };
        let confirmation = Confirmation {
            code: code.clone(),
            person: id,
            issued: receipt.at(),
            valid_until: receipt.at().plus_seconds(days * 86_400),
            officer: store::issuer(ask.caller.actor.officer.as_ref()),
            agency: ask.caller.actor.agency.clone(),
            entry: receipt.seq() as i64,
            number_check: number_check(&code, person.person.number),
        };
        transact!(self.store, tx => {
            store::save_confirmation(tx, &confirmation).await?;
            Ok::<_, StoreError>(())
        })?;
        Ok(Issued {
            code: grouped(&code),
            person,
            members,
            issued: confirmation.issued,
            valid_until: confirmation.valid_until,
            entry: receipt.seq(),
        })
    }

    /// Checks the code of a printed confirmation, for anybody who holds the page. It shows no person data; a number
    /// typed from the page is compared. `None`: no such code.
    pub async fn check_confirmation(
        &self,
        code: &str,
        number: Option<PersonalNumber>,
    ) -> Result<Option<Checked>, Error> {
        let Some(code) = read_code(code) else { return Ok(None) };
        let Some(c) = store::confirmation(&self.store, &code).await? else { return Ok(None) };
        Ok(Some(Checked {
            issued: c.issued,
            valid_until: c.valid_until,
            agency: c.agency,
            in_force: Moment::now() <= c.valid_until,
            number_agrees: number.map(|n| number_check(&code, Some(n)) == c.number_check),
        }))
    }
}

const SERVICE: &str = "population.residence-confirmation";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_read_as_people_type_them() {
        let code = new_code().unwrap();
        assert_eq!(grouped(&code).len(), 29);
        assert_eq!(read_code(&grouped(&code).to_uppercase()), Some(code.clone()));
        assert_eq!(read_code(&code.replace('0', "O").replace('1', "l")), Some(code));
        assert_eq!(read_code("abc"), None);
        assert_eq!(read_code(&"é".repeat(24)), None);
    }
}
