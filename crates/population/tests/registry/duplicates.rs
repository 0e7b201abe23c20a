//! Possible duplicates: found at a registration however they are spelled, and never stale.

use crate::office::{HUSBAND, Office, SETS, WIFE, ask, ask_in, date, family, name, tran_phu, unit};
use population::{
    Alike, Apart, Ask, Draft, Intent, NEW_PERSON, Registered,
    acts::{Act, Content},
    duplicates::{Likeness, Topic},
    model::{Contact, Fact, FormerClaim, Relative},
    store::{load, rebuild},
};
use store::{Store, params};
use vocabulary::{
    ActSeq, Actor, Address, AgencyCode, FormerNumber, Moment, PartialDate, PersonId, PersonalNumber, Purpose,
    Sex,
};

const NUMBER: &str = "056185007788";

fn steward() -> Ask {
    ask("data-steward", Purpose::Cleaning)
}

/// Who may read facts of the whole country.
fn follower() -> Ask {
    ask_in("quality-check", Purpose::Cleaning, "everywhere")
}

fn told(full: &str, born: &str, number: Option<&str>) -> Vec<Fact> {
    let mut facts = vec![
        Fact::Name(Some(name(full))),
        Fact::BirthDate(date(born)),
        Fact::Sex(Some(Sex::Female)),
        Fact::Permanent(tran_phu(30)),
    ];
    facts.extend(number.map(|digits| Fact::Number(PersonalNumber::parse(digits).ok())));
    facts
}

fn draft(facts: Vec<Fact>) -> Draft {
    let content = Content::Registration { person: NEW_PERSON, facts };
    Draft {
        effective: PartialDate::UNKNOWN,
        evidence: "DC01 số 5".into(),
        intent: Intent::Act(content),
        seen: vec![],
    }
}

async fn registered(office: &Office, asking: &Ask, facts: Vec<Fact>, apart: &Apart) -> Registered {
    office.population.register(asking, draft(facts), apart).await.unwrap()
}

/// The records that hold a registration up.
async fn alike(office: &Office, facts: Vec<Fact>) -> Alike {
    let said = facts.iter().map(|f| serde_json::to_string(f).unwrap()).collect::<String>();
    match registered(office, &steward(), facts, &Apart::default()).await {
        Registered::Alike(alike) => alike,
        Registered::Recorded(recorded) => panic!("registered as {:?}: {said}", recorded.person),
    }
}

async fn acts(store: &Store) -> i64 {
    store.one("SELECT seq FROM act_head WHERE id = 1", params![]).await.unwrap()
}

/// The only record like a person, of those that are there.
async fn like(office: &Office, id: PersonId) -> Option<Likeness> {
    let found = office.population.possible_duplicates(&follower(), &[id]).await.unwrap();
    let (asked, mut found) = found.into_iter().next()?;
    assert_eq!(asked, id);
    found.drain(..).next()
}

store::on_each_engine! {
    sets = SETS;

    async fn a_second_record_is_found_however_it_is_spelled(store: Store) {
        let office = Office::open(store).await;
        let full = "Nguyễn Thị Ngọc Hòa";
        let mut facts = told(full, "1985-03-12", Some(NUMBER));
        facts.push(Fact::FormerNumbers(vec![FormerClaim {
            number: FormerNumber::parse("225777111").unwrap(),
            issuer: String::new(),
            from: PartialDate::UNKNOWN,
            until: PartialDate::UNKNOWN,
        }]));
        facts.push(Fact::Father(Some(Relative::named(name("Nguyễn Văn Tám")))));
        facts.push(Fact::Contact(Contact { phones: vec!["0912345678".into()], emails: vec![] }));
        let first = office.register("2020", facts).await;
        let before = acts(&office.store).await;
        for (spoilt, born, number, what) in [
            ("Nguyen Thi Ngoc Hoa", "1985-03-12", None, "diacritics lost"),
            ("Nguyễn Thị Ngọc Hoà", "1985-03-12", None, "the other tone mark"),
            ("Nguyeenx Thij Ngocj Hoaf", "1985-03-12", None, "typed without the method"),
            ("Nguyễn Ngọc Thị Hòa", "1985-03-12", None, "words swapped"),
            ("Thị Ngọc Hòa Nguyễn", "1985-03-12", None, "family name last"),
            ("Nguyễn Ngọc Hòa", "1985-03-12", None, "a middle word dropped"),
            ("Nguyễn T. Ngọc Hòa", "1985-03-12", None, "abbreviated"),
            ("Nguyễn Thị Ngcọ Hòa", "1985-03-12", None, "letters swapped"),
            (full, "1985-12-03", None, "day and month swapped"),
            (full, "1985", None, "only the year"),
            (full, "1958-03-12", None, "digits of the year swapped"),
            ("Nguyen Thi Ngoc Hoa", "1985", None, "only the year, and diacritics lost"),
            (full, "1985-03-12", Some("056185007878"), "digits of the number swapped"),
            ("Nguyễn Hòa", "1985-12-03", Some("056185007789"), "a digit off, and all else spoilt"),
        ] {
            let found = alike(&office, told(spoilt, born, number)).await;
            let ids: Vec<PersonId> = found.candidates.iter().map(|c| c.view.person.id).collect();
            assert_eq!(ids, [first], "{what}");
            let likeness = &found.candidates[0].likeness;
            let sum = likeness.start + found.candidates[0].unseen + likeness.reasons.iter().map(|r| r.weight).sum::<f32>();
            assert!((sum - likeness.weight).abs() < 1e-3, "{what}: reasons add up");
            assert!(likeness.reasons.iter().any(|r| r.topic == Topic::Name));
        }
        assert_eq!(acts(&office.store).await, before, "nothing was recorded");
        // Somebody else is registered without a word.
        let other = registered(&office, &steward(), told("Trần Văn Nam", "1990-01-20", None), &Apart::default()).await;
        assert!(matches!(other, Registered::Recorded(_)));
    }

    async fn what_was_compared_is_kept_and_not_asked_again(store: Store) {
        let office = Office::open(store).await;
        let people = family(&office).await;
        let facts = || told("Nguyễn Thị Hòa", "1985", None);
        let found = alike(&office, facts()).await;
        assert_eq!(found.candidates[0].view.person.id, people.wife);
        let problem = found.problem();
        assert_eq!((problem.kind.code, problem.kind.status), ("possible-duplicate", 409));
        assert_eq!(problem.violations[0].field, format!("told_apart.persons.{}", people.wife));
        assert!(problem.violations[0].en.contains("Name: the same") && !problem.violations[0].en.contains("Hòa"));
        // Naming the record without a reason is not enough, nor a reason without the record.
        for apart in [
            Apart { persons: vec![people.wife], reason: " ".into() },
            Apart { persons: vec![], reason: "đã gặp cả hai".into() },
        ] {
            assert!(matches!(registered(&office, &steward(), facts(), &apart).await, Registered::Alike(_)));
        }
        let long = Apart { persons: vec![people.wife], reason: "x".repeat(201) };
        let refused = office.population.register(&steward(), draft(facts()), &long).await.err().unwrap();
        assert_eq!(vocabulary::Problem::from(refused).violations[0].rule, "duplicate/reason");
        let apart = Apart { persons: vec![people.wife], reason: "đã gặp cả hai".into() };
        let Registered::Recorded(recorded) = registered(&office, &steward(), facts(), &apart).await else { panic!() };
        let kept: (i64, i64, i64, String) =
            office.store.one("SELECT low, high, act, reason FROM told_apart", params![]).await.unwrap();
        let new = recorded.person.unwrap();
        assert_eq!(kept, (people.wife.0, new.0, recorded.acts[0].seq.0, "đã gặp cả hai".into()));
        assert_eq!(like(&office, new).await, None, "the pair was told apart");
        assert_eq!(like(&office, people.wife).await, None);
    }

    async fn each_record_shown_has_its_entry_and_others_are_only_counted(store: Store) {
        let office = Office::open(store).await;
        let people = family(&office).await;
        let before = office.ledger.size().await.unwrap();
        alike(&office, told("Nguyễn Thị Hòa", "1985", None)).await;
        assert_eq!(office.ledger.size().await.unwrap(), before + 1);
        let entry = office.ledger.entry(before).await.unwrap().statement;
        assert_eq!(entry.subject, ledger::Subject::Person(people.wife));
        assert_eq!(entry.service, "population.compare-duplicates");
        // An officer of another ward learns that there is somebody, and not who.
        let elsewhere = ask_in("data-steward", Purpose::Cleaning, "00004");
        let there = || {
            let place = Address { new_unit: Some(unit("00004")), detail: "1 Hàng Bài".into(), ..Address::default() };
            vec![
                Fact::Name(Some(name("Nguyễn Thị Hòa"))),
                Fact::BirthDate(date("1985")),
                Fact::Number(PersonalNumber::parse("056185001243").ok()),
                Fact::Current(place),
            ]
        };
        let Registered::Alike(found) = registered(&office, &elsewhere, there(), &Apart::default()).await else { panic!() };
        assert_eq!((found.candidates.len(), found.elsewhere), (0, 1));
        assert!(found.problem().violations.is_empty() && found.problem().detail.is_some());
        let apart = Apart { persons: vec![], reason: "chưa từng đăng ký".into() };
        assert!(matches!(registered(&office, &elsewhere, there(), &apart).await, Registered::Recorded(_)));
    }

    async fn twins_and_namesakes_among_kin_are_not_duplicates(store: Store) {
        let office = Office::open(store).await;
        let people = family(&office).await;
        let born = |given: &str, sex| {
            Content::Birth {
                child: NEW_PERSON,
                facts: vec![
                    Fact::Name(Some(name(given))),
                    Fact::BirthDate(date("2026-02-03")),
                    Fact::Sex(Some(sex)),
                    Fact::BirthRegistration(tran_phu(12)),
                    Fact::Father(Some(Relative::recorded(people.husband))),
                    Fact::Mother(Some(Relative::recorded(people.wife))),
                ],
                household: Some(people.home),
                address: tran_phu(12),
                relation: Some(population::model::Relation::Child),
            }
        };
        let asking = ask("civil-status-officer", Purpose::CivilStatus);
        for (given, sex) in
            [("Trần Ngọc Ánh", Sex::Female), ("Trần Ngọc Minh", Sex::Female), ("Trần Văn Sang", Sex::Male)]
        {
            let draft = Draft {
                effective: date("2026-02-03"),
                evidence: "GCS 12".into(),
                intent: Intent::BirthWithNumber(born(given, sex)),
                seen: vec![],
            };
            let done = office.population.register(&asking, draft, &Apart::default()).await.unwrap();
            assert!(matches!(done, Registered::Recorded(_)), "{given}");
        }
        // The same birth again is one.
        let draft = Draft {
            effective: date("2026-02-03"),
            evidence: "GCS 12".into(),
            intent: Intent::BirthWithNumber(born("Trần Ngọc Ánh", Sex::Female)),
            seen: vec![],
        };
        let done = office.population.register(&asking, draft, &Apart::default()).await.unwrap();
        assert!(matches!(done, Registered::Alike(found) if found.candidates.len() == 1));
    }

    async fn what_changes_is_found_as_it_is_now(store: Store) {
        let office = Office::open(store).await;
        let people = family(&office).await;
        let other = office.register("2020", told("Lê Thị Bưởi", "1985", None)).await;
        assert_eq!(like(&office, other).await, None);
        // A correction makes a pair.
        let renamed = Content::Correction { person: other, facts: vec![Fact::Name(Some(name("Nguyen Thi Hoa")))] };
        let correction = office.record("2026-01-01", renamed).await.unwrap();
        let found = like(&office, other).await.unwrap();
        assert_eq!(found.person, people.wife);
        assert_eq!(like(&office, people.wife).await.unwrap().person, other);
        rebuild(&office.store, |_| {}).await.unwrap();
        assert_eq!(like(&office, other).await.unwrap(), found, "a rebuild makes the same indexes");
        // Annulled, it is none.
        let annul = Content::Annulment {
            act: correction.acts[0].seq, persons: vec![other], households: vec![], reason: "nhầm".into(),
        };
        let annulled = office.record("2026-01-02", annul).await.unwrap();
        assert_eq!(like(&office, other).await, None);
        let again = Content::Annulment {
            act: annulled.acts[0].seq, persons: vec![other], households: vec![], reason: "nhầm nữa".into(),
        };
        office.record("2026-01-03", again).await.unwrap();
        assert!(like(&office, other).await.is_some());
        // The dead are still found: somebody may be registered anew in their name.
        office.record("2026-02-01", Content::Death { person: other, spouse: None }).await.unwrap();
        assert!(like(&office, people.wife).await.is_some());
        // Merged, the pair is gone, and the number of the merged record leads to the one that was kept.
        let merge = Content::Merge { kept: people.wife, absorbed: other, facts: vec![], relatives: vec![], residences: vec![] };
        let merged = office.record("2026-03-01", merge).await.unwrap();
        assert_eq!(like(&office, people.wife).await, None);
        let found = alike(&office, told("Nguyễn Thị Hòa", "1985", Some(WIFE))).await;
        assert_eq!(found.candidates.iter().map(|c| c.view.person.id).collect::<Vec<_>>(), [people.wife]);
        let undo = Content::Unmerge { merge: merged.acts[0].seq, kept: people.wife, absorbed: other, relatives: vec![] };
        office.record("2026-03-02", undo).await.unwrap();
        assert!(like(&office, people.wife).await.is_some());
    }

    async fn of_many_identical_names_a_bounded_number_is_looked_at(store: Store) {
        // All have one name and one birth date, which is the day that clerks write where they know none.
        let person = |n: i64| {
            vec![Act {
                seq: ActSeq(n),
                effective: date("2024-05-06"),
                recorded: Moment::from_micros(1_720_000_000_000_000 + n),
                by: Actor { system: None, officer: None, agency: AgencyCode::parse("G01").unwrap(), unit: None },
                evidence: "CT01".into(),
                content: Content::Registration {
                    person: PersonId(n),
                    facts: vec![
                        Fact::Name(Some(name("Nguyễn Văn An"))),
                        Fact::BirthDate(date("1960-01-01")),
                        Fact::Sex(Some(Sex::Male)),
                        Fact::Number(PersonalNumber::from_int(56_060_000_000 + 37 * n)),
                    ],
                },
            }]
        };
        load(&store, (1..=20_000).map(person), |_| {}).await.unwrap();
        let office = Office::open(store).await;
        let facts = vec![
            Fact::Name(Some(name("Nguyễn Văn An"))),
            Fact::BirthDate(date("1960-01-01")),
            Fact::Sex(Some(Sex::Male)),
            Fact::Permanent(tran_phu(1)),
        ];
        // Without more than the name of all these nobody in particular is meant.
        let done = registered(&office, &steward(), facts.clone(), &Apart::default()).await;
        assert!(matches!(done, Registered::Recorded(_)));
        // A number that is one digit off says who is.
        let near = 56_060_000_000_i64 + 37 * 12_345;
        let near = PersonalNumber::from_int(near + if near % 10 == 9 { -1 } else { 1 });
        let mut numbered = facts;
        numbered.push(Fact::Number(near));
        let asking = ask_in("data-steward", Purpose::Cleaning, "everywhere");
        let Registered::Alike(found) = registered(&office, &asking, numbered, &Apart::default()).await else { panic!() };
        assert!(found.candidates.iter().any(|c| c.view.person.id == PersonId(12_345)));
        assert!(found.candidates.len() + found.elsewhere <= population::duplicates::MOST);
    }
}

#[test]
fn nobody_else_is_told_of_duplicates() {
    store::testing::on_sqlite(SETS, async |store: Store| {
        let office = Office::open(store).await;
        let people = family(&office).await;
        for asking in
            [ask("residence-officer", Purpose::Residence), ask("one-stop-clerk", Purpose::Procedure)]
        {
            assert!(office.population.possible_duplicates(&asking, &[people.wife]).await.is_err());
        }
        // Who may not register learns nothing of who is there.
        let clerk = ask("one-stop-clerk", Purpose::Procedure);
        let facts = told("Nguyễn Thị Hòa", "1985", Some(HUSBAND));
        assert!(office.population.register(&clerk, draft(facts), &Apart::default()).await.is_err());
    });
}
