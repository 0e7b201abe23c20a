//! Tables of text as Apache Parquet files, written and read row by row in bounded memory.
//!
//! Every column is an optional UTF-8 string: numbers keep their leading zeros, dates known in part stay as they are,
//! and an empty cell is null. The bytes depend on the rows alone, so that equal tables have equal hashes. The crate
//! knows nothing of what it writes; it is one of its own so that the rest of the house builds without `parquet`.

mod read;

pub use read::ParquetTable;

use bytes::Bytes;
use parquet::{
    basic::{Compression, LogicalType, Repetition, Type as Physical},
    data_type::{ByteArray, ByteArrayType},
    file::{
        metadata::KeyValue,
        properties::{EnabledStatistics, WriterProperties},
        writer::SerializedFileWriter,
    },
    schema::types::Type,
};
use std::{io::Write, ops::Range, sync::Arc};

/// Rows in a row group at most, and bytes of text: what is held before it is written.
const GROUP_ROWS: usize = 64 << 10;
const GROUP_BYTES: usize = 32 << 20;

/// Why a file could not be written or read.
#[derive(Debug)]
pub struct ParquetError(parquet::errors::ParquetError);

impl std::fmt::Display for ParquetError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // What the library says names columns, sizes and errors of the disk, and no cell.
        write!(f, "Parquet: {}", self.0)
    }
}

impl std::error::Error for ParquetError {}

impl From<parquet::errors::ParquetError> for ParquetError {
    fn from(error: parquet::errors::ParquetError) -> ParquetError {
        ParquetError(error)
    }
}

/// A file that is being written. Dropped before [`ParquetFile::finish`], it leaves bytes that no reader takes for a
/// table, since a Parquet file is read from its end.
pub struct ParquetFile<W: Write + Send> {
    writer: SerializedFileWriter<W>,
    columns: Vec<Column>,
    rows: usize,
    bytes: usize,
}

/// The cells of one column in the row group under way.
#[derive(Default)]
struct Column {
    text: Vec<u8>,
    cells: Vec<Range<usize>>,
    /// For each row 1 where there is a cell, 0 where it is null.
    present: Vec<i16>,
}

impl<W: Write + Send> ParquetFile<W> {
    /// Begins a file with these columns, each a name with its title for people. `program` stands in the file as its
    /// writer.
    ///
    /// # Errors
    /// Where the first bytes cannot be written.
    pub fn new(to: W, program: &str, columns: &[(&str, &str)]) -> Result<ParquetFile<W>, ParquetError> {
        let mut fields = Vec::with_capacity(columns.len());
        for (name, _) in columns {
            let field = Type::primitive_type_builder(name, Physical::BYTE_ARRAY)
                .with_logical_type(Some(LogicalType::String))
                .with_repetition(Repetition::OPTIONAL)
                .build()?;
            fields.push(Arc::new(field));
        }
        let schema = Type::group_type_builder("table").with_fields(fields).build()?;
        let titles = columns
            .iter()
            .map(|(name, title)| KeyValue::new(format!("title:{name}"), (*title).to_owned()))
            .collect();
        let properties = WriterProperties::builder()
            .set_created_by(program.to_owned())
            .set_compression(Compression::SNAPPY)
            .set_statistics_enabled(EnabledStatistics::Chunk)
            .set_key_value_metadata(Some(titles))
            .build();
        let writer = SerializedFileWriter::new(to, Arc::new(schema), Arc::new(properties))?;
        let columns = columns.iter().map(|_| Column::default()).collect();
        Ok(ParquetFile { writer, columns, rows: 0, bytes: 0 })
    }

    /// Adds a row; cells beyond the columns are left out, missing ones and empty ones are null.
    ///
    /// # Errors
    /// Where a full row group cannot be written.
    pub fn row<C: AsRef<str>>(&mut self, cells: impl IntoIterator<Item = C>) -> Result<(), ParquetError> {
        let mut cells = cells.into_iter();
        for column in &mut self.columns {
            let cell = cells.next();
            let cell = cell.as_ref().map_or("", AsRef::as_ref);
            column.present.push(i16::from(!cell.is_empty()));
            if !cell.is_empty() {
                let from = column.text.len();
                column.text.extend_from_slice(cell.as_bytes());
                column.cells.push(from..column.text.len());
                self.bytes += cell.len();
            }
        }
        self.rows += 1;
        if self.rows >= GROUP_ROWS || self.bytes >= GROUP_BYTES { self.flush() } else { Ok(()) }
    }

    /// Writes the row group under way.
    fn flush(&mut self) -> Result<(), ParquetError> {
        if self.rows == 0 {
            return Ok(());
        }
        let mut group = self.writer.next_row_group()?;
        for column in &mut self.columns {
            let Column { text, cells, present } = std::mem::take(column);
            let text = Bytes::from(text);
            let values: Vec<ByteArray> =
                cells.into_iter().map(|cell| ByteArray::from(text.slice(cell))).collect();
            let Some(mut to) = group.next_column()? else { break };
            to.typed::<ByteArrayType>().write_batch(&values, Some(&present), None)?;
            to.close()?;
        }
        group.close()?;
        self.rows = 0;
        self.bytes = 0;
        Ok(())
    }

    /// Writes what is left and the footer, which makes it a file, and gives back where it was written.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn finish(mut self) -> Result<W, ParquetError> {
        self.flush()?;
        Ok(self.writer.into_inner()?)
    }
}
