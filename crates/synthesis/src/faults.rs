//! Faults such as real registers have (inventory CLN-03 … CLN-07), put in on purpose and in known shares.

use crate::{
    bio::{Bio, World},
    clan::Clan,
    draw::Draw,
};
use population::{
    acts::{Act, Content, Member as Place},
    model::Relation,
};
use vocabulary::{HouseholdId, PartialDate, Sex};

/// What can be wrong with a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    NoBirthDate,
    NoSex,
    NoNumber,
    /// The number says another year.
    WrongYear,
    /// The number says the other sex.
    WrongSex,
    /// The number says another place of birth registration.
    WrongPrefix,
    /// The number of somebody else.
    SharedNumber,
    /// The person's household has no head.
    NoHead,
    /// The person's household has two.
    TwoHeads,
    /// Nothing but a name is known.
    NoPapers,
}

/// How often each occurs among the faulty, in a hundred.
const KINDS: [(Fault, u32); 10] = [
    (Fault::NoBirthDate, 11),
    (Fault::NoSex, 11),
    (Fault::NoNumber, 20),
    (Fault::WrongYear, 8),
    (Fault::WrongSex, 8),
    (Fault::WrongPrefix, 8),
    (Fault::SharedNumber, 9),
    (Fault::NoHead, 13),
    (Fault::TwoHeads, 7),
    (Fault::NoPapers, 5),
];

/// Whether somebody is faulty, and how. `rate` is in a million.
pub(crate) fn draw_fault(rate: u32, alone: bool, draw: &mut Draw) -> Option<Fault> {
    if draw.below(1_000_000) >= rate {
        return None;
    }
    let mut at = draw.below(100);
    let drawn = KINDS.iter().find(|(_, share)| {
        let here = at < *share;
        at = at.saturating_sub(*share);
        here
    });
    match drawn.map_or(Fault::NoNumber, |(fault, _)| *fault) {
        // Only someone without ties can be without papers.
        Fault::NoPapers if !alone => Some(Fault::NoNumber),
        fault => Some(fault),
    }
}

/// Puts a fault into the facts of a person; faults of households come later.
pub(crate) fn spoil_bio(
    fault: Fault,
    m: usize,
    clan: &Clan,
    bios: &mut [Bio],
    world: &mut World,
    draw: &mut Draw,
) {
    let other = bios.iter().enumerate().filter(|(i, _)| *i != m).find_map(|(_, b)| b.number);
    let member = &clan.members[m];
    let Some(bio) = bios.get_mut(m) else { return };
    let (year, sex) = (member.born.year(), member.sex);
    let prefix = |at: usize, world: &World| world.places.origins[at].province.pin_prefix;
    let own = prefix(bio.province, world);
    match fault {
        Fault::NoBirthDate => bio.birth = PartialDate::UNKNOWN,
        Fault::NoSex => bio.sex = None,
        Fault::NoNumber => bio.number = None,
        Fault::WrongYear => {
            bio.number = world.numbers.personal(own, sex, year.saturating_sub(draw.below(9) as u16 + 1))
        }
        Fault::WrongSex => {
            let wrong = if sex == Sex::Female { Sex::Male } else { Sex::Female };
            bio.number = world.numbers.personal(own, wrong, year);
        }
        Fault::WrongPrefix => {
            let at = (bio.province + 1 + draw.below(world.places.origins.len() as u32 - 1) as usize)
                % world.places.origins.len();
            bio.number = world.numbers.personal(prefix(at, world), sex, year);
        }
        Fault::SharedNumber => bio.number = other.or(world.numbers.last()),
        Fault::NoHead | Fault::TwoHeads | Fault::NoPapers => {}
    }
}

/// Spoils the head of a person's household in the act that named him, where no later act names another.
pub(crate) fn spoil_household(fault: Fault, acts: &mut [Act], draw: &mut Draw) {
    // Only the forming of a household may leave the head open; later acts are checked for one.
    let formed = |a: &Act| match &a.content {
        Content::HouseholdFormed { household, .. } => Some(*household),
        _ => None,
    };
    let later = |acts: &[Act], at: usize, id: HouseholdId| {
        acts.iter().skip(at + 1).any(|a| match &a.content {
            Content::HeadChanged { household, .. } | Content::HouseholdClosed { household } => {
                *household == id
            }
            Content::HouseholdMerged { from, .. } => *from == id,
            Content::Move { members, .. } => members.iter().any(|m| m.relation == Relation::Head),
            _ => false,
        })
    };
    let Some(at) = (0..acts.len()).find(|at| formed(&acts[*at]).is_some_and(|id| !later(acts, *at, id)))
    else {
        return;
    };
    let head_died =
        |person| acts.iter().any(|a| matches!(&a.content, Content::Death { person: p, .. } if *p == person));
    let others: Vec<bool> = match &acts[at].content {
        Content::HouseholdFormed { members, .. } => members.iter().map(|m| head_died(m.person)).collect(),
        _ => return,
    };
    let Content::HouseholdFormed { members, .. } = &mut acts[at].content else { return };
    let head = |m: &Place| m.relation == Relation::Head;
    if fault == Fault::NoHead {
        members.iter_mut().filter(|m| head(m)).for_each(|m| m.relation = Relation::Unknown);
    } else {
        let second = members.iter_mut().zip(others).filter(|(m, dead)| !head(m) && !dead);
        let mut second: Vec<&mut Place> = second.map(|(m, _)| m).collect();
        // Mostly both of a couple are entered as head.
        let at = second.iter().position(|m| m.relation == Relation::Spouse);
        let at = at.unwrap_or_else(|| draw.below(second.len() as u32) as usize);
        if let Some(one) = second.get_mut(at) {
            one.relation = Relation::Head;
        }
    }
}
