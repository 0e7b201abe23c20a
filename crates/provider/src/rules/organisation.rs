//! Organisations that have accounts (Decree 69/2024/NĐ-CP): what they are, and the number by which they are told apart.

use vocabulary::{Invalid, Text};

/// What an organisation is. Household businesses are none: since 1 July 2025 the owner's personal number is their tax
/// code, and the owner signs in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// *Doanh nghiệp*.
    Enterprise,
    /// *Hợp tác xã*.
    Cooperative,
    /// *Cơ quan nhà nước*.
    Agency,
    /// *Đơn vị sự nghiệp công lập*: schools, hospitals.
    PublicUnit,
    /// *Hội, tổ chức xã hội*.
    Association,
    /// *Chi nhánh, văn phòng đại diện*.
    Branch,
    /// Any other.
    Other,
}

impl Kind {
    /// All, in the order in which forms show them.
    pub const ALL: [Kind; 7] = [
        Kind::Enterprise,
        Kind::Cooperative,
        Kind::Agency,
        Kind::PublicUnit,
        Kind::Association,
        Kind::Branch,
        Kind::Other,
    ];

    /// As stored and sent.
    pub const fn code(self) -> &'static str {
        match self {
            Kind::Enterprise => "enterprise",
            Kind::Cooperative => "cooperative",
            Kind::Agency => "agency",
            Kind::PublicUnit => "public-unit",
            Kind::Association => "association",
            Kind::Branch => "branch",
            Kind::Other => "other",
        }
    }

    /// The kind of a code.
    pub fn of(code: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.code() == code)
    }

    /// As people read it.
    pub const fn text(self) -> Text {
        match self {
            Kind::Enterprise => Text::new("Doanh nghiệp", "Enterprise"),
            Kind::Cooperative => Text::new("Hợp tác xã", "Cooperative"),
            Kind::Agency => Text::new("Cơ quan nhà nước", "State agency"),
            Kind::PublicUnit => {
                Text::new("Đơn vị sự nghiệp công lập", "Public unit, such as a school or hospital")
            }
            Kind::Association => Text::new("Hội, tổ chức xã hội", "Association"),
            Kind::Branch => Text::new("Chi nhánh, văn phòng đại diện", "Branch or representative office"),
            Kind::Other => Text::new("Tổ chức khác", "Another organisation"),
        }
    }
}

/// The tax code of an organisation (*mã số thuế*), which is the number of an enterprise too: ten digits, of which the
/// last checks the others, and for a dependent unit a hyphen and three more (from memory: Circular 105/2020/TT-BTC).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrganisationNumber(String);

const FORMAT: Invalid = Invalid::new(
    "organisation/number",
    "Mã số thuế gồm 10 chữ số, đơn vị phụ thuộc thêm dấu gạch nối và 3 chữ số",
    "A tax code has 10 digits, for a dependent unit a hyphen and 3 more",
);
const CHECK: Invalid = Invalid::new(
    "organisation/number-check",
    "Mã số thuế không đúng: chữ số thứ mười không khớp với các chữ số trước",
    "The tax code is not right: its tenth digit does not fit the others",
);

/// What each of the first nine digits weighs.
const WEIGHTS: [u32; 9] = [31, 29, 23, 19, 17, 13, 7, 5, 3];

impl OrganisationNumber {
    /// Reads a number, with or without the hyphen and blanks.
    ///
    /// # Errors
    /// `organisation/number`, `organisation/number-check`.
    pub fn parse(text: &str) -> Result<OrganisationNumber, Invalid> {
        let plain: Vec<char> =
            text.trim().chars().filter(|c| !matches!(c, ' ' | '-' | '.')).take(20).collect();
        let digits: Vec<u32> = plain.iter().filter_map(|c| c.to_digit(10)).collect();
        if !matches!(plain.len(), 10 | 13) || digits.len() != plain.len() {
            return Err(FORMAT);
        }
        let sum: u32 = digits.iter().zip(WEIGHTS).map(|(digit, weight)| digit * weight).sum();
        if digits.get(9).copied() != Some(10 - sum % 11) {
            return Err(CHECK);
        }
        let all: String = plain.into_iter().collect();
        let (head, unit) = all.split_at(10);
        if unit == "000" {
            return Err(FORMAT);
        }
        Ok(OrganisationNumber(if unit.is_empty() { head.to_owned() } else { format!("{head}-{unit}") }))
    }

    /// The digits, with the hyphen before a dependent unit's.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_tenth_digit_checks_the_others() {
        for good in ["5600112233", " 5600 112 233 ", "0106999991-002", "0106999991002"] {
            assert!(OrganisationNumber::parse(good).is_ok(), "{good}");
        }
        assert_eq!(OrganisationNumber::parse("0106999991002").unwrap().as_str(), "0106999991-002");
        for bad in
            ["", "5600112230", "560011223", "56001122331", "0106999991-000", "o600112233", "056080001111"]
        {
            assert!(OrganisationNumber::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn kinds_are_read_back() {
        for kind in Kind::ALL {
            assert_eq!(Kind::of(kind.code()), Some(kind));
        }
        assert_eq!(Kind::of("household"), None);
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "\\PC*") {
            if let Ok(number) = OrganisationNumber::parse(&text) {
                prop_assert_eq!(OrganisationNumber::parse(number.as_str()), Ok(number.clone()));
            }
        }

        #[test]
        fn one_wrong_digit_is_found(at in 0_usize..9, by in 1_u32..10) {
            let mut digits: Vec<char> = "5600112233".chars().collect();
            let digit = (digits[at].to_digit(10).unwrap() + by) % 10;
            digits[at] = char::from_digit(digit, 10).unwrap();
            let text: String = digits.into_iter().collect();
            prop_assert!(OrganisationNumber::parse(&text).is_err());
        }
    }
}
