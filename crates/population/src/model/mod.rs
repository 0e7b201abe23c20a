//! What the registry knows: persons, households and residence. Types and pure rules; no I/O.

mod card;
mod household;
mod parts;
mod person;
mod relation;
mod residence;

pub use card::{CARD_AGES, Card, CardPart, ISSUER_LENGTH as CARD_ISSUER_LENGTH};
pub use household::{Household, HouseholdState};
pub use parts::{Part, carried};
pub use person::{
    BloodGroup, Contact, Fact, FormerClaim, LifeStatus, MaritalStatus, NameParts, NumberClaim, Person,
    Relative,
};
pub use relation::Relation;
pub use residence::{Carried, Residence, ResidenceKind};
