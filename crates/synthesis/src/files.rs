//! A population as files: one row a person, one a household, the acts if wanted, and with faults the sector files and
//! the truth about them. Neighbourhoods are rendered by the threads that invent them; whoever writes only joins the
//! parts, in order.

use crate::{
    Family, Options, Region, Summary,
    cells::{Row, digits},
    draw::Draw,
    in_order::in_order,
    rows::{self, Folded},
    sectors::{Clerk, SECTOR, Sectors},
    stream::{Country, Settled},
    truth::Injected,
};
use population::{acts::Act, fold};
use serde_json::json;
use std::{
    collections::BTreeMap,
    fmt,
    fs::{self, File},
    io::{self, Write},
    path::Path,
};
use vocabulary::{HouseholdId, PersonId, Violation};

/// Headers of `truth.csv`.
pub const TRUTH: &[&str] = &["kind", "code", "id_a", "id_b", "field", "was", "is"];

/// Why files could not be written.
#[derive(Debug)]
pub enum FilesError {
    /// An option lies outside its bounds.
    Options(Violation),
    /// The folder holds a population already.
    Taken,
    /// The disk refused.
    Io(io::Error),
}

impl fmt::Display for FilesError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FilesError::Options(violation) => violation.fmt(f),
            FilesError::Taken => {
                f.write_str("thư mục đã có tệp dân số · the folder already holds the files of a population")
            }
            FilesError::Io(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for FilesError {}

impl From<io::Error> for FilesError {
    fn from(error: io::Error) -> FilesError {
        FilesError::Io(error)
    }
}

/// Bytes of a person's row, rather more than most have.
const ROW: usize = 400;

/// The parts of the files that one neighbourhood fills.
#[derive(Default)]
struct Parts {
    persons: String,
    households: String,
    /// Acts in JSON, one a line, numbered from 1.
    acts: Vec<u8>,
    truth: String,
    sectors: Sectors,
    summary: Summary,
    /// Acts of the neighbourhood.
    count: i64,
}

/// The files that are being written.
struct Files {
    persons: File,
    households: File,
    acts: Option<File>,
    /// Insurance, prisoners, truth.
    faults: Option<[File; 3]>,
    /// Acts so far.
    seq: i64,
    buffer: Vec<u8>,
}

/// Writes the files of a population into a folder: `persons.csv`, `households.csv`, `summary.json`, with `acts` also
/// `acts.jsonl`, and with faults `insurance.csv`, `prisoners.csv` and `truth.csv`. `progress` is told the number of
/// persons so far. The same options give the same bytes, whatever the number of threads.
///
/// # Errors
/// As [`crate::families`]; where the folder already has a `persons.csv`; where it cannot be written.
pub fn write_files(
    options: &Options,
    folder: &Path,
    acts: bool,
    mut progress: impl FnMut(u64),
) -> Result<Summary, FilesError> {
    let country = Country::new(options).map_err(FilesError::Options)?;
    let faults = options.faults > 0.0;
    fs::create_dir_all(folder)?;
    let mut files = Files::create(folder, acts, faults)?;
    let mut summary = Summary::default();

    let (stories, count) = country.stories();
    let mut first = Parts { count, ..Parts::default() };
    for family in &stories {
        first.add(family, acts);
    }
    files.write(&first)?;
    summary.merge(&first.summary);

    let (seed, rate) = (options.seed, (options.faults * 1_000_000.0) as u32);
    let parts = in_order(country.atlas.len(), options.threads(), move |index| {
        let Settled { families, acts: count, numbers } = country.settle(index);
        // Room for all rows from the start: growing text is copied again and again.
        let records = country.atlas.neighbourhood(index).records() as usize;
        let persons = String::with_capacity(records * ROW);
        let mut parts = Parts { count, persons, ..Parts::default() };
        let folded: Vec<Folded> = families.iter().map(|family| parts.add(family, acts)).collect();
        if faults {
            let home = &country.homes[country.atlas.neighbourhood(index).home];
            let draw = Draw::new(seed, (index + 1) << 8 | 1);
            let clerk = Clerk { world: &country.world, home, numbers, draw, rate, index };
            parts.sectors = clerk.write(folded.iter().flat_map(|f| &f.persons));
            let injected = std::mem::take(&mut parts.sectors.truth);
            parts.tell(&injected);
        }
        parts
    });
    for part in parts {
        files.write(&part)?;
        summary.merge(&part.summary);
        progress(summary.persons);
    }
    let told = serde_json::to_vec_pretty(&description(options, &summary)).map_err(io::Error::from)?;
    fs::write(folder.join("summary.json"), told)?;
    Ok(summary)
}

/// What `summary.json` says.
fn description(options: &Options, summary: &Summary) -> serde_json::Value {
    let region = match options.region {
        Region::Province(code) => code.as_str().to_owned(),
        Region::All => "all".to_owned(),
    };
    json!({
        "synthetic": true,
        "province": region,
        "seed": options.seed,
        "today": options.today.iso(),
        "year": options.projected_year(),
        "dirty": options.faults,
        "persons": summary.persons,
        "dead": summary.dead,
        "households": summary.households,
        "numbers": summary.numbers,
        "families": summary.families,
        "acts": summary.acts,
        "acts_by_kind": summary.by_kind,
        "injected": summary.injected,
    })
}

impl Files {
    fn create(folder: &Path, acts: bool, faults: bool) -> Result<Files, FilesError> {
        let new = |name: &str, headers: &[&str]| -> Result<File, FilesError> {
            let mut file = File::create_new(folder.join(name)).map_err(|error| match error.kind() {
                io::ErrorKind::AlreadyExists => FilesError::Taken,
                _ => FilesError::Io(error),
            })?;
            if !headers.is_empty() {
                writeln!(file, "{}", headers.join(","))?;
            }
            Ok(file)
        };
        Ok(Files {
            persons: new("persons.csv", rows::PERSONS)?,
            households: new("households.csv", rows::HOUSEHOLDS)?,
            acts: if acts { Some(new("acts.jsonl", &[])?) } else { None },
            faults: if faults {
                Some([new("insurance.csv", SECTOR)?, new("prisoners.csv", SECTOR)?, new("truth.csv", TRUTH)?])
            } else {
                None
            },
            seq: 0,
            buffer: Vec::new(),
        })
    }

    fn write(&mut self, parts: &Parts) -> io::Result<()> {
        self.persons.write_all(parts.persons.as_bytes())?;
        self.households.write_all(parts.households.as_bytes())?;
        if let Some([insurance, prisoners, truth]) = &mut self.faults {
            insurance.write_all(parts.sectors.insurance.as_bytes())?;
            prisoners.write_all(parts.sectors.prisoners.as_bytes())?;
            truth.write_all(parts.truth.as_bytes())?;
        }
        if let Some(file) = &mut self.acts {
            // Only here is it known how many acts came before: the sequence number of each line is written anew.
            self.buffer.clear();
            let lines = parts.acts.split(|b| *b == b'\n').filter(|line| !line.is_empty());
            for (line, seq) in lines.zip(self.seq + 1..) {
                let after = line.iter().position(|b| *b == b',').unwrap_or_default();
                write!(self.buffer, "{{\"seq\":{seq}")?;
                self.buffer.extend_from_slice(&line[after..]);
                self.buffer.push(b'\n');
            }
            file.write_all(&self.buffer)?;
        }
        self.seq += parts.count;
        Ok(())
    }
}

impl Parts {
    /// Adds the rows of a family.
    fn add(&mut self, family: &Family, acts: bool) -> Folded {
        self.summary.add(family);
        let folded = folded(&family.acts);
        for person in folded.persons.iter().filter(|p| p.registered) {
            folded.person(person, &mut self.persons);
        }
        for household in folded.households.values() {
            folded.household(household, &mut self.households);
        }
        if acts {
            for act in &family.acts {
                // Nothing in an act cannot be written as JSON, and memory takes all.
                let _ = serde_json::to_writer(&mut self.acts, act);
                self.acts.push(b'\n');
            }
        }
        self.tell(&family.truth);
        folded
    }

    fn tell(&mut self, injected: &[Injected]) {
        self.summary.tell(injected);
        for one in injected {
            let mut row = Row::begin(&mut self.truth);
            for text in [one.kind, one.code, &one.id_a, &one.id_b, one.field, &one.was, &one.is] {
                row.text(text);
            }
            row.end();
        }
    }
}

/// The records of a family as its acts leave them.
fn folded(acts: &[Act]) -> Folded {
    let mut persons: BTreeMap<PersonId, Vec<&Act>> = BTreeMap::new();
    let mut households: BTreeMap<HouseholdId, Vec<&Act>> = BTreeMap::new();
    for act in acts {
        let touched = act.content.touched();
        for id in touched.persons {
            persons.entry(id).or_default().push(act);
        }
        for id in touched.households {
            households.entry(id).or_default().push(act);
        }
    }
    Folded {
        persons: persons.into_iter().map(|(id, acts)| fold::person(id, &acts, None)).collect(),
        households: households.into_iter().map(|(id, acts)| (id, fold::household(id, &acts, None))).collect(),
    }
}

/// A household's file number: the commune and a number of six digits at least.
pub(crate) fn household_file(commune: &str, household: HouseholdId) -> String {
    let mut file = String::with_capacity(commune.len() + 10);
    file.push_str(commune);
    file.push('-');
    digits(&mut file, household.0.unsigned_abs(), 6);
    file
}
