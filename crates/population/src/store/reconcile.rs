//! Reading what rows of sectors are compared with: the records that claim numbers, and namesakes born on a day.

use super::{
    facts::among,
    many::{self, Claimant, Source, records},
};
use crate::{
    model::Person,
    reconcile::{Standing, Ties},
};
use ::store::{FromRow, Param, Row, Store, StoreError};
use std::collections::{BTreeSet, HashMap};
use vocabulary::{PartialDate, PersonId, PersonalNumber, Sex, UnitCode};

/// Pairs of name and birth in one statement.
const PAIRS: usize = 64;

const COLUMNS: &str =
    "p.id, p.number, p.name, p.birth, p.sex, p.unit, p.old_unit, coalesce(p.unit, p.current_unit)";

fn standing(row: &Row<'_>, at: usize) -> Result<Standing, StoreError> {
    let number: Option<i64> = row.get(at + 1)?;
    let sex: Option<i16> = row.get(at + 4)?;
    Ok(Standing {
        person: row.get(at)?,
        number: number.and_then(PersonalNumber::from_int),
        name: row.get(at + 2)?,
        birth: row.get(at + 3)?,
        sex: sex.and_then(Sex::from_digit),
        unit: row.get(at + 5)?,
        old_unit: row.get(at + 6)?,
        answerable: row.get::<Option<UnitCode>>(at + 7)?,
        ties: Ties::default(),
    })
}

/// A record that claims a number; a merged one is answered by the one that took it in.
pub(crate) struct Claiming {
    pub number: i64,
    pub kind: i16,
    pub standing: Standing,
}

struct Alone(Standing);

impl FromRow for Alone {
    fn from_row(row: &Row<'_>) -> Result<Alone, StoreError> {
        Ok(Alone(standing(row, 0)?))
    }
}

/// Who claims these numbers, in force, formerly or in the past.
pub(crate) async fn claiming(store: &Store, numbers: &[i64]) -> Result<Vec<Claiming>, StoreError> {
    // Claims lie by number and persons by record, on other machines of a cluster: they are not joined.
    let claimants = many::claimants(&mut Source::Store(store), numbers).await?;
    let ids: BTreeSet<PersonId> = claimants.iter().map(|c| c.person).collect();
    let ids: Vec<PersonId> = ids.into_iter().collect();
    const KEPT: &str = "SELECT id, coalesce(merged_into, id) FROM person WHERE id IN ({})";
    let kept: HashMap<PersonId, PersonId> = among(store, KEPT, &ids).await?.into_iter().collect();
    let ids: BTreeSet<PersonId> = kept.values().copied().collect();
    let ids: Vec<PersonId> = ids.into_iter().collect();
    let sql = format!("SELECT {COLUMNS} FROM person p WHERE p.id IN ({{}})");
    let found: Vec<Alone> = among(store, &sql, &ids).await?;
    let standings: HashMap<PersonId, Standing> = found.into_iter().map(|a| (a.0.person, a.0)).collect();
    let claiming = |c: &Claimant| {
        let standing = standings.get(kept.get(&c.person)?)?.clone();
        Some(Claiming { number: c.number, kind: c.kind, standing })
    };
    Ok(claimants.iter().filter_map(claiming).collect())
}

/// These records; one that was merged is left out.
pub(crate) async fn standings(store: &Store, persons: &[PersonId]) -> Result<Vec<Standing>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM person p WHERE p.merged_into IS NULL AND p.id IN ({{}})");
    Ok(among::<Alone, _>(store, &sql, persons).await?.into_iter().map(|a| a.0).collect())
}

/// Hometown, ethnic group and kin of these records, each given once.
pub(crate) async fn ties(store: &Store, persons: &[PersonId]) -> Result<HashMap<PersonId, Ties>, StoreError> {
    let found = records(&mut Source::Store(store), persons, &[]).await?.persons;
    let kin = |p: &Person| [&p.father, &p.mother, &p.spouse, &p.guardian].map(|r| r.as_ref()?.person);
    let ids: BTreeSet<PersonId> = found.values().flat_map(kin).flatten().collect();
    let known = standings(store, &ids.into_iter().collect::<Vec<_>>()).await?;
    let known: HashMap<PersonId, Standing> = known.into_iter().map(|s| (s.person, s)).collect();
    Ok(found.into_iter().map(|(id, p)| (id, Ties::held(&p, &known))).collect())
}

/// Everybody who bears one of these folded names and was born on the day beside it; with the place of the pair.
pub(crate) async fn namesakes(
    store: &Store,
    pairs: &[(String, PartialDate)],
) -> Result<Vec<(usize, Standing)>, StoreError> {
    struct Placed(i32, Standing);
    impl FromRow for Placed {
        fn from_row(row: &Row<'_>) -> Result<Placed, StoreError> {
            Ok(Placed(row.get(0)?, standing(row, 1)?))
        }
    }
    let values: Vec<String> = (0..PAIRS)
        .map(|n| {
            let at = n * 2;
            format!("(CAST({n} AS integer), CAST(${} AS text), CAST(${} AS integer))", at + 1, at + 2)
        })
        .collect();
    let sql = format!(
        "SELECT v.column1, {COLUMNS} FROM (VALUES {}) v JOIN person p ON p.name_key = v.column2 AND p.birth = v.column3
         WHERE p.merged_into IS NULL",
        values.join(", ")
    );
    let nobody = (String::new(), PartialDate::UNKNOWN);
    let mut found = Vec::new();
    for (part, some) in pairs.chunks(PAIRS).enumerate() {
        let all = some.iter().chain(std::iter::repeat_n(&nobody, PAIRS - some.len()));
        let params: Vec<&dyn Param> =
            all.flat_map(|(name, birth)| [name as &dyn Param, birth as &dyn Param]).collect();
        let rows: Vec<Placed> = store.all(&sql, &params).await?;
        // Nobody without a name is a namesake.
        let within = rows.into_iter().filter(|r| (r.0 as usize) < some.len());
        found.extend(within.map(|Placed(at, standing)| (part * PAIRS + at as usize, standing)));
    }
    Ok(found)
}
