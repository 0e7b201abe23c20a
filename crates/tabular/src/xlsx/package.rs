//! The archive: which sheets there are, their strings and styles, and where their bytes lie.

use super::{
    cell::{self, Whole},
    styles::Styles,
};
use crate::{format, options::Limits, rules, table::Input};
use flate2::bufread::DeflateDecoder;
use quick_xml::{
    Reader,
    escape::resolve_predefined_entity,
    events::{BytesRef, BytesStart, Event},
};
use std::{
    collections::HashMap,
    io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Take},
};
use vocabulary::Violation;
use zip::{CompressionMethod, ZipArchive};

/// Bytes that the small parts of a workbook may take, unpacked.
const PART: u64 = 64 << 20;

/// What is held of a workbook while a sheet is read.
#[derive(Default)]
pub(crate) struct Workbook {
    sheets: Vec<Sheet>,
    pub(super) strings: Strings,
    pub(super) styles: Styles,
    /// Whether days are counted from 1904, as on old Macintoshes.
    pub(super) from_1904: bool,
}

/// A worksheet.
pub(crate) struct Sheet {
    pub(crate) name: String,
    hidden: bool,
    place: Place,
}

/// Where the bytes of a part lie in the archive.
#[derive(Clone, Copy)]
struct Place {
    start: u64,
    packed: u64,
    deflated: bool,
}

/// The table of strings, in one piece.
#[derive(Default)]
pub(crate) struct Strings {
    text: String,
    ends: Vec<u32>,
}

impl Strings {
    pub(crate) fn get(&self, at: usize) -> Option<&str> {
        let end = *self.ends.get(at)? as usize;
        let start = at.checked_sub(1).and_then(|before| self.ends.get(before)).map_or(0, |end| *end as usize);
        self.text.get(start..end)
    }
}

impl Workbook {
    /// Reads everything but the sheets.
    pub(crate) fn open(
        input: Box<dyn Input>,
        limits: &Limits,
    ) -> Result<(Workbook, Box<dyn Input>), Violation> {
        let damaged = || rules::file(rules::TRUNCATED);
        let mut archive = ZipArchive::new(input).map_err(|_| damaged())?;
        let mut places = HashMap::new();
        for at in 0..archive.len() {
            let entry = archive.by_index_raw(at).map_err(|_| damaged())?;
            let Ok(name) = entry.name().map(|name| name.trim_start_matches('/').to_owned()) else { continue };
            let deflated = match entry.compression() {
                CompressionMethod::Stored => false,
                CompressionMethod::Deflated => true,
                _ => continue,
            };
            if entry.encrypted() {
                return Err(rules::file(rules::ENCRYPTED));
            }
            let Some(start) = entry.data_start() else { continue };
            places.insert(name, Place { start, packed: entry.compressed_size(), deflated });
        }
        format::of_archive(places.keys().map(String::as_str))?;
        let mut parts = Parts { input: archive.into_inner(), places };
        let workbook = parts.workbook(limits)?;
        Ok((workbook, parts.input))
    }

    /// The sheets that a user of the workbook sees.
    pub(crate) fn visible(&self) -> impl Iterator<Item = &Sheet> {
        self.sheets.iter().filter(|sheet| !sheet.hidden)
    }

    /// The bytes of a sheet.
    pub(super) fn unpack(
        &self,
        input: Box<dyn Input>,
        name: &str,
        limits: &Limits,
    ) -> Result<Xml, Violation> {
        let sheet = self.sheets.iter().find(|sheet| sheet.name == name);
        let sheet = sheet.ok_or_else(|| rules::file(rules::NO_SHEET))?;
        open(input, sheet.place, limits.sheet, limits.row as u64 * 2)
            .map_err(|_| rules::file(rules::UNREADABLE))
    }
}

struct Parts {
    input: Box<dyn Input>,
    places: HashMap<String, Place>,
}

impl Parts {
    fn workbook(&mut self, limits: &Limits) -> Result<Workbook, Violation> {
        // The way to the workbook's parts is by relations; their usual names are the fallback.
        let mut main = "xl/workbook.xml".to_owned();
        self.each("_rels/.rels", PART, |event| {
            if let Seen::Start(element) = event
                && attribute(element, "Type").is_some_and(|kind| kind.ends_with("/officeDocument"))
                && let Some(target) = attribute(element, "Target")
            {
                main = target.trim_start_matches('/').to_owned();
            }
        })?;
        let (folder, file) = main.rsplit_once('/').unwrap_or(("", &main));
        let resolve = |target: &str| match target.strip_prefix('/') {
            Some(absolute) => absolute.to_owned(),
            None if folder.is_empty() => target.to_owned(),
            None => format!("{folder}/{target}"),
        };
        let mut relations = HashMap::new();
        let (mut strings, mut styles) = (resolve("sharedStrings.xml"), resolve("styles.xml"));
        self.each(&resolve(&format!("_rels/{file}.rels")), PART, |event| {
            if let Seen::Start(element) = event
                && let (Some(id), Some(target)) = (attribute(element, "Id"), attribute(element, "Target"))
            {
                let kind = attribute(element, "Type").unwrap_or_default();
                if kind.ends_with("/sharedStrings") {
                    strings = resolve(&target);
                } else if kind.ends_with("/styles") {
                    styles = resolve(&target);
                } else if kind.ends_with("/worksheet") {
                    relations.insert(id, resolve(&target));
                }
            }
        })?;
        let mut workbook = Workbook::default();
        let mut named = Vec::new();
        self.each(&main, PART, |event| {
            let Seen::Start(element) = event else { return };
            match element.local_name().as_ref() {
                "sheet" => {
                    if let (Some(name), Some(id)) = (attribute(element, "name"), attribute(element, "id")) {
                        named.push((
                            name,
                            attribute(element, "state").is_some_and(|state| state != "visible"),
                            id,
                        ));
                    }
                }
                "workbookPr" => {
                    workbook.from_1904 = attribute(element, "date1904")
                        .is_some_and(|value| matches!(value.as_str(), "1" | "true"));
                }
                _ => {}
            }
        })?;
        for (name, hidden, id) in named {
            // Charts and macro sheets have no relation of this kind.
            if let Some(place) = relations.get(&id).and_then(|path| self.places.get(path)) {
                workbook.sheets.push(Sheet { name, hidden, place: *place });
            }
        }
        if workbook.sheets.is_empty() {
            return Err(rules::file(rules::TRUNCATED));
        }
        self.each(&styles, PART, |event| workbook.styles.see(event))?;
        workbook.strings = self.strings(&strings, limits)?;
        Ok(workbook)
    }

    fn strings(&mut self, path: &str, limits: &Limits) -> Result<Strings, Violation> {
        let mut strings = Strings::default();
        let (mut inside, mut phonetic) = (false, false);
        let mut item = String::new();
        self.each(path, limits.strings, |event| match event {
            Seen::Start(element) => match element.local_name().as_ref() {
                "t" => inside = true,
                "rPh" => phonetic = true,
                _ => {}
            },
            Seen::End("t") => inside = false,
            Seen::End("rPh") => phonetic = false,
            Seen::End("si") => {
                strings.text.push_str(&unescape(&item));
                item.clear();
                // The limit of the part keeps the sum far below 4 GiB.
                strings.ends.push(u32::try_from(strings.text.len()).unwrap_or(u32::MAX));
            }
            Seen::Text(text) if inside && !phonetic && item.len() + text.len() <= limits.cell * 2 => {
                item.push_str(text)
            }
            _ => {}
        })
        .map_err(|fault| {
            if fault.rule == rules::UNPACKED.rule { rules::file(rules::STRINGS) } else { fault }
        })?;
        Ok(strings)
    }

    /// Hands each piece of a part to `see`; a part that is not there has none.
    fn each(&mut self, path: &str, limit: u64, mut see: impl FnMut(Seen<'_>)) -> Result<(), Violation> {
        let Some(place) = self.places.get(path) else { return Ok(()) };
        let input = std::mem::replace(&mut self.input, Box::new(io::empty()));
        let mut xml = open(input, *place, limit, limit).map_err(|_| rules::file(rules::UNREADABLE))?;
        let mut buffer = Vec::new();
        loop {
            match xml.next(&mut buffer) {
                Ok(Event::Start(element)) => see(Seen::Start(&element)),
                Ok(Event::Empty(element)) => {
                    see(Seen::Start(&element));
                    see(Seen::End(element.local_name().as_ref()));
                }
                Ok(Event::End(element)) => see(Seen::End(element.local_name().as_ref())),
                Ok(Event::Text(text)) => see(Seen::Text(&text.xml10_content())),
                Ok(Event::CData(text)) => see(Seen::Text(&text.xml10_content())),
                Ok(Event::GeneralRef(reference)) => {
                    if let Some(text) = resolve(&reference) {
                        see(Seen::Text(&text));
                    }
                }
                Ok(Event::Eof) => break,
                Ok(_) => {}
                Err(error) => return Err(rules::file(xml.rule(&error))),
            }
        }
        self.input = xml.close();
        Ok(())
    }
}

/// A piece of a part.
pub(super) enum Seen<'a> {
    Start(&'a BytesStart<'a>),
    End(&'a str),
    Text(&'a str),
}

/// A reader of XML whose memory is bounded: a single piece may take so many bytes, the whole so many.
pub(super) struct Xml {
    reader: Reader<BufReader<Guard>>,
}

impl Xml {
    /// The next piece.
    pub(super) fn next<'b>(&mut self, buffer: &'b mut Vec<u8>) -> quick_xml::Result<Event<'b>> {
        self.reader.get_mut().get_mut().piece = 0;
        buffer.clear();
        self.reader.read_event_into(buffer)
    }

    /// The plain cell that comes next, where all of it is unpacked and it is not too long; `next` is its column unless it
    /// says another. Only between two elements.
    pub(super) fn whole_cell(&self, next: usize, limits: &Limits) -> Option<Whole<'_>> {
        cell::whole(self.reader.get_ref().buffer(), next)
            .filter(|whole| whole.value.is_none_or(|value| value.len() <= limits.cell))
    }

    /// Passes over a cell.
    pub(super) fn pass(&mut self, bytes: usize) {
        self.reader.get_mut().consume(bytes);
    }

    /// Which rule a failure broke.
    pub(super) fn rule(&self, _: &quick_xml::Error) -> vocabulary::Invalid {
        if self.reader.get_ref().get_ref().exceeded { rules::UNPACKED } else { rules::TRUNCATED }
    }

    /// Gives the input back.
    pub(super) fn close(self) -> Box<dyn Input> {
        match self.reader.into_inner().into_inner().unpack {
            Unpack::Stored(input) => input.into_inner(),
            Unpack::Deflated(input) => input.into_inner().into_inner().into_inner(),
        }
    }
}

fn open(mut input: Box<dyn Input>, place: Place, total: u64, piece: u64) -> io::Result<Xml> {
    input.seek(SeekFrom::Start(place.start))?;
    let packed = input.take(place.packed);
    let unpack = if place.deflated {
        Unpack::Deflated(DeflateDecoder::new(BufReader::with_capacity(64 << 10, packed)))
    } else {
        Unpack::Stored(packed)
    };
    let guard = Guard { unpack, left: total, piece: 0, most: piece, exceeded: false };
    let mut reader = Reader::from_reader(BufReader::with_capacity(64 << 10, guard));
    let config = reader.config_mut();
    config.check_end_names = false;
    config.allow_dangling_amp = true;
    Ok(Xml { reader })
}

enum Unpack {
    Stored(Take<Box<dyn Input>>),
    Deflated(DeflateDecoder<BufReader<Take<Box<dyn Input>>>>),
}

/// Stops an archive that unpacks without end.
struct Guard {
    unpack: Unpack,
    left: u64,
    piece: u64,
    most: u64,
    exceeded: bool,
}

impl Read for Guard {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let read = match &mut self.unpack {
            Unpack::Stored(input) => input.read(out)?,
            Unpack::Deflated(input) => input.read(out)?,
        };
        self.piece += read as u64;
        match self.left.checked_sub(read as u64) {
            Some(left) if self.piece <= self.most => self.left = left,
            _ => {
                self.exceeded = true;
                return Err(io::Error::other("unpacks to too much"));
            }
        }
        Ok(read)
    }
}

/// The value of an attribute, whatever its prefix.
pub(super) fn attribute(element: &BytesStart<'_>, name: &str) -> Option<String> {
    let mut attributes = element.attributes();
    let found = attributes.with_checks(false).flatten().find(|a| a.key.local_name().as_ref() == name)?;
    let mut out = String::new();
    let mut rest: &str = &found.value;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        let end = rest[at..].find(';').map_or(rest.len(), |end| at + end);
        match resolve(&BytesRef::new(&rest[at + 1..end])) {
            Some(text) => out.push_str(&text),
            None => out.push_str(&rest[at..end]),
        }
        rest = rest.get(end + 1..).unwrap_or_default();
    }
    out.push_str(rest);
    Some(out)
}

/// The text of `&amp;`, `&#272;` and their like; none where it is unknown.
pub(super) fn resolve(reference: &BytesRef<'_>) -> Option<String> {
    match reference.resolve_char_ref() {
        Ok(Some(c)) => Some(c.to_string()),
        Ok(None) => resolve_predefined_entity(&reference.xml10_content()).map(str::to_owned),
        Err(_) => None,
    }
}

/// Excel writes what XML cannot hold as `_x000D_`.
pub(super) fn unescape(text: &str) -> std::borrow::Cow<'_, str> {
    if !text.contains("_x") {
        return text.into();
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("_x") {
        let code = rest.get(at + 2..at + 6).filter(|_| rest.as_bytes().get(at + 6) == Some(&b'_'));
        let c = code.and_then(|code| u32::from_str_radix(code, 16).ok()).and_then(char::from_u32);
        out.push_str(&rest[..at]);
        let used = match c {
            Some(c) => {
                out.push(c);
                7
            }
            None => {
                out.push_str("_x");
                2
            }
        };
        rest = &rest[at + used..];
    }
    out.push_str(rest);
    out.into()
}
