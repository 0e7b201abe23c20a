//! Files for accounts of organisations (Decree 69/2024/NĐ-CP, form TK02): a representative of level 2 hands one in, the
//! other representatives agree, an officer compares it with the register of enterprises or the decision of
//! establishment, another approves, the representative activates. Further representatives are added by another file.

use super::{
    Provider,
    enrolment::{FOUR_EYES, REASON, Ruling, is_reason, login, places},
    organisations::By,
    random_id,
};
use crate::{
    error::ProviderError,
    model::Session,
    rules::{
        organisation::{Kind, OrganisationNumber},
        standing::Standing,
    },
    store::{
        self as tables, citizens,
        enrolment::Units,
        organisation_files::{self as files, File, Named, NewFile},
        organisations::{self, Event},
    },
};
use ::store::{StoreError, Tx, transact};
use access::{Action, Resource};
use identity::lockout;
use ledger::{Pending, Subject};
use population::{Ask, sealed::PersonView};
use reference::{Era, units};
use std::collections::BTreeSet;
use vocabulary::{
    Field, FieldSet, Invalid, Moment, PartialDate, PersonId, PersonalNumber, Problem, UnitCode, UnitLevel,
    kinds,
};

/// Days after the approval within which an account is activated; ours.
pub(crate) const ACTIVATION_DAYS: i64 = 30;
/// Further representatives whom one file names at most; ours.
const MOST_OTHERS: usize = 10;
/// Files that one applicant has under way at most; ours.
const MOST_FILES: i64 = 5;
/// What an officer sees of a representative, to compare with the paper.
const FIELDS: FieldSet =
    FieldSet::of(&[Field::PersonalNumber, Field::FullName, Field::BirthDate, Field::LifeStatus]);

/// With what an officer compared a file. No register of enterprises is connected: whoever connects one adds its answer
/// here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Compared {
    /// The officer looked the organisation up in the national register of enterprises.
    Register,
    /// The officer saw the certificate or the decision of establishment.
    Paper,
}

impl Compared {
    pub const ALL: [Compared; 2] = [Compared::Register, Compared::Paper];

    pub const fn code(self) -> &'static str {
        match self {
            Compared::Register => "register",
            Compared::Paper => "paper",
        }
    }

    pub fn of(code: &str) -> Option<Compared> {
        Compared::ALL.into_iter().find(|one| one.code() == code)
    }
}

/// What a representative hands in.
pub(crate) struct OrganisationDraft {
    pub number: OrganisationNumber,
    pub name: String,
    pub kind: Kind,
    pub unit: UnitCode,
    pub paper_number: String,
    pub issued: PartialDate,
    /// Further representatives.
    pub others: Vec<PersonalNumber>,
}

/// A file with whom it names.
pub(crate) struct Opened {
    pub file: File,
    pub named: Vec<Named>,
}

const LEVEL: Invalid = Invalid::new(
    "organisation/level",
    "Người đại diện cần tài khoản mức 2 đang hoạt động. Hãy làm hồ sơ mức 2 tại công an cấp xã trước.",
    "A representative needs an account of level 2 in use. Make a file for level 2 at the commune police first.",
);
const NAME: Invalid = Invalid::new(
    "organisation/name",
    "Nhập tên tổ chức như trên giấy tờ, từ 2 đến 200 ký tự",
    "Enter the organisation's name as on the paper, 2 to 200 characters",
);
const UNIT: Invalid = Invalid::new(
    "organisation/unit",
    "Chọn xã, phường nơi đặt trụ sở, theo đơn vị hành chính từ 01/7/2025",
    "Choose the commune of the head office, of the structure since 1 July 2025",
);
const PAPER: Invalid = Invalid::new(
    "organisation/paper",
    "Nhập số giấy chứng nhận hoặc quyết định thành lập, từ 3 đến 40 ký tự",
    "Enter the number of the certificate or decision, 3 to 40 characters",
);
const ISSUED: Invalid = Invalid::new(
    "organisation/issued",
    "Nhập đủ ngày cấp ghi trên giấy tờ, không sau hôm nay",
    "Enter the whole date of issue on the paper, not after today",
);
const OTHERS: Invalid = Invalid::new(
    "organisation/others",
    "Mỗi người đại diện khác cần tài khoản mức 2 đang hoạt động; nhiều nhất 10 người",
    "Every other representative needs an account of level 2 in use; 10 at most",
);
const TAKEN: Invalid = Invalid::new(
    "organisation/taken",
    "Tổ chức này đã có tài khoản. Chỉ người đại diện hiện tại lập được hồ sơ thêm người đại diện.",
    "This organisation has an account. Only one of its representatives can hand in a file for more of them.",
);
const MANY: Invalid = Invalid::new(
    "organisation/many",
    "Bạn đã có 5 hồ sơ tổ chức đang xử lý.",
    "You have 5 files of organisations under way.",
);
const COMPARED: Invalid = Invalid::new(
    "organisation/compared",
    "Chọn đã đối chiếu với nguồn nào",
    "Choose with what it was compared",
);
const OTHER_FILE: Invalid = Invalid::new(
    "organisation/other-file",
    "Hồ sơ không còn chờ đối chiếu, hoặc một hồ sơ khác của tổ chức này đang xử lý.",
    "The file waits no more, or another file of this organisation is under way.",
);
const UNFIT: Invalid = Invalid::new(
    "organisation/unfit",
    "Một người đại diện đã mất, hoặc tài khoản mức 2 của họ không còn hoạt động. Hãy từ chối hồ sơ.",
    "A representative died, or has no account of level 2 in use any more. Refuse the file.",
);
const HELD: Invalid = Invalid::new(
    "organisation/held",
    "Hồ sơ chưa được duyệt hoặc đã quá 30 ngày, hoặc tài khoản của tổ chức đang bị tạm dừng.",
    "The file is not approved or 30 days have gone by, or the organisation's account is suspended.",
);

fn visible(text: &str, least: usize, most: usize) -> bool {
    (least..=most).contains(&text.chars().count()) && !text.chars().any(char::is_control)
}

/// What is wrong with what is typed, apart from persons.
fn check(draft: &OrganisationDraft, today: PartialDate) -> Vec<vocabulary::Violation> {
    let mut wrong = Vec::new();
    if !visible(&draft.name, 2, 200) {
        wrong.push(NAME.at("name"));
    }
    if draft.unit.level() != UnitLevel::Commune || units::find(draft.unit, Era::Since2025).is_none() {
        wrong.push(UNIT.at("unit"));
    }
    if !visible(&draft.paper_number, 3, 40) {
        wrong.push(PAPER.at("paper_number"));
    }
    if !draft.issued.is_whole() || draft.issued.packed() > today.packed() {
        wrong.push(ISSUED.at("issued"));
    }
    wrong
}

impl Provider {
    /// Hands a file in; its number. It goes to the officers once every representative has agreed.
    ///
    /// # Errors
    /// Every rule that it breaks; `too-many-requests`.
    pub(crate) async fn hand_in_organisation(
        &self,
        session: &Session,
        draft: &OrganisationDraft,
        request: &str,
        now: Moment,
    ) -> Result<i64, ProviderError> {
        let store = &self.inner.store;
        let own = self.citizen(session.citizen).await?;
        // Nobody asks for long which numbers have accounts.
        let tries = super::tally_key("organisation-file", &own.id.to_string());
        if self.admit(&[(tries, lockout::ADDRESS)], now).await? > 0 {
            return Err(Problem::new(&kinds::TOO_MANY).into());
        }
        let mut wrong = check(draft, PartialDate::today());
        if own.level < 2 {
            wrong.push(LEVEL.at("number"));
        }
        let mut others = BTreeSet::new();
        let mut fit = draft.others.len() <= MOST_OTHERS;
        for number in draft.others.iter().take(MOST_OTHERS) {
            match citizens::by_number(store, *number).await? {
                Some(other) if other.level == 2 && other.standing()? == Standing::Active => {
                    others.insert(other.id);
                }
                _ => fit = false,
            }
        }
        if !fit {
            wrong.push(OTHERS.at("others"));
        }
        if let Some(known) = organisations::by_number(store, draft.number.as_str()).await?
            && known.standing()? != Standing::Closed
        {
            let all = organisations::representatives(store, known.id).await?;
            if !all.is_empty() && !all.iter().any(|one| one.citizen == own.id) {
                wrong.push(TAKEN.at("number"));
            }
            others.extend(all.iter().filter(|one| one.is_active()).map(|one| one.citizen));
        }
        if files::under_way(store, own.id).await? >= MOST_FILES {
            wrong.push(MANY.at("number"));
        }
        if !wrong.is_empty() {
            return Err(Problem::invalid(wrong).into());
        }
        others.remove(&own.id);
        let others: Vec<i64> = others.into_iter().collect();
        let file = NewFile {
            id: random_id()? % 9_000_000_000 + 1_000_000_000,
            number: draft.number.as_str(),
            name: &draft.name,
            kind: draft.kind,
            unit: draft.unit,
            paper_number: &draft.paper_number,
            issued: draft.issued,
            applicant: own.id,
            others: &others,
            now,
        };
        self.write_file(&self.by(request)?, &[own.person], file.id, &Change::Begin(&file), now).await?;
        for citizen in &others {
            let words = format!(
                "Bạn được nêu là người đại diện theo pháp luật của {}. Xem và trả lời ở trang Tổ chức của tài khoản định danh. / \
                 You are named as a legal representative of {}. Look and answer on the page Organisations of your account.",
                draft.name, draft.name
            );
            self.tell_words(*citizen, &words, now).await?;
        }
        Ok(file.id)
    }

    /// The files that concern a citizen.
    pub(crate) async fn own_files(&self, session: &Session, now: Moment) -> Result<Vec<File>, ProviderError> {
        let since = now.plus_seconds(-90 * 86_400);
        Ok(files::of_citizen(&self.inner.store, session.citizen, since).await?)
    }

    /// A file that names the citizen.
    ///
    /// # Errors
    /// `not-found`.
    pub(crate) async fn own_file(&self, session: &Session, id: i64) -> Result<Opened, ProviderError> {
        let file = files::find(&self.inner.store, id).await?;
        let named = files::named(&self.inner.store, id).await?;
        match file.filter(|_| named.iter().any(|one| one.citizen == session.citizen)) {
            Some(file) => Ok(Opened { file, named }),
            None => Err(Problem::new(&kinds::NOT_FOUND).into()),
        }
    }

    /// Agrees to a file, or withdraws it: whoever it names can, as long as it is not with the officers.
    ///
    /// # Errors
    /// `not-found`; conflict where it is too late.
    pub(crate) async fn answer_file(
        &self,
        session: &Session,
        id: i64,
        agrees: bool,
        request: &str,
        now: Moment,
    ) -> Result<(), ProviderError> {
        let opened = self.own_file(session, id).await?;
        let own = self.citizen(session.citizen).await?;
        if agrees && own.level < 2 {
            return Err(LEVEL.at("answer").into());
        }
        let change = if agrees { Change::Agree(own.id) } else { Change::Withdraw };
        self.write_file(&self.by(request)?, &[own.person], id, &change, now).await?;
        if !agrees {
            let words = format!(
                "Hồ sơ tài khoản định danh của {} đã được rút. / The file for an account of {} was withdrawn.",
                opened.file.name, opened.file.name
            );
            self.tell_named(&opened, &words, now).await?;
        }
        Ok(())
    }

    async fn tell_named(&self, opened: &Opened, words: &str, now: Moment) -> Result<(), ProviderError> {
        for one in &opened.named {
            self.tell_words(one.citizen, words, now).await?;
        }
        Ok(())
    }

    /// The files of organisations that wait in the caller's units.
    pub(crate) async fn waiting_organisations(
        &self,
        ask: &Ask,
        state: &str,
    ) -> Result<Vec<File>, ProviderError> {
        let units: Units = super::counts::communes(&ask.caller.units);
        Ok(files::waiting(&self.inner.store, state, &units).await?)
    }

    /// A file that an officer may see.
    ///
    /// # Errors
    /// `not-found`.
    pub(crate) async fn organisation_file(&self, ask: &Ask, id: i64) -> Result<Opened, ProviderError> {
        let gone = || ProviderError::from(Problem::new(&kinds::NOT_FOUND));
        let file = files::find(&self.inner.store, id).await?.ok_or_else(gone)?;
        let may = |action| self.may_in(ask, action, file.unit);
        let begun = matches!(file.state.as_str(), "agreeing" | "withdrawn");
        if begun || !(may(Action::ReceiveIdentity) || may(Action::ApproveIdentity)) {
            return Err(gone());
        }
        let named = files::named(&self.inner.store, id).await?;
        Ok(Opened { file, named })
    }

    /// Whether an officer may do something in a unit.
    pub(crate) fn may_in(&self, ask: &Ask, action: Action, unit: UnitCode) -> bool {
        let policy = self.population().policy();
        policy.decide(&ask.caller, action, Resource::of(&places(unit)), ask.basis.as_ref()).is_ok()
    }

    /// The representatives of a file, for whoever compares or decides. Looking is logged.
    pub(crate) async fn persons_of(
        &self,
        ask: &Ask,
        opened: &Opened,
    ) -> Result<Vec<PersonView>, ProviderError> {
        let mut all = Vec::new();
        for one in &opened.named {
            all.push(self.population().citizen_of(ask, one.person, FIELDS).await?.person);
        }
        Ok(all)
    }

    /// An officer has compared a file with the register or the paper: from now on it is received.
    ///
    /// # Errors
    /// `organisation/compared`; `organisation/other-file`.
    pub(crate) async fn receive_organisation(
        &self,
        ask: &Ask,
        id: i64,
        compared: Option<Compared>,
        now: Moment,
    ) -> Result<(), ProviderError> {
        let opened = self.organisation_file(ask, id).await?;
        let subject = opened.named.first().map_or(Subject::Nobody, |one| Subject::Person(one.person));
        let within = places(opened.file.unit);
        self.permit(ask, Action::ReceiveIdentity, "provider.receive", subject, &within).await?;
        let compared = compared.ok_or_else(|| COMPARED.at("compared"))?;
        let officer = login(&ask.caller)?;
        let change = Change::Receive { officer, agency: ask.caller.actor.agency.as_str(), compared };
        match self.write_file(&By::officer(ask)?, &persons(&opened), id, &change, now).await {
            Err(ProviderError::Refused(problem)) if problem.kind == &kinds::CONFLICT => {
                Err(OTHER_FILE.at("compared").into())
            }
            other => other,
        }
    }

    /// Approves or refuses a file that another officer received; the representatives are told.
    ///
    /// # Errors
    /// `enrolment/four-eyes`; `organisation/unfit`; a reason that says nothing; conflict where it was decided before.
    pub(crate) async fn rule_organisation(
        &self,
        ask: &Ask,
        id: i64,
        ruling: Ruling,
        now: Moment,
    ) -> Result<(), ProviderError> {
        let opened = self.organisation_file(ask, id).await?;
        let file = &opened.file;
        let subject = opened.named.first().map_or(Subject::Nobody, |one| Subject::Person(one.person));
        self.permit(ask, Action::ApproveIdentity, "provider.approve", subject, &places(file.unit)).await?;
        let officer = login(&ask.caller)?;
        if file.received_by.as_deref() == Some(officer) {
            return Err(FOUR_EYES.at("ruling").into());
        }
        let (refusal, words) = match &ruling {
            Ruling::Refuse(reason) if !is_reason(reason.trim()) => return Err(REASON.at("reason").into()),
            Ruling::Refuse(reason) => {
                let reason = reason.trim();
                let words = format!(
                    "Hồ sơ tài khoản định danh của {} bị từ chối: {reason} / The file for an account of {} was refused: {reason}",
                    file.name, file.name
                );
                (Some(reason), words)
            }
            Ruling::Approve => {
                // The registry is asked again: somebody may have died since the file was received.
                let alive =
                    self.persons_of(ask, &opened).await?.iter().all(|view| view.person.life.is_alive());
                if !alive || !opened.named.iter().all(Named::is_fit) {
                    return Err(UNFIT.at("ruling").into());
                }
                let words = format!(
                    "Hồ sơ tài khoản định danh của {} đã được duyệt. Người lập hồ sơ kích hoạt trong {ACTIVATION_DAYS} ngày ở trang Tổ chức. / \
                     The file for an account of {} was approved. Its applicant activates within {ACTIVATION_DAYS} days on the page Organisations.",
                    file.name, file.name
                );
                (None, words)
            }
        };
        let change = Change::Decide { officer, refusal };
        self.write_file(&By::officer(ask)?, &persons(&opened), id, &change, now).await?;
        self.tell_named(&opened, &words, now).await
    }

    /// Brings the account of an approved file into use, with the applicant's password; the organisation.
    ///
    /// # Errors
    /// `account/password`, `organisation/held`; `too-many-requests`.
    pub(crate) async fn activate_organisation(
        &self,
        session: &Session,
        id: i64,
        password: &str,
        request: &str,
        now: Moment,
    ) -> Result<i64, ProviderError> {
        let opened = self.own_file(session, id).await?;
        let file = &opened.file;
        let held = || ProviderError::from(HELD.at("password"));
        let in_time = file.decided_at.is_some_and(|at| now <= at.plus_seconds(ACTIVATION_DAYS * 86_400));
        if file.applicant != session.citizen || file.state != "approved" || !in_time {
            return Err(held());
        }
        let own = self.citizen(session.citizen).await?;
        self.prove_password(&own, "organisation", password, now).await?;
        let (kind, organisation, event) = (file.kind()?, random_id()?, random_id()?);
        let mut numbers = Vec::with_capacity(opened.named.len());
        for _ in &opened.named {
            numbers.push(random_id()?);
        }
        let by = self.by(request)?;
        let ledger = &self.inner.back.ledger;
        let done: Result<(i64, Vec<Pending>), ProviderError> = transact!(self.inner.store, tx => {
            tables::lock(tx).await?;
            if let Some(known) = organisations::by_number_in(tx, &file.number).await?
                && known.standing()? == Standing::Suspended
                && !organisations::representatives_in(tx, known.id).await?.is_empty()
            {
                return Err(held());
            }
            if !files::activate(tx, id, now, PartialDate::today()).await? {
                return Err(ProviderError::from(Problem::new(&kinds::CONFLICT)));
            }
            let new = organisations::New {
                id: organisation,
                number: &file.number,
                name: &file.name,
                kind: kind.code(),
                unit: file.unit,
                now,
            };
            let organisation = organisations::enter(tx, &new).await?;
            let mut entries = Vec::new();
            for (one, number) in files::named_in(tx, id).await?.iter().zip(&numbers) {
                // Who died or lost the account since the approval does not represent anybody.
                if !one.is_fit() {
                    continue;
                }
                organisations::add_representative(tx, *number, organisation, one.citizen, now).await?;
                let note = format!("organisation {organisation}, file {id}");
                entries.push(by.entry("provider.organisation-activated", one.person, note));
            }
            let what = Event { what: "activated", citizen: Some(session.citizen), ..Event::default() };
            organisations::note(tx, event, organisation, &what, now).await?;
            Ok((organisation, ledger.append_all_in(tx, entries).await?))
        });
        let (organisation, pending) = done?;
        for entry in pending {
            ledger.confirm(entry).await?;
        }
        Ok(organisation)
    }

    /// Writes one step of a file together with an entry about each person concerned.
    async fn write_file(
        &self,
        by: &By,
        concerned: &[PersonId],
        id: i64,
        change: &Change<'_>,
        now: Moment,
    ) -> Result<(), ProviderError> {
        let ledger = &self.inner.back.ledger;
        let pending: Result<Vec<Pending>, ProviderError> = transact!(self.inner.store, tx => {
            tables::lock(tx).await?;
            if !change.apply(tx, id, now).await? {
                return Err(ProviderError::from(Problem::new(&kinds::CONFLICT)));
            }
            let entry =
                |person: &PersonId| by.entry(change.service(), *person, format!("organisation file {id}"));
            Ok(ledger.append_all_in(tx, concerned.iter().map(entry).collect()).await?)
        });
        for entry in pending? {
            ledger.confirm(entry).await?;
        }
        Ok(())
    }
}

fn persons(opened: &Opened) -> Vec<PersonId> {
    opened.named.iter().map(|one| one.person).collect()
}

/// One step of a file.
enum Change<'a> {
    Begin(&'a NewFile<'a>),
    Agree(i64),
    Withdraw,
    Receive { officer: &'a str, agency: &'a str, compared: Compared },
    Decide { officer: &'a str, refusal: Option<&'a str> },
}

impl Change<'_> {
    /// As the ledger names it.
    fn service(&self) -> &'static str {
        match self {
            Change::Begin(_) => "provider.organisation-handed-in",
            Change::Agree(_) => "provider.organisation-agreed",
            Change::Withdraw => "provider.organisation-withdrawn",
            Change::Receive { .. } => "provider.organisation-received",
            Change::Decide { refusal: None, .. } => "provider.organisation-approved",
            Change::Decide { refusal: Some(_), .. } => "provider.organisation-refused",
        }
    }

    /// Takes the step; whether the file stood where it is taken from.
    async fn apply(&self, tx: &mut Tx, id: i64, now: Moment) -> Result<bool, StoreError> {
        let today = PartialDate::today();
        match *self {
            Change::Begin(file) => files::begin(tx, file).await.map(|()| true),
            Change::Agree(citizen) => files::agree(tx, id, citizen, now).await,
            Change::Withdraw => files::withdraw(tx, id).await,
            Change::Receive { officer, agency, compared } => {
                files::receive(tx, id, (officer, agency), compared.code(), now, today).await
            }
            Change::Decide { officer, refusal } => files::decide(tx, id, officer, refusal, now, today).await,
        }
    }
}
