//! A register file as it is written: CSV or Parquet, hashed on its way, in bounded memory.

use crate::columns::Column;
use parquet_file::ParquetFile;
use sha2::{Digest, Sha256};
use std::{
    fs::File,
    io::{self, BufWriter, Write},
};

/// The form of an exported file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileFormat {
    /// Comma-separated values, UTF-8, for spreadsheets: with a byte-order mark, and with an apostrophe before a cell
    /// that a spreadsheet would run as a formula.
    Csv,
    /// Comma-separated values, UTF-8, exactly as recorded; for other systems.
    PlainCsv,
    /// Apache Parquet, all columns text.
    Parquet,
}

impl FileFormat {
    /// All formats.
    pub const ALL: &'static [FileFormat] = &[FileFormat::Csv, FileFormat::PlainCsv, FileFormat::Parquet];

    /// Stable code.
    pub const fn code(self) -> &'static str {
        match self {
            FileFormat::Csv => "csv",
            FileFormat::PlainCsv => "csv-plain",
            FileFormat::Parquet => "parquet",
        }
    }

    /// The format with a code.
    pub fn from_code(code: &str) -> Option<FileFormat> {
        FileFormat::ALL.iter().copied().find(|f| f.code() == code)
    }

    /// The ending of the file's name.
    pub const fn ending(self) -> &'static str {
        match self {
            FileFormat::Csv | FileFormat::PlainCsv => "csv",
            FileFormat::Parquet => "parquet",
        }
    }
}

/// The header of the column with the numbers of records.
const RECORD: &str = "record";

/// The cells of some rows, in one text.
#[derive(Default)]
pub struct Cells {
    text: String,
    ends: Vec<usize>,
}

impl Cells {
    /// Adds a cell that is written at the end of the text.
    pub fn push(&mut self, write: impl FnOnce(&mut String)) {
        write(&mut self.text);
        self.ends.push(self.text.len());
    }

    /// The cells, one after another.
    fn iter(&self) -> impl Iterator<Item = &str> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(|(from, to)| &self.text[from..*to])
    }
}

/// Bytes on their way to a file, counted and hashed.
struct Hashed {
    file: BufWriter<File>,
    hash: Sha256,
    bytes: u64,
}

impl Write for Hashed {
    fn write(&mut self, part: &[u8]) -> io::Result<usize> {
        let written = self.file.write(part)?;
        self.hash.update(&part[..written]);
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// A file that was written whole and lies on the disk.
pub struct Written {
    /// SHA-256 of its bytes.
    pub sha256: [u8; 32],
    /// How many.
    pub bytes: u64,
}

/// A file under way.
pub struct RegisterFile {
    to: To,
    columns: usize,
}

enum To {
    Csv { out: Hashed, line: String, plain: bool },
    Parquet(Box<ParquetFile<Hashed>>),
}

impl RegisterFile {
    /// Begins a file with the columns' codes as its headers, behind `record` where records are numbered.
    pub fn begin(
        file: File,
        format: FileFormat,
        columns: &[Column],
        records: bool,
    ) -> io::Result<RegisterFile> {
        let mut out = Hashed { file: BufWriter::with_capacity(1 << 16, file), hash: Sha256::new(), bytes: 0 };
        let plain = format == FileFormat::PlainCsv;
        let to = match format {
            FileFormat::Csv | FileFormat::PlainCsv => {
                if !plain {
                    out.write_all("\u{FEFF}".as_bytes())?;
                }
                To::Csv { out, line: String::new(), plain }
            }
            FileFormat::Parquet => {
                let first = records.then_some((RECORD, "Hồ sơ"));
                let named: Vec<_> =
                    first.into_iter().chain(columns.iter().map(|c| (c.code(), c.text().vi))).collect();
                let program = concat!("dancu ", env!("CARGO_PKG_VERSION"));
                To::Parquet(Box::new(ParquetFile::new(out, program, &named).map_err(io::Error::other)?))
            }
        };
        let mut begun = RegisterFile { to, columns: columns.len() + usize::from(records) };
        if let To::Csv { .. } = begun.to {
            let first = records.then_some(RECORD);
            begun.row(&mut first.into_iter().chain(columns.iter().map(|c| c.code())))?;
        }
        Ok(begun)
    }

    /// Adds rows: so many cells each as there are columns.
    pub fn rows(&mut self, cells: &Cells) -> io::Result<()> {
        let mut cells = cells.iter().peekable();
        while cells.peek().is_some() {
            let columns = self.columns;
            self.row(&mut cells.by_ref().take(columns))?;
        }
        Ok(())
    }

    fn row(&mut self, cells: &mut dyn Iterator<Item = &str>) -> io::Result<()> {
        match &mut self.to {
            To::Parquet(file) => file.row(cells).map_err(io::Error::other),
            To::Csv { out, line, plain } => {
                line.clear();
                for (at, cell) in cells.enumerate() {
                    if at > 0 {
                        line.push(',');
                    }
                    if *plain {
                        web::exact_cell(line, cell);
                    } else {
                        web::safe_cell(line, cell);
                    }
                }
                if line.is_empty() {
                    // A blank line is no row to most readers.
                    line.push_str("\"\"");
                }
                line.push_str("\r\n");
                out.write_all(line.as_bytes())
            }
        }
    }

    /// Writes what is left and waits until all of it lies on the disk.
    pub fn finish(self) -> io::Result<Written> {
        let mut out = match self.to {
            To::Csv { out, .. } => out,
            To::Parquet(file) => file.finish().map_err(io::Error::other)?,
        };
        out.flush()?;
        out.file.get_ref().sync_all()?;
        Ok(Written { sha256: out.hash.finalize().into(), bytes: out.bytes })
    }
}
