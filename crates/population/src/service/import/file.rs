//! The file's side of an import: which column is which, and rows as facts, read beside the registry's work.

use super::{Reason, Settings};
use crate::columns::{self, Column, Fault, Told};
use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};
use tabular::{Known, Mapping, Row, Severity, Table};
use tokio::sync::mpsc;
use vocabulary::{Field, Invalid, PartialDate, Violation};

/// A row of the file as facts.
pub(super) struct Line {
    /// Its place in the batch.
    pub at: usize,
    /// The row as a spreadsheet counts.
    pub number: u64,
    /// Its cells.
    pub cells: Vec<String>,
    /// What it tells.
    pub told: Told,
    /// What the file's reader refuses about it.
    pub unread: Vec<Reason>,
    places: Arc<Places>,
}

impl Line {
    /// Whether the row can be taken in as far as the row alone tells.
    pub(super) fn sound(&self) -> bool {
        self.unread.is_empty() && self.told.refused.is_empty()
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

    fn cell<'a>(&self, cells: &'a [String], column: Column) -> &'a str {
        self.at[column as usize].and_then(|at| cells.get(at)).map_or("", String::as_str)
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
    pub(super) fn line(places: &Arc<Places>, at: usize, row: Row, today: PartialDate) -> Line {
        let errors = row.notices.iter().filter(|n| n.severity == Severity::Error);
        let unread = errors
            .map(|n| Reason {
                column: n.column.and_then(|c| places.headers.get(c)).cloned().unwrap_or_default(),
                rule: n.rule.to_owned(),
                vi: n.text.vi.to_owned(),
                en: n.text.en.to_owned(),
                value: String::new(),
            })
            .collect();
        let cells: Vec<String> = row.cells.into_iter().map(|c| c.text).collect();
        let told = columns::read(|c| places.cell(&cells, c), today);
        Line { at, number: row.number, cells, told, unread, places: Arc::clone(places) }
    }
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

/// Reads a file beside the registry's work, from a row on, in batches. A batch does not end within a household, unless
/// that is very large.
pub(super) fn read_parcels(
    mut table: Table,
    settings: &Settings,
    skip: i64,
    stop: Arc<AtomicBool>,
) -> mpsc::Receiver<Result<Parcel, Violation>> {
    let (sender, parcels) = mpsc::channel(2);
    let places = Arc::new(Places::new(&settings.mapping));
    let batch = settings.batch.clamp(1, 20_000);
    tokio::task::spawn_blocking(move || {
        let today = PartialDate::today();
        let mut lines: Vec<Line> = Vec::new();
        let mut skip = skip;
        let send = |lines: Vec<Line>, progress| {
            lines.is_empty() || sender.blocking_send(Ok(Parcel { lines, progress })).is_ok()
        };
        loop {
            if stop.load(Ordering::Relaxed) {
                return;
            }
            let mut row = Row::default();
            match table.read(&mut row) {
                Err(fault) => {
                    // What was read before it is taken in, so that the report says how far the file was sound.
                    if send(std::mem::take(&mut lines), table.progress()) {
                        let _ = sender.blocking_send(Err(fault));
                    }
                    return;
                }
                Ok(false) => {
                    send(lines, table.progress());
                    return;
                }
                Ok(true) if skip > 0 => skip -= 1,
                Ok(true) => {
                    let mut line = Places::line(&places, lines.len(), row, today);
                    let together = || {
                        let last = lines.last().and_then(|l| l.told.household());
                        last.is_some() && last == line.told.household()
                    };
                    if lines.len() >= batch && (lines.len() >= 2 * batch || !together()) {
                        line.at = 0;
                        if !send(std::mem::take(&mut lines), table.progress()) {
                            return;
                        }
                    }
                    lines.push(line);
                }
            }
        }
    });
    parcels
}
