//! The use cases on both engines. Times are passed in; nothing sleeps.

mod accounts;
mod resolve;
mod sign_in;

use super::*;
use crate::{
    MIGRATIONS,
    config::Config,
    cookies::Presented,
    model::Profile,
    password::HashCost,
    secret::{Secret, digest_presented},
};
use ::store::Store;
use access::{Role, UnitScope};
use ledger::{KeyFile, Origin};
use vocabulary::{AgencyCode, StaffId, UnitCode};

const SETS: &[::store::MigrationSet] = &[ledger::MIGRATIONS, MIGRATIONS];

/// A Monday morning.
const NOW: Moment = Moment::from_micros(1_795_000_000_000_000);
const PASSWORD: &str = "con gà cục tác lá chanh";

/// Cheap enough for hundreds of sign-ins; the cost of production is tried in `password`.
fn config() -> Config {
    Config { hash: HashCost { memory_kib: 64, passes: 1, lanes: 1, at_once: 4 }, ..Config::default() }
}

/// The domain on a store, as one process has it.
async fn open(store: &Store) -> Identity {
    open_with(store, config(), Policy::builtin()).await
}

async fn open_with(store: &Store, config: Config, policy: Policy) -> Identity {
    let key = Arc::new(KeyFile::generate().unwrap());
    let ledger =
        Ledger::open(store.clone(), key, Origin::parse("dancu.example/ledger").unwrap()).await.unwrap();
    Identity::open(store.clone(), ledger, Arc::new(policy), config).await.unwrap()
}

fn agency() -> AgencyCode {
    AgencyCode::parse("000.00.17.H32").unwrap()
}

fn login(text: &str) -> StaffId {
    StaffId::parse(text).unwrap()
}

/// A clerk of Phường Nha Trang unless the roles say otherwise.
fn profile(name: &str, roles: &str, units: &str) -> Profile {
    Profile {
        name: name.into(),
        agency: agency(),
        unit: Some(UnitCode::parse("22366").unwrap()),
        units: UnitScope::parse(units).unwrap(),
        roles: roles.split_whitespace().map(|role| Role::parse(role).unwrap()).collect(),
    }
}

/// Makes an officer with [`PASSWORD`].
async fn officer(identity: &Identity, name: &str, roles: &str, units: &str) -> AccountId {
    let profile = profile(name, roles, units);
    let by = &agency();
    identity
        .create_staff(By::Console(by), &login(name), profile, NewPassword::Chosen(PASSWORD), NOW)
        .await
        .unwrap();
    AccountId::staff(name).unwrap()
}

/// Lan, clerk in Nha Trang.
async fn lan(identity: &Identity) -> AccountId {
    officer(identity, "lan", "one-stop-clerk", "22366").await
}

fn attempt<'a>(login: &'a str, password: &'a str, now: Moment) -> Attempt<'a> {
    Attempt {
        login,
        password,
        address: "198.51.100.7",
        browser: "Firefox, Linux",
        device: None,
        session: None,
        request: None,
        now,
    }
}

async fn signed_in(identity: &Identity, login: &str, now: Moment) -> SignedInBrowser {
    match identity.sign_in(attempt(login, PASSWORD, now)).await.unwrap() {
        SignIn::Done(browser) => browser,
        refused => panic!("{refused:?}"),
    }
}

/// The cookie that a browser would send.
fn cookie(secret: &Secret, revision: i64) -> Presented {
    Presented { digest: digest_presented(secret.reveal(), "").unwrap(), revision }
}

fn after(seconds: i64) -> Moment {
    NOW.plus_seconds(seconds)
}
