//! `docs/acts.md` holds what it says: every block of JSON is an act, every kind of act and every rule stands there.

use population::acts::Content;
use serde_json::Value;
use std::collections::BTreeSet;

const PAGE: &str = include_str!("../../../docs/acts.md");
const ACTS: &str = include_str!("../src/acts.rs");
const RULES: &str = include_str!("../src/rules.rs");

/// The blocks of JSON that hold an act or a request to record one.
fn blocks() -> Vec<Value> {
    let fenced = PAGE.split("```json\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    let blocks =
        fenced.map(|text| serde_json::from_str(text).unwrap_or_else(|fault| panic!("{fault}: {text}")));
    blocks.filter(|block: &Value| block.get("acts").is_none()).collect()
}

/// What stands between quotes in the lines of a source that hold a mark.
fn quoted(source: &'static str, mark: &str) -> BTreeSet<&'static str> {
    source.lines().filter(|line| line.contains(mark)).filter_map(|line| line.split('"').nth(1)).collect()
}

#[test]
fn every_block_is_an_act_and_every_kind_is_shown() {
    let mut shown = BTreeSet::new();
    for block in blocks() {
        let act = block.get("act").unwrap_or(&block).clone();
        let content: Content =
            serde_json::from_value(act.clone()).unwrap_or_else(|fault| panic!("{fault}: {act}"));
        let again = serde_json::to_value(&content).unwrap();
        assert_eq!(again["kind"], content.kind().0);
        for (member, value) in act.as_object().unwrap() {
            assert_eq!(&again[member], value, "{member} of {act} is not kept");
        }
        shown.insert(content.kind().0.to_owned());
    }
    let text = ACTS.replace("=> {\n", "=> ").replace("=>                 ", "=> ");
    let kinds: BTreeSet<String> = text
        .lines()
        .filter(|line| line.contains("Content::") && line.contains("=> (\""))
        .filter_map(|line| line.split('"').nth(1).map(str::to_owned))
        .collect();
    assert!(kinds.len() >= 29);
    assert_eq!(shown, kinds);
}

#[test]
fn every_rule_that_refuses_an_act_is_named() {
    let rules = quoted(RULES, ": Invalid = Invalid::new(")
        .into_iter()
        .chain(quoted(RULES, " = \""))
        .collect::<BTreeSet<_>>();
    assert!(rules.len() >= 35);
    let missing: Vec<_> = rules.iter().filter(|rule| !PAGE.contains(&format!("`{rule}`"))).collect();
    assert!(missing.is_empty(), "docs/acts.md does not name {missing:?}");
}
