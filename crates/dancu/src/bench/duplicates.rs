//! `dancu bench duplicates`: the question that every registration asks – who may be the same person? – about people at
//! random places of the whole registry, written as they are and spoilt in several ways, with how many are found again.

use super::{
    child::run,
    figures::{Figures, HEAD},
    measure::{officer, processors},
};
use crate::{settings::Settings, site::House};
use anyhow::{Context, Result, bail};
use clap::Args;
use population::{
    DuplicateSurvey, NEW_PERSON,
    model::{Person, Relative},
};
use rand::{RngExt, SeedableRng, rngs::StdRng};
use std::{
    path::{Path, PathBuf},
    process::{ExitCode, Stdio},
    sync::Arc,
    time::Instant,
};
use store::params;
use vocabulary::{Address, FullName, PartialDate, PersonId, PersonalNumber, Purpose, Sex, UnitCode, fold};

/// Options of `bench duplicates`.
#[derive(Debug, Args)]
pub struct DuplicatesOptions {
    /// Synthetic persons.
    #[arg(long, default_value_t = 1_000_000)]
    pub persons: u64,
    /// Province before July 2025, by code, or `all`.
    #[arg(long, default_value = "all")]
    pub province: String,
    /// People who are asked about, in each of the ways to spoil a copy.
    #[arg(long, default_value_t = 5_000)]
    pub questions: usize,
    /// Where the database is made and removed again; the folder for temporary files otherwise.
    #[arg(long)]
    pub folder: Option<PathBuf>,
}

/// How a copy is spoilt.
#[derive(Clone, Copy)]
enum Spoilt {
    Exact,
    Bare,
    MiddleDropped,
    WordsSwapped,
    FamilyLast,
    Abbreviated,
    DayMonthSwapped,
    OnlyYear,
    DigitsSwapped,
    BareAndSwapped,
    AllAtOnce,
}

impl Spoilt {
    const ALL: [(Spoilt, &str); 11] = [
        (Spoilt::Exact, "the same, without a number"),
        (Spoilt::Bare, "diacritics lost, without a number"),
        (Spoilt::MiddleDropped, "a middle word dropped, without a number"),
        (Spoilt::WordsSwapped, "middle and last word swapped, without a number"),
        (Spoilt::FamilyLast, "family name last, without a number"),
        (Spoilt::Abbreviated, "a middle word abbreviated, without a number"),
        (Spoilt::DayMonthSwapped, "day and month swapped, without a number"),
        (Spoilt::OnlyYear, "nothing but the year, without a number"),
        (Spoilt::DigitsSwapped, "two digits of the number swapped"),
        (Spoilt::BareAndSwapped, "diacritics lost, day and month swapped, without a number"),
        (Spoilt::AllAtOnce, "abbreviated, nothing but the year, a digit of the number off"),
    ];

    /// The person spoilt so; `None` where that changes nothing.
    fn of(self, person: &Person, rng: &mut StdRng) -> Option<Person> {
        let mut p = person.clone();
        let number = p.number.take();
        match self {
            Spoilt::Exact => {}
            Spoilt::Bare => renamed(&mut p, fold)?,
            Spoilt::MiddleDropped => reworded(&mut p, 3, |w| drop(w.remove(1)))?,
            Spoilt::WordsSwapped => reworded(&mut p, 3, |w| w.swap(1, 2))?,
            Spoilt::FamilyLast => reworded(&mut p, 2, |w| w.rotate_left(1))?,
            Spoilt::Abbreviated => reworded(&mut p, 3, |words| initial(words))?,
            Spoilt::DayMonthSwapped => swap_day(&mut p)?,
            Spoilt::OnlyYear => only_year(&mut p)?,
            Spoilt::DigitsSwapped => p.number = Some(spoilt_number(number?, rng, true)?),
            Spoilt::BareAndSwapped => {
                renamed(&mut p, fold)?;
                swap_day(&mut p)?;
            }
            Spoilt::AllAtOnce => {
                reworded(&mut p, 3, |words| initial(words))?;
                only_year(&mut p)?;
                p.number = Some(spoilt_number(number?, rng, false)?);
            }
        }
        Some(p)
    }
}

fn renamed(p: &mut Person, spoil: impl Fn(&str) -> String) -> Option<()> {
    let was = p.name.as_ref()?.reveal().to_owned();
    let is = spoil(&was);
    p.name = Some(FullName::parse(&is).ok().filter(|_| is != was)?);
    Some(())
}

fn reworded(p: &mut Person, least: usize, spoil: impl Fn(&mut Vec<String>)) -> Option<()> {
    renamed(p, |name| {
        let mut words: Vec<String> = name.split(' ').map(str::to_owned).collect();
        if words.len() >= least {
            spoil(&mut words);
        }
        words.join(" ")
    })
}

fn initial(words: &mut [String]) {
    if let Some(word) = words.get_mut(1) {
        *word = word.chars().take(1).chain(['.']).collect();
    }
}

fn swap_day(p: &mut Person) -> Option<()> {
    let (year, month, day) = (p.birth_date.year()?, p.birth_date.month()?, p.birth_date.day()?);
    let swapped = PartialDate::new(year, day, month).ok()?;
    (swapped != p.birth_date).then(|| p.birth_date = swapped)
}

fn only_year(p: &mut Person) -> Option<()> {
    let year = PartialDate::new(p.birth_date.year()?, 0, 0).ok()?;
    (year != p.birth_date).then(|| p.birth_date = year)
}

fn spoilt_number(number: PersonalNumber, rng: &mut StdRng, swap: bool) -> Option<PersonalNumber> {
    let was = number.reveal();
    let mut digits = was.clone().into_bytes();
    let at = rng.random_range(6..digits.len());
    if swap {
        digits.swap(at, at - 1);
    } else {
        digits[at] = if digits[at] == b'9' { b'8' } else { digits[at] + 1 };
    }
    let is = String::from_utf8(digits).ok().filter(|is| *is != was)?;
    PersonalNumber::parse(&is).ok()
}

/// Runs all steps and prints what they took.
pub async fn duplicates(mut settings: Settings, options: DuplicatesOptions) -> Result<ExitCode> {
    let parent = options.folder.clone().unwrap_or_else(std::env::temp_dir);
    let folder = parent.join(format!("dancu-duplicates-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    settings.data.clone_from(&folder);
    settings.identity.secure_cookies = false;
    let outcome = measure(&settings, &options, &folder).await;
    // The folder is ours, made a moment ago.
    let cleaned = std::fs::remove_dir_all(&folder);
    outcome?;
    cleaned.context("cleaning up")?;
    Ok(ExitCode::SUCCESS)
}

async fn measure(settings: &Settings, options: &DuplicatesOptions, folder: &Path) -> Result<()> {
    println!("# dancu bench duplicates: {} persons of {}\n", options.persons, options.province);
    let (persons, database) =
        (options.persons.to_string(), folder.join("dancu.sqlite").to_string_lossy().into_owned());
    let people =
        ["--persons", &persons, "--province", &options.province, "--seed", "1", "--database", &database];
    let words = [&["population", "synthesize"][..], &people].concat().join("\u{1f}");
    println!("| step | seconds | persons/s | peak memory MB |\n|---|---:|---:|---:|");
    println!("{}\n", run(&words, Stdio::null(), &[0])?.row("synthesise and load", options.persons));

    let house = House::open(settings).await?;
    let sample = Arc::new(sample(&house, options).await?);
    let survey = house
        .population
        .duplicate_survey(&officer("quality-check", Purpose::Cleaning)?, "bench duplicates".to_owned())
        .await?;
    println!("{HEAD}");
    let mut recalled = Vec::new();
    let mut all = Vec::new();
    for (spoilt, name) in Spoilt::ALL {
        let (figures, found, asked, likely) = ask(&survey, &sample, spoilt, name).await?;
        println!("{}", figures.row());
        recalled.push((name, found, asked, likely));
        all.push(figures);
    }
    println!("\n| copies | asked | found | likely or certain | recall |\n|---|---:|---:|---:|---:|");
    for (name, found, asked, likely) in recalled {
        let recall = found as f64 * 100.0 / (asked as f64).max(1.0);
        println!("| {name} | {asked} | {found} | {likely} | {recall:.2} % |");
    }
    let slowest = all.iter().map(|f| f.percentile(0.99)).fold(0.0, f64::max);
    println!("\nslowest p99: {slowest:.2} ms");
    alone(&survey, &sample).await?;
    house.store.close().await?;
    Ok(())
}

type Row = (
    PersonId,
    FullName,
    PartialDate,
    Option<i16>,
    Option<PersonalNumber>,
    Option<UnitCode>,
    Option<FullName>,
    Option<FullName>,
);

/// People at random places, as a clerk elsewhere would write them down: without their records' relatives and history.
async fn sample(house: &House, options: &DuplicatesOptions) -> Result<Vec<(PersonId, Person)>> {
    const SQL: &str = "SELECT p.id, p.name, p.birth, p.sex, p.number, p.unit, f.name, m.name FROM person p
        LEFT JOIN person f ON f.id = p.father LEFT JOIN person m ON m.id = p.mother
        WHERE p.id = $1 AND p.name IS NOT NULL AND p.birth > 0 AND p.merged_into IS NULL";
    let mut rng = StdRng::seed_from_u64(1);
    let mut sample = Vec::with_capacity(options.questions);
    for _ in 0..options.questions {
        let id = rng.random_range(1..=options.persons as i64);
        let row: Option<Row> = house.store.optional(SQL, params![id]).await?;
        let Some((id, name, birth, sex, number, unit, father, mother)) = row else { continue };
        let mut person = Person::new(NEW_PERSON);
        (person.name, person.birth_date, person.number) = (Some(name), birth, number);
        person.sex = sex.and_then(Sex::from_digit);
        person.permanent = Address { new_unit: unit, ..Address::default() };
        (person.father, person.mother) = (father.map(Relative::named), mother.map(Relative::named));
        sample.push((id, person));
    }
    if sample.is_empty() {
        bail!("the synthetic population gave nobody to ask about");
    }
    Ok(sample)
}

/// Asks about all copies, by as many tasks as processors: the latencies, how many originals were found, of how many, and how
/// many of them as more likely than not.
async fn ask(
    survey: &DuplicateSurvey,
    sample: &Arc<Vec<(PersonId, Person)>>,
    spoilt: Spoilt,
    name: &'static str,
) -> Result<(Figures, usize, usize, usize)> {
    let started = Instant::now();
    let tasks = (0..processors()).map(|task| {
        let (survey, sample) = (survey.clone(), sample.clone());
        tokio::spawn(async move {
            let mut rng = StdRng::seed_from_u64(task as u64);
            let (mut latencies, mut found, mut likely) = (Vec::new(), 0, 0);
            for (id, person) in sample.iter().skip(task).step_by(processors()) {
                let Some(copy) = spoilt.of(person, &mut rng) else { continue };
                let sent = Instant::now();
                let alike = survey.like(&copy).await?;
                latencies.push(u32::try_from(sent.elapsed().as_micros()).unwrap_or(u32::MAX));
                let own = alike.iter().find(|l| l.person == *id);
                found += usize::from(own.is_some());
                likely += usize::from(own.is_some_and(|l| l.probability() >= 0.5));
            }
            anyhow::Ok((latencies, found, likely))
        })
    });
    let (mut latencies, mut found, mut likely) = (Vec::new(), 0, 0);
    for task in tasks.collect::<Vec<_>>() {
        let (mut taken, right, sure) = task.await??;
        latencies.append(&mut taken);
        found += right;
        likely += sure;
    }
    let asked = latencies.len();
    Ok((Figures::new(name, started.elapsed(), latencies, 0), found, asked, likely))
}

/// How many people who are there once are taken for two.
async fn alone(survey: &DuplicateSurvey, sample: &[(PersonId, Person)]) -> Result<()> {
    let ids: Vec<PersonId> = sample.iter().map(|(id, _)| *id).collect();
    let (mut likely, mut certain, mut told) = (0, 0, 0);
    for (_, alike) in survey.of(&ids).await? {
        told += usize::from(!alike.is_empty());
        likely += usize::from(alike.iter().any(|l| l.probability() >= 0.5));
        certain += usize::from(alike.iter().any(|l| l.certain));
    }
    println!(
        "of {} people of whom there is one record: {told} with a possible double, {likely} with a likely, {certain} with a certain one",
        ids.len()
    );
    Ok(())
}
