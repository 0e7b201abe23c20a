//! Campaigns: handed out by the centre, split among officers, counted by unit and day.

use super::{Quality, communes, listed, officer};
use crate::{
    error::QualityError,
    model::{Indicator, State, Totals},
    problems::{NEEDS_SECTOR_FILE, NOTHING_TO_CLEAN},
    store::{
        self, Units, campaigns,
        campaigns::{Campaign, From},
        cases,
    },
};
use ::store::transact;
use access::{Action, UnitScope};
use ledger::Entry;
use population::Ask;
use std::collections::BTreeMap;
use vocabulary::{Invalid, Moment, PartialDate, Problem, StaffId, UnitCode, kinds};

/// What is to be handed out.
#[derive(Clone, Debug)]
pub struct NewCampaign {
    /// The task.
    pub indicator: Indicator,
    /// Its title; 3 to 200 characters.
    pub title: String,
    /// A province or commune; without it, all units of the caller.
    pub unit: Option<UnitCode>,
    /// Until when.
    pub due: PartialDate,
}

/// Cases of a unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnitTotals {
    /// The commune; without it, what belongs to none.
    pub unit: Option<UnitCode>,
    /// Its cases.
    pub totals: Totals,
}

/// A campaign with its figures. Each is a count of cases by state: the sums over units, over days and of the whole agree.
#[derive(Clone, Debug)]
pub struct Progress {
    /// The campaign.
    pub campaign: Campaign,
    /// By unit, in order of their codes.
    pub units: Vec<UnitTotals>,
    /// What ended on a day in a unit.
    pub days: BTreeMap<(PartialDate, Option<UnitCode>), Totals>,
    /// All of it.
    pub sum: Totals,
}

const TITLE: Invalid =
    Invalid::new("campaign/title", "Tên đợt có từ 3 đến 200 ký tự", "The title has 3 to 200 characters");
const DUE: Invalid = Invalid::new(
    "campaign/due",
    "Hạn phải đủ ngày, tháng, năm và không ở quá khứ",
    "The last day needs day, month and year, and does not lie in the past",
);
const OFFICERS: Invalid = Invalid::new(
    "campaign/officers",
    "Ghi từ 1 đến 50 tên tài khoản, cách nhau bằng dấu phẩy",
    "Give 1 to 50 account names with commas between them",
);

/// Most campaigns in a list.
const LISTED: i64 = 100;
/// Most cases split at once.
const SPLIT: i64 = 20_000;

impl Quality {
    /// Hands out all records that break a rule of the task now, in the units named, and are not handed out yet.
    ///
    /// # Errors
    /// A refusal; invalid; nothing to clean.
    pub async fn create_campaign(&self, ask: &Ask, new: &NewCampaign) -> Result<(i64, u64), QualityError> {
        let who = officer(ask)?;
        let units = match (new.unit, &ask.caller.units) {
            (Some(unit), _) => {
                self.decide(ask, Action::RunCampaigns, Some(listed(unit)?))?;
                communes(&UnitScope::Units(vec![unit]))
            }
            (None, _) => self.reach(ask, Action::RunCampaigns)?,
        };
        let title = new.title.trim();
        let mut faults = Vec::new();
        if !(3..=200).contains(&title.chars().count()) || title.chars().any(char::is_control) {
            faults.push(TITLE.at("title"));
        }
        if !new.due.is_whole() || new.due < PartialDate::today() {
            faults.push(DUE.at("due"));
        }
        if !faults.is_empty() {
            return Err(Problem::invalid(faults).into());
        }
        let of_sectors = self.sectors().rules_of(new.indicator);
        let (from, rules): (From, Vec<&str>) = if new.indicator.from_rules() {
            (From::Violations, self.rules().of_indicator(new.indicator).map(|r| r.id.as_str()).collect())
        } else {
            (From::Sectors, of_sectors.iter().map(String::as_str).collect())
        };
        let now = Moment::now();
        let campaign = Campaign {
            id: 0,
            indicator: new.indicator,
            title: title.to_owned(),
            due: new.due,
            created_at: now,
            created_by: who.clone(),
            agency: ask.caller.actor.agency.clone(),
            unit: new.unit,
            closed_at: None,
        };
        let outcome: Result<_, QualityError> = transact!(self.store(), tx => {
            store::lock(tx).await?;
            let id = campaigns::add(tx, &campaign).await?;
            let cases = campaigns::fill(tx, id, (from, &rules), &units, &who, now).await?;
            if cases == 0 {
                let kind = if from == From::Violations { &NOTHING_TO_CLEAN } else { &NEEDS_SECTOR_FILE };
                return Err(Problem::new(kind).into());
            }
            let note = format!("{} {id}: {cases} trường hợp (cases)", campaign.indicator.code());
            let entry = Entry::operation(ask.caller.actor.clone(), "quality.campaign").note(note);
            let pending = self.inner.ledger.append_in(tx, entry).await?;
            Ok((id, cases, pending))
        });
        let (id, cases, pending) = outcome?;
        self.inner.ledger.confirm(pending).await?;
        Ok((id, cases))
    }

    /// The campaigns with cases in the caller's units, the newest first, each with its totals there.
    ///
    /// # Errors
    /// A refusal.
    pub async fn campaigns(&self, ask: &Ask) -> Result<Vec<(Campaign, Totals)>, QualityError> {
        let units = self.reach(ask, Action::CountQuality)?;
        let mut found = Vec::new();
        for campaign in campaigns::list(self.store(), &units, LISTED).await? {
            let mut totals = Totals::default();
            for (_, state, count) in campaigns::by_unit(self.store(), campaign.id, &units).await? {
                totals.add(state, count);
            }
            found.push((campaign, totals));
        }
        Ok(found)
    }

    /// A campaign with its figures in the caller's units.
    ///
    /// # Errors
    /// A refusal; not found.
    pub async fn progress(&self, ask: &Ask, id: i64) -> Result<Progress, QualityError> {
        let units = self.reach(ask, Action::CountQuality)?;
        let campaign =
            campaigns::find(self.store(), id).await?.ok_or_else(|| Problem::new(&kinds::NOT_FOUND))?;
        let mut by_unit: BTreeMap<Option<UnitCode>, Totals> = BTreeMap::new();
        let mut sum = Totals::default();
        for (unit, state, count) in campaigns::by_unit(self.store(), id, &units).await? {
            by_unit.entry(unit).or_default().add(state, count);
            sum.add(state, count);
        }
        let mut days: BTreeMap<(PartialDate, Option<UnitCode>), Totals> = BTreeMap::new();
        for (day, unit, state, count) in campaigns::by_day(self.store(), id, &units).await? {
            days.entry((day, unit)).or_default().add(state, count);
        }
        if by_unit.is_empty() && units != Units::All {
            return Err(Problem::new(&kinds::NOT_FOUND).into());
        }
        let units = by_unit.into_iter().map(|(unit, totals)| UnitTotals { unit, totals }).collect();
        Ok(Progress { campaign, units, days, sum })
    }

    /// Gives the open cases of a campaign in the caller's units, or in one of them, to officers in turn; how many.
    ///
    /// # Errors
    /// A refusal; invalid; not found.
    pub async fn split(
        &self,
        ask: &Ask,
        id: i64,
        unit: Option<UnitCode>,
        officers: &str,
    ) -> Result<u64, QualityError> {
        let who = officer(ask)?;
        let units = match unit {
            Some(unit) => {
                self.decide(ask, Action::ApproveCases, Some(listed(unit)?))?;
                communes(&UnitScope::Units(vec![unit]))
            }
            None => self.reach(ask, Action::ApproveCases)?,
        };
        let names: Result<Vec<StaffId>, Invalid> = officers
            .split([',', ';', ' ', '\n'])
            .filter(|n| !n.trim().is_empty())
            .map(StaffId::parse)
            .collect();
        let names = names.map_err(|i| i.at("officers"))?;
        if names.is_empty() || names.len() > 50 {
            return Err(OFFICERS.at("officers").into());
        }
        self.open_campaign(id).await?;
        let now = Moment::now();
        transact!(self.store(), tx => {
            store::lock(tx).await?;
            let open = cases::unsplit(tx, id, &units, SPLIT).await?;
            let given: Vec<(i64, &str)> =
                open.iter().copied().zip(names.iter().map(StaffId::as_str).cycle()).collect();
            cases::give(tx, &given, &who, now).await?;
            Ok(given.len() as u64)
        })
    }

    /// A campaign that is not closed.
    pub(super) async fn open_campaign(&self, id: i64) -> Result<Campaign, QualityError> {
        let found = campaigns::find(self.store(), id).await?.filter(|c| c.closed_at.is_none());
        found.ok_or_else(|| Problem::new(&kinds::NOT_FOUND).into())
    }

    /// Closes a campaign: its cases stay as they are, and its figures with them.
    ///
    /// # Errors
    /// A refusal; not found.
    pub async fn close_campaign(&self, ask: &Ask, id: i64) -> Result<(), QualityError> {
        let campaign = self.open_campaign(id).await?;
        match campaign.unit {
            Some(unit) => self.decide(ask, Action::RunCampaigns, Some(unit))?,
            None => self.reach(ask, Action::RunCampaigns).map(drop)?,
        }
        let closed: Result<bool, QualityError> =
            transact!(self.store(), tx => Ok(campaigns::close(tx, id, Moment::now()).await?));
        if closed? { Ok(()) } else { Err(Problem::new(&kinds::CONFLICT).into()) }
    }

    /// The caller's cases of open campaigns by state: all of the units, and the own.
    ///
    /// # Errors
    /// A refusal.
    pub async fn desk_counts(&self, ask: &Ask) -> Result<(Totals, Totals), QualityError> {
        let units = self.reach(ask, Action::CountQuality)?;
        let who = officer(ask)?;
        let sum = |rows: Vec<(State, i64)>| {
            let mut totals = Totals::default();
            rows.into_iter().for_each(|(state, count)| totals.add(state, count));
            totals
        };
        let all = sum(cases::counts(self.store(), &units, None).await?);
        Ok((all, sum(cases::counts(self.store(), &units, Some(&who)).await?)))
    }
}
