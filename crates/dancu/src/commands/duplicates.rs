//! `dancu quality duplicates`: the pairs that `dancu quality link` found among records of the registry become cases.

use crate::{cli::Duplicates, settings::Settings, site::House};
use ::quality::{FoundPair, Reason};
use anyhow::{Context, Result, bail};
use population::verify::Number;
use serde::Deserialize;
use std::{
    collections::HashMap,
    fs::File,
    io::{BufRead, BufReader, Lines},
    path::Path,
    process::ExitCode,
};
use vocabulary::{Lang, PersonId};

/// Pairs taken over at a time.
const TOGETHER: usize = 2_000;

/// Reads the pairs, finds the records and has them checked again.
pub async fn run(settings: Settings, asked: &Duplicates, lang: Lang) -> Result<ExitCode> {
    if !(0.0..=1.0).contains(&asked.threshold) {
        bail!("{}", lang.pick("Ngưỡng phải nằm từ 0 đến 1.", "The threshold must lie between 0 and 1."));
    }
    let named = |path: &Path| path.display().to_string();
    let file = File::open(&asked.from).with_context(|| named(&asked.from))?;
    let mut lines = BufReader::new(file).lines();
    let header = lines.next().transpose().with_context(|| named(&asked.from))?.unwrap_or_default();
    let columns: Vec<&str> = header.trim_start_matches('\u{feff}').trim().split(',').collect();
    let place = |name: &str| {
        columns.iter().position(|c| *c == name).with_context(|| {
            format!("{}: {} {name}", named(&asked.from), lang.pick("thiếu cột", "there is no column"))
        })
    };
    let places = [place("left_id")?, place("right_id")?, place("probability")?, place("weight")?];
    let mut why = match &asked.explain {
        Some(path) => {
            Some(Explanations::new(BufReader::new(File::open(path).with_context(|| named(path))?).lines()))
        }
        None => None,
    };
    let house = House::open(&settings).await?;
    let (mut told, mut taken, mut weak, mut unknown) = (0u64, 0u64, 0u64, 0u64);
    let mut known: HashMap<String, Option<PersonId>> = HashMap::new();
    let mut found = Vec::new();
    for (line, number) in lines.zip(2u64..) {
        let line = line.with_context(|| named(&asked.from))?;
        if line.trim().is_empty() {
            continue;
        }
        let broken = || format!("{}, {} {number}", named(&asked.from), lang.pick("dòng", "line"));
        let cells: Vec<&str> = line.trim_end().split(',').map(|c| c.trim_matches('"')).collect();
        let cell = |at: usize| places.get(at).and_then(|p| cells.get(*p)).copied().with_context(broken);
        let (left, right) = (cell(0)?.to_owned(), cell(1)?.to_owned());
        let probability: f64 = cell(2)?.parse().with_context(broken)?;
        let weight: f64 = cell(3)?.parse().with_context(broken)?;
        told += 1;
        let reasons = match &mut why {
            Some(why) => why.of(&left, &right).with_context(broken)?,
            None => Vec::new(),
        };
        if probability < asked.threshold {
            weak += 1;
            continue;
        }
        let mut ends = [None, None];
        for (end, id) in ends.iter_mut().zip([&left, &right]) {
            *end = match known.get(id) {
                Some(known) => *known,
                None => {
                    let record = record(&house, id).await?;
                    if known.len() > 1_000_000 {
                        known.clear();
                    }
                    known.insert(id.clone(), record);
                    record
                }
            };
        }
        match ends {
            [Some(one), Some(other)] if one != other => {
                found.push(FoundPair { one, other, probability, weight, reasons });
            }
            _ => unknown += 1,
        }
        if found.len() >= TOGETHER {
            taken += house.quality.take_pairs(&found).await?;
            found.clear();
        }
    }
    taken += house.quality.take_pairs(&found).await?;
    house.store.close().await?;
    if asked.json {
        let figures =
            serde_json::json!({ "pairs": told, "taken": taken, "below_threshold": weak, "unknown": unknown });
        println!("{}", serde_json::to_string_pretty(&figures)?);
    } else {
        println!(
            "{}: {told}, {}: {taken}, {}: {weak}, {}: {unknown}",
            lang.pick("Cặp", "Pairs"),
            lang.pick("đưa vào", "taken"),
            lang.pick("dưới ngưỡng", "below the threshold"),
            lang.pick("không rõ hồ sơ, hoặc đã là một", "of no record, or one already"),
        );
    }
    Ok(ExitCode::SUCCESS)
}

/// The one record of a personal number, or of `#` and its identifier; none where nobody or several have it.
async fn record(house: &House, id: &str) -> Result<Option<PersonId>> {
    if let Some(id) = id.strip_prefix('#') {
        return Ok(id.parse().ok().map(PersonId));
    }
    let Ok(number) = Number::parse(id) else { return Ok(None) };
    let found = house.population.records_of(number).await?;
    Ok(match found.as_slice() {
        [one] => Some(*one),
        _ => None,
    })
}

#[derive(Deserialize)]
struct Explained {
    left_id: String,
    right_id: String,
    reasons: Vec<Reason>,
}

/// The explanations beside the pairs: in the same order, some perhaps left out.
struct Explanations {
    lines: Lines<BufReader<File>>,
    next: Option<Explained>,
}

impl Explanations {
    fn new(lines: Lines<BufReader<File>>) -> Explanations {
        Explanations { lines, next: None }
    }

    fn of(&mut self, left: &str, right: &str) -> Result<Vec<Reason>> {
        if self.next.is_none()
            && let Some(line) = self.lines.next()
        {
            self.next = Some(serde_json::from_str(&line?)?);
        }
        match self.next.take() {
            Some(e) if e.left_id == left && e.right_id == right => Ok(e.reasons),
            other => {
                self.next = other;
                Ok(Vec::new())
            }
        }
    }
}
