//! Whether the acts that a row becomes obey the rules of the registry, as far as the row alone tells.

use crate::{
    acts::{Content, Member},
    columns::{Column, Told},
    model::{Household, Person, Relation, Residence, ResidenceKind},
    rules::{Before, check_taken_over},
};
use vocabulary::{ActSeq, Address, HouseholdId, Invalid, PartialDate, PersonId};

/// Stands for the person of the row, who has no number yet.
const SELF: PersonId = PersonId(0);
/// Stands for the household.
const HOME: HouseholdId = HouseholdId(0);
/// Stands for source, file and row, which every act of an import names.
const EVIDENCE: &str = "…";

/// A row as a record, as far as other rows are compared with it.
pub(super) fn provisional(told: &Told) -> Person {
    let mut person = Person { registered: true, ..Person::new(SELF) };
    told.facts.iter().for_each(|f| person.set(f));
    person.permanent = told.permanent.clone();
    person.relation = told.relation;
    person.past_numbers = told.past.clone();
    let mut residence = |kind, address: &Address, from, until| {
        let address = address.clone();
        person.residences.push(Residence { kind, address, from, until, ended: false, act: ActSeq(0) });
    };
    residence(ResidenceKind::Permanent, &told.permanent, told.since, PartialDate::UNKNOWN);
    if let Some(stay) = &told.temporary {
        residence(ResidenceKind::Temporary, &stay.address, stay.since, stay.until);
    }
    if let Some(stay) = &told.absence {
        residence(ResidenceKind::Absence, &stay.address, stay.since, stay.until);
    }
    person
}

/// The same, as far as the rules ask for it.
fn outline(told: &Told) -> Person {
    Person {
        registered: true,
        number: told.number,
        birth_date: told.birth,
        life: told.life,
        ..Person::new(SELF)
    }
}

/// What an act says in which column: the columns of its day, its place, its end and its reason.
struct Columns {
    effective: Column,
    address: Column,
    until: Column,
    reason: Column,
}

impl Columns {
    /// The column at fault where a rule names this part of the act.
    fn of(&self, part: &str) -> Column {
        match part {
            "effective" => self.effective,
            "address" => self.address,
            "until" => self.until,
            "reason" => self.reason,
            "number" => Column::PastNumbers,
            // What is wrong with the person of an act of residence is that the person is dead.
            "person" | "persons" | "members" => Column::Life,
            _ => Column::Name,
        }
    }
}

const SETTLING: Columns = Columns {
    effective: Column::PermanentSince,
    address: Column::PermanentDetail,
    until: Column::PermanentSince,
    reason: Column::PermanentSince,
};
const CANCELLING: Columns = Columns {
    effective: Column::PastUntil,
    address: Column::PastNumbers,
    until: Column::PastUntil,
    reason: Column::PastReasons,
};
const STAYING: Columns = Columns {
    effective: Column::TemporarySince,
    address: Column::TemporaryDetail,
    until: Column::TemporaryUntil,
    reason: Column::TemporaryText,
};
const BEING_AWAY: Columns = Columns {
    effective: Column::AbsenceSince,
    address: Column::AbsenceDetail,
    until: Column::AbsenceUntil,
    reason: Column::AbsenceText,
};

/// The rules that the acts of a row would break, with the columns at fault. `before` is memory that serves row after row.
pub(super) fn broken(told: &mut Told, today: PartialDate, before: &mut Before) -> Vec<(Column, Invalid)> {
    let mut found: Vec<(Column, Invalid)> = Vec::new();
    let mut test = |content: &Content, effective, before: &Before, columns: &Columns| {
        for (part, rule) in check_taken_over(content, effective, EVIDENCE, before, today) {
            let fault = (columns.of(part), rule);
            if !found.contains(&fault) {
                found.push(fault);
            }
        }
    };
    let in_household = told.home().is_some() && !told.life.is_dead();
    // The facts and the address are lent to the acts and taken back.
    let registration = Content::Registration { person: SELF, facts: std::mem::take(&mut told.facts) };
    let settled = if in_household { PartialDate::UNKNOWN } else { told.since };
    test(&registration, settled, &Before::default(), &SETTLING);
    if let Content::Registration { facts, .. } = registration {
        told.facts = facts;
    }
    if !in_household && told.past.is_empty() && told.temporary.is_none() && told.absence.is_none() {
        return found;
    }
    before.persons.insert(SELF, outline(told));
    let before = &*before;
    if in_household {
        let relation = told.relation.unwrap_or(Relation::Unknown);
        let address = std::mem::take(&mut told.permanent);
        let members = vec![Member { person: SELF, relation }];
        let formed = Content::HouseholdFormed { household: HOME, address, file: String::new(), members };
        test(&formed, told.since, before, &SETTLING);
        if let Content::HouseholdFormed { address, .. } = formed {
            told.permanent = address;
        }
    }
    for claim in &told.past {
        let (number, reason) = (claim.number, claim.reason.clone());
        let cancelled = Content::NumberCancelled { person: SELF, number, replaced_by: None, reason };
        test(&cancelled, claim.until, before, &CANCELLING);
    }
    if let Some(stay) = &told.temporary {
        let (address, until) = (stay.address.clone(), stay.until);
        test(
            &Content::TemporaryResidence { persons: vec![SELF], address, until },
            stay.since,
            before,
            &STAYING,
        );
    }
    if let Some(stay) = &told.absence {
        let (address, until) = (stay.address.clone(), stay.until);
        let away = Content::Absence { persons: vec![SELF], address, until, reason: String::new() };
        test(&away, stay.since, before, &BEING_AWAY);
    }
    found
}

/// The rules that a row would break whose person joins a household that is there, with the columns at fault.
pub(super) fn broken_by_joining(told: &Told, home: &Household, today: PartialDate) -> Vec<(Column, Invalid)> {
    let mut before = Before::default();
    before.persons.insert(SELF, outline(told));
    before.households.insert(home.id, home.clone());
    let members = vec![Member { person: SELF, relation: told.relation.unwrap_or(Relation::Unknown) }];
    let address = if home.address.is_empty() { told.permanent.clone() } else { home.address.clone() };
    let joining = Content::Move { members, household: home.id, address };
    let broken = check_taken_over(&joining, told.since, EVIDENCE, &before, today);
    let column = |part: &str| match part {
        "household" => Column::HouseholdGroup,
        part => SETTLING.of(part),
    };
    broken.into_iter().map(|(part, rule)| (column(part), rule)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::HouseholdState;
    use vocabulary::FullName;

    #[test]
    fn nobody_joins_a_closed_household() {
        let name = FullName::parse("Lê Văn An").ok();
        let told = Told { name, group: "1".into(), ..Told::default() };
        let mut home = Household::new(HouseholdId(7));
        for (state, rules) in [(HouseholdState::Open, 0), (HouseholdState::Closed, 1)] {
            home.state = state;
            let broken = broken_by_joining(&told, &home, PartialDate::today());
            assert_eq!(broken.len(), rules);
            assert!(broken.iter().all(|(column, rule)| {
                (*column, rule.rule) == (Column::HouseholdGroup, "household/closed")
            }));
        }
    }
}
