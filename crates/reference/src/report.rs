//! What a code was and what it is now, in words: what `dancu units show` and `dancu units convert` print.

use crate::units::{self, Conversion, Unit, Unmapped};
use std::fmt::Write;
use vocabulary::{Lang, UnitCode, UnitLevel};

/// A code in both structures: its unit before 1 July 2025 with what became of it, and its unit since with what it was
/// made of. The two are different places more often than not, even where the code is the same.
#[derive(Clone, Debug, PartialEq)]
pub struct Shown {
    /// The code.
    pub code: UnitCode,
    /// The unit before 1 July 2025.
    pub before: Option<&'static Unit>,
    /// What became of it.
    pub became: Vec<Conversion>,
    /// Where nothing is known of what became of it: why.
    pub unmapped: Option<Unmapped>,
    /// The unit since 1 July 2025.
    pub since: Option<&'static Unit>,
    /// What it was made of.
    pub made_of: Vec<Conversion>,
}

/// What a code is in both structures; `None` where it is in neither.
pub fn show(code: UnitCode) -> Option<Shown> {
    let shown = Shown {
        code,
        before: units::find(code, crate::Era::Before2025),
        became: units::convert(code),
        unmapped: units::unmapped(code),
        since: units::find(code, crate::Era::Since2025),
        made_of: units::was(code),
    };
    (shown.before.is_some() || shown.since.is_some()).then_some(shown)
}

/// What became of a unit of the old structure; `None` where the code was in use only since, or never.
pub fn convert(old: UnitCode) -> Option<Shown> {
    show(old).filter(|s| s.before.is_some()).map(|s| Shown { since: None, made_of: Vec::new(), ..s })
}

impl Shown {
    /// As lines of text.
    pub fn to_text(&self, lang: Lang) -> String {
        let mut out = String::new();
        if let Some(unit) = self.before {
            describe(&mut out, unit, lang);
            self.describe_fate(&mut out, lang);
        }
        if self.before.is_some() && self.since.is_some() {
            out.push('\n');
        }
        if let Some(unit) = self.since {
            describe(&mut out, unit, lang);
            if !self.made_of.is_empty() {
                line(&mut out, lang.pick("Gồm", "Made of"), "");
                self.made_of.iter().for_each(|c| item(&mut out, c.old, c, lang));
            }
        }
        out
    }

    fn describe_fate(&self, out: &mut String, lang: Lang) {
        let label = lang.pick("Từ 01/7/2025", "Since 1 July 2025");
        match (self.became.as_slice(), self.unmapped) {
            ([], None) => {}
            ([], Some(why)) => line(out, label, why.text().get(lang)),
            (rows, _) => {
                line(out, label, "");
                rows.iter().for_each(|c| item(out, c.new, c, lang));
                let divided = rows.len() > 1 && self.code.level() == UnitLevel::Commune;
                if divided && units::successor(self.code).is_none() {
                    line(
                        out,
                        lang.pick("Lưu ý", "Note"),
                        lang.pick(
                            "đơn vị bị chia; chỉ mã cũ thì chưa đủ để biết địa chỉ thuộc đơn vị mới nào",
                            "the unit was divided; the old code alone does not tell which new unit an address is in",
                        ),
                    );
                }
            }
        }
    }
}

fn line(out: &mut String, label: &str, text: &str) {
    let _ = writeln!(out, "  {label}:{}{text}", if text.is_empty() { "" } else { " " });
}

fn item(out: &mut String, unit: &Unit, row: &Conversion, lang: Lang) {
    let _ = writeln!(out, "    {}  {} ({})", unit.code, unit.path(), row.kind.text().get(lang));
}

fn describe(out: &mut String, unit: &Unit, lang: Lang) {
    let _ = writeln!(out, "{}  {}", unit.code, unit.path());
    line(out, lang.pick("Thời kỳ", "Structure"), unit.era.text().get(lang));
    line(out, lang.pick("Loại", "Type"), unit.kind.text().get(lang));
    line(out, lang.pick("Hiệu lực", "Valid"), &unit.validity.describe(lang));
    if let Some(name) = unit.name_2022 {
        line(out, lang.pick("Tên tháng 7/2022", "Name in July 2022"), name);
    }
    if let Some(parent) = unit.parent_2022.and_then(|p| units::find(p, unit.era)) {
        let text = format!("{} ({})", parent.full_name, parent.code);
        line(out, lang.pick("Cấp trên tháng 7/2022", "Above it in July 2022"), &text);
    }
}
