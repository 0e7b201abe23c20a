//! Getting back in after a loss, such as that of the phone: two other proofs, a notice to every channel, and a
//! cooling-off time during which the recovery can be called off from any browser that is signed in, and from any notice.
//!
//! The proofs are a code on paper (printed by the citizen, or given out by an officer who saw the person) and a code
//! sent to a confirmed contact of the citizen's choice. What the lost device could do, nobody is asked for. When the
//! time is over the new password holds, and passkeys, app, known browsers and sessions of before open nothing.

use super::{
    Place, Provider, TRIES,
    contacts::code_hash,
    throttle::Admitted,
    totp::{paper_code, plain},
};
use crate::{
    channel::Contact,
    error::ProviderError,
    model::Session,
    rules::standing::Standing,
    service::{enrolment::own_request, messages::new_code, random_id, tally_key},
    store::{
        self as tables,
        accounts::{self, Event},
        authenticators::{
            factors,
            recoveries::{self, Recovery},
        },
        citizens,
    },
};
use ::store::transact;
use identity::{Password, Secret, digest_presented, lockout};
use ledger::{Entry, Pending, Subject};
use population::Ask;
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq as _;
use vocabulary::{Actor, FieldSet, Invalid, Moment, PersonalNumber, Problem, StaffId, Text, kinds};

const KIND: &str = "recovery";
/// Seconds for which a code of an officer can be used.
const OFFICER_SECONDS: i64 = 24 * 3600;

#[derive(Serialize, Deserialize)]
struct Asked {
    /// Digest of the code on paper.
    paper: Vec<u8>,
    /// Hash of the code that was sent.
    code: Vec<u8>,
    channel: String,
}

const WRONG: Invalid = Invalid::new(
    "recovery/code",
    "Mã không đúng hoặc đã hết hạn. Sau 5 lần sai phải bắt đầu lại.",
    "The code is not right or has expired. After 5 wrong tries, begin anew.",
);
const NO_ACCOUNT: Invalid = Invalid::new(
    "recovery/no-account",
    "Người này không có tài khoản định danh đang hoạt động. Tài khoản bị khóa thì mở khóa trước.",
    "This person has no account in use. One that is locked is unlocked first.",
);
const COMPARED: Invalid = Invalid::new(
    "recovery/compared",
    "Xác nhận đã đối chiếu người có mặt với thẻ và cơ sở dữ liệu",
    "Confirm that the person present was compared with the card and the registry",
);
const UNDER_WAY: Invalid = Invalid::new(
    "recovery/under-way",
    "Một yêu cầu lấy lại tài khoản khác đang chờ. Hãy chờ hoặc hủy yêu cầu đó trước.",
    "Another recovery is waiting. Wait for it, or call it off first.",
);

impl Provider {
    /// Begins a recovery with a code on paper; the secret of the page that asks for the other code. The answer is the
    /// same whether there is an account, and whether the code is right.
    ///
    /// # Errors
    /// `too-many-requests`.
    pub(crate) async fn ask_recovery(
        &self,
        number: &str,
        paper: &str,
        channel: &str,
        place: &Place<'_>,
    ) -> Result<String, ProviderError> {
        let now = place.now;
        let found = match PersonalNumber::parse(number) {
            Ok(number) => citizens::by_number(&self.inner.store, number).await?,
            Err(_) => None,
        };
        let id = found.as_ref().map(|citizen| citizen.id);
        if let Admitted::Wait(_) = self.count_try("recovery", number.trim(), id, place).await? {
            return Err(Problem::new(&kinds::TOO_MANY).into());
        }
        let code = new_code(6)?;
        let digest = self.code_digest(id.unwrap_or_default(), paper);
        let proven = match id {
            Some(id) if !plain(paper).is_empty() => {
                factors::has_code(&self.inner.store, id, &digest, now).await?
            }
            _ => false,
        };
        let to: Option<Contact> = match id {
            Some(id) if proven => {
                self.channels(id).await?.into_iter().rev().find(|contact| contact.kind() == channel)
            }
            _ => None,
        };
        let asked = Asked { paper: digest, code: code_hash(&code), channel: cut_channel(channel) };
        let citizen = id.filter(|_| to.is_some());
        let secret = self.pose(KIND, citizen, &asked, now).await?;
        if let (Some(to), Some(citizen)) = (to, citizen) {
            let mark = self.mark(citizen).await?;
            let text = format!(
                "{mark}Mã lấy lại tài khoản định danh: {code}. Không đưa mã này cho ai, kể cả cán bộ. / Code to recover your account: {code}. Give it to nobody, officers included."
            );
            self.inner.back.channel.send(&to, &text, now)?;
        }
        Ok(secret.reveal().to_owned())
    }

    /// Gives the other code and a new password; when the password will hold.
    ///
    /// # Errors
    /// `recovery/code`, `recovery/under-way`, or the rule that the password breaks.
    pub(crate) async fn begin_recovery(
        &self,
        secret: &str,
        code: &str,
        password: &str,
        place: &Place<'_>,
    ) -> Result<Moment, ProviderError> {
        let now = place.now;
        let wrong = || ProviderError::from(WRONG.at("code"));
        // The password is looked at first, so that one that is too weak costs no try.
        let account = StaffId::parse("citizen").map_err(|i| i.at("password"))?;
        let password = Password::parse(password, &account).map_err(|i| i.at("password"))?;
        let challenge = self.try_challenge(KIND, secret, now).await?.ok_or_else(wrong)?;
        let asked: Asked = challenge.state()?;
        let right: bool = asked.code.ct_eq(&code_hash(code)).into();
        let Some(citizen) = challenge.citizen.filter(|_| right && challenge.tries <= TRIES) else {
            return Err(wrong());
        };
        let hash = self.inner.hasher.hash(password).await?;
        let cancel = Secret::new("")?;
        let ready_at = now.plus_seconds(i64::from(self.inner.config.recovery_hours) * 3600);
        let begun: Result<Result<(), Invalid>, ProviderError> = transact!(self.inner.store, tx => {
            let Some(source) = factors::use_code(tx, citizen, &asked.paper, now).await? else {
                return Ok(Err(WRONG));
            };
            let recovery = Recovery {
                citizen,
                password: hash.clone(),
                proofs: format!("{source} {}", asked.channel),
                address: super::cut(place.address, 64),
                browser: super::cut(place.browser, 120),
                asked_at: now,
                ready_at,
            };
            if !recoveries::begin(tx, cancel.digest(), &recovery).await? {
                return Err(ProviderError::from(UNDER_WAY.at("code")));
            }
            Ok(Ok(()))
        });
        begun?.map_err(|invalid| invalid.at("code"))?;
        let _ = self.take_challenge(KIND, secret, now).await?;
        self.note("provider.recovery-begun", place.request, "", now).await?;
        let (when, issuer) = (ready_at.local_text(), self.issuer()?);
        let when = when.get(..16).unwrap_or(&when);
        let link = format!("{issuer}/citizen/recovery/cancel/{}", cancel.reveal());
        let words = format!(
            "Có yêu cầu lấy lại tài khoản định danh của bạn. Mật khẩu mới có hiệu lực từ {when}. Nếu không phải bạn, hủy ngay tại {link} / Somebody asked to recover your account. The new password holds from {when}. If it was not you, call it off at {link}"
        );
        self.tell_words(citizen, &words, now).await?;
        Ok(ready_at)
    }

    /// The recovery that a notice speaks of; when it will hold.
    pub(crate) async fn recovery_of_notice(&self, secret: &str) -> Result<Option<Recovery>, ProviderError> {
        let Some(digest) = digest_presented(secret, "") else { return Ok(None) };
        Ok(recoveries::of_notice(&self.inner.store, digest).await?)
    }

    /// Calls a recovery off by what a notice carries.
    ///
    /// # Errors
    /// `not-found`, where it is over.
    pub(crate) async fn cancel_by_notice(
        &self,
        secret: &str,
        request: &str,
        now: Moment,
    ) -> Result<(), ProviderError> {
        let found = self.recovery_of_notice(secret).await?;
        let citizen = found.ok_or_else(|| Problem::new(&kinds::NOT_FOUND))?.citizen;
        self.cancel_recovery(citizen, request, now).await
    }

    /// Calls the own recovery off.
    ///
    /// # Errors
    /// As [`Provider::cancel_by_notice`].
    pub(crate) async fn cancel_own(
        &self,
        session: &Session,
        request: &str,
        now: Moment,
    ) -> Result<(), ProviderError> {
        self.cancel_recovery(session.citizen, request, now).await
    }

    async fn cancel_recovery(&self, citizen: i64, request: &str, now: Moment) -> Result<(), ProviderError> {
        let done: Result<bool, ProviderError> = transact!(self.inner.store, tx => {
            tables::lock(tx).await?;
            Ok(recoveries::cancel(tx, citizen).await?)
        });
        if !done? {
            return Err(Problem::new(&kinds::NOT_FOUND).into());
        }
        self.note("provider.recovery-cancelled", request, "", now).await?;
        self.tell(citizen, CANCELLED, now).await
    }

    /// Carries out the recovery of an account that has waited long enough; whether there was one.
    pub(in crate::service) async fn settle_recovery(
        &self,
        citizen: i64,
        now: Moment,
    ) -> Result<bool, ProviderError> {
        let waiting = recoveries::of(&self.inner.store, citizen).await?;
        if waiting.is_none_or(|recovery| recovery.ready_at > now) {
            return Ok(false);
        }
        let settled: Result<bool, ProviderError> = transact!(self.inner.store, tx => {
            tables::lock(tx).await?;
            Ok(recoveries::settle(tx, citizen, now).await?)
        });
        if !settled? {
            return Ok(false);
        }
        self.note("provider.recovered", "", "", now).await?;
        self.tell(citizen, RECOVERED, now).await?;
        Ok(true)
    }

    /// Carries out every recovery that has waited long enough.
    pub(in crate::service) async fn settle_recoveries(&self, now: Moment) -> Result<(), ProviderError> {
        for citizen in recoveries::ready(&self.inner.store, now).await? {
            self.settle_recovery(citizen, now).await?;
        }
        Ok(())
    }

    /// A code for a citizen whom an officer has recognised in person, in place of one on paper; it can be used once
    /// within a day, for a recovery alone. The entry in the ledger names the officer.
    ///
    /// # Errors
    /// `not-found`, where the person has no account.
    pub async fn vouch_for_recovery(
        &self,
        number: PersonalNumber,
        officer: Actor,
        request: &str,
        now: Moment,
    ) -> Result<String, ProviderError> {
        let found = citizens::by_number(&self.inner.store, number).await?;
        let citizen = found.ok_or_else(|| Problem::new(&kinds::NOT_FOUND))?;
        let code = paper_code()?;
        let digest = self.code_digest(citizen.id, &code);
        let ends_at = Some(now.plus_seconds(OFFICER_SECONDS));
        let (basis, id) = (own_request()?, random_id()?);
        let login = officer.officer.as_ref().map(|login| login.as_str().to_owned()).unwrap_or_default();
        let event = Event {
            officer: &login,
            agency: officer.agency.as_str(),
            ..Event::of(citizen.id, "vouched", basis.legal_basis.as_str(), now)
        };
        let ledger = &self.inner.back.ledger;
        let pending: Result<Pending, ProviderError> = transact!(self.inner.store, tx => {
            factors::end_codes(tx, citizen.id, "officer").await?;
            factors::add_code(tx, citizen.id, &digest, "officer", ends_at, now).await?;
            accounts::note(tx, id, &event).await?;
            let (service, subject) = ("provider.recovery-vouched", Subject::Person(citizen.person));
            let entry = Entry::changed(officer.clone(), basis.clone(), service, subject, FieldSet::NONE);
            Ok(ledger.append_in(tx, entry.at(now).request(request)).await?)
        });
        ledger.confirm(pending?).await?;
        self.tell(citizen.id, VOUCHED, now).await?;
        Ok(code)
    }

    /// The same for the person who is present, whom the officer has compared with the card and the registry.
    ///
    /// # Errors
    /// As [`Provider::applicant`]; `recovery/no-account`; `recovery/compared`; `too-many-requests`.
    pub(crate) async fn hand_out_recovery(
        &self,
        ask: &Ask,
        number: PersonalNumber,
        compared: bool,
        now: Moment,
    ) -> Result<String, ProviderError> {
        let applicant = self.applicant(ask, number).await?;
        if !matches!(applicant.account, Some((_, Standing::Active))) {
            return Err(NO_ACCOUNT.at("number").into());
        }
        if !compared {
            return Err(COMPARED.at("compared").into());
        }
        let key = tally_key("vouched", &number.reveal());
        if self.admit(&[(key, lockout::ACCOUNT)], now).await? > 0 {
            return Err(Problem::new(&kinds::TOO_MANY).into());
        }
        let request = ask.request.clone().unwrap_or_default();
        self.vouch_for_recovery(number, ask.caller.actor.clone(), &request, now).await
    }
}

fn cut_channel(channel: &str) -> String {
    if channel == "email" { "email".to_owned() } else { "phone".to_owned() }
}

const CANCELLED: Text = Text::new(
    "Yêu cầu lấy lại tài khoản định danh của bạn đã bị hủy. Không có gì thay đổi.",
    "The recovery of your account was called off. Nothing has changed.",
);
const RECOVERED: Text = Text::new(
    "Tài khoản định danh của bạn đã được lấy lại: mật khẩu mới có hiệu lực, các thiết bị cũ không còn đăng nhập được.",
    "Your account was recovered: the new password holds, and the devices of before open it no more.",
);
const VOUCHED: Text = Text::new(
    "Cán bộ vừa cấp mã lấy lại tài khoản định danh của bạn. Nếu bạn không đến gặp cán bộ, hãy báo công an cấp xã.",
    "An officer gave out a code to recover your account. If you did not meet an officer, tell the commune police.",
);
