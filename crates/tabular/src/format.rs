//! What kind of file it is: by its content, and by its name where the content leaves doubt.

use crate::{encoding::Encoding, rules};
use serde::{Deserialize, Serialize};
use vocabulary::Violation;

/// A format that can be read and written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Format {
    /// Text with separators.
    Csv,
    /// A workbook of Excel 2007 or later (`.xlsx`, `.xlsm`).
    Xlsx,
    /// An object on each line.
    JsonLines,
}

impl Format {
    /// The ending of file names, without the dot.
    pub fn extension(self) -> &'static str {
        match self {
            Format::Csv => "csv",
            Format::Xlsx => "xlsx",
            Format::JsonLines => "jsonl",
        }
    }

    /// The format that a file's name speaks of.
    fn named(name: &str) -> Option<Format> {
        let (_, extension) = name.rsplit_once('.')?;
        match extension.to_ascii_lowercase().as_str() {
            "csv" | "tsv" | "tab" | "txt" => Some(Format::Csv),
            "xlsx" | "xlsm" | "xls" => Some(Format::Xlsx),
            "jsonl" | "ndjson" => Some(Format::JsonLines),
            _ => None,
        }
    }
}

/// The byte-order mark at the beginning: its encoding and length.
pub(crate) fn byte_order_mark(head: &[u8]) -> Option<(Encoding, usize)> {
    match head {
        [0xEF, 0xBB, 0xBF, ..] => Some((Encoding::Utf8, 3)),
        [0xFF, 0xFE, ..] => Some((Encoding::Utf16Le, 2)),
        [0xFE, 0xFF, ..] => Some((Encoding::Utf16Be, 2)),
        _ => None,
    }
}

/// What the first bytes say of a file, before text is looked at: a workbook, text, or what it is instead.
pub(crate) fn of_head(head: &[u8]) -> Result<Option<Format>, Violation> {
    let refuse = |rule| Err(rules::file(rule));
    match head {
        [] => refuse(rules::EMPTY),
        [b'P', b'K', 3, 4, ..] => Ok(Some(Format::Xlsx)),
        [b'P', b'K', 5 | 7, 6 | 8, ..] | [b'R', b'a', b'r', b'!', ..] | [b'7', b'z', 0xBC, 0xAF, ..] => {
            refuse(rules::ARCHIVE)
        }
        [0x1F, 0x8B, ..] => refuse(rules::GZIP),
        [b'%', b'P', b'D', b'F', ..] => refuse(rules::PDF),
        [0xD0, 0xCF, 0x11, 0xE0, ..] => {
            let utf16 = |s: &str| s.bytes().flat_map(|b| [b, 0]).collect::<Vec<u8>>();
            let encrypted = memchr::memmem::find(head, &utf16("EncryptedPackage")).is_some();
            refuse(if encrypted { rules::ENCRYPTED } else { rules::OLD_XLS })
        }
        _ => Ok(None),
    }
}

/// What a file of text is, given its beginning without byte-order mark as UTF-8 or one of the old encodings.
pub(crate) fn of_text(sample: &[u8], name: Option<&str>) -> Result<(Format, bool), Violation> {
    let text = sample.trim_ascii_start();
    if text.is_empty() {
        return Err(rules::file(rules::EMPTY));
    }
    let control = sample.iter().filter(|b| matches!(b, 0..=8 | 14..=26 | 28..=31)).count();
    if control * 50 > sample.len() {
        return Err(rules::file(rules::BINARY));
    }
    let begins =
        |what: &str| text.len() >= what.len() && text[..what.len()].eq_ignore_ascii_case(what.as_bytes());
    if ["<html", "<!doctype", "<?xml", "<table", "<meta"].into_iter().any(begins) {
        return Err(rules::file(rules::MARKUP));
    }
    let named = name.and_then(Format::named);
    let found = match text[0] {
        b'{' => Format::JsonLines,
        b'[' if named == Some(Format::JsonLines) || json_array(text) => {
            return Err(rules::file(rules::JSON_ARRAY));
        }
        _ => Format::Csv,
    };
    Ok((found, named.is_some_and(|named| named != found)))
}

fn json_array(text: &[u8]) -> bool {
    matches!(text[1..].trim_ascii_start().first(), Some(b'{' | b']' | b'['))
}

/// What a zip archive is that has these entries, unless it is a workbook that can be read.
pub(crate) fn of_archive<'a>(names: impl Iterator<Item = &'a str> + Clone) -> Result<(), Violation> {
    let has = |what: &str| names.clone().any(|name| name.trim_start_matches('/').eq_ignore_ascii_case(what));
    let under = |what: &str| names.clone().any(|name| name.starts_with(what));
    let rule = if has("xl/workbook.xml") || (has("_rels/.rels") && under("xl/") && !has("xl/workbook.bin")) {
        return Ok(());
    } else if has("xl/workbook.bin") {
        rules::XLSB
    } else if has("mimetype") && has("content.xml") {
        rules::ODS
    } else if under("word/") || under("ppt/") {
        rules::WORD
    } else {
        rules::ARCHIVE
    };
    Err(rules::file(rule))
}
