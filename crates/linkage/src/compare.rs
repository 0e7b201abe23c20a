//! How far two cells agree: a level for each column, four bits each, so that a pair is one number – its pattern.

use crate::{
    edit::Ruler,
    forms::{Form, Forms},
    mix,
    schema::Kind,
    table::{Column, Table, Values, wide},
};
use vocabulary::Text;

/// Most levels of a kind, "nothing to compare" (0) among them.
pub(crate) const LEVELS: usize = 8;

/// Stand in a pattern for the level of two texts that have not been read yet: of other words, and of the same ones.
pub(crate) const UNREAD: [u8; 2] = [14, 15];

/// Whether a level is one that two texts can turn out to have that stand in a pattern as unread.
pub(crate) fn possible(kind: Kind, unread: u8, level: u8) -> bool {
    level > 0 && (unread == UNREAD[1] || (level > 2 && !agrees(kind, level)))
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
    Text { vi: "lệch một vài chữ cái", en: "a letter or two differ" },
    Text { vi: "viết tắt hoặc giống một phần", en: "abbreviated or partly the same" },
    Text { vi: "khác", en: "different" },
];
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
        Kind::NamePart => level >= 4,
        Kind::Number | Kind::FormerNumber => level >= 3,
        Kind::Date => level >= 5,
        Kind::Sex => level == 2,
        _ => false,
    }
}

/// Compares rows; remembers levels of pairs of texts it has seen.
pub(crate) struct Comparer<'a> {
    table: &'a Table,
    ruler: Ruler,
    /// Pairs of distinct texts with their level: a direct-mapped cache, so that its size is fixed.
    seen: Vec<(u64, u64)>,
}

/// Places in the cache.
const SEEN: usize = 1 << 16;

impl<'a> Comparer<'a> {
    pub(crate) fn new(table: &'a Table) -> Comparer<'a> {
        Comparer { table, ruler: Ruler::new(), seen: vec![(0, 0); SEEN] }
    }

    /// The pattern of a pair: the level of column `n` in bits `4n` to `4n + 3`.
    pub(crate) fn pattern(&mut self, a: &[u32], b: &[u32]) -> u64 {
        let table = self.table;
        let mut pattern = 0;
        for (n, column) in table.columns.iter().enumerate() {
            pattern |= u64::from(self.level(n, column, a, b)) << (4 * n);
        }
        pattern
    }

    /// The pattern as far as it is known without reading texts; columns that need it have a level of [`UNREAD`].
    #[inline]
    pub(crate) fn glance(&self, a: &[u32], b: &[u32]) -> u64 {
        let mut pattern = 0;
        for (n, column) in self.table.columns.iter().enumerate() {
            pattern |= u64::from(at_a_glance(column, a, b)) << (4 * n);
        }
        pattern
    }

    /// Reads what is unread of the family's columns or of the others.
    pub(crate) fn complete(&mut self, glanced: u64, family: bool, a: &[u32], b: &[u32]) -> u64 {
        let table = self.table;
        let mut pattern = glanced;
        for (n, column) in table.columns.iter().enumerate() {
            let unread = (glanced >> (4 * n) & 15) as u8;
            if UNREAD.contains(&unread) && column.kind.of_family() == family {
                pattern ^= u64::from(unread ^ self.level(n, column, a, b)) << (4 * n);
            }
        }
        pattern
    }

    #[inline]
    fn level(&mut self, n: usize, column: &Column, a: &[u32], b: &[u32]) -> u8 {
        let Values::Texts(forms) = &column.values else { return at_a_glance(column, a, b) };
        let (x, y) = (a[column.at], b[column.at]);
        let glanced = at_a_glance(column, a, b);
        if !UNREAD.contains(&glanced) {
            return glanced;
        }
        let (low, high) = (x.min(y), x.max(y));
        let key = u64::from(low) << 32 | u64::from(high);
        let place = mix::mix(key ^ (n as u64) << 59) as usize % SEEN;
        let seen = self.seen[place];
        if seen.0 == key && seen.1 >> 8 == n as u64 {
            return seen.1 as u8;
        }
        let forms_of = (&forms.forms[low as usize], &forms.forms[high as usize]);
        let level = match column.kind {
            Kind::Name | Kind::RelativeName => name(forms, forms_of, &mut self.ruler),
            Kind::NamePart => part(forms, forms_of, &mut self.ruler),
            _ => text(forms, forms_of, &mut self.ruler),
        };
        self.seen[place] = (key, (n as u64) << 8 | u64::from(level));
        level
    }
}

/// The level of a column as far as its cells tell it; one of [`UNREAD`] for two different texts.
#[inline]
fn at_a_glance(column: &Column, a: &[u32], b: &[u32]) -> u8 {
    let (x, y) = (a[column.at], b[column.at]);
    match &column.values {
        Values::Texts(_) if x == 0 || y == 0 => 0,
        Values::Texts(_) if x == y => 1,
        Values::Texts(_) => match (a[column.at + 1], b[column.at + 1]) {
            (0, _) | (_, 0) => 0,
            (x, y) => UNREAD[usize::from(x == y)],
        },
        Values::Digits(_) if column.kind.of_several() => {
            let phone = column.kind == Kind::Phone;
            let level = |x, y| digits(wide(a, column.at + x), wide(b, column.at + y), phone);
            match (level(0, 0), wide(a, column.at + 2), wide(b, column.at + 2)) {
                (best @ (0 | 1), ..) | (best, 0, 0) => best,
                (best, ..) => {
                    let others = [level(0, 2), level(2, 0), level(2, 2)];
                    others.into_iter().filter(|level| *level > 0).fold(best, u8::min)
                }
            }
        }
        Values::Digits(_) => digits(wide(a, column.at), wide(b, column.at), false),
        Values::Dates(_) => date(x, y),
        Values::Sexes(_) if x == 0 || y == 0 => 0,
        Values::Sexes(_) => 1 + u8::from(x != y),
        Values::Units(_) if x == 0 || y == 0 => 0,
        Values::Units(_) if x == y => 1,
        Values::Units(places) => {
            let (x, y) = (places[x as usize], places[y as usize]);
            match () {
                () if x.current == y.current => 1,
                () if x.province != 0 && x.province == y.province => 2,
                () => 3,
            }
        }
    }
}

/// Levels of [`NAME`].
pub(crate) fn name(forms: &Forms, (a, b): (&Form, &Form), ruler: &mut Ruler) -> u8 {
    if a.words == 0 || b.words == 0 {
        return 0;
    }
    if a.exact == b.exact {
        return 1;
    }
    let (x, y) = (forms.text(a), forms.text(b));
    if a.bag == b.bag {
        // Both were written with marks, and other ones: Hoa and Hòa are two names.
        return if x != y {
            3
        } else if a.marked && b.marked {
            5
        } else {
            2
        };
    }
    // Brothers, sisters and twins share all but the given name: another whole syllable there is another person, not a
    // slip of the hand.
    let renamed = a.last != b.last && a.named && b.named;
    let (short, long) = if a.words <= b.words { (x, y) } else { (y, x) };
    let either = || shortened(short, long) || (a.words == b.words && shortened(long, short));
    if !renamed && a.words.min(b.words) >= 2 && x.first() == y.first() && either() {
        return 4;
    }
    let given = |text| words(text).next_back().unwrap_or_default();
    let has = |text, wanted| words(text).any(|word| same(word, wanted));
    let moved = || a.bits & b.bits != 0 && has(x, given(y)) && has(y, given(x));
    if renamed && !moved() {
        return 7;
    }
    let longest = x.len().max(y.len()) as u32;
    let distance = distance((a, x), (b, y), (longest / 5).max(2), ruler);
    if !renamed && distance <= if longest >= 12 { 2 } else { 1 } {
        return 5;
    }
    let most = u32::from(a.words.max(b.words));
    let alike = a.ends == b.ends || 5 * distance <= longest || 3 * shared((a, x), (b, y)) >= 2 * most;
    if alike { 6 } else { 7 }
}

/// The distance of two texts, where it is at most so much; else something more.
fn distance((a, x): (&Form, &[u8]), (b, y): (&Form, &[u8]), most: u32, ruler: &mut Ruler) -> u32 {
    // One change of a letter alters two of the bits at most.
    if (a.letters ^ b.letters).count_ones() > 2 * most || x.len().abs_diff(y.len()) > most as usize {
        return 2 * most + u32::from(u8::MAX);
    }
    ruler.distance(x, y)
}

/// How many words of the text with fewer of them stand in the other.
fn shared((a, x): (&Form, &[u8]), (b, y): (&Form, &[u8])) -> u32 {
    if a.bits & b.bits == 0 {
        return 0;
    }
    let (short, long) = if a.words <= b.words { (x, y) } else { (y, x) };
    words(short).filter(|word| words(long).any(|other| same(other, word))).count() as u32
}

/// Levels of [`PART`].
fn part(forms: &Forms, (a, b): (&Form, &Form), ruler: &mut Ruler) -> u8 {
    if a.words == 0 || b.words == 0 {
        return 0;
    }
    if a.exact == b.exact {
        return 1;
    }
    let (x, y) = (forms.text(a), forms.text(b));
    if a.bag == b.bag {
        return if a.marked && b.marked { 4 } else { 2 };
    }
    let distance = ruler.distance(x, y);
    let longest = x.len().max(y.len()) as u32;
    if distance <= 1 || (distance == 2 && longest >= 6) {
        return 3;
    }
    let (short, long) = if x.len() <= y.len() { (x, y) } else { (y, x) };
    if long.starts_with(short) || 5 * distance <= 2 * longest { 4 } else { 5 }
}

/// Levels of [`TEXT`].
fn text(forms: &Forms, (a, b): (&Form, &Form), ruler: &mut Ruler) -> u8 {
    if a.words == 0 || b.words == 0 {
        return 0;
    }
    if a.exact == b.exact {
        return 1;
    }
    if a.bag == b.bag {
        return 2;
    }
    let (x, y) = (forms.text(a), forms.text(b));
    let longest = x.len().max(y.len()) as u32;
    let distance = distance((a, x), (b, y), (longest / 3).max(2), ruler);
    if distance <= 1 || (distance == 2 && longest >= 6) {
        // A house number that differs in a digit is another house.
        return if number_of(x) == number_of(y) { 3 } else { 4 };
    }
    let fewest = u32::from(a.words.min(b.words));
    let alike = 3 * distance <= longest || (fewest >= 2 && 3 * shared((a, x), (b, y)) >= 2 * fewest);
    if alike { 4 } else { 5 }
}

/// The digits in a text, hashed.
fn number_of(text: &[u8]) -> u64 {
    text.iter().filter(|c| c.is_ascii_digit()).fold(0, |hash, c| mix::join(hash, u64::from(*c)))
}

/// Whether two words are the same; words are too short for a call to pay.
#[inline]
fn same(a: &[u8], b: &[u8]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a == b)
}

fn words(text: &[u8]) -> impl DoubleEndedIterator<Item = &[u8]> {
    text.split(|c| *c == b' ')
}

/// Whether the words of the shorter name stand in the longer one, in order, whole or as initials, from the first to the
/// last; an initial alone does not make a last name.
fn shortened(short: &[u8], long: &[u8]) -> bool {
    let mut rest = words(long);
    let mut whole = 0;
    for (n, word) in words(short).enumerate() {
        let found =
            rest.find(|other| same(word, other) || (word.len() == 1 && other.first() == word.first()));
        let Some(found) = found else { return false };
        if n == 0 && words(long).next() != Some(found) {
            return false;
        }
        whole += usize::from(word == found);
    }
    rest.next().is_none() && whole >= 2
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
    let written = |(y, m, d): (u32, u32, u32)| {
        [y / 1000 % 10, y / 100 % 10, y / 10 % 10, y % 10, m / 10 % 10, m % 10, d / 10 % 10, d % 10]
    };
    let (x, y) = (written((ya, ma, da)), written((yb, mb, db)));
    let mut off = (0..8).filter(|n| x[*n] != y[*n]);
    let (first, second, third) = (off.next(), off.next(), off.next());
    let near = match (first, second, third) {
        (Some(_), None, _) => true,
        (Some(n), Some(m), None) => m == n + 1 && x[n] == y[m] && x[m] == y[n],
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

    fn of_names(a: &str, b: &str) -> u8 {
        let (mut folder, mut forms) = (Folder::new(), Forms::default());
        assert!(forms.push(&mut folder, a.as_bytes(), true) && forms.push(&mut folder, b.as_bytes(), true));
        name(&forms, (&forms.forms[0], &forms.forms[1]), &mut Ruler::new())
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
