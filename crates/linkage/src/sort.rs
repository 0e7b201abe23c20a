//! Sorting by the upper half of numbers, digit by digit: what stands there is a hash of 32 bits, below it a record.

/// Bits of a digit.
const DIGIT: u32 = 11;

/// Sorts by the upper 32 bits and keeps the order of what agrees in them. `spare` is scratch space.
pub(crate) fn by_upper_half(numbers: &mut Vec<u64>, spare: &mut Vec<u64>) {
    if numbers.len() < 256 {
        numbers.sort_by_key(|number| number >> 32);
        return;
    }
    const DIGITS: [u32; 3] = [32, 32 + DIGIT, 32 + 2 * DIGIT];
    const PLACES: usize = 1 << DIGIT;
    let digit = |number: u64, shift: u32| (number >> shift) as usize & (PLACES - 1);
    let mut counts = vec![[0_u32; PLACES]; DIGITS.len()];
    for number in numbers.iter() {
        for (counts, shift) in counts.iter_mut().zip(DIGITS) {
            counts[digit(*number, shift)] += 1;
        }
    }
    spare.clear();
    spare.resize(numbers.len(), 0);
    for (counts, shift) in counts.iter_mut().zip(DIGITS) {
        let mut sum = 0;
        for count in counts.iter_mut() {
            sum += std::mem::replace(count, sum);
        }
        for number in numbers.iter() {
            let place = &mut counts[digit(*number, shift)];
            spare[*place as usize] = *number;
            *place += 1;
        }
        std::mem::swap(numbers, spare);
    }
}

/// Runs of numbers that agree in the upper half, in what is sorted by it.
pub(crate) fn runs(numbers: &[u64]) -> impl Iterator<Item = &[u64]> {
    numbers.chunk_by(|a, b| a >> 32 == b >> 32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn as_a_stable_sort(numbers in prop::collection::vec(any::<u64>(), 0..2000), few in any::<bool>()) {
            let mask = if few { 0x0003_0000_ffff_ffff } else { u64::MAX };
            let mut numbers: Vec<u64> = numbers.into_iter().map(|n| n & mask).collect();
            let mut wanted = numbers.clone();
            wanted.sort_by_key(|n| n >> 32);
            by_upper_half(&mut numbers, &mut Vec::new());
            prop_assert_eq!(numbers, wanted);
        }
    }
}
