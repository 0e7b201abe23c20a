//! How far two cells agree: a level for each column, four bits each, so that a pair is one number – its pattern.

use crate::{
    edit::Ruler,
    fetch::Fetched,
    forms::{Form, Likeness, bit},
    mix,
    schema::Kind,
    table::{Column, Table, Texts, is_text, short, wide},
};
use vocabulary::Text;

/// Most levels of a kind, "nothing to compare" (0) among them.
pub(crate) const LEVELS: usize = 8;

/// Stand in a pattern for the level of two texts that have not been read yet: of other words and letters, of other words,
/// and, of parts of a name, of the same ones.
pub(crate) const UNREAD: [u8; 3] = [13, 14, 15];

/// Whether a level is one that two texts can turn out to have that stand in a pattern as unread.
pub(crate) fn possible(kind: Kind, unread: u8, level: u8) -> bool {
    match unread {
        13 => usize::from(level) + 2 >= levels(kind).len(),
        14 => level > 2 && !agrees(kind, level),
        _ => level > 0,
    }
}

/// The levels of a kind in words, the best agreement first after "nothing to compare".
pub(crate) fn levels(kind: Kind) -> &'static [Text] {
    match kind {
        Kind::Name | Kind::RelativeName => NAME,
        Kind::NamePart => PART,
        Kind::Sex => SEX,
        Kind::Date => DATE,
        Kind::Number | Kind::FormerNumber => NUMBER,
        Kind::Phone => PHONE,
        Kind::UnitCode => UNIT,
        Kind::Address | Kind::Text => TEXT,
    }
}

/// Levels at which the value agrees, so that a rare value says more than a frequent one.
pub(crate) fn agrees(kind: Kind, level: u8) -> bool {
    match kind {
        Kind::Name | Kind::RelativeName => (1..=3).contains(&level),
        Kind::NamePart => (1..=2).contains(&level),
        _ => level == 1,
    }
}

const NOTHING: Text = Text { vi: "thiếu ở một bên", en: "missing on one side" };

const NAME: &[Text] = &[
    NOTHING,
    Text { vi: "trùng cả dấu", en: "the same" },
    Text {
        vi: "trùng khi bỏ dấu hoặc lỗi gõ", en: "the same without diacritics or typing artefacts"
    },
    Text { vi: "cùng các chữ, khác thứ tự", en: "the same words in another order" },
    Text { vi: "viết tắt hoặc thiếu chữ đệm", en: "abbreviated or without a middle name" },
    Text { vi: "lệch một vài chữ cái hoặc dấu", en: "a letter or a tone differs" },
    Text { vi: "giống một phần", en: "partly the same" },
    Text { vi: "khác", en: "different" },
];
const PART: &[Text] = &[
    NOTHING,
    Text { vi: "trùng cả dấu", en: "the same" },
    Text {
        vi: "trùng khi bỏ dấu hoặc lỗi gõ", en: "the same without diacritics or typing artefacts"
    },
    Text {
        vi: "đảo cột với phần khác của tên", en: "in the column of another part of the name"
    },
    Text { vi: "lệch một vài chữ cái", en: "a letter or two differ" },
    Text { vi: "viết tắt hoặc giống một phần", en: "abbreviated or partly the same" },
    Text { vi: "khác", en: "different" },
];

/// The level of a part of a name that stands in the column of another part.
const EXCHANGED: u8 = 3;

const SEX: &[Text] = &[NOTHING, Text { vi: "trùng", en: "the same" }, Text { vi: "khác", en: "different" }];
const DATE: &[Text] = &[
    NOTHING,
    Text { vi: "trùng", en: "the same" },
    Text { vi: "phần có ghi trùng nhau", en: "the same as far as told" },
    Text { vi: "đảo ngày và tháng", en: "day and month swapped" },
    Text { vi: "lệch một chữ số", en: "one digit differs" },
    Text { vi: "trùng năm, hoặc ngày và tháng", en: "the same year, or the same day and month" },
    Text { vi: "khác", en: "different" },
];
const NUMBER: &[Text] = &[
    NOTHING,
    Text { vi: "trùng", en: "the same" },
    Text {
        vi: "lệch một chữ số hoặc đảo hai chữ số", en: "one digit off or two digits swapped"
    },
    Text { vi: "lệch hai chữ số", en: "two digits off" },
    Text { vi: "khác", en: "different" },
];
const PHONE: &[Text] = &[
    NOTHING,
    Text { vi: "trùng", en: "the same" },
    Text {
        vi: "lệch một chữ số hoặc đảo hai chữ số", en: "one digit off or two digits swapped"
    },
    Text { vi: "khác", en: "different" },
];
const UNIT: &[Text] = &[
    NOTHING,
    Text { vi: "cùng đơn vị hiện nay", en: "the same unit of today" },
    Text { vi: "cùng tỉnh hiện nay", en: "the same province of today" },
    Text { vi: "khác", en: "different" },
];
const TEXT: &[Text] = &[
    NOTHING,
    Text { vi: "trùng", en: "the same" },
    Text { vi: "cùng các từ, khác thứ tự", en: "the same words in another order" },
    Text { vi: "lệch một vài chữ cái", en: "a letter or two differ" },
    Text { vi: "giống một phần", en: "partly the same" },
    Text { vi: "khác", en: "different" },
];

/// Whether the column speaks against calling a pair certain: something of the person's own is another.
pub(crate) fn in_doubt(kind: Kind, level: u8) -> bool {
    match kind {
        Kind::Name => level >= 6,
        Kind::NamePart => level >= 5,
        Kind::Number | Kind::FormerNumber => level >= 3,
        Kind::Date => level >= 5,
        Kind::Sex => level == 2,
        _ => false,
    }
}

/// One of the two records of a pair.
#[derive(Clone, Copy)]
pub(crate) struct Side<'r> {
    pub(crate) record: u32,
    pub(crate) row: &'r [u32],
    pub(crate) texts: Texts<'r>,
}

/// Compares records.
pub(crate) struct Comparer<'a> {
    table: &'a Table,
    ruler: Ruler,
    /// Columns of text.
    texts: usize,
    /// The columns with a part of the name.
    parts: Vec<usize>,
    /// The columns of text in the order in which they are read: the name tells most people of a family apart, and the
    /// names of parents most namesakes.
    order: Vec<usize>,
}

impl<'a> Comparer<'a> {
    pub(crate) fn new(table: &'a Table) -> Comparer<'a> {
        let texts = table.columns.iter().filter(|column| is_text(column.kind)).count();
        let part = |n: &usize| table.columns[*n].kind == Kind::NamePart;
        let parts = (0..table.columns.len()).filter(part).collect();
        let rank = |n: &usize| match table.columns[*n].kind {
            Kind::Name | Kind::NamePart => 0,
            Kind::RelativeName => 1,
            _ => 2,
        };
        let mut order: Vec<usize> = (0..table.columns.len()).collect();
        order.sort_by_key(rank);
        order.retain(|n| is_text(table.columns[*n].kind));
        Comparer { table, ruler: Ruler::new(), texts, parts, order }
    }

    /// Calls `see` with the pattern of each pair: the level of column `n` in bits `4n` to `4n + 3`.
    pub(crate) fn patterns(&mut self, pairs: &[(u32, u32)], mut see: impl FnMut(u64)) {
        let mut fetched = Fetched::default();
        for pairs in pairs.chunks(Fetched::most(self.table) / 2) {
            fetched.records.clear();
            fetched.records.extend(pairs.iter().flat_map(|(a, b)| [*a, *b]));
            fetched.rows(self.table);
            fetched.texts(self.table, 0..2 * pairs.len());
            for n in 0..pairs.len() {
                let [a, b] = [2 * n, 2 * n + 1].map(|n| fetched.side(self.table, n));
                let mut pattern = self.glance(a.row, b.row);
                while let Some(n) = self.unread(pattern) {
                    pattern = self.read(pattern, n, a, b);
                }
                see(pattern);
            }
        }
    }

    /// The pattern as far as it is known without reading texts; columns that need it have a level of [`UNREAD`].
    #[inline]
    pub(crate) fn glance(&self, a: &[u32], b: &[u32]) -> u64 {
        let mut pattern = 0;
        for (n, column) in self.table.columns.iter().enumerate() {
            pattern |= u64::from(at_a_glance(column, a, b)) << (4 * n);
        }
        if self.parts.len() > 1 { self.exchanged(pattern, a, b) } else { pattern }
    }

    /// Sees the parts of a name that stand in each other's column.
    fn exchanged(&self, mut pattern: u64, a: &[u32], b: &[u32]) -> u64 {
        for (i, n) in self.parts.iter().enumerate() {
            for m in &self.parts[i + 1..] {
                let [x, y] = [n, m].map(|n| self.table.columns[*n].at + 1);
                if a[x] != b[x] && a[x] != 0 && a[x] == b[y] && a[y] != 0 && a[y] == b[x] {
                    for n in [n, m] {
                        pattern = pattern & !(15 << (4 * n)) | u64::from(EXCHANGED) << (4 * n);
                    }
                }
            }
        }
        pattern
    }

    /// The column of which the text is to be read next: what is the person's own first.
    #[inline]
    pub(crate) fn unread(&self, pattern: u64) -> Option<usize> {
        self.order.iter().copied().find(|n| UNREAD.contains(&((pattern >> (4 * n) & 15) as u8)))
    }

    /// Reads the text of a column that is unread.
    pub(crate) fn read(&mut self, pattern: u64, n: usize, a: Side<'_>, b: Side<'_>) -> u64 {
        let column = &self.table.columns[n];
        let [x, y] = [a, b].map(|side| {
            let (text, marked) = side.texts.get(column.text, self.texts);
            Read { text, marked, cells: &side.row[column.at..] }
        });
        let level = match column.kind {
            Kind::Name | Kind::RelativeName => name(x, y, &mut self.ruler),
            Kind::NamePart => part(x, y, &mut self.ruler),
            _ => text(x, y, &mut self.ruler),
        };
        pattern & !(15 << (4 * n)) | u64::from(level) << (4 * n)
    }
}

/// The level of a column as far as its cells tell it; one of [`UNREAD`] for two different texts.
#[inline]
fn at_a_glance(column: &Column, a: &[u32], b: &[u32]) -> u8 {
    let (a, b) = (&a[column.at..], &b[column.at..]);
    let (x, y) = (a[0], b[0]);
    match column.kind {
        Kind::Date => date(x, y),
        Kind::Sex if x == 0 || y == 0 => 0,
        Kind::Sex => 1 + u8::from(x != y),
        Kind::UnitCode => match () {
            () if x == 0 || y == 0 => 0,
            () if x == y => 1,
            () if a[1] != 0 && a[1] == b[1] => 2,
            () => 3,
        },
        Kind::Number => digits(wide(a, 0), wide(b, 0), false),
        Kind::FormerNumber | Kind::Phone => several(a, b, column.kind == Kind::Phone),
        kind => match (a[1], b[1]) {
            (0, _) | (_, 0) => 0,
            _ if x == y => 1,
            (x, y) => match kind {
                Kind::Name | Kind::RelativeName if x == y => same_words(a[4], b[4]),
                Kind::Name | Kind::RelativeName => name_at_a_glance(a, b),
                Kind::NamePart => UNREAD[1 + usize::from(x == y)],
                _ if x == y => 2,
                _ => text_at_a_glance(a, b),
            },
        },
    }
}

/// The level of two full names by themselves: their forms, and their folded words.
pub(crate) fn full_names(a: (&Form, &[u8]), b: (&Form, &[u8]), ruler: &mut Ruler) -> u8 {
    let cells = |f: &Form| [0, f.exact, f.bag, f.bits, f.letters, f.spelling];
    let column = Column::after(&[], "", Kind::Name);
    let (of_a, of_b) = (cells(a.0), cells(b.0));
    let level = at_a_glance(&column, &of_a, &of_b);
    if !UNREAD.contains(&level) {
        return level;
    }
    // Before the column stands where the texts of a row begin.
    let a = Read { text: a.1, marked: a.0.marked, cells: &of_a[1..] };
    let b = Read { text: b.1, marked: b.0.marked, cells: &of_b[1..] };
    name(a, b, ruler)
}

#[inline]
fn likeness(a: &[u32], b: &[u32]) -> Likeness {
    Likeness::of((a[2], a[3]), (b[2], b[3]))
}

/// The level of names with the same words, by their spelling.
#[inline]
fn same_words(a: u32, b: u32) -> u8 {
    match () {
        () if (a ^ b) >> 1 & 0x7fff != 0 => 3,
        // Both were written with marks, and other ones: Hoa and Hòa are two names.
        () if a & b & 1 == 1 => 5,
        () => 2,
    }
}

/// Whether the last words are two given names: brothers, sisters and twins share all but that, and another whole syllable
/// there is another person, not a slip of the hand.
#[inline]
fn renamed(a: u32, b: u32) -> bool {
    (a ^ b) >> 17 != 0 && a & b & 1 << 16 != 0
}

/// What [`name`] can come to.
#[inline]
fn name_at_a_glance(a: &[u32], b: &[u32]) -> u8 {
    let renamed = renamed(a[4], b[4]);
    // One of the given names does not stand elsewhere in the other name.
    if renamed && (bit(a[4]) & b[2] == 0 || bit(b[4]) & a[2] == 0) {
        return 7;
    }
    let like = likeness(a, b);
    let partly = like.shared >= like.words.0.min(2) || 3 * like.shared >= 2 * like.words.1;
    match () {
        () if !partly && like.distance > (like.longest / 5).max(2) => 7,
        () if like.distance > 2 && (renamed || like.shared < 2) => UNREAD[0],
        () => UNREAD[1],
    }
}

/// What [`text`] can come to.
#[inline]
fn text_at_a_glance(a: &[u32], b: &[u32]) -> u8 {
    let like = likeness(a, b);
    let fewest = like.words.0;
    let partly = fewest >= 2 && 3 * like.shared >= 2 * fewest;
    match () {
        () if !partly && like.distance > (like.longest / 3).max(2) => 5,
        () if like.distance > 2 => UNREAD[0],
        () => UNREAD[1],
    }
}

/// The level of cells that may hold several values: the best of any two.
fn several(a: &[u32], b: &[u32], phone: bool) -> u8 {
    let level = |x, y| digits(wide(a, x), wide(b, y), phone);
    let best = match (level(0, 0), wide(a, 2), wide(b, 2)) {
        (best @ (0 | 1), ..) | (best, 0, 0) => return best,
        (best, ..) => {
            let others = [level(0, 2), level(2, 0), level(2, 2)];
            others.into_iter().filter(|level| *level > 0).fold(best, u8::min)
        }
    };
    if best > 1 && a[4] | b[4] != 0 {
        let all = |row: &[u32]| [short(wide(row, 0)), short(wide(row, 2)), row[4], row[5]];
        let (a, b) = (all(a), all(b));
        if a.iter().any(|value| *value != 0 && b.contains(value)) {
            return 1;
        }
    }
    best
}

/// A text that was looked up.
#[derive(Clone, Copy)]
struct Read<'t> {
    text: &'t [u8],
    marked: bool,
    /// Those of the column.
    cells: &'t [u32],
}

impl Read<'_> {
    fn same_words(&self, other: &Read<'_>) -> bool {
        self.cells[1] == other.cells[1]
    }
}

/// The words of a text, each in a number: its letters where there are at most eight, else the first one and a hash.
struct Words {
    words: [u64; MOST_WORDS],
    len: usize,
}

/// Words that are looked at.
const MOST_WORDS: usize = 16;

impl Words {
    fn of(text: &[u8]) -> Words {
        let mut words = Words { words: [0; MOST_WORDS], len: 0 };
        let (mut word, mut letters) = (0_u64, 0_u32);
        for c in text.iter().chain([&b' ']) {
            if *c != b' ' {
                let c = u64::from(*c);
                word = if letters < 8 {
                    word | c << (8 * letters)
                } else {
                    mix::join(word, c) << 8 | word & 255
                };
                letters += 1;
            } else if words.len < MOST_WORDS {
                words.words[words.len] = word;
                words.len += 1;
                (word, letters) = (0, 0);
            }
        }
        words
    }

    fn all(&self) -> &[u64] {
        &self.words[..self.len]
    }

    fn last(&self) -> u64 {
        self.all().last().copied().unwrap_or_default()
    }

    /// First and last one, in whatever order.
    fn ends(&self) -> (u64, u64) {
        let (first, last) = (self.words[0], self.last());
        (first.min(last), first.max(last))
    }
}

/// Levels of [`NAME`], of names with other words.
fn name(a: Read<'_>, b: Read<'_>, ruler: &mut Ruler) -> u8 {
    let (x, y) = (a.text, b.text);
    let (of_a, of_b) = (Words::of(x), Words::of(y));
    let renamed = renamed(a.cells[4], b.cells[4]);
    let (short, long) = if of_a.len <= of_b.len { (&of_a, &of_b) } else { (&of_b, &of_a) };
    let either = || shortened(short, long) || (of_a.len == of_b.len && shortened(long, short));
    if !renamed && short.len >= 2 && x.first() == y.first() && either() {
        return 4;
    }
    if renamed && !(of_a.all().contains(&of_b.last()) && of_b.all().contains(&of_a.last())) {
        return 7;
    }
    let longest = x.len().max(y.len()) as u32;
    let distance = distance(x, y, (longest / 5).max(2), ruler);
    if !renamed && distance <= if longest >= 12 { 2 } else { 1 } {
        return 5;
    }
    let alike =
        of_a.ends() == of_b.ends() || 5 * distance <= longest || 3 * shared(short, long) >= 2 * long.len;
    if alike { 6 } else { 7 }
}

/// The distance of two texts, where it is at most so much; else something more.
fn distance(x: &[u8], y: &[u8], most: u32, ruler: &mut Ruler) -> u32 {
    if x.len().abs_diff(y.len()) > most as usize {
        return 2 * most + u32::from(u8::MAX);
    }
    ruler.distance(x, y)
}

/// How many words of the text with fewer of them stand in the other.
fn shared(short: &Words, long: &Words) -> usize {
    short.all().iter().filter(|word| long.all().contains(word)).count()
}

/// Levels of [`PART`], of parts that are not the same.
fn part(a: Read<'_>, b: Read<'_>, ruler: &mut Ruler) -> u8 {
    let (x, y) = (a.text, b.text);
    if a.same_words(&b) {
        return if a.marked && b.marked { 5 } else { 2 };
    }
    let distance = ruler.distance(x, y);
    let longest = x.len().max(y.len()) as u32;
    if distance <= 1 || (distance == 2 && longest >= 6) {
        return 4;
    }
    let (short, long) = if x.len() <= y.len() { (x, y) } else { (y, x) };
    if long.starts_with(short) || 5 * distance <= 2 * longest { 5 } else { 6 }
}

/// Levels of [`TEXT`], of texts with other words.
fn text(a: Read<'_>, b: Read<'_>, ruler: &mut Ruler) -> u8 {
    let (x, y) = (a.text, b.text);
    let longest = x.len().max(y.len()) as u32;
    let distance = distance(x, y, (longest / 3).max(2), ruler);
    if distance <= 1 || (distance == 2 && longest >= 6) {
        // A house number that differs in a digit is another house.
        return if number_of(x) == number_of(y) { 3 } else { 4 };
    }
    let (of_a, of_b) = (Words::of(x), Words::of(y));
    let (short, long) = if of_a.len <= of_b.len { (&of_a, &of_b) } else { (&of_b, &of_a) };
    let alike = 3 * distance <= longest || (short.len >= 2 && 3 * shared(short, long) >= 2 * short.len);
    if alike { 4 } else { 5 }
}

/// The digits in a text, hashed.
fn number_of(text: &[u8]) -> u64 {
    text.iter().filter(|c| c.is_ascii_digit()).fold(0, |hash, c| mix::join(hash, u64::from(*c)))
}

/// Whether the words of the shorter name stand in the longer one, in order, whole or as initials, from the first to the
/// last; an initial alone does not make a last name.
fn shortened(short: &Words, long: &Words) -> bool {
    let mut rest = long.all();
    let mut whole = 0;
    for (n, word) in short.all().iter().enumerate() {
        let fits = |other: &u64| word == other || (*word < 256 && other & 255 == *word);
        let Some(at) = rest.iter().position(fits) else { return false };
        if n == 0 && at > 0 {
            return false;
        }
        whole += usize::from(*word == rest[at]);
        rest = &rest[at + 1..];
    }
    rest.is_empty() && whole >= 2
}

/// Levels of [`NUMBER`] and [`PHONE`].
pub(crate) fn digits(a: u64, b: u64, phone: bool) -> u8 {
    if a == 0 || b == 0 {
        return 0;
    }
    if a == b {
        return 1;
    }
    const DIGITS: u64 = (1 << 60) - 1;
    let (long_a, long_b) = (a >> 60, b >> 60);
    let (a, b) = (a & DIGITS, b & DIGITS);
    let different = if phone { 3 } else { 4 };
    let off = if long_a == long_b {
        let x = a ^ b;
        let mut places = x | x >> 1;
        places = (places | places >> 2) & 0x0111_1111_1111_1111;
        let off = places.count_ones();
        let first = places.trailing_zeros();
        if off == 2 && places == 0b1_0001 << first {
            let (low_a, low_b) = (a >> first & 0xff, b >> first & 0xff);
            if low_a == (low_b >> 4 | (low_b & 15) << 4) {
                return 2;
            }
        }
        off
    } else {
        // A digit left out: what stands before and after it agrees.
        let ((long, short), far) =
            if long_a > long_b { ((a, b), long_a - long_b) } else { ((b, a), long_b - long_a) };
        let left_out = far == 1
            && (0..15).any(|place| {
                let below = (1_u64 << (4 * place)) - 1;
                long & below | (long >> 4) & !below == short
            });
        if left_out { 1 } else { 15 }
    };
    match off {
        0 | 1 => 2,
        2 if !phone => 3,
        _ => different,
    }
}

/// Levels of [`DATE`].
pub(crate) fn date(a: u32, b: u32) -> u8 {
    if a == 0 || b == 0 {
        return 0;
    }
    if a == b {
        return 1;
    }
    let part = |date: u32| (date >> 16, date >> 8 & 255, date & 255);
    let ((ya, ma, da), (yb, mb, db)) = (part(a), part(b));
    let open = |x: u32, y: u32| x == 0 || y == 0 || x == y;
    if ya == yb && open(ma, mb) && open(da, db) {
        return 2;
    }
    if ya == yb && ma == db && da == mb {
        return 3;
    }
    let x = a ^ b;
    let places = (x | x >> 1 | x >> 2 | x >> 3) & 0x1111_1111;
    let near = match places.count_ones() {
        1 => true,
        2 => {
            let first = places.trailing_zeros();
            let (low_a, low_b) = (a >> first & 0xff, b >> first & 0xff);
            places == 0b1_0001 << first && low_a == (low_b >> 4 | (low_b & 15) << 4)
        }
        _ => false,
    };
    match () {
        () if near => 4,
        () if ya == yb || (ma == mb && da == db && ma != 0 && da != 0) => 5,
        () => 6,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{forms::Folder, table};
    use proptest::prelude::*;

    fn of_names(a: &str, b: &str) -> u8 {
        level(Kind::Name, a, b)
    }

    fn of_texts(a: &str, b: &str) -> u8 {
        level(Kind::Text, a, b)
    }

    fn level(kind: Kind, a: &str, b: &str) -> u8 {
        let mut folder = Folder::new(kind == Kind::Name);
        let mut read = |text: &str| {
            let form = folder.form(text.as_bytes());
            let cells = [form.exact, form.bag, form.bits, form.letters, form.spelling];
            (cells, folder.text().to_vec(), form.marked)
        };
        let (a, b) = (read(a), read(b));
        let column = Column::after(&[], "", kind);
        let row = |cells: &[u32; 5]| [&[0], cells.as_slice()].concat();
        let glanced = at_a_glance(&column, &row(&a.0), &row(&b.0));
        if glanced < 2 || a.0[1] == b.0[1] {
            return glanced;
        }
        let [a, b] = [&a, &b].map(|(cells, text, marked)| Read { text, marked: *marked, cells });
        let level = if kind == Kind::Name { name } else { text }(a, b, &mut Ruler::new());
        // What a glance tells is what reading tells.
        match UNREAD.contains(&glanced) {
            true => assert!(possible(kind, glanced, level), "{glanced} {level}"),
            false => assert_eq!(glanced, level),
        }
        level
    }

    #[test]
    fn names() {
        for (a, b, level) in [
            ("Nguyễn Thị Hòa", "NGUYỄN THỊ HOÀ", 1),
            ("Nguyễn Thị Hòa", "Nguyen Thi Hoa", 2),
            ("Nguyễn Thị Hòa", "Nguyeenx Thij Hoaf", 2),
            ("Nguyễn Thị Hòa", "Thị Hòa Nguyễn", 3),
            ("Nguyễn Thị Ngọc Hòa", "Nguyễn Ngọc Thị Hòa", 3),
            ("Nguyễn Thị Hòa", "Nguyễn Hòa", 4),
            ("Nguyễn Thị Hòa", "Nguyễn T. Hòa", 4),
            ("Nguyễn Thị Hòa", "N. Thị Hòa", 4),
            ("Nguyễn Thị Hòa", "Nguyễn Thị Hoa", 5),
            ("Nguyễn Thị Hòa", "Nguyễn Thị Homa", 5),
            ("Nguyễn Văn Hùng", "Nguyễn Văn Dũng", 7),
            ("Nguyễn Thị Hòa", "Nguyễn Thị Lan", 7),
            ("Nguyễn Thị Ngọc Hòa", "Nguyễn Văn Ngọc Hòa", 6),
            ("Nguyễn Thị Hòa", "Trần Văn Đức", 7),
        ] {
            assert_eq!(of_names(a, b), level, "{a} · {b}");
            assert_eq!(of_names(b, a), level, "{b} · {a}");
        }
    }

    proptest! {
        /// Names of few words, of which some are spoilt: what a glance tells is what reading tells.
        #[test]
        fn glances_are_right(words in prop::collection::vec("(nguyen|thi|van|hoa|hao|an|ann|[a-d]{1,3})", 1..5), cut in 0..6_usize, spoilt in "[a-d ]{0,2}") {
            let a = words.join(" ");
            let mut b: Vec<String> = words.iter().rev().cloned().collect();
            b.truncate(cut.max(1));
            let b = format!("{}{spoilt}", b.join(" "));
            of_names(&a, &b);
            of_names(&b, &a);
            of_texts(&a, &b);
            of_names(&a, &format!("{a}{spoilt}"));
            of_texts(&a, &format!("{a}{spoilt}"));
        }
    }

    #[test]
    fn numbers_and_dates() {
        let number = |a: &str, b: &str| {
            digits(table::digits(a.as_bytes(), false), table::digits(b.as_bytes(), false), false)
        };
        for (a, b, level) in [
            ("056080000003", "056080000003", 1),
            ("056080000003", "056080000008", 2),
            ("056080000003", "056800000003", 2),
            ("056080000003", "05608000003", 2),
            ("056080000003", "056080000145", 4),
            ("056080000003", "056080000045", 3),
            ("056080000003", "225123456", 4),
            ("", "225123456", 0),
        ] {
            assert_eq!(number(a, b), level, "{a} {b}");
            assert_eq!(number(b, a), level, "{b} {a}");
        }
        let date = |a: &str, b: &str| date(table::date(a.as_bytes()), table::date(b.as_bytes()));
        for (a, b, level) in [
            ("05/08/1983", "1983-08-05", 1),
            ("05/08/1983", "1983", 2),
            ("05/08/1983", "08/1983", 2),
            ("05/08/1983", "08/05/1983", 3),
            ("05/08/1983", "05/08/1988", 4),
            ("05/08/1983", "05/08/1938", 4),
            ("05/08/1983", "17/11/1983", 5),
            ("05/08/1983", "05/08/1947", 5),
            ("05/08/1983", "17/11/1950", 6),
            ("", "1950", 0),
        ] {
            assert_eq!(date(a, b), level, "{a} {b}");
            assert_eq!(date(b, a), level, "{b} {a}");
        }
    }
}
