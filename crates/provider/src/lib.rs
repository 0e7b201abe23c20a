//! Citizens' accounts (*tài khoản định danh điện tử*) and the OpenID provider by which applications let
//! citizens sign in (inventory EID-*).
//!
//! What others use: [`MIGRATIONS`], [`Provider::open`], [`pages`](pages::pages) with [`layer`], [`api`](api::api), and
//! for administration [`Provider::register_party`], [`Provider::suspend_party`], [`Provider::parties`] and
//! [`Provider::rotate_keys`]; and, to be run beside the server, [`Provider::tell_logouts`], which tells of answers too, and [`Provider::run`] by which
//! accounts follow the registry.
//!
//! How it holds: an account is bound to a record of the registry, never to a telephone. Every code, token, proof and
//! assertion is remembered as a digest in the store, so that none counts twice, also after a restart. Subjects are
//! pairwise always. What an application gets is read from the registry when it is released, field by field, under the
//! legal basis that stands in the application's registration, with an entry in the ledger.

pub mod api;
mod channel;
mod codes;
mod config;
mod error;
mod jobs;
pub mod jose;
mod keys;
mod layer;
mod model;
pub mod pages;
pub mod rules;
mod service;
mod store;

pub use channel::{Channel, ChannelFault, Contact, Courier, Letter, MailConfig, Outbox, SmsConfig};
pub use codes::{CAUSES, Cause, OAUTH_CODES, OauthCode};
pub use config::Config;
pub use error::{OauthError, ProviderError};
pub use keys::{KeyFault, KeyFolder, KeyStore, KeyToken, PIN_VARIABLE, TokenConfig};
pub use layer::layer;
pub use model::{
    Assessment, ClientAuth, Delivery, LEAST_LEVEL, Party, Profile, Scope, Scopes, Session, Stage,
    WARNING_DAYS,
};
pub use rules::obstacle::Obstacle;
pub use service::{Backends, Provider};

/// The schema of this domain.
pub const MIGRATIONS: ::store::MigrationSet = ::store::migrations!("provider": "0001_citizens", "0002_waiting", "0003_enrolment", "0004_delegation", "0005_authenticators", "0006_organisations", "0007_contacts_agencies", "0008_notices", "0009_used_once", "0010_merged_accounts", "0011_card");
