//! A worksheet as a stream of rows.

use super::{
    cell::{Here, Stored},
    package::{Workbook, Xml, resolve, unescape},
    styles::NumberFormat,
};
use crate::{date::civil_of_serial, options::Limits, raw::Raw, row::CellKind, rules, table::Input};
use quick_xml::events::{BytesStart, Event};
use std::fmt::Write;
use vocabulary::Violation;

/// The rows of a worksheet.
pub(crate) struct SheetRows {
    workbook: Workbook,
    xml: Xml,
    limits: Limits,
    buffer: Vec<u8>,
    /// The value of the cell being read.
    value: String,
    number: u64,
    ended: bool,
}

/// The element whose text is being read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Within {
    Nothing,
    Value,
    Inline,
    Phonetic,
}

impl SheetRows {
    pub(crate) fn open(
        workbook: Workbook,
        input: Box<dyn Input>,
        name: &str,
        limits: Limits,
    ) -> Result<SheetRows, Violation> {
        let xml = workbook.unpack(input, name, &limits)?;
        Ok(SheetRows {
            workbook,
            xml,
            limits,
            buffer: Vec::new(),
            value: String::new(),
            number: 0,
            ended: false,
        })
    }

    /// Gives workbook and input back.
    pub(crate) fn close(self) -> (Workbook, Box<dyn Input>) {
        (self.workbook, self.xml.close())
    }

    /// Reads the next row with cells; false at the end.
    pub(crate) fn read(&mut self, raw: &mut Raw) -> Result<bool, Violation> {
        if self.ended {
            return Ok(false);
        }
        raw.begin(self.number);
        let mut cell: Option<Here> = None;
        let mut within = Within::Nothing;
        let mut next_column = 0;
        // Whether the last piece was an element, so that the next one begins where the reader stands.
        let mut between = false;
        loop {
            if between && cell.is_none() && within == Within::Nothing {
                while let Some(whole) = self.xml.whole_cell(next_column, &self.limits) {
                    next_column = whole.here.column + 1;
                    if let Some(value) = whole.value {
                        finish(&self.workbook, value, whole.here, raw, &self.limits);
                    }
                    let bytes = whole.bytes;
                    self.xml.pass(bytes);
                }
            }
            let event = self.xml.next(&mut self.buffer);
            between = matches!(event, Ok(Event::Start(_) | Event::Empty(_) | Event::End(_)));
            match event {
                Ok(Event::Start(element)) => match element.local_name().as_ref() {
                    "v" => within = Within::Value,
                    "t" if within != Within::Phonetic => within = Within::Inline,
                    "rPh" => within = Within::Phonetic,
                    "c" => {
                        let here = Here::of(&element, next_column);
                        next_column = here.column + 1;
                        cell = Some(here);
                        self.value.clear();
                    }
                    "f" => cell = cell.map(|here| Here { formula: true, ..here }),
                    "row" => {
                        self.number = row_number(&element, self.number);
                        raw.begin(self.number);
                        next_column = 0;
                    }
                    _ => {}
                },
                Ok(Event::Empty(element)) => match element.local_name().as_ref() {
                    "c" => next_column = Here::of(&element, next_column).column + 1,
                    "f" => cell = cell.map(|here| Here { formula: true, ..here }),
                    "row" => self.number = row_number(&element, self.number),
                    "sheetData" => {
                        self.ended = true;
                        return Ok(false);
                    }
                    _ => {}
                },
                Ok(Event::Text(text)) if matches!(within, Within::Value | Within::Inline) => {
                    keep(&mut self.value, &text.xml10_content(), &mut cell, &self.limits);
                }
                Ok(Event::CData(text)) if matches!(within, Within::Value | Within::Inline) => {
                    keep(&mut self.value, &text.xml10_content(), &mut cell, &self.limits);
                }
                Ok(Event::GeneralRef(reference)) if matches!(within, Within::Value | Within::Inline) => {
                    if let Some(text) = resolve(&reference) {
                        keep(&mut self.value, &text, &mut cell, &self.limits);
                    }
                }
                Ok(Event::End(element)) => match element.local_name().as_ref() {
                    "v" => within = Within::Nothing,
                    "t" if within == Within::Inline => within = Within::Nothing,
                    "rPh" => within = Within::Nothing,
                    "c" => {
                        if let Some(here) = cell.take() {
                            finish(&self.workbook, &self.value, here, raw, &self.limits);
                        }
                    }
                    "row" if raw.used > 0 || raw.excess => return Ok(true),
                    "sheetData" => {
                        self.ended = true;
                        return Ok(false);
                    }
                    _ => {}
                },
                Ok(Event::Eof) => return Err(rules::at_row(rules::TRUNCATED, self.number + 1)),
                Ok(_) => {}
                Err(error) => return Err(rules::at_row(self.xml.rule(&error), self.number + 1)),
            }
        }
    }
}

/// Adds to the value of a cell as much as we hold.
fn keep(value: &mut String, text: &str, cell: &mut Option<Here>, limits: &Limits) {
    let room = limits.cell.saturating_sub(value.len());
    if text.len() <= room {
        value.push_str(text);
    } else {
        value.push_str(&text[..text.floor_char_boundary(room)]);
        if let Some(here) = cell {
            here.long = true;
        }
    }
}

/// The number of a row; one that does not rise says nothing, and the row follows the one before.
fn row_number(element: &BytesStart<'_>, before: u64) -> u64 {
    let mut attributes = element.attributes();
    let found = attributes.with_checks(false).flatten().find(|a| a.key.as_ref() == "r");
    let given = found.and_then(|a| a.value.parse().ok());
    // One beyond what spreadsheets count would only make later numbers overflow.
    given.filter(|number| *number > before && *number <= 1 << 32).unwrap_or(before + 1)
}

/// Writes the value of a cell as its reader sees it.
fn finish(workbook: &Workbook, value: &str, here: Here, raw: &mut Raw, limits: &Limits) {
    let column = here.column;
    if value.is_empty() && here.stored != Stored::Error && !here.formula {
        return;
    }
    let mut kind = CellKind::Text;
    match here.stored {
        Stored::Shared => {
            let text = value.parse().ok().and_then(|at: usize| workbook.strings.get(at));
            raw.put(column, text.unwrap_or("\u{FFFD}"), limits);
        }
        Stored::Text | Stored::Inline => raw.put(column, &unescape(value), limits),
        Stored::Bool => {
            kind = CellKind::Bool;
            raw.put(column, if matches!(value, "1" | "true") { "TRUE" } else { "FALSE" }, limits);
        }
        Stored::Error => {
            kind = CellKind::Error;
            raw.put(column, value, limits);
            raw.row.refuse(Some(column), rules::EXCEL_ERROR);
        }
        Stored::IsoDate => {
            kind = CellKind::Date;
            let date = value
                .strip_suffix("T00:00:00")
                .or_else(|| value.strip_suffix("T00:00:00.000"))
                .unwrap_or(value);
            raw.put(column, date, limits);
        }
        Stored::Number => {
            kind = CellKind::Number;
            match workbook.styles.get(here.style) {
                NumberFormat::Plain => put_number(value, 0, column, raw, limits),
                NumberFormat::Padded(digits) => put_number(value, usize::from(digits), column, raw, limits),
                format => match date_text(value, format, workbook.from_1904) {
                    Some(date) => {
                        kind = CellKind::Date;
                        raw.put(column, &date, limits);
                    }
                    None => {
                        put_number(value, 0, column, raw, limits);
                        if !value.is_empty() {
                            raw.row.refuse(Some(column), rules::EXCEL_DATE);
                        }
                    }
                },
            }
        }
    }
    if here.long {
        raw.row.refuse(Some(column), rules::CELL_LONG);
    }
    if let Some(cell) = raw.cell(column, limits) {
        cell.kind = kind;
        cell.formula = here.formula;
    }
}

/// A number without exponent and without zeros at its end, with the zeros in front that its format shows.
fn put_number(value: &str, digits: usize, column: usize, raw: &mut Raw, limits: &Limits) {
    let whole = value.strip_prefix('-').unwrap_or(value);
    // Almost all numbers of a register are short and whole.
    if !whole.is_empty() && whole.len() <= 15 && whole.bytes().all(|b| b.is_ascii_digit()) {
        if whole.len() < digits {
            raw.put(column, &format!("{value:0>digits$}"), limits);
        } else {
            raw.put(column, value, limits);
        }
        return;
    }
    let Ok(number) = value.trim().parse::<f64>() else {
        raw.put(column, value, limits);
        return;
    };
    if number.abs() >= 1e15 {
        raw.row.warn(Some(column), rules::PRECISION);
    }
    raw.put(column, &number_text(number, digits), limits);
}

/// A number to the 15 digits that a spreadsheet keeps.
fn number_text(number: f64, digits: usize) -> String {
    if number == 0.0 || !number.is_finite() {
        return "0".repeat(digits.max(1));
    }
    let rounded: f64 = format!("{number:.14e}").parse().unwrap_or(number);
    let text = format!("{rounded}");
    if text.bytes().all(|b| b.is_ascii_digit()) { format!("{text:0>digits$}") } else { text }
}

/// The ISO form of the parts of a date that its format shows; none beyond the calendar of spreadsheets.
fn date_text(value: &str, format: NumberFormat, from_1904: bool) -> Option<String> {
    let mut serial = value.trim().parse::<f64>().ok()?;
    if from_1904 {
        serial += 1_462.0;
    }
    if !(0.0..2_958_466.0).contains(&serial) {
        return None;
    }
    let seconds = (serial.fract() * 86_400.0).round() as u32;
    let (days, seconds) = (serial as u32 + seconds / 86_400, seconds % 86_400);
    let mut out = String::with_capacity(20);
    let clock =
        |out: &mut String| write!(out, "{:02}:{:02}:{:02}", seconds / 3_600, seconds / 60 % 60, seconds % 60);
    match format {
        NumberFormat::Date { month, day, time } => {
            if days == 0 {
                return None;
            }
            let (y, m, d) = civil_of_serial(days);
            write!(out, "{y:04}").ok()?;
            if month {
                write!(out, "-{m:02}").ok()?;
            }
            if day {
                write!(out, "-{d:02}").ok()?;
            }
            if time && seconds > 0 {
                out.push(' ');
                clock(&mut out).ok()?;
            }
        }
        _ => clock(&mut out).ok()?,
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_shown_as_in_the_sheet() {
        for (number, text) in [
            (0.1 + 0.2, "0.3"),
            (1e15, "1000000000000000"),
            (1.5e-7, "0.00000015"),
            (-2.50, "-2.5"),
            (79_123_004_567.0, "79123004567"),
        ] {
            assert_eq!(number_text(number, 0), text);
        }
        assert_eq!(number_text(79_123_004_567.0, 12), "079123004567");
    }

    #[test]
    fn dates_show_the_parts_of_their_format() {
        let date = |month, day, time| NumberFormat::Date { month, day, time };
        assert_eq!(date_text("31813", date(true, true, false), false).as_deref(), Some("1987-02-05"));
        assert_eq!(date_text("31813", date(true, false, false), false).as_deref(), Some("1987-02"));
        assert_eq!(date_text("31813", date(false, false, false), false).as_deref(), Some("1987"));
        assert_eq!(
            date_text("31813.5", date(true, true, true), false).as_deref(),
            Some("1987-02-05 12:00:00")
        );
        assert_eq!(date_text("30351", date(true, true, false), true).as_deref(), Some("1987-02-05"));
        assert_eq!(date_text("0.25", NumberFormat::Time, false).as_deref(), Some("06:00:00"));
        assert_eq!(date_text("-5", date(true, true, false), false), None);
    }
}
