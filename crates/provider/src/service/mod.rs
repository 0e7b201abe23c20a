//! The use cases.

mod applications;
mod authenticators;
mod authorization;
mod claims;
mod client_auth;
mod clients;
mod counts;
mod delegation;
pub(crate) mod enrolment;
mod lifecycle;
mod logouts;
mod messages;
mod notices;
pub(crate) mod organisation_files;
mod organisations;
mod parties;
mod registration;
mod sessions;
mod tokens;
mod waiting;

pub(crate) use authenticators::{Asking, Ceremony, Factor, Opened, Place, Security, Waiting};
pub(crate) use authorization::{Begun, Decision, Offered, PUSHED_SECONDS, REFERENCE, Step};
pub(crate) use client_auth::{Call, Credentials};
pub(crate) use clients::Client;
pub(crate) use counts::Counts;
pub(crate) use delegation::{Behalf, Whom, Wish};
pub(crate) use enrolment::{Applicant, Received, Ruling};
pub(crate) use lifecycle::{Managed, Taken, Turn};
pub(crate) use organisation_files::{Compared, OrganisationDraft};
pub(crate) use organisations::{ManagedOrganisation, Mandate, OfficerStep, OwnOrganisation, StaffWish};
pub(crate) use registration::{Claimed, WITH_CARD, WITHOUT_CARD};
pub(crate) use sessions::{Attempt, Shared, SignIn};
pub(crate) use tokens::{Bearer, TokenRequest};
pub(crate) use waiting::{CIBA_GRANT, DEVICE_GRANT, Named, PACE, Pending, SECONDS};

use crate::{
    channel::Channel,
    config::Config,
    error::ProviderError,
    keys::KeyStore,
    rules::{client_certificate::Authorities, dpop::Holders},
    store as tables,
};
use ::store::{Store, transact};
use access::{Caller, Role, UnitScope};
use identity::{Hasher, NoRandomness, lockout::Rule};
use ledger::{Entry, Ledger};
use population::{Ask, Population};
use std::sync::{
    Arc, OnceLock,
    atomic::{AtomicI64, Ordering::Relaxed},
};
use vocabulary::{Actor, AgencyCode, Basis, Invalid, LegalBasis, Moment, Problem, Purpose, SystemId, kinds};

/// The role under which citizens' own business and releases are decided.
const ROLE: &str = "citizen-account";

/// What the provider stands on besides the store.
pub struct Backends {
    /// The ledger.
    pub ledger: Ledger,
    /// The registry.
    pub population: Population,
    /// The signing keys.
    pub keys: Arc<dyn KeyStore>,
    /// What delivers messages.
    pub channel: Arc<dyn Channel>,
}

/// Citizens' accounts and the OpenID provider. Cheap to clone; all clones are the same.
#[derive(Clone)]
pub struct Provider {
    inner: Arc<Inner>,
}

struct Inner {
    store: Store,
    back: Backends,
    hasher: Hasher,
    config: Config,
    sign_in: identity::Config,
    agency: AgencyCode,
    issuer: OnceLock<String>,
    nonces: [u8; 32],
    subjects: [u8; 32],
    authenticators: [u8; 32],
    pruned_at: AtomicI64,
    clients: clients::Clients,
    holders: Holders,
    authorities: Option<Authorities>,
}

impl Provider {
    /// Opens the domain on a migrated store. Hashing, cookies and trusted proxies are those of staff sign-in.
    ///
    /// # Errors
    /// Where the cost of hashing, the agency or the issuer of the settings is impossible.
    pub fn open(
        store: Store,
        back: Backends,
        config: Config,
        sign_in: identity::Config,
    ) -> Result<Provider, ProviderError> {
        let hasher = Hasher::new(sign_in.hash)?;
        let agency = AgencyCode::parse(&config.agency).map_err(|i| i.at("provider.agency"))?;
        let issuer = OnceLock::new();
        if !config.issuer.is_empty() {
            if !is_issuer(&config.issuer) {
                return Err(ISSUER.at("provider.issuer").into());
            }
            let _ = issuer.set(config.issuer.clone());
        }
        if !config.mtls_address.is_empty() && !is_issuer(&config.mtls_address) {
            return Err(ISSUER.at("provider.mtls_address").into());
        }
        let authorities = match config.client_authorities.as_os_str().is_empty() {
            true => None,
            false => Some(authorities(&config.client_authorities)?),
        };
        let (nonces, subjects) = (back.keys.derived("dpop nonces")?, back.keys.derived("pairwise subjects")?);
        let authenticators = back.keys.derived("authenticators")?;
        let pruned_at = AtomicI64::new(0);
        let inner = Inner {
            store,
            back,
            hasher,
            config,
            sign_in,
            agency,
            issuer,
            nonces,
            subjects,
            authenticators,
            pruned_at,
            clients: clients::Clients::default(),
            holders: Holders::default(),
            authorities,
        };
        Ok(Provider { inner: Arc::new(inner) })
    }

    /// Tells the address listened on: the issuer, where the settings name none.
    pub fn listens_at(&self, address: std::net::SocketAddr) {
        if address.ip().is_loopback() {
            let _ = self.inner.issuer.set(format!("http://{address}"));
        }
    }

    /// The issuer.
    ///
    /// # Errors
    /// `unavailable` where the settings name none and the address is not known or not loopback.
    pub(crate) fn issuer(&self) -> Result<&str, ProviderError> {
        self.inner.issuer.get().map(String::as_str).ok_or_else(|| {
            Problem::new(&kinds::UNAVAILABLE)
                .detail("Chưa đặt provider.issuer trong cấu hình.", "The setting provider.issuer is missing.")
                .into()
        })
    }

    /// The address at which a proxy asks clients for certificates, where it is another one.
    pub(crate) fn mtls_address(&self) -> Option<&str> {
        Some(self.inner.config.mtls_address.as_str()).filter(|address| !address.is_empty())
    }

    /// Whether clients may prove themselves by certificates of trusted authorities.
    pub(crate) fn trusts_authorities(&self) -> bool {
        self.inner.authorities.is_some()
    }

    /// How often passwords were hashed or compared: for the proof that every failed sign-in costs the same.
    pub fn hashings(&self) -> u64 {
        self.inner.hasher.runs()
    }

    pub(crate) fn sign_in_config(&self) -> &identity::Config {
        &self.inner.sign_in
    }

    pub(crate) fn session_seconds(&self) -> i64 {
        i64::from(self.inner.config.session_hours) * 3600
    }

    pub(crate) fn published_keys(&self, now: Moment) -> Vec<crate::jose::PublicJwk> {
        self.inner.back.keys.published(now)
    }

    pub(crate) fn nonce(&self, now: Moment) -> String {
        crate::rules::dpop::nonce(&self.inner.nonces, now)
    }

    /// Adds a signing key, which takes over in an hour; its name.
    ///
    /// # Errors
    /// Where it cannot be kept.
    pub fn rotate_keys(&self, now: Moment) -> Result<String, ProviderError> {
        Ok(self.inner.back.keys.rotate(now)?)
    }

    fn actor(&self) -> Actor {
        Actor {
            system: SystemId::parse(ROLE).ok(),
            officer: None,
            agency: self.inner.agency.clone(),
            unit: None,
        }
    }

    /// A question to the registry in the name of an actor.
    fn ask(&self, actor: Actor, purpose: Purpose, legal_basis: LegalBasis, request: &str) -> Ask {
        let caller = Caller {
            actor,
            name: ROLE.to_owned(),
            roles: Role::parse(ROLE).into_iter().collect(),
            units: UnitScope::Everywhere,
        };
        let basis = Basis { purpose, legal_basis, procedure: None, dossier: None };
        Ask { caller, basis: Some(basis), request: Some(request.to_owned()) }
    }

    /// A question of the citizen about the own data.
    pub(crate) fn own_ask(&self, request: &str) -> Result<Ask, ProviderError> {
        let basis = LegalBasis::parse("Nghị định 69/2024/NĐ-CP").map_err(|i| i.at("legal_basis"))?;
        Ok(self.ask(self.actor(), Purpose::OwnRequest, basis, request))
    }

    async fn note(
        &self,
        service: &'static str,
        request: &str,
        note: &str,
        now: Moment,
    ) -> Result<(), ProviderError> {
        let mut entry = Entry::operation(self.actor(), service).at(now);
        if !request.is_empty() {
            entry = entry.request(request);
        }
        if !note.is_empty() {
            entry = entry.note(note);
        }
        let _receipt_not_needed = self.inner.back.ledger.append(entry).await?;
        Ok(())
    }

    /// Counts one try under each key before anything is looked at; seconds to wait where one has to.
    async fn admit(&self, keys: &[(String, Rule)], now: Moment) -> Result<i64, ProviderError> {
        let wait: Result<i64, ProviderError> = transact!(self.inner.store, tx => {
            tables::lock(tx).await?;
            let mut tallies = Vec::with_capacity(keys.len());
            for (key, rule) in keys {
                tallies.push(tables::citizens::tally(tx, key).await?);
                let wait = rule.wait(tallies.last().copied().flatten(), now);
                if wait > 0 {
                    return Ok(wait);
                }
            }
            for ((key, rule), tally) in keys.iter().zip(tallies) {
                tables::citizens::put_tally(tx, key, rule.count(tally, now)).await?;
            }
            Ok(0)
        });
        wait
    }

    /// Forgets one of 256 parts of what was used once and has ended, and some requests and grants that have.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn sweep(&self, part: u8, now: Moment) -> Result<(), ProviderError> {
        Ok(tables::requests::sweep(&self.inner.store, part, now).await?)
    }

    /// Once an hour, forgets what has no further use.
    async fn prune_sometimes(&self, now: Moment) -> Result<(), ProviderError> {
        let last = self.inner.pruned_at.load(Relaxed);
        let due = (now.micros() - last).abs() > 3_600_000_000;
        if due && self.inner.pruned_at.compare_exchange(last, now.micros(), Relaxed, Relaxed).is_ok() {
            let outcome: Result<(), ProviderError> =
                transact!(self.inner.store, tx => Ok(tables::prune(tx, now).await?));
            outcome?;
            self.settle_recoveries(now).await?;
        }
        Ok(())
    }
}

/// Whether an address is one that can stand before the paths of the endpoints.
fn is_issuer(address: &str) -> bool {
    use crate::rules::redirect;
    redirect::origin(address).as_deref() == Some(address) && redirect::may_be_registered(address)
}

fn authorities(file: &std::path::Path) -> Result<Authorities, ProviderError> {
    let refused = |error: String| {
        let error = format!("provider.client_authorities, {}: {error}", file.display());
        ProviderError::Channel(std::io::Error::other(error).into())
    };
    let pem = std::fs::read(file).map_err(|error| refused(error.to_string()))?;
    Authorities::read(&pem).map_err(refused)
}

const ISSUER: Invalid = Invalid::new(
    "provider/issuer",
    "provider.issuer phải là https://máy-chủ, không có đường dẫn",
    "provider.issuer is https://host without a path",
);

/// A random identifier of 53 bits: exact in every reader's numbers.
fn random_id() -> Result<i64, NoRandomness> {
    let mut bytes = [0; 8];
    getrandom::fill(&mut bytes).map_err(|_| NoRandomness)?;
    Ok((u64::from_le_bytes(bytes) >> 11).cast_signed())
}

/// An identifier whose beginning is the time, so that rows made one after the other stand beside one another in the
/// index too. For what is never shown to anybody.
fn timely_id(now: Moment) -> Result<i64, NoRandomness> {
    let mut bytes = [0; 2];
    getrandom::fill(&mut bytes).map_err(|_| NoRandomness)?;
    // Microseconds take 51 bits until 2041, and one more after.
    Ok((now.micros() << 11) | i64::from(u16::from_le_bytes(bytes) >> 5))
}

/// A key of a tally that holds no number and no address in the clear.
fn tally_key(kind: &str, what: &str) -> String {
    format!("{kind}:{}", crate::jose::encode(&crate::rules::hash(&[kind, what])[..18]))
}
