//! Which pairs are looked at: rules such as "the same birth date and the same words in the name", made from the kinds of
//! the columns.

use crate::{
    mix,
    schema::Kind,
    table::{SEVERAL, Stretch, Table, is_text},
};

/// What a rule wants to be the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// The whole value; of texts the folded words in whatever order; of units the unit of today.
    Whole(usize),
    /// First and last word in whatever order.
    Ends(usize),
    /// The last word.
    Last(usize),
    /// The last six digits.
    Tail(usize),
    /// The year of a date.
    Year(usize),
    /// Day and month of a date.
    Day(usize),
    /// A date with day and month in either order.
    Turned(usize),
    /// All but the last six digits.
    Head(usize),
}

impl Part {
    pub(crate) fn column(self) -> usize {
        match self {
            Part::Whole(n) | Part::Ends(n) | Part::Last(n) | Part::Tail(n) | Part::Head(n) => n,
            Part::Year(n) | Part::Day(n) | Part::Turned(n) => n,
        }
    }
}

/// A rule: records that agree in all parts are compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Rule {
    parts: Vec<Part>,
    /// Where each part stands in a stretch, and whether its column may hold several values.
    places: Vec<(usize, bool)>,
    /// Whether the parts may stand in either order: family and given name.
    either: bool,
    /// An earlier rule with some of the parts alone: what it yields is not looked at again.
    pub(crate) within: Option<usize>,
}

impl Rule {
    pub(crate) fn new(table: &Table, parts: &[Part]) -> Rule {
        let column = |part: &Part| &table.columns[part.column()];
        let mut parts = parts.to_vec();
        // What is rare comes first: without it there is no key.
        parts.sort_by_key(|part| column(part).filled);
        let several = |part: &Part| column(part).kind.of_several() && matches!(part, Part::Whole(_));
        let places = parts.iter().map(|part| (column(part).place(*part), several(part))).collect();
        let either = parts.len() > 1 && parts.iter().all(|part| column(part).kind == Kind::NamePart);
        Rule { parts, places, either, within: None }
    }

    /// How many keys a record may have.
    pub(crate) fn lanes(&self) -> usize {
        if self.places.iter().any(|(_, several)| *several) { SEVERAL } else { 1 }
    }

    /// Hashes of the parts of all records of a stretch, with the `lane`th value of columns that may hold several; 0 where
    /// one is missing. `false` when all are.
    pub(crate) fn keys(&self, stretch: &Stretch, lane: usize, keys: &mut Vec<u64>) -> bool {
        keys.clear();
        keys.resize(stretch.len, 1);
        for (place, several) in &self.places {
            let values = &stretch.parts[place + if *several { lane } else { 0 }];
            if values.is_empty() {
                return false;
            }
            for (key, value) in keys.iter_mut().zip(values) {
                let value = u64::from(*value).wrapping_mul(0x9e37_79b9_7f4a_7c15);
                let next = match self.either {
                    true => key.wrapping_add(mix::mix(value)),
                    false => (key.rotate_left(29) ^ value).wrapping_mul(0xbf58_476d_1ce4_e5b9),
                };
                *key = if value == 0 || *key == 0 { 0 } else { next };
            }
        }
        for key in keys {
            let mixed = (*key ^ *key >> 32).wrapping_mul(0x94d0_49bb_1331_11eb) >> 32;
            *key = if *key == 0 { 0 } else { mixed | 1 };
        }
        true
    }

    /// The rule in words, for the summary.
    pub(crate) fn describe(&self, table: &Table) -> String {
        let parts = self.parts.iter().map(|part| {
            let header = &table.columns[part.column()].header;
            match part {
                Part::Whole(_) => header.clone(),
                Part::Ends(_) => format!("{header}: first and last word"),
                Part::Last(_) => format!("{header}: last word"),
                Part::Tail(_) => format!("{header}: last six digits"),
                Part::Year(_) => format!("{header}: year"),
                Part::Day(_) => format!("{header}: day and month"),
                Part::Turned(_) => format!("{header}: day and month in either order"),
                Part::Head(_) => format!("{header}: all but the last six digits"),
            }
        });
        parts.collect::<Vec<_>>().join(" + ")
    }
}

/// Most rules.
const MOST: usize = 32;

/// The rules for the columns of a table, those that find most with the fewest pairs first. Whatever is spoilt of a
/// person – a word of the name, a digit of the number, the date – some rule does without.
pub(crate) fn rules(table: &Table) -> Vec<Rule> {
    let of = |kinds: &[Kind], most: usize| -> Vec<usize> {
        let found = table.columns.iter().enumerate().filter(|(_, column)| kinds.contains(&column.kind));
        found.map(|(n, _)| n).take(most).collect()
    };
    let mut numbers = of(&[Kind::Number], 3);
    numbers.extend(of(&[Kind::FormerNumber], 1));
    let names = of(&[Kind::Name], 1);
    let parts = of(&[Kind::NamePart], 3);
    let dates = of(&[Kind::Date], 1);
    let phones = of(&[Kind::Phone], 1);
    let relatives = of(&[Kind::RelativeName], 2);
    let units = of(&[Kind::UnitCode], 4);
    let mut places = of(&[Kind::Address], 2);
    places.extend(&phones);
    places.extend(of(&[Kind::Text], 6).into_iter().filter(|n| tells(table, *n)).take(2));

    let mut rules: Vec<Rule> = Vec::new();
    let mut add = |parts: &[Part]| {
        if rules.len() < MOST {
            rules.push(Rule::new(table, parts));
        }
    };
    use Part::{Day, Ends, Head, Last, Tail, Turned, Whole, Year};
    numbers.iter().for_each(|n| add(&[Whole(*n)]));
    for date in &dates {
        for name in &names {
            add(&[Turned(*date), Whole(*name)]);
            add(&[Turned(*date), Ends(*name)]);
        }
        parts.iter().for_each(|part| add(&[Turned(*date), Whole(*part)]));
    }
    if let [one, other] = relatives.as_slice() {
        add(&[Whole(*one), Whole(*other)]);
    }
    for name in &names {
        for number in numbers.iter().take(1) {
            add(&[Tail(*number), Whole(*name)]);
            add(&[Head(*number), Whole(*name)]);
            add(&[Head(*number), Ends(*name)]);
        }
        relatives.iter().for_each(|relative| add(&[Whole(*name), Whole(*relative)]));
        for date in &dates {
            for unit in &units {
                add(&[Year(*date), Whole(*name), Whole(*unit)]);
                add(&[Year(*date), Ends(*name), Whole(*unit)]);
            }
        }
        phones.iter().for_each(|phone| add(&[Last(*name), Whole(*phone)]));
        places.iter().for_each(|place| add(&[Whole(*name), Whole(*place)]));
        for date in &dates {
            add(&[Whole(*name), Day(*date)]);
            add(&[Whole(*name), Year(*date)]);
            add(&[Turned(*date), Last(*name)]);
        }
        if dates.is_empty() {
            units.iter().for_each(|unit| add(&[Whole(*name), Whole(*unit)]));
        }
    }
    for (n, part) in parts.iter().enumerate() {
        parts[..n].iter().for_each(|other| add(&[Whole(*other), Whole(*part)]));
    }
    for date in &dates {
        units.iter().chain(&places).for_each(|place| add(&[Turned(*date), Whole(*place)]));
        relatives.iter().for_each(|relative| add(&[Turned(*date), Whole(*relative)]));
    }
    for part in &parts {
        units.iter().chain(&places).for_each(|place| add(&[Whole(*part), Whole(*place)]));
    }
    // A file with neither dates nor names: whatever else there is.
    if names.is_empty() && dates.is_empty() && parts.is_empty() {
        let telling = |n: &usize| table.columns[*n].kind != Kind::Sex;
        (0..table.columns.len()).filter(telling).for_each(|n| add(&[Whole(n)]));
    }
    let mut order: Vec<usize> = (0..rules.len()).collect();
    order.sort_by_key(|n| rules[*n].parts.len());
    for n in order {
        let parts = &rules[n].parts;
        let wider = |other: &&Rule| {
            other.within.is_none()
                && other.lanes() == 1
                && other.parts.len() < parts.len()
                && other.parts.iter().all(|part| parts.contains(part))
        };
        rules[n].within = rules.iter().position(|other| wider(&other));
    }
    rules
}

/// Whether a text has enough distinct values to narrow anything down.
fn tells(table: &Table, n: usize) -> bool {
    let column = &table.columns[n];
    is_text(column.kind) && column.distinct > 100
}
