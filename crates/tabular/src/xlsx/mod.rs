//! Workbooks (ECMA-376), read as a stream: a row at a time, whatever the size of the sheet. Only the table of strings
//! and the styles are held, within limits.

mod cell;
mod package;
mod sheet;
mod styles;

pub(crate) use package::Workbook;
pub(crate) use sheet::SheetRows;
