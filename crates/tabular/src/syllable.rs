//! What can be a Vietnamese syllable: the measure by which a legacy encoding is told from another.

use unicode_normalization::UnicodeNormalization;

/// Onsets, in the spelling of today.
const ONSETS: &[&str] = &[
    "ngh", "ch", "gh", "gi", "kh", "ng", "nh", "ph", "qu", "th", "tr", "b", "c", "d", "đ", "g", "h", "k",
    "l", "m", "n", "p", "r", "s", "t", "v", "x", "",
];

/// Rhymes without their tones.
const RHYMES: &[&str] = &[
    "a", "ac", "ach", "ai", "am", "an", "ang", "anh", "ao", "ap", "at", "au", "ay", "ă", "ăc", "ăm", "ăn",
    "ăng", "ăp", "ăt", "âc", "âm", "ân", "âng", "âp", "ât", "âu", "ây", "e", "ec", "em", "en", "eng", "eo",
    "ep", "et", "ê", "êch", "êm", "ên", "ênh", "êp", "êt", "êu", "i", "ia", "ich", "iêc", "iêm", "iên",
    "iêng", "iêp", "iêt", "iêu", "im", "in", "inh", "ip", "it", "iu", "o", "oa", "oac", "oach", "oai", "oam",
    "oan", "oang", "oanh", "oao", "oap", "oat", "oay", "oăc", "oăm", "oăn", "oăng", "oăt", "oc", "oe", "oen",
    "oeo", "oet", "oi", "om", "on", "ong", "ooc", "oong", "op", "ot", "ô", "ôc", "ôi", "ôm", "ôn", "ông",
    "ôp", "ôt", "ơ", "ơi", "ơm", "ơn", "ơp", "ơt", "u", "ua", "uân", "uât", "uây", "uâng", "uc", "uê",
    "uêch", "uên", "uênh", "ui", "um", "un", "ung", "uơ", "uôc", "uôi", "uôm", "uôn", "uông", "uôt", "up",
    "ut", "uy", "uya", "uych", "uyên", "uyêt", "uynh", "uyn", "uyt", "uyu", "ư", "ưa", "ưc", "ưi", "ưm",
    "ưn", "ưng", "ươc", "ươi", "ươm", "ươn", "ương", "ươp", "ươt", "ươu", "ưt", "ưu", "y", "yêm", "yên",
    "yêng", "yêt", "yêu", "ynh",
];

/// Whether a word can be a Vietnamese syllable: an onset, a rhyme, at most one tone, and none but sắc or nặng before
/// a final stop. Case does not matter.
pub fn is_syllable(word: &str) -> bool {
    // The longest syllable has seven letters.
    if word.len() > 24 {
        return false;
    }
    let mut base = String::with_capacity(16);
    let mut tone = None;
    for c in word.nfd().flat_map(char::to_lowercase) {
        match c {
            '\u{300}' | '\u{301}' | '\u{303}' | '\u{309}' | '\u{323}' => {
                if tone.replace(c).is_some() {
                    return false;
                }
            }
            c => base.push(c),
        }
    }
    let mut base: String = base.nfc().collect();
    // Names of places in the highlands end in k: Đắk Lắk.
    if base.len() > 1 && base.ends_with('k') {
        base.pop();
        base.push('c');
    }
    let stopped = base.ends_with(['c', 'p', 't']) || base.ends_with("ch");
    if stopped && tone.is_some_and(|tone| !matches!(tone, '\u{301}' | '\u{323}')) {
        return false;
    }
    let splits = |onset: &str| {
        let Some(rest) = base.strip_prefix(onset) else { return false };
        // In gì and giêng the onset lends its i to the rhyme.
        RHYMES.contains(&rest)
            || onset == "gi" && (rest.is_empty() || RHYMES.contains(&format!("i{rest}").as_str()))
    };
    ONSETS.iter().any(|onset| splits(onset))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_syllables_from_noise() {
        let names = "Nguyễn Thị Hòa Trần Quốc Tuấn Lê Đặng Huỳnh Phượng Giêng gì Khánh Vĩnh Ngọc Yến Quý Thuỷ Thúy Nghiêm \
                     ấp xã huyện Đắk Bình Thuận Nguyệt Uyên Hoạch Ỷ Ý Khuya Khoẻ Rượu";
        for word in names.split_whitespace() {
            assert!(is_syllable(word), "{word}");
        }
        for word in ["NguyÔn", "TrÇn", "Nguyeãn", "Vieät", "Hµ", "hàt", "Đaëng", "ngữc", "áá", "zê", "ýý"]
        {
            assert!(!is_syllable(word), "{word}");
        }
    }
}
