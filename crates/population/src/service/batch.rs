//! Verification of many numbers in one file (up to a million rows): CSV in, CSV out, row for row.
//!
//! Each row is a look-up of its own: it has its entry in the ledger, and is answered with match, mismatch or not found
//! for each field asked. A faulty row says what is wrong with it and stops nobody.

use super::{Ask, Error, Population};
use crate::{
    problems::{BATCH_BUSY, BATCH_FILE},
    verify::{Agreement, Claims, Number},
};
use access::Action;
use ledger::Entry;
use std::{io::Cursor, iter::Peekable};
use tokio::sync::mpsc;
use vocabulary::{Field, FieldSet, FullName, Invalid, PartialDate, Problem, Sex, UnitCode, fold};

/// Most rows in one file.
pub const BATCH_ROWS: usize = 1_000_000;

/// Rows that share one durable write of the ledger.
const STRIDE: usize = 500;

/// A running batch: its result file, part by part.
pub struct Batch {
    /// The parts; the first holds the header.
    pub parts: mpsc::Receiver<Result<Vec<u8>, std::io::Error>>,
}

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Column {
    Number,
    Name,
    Birth,
    Sex,
    Unit,
    OtherNumber,
}

impl Column {
    /// By its header, in Vietnamese or English, with or without diacritics.
    fn named(header: &str) -> Option<Column> {
        match fold(header.trim_start_matches('\u{FEFF}')).replace(['_', '-'], " ").as_str() {
            "number"
            | "so"
            | "so dinh danh"
            | "so dinh danh ca nhan"
            | "cccd"
            | "so cccd"
            | "personal number" => Some(Column::Number),
            "name" | "full name" | "ho ten" | "ho va ten" | "ho, chu dem va ten" => Some(Column::Name),
            "birth" | "birth date" | "date of birth" | "ngay sinh" | "ngay thang nam sinh" => {
                Some(Column::Birth)
            }
            "sex" | "gender" | "gioi tinh" => Some(Column::Sex),
            "unit" | "commune" | "ma xa" | "ma don vi" | "thuong tru" => Some(Column::Unit),
            "other number" | "former number" | "cmnd" | "so cmnd" => Some(Column::OtherNumber),
            _ => None,
        }
    }

    const fn field(self) -> Option<Field> {
        match self {
            Column::Number | Column::OtherNumber => None,
            Column::Name => Some(Field::FullName),
            Column::Birth => Some(Field::BirthDate),
            Column::Sex => Some(Field::Sex),
            Column::Unit => Some(Field::PermanentResidence),
        }
    }
}

/// Reads one row; an empty cell is not asked.
fn read(columns: &[Option<Column>], row: &csv::StringRecord) -> Result<(Number, Claims), (usize, Invalid)> {
    let mut number = None;
    let mut claims = Claims::default();
    for (i, (cell, column)) in row.iter().zip(columns).enumerate() {
        let cell = cell.trim();
        let Some(column) = column.filter(|_| !cell.is_empty()) else { continue };
        let fault = |invalid| (i, invalid);
        match column {
            Column::Number => number = Some(Number::parse(cell).map_err(fault)?),
            Column::Name => claims.name = Some(FullName::parse(cell).map_err(fault)?),
            Column::Birth => claims.birth_date = Some(PartialDate::parse(cell).map_err(fault)?),
            Column::Sex => claims.sex = Some(Sex::parse(cell).map_err(fault)?),
            Column::Unit => claims.unit = Some(UnitCode::parse(cell).map_err(fault)?),
            Column::OtherNumber => claims.other_number = Some(Number::parse(cell).map_err(fault)?),
        }
    }
    let missing = Invalid::new("batch/number", "Thiếu số định danh", "The number is missing");
    number.map(|n| (n, claims)).ok_or((0, missing))
}

/// A row of the file.
enum Line {
    Asked(Number, Claims),
    Faulty(String),
}

/// How a file ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// All its rows were read.
    Whole,
    /// It has more rows than are answered.
    TooMany,
}

/// Rows that are answered together, and whether they are the last.
struct Stride {
    lines: Vec<Line>,
    end: Option<End>,
}

/// A file in strides.
struct Strides {
    rows: Peekable<csv::StringRecordsIntoIter<Cursor<Vec<u8>>>>,
    columns: Vec<Option<Column>>,
    /// Rows that may still be answered.
    left: usize,
}

impl Strides {
    fn next(&mut self) -> Stride {
        let rows = self.rows.by_ref().take(STRIDE.min(self.left));
        let lines: Vec<Line> = rows
            .map(|row| match row {
                Err(_) => Line::Faulty("csv".to_owned()),
                Ok(row) => match read(&self.columns, &row) {
                    Ok((number, claims)) => Line::Asked(number, claims),
                    Err((column, invalid)) => Line::Faulty(format!("{}:{}", column + 1, invalid.rule)),
                },
            })
            .collect();
        self.left -= lines.len();
        let end = match self.rows.peek() {
            None => Some(End::Whole),
            Some(_) if self.left == 0 => Some(End::TooMany),
            Some(_) => None,
        };
        Stride { lines, end }
    }
}

/// A place for a batch, taken before its file is read: few large files are held at a time, and none of a caller who may
/// not verify in batch.
pub struct BatchPlace {
    population: Population,
    ask: Ask,
    release: FieldSet,
    _slot: tokio::sync::OwnedSemaphorePermit,
}

const SERVICE: &str = "population.verify-batch";

impl Population {
    /// Takes a place for a batch, where the caller may and one is free.
    pub async fn batch_place(&self, ask: &Ask) -> Result<BatchPlace, Error> {
        ask.basis()?;
        let release =
            self.decide(ask, Action::VerifyBatch, SERVICE, ledger::Subject::Nobody, &[]).await?.fields;
        let slot = self.batches.clone().try_acquire_owned().map_err(|_| Problem::new(&BATCH_BUSY))?;
        Ok(BatchPlace { population: self.clone(), ask: ask.clone(), release, _slot: slot })
    }
}

impl BatchPlace {
    /// Starts the batch. The columns are checked before the first row is read.
    pub fn start(self, file: impl Into<Vec<u8>>) -> Result<Batch, Error> {
        let basis = self.ask.basis()?;
        let file: Vec<u8> = file.into();
        let unreadable = |vi: &str, en: &str| Problem::new(&BATCH_FILE).detail(vi, en);
        if std::str::from_utf8(&file).is_err() {
            return Err(unreadable("Tệp không phải UTF-8.", "The file is not in UTF-8.").into());
        }
        let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(Cursor::new(file));
        let header = reader
            .headers()
            .map_err(|_| unreadable("Không đọc được dòng tiêu đề.", "The header cannot be read."))?;
        let columns: Vec<Option<Column>> = header.iter().map(Column::named).collect();
        if columns.iter().filter(|c| **c == Some(Column::Number)).count() != 1 {
            return Err(unreadable(
                "Cần đúng một cột số định danh.",
                "Exactly one column of numbers is needed.",
            )
            .into());
        }
        let asked: Vec<Field> = columns.iter().flatten().filter_map(|c| c.field()).collect();
        let beyond = asked.iter().copied().collect::<FieldSet>().without(self.release);
        if !beyond.is_empty() {
            let names: Vec<&str> = beyond.iter().map(Field::code).collect();
            return Err(Problem::new(&vocabulary::kinds::FORBIDDEN)
                .detail(
                    format!("Không được đối chiếu: {}.", names.join(", ")),
                    format!("Not to be compared: {}.", names.join(", ")),
                )
                .into());
        }
        let strides = Strides { rows: reader.into_records().peekable(), columns, left: BATCH_ROWS };
        let (sender, parts) = mpsc::channel(4);
        tokio::spawn(async move {
            let work = self.population.run_batch(&self.ask, basis, strides, &asked, &sender);
            if let Err(error) = work.await {
                tracing::error!(%error, "a batch was broken off");
                // The result ends without its last line, so that nobody takes it for whole.
                let _ = sender.send(Err(std::io::Error::other("broken off"))).await;
            }
        });
        Ok(Batch { parts })
    }
}

impl Population {
    async fn run_batch(
        &self,
        ask: &Ask,
        basis: vocabulary::Basis,
        mut strides: Strides,
        asked: &[Field],
        out: &mpsc::Sender<Result<Vec<u8>, std::io::Error>>,
    ) -> Result<(), Error> {
        let mut head = vec!["row".to_owned(), "number".to_owned()];
        head.extend(asked.iter().map(|f| f.code().to_owned()));
        head.extend(["overall".to_owned(), "entry".to_owned(), "fault".to_owned()]);
        let mut part = line(&head);
        let mut count = 0usize;
        loop {
            let Stride { lines, end } = strides.next();
            let mut entries: Vec<Entry> = Vec::with_capacity(lines.len());
            for l in &lines {
                if let Line::Asked(number, claims) = l {
                    entries.push(self.comparison(ask, SERVICE, basis.clone(), *number, claims).await?);
                }
            }
            let mut receipts = self.ledger.append_all(entries).await?.into_iter();
            for l in lines {
                count += 1;
                let mut cells = vec![count.to_string()];
                match l {
                    Line::Faulty(fault) => {
                        cells.extend(std::iter::repeat_n(String::new(), asked.len() + 1));
                        cells.extend(["invalid".to_owned(), String::new(), fault]);
                    }
                    Line::Asked(number, _) => {
                        let Some(receipt) = receipts.next() else { break };
                        let answer = |f: Field| match receipt.verdict() {
                            None => Agreement::NotFound.code(),
                            Some(v) if v.asked().has(f) => Agreement::of(v, f).code(),
                            Some(_) => "",
                        };
                        cells.push(answer(number.field()).to_owned());
                        cells.extend(asked.iter().map(|f| answer(*f).to_owned()));
                        let overall = match receipt.verdict() {
                            None => Agreement::NotFound,
                            Some(v) if v.all_matched() => Agreement::Match,
                            Some(_) => Agreement::Mismatch,
                        };
                        cells.extend([overall.code().to_owned(), receipt.seq().to_string(), String::new()]);
                    }
                }
                part.extend(line(&cells));
            }
            match end {
                Some(End::Whole) => part.extend(line(&["end".to_owned(), count.to_string()])),
                Some(End::TooMany) => part.extend(line(&[count.to_string(), "too-many-rows".to_owned()])),
                None => {}
            }
            if out.send(Ok(std::mem::take(&mut part))).await.is_err() || end.is_some() {
                return Ok(());
            }
        }
    }
}

/// One line of the result. Its cells are codes and numbers, which need no quotes.
fn line(cells: &[String]) -> Vec<u8> {
    let mut line = cells.join(",").into_bytes();
    line.push(b'\n');
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_read_in_both_languages() {
        for (header, column) in [
            ("Số định danh", Column::Number),
            ("\u{FEFF}CCCD", Column::Number),
            ("Họ và tên", Column::Name),
            ("Ngày sinh", Column::Birth),
            ("Giới tính", Column::Sex),
            ("birth_date", Column::Birth),
            ("Số CMND", Column::OtherNumber),
        ] {
            assert_eq!(Column::named(header), Some(column), "{header}");
        }
        assert_eq!(Column::named("ghi chú"), None);
    }

    #[test]
    fn exactly_as_many_rows_as_allowed_are_whole() {
        let strides = |rows: usize, left: usize| {
            let file = format!("number\n{}", "056185001234\n".repeat(rows)).into_bytes();
            let rows = csv::Reader::from_reader(Cursor::new(file)).into_records().peekable();
            Strides { rows, columns: vec![Some(Column::Number)], left }
        };
        let ends = |mut strides: Strides| {
            let mut taken = Vec::new();
            loop {
                let Stride { lines, end } = strides.next();
                taken.push(lines.len());
                if let Some(end) = end {
                    return (taken, end);
                }
            }
        };
        assert_eq!(ends(strides(0, 1000)), (vec![0], End::Whole));
        assert_eq!(ends(strides(3, 1000)), (vec![3], End::Whole));
        assert_eq!(ends(strides(1000, 1000)), (vec![500, 500], End::Whole));
        assert_eq!(ends(strides(1001, 1000)), (vec![500, 500], End::TooMany));
        assert_eq!(ends(strides(800, 700)), (vec![500, 200], End::TooMany));
    }

    #[test]
    fn a_faulty_cell_names_its_column_and_rule() {
        let columns = [Some(Column::Number), Some(Column::Birth), None];
        let fault = |cells: &[&str]| {
            read(&columns, &csv::StringRecord::from(cells.to_vec())).err().map(|(i, f)| (i, f.rule))
        };
        assert_eq!(fault(&["056185001234", "1985", "x"]), None);
        assert_eq!(fault(&["056185001234", "31/02/1985"]), Some((1, "date/calendar")));
        assert_eq!(fault(&["", "1985"]), Some((0, "batch/number")));
    }
}
