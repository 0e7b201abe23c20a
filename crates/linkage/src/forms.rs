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
    /// Of the last word.
    pub(crate) last: u32,
    /// In 15 bits of the last word, in one whether that is a syllable of Vietnamese and no initial, in 15 of the words in
    /// their order, in the lowest one whether any letter bears a mark.
    pub(crate) spelling: u32,
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
    1 << (((word >> 17) * 28) >> 15)
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

/// The letters of a text: see [`Form::letters`].
fn letters(text: &[u8]) -> u32 {
    let letters = text.iter().fold(0_u32, |all, c| all | 1 << (c & 31));
    // Blanks are the first bit; behind z there is nothing of ASCII.
    letters >> 1 & LETTERS | (text.len() as u32 / 2) << 26
}

/// The bits of [`Form::letters`] that are letters.
const LETTERS: u32 = (1 << 26) - 1;

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
const RANGES: [std::ops::Range<u32>; 3] = [0..0x250, 0x300..0x370, 0x1ea0..0x1f00];

/// These letters, one range after the other.
static KNOWN: LazyLock<Vec<Letter>> = LazyLock::new(|| {
    let letters = RANGES.into_iter().flatten().filter_map(char::from_u32);
    letters.map(Letter::of).collect()
});

fn letter(c: char) -> Letter {
    let mut before = 0;
    for range in RANGES {
        if range.contains(&(c as u32)) {
            return KNOWN[before + (c as u32 - range.start) as usize];
        }
        before += range.len();
    }
    Letter::of(c)
}

/// Longest word that is remembered, as written and folded, in bytes.
const REMEMBERED: (usize, usize) = (24, 16);

/// A word as written, filled up with zeros.
type Written = [u64; REMEMBERED.0 / 8];

/// A word that was seen before.
#[derive(Clone, Copy, Default)]
struct Known {
    written: Written,
    folded: [u8; REMEMBERED.1],
    len: u8,
    word: Word,
}

/// A word taken apart.
#[derive(Clone, Copy, Default)]
struct Word {
    exact: u64,
    hash: u64,
    letters: u32,
    marked: bool,
    syllable: bool,
}

/// Places for words.
const WORDS: usize = 1 << 12;

/// Takes texts apart; holds its tables and scratch space.
pub(crate) struct Folder {
    names: bool,
    known: Vec<Known>,
    /// The folded words of the last text with single blanks between them, as far as they are kept.
    text: [u8; LONGEST + REMEMBERED.1],
    len: usize,
    /// The word taken apart last.
    taken: Word,
    word: Vec<u8>,
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
    order: u64,
    bits: u32,
    letters: u32,
    marked: bool,
    syllable: bool,
}

impl Sum {
    #[inline]
    fn add(&mut self, word: &Word) {
        self.exact = mix::join(self.exact, word.exact);
        self.bag = self.bag.wrapping_add(word.hash);
        self.order = (self.order.rotate_left(9) ^ word.hash).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        self.bits |= bit(word.hash as u32);
        self.letters |= word.letters;
        self.marked |= word.marked;
        if self.words == 0 {
            self.first = word.hash;
        }
        (self.last, self.syllable) = (word.hash, word.syllable);
        self.words += 1;
    }
}

/// Bytes of a text that is looked at eight at a time.
const SHORT: usize = 128;

impl Folder {
    /// For names, or for other texts, of which the tones do not matter and nothing is read as a typing artefact.
    pub(crate) fn new(names: bool) -> Folder {
        Folder {
            names,
            known: vec![Known::default(); WORDS],
            text: [0; LONGEST + REMEMBERED.1],
            len: 0,
            taken: Word::default(),
            word: Vec::new(),
            typed: Vec::new(),
        }
    }

    /// The folded words of the last text, shortened to what comparisons read.
    pub(crate) fn text(&self) -> &[u8] {
        &self.text[..self.len.min(LONGEST)]
    }

    /// Computes the forms; the folded words can then be had from [`Folder::text`].
    pub(crate) fn form(&mut self, text: &[u8]) -> Form {
        self.len = 0;
        let mut sum = Sum::default();
        if text.len() <= SHORT {
            let mut padded = [b' '; SHORT + 8];
            padded[..text.len()].copy_from_slice(text);
            let mut at = 0;
            while at < text.len() {
                let (written, len) = first_word(&padded, at);
                match len {
                    0 => {}
                    len if len < REMEMBERED.0 => self.token(written, &text[at..at + len], &mut sum),
                    len => self.take_apart(&text[at..at + len], &mut sum),
                }
                at += len + 1;
            }
        } else {
            text.split(|c| *c == b' ').for_each(|word| self.take_apart(word, &mut sum));
        }
        // The blank behind the last word.
        self.len = self.len.saturating_sub(1);
        if sum.words == 0 {
            return Form::default();
        }
        let text = self.text();
        // Distances are measured of the beginning alone.
        let seen = if text.len() > crate::edit::LONGEST {
            letters(&text[..crate::edit::LONGEST])
        } else {
            sum.letters | (text.len() as u32 / 2) << 26
        };
        let short = |hash: u64| (hash >> 32) as u32 | 1;
        Form {
            // Without tones words alone count.
            exact: short(sum.exact),
            bag: short(mix::mix(sum.bag ^ sum.words)),
            ends: short(mix::join(sum.first.min(sum.last), sum.first.max(sum.last))),
            last: sum.last as u32 | 1,
            spelling: ((sum.last as u32 >> 17) << 17)
                | (u32::from(sum.syllable) << 16)
                | ((mix::mix(sum.order) >> 49 << 1) as u32)
                | u32::from(sum.marked),
            bits: sum.bits | (sum.words.min(15) as u32) << 28,
            letters: seen,
            marked: sum.marked,
        }
    }

    /// Writes a folded word and a blank.
    #[inline]
    fn write(&mut self, word: &[u8; REMEMBERED.1], len: usize) {
        if self.len < LONGEST {
            self.text[self.len..self.len + REMEMBERED.1].copy_from_slice(word);
            self.len += len;
        }
    }

    /// What stands between two blanks: mostly one word, that was seen before.
    #[inline]
    fn token(&mut self, written: Written, raw: &[u8], sum: &mut Sum) {
        let place = mix::fixed(&written) as usize % WORDS;
        let known = self.known[place];
        if known.written == written {
            self.write(&known.folded, usize::from(known.len));
            sum.add(&known.word);
            return;
        }
        let (words, before) = (sum.words, self.len);
        self.take_apart(raw, sum);
        let folded = self.word.len() + 1;
        if sum.words == words + 1 && folded <= REMEMBERED.1 && before < LONGEST {
            let mut known = Known { written, len: folded as u8, ..Known::default() };
            known.folded[..folded - 1].copy_from_slice(&self.word);
            known.folded[folded - 1] = b' ';
            known.word = self.taken;
            self.known[place] = known;
        }
    }

    /// Takes the words of a text apart, letter by letter; each is written with a blank after it. The last one is left in
    /// `word`.
    fn take_apart(&mut self, raw: &[u8], sum: &mut Sum) {
        let raw = String::from_utf8_lossy(raw);
        let (mut exact, mut marked, mut tone, mut ended) = (0_u64, false, 0, true);
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
                if std::mem::take(&mut ended) {
                    self.word.clear();
                }
                if letter.plain != 0 {
                    marked |= !c.is_ascii();
                    self.word.push(letter.plain);
                } else {
                    let mut place = [0; 4];
                    for lower in c.to_lowercase() {
                        self.word.extend_from_slice(lower.encode_utf8(&mut place).as_bytes());
                    }
                }
                tone = tone.max(letter.tone);
                exact = mix::join(exact, u64::from(letter.quality));
                continue;
            }
            if !ended {
                self.finish((exact, tone, marked), sum);
                ended = true;
            }
            (exact, marked, tone) = (0, false, 0);
        }
    }

    /// Writes the word that was gathered.
    fn finish(&mut self, (exact, tone, marked): (u64, u8, bool), sum: &mut Sum) {
        if self.names && untelex(&self.word, &mut self.typed) {
            std::mem::swap(&mut self.word, &mut self.typed);
        }
        let hash = mix::bytes(&self.word);
        let exact = if self.names { mix::join(exact, 7 + u64::from(tone)) } else { hash };
        let syllable = self.names && self.word.len() > 1 && is_syllable(&self.word);
        let letters = letters(&self.word) & LETTERS;
        self.taken = Word { exact, hash, letters, marked, syllable };
        sum.add(&self.taken);
        let room = LONGEST.saturating_sub(self.len).min(self.word.len());
        self.text[self.len..self.len + room].copy_from_slice(&self.word[..room]);
        self.text[self.len + room] = b' ';
        self.len = (self.len + room + 1).min(LONGEST + 1);
    }
}

/// The word that begins at a place, and its length: of longer words than are remembered no more than that they are.
#[inline]
fn first_word(padded: &[u8; SHORT + 8], at: usize) -> (Written, usize) {
    let mut written = [0; REMEMBERED.0 / 8];
    for (n, eight) in written.iter_mut().enumerate() {
        let from = at + 8 * n;
        let Some(bytes) = padded.get(from..from + 8).and_then(|bytes| bytes.first_chunk()) else { break };
        let bytes = u64::from_le_bytes(*bytes);
        const ONES: u64 = 0x0101_0101_0101_0101;
        // Bytes that are blanks have their highest bit set; of several the first is right.
        let blank = bytes ^ (ONES * b' ' as u64);
        let blanks = blank.wrapping_sub(ONES) & !blank & (ONES << 7);
        if blanks != 0 {
            let len = blanks.trailing_zeros() / 8;
            *eight = bytes & ((1_u64 << (8 * len)) - 1);
            return (written, 8 * n + len as usize);
        }
        *eight = bytes;
    }
    let rest = padded[at..].iter().position(|c| *c == b' ');
    (written, rest.unwrap_or(SHORT + 8 - at))
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
        let once = Folder::new(true).form("T. T.".as_bytes());
        assert_eq!((once, form("T. T.").1), (form("t t").0, "t t".to_owned()));
        assert_eq!(form("Nguyễn T. Hòa").0.ends, hoa.ends);
        assert_eq!(form("Ddawngj Uwng").1, "dang ung");
        assert_eq!(form("mitchell green").1, "mitchell green", "foreign names stay");
        assert_eq!(form(" - ").0, Form::default());
        assert_eq!((hoa.spelling >> 16 & 1, form("Nguyễn Thị H").0.spelling >> 16 & 1), (1, 0));
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
