//! An authorisation request (RFC 6749 §4.1.1, OpenID Connect Core §3.1.2.1): what is read, and what is refused.

use super::pkce;
use crate::{
    error::OauthError,
    model::{Party, Profile, Scope, Scopes},
};
use serde::{Deserialize, Serialize};

/// The parameters as sent; unknown ones are ignored (RFC 6749 §3.1), repeated ones refused by the reader.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub struct Sent {
    /// Who asks.
    pub client_id: Option<String>,
    /// `code`.
    pub response_type: Option<String>,
    /// Where to send the citizen back.
    pub redirect_uri: Option<String>,
    /// What is asked.
    pub scope: Option<String>,
    /// Comes back unchanged.
    pub state: Option<String>,
    /// Stands in the identity token.
    pub nonce: Option<String>,
    /// PKCE.
    pub code_challenge: Option<String>,
    /// `S256`.
    pub code_challenge_method: Option<String>,
    /// `query`.
    pub response_mode: Option<String>,
    /// `none`; or `login`, `select_account`, `consent`.
    pub prompt: Option<String>,
    /// Seconds since the citizen last proved who he is.
    pub max_age: Option<String>,
    /// How surely the citizen must be proofed: levels that would do.
    pub acr_values: Option<String>,
    /// The key to which the code is bound, RFC 9449 §10.
    pub dpop_jkt: Option<String>,
    /// A signed request object, RFC 9101.
    pub request: Option<String>,
    /// A pushed request, RFC 9126.
    pub request_uri: Option<String>,
}

/// A request that was checked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// Where to send the citizen back: one of the client's addresses.
    pub redirect_uri: String,
    /// What is asked.
    pub scopes: Scopes,
    /// Comes back unchanged.
    pub state: Option<String>,
    /// Stands in the identity token.
    pub nonce: Option<String>,
    /// PKCE.
    pub challenge: String,
    /// No page may be shown.
    pub silent: bool,
    /// The citizen signs in again.
    pub sign_in: bool,
    /// The citizen is asked again.
    pub consent: bool,
    /// Seconds since the citizen last proved who he is.
    pub max_age: Option<i64>,
    /// The level that the citizen's account must have.
    #[serde(default)]
    pub level: Option<i64>,
    /// The key to which the code is bound.
    pub jkt: Option<String>,
    /// Whether the client is told when the session ends.
    #[serde(default)]
    pub watches: bool,
}

/// The name of a level in `acr`.
pub fn acr(level: i64) -> String {
    format!("urn:dancu:eid:{level}")
}

/// The lowest level that would do; names that we do not know are wishes that we cannot judge.
fn level(acr_values: &str) -> Option<i64> {
    acr_values.split_whitespace().filter_map(|name| (1..=2).find(|level| acr(*level) == name)).min()
}

/// Where an error goes.
#[derive(Debug)]
pub enum Refused {
    /// To the citizen: the client or its address is not known, so nobody may be sent there.
    Here(OauthError),
    /// To the client's address, with the state.
    There(String, Option<String>, OauthError),
}

/// The address of a request, once it is known to be the client's own.
///
/// # Errors
/// [`Refused::Here`].
pub fn address(sent: &Sent, party: &Party) -> Result<String, Refused> {
    let address = sent.redirect_uri.as_deref().unwrap_or_default();
    match party.redirect_uris.iter().find(|own| *own == address) {
        Some(own) => Ok(own.clone()),
        None => Err(Refused::Here(
            OauthError::invalid_request("redirect_uri is not one that the client registered")
                .because("redirect-uri"),
        )),
    }
}

/// Checks the parameters of a client.
///
/// # Errors
/// See [`Refused`].
pub fn check(sent: &Sent, party: &Party) -> Result<Asked, Refused> {
    let redirect_uri = address(sent, party)?;
    let state = sent.state.clone();
    let there = |error| Refused::There(redirect_uri.clone(), state.clone(), error);
    let wrong = |why| there(OauthError::invalid_request(why));
    let all = [&sent.state, &sent.nonce, &sent.scope, &sent.prompt, &sent.acr_values];
    if all.into_iter().flatten().any(|text| text.len() > 512 || text.chars().any(char::is_control)) {
        return Err(wrong("a parameter is too long"));
    }
    if sent.response_type.as_deref() != Some("code") {
        return Err(there(OauthError::new("unsupported_response_type", "response_type is code")));
    }
    if sent.response_mode.as_deref().is_some_and(|mode| mode != "query") {
        return Err(wrong("response_mode is query"));
    }
    let challenge = sent.code_challenge.clone().unwrap_or_default();
    if sent.code_challenge_method.as_deref() != Some("S256") || !pkce::is_challenge(&challenge) {
        return Err(wrong("code_challenge with the method S256 is required"));
    }
    if sent.dpop_jkt.as_deref().is_some_and(|jkt| !pkce::is_challenge(jkt)) {
        return Err(wrong("dpop_jkt is a thumbprint"));
    }
    let scopes = scopes(sent.scope.as_deref().unwrap_or_default(), party).map_err(there)?;
    if party.profile == Profile::Basic && sent.nonce.as_deref().is_some_and(str::is_empty) {
        return Err(wrong("nonce is empty"));
    }
    let prompts: Vec<&str> = sent.prompt.as_deref().unwrap_or_default().split_whitespace().collect();
    let known = ["none", "login", "select_account", "consent"];
    if prompts.iter().any(|p| !known.contains(p)) || (prompts.contains(&"none") && prompts.len() > 1) {
        return Err(wrong("prompt is none, or login and consent"));
    }
    let max_age = match sent.max_age.as_deref().map(str::parse::<u32>) {
        Some(Err(_)) => return Err(wrong("max_age is a number of seconds")),
        Some(Ok(seconds)) => Some(i64::from(seconds)),
        None => None,
    };
    Ok(Asked {
        redirect_uri,
        scopes,
        state,
        nonce: sent.nonce.clone(),
        challenge,
        silent: prompts.contains(&"none"),
        // Accounts stand side by side in no browser: to choose one is to sign in to it.
        sign_in: prompts.contains(&"login") || prompts.contains(&"select_account"),
        consent: prompts.contains(&"consent"),
        max_age,
        level: sent.acr_values.as_deref().and_then(level),
        jkt: sent.dpop_jkt.clone(),
        watches: party.backchannel_logout_uri.is_some(),
    })
}

/// What a client may ask for.
fn scopes(text: &str, party: &Party) -> Result<Scopes, OauthError> {
    let known = |name: &&str| Scope::ALL.iter().any(|scope| scope.name() == *name);
    if let Some(name) = text.split(' ').filter(|name| !name.is_empty()).find(|name| !known(name)) {
        // What is not the name of anything may be anything.
        let plain = name.len() <= 40 && name.bytes().all(|b| b.is_ascii_lowercase() || b"_:-.".contains(&b));
        let named = if plain { name } else { "a scope" };
        let all = Scope::ALL.map(Scope::name).join(", ");
        let told = format!("{named} does not exist; there are {all}");
        return Err(OauthError::invalid_scope("scope-unknown").told(told));
    }
    let scopes = Scopes::parse(text)
        .filter(|scopes| scopes.has(Scope::OpenId))
        .ok_or_else(|| OauthError::invalid_scope("scope lacks openid"))?;
    if let Some(missing) = scopes.iter().find(|scope| !party.may_ask(*scope)) {
        let name = missing.name();
        let told = format!("the client is not registered for {name}: add it with its legal basis to scopes");
        return Err(OauthError::invalid_scope("scope-unregistered").told(told));
    }
    Ok(scopes)
}

/// A request that is answered elsewhere than in the browser that began it (RFC 8628, CIBA): no address to go back to,
/// and no challenge, since the client itself asks for the answer.
///
/// # Errors
/// `invalid_scope`.
pub fn elsewhere(scope: &str, acr_values: Option<&str>, party: &Party) -> Result<Asked, OauthError> {
    Ok(Asked {
        redirect_uri: String::new(),
        scopes: scopes(scope, party)?,
        state: None,
        nonce: None,
        challenge: String::new(),
        silent: false,
        sign_in: false,
        consent: true,
        max_age: None,
        level: acr_values.and_then(level),
        jkt: None,
        watches: false,
    })
}
