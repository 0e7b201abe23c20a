//! The hashes of the tree (RFC 6962 §2.1, SHA-256).

use base64::{Engine, engine::general_purpose::STANDARD};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest, Sha256};
use std::fmt;

/// A SHA-256 hash: of a leaf, of an inner node, or of a tree.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hash([u8; Hash::LEN]);

impl Hash {
    /// Length in bytes.
    pub const LEN: usize = 32;

    /// SHA-256 of the parts, one after the other.
    pub fn of(parts: &[&[u8]]) -> Hash {
        let mut sha = Sha256::new();
        for part in parts {
            sha.update(part);
        }
        Hash(sha.finalize().into())
    }

    /// The root of the tree without leaves.
    pub fn empty_tree() -> Hash {
        Hash::of(&[])
    }

    /// The hash of a leaf with this content.
    pub fn leaf(content: &[u8]) -> Hash {
        Hash::of(&[&[0], content])
    }

    /// The hash of the node above two others.
    pub fn node(left: &Hash, right: &Hash) -> Hash {
        Hash::of(&[&[1], &left.0, &right.0])
    }

    /// The bytes.
    pub const fn bytes(&self) -> &[u8; Hash::LEN] {
        &self.0
    }

    /// From 32 bytes; `None` for any other length.
    pub fn from_slice(bytes: &[u8]) -> Option<Hash> {
        bytes.try_into().ok().map(Hash)
    }

    /// Standard base64, as checkpoints and proofs write hashes.
    pub fn base64(&self) -> String {
        STANDARD.encode(self.0)
    }

    /// From standard base64.
    pub fn from_base64(text: &str) -> Option<Hash> {
        STANDARD.decode(text).ok().and_then(|bytes| Hash::from_slice(&bytes))
    }
}

impl From<[u8; Hash::LEN]> for Hash {
    fn from(bytes: [u8; Hash::LEN]) -> Hash {
        Hash(bytes)
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.base64())
    }
}

impl Serialize for Hash {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(&self.base64())
    }
}

impl<'de> Deserialize<'de> for Hash {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Hash, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(d)?;
        Hash::from_base64(&text).ok_or_else(|| serde::de::Error::custom("a hash is 32 bytes in base64"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Published values: SHA-256 of nothing, and of the single byte 0 (the empty leaf).
    #[test]
    fn known_hashes() {
        assert_eq!(Hash::empty_tree().base64(), "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
        assert_eq!(Hash::leaf(b"").base64(), "bjQLnP+zepicpUTmu3gKLHiQHT+zNzh2hRGjBhevoB0=");
        assert_ne!(
            Hash::node(&Hash::leaf(b"a"), &Hash::leaf(b"b")),
            Hash::node(&Hash::leaf(b"b"), &Hash::leaf(b"a"))
        );
    }

    #[test]
    fn base64_round_trips_and_refuses_other_lengths() {
        let hash = Hash::leaf(b"x");
        assert_eq!(Hash::from_base64(&hash.base64()), Some(hash));
        assert_eq!(Hash::from_base64("AAAA"), None);
        assert_eq!(Hash::from_base64("not base64"), None);
    }
}
