//! Relatives whose rows stand further down in the file than the rows that name them: linked once all rows are read.

use super::{
    ImportJob,
    batch::Outcome,
    claimed::Claimed,
    known::{Books, IN_FORCE},
    settle::{prepare, prepared},
    trial::Trial,
};
use crate::{
    acts::{Act, Content},
    model::{Fact, Person, Relative},
    rules::{Before, check_taken_over},
    service::{Ask, Error, Population},
    store::{self, Link, Source},
};
use ::store::transact;
use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};
use vocabulary::{ActSeq, Basis, Moment, PartialDate, PersonId};

/// Links looked at in one transaction.
const LINKS: i64 = 5_000;

impl Population {
    /// Links the relatives of an import.
    pub(super) async fn link(&self, ask: &Ask, basis: &Basis, job: &mut ImportJob) -> Result<(), Error> {
        loop {
            let (seen, next, pending) = transact!(self.store, tx => {
                store::lock(tx).await?;
                let mut next = job.clone();
                let mut books = Books { registry: Source::Tx(tx), trial: None, claimed: &Claimed::unknown(), last: ActSeq(0) };
                let (seen, out) = self.link_some(ask, basis, &mut next, &mut books).await?;
                let tx = books.target()?;
                store::save_job(tx, &next.row()?).await?;
                Ok::<_, Error>((seen, next, out.pending))
            })?;
            self.durable(pending).await?;
            *job = next;
            if seen < LINKS {
                return Ok(());
            }
        }
    }

    /// Links the relatives of a trial.
    pub(super) async fn try_link(
        &self,
        ask: &Ask,
        basis: &Basis,
        job: &mut ImportJob,
        trial: &Trial,
    ) -> Result<(), Error> {
        loop {
            let mut registry = self.store.begin().await?;
            let mut tried = trial.begin().await?;
            let mut books = Books {
                registry: Source::Tx(&mut registry),
                trial: Some(&mut tried),
                claimed: &Claimed::unknown(),
                last: ActSeq(0),
            };
            let linked = self.link_some(ask, basis, job, &mut books).await;
            registry.rollback().await;
            let (seen, _) = linked?;
            tried.commit().await?;
            if seen < LINKS {
                return Ok(());
            }
        }
    }

    /// Looks at the next links; how many there were.
    async fn link_some(
        &self,
        ask: &Ask,
        basis: &Basis,
        job: &mut ImportJob,
        books: &mut Books<'_>,
    ) -> Result<(i64, Outcome), Error> {
        let mut out = Outcome::default();
        let links = store::links(books.target()?, job.id, LINKS).await?;
        let numbers = links.iter().map(|l| l.number.as_int()).collect();
        let mut holders: HashMap<i64, Vec<PersonId>> = HashMap::new();
        for claim in books.claimants(numbers).await?.into_iter().filter(|c| c.kind == IN_FORCE) {
            holders.entry(claim.number).or_default().push(claim.person);
        }
        // A number that nobody has, or several claim, links nobody.
        let found: Vec<(&Link, PersonId)> = links
            .iter()
            .filter_map(|link| match holders.get(&link.number.as_int())?.as_slice() {
                [holder] => Some((link, *holder)),
                _ => None,
            })
            .collect();
        let persons = found.iter().flat_map(|(link, holder)| [link.person, *holder]).collect();
        let (known, _) = books.records(persons, Vec::new()).await?;
        let mut facts: BTreeMap<PersonId, Vec<Fact>> = BTreeMap::new();
        for (link, holder) in found {
            let (Some(person), Some(holder)) = (known.get(&link.person), known.get(&holder)) else {
                continue;
            };
            if let Some(fact) = linked(link, person, holder) {
                facts.entry(link.person).or_default().push(fact);
            }
        }
        let acts = corrections(facts, &known, ask, job);
        let facts = |act: &Act| match &act.content {
            Content::Correction { facts, .. } => facts.len() as i64,
            _ => 0,
        };
        job.counts.links += acts.iter().map(facts).sum::<i64>();
        job.counts.acts += acts.len() as i64;
        if !acts.is_empty() {
            let last = store::reserve(books.target()?, acts.len(), 0, 0).await?;
            let numbered = acts.into_iter().zip(last.seq.0 + 1..);
            let acts = Arc::new(numbered.map(|(act, seq)| Act { seq: ActSeq(seq), ..act }).collect());
            let entries = (!books.is_trial()).then(|| prepare(&acts, Vec::new(), ask, basis));
            let tx = books.target()?;
            store::append_all(tx, &ask.caller.actor, acts, last).await?;
            if let Some(mut entries) = entries {
                out.pending = self.ledger.append_prepared_in(tx, &prepared(&mut entries).await?).await?;
            }
        }
        store::drop_links(books.target()?, job.id, &links).await?;
        Ok((links.len() as i64, out))
    }
}

/// The acts that link, without their numbers; one that the rules refuse by now, since the record was merged meanwhile, is
/// left out.
fn corrections(
    facts: BTreeMap<PersonId, Vec<Fact>>,
    known: &HashMap<PersonId, Person>,
    ask: &Ask,
    job: &ImportJob,
) -> Vec<Act> {
    let evidence: String = format!("{}; {}", job.settings.source, job.file.name).chars().take(200).collect();
    let evidence = evidence.trim_start_matches("; ").to_owned();
    let (today, recorded) = (PartialDate::today(), Moment::now());
    let mut acts = Vec::with_capacity(facts.len());
    for (person, facts) in facts {
        let mut before = Before::default();
        before.persons.extend(known.get(&person).map(|record| (person, record.clone())));
        let content = Content::Correction { person, facts };
        if check_taken_over(&content, today, &evidence, &before, today).is_empty() {
            let (by, evidence) = (ask.caller.actor.clone(), evidence.clone());
            acts.push(Act { seq: ActSeq(0), effective: today, recorded, by, evidence, content });
        }
    }
    acts
}

/// How a fact of kinship is made.
type Kinship = fn(Option<Relative>) -> Fact;

/// The fact that links a relative, where the record still tells of that person by number alone and the names agree.
fn linked(link: &Link, person: &Person, found: &Person) -> Option<Fact> {
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
