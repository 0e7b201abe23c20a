//! What an operator may set.

use crate::{
    channel::{MailConfig, SmsConfig},
    keys::TokenConfig,
};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// Settings of citizens' sign-in. Every one can be left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The address of this installation as applications know it, such as `https://id.example.vn`, without a slash at
    /// its end. Empty: `http://` and the address listened on, for trying out on one machine.
    pub issuer: String,
    /// The address at which a proxy asks clients for certificates, such as `https://mtls.id.example.vn`, where it is
    /// another one (RFC 8705 §5). Empty: clients show certificates at the issuer's address or not at all.
    pub mtls_address: String,
    /// The file of the authorities (PEM) whose certificates prove clients by name (RFC 8705 §2.1); empty: none do.
    pub client_authorities: PathBuf,
    /// The agency that answers for the accounts, as the ledger names it.
    pub agency: String,
    /// The folder of signing keys; empty: `signing-keys` in the data folder.
    pub keys: PathBuf,
    /// The file of their passphrase; empty: `signing-keys.pass` in the data folder. Made at the first start.
    pub passphrase: PathBuf,
    /// The folder from which a gateway takes e-mail and SMS; empty: `outbox` in the data folder.
    pub outbox: PathBuf,
    /// Hours after which a citizen's session ends.
    pub session_hours: u32,
    /// Hours that a recovery of an account waits, so that its owner can call it off.
    pub recovery_hours: u32,
    /// Whether the registry holds invented people only. Applications without a security assessment then work too.
    pub synthetic: bool,
    /// Minutes for which the delivery of a message is tried.
    pub delivery_minutes: u32,
    /// The token in which the signing keys stand, in place of the folder.
    pub pkcs11: TokenConfig,
    /// The mail server that takes e-mail from the outbox.
    pub mail: MailConfig,
    /// The gateway that takes messages to telephones from the outbox.
    pub sms: SmsConfig,
}

impl Default for Config {
    fn default() -> Config {
        Config {
            issuer: String::new(),
            mtls_address: String::new(),
            client_authorities: PathBuf::new(),
            agency: "G01".to_owned(),
            keys: PathBuf::new(),
            passphrase: PathBuf::new(),
            outbox: PathBuf::new(),
            session_hours: 12,
            recovery_hours: 24,
            synthetic: false,
            delivery_minutes: 60,
            pkcs11: TokenConfig::default(),
            mail: MailConfig::default(),
            sms: SmsConfig::default(),
        }
    }
}
