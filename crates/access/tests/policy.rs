//! The built-in policy, what makes a file be refused, and what must hold for every policy.
#![allow(clippy::unwrap_used, clippy::panic)]

use access::{Action, Caller, Denial, Policy, PolicyFault, Resource, Role, UnitScope, Why};
use proptest::prelude::*;
use vocabulary::{
    Actor, AgencyCode, Basis, DossierCode, Field, FieldSet, Lang, LegalBasis, Problem, ProcedureCode,
    Purpose, UnitCode, kinds,
};

const WARD: &str = "22366";
const NEIGHBOUR: &str = "22333";

fn units(codes: &[&str]) -> Vec<UnitCode> {
    codes.iter().map(|c| UnitCode::parse(c).unwrap()).collect()
}

fn caller(roles: &[&str], assigned: &str) -> Caller {
    Caller {
        actor: Actor { system: None, officer: None, agency: AgencyCode::parse("H32.1").unwrap(), unit: None },
        name: "Nguyễn Thị Thử".to_owned(),
        roles: roles.iter().map(|r| Role::parse(r).unwrap()).collect(),
        units: UnitScope::parse(assigned).unwrap(),
    }
}

fn basis(purpose: Purpose, procedure: Option<&str>) -> Basis {
    Basis {
        purpose,
        legal_basis: LegalBasis::parse("Luật Cư trú 68/2020/QH14").unwrap(),
        procedure: procedure.map(|p| ProcedureCode::parse(p).unwrap()),
        dossier: procedure.map(|_| DossierCode::parse("000.17.22.H32-261121-0001").unwrap()),
    }
}

fn refusal(caller: &Caller, action: Action, codes: &[&str], basis: Option<&Basis>) -> Denial {
    let units = units(codes);
    Policy::builtin().decide(caller, action, Resource::of(&units), basis).unwrap_err()
}

#[test]
fn the_builtin_policy_passes_its_own_examples() {
    let policy = Policy::parse(Policy::BUILTIN).unwrap_or_else(|faults| {
        panic!("{}", faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
    });
    assert!(policy.check().iter().all(|c| c.passed()) && policy.check().len() > policy.grants().len());
    assert!(Action::ALL.iter().all(|a| policy.grants().iter().any(|g| g.actions.contains(a))));
    assert!(Action::ALL.iter().all(|a| Action::parse(a.code()) == Ok(*a)));
    for role in policy.roles() {
        assert!(policy.grants().iter().any(|g| g.roles.contains(&role.role)), "{} may do nothing", role.en);
    }
    assert_eq!(Policy::builtin().grants(), policy.grants(), "the built-in policy is not the empty one");
}

#[test]
fn administrators_and_auditors_never_see_population_data() {
    for grant in Policy::builtin().grants() {
        if grant.roles.iter().any(|r| r.as_str() == "administrator") {
            assert!(
                grant.fields.is_empty() && !grant.actions.iter().any(|a| a.needs_basis()),
                "{}",
                grant.id
            );
        }
        if grant.roles.iter().any(|r| r.as_str() == "auditor") {
            assert!(grant.fields.is_within(FieldSet::of(&[Field::AccessLog])), "{}", grant.id);
        }
    }
}

#[test]
fn a_release_says_what_and_why() {
    let clerk = caller(&["one-stop-clerk"], WARD);
    let for_birth = basis(Purpose::Procedure, Some("1.001193"));
    let ha_noi = units(&["00004", "01"]);
    let policy = Policy::builtin();
    let release = policy.decide(&clerk, Action::GetCitizen, Resource::of(&ha_noi), Some(&for_birth)).unwrap();
    assert_eq!(release.grant_ids(), "clerk-citizen,clerk-citizen-family");
    assert!(release.fields.has(Field::Parents) && !release.fields.has(Field::HouseholdMembers));
    assert_eq!(release.reasons(Lang::Vi).count(), 2);
    assert!(release.reasons(Lang::En).any(|r| r.contains("Birth, death, marriage")));
    assert!(policy.may(&clerk, Action::ViewPerson) && !policy.may(&clerk, Action::ViewLedger));
}

#[test]
fn reach_tells_how_far_a_search_may_go() {
    let policy = Policy::builtin();
    let own = basis(Purpose::Cleaning, None);
    let clerk = policy.reach(&caller(&["data-steward"], WARD), Action::Search, Some(&own)).unwrap();
    assert_eq!((clerk.units, clerk.anywhere), (UnitScope::Units(units(&[WARD])), None));
    let national =
        policy.reach(&caller(&["data-steward"], "everywhere"), Action::Search, Some(&own)).unwrap();
    assert_eq!((national.units, national.anywhere), (UnitScope::Everywhere, Some(national.own_units)));
    let order = basis(Purpose::Investigation, None);
    let officer = policy.reach(&caller(&["investigator"], WARD), Action::Search, Some(&order)).unwrap();
    assert_eq!(officer.units, UnitScope::Everywhere);
    let denied = policy.reach(&caller(&["auditor"], "everywhere"), Action::Search, Some(&own)).unwrap_err();
    assert_eq!(denied.why, Why::Role);
}

#[test]
fn a_refusal_names_the_nearest_miss_and_what_to_do() {
    let clerk = caller(&["one-stop-clerk"], WARD);
    let procedure = basis(Purpose::Procedure, Some("1.004222"));
    let home = &[WARD, "56"][..];
    let tell = |denial: Denial| {
        let problem = Problem::from(denial);
        (problem.kind, problem.detail.unwrap_or_default())
    };

    let denial = refusal(&clerk, Action::ViewPerson, home, None);
    assert_eq!((denial.why, tell(denial).0), (Why::NoBasis, &kinds::PURPOSE_REQUIRED));
    let incomplete = basis(Purpose::Procedure, None);
    assert_eq!(refusal(&clerk, Action::ViewPerson, home, Some(&incomplete)).why, Why::NoBasis);

    let (kind, (vi, en)) = tell(refusal(&clerk, Action::MergeRecords, home, Some(&procedure)));
    assert_eq!(kind, &kinds::FORBIDDEN);
    assert!(vi.contains("data-steward") && en.contains("data-steward"), "{en}");

    let (_, (vi, en)) =
        tell(refusal(&clerk, Action::ViewPerson, home, Some(&basis(Purpose::Investigation, None))));
    assert!(vi.contains("clerk-view") && vi.contains("Giải quyết thủ tục hành chính"), "{vi}");
    assert!(en.contains("clerk-view") && en.contains("At the citizen's own request"), "{en}");

    let denial = refusal(&clerk, Action::ViewPerson, &[NEIGHBOUR, "56"], Some(&procedure));
    assert_eq!(denial.why, Why::Unit);
    let (_, (vi, en)) = tell(denial);
    assert!(vi.contains("địa bàn được giao") && en.contains("units assigned to you"));
    assert!(!format!("{vi}{en}").contains(NEIGHBOUR), "a refusal does not tell where the person lives");

    let portal = caller(&["client-citizen"], "everywhere");
    let other = basis(Purpose::Procedure, Some("1.013067"));
    let only_residence = Policy::parse(&file(r#"procedures = ["1.004222"]"#)).unwrap();
    let denial =
        only_residence.decide(&portal, Action::GetCitizen, Resource::NONE, Some(&other)).unwrap_err();
    assert_eq!(denial.why, Why::Procedure);
    assert!(Problem::from(denial).detail_text(Lang::En).unwrap().contains("1.004222"));
}

/// A small file with one grant and its example; `extra` goes into the grant.
fn file(extra: &str) -> String {
    format!(
        r#"
[[role]]
id = "client-citizen"
vi = "Hệ thống"
en = "System"

[[grant]]
id = "g"
vi = "Quy tắc"
en = "Rule"
roles = ["client-citizen"]
actions = ["citizen"]
purposes = ["procedure"]
scope = "everywhere"
fields = ["full-name"]
{extra}

[[case]]
vi = "Ví dụ"
en = "Example"
roles = ["client-citizen"]
assigned = "everywhere"
action = "citizen"
purpose = "procedure"
procedure = "1.004222"
expect = "allow"
fields = ["full-name"]
"#
    )
}

fn faults(toml: &str) -> Vec<PolicyFault> {
    Policy::parse(toml).err().unwrap_or_default()
}

#[test]
fn a_faulty_file_is_refused_with_every_fault() {
    let good = file("");
    assert_eq!(faults(&good), []);
    let changes: &[(&str, &str, &str, &str)] = &[
        (r#"purposes = ["procedure"]"#, "", "g", "names its purposes"),
        (r#"roles = ["client-citizen"]"#, r#"roles = ["stranger"]"#, "g", "role stranger is not declared"),
        (r#"roles = ["client-citizen"]"#, "roles = []", "g", "names roles and actions"),
        (r#"fields = ["full-name"]"#, r#"fields = ["shoe-size"]"#, "g", "no field or group shoe-size"),
        (r#"fields = ["full-name"]"#, r#"fields = ["@nobody"]"#, "g", "no field or group @nobody"),
        (r#"id = "g""#, r#"id = "a,b""#, "a,b", "commas"),
        (r#"expect = "allow""#, r#"expect = "deny""#, "Example", "refused names no fields"),
        (r#"procedure = "1.004222""#, "", "Example", "the example fails: expected allow"),
        (r#"actions = ["citizen"]"#, r#"actions = ["verify"]"#, "g", "no example shows this grant at work"),
        (r#"actions = ["citizen"]"#, r#"actions = ["fly"]"#, "line 12", "unknown variant"),
        (r#"scope = "everywhere""#, r#"scope = "galaxy""#, "line 14", "unknown variant"),
        (r#"vi = "Quy tắc""#, "colour = 1", "line 9", "unknown field"),
        (r#"assigned = "everywhere""#, r#"assigned = "001""#, "line 22", "districts ended"),
    ];
    for (from, to, place, message) in changes {
        let found = faults(&good.replacen(from, to, 1));
        let hit = found.iter().any(|f| f.place == *place && f.en.contains(message));
        assert!(hit, "{to:?}: {found:?}");
        assert!(found.iter().all(|f| !f.text(Lang::Vi).is_empty()));
    }
    let twice = format!("{good}{}", &good[good.find("[[grant]]").unwrap()..]);
    assert!(faults(&twice).iter().any(|f| f.en.contains("repeated")));
    assert!(!faults("not toml").is_empty());
    assert!(Policy::parse("").unwrap().grants().is_empty());
}

#[test]
fn assigned_units_are_read_and_written() {
    assert_eq!(UnitScope::parse("56, 22366 56").unwrap(), UnitScope::Units(units(&[WARD, "56"])));
    assert_eq!(UnitScope::parse("").unwrap(), UnitScope::Units(Vec::new()));
    assert!(UnitScope::parse("568").is_err() && UnitScope::parse("Nha Trang").is_err());
    for text in ["everywhere", "", "22366 56"] {
        assert_eq!(UnitScope::parse(text).unwrap().to_string(), text);
    }
    assert!(Role::parse("Clerk").is_err() && Role::parse("").is_err());
}

const ROLES: &[&str] = &[
    "residence-officer",
    "civil-status-officer",
    "one-stop-clerk",
    "data-steward",
    "investigator",
    "auditor",
    "administrator",
    "client-verify",
    "client-citizen",
    "client-batch",
    "client-changes",
];

prop_compose! {
    fn some_roles()(chosen in proptest::sample::subsequence(ROLES, 0..=ROLES.len())) -> Vec<&'static str> { chosen }
}

prop_compose! {
    fn some_basis()(
        purpose in proptest::sample::select(Purpose::ALL),
        procedure in proptest::option::of(proptest::sample::select(vec!["1.004222", "1.001193", "1.013067"])),
    ) -> Basis { basis(purpose, procedure) }
}

fn some_action() -> impl Strategy<Value = Action> {
    proptest::sample::select(Action::ALL)
}

proptest! {
    #[test]
    fn nothing_is_allowed_that_no_grant_allows(action in some_action(), basis in some_basis(), role in "[a-z]{1,12}") {
        let here = units(&[WARD, "56"]);
        let stranger = caller(&[], "everywhere");
        prop_assert!(Policy::builtin().decide(&stranger, action, Resource::of(&here), Some(&basis)).is_err());
        prop_assume!(!ROLES.contains(&role.as_str()));
        let unknown = caller(&[&role], "everywhere");
        prop_assert!(Policy::builtin().decide(&unknown, action, Resource::of(&here), Some(&basis)).is_err());
        let empty = Policy::default();
        let all = caller(ROLES, "everywhere");
        prop_assert!(empty.decide(&all, action, Resource::of(&here), Some(&basis)).is_err());
    }

    #[test]
    fn a_further_role_never_takes_a_field_away(
        roles in some_roles(), more in some_roles(), action in some_action(), basis in some_basis(), home in any::<bool>(),
    ) {
        let policy = Policy::builtin();
        let place = units(if home { &[WARD, "56"] } else { &[NEIGHBOUR, "56"] });
        let fields = |c: &Caller| policy.decide(c, action, Resource::of(&place), Some(&basis)).map(|r| r.fields);
        let both: Vec<&str> = roles.iter().chain(&more).copied().collect();
        if let Ok(before) = fields(&caller(&roles, WARD)) {
            prop_assert!(before.is_within(fields(&caller(&both, WARD)).unwrap()));
        }
    }

    #[test]
    fn no_purpose_opens_what_lies_outside_the_assigned_units(
        roles in some_roles(), action in some_action(), basis in some_basis(), unitless in any::<bool>(),
    ) {
        // Whatever is released outside the caller's units is by a grant that says everywhere, whatever the purpose;
        // and the same request inside them is never answered with less.
        let policy = Policy::builtin();
        let asks = caller(&roles, WARD);
        let outside = units(if unitless { &[] } else { &[NEIGHBOUR, "56"] });
        let inside = units(&[WARD, "56"]);
        if let Ok(release) = policy.decide(&asks, action, Resource::of(&outside), Some(&basis)) {
            prop_assert!(release.grants.iter().all(|g| g.scope == access::Scope::Everywhere));
            let home = policy.decide(&asks, action, Resource::of(&inside), Some(&basis)).unwrap();
            prop_assert!(release.fields.is_within(home.fields));
        }
    }

    #[test]
    fn without_a_basis_no_personal_data_moves(roles in some_roles(), action in some_action()) {
        let here = units(&[WARD, "56"]);
        let decision = Policy::builtin().decide(&caller(&roles, "everywhere"), action, Resource::of(&here), None);
        if action.needs_basis() {
            prop_assert_eq!(decision.unwrap_err().why, Why::NoBasis);
        } else if let Ok(release) = decision {
            prop_assert!(release.fields.is_empty());
        }
    }

    #[test]
    fn reach_and_decision_agree(roles in some_roles(), action in some_action(), basis in some_basis(), home in any::<bool>()) {
        let policy = Policy::builtin();
        let asks = caller(&roles, WARD);
        let place = units(if home { &[WARD, "56"] } else { &["00004", "01"] });
        let decision = policy.decide(&asks, action, Resource::of(&place), Some(&basis)).ok();
        let reach = policy.reach(&asks, action, Some(&basis)).ok();
        let expected = reach.and_then(|r| if home { Some(r.own_units) } else { r.anywhere });
        prop_assert_eq!(decision, expected);
    }

    #[test]
    fn no_text_makes_the_reader_panic(text in "\\PC{0,300}") {
        let _ = (Policy::parse(&text), UnitScope::parse(&text), Role::parse(&text), Action::parse(&text));
    }
}
