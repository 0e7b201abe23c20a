//! How accounts are suspended, locked, unlocked and closed: by an officer with a reason and a legal basis, by their
//! owner, and by what the registry records. Whatever an account ceases to be in use by ends its sessions, grants and
//! tokens in the same transaction.

use super::{Provider, random_id, tally_key};
use crate::{
    channel::Contact,
    error::ProviderError,
    model::Session,
    rules::standing::{Standing, Step},
    store::{
        self as tables,
        accounts::{self, Event, Happened},
        citizens::{self, Citizen},
    },
};
use ::store::transact;
use access::Action;
use identity::lockout;
use ledger::{Entry, Pending, Subject};
use population::{Ask, Population};
use vocabulary::{
    ActSeq, FieldSet, Invalid, LegalBasis, Moment, PersonId, PersonalNumber, Problem, Purpose, kinds,
};

/// What the registry did to the owner of an account.
pub(crate) enum Turn {
    /// An act of death.
    Died,
    /// A court declared the person missing.
    Missing,
    /// The record is annulled.
    Gone,
    /// The record was merged into one that has an account.
    Doubled(PersonId),
    /// The record was merged into one that has none.
    Merged(PersonId),
    /// The merge of the record was undone.
    Separated,
    /// This is the number in force.
    Number(PersonalNumber),
    /// This record is a parent or guardian of the child no more.
    Unguarded(PersonId),
}

impl Turn {
    fn what(&self) -> &'static str {
        match self {
            Turn::Died => "death",
            Turn::Missing => "missing",
            Turn::Gone => "gone",
            Turn::Doubled(_) | Turn::Merged(_) => "merged",
            Turn::Separated => "separated",
            Turn::Number(_) => "number",
            Turn::Unguarded(_) => "unguarded",
        }
    }

    fn service(&self) -> &'static str {
        match self {
            Turn::Died | Turn::Doubled(_) => "provider.account-closed",
            Turn::Missing | Turn::Gone => "provider.account-suspended",
            Turn::Merged(_) | Turn::Separated | Turn::Number(_) => "provider.account-followed",
            Turn::Unguarded(_) => "provider.guardian-ended",
        }
    }
}

/// An account as an officer sees it who manages it.
pub(crate) struct Managed {
    pub level: i64,
    pub standing: Standing,
    pub contact: Contact,
    pub events: Vec<Happened>,
}

/// A step that an officer takes.
pub(crate) struct Taken<'a> {
    pub number: PersonalNumber,
    pub step: Step,
    pub reason: &'a str,
}

const NO_ACCOUNT: Invalid = Invalid::new(
    "account/none",
    "Người mang số này chưa có tài khoản định danh.",
    "Nobody with this number has an account.",
);
const STEP: Invalid = Invalid::new(
    "account/step",
    "Không làm được việc này ở trạng thái hiện tại của tài khoản.",
    "The account does not stand so that this can be done.",
);
const REASON: Invalid =
    Invalid::new("account/reason", "Nêu lý do, từ 5 đến 300 ký tự", "Say why, in 5 to 300 characters");
const PASSWORD: Invalid =
    Invalid::new("account/password", "Mật khẩu không đúng.", "The password is not right.");
/// The legal basis of what an owner does with the own account.
const OWN: &str = "Nghị định 69/2024/NĐ-CP";

impl Provider {
    pub(crate) fn population(&self) -> &Population {
        &self.inner.back.population
    }

    /// A question of an officer who manages an account, for the purpose and on the basis stated.
    pub(crate) fn managing(
        &self,
        caller: &access::Caller,
        purpose: Purpose,
        legal_basis: LegalBasis,
        request: &str,
    ) -> Ask {
        let basis = vocabulary::Basis { purpose, legal_basis, procedure: None, dossier: None };
        Ask { caller: caller.clone(), basis: Some(basis), request: Some(request.to_owned()) }
    }

    async fn managed_citizen(&self, ask: &Ask, number: PersonalNumber) -> Result<Citizen, ProviderError> {
        let found = citizens::by_number(&self.inner.store, number).await?;
        let subject = found.as_ref().map_or(Subject::PersonalNumber(number), |c| Subject::Person(c.person));
        self.permit(ask, Action::ManageIdentity, "provider.account", subject, &[]).await?;
        Ok(found.ok_or_else(|| NO_ACCOUNT.at("number"))?)
    }

    /// An account, for an officer who manages it. Looking is logged.
    pub(crate) async fn managed(&self, ask: &Ask, number: PersonalNumber) -> Result<Managed, ProviderError> {
        let citizen = self.managed_citizen(ask, number).await?;
        let events = accounts::events(&self.inner.store, citizen.id).await?;
        let mut entry = Entry::shown(
            ask.caller.actor.clone(),
            ask.basis.clone().ok_or_else(|| Problem::new(&kinds::PURPOSE_REQUIRED))?,
            "provider.account",
            Subject::Person(citizen.person),
            FieldSet::NONE,
        );
        if let Some(request) = &ask.request {
            entry = entry.request(request.clone());
        }
        self.inner.back.ledger.append(entry).await?;
        Ok(Managed {
            level: citizen.level,
            standing: citizen.standing()?,
            contact: citizen.contact()?,
            events,
        })
    }

    /// Takes a step with an account of a citizen, and tells its owner.
    ///
    /// # Errors
    /// A reason that says nothing; a step that cannot be taken.
    pub(crate) async fn take_step(
        &self,
        ask: &Ask,
        taken: &Taken<'_>,
        now: Moment,
    ) -> Result<(), ProviderError> {
        let citizen = self.managed_citizen(ask, taken.number).await?;
        let reason = taken.reason.trim();
        if !(5..=300).contains(&reason.chars().count()) || reason.chars().any(char::is_control) {
            return Err(REASON.at("reason").into());
        }
        let officer = super::enrolment::login(&ask.caller)?;
        let basis = ask.basis.as_ref().map(|basis| basis.legal_basis.as_str().to_owned()).unwrap_or_default();
        let event = Event {
            citizen: citizen.id,
            at: now,
            what: taken.step.code(),
            officer,
            agency: ask.caller.actor.agency.as_str(),
            reason,
            legal_basis: &basis,
        };
        self.change_standing(ask, &citizen, taken.step, &event, now).await?;
        self.tell_step(&citizen, taken.step, now)
    }

    /// Locks or closes the own account, with its password; the owner is told through the contact too.
    ///
    /// # Errors
    /// `account/password`; `too-many-requests`.
    pub(crate) async fn take_own_step(
        &self,
        session: &Session,
        step: Step,
        password: &str,
        request: &str,
        now: Moment,
    ) -> Result<(), ProviderError> {
        if !matches!(step, Step::Lock | Step::Close) {
            return Err(STEP.at("step").into());
        }
        let citizen = self.citizen(session.citizen).await?;
        let key = (tally_key("own-step", &citizen.id.to_string()), lockout::ACCOUNT);
        if self.admit(&[key], now).await? > 0 {
            return Err(Problem::new(&kinds::TOO_MANY).into());
        }
        if !self.inner.hasher.verify(password, Some(&citizen.password)).await?.correct {
            return Err(PASSWORD.at("password").into());
        }
        let ask = self.own_ask(request)?;
        let event = Event::of(citizen.id, step.code(), OWN, now);
        self.change_standing(&ask, &citizen, step, &event, now).await?;
        self.tell_step(&citizen, step, now)
    }

    async fn change_standing(
        &self,
        ask: &Ask,
        citizen: &Citizen,
        step: Step,
        event: &Event<'_>,
        now: Moment,
    ) -> Result<(), ProviderError> {
        let ledger = &self.inner.back.ledger;
        let basis = ask.basis.clone().ok_or_else(|| Problem::new(&kinds::PURPOSE_REQUIRED))?;
        let service = match step {
            Step::Suspend => "provider.account-suspended",
            Step::Lock => "provider.account-locked",
            Step::Unlock => "provider.account-unlocked",
            Step::Close => "provider.account-closed",
        };
        let id = random_id()?;
        let pending: Result<Pending, ProviderError> = transact!(self.inner.store, tx => {
            tables::lock(tx).await?;
            let next = accounts::standing(tx, citizen.id).await?.and_then(|now| now.after(step));
            let next = next.ok_or_else(|| ProviderError::from(STEP.at("step")))?;
            accounts::stand(tx, citizen.id, next, now).await?;
            accounts::note(tx, id, event).await?;
            let actor = ask.caller.actor.clone();
            let subject = Subject::Person(citizen.person);
            let mut entry = Entry::changed(actor, basis.clone(), service, subject, FieldSet::NONE);
            if let Some(request) = &ask.request {
                entry = entry.request(request.clone());
            }
            Ok(ledger.append_in(tx, entry).await?)
        });
        ledger.confirm(pending?).await?;
        Ok(())
    }

    fn tell_step(&self, citizen: &Citizen, step: Step, now: Moment) -> Result<(), ProviderError> {
        let (vi, en) = match step {
            Step::Suspend => ("đã bị tạm dừng", "was suspended"),
            Step::Lock => ("đã bị khóa", "was locked"),
            Step::Unlock => ("đã được mở khóa", "was unlocked"),
            Step::Close => ("đã được đóng", "was closed"),
        };
        let text = format!(
            "Tài khoản định danh của bạn {vi}. Nếu bạn không yêu cầu, hãy đến công an cấp xã. / \
             Your account {en}. If you did not ask for it, go to the commune police."
        );
        Ok(self.inner.back.channel.send(&citizen.contact()?, &text, now)?)
    }

    /// What happened to the citizen's account, the latest first.
    pub(crate) async fn own_events(&self, session: &Session) -> Result<Vec<Happened>, ProviderError> {
        Ok(accounts::events(&self.inner.store, session.citizen).await?)
    }

    pub(crate) async fn followed(&self) -> Result<Option<ActSeq>, ProviderError> {
        Ok(accounts::followed(&self.inner.store).await?)
    }

    pub(crate) async fn follow_to(&self, seq: ActSeq) -> Result<(), ProviderError> {
        transact!(self.inner.store, tx => Ok(accounts::follow_to(tx, seq).await?))
    }

    pub(crate) async fn some_accounts(&self, after: i64) -> Result<Vec<(i64, PersonId)>, ProviderError> {
        Ok(accounts::some(&self.inner.store, after).await?)
    }

    /// The account of a record.
    pub(crate) async fn account_of(&self, person: PersonId) -> Result<Option<i64>, ProviderError> {
        Ok(citizens::by_person(&self.inner.store, person).await?.map(|account| account.id))
    }

    /// The record of the parent or guardian who acts for a child's account.
    pub(crate) async fn guardian_of_account(&self, account: i64) -> Result<Option<PersonId>, ProviderError> {
        Ok(accounts::guardian(&self.inner.store, account).await?)
    }

    /// Takes over what the registry did; how many accounts changed, none or one.
    pub(crate) async fn turn(
        &self,
        account: i64,
        person: PersonId,
        turn: Turn,
    ) -> Result<u64, ProviderError> {
        let ledger = &self.inner.back.ledger;
        let basis = self.own_ask("follow")?.basis.ok_or_else(|| Problem::new(&kinds::PURPOSE_REQUIRED))?;
        let (id, now) = (random_id()?, Moment::now());
        let pending: Result<Option<Pending>, ProviderError> = transact!(self.inner.store, tx => {
            tables::lock(tx).await?;
            let Some(before) = accounts::standing(tx, account).await? else { return Ok(None) };
            let changed = match (&turn, turn.standing(before)) {
                (_, Some(next)) => {
                    if let Turn::Doubled(kept) = &turn {
                        accounts::remember(tx, account, (person, *kept), false, before, now).await?;
                    }
                    accounts::stand(tx, account, next, now).await?;
                    true
                }
                (Turn::Number(number), None) => accounts::renumber(tx, account, *number).await?,
                (Turn::Unguarded(guardian), None) => accounts::unguard(tx, account, *guardian, now).await?,
                (Turn::Separated, None) => accounts::separate(tx, account, person, now).await?,
                (Turn::Merged(kept), None) => {
                    accounts::remember(tx, account, (person, *kept), true, before, now).await?;
                    accounts::rebind(tx, account, *kept).await?;
                    true
                }
                _ => false,
            };
            if !changed {
                return Ok(None);
            }
            accounts::note(tx, id, &Event::of(account, turn.what(), OWN, now)).await?;
            let subject = Subject::Person(person);
            let entry = Entry::changed(self.actor(), basis.clone(), turn.service(), subject, FieldSet::NONE);
            Ok(Some(ledger.append_in(tx, entry).await?))
        });
        let Some(pending) = pending? else { return Ok(0) };
        ledger.confirm(pending).await?;
        self.tell_turn(account, &turn, now).await?;
        Ok(1)
    }

    /// Tells the owner what a merge of records, or its undoing, did to the account.
    async fn tell_turn(&self, account: i64, turn: &Turn, now: Moment) -> Result<(), ProviderError> {
        let text = match turn {
            Turn::Merged(_) => {
                "Hồ sơ dân cư của bạn được hợp nhất; tài khoản định danh đi theo, đăng nhập bằng số định danh còn hiệu lực. / \
                 Your records were merged; your account follows, and you sign in with the number in force."
            }
            Turn::Doubled(_) => {
                "Hồ sơ dân cư của bạn được hợp nhất; bạn có hai tài khoản định danh nên tài khoản này đã đóng, tài khoản kia vẫn \
                 dùng được. / Your records were merged; of your two accounts this one was closed, the other stays in use."
            }
            Turn::Separated => {
                "Việc hợp nhất hồ sơ dân cư của bạn đã bị hủy; tài khoản định danh trở lại như trước. / \
                 The merge of your records was undone; your account is as before."
            }
            _ => return Ok(()),
        };
        if let Some(citizen) = citizens::find(&self.inner.store, account).await? {
            self.inner.back.channel.send(&citizen.contact()?, text, now)?;
        }
        Ok(())
    }

    /// The accounts that a merge took from a record, or closed.
    pub(crate) async fn merged_from(&self, person: PersonId) -> Result<Vec<i64>, ProviderError> {
        let found = accounts::merged_from(&self.inner.store, person).await?;
        Ok(found.into_iter().map(|merged| merged.citizen).collect())
    }
}
