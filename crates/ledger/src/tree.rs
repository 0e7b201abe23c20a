//! The Merkle tree of RFC 6962: roots, inclusion and consistency proofs, and their verification.
//!
//! Pure arithmetic over complete subtrees. Whoever builds a proof says where the hashes of such subtrees are found;
//! whoever verifies one needs nothing but the proof.

use crate::Hash;

/// A complete subtree: the `2^height` leaves that begin at `index · 2^height`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Node {
    /// Height above the leaves; 0 is a leaf.
    pub height: u32,
    /// Position among the subtrees of that height.
    pub index: u64,
}

/// The largest power of two below `n` (for `n` ≥ 2): how many leaves lie under the left child of a tree of `n`.
fn left_part(n: u64) -> u64 {
    1 << (63 - (n - 1).leading_zeros())
}

/// The hash over the leaves `low..high` of a tree, where that range is a subtree in the sense of RFC 6962.
fn subtree<E>(low: u64, high: u64, find: &mut impl FnMut(Node) -> Result<Hash, E>) -> Result<Hash, E> {
    let width = high - low;
    if width.is_power_of_two() {
        let height = width.trailing_zeros();
        return find(Node { height, index: low >> height });
    }
    let middle = low + left_part(width);
    Ok(Hash::node(&subtree(low, middle, find)?, &subtree(middle, high, find)?))
}

/// The root of the tree of the first `size` leaves.
pub fn root<E>(size: u64, mut find: impl FnMut(Node) -> Result<Hash, E>) -> Result<Hash, E> {
    if size == 0 { Ok(Hash::empty_tree()) } else { subtree(0, size, &mut find) }
}

/// The inclusion proof of leaf `index` in the tree of `size` leaves: the siblings from the leaf up (RFC 6962 §2.1.1).
/// `index` must be below `size`; a proof for any other index is empty and verifies nothing.
pub fn inclusion<E>(
    index: u64,
    size: u64,
    mut find: impl FnMut(Node) -> Result<Hash, E>,
) -> Result<Vec<Hash>, E> {
    let mut path = Vec::new();
    let (mut low, mut high) = (0, size);
    while index < size && high - low > 1 {
        let middle = low + left_part(high - low);
        if index < middle {
            path.push(subtree(middle, high, &mut find)?);
            high = middle;
        } else {
            path.push(subtree(low, middle, &mut find)?);
            low = middle;
        }
    }
    path.reverse();
    Ok(path)
}

/// The proof that the tree of `new` leaves begins with the tree of `old` leaves (RFC 6962 §2.1.2). Empty where there
/// is nothing to prove: `old` is 0, equal to `new`, or above it.
pub fn consistency<E>(
    old: u64,
    new: u64,
    mut find: impl FnMut(Node) -> Result<Hash, E>,
) -> Result<Vec<Hash>, E> {
    let mut path = Vec::new();
    if old == 0 || old >= new {
        return Ok(path);
    }
    let (mut low, mut high) = (0, new);
    while old < high {
        let middle = low + left_part(high - low);
        if old <= middle {
            path.push(subtree(middle, high, &mut find)?);
            high = middle;
        } else {
            path.push(subtree(low, middle, &mut find)?);
            low = middle;
        }
    }
    // The last subtree ends where the old tree ends. If it is the whole old tree, the verifier has its hash already.
    if low > 0 {
        path.push(subtree(low, high, &mut find)?);
    }
    path.reverse();
    Ok(path)
}

/// The root that an inclusion proof leads to (RFC 9162 §2.1.3.2); `None` where the proof does not have the shape that
/// `index` and `size` demand.
pub fn root_of_inclusion(leaf: Hash, index: u64, size: u64, path: &[Hash]) -> Option<Hash> {
    if index >= size {
        return None;
    }
    let (mut place, mut last, mut hash) = (index, size - 1, leaf);
    for sibling in path {
        if last == 0 {
            return None;
        }
        if place & 1 == 1 || place == last {
            hash = Hash::node(sibling, &hash);
            while place & 1 == 0 && place != 0 {
                place >>= 1;
                last >>= 1;
            }
        } else {
            hash = Hash::node(&hash, sibling);
        }
        place >>= 1;
        last >>= 1;
    }
    (last == 0).then_some(hash)
}

/// Whether the proof shows that the tree of `new` leaves with `new_root` begins with the tree of `old` leaves with
/// `old_root` (RFC 9162 §2.1.4.2).
pub fn verify_consistency(old: u64, new: u64, old_root: Hash, new_root: Hash, path: &[Hash]) -> bool {
    if old > new {
        return false;
    }
    if old == new {
        return path.is_empty() && old_root == new_root;
    }
    if old == 0 {
        return path.is_empty() && old_root == Hash::empty_tree();
    }
    // A proof leaves out its first hash where that is the root of the old tree itself.
    let (first, rest) = if old.is_power_of_two() {
        (old_root, path)
    } else {
        match path.split_first() {
            Some((first, rest)) => (*first, rest),
            None => return false,
        }
    };
    let (mut place, mut last) = (old - 1, new - 1);
    while place & 1 == 1 {
        place >>= 1;
        last >>= 1;
    }
    let (mut from_old, mut from_new) = (first, first);
    for sibling in rest {
        if last == 0 {
            return false;
        }
        if place & 1 == 1 || place == last {
            from_old = Hash::node(sibling, &from_old);
            from_new = Hash::node(sibling, &from_new);
            while place & 1 == 0 && place != 0 {
                place >>= 1;
                last >>= 1;
            }
        } else {
            from_new = Hash::node(&from_new, sibling);
        }
        place >>= 1;
        last >>= 1;
    }
    last == 0 && from_old == old_root && from_new == new_root
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::convert::Infallible;

    /// Distinct leaves.
    pub fn leaves(count: u64) -> Vec<Hash> {
        (0..count).map(|n| Hash::leaf(&n.to_be_bytes())).collect()
    }

    /// The definition of RFC 6962 §2.1, word for word: what everything else is measured against.
    pub fn definition(leaves: &[Hash]) -> Hash {
        match leaves {
            [] => Hash::empty_tree(),
            [leaf] => *leaf,
            _ => {
                let mut k = 1;
                while k * 2 < leaves.len() {
                    k *= 2;
                }
                Hash::node(&definition(&leaves[..k]), &definition(&leaves[k..]))
            }
        }
    }

    fn find(leaves: &[Hash]) -> impl FnMut(Node) -> Result<Hash, Infallible> + '_ {
        |node| {
            let low = (node.index << node.height) as usize;
            Ok(definition(&leaves[low..low + (1 << node.height)]))
        }
    }

    #[test]
    fn every_small_tree_has_the_root_of_the_definition() {
        let leaves = leaves(130);
        for size in 0..=leaves.len() {
            assert_eq!(root(size as u64, find(&leaves[..size])), Ok(definition(&leaves[..size])));
        }
    }

    #[test]
    fn every_proof_of_every_small_tree_verifies() {
        let leaves = leaves(66);
        for size in 1..=leaves.len() as u64 {
            let whole = definition(&leaves[..size as usize]);
            for index in 0..size {
                let Ok(path) = inclusion(index, size, find(&leaves));
                assert_eq!(root_of_inclusion(leaves[index as usize], index, size, &path), Some(whole));
            }
            for old in 0..=size {
                let Ok(path) = consistency(old, size, find(&leaves));
                let before = definition(&leaves[..old as usize]);
                assert!(verify_consistency(old, size, before, whole, &path), "{old} → {size}");
            }
        }
    }

    #[test]
    fn impossible_proofs_are_refused() {
        let leaf = Hash::leaf(b"x");
        assert_eq!(root_of_inclusion(leaf, 0, 0, &[]), None);
        assert_eq!(root_of_inclusion(leaf, 1, 1, &[]), None);
        assert_eq!(root_of_inclusion(leaf, 0, 1, &[leaf]), None);
        assert!(!verify_consistency(2, 1, leaf, leaf, &[]));
        assert!(!verify_consistency(3, 5, leaf, leaf, &[]));
        assert!(!verify_consistency(0, 5, leaf, leaf, &[]));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn a_changed_inclusion_proof_is_refused(
            size in 2u64..700,
            at in any::<prop::sample::Index>(),
            hit in any::<prop::sample::Index>(),
            bit in 0usize..256,
        ) {
            let leaves = leaves(size);
            let index = at.index(size as usize) as u64;
            let whole = definition(&leaves);
            let Ok(path) = inclusion(index, size, find(&leaves));
            let leaf = leaves[index as usize];
            prop_assert_eq!(root_of_inclusion(leaf, index, size, &path), Some(whole));

            let mut changed = path.clone();
            let place = hit.index(path.len());
            let mut bytes = *changed[place].bytes();
            bytes[bit / 8] ^= 1 << (bit % 8);
            changed[place] = Hash::from(bytes);
            prop_assert_ne!(root_of_inclusion(leaf, index, size, &changed), Some(whole));
            prop_assert_ne!(root_of_inclusion(leaf, index, size, &path[1..]), Some(whole));
            let other = (index + 1) % size;
            prop_assert_ne!(root_of_inclusion(leaves[other as usize], index, size, &path), Some(whole));
            prop_assert_ne!(root_of_inclusion(leaf, other, size, &path), Some(whole));
        }

        #[test]
        fn a_changed_consistency_proof_is_refused(
            new in 2u64..700,
            at in any::<prop::sample::Index>(),
            hit in any::<prop::sample::Index>(),
            bit in 0usize..256,
        ) {
            let leaves = leaves(new);
            let old = 1 + at.index(new as usize - 1) as u64;
            let (before, after) = (definition(&leaves[..old as usize]), definition(&leaves));
            let Ok(path) = consistency(old, new, find(&leaves));
            prop_assert!(verify_consistency(old, new, before, after, &path));

            let mut changed = path.clone();
            let place = hit.index(path.len());
            let mut bytes = *changed[place].bytes();
            bytes[bit / 8] ^= 1 << (bit % 8);
            changed[place] = Hash::from(bytes);
            prop_assert!(!verify_consistency(old, new, before, after, &changed));
            prop_assert!(!verify_consistency(old, new, before, after, &path[1..]));
            prop_assert!(!verify_consistency(old, new, after, before, &path));
        }
    }
}
