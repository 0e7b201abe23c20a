//! Acting for another: a parent or guardian for a child, or whom an adult asked to, with scope and end. What comes of it
//! names both: tokens by `act` (RFC 8693 §4.1), the ledger by an entry for each.

use super::{Provider, random_id, tally_key};
use crate::{
    error::ProviderError,
    model::{Scope, Scopes, Session},
    rules::standing::Standing,
    store::{
        self as tables, citizens,
        delegations::{self, ActedFor, Given},
    },
};
use ::store::transact;
use identity::lockout;
use ledger::{Entry, Pending, Subject};
use vocabulary::{Field, FieldSet, Invalid, Moment, PartialDate, PersonId, PersonalNumber, Problem, kinds};

/// Days for which a delegation lasts at most; ours.
pub(crate) const MOST_DAYS: i64 = 366;
/// Delegations that somebody gives at most.
const MOST: usize = 20;

/// For whom somebody signs in, where not for himself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Whom {
    Citizen(i64),
    Organisation(i64),
}

/// Somebody for whom the citizen may act, by name.
pub(crate) struct Acting {
    pub citizen: i64,
    pub name: String,
    pub scopes: Option<Scopes>,
    pub client: String,
    pub ends_at: Moment,
}

/// For whom a sign-in is made by another.
pub(crate) struct Behalf {
    pub citizen: i64,
    pub person: PersonId,
    pub delegate: i64,
    pub delegate_person: PersonId,
    pub scopes: Option<Scopes>,
    pub ends_at: Moment,
}

/// What somebody delegates.
pub(crate) struct Wish<'a> {
    pub number: PersonalNumber,
    pub client: &'a str,
    pub scopes: Scopes,
    pub until: PartialDate,
    pub password: &'a str,
}

const LEVEL: Invalid = Invalid::new(
    "delegation/level",
    "Ủy quyền cần cả hai bên có tài khoản mức 2 đang hoạt động.",
    "A delegation needs accounts of level 2 in use on both sides.",
);
const SELF: Invalid =
    Invalid::new("delegation/self", "Không ủy quyền cho chính mình.", "Nobody delegates to himself.");
const UNTIL: Invalid = Invalid::new(
    "delegation/until",
    "Chọn ngày kết thúc từ hôm nay đến một năm tới",
    "Choose a last day from today to a year from now",
);
const CLIENT: Invalid = Invalid::new("delegation/client", "Không có ứng dụng này", "No such application");
const MANY: Invalid = Invalid::new(
    "delegation/many",
    "Bạn đã có 20 ủy quyền. Hãy kết thúc bớt.",
    "You have given 20 delegations. End some first.",
);
const PASSWORD: Invalid =
    Invalid::new("account/password", "Mật khẩu không đúng.", "The password is not right.");

/// The end of a day in Viet Nam.
pub(super) fn end_of(day: PartialDate) -> Option<Moment> {
    day.is_whole().then(|| Moment::parse(&format!("{}T23:59:59+07:00", day.iso())).ok()).flatten()
}

impl Provider {
    async fn acted_for(&self, session: &Session, now: Moment) -> Result<Vec<ActedFor>, ProviderError> {
        let store = &self.inner.store;
        let mut all = delegations::granted_to(store, session.citizen, now).await?;
        let own = self.citizen(session.citizen).await?;
        for (citizen, person, until) in
            delegations::children_of(store, own.person, PartialDate::today()).await?
        {
            let Some(ends_at) = end_of(until) else { continue };
            all.push(ActedFor { citizen, person, scopes: None, client: String::new(), ends_at });
        }
        Ok(all)
    }

    /// Those for whom a citizen may act, at an application or at all, by name. The names are read from the registry,
    /// which those people see.
    pub(crate) async fn acting(
        &self,
        session: &Session,
        client: Option<&str>,
        request: &str,
        now: Moment,
    ) -> Result<Vec<Acting>, ProviderError> {
        let mut acting = Vec::new();
        for one in self.acted_for(session, now).await? {
            if client.is_some_and(|client| !one.client.is_empty() && one.client != client) {
                continue;
            }
            let ask = self.own_ask(request)?;
            let wanted = FieldSet::of(&[Field::FullName]);
            let found = self.population().citizen_of(&ask, one.person, wanted).await?.person;
            let name = found.person.name.as_ref().map(|name| name.reveal().to_owned()).unwrap_or_default();
            acting.push(Acting {
                citizen: one.citizen,
                name,
                scopes: one.scopes,
                client: one.client,
                ends_at: one.ends_at,
            });
        }
        Ok(acting)
    }

    /// The right of a citizen to act for another at an application.
    ///
    /// # Errors
    /// `forbidden`.
    pub(crate) async fn behalf(
        &self,
        session: &Session,
        citizen: i64,
        client: &str,
        now: Moment,
    ) -> Result<Behalf, ProviderError> {
        let all = self.acted_for(session, now).await?;
        let found = all
            .into_iter()
            .find(|one| one.citizen == citizen && (one.client.is_empty() || one.client == client));
        let found = found.ok_or_else(|| Problem::new(&kinds::FORBIDDEN))?;
        let delegate_person = self.citizen(session.citizen).await?.person;
        Ok(Behalf {
            citizen,
            person: found.person,
            delegate: session.citizen,
            delegate_person,
            scopes: found.scopes,
            ends_at: found.ends_at,
        })
    }

    /// The entries of a sign-in that one person made for another: one for each, the note naming the other.
    pub(crate) fn entries_of(&self, behalf: &Behalf, client: &str) -> Result<Vec<Entry>, ProviderError> {
        let basis = self.own_ask("")?.basis.ok_or_else(|| Problem::new(&kinds::PURPOSE_REQUIRED))?;
        let entry = |person: PersonId, note: String| {
            let subject = Subject::Person(person);
            Entry::changed(self.actor(), basis.clone(), "provider.acted-for", subject, FieldSet::NONE)
                .note(note)
        };
        Ok(vec![
            entry(behalf.person, format!("{client}: by record {}", behalf.delegate_person.0)),
            entry(behalf.delegate_person, format!("{client}: for record {}", behalf.person.0)),
        ])
    }

    /// The delegations that a citizen gave.
    pub(crate) async fn given(&self, session: &Session, now: Moment) -> Result<Vec<Given>, ProviderError> {
        Ok(delegations::given_by(&self.inner.store, session.citizen, now).await?)
    }

    /// The citizen's password before something is given away. Passwords are guessed slowly, and what is asked for along
    /// with them is asked for slowly too: nobody asks for long which numbers have accounts.
    ///
    /// # Errors
    /// `account/password`; `too-many-requests`.
    pub(super) async fn prove_password(
        &self,
        own: &citizens::Citizen,
        what: &str,
        password: &str,
        now: Moment,
    ) -> Result<(), ProviderError> {
        let guesses = tally_key(what, &own.id.to_string());
        let tries = tally_key(&format!("{what}-number"), &own.id.to_string());
        if self.admit(&[(guesses.clone(), lockout::ACCOUNT), (tries, lockout::ADDRESS)], now).await? > 0 {
            return Err(Problem::new(&kinds::TOO_MANY).into());
        }
        if !self.inner.hasher.verify(password, Some(&own.password)).await?.correct {
            return Err(PASSWORD.at("password").into());
        }
        transact!(self.inner.store, tx => {
            tables::lock(tx).await?;
            Ok(citizens::clear_tally(tx, &guesses).await?)
        })
    }

    /// Delegates: both accounts are of level 2, for one application or all, at most for a year. The delegate is told.
    ///
    /// # Errors
    /// Every rule that the wish breaks; `too-many-requests`.
    pub(crate) async fn delegate(
        &self,
        session: &Session,
        wish: &Wish<'_>,
        request: &str,
        now: Moment,
    ) -> Result<(), ProviderError> {
        let store = &self.inner.store;
        let own = self.citizen(session.citizen).await?;
        self.prove_password(&own, "delegate", wish.password, now).await?;
        let ends_at = end_of(wish.until)
            .filter(|end| *end > now && *end <= now.plus_seconds(MOST_DAYS * 86_400))
            .ok_or_else(|| UNTIL.at("until"))?;
        if !wish.client.is_empty() && self.usable_party(wish.client).await?.is_none() {
            return Err(CLIENT.at("client").into());
        }
        let delegate = citizens::by_number(store, wish.number).await?;
        let delegate =
            delegate.filter(|other| other.level == 2 && other.standing().ok() == Some(Standing::Active));
        let delegate = delegate.filter(|_| own.level == 2).ok_or_else(|| LEVEL.at("number"))?;
        if delegate.id == own.id {
            return Err(SELF.at("number").into());
        }
        if self.given(session, now).await?.len() >= MOST {
            return Err(MANY.at("number").into());
        }
        let mut scopes: Vec<Scope> = wish.scopes.iter().collect();
        scopes.push(Scope::OpenId);
        let scopes = Scopes::of(scopes);
        let new = delegations::New {
            id: random_id()?,
            citizen: own.id,
            delegate: delegate.id,
            client: wish.client,
            scopes: &scopes,
            now,
            ends_at,
        };
        let note = format!("{} {scopes} until {}", wish.client, wish.until.iso());
        self.change_delegation(
            (own.person, delegate.person),
            "provider.delegated",
            &note,
            request,
            Some(&new),
            None,
        )
        .await?;
        let text = format!(
            "Bạn được ủy quyền đăng nhập thay một người khác đến hết ngày {}. Xem ở trang tài khoản định danh. / \
             You may sign in for somebody else until the end of {}. See the page of your account.",
            wish.until.local_text(),
            wish.until.local_text()
        );
        Ok(self.inner.back.channel.send(&delegate.contact()?, &text, now)?)
    }

    /// Takes a delegation back; what the delegate signed in to for the citizen ends at once.
    ///
    /// # Errors
    /// `not-found`.
    pub(crate) async fn take_back(
        &self,
        session: &Session,
        id: i64,
        request: &str,
        now: Moment,
    ) -> Result<(), ProviderError> {
        let own = self.citizen(session.citizen).await?;
        let given = delegations::given_by(&self.inner.store, own.id, now).await?;
        let number = given.iter().find(|one| one.id == id).map(|one| one.number);
        let number = number.ok_or_else(|| Problem::new(&kinds::NOT_FOUND))?;
        let delegate = citizens::by_number(&self.inner.store, number).await?;
        let other = delegate.map_or(own.person, |delegate| delegate.person);
        let taken = Some((own.id, id, now));
        self.change_delegation((own.person, other), "provider.delegation-ended", "", request, None, taken)
            .await
    }

    /// Writes a change of a delegation with an entry for each of the two.
    async fn change_delegation(
        &self,
        (giver, delegate): (PersonId, PersonId),
        service: &'static str,
        note: &str,
        request: &str,
        new: Option<&delegations::New<'_>>,
        taken: Option<(i64, i64, Moment)>,
    ) -> Result<(), ProviderError> {
        let ledger = &self.inner.back.ledger;
        let basis = self.own_ask(request)?.basis.ok_or_else(|| Problem::new(&kinds::PURPOSE_REQUIRED))?;
        let pending: Result<Vec<Pending>, ProviderError> = transact!(self.inner.store, tx => {
            tables::lock(tx).await?;
            if let Some(new) = new {
                delegations::insert(tx, new).await?;
            }
            if let Some((citizen, id, now)) = taken
                && delegations::revoke(tx, citizen, id, now).await?.is_none()
            {
                return Err(Problem::new(&kinds::NOT_FOUND).into());
            }
            let entry = |person: PersonId, other: PersonId| {
                let subject = Subject::Person(person);
                let note = format!("with record {}: {note}", other.0);
                Entry::changed(self.actor(), basis.clone(), service, subject, FieldSet::NONE).request(request).note(note)
            };
            Ok(ledger.append_all_in(tx, vec![entry(giver, delegate), entry(delegate, giver)]).await?)
        });
        for entry in pending? {
            ledger.confirm(entry).await?;
        }
        Ok(())
    }
}
