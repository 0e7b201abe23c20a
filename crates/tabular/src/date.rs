//! Dates as clerks write them.

use vocabulary::{Invalid, PartialDate, fold};

const SHORT_YEAR: Invalid = Invalid::new(
    "date/short-year",
    "Năm chỉ có hai chữ số; đã hiểu là năm gần nhất trong quá khứ",
    "The year has two digits; it was taken for the latest such year in the past",
);
const MONTH_FIRST: Invalid =
    Invalid::new("date/month-first", "Ngày viết kiểu tháng/ngày/năm", "The date is written month first");
const SERIAL: Invalid =
    Invalid::new("date/serial", "Ngày ở dạng số của Excel", "The date is a day number of Excel");
const PART: Invalid = Invalid::new(
    "date/part",
    "Ngày không đọc được trọn vẹn; chỉ lấy phần chắc chắn",
    "The date cannot be read whole; only what is certain was taken",
);
const TIME: Invalid =
    Invalid::new("date/time", "Ngày kèm giờ; giờ bị bỏ qua", "The date has a time of day, which was dropped");
const FORMAT: Invalid = Invalid::new(
    "date/format",
    "Ngày phải có dạng ngày/tháng/năm, tháng/năm hoặc năm",
    "The date must be day/month/year, month/year or year",
);

/// Reads a date in any of the forms that offices use, with a warning where it took a guess.
///
/// Beyond what [`PartialDate::parse`] reads: one-digit days, years of two digits, blanks or commas as separators,
/// `ngày 02 tháng 9 năm 1945`, `tháng 9 năm 1945`, `năm 1945`, unknown parts as `00`, `--`, `xx`, `..` or `?`, month first
/// where the day cannot be a month, `yyyymmdd`, day numbers of Excel from 1 to 73050, and a time of day behind the date.
/// Day comes before month, as the law has it, wherever both are possible.
pub fn read_date(text: &str) -> Result<(PartialDate, Option<Invalid>), Invalid> {
    let text = text.trim().trim_start_matches('\'').trim();
    if text.len() > 80 {
        return Err(FORMAT);
    }
    if text.is_empty() || text.chars().all(|c| matches!(c, '-' | '/' | '.' | '?' | '…' | ' ')) {
        return Ok((PartialDate::UNKNOWN, None));
    }
    let (text, time) = split_time(text);
    let (date, warning) = if text.bytes().all(|b| b.is_ascii_digit() || b == b'.') && digits_or_serial(text) {
        read_digits(text)?
    } else {
        read_words(text)?
    };
    Ok((date, warning.or(time.then_some(TIME))))
}

/// Whether it is digits alone, or a day number with a fraction.
fn digits_or_serial(text: &str) -> bool {
    match text.split_once('.') {
        None => true,
        Some((day, fraction)) => day.len() == 5 && !fraction.is_empty() && !fraction.contains('.'),
    }
}

/// Takes a time of day off the end; whether it said anything.
fn split_time(text: &str) -> (&str, bool) {
    let Some(at) = text.find(['T', ' ', ',']) else { return (text, false) };
    let rest = text[at + 1..].trim();
    let Some((hour, minute)) = rest.split_once(':') else { return (text, false) };
    let hour_fits = (1..=2).contains(&hour.len()) && hour.bytes().all(|b| b.is_ascii_digit());
    if !hour_fits
        || !minute.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, ':' | '.' | '+' | '-' | ' '))
    {
        return (text, false);
    }
    (text[..at].trim(), rest.bytes().any(|b| (b'1'..=b'9').contains(&b)))
}

fn read_digits(text: &str) -> Result<(PartialDate, Option<Invalid>), Invalid> {
    let whole = text.split('.').next().unwrap_or_default();
    match whole.len() {
        4 => Ok((PartialDate::parse(whole)?, None)),
        8 => {
            // The centuries that we read are no months, so that eight digits have one meaning.
            let year_first = format!("{}-{}-{}", &whole[..4], &whole[4..6], &whole[6..]);
            Ok((
                PartialDate::parse(whole)
                    .or_else(|fault| PartialDate::parse(&year_first).map_err(|_| fault))?,
                None,
            ))
        }
        5 => {
            let serial = whole.parse::<u32>().map_err(|_| FORMAT)?;
            if serial > 73_050 {
                return Err(FORMAT);
            }
            let (year, month, day) = civil_of_serial(serial);
            Ok((PartialDate::new(year, month, day)?, Some(SERIAL)))
        }
        _ => Err(FORMAT),
    }
}

/// The calendar day of a day number of Excel (1 is 1 January 1900, and 1900 had a 29 February there).
pub(crate) fn civil_of_serial(serial: u32) -> (u16, u8, u8) {
    // Days since 1 March of year 0, by the usual arithmetic of eras of 400 years.
    let since = i64::from(serial) + if serial < 60 { 1 } else { 0 } + 693_899;
    let era = since / 146_097;
    let of_era = since % 146_097;
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let shifted = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year + era * 400 + i64::from(month <= 2);
    (year as u16, month as u8, day as u8)
}

/// A part of a date: a number with its digits, or something unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Number(u16, usize),
    Unknown,
}

fn read_words(text: &str) -> Result<(PartialDate, Option<Invalid>), Invalid> {
    let folded = fold(text);
    let mut parts = Vec::new();
    let mut unit = None;
    let mut named = [None; 3];
    let separators = |c: char| matches!(c, '/' | '-' | '.' | ',' | ' ' | '\\' | '_' | ':' | '(' | ')' | '…');
    for word in folded.split(separators).filter(|word| !word.is_empty()) {
        match word {
            "ngay" => unit = Some(2),
            "thang" | "thg" => unit = Some(1),
            "nam" => unit = Some(0),
            "sinh" | "mung" | "mong" | "khoang" | "z" => {}
            _ => {
                let part = read_part(word)?;
                if let Some(unit) = unit.take() {
                    named[unit] = Some(part);
                }
                parts.push(part);
            }
        }
    }
    // Dashes and dots alone in a place are parts that nobody knows.
    if parts.len() < 3 && named == [None; 3] {
        let places: Vec<&str> = text.split('/').map(str::trim).collect();
        let unknown = |place: &str| place.chars().all(|c| matches!(c, '-' | '.' | '?' | '…' | '_' | ' '));
        if (2..=3).contains(&places.len()) && places.iter().any(|place| unknown(place)) {
            parts = places
                .iter()
                .map(|place| if unknown(place) { Ok(Part::Unknown) } else { read_part(&fold(place)) })
                .collect::<Result<_, _>>()?;
        }
    }
    if named[0].is_some() || named[1].is_some() {
        // "2 tháng 9, 1945": the unnamed ones are the day before and the year behind.
        if named[2].is_none()
            && parts.len() > named.iter().flatten().count()
            && named[1].is_some()
            && parts[0] != named[1].unwrap_or(Part::Unknown)
        {
            named[2] = Some(parts[0]);
        }
        if named[0].is_none() {
            named[0] = parts.last().copied().filter(|part| matches!(part, Part::Number(_, 4)));
        }
        let [year, month, day] = named.map(|part| part.unwrap_or(Part::Unknown));
        return date_of(year, month, day);
    }
    match parts.as_slice() {
        [year @ Part::Number(_, 4)] => date_of(*year, Part::Unknown, Part::Unknown),
        [year @ Part::Number(_, 4), month] | [month, year @ Part::Number(_, 4)] => {
            date_of(*year, *month, Part::Unknown)
        }
        [year @ Part::Number(_, 4), month, day] => date_of(*year, *month, *day),
        [day, month, year] => {
            // 12/25/1987 can only be month first.
            if let (Part::Number(first, 1..=2), Part::Number(second, 1..=2)) = (day, month)
                && (1..=12).contains(first)
                && (13..=31).contains(second)
            {
                let (date, _) = date_of(*year, *day, *month)?;
                return Ok((date, Some(MONTH_FIRST)));
            }
            date_of(*year, *month, *day)
        }
        _ => Err(FORMAT),
    }
}

fn read_part(word: &str) -> Result<Part, Invalid> {
    if word.len() <= 4 && word.bytes().all(|b| b.is_ascii_digit()) {
        let number = word.parse().map_err(|_| FORMAT)?;
        return Ok(if number == 0 { Part::Unknown } else { Part::Number(number, word.len()) });
    }
    if word.chars().all(|c| matches!(c, 'x' | '?' | '*')) || matches!(word, "dd" | "mm" | "kr" | "kxd") {
        return Ok(Part::Unknown);
    }
    Err(FORMAT)
}

fn date_of(year: Part, month: Part, day: Part) -> Result<(PartialDate, Option<Invalid>), Invalid> {
    let (year, mut warning) = match year {
        Part::Unknown => return Err(FORMAT),
        Part::Number(year, 4) => (year, None),
        Part::Number(year, 2) => {
            let now = PartialDate::today().year().unwrap_or(2000);
            let this = now / 100 * 100 + year;
            (if this > now { this - 100 } else { this }, Some(SHORT_YEAR))
        }
        Part::Number(..) => return Err(FORMAT),
    };
    let small = |part: Part| match part {
        Part::Unknown => Ok(0),
        Part::Number(n, 1..=2) => Ok(n as u8),
        Part::Number(..) => Err(FORMAT),
    };
    let (month, mut day) = (small(month)?, small(day)?);
    if month == 0 && day != 0 {
        day = 0;
        warning = Some(PART);
    }
    Ok((PartialDate::new(year, month, day)?, warning))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reads_what_offices_write() {
        for (text, iso, rule) in [
            ("05/02/1987", "1987-02-05", ""),
            ("5/2/1987", "1987-02-05", ""),
            ("5-2-1987", "1987-02-05", ""),
            ("05.02.1987", "1987-02-05", ""),
            ("05 / 02 / 1987", "1987-02-05", ""),
            ("05 02 1987", "1987-02-05", ""),
            ("'05/02/1987", "1987-02-05", ""),
            ("1987-02-05", "1987-02-05", ""),
            ("1987/2/5", "1987-02-05", ""),
            ("1987-02-05T00:00:00Z", "1987-02-05", ""),
            ("05/02/1987 12:30:00 AM", "1987-02-05", "date/time"),
            ("05/02/1987 0:00", "1987-02-05", ""),
            ("02/1987", "1987-02", ""),
            ("1987", "1987", ""),
            ("05021987", "1987-02-05", ""),
            ("19870205", "1987-02-05", ""),
            ("20111920", "1920-11-20", ""),
            ("20102010", "2010-10-20", ""),
            ("18122011", "2011-12-18", ""),
            ("20021220", "2002-12-20", ""),
            ("00/00/1950", "1950", ""),
            ("00/05/1950", "1950-05", ""),
            ("--/--/1950", "1950", ""),
            ("../../1950", "1950", ""),
            ("xx/xx/1950", "1950", ""),
            ("?/8/1950", "1950-08", ""),
            ("12/??/1950", "1950", "date/part"),
            ("ngày 02 tháng 9 năm 1945", "1945-09-02", ""),
            ("Ngày 2 tháng 9, 1945", "1945-09-02", ""),
            ("2 tháng 9 năm 1945", "1945-09-02", ""),
            ("NGÀY 02 THÁNG 09 NĂM 1945", "1945-09-02", ""),
            ("ngày … tháng … năm 1945", "1945", ""),
            ("tháng 9 năm 1945", "1945-09", ""),
            ("tháng 9/1945", "1945-09", ""),
            ("Năm 1945", "1945", ""),
            ("sinh năm 1945", "1945", ""),
            ("12/25/1987", "1987-12-25", "date/month-first"),
            ("5/2/87", "1987-02-05", "date/short-year"),
            ("31813", "1987-02-05", "date/serial"),
            ("31813.5", "1987-02-05", "date/serial"),
            ("", "", ""),
            ("  -  ", "", ""),
            ("//", "", ""),
        ] {
            let (date, warning) = read_date(text).unwrap_or_else(|fault| panic!("{text}: {fault}"));
            assert_eq!((date.iso().as_str(), warning.map_or("", |w| w.rule)), (iso, rule), "{text}");
        }
        for (text, rule) in [
            ("30/02/1987", "date/calendar"),
            ("31/13/1987", "date/calendar"),
            ("1/1/1066", "date/range"),
            ("abc", "date/format"),
            ("1/2/3/4", "date/format"),
            ("05/02", "date/format"),
            ("123", "date/format"),
            ("99999", "date/format"),
            ("5/2/187", "date/format"),
            ("tháng 9", "date/format"),
        ] {
            assert_eq!(read_date(text).map(|(date, _)| date.iso()).unwrap_err().rule, rule, "{text}");
        }
    }

    #[test]
    fn day_numbers_of_excel() {
        for (serial, date) in [
            (1, (1900, 1, 1)),
            (59, (1900, 2, 28)),
            (61, (1900, 3, 1)),
            (36526, (2000, 1, 1)),
            (45351, (2024, 2, 29)),
            (73050, (2099, 12, 31)),
        ] {
            assert_eq!(civil_of_serial(serial), date, "{serial}");
        }
    }

    proptest! {
        #[test]
        fn whole_dates_are_read_in_every_form(y in 1900u16..2026, m in 1u8..=12, d in 1u8..=31) {
            if let Ok(date) = PartialDate::new(y, m, d) {
                for text in [
                    date.local_text(), date.iso(), format!("{d}/{m}/{y}"), format!("{d}-{m}-{y}"), format!("{d:02}.{m:02}.{y}"),
                    format!("ngày {d} tháng {m} năm {y}"), format!("{d:02}{m:02}{y}"),
                ] {
                    prop_assert_eq!(read_date(&text).map(|(date, _)| date), Ok(date), "{}", text);
                }
            }
        }

        #[test]
        fn no_text_makes_it_panic(text in "\\PC*") {
            let _ = read_date(&text);
        }

        #[test]
        fn no_date_like_text_makes_it_panic(text in "[0-9/.xT: -]{0,14}") {
            let _ = read_date(&text);
        }
    }
}
