//! `dancu quality`.

use crate::{settings::Settings, site::House};
use ::quality::rules::{HOUSEHOLD, Kind, PERSON, RecordKind, Rule, Rules};
use anyhow::Result;
use std::{
    io::{IsTerminal, Write},
    process::ExitCode,
    time::Instant,
};
use vocabulary::Lang;

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
