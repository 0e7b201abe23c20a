//! Policy files, and the roles and units of an account.

use crate::input::edited_text;
use access::{Policy, Role, UnitScope};

targets! { policy, role, unit_scope }

const POLICY: &str = include_str!("../samples/policy.toml");

#[test]
fn the_sample_is_a_policy() {
    assert_eq!(Policy::parse(POLICY).unwrap().check().len(), 1);
}

fn policy(program: &[u8]) {
    if let Ok(policy) = Policy::parse(&edited_text(program, &[POLICY])) {
        assert!(policy.check().iter().all(|case| case.passed()), "a file whose own examples fail is refused");
    }
}

fn role(program: &[u8]) {
    let text = edited_text(program, &["residence-officer", "client-verify"]);
    if let Ok(role) = Role::parse(&text) {
        assert_eq!(Role::parse(role.as_str()), Ok(role.clone()));
    }
}

fn unit_scope(program: &[u8]) {
    let text = edited_text(program, &["everywhere", "22366 22333", "56,01", ""]);
    if let Ok(scope) = UnitScope::parse(&text) {
        let written = serde_json::to_string(&scope).unwrap();
        assert_eq!(serde_json::from_str::<UnitScope>(&written).unwrap(), scope);
    }
}
