//! Recording acts.

use super::{
    asked::{Asked, Call},
    wire::BasisWire,
};
use crate::{Apart, Draft, Intent, Population, Registered, acts::Content};
use axum::{Json, extract::State, http::StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use vocabulary::{ActSeq, PartialDate, PersonId};
use web::Outcome;

/// An act to be recorded.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ActRequest {
    /// From when it holds: `yyyy-mm-dd`.
    effective: String,
    /// The paper behind it, 1–200 characters.
    evidence: String,
    /// The act: `kind` and the members of that kind, as `docs/acts.md` lists them. Identifier 0 stands for the record
    /// that the act creates.
    #[schema(value_type = Object)]
    act: Content,
    /// Of a birth: whether the child's number is issued with it.
    #[serde(default)]
    issue_number: bool,
    /// The version of each record that the officer saw.
    #[serde(default)]
    seen: Vec<Seen>,
    /// Of a registration or birth that was answered by `possible-duplicate`: the records that were compared and are of
    /// others.
    #[serde(default)]
    told_apart: Option<ToldApart>,
    /// The officer on whose behalf a system calls.
    officer: Option<String>,
    /// What the call is for.
    basis: Option<BasisWire>,
}

impl Call for ActRequest {
    fn stated(&mut self) -> (Option<BasisWire>, Option<String>) {
        (self.basis.take(), self.officer.take())
    }
}

/// A version that was seen.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Seen {
    /// The record.
    person: i64,
    /// Its version.
    version: i64,
}

/// Records of others.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ToldApart {
    /// The records, as the problem named them.
    #[serde(default)]
    persons: Vec<i64>,
    /// Why they are of others, 1–200 characters; it is kept with the act.
    reason: String,
}

/// What was recorded.
#[derive(Debug, Serialize, ToSchema)]
pub struct ActAnswer {
    /// Sequence numbers of the acts.
    acts: Vec<i64>,
    /// The record created, or the first touched.
    person: Option<i64>,
    /// The household created or touched.
    household: Option<i64>,
    /// The number issued.
    #[schema(value_type = Option<String>)]
    number: Option<vocabulary::PersonalNumber>,
    /// Codes of the findings in the records as they now are.
    warnings: Vec<&'static str>,
    /// The entries in the ledger.
    entries: Vec<u64>,
}

/// Record an act
///
/// Appends an act of civil status or residence. All or nothing: the act, the state that follows from it, the ledger
/// entries and the place in the change feed are one transaction. A registration or birth of somebody who may have a record
/// already is answered by the problem `possible-duplicate`, whose errors name the records; nothing is recorded then unless
/// `told_apart` says that these were compared.
#[utoipa::path(post, path = "/api/population/acts", tag = "population", request_body = ActRequest,
    responses((status = 201, body = ActAnswer), (status = "4XX", description = "A problem document")))]
pub async fn record(
    State(population): State<Population>,
    Asked(ask, body): Asked<ActRequest>,
) -> Outcome<(StatusCode, Json<ActAnswer>)> {
    let effective = PartialDate::parse(&body.effective).map_err(|i| i.at("effective"))?;
    let intent = if body.issue_number { Intent::BirthWithNumber(body.act) } else { Intent::Act(body.act) };
    let seen = body.seen.iter().map(|s| (PersonId(s.person), ActSeq(s.version))).collect();
    let draft = Draft { effective, evidence: body.evidence, intent, seen };
    let apart = body
        .told_apart
        .map(|t| Apart { persons: t.persons.into_iter().map(PersonId).collect(), reason: t.reason });
    let recorded = match population.register(&ask, draft, &apart.unwrap_or_default()).await? {
        Registered::Recorded(recorded) => recorded,
        Registered::Alike(alike) => return Err(alike.problem().into()),
    };
    Ok((
        StatusCode::CREATED,
        Json(ActAnswer {
            acts: recorded.acts.iter().map(|a| a.seq.0).collect(),
            person: recorded.person.map(|p| p.0),
            household: recorded.household.map(|h| h.0),
            number: recorded.number,
            warnings: recorded.warnings.iter().map(|f| f.code).collect(),
            entries: recorded.entries,
        }),
    ))
}
