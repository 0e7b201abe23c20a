//! Measurements, each beside the ceiling that it is to be read against, in one run on one machine.

mod client;
mod figures;
mod lookup;
mod measure;
mod nation;

pub use lookup::lookup;
pub use nation::nation;
