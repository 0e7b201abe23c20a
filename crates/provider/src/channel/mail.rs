//! E-mail by SMTP (RFC 5321), over TLS.

use super::{ChannelFault, Contact, Refusal, secret, setting};
use lettre::{
    Message, SmtpTransport, Transport as _,
    message::{
        Mailbox,
        header::{ContentType, HeaderName, HeaderValue},
    },
    transport::smtp::{
        Error,
        authentication::Credentials,
        client::{Certificate, CertificateStore, Tls, TlsParameters},
    },
};
use serde::{Deserialize, Serialize};
use std::{path::PathBuf, time::Duration};

const SUBJECT: &str = "Định danh điện tử / Electronic identity";
/// The variable that may hold the password.
const VARIABLE: &str = "DANCU_MAIL_PASSWORD";

/// How the connection to the mail server is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Protection {
    /// TLS from the first byte (RFC 8314).
    Tls,
    /// Plain until `STARTTLS`, which is insisted on (RFC 3207).
    Starttls,
    /// None at all: to a server on this machine only.
    None,
}

/// The mail server that takes messages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MailConfig {
    /// Its host name; empty: e-mail stays in the outbox.
    pub server: String,
    /// Its port.
    pub port: u16,
    /// How the connection is protected.
    pub security: Protection,
    /// Who signs in there; empty: nobody does.
    pub user: String,
    /// The file of the password; empty: the variable `DANCU_MAIL_PASSWORD` holds it.
    pub password_file: PathBuf,
    /// The sender, as `Name <address>`.
    pub from: String,
    /// A file of the certificates that are trusted (PEM); empty: those of the public authorities.
    pub ca: PathBuf,
    /// Seconds that the server may take for an answer.
    pub timeout_seconds: u32,
}

impl Default for MailConfig {
    fn default() -> MailConfig {
        MailConfig {
            server: String::new(),
            port: 465,
            security: Protection::Tls,
            user: String::new(),
            password_file: PathBuf::new(),
            from: String::new(),
            ca: PathBuf::new(),
            timeout_seconds: 20,
        }
    }
}

/// Delivers e-mail.
pub(super) struct Mail {
    transport: SmtpTransport,
    from: Mailbox,
}

impl Mail {
    /// What the settings say; `None` where they name no server.
    ///
    /// # Errors
    /// Where a setting does not serve, or a file cannot be read.
    pub fn open(config: &MailConfig) -> Result<Option<Mail>, ChannelFault> {
        if config.server.is_empty() {
            return Ok(None);
        }
        let from = config.from.parse().map_err(|_| setting("provider.mail.from is Name <address>"))?;
        let local = matches!(config.server.as_str(), "localhost" | "127.0.0.1" | "::1");
        let tls = || -> Result<TlsParameters, ChannelFault> {
            let mut builder = TlsParameters::builder(config.server.clone());
            if !config.ca.as_os_str().is_empty() {
                let pem = std::fs::read(&config.ca)?;
                let trusted = Certificate::from_pem(&pem)
                    .map_err(|_| setting(format!("{} holds no certificate", config.ca.display())))?;
                builder = builder.certificate_store(CertificateStore::None).add_root_certificate(trusted);
            }
            builder.build().map_err(|error| setting(error.to_string()))
        };
        let protection = match config.security {
            Protection::Tls => Tls::Wrapper(tls()?),
            Protection::Starttls => Tls::Required(tls()?),
            Protection::None if local => Tls::None,
            Protection::None => {
                return Err(setting("provider.mail.security is none only for a server on this machine"));
            }
        };
        let mut builder = SmtpTransport::builder_dangerous(&config.server)
            .port(config.port)
            .tls(protection)
            .timeout(Some(Duration::from_secs(config.timeout_seconds.max(1).into())));
        if !config.user.is_empty() {
            let password = secret(&config.password_file, VARIABLE)?;
            if password.is_empty() {
                return Err(setting(format!("provider.mail.password_file or {VARIABLE} is missing")));
            }
            builder = builder.credentials(Credentials::new(config.user.clone(), password));
        }
        Ok(Some(Mail { transport: builder.build(), from }))
    }

    /// Hands a message to the server. Its identifier is that of the file, so that a mailbox can tell a message that
    /// comes again.
    pub fn deliver(&self, name: &str, to: &Contact, text: &str) -> Result<(), Refusal> {
        let never = |_| Refusal::Never("address".to_owned());
        let host = self.from.email.domain();
        let automatic = HeaderName::new_from_ascii_str("Auto-Submitted");
        let message = Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to.reveal().parse().map_err(never)?))
            .subject(SUBJECT)
            .message_id(Some(format!("<{name}@{host}>")))
            .raw_header(HeaderValue::new(automatic, "auto-generated".to_owned()))
            .header(ContentType::TEXT_PLAIN)
            .body(text.to_owned())
            .map_err(|_| Refusal::Never("message".to_owned()))?;
        self.transport.send(&message).map(|_| ()).map_err(|error| told(&error))
    }

    /// Whether the server can be reached and lets us in.
    pub fn check(&self) -> Result<(), String> {
        match self.transport.test_connection() {
            Ok(true) => Ok(()),
            Ok(false) => Err("no answer".to_owned()),
            Err(error) => match told(&error) {
                Refusal::Later(why) | Refusal::Never(why) => Err(why),
            },
        }
    }
}

/// What an error means: the code alone, since the text of a server quotes addresses.
fn told(error: &Error) -> Refusal {
    if let Some(code) = error.status().map(u16::from) {
        // 550 to 553 speak of this message or its recipient; all else may pass: a full queue, our own password.
        return match code {
            550..=553 => Refusal::Never(code.to_string()),
            _ => Refusal::Later(code.to_string()),
        };
    }
    let why = match () {
        () if error.is_tls() => "TLS",
        () if error.is_timeout() => "timeout",
        () if error.is_response() || error.is_client() => "protocol",
        () => "connection",
    };
    Refusal::Later(why.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_that_would_send_in_the_clear_or_to_nobody_are_refused() {
        let config = MailConfig {
            server: "mail.example.vn".into(),
            from: "Định danh <no-reply@example.vn>".into(),
            ..MailConfig::default()
        };
        assert!(Mail::open(&MailConfig::default()).unwrap().is_none());
        assert!(Mail::open(&config).unwrap().is_some());
        let wrong = |change: fn(&mut MailConfig)| {
            let mut config = config.clone();
            change(&mut config);
            Mail::open(&config).err().unwrap().to_string()
        };
        assert!(wrong(|c| c.security = Protection::None).contains("provider.mail.security"));
        assert!(wrong(|c| c.from = "nobody".into()).contains("provider.mail.from"));
        assert!(wrong(|c| c.user = "dancu".into()).contains("DANCU_MAIL_PASSWORD"));
        assert!(wrong(|c| c.ca = "/nowhere.pem".into()).contains("handed over"));
    }
}
