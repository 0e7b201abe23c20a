//! Reference data (*dữ liệu danh mục dùng chung*): administrative units before and since 1 July 2025 and the way from
//! one to the other, agencies, peoples, countries, occupations, procedures and their outcomes, code lists, and the
//! counts from which synthetic people are drawn.
//!
//! The files lie in `data/` with their sources (`data/README.md`), are part of the binary, and are read into compact
//! tables when first asked for; texts are slices of the files, not copies. What the sources do not know – the day on
//! which a commune was merged in 2024, say – is told as unknown. Nothing here is personal data, and nothing here
//! touches a database: rows refer to these codes and keep the text they came with.

mod era;
mod table;

pub mod agencies;
pub mod codes;
pub mod countries;
pub mod ethnic_groups;
pub mod names;
pub mod occupations;
pub mod outcomes;
pub mod procedures;
pub mod projection;
pub mod provinces;
pub mod relations;
mod report;
mod search;
pub mod units;

pub use era::{Bound, Era, Validity};
pub use report::{Shown, convert, show};
