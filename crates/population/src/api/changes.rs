//! The change feed.

use super::{asked::ask, wire::BasisWire};
use crate::{Population, store::Change};
use axum::{
    Extension, Json,
    extract::{Query, State},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use vocabulary::ActSeq;
use web::{Outcome, RequestId, SignedIn};

/// Where to go on, how much, and what for.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct From {
    /// The last sequence number that the consumer has dealt with; 0 at first.
    #[serde(default)]
    after: i64,
    /// Most changes in the answer, 1–1000.
    #[serde(default = "most")]
    limit: u32,
    /// What the call is for.
    purpose: Option<String>,
    /// The document and article that allow it.
    legal_basis: Option<String>,
}

fn most() -> u32 {
    1_000
}

/// One change.
#[derive(Debug, Serialize, ToSchema)]
pub struct ChangeWire {
    /// Place in the sequence.
    seq: i64,
    /// Kind of act.
    kind: &'static str,
    /// From when it holds: `yyyy-mm-dd`, or what of it is known.
    effective: String,
    /// When it was recorded.
    recorded: String,
    /// Records of the persons touched.
    persons: Vec<i64>,
    /// Records of the households touched.
    households: Vec<i64>,
    /// Of a merge: the record that ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    ended: Option<i64>,
    /// Of a merge: the record that stands for it from then on.
    #[serde(skip_serializing_if = "Option::is_none")]
    kept: Option<i64>,
}

/// A part of the feed.
#[derive(Debug, Serialize, ToSchema)]
pub struct Changes {
    /// The changes, in sequence.
    changes: Vec<ChangeWire>,
    /// The sequence number to go on after; the same as asked where there is nothing new.
    next: i64,
}

/// The change feed
///
/// Which acts touched which records, in sequence and without gaps, at least once: the consumer holds the cursor and
/// asks again from `next` when it has dealt with everything. A consumer that is registered for some units gets the
/// changes of people who live or have lived there. It says nothing of what changed; whoever needs that looks it
/// up, with a purpose.
#[utoipa::path(get, path = "/api/population/changes", tag = "population", params(From),
    responses((status = 200, body = Changes), (status = "4XX", description = "A problem document")))]
pub async fn changes(
    State(population): State<Population>,
    SignedIn(caller): SignedIn,
    Extension(request): Extension<RequestId>,
    Query(from): Query<From>,
) -> Outcome<Json<Changes>> {
    let basis = BasisWire { purpose: from.purpose, legal_basis: from.legal_basis, ..BasisWire::default() };
    let ask = ask(caller, Some(basis), None, request)?;
    let (found, next) = population.changes(&ask, ActSeq(from.after), from.limit).await?;
    let wire = |c: Change| ChangeWire {
        seq: c.seq.0,
        kind: c.kind,
        effective: c.effective.iso(),
        recorded: c.recorded.rfc3339(),
        persons: c.persons.into_iter().map(|p| p.0).collect(),
        households: c.households.into_iter().map(|h| h.0).collect(),
        ended: c.forward.map(|(ended, _)| ended.0),
        kept: c.forward.map(|(_, kept)| kept.0),
    };
    Ok(Json(Changes { changes: found.into_iter().map(wire).collect(), next: next.0 }))
}
