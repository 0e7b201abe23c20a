//! Inputs to type into or to choose a file with.

use super::Question;
use maud::{Markup, Render, html};
use vocabulary::{Invalid, Lang, PartialDate, Text, Violation};

/// How wide an input is, by the characters expected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Width {
    /// The whole column.
    #[default]
    Full,
    /// 2, 3, 4, 5, 10, 20 or 30 characters.
    Characters(u8),
}

impl Width {
    fn class(self) -> &'static str {
        match self {
            Width::Full => "dancu-input",
            Width::Characters(..=2) => "govuk-input--width-2",
            Width::Characters(3) => "govuk-input--width-3",
            Width::Characters(4) => "govuk-input--width-4",
            Width::Characters(5) => "govuk-input--width-5",
            Width::Characters(6..=10) => "govuk-input--width-10",
            Width::Characters(11..=20) => "govuk-input--width-20",
            Width::Characters(_) => "govuk-input--width-30",
        }
    }
}

/// A line of text.
pub struct TextInput<'a> {
    question: Question<'a>,
    value: &'a str,
    width: Width,
    kind: &'static str,
    digits: bool,
    autocomplete: &'static str,
    max: u16,
    suggestions: Vec<(String, String)>,
}

impl<'a> TextInput<'a> {
    /// A line of at most 200 characters. Browsers do not offer earlier answers, which belong to other people.
    pub fn new(question: Question<'a>) -> TextInput<'a> {
        TextInput {
            question,
            value: "",
            width: Width::Full,
            kind: "text",
            digits: false,
            autocomplete: "off",
            max: 200,
            suggestions: Vec::new(),
        }
    }

    /// What was typed before.
    pub fn value(mut self, value: &'a str) -> Self {
        self.value = value;
        self
    }

    /// Its width.
    pub fn width(mut self, characters: u8) -> Self {
        self.width = Width::Characters(characters);
        self
    }

    /// Digits only, such as a personal number: the numeric keyboard on phones, wider spacing, leading zeros kept.
    pub fn digits(mut self) -> Self {
        self.digits = true;
        self
    }

    /// A secret; its value is never shown again.
    pub fn password(mut self) -> Self {
        self.kind = "password";
        self.autocomplete = "current-password";
        self
    }

    /// What browsers may fill in (`username`, `one-time-code`).
    pub fn autocomplete(mut self, value: &'static str) -> Self {
        self.autocomplete = value;
        self
    }

    /// The most characters it takes.
    pub fn max(mut self, characters: u16) -> Self {
        self.max = characters;
        self
    }

    /// Offers values while typing, each with words beside it; anything else may be typed as well.
    pub fn suggestions(mut self, values: impl IntoIterator<Item = (String, String)>) -> Self {
        self.suggestions = values.into_iter().collect();
        self
    }
}

impl Render for TextInput<'_> {
    fn render(&self) -> Markup {
        let q = &self.question;
        let value = Some(self.value).filter(|v| !v.is_empty() && self.kind != "password");
        let list = (!self.suggestions.is_empty()).then(|| q.id("list"));
        q.around(html! {
            input.govuk-input .(self.width.class()) .govuk-input--error[q.error.is_some()]
                .govuk-input--extra-letter-spacing[self.digits]
                id=(q.name) name=(q.name) type=(self.kind) value=[value] inputmode=[self.digits.then_some("numeric")]
                maxlength=(self.max) autocomplete=(self.autocomplete) spellcheck="false" list=[list.as_ref()]
                aria-describedby=[q.described_by()];
            @if let Some(list) = &list {
                datalist id=(list) { @for (value, words) in &self.suggestions { option value=(value) { (words) } } }
            }
        })
    }
}

/// Several lines of text.
pub struct TextArea<'a> {
    question: Question<'a>,
    value: &'a str,
    rows: u8,
    max: u16,
}

impl<'a> TextArea<'a> {
    /// Four lines of at most 2,000 characters.
    pub fn new(question: Question<'a>) -> TextArea<'a> {
        TextArea { question, value: "", rows: 4, max: 2_000 }
    }

    /// What was typed before.
    pub fn value(mut self, value: &'a str) -> Self {
        self.value = value;
        self
    }

    /// Lines shown.
    pub fn rows(mut self, rows: u8) -> Self {
        self.rows = rows;
        self
    }
}

impl Render for TextArea<'_> {
    fn render(&self) -> Markup {
        let q = &self.question;
        q.around(html! {
            textarea.govuk-textarea .govuk-textarea--error[q.error.is_some()] id=(q.name) name=(q.name) rows=(self.rows)
                maxlength=(self.max) aria-describedby=[q.described_by()] { (self.value) }
        })
    }
}

/// A file to send; its form must be [`with_file`](super::Form::with_file).
pub struct FileInput<'a> {
    question: Question<'a>,
    accept: &'static str,
}

impl<'a> FileInput<'a> {
    /// A file of the kinds accepted, such as `.csv,text/csv`.
    pub fn new(question: Question<'a>, accept: &'static str) -> FileInput<'a> {
        FileInput { question, accept }
    }
}

impl Render for FileInput<'_> {
    fn render(&self) -> Markup {
        let q = &self.question;
        q.around(html! {
            input.govuk-file-upload .govuk-file-upload--error[q.error.is_some()] id=(q.name) name=(q.name) type="file"
                accept=(self.accept) aria-describedby=[q.described_by()];
        })
    }
}

/// Day, month and year as typed into three boxes; parts may stay empty where the papers do not say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DateParts {
    /// Day, or empty.
    pub day: String,
    /// Month, or empty.
    pub month: String,
    /// Year, or empty.
    pub year: String,
}

impl DateParts {
    /// The boxes for a known date.
    pub fn of(date: PartialDate) -> DateParts {
        let text = |part: Option<u16>| part.map(|p| p.to_string()).unwrap_or_default();
        DateParts {
            day: text(date.day().map(u16::from)),
            month: text(date.month().map(u16::from)),
            year: text(date.year()),
        }
    }

    /// Reads the boxes; all empty is the unknown date.
    ///
    /// # Errors
    /// A violation of `name`, the name of the [`DateInput`]: a part that is no number, or no such day.
    pub fn read(&self, name: &str) -> Result<PartialDate, Violation> {
        let part = |text: &str, digits: usize| -> Result<u16, Violation> {
            let text = text.trim();
            if text.len() > digits || !text.bytes().all(|b| b.is_ascii_digit()) {
                return Err(NUMBERS.at(name));
            }
            Ok(text.parse().unwrap_or(0))
        };
        let (day, month, year) = (part(&self.day, 2)?, part(&self.month, 2)?, part(&self.year, 4)?);
        PartialDate::new(year, month as u8, day as u8).map_err(|invalid| invalid.at(name))
    }
}

const NUMBERS: Invalid = Invalid::new(
    "date/numbers",
    "Ngày, tháng, năm phải là chữ số; bỏ trống phần không rõ",
    "Day, month and year are digits; leave empty what is not known",
);

/// A date in three boxes, named `NAME-day`, `NAME-month`, `NAME-year`.
pub struct DateInput<'a> {
    question: Question<'a>,
    value: &'a DateParts,
    lang: Lang,
}

impl<'a> DateInput<'a> {
    /// A date with what was typed before.
    pub fn new(lang: Lang, question: Question<'a>, value: &'a DateParts) -> DateInput<'a> {
        DateInput { question, value, lang }
    }
}

const DAY: Text = Text::new("Ngày", "Day");
const MONTH: Text = Text::new("Tháng", "Month");
const YEAR: Text = Text::new("Năm", "Year");

impl Render for DateInput<'_> {
    fn render(&self) -> Markup {
        let q = &self.question;
        let boxes = [
            ("day", DAY, &self.value.day, 2),
            ("month", MONTH, &self.value.month, 2),
            ("year", YEAR, &self.value.year, 4),
        ];
        q.group(html! {
            div class="govuk-date-input dancu-date" {
                @for (at, (part, label, value, digits)) in boxes.into_iter().enumerate() {
                    // The first box carries the bare name as its `id`, so that the error summary leads to it.
                    @let id = if at == 0 { q.name.to_owned() } else { q.id(part) };
                    div.govuk-date-input__item {
                        label class="govuk-label govuk-date-input__label" for=(id) { (label.get(self.lang)) }
                        input.govuk-input.govuk-date-input__input .(Width::Characters(digits).class())
                            .govuk-input--error[q.error.is_some()] id=(id) name=(q.id(part)) type="text"
                            inputmode="numeric" maxlength=(digits) autocomplete="off" value=[Some(value).filter(|v| !v.is_empty())];
                    }
                }
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boxes_may_stay_empty_from_the_left() {
        let read = |day: &str, month: &str, year: &str| {
            let parts = DateParts { day: day.into(), month: month.into(), year: year.into() };
            parts.read("born").map(PartialDate::iso).map_err(|v| (v.field, v.rule))
        };
        assert_eq!(read("5", "2", "1987"), Ok("1987-02-05".into()));
        assert_eq!(read("", "02", "1987"), Ok("1987-02".into()));
        assert_eq!(read("", "", "1987"), Ok("1987".into()));
        assert_eq!(read("", " ", ""), Ok(String::new()));
        assert_eq!(read("5", "", "1987"), Err(("born".into(), "date/calendar")));
        assert_eq!(read("30", "2", "1987"), Err(("born".into(), "date/calendar")));
        assert_eq!(read("x", "2", "1987"), Err(("born".into(), "date/numbers")));
        assert_eq!(read("5", "2", "19870"), Err(("born".into(), "date/numbers")));
    }

    #[test]
    fn a_date_fills_the_boxes_it_came_from() {
        let date = PartialDate::parse("02/1987").unwrap();
        let parts = DateParts::of(date);
        assert_eq!((parts.day.as_str(), parts.month.as_str(), parts.year.as_str()), ("", "2", "1987"));
        assert_eq!(parts.read("x"), Ok(date));
    }
}
