//! An office with its people: who asks in these tests, and the family whom they ask about.

use access::{Caller, Policy, Role, UnitScope};
use ledger::{KeyFile, Ledger, Origin};
use population::{
    Ask, Draft, Intent, NEW_HOUSEHOLD, NEW_PERSON, Population, Recorded,
    acts::{Content, Member},
    model::{Fact, FormerClaim, Relation, Relative},
};
use std::sync::Arc;
use store::{MigrationSet, Store};
use vocabulary::{
    Actor, Address, AgencyCode, Basis, DossierCode, FormerNumber, FullName, HouseholdId, LegalBasis,
    PartialDate, PersonId, PersonalNumber, Problem, ProcedureCode, Purpose, Sex, StaffId, UnitCode,
};

pub const SETS: &[MigrationSet] = &[ledger::MIGRATIONS, population::MIGRATIONS];

pub struct Office {
    pub population: Population,
    pub ledger: Ledger,
    pub store: Store,
}

impl Office {
    pub async fn open(store: Store) -> Office {
        let key = Arc::new(KeyFile::generate().unwrap());
        let ledger =
            Ledger::open(store.clone(), key, Origin::parse("test.dancu/ledger").unwrap()).await.unwrap();
        let population = Population::new(store.clone(), ledger.clone(), Arc::new(Policy::builtin()));
        Office { population, ledger, store }
    }

    /// Records an act as the officer who may.
    pub async fn record(&self, effective: &str, content: Content) -> Result<Recorded, Problem> {
        let role = match &content {
            Content::Registration { .. } | Content::Correction { .. } | Content::Annulment { .. } => {
                "data-steward"
            }
            Content::Merge { .. } | Content::Unmerge { .. } => "data-steward",
            Content::Birth { .. } | Content::Death { .. } | Content::Marriage { .. } => {
                "civil-status-officer"
            }
            _ => "residence-officer",
        };
        let purpose = match role {
            "data-steward" => Purpose::Cleaning,
            "civil-status-officer" => Purpose::CivilStatus,
            _ => Purpose::Residence,
        };
        self.record_as(&ask(role, purpose), effective, Intent::Act(content)).await
    }

    pub async fn record_as(&self, ask: &Ask, effective: &str, intent: Intent) -> Result<Recorded, Problem> {
        let draft = Draft { effective: date(effective), evidence: "TK 01/2026".into(), intent, seen: vec![] };
        self.population.record(ask, draft).await.map_err(Problem::from)
    }

    pub async fn register(&self, born: &str, facts: Vec<Fact>) -> PersonId {
        let content = Content::Registration { person: NEW_PERSON, facts };
        self.record(born, content).await.unwrap().person.unwrap()
    }
}

pub fn date(text: &str) -> PartialDate {
    PartialDate::parse(text).unwrap()
}

pub fn unit(code: &str) -> UnitCode {
    UnitCode::parse(code).unwrap()
}

pub fn number(digits: &str) -> population::verify::Number {
    population::verify::Number::parse(digits).unwrap()
}

pub fn name(text: &str) -> FullName {
    FullName::parse(text).unwrap()
}

/// An address in Phường Nha Trang, the former Phường Lộc Thọ.
pub fn tran_phu(house: u32) -> Address {
    Address {
        old_unit: Some(unit("22363")),
        new_unit: Some(unit("22366")),
        detail: format!("{house} Trần Phú"),
        ..Address::default()
    }
}

/// An officer of Phường Nha Trang.
pub fn ask(role: &str, purpose: Purpose) -> Ask {
    ask_in(role, purpose, "22366")
}

pub fn ask_in(role: &str, purpose: Purpose, units: &str) -> Ask {
    let procedure = (purpose == Purpose::Procedure).then(|| ProcedureCode::parse("1.004222").unwrap());
    let dossier =
        (purpose == Purpose::Procedure).then(|| DossierCode::parse("000.00.01.H32-261121-0001").unwrap());
    Ask {
        caller: Caller {
            actor: Actor {
                system: None,
                officer: Some(StaffId::parse("lan.tt").unwrap()),
                agency: AgencyCode::parse("G01").unwrap(),
                unit: Some(unit("22366")),
            },
            name: "Trần Thị Lan".into(),
            roles: vec![Role::parse(role).unwrap()],
            units: UnitScope::parse(units).unwrap(),
        },
        basis: Some(Basis {
            purpose,
            legal_basis: LegalBasis::parse("Luật Cư trú 2020, Điều 38").unwrap(),
            procedure,
            dossier,
        }),
        request: Some("r-1".into()),
    }
}

/// A machine that verifies.
pub fn client(role: &str) -> Ask {
    ask_in(role, Purpose::Verification, "everywhere")
}

pub struct Family {
    pub husband: PersonId,
    pub wife: PersonId,
    pub son: PersonId,
    pub home: HouseholdId,
}

pub const HUSBAND: &str = "056080001111";
pub const WIFE: &str = "056185001234";
pub const WIFE_FORMER: &str = "225123456";
pub const SON: &str = "056210004321";

/// Trần Văn Đức, head of household, his wife Nguyễn Thị Hòa and their son, 12 Trần Phú.
pub async fn family(office: &Office) -> Family {
    let person = |digits: &str, n: &str, born: &str, sex: Sex| {
        vec![
            Fact::Number(PersonalNumber::parse(digits).ok()),
            Fact::Name(Some(name(n))),
            Fact::BirthDate(date(born)),
            Fact::Sex(Some(sex)),
            Fact::BirthRegistration(tran_phu(12)),
            Fact::Permanent(tran_phu(12)),
        ]
    };
    let husband = office.register("1980", person(HUSBAND, "Trần Văn Đức", "1980-05-02", Sex::Male)).await;
    let mut facts = person(WIFE, "Nguyễn Thị Hòa", "1985", Sex::Female);
    facts.push(Fact::FormerNumbers(vec![FormerClaim {
        number: FormerNumber::parse(WIFE_FORMER).unwrap(),
        issuer: "CA Khánh Hòa".into(),
        from: date("2003"),
        until: PartialDate::UNKNOWN,
    }]));
    let wife = office.register("1985", facts).await;
    let mut facts = person(SON, "Trần Văn Minh", "2010-09-05", Sex::Male);
    facts.extend([
        Fact::Father(Some(Relative::recorded(husband))),
        Fact::Mother(Some(Relative::recorded(wife))),
    ]);
    let son = office.register("2010", facts).await;
    let marry = Content::Marriage { first: husband, second: Relative::recorded(wife) };
    office.record("2008-03-01", marry).await.unwrap();
    let members = [(husband, Relation::Head), (wife, Relation::Spouse), (son, Relation::Child)];
    let formed = Content::HouseholdFormed {
        household: NEW_HOUSEHOLD,
        address: tran_phu(12),
        file: "HS-0012".into(),
        members: members.map(|(person, relation)| Member { person, relation }).to_vec(),
    };
    let home = office.record("2010-10-01", formed).await.unwrap().household.unwrap();
    Family { husband, wife, son, home }
}
