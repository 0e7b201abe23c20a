//! Rows and texts of many records at once. Memory is asked for them side by side; what lies in the temporary file is read
//! in the order in which it lies there, so that the disk is passed over instead of searched.

use crate::{
    compare::Side,
    table::{Stretch, Table, Texts},
};

/// Records that are fetched at a time where all lie in memory.
const IN_MEMORY: usize = 256;

/// One in so many records of a stretch: from so many on it is read whole.
const WHOLE: usize = 32;

/// Records with their rows and, where they were asked for, texts.
#[derive(Default)]
pub(crate) struct Fetched {
    /// The records; the same one may stand there twice.
    pub(crate) records: Vec<u32>,
    stride: usize,
    rows: Vec<u32>,
    /// Texts from the temporary file.
    texts: Vec<u8>,
    /// By place of a record, where its texts begin there; empty where all lie in memory.
    at: Vec<usize>,
    /// Record and place, in the order in which they are read.
    order: Vec<u64>,
    bytes: Vec<u8>,
}

impl Fetched {
    /// Records that should be fetched at a time: the more of them, the less often the temporary file is passed over.
    pub(crate) fn most(table: &Table) -> usize {
        match table.spill.len() {
            0 => IN_MEMORY,
            _ => (table.spill.most() / (32 * table.stride as u64)).clamp(1 << 12, 1 << 24) as usize,
        }
    }

    /// Gets the rows of the records.
    pub(crate) fn rows(&mut self, table: &Table) {
        let Fetched { records, stride, rows, order, bytes, .. } = self;
        *stride = table.stride;
        rows.clear();
        if table.spill.len() == 0 {
            records.iter().for_each(|record| table.copy_row(*record, rows));
            return;
        }
        rows.resize(records.len() * table.stride, 0);
        order.clear();
        order.extend(records.iter().zip(0_u64..).map(|(record, place)| u64::from(*record) << 32 | place));
        order.sort_unstable();
        let len = 4 * table.stride;
        pass_over(table, order, |stretch, wanted| {
            let Some((begin, _)) = stretch.spilt else {
                for (n, place) in places(stretch, wanted) {
                    let row = &stretch.cells[n * table.stride..][..table.stride];
                    rows[place * table.stride..][..table.stride].copy_from_slice(row);
                }
                return;
            };
            let whole = wanted.len() * WHOLE >= stretch.len;
            bytes.resize(if whole { len * stretch.len } else { len }, 0);
            if whole {
                table.spill.read(begin, bytes);
            }
            for (n, place) in places(stretch, wanted) {
                let row = if whole {
                    &bytes[n * len..][..len]
                } else {
                    table.spill.read(begin + (n * len) as u64, bytes);
                    &bytes[..]
                };
                let cells = rows[place * table.stride..][..table.stride].iter_mut();
                cells.zip(row.as_chunks().0).for_each(|(cell, four)| *cell = u32::from_le_bytes(*four));
            }
        });
    }

    /// Gets the texts of the records at some places, of which the rows are there.
    pub(crate) fn texts(&mut self, table: &Table, at: impl Iterator<Item = usize>) {
        if table.spill.len() == 0 {
            self.at.clear();
            // That they are looked at brings them near.
            let touched = at.fold(0, |all, n| all ^ self.side(table, n).texts.first());
            std::hint::black_box(touched);
            return;
        }
        let Fetched { records, rows, texts, order, bytes, .. } = self;
        order.clear();
        order.extend(at.map(|place| u64::from(records[place]) << 32 | place as u64));
        order.sort_unstable();
        order.dedup();
        texts.clear();
        self.at.clear();
        self.at.resize(records.len(), 0);
        let count = table.text_columns();
        pass_over(table, order, |stretch, wanted| {
            let whole = match stretch.spilt {
                Some((begin, len)) if wanted.len() * WHOLE >= stretch.len => {
                    bytes.resize(len as usize, 0);
                    table.spill.read(begin + (4 * stretch.len * table.stride) as u64, bytes);
                    true
                }
                _ => false,
            };
            for (_, place) in places(stretch, wanted) {
                let row = &rows[place * table.stride..][..table.stride];
                self.at[place] = texts.len();
                if whole {
                    let here = (row[0] as usize).min(bytes.len());
                    texts.extend_from_slice(Texts(&bytes[here..]).whole(count));
                } else {
                    texts.extend_from_slice(Texts(&table.texts(records[place], row)).whole(count));
                }
            }
        });
    }

    /// The row at a place.
    #[inline]
    pub(crate) fn row(&self, n: usize) -> &[u32] {
        &self.rows[n * self.stride..][..self.stride]
    }

    /// The record at a place, whose texts were asked for.
    #[inline]
    pub(crate) fn side<'s>(&'s self, table: &'s Table, n: usize) -> Side<'s> {
        let (record, row) = (self.records[n], self.row(n));
        let texts = match self.at.get(n) {
            Some(at) => &self.texts[*at..],
            None => &table.stretch(record).texts[row[0] as usize..],
        };
        Side { record, row, texts: Texts(texts) }
    }
}

/// Calls `see` with each stretch of which something is wanted and with what is.
fn pass_over(table: &Table, order: &[u64], mut see: impl FnMut(&Stretch, &[u64])) {
    let mut rest = order;
    while let Some(first) = rest.first() {
        let stretch = table.stretch((first >> 32) as u32);
        let end = u64::from(stretch.first) + stretch.len as u64;
        let (wanted, later) = rest.split_at(rest.partition_point(|number| number >> 32 < end));
        see(stretch, wanted);
        rest = later;
    }
}

/// Which records of a stretch are wanted, and at which places they stand.
fn places(stretch: &Stretch, wanted: &[u64]) -> impl Iterator<Item = (usize, usize)> {
    wanted.iter().map(|number| ((number >> 32) as usize - stretch.first as usize, *number as u32 as usize))
}
