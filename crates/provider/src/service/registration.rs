//! Registering an account of level 1: data matched with the registry, a contact confirmed by a code.

use super::{
    Provider,
    authenticators::give_back,
    enrolment::LAW,
    messages::{CODE_MINUTES, code_hash, new_code},
    random_id, tally_key,
};
use crate::{
    channel::Contact,
    error::ProviderError,
    rules::ages,
    store::{
        self as tables,
        accounts::{self, Event},
        citizens::Application,
    },
};
use ::store::transact;
use access::Action;
use identity::{Digest, Password, Secret, digest_presented, lockout};
use ledger::Verdict;
use population::verify::{CardShown, Claims, Number};
use subtle::ConstantTimeEq as _;
use vocabulary::{
    Field, FieldSet, FullName, Invalid, Moment, PartialDate, PersonalNumber, Problem, StaffId, kinds,
};

/// Tries at one code.
const TRIES: i64 = 5;

/// What a person states about himself.
pub(crate) struct Claimed {
    pub number: PersonalNumber,
    pub name: FullName,
    pub birth_date: PartialDate,
    /// Date of issue of the identity card, whole.
    pub card: PartialDate,
    pub contact: Contact,
}

const MISMATCH: Invalid = Invalid::new(
    "register/mismatch",
    "Số định danh, họ tên, ngày sinh và thẻ căn cước không khớp với cơ sở dữ liệu dân cư, thẻ đã hết hạn, hoặc người này chưa thể tự đăng ký. Nếu thông tin đã đúng, hãy đến công an cấp xã.",
    "Number, name, date of birth and card do not agree with the population registry, the card has expired, or the person cannot register alone. If they are right, go to the commune police.",
);
const CODE: Invalid = Invalid::new(
    "register/code",
    "Mã không đúng hoặc đã hết hạn. Sau 5 lần sai phải đăng ký lại từ đầu.",
    "The code is not right or has expired. After 5 wrong tries, begin anew.",
);

/// What the account says of its registration.
pub(crate) const WITH_CARD: &str = "registered-card";
pub(crate) const WITHOUT_CARD: &str = "registered";

impl Provider {
    /// Compares the claims with the registry – all in one look-up, so that nothing tells what it was that differs; the card
    /// where the registry holds one – and sends a code to the contact. Whether there is an account already is
    /// not told: its owner gets a notice instead of a code.
    ///
    /// # Errors
    /// `register/mismatch`; `too-many-requests`.
    pub(crate) async fn apply(
        &self,
        claimed: &Claimed,
        address: &str,
        request: &str,
        now: Moment,
    ) -> Result<Secret, ProviderError> {
        self.prune_sometimes(now).await?;
        let keys = [
            // With the network, so that a stranger elsewhere does not keep the person from registering.
            (tally_key("register", &format!("{}\n{address}", claimed.number.reveal())), lockout::ACCOUNT),
            (tally_key("address", address), lockout::ADDRESS),
        ];
        if self.admit(&keys, now).await? > 0 {
            return Err(Problem::new(&kinds::TOO_MANY).into());
        }
        let ask = self.own_ask(request)?;
        let claims = Claims {
            name: Some(claimed.name.clone()),
            birth_date: Some(claimed.birth_date),
            card: Some(CardShown { issued_on: claimed.card, valid_on: PartialDate::today() }),
            living: true,
            ..Claims::default()
        };
        let population = &self.inner.back.population;
        let number = Number::Personal(claimed.number);
        let verified = population.verify(&ask, Action::Verify, number, &claims).await?;
        let card = FieldSet::of(&[Field::Card]);
        let agrees = |v: &Verdict| v.differing.is_empty() && v.absent.is_within(card);
        let verdict = verified.verdict.filter(agrees).ok_or_else(|| MISMATCH.at("number"))?;
        let needed = FieldSet::of(&[Field::BirthDate]);
        let person = population.citizen(&ask, number, Some(needed)).await?.person;
        // From 14 years of age citizens and foreigners alike register alone.
        let bracket = ages::bracket(person.person.birth_date, false, PartialDate::today());
        if !bracket.is_some_and(|bracket| bracket.alone) {
            return Err(MISMATCH.at("number").into());
        }
        let secret = Secret::new("")?;
        let code = new_code(6)?;
        let person = person.person.id;
        let existing = tables::citizens::by_person(&self.inner.store, person).await?;
        let application = Application {
            person,
            number: claimed.number,
            kind: claimed.contact.kind().to_owned(),
            contact: claimed.contact.reveal().to_owned(),
            code: code_hash("registration", secret.reveal(), &code),
            tries: 0,
            ends_at: now.plus_seconds(CODE_MINUTES * 60),
            card: verdict.matched.has(Field::Card),
        };
        let kept: Result<(), ProviderError> = transact!(self.inner.store, tx => {
            Ok(tables::citizens::apply(tx, secret.digest(), &application).await?)
        });
        kept?;
        let (to, text) = match &existing {
            None => (
                claimed.contact.clone(),
                format!(
                    "Mã xác nhận đăng ký tài khoản định danh: {code}. Không đưa mã này cho ai. / Code to register your account: {code}. Give it to nobody."
                ),
            ),
            Some(citizen) => (
                citizen.contact()?,
                "Có người vừa đăng ký lại tài khoản định danh của bạn. Nếu không phải bạn, không cần làm gì. / Somebody tried to register your account again. If it was not you, there is nothing to do.".to_owned(),
            ),
        };
        self.inner.back.channel.send(&to, &text, now)?;
        Ok(secret)
    }

    /// Makes the account, where the code is right.
    ///
    /// # Errors
    /// `register/code`, or the rule that the password breaks.
    pub(crate) async fn confirm(
        &self,
        secret: &str,
        code: &str,
        password: &str,
        (address, request): (&str, &str),
        now: Moment,
    ) -> Result<(), ProviderError> {
        let wrong = || ProviderError::from(CODE.at("code"));
        let digest = digest_presented(secret, "").ok_or_else(wrong)?;
        // The password is looked at first, so that one that is too weak costs no try.
        let account = StaffId::parse("citizen").map_err(|i| i.at("password"))?;
        let password = Password::parse(password, &account).map_err(|i| i.at("password"))?;
        let tried: Result<Option<Application>, ProviderError> = transact!(self.inner.store, tx => {
            Ok(tables::citizens::try_application(tx, digest, now).await?)
        });
        let application = tried?.filter(|a| a.tries <= TRIES).ok_or_else(wrong)?;
        let right: bool = application.code.ct_eq(&code_hash("registration", secret, code.trim())).into();
        if !right {
            return Err(wrong());
        }
        self.enter(digest, &application, password, (address, request), now).await
    }

    async fn enter(
        &self,
        digest: Digest,
        application: &Application,
        password: Password,
        (address, request): (&str, &str),
        now: Moment,
    ) -> Result<(), ProviderError> {
        let hash = self.inner.hasher.hash(password).await?;
        let (id, event) = (random_id()?, random_id()?);
        let (what, note) = match application.card {
            true => (WITH_CARD, "number, name, birth date, life and card compared"),
            false => (WITHOUT_CARD, "number, name, birth date and life compared; the registry holds no card"),
        };
        let made: Result<bool, ProviderError> = transact!(self.inner.store, tx => {
            tables::lock(tx).await?;
            tables::citizens::end_application(tx, digest).await?;
            let made = tables::citizens::insert(tx, id, application, &hash, now).await?;
            if made {
                accounts::note(tx, event, &Event::of(id, what, LAW, now)).await?;
                give_back(tx, address).await?;
            }
            Ok(made)
        });
        if !made? {
            return Err(CODE.at("code").into());
        }
        self.note("provider.registered", request, note, now).await
    }
}
