//! Tiles: the tree cut into pieces of 256 hashes (C2SP tlog-tiles), their paths and what they hold.

use crate::{Hash, tree::Node};
use std::{fmt::Write, ops::Range};

/// Hashes in a full tile.
pub const WIDTH: u64 = 256;
/// Levels of the tree that one tile spans.
const SPAN: u32 = 8;
/// Highest level that a path may name.
const TOP: u8 = 63;

/// Where a tile lies: its hashes are those of complete subtrees of height `8 · level`, from `256 · index` on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TileId {
    /// 0 holds the leaf hashes.
    pub level: u8,
    /// Position within the level.
    pub index: u64,
}

impl TileId {
    /// How many hashes this tile has in a tree of `size` leaves, at most [`WIDTH`].
    pub fn width_in(self, size: u64) -> u64 {
        let hashes = size.checked_shr(SPAN * u32::from(self.level)).unwrap_or(0);
        hashes.saturating_sub(self.index.saturating_mul(WIDTH)).min(WIDTH)
    }

    /// The tiles of a tree of `size` leaves that are not full, one at most for each level, from the leaves up.
    pub fn partial_in(size: u64) -> impl Iterator<Item = TileId> {
        (0..size.checked_ilog2().map_or(0, |log| log / SPAN + 1))
            .map(move |level| TileId { level: level as u8, index: size >> (SPAN * level) >> SPAN })
            .filter(move |tile| tile.width_in(size) > 0)
    }

    /// The tile in which a node's hash is found or can be computed.
    pub fn holding(node: Node) -> TileId {
        TileId { level: (node.height / SPAN) as u8, index: (node.index << (node.height % SPAN)) / WIDTH }
    }
}

/// The hash of a node, from the content of the tile that holds it; `None` where the tile is too narrow.
pub fn node_in(tile: &[u8], node: Node) -> Option<Hash> {
    let places = places_of(node);
    let hashes = tile.get(places.start * Hash::LEN..places.end * Hash::LEN)?;
    Some(complete(hashes.chunks_exact(Hash::LEN).filter_map(Hash::from_slice).collect()))
}

/// Which hashes of its tile lie under a node.
pub(crate) fn places_of(node: Node) -> Range<usize> {
    let count = 1 << (node.height % SPAN);
    let first = ((node.index << (node.height % SPAN)) % WIDTH) as usize;
    first..first + count
}

/// The hash above a power of two of hashes.
pub(crate) fn complete(mut row: Vec<Hash>) -> Hash {
    while row.len() > 1 {
        row = row.chunks_exact(2).map(|pair| Hash::node(&pair[0], &pair[1])).collect();
    }
    row.first().copied().unwrap_or_else(Hash::empty_tree)
}

/// What stands under the log's address: the checkpoint, a tile of hashes, or a bundle of entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resource {
    /// The newest signed checkpoint.
    Checkpoint,
    /// The first `width` hashes of a tile.
    Tile {
        /// Which tile.
        id: TileId,
        /// 1–256.
        width: u64,
    },
    /// The first `width` published entries of those that begin at `256 · index`.
    Entries {
        /// Position, as of a tile of level 0.
        index: u64,
        /// 1–256.
        width: u64,
    },
}

impl Resource {
    /// Reads a path below the log's address, such as `tile/0/x001/x234/067.p/8`. Only the one right spelling of each
    /// resource is accepted, so that a cache cannot be filled with synonyms.
    pub fn parse(path: &str) -> Option<Resource> {
        // Long enough for the largest index; anything longer is not ours.
        if path.len() > 64 {
            return None;
        }
        if path == "checkpoint" {
            return Some(Resource::Checkpoint);
        }
        let (level, rest) = path.strip_prefix("tile/")?.split_once('/')?;
        let (place, width) = match rest.split_once(".p/") {
            Some((place, width)) => (place, partial_width(width)?),
            None => (rest, WIDTH),
        };
        let index = parse_index(place)?;
        if level == "entries" {
            return Some(Resource::Entries { index, width });
        }
        let level = decimal(level).filter(|l| *l <= u64::from(TOP))? as u8;
        Some(Resource::Tile { id: TileId { level, index }, width })
    }

    /// The path below the log's address.
    pub fn path(self) -> String {
        let (level, index, width) = match self {
            Resource::Checkpoint => return "checkpoint".to_owned(),
            Resource::Tile { id, width } => (id.level.to_string(), id.index, width),
            Resource::Entries { index, width } => ("entries".to_owned(), index, width),
        };
        let mut path = format!("tile/{level}");
        let digits = index.to_string();
        let groups = digits.len().div_ceil(3);
        let padded = format!("{index:0>width$}", width = groups * 3);
        for group in 0..groups {
            let mark = if group + 1 < groups { "x" } else { "" };
            // Writing to a String cannot fail.
            let _ = write!(path, "/{mark}{}", &padded[group * 3..group * 3 + 3]);
        }
        if width < WIDTH {
            let _ = write!(path, ".p/{width}");
        }
        path
    }
}

/// A decimal number without sign or leading zeroes.
fn decimal(text: &str) -> Option<u64> {
    let plain = text.bytes().all(|b| b.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    plain.then(|| text.parse().ok()).flatten()
}

fn partial_width(text: &str) -> Option<u64> {
    decimal(text).filter(|w| (1..WIDTH).contains(w))
}

fn parse_index(text: &str) -> Option<u64> {
    let mut index = 0u64;
    let mut parts = text.split('/').peekable();
    let mut first = true;
    while let Some(part) = parts.next() {
        let digits = if parts.peek().is_some() { part.strip_prefix('x')? } else { part };
        if digits.len() != 3 || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        let value: u64 = digits.parse().ok()?;
        // A leading group of zeroes would be a second spelling.
        if first && value == 0 && parts.peek().is_some() {
            return None;
        }
        index = index.checked_mul(1000)?.checked_add(value)?;
        first = false;
    }
    Some(index)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn tile(level: u8, index: u64, width: u64) -> Resource {
        Resource::Tile { id: TileId { level, index }, width }
    }

    #[test]
    fn paths_are_those_of_the_specification() {
        for (path, resource) in [
            ("checkpoint", Resource::Checkpoint),
            ("tile/0/x001/x234/067", tile(0, 1_234_067, 256)),
            ("tile/0/x001/x234/067.p/8", tile(0, 1_234_067, 8)),
            ("tile/63/000.p/255", tile(63, 0, 255)),
            ("tile/entries/x273/000", Resource::Entries { index: 273_000, width: 256 }),
            ("tile/entries/273.p/112", Resource::Entries { index: 273, width: 112 }),
        ] {
            assert_eq!(Resource::parse(path), Some(resource));
            assert_eq!(resource.path(), path);
        }
    }

    #[test]
    fn other_spellings_are_refused() {
        for path in [
            "",
            "checkpoint/",
            "tile",
            "tile/0",
            "tile/0/",
            "tile/0/1",
            "tile/0/0001",
            "tile/00/001",
            "tile/64/001",
            "tile/-1/001",
            "tile/+1/001",
            "tile/0/x001",
            "tile/0/001/002",
            "tile/0/x000/001",
            "tile/0/001.p/0",
            "tile/0/001.p/256",
            "tile/0/001.p/08",
            "tile/0/001.p/",
            "tile/0/001.p/8/",
            "tile/entries/1",
            "tile/data/001",
            "tile/0/..%2f",
            "tile/0/٠٠١",
            "/tile/0/001",
            "tile/0/x999/x999/x999/x999/x999/x999/x999/999",
        ] {
            assert_eq!(Resource::parse(path), None, "{path}");
        }
    }

    #[test]
    fn widths_are_those_of_the_specification() {
        let partial = |size| -> Vec<(u8, u64, u64)> {
            TileId::partial_in(size).map(|t| (t.level, t.index, t.width_in(size))).collect()
        };
        assert_eq!(partial(70_000), [(0, 273, 112), (1, 1, 17), (2, 0, 1)]);
        assert_eq!(partial(256), [(1, 0, 1)]);
        assert_eq!(partial(0), []);
        assert_eq!(partial(1), [(0, 0, 1)]);
        assert_eq!(TileId { level: 0, index: 272 }.width_in(70_000), 256);
        assert_eq!(TileId { level: 0, index: 274 }.width_in(70_000), 0);
        assert_eq!(TileId { level: 63, index: 0 }.width_in(u64::MAX), 0);
    }

    proptest! {
        #[test]
        fn every_resource_round_trips(level in 0u8..64, index in any::<u64>(), width in 1u64..=256) {
            for resource in [tile(level, index, width), Resource::Entries { index, width }] {
                prop_assert_eq!(Resource::parse(&resource.path()), Some(resource));
            }
        }

        #[test]
        fn what_parses_is_spelled_as_it_was_read(
            path in "(tile/)?(entries|[0-9]{1,2}|\\PC{0,3})(/x?[0-9]{0,4}){0,4}(\\.p/[0-9]{0,3})?"
        ) {
            if let Some(resource) = Resource::parse(&path) {
                prop_assert_eq!(resource.path(), path);
            }
        }

        #[test]
        fn no_text_makes_it_panic(path in "\\PC*") {
            let _ = Resource::parse(&path);
        }
    }
}
