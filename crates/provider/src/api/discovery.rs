//! What an application reads first: OpenID Connect Discovery §3, RFC 8414, and the keys.

use crate::{
    error::ProviderError,
    jose::{Algorithm, PublicJwk},
    model::Scope,
    service::{CIBA_GRANT, DEVICE_GRANT, Provider},
};
use axum::{
    Json,
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use serde_json::json;
use vocabulary::Moment;

/// The configuration.
pub(super) async fn configuration(State(provider): State<Provider>) -> Result<Response, ProviderError> {
    let issuer = provider.issuer()?;
    let at = |path: &str| format!("{issuer}{path}");
    let behind_proxy = !provider.sign_in_config().trusted_proxies.is_empty();
    let mut methods = vec!["private_key_jwt"];
    if behind_proxy {
        methods.push("self_signed_tls_client_auth");
        methods.extend(provider.trusts_authorities().then_some("tls_client_auth"));
    }
    let algorithms = Algorithm::ALL.map(Algorithm::name);
    let mut body = json!({
        "issuer": issuer,
        "authorization_endpoint": at("/oidc/authorize"),
        "pushed_authorization_request_endpoint": at("/oidc/par"),
        "token_endpoint": at("/oidc/token"),
        "userinfo_endpoint": at("/oidc/userinfo"),
        "jwks_uri": at("/oidc/jwks"),
        "introspection_endpoint": at("/oidc/introspect"),
        "revocation_endpoint": at("/oidc/revoke"),
        "end_session_endpoint": at("/oidc/logout"),
        "device_authorization_endpoint": at("/oidc/device"),
        "backchannel_authentication_endpoint": at("/oidc/ciba"),
        "scopes_supported": Scope::ALL.map(Scope::name),
        "claims_supported": ["sub", "iss", "aud", "auth_time", "acr", "amr", "name", "birthdate", "gender", "personal_number", "act", "org"],
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "refresh_token", DEVICE_GRANT, CIBA_GRANT],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["ES256"],
        "userinfo_signing_alg_values_supported": ["ES256"],
        "token_endpoint_auth_methods_supported": methods,
        "token_endpoint_auth_signing_alg_values_supported": algorithms,
        "introspection_endpoint_auth_methods_supported": methods,
        "introspection_endpoint_auth_signing_alg_values_supported": algorithms,
        "revocation_endpoint_auth_methods_supported": methods,
        "revocation_endpoint_auth_signing_alg_values_supported": algorithms,
        "dpop_signing_alg_values_supported": ["ES256"],
        "code_challenge_methods_supported": ["S256"],
        "prompt_values_supported": ["none", "login", "select_account", "consent"],
        "acr_values_supported": ["urn:dancu:eid:1", "urn:dancu:eid:2"],
        "ui_locales_supported": ["vi", "en"],
        "authorization_response_iss_parameter_supported": true,
        "tls_client_certificate_bound_access_tokens": behind_proxy,
        "backchannel_logout_supported": true,
        "backchannel_logout_session_supported": true,
        "backchannel_token_delivery_modes_supported": ["poll", "ping", "push"],
        "backchannel_authentication_request_signing_alg_values_supported": algorithms,
        "backchannel_user_code_parameter_supported": false,
        "claims_parameter_supported": false,
        "request_parameter_supported": true,
        "request_object_signing_alg_values_supported": algorithms,
        "request_uri_parameter_supported": false,
    });
    if let Some(address) = provider.mtls_address() {
        // RFC 8705 §5: the same endpoints where certificates are asked for.
        for (name, path) in ALIASED {
            body["mtls_endpoint_aliases"][name] = json!(format!("{address}{path}"));
        }
    }
    Ok(([(header::CACHE_CONTROL, "public, max-age=300")], Json(body)).into_response())
}

/// The endpoints that clients call themselves.
const ALIASED: [(&str, &str); 7] = [
    ("pushed_authorization_request_endpoint", "/oidc/par"),
    ("token_endpoint", "/oidc/token"),
    ("userinfo_endpoint", "/oidc/userinfo"),
    ("introspection_endpoint", "/oidc/introspect"),
    ("revocation_endpoint", "/oidc/revoke"),
    ("device_authorization_endpoint", "/oidc/device"),
    ("backchannel_authentication_endpoint", "/oidc/ciba"),
];

/// The keys of identity tokens.
pub(super) async fn keys(State(provider): State<Provider>) -> Response {
    let keys = provider.published_keys(Moment::now());
    let body = json!({ "keys": keys.iter().map(PublicJwk::to_json).collect::<Vec<_>>() });
    ([(header::CACHE_CONTROL, "public, max-age=300")], Json(body)).into_response()
}
