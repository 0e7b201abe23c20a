//! Acting for an organisation: its representatives, and whom of the staff they let act, with scope and end, once the
//! person has accepted. The one who signs in stays himself: `sub` is the person, and the claim `org` the organisation.

use super::{
    Provider,
    delegation::end_of,
    enrolment::{login, own_request},
    random_id,
};
use crate::{
    error::ProviderError,
    model::{Party, Scope, Scopes, Session},
    rules::{
        organisation::OrganisationNumber,
        standing::{Standing, Step},
    },
    store::{
        self as tables, citizens,
        grants::Grant,
        organisations::{self, Delegation, Event, Happened, NewDelegation, Organisation, Representative},
    },
};
use ::store::{Tx, transact};
use access::Action;
use ledger::{Entry, Pending, Subject};
use population::Ask;
use serde_json::{Value, json};
use vocabulary::{
    Actor, Basis, FieldSet, Invalid, Moment, PartialDate, PersonId, PersonalNumber, Problem, kinds,
};

/// People of the staff whom an organisation lets act at most; ours.
const MOST: usize = 200;
/// Days for which such a delegation lasts at most; ours.
const MOST_DAYS: i64 = 366;

/// The right to sign in for an organisation.
pub(crate) struct Mandate {
    pub organisation: i64,
    pub name: String,
    /// The representative who gave it; none where the person represents the organisation himself.
    pub giver: Option<i64>,
    /// What of the organisation may be shared; all where the person represents it.
    pub scopes: Option<Scopes>,
    pub ends_at: Option<Moment>,
}

/// An organisation as its representatives see it.
pub(crate) struct OwnOrganisation {
    pub organisation: Organisation,
    pub representatives: Vec<Representative>,
    pub staff: Vec<Delegation>,
    pub events: Vec<Happened>,
}

/// An organisation as an officer sees it who manages it.
pub(crate) struct ManagedOrganisation {
    pub organisation: Organisation,
    pub representatives: Vec<Representative>,
    pub events: Vec<Happened>,
}

/// What a representative lets somebody do.
pub(crate) struct StaffWish<'a> {
    pub organisation: i64,
    pub number: PersonalNumber,
    pub post: &'a str,
    pub client: &'a str,
    pub scopes: Scopes,
    pub until: PartialDate,
    pub password: &'a str,
}

/// What an officer does with an organisation.
pub(crate) enum OfficerStep {
    Step(Step),
    /// Ends a representative, by his number in the list.
    EndRepresentative(i64),
}

const NONE: Invalid = Invalid::new(
    "organisation/none",
    "Không có tổ chức nào mang mã số này có tài khoản định danh.",
    "No organisation with this number has an account.",
);
const STEP: Invalid = Invalid::new(
    "organisation/step",
    "Không làm được việc này ở trạng thái hiện tại của tổ chức.",
    "The organisation does not stand so that this can be done.",
);
const REASON: Invalid =
    Invalid::new("account/reason", "Nêu lý do, từ 5 đến 300 ký tự", "Say why, in 5 to 300 characters");
const LEVEL: Invalid = Invalid::new(
    "organisation/staff-level",
    "Người được giao việc cần tài khoản mức 2 đang hoạt động.",
    "The person needs an account of level 2 in use.",
);
const SELF: Invalid = Invalid::new(
    "organisation/staff-self",
    "Người đại diện không cần được giao việc.",
    "A representative acts without being let.",
);
const POST: Invalid = Invalid::new(
    "organisation/post",
    "Nhập chức danh hoặc công việc, từ 2 đến 100 ký tự",
    "Enter the post or work, 2 to 100 characters",
);
const UNTIL: Invalid = Invalid::new(
    "delegation/until",
    "Chọn ngày kết thúc từ hôm nay đến một năm tới",
    "Choose a last day from today to a year from now",
);
const CLIENT: Invalid = Invalid::new("delegation/client", "Không có ứng dụng này", "No such application");
const MANY: Invalid = Invalid::new(
    "organisation/staff-many",
    "Tổ chức đã giao việc cho 200 người. Hãy thu hồi bớt.",
    "The organisation lets 200 people act. Withdraw some first.",
);
const LAST: Invalid = Invalid::new(
    "organisation/last",
    "Bạn là người đại diện duy nhất: hãy lập hồ sơ thêm người đại diện trước.",
    "You are the only representative: hand in a file for another one first.",
);

impl Provider {
    /// For which organisations somebody may sign in to an application.
    pub(crate) async fn mandates(
        &self,
        session: &Session,
        client: &str,
        now: Moment,
    ) -> Result<Vec<Mandate>, ProviderError> {
        let store = &self.inner.store;
        let mut all: Vec<Mandate> = Vec::new();
        for one in organisations::represented_by(store, session.citizen).await? {
            if one.standing()? == Standing::Active {
                let (organisation, name) = (one.id, one.name);
                all.push(Mandate { organisation, name, giver: None, scopes: None, ends_at: None });
            }
        }
        for one in organisations::delegated_to(store, session.citizen, now).await? {
            let known = all.iter().any(|mandate| mandate.organisation == one.organisation);
            if known || one.accepted_at.is_none() || !one.serves(client) {
                continue;
            }
            all.push(Mandate {
                organisation: one.organisation,
                scopes: Some(one.scopes()?),
                giver: Some(one.giver),
                ends_at: Some(one.ends_at),
                name: one.name,
            });
        }
        Ok(all)
    }

    /// The right of a citizen to sign in for an organisation.
    ///
    /// # Errors
    /// `forbidden`.
    pub(crate) async fn mandate(
        &self,
        session: &Session,
        organisation: i64,
        client: &str,
        now: Moment,
    ) -> Result<Mandate, ProviderError> {
        let all = self.mandates(session, client, now).await?;
        let found = all.into_iter().find(|mandate| mandate.organisation == organisation);
        Ok(found.ok_or_else(|| Problem::new(&kinds::FORBIDDEN))?)
    }

    /// The entries of a sign-in for an organisation: one about who signed in, and one about who let him.
    pub(crate) async fn entries_for(
        &self,
        session: &Session,
        mandate: &Mandate,
        client: &str,
        request: &str,
    ) -> Result<Vec<Entry>, ProviderError> {
        let by = self.by(request)?;
        let own = self.citizen(session.citizen).await?;
        let entry = |person, note| by.entry("provider.acted-for-organisation", person, note);
        let organisation = mandate.organisation;
        let mut all = vec![entry(own.person, format!("{client}: for organisation {organisation}"))];
        if let Some(giver) = mandate.giver {
            let giver = self.citizen(giver).await?.person;
            all.push(entry(
                giver,
                format!("{client}: organisation {organisation} by record {}", own.person.0),
            ));
        }
        Ok(all)
    }

    /// Ties a grant to the organisation, within the transaction that makes it. Needs the provider's lock.
    ///
    /// # Errors
    /// `forbidden`, where the right ended meanwhile.
    pub(crate) async fn tie(
        &self,
        tx: &mut Tx,
        (grant, client): (i64, &str),
        session: &Session,
        mandate: &Mandate,
        event: i64,
        now: Moment,
    ) -> Result<(), ProviderError> {
        let organisation = mandate.organisation;
        if !organisations::may_act(tx, organisation, session.citizen, client, now).await? {
            return Err(Problem::new(&kinds::FORBIDDEN).into());
        }
        organisations::mark(tx, grant, organisation).await?;
        let what = Event { what: "acted", citizen: Some(session.citizen), client, ..Event::default() };
        Ok(organisations::note(tx, event, organisation, &what, now).await?)
    }

    /// The organisation for which a grant was made, by the name that the application knows it by: as a citizen's, it is
    /// another on each host.
    pub(crate) fn org(&self, party: &Party, grant: &Grant) -> Option<Value> {
        grant.organisation.map(|id| {
            let (sector, id) = (party.sector(), id.to_be_bytes());
            let mac = crate::rules::mac(&self.inner.subjects, &[sector.as_bytes(), b"organisation", &id]);
            json!({ "sub": crate::jose::encode(mac) })
        })
    }

    /// What an application learns of the organisation for which somebody signed in, where that was agreed to.
    pub(crate) async fn org_claims(
        &self,
        party: &Party,
        grant: &Grant,
        scopes: &Scopes,
        person: PersonId,
        request: &str,
    ) -> Result<Option<Value>, ProviderError> {
        let (Some(id), Some(mut claims)) = (grant.organisation, self.org(party, grant)) else {
            return Ok(None);
        };
        // A registration that lost the scope releases it no more, whatever was granted before.
        let basis = party.scopes.get(&Scope::Organisation).filter(|_| scopes.has(Scope::Organisation));
        let Some(basis) = basis else { return Ok(Some(claims)) };
        let store = &self.inner.store;
        let Some(organisation) = organisations::find(store, id).await? else { return Ok(Some(claims)) };
        let actor =
            Actor { system: Some(party.id.clone()), officer: None, agency: party.agency.clone(), unit: None };
        let purpose = vocabulary::Purpose::Verification;
        let basis = Basis { purpose, legal_basis: basis.clone(), procedure: None, dossier: None };
        let subject = Subject::Person(person);
        let entry = Entry::shown(actor, basis, "provider.organisation", subject, FieldSet::NONE);
        let entry = entry.request(request).note(format!("organisation {id}"));
        self.inner.back.ledger.append(entry).await?;
        let represents = organisations::is_representative(store, id, grant.citizen).await?;
        claims["number"] = json!(organisation.number);
        claims["name"] = json!(organisation.name);
        claims["kind"] = json!(organisation.kind()?.code());
        claims["role"] = json!(if represents { "representative" } else { "staff" });
        Ok(Some(claims))
    }

    /// The organisations that a citizen represents, and what organisations let him do.
    pub(crate) async fn own_organisations(
        &self,
        session: &Session,
        now: Moment,
    ) -> Result<(Vec<Organisation>, Vec<Delegation>), ProviderError> {
        let store = &self.inner.store;
        let represented = organisations::represented_by(store, session.citizen).await?;
        Ok((represented, organisations::delegated_to(store, session.citizen, now).await?))
    }

    /// An organisation that the citizen represents.
    ///
    /// # Errors
    /// `not-found`.
    pub(crate) async fn own_organisation(
        &self,
        session: &Session,
        id: i64,
        now: Moment,
    ) -> Result<OwnOrganisation, ProviderError> {
        let store = &self.inner.store;
        let representatives = organisations::representatives(store, id).await?;
        let organisation = organisations::find(store, id).await?;
        let organisation =
            organisation.filter(|_| representatives.iter().any(|one| one.citizen == session.citizen));
        let organisation = organisation.ok_or_else(|| Problem::new(&kinds::NOT_FOUND))?;
        let staff = organisations::delegated_by(store, id, now).await?;
        Ok(OwnOrganisation {
            organisation,
            representatives,
            staff,
            events: organisations::events(store, id).await?,
        })
    }

    /// The applications at which somebody may sign in for an organisation: identifier, name, name in English.
    pub(crate) async fn organisation_parties(&self) -> Result<Vec<(String, String, String)>, ProviderError> {
        let today = PartialDate::today();
        let usable = |party: &Party| self.is_synthetic() || party.is_live(today);
        let all = self.parties().await?.into_iter().filter(|(party, suspended)| {
            suspended.is_none() && usable(party) && party.may_ask(Scope::Organisation)
        });
        Ok(all.map(|(party, _)| (party.id.as_str().to_owned(), party.name, party.name_en)).collect())
    }

    /// Lets somebody of the staff act, once he has accepted; he is told.
    ///
    /// # Errors
    /// Every rule that the wish breaks; `too-many-requests`; `not-found`.
    pub(crate) async fn let_act(
        &self,
        session: &Session,
        wish: &StaffWish<'_>,
        request: &str,
        now: Moment,
    ) -> Result<(), ProviderError> {
        let known = self.own_organisation(session, wish.organisation, now).await?;
        if known.organisation.standing()? != Standing::Active {
            return Err(STEP.at("number").into());
        }
        let own = self.citizen(session.citizen).await?;
        self.prove_password(&own, "organisation", wish.password, now).await?;
        let mut wrong = Vec::new();
        let post = wish.post.trim();
        if !(2..=100).contains(&post.chars().count()) || post.chars().any(char::is_control) {
            wrong.push(POST.at("post"));
        }
        let ends_at =
            end_of(wish.until).filter(|end| *end > now && *end <= now.plus_seconds(MOST_DAYS * 86_400));
        if ends_at.is_none() {
            wrong.push(UNTIL.at("until"));
        }
        if !wish.client.is_empty() && self.usable_party(wish.client).await?.is_none() {
            wrong.push(CLIENT.at("client"));
        }
        let found = citizens::by_number(&self.inner.store, wish.number).await?;
        let found = found.filter(|other| other.level == 2 && other.standing().ok() == Some(Standing::Active));
        match &found {
            None => wrong.push(LEVEL.at("number")),
            Some(other) if known.representatives.iter().any(|one| one.citizen == other.id) => {
                wrong.push(SELF.at("number"));
            }
            Some(_) if known.staff.len() >= MOST => wrong.push(MANY.at("number")),
            Some(_) => {}
        }
        let (Some(delegate), Some(ends_at), true) = (found, ends_at, wrong.is_empty()) else {
            return Err(Problem::invalid(wrong).into());
        };
        let scopes = Scopes::of(wish.scopes.iter().chain([Scope::OpenId]).collect());
        let new = NewDelegation {
            id: random_id()?,
            organisation: wish.organisation,
            giver: own.id,
            delegate: delegate.id,
            post,
            client: wish.client,
            scopes: &scopes,
            now,
            ends_at,
        };
        let event = Event {
            what: "let",
            citizen: Some(own.id),
            other: Some(delegate.id),
            client: wish.client,
            ..Event::default()
        };
        let change = Change::Let(&new);
        let concerned = [own.person, delegate.person];
        self.change_organisation(&self.by(request)?, wish.organisation, &concerned, &change, &event, now)
            .await?;
        let words = format!(
            "{} giao bạn đăng nhập thay mặt tổ chức đến hết ngày {}. Đồng ý hoặc từ chối ở trang Tổ chức của tài khoản định danh. / \
             {} lets you sign in for it until the end of {}. Accept or refuse on the page Organisations of your account.",
            known.organisation.name,
            wish.until.local_text(),
            known.organisation.name,
            wish.until.local_text()
        );
        self.tell_words(delegate.id, &words, now).await
    }

    /// Takes back what a representative let somebody do; what that person signed in to for the organisation ends at once.
    ///
    /// # Errors
    /// `not-found`.
    pub(crate) async fn withdraw_staff(
        &self,
        session: &Session,
        organisation: i64,
        id: i64,
        request: &str,
        now: Moment,
    ) -> Result<(), ProviderError> {
        let known = self.own_organisation(session, organisation, now).await?;
        let one = known.staff.into_iter().find(|one| one.id == id);
        let one = one.ok_or_else(|| Problem::new(&kinds::NOT_FOUND))?;
        self.end_delegation(session.citizen, &one, "withdrawn", request, now).await?;
        let words = format!(
            "{} thu hồi việc đã giao cho bạn. / {} took back what it had let you do.",
            one.name, one.name
        );
        self.tell_words(one.delegate, &words, now).await
    }

    /// Accepts what an organisation lets the citizen do, or ends it.
    ///
    /// # Errors
    /// `not-found`.
    pub(crate) async fn answer_delegation(
        &self,
        session: &Session,
        id: i64,
        accepts: bool,
        request: &str,
        now: Moment,
    ) -> Result<(), ProviderError> {
        let all = organisations::delegated_to(&self.inner.store, session.citizen, now).await?;
        let one = all.into_iter().find(|one| one.id == id);
        let one = one.ok_or_else(|| Problem::new(&kinds::NOT_FOUND))?;
        if !accepts {
            return self.end_delegation(session.citizen, &one, "declined", request, now).await;
        }
        let own = self.citizen(session.citizen).await?;
        let event =
            Event { what: "accepted", citizen: Some(own.id), client: &one.client, ..Event::default() };
        let change = Change::Accept(own.id, id);
        self.change_organisation(&self.by(request)?, one.organisation, &[own.person], &change, &event, now)
            .await
    }

    async fn end_delegation(
        &self,
        citizen: i64,
        one: &Delegation,
        what: &str,
        request: &str,
        now: Moment,
    ) -> Result<(), ProviderError> {
        let other = Some(one.delegate).filter(|delegate| *delegate != citizen);
        let event = Event { what, citizen: Some(citizen), other, client: &one.client, ..Event::default() };
        let giver = self.citizen(one.giver).await?.person;
        let delegate = self.citizen(one.delegate).await?.person;
        let change = Change::End(one);
        let concerned = [giver, delegate];
        self.change_organisation(&self.by(request)?, one.organisation, &concerned, &change, &event, now).await
    }

    /// Represents an organisation no more, where another does.
    ///
    /// # Errors
    /// `organisation/last`; `account/password`; `not-found`.
    pub(crate) async fn leave_organisation(
        &self,
        session: &Session,
        organisation: i64,
        password: &str,
        request: &str,
        now: Moment,
    ) -> Result<(), ProviderError> {
        let known = self.own_organisation(session, organisation, now).await?;
        let own = self.citizen(session.citizen).await?;
        self.prove_password(&own, "organisation", password, now).await?;
        let other = known.representatives.iter().any(|one| one.citizen != own.id && one.is_active());
        if !other {
            return Err(LAST.at("password").into());
        }
        let event = Event { what: "left", citizen: Some(own.id), ..Event::default() };
        let change = Change::EndRepresentative { citizen: own.id, last: false };
        self.change_organisation(&self.by(request)?, organisation, &[own.person], &change, &event, now).await
    }

    /// An organisation's account, for an officer who manages it. Looking is logged.
    ///
    /// # Errors
    /// `organisation/none`; a refusal.
    pub(crate) async fn managed_organisation(
        &self,
        ask: &Ask,
        number: &OrganisationNumber,
    ) -> Result<ManagedOrganisation, ProviderError> {
        self.permit(ask, Action::ManageIdentity, "provider.organisation", Subject::Nobody, &[]).await?;
        let store = &self.inner.store;
        let found = organisations::by_number(store, number.as_str()).await?;
        let organisation = found.ok_or_else(|| NONE.at("number"))?;
        let representatives = organisations::representatives(store, organisation.id).await?;
        let events = organisations::events(store, organisation.id).await?;
        let basis = ask.basis.clone().ok_or_else(|| Problem::new(&kinds::PURPOSE_REQUIRED))?;
        for one in &representatives {
            let (actor, subject) = (ask.caller.actor.clone(), Subject::Person(one.person));
            let mut entry =
                Entry::shown(actor, basis.clone(), "provider.organisation", subject, FieldSet::NONE)
                    .note(format!("organisation {}", organisation.id));
            if let Some(request) = &ask.request {
                entry = entry.request(request.clone());
            }
            self.inner.back.ledger.append(entry).await?;
        }
        Ok(ManagedOrganisation { organisation, representatives, events })
    }

    /// Suspends, restores or closes an organisation's account, or ends a representative; the representatives are told.
    ///
    /// # Errors
    /// A reason that says nothing; a step that cannot be taken.
    pub(crate) async fn step_organisation(
        &self,
        ask: &Ask,
        number: &OrganisationNumber,
        step: &OfficerStep,
        reason: &str,
        now: Moment,
    ) -> Result<(), ProviderError> {
        let known = self.managed_organisation(ask, number).await?;
        let reason = reason.trim();
        if !super::enrolment::is_reason(reason) {
            return Err(REASON.at("reason").into());
        }
        let officer = login(&ask.caller)?;
        let legal_basis = ask.basis.as_ref().map(|basis| basis.legal_basis.as_str()).unwrap_or_default();
        let (change, what, other) = match step {
            // An organisation is not locked: who has lost a means of signing in is a person.
            OfficerStep::Step(Step::Lock) => return Err(STEP.at("step").into()),
            OfficerStep::Step(step) => {
                let next = known.organisation.standing()?.after(*step).ok_or_else(|| STEP.at("step"))?;
                let empty = known.representatives.is_empty();
                if next == Standing::Active && empty {
                    return Err(STEP.at("step").into());
                }
                (Change::Stand(*step), step.code(), None)
            }
            OfficerStep::EndRepresentative(id) => {
                let one = known.representatives.iter().find(|one| one.id == *id);
                let citizen = one.ok_or_else(|| STEP.at("step"))?.citizen;
                (Change::EndRepresentative { citizen, last: true }, "removed", Some(citizen))
            }
        };
        let event = Event {
            what,
            other,
            officer,
            agency: ask.caller.actor.agency.as_str(),
            reason,
            legal_basis,
            ..Event::default()
        };
        let by = By::officer(ask)?;
        let concerned: Vec<PersonId> = known.representatives.iter().map(|one| one.person).collect();
        self.change_organisation(&by, known.organisation.id, &concerned, &change, &event, now).await?;
        let words = format!(
            "Tài khoản định danh của {} vừa được cán bộ thay đổi: {reason} / The account of {} was changed by an officer: {reason}",
            known.organisation.name, known.organisation.name
        );
        for one in &known.representatives {
            self.tell_words(one.citizen, &words, now).await?;
        }
        Ok(())
    }

    /// What a citizen does in the own name.
    pub(super) fn by(&self, request: &str) -> Result<By, ProviderError> {
        Ok(By { actor: self.actor(), basis: own_request()?, request: request.to_owned() })
    }

    /// Writes a change together with its event, and an entry about each person concerned.
    async fn change_organisation(
        &self,
        by: &By,
        organisation: i64,
        concerned: &[PersonId],
        change: &Change<'_>,
        event: &Event<'_>,
        now: Moment,
    ) -> Result<(), ProviderError> {
        let ledger = &self.inner.back.ledger;
        let id = random_id()?;
        let pending: Result<Vec<Pending>, ProviderError> = transact!(self.inner.store, tx => {
            tables::lock(tx).await?;
            change.apply(tx, organisation, now).await?;
            organisations::note(tx, id, organisation, event, now).await?;
            let note = format!("organisation {organisation}");
            let entry = |person: &PersonId| by.entry(change.service(), *person, note.clone());
            let mut entries: Vec<Entry> = concerned.iter().map(entry).collect();
            if entries.is_empty() {
                let entry = Entry::operation(by.actor.clone(), change.service()).request(by.request.clone());
                entries.push(entry.note(note.clone()));
            }
            Ok(ledger.append_all_in(tx, entries).await?)
        });
        for entry in pending? {
            ledger.confirm(entry).await?;
        }
        Ok(())
    }
}

/// Who does something, on which basis.
pub(super) struct By {
    actor: Actor,
    basis: Basis,
    pub request: String,
}

impl By {
    /// An officer.
    pub fn officer(ask: &Ask) -> Result<By, ProviderError> {
        let basis = ask.basis.clone().ok_or_else(|| Problem::new(&kinds::PURPOSE_REQUIRED))?;
        Ok(By { actor: ask.caller.actor.clone(), basis, request: ask.request.clone().unwrap_or_default() })
    }

    /// The entry about a person concerned.
    pub fn entry(&self, service: &'static str, person: PersonId, note: String) -> Entry {
        let (actor, basis, subject) = (self.actor.clone(), self.basis.clone(), Subject::Person(person));
        Entry::changed(actor, basis, service, subject, FieldSet::NONE)
            .request(self.request.clone())
            .note(note)
    }
}

/// One change of an organisation.
enum Change<'a> {
    Let(&'a NewDelegation<'a>),
    Accept(i64, i64),
    End(&'a Delegation),
    /// `last`: whether the last representative may go too.
    EndRepresentative {
        citizen: i64,
        last: bool,
    },
    Stand(Step),
}

impl Change<'_> {
    /// As the ledger names it.
    fn service(&self) -> &'static str {
        match self {
            Change::Let(_) => "provider.staff-delegated",
            Change::Accept(..) => "provider.staff-accepted",
            Change::End(_) => "provider.staff-ended",
            Change::EndRepresentative { .. } => "provider.representative-ended",
            Change::Stand(Step::Close) => "provider.organisation-closed",
            Change::Stand(Step::Unlock) => "provider.organisation-restored",
            Change::Stand(_) => "provider.organisation-suspended",
        }
    }

    async fn apply(&self, tx: &mut Tx, organisation: i64, now: Moment) -> Result<(), ProviderError> {
        let gone = || ProviderError::from(Problem::new(&kinds::NOT_FOUND));
        let done = match self {
            Change::Let(new) => {
                organisations::delegate(tx, new).await?;
                true
            }
            Change::Accept(citizen, id) => organisations::accept(tx, *citizen, *id, now).await?,
            Change::End(one) => organisations::revoke(tx, (organisation, one.delegate), one.id, now).await?,
            Change::EndRepresentative { citizen, last } => {
                let all = organisations::representatives_in(tx, organisation).await?;
                if !last && !all.iter().any(|one| one.citizen != *citizen && one.is_active()) {
                    return Err(LAST.at("password").into());
                }
                organisations::end_representative(tx, organisation, *citizen, now).await?
            }
            Change::Stand(step) => {
                let next = organisations::standing(tx, organisation).await?.and_then(|now| now.after(*step));
                let next = next.ok_or_else(|| ProviderError::from(STEP.at("step")))?;
                organisations::stand(tx, organisation, next, now).await?;
                true
            }
        };
        if done { Ok(()) } else { Err(gone()) }
    }
}
