//! The policy file: its words, its faults, and its examples.

use crate::{Action, Caller, Grant, Policy, Resource, Role, RoleTitle, Scope, UnitScope};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use vocabulary::{
    Actor, AgencyCode, Basis, DossierCode, Field, FieldSet, LegalBasis, ProcedureCode, Purpose, UnitCode,
};

/// What is wrong with a policy file: where, and what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyFault {
    /// The grant, case, role or group, or `file`.
    pub place: String,
    /// The fault in Vietnamese.
    pub vi: String,
    /// The fault in English.
    pub en: String,
}

impl PolicyFault {
    fn new(place: impl Into<String>, vi: impl Into<String>, en: impl Into<String>) -> PolicyFault {
        PolicyFault { place: place.into(), vi: vi.into(), en: en.into() }
    }

    /// The fault in words.
    pub fn text(&self, lang: vocabulary::Lang) -> &str {
        lang.pick(&self.vi, &self.en)
    }
}

impl fmt::Display for PolicyFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.en)
    }
}

/// An example in the file: a request and what is expected of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// The example in Vietnamese.
    pub vi: String,
    /// The example in English.
    pub en: String,
    /// Who asks.
    pub caller: Caller,
    /// What is asked.
    pub action: Action,
    /// The units of what is asked for.
    pub units: Vec<UnitCode>,
    /// Purpose and procedure, where stated.
    pub basis: Option<Basis>,
    /// The fields expected, or `None` where a refusal is.
    pub expected: Option<FieldSet>,
}

/// How an example went.
#[derive(Clone, Debug)]
pub struct CaseOutcome<'p> {
    /// The example.
    pub case: &'p Case,
    /// The fields released, or `None` for a refusal.
    pub found: Option<FieldSet>,
    /// The grants that applied.
    pub grants: Vec<String>,
}

impl CaseOutcome<'_> {
    /// Whether it went as expected.
    pub fn passed(&self) -> bool {
        self.found == self.case.expected
    }
}

impl Case {
    pub(crate) fn run<'p>(&'p self, policy: &Policy) -> CaseOutcome<'p> {
        match policy.decide(&self.caller, self.action, Resource::of(&self.units), self.basis.as_ref()) {
            Ok(release) => CaseOutcome {
                case: self,
                found: Some(release.fields),
                grants: release.grants.iter().map(|g| g.id.clone()).collect(),
            },
            Err(_) => CaseOutcome { case: self, found: None, grants: Vec::new() },
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileText {
    #[serde(default)]
    role: Vec<RoleText>,
    #[serde(default)]
    fields: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    grant: Vec<GrantText>,
    #[serde(default)]
    case: Vec<CaseText>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RoleText {
    id: Role,
    vi: String,
    en: String,
    #[serde(default)]
    machine: bool,
    #[serde(default)]
    inherent: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GrantText {
    id: String,
    vi: String,
    en: String,
    roles: Vec<Role>,
    actions: Vec<Action>,
    #[serde(default)]
    purposes: Vec<Purpose>,
    #[serde(default)]
    procedures: Vec<String>,
    scope: Scope,
    #[serde(default)]
    fields: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CaseText {
    vi: String,
    en: String,
    roles: Vec<Role>,
    assigned: UnitScope,
    action: Action,
    #[serde(default)]
    units: Vec<UnitCode>,
    purpose: Option<Purpose>,
    procedure: Option<ProcedureCode>,
    expect: Expect,
    #[serde(default)]
    fields: Vec<String>,
}

#[derive(Deserialize, PartialEq)]
#[serde(rename_all = "lowercase")]
enum Expect {
    Allow,
    Deny,
}

/// Reads the words of a file into a policy, without running its examples.
pub(crate) fn read(toml: &str) -> Result<Policy, Vec<PolicyFault>> {
    let text: FileText = toml::from_str(toml).map_err(|e| {
        let line =
            e.span().map(|s| toml.get(..s.start).unwrap_or(toml).matches('\n').count() + 1).unwrap_or(0);
        let message = e.message();
        vec![PolicyFault::new(
            format!("line {line}"),
            format!("không đọc được tệp chính sách: {message}"),
            format!("cannot read the policy file: {message}"),
        )]
    })?;
    let mut faults = Vec::new();
    let groups = Groups::read(&text.fields, &mut faults);
    let known: BTreeSet<&Role> = text.role.iter().map(|r| &r.id).collect();
    let check_roles = |place: &str, roles: &[Role], faults: &mut Vec<PolicyFault>| {
        for role in roles.iter().filter(|r| !known.contains(r)) {
            faults.push(PolicyFault::new(
                place,
                format!("vai trò {role} chưa được khai báo"),
                format!("role {role} is not declared"),
            ));
        }
    };
    let mut ids = BTreeSet::new();
    let mut grants = Vec::new();
    for g in text.grant {
        if !ids.insert(g.id.clone()) || g.id.is_empty() || g.id.contains([',', ' ']) {
            faults.push(PolicyFault::new(
                &g.id,
                "mã quy tắc trống, trùng, hoặc có dấu phẩy hay dấu cách",
                "the grant's id is empty, repeated, or has commas or blanks",
            ));
        }
        if g.roles.is_empty() || g.actions.is_empty() {
            faults.push(PolicyFault::new(
                &g.id,
                "quy tắc phải nêu vai trò và thao tác",
                "a grant names roles and actions",
            ));
        }
        check_roles(&g.id, &g.roles, &mut faults);
        let fields = groups.resolve(&g.id, &g.fields, &mut faults);
        let personal = g.actions.iter().any(|a| a.needs_basis());
        if g.purposes.is_empty() && (personal || !fields.is_empty()) {
            faults.push(PolicyFault::new(
                &g.id,
                "quy tắc đụng đến dữ liệu cá nhân phải nêu mục đích",
                "a grant that touches personal data names its purposes",
            ));
        }
        grants.push(Grant {
            id: g.id,
            vi: g.vi,
            en: g.en,
            roles: g.roles,
            actions: g.actions,
            purposes: g.purposes,
            procedures: g.procedures,
            scope: g.scope,
            fields,
        });
    }
    let mut cases = Vec::new();
    for c in text.case {
        check_roles(&c.en, &c.roles, &mut faults);
        let fields = groups.resolve(&c.en, &c.fields, &mut faults);
        match case(c, fields) {
            Ok(case) => cases.push(case),
            Err(fault) => faults.push(fault),
        }
    }
    let roles = text
        .role
        .into_iter()
        .map(|r| RoleTitle { role: r.id, vi: r.vi, en: r.en, machine: r.machine, inherent: r.inherent })
        .collect();
    if faults.is_empty() { Ok(Policy::new(roles, grants, cases)) } else { Err(faults) }
}

/// The named groups of fields: written `@name` in lists.
struct Groups(BTreeMap<String, FieldSet>);

impl Groups {
    fn read(text: &BTreeMap<String, Vec<String>>, faults: &mut Vec<PolicyFault>) -> Groups {
        let mut groups = Groups(BTreeMap::from([("all".to_owned(), FieldSet::ALL)]));
        for (name, fields) in text {
            // A group names fields only, no other group: who reads it need not look further.
            let none = Groups(BTreeMap::new());
            let set = none.resolve(name, fields, faults);
            groups.0.insert(name.clone(), set);
        }
        groups
    }

    fn resolve(&self, place: &str, words: &[String], faults: &mut Vec<PolicyFault>) -> FieldSet {
        let mut set = FieldSet::NONE;
        for word in words {
            let found = match word.strip_prefix('@') {
                Some(group) => self.0.get(group).copied(),
                None => Field::from_code(word).map(|f| FieldSet::of(&[f])),
            };
            match found {
                Some(fields) => set = set.or(fields),
                None => faults.push(PolicyFault::new(
                    place,
                    format!("không có trường hoặc nhóm trường {word}"),
                    format!("there is no field or group {word}"),
                )),
            }
        }
        set
    }
}

fn case(c: CaseText, fields: FieldSet) -> Result<Case, PolicyFault> {
    let place = c.en.clone();
    let wrong = |e: vocabulary::Invalid| PolicyFault::new(&place, e.text.vi, e.text.en);
    let basis = match c.purpose {
        None => None,
        Some(purpose) => Some(Basis {
            purpose,
            legal_basis: LegalBasis::parse("Luật Căn cước 26/2023/QH15").map_err(wrong)?,
            // An example that names a procedure is given a dossier, as a real request has one.
            dossier: match c.procedure {
                Some(_) => Some(DossierCode::parse("G01-260102-0001").map_err(wrong)?),
                None => None,
            },
            procedure: c.procedure,
        }),
    };
    let expected = (c.expect == Expect::Allow).then_some(fields);
    if expected.is_none() && !fields.is_empty() {
        return Err(PolicyFault::new(
            &place,
            "ví dụ bị từ chối thì không nêu trường",
            "an example that is refused names no fields",
        ));
    }
    let agency = AgencyCode::parse("G01").map_err(wrong)?;
    Ok(Case {
        vi: c.vi,
        en: c.en,
        caller: Caller {
            actor: Actor { system: None, officer: None, agency, unit: None },
            name: String::new(),
            roles: c.roles,
            units: c.assigned,
        },
        action: c.action,
        units: c.units,
        basis,
        expected,
    })
}

/// What the examples say against the policy: those that fail, and grants that no example shows at work.
pub(crate) fn faults(policy: &Policy) -> Vec<PolicyFault> {
    let mut faults = Vec::new();
    let mut shown = BTreeSet::new();
    for outcome in policy.check() {
        if !outcome.passed() {
            let say = |set: Option<FieldSet>| match set {
                None => "deny".to_owned(),
                Some(fields) => format!("allow {fields:?}"),
            };
            let (expected, found) = (say(outcome.case.expected), say(outcome.found));
            faults.push(PolicyFault::new(
                &outcome.case.en,
                format!("ví dụ không đúng: mong đợi {expected}, thực tế {found}"),
                format!("the example fails: expected {expected}, found {found}"),
            ));
        }
        shown.extend(outcome.grants);
    }
    for grant in policy.grants().iter().filter(|g| !shown.contains(&g.id)) {
        faults.push(PolicyFault::new(
            &grant.id,
            "chưa có ví dụ nào dùng đến quy tắc này",
            "no example shows this grant at work",
        ));
    }
    faults
}
