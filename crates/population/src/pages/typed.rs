//! What was typed into a form, kept as typed so that a form that is not accepted can be shown again with it; and how
//! it is read.

use crate::verify::Number;
use serde::Deserialize;
use vocabulary::{Invalid, PartialDate, Violation};
use web::components::DateParts;

/// The fields of a form, in the order sent.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(transparent)]
pub(super) struct Typed(Vec<(String, String)>);

impl Typed {
    /// The first value of a field; empty where there is none.
    pub fn one(&self, name: &str) -> &str {
        self.0.iter().find(|(n, _)| n == name).map_or("", |(_, value)| value.as_str())
    }

    /// All values of a field.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    /// Whether a box with this value is ticked.
    pub fn has(&self, name: &str, value: &str) -> bool {
        self.all(name).any(|v| v == value)
    }

    /// Fills a field.
    pub fn put(mut self, name: impl Into<String>, value: impl Into<String>) -> Typed {
        self.0.push((name.into(), value.into()));
        self
    }

    /// Fills the three boxes of a date.
    pub fn put_date(self, name: &str, date: PartialDate) -> Typed {
        let parts = DateParts::of(date);
        self.put(format!("{name}-day"), parts.day)
            .put(format!("{name}-month"), parts.month)
            .put(format!("{name}-year"), parts.year)
    }

    /// Replaces a field.
    pub fn set(&mut self, name: &str, value: impl Into<String>) {
        self.0.retain(|(n, _)| n != name);
        self.0.push((name.to_owned(), value.into()));
    }

    /// The three boxes of a date.
    pub fn date(&self, name: &str) -> DateParts {
        let part = |part: &str| self.one(&format!("{name}-{part}")).to_owned();
        DateParts { day: part("day"), month: part("month"), year: part("year") }
    }
}

const TEXT: Invalid = Invalid::new("text/length", "Nội dung quá dài", "The text is too long");
const REQUIRED: Invalid = Invalid::new("form/required", "Cần điền mục này", "This field is needed");

/// Reads a form and gathers everything that is wrong with it.
pub(super) struct Reader<'a> {
    /// What was typed.
    pub typed: &'a Typed,
    /// What is wrong so far.
    pub faults: Vec<Violation>,
}

impl<'a> Reader<'a> {
    /// Begins to read.
    pub fn new(typed: &'a Typed) -> Reader<'a> {
        Reader { typed, faults: Vec::new() }
    }

    /// Notes a fault.
    pub fn refuse(&mut self, name: &str, rule: Invalid) {
        self.faults.push(rule.at(name));
    }

    /// A date in three boxes; unknown where it is wrong.
    pub fn date(&mut self, name: &str) -> PartialDate {
        self.typed.date(name).read(name).unwrap_or_else(|fault| {
            self.faults.push(fault);
            PartialDate::UNKNOWN
        })
    }

    /// A line of text of at most so many characters.
    pub fn text(&mut self, name: &str, max: usize) -> String {
        let text = self.typed.one(name).trim();
        if text.chars().count() > max {
            self.refuse(name, TEXT);
        }
        text.chars().filter(|c| !c.is_control()).collect()
    }

    /// A line of text that may not be empty.
    pub fn required(&mut self, name: &str, max: usize) -> String {
        let text = self.text(name, max);
        if text.is_empty() {
            self.refuse(name, REQUIRED);
        }
        text
    }

    /// A value that parses, where there is one.
    pub fn parsed<T>(&mut self, name: &str, parse: impl FnOnce(&str) -> Result<T, Invalid>) -> Option<T> {
        let text = self.typed.one(name).trim();
        if text.is_empty() {
            return None;
        }
        match parse(text) {
            Ok(value) => Some(value),
            Err(rule) => {
                self.refuse(name, rule);
                None
            }
        }
    }

    /// What was read, or everything that is wrong.
    pub fn done<T>(self, value: T) -> Result<T, Vec<Violation>> {
        if self.faults.is_empty() { Ok(value) } else { Err(self.faults) }
    }
}

/// A number as clerks give it: with blanks or dots between the digits, or the whole text of the card's QR code
/// (`number|former number|name|…`, facts §2), of which the number comes first.
pub(super) fn read_number(text: &str) -> Result<Number, Invalid> {
    let first = text.split('|').next().unwrap_or_default();
    let digits: String =
        first.chars().filter(|c| !c.is_whitespace() && !matches!(c, '.' | '-')).take(32).collect();
    Number::parse(&digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_from_fingers_and_scanners() {
        let read = |text: &str| read_number(text).map(Number::reveal).map_err(|i| i.rule);
        for text in [
            "056185001234",
            " 056 185 001 234 ",
            "056.185.001.234",
            "056185001234|225123456|Nguyễn Thị Hòa|12031985|Nữ|…",
        ] {
            assert_eq!(read(text).as_deref(), Ok("056185001234"), "{text}");
        }
        assert_eq!(read("225 123 456").as_deref(), Ok("225123456"));
        assert_eq!(read("12345"), Err("number/digits"));
        assert_eq!(read("|056185001234"), Err("number/digits"));
    }
}
