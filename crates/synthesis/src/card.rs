//! The identity cards of invented people.
//!
//! The registry is told of the card in force with the first data of a person: cards change too often to tell each.

use crate::{
    day::Day,
    draw::Draw,
    record::{DATABASE, TWO_TIERS},
};
use population::model::{CARD_AGES, Card};

/// Chip cards were handed out from here on, to most people before the database began.
const CHIPS: Day = Day::of(2021, 1, 1);
const CAMPAIGN: Day = Day::of(2021, 3, 1);

/// Since then the ministry issues them, to children too (Law 26/2023).
const LAW: Day = Day::of(2024, 7, 1);

const POLICE: &str = "Cục Cảnh sát quản lý hành chính về trật tự xã hội";
const MINISTRY: &str = "Bộ Công an";

/// A card issued on a day to somebody born on another.
pub(crate) fn issued(born: Day, issued: Day) -> Card {
    let age = u16::try_from(issued.years_since(born)).unwrap_or_default();
    let ends = Card::exchange_age(age).map(|at| born.plus_years(at.into()).date());
    Card {
        issued_on: issued.date(),
        expires_on: ends.unwrap_or_default(),
        issuer: if issued < LAW { POLICE } else { MINISTRY }.into(),
    }
}

/// The card in force of the person with an identifier, or the last one. Everybody from 14 years on has one, and some
/// children; one in twenty-five did not exchange it in time. It takes nothing from the stream of the population, so that
/// nobody else changes with it.
pub(crate) fn of(id: i64, born: Day, died: Option<Day>, today: Day) -> Option<Card> {
    let draw = &mut Draw::new(id.cast_unsigned(), born.0.cast_unsigned().into());
    let last = died.unwrap_or(today);
    let grown = born.plus_years(CARD_AGES[0].into());
    let mut day = if grown <= CHIPS {
        if draw.chance(700) {
            Day(draw.between(CAMPAIGN.0, DATABASE.0 - 1))
        } else {
            Day(draw.between(CHIPS.0, TWO_TIERS.0 - 182))
        }
    } else if grown <= last {
        Day(grown.0 + draw.between(0, 200)).min(last)
    } else if draw.chance(150) {
        Day(draw.between(LAW.0.max(born.0 + 60), last.0))
    } else {
        return None;
    };
    if day > last {
        return None;
    }
    loop {
        let age = u16::try_from(day.years_since(born)).unwrap_or_default();
        let ends = Card::exchange_age(age).map(|at| born.plus_years(at.into()));
        match ends {
            Some(ends) if ends <= last && draw.chance(960) => day = ends.plus(-draw.between(1, 40)),
            _ => return Some(issued(born, day)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cards_are_those_of_the_law_and_of_their_time() {
        let today = Day::of(2026, 11, 21);
        let (mut held, mut children, mut ended) = (0, 0, 0);
        for id in 0..20_000 {
            let born = Day(Day::of(1930, 1, 1).0 + id * 35_000 / 20_000);
            let age = today.years_since(born);
            let Some(card) = of(i64::from(id), born, None, today) else {
                assert!(age < 14, "{age}");
                continue;
            };
            assert_eq!(card.contradictions(born.date(), today.date()), []);
            assert_eq!(card.implausibility(born.date()), None, "{:?} {:?}", born.ymd(), card.issued_on);
            assert!(card.issued_on >= CHIPS.date());
            assert_eq!(card.issuer == MINISTRY, card.issued_on >= LAW.date());
            held += 1;
            children += i32::from(age < 14);
            ended += i32::from(!card.holds_on(today.date()));
            assert_eq!(of(i64::from(id), born, None, today), Some(card), "the same again");
        }
        assert!(held > 16_000 && children > 100, "{held} {children}");
        assert!((20..400).contains(&ended), "{ended}");
        assert_eq!(of(1, Day::of(1950, 1, 1), Some(Day::of(2020, 12, 31)), today), None);
    }
}
