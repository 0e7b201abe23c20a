//! Merges and their undoing: proposed, approved, done.

use super::unreadable;
use ::store::{FromRow, Param, Row, Store, StoreError, Tx, params};
use vocabulary::{ActSeq, AgencyCode, Moment, PartialDate, PersonId, UnitCode};

/// What is proposed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MergingKind {
    /// Records become one.
    Merge,
    /// A merge is undone.
    Undoing,
}

/// Where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MergingState {
    /// Waits for the second officer.
    Waiting,
    /// Done.
    Done,
    /// Refused by the second officer.
    Refused,
    /// Withdrawn by the one who proposed it.
    Withdrawn,
}

impl MergingState {
    const ALL: [MergingState; 4] =
        [MergingState::Waiting, MergingState::Done, MergingState::Refused, MergingState::Withdrawn];

    const fn number(self) -> i16 {
        self as i16 + 1
    }

    /// Stable code.
    pub const fn code(self) -> &'static str {
        match self {
            MergingState::Waiting => "waiting",
            MergingState::Done => "done",
            MergingState::Refused => "refused",
            MergingState::Withdrawn => "withdrawn",
        }
    }
}

/// A merge, or the undoing of one, from its proposal on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Merging {
    /// Its number.
    pub id: i64,
    /// What is proposed.
    pub kind: MergingKind,
    /// Where it stands.
    pub state: MergingState,
    /// The record kept.
    pub kept: PersonId,
    /// The merge that is undone.
    pub undoes: Option<i64>,
    /// The case of cleaning in which it began.
    pub case: Option<i64>,
    /// The paper behind it, or why it is undone.
    pub evidence: String,
    /// When it was proposed.
    pub proposed_at: Moment,
    /// By whom.
    pub officer: String,
    /// Of which agency.
    pub agency: AgencyCode,
    /// Of which unit.
    pub officer_unit: Option<UnitCode>,
    /// The last day on which it can be approved.
    pub expires: PartialDate,
    /// When it was decided.
    pub decided_at: Option<Moment>,
    /// By whom.
    pub decided_by: Option<String>,
    /// Why it was refused.
    pub note: String,
    /// The records, the one kept first.
    pub records: Vec<MergingRecord>,
    /// The parts that are taken over.
    pub parts: Vec<MergingPart>,
    /// Of an undoing: the later acts that stay with the record kept.
    pub stay: Vec<ActSeq>,
}

::store::record! {
    /// A record of a merge, as it was seen.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct MergingRecord {
        /// The record.
        pub person: PersonId,
        /// Its version.
        pub seen: ActSeq,
        /// The commune that answered for it.
        pub unit: Option<UnitCode>,
        /// Whether the officer who proposes answers for it.
        pub own: bool,
        /// The act by which it was merged.
        pub act: Option<ActSeq>,
    }
}

::store::record! {
    /// A part that the record kept takes over.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct MergingPart {
        /// Code of the part.
        pub part: String,
        /// From which record.
        pub person: PersonId,
        /// Why.
        pub evidence: String,
    }
}

const COLUMNS: &str =
    "m.id, m.kind, m.state, m.kept, m.undoes, m.quality_case, m.evidence, m.proposed_at, m.officer,
    m.agency, m.officer_unit, m.expires, m.decided_at, m.decided_by, m.note";

impl FromRow for Merging {
    fn from_row(row: &Row<'_>) -> Result<Merging, StoreError> {
        let state: i16 = row.get(2)?;
        Ok(Merging {
            id: row.get(0)?,
            kind: match row.get::<i16>(1)? {
                1 => MergingKind::Merge,
                2 => MergingKind::Undoing,
                _ => return Err(unreadable("merging")),
            },
            state: MergingState::ALL
                .into_iter()
                .find(|s| s.number() == state)
                .ok_or_else(|| unreadable("merging"))?,
            kept: row.get(3)?,
            undoes: row.get(4)?,
            case: row.get(5)?,
            evidence: row.get(6)?,
            proposed_at: row.get(7)?,
            officer: row.get(8)?,
            agency: row.get(9)?,
            officer_unit: row.get(10)?,
            expires: row.get(11)?,
            decided_at: row.get(12)?,
            decided_by: row.get(13)?,
            note: row.get(14)?,
            records: Vec::new(),
            parts: Vec::new(),
            stay: Vec::new(),
        })
    }
}

/// The rest of a merge.
async fn whole(store: &Store, mut m: Merging) -> Result<Merging, StoreError> {
    let sql =
        format!("SELECT {} FROM merging_record WHERE merging = $1 ORDER BY place", MergingRecord::COLUMNS);
    m.records = store.all(&sql, params![m.id]).await?;
    let sql = format!("SELECT {} FROM merging_part WHERE merging = $1 ORDER BY part", MergingPart::COLUMNS);
    m.parts = store.all(&sql, params![m.id]).await?;
    m.stay = store.all("SELECT act FROM merging_stay WHERE merging = $1 ORDER BY act", params![m.id]).await?;
    Ok(m)
}

/// A merge by its number.
pub(crate) async fn find(store: &Store, id: i64) -> Result<Option<Merging>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM merging m WHERE m.id = $1");
    match store.optional::<Merging>(&sql, params![id]).await? {
        Some(m) => Ok(Some(whole(store, m).await?)),
        None => Ok(None),
    }
}

/// The last merges in a state, the newest first.
pub(crate) async fn in_state(
    store: &Store,
    state: MergingState,
    limit: i64,
) -> Result<Vec<Merging>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM merging m WHERE m.state = $1 ORDER BY m.id DESC LIMIT $2");
    let mut found = Vec::new();
    for m in store.all::<Merging>(&sql, params![state.number(), limit]).await? {
        found.push(whole(store, m).await?);
    }
    Ok(found)
}

/// The number of what waits to undo a merge, or has undone it.
pub(crate) async fn undone_by(store: &Store, id: i64) -> Result<Option<(i64, MergingState)>, StoreError> {
    let found: Option<(i64, i16)> = store
        .optional(
            "SELECT id, state FROM merging WHERE undoes = $1 AND state IN (1, 2) ORDER BY id DESC LIMIT 1",
            params![id],
        )
        .await?;
    Ok(found.and_then(|(id, state)| {
        MergingState::ALL.into_iter().find(|s| s.number() == state).map(|state| (id, state))
    }))
}

/// Whether two records have stood beside each other in a merge.
pub(crate) async fn together(store: &Store, one: PersonId, other: PersonId) -> Result<bool, StoreError> {
    let found: Option<i64> = store
        .optional(
            "SELECT a.merging FROM merging_record a JOIN merging_record b ON b.merging = a.merging
             WHERE a.person = $1 AND b.person = $2 LIMIT 1",
            params![one, other],
        )
        .await?;
    Ok(found.is_some())
}

/// What waits about some of these records.
pub(crate) async fn waiting_for(tx: &mut Tx, persons: &[PersonId]) -> Result<Option<i64>, StoreError> {
    for person in persons {
        let found: Option<i64> = tx
            .optional(
                "SELECT m.id FROM merging_record r JOIN merging m ON m.id = r.merging
                 WHERE r.person = $1 AND m.state = 1 ORDER BY m.id LIMIT 1",
                params![person],
            )
            .await?;
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(None)
}

/// Numbers and writes a merge with everything of it; its number.
pub(crate) async fn add(tx: &mut Tx, m: &Merging) -> Result<i64, StoreError> {
    let id: i64 = tx.one("SELECT coalesce(max(id), 0) + 1 FROM merging", params![]).await?;
    let kind: i16 = if m.kind == MergingKind::Merge { 1 } else { 2 };
    tx.execute(
        "INSERT INTO merging (id, kind, state, kept, undoes, quality_case, evidence, proposed_at, officer, agency,
            officer_unit, expires, decided_at, decided_by, note)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
        params![
            id,
            kind,
            m.state.number(),
            m.kept,
            m.undoes,
            m.case,
            m.evidence,
            m.proposed_at,
            m.officer,
            m.agency,
            m.officer_unit,
            m.expires,
            m.decided_at,
            m.decided_by,
            m.note
        ],
    )
    .await?;
    for (record, place) in m.records.iter().zip(1i16..) {
        tx.execute(
            "INSERT INTO merging_record (merging, person, place, seen, unit, own, act)
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
            params![id, record.person, place, record.seen, record.unit, record.own, record.act],
        )
        .await?;
    }
    for part in &m.parts {
        tx.execute(
            "INSERT INTO merging_part (merging, part, person, evidence) VALUES ($1, $2, $3, $4)",
            params![id, part.part, part.person, part.evidence],
        )
        .await?;
    }
    for act in &m.stay {
        tx.execute("INSERT INTO merging_stay (merging, act) VALUES ($1, $2)", params![id, act]).await?;
    }
    Ok(id)
}

/// Decides what waits; whether it still waited.
pub(crate) async fn decide(
    tx: &mut Tx,
    id: i64,
    state: MergingState,
    (who, now): (&str, Moment),
    note: &str,
) -> Result<bool, StoreError> {
    let sql = "UPDATE merging SET state = $2, decided_by = $3, decided_at = $4, note = $5
        WHERE id = $1 AND state = 1";
    Ok(tx.execute(sql, params![id, state.number(), who, now, note]).await? == 1)
}

/// Notes by which acts the records of a merge were merged, in the order of the records that ended.
pub(crate) async fn done(tx: &mut Tx, id: i64, acts: &[(PersonId, ActSeq)]) -> Result<(), StoreError> {
    for (person, act) in acts {
        let params: &[&dyn Param] = params![id, person, act];
        tx.execute("UPDATE merging_record SET act = $3 WHERE merging = $1 AND person = $2", params).await?;
    }
    Ok(())
}
