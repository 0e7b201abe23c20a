//! What can go wrong.

use vocabulary::Lang;

/// Why records could not be linked. None of it holds what stands in a record.
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    /// A file cannot be read or written.
    #[error("{file}: {why}")]
    Io {
        /// The file.
        file: String,
        /// What the system says.
        why: std::io::Error,
    },
    /// A line is not CSV.
    #[error("{file}: line {line}: {why}")]
    Csv {
        /// The file.
        file: String,
        /// The line, 0 where unknown.
        line: u64,
        /// What is wrong.
        why: &'static str,
    },
    /// A column that is named is not there.
    #[error("{file}: no column {header}")]
    NoColumn {
        /// The file.
        file: String,
        /// The header wanted.
        header: String,
    },
    /// No column is known, and none was named.
    #[error("no header is known; name the columns in a schema")]
    NothingToCompare,
    /// More columns than can be compared.
    #[error("at most {} columns can be compared", crate::Schema::MOST)]
    TooManyColumns,
    /// Two records of one file bear the same identifier.
    #[error("{file}: identifiers are not unique, first seen twice at record {record}")]
    SameId {
        /// The file.
        file: String,
        /// The second record with the identifier, counted from 1.
        record: u64,
    },
    /// More records, or more text in a column, than can be addressed.
    #[error("too large: at most {} records and 4 GB of distinct text a column", crate::MOST_RECORDS)]
    TooLarge,
    /// The truth names no record of the files.
    #[error("the truth file does not fit: {unknown} of {pairs} pairs name records that are not there")]
    Truth {
        /// Pairs with an identifier that is not there.
        unknown: u64,
        /// All pairs.
        pairs: u64,
    },
    /// The schema cannot be read.
    #[error("{}: {why}", crate::schema::NOT_A_SCHEMA.en)]
    Schema {
        /// The words of the parser.
        why: String,
    },
    /// The model cannot be read, or was learnt for other columns.
    #[error("the model cannot be used: {why}")]
    Model {
        /// Why.
        why: String,
    },
}

impl LinkError {
    /// The message in a language.
    pub fn message(&self, lang: Lang) -> String {
        if lang == Lang::En {
            return self.to_string();
        }
        match self {
            LinkError::Io { .. } => self.to_string(),
            LinkError::Csv { file, line, why } => format!("{file}: dòng {line}: {why}"),
            LinkError::NoColumn { file, header } => format!("{file}: không có cột {header}"),
            LinkError::NothingToCompare => "không nhận ra cột nào; hãy nêu các cột trong lược đồ".into(),
            LinkError::TooManyColumns => format!("chỉ so được tối đa {} cột", crate::Schema::MOST),
            LinkError::SameId { file, record } => {
                format!("{file}: mã bản ghi bị lặp, lần đầu tại bản ghi thứ {record}")
            }
            LinkError::TooLarge => {
                format!("quá lớn: tối đa {} bản ghi và 4 GB chữ khác nhau mỗi cột", crate::MOST_RECORDS)
            }
            LinkError::Truth { unknown, pairs } => {
                format!("tệp đáp án không khớp: {unknown} trong {pairs} cặp nêu bản ghi không có")
            }
            LinkError::Schema { why } => format!("{}: {why}", crate::schema::NOT_A_SCHEMA.vi),
            LinkError::Model { why } => format!("không dùng được mô hình: {why}"),
        }
    }
}
