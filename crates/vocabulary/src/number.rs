//! The numbers by which the state knows a person.

use crate::{PartialDate, Sex, problem::Invalid};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// Personal identification number (*số định danh cá nhân*): 12 digits (Law 26/2023 art. 12).
///
/// The old structure – birth-registration prefix, century-and-sex digit, year, six random digits (Decree 137/2015
/// art. 13) – is what new numbers follow and what existing numbers are *compared* with; it never rejects one.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PersonalNumber(u64);

/// Former number (*số CMND*): the 9 digits of the identity cards before the chip card. A person may have several.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FormerNumber(u32);

/// What the structure of a personal number claims, where it can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NumberShape {
    /// First three digits: `0` and the two-digit province of birth registration, or a country.
    pub prefix: u16,
    /// Sex claimed by the fourth digit (even male, odd female).
    pub sex: Sex,
    /// Birth year claimed by the fourth to sixth digit.
    pub year: u16,
}

fn digits(text: &str, count: usize, invalid: Invalid) -> Result<u64, Invalid> {
    let text = text.trim();
    if text.len() != count || !text.bytes().all(|b| b.is_ascii_digit()) {
        return Err(invalid);
    }
    text.parse().map_err(|_| invalid)
}

impl PersonalNumber {
    /// Reads 12 digits; blanks around are ignored.
    pub fn parse(text: &str) -> Result<PersonalNumber, Invalid> {
        digits(
            text,
            12,
            Invalid::new(
                "personal-number/digits",
                "Số định danh cá nhân phải gồm đúng 12 chữ số",
                "A personal number has exactly 12 digits",
            ),
        )
        .map(PersonalNumber)
    }

    /// From the stored integer.
    pub fn from_int(value: i64) -> Option<PersonalNumber> {
        u64::try_from(value).ok().filter(|v| *v < 1_000_000_000_000).map(PersonalNumber)
    }

    /// The integer for storage: the digits read as a number.
    pub const fn as_int(self) -> i64 {
        self.0 as i64
    }

    /// The digits. Call it only where the number is released.
    pub fn reveal(self) -> String {
        format!("{:012}", self.0)
    }

    /// First three and last two digits, for lists in which the whole number is not needed.
    pub fn masked(self) -> String {
        format!("{:03}•••••••{:02}", self.0 / 1_000_000_000, self.0 % 100)
    }

    /// What the structure claims; `None` where the century digit belongs to no century up to the 2300s.
    pub fn shape(self) -> NumberShape {
        let century = (self.0 / 100_000_000 % 10) as u16;
        NumberShape {
            prefix: (self.0 / 1_000_000_000) as u16,
            sex: if century.is_multiple_of(2) { Sex::Male } else { Sex::Female },
            year: 1900 + century / 2 * 100 + (self.0 / 1_000_000 % 100) as u16,
        }
    }

    /// Builds a number of the structure from a serial of six digits. `None` for a sex other than male or female (the
    /// structure has no digit for it: the caller decides which to use), a year outside 1900–2399 or a long serial.
    pub fn compose(prefix: u16, sex: Sex, year: u16, serial: u32) -> Option<PersonalNumber> {
        let sex = match sex {
            Sex::Male => 0,
            Sex::Female => 1,
            Sex::Other => return None,
        };
        if prefix > 999 || !(1900..2400).contains(&year) || serial > 999_999 {
            return None;
        }
        let century = u64::from((year - 1900) / 100) * 2 + sex;
        Some(PersonalNumber(
            u64::from(prefix) * 1_000_000_000
                + century * 100_000_000
                + u64::from(year % 100) * 1_000_000
                + u64::from(serial),
        ))
    }

    /// Where the structure disagrees with what is known of the person. Plausibility only: a warning, never a refusal.
    pub fn implausibilities(self, birth: PartialDate, sex: Option<Sex>, prefix: Option<u16>) -> Vec<Invalid> {
        let shape = self.shape();
        let mut found = Vec::new();
        if birth.year().is_some_and(|y| y != shape.year) {
            found.push(Invalid::new(
                "personal-number/year",
                "Năm trong số định danh khác năm sinh",
                "The year in the number differs from the birth year",
            ));
        }
        if sex.is_some_and(|s| s != Sex::Other && s != shape.sex) {
            found.push(Invalid::new(
                "personal-number/sex",
                "Chữ số giới tính trong số định danh khác giới tính",
                "The sex digit in the number differs from the sex",
            ));
        }
        if prefix.is_some_and(|p| p != shape.prefix) {
            found.push(Invalid::new(
                "personal-number/prefix",
                "Mã nơi đăng ký khai sinh trong số định danh khác nơi đăng ký khai sinh",
                "The prefix of the number differs from the place of birth registration",
            ));
        }
        found
    }
}

impl FormerNumber {
    /// Reads 9 digits; blanks around are ignored.
    pub fn parse(text: &str) -> Result<FormerNumber, Invalid> {
        digits(
            text,
            9,
            Invalid::new(
                "former-number/digits",
                "Số CMND phải gồm đúng 9 chữ số",
                "A former number has exactly 9 digits",
            ),
        )
        .map(|n| FormerNumber(n as u32))
    }

    /// From the stored integer.
    pub fn from_int(value: i64) -> Option<FormerNumber> {
        u32::try_from(value).ok().filter(|v| *v < 1_000_000_000).map(FormerNumber)
    }

    /// The integer for storage.
    pub const fn as_int(self) -> i64 {
        self.0 as i64
    }

    /// The digits. Call it only where the number is released.
    pub fn reveal(self) -> String {
        format!("{:09}", self.0)
    }
}

macro_rules! redacted {
    ($name:ident) => {
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(redacted)"))
            }
        }
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                s.serialize_str(&self.reveal())
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
redacted!(PersonalNumber);
redacted!(FormerNumber);

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_structure_is_read_and_built() {
        let n = PersonalNumber::parse("056199001234").unwrap();
        assert_eq!(n.shape(), NumberShape { prefix: 56, sex: Sex::Female, year: 1999 });
        assert_eq!(PersonalNumber::compose(56, Sex::Female, 1999, 1234), Some(n));
        assert_eq!(n.masked(), "056•••••••34");
        assert_eq!(format!("{n:?}"), "PersonalNumber(redacted)");
        assert!(
            n.implausibilities(PartialDate::new(1999, 0, 0).unwrap(), Some(Sex::Female), Some(56)).is_empty()
        );
        assert_eq!(
            n.implausibilities(PartialDate::new(2001, 0, 0).unwrap(), Some(Sex::Male), Some(1)).len(),
            3
        );
    }

    #[test]
    fn anything_but_digits_is_refused() {
        for text in ["", "05619900123", "0561990012345", "05619900123a", "056 199 001 234", "٠٥٦١٩٩٠٠١٢٣٤"]
        {
            assert!(PersonalNumber::parse(text).is_err(), "{text}");
        }
        assert!(FormerNumber::parse("22512345").is_err());
        assert_eq!(FormerNumber::parse(" 001234567 ").unwrap().reveal(), "001234567");
    }

    proptest! {
        #[test]
        fn numbers_round_trip(v in 0i64..1_000_000_000_000) {
            let n = PersonalNumber::from_int(v).unwrap();
            prop_assert_eq!(PersonalNumber::parse(&n.reveal()), Ok(n));
            prop_assert_eq!(n.as_int(), v);
        }

        #[test]
        fn shapes_round_trip(p in 0u16..1000, female: bool, y in 1900u16..2400, s in 0u32..1_000_000) {
            let sex = if female { Sex::Female } else { Sex::Male };
            let n = PersonalNumber::compose(p, sex, y, s).unwrap();
            prop_assert_eq!(n.shape(), NumberShape { prefix: p, sex, year: y });
        }
    }
}
