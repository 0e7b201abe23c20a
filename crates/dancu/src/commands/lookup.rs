//! `dancu lookup`: the look-ups from the command line, against a running server, with a client token.

use crate::cli::{Asking, Claimed, Lookup};
use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use std::{
    io::{BufRead, Read},
    path::Path,
    process::ExitCode,
    time::Duration,
};

/// Runs one look-up and prints the answer as JSON. Exit code 1: not as claimed or nobody found; 2: refused.
pub async fn run(lookup: Lookup) -> Result<ExitCode> {
    tokio::task::spawn_blocking(move || ask(lookup)).await?
}

fn ask(lookup: Lookup) -> Result<ExitCode> {
    match lookup {
        Lookup::Verify { asking, claimed } => call(&asking, "verify", claims(claimed)?),
        Lookup::VerifyHead { asking, claimed } => call(&asking, "verify-head", claims(claimed)?),
        Lookup::ConfirmNumber { asking, personal_number, former_number } => call(
            &asking,
            "confirm-number",
            json!({ "personal_number": personal_number, "former_number": former_number }),
        ),
        Lookup::Citizen { asking, number, fields } => {
            call(&asking, "citizen", json!({ "number": number_of(number)?, "fields": fields }))
        }
        Lookup::Residence { asking, number } => {
            call(&asking, "residence-confirmation", json!({ "number": number_of(number)? }))
        }
        Lookup::Batch { asking, file, out } => batch(&asking, &file, &out),
    }
}

/// The number from the command line, or the first line of standard input.
fn number_of(number: Option<String>) -> Result<String> {
    match number {
        Some(number) if number != "-" => Ok(number),
        _ => {
            let mut line = String::new();
            std::io::stdin().lock().take(100).read_line(&mut line)?;
            Ok(line.trim().to_owned())
        }
    }
}

fn claims(claimed: Claimed) -> Result<Value> {
    Ok(json!({
        "number": number_of(claimed.number)?,
        "full_name": claimed.name,
        "birth_date": claimed.birth,
        "sex": claimed.sex,
        "permanent_unit": claimed.unit,
    }))
}

fn token(asking: &Asking) -> Result<String> {
    let token = match &asking.token_file {
        Some(file) => {
            std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?
        }
        None => std::env::var("DANCU_TOKEN").context("set DANCU_TOKEN or --token-file")?,
    };
    Ok(token.trim().to_owned())
}

fn agent(seconds: u64) -> ureq::Agent {
    ureq::Agent::config_builder()
        .http_status_as_error(false)
        .timeout_global(Some(Duration::from_secs(seconds)))
        .build()
        .new_agent()
}

fn call(asking: &Asking, route: &str, mut body: Value) -> Result<ExitCode> {
    body["officer"] = json!(asking.officer);
    body["basis"] = json!({
        "purpose": asking.purpose,
        "legal_basis": asking.legal_basis,
        "procedure": asking.procedure,
        "dossier": asking.dossier,
    });
    let mut response = agent(60)
        .post(format!("{}/api/population/{route}", asking.server.trim_end_matches('/')))
        .header("Authorization", format!("Bearer {}", token(asking)?))
        .send_json(body)
        .context("the server cannot be reached")?;
    let status = response.status();
    let answer: Value = response.body_mut().read_json().context("the server's answer cannot be read")?;
    println!("{}", serde_json::to_string_pretty(&answer)?);
    Ok(match (status.is_success(), answer["result"].as_str()) {
        (false, _) => ExitCode::from(2),
        (true, None | Some("match")) => ExitCode::SUCCESS,
        (true, Some(_)) => ExitCode::from(1),
    })
}

fn batch(asking: &Asking, file: &Path, out: &Path) -> Result<ExitCode> {
    let input = std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
    let mut request = agent(3_600)
        .post(format!("{}/api/population/verify-batch", asking.server.trim_end_matches('/')))
        .header("Authorization", format!("Bearer {}", token(asking)?))
        .header("Content-Type", "text/csv");
    for (name, value) in [
        ("purpose", &asking.purpose),
        ("legal_basis", &asking.legal_basis),
        ("procedure", &asking.procedure),
        ("dossier", &asking.dossier),
    ] {
        if let Some(value) = value {
            request = request.query(name, value);
        }
    }
    let mut response = request.send(&input).context("the server cannot be reached")?;
    if !response.status().is_success() {
        let answer: Value = response.body_mut().read_json().context("the server's answer cannot be read")?;
        eprintln!("{}", serde_json::to_string_pretty(&answer)?);
        return Ok(ExitCode::from(2));
    }
    let mut to = std::fs::File::create_new(out).with_context(|| format!("cannot write {}", out.display()))?;
    let mut reader = response.body_mut().with_config().limit(u64::MAX).reader();
    let bytes = std::io::copy(&mut reader, &mut to).context("the result was broken off; it is not whole")?;
    // A result that is whole says so in its last line.
    let whole =
        std::fs::read_to_string(out)?.lines().next_back().is_some_and(|line| line.starts_with("end,"));
    if !whole {
        bail!("the result is not whole: its last line is missing");
    }
    println!("{}: {bytes} bytes", out.display());
    Ok(ExitCode::SUCCESS)
}
