//! Two values by themselves, compared as in a file: for whoever asks about one record at a time and has no table.

use crate::{
    compare::{self, agrees, in_doubt, levels},
    edit::Ruler,
    forms::Folder,
    schema::Kind,
    table,
};
use std::cell::RefCell;
use vocabulary::{PartialDate, Sex, Text};

/// How far two values of a kind agree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Agreement {
    /// What the values are.
    pub kind: Kind,
    /// The level: 0 where one is missing, 1 where they are the same, and further down the less they agree.
    pub level: u8,
}

impl Agreement {
    /// The level in words.
    pub fn text(self) -> Text {
        let texts = levels(self.kind);
        texts.get(usize::from(self.level)).or(texts.last()).copied().unwrap_or(Text { vi: "", en: "" })
    }

    /// Whether the values agree, so that a rare one says more than a frequent one.
    pub fn agrees(self) -> bool {
        agrees(self.kind, self.level)
    }

    /// Whether it speaks against calling two records certainly one person: something of the person's own is another.
    pub fn is_in_doubt(self) -> bool {
        in_doubt(self.kind, self.level)
    }
}

thread_local! {
    /// Tables of letters and scratch space, made once for each thread.
    static SCRATCH: RefCell<(Folder, Ruler)> = RefCell::new((Folder::new(true), Ruler::new()));
}

/// Compares two full names, as they are written; `kind` says whose they are. Levels 1 to 7: the same; without diacritics
/// or typing artefacts; the words in another order; shortened; a letter or a tone off; partly the same; another name.
pub fn names(kind: Kind, a: &str, b: &str) -> Agreement {
    let level = SCRATCH.with_borrow_mut(|(folder, ruler)| {
        let one = folder.form(a.as_bytes());
        let text = folder.text().to_vec();
        let other = folder.form(b.as_bytes());
        compare::full_names((&one, &text), (&other, folder.text()), ruler)
    });
    Agreement { kind, level }
}

/// A name as the letters that were meant: lower case, no marks, and what a typing method left undone is undone.
pub fn letters(name: &str) -> String {
    SCRATCH.with_borrow_mut(|(folder, _)| {
        folder.form(name.as_bytes());
        String::from_utf8_lossy(folder.text()).into_owned()
    })
}

/// Compares two dates, whole or partial. Levels 1 to 6: the same; the same as far as told; day and month swapped; a digit
/// off; the same year, or day and month; another date.
pub fn dates(a: PartialDate, b: PartialDate) -> Agreement {
    let read = |date: PartialDate| table::date(date.iso().as_bytes());
    Agreement { kind: Kind::Date, level: compare::date(read(a), read(b)) }
}

/// Compares two numbers written as digits; `kind` says which numbers. Levels 1 to 4: the same; a digit off or two swapped;
/// two digits off; another number.
pub fn numbers(kind: Kind, a: &str, b: &str) -> Agreement {
    let phone = kind == Kind::Phone;
    let digits = |text: &str| table::digits(text.as_bytes(), phone);
    Agreement { kind, level: compare::digits(digits(a), digits(b), phone) }
}

/// Compares two sexes. Levels 1 and 2: the same; another.
pub fn sexes(a: Option<Sex>, b: Option<Sex>) -> Agreement {
    let level = match (a, b) {
        (Some(a), Some(b)) => 1 + u8::from(a != b),
        _ => 0,
    };
    Agreement { kind: Kind::Sex, level }
}

/// What is to be said of two places of which it is known how near they are: 1 the same unit, 2 the same province, 3 another
/// one.
pub fn places(level: u8) -> Agreement {
    Agreement { kind: Kind::UnitCode, level: level.min(3) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_alone_agree_as_in_a_file() {
        for (a, b, level) in [
            ("Nguyễn Thị Hòa", "NGUYỄN THỊ HOÀ", 1),
            ("Nguyễn Thị Hòa", "Nguyeenx Thij Hoaf", 2),
            ("Nguyễn Thị Hòa", "Nguyễn T. Hòa", 4),
            ("Nguyễn Thị Hòa", "Nguyễn Thị Lan", 7),
        ] {
            assert_eq!(names(Kind::Name, a, b).level, level, "{a} · {b}");
        }
        assert_eq!(letters("Nguyeenx Thij HOÀ"), "nguyen thi hoa");
        let date = |text| PartialDate::parse(text).unwrap();
        for (a, b, level) in [
            ("05/08/1983", "05/08/1983", 1),
            ("05/08/1983", "1983", 2),
            ("05/08/1983", "08/05/1983", 3),
            ("05/08/1983", "", 0),
        ] {
            assert_eq!(dates(date(a), date(b)).level, level, "{a} · {b}");
        }
        assert_eq!(numbers(Kind::Number, "056080000003", "056800000003").level, 2);
        assert_eq!(sexes(Some(Sex::Male), None).level, 0);
        let other = sexes(Some(Sex::Male), Some(Sex::Female));
        assert!(other.is_in_doubt() && !other.agrees() && other.text().en == "different");
        assert_eq!(places(1).text().en, "the same unit of today");
    }
}
