//! Issuing personal numbers: unique, unpredictable, of the known structure (facts §1).

use rand::{Rng, RngExt};
use vocabulary::{Invalid, PersonalNumber, Sex};

/// What a new number is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seed {
    /// Three-digit prefix of the place of birth registration.
    pub prefix: u16,
    /// Sex: the fourth digit has places for male and female only.
    pub sex: Sex,
    /// Birth year.
    pub year: u16,
}

/// How many random draws are tried before the free serials are walked.
const DRAWS: usize = 24;

/// Why no number can be composed.
pub const UNSUITABLE: Invalid = Invalid::new(
    "number-issue/structure",
    "Để cấp số định danh cần nơi đăng ký khai sinh, giới tính nam hoặc nữ và năm sinh từ 1900",
    "Issuing a number needs the place of birth registration, the sex (male or female) and a birth year from 1900",
);

/// Why no number is left.
pub const EXHAUSTED: Invalid = Invalid::new(
    "number-issue/exhausted",
    "Đã hết số cho nơi đăng ký khai sinh, giới tính và năm sinh này",
    "No number is left for this place of birth registration, sex and birth year",
);

/// The numbers to try, in order: random draws first, so that the next number cannot be told from the last; then every
/// serial from a random start, so that the last free one is found too. The caller takes the first that nobody holds.
pub fn candidates<R: Rng>(
    seed: Seed,
    rng: &mut R,
) -> Result<impl Iterator<Item = PersonalNumber> + use<R>, Invalid> {
    let compose = move |serial| PersonalNumber::compose(seed.prefix, seed.sex, seed.year, serial);
    if compose(0).is_none() {
        return Err(UNSUITABLE);
    }
    let draws: Vec<u32> = (0..DRAWS).map(|_| rng.random_range(0..1_000_000)).collect();
    let start: u32 = rng.random_range(0..1_000_000);
    Ok(draws.into_iter().chain((0..1_000_000).map(move |i| (start + i) % 1_000_000)).filter_map(compose))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{SeedableRng, rngs::StdRng};
    use std::collections::HashSet;

    #[test]
    fn a_million_numbers_and_no_repeat() {
        let mut rng = StdRng::seed_from_u64(7);
        let mut held = HashSet::new();
        for i in 0..1_000_000u32 {
            let seed = Seed {
                prefix: (i % 5 + 1) as u16,
                sex: if i % 2 == 0 { Sex::Male } else { Sex::Female },
                year: 1990 + (i % 3) as u16,
            };
            let number = candidates(seed, &mut rng).unwrap().find(|n| !held.contains(n)).unwrap();
            assert_eq!(number.shape().year, seed.year);
            assert!(held.insert(number));
        }
        assert_eq!(held.len(), 1_000_000);
    }

    #[test]
    fn the_last_free_number_is_found_and_then_none() {
        let seed = Seed { prefix: 56, sex: Sex::Female, year: 2026 };
        let last = PersonalNumber::compose(56, Sex::Female, 2026, 123_456).unwrap();
        let mut rng = StdRng::seed_from_u64(1);
        assert_eq!(candidates(seed, &mut rng).unwrap().find(|n| *n == last), Some(last));
        assert_eq!(candidates(seed, &mut rng).unwrap().collect::<HashSet<_>>().len(), 1_000_000);
        assert_eq!(candidates(Seed { sex: Sex::Other, ..seed }, &mut rng).err(), Some(UNSUITABLE));
    }
}
