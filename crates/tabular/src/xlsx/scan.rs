//! The XML of a worksheet cut into its pieces. A sheet has a hundred million of them, and few tell anything: they are
//! found by their brackets alone, and bytes become text only where a cell holds them.

use super::package::Guard;
use crate::{rules, table::Input};
use memchr::{memchr2, memmem};
use std::io::Read;
use vocabulary::Invalid;

/// Bytes read at once.
const STEP: usize = 128 << 10;

/// A piece of a sheet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    /// An element begins; `empty` where it ends at once.
    Start { name: &'a [u8], attributes: &'a [u8], empty: bool },
    /// An element ends.
    End { name: &'a [u8] },
    /// Text as it stands, without references.
    Text(&'a [u8]),
    /// What stands between `&` and `;`.
    Reference(&'a [u8]),
    /// What tells nothing of the table: comments, instructions, declarations.
    Other,
    /// Nothing is left.
    Nothing,
}

/// The pieces of a sheet, in order. A single piece takes so much memory at most.
pub(super) struct Scan {
    input: Guard,
    bytes: Vec<u8>,
    start: usize,
    end: usize,
    /// Up to here the bytes are text.
    sound: usize,
    /// What follows is no text: nothing is to be made of it.
    damaged: bool,
    ended: bool,
    most: usize,
}

impl Scan {
    pub(super) fn new(input: Guard, most: u64) -> Scan {
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        Scan { input, bytes: vec![0; STEP], start: 0, end: 0, sound: 0, damaged: false, ended: false, most }
    }

    /// Gives the input back.
    pub(super) fn close(self) -> Box<dyn Input> {
        self.input.close()
    }

    /// The next piece.
    ///
    /// # Errors
    /// The rule of the file that is broken: it is cut off or damaged, or unpacks to too much.
    pub(super) fn next(&mut self) -> Result<Piece<'_>, Invalid> {
        if self.start == self.end && !self.more()? {
            return Ok(Piece::Nothing);
        }
        match self.bytes[self.start] {
            b'<' => self.markup(),
            b'&' => self.reference(),
            _ => self.text(),
        }
    }

    /// Reads more behind what is there; false at the end.
    fn more(&mut self) -> Result<bool, Invalid> {
        if self.damaged {
            return Err(rules::TRUNCATED);
        }
        if self.ended {
            return Ok(false);
        }
        if self.start > 0 {
            self.bytes.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.sound = self.sound.saturating_sub(self.start);
            self.start = 0;
        }
        if self.end > self.most {
            return Err(rules::UNPACKED);
        }
        if self.end == self.bytes.len() {
            self.bytes.resize(self.bytes.len() * 2, 0);
        }
        loop {
            match self.input.read(&mut self.bytes[self.end..]) {
                Ok(0) => self.ended = true,
                Ok(read) => self.end += read,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
                Err(_) if self.input.is_exceeded() => return Err(rules::UNPACKED),
                Err(_) => return Err(rules::TRUNCATED),
            }
            self.look();
            return Ok(!self.ended);
        }
    }

    /// Looks whether what was read is text; its last letter may be incomplete yet.
    fn look(&mut self) {
        match std::str::from_utf8(&self.bytes[self.sound..self.end]) {
            Ok(_) => self.sound = self.end,
            Err(error) => {
                self.sound += error.valid_up_to();
                if error.error_len().is_some() {
                    (self.end, self.damaged) = (self.sound, true);
                }
            }
        }
    }

    /// How many bytes from here `find` sees the end of the piece, which is told where to go on; reads on until it does.
    fn until(&mut self, mut find: impl FnMut(&[u8], usize) -> Option<usize>) -> Result<usize, Invalid> {
        let mut seen = 0;
        loop {
            let rest = &self.bytes[self.start..self.end];
            if let Some(end) = find(rest, seen) {
                return Ok(end);
            }
            seen = rest.len();
            if !self.more()? {
                return Err(rules::TRUNCATED);
            }
        }
    }

    fn text(&mut self) -> Result<Piece<'_>, Invalid> {
        let mut seen = 0;
        let length = loop {
            let rest = &self.bytes[self.start..self.end];
            match memchr2(b'<', b'&', &rest[seen..]) {
                Some(at) => break seen + at,
                None => seen = rest.len(),
            }
            if !self.more()? {
                break seen;
            }
        };
        Ok(Piece::Text(self.take(length)))
    }

    /// A reference; an ampersand that begins none is text.
    fn reference(&mut self) -> Result<Piece<'_>, Invalid> {
        /// No reference is longer.
        const LONGEST: usize = 64;
        let mut seen = 1;
        loop {
            let rest = &self.bytes[self.start..self.end];
            let stop = rest[seen..].iter().position(|b| matches!(b, b';' | b'<' | b'&' | b' ' | b'\n'));
            match stop.map(|at| seen + at) {
                Some(at) if rest[at] == b';' => {
                    let piece = self.take(at + 1);
                    return Ok(Piece::Reference(&piece[1..piece.len() - 1]));
                }
                Some(at) => return Ok(Piece::Text(self.take(at))),
                None => seen = rest.len(),
            }
            if seen > LONGEST || !self.more()? {
                return Ok(Piece::Text(self.take(seen)));
            }
        }
    }

    fn markup(&mut self) -> Result<Piece<'_>, Invalid> {
        // As much as tells what it is.
        while self.end - self.start < 2 && self.more()? {}
        while self.end - self.start < 9
            && self.bytes[self.start..self.end].starts_with(b"<!")
            && self.more()?
        {}
        let rest = &self.bytes[self.start..self.end];
        let behind = |mark: &'static [u8]| {
            move |rest: &[u8], seen: usize| {
                // The mark may have begun in what was looked at before.
                let from = seen.saturating_sub(mark.len());
                memmem::find(&rest[from..], mark).map(|at| from + at + mark.len())
            }
        };
        if rest.starts_with(b"</") {
            let length =
                self.until(|rest, seen| memchr::memchr(b'>', &rest[seen..]).map(|at| seen + at + 1))?;
            let piece = self.take(length);
            return Ok(Piece::End { name: local(name_of(&piece[2..length - 1])) });
        }
        if rest.starts_with(b"<![CDATA[") {
            let length = self.until(behind(b"]]>"))?;
            return Ok(Piece::Text(&self.take(length)[9..length - 3]));
        }
        let length = match () {
            () if rest.starts_with(b"<!--") => self.until(behind(b"-->"))?,
            () if rest.starts_with(b"<?") => self.until(behind(b"?>"))?,
            () if rest.starts_with(b"<!") => {
                // A declaration may hold others in brackets.
                let mut depth = 0;
                self.until(move |rest, seen| {
                    for (at, byte) in rest.iter().enumerate().skip(seen) {
                        match byte {
                            b'<' => depth += 1,
                            b'>' => depth -= 1,
                            _ => {}
                        }
                        if depth == 0 {
                            return Some(at + 1);
                        }
                    }
                    None
                })?
            }
            () => return self.element(),
        };
        self.take(length);
        Ok(Piece::Other)
    }

    fn element(&mut self) -> Result<Piece<'_>, Invalid> {
        // A bracket within quotes ends nothing.
        let mut quote = None;
        let length = self.until(move |rest, seen| {
            for (at, byte) in rest.iter().enumerate().skip(seen) {
                match (quote, byte) {
                    (None, b'>') => return Some(at + 1),
                    (None, b'"' | b'\'') => quote = Some(*byte),
                    (Some(open), byte) if open == *byte => quote = None,
                    _ => {}
                }
            }
            None
        })?;
        let piece = self.take(length);
        let (inside, empty) = match &piece[1..length - 1] {
            [inside @ .., b'/'] => (inside, true),
            inside => (inside, false),
        };
        let name = name_of(inside);
        Ok(Piece::Start { name: local(name), attributes: &inside[name.len()..], empty })
    }

    fn take(&mut self, length: usize) -> &[u8] {
        let start = self.start;
        self.start += length;
        &self.bytes[start..start + length]
    }
}

/// The name with which a tag begins.
fn name_of(tag: &[u8]) -> &[u8] {
    let end = tag.iter().position(u8::is_ascii_whitespace).unwrap_or(tag.len());
    &tag[..end]
}

/// A name without its prefix.
fn local(name: &[u8]) -> &[u8] {
    name.iter().position(|b| *b == b':').map_or(name, |at| &name[at + 1..])
}

/// The attributes of an element, as they stand: name and value.
pub(super) struct Attributes<'a>(pub &'a [u8]);

impl<'a> Iterator for Attributes<'a> {
    type Item = (&'a [u8], &'a [u8]);

    fn next(&mut self) -> Option<(&'a [u8], &'a [u8])> {
        let rest = self.0.trim_ascii_start();
        let equals = rest.iter().position(|b| *b == b'=')?;
        let (name, value) = (rest[..equals].trim_ascii_end(), rest[equals + 1..].trim_ascii_start());
        let quote = *value.first().filter(|b| matches!(b, b'"' | b'\''))?;
        let end = value[1..].iter().position(|b| *b == quote)?;
        self.0 = &value[end + 2..];
        Some((name, &value[1..=end]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn pieces(xml: &[u8]) -> Result<Vec<String>, Invalid> {
        let mut scan =
            Scan::new(Guard::over(Box::new(std::io::Cursor::new(xml.to_vec())), u64::MAX), 1 << 20);
        let mut found = Vec::new();
        loop {
            match scan.next()? {
                Piece::Nothing => return Ok(found),
                piece => found.push(shown(piece)),
            }
        }
    }

    fn shown(piece: Piece<'_>) -> String {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        match piece {
            Piece::Start { name, attributes, empty } => {
                let all: Vec<String> =
                    Attributes(attributes).map(|(k, v)| format!("{}={}", text(k), text(v))).collect();
                format!("<{} {}{}", text(name), all.join(","), if empty { "/" } else { "" })
            }
            Piece::End { name } => format!("/{}", text(name)),
            Piece::Text(bytes) => text(bytes),
            Piece::Reference(name) => format!("&{}", text(name)),
            Piece::Other => "?".to_owned(),
            Piece::Nothing => String::new(),
        }
    }

    #[test]
    fn a_sheet_is_cut_into_its_pieces() {
        let xml = br#"<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><!-- <c> --><x:c r = "A>1" t='s' ><v>1&amp;2 & 3</v ></x:c><f/><![CDATA[a<b]]>"#;
        let expected =
            ["?", "?", "?", "<c r=A>1,t=s", "<v ", "1", "&amp", "2 ", "&", " 3", "/v", "/c", "<f /", "a<b"];
        assert_eq!(pieces(xml).unwrap(), expected);
        assert_eq!(pieces(b"<c r=\"A1\"><v>1</").unwrap_err().rule, rules::TRUNCATED.rule);
        assert_eq!(pieces(b"<c").unwrap_err().rule, rules::TRUNCATED.rule);
        // What stands before the damage is delivered.
        let mut scan =
            Scan::new(Guard::over(Box::new(std::io::Cursor::new(b"<v>1</v>\xff<v>".to_vec())), u64::MAX), 64);
        for _ in 0..3 {
            scan.next().unwrap();
        }
        assert_eq!(scan.next().unwrap_err().rule, rules::TRUNCATED.rule);
        let long = [&b"<c>"[..], &vec![b'a'; 2 << 20]].concat();
        assert_eq!(pieces(&long).unwrap_err().rule, rules::UNPACKED.rule);
    }

    proptest! {
        /// Whatever the bytes are, they are cut without a panic, and text within elements comes out as it went in.
        #[test]
        fn any_bytes_are_cut(bytes in proptest::collection::vec(any::<u8>(), 0..200), text in "[a-zà-ỹ ]{0,20}") {
            let _ = pieces(&bytes);
            let found = pieces(format!("<t>{text}</t>").as_bytes()).unwrap();
            prop_assert_eq!(found.concat(), format!("<t {text}/t"));
        }
    }
}
