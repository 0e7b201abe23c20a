//! The registry through its face, on both engines.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test reports by panicking

mod acts;
mod audit;
mod feed;
mod lookups;
mod office;
mod search;
