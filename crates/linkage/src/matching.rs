//! Compares what the rules yield, each rule on a thread of its own.

use crate::{
    Pair, RuleReport,
    blocks::{Bits, Blocks, Scratch, in_parallel_with, lefts, neighbours},
    compare::Side,
    mix,
    rules::Rule,
    score::{Scorer, Sieve},
    table::Table,
};

/// Records whose rows are fetched at a time, about: side by side, so that the memory is asked for many at once.
const FETCHED: usize = 256;

/// Places for pairs that were weighed.
const SEEN: usize = 1 << 15;

/// What a thread keeps from rule to rule.
struct Own<'a> {
    sieve: Sieve<'a>,
    scratch: Scratch,
    rows: Vec<u32>,
    /// Pairs that were weighed before, for another rule: a direct-mapped cache.
    seen: Vec<u64>,
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
        sieve: Sieve::new(scorer, floor),
        scratch: Scratch::default(),
        rows: Vec::new(),
        seen: vec![u64::MAX; SEEN],
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
    const CHUNK: usize = 1 << 12;
    let weighed = in_parallel_with(
        threads,
        pairs.len().div_ceil(CHUNK),
        || (),
        |(), unit| {
            let chunk = pairs[unit * CHUNK..].iter().take(CHUNK);
            let weigh = |pair: &Pair| Pair {
                weight: scorer.weigh(pair.pattern, &table.row(pair.left), &table.row(pair.right)),
                ..*pair
            };
            chunk.map(weigh).filter(|pair| pair.weight >= floor).collect::<Vec<_>>()
        },
    );
    let mut weighed = weighed.concat();
    heaviest_first(&mut weighed);
    weighed
}

impl Own<'_> {
    fn compare(&mut self, table: &Table, rule: &Rule, only: Option<&Bits>, asked: bool) -> Found {
        let Own { sieve, scratch, rows, seen } = self;
        // Where nothing is too large for the wider rule, nothing is left.
        let nothing = only.is_some_and(|only| only.iter().all(|bits| *bits == 0));
        let blocks = if nothing { Blocks::none() } else { Blocks::of(table, rule, only, scratch) };
        let mut report =
            RuleReport { rule: rule.describe(table), pairs: blocks.pairs, compared: 0, large_blocks: 0 };
        let mut large = if asked { vec![0_u64; table.len.div_ceil(64)] } else { Bits::new() };
        let mut kept = Vec::new();
        let mut weigh = |sieve: &mut Sieve<'_>, glanced, a: Side<'_>, b: Side<'_>| {
            let pair = u64::from(a.record) << 32 | u64::from(b.record);
            let place = mix::mix(pair) as usize % SEEN;
            if std::mem::replace(&mut seen[place], pair) == pair {
                return;
            }
            if let Some((weight, pattern)) = sieve.weigh(glanced, a, b) {
                let (left, right) = (a.record, b.record);
                kept.push(Pair { left, right, weight, pattern, certain: false });
            }
        };
        let mut waiting: Vec<&[u64]> = Vec::new();
        let mut records = 0;
        let mut compare = |waiting: &mut Vec<&[u64]>| {
            // The memory is asked for many rows at once.
            rows.clear();
            for number in waiting.iter().copied().flatten() {
                table.copy_row(*number as u32, rows);
            }
            let row = |n: usize| &rows[n * table.stride..][..table.stride];
            let (mut at, mut likely) = (0, Vec::new());
            for block in waiting.iter() {
                let left = lefts(table, block);
                for n in 0..left {
                    let others = if table.two_files { left } else { n + 1 };
                    report.compared += (block.len() - others) as u64;
                    for m in others..block.len() {
                        // Hashes of 32 bits meet now and then, and so may two values of one record.
                        if let Some(glanced) = sieve.glance(row(at + n), row(at + m))
                            && block[n] as u32 != block[m] as u32
                        {
                            likely.push((at + n, at + m, glanced));
                        }
                    }
                }
                at += block.len();
            }
            let records: Vec<u32> = waiting.drain(..).flatten().map(|number| *number as u32).collect();
            // The same with their texts.
            let touched = likely.iter().fold(0, |all, (n, m, _)| {
                all ^ table.texts(records[*n], row(*n)).first() ^ table.texts(records[*m], row(*m)).first()
            });
            std::hint::black_box(touched);
            for (n, m, glanced) in likely {
                let side = |n: usize| Side { record: records[n], row: row(n) };
                weigh(sieve, glanced, side(n), side(m));
            }
        };
        for (block, too_large) in blocks.each(table) {
            if !too_large {
                waiting.push(block);
                records += block.len();
                if records >= FETCHED {
                    compare(&mut waiting);
                    records = 0;
                }
            }
        }
        compare(&mut waiting);
        for (block, _) in blocks.each(table).filter(|(_, too_large)| *too_large) {
            report.large_blocks += 1;
            if asked {
                block.iter().for_each(|n| large[*n as u32 as usize / 64] |= 1 << (*n as u32 % 64));
            }
            neighbours(table, block, |a, b| {
                report.compared += 1;
                let (x, y) = (table.row(a), table.row(b));
                if let Some(glanced) = sieve.glance(&x, &y) {
                    weigh(sieve, glanced, Side { record: a, row: &x }, Side { record: b, row: &y });
                }
            });
        }
        Found { kept, report, large }
    }
}
