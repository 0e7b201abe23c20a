//! Files as offices have them: CSV, Excel workbooks and JSON Lines, in the encodings that thirty years have left behind.
//!
//! [`Table::open`] finds out what a file is by its content, finds the header row, and yields [`Row`]s with the text that
//! a reader of the file sees, in NFC. Memory stays bounded whatever the file holds ([`Limits`]). What is wrong with a
//! row is said by its [`Notice`]s; what is wrong with the whole file is a `Violation` with a stable rule. The crate
//! also maps headers to fields ([`match_headers`]), reads dates in all the forms that clerks write ([`read_date`]), and
//! writes rows back ([`RowWriter`]), refused ones ready to be corrected ([`RejectWriter`]). It knows nothing of persons or storage.

mod buffer;
mod csv;
mod date;
mod encoding;
mod format;
mod header;
mod json;
mod legacy;
mod mapping;
mod options;
mod raw;
mod reject;
mod row;
mod rules;
mod syllable;
mod table;
mod writer;
mod xlsx;

pub use date::read_date;
pub use encoding::Encoding;
pub use format::Format;
pub use legacy::{decode_tcvn3, decode_vni, encode_tcvn3, encode_vni};
pub use mapping::{Known, Mapped, Mapping, match_headers};
pub use options::{Limits, Options};
pub use reject::{REASON, Reason, RejectWriter};
pub use row::{Cell, CellKind, Notice, Row, Severity, column_letters};
pub use syllable::is_syllable;
pub use table::{Input, Table};
pub use writer::RowWriter;
