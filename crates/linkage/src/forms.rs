//! What is computed once for each distinct text of a column: the letters without diacritics, what was meant by typing
//! artefacts, and hashes that answer most comparisons.

use crate::mix;
use vocabulary::{fold, tone_key};

/// The forms of one distinct value.
#[derive(Clone, Copy, Default)]
pub(crate) struct Form {
    /// Where the folded text begins in the arena.
    start: u32,
    /// Length of the folded text in bytes.
    len: u8,
    /// Words.
    pub(crate) words: u8,
    /// Whether any letter bears a mark.
    pub(crate) marked: bool,
    /// Hash of the text with its tones, wherever their marks stand; of the folded text where tones do not matter.
    pub(crate) exact: u32,
    /// Hash of the folded words, in whatever order.
    pub(crate) bag: u64,
    /// Hash of the first and the last word, in whatever order.
    pub(crate) ends: u32,
    /// Hash of the last word.
    pub(crate) last: u32,
    /// Records with the same bag of words.
    pub(crate) count: u32,
    /// The letters and digits in it, one bit each.
    pub(crate) letters: u32,
    /// Its words, one bit each, by their hashes.
    pub(crate) bits: u32,
    /// Whether the last word is a syllable of Vietnamese, and no initial.
    pub(crate) named: bool,
}

impl Form {
    /// The bag of words in short; 0 where there is none.
    pub(crate) fn words_key(&self) -> u32 {
        if self.words == 0 { 0 } else { (self.bag ^ self.bag >> 32) as u32 | 1 }
    }
}

/// The distinct values of a column.
#[derive(Default)]
pub(crate) struct Forms {
    /// By code; code 0 stands for "nothing".
    pub(crate) forms: Vec<Form>,
    arena: Vec<u8>,
}

impl Forms {
    /// The folded words with single blanks between them, shortened to what comparisons read.
    #[inline]
    pub(crate) fn text(&self, form: &Form) -> &[u8] {
        &self.arena[form.start as usize..form.start as usize + usize::from(form.len)]
    }

    pub(crate) fn with_capacity(values: usize) -> Forms {
        Forms { forms: Vec::with_capacity(values), arena: Vec::with_capacity(values.saturating_mul(16)) }
    }

    /// Adds a value; `false` when the column holds more text than can be addressed (4 GB).
    pub(crate) fn push(&mut self, folder: &mut Folder, text: &[u8], names: bool) -> bool {
        let mut form = folder.form(text, names);
        let letters = &folder.words[..folder.words.len().min(LONGEST)];
        let Ok(start) = u32::try_from(self.arena.len()) else { return false };
        (form.start, form.len) = (start, letters.len() as u8);
        self.arena.extend_from_slice(letters);
        let last = letters.rsplit(|c| *c == b' ').next().unwrap_or_default();
        form.named = names && last.len() > 1 && is_syllable(last);
        form.letters = letters.iter().fold(0, |all, letter| all | 1 << (letter & 31));
        self.forms.push(form);
        true
    }
}

/// Folded letters that are kept of a value.
const LONGEST: usize = 96;

/// A letter taken apart.
#[derive(Clone, Copy, Default)]
struct Letter {
    /// Without marks, in lower case; 0 where that is not one ASCII letter or digit.
    plain: u8,
    /// The tone, 1–5, or 0.
    tone: u8,
    /// The letter with the marks that are not tones, hashed.
    quality: u32,
}

/// Takes texts apart; holds its tables and scratch space.
pub(crate) struct Folder {
    table: Vec<Letter>,
    words: Vec<u8>,
    typed: Vec<u8>,
    hashes: Vec<u64>,
}

impl Folder {
    pub(crate) fn new() -> Folder {
        let table = (0..0x1f00).map(|c| char::from_u32(c).map_or(Letter::default(), Letter::of)).collect();
        Folder { table, words: Vec::new(), typed: Vec::new(), hashes: Vec::new() }
    }

    fn letter(&self, c: char) -> Letter {
        self.table.get(c as usize).copied().unwrap_or_else(|| Letter::of(c))
    }

    /// Computes the forms; the folded words are left in `self.words`.
    fn form(&mut self, text: &[u8], names: bool) -> Form {
        let text = String::from_utf8_lossy(text);
        self.words.clear();
        self.hashes.clear();
        let (mut exact, mut marked) = (0_u64, false);
        let (mut tone, mut begin) = (0, 0);
        for c in text.chars().chain([' ']) {
            let letter = self.letter(c);
            if ('\u{300}'..='\u{36f}').contains(&c) {
                marked = true;
                tone = tone.max(letter.tone);
                // The mark of a quality (circumflex, breve, horn) belongs to the letter before it.
                if letter.tone == 0 {
                    exact = mix::join(exact, u64::from(letter.quality));
                }
                continue;
            }
            if names && matches!(c, '\'' | '’') {
                continue;
            }
            if letter.plain != 0 || c.is_alphanumeric() {
                if letter.plain != 0 {
                    marked |= !c.is_ascii();
                    self.words.push(letter.plain);
                } else {
                    let mut place = [0; 4];
                    for lower in c.to_lowercase() {
                        self.words.extend_from_slice(lower.encode_utf8(&mut place).as_bytes());
                    }
                }
                tone = tone.max(letter.tone);
                exact = mix::join(exact, u64::from(letter.quality));
                continue;
            }
            if begin == self.words.len() {
                continue;
            }
            if names && untelex(&self.words[begin..], &mut self.typed) {
                self.words.truncate(begin);
                self.words.extend_from_slice(&self.typed);
            }
            self.hashes.push(mix::bytes(&self.words[begin..]));
            exact = mix::join(exact, 7 + u64::from(tone));
            self.words.push(b' ');
            (tone, begin) = (0, self.words.len());
        }
        self.words.pop();
        if !names {
            exact = mix::bytes(&self.words);
        }
        let (first, last) = match (self.hashes.first(), self.hashes.last()) {
            (Some(first), Some(last)) => (*first, *last),
            _ => return Form::default(),
        };
        let words = self.hashes.len().min(255) as u8;
        self.hashes.sort_unstable();
        let bits = self.hashes.iter().fold(0, |bits, word| bits | 1 << (word >> 32 & 31));
        let bag = self.hashes.iter().fold(3, |bag, word| mix::join(bag, *word)) | 1;
        Form {
            words,
            marked,
            exact: exact as u32,
            bag,
            bits,
            ends: mix::join(first.min(last), first.max(last)) as u32 | 1,
            last: last as u32 | 1,
            ..Form::default()
        }
    }
}

impl Letter {
    fn of(c: char) -> Letter {
        let text = c.to_string();
        let plain = match fold(&text).as_bytes() {
            [one] if one.is_ascii_alphanumeric() => *one,
            _ => 0,
        };
        let key = tone_key(&format!("a{text}"));
        let parts = key.strip_prefix('a').unwrap_or(&key);
        let tone = match parts.as_bytes().last() {
            Some(&digit @ b'1'..=b'5') if !c.is_ascii() => digit - b'0',
            _ => 0,
        };
        let quality = if tone > 0 { &parts[..parts.len() - 1] } else { parts };
        Letter { plain, tone, quality: mix::bytes(quality.as_bytes()) as u32 }
    }
}

/// Undoes what a typing method left undone (Telex `nguyeenx`, VNI `nguye6n4`): writes the syllable meant and says
/// `true` where the word is no Vietnamese syllable but would be one without those keys.
fn untelex(word: &[u8], out: &mut Vec<u8>) -> bool {
    if word.len() > 12 || is_syllable(word) {
        return false;
    }
    out.clear();
    let mut vowel = false;
    for &c in word {
        match c {
            b's' | b'f' | b'r' | b'x' | b'j' if vowel => continue,
            b'1'..=b'9' if !out.is_empty() => continue,
            b'w' if vowel => continue,
            b'w' => out.push(b'u'),
            b'a' | b'e' | b'o' | b'd' if out.last() == Some(&c) => continue,
            c => out.push(c),
        }
        vowel |= matches!(c, b'a' | b'e' | b'i' | b'o' | b'u' | b'y' | b'w');
    }
    is_syllable(out)
}

/// Whether letters without diacritics can be one syllable of Vietnamese.
pub(crate) fn is_syllable(word: &[u8]) -> bool {
    const ONSETS: [&[u8]; 28] = [
        b"ngh", b"ng", b"nh", b"ch", b"gh", b"gi", b"kh", b"ph", b"qu", b"th", b"tr", b"b", b"c", b"d", b"g",
        b"h", b"k", b"l", b"m", b"n", b"p", b"r", b"s", b"t", b"v", b"x", b"q", b"",
    ];
    const CODAS: [&[u8]; 9] = [b"", b"c", b"ch", b"m", b"n", b"ng", b"nh", b"p", b"t"];
    ONSETS.iter().filter_map(|onset| word.strip_prefix(*onset)).any(|rest| {
        let vowels = rest.iter().take_while(|c| b"aeiouy".contains(c)).count();
        let doubled = rest[..vowels].windows(2).any(|pair| pair[0] == pair[1]);
        (1..=3).contains(&vowels) && !doubled && CODAS.contains(&&rest[vowels..])
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn form(text: &str) -> (Form, String) {
        let (mut folder, mut forms) = (Folder::new(), Forms::default());
        assert!(forms.push(&mut folder, text.as_bytes(), true));
        (forms.forms[0], String::from_utf8_lossy(forms.text(&forms.forms[0])).into_owned())
    }

    #[test]
    fn spellings_meet() {
        let (hoa, text) = form("Nguyễn Thị Hòa");
        assert_eq!(text, "nguyen thi hoa");
        for other in ["NGUYỄN  THỊ HOÀ", "nguyễn thị hòa"] {
            assert_eq!(form(other).0.exact, hoa.exact, "{other}");
        }
        assert_ne!(form("Nguyễn Thị Hoa").0.exact, hoa.exact);
        for other in [
            "Nguyeenx Thij Hoaf",
            "Nguye6n4 Thi5 Hoa2",
            "Hoa Nguyen Thi",
            "Nguye\u{302}\u{303}n Thi\u{323} Hoa\u{300}",
        ] {
            assert_eq!(form(other).0.bag, hoa.bag, "{other}");
        }
        assert_eq!(form("Nguyễn T. Hòa").0.ends, hoa.ends);
        assert_eq!(form("Ddawngj Uwng").1, "dang ung");
        assert_eq!(form("mitchell green").1, "mitchell green", "foreign names stay");
        assert_eq!(form(" - ").0.words, 0);
    }

    proptest! {
        #[test]
        fn any_text_has_forms(text in "\\PC{0,300}") {
            let (form, folded) = form(&text);
            prop_assert!(folded.chars().count() <= LONGEST);
            prop_assert_eq!(form.words == 0, folded.is_empty());
        }
    }
}
