//! Messages to telephones by the HTTPS interface of an SMS gateway. Gateways differ in how they want to be asked, so the
//! body is a template of the settings, and a header or a signature proves who asks.

use super::{ChannelFault, Contact, Refusal, secret, setting};
use crate::rules::redirect;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use std::{path::PathBuf, time::Duration};
use ureq::tls::{PemItem, RootCerts, TlsConfig, parse_pem};

/// The variable that may hold the secret.
const VARIABLE: &str = "DANCU_SMS_SECRET";
const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";
/// Bytes of an answer that are read.
const ANSWER: u64 = 64 << 10;

/// The gateway that takes messages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SmsConfig {
    /// Its address, `https://…`; empty: messages to telephones stay in the outbox.
    pub url: String,
    /// `application/json` or `application/x-www-form-urlencoded`.
    pub content_type: String,
    /// What is sent: `{to}`, `{text}` and `{id}` are filled in, written as the content type demands.
    pub body: String,
    /// What stands in an answer that accepts the message; empty: any answer of success accepts it.
    pub accepted: String,
    /// What stands in place of the first 0 of a number.
    pub prefix: String,
    /// The header that carries the secret as it is, such as `Authorization`; empty: none does.
    pub header: String,
    /// The file of the secret; empty: the variable `DANCU_SMS_SECRET` holds it.
    pub secret_file: PathBuf,
    /// The header that carries the HMAC-SHA-256 of the body under the secret, in hexadecimal; empty: none does.
    pub signature_header: String,
    /// A file of the certificates that are trusted (PEM); empty: those of the public authorities.
    pub ca: PathBuf,
    /// Seconds that the gateway may take for an answer.
    pub timeout_seconds: u32,
}

impl Default for SmsConfig {
    fn default() -> SmsConfig {
        SmsConfig {
            url: String::new(),
            content_type: JSON.to_owned(),
            body: r#"{"to":"{to}","text":"{text}","id":"{id}"}"#.to_owned(),
            accepted: String::new(),
            prefix: "+84".to_owned(),
            header: String::new(),
            secret_file: PathBuf::new(),
            signature_header: String::new(),
            ca: PathBuf::new(),
            timeout_seconds: 20,
        }
    }
}

/// Delivers messages to telephones.
pub(super) struct Gateway {
    config: SmsConfig,
    secret: String,
    agent: ureq::Agent,
}

impl Gateway {
    /// What the settings say; `None` where they name no gateway.
    ///
    /// # Errors
    /// Where a setting does not serve, or a file cannot be read.
    pub fn open(config: &SmsConfig) -> Result<Option<Gateway>, ChannelFault> {
        if config.url.is_empty() {
            return Ok(None);
        }
        if !redirect::may_be_registered(&config.url) {
            return Err(setting("provider.sms.url is https (or http on loopback)"));
        }
        if ![JSON, FORM].contains(&config.content_type.as_str()) {
            return Err(setting(format!("provider.sms.content_type is {JSON} or {FORM}")));
        }
        if !["{to}", "{text}"].iter().all(|name| config.body.contains(name)) {
            return Err(setting("provider.sms.body holds {to} and {text}"));
        }
        let secret = secret(&config.secret_file, VARIABLE)?;
        if secret.is_empty() && !(config.header.is_empty() && config.signature_header.is_empty()) {
            return Err(setting(format!("provider.sms.secret_file or {VARIABLE} is missing")));
        }
        let mut tls = TlsConfig::builder();
        if !config.ca.as_os_str().is_empty() {
            let pem = std::fs::read(&config.ca)?;
            let trusted: Vec<_> = parse_pem(&pem)
                .filter_map(|item| match item {
                    Ok(PemItem::Certificate(certificate)) => Some(certificate),
                    _ => None,
                })
                .collect();
            if trusted.is_empty() {
                return Err(setting(format!("{} holds no certificate", config.ca.display())));
            }
            tls = tls.root_certs(RootCerts::from(trusted));
        }
        let agent = ureq::Agent::config_builder()
            .timeout_global(Some(Duration::from_secs(config.timeout_seconds.max(1).into())))
            .tls_config(tls.build())
            .max_redirects(0)
            .max_redirects_will_error(false)
            .http_status_as_error(false)
            .build()
            .new_agent();
        Ok(Some(Gateway { config: config.clone(), secret, agent }))
    }

    /// Hands a message to the gateway, under the name of its file, by which a gateway can tell one that comes again.
    pub fn deliver(&self, name: &str, to: &Contact, text: &str) -> Result<(), Refusal> {
        let config = &self.config;
        let number = format!("{}{}", config.prefix, to.reveal().strip_prefix('0').unwrap_or(to.reveal()));
        let body = filled(&config.body, config.content_type == JSON, &number, text, name);
        let mut request = self.agent.post(&config.url).header("content-type", &config.content_type);
        if !config.header.is_empty() {
            request = request.header(&config.header, &self.secret);
        }
        if !config.signature_header.is_empty() {
            request = request.header(&config.signature_header, &signature(&self.secret, &body));
        }
        let mut answer = match request.send(&body) {
            Ok(answer) => answer,
            Err(ureq::Error::Timeout(_)) => return Err(Refusal::Later("timeout".to_owned())),
            Err(_) => return Err(Refusal::Later("connection".to_owned())),
        };
        let status = answer.status();
        if status.is_success() {
            let said = answer.body_mut().with_config().limit(ANSWER).read_to_string().unwrap_or_default();
            // The text of the answer may quote the number.
            return match said.contains(&config.accepted) {
                true => Ok(()),
                false => Err(Refusal::Later("not accepted".to_owned())),
            };
        }
        // 400, 404, 409, 410, 413 and 422 speak of the message; all else may pass, such as our own secret being wrong.
        let code = status.as_u16();
        let refusal =
            if matches!(code, 400 | 404 | 409 | 410 | 413 | 422) { Refusal::Never } else { Refusal::Later };
        Err(refusal(code.to_string()))
    }

    /// Whether anything answers at the address. No message is sent.
    pub fn check(&self) -> Result<(), String> {
        match self.agent.head(&self.config.url).call() {
            Ok(_) => Ok(()),
            Err(ureq::Error::Timeout(_)) => Err("timeout".to_owned()),
            Err(_) => Err("connection".to_owned()),
        }
    }
}

/// The body with its places filled in, once each: what is filled in is not looked at again.
fn filled(template: &str, json: bool, to: &str, text: &str, id: &str) -> String {
    let mut body = String::with_capacity(template.len() + text.len());
    let mut rest = template;
    while let Some(at) = rest.find('{') {
        body.push_str(&rest[..at]);
        rest = &rest[at..];
        let places = [("{to}", to), ("{text}", text), ("{id}", id)];
        match places.into_iter().find(|(name, _)| rest.starts_with(name)) {
            Some((name, value)) => {
                body.push_str(&if json { in_json(value) } else { in_form(value) });
                rest = &rest[name.len()..];
            }
            None => {
                body.push('{');
                rest = &rest[1..];
            }
        }
    }
    body + rest
}

/// As within the quotes of a JSON string.
fn in_json(value: &str) -> String {
    let quoted = serde_json::Value::from(value).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

/// As a value of a form.
fn in_form(value: &str) -> String {
    let pair = serde_html_form::to_string([("", value)]).unwrap_or_default();
    pair.trim_start_matches('=').to_owned()
}

fn signature(secret: &str, body: &str) -> String {
    let mut mac = match Hmac::<Sha256>::new_from_slice(secret.as_bytes()) {
        Ok(mac) => mac,
        // HMAC takes keys of any length.
        Err(_) => return String::new(),
    };
    mac.update(body.as_bytes());
    mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_filled_in_stays_a_value() {
        let json = r#"{"to":"{to}","text":"{text}","{x}":1}"#;
        let text = "Mã \"{to}\": 1\n\\";
        let body = filled(json, true, "+84905123456", text, "1");
        let read: serde_json::Value = serde_json::from_str(&body).unwrap();
        assert_eq!((read["to"].as_str(), read["text"].as_str()), (Some("+84905123456"), Some(text)));
        let body = filled("Phone={to}&Content={text}&Id={id}", false, "+849", "a&b=c đ", "7");
        let read: Vec<(String, String)> = serde_html_form::from_str(&body).unwrap();
        let expected = [("Phone", "+849"), ("Content", "a&b=c đ"), ("Id", "7")]
            .map(|(a, b)| (a.to_owned(), b.to_owned()));
        assert_eq!(read, expected);
    }

    #[test]
    fn rfc4231_4_3_the_signature_is_hmac_sha_256() {
        let expected = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        assert_eq!(signature("Jefe", "what do ya want for nothing?"), expected);
    }

    #[test]
    fn settings_that_would_send_in_the_clear_or_nothing_are_refused() {
        let config = SmsConfig { url: "https://sms.example.vn/send".into(), ..SmsConfig::default() };
        assert!(Gateway::open(&SmsConfig::default()).unwrap().is_none());
        assert!(Gateway::open(&config).unwrap().is_some());
        for (change, at) in [
            ((|c| c.url = "http://sms.example.vn/".into()) as fn(&mut SmsConfig), "provider.sms.url"),
            (|c| c.body = "{}".into(), "provider.sms.body"),
            (|c| c.content_type = "text/xml".into(), "provider.sms.content_type"),
            (|c| c.header = "Authorization".into(), "DANCU_SMS_SECRET"),
        ] {
            let mut wrong = config.clone();
            change(&mut wrong);
            assert!(Gateway::open(&wrong).err().unwrap().to_string().contains(at), "{at}");
        }
    }
}
