//! Links files from the command line with nothing but this crate: `link LEFT [RIGHT] --truth TRUTH`; prints the
//! figures as JSON.

use std::{env, error::Error, path::Path};

fn main() -> Result<(), Box<dyn Error>> {
    let (mut files, mut truth, mut threads) = (Vec::new(), None, 0);
    let mut arguments = env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--truth" => truth = arguments.next(),
            "--threads" => threads = arguments.next().unwrap_or_default().parse()?,
            _ => files.push(argument),
        }
    }
    let left = files.first().ok_or("link LEFT [RIGHT] --truth TRUTH")?;
    let options = linkage::Options { threads, threshold: 0.5, ..Default::default() };
    let mut linked = linkage::link(Path::new(left), files.get(1).map(Path::new), &options)?;
    if let Some(truth) = truth {
        linked.measure(Path::new(&truth))?;
    }
    println!("{}", serde_json::to_string_pretty(&linked.summary)?);
    if env::var_os("SHOW_MODEL").is_some() {
        println!("{}", serde_json::to_string_pretty(&linked.model)?);
    }
    Ok(())
}
