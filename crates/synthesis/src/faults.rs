//! Faults such as real registers have (inventory CLN-03 … CLN-07), put in on purpose, in known shares, and written down.

use crate::{
    bio::{Bio, World},
    clan::Clan,
    corruptions,
    draw::Draw,
    numbers::Numbers,
    truth::Injected,
};
use population::{
    acts::{Act, Content, Member as Place},
    fold,
    model::Relation,
};
use vocabulary::{HouseholdId, PartialDate, PersonId, PersonalNumber, Sex};

/// What can be wrong with a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    NoBirthDate,
    NoSex,
    NoNumber,
    NoEthnicity,
    /// The former number is missing of someone who had one.
    NoFormer,
    /// The number says another year.
    WrongYear,
    /// The number says the other sex.
    WrongSex,
    /// The number says another place of birth registration.
    WrongPrefix,
    /// A digit of the number is wrong.
    WrongDigits,
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
const KINDS: [(Fault, u32); 13] = [
    (Fault::NoBirthDate, 9),
    (Fault::NoSex, 9),
    (Fault::NoNumber, 14),
    (Fault::NoEthnicity, 4),
    (Fault::NoFormer, 12),
    (Fault::WrongYear, 8),
    (Fault::WrongSex, 7),
    (Fault::WrongPrefix, 7),
    (Fault::WrongDigits, 5),
    (Fault::SharedNumber, 8),
    (Fault::NoHead, 9),
    (Fault::TwoHeads, 5),
    (Fault::NoPapers, 3),
];

/// Of a hundred faulty records so many are a duplicate; the others have a fault of the list above.
pub(crate) const DUPLICATES: u64 = 25;

/// Whether somebody is faulty, and how. `rate` is in a million records, duplicates among them.
pub(crate) fn draw_fault(rate: u32, alone: bool, draw: &mut Draw) -> Option<Fault> {
    if draw.below(100_000_000) >= rate * (100 - DUPLICATES as u32) {
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

/// Puts a fault into the facts of a person, and says which; faults of households come later. Nothing, where the fault
/// would not show: of the newborn, whose number is still to be issued.
pub(crate) fn spoil_bio(
    fault: Fault,
    (m, id): (usize, PersonId),
    clan: &Clan,
    bios: &mut [Bio],
    world: &World,
    numbers: &mut Numbers,
    draw: &mut Draw,
) -> Option<Injected> {
    let other = bios.iter().enumerate().filter(|(i, _)| *i != m).find_map(|(_, b)| b.number);
    let member = &clan.members[m];
    let bio = bios.get_mut(m)?;
    let (year, sex) = (member.born.year(), member.sex);
    if member.born > world.today.plus(-30) {
        return None;
    }
    let missing = |kind, code| Injected::new(kind, code, id);
    let fault = if fault == Fault::NoFormer && bio.formers.is_empty() { Fault::NoNumber } else { fault };
    match fault {
        Fault::NoBirthDate => {
            let was = std::mem::replace(&mut bio.birth, PartialDate::UNKNOWN);
            (!was.is_unknown()).then(|| missing("missing-field", "CLN-06").field("birth_date", was.iso(), ""))
        }
        Fault::NoSex => {
            let was = bio.sex.take()?;
            Some(missing("missing-field", "CLN-06").field("sex", sex_code(was), ""))
        }
        Fault::NoNumber => {
            let was = bio.number.take()?;
            Some(missing("missing-field", "CLN-06").field("personal_number", was.reveal(), ""))
        }
        Fault::NoEthnicity => {
            bio.people_known = false;
            Some(missing("missing-field", "CLN-06").field("ethnicity", bio.people, ""))
        }
        Fault::NoFormer => {
            let was: Vec<String> = bio.formers.drain(..).map(|c| c.number.reveal()).collect();
            Some(missing("missing-former-number", "CLN-05").field("former_numbers", was.join("|"), ""))
        }
        Fault::NoHead | Fault::TwoHeads | Fault::NoPapers => None,
        Fault::WrongYear
        | Fault::WrongSex
        | Fault::WrongPrefix
        | Fault::WrongDigits
        | Fault::SharedNumber => {
            let was = bio.number?;
            let prefix = |at: usize| world.places.origins[at].province.pin_prefix;
            let own = prefix(bio.province);
            let (kind, is) = match fault {
                Fault::WrongYear => (
                    "number-wrong-year",
                    numbers.personal(own, sex, year.saturating_sub(draw.below(9) as u16 + 1)),
                ),
                Fault::WrongSex => {
                    let wrong = if sex == Sex::Female { Sex::Male } else { Sex::Female };
                    ("number-wrong-sex", numbers.personal(own, wrong, year))
                }
                Fault::WrongPrefix => {
                    let at = (bio.province + 1 + draw.below(world.places.origins.len() as u32 - 1) as usize)
                        % world.places.origins.len();
                    ("number-wrong-prefix", numbers.personal(prefix(at), sex, year))
                }
                Fault::WrongDigits => {
                    let (kind, text) = corruptions::digits(&was.reveal(), draw);
                    (kind, PersonalNumber::parse(&text).ok())
                }
                _ => ("number-of-another", other.or(numbers.last())),
            };
            let is = is.filter(|is| *is != was)?;
            bio.number = Some(is);
            Some(missing(kind, "CLN-07").field("personal_number", was.reveal(), is.reveal()))
        }
    }
}

/// A sex as the files write it.
pub(crate) fn sex_code(sex: Sex) -> &'static str {
    match sex {
        Sex::Male => "male",
        Sex::Female => "female",
        Sex::Other => "other",
    }
}

/// Spoils the head of a household in the act that named him, where no later act names another, and says which; nothing
/// where the household as it is in the end would not show it.
pub(crate) fn spoil_household(fault: Fault, acts: &mut [Act], draw: &mut Draw) -> Option<Injected> {
    let (at, household) = (0..acts.len()).find_map(|at| Some((at, formed(&acts[at], &acts[at + 1..])?)))?;
    let Content::HouseholdFormed { members, .. } = &acts[at].content else { return None };
    let before = members.clone();
    let head = before.iter().find(|m| m.relation == Relation::Head)?.person;
    let died: Vec<bool> = before.iter().map(|m| dies(acts, m.person)).collect();
    let mut after = before.clone();
    if fault == Fault::NoHead {
        after.iter_mut().filter(|m| m.person == head).for_each(|m| m.relation = Relation::Unknown);
    } else {
        let others = after.iter_mut().zip(died).filter(|(m, dead)| m.person != head && !dead);
        let mut others: Vec<&mut Place> = others.map(|(m, _)| m).collect();
        // Mostly both of a couple are entered as head.
        let second = others.iter().position(|m| m.relation == Relation::Spouse);
        let second = second.unwrap_or_else(|| draw.below(others.len() as u32) as usize);
        others.get_mut(second)?.relation = Relation::Head;
    }
    set_members(&mut acts[at], after);
    let (living, heads) = heads(acts, household);
    let shows = if fault == Fault::NoHead { living > 0 && heads.is_empty() } else { heads.len() > 1 };
    if !shows {
        set_members(&mut acts[at], before);
        return None;
    }
    let (kind, code) = if fault == Fault::NoHead { ("no-head", "CLN-04") } else { ("two-heads", "CLN-03") };
    let is: Vec<String> = heads.iter().map(PersonId::to_string).collect();
    Some(Injected::new(kind, code, household).field("relation_to_head", head, is.join("|")))
}

fn set_members(act: &mut Act, to: Vec<Place>) {
    if let Content::HouseholdFormed { members, .. } = &mut act.content {
        *members = to;
    }
}

/// The household that an act forms, where no later one names its head. Only the forming of a household may leave the
/// head open; later acts are checked for one.
fn formed(act: &Act, later: &[Act]) -> Option<HouseholdId> {
    let Content::HouseholdFormed { household: id, .. } = &act.content else { return None };
    let renewed = later.iter().any(|a| match &a.content {
        Content::HeadChanged { household, .. } | Content::HouseholdClosed { household } => household == id,
        Content::HouseholdMerged { from, .. } => from == id,
        Content::Move { members, .. } => members.iter().any(|m| m.relation == Relation::Head),
        _ => false,
    });
    (!renewed).then_some(*id)
}

fn dies(acts: &[Act], who: PersonId) -> bool {
    acts.iter().any(|a| matches!(&a.content, Content::Death { person, .. } if *person == who))
}

/// How many live in a household in the end, and who is its head.
fn heads(acts: &[Act], household: HouseholdId) -> (usize, Vec<PersonId>) {
    let mut all: Vec<PersonId> = acts.iter().flat_map(|a| a.content.touched().persons).collect();
    all.sort_unstable();
    all.dedup();
    let folded = all.into_iter().map(|id| fold::person(id, acts, None));
    let members: Vec<_> = folded.filter(|p| p.household == Some(household)).collect();
    let heads = members.iter().filter(|p| p.relation == Some(Relation::Head)).map(|p| p.id).collect();
    (members.len(), heads)
}
