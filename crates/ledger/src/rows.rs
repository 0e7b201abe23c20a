//! All SQL of the ledger.

use crate::{Checkpoint, Hash, LedgerError, Record, Subject, entry::Prepared, tile::TileId};
use store::{Store, StoreError, Tx, Value, params, record, values};
use vocabulary::Moment;

/// From so many rows on, loading is quicker than single statements.
const LOAD_FROM: usize = 16;

const COLUMNS: &[&str] =
    &["seq", "at", "subject_kind", "subject_id", "sealed_until", "body", "withheld", "salt", "commitment"];

/// Gives the entries the next places of the log and writes them; tells the first place.
pub async fn append(tx: &mut Tx, entries: &[Prepared]) -> Result<u64, StoreError> {
    let count = entries.len() as i64;
    let size: i64 =
        tx.one("UPDATE ledger_head SET size = size + $1 WHERE id = 1 RETURNING size", params![count]).await?;
    let first = size - count;
    let rows = (first..).zip(entries).map(|(seq, entry)| row(seq, entry));
    if entries.len() < LOAD_FROM {
        const INSERT: &str = "INSERT INTO ledger_entry
            (seq, at, subject_kind, subject_id, sealed_until, body, withheld, salt, commitment)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
        tx.execute_many(INSERT, rows).await?;
    } else {
        tx.load("ledger_entry", COLUMNS, rows).await?;
    }
    Ok(first as u64)
}

fn row(seq: i64, entry: &Prepared) -> Vec<Value> {
    let (kind, id) = entry.subject.columns();
    let int = |value: Option<i64>| value.map_or(Value::Null, Value::Int);
    vec![
        Value::Int(seq),
        Value::Int(entry.at.micros()),
        Value::Int(i64::from(kind)),
        int(id),
        int(entry.sealed_until.map(Moment::micros)),
        Value::Text(entry.body.clone()),
        entry.withheld.clone().map_or(Value::Null, Value::Text),
        Value::Bytes(entry.salt.bytes().to_vec()),
        Value::Bytes(entry.commitment.bytes().to_vec()),
    ]
}

/// How many entries there are.
pub async fn head(store: &Store) -> Result<u64, StoreError> {
    let size: i64 = store.one("SELECT size FROM ledger_head WHERE id = 1", params![]).await?;
    Ok(size as u64)
}

/// The first and the last place at which an entry stands.
pub async fn ends(store: &Store) -> Result<Option<(i64, i64)>, StoreError> {
    let first: Option<i64> = store.one("SELECT min(seq) FROM ledger_entry", params![]).await?;
    let last: Option<i64> = store.one("SELECT max(seq) FROM ledger_entry", params![]).await?;
    Ok(first.zip(last))
}

record! {
    /// A whole row, for the check of the log.
    pub struct Stored {
        pub seq: i64,
        pub at: Moment,
        pub subject_kind: i16,
        pub subject_id: Option<i64>,
        pub sealed_until: Option<Moment>,
        pub body: String,
        pub withheld: Option<String>,
        pub salt: Vec<u8>,
        pub commitment: Vec<u8>,
    }
}

/// Whole rows from a place on, at most `limit`.
pub async fn stored(store: &Store, from: u64, limit: u64) -> Result<Vec<Stored>, StoreError> {
    let sql = format!("SELECT {} FROM ledger_entry WHERE seq >= $1 ORDER BY seq LIMIT $2", Stored::COLUMNS);
    store.all(&sql, params![from as i64, limit as i64]).await
}

/// What the tree holds of the entries `from..to`.
///
/// # Errors
/// [`LedgerError::Damaged`] where one of them is missing.
pub async fn commitments(store: &Store, from: u64, to: u64) -> Result<Vec<Hash>, LedgerError> {
    const SQL: &str = "SELECT seq, commitment FROM ledger_entry WHERE seq >= $1 AND seq < $2 ORDER BY seq";
    let rows: Vec<(i64, Vec<u8>)> = store.all(SQL, params![from as i64, to as i64]).await?;
    let mut places = from..to;
    let hashes = rows.into_iter().map(|(seq, bytes)| {
        let expected = places.next();
        Hash::from_slice(&bytes).filter(|_| expected == Some(seq as u64))
    });
    let hashes: Option<Vec<Hash>> = hashes.collect();
    let complete = hashes.filter(|hashes| hashes.len() as u64 == to - from);
    complete.ok_or(LedgerError::Damaged("entries are missing or unreadable; check the log"))
}

/// What the tree holds of one entry, if there is such an entry.
pub async fn commitment(store: &Store, seq: u64) -> Result<Option<Vec<u8>>, StoreError> {
    store.optional("SELECT commitment FROM ledger_entry WHERE seq = $1", params![seq as i64]).await
}

/// Body and salt of one entry.
pub async fn opening(store: &Store, seq: u64) -> Result<Option<(String, Vec<u8>)>, StoreError> {
    store.optional("SELECT body, salt FROM ledger_entry WHERE seq = $1", params![seq as i64]).await
}

/// One entry, with what is withheld from its subject.
pub async fn record(store: &Store, seq: u64) -> Result<Option<Record>, LedgerError> {
    const SQL: &str = "SELECT seq, body, withheld FROM ledger_entry WHERE seq = $1";
    store.optional(SQL, params![seq as i64]).await?.map(read).transpose()
}

/// The newest entries below a place, with what is withheld, of one subject or of all.
pub async fn records(
    store: &Store,
    subject: Option<Subject>,
    before: u64,
    limit: u16,
) -> Result<Vec<Record>, LedgerError> {
    match subject {
        Some(subject) => of_subject(store, subject, before, limit, None).await,
        None => {
            const SQL: &str =
                "SELECT seq, body, withheld FROM ledger_entry WHERE seq < $1 ORDER BY seq DESC LIMIT $2";
            let rows: Vec<_> = store.all(SQL, params![place(before), i64::from(limit)]).await?;
            rows.into_iter().map(read).collect()
        }
    }
}

/// The newest entries of a subject below a place that are not sealed at this time, without what is withheld.
pub async fn records_for_subject(
    store: &Store,
    subject: Subject,
    before: u64,
    limit: u16,
    now: Moment,
) -> Result<Vec<Record>, LedgerError> {
    let mut records = of_subject(store, subject, before, limit, Some(now)).await?;
    for record in &mut records {
        record.withheld = None;
    }
    Ok(records)
}

/// Places in one stretch of the index by subject, as a power of two: see the migration.
const STRETCH: u32 = 13;
/// Stretches that one query looks into: eight million places.
const STRETCHES: i64 = 1024;

/// The newest entries of a subject below a place; with a time, only those that are not sealed then.
async fn of_subject(
    store: &Store,
    subject: Subject,
    before: u64,
    limit: u16,
    visible: Option<Moment>,
) -> Result<Vec<Record>, LedgerError> {
    const SQL: &str = "WITH RECURSIVE stretch (n) AS (
            SELECT CAST($1 AS bigint) UNION ALL SELECT n - 1 FROM stretch WHERE n > $2
        )
        SELECT e.seq, e.body, e.withheld FROM stretch CROSS JOIN ledger_entry e
        WHERE (e.seq >> 13) = stretch.n AND e.subject_id = $3 AND e.subject_kind = $4 AND e.seq < $5
            AND (e.sealed_until IS NULL OR e.sealed_until <= $6)
        ORDER BY e.seq DESC LIMIT $7";
    let (kind, id) = subject.columns();
    let below = before.min(head(store).await?);
    let visible = visible.unwrap_or(Moment::from_micros(i64::MAX / 2));
    let mut found: Vec<Record> = Vec::new();
    let mut last = place(below) >> STRETCH;
    while found.len() < usize::from(limit) && last >= 0 {
        let first = (last - STRETCHES + 1).max(0);
        let missing = i64::from(limit) - found.len() as i64;
        let rows: Vec<(i64, String, Option<String>)> =
            store.all(SQL, params![last, first, id, kind, place(below), visible, missing]).await?;
        for row in rows {
            found.push(read(row)?);
        }
        last = first - 1;
    }
    Ok(found)
}

fn place(seq: u64) -> i64 {
    i64::try_from(seq).unwrap_or(i64::MAX)
}

fn read((seq, body, withheld): (i64, String, Option<String>)) -> Result<Record, LedgerError> {
    let unreadable = |_| LedgerError::Damaged("an entry is not readable; check the log");
    Ok(Record {
        seq: seq as u64,
        statement: serde_json::from_str(&body).map_err(unreadable)?,
        withheld: withheld.map(|json| serde_json::from_str(&json)).transpose().map_err(unreadable)?,
    })
}

/// The hashes of a tile, as many as there are.
pub async fn tile(store: &Store, id: TileId) -> Result<Option<Vec<u8>>, StoreError> {
    const SQL: &str = "SELECT data FROM ledger_tile WHERE level = $1 AND place = $2";
    store.optional(SQL, params![i16::from(id.level), place(id.index)]).await
}

/// The last tile of each level.
pub async fn last_tiles(store: &Store) -> Result<Vec<TileId>, StoreError> {
    const SQL: &str = "SELECT level, max(place) FROM ledger_tile GROUP BY level ORDER BY level";
    let rows: Vec<(i16, i64)> = store.all(SQL, params![]).await?;
    Ok(rows.into_iter().map(|(level, place)| TileId { level: level as u8, index: place as u64 }).collect())
}

/// Stores tiles. One that is there already is only ever made longer, so that two processes that grow the tree at once
/// cannot undo each other's work.
pub async fn put_tiles(tx: &mut Tx, tiles: Vec<(TileId, Vec<u8>)>) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO ledger_tile (level, place, data) VALUES ($1, $2, $3)
        ON CONFLICT (level, place) DO UPDATE SET data = excluded.data
        WHERE octet_length(excluded.data) > octet_length(ledger_tile.data)";
    let rows = tiles.into_iter().map(|(id, data)| values![i16::from(id.level), place(id.index), data]);
    tx.execute_many(SQL, rows).await?;
    Ok(())
}

record! {
    /// A checkpoint as it was stored when it was signed.
    #[derive(Clone)]
    pub struct Signed {
        pub size: i64,
        pub root: Vec<u8>,
        pub note: String,
    }
}

/// The newest checkpoint.
pub async fn newest(store: &Store) -> Result<Option<Signed>, StoreError> {
    let sql = format!("SELECT {} FROM ledger_checkpoint ORDER BY size DESC LIMIT 1", Signed::COLUMNS);
    store.optional(&sql, params![]).await
}

/// Size of the newest checkpoint, within a transaction.
pub async fn newest_size(tx: &mut Tx) -> Result<Option<i64>, StoreError> {
    tx.one("SELECT max(size) FROM ledger_checkpoint", params![]).await
}

/// Checkpoints from a size on, at most `limit`.
pub async fn checkpoints(store: &Store, from: u64, limit: u64) -> Result<Vec<Signed>, StoreError> {
    let sql =
        format!("SELECT {} FROM ledger_checkpoint WHERE size >= $1 ORDER BY size LIMIT $2", Signed::COLUMNS);
    store.all(&sql, params![place(from), limit as i64]).await
}

/// Stores a signed checkpoint.
pub async fn put_checkpoint(tx: &mut Tx, checkpoint: Checkpoint, note: &str) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO ledger_checkpoint (size, at, root, note) VALUES ($1, $2, $3, $4)";
    let root = checkpoint.root.bytes().as_slice();
    tx.execute(SQL, params![place(checkpoint.size), Moment::now(), root, note]).await?;
    Ok(())
}
