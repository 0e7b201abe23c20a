//! `dancu units`.

use crate::cli::Units;
use anyhow::{Result, bail};
use std::process::ExitCode;
use vocabulary::{Lang, UnitCode};

/// Prints what a code was and what it is now.
pub fn run(units: Units, lang: Lang) -> Result<ExitCode> {
    let (code, find): (_, fn(UnitCode) -> Option<reference::Shown>) = match units {
        Units::Show { code } => (code, reference::show),
        Units::Convert { code } => (code, reference::convert),
    };
    let code = match UnitCode::parse(&code) {
        Ok(code) => code,
        Err(invalid) => bail!("{}", invalid.text.get(lang)),
    };
    match find(code) {
        Some(shown) => print!("{}", shown.to_text(lang)),
        None => bail!("{}", lang.pick("Không có mã đơn vị này.", "There is no unit with this code.")),
    }
    Ok(ExitCode::SUCCESS)
}
