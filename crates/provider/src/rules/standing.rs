//! How an account stands, and which step leads where.

use vocabulary::Text;

/// How an account stands (*trạng thái tài khoản định danh điện tử*).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// In use.
    Active,
    /// Stopped for a time by an office.
    Suspended,
    /// Locked (*khóa*), by its owner or an office.
    Locked,
    /// Closed; a new file in person opens it again, unless its owner died.
    Closed,
}

/// A step from one standing to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// *Tạm dừng*.
    Suspend,
    /// *Khóa*.
    Lock,
    /// *Mở khóa*: also ends a suspension.
    Unlock,
    /// *Đóng*.
    Close,
}

impl Standing {
    /// All.
    pub const ALL: [Standing; 4] =
        [Standing::Active, Standing::Suspended, Standing::Locked, Standing::Closed];

    /// As stored.
    pub const fn code(self) -> &'static str {
        match self {
            Standing::Active => "active",
            Standing::Suspended => "suspended",
            Standing::Locked => "locked",
            Standing::Closed => "closed",
        }
    }

    /// The standing of a code.
    pub fn of(code: &str) -> Option<Standing> {
        Standing::ALL.into_iter().find(|standing| standing.code() == code)
    }

    /// As people read it.
    pub const fn text(self) -> Text {
        match self {
            Standing::Active => Text::new("Đang hoạt động", "In use"),
            Standing::Suspended => Text::new("Tạm dừng", "Suspended"),
            Standing::Locked => Text::new("Đã khóa", "Locked"),
            Standing::Closed => Text::new("Đã đóng", "Closed"),
        }
    }

    /// Where a step leads from here; `None` where it cannot be taken.
    pub const fn after(self, step: Step) -> Option<Standing> {
        match (self, step) {
            (Standing::Active, Step::Suspend) => Some(Standing::Suspended),
            (Standing::Active | Standing::Suspended, Step::Lock) => Some(Standing::Locked),
            (Standing::Suspended | Standing::Locked, Step::Unlock) => Some(Standing::Active),
            (Standing::Active | Standing::Suspended | Standing::Locked, Step::Close) => {
                Some(Standing::Closed)
            }
            _ => None,
        }
    }
}

impl Step {
    /// All, the mildest first.
    pub const ALL: [Step; 4] = [Step::Suspend, Step::Lock, Step::Unlock, Step::Close];

    /// As stored and sent.
    pub const fn code(self) -> &'static str {
        match self {
            Step::Suspend => "suspend",
            Step::Lock => "lock",
            Step::Unlock => "unlock",
            Step::Close => "close",
        }
    }

    /// The step of a code.
    pub fn of(code: &str) -> Option<Step> {
        Step::ALL.into_iter().find(|step| step.code() == code)
    }

    /// As people read it.
    pub const fn text(self) -> Text {
        match self {
            Step::Suspend => Text::new("Tạm dừng", "Suspend"),
            Step::Lock => Text::new("Khóa", "Lock"),
            Step::Unlock => Text::new("Mở khóa", "Unlock"),
            Step::Close => Text::new("Đóng", "Close"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_closed_stays_closed_and_nothing_leads_to_itself() {
        for standing in Standing::ALL {
            for step in Step::ALL {
                let next = standing.after(step);
                assert_ne!(next, Some(standing));
                assert!(standing != Standing::Closed || next.is_none());
            }
            assert_eq!(Standing::of(standing.code()), Some(standing));
        }
        assert_eq!(Standing::Locked.after(Step::Suspend), None, "a lock is not weakened to a suspension");
        assert_eq!(Standing::Locked.after(Step::Unlock), Some(Standing::Active));
    }
}
