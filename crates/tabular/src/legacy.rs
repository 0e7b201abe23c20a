//! TCVN3 (ABC) and VNI-Windows: fonts of the nineties in which offices still keep registers.
//!
//! Both put Vietnamese letters where Latin-1 has others. They arrive as the bytes of a CSV file, or as look-alikes in
//! Unicode (`NguyÔn V¨n`) where a workbook was written with such a font. The tables are those of TCVN 5712:1993 (VN3)
//! and of the VNI fonts for Windows.

use std::collections::HashMap;
use std::sync::LazyLock;
use unicode_normalization::UnicodeNormalization;

/// What TCVN3 has from 0xA1 to 0xFE; `?` where it has nothing.
const TCVN3: &str =
    "ĂÂÊÔƠƯĐăâêôơưđ??????àảãáạ?ằẳẵắ???????ặầẩẫấậè?ẻẽéẹềểễếệìỉ???ĩíịò?ỏõóọồổỗốộờởỡớợù?ủũúụừửữứựỳỷỹýỵ";
/// The tones that TCVN3 has from 0xB0 to 0xB4 as marks after the vowel.
const TCVN3_TONES: [char; 5] = ['\u{300}', '\u{309}', '\u{303}', '\u{301}', '\u{323}'];

/// VNI: the letters that stand alone.
const VNI_SINGLES: &[(u8, char)] = &[
    (0xED, 'í'),
    (0xEC, 'ì'),
    (0xE6, 'ỉ'),
    (0xF3, 'ĩ'),
    (0xF2, 'ị'),
    (0xEE, 'ỵ'),
    (0xF1, 'đ'),
    (0xF4, 'ơ'),
    (0xF6, 'ư'),
    (0xCD, 'Í'),
    (0xCC, 'Ì'),
    (0xC6, 'Ỉ'),
    (0xD3, 'Ĩ'),
    (0xD2, 'Ị'),
    (0xCE, 'Ỵ'),
    (0xD1, 'Đ'),
    (0xD4, 'Ơ'),
    (0xD6, 'Ư'),
];
/// VNI: the marks that follow a letter, as combining marks.
const VNI_MARKS: &[(u8, &str)] = &[
    (0xF9, "\u{301}"),
    (0xF8, "\u{300}"),
    (0xFB, "\u{309}"),
    (0xF5, "\u{303}"),
    (0xEF, "\u{323}"),
    (0xE2, "\u{302}"),
    (0xE1, "\u{302}\u{301}"),
    (0xE0, "\u{302}\u{300}"),
    (0xE5, "\u{302}\u{309}"),
    (0xE3, "\u{302}\u{303}"),
    (0xE4, "\u{302}\u{323}"),
    (0xEA, "\u{306}"),
    (0xE9, "\u{306}\u{301}"),
    (0xE8, "\u{306}\u{300}"),
    (0xFA, "\u{306}\u{309}"),
    (0xFC, "\u{306}\u{303}"),
    (0xEB, "\u{306}\u{323}"),
];

static TCVN3_TABLE: LazyLock<[char; 256]> = LazyLock::new(|| {
    let mut table = ['\u{FFFD}'; 256];
    for (byte, slot) in table.iter_mut().enumerate().take(0xA1) {
        *slot = char::from(byte as u8);
    }
    for (at, letter) in TCVN3.chars().enumerate().filter(|(_, letter)| *letter != '?') {
        table[0xA1 + at] = letter;
    }
    for (at, tone) in TCVN3_TONES.into_iter().enumerate() {
        table[0xB0 + at] = tone;
    }
    table
});

/// Reads TCVN3 (ABC). A byte without meaning becomes U+FFFD. Accented capitals exist only in the fonts for capitals, where
/// they are written with the small letters: a word in capitals gets its capitals back.
pub fn decode_tcvn3(bytes: &[u8]) -> String {
    let table = &*TCVN3_TABLE;
    let text: String = bytes.iter().map(|byte| table[usize::from(*byte)]).nfc().collect();
    let letters = |s: &str| s.bytes().filter(u8::is_ascii_alphabetic).count();
    let capitals = |s: &str| s.bytes().filter(u8::is_ascii_uppercase).count();
    if text.is_ascii() || capitals(&text) < 2 {
        return text;
    }
    if capitals(&text) == letters(&text) {
        return text.to_uppercase();
    }
    let mut out = String::with_capacity(text.len());
    for word in text.split_inclusive(|c: char| !c.is_alphabetic()) {
        match capitals(word) {
            n if n >= 2 && n == letters(word) => out.push_str(&word.to_uppercase()),
            _ => out.push_str(word),
        }
    }
    out
}

/// Reads VNI-Windows. A mark without a letter before it becomes U+FFFD.
pub fn decode_vni(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len() + 8);
    let mut vowel = false;
    for byte in bytes {
        // Marks have both cases; which one follows a capital depended on the program.
        let mark = VNI_MARKS.iter().find(|(code, _)| code == byte || code - 0x20 == *byte);
        if byte.is_ascii() {
            out.push(char::from(*byte));
            vowel = b"aeiouyAEIOUY".contains(byte);
        } else if let Some((_, letter)) = VNI_SINGLES.iter().find(|(code, _)| code == byte) {
            out.push(*letter);
            vowel = matches!(letter, 'ơ' | 'ư' | 'Ơ' | 'Ư');
        } else if let Some((_, marks)) = mark.filter(|_| vowel) {
            out.push_str(marks);
            vowel = false;
        } else {
            out.push(if (0x80..0xC0).contains(byte) { char::from(*byte) } else { '\u{FFFD}' });
            vowel = false;
        }
    }
    out.nfc().collect()
}

/// Writes TCVN3 (ABC); accented capitals become small letters, as in its fonts for capitals. None where a character has no
/// place in it.
pub fn encode_tcvn3(text: &str) -> Option<Vec<u8>> {
    static CODES: LazyLock<HashMap<char, u8>> = LazyLock::new(|| {
        (0xA1..=0xFE)
            .map(|byte| (TCVN3_TABLE[usize::from(byte)], byte))
            .filter(|(c, _)| *c != '\u{FFFD}')
            .collect()
    });
    let code = |c: char| match c {
        c if c.is_ascii() => Some(c as u8),
        c => CODES.get(&c).or_else(|| CODES.get(&c.to_lowercase().next()?)).copied(),
    };
    text.nfc().map(code).collect()
}

/// Writes VNI-Windows. None where a character has no place in it.
pub fn encode_vni(text: &str) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len());
    for c in text.nfc() {
        if c.is_ascii() {
            out.push(c as u8);
            continue;
        }
        if let Some((byte, _)) = VNI_SINGLES.iter().find(|(_, letter)| *letter == c) {
            out.push(*byte);
            continue;
        }
        // The letter without its tone stands alone (ơ, ư), or all its marks follow as one.
        let parts: Vec<char> = std::iter::once(c).nfd().collect();
        let (tone, rest): (Vec<char>, Vec<char>) = parts
            .iter()
            .partition(|c| matches!(c, '\u{300}' | '\u{301}' | '\u{303}' | '\u{309}' | '\u{323}'));
        let (letter, marks): (char, String) = match rest.as_slice() {
            [base, '\u{31B}'] => {
                (std::iter::once(*base).chain(['\u{31B}']).nfc().next()?, tone.iter().collect())
            }
            [base, quality @ ..] => (*base, quality.iter().chain(&tone).collect()),
            [] => return None,
        };
        match VNI_SINGLES.iter().find(|(_, single)| *single == letter) {
            Some((byte, _)) => out.push(*byte),
            None if "aeiouyAEIOUY".contains(letter) => out.push(letter as u8),
            None => return None,
        }
        let (mark, _) = VNI_MARKS.iter().find(|(_, known)| *known == marks)?;
        out.push(if c.is_uppercase() { mark - 0x20 } else { *mark });
    }
    Some(out)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Every letter of the alphabet with every tone.
    pub(crate) fn alphabet() -> Vec<String> {
        let mut all = vec!["đ".to_owned()];
        for vowel in "aăâeêioôơuưy".chars() {
            for tone in ["", "\u{300}", "\u{301}", "\u{303}", "\u{309}", "\u{323}"] {
                all.push(format!("{vowel}{tone}").nfc().collect());
            }
        }
        assert_eq!(all.len(), 73);
        all
    }

    #[test]
    fn the_alphabet_survives_both_encodings() {
        for letter in alphabet() {
            assert_eq!(decode_tcvn3(&encode_tcvn3(&letter).unwrap()), letter);
            assert_eq!(decode_vni(&encode_vni(&letter).unwrap()), letter);
            let capital = letter.to_uppercase();
            assert_eq!(decode_vni(&encode_vni(&capital).unwrap()), capital);
            let word = format!("NG{capital}N");
            assert_eq!(decode_tcvn3(&encode_tcvn3(&word).unwrap()), word);
        }
    }

    #[test]
    fn reads_what_old_files_hold() {
        let latin = |s: &str| s.chars().map(|c| u32::from(c) as u8).collect::<Vec<u8>>();
        for (old, text) in [
            ("Céng hoµ x· héi chñ nghÜa ViÖt Nam", "Cộng hoà xã hội chủ nghĩa Việt Nam"),
            ("NguyÔn V¨n §øc", "Nguyễn Văn Đức"),
            ("TrÇn ThÞ Hång Ph\u{AD}îng", "Trần Thị Hồng Phượng"),
            ("HUúNH THÞ ¸NH", "HUỲNH THỊ ÁNH"),
            ("§ång Nai", "Đồng Nai"),
        ] {
            assert_eq!(decode_tcvn3(&latin(old)), text, "{old}");
        }
        for (old, text) in [
            ("Coäng hoøa xaõ hoäi chuû nghóa Vieät Nam", "Cộng hòa xã hội chủ nghĩa Việt Nam"),
            ("Nguyeãn Vaên Ñöùc", "Nguyễn Văn Đức"),
            ("TRAÀN THÒ HOÀNG PHÖÔÏNG", "TRẦN THỊ HỒNG PHƯỢNG"),
            ("Kyø, quyù, thuûy, myõ, lyù, tî", "Kỳ, quý, thủy, mỹ, lý, tỵ"),
        ] {
            assert_eq!(decode_vni(&latin(old)), text, "{old}");
        }
    }
}
