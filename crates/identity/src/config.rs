//! What an operator may set.

use crate::{address::Network, password::HashCost};
use serde::{Deserialize, Serialize};

/// Settings of sign-in. Safe as they come; every one can be left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// What hashing a password costs.
    pub hash: HashCost,
    /// Minutes without a request after which a session ends.
    pub idle_minutes: u32,
    /// Hours after which a session ends in any case: a working day.
    pub session_hours: u32,
    /// Days for which a browser that has signed in is known again.
    pub device_days: u32,
    /// Hours for which a password given out for one use can be used.
    pub one_time_hours: u32,
    /// Whether cookies travel over TLS only, with the prefix `__Host-`. Off for plain HTTP on loopback and nowhere
    /// else.
    pub secure_cookies: bool,
    /// Reverse proxies whose `X-Forwarded-For` is believed: addresses or networks such as `10.0.0.0/8`.
    pub trusted_proxies: Vec<Network>,
    /// Whom an officer calls who cannot sign in, such as a name and a telephone number.
    pub support: String,
}

impl Default for Config {
    fn default() -> Config {
        Config {
            hash: HashCost::default(),
            idle_minutes: 30,
            session_hours: 12,
            device_days: 180,
            one_time_hours: 72,
            secure_cookies: true,
            trusted_proxies: Vec::new(),
            support: String::new(),
        }
    }
}

impl Config {
    pub(crate) fn idle_seconds(&self) -> i64 {
        i64::from(self.idle_minutes) * 60
    }

    pub(crate) fn session_seconds(&self) -> i64 {
        i64::from(self.session_hours) * 3600
    }

    pub(crate) fn device_seconds(&self) -> i64 {
        i64::from(self.device_days) * 86_400
    }

    pub(crate) fn one_time_seconds(&self) -> i64 {
        i64::from(self.one_time_hours) * 3600
    }
}
