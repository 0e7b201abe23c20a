//! `dancu client register`, `list` and `show`: the applications that citizens sign in to.

use crate::{cli::ClientApplication, settings::Settings, site::House};
use anyhow::{Context, Result, anyhow, bail};
use provider::{Obstacle, Party, Scope};
use serde_json::{Value, json};
use std::{path::Path, process::ExitCode};
use vocabulary::{AgencyCode, Invalid, Lang, LegalBasis, Moment, PartialDate, Problem, SystemId};

/// Runs one of the commands.
pub async fn run(settings: Settings, command: ClientApplication, lang: Lang) -> Result<ExitCode> {
    match command {
        ClientApplication::Register { file } => register(&settings, &file, lang).await?,
        ClientApplication::List { json } => list(&settings, json, lang).await?,
        ClientApplication::Show { id, json } => show(&settings, &id, json, lang).await?,
    }
    Ok(ExitCode::SUCCESS)
}

/// Opens an installation that exists: a registration written into a new one would be found by nobody.
async fn open(settings: &Settings, lang: Lang) -> Result<House> {
    let folder = settings.data.display();
    let embedded = settings.database.url.is_empty();
    if !settings.data.is_dir() || (embedded && !Path::new(&settings.database_url()).is_file()) {
        bail!(lang.pick(
            format!("không có bản cài đặt nào trong {folder}; nêu thư mục của nó bằng --data (của bản trình diễn là demo-data)"),
            format!("there is no installation in {folder}; name its folder with --data (that of the demonstration is demo-data)"),
        ));
    }
    House::open(settings).await
}

/// Whether all people of the installation are invented, as the settings or the demonstration that made it say.
fn synthetic(settings: &Settings) -> bool {
    settings.provider.synthetic || settings.demonstration().is_file()
}

/// Registers an application from a file, and says what came of it.
async fn register(settings: &Settings, file: &Path, lang: Lang) -> Result<()> {
    let text = std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    let party = read(&text, lang).with_context(|| {
        let file = file.display();
        lang.pick(format!("{file} không phải một đăng ký"), format!("{file} is not a registration"))
    })?;
    let house = open(settings, lang).await?;
    let id = party.id.clone();
    let all = house.provider.parties().await?;
    let known = all.iter().any(|(known, _)| known.id == id);
    house.provider.register_party(party, Moment::now()).await.map_err(|error| told(&error.into(), lang))?;
    let (party, suspended) = one(&house, id.as_str(), lang).await?;
    let done = match known {
        true => lang.pick("đã thay đăng ký", "replaced"),
        false => lang.pick("đã đăng ký", "registered"),
    };
    let (agency, profile) = (party.agency.as_str(), profile(&party));
    let (id, place) = (party.id.as_str(), settings.data.display());
    println!(
        "{done} {id} ({agency}, {profile}), {place}: {}",
        standing(&party, suspended.is_some(), settings, lang)
    );
    if let Some(obstacle) = obstacle(&party, suspended.is_some(), settings) {
        eprintln!("dancu: {}", obstacle.advice().get(lang));
    }
    house.store.close().await?;
    Ok(())
}

/// Prints every application, one to a line or as JSON.
async fn list(settings: &Settings, as_json: bool, lang: Lang) -> Result<()> {
    let house = open(settings, lang).await?;
    let all = house.provider.parties().await?;
    if as_json {
        let all: Result<Vec<Value>> =
            all.iter().map(|(party, since)| record(party, *since, settings)).collect();
        println!("{}", serde_json::to_string_pretty(&all?)?);
    } else {
        let (id, agency, profile_of, name, state) = lang.pick(
            ("mã", "cơ quan", "mức", "tên", "trạng thái"),
            ("id", "agency", "profile", "name", "state"),
        );
        let mut rows = vec![[id, agency, profile_of, name, state].map(str::to_owned)];
        for (party, since) in &all {
            let name = lang.pick(&party.name, &party.name_en).clone();
            let standing = standing(party, since.is_some(), settings, lang);
            let (id, agency) = (party.id.as_str().to_owned(), party.agency.as_str().to_owned());
            rows.push([id, agency, profile(party).to_owned(), name, standing]);
        }
        print_table(&rows);
    }
    house.store.close().await?;
    Ok(())
}

/// Prints one application, as it was registered and how it stands.
async fn show(settings: &Settings, id: &str, as_json: bool, lang: Lang) -> Result<()> {
    let house = open(settings, lang).await?;
    let (party, suspended) = one(&house, id, lang).await?;
    let record = record(&party, suspended, settings)?;
    if as_json {
        println!("{}", serde_json::to_string_pretty(&record)?);
    } else {
        let mut rows: Vec<[String; 2]> = Vec::new();
        for (member, value) in record.as_object().into_iter().flatten() {
            let text = match value {
                Value::String(text) => text.clone(),
                Value::Array(many) if many.iter().all(Value::is_string) => {
                    many.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" ")
                }
                Value::Null => continue,
                other => other.to_string(),
            };
            rows.push([member.clone(), text]);
        }
        print_table(&rows);
        println!("{}", standing(&party, suspended.is_some(), settings, lang));
        if let Some(obstacle) = obstacle(&party, suspended.is_some(), settings) {
            println!("{}", obstacle.advice().get(lang));
        }
    }
    house.store.close().await?;
    Ok(())
}

async fn one(house: &House, id: &str, lang: Lang) -> Result<(Party, Option<Moment>)> {
    let mut all = house.provider.parties().await?;
    let at = all.iter().position(|(party, _)| party.id.as_str() == id).ok_or_else(|| {
        anyhow!(lang.pick(format!("không có ứng dụng {id}"), format!("there is no application {id}")))
    })?;
    Ok(all.swap_remove(at))
}

/// A registration and how it stands, as `--json` prints it.
fn record(party: &Party, suspended: Option<Moment>, settings: &Settings) -> Result<Value> {
    let mut record = serde_json::to_value(party)?;
    let obstacle = obstacle(party, suspended.is_some(), settings);
    record["works"] = json!(obstacle.is_none());
    record["obstacle"] = json!(obstacle.map(Obstacle::word));
    record["assessed_until"] = json!(party.assessed_until(PartialDate::today()).map(PartialDate::iso));
    record["suspended"] = json!(suspended.map(Moment::rfc3339));
    Ok(record)
}

fn obstacle(party: &Party, suspended: bool, settings: &Settings) -> Option<Obstacle> {
    Obstacle::of(party, suspended, synthetic(settings), PartialDate::today())
}

fn standing(party: &Party, suspended: bool, settings: &Settings, lang: Lang) -> String {
    match obstacle(party, suspended, settings) {
        Some(obstacle) => {
            let why = obstacle.text().get(lang);
            lang.pick(format!("không dùng được ở đây ({why})"), format!("does not work here ({why})"))
        }
        None if synthetic(settings) => lang
            .pick(
                "dùng được ở đây, vì mọi người đều không có thật",
                "works here, because everybody is invented",
            )
            .to_owned(),
        None => lang.pick("dùng được ở đây", "works here").to_owned(),
    }
}

fn profile(party: &Party) -> &'static str {
    match party.profile {
        provider::Profile::Fapi2 => "fapi2",
        provider::Profile::Basic => "basic",
    }
}

/// Columns as wide as what stands in them; the last one is not filled up.
fn print_table<const N: usize>(rows: &[[String; N]]) {
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..N).map(width).collect();
    for row in rows {
        let cells = row.iter().zip(&widths).enumerate();
        let line: Vec<String> = cells
            .map(|(at, (cell, width))| if at + 1 == N { cell.clone() } else { format!("{cell:<width$}") })
            .collect();
        println!("{}", line.join("  "));
    }
}

/// A registration, or every fault by its member in one language.
fn read(text: &str, lang: Lang) -> Result<Party> {
    let value: Value = serde_json::from_str(text)?;
    let mut wrong = Vec::new();
    let mut fault =
        |member: &str, invalid: Invalid| wrong.push(format!("{member}: {}", invalid.text.get(lang)));
    let text = |member: &str| value.get(member).and_then(Value::as_str);
    if let Some(Err(invalid)) = text("id").map(SystemId::parse) {
        fault("id", invalid);
    }
    if let Some(Err(invalid)) = text("agency").map(AgencyCode::parse) {
        fault("agency", invalid);
    }
    let scopes = value.get("scopes").and_then(Value::as_object);
    for (scope, basis) in scopes.into_iter().flatten() {
        if let Some(Err(invalid)) = basis.as_str().map(LegalBasis::parse) {
            fault(&format!("scopes.{scope}"), invalid);
        }
    }
    for (scope, _) in scopes.into_iter().flatten() {
        if !Scope::ALL.iter().any(|known| known.name() == scope) {
            let known: Vec<&str> = Scope::ALL.iter().skip(1).map(|known| known.name()).collect();
            let known = known.join(", ");
            wrong.push(lang.pick(
                format!("scopes: không có `{scope}`; có {known}"),
                format!("scopes: there is no `{scope}`; there are {known}"),
            ));
        }
    }
    if !wrong.is_empty() {
        bail!(wrong.join("\n"));
    }
    Ok(serde_json::from_value(value)?)
}

/// A problem in one line for each field at fault.
fn told(problem: &Problem, lang: Lang) -> anyhow::Error {
    let lines: Vec<String> =
        problem.violations.iter().map(|v| format!("{}: {}", v.field, v.text(lang))).collect();
    if lines.is_empty() { anyhow!("{problem:?}") } else { anyhow!(lines.join("\n")) }
}
