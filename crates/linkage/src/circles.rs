//! People of one circle: they share something, such as parents, address or telephone, without being one person, and so
//! they agree in more than any two records do. For each column that a family may share, and for each two of them,
//! pairs that share it are drawn and what else they agree in is counted; pairs of one person are left out by
//! expectation and maximisation. Agreement then weighs as much as it says against the likeliest circle.

use crate::{
    blocks::{in_parallel, lefts},
    compare::{Comparer, LEVELS, agrees, levels},
    mix::{self, Chance, KeyMap},
    model::{ColumnModel, expected},
    rules::Part,
    schema::Kind,
    sort,
    table::Table,
};
use serde::{Deserialize, Serialize};

/// What pairs agree in that share some columns without being one person.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Circle {
    /// Headers of the shared columns.
    pub shared: Vec<String>,
    /// Share of all pairs in which these columns are filled.
    pub rate: f64,
    /// By column, by level from 1 on: share among such pairs.
    pub shares: Vec<Vec<f64>>,
}

/// Records by whose values pairs are drawn, about.
const RECORDS: f64 = 120_000.0;

/// Pairs drawn that share one column, and that share two.
const DRAWN: [usize; 2] = [8_000, 2_500];

/// Fewest pairs that are not one person from which something is learnt.
const FEWEST: f64 = 40.0;

/// Most of the pairs that may be one person.
const MOST_SAME: f64 = 0.9;

/// Most of the others that may agree in name, birth date or number.
const MOST_AGREEING: f64 = 0.2;

/// Rounds of expectation and maximisation.
const ROUNDS: usize = 15;

/// Pairs that share some columns.
pub(crate) struct Sample {
    members: Vec<usize>,
    rate: f64,
    patterns: Vec<(u64, f64)>,
}

/// Draws pairs that share columns.
pub(crate) fn draw(table: &Table, seed: u64, threads: usize) -> Vec<Sample> {
    let family: Vec<usize> =
        (0..table.columns.len()).filter(|n| table.columns[*n].kind.of_family()).collect();
    let samples = in_parallel(threads, family.len(), |at| around(table, &family[at..], seed));
    samples.into_iter().flatten().collect()
}

/// Pairs that share the first of some columns, alone and with each other one. Of the values of the first a share is
/// taken whole, so that all who share it are there.
fn around(table: &Table, family: &[usize], seed: u64) -> Vec<Sample> {
    let Some((first, others)) = family.split_first() else { return Vec::new() };
    let whole = |n: usize| table.columns[n].place(Part::Whole(n));
    let up_to = ((RECORDS / table.len.max(1) as f64).min(1.0) * u64::MAX as f64) as u64;
    let (mut keys, mut filled) = (Vec::new(), [0_u64; 2]);
    // By each other column, the values of the same records.
    let mut beside: Vec<Vec<u32>> = others.iter().map(|_| Vec::new()).collect();
    let mut taken = Vec::new();
    for stretch in &table.stretches {
        taken.clear();
        let mut some = 0;
        for (value, n) in stretch.parts[whole(*first)].iter().zip(0_u32..) {
            some += u64::from(*value != 0);
            if *value != 0 && mix::mix(u64::from(*value)) <= up_to {
                taken.push(n);
                keys.push(u64::from(*value) << 32 | u64::from(stretch.first + n));
            }
        }
        filled[side(table, stretch.first)] += some;
        for (other, beside) in others.iter().zip(&mut beside) {
            let values = &stretch.parts[whole(*other)];
            beside.extend(taken.iter().map(|n| values.get(*n as usize).copied().unwrap_or_default()));
        }
    }
    let taken = by_side(table, &keys);
    let mut comparer = Comparer::new(table);
    let mut samples = Vec::new();
    let mut spare = Vec::new();
    samples.extend(sample(table, (&mut keys.clone(), &mut spare), vec![*first], filled, seed, &mut comparer));
    for (other, beside) in others.iter().zip(&beside) {
        if [first, other].iter().all(|n| table.columns[**n].kind == Kind::UnitCode) {
            continue;
        }
        let both = keys.iter().zip(beside).filter(|(_, other)| **other != 0);
        let mut both: Vec<u64> = both
            .map(|(number, other)| {
                mix::join(number >> 32, u64::from(*other)) >> 32 << 32 | number & 0xffff_ffff
            })
            .collect();
        let have = by_side(table, &both);
        let filled = [0, 1].map(|side| {
            (filled[side] as f64 * have[side] as f64 / (taken[side] as f64).max(1.0)).round() as u64
        });
        let members = vec![*first, *other];
        samples.extend(sample(table, (&mut both, &mut spare), members, filled, seed, &mut comparer));
    }
    samples
}

fn side(table: &Table, record: u32) -> usize {
    usize::from(table.two_files && record as usize >= table.left)
}

fn by_side(table: &Table, keys: &[u64]) -> [u64; 2] {
    let right = keys.iter().filter(|number| side(table, **number as u32) == 1).count() as u64;
    [keys.len() as u64 - right, right]
}

/// Draws pairs of records with the same key. `filled` tells how many records of each file have the columns.
fn sample(
    table: &Table,
    (keys, spare): (&mut Vec<u64>, &mut Vec<u64>),
    members: Vec<usize>,
    filled: [u64; 2],
    seed: u64,
    comparer: &mut Comparer<'_>,
) -> Option<Sample> {
    sort::by_hash(keys, spare);
    // Blocks with the pairs up to their end.
    let (mut blocks, mut all, mut at) = (Vec::new(), 0_u64, 0);
    for block in sort::runs(keys) {
        let left = lefts(table, block);
        let (one, other) = (left as u64, (block.len() - left) as u64);
        let pairs = if table.two_files { one * other } else { one * (one - 1) / 2 };
        if pairs > 0 {
            all += pairs;
            blocks.push((all, at, left, block.len()));
        }
        at += block.len();
    }
    if (all as f64) < FEWEST {
        return None;
    }
    let mut pairs = Vec::new();
    let most = DRAWN[members.len() - 1];
    if all as usize <= most {
        for (_, start, left, len) in &blocks {
            let block = &keys[*start..start + len];
            for (n, a) in block[..*left].iter().enumerate() {
                let partners = if table.two_files { &block[*left..] } else { &block[n + 1..] };
                pairs.extend(partners.iter().map(|b| (*a as u32, *b as u32)));
            }
        }
    } else {
        let of_members = members.iter().fold(seed, |hash, n| mix::join(hash, *n as u64));
        let mut chance = Chance::new(of_members);
        for _ in 0..most {
            let drawn = chance.below(all as usize) as u64;
            let (_, start, left, len) = blocks[blocks.partition_point(|block| block.0 <= drawn)];
            let (a, b) = if table.two_files {
                (chance.below(left), left + chance.below(len - left))
            } else {
                let a = chance.below(len);
                (a, (a + 1 + chance.below(len - 1)) % len)
            };
            let (a, b) = (keys[start + a] as u32, keys[start + b] as u32);
            pairs.push((a.min(b), a.max(b)));
        }
    }
    let mut patterns: KeyMap<u64, f64> = KeyMap::default();
    comparer.patterns(&pairs, |pattern| *patterns.entry(pattern).or_default() += 1.0);
    let have = by_side(table, keys).map(|records| records as f64);
    let filled = filled.map(|records| records as f64);
    let possible = match table.two_files {
        true => have[0] * filled[1] + have[1] * filled[0],
        false => have[0] * filled[0],
    };
    let mut patterns: Vec<(u64, f64)> = patterns.into_iter().collect();
    patterns.sort_unstable_by_key(|(pattern, _)| *pattern);
    Some(Sample { members, rate: (2.0 * all as f64 / possible.max(1.0)).min(1.0), patterns })
}

/// Tells the pairs that are one person from the others and counts what the others agree in.
pub(crate) fn fit(table: &Table, samples: &[Sample], columns: &[ColumnModel], threads: usize) -> Vec<Circle> {
    let circles = in_parallel(threads, samples.len(), |n| circle(table, &samples[n], columns));
    circles.into_iter().flatten().collect()
}

/// By column and level.
type Shares = Vec<[f64; LEVELS]>;

fn circle(table: &Table, sample: &Sample, columns: &[ColumnModel]) -> Option<Circle> {
    let others: Vec<usize> = (0..columns.len()).filter(|n| !sample.members.contains(n)).collect();
    let start = |column: &ColumnModel| {
        let (mut shares, family) = ([0.0; LEVELS], column.kind.of_family());
        for (level, (share, u)) in (1..).zip(expected(column.kind).iter().zip(&column.u)) {
            shares[level] = if family { (share + u) / 2.0 } else { *u };
        }
        shares
    };
    let begun: Shares = columns.iter().map(start).collect();
    let mut shares = begun.clone();
    let (mut counts, mut same) = (vec![[0.0; LEVELS]; columns.len()], 0.1_f64);
    let all: f64 = sample.patterns.iter().map(|(_, count)| count).sum();
    let mut rest = all;
    for _ in 0..ROUNDS {
        let mut against = vec![[0.0; LEVELS]; columns.len()];
        for n in &others {
            for (level, m) in (1..).zip(&columns[*n].m) {
                against[*n][level] = (m / shares[*n][level].max(1e-12)).log2();
            }
        }
        counts.iter_mut().for_each(|counts| *counts = [0.0; LEVELS]);
        rest = 0.0;
        let start = (same / (1.0 - same)).log2();
        for (pattern, count) in &sample.patterns {
            let level = |n: usize| (pattern >> (4 * n) & 15) as usize;
            let weight: f64 = start + others.iter().map(|n| against[*n][level(*n)]).sum::<f64>();
            let two = count / (1.0 + weight.exp2());
            rest += two;
            (0..columns.len()).for_each(|n| counts[n][level(n)] += two);
        }
        same = ((all - rest) / all).clamp(1e-6, 0.999);
        for n in 0..columns.len() {
            let some = if sample.members.contains(&n) { 0.0 } else { 2.0 };
            let sum: f64 = counts[n][1..].iter().sum::<f64>() + some;
            let shares = shares[n].iter_mut().zip(counts[n].iter().zip(&begun[n])).skip(1);
            shares.for_each(|(share, (count, begun))| *share = (count + some * begun) / sum.max(1e-9));
        }
    }
    // Where most who share the columns are one person, what is left can be one person, badly written, instead of kin: it
    // then agrees in what no two people have in common.
    let own = |n: &usize| matches!(columns[*n].kind, Kind::Name | Kind::Date | Kind::Number);
    let mistaken = others.iter().filter(|n| own(n)).any(|n| shares[*n][1] > MOST_AGREEING);
    if rest < FEWEST || same > MOST_SAME || mistaken {
        return None;
    }
    let shares = (0..columns.len()).map(|n| {
        let kind = columns[n].kind;
        let last = levels(kind).len() - 1;
        let of = |level: usize| match sample.members.contains(&n) {
            // Members agree; what else they were drawn with is an accident of equal keys.
            true if !agrees(kind, level as u8) => columns[n].u[level - 1],
            // Too rare to be counted in so few pairs: no rarer than among any two.
            _ if level < last && counts[n][level] < 8.0 => shares[n][level].max(columns[n].u[level - 1]),
            _ => shares[n][level],
        };
        (1..=last).map(|level| of(level).clamp(1e-9, 1.0)).collect()
    });
    Some(Circle {
        shared: sample.members.iter().map(|n| table.columns[*n].header.clone()).collect(),
        rate: (sample.rate * rest / all).clamp(1e-15, 1.0),
        shares: shares.collect(),
    })
}
