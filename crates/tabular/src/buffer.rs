//! A window over a stream, from which records are cut without copying.

use crate::rules;
use std::io::Read;
use vocabulary::Violation;

/// Bytes read at once.
const STEP: usize = 256 << 10;

/// What has been read and not yet used.
pub(crate) struct Buffer {
    input: Box<dyn Read + Send>,
    bytes: Vec<u8>,
    start: usize,
    end: usize,
    ended: bool,
}

impl Buffer {
    pub(crate) fn new(input: Box<dyn Read + Send>) -> Buffer {
        Buffer { input, bytes: vec![0; STEP], start: 0, end: 0, ended: false }
    }

    /// What can be looked at.
    pub(crate) fn rest(&self) -> &[u8] {
        &self.bytes[self.start..self.end]
    }

    /// Forgets the first bytes.
    pub(crate) fn used(&mut self, bytes: usize) {
        self.start = (self.start + bytes).min(self.end);
    }

    /// Reads more behind what is there; false at the end. The window grows with the longest record only.
    pub(crate) fn more(&mut self, row: u64) -> Result<bool, Violation> {
        if self.ended {
            return Ok(false);
        }
        if self.start > 0 {
            self.bytes.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.start = 0;
        }
        if self.end == self.bytes.len() {
            self.bytes.resize(self.bytes.len() * 2, 0);
        }
        loop {
            match self.input.read(&mut self.bytes[self.end..]) {
                Ok(0) => self.ended = true,
                Ok(read) => self.end += read,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
                Err(_) => return Err(rules::at_row(rules::UNREADABLE, row)),
            }
            return Ok(!self.ended);
        }
    }

    /// Forgets everything up to and with the next terminator.
    pub(crate) fn skip_past(&mut self, terminator: u8, row: u64) -> Result<(), Violation> {
        loop {
            if let Some(at) = memchr::memchr(terminator, self.rest()) {
                self.used(at + 1);
                return Ok(());
            }
            self.start = self.end;
            if !self.more(row)? {
                return Ok(());
            }
        }
    }
}

/// UTF-16 as UTF-8.
pub(crate) struct FromUtf16<R> {
    input: R,
    decoder: encoding_rs::Decoder,
    raw: Vec<u8>,
    text: Vec<u8>,
    given: usize,
    ended: bool,
}

impl<R: Read> FromUtf16<R> {
    pub(crate) fn new(input: R, encoding: &'static encoding_rs::Encoding) -> FromUtf16<R> {
        let decoder = encoding.new_decoder_without_bom_handling();
        FromUtf16 { input, decoder, raw: vec![0; 64 << 10], text: Vec::new(), given: 0, ended: false }
    }
}

impl<R: Read> Read for FromUtf16<R> {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        while self.given == self.text.len() && !self.ended {
            let read = self.input.read(&mut self.raw)?;
            self.ended = read == 0;
            let room = self.decoder.max_utf8_buffer_length(read).unwrap_or(read * 3 + 16);
            self.text.resize(room, 0);
            let (_, _, written, _) =
                self.decoder.decode_to_utf8(&self.raw[..read], &mut self.text, self.ended);
            self.text.truncate(written);
            self.given = 0;
        }
        let count = out.len().min(self.text.len() - self.given);
        out[..count].copy_from_slice(&self.text[self.given..self.given + count]);
        self.given += count;
        Ok(count)
    }
}
