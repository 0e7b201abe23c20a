//! Reading what rules of quality know of records: of stretches of the whole registry, or of a few.

use super::{
    many::{self, Claimant, Source},
    read::ActOf,
    row::{self, ActRow, FORMER, IN_FORCE, act_columns},
};
use crate::{
    acts::{Act, Content},
    facts::{self, Doubles, Facts, HouseholdFacts, KinNow, Made, Members},
    model::{Fact, Person},
    service::prefix,
};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use store::{Field, Param, Store, StoreError, params};
use vocabulary::{ActSeq, AgencyCode, HouseholdId, PartialDate, PersonId, UnitCode};

/// Folds that finding the act behind a household without a head may take.
const MOST_FOLDS: usize = 20_000;

const PERSONS_BETWEEN: &str = concat!(
    "SELECT ",
    act_columns!(),
    ", l.person FROM act_person l JOIN act a ON a.seq = l.seq JOIN actor w ON w.id = a.actor
     WHERE l.person > $1 AND l.person <= $2 ORDER BY l.person, l.seq"
);
const OF_PERSONS: &str = concat!(
    "SELECT ",
    act_columns!(),
    ", l.person FROM act_person l JOIN act a ON a.seq = l.seq JOIN actor w ON w.id = a.actor
     WHERE l.person IN ({}) ORDER BY l.person, l.seq"
);
const HOUSEHOLDS_BETWEEN: &str = concat!(
    "SELECT ",
    act_columns!(),
    ", l.household FROM act_household l JOIN act a ON a.seq = l.seq JOIN actor w ON w.id = a.actor
     WHERE l.household > $1 AND l.household <= $2 ORDER BY l.household, l.seq"
);
const OF_HOUSEHOLDS: &str = concat!(
    "SELECT ",
    act_columns!(),
    ", l.household FROM act_household l JOIN act a ON a.seq = l.seq JOIN actor w ON w.id = a.actor
     WHERE l.household IN ({}) ORDER BY l.household, l.seq"
);
const COUNTED: &str = "household, count(*), count(*) FILTER (WHERE relation = 'head'),
    CAST(coalesce(min(CASE WHEN birth > 0 THEN birth END), 0) AS integer)";

/// Runs `SELECT … IN ({})` over many values, some hundred at a time.
pub(super) async fn among<T: store::FromRow, P: Param + Copy>(
    store: &Store,
    sql: &str,
    values: &[P],
) -> Result<Vec<T>, StoreError> {
    many::among(&mut Source::Store(store), sql, &[], values).await
}

fn grouped<I: Field + Ord>(rows: Vec<ActOf<I>>) -> BTreeMap<I, Vec<Act>> {
    let mut acts: BTreeMap<I, Vec<Act>> = BTreeMap::new();
    for ActOf(id, ActRow(act)) in rows {
        acts.entry(id).or_default().push(act);
    }
    acts
}

/// Where the whole registry ends: the last person and the last household.
pub async fn ends(store: &Store) -> Result<(i64, i64), StoreError> {
    store.one("SELECT person, household FROM act_head WHERE id = 1", params![]).await
}

/// The numbers that several of these claim who are not merged away. Claims lie by number and persons by record, on other
/// machines of a cluster: they are not joined.
async fn doubles_of(store: &Store, claims: &[Claimant]) -> Result<Doubles, StoreError> {
    let mut by_number: BTreeMap<(i64, i16), BTreeSet<PersonId>> = BTreeMap::new();
    for c in claims.iter().filter(|c| [IN_FORCE, FORMER].contains(&c.kind)) {
        by_number.entry((c.number, c.kind)).or_default().insert(c.person);
    }
    by_number.retain(|_, who| who.len() > 1);
    let ids: BTreeSet<PersonId> = by_number.values().flatten().copied().collect();
    let ids: Vec<PersonId> = ids.into_iter().collect();
    let units: HashMap<PersonId, Option<UnitCode>> = among::<(PersonId, Option<UnitCode>), _>(
        store,
        "SELECT id, coalesce(unit, current_unit) FROM person WHERE merged_into IS NULL AND id IN ({})",
        &ids,
    )
    .await?
    .into_iter()
    .collect();
    let here = |id: &PersonId| Some((*id, *units.get(id)?));
    let mut doubles: Doubles =
        by_number.into_iter().map(|(number, who)| (number, who.iter().filter_map(here).collect())).collect();
    doubles.retain(|_, who| who.len() > 1);
    Ok(doubles)
}

/// Every number that several records claim.
pub async fn all_doubles(store: &Store) -> Result<Doubles, StoreError> {
    let claims: Vec<Claimant> = store
        .all(
            "SELECT c.number, c.kind, c.person FROM (
                SELECT number, kind FROM number_claim WHERE kind IN ($1, $2)
                GROUP BY number, kind HAVING count(*) > 1
             ) d JOIN number_claim c ON c.number = d.number AND c.kind = d.kind",
            params![IN_FORCE, FORMER],
        )
        .await?;
    doubles_of(store, &claims).await
}

/// Which of these numbers several records claim.
async fn doubles_among(store: &Store, numbers: &[i64]) -> Result<Doubles, StoreError> {
    doubles_of(store, &many::claimants(&mut Source::Store(store), numbers).await?).await
}

/// The facts of the persons beyond one identifier up to another.
pub async fn facts_between(
    store: &Store,
    (after, to): (i64, i64),
    doubles: &Doubles,
    today: PartialDate,
) -> Result<Vec<Facts>, StoreError> {
    let acts = grouped(store.all(PERSONS_BETWEEN, params![after, to]).await?);
    of_acts(store, acts, Some(doubles), today).await
}

/// The facts of these persons.
pub async fn facts_of(store: &Store, ids: &[PersonId], today: PartialDate) -> Result<Vec<Facts>, StoreError> {
    let acts = grouped(among(store, OF_PERSONS, ids).await?);
    of_acts(store, acts, None, today).await
}

async fn of_acts(
    store: &Store,
    acts: BTreeMap<PersonId, Vec<Act>>,
    doubles: Option<&Doubles>,
    today: PartialDate,
) -> Result<Vec<Facts>, StoreError> {
    let persons: Vec<(Person, Vec<Act>)> =
        acts.into_iter().map(|(id, acts)| (crate::fold::person(id, &acts, None), acts)).collect();
    let mut kin: HashMap<PersonId, KinNow> =
        persons.iter().filter(|(p, _)| p.registered).map(|(p, _)| (p.id, KinNow::of(p))).collect();
    let absent: BTreeSet<PersonId> =
        persons.iter().flat_map(|(p, _)| facts::relatives(p)).filter(|id| !kin.contains_key(id)).collect();
    let absent: Vec<PersonId> = absent.into_iter().collect();
    for (id, acts) in grouped::<PersonId>(among(store, OF_PERSONS, &absent).await?) {
        let person = crate::fold::person(id, &acts, None);
        if person.registered {
            kin.insert(id, KinNow::of(&person));
        }
    }
    let found;
    let doubles = match doubles {
        Some(doubles) => doubles,
        None => {
            let numbers: BTreeSet<i64> = persons.iter().flat_map(|(p, _)| numbers(p)).collect();
            found = doubles_among(store, &numbers.into_iter().collect::<Vec<_>>()).await?;
            &found
        }
    };
    let of = |(p, acts): (Person, Vec<Act>)| facts::of_person(&p, &acts, prefix(&p), &kin, doubles, today);
    Ok(persons.into_iter().filter_map(of).collect())
}

fn numbers(p: &Person) -> impl Iterator<Item = i64> + '_ {
    p.number.iter().map(|n| n.as_int()).chain(p.former_numbers.iter().map(|c| c.number.as_int()))
}

/// Household, members, heads, earliest birth.
type Counted = (HouseholdId, i64, i64, PartialDate);

/// The facts of the households beyond one identifier up to another.
pub async fn households_between(
    store: &Store,
    (after, to): (i64, i64),
    today: PartialDate,
) -> Result<Vec<HouseholdFacts>, StoreError> {
    let acts = grouped(store.all(HOUSEHOLDS_BETWEEN, params![after, to]).await?);
    let sql = format!(
        "SELECT {COUNTED} FROM person WHERE household > $1 AND household <= $2 AND merged_into IS NULL
         GROUP BY household"
    );
    let counted = store.all(&sql, params![after, to]).await?;
    of_households(store, acts, counted, today).await
}

/// The facts of these households.
pub async fn households_of(
    store: &Store,
    ids: &[HouseholdId],
    today: PartialDate,
) -> Result<Vec<HouseholdFacts>, StoreError> {
    let acts = grouped(among(store, OF_HOUSEHOLDS, ids).await?);
    let sql = format!(
        "SELECT {COUNTED} FROM person WHERE household IN ({{}}) AND merged_into IS NULL GROUP BY household"
    );
    let counted = among(store, &sql, ids).await?;
    of_households(store, acts, counted, today).await
}

async fn of_households(
    store: &Store,
    acts: BTreeMap<HouseholdId, Vec<Act>>,
    counted: Vec<Counted>,
    today: PartialDate,
) -> Result<Vec<HouseholdFacts>, StoreError> {
    let counted: HashMap<HouseholdId, Members> = counted
        .into_iter()
        .map(|(id, count, heads, eldest)| (id, Members { count: count as u32, heads: heads as u32, eldest }))
        .collect();
    let mut found = Vec::with_capacity(acts.len());
    for (id, acts) in acts {
        let members = counted.get(&id).copied().unwrap_or_default();
        let since =
            if members.count > 0 && members.heads != 1 { heads_since(store, id, &acts).await? } else { None };
        found.extend(facts::of_household(id, &acts, members, since, today));
    }
    Ok(found)
}

/// The act since which a household has had none or several heads, by the acts of all who ever belonged to it.
async fn heads_since(store: &Store, id: HouseholdId, acts: &[Act]) -> Result<Option<Made>, StoreError> {
    let persons: BTreeSet<PersonId> = acts.iter().flat_map(|a| a.content.touched().persons).collect();
    let persons: Vec<PersonId> = persons.into_iter().collect();
    if persons.len().saturating_mul(acts.len()) > MOST_FOLDS {
        return Ok(None);
    }
    let rows: Vec<ActOf<PersonId>> = among(store, OF_PERSONS, &persons).await?;
    let all: BTreeMap<ActSeq, Act> = rows.into_iter().map(|ActOf(_, ActRow(act))| (act.seq, act)).collect();
    if persons.len().saturating_mul(all.len()) > MOST_FOLDS {
        return Ok(None);
    }
    let all: Vec<Act> = all.into_values().collect();
    Ok(facts::heads_since(id, &persons, &all))
}

/// The records whose facts may be other than before, where acts touched these: relatives by any act, children, everybody
/// who claims a number that was ever claimed, the households of all times. The given ones are among them.
pub async fn affected(
    store: &Store,
    persons: &[PersonId],
    households: &[HouseholdId],
) -> Result<(Vec<PersonId>, Vec<HouseholdId>), StoreError> {
    const CHILDREN: [&str; 2] =
        ["SELECT id FROM person WHERE father IN ({})", "SELECT id FROM person WHERE mother IN ({})"];
    const CLAIMANTS: &str = "SELECT person FROM number_claim WHERE number IN ({})";
    let mut all: BTreeSet<PersonId> = persons.iter().copied().collect();
    let mut homes: BTreeSet<HouseholdId> = households.iter().copied().collect();
    let mut numbers: HashSet<i64> = HashSet::new();
    let rows: Vec<ActOf<PersonId>> = among(store, OF_PERSONS, persons).await?;
    for ActOf(_, row::ActRow(act)) in &rows {
        homes.extend(act.content.touched().households);
        if let Content::Marriage { .. }
        | Content::Divorce { .. }
        | Content::Merge { .. }
        | Content::Unmerge { .. } = &act.content
        {
            all.extend(act.content.touched().persons);
        }
        match &act.content {
            Content::Registration { facts, .. }
            | Content::Birth { facts, .. }
            | Content::Correction { facts, .. }
            | Content::Merge { facts, .. } => {
                for fact in facts {
                    match fact {
                        Fact::Spouse(Some(r)) => all.extend(r.person),
                        Fact::Number(Some(n)) => numbers.extend([n.as_int()]),
                        Fact::FormerNumbers(claims) => {
                            numbers.extend(claims.iter().map(|c| c.number.as_int()))
                        }
                        Fact::Household(Some(h)) => homes.extend([*h]),
                        _ => {}
                    }
                }
            }
            Content::NumberIssued { number, .. } => numbers.extend([number.as_int()]),
            Content::NumberCancelled { number, replaced_by, .. } => {
                numbers.extend([number.as_int()]);
                numbers.extend(replaced_by.map(|n| n.as_int()));
            }
            Content::FormerNumberAdded { claim, .. } => numbers.extend([claim.number.as_int()]),
            _ => {}
        }
    }
    for sql in CHILDREN {
        all.extend(among::<PersonId, _>(store, sql, persons).await?);
    }
    let numbers: Vec<i64> = numbers.into_iter().collect();
    all.extend(among::<PersonId, _>(store, CLAIMANTS, &numbers).await?);
    Ok((all.into_iter().collect(), homes.into_iter().collect()))
}

/// The kind of an act, when it was recorded and takes effect, and for which agency.
pub async fn act_sketch(
    store: &Store,
    seq: ActSeq,
) -> Result<Option<(Content, vocabulary::Moment, PartialDate, AgencyCode)>, StoreError> {
    let row: Option<(Vec<u8>, AgencyCode)> = store
        .optional(
            "SELECT a.body, w.agency FROM act a JOIN actor w ON w.id = a.actor WHERE a.seq = $1",
            params![seq],
        )
        .await?;
    let Some((body, agency)) = row else { return Ok(None) };
    let body = row::decode(&body)?;
    Ok(Some((body.content, body.recorded, body.effective, agency)))
}
