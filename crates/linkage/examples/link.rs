//! Links files from the command line with nothing but this crate: `link LEFT [RIGHT] --truth TRUTH --explain LINES
//! --memory BYTES`; prints the figures as JSON.

use std::{env, error::Error, path::Path};

fn main() -> Result<(), Box<dyn Error>> {
    let (mut files, mut truth, mut explain, mut threads) = (Vec::new(), None, None, 0);
    let (mut threshold, mut memory) = (0.5, 0);
    let mut arguments = env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--truth" => truth = arguments.next(),
            "--explain" => explain = arguments.next(),
            "--threshold" => threshold = arguments.next().unwrap_or_default().parse()?,
            "--memory" => memory = arguments.next().unwrap_or_default().parse()?,
            "--threads" => threads = arguments.next().unwrap_or_default().parse()?,
            _ => files.push(argument),
        }
    }
    let left = files.first().ok_or("link LEFT [RIGHT] --truth TRUTH")?;
    let options = linkage::Options { threads, memory, threshold, ..Default::default() };
    let mut linked = linkage::link(left, files.get(1).map(linkage::Input::from), &options)?;
    if let Some(truth) = truth {
        linked.measure(Path::new(&truth))?;
    }
    if let Some(lines) = explain {
        linked.write_explanations(Path::new(&lines))?;
    }
    println!("{}", serde_json::to_string_pretty(&linked.summary)?);
    if env::var_os("SHOW_MODEL").is_some() {
        println!("{}", serde_json::to_string_pretty(&linked.model)?);
    }
    Ok(())
}
