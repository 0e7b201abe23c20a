//! Who asks, and what for: what every look-up and every change carries.

use crate::{AgencyCode, DossierCode, ProcedureCode, Text, UnitCode, problem::Invalid};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

macro_rules! label {
    ($(#[$doc:meta])* $name:ident, $rule:literal, $vi:literal, $en:literal) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            /// Reads 1–64 characters of `a–z A–Z 0–9 . _ - @`.
            pub fn parse(text: &str) -> Result<$name, Invalid> {
                let text = text.trim();
                let allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-' | b'@');
                if text.is_empty() || text.len() > 64 || !text.bytes().all(allowed) {
                    return Err(Invalid::new($rule, $vi, $en));
                }
                Ok($name(text.to_owned()))
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                s.serialize_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(d: D) -> Result<$name, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(d)?;
                $name::parse(&text).map_err(serde::de::Error::custom)
            }
        }
    };
}

label!(
    /// A calling system, by its registered identifier.
    SystemId, "system/format",
    "Mã hệ thống gồm 1–64 ký tự chữ, số và . _ - @", "A system identifier has 1–64 letters, digits and . _ - @"
);
label!(
    /// An officer, by account name.
    StaffId, "officer/format",
    "Tên tài khoản cán bộ gồm 1–64 ký tự chữ, số và . _ - @", "An officer's account name has 1–64 letters, digits and . _ - @"
);

/// Who acts: a system, an officer, or an officer through a system; always for an agency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    /// The calling system, where a machine calls.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub system: Option<SystemId>,
    /// The officer, where a person acts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub officer: Option<StaffId>,
    /// The agency answerable.
    pub agency: AgencyCode,
    /// The administrative unit of the agency, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<UnitCode>,
}

macro_rules! purposes {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $vi:literal, $en:literal;)*) => {
        /// Why personal data is read or changed. A closed list, so that policies can grant by it and an inspector can
        /// count by it; the legal basis says the rest.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Purpose {
            $($(#[$doc])* #[serde(rename = $code)] $name,)*
        }

        impl Purpose {
            /// All purposes, the commonest first.
            pub const ALL: &'static [Purpose] = &[$(Purpose::$name),*];

            /// Stable code.
            pub const fn code(self) -> &'static str {
                match self { $(Purpose::$name => $code),* }
            }

            /// As people read it.
            pub const fn text(self) -> Text {
                match self { $(Purpose::$name => Text::new($vi, $en)),* }
            }

            /// The purpose for a code.
            pub fn parse(code: &str) -> Result<Purpose, Invalid> {
                match code.trim() {
                    $($code => Ok(Purpose::$name),)*
                    _ => Err(Invalid::new("purpose/unknown", "Mục đích không có trong danh mục", "The purpose is not in the list")),
                }
            }
        }
    };
}

purposes! {
    /// Settling an administrative procedure; needs the procedure and the dossier.
    Procedure = "procedure", "Giải quyết thủ tục hành chính", "Settling an administrative procedure";
    /// Managing residence.
    Residence = "residence", "Quản lý cư trú", "Managing residence";
    /// Registering civil status.
    CivilStatus = "civil-status", "Đăng ký hộ tịch", "Registering civil status";
    /// Cleaning data.
    Cleaning = "cleaning", "Làm sạch dữ liệu dân cư", "Cleaning population data";
    /// Verifying a person for a service of an agency or a firm.
    Verification = "verification", "Xác thực thông tin công dân", "Verifying a person";
    /// At the request of the person concerned.
    OwnRequest = "own-request", "Theo yêu cầu của chính công dân", "At the citizen's own request";
    /// Investigating an offence.
    Investigation = "investigation", "Điều tra, xác minh vi phạm", "Investigation";
    /// Inspecting how data is used.
    Inspection = "inspection", "Thanh tra, kiểm tra", "Inspection";
    /// Managing the system.
    Administration = "administration", "Quản trị hệ thống", "System administration";
}

/// The legal basis of a look-up or change: a document and, where there is one, its article. 3–200 characters.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct LegalBasis(String);

impl LegalBasis {
    /// Reads 3–200 characters without control characters.
    pub fn parse(text: &str) -> Result<LegalBasis, Invalid> {
        let text = text.trim();
        let length = text.chars().count();
        if !(3..=200).contains(&length) || text.chars().any(char::is_control) {
            return Err(Invalid::new(
                "legal-basis/length",
                "Căn cứ pháp lý phải có từ 3 đến 200 ký tự",
                "The legal basis has 3 to 200 characters",
            ));
        }
        Ok(LegalBasis(text.to_owned()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Serialize for LegalBasis {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for LegalBasis {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<LegalBasis, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(d)?;
        LegalBasis::parse(&text).map_err(serde::de::Error::custom)
    }
}

/// What a look-up or change is for: purpose, legal basis and, where it serves a procedure, procedure and dossier.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Basis {
    /// The purpose.
    pub purpose: Purpose,
    /// The legal basis.
    pub legal_basis: LegalBasis,
    /// The procedure served.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub procedure: Option<ProcedureCode>,
    /// The dossier served.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dossier: Option<DossierCode>,
}

impl Basis {
    /// A purpose that serves a procedure names the procedure and the dossier.
    pub fn check(self) -> Result<Basis, Invalid> {
        if self.purpose == Purpose::Procedure && (self.procedure.is_none() || self.dossier.is_none()) {
            return Err(Invalid::new(
                "basis/procedure",
                "Tra cứu để giải quyết thủ tục phải có mã thủ tục và mã hồ sơ",
                "A look-up that serves a procedure names the procedure and the dossier",
            ));
        }
        Ok(self)
    }
}
