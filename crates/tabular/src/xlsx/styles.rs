//! Number formats: which numbers are dates, and which have leading zeros.

use super::package::{Seen, attribute};
use std::collections::HashMap;

/// How a number is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum NumberFormat {
    /// As a number.
    #[default]
    Plain,
    /// With zeros in front, to this many digits: `000000000000` keeps a personal number whole.
    Padded(u8),
    /// As a date of these parts.
    Date {
        /// Whether the month is shown.
        month: bool,
        /// Whether the day is shown.
        day: bool,
        /// Whether the time of day is shown.
        time: bool,
    },
    /// As a time of day.
    Time,
}

/// The format of each style.
#[derive(Default)]
pub(crate) struct Styles {
    custom: HashMap<u32, NumberFormat>,
    formats: Vec<NumberFormat>,
    within: bool,
}

impl Styles {
    pub(crate) fn get(&self, style: usize) -> NumberFormat {
        self.formats.get(style).copied().unwrap_or_default()
    }

    pub(super) fn see(&mut self, event: Seen<'_>) {
        match event {
            Seen::Start(element) => match element.local_name().as_ref() {
                "numFmt" => {
                    let id = attribute(element, "numFmtId").and_then(|id| id.parse().ok());
                    if let (Some(id), Some(code)) = (id, attribute(element, "formatCode")) {
                        self.custom.insert(id, of_code(&code));
                    }
                }
                "cellXfs" => self.within = true,
                "xf" if self.within => {
                    let id = attribute(element, "numFmtId").and_then(|id| id.parse().ok()).unwrap_or(0);
                    self.formats.push(self.custom.get(&id).copied().unwrap_or_else(|| built_in(id)));
                }
                _ => {}
            },
            Seen::End("cellXfs") => self.within = false,
            _ => {}
        }
    }
}

const DATE: NumberFormat = NumberFormat::Date { month: true, day: true, time: false };

fn built_in(id: u32) -> NumberFormat {
    match id {
        14..=16 | 27..=31 | 36 | 50..=54 | 57 | 58 => DATE,
        17 => NumberFormat::Date { month: true, day: false, time: false },
        22 => NumberFormat::Date { month: true, day: true, time: true },
        18..=21 | 32..=35 | 45..=47 | 55 | 56 => NumberFormat::Time,
        _ => NumberFormat::Plain,
    }
}

/// The meaning of a format code such as `dd/mm/yyyy;@` or `[$-42A]000000000000`.
pub(crate) fn of_code(code: &str) -> NumberFormat {
    let mut plain = String::new();
    let mut chars = code.chars().take(256);
    while let Some(c) = chars.next() {
        match c {
            '"' => chars.by_ref().take_while(|c| *c != '"').for_each(drop),
            '[' => {
                let inside: String = chars.by_ref().take_while(|c| *c != ']').collect();
                // Elapsed time, [h]:mm.
                if inside.chars().all(|c| matches!(c, 'h' | 'H' | 'm' | 's')) {
                    plain.push_str(&inside.to_lowercase());
                }
            }
            '\\' | '_' | '*' => drop(chars.next()),
            ';' => break,
            c => plain.extend(c.to_lowercase()),
        }
    }
    let trimmed = plain.trim();
    if trimmed.len() >= 2 && trimmed.len() <= 30 && trimmed.bytes().all(|b| b == b'0') {
        return NumberFormat::Padded(trimmed.len() as u8);
    }
    if trimmed.contains("general") || trimmed.contains(['0', '#', '?', '@']) && !trimmed.contains(['y', 'd'])
    {
        return if trimmed.contains('h') && trimmed.contains(':') {
            NumberFormat::Time
        } else {
            NumberFormat::Plain
        };
    }
    let time = trimmed.contains('h') || trimmed.contains('s');
    let day = trimmed.contains('d');
    match (trimmed.contains('y') || trimmed.contains('e'), day, trimmed.contains('m')) {
        (true, day, month) => NumberFormat::Date { month: month || day, day, time },
        (false, true, _) => NumberFormat::Date { month: true, day: true, time },
        (false, false, true) if !time => NumberFormat::Date { month: true, day: true, time: false },
        _ if time => NumberFormat::Time,
        _ => NumberFormat::Plain,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_told_by_their_codes() {
        for code in [
            "dd/mm/yyyy",
            "dd/mm/yyyy;@",
            "[$-42A]d mmmm, yyyy",
            "m/d/yy",
            "\"ngày\" dd \"tháng\" mm \"năm\" yyyy",
            "d-mmm",
        ] {
            assert_eq!(of_code(code), DATE, "{code}");
        }
        for (code, format) in [
            ("mm/yyyy", NumberFormat::Date { month: true, day: false, time: false }),
            ("yyyy", NumberFormat::Date { month: false, day: false, time: false }),
            ("dd/mm/yyyy hh:mm", NumberFormat::Date { month: true, day: true, time: true }),
            ("000000000000", NumberFormat::Padded(12)),
            ("[$-42A]000000000", NumberFormat::Padded(9)),
            ("General", NumberFormat::Plain),
            ("#,##0.00", NumberFormat::Plain),
            ("#,##0 \"đồng\"", NumberFormat::Plain),
            ("0", NumberFormat::Plain),
            ("@", NumberFormat::Plain),
            ("[Red]0.00", NumberFormat::Plain),
            ("h:mm:ss", NumberFormat::Time),
            ("[h]:mm", NumberFormat::Time),
        ] {
            assert_eq!(of_code(code), format, "{code}");
        }
    }
}
