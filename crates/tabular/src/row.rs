//! Rows, their cells, and what is said about them.

use std::fmt;
use vocabulary::{Invalid, Lang, Text, Violation};

/// A row of a table, with as many cells as the table has headers.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Row {
    /// The row as a spreadsheet shows it: counted from 1, with headers, titles and blank rows counted.
    pub number: u64,
    /// The cells, one for each header.
    pub cells: Vec<Cell>,
    /// What is to be said about this row. A row with an error must not be taken over.
    pub notices: Vec<Notice>,
}

impl Row {
    /// The text of a column, empty where the row has none.
    pub fn text(&self, column: usize) -> &str {
        self.cells.get(column).map_or("", |cell| &cell.text)
    }

    /// Whether a notice refuses the row.
    pub fn has_errors(&self) -> bool {
        self.notices.iter().any(|notice| notice.severity == Severity::Error)
    }

    pub(crate) fn warn(&mut self, column: Option<usize>, rule: Invalid) {
        self.say(Severity::Warning, column, rule);
    }

    pub(crate) fn refuse(&mut self, column: Option<usize>, rule: Invalid) {
        self.say(Severity::Error, column, rule);
    }

    /// Says a thing once per row and column, so that a row of faults stays small.
    fn say(&mut self, severity: Severity, column: Option<usize>, rule: Invalid) {
        let notice = Notice { severity, row: self.number, column, rule: rule.rule, text: rule.text };
        if self.notices.len() < 64 && !self.notices.contains(&notice) {
            self.notices.push(notice);
        }
    }
}

/// Shows no cell: they hold personal data.
impl fmt::Debug for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Row({}, {} cells, {:?})", self.number, self.cells.len(), self.notices)
    }
}

/// A cell as a reader of the file sees it.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Cell {
    /// The text in NFC, without blanks around it. Dates of a workbook are `yyyy-mm-dd` (or `yyyy-mm`, `yyyy` where the
    /// format of the cell shows no more); numbers have no exponent and no trailing zeros.
    pub text: String,
    /// What the file holds: a number in a workbook has lost its leading zeros.
    pub kind: CellKind,
    /// Whether a formula computed the text, which is then as old as the last time the file was saved.
    pub formula: bool,
}

impl Cell {
    pub(crate) fn clear(&mut self) {
        self.text.clear();
        self.kind = CellKind::Text;
        self.formula = false;
    }
}

/// Shows no text: it may be personal data.
impl fmt::Debug for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Cell({:?}, {} bytes{})",
            self.kind,
            self.text.len(),
            if self.formula { ", formula" } else { "" }
        )
    }
}

/// What a cell holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CellKind {
    /// Text; every cell of a CSV file.
    #[default]
    Text,
    /// A number of a workbook or of JSON.
    Number,
    /// A date of a workbook.
    Date,
    /// A truth value, `TRUE` or `FALSE`.
    Bool,
    /// An error of a workbook, such as `#N/A`; the row has an error too.
    Error,
}

/// How much a notice weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Worth telling; the row can be taken over.
    Warning,
    /// The row was not read as it was meant, and must be corrected.
    Error,
}

/// Something about a file or a row that its owner should know. Never holds the value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Notice {
    /// How much it weighs.
    pub severity: Severity,
    /// The row as a spreadsheet counts; 0 for the whole file.
    pub row: u64,
    /// The column, from 0; none for the whole row.
    pub column: Option<usize>,
    /// Stable name of the rule.
    pub rule: &'static str,
    /// The rule in words.
    pub text: Text,
}

impl Notice {
    pub(crate) fn of_file(rule: Invalid) -> Notice {
        Notice { severity: Severity::Warning, row: 0, column: None, rule: rule.rule, text: rule.text }
    }

    /// The notice in one language, with its place: `Dòng 5, cột C: …`.
    pub fn sentence(&self, lang: Lang) -> String {
        let mut out = String::new();
        if self.row > 0 {
            out.push_str(&format!("{} {}", lang.pick("Dòng", "Row"), self.row));
        }
        if let Some(column) = self.column {
            out.push_str(if out.is_empty() {
                lang.pick("Cột", "Column")
            } else {
                lang.pick(", cột", ", column")
            });
            out.push(' ');
            out.push_str(&column_letters(column));
        }
        if !out.is_empty() {
            out.push_str(": ");
        }
        out.push_str(self.text.get(lang));
        out
    }

    /// The same as a broken rule, its field the place: `row 5, column C`.
    pub fn violation(&self) -> Violation {
        Invalid { rule: self.rule, text: self.text }.at(place(self.row, self.column))
    }
}

/// `row 5, column C`, as the field of a violation.
pub(crate) fn place(row: u64, column: Option<usize>) -> String {
    match (row, column) {
        (0, None) => "file".to_owned(),
        (0, Some(column)) => format!("column {}", column_letters(column)),
        (row, None) => format!("row {row}"),
        (row, Some(column)) => format!("row {row}, column {}", column_letters(column)),
    }
}

/// The letters by which spreadsheets name a column: 0 is `A`, 26 is `AA`.
pub fn column_letters(mut column: usize) -> String {
    let mut out = Vec::new();
    loop {
        out.push(b'A' + (column % 26) as u8);
        column = match (column / 26).checked_sub(1) {
            Some(next) => next,
            None => break,
        };
    }
    out.iter().rev().map(|b| char::from(*b)).collect()
}
