//! Which encoding a text is in, judged by how many of its words become Vietnamese syllables.

use crate::{
    legacy::{decode_tcvn3, decode_vni},
    syllable::is_syllable,
};
use encoding_rs::WINDOWS_1258;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use unicode_normalization::UnicodeNormalization;

/// An encoding of text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Encoding {
    /// UTF-8, with or without byte-order mark.
    #[default]
    Utf8,
    /// UTF-16, the low byte first: what Excel calls Unicode text.
    Utf16Le,
    /// UTF-16, the high byte first.
    Utf16Be,
    /// The Vietnamese code page of Windows.
    Windows1258,
    /// TCVN 5712:1993 VN3, the encoding of the ABC fonts (`.VnTime`).
    Tcvn3,
    /// VNI for Windows, the encoding of the VNI fonts (`VNI-Times`).
    Vni,
}

impl Encoding {
    /// The name as users know it.
    pub fn name(self) -> &'static str {
        match self {
            Encoding::Utf8 => "UTF-8",
            Encoding::Utf16Le => "UTF-16LE",
            Encoding::Utf16Be => "UTF-16BE",
            Encoding::Windows1258 => "Windows-1258",
            Encoding::Tcvn3 => "TCVN3 (ABC)",
            Encoding::Vni => "VNI-Windows",
        }
    }

    /// Whether its fonts put other letters where Latin-1 has its own.
    pub fn is_legacy_font(self) -> bool {
        matches!(self, Encoding::Tcvn3 | Encoding::Vni)
    }

    /// The bytes of one of the encodings with a byte for each character, or of UTF-8, as text.
    pub(crate) fn decode(self, bytes: &[u8]) -> String {
        match self {
            Encoding::Tcvn3 => decode_tcvn3(bytes),
            Encoding::Vni => decode_vni(bytes),
            Encoding::Windows1258 => WINDOWS_1258.decode_without_bom_handling(bytes).0.nfc().collect(),
            Encoding::Utf8 | Encoding::Utf16Le | Encoding::Utf16Be => {
                String::from_utf8_lossy(bytes).into_owned()
            }
        }
    }
}

/// How Vietnamese a text is: words with Vietnamese letters that can be syllables, and signs that it was misread.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Score {
    good: i32,
    bad: i32,
}

impl Score {
    fn of(text: &str) -> Score {
        let mut score = Score::default();
        for word in
            text.split(|c: char| !c.is_alphabetic() && !unicode_normalization::char::is_combining_mark(c))
        {
            if word.is_ascii() {
                continue;
            }
            if is_syllable(word) { score.good += 1 } else { score.bad += 1 }
        }
        // Signs inside words, such as the § of §ång, and what no table knows.
        score.bad += text
            .chars()
            .filter(|c| {
                matches!(c, '\u{80}'..='\u{9F}' | '¡'..='©' | '¬'..='¯' | '±'..='¹' | '¼'..='¿' | '×' | '÷' | '\u{FFFD}')
            })
            .count() as i32;
        score
    }

    fn value(self) -> i32 {
        self.good - 2 * self.bad
    }

    fn add(&mut self, other: Score) {
        self.good += other.good;
        self.bad += other.bad;
    }
}

const BYTE_ENCODINGS: [Encoding; 3] = [Encoding::Windows1258, Encoding::Tcvn3, Encoding::Vni];

/// The encoding of the beginning of a file without byte-order mark.
pub(crate) fn detect_bytes(sample: &[u8]) -> Encoding {
    if valid_utf8_prefix(sample) {
        return Encoding::Utf8;
    }
    // UTF-16 without a mark: every other byte of the ASCII in it is zero.
    let zeros = |odd: usize| sample.iter().skip(odd).step_by(2).filter(|b| **b == 0).count() * 5;
    if zeros(1) > sample.len() {
        return Encoding::Utf16Le;
    }
    if zeros(0) > sample.len() {
        return Encoding::Utf16Be;
    }
    // Some lines of a file of UTF-8 may be in another encoding, and the other way round: the more lines, the better.
    let (mut utf8, mut other) = (0, 0);
    let mut scores = [Score::default(); 3];
    for line in sample.split(|b| *b == b'\n').filter(|line| !line.is_ascii()).take(2_000) {
        if std::str::from_utf8(line).is_ok() {
            utf8 += 1;
            continue;
        }
        other += 1;
        for (score, encoding) in scores.iter_mut().zip(BYTE_ENCODINGS) {
            score.add(Score::of(&encoding.decode(line)));
        }
    }
    if utf8 > other {
        return Encoding::Utf8;
    }
    best(&scores, &BYTE_ENCODINGS)
}

/// The best of some scores; the first where they are equal.
fn best(scores: &[Score], encodings: &[Encoding]) -> Encoding {
    let mut best = 0;
    for (at, score) in scores.iter().enumerate() {
        if score.value() > scores[best].value() {
            best = at;
        }
    }
    encodings[best]
}

/// Whether bytes are UTF-8 but for a character cut off at their end.
fn valid_utf8_prefix(bytes: &[u8]) -> bool {
    match std::str::from_utf8(bytes) {
        Ok(_) => true,
        Err(error) => error.error_len().is_none(),
    }
}

/// The bytes of a cell or line as text, and the encoding it was in where that is not the one expected.
pub(crate) fn decode_bytes(bytes: &[u8], expected: Encoding) -> (Cow<'_, str>, Option<Encoding>) {
    let utf8 = std::str::from_utf8(bytes).ok();
    if let Some(text) = utf8
        && (expected == Encoding::Utf8 || bytes.is_ascii())
    {
        return (text.into(), None);
    }
    if expected != Encoding::Utf8 {
        let text = expected.decode(bytes);
        let score = Score::of(&text);
        if let Some(utf8) = utf8
            && Score::of(utf8).value() > score.value()
        {
            return (utf8.into(), Some(Encoding::Utf8));
        }
        if score.bad == 0 || score.good >= score.bad {
            return (text.into(), None);
        }
    }
    let texts = BYTE_ENCODINGS.map(|encoding| encoding.decode(bytes));
    let found = best(&texts.each_ref().map(|text| Score::of(text)), &BYTE_ENCODINGS);
    let text = found.decode(bytes);
    if expected != Encoding::Utf8 && Score::of(&text).value() <= Score::of(&expected.decode(bytes)).value() {
        return (expected.decode(bytes).into(), None);
    }
    (text.into(), (found != expected).then_some(found))
}

/// What a look over a text's bytes tells, without decoding it.
enum Look {
    /// ASCII, or letters that neither need composing nor can be look-alikes.
    Plain,
    /// Letters of Latin-1 beside ASCII: Vietnamese with few marks, or look-alikes of a legacy font.
    Latin,
    /// Marks that may need composing.
    Marks,
}

fn look(text: &str) -> Look {
    let mut latin = false;
    let mut vietnamese = false;
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            0..=0x7F => {}
            0xC2..=0xC3 => {
                bytes.next();
                latin = true;
            }
            0xC4..=0xCB => {
                bytes.next();
                vietnamese = true;
            }
            // U+1E00–U+1EFF are letters with marks, U+2010–U+203F dashes and quotes.
            0xE1 | 0xE2 => match (byte, bytes.next(), bytes.next()) {
                (0xE1, Some(0xB8..=0xBB), _) => vietnamese = true,
                (0xE2, Some(0x80), _) => {}
                _ => return Look::Marks,
            },
            _ => return Look::Marks,
        }
    }
    if latin && !vietnamese { Look::Latin } else { Look::Plain }
}

/// The text as the bytes that a legacy font would take it for.
fn latin_bytes(text: &str) -> Option<Vec<u8>> {
    let byte = |c: char| match c {
        '\u{2013}' | '\u{2014}' | '\u{2010}' => Some(b'-'),
        '\u{2018}' | '\u{2019}' => Some(b'\''),
        '\u{201C}' | '\u{201D}' => Some(b'"'),
        c => u8::try_from(u32::from(c)).ok(),
    };
    text.chars().map(byte).collect()
}

/// What the sample of a column says about its encoding: the cells that speak for each of [`COLUMN_ENCODINGS`].
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Column {
    cells: [u32; 3],
}

const COLUMN_ENCODINGS: [Encoding; 3] = [Encoding::Utf8, Encoding::Tcvn3, Encoding::Vni];

impl Column {
    /// Takes a cell into account. One that reads equally well in two encodings says nothing.
    pub(crate) fn learn(&mut self, text: &str) {
        match look(text) {
            Look::Latin => {
                let Some(bytes) = latin_bytes(text) else { return };
                let texts = [text.to_owned(), decode_tcvn3(&bytes), decode_vni(&bytes)];
                let values = texts.map(|text| Score::of(&text).value());
                let most = values.into_iter().max().unwrap_or_default();
                if let [at] = (0..3).filter(|at| values[*at] == most).collect::<Vec<_>>().as_slice() {
                    self.cells[*at] += 1;
                }
            }
            Look::Plain if !text.is_ascii() => self.cells[0] += 1,
            _ => {}
        }
    }

    /// The encoding that fits most cells; Unicode (as UTF-8) in doubt.
    pub(crate) fn encoding(&self) -> Encoding {
        let mut best = 0;
        for at in 1..3 {
            if self.cells[at] > self.cells[best] {
                best = at;
            }
        }
        COLUMN_ENCODINGS[best]
    }
}

/// Brings a cell into NFC, converting look-alikes of a legacy font; the encoding that it was in where that is not the one
/// of its column.
pub(crate) fn repair(text: &mut String, column: Encoding) -> Option<Encoding> {
    if text.is_ascii() {
        return None;
    }
    match look(text) {
        Look::Plain => None,
        Look::Marks => {
            if unicode_normalization::is_nfc_quick(text.chars()) != unicode_normalization::IsNormalized::Yes {
                *text = text.nfc().collect();
            }
            None
        }
        Look::Latin => {
            let (found, converted) = best_reading(text, column)?;
            if let Some(converted) = converted {
                *text = converted;
            }
            (found != column).then_some(found)
        }
    }
}

/// The best reading of a text of Latin letters, and its conversion where it needs one. The column's encoding holds
/// unless it makes no sense of the text and another does.
fn best_reading(text: &str, column: Encoding) -> Option<(Encoding, Option<String>)> {
    let raw = Score::of(text);
    if column == Encoding::Utf8 && raw.bad == 0 {
        return None;
    }
    let bytes = latin_bytes(text)?;
    let (tcvn3, vni) = (decode_tcvn3(&bytes), decode_vni(&bytes));
    let scores =
        [(Encoding::Utf8, raw), (Encoding::Tcvn3, Score::of(&tcvn3)), (Encoding::Vni, Score::of(&vni))];
    let of_column = scores.iter().find(|(encoding, _)| *encoding == column).map_or(raw, |(_, score)| *score);
    let other = scores
        .iter()
        .filter(|(_, score)| of_column.bad > 0 && score.bad == 0 && score.good > 0)
        .max_by_key(|(_, score)| score.value());
    let found = other.map_or(column, |(encoding, _)| *encoding);
    Some(match found {
        Encoding::Tcvn3 => (found, Some(tcvn3)),
        Encoding::Vni => (found, Some(vni)),
        _ => (found, None),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::legacy::{encode_tcvn3, encode_vni};

    const TEXT: &str = "Họ và tên;Nơi sinh\nNguyễn Thị Hòa;Xã Vĩnh Hiệp, Nha Trang\nTrần Văn Đức;Phường Bến Nghé\nLê Thị Ngọc Ánh;thôn Đồng Nai\n";

    fn windows_1258(text: &str) -> Vec<u8> {
        // Letters with their quality, tones as marks after them.
        let mut out = Vec::new();
        for c in text.nfc() {
            let parts: Vec<char> = std::iter::once(c).nfd().collect();
            let tone =
                parts.iter().find(|c| matches!(c, '\u{300}' | '\u{301}' | '\u{303}' | '\u{309}' | '\u{323}'));
            let base: String = parts.iter().copied().filter(|c| Some(c) != tone).nfc().collect();
            for part in base.chars().chain(tone.copied()) {
                let mut buffer = [0; 4];
                let (bytes, _, failed) = WINDOWS_1258.encode(part.encode_utf8(&mut buffer));
                assert!(!failed, "{part}");
                out.extend_from_slice(&bytes);
            }
        }
        out
    }

    #[test]
    fn statistics_tell_the_encodings_apart() {
        for (bytes, encoding) in [
            (TEXT.as_bytes().to_vec(), Encoding::Utf8),
            (windows_1258(TEXT), Encoding::Windows1258),
            (encode_tcvn3(TEXT).unwrap(), Encoding::Tcvn3),
            (encode_vni(TEXT).unwrap(), Encoding::Vni),
        ] {
            assert_eq!(detect_bytes(&bytes), encoding);
            for (line, expected) in bytes.split(|b| *b == b'\n').zip(TEXT.lines()) {
                let (text, other) = decode_bytes(line, encoding);
                assert_eq!(text.to_lowercase(), expected.to_lowercase());
                assert_eq!(other, None);
            }
        }
    }

    #[test]
    fn the_alphabet_survives_windows_1258() {
        for letter in crate::legacy::tests::alphabet() {
            for text in [letter.clone(), letter.to_uppercase()] {
                let bytes = windows_1258(&text);
                assert_eq!(Encoding::Windows1258.decode(&bytes), text);
            }
        }
    }

    #[test]
    fn a_line_in_another_encoding_is_noticed() {
        let line = encode_tcvn3("Nguyễn Văn Đức").unwrap();
        assert_eq!(decode_bytes(&line, Encoding::Utf8), ("Nguyễn Văn Đức".into(), Some(Encoding::Tcvn3)));
        assert_eq!(decode_bytes(&line, Encoding::Vni), ("Nguyễn Văn Đức".into(), Some(Encoding::Tcvn3)));
        assert_eq!(
            decode_bytes("Nguyễn Văn Đức".as_bytes(), Encoding::Tcvn3),
            ("Nguyễn Văn Đức".into(), Some(Encoding::Utf8))
        );
    }

    #[test]
    fn look_alikes_in_unicode_are_converted_by_column() {
        let read = |text: &str, column| {
            let mut text = text.to_owned();
            let other = repair(&mut text, column);
            (text, other)
        };
        let mut column = Column::default();
        for text in ["NguyÔn V¨n §øc", "Lª ThÞ Hoa", "TrÇn Hµ", "An"] {
            column.learn(text);
        }
        assert_eq!(column.encoding(), Encoding::Tcvn3);
        assert_eq!(read("Lª V¨n Hµ", Encoding::Tcvn3), ("Lê Văn Hà".into(), None));
        assert_eq!(read("Nguyễn Hà", Encoding::Tcvn3), ("Nguyễn Hà".into(), None));
        assert_eq!(read("Lª V¨n Hµ", Encoding::Utf8), ("Lê Văn Hà".into(), Some(Encoding::Tcvn3)));
        assert_eq!(read("Nguyeãn Vaên", Encoding::Utf8), ("Nguyễn Văn".into(), Some(Encoding::Vni)));
        for proper in
            ["Hà", "Lê Hân", "Cà Mau", "Đà Nẵng", "Thanh Hóa", "Nguyễn", "Trần Thị Hòa", "10 m²", "H'Hen Niê"]
        {
            assert_eq!(read(proper, Encoding::Utf8), (proper.into(), None));
        }
        assert_eq!(read("Hoa\u{300}", Encoding::Utf8).0, "Hoà");
    }
}
