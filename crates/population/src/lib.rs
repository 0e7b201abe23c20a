//! population
pub mod acts;
pub mod findings;
pub mod fold;
pub mod issue;
pub mod model;
pub mod rules;
pub mod sealed;
pub mod store;
pub mod verify;

#[cfg(test)]
mod fold_tests;
