//! What a cell of a worksheet says of itself, and whole cells as almost all programs write them, read in one go: taking a
//! sheet of millions of cells apart piece by piece takes several times as long.

use quick_xml::events::BytesStart;

/// What a cell says it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stored {
    Number,
    Shared,
    Text,
    Inline,
    Bool,
    Error,
    IsoDate,
}

/// The cell being read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Here {
    pub(super) column: usize,
    pub(super) style: usize,
    pub(super) stored: Stored,
    pub(super) formula: bool,
    /// Whether the text is longer than we hold.
    pub(super) long: bool,
}

impl Here {
    /// A cell that says nothing: a number in the column after the one before.
    fn next(column: usize) -> Here {
        Here { column, style: 0, stored: Stored::Number, formula: false, long: false }
    }

    /// Place, style and kind of a cell. A cell without a place follows the one before.
    pub(super) fn of(element: &BytesStart<'_>, next: usize) -> Here {
        let mut here = Here::next(next);
        for attribute in element.attributes().with_checks(false).flatten() {
            here.learn(attribute.key.as_ref(), &attribute.value, next);
        }
        here
    }

    fn learn(&mut self, key: &str, value: &str, next: usize) {
        match key {
            "r" => self.column = column_of(value).unwrap_or(next),
            "s" => self.style = value.parse().unwrap_or(0),
            "t" => {
                self.stored = match value {
                    "s" => Stored::Shared,
                    "str" => Stored::Text,
                    "inlineStr" => Stored::Inline,
                    "b" => Stored::Bool,
                    "e" => Stored::Error,
                    "d" => Stored::IsoDate,
                    _ => Stored::Number,
                }
            }
            _ => {}
        }
    }
}

/// The column of a place such as `AB12`.
fn column_of(place: &str) -> Option<usize> {
    let letters = place.bytes().take_while(u8::is_ascii_alphabetic);
    let mut column = 0usize;
    for letter in letters.take(5) {
        column = column * 26 + usize::from(letter.to_ascii_uppercase() - b'A') + 1;
    }
    column.checked_sub(1)
}

/// A whole cell in plain form.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Whole<'b> {
    /// Bytes that it takes, with blanks before it.
    pub(super) bytes: usize,
    pub(super) here: Here,
    /// What it holds; none where it says that it is empty.
    pub(super) value: Option<&'b str>,
}

/// How a value may stand in a cell.
const FORMS: [(&[u8], &[u8]); 3] = [
    (b"<v>", b"</v></c>"),
    (b"<is><t>", b"</t></is></c>"),
    (b"<is><t xml:space=\"preserve\">", b"</t></is></c>"),
];

/// The cell with which these bytes begin, if all of it is there and it has nothing but a place, a style, a kind and one
/// value without references. `next` is the column after the cell before.
pub(super) fn whole(bytes: &[u8], next: usize) -> Option<Whole<'_>> {
    let mut here = Here::next(next);
    let mut rest = bytes.trim_ascii_start().strip_prefix(b"<c")?;
    while let [b' ', key @ (b'r' | b's' | b't'), b'=', b'"', tail @ ..] = rest {
        let end = tail.iter().position(|b| !b.is_ascii_alphanumeric())?;
        let value = std::str::from_utf8(&tail[..end]).ok()?;
        let key = match key {
            b'r' => "r",
            b's' => "s",
            _ => "t",
        };
        here.learn(key, value, next);
        rest = tail[end..].strip_prefix(b"\"")?;
    }
    let whole = |rest: &[u8], value| Whole { bytes: bytes.len() - rest.len(), here, value };
    if let Some(rest) = rest.strip_prefix(b"/>") {
        return Some(whole(rest, None));
    }
    let rest = rest.strip_prefix(b">")?;
    let (text, close) = FORMS.iter().find_map(|(open, close)| Some((rest.strip_prefix(*open)?, close)))?;
    // References and ends of lines of other systems are read with all their rules.
    let end = memchr::memchr3(b'<', b'&', b'\r', text)?;
    let rest = text[end..].strip_prefix(*close)?;
    Some(whole(rest, Some(std::str::from_utf8(&text[..end]).ok()?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_have_letters() {
        assert_eq!(column_of("A1"), Some(0));
        assert_eq!(column_of("XFD1048576"), Some(16_383));
        assert_eq!(column_of("12"), None);
    }

    #[test]
    fn plain_cells_are_read_in_one_go_and_others_are_not() {
        let read = |text: &'static str| {
            let found = whole(text.as_bytes(), 4)?;
            let rest = &text[found.bytes..];
            Some((found.here.column, found.here.style, found.here.stored, found.value, rest))
        };
        assert_eq!(
            read("<c r=\"B2\" s=\"3\" t=\"inlineStr\"><is><t>Hòa</t></is></c></row>"),
            Some((1, 3, Stored::Inline, Some("Hòa"), "</row>"))
        );
        assert_eq!(read("\n  <c><v>12</v></c>\n"), Some((4, 0, Stored::Number, Some("12"), "\n")));
        assert_eq!(
            read("<c t=\"s\" r=\"C2\"><v></v></c><c/>"),
            Some((2, 0, Stored::Shared, Some(""), "<c/>"))
        );
        assert_eq!(read("<c r=\"D2\" s=\"1\"/>"), Some((3, 1, Stored::Number, None, "")));
        for other in [
            "<c r=\"B2\"><f>NOW()</f><v>1</v></c>",
            "<c r=\"B2\"><v>1</v><f>NOW()</f></c>",
            "<c r=\"B2\" t=\"inlineStr\"><is><t>a &amp; b</t></is></c>",
            "<c r=\"B2\" t=\"inlineStr\"><is><t>a\r\nb</t></is></c>",
            "<c r=\"B2\" t=\"inlineStr\"><is><r><t>a</t></r></is></c>",
            "<c r=\"B2\" cm=\"1\"><v>1</v></c>",
            "<c r='B2'><v>1</v></c>",
            "<c r=\"B2\"></c>",
            "<col min=\"1\"/>",
            "<x:c><v>1</v></x:c>",
            "<c r=\"B2\"><v>1</v></c",
            "<c r=\"B2\"><v>1",
            "<c r=\"B",
            "</row>",
            "a<c><v>1</v></c>",
            "",
        ] {
            assert_eq!(read(other), None, "{other}");
        }
        assert_eq!(whole(b"<c><v>\xff</v></c>", 0), None);
    }
}
