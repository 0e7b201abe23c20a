//! Files without a name, for what is too large for memory and not to be kept.

use std::{
    fs::{File, OpenOptions},
    io::{self, Read, Seek},
    sync::atomic::{AtomicU64, Ordering},
    time::{SystemTime, UNIX_EPOCH},
};
use tokio::io::AsyncWriteExt;

/// A new file where the system keeps temporary ones (`TMPDIR`), to be written and read by whoever holds it and by nobody
/// else. Its name is gone before the first byte is in it, so that nothing remains of it once it is closed, nor where the
/// process is killed.
///
/// # Errors
/// Where no file can be made.
pub fn nameless_file() -> io::Result<File> {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    loop {
        // The name lives for a moment; `create_new` sees to it that it is nobody else's.
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.subsec_nanos());
        let place = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("dancu-spool-{}-{place}-{now:08x}", std::process::id()));
        let mut options = OpenOptions::new();
        options.read(true).write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        match options.open(&path) {
            Ok(file) => {
                std::fs::remove_file(&path)?;
                return Ok(file);
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
}

/// What was sent, in a file without a name, however large it is.
#[derive(Debug)]
pub struct Spooled {
    file: File,
    bytes: u64,
}

impl Spooled {
    /// Its size in bytes.
    pub fn size(&self) -> u64 {
        self.bytes
    }

    /// The file, at its beginning.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub fn into_file(mut self) -> io::Result<File> {
        self.file.rewind()?;
        Ok(self.file)
    }

    /// Its content, for what needs it in memory.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub fn into_bytes(self) -> io::Result<Vec<u8>> {
        let mut content = Vec::with_capacity(usize::try_from(self.bytes).unwrap_or_default());
        self.into_file()?.read_to_end(&mut content)?;
        Ok(content)
    }
}

/// A file that is being filled.
pub(crate) struct Spool {
    file: tokio::fs::File,
    bytes: u64,
}

impl Spool {
    pub(crate) fn begin() -> io::Result<Spool> {
        Ok(Spool { file: tokio::fs::File::from_std(nameless_file()?), bytes: 0 })
    }

    pub(crate) async fn add(&mut self, part: &[u8]) -> io::Result<()> {
        self.bytes += part.len() as u64;
        self.file.write_all(part).await
    }

    pub(crate) async fn end(mut self) -> io::Result<Spooled> {
        self.file.flush().await?;
        Ok(Spooled { file: self.file.into_std().await, bytes: self.bytes })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_spooled_comes_back_and_leaves_no_name() {
        let mut spool = Spool::begin().unwrap();
        for part in ["Lê ", "", "Văn An"] {
            spool.add(part.as_bytes()).await.unwrap();
        }
        let spooled = spool.end().await.unwrap();
        assert_eq!(spooled.size(), "Lê Văn An".len() as u64);
        #[cfg(target_os = "linux")]
        {
            use std::os::fd::AsRawFd;
            let held = std::fs::read_link(format!("/proc/self/fd/{}", spooled.file.as_raw_fd())).unwrap();
            assert!(held.to_string_lossy().ends_with("(deleted)") && !held.exists());
        }
        assert_eq!(spooled.into_bytes().unwrap(), "Lê Văn An".as_bytes());
    }
}
