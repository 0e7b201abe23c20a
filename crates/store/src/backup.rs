//! Copies of the embedded database.
//!
//! Beside a backup stands its SHA-256, in the form that `sha256sum -c` reads: what was checked once is known again by that,
//! and a nation's database need not be searched through before it is put back.

use crate::{
    StoreError,
    sqlite::{Lease, blocking, create_private},
};
use rusqlite::{Connection, OpenFlags, backup::Backup};
use sha2::{Digest, Sha256};
use std::{
    fmt::Write as _,
    fs,
    io::{self, Read, Write},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

/// How a copy is checked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Check {
    /// Every page of every tree is read and must be sound.
    #[default]
    Sound,
    /// Every index is compared with its table as well: several times as long, and hours where the database is larger than
    /// memory.
    Thorough,
}

/// What a backup or a restore has written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BackupReport {
    /// Size of the file in bytes.
    pub bytes: u64,
    /// Time taken, the check included.
    pub took: Duration,
    /// SHA-256 of the file, in hexadecimal digits.
    pub sha256: String,
}

/// Copies the state of this moment while others go on reading and writing.
pub(crate) fn backup(from: &Lease, to: &Path, check: Check) -> Result<BackupReport, StoreError> {
    blocking(|| {
        let source = from.connection()?;
        let report = write(to, |partial| {
            copy(source, partial, check)?;
            hash(fs::File::open(partial)?, &mut io::sink())
        })?;
        fs::write(sidecar(to), format!("{}  {}\n", report.sha256, name(to))).map_err(not_written)?;
        Ok(report)
    })
}

/// Puts a backup in the place of a database that does not exist yet, after checking it: by its SHA-256 where that stands
/// beside it, else thoroughly. The old files must have been moved away before: a running program would go on writing into
/// them.
///
/// # Errors
/// Where the backup is damaged or not readable, or something stands at `database`.
pub fn restore(backup: &Path, database: &Path, check: Check) -> Result<BackupReport, StoreError> {
    let told = match fs::read_to_string(sidecar(backup)) {
        Ok(line) => Some(line.split_whitespace().next().unwrap_or_default().to_ascii_lowercase()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(StoreError::Other(format!("{}: {error}", sidecar(backup).display()))),
    };
    write(database, |partial| {
        create_private(partial)?;
        let mut target = fs::OpenOptions::new().write(true).open(partial)?;
        let found = hash(fs::File::open(backup)?, &mut target)?;
        drop(target);
        if told.as_ref().is_some_and(|told| *told != found) {
            let path = backup.display();
            return Err(damaged(&format!(
                "{path} is damaged: it is not the file whose SHA-256 stands beside it"
            )));
        }
        if told.is_none() || check == Check::Thorough {
            let copy = Connection::open_with_flags(partial, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
            verify(&copy, backup, Check::Thorough)?;
        }
        Ok(found)
    })
}

/// Makes a file that appears under its name only when it is whole and checked; `fill` tells its SHA-256.
fn write(to: &Path, fill: impl FnOnce(&Path) -> Result<String, Failure>) -> Result<BackupReport, StoreError> {
    let started = Instant::now();
    if to.exists() {
        return Err(StoreError::Other(format!("{} exists already", to.display())));
    }
    let partial = with_suffix(to, ".partial");
    let filled = remove(&partial).and_then(|()| fill(&partial)).and_then(|sha256| {
        fs::File::open(&partial)?.sync_all()?;
        let bytes = fs::metadata(&partial)?.len();
        fs::rename(&partial, to)?;
        if let Some(folder) = to.parent() {
            fs::File::open(if folder.as_os_str().is_empty() { Path::new(".") } else { folder })?
                .sync_all()?;
        }
        Ok((bytes, sha256))
    });
    match filled {
        Ok((bytes, sha256)) => Ok(BackupReport { bytes, took: started.elapsed(), sha256 }),
        Err(failure) => {
            // The failure is what matters; a partial file left behind is replaced next time.
            let _ = fs::remove_file(&partial);
            Err(failure.0)
        }
    }
}

fn remove(partial: &Path) -> Result<(), Failure> {
    match fs::remove_file(partial) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}

fn copy(source: &Connection, to: &Path, check: Check) -> Result<(), Failure> {
    create_private(to)?;
    let mut target = Connection::open(to)?;
    // All pages in one step are one consistent state; readers and the writer go on meanwhile.
    Backup::new(source, &mut target)?.run_to_completion(i32::MAX, Duration::ZERO, None)?;
    // One self-contained file: the log is folded in and no longer expected beside it.
    target.query_row("PRAGMA journal_mode = DELETE", [], |_| Ok(()))?;
    verify(&target, to, check)?;
    target.close().map_err(|(_, error)| error)?;
    Ok(())
}

fn verify(copy: &Connection, path: &Path, check: Check) -> Result<(), StoreError> {
    let question = match check {
        Check::Sound => "PRAGMA quick_check(1)",
        Check::Thorough => "PRAGMA integrity_check(1)",
    };
    let verdict: String = copy.query_row(question, [], |row| row.get(0))?;
    if verdict != "ok" {
        return Err(StoreError::Other(format!("{} is damaged: {verdict}", path.display())));
    }
    Ok(())
}

/// Copies bytes and tells their SHA-256.
fn hash(mut from: fs::File, to: &mut impl Write) -> Result<String, Failure> {
    let (mut hash, mut buffer) = (Sha256::new(), vec![0; 1 << 20]);
    loop {
        let read = from.read(&mut buffer)?;
        if read == 0 {
            break;
        }
        hash.update(&buffer[..read]);
        to.write_all(&buffer[..read])?;
    }
    Ok(hash.finalize().iter().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    }))
}

/// Where the SHA-256 of a backup stands.
fn sidecar(backup: &Path) -> PathBuf {
    with_suffix(backup, ".sha256")
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

fn damaged(why: &str) -> Failure {
    Failure(StoreError::Other(why.to_owned()))
}

fn not_written(error: io::Error) -> StoreError {
    StoreError::Other(format!("the copy cannot be written: {}", error.kind()))
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

struct Failure(StoreError);

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Failure {
        Failure(error)
    }
}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Failure {
        Failure(error.into())
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Failure {
        Failure(not_written(error))
    }
}
