//! The registry through its face, on both engines.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test reports by panicking

mod acts;
mod audit;
mod duplicates;
mod export;
mod feed;
mod importing;
mod importing_beside;
mod importing_doubles;
mod importing_files;
mod importing_rules;
mod lookups;
mod merging;
mod office;
mod search;
mod storage;
