//! Internal identifiers. They name rows, mean nothing outside, and are safe in addresses and logs.

use serde::{Deserialize, Serialize};
use std::fmt;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

id!(
    /// A person's record.
    PersonId
);
id!(
    /// A household's record (*hộ*).
    HouseholdId
);
id!(
    /// Position of an act in the one sequence of all acts.
    ActSeq
);
