//! `dancu population describe`.

use super::database;
use crate::{cli::Describe, settings::Settings};
use anyhow::{Context, Result, anyhow};
use reference::projection::YEARS;
use std::process::ExitCode;
use synthesis::{Census, Seen, Surveyed, survey};
use vocabulary::{Lang, PartialDate};

/// Counts a population and prints it beside the figures of the sources.
pub async fn run(settings: Settings, wanted: Describe, lang: Lang) -> Result<ExitCode> {
    let Surveyed { census, year } = match &wanted.from {
        Some(folder) => survey(folder).with_context(|| folder.display().to_string())?,
        None => of_database(&settings).await?,
    };
    let compared = census.beside(wanted.year.unwrap_or(year)).ok_or_else(|| {
        anyhow!("{}: {YEARS:?}", lang.pick("Dự báo dân số chỉ có cho các năm", "There are projections for"))
    })?;
    if wanted.json {
        println!("{}", serde_json::to_string_pretty(&compared.to_json())?);
    } else {
        print!("{}", compared.to_text(lang));
    }
    Ok(ExitCode::SUCCESS)
}

async fn of_database(settings: &Settings) -> Result<Surveyed> {
    let store = database::open(settings).await?;
    let today = PartialDate::today();
    let mut census = Census::default();
    population::store::census(&store, today, |one| {
        let seen = Seen {
            sex: one.sex,
            birth: one.birth,
            alive: one.alive,
            people: one.ethnicity.as_deref().unwrap_or_default(),
            commune: one.commune,
            temporary: one.temporary,
            absent: one.absent,
        };
        census.person(seen, today);
    })
    .await?;
    for (members, generations, households) in population::store::household_sizes(&store).await? {
        census.households(members.unsigned_abs(), generations.unsigned_abs(), households.unsigned_abs());
    }
    store.close().await?;
    let this = today.year().unwrap_or_default();
    let year = YEARS.into_iter().min_by_key(|y| y.abs_diff(this)).unwrap_or_default();
    Ok(Surveyed { census, year })
}
