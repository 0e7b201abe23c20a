//! What an officer sees at the desk: search results, a person, a household, who has looked.

use super::{Ask, Error, Population, with_provinces};
use crate::{
    acts::Act,
    findings::{self, Finding},
    fold::{self, AsOf},
    model::{Household, Person},
    problems::{MERGED_AWAY, TOO_BROAD},
    sealed::PersonView,
    store::{self, Place, Query, Within},
    verify::Number,
};
use access::{Action, UnitScope};
use ledger::{Entry, Record, Subject};
use reference::{Era, units};
use std::collections::HashSet;
use vocabulary::{
    Field, FieldSet, HouseholdId, Invalid, Moment, PartialDate, PersonId, Problem, UnitCode, UnitLevel, kinds,
};

/// What is searched for: a number, or a name with or without birth and commune.
#[derive(Clone, Debug, Default)]
pub struct SearchFor {
    /// A 12- or 9-digit number; the other criteria are then ignored.
    pub number: Option<Number>,
    /// A name or the beginning of one.
    pub name: String,
    /// Birth year or date.
    pub birth: PartialDate,
    /// Commune since 1 July 2025.
    pub unit: Option<UnitCode>,
    /// Where the page starts.
    pub after: Option<Place>,
}

/// One page of search results.
pub struct Listing {
    /// The hits, with the fields for telling people apart.
    pub hits: Vec<PersonView>,
    /// Where the next page starts.
    pub next: Option<Place>,
}

/// A person's page.
pub struct PersonPage {
    /// The released fields.
    pub person: PersonView,
    /// The acts, where history is released.
    pub history: Vec<Act>,
    /// What is wrong with the record, where findings are released.
    pub findings: Vec<Finding>,
    /// The ledger entry of this view.
    pub entry: u64,
    /// When it was shown.
    pub at: Moment,
}

/// A household's page.
pub struct HouseholdPage {
    /// The household.
    pub household: Household,
    /// The members, heads first.
    pub members: Vec<PersonView>,
    /// What is wrong with it.
    pub findings: Vec<Finding>,
    /// The ledger entry of this view.
    pub entry: u64,
    /// When it was shown.
    pub at: Moment,
}

/// Who has looked at a person's record, the latest first.
pub struct AccessLog {
    /// The entries of this page.
    pub records: Vec<Record>,
    /// Where the next page starts: entries before this one.
    pub before: Option<u64>,
}

/// Hits on a page.
const PAGE: usize = 20;

/// What a list shows at most.
const LISTED: FieldSet = FieldSet::of(&[
    Field::PersonalNumber,
    Field::FullName,
    Field::BirthDate,
    Field::Sex,
    Field::PermanentResidence,
    Field::LifeStatus,
]);

/// What a household's page shows of each member.
const OF_MEMBER: FieldSet = FieldSet::of(&[
    Field::PersonalNumber,
    Field::FullName,
    Field::BirthDate,
    Field::Sex,
    Field::RelationToHead,
    Field::Household,
    Field::LifeStatus,
    Field::PermanentResidence,
    Field::TemporaryResidence,
    Field::TemporaryAbsence,
]);

const NOTHING: Invalid =
    Invalid::new("search/empty", "Nhập số hoặc họ tên cần tìm", "Enter a number or a name to search for");

impl Population {
    /// Searches within the units that the caller reaches. Each hit shown is entered in the ledger.
    pub async fn search(&self, ask: &Ask, wanted: &SearchFor) -> Result<Listing, Error> {
        const SERVICE: &str = "population.search";
        let basis = ask.basis()?;
        let reach = match self.policy.reach(&ask.caller, Action::Search, Some(&basis)) {
            Ok(reach) => reach,
            Err(denial) => {
                let entry = Entry::refused(
                    ask.caller.actor.clone(),
                    Some(basis),
                    SERVICE,
                    Subject::Nobody,
                    FieldSet::NONE,
                );
                self.ledger.append(ask.named(entry)).await?;
                return Err(denial.into());
            }
        };
        let fields = LISTED.and(reach.own_units.fields);
        let (sealed, next) = if let Some(number) = wanted.number {
            let within = within(&reach.units);
            let mut found = Vec::new();
            for id in store::persons_of_number(&self.store, number).await? {
                let placed = store::placement(&self.store, id).await?;
                if placed.is_some_and(|p| p.units.into_iter().any(|unit| within.covers(unit)))
                    && let Some(sealed) = store::person(&self.store, id).await?
                {
                    found.push(sealed);
                }
            }
            (found, None)
        } else {
            if wanted.name.trim().is_empty() && (wanted.birth.is_unknown() || wanted.unit.is_none()) {
                return Err(Problem::from(NOTHING.at("q")).into());
            }
            let query = Query {
                name: wanted.name.clone(),
                birth: wanted.birth,
                unit: wanted.unit,
                within: within(&reach.units),
                after: wanted.after.clone(),
                limit: PAGE,
            };
            let found = store::search(&self.store, &query).await?;
            if found.cut && found.hits.is_empty() {
                return Err(Problem::new(&TOO_BROAD).into());
            }
            (found.hits, found.next)
        };
        let actor = &ask.caller.actor;
        let entries = if sealed.is_empty() {
            let subject = wanted.number.map_or(Subject::Nobody, Number::subject);
            vec![self.entered(ask, Entry::not_found(actor.clone(), basis, SERVICE, subject, fields))]
        } else {
            let shown = |s: &ledger::Sealed<_>| {
                Entry::shown(actor.clone(), basis.clone(), SERVICE, s.subject(), fields)
            };
            sealed.iter().map(|s| self.entered(ask, shown(s))).collect()
        };
        let receipts = self.ledger.append_all(entries).await?;
        let hits = sealed.into_iter().zip(&receipts).map(|(s, r)| s.open(r)).collect::<Result<_, _>>()?;
        Ok(Listing { hits, next })
    }

    /// A person's page, now or as of a past view.
    pub async fn person(&self, ask: &Ask, id: PersonId, view: Option<AsOf>) -> Result<PersonPage, Error> {
        const SERVICE: &str = "population.person";
        let basis = ask.basis()?;
        let placed =
            store::placement(&self.store, id).await?.ok_or_else(|| Problem::new(&kinds::NOT_FOUND))?;
        let subject = Subject::Person(id);
        let release =
            self.decide(ask, Action::ViewPerson, SERVICE, subject, &with_provinces(placed.units)).await?;
        // What was known of an ended record on a day stays readable.
        if placed.merged_into.is_some() && view.is_none() {
            return Err(Problem::new(&MERGED_AWAY).into());
        }
        let sealed = store::person(&self.store, id).await?.ok_or_else(|| Problem::new(&kinds::NOT_FOUND))?;
        let history = store::history(&self.store, id).await?;
        let actor = ask.caller.actor.clone();
        let entry = self.entered(ask, Entry::shown(actor, basis, SERVICE, subject, release.fields));
        let receipt = self.ledger.append(entry).await?;
        let history = history.open(&receipt)?;
        let mut person = sealed.open(&receipt)?;
        if let Some(view) = view {
            if !release.fields.has(Field::History) {
                return Err(Problem::new(&kinds::FORBIDDEN)
                    .detail(
                        "Xem quá khứ cần quyền xem lịch sử biến động.",
                        "Past views need the right to see history.",
                    )
                    .into());
            }
            person = person.replaced_by(fold::person(id, &history, Some(view)));
        }
        let findings = findings::of_person(
            &person.person,
            PartialDate::today(),
            prefix(&person.person),
            person.other_claims,
        );
        let findings = if release.fields.has(Field::Findings) { findings } else { Vec::new() };
        Ok(PersonPage { person, history, findings, entry: receipt.seq(), at: receipt.at() })
    }

    /// A household's page. The household and each member have their own entry.
    pub async fn household(&self, ask: &Ask, id: HouseholdId) -> Result<HouseholdPage, Error> {
        const SERVICE: &str = "population.household";
        let basis = ask.basis()?;
        let (unit, household) =
            store::household(&self.store, id).await?.ok_or_else(|| Problem::new(&kinds::NOT_FOUND))?;
        let subject = Subject::Household(id);
        let release =
            self.decide(ask, Action::ViewHousehold, SERVICE, subject, &with_provinces([unit])).await?;
        let members = store::members(&self.store, id).await?;
        let actor = &ask.caller.actor;
        let shown = |subject, fields| {
            self.entered(ask, Entry::shown(actor.clone(), basis.clone(), SERVICE, subject, fields))
        };
        let mut entries = vec![shown(subject, release.fields)];
        entries.extend(members.iter().map(|m| shown(m.subject(), release.fields.and(OF_MEMBER))));
        let receipts = self.ledger.append_all(entries).await?;
        let (first, rest) = receipts.split_first().ok_or_else(|| Problem::new(&kinds::INTERNAL))?;
        let household = household.open(first)?;
        let members: Vec<PersonView> =
            members.into_iter().zip(rest).map(|(m, r)| m.open(r)).collect::<Result<_, _>>()?;
        let relations: Vec<_> = members.iter().map(|m| m.person.relation).collect();
        let findings = findings::of_household(&household, &relations);
        Ok(HouseholdPage { household, members, findings, entry: first.seq(), at: first.at() })
    }

    /// Who has looked at a person's record. Reading the log is itself an entry.
    pub async fn access_log(&self, ask: &Ask, id: PersonId, before: Option<u64>) -> Result<AccessLog, Error> {
        const SERVICE: &str = "population.access-log";
        let basis = ask.basis()?;
        let placed =
            store::placement(&self.store, id).await?.ok_or_else(|| Problem::new(&kinds::NOT_FOUND))?;
        let subject = Subject::Person(id);
        self.decide(ask, Action::ViewAccessLog, SERVICE, subject, &with_provinces(placed.units)).await?;
        let fields = FieldSet::of(&[Field::AccessLog]);
        let entry = Entry::shown(ask.caller.actor.clone(), basis, SERVICE, subject, fields);
        self.ledger.append(self.entered(ask, entry)).await?;
        let page = ledger::Page { before: before.unwrap_or(u64::MAX), limit: PAGE as u16 + 1 };
        let mut records = self.ledger.of_subject(subject, page, Moment::now()).await?;
        let before = (records.len() > PAGE).then(|| records.get(PAGE - 1).map(|r| r.seq)).flatten();
        records.truncate(PAGE);
        Ok(AccessLog { records, before })
    }

    /// The communes of the caller's units, for the choice on the search page: none where the caller reaches all.
    pub fn communes_of(&self, ask: &Ask) -> Vec<UnitCode> {
        match &ask.caller.units {
            UnitScope::Everywhere => Vec::new(),
            UnitScope::Units(mine) => {
                let mut communes: Vec<UnitCode> = communes(mine).into_iter().collect();
                communes.sort_unstable();
                communes
            }
        }
    }
}

pub(super) fn within(scope: &UnitScope) -> Within {
    match scope {
        UnitScope::Everywhere => Within::Everywhere,
        UnitScope::Units(mine) => Within::Communes(communes(mine)),
    }
}

/// The communes of a scope: its own and those of its provinces.
fn communes(scope: &[UnitCode]) -> HashSet<UnitCode> {
    scope
        .iter()
        .flat_map(|unit| match unit.level() {
            UnitLevel::Commune => vec![*unit],
            _ => units::children(*unit, Era::Since2025).map(|c| c.code).collect(),
        })
        .collect()
}

/// The number prefix that the recorded place of birth registration implies.
pub(crate) fn prefix(p: &Person) -> Option<u16> {
    let place = &p.birth_registration;
    let old = place.old_unit.and_then(|u| units::province_of(u, Era::Before2025)).map(|p| p.code);
    // Whether births since July 2025 take the new province's code is not confirmed (facts §1): its code is also that
    // of one of the old provinces, and a warning is all that hangs on it.
    let new = || place.new_unit.and_then(|u| units::province_of(u, Era::Since2025)).map(|p| p.code);
    old.or_else(new).and_then(reference::provinces::pin_prefix)
}
