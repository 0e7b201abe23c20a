//! Codes by an app (TOTP, RFC 6238), and codes on paper.
//!
//! The secret of an app follows from a secret of the installation and a salt in the store: who reads the store alone
//! can make no code. A code counts once, and none that is older than the last one counts.

use super::Provider;
use crate::{
    error::ProviderError,
    model::Session,
    rules::mac,
    store::{self as tables, authenticators::factors},
};
use ::store::transact;
use identity::{NoRandomness, lockout};
use totp_rs::{Builder, Secret, Totp};
use vocabulary::{Invalid, Moment, Problem, Text, kinds};

/// Codes on one sheet.
const SHEET: usize = 10;

/// An app that is being set up.
pub(crate) struct Enrolment {
    /// The address that the QR code carries.
    pub address: String,
    /// The secret for typing, in groups of four.
    pub secret: String,
}

const CODE: Invalid = Invalid::new(
    "totp/code",
    "Mã không đúng. Kiểm tra giờ trên điện thoại và nhập mã đang hiện.",
    "The code is not right. Check the clock of your phone and enter the code that it shows.",
);
const THERE: Invalid = Invalid::new(
    "totp/there",
    "Tài khoản đã có ứng dụng tạo mã. Hãy gỡ nó trước.",
    "The account has an app for codes. Remove it first.",
);

fn seconds(now: Moment) -> u64 {
    u64::try_from(now.micros().div_euclid(1_000_000)).unwrap_or_default()
}

/// A code on paper as typed: letters and digits, however they are grouped.
pub(super) fn plain(typed: &str) -> String {
    typed.chars().filter(char::is_ascii_alphanumeric).take(32).map(|c| c.to_ascii_lowercase()).collect()
}

impl Provider {
    fn app(&self, citizen: i64, salt: &[u8]) -> Result<(Totp, String), ProviderError> {
        let mac = mac(&self.inner.authenticators, &[b"totp", &citizen.to_be_bytes(), salt]);
        let mut bytes = [0; 20];
        bytes.copy_from_slice(&mac[..20]);
        let text = Secret::new_stack(bytes).to_base32();
        let app = Builder::new().with_secret(Secret::new_stack(bytes)).build();
        let app = app.map_err(|_| ProviderError::from(Problem::new(&kinds::INTERNAL)))?;
        Ok((app, text))
    }

    /// Begins with a new app.
    ///
    /// # Errors
    /// `totp/there`.
    pub(crate) async fn begin_totp(&self, session: &Session, now: Moment) -> Result<(), ProviderError> {
        let mut salt = [0; 16];
        getrandom::fill(&mut salt).map_err(|_| NoRandomness)?;
        let begun: Result<bool, ProviderError> = transact!(self.inner.store, tx => {
            Ok(factors::begin_totp(tx, session.citizen, &salt, now).await?)
        });
        if begun? { Ok(()) } else { Err(THERE.at("code").into()) }
    }

    /// What the app that is being set up has to be told.
    pub(crate) async fn enrolment(&self, session: &Session) -> Result<Option<Enrolment>, ProviderError> {
        let row = factors::totp(&self.inner.store, session.citizen).await?;
        let Some(row) = row.filter(|row| row.confirmed_at.is_none()) else { return Ok(None) };
        let (_, secret) = self.app(session.citizen, &row.salt)?;
        let host =
            self.issuer()?.split("://").nth(1).unwrap_or_default().split(':').next().unwrap_or_default();
        // RFC 6238 with its defaults, which every app knows. No name of the person stands in it.
        let address = format!("otpauth://totp/{host}:eID?secret={secret}&issuer={host}");
        let groups: Vec<String> =
            secret.as_bytes().chunks(4).map(|four| String::from_utf8_lossy(four).into_owned()).collect();
        Ok(Some(Enrolment { address, secret: groups.join(" ") }))
    }

    /// Confirms the app by its first code. Where the account has no codes on paper, a sheet of them.
    ///
    /// # Errors
    /// `totp/code`; `too-many-requests`.
    pub(crate) async fn confirm_totp(
        &self,
        session: &Session,
        code: &str,
        request: &str,
        now: Moment,
    ) -> Result<Option<Vec<String>>, ProviderError> {
        let key = crate::service::tally_key("totp", &session.citizen.to_string());
        if self.admit(&[(key.clone(), lockout::DEVICE)], now).await? > 0 {
            return Err(Problem::new(&kinds::TOO_MANY).into());
        }
        let wrong = || ProviderError::from(CODE.at("code"));
        let row = factors::totp(&self.inner.store, session.citizen).await?;
        let row = row.filter(|row| row.confirmed_at.is_none()).ok_or_else(wrong)?;
        let (app, _) = self.app(session.citizen, &row.salt)?;
        let step = app.check(&digits(code), seconds(now)).ok_or_else(wrong)?;
        let step = i64::try_from(step).map_err(|_| wrong())?;
        let confirmed: Result<bool, ProviderError> = transact!(self.inner.store, tx => {
            tables::lock(tx).await?;
            tables::citizens::clear_tally(tx, &key).await?;
            Ok(factors::confirm_totp(tx, session.citizen, &row.salt, step, now).await?)
        });
        if !confirmed? {
            return Err(wrong());
        }
        self.note("provider.totp-added", request, "", now).await?;
        self.tell(session.citizen, ADDED, now).await?;
        let (left, _) = factors::codes_left(&self.inner.store, session.citizen).await?;
        if left > 0 {
            return Ok(None);
        }
        self.print_codes(session, request, now).await.map(Some)
    }

    /// Whether the account asks for a second factor.
    pub(super) async fn has_totp(&self, citizen: i64) -> Result<bool, ProviderError> {
        let row = factors::totp(&self.inner.store, citizen).await?;
        Ok(row.is_some_and(|row| row.confirmed_at.is_some()))
    }

    /// Accepts a code of the app, once.
    pub(super) async fn accept_totp(
        &self,
        citizen: i64,
        code: &str,
        now: Moment,
    ) -> Result<bool, ProviderError> {
        let row = factors::totp(&self.inner.store, citizen).await?;
        let Some(row) = row.filter(|row| row.confirmed_at.is_some()) else { return Ok(false) };
        let (app, _) = self.app(citizen, &row.salt)?;
        let Some(step) = app.check(&digits(code), seconds(now)).and_then(|step| i64::try_from(step).ok())
        else {
            return Ok(false);
        };
        transact!(self.inner.store, tx => Ok(factors::step(tx, citizen, step).await?))
    }

    /// Removes the app.
    ///
    /// # Errors
    /// `not-found`.
    pub(crate) async fn remove_totp(
        &self,
        session: &Session,
        request: &str,
        now: Moment,
    ) -> Result<(), ProviderError> {
        let done: Result<bool, ProviderError> = transact!(self.inner.store, tx => {
            Ok(factors::remove_totp(tx, session.citizen).await?)
        });
        if !done? {
            return Err(Problem::new(&kinds::NOT_FOUND).into());
        }
        self.note("provider.totp-removed", request, "", now).await?;
        self.tell(session.citizen, REMOVED, now).await
    }

    /// Makes a new sheet of codes; those of an older sheet count no more. They are shown this once.
    pub(crate) async fn print_codes(
        &self,
        session: &Session,
        request: &str,
        now: Moment,
    ) -> Result<Vec<String>, ProviderError> {
        let mut codes = Vec::with_capacity(SHEET);
        for _ in 0..SHEET {
            codes.push(paper_code()?);
        }
        let kept: Vec<Vec<u8>> = codes.iter().map(|code| self.code_digest(session.citizen, code)).collect();
        let done: Result<(), ProviderError> = transact!(self.inner.store, tx => {
            Ok(factors::replace_codes(tx, session.citizen, &kept, now).await?)
        });
        done?;
        self.note("provider.codes-printed", request, "", now).await?;
        self.tell(session.citizen, PRINTED, now).await?;
        Ok(codes)
    }

    /// What is kept of a code on paper.
    pub(super) fn code_digest(&self, citizen: i64, code: &str) -> Vec<u8> {
        let key = &self.inner.authenticators;
        mac(key, &[b"recovery code", &citizen.to_be_bytes(), plain(code).as_bytes()]).to_vec()
    }

    /// Uses a code on paper, once; where it came from.
    pub(super) async fn use_code(
        &self,
        citizen: i64,
        code: &str,
        now: Moment,
    ) -> Result<Option<String>, ProviderError> {
        let digest = self.code_digest(citizen, code);
        transact!(self.inner.store, tx => Ok(factors::use_code(tx, citizen, &digest, now).await?))
    }
}

/// Two groups of five letters and digits, about 49 bits, none of which looks like another.
pub(super) fn paper_code() -> Result<String, NoRandomness> {
    let text = identity::one_time_password()?;
    Ok(text.get(..11).unwrap_or(&text).to_owned())
}

/// The digits of a code as typed.
fn digits(code: &str) -> String {
    code.chars().filter(|c| !c.is_whitespace()).take(12).collect()
}

const ADDED: Text = Text::new(
    "Đăng nhập tài khoản định danh của bạn nay cần thêm mã từ ứng dụng. Nếu không phải bạn, hãy gỡ ứng dụng ở trang Bảo mật.",
    "Signing in to your account now needs a code of an app. If it was not you, remove the app on the page Security.",
);
const REMOVED: Text = Text::new(
    "Ứng dụng tạo mã vừa bị gỡ khỏi tài khoản định danh của bạn.",
    "The app for codes was just removed from your account.",
);
const PRINTED: Text = Text::new(
    "Một tờ mã dự phòng mới vừa được tạo cho tài khoản định danh của bạn; tờ cũ không còn dùng được.",
    "A new sheet of recovery codes was made for your account; an older one counts no more.",
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_on_paper_is_read_however_it_is_typed() {
        let code = paper_code().unwrap();
        assert_eq!((code.len(), code.split('-').count()), (11, 2));
        assert_eq!(plain(&format!(" {} ", code.to_uppercase().replace('-', " "))), plain(&code));
        assert_eq!(plain(&code).len(), 10);
    }
}
