//! What is computed of a text when it is read: the letters without diacritics, what was meant by typing artefacts, and
//! hashes that answer most comparisons. Words are few, so each is taken apart once and remembered.

use crate::mix;
use std::sync::LazyLock;
use vocabulary::{fold, tone_key};

/// The forms of a text. Hashes are 0 where there is no word.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Form {
    /// Of the text with its tones, wherever their marks stand; of the folded text where tones do not matter.
    pub(crate) exact: u32,
    /// Of the folded words, in whatever order.
    pub(crate) bag: u32,
    /// Of the first and the last word, in whatever order.
    pub(crate) ends: u32,
    /// Of the last word; the lowest bit says whether that is a syllable of Vietnamese, and no initial.
    pub(crate) last: u32,
    /// Its words, one bit each, by their hashes, and in the highest four bits how many there are.
    pub(crate) bits: u32,
    /// The letters in it, one bit each, and in the highest six bits half its length.
    pub(crate) letters: u32,
    /// Whether any letter bears a mark.
    pub(crate) marked: bool,
}

/// The bit of a word in [`Form::bits`], by its hash.
#[inline]
pub(crate) fn bit(word: u32) -> u32 {
    1 << ((u64::from(word >> 8) * 28) >> 24)
}

/// What the hashes of two texts tell of their likeness.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Likeness {
    /// The length of the longer one, at most.
    pub(crate) longest: u32,
    /// Letters between them at least (see [`crate::edit`]).
    pub(crate) distance: u32,
    /// Words that stand in both, at most.
    pub(crate) shared: u32,
    /// Words of the one with fewer, and of the other, of at most 15.
    pub(crate) words: (u32, u32),
}

impl Likeness {
    /// Of the bits and letters of both.
    #[inline]
    pub(crate) fn of(a: (u32, u32), b: (u32, u32)) -> Likeness {
        const WORDS: u32 = (1 << 28) - 1;
        const LETTERS: u32 = (1 << 26) - 1;
        let ((bits_a, letters_a), (bits_b, letters_b)) = (a, b);
        let (many_a, many_b) = (bits_a >> 28, bits_b >> 28);
        let alone = |one: u32, other: u32| (one & !other & WORDS).count_ones();
        let shared = |many: u32, alone: u32| if many == 15 { 15 } else { many - alone };
        let (half_a, half_b) = (letters_a >> 26, letters_b >> 26);
        // One change alters two of the letters at most, and the length by one.
        let changed = ((letters_a ^ letters_b) & LETTERS).count_ones().div_ceil(2);
        let longer = (2 * half_a.abs_diff(half_b)).saturating_sub(1);
        Likeness {
            longest: 2 * half_a.max(half_b) + 1,
            distance: changed.max(longer),
            shared: shared(many_a, alone(bits_a, bits_b)).min(shared(many_b, alone(bits_b, bits_a))),
            words: (many_a.min(many_b), many_a.max(many_b)),
        }
    }
}

/// Bytes of folded text that are kept.
pub(crate) const LONGEST: usize = 96;

fn letters(text: &[u8]) -> u32 {
    let text = &text[..text.len().min(crate::edit::LONGEST)];
    let letters = text.iter().fold(0_u32, |all, c| all | 1 << (c & 31));
    // Blanks are the first bit; behind z there is nothing of ASCII.
    letters >> 1 & ((1 << 26) - 1) | (text.len() as u32 / 2) << 26
}

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

/// Where the letters of Vietnamese and the combining marks lie.
const LETTERS: [std::ops::Range<u32>; 3] = [0..0x250, 0x300..0x370, 0x1ea0..0x1f00];

/// These letters, one range after the other.
static KNOWN: LazyLock<Vec<Letter>> = LazyLock::new(|| {
    let letters = LETTERS.into_iter().flatten().filter_map(char::from_u32);
    letters.map(Letter::of).collect()
});

fn letter(c: char) -> Letter {
    let mut before = 0;
    for range in LETTERS {
        if range.contains(&(c as u32)) {
            return KNOWN[before + (c as u32 - range.start) as usize];
        }
        before += range.len();
    }
    Letter::of(c)
}

/// Longest word that is remembered, in bytes.
const REMEMBERED: usize = 24;

/// A word that was seen before.
#[derive(Clone, Copy, Default)]
struct Known {
    raw: [u8; REMEMBERED],
    folded: [u8; REMEMBERED],
    lens: [u8; 2],
    word: Word,
}

/// A word taken apart.
#[derive(Clone, Copy, Default)]
struct Word {
    exact: u64,
    hash: u64,
    marked: bool,
}

/// Places for words.
const WORDS: usize = 1 << 13;

/// Takes texts apart; holds its tables and scratch space.
pub(crate) struct Folder {
    names: bool,
    known: Vec<Known>,
    /// The folded words of the last text with single blanks between them.
    text: Vec<u8>,
    typed: Vec<u8>,
}

/// What is added up over the words of a text.
#[derive(Default)]
struct Sum {
    words: u64,
    exact: u64,
    bag: u64,
    first: u64,
    last: u64,
    bits: u32,
    marked: bool,
}

impl Sum {
    #[inline]
    fn add(&mut self, word: &Word) {
        self.exact = mix::join(self.exact, word.exact);
        self.bag = self.bag.wrapping_add(word.hash);
        self.bits |= bit(word.hash as u32);
        self.marked |= word.marked;
        if self.words == 0 {
            self.first = word.hash;
        }
        self.last = word.hash;
        self.words += 1;
    }
}

impl Folder {
    /// For names, or for other texts, of which the tones do not matter and nothing is read as a typing artefact.
    pub(crate) fn new(names: bool) -> Folder {
        Folder { names, known: vec![Known::default(); WORDS], text: Vec::new(), typed: Vec::new() }
    }

    /// The folded words of the last text, shortened to what comparisons read.
    pub(crate) fn text(&self) -> &[u8] {
        &self.text[..self.text.len().min(LONGEST)]
    }

    /// Computes the forms; the folded words can then be had from [`Folder::text`].
    pub(crate) fn form(&mut self, text: &[u8]) -> Form {
        self.text.clear();
        let mut sum = Sum::default();
        for raw in text.split(|c| *c == b' ') {
            if !raw.is_empty() {
                self.token(raw, &mut sum);
            }
        }
        self.text.pop();
        if sum.words == 0 {
            return Form::default();
        }
        let named = self.names && {
            let last = self.text().rsplit(|c| *c == b' ').next().unwrap_or_default();
            last.len() > 1 && is_syllable(last)
        };
        let short = |hash: u64| (hash >> 32) as u32 | 1;
        Form {
            exact: if self.names { short(sum.exact) } else { short(mix::bytes(&self.text)) },
            bag: short(mix::mix(sum.bag ^ sum.words)),
            ends: short(mix::join(sum.first.min(sum.last), sum.first.max(sum.last))),
            last: sum.last as u32 & !1 | u32::from(named),
            bits: sum.bits | (sum.words.min(15) as u32) << 28,
            letters: letters(self.text()),
            marked: sum.marked,
        }
    }

    /// What stands between two blanks: mostly one word, that was seen before.
    #[inline]
    fn token(&mut self, raw: &[u8], sum: &mut Sum) {
        if raw.len() > REMEMBERED {
            self.take_apart(raw, sum);
            return;
        }
        let mut padded = [0; REMEMBERED];
        padded[..raw.len()].copy_from_slice(raw);
        let place = mix::fixed(&padded) as usize % WORDS;
        let known = &self.known[place];
        if known.raw == padded && usize::from(known.lens[0]) == raw.len() {
            self.text.extend_from_slice(&known.folded[..usize::from(known.lens[1])]);
            sum.add(&known.word);
            return;
        }
        let (begin, words) = (self.text.len(), sum.words);
        let word = self.take_apart(raw, sum);
        let folded = &self.text[begin..];
        if let Some(word) = word
            && sum.words == words + 1
            && folded.len() <= REMEMBERED
        {
            let mut known = Known {
                raw: padded,
                lens: [raw.len() as u8, folded.len() as u8],
                word,
                folded: [0; REMEMBERED],
            };
            known.folded[..folded.len()].copy_from_slice(folded);
            self.known[place] = known;
        }
    }

    /// Takes the words of a text apart, letter by letter; each is written with a blank after it. The last one is returned.
    fn take_apart(&mut self, raw: &[u8], sum: &mut Sum) -> Option<Word> {
        let raw = String::from_utf8_lossy(raw);
        let (mut exact, mut marked) = (0_u64, false);
        let (mut tone, mut begin) = (0, self.text.len());
        let mut found = None;
        for c in raw.chars().chain([' ']) {
            let letter = letter(c);
            if ('\u{300}'..='\u{36f}').contains(&c) {
                marked = true;
                tone = tone.max(letter.tone);
                // The mark of a quality (circumflex, breve, horn) belongs to the letter before it.
                if letter.tone == 0 {
                    exact = mix::join(exact, u64::from(letter.quality));
                }
                continue;
            }
            if self.names && matches!(c, '\'' | '’') {
                continue;
            }
            if letter.plain != 0 || c.is_alphanumeric() {
                if letter.plain != 0 {
                    marked |= !c.is_ascii();
                    self.text.push(letter.plain);
                } else {
                    let mut place = [0; 4];
                    for lower in c.to_lowercase() {
                        self.text.extend_from_slice(lower.encode_utf8(&mut place).as_bytes());
                    }
                }
                tone = tone.max(letter.tone);
                exact = mix::join(exact, u64::from(letter.quality));
                continue;
            }
            if begin == self.text.len() {
                continue;
            }
            if self.names && untelex(&self.text[begin..], &mut self.typed) {
                self.text.truncate(begin);
                self.text.extend_from_slice(&self.typed);
            }
            let hash = mix::bytes(&self.text[begin..]);
            let word = Word { exact: mix::join(exact, 7 + u64::from(tone)), hash, marked };
            sum.add(&word);
            found = Some(word);
            self.text.push(b' ');
            (tone, begin, exact, marked) = (0, self.text.len(), 0, false);
        }
        found
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
fn is_syllable(word: &[u8]) -> bool {
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
        let mut folder = Folder::new(true);
        let first = folder.form(text.as_bytes());
        assert_eq!(folder.form(text.as_bytes()), first, "what is remembered is the same");
        (first, String::from_utf8_lossy(folder.text()).into_owned())
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
            "Nguyen-Thi\tHoa",
            "Nguye\u{302}\u{303}n Thi\u{323} Hoa\u{300}",
        ] {
            assert_eq!(form(other).0.bag, hoa.bag, "{other}");
        }
        assert_eq!(form("Nguyễn T. Hòa").0.ends, hoa.ends);
        assert_eq!(form("Ddawngj Uwng").1, "dang ung");
        assert_eq!(form("mitchell green").1, "mitchell green", "foreign names stay");
        assert_eq!(form(" - ").0, Form::default());
        assert_eq!((hoa.last & 1, form("Nguyễn Thị H").0.last & 1), (1, 0));
    }

    proptest! {
        #[test]
        fn any_text_has_forms(text in "\\PC{0,300}") {
            let (form, folded) = form(&text);
            prop_assert!(folded.chars().count() <= LONGEST);
            prop_assert_eq!(form.bag == 0, folded.is_empty());
        }
    }
}
