//! Passkeys (*khóa truy cập*, WebAuthn): several to a person, several to a device, found without typing who one is.
//!
//! The challenge of each ceremony lies in the store until it is answered once, so that no answer counts twice. The
//! handle by which a passkey names its account follows from a secret of the installation; it says nothing to others.

use super::{Opened, Place, Provider, cut, throttle::Counted};
use crate::{
    error::ProviderError,
    model::Session,
    service::random_id,
    store::authenticators::passkeys::{self, Passkey as Row},
};
use ::store::transact;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use vocabulary::{Invalid, Moment, Problem, Text, kinds};
use webauthn_rs::prelude::{
    DiscoverableAuthentication, Passkey, PasskeyRegistration, PublicKeyCredential,
    RegisterPublicKeyCredential, Url, Uuid, Webauthn, WebauthnBuilder, WebauthnError,
};

/// Most passkeys of one account.
const MOST: usize = 20;
/// How a passkey is called in identity tokens (RFC 8176): a key was proved, the person was there and was recognised.
const AMR: &str = "pop user mfa";

/// A ceremony that begins: what the browser is asked, and the secret under which it answers.
pub(crate) struct Ceremony {
    /// For the form.
    pub secret: String,
    /// `PublicKeyCredentialCreationOptions` or `…RequestOptions` as JSON.
    pub options: Value,
}

#[derive(Serialize, Deserialize)]
enum Asked {
    New(Box<PasskeyRegistration>),
    SignIn(Box<DiscoverableAuthentication>),
}

const KIND: &str = "passkey";

const REFUSED: Invalid = Invalid::new(
    "passkey/refused",
    "Khóa truy cập không được chấp nhận, hoặc đã quá lâu. Hãy thử lại.",
    "The passkey was not accepted, or it took too long. Try again.",
);
const FULL: Invalid = Invalid::new(
    "passkey/full",
    "Tài khoản đã có 20 khóa truy cập. Hãy xóa bớt trước.",
    "The account has 20 passkeys. Remove one first.",
);
const NAME: Invalid = Invalid::new(
    "passkey/name",
    "Đặt tên từ 1 đến 60 ký tự, ví dụ Điện thoại của tôi",
    "Give a name of 1 to 60 characters, such as My phone",
);

/// A name as its owner gave it.
fn name(text: &str) -> Result<String, ProviderError> {
    let name = cut(text.trim(), 61);
    if name.is_empty() || name.chars().count() > 60 { Err(NAME.at("name").into()) } else { Ok(name) }
}

fn refused(_: WebauthnError) -> ProviderError {
    REFUSED.at("credential").into()
}

/// The site as browsers know it: the host of the issuer, and on loopback `localhost`, since passkeys belong to names.
fn site(issuer: &str) -> Option<(String, Url)> {
    let mut url = Url::parse(issuer).ok()?;
    if url.domain().is_none() && url.scheme() == "http" {
        url.set_host(Some("localhost")).ok()?;
    }
    Some((url.domain()?.to_owned(), url))
}

impl Provider {
    fn webauthn(&self) -> Result<Webauthn, ProviderError> {
        let fault = || ProviderError::from(Problem::new(&kinds::UNAVAILABLE));
        let (id, origin) = site(self.issuer()?).ok_or_else(fault)?;
        let builder = WebauthnBuilder::new(&id, &origin).map_err(|_| fault())?;
        builder.rp_name("Dân cư").build().map_err(|_| fault())
    }

    /// The handle by which passkeys name an account.
    fn handle(&self, citizen: i64) -> Uuid {
        let mac = crate::rules::mac(&self.inner.authenticators, &[b"handle", &citizen.to_be_bytes()]);
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&mac[..16]);
        Uuid::from_bytes(bytes)
    }

    /// Begins the registration of a passkey.
    ///
    /// # Errors
    /// `passkey/full`.
    pub(crate) async fn begin_passkey(
        &self,
        session: &Session,
        now: Moment,
    ) -> Result<Ceremony, ProviderError> {
        let rows = passkeys::of(&self.inner.store, session.citizen).await?;
        if rows.len() >= MOST {
            return Err(FULL.at("credential").into());
        }
        let known = rows.iter().filter_map(|row| read(row).ok()).map(|key| key.cred_id().clone()).collect();
        let handle = self.handle(session.citizen);
        // What a keychain shows beside the site. It is kept on devices and by their makers, so no name stands there.
        let label = format!("Tài khoản định danh · {:04}", handle.as_u128() % 10_000);
        let (options, state) = self
            .webauthn()?
            .start_passkey_registration(handle, &label, &label, Some(known))
            .map_err(refused)?;
        let mut options = json!(options)["publicKey"].take();
        // Found without typing who one is: the device has to keep the handle.
        options["authenticatorSelection"]["residentKey"] = json!("required");
        options["authenticatorSelection"]["requireResidentKey"] = json!(true);
        let asked = Asked::New(Box::new(state));
        let secret = self.pose(KIND, Some(session.citizen), &asked, now).await?;
        Ok(Ceremony { secret: secret.reveal().to_owned(), options })
    }

    /// Keeps the passkey that a browser made.
    ///
    /// # Errors
    /// `passkey/refused`, `passkey/name`.
    pub(crate) async fn add_passkey(
        &self,
        session: &Session,
        secret: &str,
        credential: &str,
        named: &str,
        request: &str,
        now: Moment,
    ) -> Result<(), ProviderError> {
        let wrong = || ProviderError::from(REFUSED.at("credential"));
        let name = name(named)?;
        let challenge = self.take_challenge(KIND, secret, now).await?;
        let challenge = challenge.filter(|c| c.citizen == Some(session.citizen)).ok_or_else(wrong)?;
        let Asked::New(state) = challenge.state()? else { return Err(wrong()) };
        let credential: RegisterPublicKeyCredential =
            serde_json::from_str(credential).map_err(|_| wrong())?;
        let key = self.webauthn()?.finish_passkey_registration(&credential, &state).map_err(refused)?;
        let row = Row {
            id: random_id()?,
            citizen: session.citizen,
            name,
            record: serde_json::to_string(&key).map_err(|_| wrong())?,
            created_at: now,
            used_at: None,
        };
        let kept: Result<bool, ProviderError> = transact!(self.inner.store, tx => {
            Ok(passkeys::insert(tx, key.cred_id().as_ref(), &row).await?)
        });
        if !kept? {
            return Err(wrong());
        }
        self.note("provider.passkey-added", request, "", now).await?;
        self.tell(session.citizen, ADDED, now).await
    }

    /// Names a passkey anew.
    ///
    /// # Errors
    /// `passkey/name`; `not-found`.
    pub(crate) async fn rename_passkey(
        &self,
        session: &Session,
        id: i64,
        named: &str,
    ) -> Result<(), ProviderError> {
        let name = name(named)?;
        let done: Result<bool, ProviderError> = transact!(self.inner.store, tx => {
            Ok(passkeys::rename(tx, session.citizen, id, &name).await?)
        });
        if done? { Ok(()) } else { Err(Problem::new(&kinds::NOT_FOUND).into()) }
    }

    /// Removes a passkey.
    ///
    /// # Errors
    /// `not-found`.
    pub(crate) async fn remove_passkey(
        &self,
        session: &Session,
        id: i64,
        request: &str,
        now: Moment,
    ) -> Result<(), ProviderError> {
        let done: Result<bool, ProviderError> = transact!(self.inner.store, tx => {
            Ok(passkeys::remove(tx, session.citizen, id).await?)
        });
        if !done? {
            return Err(Problem::new(&kinds::NOT_FOUND).into());
        }
        self.note("provider.passkey-removed", request, "", now).await?;
        self.tell(session.citizen, REMOVED, now).await
    }

    /// Begins a sign-in with whatever passkey the browser finds.
    pub(crate) async fn ask_passkey(&self, now: Moment) -> Result<Ceremony, ProviderError> {
        let (options, state) = self.webauthn()?.start_discoverable_authentication().map_err(refused)?;
        let secret = self.pose(KIND, None, &Asked::SignIn(Box::new(state)), now).await?;
        Ok(Ceremony { secret: secret.reveal().to_owned(), options: json!(options)["publicKey"].take() })
    }

    /// Signs in whom a passkey names.
    ///
    /// # Errors
    /// `passkey/refused`, whatever is wrong with it. A counter that did not grow is told to the account's owner.
    pub(crate) async fn sign_in_by_passkey(
        &self,
        secret: &str,
        credential: &str,
        place: &Place<'_>,
    ) -> Result<Opened, ProviderError> {
        let wrong = || ProviderError::from(REFUSED.at("credential"));
        let now = place.now;
        let challenge = self.take_challenge(KIND, secret, now).await?.ok_or_else(wrong)?;
        let Asked::SignIn(state) = challenge.state()? else { return Err(wrong()) };
        let credential: PublicKeyCredential = serde_json::from_str(credential).map_err(|_| wrong())?;
        let webauthn = self.webauthn()?;
        let (handle, id) = webauthn.identify_discoverable_authentication(&credential).map_err(refused)?;
        let row = passkeys::find(&self.inner.store, id).await?.ok_or_else(wrong)?;
        if handle != self.handle(row.citizen) {
            return Err(wrong());
        }
        self.settle_recovery(row.citizen, now).await?;
        let mut key = read(&row)?;
        let result = match webauthn.finish_discoverable_authentication_v2(&credential, *state, &key) {
            Ok(result) => result,
            Err(WebauthnError::CredentialPossibleCompromise) => {
                self.note("provider.passkey-copied", place.request, "", now).await?;
                self.tell(row.citizen, COPIED, now).await?;
                return Err(wrong());
            }
            Err(error) => return Err(refused(error)),
        };
        key.update_credential(&result);
        let record = serde_json::to_string(&key).map_err(|_| wrong())?;
        let used: Result<bool, ProviderError> = transact!(self.inner.store, tx => {
            Ok(passkeys::used(tx, row.id, &row.record, &record, now).await?)
        });
        if !used? {
            return Err(wrong());
        }
        self.open_session(row.citizen, AMR, place, &Counted::default()).await
    }
}

fn read(row: &Row) -> Result<Passkey, ProviderError> {
    serde_json::from_str(&row.record).map_err(|_| crate::store::unreadable("passkey").into())
}

const ADDED: Text = Text::new(
    "Một khóa truy cập vừa được thêm vào tài khoản định danh của bạn. Nếu không phải bạn, hãy xóa nó ở trang Bảo mật.",
    "A passkey was just added to your account. If it was not you, remove it on the page Security.",
);
const REMOVED: Text = Text::new(
    "Một khóa truy cập vừa bị xóa khỏi tài khoản định danh của bạn.",
    "A passkey was just removed from your account.",
);
const COPIED: Text = Text::new(
    "Một khóa truy cập của bạn có thể đã bị sao chép; lần đăng nhập đó đã bị từ chối. Hãy xóa khóa ấy ở trang Bảo mật.",
    "One of your passkeys may have been copied; that sign-in was refused. Remove the passkey on the page Security.",
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn on_loopback_passkeys_belong_to_a_name() {
        let of = |issuer: &str| site(issuer).map(|(id, origin)| (id, origin.origin().ascii_serialization()));
        let pair = |id: &str, origin: &str| Some((id.to_owned(), origin.to_owned()));
        assert_eq!(of("https://id.example.vn"), pair("id.example.vn", "https://id.example.vn"));
        assert_eq!(of("http://127.0.0.1:8080"), pair("localhost", "http://localhost:8080"));
        assert_eq!(of("http://[::1]:8080"), pair("localhost", "http://localhost:8080"));
        assert_eq!(of("https://10.0.0.1"), None);
    }

    #[test]
    fn names_are_short_and_plain() {
        assert_eq!(name("  Điện thoại\u{7} của mẹ ").unwrap(), "Điện thoại của mẹ");
        assert!(name(" ").is_err() && name(&"ă".repeat(61)).is_err() && name(&"ă".repeat(60)).is_ok());
    }
}
