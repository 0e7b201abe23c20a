//! Finds the pairs that a rule yields, by sorting keys. No block costs more than its size times a limit: what is too
//! large is sorted by whole records, and neighbours alone are compared.

use crate::{
    mix::{self, KeySet},
    rules::Rule,
    table::Table,
};
use std::sync::atomic::{AtomicUsize, Ordering};

/// Keys with their records.
type Keys = Vec<(u64, u32)>;

/// The sorted keys of a rule.
pub(crate) struct Index {
    /// Records by key; a key lies in one part only.
    pub(crate) parts: Vec<Vec<(u64, u32)>>,
    /// Blocks with more pairs are too large.
    limit: u64,
    /// Keys of the blocks that are too large.
    pub(crate) large: KeySet<u64>,
    /// Pairs in the blocks that are not too large.
    pub(crate) pairs: u64,
    /// Whether neighbours in blocks that are too large are compared: of a share of the keys they teach nothing.
    neighbours: bool,
}

/// Neighbours with which a record of too large a block is compared.
const NEIGHBOURS: usize = 3;

/// Pairs in the largest block that is compared whole.
const LARGEST: u64 = 500_000;

/// Runs `work` for 0, 1 … `units - 1` on threads and returns the results in order.
pub(crate) fn in_parallel<T: Send>(threads: usize, units: usize, work: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let next = AtomicUsize::new(0);
    let take = || {
        let mut done = Vec::new();
        loop {
            let unit = next.fetch_add(1, Ordering::Relaxed);
            if unit >= units {
                return done;
            }
            done.push((unit, work(unit)));
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

impl Index {
    /// Sorts the keys of a rule; with a `share` below 1 of that share of the keys, whole blocks at a time.
    pub(crate) fn build(table: &Table, rule: &Rule, share: f64, threads: usize) -> Index {
        let count = (table.len / 1_000_000).clamp(4, 64);
        let up_to = (share * u64::MAX as f64) as u64;
        // Keys first, each computed once; then each part picks its own.
        let chunk = table.len.div_ceil(count).max(1);
        let picked: Vec<Vec<Keys>> = in_parallel(threads, count, |unit| {
            let mut parts = vec![Vec::new(); count];
            let from = unit * chunk;
            for record in from..(from + chunk).min(table.len) {
                for key in rule.keys(table, table.row(record as u32)) {
                    if key != 0 && (share >= 1.0 || mix::mix(key) <= up_to) {
                        parts[((u128::from(key) * count as u128) >> 64) as usize].push((key, record as u32));
                    }
                }
            }
            parts
        });
        let mut gathered: Vec<Vec<Keys>> = (0..count).map(|_| Vec::new()).collect();
        for unit in picked {
            gathered.iter_mut().zip(unit).for_each(|(part, keys)| part.push(keys));
        }
        let gathered: Vec<std::sync::Mutex<Vec<Keys>>> =
            gathered.into_iter().map(std::sync::Mutex::new).collect();
        let parts = in_parallel(threads, count, |unit| {
            let pieces =
                gathered[unit].lock().map(|mut pieces| std::mem::take(&mut *pieces)).unwrap_or_default();
            let mut part = repeated(&pieces);
            drop(pieces);
            part.sort_unstable();
            part
        });
        let mut index =
            Index { parts, limit: 0, large: KeySet::default(), pairs: 0, neighbours: share >= 1.0 };
        index.limit(table, share, threads);
        index
    }

    /// Chooses what is too large, so that a rule never yields more than some pairs for each record.
    fn limit(&mut self, table: &Table, share: f64, threads: usize) {
        let budget = (share.min(1.0) * (500_000 + 3 * table.len as u64 / 2) as f64) as u64;
        let parts = &self.parts;
        // Pairs by the bit length of the size of their blocks.
        let sizes = in_parallel(threads, parts.len(), |unit| {
            let mut sizes = [0_u64; 65];
            for block in parts[unit].chunk_by(|a, b| a.0 == b.0) {
                let pairs = pairs(table, block);
                sizes[64 - pairs.leading_zeros() as usize] += pairs;
            }
            sizes
        });
        let mut sum = 0_u64;
        for bits in 0..64 {
            let here: u64 = sizes.iter().map(|sizes| sizes[bits]).sum();
            if sum + here > budget || 1 << bits > LARGEST {
                break;
            }
            (self.limit, sum) = ((1 << bits) - 1, sum + here);
        }
        self.pairs = sum;
        let limit = self.limit;
        let large = in_parallel(threads, parts.len(), |unit| {
            let blocks = parts[unit].chunk_by(|a, b| a.0 == b.0);
            blocks.filter(|block| pairs(table, block) > limit).map(|block| block[0].0).collect::<Vec<_>>()
        });
        self.large = large.into_iter().flatten().collect();
    }

    /// Calls `see` for each pair of a part.
    pub(crate) fn for_each_pair(&self, table: &Table, part: usize, mut see: impl FnMut(u32, u32)) {
        for block in self.parts[part].chunk_by(|a, b| a.0 == b.0) {
            if block.len() < 2 {
                continue;
            }
            if !self.large.is_empty() && self.large.contains(&block[0].0) {
                if self.neighbours {
                    neighbours(table, block, &mut see);
                }
            } else if table.two_files {
                let right = block.partition_point(|(_, record)| (*record as usize) < table.left);
                for (_, a) in &block[..right] {
                    block[right..].iter().for_each(|(_, b)| see(*a, *b));
                }
            } else {
                for (n, (_, a)) in block.iter().enumerate() {
                    block[n + 1..].iter().for_each(|(_, b)| see(*a, *b));
                }
            }
        }
    }
}

/// Keys that come more than once, and a few others: most keys of a rule come once and need not be sorted.
fn repeated(pieces: &[Keys]) -> Keys {
    let all: usize = pieces.iter().map(Vec::len).sum();
    let places = (16 * all).next_power_of_two().max(64);
    let place = |key: u64| ((key >> 6) as usize & (places / 64 - 1), 1_u64 << (key >> 40 & 63));
    let (mut once, mut twice) = (vec![0_u64; places / 64], vec![0_u64; places / 64]);
    for (key, _) in pieces.iter().flatten() {
        let (word, bit) = place(*key);
        twice[word] |= once[word] & bit;
        once[word] |= bit;
    }
    let again = |(key, _): &&(u64, u32)| {
        let (word, bit) = place(*key);
        twice[word] & bit != 0
    };
    pieces.iter().flatten().filter(again).copied().collect()
}

/// Pairs of a block.
fn pairs(table: &Table, block: &[(u64, u32)]) -> u64 {
    let all = block.len() as u64;
    if !table.two_files {
        return all * (all - 1) / 2;
    }
    let left = block.partition_point(|(_, record)| (*record as usize) < table.left) as u64;
    left * (all - left)
}

/// Compares the neighbours in a block that is sorted by whole records.
fn neighbours(table: &Table, block: &[(u64, u32)], see: &mut impl FnMut(u32, u32)) {
    let whole =
        |record: u32| table.row(record).iter().fold(0, |hash, cell| mix::join(hash, u64::from(*cell)));
    let mut sorted: Vec<(u64, u32)> = block.iter().map(|(_, record)| (whole(*record), *record)).collect();
    sorted.sort_unstable();
    for (n, (_, a)) in sorted.iter().enumerate() {
        for (_, b) in sorted[n + 1..].iter().take(NEIGHBOURS) {
            if table.may(*a, *b) {
                see(*a.min(b), *a.max(b));
            }
        }
    }
}
