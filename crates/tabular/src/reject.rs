//! Rejected rows, written back in the format they came in with the reason beside each, ready to be corrected and read
//! again.

use crate::{
    format::Format,
    row::{Row, column_letters},
    table::Table,
    writer::RowWriter,
};
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
    out: RowWriter<W>,
    headers: Vec<String>,
    lang: Lang,
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
        let all = headers.iter().cloned().chain([REASON.to_owned()]).collect();
        Ok(RejectWriter { out: RowWriter::new(format, delimiter, all, out)?, headers, lang })
    }

    /// How many rows were written.
    pub fn rows(&self) -> u64 {
        self.out.rows()
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
        self.out.write(row.cells.iter().map(|cell| cell.text.as_str()).chain([text.as_str()]))
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

    /// Completes the file and gives it back.
    pub fn finish(self) -> io::Result<W> {
        self.out.finish()
    }
}
