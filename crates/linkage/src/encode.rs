//! Turns cells into rows. Nothing but the cells of a record decides its row, so stretches are encoded side by side and
//! the result is the same whatever the number of threads.

use crate::{
    forms::{Folder, Form},
    mix,
    read::UnitTable,
    schema::Kind,
    spill::Spill,
    table::{self, Column, SEVERAL, Stretch, is_text, short},
};
use std::io;

/// Longest cell, in bytes.
pub(crate) const LONGEST_CELL: usize = 1 << 16;

/// Cells of some records.
#[derive(Default)]
pub(crate) struct Batch {
    pub(crate) bytes: Vec<u8>,
    /// Where each cell begins and ends, record by record: the identifier, where there is one, then the columns.
    pub(crate) cells: Vec<(u32, u32)>,
    pub(crate) records: usize,
}

impl Batch {
    fn cell(&self, n: usize) -> &[u8] {
        let (start, end) = self.cells[n];
        self.bytes[start as usize..end as usize].trim_ascii()
    }
}

/// Why a batch is not taken.
pub(crate) enum Refused {
    /// A cell is too long: the number of its record in the batch.
    Long(usize),
    /// The disk refuses what does not fit into memory.
    Disk(io::Error),
}

/// Encodes batches; remembers words and units.
pub(crate) struct Encoder<'a> {
    columns: &'a [Column],
    identified: bool,
    stride: usize,
    names: Folder,
    others: Folder,
    units: Option<UnitTable<'a>>,
    spill: &'a Spill,
    /// Unit of today and its province by code, both hashed: of short codes those last met.
    known: Vec<(u64, [u32; 2])>,
    /// Scratch space for the texts of a batch.
    texts: Vec<u8>,
    /// By column, the text before this one: people of one house follow each other.
    before: Vec<Before>,
}

#[derive(Default)]
struct Before {
    raw: Vec<u8>,
    form: Form,
    text: Vec<u8>,
}

/// Places for units.
const UNITS: usize = 1 << 13;

impl<'a> Encoder<'a> {
    pub(crate) fn new(
        columns: &'a [Column],
        identified: bool,
        stride: usize,
        units: Option<UnitTable<'a>>,
        spill: &'a Spill,
    ) -> Encoder<'a> {
        Encoder {
            columns,
            identified,
            stride,
            names: Folder::new(true),
            others: Folder::new(false),
            units,
            spill,
            known: vec![(0, [0; 2]); UNITS],
            texts: Vec::new(),
            before: columns.iter().map(|_| Before::default()).collect(),
        }
    }

    /// The rows of a batch.
    pub(crate) fn encode(&mut self, batch: &Batch) -> Result<Stretch, Refused> {
        let mut stretch = self.rows(batch).map_err(Refused::Long)?;
        stretch.settle(self.spill).map_err(Refused::Disk)?;
        Ok(stretch)
    }

    fn rows(&mut self, batch: &Batch) -> Result<Stretch, usize> {
        let (columns, stride) = (self.columns, self.stride);
        let parts: usize = 1 + columns.iter().map(|column| table::parts_of(column.kind)).sum::<usize>();
        let mut stretch = Stretch {
            len: batch.records,
            cells: vec![0; batch.records * stride],
            parts: (0..parts).map(|_| Vec::new()).collect(),
            filled: vec![0; columns.len()],
            ..Stretch::default()
        };
        let all_texts = columns.iter().filter(|column| is_text(column.kind)).count();
        let width = columns.len() + usize::from(self.identified);
        let mut texts = std::mem::take(&mut self.texts);
        texts.clear();
        for record in 0..batch.records {
            let mut cell = record * width;
            let row = &mut stretch.cells[record * stride..][..stride];
            row[0] = u32::try_from(texts.len()).map_err(|_| record)?;
            let mut put = |part: usize, value: u32| {
                if value != 0 {
                    let values = &mut stretch.parts[part];
                    if values.is_empty() {
                        values.resize(batch.records, 0);
                    }
                    values[record] = value;
                }
            };
            let id = if self.identified { batch.cell(cell) } else { &[] };
            cell += usize::from(self.identified);
            if id.len() >= LONGEST_CELL {
                return Err(record);
            }
            put(0, (mix::bytes(id) >> 32) as u32 | 1);
            texts.extend_from_slice(&(id.len() as u16).to_le_bytes());
            texts.extend_from_slice(id);
            let lens = texts.len();
            texts.resize(lens + 2 * all_texts, 0);
            for (n, column) in columns.iter().enumerate() {
                let text = batch.cell(cell + n);
                if text.is_empty() {
                    continue;
                }
                if text.len() > LONGEST_CELL {
                    return Err(record);
                }
                let (at, part) = (column.at, column.parts);
                match column.kind {
                    kind if is_text(kind) => {
                        let before = &mut self.before[n];
                        if before.raw != text {
                            let names = !matches!(kind, Kind::Address | Kind::Text);
                            let folder = if names { &mut self.names } else { &mut self.others };
                            before.form = folder.form(text);
                            before.raw.clear();
                            before.raw.extend_from_slice(text);
                            before.text.clear();
                            before.text.extend_from_slice(folder.text());
                        }
                        let form = &before.form;
                        row[at..at + 4].copy_from_slice(&[form.exact, form.bag, form.bits, form.letters]);
                        put(part, form.bag);
                        if matches!(kind, Kind::Name | Kind::RelativeName) {
                            row[at + 4] = form.spelling;
                        }
                        if kind == Kind::Name {
                            put(part + 1, form.ends);
                            put(part + 2, form.last);
                        }
                        texts.extend_from_slice(&before.text);
                        let about = lens + 2 * column.text;
                        (texts[about], texts[about + 1]) = (before.text.len() as u8, u8::from(form.marked));
                    }
                    Kind::Number => {
                        let digits = table::digits(text, false);
                        (row[at], row[at + 1]) = (digits as u32, (digits >> 32) as u32);
                        put(part, short(digits));
                        ends(digits, |n, value| put(part + 1 + n, value));
                    }
                    Kind::FormerNumber | Kind::Phone => {
                        let values = table::several(text, column.kind == Kind::Phone);
                        for (n, digits) in values.into_iter().enumerate() {
                            if n < 2 {
                                row[at + 2 * n] = digits as u32;
                                row[at + 2 * n + 1] = (digits >> 32) as u32;
                            } else {
                                row[at + 2 + n] = short(digits);
                            }
                            put(part + n, short(digits));
                        }
                        if column.kind == Kind::FormerNumber {
                            ends(values[0], |n, value| put(part + SEVERAL + n, value));
                        }
                    }
                    Kind::Date => {
                        let date = table::date(text);
                        row[at] = date;
                        put(part, date);
                        let (month, day) = (date >> 8 & 255, date & 255);
                        // A year alone is no date to find somebody by.
                        if date & 0xffff != 0 {
                            let turned = month.min(day) << 8 | month.max(day);
                            put(part + 1, date >> 16 << 16 | turned);
                        }
                        put(part + 2, date >> 16);
                        put(part + 3, if day == 0 { 0 } else { date & 0xffff });
                    }
                    Kind::Sex => {
                        row[at] = table::sex(text);
                        put(part, row[at]);
                    }
                    _ => {
                        let [unit, province] = self.unit(text);
                        (row[at], row[at + 1]) = (unit, province);
                        put(part, unit);
                    }
                }
                stretch.filled[n] += usize::from(row[at] != 0 || column.value(row) != 0);
            }
        }
        // No more memory than they take.
        stretch.texts = texts.as_slice().to_vec();
        self.texts = texts;
        Ok(stretch)
    }

    fn unit(&mut self, code: &[u8]) -> [u32; 2] {
        let short = if code.len() > 8 { 0 } else { code.iter().fold(0, |all, c| all << 8 | u64::from(*c)) };
        let place = mix::mix(short) as usize % UNITS;
        if short != 0 && self.known[place].0 == short {
            return self.known[place].1;
        }
        let text = String::from_utf8_lossy(code);
        let hash = |text: &str| (mix::bytes(text.as_bytes()) >> 32) as u32 | 1;
        let found = match self.units.and_then(|units| units(&text)) {
            Some((current, province)) => [hash(&current), hash(&province)],
            None => [hash(&text), 0],
        };
        self.known[place] = (short, found);
        found
    }
}

/// The last six digits of a number and all others, where it is long enough for them to tell somebody.
fn ends(digits: u64, mut put: impl FnMut(usize, u32)) {
    if digits >> 60 >= 9 {
        put(0, (digits & 0xff_ffff | 1 << 24) as u32);
        put(1, short(digits >> 24));
    }
}
