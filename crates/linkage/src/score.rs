//! The weight of a pair: the sum of what each column says, in bits (log2 of the odds), against any two records or against
//! the likeliest circle that the two belong to. What is said at the end is the same sum taken apart.

use crate::{
    compare::{Comparer, LEVELS, Side, UNREAD, agrees, levels, possible},
    model::Model,
    schema::Kind,
    table::Table,
};
use serde::Serialize;
use vocabulary::Text;

/// Levels of a pattern: those of a kind, and the unread one.
const SLOTS: usize = 16;

/// Weighs pairs.
pub(crate) struct Scorer<'a> {
    table: &'a Table,
    columns: Vec<Says>,
    rings: Vec<Ring>,
    /// The weight with which every pair starts.
    pub(crate) prior: f32,
}

/// What one column says.
struct Says {
    /// By level.
    base: [f32; SLOTS],
    /// The same at most, whatever the value.
    most: [f32; SLOTS],
    agreeing: [bool; SLOTS],
    /// log2 of the share of agreeing pairs times the records, from which the frequency is taken.
    frequency: f32,
    /// The most that rarity adds.
    rarest: f32,
    /// log2 of the records with the rarest value that two have.
    fewest: f32,
    /// log2 of the records with a value.
    filled: f32,
    family: bool,
    number: bool,
}

/// A circle: what pairs that share some columns agree in.
struct Ring {
    /// The shared columns, one bit each.
    members: u32,
    /// log2 of the share of pairs.
    rate: f32,
    /// By column and level, against any two records.
    says: Vec<[f32; SLOTS]>,
    /// By column and level, the most that the column says for one person against this circle.
    most: Vec<[f32; SLOTS]>,
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

/// How the values of a pair bear on its weight.
struct Values {
    /// What rarity adds, in all columns and in those of the family.
    rare: f32,
    family: f32,
    /// Columns of the family that agree, one bit each.
    agree: u32,
    /// log2 of the share of records with the value, by column.
    shares: [f32; SLOTS],
}

impl<'a> Scorer<'a> {
    pub(crate) fn new(table: &'a Table, model: &Model) -> Scorer<'a> {
        let mut columns: Vec<Says> = Vec::new();
        for (column, learnt) in table.columns.iter().zip(&model.columns) {
            let (mut base, mut agreeing, mut share) = ([0.0; SLOTS], [false; SLOTS], 0.0);
            for (level, (m, u)) in (1..).zip(learnt.m.iter().zip(&learnt.u)) {
                base[level] = (m / u).log2() as f32;
                agreeing[level] = agrees(column.kind, level as u8);
                share += if agreeing[level] { *u } else { 0.0 };
            }
            // That the last level speaks for a match can only be an accident of learning.
            let last = levels(column.kind).len() - 1;
            base[last] = base[last].min(0.0);
            let filled = column.filled.max(2) as f64;
            let number = matches!(column.kind, Kind::Number | Kind::FormerNumber);
            let frequency = (share * filled).log2() as f32;
            let fewest = (column.fewest as f32).log2();
            let rarest = if number { 0.0 } else { frequency - fewest };
            let mut most = base;
            (1..LEVELS).filter(|level| agreeing[*level]).for_each(|level| most[level] += rarest);
            unread(&mut most, column.kind, last);
            let (filled, family) = (filled.log2() as f32, column.kind.of_family());
            columns.push(Says { base, most, agreeing, frequency, fewest, rarest, filled, family, number });
        }
        let rings = model.circles.iter().map(|circle| {
            let shared = |header: &String| circle.shared.contains(header);
            let headers = table.columns.iter().map(|column| &column.header);
            let members = headers.zip(0..).filter(|(h, _)| shared(h)).fold(0, |all, (_, n)| all | 1 << n);
            let (mut says, mut most) = (Vec::new(), Vec::new());
            for ((column, learnt), shares) in columns.iter().zip(&model.columns).zip(&circle.shares) {
                let mut here = [0.0; SLOTS];
                for (level, (share, u)) in (1..).zip(shares.iter().zip(&learnt.u)) {
                    here[level] = (share / u).log2() as f32;
                }
                // Rarity says the same of one person and of a family that shares the value.
                let mut best = if column.family { column.base } else { column.most };
                (0..LEVELS).for_each(|level| best[level] -= here[level]);
                unread(&mut best, learnt.kind, learnt.u.len());
                says.push(here);
                most.push(best);
            }
            Ring { members, rate: circle.rate.log2() as f32, says, most }
        });
        let rings = rings.collect();
        Scorer { table, columns, rings, prior: prior(model.prior) }
    }

    /// What the rarity of a value adds where column `n` agrees, and log2 of the share of records that have it.
    #[inline]
    fn rarity(&self, n: usize, a: &[u32], b: &[u32]) -> (f32, f32) {
        let (column, says) = (&self.table.columns[n], &self.columns[n]);
        let mut many = column.count(a);
        if column.value(a) != column.value(b) {
            many = many.max(column.count(b));
        }
        let rare = match says.number {
            // A number is one person's own. Only what stands in many records, such as a row of zeros, is not.
            true if many < 2.0 => 0.0,
            true => (says.frequency - many).min(0.0),
            false => says.frequency - many,
        };
        (rare, many - says.filled)
    }

    fn values(&self, pattern: u64, a: &[u32], b: &[u32]) -> Values {
        let mut values = Values { rare: 0.0, family: 0.0, agree: 0, shares: [0.0; SLOTS] };
        for (n, column) in self.columns.iter().enumerate() {
            if column.agreeing[level(pattern, n)] {
                let (rare, share) = self.rarity(n, a, b);
                values.rare += rare;
                if column.family {
                    values.family += rare;
                    values.agree |= 1 << n;
                    values.shares[n] = share;
                }
            }
        }
        values
    }

    /// log2 of the share of pairs that share the columns of a ring by belonging to it: no more than have the value.
    fn start(ring: &Ring, values: &Values) -> f32 {
        let members = (0..SLOTS).filter(|n| ring.members >> n & 1 == 1);
        members.map(|n| values.shares[n]).fold(ring.rate, f32::min)
    }

    /// How much better the likeliest circle explains a pair than chance does, and which it is.
    fn beside(&self, pattern: u64, values: &Values) -> (f32, Option<&Ring>) {
        let (mut best, mut likeliest) = (0.0, None);
        for ring in self.rings.iter().filter(|ring| ring.members & values.agree == ring.members) {
            let says: f32 = ring.says.iter().enumerate().map(|(n, says)| says[level(pattern, n)]).sum();
            let here = Self::start(ring, values) + values.family + says;
            if here > best {
                (best, likeliest) = (here, Some(ring));
            }
        }
        (best, likeliest)
    }

    /// The weight of a pair.
    pub(crate) fn weigh(&self, pattern: u64, a: &[u32], b: &[u32]) -> f32 {
        let values = self.values(pattern, a, b);
        self.prior + self.levels(pattern) + values.rare - self.beside(pattern, &values).0
    }

    /// What the levels alone say for one person against any two.
    pub(crate) fn levels(&self, pattern: u64) -> f32 {
        self.columns.iter().enumerate().map(|(n, column)| column.base[level(pattern, n)]).sum()
    }

    /// The most that a pair with this pattern can weigh, whatever its values and whatever is still unread: against any two
    /// records and against circles. No more is asked than whether that is below `floor`.
    fn bound(&self, pattern: u64, floor: f32) -> [f32; 2] {
        let (mut bound, mut agree) = (self.prior + 0.01, 0_u32);
        for (n, column) in self.columns.iter().enumerate() {
            let level = level(pattern, n);
            bound += column.most[level];
            agree |= u32::from(column.family && column.agreeing[level]) << n;
        }
        let mut beside = f32::INFINITY;
        if bound < floor {
            return [bound, beside];
        }
        for ring in self.rings.iter().filter(|ring| ring.members & agree == ring.members) {
            let members = (0..SLOTS).filter(|n| ring.members >> n & 1 == 1);
            let share = |n: usize| self.columns[n].fewest - self.columns[n].filled;
            let start = members.map(share).fold(ring.rate, f32::min);
            let most: f32 = ring.most.iter().enumerate().map(|(n, most)| most[level(pattern, n)]).sum();
            beside = beside.min(self.prior - start + most + 0.01);
        }
        [bound, beside]
    }

    /// By how much the values that agree are less rare than the rarest, of all columns and of those that no family shares;
    /// none where a pair that can weigh so much against any two records and against circles does not reach the floor.
    fn excess(&self, pattern: u64, most: [f32; 2], floor: f32, a: &[u32], b: &[u32]) -> Option<[f32; 2]> {
        let mut excess = [0.0; 2];
        for (n, column) in self.columns.iter().enumerate() {
            if column.agreeing[level(pattern, n)] && column.rarest > 0.0 {
                let here = column.rarest - self.rarity(n, a, b).0;
                excess[0] += here;
                excess[1] += if column.family { 0.0 } else { here };
                if reach(most, excess) < floor {
                    return None;
                }
            }
        }
        Some(excess)
    }

    /// The weight taken apart: where the pair starts, what each column says, and the columns of the circle against which
    /// it says so.
    pub(crate) fn explain(&self, pattern: u64, a: &[u32], b: &[u32]) -> (f32, Vec<Reason>, Vec<&'a str>) {
        let values = self.values(pattern, a, b);
        let ring = self.beside(pattern, &values).1;
        let reasons = self.columns.iter().enumerate().map(|(n, says)| {
            let level = level(pattern, n);
            let agrees = says.agreeing[level];
            let mut weight = says.base[level];
            if agrees && (ring.is_none() || !says.family) {
                weight += self.rarity(n, a, b).0;
            }
            weight -= ring.map_or(0.0, |ring| ring.says[n][level]);
            let column = &self.table.columns[n];
            let Text { vi, en } = levels(column.kind)[level];
            Reason { column: column.header.clone(), vi, en, weight }
        });
        let shared = |n: &usize| ring.is_some_and(|ring| ring.members >> n & 1 == 1);
        let headers = (0..self.columns.len()).filter(shared).map(|n| self.table.columns[n].header.as_str());
        let start = self.prior - ring.map_or(0.0, |ring| Self::start(ring, &values));
        (start, reasons.collect(), headers.collect())
    }
}

/// Sets for the unread levels the most of those that can come of them.
fn unread(most: &mut [f32; SLOTS], kind: Kind, last: usize) {
    for unread in UNREAD {
        let levels = (1..=last).filter(|level| possible(kind, unread, *level as u8));
        most[usize::from(unread)] = levels.map(|level| most[level]).fold(f32::MIN, f32::max);
    }
}

/// The level of column `n`.
#[inline]
fn level(pattern: u64, n: usize) -> usize {
    (pattern >> (4 * n) & 15) as usize
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
    bounds: Vec<(u64, [f32; 2])>,
}

/// Places for patterns.
const BOUNDS: usize = 1 << 14;

/// A pair at a first glance.
#[derive(Clone, Copy)]
pub(crate) struct Glanced {
    pattern: u64,
    excess: [f32; 2],
}

impl<'a> Sieve<'a> {
    pub(crate) fn new(scorer: &'a Scorer<'a>, floor: f32) -> Sieve<'a> {
        let comparer = Comparer::new(scorer.table);
        Sieve { scorer, comparer, floor, bounds: vec![(u64::MAX, [0.0; 2]); BOUNDS] }
    }

    /// A pair that may reach the floor. Most pairs fall here, and their texts need not be read.
    #[inline]
    pub(crate) fn glance(&mut self, a: &[u32], b: &[u32]) -> Option<Glanced> {
        let pattern = self.comparer.glance(a, b);
        let most = self.bound(pattern);
        if reach(most, [0.0; 2]) < self.floor {
            return None;
        }
        let excess = self.scorer.excess(pattern, most, self.floor, a, b)?;
        Some(Glanced { pattern, excess })
    }

    /// Weight and pattern of a pair that reaches the floor.
    pub(crate) fn weigh(&mut self, glanced: Glanced, a: Side<'_>, b: Side<'_>) -> Option<(f32, u64)> {
        let Glanced { mut pattern, excess } = glanced;
        while let Some(n) = self.comparer.unread(pattern) {
            pattern = self.comparer.read(pattern, n, a, b);
            if reach(self.bound(pattern), excess) < self.floor {
                return None;
            }
        }
        let weight = self.scorer.weigh(pattern, a.row, b.row);
        (weight >= self.floor).then_some((weight, pattern))
    }

    #[inline]
    fn bound(&mut self, pattern: u64) -> [f32; 2] {
        let place = &mut self.bounds[crate::mix::mix(pattern) as usize % BOUNDS];
        if place.0 != pattern {
            *place = (pattern, self.scorer.bound(pattern, self.floor));
        }
        place.1
    }
}

/// What is left of the most that a pair can weigh.
#[inline]
fn reach(most: [f32; 2], excess: [f32; 2]) -> f32 {
    (most[0] - excess[0]).min(most[1] - excess[1])
}
