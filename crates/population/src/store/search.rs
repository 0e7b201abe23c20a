//! Search by name, birth and commune.

use super::read::alone;
use crate::{
    model::{Person, Relation},
    sealed::PersonRecord,
};
use ledger::Sealed;
use std::collections::HashSet;
use store::{Store, StoreError, params};
use vocabulary::{
    Address, FullName, HouseholdId, PartialDate, PersonId, PersonalNumber, Sex, UnitCode, fold, tone_key,
};

/// The communes in which the caller may search.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Within {
    /// The whole country.
    Everywhere,
    /// These communes of the structure since 1 July 2025.
    Communes(HashSet<UnitCode>),
}

impl Within {
    /// Whether a commune lies within; no commune lies only within everywhere.
    pub fn covers(&self, unit: Option<UnitCode>) -> bool {
        match self {
            Within::Everywhere => true,
            Within::Communes(communes) => unit.is_some_and(|u| communes.contains(&u)),
        }
    }
}

/// What is searched for.
#[derive(Clone, Debug)]
pub struct Query {
    /// The name or its beginning, with or without diacritics. With a commune or a birth year given, words from the
    /// middle or end of the name (the given name) are found too.
    pub name: String,
    /// Birth year, or a whole date; unknown asks for any.
    pub birth: PartialDate,
    /// Commune of permanent or current residence since 1 July 2025.
    pub unit: Option<UnitCode>,
    /// Where the caller may search.
    pub within: Within,
    /// Start after this place.
    pub after: Option<Place>,
    /// Most hits.
    pub limit: usize,
}

/// A place in the order of search results: name key, birth, record.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Folded name.
    pub name_key: String,
    /// Birth, packed.
    pub birth: PartialDate,
    /// Record.
    pub id: PersonId,
}

/// A page of hits, in order of name and birth.
pub struct Found {
    /// The hits, with name, birth, sex, number and commune only.
    pub hits: Vec<Sealed<PersonRecord>>,
    /// Where the next page starts; `None` at the end.
    pub next: Option<Place>,
    /// Whether reading stopped before all candidates were seen: the search is too broad.
    pub cut: bool,
}

store::record! {
    struct Hit {
        id: PersonId,
        name_key: String,
        birth: PartialDate,
        number: Option<PersonalNumber>,
        name: Option<FullName>,
        sex: Option<i16>,
        unit: Option<UnitCode>,
        old_unit: Option<UnitCode>,
        current_unit: Option<UnitCode>,
        household: Option<HouseholdId>,
        relation: Option<String>,
    }
}

impl Hit {
    fn place(&self) -> Place {
        Place { name_key: self.name_key.clone(), birth: self.birth, id: self.id }
    }

    fn record(self) -> PersonRecord {
        let mut p = Person::new(self.id);
        p.registered = true;
        p.number = self.number;
        p.name = self.name;
        p.birth_date = self.birth;
        p.sex = self.sex.and_then(Sex::from_digit);
        p.permanent = Address { new_unit: self.unit, old_unit: self.old_unit, ..Address::default() };
        p.current = Address { new_unit: self.current_unit, ..Address::default() };
        p.household = self.household;
        p.relation = self.relation.and_then(|r| Relation::parse(&r).ok());
        alone(p)
    }
}

macro_rules! hits {
    ($where:literal) => {
        concat!(
            "SELECT id, name_key, birth, number, name, sex, unit, old_unit, current_unit, household, relation FROM person WHERE ",
            $where,
            " AND merged_into IS NULL ORDER BY name_key, birth, id LIMIT "
        )
    };
}

const IN_UNIT: &str = concat!(
    hits!(
        "unit = $1 AND name_key >= $2 AND (name_key, birth, id) > ($3, $4, $5) AND (' ' || name_key) LIKE $6"
    ),
    "$7"
);
const NOW_IN_UNIT: &str = concat!(
    hits!(
        "current_unit = $1 AND name_key >= $2 AND (name_key, birth, id) > ($3, $4, $5) AND (' ' || name_key) LIKE $6"
    ),
    "$7"
);
const BY_BIRTH: &str = concat!(
    hits!(
        "birth >= $1 AND birth <= $2 AND (name_key, birth, id) > ($3, $4, $5) AND (' ' || name_key) LIKE $6"
    ),
    "$7"
);
const BY_NAME: &str =
    concat!(hits!("name_key >= $1 AND name_key < $2 AND (name_key, birth, id) > ($3, $4, $5)"), "$6");

/// Rows read at once, and how often, before a search counts as too broad.
const CHUNK: i64 = 300;
const CHUNKS: usize = 20;

/// Searches. The text is folded; where it has diacritics, only names with the same marks are hits.
pub async fn search(store: &Store, query: &Query) -> Result<Found, StoreError> {
    // Only what can stand in a folded name; `%` and `_` would be wild cards.
    let key: String = fold(&query.name)
        .chars()
        .filter(|c| c.is_alphabetic() || matches!(c, ' ' | '\'' | '-' | '.'))
        .collect();
    let marked = tone_key(&query.name);
    let exact = (marked != key).then_some(marked);
    let pattern = format!("% {key}%");
    let (first, last) = match (query.birth.year(), query.birth.is_unknown()) {
        (Some(year), false) => (i32::from(year) * 10_000, i32::from(year) * 10_000 + 9_999),
        _ => (0, i32::MAX),
    };
    let mut after = query.after.clone().unwrap_or(Place {
        name_key: String::new(),
        birth: PartialDate::UNKNOWN,
        id: PersonId(0),
    });
    let mut hits: Vec<Hit> = Vec::with_capacity(query.limit + 1);
    let mut cut = true;
    'reading: for _ in 0..CHUNKS {
        let rows: Vec<Hit> = match (query.unit, query.birth.is_unknown()) {
            (Some(unit), _) => {
                let place =
                    params![unit, after.name_key, after.name_key, after.birth, after.id, pattern, CHUNK];
                // Who is registered there, and who lives there for the time being.
                let mut rows: Vec<Hit> = store.all(IN_UNIT, place).await?;
                rows.extend(store.all(NOW_IN_UNIT, place).await?);
                rows.sort_by_key(Hit::place);
                rows.dedup_by_key(|row| row.id);
                rows.truncate(CHUNK as usize);
                rows
            }
            (None, false) => {
                store
                    .all(
                        BY_BIRTH,
                        params![first, last, after.name_key, after.birth, after.id, pattern, CHUNK],
                    )
                    .await?
            }
            (None, true) => {
                let end = format!("{key}\u{10FFFF}");
                store.all(BY_NAME, params![key, end, after.name_key, after.birth, after.id, CHUNK]).await?
            }
        };
        let count = rows.len();
        for row in rows {
            after = row.place();
            let same_marks = exact.as_ref().is_none_or(|marked| {
                row.name
                    .as_ref()
                    .is_some_and(|n| format!(" {}", tone_key(n.reveal())).contains(&format!(" {marked}")))
            });
            let same_birth = query.birth.is_unknown() || row.birth.agrees_with(query.birth);
            let inside = query.within.covers(row.unit) || query.within.covers(row.current_unit);
            if same_marks && same_birth && inside {
                hits.push(row);
                if hits.len() > query.limit {
                    cut = false;
                    break 'reading;
                }
            }
        }
        if (count as i64) < CHUNK {
            cut = false;
            break;
        }
    }
    let more = hits.len() > query.limit;
    hits.truncate(query.limit);
    let next = if more { hits.last().map(Hit::place) } else { cut.then_some(after) };
    Ok(Found { hits: hits.into_iter().map(|h| Sealed::new(h.record())).collect(), next, cut })
}
