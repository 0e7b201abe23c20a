//! How clerks and keyboards spoil a name, a number or a date. Texts in, texts out; nothing here knows of persons.

use crate::draw::Draw;
use vocabulary::{PartialDate, fold};

/// How a name is written wrongly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Spelling {
    /// *Nguyen Thi Hoa*.
    Bare,
    /// *Hoà* for *Hòa*, or the other way.
    ToneMark,
    /// *Nguyễn Hòa*.
    MiddleDropped,
    /// *Nguyễn Hòa Thị*.
    WordsSwapped,
    /// *Thị Hòa Nguyễn*.
    FamilyLast,
    /// *Nguyeenx Thij Hoaf*: the keys of the Telex method, without the method.
    Telex,
    /// *Nguyễn T. Hòa*.
    Abbreviated,
}

impl Spelling {
    pub(crate) const ALL: [Spelling; 7] = [
        Spelling::Bare,
        Spelling::ToneMark,
        Spelling::MiddleDropped,
        Spelling::WordsSwapped,
        Spelling::FamilyLast,
        Spelling::Telex,
        Spelling::Abbreviated,
    ];

    /// Stable code.
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Spelling::Bare => "name-without-diacritics",
            Spelling::ToneMark => "name-tone-mark",
            Spelling::MiddleDropped => "name-middle-dropped",
            Spelling::WordsSwapped => "name-words-swapped",
            Spelling::FamilyLast => "name-family-last",
            Spelling::Telex => "name-typed-telex",
            Spelling::Abbreviated => "name-abbreviated",
        }
    }

    /// The name written so; `None` where that changes nothing.
    pub(crate) fn of(self, name: &str) -> Option<String> {
        let words: Vec<&str> = name.split(' ').collect();
        let spoilt = match self {
            Spelling::Bare => bare(name),
            Spelling::ToneMark => tone_mark(name)?,
            Spelling::MiddleDropped if words.len() >= 3 => [&words[..1], &words[2..]].concat().join(" "),
            Spelling::WordsSwapped if words.len() >= 3 => {
                let mut words = words;
                words.swap(1, 2);
                words.join(" ")
            }
            Spelling::FamilyLast if words.len() >= 2 => [&words[1..], &words[..1]].concat().join(" "),
            Spelling::Telex => words.into_iter().map(telex).collect::<Vec<_>>().join(" "),
            Spelling::Abbreviated if words.len() >= 3 => {
                let initial = words[1].chars().take(1).collect::<String>() + ".";
                [&words[..1], &[initial.as_str()], &words[2..]].concat().join(" ")
            }
            _ => return None,
        };
        (spoilt != name).then_some(spoilt)
    }

    /// Some spelling that changes the name, the commoner ones more often.
    pub(crate) fn draw(name: &str, draw: &mut Draw) -> Option<(Spelling, String)> {
        // Lost diacritics and the other tone mark make up most of what real files show.
        let order = [0, 0, 0, 1, 1, 1, 2, 3, 4, 5, 5, 6];
        let start = draw.below(order.len() as u32) as usize;
        (0..order.len())
            .map(|i| Spelling::ALL[order[(start + i) % order.len()]])
            .find_map(|spelling| Some((spelling, spelling.of(name)?)))
    }
}

/// A name without diacritics, each word with a capital.
pub(crate) fn bare(name: &str) -> String {
    let folded = fold(name);
    let mut out = String::with_capacity(folded.len());
    for (i, word) in folded.split(' ').enumerate() {
        let mut letters = word.chars();
        out.push_str(if i == 0 { "" } else { " " });
        out.extend(letters.next().map(|c| c.to_ascii_uppercase()));
        out.push_str(letters.as_str());
    }
    out
}

/// Endings with the tone mark in its two places.
const TONES: [(&str, &str); 15] = [
    ("òa", "oà"),
    ("óa", "oá"),
    ("ỏa", "oả"),
    ("õa", "oã"),
    ("ọa", "oạ"),
    ("òe", "oè"),
    ("óe", "oé"),
    ("ỏe", "oẻ"),
    ("õe", "oẽ"),
    ("ọe", "oẹ"),
    ("ùy", "uỳ"),
    ("úy", "uý"),
    ("ủy", "uỷ"),
    ("ũy", "uỹ"),
    ("ụy", "uỵ"),
];

fn tone_mark(name: &str) -> Option<String> {
    let other = |word: &str| {
        TONES.iter().find_map(|(a, b)| {
            let swap = |from: &str, to: &str| word.strip_suffix(from).map(|head| format!("{head}{to}"));
            swap(a, b).or_else(|| swap(b, a))
        })
    };
    let words: Vec<&str> = name.split(' ').collect();
    let at = words.iter().position(|w| other(w).is_some())?;
    let changed = other(words[at])?;
    Some([&words[..at], &[changed.as_str()], &words[at + 1..]].concat().join(" "))
}

/// The vowels with the keys that make them, each without tone and with the five tones.
const VOWELS: [(&str, &str); 12] = [
    ("a", "aàáảãạ"),
    ("aw", "ăằắẳẵặ"),
    ("aa", "âầấẩẫậ"),
    ("e", "eèéẻẽẹ"),
    ("ee", "êềếểễệ"),
    ("i", "iìíỉĩị"),
    ("o", "oòóỏõọ"),
    ("oo", "ôồốổỗộ"),
    ("ow", "ơờớởỡợ"),
    ("u", "uùúủũụ"),
    ("uw", "ưừứửữự"),
    ("y", "yỳýỷỹỵ"),
];

/// A word as the keys that were struck.
fn telex(word: &str) -> String {
    let (mut out, mut tone) = (String::with_capacity(word.len() + 2), None);
    for (i, letter) in word.chars().enumerate() {
        let lower: String = letter.to_lowercase().collect();
        let vowel = VOWELS.iter().find_map(|(keys, forms)| {
            let at = forms.chars().position(|f| lower.chars().eq([f]))?;
            Some((*keys, [None, Some('f'), Some('s'), Some('r'), Some('x'), Some('j')][at]))
        });
        let keys = match (&vowel, lower.as_str()) {
            (Some((keys, mark)), _) => {
                tone = tone.or(*mark);
                *keys
            }
            (None, "đ") => "dd",
            (None, other) => other,
        };
        if i == 0 && letter.is_uppercase() {
            let mut first = keys.chars();
            out.extend(first.next().map(|c| c.to_ascii_uppercase()));
            out.push_str(first.as_str());
        } else {
            out.push_str(keys);
        }
    }
    out.extend(tone);
    out
}

/// A number with two neighbouring digits exchanged, or one digit off by one; always another number of the same length.
pub(crate) fn digits(number: &str, draw: &mut Draw) -> (&'static str, String) {
    let mut bytes = number.as_bytes().to_vec();
    let swappable: Vec<usize> = (1..bytes.len()).filter(|i| bytes[*i] != bytes[i - 1]).collect();
    let kind = if !swappable.is_empty() && draw.chance(500) {
        let at = *draw.pick(&swappable);
        bytes.swap(at, at - 1);
        "number-digits-swapped"
    } else if let Some(last) = bytes.len().checked_sub(1) {
        let at = draw.below(last as u32 + 1) as usize;
        bytes[at] = if bytes[at] == b'9' { b'8' } else { bytes[at] + 1 };
        "number-digit-off-by-one"
    } else {
        "number-digit-off-by-one"
    };
    (kind, bytes.into_iter().map(char::from).collect())
}

/// A date with day and month exchanged, or with nothing but the year; `None` where neither changes it.
pub(crate) fn date(date: PartialDate, draw: &mut Draw) -> Option<(&'static str, PartialDate)> {
    let year = date.year()?;
    let swapped = match (date.month(), date.day()) {
        (Some(month), Some(day)) if month != day => PartialDate::new(year, day, month).ok(),
        _ => None,
    };
    let only_year = PartialDate::new(year, 0, 0).ok().filter(|d| *d != date);
    let swapped = swapped.map(|d| ("date-day-month-swapped", d));
    let only_year = only_year.map(|d| ("date-only-year", d));
    if draw.chance(600) { swapped.or(only_year) } else { only_year.or(swapped) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use vocabulary::FullName;

    #[test]
    fn names_are_spoilt_as_told() {
        let of = |s: Spelling| s.of("Nguyễn Thị Hòa");
        assert_eq!(of(Spelling::Bare).as_deref(), Some("Nguyen Thi Hoa"));
        assert_eq!(of(Spelling::ToneMark).as_deref(), Some("Nguyễn Thị Hoà"));
        assert_eq!(of(Spelling::MiddleDropped).as_deref(), Some("Nguyễn Hòa"));
        assert_eq!(of(Spelling::WordsSwapped).as_deref(), Some("Nguyễn Hòa Thị"));
        assert_eq!(of(Spelling::FamilyLast).as_deref(), Some("Thị Hòa Nguyễn"));
        assert_eq!(of(Spelling::Telex).as_deref(), Some("Nguyeenx Thij Hoaf"));
        assert_eq!(of(Spelling::Abbreviated).as_deref(), Some("Nguyễn T. Hòa"));
        assert_eq!(Spelling::Telex.of("Đỗ Ưng Đường").as_deref(), Some("Ddoox Uwng Dduwowngf"));
        assert_eq!(Spelling::ToneMark.of("Hoàng Thuý Hằng").as_deref(), Some("Hoàng Thúy Hằng"));
        for (spelling, name) in [
            (Spelling::ToneMark, "Lê Nam"),
            (Spelling::Bare, "Y Lan"),
            (Spelling::MiddleDropped, "Lê Nam"),
            (Spelling::FamilyLast, "Nhan"),
        ] {
            assert_eq!(spelling.of(name), None);
        }
    }

    #[test]
    fn whatever_is_drawn_differs_and_is_still_a_name() {
        let mut draw = Draw::new(5, 0);
        let mut seen = std::collections::BTreeSet::new();
        for name in ["Trần Văn Đức", "Nguyễn Thị Thúy Hòa", "H'Hen Niê", "Lê Nam", "Y Blăm Êban"]
        {
            for _ in 0..200 {
                let (spelling, spoilt) = Spelling::draw(name, &mut draw).unwrap();
                assert_ne!(spoilt, name);
                assert_eq!(FullName::parse(&spoilt).unwrap().reveal(), spoilt);
                seen.insert(spelling.code());
            }
        }
        assert_eq!(seen.len(), Spelling::ALL.len());
        assert_eq!(Spelling::draw("Nam", &mut draw), None);
    }

    #[test]
    fn numbers_and_dates_change_and_stay_numbers_and_dates() {
        let mut draw = Draw::new(6, 0);
        for number in ["056080001234", "000000000000", "999999999", "220000012"] {
            for _ in 0..100 {
                let (_, spoilt) = digits(number, &mut draw);
                assert!(spoilt != number && spoilt.len() == number.len());
                assert!(spoilt.bytes().all(|b| b.is_ascii_digit()));
            }
        }
        let spoil = |text: &str, draw: &mut Draw| date(PartialDate::parse(text).unwrap(), draw);
        for _ in 0..50 {
            let (kind, to) = spoil("05/02/1987", &mut draw).unwrap();
            assert_eq!(to.iso(), if kind == "date-only-year" { "1987" } else { "1987-05-02" });
            assert_eq!(spoil("25/02/1987", &mut draw).unwrap().0, "date-only-year");
        }
        assert_eq!(spoil("1987", &mut draw), None);
        assert_eq!(spoil("", &mut draw), None);
    }
}
