//! Rules, campaigns and pages of cleaning, over a registry with its people, on both engines.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod campaigns;
mod merging;
#[allow(dead_code)] // not every test needs everything
mod office;
mod pages;
mod rules;
mod sectors;
mod ties;
