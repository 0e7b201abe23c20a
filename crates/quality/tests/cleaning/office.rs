//! An office with its people, and who checks, works, approves and hands out.

use access::{Caller, Policy, Role, UnitScope};
use ledger::{KeyFile, Ledger, Origin};
use population::{
    Ask, Draft, Intent, NEW_HOUSEHOLD, NEW_PERSON, Population, Recorded,
    acts::{Content, Member},
    model::{Fact, MaritalStatus, Relation, Relative},
};
use quality::{Quality, model::Subject, rules::Rules};
use std::sync::Arc;
use store::{MigrationSet, Store};
use vocabulary::{
    Actor, Address, AgencyCode, Basis, FullName, HouseholdId, LegalBasis, PartialDate, PersonId,
    PersonalNumber, Problem, Purpose, Sex, StaffId, UnitCode,
};

pub const SETS: &[MigrationSet] = &[ledger::MIGRATIONS, population::MIGRATIONS, quality::MIGRATIONS];

pub struct Office {
    pub population: Population,
    pub quality: Quality,
    pub store: Store,
}

impl Office {
    pub async fn open(store: Store) -> Office {
        let key = Arc::new(KeyFile::generate().unwrap());
        let ledger =
            Ledger::open(store.clone(), key, Origin::parse("test.dancu/ledger").unwrap()).await.unwrap();
        let population = Population::new(store.clone(), ledger.clone(), Arc::new(Policy::builtin()));
        let quality = Quality::new(store.clone(), ledger, population.clone(), Rules::builtin());
        Office { population, quality, store }
    }

    /// Records an act as an officer who may.
    pub async fn record(&self, effective: &str, content: Content) -> Result<Recorded, Problem> {
        let (role, purpose) = match &content {
            Content::Registration { .. }
            | Content::Correction { .. }
            | Content::Annulment { .. }
            | Content::Merge { .. } => ("data-steward", Purpose::Cleaning),
            Content::Birth { .. } | Content::Death { .. } | Content::Marriage { .. } => {
                ("civil-status-officer", Purpose::CivilStatus)
            }
            _ => ("residence-officer", Purpose::Residence),
        };
        let draft = Draft {
            effective: date(effective),
            evidence: "TK 01/2026".into(),
            intent: Intent::Act(content),
            seen: vec![],
        };
        let ask = Ask { basis: basis(purpose), ..officer("ghi", role, "56") };
        self.population.record(&ask, draft).await.map_err(Problem::from)
    }

    pub async fn register(&self, born: &str, facts: Vec<Fact>) -> PersonId {
        let content = Content::Registration { person: NEW_PERSON, facts };
        self.record(born, content).await.unwrap().person.unwrap()
    }

    pub async fn household(&self, members: &[(PersonId, Relation)]) -> HouseholdId {
        let formed = Content::HouseholdFormed {
            household: NEW_HOUSEHOLD,
            address: home(),
            file: "HS-0012".into(),
            members: members
                .iter()
                .map(|(person, relation)| Member { person: *person, relation: *relation })
                .collect(),
        };
        self.record("2010-10-01", formed).await.unwrap().household.unwrap()
    }

    /// The rules that a record breaks now, as stored.
    pub async fn broken(&self, subject: Subject) -> Vec<String> {
        let (kind, id) = subject.columns();
        self.store
            .all(
                "SELECT rule FROM violation WHERE kind = $1 AND subject = $2 ORDER BY rule",
                store::params![kind, id],
            )
            .await
            .unwrap()
    }

    pub async fn broken_person(&self, id: PersonId) -> Vec<String> {
        self.broken(Subject::Person(id)).await
    }
}

pub fn date(text: &str) -> PartialDate {
    PartialDate::parse(text).unwrap()
}

pub fn unit(code: &str) -> UnitCode {
    UnitCode::parse(code).unwrap()
}

/// An address in Phường Nha Trang, the former Phường Lộc Thọ.
pub fn home() -> Address {
    Address {
        old_unit: Some(unit("22363")),
        new_unit: Some(unit("22366")),
        detail: "12 Trần Phú, tổ 5".into(),
        ..Address::default()
    }
}

pub fn basis(purpose: Purpose) -> Option<Basis> {
    let legal_basis = LegalBasis::parse("Luật Căn cước 2023, Điều 9").unwrap();
    Some(Basis { purpose, legal_basis, procedure: None, dossier: None })
}

/// An officer who cleans.
pub fn officer(login: &str, role: &str, units: &str) -> Ask {
    Ask {
        caller: Caller {
            actor: Actor {
                system: None,
                officer: Some(StaffId::parse(login).unwrap()),
                agency: AgencyCode::parse("G01").unwrap(),
                unit: Some(unit("22366")),
            },
            name: login.into(),
            roles: vec![Role::parse(role).unwrap()],
            units: UnitScope::parse(units).unwrap(),
        },
        basis: basis(Purpose::Cleaning),
        request: Some("r-1".into()),
    }
}

/// The facts of somebody whose record keeps every rule.
pub fn whole(digits: &str, name: &str, born: &str, sex: Sex) -> Vec<Fact> {
    let former = population::model::FormerClaim {
        number: vocabulary::FormerNumber::parse(&digits[3..]).unwrap(),
        issuer: "CA Khánh Hòa".into(),
        from: PartialDate::UNKNOWN,
        until: PartialDate::UNKNOWN,
    };
    vec![
        Fact::Number(PersonalNumber::parse(digits).ok()),
        Fact::FormerNumbers(vec![former]),
        Fact::Name(FullName::parse(name).ok()),
        Fact::BirthDate(date(born)),
        Fact::Sex(Some(sex)),
        Fact::BirthRegistration(home()),
        Fact::Hometown(home()),
        Fact::Permanent(home()),
        Fact::Ethnicity(Some("01".into())),
        Fact::Nationalities(vec!["VN".into()]),
        Fact::MaritalStatus(Some(MaritalStatus::Single)),
    ]
}

pub struct Family {
    pub husband: PersonId,
    pub wife: PersonId,
    pub son: PersonId,
    pub home: HouseholdId,
}

/// Trần Văn Đức, head of household, his wife Nguyễn Thị Hòa and their son; all of it in order.
pub async fn family(office: &Office) -> Family {
    let husband =
        office.register("1980", whole("056080001111", "Trần Văn Đức", "1980-05-02", Sex::Male)).await;
    let wife =
        office.register("1985", whole("056185001234", "Nguyễn Thị Hòa", "1985-08-05", Sex::Female)).await;
    let mut facts = whole("056210004321", "Trần Văn Minh", "2010-09-05", Sex::Male);
    facts.extend([
        Fact::Father(Some(Relative::recorded(husband))),
        Fact::Mother(Some(Relative::recorded(wife))),
    ]);
    let son = office.register("2010", facts).await;
    let marry = Content::Marriage { first: husband, second: Relative::recorded(wife) };
    office.record("2008-03-01", marry).await.unwrap();
    let home = office
        .household(&[(husband, Relation::Head), (wife, Relation::Spouse), (son, Relation::Child)])
        .await;
    Family { husband, wife, son, home }
}
