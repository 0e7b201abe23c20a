//! Properties of the fold: the order in which acts arrive is irrelevant, acts on different records commute, a past
//! view equals the replay of what was known then, and an annulment restores exactly.

use crate::{
    acts::{Act, Content, Member},
    fold::{self, AsOf},
    model::{Fact, LifeStatus, MaritalStatus, Relation, Relative},
};
use proptest::prelude::*;
use vocabulary::{
    ActSeq, Actor, Address, AgencyCode, FullName, HouseholdId, Moment, PartialDate, PersonId, PersonalNumber,
    Sex, UnitCode,
};

const PEOPLE: i64 = 4;

fn actor() -> Actor {
    Actor { system: None, officer: None, agency: AgencyCode::parse("G01").unwrap(), unit: None }
}

fn act(seq: i64, effective: PartialDate, content: Content) -> Act {
    Act {
        seq: ActSeq(seq),
        effective,
        recorded: Moment::from_micros(seq * 1_000_000),
        by: actor(),
        evidence: "01/KS".into(),
        content,
    }
}

fn date(day: u32) -> PartialDate {
    PartialDate::new(2000 + (day / 336) as u16, (day % 336 / 28 + 1) as u8, (day % 28 + 1) as u8).unwrap()
}

fn address(n: u8) -> Address {
    Address {
        new_unit: UnitCode::parse("22366").ok(), detail: format!("{n} Trần Phú"), ..Address::default()
    }
}

fn person_id() -> impl Strategy<Value = PersonId> + Clone {
    (1..=PEOPLE).prop_map(PersonId)
}

fn content() -> impl Strategy<Value = Content> {
    let two = (person_id(), person_id());
    prop_oneof![
        (person_id(), any::<bool>()).prop_map(|(person, f)| Content::Registration {
            person,
            facts: vec![
                Fact::Sex(Some(if f { Sex::Female } else { Sex::Male })),
                Fact::Permanent(address(0))
            ],
        }),
        person_id().prop_map(|person| Content::Death { person, spouse: None }),
        two.clone().prop_map(|(a, b)| Content::Marriage { first: a, second: Relative::recorded(b) }),
        two.clone().prop_map(|(a, b)| Content::Divorce { first: a, second: Some(b) }),
        (person_id(), 0u8..5).prop_map(|(person, n)| Content::Correction {
            person,
            facts: vec![Fact::Name(FullName::parse(["Lan", "Hòa", "Minh", "Đức", "Ánh"][n as usize]).ok())],
        }),
        (two.clone(), 1i64..3, 0u8..4).prop_map(|((a, b), h, n)| Content::Move {
            members: vec![
                Member { person: a, relation: Relation::Head },
                Member { person: b, relation: Relation::Child }
            ],
            household: HouseholdId(h),
            address: address(n),
        }),
        (person_id(), 0u8..4, 0u32..900).prop_map(|(p, n, until)| Content::TemporaryResidence {
            persons: vec![p],
            address: address(n),
            until: date(until),
        }),
        person_id()
            .prop_map(|p| Content::ResidenceEnded { persons: vec![p], reason: "đi nước ngoài".into() }),
        (person_id(), 0u32..1000).prop_map(|(person, s)| Content::NumberIssued {
            person,
            number: PersonalNumber::compose(56, Sex::Male, 2000, s).unwrap(),
        }),
        two.prop_map(|(kept, absorbed)| Content::merge(kept, absorbed, vec![])),
    ]
}

/// A history in which each act may later be annulled, and an annulment too.
fn history() -> impl Strategy<Value = Vec<Act>> {
    proptest::collection::vec((content(), 0u32..900, any::<Option<prop::sample::Index>>()), 1..24).prop_map(
        |drawn| {
            let mut acts: Vec<Act> = Vec::new();
            for (i, (content, day, annul)) in drawn.into_iter().enumerate() {
                let content =
                    match annul.filter(|_| i > 0 && i % 3 == 0).map(|at| &acts[at.index(acts.len())]) {
                        Some(wrong) => {
                            let touched = wrong.content.touched();
                            Content::Annulment {
                                act: wrong.seq,
                                persons: touched.persons.into_vec(),
                                households: touched.households.into_vec(),
                                reason: "ghi sai".into(),
                            }
                        }
                        None => content,
                    };
                acts.push(act(i as i64 + 1, date(day), content));
            }
            acts
        },
    )
}

proptest! {
    #[test]
    fn the_order_of_arrival_is_irrelevant(acts in history(), seed in any::<u64>()) {
        let mut shuffled = acts.clone();
        let n = shuffled.len();
        for i in 0..n {
            shuffled.swap(i, (seed.rotate_left(i as u32) as usize) % n);
        }
        for id in (1..=PEOPLE).map(PersonId) {
            prop_assert_eq!(fold::person(id, &acts, None), fold::person(id, &shuffled, None));
        }
        prop_assert_eq!(fold::household(HouseholdId(1), &acts, None), fold::household(HouseholdId(1), &shuffled, None));
    }

    #[test]
    fn acts_that_do_not_touch_a_record_change_nothing(acts in history()) {
        for id in (1..=PEOPLE).map(PersonId) {
            let own: Vec<Act> = acts.iter().filter(|a| a.content.touched().persons.contains(&id)).cloned().collect();
            prop_assert_eq!(fold::person(id, &acts, None), fold::person(id, &own, None));
        }
        let own: Vec<Act> = acts.iter().filter(|a| a.content.touched().households.contains(&HouseholdId(1))).cloned().collect();
        prop_assert_eq!(fold::household(HouseholdId(1), &acts, None), fold::household(HouseholdId(1), &own, None));
    }

    #[test]
    fn commuting_acts_may_be_recorded_in_either_order(acts in history(), at in any::<prop::sample::Index>()) {
        // Two neighbours that touch no record in common commute: recording them the other way round changes no state.
        prop_assume!(acts.len() >= 2);
        let i = at.index(acts.len() - 1);
        let (a, b) = (acts[i].content.touched(), acts[i + 1].content.touched());
        let common = a.persons.iter().any(|p| b.persons.contains(p)) || a.households.iter().any(|h| b.households.contains(h));
        let (x, y) = (acts[i].seq, acts[i + 1].seq);
        let named = acts.iter().any(|c| matches!(c.content.annuls(), Some(s) if s == x || s == y));
        prop_assume!(!common && !named);
        let mut other = acts.clone();
        other[i].seq = y;
        other[i + 1].seq = x;
        for id in (1..=PEOPLE).map(PersonId) {
            let plain = |acts: &[Act]| {
                let mut p = fold::person(id, acts, None);
                p.version = ActSeq(0);
                p.residences.iter_mut().for_each(|r| r.act = ActSeq(0));
                p
            };
            prop_assert_eq!(plain(&acts), plain(&other));
        }
    }

    #[test]
    fn a_past_view_equals_the_replay_of_what_was_known(acts in history(), known in any::<prop::sample::Index>()) {
        let upto = known.index(acts.len());
        let view = AsOf { effective: date(2000), recorded: acts[upto].recorded };
        for id in (1..=PEOPLE).map(PersonId) {
            prop_assert_eq!(fold::person(id, &acts, Some(view)), fold::person(id, &acts[..=upto], None));
        }
    }

    #[test]
    fn a_view_of_a_day_leaves_out_what_came_later(acts in history(), day in 0u32..900) {
        let view = AsOf { effective: date(day), recorded: Moment::from_micros(i64::MAX) };
        let kept: Vec<Act> = acts.iter().filter(|a| a.content.annuls().is_some() || a.effective <= date(day)).cloned().collect();
        for id in (1..=PEOPLE).map(PersonId) {
            let (mut a, mut b) = (fold::person(id, &acts, Some(view)), fold::person(id, &kept, None));
            (a.version, b.version) = (ActSeq(0), ActSeq(0));
            prop_assert_eq!(a, b);
        }
    }

    #[test]
    fn annulling_the_last_act_restores_exactly(acts in history(), last in content(), day in 0u32..900) {
        let seq = acts.len() as i64 + 1;
        let mut more = acts.clone();
        more.push(act(seq, date(day), last));
        let touched = more[more.len() - 1].content.touched();
        more.push(act(seq + 1, date(day), Content::Annulment {
            act: ActSeq(seq), persons: touched.persons.into_vec(), households: touched.households.into_vec(), reason: "ghi sai".into(),
        }));
        for id in (1..=PEOPLE).map(PersonId) {
            let (mut a, mut b) = (fold::person(id, &more, None), fold::person(id, &acts, None));
            (a.version, b.version) = (ActSeq(0), ActSeq(0));
            prop_assert_eq!(a, b);
        }
    }

    #[test]
    fn acts_survive_their_encoding(acts in history()) {
        for a in acts {
            let text = serde_json::to_string(&a).unwrap();
            prop_assert_eq!(serde_json::from_str::<Act>(&text).unwrap(), a);
        }
    }
}

#[test]
fn a_family_lives_through_its_acts() {
    let day = |t: &str| PartialDate::parse(t).unwrap();
    let (an, binh) = (PersonId(1), PersonId(2));
    let home = HouseholdId(1);
    let mut acts = vec![
        act(
            1,
            day("1990-01-05"),
            Content::Registration {
                person: an,
                facts: vec![Fact::Name(FullName::parse("Trần Văn An").ok())],
            },
        ),
        act(
            2,
            day("1992-02-06"),
            Content::Registration {
                person: binh,
                facts: vec![Fact::MaritalStatus(Some(MaritalStatus::Single))],
            },
        ),
        act(3, day("2015-06-01"), Content::Marriage { first: an, second: Relative::recorded(binh) }),
        act(
            4,
            day("2015-07-01"),
            Content::HouseholdFormed {
                household: home,
                address: address(1),
                file: "HS-1".into(),
                members: vec![
                    Member { person: an, relation: Relation::Head },
                    Member { person: binh, relation: Relation::Spouse },
                ],
            },
        ),
        act(5, day("2026-01-10"), Content::Death { person: an, spouse: Some(binh) }),
    ];
    let wife = fold::person(binh, &acts, None);
    assert_eq!(
        (wife.marital_status, wife.spouse, wife.household),
        (Some(MaritalStatus::Widowed), None, Some(home))
    );
    let husband = fold::person(an, &acts, None);
    assert_eq!(husband.life, LifeStatus::Dead { on: day("2026-01-10") });
    assert!(husband.household.is_none() && husband.residences.iter().all(|r| r.ended));
    // The death was another man's: it is annulled, not edited, and the past view still shows what was believed.
    acts.push(act(
        6,
        day("2026-02-01"),
        Content::Annulment {
            act: ActSeq(5),
            persons: vec![an, binh],
            households: vec![],
            reason: "nhầm người".into(),
        },
    ));
    assert!(fold::person(an, &acts, None).life.is_alive());
    assert_eq!(fold::person(binh, &acts, None).marital_status, Some(MaritalStatus::Married));
    let believed = AsOf { effective: day("2026-01-20"), recorded: acts[4].recorded };
    assert!(fold::person(an, &acts, Some(believed)).life.is_dead());
    assert_eq!(fold::household(home, &acts, None).file, "HS-1");
}
