//! Applications that citizens sign in to: registered by the agency, assessed and let live by an inspector.

use super::officer::{Officer, again, done, faults};
use crate::{
    error::ProviderError,
    model::{Assessment, LEAST_LEVEL, Party, Profile, Scope, Stage},
    rules::obstacle::Obstacle,
    service::Provider,
};
use access::Action;
use axum::{
    extract::{Path, Query, State},
    response::{IntoResponse, Redirect, Response},
};
use maud::{Markup, html};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;
use vocabulary::{Invalid, Lang, LegalBasis, Moment, PartialDate, SystemId, Text, Violation};
use web::{
    FormBody, Outcome,
    components::{
        Button, Choice, Color, Column, EmptyState, Errors, Form, Question, Radios, SummaryList, Table, Tag,
        TextArea, TextInput, error_summary, inset, warning,
    },
};

pub(super) const BASE: &str = "/admin/applications";
pub(super) const TITLE: Text =
    Text::new("Ứng dụng công dân đăng nhập", "Applications that citizens sign in to");
/// The scopes that are asked for with a legal basis.
const SCOPES: [Scope; 4] = [Scope::Profile, Scope::PersonalNumber, Scope::Organisation, Scope::OfflineAccess];

const DONE: &[(&str, Text)] = &[
    ("saved", Text::new("Đã lưu đăng ký.", "The registration is saved.")),
    ("assessed", Text::new("Đã ghi kết quả đánh giá an toàn.", "The security assessment is recorded.")),
    ("live", Text::new("Ứng dụng được hoạt động thật.", "The application is live.")),
    ("sandbox", Text::new("Ứng dụng trở lại chế độ thử nghiệm.", "The application is back in the sandbox.")),
    ("suspended", Text::new("Đã đình chỉ ứng dụng.", "The application is suspended.")),
    ("restored", Text::new("Đã bỏ đình chỉ.", "The suspension is lifted.")),
];

/// What is left of an assessment, where it is little.
pub(super) fn soon(lang: Lang, left: Option<i64>) -> Markup {
    let text = left.map(|days| {
        lang.pick(format!("Sắp hết hạn: còn {days} ngày"), format!("Ends soon: {days} days left"))
    });
    html! { @if let Some(text) = &text { " " (Tag::new(Color::Yellow, text)) } }
}

/// How an application stands, as a tag.
fn state(lang: Lang, party: &Party, suspended: Option<Moment>, synthetic: bool) -> Markup {
    let (color, text) = match Obstacle::of(party, suspended.is_some(), synthetic, PartialDate::today()) {
        None if party.stage == Stage::Sandbox => (Color::Blue, Obstacle::Sandbox.text()),
        None if synthetic => (
            Color::Green,
            Text::new("Hoạt động: mọi người đều không có thật", "Works: everybody is invented"),
        ),
        None => (Color::Green, Text::new("Hoạt động thật", "Live")),
        Some(Obstacle::Suspended) => (Color::Red, Obstacle::Suspended.text()),
        Some(Obstacle::Sandbox) => (Color::Blue, Obstacle::Sandbox.text()),
        Some(stopped) => (Color::Yellow, stopped.text()),
    };
    html! { (Tag::new(color, text.get(lang))) }
}

pub(super) async fn list(State(provider): State<Provider>, officer: Officer) -> Outcome<Markup> {
    let lang = officer.lang();
    let all = provider.applications(&officer.caller).await?;
    let today = PartialDate::today();
    let ending = all.iter().filter(|(party, _)| party.ends_soon(today).is_some()).count();
    let title = officer.t(TITLE);
    let mut table = Table::new(
        lang.pick(format!("Đã đăng ký ({})", all.len()), format!("Registered ({})", all.len())),
        [
            Column::new(lang.pick("Ứng dụng", "Application")),
            Column::new(lang.pick("Cơ quan", "Agency")),
            Column::new(lang.pick("Trạng thái", "State")),
            Column::new(lang.pick("Đánh giá có hiệu lực đến", "Assessed until")),
        ],
    )
    .stacked();
    for (party, suspended) in &all {
        table.row([
            html! {
                a.govuk-link href={ (BASE) "/" (party.id.as_str()) } { (lang.pick(&party.name, &party.name_en)) }
                span.dancu-provenance { (party.id.as_str()) }
            },
            html! { (party.agency.as_str()) },
            state(lang, party, *suspended, provider.is_synthetic()),
            html! {
                (party.assessed_until(today).or(party.assessment.as_ref().map(|a| a.ends)).map(PartialDate::local_text).unwrap_or_default())
                (soon(lang, party.ends_soon(today)))
            },
        ]);
    }
    let registers = officer.may(&provider, Action::RegisterApplications);
    let new = format!("{BASE}/new");
    Ok(officer.context.page(title).body(html! {
        h1.govuk-heading-l { (title) }
        @if ending > 0 {
            (warning(lang, &lang.pick(
                format!("{ending} ứng dụng sắp hết hạn đánh giá an toàn trong 30 ngày và sẽ dừng nếu không được đánh giá lại."),
                format!("The assessment of {ending} applications ends within 30 days; they stop unless they are assessed anew."))))
        }
        p.govuk-body { a.govuk-link href="/admin/applications/by-agency" { (lang.pick("Đánh giá an toàn theo cơ quan", "Security assessments of agencies")) } }
        @if all.is_empty() {
            (EmptyState::new(lang.pick("Chưa có ứng dụng nào", "There are no applications yet"), html! {
                (lang.pick("Cơ quan đăng ký ứng dụng, khóa công khai và căn cứ pháp lý của từng thông tin cần nhận.",
                    "An agency registers an application, its public keys, and the legal basis of each thing it asks for."))
            }))
        } @else { (table) }
        @if registers { (Button::main(lang.pick("Đăng ký ứng dụng", "Register an application")).link(&new)) }
    }))
}

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
    profile_basis: String,
    personal_number_basis: String,
    organisation_basis: String,
    offline_access_basis: String,
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
        let jwks: Option<Value> =
            serde_json::from_str(&self.jwks).map_err(|_| wrong.push(KEYS.at("jwks"))).ok();
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
const FIELDS: [(&str, Text); 12] = [
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

fn form(officer: &Officer, typed: &Typed, before: Option<&Party>, found: &[Violation]) -> Markup {
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

pub(super) async fn blank(State(provider): State<Provider>, officer: Officer) -> Outcome<Markup> {
    officer.require(&provider, &[Action::RegisterApplications])?;
    Ok(form(&officer, &Typed { profile: "fapi2".into(), ..Typed::default() }, None, &[]))
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
    Ok(again(form(&officer, &typed, None, &found)))
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
    Ok(form(&officer, &Typed::of(&party), Some(&party), &[]))
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
    Ok(again(form(&officer, &typed, Some(&before), &found)))
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Seen {
    done: String,
}

pub(super) async fn show(
    State(provider): State<Provider>,
    officer: Officer,
    Path(id): Path<String>,
    Query(seen): Query<Seen>,
) -> Outcome<Markup> {
    page(&provider, &officer, &id, &seen.done, &Inspection::default(), &[]).await
}

/// The questions about an assessment whose rules speak of no field in particular.
pub(super) const LABELS: &[(&str, Text)] = &[
    ("date", Text::new("Ngày đánh giá", "Day of the assessment")),
    ("ends", Text::new("Có hiệu lực đến hết ngày", "Holds until the end of")),
];

/// What an inspector types.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Inspection {
    pub level: String,
    pub date: String,
    pub inspector: String,
    pub ends: String,
}

async fn page(
    provider: &Provider,
    officer: &Officer,
    id: &str,
    word: &str,
    typed: &Inspection,
    found: &[Violation],
) -> Outcome<Markup> {
    let lang = officer.lang();
    let (party, suspended) = provider.application(&officer.caller, id).await?;
    let errors = Errors::new(lang, found).labelled(LABELS);
    let name = lang.pick(&party.name, &party.name_en);
    let banner = done(lang, DONE, word);
    let mut page = officer.context.page(name).crumb(officer.t(TITLE), BASE).with_errors(errors.any());
    if let Some(banner) = &banner {
        page = page.notice(banner);
    }
    let inspects = officer.may(provider, Action::AssessApplications);
    let owns = officer.may(provider, Action::RegisterApplications);
    let edit = format!("{BASE}/{id}/edit");
    Ok(page.body(html! {
        (error_summary(&errors))
        div.dancu-heading { h1.govuk-heading-l { (name) } (state(lang, &party, suspended, provider.is_synthetic())) }
        @if party.stage == Stage::Sandbox {
            (inset(html! { (sandbox(lang, provider.is_synthetic())) }))
        }
        (summary(lang, &party))
        @if owns && !inspects { (Button::secondary(lang.pick("Sửa đăng ký, thay khóa", "Change the registration or keys")).link(&edit)) }
        @if inspects { (inspection(officer, &party, suspended, typed, &errors)) }
    }))
}

fn sandbox(lang: Lang, synthetic: bool) -> &'static str {
    if synthetic {
        lang.pick(
            "Thử nghiệm: mọi người trong bản cài đặt này đều không có thật, nên ứng dụng dùng được ngay.",
            "Sandbox: everybody in this installation is invented, so the application works at once.",
        )
    } else {
        lang.pick(
            "Thử nghiệm: bản cài đặt này có người thật, nên ứng dụng chưa dùng được ở đây. Hãy thử trên bản cài đặt thử nghiệm.",
            "Sandbox: this installation holds real people, so the application does not work here yet. Try it on the sandbox installation.",
        )
    }
}

fn summary(lang: Lang, party: &Party) -> SummaryList {
    let lines = |list: &[String]| html! { @for line in list { div { (line) } } };
    let keys: Vec<String> = party.keys().0.iter().map(|key| key.thumbprint()).collect();
    let profile = match party.profile {
        Profile::Fapi2 => "FAPI 2.0",
        Profile::Basic => lang.pick("Cơ bản", "Basic"),
    };
    SummaryList::new()
        .row(lang.pick("Mã (client_id)", "Identifier (client_id)"), html! { code { (party.id.as_str()) } })
        .row(lang.pick("Cơ quan", "Agency"), party.agency.as_str().to_owned())
        .row(lang.pick("Mức bảo vệ", "Profile"), profile)
        .row(lang.pick("Địa chỉ nhận kết quả", "Returns to"), lines(&party.redirect_uris))
        .row_if(lang.pick("Sau khi đăng xuất", "After signing out"), (!party.logout_uris.is_empty()).then(|| lines(&party.logout_uris)))
        .row_if(lang.pick("Được báo khi công dân đăng xuất", "Told when a citizen signs out"), party.backchannel_logout_uri.clone())
        .row(lang.pick("Khóa (dấu vân tay)", "Keys (thumbprints)"), lines(&keys))
        .row(
            lang.pick("Thông tin và căn cứ", "What, and legal basis"),
            html! {
                @for (scope, basis) in &party.scopes {
                    div { (scope.text().get(lang)) span.dancu-provenance { (basis.as_str()) } }
                }
                @if party.scopes.is_empty() { (lang.pick("Chỉ nhận ra công dân ở lần sau", "Only recognises citizens again")) }
            },
        )
        .row(lang.pick("Đánh giá an toàn", "Security assessment"), {
            let left = party.ends_soon(PartialDate::today());
            html! { (assessment(lang, party.assessment.as_ref())) (soon(lang, left)) }
        })
        .row_if(
            lang.pick("Đánh giá của cơ quan", "Assessment of the agency"),
            party.covered_by.as_ref().map(|covered| assessment(lang, Some(covered))),
        )
}

/// An assessment in words.
pub(super) fn assessment(lang: Lang, found: Option<&Assessment>) -> Markup {
    match found {
        Some(a) => html! {
            (lang.pick("Cấp độ ", "Level ")) (a.level) ", " (a.date.local_text()) "–" (a.ends.local_text())
            span.dancu-provenance { (a.inspector) }
        },
        None => html! { span.dancu-muted { (lang.pick("chưa có", "none")) } },
    }
}

fn inspection(
    officer: &Officer,
    party: &Party,
    suspended: Option<Moment>,
    typed: &Inspection,
    errors: &Errors<'_>,
) -> Markup {
    let lang = officer.lang();
    let id = party.id.as_str();
    let post = |what: &str| format!("{BASE}/{id}/{what}");
    let assessed = party.is_assessed(PartialDate::today());
    html! {
        h2.govuk-heading-m { (lang.pick("Ghi kết quả đánh giá an toàn", "Record a security assessment")) }
        div.dancu-lead {
            (Form::new(&officer.context, &post("assessment"), html! {
                (typed.inputs(lang, errors))
                (Button::main(lang.pick("Ghi kết quả", "Record")))
            }))
        }
        h2.govuk-heading-m { (lang.pick("Hoạt động", "Operation")) }
        @if party.stage == Stage::Sandbox && !assessed {
            p.govuk-body { (lang.pick("Chỉ hoạt động thật được khi có đánh giá từ cấp độ 3 còn hiệu lực.", "It can go live once an assessment of level 3 or more holds.")) }
        }
        div.dancu-actions {
            @if party.stage == Stage::Sandbox {
                @if assessed {
                    (Form::new(&officer.context, &post("live"), html! {
                        input type="hidden" name="yes" value="live";
                        (Button::main(lang.pick("Cho hoạt động thật", "Let it go live")))
                    }))
                }
            } @else {
                (Form::new(&officer.context, &post("live"), html! {
                    input type="hidden" name="yes" value="sandbox";
                    (Button::secondary(lang.pick("Trở lại thử nghiệm", "Back to the sandbox")))
                }))
            }
            (Form::new(&officer.context, &post("suspension"), html! {
                @if suspended.is_none() {
                    input type="hidden" name="yes" value="suspend";
                    (Button::warning(lang.pick("Đình chỉ ngay", "Suspend at once")))
                } @else {
                    input type="hidden" name="yes" value="restore";
                    (Button::secondary(lang.pick("Bỏ đình chỉ", "Lift the suspension")))
                }
            }))
        }
    }
}

const LEVEL: Invalid = Invalid::new("party/level", "Nhập cấp độ từ 1 đến 5", "Enter a level from 1 to 5");

impl Inspection {
    /// The questions about an assessment.
    pub fn inputs(&self, lang: Lang, errors: &Errors<'_>) -> Markup {
        let least = lang.pick(
            format!("Từ 1 đến 5; cần từ cấp độ {LEAST_LEVEL} để hoạt động thật"),
            format!("1 to 5; level {LEAST_LEVEL} or more is needed to go live"),
        );
        html! {
            (TextInput::new(Question::new("level", lang.pick("Cấp độ an toàn", "Level of safety")).hint(&least).errors(errors)).value(&self.level).width(2).max(1))
            (TextInput::new(Question::new("date", lang.pick("Ngày đánh giá", "Day of the assessment")).hint(lang.pick("Ví dụ 05/08/2026", "Such as 05/08/2026")).errors(errors)).value(&self.date).width(10).max(10))
            (TextInput::new(Question::new("inspector", lang.pick("Cơ quan, người đánh giá", "Who assessed")).errors(errors)).value(&self.inspector).max(100))
            (TextInput::new(Question::new("ends", lang.pick("Có hiệu lực đến hết ngày", "Holds until the end of")).errors(errors)).value(&self.ends).width(10).max(10))
        }
    }

    pub fn read(&self) -> Result<Assessment, Vec<Violation>> {
        let mut wrong = Vec::new();
        let level = self.level.trim().parse::<u8>().ok().filter(|level| (1..=5).contains(level));
        if level.is_none() {
            wrong.push(LEVEL.at("level"));
        }
        let mut day = |text: &str, field: &'static str| match PartialDate::parse(text) {
            Ok(day) if day.is_whole() => Some(day),
            Ok(_) => {
                wrong.push(DAY.at(field));
                None
            }
            Err(invalid) => {
                wrong.push(invalid.at(field));
                None
            }
        };
        let (date, ends) = (day(&self.date, "date"), day(&self.ends, "ends"));
        let inspector = self.inspector.trim().to_owned();
        if inspector.is_empty() {
            wrong.push(WHO.at("inspector"));
        }
        match (level, date, ends) {
            (Some(level), Some(date), Some(ends)) if wrong.is_empty() => {
                Ok(Assessment { level, date, inspector, ends })
            }
            _ => Err(wrong),
        }
    }
}

const DAY: Invalid = Invalid::new("party/day", "Nhập đủ ngày, tháng, năm", "Enter day, month and year");
const WHO: Invalid = Invalid::new("party/inspector", "Nhập ai đã đánh giá", "Enter who assessed");

async fn after(
    provider: &Provider,
    officer: &Officer,
    id: &str,
    word: &str,
    outcome: Result<Party, ProviderError>,
    typed: &Inspection,
) -> Outcome<Response> {
    match outcome {
        Ok(_) => Ok(Redirect::to(&format!("{BASE}/{id}?done={word}")).into_response()),
        Err(error) => {
            let mut found = faults(error)?;
            // The page shows the parts of an assessment, not the assessment as one field.
            for violation in found.iter_mut().filter(|violation| violation.field == "assessment") {
                violation.field = "date".to_owned();
            }
            Ok(again(page(provider, officer, id, "", typed, &found).await?))
        }
    }
}

pub(super) async fn assess(
    State(provider): State<Provider>,
    officer: Officer,
    Path(id): Path<String>,
    FormBody(typed): FormBody<Inspection>,
) -> Outcome<Response> {
    officer.require(&provider, &[Action::AssessApplications])?;
    match typed.read() {
        Ok(assessment) => {
            let now = Moment::now();
            let outcome = provider.assess(&officer.caller, &id, assessment, &officer.request, now).await;
            after(&provider, &officer, &id, "assessed", outcome, &typed).await
        }
        Err(found) => Ok(again(page(&provider, &officer, &id, "", &typed, &found).await?)),
    }
}

/// A button with a meaning.
#[derive(Deserialize)]
pub(super) struct Press {
    yes: String,
}

pub(super) async fn live(
    State(provider): State<Provider>,
    officer: Officer,
    Path(id): Path<String>,
    FormBody(press): FormBody<Press>,
) -> Outcome<Response> {
    let live = press.yes == "live";
    let outcome = provider.set_live(&officer.caller, &id, live, &officer.request, Moment::now()).await;
    let word = if live { "live" } else { "sandbox" };
    after(&provider, &officer, &id, word, outcome, &Inspection::default()).await
}

pub(super) async fn suspend(
    State(provider): State<Provider>,
    officer: Officer,
    Path(id): Path<String>,
    FormBody(press): FormBody<Press>,
) -> Outcome<Response> {
    let suspended = press.yes == "suspend";
    let outcome =
        provider.set_suspended(&officer.caller, &id, suspended, &officer.request, Moment::now()).await;
    let word = if suspended { "suspended" } else { "restored" };
    after(&provider, &officer, &id, word, outcome, &Inspection::default()).await
}
