//! The file's side of an import: which column is which, and rows as facts, read beside the registry's work.

use super::lawful;
use super::{Reason, Settings};
use crate::{
    columns::{self, Column, Fault, Told},
    duplicates::traces,
    model::{Fact, LifeStatus, Relative},
    rules::Before,
};
use std::{
    collections::HashMap,
    hash::{DefaultHasher, Hash as _, Hasher as _},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};
use tabular::{Known, Mapping, Row, Severity, Table};
use tokio::sync::mpsc;
use vocabulary::{Address, Field, FieldSet, Invalid, PartialDate, Violation};

/// The cells of a row, in one piece of memory: rows wait by the ten thousand, and few are asked for their cells.
#[derive(Default)]
pub(super) struct Cells {
    text: String,
    ends: Vec<u32>,
}

impl Cells {
    fn of(row: &Row) -> Cells {
        let size = row.cells.iter().map(|c| c.text.len()).sum();
        let mut cells =
            Cells { text: String::with_capacity(size), ends: Vec::with_capacity(row.cells.len()) };
        for cell in &row.cells {
            cells.text.push_str(&cell.text);
            // A row is far below 4 GiB: see `tabular::Limits`.
            cells.ends.push(u32::try_from(cells.text.len()).unwrap_or(u32::MAX));
        }
        cells
    }

    /// A cell; empty where the row has none.
    fn get(&self, at: usize) -> &str {
        let start = at.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or_default();
        let end = self.ends.get(at).copied().unwrap_or(start);
        self.text.get(start as usize..end as usize).unwrap_or_default()
    }

    /// All cells, in order.
    pub(super) fn all(&self) -> Vec<&str> {
        (0..self.ends.len()).map(|at| self.get(at)).collect()
    }

    /// Bytes that they take.
    fn size(&self) -> usize {
        self.text.len() + self.ends.len() * size_of::<u32>()
    }
}

/// A row of the file as facts.
pub(super) struct Line {
    /// Its place in the batch.
    pub at: usize,
    /// The row as a spreadsheet counts.
    pub number: u64,
    /// Its cells.
    pub cells: Cells,
    /// What it tells.
    pub told: Told,
    /// The folded name; empty where there is none.
    pub folded: String,
    /// The household's name within the file; empty where the row is of none.
    household: String,
    /// Name and birth in short, and the same with day and month swapped.
    traces: [Option<u64>; 2],
    /// What the file's reader refuses about it.
    pub unread: Vec<Reason>,
    /// What it remarks: formulas, letters in another encoding.
    pub remarks: Vec<Reason>,
    places: Arc<Places>,
}

impl Line {
    /// Whether the row can be taken in as far as the row alone tells.
    pub(super) fn sound(&self) -> bool {
        self.unread.is_empty() && self.told.refused.is_empty()
    }

    /// Folded name and birth, where both are known: how doubles are looked for.
    pub(super) fn name_and_birth(&self) -> Option<(&str, PartialDate)> {
        (!self.folded.is_empty() && !self.told.birth.is_unknown()).then_some((&self.folded, self.told.birth))
    }

    /// The same in short.
    pub(super) fn trace(&self) -> Option<u64> {
        self.traces[0]
    }

    /// The same, and with day and month swapped, where that is another day.
    pub(super) fn traces(&self) -> impl Iterator<Item = u64> {
        self.traces.into_iter().flatten()
    }

    /// Folded name and date of birth, where a person could be known by nothing else.
    pub(super) fn name_alone(&self) -> Option<(&str, PartialDate)> {
        let told = &self.told;
        (told.name.is_some() && told.is_numberless()).then_some((&self.folded, told.birth))
    }

    /// The household's name within the file.
    pub(super) fn household(&self) -> Option<&str> {
        (!self.household.is_empty()).then_some(&self.household)
    }

    /// A fault of a field, at the first of its columns that the file has.
    pub(super) fn fault(&self, field: Field, invalid: Invalid) -> Fault {
        let of = |c: &&Column| c.field() == field;
        let filled = Column::ALL.iter().filter(of).find(|c| !self.cell(**c).is_empty());
        let column = filled.or_else(|| Column::ALL.iter().find(of)).copied().unwrap_or(Column::Name);
        self.fault_at(column, invalid)
    }

    /// A fault of a column.
    pub(super) fn fault_at(&self, column: Column, invalid: Invalid) -> Fault {
        Fault { column, invalid, value: self.cell(column).to_owned() }
    }

    fn cell(&self, column: Column) -> &str {
        self.places.cell(&self.cells, column)
    }
}

/// Where each column stands in the file.
pub(super) struct Places {
    at: Vec<Option<usize>>,
    pub headers: Vec<String>,
}

impl Places {
    pub(super) fn new(mapping: &Mapping) -> Places {
        let by_code: HashMap<&str, usize> =
            mapping.columns.iter().filter_map(|m| Some((m.field.as_deref()?, m.column))).collect();
        Places {
            at: Column::ALL.iter().map(|c| by_code.get(c.code()).copied()).collect(),
            headers: mapping.columns.iter().map(|m| m.header.clone()).collect(),
        }
    }

    fn cell<'a>(&self, cells: &'a Cells, column: Column) -> &'a str {
        self.at[column as usize].map_or("", |at| cells.get(at))
    }

    /// A fault as the office reads it: under its own header.
    pub(super) fn reason(&self, fault: &Fault) -> Reason {
        let header = self.at[fault.column as usize].and_then(|at| self.headers.get(at));
        Reason {
            column: header.cloned().unwrap_or_else(|| fault.column.text().vi.to_owned()),
            rule: fault.invalid.rule.to_owned(),
            vi: fault.invalid.text.vi.to_owned(),
            en: fault.invalid.text.en.to_owned(),
            value: fault.value.clone(),
        }
    }

    /// A row as facts.
    pub(super) fn line(
        places: &Arc<Places>,
        at: usize,
        row: &Row,
        today: PartialDate,
        before: &mut Before,
    ) -> Line {
        let said = |weight: Severity| -> Vec<Reason> {
            let notices = row.notices.iter().filter(|n| n.severity == weight);
            let header = |at: Option<usize>| at.and_then(|at| places.headers.get(at)).cloned();
            notices
                .map(|n| Reason {
                    column: header(n.column).unwrap_or_default(),
                    rule: n.rule.to_owned(),
                    vi: n.text.vi.to_owned(),
                    en: n.text.en.to_owned(),
                    value: String::new(),
                })
                .collect()
        };
        let (unread, remarks) = (said(Severity::Error), said(Severity::Warning));
        let cells = Cells::of(row);
        let mut told = columns::read(|c| places.cell(&cells, c), today);
        if told.refused.is_empty() {
            let fault = |(column, invalid): (Column, Invalid)| {
                let value = places.cell(&cells, column).to_owned();
                Fault { column, invalid, value }
            };
            told.refused = lawful::broken(&mut told, today, before).into_iter().map(fault).collect();
        }
        let folded = told.name.as_ref().map(|name| name.folded()).unwrap_or_default();
        let birth = Some(told.birth).filter(|birth| !folded.is_empty() && !birth.is_unknown());
        let traces = [birth, birth.and_then(traces::swapped)].map(|birth| Some(trace(&folded, birth?)));
        let household = told.home().map(|(kind, name)| format!("{kind}:{name}")).unwrap_or_default();
        let places = Arc::clone(places);
        Line { at, number: row.number, cells, told, folded, household, traces, unread, remarks, places }
    }
}

/// A folded name and a birth in short: equal where both are, and hardly ever otherwise.
pub(super) fn trace(name: &str, birth: PartialDate) -> u64 {
    let mut hasher = DefaultHasher::new();
    (name, birth.packed()).hash(&mut hasher);
    hasher.finish()
}

/// Columns that offices keep apart from the register: never taken for one of it.
const UNSURE: u8 = 75;

/// Which column is which, by the headers alone. A match that a person should look at first is left out.
pub fn recognise(headers: &[String]) -> Mapping {
    let names: Vec<Vec<&'static str>> = Column::ALL
        .iter()
        .map(|c| {
            let text = c.text();
            [text.vi, text.en].into_iter().chain(c.other_names().iter().copied()).collect()
        })
        .collect();
    let known: Vec<Known<'_>> =
        Column::ALL.iter().zip(&names).map(|(c, names)| Known { code: c.code(), names }).collect();
    let mut mapping = tabular::match_headers(headers, &known);
    for mapped in mapping.columns.iter_mut().filter(|m| m.certainty < UNSURE) {
        mapped.field = None;
    }
    mapping
}

/// Every header by which a column is known: what tells the header row from others.
pub fn known_headers() -> Vec<String> {
    let names = |c: &Column| {
        let text = c.text();
        [c.code(), text.vi, text.en].into_iter().chain(c.other_names().iter().copied())
    };
    Column::ALL.iter().flat_map(names).map(str::to_owned).collect()
}

/// Rows that are dealt with together.
pub(super) struct Parcel {
    pub lines: Vec<Line>,
    /// How much of the file has been read, and how much there is, in bytes.
    pub progress: (u64, u64),
}

/// Rows in one transaction at most; beyond it others would wait too long.
const BATCH_MOST: usize = 20_000;
/// Bytes of cells in a parcel: rows may be large, and memory is not.
const PARCEL: usize = 24 << 20;

/// What comes from the file, in order.
pub(super) struct Parcels {
    coming: mpsc::Receiver<Result<Option<Parcel>, Violation>>,
    done_with: std::sync::mpsc::Sender<Vec<Line>>,
}

impl Parcels {
    /// The next one; none where the reader has stopped or died.
    pub(super) async fn next(&mut self) -> Option<Result<Option<Parcel>, Violation>> {
        self.coming.recv().await
    }

    /// Hands lines back to the thread that made them: it has the time to take them apart, and their memory at hand for the
    /// next ones.
    pub(super) fn done_with(&self, lines: Vec<Line>) {
        // A reader that is through takes none back; they end here, then.
        let _ = self.done_with.send(lines);
    }
}

/// Reads a file beside the registry's work, from a row on, in batches, and says when it is at its end. A batch does not end
/// within a household, unless that is very large.
pub(super) fn read_parcels(
    mut table: Table,
    settings: &Settings,
    skip: i64,
    stop: Arc<AtomicBool>,
) -> Parcels {
    // One parcel is made while the one before is made ready and another one written: more would only take memory.
    let (sender, coming) = mpsc::channel(1);
    let (done_with, used) = std::sync::mpsc::channel::<Vec<Line>>();
    let places = Arc::new(Places::new(&settings.mapping));
    let batch = settings.batch.clamp(1, BATCH_MOST);
    tokio::task::spawn_blocking(move || {
        let today = PartialDate::today();
        let mut lines: Vec<Line> = Vec::new();
        let (mut skip, mut room) = (skip, PARCEL);
        let runtime = tokio::runtime::Handle::current();
        let send = |lines: Vec<Line>, progress| {
            let sent = lines.is_empty() || sender.blocking_send(Ok(Some(Parcel { lines, progress }))).is_ok();
            used.try_iter().for_each(drop);
            // The next one is begun once this one has been taken.
            sent && runtime.block_on(sender.reserve()).is_ok()
        };
        let (mut row, mut before) = (Row::default(), Before::default());
        loop {
            if stop.load(Ordering::Relaxed) {
                return;
            }
            match table.read(&mut row) {
                Err(fault) => {
                    // What was read before it is taken in, so that the report says how far the file was sound.
                    if send(std::mem::take(&mut lines), table.progress()) {
                        let _ = sender.blocking_send(Err(fault));
                    }
                    return;
                }
                Ok(false) => {
                    if send(lines, table.progress()) {
                        let _ = sender.blocking_send(Ok(None));
                    }
                    return;
                }
                Ok(true) if skip > 0 => skip -= 1,
                Ok(true) => {
                    let mut line = Places::line(&places, lines.len(), &row, today, &mut before);
                    let together = || {
                        let last = lines.last().and_then(|l| l.told.home());
                        last.is_some() && last == line.told.home()
                    };
                    let full = lines.len() >= batch && (lines.len() >= 2 * batch || !together());
                    if full || room == 0 {
                        (line.at, room) = (0, PARCEL);
                        let next = Vec::with_capacity(lines.len());
                        if !send(std::mem::replace(&mut lines, next), table.progress()) {
                            return;
                        }
                    }
                    room = room.saturating_sub(line.cells.size());
                    lines.push(line);
                }
            }
        }
    });
    Parcels { coming, done_with }
}

impl Told {
    /// What the household goes by within the file, and how: its group, or else its residence file.
    pub(super) fn home(&self) -> Option<(&'static str, &str)> {
        match (self.group.as_str(), self.file.as_str()) {
            ("", "") => None,
            ("", file) => Some(("file", file)),
            (group, _) => Some(("group", group)),
        }
    }

    /// Whether the row has no number by which a person could be known.
    pub(super) fn is_numberless(&self) -> bool {
        self.number.is_none() && self.formers.is_empty()
    }

    pub(super) fn relatives(&self) -> impl Iterator<Item = (&'static str, &Relative)> {
        self.facts.iter().filter_map(|fact| match fact {
            Fact::Father(Some(r)) => Some(("father", r)),
            Fact::Mother(Some(r)) => Some(("mother", r)),
            Fact::Spouse(Some(r)) => Some(("spouse", r)),
            Fact::Guardian(Some(r)) => Some(("guardian", r)),
            _ => None,
        })
    }

    pub(super) fn current(&self) -> Option<&Address> {
        self.facts.iter().find_map(|fact| match fact {
            Fact::Current(a) => Some(a),
            _ => None,
        })
    }

    /// The fields that the row tells of.
    pub(super) fn fields(&self) -> FieldSet {
        let mut fields: FieldSet = self.facts.iter().map(Fact::field).collect();
        for (field, told) in [
            (Field::PermanentResidence, !self.permanent.is_empty()),
            (Field::Household, self.home().is_some()),
            (Field::RelationToHead, self.relation.is_some()),
            (Field::PersonalNumber, !self.past.is_empty()),
            (Field::TemporaryResidence, self.temporary.is_some()),
            (Field::TemporaryAbsence, self.absence.is_some()),
            (Field::LifeStatus, self.life != LifeStatus::Alive),
        ] {
            if told {
                fields = fields.or(FieldSet::of(&[field]));
            }
        }
        fields
    }
}
