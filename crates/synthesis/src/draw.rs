//! Chance that is the same on every machine, for ever.
//!
//! The generators of the `rand` family promise stable streams at best for the raw words; how a range or a weighted
//! choice is made of them has changed between versions. A population that tests and benchmarks name by its seed must
//! not change with a dependency, so both stand here: SplitMix64 (Steele, Lea, Flood 2014) and three integer rules. It
//! is quick, seekable, and good enough for inventing people; it guards no secret.

/// A stream of chance.
pub(crate) struct Draw(u64);

/// The finaliser of SplitMix64: a bijection of 64 bits in which each bit of the input moves about half of the output.
pub(crate) const fn scramble(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

impl Draw {
    /// The stream of this name under a seed; streams of different names are independent.
    pub(crate) fn new(seed: u64, stream: u64) -> Draw {
        Draw(scramble(seed ^ scramble(stream.wrapping_add(0x9E37_79B9_7F4A_7C15))))
    }

    /// A stream of its own from here, which leaves this one where it is.
    pub(crate) fn apart(&self, stream: u64) -> Draw {
        Draw::new(self.0, stream)
    }

    pub(crate) fn word(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        scramble(self.0)
    }

    /// A number below `n`; 0 where `n` is 0.
    pub(crate) fn below(&mut self, n: u32) -> u32 {
        (((self.word() >> 32) * u64::from(n)) >> 32) as u32
    }

    /// A number from `low` to `high`, both included; `low` where there is nothing between.
    pub(crate) fn between(&mut self, low: i32, high: i32) -> i32 {
        low + self.below((high - low + 1).max(0) as u32) as i32
    }

    /// True `share` times in a thousand.
    pub(crate) fn chance(&mut self, share: u32) -> bool {
        self.below(1000) < share
    }

    /// One of a list that has at least one entry.
    pub(crate) fn pick<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        &list[self.below(list.len() as u32) as usize]
    }

    pub(crate) fn shuffle<T>(&mut self, list: &mut [T]) {
        for i in (1..list.len()).rev() {
            list.swap(i, self.below(i as u32 + 1) as usize);
        }
    }
}

/// Things of unequal frequency.
pub(crate) struct Weighted<T> {
    items: Vec<T>,
    sums: Vec<u32>,
}

impl<T> FromIterator<(T, u32)> for Weighted<T> {
    fn from_iter<I: IntoIterator<Item = (T, u32)>>(pairs: I) -> Weighted<T> {
        let mut total = 0;
        let (items, sums) = pairs
            .into_iter()
            .filter(|(_, weight)| *weight > 0)
            .map(|(item, weight)| {
                total += weight;
                (item, total)
            })
            .unzip();
        Weighted { items, sums }
    }
}

impl<T> Weighted<T> {
    /// One of them; `None` where there are none.
    pub(crate) fn draw(&self, draw: &mut Draw) -> Option<&T> {
        let at = draw.below(self.sums.last().copied().unwrap_or_default());
        self.items.get(self.sums.partition_point(|sum| *sum <= at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stream_never_changes() {
        let mut draw = Draw::new(1, 2);
        let words: Vec<u32> = (0..4).map(|_| draw.below(1_000_000)).collect();
        assert_eq!(words, [281_685, 271_321, 749_475, 854_502]);
    }

    #[test]
    fn weights_are_kept() {
        let of_three: Weighted<char> = [('a', 1), ('b', 0), ('c', 3)].into_iter().collect();
        let mut draw = Draw::new(7, 7);
        let drawn: Vec<char> = (0..4000).filter_map(|_| of_three.draw(&mut draw).copied()).collect();
        let of = |c| drawn.iter().filter(|d| **d == c).count();
        assert_eq!((drawn.len(), of('b')), (4000, 0));
        assert!((900..1100).contains(&of('a')), "{}", of('a'));
        assert_eq!([].into_iter().collect::<Weighted<u8>>().draw(&mut draw), None);
    }
}
