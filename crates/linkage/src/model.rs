//! What agreement is worth (Fellegi and Sunter 1969): for each column how often each level comes up among records of
//! one person (m) and of any two (u). u is counted in pairs drawn at random; m is learnt without labels by expectation
//! and maximisation in the pairs of several rules, each time for the columns that the rule does not use.

use crate::{
    blocks::{Index, in_parallel},
    compare::{Comparer, LEVELS, agrees, levels},
    error::LinkError,
    mix::{Chance, KeyMap},
    rules::Rule,
    schema::Kind,
    table::{Table, Values},
};
use serde::{Deserialize, Serialize};

/// What was learnt: can be kept as JSON and used for other files with the same columns.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Model {
    /// The columns in order.
    pub columns: Vec<ColumnModel>,
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
const DRAWN: (usize, usize) = (60_000, 200_000);

/// Pairs of a rule from which m is learnt, about.
const TRAINED: f64 = 50_000.0;

/// Rounds of expectation and maximisation.
const ROUNDS: usize = 20;

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
        Ok(model)
    }

    /// Rounds to single precision, so that what is written and read again is the same to the last bit.
    pub(crate) fn round(&mut self) {
        let shares = self.columns.iter_mut().flat_map(|column| column.m.iter_mut().chain(&mut column.u));
        shares.chain([&mut self.prior]).for_each(|share| *share = f64::from(*share as f32));
    }

    /// Fails when the model was learnt for other columns.
    pub(crate) fn fits(&self, table: &Table) -> Result<(), LinkError> {
        let known = self.columns.iter().map(|column| (column.header.as_str(), column.kind));
        let wanted = table.columns.iter().map(|column| (column.header.as_str(), column.kind));
        if known.eq(wanted) { Ok(()) } else { Err(LinkError::Model { why: "other columns".into() }) }
    }

    /// Learns from the records.
    pub(crate) fn learn(table: &Table, rules: &[Rule], seed: u64, threads: usize) -> Model {
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
        let mut model = Model { columns, prior: 1.0 / (table.len as f64).max(2.0) };
        model.train(table, rules, threads);
        model
    }

    fn train(&mut self, table: &Table, rules: &[Rule], threads: usize) {
        let before = self.clone();
        let learnt = in_parallel(threads, rules.len(), |n| before.train_with(table, &rules[n]));
        let mut sums = vec![[0.0_f64; LEVELS]; self.columns.len()];
        for (rule, session) in rules.iter().zip(&learnt) {
            let Some(session) = session else { continue };
            for (n, (sum, counts)) in sums.iter_mut().zip(&session.counts).enumerate() {
                if rule.uses(n) {
                    continue;
                }
                // Each rule says about as much, whatever the number of its pairs.
                let all: f64 = counts[1..].iter().sum();
                let scale = if all > 1000.0 { 1000.0 / all } else { 1.0 };
                sum.iter_mut().zip(counts).for_each(|(sum, count)| *sum += count * scale);
            }
        }
        for (column, sum) in self.columns.iter_mut().zip(&sums) {
            column.m = smooth(&sum[1..], &expected(column.kind), 5.0);
        }
    }

    /// One session: the pairs of one rule, u fixed.
    fn train_with(&self, table: &Table, rule: &Rule) -> Option<Session> {
        let mut share = 1.0;
        if table.len > 300_000 {
            share = 300_000.0 / table.len as f64;
        }
        let index = Index::build(table, rule, share, 1);
        let keep = (TRAINED / index.pairs.max(1) as f64).min(1.0);
        let up_to = (keep * u64::MAX as f64) as u64;
        let mut comparer = Comparer::new(table);
        let mut patterns: KeyMap<u64, f64> = KeyMap::default();
        for part in 0..index.parts.len() {
            index.for_each_pair(table, part, |a, b| {
                if crate::mix::mix(u64::from(a) << 32 | u64::from(b)) <= up_to {
                    *patterns.entry(comparer.pattern(table.row(a), table.row(b))).or_default() += 1.0;
                }
            });
        }
        let mut patterns: Vec<(u64, f64)> = patterns.into_iter().collect();
        patterns.sort_unstable_by_key(|(pattern, _)| *pattern);
        let all: f64 = patterns.iter().map(|(_, count)| count).sum();
        if all < 50.0 {
            return None;
        }
        let used: Vec<usize> = (0..self.columns.len()).filter(|n| !rule.uses(*n)).collect();
        let mut session = Session { counts: vec![[0.0; LEVELS]; self.columns.len()] };
        let mut m: Vec<Vec<f64>> = self.columns.iter().map(|column| column.m.clone()).collect();
        let mut share_of_matches = 0.2_f64;
        for _ in 0..ROUNDS {
            session.counts.iter_mut().for_each(|counts| *counts = [0.0; LEVELS]);
            let mut matches = 0.0;
            for (pattern, count) in &patterns {
                let mut odds = share_of_matches / (1.0 - share_of_matches);
                for n in &used {
                    let level = (pattern >> (4 * n) & 15) as usize;
                    if level > 0 {
                        odds *= m[*n][level - 1] / self.columns[*n].u[level - 1];
                    }
                }
                let expected = count * (odds / (1.0 + odds));
                let expected = if odds.is_finite() { expected } else { *count };
                matches += expected;
                for n in &used {
                    session.counts[*n][(pattern >> (4 * n) & 15) as usize] += expected;
                }
            }
            share_of_matches = (matches / all).clamp(1e-6, 1.0 - 1e-6);
            for n in &used {
                m[*n] = smooth(&session.counts[*n][1..], &expected(self.columns[*n].kind), 1.0);
            }
        }
        // Where hardly any pair is one person, what was learnt is about something else, such as families.
        (share_of_matches > 0.02 && share_of_matches * all > 20.0).then_some(session)
    }
}

/// What a rule taught: by column and level, pairs of one person.
struct Session {
    counts: Vec<[f64; LEVELS]>,
}

/// Shares from counts, with some pairs as expected added.
fn smooth(counts: &[f64], expected: &[f64], weight: f64) -> Vec<f64> {
    let all: f64 = counts.iter().take(expected.len()).sum::<f64>() + weight;
    expected.iter().zip(counts).map(|(share, count)| ((count + share * weight) / all).max(1e-6)).collect()
}

/// Where learning begins: nine in ten agree, and the rest is spread.
fn expected(kind: Kind) -> Vec<f64> {
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
        for _ in 0..(20 * table.len).clamp(DRAWN.0, DRAWN.1) / UNITS {
            let (a, b) = if table.two_files {
                (chance.below(table.left), table.left + chance.below(table.len - table.left))
            } else {
                (chance.below(table.len), chance.below(table.len))
            };
            if a == b {
                continue;
            }
            let pattern = comparer.pattern(table.row(a as u32), table.row(b as u32));
            for (n, counts) in counts.iter_mut().enumerate() {
                counts[(pattern >> (4 * n) & 15) as usize] += 1;
            }
        }
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
    let (mut chosen, mut seen) = (0.0_f64, 0.0_f64);
    let step = (table.len / 200_000).max(1);
    for record in (0..table.len).step_by(step) {
        let row = table.row(record as u32);
        let filled = match &table.columns[n].values {
            Values::Digits(_) => crate::table::wide(row, table.columns[n].at) != 0,
            _ => row[table.columns[n].at] != 0,
        };
        if filled {
            seen += 1.0;
            // The chance that another record agrees with this one.
            chosen += f64::from(table.count(&table.columns[n], row)).max(1.0) / table.len as f64;
        }
    }
    if seen == 0.0 {
        return;
    }
    let filled = seen * step as f64 / table.len as f64;
    let agreement = (chosen / seen / filled.min(1.0)).clamp(1e-9, 1.0);
    let which: Vec<usize> =
        (0..column.u.len()).filter(|level| agrees(column.kind, *level as u8 + 1)).collect();
    let drawn: f64 = which.iter().map(|level| column.u[*level]).sum();
    for level in which {
        column.u[level] = (column.u[level] / drawn * agreement).clamp(1e-9, 1.0);
    }
}
