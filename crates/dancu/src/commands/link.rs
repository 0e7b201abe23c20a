//! `dancu quality link`.

use super::export::{caller, read, tell};
use crate::{cli::Link, settings::Settings, site::House};
use anyhow::{Context, Result, anyhow, bail};
use linkage::{Input, LinkError, Model, Options, Quality, Rows, Schema};
use parquet_file::ParquetTable;
use population::{Ask, Error, ExportOf, FileFormat};
use reference::Era;
use std::{
    fs::{self, File},
    io,
    path::Path,
    process::ExitCode,
};
use vocabulary::{AgencyCode, Basis, Invalid, Lang, LegalBasis, Problem, Purpose, UnitCode};

/// Finds the records of the registry that are one person, or that are one with records of a file.
pub async fn register(settings: Settings, asked: &Link, lang: Lang) -> Result<ExitCode> {
    fn given<T>(told: Option<&String>, parse: impl Fn(&str) -> Result<T, Invalid>, lang: Lang) -> Result<T> {
        read(told.map_or("", String::as_str), parse, lang)
    }
    let agency = given(asked.agency.as_ref(), AgencyCode::parse, lang)?;
    let basis = Basis {
        purpose: given(asked.purpose.as_ref(), Purpose::parse, lang)?,
        legal_basis: given(asked.legal_basis.as_ref(), LegalBasis::parse, lang)?,
        procedure: None,
        dossier: None,
    };
    let wanted = ExportOf {
        unit: asked.unit.as_deref().map(|unit| read(unit, UnitCode::parse, lang)).transpose()?,
        fields: None,
        format: FileFormat::PlainCsv,
        records: true,
        most: None,
    };
    let house = House::open(&settings).await?;
    let ask = Ask { caller: caller(&agency, lang)?, basis: Some(basis), request: None };
    // The file has no name: it is gone when this ends, however it ends.
    let made = house.population.export_aside(&ask, &wanted).await;
    house.store.close().await?;
    match made {
        Ok((made, file)) => {
            if !asked.json {
                let (persons, entry) = lang.pick(("người", "mục nhật ký"), ("persons", "ledger entry"));
                println!("{} {persons}, {entry} {}", made.persons, made.entry);
            }
            link(asked, Some(&file), lang)
        }
        Err(Error::File(error)) => {
            Err(error).context(lang.pick("Chưa đọc được sổ", "The registry was not read"))
        }
        Err(error) => {
            tell(&Problem::from(error), lang);
            Ok(ExitCode::from(2))
        }
    }
}

/// Finds the records of files that are one person; `register` is that of the registry.
pub fn link(asked: &Link, register: Option<&File>, lang: Lang) -> Result<ExitCode> {
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
        id: asked.id.clone().or(register.map(|_| REGISTER_ID.to_owned())),
        // Two records may claim one number: finding them is what this is for.
        may_repeat: register.is_some(),
        model: known,
        units: Some(&unit_of_today),
        threads: asked.threads,
        memory: asked.memory << 20,
        seed: asked.seed,
        threshold: asked.threshold,
    };
    let opened = |path: &Option<std::path::PathBuf>| match path {
        Some(path) => table(path),
        None => Ok(None),
    };
    let (left, right) = (opened(&asked.left)?, opened(&asked.right)?);
    let second = asked.right.as_deref().map(|path| input(path, &right));
    let first = match (&asked.left, register) {
        (_, Some(file)) => Input::Open(lang.pick("sổ dân cư", "the registry"), file),
        (Some(path), None) => input(path, &left),
        (None, None) => bail!("--left"),
    };
    let mut linked = linkage::link(first, second, &options).map_err(told)?;
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
        let line = |title: &str, q: Quality| {
            println!("{title}: precision {:.4}, recall {:.4}, F1 {:.4}", q.precision, q.recall, q.f1);
        };
        line(lang.pick("Cặp so với đáp án", "Pairs against the truth"), m.pairs);
        line(lang.pick("Ở ngưỡng tốt nhất", "At the best threshold"), m.best);
        line(lang.pick("Cặp chắc chắn", "Certain pairs"), m.certain);
        line(lang.pick("Theo nhóm", "By group"), m.clusters);
    }
    Ok(ExitCode::SUCCESS)
}

/// What identifies the records of the registry.
const REGISTER_ID: &str = "record";

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
