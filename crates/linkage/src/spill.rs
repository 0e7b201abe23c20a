//! What does not fit into memory lies in a temporary file without a name: it is gone when the run ends, however it ends.

use std::{
    fs::{File, OpenOptions},
    io,
    os::unix::fs::{FileExt, OpenOptionsExt},
    process,
    sync::{
        Mutex, OnceLock, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

/// A temporary file, made when the first bytes go there.
pub(crate) struct Spill {
    /// Bytes that may be kept in memory.
    most: u64,
    held: AtomicU64,
    file: OnceLock<File>,
    making: Mutex<()>,
    end: AtomicU64,
    failed: OnceLock<String>,
}

/// Temporary files of this process, for their names.
static MADE: AtomicU64 = AtomicU64::new(0);

impl Spill {
    /// Keeps so many bytes in memory; 0 for half of what the machine has free.
    pub(crate) fn new(most: u64) -> Spill {
        Spill {
            most: if most == 0 { free() / 2 } else { most },
            held: AtomicU64::new(0),
            file: OnceLock::new(),
            making: Mutex::new(()),
            end: AtomicU64::new(0),
            failed: OnceLock::new(),
        }
    }

    /// Whether so many bytes more may stay in memory. Those that must count for those that may.
    pub(crate) fn fits(&self, may: u64, must: u64) -> bool {
        let held = self.held.fetch_add(may + must, Ordering::Relaxed) + may + must;
        if held > self.most {
            self.held.fetch_sub(may, Ordering::Relaxed);
        }
        held <= self.most
    }

    /// Writes bytes and says where they lie. Fails when the disk refuses.
    pub(crate) fn write(&self, bytes: &[u8]) -> io::Result<u64> {
        let at = self.end.fetch_add(bytes.len() as u64, Ordering::Relaxed);
        self.file()?.write_all_at(bytes, at)?;
        Ok(at)
    }

    /// Reads bytes. What fails is told at the end of the run by [`Spill::trouble`]; the bytes are then nothing.
    pub(crate) fn read(&self, at: u64, bytes: &mut [u8]) {
        let read = self.file().and_then(|file| file.read_exact_at(bytes, at));
        if let Err(error) = read {
            bytes.fill(0);
            self.failed.get_or_init(|| error.to_string());
        }
    }

    /// Bytes that may be kept in memory.
    pub(crate) fn most(&self) -> u64 {
        self.most
    }

    /// Bytes in the file.
    pub(crate) fn len(&self) -> u64 {
        self.end.load(Ordering::Relaxed)
    }

    /// Fails when something could not be read.
    pub(crate) fn trouble(&self) -> io::Result<()> {
        self.failed.get().map_or(Ok(()), |why| Err(io::Error::other(why.clone())))
    }

    fn file(&self) -> io::Result<&File> {
        if let Some(file) = self.file.get() {
            return Ok(file);
        }
        let _alone = self.making.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(file) = self.file.get() {
            return Ok(file);
        }
        let n = MADE.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("dancu-link-{}-{n}", process::id()));
        let file = OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(&path)?;
        std::fs::remove_file(&path)?;
        Ok(self.file.get_or_init(|| file))
    }
}

/// Bytes of memory that are free (Linux); 8 GB where that is not told.
fn free() -> u64 {
    let told = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let line = told.lines().find_map(|line| line.strip_prefix("MemAvailable:"));
    let kilobytes = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse::<u64>().ok());
    kilobytes.map_or(8 << 30, |kilobytes| kilobytes << 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let spill = Spill::new(100);
        assert!(spill.fits(60, 10) && !spill.fits(60, 10) && spill.fits(10, 0));
        let (a, b) = (spill.write(b"abc").unwrap(), spill.write(b"de").unwrap());
        let mut bytes = [0; 2];
        spill.read(b, &mut bytes);
        assert_eq!((&bytes, a, spill.len()), (b"de", 0, 5));
        spill.trouble().unwrap();
        spill.read(4, &mut bytes);
        assert_eq!(bytes, [0; 2]);
        assert!(spill.trouble().is_err());
    }
}
