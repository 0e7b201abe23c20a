//! Addresses that survive a change of the administrative map.

use crate::UnitCode;
use serde::{Deserialize, Serialize};
use std::fmt;

/// An address: the commune's code before and since 1 July 2025, the part below the commune, and the text as it was
/// written. All parts are optional because papers leave them out; an address abroad has a country and a text.
#[derive(Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Address {
    /// Commune in the structure before 1 July 2025.
    #[serde(rename = "old", default, skip_serializing_if = "Option::is_none")]
    pub old_unit: Option<UnitCode>,
    /// Commune in the structure since 1 July 2025.
    #[serde(rename = "new", default, skip_serializing_if = "Option::is_none")]
    pub new_unit: Option<UnitCode>,
    /// House number, street, hamlet (*số nhà, đường, thôn, tổ dân phố*).
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub detail: String,
    /// The text of the source, where there is one.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub text: String,
    /// ISO 3166 alpha-2 code, where it is not Viet Nam.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
}

impl Address {
    /// Longest `detail` or `text`, in characters.
    pub const MAX: usize = 300;

    /// Whether nothing is known.
    pub fn is_empty(&self) -> bool {
        *self == Address::default()
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Address(redacted)")
    }
}
