//! How long somebody waits after failed sign-ins: pure arithmetic, the clock is passed in.
//!
//! Three tallies stand side by side, and an attempt meets either the first two or the third:
//!
//! - per **account** from devices not seen before: slows guessing at one account from anywhere;
//! - per **network address**: slows guessing at many accounts from one place;
//! - per **known device**, for a browser that has signed in to that very account before: the account's owner keeps
//!   this way in while a stranger fills the other two, so nobody can be locked out for good.
//!
//! An attempt made while waiting is refused unread and does not lengthen the wait. No wait is longer than
//! [`Rule::longest`], and a tally is forgotten once nothing failed for [`Rule::forget`].

use vocabulary::Moment;

/// When waiting begins, how it grows, and when it is forgotten.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Failures that cost nothing.
    pub free: u32,
    /// Seconds to wait after the first failure beyond the free ones; doubles with each further one.
    pub first: i64,
    /// The longest wait in seconds.
    pub longest: i64,
    /// Seconds without a failure after which all are forgotten.
    pub forget: i64,
}

/// For an account, from devices not seen before.
pub const ACCOUNT: Rule = Rule { free: 4, first: 15, longest: 15 * 60, forget: 24 * 3600 };
/// For a device that has signed in to the account before.
pub const DEVICE: Rule = Rule { free: 9, first: 15, longest: 15 * 60, forget: 24 * 3600 };
/// For a network address; generous, because a whole office may stand behind one.
pub const ADDRESS: Rule = Rule { free: 29, first: 15, longest: 15 * 60, forget: 3600 };

/// Failures so far, and when the last was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tally {
    /// How many failed.
    pub failures: u32,
    /// When the last failed.
    pub last: Moment,
}

impl Rule {
    /// Seconds to wait after so many failures.
    pub fn delay(&self, failures: u32) -> i64 {
        match failures.checked_sub(self.free + 1) {
            None => 0,
            // Beyond 2^30 the longest wait has long been reached; the bound keeps the shift defined.
            Some(beyond) => self.first.saturating_mul(1 << beyond.min(30)).min(self.longest),
        }
    }

    /// Whole seconds still to wait at `now`; 0 when an attempt may be made.
    pub fn wait(&self, tally: Option<Tally>, now: Moment) -> i64 {
        let Some(tally) = tally else { return 0 };
        let end = tally.last.plus_seconds(self.delay(tally.failures));
        // A clock set back must not lengthen the wait beyond the rule.
        seconds_between(now, end).clamp(0, self.longest)
    }

    /// The tally after one more attempt at `now`.
    pub fn count(&self, tally: Option<Tally>, now: Moment) -> Tally {
        let kept = tally.filter(|t| seconds_between(t.last, now) < self.forget).map_or(0, |t| t.failures);
        Tally { failures: kept.saturating_add(1), last: now }
    }
}

/// Seconds from one moment to another, rounded up; negative when the other is earlier.
fn seconds_between(from: Moment, to: Moment) -> i64 {
    let micros = to.micros().saturating_sub(from.micros());
    micros.div_euclid(1_000_000) + i64::from(micros.rem_euclid(1_000_000) > 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const START: Moment = Moment::from_micros(1_800_000_000_000_000);

    #[test]
    fn the_first_failures_are_free_then_the_wait_doubles_up_to_its_bound() {
        let delays: Vec<i64> = (0..13).map(|n| ACCOUNT.delay(n)).collect();
        assert_eq!(delays, [0, 0, 0, 0, 0, 15, 30, 60, 120, 240, 480, 900, 900]);
        assert_eq!(ACCOUNT.delay(u32::MAX), 900);
    }

    #[test]
    fn a_wait_runs_out_and_old_failures_are_forgotten() {
        let mut tally = None;
        for _ in 0..5 {
            assert_eq!(ACCOUNT.wait(tally, START), 0);
            tally = Some(ACCOUNT.count(tally, START));
        }
        assert_eq!(ACCOUNT.wait(tally, START), 15);
        assert_eq!(ACCOUNT.wait(tally, Moment::from_micros(START.micros() + 1)), 15, "rounded up");
        assert_eq!(ACCOUNT.wait(tally, START.plus_seconds(14)), 1);
        assert_eq!(ACCOUNT.wait(tally, START.plus_seconds(15)), 0);
        let next = ACCOUNT.count(tally, START.plus_seconds(15));
        assert_eq!(ACCOUNT.wait(Some(next), START.plus_seconds(15)), 30);
        let later = START.plus_seconds(15 + ACCOUNT.forget);
        assert_eq!(ACCOUNT.count(Some(next), later).failures, 1);
    }

    #[test]
    fn a_clock_set_back_does_not_lock_for_years() {
        let tally = Tally { failures: 6, last: START };
        assert_eq!(ACCOUNT.wait(Some(tally), START.plus_seconds(-10 * 365 * 86_400)), ACCOUNT.longest);
    }

    proptest! {
        #[test]
        fn waiting_never_shrinks_with_failures_and_never_exceeds_its_bound(n in 0u32..u32::MAX) {
            for rule in [ACCOUNT, DEVICE, ADDRESS] {
                prop_assert!(rule.delay(n) <= rule.delay(n + 1));
                prop_assert!((0..=rule.longest).contains(&rule.delay(n)));
            }
        }
    }
}
