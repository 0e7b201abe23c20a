//! What the registry knows: persons, households and residence. Types and pure rules; no I/O.

mod household;
mod person;
mod relation;
mod residence;

pub use household::{Household, HouseholdState};
pub use person::{
    BloodGroup, Contact, Fact, FormerClaim, LifeStatus, MaritalStatus, NameParts, NumberClaim, Person,
    Relative,
};
pub use relation::Relation;
pub use residence::{Residence, ResidenceKind};
