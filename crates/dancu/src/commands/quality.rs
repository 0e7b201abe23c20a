//! `dancu quality`.

use crate::cli::{Link, Quality};
use anyhow::{Context, Result, anyhow, bail};
use linkage::{LinkError, Model, Options, Schema};
use reference::Era;
use std::{fs, process::ExitCode};
use vocabulary::{Lang, UnitCode};

/// Runs one command of the group.
pub fn run(command: Quality, lang: Lang) -> Result<ExitCode> {
    match command {
        Quality::Link(options) => link(&options, lang),
    }
}

fn link(asked: &Link, lang: Lang) -> Result<ExitCode> {
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
    let mut linked = linkage::link(&asked.left, asked.right.as_deref(), &options).map_err(told)?;
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
