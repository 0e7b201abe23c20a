//! `dancu bench import`: an office's file of invented people, read alone, tried, imported into an empty registry, and
//! imported again.

use super::child::run;
use crate::cli::BenchImport;
use anyhow::{Context, Result, anyhow, bail};
use std::{
    fs::File,
    io::BufWriter,
    path::Path,
    process::{ExitCode, Stdio},
};
use synthesis::Region;
use tabular::{Cell, Format, RejectWriter, Row, Table};
use vocabulary::{Lang, PartialDate, UnitCode};

/// The columns of the office, with the headers under which it keeps them.
const COLUMNS: &[(&str, &str)] = &[
    ("household_group", "STT hộ"),
    ("full_name", "Họ và tên"),
    ("birth_date", "Ngày sinh"),
    ("sex", "Giới tính"),
    ("personal_number", "Số CCCD"),
    ("former_numbers", "Số CMND"),
    ("ethnicity", "Dân tộc"),
    ("religion", "Tôn giáo"),
    ("permanent_unit", "Mã xã"),
    ("permanent_detail", "Số nhà, đường, thôn, tổ dân phố"),
    ("permanent_since", "Thường trú từ ngày"),
    ("relation_to_head", "Quan hệ với chủ hộ"),
    ("marital_status", "Tình trạng hôn nhân"),
    ("father_name", "Họ tên cha"),
    ("father_number", "Số định danh của cha"),
    ("mother_name", "Họ tên mẹ"),
    ("mother_number", "Số định danh của mẹ"),
    ("occupation", "Nghề nghiệp"),
    ("phones", "Số điện thoại"),
    ("life_status", "Tình trạng sống"),
    ("life_date", "Ngày chết hoặc mất tích"),
];

/// Runs all steps and prints what they took.
pub fn import(options: &BenchImport) -> Result<ExitCode> {
    if let Some(file) = &options.read_only {
        let rows = read(file)?;
        println!("{rows}");
        return Ok(ExitCode::SUCCESS);
    }
    let parent = options.folder.clone().unwrap_or_else(std::env::temp_dir);
    let folder = parent.join(format!("dancu-import-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let outcome = measure(options, &folder);
    if options.keep {
        println!("\n{}", folder.display());
        return outcome.map(|()| ExitCode::SUCCESS);
    }
    // The folder is ours, made a moment ago.
    let cleaned = std::fs::remove_dir_all(&folder);
    outcome?;
    cleaned.context("cleaning up")?;
    Ok(ExitCode::SUCCESS)
}

fn measure(options: &BenchImport, folder: &Path) -> Result<()> {
    let format = match options.format.as_str() {
        "xlsx" => Format::Xlsx,
        "csv" => Format::Csv,
        "jsonl" => Format::JsonLines,
        other => bail!("{other}: xlsx, csv, jsonl"),
    };
    let file = folder.join(format!("so-dan-cu.{}", format.extension()));
    let rows = office_file(options, folder, format, &file)?;
    let bytes = std::fs::metadata(&file)?.len();
    println!(
        "# dancu bench import: {rows} rows of {} columns, {} bytes of {}\n",
        COLUMNS.len(),
        bytes,
        format.extension()
    );
    println!("| step | seconds | rows/s | peak memory MB |\n|---|---:|---:|---:|");
    let path = |p: &Path| p.to_string_lossy().into_owned();
    let (file, registry) = (path(&file), path(&folder.join("registry")));
    let batch = options.batch_rows.to_string();
    let of = |more: &[&str]| {
        let asking = ["--agency", "G01", "--legal-basis", "Luật Cư trú 2020, Điều 36", "--data", &registry];
        [&["population", "import", &file, "--batch-rows", &batch], more, &asking].concat().join("\u{1f}")
    };
    let step = |name: &str, words: &str| -> Result<()> {
        // Some rows may be rejected.
        println!("{}", run(words, Stdio::null(), &[0, 1])?.row(name, rows));
        Ok(())
    };
    step("read the file", &["bench", "import", "--read-only", &file].join("\u{1f}"))?;
    if !options.skip_dry_run {
        step("dry run", &of(&["--dry-run"]))?;
    }
    step("import", &of(&[]))?;
    step("import again", &of(&[]))?;
    println!();
    let asking = ["population", "imports", "--agency", "G01", "--legal-basis", "Luật Cư trú 2020, Điều 36"];
    run(&[&asking[..], &["--data", &registry]].concat().join("\u{1f}"), Stdio::inherit(), &[0])?;
    Ok(())
}

/// Writes the file of an office; how many rows it has.
fn office_file(options: &BenchImport, folder: &Path, format: Format, to: &Path) -> Result<u64> {
    let wanted = synthesis::Options {
        persons: options.rows,
        region: Region::Province(UnitCode::parse(&options.province).map_err(|i| anyhow!(i.text.en))?),
        seed: 1,
        today: PartialDate::today(),
        year: None,
        faults: options.dirty,
        threads: None,
    };
    let people = folder.join("people");
    synthesis::write_files(&wanted, &people, false, |_| {}).map_err(|error| anyhow!("{error}"))?;
    let mut table = opened(&people.join("persons.csv"))?;
    let places: Vec<usize> = COLUMNS
        .iter()
        .map(|(code, _)| {
            table.headers.iter().position(|h| h == code).ok_or_else(|| anyhow!("no column {code}"))
        })
        .collect::<Result<_>>()?;
    let headers = COLUMNS.iter().map(|(_, header)| (*header).to_owned()).collect();
    let out = BufWriter::new(File::create(to)?);
    let mut writer = RejectWriter::with(format, ',', headers, Lang::Vi, out)?;
    let (mut row, mut office) = (Row::default(), Row::default());
    while table.read(&mut row).map_err(|v| anyhow!(v.en))? {
        let cell = |at: &usize| Cell { text: row.text(*at).to_owned(), ..Cell::default() };
        office.cells = places.iter().map(cell).collect();
        writer.write(&office, &[])?;
    }
    let rows = writer.rows();
    writer.finish()?;
    std::fs::remove_dir_all(&people)?;
    Ok(rows)
}

fn opened(file: &Path) -> Result<Table> {
    let known =
        tabular::Options { known: population::import::known_headers(), ..tabular::Options::default() };
    Table::open(file, known).map_err(|v| anyhow!(v.en))
}

/// Reads a file to its end.
fn read(file: &Path) -> Result<u64> {
    let mut table = opened(file)?;
    let (mut row, mut rows) = (Row::default(), 0);
    while table.read(&mut row).map_err(|v| anyhow!(v.en))? {
        rows += 1;
    }
    Ok(rows)
}
