//! Imports: their jobs, and what they met.

use super::many::{Reserved, Source, among};
use store::{Param, Store, StoreError, Tx, Value, params, values};
use vocabulary::{HouseholdId, Moment, PartialDate, PersonId, PersonalNumber};

store::record! {
    /// A row of `import_job`.
    #[derive(Clone, Debug)]
    pub(crate) struct JobRow {
        pub id: i64,
        pub file: String,
        pub digest: String,
        pub bytes: i64,
        pub owner: String,
        pub settings: String,
        pub state: String,
        pub started: Moment,
        pub changed: Moment,
        pub done: i64,
        pub accepted: i64,
        pub warned: i64,
        pub present: i64,
        pub rejected: i64,
        pub acts: i64,
        pub households: i64,
        pub links: i64,
        pub tally: String,
        pub stopped: Option<String>,
    }
}

store::record! {
    /// A rejected row as it is kept.
    #[derive(Clone, Debug)]
    pub(crate) struct RejectRow {
        pub line: i64,
        pub cells: String,
        pub reasons: String,
    }
}

const JOB: &str = "SELECT id, file, digest, bytes, owner, settings, state, started, changed, done, accepted, warned, present,
    rejected, acts, households, links, tally, stopped FROM import_job";

/// Keeps a new job and gives its number.
pub(crate) async fn add_job(tx: &mut Tx, job: &JobRow) -> Result<i64, StoreError> {
    tx.lock("import_job").await?;
    let id: i64 = tx.one("SELECT coalesce(max(id), 0) + 1 FROM import_job", params![]).await?;
    tx.execute(
        "INSERT INTO import_job (id, file, digest, bytes, owner, settings, state, started, changed, done, accepted, warned,
         present, rejected, acts, households, links, tally, stopped)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8, 0, 0, 0, 0, 0, 0, 0, 0, $9, NULL)",
        params![id, job.file, job.digest, job.bytes, job.owner, job.settings, job.state, job.started, job.tally],
    )
    .await?;
    Ok(id)
}

/// A job by its number.
pub(crate) async fn job(store: &Store, id: i64) -> Result<Option<JobRow>, StoreError> {
    store.optional(&format!("{JOB} WHERE id = $1"), params![id]).await
}

/// A job as the transaction sees it.
pub(crate) async fn job_in(tx: &mut Tx, id: i64) -> Result<Option<JobRow>, StoreError> {
    tx.optional(&format!("{JOB} WHERE id = $1"), params![id]).await
}

/// The latest jobs, of one owner or of all.
pub(crate) async fn jobs(store: &Store, owner: Option<&str>, limit: i64) -> Result<Vec<JobRow>, StoreError> {
    match owner {
        Some(owner) => {
            store
                .all(&format!("{JOB} WHERE owner = $1 ORDER BY id DESC LIMIT $2"), params![owner, limit])
                .await
        }
        None => store.all(&format!("{JOB} ORDER BY id DESC LIMIT $1"), params![limit]).await,
    }
}

/// The latest job of a file of this content.
pub(crate) async fn job_of_file(store: &Store, digest: &str) -> Result<Option<JobRow>, StoreError> {
    store.optional(&format!("{JOB} WHERE digest = $1 ORDER BY id DESC LIMIT 1"), params![digest]).await
}

/// Writes how far a job has come.
pub(crate) async fn save_job(tx: &mut Tx, j: &JobRow) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE import_job SET settings = $2, state = $3, changed = $4, done = $5, accepted = $6, warned = $7, present = $8,
         rejected = $9, acts = $10, households = $11, links = $12, tally = $13, stopped = $14 WHERE id = $1",
        params![
            j.id, j.settings, j.state, j.changed, j.done, j.accepted, j.warned, j.present, j.rejected, j.acts, j.households,
            j.links, j.tally, j.stopped
        ],
    )
    .await
    .map(drop)
}

/// Keeps a part of a file.
pub(crate) async fn add_part(tx: &mut Tx, job: i64, part: i32, content: Vec<u8>) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO import_part (job, part, content) VALUES ($1, $2, $3)",
        params![job, part, content],
    )
    .await
    .map(drop)
}

/// The next part of a file.
pub(crate) async fn part(store: &Store, job: i64, part: i32) -> Result<Option<Vec<u8>>, StoreError> {
    store.optional("SELECT content FROM import_part WHERE job = $1 AND part = $2", params![job, part]).await
}

/// Forgets what only an import under way needs.
pub(crate) async fn clear_job(tx: &mut Tx, job: i64) -> Result<(), StoreError> {
    for sql in [
        "DELETE FROM import_part WHERE job = $1",
        "DELETE FROM import_household WHERE job = $1",
        "DELETE FROM import_link WHERE job = $1",
    ] {
        tx.execute(sql, params![job]).await?;
    }
    Ok(())
}

/// Keeps rejected rows: place, cells, reasons.
pub(crate) async fn add_rejects(
    tx: &mut Tx,
    job: i64,
    rows: Vec<(i64, String, String)>,
) -> Result<(), StoreError> {
    let rows = rows.into_iter().map(|(line, cells, reasons)| values![job, line, cells, reasons]);
    tx.load("import_reject", &["job", "line", "cells", "reasons"], rows).await.map(drop)
}

/// Rejected rows after a place, in order.
pub(crate) async fn rejects(
    store: &Store,
    job: i64,
    after: i64,
    limit: i64,
) -> Result<Vec<RejectRow>, StoreError> {
    store
        .all(
            "SELECT line, cells, reasons FROM import_reject WHERE job = $1 AND line > $2 ORDER BY line LIMIT $3",
            params![job, after, limit],
        )
        .await
}

/// Names and dates of birth in one statement.
const NAMES: usize = 100;
/// Namesakes of one name and date at most.
const NAMESAKES: usize = 50;

store::record! {
    /// A person without a number in force, by folded name and date of birth, as far as known.
    #[derive(Clone, Debug)]
    pub(crate) struct Namesake {
        pub name_key: String,
        pub birth: PartialDate,
        pub id: PersonId,
    }
}

/// Persons without a number in force who bear these names and were born on these dates; each pair is given once, and the
/// first fifty of each are found, in order.
pub(crate) async fn numberless_namesakes(
    from: &mut Source<'_>,
    wanted: &[(String, PartialDate)],
) -> Result<Vec<Namesake>, StoreError> {
    let mut found = Vec::new();
    for some in wanted.chunks(NAMES) {
        let rows: Vec<String> = (1..=some.len())
            .map(|at| format!("(CAST(${} AS text), CAST(${} AS integer))", at * 2 - 1, at * 2))
            .collect();
        // The order of the tables is the order of the search.
        let sql = format!(
            "WITH wanted (name_key, birth) AS (VALUES {})
             SELECT name_key, birth, id FROM (
                 SELECT p.name_key, p.birth, p.id,
                     row_number() OVER (PARTITION BY p.name_key, p.birth ORDER BY p.id) AS place
                 FROM wanted w CROSS JOIN person p
                 WHERE p.name_key = w.name_key AND p.birth = w.birth AND p.number IS NULL
             ) namesake WHERE place <= {NAMESAKES} ORDER BY id",
            rows.join(", ")
        );
        let params: Vec<&dyn Param> =
            some.iter().flat_map(|(name, birth)| [name as &dyn Param, birth as &dyn Param]).collect();
        found.extend(from.all::<Namesake>(&sql, &params).await?);
    }
    Ok(found)
}

/// The last act, person and household of the registry.
pub(crate) async fn head(store: &Store) -> Result<Reserved, StoreError> {
    store.one("SELECT seq, person, household FROM act_head WHERE id = 1", params![]).await
}

/// Every number that somebody claims, in any order and as often as it is claimed.
pub(crate) async fn claimed(store: &Store) -> Result<Vec<i64>, StoreError> {
    store.all("SELECT number FROM number_claim", params![]).await
}

/// The folded name and the birth of every person.
pub(crate) async fn named(store: &Store) -> Result<Vec<(String, PartialDate)>, StoreError> {
    store.all("SELECT name_key, birth FROM person", params![]).await
}

store::record! {
    struct Named {
        name: String,
        household: HouseholdId,
    }
}

/// The households that an import has met, by their names in the file.
pub(crate) async fn met_households(
    from: &mut Source<'_>,
    job: i64,
    names: &[&str],
) -> Result<Vec<(String, HouseholdId)>, StoreError> {
    let sql = "SELECT name, household FROM import_household WHERE job = $1 AND name IN ({})";
    let found: Vec<Named> = among(from, sql, &[&job], names).await?;
    Ok(found.into_iter().map(|n| (n.name, n.household)).collect())
}

/// Remembers households by their names in the file.
pub(crate) async fn meet_households(
    tx: &mut Tx,
    job: i64,
    met: Vec<(String, HouseholdId)>,
) -> Result<(), StoreError> {
    let rows = met.into_iter().map(|(name, household)| values![job, name, household.0]);
    tx.load("import_household", &["job", "name", "household"], rows).await.map(drop)
}

store::record! {
    /// A relative to be linked once the whole file is read.
    #[derive(Clone, Debug)]
    pub(crate) struct Link {
        pub person: PersonId,
        pub role: String,
        pub number: PersonalNumber,
    }
}

/// Keeps relatives to be linked later.
pub(crate) async fn add_links(tx: &mut Tx, job: i64, links: Vec<Link>) -> Result<(), StoreError> {
    let rows = links.into_iter().map(|l| values![job, l.person.0, l.role, l.number.as_int()]);
    tx.load("import_link", &["job", "person", "role", "number"], rows).await.map(drop)
}

/// The next relatives to be linked.
pub(crate) async fn links(tx: &mut Tx, job: i64, limit: i64) -> Result<Vec<Link>, StoreError> {
    tx.all(
        "SELECT person, role, number FROM import_link WHERE job = $1 ORDER BY person, role LIMIT $2",
        params![job, limit],
    )
    .await
}

/// Forgets relatives that have been linked or cannot be.
pub(crate) async fn drop_links(tx: &mut Tx, job: i64, links: &[Link]) -> Result<(), StoreError> {
    let rows: Vec<Vec<Value>> = links.iter().map(|l| values![job, l.person.0, l.role.clone()]).collect();
    tx.execute_many("DELETE FROM import_link WHERE job = $1 AND person = $2 AND role = $3", rows)
        .await
        .map(drop)
}
