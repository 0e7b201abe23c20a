//! Sorting by hashes of 32 bits, digit by digit. A number of 64 bits has its hash above and a record below.

/// Bits of a digit.
const DIGIT: u32 = 11;

/// Values of a digit.
const PLACES: usize = 1 << DIGIT;

/// Of so many numbers few agree in the two upper digits of their hashes by chance.
const FEW: usize = 1 << 23;

/// A number with a hash to sort by.
pub(crate) trait Hashed: Copy + Default {
    /// The hash.
    fn hash(self) -> u32;
}

impl Hashed for u64 {
    #[inline]
    fn hash(self) -> u32 {
        (self >> 32) as u32
    }
}

impl Hashed for u32 {
    #[inline]
    fn hash(self) -> u32 {
        self
    }
}

/// Sorts by the hashes and keeps the order of what agrees in them. `spare` is scratch space.
pub(crate) fn by_hash<T: Hashed>(numbers: &mut Vec<T>, spare: &mut Vec<T>) {
    let shift = by_upper_digits(numbers, spare);
    let close = |a: &T, b: &T| a.hash() >> shift == b.hash() >> shift;
    for stretch in numbers.chunk_by_mut(close).filter(|stretch| stretch.len() > 1) {
        stretch.sort_by_key(|number| number.hash());
    }
}

/// The same, and leaves out what agrees with no other.
pub(crate) fn shared<T: Hashed>(numbers: &mut Vec<T>, spare: &mut Vec<T>) {
    let shift = by_upper_digits(numbers, spare);
    let (mut at, mut kept) = (0, 0);
    while at < numbers.len() {
        let upper = numbers[at].hash() >> shift;
        let len = numbers[at..].iter().take_while(|number| number.hash() >> shift == upper).count();
        let end = at + len;
        if len > 1 {
            numbers[at..end].sort_by_key(|number| number.hash());
            while at < end {
                let hash = numbers[at].hash();
                let same = numbers[at..end].iter().take_while(|number| number.hash() == hash).count();
                if same > 1 {
                    numbers.copy_within(at..at + same, kept);
                    kept += same;
                }
                at += same;
            }
        }
        at = end;
    }
    numbers.truncate(kept);
}

/// Sorts by the upper digits of the hashes, so many that few agree in them by chance, and says how many bits are left.
fn by_upper_digits<T: Hashed>(numbers: &mut Vec<T>, spare: &mut Vec<T>) -> u32 {
    if numbers.len() < 256 {
        numbers.sort_by_key(|number| number.hash());
        return 0;
    }
    let lowest = if numbers.len() <= FEW { 32 - 2 * DIGIT } else { 0 };
    let digits: &[u32] = if lowest > 0 { &[10, 21] } else { &[0, 11, 22] };
    let digit = |number: T, shift: u32| (number.hash() >> shift) as usize & (PLACES - 1);
    let mut counts = vec![[0_u32; PLACES]; digits.len()];
    for number in numbers.iter() {
        for (counts, shift) in counts.iter_mut().zip(digits) {
            counts[digit(*number, *shift)] += 1;
        }
    }
    spare.clear();
    spare.resize(numbers.len(), T::default());
    for (counts, shift) in counts.iter_mut().zip(digits) {
        let mut sum = 0;
        for count in counts.iter_mut() {
            sum += std::mem::replace(count, sum);
        }
        for number in numbers.iter() {
            let place = &mut counts[digit(*number, *shift)];
            spare[*place as usize] = *number;
            *place += 1;
        }
        std::mem::swap(numbers, spare);
    }
    lowest
}

/// Runs of numbers that agree in their hashes, in what is sorted by them.
pub(crate) fn runs<T: Hashed>(numbers: &[T]) -> impl Iterator<Item = &[T]> {
    numbers.chunk_by(|a, b| a.hash() == b.hash())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn as_a_stable_sort(numbers in prop::collection::vec(any::<u64>(), 0..2000), few in any::<bool>()) {
            let mask = if few { 0x0003_0003_ffff_ffff } else { u64::MAX };
            let mut numbers: Vec<u64> = numbers.into_iter().map(|n| n & mask).collect();
            let mut wanted = numbers.clone();
            wanted.sort_by_key(|n| n >> 32);
            let mut only_shared = numbers.clone();
            by_hash(&mut numbers, &mut Vec::new());
            prop_assert_eq!(&numbers, &wanted);
            shared(&mut only_shared, &mut Vec::new());
            let wanted: Vec<u64> = runs(&wanted).filter(|run| run.len() > 1).flatten().copied().collect();
            prop_assert_eq!(only_shared, wanted);
        }
    }
}
