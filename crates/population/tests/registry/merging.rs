//! Two to five records become one, and are separated again exactly.

use crate::office::{Office, SETS, ask, ask_in, client, date, family, name, number, tran_phu, unit};
use crate::storage::State;
use access::Action;
use population::{
    Ask, MergeDraft, NEW_HOUSEHOLD, Proposer, UnmergeDraft,
    acts::{Content, Member},
    later_acts,
    model::{Fact, FormerClaim, Part, Relation, Relative},
    verify::Claims,
};
use proptest::{
    prelude::*,
    strategy::ValueTree,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use store::Store;
use vocabulary::{
    ActSeq, Address, FormerNumber, PartialDate, PersonId, PersonalNumber, Problem, Purpose, StaffId,
};

fn steward(units: &str) -> Ask {
    ask_in("data-steward", Purpose::Cleaning, units)
}

fn named(mut ask: Ask, login: &str) -> Ask {
    ask.caller.actor.officer = StaffId::parse(login).ok();
    ask
}

fn draft(kept: PersonId, ended: &[PersonId], taken: Vec<(Part, PersonId)>) -> MergeDraft {
    MergeDraft { kept, ended: ended.to_vec(), taken, evidence: "BB 7/2026".into(), seen: vec![] }
}

fn undo(merges: &[ActSeq], stay: &[ActSeq]) -> UnmergeDraft {
    UnmergeDraft { merges: merges.to_vec(), evidence: "BB 8/2026".into(), stay: stay.to_vec() }
}

/// An address in Phường Bắc Nha Trang, another commune of the province.
fn elsewhere(house: u32) -> Address {
    Address { old_unit: None, new_unit: Some(unit("22333")), ..tran_phu(house) }
}

/// One of a few people, with what the draw says: some of the same family, some not.
#[derive(Clone, Debug)]
struct Drawn {
    facts: Vec<Fact>,
    father: Option<usize>,
    spouse: Option<usize>,
    temporary: bool,
    household: bool,
}

fn drawn() -> impl Strategy<Value = Drawn> {
    let facts = (
        0u8..5,
        proptest::option::of(0u32..50),
        proptest::option::of(0u32..9),
        proptest::option::of(0u8..3),
        0u32..4,
        any::<bool>(),
    );
    (facts, proptest::option::of(0usize..4), proptest::option::of(0usize..4), any::<bool>(), any::<bool>())
        .prop_map(
            |((given, serial, former, religion, house, contact), father, spouse, temporary, household)| {
                let given = ["Lan", "Hòa", "Minh", "Đức", "Ánh"][usize::from(given)];
                let mut facts = vec![
                    Fact::Name(Some(name(&format!("Trần Ngọc {given}")))),
                    Fact::BirthDate(date("1990-02-03")),
                    Fact::Permanent(tran_phu(house)),
                ];
                facts.extend(
                    serial.map(|s| {
                        Fact::Number(PersonalNumber::parse(&format!("0561900{:05}", 10_000 + s)).ok())
                    }),
                );
                facts.extend(former.map(|f| {
                    Fact::FormerNumbers(vec![FormerClaim {
                        number: FormerNumber::parse(&format!("22500000{f}")).unwrap(),
                        issuer: String::new(),
                        from: PartialDate::UNKNOWN,
                        until: PartialDate::UNKNOWN,
                    }])
                }));
                facts.extend(religion.map(|r| Fact::Religion(Some(format!("Tôn giáo {r}")))));
                if contact {
                    facts.push(Fact::Occupation(Some(given.to_owned())));
                }
                Drawn { facts, father, spouse, temporary, household }
            },
        )
}

/// Enters the people; whoever names another names one entered before.
async fn settle(office: &Office, people: &[Drawn]) -> Vec<PersonId> {
    let mut ids: Vec<PersonId> = Vec::new();
    for one in people {
        let mut facts = one.facts.clone();
        facts.extend(
            one.father.and_then(|at| ids.get(at)).map(|f| Fact::Father(Some(Relative::recorded(*f)))),
        );
        let id = office.register("1990-02-03", facts).await;
        if let Some(spouse) = one.spouse.and_then(|at| ids.get(at)) {
            let marriage = Content::Marriage { first: id, second: Relative::recorded(*spouse) };
            // Who is married already is not married again.
            let _ = office.record("2015-03-04", marriage).await;
        }
        if one.temporary {
            let stay = Content::TemporaryResidence {
                persons: vec![id],
                address: tran_phu(40),
                until: date("2027-02-01"),
            };
            office.record("2026-01-02", stay).await.unwrap();
        }
        if one.household {
            let formed = Content::HouseholdFormed {
                household: NEW_HOUSEHOLD,
                address: tran_phu(30),
                file: String::new(),
                members: vec![Member { person: id, relation: Relation::Head }],
            };
            office.record("2020-01-02", formed).await.unwrap();
        }
        ids.push(id);
    }
    ids
}

store::on_each_engine! {
    sets = SETS;

    async fn merging_and_undoing_is_as_if_nothing_had_happened(store: Store) {
        let office = Office::open(store.clone()).await;
        let mut runner = TestRunner::new_with_rng(Config::default(), TestRng::deterministic_rng(RngAlgorithm::ChaCha));
        let asking = steward("22366");
        let (mut merged, mut followed) = (0, 0);
        for round in 0..12 {
            let people = proptest::collection::vec(drawn(), 4..7).new_tree(&mut runner).unwrap().current();
            let ids = settle(&office, &people).await;
            let count = (2..=people.len().min(5)).new_tree(&mut runner).unwrap().current();
            let kept = ids[round % ids.len()];
            let ended: Vec<PersonId> = ids.iter().copied().filter(|id| *id != kept).take(count - 1).collect();
            let taken: Vec<(Part, PersonId)> = Part::ALL
                .iter()
                .enumerate()
                .filter(|(at, part)| part.is_chosen() && (at + round) % 3 == 0)
                .map(|(at, part)| (*part, ended[(at + round) % ended.len()]))
                .collect();
            let before = State::tables(&store).await;
            let views = async |ids: &[PersonId]| {
                let mut all = Vec::new();
                for page in office.population.compare(&asking, ids).await.unwrap() {
                    let mut p = page.person.person.clone();
                    p.version = ActSeq(0);
                    all.push(serde_json::to_value(p).unwrap());
                }
                all
            };
            let seen = views(&ids).await;
            let made = match office.population.merge(&asking, None, &draft(kept, &ended, taken)).await {
                Ok(made) => made,
                // One of them names another as a relative: refused, and nothing changes.
                Err(error) => {
                    assert_eq!(Problem::from(error).violations[0].rule, "merge/kin");
                    assert_eq!(State::tables(&store).await, before);
                    continue;
                }
            };
            merged += 1;
            assert_eq!(made.acts.len(), ended.len());
            let during = State::tables(&store).await;
            assert_ne!(during, before);
            // No record outside names an ended one any more.
            for id in ids.iter().filter(|id| !ended.contains(id)) {
                let page = &office.population.compare(&asking, &[*id]).await.unwrap()[0];
                assert!(ended.iter().all(|gone| !page.person.person.names(*gone)));
                followed += usize::from(page.person.person.names(kept));
            }
            office.population.unmerge(&asking, None, &undo(&made.acts, &[])).await.unwrap();
            assert_eq!(State::tables(&store).await, before, "round {round}");
            assert_eq!(views(&ids).await, seen, "round {round}");
            // Made from the acts anew, it is the same.
            population::store::rebuild(&store, |_| {}).await.unwrap();
            assert_eq!(State::tables(&store).await, before, "round {round}");
        }
        assert!(merged >= 3 && followed > 0, "{merged} {followed}");
    }

    async fn everything_of_the_ended_record_follows(store: Store) {
        let office = Office::open(store).await;
        let people = family(&office).await;
        let asking = steward("22366");
        let double = office.register("1985", vec![
            Fact::Number(PersonalNumber::parse("056185009999").ok()),
            Fact::Name(Some(name("Nguyễn Thị Hoà"))),
            Fact::Religion(Some("Phật giáo".into())),
            Fact::Permanent(tran_phu(14)),
        ]).await;
        let child = office.register("2015", vec![
            Fact::Name(Some(name("Trần Thị Na"))), Fact::Permanent(tran_phu(14)), Fact::Mother(Some(Relative::recorded(double))),
        ]).await;
        let stay = Content::TemporaryResidence { persons: vec![double], address: tran_phu(50), until: date("2027-02-01") };
        office.record("2026-01-02", stay).await.unwrap();
        let made = office.population.merge(&asking, None, &draft(people.wife, &[double], vec![(Part::Religion, double)])).await.unwrap();
        let own = ask("residence-officer", Purpose::Residence);
        let wife = office.population.person(&own, people.wife, None).await.unwrap();
        let p = &wife.person.person;
        assert_eq!((p.religion.as_deref(), p.household), (Some("Phật giáo"), Some(people.home)));
        assert!(wife.person.children.contains(&child) && wife.person.children.contains(&people.son));
        assert!(p.residences.iter().any(|r| !r.ended && r.from == date("2026-01-02") && r.address == tran_phu(50)));
        // The number of the ended record is hers in every look-up, and the feed says who stands for it.
        let claims = Claims { name: Some(name("Nguyễn Thị Hòa")), ..Claims::default() };
        let found = office.population.verify(&client("client-verify"), Action::Verify, number("056185009999"), &claims).await.unwrap();
        assert!(found.verdict.unwrap().all_matched());
        let citizen = office.population.citizen(&ask_in("client-citizen", Purpose::Procedure, "everywhere"), number("056185009999"), None).await.unwrap();
        assert_eq!(citizen.person.person.id, people.wife);
        let (changes, _) = office.population.changes(&client("client-changes"), ActSeq(made.acts[0].0 - 1), 10).await.unwrap();
        assert_eq!((changes[0].kind, changes[0].forward), ("merge", Some((double, people.wife))));
        assert!(changes[0].persons.contains(&child));
        assert_eq!(office.population.survivor(double).await.unwrap(), people.wife);
        // What was known of it stays readable.
        let view = population::fold::AsOf { effective: date("2026-01-03"), recorded: vocabulary::Moment::now() };
        let then = office.population.person(&own, double, Some(view)).await.unwrap();
        assert_eq!(then.person.person.religion.as_deref(), Some("Phật giáo"));
    }

    async fn later_acts_are_named_and_stay_only_by_choice(store: Store) {
        let office = Office::open(store.clone()).await;
        let people = family(&office).await;
        let asking = steward("22366");
        let double = office.register("1985", vec![Fact::Name(Some(name("Nguyễn Thị Hoà"))), Fact::Permanent(tran_phu(14))]).await;
        let third = office.register("1985", vec![Fact::Name(Some(name("Nguyễn T. Hòa"))), Fact::Permanent(tran_phu(15))]).await;
        let before = State::tables(&store).await;
        let first = office.population.merge(&asking, None, &draft(people.wife, &[double], vec![(Part::Name, double)])).await.unwrap();
        let correction = Content::Correction { person: people.wife, facts: vec![Fact::Religion(Some("Phật giáo".into()))] };
        let later = office.record("2026-05-01", correction).await.unwrap().acts[0].seq;
        let second = office.population.merge(&asking, None, &draft(people.wife, &[third], vec![])).await.unwrap();
        let refused = |error| {
            let problem = Problem::from(error);
            assert_eq!(problem.kind.code, "merge-later-acts");
            problem.violations.into_iter().map(|v| v.field).collect::<Vec<_>>()
        };
        let held = office.population.compare(&asking, &[people.wife]).await.unwrap().remove(0).history;
        let names: Vec<ActSeq> = later_acts(&first.acts, &held).into_iter().map(|a| a.seq).collect();
        assert_eq!(names, [later, second.acts[0]]);
        let open = office.population.unmerge(&asking, None, &undo(&first.acts, &[])).await.unwrap_err();
        assert_eq!(refused(open), [later.to_string(), second.acts[0].to_string()]);
        // A later merge is undone first; the correction stays, when the officer says so.
        let still = office.population.unmerge(&asking, None, &undo(&first.acts, &[later, second.acts[0]])).await.unwrap_err();
        assert_eq!(refused(still), [second.acts[0].to_string()]);
        let single = office.record("2026-05-02", Content::unmerge(first.acts[0], people.wife, double)).await.unwrap_err();
        assert_eq!(single.kind.code, "merge-later-acts");
        office.population.unmerge(&asking, None, &undo(&second.acts, &[])).await.unwrap();
        office.population.unmerge(&asking, None, &undo(&first.acts, &[later])).await.unwrap();
        assert_eq!(State::tables(&store).await, before);
        let wife = office.population.compare(&asking, &[people.wife]).await.unwrap().remove(0).person.person.clone();
        assert_eq!(wife.religion.as_deref(), Some("Phật giáo"));
        let twice = office.population.unmerge(&asking, None, &undo(&first.acts, &[])).await.unwrap_err();
        assert_eq!(Problem::from(twice).kind.code, "act-not-in-force");
    }

    async fn across_communes_it_takes_two(store: Store) {
        let office = Office::open(store).await;
        let people = family(&office).await;
        let double = office.register("1985", vec![Fact::Name(Some(name("Nguyễn Thị Hoà"))), Fact::Permanent(tran_phu(14))]).await;
        let moved = Content::Correction { person: double, facts: vec![Fact::Permanent(elsewhere(3))] };
        office.record("2026-02-01", moved).await.unwrap();
        let wanted = draft(people.wife, &[double], vec![]);
        let code = |error: population::Error| Problem::from(error).kind.code;
        let (here, there) = (named(steward("22366"), "an"), named(steward("22333"), "binh"));
        // Not alone: neither where one record is another's, nor where one officer answers for both.
        for alone in [&here, &there] {
            assert_eq!(code(office.population.merge(alone, None, &wanted).await.unwrap_err()), "forbidden");
        }
        let both = named(steward("56"), "chi");
        assert_eq!(code(office.population.merge(&both, None, &wanted).await.unwrap_err()), "merge-two-persons");
        let act = Content::merge(people.wife, double, vec![]);
        assert_eq!(office.record("2026-05-01", act).await.unwrap_err().kind.code, "forbidden");
        let by = Proposer { actor: here.caller.actor.clone(), records: vec![people.wife] };
        let again = named(steward("56"), "an");
        assert_eq!(code(office.population.merge(&again, Some(&by), &wanted).await.unwrap_err()), "merge-own");
        let stranger = named(steward("00004"), "dung");
        assert_eq!(code(office.population.merge(&stranger, Some(&by), &wanted).await.unwrap_err()), "forbidden");
        let made = office.population.merge(&there, Some(&by), &wanted).await.unwrap();
        let act = office.population.compare(&both, &[people.wife]).await.unwrap().remove(0).history.pop().unwrap();
        assert_eq!((act.seq, act.by), (made.acts[0], here.caller.actor.clone()));
        assert_eq!(code(office.population.unmerge(&both, None, &undo(&made.acts, &[])).await.unwrap_err()), "merge-two-persons");
        let lead = named(ask_in("cleaning-lead", Purpose::Cleaning, "56"), "lead");
        office.population.unmerge(&lead, Some(&by), &undo(&made.acts, &[])).await.unwrap();
        assert_eq!(office.population.survivor(double).await.unwrap(), double);
    }

    async fn what_cannot_become_one_is_refused(store: Store) {
        let office = Office::open(store).await;
        let people = family(&office).await;
        let asking = steward("22366");
        let rule = |error: population::Error| Problem::from(error).violations.first().map(|v| v.rule);
        for (kept, ended) in [
            (people.wife, vec![]),
            (people.wife, vec![people.wife]),
            (people.wife, (100..105).map(PersonId).collect()),
        ] {
            let error = office.population.merge(&asking, None, &draft(kept, &ended, vec![])).await.unwrap_err();
            assert_eq!(rule(error), Some("merge/records"));
        }
        let mother = office.population.merge(&asking, None, &draft(people.wife, &[people.son], vec![])).await.unwrap_err();
        assert_eq!(rule(mother), Some("merge/kin"));
        let part = draft(people.wife, &[people.son], vec![(Part::Number, people.son)]);
        assert_eq!(rule(office.population.merge(&asking, None, &part).await.unwrap_err()), Some("merge/parts"));
        let seen = MergeDraft { seen: vec![(people.wife, ActSeq(1))], ..draft(people.wife, &[people.son], vec![]) };
        let changed = Problem::from(office.population.merge(&asking, None, &seen).await.unwrap_err());
        assert_eq!(changed.kind.code, "conflict");
        let nobody = office.population.merge(&asking, None, &draft(people.wife, &[PersonId(99)], vec![])).await.unwrap_err();
        assert_eq!(Problem::from(nobody).kind.code, "not-found");
    }

    async fn each_record_that_is_compared_has_its_entry(store: Store) {
        let office = Office::open(store).await;
        let people = family(&office).await;
        let entries = office.ledger.size().await.unwrap();
        let pages = office.population.compare(&steward("22366"), &[people.wife, people.husband, people.son]).await.unwrap();
        assert_eq!(office.ledger.size().await.unwrap(), entries + 3);
        for page in &pages {
            let entry = office.ledger.entry(page.entry).await.unwrap().statement;
            assert_eq!((entry.subject, entry.purpose), (ledger::Subject::Person(page.person.person.id), Some(Purpose::Cleaning)));
            assert_eq!(entry.service, "population.compare");
        }
        let stranger = office.population.compare(&steward("00004"), &[people.wife]).await.err().unwrap();
        assert_eq!(Problem::from(stranger).kind.code, "forbidden");
        assert_eq!(office.ledger.size().await.unwrap(), entries + 4, "who was refused is seen too");
    }
}
