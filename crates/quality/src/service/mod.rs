//! The use cases: checking, campaigns, cases, scores.

mod campaigns;
mod cases;
mod check;
mod compared;
mod mergings;
mod pairs;
mod scores;
mod sectors;

pub use campaigns::{NewCampaign, Progress, UnitTotals};
pub(crate) use cases::PAGE;
pub use cases::{CasePage, Decision, Proposal};
pub use check::Checked;
pub use compared::Beside;
pub use mergings::{MergingPage, Mergings, NewMerging};
pub use pairs::FoundPair;
pub use scores::{HamletScore, Scores, UnitScore};
pub use sectors::{
    Bearer, DuplicatePage, HeldFile, HeldReader, OUTCOMES, Opened, RowCounts, RunProgress, RunState,
    SectorFile, SectorRun, SectorSettings, Side, Watched, prepare,
};
pub(crate) use sectors::{fields_of, unreadable};

use crate::{
    error::QualityError,
    rules::Rules,
    store::{Units, violations},
};
use ::store::Store;
use access::{Action, Caller, Resource, Role, UnitScope};
use ledger::Ledger;
use population::{Ask, Population};
use reference::{Era, units};
use std::{
    hash::{DefaultHasher, Hash, Hasher},
    sync::Arc,
};
use vocabulary::{
    Actor, AgencyCode, Basis, Invalid, LegalBasis, Problem, Purpose, StaffId, SystemId, UnitCode, UnitLevel,
    kinds,
};

/// The role in which the program itself reads facts.
const ROLE: &str = "quality-check";
/// For whom it does.
const AGENCY: &str = "G01";

/// Data quality; cheap to clone, all clones are the same.
#[derive(Clone)]
pub struct Quality {
    inner: Arc<Inner>,
}

struct Inner {
    store: Store,
    ledger: Ledger,
    population: Population,
    rules: Rules,
    fingerprint: String,
    /// Held by the check of everybody, of which there is one at a time.
    checking: tokio::sync::Mutex<()>,
    /// Reconciliations under way in this process.
    watch: sectors::Watch,
}

impl Quality {
    /// The domain over a migrated store, with the rules that are in force.
    pub fn new(store: Store, ledger: Ledger, population: Population, rules: Rules) -> Quality {
        let mut hasher = DefaultHasher::new();
        for rule in rules.all() {
            (&rule.id, &rule.when, rule.word.number(), &rule.fields).hash(&mut hasher);
        }
        let fingerprint = format!("{:016x}", hasher.finish());
        let checking = tokio::sync::Mutex::new(());
        let watch = sectors::Watch::default();
        Quality { inner: Arc::new(Inner { store, ledger, population, rules, fingerprint, checking, watch }) }
    }

    /// The rules in force.
    pub fn rules(&self) -> &Rules {
        &self.inner.rules
    }

    /// The registry.
    pub(crate) fn population(&self) -> &Population {
        &self.inner.population
    }

    fn store(&self) -> &Store {
        &self.inner.store
    }

    /// A question of the program itself to the registry.
    fn own_ask(&self) -> Result<Ask, QualityError> {
        let invalid = |i: Invalid| QualityError::from(i.at("quality"));
        let actor = Actor {
            system: Some(SystemId::parse(ROLE).map_err(invalid)?),
            officer: None,
            agency: AgencyCode::parse(AGENCY).map_err(invalid)?,
            unit: None,
        };
        let caller = Caller {
            actor,
            name: ROLE.to_owned(),
            roles: Role::parse(ROLE).into_iter().collect(),
            units: UnitScope::Everywhere,
        };
        let legal_basis = LegalBasis::parse("Luật Căn cước 26/2023/QH15, Điều 9, 10").map_err(invalid)?;
        let basis = Basis { purpose: Purpose::Cleaning, legal_basis, procedure: None, dossier: None };
        Ok(Ask { caller, basis: Some(basis), request: None })
    }

    /// Refuses what no rule allows in a unit.
    fn decide(&self, ask: &Ask, action: Action, unit: Option<UnitCode>) -> Result<(), QualityError> {
        let places = places(unit);
        let policy = self.population().policy();
        policy.decide(&ask.caller, action, Resource::of(&places), ask.basis.as_ref())?;
        Ok(())
    }

    /// The communes in which some rule lets the caller do something.
    fn reach(&self, ask: &Ask, action: Action) -> Result<Units, QualityError> {
        let reach = self.population().policy().reach(&ask.caller, action, ask.basis.as_ref())?;
        Ok(communes(&reach.units))
    }

    /// Whether some rule lets the caller do this for the purpose that is stated.
    pub fn may(&self, ask: &Ask, action: Action) -> bool {
        self.population().policy().reach(&ask.caller, action, ask.basis.as_ref()).is_ok()
    }

    /// Whether everybody has been checked, when, and how many records there were.
    pub(crate) async fn followed(&self) -> Result<violations::Followed, QualityError> {
        Ok(violations::followed(self.store()).await?)
    }
}

/// A commune and its province.
pub(crate) fn places(unit: Option<UnitCode>) -> Vec<UnitCode> {
    let province = unit.and_then(|u| units::province_of(u, Era::Since2025)).map(|p| p.code);
    let mut places: Vec<UnitCode> = unit.into_iter().chain(province).collect();
    places.dedup();
    places
}

/// The communes of a scope, a province by its communes.
fn communes(scope: &UnitScope) -> Units {
    let UnitScope::Units(codes) = scope else { return Units::All };
    let mut all: Vec<UnitCode> = Vec::new();
    for code in codes {
        match code.level() {
            UnitLevel::Commune => all.push(*code),
            _ => all.extend(units::children(*code, Era::Since2025).map(|u| u.code)),
        }
    }
    all.sort_unstable();
    all.dedup();
    Units::These(all)
}

const UNIT: Invalid = Invalid::new(
    "quality/unit",
    "Không có tỉnh hoặc xã mang mã này từ 01/7/2025",
    "There is no province or commune with this code since 1 July 2025",
);

/// A province or commune of the present structure.
fn listed(unit: UnitCode) -> Result<UnitCode, QualityError> {
    units::find(unit, Era::Since2025).map(|u| u.code).ok_or_else(|| UNIT.at("unit").into())
}

/// The officer who asks.
fn officer(ask: &Ask) -> Result<String, QualityError> {
    let name = ask.caller.actor.officer.as_ref().map(StaffId::as_str);
    name.map(str::to_owned).ok_or_else(|| Problem::new(&kinds::FORBIDDEN).into())
}
