//! From pairs to persons: the strongest pair first. Between two files a record has one partner at most; within one
//! file, groups grow, but a chain of pairs of which the ends do not agree is not followed.

use crate::{
    Pair,
    compare::Side,
    mix::KeyMap,
    score::{Scorer, Sieve},
    table::{FIRST, Table, Texts},
};

/// Members of each side that are compared before two groups become one.
const SAMPLE: usize = 4;

/// The groups with two or more records, as one number for each record; 0 for those that stand alone.
pub(crate) fn clusters(table: &Table, scorer: &Scorer<'_>, pairs: &[Pair], least: f32) -> Vec<u32> {
    let mut order: Vec<&Pair> = pairs.iter().filter(|pair| pair.weight >= least).collect();
    order.sort_unstable_by(|a, b| {
        b.weight.total_cmp(&a.weight).then_with(|| (a.left, a.right).cmp(&(b.left, b.right)))
    });
    let mut cluster_of = vec![0_u32; table.len];
    let mut members: KeyMap<u32, Vec<u32>> = KeyMap::default();
    let mut sieve = Sieve::new(scorer, f32::NEG_INFINITY);
    let mut next = 1;
    for pair in order {
        let (a, b) = (pair.left, pair.right);
        let (of_a, of_b) = (cluster_of[a as usize], cluster_of[b as usize]);
        if of_a == 0 && of_b == 0 {
            (cluster_of[a as usize], cluster_of[b as usize]) = (next, next);
            members.insert(next, vec![a, b]);
            next += 1;
            continue;
        }
        // One to one between two files.
        if table.two_files || (of_a == of_b) {
            continue;
        }
        let alone = |of: u32, record: u32| if of == 0 { vec![record] } else { Vec::new() };
        let (one, other) = (alone(of_a, a), alone(of_b, b));
        let group_a = members.get(&of_a).unwrap_or(&one);
        let group_b = members.get(&of_b).unwrap_or(&other);
        if table.row(a)[FIRST..] != table.row(b)[FIRST..]
            && !agree(table, &mut sieve, group_a, group_b, least)
        {
            continue;
        }
        // The smaller group joins the larger one.
        let (keep, gone, single) = match (of_a, of_b) {
            (0, of_b) => (of_b, 0, a),
            (of_a, 0) => (of_a, 0, b),
            (of_a, of_b) if group_a.len() >= group_b.len() => (of_a, of_b, b),
            (of_a, of_b) => (of_b, of_a, a),
        };
        let joining = if gone == 0 { vec![single] } else { members.remove(&gone).unwrap_or_default() };
        joining.iter().for_each(|record| cluster_of[*record as usize] = keep);
        members.entry(keep).or_default().extend(joining);
    }
    cluster_of
}

/// Whether the members of two groups agree on the whole, a few of each looked at.
fn agree(table: &Table, sieve: &mut Sieve<'_>, a: &[u32], b: &[u32], least: f32) -> bool {
    let mut sum = 0.0;
    for x in a.iter().take(SAMPLE) {
        for y in b.iter().take(SAMPLE) {
            let rows = [table.row(*x), table.row(*y)];
            let texts = [table.texts(*x, &rows[0]), table.texts(*y, &rows[1])];
            let [a, b] = [(x, 0), (y, 1)].map(|(record, n)| {
                let (row, texts) = (&*rows[n], Texts(&texts[n]));
                Side { record: *record, row, texts }
            });
            let weighed = sieve.glance(a.row, b.row).and_then(|glanced| sieve.weigh(glanced, a, b));
            let weight = weighed.map_or(0.0, |(weight, _)| weight);
            sum += (weight - least).clamp(-10.0, 10.0);
        }
    }
    sum >= 0.0
}
