//! Reconciliation with files of sectors (*đối soát dữ liệu chuyên ngành*): many rows compared with few statements, each
//! comparison with its own entry in the ledger, and answered once the entries are durable.

use super::{Ask, Error, Population};
use crate::{
    reconcile::{
        Again, Answer, Differing, How, Kept, Met, SectorRow, Silhouette, Standing, Stated, Ties, Why, again,
        differing, may_be_one, of_number, speaks_of_ties, value,
    },
    store,
};
use ::store::transact;
use access::Action;
use ledger::{Entry, PreparedEntries, Sealed, Subject};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use vocabulary::{Field, FieldSet, FormerNumber, PartialDate, PersonId, PersonalNumber, Problem, kinds};

const SERVICE: &str = "population.reconcile";

/// The records that rows of a batch may be about.
#[derive(Default)]
struct Known {
    standings: Vec<Standing>,
    /// By number: the kind of claim and the place of the record.
    claims: HashMap<i64, Vec<(i16, usize)>>,
    /// By the place of a row: its namesakes.
    namesakes: HashMap<usize, Vec<usize>>,
}

impl Known {
    fn claiming(&self, number: i64) -> impl Iterator<Item = (i16, usize, &Standing)> {
        let claims = self.claims.get(&number).map(Vec::as_slice).unwrap_or_default();
        claims.iter().filter_map(|(kind, at)| Some((*kind, *at, self.standings.get(*at)?)))
    }

    /// Of those who claim a number the one who is likest to the row.
    fn likest(&self, number: i64, row: &SectorRow) -> Option<(usize, &Standing)> {
        let distance = |held: &Standing| (!may_be_one(row, held), differing(row, held).len(), held.person);
        self.claiming(number).map(|(_, at, held)| (at, held)).min_by_key(|(_, held)| distance(held))
    }

    /// Who else than by the personal number is found: by a former number, or by name and birth.
    fn otherwise(&self, at: usize, row: &SectorRow) -> (Option<usize>, usize) {
        let former = match (row.former, row.number) {
            (Some(former), _) | (None, Stated::Former(former)) => Some(former),
            _ => None,
        };
        let by_former = former.and_then(|f| self.likest(f.as_int(), row));
        if let Some((at, _)) = by_former.filter(|(_, held)| may_be_one(row, held)) {
            return (Some(at), 1);
        }
        match self.namesakes.get(&at).map(Vec::as_slice).unwrap_or_default() {
            [one] => (Some(*one), 1),
            several => (None, several.len()),
        }
    }
}

/// What is answered, and about which record.
struct Judged {
    answer: Answer,
    at: Option<usize>,
}

fn found(row: &SectorRow, held: &Standing, at: usize, known: &Known) -> Judged {
    let mut all = differing(row, held);
    if let Some(how) = of_number(row, held) {
        // A number that is the person's, and not in force, is a past one.
        let own = row.number.as_int().is_some_and(|n| known.claiming(n).any(|(_, claimed, _)| claimed == at));
        let how = if own && how != How::Former { How::Past } else { how };
        all.insert(0, (Field::PersonalNumber, how));
    }
    // A number that is no longer in force is still that of the record that has it.
    let bears = |number: PersonalNumber, person| {
        known.claiming(number.as_int()).any(|(.., kin)| kin.person == person)
    };
    all.extend(row.ties.differing(&held.ties, bears));
    if let Some(former) = row.former {
        // Somebody else's; one that nobody claims cannot disagree.
        let mut claimed = known.claiming(former.as_int()).map(|(_, claimed, _)| claimed).peekable();
        if claimed.peek().is_some() && claimed.all(|claimed| claimed != at) {
            all.push((Field::FormerNumbers, How::Other));
        }
    }
    let met = if all.is_empty() { Met::Matched } else { Met::Mismatched };
    let differing = all.into_iter().map(|(field, how)| Differing { field, how, value: None }).collect();
    let answer = Answer { met, why: None, person: Some(held.person), unit: held.answerable, differing };
    Judged { answer, at: Some(at) }
}

fn named(met: Met, why: Why, at: usize, known: &Known) -> Judged {
    let held = known.standings.get(at);
    let (person, unit) = (held.map(|h| h.person), held.and_then(|h| h.answerable));
    Judged { answer: Answer { met, why: Some(why), person, unit, differing: Vec::new() }, at: Some(at) }
}

/// Whether a number is a slip of the pen away from the one on record.
fn near(row: &SectorRow, held: &Standing) -> bool {
    matches!(of_number(row, held), Some(How::Digit | How::Exchanged))
}

fn judge(at: usize, row: &SectorRow, known: &Known) -> Judged {
    let nobody = |why| Judged { answer: Answer::without(Met::NotFound, why), at: None };
    let (other, namesakes) = known.otherwise(at, row);
    let other_held = other.and_then(|o| known.standings.get(o).map(|held| (o, held)));
    let by_former = |o: usize| {
        let former = row.former.map(FormerNumber::as_int);
        former.is_some_and(|f| known.claiming(f).any(|(_, claimed, _)| claimed == o))
    };
    match row.number {
        Stated::Personal(_) | Stated::Former(_) => {
            let number = row.number.as_int().unwrap_or_default();
            let holder = known.likest(number, row);
            match (holder, other_held) {
                (Some((at, held)), _) if may_be_one(row, held) => found(row, held, at, known),
                // The own record, under a number that is nearly the own one or beside the own former number.
                (_, Some((o, held))) if near(row, held) || by_former(o) && holder.is_none() => {
                    found(row, held, o, known)
                }
                (Some((at, _)), _) => named(Met::Duplicate, Why::OfAnother, at, known),
                (None, Some((o, _))) => named(Met::NotFound, Why::Unknown, o, known),
                (None, None) => nobody(Why::Unknown),
            }
        }
        Stated::Malformed => match other_held {
            Some((o, held)) if by_former(o) => found(row, held, o, known),
            Some((o, _)) => named(Met::NotFound, Why::Malformed, o, known),
            None => nobody(Why::Malformed),
        },
        Stated::Nothing => match other_held {
            Some((o, held)) if by_former(o) => found(row, held, o, known),
            // Neither knows a number: there is nothing in which they could differ by it.
            Some((o, held)) if held.number.is_none() => found(row, held, o, known),
            Some((o, _)) => named(Met::NotFound, Why::One, o, known),
            None if namesakes > 1 => nobody(Why::Several),
            None => nobody(Why::Nobody),
        },
    }
}

impl Population {
    /// The fields that the caller may have compared.
    ///
    /// # Errors
    /// Forbidden where there is none.
    pub fn reconcilable(&self, ask: &Ask) -> Result<FieldSet, Error> {
        let reach = self.policy.reach(&ask.caller, Action::ReconcileFiles, ask.basis.as_ref())?;
        ask.basis()?;
        Ok(reach.own_units.fields)
    }

    /// Enters that a file is reconciled, with what the caller says of it.
    ///
    /// # Errors
    /// Forbidden; where the ledger fails.
    pub async fn enter_reconciliation(&self, ask: &Ask, note: String) -> Result<(), Error> {
        self.decide(ask, Action::ReconcileFiles, SERVICE, Subject::Nobody, &[]).await?;
        let note: String = note.chars().take(Entry::NOTE_MAX).collect();
        let entry = Entry::operation(ask.caller.actor.clone(), SERVICE).note(note);
        self.ledger.append(self.entered(ask, entry)).await?;
        Ok(())
    }

    /// Compares rows with the registry, and answers in their order once an entry for each comparison is durable. Of
    /// `told` and what the caller's grants release, the values on record are told where they differ.
    ///
    /// # Errors
    /// Forbidden; where the store or the ledger fails.
    pub async fn reconcile(
        &self,
        ask: &Ask,
        told: FieldSet,
        rows: &[SectorRow],
    ) -> Result<Vec<Answer>, Error> {
        let basis = ask.basis()?;
        let release = self.decide(ask, Action::ReconcileFiles, SERVICE, Subject::Nobody, &[]).await?;
        let told = told.and(release.fields);
        let known = self.known(rows).await?;
        let mut judged: Vec<Judged> =
            rows.iter().enumerate().map(|(at, row)| judge(at, row, &known)).collect();
        let mut entries = Vec::with_capacity(rows.len());
        for (judged, row) in judged.iter_mut().zip(rows) {
            let actor = ask.caller.actor.clone();
            let Some(held) = judged.at.and_then(|at| known.standings.get(at)) else {
                if let Some(subject) = subject(row.number) {
                    entries.push(Entry::not_found(actor, basis.clone(), SERVICE, subject, row.asked()));
                }
                continue;
            };
            let differ: FieldSet = judged.answer.differing.iter().map(|d| d.field).collect();
            for d in judged.answer.differing.iter_mut().filter(|d| told.has(d.field)) {
                d.value = value(d.field, held);
            }
            let shown: FieldSet =
                judged.answer.differing.iter().filter(|d| d.value.is_some()).map(|d| d.field).collect();
            entries.push(if shown.is_empty() {
                let compared = Sealed::new(held.clone()).compare(&(row.clone(), differ));
                Entry::compared(actor, basis.clone(), SERVICE, compared)
            } else {
                Entry::shown(actor, basis.clone(), SERVICE, Subject::Person(held.person), shown)
            });
        }
        let entries: Vec<Entry> = entries.into_iter().map(|e| self.entered(ask, e)).collect();
        let prepared = tokio::task::spawn_blocking(move || PreparedEntries::new(entries)).await;
        let prepared = prepared.map_err(|_| Problem::new(&kinds::INTERNAL))??;
        let pending = transact!(self.store, tx => {
            Ok::<_, Error>(self.ledger.append_prepared_in(tx, &prepared).await?)
        })?;
        if let Some(last) = pending {
            // One that is durable makes all of the same transaction so.
            self.ledger.confirm(last).await?;
        }
        Ok(judged.into_iter().map(|j| j.answer).collect())
    }

    async fn known(&self, rows: &[SectorRow]) -> Result<Known, Error> {
        let of_kin = |row: &SectorRow| {
            let ties = &row.ties;
            [&ties.father, &ties.mother, &ties.spouse, &ties.guardian]
                .map(|kin| kin.number.map(PersonalNumber::as_int))
        };
        let numbers: BTreeSet<i64> = rows
            .iter()
            .flat_map(|r| {
                [r.number.as_int(), r.former.map(FormerNumber::as_int)].into_iter().chain(of_kin(r))
            })
            .flatten()
            .collect();
        let mut known = Known::default();
        let mut places: HashMap<PersonId, usize> = HashMap::new();
        let mut put = |standing: Standing, standings: &mut Vec<Standing>| {
            *places.entry(standing.person).or_insert_with(|| {
                standings.push(standing);
                standings.len() - 1
            })
        };
        let numbers: Vec<i64> = numbers.into_iter().collect();
        for claim in store::claiming(&self.store, &numbers).await? {
            let at = put(claim.standing, &mut known.standings);
            known.claims.entry(claim.number).or_default().push((claim.kind, at));
        }
        // By name and birth are looked up those whom no number leads to.
        let mut pairs: BTreeMap<(String, PartialDate), Vec<usize>> = BTreeMap::new();
        for (at, row) in rows.iter().enumerate() {
            let by = |n: Option<i64>| {
                n.is_some_and(|n| known.likest(n, row).is_some_and(|(_, h)| may_be_one(row, h)))
            };
            if row.birth.is_unknown() || by(row.number.as_int()) || by(row.former.map(FormerNumber::as_int)) {
                continue;
            }
            if let Some(name) = &row.name {
                pairs.entry((name.folded(), row.birth)).or_default().push(at);
            }
        }
        let (keys, of_rows): (Vec<_>, Vec<_>) = pairs.into_iter().unzip();
        for (pair, standing) in store::namesakes(&self.store, &keys).await? {
            let at = put(standing, &mut known.standings);
            for row in of_rows.get(pair).into_iter().flatten() {
                known.namesakes.entry(*row).or_default().push(at);
            }
        }
        if rows.iter().any(|row| row.ties != Ties::default()) {
            let persons: Vec<PersonId> = known.standings.iter().map(|s| s.person).collect();
            let mut ties = store::ties(&self.store, &persons).await?;
            for held in &mut known.standings {
                held.ties = ties.remove(&held.person).unwrap_or_default();
            }
        }
        Ok(known)
    }

    /// Compares rows that were kept with the registry as it is now. It tells which fields agree and nothing else, as
    /// facts do.
    ///
    /// # Errors
    /// Forbidden; where the store fails.
    pub async fn reconcile_again(&self, ask: &Ask, kept: &[Kept]) -> Result<Vec<Again>, Error> {
        self.facts_allowed(ask, format!("{} rows of sectors", kept.len())).await?;
        let numbers: BTreeSet<i64> = kept.iter().filter_map(|k| k.number).collect();
        let numbers: Vec<i64> = numbers.into_iter().collect();
        let persons: BTreeSet<PersonId> = kept.iter().filter_map(|k| k.person).collect();
        let persons: Vec<PersonId> = persons.into_iter().collect();
        let mut claims = store::claiming(&self.store, &numbers).await?;
        let mut standings = store::standings(&self.store, &persons).await?;
        if kept.iter().any(|k| speaks_of_ties(&k.claims)) {
            let all: BTreeSet<PersonId> =
                claims.iter().map(|c| c.standing.person).chain(persons.iter().copied()).collect();
            let ties = store::ties(&self.store, &all.into_iter().collect::<Vec<_>>()).await?;
            for held in claims.iter_mut().map(|c| &mut c.standing).chain(&mut standings) {
                held.ties = ties.get(&held.person).cloned().unwrap_or_default();
            }
        }
        let mut claiming: HashMap<i64, Vec<Standing>> = HashMap::new();
        for claim in claims {
            claiming.entry(claim.number).or_default().push(claim.standing);
        }
        let by_id: HashMap<PersonId, Standing> = standings.into_iter().map(|s| (s.person, s)).collect();
        Ok(kept.iter().map(|k| anew(k, &claiming, &by_id)).collect())
    }

    /// The numbers in force of these persons: what rows of sectors may name from now on.
    ///
    /// # Errors
    /// Forbidden; where the store fails.
    pub async fn numbers_now(&self, ask: &Ask, persons: &[PersonId]) -> Result<Vec<i64>, Error> {
        self.facts_allowed(ask, format!("numbers of {} persons", persons.len())).await?;
        let standings = store::standings(&self.store, persons).await?;
        Ok(standings.into_iter().filter_map(|s| s.number).map(PersonalNumber::as_int).collect())
    }

    /// The silhouette of who has a number, for both sides of a duplicate. Those for whom the
    /// caller is not allowed the action are left out; each look is entered.
    ///
    /// # Errors
    /// Without a basis; where the store or the ledger fails.
    pub async fn silhouettes(
        &self,
        ask: &Ask,
        action: Action,
        number: i64,
    ) -> Result<Vec<(PersonId, Silhouette)>, Error> {
        let basis = ask.basis()?;
        let mut shown = Vec::new();
        let mut seen = BTreeSet::new();
        for claim in store::claiming(&self.store, &[number]).await? {
            if !seen.insert(claim.standing.person) {
                continue;
            }
            let units = super::with_provinces([claim.standing.answerable]);
            let subject = Subject::Person(claim.standing.person);
            if self
                .policy
                .decide(&ask.caller, action, access::Resource::of(&units), ask.basis.as_ref())
                .is_err()
            {
                // Somebody of another commune, who is not the caller's to see.
                continue;
            }
            let fields = FieldSet::of(&[Field::FullName, Field::BirthDate]);
            let person = claim.standing.person;
            let sealed = Sealed::new(claim.standing);
            let entry = Entry::shown(ask.caller.actor.clone(), basis.clone(), SERVICE, subject, fields)
                .note("first letters of the name, year of birth");
            let receipt = self.ledger.append(self.entered(ask, entry)).await?;
            shown.push((person, sealed.open(&receipt)?));
        }
        Ok(shown)
    }
}

fn subject(number: Stated) -> Option<Subject> {
    match number {
        Stated::Personal(n) => Some(Subject::PersonalNumber(n)),
        Stated::Former(n) => Some(Subject::FormerNumber(n)),
        _ => None,
    }
}

/// What a kept row is now.
fn anew(kept: &Kept, claiming: &HashMap<i64, Vec<Standing>>, by_id: &HashMap<PersonId, Standing>) -> Again {
    let holders = kept.number.and_then(|n| claiming.get(&n)).map(Vec::as_slice).unwrap_or_default();
    let own = kept.person.and_then(|p| by_id.get(&p));
    let mut best: Option<(usize, &Standing, FieldSet)> = None;
    for held in holders.iter().chain(own) {
        let (agree, mut differ) = again(&kept.claims, &kept.salt, held);
        let number = held.number.map(PersonalNumber::as_int);
        if number.is_some() && number != kept.number {
            differ = differ.or(FieldSet::of(&[Field::PersonalNumber]));
        }
        let speaks = agree.has(Field::FullName) || agree.has(Field::BirthDate);
        if !speaks {
            continue;
        }
        let count = differ.iter().count();
        if best.as_ref().is_none_or(|(least, ..)| count < *least) {
            best = Some((count, held, differ));
        }
    }
    match best {
        Some((0, held, _)) => Again::Matched(held.person, held.answerable),
        Some((_, held, differ)) => Again::Differs(held.person, held.answerable, differ),
        None => Again::AsBefore,
    }
}
