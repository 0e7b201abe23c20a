//! How the paper was checked that somebody shows in person, and the dates of an identity card beside those of the registry.

use super::ages::Paper;
use population::model::Card;
use vocabulary::{Invalid, PartialDate, Text};

/// How a paper was checked. The chip is not read yet: whoever builds that adds the outcome of reading it here, and the
/// files that were only seen stay told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// The officer saw the paper and the person; no chip was read.
    SeenByOfficer,
    /// The same of an identity card whose dates are those of the card in the registry.
    CardAgrees,
    /// The same of an identity card, of which the registry holds none.
    CardNotHeld,
}

impl Proof {
    /// As stored.
    pub const fn code(self) -> &'static str {
        match self {
            Proof::SeenByOfficer => "seen",
            Proof::CardAgrees => "card-agrees",
            Proof::CardNotHeld => "card-not-held",
        }
    }

    /// As officers read it; nothing for what a later program stored.
    pub const fn text(code: &str) -> Option<Text> {
        match code.as_bytes() {
            b"seen" => Some(Text::new(
                "Cán bộ đã xem giấy tờ và người có mặt; chip chưa được đọc",
                "Seen by the officer, with the person present; the chip was not read",
            )),
            b"card-agrees" => Some(Text::new(
                "Cán bộ đã xem thẻ và người có mặt; ngày cấp, ngày hết hạn khớp với cơ sở dữ liệu dân cư; chip chưa được đọc",
                "Seen by the officer, with the person present; its dates agree with the registry; the chip was not read",
            )),
            b"card-not-held" => Some(Text::new(
                "Cán bộ đã xem thẻ và người có mặt; cơ sở dữ liệu dân cư chưa có thẻ để đối chiếu; chip chưa được đọc",
                "Seen by the officer, with the person present; the registry holds no card to compare; the chip was not read",
            )),
            _ => None,
        }
    }
}

const CARD_DATES: Invalid = Invalid::new(
    "enrolment/card-dates",
    "Ngày cấp hoặc ngày hết hạn khác với thẻ đang ghi trong cơ sở dữ liệu dân cư. Nếu thẻ đúng là thẻ mới nhất, cần điều chỉnh thông tin trước.",
    "The dates are not those of the card that the registry holds. If this is the latest card, the record is corrected first.",
);

/// What is proven by a paper with its dates of issue and end, beside the card that the registry holds.
///
/// # Errors
/// `enrolment/card-dates`, where the registry holds a card with other dates.
pub fn of(paper: Paper, [issued, expires]: [PartialDate; 2], held: Option<&Card>) -> Result<Proof, Invalid> {
    match (paper, held) {
        (Paper::Card, Some(held)) => {
            // A register that was taken over may not know when a card ends.
            let ends = held.expires_on.is_unknown() || held.expires_on == expires;
            let agrees = ends && held.issued_on.agrees_with(issued);
            if agrees { Ok(Proof::CardAgrees) } else { Err(CARD_DATES) }
        }
        (Paper::Card, None) => Ok(Proof::CardNotHeld),
        _ => Ok(Proof::SeenByOfficer),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_dates_of_a_card_that_is_held_are_compared() {
        let date = |text: &str| PartialDate::parse(text).unwrap();
        let held = |expires: &str| {
            Some(Card { issued_on: date("2021-04-28"), expires_on: date(expires), issuer: "".into() })
        };
        let shown = |paper, issued: &str, expires: &str, held: Option<Card>| {
            of(paper, [date(issued), date(expires)], held.as_ref()).map_err(|i| i.rule)
        };
        let differs = Err("enrolment/card-dates");
        assert_eq!(shown(Paper::Card, "2021-04-28", "2045-04-04", held("2045-04-04")), Ok(Proof::CardAgrees));
        assert_eq!(shown(Paper::Card, "2021-04-28", "2045-04-04", held("")), Ok(Proof::CardAgrees));
        assert_eq!(shown(Paper::Card, "2021-04-28", "", held("2045-04-04")), differs);
        assert_eq!(shown(Paper::Card, "2021-04-29", "2045-04-04", held("2045-04-04")), differs);
        assert_eq!(shown(Paper::Card, "2021-04-28", "", None), Ok(Proof::CardNotHeld));
        assert_eq!(shown(Paper::Passport, "2019-01-01", "2029-01-01", held("")), Ok(Proof::SeenByOfficer));
        assert!(
            [Proof::SeenByOfficer, Proof::CardAgrees, Proof::CardNotHeld]
                .map(Proof::code)
                .iter()
                .all(|c| Proof::text(c).is_some())
        );
    }
}
