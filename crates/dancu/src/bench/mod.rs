//! Measurements, each beside the ceiling that it is to be read against, in one run on one machine.

mod child;
mod client;
mod duplicates;
mod figures;
mod import;
mod lookup;
mod measure;
mod nation;
mod signin;

pub use duplicates::{DuplicatesOptions, duplicates};
pub use import::import;
pub use lookup::lookup;
pub use nation::nation;
pub use signin::{SigninOptions, signin};
