//! Which numbers the registry claims and who is named and born how, while they are few enough to be remembered: most rows
//! of an office's first file are of people who are not there yet, and to be told so by the store for each takes a good part
//! of an import.

use super::file::{Line, trace};
use crate::{service::Error, store};
use ::store::Store;
use std::collections::HashSet;
use vocabulary::ActSeq;

/// Persons in the registry beyond whom their numbers are not read at the beginning: a small file would wait for them.
const FROM: i64 = 100_000;
/// Numbers or names beyond which they are forgotten: some 100 MB.
const MOST: usize = 4_000_000;

/// What the registry held after an act, or more than that; nothing where it is not remembered.
pub(super) struct Claimed(Option<Remembered>);

struct Remembered {
    /// The last act.
    last: ActSeq,
    /// Every number that somebody claims.
    numbers: HashSet<i64>,
    /// Every name with its birth, in short.
    names: HashSet<u64>,
}

impl Claimed {
    /// Reads them, where they are few.
    pub(super) async fn read(store: &Store) -> Result<Claimed, Error> {
        // What is recorded after the head was read is an act beyond it.
        let head = store::head(store).await?;
        if head.person.0 > FROM {
            return Ok(Claimed(None));
        }
        let numbers = store::claimed(store).await?.into_iter().collect();
        let names = store::named(store).await?.iter().map(|(name, birth)| trace(name, *birth)).collect();
        Ok(Claimed(Some(Remembered { last: head.seq, numbers, names })))
    }

    /// Nothing is remembered: everything is looked up.
    pub(super) fn unknown() -> Claimed {
        Claimed(None)
    }

    /// What is remembered of a registry whose last act is `seq`.
    fn at(&self, seq: ActSeq) -> Option<&Remembered> {
        self.0.as_ref().filter(|known| known.last == seq)
    }

    /// Those of the numbers that may be claimed in a registry whose last act is `seq`: all, unless it is the one that is
    /// remembered.
    pub(super) fn among(&self, numbers: Vec<i64>, seq: ActSeq) -> Vec<i64> {
        match self.at(seq) {
            Some(known) => numbers.into_iter().filter(|number| known.numbers.contains(number)).collect(),
            None => numbers,
        }
    }

    /// Whether somebody in a registry whose last act is `seq` may have a name and birth.
    pub(super) fn may_have(&self, trace: u64, seq: ActSeq) -> bool {
        self.at(seq).is_none_or(|known| known.names.contains(&trace))
    }

    /// A batch of rows is in, or will be, and it alone: `before` was the last act before it, `after` is its own last one.
    pub(super) fn took(&mut self, lines: &[Line], before: ActSeq, after: ActSeq) {
        let few = |known: &Remembered| known.numbers.len() < MOST && known.names.len() < MOST;
        self.0 = self.0.take().filter(|known| known.last == before && few(known));
        let Some(known) = &mut self.0 else { return };
        known.last = after;
        for line in lines {
            let told = &line.told;
            known.numbers.extend(told.number.map(|n| n.as_int()));
            known.numbers.extend(told.formers.iter().map(|c| c.number.as_int()));
            known.numbers.extend(told.past.iter().map(|c| c.number.as_int()));
            known.names.extend(line.trace());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_recorded_makes_every_number_and_name_one_to_look_up() {
        let known = |last| Remembered { last: ActSeq(last), numbers: [1, 2].into(), names: [8].into() };
        let mut claimed = Claimed(Some(known(7)));
        assert_eq!(claimed.among(vec![1, 3, 2], ActSeq(7)), [1, 2]);
        assert!(claimed.may_have(8, ActSeq(7)) && !claimed.may_have(9, ActSeq(7)));
        assert_eq!(claimed.among(vec![1, 3], ActSeq(8)), [1, 3]);
        assert!(claimed.may_have(9, ActSeq(8)));
        claimed.took(&[], ActSeq(7), ActSeq(9));
        assert_eq!(claimed.among(vec![3, 2], ActSeq(9)), [2]);
        // An act of somebody else came between the two batches.
        claimed.took(&[], ActSeq(10), ActSeq(12));
        assert_eq!(claimed.among(vec![3], ActSeq(12)), [3]);
        assert!(claimed.may_have(9, ActSeq(12)));
        assert_eq!(Claimed::unknown().among(vec![3], ActSeq(0)), [3]);
    }
}
