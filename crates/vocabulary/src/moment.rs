//! A point in time.

use crate::{TIME_ZONE, problem::Invalid};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A point in time in microseconds since 1970-01-01T00:00Z: what both engines can hold exactly, and in an order that
/// both sort the same way. (A textual timestamp would not: `.` sorts before `Z`.)
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment(i64);

impl Moment {
    /// The clock.
    pub fn now() -> Moment {
        Moment(jiff::Timestamp::now().as_microsecond())
    }

    /// From microseconds since the epoch.
    pub const fn from_micros(micros: i64) -> Moment {
        Moment(micros)
    }

    /// Microseconds since the epoch.
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// Later by whole seconds (earlier, where negative).
    pub const fn plus_seconds(self, seconds: i64) -> Moment {
        Moment(self.0.saturating_add(seconds.saturating_mul(1_000_000)))
    }

    /// Parses RFC 3339.
    pub fn parse(text: &str) -> Result<Moment, Invalid> {
        text.parse::<jiff::Timestamp>().map(|t| Moment(t.as_microsecond())).map_err(|_| {
            Invalid::new(
                "moment/rfc3339",
                "Thời điểm phải theo RFC 3339, ví dụ 2026-11-21T08:30:00+07:00",
                "The time must follow RFC 3339, such as 2026-11-21T08:30:00+07:00",
            )
        })
    }

    fn timestamp(self) -> jiff::Timestamp {
        jiff::Timestamp::from_microsecond(self.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH)
    }

    /// RFC 3339 in UTC with six decimals: fixed width, so that text order is time order.
    pub fn rfc3339(self) -> String {
        format!("{:.6}", self.timestamp())
    }

    /// The calendar date in Viet Nam, as year, month, day.
    pub fn local_date(self) -> (i16, i8, i8) {
        let z = self.local();
        (z.year(), z.month(), z.day())
    }

    /// `dd/mm/yyyy hh:mm:ss` in Viet Nam, as people here read it.
    pub fn local_text(self) -> String {
        self.local().strftime("%d/%m/%Y %H:%M:%S").to_string()
    }

    fn local(self) -> jiff::Zoned {
        // Viet Nam has kept +07:00 since 1975; the fixed offset serves where the machine has no zone database.
        let zone = jiff::tz::TimeZone::get(TIME_ZONE)
            .unwrap_or_else(|_| jiff::tz::TimeZone::fixed(jiff::tz::offset(7)));
        self.timestamp().to_zoned(zone)
    }
}

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(&self.rfc3339())
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Moment, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(d)?;
        Moment::parse(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_has_a_fixed_width_and_round_trips() {
        let whole = Moment::parse("2026-11-21T08:30:20Z").unwrap();
        let half = Moment::parse("2026-11-21T08:30:20.5Z").unwrap();
        assert_eq!(whole.rfc3339(), "2026-11-21T08:30:20.000000Z");
        assert!(whole.rfc3339() < half.rfc3339());
        assert_eq!(Moment::parse(&half.rfc3339()), Ok(half));
        assert_eq!(whole.local_text(), "21/11/2026 15:30:20");
    }
}
