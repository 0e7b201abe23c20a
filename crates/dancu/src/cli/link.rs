//! Options of `quality link`.

use clap::Args;
use std::path::PathBuf;

/// Options of `quality link`.
#[derive(Debug, Args)]
pub struct Link {
    /// The file, CSV or Parquet; its records are linked among themselves when it is the only one.
    #[arg(long, value_name = "FILE", required_unless_present = "register")]
    pub left: Option<PathBuf>,
    /// The registry itself in place of the file, whose records go by # and their numbers; an export with its entry in the ledger.
    #[arg(
        long,
        conflicts_with = "left",
        requires = "purpose",
        requires = "legal_basis",
        requires = "agency"
    )]
    pub register: bool,
    /// Of the registry a province or commune since July 2025, by code; the whole country otherwise.
    #[arg(long, value_name = "CODE", requires = "register")]
    pub unit: Option<String>,
    /// Purpose for which the registry is read, such as cleaning.
    #[arg(long, requires = "register")]
    pub purpose: Option<String>,
    /// Legal basis on which the registry is read.
    #[arg(long, requires = "register")]
    pub legal_basis: Option<String>,
    /// Agency on whose behalf the console acts.
    #[arg(long, requires = "register")]
    pub agency: Option<String>,
    /// A second file: its records are linked with those of the first, one to one.
    #[arg(long, value_name = "FILE")]
    pub right: Option<PathBuf>,
    /// Where the pairs go: left_id, right_id, probability, weight.
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
    /// Where the groups go: cluster_id, id.
    #[arg(long, value_name = "FILE")]
    pub clusters: Option<PathBuf>,
    /// Where the explanations go, one line of JSON a pair.
    #[arg(long, value_name = "FILE")]
    pub explain: Option<PathBuf>,
    /// The column with the identifiers.
    #[arg(long, value_name = "COLUMN")]
    pub id: Option<String>,
    /// What the columns hold (JSON); guessed from the headers where absent.
    #[arg(long, value_name = "FILE")]
    pub schema: Option<PathBuf>,
    /// True pairs (CSV with id_a and id_b), to measure against.
    #[arg(long, value_name = "FILE")]
    pub truth: Option<PathBuf>,
    /// What was learnt (JSON): read where the file is there, else written.
    #[arg(long, value_name = "FILE")]
    pub model: Option<PathBuf>,
    /// Least probability of a pair that is written.
    #[arg(long, default_value_t = 0.5)]
    pub threshold: f64,
    /// Megabytes of records kept in memory; what is more goes to a temporary file. 0 for half of what is free.
    #[arg(long, default_value_t = 0, value_name = "MB")]
    pub memory: u64,
    /// Threads; 0 for all processors. The result does not depend on it.
    #[arg(long, default_value_t = 0)]
    pub threads: usize,
    /// Chooses the pairs that are drawn at random.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Print the figures as JSON.
    #[arg(long)]
    pub json: bool,
}
