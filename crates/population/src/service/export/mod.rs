//! Export (*kết xuất dữ liệu*): the people of a unit as a register file, with the fields that are granted for the
//! purpose stated.
//!
//! Everybody in the file has an entry of his own in the ledger, as for every other look at his record, and is opened by
//! its receipt; one more entry stands for the whole, with the count of persons and the hash of the file. All entries of
//! an export carry the same request. A file gets its name when the last of them is durable.

mod file;

pub use crate::store::PastExport;
pub use file::FileFormat;

use super::{Ask, Error, Population, desk::within, with_provinces};
use crate::{
    columns::{Column, Shown},
    problems::{BATCH_BUSY, EXPORT_TOO_LARGE},
    sealed::{FileRecord, FileView},
    store::{self, Roll, Within},
};
use ::store::{StoreError, transact};
use access::{Action, UnitScope};
use file::{Cells, RegisterFile, Written};
use ledger::{Entry, Sealed, Subject};
use reference::{Era, units};
use std::{
    collections::HashMap,
    fs::{File, OpenOptions},
    io::{self, Seek},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};
use tokio::sync::mpsc;
use vocabulary::{
    Basis, Field, FieldSet, HouseholdId, Invalid, Moment, PersonId, Problem, StaffId, SystemId, UnitCode,
    kinds,
};

/// Most persons in one file that is made for a browser, which waits for it.
pub const EXPORT_PERSONS: usize = 100_000;

/// Most persons in any file: their identifiers are held in memory.
pub const EXPORT_MOST: usize = 20_000_000;

/// Most exports in a list.
const LISTED: i64 = 50;

/// Persons whose entries share a durable write: as many as the ledger takes at once.
const STRIDE: usize = 1024;

const SERVICE: &str = "population.export";

const UNIT: Invalid = Invalid::new(
    "export/unit",
    "Không có tỉnh hoặc xã mang mã này từ 01/7/2025",
    "There is no province or commune with this code since 1 July 2025",
);
const NO_FIELD: Invalid = Invalid::new("export/fields", "Chọn ít nhất một mục", "Choose at least one field");
const NOT_IN_FILES: Invalid =
    Invalid::new("export/field-without-column", "Mục này không có trong tệp", "Files do not hold this field");
const NOT_GRANTED: Invalid = Invalid::new(
    "export/field-not-granted",
    "Quyền của bạn với mục đích này không cho phép xuất mục này",
    "Your grants for this purpose do not allow this field to be exported",
);

/// What is to be exported.
#[derive(Clone, Debug)]
pub struct ExportOf {
    /// A province or commune since 1 July 2025; without it, all units of the caller.
    pub unit: Option<UnitCode>,
    /// The fields; without them, all that are granted.
    pub fields: Option<FieldSet>,
    /// The form of the file.
    pub format: FileFormat,
    /// Whether a first column `record` has `#` and the record's number, by which other commands know it.
    pub records: bool,
    /// Most persons, [`EXPORT_MOST`] without; more of them is a problem, and no file.
    pub most: Option<usize>,
}

/// The fields that files can hold.
fn fields_of_files() -> FieldSet {
    Column::ALL.iter().map(|c| c.field()).collect()
}

/// An export that is allowed, before the first person is read.
struct Plan {
    fields: FieldSet,
    columns: Vec<Column>,
    /// `None`: the whole country.
    communes: Option<Vec<UnitCode>>,
    units: String,
    format: FileFormat,
    records: bool,
}

impl Population {
    /// The fields that the caller may export somewhere, for the purpose stated.
    ///
    /// # Errors
    /// Forbidden where there is none.
    pub fn exportable(&self, ask: &Ask) -> Result<FieldSet, Error> {
        let reach = self.policy.reach(&ask.caller, Action::Export, ask.basis.as_ref())?;
        Ok(reach.own_units.fields.and(fields_of_files()))
    }

    /// The newest exports: of all for a caller of the whole country, else of the caller's agency. The list tells of
    /// officers and counts, and of nobody exported.
    ///
    /// # Errors
    /// Forbidden for those who may not export.
    pub async fn exports(&self, ask: &Ask) -> Result<Vec<PastExport>, Error> {
        self.exportable(ask)?;
        let own = (ask.caller.units != UnitScope::Everywhere).then_some(&ask.caller.actor.agency);
        Ok(store::exports(&self.store, own, LISTED).await?)
    }

    /// Exports to a new file, readable by its owner alone. `progress` hears how many persons are done, and of
    /// how many.
    ///
    /// # Errors
    /// As of [`Population::export`]; also where the file exists. Nothing is left at `to` then.
    pub async fn export_to(
        &self,
        ask: &Ask,
        wanted: &ExportOf,
        to: &Path,
        progress: impl Fn(u64, u64) + Send,
    ) -> Result<PastExport, Error> {
        let unfinished = Unfinished::create(to).map_err(Error::File)?;
        let file = unfinished.file.try_clone().map_err(Error::File)?;
        let made = self.export(ask, wanted, file, progress).await?;
        unfinished.complete(to).map_err(Error::File)?;
        Ok(made)
    }

    /// Exports into an empty file. When this returns, the file lies on the disk and its entries are durable.
    ///
    /// # Errors
    /// Forbidden where no grant covers the unit or a field, by name, which leaves an entry; invalid where the unit does
    /// not exist; too large; otherwise where reading or writing fails. What the file then holds is not whole, and the
    /// ledger says that the export was broken off.
    pub async fn export(
        &self,
        ask: &Ask,
        wanted: &ExportOf,
        file: File,
        progress: impl Fn(u64, u64) + Send,
    ) -> Result<PastExport, Error> {
        let basis = ask.basis()?;
        let mut ask = ask.clone();
        ask.request.get_or_insert_with(|| format!("export-{:016x}", rand::random::<u64>()));
        let plan = self.plan(&ask, wanted).await?;
        let _place = self.batches.clone().try_acquire_owned().map_err(|_| Problem::new(&BATCH_BUSY))?;
        let most = wanted.most.unwrap_or(EXPORT_MOST).min(EXPORT_MOST);
        let roll = store::roll(&self.store, plan.communes.as_deref(), most).await?;
        if roll.persons.len() > most {
            return Err(Problem::new(&EXPORT_TOO_LARGE).into());
        }
        let mut persons = 0;
        let outcome = match self.write(&ask, &plan, &roll, file, &mut persons, progress).await {
            Ok(written) => self.conclude(&ask, basis, &plan, &roll, written).await,
            Err(error) => Err(error),
        };
        if outcome.is_err() {
            let note = format!("bị ngắt sau {persons} người (broken off after {persons} persons)");
            let entry = Entry::operation(ask.caller.actor.clone(), SERVICE).note(note);
            self.ledger.append(ask.named(entry)).await?;
        }
        outcome
    }

    /// Exports into a file without a name, for an answer over HTTP. It is read from its beginning.
    ///
    /// # Errors
    /// As of [`Population::export`].
    pub async fn export_aside(&self, ask: &Ask, wanted: &ExportOf) -> Result<(PastExport, File), Error> {
        let mut file = nameless().map_err(Error::File)?;
        let copy = file.try_clone().map_err(Error::File)?;
        let made = self.export(ask, wanted, copy, |_, _| {}).await?;
        file.rewind().map_err(Error::File)?;
        Ok((made, file))
    }

    /// What is exported, where the caller may.
    async fn plan(&self, ask: &Ask, wanted: &ExportOf) -> Result<Plan, Error> {
        let (asked, scope) = match (wanted.unit, &ask.caller.units) {
            (Some(unit), _) => {
                units::find(unit, Era::Since2025).ok_or_else(|| Problem::from(UNIT.at("unit")))?;
                (with_provinces([Some(unit)]), UnitScope::Units(vec![unit]))
            }
            (None, UnitScope::Units(own)) => (own.clone(), ask.caller.units.clone()),
            (None, UnitScope::Everywhere) => (Vec::new(), UnitScope::Everywhere),
        };
        let release = self.decide(ask, Action::Export, SERVICE, Subject::Nobody, &asked).await?;
        let fields = wanted.fields.unwrap_or(release.fields.and(fields_of_files()));
        let problem = |fields: FieldSet, rule: Invalid| fields.iter().map(|f| rule.at(f.code())).collect();
        let columnless = fields.without(fields_of_files());
        if !columnless.is_empty() {
            return Err(Problem::invalid(problem(columnless, NOT_IN_FILES)).into());
        }
        if fields.is_empty() {
            return Err(Problem::from(NO_FIELD.at("fields")).into());
        }
        let beyond = fields.without(release.fields);
        if !beyond.is_empty() {
            let actor = ask.caller.actor.clone();
            let entry = Entry::refused(actor, ask.basis.clone(), SERVICE, Subject::Nobody, beyond);
            self.ledger.append(ask.named(entry)).await?;
            let violations = problem(beyond, NOT_GRANTED);
            return Err(Problem { violations, ..Problem::new(&kinds::FORBIDDEN) }.into());
        }
        let communes = match within(&scope) {
            Within::Everywhere => None,
            Within::Communes(communes) => {
                let mut communes: Vec<UnitCode> = communes.into_iter().collect();
                communes.sort_unstable();
                Some(communes)
            }
        };
        Ok(Plan {
            fields,
            columns: Column::of(fields),
            communes,
            units: scope.to_string(),
            format: wanted.format,
            records: wanted.records,
        })
    }

    /// Reads, enters, opens and writes, some hundred persons at a time; `persons` counts those entered.
    async fn write(
        &self,
        ask: &Ask,
        plan: &Plan,
        roll: &Roll,
        file: File,
        persons: &mut u64,
        progress: impl Fn(u64, u64) + Send,
    ) -> Result<Written, Error> {
        let basis = ask.basis()?;
        let (rows, mut arriving) = mpsc::channel::<Cells>(2);
        let (format, records, columns) = (plan.format, plan.records, plan.columns.clone());
        // The disk, and compression, keep no other request waiting.
        let writer = tokio::task::spawn_blocking(move || {
            let mut to = RegisterFile::begin(file, format, &columns, records)?;
            while let Some(cells) = arriving.blocking_recv() {
                to.rows(&cells)?;
            }
            to.finish()
        });
        let mut households = HashMap::new();
        let mut strides = roll.persons.chunks(STRIDE);
        let mut next = self.stride(roll, strides.next()).await?;
        while !next.is_empty() {
            let shown = |record: &Sealed<FileRecord>| {
                let actor = ask.caller.actor.clone();
                let entry = Entry::shown(actor, basis.clone(), SERVICE, record.subject(), plan.fields);
                self.entered(ask, entry)
            };
            let entries = next.iter().map(shown).collect();
            // The next records are read while the entries of these become durable.
            let (receipts, following) =
                tokio::join!(self.ledger.append_all(entries), self.stride(roll, strides.next()));
            let receipts = receipts?;
            *persons += receipts.len() as u64;
            let mut cells = Cells::default();
            for (record, receipt) in next.into_iter().zip(&receipts) {
                let record = record.open(receipt)?;
                if plan.records {
                    cells.push(|text| {
                        text.push('#');
                        text.push_str(&record.person.person.id.to_string());
                    });
                }
                put(&record, &plan.columns, &mut households, &mut cells);
            }
            if rows.send(cells).await.is_err() {
                break;
            }
            progress(*persons, roll.persons.len() as u64);
            next = following?;
        }
        drop(rows);
        let written = writer.await.map_err(|stopped| Error::File(io::Error::other(stopped)))?;
        let written = written.map_err(Error::File)?;
        if *persons != roll.persons.len() as u64 {
            // Less than the whole must never look like the whole.
            return Err(StoreError::Other("a record of the roll is not there".to_owned()).into());
        }
        Ok(written)
    }

    /// Some persons of the roll; none without.
    async fn stride(
        &self,
        roll: &Roll,
        persons: Option<&[PersonId]>,
    ) -> Result<Vec<Sealed<FileRecord>>, Error> {
        Ok(store::people(&self.store, roll.until, persons.unwrap_or_default()).await?)
    }

    /// The entry for the whole, and its line in the list, in one transaction.
    async fn conclude(
        &self,
        ask: &Ask,
        basis: Basis,
        plan: &Plan,
        roll: &Roll,
        written: Written,
    ) -> Result<PastExport, Error> {
        let actor = &ask.caller.actor;
        let who = actor.officer.as_ref().map(StaffId::as_str).or(actor.system.as_ref().map(SystemId::as_str));
        let codes: Vec<&str> = plan.fields.iter().map(Field::code).collect();
        let mut made = PastExport {
            entry: 0,
            at: Moment::now(),
            who: who.unwrap_or_default().to_owned(),
            agency: actor.agency.clone(),
            units: plan.units.clone(),
            fields: codes.join(" "),
            format: plan.format.code().to_owned(),
            until: roll.until,
            persons: roll.persons.len() as i64,
            bytes: written.bytes as i64,
            sha256: written.sha256.to_vec(),
            purpose: basis.purpose.code().to_owned(),
            legal_basis: basis.legal_basis.as_str().to_owned(),
        };
        let note = made.note();
        let pending = transact!(self.store, tx => {
            let entry = Entry::shown(actor.clone(), basis.clone(), SERVICE, Subject::Nobody, plan.fields);
            let pending = self.ledger.append_in(tx, ask.named(entry.note(note.as_str()))).await?;
            made.entry = pending.seq() as i64;
            store::save_export(tx, &made).await?;
            Ok::<_, Error>(pending)
        })?;
        self.ledger.confirm(pending).await?;
        Ok(made)
    }
}

impl PastExport {
    /// SHA-256 of the file, as `sha256sum` prints it.
    pub fn hash(&self) -> String {
        self.sha256.iter().map(|b| format!("{b:02x}")).collect()
    }

    /// What the entry for the whole says beside the fields.
    fn note(&self) -> String {
        let count = self.units.split(' ').count();
        let units = if count > 20 { format!("{count} đơn vị (units)") } else { self.units.clone() };
        let (persons, bytes) = (self.persons, self.bytes);
        let (until, format, hash) = (self.until, &self.format, self.hash());
        format!(
            "{units}; biến động đến số (acts up to) {until}; {format}; {persons} người (persons); {bytes} byte; sha256 {hash}"
        )
    }
}

/// The cells of a person. A household is named by the ordinal of its first appearance.
fn put(view: &FileView, columns: &[Column], households: &mut HashMap<HouseholdId, usize>, cells: &mut Cells) {
    let next = households.len() + 1;
    let group = view.person.person.household.map(|id| households.entry(id).or_insert(next).to_string());
    let shown = Shown {
        person: &view.person.person,
        kin: &view.person.kin,
        group: group.as_deref().unwrap_or_default(),
        file: &view.file,
    };
    for column in columns {
        cells.push(|out| shown.cell(*column, out));
    }
}

/// A new file that its owner alone reads.
fn private(path: &Path) -> io::Result<File> {
    let named = |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", path.display()));
    OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(path).map_err(named)
}

/// A file that is gone when it is closed.
fn nameless() -> io::Result<File> {
    let path = std::env::temp_dir().join(format!("dancu-export-{:016x}", rand::random::<u64>()));
    let file = private(&path)?;
    std::fs::remove_file(&path)?;
    Ok(file)
}

/// A file beside the one wanted, which goes away unless it is completed.
struct Unfinished {
    file: File,
    path: PathBuf,
}

impl Unfinished {
    fn create(to: &Path) -> io::Result<Unfinished> {
        if to.try_exists()? {
            let exists = format!("{}: the file exists", to.display());
            return Err(io::Error::new(io::ErrorKind::AlreadyExists, exists));
        }
        let mut path = to.as_os_str().to_owned();
        path.push(format!(".{:08x}.part", rand::random::<u32>()));
        let path = PathBuf::from(path);
        Ok(Unfinished { file: private(&path)?, path })
    }

    /// Gives the file its name, for good.
    fn complete(self, to: &Path) -> io::Result<()> {
        std::fs::rename(&self.path, to)?;
        let folder = to.parent().filter(|f| !f.as_os_str().is_empty()).unwrap_or(Path::new("."));
        File::open(folder)?.sync_all()
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        // After the renaming there is none of this name.
        let _ = std::fs::remove_file(&self.path);
    }
}
