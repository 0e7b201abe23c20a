//! One batch of rows: who they are, and what becomes of them.

use super::{
    Differing, Settings,
    file::Line,
    known::{Books, FORMER, IN_FORCE, Known, same_name},
    lawful,
    same::differences,
    settle::Settled,
};
use crate::{
    columns::{Column, Fault, Told},
    service::{Ask, Error, Population, with_provinces},
    store::{self, Reserved},
};
use access::{Action, Resource};
use ledger::{Entry, Pending, Subject};
use smallvec::SmallVec;
use std::collections::{HashMap, HashSet};
use vocabulary::{Basis, Field, FieldSet, HouseholdId, Invalid, PartialDate, PersonId, UnitCode};

/// The service that the entries name.
pub(super) const SERVICE: &str = "population.import";

macro_rules! rules {
    ($($name:ident = $rule:literal, $vi:literal, $en:literal;)*) => {
        $(const $name: Invalid = Invalid::new($rule, $vi, $en);)*
    };
}

rules! {
    DIFFERS = "import/differs", "Người này đã có trong hệ thống với dữ liệu khác ở mục này; việc điều chỉnh cần giấy tờ và được ghi bằng biến động", "The person is in the registry already and differs here; a correction needs its evidence and an act";
    SECOND = "import/second-record", "Số này đã thuộc về hồ sơ khác có dữ liệu khác; đã nhập thành hồ sơ riêng để kiểm tra trùng", "The number belongs to another record with other data; taken in as a record of its own, to be examined as a duplicate";
    NOT_YOURS = "import/unit", "Nơi cư trú ngoài địa bàn được giao", "The place of residence is outside your units";
    NO_UNIT = "import/no-unit", "Chưa rõ xã nơi cư trú: chỉ tài khoản được giao toàn quốc nhập được", "The commune of residence is not known: only an account of the whole country can import the row";
    FIELDS = "import/fields", "Quyền của bạn không cho phép nhập mục này", "Your grants do not allow this field to be imported";
    DEAD_MEMBER = "household/dead", "Người đã chết không được ghi vào hộ", "The dead are not entered in a household";
}

/// What became of a batch.
#[derive(Default)]
pub(super) struct Outcome {
    /// Rows taken in, and those of them with warnings.
    pub accepted: i64,
    /// Of the accepted.
    pub warned: i64,
    /// Rows that tell nothing new.
    pub present: i64,
    /// Rejected rows with the reasons.
    pub rejected: Vec<(usize, Vec<Fault>)>,
    /// Warnings, by row.
    pub warnings: Vec<(usize, Fault)>,
    /// Rows taken in about which the file's reader has remarks.
    pub remarked: Vec<usize>,
    /// Acts appended.
    pub acts: i64,
    /// Households formed.
    pub households: i64,
    /// The last of the ledger entries written in the transaction.
    pub pending: Option<Pending>,
    /// Entries about comparisons, where nothing is written with which they could stand.
    pub compared: Vec<Entry>,
    /// Households of rows that are already there, by their names in the file.
    pub met: HashMap<String, HouseholdId>,
}

/// A row that becomes a record.
pub(super) struct Newcomer<'a> {
    pub line: &'a Line,
    /// The number of the record, once it has one.
    pub id: PersonId,
    pub household: Option<&'a str>,
}

/// Rows that become records, and rows that only say the same again.
#[derive(Default)]
struct Sorted<'a> {
    newcomers: Vec<Newcomer<'a>>,
    /// Which row repeats which newcomer.
    echoes: Vec<(usize, usize)>,
}

pub(super) struct Taking<'a> {
    pub population: &'a Population,
    pub ask: &'a Ask,
    pub basis: &'a Basis,
    pub job: i64,
    pub file: &'a str,
    pub settings: &'a Settings,
    /// Whether nothing may be written into the registry.
    pub trial: bool,
    /// What may be imported where; asked once for each commune.
    pub may: &'a mut HashMap<Option<UnitCode>, Option<FieldSet>>,
}

impl Taking<'_> {
    /// Takes a batch in. The caller holds the lock of the act sequence.
    pub(super) async fn take(&mut self, books: &mut Books<'_>, lines: &[Line]) -> Result<Settled, Error> {
        let known = Known::read(books, self.job, lines).await?;
        let tx = books.target()?;
        let from = store::reserve(tx, 0, 0, 0).await?;
        let mut settled = self.settle(books, from, lines, &known).await?;
        let tx = books.target()?;
        settled.write(&self.population.ledger, self.job, &self.ask.caller.actor, tx).await?;
        Ok(settled)
    }

    /// What a batch becomes in a registry that has come so far and in which this is known.
    pub(super) async fn settle(
        &mut self,
        books: &mut Books<'_>,
        from: Reserved,
        lines: &[Line],
        known: &Known,
    ) -> Result<Settled, Error> {
        let mut out = Outcome::default();
        let sorted = self.sort_out(lines, known, &mut out);
        let held = self.doubles(books, &sorted.newcomers, &mut out).await?;
        let newcomers = admitted(sorted, lines, known, held, &mut out);
        let mut settled = self.enter(from, newcomers, lines, known, out);
        let out = &mut settled.out;
        out.accepted = lines.len() as i64 - out.present - out.rejected.len() as i64;
        let warned: HashSet<usize> =
            out.warnings.iter().map(|(row, _)| *row).chain(out.remarked.iter().copied()).collect();
        out.warned = warned.len() as i64;
        Ok(settled)
    }

    /// Who is new, who is there, and what is refused.
    fn sort_out<'a>(&mut self, lines: &'a [Line], known: &Known, out: &mut Outcome) -> Sorted<'a> {
        let mut sorted = Sorted::default();
        let mut by_number: HashMap<(i16, i64), SmallVec<[usize; 2]>> = HashMap::with_capacity(lines.len());
        let mut by_name: HashMap<(&str, u32), Vec<usize>> = HashMap::new();
        for (at, line) in lines.iter().enumerate() {
            let told = &line.told;
            if !line.sound() {
                out.rejected.push((at, told.refused.clone()));
                continue;
            }
            if let Some(fault) = self.beyond(told) {
                out.rejected.push((at, vec![fault]));
                continue;
            }
            let in_registry = known.candidates(line);
            let of = |key: (i16, i64)| by_number.get(&key).map(SmallVec::as_slice).unwrap_or_default();
            let mut in_batch: Vec<usize> =
                told.number.map(|n| of((IN_FORCE, n.as_int())).to_vec()).unwrap_or_default();
            if in_batch.is_empty() && in_registry.is_empty() {
                let formers = told.formers.iter().flat_map(|c| of((FORMER, c.number.as_int())).to_vec());
                let named = |i: &usize| same_name(told, sorted.newcomers[*i].line.told.name.as_ref());
                in_batch = formers.filter(named).collect();
            }
            let name_key = line.name_alone().map(|(name, birth)| (name, birth.packed()));
            if let Some(key) = &name_key {
                in_batch = by_name.get(key).cloned().unwrap_or_default();
            }
            let household = line.household();
            let mut difference = None;
            let mut there = false;
            for person in in_registry.iter().filter_map(|id| known.persons.get(id)) {
                let differ = differences(told, person, &known.persons);
                if let (true, Some(name), Some(met)) = (differ.is_empty(), household, person.household) {
                    out.met.insert(name.to_owned(), met);
                }
                let actor = self.ask.caller.actor.clone();
                let subject = Subject::Person(person.id);
                let entry = Entry::shown(actor, self.basis.clone(), SERVICE, subject, told.fields());
                out.compared.push(self.ask.named(entry));
                there |= differ.is_empty();
                difference.get_or_insert(differ);
            }
            let mut echo = None;
            for i in &in_batch {
                let other = lawful::provisional(&sorted.newcomers[*i].line.told);
                let differ = differences(told, &other, &known.persons);
                if differ.is_empty() {
                    echo.get_or_insert(*i);
                }
                difference.get_or_insert(differ);
            }
            if there || echo.is_some() {
                out.present += 1;
                sorted.echoes.extend(echo.filter(|_| !there).map(|i| (at, i)));
                continue;
            }
            if let Some(differ) = difference.filter(|_| !told.is_numberless()) {
                if self.settings.differing == Differing::Reject {
                    out.rejected.push((at, differ.iter().map(|f| line.fault(f, DIFFERS)).collect()));
                    continue;
                }
                out.warnings.push((at, line.fault(Field::PersonalNumber, SECOND)));
            }
            out.warnings.extend(told.warnings.iter().map(|w| (at, w.clone())));
            let next = sorted.newcomers.len();
            if let Some(number) = told.number {
                by_number.entry((IN_FORCE, number.as_int())).or_default().push(next);
            }
            for claim in &told.formers {
                by_number.entry((FORMER, claim.number.as_int())).or_default().push(next);
            }
            if let Some(key) = name_key {
                by_name.entry(key).or_default().push(next);
            }
            let mut household = household;
            if told.life.is_dead() && household.take().is_some() {
                out.warnings.push((at, line.fault(Field::Household, DEAD_MEMBER)));
            }
            sorted.newcomers.push(Newcomer { line, id: PersonId(0), household });
        }
        sorted
    }

    /// Why the caller may not import the row.
    fn beyond(&mut self, told: &Told) -> Option<Fault> {
        let unit = told.permanent.new_unit.or_else(|| told.current().and_then(|a| a.new_unit));
        let (population, ask) = (self.population, self.ask);
        let allowed = *self.may.entry(unit).or_insert_with(|| {
            let units = with_provinces([unit]);
            let decided = population.policy.decide(
                &ask.caller,
                Action::ImportRecords,
                Resource::of(&units),
                ask.basis.as_ref(),
            );
            decided.ok().map(|release| release.fields)
        });
        let fault = |column, invalid, value: &str| Some(Fault { column, invalid, value: value.to_owned() });
        match allowed {
            None => {
                let code = unit.map(|u| u.to_string()).unwrap_or_default();
                fault(Column::PermanentUnit, if unit.is_some() { NOT_YOURS } else { NO_UNIT }, &code)
            }
            Some(fields) => {
                let field = told.fields().without(fields).iter().next()?;
                let column = Column::ALL.iter().copied().find(|c| c.field() == field)?;
                fault(column, FIELDS, "")
            }
        }
    }
}

/// Without those who are held back as possible duplicates, or whose household, which is there already, the rules do not let
/// them join; rows that repeat such a row share its fate.
fn admitted<'a>(
    sorted: Sorted<'a>,
    lines: &[Line],
    known: &Known,
    mut held: HashMap<usize, Fault>,
    out: &mut Outcome,
) -> Vec<Newcomer<'a>> {
    let today = PartialDate::today();
    let mut admitted = Vec::with_capacity(sorted.newcomers.len());
    for (i, newcomer) in sorted.newcomers.into_iter().enumerate() {
        let met = newcomer.household.and_then(|name| known.met.get(name).or_else(|| out.met.get(name)));
        let home = met.and_then(|id| known.households.get(id));
        let line = newcomer.line;
        let broken = home.map(|home| lawful::broken_by_joining(&line.told, home, today));
        let mut faults: Vec<Fault> = held.remove(&i).into_iter().collect();
        faults.extend(broken.into_iter().flatten().map(|(column, rule)| line.fault_at(column, rule)));
        if faults.is_empty() {
            out.remarked.extend((!line.remarks.is_empty()).then_some(line.at));
            admitted.push(newcomer);
            continue;
        }
        let mut refuse = |line: &Line| {
            out.warnings.retain(|(at, _)| *at != line.at);
            out.rejected.push((line.at, faults.clone()));
        };
        refuse(line);
        for (at, _) in sorted.echoes.iter().filter(|(_, of)| *of == i) {
            refuse(&lines[*at]);
            out.present -= 1;
        }
    }
    admitted
}
