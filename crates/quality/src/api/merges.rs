//! The JSON interface of the merge desk: what its pages do, for systems of the same officers. It names records by their
//! identifiers and tells nothing of anybody; whoever needs that looks it up, with a purpose.

use crate::{Decision, Merging, MergingKind, MergingState, NewMerging, Quality};
use axum::{
    Extension, Json, Router,
    extract::{Path, Query, State},
    http::StatusCode,
};
use population::{
    api::{Asked, BasisWire, Call, ask},
    model::Part,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema, openapi::OpenApi};
use utoipa_axum::{router::OpenApiRouter, routes};
use vocabulary::{ActSeq, PersonId};
use web::{Outcome, RequestId, SignedIn};

/// The routes.
pub fn api(quality: Quality) -> Router {
    described().with_state(quality).into()
}

/// Their description.
pub fn description() -> OpenApi {
    described().into_openapi()
}

fn described() -> OpenApiRouter<Quality> {
    OpenApiRouter::new()
        .routes(routes!(propose))
        .routes(routes!(show))
        .routes(routes!(decide))
        .routes(routes!(undo))
}

/// A part that the record kept takes over.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PartWire {
    /// Code of the part, such as `birth-date` or `permanent`.
    part: String,
    /// The record from which it is taken.
    from: i64,
    /// On what evidence, 3–200 characters.
    evidence: String,
}

/// A version that was seen.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SeenWire {
    /// The record.
    person: i64,
    /// Its version.
    version: i64,
}

/// Records that are to become one.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MergeRequest {
    /// The records, two to five.
    records: Vec<i64>,
    /// The one to keep.
    kept: i64,
    /// What it takes over from the others; all else stays as it is.
    #[serde(default)]
    parts: Vec<PartWire>,
    /// The paper behind it, 3–200 characters.
    evidence: String,
    /// The case of cleaning in which it began.
    case: Option<i64>,
    /// The version of each record that the officer saw.
    #[serde(default)]
    seen: Vec<SeenWire>,
    /// The officer on whose behalf a system calls.
    officer: Option<String>,
    /// What the call is for.
    basis: Option<BasisWire>,
}

/// What the second officer decides.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DecisionRequest {
    /// Whether it is approved.
    approve: bool,
    /// Why it is refused, 3–500 characters.
    #[serde(default)]
    note: String,
    /// The officer on whose behalf a system calls.
    officer: Option<String>,
    /// What the call is for.
    basis: Option<BasisWire>,
}

/// A merge that is to be undone.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UndoRequest {
    /// Why, 3–200 characters.
    reason: String,
    /// The later acts that stay with the record kept.
    #[serde(default)]
    stay: Vec<i64>,
    /// The officer on whose behalf a system calls.
    officer: Option<String>,
    /// What the call is for.
    basis: Option<BasisWire>,
}

macro_rules! calls {
    ($($body:ty),*) => {
        $(impl Call for $body {
            fn stated(&mut self) -> (Option<BasisWire>, Option<String>) {
                (self.basis.take(), self.officer.take())
            }
        })*
    };
}

calls!(MergeRequest, DecisionRequest, UndoRequest);

/// What a look at a merge is for.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Purpose {
    /// What the call is for.
    purpose: Option<String>,
    /// The document and article that allow it.
    legal_basis: Option<String>,
}

/// A merge, or the undoing of one.
#[derive(Debug, Serialize, ToSchema)]
pub struct MergeAnswer {
    /// Its number.
    id: i64,
    /// `merge` or `undoing`.
    kind: &'static str,
    /// `waiting`, `done`, `refused` or `withdrawn`.
    state: &'static str,
    /// The record kept.
    kept: i64,
    /// The records that end.
    ended: Vec<i64>,
    /// The parts taken over.
    parts: Vec<PartWire>,
    /// Who proposed it.
    officer: String,
    /// Who decided.
    decided_by: Option<String>,
    /// The last day on which it can be approved.
    expires: String,
    /// Of an undoing: the merge.
    undoes: Option<i64>,
    /// The acts by which records were merged.
    acts: Vec<i64>,
}

impl From<Merging> for MergeAnswer {
    fn from(m: Merging) -> MergeAnswer {
        MergeAnswer {
            id: m.id,
            kind: if m.kind == MergingKind::Merge { "merge" } else { "undoing" },
            state: m.state.code(),
            kept: m.kept.0,
            ended: m.records.iter().map(|r| r.person).filter(|p| *p != m.kept).map(|p| p.0).collect(),
            acts: m.records.iter().filter_map(|r| r.act).map(|a| a.0).collect(),
            parts: m
                .parts
                .into_iter()
                .map(|p| PartWire { part: p.part, from: p.person.0, evidence: p.evidence })
                .collect(),
            officer: m.officer,
            decided_by: m.decided_by,
            expires: m.expires.iso(),
            undoes: m.undoes,
        }
    }
}

fn status(m: &Merging) -> StatusCode {
    if m.state == MergingState::Waiting { StatusCode::ACCEPTED } else { StatusCode::CREATED }
}

/// Merge records
///
/// Two to five records of one person become one: at once, where the officer answers for all and they lie in one commune;
/// else it waits for a second officer.
#[utoipa::path(post, path = "/api/quality/merges", tag = "quality", request_body = MergeRequest,
    responses((status = 201, body = MergeAnswer), (status = 202, body = MergeAnswer), (status = "4XX", description = "A problem document")))]
async fn propose(
    State(quality): State<Quality>,
    Asked(ask, body): Asked<MergeRequest>,
) -> Outcome<(StatusCode, Json<MergeAnswer>)> {
    let mut parts = Vec::with_capacity(body.parts.len());
    for wire in body.parts {
        parts.push((Part::parse(&wire.part).map_err(|i| i.at("parts"))?, PersonId(wire.from), wire.evidence));
    }
    let new = NewMerging {
        kept: Some(PersonId(body.kept)),
        records: body.records.into_iter().map(PersonId).collect(),
        parts,
        evidence: body.evidence,
        case: body.case,
        seen: body.seen.iter().map(|s| (PersonId(s.person), ActSeq(s.version))).collect(),
    };
    let merging = quality.propose_merging(&ask, &new).await?;
    Ok((status(&merging), Json(merging.into())))
}

/// A merge
///
/// Where it stands, without anything of the persons.
#[utoipa::path(get, path = "/api/quality/merges/{id}", tag = "quality", params(("id" = i64, Path), Purpose),
    responses((status = 200, body = MergeAnswer), (status = "4XX", description = "A problem document")))]
async fn show(
    State(quality): State<Quality>,
    SignedIn(caller): SignedIn,
    Extension(request): Extension<RequestId>,
    Path(id): Path<i64>,
    Query(stated): Query<Purpose>,
) -> Outcome<Json<MergeAnswer>> {
    let basis =
        BasisWire { purpose: stated.purpose, legal_basis: stated.legal_basis, ..BasisWire::default() };
    let ask = ask(caller, Some(basis), None, request)?;
    Ok(Json(quality.merging_alone(&ask, id).await?.into()))
}

/// Decide a merge
///
/// The second officer approves, and it is done; or refuses.
#[utoipa::path(post, path = "/api/quality/merges/{id}/decision", tag = "quality", params(("id" = i64, Path)), request_body = DecisionRequest,
    responses((status = 200, body = MergeAnswer), (status = "4XX", description = "A problem document")))]
async fn decide(
    State(quality): State<Quality>,
    Path(id): Path<i64>,
    Asked(ask, body): Asked<DecisionRequest>,
) -> Outcome<Json<MergeAnswer>> {
    let decision = if body.approve { Decision::Approve } else { Decision::Return(body.note) };
    quality.decide_merging(&ask, id, &decision).await?;
    Ok(Json(quality.merging_alone(&ask, id).await?.into()))
}

/// Undo a merge
///
/// All records are again as they would be without it: at once or, across communes, when a second officer approves. Later
/// acts that touch the record kept are named one by one, or it is refused with their list.
#[utoipa::path(post, path = "/api/quality/merges/{id}/undo", tag = "quality", params(("id" = i64, Path)), request_body = UndoRequest,
    responses((status = 201, body = MergeAnswer), (status = 202, body = MergeAnswer), (status = "4XX", description = "A problem document")))]
async fn undo(
    State(quality): State<Quality>,
    Path(id): Path<i64>,
    Asked(ask, body): Asked<UndoRequest>,
) -> Outcome<(StatusCode, Json<MergeAnswer>)> {
    let stay: Vec<ActSeq> = body.stay.into_iter().map(ActSeq).collect();
    let undoing = quality.propose_undoing(&ask, id, &body.reason, &stay).await?;
    Ok((status(&undoing), Json(undoing.into())))
}
