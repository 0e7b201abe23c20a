//! Codes of units, agencies, procedures, outcomes and dossiers (facts §1). All are strings with leading zeros.

use crate::problem::Invalid;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// Level of an administrative unit, told by the length of its code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum UnitLevel {
    /// *Tỉnh, thành phố*: 2 digits.
    Province,
    /// *Huyện, quận, thị xã*: 3 digits; none since 1 July 2025.
    District,
    /// *Xã, phường, thị trấn, đặc khu*: 5 digits.
    Commune,
}

/// Code of an administrative unit (*đơn vị hành chính*): 2, 3 or 5 digits.
///
/// A code alone does not say which structure it belongs to: 00004 was Phường Trúc Bạch until 30 June 2025 and is
/// Phường Ba Đình since. Where it matters, the field or the caller says so.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnitCode {
    bytes: [u8; 5],
    len: u8,
}

impl UnitCode {
    /// Reads 2, 3 or 5 digits.
    pub fn parse(text: &str) -> Result<UnitCode, Invalid> {
        let text = text.trim();
        if !matches!(text.len(), 2 | 3 | 5) || !text.bytes().all(|b| b.is_ascii_digit()) {
            return Err(Invalid::new(
                "unit/digits",
                "Mã đơn vị hành chính gồm 2, 3 hoặc 5 chữ số",
                "A unit code has 2, 3 or 5 digits",
            ));
        }
        let mut bytes = [0; 5];
        bytes[..text.len()].copy_from_slice(text.as_bytes());
        Ok(UnitCode { bytes, len: text.len() as u8 })
    }

    /// The code of so many digits (2, 3 or 5) with this value.
    pub fn from_number(mut number: u32, digits: u8) -> Option<UnitCode> {
        if !matches!(digits, 2 | 3 | 5) || number >= 10u32.pow(u32::from(digits)) {
            return None;
        }
        let mut bytes = [0; 5];
        for byte in bytes[..usize::from(digits)].iter_mut().rev() {
            *byte = b'0' + (number % 10) as u8;
            number /= 10;
        }
        Some(UnitCode { bytes, len: digits })
    }

    /// The digits.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.bytes[..self.len as usize]).unwrap_or_default()
    }

    /// The level, by length.
    pub fn level(&self) -> UnitLevel {
        match self.len {
            2 => UnitLevel::Province,
            3 => UnitLevel::District,
            _ => UnitLevel::Commune,
        }
    }
}

macro_rules! code {
    ($(#[$doc:meta])* $name:ident, $rule:literal, $max:literal, $vi:literal, $en:literal, $check:expr) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            /// Reads and checks the code.
            pub fn parse(text: &str) -> Result<$name, Invalid> {
                let text = text.trim();
                let check: fn(&str) -> bool = $check;
                if text.is_empty() || text.len() > $max || !text.is_ascii() || !check(text) {
                    return Err(Invalid::new($rule, $vi, $en));
                }
                Ok($name(text.to_owned()))
            }

            /// The code.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
    };
}

fn dotted(text: &str) -> bool {
    text.split('.').all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric()))
}

code!(
    /// Code of an agency (*mã cơ quan, đơn vị*): `000.00.XX.Hnn` of QCVN 102:2016, `H30.x.y` of Decision 20/2020, or
    /// the head part alone (`G01`).
    AgencyCode, "agency/format", 40,
    "Mã cơ quan gồm các nhóm chữ và số cách nhau bằng dấu chấm, ví dụ 000.00.01.H32",
    "An agency code is groups of letters and digits with dots between them, such as 000.00.01.H32",
    dotted
);
code!(
    /// Code of an administrative procedure (*mã TTHC*): `n.nnnnnn`, optionally followed by an agency's code.
    ProcedureCode, "procedure/format", 60,
    "Mã thủ tục có dạng 1.004222", "A procedure code looks like 1.004222",
    |t| {
        let b = t.as_bytes();
        dotted(t) && b.len() >= 8 && b[0].is_ascii_digit() && b[1] == b'.' && b[2..8].iter().all(u8::is_ascii_digit)
            && (b.len() == 8 || b[8] == b'.')
    }
);
code!(
    /// Code of a result (*mã kết quả giải quyết TTHC*): `KQ.<agency>.<6 digits>`.
    OutcomeCode, "outcome/format", 20,
    "Mã kết quả có dạng KQ.G01.000023", "An outcome code looks like KQ.G01.000023",
    |t| {
        let parts: Vec<&str> = t.split('.').collect();
        matches!(parts.as_slice(), ["KQ", agency, serial]
            if agency.len() == 3 && agency.bytes().all(|b| b.is_ascii_alphanumeric())
            && serial.len() == 6 && serial.bytes().all(|b| b.is_ascii_digit()))
    }
);
code!(
    /// Code of a dossier (*mã hồ sơ*): `<agency>-yymmdd-nnnn`.
    DossierCode, "dossier/format", 60,
    "Mã hồ sơ có dạng 000.17.22.H56-210531-0001", "A dossier code looks like 000.17.22.H56-210531-0001",
    |t| {
        let parts: Vec<&str> = t.split('-').collect();
        matches!(parts.as_slice(), [agency, date, serial]
            if dotted(agency) && date.len() == 6 && date.bytes().all(|b| b.is_ascii_digit())
            && (3..=8).contains(&serial.len()) && serial.bytes().all(|b| b.is_ascii_digit()))
    }
);

macro_rules! code_traits {
    ($($name:ident),*) => {$(
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.as_str())
            }
        }
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                s.serialize_str(self.as_str())
            }
        }
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(d: D) -> Result<$name, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(d)?;
                $name::parse(&text).map_err(serde::de::Error::custom)
            }
        }
    )*};
}
code_traits!(UnitCode, AgencyCode, ProcedureCode, OutcomeCode, DossierCode);

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn real_codes_pass() {
        assert_eq!(UnitCode::parse("22363").unwrap().level(), UnitLevel::Commune);
        assert_eq!(UnitCode::parse("56").unwrap().to_string(), "56");
        for code in ["000.00.01.H32", "H30.1.2", "G01"] {
            assert_eq!(AgencyCode::parse(code).unwrap().as_str(), code);
        }
        for code in ["1.004222", "2.000815.000.00.00.H55"] {
            assert_eq!(ProcedureCode::parse(code).unwrap().as_str(), code);
        }
        assert!(OutcomeCode::parse("KQ.G01.000023").is_ok());
        assert!(DossierCode::parse("000.17.22.H56-210531-0001").is_ok());
    }

    #[test]
    fn wrong_codes_do_not() {
        assert!(UnitCode::parse("2236").is_err());
        assert!(AgencyCode::parse("H30..1").is_err());
        assert!(ProcedureCode::parse("1.00422").is_err());
        assert!(OutcomeCode::parse("KQ.G01.23").is_err());
        assert!(DossierCode::parse("000.17.22.H56-210531").is_err());
    }

    proptest! {
        #[test]
        fn no_text_makes_them_panic(text in "\\PC*") {
            let _ = (UnitCode::parse(&text), AgencyCode::parse(&text), ProcedureCode::parse(&text),
                OutcomeCode::parse(&text), DossierCode::parse(&text));
        }
    }
}
