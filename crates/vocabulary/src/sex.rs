//! Sex, as registered.

use crate::{Text, problem::Invalid};
use serde::{Deserialize, Serialize};

/// Sex as registered (*giới tính*).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Sex {
    /// *Nam*.
    Male,
    /// *Nữ*.
    Female,
    /// Recorded as neither.
    Other,
}

impl Sex {
    /// Reads `male`/`Nam`/`1`, `female`/`Nữ`/`2`, `other`/`Khác`/`3`.
    pub fn parse(text: &str) -> Result<Sex, Invalid> {
        match crate::fold(text).as_str() {
            "male" | "nam" | "1" | "m" => Ok(Sex::Male),
            "female" | "nu" | "2" | "f" => Ok(Sex::Female),
            "other" | "khac" | "3" => Ok(Sex::Other),
            _ => Err(Invalid::new(
                "sex/value",
                "Giới tính phải là Nam, Nữ hoặc Khác",
                "Sex must be male, female or other",
            )),
        }
    }

    /// One digit for storage: 1, 2, 3.
    pub const fn digit(self) -> i16 {
        match self {
            Sex::Male => 1,
            Sex::Female => 2,
            Sex::Other => 3,
        }
    }

    /// From the storage digit.
    pub const fn from_digit(digit: i16) -> Option<Sex> {
        match digit {
            1 => Some(Sex::Male),
            2 => Some(Sex::Female),
            3 => Some(Sex::Other),
            _ => None,
        }
    }

    /// As people read it.
    pub const fn text(self) -> Text {
        match self {
            Sex::Male => Text::new("Nam", "Male"),
            Sex::Female => Text::new("Nữ", "Female"),
            Sex::Other => Text::new("Khác", "Other"),
        }
    }
}
