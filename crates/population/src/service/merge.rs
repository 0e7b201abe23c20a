//! Two to five records of one person: looked at side by side, made one, and separated again. A merge or its undoing that
//! reaches across communes is the word of two officers: one proposes, one of the other unit, or above both, records it.

use super::{Ask, Error, PersonPage, Population, desk::prefix, with_provinces};
use crate::{
    acts::{Act, Content, Touched},
    findings, fold,
    model::{Part, Person, carried},
    problems::{LATER_ACTS, MERGE_OWN, NOT_IN_FORCE, TWO_PERSONS},
    rules, store,
    verify::Number,
};
use ::store::{Tx, transact};
use access::{Action, Resource};
use ledger::{Entry, Pending, Subject};
use smallvec::SmallVec;
use std::{borrow::Borrow, collections::BTreeSet};
use vocabulary::{ActSeq, Actor, Basis, Field, Invalid, PartialDate, PersonId, Problem, UnitCode, kinds};

/// Most records that become one at a time.
pub const MERGE_MOST: usize = 5;

const RECORDS: Invalid = Invalid::new(
    "merge/records",
    "Chọn từ 2 đến 5 hồ sơ khác nhau, trong đó có hồ sơ giữ lại",
    "Choose 2 to 5 different records, among them the one to keep",
);
const PARTS: Invalid = Invalid::new(
    "merge/parts",
    "Mỗi mục lấy từ một hồ sơ được hợp nhất",
    "Each part is taken from one of the records that are merged",
);

/// Records that become one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MergeDraft {
    /// The record kept.
    pub kept: PersonId,
    /// The records that end: one to four.
    pub ended: Vec<PersonId>,
    /// The parts that the record kept takes over, and from which of the others; all else stays as it is.
    pub taken: Vec<(Part, PersonId)>,
    /// The paper behind it, 1–200 characters.
    pub evidence: String,
    /// The version of each record that was seen.
    pub seen: Vec<(PersonId, ActSeq)>,
}

/// A merge to be undone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnmergeDraft {
    /// The merges, of one record kept.
    pub merges: Vec<ActSeq>,
    /// The paper behind it, 1–200 characters.
    pub evidence: String,
    /// The later acts that stay with the record kept: all of [`later_acts`], or it is refused.
    pub stay: Vec<ActSeq>,
}

/// Who proposed what another approves. Whoever keeps proposals vouches that the officer was allowed to.
#[derive(Clone, Debug)]
pub struct Proposer {
    /// The officer.
    pub actor: Actor,
    /// The records that the officer answers for.
    pub records: Vec<PersonId>,
}

/// What a merge or its undoing recorded.
#[derive(Clone, Debug)]
pub struct Merged {
    /// The acts, in sequence.
    pub acts: Vec<ActSeq>,
    /// The ledger entries.
    pub entries: Vec<u64>,
}

/// Where a record stands, without anything of the person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Whereabouts {
    /// The record.
    pub person: PersonId,
    /// The commune whose officers answer for it.
    pub unit: Option<UnitCode>,
    /// The record into which it was merged.
    pub merged_into: Option<PersonId>,
    /// The last act that touched it.
    pub version: ActSeq,
}

/// The acts in force, recorded after these merges, that touch the record kept: whoever undoes the merges says that they
/// stay with it, or annuls them first. `history` are the acts of the record kept.
pub fn later_acts<'a, A: Borrow<Act>>(merges: &[ActSeq], history: &'a [A]) -> Vec<&'a Act> {
    let last = merges.iter().max().copied().unwrap_or_default();
    let mut later: Vec<&Act> = fold::standing(history)
        .into_iter()
        .filter(|a| a.seq > last && a.content.annuls().is_none())
        .collect();
    later.sort_by_key(|a| a.seq);
    later
}

/// The commune whose officers answer for a record.
fn commune(p: &Person) -> Option<UnitCode> {
    p.permanent.new_unit.or_else(|| p.last_commune())
}

fn touching(persons: impl IntoIterator<Item = PersonId>) -> Touched {
    Touched { persons: persons.into_iter().collect(), households: SmallVec::new() }
}

impl Population {
    /// Whether the caller may make these records one, or separate them: alone where all live in one commune that the caller
    /// answers for; else as the second, for what the proposer does not answer for.
    pub(super) fn may_merge(
        &self,
        ask: &Ask,
        records: &[&Person],
        proposer: Option<&Proposer>,
    ) -> Result<(), Error> {
        let action = if proposer.is_some() { Action::ApproveMerges } else { Action::MergeRecords };
        let decide = |units: &[UnitCode]| {
            self.policy.decide(&ask.caller, action, Resource::of(units), ask.basis.as_ref())
        };
        if let Some(proposer) = proposer
            && (ask.caller.actor.officer.is_none() || ask.caller.actor.officer == proposer.actor.officer)
        {
            return Err(Problem::new(&MERGE_OWN).into());
        }
        let communes: BTreeSet<UnitCode> = records.iter().filter_map(|p| commune(p)).collect();
        let (mut covered, mut refused) = (0, None);
        for p in records {
            let units = with_provinces([p.permanent.new_unit, p.last_commune()]);
            match decide(&units) {
                Ok(_) => covered += 1,
                Err(denial) => {
                    let proposed = proposer.is_some_and(|by| by.records.contains(&p.id));
                    // A record that belongs to no unit goes with the others.
                    if !proposed && !units.is_empty() {
                        return Err(denial.into());
                    }
                    refused = Some(denial);
                }
            }
        }
        if let (0, Some(denial)) = (covered, refused) {
            return Err(denial.into());
        }
        if proposer.is_none() && communes.len() > 1 {
            return Err(Problem::new(&TWO_PERSONS).into());
        }
        Ok(())
    }

    /// What the registry adds to a merge or its undoing: whose records name the one absorbed, and its residences that run.
    pub(super) async fn completed(&self, tx: &mut Tx, content: Content) -> Result<Content, Error> {
        Ok(match content {
            Content::Merge { kept, absorbed, facts, .. } => {
                let relatives = store::named_by(tx, absorbed, kept).await?;
                let before = store::before(tx, &touching([kept, absorbed])).await?;
                let residences = match (before.persons.get(&kept), before.persons.get(&absorbed)) {
                    (Some(kept), Some(absorbed)) => carried(kept, absorbed),
                    _ => Vec::new(),
                };
                Content::Merge { kept, absorbed, facts, relatives, residences }
            }
            Content::Unmerge { merge, kept, absorbed, .. } => {
                let relatives = match store::act_in(tx, merge).await?.map(|act| act.content) {
                    Some(Content::Merge { relatives, .. }) => relatives,
                    _ => Vec::new(),
                };
                Content::Unmerge { merge, kept, absorbed, relatives }
            }
            other => other,
        })
    }

    /// Refuses to undo merges while later acts touch the record kept, but for those that are said to stay with it. Another
    /// merge is undone first.
    pub(super) async fn nothing_later(
        &self,
        tx: &mut Tx,
        kept: PersonId,
        merges: &[ActSeq],
        stay: &[ActSeq],
    ) -> Result<(), Error> {
        let history = store::acts_of(tx, kept).await?;
        let open: Vec<_> = later_acts(merges, &history)
            .into_iter()
            .filter(|act| matches!(act.content, Content::Merge { .. }) || !stay.contains(&act.seq))
            .map(|act| {
                let (_, kind) = act.content.kind();
                vocabulary::Violation {
                    field: act.seq.to_string(),
                    rule: "merge/later-act",
                    vi: format!("Biến động số {}: {}", act.seq, kind.vi),
                    en: format!("Act no. {}: {}", act.seq, kind.en),
                }
            })
            .collect();
        if open.is_empty() {
            return Ok(());
        }
        Err(Problem { violations: open, ..Problem::new(&LATER_ACTS) }.into())
    }

    /// Makes records one. The acts are the proposer's, where there is one, and the caller approves them.
    ///
    /// # Errors
    /// Forbidden; [`TWO_PERSONS`] across communes without a proposer; conflict where a record has changed since it was
    /// seen; invalid with every rule broken. Nothing is changed then.
    pub async fn merge(
        &self,
        ask: &Ask,
        proposer: Option<&Proposer>,
        draft: &MergeDraft,
    ) -> Result<Merged, Error> {
        let all: Vec<PersonId> = std::iter::once(draft.kept).chain(draft.ended.iter().copied()).collect();
        let distinct: BTreeSet<PersonId> = all.iter().copied().collect();
        if !(2..=MERGE_MOST).contains(&all.len()) || distinct.len() != all.len() {
            return Err(Problem::from(RECORDS.at("records")).into());
        }
        let mut parts: Vec<Part> = draft.taken.iter().map(|(part, _)| *part).collect();
        parts.sort_unstable();
        let twice = parts.windows(2).any(|two| matches!(two, [a, b] if a == b));
        if twice || draft.taken.iter().any(|(part, from)| !part.is_chosen() || !draft.ended.contains(from)) {
            return Err(Problem::from(PARTS.at("parts")).into());
        }
        let basis = ask.basis()?;
        let outcome = transact!(self.store, tx => {
            store::lock(tx).await?;
            let before = store::before(tx, &touching(all.iter().copied())).await?;
            let records: Vec<&Person> = before.persons.values().filter(|p| p.registered).collect();
            if records.len() != all.len() {
                return Err(Problem::new(&kinds::NOT_FOUND).into());
            }
            self.may_merge(ask, &records, proposer)?;
            for (id, seen) in &draft.seen {
                if before.persons.get(id).is_some_and(|p| p.version != *seen) {
                    return Err(Problem::new(&kinds::CONFLICT).into());
                }
            }
            let mut contents = Vec::with_capacity(draft.ended.len());
            for ended in &draft.ended {
                // The record kept as it is after those before.
                let now = store::before(tx, &touching([draft.kept, *ended])).await?;
                let facts = match (now.persons.get(&draft.kept), now.persons.get(ended)) {
                    (Some(kept), Some(other)) => {
                        let chosen = |part: &&Part| {
                            !part.is_chosen() || draft.taken.contains(&(**part, *ended))
                        };
                        Part::ALL.iter().filter(chosen).flat_map(|part| part.taken(kept, other)).collect()
                    }
                    _ => Vec::new(),
                };
                let content = self.completed(tx, Content::merge(draft.kept, *ended, facts)).await?;
                let before = store::before(tx, &content.touched()).await?;
                contents.push(self.appended(tx, ask, proposer, &draft.evidence, content, &before).await?);
            }
            self.entries_of(tx, ask, &basis, proposer, &contents).await
        });
        self.confirmed(ask, draft.kept, outcome).await
    }

    /// Separates records again: each is what it would be without the merges, and the acts that are said to stay remain with
    /// the record kept.
    ///
    /// # Errors
    /// Forbidden; a merge that is not in force; [`LATER_ACTS`] with the acts that touch the record kept and were not named;
    /// invalid. Nothing is changed then.
    pub async fn unmerge(
        &self,
        ask: &Ask,
        proposer: Option<&Proposer>,
        draft: &UnmergeDraft,
    ) -> Result<Merged, Error> {
        let basis = ask.basis()?;
        let mut merges = draft.merges.clone();
        merges.sort_unstable_by_key(|seq| std::cmp::Reverse(*seq));
        merges.dedup();
        let first = merges.first().copied().unwrap_or_default();
        let outcome = transact!(self.store, tx => {
            store::lock(tx).await?;
            let mut pairs = Vec::with_capacity(merges.len());
            for seq in &merges {
                match store::act_in(tx, *seq).await? {
                    Some(act) if !store::is_annulled(tx, &act).await? => match act.content {
                        Content::Merge { kept, absorbed, .. } => pairs.push((*seq, kept, absorbed)),
                        _ => return Err(Problem::new(&NOT_IN_FORCE).into()),
                    },
                    _ => return Err(Problem::new(&NOT_IN_FORCE).into()),
                }
            }
            let Some((_, kept, _)) = pairs.first().copied().filter(|(_, kept, _)| pairs.iter().all(|p| p.1 == *kept))
            else {
                return Err(Problem::new(&NOT_IN_FORCE).into());
            };
            let all = std::iter::once(kept).chain(pairs.iter().map(|p| p.2));
            let before = store::before(tx, &touching(all)).await?;
            self.may_merge(ask, &before.persons.values().collect::<Vec<_>>(), proposer)?;
            self.nothing_later(tx, kept, &merges, &draft.stay).await?;
            let mut acts = Vec::with_capacity(pairs.len());
            for (seq, kept, absorbed) in pairs {
                let content = self.completed(tx, Content::unmerge(seq, kept, absorbed)).await?;
                let before = store::before(tx, &content.touched()).await?;
                acts.push(self.appended(tx, ask, proposer, &draft.evidence, content, &before).await?);
            }
            self.entries_of(tx, ask, &basis, proposer, &acts).await
        });
        let kept = self.kept_by(first).await?;
        self.confirmed(ask, kept, outcome).await
    }

    /// Checks and appends one act of today.
    async fn appended(
        &self,
        tx: &mut Tx,
        ask: &Ask,
        proposer: Option<&Proposer>,
        evidence: &str,
        content: Content,
        before: &rules::Before,
    ) -> Result<Act, Error> {
        let today = PartialDate::today();
        let violations = rules::check(&content, today, evidence, before, today);
        if !violations.is_empty() {
            return Err(Problem::invalid(violations).into());
        }
        let by = proposer.map_or(&ask.caller.actor, |p| &p.actor);
        Ok(store::append(tx, by, today, evidence, content).await?)
    }

    async fn entries_of(
        &self,
        tx: &mut Tx,
        ask: &Ask,
        basis: &Basis,
        proposer: Option<&Proposer>,
        acts: &[Act],
    ) -> Result<(Vec<ActSeq>, Vec<Pending>), Error> {
        let mut entries = Vec::new();
        for act in acts {
            let fields = act.content.fields();
            for person in act.content.touched().persons {
                let actor = ask.caller.actor.clone();
                let subject = Subject::Person(person);
                let mut entry = Entry::changed(actor, basis.clone(), "population.merge", subject, fields);
                if let Some(officer) = proposer.and_then(|p| p.actor.officer.as_ref()) {
                    entry = entry.note(format!("đề nghị (proposed by): {}", officer.as_str()));
                }
                entries.push(self.entered(ask, entry));
            }
        }
        let pending = self.ledger.append_all_in(tx, entries).await?;
        Ok((acts.iter().map(|a| a.seq).collect(), pending))
    }

    /// Confirms the entries; a refusal leaves one too.
    async fn confirmed(
        &self,
        ask: &Ask,
        kept: PersonId,
        outcome: Result<(Vec<ActSeq>, Vec<Pending>), Error>,
    ) -> Result<Merged, Error> {
        if let Err(Error::Problem(problem)) = &outcome
            && problem.kind == &kinds::FORBIDDEN
        {
            let actor = ask.caller.actor.clone();
            let fields = vocabulary::FieldSet::NONE;
            let entry =
                Entry::refused(actor, ask.basis.clone(), "population.merge", Subject::Person(kept), fields);
            self.ledger.append(ask.named(entry)).await?;
        }
        let (acts, pending) = outcome?;
        let mut entries = Vec::with_capacity(pending.len());
        for entry in pending {
            entries.push(self.ledger.confirm(entry).await?.seq());
        }
        Ok(Merged { acts, entries })
    }

    async fn kept_by(&self, merge: ActSeq) -> Result<PersonId, Error> {
        let found = store::act_sketch(&self.store, merge).await?;
        Ok(match found.map(|(content, ..)| content) {
            Some(Content::Merge { kept, .. }) => kept,
            _ => PersonId(0),
        })
    }

    /// Records side by side, each look an entry in the ledger; also one that has ended. Some of them must lie in the
    /// caller's units: that the others belong to the comparison is for the caller of this function to know.
    ///
    /// # Errors
    /// A refusal, which leaves an entry; not found.
    pub async fn compare(&self, ask: &Ask, ids: &[PersonId]) -> Result<Vec<PersonPage>, Error> {
        const SERVICE: &str = "population.compare";
        let basis = ask.basis()?;
        let mut units = Vec::new();
        for id in ids {
            let placed = store::placement(&self.store, *id).await?;
            let placed = placed.ok_or_else(|| Problem::new(&kinds::NOT_FOUND))?;
            units.extend(with_provinces(placed.units));
        }
        units.sort_unstable();
        units.dedup();
        let subject = ids.first().map_or(Subject::Nobody, |id| Subject::Person(*id));
        let release = self.decide(ask, Action::CompareRecords, SERVICE, subject, &units).await?;
        let (mut sealed, mut entries) = (Vec::with_capacity(ids.len()), Vec::with_capacity(ids.len()));
        for id in ids {
            let record = store::person(&self.store, *id).await?;
            let record = record.ok_or_else(|| Problem::new(&kinds::NOT_FOUND))?;
            sealed.push((record, store::history(&self.store, *id).await?));
            let (actor, subject) = (ask.caller.actor.clone(), Subject::Person(*id));
            let entry = Entry::shown(actor, basis.clone(), SERVICE, subject, release.fields);
            entries.push(self.entered(ask, entry));
        }
        let receipts = self.ledger.append_all(entries).await?;
        let mut pages = Vec::with_capacity(ids.len());
        for ((record, history), receipt) in sealed.into_iter().zip(&receipts) {
            let (person, history) = (record.open(receipt)?, history.open(receipt)?);
            let findings = if release.fields.has(Field::Findings) {
                let p = &person.person;
                findings::of_person(p, PartialDate::today(), prefix(p), person.other_claims)
            } else {
                Vec::new()
            };
            pages.push(PersonPage { person, history, findings, entry: receipt.seq(), at: receipt.at() });
        }
        Ok(pages)
    }

    /// Where records stand; those that do not exist are left out. It tells nothing of anybody.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn whereabouts(&self, ids: &[PersonId]) -> Result<Vec<Whereabouts>, Error> {
        Ok(store::whereabouts(&self.store, ids).await?)
    }

    /// The record that stands for another today: itself, or the one into which it was merged at last.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn survivor(&self, id: PersonId) -> Result<PersonId, Error> {
        Ok(store::survivor(&self.store, id).await?)
    }

    /// The records, not merged away, that claim one of the numbers of a record, itself left out. It tells nothing of
    /// anybody.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn rivals(&self, id: PersonId) -> Result<Vec<PersonId>, Error> {
        Ok(store::rivals(&self.store, id).await?)
    }

    /// The records that have a number, merged ones followed. It tells no more than that there are some; whoever shows
    /// anything of them leaves an entry.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn records_of(&self, number: Number) -> Result<Vec<PersonId>, Error> {
        Ok(store::persons_of_number(&self.store, number).await?)
    }
}
