//! Reading people for a register file, and the list of the exports made.
//!
//! A file shows the registry after one act: first the roll is called, in one statement, together with the number of the
//! last act; then the records are folded from the acts up to that one, some hundred at a time. So a file is of one
//! moment, however long it takes, while acts go on being recorded.

use super::{
    read::alone,
    row::{self, ACT_COLUMNS, ActRow, act_columns},
};
use crate::{
    model::Person,
    sealed::{FileRecord, Kin, PersonRecord},
};
use ledger::Sealed;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use store::{Field, FromRow, Param, Row, Store, StoreError, Tx, params};
use vocabulary::{
    ActSeq, AgencyCode, FullName, HouseholdId, Moment, PartialDate, PersonId, PersonalNumber, UnitCode,
};

/// Who is in a file, in order, and the act up to which the registry is shown.
pub struct Roll {
    /// The last act shown.
    pub until: ActSeq,
    /// The persons: by personal number, then those without one by name and birth.
    pub persons: Vec<PersonId>,
}

/// The people who are registered in some communes of the structure since 1 July 2025, or live there for the time being;
/// everybody without communes. Reading ends with one person more than `most`.
pub async fn roll(store: &Store, communes: Option<&[UnitCode]>, most: usize) -> Result<Roll, StoreError> {
    let places =
        |units: &[UnitCode]| (1..=units.len()).map(|n| format!("${n}")).collect::<Vec<_>>().join(", ");
    let within = communes.map(places).map(|p| format!("AND (p.unit IN ({p}) OR p.current_unit IN ({p}))"));
    let sql = format!(
        "SELECT p.id, h.seq FROM person p CROSS JOIN act_head h WHERE p.merged_into IS NULL {}
         ORDER BY p.number NULLS LAST, p.name_key, p.birth, p.id",
        within.unwrap_or_default()
    );
    let codes: Vec<&dyn Param> = communes.unwrap_or_default().iter().map(|unit| unit as &dyn Param).collect();
    let mut scan = store.scan::<(PersonId, ActSeq)>(&sql, &codes).await?;
    let mut roll = Roll { until: ActSeq(0), persons: Vec::new() };
    while roll.persons.len() <= most
        && let Some((person, until)) = scan.next().await?
    {
        roll.until = until;
        roll.persons.push(person);
    }
    Ok(roll)
}

/// Identifiers asked for with one statement; a shorter list is filled up, so that the statement stays the same.
const ASKED: usize = 1024;

/// Rows for identifiers, in the order of the statement, which has the act up to which is read as `$1` and the
/// identifiers in the place of `{}`.
async fn of_many<T: FromRow>(
    store: &Store,
    sql: &str,
    until: ActSeq,
    ids: &[impl Param + Copy],
) -> Result<Vec<T>, StoreError> {
    let places = (2..=ASKED + 1).map(|n| format!("${n}")).collect::<Vec<_>>().join(", ");
    let sql = sql.replace("{}", &places);
    let mut rows = Vec::new();
    for some in ids.chunks(ASKED) {
        let Some(last) = some.last() else { break };
        let asked = some.iter().chain(std::iter::repeat_n(last, ASKED - some.len()));
        let params: Vec<&dyn Param> =
            std::iter::once(&until as &dyn Param).chain(asked.map(|id| id as &dyn Param)).collect();
        rows.append(&mut store.all(&sql, &params).await?);
    }
    Ok(rows)
}

const ACTS: &str = concat!(
    "SELECT ",
    act_columns!(),
    ", l.person FROM act_person l JOIN act a ON a.seq = l.seq JOIN actor w ON w.id = a.actor
     WHERE l.seq <= $1 AND l.person IN ({}) ORDER BY l.person, l.seq"
);
const KIN: &str = "SELECT p.id, p.name, p.number,
        EXISTS (SELECT 1 FROM act_person l WHERE l.person = p.id AND l.seq > $1)
    FROM person p WHERE p.id IN ({})";
const HOUSEHOLDS: &str = "SELECT h.id, h.file,
        EXISTS (SELECT 1 FROM act_household l WHERE l.household = h.id AND l.seq > $1)
    FROM household h WHERE h.id IN ({})";
const HOUSEHOLD_ACTS: &str = concat!(
    "SELECT ",
    act_columns!(),
    ", l.household FROM act_household l JOIN act a ON a.seq = l.seq JOIN actor w ON w.id = a.actor
     WHERE l.seq <= $1 AND l.household IN ({}) ORDER BY l.household, l.seq"
);

/// An act of one of many records.
struct ActOf<I>(I, ActRow);

impl<I: Field> FromRow for ActOf<I> {
    fn from_row(row: &Row<'_>) -> Result<ActOf<I>, StoreError> {
        Ok(ActOf(row.get(ACT_COLUMNS)?, ActRow::from_row(row)?))
    }
}

/// The acts of records, record by record.
async fn acts<I: Field + Param + Copy + Ord>(
    store: &Store,
    sql: &str,
    until: ActSeq,
    ids: &[I],
) -> Result<BTreeMap<I, Vec<ActRow>>, StoreError> {
    let mut acts: BTreeMap<I, Vec<ActRow>> = BTreeMap::new();
    for ActOf(id, act) in of_many(store, sql, until, ids).await? {
        acts.entry(id).or_default().push(act);
    }
    Ok(acts)
}

/// Persons as the acts up to one leave them.
async fn folded(
    store: &Store,
    until: ActSeq,
    ids: &[PersonId],
) -> Result<HashMap<PersonId, Person>, StoreError> {
    let acts = acts(store, ACTS, until, ids).await?;
    Ok(acts.into_iter().map(|(id, acts)| (id, row::person(id, &acts))).collect())
}

/// What relatives are called. Who has been touched by a later act is folded anew.
async fn kin(store: &Store, until: ActSeq, ids: &[PersonId]) -> Result<HashMap<PersonId, Kin>, StoreError> {
    let rows: Vec<(PersonId, Option<FullName>, Option<PersonalNumber>, bool)> =
        of_many(store, KIN, until, ids).await?;
    let later: Vec<PersonId> = rows.iter().filter(|r| r.3).map(|r| r.0).collect();
    let called = |name, number| Kin { name, number, birth_date: PartialDate::UNKNOWN };
    let mut kin: HashMap<PersonId, Kin> =
        rows.into_iter().map(|(id, name, number, _)| (id, called(name, number))).collect();
    kin.extend(folded(store, until, &later).await?.into_iter().map(|(id, p)| (id, called(p.name, p.number))));
    Ok(kin)
}

/// Numbers of residence files, likewise.
async fn files(
    store: &Store,
    until: ActSeq,
    ids: &[HouseholdId],
) -> Result<HashMap<HouseholdId, String>, StoreError> {
    let rows: Vec<(HouseholdId, String, bool)> = of_many(store, HOUSEHOLDS, until, ids).await?;
    let later: Vec<HouseholdId> = rows.iter().filter(|r| r.2).map(|r| r.0).collect();
    let mut files: HashMap<HouseholdId, String> = rows.into_iter().map(|(id, file, _)| (id, file)).collect();
    let acts = acts(store, HOUSEHOLD_ACTS, until, &later).await?;
    files.extend(acts.into_iter().map(|(id, acts)| (id, row::household(id, &acts).file)));
    Ok(files)
}

/// Some persons of a [`Roll`], in its order.
pub async fn people(
    store: &Store,
    until: ActSeq,
    ids: &[PersonId],
) -> Result<Vec<Sealed<FileRecord>>, StoreError> {
    let mut persons = folded(store, until, ids).await?;
    let mut relatives = BTreeSet::new();
    let mut households = BTreeSet::new();
    for p in persons.values() {
        let named = [&p.father, &p.mother, &p.spouse, &p.guardian];
        relatives.extend(named.into_iter().flatten().filter_map(|r| r.person));
        households.extend(p.household);
    }
    let kin = kin(store, until, &relatives.into_iter().collect::<Vec<_>>()).await?;
    let files = files(store, until, &households.into_iter().collect::<Vec<_>>()).await?;
    let mut found = Vec::with_capacity(ids.len());
    for person in ids.iter().filter_map(|id| persons.remove(id)) {
        let named = [&person.father, &person.mother, &person.spouse, &person.guardian];
        let named = named.into_iter().flatten().filter_map(|r| r.person);
        let named = named.filter_map(|id| Some((id, kin.get(&id)?.clone()))).collect();
        let file = person.household.and_then(|id| files.get(&id)).cloned().unwrap_or_default();
        let record = PersonRecord { kin: named, ..alone(person) };
        found.push(Sealed::new(FileRecord { record, file }));
    }
    Ok(found)
}

store::record! {
    /// An export that was made. It says nothing of anybody exported.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct PastExport {
        /// The ledger entry that stands for the whole.
        pub entry: i64,
        /// When.
        pub at: Moment,
        /// The officer, or the system where no officer was named.
        pub who: String,
        /// The agency answerable.
        pub agency: AgencyCode,
        /// Units exported: codes with blanks between them, or `everywhere`.
        pub units: String,
        /// Fields exported: codes with blanks between them.
        pub fields: String,
        /// Format of the file.
        pub format: String,
        /// The last act that the file shows.
        pub until: ActSeq,
        /// Persons in the file.
        pub persons: i64,
        /// Size of the file in bytes.
        pub bytes: i64,
        /// SHA-256 of the file.
        pub sha256: Vec<u8>,
        /// Code of the purpose.
        pub purpose: String,
        /// Legal basis.
        pub legal_basis: String,
    }
}

/// Adds an export to the list, in the transaction that writes its ledger entry.
pub async fn save_export(tx: &mut Tx, e: &PastExport) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO register_export
            (entry, at, who, agency, units, fields, format, until, persons, bytes, sha256, purpose, legal_basis)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        params![
            e.entry, e.at, e.who, e.agency, e.units, e.fields, e.format, e.until, e.persons, e.bytes, e.sha256,
            e.purpose, e.legal_basis
        ],
    )
    .await
    .map(drop)
}

/// The newest exports, of one agency or of all.
pub async fn exports(
    store: &Store,
    agency: Option<&AgencyCode>,
    limit: i64,
) -> Result<Vec<PastExport>, StoreError> {
    let columns = PastExport::COLUMNS;
    match agency {
        Some(agency) => {
            let sql = format!(
                "SELECT {columns} FROM register_export WHERE agency = $1 ORDER BY entry DESC LIMIT $2"
            );
            store.all(&sql, params![agency, limit]).await
        }
        None => {
            let sql = format!("SELECT {columns} FROM register_export ORDER BY entry DESC LIMIT $1");
            store.all(&sql, params![limit]).await
        }
    }
}
