//! Cuts a CSV file into pieces at ends of records, and pieces into cells, so that pieces are read side by side. It reads
//! what programs write: quotes around whole cells. A file with anything else in it is left to the crate `csv`.

use crate::encode::Batch;
use memchr::{memchr, memchr_iter, memrchr2};
use std::{
    fs::File,
    io::{self, Read},
    os::unix::fs::FileExt,
};

/// Longest record, in bytes: a quote that is never closed would else take the whole file into memory.
pub(crate) const LONGEST_RECORD: usize = 64 << 20;

/// Bytes of a piece, about.
const PIECE: usize = 1 << 20;

/// A file read from some place on; other readers of it are not disturbed.
pub(crate) struct Reading {
    pub(crate) file: File,
    pub(crate) at: u64,
}

impl Read for Reading {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read_at(buffer, self.at)?;
        self.at += read as u64;
        Ok(read)
    }
}

/// Hands out pieces of a file.
pub(crate) struct Pieces {
    file: Reading,
    rest: Vec<u8>,
    line: u64,
    next: usize,
    ended: bool,
}

/// Whole records of a file.
pub(crate) struct Piece {
    /// Pieces before it.
    pub(crate) n: usize,
    /// Lines of the file before it.
    pub(crate) line: u64,
    pub(crate) bytes: Vec<u8>,
}

impl Pieces {
    /// Starts behind the headers: at a byte, before which there are some lines.
    pub(crate) fn new(file: File, at: u64, line: u64) -> Pieces {
        Pieces { file: Reading { file, at }, rest: Vec::new(), line, next: 0, ended: false }
    }

    /// The next piece. Fails when the file cannot be read, or a record does not end.
    pub(crate) fn next(&mut self) -> io::Result<Option<Piece>> {
        let mut bytes = std::mem::take(&mut self.rest);
        let mut wanted = PIECE;
        bytes.reserve(wanted.saturating_sub(bytes.len()) + 1);
        loop {
            while !self.ended && bytes.len() < wanted {
                let more = (wanted - bytes.len()) as u64;
                self.ended = self.file.by_ref().take(more).read_to_end(&mut bytes)? < more as usize;
            }
            let end = if self.ended { bytes.len() } else { last_end(&bytes) };
            if end > 0 {
                self.rest.extend_from_slice(&bytes[end..]);
                bytes.truncate(end);
                break;
            }
            if self.ended {
                return Ok(None);
            }
            if bytes.len() > LONGEST_RECORD {
                return Err(io::Error::other(TOO_LONG));
            }
            wanted *= 2;
        }
        let piece = Piece { n: self.next, line: self.line, bytes };
        self.next += 1;
        self.line += memchr_iter(b'\n', &piece.bytes).count() as u64;
        Ok(Some(piece))
    }
}

/// Why a record is not read.
pub(crate) const TOO_LONG: &str = "a record of more than 64 MB: is a quote not closed?";

/// Where the last whole record ends: behind the last line feed that does not stand between quotes.
fn last_end(bytes: &[u8]) -> usize {
    let mut quoted = memchr_iter(b'"', bytes).count() % 2 == 1;
    let mut end = bytes.len();
    while let Some(at) = memrchr2(b'"', b'\n', &bytes[..end]) {
        match bytes[at] {
            b'"' => quoted = !quoted,
            _ if !quoted => return at + 1,
            _ => {}
        }
        end = at;
    }
    0
}

/// Which columns are taken.
pub(crate) struct Wanted {
    delimiter: u8,
    /// By column, its place among the cells of a record; [`NOWHERE`] where it is left out.
    to: Vec<u32>,
    width: usize,
    /// Places in a record whose cell is also that at another one.
    again: Vec<(usize, usize)>,
    special: [bool; 256],
}

const NOWHERE: u32 = u32::MAX;

impl Wanted {
    /// Of a file with so many columns those at some places, in this order.
    pub(crate) fn new(delimiter: u8, columns: usize, places: &[usize]) -> Wanted {
        let (mut to, mut again) = (vec![NOWHERE; columns], Vec::new());
        for (n, place) in (0_u32..).zip(places) {
            match to[*place] {
                NOWHERE => to[*place] = n,
                first => again.push((first as usize, n as usize)),
            }
        }
        let mut special = [false; 256];
        for byte in [delimiter, b'\n', b'\r', b'"'] {
            special[usize::from(byte)] = true;
        }
        Wanted { delimiter, to, width: places.len(), again, special }
    }

    /// Where the next delimiter, line feed or quote stands, eight bytes at a time.
    #[inline]
    fn next(&self, bytes: &[u8]) -> Option<usize> {
        const ONES: u64 = 0x0101_0101_0101_0101;
        let (eights, _) = bytes.as_chunks::<8>();
        let has = |eight: u64, byte: u8| {
            let rest = eight ^ (ONES * u64::from(byte));
            rest.wrapping_sub(ONES) & !rest & (ONES << 7)
        };
        for (n, eight) in eights.iter().enumerate() {
            let eight = u64::from_le_bytes(*eight);
            // Of several found the first is right.
            let found = has(eight, self.delimiter) | has(eight, b'\n') | has(eight, b'"');
            if found != 0 {
                return Some(8 * n + found.trailing_zeros() as usize / 8);
            }
        }
        let rest = 8 * eights.len();
        let special = |byte: &u8| self.special[usize::from(*byte)];
        Some(rest + bytes[rest..].iter().position(special)?)
    }

    /// Finds the cells of whole records; none where there is something that is not read here, or a record with another
    /// number of cells than there are headers.
    pub(crate) fn cells(&self, mut bytes: Vec<u8>) -> Option<Batch> {
        if bytes.last().is_some_and(|last| *last != b'\n') {
            bytes.push(b'\n');
        }
        let end = bytes.len();
        let mut cells = Vec::with_capacity(end / 16);
        // Few files have carriage returns, and those are looked through byte by byte.
        let returns = memchr(b'\r', &bytes).is_some();
        let (mut records, mut at) = (0, 0);
        while at < end {
            match bytes[at] {
                b'\n' => {
                    at += 1;
                    continue;
                }
                b'\r' if bytes[at + 1] == b'\n' => {
                    at += 2;
                    continue;
                }
                _ => {}
            }
            let first = cells.len();
            cells.resize(first + self.width, (0, 0));
            let mut column = 0;
            loop {
                let quoted = bytes[at] == b'"';
                let (start, stop) = if quoted {
                    let (cell, after) = unquote(&mut bytes, at, end)?;
                    at = after;
                    cell
                } else {
                    let start = at;
                    at += if returns {
                        bytes[at..end].iter().position(|byte| self.special[usize::from(*byte)])?
                    } else {
                        self.next(&bytes[at..end])?
                    };
                    (start, at)
                };
                let to = *self.to.get(column)?;
                if to != NOWHERE {
                    cells[first + to as usize] = (start as u32, stop as u32);
                }
                column += 1;
                match bytes[at] {
                    byte if byte == self.delimiter => at += 1,
                    b'\n' => break,
                    b'\r' if bytes.get(at + 1) == Some(&b'\n') => {
                        at += 1;
                        break;
                    }
                    _ => return None,
                }
            }
            at += 1;
            if column != self.to.len() {
                return None;
            }
            for (one, other) in &self.again {
                cells[first + other] = cells[first + one];
            }
            records += 1;
        }
        Some(Batch { bytes, cells, records })
    }
}

/// Where what stands between quotes lies, and what comes behind it. With quotes in it, it is written anew at the end.
fn unquote(bytes: &mut Vec<u8>, at: usize, end: usize) -> Option<((usize, usize), usize)> {
    let (start, mut from, mut doubled) = (at + 1, at + 1, false);
    loop {
        let quote = from + memchr(b'"', &bytes[from..end])?;
        if bytes[..end].get(quote + 1) != Some(&b'"') {
            if !doubled {
                return Some(((start, quote), quote + 1)).filter(|_| quote + 1 < end);
            }
            let text = bytes[start..quote].to_vec();
            let anew = bytes.len();
            let mut before = false;
            for byte in text {
                before = byte == b'"' && !before;
                if !before {
                    bytes.push(byte);
                }
            }
            return Some(((anew, bytes.len()), quote + 1)).filter(|_| quote + 1 < end);
        }
        doubled = true;
        from = quote + 2;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(text: &[u8]) -> Option<Vec<Vec<Vec<u8>>>> {
        let batch = Wanted::new(b',', 3, &[2, 0]).cells(text.to_vec())?;
        let cell = |(start, end): &(u32, u32)| batch.bytes[*start as usize..*end as usize].to_vec();
        let records: Vec<_> = batch.cells.chunks(2).map(|cells| cells.iter().map(cell).collect()).collect();
        assert_eq!(records.len(), batch.records);
        Some(records)
    }

    proptest! {
        /// What is read at all is read as the crate `csv` reads it.
        #[test]
        fn as_the_crate_reads(text in "([ab,\"\r\n]{0,30})|((\"[ab\n,]?(\"\")?[ab]\"|[ab]{0,2})(,(\"[ab\n,]?(\"\")?\"|[ab]{0,2})){2}\r?\n){1,5}") {
            let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
            let theirs: Result<Vec<_>, _> = reader.byte_records().collect();
            let theirs = theirs.unwrap();
            if let Some(ours) = read(text.as_bytes()) {
                let theirs: Vec<Vec<Vec<u8>>> =
                    theirs.iter().map(|r| vec![r[2].to_vec(), r[0].to_vec()]).collect();
                prop_assert_eq!(ours, theirs);
            }
        }

        /// Pieces are cut where records end.
        #[test]
        fn records_end(text in "([ab]{0,3}|\"[a\n]{0,3}(\"\")?\"|\n){0,20}") {
            let end = last_end(text.as_bytes());
            prop_assert_eq!(text[..end].matches('"').count() % 2, 0);
            prop_assert!(end == 0 || text[..end].ends_with('\n'));
        }
    }
}
