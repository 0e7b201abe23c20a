//! Turns the engine's bytes into inputs that are nearly right: a sample, edited. Random bytes alone never get past
//! the first brace of a parser.

/// What parsers of text tend to stumble over.
const STUMBLES: &[&str] = &[
    "\0",
    "\u{feff}",
    "\u{301}",
    "\u{202e}",
    "\u{1F600}",
    "đ",
    "Hoà",
    "０",
    "\"",
    "\\",
    "\\u0000",
    "{",
    "[",
    "}",
    "]",
    ",",
    "\r\n",
    "\t",
    "-",
    "+",
    ".",
    "/",
    "=",
    "#",
    "e308",
    "99999999999999999999",
    "-1",
    "0",
    "null",
    "[[",
    "\"\"\"",
];

/// The sample that the first byte picks, with an edit for each further four bytes.
pub fn edited(program: &[u8], samples: &[&str]) -> Vec<u8> {
    let Some((pick, edits)) = program.split_first() else { return Vec::new() };
    let mut text = samples[*pick as usize % samples.len()].as_bytes().to_vec();
    for edit in edits.chunks_exact(4).take(16) {
        let at = usize::from(u16::from_le_bytes([edit[1], edit[2]])) % (text.len() + 1);
        let end = (at + edit[3] as usize % 16).min(text.len());
        match edit[0] % 6 {
            0 => drop(text.drain(at..end)),
            1 => text.insert(at, edit[3]),
            2 => text.splice(at..at, STUMBLES[edit[3] as usize % STUMBLES.len()].bytes()).for_each(drop),
            3 => text.extend_from_within(at..end),
            4 => text.truncate(at),
            _ => text[at..end].reverse(),
        }
    }
    text
}

/// The same as text.
pub fn edited_text(program: &[u8], samples: &[&str]) -> String {
    String::from_utf8_lossy(&edited(program, samples)).into_owned()
}
