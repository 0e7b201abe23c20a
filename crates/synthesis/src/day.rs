//! Whole days as one number, so that the arithmetic of lives is integer arithmetic that cannot fail.

use vocabulary::{Moment, PartialDate};

/// A day of the Gregorian calendar, counted from 1970-01-01.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Day(pub(crate) i32);

impl Day {
    /// From year, month and day (days from civil, after Hinnant).
    pub(crate) const fn of(year: i32, month: i32, day: i32) -> Day {
        let y = if month <= 2 { year - 1 } else { year };
        let era = y.div_euclid(400);
        let of_era = y.rem_euclid(400);
        let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
        Day(era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468)
    }

    /// From a whole date.
    pub(crate) fn from_date(date: PartialDate) -> Option<Day> {
        Some(Day::of(date.year()?.into(), date.month()?.into(), date.day()?.into()))
    }

    /// Year, month and day.
    pub(crate) fn ymd(self) -> (i32, i32, i32) {
        let z = self.0 + 719_468;
        let (era, day) = (z.div_euclid(146_097), z.rem_euclid(146_097));
        let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
        let of_year = day - (365 * year + year / 4 - year / 100);
        let m = (5 * of_year + 2) / 153;
        let month = if m < 10 { m + 3 } else { m - 9 };
        (year + era * 400 + i32::from(month <= 2), month, of_year - (153 * m + 2) / 5 + 1)
    }

    pub(crate) fn year(self) -> u16 {
        self.ymd().0 as u16
    }

    /// The date, whole.
    pub(crate) fn date(self) -> PartialDate {
        let (year, month, day) = self.ymd();
        PartialDate::from_packed((year * 10_000 + month * 100 + day) as u32).unwrap_or_default()
    }

    pub(crate) const fn plus(self, days: i32) -> Day {
        Day(self.0 + days)
    }

    /// The same day of another year; 29 February becomes 1 March where the year has none.
    pub(crate) fn plus_years(self, years: i32) -> Day {
        let (year, month, day) = self.ymd();
        Day::of(year + years, month, day)
    }

    /// Completed years from a day to this one.
    pub(crate) fn years_since(self, earlier: Day) -> i32 {
        let ((y, m, d), (by, bm, bd)) = (self.ymd(), earlier.ymd());
        y - by - i32::from((m, d) < (bm, bd))
    }

    /// The point in time, by seconds from midnight in Viet Nam (+07:00).
    pub(crate) const fn at(self, seconds: i64) -> Moment {
        Moment::from_micros((self.0 as i64 * 86_400 - 7 * 3_600 + seconds) * 1_000_000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_dates_agree_for_four_centuries() {
        let mut date = (1900, 1, 1);
        for n in Day::of(1900, 1, 1).0..Day::of(2300, 1, 1).0 {
            assert_eq!(Day(n).ymd(), date);
            assert_eq!(Day::of(date.0, date.1, date.2), Day(n));
            let next = (date.0 as u16, date.1 as u8, date.2 as u8 + 1);
            date = match (PartialDate::new(next.0, next.1, next.2), date.1) {
                (Ok(_), _) => (date.0, date.1, date.2 + 1),
                (Err(_), 12) => (date.0 + 1, 1, 1),
                (Err(_), month) => (date.0, month + 1, 1),
            };
        }
    }

    #[test]
    fn ages_and_moments() {
        let born = Day::of(2000, 2, 29);
        assert_eq!(born.plus_years(18), Day::of(2018, 3, 1));
        assert_eq!(Day::of(2018, 2, 28).years_since(born), 17);
        assert_eq!(Day::of(2018, 3, 1).years_since(born), 18);
        assert_eq!(Day::of(2021, 7, 1).at(0).rfc3339(), "2021-06-30T17:00:00.000000Z");
        assert_eq!(Day::from_date(Day::of(1987, 2, 5).date()), Some(Day::of(1987, 2, 5)));
    }
}
