//! How many records have a value, as log2, where more than two do: a table of hashed values, open addressing.

/// Counts by value; a value is not 0.
#[derive(Default)]
pub(crate) struct Counts {
    slots: Vec<(u32, f32)>,
    shift: u32,
}

impl Counts {
    /// Of values with their counts, each value once.
    pub(crate) fn new(counted: &[(u32, u32)]) -> Counts {
        let places = (2 * counted.len()).next_power_of_two().max(2);
        let mut counts = Counts { slots: vec![(0, 0.0); places], shift: 32 - places.trailing_zeros() };
        for (value, count) in counted {
            let mut place = counts.place(*value);
            while counts.slots[place].0 != 0 {
                place = (place + 1) & (places - 1);
            }
            counts.slots[place] = (*value, (*count as f32).log2());
        }
        counts
    }

    #[inline]
    fn place(&self, value: u32) -> usize {
        (value.wrapping_mul(0x9e37_79b1) >> self.shift) as usize
    }

    /// log2 of how many records have a value: 1, for two, where it is not known to be more.
    #[inline]
    pub(crate) fn get(&self, value: u32) -> f32 {
        if self.slots.is_empty() {
            return 1.0;
        }
        let mut place = self.place(value);
        loop {
            match self.slots[place] {
                (0, _) => return 1.0,
                (here, count) if here == value => return count,
                _ => place = (place + 1) & (self.slots.len() - 1),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_put_is_found(counted in prop::collection::btree_map(1..200_u32, 3..9_u32, 0..60)) {
            let listed: Vec<(u32, u32)> = counted.clone().into_iter().collect();
            let counts = Counts::new(&listed);
            for value in 1..300 {
                prop_assert_eq!(counts.get(value), counted.get(&value).map_or(1.0, |count| (*count as f32).log2()));
            }
        }
    }
}
