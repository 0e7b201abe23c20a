//! Names, drawn from counted parts: no name of a real person goes in, and none can be told apart from the rest.

use crate::{
    draw::{Draw, Weighted},
    peoples::{self, Custom},
};
use reference::names::{NamePart, frequencies};
use vocabulary::{FullName, Sex};

struct OfSex {
    middle: Weighted<&'static str>,
    given: Weighted<&'static str>,
    pair: Weighted<&'static str>,
}

impl OfSex {
    fn new(sex: Sex) -> OfSex {
        OfSex {
            middle: part(NamePart::Middle, sex),
            given: part(NamePart::Given, sex),
            pair: part(NamePart::GivenPair, sex),
        }
    }
}

/// The counted words of a part.
fn part(part: NamePart, sex: Sex) -> Weighted<&'static str> {
    frequencies(part, sex).map(|c| (c.token, c.count)).collect()
}

fn word(of: &Weighted<&'static str>, draw: &mut Draw) -> &'static str {
    of.draw(draw).copied().unwrap_or_default()
}

/// The parts of names.
pub(crate) struct Names {
    surnames: Weighted<&'static str>,
    men: OfSex,
    women: OfSex,
}

impl Names {
    pub(crate) fn new() -> Names {
        Names {
            surnames: part(NamePart::Surname, Sex::Male),
            men: OfSex::new(Sex::Male),
            women: OfSex::new(Sex::Female),
        }
    }

    /// A family name of a people.
    pub(crate) fn surname(&self, people: &str, draw: &mut Draw) -> &'static str {
        match peoples::custom_of(people) {
            // Members of smaller peoples bear Kinh names too.
            Some(custom) if draw.chance(850) => draw.pick::<&'static str>(custom.surnames),
            _ => word(&self.surnames, draw),
        }
    }

    /// A full name with a given family name. Older people are Văn and Thị more often.
    pub(crate) fn full(
        &self,
        surname: &str,
        sex: Sex,
        born: u16,
        people: &str,
        draw: &mut Draw,
    ) -> Option<FullName> {
        if peoples::custom_of(people).is_some_and(|c: &Custom| c.family_last && c.surnames.contains(&surname))
        {
            return Some(match sex {
                Sex::Female => {
                    of_parts(["H'", draw.pick::<&'static str>(peoples::HIGHLAND_WOMEN), " ", surname])
                }
                _ => of_parts(["Y ", draw.pick::<&'static str>(peoples::HIGHLAND_MEN), " ", surname]),
            });
        }
        let (of, classic) = if sex == Sex::Female { (&self.women, "Thị") } else { (&self.men, "Văn") };
        let classics = match (sex, born) {
            (Sex::Female, ..1960) => 930,
            (Sex::Female, 1960..1975) => 800,
            (Sex::Female, ..1995) => 560,
            (Sex::Female, _) => 220,
            (_, ..1975) => 550,
            (_, ..1995) => 300,
            (_, _) => 120,
        };
        let [middle, given] = if draw.chance(classics) {
            [classic, word(&of.given, draw)]
        } else if sex == Sex::Female || draw.chance(500) {
            // The counted middle names of women are too mixed with those of men; the pairs are sure.
            [word(&of.pair, draw), ""]
        } else {
            [word(&of.middle, draw), word(&of.given, draw)]
        };
        let space = if given.is_empty() { "" } else { " " };
        (!surname.is_empty() && !middle.is_empty()).then(|| of_parts([surname, " ", middle, space, given]))
    }
}

/// A name of parts that are each a part of a lawful name: not parsed again, which would take longer than to draw them.
fn of_parts<const N: usize>(parts: [&str; N]) -> FullName {
    FullName::from_stored(parts.concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_is_written_as_names_are() {
        let parts = [NamePart::Surname, NamePart::Middle, NamePart::Given, NamePart::GivenPair];
        let counted = parts.into_iter().flat_map(|p| [Sex::Male, Sex::Female].map(|s| (p, s)));
        let words = counted.flat_map(|(part, sex)| frequencies(part, sex)).map(|c| c.token);
        let highland = [peoples::HIGHLAND_MEN, peoples::HIGHLAND_WOMEN].into_iter().flatten().copied();
        let surnames = peoples::CUSTOMS.iter().flat_map(|c| c.surnames).copied();
        for word in words.chain(highland).chain(surnames) {
            assert_eq!(FullName::parse(word).map(|n| n.reveal().to_owned()).as_deref(), Ok(word));
        }
    }

    #[test]
    fn every_part_makes_a_name() {
        let names = Names::new();
        let mut draw = Draw::new(1, 1);
        for i in 0..20_000u16 {
            let people = ["01", "12", "21", "05"][usize::from(i % 4)];
            let sex = if i % 3 == 0 { Sex::Female } else { Sex::Male };
            let surname = names.surname(people, &mut draw);
            let name = names.full(surname, sex, 1940 + i % 80, people, &mut draw).unwrap();
            assert_eq!(FullName::parse(name.reveal()).as_ref(), Ok(&name));
            assert!(name.reveal().contains(surname));
            assert!(!name.reveal().contains('Ð') && name.folded().is_ascii(), "{}", name.reveal());
        }
    }
}
