//! Days from one date to another.

use vocabulary::PartialDate;

/// Days from one date to another, negative where the second is earlier; `None` where one of them is not whole.
pub fn between(from: PartialDate, until: PartialDate) -> Option<i64> {
    let days = |date: PartialDate| {
        // Days since 1 March of the year 0 in the Gregorian calendar, by which leap days come last.
        let (y, m, d) = (i64::from(date.year()?), i64::from(date.month()?), i64::from(date.day()?));
        let (y, m) = if m > 2 { (y, m - 3) } else { (y - 1, m + 9) };
        Some(365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + d)
    };
    Some(days(until)? - days(from)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_counted_over_months_and_leap_years() {
        let between =
            |a: &str, b: &str| between(PartialDate::parse(a).unwrap(), PartialDate::parse(b).unwrap());
        assert_eq!(between("2026-11-21", "2026-11-21"), Some(0));
        assert_eq!(between("2028-02-28", "2028-03-01"), Some(2));
        assert_eq!(between("2026-02-28", "2026-03-01"), Some(1));
        assert_eq!(between("2026-12-31", "2027-01-01"), Some(1));
        assert_eq!(between("2027-01-01", "2026-12-31"), Some(-1));
        assert_eq!(between("2026-11", "2026-11-21"), None);
    }
}
