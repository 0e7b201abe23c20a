//! Which numbers stand on more than one row of a file, in bounded memory whatever its size: few are sorted where they are,
//! many go to temporary files by their last digits, each of which is sorted alone.

use std::{
    fs::File,
    io::{self, Read, Seek, SeekFrom, Write},
};

/// Numbers kept in memory: 64 MB.
const KEPT: usize = 8 << 20;
/// Files by which they are parted.
const PARTS: usize = 64;

/// The numbers of a file, as they come.
pub(super) struct Numbers {
    parts: Vec<Part>,
    count: usize,
    most: usize,
}

#[derive(Default)]
struct Part {
    here: Vec<u64>,
    away: Option<File>,
}

impl Part {
    fn put_away(&mut self) -> io::Result<()> {
        let file = match &mut self.away {
            Some(file) => file,
            empty => empty.insert(tempfile::tempfile()?),
        };
        let bytes: Vec<u8> = self.here.iter().flat_map(|n| n.to_le_bytes()).collect();
        self.here.clear();
        file.write_all(&bytes)
    }

    fn repeated(mut self, into: &mut Vec<u64>) -> io::Result<()> {
        if let Some(mut file) = self.away.take() {
            let mut bytes = Vec::new();
            file.seek(SeekFrom::Start(0))?;
            file.read_to_end(&mut bytes)?;
            self.here.extend(bytes.as_chunks::<8>().0.iter().map(|b| u64::from_le_bytes(*b)));
        }
        self.here.sort_unstable();
        into.extend(
            self.here.chunk_by(|a, b| a == b).filter(|run| run.len() > 1).filter_map(|run| run.first()),
        );
        Ok(())
    }
}

impl Numbers {
    pub fn new() -> Numbers {
        Numbers::keeping(KEPT)
    }

    fn keeping(most: usize) -> Numbers {
        Numbers { parts: (0..PARTS).map(|_| Part::default()).collect(), count: 0, most }
    }

    /// Adds the number of a row.
    ///
    /// # Errors
    /// Where a temporary file cannot be written.
    pub fn add(&mut self, number: u64) -> io::Result<()> {
        if let Some(part) = self.parts.get_mut((number % PARTS as u64) as usize) {
            part.here.push(number);
        }
        self.count += 1;
        if self.count >= self.most {
            self.parts.iter_mut().try_for_each(Part::put_away)?;
            self.count = 0;
        }
        Ok(())
    }

    /// Those that came more than once, in order.
    ///
    /// # Errors
    /// Where a temporary file cannot be read.
    pub fn repeated(self) -> io::Result<Vec<u64>> {
        let mut found = Vec::new();
        self.parts.into_iter().try_for_each(|part| part.repeated(&mut found))?;
        found.sort_unstable();
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_repeats_is_found_in_memory_and_in_files(numbers in proptest::collection::vec(0u64..300, 0..400), most in 1usize..500) {
            let mut kept = Numbers::keeping(most);
            numbers.iter().for_each(|n| kept.add(*n).unwrap());
            let mut wanted: Vec<u64> =
                numbers.iter().copied().filter(|n| numbers.iter().filter(|m| *m == n).count() > 1).collect();
            wanted.sort_unstable();
            wanted.dedup();
            prop_assert_eq!(kept.repeated().unwrap(), wanted);
        }
    }
}
