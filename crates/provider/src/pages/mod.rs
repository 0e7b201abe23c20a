//! The pages of citizens: registration, sign-in and its means, what is shared, who looked, and the questions of
//! applications; and those of the officers who receive them.

mod account;
mod activation;
mod agencies;
mod answering;
mod app_codes;
mod application_form;
mod applications;
mod arrival;
mod contacts;
mod delegations;
mod entrusting;
mod events;
mod factor;
mod messages;
mod officer;
mod officer_accounts;
mod officer_counts;
mod officer_desk;
mod officer_file;
mod officer_organisations;
mod officer_recovery;
mod organisation_file;
mod organisation_words;
mod organisations;
mod own_standing;
mod passkeys;
mod phone;
mod recovery;
mod registration;
mod ruling;
mod security;
mod sign_in;
mod stated;
mod waiting;
mod who_looked;

use crate::service::Provider;
use axum::{
    Router,
    extract::{ConnectInfo, FromRequestParts},
    http::request::Parts,
    routing::{get, post},
};
use identity::{counted, origin};
use maud::{Markup, html};
use std::{
    convert::Infallible,
    net::{IpAddr, Ipv4Addr, SocketAddr},
};
use vocabulary::{AgencyCode, Moment};

/// The routes, to be merged into those that [`web::pages`] wraps, inside [`layer`](crate::layer).
pub fn pages(provider: Provider) -> Router {
    Router::new()
        .route("/citizen", get(account::show))
        .route("/citizen/register", get(registration::show).post(registration::submit))
        .route("/citizen/register/confirm", post(registration::confirm))
        .route("/citizen/sign-in", get(sign_in::show).post(sign_in::submit))
        .route("/citizen/sign-in/code", get(factor::begin).post(factor::answer))
        .route("/citizen/sign-in/passkey", get(passkeys::ask).post(passkeys::sign_in))
        .route("/citizen/sign-in/phone", get(phone::wait).post(phone::begin))
        .route("/citizen/sign-out", post(sign_in::sign_out))
        .route("/citizen/approve", get(phone::type_code).post(phone::typed))
        .route("/citizen/approve/answer", post(phone::answer))
        .route("/citizen/approve/{code}", get(phone::scanned))
        .route("/citizen/recovery", get(recovery::show).post(recovery::ask))
        .route("/citizen/recovery/confirm", post(recovery::confirm))
        .route("/citizen/recovery/cancel/{secret}", get(recovery::notice).post(recovery::cancel_by_notice))
        .merge(of_security())
        .route("/citizen/sessions/end", post(account::end_session))
        .route("/citizen/revoke", post(account::revoke))
        .route("/citizen/who-looked", get(who_looked::show))
        .route("/citizen/device", get(waiting::device).post(waiting::claim))
        .route("/citizen/requests", get(waiting::list))
        .route("/citizen/requests/{id}", get(waiting::show).post(waiting::answer))
        .route("/oidc/authorize", get(answering::begin).post(answering::begin_posted))
        .route("/oidc/ask/{request}", get(answering::show).post(answering::answer))
        .route("/oidc/logout", get(sign_in::leave).post(sign_in::left))
        .merge(accounts())
        .with_state(provider)
}

/// Accounts in person and their life: the desk of officers, activation, and what owners do themselves.
fn accounts() -> Router<Provider> {
    Router::new()
        .route("/citizen/activate", get(activation::show).post(activation::submit))
        .route("/citizen/standing", get(own_standing::show).post(own_standing::submit))
        .route("/citizen/delegations", get(delegations::show).post(delegations::give))
        .route("/citizen/delegations/end", post(delegations::end))
        .route("/desk/eid", get(officer_desk::home))
        .route("/desk/eid/ages", get(officer_desk::ages))
        .route("/desk/eid/person", post(officer_desk::look_up))
        .route("/desk/eid/files", post(officer_desk::begin))
        .route("/desk/eid/files/{id}", get(officer_file::show))
        .route("/desk/eid/files/{id}/contact", post(officer_file::contact))
        .route("/desk/eid/files/{id}/ruling", post(officer_file::ruled))
        .route("/desk/eid/files/{id}/send", post(officer_file::send))
        .route("/desk/eid/counts", get(officer_counts::show))
        .route("/desk/eid/counts.csv", get(officer_counts::csv))
        .route("/desk/eid/accounts", get(officer_accounts::show).post(officer_accounts::open))
        .route("/desk/eid/accounts/step", post(officer_accounts::step))
        .route("/desk/eid/recovery", get(officer_recovery::show).post(officer_recovery::look_up))
        .route("/desk/eid/recovery/code", post(officer_recovery::hand_out))
        .merge(of_organisations())
        .route("/admin/applications/by-agency", get(agencies::show).post(agencies::assess))
        .route("/admin/messages", get(messages::list).post(messages::again))
        .route("/admin/applications", get(applications::list))
        .route("/admin/applications/new", get(application_form::blank).post(application_form::create))
        .route("/admin/applications/{id}", get(applications::show))
        .route("/admin/applications/{id}/edit", get(application_form::edit).post(application_form::save))
        .route("/admin/applications/{id}/assessment", post(applications::assess))
        .route("/admin/applications/{id}/live", post(applications::live))
        .route("/admin/applications/{id}/suspension", post(applications::suspend))
}

/// Accounts of organisations, for representatives, staff and officers.
fn of_organisations() -> Router<Provider> {
    Router::new()
        .route("/citizen/organisations", get(organisations::list))
        .route("/citizen/organisations/answer", post(organisations::answer))
        .route("/citizen/organisations/new", get(organisation_file::blank).post(organisation_file::hand_in))
        .route("/citizen/organisations/files/{id}", get(organisation_file::show))
        .route("/citizen/organisations/files/{id}/answer", post(organisation_file::answer))
        .route("/citizen/organisations/files/{id}/activate", post(organisation_file::activate))
        .route("/citizen/organisations/{id}", get(organisations::show))
        .route("/citizen/organisations/{id}/staff", post(organisations::let_act))
        .route("/citizen/organisations/{id}/staff/end", post(organisations::end))
        .route("/citizen/organisations/{id}/leave", post(organisations::leave))
        .route("/desk/eid/organisations", get(officer_organisations::home))
        .route("/desk/eid/organisations/account", post(officer_organisations::open))
        .route("/desk/eid/organisations/step", post(officer_organisations::step))
        .route("/desk/eid/organisations/files/{id}", get(officer_organisations::show))
        .route("/desk/eid/organisations/files/{id}/received", post(officer_organisations::received))
        .route("/desk/eid/organisations/files/{id}/ruling", post(officer_organisations::ruled))
}

/// The pages of the means of signing in.
fn of_security() -> Router<Provider> {
    Router::new()
        .route("/citizen/security", get(security::show))
        .route("/citizen/security/passkeys/new", get(passkeys::new).post(passkeys::add))
        .route("/citizen/security/passkeys/{id}", get(passkeys::one).post(passkeys::change))
        .route("/citizen/security/app", get(app_codes::show).post(app_codes::begin))
        .route("/citizen/security/app/confirm", post(app_codes::confirm))
        .route("/citizen/security/app/remove", post(app_codes::remove))
        .route("/citizen/security/codes", post(app_codes::print))
        .route("/citizen/security/contacts", get(contacts::show).post(contacts::send))
        .route("/citizen/security/contacts/confirm", post(contacts::confirm))
        .route("/citizen/security/contacts/remove", post(contacts::remove))
        .route("/citizen/security/devices/forget", post(security::forget_device))
        .route("/citizen/security/password", get(security::password).post(security::set_password))
        .route("/citizen/security/recovery/cancel", post(recovery::cancel_own))
}

/// The network address that tries are counted on.
pub(crate) struct Origin(pub String);

impl FromRequestParts<Provider> for Origin {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, provider: &Provider) -> Result<Origin, Infallible> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| peer.ip());
        let peer = peer.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
        Ok(Origin(counted(origin(peer, &parts.headers, &provider.sign_in_config().trusted_proxies))))
    }
}

/// Date and time without seconds.
fn time(moment: Moment) -> String {
    let text = moment.local_text();
    text.get(..16).unwrap_or(&text).to_owned()
}

/// An agency as citizens read it: its name where a source confirms it, and the code.
fn agency(code: &AgencyCode) -> Markup {
    let known = reference::agencies::head(code).filter(|agency| agency.confirmed);
    html! {
        @match known {
            Some(agency) => { (agency.name) span.dancu-provenance { (code.as_str()) } }
            None => { (code.as_str()) }
        }
    }
}
