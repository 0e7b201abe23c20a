//! Everybody, one by one, as far as statistics need it: no name, no number, no address below the province.

use super::row::{self, ACT_COLUMNS, ActRow, act_columns};
use crate::model::ResidenceKind;
use store::{FromRow, Row, Store, StoreError, params};
use vocabulary::{PartialDate, PersonId, Sex, UnitCode};

/// Identifiers read at a time.
const STRETCH: i64 = 4_000;

const ACTS: &str = concat!(
    "SELECT ",
    act_columns!(),
    ", l.person FROM act_person l JOIN act a ON a.seq = l.seq JOIN actor w ON w.id = a.actor
     WHERE l.person > $1 AND l.person <= $2 ORDER BY l.person, l.seq"
);

/// What statistics know of a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counted {
    /// Sex.
    pub sex: Option<Sex>,
    /// Date of birth.
    pub birth: PartialDate,
    /// Whether the person lives, as far as known.
    pub alive: bool,
    /// Code of the ethnic group.
    pub ethnicity: Option<String>,
    /// Commune before July 2025 in which the person lives, or else is registered.
    pub commune: Option<UnitCode>,
    /// Lives somewhere for a time.
    pub temporary: bool,
    /// Is away from the place of permanent residence.
    pub absent: bool,
}

struct ActOf(PersonId, ActRow);

impl FromRow for ActOf {
    fn from_row(row: &Row<'_>) -> Result<ActOf, StoreError> {
        Ok(ActOf(row.get(ACT_COLUMNS)?, ActRow::from_row(row)?))
    }
}

/// Shows every registered person, in the order of the records, but for those merged into another; `today` tells which
/// residences are in force.
///
/// # Errors
/// What the engine reports.
pub async fn census(
    store: &Store,
    today: PartialDate,
    mut count: impl FnMut(Counted),
) -> Result<(), StoreError> {
    let last: i64 = store.one("SELECT person FROM act_head WHERE id = 1", params![]).await?;
    let mut after = 0;
    while after < last {
        let to = after.saturating_add(STRETCH);
        let rows: Vec<ActOf> = store.all(ACTS, params![after, to]).await?;
        after = to;
        let mut rows = rows.into_iter().peekable();
        while let Some(ActOf(id, first)) = rows.next() {
            let mut acts = vec![first];
            while let Some(ActOf(_, act)) = rows.next_if(|ActOf(of, _)| *of == id) {
                acts.push(act);
            }
            let p = row::person(id, &acts);
            if !p.registered || p.merged_into.is_some() {
                continue;
            }
            let in_force =
                |kind| p.residences.iter().any(|r| r.kind == kind && !r.ended && r.holds_on(today));
            count(Counted {
                sex: p.sex,
                birth: p.birth_date,
                alive: p.life.is_alive(),
                commune: p.lives_at().old_unit,
                temporary: in_force(ResidenceKind::Temporary),
                absent: in_force(ResidenceKind::Absence),
                ethnicity: p.ethnicity,
            });
        }
    }
    Ok(())
}

/// Households by how many members and generations they have: members, generations, households. Kin whose generation
/// is not told count as the head's.
///
/// # Errors
/// What the engine reports.
pub async fn household_sizes(store: &Store) -> Result<Vec<(i64, i64, i64)>, StoreError> {
    let level = "CASE relation WHEN 'grandparent' THEN -2 WHEN 'parent' THEN -1 WHEN 'parent-in-law' THEN -1
        WHEN 'child' THEN 1 WHEN 'child-in-law' THEN 1 WHEN 'grandchild' THEN 2 ELSE 0 END";
    let sql = format!(
        "SELECT h.members, CAST(h.generations AS bigint), count(*) FROM (
            SELECT count(*) AS members, max({level}) - min({level}) + 1 AS generations
            FROM person WHERE household IS NOT NULL GROUP BY household
        ) h GROUP BY h.members, h.generations ORDER BY h.members, h.generations"
    );
    store.all(&sql, params![]).await
}
