//! `dancu population export`.

use crate::{cli::PopulationExport, settings::Settings, site::House};
use access::{Caller, Role, UnitScope};
use anyhow::{Context, Result, anyhow, bail};
use identity::By;
use population::{Ask, Error, ExportOf, FileFormat};
use std::{
    io::{IsTerminal, Write},
    process::ExitCode,
};
use vocabulary::{
    AgencyCode, Basis, DossierCode, Field, FieldSet, Invalid, Lang, LegalBasis, Problem, ProcedureCode,
    Purpose, UnitCode,
};

/// A value of the command line, or what is wrong with it.
pub(super) fn read<T>(text: &str, parse: impl Fn(&str) -> Result<T, Invalid>, lang: Lang) -> Result<T> {
    parse(text).map_err(|invalid| anyhow!("{text}: {}", invalid.text.get(lang)))
}

/// Whoever operates the machine answers for the whole country; the policy decides for which purposes and fields.
pub(super) fn caller(agency: &AgencyCode, lang: Lang) -> Result<Caller> {
    Ok(Caller {
        actor: By::Console(agency).actor(),
        name: "dancu".to_owned(),
        roles: vec![read("exporter", Role::parse, lang)?],
        units: UnitScope::Everywhere,
    })
}

/// Writes the file, and prints its count, hash and ledger entry.
pub async fn run(settings: Settings, options: PopulationExport, lang: Lang) -> Result<ExitCode> {
    let agency = read(&options.agency, AgencyCode::parse, lang)?;
    let basis = Basis {
        purpose: read(&options.purpose, Purpose::parse, lang)?,
        legal_basis: read(&options.legal_basis, LegalBasis::parse, lang)?,
        procedure: options.procedure.as_deref().map(|p| read(p, ProcedureCode::parse, lang)).transpose()?,
        dossier: options.dossier.as_deref().map(|d| read(d, DossierCode::parse, lang)).transpose()?,
    };
    let format = match (options.format.as_str(), options.plain) {
        ("csv", true) => FileFormat::PlainCsv,
        ("csv", false) => FileFormat::Csv,
        ("parquet", _) => FileFormat::Parquet,
        (other, _) => bail!("--format csv|parquet: {other}"),
    };
    let wanted = ExportOf {
        unit: options.unit.as_deref().map(|u| read(u, UnitCode::parse, lang)).transpose()?,
        fields: options.fields.as_deref().map(|f| fields(f, lang)).transpose()?,
        format,
        records: false,
        most: None,
    };
    let house = House::open(&settings).await?;
    let ask = Ask { caller: caller(&agency, lang)?, basis: Some(basis), request: None };
    let terminal = std::io::stderr().is_terminal();
    let progress = |done: u64, all: u64| {
        if terminal {
            eprint!("\r{done} / {all} ({} %)", done * 100 / all.max(1));
            let _ = std::io::stderr().flush();
        }
    };
    let made = house.population.export_to(&ask, &wanted, &options.out, progress).await;
    if terminal {
        eprintln!();
    }
    house.store.close().await?;
    let made = match made {
        Ok(made) => made,
        Err(Error::File(error)) => {
            return Err(error).context(lang.pick("Chưa lập được tệp", "The file was not made"));
        }
        Err(error) => {
            tell(&Problem::from(error), lang);
            return Ok(ExitCode::from(2));
        }
    };
    let (persons, entry) = lang.pick(("người", "mục nhật ký"), ("persons", "ledger entry"));
    println!(
        "{}: {} {persons}, {} byte, {entry} {}",
        options.out.display(),
        made.persons,
        made.bytes,
        made.entry
    );
    println!("{}  {}", made.hash(), options.out.display());
    Ok(ExitCode::SUCCESS)
}

fn fields(codes: &[String], lang: Lang) -> Result<FieldSet> {
    codes
        .iter()
        .map(|code| {
            let unknown =
                || anyhow!("--fields: {}: {code}", lang.pick("không có mục này", "there is no such field"));
            Field::from_code(code.trim()).ok_or_else(unknown)
        })
        .collect()
}

/// The problem on standard error, with the fields at fault by name.
pub(super) fn tell(problem: &Problem, lang: Lang) {
    eprintln!("dancu: {}", problem.kind.title.get(lang));
    if let Some(detail) = problem.detail_text(lang) {
        eprintln!("  {detail}");
    }
    for v in &problem.violations {
        let name = Field::from_code(&v.field).map_or("", |f| f.text().get(lang));
        eprintln!("  {} {name}: {}", v.field, v.text(lang));
    }
    eprintln!("  {}", problem.kind.advice.get(lang));
}
