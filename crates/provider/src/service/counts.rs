//! The figures that offices report: files received, approved, refused, activated, by day and unit (inventory EID-02,
//! EID-05 to EID-07).

use super::{Provider, enrolment::places};
use crate::{
    error::ProviderError,
    rules::days,
    store::enrolment::{self, Counted, File, Of, Units},
};
use access::{Action, Caller, Resource, UnitScope};
use population::Ask;
use reference::{Era, units};
use std::collections::BTreeMap;
use vocabulary::{Invalid, PartialDate, Problem, UnitCode, UnitLevel};

/// Most days of one question.
pub(crate) const MOST_DAYS: i64 = 92;

/// What was counted on a day in a unit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Row {
    pub received: i64,
    pub approved: i64,
    pub refused: i64,
    pub activated: i64,
}

impl Row {
    fn add(&mut self, other: Row) {
        self.received += other.received;
        self.approved += other.approved;
        self.refused += other.refused;
        self.activated += other.activated;
    }
}

/// The figures of some days.
pub(crate) struct Counts {
    pub from: PartialDate,
    pub until: PartialDate,
    /// By day, unit and whose files they are, in order.
    pub rows: BTreeMap<(PartialDate, UnitCode, Of), Row>,
    /// All of them, of persons and of organisations.
    pub sums: [(Of, Row); 2],
}

const DAYS: Invalid = Invalid::new(
    "counts/days",
    "Chọn hai ngày cách nhau không quá 92 ngày, ngày đầu không sau ngày cuối",
    "Choose two days at most 92 days apart, the first not after the last",
);

/// The communes that a scope names, a province by its communes.
pub(super) fn communes(scope: &UnitScope) -> Units {
    match scope {
        UnitScope::Everywhere => Units::All,
        UnitScope::Units(codes) => {
            let mut all: Vec<UnitCode> = Vec::new();
            for code in codes {
                match code.level() {
                    UnitLevel::Commune => all.push(*code),
                    _ => all.extend(units::children(*code, Era::Since2025).map(|unit| unit.code)),
                }
            }
            all.sort_unstable();
            all.dedup();
            Units::These(all)
        }
    }
}

impl Provider {
    /// The figures of the caller's units from one day to another, both included.
    ///
    /// # Errors
    /// `counts/days`; a refusal.
    pub(crate) async fn counts(
        &self,
        caller: &Caller,
        from: PartialDate,
        until: PartialDate,
    ) -> Result<Counts, ProviderError> {
        let units = communes(&caller.units);
        let own: Vec<UnitCode> = match &units {
            Units::All => Vec::new(),
            Units::These(own) => own.first().copied().map(places).unwrap_or_default(),
        };
        let policy = self.population().policy();
        policy.decide(caller, Action::CountIdentity, Resource::of(&own), None).map_err(Problem::from)?;
        if !days::between(from, until).is_some_and(|days| (0..MOST_DAYS).contains(&days)) {
            return Err(DAYS.at("from").into());
        }
        let sums = Of::ALL.map(|of| (of, Row::default()));
        let mut counts = Counts { from, until, rows: BTreeMap::new(), sums };
        for (of, sum) in &mut counts.sums {
            for what in [Counted::Received, Counted::Approved, Counted::Refused, Counted::Activated] {
                let found = enrolment::counted(&self.inner.store, *of, what, (from, until), &units).await?;
                for (day, unit, count) in found {
                    let mut one = Row::default();
                    match what {
                        Counted::Received => one.received = count,
                        Counted::Approved => one.approved = count,
                        Counted::Refused => one.refused = count,
                        Counted::Activated => one.activated = count,
                    }
                    counts.rows.entry((day, unit, *of)).or_default().add(one);
                    sum.add(one);
                }
            }
        }
        Ok(counts)
    }

    /// The files that wait in the caller's units: to be approved, or to be activated. They name nobody.
    pub(crate) async fn waiting(&self, ask: &Ask, state: &str) -> Result<Vec<File>, ProviderError> {
        Ok(enrolment::waiting(&self.inner.store, state, &communes(&ask.caller.units)).await?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_province_stands_for_its_communes() {
        let scope = UnitScope::parse("56").unwrap();
        let Units::These(communes) = communes(&scope) else { panic!("not the whole country") };
        assert!(communes.len() > 20 && communes.contains(&UnitCode::parse("22366").unwrap()));
    }
}
