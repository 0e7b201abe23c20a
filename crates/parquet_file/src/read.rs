//! Reads tables of primitive columns as text, row by row.

use crate::ParquetError;
use parquet::{
    basic::Repetition,
    errors::ParquetError as Fault,
    file::reader::{FileReader, SerializedFileReader},
    record::{Field, reader::RowIter},
    schema::types::{Type, TypePtr},
};
use std::{fs::File, sync::Arc};

/// A Parquet file whose columns can be read as text.
pub struct ParquetTable {
    reader: SerializedFileReader<File>,
    columns: Vec<TypePtr>,
    headers: Vec<String>,
}

impl ParquetTable {
    /// Opens a file and reads its footer. Columns with lists or records in them are left out.
    ///
    /// # Errors
    /// Where it is no Parquet file.
    pub fn open(file: File) -> Result<ParquetTable, ParquetError> {
        let reader = SerializedFileReader::new(file)?;
        let root = reader.metadata().file_metadata().schema();
        let plain = |field: &&TypePtr| {
            let info = field.get_basic_info();
            field.is_primitive() && info.has_repetition() && info.repetition() != Repetition::REPEATED
        };
        let columns: Vec<TypePtr> = root.get_fields().iter().filter(plain).cloned().collect();
        let headers = columns.iter().map(|column| column.name().to_owned()).collect();
        Ok(ParquetTable { reader, columns, headers })
    }

    /// The names of the columns.
    pub fn headers(&self) -> &[String] {
        &self.headers
    }

    /// Hands out the cells of some columns, by their places in the headers, in the order wanted; null is empty. Dates are
    /// written `2025-07-01`, whole floating numbers without a point. Stops where `see` fails, and gives its error.
    ///
    /// # Errors
    /// The inner one where the file is damaged.
    pub fn for_each<E>(
        &self,
        wanted: &[usize],
        mut see: impl FnMut(&[String]) -> Result<(), E>,
    ) -> Result<Result<(), E>, ParquetError> {
        // The file keeps its own order; the same column may be wanted twice.
        let mut places: Vec<usize> = wanted.to_vec();
        places.sort_unstable();
        places.dedup();
        let columns: Option<Vec<TypePtr>> =
            places.iter().map(|place| self.columns.get(*place).map(Arc::clone)).collect();
        let columns = columns.ok_or_else(|| Fault::General("no such column".into()))?;
        let name = self.reader.metadata().file_metadata().schema().name();
        let schema = Type::group_type_builder(name).with_fields(columns).build()?;
        let order: Vec<usize> = wanted.iter().filter_map(|place| places.binary_search(place).ok()).collect();
        let mut cells: Vec<String> = wanted.iter().map(|_| String::new()).collect();
        for group in 0..self.reader.num_row_groups() {
            let group = self.reader.get_row_group(group)?;
            for row in RowIter::from_row_group(Some(schema.clone()), &*group)? {
                let row = row?;
                let fields: Vec<&Field> = row.get_column_iter().map(|(_, field)| field).collect();
                for (cell, at) in cells.iter_mut().zip(&order) {
                    cell.clear();
                    if let Some(field) = fields.get(*at) {
                        write(field, cell);
                    }
                }
                if let Err(error) = see(&cells) {
                    return Ok(Err(error));
                }
            }
        }
        Ok(Ok(()))
    }
}

fn write(field: &Field, cell: &mut String) {
    match field {
        Field::Null => {}
        Field::Str(text) => cell.push_str(text),
        Field::Bytes(bytes) => cell.push_str(&String::from_utf8_lossy(bytes.data())),
        Field::Date(days) => *cell = date(*days),
        Field::Double(number) if number.trunc() == *number && number.abs() < 1e15 => {
            *cell = format!("{number:.0}");
        }
        other => *cell = other.to_string(),
    }
}

/// The day so many days after 1 January 1970 (Howard Hinnant, "chrono-compatible low-level date algorithms").
fn date(days: i32) -> String {
    let days = i64::from(days) + 719_468;
    let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let shifted = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    format!("{:04}-{month:02}-{day:02}", year + era * 400 + i64::from(month <= 2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_dates() {
        for (days, text) in
            [(0, "1970-01-01"), (20_270, "2025-07-01"), (-1, "1969-12-31"), (11_016, "2000-02-29")]
        {
            assert_eq!(date(days), text);
        }
    }
}
