//! A run: the file is read twice – for numbers that stand on several rows, then for the rows –, compared in batches, and
//! answered in the owner's format, his columns untouched. Memory is bounded whatever the file holds.

use super::{RunState, SectorRun, fields_of, repeated::Numbers, unreadable};
use crate::{
    error::QualityError,
    sectors::{KEY, Sector},
    service::Quality,
    store::{
        self,
        sectors::{self, Finding},
    },
};
use ::store::transact;
use population::{
    Ask,
    columns::{self, Column},
    reconcile::{Answer, COLUMNS, Differing, Met, SectorRow, Silhouette, Why, commune},
};
use reference::units;
use std::{
    collections::HashMap,
    io::{Seek, Write},
    sync::Arc,
};
use tabular::{Row, RowWriter, Table};
use tokio::sync::mpsc;
use vocabulary::{FieldSet, Lang, Moment, PartialDate, Problem, UnitCode, kinds};

/// Rows compared together.
const BATCH: usize = 10_000;
/// Bytes of cells in a batch: rows may be large, and memory is not.
const ROOM: usize = 24 << 20;
/// Characters of a register's own key.
const KEY_LENGTH: usize = 100;

/// Opens a file from its beginning; it is called once for each reading.
pub type Opened = Arc<dyn Fn() -> Result<Table, Problem> + Send + Sync>;

/// How far a run has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RunProgress {
    /// Rows answered.
    pub rows: i64,
    /// Bytes read and bytes in all.
    pub bytes: (u64, u64),
}

/// The headers of the columns that are added. A file that comes back with them is read without them.
const ADDED: [&str; 5] = [
    "Kết quả đối soát (Result)",
    "Lý do (Reason)",
    "Trường sai lệch (Fields)",
    "Đề xuất (Proposal)",
    "Mã kết quả (Code)",
];

/// How a file is read at first: its columns as recognised, its format as found.
pub fn prepare(sector: &Sector, table: &Table) -> super::SectorSettings {
    super::SectorSettings {
        mapping: sector.recognise(&table.headers),
        sheet: table.sheet.clone(),
        format: table.format,
        delimiter: table.delimiter,
    }
}

/// Where each column stands.
struct Places {
    key: usize,
    at: HashMap<Column, usize>,
    fields: FieldSet,
}

impl Places {
    fn new(run: &SectorRun, fields: FieldSet) -> Option<Places> {
        let mapping = &run.settings.mapping;
        let at = COLUMNS.iter().filter_map(|c| Some((*c, mapping.column(c.code())?))).collect();
        Some(Places { key: mapping.column(KEY)?, at, fields })
    }

    fn cell<'r>(&self, row: &'r Row, column: Column) -> &'r str {
        self.at.get(&column).map_or("", |at| row.text(*at))
    }

    /// What a row says, and the present commune where the person lives by its codes.
    fn read(&self, row: &Row, today: PartialDate) -> (SectorRow, Option<UnitCode>) {
        let told = columns::read(|c| self.cell(row, c), today);
        let now = told.permanent.new_unit;
        let unit = now.or_else(|| told.permanent.old_unit.and_then(units::successor).map(|u| u.code));
        (SectorRow::of(told, self.cell(row, Column::Number), self.fields), unit)
    }

    /// The present commune that a row names in words: where the person lives, or else is from.
    fn commune(&self, row: &Row) -> Option<UnitCode> {
        [Column::PermanentText, Column::HometownText]
            .into_iter()
            .find_map(|column| commune(self.cell(row, column)))
    }

    /// The number alone, for the first reading.
    fn number(&self, row: &Row, today: PartialDate) -> Option<u64> {
        let cell = self.cell(row, Column::Number);
        if cell.is_empty() {
            return None;
        }
        let told = columns::read(|c| if c == Column::Number { cell } else { "" }, today);
        let read = SectorRow::of(told, cell, self.fields);
        read.number.as_int().and_then(|n| u64::try_from(n).ok())
    }
}

/// A row of the file.
struct Line {
    row: Row,
    key: String,
    read: SectorRow,
    unit: Option<UnitCode>,
}

enum Coming {
    /// The numbers that stand on several rows.
    Repeated(Vec<u64>),
    Rows(Vec<Line>, (u64, u64)),
    End,
}

/// Reads the file twice, beside the work of the registry.
fn read(
    open: Opened,
    places: &Places,
    sender: &mpsc::Sender<Result<Coming, Problem>>,
) -> Result<(), Problem> {
    let internal = |_| Problem::new(&kinds::INTERNAL);
    let today = PartialDate::today();
    let gone = |_| Problem::new(&kinds::INTERNAL);
    let mut row = Row::default();
    let mut numbers = Numbers::new();
    let mut table = open()?;
    // What is wrong further down is told by the second reading, which answers the rows before it.
    while table.read(&mut row).unwrap_or(false) {
        if let Some(number) = places.number(&row, today) {
            numbers.add(number).map_err(internal)?;
        }
    }
    drop(table);
    let repeated = numbers.repeated().map_err(internal)?;
    sender.blocking_send(Ok(Coming::Repeated(repeated))).map_err(gone)?;
    let mut table = open()?;
    let (mut lines, mut room): (Vec<Line>, usize) = (Vec::new(), ROOM);
    loop {
        let more = match table.read(&mut row) {
            Ok(more) => more,
            Err(fault) => {
                sender.blocking_send(Ok(Coming::Rows(lines, table.progress()))).map_err(gone)?;
                return Err(unreadable(fault));
            }
        };
        if more {
            let (read, unit) =
                if row.has_errors() { (SectorRow::default(), None) } else { places.read(&row, today) };
            let key = row.text(places.key).trim();
            let whole = !key.is_empty() && key.chars().count() <= KEY_LENGTH;
            let key = if whole { key.to_owned() } else { format!("#{}", row.number) };
            room = room.saturating_sub(row.cells.iter().map(|c| c.text.len()).sum());
            lines.push(Line { row: std::mem::take(&mut row), key, read, unit });
        }
        if !more || lines.len() >= BATCH || room == 0 {
            let full = std::mem::take(&mut lines);
            room = ROOM;
            sender.blocking_send(Ok(Coming::Rows(full, table.progress()))).map_err(gone)?;
        }
        if !more {
            return sender.blocking_send(Ok(Coming::End)).map_err(gone);
        }
    }
}

/// What the owner is told in the columns that are added.
struct Said<'a> {
    answer: &'a Answer,
    lang: Lang,
}

impl Said<'_> {
    fn cells(&self) -> [String; 5] {
        let (a, lang) = (self.answer, self.lang);
        let each = |text: &dyn Fn(&Differing) -> Option<String>| {
            a.differing.iter().filter_map(text).collect::<Vec<_>>().join("; ")
        };
        let fields = each(&|d| Some(format!("{}: {}", d.field.text().get(lang), d.how.text().get(lang))));
        let told = each(&|d| Some(format!("{}: {}", d.field.text().get(lang), d.value.as_ref()?)));
        let proposal = match a.why {
            Some(why) => advice(why, lang).to_owned(),
            None => told,
        };
        let reason = a.why.map_or("", |w| w.text().get(lang)).to_owned();
        let code = match a.why {
            Some(why) => format!("{} {}", a.met.code(), why.code()),
            None => format!("{} {}", a.met.code(), differences(a)).trim_end().to_owned(),
        };
        [a.met.text().get(lang).to_owned(), reason, fields, proposal, code]
    }
}

/// What to do with a row that is not found, or a duplicate.
fn advice(why: Why, lang: Lang) -> &'static str {
    match why {
        Why::Malformed => lang.pick(
            "Ghi lại số theo giấy tờ: 12 hoặc 9 chữ số",
            "Enter the number from the card: 12 or 9 digits",
        ),
        Why::Unknown => {
            lang.pick("Kiểm tra số với giấy tờ của người dân", "Compare the number with the person's papers")
        }
        Why::Nobody => lang.pick(
            "Hỏi người dân số định danh; nếu chưa có, chuyển công an xã",
            "Ask for the personal number; where there is none, hand on to the commune police",
        ),
        Why::One | Why::Several => {
            lang.pick("Bổ sung số định danh theo giấy tờ", "Add the personal number from the papers")
        }
        Why::Unreadable => lang.pick("Sửa dòng rồi gửi lại", "Mend the row and send it again"),
        Why::Twice => lang.pick("Giữ số ở đúng một người", "Leave the number with one person"),
        Why::OfAnother => lang
            .pick("Hỏi công an xã ở trang trùng số", "Ask the commune police on the page of the duplicate"),
    }
}

/// Field and way of each difference, as codes.
fn differences(answer: &Answer) -> String {
    let all: Vec<String> =
        answer.differing.iter().map(|d| format!("{}:{}", d.field.code(), d.how.code())).collect();
    all.join(" ")
}

/// What a batch is on its way to the file.
type Written = (Vec<Line>, Vec<Answer>);

/// Writes the result beside the work of the registry.
fn write<W: Write + Seek + Send>(
    mut out: RowWriter<W>,
    kept: &[usize],
    lang: Lang,
    mut coming: mpsc::Receiver<Written>,
) -> std::io::Result<W> {
    while let Some((lines, answers)) = coming.blocking_recv() {
        for (line, answer) in lines.iter().zip(&answers) {
            let said = Said { answer, lang }.cells();
            let own = kept.iter().map(|at| line.row.text(*at));
            out.write(own.chain(said.iter().map(String::as_str)))?;
        }
    }
    out.finish()
}

impl Quality {
    /// Compares a file with the registry from its beginning to its end, and writes the result in its format. Rows that were
    /// answered stay answered where the file breaks off.
    ///
    /// # Errors
    /// A refusal; a problem of the file; where the registry, the store or the result cannot be reached.
    pub async fn run_sector<W: Write + Seek + Send + 'static>(
        &self,
        ask: &Ask,
        id: i64,
        open: Opened,
        lang: Lang,
        out: W,
        mut progress: impl FnMut(RunProgress) + Send,
    ) -> Result<(SectorRun, W), QualityError> {
        let mut run = self.sector_run(ask, id).await?;
        let sector = self.own_sector(ask, &run.sector)?.clone();
        run.settings.check(&sector)?;
        let fields = sector.fields.and(self.may_reconcile(ask)?);
        let places = Places::new(&run, fields).ok_or_else(|| Problem::new(&kinds::INTERNAL))?;
        let places = Arc::new(places);
        let at = Arc::clone(&places);
        run.state = RunState::Working;
        run.counts = super::RowCounts::default();
        let headers: Vec<String> = run.settings.mapping.columns.iter().map(|c| c.header.clone()).collect();
        let kept: Vec<usize> = (0..headers.len())
            .filter(|at| headers.get(*at).is_some_and(|h| !ADDED.contains(&h.as_str())))
            .collect();
        let all =
            kept.iter().filter_map(|at| headers.get(*at).cloned()).chain(ADDED.map(str::to_owned)).collect();
        let delimiter = char::from(run.settings.delimiter.unwrap_or(b','));
        let internal = |_| QualityError::from(Problem::new(&kinds::INTERNAL));
        let writer = RowWriter::new(run.settings.format, delimiter, all, out).map_err(internal)?;
        let (written, to_write) = mpsc::channel::<Written>(1);
        let writing = tokio::task::spawn_blocking(move || write(writer, &kept, lang, to_write));
        let (sender, mut coming) = mpsc::channel(1);
        tokio::task::spawn_blocking(move || {
            if let Err(problem) = read(open, &at, &sender) {
                // Nobody may be listening any more.
                let _ = sender.blocking_send(Err(problem));
            }
        });
        let known = sectors::any(self.store(), &sector.id, &run.agency).await?;
        let (mut repeated, mut ended, mut broken) = (Vec::new(), false, None);
        while let Some(next) = coming.recv().await {
            let (lines, bytes) = match next {
                Ok(Coming::Repeated(numbers)) => {
                    repeated = numbers;
                    continue;
                }
                Ok(Coming::Rows(lines, bytes)) => (lines, bytes),
                Ok(Coming::End) => {
                    ended = true;
                    break;
                }
                Err(problem) => {
                    broken = Some(problem);
                    break;
                }
            };
            let answers =
                self.answer_rows(ask, (&sector, &places), &mut run, (&repeated, known), &lines).await?;
            progress(RunProgress { rows: run.counts.total, bytes });
            // A writer that has died says why when it is waited for.
            let _ = written.send((lines, answers)).await;
        }
        drop(written);
        let out = writing.await.map_err(|_| Problem::new(&kinds::INTERNAL))?.map_err(internal)?;
        if !ended && broken.is_none() {
            return Err(Problem::new(&kinds::INTERNAL).into());
        }
        run.state = if ended { RunState::Done } else { RunState::Failed };
        run.stopped = broken.map(|problem| {
            let said =
                |lang| problem.detail_text(lang).unwrap_or_else(|| problem.kind.title.get(lang)).to_owned();
            (said(Lang::Vi), said(Lang::En))
        });
        run.changed = Moment::now();
        self.save(&run).await?;
        let c = &run.counts;
        let note = format!(
            "{} {}: {} rows, {} matched, {} mismatched, {} not found, {} duplicates; {}",
            run.sector, run.id, c.total, c.matched, c.mismatched, c.not_found, c.duplicates, run.file.digest
        );
        self.population().enter_reconciliation(ask, note).await?;
        Ok((run, out))
    }

    /// Answers a batch, and keeps what is not matched.
    async fn answer_rows(
        &self,
        ask: &Ask,
        (sector, places): (&Sector, &Places),
        run: &mut SectorRun,
        (repeated, known): (&[u64], bool),
        lines: &[Line],
    ) -> Result<Vec<Answer>, QualityError> {
        let rows: Vec<SectorRow> = lines.iter().map(|l| l.read.clone()).collect();
        let mut answers = self.population().reconcile(ask, sector.told, &rows).await?;
        let today = PartialDate::today();
        let (mut found, mut matched): (Vec<Finding>, Vec<&str>) = (Vec::new(), Vec::new());
        let mut next = run.clone();
        for (line, answer) in lines.iter().zip(&mut answers) {
            let number = line.read.number.as_int();
            if line.row.has_errors() {
                *answer = Answer::without(Met::NotFound, Why::Unreadable);
            } else if number
                .and_then(|n| u64::try_from(n).ok())
                .is_some_and(|n| repeated.binary_search(&n).is_ok())
            {
                (answer.met, answer.why) = (Met::Duplicate, Some(Why::Twice));
                answer.differing.clear();
            }
            next.counts.add(answer.met, 1);
            if answer.met == Met::Matched {
                matched.push(&line.key);
                continue;
            }
            let silhouette = if answer.met == Met::Duplicate {
                Silhouette::of(line.read.name.as_ref(), line.read.birth).to_string()
            } else {
                String::new()
            };
            found.push(Finding {
                id: 0,
                sector: sector.id.clone(),
                agency: run.agency.clone(),
                key: line.key.clone(),
                run: run.id,
                line: i64::try_from(line.row.number).unwrap_or(i64::MAX),
                met: answer.met,
                why: answer.why,
                rule: sector.rule(answer.met),
                person: answer.person,
                number,
                fields: differences(answer),
                silhouette,
                claims: line.read.digests(&salt(&sector.id, &line.key)),
                unit: answer.unit.or(line.unit).or_else(|| places.commune(&line.row)),
                since: today,
                settled_at: None,
                accepted: None,
            });
        }
        next.changed = Moment::now();
        let row = next.row()?;
        let kept: Result<(), QualityError> = transact!(self.store(), tx => {
            store::lock(tx).await?;
            sectors::put(tx, &found).await?;
            if known {
                sectors::matched(tx, (&sector.id, &row.agency), &matched, row.id, next.changed).await?;
            }
            Ok(sectors::save_run(tx, &row).await?)
        });
        kept?;
        *run = next;
        Ok(answers)
    }
}

/// What names a row among all.
pub(super) fn salt(sector: &str, key: &str) -> String {
    format!("{sector}/{key}")
}

/// Whether what a row differed in can be compared again by its digests.
pub(super) fn can_be_compared_again(finding: &Finding) -> bool {
    use population::reconcile::How;
    use vocabulary::Field;
    finding.why != Some(Why::Twice)
        && finding.why != Some(Why::Unreadable)
        && fields_of(&finding.fields)
            .iter()
            .all(|(field, how)| *field != Field::FormerNumbers && *how != How::Malformed)
}
