//! The code that a device shows and a citizen types (RFC 8628 §6.1): eight consonants, so that no word comes about and
//! nothing looks like a digit; 20^8, about 34 bits.

use identity::NoRandomness;

const LETTERS: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";

/// A new code, as it is shown.
///
/// # Errors
/// Without randomness.
pub fn new() -> Result<String, NoRandomness> {
    let mut code = String::with_capacity(9);
    while code.len() < 9 {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes).map_err(|_| NoRandomness)?;
        // Beyond 240 the first letters would come a little oftener.
        for byte in bytes.into_iter().filter(|byte| *byte < 240) {
            if code.len() == 4 {
                code.push('-');
            }
            if code.len() < 9 {
                code.push(char::from(LETTERS[usize::from(byte) % 20]));
            }
        }
    }
    Ok(code)
}

/// A code as it is shown, of one as somebody typed it; `None` where it cannot be one.
pub fn read(typed: &str) -> Option<String> {
    if typed.len() > 40 {
        return None;
    }
    let letters: String = typed.chars().filter(char::is_ascii_alphabetic).collect();
    let letters = letters.to_ascii_uppercase();
    let plausible = letters.len() == 8 && letters.bytes().all(|byte| LETTERS.contains(&byte));
    plausible.then(|| format!("{}-{}", &letters[..4], &letters[4..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc8628_6_1_a_code_is_read_however_it_is_typed() {
        let code = new().unwrap();
        assert_eq!((code.len(), code.find('-')), (9, Some(4)));
        assert_ne!(code, new().unwrap());
        let typed = [code.to_lowercase(), code.replace('-', ""), format!(" {} ", code.replace('-', " – "))];
        for text in typed {
            assert_eq!(read(&text).as_ref(), Some(&code), "{text}");
        }
        for wrong in ["", "BCDF-GHJ", "BCDF-GHJA", "BCDF-GHJKL", "1234-5678"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }
}
