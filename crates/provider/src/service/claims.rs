//! What an application learns: a name of its own for the citizen, and what was granted, read when it is released.

use super::{Provider, tokens::Valid};
use crate::{
    error::{OauthError, ProviderError},
    jose::encode,
    model::{Party, Scope},
    rules::mac,
    store::grants::Grant,
};
use serde_json::{Value, json};
use vocabulary::{Actor, Moment, Purpose, Sex};

impl Provider {
    /// The citizen's name for the applications of one host (OpenID Connect Core §8.1): no two hosts can compare theirs.
    pub(crate) fn subject(&self, party: &Party, citizen: i64) -> String {
        encode(mac(&self.inner.subjects, &[party.sector().as_bytes(), &citizen.to_be_bytes()]))
    }

    /// Who acted for the citizen of a grant, by the name that the application knows that person by (RFC 8693 §4.1).
    pub(crate) fn act(&self, party: &Party, grant: &Grant) -> Option<Value> {
        grant.delegate.map(|delegate| json!({ "sub": self.subject(party, delegate) }))
    }

    /// The claims of userinfo: for each granted scope the registry is read under the legal basis of the client, which
    /// leaves an entry in the name of its agency.
    pub(crate) async fn userinfo(&self, valid: &Valid, request: &str) -> Result<Value, ProviderError> {
        if !valid.scopes.has(Scope::OpenId) {
            return Err(OauthError::new("insufficient_scope", "openid is needed").into());
        }
        let party = &valid.party;
        let person = valid.grant.person;
        let mut claims = json!({ "sub": self.subject(party, valid.grant.citizen) });
        if let Some(act) = self.act(party, &valid.grant) {
            claims["act"] = act;
        }
        if let Some(org) = self.org_claims(party, &valid.grant, &valid.scopes, person, request).await? {
            claims["org"] = org;
        }
        for scope in valid.scopes.iter().filter(|scope| !scope.fields().is_empty()) {
            // A registration that lost a scope releases it no more, whatever was granted before.
            let Some(basis) = party.scopes.get(&scope) else { continue };
            let actor = Actor {
                system: Some(party.id.clone()),
                officer: None,
                agency: party.agency.clone(),
                unit: None,
            };
            let ask = self.ask(actor, Purpose::Verification, basis.clone(), request);
            let shown = self.inner.back.population.citizen_of(&ask, person, scope.fields()).await?;
            let shown = &shown.person.person;
            let mut add = |name: &str, value: Option<String>| {
                if let Some(value) = value {
                    claims[name] = json!(value);
                }
            };
            add("name", shown.name.as_ref().map(|name| name.reveal().to_owned()));
            add("birthdate", (!shown.birth_date.is_unknown()).then(|| shown.birth_date.iso()));
            let gender = |sex| match sex {
                Sex::Male => "male",
                Sex::Female => "female",
                Sex::Other => "other",
            };
            add("gender", shown.sex.map(|sex| gender(sex).to_owned()));
            add("personal_number", shown.number.map(|number| number.reveal()));
        }
        Ok(claims)
    }

    /// Claims as a signed token (OpenID Connect Core §5.3.2).
    pub(crate) fn signed(
        &self,
        party: &Party,
        mut claims: Value,
        now: Moment,
    ) -> Result<String, ProviderError> {
        claims["iss"] = json!(self.issuer()?);
        claims["aud"] = json!(party.id.as_str());
        claims["iat"] = json!(now.micros() / 1_000_000);
        Ok(self.inner.back.keys.sign("JWT", &claims, now)?)
    }

    /// The client for which an identity token of ours was signed, however old (OpenID Connect RP-Initiated Logout §2).
    pub(crate) fn client_of_hint(&self, hint: &str, now: Moment) -> Option<String> {
        let jws = crate::jose::Jws::read(hint).ok()?;
        let keys = crate::jose::JwkSet(self.published_keys(now));
        let claims = keys.candidates(jws.named("kid")).find_map(|key| jws.verify(key).ok())?;
        let ours = claims.get("iss").and_then(Value::as_str) == self.issuer().ok();
        claims.get("aud").and_then(Value::as_str).filter(|_| ours).map(str::to_owned)
    }
}
