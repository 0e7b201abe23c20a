//! Text in few bytes: a word of the list takes one byte or two, anything else stands as it is in UTF-8.
//!
//! | byte | stands for |
//! |---|---|
//! | `00`–`1F` | one of the first 32 words |
//! | `F8`–`FF` and another | a later word: 32 + 256 × (first − F8) + second |
//! | `F7` and another | that control character itself |
//! | any other | itself |
//!
//! UTF-8 has no byte from `F5` on, and control characters are rare in what people write. A word is followed by a blank
//! unless it ends the text. The list is for ever: acts are stored by it. Words may be added at its end, up to 2080; none
//! may move. It was made from the names of units, peoples and occupations and from synthetic people.

use super::wire::Unreadable;
use std::{collections::HashMap, sync::LazyLock};

const SHORT: usize = 32;
const ESCAPE: u8 = 0xF7;
const LONG: u8 = 0xF8;
const LONGEST: usize = 24;

struct Words {
    list: Vec<&'static str>,
    places: HashMap<&'static str, usize>,
}

static WORDS: LazyLock<Words> = LazyLock::new(|| {
    let list: Vec<&'static str> = include_str!("words.txt").lines().collect();
    let places = list.iter().enumerate().map(|(place, word)| (*word, place)).collect();
    Words { list, places }
});

/// Writes a text.
pub(super) fn put(text: &str, out: &mut Vec<u8>) {
    let mut rest = text;
    while !rest.is_empty() {
        let end = rest.find(' ').unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        // A word of the list brings the blank after it along, which must therefore not be the last of the text.
        let place = (word.len() <= LONGEST && after.len() != 1).then(|| WORDS.places.get(word)).flatten();
        if let Some(place) = place {
            match place.checked_sub(SHORT) {
                None => out.push(*place as u8),
                Some(place) => out.extend([LONG + (place >> 8) as u8, place as u8]),
            }
            rest = after.strip_prefix(' ').unwrap_or(after);
            continue;
        }
        let with_blank = (end + 1).min(rest.len());
        for byte in rest[..with_blank].bytes() {
            if byte < SHORT as u8 {
                out.push(ESCAPE);
            }
            out.push(byte);
        }
        rest = &rest[with_blank..];
    }
}

/// Reads a text back.
pub(super) fn take(bytes: &[u8]) -> Result<String, Unreadable> {
    let words = &WORDS.list;
    let mut text = String::with_capacity(bytes.len() * 3);
    let mut rest = bytes;
    while let Some((byte, after)) = rest.split_first() {
        let place = match *byte {
            ESCAPE => {
                let (control, after) = after.split_first().ok_or(Unreadable)?;
                if usize::from(*control) >= SHORT {
                    return Err(Unreadable);
                }
                text.push(char::from(*control));
                rest = after;
                continue;
            }
            LONG.. => {
                let (low, after) = after.split_first().ok_or(Unreadable)?;
                rest = after;
                SHORT + (usize::from(byte - LONG) << 8) + usize::from(*low)
            }
            short if usize::from(short) < SHORT => {
                rest = after;
                usize::from(short)
            }
            _ => {
                let special = |b: &u8| usize::from(*b) < SHORT || *b >= ESCAPE;
                let (plain, after) = rest.split_at(rest.iter().position(special).unwrap_or(rest.len()));
                text.push_str(std::str::from_utf8(plain).map_err(|_| Unreadable)?);
                rest = after;
                continue;
            }
        };
        text.push_str(words.get(place).ok_or(Unreadable)?);
        if !rest.is_empty() {
            text.push(' ');
        }
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use sha2::{Digest, Sha256};

    fn round_trip(text: &str) -> usize {
        let mut bytes = Vec::new();
        put(text, &mut bytes);
        assert_eq!(take(&bytes).as_deref(), Ok(text));
        bytes.len()
    }

    #[test]
    fn common_words_are_short_and_all_others_come_back() {
        assert_eq!(round_trip("Nguyễn Thị Hòa"), 4);
        assert_eq!(round_trip("Công an tỉnh Khánh Hòa"), 7);
        for text in ["", " ", "Nguyễn ", " Nguyễn", "Nguyễn  Thị", "tổ\n5", "\u{1}\u{0}", "Nguyễn,", "\u{7f}"]
        {
            round_trip(text);
        }
    }

    /// Whoever needs another word adds it at the end, and its hash here; no word before it may change.
    #[test]
    fn the_list_is_for_ever() {
        let list = &WORDS.list;
        assert!(list.len() >= 1024 && list.len() <= SHORT + 8 * 256);
        assert!(list.iter().all(|w| !w.is_empty() && w.len() <= LONGEST && !w.contains(char::is_whitespace)));
        assert_eq!(WORDS.places.len(), list.len());
        let digest = Sha256::digest(list[..1024].join("\n"));
        let hex: String = digest.iter().map(|b| format!("{b:02x}")).collect();
        assert_eq!(hex, "c796659cfccc5c871f5dfbbd0f3849a7e6abec154eb4fafb0b312e455e452eb0");
    }

    proptest! {
        #[test]
        fn any_text_comes_back(text in "(\\PC|Nguyễn|Thị| |tổ|[\u{0}-\u{20}]){0,20}") {
            round_trip(&text);
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..40)) {
            let _ = take(&bytes);
        }
    }
}
