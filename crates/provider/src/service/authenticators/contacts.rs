//! The contacts of an account. A contact is a channel, never an identifier: nobody is found by it, and a whole
//! family may share one. Each can be removed, the first one too, as long as another stays that was confirmed before it
//! or long enough ago: whoever has got hold of a session for a while does not cut the owner off.

use super::{Provider, TRIES};
use crate::{
    channel::Contact,
    error::ProviderError,
    model::Session,
    rules,
    service::{messages::new_code, random_id, tally_key},
    store::{self as tables, authenticators::recoveries},
};
use ::store::transact;
use identity::lockout;
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq as _;
use vocabulary::{Invalid, Moment, Problem, Text, kinds};

const KIND: &str = "contact";
/// Most further contacts of one account.
const MOST: usize = 5;

#[derive(Serialize, Deserialize)]
struct Sent {
    contact: String,
    code: Vec<u8>,
}

const CODE: Invalid = Invalid::new(
    "contact/code",
    "Mã không đúng hoặc đã hết hạn. Sau 5 lần sai phải thêm lại từ đầu.",
    "The code is not right or has expired. After 5 wrong tries, begin anew.",
);
const FULL: Invalid = Invalid::new(
    "contact/full",
    "Tài khoản đã có đủ số liên hệ. Hãy xóa bớt trước.",
    "The account has as many contacts as it can. Remove one first.",
);

const LAST: Invalid = Invalid::new(
    "contact/last",
    "Chưa xóa được: cần một liên hệ khác đã xác nhận ít nhất 24 giờ trước. Hãy thêm liên hệ mới rồi xóa sau.",
    "Not yet: another contact has to be confirmed for 24 hours first. Add a new one, and remove this later.",
);

/// What is kept of a code that was sent.
pub(super) fn code_hash(code: &str) -> Vec<u8> {
    rules::hash(&["code to a contact", code.trim()]).to_vec()
}

impl Provider {
    /// Sends a code to a new contact; the secret of the page that asks for it.
    ///
    /// # Errors
    /// `contact/full`; `too-many-requests`.
    pub(crate) async fn add_contact(
        &self,
        session: &Session,
        contact: &Contact,
        now: Moment,
    ) -> Result<String, ProviderError> {
        let key = tally_key("contact", &session.citizen.to_string());
        if self.admit(&[(key, lockout::DEVICE)], now).await? > 0 {
            return Err(Problem::new(&kinds::TOO_MANY).into());
        }
        if recoveries::contacts(&self.inner.store, session.citizen).await?.len() >= MOST {
            return Err(FULL.at("contact").into());
        }
        let code = new_code(6)?;
        let sent = Sent { contact: contact.reveal().to_owned(), code: code_hash(&code) };
        let secret = self.pose(KIND, Some(session.citizen), &sent, now).await?;
        let text = format!(
            "Mã xác nhận liên hệ cho tài khoản định danh: {code}. Không đưa mã này cho ai. / Code to confirm this contact: {code}. Give it to nobody."
        );
        self.inner.back.channel.send(contact, &text, now)?;
        Ok(secret.reveal().to_owned())
    }

    /// Keeps the contact, where the code is right. The channels known before hear of it.
    ///
    /// # Errors
    /// `contact/code`.
    pub(crate) async fn prove_contact(
        &self,
        session: &Session,
        secret: &str,
        code: &str,
        request: &str,
        now: Moment,
    ) -> Result<(), ProviderError> {
        let wrong = || ProviderError::from(CODE.at("code"));
        let challenge = self.try_challenge(KIND, secret, now).await?.ok_or_else(wrong)?;
        let sent: Sent = challenge.state()?;
        let right: bool = sent.code.ct_eq(&code_hash(code)).into();
        if !right || challenge.citizen != Some(session.citizen) || challenge.tries > TRIES {
            return Err(wrong());
        }
        let contact = Contact::parse(&sent.contact).map_err(|_| wrong())?;
        if self.take_challenge(KIND, secret, now).await?.is_none() {
            return Err(wrong());
        }
        self.tell(session.citizen, ADDED, now).await?;
        let number = random_id()?;
        let kept: Result<(), ProviderError> = transact!(self.inner.store, tx => {
            Ok(recoveries::add_contact(tx, session.citizen, number, &contact, now).await?)
        });
        kept?;
        self.note("provider.contact-added", request, "", now).await
    }

    /// Removes a contact, the first one where no number is given; it hears of that too.
    ///
    /// # Errors
    /// `not-found`; `contact/last`, where none stays that is old enough.
    pub(crate) async fn remove_contact(
        &self,
        session: &Session,
        number: Option<i64>,
        request: &str,
        now: Moment,
    ) -> Result<(), ProviderError> {
        let told = self.channels(session.citizen).await?;
        let cooled = now.plus_seconds(-i64::from(self.inner.config.recovery_hours) * 3600);
        let done: Result<(), ProviderError> = transact!(self.inner.store, tx => {
            tables::lock(tx).await?;
            let all = recoveries::known(tx, session.citizen).await?;
            let gone = || ProviderError::from(Problem::new(&kinds::NOT_FOUND));
            let leaves = all.iter().find(|one| one.number == number).ok_or_else(gone)?;
            // The same address may stand twice; what stays has to be another one.
            let mut stays = all.iter().filter(|one| one.contact != leaves.contact);
            let stays = stays.find(|one| one.since <= cooled || one.since <= leaves.since);
            let stays = stays.ok_or_else(|| LAST.at("contact"))?;
            let done = match (number, stays.number) {
                (Some(number), _) => recoveries::remove_contact(tx, session.citizen, number).await?,
                (None, Some(next)) => recoveries::promote(tx, session.citizen, next).await?,
                (None, None) => false,
            };
            if done { Ok(()) } else { Err(gone()) }
        });
        done?;
        self.tell_all(session.citizen, &told, REMOVED, now).await?;
        self.note("provider.contact-removed", request, "", now).await
    }
}

const ADDED: Text = Text::new(
    "Một liên hệ vừa được thêm vào tài khoản định danh của bạn. Nếu không phải bạn, hãy xóa nó ở trang Bảo mật.",
    "A contact was just added to your account. If it was not you, remove it on the page Security.",
);
const REMOVED: Text = Text::new(
    "Một liên hệ vừa bị xóa khỏi tài khoản định danh của bạn.",
    "A contact was just removed from your account.",
);
