//! Copies of the embedded database.

use crate::{
    StoreError,
    sqlite::{Lease, blocking, create_private},
};
use rusqlite::{Connection, OpenFlags, backup::Backup};
use std::{
    fs, io,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

/// What a backup or a restore has written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BackupReport {
    /// Size of the file in bytes.
    pub bytes: u64,
    /// Time taken, the verification included.
    pub took: Duration,
}

/// Copies the state of this moment while others go on reading and writing.
pub(crate) fn backup(from: &Lease, to: &Path) -> Result<BackupReport, StoreError> {
    blocking(|| write(from.connection()?, to))
}

/// Puts a backup in the place of a database that does not exist yet, after verifying it. The old files must have been
/// moved away before: a running program would go on writing into them.
///
/// # Errors
/// Where the backup is damaged or not readable, or something stands at `database`.
pub fn restore(backup: &Path, database: &Path) -> Result<BackupReport, StoreError> {
    let source = Connection::open_with_flags(backup, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    verify(&source, backup)?;
    write(&source, database)
}

fn write(source: &Connection, to: &Path) -> Result<BackupReport, StoreError> {
    let started = Instant::now();
    if to.exists() {
        return Err(StoreError::Other(format!("{} exists already", to.display())));
    }
    // Under its own name the copy appears only when it is whole and verified.
    let partial = with_suffix(to, ".partial");
    let copied = copy(source, &partial).and_then(|()| {
        fs::File::open(&partial)?.sync_all()?;
        let bytes = fs::metadata(&partial)?.len();
        fs::rename(&partial, to)?;
        if let Some(folder) = to.parent() {
            fs::File::open(if folder.as_os_str().is_empty() { Path::new(".") } else { folder })?
                .sync_all()?;
        }
        Ok(bytes)
    });
    match copied {
        Ok(bytes) => Ok(BackupReport { bytes, took: started.elapsed() }),
        Err(failure) => {
            // The failure is what matters; a partial file left behind is replaced next time.
            let _ = fs::remove_file(&partial);
            Err(failure.0)
        }
    }
}

fn copy(source: &Connection, to: &Path) -> Result<(), Failure> {
    match fs::remove_file(to) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
        _ => {}
    }
    create_private(to)?;
    let mut target = Connection::open(to)?;
    // All pages in one step are one consistent state; readers and the writer go on meanwhile.
    Backup::new(source, &mut target)?.run_to_completion(i32::MAX, Duration::ZERO, None)?;
    // One self-contained file: the log is folded in and no longer expected beside it.
    target.query_row("PRAGMA journal_mode = DELETE", [], |_| Ok(()))?;
    verify(&target, to)?;
    target.close().map_err(|(_, error)| error)?;
    Ok(())
}

fn verify(copy: &Connection, path: &Path) -> Result<(), StoreError> {
    let verdict: String = copy.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
    if verdict != "ok" {
        return Err(StoreError::Other(format!("{} is damaged: {verdict}", path.display())));
    }
    Ok(())
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
        Failure(StoreError::Other(format!("the copy cannot be written: {}", error.kind())))
    }
}
