//! Record linkage (*phát hiện trùng, đối chiếu*): finds the records that are one person, within a file or between two,
//! and says why. Usable alone; it knows nothing of registers, stores or pages.
//!
//! ```text
//! CSV ─ split ─ encode ─ table ─ rules ─ blocks ─ matching ─ pairs ─ cluster
//!               forms    spill   fetch   compare, score ─┘     └─ truth
//!                                        model, circles
//! ```
//!
//! Every stage runs on all threads: pieces of a file, then rules, each on a thread of its own. A record is a row of small
//! numbers – hashes of words, digits – that answer most comparisons; its texts lie aside and are read for the few pairs
//! that can still be one person.
//!
//! Probabilistic after Fellegi and Sunter: each column speaks for or against in bits, rare values more than frequent
//! ones, and what agreement is worth is learnt from the records without labels. The result depends on the files, the
//! options and the seed, never on the number of threads.

mod blocks;
mod circles;
mod cluster;
mod compare;
mod counts;
mod edit;
mod encode;
mod error;
mod fetch;
mod forms;
mod matching;
mod mix;
mod model;
mod read;
mod rules;
mod schema;
mod score;
mod sort;
mod spill;
mod split;
mod table;
mod truth;
pub mod two;
mod write;

pub use circles::Circle;
pub use error::LinkError;
pub use model::{ColumnModel, Model};
pub use read::{Input, MOST_RECORDS, Rows, UnitTable};
pub use schema::{Kind, Schema};
pub use score::{Reason, probability};
pub use truth::{Measured, Quality, Truth};

use matching::{compare_all, weigh_all};
use score::Scorer;
use serde::Serialize;
use std::{path::Path, time::Instant};
use table::Table;

/// What is wanted beside the files.
#[derive(Clone, Default)]
pub struct Options<'a> {
    /// The columns; guessed from the headers where absent.
    pub schema: Option<Schema>,
    /// The column with the identifiers, over what the schema says.
    pub id: Option<String>,
    /// Whether identifiers may come twice in a file; a later record is then called by its row too.
    pub may_repeat: bool,
    /// A model learnt before; else one is learnt.
    pub model: Option<Model>,
    /// Where codes of units lead today, so that addresses meet across the renumbering of 2025.
    pub units: Option<UnitTable<'a>>,
    /// Threads; 0 for all processors.
    pub threads: usize,
    /// Bytes of rows and keys that may be kept in memory; what is more goes to a temporary file. 0 for half of the memory
    /// that is free.
    pub memory: u64,
    /// Chooses the pairs drawn at random.
    pub seed: u64,
    /// Least probability of a pair that is told; 0 for 0.5.
    pub threshold: f64,
}

/// Probability from which a pair is called certain, unless something of the person's own – name, birth date, sex, a
/// number – is another.
pub const CERTAIN: f64 = 0.9999;

/// Two records that may be one person.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pair {
    /// The record of the left file, or the earlier one, counted from 0.
    pub left: u32,
    /// The other, counted on from the left file.
    pub right: u32,
    /// log2 of the odds.
    pub weight: f32,
    pattern: u64,
    /// Whether the pair is called certain: see [`CERTAIN`].
    pub certain: bool,
}

/// What one rule yielded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RuleReport {
    /// The rule in words.
    pub rule: String,
    /// Pairs in its blocks.
    pub pairs: u64,
    /// Pairs that were looked at, of neighbours in too large blocks too.
    pub compared: u64,
    /// Blocks that were too large to be compared whole.
    pub large_blocks: u64,
}

/// Figures of a run.
#[derive(Clone, Debug, Serialize)]
pub struct Summary {
    /// Records of the left file, or of the only one.
    pub left: u64,
    /// Records of the right file.
    pub right: u64,
    /// The columns and their kinds.
    pub schema: Schema,
    /// The rules.
    pub rules: Vec<RuleReport>,
    /// Least probability of a pair that is told.
    pub threshold: f64,
    /// Pairs told.
    pub pairs: u64,
    /// Pairs among them that are called certain.
    pub certain: u64,
    /// Groups of records that are one person.
    pub clusters: u64,
    /// Records in these groups.
    pub clustered: u64,
    /// Bytes that did not fit into memory.
    pub spilt: u64,
    /// Where the time went.
    pub seconds: Seconds,
    /// Against the truth.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub measured: Option<Measured>,
}

/// Where the time went, in seconds.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct Seconds {
    /// Reading and encoding.
    pub read: f64,
    /// Checking identifiers and counting how many records share each value.
    pub count: f64,
    /// Drawing pairs, to learn what any two records and people of one circle share.
    pub draw: f64,
    /// Comparing the pairs that the rules yield.
    pub compare: f64,
    /// Learning from them, and weighing them.
    pub learn: f64,
    /// Grouping.
    pub cluster: f64,
}

/// The linked records.
pub struct Linked {
    table: Table,
    /// What was learnt, or given.
    pub model: Model,
    /// All pairs worth a look, the heaviest first; some below the threshold.
    pairs: Vec<Pair>,
    threshold: f32,
    clusters: Vec<u32>,
    /// Figures.
    pub summary: Summary,
}

/// Links the records of a file among themselves, or those of two files with each other.
///
/// Fails when a file cannot be read or is not CSV, a column is not there, identifiers repeat, or the model is of other
/// columns.
pub fn link<'a>(
    left: impl Into<Input<'a>>,
    right: Option<Input<'a>>,
    options: &Options<'_>,
) -> Result<Linked, LinkError> {
    let threads = match options.threads {
        0 => std::thread::available_parallelism().map_or(1, usize::from),
        threads => threads,
    };
    let mut seconds = Seconds::default();
    let mut clock = Instant::now();
    let mut lap = || std::mem::replace(&mut clock, Instant::now()).elapsed().as_secs_f64();
    let mut table = read::read(
        (left.into(), right),
        options.schema.as_ref(),
        options.id.as_deref(),
        options.units,
        (threads, options.memory),
    )?;
    seconds.read = lap();
    read::count(&mut table, options.may_repeat, threads)?;
    seconds.count = lap();
    let rules = rules::rules(&table);
    let floor = if options.threshold > 0.0 { log_odds(options.threshold.min(0.01)) } else { log_odds(0.01) };
    let (mut model, learnt_from) = match &options.model {
        Some(model) => {
            model.fits(&table)?;
            (model.clone(), None)
        }
        None => {
            let (model, samples) = Model::begin(&table, options.seed, threads);
            (model, Some(samples))
        }
    };
    seconds.draw = lap();
    let mut pairs;
    let reports;
    let raised = |model: &mut Model| {
        // Everything is weighed as if there were more pairs than were learnt; how many there are is seen afterwards.
        let given = model.prior;
        model.prior = (8.0 * given).min(model::some_partners(&table)).max(given);
        given
    };
    let given;
    match learnt_from {
        None => {
            model.round();
            given = raised(&mut model);
            (pairs, reports) = compare_all(&table, &rules, &Scorer::new(&table, &model), floor, threads);
        }
        Some(samples) => {
            (pairs, reports) =
                compare_all(&table, &rules, &Scorer::new(&table, &model), Model::floor(), threads);
            seconds.compare = lap();
            model.learn(&table, &pairs, &samples, threads);
            model.round();
            given = raised(&mut model);
            pairs = weigh_all(&table, &Scorer::new(&table, &model), &pairs, floor, threads);
            seconds.learn += lap();
        }
    }
    let many = model.prior;
    let settled = if options.model.is_some() { given } else { settle(&pairs, many, table.possible()) };
    let settled = f64::from(settled as f32);
    let shift = score::prior(settled) - score::prior(many);
    let sure = log_odds(CERTAIN);
    let doubt = |pattern: u64| {
        let mut columns = table.columns.iter().zip(0..);
        columns.any(|(column, n)| compare::in_doubt(column.kind, (pattern >> (4 * n) & 15) as u8))
    };
    for pair in &mut pairs {
        pair.weight += shift;
        pair.certain = pair.weight >= sure && !doubt(pair.pattern);
    }
    model.prior = settled;
    model.round();
    let scorer = Scorer::new(&table, &model);
    seconds.compare += lap();

    let threshold = if options.threshold > 0.0 { options.threshold } else { 0.5 };
    let least = log_odds(threshold);
    let clusters = cluster::clusters(&table, &scorer, &pairs, log_odds(threshold.max(0.5)));
    seconds.cluster = lap();
    let in_clusters: mix::KeySet<u32> = clusters.iter().copied().filter(|cluster| *cluster != 0).collect();
    let at_least = |weight: f32| pairs.iter().take_while(|pair| pair.weight >= weight).count() as u64;
    let summary = Summary {
        left: table.left as u64,
        right: (table.len - table.left) as u64,
        schema: table.schema.clone(),
        rules: reports,
        threshold,
        pairs: at_least(least),
        certain: pairs.iter().filter(|pair| pair.certain).count() as u64,
        clusters: in_clusters.len() as u64,
        clustered: clusters.iter().filter(|cluster| **cluster != 0).count() as u64,
        spilt: table.spill.len(),
        seconds,
        measured: None,
    };
    table.spill.trouble().map_err(read::full)?;
    Ok(Linked { table, model, pairs, threshold: least, clusters, summary })
}

/// The share of possible pairs that are one person: the share with which the probabilities of all pairs add up to it.
fn settle(pairs: &[Pair], assumed: f64, possible: f64) -> f64 {
    let mut share = assumed;
    for _ in 0..50 {
        let shift = score::prior(share) - score::prior(assumed);
        let matches: f64 = pairs.iter().map(|pair| probability(pair.weight + shift)).sum();
        let next = (matches.max(1.0) / possible.max(2.0)).clamp(1e-15, 0.5);
        if (next / share - 1.0).abs() < 1e-3 {
            return next;
        }
        share = next;
    }
    share
}

/// A probability as log2 of its odds.
fn log_odds(probability: f64) -> f32 {
    (probability / (1.0 - probability)).log2() as f32
}

impl Linked {
    /// The pairs that reach the threshold, the heaviest first.
    pub fn pairs(&self) -> &[Pair] {
        &self.pairs[..self.summary.pairs as usize]
    }

    /// Why a pair weighs what it weighs: the weight with which it starts, what each column says, and the columns that
    /// the two share and could share as kin or neighbours, against whom the columns then speak. Start and columns add up
    /// to the weight of the pair.
    pub fn explain(&self, pair: &Pair) -> (f32, Vec<Reason>, Vec<&str>) {
        let scorer = Scorer::new(&self.table, &self.model);
        scorer.explain(pair.pattern, &self.table.row(pair.left), &self.table.row(pair.right))
    }

    /// The identifier of a record.
    pub fn id(&self, record: u32) -> Vec<u8> {
        self.table.id(record)
    }

    /// The group of a record, or 0 where it stands alone.
    pub fn cluster(&self, record: u32) -> u32 {
        self.clusters.get(record as usize).copied().unwrap_or_default()
    }

    /// Measures against a truth file and puts the figures into the summary.
    ///
    /// Fails when the file cannot be read or does not fit the records.
    pub fn measure(&mut self, truth: &Path) -> Result<(), LinkError> {
        let truth = Truth::read(truth)?;
        let measured = truth.measure(&self.table, &self.pairs, self.threshold, &self.clusters)?;
        self.summary.measured = Some(measured);
        Ok(())
    }
}
