//! Who calls: staff accounts and their sessions, calling systems and their bearer tokens.
//!
//! What others use:
//! - [`MIGRATIONS`], [`Identity::open`], [`router`] (pages) and [`layer`] (the middleware): the binary composes them.
//!   The middleware wraps [`web::pages`] and the API routes, inside [`web::edge`].
//! - [`Identity::create_staff`], [`Identity::reset_password`], [`Identity::create_client`], [`Identity::issue_token`]
//!   and the lists, with [`By::Console`] for the command line.
//! - What handlers of other crates see is defined below, in `access` and `web`: [`access::Caller`],
//!   [`web::SignedIn`], [`web::CsrfToken`], [`web::Workplace`], [`web::WorkingBasis`].
//!
//! - For citizens' sign-in, which another crate builds from the same parts: [`Hasher`] and [`Password`], [`lockout`],
//!   [`Secret`] and [`Digest`], [`cookie`] and [`set_cookie`], [`csrf_token`], [`origin`], [`browser_name`].
//!
//! How sign-in holds: Argon2id ([`password`](HashCost)), waiting that grows but locks nobody out for good
//! ([`lockout`]), random secrets of which only digests are kept, sessions that end by idleness, age, or command, and a
//! memory of them that is never more than a second behind. Every change of an account stands in its history and in the
//! ledger. The crate knows nothing of persons of the register.

mod address;
mod cache;
mod config;
mod cookies;
mod error;
mod layer;
pub mod lockout;
mod model;
mod pages;
mod password;
mod places;
mod secret;
mod service;
mod store;

pub use address::{Network, NotANetwork, counted, origin};
pub use config::Config;
pub use cookies::{cookie, set_cookie};
pub use error::IdentityError;
pub use layer::layer;
pub use model::{
    Account, AccountId, AccountKind, By, HistoryLine, Profile, Refusal, Session, Token, What, roles_for,
};
pub use pages::{browser as browser_name, router};
pub use password::{HashCost, HashError, Hasher, LONGEST, Password, SHORTEST, Verdict};
pub use secret::{Digest, NoRandomness, Secret, digest_presented, one_time_password};
pub use service::{
    AccountList, Attempt, Identity, LONGEST_TOKEN_DAYS, NewPassword, SignIn, SignedInBrowser, csrf_token,
};

/// The schema of this domain.
pub const MIGRATIONS: ::store::MigrationSet = ::store::migrations!("identity": "0001_accounts");
