//! Recording acts.

use crate::office::{Office, SETS, WIFE, ask, ask_in, client, date, family, name, number, tran_phu, unit};
use crate::storage::State;
use access::Action;
use population::{
    Draft, Intent, NEW_HOUSEHOLD, NEW_PERSON,
    acts::{Content, Member},
    fold::AsOf,
    model::{Card, Fact, LifeStatus, Relation, Relative},
    verify::Claims,
};
use store::{Store, params};
use vocabulary::{Address, Moment, PersonId, PersonalNumber, Problem, Purpose, Sex, kinds};

fn rules(problem: &Problem) -> Vec<&'static str> {
    problem.violations.iter().map(|v| v.rule).collect()
}

store::on_each_engine! {
    sets = SETS;

    async fn a_child_is_born_and_numbered_in_one_step(store: Store) {
        let office = Office::open(store).await;
        let people = family(&office).await;
        let birth = Content::Birth {
            child: NEW_PERSON,
            facts: vec![
                Fact::Name(Some(name("Trần Ngọc Ánh"))),
                Fact::BirthDate(date("2026-02-03")),
                Fact::Sex(Some(Sex::Female)),
                Fact::BirthRegistration(tran_phu(12)),
                Fact::Father(Some(Relative::recorded(people.husband))),
                Fact::Mother(Some(Relative::recorded(people.wife))),
            ],
            household: Some(people.home),
            address: tran_phu(12),
            relation: Some(Relation::Child),
        };
        let asking = ask("civil-status-officer", Purpose::CivilStatus);
        let recorded = office.record_as(&asking, "2026-02-03", Intent::BirthWithNumber(birth)).await.unwrap();
        let issued = recorded.number.unwrap();
        assert_eq!(issued.shape().prefix, 56);
        assert_eq!((issued.shape().sex, issued.shape().year), (Sex::Female, 2026));
        assert_eq!(recorded.acts.len(), 2);
        let own = ask("residence-officer", Purpose::Residence);
        let mother = office.population.person(&own, people.wife, None).await.unwrap();
        assert_eq!(mother.person.children.len(), 2);
        assert_eq!(office.population.household(&own, people.home).await.unwrap().members.len(), 4);
        let claims = Claims { name: Some(name("Trần Ngọc Ánh")), ..Claims::default() };
        let found = office
            .population
            .verify(&client("client-verify"), Action::Verify, number(&issued.reveal()), &claims)
            .await
            .unwrap();
        assert!(found.verdict.unwrap().all_matched());
    }

    async fn two_conflicting_acts_do_not_both_happen(store: Store) {
        let office = Office::open(store).await;
        let people = family(&office).await;
        let asking = ask("residence-officer", Purpose::Residence);
        let seen = office.population.person(&asking, people.wife, None).await.unwrap().person.person.version;
        let draft = |house| Draft {
            effective: date("2026-03-01"),
            evidence: "CT01".into(),
            intent: Intent::Act(Content::TemporaryResidence {
                persons: vec![people.wife],
                address: tran_phu(house),
                until: date("2027-02-01"),
            }),
            seen: vec![(people.wife, seen)],
        };
        let (a, b) = tokio::join!(
            office.population.record(&asking, draft(1)),
            office.population.record(&asking, draft(2))
        );
        let failed = [a, b].into_iter().filter_map(Result::err).map(Problem::from).collect::<Vec<_>>();
        assert_eq!(failed.len(), 1);
        assert_eq!(failed[0].kind, &kinds::CONFLICT);
        let page = office.population.person(&asking, people.wife, None).await.unwrap();
        assert_eq!(page.person.person.residences.iter().filter(|r| !r.ended).count(), 2, "permanent and one temporary");
    }

    async fn what_contradicts_the_records_is_refused_and_nothing_changes(store: Store) {
        let office = Office::open(store).await;
        let people = family(&office).await;
        let acts: i64 = office.store.one("SELECT seq FROM act_head WHERE id = 1", params![]).await.unwrap();
        let entries = office.ledger.size().await.unwrap();
        let mut refusals = 1;
        let married = Content::Marriage { first: people.husband, second: Relative::named(name("Ai Đó")) };
        assert_eq!(rules(&office.record("2026-01-01", married).await.unwrap_err()), ["marriage/married"]);
        for (issued, expires, rule) in [
            ("", "2040-05-05", "card/issued"),
            ("2390-01-01", "", "card/future"),
            ("1979-12-31", "", "card/before-birth"),
            ("2021-04-28", "2021-04-28", "card/expires"),
        ] {
            let card = Card { issued_on: date(issued), expires_on: date(expires), issuer: "".into() };
            let facts = vec![Fact::Card(Some(card))];
            let wrong = Content::Correction { person: people.husband, facts };
            assert_eq!(rules(&office.record("2026-01-01", wrong).await.unwrap_err()), [rule]);
        }
        let headless = Content::HouseholdSplit {
            from: people.home,
            to: NEW_HOUSEHOLD,
            address: tran_phu(14),
            members: vec![Member { person: people.son, relation: Relation::Child }],
        };
        assert_eq!(rules(&office.record("2026-01-01", headless).await.unwrap_err()), ["members/one-head"]);
        let nobody = Content::Death { person: PersonId(77), spouse: None };
        let problem = office.record("2026-01-01", nobody).await.unwrap_err();
        assert!(problem.kind == &kinds::FORBIDDEN || rules(&problem) == ["act/person-unknown"]);
        refusals += u64::from(problem.kind == &kinds::FORBIDDEN);
        let early = Content::Death { person: people.son, spouse: None };
        assert_eq!(rules(&office.record("2001-01-01", early).await.unwrap_err()), ["act/before-birth"]);
        let later = Content::Death { person: people.son, spouse: None };
        assert_eq!(rules(&office.record("2390-01-01", later).await.unwrap_err()), ["act/date-future"]);
        let long = Content::Stay { persons: vec![people.son], address: tran_phu(1), until: date("2026-06-01") };
        assert_eq!(rules(&office.record("2026-01-01", long).await.unwrap_err()), ["residence/thirty-days"]);
        let elsewhere = Content::Stay { persons: vec![people.son], address: tran_phu(1), until: date("2026-01-05") };
        let other = ask_in("residence-officer", Purpose::Residence, "00004");
        let refused = office.record_as(&other, "2026-01-01", Intent::Act(elsewhere)).await.unwrap_err();
        assert_eq!(refused.kind, &kinds::FORBIDDEN);
        // Nothing was changed; the one new entry is that of the officer of another ward, who was refused.
        let entries = entries + refusals;
        let after: i64 = office.store.one("SELECT seq FROM act_head WHERE id = 1", params![]).await.unwrap();
        assert_eq!((after, office.ledger.size().await.unwrap()), (acts, entries));
    }

    async fn a_wrong_act_is_annulled_and_the_past_view_remains(store: Store) {
        let office = Office::open(store).await;
        let people = family(&office).await;
        let own = ask("residence-officer", Purpose::Residence);
        let death = Content::Death { person: people.husband, spouse: Some(people.wife) };
        let recorded = office.record("2026-04-01", death).await.unwrap();
        let act = recorded.acts[0].clone();
        assert!(office.population.person(&own, people.husband, None).await.unwrap().person.person.life.is_dead());
        let annul = Content::Annulment {
            act: act.seq,
            persons: vec![people.husband, people.wife],
            households: vec![],
            reason: "nhầm người".into(),
        };
        office.record("2026-04-05", annul.clone()).await.unwrap();
        let now = office.population.person(&own, people.husband, None).await.unwrap();
        assert_eq!((now.person.person.life, now.person.person.household), (LifeStatus::Alive, Some(people.home)));
        let view = AsOf { effective: date("2026-04-02"), recorded: act.recorded };
        let then = office.population.person(&own, people.husband, Some(view)).await.unwrap();
        assert!(then.person.person.life.is_dead());
        // Annulled once is annulled: the second attempt and an invented act are refused.
        assert_eq!(office.record("2026-04-06", annul).await.unwrap_err().kind.code, "act-not-in-force");
        let invented = Content::Annulment {
            act: vocabulary::ActSeq(9_999), persons: vec![people.wife], households: vec![], reason: "thử".into(),
        };
        assert_eq!(office.record("2026-04-06", invented).await.unwrap_err().kind.code, "act-not-in-force");
    }

    async fn a_merged_record_forwards_its_number_and_unmerging_restores_both(store: Store) {
        let office = Office::open(store).await;
        let people = family(&office).await;
        let digits = "056185009999";
        let facts = vec![
            Fact::Number(PersonalNumber::parse(digits).ok()),
            Fact::Name(Some(name("Nguyễn Thị Hoà"))),
            Fact::Permanent(tran_phu(12)),
        ];
        let double = office.register("1985", facts).await;
        let merge = Content::merge(people.wife, double, vec![]);
        let merged = office.record("2026-05-01", merge).await.unwrap();
        let asking = client("client-verify");
        let claims = Claims { name: Some(name("Nguyễn Thị Hòa")), ..Claims::default() };
        let found = office.population.verify(&asking, Action::Verify, number(digits), &claims).await.unwrap();
        let entry = office.ledger.entry(found.entry).await.unwrap().statement;
        assert_eq!(entry.subject, ledger::Subject::Person(people.wife));
        let own = ask("residence-officer", Purpose::Residence);
        let away = office.population.person(&own, double, None).await.err().unwrap();
        assert_eq!(Problem::from(away).kind.code, "record-merged");
        let undo = Content::unmerge(merged.acts[0].seq, people.wife, double);
        office.record("2026-05-02", undo).await.unwrap();
        let restored = office.population.person(&own, double, None).await.unwrap();
        assert_eq!(restored.person.person.number, PersonalNumber::parse(digits).ok());
    }

    async fn faulty_reality_is_stored_and_found(store: Store) {
        let office = Office::open(store).await;
        let people = family(&office).await;
        let own = ask("residence-officer", Purpose::Residence);
        // A person without papers, an unknown birth date, two claims on one number.
        let bare = office.register("", vec![Fact::Permanent(tran_phu(9))]).await;
        let page = office.population.person(&own, bare, None).await.unwrap();
        assert!(page.person.person.name.is_none() && page.person.person.birth_date.is_unknown());
        let same = vec![Fact::Number(PersonalNumber::parse(WIFE).ok()), Fact::Permanent(tran_phu(9))];
        let twin = office.register("1985", same).await;
        let asking = ask("one-stop-clerk", Purpose::Procedure);
        let refused = office.population.citizen(&asking, number(WIFE), None).await.err().unwrap();
        assert_eq!(Problem::from(refused).kind.code, "number-claimed-twice");
        // The record that agrees answers the verification.
        let claims = Claims { name: Some(name("Nguyễn Thị Hòa")), ..Claims::default() };
        let found = office.population.verify(&client("client-verify"), Action::Verify, number(WIFE), &claims).await.unwrap();
        assert!(found.verdict.unwrap().all_matched());
        // Two heads, then none.
        let members = |relations: [Relation; 2]| {
            vec![
                Member { person: bare, relation: relations[0] },
                Member { person: twin, relation: relations[1] },
            ]
        };
        for (relations, code) in [
            ([Relation::Head, Relation::Head], "household/two-heads"),
            ([Relation::Child, Relation::Unknown], "household/no-head"),
        ] {
            let formed = Content::HouseholdFormed {
                household: NEW_HOUSEHOLD, address: tran_phu(9), file: String::new(), members: members(relations),
            };
            let home = office.record("2026-01-01", formed).await.unwrap().household.unwrap();
            let page = office.population.household(&own, home).await.unwrap();
            assert!(page.findings.iter().any(|f| f.code == code), "{code}");
        }
        assert_ne!(people.wife, twin);
    }

    async fn the_state_can_be_rebuilt_from_the_acts(store: Store) {
        let office = Office::open(store).await;
        let people = family(&office).await;
        let split = Content::HouseholdSplit {
            from: people.home,
            to: NEW_HOUSEHOLD,
            address: Address { new_unit: Some(unit("22366")), detail: "7 Lê Lợi".into(), ..Address::default() },
            members: vec![Member { person: people.son, relation: Relation::Head }],
        };
        office.record("2026-02-01", split).await.unwrap();
        let before = State::of(&office.store).await;
        // Twice, since each puts the tables of the one before away.
        for _ in 0..2 {
            let rebuilt = population::store::rebuild(&office.store, |_| {}).await.unwrap();
            assert_eq!((rebuilt.acts, rebuilt.persons, rebuilt.households), (before.acts, 3, 2));
            assert_eq!(State::of(&office.store).await, before);
        }
        // And acts go on being recorded in what was rebuilt.
        let death = Content::Death { person: people.husband, spouse: Some(people.wife) };
        office.record("2026-03-01", death).await.unwrap();
        let after = State::of(&office.store).await;
        population::store::rebuild(&office.store, |_| {}).await.unwrap();
        assert_eq!(State::of(&office.store).await, after);
        assert_ne!(after, before);
    }

    async fn a_number_is_replaced_and_the_old_one_says_so(store: Store) {
        let office = Office::open(store).await;
        let people = family(&office).await;
        let asking = ask("civil-status-officer", Purpose::CivilStatus);
        let old = PersonalNumber::parse(WIFE).unwrap();
        let intent = Intent::ReplaceNumber(people.wife, old, "cấp sai giới tính".into());
        let recorded = office.record_as(&asking, "2026-01-01", intent).await.unwrap();
        let new = recorded.number.unwrap();
        assert_ne!(new, old);
        let verify = |n: PersonalNumber| {
            let office = &office;
            async move {
                let (asking, none) = (client("client-verify"), Claims::default());
                let found = office.population.verify(&asking, Action::Verify, number(&n.reveal()), &none).await.unwrap();
                found.verdict.unwrap().all_matched()
            }
        };
        assert!(verify(new).await && !verify(old).await);
        assert!(Moment::now() > recorded.acts[0].recorded.plus_seconds(-60));
    }

    async fn the_ward_of_a_temporary_resident_sees_him(store: Store) {
        let office = Office::open(store).await;
        let people = family(&office).await;
        let away = Address { new_unit: Some(unit("22333")), detail: "5 Lê Lợi".into(), ..Address::default() };
        let stay = Content::TemporaryResidence { persons: vec![people.wife], address: away, until: date("2027-01-01") };
        let other = ask_in("residence-officer", Purpose::Residence, "22333");
        assert!(office.population.person(&other, people.wife, None).await.is_err());
        office.record_as(&other, "2026-01-01", Intent::Act(stay)).await.unwrap();
        assert!(office.population.person(&other, people.wife, None).await.is_ok());
        assert!(office.population.person(&other, people.husband, None).await.is_err());
        for unit in [None, Some(unit("22333"))] {
            let wanted = population::SearchFor { name: "nguyen thi".into(), unit, ..Default::default() };
            assert_eq!(office.population.search(&other, &wanted).await.unwrap().hits.len(), 1);
        }
        // Two years to the day, and not a day more.
        for (until, fits) in [("2028-02-01", true), ("2028-02-02", false)] {
            let away = Address { new_unit: Some(unit("22333")), detail: "5 Lê Lợi".into(), ..Address::default() };
            let stay = Content::TemporaryResidence { persons: vec![people.wife], address: away, until: date(until) };
            assert_eq!(office.record_as(&other, "2026-02-01", Intent::Act(stay)).await.is_ok(), fits, "{until}");
        }
    }
}
