//! Files for accounts of organisations.

use crate::{
    rules::organisation::Kind,
    store::{enrolment::Units, unreadable},
};
use ::store::{Store, StoreError, Tx, params, record};
use vocabulary::{Moment, PartialDate, PersonId, PersonalNumber, UnitCode};

record! {
    /// A file.
    pub(crate) struct File {
        pub id: i64,
        pub number: String,
        pub name: String,
        kind: String,
        pub unit: UnitCode,
        pub paper_number: String,
        pub issued: PartialDate,
        pub applicant: i64,
        pub state: String,
        pub proof: Option<String>,
        pub received_by: Option<String>,
        pub decided_by: Option<String>,
        pub reason: Option<String>,
        pub created_at: Moment,
        pub received_at: Option<Moment>,
        pub decided_at: Option<Moment>,
        pub activated_at: Option<Moment>,
    }
}

impl File {
    /// What the organisation is.
    pub fn kind(&self) -> Result<Kind, StoreError> {
        Kind::of(&self.kind).ok_or_else(|| unreadable("kind of organisation"))
    }
}

/// What a new file is made of.
pub(crate) struct NewFile<'a> {
    pub id: i64,
    pub number: &'a str,
    pub name: &'a str,
    pub kind: Kind,
    pub unit: UnitCode,
    pub paper_number: &'a str,
    pub issued: PartialDate,
    pub applicant: i64,
    /// Whoever has to agree besides.
    pub others: &'a [i64],
    pub now: Moment,
}

/// Begins a file.
pub(crate) async fn begin(tx: &mut Tx, f: &NewFile<'_>) -> Result<(), StoreError> {
    let state = if f.others.is_empty() { "submitted" } else { "agreeing" };
    tx.execute(
        "INSERT INTO organisation_file (id, number, name, kind, unit, paper_number, issued, applicant, state, \
         created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        params![
            f.id,
            f.number,
            f.name,
            f.kind.code(),
            f.unit,
            f.paper_number,
            f.issued,
            f.applicant,
            state,
            f.now
        ],
    )
    .await?;
    let sql = "INSERT INTO organisation_agreement (file, citizen, agreed_at) VALUES ($1, $2, $3)";
    tx.execute(sql, params![f.id, f.applicant, Some(f.now)]).await?;
    for citizen in f.others {
        tx.execute(sql, params![f.id, *citizen, None::<Moment>]).await?;
    }
    Ok(())
}

/// A file.
pub(crate) async fn find(store: &Store, id: i64) -> Result<Option<File>, StoreError> {
    let sql = format!("SELECT {} FROM organisation_file WHERE id = $1", File::COLUMNS);
    store.optional(&sql, params![id]).await
}

/// The files that concern somebody and are under way or were decided of late, the newest first.
pub(crate) async fn of_citizen(store: &Store, citizen: i64, since: Moment) -> Result<Vec<File>, StoreError> {
    let sql = format!(
        "SELECT {} FROM organisation_file WHERE id IN (SELECT file FROM organisation_agreement WHERE citizen = $1) \
         AND (state IN ('agreeing', 'submitted', 'received', 'approved') OR created_at > $2) \
         ORDER BY created_at DESC, id LIMIT 20",
        File::COLUMNS
    );
    store.all(&sql, params![citizen, since]).await
}

/// How many files of an applicant are under way.
pub(crate) async fn under_way(store: &Store, applicant: i64) -> Result<i64, StoreError> {
    store
        .one(
            "SELECT count(*) FROM organisation_file WHERE applicant = $1 \
             AND state IN ('agreeing', 'submitted', 'received', 'approved')",
            params![applicant],
        )
        .await
}

record! {
    /// A representative whom a file names.
    pub(crate) struct Named {
        pub citizen: i64 = "a.citizen",
        pub person: PersonId = "c.person",
        pub number: PersonalNumber = "c.number",
        pub level: i64 = "c.level",
        standing: String = "c.standing",
        pub agreed_at: Option<Moment> = "a.agreed_at",
    }
}

impl Named {
    /// Whether he may represent an organisation: of level 2, with an account in use.
    pub fn is_fit(&self) -> bool {
        self.level == 2 && self.standing == "active"
    }
}

fn named_sql() -> String {
    format!(
        "SELECT {} FROM organisation_agreement a JOIN citizen c ON c.id = a.citizen WHERE a.file = $1 \
         ORDER BY a.citizen LIMIT 50",
        Named::COLUMNS
    )
}

/// The representatives whom a file names.
pub(crate) async fn named(store: &Store, file: i64) -> Result<Vec<Named>, StoreError> {
    store.all(&named_sql(), params![file]).await
}

/// The same within a transaction.
pub(crate) async fn named_in(tx: &mut Tx, file: i64) -> Result<Vec<Named>, StoreError> {
    tx.all(&named_sql(), params![file]).await
}

/// Somebody agrees to a file; whether he was still asked. Once all have agreed it goes to the officers.
pub(crate) async fn agree(tx: &mut Tx, file: i64, citizen: i64, now: Moment) -> Result<bool, StoreError> {
    let agreed = tx
        .execute(
            "UPDATE organisation_agreement SET agreed_at = $3 WHERE file = $1 AND citizen = $2 \
             AND agreed_at IS NULL AND EXISTS (SELECT 1 FROM organisation_file f WHERE f.id = $1 \
             AND f.state = 'agreeing')",
            params![file, citizen, now],
        )
        .await?;
    tx.execute(
        "UPDATE organisation_file SET state = 'submitted' WHERE id = $1 AND state = 'agreeing' \
         AND NOT EXISTS (SELECT 1 FROM organisation_agreement WHERE file = $1 AND agreed_at IS NULL)",
        params![file],
    )
    .await?;
    Ok(agreed == 1)
}

/// Withdraws a file that is not yet with the officers; whether it could be.
pub(crate) async fn withdraw(tx: &mut Tx, file: i64) -> Result<bool, StoreError> {
    let sql = "UPDATE organisation_file SET state = 'withdrawn' WHERE id = $1 AND state IN ('agreeing', 'submitted')";
    Ok(tx.execute(sql, params![file]).await? == 1)
}

/// An officer has compared the file. Not where another file of the organisation is with the officers.
pub(crate) async fn receive(
    tx: &mut Tx,
    id: i64,
    (officer, agency): (&str, &str),
    proof: &str,
    now: Moment,
    on: PartialDate,
) -> Result<bool, StoreError> {
    let sql = "UPDATE organisation_file SET state = 'received', received_by = $2, agency = $3, proof = $4, \
               received_at = $5, received_on = $6 WHERE id = $1 AND state = 'submitted' AND NOT EXISTS \
               (SELECT 1 FROM organisation_file o WHERE o.number = organisation_file.number AND o.id <> $1 \
               AND o.state IN ('received', 'approved'))";
    Ok(tx.execute(sql, params![id, officer, agency, proof, now, on]).await? == 1)
}

/// Another officer approves, or refuses with a reason.
pub(crate) async fn decide(
    tx: &mut Tx,
    id: i64,
    officer: &str,
    refusal: Option<&str>,
    now: Moment,
    on: PartialDate,
) -> Result<bool, StoreError> {
    let state = if refusal.is_some() { "refused" } else { "approved" };
    let sql = "UPDATE organisation_file SET state = $2, decided_by = $3, reason = $4, decided_at = $5, \
               decided_on = $6 WHERE id = $1 AND state = 'received' AND received_by <> $3";
    Ok(tx.execute(sql, params![id, state, officer, refusal, now, on]).await? == 1)
}

/// The applicant has activated.
pub(crate) async fn activate(tx: &mut Tx, id: i64, now: Moment, on: PartialDate) -> Result<bool, StoreError> {
    let sql = "UPDATE organisation_file SET state = 'activated', activated_at = $2, activated_on = $3 \
               WHERE id = $1 AND state = 'approved'";
    Ok(tx.execute(sql, params![id, now, on]).await? == 1)
}

/// The files of some units in a state, the oldest first, at most 200.
pub(crate) async fn waiting(store: &Store, state: &str, units: &Units) -> Result<Vec<File>, StoreError> {
    if units.is_none() {
        return Ok(Vec::new());
    }
    let mut params: Vec<&dyn ::store::Param> = vec![&state];
    let within = units.condition(&mut params);
    let sql = format!(
        "SELECT {} FROM organisation_file WHERE state = $1{within} ORDER BY created_at, id LIMIT 200",
        File::COLUMNS
    );
    store.all(&sql, &params).await
}
