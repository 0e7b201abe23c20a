//! The registry through its face, on both engines.

mod acts;
mod audit;
mod feed;
mod lookups;
mod office;
mod search;
