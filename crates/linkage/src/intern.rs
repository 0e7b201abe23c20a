//! Gives each distinct text of a column a code.

use crate::mix;

/// The distinct texts seen so far; code 0 is the empty text.
pub(crate) struct Interner {
    /// Codes by hash, open addressing; 0 is free.
    slots: Vec<u32>,
    hashes: Vec<u32>,
    ends: Vec<u32>,
    arena: Vec<u8>,
    /// How many records have each code.
    pub(crate) counts: Vec<u32>,
}

impl Interner {
    pub(crate) fn new() -> Interner {
        Interner {
            slots: vec![0; 1 << 10],
            hashes: vec![0],
            ends: vec![0],
            arena: Vec::new(),
            counts: vec![0],
        }
    }

    /// The code of a text; `None` when the column holds more distinct text than can be addressed.
    pub(crate) fn code(&mut self, text: &[u8]) -> Option<u32> {
        if text.is_empty() {
            return Some(0);
        }
        let hash = mix::bytes(text);
        let short = (hash >> 32) as u32;
        let mask = self.slots.len() - 1;
        let mut slot = hash as usize >> 1 & mask;
        loop {
            let code = self.slots[slot];
            if code == 0 {
                break;
            }
            if self.hashes[code as usize] == short && self.text(code) == text {
                self.counts[code as usize] += 1;
                return Some(code);
            }
            slot = (slot + 1) & mask;
        }
        let code = u32::try_from(self.ends.len()).ok()?;
        let end = u32::try_from(self.arena.len() + text.len()).ok()?;
        self.arena.extend_from_slice(text);
        self.ends.push(end);
        self.hashes.push(short);
        self.counts.push(1);
        self.slots[slot] = code;
        if self.ends.len() * 2 > self.slots.len() {
            self.grow();
        }
        Some(code)
    }

    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    pub(crate) fn text(&self, code: u32) -> &[u8] {
        let code = code as usize;
        let start = if code == 0 { 0 } else { self.ends[code - 1] as usize };
        &self.arena[start..self.ends[code] as usize]
    }

    fn grow(&mut self) {
        let size = self.slots.len() * 4;
        self.slots.clear();
        self.slots.resize(size, 0);
        for code in 1..self.ends.len() as u32 {
            let mut slot = mix::bytes(self.text(code)) as usize >> 1 & (size - 1);
            while self.slots[slot] != 0 {
                slot = (slot + 1) & (size - 1);
            }
            self.slots[slot] = code;
        }
    }
}
