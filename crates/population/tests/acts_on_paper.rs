//! `docs/acts.md` holds what it says: every block of JSON is an act, every kind of act and every rule stands there.

#![allow(clippy::unwrap_used, clippy::panic)]

use population::acts::Content;
use serde_json::Value;
use std::collections::BTreeSet;

const PAGE: &str = include_str!("../../../docs/acts.md");
const ACTS: &str = include_str!("../src/acts.rs");
const RULES: &str = include_str!("../src/rules.rs");

/// The blocks of JSON that hold an act or a request to record one; not the answers.
fn blocks() -> Vec<Value> {
    let fenced = PAGE.split("```json\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    let read = |text| serde_json::from_str(text).unwrap_or_else(|fault| panic!("{fault}: {text}"));
    fenced.map(read).filter(|block: &Value| block.get("entries").is_none()).collect()
}

/// The first text between quotes in each line of a source that holds a mark.
fn quoted(source: &'static str, mark: &str) -> BTreeSet<&'static str> {
    source.lines().filter(|line| line.contains(mark)).filter_map(|line| line.split('"').nth(1)).collect()
}

#[test]
fn every_block_is_an_act_and_every_kind_is_shown() {
    let blocks = blocks();
    let mut shown = BTreeSet::new();
    for block in &blocks {
        let act = block.get("act").filter(|act| act.is_object()).unwrap_or(block);
        let content: Content =
            serde_json::from_value(act.clone()).unwrap_or_else(|fault| panic!("{fault}: {act}"));
        let again = serde_json::to_value(&content).unwrap();
        for (member, value) in act.as_object().unwrap() {
            assert_eq!(&again[member], value, "{member} is not kept: {act}");
        }
        shown.insert(content.kind().0);
    }
    let kinds = quoted(ACTS, "\", Text::new(");
    assert!(kinds.len() >= 29, "{kinds:?}");
    assert_eq!(shown, kinds);
}

#[test]
fn every_rule_that_refuses_an_act_is_named() {
    let rules = quoted(RULES, " = \"");
    assert!(rules.len() >= 34, "{rules:?}");
    let missing: Vec<_> = rules.iter().filter(|rule| !PAGE.contains(&format!("`{rule}`"))).collect();
    assert!(missing.is_empty(), "docs/acts.md does not name {missing:?}");
}
