//! A file that was sent: on the disk without a name, and read at several places at once, so that memory does not grow with it.

use super::SectorFile;
use sha2::{Digest, Sha256};
use std::{
    fs::File,
    io::{self, Read, Seek, SeekFrom, Write},
    os::unix::fs::FileExt,
    sync::Arc,
};

/// A file that was sent.
#[derive(Clone, Debug)]
pub struct HeldFile {
    file: Arc<File>,
    bytes: u64,
}

impl HeldFile {
    /// Of a file that is open.
    ///
    /// # Errors
    /// Where it tells no size.
    pub fn of(file: File) -> io::Result<HeldFile> {
        let bytes = file.metadata()?.len();
        Ok(HeldFile { file: Arc::new(file), bytes })
    }

    /// Of what comes in pieces.
    ///
    /// # Errors
    /// Where the disk does not take it.
    pub fn copied<'p>(pieces: impl IntoIterator<Item = &'p [u8]>) -> io::Result<HeldFile> {
        let mut file = web::nameless_file()?;
        pieces.into_iter().try_for_each(|piece| file.write_all(piece))?;
        HeldFile::of(file)
    }

    /// What is kept of it: its name, digest and size.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub fn described(&self, name: String) -> io::Result<SectorFile> {
        let mut hasher = Sha256::new();
        let (mut reader, mut piece) = (self.reader(), vec![0; 1 << 16]);
        loop {
            match reader.read(&mut piece)? {
                0 => break,
                read => hasher.update(piece.get(..read).unwrap_or_default()),
            }
        }
        let digest = hasher.finalize().iter().map(|b| format!("{b:02x}")).collect();
        Ok(SectorFile { name, digest, bytes: self.bytes })
    }

    /// Reads it from its beginning, whoever else does.
    pub fn reader(&self) -> HeldReader {
        HeldReader { held: self.clone(), at: 0 }
    }
}

/// One reading of a file.
#[derive(Debug)]
pub struct HeldReader {
    held: HeldFile,
    at: u64,
}

impl Read for HeldReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.held.file.read_at(buffer, self.at)?;
        self.at += read as u64;
        Ok(read)
    }
}

impl Seek for HeldReader {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.held.bytes.checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        self.at = at.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn readers_do_not_move_each_other() {
        let pieces: [&[u8]; 3] = [b"record,name\n", b"", "1,Lê Văn An\n".as_bytes()];
        let held = HeldFile::copied(pieces).unwrap();
        let (mut one, mut other) = (held.reader(), held.reader());
        let (mut head, mut all) = ([0; 6], Vec::new());
        one.read_exact(&mut head).unwrap();
        other.read_to_end(&mut all).unwrap();
        assert_eq!((&head, all.as_slice()), (b"record", pieces.concat().as_slice()));
        assert_eq!(one.seek(SeekFrom::Current(1)).unwrap(), 7);
        assert_eq!(one.seek(SeekFrom::End(-1)).unwrap(), all.len() as u64 - 1);
        assert!(one.seek(SeekFrom::Current(-1_000)).is_err());
        let file = held.described("a.csv".into()).unwrap();
        assert_eq!((file.bytes, file.digest.len()), (all.len() as u64, 64));
        assert_eq!(file.digest, Sha256::digest(&all).iter().map(|b| format!("{b:02x}")).collect::<String>());
    }
}
