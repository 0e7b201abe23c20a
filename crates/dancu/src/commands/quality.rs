//! `dancu quality`.

use crate::{cli::Link, settings::Settings, site::House};
use ::quality::rules::{HOUSEHOLD, Kind, PERSON, RecordKind, Rule, Rules};
use anyhow::{Context, Result, anyhow, bail};
use linkage::{Input, LinkError, Model, Options, Rows, Schema};
use parquet_file::ParquetTable;
use reference::Era;
use std::{
    fs::{self, File},
    io::{self, IsTerminal, Write},
    path::Path,
    process::ExitCode,
    time::Instant,
};
use vocabulary::{Lang, UnitCode};

/// Checks everybody, and prints how many records break each rule.
pub async fn check(settings: Settings, json: bool, lang: Lang) -> Result<ExitCode> {
    let house = House::open(&settings).await?;
    let started = Instant::now();
    let terminal = std::io::stderr().is_terminal();
    let checked = house
        .quality
        .check(|done, of| {
            if terminal {
                eprint!("\r{done} / {of}");
                let _ = std::io::stderr().flush();
            }
        })
        .await?;
    // What was recorded meanwhile.
    house.quality.follow().await?;
    if terminal {
        eprintln!();
    }
    let seconds = started.elapsed().as_secs_f64();
    let rate = checked.persons as f64 / seconds.max(1e-9);
    let rules = house.quality.rules().clone();
    house.store.close().await?;
    if json {
        let by_rule: serde_json::Map<String, serde_json::Value> =
            checked.by_rule.iter().map(|(rule, count)| (rule.clone(), (*count).into())).collect();
        let figures = serde_json::json!({
            "persons": checked.persons, "households": checked.households, "seconds": seconds,
            "persons_per_second": rate, "by_rule": by_rule,
        });
        println!("{}", serde_json::to_string_pretty(&figures)?);
        return Ok(ExitCode::SUCCESS);
    }
    println!(
        "{}: {}, {}: {}, {seconds:.1} s, {rate:.0} {}",
        lang.pick("Người", "Persons"),
        checked.persons,
        lang.pick("hộ", "households"),
        checked.households,
        lang.pick("người/giây", "persons/s"),
    );
    let mut found: Vec<(&Rule, u64)> =
        checked.by_rule.iter().filter_map(|(id, count)| Some((rules.find(id)?, *count))).collect();
    found.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    for (rule, count) in found {
        let indicator = rule.indicator.map_or("", |i| i.code());
        println!(
            "{count:>12}  {:<4} {indicator:<6} {} ({})",
            rule.word.text().get(lang),
            rule.text(lang),
            rule.id
        );
    }
    Ok(ExitCode::SUCCESS)
}

/// Lists the rules and the facts.
pub fn rules(settings: &Settings, lang: Lang) -> Result<ExitCode> {
    let rules: Rules = settings.rules()?;
    for rule in rules.all() {
        let of = match rule.of {
            RecordKind::Person => lang.pick("người", "person"),
            RecordKind::Household => lang.pick("hộ", "household"),
        };
        let indicator = rule.indicator.map_or(String::new(), |i| format!(", {}", i.code()));
        let (word, severity) = (rule.word.text().get(lang), rule.severity.text().get(lang));
        println!("{} ({of}, {word}, {severity}{indicator})", rule.id);
        println!("    {}", rule.text(lang));
        println!("    {}", rule.when);
        println!("    {}", rule.basis);
    }
    let kind = |kind: Kind| match kind {
        Kind::Bool => "bool".to_owned(),
        Kind::Int => "int".to_owned(),
        Kind::Word(words) => words.join(" | "),
    };
    println!("\n{}", lang.pick("Dữ kiện của một người", "Facts of a person"));
    for fact in PERSON {
        println!("    {} ({}): {}", fact.name, kind(fact.kind), fact.text.get(lang));
    }
    println!("\n{}", lang.pick("Dữ kiện của một hộ", "Facts of a household"));
    for fact in HOUSEHOLD {
        println!("    {} ({}): {}", fact.name, kind(fact.kind), fact.text.get(lang));
    }
    Ok(ExitCode::SUCCESS)
}

/// Finds the records of files that are one person.
pub fn link(asked: &Link, lang: Lang) -> Result<ExitCode> {
    let told = |error: LinkError| anyhow!("{}", error.message(lang));
    if !(asked.threshold > 0.0 && asked.threshold < 1.0) {
        bail!("{}", lang.pick("Ngưỡng phải nằm giữa 0 và 1.", "The threshold must lie between 0 and 1."));
    }
    let schema = match &asked.schema {
        None => None,
        Some(path) => {
            let text = fs::read_to_string(path).with_context(|| path.display().to_string())?;
            Some(Schema::parse(&text).map_err(|why| told(LinkError::Schema { why }))?)
        }
    };
    let known = match &asked.model {
        Some(path) if path.exists() => {
            let text = fs::read_to_string(path).with_context(|| path.display().to_string())?;
            Some(Model::parse(&text).map_err(told)?)
        }
        _ => None,
    };
    let learnt = known.is_none();
    let options = Options {
        schema,
        id: asked.id.clone(),
        model: known,
        units: Some(&unit_of_today),
        threads: asked.threads,
        seed: asked.seed,
        threshold: asked.threshold,
    };
    let tables = [Some(&asked.left), asked.right.as_ref()].map(|path| path.map(|path| table(path)));
    let [left, right] = tables.map(Option::transpose);
    let (left, right) = (left?.flatten(), right?.flatten());
    let second = asked.right.as_deref().map(|path| input(path, &right));
    let mut linked = linkage::link(input(&asked.left, &left), second, &options).map_err(told)?;
    linked.write_pairs(&asked.out).map_err(told)?;
    if let Some(path) = &asked.clusters {
        linked.write_clusters(path).map_err(told)?;
    }
    if let Some(path) = &asked.explain {
        linked.write_explanations(path).map_err(told)?;
    }
    if let Some(path) = asked.model.as_ref().filter(|_| learnt) {
        linked.write_model(path).map_err(told)?;
    }
    if let Some(path) = &asked.truth {
        linked.measure(path).map_err(told)?;
    }
    if asked.json {
        println!("{}", serde_json::to_string_pretty(&linked.summary)?);
        return Ok(ExitCode::SUCCESS);
    }
    let s = &linked.summary;
    println!(
        "{}: {}\n{}: {} ({} {})\n{}: {}",
        lang.pick("Bản ghi", "Records"),
        s.left + s.right,
        lang.pick("Cặp", "Pairs"),
        s.pairs,
        s.certain,
        lang.pick("chắc chắn", "certain"),
        lang.pick("Nhóm trùng", "Groups"),
        s.clusters,
    );
    if let Some(m) = &s.measured {
        let line = |title: &str, q: linkage::Quality| {
            println!("{title}: precision {:.4}, recall {:.4}, F1 {:.4}", q.precision, q.recall, q.f1);
        };
        line(lang.pick("Cặp so với đáp án", "Pairs against the truth"), m.pairs);
        line(lang.pick("Ở ngưỡng tốt nhất", "At the best threshold"), m.best);
        line(lang.pick("Cặp chắc chắn", "Certain pairs"), m.certain);
        line(lang.pick("Theo nhóm", "By group"), m.clusters);
    }
    Ok(ExitCode::SUCCESS)
}

/// A Parquet file as records.
struct Table {
    name: String,
    parquet: ParquetTable,
}

/// The file as a table where it is a Parquet file, by its first bytes.
fn table(path: &Path) -> Result<Option<Table>> {
    let opened = || path.display().to_string();
    let mut file = File::open(path).with_context(opened)?;
    let mut first = [0; 4];
    if io::Read::read_exact(&mut file, &mut first).is_err() || first != *b"PAR1" {
        return Ok(None);
    }
    let parquet = ParquetTable::open(file).with_context(opened)?;
    Ok(Some(Table { name: opened(), parquet }))
}

fn input<'a>(path: &'a Path, table: &'a Option<Table>) -> Input<'a> {
    match table {
        Some(table) => Input::Rows(table),
        None => Input::Csv(path),
    }
}

impl Rows for Table {
    fn name(&self) -> String {
        self.name.clone()
    }

    fn headers(&self) -> Vec<String> {
        self.parquet.headers().to_vec()
    }

    fn for_each(&self, wanted: &[usize], see: &mut dyn FnMut(&[&[u8]]) -> bool) -> io::Result<()> {
        let mut give = |cells: &[String]| {
            let cells: Vec<&[u8]> = cells.iter().map(String::as_bytes).collect();
            if see(&cells) { Ok(()) } else { Err(()) }
        };
        // That the other side wants no more is its own affair.
        self.parquet.for_each(wanted, &mut give).map(|_| ()).map_err(io::Error::other)
    }
}

/// The unit of today and its province for a code of either structure.
fn unit_of_today(code: &str) -> Option<(String, String)> {
    let code = UnitCode::parse(code).ok()?;
    let today = match reference::units::find(code, Era::Since2025) {
        Some(unit) => unit,
        None => reference::units::successor(code)?,
    };
    let province = reference::units::province_of(today.code, Era::Since2025)?;
    Some((today.code.as_str().to_owned(), province.code.as_str().to_owned()))
}
