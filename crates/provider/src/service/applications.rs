//! Agencies register their applications; an inspector of another office records the security assessment and lets them
//! meet real people (inventory SEC-*). Neither can do the other's part.

use super::Provider;
use crate::{
    error::ProviderError,
    jose::JwkSet,
    model::{Assessment, Party, Stage},
    store::{self as tables, parties},
};
use ::store::{Tx, transact};
use access::{Action, Caller, Resource};
use ledger::{Entry, Pending};
use std::collections::BTreeMap;
use vocabulary::{AgencyCode, Invalid, Moment, PartialDate, Problem, kinds};

/// A registration, and since when it is suspended.
pub(crate) type Registered = (Party, Option<Moment>);

/// An agency with applications or an assessment.
pub(crate) struct Agency {
    pub code: AgencyCode,
    pub assessment: Option<Assessment>,
    pub applications: usize,
}

const AGENCY: Invalid = Invalid::new(
    "party/agency",
    "Chỉ đăng ký được ứng dụng của cơ quan mình",
    "Only applications of the own agency can be registered",
);
const TAKEN: Invalid =
    Invalid::new("party/taken", "Mã này đã có ứng dụng khác dùng", "Another application has this identifier");
const NOT_ASSESSED: Invalid = Invalid::new(
    "party/not-assessed",
    "Chưa có đánh giá an toàn từ cấp độ 3 còn hiệu lực, của ứng dụng hoặc của cơ quan",
    "No security assessment of level 3 or more holds, of the application or its agency",
);
const FUTURE: Invalid = Invalid::new(
    "party/assessment-future",
    "Ngày đánh giá không được ở tương lai, và đánh giá phải còn hiệu lực",
    "The day of the assessment lies in the future, or the assessment has ended",
);

/// What an inspector or an owner changes.
enum Change {
    /// Registers, or replaces: only who may, only for the own agency.
    Save(Box<Party>),
    Assess(Assessment),
    GoLive,
    BackToSandbox,
    Suspend(bool),
}

impl Change {
    fn service(&self) -> &'static str {
        match self {
            Change::Save(_) => "provider.client-registered",
            Change::Assess(_) => "provider.client-assessed",
            Change::GoLive => "provider.client-live",
            Change::BackToSandbox => "provider.client-sandboxed",
            Change::Suspend(true) => "provider.client-suspended",
            Change::Suspend(false) => "provider.client-restored",
        }
    }
}

impl Provider {
    fn may_applications(&self, caller: &Caller, action: Action) -> Result<(), ProviderError> {
        let policy = self.population().policy();
        policy.decide(caller, action, Resource::NONE, None).map_err(Problem::from)?;
        Ok(())
    }

    /// Whether all people here are invented.
    pub(crate) fn is_synthetic(&self) -> bool {
        self.inner.config.synthetic
    }

    /// The applications that a caller keeps or inspects: those of the own agency, or all.
    pub(crate) async fn applications(&self, caller: &Caller) -> Result<Vec<Registered>, ProviderError> {
        let inspects = self.may_applications(caller, Action::AssessApplications).is_ok();
        if !inspects {
            self.may_applications(caller, Action::RegisterApplications)?;
        }
        let mut all = self.parties().await?;
        all.retain(|(party, _)| inspects || party.agency == caller.actor.agency);
        Ok(all)
    }

    /// One of them.
    ///
    /// # Errors
    /// `not-found`, also for an application of another agency.
    pub(crate) async fn application(&self, caller: &Caller, id: &str) -> Result<Registered, ProviderError> {
        let all = self.applications(caller).await?;
        let found = all.into_iter().find(|(party, _)| party.id.as_str() == id);
        Ok(found.ok_or_else(|| Problem::new(&kinds::NOT_FOUND))?)
    }

    /// Registers an application of the caller's agency, or replaces its registration. Stage and assessment are not the
    /// agency's to state: a new one begins in the sandbox, and one of which more than names and keys changes goes back
    /// there. What became of it.
    ///
    /// # Errors
    /// Every rule that the registration breaks; an identifier of another agency.
    pub(crate) async fn save_application(
        &self,
        caller: &Caller,
        party: Party,
        request: &str,
        now: Moment,
    ) -> Result<Party, ProviderError> {
        self.may_applications(caller, Action::RegisterApplications)?;
        if party.agency != caller.actor.agency {
            return Err(AGENCY.at("agency").into());
        }
        let id = party.id.as_str().to_owned();
        self.change(caller, &id, Change::Save(Box::new(party)), request, now).await
    }

    /// Records the assessment of an application.
    ///
    /// # Errors
    /// An assessment without inspector, or that does not hold today.
    pub(crate) async fn assess(
        &self,
        caller: &Caller,
        id: &str,
        assessment: Assessment,
        request: &str,
        now: Moment,
    ) -> Result<Party, ProviderError> {
        self.may_applications(caller, Action::AssessApplications)?;
        self.change(caller, id, Change::Assess(assessment), request, now).await
    }

    /// Records the assessment of an agency: it covers every application of the agency, those of tomorrow too.
    ///
    /// # Errors
    /// An assessment without inspector, or that does not hold today.
    pub(crate) async fn assess_agency(
        &self,
        caller: &Caller,
        agency: &AgencyCode,
        assessment: &Assessment,
        request: &str,
        now: Moment,
    ) -> Result<(), ProviderError> {
        self.may_applications(caller, Action::AssessApplications)?;
        if !assessment.is_ordered() || !holds_today(assessment) {
            return Err(FUTURE.at("date").into());
        }
        let ledger = &self.inner.back.ledger;
        let pending: Result<Pending, ProviderError> = transact!(self.inner.store, tx => {
            parties::assess_agency(tx, agency, assessment, now).await?;
            let entry = Entry::operation(caller.actor.clone(), "provider.agency-assessed").at(now);
            let entry = entry.request(request).note(agency.as_str());
            Ok(ledger.append_in(tx, entry).await?)
        });
        ledger.confirm(pending?).await?;
        Ok(())
    }

    /// The agencies whose applications a caller keeps or inspects: the assessment, where there is one, and how many
    /// applications it covers.
    pub(crate) async fn agencies(&self, caller: &Caller) -> Result<Vec<Agency>, ProviderError> {
        let mut all: BTreeMap<AgencyCode, Agency> = BTreeMap::new();
        let blank = |code: &AgencyCode| Agency { code: code.clone(), assessment: None, applications: 0 };
        for (party, _) in self.applications(caller).await? {
            all.entry(party.agency.clone()).or_insert_with(|| blank(&party.agency)).applications += 1;
        }
        let inspects = self.may_applications(caller, Action::AssessApplications).is_ok();
        for (agency, assessment) in parties::agencies(&self.inner.store).await? {
            if inspects || agency == caller.actor.agency {
                all.entry(agency.clone()).or_insert_with(|| blank(&agency)).assessment = Some(assessment);
            }
        }
        Ok(all.into_values().collect())
    }

    /// Lets an application meet real people, or takes that back.
    ///
    /// # Errors
    /// `party/not-assessed`.
    pub(crate) async fn set_live(
        &self,
        caller: &Caller,
        id: &str,
        live: bool,
        request: &str,
        now: Moment,
    ) -> Result<Party, ProviderError> {
        self.may_applications(caller, Action::AssessApplications)?;
        let change = if live { Change::GoLive } else { Change::BackToSandbox };
        self.change(caller, id, change, request, now).await
    }

    /// Suspends an application, with effect at every endpoint at once, or lifts that.
    pub(crate) async fn set_suspended(
        &self,
        caller: &Caller,
        id: &str,
        suspended: bool,
        request: &str,
        now: Moment,
    ) -> Result<Party, ProviderError> {
        self.may_applications(caller, Action::AssessApplications)?;
        self.change(caller, id, Change::Suspend(suspended), request, now).await
    }

    async fn change(
        &self,
        caller: &Caller,
        id: &str,
        change: Change,
        request: &str,
        now: Moment,
    ) -> Result<Party, ProviderError> {
        let ledger = &self.inner.back.ledger;
        let outcome: Result<(Party, Pending), ProviderError> = transact!(self.inner.store, tx => {
            tables::lock(tx).await?;
            let party = apply(tx, id, &change, now).await?;
            let entry = Entry::operation(caller.actor.clone(), change.service()).at(now).note(id.to_owned());
            let entry = if request.is_empty() { entry } else { entry.request(request.to_owned()) };
            Ok((party, ledger.append_in(tx, entry).await?))
        });
        let (party, pending) = outcome?;
        ledger.confirm(pending).await?;
        Ok(party)
    }
}

/// Whether an assessment was made already and has not ended, whatever its level.
fn holds_today(assessment: &Assessment) -> bool {
    let today = PartialDate::today().packed();
    assessment.date.packed() <= today && today <= assessment.ends.packed()
}

async fn apply(tx: &mut Tx, id: &str, change: &Change, now: Moment) -> Result<Party, ProviderError> {
    let before = parties::any_in(tx, id).await?;
    let known = || before.clone().map(|(party, _)| party).ok_or_else(|| Problem::new(&kinds::NOT_FOUND));
    let today = PartialDate::today();
    let party = match change {
        Change::Save(new) => {
            let mut party = Party::clone(new);
            if before.as_ref().is_some_and(|(before, _)| before.agency != party.agency) {
                return Err(TAKEN.at("id").into());
            }
            party.assessment = before.as_ref().and_then(|(before, _)| before.assessment.clone());
            party.stage = match &before {
                Some((before, _)) if party.is_as_assessed(before) => before.stage,
                _ => Stage::Sandbox,
            };
            party.check().map_err(Problem::invalid)?;
            // Kept as the keys are, without what else stood there.
            party.jwks = JwkSet(party.keys().0).to_json();
            party
        }
        Change::Assess(assessment) => {
            let party = Party { assessment: Some(assessment.clone()), ..known()? };
            party.check().map_err(Problem::invalid)?;
            if !holds_today(assessment) {
                return Err(FUTURE.at("assessment").into());
            }
            party
        }
        Change::GoLive => {
            let party = Party { stage: Stage::Live, ..known()? };
            if !party.is_assessed(today) {
                return Err(NOT_ASSESSED.at("live").into());
            }
            party
        }
        Change::BackToSandbox => Party { stage: Stage::Sandbox, ..known()? },
        Change::Suspend(suspended) => {
            let party = known()?;
            parties::suspend(tx, id, suspended.then_some(now)).await?;
            return Ok(party);
        }
    };
    parties::put(tx, &party, now).await?;
    Ok(party)
}
