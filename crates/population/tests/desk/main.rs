//! The pages of the desk, driven as a browser without scripts drives them.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::type_complexity)]

mod acting;
mod browser;
mod cleaning;
mod exporting;
mod importing;
mod inspecting;
#[path = "../registry/office.rs"]
#[allow(dead_code)] // the other tests of the registry use the rest
mod office;
mod papers;
mod reading;
