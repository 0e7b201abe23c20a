//! The JSON interface of reconciliation, for owners of registers that connect instead of uploading: a file or rows go in, its
//! state and its result come out.

use crate::{HeldFile, Quality, RunState, SectorRun, pages::sectors::run::download, prepare};
use axum::{
    Extension, Json, Router,
    extract::{FromRequest, Path, Query, Request, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use population::{Ask, reconcile::Met};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema, openapi::OpenApi};
use utoipa_axum::{router::OpenApiRouter, routes};
use vocabulary::{Basis, Invalid, Lang, LegalBasis, Problem, Purpose, kinds};
use web::{Failure, Outcome, RequestId, SignedIn, Spooled};

/// The routes, all of which may have large bodies or answers.
pub fn bulk(quality: Quality) -> Router {
    described().with_state(quality).into()
}

/// The description of all routes.
pub fn description() -> OpenApi {
    described().into_openapi()
}

fn described() -> OpenApiRouter<Quality> {
    OpenApiRouter::new().routes(routes!(send)).routes(routes!(show)).routes(routes!(result))
}

/// Purpose and legal basis, which stand in the query: they hold no personal data.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct Stated {
    /// `cleaning`.
    purpose: Option<String>,
    /// The document and article that allow the reconciliation, 3–200 characters.
    legal_basis: Option<String>,
    /// The file's name, by which lists show it.
    name: Option<String>,
    /// The language of the result: `vi` or `en`.
    lang: Option<String>,
}

impl Stated {
    fn ask(&self, caller: access::Caller, request: RequestId) -> Result<Ask, Problem> {
        const REQUIRED: Invalid = Invalid::new("basis/required", "Bắt buộc phải nêu", "Must be stated");
        let (Some(purpose), Some(legal_basis)) = (&self.purpose, &self.legal_basis) else {
            let missing = [("purpose", self.purpose.is_none()), ("legal_basis", self.legal_basis.is_none())];
            let missing =
                missing.into_iter().filter(|(_, m)| *m).map(|(field, _)| REQUIRED.at(field)).collect();
            return Err(Problem { violations: missing, ..Problem::new(&kinds::PURPOSE_REQUIRED) });
        };
        let purpose = Purpose::parse(purpose).map_err(|i| i.at("purpose"))?;
        let legal_basis = LegalBasis::parse(legal_basis).map_err(|i| i.at("legal_basis"))?;
        let basis = Basis { purpose, legal_basis, procedure: None, dossier: None };
        Ok(Ask { caller, basis: Some(basis), request: Some(request.to_string()) })
    }

    fn lang(&self) -> Lang {
        if self.lang.as_deref() == Some("en") { Lang::En } else { Lang::Vi }
    }
}

/// A reconciliation. `matched`, `mismatched`, `not_found` and `duplicates` add up to `rows`.
#[derive(Debug, Serialize, ToSchema)]
pub struct RunWire {
    /// Its number.
    id: i64,
    /// The sector.
    sector: String,
    /// `ready`, `working`, `done` or `failed`.
    state: String,
    /// SHA-256 of the file.
    digest: String,
    /// Which column of the file gives what; `own_key` is the register's own key.
    columns: Vec<ColumnWire>,
    /// Rows answered.
    rows: i64,
    /// Every field agrees.
    matched: i64,
    /// Fields differ.
    mismatched: i64,
    /// Nobody is found for certain.
    not_found: i64,
    /// The number is on another row, or another person's.
    duplicates: i64,
    /// Rows that the registry has made match since.
    settled: i64,
    /// Why it broke off.
    stopped: Option<String>,
}

/// A column of a file.
#[derive(Debug, Serialize, ToSchema)]
pub struct ColumnWire {
    /// Its header.
    header: String,
    /// What it gives; none where it is not read.
    field: Option<String>,
}

fn wire(run: &SectorRun, state: RunState, settled: i64, lang: Lang) -> RunWire {
    let c = &run.counts;
    RunWire {
        id: run.id,
        sector: run.sector.clone(),
        state: state.code().to_owned(),
        digest: run.file.digest.clone(),
        columns: run
            .settings
            .mapping
            .columns
            .iter()
            .map(|m| ColumnWire { header: m.header.clone(), field: m.field.clone() })
            .collect(),
        rows: c.total,
        matched: c.of(Met::Matched),
        mismatched: c.of(Met::Mismatched),
        not_found: c.of(Met::NotFound),
        duplicates: c.of(Met::Duplicate),
        settled,
        stopped: run.stopped.as_ref().map(|(vi, en)| lang.pick(vi, en).to_owned()),
    }
}

/// Reconcile a sector's file or rows
///
/// The body is a CSV, Excel (.xlsx) or JSON Lines file, found out by its content, with a row a person under the register's own
/// key. Columns are recognised by their headers, in Vietnamese or English. The comparison goes on after the answer: ask for
/// the run until it is done, then take the result, which is of the same format.
#[utoipa::path(post, path = "/api/quality/sectors/{sector}/files", tag = "quality",
    params(("sector" = String, Path, description = "Id of the sector, such as insurance"), Stated),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 202, body = RunWire), (status = "4XX", description = "A problem document")))]
pub async fn send(
    State(quality): State<Quality>,
    SignedIn(caller): SignedIn,
    Extension(request): Extension<RequestId>,
    Path(sector): Path<String>,
    Query(stated): Query<Stated>,
    upload: Request,
) -> Outcome<Response> {
    let ask = stated.ask(caller, request)?;
    let of = quality.own_sector(&ask, &sector)?.clone();
    let body = Spooled::from_request(upload, &()).await?;
    let name: String =
        stated.name.as_deref().unwrap_or("api").chars().filter(|c| !c.is_control()).take(200).collect();
    let opened = tokio::task::spawn_blocking(move || {
        let internal = |_| Problem::new(&kinds::INTERNAL);
        let content = body.into_file().and_then(HeldFile::of).map_err(internal)?;
        let file = content.described(name).map_err(internal)?;
        let table = Quality::open_sector(&of, &file.name, None, &content)?;
        let settings = prepare(&of, &table);
        settings.check(&of)?;
        Ok::<_, Problem>((settings, file, content))
    });
    let (settings, file, content) = opened.await.map_err(|_| Failure::of(&kinds::INTERNAL))??;
    let run = quality.begin_run(&ask, &sector, file, settings, Some(&content)).await?;
    quality.start_run(&ask, run.id, stated.lang()).await?;
    Ok((StatusCode::ACCEPTED, Json(wire(&run, RunState::Working, 0, stated.lang()))).into_response())
}

/// How far a reconciliation has come
#[utoipa::path(get, path = "/api/quality/sectors/runs/{id}", tag = "quality",
    params(("id" = i64, Path, description = "Number of the reconciliation"), Stated),
    responses((status = 200, body = RunWire), (status = "4XX", description = "A problem document")))]
pub async fn show(
    State(quality): State<Quality>,
    SignedIn(caller): SignedIn,
    Extension(request): Extension<RequestId>,
    Path(id): Path<i64>,
    Query(stated): Query<Stated>,
) -> Outcome<Json<RunWire>> {
    let ask = stated.ask(caller, request)?;
    let run = quality.sector_run(&ask, id).await?;
    let settled = quality.settled_of(&run).await?;
    // A run is done when its result lies ready.
    let under_way = quality.watched(id).is_some_and(|w| !w.over);
    let state = if under_way { RunState::Working } else { run.state };
    Ok(Json(wire(&run, state, settled, stated.lang())))
}

/// The result of a reconciliation
///
/// The owner's file in its format: his columns untouched in their order, then result, reason, fields, proposal and code.
#[utoipa::path(get, path = "/api/quality/sectors/runs/{id}/result", tag = "quality",
    params(("id" = i64, Path, description = "Number of the reconciliation"), Stated),
    responses((status = 200, body = Vec<u8>, content_type = "application/octet-stream"),
        (status = "4XX", description = "A problem document")))]
pub async fn result(
    State(quality): State<Quality>,
    SignedIn(caller): SignedIn,
    Extension(request): Extension<RequestId>,
    Path(id): Path<i64>,
    Query(stated): Query<Stated>,
) -> Outcome<Response> {
    let ask = stated.ask(caller, request)?;
    let run = quality.sector_run(&ask, id).await?;
    if !matches!(run.state, RunState::Done | RunState::Failed) {
        let detail = ("Việc đối soát chưa xong.", "The reconciliation is not done yet.");
        return Err(Problem::new(&kinds::CONFLICT).detail(detail.0, detail.1).into());
    }
    let content = quality.run_result(&ask, id).await?.ok_or_else(|| Problem::new(&kinds::NOT_FOUND))?;
    Ok(download(&run, content))
}
