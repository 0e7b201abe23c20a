//! Hashes and chance that are the same on every machine.

use std::hash::{BuildHasherDefault, Hasher};

/// Mixes the bits of a number (the finaliser of splitmix64).
#[inline]
pub(crate) fn mix(mut x: u64) -> u64 {
    x ^= x >> 30;
    x = x.wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x ^= x >> 27;
    x = x.wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

/// Adds a value to a hash.
#[inline]
pub(crate) fn join(hash: u64, value: u64) -> u64 {
    mix(hash.rotate_left(23) ^ value.wrapping_mul(0x9e37_79b9_7f4a_7c15))
}

/// Hash of bytes; never 0, which means "nothing" in keys.
#[inline]
pub(crate) fn bytes(bytes: &[u8]) -> u64 {
    let mut hash = 0x51_7c_c1_b7_27_22_0a_95 ^ bytes.len() as u64;
    let (words, rest) = bytes.as_chunks::<8>();
    for word in words {
        hash = (hash.rotate_left(5) ^ u64::from_le_bytes(*word)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
    let mut last = [0; 8];
    last[..rest.len()].copy_from_slice(rest);
    mix(hash.rotate_left(5) ^ u64::from_le_bytes(last)) | 1
}

/// Hash of a word that is filled up with zeros.
#[inline]
pub(crate) fn fixed([a, b, c]: &[u64; 3]) -> u64 {
    mix(a ^ b.rotate_left(21).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ c.rotate_left(42))
}

/// A stream of random numbers (splitmix64).
pub(crate) struct Chance(u64);

impl Chance {
    pub(crate) fn new(seed: u64) -> Chance {
        Chance(mix(seed ^ 0x6c69_6e6b_6167_6521))
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mix(self.0)
    }

    /// A number below `limit`, which is not 0.
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        ((u128::from(self.next()) * limit as u128) >> 64) as usize
    }
}

/// Hashes keys that are hashes already, or small numbers.
#[derive(Default)]
pub(crate) struct KeyHasher(u64);

impl Hasher for KeyHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, data: &[u8]) {
        self.0 = join(self.0, bytes(data));
    }

    fn write_u32(&mut self, n: u32) {
        self.0 = mix(u64::from(n) ^ self.0);
    }

    fn write_u64(&mut self, n: u64) {
        self.0 = mix(n ^ self.0);
    }
}

/// A map with keys that are numbers.
pub(crate) type KeyMap<K, V> = std::collections::HashMap<K, V, BuildHasherDefault<KeyHasher>>;

/// A set of numbers.
pub(crate) type KeySet<K> = std::collections::HashSet<K, BuildHasherDefault<KeyHasher>>;
