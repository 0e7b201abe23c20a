//! How a code reaches a citizen: a contact is a channel, never an identifier, and several people may share one.

use std::{
    fs,
    io::Write as _,
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};
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
}

/// A folder from which a mail or SMS gateway takes messages: one file each, `<micros>-<random>.txt` with the lines
/// `To: email:…` or `To: phone:…`, an empty line, the text. The deliverer removes a file once it is delivered; files
/// appear whole.
pub struct Outbox(PathBuf);

impl Outbox {
    /// The outbox of a folder, which is made where it does not exist.
    ///
    /// # Errors
    /// Where it cannot be made.
    pub fn open(folder: &Path) -> Result<Outbox, ChannelFault> {
        if !folder.is_dir() {
            fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        }
        Ok(Outbox(folder.to_owned()))
    }
}

impl Channel for Outbox {
    fn send(&self, to: &Contact, text: &str, now: Moment) -> Result<(), ChannelFault> {
        let mut random = [0; 8];
        getrandom::fill(&mut random).map_err(|_| std::io::Error::other("no randomness"))?;
        let name = format!("{}-{:016x}", now.micros(), u64::from_be_bytes(random));
        let draft = self.0.join(format!("{name}.new"));
        let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft)?;
        write!(file, "To: {}:{}\n\n{text}\n", to.kind(), to.reveal())?;
        file.sync_all()?;
        fs::rename(&draft, self.0.join(format!("{name}.txt")))?;
        Ok(())
    }
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

    #[test]
    fn a_message_appears_whole_and_for_its_owner_alone() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let outbox = Outbox::open(&folder.path().join("outbox")).unwrap();
        outbox.send(&Contact::parse("0905123456").unwrap(), "Mã: 1", Moment::now()).unwrap();
        let files: Vec<_> = fs::read_dir(folder.path().join("outbox")).unwrap().map(|f| f.unwrap()).collect();
        assert_eq!(files.len(), 1);
        assert_eq!(fs::read_to_string(files[0].path()).unwrap(), "To: phone:0905123456\n\nMã: 1\n");
        assert_eq!(files[0].metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }
}
