//! The rules over the registry: a first check, and every act followed.

use crate::office::{Office, SETS, date, family, officer, unit, whole};
use population::{
    acts::{Content, Member},
    model::{Fact, LifeStatus, MaritalStatus, Relation, Relative},
};
use quality::model::Subject;
use store::Store;
use vocabulary::{PartialDate, PersonalNumber, Sex};

fn number(digits: &str) -> Fact {
    Fact::Number(PersonalNumber::parse(digits).ok())
}

store::on_each_engine! {
    sets = SETS;

    async fn a_family_in_order_breaks_no_rule(store: Store) {
        let office = Office::open(store).await;
        let people = family(&office).await;
        let checked = office.quality.check(|_, _| {}).await.unwrap();
        assert_eq!((checked.persons, checked.households), (3, 1));
        assert!(checked.by_rule.is_empty(), "{:?}", checked.by_rule);
        assert!(office.broken(Subject::Household(people.home)).await.is_empty());
    }

    async fn what_an_act_makes_and_mends_is_known_at_once(store: Store) {
        let office = Office::open(store).await;
        let people = family(&office).await;
        office.quality.check(|_, _| {}).await.unwrap();

        // A correction makes two faults: one of the person, one of the child.
        let wrong = Content::Correction { person: people.husband, facts: vec![Fact::Sex(Some(Sex::Female)), Fact::BirthDate(date("2005-01-01"))] };
        let act = office.record("2026-01-05", wrong).await.unwrap().acts[0].seq;
        assert!(office.quality.follow().await.unwrap() >= 3);
        assert_eq!(office.broken_person(people.husband).await, ["number-sex", "number-year"]);
        assert_eq!(office.broken_person(people.son).await, ["parent-sex", "parent-too-young"]);
        let why: Vec<(i64, PartialDate)> = office.store.all("SELECT act, since FROM violation WHERE rule = 'number-sex'", &[]).await.unwrap();
        assert_eq!(why, [(act.0, PartialDate::today())], "the act that made it, and since when");

        let right = Content::Correction { person: people.husband, facts: vec![Fact::Sex(Some(Sex::Male)), Fact::BirthDate(date("1980-05-02"))] };
        office.record("2026-01-06", right).await.unwrap();
        office.quality.follow().await.unwrap();
        assert!(office.broken_person(people.husband).await.is_empty());
        assert!(office.broken_person(people.son).await.is_empty(), "the child's record was not touched, and is right again");
        assert_eq!(office.quality.follow().await.unwrap(), 0, "nothing new");
    }

    async fn one_number_of_two_is_the_fault_of_both(store: Store) {
        let office = Office::open(store).await;
        let people = family(&office).await;
        office.quality.check(|_, _| {}).await.unwrap();
        let other = office.register("1980", whole("056080001111", "Lê Văn Tư", "1980-02-03", Sex::Male)).await;
        office.quality.follow().await.unwrap();
        for person in [people.husband, other] {
            let broken = office.broken_person(person).await;
            assert_eq!(broken, ["duplicate-near", "former-number-doubled", "number-doubled"], "both numbers are those of one");
        }
        let mended = Content::Correction { person: other, facts: vec![number("056080009999"), Fact::FormerNumbers(vec![])] };
        office.record("2026-02-01", mended).await.unwrap();
        office.quality.follow().await.unwrap();
        assert!(office.broken_person(people.husband).await.is_empty());
        assert_eq!(office.broken_person(other).await, ["former-number-missing"]);
    }

    async fn heads_are_counted_and_the_act_is_found(store: Store) {
        let office = Office::open(store).await;
        let people = family(&office).await;
        office.quality.check(|_, _| {}).await.unwrap();
        let home = Subject::Household(people.home);

        let second = Content::Correction { person: people.wife, facts: vec![Fact::Relation(Some(Relation::Head))] };
        let made = office.record("2026-01-05", second).await.unwrap().acts[0].seq;
        office.quality.follow().await.unwrap();
        assert_eq!(office.broken(home).await, ["two-heads"]);
        let act: i64 = office.store.one("SELECT act FROM violation WHERE rule = 'two-heads'", &[]).await.unwrap();
        assert_eq!(act, made.0, "the correction of a member, which is no act of the household");

        // The first head dies: one is left, and nothing is wrong. Then she is no head either.
        let death = Content::Death { person: people.husband, spouse: Some(people.wife) };
        office.record("2026-01-06", death).await.unwrap();
        office.quality.follow().await.unwrap();
        assert!(office.broken(home).await.is_empty());
        let none = Content::Correction { person: people.wife, facts: vec![Fact::Relation(Some(Relation::Kin))] };
        office.record("2026-01-07", none).await.unwrap();
        office.quality.follow().await.unwrap();
        assert_eq!(office.broken(home).await, ["no-head"]);

        let members = [(people.wife, Relation::Head), (people.son, Relation::Child)];
        let members = members.map(|(person, relation)| Member { person, relation }).to_vec();
        office.record("2026-01-08", Content::HeadChanged { household: people.home, members }).await.unwrap();
        office.quality.follow().await.unwrap();
        assert!(office.broken(home).await.is_empty());
    }

    async fn spouses_name_each_other_and_the_dead_leave(store: Store) {
        let office = Office::open(store).await;
        let people = family(&office).await;
        let other = office.register("1986", whole("056186005555", "Phạm Thị Lan", "1986-03-03", Sex::Female)).await;
        office.quality.check(|_, _| {}).await.unwrap();
        let claim = Content::Correction { person: other, facts: vec![Fact::Spouse(Some(Relative::recorded(people.husband)))] };
        office.record("2026-01-05", claim).await.unwrap();
        office.quality.follow().await.unwrap();
        assert_eq!(office.broken_person(other).await, ["marital-status-contradicts", "spouse-one-sided"]);
        assert!(office.broken_person(people.wife).await.is_empty());

        // Recorded as a mere fact, a death leaves the person in the household.
        let fact = Content::Correction { person: people.son, facts: vec![Fact::Life(LifeStatus::Dead { on: date("2025-12-24") })] };
        office.record("2026-01-06", fact).await.unwrap();
        office.quality.follow().await.unwrap();
        assert_eq!(office.broken_person(people.son).await, ["dead-in-household"]);
    }

    async fn a_tie_of_one_side_is_looked_at_again_at_the_act_of_either(store: Store) {
        let office = Office::open(store).await;
        let named = office.register("1980", whole("056080001111", "Trần Văn Đức", "1980-05-02", Sex::Male)).await;
        let mut facts = whole("056186005555", "Phạm Thị Lan", "1986-03-03", Sex::Female);
        facts.retain(|f| !matches!(f, Fact::MaritalStatus(_)));
        facts.extend([Fact::MaritalStatus(Some(MaritalStatus::Married)), Fact::Spouse(Some(Relative::recorded(named)))]);
        let wife = office.register("1986", facts).await;
        office.quality.check(|_, _| {}).await.unwrap();
        assert_eq!(office.broken_person(wife).await, ["spouse-one-sided"]);

        // He dies, and his record never named her: no act of hers says so.
        office.record("2026-01-05", Content::Death { person: named, spouse: None }).await.unwrap();
        office.quality.follow().await.unwrap();
        assert_eq!(office.broken_person(wife).await, ["spouse-dead"]);

        // Of another it is found when she names him, not only at the check of everybody, and gone when she no longer does.
        let other = office.register("1984", whole("056084001234", "Lê Văn Năm", "1984-05-02", Sex::Male)).await;
        let names = |who| Content::Correction { person: wife, facts: vec![Fact::Spouse(who)] };
        office.record("2026-01-06", names(Some(Relative::recorded(other)))).await.unwrap();
        office.quality.follow().await.unwrap();
        assert_eq!(office.broken_person(wife).await, ["spouse-one-sided"]);
        office.record("2026-01-07", Content::Death { person: other, spouse: None }).await.unwrap();
        office.quality.follow().await.unwrap();
        assert_eq!(office.broken_person(wife).await, ["spouse-dead"]);
        office.record("2026-01-08", names(None)).await.unwrap();
        office.quality.follow().await.unwrap();
        assert!(!office.broken_person(wife).await.iter().any(|rule| rule.starts_with("spouse")));
        let left: i64 = office.store.one("SELECT count(*) FROM one_sided", &[]).await.unwrap();
        assert_eq!(left, 0);
    }

    async fn what_is_accepted_stays_so_until_another_act(store: Store) {
        let office = Office::open(store).await;
        let people = family(&office).await;
        let bare = Content::Correction { person: people.wife, facts: vec![Fact::FormerNumbers(vec![])] };
        office.record("2026-01-05", bare).await.unwrap();
        office.quality.check(|_, _| {}).await.unwrap();
        let accepted = async || {
            let rows: Vec<Option<i16>> = office.store.all("SELECT accepted FROM violation WHERE rule = 'former-number-missing'", &[]).await.unwrap();
            rows
        };
        assert_eq!(accepted().await, [None]);
        let mut tx = office.store.begin().await.unwrap();
        tx.execute("UPDATE violation SET accepted = 12", &[]).await.unwrap();
        tx.commit().await.unwrap();
        office.quality.check(|_, _| {}).await.unwrap();
        office.record("2026-01-06", Content::ContactChange { person: people.wife, contact: Default::default() }).await.unwrap();
        office.quality.follow().await.unwrap();
        assert_eq!(accepted().await, [Some(12)], "nothing that concerns the rule has changed");
        let again = Content::Correction { person: people.wife, facts: vec![Fact::FormerNumbers(vec![])] };
        office.record("2026-01-07", again).await.unwrap();
        office.quality.follow().await.unwrap();
        assert_eq!(accepted().await, [None], "another act made it, so it is looked at anew");
    }

    async fn scores_count_records_and_change(store: Store) {
        let office = Office::open(store).await;
        let people = family(&office).await;
        let lead = officer("lead", "cleaning-lead", "56");
        assert!(office.quality.scores(&lead, None).await.unwrap().checked_at.is_none());
        office.quality.check(|_, _| {}).await.unwrap();
        let scores = office.quality.scores(&lead, None).await.unwrap();
        assert_eq!((scores.sum.records, scores.sum.faulty, scores.sum.score(None)), (4, 0, Some(10_000)));
        let bare = Content::Correction { person: people.son, facts: vec![Fact::Ethnicity(None), Fact::Sex(None)] };
        office.record("2026-01-05", bare).await.unwrap();
        office.quality.follow().await.unwrap();
        let scores = office.quality.scores(&lead, Some(unit("22366"))).await.unwrap();
        assert_eq!(scores.sum.by_word, [0, 1, 0, 0], "one record lacks two fields, and counts once");
        assert_eq!((scores.sum.faulty, scores.sum.score(None)), (1, Some(7_500)));
        let [hamlet] = scores.hamlets.as_slice() else { panic!("{:?}", scores.hamlets) };
        assert_eq!(hamlet.hamlet.as_ref().map(vocabulary::Hamlet::as_str), Some("Tổ dân phố 5"));
        assert_eq!((hamlet.now, hamlet.before), (scores.sum, None));
        assert_eq!(scores.causes.iter().map(|(rule, count, _)| (rule.as_str(), *count)).collect::<Vec<_>>(), [("ethnicity-missing", 1), ("sex-missing", 1)]);
        assert!(office.quality.scores(&officer("x", "cleaning-lead", "01"), None).await.unwrap().units.is_empty());
        assert!(office.quality.scores(&officer("x", "one-stop-clerk", "56"), None).await.is_err());
        assert!(office.quality.scores(&officer("x", "cleaning-lead", "01"), Some(unit("22366"))).await.is_err());
    }
}
