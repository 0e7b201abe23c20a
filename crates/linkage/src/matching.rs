//! Compares what the rules yield, each rule on a thread of its own.

use crate::{
    Pair, RuleReport,
    blocks::{Bits, Blocks, Scratch, in_parallel_with, lefts, neighbours},
    fetch::Fetched,
    mix,
    rules::Rule,
    score::{Glanced, Scorer, Sieve},
    table::Table,
};

/// Places for pairs that were weighed.
const SEEN: usize = 1 << 15;

/// What a thread keeps from rule to rule.
struct Own<'a> {
    scratch: Scratch,
    /// The records of a block that is too large.
    large: Fetched,
    waiting: Waiting<'a>,
}

/// Blocks of records that wait to be compared, many at once.
struct Waiting<'a> {
    sieve: Sieve<'a>,
    fetched: Fetched,
    /// By block, the records of the left file and all of them; of one file all are left.
    blocks: Vec<(usize, usize)>,
    /// Pairs that may reach the floor, by the places of their records.
    likely: Vec<(u32, u32, Glanced)>,
    /// Pairs that were weighed before, for another rule: a direct-mapped cache.
    seen: Vec<u64>,
    compared: u64,
    kept: Vec<Pair>,
}

/// What came of a rule.
struct Found {
    kept: Vec<Pair>,
    report: RuleReport,
    /// Records in blocks that are too large, where another rule asks.
    large: Bits,
}

/// Compares what the rules yield and keeps what reaches the floor, each pair once, the heaviest first.
pub(crate) fn compare_all(
    table: &Table,
    rules: &[Rule],
    scorer: &Scorer<'_>,
    floor: f32,
    threads: usize,
) -> (Vec<Pair>, Vec<RuleReport>) {
    let begin = || Own {
        scratch: Scratch::default(),
        large: Fetched::default(),
        waiting: Waiting {
            sieve: Sieve::new(scorer, floor),
            fetched: Fetched::default(),
            blocks: Vec::new(),
            likely: Vec::new(),
            seen: vec![u64::MAX; SEEN],
            compared: 0,
            kept: Vec::new(),
        },
    };
    let mut found: Vec<Option<Found>> = rules.iter().map(|_| None).collect();
    // Rules that hold those within them come first.
    for within in [false, true] {
        // The last ones yield most and come first, so that no thread ends long after the others.
        let mine: Vec<usize> =
            (0..rules.len()).rev().filter(|n| rules[*n].within.is_some() == within).collect();
        let done = in_parallel_with(threads, mine.len(), begin, |own, unit| {
            let n = mine[unit];
            let asked = rules.iter().any(|rule| rule.within == Some(n));
            let only = rules[n].within.and_then(|outer| found[outer].as_ref()).map(|outer| &outer.large);
            own.compare(table, &rules[n], only, asked)
        });
        mine.into_iter().zip(done).for_each(|(n, done)| found[n] = Some(done));
    }
    let (mut pairs, mut reports) = (Vec::new(), Vec::new());
    for found in found.into_iter().flatten() {
        pairs.extend(found.kept);
        reports.push(found.report);
    }
    pairs.sort_unstable_by_key(|pair| (pair.left, pair.right));
    pairs.dedup_by_key(|pair| (pair.left, pair.right));
    heaviest_first(&mut pairs);
    (pairs, reports)
}

fn heaviest_first(pairs: &mut [Pair]) {
    pairs.sort_unstable_by(|a, b| {
        b.weight.total_cmp(&a.weight).then_with(|| (a.left, a.right).cmp(&(b.left, b.right)))
    });
}

/// Weighs pairs anew and keeps what reaches the floor, the heaviest first.
pub(crate) fn weigh_all(
    table: &Table,
    scorer: &Scorer<'_>,
    pairs: &[Pair],
    floor: f32,
    threads: usize,
) -> Vec<Pair> {
    let chunk = (Fetched::most(table) / 2).max(1 << 12);
    let begin = Fetched::default;
    let weighed = in_parallel_with(threads, pairs.len().div_ceil(chunk), begin, |fetched, unit| {
        let chunk = pairs[unit * chunk..].iter().take(chunk);
        fetched.records.clear();
        fetched.records.extend(chunk.clone().flat_map(|pair| [pair.left, pair.right]));
        fetched.rows(table);
        let weigh = |(n, pair): (usize, &Pair)| {
            let weight = scorer.weigh(pair.pattern, fetched.row(2 * n), fetched.row(2 * n + 1));
            Pair { weight, ..*pair }
        };
        chunk.enumerate().map(weigh).filter(|pair| pair.weight >= floor).collect::<Vec<_>>()
    });
    let mut weighed = weighed.concat();
    heaviest_first(&mut weighed);
    weighed
}

impl Own<'_> {
    fn compare(&mut self, table: &Table, rule: &Rule, only: Option<&Bits>, asked: bool) -> Found {
        let Own { scratch, large: of_large, waiting } = self;
        // Where nothing is too large for the wider rule, nothing is left.
        let nothing = only.is_some_and(|only| only.iter().all(|bits| *bits == 0));
        let blocks = if nothing { Blocks::none() } else { Blocks::of(table, rule, only, scratch) };
        let mut large = if asked { vec![0_u64; table.len.div_ceil(64)] } else { Bits::new() };
        let mut large_blocks = 0;
        for (block, too_large) in blocks.each(table) {
            if !too_large {
                waiting.add(table, block.iter().map(|number| *number as u32), lefts(table, block));
            }
        }
        for (block, _) in blocks.each(table).filter(|(_, too_large)| *too_large) {
            large_blocks += 1;
            if asked {
                block.iter().for_each(|n| large[*n as u32 as usize / 64] |= 1 << (*n as u32 % 64));
            }
            neighbours(table, block, of_large, |a, b| {
                waiting.add(table, [a, b].into_iter(), if table.two_files { 1 } else { 2 });
            });
        }
        waiting.compare(table);
        let (compared, kept) = (std::mem::take(&mut waiting.compared), std::mem::take(&mut waiting.kept));
        let report = RuleReport { rule: rule.describe(table), pairs: blocks.pairs, compared, large_blocks };
        Found { kept, report, large }
    }
}

impl Waiting<'_> {
    fn add(&mut self, table: &Table, block: impl Iterator<Item = u32>, left: usize) {
        let before = self.fetched.records.len();
        self.fetched.records.extend(block);
        self.blocks.push((left, self.fetched.records.len() - before));
        if self.fetched.records.len() >= Fetched::most(table) {
            self.compare(table);
        }
    }

    fn compare(&mut self, table: &Table) {
        let Waiting { sieve, fetched, blocks, likely, seen, compared, kept } = self;
        fetched.rows(table);
        let mut at = 0;
        for (left, all) in blocks.drain(..) {
            for n in 0..left {
                let others = if table.two_files { left } else { n + 1 };
                *compared += (all - others) as u64;
                for m in others..all {
                    // Hashes of 32 bits meet now and then, and so may two values of one record.
                    if let Some(glanced) = sieve.glance(fetched.row(at + n), fetched.row(at + m))
                        && fetched.records[at + n] != fetched.records[at + m]
                    {
                        likely.push(((at + n) as u32, (at + m) as u32, glanced));
                    }
                }
            }
            at += all;
        }
        fetched.texts(table, likely.iter().flat_map(|(n, m, _)| [*n as usize, *m as usize]));
        for (n, m, glanced) in likely.drain(..) {
            let [a, b] = [n, m].map(|n| fetched.side(table, n as usize));
            let pair = u64::from(a.record) << 32 | u64::from(b.record);
            let place = mix::mix(pair) as usize % SEEN;
            if std::mem::replace(&mut seen[place], pair) == pair {
                continue;
            }
            if let Some((weight, pattern)) = sieve.weigh(glanced, a, b) {
                kept.push(Pair { left: a.record, right: b.record, weight, pattern, certain: false });
            }
        }
        fetched.records.clear();
    }
}
