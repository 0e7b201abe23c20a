//! The merge desk: a merge proposed, approved by a second officer where it reaches across
//! communes, and undone.

use super::{Quality, cases, compared::within, officer};
use crate::{
    error::QualityError,
    model::{State, Subject},
    problems::{MERGE_CHANGED, MERGE_DECIDED, MERGE_WAITING},
    store::{
        self, Units, cases as case_rows,
        mergings::{self, Merging, MergingKind, MergingPart, MergingRecord, MergingState},
        violations,
    },
};
use ::store::transact;
use access::Action;
use ledger::{Entry, Subject as About};
use population::{Ask, MergeDraft, PersonPage, Proposer, UnmergeDraft, Whereabouts, later_acts, model::Part};
use std::collections::{BTreeSet, HashMap};
use vocabulary::{
    ActSeq, Actor, Field, FieldSet, Invalid, Moment, PartialDate, PersonId, Problem, UnitCode, Violation,
    kinds,
};

/// Days in which a proposal can be approved.
const DAYS: i64 = 14;
/// Merges in a list.
const LISTED: i64 = 100;

const KEEP: Invalid = Invalid::new("merge/keep", "Chọn hồ sơ giữ lại", "Choose the record to keep");
const PART: Invalid = Invalid::new(
    "merge/part-evidence",
    "Nêu căn cứ của mục lấy từ hồ sơ kia, từ 3 đến 200 ký tự",
    "Say on what evidence the part is taken over, in 3 to 200 characters",
);
const EVIDENCE: Invalid = Invalid::new(
    "merge/evidence",
    "Nêu căn cứ hợp nhất (số, ngày giấy tờ), từ 3 đến 200 ký tự",
    "Say on what evidence the records are merged, in 3 to 200 characters",
);
const WHY: Invalid =
    Invalid::new("merge/reason", "Nêu lý do, từ 3 đến 200 ký tự", "Say why, in 3 to 200 characters");

/// A merge that an officer wants.
#[derive(Clone, Debug, Default)]
pub struct NewMerging {
    /// The record kept.
    pub kept: Option<PersonId>,
    /// All records.
    pub records: Vec<PersonId>,
    /// The parts taken over: from which record, and why.
    pub parts: Vec<(Part, PersonId, String)>,
    /// The paper behind it.
    pub evidence: String,
    /// The case in which it began.
    pub case: Option<i64>,
    /// The version of each record that the officer saw.
    pub seen: Vec<(PersonId, ActSeq)>,
}

/// A merge on its page.
pub struct MergingPage {
    /// The merge.
    pub merging: Merging,
    /// Its records as they are now.
    pub records: Vec<PersonPage>,
    /// The records that have changed since it was proposed.
    pub changed: Vec<PersonId>,
    /// Whether its day has passed.
    pub expired: bool,
    /// Whether the caller may approve or refuse it.
    pub approvable: bool,
    /// Whether the caller proposed it.
    pub own: bool,
    /// What undoes it, waiting or done.
    pub undone_by: Option<(i64, MergingState)>,
    /// The later acts that touch the record kept.
    pub later: Vec<population::acts::Act>,
    /// Whether the caller may propose to undo it.
    pub undoable: bool,
}

/// The merges of the caller's units.
#[derive(Default)]
pub struct Mergings {
    /// Those that wait for the caller's approval.
    pub to_approve: Vec<Merging>,
    /// The caller's own that wait.
    pub own: Vec<Merging>,
    /// Those that were done, the newest first.
    pub done: Vec<Merging>,
}

fn short(value: &str, rule: Invalid, field: impl Into<String>) -> Result<String, Violation> {
    let value: String = value.trim().chars().filter(|c| !c.is_control()).collect();
    if (3..=200).contains(&value.chars().count()) { Ok(value) } else { Err(rule.at(field)) }
}

/// The last day of a proposal that is made now.
fn last_day() -> PartialDate {
    let (y, m, d) = Moment::now().plus_seconds(DAYS * 86_400).local_date();
    PartialDate::new(y.unsigned_abs(), m.unsigned_abs(), d.unsigned_abs()).unwrap_or_default()
}

impl Quality {
    /// Whether a second officer has to approve: the records lie in several communes, or one in a unit that is not the own.
    pub(super) fn needs_two(&self, own: &Units, stands: &[Whereabouts]) -> bool {
        let communes: BTreeSet<UnitCode> = stands.iter().filter_map(|w| w.unit).collect();
        communes.len() > 1 || stands.iter().any(|w| w.unit.is_some() && !within(own, w.unit))
    }

    /// What is wrong with a merge that an officer wants, before anything is done.
    ///
    /// # Errors
    /// Invalid.
    pub fn check_merging(&self, new: &NewMerging) -> Result<(), QualityError> {
        let mut faults = Vec::new();
        match new.kept {
            Some(kept) if new.records.contains(&kept) => {
                for (part, from, evidence) in &new.parts {
                    if *from != kept && short(evidence, PART, "x").is_err() {
                        faults.push(PART.at(format!("evidence-{}", part.code())));
                    }
                }
            }
            _ => faults.push(KEEP.at("kept")),
        }
        if short(&new.evidence, EVIDENCE, "x").is_err() {
            faults.push(EVIDENCE.at("evidence"));
        }
        if faults.is_empty() { Ok(()) } else { Err(Problem::invalid(faults).into()) }
    }

    /// Merges records at once, where the officer answers for all of them and they lie in one commune; else proposes it. The
    /// number of the merge.
    ///
    /// # Errors
    /// A refusal; invalid; conflict where a record has changed since it was seen; another proposal that waits.
    pub async fn propose_merging(&self, ask: &Ask, new: &NewMerging) -> Result<Merging, QualityError> {
        self.check_merging(new)?;
        let kept = new.kept.ok_or_else(|| KEEP.at("kept"))?;
        let stands = self.known_to(ask, &new.records, Action::MergeRecords).await?;
        let units = self.reach(ask, Action::MergeRecords)?;
        let seen: HashMap<PersonId, ActSeq> = new.seen.iter().copied().collect();
        let mut records: Vec<MergingRecord> = stands
            .iter()
            .map(|w| MergingRecord {
                person: w.person,
                seen: seen.get(&w.person).copied().unwrap_or(w.version),
                unit: w.unit,
                own: w.unit.is_none() || within(&units, w.unit),
                act: None,
            })
            .collect();
        if stands.iter().any(|w| seen.get(&w.person).is_some_and(|seen| *seen != w.version)) {
            return Err(Problem::new(&kinds::CONFLICT).into());
        }
        // The one kept first, the others in the order in which they were chosen.
        let place = |id: PersonId| new.records.iter().position(|r| *r == id).unwrap_or(usize::MAX);
        records.sort_by_key(|r| (r.person != kept, place(r.person)));
        let mut parts = Vec::new();
        for (part, person, evidence) in new.parts.iter().filter(|(_, from, _)| *from != kept) {
            let evidence = short(evidence, PART, format!("evidence-{}", part.code()))?;
            parts.push(MergingPart { part: part.code().to_owned(), person: *person, evidence });
        }
        let merging = Merging {
            records,
            parts,
            case: new.case,
            ..self.begun(ask, MergingKind::Merge, kept, short(&new.evidence, EVIDENCE, "evidence")?)?
        };
        self.begin(ask, merging, self.needs_two(&units, &stands)).await
    }

    /// A proposal of the caller, as yet without records.
    fn begun(
        &self,
        ask: &Ask,
        kind: MergingKind,
        kept: PersonId,
        evidence: String,
    ) -> Result<Merging, QualityError> {
        Ok(Merging {
            id: 0,
            kind,
            state: MergingState::Waiting,
            kept,
            undoes: None,
            case: None,
            evidence,
            proposed_at: Moment::now(),
            officer: officer(ask)?,
            agency: ask.caller.actor.agency.clone(),
            officer_unit: ask.caller.actor.unit,
            expires: last_day(),
            decided_at: None,
            decided_by: None,
            note: String::new(),
            records: Vec::new(),
            parts: Vec::new(),
            stay: Vec::new(),
        })
    }

    /// Does it at once, or writes it down for the second officer.
    async fn begin(&self, ask: &Ask, mut merging: Merging, two: bool) -> Result<Merging, QualityError> {
        if !two {
            let acts = self.act(ask, None, &merging).await?;
            merging.state = MergingState::Done;
            merging.decided_at = Some(Moment::now());
            merging.decided_by = Some(merging.officer.clone());
            for (record, act) in merging.records.iter_mut().skip(1).zip(acts) {
                record.act = Some(act);
            }
        }
        let persons: Vec<PersonId> = merging.records.iter().map(|r| r.person).collect();
        let basis = ask.basis.clone().ok_or_else(|| Problem::new(&kinds::PURPOSE_REQUIRED))?;
        let outcome: Result<_, QualityError> = transact!(self.store(), tx => {
            store::lock(tx).await?;
            if two && mergings::waiting_for(tx, &persons).await?.is_some() {
                return Err(Problem::new(&MERGE_WAITING).into());
            }
            let id = mergings::add(tx, &merging).await?;
            let mut entries = Vec::new();
            for person in &persons {
                let (actor, fields) = (ask.caller.actor.clone(), FieldSet::of(&[Field::Findings]));
                let note = format!("{id}: {}", merging.state.code());
                entries.push(
                    Entry::changed(actor, basis.clone(), "quality.merging", About::Person(*person), fields)
                        .note(note),
                );
            }
            Ok((id, self.inner.ledger.append_all_in(tx, entries).await?))
        });
        let (id, pending) = outcome?;
        for entry in pending {
            self.inner.ledger.confirm(entry).await?;
        }
        merging.id = id;
        if !two {
            self.settled(ask, &merging).await?;
        }
        Ok(merging)
    }

    /// Records a merge or its undoing in the registry; the acts, for the records that ended in their order.
    async fn act(
        &self,
        ask: &Ask,
        proposer: Option<&Proposer>,
        merging: &Merging,
    ) -> Result<Vec<ActSeq>, QualityError> {
        match merging.kind {
            MergingKind::Merge => {
                let mut taken = Vec::new();
                for part in &merging.parts {
                    taken.push((Part::parse(&part.part).map_err(|i| i.at("parts"))?, part.person));
                }
                let draft = MergeDraft {
                    kept: merging.kept,
                    ended: merging.records.iter().map(|r| r.person).filter(|p| *p != merging.kept).collect(),
                    taken,
                    evidence: merging.evidence.clone(),
                    seen: merging.records.iter().map(|r| (r.person, r.seen)).collect(),
                };
                Ok(self.population().merge(ask, proposer, &draft).await?.acts)
            }
            MergingKind::Undoing => {
                let undone = mergings::find(self.store(), merging.undoes.unwrap_or_default()).await?;
                let undone = undone.ok_or_else(|| Problem::new(&kinds::NOT_FOUND))?;
                let draft = UnmergeDraft {
                    merges: undone.records.iter().filter_map(|r| r.act).collect(),
                    evidence: merging.evidence.clone(),
                    stay: merging.stay.clone(),
                };
                Ok(self.population().unmerge(ask, proposer, &draft).await?.acts)
            }
        }
    }

    /// After a merge or its undoing: the records are checked again at once, and cases about them that are cured end.
    async fn settled(&self, ask: &Ask, merging: &Merging) -> Result<(), QualityError> {
        let persons: Vec<PersonId> = merging.records.iter().map(|r| r.person).collect();
        let (persons, households) = self.population().affected(&persons, &[]).await?;
        self.check_again(&persons, &households).await?;
        if merging.kind == MergingKind::Undoing {
            return Ok(());
        }
        let basis = ask.basis.clone().ok_or_else(|| Problem::new(&kinds::PURPOSE_REQUIRED))?;
        for record in &merging.records {
            let subject = Subject::Person(record.person);
            for mut case in case_rows::unended(self.store(), subject).await? {
                if !self.is_of_doubles(&case.rule)
                    || violations::one(self.store(), subject, &case.rule).await?.is_some()
                {
                    continue;
                }
                let second = merging.decided_by.clone().filter(|who| *who != merging.officer);
                case.state = State::Fixed;
                case.proposed = Some(State::Fixed);
                case.officer = Some(merging.officer.clone());
                // Where no second officer was needed, the check that found nothing any more has the last word.
                case.approver = Some(second.unwrap_or_else(|| super::ROLE.to_owned()));
                case.ended = Some(PartialDate::today());
                case.reason = format!("{} {}", MERGED, merging.id);
                let (now, note) = (Moment::now(), case.reason.clone());
                let outcome: Result<_, QualityError> = transact!(self.store(), tx => {
                    if !case_rows::step(tx, &case, &merging.officer, &note, now).await? {
                        return Ok(None);
                    }
                    let (actor, fields) = (ask.caller.actor.clone(), FieldSet::of(&[Field::Findings]));
                    let entry = Entry::changed(actor, basis.clone(), "quality.case", About::Person(record.person), fields)
                        .note(format!("{} {}: {}", case.id, case.rule, State::Fixed.code()));
                    Ok(Some(self.inner.ledger.append_in(tx, entry).await?))
                });
                if let Some(pending) = outcome? {
                    self.inner.ledger.confirm(pending).await?;
                }
            }
        }
        Ok(())
    }

    /// Whether the caller may decide a proposal: as another officer, who answers for what the proposer does not, or for some
    /// of the records where the proposer answers for all. A system decides none, whatever officer it names.
    fn may_approve(&self, ask: &Ask, merging: &Merging) -> bool {
        if ask.caller.actor.system.is_some() {
            return false;
        }
        let Ok(units) = self.reach(ask, Action::ApproveMerges) else { return false };
        let others = merging.records.iter().filter(|r| !r.own);
        officer(ask).is_ok_and(|who| who != merging.officer)
            && others.clone().all(|r| within(&units, r.unit))
            && merging.records.iter().any(|r| within(&units, r.unit))
    }

    /// A merge, with its records as they are now: each look is entered in the ledger.
    ///
    /// # Errors
    /// A refusal; not found.
    pub async fn merging(&self, ask: &Ask, id: i64) -> Result<MergingPage, QualityError> {
        let merging =
            mergings::find(self.store(), id).await?.ok_or_else(|| Problem::new(&kinds::NOT_FOUND))?;
        let units = self.reach(ask, Action::CompareRecords)?;
        if !merging.records.iter().any(|r| within(&units, r.unit)) {
            return Err(Problem::new(&kinds::NOT_FOUND).into());
        }
        let ids: Vec<PersonId> = merging.records.iter().map(|r| r.person).collect();
        let records = self.population().compare(ask, &ids).await?;
        let changed =
            if merging.state == MergingState::Waiting { self.changed(&merging).await? } else { vec![] };
        let undone_by = mergings::undone_by(self.store(), id).await?;
        let acts: Vec<ActSeq> = merging.records.iter().filter_map(|r| r.act).collect();
        let done = merging.state == MergingState::Done && merging.kind == MergingKind::Merge;
        let later = match records.first() {
            Some(page) if done && undone_by.is_none() => {
                later_acts(&acts, &page.history).into_iter().cloned().collect()
            }
            _ => Vec::new(),
        };
        let own_units = self.reach(ask, Action::MergeRecords);
        let undoable = done
            && undone_by.is_none()
            && own_units.is_ok_and(|own| merging.records.iter().any(|r| within(&own, r.unit)));
        Ok(MergingPage {
            approvable: merging.state == MergingState::Waiting && self.may_approve(ask, &merging),
            own: officer(ask).is_ok_and(|who| who == merging.officer),
            expired: merging.state == MergingState::Waiting && merging.expires < PartialDate::today(),
            undoable,
            merging,
            records,
            changed,
            undone_by,
            later,
        })
    }

    /// A merge without a look at its records.
    ///
    /// # Errors
    /// A refusal; not found.
    pub async fn merging_alone(&self, ask: &Ask, id: i64) -> Result<Merging, QualityError> {
        let units = self.reach(ask, Action::CompareRecords)?;
        let found = mergings::find(self.store(), id).await?;
        let found = found.filter(|m| m.records.iter().any(|r| within(&units, r.unit)));
        found.ok_or_else(|| Problem::new(&kinds::NOT_FOUND).into())
    }

    /// The records of a proposal that were touched since.
    async fn changed(&self, merging: &Merging) -> Result<Vec<PersonId>, QualityError> {
        let ids: Vec<PersonId> = merging.records.iter().map(|r| r.person).collect();
        let now = self.population().whereabouts(&ids).await?;
        let same = |r: &MergingRecord| now.iter().any(|w| w.person == r.person && w.version == r.seen);
        Ok(merging.records.iter().filter(|r| !same(r)).map(|r| r.person).collect())
    }

    /// What waits, as somebody who may decide it sees it.
    async fn waiting(&self, id: i64) -> Result<Merging, QualityError> {
        let merging =
            mergings::find(self.store(), id).await?.ok_or_else(|| Problem::new(&kinds::NOT_FOUND))?;
        if merging.state != MergingState::Waiting {
            return Err(Problem::new(&MERGE_DECIDED).into());
        }
        Ok(merging)
    }

    /// The second officer approves, and the registry records it; or refuses, and says why.
    ///
    /// # Errors
    /// A refusal; decided, withdrawn or expired; a record that has changed since the proposal.
    pub async fn decide_merging(
        &self,
        ask: &Ask,
        id: i64,
        decision: &super::Decision,
    ) -> Result<(), QualityError> {
        let mut merging = self.waiting(id).await?;
        let who = officer(ask)?;
        if who == merging.officer {
            return Err(Problem::new(&population::problems::MERGE_OWN).into());
        }
        if !self.may_approve(ask, &merging) {
            return Err(Problem::new(&kinds::FORBIDDEN).into());
        }
        match decision {
            super::Decision::Return(note) => {
                let note = cases::text(note, 500, cases::REASON, "note")?;
                self.decided(id, MergingState::Refused, &who, &note, &[]).await
            }
            super::Decision::Approve => {
                if merging.expires < PartialDate::today() {
                    return Err(Problem::new(&MERGE_DECIDED).into());
                }
                if !self.changed(&merging).await?.is_empty() {
                    return Err(Problem::new(&MERGE_CHANGED).into());
                }
                let proposer = Proposer {
                    actor: Actor {
                        system: None,
                        officer: vocabulary::StaffId::parse(&merging.officer).ok(),
                        agency: merging.agency.clone(),
                        unit: merging.officer_unit,
                    },
                    records: merging.records.iter().filter(|r| r.own).map(|r| r.person).collect(),
                };
                let acts = match self.act(ask, Some(&proposer), &merging).await {
                    // Between the look and the lock.
                    Err(QualityError::Registry(population::Error::Problem(p)))
                        if p.kind == &kinds::CONFLICT =>
                    {
                        return Err(Problem::new(&MERGE_CHANGED).into());
                    }
                    other => other?,
                };
                let ended = merging.records.iter().map(|r| r.person).filter(|p| *p != merging.kept);
                let acts: Vec<(PersonId, ActSeq)> = ended.zip(acts).collect();
                self.decided(id, MergingState::Done, &who, "", &acts).await?;
                merging.decided_by = Some(who);
                self.settled(ask, &merging).await
            }
        }
    }

    async fn decided(
        &self,
        id: i64,
        state: MergingState,
        who: &str,
        note: &str,
        acts: &[(PersonId, ActSeq)],
    ) -> Result<(), QualityError> {
        let now = Moment::now();
        let decided: Result<bool, QualityError> = transact!(self.store(), tx => {
            let decided = mergings::decide(tx, id, state, (who, now), note).await?;
            if decided {
                mergings::done(tx, id, acts).await?;
            }
            Ok(decided)
        });
        if decided? { Ok(()) } else { Err(Problem::new(&MERGE_DECIDED).into()) }
    }

    /// Takes the own proposal back.
    ///
    /// # Errors
    /// A refusal; decided already.
    pub async fn withdraw_merging(&self, ask: &Ask, id: i64) -> Result<(), QualityError> {
        let merging = self.waiting(id).await?;
        let who = officer(ask)?;
        if who != merging.officer {
            return Err(Problem::new(&kinds::FORBIDDEN).into());
        }
        self.decided(id, MergingState::Withdrawn, &who, "", &[]).await
    }

    /// Undoes a merge at once, or proposes it, as merging itself. `stay` are the later acts that stay with the record kept.
    ///
    /// # Errors
    /// A refusal; later acts that were not named; no reason; undone already.
    pub async fn propose_undoing(
        &self,
        ask: &Ask,
        id: i64,
        reason: &str,
        stay: &[ActSeq],
    ) -> Result<Merging, QualityError> {
        let reason = short(reason, WHY, "reason")?;
        let merged =
            mergings::find(self.store(), id).await?.ok_or_else(|| Problem::new(&kinds::NOT_FOUND))?;
        let free = mergings::undone_by(self.store(), id).await?.is_none();
        if merged.kind != MergingKind::Merge || merged.state != MergingState::Done || !free {
            return Err(Problem::new(&MERGE_DECIDED).into());
        }
        let ids: Vec<PersonId> = merged.records.iter().map(|r| r.person).collect();
        let stands = self.known_to(ask, &ids, Action::MergeRecords).await?;
        let units = self.reach(ask, Action::MergeRecords)?;
        let stand = |id: PersonId| stands.iter().find(|w| w.person == id);
        let records = merged
            .records
            .iter()
            .filter_map(|r| stand(r.person))
            .map(|w| MergingRecord {
                person: w.person,
                seen: w.version,
                unit: w.unit,
                own: w.unit.is_none() || within(&units, w.unit),
                act: None,
            })
            .collect();
        let undoing = Merging {
            undoes: Some(id),
            case: merged.case,
            records,
            stay: stay.to_vec(),
            ..self.begun(ask, MergingKind::Undoing, merged.kept, reason)?
        };
        // What touches the record kept since is told now, not only to the second officer.
        let acts: Vec<ActSeq> = merged.records.iter().filter_map(|r| r.act).collect();
        let page = self.population().compare(ask, &[merged.kept]).await?;
        let open: Vec<Violation> = page
            .first()
            .map(|page| later_acts(&acts, &page.history))
            .unwrap_or_default()
            .into_iter()
            .filter(|act| !stay.contains(&act.seq))
            .map(|act| LATER.at(format!("stay-{}", act.seq)))
            .collect();
        if !open.is_empty() {
            return Err(
                Problem { violations: open, ..Problem::new(&population::problems::LATER_ACTS) }.into()
            );
        }
        self.begin(ask, undoing, self.needs_two(&units, &stands)).await
    }

    /// What waits for the caller, what the caller proposed, and what was done in the caller's units.
    ///
    /// # Errors
    /// A refusal.
    pub async fn mergings(&self, ask: &Ask) -> Result<Mergings, QualityError> {
        let units = self.reach(ask, Action::CompareRecords)?;
        let who = officer(ask)?;
        let today = PartialDate::today();
        let mut lists = Mergings::default();
        for m in mergings::in_state(self.store(), MergingState::Waiting, LISTED).await? {
            if m.officer == who {
                lists.own.push(m);
            } else if m.expires >= today && self.may_approve(ask, &m) {
                lists.to_approve.push(m);
            }
        }
        lists.done = mergings::in_state(self.store(), MergingState::Done, LISTED).await?;
        lists.done.retain(|m| m.records.iter().any(|r| within(&units, r.unit)));
        Ok(lists)
    }
}

const LATER: Invalid = Invalid::new(
    "merge/later-act",
    "Biến động này chạm đến hồ sơ giữ lại: hủy trước, hoặc đánh dấu là của hồ sơ giữ lại",
    "This act touches the record kept: annul it first, or tick that it stays with that record",
);

/// What the last step of a case says that a merge has ended.
const MERGED: &str = "Hợp nhất hồ sơ, việc số (merged, no.)";
