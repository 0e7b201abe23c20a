//! Residence records of the four kinds.

use serde::{Deserialize, Serialize};
use vocabulary::{ActSeq, Address, Field, PartialDate, Text};

/// The kinds of residence record (Law on Residence 68/2020).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ResidenceKind {
    /// *Thường trú*.
    Permanent,
    /// *Tạm trú*: 30 days or more outside the permanent residence.
    Temporary,
    /// *Tạm vắng*.
    Absence,
    /// *Lưu trú*: under 30 days.
    Stay,
}

impl ResidenceKind {
    /// As people read it.
    pub const fn text(self) -> Text {
        match self {
            ResidenceKind::Permanent => Text::new("Thường trú", "Permanent residence"),
            ResidenceKind::Temporary => Text::new("Tạm trú", "Temporary residence"),
            ResidenceKind::Absence => Text::new("Tạm vắng", "Temporary absence"),
            ResidenceKind::Stay => Text::new("Lưu trú", "Stay"),
        }
    }

    /// The field of release to which such a record belongs.
    pub const fn field(self) -> Field {
        match self {
            ResidenceKind::Permanent => Field::PermanentResidence,
            ResidenceKind::Temporary => Field::TemporaryResidence,
            ResidenceKind::Absence => Field::TemporaryAbsence,
            ResidenceKind::Stay => Field::Stays,
        }
    }
}

/// A residence that still runs, which a record takes over from one that is merged into it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Carried {
    /// Which kind.
    pub kind: ResidenceKind,
    /// Where; of an absence: where the person has gone.
    pub address: Address,
    /// First day.
    pub from: PartialDate,
    /// Last day, as announced.
    #[serde(default, skip_serializing_if = "PartialDate::is_unknown_ref")]
    pub until: PartialDate,
}

/// One residence record of a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Residence {
    /// Which kind.
    pub kind: ResidenceKind,
    /// Where; of an absence: where the person has gone.
    pub address: Address,
    /// First day.
    pub from: PartialDate,
    /// Last day: announced (a temporary residence runs for two years at most) or, once `ended`, real.
    #[serde(default, skip_serializing_if = "PartialDate::is_unknown_ref")]
    pub until: PartialDate,
    /// Ended by an act before or at `until`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub ended: bool,
    /// The act that made the record.
    pub act: ActSeq,
}

impl Residence {
    /// Whether the record holds on a day.
    pub fn holds_on(&self, day: PartialDate) -> bool {
        self.from.earliest() <= day.packed()
            && (self.until.is_unknown() || day.packed() <= self.until.packed())
            && !(self.ended && self.until.is_unknown())
    }
}
