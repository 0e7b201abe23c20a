//! Relatives whose rows stand further down in the file than the rows that name them: linked once all rows are read.

use super::{ImportJob, batch::Changed};
use crate::{
    acts::{Content, Touched},
    model::{Fact, Relative},
    service::{Ask, Error, Population},
    store::{self, Link},
};
use ::store::transact;
use std::collections::{BTreeMap, HashMap};
use vocabulary::{Basis, PartialDate, PersonId};

/// Links looked at in one transaction.
const LINKS: i64 = 1_000;
/// The kind of a claim in force, as `number_claim` has it.
const IN_FORCE: i16 = 1;

impl Population {
    pub(super) async fn link(&self, ask: &Ask, basis: &Basis, job: &mut ImportJob) -> Result<(), Error> {
        loop {
            let evidence: String =
                format!("{}; {}", job.settings.source, job.file.name).chars().take(200).collect();
            let evidence = evidence.trim_start_matches("; ").to_owned();
            let (seen, next, pending) = transact!(self.store, tx => {
                store::lock(tx).await?;
                let links = store::links(tx, job.id, LINKS).await?;
                let mut next = job.clone();
                let mut numbers: Vec<i64> = links.iter().map(|l| l.number.as_int()).collect();
                numbers.sort_unstable();
                numbers.dedup();
                let mut holders: HashMap<i64, Vec<PersonId>> = HashMap::new();
                for claim in store::claimants(tx, &numbers).await?.into_iter().filter(|c| c.kind == IN_FORCE) {
                    holders.entry(claim.number).or_default().push(claim.person);
                }
                let mut persons: Vec<PersonId> =
                    links.iter().map(|l| l.person).chain(holders.values().flatten().copied()).collect();
                persons.sort_unstable();
                persons.dedup();
                let known = store::before(tx, &Touched { persons, households: Vec::new() }).await?.persons;
                let mut facts: BTreeMap<PersonId, Vec<Fact>> = BTreeMap::new();
                for link in &links {
                    let Some([relative]) = holders.get(&link.number.as_int()).map(Vec::as_slice) else { continue };
                    let (Some(person), Some(found)) = (known.get(&link.person), known.get(relative)) else { continue };
                    facts.entry(link.person).or_default().extend(linked(link, person, found));
                }
                let mut changed = Changed::default();
                for (person, facts) in facts.into_iter().filter(|(_, facts)| !facts.is_empty()) {
                    next.counts.links += facts.len() as i64;
                    next.counts.acts += 1;
                    let content = Content::Correction { person, facts };
                    let actor = &ask.caller.actor;
                    let act = store::append(tx, actor, PartialDate::today(), &evidence, content).await?;
                    changed.add(&act.content);
                }
                store::drop_links(tx, job.id, &links).await?;
                store::save_job(tx, &next.row()?).await?;
                let pending = self.ledger.append_all_in(tx, changed.entries(ask, basis)).await?;
                Ok::<_, Error>((links.len() as i64, next, pending))
            })?;
            self.durable(pending).await?;
            *job = next;
            if seen < LINKS {
                return Ok(());
            }
        }
    }
}

/// How a fact of kinship is made.
type Kinship = fn(Option<Relative>) -> Fact;

/// The fact that links a relative, where the record still tells of that person by number alone and the names agree.
fn linked(link: &Link, person: &crate::model::Person, found: &crate::model::Person) -> Option<Fact> {
    let (held, fact): (&Option<Relative>, Kinship) = match link.role.as_str() {
        "father" => (&person.father, Fact::Father),
        "mother" => (&person.mother, Fact::Mother),
        "spouse" => (&person.spouse, Fact::Spouse),
        "guardian" => (&person.guardian, Fact::Guardian),
        _ => return None,
    };
    let held = held.as_ref().filter(|r| r.person.is_none() && r.number == Some(link.number))?;
    let same = match (&held.name, &found.name) {
        (Some(told), Some(name)) => told.matches(name),
        _ => true,
    };
    (same && found.id != person.id).then(|| fact(Some(Relative::recorded(found.id))))
}
