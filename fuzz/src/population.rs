//! Acts as JSON, and the numbers by which people are looked up.

use crate::input::edited_text;
use population::{acts::Act, fold, model::Relation, verify::Number};

targets! { act, number, relation }

const ACTS: &str = include_str!("../samples/acts.jsonl");

#[test]
fn the_samples_are_acts() {
    for line in ACTS.lines() {
        serde_json::from_str::<Act>(line).unwrap_or_else(|error| panic!("{error}: {line}"));
    }
}

/// Any act that can be read can be written, and folds into the records that it touches.
fn act(program: &[u8]) {
    let samples = ACTS.lines().collect::<Vec<_>>();
    let Ok(act) = serde_json::from_str::<Act>(&edited_text(program, &samples)) else { return };
    crate::written_and_read_again(&act);
    let touched = act.content.touched();
    let acts = [act];
    for id in touched.persons {
        let person = fold::person(id, &acts, None);
        crate::written_and_read_again(&person);
    }
    for id in touched.households {
        crate::written_and_read_again(&fold::household(id, &acts, None));
    }
}

fn number(program: &[u8]) {
    let text = edited_text(program, &["056185001234", "225123456"]);
    if let Ok(number) = Number::parse(&text) {
        assert_eq!(number.reveal(), text.trim());
    }
}

fn relation(program: &[u8]) {
    let codes: Vec<_> = Relation::ALL.iter().map(|relation| relation.code()).collect();
    let text = edited_text(program, &codes);
    if let Ok(relation) = Relation::parse(&text) {
        assert_eq!(relation.code(), text.trim());
    }
}
