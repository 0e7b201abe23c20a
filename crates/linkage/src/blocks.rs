//! Finds the pairs that a rule yields, by sorting keys. No block costs more than its size times a limit: what is too
//! large is sorted by whole records, and neighbours alone are compared.

use crate::{fetch::Fetched, mix, rules::Rule, sort, table::Table};
use std::sync::atomic::{AtomicUsize, Ordering};

/// Neighbours with which a record of too large a block is compared.
pub(crate) const NEIGHBOURS: usize = 3;

/// Pairs in the largest block that is compared whole.
const LARGEST: u64 = 500_000;

/// Runs `work` for 0, 1 … `units - 1` on threads and returns the results in order.
pub(crate) fn in_parallel<T: Send>(threads: usize, units: usize, work: impl Fn(usize) -> T + Sync) -> Vec<T> {
    in_parallel_with(threads, units, || (), |(), unit| work(unit))
}

/// The same, with something of its own for each thread.
pub(crate) fn in_parallel_with<S, T: Send>(
    threads: usize,
    units: usize,
    begin: impl Fn() -> S + Sync,
    work: impl Fn(&mut S, usize) -> T + Sync,
) -> Vec<T> {
    let next = AtomicUsize::new(0);
    let take = || {
        let (mut own, mut done) = (begin(), Vec::new());
        loop {
            let unit = next.fetch_add(1, Ordering::Relaxed);
            if unit >= units {
                return done;
            }
            done.push((unit, work(&mut own, unit)));
        }
    };
    let mut all: Vec<(usize, T)> = std::thread::scope(|scope| {
        let others: Vec<_> = (1..threads.min(units)).map(|_| scope.spawn(take)).collect();
        let mut all = take();
        for other in others {
            match other.join() {
                Ok(done) => all.extend(done),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        all
    });
    all.sort_unstable_by_key(|(unit, _)| *unit);
    all.into_iter().map(|(_, result)| result).collect()
}

/// One bit for each record.
pub(crate) type Bits = Vec<u64>;

/// Scratch space of a thread.
#[derive(Default)]
pub(crate) struct Scratch {
    numbers: Vec<u64>,
    spare: Vec<u64>,
    keys: Vec<u64>,
}

/// The blocks of a rule.
pub(crate) struct Blocks<'s> {
    /// Key and record, by key, of the keys that two have.
    sorted: &'s [u64],
    /// Blocks with more pairs are too large.
    limit: u64,
    /// Pairs in the blocks that are not too large.
    pub(crate) pairs: u64,
}

impl<'s> Blocks<'s> {
    /// Sorts the keys of a rule, of all records or `only` of some.
    pub(crate) fn of(
        table: &Table,
        rule: &Rule,
        only: Option<&Bits>,
        scratch: &'s mut Scratch,
    ) -> Blocks<'s> {
        let Scratch { numbers, spare, keys } = scratch;
        numbers.clear();
        each(table, rule, keys, |key, record| {
            if only.is_none_or(|only| only[record as usize / 64] >> (record % 64) & 1 == 1) {
                numbers.push(key << 32 | u64::from(record));
            }
        });
        sort::shared(numbers, spare);
        let mut blocks = Blocks { sorted: numbers, limit: 0, pairs: 0 };
        blocks.limit(table);
        blocks
    }

    /// No blocks at all.
    pub(crate) fn none() -> Blocks<'s> {
        Blocks { sorted: &[], limit: 0, pairs: 0 }
    }

    /// Chooses what is too large, so that a rule never yields more than some pairs for each record.
    fn limit(&mut self, table: &Table) {
        let budget = 500_000 + 3 * table.len as u64 / 2;
        // Pairs by the bit length of the size of their blocks.
        let mut sizes = [0_u64; 65];
        for block in sort::runs(self.sorted) {
            let pairs = pairs(table, block);
            sizes[64 - pairs.leading_zeros() as usize] += pairs;
        }
        for (bits, here) in sizes.into_iter().enumerate() {
            if self.pairs + here > budget || bits > 63 || 1 << bits > LARGEST {
                break;
            }
            self.limit = (1 << bits) - 1;
            self.pairs += here;
        }
    }

    /// The blocks with two records or more, and whether each is too large.
    pub(crate) fn each(&self, table: &Table) -> impl Iterator<Item = (&'s [u64], bool)> {
        sort::runs(self.sorted).map(|block| (block, pairs(table, block) > self.limit))
    }
}

/// Calls `see` with the keys of all records in their order.
fn each(table: &Table, rule: &Rule, keys: &mut Vec<u64>, mut see: impl FnMut(u64, u32)) {
    let mut several: Vec<(u32, u64)> = Vec::new();
    for stretch in &table.stretches {
        if rule.lanes() == 1 {
            if rule.keys(stretch, 0, keys) {
                let found = keys.iter().zip(stretch.first..).filter(|(key, _)| **key != 0);
                found.for_each(|(key, record)| see(*key, record));
            }
            continue;
        }
        several.clear();
        for lane in 0..rule.lanes() {
            if rule.keys(stretch, lane, keys) {
                let found = keys.iter().zip(stretch.first..).filter(|(key, _)| **key != 0);
                several.extend(found.map(|(key, record)| (record, *key)));
            }
        }
        several.sort_by_key(|(record, _)| *record);
        several.iter().for_each(|(record, key)| see(*key, *record));
    }
}

/// Pairs of a block.
fn pairs(table: &Table, block: &[u64]) -> u64 {
    let all = block.len() as u64;
    if !table.two_files {
        return all * (all - 1) / 2;
    }
    let left = lefts(table, block) as u64;
    left * (all - left)
}

/// Records of a block that are of the left file.
pub(crate) fn lefts(table: &Table, block: &[u64]) -> usize {
    match table.two_files {
        true => block.partition_point(|number| (*number as u32 as usize) < table.left),
        false => block.len(),
    }
}

/// Calls `see` for neighbours in a block that is sorted by whole records.
pub(crate) fn neighbours(table: &Table, block: &[u64], fetched: &mut Fetched, mut see: impl FnMut(u32, u32)) {
    let mut sorted: Vec<(u64, u32)> = Vec::with_capacity(block.len());
    for some in block.chunks(Fetched::most(table)) {
        fetched.records.clear();
        fetched.records.extend(some.iter().map(|number| *number as u32));
        fetched.rows(table);
        for (n, record) in fetched.records.iter().enumerate() {
            // Where its texts lie says nothing of a record.
            let cells = &fetched.row(n)[crate::table::FIRST..];
            sorted.push((cells.iter().fold(0, |hash, cell| mix::join(hash, u64::from(*cell))), *record));
        }
    }
    sorted.sort_unstable();
    for (n, (_, a)) in sorted.iter().enumerate() {
        for (_, b) in sorted[n + 1..].iter().take(NEIGHBOURS) {
            if table.may(*a, *b) {
                see(*a.min(b), *a.max(b));
            }
        }
    }
}
