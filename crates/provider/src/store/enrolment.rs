//! Files for accounts in person.

use crate::{
    channel::Contact,
    rules::ages::Paper,
    store::{citizens::Citizen, unreadable},
};
use ::store::{Param, Store, StoreError, Tx, params, record};
use vocabulary::{AgencyCode, Moment, PartialDate, PersonId, PersonalNumber, UnitCode};

record! {
    /// A file.
    pub(crate) struct File {
        pub id: i64,
        pub person: PersonId,
        pub number: PersonalNumber,
        pub level: i64,
        pub state: String,
        pub unit: UnitCode,
        pub agency: AgencyCode,
        paper: String,
        pub paper_number: String,
        pub issued: PartialDate,
        pub expires: PartialDate,
        pub proof: String,
        kind: String = "contact_kind",
        contact: String,
        pub guardian: Option<PersonId>,
        pub guardian_until: Option<PartialDate>,
        pub received_by: String,
        pub decided_by: Option<String>,
        pub reason: Option<String>,
        pub received_at: Option<Moment>,
        pub decided_at: Option<Moment>,
        pub activated_at: Option<Moment>,
        pub code: Option<Vec<u8>>,
        pub tries: i64,
        pub code_ends: Moment,
    }
}

impl File {
    /// The contact to which its codes go.
    pub fn contact(&self) -> Result<Contact, StoreError> {
        let contact = Contact::parse(&self.contact).ok().filter(|contact| contact.kind() == self.kind);
        contact.ok_or_else(|| unreadable("contact"))
    }

    /// The paper that was shown.
    pub fn paper(&self) -> Result<Paper, StoreError> {
        Paper::of(&self.paper).ok_or_else(|| unreadable("paper"))
    }
}

/// What a new file is made of.
pub(crate) struct NewFile<'a> {
    pub id: i64,
    pub person: PersonId,
    pub number: PersonalNumber,
    pub level: i64,
    pub unit: UnitCode,
    pub agency: &'a AgencyCode,
    pub paper: Paper,
    pub paper_number: &'a str,
    pub issued: PartialDate,
    pub expires: PartialDate,
    pub proof: &'static str,
    pub contact: &'a Contact,
    pub guardian: Option<PersonId>,
    /// The day from which the child acts alone.
    pub guardian_until: Option<PartialDate>,
    pub officer: &'a str,
    pub code: &'a [u8],
    pub code_ends: Moment,
    pub now: Moment,
}

/// Begins a file in the place of one of the person that was begun and not received; whether there was none further on.
pub(crate) async fn begin(tx: &mut Tx, f: &NewFile<'_>) -> Result<bool, StoreError> {
    tx.execute("DELETE FROM enrolment WHERE person = $1 AND state = 'begun'", params![f.person]).await?;
    let rows = tx
        .execute(
            "INSERT INTO enrolment (id, person, number, level, state, unit, agency, paper, paper_number, issued, \
             expires, proof, contact_kind, contact, guardian, received_by, created_at, code, tries, code_ends, \
             guardian_until) \
             VALUES ($1, $2, $3, $4, 'begun', $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, 0, $18, $19) \
             ON CONFLICT DO NOTHING",
            params![
                f.id,
                f.person,
                f.number,
                f.level,
                f.unit,
                *f.agency,
                f.paper.code(),
                f.paper_number,
                f.issued,
                f.expires,
                f.proof,
                f.contact.kind(),
                f.contact.reveal(),
                f.guardian,
                f.officer,
                f.now,
                f.code,
                f.code_ends,
                f.guardian_until
            ],
        )
        .await?;
    Ok(rows == 1)
}

/// A file.
pub(crate) async fn find(store: &Store, id: i64) -> Result<Option<File>, StoreError> {
    let sql = format!("SELECT {} FROM enrolment WHERE id = $1", File::COLUMNS);
    store.optional(&sql, params![id]).await
}

/// The file under way of a person, received or approved.
pub(crate) async fn open_of(store: &Store, person: PersonId) -> Result<Option<File>, StoreError> {
    let sql = format!(
        "SELECT {} FROM enrolment WHERE person = $1 AND state IN ('received', 'approved')",
        File::COLUMNS
    );
    store.optional(&sql, params![person]).await
}

/// Counts a try at the code of a file in a state and gives it, where the code has not ended.
pub(crate) async fn try_code(
    tx: &mut Tx,
    id: i64,
    state: &str,
    now: Moment,
) -> Result<Option<File>, StoreError> {
    let sql = format!(
        "UPDATE enrolment SET tries = tries + 1 WHERE id = $1 AND state = $2 AND code_ends > $3 RETURNING {}",
        File::COLUMNS
    );
    tx.optional(&sql, params![id, state, now]).await
}

/// The approved file that a number activates, with one more try counted.
pub(crate) async fn try_activation(
    tx: &mut Tx,
    number: PersonalNumber,
    now: Moment,
) -> Result<Option<File>, StoreError> {
    let sql = format!(
        "UPDATE enrolment SET tries = tries + 1 WHERE number = $1 AND state = 'approved' AND code_ends > $2 \
         RETURNING {}",
        File::COLUMNS
    );
    tx.optional(&sql, params![number, now]).await
}

/// The contact is confirmed: from now on the file counts.
pub(crate) async fn receive(tx: &mut Tx, id: i64, now: Moment, on: PartialDate) -> Result<bool, StoreError> {
    let sql = "UPDATE enrolment SET state = 'received', received_at = $2, received_on = $3, code = NULL \
               WHERE id = $1 AND state = 'begun'";
    Ok(tx.execute(sql, params![id, now, on]).await? == 1)
}

/// Another officer approves: the code of the activation begins to count.
pub(crate) async fn approve(
    tx: &mut Tx,
    id: i64,
    officer: &str,
    code: &[u8],
    ends: Moment,
    now: Moment,
    on: PartialDate,
) -> Result<bool, StoreError> {
    let sql = "UPDATE enrolment SET state = 'approved', decided_by = $2, decided_at = $3, decided_on = $4, \
               code = $5, tries = 0, code_ends = $6 WHERE id = $1 AND state = 'received' AND received_by <> $2";
    Ok(tx.execute(sql, params![id, officer, now, on, code, ends]).await? == 1)
}

/// Another officer refuses.
pub(crate) async fn refuse(
    tx: &mut Tx,
    id: i64,
    officer: &str,
    reason: &str,
    now: Moment,
    on: PartialDate,
) -> Result<bool, StoreError> {
    let sql = "UPDATE enrolment SET state = 'refused', decided_by = $2, decided_at = $3, decided_on = $4, \
               reason = $5, code = NULL WHERE id = $1 AND state = 'received' AND received_by <> $2";
    Ok(tx.execute(sql, params![id, officer, now, on, reason]).await? == 1)
}

/// Another code takes the place of the one sent before.
pub(crate) async fn renew_code(tx: &mut Tx, id: i64, code: &[u8], ends: Moment) -> Result<bool, StoreError> {
    let sql =
        "UPDATE enrolment SET code = $2, tries = 0, code_ends = $3 WHERE id = $1 AND state = 'approved'";
    Ok(tx.execute(sql, params![id, code, ends]).await? == 1)
}

/// The citizen has activated.
pub(crate) async fn activate(tx: &mut Tx, id: i64, now: Moment, on: PartialDate) -> Result<bool, StoreError> {
    let sql = "UPDATE enrolment SET state = 'activated', activated_at = $2, activated_on = $3, code = NULL \
               WHERE id = $1 AND state = 'approved'";
    Ok(tx.execute(sql, params![id, now, on]).await? == 1)
}

/// The account of a file: made, or raised where the person has one. A raised account keeps its password.
pub(crate) async fn enter(
    tx: &mut Tx,
    id: i64,
    file: &File,
    password: Option<&str>,
    now: Moment,
) -> Result<bool, StoreError> {
    let rows = match password {
        Some(hash) => {
            tx.execute(
                "INSERT INTO citizen (id, person, number, level, password, contact_kind, contact, created_at, \
                 guardian, guardian_until) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (person) DO UPDATE SET \
                 number = excluded.number, level = excluded.level, password = excluded.password, \
                 contact_kind = excluded.contact_kind, contact = excluded.contact, \
                 guardian = excluded.guardian, guardian_until = excluded.guardian_until, standing = 'active'",
                params![
                    id,
                    file.person,
                    file.number,
                    file.level,
                    hash,
                    file.kind.as_str(),
                    file.contact.as_str(),
                    now,
                    file.guardian,
                    file.guardian_until
                ],
            )
            .await?
        }
        None => {
            tx.execute(
                "UPDATE citizen SET level = $2, number = $3, contact_kind = $4, contact = $5, guardian = $6, \
                 guardian_until = $7 \
                 WHERE person = $1 AND standing = 'active'",
                params![
                    file.person,
                    file.level,
                    file.number,
                    file.kind.as_str(),
                    file.contact.as_str(),
                    file.guardian,
                    file.guardian_until
                ],
            )
            .await?
        }
    };
    Ok(rows == 1)
}

/// The account of a record within a transaction.
pub(crate) async fn account_in(tx: &mut Tx, person: PersonId) -> Result<Option<Citizen>, StoreError> {
    let sql = format!("SELECT {} FROM citizen WHERE person = $1", Citizen::COLUMNS);
    tx.optional(&sql, params![person]).await
}

/// Which units a question is about: all, or these communes.
pub(crate) enum Units {
    /// The whole country.
    All,
    /// These.
    These(Vec<UnitCode>),
}

impl Units {
    /// The condition on the column `unit`, with its parameters after those that are there already.
    pub fn condition<'a>(&'a self, params: &mut Vec<&'a dyn Param>) -> String {
        match self {
            Units::All => String::new(),
            Units::These(units) => {
                let mut places = Vec::with_capacity(units.len());
                for unit in units {
                    params.push(unit);
                    places.push(format!("${}", params.len()));
                }
                format!(" AND unit IN ({})", places.join(", "))
            }
        }
    }

    /// Whether none is asked about.
    pub fn is_none(&self) -> bool {
        matches!(self, Units::These(units) if units.is_empty())
    }
}

/// The files of some units in a state, the oldest first, at most 200.
pub(crate) async fn waiting(store: &Store, state: &str, units: &Units) -> Result<Vec<File>, StoreError> {
    if units.is_none() {
        return Ok(Vec::new());
    }
    let mut params: Vec<&dyn Param> = vec![&state];
    let within = units.condition(&mut params);
    let sql = format!(
        "SELECT {} FROM enrolment WHERE state = $1{within} ORDER BY created_at, id LIMIT 200",
        File::COLUMNS
    );
    store.all(&sql, &params).await
}

/// How many files of each unit reached a state on each day: `received_on`, `decided_on` (with the state it was decided
/// to) or `activated_on`, both days included.
pub(crate) async fn counted(
    store: &Store,
    of: Of,
    what: Counted,
    (from, until): (PartialDate, PartialDate),
    units: &Units,
) -> Result<Vec<(PartialDate, UnitCode, i64)>, StoreError> {
    if units.is_none() {
        return Ok(Vec::new());
    }
    let (column, further) = match what {
        Counted::Received => ("received_on", ""),
        Counted::Approved => ("decided_on", " AND state <> 'refused'"),
        Counted::Refused => ("decided_on", " AND state = 'refused'"),
        Counted::Activated => ("activated_on", ""),
    };
    let mut params: Vec<&dyn Param> = vec![&from, &until];
    let within = units.condition(&mut params);
    let sql = format!(
        "SELECT {column}, unit, count(*) FROM {} WHERE {column} BETWEEN $1 AND $2{further}{within} \
         GROUP BY {column}, unit ORDER BY {column}, unit",
        of.table()
    );
    store.all(&sql, &params).await
}

/// Whose files are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Of {
    Persons,
    Organisations,
}

impl Of {
    pub const ALL: [Of; 2] = [Of::Persons, Of::Organisations];

    const fn table(self) -> &'static str {
        match self {
            Of::Persons => "enrolment",
            Of::Organisations => "organisation_file",
        }
    }
}

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Counted {
    Received,
    Approved,
    Refused,
    Activated,
}

/// Forgets files that were begun and never received.
pub(crate) async fn prune(tx: &mut Tx, now: Moment) -> Result<(), StoreError> {
    tx.execute("DELETE FROM enrolment WHERE state = 'begun' AND code_ends < $1", params![now]).await?;
    Ok(())
}
