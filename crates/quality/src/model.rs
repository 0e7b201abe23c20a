//! The words of cleaning: what can be wrong, how a case goes, and the totals that always add up.

use serde::{Deserialize, Serialize};
use vocabulary::{ActSeq, Hamlet, HouseholdId, Invalid, PartialDate, PersonId, Text, UnitCode};

macro_rules! coded {
    ($(#[$doc:meta])* $name:ident: $rule:literal { $($(#[$each:meta])* $variant:ident = $number:literal, $code:literal, $vi:literal, $en:literal;)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum $name { $($(#[$each])* #[serde(rename = $code)] $variant,)* }

        impl $name {
            /// All of them, in order.
            pub const ALL: &'static [$name] = &[$($name::$variant),*];

            /// Stable code.
            pub const fn code(self) -> &'static str {
                match self { $($name::$variant => $code),* }
            }

            /// The number in rows.
            pub const fn number(self) -> i16 {
                match self { $($name::$variant => $number),* }
            }

            /// As people read it.
            pub const fn text(self) -> Text {
                match self { $($name::$variant => Text::new($vi, $en)),* }
            }

            /// From the number in a row.
            pub fn from_number(number: i16) -> Option<$name> {
                match number { $($number => Some($name::$variant),)* _ => None }
            }

            /// From the code.
            pub fn parse(code: &str) -> Result<$name, Invalid> {
                match code.trim() {
                    $($code => Ok($name::$variant),)*
                    _ => Err(Invalid::new($rule, "Giá trị không có trong danh mục", "The value is not in the list")),
                }
            }
        }
    };
}

coded! {
    /// The four words by which population data is measured.
    Word: "quality/word" {
        /// *Đúng*: agrees with its source.
        Correct = 1, "correct", "Đúng", "Correct";
        /// *Đủ*: mandatory fields for that age and status.
        Complete = 2, "complete", "Đủ", "Complete";
        /// *Sạch*: no duplicate, no contradiction.
        Clean = 3, "clean", "Sạch", "Clean";
        /// *Sống*: followed by events.
        Live = 4, "live", "Sống", "Live";
    }
}

coded! {
    /// How much a broken rule weighs.
    Severity: "quality/severity" {
        /// Certainly wrong.
        Fault = 1, "fault", "Sai", "Fault";
        /// Probably wrong or missing.
        Warning = 2, "warning", "Nghi sai", "Warning";
        /// Worth a look.
        Notice = 3, "notice", "Cần xem", "Notice";
    }
}

coded! {
    /// The tasks of data cleaning that the centre hands out (*chỉ tiêu*, inventory CLN-01 … CLN-12, CLN-14).
    Indicator: "quality/indicator" {
        /// Duplicates with other provinces.
        C01 = 1, "CLN-01", "Xóa trùng thông tin ngoài tỉnh", "Duplicates with other provinces";
        /// Duplicates within the province.
        C02 = 2, "CLN-02", "Xóa trùng thông tin trong tỉnh", "Duplicates within the province";
        /// Households with more than one head.
        C03 = 3, "CLN-03", "Hộ có trên 1 chủ hộ", "Households with more than one head";
        /// Households without a head.
        C04 = 4, "CLN-04", "Hộ không có chủ hộ", "Households without a head";
        /// Former 9-digit numbers missing.
        C05 = 5, "CLN-05", "Bổ sung số CMND 9 số", "Former 9-digit numbers missing";
        /// Missing fields.
        C06 = 6, "CLN-06", "Bổ sung các trường thông tin thiếu", "Missing fields";
        /// Wrong personal numbers.
        C07 = 7, "CLN-07", "Sai số định danh cá nhân", "Wrong personal numbers";
        /// Prisoners who are not in the registry.
        C08 = 8, "CLN-08", "Nhập mới dữ liệu phạm nhân", "New records of prisoners";
        /// Prisoners matched with the registry.
        C09 = 9, "CLN-09", "Đối khớp dữ liệu phạm nhân", "Matching of prisoners";
        /// Insured persons whose data differs.
        C10 = 10, "CLN-10", "Bảo hiểm xã hội sai lệch thông tin", "Social insurance: data differs";
        /// Insured persons who are not found.
        C11 = 11, "CLN-11", "Bảo hiểm xã hội không tìm thấy", "Social insurance: not found";
        /// Vaccinated persons who are not found, or whose number is another's.
        C12 = 12, "CLN-12", "Làm sạch dữ liệu tiêm chủng", "Vaccination: not found, or a duplicate number";
        /// Vaccinated persons with a number whose data differs.
        C14 = 14, "CLN-14", "Tiêm chủng có số nhưng sai thông tin cơ bản", "Vaccination: number known, data differs";
    }
}

impl Indicator {
    /// Whether its cases come from the rules of the registry; those of the others are rows of sectors' files.
    pub const fn from_rules(self) -> bool {
        self.number() <= 7
    }
}

coded! {
    /// Where a case stands. Each case is in one state; every count is a count of cases by state.
    State: "case/state" {
        /// Handed to a unit, and nobody's yet.
        Open = 1, "open", "Chưa phân công", "Not split yet";
        /// An officer works on it.
        Working = 2, "working", "Đang xử lý", "In work";
        /// Proposed to be ended, and waiting for approval.
        Submitted = 3, "submitted", "Chờ duyệt", "Waiting for approval";
        /// Ended: the rule no longer finds anything.
        Fixed = 11, "fixed", "Đã làm sạch", "Fixed";
        /// Ended: the person declared never to have had such a paper.
        NeverIssued = 12, "never-issued", "Cam kết chưa làm", "Declared never issued";
        /// Ended: it cannot be cleaned, with the reason (PAIN-18).
        CannotClean = 13, "cannot-clean", "Không thể làm sạch", "Cannot be cleaned";
        /// Ended here: another province has to act.
        Elsewhere = 14, "elsewhere", "Chờ tỉnh khác", "Waiting for another province";
        /// Ended: what the rule found is right as it is.
        NotAnError = 15, "not-an-error", "Không phải lỗi", "Not an error";
    }
}

impl State {
    /// The states in which a case can end.
    pub const ENDS: &'static [State] =
        &[State::Fixed, State::NeverIssued, State::CannotClean, State::Elsewhere, State::NotAnError];

    /// Whether the case has ended.
    pub const fn is_end(self) -> bool {
        self.number() > 10
    }

    /// Whether ending so needs a reason in words.
    pub const fn needs_reason(self) -> bool {
        matches!(self, State::NeverIssued | State::CannotClean | State::Elsewhere | State::NotAnError)
    }

    /// Whether the record is right as it is from then on, so that the rule counts it no longer while nothing changes.
    pub const fn accepts(self) -> bool {
        matches!(self, State::NeverIssued | State::NotAnError)
    }
}

/// What a rule found something wrong with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    /// A person.
    Person(PersonId),
    /// A household.
    Household(HouseholdId),
    /// A row of a sector's file that is not matched.
    Row(i64),
}

impl Subject {
    /// Kind and identifier as rows hold them: a sector's row stands among the persons, with its number below zero.
    pub const fn columns(self) -> (i16, i64) {
        match self {
            Subject::Person(id) => (1, id.0),
            Subject::Household(id) => (2, id.0),
            Subject::Row(id) => (1, -id),
        }
    }

    /// From a row.
    pub const fn of(kind: i16, id: i64) -> Subject {
        match kind {
            2 => Subject::Household(HouseholdId(id)),
            _ if id < 0 => Subject::Row(-id),
            _ => Subject::Person(PersonId(id)),
        }
    }

    /// The page of the desk on which the record stands.
    pub fn path(self) -> String {
        match self {
            Subject::Person(id) => format!("/desk/persons/{id}"),
            Subject::Household(id) => format!("/desk/households/{id}"),
            Subject::Row(id) => format!("/data/quality/sectors/rows/{id}"),
        }
    }
}

/// The act that made a fault, and since when the record has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cause {
    /// The act; 0 where none is known.
    pub act: ActSeq,
    /// The day on which it was recorded, or from which something is overdue.
    pub since: PartialDate,
}

/// A rule that a record breaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// The record.
    pub subject: Subject,
    /// The rule.
    pub rule: String,
    /// Its word.
    pub word: Word,
    /// The commune that answers for the record.
    pub unit: Option<UnitCode>,
    /// The hamlet there.
    pub hamlet: Option<Hamlet>,
    /// What made it, since when.
    pub cause: Cause,
}

/// Cases counted by state. All other figures are sums of these, so they always add up: done, in work and ended otherwise
/// make the assigned.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    counts: [i64; 8],
}

impl Totals {
    /// Adds cases in a state.
    pub fn add(&mut self, state: State, count: i64) {
        if let Some(at) = State::ALL.iter().position(|s| *s == state)
            && let Some(place) = self.counts.get_mut(at)
        {
            *place += count;
        }
    }

    /// Adds all cases of others.
    pub fn add_all(&mut self, others: &Totals) {
        for (state, count) in others.by_state() {
            self.add(state, count);
        }
    }

    /// Each state with its cases.
    pub fn by_state(&self) -> impl Iterator<Item = (State, i64)> + '_ {
        State::ALL.iter().copied().zip(self.counts.iter().copied())
    }

    /// Cases in a state.
    pub fn of(&self, state: State) -> i64 {
        self.by_state().find(|(s, _)| *s == state).map_or(0, |(_, count)| count)
    }

    fn sum(&self, of: impl Fn(State) -> bool) -> i64 {
        self.by_state().filter(|(state, _)| of(*state)).map(|(_, count)| count).sum()
    }

    /// All cases.
    pub fn assigned(&self) -> i64 {
        self.sum(|_| true)
    }

    /// Cases that were fixed.
    pub fn done(&self) -> i64 {
        self.of(State::Fixed)
    }

    /// Cases that have not ended.
    pub fn in_work(&self) -> i64 {
        self.sum(|s| !s.is_end())
    }

    /// Cases that ended in another way than fixed.
    pub fn ended_otherwise(&self) -> i64 {
        self.sum(|s| s.is_end() && s != State::Fixed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn codes_and_numbers_lead_back() {
        for state in State::ALL {
            assert_eq!(State::from_number(state.number()), Some(*state));
            assert_eq!(State::parse(state.code()), Ok(*state));
            assert_eq!(state.is_end(), State::ENDS.contains(state));
        }
        assert_eq!(Indicator::ALL.len(), 13);
        assert!(Indicator::parse("CLN-13").is_err(), "a way of working, and no task");
    }

    proptest! {
        #[test]
        fn totals_add_up(counts in proptest::collection::vec((0usize..8, 0i64..10_000), 0..40)) {
            let mut totals = Totals::default();
            for (at, count) in &counts {
                totals.add(State::ALL[*at], *count);
            }
            prop_assert_eq!(totals.assigned(), counts.iter().map(|c| c.1).sum::<i64>());
            prop_assert_eq!(totals.done() + totals.in_work() + totals.ended_otherwise(), totals.assigned());
        }
    }
}
