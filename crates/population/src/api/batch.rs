//! Verification of many numbers in one file.

use super::{asked::ask, wire::BasisWire};
use crate::Population;
use axum::{
    Extension,
    body::{Body, Bytes},
    extract::{FromRequest, Query, Request, State},
    http::header,
    response::{IntoResponse, Response},
};
use vocabulary::kinds;
use web::{Failure, Outcome, RequestId, SignedIn};

/// Verify many numbers
///
/// A CSV file in UTF-8 whose header names the columns, in Vietnamese or English: `number` (required), `full_name`,
/// `birth_date`, `sex`, `unit`, `former_number`. The answer is a CSV file, row for row, that ends with the line
/// `end,COUNT`. At most a million rows; each is a look-up with its own entry in the ledger.
#[utoipa::path(post, path = "/api/population/verify-batch", tag = "population", params(BasisWire),
    request_body(content = String, content_type = "text/csv"),
    responses((status = 200, body = String, content_type = "text/csv"), (status = "4XX", description = "A problem document")))]
pub async fn verify_batch(
    State(population): State<Population>,
    SignedIn(caller): SignedIn,
    Extension(request): Extension<RequestId>,
    Query(basis): Query<BasisWire>,
    upload: Request,
) -> Outcome<Response> {
    let media = upload.headers().get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    if media.split(';').next().unwrap_or_default().trim() != "text/csv" {
        return Err(Failure::of(&kinds::UNSUPPORTED_MEDIA_TYPE));
    }
    let ask = ask(caller, Some(basis), None, request)?;
    let place = population.batch_place(&ask).await?;
    let file = Bytes::from_request(upload, &()).await.map_err(|_| Failure::of(&kinds::TOO_LARGE))?;
    let batch = place.start(file)?;
    let parts =
        futures_util::stream::unfold(batch.parts, async |mut parts| Some((parts.recv().await?, parts)));
    Ok(([(header::CONTENT_TYPE, "text/csv; charset=utf-8")], Body::from_stream(parts)).into_response())
}
