//! How a code reaches a citizen: a contact is a channel, never an identifier, and several people may share one.
//!
//! Messages are put into a folder first, the outbox, and are safe there. From it either an outside gateway takes them, or
//! the courier of this server, by SMTP and by the interface of an SMS gateway.

mod courier;
mod mail;
mod outbox;
mod sms;

pub use courier::Courier;
pub use mail::MailConfig;
pub use outbox::Outbox;
pub use sms::SmsConfig;

use vocabulary::{Invalid, Moment};

/// A confirmed way to reach a citizen.
#[derive(Clone, PartialEq, Eq)]
pub enum Contact {
    /// An e-mail address.
    Email(String),
    /// A telephone number in Viet Nam, digits only, with the leading 0.
    Phone(String),
}

impl Contact {
    /// Reads an e-mail address or a telephone number.
    ///
    /// # Errors
    /// `contact/format`.
    pub fn parse(text: &str) -> Result<Contact, Invalid> {
        let text = text.trim();
        let wrong = Invalid::new(
            "contact/format",
            "Nhập địa chỉ thư điện tử, hoặc số điện thoại gồm 10 chữ số bắt đầu bằng 0",
            "Enter an e-mail address, or a telephone number of 10 digits that begins with 0",
        );
        if let Some((local, domain)) = text.split_once('@') {
            let plain = |part: &str, more: &str| {
                !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || more.contains(c))
            };
            let labels = domain.split('.').all(|label| plain(label, "-")) && domain.contains('.');
            let fits = text.len() <= 200 && plain(local, ".!#$%&'*+/=?^_`{|}~-") && labels;
            return if fits { Ok(Contact::Email(text.to_owned())) } else { Err(wrong) };
        }
        let digits: String = text.chars().filter(|c| !matches!(c, ' ' | '.' | '-')).collect();
        let digits = digits.strip_prefix("+84").map_or(digits.clone(), |rest| format!("0{rest}"));
        let fits =
            digits.len() == 10 && digits.starts_with('0') && digits.bytes().all(|b| b.is_ascii_digit());
        if fits { Ok(Contact::Phone(digits)) } else { Err(wrong) }
    }

    /// Its kind as stored.
    pub fn kind(&self) -> &'static str {
        match self {
            Contact::Email(_) => "email",
            Contact::Phone(_) => "phone",
        }
    }

    /// The address or number.
    pub fn reveal(&self) -> &str {
        match self {
            Contact::Email(text) | Contact::Phone(text) => text,
        }
    }

    /// Enough for its owner to know it by.
    pub fn masked(&self) -> String {
        match self {
            Contact::Email(text) => {
                let (local, domain) = text.split_once('@').unwrap_or((text, ""));
                format!("{}…@{domain}", local.chars().next().unwrap_or('…'))
            }
            Contact::Phone(text) => format!("…{}", text.get(7..).unwrap_or_default()),
        }
    }
}

impl std::fmt::Debug for Contact {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Contact(…)")
    }
}

/// A message was not handed over.
#[derive(Debug, thiserror::Error)]
#[error("a message could not be handed over: {0}")]
pub struct ChannelFault(#[from] std::io::Error);

/// Hands messages to whatever delivers them.
pub trait Channel: Send + Sync {
    /// Hands over one message; it is safe with the deliverer when this returns.
    ///
    /// # Errors
    /// Where it was not taken.
    fn send(&self, to: &Contact, text: &str, now: Moment) -> Result<(), ChannelFault>;

    /// The messages that were not delivered yet, and those that could not be; the oldest first.
    ///
    /// # Errors
    /// Where they cannot be read.
    fn letters(&self) -> Result<Vec<Letter>, ChannelFault>;

    /// Has the delivery of one tried again that was given up; whether there is one of that name.
    ///
    /// # Errors
    /// Where it cannot be moved.
    fn again(&self, name: &str, now: Moment) -> Result<bool, ChannelFault>;
}

/// A message as an administrator sees it: neither its text nor the whole address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// Names it.
    pub name: String,
    /// The contact, masked; empty where it cannot be read.
    pub to: String,
    /// When it was handed over, or tried again by hand.
    pub since: Moment,
    /// Why its delivery was given up; `None` while it goes on.
    pub reason: Option<String>,
}

/// Why a message was not taken: by a code and never in the words of the other side, which may quote the address.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Refusal {
    /// Another try may help.
    Later(String),
    /// No other try will.
    Never(String),
}

/// Where a secret stands: a file, or a variable of the environment. Empty where neither is.
fn secret(file: &std::path::Path, variable: &str) -> Result<String, ChannelFault> {
    if file.as_os_str().is_empty() {
        return Ok(std::env::var(variable).unwrap_or_default());
    }
    let text = std::fs::read_to_string(file).map_err(|error| {
        std::io::Error::new(error.kind(), format!("the secret in {}: {error}", file.display()))
    })?;
    Ok(text.trim().to_owned())
}

/// A setting that does not serve.
fn setting(text: impl Into<String>) -> ChannelFault {
    ChannelFault(std::io::Error::new(std::io::ErrorKind::InvalidInput, text.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contacts_are_read_and_shown_masked() {
        let mail = Contact::parse(" hoa.nguyen@example.vn ").unwrap();
        assert_eq!((mail.kind(), mail.masked().as_str()), ("email", "h…@example.vn"));
        let phone = Contact::parse("+84 905 123 456").unwrap();
        assert_eq!((phone.reveal(), phone.masked().as_str()), ("0905123456", "…456"));
        for bad in ["", "hoa", "hoa@", "a@b", "a@b.vn\nTo: x", "a b@c.vn", "12345", "19051234567", "a@b..vn"]
        {
            assert!(Contact::parse(bad).is_err(), "{bad}");
        }
    }
}
