//! Which pairs are looked at: rules such as "the same birth date and the same words in the name", made from the kinds of
//! the columns.

use crate::{
    mix,
    schema::Kind,
    table::{Table, Values, wide},
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

    /// The value of the part in a row; 0 where there is none.
    #[inline]
    fn of(self, table: &Table, row: &[u32], second: bool) -> u64 {
        let column = &table.columns[self.column()];
        let at = column.at + if second && column.kind.of_several() { 2 } else { 0 };
        let cell = row[at];
        match (&column.values, self) {
            (Values::Texts(_), Part::Ends(_)) => row[column.at + 2].into(),
            (Values::Texts(_), Part::Last(_)) => row[column.at + 3].into(),
            (Values::Texts(_), _) => row[column.at + 1].into(),
            (Values::Digits(_), Part::Tail(_)) => {
                let digits = wide(row, at);
                if digits >> 60 < 9 { 0 } else { digits & 0xff_ffff | 1 << 24 }
            }
            (Values::Digits(_), Part::Head(_)) => {
                let digits = wide(row, at);
                if digits >> 60 < 9 { 0 } else { digits >> 24 }
            }
            (Values::Digits(_), _) => wide(row, at),
            (Values::Dates(_), Part::Year(_)) => (cell >> 16).into(),
            (Values::Dates(_), Part::Day(_)) if cell & 255 == 0 => 0,
            (Values::Dates(_), Part::Day(_)) => (cell & 0xffff).into(),
            // A year alone is no date to find somebody by.
            (Values::Dates(_), _) if cell & 0xffff == 0 => 0,
            (Values::Dates(_), Part::Turned(_)) => {
                let (month, day) = (cell >> 8 & 255, cell & 255);
                u64::from(cell >> 16 << 16 | month.min(day) << 8 | month.max(day))
            }
            (Values::Units(places), _) if cell != 0 => u64::from(places[cell as usize].current) + 1,
            _ => cell.into(),
        }
    }
}

/// A rule: records that agree in all parts are compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Rule {
    parts: Vec<Part>,
    /// Whether a column among them may hold several values.
    several: bool,
}

impl Rule {
    pub(crate) fn new(table: &Table, parts: &[Part]) -> Rule {
        let column = |part: &Part| &table.columns[part.column()];
        let mut parts = parts.to_vec();
        // What is rare comes first: without it there is no key.
        parts.sort_by_key(|part| column(part).filled);
        let several = parts.iter().any(|part| column(part).kind.of_several());
        Rule { parts, several }
    }

    /// The hashes of the parts; the second is 0 unless a column that may hold several values has a second one.
    #[inline]
    pub(crate) fn keys(&self, table: &Table, row: &[u32]) -> [u64; 2] {
        let several = |part: &Part| {
            let column = &table.columns[part.column()];
            column.kind.of_several() && wide(row, column.at + 2) != 0
        };
        let second = self.several && self.parts.iter().any(several);
        [self.key(table, row), if second { self.hash(table, row, true) } else { 0 }]
    }

    /// The hash of the parts, of the first value of each column; 0 where one is missing.
    #[inline]
    pub(crate) fn key(&self, table: &Table, row: &[u32]) -> u64 {
        self.hash(table, row, false)
    }

    #[inline]
    fn hash(&self, table: &Table, row: &[u32], second: bool) -> u64 {
        let mut key = 1;
        for part in &self.parts {
            match part.of(table, row, second) {
                0 => return 0,
                value => key = mix::join(key, value),
            }
        }
        key | 1
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
        (0..table.columns.len()).for_each(|n| add(&[Whole(n)]));
    }
    rules
}

/// Whether a text has enough distinct values to narrow anything down.
fn tells(table: &Table, n: usize) -> bool {
    match &table.columns[n].values {
        Values::Texts(forms) => forms.forms.len() > 100,
        _ => false,
    }
}
