//! The registration of an application as its agency types it.

use super::{
    applications::{BASE, TITLE},
    officer::{Officer, again, faults},
};
use crate::{
    model::{Party, Profile, Scope, Stage},
    service::Provider,
};
use access::Action;
use axum::{
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
};
use maud::{Markup, html};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::Value;
use std::collections::BTreeMap;
use vocabulary::{Invalid, Lang, LegalBasis, Moment, SystemId, Text, Violation};
use web::{
    FormBody, Outcome,
    components::{
        Button, Checkboxes, Choice, Details, Errors, Form, Question, Radios, Select, TextArea, TextInput,
        error_summary, warning,
    },
};

/// The scopes that are asked for with a legal basis.
const SCOPES: [Scope; 4] = [Scope::Profile, Scope::PersonalNumber, Scope::Organisation, Scope::OfflineAccess];

/// A registration as typed.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Typed {
    id: String,
    name: String,
    name_en: String,
    profile: String,
    redirect_uris: String,
    logout_uris: String,
    backchannel_logout_uri: String,
    jwks: String,
    token_endpoint_auth_method: String,
    certificate_name_kind: String,
    certificate_name: String,
    also: Vec<String>,
    backchannel_token_delivery_mode: String,
    backchannel_client_notification_endpoint: String,
    profile_basis: String,
    personal_number_basis: String,
    organisation_basis: String,
    offline_access_basis: String,
}

/// The names in a certificate by which an application can be known (RFC 8705 §2.1.2).
const CERTIFICATE_NAMES: [(&str, Text); 5] = [
    ("subject_dn", Text::new("Chủ thể (subject DN)", "Subject (DN)")),
    ("san_dns", Text::new("Tên máy chủ (SAN DNS)", "Name of a host (SAN DNS)")),
    ("san_uri", Text::new("Địa chỉ URI (SAN URI)", "URI (SAN URI)")),
    ("san_ip", Text::new("Địa chỉ mạng (SAN IP)", "Network address (SAN IP)")),
    ("san_email", Text::new("Thư điện tử (SAN e-mail)", "E-mail address (SAN e-mail)")),
];

fn certificate_name<'p>(party: &'p mut Party, kind: &str) -> Option<&'p mut Option<String>> {
    Some(match kind {
        "subject_dn" => &mut party.tls_client_auth_subject_dn,
        "san_dns" => &mut party.tls_client_auth_san_dns,
        "san_uri" => &mut party.tls_client_auth_san_uri,
        "san_ip" => &mut party.tls_client_auth_san_ip,
        "san_email" => &mut party.tls_client_auth_san_email,
        _ => return None,
    })
}

/// What may be demanded beside the profile: the value, what it is called, what it means.
const SAFEGUARDS: [(&str, Text, Text); 3] = [
    (
        "certificate_bound_tokens",
        Text::new("Mã gắn với chứng thư của ứng dụng", "Tokens bound to the certificate of the application"),
        Text::new(
            "Ai lấy được mã mà không có chứng thư thì không dùng được (RFC 8705)",
            "Who takes a token without the certificate cannot use it (RFC 8705)",
        ),
    ),
    (
        "signed_requests",
        Text::new("Yêu cầu phải được ký", "Requests must be signed"),
        Text::new(
            "Yêu cầu không ký bị từ chối (RFC 9101)",
            "Requests without signature are refused (RFC 9101)",
        ),
    ),
    (
        "signed_userinfo",
        Text::new("Thông tin công dân được ký", "What is told of citizens is signed"),
        Text::new("userinfo trả về JWT thay cho JSON", "userinfo answers with a JWT instead of JSON"),
    ),
];

fn safeguard<'p>(party: &'p mut Party, value: &str) -> Option<&'p mut bool> {
    Some(match value {
        "certificate_bound_tokens" => &mut party.certificate_bound_tokens,
        "signed_requests" => &mut party.signed_requests,
        "signed_userinfo" => &mut party.signed_userinfo,
        _ => return None,
    })
}

/// What a value is called on the wire.
fn word(value: impl Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|word| word.as_str().map(str::to_owned)).unwrap_or_default()
}

fn read_word<T: DeserializeOwned>(word: &str) -> Option<T> {
    serde_json::from_value(Value::String(word.to_owned())).ok()
}

const KEYS: Invalid = Invalid::new(
    "party/keys-json",
    "Dán tập khóa công khai dạng JSON: {\"keys\": […]}",
    "Paste the set of public keys as JSON: {\"keys\": […]}",
);
const PROFILE: Invalid = Invalid::new("party/profile", "Chọn mức bảo vệ", "Choose how it is protected");

impl Typed {
    fn of(party: &Party) -> Typed {
        let basis =
            |scope| party.scopes.get(&scope).map(|basis| basis.as_str().to_owned()).unwrap_or_default();
        let mut own = party.clone();
        let mut named = |kind: &'static str| Some((kind, certificate_name(&mut own, kind)?.clone()?));
        let (kind, name) = CERTIFICATE_NAMES.iter().find_map(|(kind, _)| named(kind)).unwrap_or_default();
        let kept = |value: &&str| safeguard(&mut own, value).is_some_and(|kept| *kept);
        let also = SAFEGUARDS.iter().map(|(value, ..)| *value).filter(kept).map(str::to_owned).collect();
        Typed {
            id: party.id.as_str().to_owned(),
            name: party.name.clone(),
            name_en: party.name_en.clone(),
            profile: match party.profile {
                Profile::Fapi2 => "fapi2".to_owned(),
                Profile::Basic => "basic".to_owned(),
            },
            redirect_uris: party.redirect_uris.join("\n"),
            logout_uris: party.logout_uris.join("\n"),
            backchannel_logout_uri: party.backchannel_logout_uri.clone().unwrap_or_default(),
            jwks: serde_json::to_string_pretty(&party.jwks).unwrap_or_default(),
            token_endpoint_auth_method: word(party.token_endpoint_auth_method),
            certificate_name_kind: kind.to_owned(),
            certificate_name: name,
            also,
            backchannel_token_delivery_mode: word(party.backchannel_token_delivery_mode),
            backchannel_client_notification_endpoint: party
                .backchannel_client_notification_endpoint
                .clone()
                .unwrap_or_default(),
            profile_basis: basis(Scope::Profile),
            personal_number_basis: basis(Scope::PersonalNumber),
            organisation_basis: basis(Scope::Organisation),
            offline_access_basis: basis(Scope::OfflineAccess),
        }
    }

    fn basis(&self, scope: Scope) -> &str {
        match scope {
            Scope::Profile => self.profile_basis.trim(),
            Scope::PersonalNumber => self.personal_number_basis.trim(),
            Scope::Organisation => self.organisation_basis.trim(),
            Scope::OfflineAccess => self.offline_access_basis.trim(),
            Scope::OpenId => "",
        }
    }

    /// Sets how the application proves who it is, how its tokens and requests are kept safe, and how it is told.
    fn connect(&self, party: &mut Party) {
        if let Some(method) = read_word(&self.token_endpoint_auth_method) {
            party.token_endpoint_auth_method = method;
        }
        let name = self.certificate_name.trim();
        for (kind, _) in CERTIFICATE_NAMES {
            let chosen = kind == self.certificate_name_kind && !name.is_empty();
            if let Some(own) = certificate_name(party, kind) {
                *own = chosen.then(|| name.to_owned());
            }
        }
        for (value, ..) in SAFEGUARDS {
            if let Some(own) = safeguard(party, value) {
                *own = self.also.iter().any(|chosen| chosen == value);
            }
        }
        if let Some(delivery) = read_word(&self.backchannel_token_delivery_mode) {
            party.backchannel_token_delivery_mode = delivery;
        }
        let told = self.backchannel_client_notification_endpoint.trim();
        party.backchannel_client_notification_endpoint = (!told.is_empty()).then(|| told.to_owned());
    }

    /// Whether something is chosen that few applications need.
    fn is_special(&self) -> bool {
        let plain = |text: &str, word: &str| text.is_empty() || text == word;
        !plain(&self.token_endpoint_auth_method, "private_key_jwt")
            || !plain(&self.backchannel_token_delivery_mode, "poll")
            || !self.also.is_empty()
            || !self.certificate_name.is_empty()
            || !self.backchannel_client_notification_endpoint.is_empty()
    }

    /// The registration; what the form does not show stays as it was.
    ///
    /// # Errors
    /// Everything that is wrong with it, each fault at the field of the form.
    fn read(&self, officer: &Officer, before: Option<&Party>) -> Result<Party, Vec<Violation>> {
        let mut wrong = Vec::new();
        let id = SystemId::parse(&self.id).map_err(|i| wrong.push(i.at("id"))).ok();
        let profile = match self.profile.as_str() {
            "fapi2" => Some(Profile::Fapi2),
            "basic" => Some(Profile::Basic),
            _ => {
                wrong.push(PROFILE.at("profile"));
                None
            }
        };
        let lines = |text: &str| -> Vec<String> {
            text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect()
        };
        // An application that is known by a name in its certificate needs no keys.
        let jwks: Option<Value> = match self.jwks.trim() {
            "" => None,
            text => serde_json::from_str(text).map_err(|_| wrong.push(KEYS.at("jwks"))).ok(),
        };
        let mut scopes = BTreeMap::new();
        for scope in SCOPES.into_iter().filter(|scope| !self.basis(*scope).is_empty()) {
            match LegalBasis::parse(self.basis(scope)) {
                Ok(basis) => drop(scopes.insert(scope, basis)),
                Err(invalid) => wrong.push(invalid.at(field(scope))),
            }
        }
        let agency = officer.caller.actor.agency.clone();
        // What cannot be read is stood in for, so that the rest is judged all the same.
        let id = id.or_else(|| SystemId::parse("unread").ok());
        let Some(id) = id else { return Err(wrong) };
        let mut party = match before {
            Some(before) => before.clone(),
            None => Party::new(id, agency, Profile::Fapi2),
        };
        let told = self.backchannel_logout_uri.trim();
        party.name = self.name.trim().to_owned();
        party.name_en = self.name_en.trim().to_owned();
        party.profile = profile.unwrap_or(Profile::Fapi2);
        party.redirect_uris = lines(&self.redirect_uris);
        party.logout_uris = lines(&self.logout_uris);
        party.backchannel_logout_uri = (!told.is_empty()).then(|| told.to_owned());
        party.jwks = jwks.unwrap_or(Value::Null);
        self.connect(&mut party);
        party.scopes = scopes;
        for fault in party.check().err().unwrap_or_default() {
            if !wrong.iter().any(|known| known.field == fault.field) {
                wrong.push(fault);
            }
        }
        let place = |fault: &Violation| FIELDS.iter().position(|(name, _)| *name == fault.field);
        wrong.sort_by_key(|fault| place(fault).unwrap_or(FIELDS.len()));
        if wrong.is_empty() { Ok(party) } else { Err(wrong) }
    }
}

/// The fields of the form in their order, and what they are called.
const FIELDS: [(&str, Text); 16] = [
    ("id", Text::new("Mã ứng dụng (client_id)", "Identifier (client_id)")),
    ("name", Text::new("Tên tiếng Việt, như công dân đọc", "Name in Vietnamese, as citizens read it")),
    ("name_en", Text::new("Tên tiếng Anh", "Name in English")),
    ("profile", Text::new("Mức bảo vệ", "Profile")),
    (
        "redirect_uris",
        Text::new("Địa chỉ nhận kết quả (redirect_uri)", "Addresses to return to (redirect_uri)"),
    ),
    ("logout_uris", Text::new("Địa chỉ sau khi đăng xuất", "Addresses after signing out")),
    (
        "backchannel_logout_uri",
        Text::new("Địa chỉ được báo khi công dân đăng xuất", "Address that is told when a citizen signs out"),
    ),
    ("jwks", Text::new("Khóa công khai (JWKS)", "Public keys (JWKS)")),
    (
        "token_endpoint_auth_method",
        Text::new("Ứng dụng chứng minh mình bằng", "The application proves who it is by"),
    ),
    ("certificate_name", Text::new("Tên đó trong chứng thư", "That name in the certificate")),
    (
        "backchannel_token_delivery_mode",
        Text::new("Kết quả hỏi qua điện thoại (CIBA)", "Answers of requests on the phone (CIBA)"),
    ),
    (
        "backchannel_client_notification_endpoint",
        Text::new("Địa chỉ nhận thông báo CIBA", "Address that is told of such answers"),
    ),
    (field(Scope::Profile), Scope::Profile.text()),
    (field(Scope::PersonalNumber), Scope::PersonalNumber.text()),
    (field(Scope::Organisation), Scope::Organisation.text()),
    (field(Scope::OfflineAccess), Scope::OfflineAccess.text()),
];

/// What a field of the form is called.
fn label(lang: Lang, name: &str) -> &'static str {
    FIELDS.iter().find(|(field, _)| *field == name).map_or("", |(_, text)| text.get(lang))
}

const fn field(scope: Scope) -> &'static str {
    match scope {
        Scope::Profile => "profile_basis",
        Scope::PersonalNumber => "personal_number_basis",
        Scope::Organisation => "organisation_basis",
        Scope::OfflineAccess | Scope::OpenId => "offline_access_basis",
    }
}

/// What an application has of that which few need, in words.
pub(super) fn special(lang: Lang, party: &Party) -> Vec<String> {
    let typed = Typed::of(party);
    let mut all = Vec::new();
    if typed.token_endpoint_auth_method != "private_key_jwt" {
        let kind = CERTIFICATE_NAMES.iter().find(|(kind, _)| *kind == typed.certificate_name_kind);
        let name = kind.map(|(_, text)| format!(": {} {}", text.get(lang), typed.certificate_name));
        all.push(format!("{}{}", typed.token_endpoint_auth_method, name.unwrap_or_default()));
    }
    let chosen = |value: &&(&str, Text, Text)| typed.also.iter().any(|own| own == value.0);
    all.extend(SAFEGUARDS.iter().filter(chosen).map(|(_, text, _)| text.get(lang).to_owned()));
    if typed.backchannel_token_delivery_mode != "poll" {
        let told = &typed.backchannel_client_notification_endpoint;
        all.push(format!("CIBA {}: {told}", typed.backchannel_token_delivery_mode));
    }
    all
}

/// The fields that few applications need.
const SPECIAL: [&str; 4] = [
    "token_endpoint_auth_method",
    "certificate_name",
    "backchannel_token_delivery_mode",
    "backchannel_client_notification_endpoint",
];

/// How the application proves who it is where not by signed assertions, and how it is told of answers.
fn connection(lang: Lang, typed: &Typed, behind_proxy: bool, errors: &Errors<'_>) -> Markup {
    let question = |name| Question::new(name, label(lang, name)).errors(errors);
    let chosen = |own: &str, word: &str, usual: bool| own == word || (own.is_empty() && usual);
    let method = &typed.token_endpoint_auth_method;
    let method = |word: &str, label: &str, hint: &str| {
        let usual = word == "private_key_jwt";
        let is = chosen(method, word, usual);
        Choice::new(word, label).hint(hint).chosen(is).disabled(!usual && !behind_proxy && !is)
    };
    let methods = [
        method(
            "private_key_jwt",
            lang.pick("Chữ ký bằng một khóa ở trên", "A signature of one of the keys above"),
            "private_key_jwt",
        ),
        method(
            "tls_client_auth",
            lang.pick(
                "Chứng thư của tổ chức chứng thực được tin cậy",
                "A certificate of a trusted authority",
            ),
            lang.pick(
                "tls_client_auth: nhận ra theo một tên trong chứng thư",
                "tls_client_auth: known by one name in the certificate",
            ),
        ),
        method(
            "self_signed_tls_client_auth",
            lang.pick("Chứng thư tự ký", "A certificate signed by itself"),
            lang.pick(
                "self_signed_tls_client_auth: chứng thư đặt trong x5c của khóa",
                "self_signed_tls_client_auth: the certificate stands as x5c at a key",
            ),
        ),
    ];
    let kinds = CERTIFICATE_NAMES
        .map(|(kind, text)| Choice::new(kind, text.get(lang)).chosen(typed.certificate_name_kind == kind));
    let safeguards = SAFEGUARDS.map(|(value, text, hint)| {
        Choice::new(value, text.get(lang))
            .hint(hint.get(lang))
            .chosen(typed.also.iter().any(|own| own == value))
    });
    let delivery = |word: &str, label: &str| {
        Choice::new(word, label).chosen(chosen(&typed.backchannel_token_delivery_mode, word, word == "poll"))
    };
    let deliveries = [
        delivery("poll", lang.pick("Ứng dụng tự hỏi lại (poll)", "The application asks again (poll)")),
        delivery("ping", lang.pick("Được báo rồi đến lấy (ping)", "It is told, and fetches it (ping)")),
        delivery(
            "push",
            lang.pick("Được gửi thẳng (push, chỉ mức cơ bản)", "It is sent (push, basic profile alone)"),
        ),
    ];
    html! {
        @if !behind_proxy {
            p.govuk-body { (lang.pick(
                "Máy chủ này chưa nhận chứng thư từ proxy TLS nào (trusted_proxies), nên chưa dùng được hai cách bằng chứng thư.",
                "No TLS proxy passes certificates to this server (trusted_proxies), so the two ways by certificate cannot be used yet.")) }
        }
        (Radios::new(question("token_endpoint_auth_method"), methods))
        (Select::new(Question::new("certificate_name_kind", lang.pick("Nhận ra theo tên nào trong chứng thư", "By which name in the certificate it is known"))
            .hint(lang.pick("Chỉ với tls_client_auth", "With tls_client_auth alone")), kinds)
            .prompt(lang.pick("Không", "None")))
        (TextInput::new(question("certificate_name").hint(lang.pick("Ví dụ CN=bank.example,O=Bank,C=VN hoặc bank.example", "Such as CN=bank.example,O=Bank,C=VN or bank.example")).optional(lang))
            .value(&typed.certificate_name).max(200))
        (Checkboxes::new(Question::new("also", lang.pick("Cũng yêu cầu", "Also demanded")), safeguards))
        (Select::new(question("backchannel_token_delivery_mode"), deliveries))
        (TextInput::new(question("backchannel_client_notification_endpoint").hint(lang.pick("Với ping và push", "With ping and push")).optional(lang))
            .value(&typed.backchannel_client_notification_endpoint).max(512))
    }
}

fn form(
    officer: &Officer,
    typed: &Typed,
    before: Option<&Party>,
    behind_proxy: bool,
    found: &[Violation],
) -> Markup {
    let lang = officer.lang();
    let errors = Errors::new(lang, found).labelled(&FIELDS);
    let label = |name| label(lang, name);
    let title = match before {
        None => lang.pick("Đăng ký ứng dụng", "Register an application"),
        Some(_) => lang.pick("Sửa đăng ký", "Change the registration"),
    };
    let action = before.map_or(format!("{BASE}/new"), |party| format!("{BASE}/{}/edit", party.id.as_str()));
    let profiles = [
        Choice::new("fapi2", lang.pick("FAPI 2.0", "FAPI 2.0"))
            .hint(lang.pick(
                "Bắt buộc với cơ quan nhà nước và tài chính: yêu cầu gửi trước, mã gắn với khóa",
                "For government and finance: pushed requests and bound tokens",
            ))
            .chosen(typed.profile == "fapi2"),
        Choice::new("basic", lang.pick("Cơ bản", "Basic"))
            .hint(lang.pick(
                "OpenID Connect với PKCE và private_key_jwt",
                "OpenID Connect with PKCE and private_key_jwt",
            ))
            .chosen(typed.profile == "basic"),
    ];
    let one_per_line = lang.pick(
        "Mỗi dòng một địa chỉ https (hoặc http trên 127.0.0.1, localhost khi phát triển); tất cả trên một máy chủ. So từng ký tự.",
        "One https address to a line (or http on 127.0.0.1 or localhost for development), all on one host. Compared character by character.",
    );
    let told = lang.pick(
        "Ứng dụng nhận logout token tại đây trong vòng một giây, và mã sid trong ID token.",
        "The application gets a logout token there within a second, and sid in its ID tokens.",
    );
    let keys = lang.pick(
        "Dán JSON {\"keys\": […]}: khóa EC trên P-256, hoặc RSA từ 2048 đến 4096 bit. Không dán khóa bí mật.",
        "Paste JSON {\"keys\": […]}: EC keys on P-256, or RSA keys of 2048 to 4096 bits. Never a private key.",
    );
    officer.context.page(title).crumb(officer.t(TITLE), BASE).with_errors(errors.any()).body(html! {
        (error_summary(&errors))
        h1.govuk-heading-l { (title) }
        @if before.is_some_and(|party| party.stage == Stage::Live) {
            (warning(lang, lang.pick(
                "Đổi tên và khóa thì ứng dụng vẫn hoạt động. Đổi địa chỉ, phạm vi hay mức bảo vệ thì trở lại thử nghiệm cho tới khi được đánh giá lại.",
                "With other names or keys the application stays live. With other addresses, scopes or profile it goes back to the sandbox until it is let live again.")))
        }
        div.dancu-lead {
            (Form::new(&officer.context, &action, html! {
                @if before.is_some() {
                    input type="hidden" name="id" value=(typed.id);
                } @else {
                    (TextInput::new(Question::new("id", label("id"))
                        .hint(lang.pick("Chữ không dấu, số và . _ - @", "Letters, digits and . _ - @")).errors(&errors)).value(&typed.id).width(20).max(64))
                }
                (TextInput::new(Question::new("name", label("name")).errors(&errors)).value(&typed.name).max(100))
                (TextInput::new(Question::new("name_en", label("name_en")).errors(&errors)).value(&typed.name_en).max(100))
                (Radios::new(Question::new("profile", label("profile")).errors(&errors), profiles))
                (TextArea::new(Question::new("redirect_uris", label("redirect_uris")).hint(one_per_line).errors(&errors)).value(&typed.redirect_uris).rows(3))
                (TextArea::new(Question::new("logout_uris", label("logout_uris")).optional(lang).errors(&errors)).value(&typed.logout_uris).rows(2))
                (TextInput::new(Question::new("backchannel_logout_uri", label("backchannel_logout_uri")).hint(told).optional(lang).errors(&errors)).value(&typed.backchannel_logout_uri).max(512))
                (TextArea::new(Question::new("jwks", label("jwks")).hint(keys).errors(&errors)).value(&typed.jwks).rows(8))
                (Details::new(lang.pick("Cách kết nối khác: chứng thư, chữ ký, thông báo", "Other ways to connect: certificates, signatures, notices"),
                    connection(lang, typed, behind_proxy, &errors)).open(typed.is_special() || SPECIAL.iter().any(|name| errors.of(name).is_some())))
                h2.govuk-heading-m { (lang.pick("Thông tin cần nhận và căn cứ pháp lý", "What is asked for, and the legal basis")) }
                p.govuk-body { (lang.pick("Để trống mục không cần. Công dân đọc căn cứ này khi được hỏi, và nhật ký ghi lại mỗi lần nhận.",
                    "Leave empty what is not needed. Citizens read the basis when they are asked, and each release is logged with it.")) }
                @for scope in SCOPES {
                    (TextInput::new(Question::new(field(scope), label(field(scope))).optional(lang).errors(&errors)).value(typed.basis(scope)).max(200))
                }
                div.dancu-actions {
                    (Button::main(lang.pick("Lưu đăng ký", "Save the registration")))
                    a.govuk-link href=(BASE) { (lang.pick("Bỏ, quay lại", "Cancel")) }
                }
            }))
        }
    })
}

/// Whether certificates of applications reach the server.
fn behind_proxy(provider: &Provider) -> bool {
    !provider.sign_in_config().trusted_proxies.is_empty()
}

pub(super) async fn blank(State(provider): State<Provider>, officer: Officer) -> Outcome<Markup> {
    officer.require(&provider, &[Action::RegisterApplications])?;
    let typed = Typed { profile: "fapi2".into(), ..Typed::default() };
    Ok(form(&officer, &typed, None, behind_proxy(&provider), &[]))
}

pub(super) async fn create(
    State(provider): State<Provider>,
    officer: Officer,
    FormBody(typed): FormBody<Typed>,
) -> Outcome<Response> {
    officer.require(&provider, &[Action::RegisterApplications])?;
    let found = match typed.read(&officer, None) {
        Ok(party) if provider.application(&officer.caller, party.id.as_str()).await.is_ok() => {
            vec![TAKEN.at("id")]
        }
        Ok(party) => {
            let id = party.id.as_str().to_owned();
            match provider.save_application(&officer.caller, party, &officer.request, Moment::now()).await {
                Ok(_) => return Ok(Redirect::to(&format!("{BASE}/{id}?done=saved")).into_response()),
                Err(error) => faults(error)?,
            }
        }
        Err(found) => found,
    };
    Ok(again(form(&officer, &typed, None, behind_proxy(&provider), &found)))
}

const TAKEN: Invalid =
    Invalid::new("party/taken", "Mã này đã có ứng dụng khác dùng", "Another application has this identifier");

pub(super) async fn edit(
    State(provider): State<Provider>,
    officer: Officer,
    Path(id): Path<String>,
) -> Outcome<Markup> {
    officer.require(&provider, &[Action::RegisterApplications])?;
    let (party, _) = provider.application(&officer.caller, &id).await?;
    Ok(form(&officer, &Typed::of(&party), Some(&party), behind_proxy(&provider), &[]))
}

pub(super) async fn save(
    State(provider): State<Provider>,
    officer: Officer,
    Path(id): Path<String>,
    FormBody(typed): FormBody<Typed>,
) -> Outcome<Response> {
    let (before, _) = provider.application(&officer.caller, &id).await?;
    let typed = Typed { id, ..typed };
    let found = match typed.read(&officer, Some(&before)) {
        Ok(party) => {
            match provider.save_application(&officer.caller, party, &officer.request, Moment::now()).await {
                Ok(_) => return Ok(Redirect::to(&format!("{BASE}/{}?done=saved", typed.id)).into_response()),
                Err(error) => faults(error)?,
            }
        }
        Err(found) => found,
    };
    Ok(again(form(&officer, &typed, Some(&before), behind_proxy(&provider), &found)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{ClientAuth, Delivery};
    use vocabulary::AgencyCode;

    fn blank() -> Party {
        let (id, agency) = (SystemId::parse("bank").unwrap(), AgencyCode::parse("G01").unwrap());
        Party::new(id, agency, Profile::Basic)
    }

    #[test]
    fn what_is_shown_is_what_is_saved() {
        let mut party = blank();
        party.token_endpoint_auth_method = ClientAuth::TlsClientAuth;
        party.tls_client_auth_san_uri = Some("urn:bank".to_owned());
        party.certificate_bound_tokens = true;
        party.signed_userinfo = true;
        party.backchannel_token_delivery_mode = Delivery::Ping;
        party.backchannel_client_notification_endpoint = Some("https://bank.example/told".to_owned());
        let typed = Typed::of(&party);
        let mut read = blank();
        typed.connect(&mut read);
        assert_eq!(serde_json::to_value(&read).unwrap(), serde_json::to_value(&party).unwrap());
        assert!(typed.is_special() && !Typed::of(&blank()).is_special());
        assert_eq!(special(Lang::En, &blank()), [""; 0]);
        assert_eq!(special(Lang::En, &party)[0], "tls_client_auth: URI (SAN URI) urn:bank");
    }

    #[test]
    fn what_is_taken_away_is_gone() {
        let mut party = blank();
        party.token_endpoint_auth_method = ClientAuth::TlsClientAuth;
        party.tls_client_auth_subject_dn = Some("CN=bank".to_owned());
        party.signed_requests = true;
        let typed = Typed {
            token_endpoint_auth_method: "private_key_jwt".to_owned(),
            certificate_name: String::new(),
            also: Vec::new(),
            ..Typed::of(&party)
        };
        typed.connect(&mut party);
        assert_eq!(serde_json::to_value(&party).unwrap(), serde_json::to_value(blank()).unwrap());
    }
}
