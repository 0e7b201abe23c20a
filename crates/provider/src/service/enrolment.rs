//! Files for accounts of level 2, and for children: received by an officer from a person who is present, approved by
//! another, activated by the citizen (inventory EID-05 to EID-07).

use super::{
    Provider,
    authenticators::give_back,
    messages::{CODE_MINUTES, code_hash, new_code},
    random_id, tally_key,
};
use crate::{
    channel::Contact,
    error::ProviderError,
    rules::{
        ages::{self, Bracket, Paper},
        proof::{self, Proof},
        standing::Standing,
    },
    store::{
        self as tables, accounts,
        enrolment::{self, File, NewFile},
    },
};
use ::store::{StoreError, Tx, transact};
use access::{Action, Caller, Resource};
use identity::{Password, lockout};
use ledger::{Entry, Pending, Subject};
use population::{Ask, sealed::PersonView, verify::Number};
use reference::{Era, units};
use subtle::ConstantTimeEq as _;
use vocabulary::{
    Basis, Field, FieldSet, Invalid, LegalBasis, Moment, PartialDate, PersonId, PersonalNumber, Problem,
    Purpose, StaffId, UnitCode, kinds,
};

/// Days for which an activation can be waited with; ours.
pub(crate) const ACTIVATION_DAYS: i64 = 7;
/// Tries at one code.
const TRIES: i64 = 5;
/// The legal basis of the whole business.
pub(super) const LAW: &str = "Nghị định 69/2024/NĐ-CP";

/// A person who is present, as the registry knows them.
pub(crate) struct Applicant {
    pub view: PersonView,
    /// What holds at the age.
    pub bracket: &'static Bracket,
    /// The level of the account that there is, and how it stands.
    pub account: Option<(i64, Standing)>,
    /// The file under way.
    pub open: Option<File>,
}

/// What an officer records.
pub(crate) struct Received {
    pub number: PersonalNumber,
    pub paper: Paper,
    pub paper_number: String,
    pub issued: PartialDate,
    pub expires: PartialDate,
    pub guardian: Option<PersonalNumber>,
    pub contact: Contact,
}

/// What an approver says.
pub(crate) enum Ruling {
    Approve,
    Refuse(String),
}

const AGE: Invalid = Invalid::new(
    "enrolment/age",
    "Chưa có năm sinh trong cơ sở dữ liệu: cần điều chỉnh thông tin trước.",
    "The registry has no year of birth: the record is corrected first.",
);
const DEAD: Invalid = Invalid::new(
    "enrolment/life",
    "Người này đã mất hoặc bị tuyên bố mất tích theo cơ sở dữ liệu dân cư.",
    "The registry says that this person died or is missing.",
);
const OPEN: Invalid = Invalid::new(
    "enrolment/open",
    "Người này đã có hồ sơ đang xử lý.",
    "This person has a file under way already.",
);
const PAPER: Invalid = Invalid::new(
    "enrolment/paper",
    "Giấy tờ này không dùng được cho lứa tuổi, quốc tịch của người này.",
    "This paper does not serve at this age and nationality.",
);
const CARD_NUMBER: Invalid = Invalid::new(
    "enrolment/card-number",
    "Số trên thẻ không phải số định danh của người này trong cơ sở dữ liệu.",
    "The number on the card is not this person's number in the registry.",
);
const PAPER_NUMBER: Invalid = Invalid::new(
    "enrolment/paper-number",
    "Nhập số giấy tờ, từ 3 đến 40 ký tự",
    "Enter the paper's number, 3 to 40 characters",
);
const ISSUED: Invalid = Invalid::new(
    "enrolment/issued",
    "Nhập ngày cấp ghi trên giấy tờ; không sau hôm nay, không trước ngày sinh",
    "Enter the date of issue on the paper; not after today, not before the birth",
);
const EXPIRED: Invalid = Invalid::new(
    "enrolment/expired",
    "Giấy tờ đã hết hạn, hoặc ngày hết hạn trước ngày cấp. Thẻ không thời hạn thì để trống.",
    "The paper has expired, or ends before it was issued. Leave it empty for a card without end.",
);
const GUARDIAN_NEEDED: Invalid = Invalid::new(
    "enrolment/guardian-needed",
    "Dưới 14 tuổi: nhập số định danh của cha, mẹ hoặc người giám hộ có mặt",
    "Under 14: enter the personal number of the parent or guardian who is present",
);
const GUARDIAN: Invalid = Invalid::new(
    "enrolment/guardian",
    "Theo cơ sở dữ liệu dân cư, người này không phải cha, mẹ hay người giám hộ (còn sống, từ 18 tuổi) của trẻ.",
    "By the registry, this is not a parent or guardian of the child who lives and is 18 or over.",
);
const OFFICE: Invalid = Invalid::new(
    "enrolment/office",
    "Tài khoản của bạn chưa gắn với xã, phường nào nên không tiếp nhận được hồ sơ.",
    "Your account belongs to no commune, so it cannot receive files.",
);
const CODE: Invalid = Invalid::new(
    "enrolment/code",
    "Mã không đúng hoặc đã hết hạn. Sau 5 lần sai cần mã mới.",
    "The code is not right or has expired. After 5 wrong tries another one is needed.",
);
const ACTIVATION: Invalid = Invalid::new(
    "activate/code",
    "Số định danh hoặc mã kích hoạt không đúng, hoặc mã đã hết hạn. Sau 5 lần sai, hãy xin mã mới ở nơi đã nộp hồ sơ.",
    "The number or the activation code is not right, or the code has expired. After 5 wrong tries ask for another one where you handed in the file.",
);
const OWN_PASSWORD: Invalid = Invalid::new(
    "activate/password",
    "Bạn đã có tài khoản mức 1: hãy nhập đúng mật khẩu đang dùng. Mã kích hoạt vẫn dùng được.",
    "You have an account of level 1: enter the password that you use now. The activation code still holds.",
);
const HELD: Invalid = Invalid::new(
    "activate/standing",
    "Tài khoản đang bị khóa hoặc tạm dừng. Hãy đến công an cấp xã.",
    "The account is locked or suspended. Go to the commune police.",
);
pub(super) const FOUR_EYES: Invalid = Invalid::new(
    "enrolment/four-eyes",
    "Hồ sơ phải do cán bộ khác với người tiếp nhận duyệt.",
    "A file is approved by another officer than the one who received it.",
);
pub(super) const REASON: Invalid =
    Invalid::new("enrolment/reason", "Nêu lý do, từ 5 đến 300 ký tự", "Say why, in 5 to 300 characters");
const BUSY: Invalid = Invalid::new(
    "enrolment/again",
    "Chưa tạo được hồ sơ. Hãy thử lại.",
    "The file could not be made. Try again.",
);

/// What an officer sees of a person who is present; of a child the [`KIN`] too.
const FIELDS: FieldSet = FieldSet::of(&[
    Field::PersonalNumber,
    Field::Card,
    Field::FullName,
    Field::BirthDate,
    Field::Sex,
    Field::Nationality,
    Field::PermanentResidence,
    Field::LifeStatus,
]);
/// By what a parent or guardian is known to be one.
const KIN: FieldSet = FieldSet::of(&[Field::Parents, Field::Guardian]);

/// The basis of an officer's look at a person who is present: the person's own request.
pub(crate) fn own_request() -> Result<Basis, ProviderError> {
    let legal_basis = LegalBasis::parse(LAW).map_err(|i| i.at("legal_basis"))?;
    Ok(Basis { purpose: Purpose::OwnRequest, legal_basis, procedure: None, dossier: None })
}

/// Whether a reason says something.
pub(super) fn is_reason(text: &str) -> bool {
    (5..=300).contains(&text.chars().count()) && !text.chars().any(char::is_control)
}

/// A commune with its province, as grants name them.
pub(crate) fn places(unit: UnitCode) -> Vec<UnitCode> {
    let province = units::province_of(unit, Era::Since2025).map(|province| province.code);
    std::iter::once(unit).chain(province).collect()
}

/// The login of the officer who acts.
pub(crate) fn login(caller: &Caller) -> Result<&str, ProviderError> {
    let officer = caller.actor.officer.as_ref().map(StaffId::as_str);
    Ok(officer.ok_or_else(|| Problem::new(&kinds::FORBIDDEN))?)
}

impl Provider {
    /// A question of an officer about a person who is present.
    pub(crate) fn present(&self, caller: &Caller, request: &str) -> Result<Ask, ProviderError> {
        Ok(Ask { caller: caller.clone(), basis: Some(own_request()?), request: Some(request.to_owned()) })
    }

    /// Whether an officer may do something in a unit; a refusal about somebody leaves an entry.
    pub(crate) async fn permit(
        &self,
        ask: &Ask,
        action: Action,
        service: &'static str,
        subject: Subject,
        places: &[UnitCode],
    ) -> Result<(), ProviderError> {
        let policy = self.inner.back.population.policy();
        let Err(denial) = policy.decide(&ask.caller, action, Resource::of(places), ask.basis.as_ref()) else {
            return Ok(());
        };
        let actor = ask.caller.actor.clone();
        let mut entry = Entry::refused(actor, ask.basis.clone(), service, subject, FieldSet::NONE);
        if let Some(request) = &ask.request {
            entry = entry.request(request.clone());
        }
        self.inner.back.ledger.append(entry).await?;
        Err(Problem::from(denial).into())
    }

    /// The commune at which an officer receives.
    async fn office(&self, ask: &Ask) -> Result<UnitCode, ProviderError> {
        let unit = ask.caller.actor.unit.ok_or_else(|| OFFICE.at("number"))?;
        self.permit(ask, Action::ReceiveIdentity, "provider.receive", Subject::Nobody, &places(unit)).await?;
        Ok(unit)
    }

    /// The person who is present, with what holds for their age. Looking is logged.
    ///
    /// # Errors
    /// Nobody has the number; several have; the person is dead; the age is not known.
    pub(crate) async fn applicant(
        &self,
        ask: &Ask,
        number: PersonalNumber,
    ) -> Result<Applicant, ProviderError> {
        self.office(ask).await?;
        let number = Number::Personal(number);
        let view = self.inner.back.population.citizen(ask, number, Some(FIELDS)).await?.person;
        let person = &view.person;
        if !person.life.is_alive() {
            return Err(DEAD.at("number").into());
        }
        let foreign = ages::is_foreign(&person.nationalities);
        let bracket = ages::bracket(person.birth_date, foreign, PartialDate::today());
        let bracket = bracket.ok_or_else(|| AGE.at("number"))?;
        let view = if bracket.guardian {
            // Who the parents are is looked at for children alone.
            self.inner.back.population.citizen_of(ask, person.id, FIELDS.or(KIN)).await?.person
        } else {
            view
        };
        let person = &view.person;
        let store = &self.inner.store;
        let account = tables::citizens::by_person(store, person.id).await?;
        let account = account.map(|a| Ok::<_, ProviderError>((a.level, a.standing()?))).transpose()?;
        let open = enrolment::open_of(store, person.id).await?;
        Ok(Applicant { bracket, account, open, view })
    }

    /// Begins a file and sends a code to the contact; the file's number.
    ///
    /// # Errors
    /// Every rule that the papers, the guardian or the contact break.
    pub(crate) async fn begin_file(
        &self,
        ask: &Ask,
        received: &Received,
        now: Moment,
    ) -> Result<i64, ProviderError> {
        let applicant = self.applicant(ask, received.number).await?;
        if applicant.open.is_some() {
            return Err(OPEN.at("number").into());
        }
        let mut wrong = check_paper(received, &applicant);
        let proof = proof::of(
            received.paper,
            [received.issued, received.expires],
            applicant.view.person.card.as_ref(),
        )
        .map_err(|rule| wrong.push(rule.at("issued")))
        .unwrap_or(Proof::SeenByOfficer);
        let guardian = match (applicant.bracket.guardian, received.guardian) {
            (false, _) => None,
            (true, None) => {
                wrong.push(GUARDIAN_NEEDED.at("guardian"));
                None
            }
            (true, Some(number)) => {
                let guardian = self.guardian_of(ask, &applicant.view, number).await?;
                if guardian.is_none() {
                    wrong.push(GUARDIAN.at("guardian"));
                }
                guardian
            }
        };
        if !wrong.is_empty() {
            return Err(Problem::invalid(wrong).into());
        }
        let unit = self.office(ask).await?;
        let officer = login(&ask.caller)?;
        let id = random_id()? % 9_000_000_000 + 1_000_000_000;
        let code = new_code(6)?;
        let file = NewFile {
            id,
            person: applicant.view.person.id,
            number: received.number,
            level: applicant.bracket.level,
            unit,
            agency: &ask.caller.actor.agency,
            paper: received.paper,
            paper_number: &received.paper_number,
            issued: received.issued,
            expires: received.expires,
            proof: proof.code(),
            contact: &received.contact,
            guardian,
            guardian_until: guardian.and_then(|_| ages::acts_alone_from(applicant.view.person.birth_date)),
            officer,
            code: &code_hash("contact", &id.to_string(), &code),
            code_ends: now.plus_seconds(CODE_MINUTES * 60),
            now,
        };
        let begun: Result<bool, ProviderError> =
            transact!(self.inner.store, tx => Ok(enrolment::begin(tx, &file).await?));
        if !begun? {
            return Err(BUSY.at("number").into());
        }
        let text = format!(
            "Mã xác nhận liên hệ cho hồ sơ định danh: {code}. Đọc mã này cho cán bộ tiếp nhận đang làm hồ sơ cho bạn. / \
             Code to confirm this contact: {code}. Tell it to the officer who is making your file."
        );
        self.inner.back.channel.send(&received.contact, &text, now)?;
        Ok(id)
    }

    /// The guardian, where the registry says that the number is a parent's or guardian's of the child.
    async fn guardian_of(
        &self,
        ask: &Ask,
        child: &PersonView,
        number: PersonalNumber,
    ) -> Result<Option<PersonId>, ProviderError> {
        let wanted = FieldSet::of(&[Field::PersonalNumber, Field::BirthDate, Field::LifeStatus]);
        let population = &self.inner.back.population;
        let guardian = match population.citizen(ask, Number::Personal(number), Some(wanted)).await {
            Ok(found) => found.person,
            Err(population::Error::Problem(problem)) if problem.kind.status == 404 => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let person = &guardian.person;
        let child = &child.person;
        let named = [&child.father, &child.mother, &child.guardian].into_iter().flatten();
        let related = named.filter_map(|relative| relative.person).any(|id| id == person.id);
        let grown =
            person.birth_date.age_at(PartialDate::today()).is_some_and(|age| age >= ages::GUARDIAN_AGE);
        Ok((related && grown && person.life.is_alive()).then_some(person.id))
    }

    /// A file that an officer may see: of the own units, or received by the officer.
    pub(crate) async fn file(&self, ask: &Ask, id: i64) -> Result<File, ProviderError> {
        let file = enrolment::find(&self.inner.store, id).await?;
        let file = file.ok_or_else(|| Problem::new(&kinds::NOT_FOUND))?;
        let places = places(file.unit);
        let policy = self.inner.back.population.policy();
        let may =
            |action| policy.decide(&ask.caller, action, Resource::of(&places), ask.basis.as_ref()).is_ok();
        if !may(Action::ReceiveIdentity) && !may(Action::ApproveIdentity) {
            return Err(Problem::new(&kinds::NOT_FOUND).into());
        }
        Ok(file)
    }

    /// The person of a file, for whoever decides about it. Looking is logged.
    pub(crate) async fn person_of_file(&self, ask: &Ask, file: &File) -> Result<PersonView, ProviderError> {
        let fields = if file.guardian.is_some() { FIELDS.or(KIN) } else { FIELDS };
        Ok(self.inner.back.population.citizen_of(ask, file.person, fields).await?.person)
    }

    /// The contact is the person's: the code was read out. From now on the file is received.
    ///
    /// # Errors
    /// `enrolment/code`.
    pub(crate) async fn confirm_contact(
        &self,
        ask: &Ask,
        id: i64,
        code: &str,
        now: Moment,
    ) -> Result<(), ProviderError> {
        let file = self.file(ask, id).await?;
        self.permit(
            ask,
            Action::ReceiveIdentity,
            "provider.receive",
            Subject::Person(file.person),
            &places(file.unit),
        )
        .await?;
        let hash = code_hash("contact", &id.to_string(), code.trim());
        let tried: Result<bool, ProviderError> = transact!(self.inner.store, tx => {
            let file = enrolment::try_code(tx, id, "begun", now).await?;
            Ok(file.is_some_and(|file| file.tries <= TRIES && matches(&file, &hash)))
        });
        if !tried? {
            return Err(CODE.at("code").into());
        }
        self.write(ask, &file, Change::Receive, now).await
    }

    /// Approves or refuses a file of another officer. With the approval the citizen gets the activation code.
    ///
    /// # Errors
    /// `enrolment/four-eyes`; a reason that says nothing; conflict where it was decided before.
    pub(crate) async fn rule(
        &self,
        ask: &Ask,
        id: i64,
        ruling: Ruling,
        now: Moment,
    ) -> Result<(), ProviderError> {
        let file = self.file(ask, id).await?;
        let subject = Subject::Person(file.person);
        self.permit(ask, Action::ApproveIdentity, "provider.approve", subject, &places(file.unit)).await?;
        let officer = login(&ask.caller)?;
        if file.received_by == officer {
            return Err(FOUR_EYES.at("ruling").into());
        }
        match ruling {
            Ruling::Refuse(reason) => {
                let reason = reason.trim();
                if !is_reason(reason) {
                    return Err(REASON.at("reason").into());
                }
                self.write(ask, &file, Change::Refuse { officer, reason }, now).await?;
                let text = format!(
                    "Hồ sơ định danh của bạn bị từ chối: {reason} / Your file for an electronic identity was refused: {reason}"
                );
                self.inner.back.channel.send(&file.contact()?, &text, now)?;
            }
            Ruling::Approve => {
                // The registry is asked again: somebody may have died since the file was received.
                let view = self.person_of_file(ask, &file).await?;
                if !view.person.life.is_alive() {
                    return Err(DEAD.at("ruling").into());
                }
                let code = new_code(8)?;
                let hash = code_hash("activate", &id.to_string(), &code);
                let ends = now.plus_seconds(ACTIVATION_DAYS * 86_400);
                self.write(ask, &file, Change::Approve { officer, hash: &hash, ends }, now).await?;
                self.send_activation(&file, &code, now)?;
            }
        }
        Ok(())
    }

    fn send_activation(&self, file: &File, code: &str, now: Moment) -> Result<(), ProviderError> {
        let place = self.issuer().unwrap_or_default();
        let text = format!(
            "Hồ sơ định danh đã được duyệt. Kích hoạt trong {ACTIVATION_DAYS} ngày tại {place}/citizen/activate bằng số định danh và mã: {code}. \
             Không đưa mã này cho ai. / Your file was approved. Activate within {ACTIVATION_DAYS} days at {place}/citizen/activate with your number \
             and the code: {code}. Give it to nobody."
        );
        Ok(self.inner.back.channel.send(&file.contact()?, &text, now)?)
    }

    /// Sends another activation code; the one before counts no more.
    ///
    /// # Errors
    /// Conflict where the file is not approved and waiting.
    pub(crate) async fn send_again(&self, ask: &Ask, id: i64, now: Moment) -> Result<(), ProviderError> {
        let file = self.file(ask, id).await?;
        let subject = Subject::Person(file.person);
        self.permit(ask, Action::ReceiveIdentity, "provider.receive", subject, &places(file.unit)).await?;
        let code = new_code(8)?;
        let hash = code_hash("activate", &id.to_string(), &code);
        let ends = now.plus_seconds(ACTIVATION_DAYS * 86_400);
        self.write(ask, &file, Change::Renew { hash: &hash, ends }, now).await?;
        self.send_activation(&file, &code, now)
    }

    /// Writes one step of a file together with its entry about the person.
    async fn write(
        &self,
        ask: &Ask,
        file: &File,
        change: Change<'_>,
        now: Moment,
    ) -> Result<(), ProviderError> {
        let ledger = &self.inner.back.ledger;
        let basis = own_request()?;
        let pending: Result<Pending, ProviderError> = transact!(self.inner.store, tx => {
            if !change.apply(tx, file.id, now).await? {
                return Err(ProviderError::from(Problem::new(&kinds::CONFLICT)));
            }
            let actor = ask.caller.actor.clone();
            let subject = Subject::Person(file.person);
            let mut entry = Entry::changed(actor, basis.clone(), change.service(), subject, FieldSet::NONE);
            if let Some(request) = &ask.request {
                entry = entry.request(request.clone());
            }
            let entry = entry.note(format!("file {}", file.id));
            Ok(ledger.append_in(tx, entry).await?)
        });
        ledger.confirm(pending?).await?;
        Ok(())
    }

    /// Makes or raises the account of an approved file: with the code of the message and a password, which is a new
    /// one, or for an account of level 1 the one in use. Nothing tells which numbers have files.
    ///
    /// # Errors
    /// `activate/code`, `activate/password`, the rule that the password breaks; `too-many-requests`.
    pub(crate) async fn activate(
        &self,
        number: &str,
        code: &str,
        password: &str,
        address: &str,
        request: &str,
        now: Moment,
    ) -> Result<i64, ProviderError> {
        let wrong = || ProviderError::from(ACTIVATION.at("code"));
        let keys = [
            (tally_key("activate", number.trim()), lockout::ACCOUNT),
            (tally_key("address", address), lockout::ADDRESS),
        ];
        if self.admit(&keys, now).await? > 0 {
            return Err(Problem::new(&kinds::TOO_MANY).into());
        }
        let number = PersonalNumber::parse(number).map_err(|i| i.at("number"))?;
        let tried: Result<Option<File>, ProviderError> =
            transact!(self.inner.store, tx => Ok(enrolment::try_activation(tx, number, now).await?));
        let file = tried?.filter(|file| file.tries <= TRIES).ok_or_else(wrong)?;
        let hash = code_hash("activate", &file.id.to_string(), code.trim());
        if !matches(&file, &hash) {
            return Err(wrong());
        }
        let existing = tables::citizens::by_person(&self.inner.store, file.person).await?;
        let standing = existing.as_ref().map(|account| account.standing()).transpose()?;
        let hash = match (&existing, standing) {
            (Some(account), Some(Standing::Active)) => {
                let verdict = self.inner.hasher.verify(password, Some(&account.password)).await?;
                if !verdict.correct {
                    return Err(OWN_PASSWORD.at("password").into());
                }
                None
            }
            (_, Some(Standing::Suspended | Standing::Locked)) => return Err(HELD.at("number").into()),
            _ => {
                let account = StaffId::parse("citizen").map_err(|i| i.at("password"))?;
                let password = Password::parse(password, &account).map_err(|i| i.at("password"))?;
                Some(self.inner.hasher.hash(password).await?)
            }
        };
        let id = random_id()?;
        let event = if standing == Some(Standing::Closed) { "reopened" } else { "raised" };
        let ledger = &self.inner.back.ledger;
        let (basis, event_id) = (own_request()?, random_id()?);
        let pending: Result<Pending, ProviderError> = transact!(self.inner.store, tx => {
            tables::lock(tx).await?;
            if !enrolment::activate(tx, file.id, now, PartialDate::today()).await?
                || !enrolment::enter(tx, id, &file, hash.as_deref(), now).await?
            {
                return Err(ProviderError::from(Problem::new(&kinds::CONFLICT)));
            }
            give_back(tx, address).await?;
            if let Some(account) = enrolment::account_in(tx, file.person).await? {
                let event = accounts::Event::of(account.id, event, LAW, now);
                accounts::note(tx, event_id, &event).await?;
            }
            let subject = Subject::Person(file.person);
            let entry = Entry::changed(self.actor(), basis.clone(), "provider.activated", subject, FieldSet::NONE);
            let entry = entry.request(request.to_owned()).note(format!("file {}", file.id));
            Ok(ledger.append_in(tx, entry).await?)
        });
        ledger.confirm(pending?).await?;
        Ok(file.level)
    }
}

/// One step of a file.
enum Change<'a> {
    Receive,
    Approve { officer: &'a str, hash: &'a [u8], ends: Moment },
    Refuse { officer: &'a str, reason: &'a str },
    Renew { hash: &'a [u8], ends: Moment },
}

impl Change<'_> {
    /// As the ledger names it.
    fn service(&self) -> &'static str {
        match self {
            Change::Receive => "provider.file-received",
            Change::Approve { .. } => "provider.file-approved",
            Change::Refuse { .. } => "provider.file-refused",
            Change::Renew { .. } => "provider.activation-sent",
        }
    }

    /// Takes the step; whether the file stood where it is taken from.
    async fn apply(&self, tx: &mut Tx, id: i64, now: Moment) -> Result<bool, StoreError> {
        let today = PartialDate::today();
        match *self {
            Change::Receive => enrolment::receive(tx, id, now, today).await,
            Change::Approve { officer, hash, ends } => {
                enrolment::approve(tx, id, officer, hash, ends, now, today).await
            }
            Change::Refuse { officer, reason } => {
                enrolment::refuse(tx, id, officer, reason, now, today).await
            }
            Change::Renew { hash, ends } => enrolment::renew_code(tx, id, hash, ends).await,
        }
    }
}

fn matches(file: &File, hash: &[u8]) -> bool {
    file.code.as_deref().is_some_and(|kept| kept.ct_eq(hash).into())
}

/// What is wrong with the paper, for the person who shows it.
fn check_paper(received: &Received, applicant: &Applicant) -> Vec<vocabulary::Violation> {
    let today = PartialDate::today();
    let mut wrong = Vec::new();
    if !applicant.bracket.papers.contains(&received.paper) {
        wrong.push(PAPER.at("paper"));
    }
    let number = received.paper_number.as_str();
    let visible = number.chars().all(|c| c.is_alphanumeric() || " ./-".contains(c));
    if !(3..=40).contains(&number.chars().count()) || !visible {
        wrong.push(PAPER_NUMBER.at("paper_number"));
    } else if received.paper == Paper::Card
        && PersonalNumber::parse(number).ok() != applicant.view.person.number
    {
        wrong.push(CARD_NUMBER.at("paper_number"));
    }
    let issued = received.issued;
    let born = applicant.view.person.birth_date.earliest();
    if !issued.is_whole() || issued.packed() > today.packed() || issued.packed() < born {
        wrong.push(ISSUED.at("issued"));
    }
    let expires = received.expires;
    // A passport and a residence card always end.
    let endless = matches!(received.paper, Paper::Card | Paper::BirthCertificate);
    let past = expires.packed() < today.packed() || expires.packed() < issued.packed();
    if (!expires.is_unknown() || !endless) && (!expires.is_whole() || past) {
        wrong.push(EXPIRED.at("expires"));
    }
    wrong
}
