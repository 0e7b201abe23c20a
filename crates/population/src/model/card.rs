//! The identity card in force.

use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use vocabulary::{Invalid, PartialDate};

/// The identity card in force (*thẻ căn cước*, until June 2024 *thẻ căn cước công dân*), Law 26/2023 art. 9, 18. Its number
/// is the personal number.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Card {
    /// Date of issue.
    pub issued_on: PartialDate,
    /// Last day of validity; unknown where there is no limit.
    #[serde(default, skip_serializing_if = "PartialDate::is_unknown_ref")]
    pub expires_on: PartialDate,
    /// The issuer, as the card names it: nearly always one of two.
    #[serde(default, skip_serializing_if = "str::is_empty")]
    pub issuer: Cow<'static, str>,
}

/// The ages at which a card is exchanged (Law 26/2023 art. 21).
pub const CARD_AGES: [u16; 4] = [14, 25, 40, 60];

/// A card issued within so many years before such an age holds until the next one.
const SPARED: u16 = 2;

/// Characters of an issuer at most.
pub const ISSUER_LENGTH: u16 = 100;

const NO_DATE: Invalid =
    Invalid::new("card/issued", "Thiếu ngày cấp thẻ căn cước", "The card's date of issue is missing");
const FUTURE: Invalid =
    Invalid::new("card/future", "Ngày cấp thẻ ở tương lai", "The card's date of issue lies in the future");
const BEFORE_BIRTH: Invalid =
    Invalid::new("card/before-birth", "Ngày cấp thẻ trước ngày sinh", "The card was issued before the birth");
const ENDS_FIRST: Invalid = Invalid::new(
    "card/expires",
    "Ngày hết hạn thẻ phải sau ngày cấp",
    "The card has to expire after it was issued",
);
const ISSUER: Invalid = Invalid::new(
    "card/issuer",
    "Nơi cấp thẻ dài quá 100 ký tự hoặc có ký tự điều khiển",
    "The card's issuer is longer than 100 characters or has control characters",
);
const VALIDITY: Invalid = Invalid::new(
    "card/validity",
    "Hạn của thẻ không phải ở tuổi phải đổi thẻ: 14, 25, 40, 60 (Luật Căn cước 2023, điều 21)",
    "The card does not expire at an age of exchange: 14, 25, 40, 60 (Law 26/2023 art. 21)",
);

/// A part of a card, as the place of a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CardPart {
    /// Date of issue.
    Issued,
    /// Last day of validity.
    Expires,
    /// Issuer.
    Issuer,
}

impl Card {
    /// Whether the card holds on a day; one of which only the year is known holds to the end of it.
    pub fn holds_on(&self, day: PartialDate) -> bool {
        self.expires_on.is_unknown() || day.packed() <= last(self.expires_on)
    }

    /// What no card says: these refuse an act or a row.
    pub fn contradictions(&self, birth: PartialDate, today: PartialDate) -> Vec<(CardPart, Invalid)> {
        let mut found = Vec::new();
        let mut check = |part, wrong: bool, rule| {
            if wrong {
                found.push((part, rule));
            }
        };
        let (issued, expires) = (self.issued_on, self.expires_on);
        check(CardPart::Issued, issued.is_unknown(), NO_DATE);
        check(CardPart::Issued, issued.earliest() > today.packed(), FUTURE);
        check(CardPart::Issued, !issued.is_unknown() && last(issued) < birth.earliest(), BEFORE_BIRTH);
        let ends_first = if issued.is_whole() && expires.is_whole() {
            expires.packed() <= issued.packed()
        } else {
            last(expires) < issued.earliest()
        };
        check(CardPart::Expires, !expires.is_unknown() && ends_first, ENDS_FIRST);
        let sound = self.issuer.chars().count() <= usize::from(ISSUER_LENGTH)
            && !self.issuer.chars().any(char::is_control);
        check(CardPart::Issuer, !sound, ISSUER);
        found
    }

    /// What is unlikely: a validity that does not end where the law has it end.
    pub fn implausibility(&self, birth: PartialDate) -> Option<Invalid> {
        let (born, issued) = (birth.year()?, self.issued_on);
        if !birth.is_whole() || !issued.is_whole() {
            return None;
        }
        let age = birth.age_at(issued)?;
        let ends = Card::exchange_age(age).map(|at| born + at);
        (self.expires_on.year() != ends).then_some(VALIDITY)
    }

    /// The age at which a card that is issued at an age has to be exchanged; none where it holds for life.
    pub fn exchange_age(issued_at: u16) -> Option<u16> {
        CARD_AGES.into_iter().find(|age| issued_at + SPARED < *age)
    }
}

/// The latest day that a date can be, as `yyyymmdd`.
fn last(date: PartialDate) -> u32 {
    match (date.month(), date.day()) {
        (None, _) => date.packed() + 12_31,
        (Some(_), None) => date.packed() + 31,
        _ => date.packed(),
    }
}

impl std::fmt::Debug for Card {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Card(redacted)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> PartialDate {
        PartialDate::parse(text).unwrap()
    }

    fn card(issued: &str, expires: &str) -> Card {
        Card { issued_on: date(issued), expires_on: date(expires), issuer: "Bộ Công an".into() }
    }

    #[test]
    fn what_no_card_says_is_told_part_by_part() {
        let (birth, today) = (date("1998-05-12"), date("2026-11-21"));
        let rules =
            |c: Card| -> Vec<&str> { c.contradictions(birth, today).iter().map(|(_, i)| i.rule).collect() };
        assert_eq!(rules(card("2021-03-04", "2038-05-12")), [""; 0]);
        assert_eq!(rules(card("2021-03-04", "")), [""; 0]);
        assert_eq!(rules(card("1998", "")), [""; 0]);
        assert_eq!(rules(card("", "2038-05-12")), ["card/issued"]);
        assert_eq!(rules(card("2026-11-22", "")), ["card/future"]);
        assert_eq!(rules(card("1998-05-11", "")), ["card/before-birth"]);
        assert_eq!(rules(card("1997", "")), ["card/before-birth"]);
        assert_eq!(rules(card("2021-03-04", "2021-03-04")), ["card/expires"]);
        assert_eq!(rules(card("2021", "2021")), [""; 0]);
        assert_eq!(rules(card("2021-03", "2020")), ["card/expires"]);
        assert_eq!(rules(Card { issuer: "x".repeat(101).into(), ..card("2021-03-04", "") }), ["card/issuer"]);
        assert_eq!(rules(Card { issuer: "a\nb".into(), ..card("2021-03-04", "") }), ["card/issuer"]);
    }

    #[test]
    fn a_card_ends_at_the_ages_of_the_law() {
        let unlikely = |c: Card, birth: &str| c.implausibility(date(birth)).is_some();
        assert!(!unlikely(card("2021-06-04", "2038-05-12"), "1998-05-12"), "at 23, in force to 40");
        assert!(!unlikely(card("2021-03-04", "2024-05-12"), "1999-05-12"), "at 21, in force to 25");
        assert!(!unlikely(card("2021-03-04", ""), "1961-05-12"), "at 59, for life");
        assert!(unlikely(card("2021-06-04", ""), "1998-05-12"));
        assert!(unlikely(card("2021-03-04", "2031-03-04"), "1998-05-12"));
        assert!(!unlikely(card("2021", "2031-03-04"), "1998-05-12"), "too little is known");
        assert_eq!(
            [3, 11, 12, 22, 23, 37, 38, 57, 58, 90].map(Card::exchange_age),
            [Some(14), Some(14), Some(25), Some(25), Some(40), Some(40), Some(60), Some(60), None, None]
        );
    }

    #[test]
    fn the_last_day_still_counts() {
        for (end, day, holds) in [
            ("2026-11-21", "2026-11-21", true),
            ("2026-11-21", "2026-11-22", false),
            ("2026", "2026-12-31", true),
            ("2026-02", "2026-03-01", false),
            ("", "2399-12-31", true),
        ] {
            assert_eq!(card("2021-03-04", end).holds_on(date(day)), holds, "{end} {day}");
        }
    }
}
