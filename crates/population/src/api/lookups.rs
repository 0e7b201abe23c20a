//! The look-ups of the seeds, one route each.

use super::{asked::Asked, record, wire};
use crate::{
    Population,
    verify::{Claims, Number},
};
use access::Action;
use axum::{Json, extract::State};
use serde::Serialize;
use utoipa::ToSchema;
use vocabulary::{Field, FieldSet, Invalid, Problem};
use web::Outcome;
use wire::{CitizenRequest, ConfirmRequest, ConfirmationRequest, VerifyAnswer, VerifyRequest};

/// Verify a number
///
/// Compares what is claimed with the record of the person who has the number. Answers match, mismatch or not found for
/// each field asked, and discloses nothing else.
#[utoipa::path(post, path = "/api/population/verify", tag = "population", request_body = VerifyRequest,
    responses((status = 200, body = VerifyAnswer), (status = "4XX", description = "A problem document")))]
pub async fn verify(
    State(population): State<Population>,
    Asked(ask, body): Asked<VerifyRequest>,
) -> Outcome<Json<VerifyAnswer>> {
    let (number, claims) = body.claims()?;
    Ok(Json(population.verify(&ask, Action::Verify, number, &claims).await?.into()))
}

/// Verify a head of household
///
/// As *verify*, and asks whether the person is the head of a household.
#[utoipa::path(post, path = "/api/population/verify-head", tag = "population", request_body = VerifyRequest,
    responses((status = 200, body = VerifyAnswer), (status = "4XX", description = "A problem document")))]
pub async fn verify_head(
    State(population): State<Population>,
    Asked(ask, body): Asked<VerifyRequest>,
) -> Outcome<Json<VerifyAnswer>> {
    let (number, claims) = body.claims()?;
    let claims = Claims { head: true, ..claims };
    Ok(Json(population.verify(&ask, Action::VerifyHead, number, &claims).await?.into()))
}

/// Confirm a 9-digit against a 12-digit number
///
/// Answers whether both numbers are of one person.
#[utoipa::path(post, path = "/api/population/confirm-number", tag = "population", request_body = ConfirmRequest,
    responses((status = 200, body = VerifyAnswer), (status = "4XX", description = "A problem document")))]
pub async fn confirm_number(
    State(population): State<Population>,
    Asked(ask, body): Asked<ConfirmRequest>,
) -> Outcome<Json<VerifyAnswer>> {
    let mut wrong = Vec::new();
    let personal = wire::read(
        Some(&body.personal_number),
        "personal_number",
        |t| vocabulary::PersonalNumber::parse(t).map(Number::Personal),
        &mut wrong,
    );
    let former = wire::read(
        Some(&body.former_number),
        "former_number",
        |t| vocabulary::FormerNumber::parse(t).map(Number::Former),
        &mut wrong,
    );
    let (Some(number), Some(former)) = (personal, former) else { return Err(Problem::invalid(wrong).into()) };
    let claims = Claims { other_number: Some(former), ..Claims::default() };
    Ok(Json(population.verify(&ask, Action::ConfirmNumber, number, &claims).await?.into()))
}

/// A citizen's data.
#[derive(Debug, Serialize, ToSchema)]
pub struct CitizenAnswer {
    /// The released fields by their codes. A released field that is not recorded is `null`; a field that was not
    /// released is absent.
    #[schema(value_type = Object)]
    person: serde_json::Map<String, serde_json::Value>,
    /// The grants of the policy that released them.
    grants: String,
    /// The entry of this look-up in the ledger.
    entry: u64,
    /// When it was answered.
    at: String,
}

const UNKNOWN_FIELD: Invalid = Invalid::new("field/unknown", "Không có trường này", "There is no such field");

/// Get a citizen
///
/// The fields granted to the caller for the stated purpose and, of those, the ones wanted.
#[utoipa::path(post, path = "/api/population/citizen", tag = "population", request_body = CitizenRequest,
    responses((status = 200, body = CitizenAnswer), (status = "4XX", description = "A problem document")))]
pub async fn citizen(
    State(population): State<Population>,
    Asked(ask, body): Asked<CitizenRequest>,
) -> Outcome<Json<CitizenAnswer>> {
    let mut wrong = Vec::new();
    let number = wire::read(Some(&body.number), "number", Number::parse, &mut wrong);
    let mut wanted = body.fields.as_ref().map(|_| FieldSet::NONE);
    for (i, code) in body.fields.iter().flatten().enumerate() {
        match Field::from_code(code) {
            Some(field) => wanted = wanted.map(|w| w.or(FieldSet::of(&[field]))),
            None => wrong.push(UNKNOWN_FIELD.at(format!("fields[{i}]"))),
        }
    }
    let Some(number) = number.filter(|_| wrong.is_empty()) else {
        return Err(Problem::invalid(wrong).into());
    };
    let citizen = population.citizen(&ask, number, wanted).await?;
    Ok(Json(CitizenAnswer {
        person: record::person(&citizen.person),
        grants: citizen.grants,
        entry: citizen.entry,
        at: citizen.at.rfc3339(),
    }))
}

/// A confirmation of residence.
#[derive(Debug, Serialize, ToSchema)]
pub struct ConfirmationAnswer {
    /// The code by which anybody can check the page, in groups of four.
    code: String,
    /// Where it is checked.
    check_at: &'static str,
    /// What the confirmation says, by field codes.
    #[schema(value_type = Object)]
    person: serde_json::Map<String, serde_json::Value>,
    /// When it was issued.
    issued: String,
    /// Until when it counts.
    valid_until: String,
    /// The entry in the ledger.
    entry: u64,
}

/// Confirm a residence (form CT07)
///
/// Issues a confirmation with a code that anybody who holds the page can check at `/confirmations`.
#[utoipa::path(post, path = "/api/population/residence-confirmation", tag = "population", request_body = ConfirmationRequest,
    responses((status = 200, body = ConfirmationAnswer), (status = "4XX", description = "A problem document")))]
pub async fn residence_confirmation(
    State(population): State<Population>,
    Asked(ask, body): Asked<ConfirmationRequest>,
) -> Outcome<Json<ConfirmationAnswer>> {
    let number = Number::parse(&body.number).map_err(|i| i.at("number"))?;
    let issued = population.confirm_residence_of(&ask, number).await?;
    Ok(Json(ConfirmationAnswer {
        code: issued.code,
        check_at: "/confirmations",
        person: record::person(&issued.person),
        issued: issued.issued.rfc3339(),
        valid_until: issued.valid_until.rfc3339(),
        entry: issued.entry,
    }))
}
