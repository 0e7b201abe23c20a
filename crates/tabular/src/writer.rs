//! Rows written as a file in one of the formats that offices have.

use crate::format::Format;
use rust_xlsxwriter::{Format as CellFormat, Workbook};
use std::io::{self, Seek, Write};

/// Writes rows under headers. Memory stays bounded; a workbook is put together in a temporary file.
pub struct RowWriter<W: Write + Seek + Send> {
    out: W,
    body: Body,
    headers: Vec<String>,
    rows: u64,
}

enum Body {
    Csv { delimiter: char, line: String },
    Json,
    Workbook(Box<Workbook>),
}

impl<W: Write + Seek + Send> RowWriter<W> {
    /// A file of this format, separator and headers. CSV is UTF-8 with a byte-order mark, without which Excel reads
    /// another code page.
    pub fn new(format: Format, delimiter: char, headers: Vec<String>, out: W) -> io::Result<RowWriter<W>> {
        let body = match format {
            Format::Csv => Body::Csv { delimiter, line: String::from('\u{FEFF}') },
            Format::JsonLines => Body::Json,
            Format::Xlsx => {
                let mut workbook = Workbook::new();
                workbook.add_worksheet_with_constant_memory().map_err(io::Error::other)?;
                Body::Workbook(Box::new(workbook))
            }
        };
        let mut writer = RowWriter { out, body, headers, rows: 0 };
        if !matches!(writer.body, Body::Json) {
            let headers = writer.headers.clone();
            writer.line(0, headers.iter().map(String::as_str))?;
        }
        Ok(writer)
    }

    /// How many rows were written.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Writes a row: a cell for each header.
    pub fn write<'a>(&mut self, cells: impl Iterator<Item = &'a str>) -> io::Result<()> {
        self.line(self.rows + 1, cells)?;
        self.rows += 1;
        Ok(())
    }

    fn line<'a>(&mut self, at: u64, cells: impl Iterator<Item = &'a str>) -> io::Result<()> {
        match &mut self.body {
            Body::Csv { delimiter, line } => {
                for (at, cell) in cells.enumerate() {
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
                for (header, cell) in self.headers.iter().zip(cells) {
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
                let at = u32::try_from(at).map_err(io::Error::other)?;
                // As text, so that leading zeros stay and nothing is a formula.
                let text = CellFormat::new().set_num_format("@");
                for (column, cell) in (0u16..).zip(cells) {
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
