//! Questions to other offices.

use super::Units;
use ::store::{Store, StoreError, Tx, params};
use vocabulary::{Moment, PartialDate, UnitCode};

::store::record! {
    /// A question to another office with the day by which it is to be answered (PAIN-17).
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Question {
        /// Its number.
        pub id: i64,
        /// The case.
        pub case: i64 = "quality_case",
        /// When it was asked.
        pub asked_at: Moment,
        /// By whom.
        pub asked_by: String,
        /// The unit that is asked.
        pub unit: UnitCode,
        /// What.
        pub question: String,
        /// The last day for the answer.
        pub answer_by: PartialDate,
        /// The answer.
        pub answer: Option<String>,
        /// When it was given.
        pub answered_at: Option<Moment>,
        /// By whom.
        pub answered_by: Option<String>,
    }
}

/// The questions of a case, in order.
pub(crate) async fn of_case(store: &Store, case: i64) -> Result<Vec<Question>, StoreError> {
    let sql = format!("SELECT {} FROM case_question WHERE quality_case = $1 ORDER BY id", Question::COLUMNS);
    store.all(&sql, params![case]).await
}

/// The questions that wait for an answer from some units, the most urgent first.
pub(crate) async fn waiting(store: &Store, units: &Units, limit: i64) -> Result<Vec<Question>, StoreError> {
    let sql = format!(
        "SELECT {} FROM case_question WHERE answer IS NULL{} ORDER BY answer_by, id LIMIT $1",
        Question::COLUMNS,
        units.clause("unit", 2)
    );
    store.all(&sql, &units.after(params![limit])).await
}

/// A question.
pub(crate) async fn find(store: &Store, id: i64) -> Result<Option<Question>, StoreError> {
    let sql = format!("SELECT {} FROM case_question WHERE id = $1", Question::COLUMNS);
    store.optional(&sql, params![id]).await
}

/// Numbers and writes a question.
pub(crate) async fn add(tx: &mut Tx, q: &Question) -> Result<(), StoreError> {
    let id: i64 = tx.one("SELECT coalesce(max(id), 0) + 1 FROM case_question", params![]).await?;
    tx.execute(
        "INSERT INTO case_question (id, quality_case, asked_at, asked_by, unit, question, answer_by)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        params![id, q.case, q.asked_at, q.asked_by, q.unit, q.question, q.answer_by],
    )
    .await
    .map(drop)
}

/// Writes an answer; whether there was none yet.
pub(crate) async fn answer(
    tx: &mut Tx,
    id: i64,
    text: &str,
    who: &str,
    now: Moment,
) -> Result<bool, StoreError> {
    let changed = tx
        .execute(
            "UPDATE case_question SET answer = $2, answered_by = $3, answered_at = $4
             WHERE id = $1 AND answer IS NULL",
            params![id, text, who, now],
        )
        .await?;
    Ok(changed == 1)
}

/// How many questions of some units are past their day without an answer.
pub(crate) async fn overdue(store: &Store, units: &Units, today: PartialDate) -> Result<i64, StoreError> {
    let sql = format!(
        "SELECT count(*) FROM case_question WHERE answer IS NULL AND answer_by < $1{}",
        units.clause("unit", 2)
    );
    let rows: Vec<i64> = store.all(&sql, &units.after(params![today])).await?;
    Ok(rows.first().copied().unwrap_or_default())
}
