//! Edit distance with transpositions of neighbours, 64 letters at a time in one word (Hyyrö 2003).

/// Longest text that is measured, in bytes; the rest is left out.
pub(crate) const LONGEST: usize = 64;

/// Measures distances; holds the table of letters, so that nothing is allocated for a pair.
pub(crate) struct Ruler {
    letters: Box<[u64; 256]>,
}

impl Ruler {
    pub(crate) fn new() -> Ruler {
        Ruler { letters: Box::new([0; 256]) }
    }

    /// Insertions, deletions, replacements and swaps of neighbours (optimal string alignment) from one to the other.
    pub(crate) fn distance(&mut self, a: &[u8], b: &[u8]) -> u32 {
        let (a, b) = (&a[..a.len().min(LONGEST)], &b[..b.len().min(LONGEST)]);
        if a.is_empty() || b.is_empty() {
            return a.len().max(b.len()) as u32;
        }
        for (i, &c) in a.iter().enumerate() {
            self.letters[c as usize] |= 1 << i;
        }
        let last = 1_u64 << (a.len() - 1);
        let (mut vp, mut vn, mut d0, mut before) = (!0_u64, 0_u64, 0_u64, 0_u64);
        let mut distance = a.len() as u32;
        for &c in b {
            let here = self.letters[c as usize];
            let swap = (((!d0) & here) << 1) & before;
            d0 = (((here & vp).wrapping_add(vp)) ^ vp) | here | vn | swap;
            let hp = vn | !(d0 | vp);
            let hn = d0 & vp;
            distance += u32::from(hp & last != 0);
            distance -= u32::from(hn & last != 0);
            let hp = (hp << 1) | 1;
            let hn = hn << 1;
            vp = hn | !(d0 | hp);
            vn = hp & d0;
            before = here;
        }
        for &c in a {
            self.letters[c as usize] = 0;
        }
        distance
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn slow(a: &[u8], b: &[u8]) -> u32 {
        let mut d = vec![vec![0_u32; b.len() + 1]; a.len() + 1];
        for i in 0..=a.len() {
            for j in 0..=b.len() {
                d[i][j] = match (i, j) {
                    (0, j) => j as u32,
                    (i, 0) => i as u32,
                    _ => {
                        let mut best = (d[i - 1][j] + 1)
                            .min(d[i][j - 1] + 1)
                            .min(d[i - 1][j - 1] + u32::from(a[i - 1] != b[j - 1]));
                        if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                            best = best.min(d[i - 2][j - 2] + 1);
                        }
                        best
                    }
                };
            }
        }
        d[a.len()][b.len()]
    }

    proptest! {
        #[test]
        fn agrees_with_the_table(a in "[abc ]{0,64}", b in "[abc ]{0,64}") {
            let mut ruler = Ruler::new();
            prop_assert_eq!(ruler.distance(a.as_bytes(), b.as_bytes()), slow(a.as_bytes(), b.as_bytes()));
            prop_assert_eq!(ruler.distance(b.as_bytes(), a.as_bytes()), slow(a.as_bytes(), b.as_bytes()));
        }
    }
}
