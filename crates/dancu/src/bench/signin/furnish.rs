//! What is there before the first sign-in: people of a synthetic registry with accounts, live sessions and standing
//! consents, and registered applications.

use super::{flow::Application, key::Key};
use crate::{settings::Settings, site::House};
use anyhow::{Result, anyhow, ensure};
use identity::{Hasher, Secret};
use provider::{KeyFolder, Party};
use serde_json::json;
use store::{StoreError, params, transact, values};
use vocabulary::{Moment, PartialDate, PersonId, PersonalNumber, UnitCode};

/// What an application is granted, and asks for.
pub const SCOPE: &str = "openid profile";
/// The password of every account.
pub const PASSWORD: &str = "con trâu là đầu cơ nghiệp";
/// Seconds since the signing key was made: one added now takes its place beside it, not before it.
const KEY_AGE: i64 = 2 * 86_400;

/// A citizen with a session.
pub struct Citizen {
    /// The number to sign in with.
    pub number: PersonalNumber,
    /// The secret of the session.
    pub session: String,
}

impl Citizen {
    /// The header by which a browser names the session.
    pub fn cookie(&self) -> String {
        format!("dancu-citizen={}", self.session)
    }
}

/// Applications of the profile for government and finance, with keys made now.
pub fn applications(count: usize) -> Result<Vec<Application>> {
    (0..count)
        .map(|n| {
            let id = format!("bench-{n}");
            Ok(Application { redirect: format!("https://{id}.example/cb"), id, key: Key::new()? })
        })
        .collect()
}

/// Loads the registry and makes accounts. No more accounts than persons who may have one.
pub async fn furnish(
    settings: &Settings,
    persons: u64,
    sessions: usize,
    applications: &[Application],
) -> Result<Vec<Citizen>> {
    settings.prepare_folder()?;
    let now = Moment::now();
    let (keys, passphrase) = (&settings.provider.keys, &settings.provider.passphrase);
    let keys = settings.provider_place(keys, "signing-keys");
    let passphrase = settings.provider_place(passphrase, "signing-keys.pass");
    KeyFolder::open_or_create(&keys, &passphrase, now.plus_seconds(-KEY_AGE))?;

    let house = House::open(settings).await?;
    let options = synthesis::Options {
        persons,
        region: synthesis::Region::Province(UnitCode::parse("56").map_err(|i| anyhow!("{i}"))?),
        seed: 1,
        today: PartialDate::today(),
        year: None,
        faults: 0.0,
        threads: None,
    };
    let families = synthesis::families(&options)?.map(|family| family.acts);
    population::store::load(&house.store, families, |_| {}).await?;
    for application in applications {
        let party: Party = serde_json::from_value(json!({
            "id": application.id, "name": "Ứng dụng đo", "name_en": "Measured application", "agency": "G01",
            "profile": "fapi2", "redirect_uris": [application.redirect],
            "jwks": { "keys": [application.key.jwk()] },
            "scopes": { "profile": "Luật Căn cước 2023, Điều 10" },
        }))?;
        house.provider.register_party(party, now).await?;
    }
    let people: Vec<(PersonId, PersonalNumber)> = house
        .store
        .all(
            "SELECT id, number FROM person WHERE number IS NOT NULL AND name IS NOT NULL AND birth > 0 \
             AND merged_into IS NULL ORDER BY id LIMIT $1",
            params![sessions as i64],
        )
        .await?;
    let hasher = Hasher::new(settings.identity.hash)?;
    // One for all: what it costs to make is not measured.
    let password = hasher.rehash(PASSWORD).await?;
    let accounts: Result<u64, StoreError> = transact!(house.store, tx => {
        let rows = people.iter().zip(1i64..).map(|((person, number), id)| {
            values![id, *person, *number, 2i64, password.as_str(), "email", format!("c{id}@example.vn"), now]
        });
        let columns = ["id", "person", "number", "level", "password", "contact_kind", "contact", "created_at"];
        tx.load("citizen", &columns, rows).await
    });
    accounts?;
    // What the registry recorded before is not followed account by account.
    let last = house.population.last_act().await?;
    let followed: Result<u64, StoreError> = transact!(house.store, tx => {
        tx.execute("INSERT INTO citizen_follow (id, seq) VALUES (1, $1)", params![last]).await
    });
    followed?;
    let mut rows = Vec::with_capacity(sessions);
    let mut citizens = Vec::with_capacity(sessions);
    for ((_, number), id) in people.into_iter().zip(1i64..) {
        let secret = Secret::new("")?;
        rows.push((id, secret.digest()));
        citizens.push(Citizen { number, session: secret.reveal().to_owned() });
    }
    ensure!(!citizens.is_empty(), "the synthetic population has nobody with an account");
    let kept: Result<u64, StoreError> = transact!(house.store, tx => {
        let ends = now.plus_seconds(12 * 3600);
        let columns = ["digest", "number", "citizen", "created_at", "ends_at", "address", "browser", "amr"];
        let sessions = rows.iter().map(|(id, digest)| {
            values![digest.0.as_slice(), *id, *id, now, ends, "127.0.0.1", "bench", "pwd"]
        });
        tx.load("citizen_session", &columns, sessions).await?;
        let consents = rows.iter().flat_map(|(id, _)| {
            applications.iter().map(move |application| values![*id, application.id.as_str(), SCOPE, now])
        });
        tx.load("oidc_consent", &["citizen", "client", "scopes", "granted_at"], consents).await
    });
    kept?;
    let counted: Result<u64, StoreError> =
        transact!(house.store, tx => tx.execute("ANALYZE", params![]).await);
    counted?;
    house.store.clone().close().await?;
    Ok(citizens)
}
