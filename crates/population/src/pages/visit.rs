//! What every page of the desk begins with: the officer, what the look-ups are for, and the bar that says so.

use crate::service::Ask;
use access::{Action, Caller};
use axum::{
    body::Body,
    extract::{FromRequestParts, Request},
    http::{StatusCode, header, request::Parts},
    middleware::Next,
    response::{IntoResponse, Response},
};
use maud::{Markup, html};
use reference::procedures;
use vocabulary::{Basis, Lang, Problem, Text, kinds};
use web::{
    BASIS_PATH, Failure, Page, PageContext, SignedIn, WorkingBasis, Workplace,
    components::{Button, Details, back_link},
};

/// An officer's request for a page of the desk.
pub(super) struct Visit {
    /// Language, menu and token of the page.
    pub context: PageContext,
    /// Who asks, and what for.
    pub ask: Ask,
    /// The officer's workplace in words.
    pub workplace: String,
    /// Scheme and host by which the officer reached the product; empty where unknown.
    pub origin: String,
    path: String,
}

impl<S: Send + Sync> FromRequestParts<S> for Visit {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Visit, Failure> {
        let SignedIn(caller) = <SignedIn as FromRequestParts<S>>::from_request_parts(parts, state).await?;
        let context = PageContext::from_request_parts(parts, state).await?;
        let Ok(WorkingBasis(basis)) = WorkingBasis::from_request_parts(parts, state).await;
        let request = Some(context.request_id.to_string());
        Ok(Visit {
            ask: Ask { caller, basis, request },
            workplace: parts.extensions.get::<Workplace>().map(|w| w.0.to_string()).unwrap_or_default(),
            origin: origin(parts),
            path: parts.uri.path().to_owned(),
            context,
        })
    }
}

/// Where the product is reached, for codes that a telephone reads from paper. Sessions travel over TLS everywhere but
/// on the machine itself, and so do the addresses.
fn origin(parts: &Parts) -> String {
    let host = parts.headers.get(header::HOST).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let plain = |c: char| c.is_ascii_alphanumeric() || ".-:[]".contains(c);
    if host.is_empty() || host.len() > 255 || !host.chars().all(plain) {
        return String::new();
    }
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    let scheme = if matches!(name, "localhost" | "127.0.0.1" | "[::1]") { "http" } else { "https" };
    format!("{scheme}://{host}")
}

const DESK: Text = Text::new("Bàn làm việc", "Desk");
const REGION: Text = Text::new("Mục đích đang dùng cho mọi tra cứu", "What all look-ups are for now");
const PURPOSE: Text = Text::new("Mục đích", "Purpose");
const LEGAL_BASIS: Text = Text::new("Căn cứ", "Legal basis");
const PROCEDURE: Text = Text::new("Thủ tục", "Procedure");
const DOSSIER: Text = Text::new("Hồ sơ", "Dossier");
const CHANGE: Text = Text::new("Đổi", "Change");
const CHANGE_MORE: Text = Text::new(" mục đích, căn cứ, hồ sơ", " purpose, legal basis, dossier");
const NONE: Text = Text::new("Chưa nêu mục đích tra cứu.", "No purpose has been stated.");
const STATE: Text = Text::new("Nêu mục đích", "State the purpose");

impl Visit {
    /// The language of the page.
    pub fn lang(&self) -> Lang {
        self.context.lang
    }

    /// The text in the language of the page.
    pub fn t(&self, text: Text) -> &'static str {
        text.get(self.context.lang)
    }

    /// The officer.
    pub fn caller(&self) -> &Caller {
        &self.ask.caller
    }

    /// Begins a page of the desk.
    pub fn page(&self, title: &str) -> Page<'_> {
        self.context.page(title).crumb(self.t(DESK), "/desk")
    }

    /// The content below the bar that says what the officer looks up for.
    pub fn framed(&self, content: Markup) -> Markup {
        html! { (self.bar()) (content) }
    }

    /// Whether a rule lets the officer do something with the purpose that is stated now.
    pub fn may(&self, population: &crate::Population, action: Action) -> bool {
        population.policy().reach(self.caller(), action, self.ask.basis.as_ref()).is_ok()
    }

    /// Refuses a form that could not be sent: no rule lets the officer do this with the purpose stated now.
    pub fn require(&self, population: &crate::Population, action: Action) -> Result<(), Failure> {
        population
            .policy()
            .reach(self.caller(), action, self.ask.basis.as_ref())
            .map(drop)
            .map_err(Failure::from)
    }

    /// Whether a rule would let the officer do something, but only for another purpose.
    pub fn may_for_another_purpose(&self, population: &crate::Population, action: Action) -> bool {
        population.policy().may(self.caller(), action) && !self.may(population, action)
    }

    /// Where the basis is stated; it leads back here.
    pub fn basis_link(&self) -> String {
        // Paths of the desk consist of letters, digits, hyphens and slashes, which stand in a query as they are.
        format!("{BASIS_PATH}?next={}", self.path)
    }

    fn bar(&self) -> Markup {
        let lang = self.lang();
        html! {
            section class="dancu-basis dancu-no-print" aria-label=(REGION.get(lang)) {
                @match &self.ask.basis {
                    Some(basis) => {
                        (basis_rows(basis, lang))
                        a.govuk-link href=(self.basis_link()) {
                            (CHANGE.get(lang)) span.govuk-visually-hidden { (CHANGE_MORE.get(lang)) }
                        }
                    }
                    None => {
                        p { strong { (NONE.get(lang)) } }
                        a.govuk-link href=(self.basis_link()) { (STATE.get(lang)) }
                    }
                }
            }
        }
    }
}

fn basis_rows(basis: &Basis, lang: Lang) -> Markup {
    html! {
        dl {
            div { dt { (PURPOSE.get(lang)) } dd { strong { (basis.purpose.text().get(lang)) } } }
            div { dt { (LEGAL_BASIS.get(lang)) } dd { (basis.legal_basis.as_str()) } }
            @if let Some(code) = &basis.procedure {
                div {
                    dt { (PROCEDURE.get(lang)) }
                    dd { span.dancu-number { (code) } @if let Some(p) = procedures::find(code) { " " (p.name) } }
                }
            }
            @if let Some(code) = &basis.dossier {
                div { dt { (DOSSIER.get(lang)) } dd { span.dancu-number { (code) } } }
            }
        }
    }
}

/// A visit for which the officer has said what it is for. Without that, the page explains why it is asked.
pub(super) struct Purposed(pub Visit);

impl<S: Send + Sync> FromRequestParts<S> for Purposed {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Purposed, Response> {
        let visit = Visit::from_request_parts(parts, state).await.map_err(IntoResponse::into_response)?;
        let stated = visit.ask.basis.clone().is_some_and(|basis| basis.check().is_ok());
        if stated { Ok(Purposed(visit)) } else { Err(teach(&visit)) }
    }
}

const WHY_TITLE: Text = Text::new("Cho biết tra cứu để làm gì", "Say what the look-up is for");
const WHY: Text = Text::new(
    "Dữ liệu dân cư chỉ được xem cho một việc cụ thể, có căn cứ pháp lý (Luật Bảo vệ dữ liệu cá nhân 91/2025/QH15).",
    "Population data is shown only for a particular task with a legal basis (Law 91/2025/QH15 on personal data protection).",
);
const ONCE: Text = Text::new(
    "Chỉ cần nêu một lần; mọi tra cứu sau đó dùng lại cho tới khi bạn đổi.",
    "State it once; all later look-ups use it until you change it.",
);
const SEEN: Text = Text::new(
    "Mỗi lần xem được ghi vào nhật ký cùng tên bạn, mục đích, căn cứ và mã hồ sơ; người dân có quyền biết. \
     Phiếu bằng chứng tra cứu in từ nhật ký này để lưu hồ sơ khi thanh tra, kiểm tra.",
    "Each look is logged with your name, the purpose, the legal basis and the dossier; the person has the right to know. \
     The evidence card for the dossier is printed from this log.",
);
const STATE_MAIN: Text = Text::new("Nêu mục đích và căn cứ", "State purpose and legal basis");
const EXAMPLE: Text = Text::new("Ví dụ", "An example");
const EXAMPLE_ROWS: Text = Text::new(
    "Mục đích: Giải quyết thủ tục hành chính · Căn cứ: Luật Cư trú 68/2020/QH14, Điều 21 · \
     Thủ tục: 1.004222 · Hồ sơ: 000.17.22.H56-210531-0001",
    "Purpose: Settling an administrative procedure · Legal basis: Law on Residence 68/2020/QH14, art. 21 · \
     Procedure: 1.004222 · Dossier: 000.17.22.H56-210531-0001",
);

/// The explanation with the way to the form.
pub(super) fn why(visit: &Visit) -> Markup {
    let link = visit.basis_link();
    html! {
        p.govuk-body { (visit.t(WHY)) }
        p.govuk-body { (visit.t(SEEN)) }
        p.govuk-body { (visit.t(ONCE)) }
        (Details::new(visit.t(EXAMPLE), html! { (visit.t(EXAMPLE_ROWS)) }))
        (Button::main(visit.t(STATE_MAIN)).link(&link))
    }
}

fn teach(visit: &Visit) -> Response {
    let page = visit.page(visit.t(WHY_TITLE)).body(html! {
        div.dancu-lead {
            h1.govuk-heading-l { (visit.t(WHY_TITLE)) }
            (why(visit))
        }
    });
    (StatusCode::UNPROCESSABLE_ENTITY, page).into_response()
}

const REFUSED: Text =
    Text::new("Không được xem với mục đích đang dùng", "Not allowed for the purpose stated");
const OTHER_PURPOSE: Text = Text::new("Đổi mục đích, căn cứ", "Change purpose and legal basis");
const BACK: Text = Text::new("Về bàn làm việc", "Back to the desk");
const UNTOUCHED: Text =
    Text::new("Chưa thông tin nào được hiện hoặc thay đổi.", "Nothing was shown or changed.");

/// Refusals keep the bar with the purpose in use, since changing it is often the remedy.
pub(super) async fn explain_refusals(request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let html = parts
        .headers
        .get_all(header::ACCEPT)
        .iter()
        .any(|v| v.to_str().is_ok_and(|v| v.contains("text/html")));
    let visit = Visit::from_request_parts(&mut parts, &()).await.ok();
    let mut response = next.run(Request::from_parts(parts, body)).await;
    let Some(visit) = visit.filter(|_| html) else { return response };
    match response.extensions_mut().remove::<Problem>() {
        Some(problem) if problem.kind == &kinds::PURPOSE_REQUIRED => teach(&visit),
        Some(problem) if problem.kind == &kinds::FORBIDDEN => {
            let page = refusal(&visit, &problem).into_string();
            *response.body_mut() = Body::from(page);
            let headers = response.headers_mut();
            headers.remove(header::CONTENT_LENGTH);
            headers
                .insert(header::CONTENT_TYPE, header::HeaderValue::from_static("text/html; charset=utf-8"));
            response
        }
        Some(problem) => {
            response.extensions_mut().insert(problem);
            response
        }
        None => response,
    }
}

fn refusal(visit: &Visit, problem: &Problem) -> Markup {
    let lang = visit.lang();
    let link = visit.basis_link();
    visit.page(visit.t(REFUSED)).body(visit.framed(html! {
        div.dancu-lead {
            h1.govuk-heading-l { (visit.t(REFUSED)) }
            @if let Some(detail) = problem.detail_text(lang) { p.govuk-body { (detail) } }
            @if !problem.violations.is_empty() {
                ul class="govuk-list govuk-list--bullet" {
                    @for v in &problem.violations {
                        li {
                            (v.text(lang))
                            @if let Some(field) = vocabulary::Field::from_code(&v.field) { ": " (field.text().get(lang)) }
                        }
                    }
                }
            }
            p.govuk-body { (problem.kind.advice.get(lang)) }
            p.govuk-body { (visit.t(UNTOUCHED)) }
            (Button::main(visit.t(OTHER_PURPOSE)).link(&link))
            p { (back_link("/desk", visit.t(BACK))) }
        }
    }))
}
