//! Why an application that is registered does not work here.

use crate::model::{LEAST_LEVEL, Party, Stage};
use vocabulary::{PartialDate, Text};

/// What stands between an application and the people of this installation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Obstacle {
    /// It was suspended.
    Suspended,
    /// It is in the sandbox, and people here are real.
    Sandbox,
    /// Neither it nor its agency was ever assessed.
    NotAssessed,
    /// It was assessed, and found below the level that is needed.
    Level,
    /// What it was assessed by has ended, or has not begun.
    Ended,
}

impl Obstacle {
    /// What stands in its way on a day, where anything does. Where all people are invented, a suspension alone.
    pub fn of(party: &Party, suspended: bool, synthetic: bool, today: PartialDate) -> Option<Obstacle> {
        let assessments = || [&party.assessment, &party.covered_by].into_iter().flatten();
        if suspended {
            Some(Obstacle::Suspended)
        } else if synthetic || party.is_live(today) {
            None
        } else if party.stage == Stage::Sandbox {
            Some(Obstacle::Sandbox)
        } else if assessments().next().is_none() {
            Some(Obstacle::NotAssessed)
        } else if assessments().all(|assessment| assessment.level < LEAST_LEVEL) {
            Some(Obstacle::Level)
        } else {
            Some(Obstacle::Ended)
        }
    }

    /// The word in logs.
    pub const fn word(self) -> &'static str {
        match self {
            Obstacle::Suspended => "client-suspended",
            Obstacle::Sandbox => "client-in-sandbox",
            Obstacle::NotAssessed => "client-not-assessed",
            Obstacle::Level => "client-assessed-too-low",
            Obstacle::Ended => "client-assessment-ended",
        }
    }

    /// In a few words, as a tag says it.
    pub const fn text(self) -> Text {
        match self {
            Obstacle::Suspended => Text::new("Bị đình chỉ", "Suspended"),
            Obstacle::Sandbox => Text::new("Thử nghiệm", "Sandbox"),
            Obstacle::NotAssessed => Text::new("Dừng: chưa được đánh giá", "Stopped: not assessed"),
            Obstacle::Level => Text::new("Dừng: đánh giá dưới cấp độ 3", "Stopped: assessed below level 3"),
            Obstacle::Ended => Text::new("Dừng: hết hạn đánh giá", "Stopped: assessment ended"),
        }
    }

    /// What there is to do.
    pub const fn advice(self) -> Text {
        match self {
            Obstacle::Suspended => Text::new(
                "Ứng dụng bị đình chỉ; thanh tra an toàn bỏ đình chỉ tại /admin/applications.",
                "It is suspended; a security inspector lifts that at /admin/applications.",
            ),
            Obstacle::Sandbox => Text::new(
                "Ứng dụng ở chế độ thử nghiệm, chỉ dùng được nơi mọi người đều không có thật (provider.synthetic).",
                "It is in the sandbox, which works only where all people are invented (provider.synthetic).",
            ),
            Obstacle::NotAssessed => Text::new(
                "Chưa có đánh giá an toàn từ cấp độ 3 của ứng dụng hoặc của cơ quan; thanh tra an toàn ghi tại /admin/applications hoặc /admin/agencies.",
                "No security assessment of level 3 or more is recorded, of it or of its agency; a security inspector records one at /admin/applications or /admin/agencies.",
            ),
            Obstacle::Level => Text::new(
                "Đánh giá an toàn đã ghi dưới cấp độ 3.",
                "The security assessment that is recorded is below level 3.",
            ),
            Obstacle::Ended => Text::new(
                "Đánh giá an toàn đã hết hạn hoặc chưa bắt đầu có hiệu lực.",
                "The security assessment has ended, or has not begun.",
            ),
        }
    }
}
