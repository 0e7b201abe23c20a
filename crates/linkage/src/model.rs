//! What agreement is worth (Fellegi and Sunter 1969): for each column how often each level comes up among records of
//! one person (m), of any two (u), and of two people of one circle. u is counted in pairs drawn at random; m is learnt
//! without labels by expectation and maximisation in the pairs that the rules yield.

use crate::{
    Pair,
    blocks::in_parallel,
    circles::{self, Circle, Sample},
    compare::{Comparer, LEVELS, agrees, levels},
    error::LinkError,
    mix::{Chance, mix},
    schema::Kind,
    score::{self, Scorer},
    table::Table,
};
use serde::{Deserialize, Serialize};

/// What was learnt: can be kept as JSON and used for other files with the same columns.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Model {
    /// The columns in order.
    pub columns: Vec<ColumnModel>,
    /// What people share who are not one.
    #[serde(default)]
    pub circles: Vec<Circle>,
    /// Share of all possible pairs that are one person.
    pub prior: f64,
}

/// What was learnt of a column.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ColumnModel {
    /// Its header.
    pub header: String,
    /// Its kind.
    pub kind: Kind,
    /// By level from 1 on: share among pairs of one person.
    pub m: Vec<f64>,
    /// By level from 1 on: share among any two records.
    pub u: Vec<f64>,
}

/// Pairs drawn at random for u, at least and at most; between them in proportion to the records.
const DRAWN: (usize, usize) = (60_000, 100_000);

/// Records from whose pairs m is learnt, about.
const TRAINED: f64 = 200_000.0;

/// Most pairs from which m is learnt.
const MOST_PAIRS: usize = 1_000_000;

/// Least probability of a pair from which m is learnt, if each record had some partners.
const LEAST: f64 = 1e-2;

/// Rounds of expectation and maximisation.
const ROUNDS: usize = 12;

impl Model {
    /// Reads a model and checks that it fits the columns.
    ///
    /// Fails when the text is not a model or was learnt for other columns.
    pub fn parse(text: &str) -> Result<Model, LinkError> {
        let bad = |why: String| LinkError::Model { why };
        let mut model: Model = serde_json::from_str(text).map_err(|error| bad(error.to_string()))?;
        model.round();
        for column in &model.columns {
            let wanted = levels(column.kind).len() - 1;
            let shares = column.m.iter().chain(&column.u);
            if column.m.len() != wanted
                || column.u.len() != wanted
                || !shares.clone().all(|share| *share > 0.0 && *share <= 1.0)
            {
                return Err(bad(format!("{}: {wanted} shares above 0 are wanted", column.header)));
            }
        }
        if !(model.prior > 0.0 && model.prior < 1.0) {
            return Err(bad("prior".into()));
        }
        let share = |share: &f64| *share > 0.0 && *share <= 1.0;
        for circle in &model.circles {
            let known = |header: &String| model.columns.iter().any(|column| column.header == *header);
            let fit = |(shares, column): (&Vec<f64>, &ColumnModel)| {
                shares.len() == column.m.len() && shares.iter().all(share)
            };
            if !share(&circle.rate)
                || circle.shared.is_empty()
                || !circle.shared.iter().all(known)
                || circle.shares.len() != model.columns.len()
                || !circle.shares.iter().zip(&model.columns).all(fit)
            {
                return Err(bad(format!("circle {}", circle.shared.join(" + "))));
            }
        }
        Ok(model)
    }

    /// Rounds to single precision, so that what is written and read again is the same to the last bit.
    pub(crate) fn round(&mut self) {
        let shares = self.columns.iter_mut().flat_map(|column| column.m.iter_mut().chain(&mut column.u));
        let circles = self.circles.iter_mut();
        let beside = circles.flat_map(|c| c.shares.iter_mut().flatten().chain([&mut c.rate]));
        shares.chain(beside).chain([&mut self.prior]).for_each(|share| *share = f64::from(*share as f32));
    }

    /// Fails when the model was learnt for other columns.
    pub(crate) fn fits(&self, table: &Table) -> Result<(), LinkError> {
        let known = self.columns.iter().map(|column| (column.header.as_str(), column.kind));
        let wanted = table.columns.iter().map(|column| (column.header.as_str(), column.kind));
        if known.eq(wanted) { Ok(()) } else { Err(LinkError::Model { why: "other columns".into() }) }
    }

    /// What can be known before pairs are compared: what any two records agree in. Nine in ten of what is one person's is
    /// taken to agree, and each record to have some partners. With it come pairs that share something, by which the rest
    /// is learnt.
    pub(crate) fn begin(table: &Table, seed: u64, threads: usize) -> (Model, Vec<Sample>) {
        let mut columns: Vec<ColumnModel> = table
            .columns
            .iter()
            .map(|column| ColumnModel {
                header: column.header.clone(),
                kind: column.kind,
                m: expected(column.kind),
                u: Vec::new(),
            })
            .collect();
        let shares = draw(table, seed, threads);
        for ((n, column), drawn) in columns.iter_mut().enumerate().zip(shares) {
            column.u = drawn;
            agreement_by_frequency(table, n, column);
        }
        let samples = circles::draw(table, seed, threads);
        let circles = circles::fit(table, &samples, &columns, threads);
        (Model { columns, circles, prior: some_partners(table) }, samples)
    }

    /// The least weight of a pair from which something is learnt, before anything is.
    pub(crate) fn floor() -> f32 {
        score::prior(LEAST)
    }

    /// Learns from the pairs that the rules yield.
    pub(crate) fn learn(&mut self, table: &Table, pairs: &[Pair], samples: &[Sample], threads: usize) {
        let share = (TRAINED / table.len.max(1) as f64).min(1.0);
        let up_to = (share * u64::MAX as f64) as u64;
        let chosen = |pair: &&Pair| mix(u64::from(pair.left) << 32 | u64::from(pair.right)) <= up_to;
        let pairs: Vec<Pair> = pairs.iter().filter(chosen).take(MOST_PAIRS).copied().collect();
        for round in 0..3 {
            if round > 0 {
                self.circles = circles::fit(table, samples, &self.columns, threads);
            }
            self.maximise(table, &pairs, share, threads);
        }
    }

    /// Learns m and how many pairs are one person from the pairs that the rules yield; what any two records and those of
    /// a circle agree in is taken as known, but for the numbers that two people bear by mistake.
    fn maximise(&mut self, table: &Table, pairs: &[Pair], share: f64, threads: usize) {
        const CHUNK: usize = 1 << 14;
        let scorer = Scorer::new(table, self);
        // What rarity and circles say does not depend on m.
        let known = in_parallel(threads, pairs.len().div_ceil(CHUNK), |unit| {
            let chunk = pairs[unit * CHUNK..].iter().take(CHUNK);
            let apart = |pair: &Pair| {
                let weight = scorer.weigh(pair.pattern, &table.row(pair.left), &table.row(pair.right));
                f64::from(weight - scorer.prior - scorer.levels(pair.pattern))
            };
            chunk.map(|pair| (pair.pattern, apart(pair))).collect::<Vec<_>>()
        });
        let (columns, possible) = (self.columns.len(), table.possible() * share);
        let mut sum = Vec::new();
        for _ in 0..ROUNDS {
            let mut says = vec![[0.0_f64; LEVELS]; columns];
            for (says, column) in says.iter_mut().zip(&self.columns) {
                let last = column.m.len();
                for (level, (m, u)) in (1..).zip(column.m.iter().zip(&column.u)) {
                    says[level] = (m / u).log2();
                }
                says[last] = says[last].min(0.0);
            }
            let start = (self.prior / (1.0 - self.prior)).log2();
            let expected_in = in_parallel(threads, known.len(), |unit| {
                let mut counts = vec![[0.0_f64; LEVELS]; columns];
                let mut same = 0.0;
                for (pattern, known) in &known[unit] {
                    let level = |n: usize| (pattern >> (4 * n) & 15) as usize;
                    let weight = start + known + (0..columns).map(|n| says[n][level(n)]).sum::<f64>();
                    let one = 1.0 / (1.0 + (-weight).exp2());
                    same += one;
                    (0..columns).for_each(|n| counts[n][level(n)] += one);
                }
                (same, counts)
            });
            let same: f64 = expected_in.iter().map(|(same, _)| same).sum();
            sum = vec![[0.0; LEVELS]; columns];
            for (_, counts) in expected_in {
                for (sum, counts) in sum.iter_mut().zip(counts) {
                    sum.iter_mut().zip(counts).for_each(|(sum, count)| *sum += count);
                }
            }
            for (column, sum) in self.columns.iter_mut().zip(&sum) {
                column.m = smooth(&sum[1..], &expected(column.kind), 2.0);
            }
            self.prior = (same.max(0.5) / possible.max(1.0)).clamp(1e-15, 0.5);
        }
        for (n, column) in self.columns.iter_mut().enumerate() {
            if matches!(column.kind, Kind::Number | Kind::FormerNumber) {
                let agree = pairs.iter().filter(|pair| pair.pattern >> (4 * n) & 15 == 1).count() as f64;
                let two = (agree - sum[n][1]).max(0.0) + 0.5;
                let filled = table.columns[n].filled as f64 / table.len.max(1) as f64;
                let among = (possible * filled * filled).max(1.0);
                column.u[0] = (two / among).clamp(1e-12, 0.5);
            }
        }
    }
}

/// The share of pairs that are one person if each record had some partners.
pub(crate) fn some_partners(table: &Table) -> f64 {
    (4.0 * table.len as f64 / table.possible().max(1.0)).clamp(1e-15, 0.5)
}

/// Shares from counts, with some pairs as expected added.
fn smooth(counts: &[f64], expected: &[f64], weight: f64) -> Vec<f64> {
    let all: f64 = counts.iter().take(expected.len()).sum::<f64>() + weight;
    expected.iter().zip(counts).map(|(share, count)| ((count + share * weight) / all).max(1e-6)).collect()
}

/// Where learning begins: nine in ten agree, and the rest is spread.
pub(crate) fn expected(kind: Kind) -> Vec<f64> {
    let count = levels(kind).len() - 1;
    let family = if kind.of_family() { 0.3 } else { 0.0 };
    let mut shares: Vec<f64> = (0..count).map(|_| 0.15 / (count - 1) as f64).collect();
    shares[0] = 0.85 - family;
    shares[count - 1] += family;
    shares
}

/// u of each column from pairs drawn at random.
fn draw(table: &Table, seed: u64, threads: usize) -> Vec<Vec<f64>> {
    const UNITS: usize = 16;
    let counts = in_parallel(threads, UNITS, |unit| {
        let mut chance = Chance::new(seed.wrapping_mul(UNITS as u64 + 1).wrapping_add(unit as u64));
        let mut comparer = Comparer::new(table);
        let mut counts = vec![[0_u64; LEVELS]; table.columns.len()];
        if table.len < 2 || (table.two_files && (table.left == 0 || table.left == table.len)) {
            return counts;
        }
        let mut pairs = Vec::new();
        for _ in 0..(20 * table.len).clamp(DRAWN.0, DRAWN.1) / UNITS {
            let (a, b) = if table.two_files {
                (chance.below(table.left), table.left + chance.below(table.len - table.left))
            } else {
                (chance.below(table.len), chance.below(table.len))
            };
            if a != b {
                pairs.push((a as u32, b as u32));
            }
        }
        comparer.patterns(&pairs, |pattern| {
            for (n, counts) in counts.iter_mut().enumerate() {
                counts[(pattern >> (4 * n) & 15) as usize] += 1;
            }
        });
        counts
    });
    (0..table.columns.len())
        .map(|n| {
            let kind = table.columns[n].kind;
            let count = levels(kind).len() - 1;
            let sum = |level: usize| counts.iter().map(|counts| counts[n][level] as f64).sum::<f64>();
            let all: f64 = (1..=count).map(sum).sum::<f64>() + 1.0;
            (1..=count).map(|level| ((sum(level) + 0.5 / count as f64) / all).clamp(1e-9, 1.0)).collect()
        })
        .collect()
}

/// Replaces u of the levels that agree by what the frequencies of the values say, which is exact where a sample of
/// pairs holds no such pair.
fn agreement_by_frequency(table: &Table, n: usize, column: &mut ColumnModel) {
    if table.columns[n].filled == 0 {
        return;
    }
    let agreement = table.columns[n].agreement.clamp(1e-9, 1.0);
    let which: Vec<usize> =
        (0..column.u.len()).filter(|level| agrees(column.kind, *level as u8 + 1)).collect();
    let drawn: f64 = which.iter().map(|level| column.u[*level]).sum();
    for level in which {
        column.u[level] = (column.u[level] / drawn * agreement).clamp(1e-9, 1.0);
    }
}
