//! Households.

use serde::{Deserialize, Serialize};
use vocabulary::{ActSeq, Address, HouseholdId, PartialDate};

/// A household (*hộ*). Who belongs to it stands with the persons; whether it has one head, none or two is a finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Household {
    /// The record.
    pub id: HouseholdId,
    /// Where it lives.
    #[serde(default, skip_serializing_if = "Address::is_empty")]
    pub address: Address,
    /// Number of the residence file (*số hồ sơ cư trú*).
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub file: String,
    /// Since when.
    #[serde(default, skip_serializing_if = "PartialDate::is_unknown_ref")]
    pub formed: PartialDate,
    /// Whether it still exists.
    #[serde(default)]
    pub state: HouseholdState,
    /// The last act that touched it: the version that a change must name.
    pub version: ActSeq,
}

/// Whether a household still exists.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HouseholdState {
    /// It does.
    #[default]
    Open,
    /// All members have left or it was merged into another.
    Closed,
    /// It never was: the act that formed it was annulled.
    Void,
}

impl Household {
    /// An empty record.
    pub fn new(id: HouseholdId) -> Household {
        Household {
            id,
            address: Address::default(),
            file: String::new(),
            formed: PartialDate::UNKNOWN,
            state: HouseholdState::Void,
            version: ActSeq(0),
        }
    }
}
