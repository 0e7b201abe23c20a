//! How good it was, where the truth is known.

use crate::{
    Pair,
    error::LinkError,
    mix::{self, KeyMap, KeySet},
    read,
    table::Table,
};
use serde::Serialize;
use std::path::Path;

/// Precision, recall and their harmonic mean.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Quality {
    /// Share of what was found that is true.
    pub precision: f64,
    /// Share of the truth that was found.
    pub recall: f64,
    /// Harmonic mean of both.
    pub f1: f64,
}

impl Quality {
    fn of(right: u64, found: u64, truth: u64) -> Quality {
        let share = |part: u64, of: u64| if of == 0 { 0.0 } else { part as f64 / of as f64 };
        let (precision, recall) = (share(right, found), share(right, truth));
        let sum = precision + recall;
        Quality { precision, recall, f1: if sum > 0.0 { 2.0 * precision * recall / sum } else { 0.0 } }
    }
}

/// Measured against a truth file.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Measured {
    /// Pairs of the truth.
    pub truth: u64,
    /// Lines of the truth that name a record that is not there.
    pub unknown: u64,
    /// Share of the true pairs that some rule looked at and that were not dismissed at once.
    pub looked_at: f64,
    /// Pairs at the threshold.
    pub pairs: Quality,
    /// Pairs at the threshold with the best F1, and that threshold as a probability.
    pub best: Quality,
    /// The threshold.
    pub best_threshold: f64,
    /// Pairs marked certain.
    pub certain: Quality,
    /// All pairs within the clusters.
    pub clusters: Quality,
}

/// The true pairs of a file with the headers `id_a` and `id_b`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Truth {
    /// Identifiers.
    pub pairs: Vec<(String, String)>,
}

impl Truth {
    /// Reads CSV. Where there is a column `kind`, lines count whose kind begins with `duplicate`.
    ///
    /// Fails where a header is missing or the text is not CSV; `file` is what the error calls it.
    pub fn parse(text: impl std::io::Read, file: &str) -> Result<Truth, LinkError> {
        let fault =
            |line: u64| LinkError::Csv {
                file: file.to_owned(), line, why: "CSV không hợp lệ · not CSV"
            };
        let mut reader = csv::Reader::from_reader(text);
        let headers = reader.headers().map_err(|_| fault(1))?.clone();
        let find =
            |header: &str| headers.iter().position(|h| h.trim_start_matches('\u{feff}').trim() == header);
        let missing = |header: &str| LinkError::NoColumn { file: file.to_owned(), header: header.to_owned() };
        let a = find("id_a").ok_or_else(|| missing("id_a"))?;
        let b = find("id_b").ok_or_else(|| missing("id_b"))?;
        let kind = find("kind");
        let mut truth = Truth::default();
        for record in reader.records() {
            let record = record.map_err(|error| fault(error.position().map_or(0, csv::Position::line)))?;
            let of = |n: usize| record.get(n).unwrap_or_default().to_owned();
            if kind.is_none_or(|kind| of(kind).starts_with("duplicate")) {
                truth.pairs.push((of(a), of(b)));
            }
        }
        Ok(truth)
    }

    pub(crate) fn read(path: &Path) -> Result<Truth, LinkError> {
        let file = read::name(path);
        let opened = std::fs::File::open(path).map_err(|why| LinkError::Io { file: file.clone(), why })?;
        Truth::parse(std::io::BufReader::new(opened), &file)
    }

    /// The pairs as records, and how many name a record that is not there. Fails when that is so for most.
    fn records(&self, table: &Table) -> Result<(KeySet<u64>, u64), LinkError> {
        let mut wanted: KeyMap<u64, (Option<u32>, Option<u32>)> = KeyMap::default();
        for (a, b) in &self.pairs {
            wanted.entry(mix::bytes(a.as_bytes())).or_default();
            wanted.entry(mix::bytes(b.as_bytes())).or_default();
        }
        for record in 0..table.len as u32 {
            if let Some(found) = wanted.get_mut(&mix::bytes(&table.id(record))) {
                if (record as usize) < table.left { found.0 = Some(record) } else { found.1 = Some(record) }
            }
        }
        let find = |id: &str| wanted.get(&mix::bytes(id.as_bytes())).copied().unwrap_or_default();
        let (mut pairs, mut unknown) = (KeySet::default(), 0);
        for (a, b) in &self.pairs {
            let ((left_a, right_a), (left_b, right_b)) = (find(a), find(b));
            let both = match table.two_files {
                false => left_a.zip(left_b),
                true => left_a.zip(right_b).or(left_b.zip(right_a)),
            };
            match both {
                Some((a, b)) if a != b => {
                    pairs.insert(key(a, b));
                }
                _ => unknown += 1,
            }
        }
        let all = self.pairs.len() as u64;
        if all == 0 || unknown * 2 > all {
            return Err(LinkError::Truth { unknown, pairs: all });
        }
        Ok((pairs, unknown))
    }

    /// Measures pairs, which are sorted by falling weight, and clusters.
    pub(crate) fn measure(
        &self,
        table: &Table,
        pairs: &[Pair],
        threshold: f32,
        clusters: &[u32],
    ) -> Result<Measured, LinkError> {
        let (truth, unknown) = self.records(table)?;
        let all = truth.len() as u64;
        let (mut found, mut right) = (0_u64, 0_u64);
        let (mut best, mut best_weight) = (Quality::default(), f32::INFINITY);
        let mut own = Quality::default();
        let (mut sure, mut sure_right) = (0_u64, 0_u64);
        for (n, pair) in pairs.iter().enumerate() {
            found += 1;
            let true_pair = truth.contains(&key(pair.left, pair.right));
            right += u64::from(true_pair);
            sure += u64::from(pair.certain);
            sure_right += u64::from(pair.certain && true_pair);
            if pairs.get(n + 1).is_some_and(|next| next.weight == pair.weight) {
                continue;
            }
            let here = Quality::of(right, found, all);
            if here.f1 > best.f1 {
                (best, best_weight) = (here, pair.weight);
            }
            if pair.weight >= threshold {
                own = here;
            }
        }
        let mut sizes: KeyMap<u32, u64> = KeyMap::default();
        clusters.iter().filter(|cluster| **cluster != 0).for_each(|c| *sizes.entry(*c).or_default() += 1);
        let within: u64 = sizes.values().map(|size| size * (size - 1) / 2).sum();
        let together = truth.iter().filter(|pair| {
            let (a, b) = (clusters[(**pair >> 32) as usize], clusters[**pair as u32 as usize]);
            a != 0 && a == b
        });
        Ok(Measured {
            truth: all,
            unknown,
            looked_at: if all == 0 { 0.0 } else { right as f64 / all as f64 },
            pairs: own,
            best,
            best_threshold: crate::score::probability(best_weight),
            certain: Quality::of(sure_right, sure, all),
            clusters: Quality::of(together.count() as u64, within, all),
        })
    }
}

fn key(a: u32, b: u32) -> u64 {
    u64::from(a.min(b)) << 32 | u64::from(a.max(b))
}
