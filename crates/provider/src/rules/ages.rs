//! From which age somebody has which account (Decree 69/2024/NĐ-CP): one table, so that a change of the law is a
//! change of a line.
//!
//! What is confirmed is that citizens of 14 and over with a card have accounts of their own, that those of 6 to under
//! 14 get one on request of a guardian, and that those under 6 have level 1. The rest is from memory, and says so.

use vocabulary::{PartialDate, Text};

/// The paper by which a person who is present is identified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Paper {
    /// Identity card (*thẻ căn cước*, *căn cước công dân*); its number is the personal number.
    Card,
    /// Passport of a foreigner (*hộ chiếu*).
    Passport,
    /// Permanent or temporary residence card of a foreigner (*thẻ thường trú, thẻ tạm trú*).
    ResidenceCard,
    /// Birth certificate of a child without a card.
    BirthCertificate,
}

impl Paper {
    /// All, in the order in which forms show them.
    pub const ALL: [Paper; 4] = [Paper::Card, Paper::Passport, Paper::ResidenceCard, Paper::BirthCertificate];

    /// As stored and sent.
    pub const fn code(self) -> &'static str {
        match self {
            Paper::Card => "card",
            Paper::Passport => "passport",
            Paper::ResidenceCard => "residence-card",
            Paper::BirthCertificate => "birth-certificate",
        }
    }

    /// The paper of a code.
    pub fn of(code: &str) -> Option<Paper> {
        Paper::ALL.into_iter().find(|paper| paper.code() == code)
    }

    /// As people read it.
    pub const fn text(self) -> Text {
        match self {
            Paper::Card => Text::new("Thẻ căn cước, căn cước công dân", "Identity card"),
            Paper::Passport => Text::new("Hộ chiếu", "Passport"),
            Paper::ResidenceCard => {
                Text::new("Thẻ thường trú, thẻ tạm trú", "Permanent or temporary residence card")
            }
            Paper::BirthCertificate => Text::new("Giấy khai sinh", "Birth certificate"),
        }
    }
}

/// How sure a line of the table is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sure {
    /// Confirmed by public sources.
    Confirmed,
    /// From memory: to be checked against the legal text.
    FromMemory,
}

/// What holds for people of some ages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bracket {
    /// Whether it is for people without Vietnamese nationality.
    pub foreign: bool,
    /// From this age in completed years.
    pub from: u16,
    /// Below this age.
    pub below: u16,
    /// The highest level.
    pub level: i64,
    /// Whether one registers level 1 from afar, alone.
    pub alone: bool,
    /// Whether a guardian asks for it.
    pub guardian: bool,
    /// The papers that serve.
    pub papers: &'static [Paper],
    /// Where it is written.
    pub basis: &'static str,
    /// How sure that is.
    pub sure: Sure,
    /// The line in words.
    pub text: Text,
}

/// Nobody is as old.
const NO_END: u16 = 200;

/// The table.
pub const AGES: &[Bracket] = &[
    Bracket {
        foreign: false,
        from: 14,
        below: NO_END,
        level: 2,
        alone: true,
        guardian: false,
        papers: &[Paper::Card],
        basis: "Nghị định 69/2024/NĐ-CP",
        sure: Sure::Confirmed,
        text: Text::new(
            "Công dân từ 14 tuổi: mức 2, tự mình",
            "Citizens of 14 and over: level 2, on their own",
        ),
    },
    Bracket {
        foreign: false,
        from: 6,
        below: 14,
        level: 2,
        alone: false,
        guardian: true,
        papers: &[Paper::Card, Paper::BirthCertificate],
        basis: "Nghị định 69/2024/NĐ-CP",
        sure: Sure::Confirmed,
        text: Text::new(
            "Công dân từ 6 đến dưới 14 tuổi: mức 2, khi cha, mẹ hoặc người giám hộ yêu cầu",
            "Citizens of 6 to under 14: level 2, on request of a parent or guardian",
        ),
    },
    Bracket {
        foreign: false,
        from: 0,
        below: 6,
        level: 1,
        alone: false,
        guardian: true,
        papers: &[Paper::Card, Paper::BirthCertificate],
        basis: "Nghị định 69/2024/NĐ-CP",
        sure: Sure::Confirmed,
        text: Text::new(
            "Công dân dưới 6 tuổi: mức 1, dưới tài khoản của cha, mẹ hoặc người giám hộ",
            "Citizens under 6: level 1, under a parent or guardian",
        ),
    },
    Bracket {
        foreign: true,
        from: 14,
        below: NO_END,
        level: 2,
        alone: true,
        guardian: false,
        papers: &[Paper::ResidenceCard],
        basis: "Nghị định 69/2024/NĐ-CP",
        sure: Sure::FromMemory,
        text: Text::new(
            "Người nước ngoài từ 14 tuổi có thẻ thường trú hoặc thẻ tạm trú và có trong cơ sở dữ liệu: mức 2",
            "Foreigners of 14 and over with a residence card who are in the registry: level 2",
        ),
    },
    Bracket {
        foreign: true,
        from: 6,
        below: 14,
        level: 2,
        alone: false,
        guardian: true,
        papers: &[Paper::ResidenceCard],
        basis: "Nghị định 69/2024/NĐ-CP",
        sure: Sure::FromMemory,
        text: Text::new(
            "Người nước ngoài từ 6 đến dưới 14 tuổi có thẻ thường trú hoặc thẻ tạm trú: mức 2, khi người giám hộ yêu cầu",
            "Foreigners of 6 to under 14 with a residence card: level 2, on request of a guardian",
        ),
    },
    Bracket {
        foreign: true,
        from: 0,
        below: 6,
        level: 1,
        alone: false,
        guardian: true,
        papers: &[Paper::ResidenceCard, Paper::Passport, Paper::BirthCertificate],
        basis: "Nghị định 69/2024/NĐ-CP",
        sure: Sure::FromMemory,
        text: Text::new(
            "Người nước ngoài dưới 6 tuổi: mức 1, dưới người giám hộ",
            "Foreigners under 6: level 1, under a guardian",
        ),
    },
];

/// The age from which somebody may ask for a child's account: full legal capacity (Civil Code 91/2015/QH13, art. 20;
/// from memory).
pub const GUARDIAN_AGE: u16 = 18;

/// The line for a person: `None` where the year of birth is not known.
pub fn bracket(born: PartialDate, foreign: bool, today: PartialDate) -> Option<&'static Bracket> {
    let age = born.age_at(today)?;
    AGES.iter().find(|b| b.foreign == foreign && (b.from..b.below).contains(&age))
}

/// The day from which a child acts without its guardian: the first of the age from which one registers alone.
pub fn acts_alone_from(born: PartialDate) -> Option<PartialDate> {
    let age = AGES.iter().filter(|line| line.alone).map(|line| line.from).min()?;
    let first = born.earliest();
    let day = (first > 0).then(|| first + u32::from(age) * 10_000)?;
    // Who was born on 29 February has the birthday of another year on the 28th, a day early rather than never.
    PartialDate::from_packed(day).or_else(|_| PartialDate::from_packed(day - 1)).ok()
}

/// Whether somebody of these nationalities is a foreigner. Without any, nationality is not determined or not recorded:
/// people of Vietnamese origin among them, who are treated as citizens here as the registry numbers them.
pub fn is_foreign(nationalities: &[String]) -> bool {
    !nationalities.is_empty() && !nationalities.iter().any(|code| code == "VN")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(born: &str, foreign: bool) -> Option<&'static Bracket> {
        let today = PartialDate::new(2026, 11, 21).unwrap();
        bracket(PartialDate::parse(born).unwrap(), foreign, today)
    }

    #[test]
    fn every_age_has_one_line() {
        for foreign in [false, true] {
            for age in 0..150 {
                let fitting =
                    AGES.iter().filter(|b| b.foreign == foreign && (b.from..b.below).contains(&age));
                assert_eq!(fitting.count(), 1, "{age} {foreign}");
            }
        }
        assert!(AGES.iter().all(|b| b.alone != b.guardian && !b.papers.is_empty()));
    }

    #[test]
    fn birthdays_decide_to_the_day() {
        let of = |born| line(born, false).map(|b| (b.level, b.alone, b.guardian));
        assert_eq!(of("21/11/2012"), Some((2, true, false)), "14 today");
        assert_eq!(of("22/11/2012"), Some((2, false, true)), "14 tomorrow");
        assert_eq!(of("21/11/2020"), Some((2, false, true)), "6 today");
        assert_eq!(of("22/11/2020"), Some((1, false, true)), "6 tomorrow");
        assert_eq!(of("1950"), Some((2, true, false)), "the year is enough for the old");
        assert_eq!(of(""), None, "of unknown age nobody is taken for grown up");
    }

    #[test]
    fn a_child_acts_alone_from_the_birthday_on() {
        let from = |born| acts_alone_from(PartialDate::parse(born).unwrap()).map(PartialDate::iso);
        assert_eq!(from("05/09/2020").as_deref(), Some("2034-09-05"));
        assert_eq!(from("29/02/2020").as_deref(), Some("2034-02-28"));
        assert_eq!(from("2020").as_deref(), Some("2034-01-01"));
        assert_eq!(from(""), None);
    }

    #[test]
    fn foreigners_show_a_residence_card() {
        assert_eq!(line("1990", true).map(|b| b.papers), Some(&[Paper::ResidenceCard][..]));
        let of = |born| line(born, true).map(|b| (b.level, b.alone, b.guardian));
        assert_eq!(of("21/11/2020"), Some((2, false, true)), "6 today");
        assert_eq!(of("22/11/2020"), Some((1, false, true)), "6 tomorrow");
        let of = |codes: &[&str]| is_foreign(&codes.iter().map(|c| (*c).to_owned()).collect::<Vec<_>>());
        assert!(of(&["FR"]) && !of(&["VN", "FR"]) && !of(&[]));
    }
}
