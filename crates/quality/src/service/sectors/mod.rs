//! Reconciliation with files of sectors: who may, runs and their files, what is not matched.

mod duplicates;
mod follow;
mod held;
mod repeated;
mod run;
mod watched;

pub use duplicates::{Bearer, DuplicatePage, OUTCOMES, Side};
pub use held::{HeldFile, HeldReader};
pub use run::{Opened, RunProgress, prepare};
pub(crate) use watched::Watch;
pub use watched::Watched;

use super::Quality;
use crate::{
    error::QualityError,
    problems::SECTOR_FILE,
    sectors::{KEY, Sector, Sectors},
    store::{
        self, Units,
        sectors::{self, CONTENT, Finding, RESULT, RunRow, Whose},
    },
};
use ::store::transact;
use access::Action;
use population::{Ask, reconcile::Met};
use serde::{Deserialize, Serialize};
use std::{
    collections::HashSet,
    io::{self, Read, Write},
};
use tabular::{Format, Mapping};
use vocabulary::{AgencyCode, Field, FieldSet, Invalid, Moment, PersonalNumber, Problem, Violation, kinds};

/// Rows of a list on a page.
const ROWS: i64 = 25;
/// Most runs in a list.
const LISTED: i64 = 50;
/// Bytes of a piece of a file in the store.
const PIECE: usize = 1 << 20;

/// A file that is to be reconciled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SectorFile {
    /// Its name, without folders.
    pub name: String,
    /// SHA-256 of its content, in hexadecimal.
    pub digest: String,
    /// Its size.
    pub bytes: u64,
}

/// How a file is read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SectorSettings {
    /// Which column is which.
    pub mapping: Mapping,
    /// The worksheet.
    pub sheet: Option<String>,
    /// The format, in which the result comes back.
    pub format: Format,
    /// The separator of a CSV file.
    pub delimiter: Option<u8>,
}

/// Rows by what became of them; they add up to all of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RowCounts {
    /// Rows dealt with.
    pub total: i64,
    /// Every field agrees.
    pub matched: i64,
    /// Fields differ.
    pub mismatched: i64,
    /// Nobody is found for certain.
    pub not_found: i64,
    /// The number is on another row, or another person's.
    pub duplicates: i64,
}

impl RowCounts {
    /// Rows of a kind.
    pub fn of(&self, met: Met) -> i64 {
        match met {
            Met::Matched => self.matched,
            Met::Mismatched => self.mismatched,
            Met::NotFound => self.not_found,
            Met::Duplicate => self.duplicates,
        }
    }

    pub(crate) fn add(&mut self, met: Met, count: i64) {
        self.total += count;
        match met {
            Met::Matched => self.matched += count,
            Met::Mismatched => self.mismatched += count,
            Met::NotFound => self.not_found += count,
            Met::Duplicate => self.duplicates += count,
        }
    }

    /// Hundredths of a percent of matched rows, with so many that the registry has made match since; `None` without rows.
    pub fn share(&self, settled: i64) -> Option<i64> {
        (self.matched + settled).checked_mul(10_000)?.checked_div(self.total)
    }
}

/// Where a run stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunState {
    /// The file is there, and nothing is done yet.
    Ready,
    /// Under way, or cut off.
    Working,
    /// All rows are answered.
    Done,
    /// It broke off; what was answered before stays.
    Failed,
}

impl RunState {
    const ALL: [RunState; 4] = [RunState::Ready, RunState::Working, RunState::Done, RunState::Failed];

    const fn number(self) -> i16 {
        match self {
            RunState::Ready => 1,
            RunState::Working => 2,
            RunState::Done => 3,
            RunState::Failed => 4,
        }
    }

    /// Stable code.
    pub const fn code(self) -> &'static str {
        match self {
            RunState::Ready => "ready",
            RunState::Working => "working",
            RunState::Done => "done",
            RunState::Failed => "failed",
        }
    }
}

/// A file's reconciliation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SectorRun {
    /// Its number.
    pub id: i64,
    /// The sector.
    pub sector: String,
    /// For which agency.
    pub agency: AgencyCode,
    /// By whom.
    pub who: String,
    /// The file.
    pub file: SectorFile,
    /// How it is read.
    pub settings: SectorSettings,
    /// Where it stands.
    pub state: RunState,
    /// When it began.
    pub began: Moment,
    /// When it came further last.
    pub changed: Moment,
    /// What became of its rows.
    pub counts: RowCounts,
    /// Why it broke off: Vietnamese, English.
    pub stopped: Option<(String, String)>,
}

impl SectorRun {
    fn of(row: RunRow) -> Result<SectorRun, QualityError> {
        let broken = |_| Problem::new(&kinds::INTERNAL);
        let state = RunState::ALL.into_iter().find(|s| s.number() == row.state);
        Ok(SectorRun {
            id: row.id,
            sector: row.sector,
            agency: row.agency,
            who: row.who,
            file: SectorFile { name: row.file, digest: row.digest, bytes: row.bytes.unsigned_abs() },
            settings: serde_json::from_str(&row.settings).map_err(broken)?,
            state: state.ok_or_else(|| Problem::new(&kinds::INTERNAL))?,
            began: row.began,
            changed: row.changed,
            counts: RowCounts {
                total: row.total,
                matched: row.matched,
                mismatched: row.mismatched,
                not_found: row.not_found,
                duplicates: row.duplicates,
            },
            stopped: row.stopped.as_deref().map(serde_json::from_str).transpose().map_err(broken)?,
        })
    }

    fn row(&self) -> Result<RunRow, QualityError> {
        let broken = |_| Problem::new(&kinds::INTERNAL);
        let c = &self.counts;
        Ok(RunRow {
            id: self.id,
            sector: self.sector.clone(),
            agency: self.agency.clone(),
            who: self.who.clone(),
            file: self.file.name.clone(),
            digest: self.file.digest.clone(),
            bytes: i64::try_from(self.file.bytes).unwrap_or(i64::MAX),
            settings: serde_json::to_string(&self.settings).map_err(broken)?,
            state: self.state.number(),
            began: self.began,
            changed: self.changed,
            total: c.total,
            matched: c.matched,
            mismatched: c.mismatched,
            not_found: c.not_found,
            duplicates: c.duplicates,
            stopped: self.stopped.as_ref().map(serde_json::to_string).transpose().map_err(broken)?,
        })
    }
}

const COLUMN: Invalid =
    Invalid::new("sector/column", "Trường không có trong danh mục cột", "There is no such column");
const TWICE: Invalid = Invalid::new(
    "sector/column-twice",
    "Hai cột cùng ghép vào một trường",
    "Two columns give the same field",
);
const NO_KEY: Invalid = Invalid::new(
    "sector/no-key",
    "Chưa có cột nào là mã riêng của ngành",
    "No column is the register's own key",
);
const NO_PERSON: Invalid = Invalid::new(
    "sector/no-person",
    "Cần cột số định danh, hoặc cột họ tên và cột ngày sinh",
    "A column of personal numbers is needed, or one of names and one of birth dates",
);

impl SectorSettings {
    /// What is wrong with them for a sector.
    ///
    /// # Errors
    /// Invalid.
    pub fn check(&self, sector: &Sector) -> Result<(), Problem> {
        let columns = sector.columns(vocabulary::Lang::En);
        let (mut seen, mut faults): (HashSet<&str>, Vec<Violation>) = (HashSet::new(), Vec::new());
        for mapped in &self.mapping.columns {
            let Some(field) = mapped.field.as_deref() else { continue };
            if columns.iter().all(|(code, _)| *code != field) {
                faults.push(COLUMN.at(format!("column-{}", mapped.column)));
            } else if !seen.insert(field) {
                faults.push(TWICE.at(format!("column-{}", mapped.column)));
            }
        }
        if !seen.contains(KEY) {
            faults.push(NO_KEY.at("mapping"));
        }
        let named =
            (seen.contains("full_name") || seen.contains("given_name")) && seen.contains("birth_date");
        if !seen.contains("personal_number") && !named {
            faults.push(NO_PERSON.at("mapping"));
        }
        if faults.is_empty() { Ok(()) } else { Err(Problem::invalid(faults)) }
    }
}

/// The next piece of a file; empty at its end.
fn piece(from: &mut impl io::Read) -> Result<Vec<u8>, QualityError> {
    let mut piece = Vec::with_capacity(PIECE);
    let read = from.take(PIECE as u64).read_to_end(&mut piece);
    read.map_err(|_| Problem::new(&kinds::INTERNAL))?;
    Ok(piece)
}

/// A file that cannot be read, as the problem for the caller.
pub(crate) fn unreadable(fault: Violation) -> Problem {
    Problem::new(&SECTOR_FILE).detail(fault.vi.clone(), fault.en.clone()).with(fault)
}

/// Who reconciles, as lists name them.
fn who(ask: &Ask) -> String {
    let actor = &ask.caller.actor;
    let officer = actor.officer.as_ref().map(|o| o.as_str());
    officer.or(actor.system.as_ref().map(|s| s.as_str())).unwrap_or("dancu").to_owned()
}

/// Whether the caller answers for all sectors and not for one.
fn is_steward(ask: &Ask) -> bool {
    ask.caller.has_role("data-steward")
}

impl Quality {
    /// The sectors in force.
    pub fn sectors(&self) -> &Sectors {
        self.rules().sectors()
    }

    /// The fields that the caller may have compared; refused who may not reconcile for the purpose stated.
    fn may_reconcile(&self, ask: &Ask) -> Result<FieldSet, QualityError> {
        Ok(self.population().reconcilable(ask)?)
    }

    /// The sectors that the caller may reconcile: a data steward all, others those of their agency.
    ///
    /// # Errors
    /// A refusal.
    pub fn own_sectors(&self, ask: &Ask) -> Result<Vec<&Sector>, QualityError> {
        self.may_reconcile(ask)?;
        let own = |s: &&Sector| is_steward(ask) || s.is_of(&ask.caller.actor.agency);
        Ok(self.sectors().all().iter().filter(own).collect())
    }

    /// A sector that the caller may reconcile.
    ///
    /// # Errors
    /// A refusal; not found, also where it is another agency's.
    pub fn own_sector(&self, ask: &Ask, id: &str) -> Result<&Sector, QualityError> {
        let found = self.own_sectors(ask)?.into_iter().find(|s| s.id == id);
        found.ok_or_else(|| Problem::new(&kinds::NOT_FOUND).into())
    }

    /// Of whose runs the caller sees rows: stewards of all agencies.
    fn of_agency<'a>(&self, ask: &'a Ask) -> Option<&'a AgencyCode> {
        (!is_steward(ask)).then_some(&ask.caller.actor.agency)
    }

    /// Begins a run, with its entry in the ledger; `content` is kept where the file would otherwise be gone by the time at
    /// which it is read.
    ///
    /// # Errors
    /// A refusal; invalid where the settings of a file that is not kept are.
    pub async fn begin_run(
        &self,
        ask: &Ask,
        sector: &str,
        file: SectorFile,
        settings: SectorSettings,
        content: Option<&HeldFile>,
    ) -> Result<SectorRun, QualityError> {
        let sector = self.own_sector(ask, sector)?;
        if content.is_none() {
            settings.check(sector)?;
        }
        let now = Moment::now();
        let mut run = SectorRun {
            id: 0,
            sector: sector.id.clone(),
            agency: ask.caller.actor.agency.clone(),
            who: who(ask),
            file,
            settings,
            state: RunState::Ready,
            began: now,
            changed: now,
            counts: RowCounts::default(),
            stopped: None,
        };
        let row = run.row()?;
        let added: Result<i64, QualityError> = transact!(self.store(), tx => {
            store::lock(tx).await?;
            let id = sectors::add_run(tx, &row).await?;
            sectors::drop_earlier(tx, &row.sector, &row.agency, id).await?;
            let mut from = content.map(HeldFile::reader);
            for part in 0i32.. {
                let Some(piece) = from.as_mut().map(piece).transpose()?.filter(|p| !p.is_empty()) else { break };
                sectors::add_part(tx, id, CONTENT, part, &piece).await?;
            }
            Ok(id)
        });
        run.id = added?;
        let basis = ask.basis.as_ref().map_or("", |b| b.legal_basis.as_str());
        let note = format!("{} {}: {}; {basis}", run.sector, run.id, run.file.digest);
        self.population().enter_reconciliation(ask, note).await?;
        Ok(run)
    }

    /// Changes how a file that has not been read yet is read.
    ///
    /// # Errors
    /// A refusal; invalid; conflict where the run has begun.
    pub async fn set_run(
        &self,
        ask: &Ask,
        id: i64,
        settings: SectorSettings,
    ) -> Result<SectorRun, QualityError> {
        let mut run = self.sector_run(ask, id).await?;
        settings.check(self.own_sector(ask, &run.sector)?)?;
        if run.state != RunState::Ready {
            return Err(Problem::new(&kinds::CONFLICT).into());
        }
        run.settings = settings;
        self.save(&run).await?;
        Ok(run)
    }

    async fn save(&self, run: &SectorRun) -> Result<(), QualityError> {
        let row = run.row()?;
        transact!(self.store(), tx => Ok(sectors::save_run(tx, &row).await?))
    }

    /// The latest runs of the caller's sectors, each with how many rows the registry has made match since.
    ///
    /// # Errors
    /// A refusal.
    pub async fn sector_runs(&self, ask: &Ask) -> Result<Vec<(SectorRun, i64)>, QualityError> {
        let ids: Vec<&str> = self.own_sectors(ask)?.iter().map(|s| s.id.as_str()).collect();
        let mut runs = Vec::new();
        for row in sectors::runs(self.store(), &ids, self.of_agency(ask), LISTED).await? {
            let settled = sectors::settled_of(self.store(), row.id).await?;
            runs.push((SectorRun::of(row)?, settled));
        }
        Ok(runs)
    }

    /// A run of one of the caller's sectors.
    ///
    /// # Errors
    /// A refusal; not found, also where it is another agency's.
    pub async fn sector_run(&self, ask: &Ask, id: i64) -> Result<SectorRun, QualityError> {
        self.may_reconcile(ask)?;
        let missing = || Problem::new(&kinds::NOT_FOUND);
        let row = sectors::run(self.store(), id).await?.ok_or_else(missing)?;
        self.own_sector(ask, &row.sector)?;
        if self.of_agency(ask).is_some_and(|own| *own != row.agency) {
            return Err(missing().into());
        }
        SectorRun::of(row)
    }

    /// How many rows of a run the registry has made match since.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn settled_of(&self, run: &SectorRun) -> Result<i64, QualityError> {
        Ok(sectors::settled_of(self.store(), run.id).await?)
    }

    /// A file that was sent and has not been read yet.
    ///
    /// # Errors
    /// A refusal; not found; where the disk does not take it.
    pub async fn run_content(&self, ask: &Ask, id: i64) -> Result<HeldFile, QualityError> {
        self.sector_run(ask, id).await?;
        let internal = |_| QualityError::from(Problem::new(&kinds::INTERNAL));
        let mut file = web::nameless_file().map_err(internal)?;
        for part in 0.. {
            let Some(piece) = sectors::part(self.store(), id, CONTENT, part).await? else { break };
            file.write_all(&piece).map_err(internal)?;
        }
        HeldFile::of(file).map_err(internal)
    }

    /// The result in the owner's format; `None` where there is none, or none any more.
    ///
    /// # Errors
    /// A refusal; not found.
    pub async fn run_result(&self, ask: &Ask, id: i64) -> Result<Option<Vec<u8>>, QualityError> {
        self.sector_run(ask, id).await?;
        let mut content = Vec::new();
        for part in 0.. {
            let Some(mut piece) = sectors::part(self.store(), id, RESULT, part).await? else { break };
            content.append(&mut piece);
        }
        Ok(Some(content).filter(|content| !content.is_empty()))
    }

    /// Keeps a result, a piece at a time.
    async fn keep_result(&self, run: i64, mut from: impl io::Read) -> Result<(), QualityError> {
        for part in 0i32.. {
            let content = piece(&mut from)?;
            if content.is_empty() {
                break;
            }
            let written: Result<(), QualityError> =
                transact!(self.store(), tx => Ok(sectors::add_part(tx, run, RESULT, part, &content).await?));
            written?;
        }
        transact!(self.store(), tx => Ok(sectors::drop_parts(tx, run, CONTENT).await?))
    }

    /// A page of the rows of a sector of one kind, and whether there are more.
    ///
    /// # Errors
    /// A refusal; not found.
    pub async fn sector_rows(
        &self,
        ask: &Ask,
        sector: &str,
        met: Met,
        page: i64,
    ) -> Result<(Vec<Finding>, bool), QualityError> {
        self.own_sector(ask, sector)?;
        let whose = Whose { sector, agency: self.of_agency(ask), units: &Units::All };
        let skip = (page.clamp(1, 100_000) - 1) * ROWS;
        let mut found = sectors::list(self.store(), &whose, met, skip, ROWS).await?;
        let more = found.len() as i64 > ROWS;
        found.truncate(ROWS as usize);
        Ok((found, more))
    }

    /// How many rows of a sector are of each kind now; of those that match only what the registry has made so.
    ///
    /// # Errors
    /// A refusal; not found.
    pub async fn sector_counts(&self, ask: &Ask, sector: &str) -> Result<RowCounts, QualityError> {
        self.own_sector(ask, sector)?;
        let whose = Whose { sector, agency: self.of_agency(ask), units: &Units::All };
        let mut counts = RowCounts::default();
        for (kind, count) in sectors::counts(self.store(), &whose).await? {
            if let Some(met) = Met::from_number(kind) {
                counts.add(met, count);
            }
        }
        Ok(counts)
    }

    /// Whether the caller may look at a row from the side of its sector.
    fn is_own_row(&self, ask: &Ask, finding: &Finding) -> bool {
        self.own_sector(ask, &finding.sector).is_ok()
            && self.of_agency(ask).is_none_or(|own| *own == finding.agency)
    }

    /// Whether the caller may look at a row from the side of the commune.
    fn is_in_commune(&self, ask: &Ask, finding: &Finding) -> bool {
        [Action::WorkCases, Action::ApproveCases].iter().any(|a| self.decide(ask, *a, finding.unit).is_ok())
    }

    /// A row that the caller may look at, from either side.
    ///
    /// # Errors
    /// Not found, also where it is nothing to the caller.
    pub async fn sector_row(&self, ask: &Ask, id: i64) -> Result<Finding, QualityError> {
        let missing = || Problem::new(&kinds::NOT_FOUND);
        let finding = sectors::find(self.store(), id).await?.ok_or_else(missing)?;
        if self.is_in_commune(ask, &finding) || self.is_own_row(ask, &finding) {
            Ok(finding)
        } else {
            Err(missing().into())
        }
    }
}

/// A number as both sides of a duplicate have it.
fn digits(number: i64) -> String {
    if number < 1_000_000_000 {
        return format!("{number:09}");
    }
    PersonalNumber::from_int(number).map_or_else(|| format!("{number:012}"), PersonalNumber::reveal)
}

/// The fields that a row's text of differences names.
pub(crate) fn fields_of(text: &str) -> Vec<(Field, population::reconcile::How)> {
    let one = |part: &str| {
        let (field, how) = part.split_once(':')?;
        Some((Field::from_code(field)?, population::reconcile::How::from_code(how)?))
    };
    text.split(' ').filter_map(one).collect()
}
