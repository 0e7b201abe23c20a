//! From acts to state: one pure function, for the present and for any past view.

use crate::{
    acts::{Act, Content, Member},
    model::{
        Carried, Fact, Household, HouseholdState, LifeStatus, MaritalStatus, NumberClaim, Person, Relative,
        Residence, ResidenceKind,
    },
};
use std::{borrow::Borrow, collections::HashSet};
use vocabulary::{ActSeq, Address, HouseholdId, Moment, PartialDate, PersonId};

/// A past view: what held on a day, as far as it was recorded by a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AsOf {
    /// What held on this day.
    pub effective: PartialDate,
    /// As far as recorded by this moment.
    pub recorded: Moment,
}

/// Whether an act is in force, given all acts that touch one of its records.
pub fn stands(seq: ActSeq, acts: &[impl Borrow<Act>]) -> bool {
    in_force(acts, None).iter().any(|a| a.seq == seq)
}

/// The acts in force, in the order in which they hold.
pub(crate) fn standing<A: Borrow<Act>>(acts: &[A]) -> Vec<&Act> {
    in_force(acts, None)
}

/// The acts in force, in the order in which they hold: by effective date, then by sequence. Acts recorded later than
/// the view, effective later than the view, or annulled by an act of the view are left out.
fn in_force<A: Borrow<Act>>(acts: &[A], view: Option<AsOf>) -> Vec<&Act> {
    let acts = acts.iter().map(Borrow::borrow);
    let known: Vec<&Act> = acts.filter(|a| view.is_none_or(|v| a.recorded <= v.recorded)).collect();
    // An annulment is itself annullable: the latest word counts, so annulments are read from the last to the first.
    let mut annulling: Vec<&Act> = known.iter().copied().filter(|a| a.content.annuls().is_some()).collect();
    annulling.sort_by_key(|a| std::cmp::Reverse(a.seq));
    let mut annulled: HashSet<ActSeq> = HashSet::new();
    for act in annulling {
        if !annulled.contains(&act.seq) {
            annulled.extend(act.content.annuls());
        }
    }
    let mut acts: Vec<&Act> = known
        .into_iter()
        .filter(|a| !annulled.contains(&a.seq))
        .filter(|a| view.is_none_or(|v| a.effective.earliest() <= v.effective.packed()))
        .collect();
    acts.sort_by_key(|a| (a.effective.earliest(), a.seq));
    acts
}

/// The person that the acts yield; acts that do not touch the person change nothing. The order of the slice is
/// irrelevant. A record that no act in force creates comes out with `registered == false`.
pub fn person(id: PersonId, acts: &[impl Borrow<Act>], view: Option<AsOf>) -> Person {
    let mut person = Person::new(id);
    for act in in_force(acts, view) {
        apply_to_person(&mut person, act);
    }
    person.version = version(acts, view, |a| a.content.touched().persons.contains(&id));
    person
}

/// The household that the acts yield.
pub fn household(id: HouseholdId, acts: &[impl Borrow<Act>], view: Option<AsOf>) -> Household {
    let mut household = Household::new(id);
    for act in in_force(acts, view) {
        apply_to_household(&mut household, act);
    }
    household.version = version(acts, view, |a| a.content.touched().households.contains(&id));
    household
}

/// The last act that touched the record, in force or not.
fn version(acts: &[impl Borrow<Act>], view: Option<AsOf>, touches: impl Fn(&Act) -> bool) -> ActSeq {
    // From the end, where the last one nearly always stands.
    acts.iter().rev().map(Borrow::borrow).fold(ActSeq(0), |last, a| {
        let known = view.is_none_or(|v| a.recorded <= v.recorded);
        if a.seq > last && known && touches(a) { a.seq } else { last }
    })
}

fn apply_to_person(p: &mut Person, act: &Act) {
    let id = p.id;
    let named = |persons: &[PersonId]| persons.contains(&id);
    let place = |members: &[Member]| members.iter().find(|m| m.person == id).map(|m| m.relation);
    match &act.content {
        Content::Registration { person, facts } if *person == id => {
            p.registered = true;
            facts.iter().for_each(|f| p.set(f));
            if !p.permanent.is_empty() {
                let address = p.permanent.clone();
                settle(p, act, address);
            }
        }
        Content::Birth { child, facts, household, address, relation } if *child == id => {
            p.registered = true;
            facts.iter().for_each(|f| p.set(f));
            if let Some(household) = household {
                p.household = Some(*household);
                p.relation = *relation;
                settle(p, act, address.clone());
            }
        }
        Content::Death { person, .. } if *person == id => {
            p.life = LifeStatus::Dead { on: act.effective };
            close(p, act, |_| true);
            // The dead leave their household; the register keeps where they lived last.
            p.household = None;
            p.relation = None;
        }
        Content::Death { spouse: Some(spouse), .. } if *spouse == id => {
            p.marital_status = Some(MaritalStatus::Widowed);
            p.spouse = None;
        }
        Content::Disappearance { person } if *person == id => {
            p.life = LifeStatus::Missing { since: act.effective }
        }
        Content::Reappearance { person } if *person == id => p.life = LifeStatus::Alive,
        Content::Marriage { first, second } if *first == id => marry(p, second.clone()),
        Content::Marriage { first, second } if second.person == Some(id) => {
            marry(p, Relative::recorded(*first))
        }
        Content::Divorce { first, second } if *first == id || *second == Some(id) => {
            p.marital_status = Some(MaritalStatus::Divorced);
            p.spouse = None;
        }
        Content::Adoption { child, father, mother } if *child == id => {
            p.father = father.clone();
            p.mother = mother.clone();
        }
        Content::Guardianship { ward, guardian } if *ward == id => p.guardian = guardian.clone(),
        Content::Correction { person, facts } if *person == id => facts.iter().for_each(|f| p.set(f)),
        Content::ContactChange { person, contact } if *person == id => p.contact = contact.clone(),
        Content::NumberIssued { person, number } if *person == id => p.number = Some(*number),
        Content::NumberCancelled { person, number, replaced_by, reason } if *person == id => {
            p.past_numbers.push(NumberClaim {
                number: *number,
                until: act.effective,
                reason: reason.clone(),
            });
            if p.number == Some(*number) || replaced_by.is_some() {
                p.number = *replaced_by;
            }
        }
        Content::FormerNumberAdded { person, claim } if *person == id => {
            p.former_numbers.retain(|c| c.number != claim.number);
            p.former_numbers.push(claim.clone());
        }
        Content::Move { members, household, address }
        | Content::HouseholdFormed { household, members, address, .. }
        | Content::HouseholdSplit { to: household, members, address, .. }
        | Content::HouseholdMerged { into: household, members, address, .. } => {
            if let Some(relation) = place(members) {
                p.household = Some(*household);
                p.relation = Some(relation);
                settle(p, act, address.clone());
            }
        }
        Content::HeadChanged { household, members } => {
            if let (Some(relation), true) = (place(members), p.household == Some(*household)) {
                p.relation = Some(relation);
            }
        }
        Content::ResidenceEnded { persons, .. } if named(persons) => {
            close(p, act, |r| r.kind == ResidenceKind::Permanent);
            p.permanent = Address::default();
            p.household = None;
            p.relation = None;
        }
        Content::TemporaryResidence { persons, address, until } if named(persons) => {
            close(p, act, |r| r.kind == ResidenceKind::Temporary);
            open(p, act, ResidenceKind::Temporary, address.clone(), *until);
            p.current = address.clone();
        }
        Content::TemporaryResidenceEnded { persons } if named(persons) => {
            close(p, act, |r| r.kind == ResidenceKind::Temporary);
            p.current = Address::default();
        }
        Content::Absence { persons, address, until, .. } if named(persons) => {
            close(p, act, |r| r.kind == ResidenceKind::Absence);
            open(p, act, ResidenceKind::Absence, address.clone(), *until);
        }
        Content::AbsenceEnded { persons } if named(persons) => {
            close(p, act, |r| r.kind == ResidenceKind::Absence)
        }
        Content::Stay { persons, address, until } if named(persons) => {
            open(p, act, ResidenceKind::Stay, address.clone(), *until);
        }
        Content::Merge { kept, facts, residences, .. } if *kept == id => {
            facts.iter().for_each(|f| p.set(f));
            if facts.iter().any(|f| matches!(f, Fact::Permanent(a) if !a.is_empty())) {
                let address = p.permanent.clone();
                settle(p, act, address);
            }
            for Carried { kind, address, from, until } in residences.iter().cloned() {
                p.residences.push(Residence { kind, address, from, until, ended: false, act: act.seq });
            }
        }
        Content::Merge { kept, absorbed, .. } if *absorbed == id => {
            p.merged_into = Some(*kept);
            p.household = None;
            p.relation = None;
        }
        Content::Merge { kept, absorbed, relatives, .. } if named(relatives) => {
            for relative in [&mut p.father, &mut p.mother, &mut p.spouse, &mut p.guardian] {
                if let Some(relative) = relative.as_mut().filter(|r| r.person == Some(*absorbed)) {
                    relative.person = Some(*kept);
                }
            }
        }
        _ => {}
    }
}

fn marry(p: &mut Person, spouse: Relative) {
    p.marital_status = Some(MaritalStatus::Married);
    p.spouse = Some(spouse);
}

/// Opens the permanent residence at an address; a move within the same address leaves the record as it is.
fn settle(p: &mut Person, act: &Act, address: Address) {
    let same =
        p.residences.iter().any(|r| r.kind == ResidenceKind::Permanent && !r.ended && r.address == address);
    if !same {
        close(p, act, |r| r.kind == ResidenceKind::Permanent);
        open(p, act, ResidenceKind::Permanent, address.clone(), PartialDate::UNKNOWN);
    }
    p.permanent = address;
}

fn open(p: &mut Person, act: &Act, kind: ResidenceKind, address: Address, until: PartialDate) {
    p.residences.push(Residence { kind, address, from: act.effective, until, ended: false, act: act.seq });
}

fn close(p: &mut Person, act: &Act, which: impl Fn(&Residence) -> bool) {
    for r in p.residences.iter_mut().filter(|r| !r.ended && which(r)) {
        r.ended = true;
        if r.until.is_unknown() || act.effective.packed() < r.until.packed() {
            r.until = act.effective;
        }
    }
}

fn apply_to_household(h: &mut Household, act: &Act) {
    let id = h.id;
    match &act.content {
        Content::HouseholdFormed { household, address, file, .. } if *household == id => {
            h.address = address.clone();
            h.file = file.clone();
            h.formed = act.effective;
            h.state = HouseholdState::Open;
        }
        Content::HouseholdSplit { to, address, .. } if *to == id => {
            h.address = address.clone();
            h.formed = act.effective;
            h.state = HouseholdState::Open;
        }
        Content::Move { household, address, .. } if *household == id => {
            h.address = address.clone();
            h.state = HouseholdState::Open;
            if h.formed.is_unknown() {
                h.formed = act.effective;
            }
        }
        Content::HouseholdMerged { from, .. } if *from == id => h.state = HouseholdState::Closed,
        Content::HouseholdClosed { household } if *household == id => h.state = HouseholdState::Closed,
        _ => {}
    }
}
