//! Writing acts down: sequence, time of recording, officer, evidence.

use crate::{cells::digits, day::Day, draw::Draw};
use population::acts::{Act, Content};
use std::sync::Arc;
use vocabulary::{ActSeq, Actor, AgencyCode, Invalid, Moment, PartialDate, StaffId, UnitCode};

/// First day of the national population database; what happened before was recorded then.
pub(crate) const DATABASE: Day = Day::of(2021, 7, 1);

/// First day of the structure with two tiers of units.
pub(crate) const TWO_TIERS: Day = Day::of(2025, 7, 1);

/// The office that records: the police of one commune.
#[derive(Clone, Copy)]
pub(crate) struct Office<'a> {
    /// Code of the police before and since July 2025.
    pub(crate) police: &'a [AgencyCode; 2],
    /// The commune before and since.
    pub(crate) units: [UnitCode; 2],
}

/// The officers who record.
pub(crate) fn officers() -> Result<Arc<[StaffId]>, Invalid> {
    (1..=12).map(|n| StaffId::parse(&format!("canbo{n:02}"))).collect()
}

/// Numbers the acts of a stretch of the stream, from 1.
pub(crate) struct Register {
    seq: i64,
    officers: Arc<[StaffId]>,
    today: Day,
}

impl Register {
    pub(crate) fn new(today: Day, officers: Arc<[StaffId]>) -> Register {
        Register { seq: 0, officers, today }
    }

    /// How many acts were numbered.
    pub(crate) fn acts(&self) -> i64 {
        self.seq
    }

    /// A book for the acts of one family.
    pub(crate) fn open<'a>(&'a mut self, office: Office<'a>) -> Book<'a> {
        Book { register: self, office, acts: Vec::new(), last: DATABASE.at(0) }
    }
}

/// The acts of one family. They are written in the order in which they happened, and each is recorded no earlier than
/// the one before.
pub(crate) struct Book<'a> {
    register: &'a mut Register,
    office: Office<'a>,
    acts: Vec<Act>,
    last: Moment,
}

impl Book<'_> {
    /// Writes what happened on a day.
    pub(crate) fn write(&mut self, day: Day, content: Content, draw: &mut Draw) {
        self.write_dated(day, day.date(), content, draw);
    }

    /// Writes what happened on a day that the papers give less exactly.
    pub(crate) fn write_dated(
        &mut self,
        day: Day,
        effective: PartialDate,
        content: Content,
        draw: &mut Draw,
    ) {
        let today = self.register.today;
        let noted = day.plus(draw.between(0, 6)).min(today);
        let recorded = match noted {
            _ if day < DATABASE => DATABASE.at(0),
            // Soon after midnight, so that nothing of today lies in the future.
            noted if noted == today => today.at(draw.between(1, 60).into()),
            noted => noted.at(i64::from(7 * 3600 + draw.between(1_800, 34_200))),
        }
        .max(self.last);
        self.last = recorded;
        let era = usize::from(recorded >= TWO_TIERS.at(0));
        self.register.seq += 1;
        self.acts.push(Act {
            seq: ActSeq(self.register.seq),
            effective,
            recorded,
            by: Actor {
                system: None,
                officer: Some(draw.pick(&self.register.officers).clone()),
                agency: self.office.police[era].clone(),
                unit: Some(self.office.units[era]),
            },
            evidence: evidence(&content, day, draw),
            content,
        });
    }

    /// The acts written.
    pub(crate) fn close(self) -> Vec<Act> {
        self.acts
    }

    /// The acts so far, to inject a fault.
    pub(crate) fn acts_mut(&mut self) -> &mut [Act] {
        &mut self.acts
    }
}

/// The paper behind an act: kind, number, year.
fn evidence(content: &Content, day: Day, draw: &mut Draw) -> String {
    let (number, year) = (1 + draw.below(980), day.year());
    let form = match content {
        Content::Registration { .. } => {
            let mut evidence = String::with_capacity(24);
            evidence.push_str("Phiếu DC01 số ");
            digits(&mut evidence, u64::from(100 + draw.below(99_900)), 1);
            return evidence;
        }
        Content::Birth { .. } | Content::NumberIssued { .. } => "KS",
        Content::Death { .. } => "KT",
        Content::Marriage { .. } => "KH",
        Content::Divorce { .. } => return format!("Quyết định {number}/{year}/QĐST-HNGĐ"),
        Content::Adoption { .. } => "Nuôi con nuôi",
        Content::Guardianship { .. } => "Giám hộ",
        Content::Stay { .. } => "Thông báo lưu trú",
        Content::Absence { .. } | Content::AbsenceEnded { .. } if day >= DATABASE => "CT03",
        Content::Correction { .. }
        | Content::ContactChange { .. }
        | Content::NumberCancelled { .. }
        | Content::FormerNumberAdded { .. } => "DC02",
        _ if day >= DATABASE => "CT01",
        _ => "HK02",
    };
    let mut evidence = String::with_capacity(form.len() + 9);
    evidence.push_str(form);
    evidence.push(' ');
    digits(&mut evidence, number.into(), 1);
    evidence.push('/');
    digits(&mut evidence, year.into(), 1);
    evidence
}
