//! What an import is: how a file is read, where it stands, what its rows became.

use super::batch::Outcome;
use crate::{columns::Column, service::Error, store::JobRow};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashSet};
use tabular::Mapping;
use vocabulary::{Invalid, Moment, Problem, Text, kinds};

/// What becomes of a row whose number is in the registry with other data, or whose person certainly has a record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Differing {
    /// It is rejected, with the fields that differ or the record that is there.
    #[default]
    Reject,
    /// It becomes a record of its own: two claims on one number are a finding, and a possible duplicate is warned of.
    Keep,
}

/// How a file is imported.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// Where the file is from: an office, a register. At most 100 characters; stands in the evidence of each act.
    pub source: String,
    /// Which column is which.
    pub mapping: Mapping,
    /// What becomes of rows that differ from their record.
    #[serde(default)]
    pub differing: Differing,
    /// The worksheet.
    #[serde(default)]
    pub sheet: Option<String>,
    /// The format of the file, in which rejected rows come back.
    #[serde(default)]
    pub format: Option<tabular::Format>,
    /// The separator of a CSV file.
    #[serde(default)]
    pub delimiter: Option<u8>,
    /// Rows in one transaction, at least.
    #[serde(default = "batch_rows")]
    pub batch: usize,
}

/// Rows in one transaction: enough to be fast, few enough that others need not wait long.
pub const IMPORT_BATCH: usize = 10_000;

fn batch_rows() -> usize {
    IMPORT_BATCH
}

/// A file that is to be imported.
#[derive(Clone, Debug)]
pub struct ImportFile {
    /// Its name, without folders.
    pub name: String,
    /// SHA-256 of its content, in hexadecimal.
    pub digest: String,
    /// Its size.
    pub bytes: u64,
}

/// Where an import stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImportState {
    /// The file is there, and nothing is done yet.
    Ready,
    /// Under way, or cut off: goes on where it stood.
    Reading,
    /// All rows are dealt with.
    Done,
    /// The file broke off; what stood before the fault is taken in.
    Failed,
}

impl ImportState {
    const ALL: [ImportState; 4] =
        [ImportState::Ready, ImportState::Reading, ImportState::Done, ImportState::Failed];

    /// Stable code.
    pub const fn code(self) -> &'static str {
        match self {
            ImportState::Ready => "ready",
            ImportState::Reading => "reading",
            ImportState::Done => "done",
            ImportState::Failed => "failed",
        }
    }
}

/// How many rows became what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Rows dealt with: the sum of accepted, present and rejected.
    pub rows: i64,
    /// Taken in.
    pub accepted: i64,
    /// Of these, with warnings.
    pub warned: i64,
    /// Already there.
    pub present: i64,
    /// Rejected.
    pub rejected: i64,
    /// Acts appended.
    pub acts: i64,
    /// Households formed.
    pub households: i64,
    /// Relatives linked after the last row.
    pub links: i64,
}

impl Counts {
    /// Each count with what it counts, as reports list them.
    pub fn named(&self) -> [(Text, i64); 8] {
        [
            (Text::new("Đã nhập", "Accepted"), self.accepted),
            (Text::new("– trong đó có cảnh báo", "– of these with warnings"), self.warned),
            (Text::new("Đã có sẵn, không đổi", "Already there, unchanged"), self.present),
            (Text::new("Bị từ chối", "Rejected"), self.rejected),
            (Text::new("Tổng số dòng", "Rows in all"), self.rows),
            (Text::new("Hộ được lập", "Households formed"), self.households),
            (Text::new("Người thân được liên kết sau cùng", "Relatives linked at the end"), self.links),
            (Text::new("Biến động được ghi", "Acts recorded"), self.acts),
        ]
    }
}

/// Why a row was rejected.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// The column, by the file's header.
    pub column: String,
    /// The rule.
    pub rule: String,
    /// The rule in Vietnamese.
    pub vi: String,
    /// The rule in English.
    pub en: String,
    /// The value; personal data.
    pub value: String,
}

/// A rule that rows broke.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tallied {
    /// The column, by the file's header.
    pub column: String,
    /// The rule in Vietnamese.
    pub vi: String,
    /// The rule in English.
    pub en: String,
    /// Whether rows were rejected for it.
    pub refuses: bool,
    /// How many rows.
    pub rows: u64,
    /// The first of them, as a spreadsheet counts.
    pub first: u64,
}

/// How often each rule was broken, by column and rule.
pub type Tally = BTreeMap<String, Tallied>;

/// An import.
#[derive(Clone, Debug)]
pub struct ImportJob {
    /// Its number.
    pub id: i64,
    /// The file.
    pub file: ImportFile,
    /// Who imports.
    pub owner: String,
    /// How.
    pub settings: Settings,
    /// Where it stands.
    pub state: ImportState,
    /// When it began.
    pub started: Moment,
    /// When it last came further.
    pub changed: Moment,
    /// How many rows became what.
    pub counts: Counts,
    /// What was wrong with them.
    pub tally: Tally,
    /// Why it stopped before the end.
    pub stopped: Option<(String, String)>,
}

/// A rejected row.
#[derive(Clone, Debug)]
pub struct Rejected {
    /// The row as a spreadsheet counts.
    pub row: u64,
    /// Its cells.
    pub cells: Vec<String>,
    /// Why.
    pub reasons: Vec<Reason>,
}

/// How far an import has come.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    /// How many rows became what, from the beginning of the job.
    pub counts: Counts,
    /// Bytes read and bytes in all.
    pub bytes: (u64, u64),
}

/// What the first rows would become, as far as the file alone tells.
#[derive(Clone, Debug)]
pub struct Preview {
    /// The columns, as recognised or as asked for.
    pub mapping: Mapping,
    /// The first rows: number, cells, why it would be rejected, warnings.
    pub rows: Vec<PreviewRow>,
}

/// A row of a preview.
#[derive(Clone, Debug)]
pub struct PreviewRow {
    /// The row as a spreadsheet counts.
    pub row: u64,
    /// Its cells.
    pub cells: Vec<String>,
    /// Why it would be rejected.
    pub refused: Vec<Reason>,
    /// What would be warned of.
    pub warnings: Vec<Reason>,
}

const MAPPING: Invalid =
    Invalid::new("import/no-name", "Chưa có cột nào là họ tên", "No column is the full name");
const MAPPING_FIELD: Invalid =
    Invalid::new("import/column", "Trường không có trong danh mục cột", "There is no such column");
const MAPPING_TWICE: Invalid = Invalid::new(
    "import/column-twice",
    "Hai cột cùng ghép vào một trường",
    "Two columns give the same field",
);
const SOURCE: Invalid = Invalid::new(
    "import/source",
    "Nguồn dữ liệu dài tối đa 100 ký tự",
    "The source has 100 characters at most",
);

impl Settings {
    /// What is wrong with the settings.
    pub(super) fn check(&self) -> Result<(), Problem> {
        let mut seen = HashSet::new();
        let mut violations = Vec::new();
        for mapped in &self.mapping.columns {
            let Some(field) = &mapped.field else { continue };
            if Column::from_code(field).is_none() {
                violations.push(MAPPING_FIELD.at(format!("column-{}", mapped.column)));
            } else if !seen.insert(field) {
                violations.push(MAPPING_TWICE.at(format!("column-{}", mapped.column)));
            }
        }
        let has = |column: Column| seen.contains(&column.code().to_owned());
        if !has(Column::Name) && !has(Column::Given) {
            violations.push(MAPPING.at("mapping"));
        }
        if self.source.chars().count() > 100 {
            violations.push(SOURCE.at("source"));
        }
        if violations.is_empty() { Ok(()) } else { Err(Problem::invalid(violations)) }
    }
}

impl ImportJob {
    pub(super) fn of(row: JobRow) -> Result<ImportJob, Error> {
        let broken = |_| Problem::new(&kinds::INTERNAL);
        let stopped: Option<(String, String)> =
            row.stopped.as_deref().map(serde_json::from_str).transpose().map_err(broken)?;
        Ok(ImportJob {
            id: row.id,
            file: ImportFile { name: row.file, digest: row.digest, bytes: row.bytes as u64 },
            owner: row.owner,
            settings: serde_json::from_str(&row.settings).map_err(broken)?,
            state: ImportState::ALL
                .into_iter()
                .find(|s| s.code() == row.state)
                .ok_or_else(|| Problem::new(&kinds::INTERNAL))?,
            started: row.started,
            changed: row.changed,
            counts: Counts {
                rows: row.done,
                accepted: row.accepted,
                warned: row.warned,
                present: row.present,
                rejected: row.rejected,
                acts: row.acts,
                households: row.households,
                links: row.links,
            },
            tally: serde_json::from_str(&row.tally).map_err(broken)?,
            stopped,
        })
    }

    pub(super) fn row(&self) -> Result<JobRow, Error> {
        let c = &self.counts;
        Ok(JobRow {
            id: self.id,
            file: self.file.name.clone(),
            digest: self.file.digest.clone(),
            bytes: self.file.bytes as i64,
            owner: self.owner.clone(),
            settings: json(&self.settings)?,
            state: self.state.code().to_owned(),
            started: self.started,
            changed: self.changed,
            done: c.rows,
            accepted: c.accepted,
            warned: c.warned,
            present: c.present,
            rejected: c.rejected,
            acts: c.acts,
            households: c.households,
            links: c.links,
            tally: json(&self.tally)?,
            stopped: self.stopped.as_ref().map(json).transpose()?,
        })
    }

    pub(super) fn count(&mut self, rows: usize, out: &Outcome) {
        let c = &mut self.counts;
        c.rows += rows as i64;
        c.accepted += out.accepted;
        c.warned += out.warned;
        c.present += out.present;
        c.rejected += out.rejected.len() as i64;
        c.acts += out.acts;
        c.households += out.households;
    }

    pub(super) fn tally(&mut self, reason: &Reason, refuses: bool, row: u64) {
        // A file of ten thousand kinds of fault is told by its first thousand.
        let key = format!("{} {}", reason.column, reason.rule);
        if self.tally.len() >= 1_000 && !self.tally.contains_key(&key) {
            return;
        }
        let tallied = self.tally.entry(key).or_insert_with(|| Tallied {
            column: reason.column.clone(),
            vi: reason.vi.clone(),
            en: reason.en.clone(),
            refuses,
            rows: 0,
            first: row,
        });
        tallied.rows += 1;
    }
}

pub(super) fn json<T: Serialize>(what: &T) -> Result<String, Error> {
    serde_json::to_string(what).map_err(|_| Problem::new(&kinds::INTERNAL).into())
}
