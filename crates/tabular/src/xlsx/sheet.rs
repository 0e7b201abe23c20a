//! A worksheet as a stream of rows.

use super::{
    package::{Workbook, resolve, unescape},
    scan::{Attributes, Piece, Scan},
    styles::NumberFormat,
};
use crate::{date::civil_of_serial, options::Limits, raw::Raw, row::CellKind, rules, table::Input};
use quick_xml::events::BytesRef;
use std::{borrow::Cow, fmt::Write};
use vocabulary::Violation;

/// The rows of a worksheet.
pub(crate) struct SheetRows {
    workbook: Workbook,
    scan: Scan,
    limits: Limits,
    /// The value of the cell being read.
    value: String,
    number: u64,
    /// Elements that are open.
    depth: usize,
    ended: bool,
}

/// What a cell says it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stored {
    Number,
    Shared,
    Text,
    Inline,
    Bool,
    Error,
    IsoDate,
}

/// The cell being read.
#[derive(Clone, Copy)]
struct Here {
    column: usize,
    style: usize,
    stored: Stored,
    formula: bool,
    /// Whether the text is longer than we hold.
    long: bool,
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
        let scan = workbook.unpack(input, name, &limits)?;
        Ok(SheetRows { workbook, scan, limits, value: String::new(), number: 0, depth: 0, ended: false })
    }

    /// Gives workbook and input back.
    pub(crate) fn close(self) -> (Workbook, Box<dyn Input>) {
        (self.workbook, self.scan.close())
    }

    /// Reads the next row with cells; false at the end.
    pub(crate) fn read(&mut self, raw: &mut Raw) -> Result<bool, Violation> {
        if self.ended {
            return Ok(false);
        }
        raw.begin(self.number + 1);
        let mut begun = false;
        let mut cell: Option<Here> = None;
        let mut within = Within::Nothing;
        let mut next_column = 0;
        loop {
            let piece = self.scan.next().map_err(|rule| rules::at_row(rule, self.number + 1))?;
            match piece {
                Piece::Start { empty: false, .. } => self.depth += 1,
                Piece::End { .. } => match self.depth.checked_sub(1) {
                    Some(depth) => self.depth = depth,
                    None => return Err(rules::at_row(rules::TRUNCATED, self.number + 1)),
                },
                _ => {}
            }
            match piece {
                Piece::Start { name: b"v", empty: false, .. } => within = Within::Value,
                Piece::Start { name: b"t", empty: false, .. } if within != Within::Phonetic => {
                    within = Within::Inline;
                }
                Piece::Start { name: b"rPh", empty: false, .. } => within = Within::Phonetic,
                Piece::Start { name: b"c", attributes, empty } => {
                    let here = here(attributes, next_column);
                    next_column = here.column + 1;
                    if !empty {
                        cell = Some(here);
                        self.value.clear();
                    }
                }
                Piece::Start { name: b"f", .. } => cell = cell.map(|here| Here { formula: true, ..here }),
                Piece::Start { name: b"row", attributes, empty } => {
                    self.number = row_number(attributes, self.number);
                    if !empty {
                        raw.begin(self.number);
                        begun = true;
                        next_column = 0;
                    }
                }
                Piece::End { name: b"sheetData" } | Piece::Start { name: b"sheetData", empty: true, .. } => {
                    self.ended = true;
                    return Ok(false);
                }
                Piece::Text(bytes) if matches!(within, Within::Value | Within::Inline) => {
                    let text = text_of(bytes, self.number)?;
                    keep(&mut self.value, &text, &mut cell, &self.limits);
                }
                Piece::Reference(name) if matches!(within, Within::Value | Within::Inline) => {
                    let name = text_of(name, self.number)?;
                    if let Some(text) = resolve(&BytesRef::new(name.as_ref())) {
                        keep(&mut self.value, &text, &mut cell, &self.limits);
                    }
                }
                Piece::End { name: b"v" | b"rPh" } => within = Within::Nothing,
                Piece::End { name: b"t" } if within == Within::Inline => within = Within::Nothing,
                Piece::End { name: b"c" } => {
                    if let Some(here) = cell.take() {
                        finish(&self.workbook, &self.value, here, raw, &self.limits);
                    }
                }
                Piece::End { name: b"row" } if raw.used > 0 || raw.excess => {
                    // Cells of a row whose beginning is damaged follow the row before.
                    if !begun {
                        self.number += 1;
                        raw.row.number = self.number;
                    }
                    return Ok(true);
                }
                Piece::Nothing => return Err(rules::at_row(rules::TRUNCATED, self.number + 1)),
                _ => {}
            }
        }
    }
}

/// Bytes as text, with the line ends of XML.
fn text_of(bytes: &[u8], row: u64) -> Result<Cow<'_, str>, Violation> {
    let text = std::str::from_utf8(bytes).map_err(|_| rules::at_row(rules::TRUNCATED, row + 1))?;
    if text.contains('\r') {
        return Ok(text.replace("\r\n", "\n").replace('\r', "\n").into());
    }
    Ok(text.into())
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

/// Place, style and kind of a cell. A cell without a place follows the one before.
fn here(attributes: &[u8], next: usize) -> Here {
    let mut here = Here { column: next, style: 0, stored: Stored::Number, formula: false, long: false };
    for (name, value) in Attributes(attributes) {
        match name {
            b"r" => here.column = column_of(value).unwrap_or(next),
            b"s" => here.style = number(value).and_then(|style| usize::try_from(style).ok()).unwrap_or(0),
            b"t" => {
                here.stored = match value {
                    b"s" => Stored::Shared,
                    b"str" => Stored::Text,
                    b"inlineStr" => Stored::Inline,
                    b"b" => Stored::Bool,
                    b"e" => Stored::Error,
                    b"d" => Stored::IsoDate,
                    _ => Stored::Number,
                }
            }
            _ => {}
        }
    }
    here
}

fn number(value: &[u8]) -> Option<u64> {
    std::str::from_utf8(value).ok()?.parse().ok()
}

/// The number of a row; one that does not rise says nothing, and the row follows the one before.
fn row_number(attributes: &[u8], before: u64) -> u64 {
    let given = Attributes(attributes).find(|(name, _)| *name == b"r").and_then(|(_, value)| number(value));
    // One beyond what spreadsheets count would only make later numbers overflow.
    given.filter(|number| *number > before && *number <= 1 << 32).unwrap_or(before + 1)
}

/// The column of a place such as `AB12`.
fn column_of(place: &[u8]) -> Option<usize> {
    let letters = place.iter().take_while(|b| b.is_ascii_alphabetic());
    let mut column = 0usize;
    for letter in letters.take(5) {
        column = column * 26 + usize::from(letter.to_ascii_uppercase() - b'A') + 1;
    }
    column.checked_sub(1)
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
        assert_eq!(column_of(b"A1"), Some(0));
        assert_eq!(column_of(b"XFD1048576"), Some(16_383));
        assert_eq!(column_of(b"12"), None);
    }
}
