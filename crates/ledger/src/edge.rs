//! The right edge of the tree: all that is needed to add leaves and to know the root.

use crate::{
    Hash,
    tile::{TileId, WIDTH, complete, places_of},
    tree::{self, Node},
};

/// The tiles of a tree that are not full yet, one for each level.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Edge {
    size: u64,
    /// By level, the hashes of the last tile, 0–255 of them.
    levels: Vec<Vec<Hash>>,
}

impl Edge {
    /// The edge of the tree of `size` leaves from its partial tiles; `None` where one is missing or too short. A tile
    /// may hold more hashes than the tree of that size needs: it has been stored at a larger size.
    pub fn restore(size: u64, mut tile: impl FnMut(TileId) -> Option<Vec<u8>>) -> Option<Edge> {
        let mut levels = Vec::new();
        for id in TileId::partial_in(size) {
            let width = id.width_in(size) as usize;
            let data = tile(id)?;
            let hashes = data.get(..width * Hash::LEN)?.chunks_exact(Hash::LEN).filter_map(Hash::from_slice);
            levels.resize(usize::from(id.level), Vec::new());
            levels.push(hashes.collect());
        }
        Some(Edge { size, levels })
    }

    /// Leaves in the tree.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Adds a leaf. Each tile that becomes full is handed over, with its 256 hashes, from the leaves up.
    pub fn push(&mut self, leaf: Hash, mut full: impl FnMut(TileId, Vec<Hash>)) {
        let mut hash = leaf;
        for level in 0.. {
            if self.levels.len() == level {
                self.levels.push(Vec::new());
            }
            let row = &mut self.levels[level];
            row.push(hash);
            if (row.len() as u64) < WIDTH {
                break;
            }
            let row = std::mem::take(row);
            hash = complete(row.clone());
            full(TileId { level: level as u8, index: self.size >> (8 * (level + 1)) }, row);
        }
        self.size += 1;
    }

    /// The root of the tree.
    pub fn root(&self) -> Hash {
        let peak = |node: Node| {
            let tile = TileId::holding(node);
            let row = self.levels.get(usize::from(tile.level)).ok_or(())?;
            Ok(complete(row.get(places_of(node)).ok_or(())?.to_vec()))
        };
        // Every peak of the tree lies in the last tile of its level, so none is ever missing.
        tree::root(self.size, peak).unwrap_or_else(|()| Hash::empty_tree())
    }

    /// The tiles that are not full, with their hashes, from the leaves up.
    pub fn partial(&self) -> impl Iterator<Item = (TileId, &[Hash])> {
        TileId::partial_in(self.size)
            .filter_map(|id| self.levels.get(usize::from(id.level)).map(|row| (id, row.as_slice())))
    }
}

/// Hashes one after the other, as a tile stores them.
pub fn bytes(row: &[Hash]) -> Vec<u8> {
    row.iter().flat_map(|hash| hash.bytes()).copied().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tile::node_in;
    use crate::tree::tests::{definition, leaves};
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    /// All tiles of a tree, grown leaf by leaf.
    fn grow(leaves: &[Hash]) -> (Edge, BTreeMap<TileId, Vec<u8>>) {
        let (mut edge, mut tiles) = (Edge::default(), BTreeMap::new());
        for leaf in leaves {
            edge.push(*leaf, |id, row| {
                tiles.insert(id, bytes(&row));
            });
        }
        tiles.extend(edge.partial().map(|(id, row)| (id, bytes(row))));
        (edge, tiles)
    }

    #[test]
    fn the_root_is_that_of_the_definition_at_every_size() {
        let leaves = leaves(600);
        let mut edge = Edge::default();
        assert_eq!(edge.root(), Hash::empty_tree());
        for (n, leaf) in leaves.iter().enumerate() {
            edge.push(*leaf, |_, _| {});
            assert_eq!(edge.root(), definition(&leaves[..=n]));
        }
    }

    #[test]
    fn three_levels_of_tiles_hold_what_the_specification_says() {
        let leaves = leaves(70_000);
        let (edge, tiles) = grow(&leaves);
        assert_eq!(edge.root(), definition(&leaves));
        assert_eq!(tiles.len(), 274 + 2 + 1);
        for (id, data) in &tiles {
            assert_eq!(data.len() as u64, id.width_in(70_000) * 32);
        }
        let second = &tiles[&TileId { level: 1, index: 0 }];
        assert_eq!(second[32..64], *definition(&leaves[256..512]).bytes());
        assert_eq!(tiles[&TileId { level: 2, index: 0 }], definition(&leaves[..65_536]).bytes());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        #[test]
        fn an_edge_restored_from_later_tiles_goes_on_alike(size in 0u64..1500, more in 1u64..600) {
            let leaves = leaves(size + more);
            let (before, _) = grow(&leaves[..size as usize]);
            let (after, tiles) = grow(&leaves);
            let mut restored = Edge::restore(size, |id| tiles.get(&id).cloned()).unwrap();
            prop_assert_eq!(restored.root(), before.root());
            for leaf in &leaves[size as usize..] {
                restored.push(*leaf, |id, row| assert_eq!(tiles[&id], bytes(&row)));
            }
            prop_assert_eq!(restored.root(), after.root());
        }

        #[test]
        fn proofs_out_of_tiles_verify(size in 1u64..1500, at in any::<prop::sample::Index>()) {
            let leaves = leaves(size);
            let (edge, tiles) = grow(&leaves);
            let find = |node| tiles.get(&TileId::holding(node)).and_then(|tile| node_in(tile, node)).ok_or(node);
            let place = at.index(size as usize) as u64;
            let path = tree::inclusion(place, size, find).unwrap();
            prop_assert_eq!(tree::root_of_inclusion(leaves[place as usize], place, size, &path), Some(edge.root()));
            let old = place + 1;
            let path = tree::consistency(old, size, find).unwrap();
            let before = definition(&leaves[..old as usize]);
            prop_assert!(tree::verify_consistency(old, size, before, edge.root(), &path));
        }
    }
}
