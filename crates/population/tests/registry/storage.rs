//! How acts and the state made from them are stored: loading, rebuilding, and what is left when either is cut off.

use crate::office::{Office, SETS, date, family, name, tran_phu, unit};
use population::{
    acts::{Act, Content, Member},
    model::{Fact, Relation, Relative},
    store::{census, household_sizes, is_whole, load, rebuild, sizes},
};
use store::{Store, StoreError, params};
use vocabulary::{
    ActSeq, Actor, AgencyCode, HouseholdId, Moment, PersonId, PersonalNumber, StaffId, SystemId,
};

type Found = (i64, Option<i64>, Option<String>, String, i32, Option<i16>, Option<String>, Option<String>);
type Kin =
    (i64, Option<i64>, Option<String>, Option<i64>, Option<i64>, Option<i64>, Option<i64>, Option<i64>);

/// All that the registry holds beside the acts.
#[derive(Debug, PartialEq, Eq)]
pub struct State {
    pub acts: u64,
    found: Vec<Found>,
    kin: Vec<Kin>,
    placed: Vec<(i64, Option<String>)>,
    households: Vec<(i64, Option<String>, String)>,
    claims: Vec<(i64, i16, i64)>,
}

impl State {
    pub async fn of(store: &Store) -> State {
        let acts: i64 = store.one("SELECT count(*) FROM act", params![]).await.unwrap();
        State {
            acts: acts as u64,
            found: store
                .all("SELECT id, number, name, name_key, birth, sex, unit, old_unit FROM person ORDER BY id", params![])
                .await
                .unwrap(),
            kin: store
                .all(
                    "SELECT id, household, relation, father, mother, spouse, guardian, merged_into FROM person ORDER BY id",
                    params![],
                )
                .await
                .unwrap(),
            placed: store.all("SELECT id, current_unit FROM person ORDER BY id", params![]).await.unwrap(),
            households: store.all("SELECT id, unit, file FROM household ORDER BY id", params![]).await.unwrap(),
            claims: store
                .all("SELECT number, kind, person FROM number_claim ORDER BY number, kind, person", params![])
                .await
                .unwrap(),
        }
    }

    /// The tables of the current state alone.
    pub async fn tables(store: &Store) -> State {
        State { acts: 0, ..State::of(store).await }
    }

    fn persons(&self) -> usize {
        self.found.len()
    }
}

fn actor(n: i64) -> Actor {
    Actor {
        system: (n % 3 == 0).then(|| SystemId::parse("loader").unwrap()),
        officer: (n % 2 == 0).then(|| StaffId::parse("lan.tt").unwrap()),
        agency: AgencyCode::parse("G01").unwrap(),
        unit: (n % 5 == 0).then(|| unit("22366")),
    }
}

/// One family: a couple with a number each, who form a household, and one of whom dies.
fn couple(n: i64) -> Vec<Act> {
    let (first, second, home) = (PersonId(2 * n + 1), PersonId(2 * n + 2), HouseholdId(n + 1));
    let person = |person: PersonId, given: &str| Content::Registration {
        person,
        facts: vec![
            Fact::Name(Some(name(&format!("Nguyễn Văn {given}")))),
            Fact::BirthDate(date("1960")),
            Fact::Number(PersonalNumber::from_int(56_060_000_000 + person.0)),
            Fact::Permanent(tran_phu(4)),
        ],
    };
    let member = |person, relation| Member { person, relation };
    let contents = [
        person(first, "An"),
        person(second, "Bình"),
        Content::Marriage { first, second: Relative::recorded(second) },
        Content::HouseholdFormed {
            household: home,
            address: tran_phu(4),
            file: format!("22366-{n}"),
            members: vec![member(first, Relation::Head), member(second, Relation::Spouse)],
        },
        Content::Death { person: second, spouse: Some(first) },
    ];
    contents
        .into_iter()
        .zip(1..)
        .map(|(content, at)| Act {
            seq: ActSeq(5 * n + at),
            effective: date("2024-05-06"),
            recorded: Moment::from_micros(1_720_000_000_000_000 + n),
            by: actor(n + at),
            evidence: "CT01 7/2024".into(),
            content,
        })
        .collect()
}

store::on_each_engine! {
    sets = SETS;

    async fn what_is_loaded_is_what_a_rebuild_makes(store: Store) {
        let mut told = Vec::new();
        let loaded = load(&store, (0..40).map(couple), |so_far| told.push(so_far)).await.unwrap();
        assert_eq!((loaded.acts, loaded.persons, loaded.households), (200, 80, 40));
        assert_eq!(told.last(), Some(&loaded));
        assert!(is_whole(&store).await.unwrap());
        let state = State::of(&store).await;
        assert_eq!(state.persons(), 80);
        assert_eq!(state.claims.len(), 80);
        let rebuilt = rebuild(&store, |_| {}).await.unwrap();
        assert_eq!(rebuilt, loaded);
        assert_eq!(State::of(&store).await, state);
        // The registry goes on where the load ended.
        let office = Office::open(store).await;
        let next = office.register("2026-01-01", vec![Fact::Name(Some(name("Lê Thị Mới"))), Fact::Permanent(tran_phu(4))]).await;
        assert_eq!(next, PersonId(81));
        let acts = State::of(&office.store).await.acts;
        assert_eq!(acts, 201);
        // A second load would mix two populations.
        let again = load(&office.store, [couple(1_000)], |_| {}).await;
        assert!(matches!(again, Err(StoreError::Conflict { .. })));
        assert_eq!(State::of(&office.store).await.acts, acts);
    }

    async fn acts_that_stand_far_apart_are_all_found_by_a_rebuild(store: Store) {
        let apart = |n| couple(n).into_iter().map(move |act| Act { seq: ActSeq(act.seq.0 + 20 * n), ..act }).collect();
        load(&store, (0..100).map(apart), |_| {}).await.unwrap();
        let state = State::of(&store).await;
        assert_eq!((state.acts, state.persons(), state.households.len()), (500, 200, 100));
        let rebuilt = rebuild(&store, |_| {}).await.unwrap();
        assert_eq!((rebuilt.persons, rebuilt.households), (200, 100));
        assert_eq!(State::of(&store).await, state);
    }

    async fn statistics_see_everybody_once_and_nobody_by_name(store: Store) {
        load(&store, (0..2_500).map(couple), |_| {}).await.unwrap();
        let (mut living, mut dead) = (0, 0);
        census(&store, date("2026-01-01"), |one| {
            *(if one.alive { &mut living } else { &mut dead }) += 1;
            assert_eq!((one.birth, one.sex, one.ethnicity), (date("1960"), None, None));
            assert_eq!((one.commune, one.temporary, one.absent), (tran_phu(4).old_unit, false, false));
        })
        .await
        .unwrap();
        assert_eq!((living, dead), (2_500, 2_500));
        // The dead have left their households, so that one of each couple remains.
        assert_eq!(household_sizes(&store).await.unwrap(), [(1, 1, 2_500)]);
    }

    async fn a_load_cut_off_never_looks_complete(store: Store) {
        // The last number comes twice, after a first batch has been written.
        let groups = (0..4_200).map(couple).chain([couple(0)]);
        assert!(matches!(load(&store, groups, |_| {}).await, Err(StoreError::Conflict { .. })));
        assert!(!is_whole(&store).await.unwrap());
        let left = State::of(&store).await;
        assert!(left.acts > 0);
        assert_eq!((left.persons(), left.households.len(), left.claims.len()), (0, 0, 0));
        let loaded = load(&store, (0..3).map(couple), |_| {}).await.unwrap();
        assert_eq!((loaded.acts, loaded.persons), (15, 6));
        assert!(is_whole(&store).await.unwrap());
        let state = State::of(&store).await;
        assert_eq!((state.acts, state.persons()), (15, 6));
    }

    async fn a_rebuild_that_fails_leaves_everything_as_it_was(store: Store) {
        load(&store, (0..20).map(couple), |_| {}).await.unwrap();
        let state = State::of(&store).await;
        let mut tx = store.begin().await.unwrap();
        let body: Vec<u8> = tx.one("SELECT body FROM act WHERE seq = 99", params![]).await.unwrap();
        tx.execute("UPDATE act SET body = $1 WHERE seq = 99", params![vec![9u8]]).await.unwrap();
        tx.commit().await.unwrap();
        assert!(rebuild(&store, |_| {}).await.is_err());
        assert_eq!(State::of(&store).await, state);
        let mut tx = store.begin().await.unwrap();
        tx.execute("UPDATE act SET body = $1 WHERE seq = 99", params![body]).await.unwrap();
        tx.commit().await.unwrap();
        rebuild(&store, |_| {}).await.unwrap();
        assert_eq!(State::of(&store).await, state);
    }

    async fn what_is_recorded_during_a_rebuild_is_in_it(store: Store) {
        let office = Office::open(store.clone()).await;
        let people = family(&office).await;
        let recording = async {
            let split = Content::HouseholdSplit {
                from: people.home,
                to: population::NEW_HOUSEHOLD,
                address: tran_phu(7),
                members: vec![Member { person: people.son, relation: Relation::Head }],
            };
            office.record("2026-02-01", split).await.unwrap();
            let death = Content::Death { person: people.husband, spouse: Some(people.wife) };
            office.record("2026-03-01", death).await.unwrap();
            office.register("2026-01-01", vec![Fact::Name(Some(name("Lê Thị Mới"))), Fact::Permanent(tran_phu(4))]).await;
        };
        let (rebuilt, ()) = tokio::join!(rebuild(&store, |_| {}), recording);
        rebuilt.unwrap();
        let state = State::of(&store).await;
        assert_eq!((state.persons(), state.households.len()), (4, 2));
        rebuild(&store, |_| {}).await.unwrap();
        assert_eq!(State::of(&store).await, state);
    }

    async fn the_room_on_disk_is_told(store: Store) {
        load(&store, (0..400).map(couple), |_| {}).await.unwrap();
        let sizes = sizes(&store).await.unwrap();
        assert_eq!((sizes.acts, sizes.persons), (2_000, 800));
        let truth: Vec<&str> = sizes.truth.iter().filter(|r| r.index.is_none()).map(|r| r.table.as_str()).collect();
        assert_eq!(truth, ["act", "act_household", "act_person", "actor"]);
        assert!(sizes.state.iter().filter(|r| r.table == "person" && r.index.is_some()).count() >= 7);
        assert!(sizes.truth.iter().chain(&sizes.state).all(|r| r.bytes > 0));
    }
}
