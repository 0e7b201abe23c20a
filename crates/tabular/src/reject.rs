//! Rejected rows, written back in the format they came in with the reason beside each, ready to be corrected and read
//! again.

use crate::{
    format::Format,
    row::{Row, column_letters},
    table::Table,
};
use rust_xlsxwriter::{Format as CellFormat, Workbook};
use std::io::{self, Seek, Write};
use vocabulary::Lang;

/// The header of the column with the reasons. It is not read when the corrected file comes back.
pub const REASON: &str = "Lý do trả lại (Reason)";

/// Why a row is rejected.
#[derive(Clone, Debug)]
pub struct Reason<'a> {
    /// The column at fault, from 0; none for the row.
    pub column: Option<usize>,
    /// Stable name of the rule.
    pub rule: &'a str,
    /// The value at fault, empty where there is none. It stands in the row anyway.
    pub value: &'a str,
    /// The rule in words, in the language of the reader.
    pub text: &'a str,
}

/// Writes rejected rows. Memory stays bounded; a workbook is put together in a temporary file.
pub struct RejectWriter<W: Write + Seek + Send> {
    out: W,
    body: Body,
    headers: Vec<String>,
    lang: Lang,
    rows: u64,
}

enum Body {
    Csv { delimiter: char, line: String },
    Json,
    Workbook(Box<Workbook>),
}

impl<W: Write + Seek + Send> RejectWriter<W> {
    /// A file for rows rejected from a table: its format, separator and headers.
    pub fn new(table: &Table, lang: Lang, out: W) -> io::Result<RejectWriter<W>> {
        let delimiter = table.delimiter.unwrap_or(b',');
        RejectWriter::with(table.format, char::from(delimiter), table.headers.clone(), lang, out)
    }

    /// A file of this format, separator and headers. CSV is UTF-8 with a byte-order mark, without which Excel reads
    /// another code page.
    pub fn with(
        format: Format,
        delimiter: char,
        headers: Vec<String>,
        lang: Lang,
        out: W,
    ) -> io::Result<RejectWriter<W>> {
        let body = match format {
            Format::Csv => Body::Csv { delimiter, line: String::from('\u{FEFF}') },
            Format::JsonLines => Body::Json,
            Format::Xlsx => {
                let mut workbook = Workbook::new();
                workbook.add_worksheet_with_constant_memory().map_err(io::Error::other)?;
                Body::Workbook(Box::new(workbook))
            }
        };
        let mut writer = RejectWriter { out, body, headers, lang, rows: 0 };
        if !matches!(writer.body, Body::Json) {
            let headers = writer.headers.clone();
            writer.line(headers.iter().map(String::as_str), REASON)?;
        }
        Ok(writer)
    }

    /// How many rows were written.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Writes a row and why it is rejected; what the row itself has to say is added to the reasons.
    pub fn write(&mut self, row: &Row, reasons: &[Reason]) -> io::Result<()> {
        let mut text = String::new();
        for reason in reasons {
            self.tell(&mut text, row.number, reason);
        }
        for notice in row.notices.iter().filter(|notice| notice.severity == crate::Severity::Error) {
            let (rule, said) = (notice.rule, notice.text.get(self.lang));
            self.tell(&mut text, row.number, &Reason { column: notice.column, rule, value: "", text: said });
        }
        self.line(row.cells.iter().map(|cell| cell.text.as_str()), &text)?;
        self.rows += 1;
        Ok(())
    }

    /// Adds `Dòng 5, cột C "Ngày sinh" = "30/02/1987": Ngày không có trong lịch [date/calendar]`.
    fn tell(&self, out: &mut String, row: u64, reason: &Reason) {
        if !out.is_empty() {
            out.push_str("; ");
        }
        out.push_str(&format!("{} {row}", self.lang.pick("Dòng", "Row")));
        if let Some(column) = reason.column {
            let header = self.headers.get(column).map_or("", String::as_str);
            out.push_str(&format!(
                ", {} {} \"{header}\"",
                self.lang.pick("cột", "column"),
                column_letters(column)
            ));
        }
        if !reason.value.is_empty() {
            let shown: String = reason.value.chars().take(100).collect();
            out.push_str(&format!(" = \"{shown}\""));
        }
        out.push_str(&format!(": {} [{}]", reason.text, reason.rule));
    }

    fn line<'a>(&mut self, cells: impl Iterator<Item = &'a str>, reason: &'a str) -> io::Result<()> {
        match &mut self.body {
            Body::Csv { delimiter, line } => {
                for (at, cell) in cells.chain([reason]).enumerate() {
                    if at > 0 {
                        line.push(*delimiter);
                    }
                    write_cell(line, cell, *delimiter);
                }
                line.push_str("\r\n");
                self.out.write_all(line.as_bytes())?;
                line.clear();
            }
            Body::Json => {
                let mut object = String::from("{");
                for (header, cell) in
                    self.headers.iter().map(String::as_str).zip(cells).chain([(REASON, reason)])
                {
                    if object.len() > 1 {
                        object.push(',');
                    }
                    object.push_str(&serde_json::to_string(header)?);
                    object.push(':');
                    object.push_str(&serde_json::to_string(cell)?);
                }
                object.push_str("}\n");
                self.out.write_all(object.as_bytes())?;
            }
            Body::Workbook(workbook) => {
                let sheet = workbook.worksheet_from_index(0).map_err(io::Error::other)?;
                let at = if self.rows == 0 && reason == REASON { 0 } else { self.rows + 1 };
                let at = u32::try_from(at).map_err(io::Error::other)?;
                // As text, so that leading zeros stay and nothing is a formula.
                let text = CellFormat::new().set_num_format("@");
                for (column, cell) in (0u16..).zip(cells.chain([reason])) {
                    if !cell.is_empty() {
                        sheet
                            .write_string_with_format(at, column, excel_length(cell), &text)
                            .map_err(io::Error::other)?;
                    }
                }
            }
        }
        Ok(())
    }

    /// Completes the file and gives it back.
    pub fn finish(mut self) -> io::Result<W> {
        if let Body::Workbook(workbook) = &mut self.body {
            workbook.save_to_writer(&mut self.out).map_err(io::Error::other)?;
        }
        self.out.flush()?;
        Ok(self.out)
    }
}

/// A cell of a workbook holds 32,767 units of UTF-16; what is beyond could not have come from one.
fn excel_length(cell: &str) -> &str {
    if cell.len() <= 32_767 {
        return cell;
    }
    let mut units = 0;
    let end = cell.char_indices().find(|(_, c)| {
        units += c.len_utf16();
        units > 32_767
    });
    &cell[..end.map_or(cell.len(), |(at, _)| at)]
}

/// A spreadsheet that opens a CSV file runs what looks like a formula; plain numbers can do no harm.
fn is_formula(cell: &str) -> bool {
    let number = |s: &str| {
        s.len() > 1 && s[1..].bytes().all(|b| b.is_ascii_digit() || b == b'.') && s != "-." && s != "+."
    };
    match cell.chars().next() {
        Some('=' | '@' | '\t' | '\r' | '\n' | '＝' | '＋' | '－' | '＠') => true,
        Some('+' | '-') => !number(cell),
        _ => false,
    }
}

/// Whether an apostrophe was put before a formula, to be taken off when the cell is read. One that was there before has
/// another before it.
pub(crate) fn is_defused(cell: &str) -> bool {
    cell.starts_with('\'') && is_formula(cell.trim_start_matches('\''))
}

fn write_cell(out: &mut String, cell: &str, delimiter: char) {
    let formula = is_formula(cell.trim_start_matches('\''));
    let quoted = cell.contains(['"', ',', '\r', '\n', ';', '\t', '|', delimiter]) || cell.is_empty();
    if quoted {
        out.push('"');
    }
    if formula {
        out.push('\'');
    }
    for c in cell.chars() {
        if c == '"' {
            out.push('"');
        }
        out.push(c);
    }
    if quoted {
        out.push('"');
    }
}
