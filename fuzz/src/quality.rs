//! Files of rules, with the conditions in them.

use crate::input::edited_text;
use quality::rules::Rules;

targets! { quality_rules, quality_condition }

const FILE: &str = "[[rule]]\nid = \"own\"\nof = \"person\"\nword = \"live\"\nseverity = \"notice\"\nvi = \"a\"\nen = \"b\"\n\
    when = \"{}\"\nfields = [\"birth-date\"]\nbasis = \"c\"\n";
const CONDITION: &str =
    "alive && (age > 110 || !has(sex)) && relation in ['head', 'kin'] && father_gap - 2 * 3 < -1";

fn quality_rules(program: &[u8]) {
    let sample = FILE.replace("{}", CONDITION);
    match Rules::parse(&edited_text(program, &[&sample])) {
        Ok(rules) => assert!(rules.all().len() <= 1),
        Err(faults) => {
            assert!(!faults.is_empty() && faults.iter().all(|f| !f.vi.is_empty() && !f.en.is_empty()))
        }
    }
}

fn quality_condition(program: &[u8]) {
    let condition = edited_text(program, &[CONDITION, "alive"]);
    // As a literal of TOML, in which nothing means anything but the quotes.
    if condition.contains("'''") || condition.chars().any(|c| c.is_control()) {
        return;
    }
    let file = FILE.replace("\"{}\"", &format!("'''{condition}'''"));
    if let Ok(rules) = Rules::parse(&file) {
        assert_eq!(rules.all()[0].when, condition);
    }
}
