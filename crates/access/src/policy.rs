//! The table of grants, and the decision.

use crate::{Action, Caller, Case, CaseOutcome, Denial, PolicyFault, Resource, Role, UnitScope, Why, file};
use std::sync::Arc;
use vocabulary::{Basis, FieldSet, Lang, ProcedureCode, Purpose};

/// How far a grant reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scope {
    /// Only what belongs to the units that the caller answers for.
    AssignedUnits,
    /// The whole country.
    Everywhere,
}

/// One rule: who may do what, for which purposes, how far, and which fields that releases.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// Stable name, recorded with each release.
    pub id: String,
    /// The rule in Vietnamese.
    pub vi: String,
    /// The rule in English.
    pub en: String,
    /// Any of these roles.
    pub roles: Vec<Role>,
    /// Any of these actions.
    pub actions: Vec<Action>,
    /// Any of these purposes; empty only where no action of the grant touches personal data.
    pub purposes: Vec<Purpose>,
    /// Where not empty: the procedure served must begin with one of these.
    pub procedures: Vec<String>,
    /// How far it reaches.
    pub scope: Scope,
    /// What it releases: for a look-up the fields shown, for a verification the fields compared, for a change the
    /// fields that may be set.
    pub fields: FieldSet,
}

impl Grant {
    /// The rule in words.
    pub fn text(&self, lang: Lang) -> &str {
        lang.pick(&self.vi, &self.en)
    }

    fn serves(&self, procedure: Option<&ProcedureCode>) -> bool {
        self.procedures.is_empty()
            || procedure
                .is_some_and(|code| self.procedures.iter().any(|p| code.as_str().starts_with(p.as_str())))
    }
}

/// A role's titles, for lists from which roles are assigned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleTitle {
    /// The role.
    pub role: Role,
    /// Title in Vietnamese.
    pub vi: String,
    /// Title in English.
    pub en: String,
    /// Whether it is meant for calling systems rather than officers.
    pub machine: bool,
    /// Whether only the program itself acts in it: no account, of an officer or a system, may be given it.
    pub inherent: bool,
}

impl RoleTitle {
    /// The title.
    pub fn text(&self, lang: Lang) -> &str {
        lang.pick(&self.vi, &self.en)
    }
}

/// What is released, and by which rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Release {
    /// The fields released; empty for actions that release none.
    pub fields: FieldSet,
    /// The grants that allowed it; at least one.
    pub grants: Vec<Arc<Grant>>,
}

impl Release {
    /// The grants' names with commas between them, as the ledger records them.
    pub fn grant_ids(&self) -> String {
        let mut out = String::new();
        for grant in &self.grants {
            if !out.is_empty() {
                out.push(',');
            }
            out.push_str(&grant.id);
        }
        out
    }

    /// The rules in words.
    pub fn reasons(&self, lang: Lang) -> impl Iterator<Item = &str> {
        self.grants.iter().map(move |g| g.text(lang))
    }
}

/// How far a caller reaches with an action, before a particular resource is known: what a search is limited to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reach {
    /// Where the action is allowed at all.
    pub units: UnitScope,
    /// The release wherever it is allowed, in the caller's own units or not; `None` where only own units are.
    pub anywhere: Option<Release>,
    /// The release in the caller's own units; never less than [`Reach::anywhere`].
    pub own_units: Release,
}

/// A policy: the grants of one file, indexed by action.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    pub(crate) roles: Vec<RoleTitle>,
    pub(crate) cases: Vec<Case>,
    grants: Vec<Arc<Grant>>,
    by_action: Vec<Vec<Arc<Grant>>>,
}

impl Policy {
    /// Reads a policy file and runs its examples. Refused with every fault found: unknown words, a grant on personal
    /// data without purposes, a grant without an example, an example that fails.
    pub fn parse(toml: &str) -> Result<Policy, Vec<PolicyFault>> {
        let policy = file::read(toml)?;
        let faults: Vec<PolicyFault> = file::faults(&policy);
        if faults.is_empty() { Ok(policy) } else { Err(faults) }
    }

    /// The policy that comes with the product. Should the file be broken, which the tests of this crate exclude, it
    /// is the empty policy: everything is denied.
    pub fn builtin() -> Policy {
        Policy::parse(Policy::BUILTIN).unwrap_or_default()
    }

    /// The text of the policy that comes with the product, for `dancu config` to print and administrators to adapt.
    pub const BUILTIN: &'static str = include_str!("../policies/default.toml");

    pub(crate) fn new(roles: Vec<RoleTitle>, grants: Vec<Grant>, cases: Vec<Case>) -> Policy {
        let grants: Vec<Arc<Grant>> = grants.into_iter().map(Arc::new).collect();
        let of = |action: &Action| grants.iter().filter(|g| g.actions.contains(action)).cloned().collect();
        let by_action = Action::ALL.iter().map(of).collect();
        Policy { roles, cases, grants, by_action }
    }

    /// The grants, in the order of the file.
    pub fn grants(&self) -> &[Arc<Grant>] {
        &self.grants
    }

    /// The roles, in the order of the file.
    pub fn roles(&self) -> &[RoleTitle] {
        &self.roles
    }

    /// Evaluates the examples of the file.
    pub fn check(&self) -> Vec<CaseOutcome<'_>> {
        self.cases.iter().map(|case| case.run(self)).collect()
    }

    /// Whether a role of the caller has any grant for the action, whatever purpose and unit: what menus show.
    pub fn may(&self, caller: &Caller, action: Action) -> bool {
        self.grants_for(action).iter().any(|g| caller.roles.iter().any(|r| g.roles.contains(r)))
    }

    /// Decides whether the caller may do the action to the resource for the stated purpose, and what that releases:
    /// the union of the fields of all grants that apply. Nothing applies: denied, with the nearest miss as the reason.
    pub fn decide(
        &self,
        caller: &Caller,
        action: Action,
        resource: Resource<'_>,
        basis: Option<&Basis>,
    ) -> Result<Release, Denial> {
        let covered = caller.units.covers(resource);
        let mut release = Release { fields: FieldSet::NONE, grants: Vec::new() };
        let mut miss = Miss::new();
        self.applying(caller, action, basis, &mut miss, |grant| {
            if covered || grant.scope == Scope::Everywhere {
                release.fields = release.fields.or(grant.fields);
                release.grants.push(Arc::clone(grant));
                None
            } else {
                Some(Why::Unit)
            }
        })?;
        if release.grants.is_empty() { Err(miss.denial(action, self)) } else { Ok(release) }
    }

    /// How far the caller reaches with the action for the stated purpose, before a resource is known.
    pub fn reach(&self, caller: &Caller, action: Action, basis: Option<&Basis>) -> Result<Reach, Denial> {
        let mut own = Release { fields: FieldSet::NONE, grants: Vec::new() };
        let mut miss = Miss::new();
        self.applying(caller, action, basis, &mut miss, |grant| {
            own.fields = own.fields.or(grant.fields);
            own.grants.push(Arc::clone(grant));
            None
        })?;
        if own.grants.is_empty() {
            return Err(miss.denial(action, self));
        }
        let everywhere: Vec<Arc<Grant>> =
            own.grants.iter().filter(|g| g.scope == Scope::Everywhere).cloned().collect();
        let anywhere = if caller.units == UnitScope::Everywhere {
            Some(own.clone())
        } else if everywhere.is_empty() {
            None
        } else {
            let fields = everywhere.iter().fold(FieldSet::NONE, |set, g| set.or(g.fields));
            Some(Release { fields, grants: everywhere })
        };
        let units = if anywhere.is_some() { UnitScope::Everywhere } else { caller.units.clone() };
        Ok(Reach { units, anywhere, own_units: own })
    }

    fn grants_for(&self, action: Action) -> &[Arc<Grant>] {
        self.by_action.get(action as usize).map(Vec::as_slice).unwrap_or_default()
    }

    /// Calls `with` for each grant that applies but for its scope, and notes how near the others came.
    fn applying<'p>(
        &'p self,
        caller: &Caller,
        action: Action,
        basis: Option<&Basis>,
        miss: &mut Miss<'p>,
        mut with: impl FnMut(&'p Arc<Grant>) -> Option<Why>,
    ) -> Result<(), Denial> {
        let complete = basis.is_some_and(|b| {
            b.purpose != Purpose::Procedure || (b.procedure.is_some() && b.dossier.is_some())
        });
        if action.needs_basis() && !complete {
            return Err(Denial::purpose_required(action));
        }
        for grant in self.grants_for(action) {
            if !grant.roles.iter().any(|r| caller.roles.contains(r)) {
                continue;
            }
            let purpose = basis.map(|b| b.purpose);
            let why = if !grant.purposes.is_empty() && !purpose.is_some_and(|p| grant.purposes.contains(&p)) {
                Some(Why::Purpose)
            } else if !grant.serves(basis.and_then(|b| b.procedure.as_ref())) {
                Some(Why::Procedure)
            } else {
                with(grant)
            };
            if let Some(why) = why {
                miss.note(why, grant);
            }
        }
        Ok(())
    }
}

/// The grant that came nearest to applying.
struct Miss<'p> {
    why: Why,
    grant: Option<&'p Arc<Grant>>,
}

impl<'p> Miss<'p> {
    fn new() -> Miss<'p> {
        Miss { why: Why::Role, grant: None }
    }

    fn note(&mut self, why: Why, grant: &'p Arc<Grant>) {
        if why > self.why {
            *self = Miss { why, grant: Some(grant) };
        }
    }

    fn denial(self, action: Action, policy: &Policy) -> Denial {
        Denial::refused(action, self.why, self.grant.cloned(), policy.roles_for(action))
    }
}

impl Policy {
    /// The roles, in order, that some grant lets do the action: told to whoever was refused for lack of a role.
    fn roles_for(&self, action: Action) -> Vec<Role> {
        let named = |r: &&RoleTitle| self.grants_for(action).iter().any(|g| g.roles.contains(&r.role));
        self.roles.iter().filter(named).map(|r| r.role.clone()).collect()
    }
}
