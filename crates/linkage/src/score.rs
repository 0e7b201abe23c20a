//! The weight of a pair: the sum of what each column says, in bits (log2 of the odds). What is said at the end is the
//! same sum taken apart.

use crate::{
    compare::{Comparer, LEVELS, UNREAD, agrees, levels},
    model::Model,
    table::Table,
};
use serde::Serialize;
use vocabulary::Text;

/// Most that one column can say, in bits.
const MOST: f32 = 30.0;

/// What a further column of the family says beside the strongest: people of one household share address, telephone and
/// parents, so that these do not speak independently.
const FURTHER: f32 = 0.25;

/// Weighs pairs.
pub(crate) struct Scorer<'a> {
    table: &'a Table,
    /// By column and level.
    base: Vec<[f32; LEVELS]>,
    /// By column: log2 of the share of agreeing pairs times the records, from which the frequency is taken.
    frequency: Vec<f32>,
    family: Vec<bool>,
    agreeing: Vec<[bool; LEVELS]>,
    /// The weight with which every pair starts.
    pub(crate) prior: f32,
}

/// What one column says of a pair.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Reason {
    /// The header.
    pub column: String,
    /// In Vietnamese.
    pub vi: &'static str,
    /// In English.
    pub en: &'static str,
    /// In bits; negative where it speaks against.
    pub weight: f32,
}

impl<'a> Scorer<'a> {
    pub(crate) fn new(table: &'a Table, model: &Model) -> Scorer<'a> {
        let records = table.len.max(2) as f64;
        let mut scorer = Scorer {
            table,
            base: Vec::new(),
            frequency: Vec::new(),
            family: Vec::new(),
            agreeing: Vec::new(),
            prior: prior(model.prior),
        };
        for column in &model.columns {
            let (mut base, mut agreeing, mut share) = ([0.0; LEVELS], [false; LEVELS], 0.0);
            for (level, (m, u)) in (1..).zip(column.m.iter().zip(&column.u)) {
                base[level] = ((m / u).log2() as f32).clamp(-MOST, MOST);
                agreeing[level] = agrees(column.kind, level as u8);
                share += if agreeing[level] { *u } else { 0.0 };
            }
            // That the last level speaks for a match can only be an accident of learning.
            let last = levels(column.kind).len() - 1;
            base[last] = base[last].min(0.0);
            scorer.base.push(base);
            scorer.agreeing.push(agreeing);
            scorer.frequency.push((share * records).log2() as f32);
            scorer.family.push(column.kind.of_family());
        }
        scorer
    }

    /// What column `n` says.
    #[inline]
    fn says(&self, n: usize, level: usize, a: &[u32], b: &[u32]) -> f32 {
        let base = self.base[n][level];
        if !self.agreeing[n][level] {
            return base;
        }
        let column = &self.table.columns[n];
        let count = self.table.count(column, a).max(self.table.count(column, b)).max(1);
        (base + self.frequency[n] - (count as f32).log2()).clamp(-MOST, MOST)
    }

    /// The weight of a pair.
    #[inline]
    pub(crate) fn weigh(&self, pattern: u64, a: &[u32], b: &[u32]) -> f32 {
        let mut sum = self.prior;
        let mut family = Shared::default();
        for n in 0..self.base.len() {
            let level = (pattern >> (4 * n) & 15) as usize;
            let says = self.says(n, level, a, b);
            if self.family[n] { family.add(says) } else { sum += says }
        }
        sum + family.weight()
    }

    /// The most that a pair with this pattern can weigh, whatever its values and whatever is still unread.
    pub(crate) fn bound(&self, pattern: u64) -> f32 {
        let mut sum = self.prior;
        let mut family = Shared::default();
        for n in 0..self.base.len() {
            let most = |level: usize| {
                let rare = if self.agreeing[n][level] { self.frequency[n].max(0.0) } else { 0.0 };
                (self.base[n][level] + rare).min(MOST)
            };
            let says = match (pattern >> (4 * n) & 15) as u8 {
                UNREAD => (1..LEVELS).map(most).fold(f32::MIN, f32::max),
                level => most(usize::from(level)),
            };
            if self.family[n] { family.add(says) } else { sum += says }
        }
        sum + family.weight() + 0.01
    }

    /// The weight taken apart: where every pair starts, and what each column says.
    pub(crate) fn explain(&self, pattern: u64, a: &[u32], b: &[u32]) -> (f32, Vec<Reason>) {
        let says: Vec<(usize, usize, f32)> = (0..self.base.len())
            .map(|n| (n, (pattern >> (4 * n) & 15) as usize))
            .map(|(n, level)| (n, level, self.says(n, level, a, b)))
            .collect();
        let mut family = Shared::default();
        says.iter().filter(|(n, ..)| self.family[*n]).for_each(|(_, _, says)| family.add(*says));
        let (mut best, mut worst) = (family.best, family.worst);
        let reasons = says.into_iter().map(|(n, level, says)| {
            let mut weight = says;
            if self.family[n] {
                // The first that is the strongest counts whole.
                if says > 0.0 && says == best {
                    best = f32::INFINITY;
                } else if says < 0.0 && says == worst {
                    worst = f32::NEG_INFINITY;
                } else {
                    weight *= FURTHER;
                }
            }
            let column = &self.table.columns[n];
            let Text { vi, en } = levels(column.kind)[level];
            Reason { column: column.header.clone(), vi, en, weight }
        });
        (self.prior, reasons.collect())
    }
}

/// The columns of the family together: the strongest whole, the others in part; what speaks for and what against apart.
#[derive(Default)]
struct Shared {
    best: f32,
    worst: f32,
    sum: f32,
}

impl Shared {
    #[inline]
    fn add(&mut self, says: f32) {
        self.best = self.best.max(says);
        self.worst = self.worst.min(says);
        self.sum += says;
    }

    #[inline]
    fn weight(&self) -> f32 {
        let strongest = self.best + self.worst;
        strongest + FURTHER * (self.sum - strongest)
    }
}

/// A share as a weight.
pub(crate) fn prior(share: f64) -> f32 {
    (share / (1.0 - share)).log2() as f32
}

/// A weight as a probability.
pub fn probability(weight: f32) -> f64 {
    1.0 / (1.0 + (-f64::from(weight)).exp2())
}

/// Weighs pairs and turns down at once what cannot reach the floor: each distinct pattern is judged once.
pub(crate) struct Sieve<'a> {
    scorer: &'a Scorer<'a>,
    comparer: Comparer<'a>,
    floor: f32,
    /// Patterns with the most they can weigh.
    bounds: Vec<(u64, f32)>,
}

/// Places for patterns.
const BOUNDS: usize = 1 << 13;

impl<'a> Sieve<'a> {
    pub(crate) fn new(scorer: &'a Scorer<'a>, floor: f32) -> Sieve<'a> {
        let comparer = Comparer::new(scorer.table);
        Sieve { scorer, comparer, floor, bounds: vec![(u64::MAX, 0.0); BOUNDS] }
    }

    /// The pattern at a first glance, of a pair that may reach the floor. Most pairs fall here, and their texts need not be
    /// read.
    #[inline]
    pub(crate) fn glance(&mut self, a: &[u32], b: &[u32]) -> Option<u64> {
        let glanced = self.comparer.glance(a, b);
        (self.bound(glanced) >= self.floor).then_some(glanced)
    }

    /// Weight and pattern of a pair that reaches the floor.
    pub(crate) fn weigh(&mut self, glanced: u64, a: &[u32], b: &[u32]) -> Option<(f32, u64)> {
        let pattern = self.comparer.complete(glanced, a, b);
        if pattern != glanced && self.bound(pattern) < self.floor {
            return None;
        }
        let weight = self.scorer.weigh(pattern, a, b);
        (weight >= self.floor).then_some((weight, pattern))
    }

    #[inline]
    fn bound(&mut self, pattern: u64) -> f32 {
        let place = &mut self.bounds[crate::mix::mix(pattern) as usize % BOUNDS];
        if place.0 != pattern {
            *place = (pattern, self.scorer.bound(pattern));
        }
        place.1
    }
}
