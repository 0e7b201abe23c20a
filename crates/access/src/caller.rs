//! The two sides of a decision: who calls, and which units the thing called for belongs to.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use vocabulary::{Actor, Invalid, UnitCode, UnitLevel};

/// Who calls: an officer at the desk or a machine, with what was assigned to the account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// Who is answerable, as the ledger records it.
    pub actor: Actor,
    /// The name shown to people: the officer's, or the system's title.
    pub name: String,
    /// The roles held.
    pub roles: Vec<Role>,
    /// The units answered for.
    pub units: UnitScope,
}

impl Caller {
    /// Whether the caller holds a role.
    pub fn has_role(&self, role: &str) -> bool {
        self.roles.iter().any(|r| r.as_str() == role)
    }
}

/// A role (*vai trò*), by its code in the policy file, such as `one-stop-clerk`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Role(String);

impl Role {
    /// Reads 1–40 characters of `a–z 0–9 -`.
    pub fn parse(text: &str) -> Result<Role, Invalid> {
        let text = text.trim();
        let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        if text.is_empty() || text.len() > 40 || !text.bytes().all(allowed) {
            return Err(Invalid::new(
                "role/format",
                "Mã vai trò gồm 1–40 ký tự a–z, 0–9 và dấu gạch nối",
                "A role has 1–40 characters of a–z, 0–9 and hyphens",
            ));
        }
        Ok(Role(text.to_owned()))
    }

    /// The code.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for Role {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Role {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Role, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(d)?;
        Role::parse(&text).map_err(serde::de::Error::custom)
    }
}

/// The units a caller answers for (*địa bàn phụ trách*): provinces and communes of the structure since 1 July 2025.
///
/// As text and in JSON: `everywhere`, or the codes with blanks between them (none of them: an empty text).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UnitScope {
    /// The whole country.
    Everywhere,
    /// These provinces and communes; a province covers its communes.
    Units(Vec<UnitCode>),
}

impl UnitScope {
    /// Reads `everywhere`, or unit codes with blanks or commas between them. Codes of districts are refused: the
    /// level ended with the old structure.
    pub fn parse(text: &str) -> Result<UnitScope, Invalid> {
        if text.trim() == "everywhere" {
            return Ok(UnitScope::Everywhere);
        }
        let codes = text.split([' ', ',']).filter(|c| !c.is_empty()).map(UnitCode::parse);
        let mut units = codes.collect::<Result<Vec<_>, _>>()?;
        if units.iter().any(|u| u.level() == UnitLevel::District) {
            return Err(Invalid::new(
                "units/level",
                "Địa bàn phụ trách là tỉnh hoặc xã; cấp huyện đã kết thúc từ 01/7/2025",
                "Assigned units are provinces or communes; districts ended on 1 July 2025",
            ));
        }
        units.sort_unstable();
        units.dedup();
        Ok(UnitScope::Units(units))
    }

    /// Whether a resource lies within. A resource that belongs to no unit lies only within [`UnitScope::Everywhere`].
    pub fn covers(&self, resource: Resource<'_>) -> bool {
        match self {
            UnitScope::Everywhere => true,
            UnitScope::Units(mine) => resource.units.iter().any(|u| mine.contains(u)),
        }
    }
}

impl fmt::Display for UnitScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            UnitScope::Everywhere => f.write_str("everywhere"),
            UnitScope::Units(units) => {
                for (i, unit) in units.iter().enumerate() {
                    if i > 0 {
                        f.write_str(" ")?;
                    }
                    f.write_str(unit.as_str())?;
                }
                Ok(())
            }
        }
    }
}

impl Serialize for UnitScope {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for UnitScope {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<UnitScope, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(d)?;
        UnitScope::parse(&text).map_err(serde::de::Error::custom)
    }
}

/// What is called for, as far as a decision needs it: the units it belongs to, in the structure since 1 July 2025.
///
/// For a person or household: each commune of permanent, temporary or current residence, **and its province**. For an
/// act that is being recorded: the commune in which it takes effect, and its province.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resource<'a> {
    /// Communes and their provinces, in any order.
    pub units: &'a [UnitCode],
}

impl<'a> Resource<'a> {
    /// Something that belongs to no unit, or of which no unit is known.
    pub const NONE: Resource<'static> = Resource { units: &[] };

    /// Something that belongs to these communes and provinces.
    pub const fn of(units: &'a [UnitCode]) -> Resource<'a> {
        Resource { units }
    }
}
