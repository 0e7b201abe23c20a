//! From a record to the cells of a row.

use super::{Column, SEPARATOR};
use crate::{
    model::{LifeStatus, Person, Relative, Residence, ResidenceKind},
    sealed::Kin,
};
use std::collections::HashMap;
use vocabulary::{Address, PartialDate, PersonId, UnitCode};

/// A record as far as it is released, with what of it stands in other records.
#[derive(Clone, Copy)]
pub struct Shown<'a> {
    /// The person; blank where not released.
    pub person: &'a Person,
    /// Names and numbers of relatives who have records.
    pub kin: &'a HashMap<PersonId, Kin>,
    /// The household's name within the file: the same for all its members, of others for others, such as the ordinal of
    /// its first appearance. Empty without household.
    pub group: &'a str,
    /// Number of the household's residence file.
    pub file: &'a str,
}

impl Shown<'_> {
    /// Writes a cell at the end of a text. A cell with several values has [`SEPARATOR`] between them, and `\` before a
    /// separator or backslash of a value.
    pub fn cell(&self, column: Column, out: &mut String) {
        let p = self.person;
        match column {
            Column::Number => put(out, p.number.map(|n| n.reveal())),
            Column::PastNumbers => list(out, p.past_numbers.iter().map(|c| c.number.reveal())),
            Column::PastUntil => list(out, p.past_numbers.iter().map(|c| c.until.iso())),
            Column::PastReasons => list(out, p.past_numbers.iter().map(|c| c.reason.as_str())),
            Column::Formers => list(out, p.former_numbers.iter().map(|c| c.number.reveal())),
            Column::FormerIssuers => list(out, p.former_numbers.iter().map(|c| c.issuer.as_str())),
            Column::FormerFrom => list(out, p.former_numbers.iter().map(|c| c.from.iso())),
            Column::FormerUntil => list(out, p.former_numbers.iter().map(|c| c.until.iso())),
            Column::CardIssued => date(out, p.card.as_ref().map(|c| c.issued_on).unwrap_or_default()),
            Column::CardExpires => date(out, p.card.as_ref().map(|c| c.expires_on).unwrap_or_default()),
            Column::CardIssuer => put(out, p.card.as_ref().map(|c| &*c.issuer)),
            Column::Name => put(out, p.name.as_ref().map(|n| n.reveal())),
            Column::Family => put(out, p.name_parts.as_ref().map(|n| n.family.as_str())),
            Column::Middle => put(out, p.name_parts.as_ref().map(|n| n.middle.as_str())),
            Column::Given => put(out, p.name_parts.as_ref().map(|n| n.given.as_str())),
            Column::OtherNames => list(out, p.other_names.iter().map(|n| n.reveal())),
            Column::BirthDate => date(out, p.birth_date),
            Column::Sex => put(
                out,
                p.sex.map(|s| match s {
                    vocabulary::Sex::Male => "male",
                    vocabulary::Sex::Female => "female",
                    vocabulary::Sex::Other => "other",
                }),
            ),
            Column::BirthPlaceOld => unit(out, p.birth_place.old_unit),
            Column::BirthPlaceUnit => unit(out, p.birth_place.new_unit),
            Column::BirthPlaceDetail => out.push_str(&p.birth_place.detail),
            Column::BirthPlaceText => out.push_str(&p.birth_place.text),
            Column::BirthPlaceCountry => put(out, p.birth_place.country.as_deref()),
            Column::RegistrationOld => unit(out, p.birth_registration.old_unit),
            Column::RegistrationUnit => unit(out, p.birth_registration.new_unit),
            Column::RegistrationDetail => out.push_str(&p.birth_registration.detail),
            Column::RegistrationText => out.push_str(&p.birth_registration.text),
            Column::RegistrationCountry => put(out, p.birth_registration.country.as_deref()),
            Column::HometownOld => unit(out, p.hometown.old_unit),
            Column::HometownUnit => unit(out, p.hometown.new_unit),
            Column::HometownDetail => out.push_str(&p.hometown.detail),
            Column::HometownText => out.push_str(&p.hometown.text),
            Column::HometownCountry => put(out, p.hometown.country.as_deref()),
            Column::PermanentOld => unit(out, p.permanent.old_unit),
            Column::PermanentUnit => unit(out, p.permanent.new_unit),
            Column::PermanentDetail => out.push_str(&p.permanent.detail),
            Column::PermanentText => out.push_str(&p.permanent.text),
            Column::PermanentCountry => put(out, p.permanent.country.as_deref()),
            Column::PermanentSince => {
                let settled = p
                    .residences
                    .iter()
                    .rev()
                    .find(|r| r.kind == ResidenceKind::Permanent && r.address == p.permanent);
                date(out, settled.map(|r| r.from).unwrap_or_default());
            }
            Column::CurrentOld => unit(out, p.current.old_unit),
            Column::CurrentUnit => unit(out, p.current.new_unit),
            Column::CurrentDetail => out.push_str(&p.current.detail),
            Column::CurrentText => out.push_str(&p.current.text),
            Column::CurrentCountry => put(out, p.current.country.as_deref()),
            Column::TemporaryOld => unit(out, self.of(ResidenceKind::Temporary, |a| a.old_unit)),
            Column::TemporaryUnit => unit(out, self.of(ResidenceKind::Temporary, |a| a.new_unit)),
            Column::TemporaryDetail => {
                put(out, self.in_force(ResidenceKind::Temporary).map(|r| r.address.detail.as_str()))
            }
            Column::TemporaryText => {
                put(out, self.in_force(ResidenceKind::Temporary).map(|r| r.address.text.as_str()))
            }
            Column::TemporarySince => {
                date(out, self.in_force(ResidenceKind::Temporary).map(|r| r.from).unwrap_or_default())
            }
            Column::TemporaryUntil => {
                date(out, self.in_force(ResidenceKind::Temporary).map(|r| r.until).unwrap_or_default())
            }
            Column::AbsenceOld => unit(out, self.of(ResidenceKind::Absence, |a| a.old_unit)),
            Column::AbsenceUnit => unit(out, self.of(ResidenceKind::Absence, |a| a.new_unit)),
            Column::AbsenceDetail => {
                put(out, self.in_force(ResidenceKind::Absence).map(|r| r.address.detail.as_str()))
            }
            Column::AbsenceText => {
                put(out, self.in_force(ResidenceKind::Absence).map(|r| r.address.text.as_str()))
            }
            Column::AbsenceCountry => {
                put(out, self.in_force(ResidenceKind::Absence).and_then(|r| r.address.country.as_deref()))
            }
            Column::AbsenceSince => {
                date(out, self.in_force(ResidenceKind::Absence).map(|r| r.from).unwrap_or_default())
            }
            Column::AbsenceUntil => {
                date(out, self.in_force(ResidenceKind::Absence).map(|r| r.until).unwrap_or_default())
            }
            Column::Ethnicity => put(out, p.ethnicity.as_deref()),
            Column::Religion => put(out, p.religion.as_deref()),
            Column::Nationalities => list(out, &p.nationalities),
            Column::Marital => put(
                out,
                p.marital_status.map(|m| match m {
                    crate::model::MaritalStatus::Single => "single",
                    crate::model::MaritalStatus::Married => "married",
                    crate::model::MaritalStatus::Divorced => "divorced",
                    crate::model::MaritalStatus::Widowed => "widowed",
                }),
            ),
            Column::Blood => put(out, p.blood_group.map(|b| b.label())),
            Column::Occupation => put(out, p.occupation.as_deref()),
            Column::FatherName => self.kin_name(&p.father, out),
            Column::FatherNumber => self.kin_number(&p.father, out),
            Column::MotherName => self.kin_name(&p.mother, out),
            Column::MotherNumber => self.kin_number(&p.mother, out),
            Column::SpouseName => self.kin_name(&p.spouse, out),
            Column::SpouseNumber => self.kin_number(&p.spouse, out),
            Column::GuardianName => self.kin_name(&p.guardian, out),
            Column::GuardianNumber => self.kin_number(&p.guardian, out),
            Column::HouseholdGroup => out.push_str(self.group),
            Column::HouseholdFile => out.push_str(self.file),
            Column::Relation => put(out, p.relation.map(|r| r.code())),
            Column::Phones => list(out, &p.contact.phones),
            Column::Emails => list(out, &p.contact.emails),
            Column::Life => out.push_str(match p.life {
                LifeStatus::Alive => "alive",
                LifeStatus::Dead { .. } => "dead",
                LifeStatus::Missing { .. } => "missing",
            }),
            Column::LifeSince => match p.life {
                LifeStatus::Alive => {}
                LifeStatus::Dead { on: day } | LifeStatus::Missing { since: day } => date(out, day),
            },
        }
    }

    /// The residence record of a kind that has not ended.
    fn in_force(&self, kind: ResidenceKind) -> Option<&Residence> {
        self.person.residences.iter().rev().find(|r| r.kind == kind && !r.ended)
    }

    fn of<T>(&self, kind: ResidenceKind, part: impl Fn(&Address) -> Option<T>) -> Option<T> {
        self.in_force(kind).and_then(|r| part(&r.address))
    }

    fn kin_name(&self, relative: &Option<Relative>, out: &mut String) {
        let Some(relative) = relative else { return };
        let recorded = relative.person.and_then(|id| self.kin.get(&id)).and_then(|k| k.name.as_ref());
        put(out, recorded.or(relative.name.as_ref()).map(|n| n.reveal()));
    }

    fn kin_number(&self, relative: &Option<Relative>, out: &mut String) {
        let Some(relative) = relative else { return };
        let recorded = relative.person.and_then(|id| self.kin.get(&id)).and_then(|k| k.number);
        put(out, recorded.or(relative.number).map(|n| n.reveal()));
    }
}

fn put(out: &mut String, text: Option<impl AsRef<str>>) {
    if let Some(text) = text {
        out.push_str(text.as_ref());
    }
}

fn date(out: &mut String, date: PartialDate) {
    if !date.is_unknown() {
        out.push_str(&date.iso());
    }
}

fn unit(out: &mut String, unit: Option<UnitCode>) {
    if let Some(unit) = unit {
        out.push_str(unit.as_str());
    }
}

/// Values with separators between; nothing where all are blank.
fn list<T: AsRef<str>>(out: &mut String, values: impl IntoIterator<Item = T>) {
    let start = out.len();
    for (i, value) in values.into_iter().enumerate() {
        if i > 0 {
            out.push(SEPARATOR);
        }
        for c in value.as_ref().chars() {
            if c == SEPARATOR || c == '\\' {
                out.push('\\');
            }
            out.push(c);
        }
    }
    if out[start..].chars().all(|c| c == SEPARATOR) {
        out.truncate(start);
    }
}
