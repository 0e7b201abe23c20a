//! Applications that citizens sign in to: registered by the agency, assessed and let live by an inspector.

use super::officer::{Officer, again, done, faults};
use crate::{
    error::ProviderError,
    model::{Assessment, LEAST_LEVEL, Party, Profile, Stage},
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
use vocabulary::{Invalid, Lang, Moment, PartialDate, Text, Violation};
use web::{
    FormBody, Outcome,
    components::{
        Button, Color, Column, EmptyState, Errors, Form, Question, SummaryList, Table, Tag, TextInput,
        error_summary, inset, warning,
    },
};

pub(super) const BASE: &str = "/admin/applications";
pub(super) const TITLE: Text =
    Text::new("Ứng dụng công dân đăng nhập", "Applications that citizens sign in to");
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
    let connection = super::application_form::special(lang, party);
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
        .row_if(lang.pick("Khóa (dấu vân tay)", "Keys (thumbprints)"), (!keys.is_empty()).then(|| lines(&keys)))
        .row_if(
            lang.pick("Cách kết nối", "How it connects"),
            (!connection.is_empty()).then(|| lines(&connection)),
        )
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
