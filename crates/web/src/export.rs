//! Files to download: tables as CSV that open correctly in spreadsheets, and documents as PDF.

use axum::{
    http::header,
    response::{IntoResponse, Response},
};

/// A CSV file to download (RFC 4180): UTF-8 with a byte-order mark, without which Excel reads Vietnamese as another
/// code page; CRLF; and cells that a spreadsheet would run as a formula are defused.
pub struct Csv {
    name: String,
    text: String,
}

impl Csv {
    /// A file with its header row. The name is without `.csv`; characters beyond `a–z A–Z 0–9 . _ -` become `-`.
    pub fn new<C: AsRef<str>>(name: &str, columns: impl IntoIterator<Item = C>) -> Csv {
        let mut csv = Csv { name: safe_name(name), text: String::from('\u{FEFF}') };
        csv.row(columns);
        csv
    }

    /// Adds a row.
    pub fn row<C: AsRef<str>>(&mut self, cells: impl IntoIterator<Item = C>) {
        for (at, cell) in cells.into_iter().enumerate() {
            if at > 0 {
                self.text.push(',');
            }
            safe_cell(&mut self.text, cell.as_ref());
        }
        self.text.push_str("\r\n");
    }

    /// The text of the file.
    pub fn into_string(self) -> String {
        self.text
    }
}

fn safe_name(name: &str) -> String {
    let safe = |c: char| if c.is_ascii_alphanumeric() || "._-".contains(c) { c } else { '-' };
    name.chars().take(80).map(safe).collect()
}

/// Writes a cell for a spreadsheet: one that begins like a formula gets an apostrophe, which spreadsheets show as text;
/// plain numbers are left alone, since `-5` and `+84901234567` can do no harm.
pub fn safe_cell(out: &mut String, cell: &str) {
    let number = |s: &str| {
        s.len() > 1
            && s[1..].bytes().all(|b| b.is_ascii_digit() || b == b'.')
            && s.bytes().any(|b| b.is_ascii_digit())
    };
    let formula = match cell.chars().next() {
        Some('=' | '@' | '\t' | '\r' | '\n' | '＝' | '＋' | '－' | '＠') => true,
        Some('+' | '-') => !number(cell),
        _ => false,
    };
    write_cell(out, if formula { "'" } else { "" }, cell);
}

/// Writes a cell as it is, for other programs.
pub fn exact_cell(out: &mut String, cell: &str) {
    write_cell(out, "", cell);
}

fn write_cell(out: &mut String, mark: &str, cell: &str) {
    let quoted = cell.contains(['"', ',', '\r', '\n', ';', '\t']);
    if quoted {
        out.push('"');
    }
    out.push_str(mark);
    for c in cell.chars() {
        if c == '"' {
            out.push('"');
        }
        out.push(c);
    }
    if quoted {
        out.push('"');
    }
}

impl IntoResponse for Csv {
    fn into_response(self) -> Response {
        let headers = [
            (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
            (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{}.csv\"", self.name)),
        ];
        (headers, self.text).into_response()
    }
}

/// A PDF file to download.
pub struct Pdf {
    name: String,
    file: Vec<u8>,
}

impl Pdf {
    /// A file under a name without `.pdf`; characters beyond `a–z A–Z 0–9 . _ -` become `-`.
    pub fn new(name: &str, file: Vec<u8>) -> Pdf {
        Pdf { name: safe_name(name), file }
    }
}

impl IntoResponse for Pdf {
    fn into_response(self) -> Response {
        let headers = [
            (header::CONTENT_TYPE, "application/pdf".to_owned()),
            (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{}.pdf\"", self.name)),
        ];
        (headers, self.file).into_response()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_rfc_4180_with_a_byte_order_mark() {
        let mut csv = Csv::new("hộ khẩu/2026", ["Họ tên", "Ghi chú"]);
        csv.row(["Nguyễn Thị \"Sáu\"", "thôn 1, xã Vĩnh Hiệp"]);
        csv.row(["", "hai\ndòng"]);
        assert_eq!(csv.name, "h--kh-u-2026");
        assert_eq!(
            csv.into_string(),
            "\u{FEFF}Họ tên,Ghi chú\r\n\"Nguyễn Thị \"\"Sáu\"\"\",\"thôn 1, xã Vĩnh Hiệp\"\r\n,\"hai\ndòng\"\r\n"
        );
    }

    #[test]
    fn formulas_are_defused_and_numbers_kept() {
        let cell = |text: &str| {
            let mut out = String::new();
            safe_cell(&mut out, text);
            out
        };
        assert_eq!(cell("=1+1"), "'=1+1");
        assert_eq!(cell("=HYPERLINK(\"http://x\",\"y\")"), "\"'=HYPERLINK(\"\"http://x\"\",\"\"y\"\")\"");
        assert_eq!(cell("@SUM(A1)"), "'@SUM(A1)");
        assert_eq!(cell("+cmd|' /C calc'!A0"), "'+cmd|' /C calc'!A0");
        assert_eq!(cell("-2+3"), "'-2+3");
        assert_eq!(cell("\t=1"), "\"'\t=1\"");
        assert_eq!(cell("-5"), "-5");
        assert_eq!(cell("+84901234567"), "+84901234567");
        assert_eq!(cell("056301009999"), "056301009999");
    }

    #[test]
    fn downloads_under_a_safe_name() {
        let response = Csv::new("a\"b", ["x"]).into_response();
        assert_eq!(response.headers()["content-disposition"], "attachment; filename=\"a-b.csv\"");
        assert_eq!(response.headers()["content-type"], "text/csv; charset=utf-8");
    }
}
