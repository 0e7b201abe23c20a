//! Registering applications by machine: the keeper of an agency's applications, or a system of the agency with a
//! bearer token.

use crate::{model::Party, service::Provider};
use axum::{
    Extension, Json, Router,
    extract::{Path, State},
};
use serde::Serialize;
use utoipa::{
    ToSchema,
    openapi::{OpenApi, RefOr, Schema},
};
use utoipa_axum::{router::OpenApiRouter, routes};
use vocabulary::{Invalid, Moment, PartialDate};
use web::{JsonBody, Outcome, RequestId, SignedIn};

const OTHER: Invalid = Invalid::new(
    "party/id",
    "Mã trong nội dung khác mã trong địa chỉ",
    "The identifier in the body is not that of the address",
);

/// The routes, to be put behind the identity of staff and systems, and [`web::edge`].
pub fn administration(provider: Provider) -> Router {
    described().with_state(provider).into()
}

/// The description of the routes.
pub fn description() -> OpenApi {
    let mut api = described().into_openapi();
    // An answer is a registration and more, which a registration closed to further members would contradict.
    let schemas = api.components.as_mut().map(|components| &mut components.schemas);
    if let Some(RefOr::T(Schema::Object(party))) = schemas.and_then(|all| all.get_mut("Application")) {
        party.additional_properties = None;
    }
    api
}

fn described() -> OpenApiRouter<Provider> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(show, save))
}

/// A registration, and how it stands.
#[derive(Serialize, ToSchema)]
#[schema(as = RegisteredApplication)]
pub struct Answer {
    #[serde(flatten)]
    party: Party,
    /// Whether it meets real people today.
    live_today: bool,
    /// The last day of the assessment that holds today, its own or its agency's.
    assessed_until: Option<String>,
    /// Days that are left of it, where they are 30 or less.
    assessment_days_left: Option<i64>,
    /// Since when it is suspended.
    suspended: Option<String>,
}

impl Answer {
    fn of((party, suspended): (Party, Option<Moment>)) -> Answer {
        let today = PartialDate::today();
        Answer {
            live_today: suspended.is_none() && party.is_live(today),
            assessed_until: party.assessed_until(today).map(PartialDate::iso),
            assessment_days_left: party.ends_soon(today),
            suspended: suspended.map(Moment::rfc3339),
            party,
        }
    }
}

/// The applications of the own agency
///
/// Those that the caller's agency has registered, in order of their identifiers; for a security inspector all.
#[utoipa::path(get, path = "/api/eid/applications", tag = "eid",
    responses((status = 200, body = Vec<Answer>), (status = "4XX", description = "A problem document")))]
pub async fn list(
    State(provider): State<Provider>,
    SignedIn(caller): SignedIn,
) -> Outcome<Json<Vec<Answer>>> {
    let all = provider.applications(&caller).await?;
    Ok(Json(all.into_iter().map(Answer::of).collect()))
}

/// One application
///
/// `not-found` also for an application of another agency.
#[utoipa::path(get, path = "/api/eid/applications/{id}", tag = "eid",
    params(("id" = String, Path, description = "The identifier, `client_id`")),
    responses((status = 200, body = Answer), (status = "4XX", description = "A problem document")))]
pub async fn show(
    State(provider): State<Provider>,
    SignedIn(caller): SignedIn,
    Path(id): Path<String>,
) -> Outcome<Json<Answer>> {
    Ok(Json(Answer::of(provider.application(&caller, &id).await?)))
}

/// Registers an application, or replaces its registration
///
/// A new one begins in the sandbox, and one of which more than names and keys changes goes back there. `stage` and
/// `assessment` are not the agency's to state: what the body says of them is left unread.
#[utoipa::path(put, path = "/api/eid/applications/{id}", tag = "eid",
    params(("id" = String, Path, description = "The identifier, `client_id`, as in the body")),
    request_body = Party,
    responses((status = 200, body = Answer), (status = "4XX", description = "A problem document")))]
pub async fn save(
    State(provider): State<Provider>,
    SignedIn(caller): SignedIn,
    Extension(request): Extension<RequestId>,
    Path(id): Path<String>,
    JsonBody(party): JsonBody<Party>,
) -> Outcome<Json<Answer>> {
    if party.id.as_str() != id {
        return Err(OTHER.at("id").into());
    }
    provider.save_application(&caller, party, &request.to_string(), Moment::now()).await?;
    Ok(Json(Answer::of(provider.application(&caller, &id).await?)))
}
