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

    /// The next piece, in a buffer that was used before. Fails when the file cannot be read, or a record does not end.
    pub(crate) fn next(&mut self, mut bytes: Vec<u8>) -> io::Result<Option<Piece>> {
        bytes.clear();
        bytes.append(&mut self.rest);
        let mut wanted = PIECE;
        // One more for the end of a last line that has none.
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
        Wanted { delimiter, to, width: places.len(), again }
    }

    /// Finds the cells of the bytes of a batch, which are whole records; none where there is something that is not read here, or a record with another
    /// number of cells than there are headers.
    pub(crate) fn cells(&self, batch: &mut Batch) -> Option<()> {
        let Batch { bytes, cells, records } = batch;
        if bytes.last().is_some_and(|last| *last != b'\n') {
            bytes.push(b'\n');
        }
        let end = bytes.len();
        cells.clear();
        *records = 0;
        let mut marks = Marks::new(self.delimiter, &bytes[..end]);
        let mut at = 0;
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
                    let (cell, after) = unquote(bytes, at, end)?;
                    at = after;
                    cell
                } else {
                    let start = at;
                    at = marks.next(&bytes[..end], at)?;
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
            *records += 1;
        }
        Some(())
    }
}

/// Where delimiters, ends of lines and quotes stand: one bit for each byte of a stretch, eight bytes at a time.
struct Marks {
    special: [u64; 4],
    begin: usize,
    bits: u64,
}

/// Bytes of a stretch.
const STRETCH: usize = 64;

impl Marks {
    fn new(delimiter: u8, bytes: &[u8]) -> Marks {
        let special = [delimiter, b'\n', b'\r', b'"'].map(|byte| u64::from_ne_bytes([byte; 8]));
        let mut marks = Marks { special, begin: 0, bits: 0 };
        marks.read(bytes, 0);
        marks
    }

    /// The first at a place or behind it.
    #[inline]
    fn next(&mut self, bytes: &[u8], from: usize) -> Option<usize> {
        if from - self.begin >= STRETCH {
            self.read(bytes, from / STRETCH * STRETCH);
        }
        let mut bits = self.bits & u64::MAX << (from - self.begin);
        while bits == 0 {
            if self.begin + STRETCH >= bytes.len() {
                return None;
            }
            self.read(bytes, self.begin + STRETCH);
            bits = self.bits;
        }
        Some(self.begin + bits.trailing_zeros() as usize)
    }

    fn read(&mut self, bytes: &[u8], begin: usize) {
        let rest = bytes.get(begin..).unwrap_or_default();
        self.begin = begin;
        self.bits = match rest.first_chunk() {
            Some(stretch) => self.bits(stretch),
            None => {
                let mut stretch = [0; STRETCH];
                stretch[..rest.len()].copy_from_slice(rest);
                self.bits(&stretch)
            }
        };
    }

    #[inline]
    fn bits(&self, stretch: &[u8; STRETCH]) -> u64 {
        const LOW: u64 = u64::from_ne_bytes([0x7f; 8]);
        let mut bits = 0;
        for (n, eight) in stretch.as_chunks::<8>().0.iter().enumerate() {
            let eight = u64::from_le_bytes(*eight);
            // The highest bit of each byte that is none of the special ones.
            let none = self.special.iter().fold(u64::MAX, |all, special| {
                let other = eight ^ special;
                all & (((other & LOW) + LOW) | other)
            });
            // Eight bits, one of each byte, side by side.
            bits |= ((!none & !LOW) >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56 << (8 * n);
        }
        bits
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
        let mut batch = Batch { bytes: text.to_vec(), ..Batch::default() };
        Wanted::new(b',', 3, &[2, 0]).cells(&mut batch)?;
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
