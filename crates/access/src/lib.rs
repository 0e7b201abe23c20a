//! Who may do what: roles, the units a caller answers for, the purpose of the request, and the fields it releases.
//!
//! A [`Policy`] is a table of grants read from a file that an auditor can read (`policies/default.toml`). Nothing is
//! allowed that no grant allows, grants only add, and there are no exceptions to exceptions. Each file carries
//! examples beside its grants, and a file whose own examples fail is refused. [`Policy::decide`] is the one question
//! that every use case asks before it touches a person's data; it is pure and reads nothing but its arguments.
//!
//! The crate knows nothing of accounts, sessions, storage or HTTP.

mod action;
mod caller;
mod denial;
mod file;
mod policy;

pub use action::Action;
pub use caller::{Caller, Resource, Role, UnitScope};
pub use denial::{Denial, Why};
pub use file::{Case, CaseOutcome, PolicyFault};
pub use policy::{Grant, Policy, Reach, Release, RoleTitle, Scope};
