//! A fuzz target for each parser that reads what others send.
//!
//! A target takes an engine's bytes, turns them into an input that is nearly right, and demands that the parser does
//! not panic, and that what it accepts survives being written and read again. `cargo test` gives every target a
//! thousand random inputs; the binary `engine` lets libFuzzer search one for as long as one likes.
#![allow(clippy::unwrap_used, clippy::panic, clippy::expect_used, reason = "a target fails by panicking")]

/// Lists a module's targets, and makes a test of each.
macro_rules! targets {
    ($($name:ident),* $(,)?) => {
        /// The targets of this module.
        pub const TARGETS: &[crate::Target] = &[$((stringify!($name), $name)),*];

        #[cfg(test)]
        mod tests {
            $(#[test] fn $name() { crate::survive(super::$name); })*
        }
    };
}

mod access;
mod api;
mod input;
mod ledger;
mod linkage;
mod population;
mod provider;
mod quality;
mod tabular;
mod vocabulary;

use serde::{Serialize, de::DeserializeOwned};

/// A parser under test: its name, and what tries it.
pub type Target = (&'static str, fn(&[u8]));

/// Every target.
pub fn targets() -> impl Iterator<Item = Target> {
    [
        access::TARGETS,
        api::TARGETS,
        ledger::TARGETS,
        population::TARGETS,
        provider::TARGETS,
        quality::TARGETS,
        tabular::TARGETS,
        linkage::TARGETS,
        population::TARGETS,
        vocabulary::TARGETS,
    ]
    .into_iter()
    .flatten()
    .copied()
}

/// The target that the environment variable `FUZZ` names.
pub fn chosen() -> fn(&[u8]) {
    let name = std::env::var("FUZZ").unwrap_or_default();
    let found = targets().find(|(target, _)| *target == name);
    found
        .unwrap_or_else(|| {
            panic!("FUZZ must be one of {:?}", targets().map(|(name, _)| name).collect::<Vec<_>>())
        })
        .1
}

/// What was read can be written, and reads the same again.
fn written_and_read_again<T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(value: &T) {
    let written = serde_json::to_string(value).unwrap();
    assert_eq!(&serde_json::from_str::<T>(&written).unwrap(), value);
}

/// Tries a target with random bytes; a failure is reported with the smallest bytes that cause it.
#[cfg(test)]
fn survive(target: fn(&[u8])) {
    use proptest::test_runner::{Config, TestRunner};
    let mut runner = TestRunner::new(Config { cases: 5000, failure_persistence: None, ..Config::default() });
    let program = proptest::collection::vec(proptest::prelude::any::<u8>(), 0..40);
    runner
        .run(&program, |program| {
            target(&program);
            Ok(())
        })
        .unwrap();
}
