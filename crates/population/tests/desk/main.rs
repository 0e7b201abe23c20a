//! The pages of the desk, driven as a browser without scripts drives them.

mod acting;
mod browser;
#[path = "../registry/office.rs"]
#[allow(dead_code)] // the other tests of the registry use the rest
mod office;
mod papers;
mod reading;
