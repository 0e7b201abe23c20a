//! Reads records into a [`Table`]: pieces of a CSV file side by side; what comes from elsewhere, and CSV that is strangely
//! quoted, record by record, to be encoded side by side.

use crate::{
    blocks::in_parallel,
    counts::Counts,
    encode::{Batch, Encoder, LONGEST_CELL, Refused},
    error::LinkError,
    mix::KeySet,
    schema::{Kind, Schema},
    sort,
    spill::Spill,
    split::{LONGEST_RECORD, Pieces, Reading, TOO_LONG, Wanted},
    table::{self, Column, Stretch, Table},
};
use memchr::memchr_iter;
use std::{
    cell::Cell,
    fs::File,
    io::{self, Read},
    path::Path,
    rc::Rc,
    sync::{Mutex, PoisonError, mpsc},
};

/// Tells of a code of an administrative unit the unit of today and its province, where it knows it.
pub type UnitTable<'a> = &'a (dyn Fn(&str) -> Option<(String, String)> + Sync);

/// Most records that can be linked in one run.
pub const MOST_RECORDS: usize = 400_000_000;

/// Records handed to the encoders at a time, and bytes.
const BATCH: (usize, usize) = (2048, 1 << 22);

/// Reads one or two files. The schema is guessed from the headers of the left one where none is given.
pub(crate) fn read(
    (left, right): (Input<'_>, Option<Input<'_>>),
    schema: Option<&Schema>,
    id: Option<&str>,
    units: Option<UnitTable<'_>>,
    (threads, memory): (usize, u64),
) -> Result<Table, LinkError> {
    let first = Source::open(left)?;
    let mut schema = match schema {
        Some(schema) => schema.clone(),
        None => Schema::guess(first.headers.iter().map(String::as_str)),
    };
    if let Some(id) = id {
        // A number that identifies a record is also one to be compared.
        if schema.columns.get(id) != Some(&Kind::Number) {
            schema.columns.remove(id);
        }
        schema.id = Some(id.to_owned());
    }
    match schema.columns.len() {
        0 => return Err(LinkError::NothingToCompare),
        n if n > Schema::MOST => return Err(LinkError::TooManyColumns),
        _ => {}
    }
    let mut columns: Vec<Column> = Vec::new();
    for (header, kind) in &schema.columns {
        columns.push(Column::after(&columns, header, *kind));
    }
    let stride = table::FIRST + columns.iter().map(|column| table::width(column.kind)).sum::<usize>();
    let identified = schema.id.is_some();
    let spill = Spill::new(memory);
    let encoder = || Encoder::new(&columns, identified, stride, units, &spill);
    let mut stretches = first.stretches(&schema, &encoder, threads)?;
    let records = |stretches: &[Stretch]| stretches.iter().map(|stretch| stretch.len).sum::<usize>();
    let left_records = records(&stretches);
    if let Some(right) = right {
        stretches.extend(Source::open(right)?.stretches(&schema, &encoder, threads)?);
    }
    let len = records(&stretches);
    if len > MOST_RECORDS {
        return Err(LinkError::TooLarge);
    }
    let mut table = Table {
        columns,
        identified,
        left: left_records,
        len,
        two_files: right.is_some(),
        files: [left.name(), right.map(|right| right.name()).unwrap_or_default()],
        stride,
        stretches,
        spill,
        near: Vec::new(),
        repeated: KeySet::default(),
        schema,
    };
    table.arrange();
    Ok(table)
}

/// The records of a file whose identifier an earlier one bears.
fn repeated(table: &Table, (from, to): (usize, usize), threads: usize) -> Vec<u32> {
    // Hashes are compared a share at a time.
    let shares = (table.len >> 22).max(2 * threads);
    let twice = in_parallel(threads, shares, |share| {
        let mut hashes = Vec::new();
        for stretch in &table.stretches {
            for (hash, record) in stretch.parts[0].iter().zip(stretch.first..) {
                let of = ((u64::from(*hash) * shares as u64) >> 32) as usize;
                if of == share && (from..to).contains(&(record as usize)) {
                    hashes.push(u64::from(*hash) << 32 | u64::from(record));
                }
            }
        }
        sort::shared(&mut hashes, &mut Vec::new());
        let mut twice = Vec::new();
        for run in sort::runs(&hashes) {
            let mut ids: Vec<(Vec<u8>, u32)> =
                run.iter().map(|number| (table.own_id(*number as u32), *number as u32)).collect();
            ids.sort_unstable();
            for [a, b] in ids.array_windows() {
                if a.0 == b.0 && !a.0.is_empty() {
                    twice.push(b.1);
                }
            }
        }
        twice
    });
    let mut twice = twice.concat();
    twice.sort_unstable();
    twice
}

/// Counts how many records share each value of each column.
///
/// Fails when identifiers repeat, where they may not.
pub(crate) fn count(table: &mut Table, may_repeat: bool, threads: usize) -> Result<(), LinkError> {
    for (n, (from, to)) in [(0, table.left), (table.left, table.len)].into_iter().enumerate() {
        let twice = if table.identified { repeated(table, (from, to), threads) } else { Vec::new() };
        if let (false, Some(first)) = (may_repeat, twice.first()) {
            let record = u64::from(*first) - from as u64 + 1;
            return Err(LinkError::SameId { file: table.files[n].clone(), record });
        }
        table.repeated.extend(twice);
    }
    let counted = in_parallel(threads, table.columns.len(), |n| {
        let column = &table.columns[n];
        let filled: usize = table.stretches.iter().map(|stretch| stretch.filled[n]).sum();
        let mut frequent = Vec::new();
        let (mut chosen, mut all, mut distinct, mut fewest) = (0.0_f64, 0_usize, 0, usize::MAX);
        let single =
            if matches!(column.kind, Kind::Number | Kind::FormerNumber | Kind::Phone) { 2 } else { 1 };
        let mut see = |value: u32, count: usize| {
            // A number that is rare is taken to be in two records: what is learnt of it is learnt from pairs.
            chosen += (count * count.max(single)) as f64;
            all += count;
            distinct += 1;
            if count > 1 {
                fewest = fewest.min(count);
            }
            if count > 2 {
                frequent.push((value, count as u32));
            }
        };
        {
            let lanes = if column.kind.of_several() { table::SEVERAL } else { 1 };
            // A share of the values at a time, so that little memory is taken.
            let shares = (table.len >> 23).max(1) as u64;
            let (mut values, mut spare) = (Vec::new(), Vec::new());
            for share in 0..shares {
                values.clear();
                for stretch in &table.stretches {
                    for part in &stretch.parts[column.parts..column.parts + lanes] {
                        let mine = |value: &u32| *value != 0 && (u64::from(*value) * shares) >> 32 == share;
                        values.extend(part.iter().copied().filter(mine));
                    }
                }
                sort::by_hash(&mut values, &mut spare);
                sort::runs(&values).for_each(|run| see(run[0], run.len()));
            }
        }
        // The chance that the value of a record is that of another record with a value.
        let records = filled.max(1) as f64;
        // Of several values in a cell the first is looked up, whichever agrees.
        let known = fewest != usize::MAX && !column.kind.of_several();
        let fewest = if known { fewest as u32 } else { 2 };
        (filled, Counts::new(&frequent), chosen / all.max(1) as f64 / records, distinct, fewest)
    });
    for (column, counted) in table.columns.iter_mut().zip(counted) {
        (column.filled, column.frequent, column.agreement, column.distinct, column.fewest) = counted;
    }
    Ok(())
}

/// The name of a file without its folder.
pub(crate) fn name(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

/// Records that stand elsewhere than in a CSV file, such as a Parquet file or a register.
pub trait Rows {
    /// What errors call it.
    fn name(&self) -> String;

    /// The headers of the columns.
    fn headers(&self) -> Vec<String>;

    /// Hands out the cells of the columns at the places wanted, record by record, until there are no more or `see` says
    /// `false`.
    ///
    /// Fails when the records cannot be read.
    fn for_each(&self, wanted: &[usize], see: &mut dyn FnMut(&[&[u8]]) -> bool) -> io::Result<()>;
}

/// Where records come from.
#[derive(Clone, Copy)]
pub enum Input<'a> {
    /// A CSV file; the delimiter is seen from its headers.
    Csv(&'a Path),
    /// The same, open already; errors call it by the name.
    Open(&'a str, &'a File),
    /// Elsewhere.
    Rows(&'a dyn Rows),
}

impl<'a, P: AsRef<Path> + ?Sized> From<&'a P> for Input<'a> {
    fn from(path: &'a P) -> Input<'a> {
        Input::Csv(path.as_ref())
    }
}

impl Input<'_> {
    fn name(&self) -> String {
        match self {
            Input::Csv(path) => name(path),
            Input::Open(name, _) => (*name).to_owned(),
            Input::Rows(rows) => rows.name(),
        }
    }
}

/// Records being read.
struct Source<'a> {
    file: String,
    headers: Vec<String>,
    from: Opened<'a>,
}

enum Opened<'a> {
    Csv { file: File, reader: Box<csv::Reader<Bounded>>, read: Rc<Cell<usize>>, delimiter: u8 },
    Rows(&'a dyn Rows),
}

/// A reader that gives up when a record does not end.
struct Bounded {
    file: Reading,
    read: Rc<Cell<usize>>,
}

impl Read for Bounded {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.read.get() > LONGEST_RECORD {
            return Err(io::Error::other(TOO_LONG));
        }
        let read = self.file.read(buffer)?;
        self.read.set(self.read.get() + read);
        Ok(read)
    }
}

/// What came of reading a piece.
enum Trouble {
    Strange,
    Error(LinkError),
}

impl<'a> Source<'a> {
    fn open(input: Input<'a>) -> Result<Source<'a>, LinkError> {
        let file = match input {
            Input::Csv(path) => File::open(path),
            Input::Open(_, file) => file.try_clone(),
            Input::Rows(rows) => {
                let headers = rows.headers();
                return Ok(Source { file: rows.name(), headers, from: Opened::Rows(rows) });
            }
        };
        let named = input.name();
        let file = file.map_err(|why| LinkError::Io { file: named.clone(), why })?;
        let mut source = Source::with(&named, &file, b',')?;
        // Spreadsheets here write semicolons.
        if let [only] = source.headers.as_slice()
            && let Some(delimiter) = [b';', b'\t'].into_iter().find(|d| only.as_bytes().contains(d))
        {
            source = Source::with(&named, &file, delimiter)?;
        }
        Ok(source)
    }

    fn with(named: &str, file: &File, delimiter: u8) -> Result<Source<'a>, LinkError> {
        let again = || file.try_clone().map_err(|why| LinkError::Io { file: named.to_owned(), why });
        let read = Rc::new(Cell::new(0));
        let reader = Bounded { file: Reading { file: again()?, at: 0 }, read: Rc::clone(&read) };
        let mut reader =
            csv::ReaderBuilder::new().delimiter(delimiter).buffer_capacity(1 << 16).from_reader(reader);
        let headers = reader.byte_headers().map_err(|error| fault(named, &error))?;
        let headers = headers
            .iter()
            .map(|header| String::from_utf8_lossy(header).trim_start_matches('\u{feff}').trim().to_owned())
            .collect();
        let from = Opened::Csv { file: again()?, reader: Box::new(reader), read, delimiter };
        Ok(Source { file: named.to_owned(), headers, from })
    }

    fn place(&self, header: &str) -> Result<usize, LinkError> {
        let header = header.trim_start_matches('\u{feff}').trim();
        let missing = || LinkError::NoColumn { file: self.file.clone(), header: header.to_owned() };
        self.headers.iter().position(|known| known == header).ok_or_else(missing)
    }

    /// All records, encoded.
    fn stretches<'e>(
        mut self,
        schema: &Schema,
        encoder: &(dyn Fn() -> Encoder<'e> + Sync),
        threads: usize,
    ) -> Result<Vec<Stretch>, LinkError> {
        let headers = schema.id.iter().chain(schema.columns.keys());
        let places: Vec<usize> = headers.map(|header| self.place(header)).collect::<Result<_, _>>()?;
        if let Opened::Csv { file, reader, delimiter, .. } = &self.from {
            let io = |why| LinkError::Io { file: self.file.clone(), why };
            let (byte, line) = (reader.position().byte(), reader.position().line());
            let pieces = Pieces::new(file.try_clone().map_err(io)?, byte, line.saturating_sub(1));
            let wanted = Wanted::new(*delimiter, self.headers.len(), &places);
            let read = side_by_side(&self.file, &Mutex::new(pieces), &wanted, encoder, threads);
            match read {
                Ok(stretches) => return Ok(stretches),
                Err(Trouble::Error(error)) => return Err(error),
                Err(Trouble::Strange) => {}
            }
        }
        self.one_by_one(&places, encoder, threads)
    }

    /// Reads record by record and encodes side by side.
    fn one_by_one<'e>(
        &mut self,
        places: &[usize],
        encoder: &(dyn Fn() -> Encoder<'e> + Sync),
        threads: usize,
    ) -> Result<Vec<Stretch>, LinkError> {
        let (sender, receiver) = mpsc::sync_channel::<(usize, u64, Batch)>(2 * threads);
        let receiver = Mutex::new(receiver);
        let file = self.file.clone();
        std::thread::scope(|scope| {
            let work = || {
                let (mut encoder, mut done) = (encoder(), Vec::new());
                loop {
                    let taken = receiver.lock().unwrap_or_else(PoisonError::into_inner).recv();
                    let Ok((n, record, batch)) = taken else { return done };
                    let refused = |refused| match refused {
                        Refused::Long(at) => long(&file, record + at as u64),
                        Refused::Disk(why) => full(why),
                    };
                    done.push((n, encoder.encode(&batch).map_err(refused)));
                }
            };
            let workers: Vec<_> = (0..threads.max(1)).map(|_| scope.spawn(work)).collect();
            let mut packer = Packer { batch: Batch::default(), first: 0, sent: 0, sender };
            let fed = self.feed(places, &mut packer);
            packer.send();
            drop(packer);
            let mut all = Vec::new();
            for worker in workers {
                match worker.join() {
                    Ok(done) => all.extend(done),
                    Err(panic) => std::panic::resume_unwind(panic),
                }
            }
            all.sort_unstable_by_key(|(n, _)| *n);
            let all: Result<Vec<Stretch>, LinkError> = all.into_iter().map(|(_, stretch)| stretch).collect();
            fed.and(all)
        })
    }

    fn feed(&mut self, places: &[usize], packer: &mut Packer) -> Result<(), LinkError> {
        match &mut self.from {
            Opened::Csv { reader, read, .. } => {
                let mut record = csv::ByteRecord::new();
                while reader.read_byte_record(&mut record).map_err(|error| fault(&self.file, &error))? {
                    read.set(0);
                    let line = record.position().map_or(0, csv::Position::line);
                    let cells = places.iter().map(|place| record.get(*place).unwrap_or_default());
                    if !packer.pack(cells) {
                        return Err(long(&self.file, line));
                    }
                }
                Ok(())
            }
            Opened::Rows(rows) => {
                let (mut row, mut fits) = (0, true);
                // A number may both identify a record and be compared.
                let mut wanted = places.to_vec();
                wanted.sort_unstable();
                wanted.dedup();
                let at: Vec<usize> = places.iter().filter_map(|p| wanted.binary_search(p).ok()).collect();
                let read = rows.for_each(&wanted, &mut |cells| {
                    row += 1;
                    let cells = at.iter().map(|n| cells.get(*n).copied().unwrap_or_default());
                    fits = packer.pack(cells) && row <= MOST_RECORDS as u64;
                    fits
                });
                read.map_err(|why| LinkError::Io { file: self.file.clone(), why })?;
                match fits {
                    true => Ok(()),
                    false if row > MOST_RECORDS as u64 => Err(LinkError::TooLarge),
                    false => Err(long(&self.file, row)),
                }
            }
        }
    }
}

fn long(file: &str, line: u64) -> LinkError {
    LinkError::Csv { file: file.to_owned(), line, why: "a cell of more than 64 KB" }
}

/// The disk does not take what does not fit into memory, or does not give it back.
pub(crate) fn full(why: io::Error) -> LinkError {
    LinkError::Io { file: "tệp tạm · temporary file".into(), why }
}

/// Reads pieces of a file on all threads.
fn side_by_side<'e>(
    file: &str,
    pieces: &Mutex<Pieces>,
    wanted: &Wanted,
    encoder: &(dyn Fn() -> Encoder<'e> + Sync),
    threads: usize,
) -> Result<Vec<Stretch>, Trouble> {
    let work = |_| {
        let (mut encoder, mut batch, mut done) = (encoder(), Batch::default(), Vec::new());
        loop {
            let used = std::mem::take(&mut batch.bytes);
            let taken = pieces.lock().unwrap_or_else(PoisonError::into_inner).next(used);
            let piece = match taken {
                Ok(Some(piece)) => piece,
                Ok(None) => return done,
                Err(why) => {
                    let error = LinkError::Io { file: file.to_owned(), why };
                    done.push((usize::MAX, Err(Trouble::Error(error))));
                    return done;
                }
            };
            let line_of = |bytes: &[u8]| piece.line + memchr_iter(b'\n', bytes).count() as u64 + 1;
            let before = piece.bytes.len();
            batch.bytes = piece.bytes;
            let encoded = match wanted.cells(&mut batch) {
                None => Err(Trouble::Strange),
                Some(()) => encoder.encode(&batch).map_err(|refused| match refused {
                    Refused::Disk(why) => Trouble::Error(full(why)),
                    Refused::Long(record) => {
                        let cells = batch.cells.len() / batch.records.max(1);
                        let at = batch.cells[record * cells].0 as usize;
                        Trouble::Error(long(file, line_of(&batch.bytes[..at.min(before)])))
                    }
                }),
            };
            let failed = encoded.is_err();
            done.push((piece.n, encoded));
            if failed {
                return done;
            }
        }
    };
    let mut all: Vec<_> = in_parallel(threads, threads.max(1), work).into_iter().flatten().collect();
    all.sort_unstable_by_key(|(n, _)| *n);
    all.into_iter().map(|(_, stretch)| stretch).collect()
}

/// Packs cells into batches.
struct Packer {
    batch: Batch,
    first: u64,
    sent: usize,
    sender: mpsc::SyncSender<(usize, u64, Batch)>,
}

impl Packer {
    /// Adds a record; `false` when a cell is too long.
    fn pack<'c>(&mut self, cells: impl Iterator<Item = &'c [u8]>) -> bool {
        let batch = &mut self.batch;
        for cell in cells {
            let cell = cell.trim_ascii();
            if cell.len() > LONGEST_CELL {
                return false;
            }
            let start = batch.bytes.len() as u32;
            batch.bytes.extend_from_slice(cell);
            batch.cells.push((start, batch.bytes.len() as u32));
        }
        batch.records += 1;
        if batch.records >= BATCH.0 || batch.bytes.len() > BATCH.1 {
            self.send();
        }
        true
    }

    fn send(&mut self) {
        let batch = std::mem::take(&mut self.batch);
        if batch.records > 0 {
            let (n, first) = (self.sent, self.first + 1);
            self.sent += 1;
            self.first += batch.records as u64;
            // An encoder that has gone tells why when it is joined.
            drop(self.sender.send((n, first, batch)));
        }
    }
}

fn fault(file: &str, error: &csv::Error) -> LinkError {
    let line = error.position().map_or(0, csv::Position::line);
    match error.kind() {
        csv::ErrorKind::Io(why) => {
            LinkError::Io { file: file.to_owned(), why: io::Error::new(why.kind(), why.to_string()) }
        }
        csv::ErrorKind::UnequalLengths { .. } => LinkError::Csv {
            file: file.to_owned(),
            line,
            why: "số ô khác dòng tiêu đề · another number of cells than the headers",
        },
        _ => LinkError::Csv { file: file.to_owned(), line, why: "CSV không hợp lệ · not CSV" },
    }
}
