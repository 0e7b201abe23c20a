//! What a caller may ask for, and how much a file may ask of us.

/// How a file is to be read. The default finds out everything by itself.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Name of the file, a hint where the content leaves doubt.
    pub name: Option<String>,
    /// Headers that the caller knows, in any spelling: the row that has most of them is the header row, and the sheet
    /// that has it is read. Without them it is the first row with two texts or more.
    pub known: Vec<String>,
    /// The header row as a spreadsheet counts, where the caller wants none to be looked for.
    pub header_row: Option<u64>,
    /// The worksheet by its name.
    pub sheet: Option<String>,
    /// The separator of a CSV file.
    pub delimiter: Option<u8>,
    /// The encoding of a CSV or JSON Lines file.
    pub encoding: Option<crate::Encoding>,
    /// What a file may ask of us.
    pub limits: Limits,
}

/// Bounds that keep memory small whatever the file holds. Beyond a bound of a row the row is refused, beyond a bound of
/// the file the file is.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Columns of a table.
    pub columns: usize,
    /// Bytes of a cell; a spreadsheet holds 32,767 characters.
    pub cell: usize,
    /// Bytes of a row.
    pub row: usize,
    /// Bytes of the table of strings of a workbook, unpacked.
    pub strings: u64,
    /// Bytes of a worksheet, unpacked.
    pub sheet: u64,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { columns: 1_024, cell: 128 << 10, row: 4 << 20, strings: 256 << 20, sheet: 16 << 30 }
    }
}
