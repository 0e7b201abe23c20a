//! Cells of comma-separated files (RFC 4180), written straight into the buffer that goes to disk.

use vocabulary::{Address, PartialDate, UnitCode};

/// One row of a file.
pub(crate) struct Row<'a> {
    out: &'a mut String,
    begun: bool,
}

impl Row<'_> {
    /// Begins a row at the end of a buffer.
    pub(crate) fn begin(out: &mut String) -> Row<'_> {
        Row { out, begun: false }
    }

    /// Ends the row.
    pub(crate) fn end(self) {
        self.out.push('\n');
    }

    /// Begins the next cell; what is written into the buffer must hold neither comma nor quote nor line break.
    fn next(&mut self) -> &mut String {
        if self.begun {
            self.out.push(',');
        }
        self.begun = true;
        self.out
    }

    pub(crate) fn empty(&mut self) {
        self.next();
    }

    /// Any text.
    pub(crate) fn text(&mut self, text: &str) {
        let out = self.next();
        if text.bytes().any(|b| matches!(b, b',' | b'"' | b'\n' | b'\r')) {
            out.push('"');
            out.push_str(&text.replace('"', "\"\""));
            out.push('"');
        } else {
            out.push_str(text);
        }
    }

    /// A number with so many digits at least.
    pub(crate) fn number(&mut self, number: i64, width: usize) {
        digits(self.next(), number.unsigned_abs(), width);
    }

    /// A number where there is one.
    pub(crate) fn optional(&mut self, number: Option<i64>, width: usize) {
        match number {
            Some(number) => self.number(number, width),
            None => self.empty(),
        }
    }

    /// A date as `yyyy-mm-dd`, as far as known.
    pub(crate) fn date(&mut self, date: PartialDate) {
        put_date(self.next(), date);
    }

    pub(crate) fn unit(&mut self, unit: Option<UnitCode>) {
        let out = self.next();
        if let Some(unit) = unit {
            out.push_str(unit.as_str());
        }
    }

    /// Several values, with `|` between them.
    pub(crate) fn list<'t, T: 't>(
        &mut self,
        values: impl IntoIterator<Item = &'t T>,
        put: impl Fn(&mut String, &T),
    ) {
        let out = self.next();
        for (i, value) in values.into_iter().enumerate() {
            if i > 0 {
                out.push('|');
            }
            put(out, value);
        }
    }

    /// Old and new unit.
    pub(crate) fn units(&mut self, address: &Address) {
        self.unit(address.old_unit);
        self.unit(address.new_unit);
    }
}

/// A number with so many digits at least.
pub(crate) fn digits(out: &mut String, mut number: u64, width: usize) {
    let mut buffer = [b'0'; 20];
    let mut at = buffer.len();
    while number > 0 || buffer.len() - at < width.max(1) {
        at -= 1;
        buffer[at] = b'0' + (number % 10) as u8;
        number /= 10;
    }
    // Digits are ASCII, so nothing can be lost here.
    out.push_str(std::str::from_utf8(&buffer[at..]).unwrap_or_default());
}

/// A date as `yyyy-mm-dd`, as far as known.
pub(crate) fn put_date(out: &mut String, date: PartialDate) {
    let packed = u64::from(date.packed());
    let (year, month, day) = (packed / 10_000, packed / 100 % 100, packed % 100);
    if year > 0 {
        digits(out, year, 4);
    }
    for part in [month, day].into_iter().take_while(|p| *p > 0) {
        out.push('-');
        digits(out, part, 2);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_reads_as_it_was_written() {
        let mut out = String::new();
        let mut row = Row::begin(&mut out);
        row.text("12 Trần Phú, tổ 5");
        row.text("a \"b\"");
        row.number(7, 3);
        row.number(0, 1);
        row.optional(None, 12);
        row.list(&[1, 22], |out, n| digits(out, *n, 2));
        row.end();
        assert_eq!(out, "\"12 Trần Phú, tổ 5\",\"a \"\"b\"\"\",007,0,,01|22\n");
    }

    #[test]
    fn dates_are_written_as_everywhere_else() {
        for text in ["1987-02-05", "1987-12", "1987", ""] {
            let date = PartialDate::parse(text).unwrap();
            let mut out = String::new();
            put_date(&mut out, date);
            assert_eq!(out, date.iso());
        }
    }
}
