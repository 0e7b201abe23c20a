//! Names of people, and how they are compared.

use crate::problem::Invalid;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::{borrow::Cow, fmt, sync::LazyLock};
use unicode_normalization::{IsNormalized, UnicodeNormalization, char::is_combining_mark, is_nfc_quick};

/// A full name (*họ, chữ đệm và tên*) as one string in NFC with single blanks, 1–100 characters.
///
/// It is never split by guess: a name has one to six words and the family name need not be the first.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FullName(String);

impl FullName {
    /// Longest name, in characters.
    pub const MAX: usize = 100;

    /// Normalises to NFC, trims and collapses blanks; accepts letters of any script, their marks, blanks, and the
    /// signs `' ’ - . ,` that occur in names. A digit or symbol points at a mistyped field or a wrong code page.
    pub fn parse(text: &str) -> Result<FullName, Invalid> {
        if text.len() > 16 * FullName::MAX {
            return Err(LENGTH);
        }
        if is_plain(text) {
            return Ok(FullName(text.to_owned()));
        }
        let mut name = String::with_capacity(text.len());
        // Almost all text is in NFC already.
        let composed: Cow<str> = match is_nfc_quick(text.chars()) {
            IsNormalized::Yes => text.into(),
            _ => text.nfc().collect::<String>().into(),
        };
        for word in composed.split_whitespace() {
            if !name.is_empty() {
                name.push(' ');
            }
            name.push_str(word);
        }
        let length = name.chars().count();
        if length == 0 || length > FullName::MAX {
            return Err(LENGTH);
        }
        let allowed = |c: char| {
            c.is_alphabetic() || is_combining_mark(c) || matches!(c, ' ' | '\'' | '’' | '-' | '.' | ',')
        };
        if !name.chars().all(allowed) || !name.chars().any(char::is_alphabetic) || name.contains('\u{FFFD}') {
            return Err(Invalid::new(
                "name/characters",
                "Họ tên chỉ gồm chữ cái, dấu cách và các dấu ' - . (có thể tệp đang dùng sai bảng mã)",
                "A name consists of letters, blanks and ' - . only (perhaps the file is in another encoding)",
            ));
        }
        Ok(FullName(name))
    }

    /// A name that was parsed before it was stored, and is not checked again.
    pub fn from_stored(text: String) -> FullName {
        FullName(text)
    }

    /// The name. Call it only where the name is released.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// The search key: see [`fold`].
    pub fn folded(&self) -> String {
        fold(&self.0)
    }

    /// Whether two names are the same, whatever the case and the place of the tone mark (Hòa, Hoà).
    pub fn matches(&self, other: &FullName) -> bool {
        self.0 == other.0 || tone_key(&self.0) == tone_key(&other.0)
    }
}

const LENGTH: Invalid =
    Invalid::new("name/length", "Họ tên phải có từ 1 đến 100 ký tự", "A name has 1 to 100 characters");

/// Whether a text is a name as it stands: composed Latin letters, with single blanks and signs between them. Nearly all
/// are, and need not be normalised.
fn is_plain(text: &str) -> bool {
    let (mut before, mut letters, mut length) = (' ', 0, 0);
    for c in text.chars() {
        match c {
            ' ' if before == ' ' => return false,
            ' ' | '\'' | '-' | '.' | ',' => {}
            'a'..='z' | 'A'..='Z' | 'À'..='Ö' | 'Ø'..='ö' | 'ø'..='ɏ' | 'Ạ'..='ỹ' => letters += 1,
            _ => return false,
        }
        before = c;
        length += 1;
    }
    before != ' ' && letters > 0 && length <= FullName::MAX
}

/// What each of the first characters folds to, where that is one character of ASCII; 0 elsewhere. Holds all letters of
/// Vietnamese.
static FOLDED: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let folded = |c: u32| match char::from_u32(c).map(|c| fold_any(c.encode_utf8(&mut [0; 4]))) {
        _ if c == u32::from(b' ') => b' ',
        Some(text) if text.len() == 1 => text.as_bytes()[0],
        _ => 0,
    };
    ('\0'..='ỹ').map(u32::from).map(folded).collect()
});

/// Folds a text for search: lower case, no diacritics, `đ` as `d`, single blanks. `Hoà`, `Hòa`, `HOA` all give `hoa`.
pub fn fold(text: &str) -> String {
    let folded = &*FOLDED;
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match folded.get(c as usize) {
            Some(b' ') if out.is_empty() || out.ends_with(' ') => {}
            Some(&base) if base != 0 => out.push(char::from(base)),
            _ => return fold_any(text),
        }
    }
    if out.ends_with(' ') {
        out.pop();
    }
    out
}

/// Folds any text, by its decomposition.
fn fold_any(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.nfd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase) {
        match c {
            'đ' => out.push('d'),
            '’' => out.push('\''),
            c if c.is_whitespace() => {
                if !out.is_empty() && !out.ends_with(' ') {
                    out.push(' ');
                }
            }
            c => out.push(c),
        }
    }
    if out.ends_with(' ') {
        out.pop();
    }
    out
}

/// Folds case and the place of the tone mark, but keeps vowel quality and tone: `Hoà` and `Hòa` agree, `Hoa` differs.
/// The tone of each syllable is moved to its end as a digit.
pub fn tone_key(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 4);
    let mut tone = None;
    for c in text.nfd().flat_map(char::to_lowercase) {
        match c {
            '\u{300}' => tone = Some('1'),
            '\u{301}' => tone = Some('2'),
            '\u{309}' => tone = Some('3'),
            '\u{303}' => tone = Some('4'),
            '\u{323}' => tone = Some('5'),
            c if c.is_whitespace() || c == '-' => {
                out.extend(tone.take());
                if !out.ends_with(' ') {
                    out.push(' ');
                }
            }
            c => out.push(c),
        }
    }
    out.extend(tone);
    out.trim().to_owned()
}

impl fmt::Debug for FullName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FullName(redacted)")
    }
}

impl Serialize for FullName {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for FullName {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<FullName, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(d)?;
        FullName::parse(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn both_spellings_and_both_normal_forms_agree() {
        let spellings = ["Nguyễn Thị Hòa", "Nguyễn Thị Hoà", "NGUYỄN  THỊ HOÀ"];
        let decomposed: String = spellings[0].nfd().collect();
        for s in spellings.into_iter().chain([decomposed.as_str()]) {
            let name = FullName::parse(s).unwrap();
            assert_eq!(name.folded(), "nguyen thi hoa");
            assert!(name.matches(&FullName::parse(spellings[0]).unwrap()), "{s}");
        }
        assert!(
            !FullName::parse("Nguyễn Thị Hoa").unwrap().matches(&FullName::parse("Nguyễn Thị Hòa").unwrap())
        );
        assert!(FullName::parse("Thuý Quyên").unwrap().matches(&FullName::parse("Thúy Quyên").unwrap()));
        assert_eq!(fold("Đặng Ưng"), "dang ung");
    }

    #[test]
    fn names_of_all_peoples_pass_and_wrong_code_pages_do_not() {
        for good in ["Y", "H'Hen Niê", "Y Ê-ban", "K’Brếu", "Ksor H. Bơ", "Nguyễn Phúc Tôn Nữ Công Huyền"]
        {
            assert!(FullName::parse(good).is_ok(), "{good}");
        }
        for bad in
            ["", " ", "Nguyen 3", "NguyÔn V¨n ¸nh", "a\u{0}b", "Nguy\u{FFFD}n", &"a".repeat(101), "<b>"]
        {
            assert!(FullName::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_short_way_and_the_long_way_agree_on_every_character() {
        for c in ('\0'..='\u{2fff}').chain(['😀', '\u{1d400}']) {
            for text in [c.to_string(), format!("a{c}b"), format!("{c} {c}\u{301}"), format!(" {c}  Đ")] {
                assert_eq!(fold(&text), fold_any(&text), "{:x}", c as u32);
                if is_plain(&text) {
                    let composed: String = text.nfc().collect();
                    assert!(composed == text && text.chars().any(char::is_alphabetic), "{:x}", c as u32);
                    assert!(text.chars().all(|c| c.is_alphabetic() || " '-.,".contains(c)), "{:x}", c as u32);
                }
            }
        }
        assert!(
            is_plain("Nguyễn Thị Hòa") && is_plain("H'Hen Niê") && !is_plain("Hòa ") && !is_plain("a  b")
        );
    }

    proptest! {
        #[test]
        fn parsing_is_idempotent_and_never_panics(text in "\\PC*") {
            if let Ok(name) = FullName::parse(&text) {
                prop_assert_eq!(FullName::parse(name.reveal()), Ok(name.clone()));
                prop_assert_eq!(fold(&name.folded()), name.folded());
                prop_assert_eq!(name.folded(), fold_any(name.reveal()));
            }
        }
    }
}
