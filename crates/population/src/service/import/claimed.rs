//! Which numbers the registry claims, while they are few enough to be remembered: most rows of an office's first file name
//! numbers that nobody has yet, and to be told so by the store for each takes a good part of an import.

use super::file::Line;
use crate::{service::Error, store};
use ::store::Store;
use std::collections::HashSet;
use vocabulary::ActSeq;

/// Persons in the registry beyond whom their numbers are not read at the beginning: a small file would wait for them.
const FROM: i64 = 100_000;
/// Numbers beyond which they are forgotten: some 100 MB.
const MOST: usize = 4_000_000;

/// The numbers that were claimed after an act, or more of them; nothing where they are not remembered.
pub(super) struct Claimed(Option<(ActSeq, HashSet<i64>)>);

impl Claimed {
    /// Reads them, where they are few.
    pub(super) async fn read(store: &Store) -> Result<Claimed, Error> {
        // What is claimed after the head was read is an act beyond it.
        let head = store::head(store).await?;
        if head.person.0 > FROM {
            return Ok(Claimed(None));
        }
        Ok(Claimed(Some((head.seq, store::claimed(store).await?.into_iter().collect()))))
    }

    /// Nothing is remembered: every number is looked up.
    pub(super) fn unknown() -> Claimed {
        Claimed(None)
    }

    /// Those of the numbers that may be claimed in a registry whose last act is `seq`: all, unless it is the one that is
    /// remembered.
    pub(super) fn among(&self, numbers: Vec<i64>, seq: ActSeq) -> Vec<i64> {
        match &self.0 {
            Some((known, claimed)) if *known == seq => {
                numbers.into_iter().filter(|number| claimed.contains(number)).collect()
            }
            _ => numbers,
        }
    }

    /// A batch of rows is in, or will be, and it alone: `before` was the last act before it, `after` is its own last one.
    pub(super) fn took(&mut self, lines: &[Line], before: ActSeq, after: ActSeq) {
        let known = self.0.take().filter(|(known, claimed)| *known == before && claimed.len() < MOST);
        self.0 = known.map(|(_, mut claimed)| {
            for told in lines.iter().map(|line| &line.told) {
                claimed.extend(told.number.map(|n| n.as_int()));
                claimed.extend(told.formers.iter().map(|c| c.number.as_int()));
                claimed.extend(told.past.iter().map(|c| c.number.as_int()));
            }
            (after, claimed)
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_recorded_makes_every_number_one_to_look_up() {
        let mut claimed = Claimed(Some((ActSeq(7), HashSet::from([1, 2]))));
        assert_eq!(claimed.among(vec![1, 3, 2], ActSeq(7)), [1, 2]);
        assert_eq!(claimed.among(vec![1, 3], ActSeq(8)), [1, 3]);
        claimed.took(&[], ActSeq(7), ActSeq(9));
        assert_eq!(claimed.among(vec![3, 2], ActSeq(9)), [2]);
        // An act of somebody else came between the two batches.
        claimed.took(&[], ActSeq(10), ActSeq(12));
        assert_eq!(claimed.among(vec![3], ActSeq(12)), [3]);
        assert_eq!(Claimed::unknown().among(vec![3], ActSeq(0)), [3]);
    }
}
