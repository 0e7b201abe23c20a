//! What every page of cleaning begins with: who asks, and what for.

use crate::service::Quality;
use access::Action;
use axum::{
    extract::FromRequestParts,
    http::{StatusCode, request::Parts},
    response::{IntoResponse, Response},
};
use maud::{Markup, html};
use population::Ask;
use vocabulary::{Lang, Purpose, Text};
use web::{
    BASIS_PATH, Failure, Page, PageContext, SignedIn, WorkingBasis,
    components::{Button, EmptyState},
};

/// Where the pages of cleaning begin.
pub(super) const BASE: &str = "/data/quality";
const TITLE: Text = Text::new("Làm sạch dữ liệu", "Data cleaning");

/// An officer's request.
pub(super) struct Visit {
    pub context: PageContext,
    pub ask: Ask,
    path: String,
}

impl<S: Send + Sync> FromRequestParts<S> for Visit {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Visit, Failure> {
        let SignedIn(caller) = <SignedIn as FromRequestParts<S>>::from_request_parts(parts, state).await?;
        let context = PageContext::from_request_parts(parts, state).await?;
        let Ok(WorkingBasis(basis)) = WorkingBasis::from_request_parts(parts, state).await;
        let request = Some(context.request_id.to_string());
        let path = parts.uri.path().to_owned();
        Ok(Visit { ask: Ask { caller, basis, request }, context, path })
    }
}

impl Visit {
    pub fn lang(&self) -> Lang {
        self.context.lang
    }

    /// The text in the language of the page.
    pub fn t(&self, text: Text) -> &'static str {
        text.get(self.context.lang)
    }

    /// Whether some rule lets the officer do this for the purpose stated.
    pub fn may(&self, quality: &Quality, action: Action) -> bool {
        quality.may(&self.ask, action)
    }

    /// Begins a page of cleaning.
    pub fn page(&self, title: &str) -> Page<'_> {
        self.context.page(title).crumb(self.t(TITLE), BASE)
    }

    /// Begins a page of reconciliation: a sector's clerk has no desk of cleaning to go back to.
    pub fn sector_page(&self, quality: &Quality, title: &str) -> Page<'_> {
        if self.may(quality, Action::CountQuality) { self.page(title) } else { self.context.page(title) }
    }

    /// Whether cleaning is what is looked up for now.
    fn is_cleaning(&self) -> bool {
        self.ask.basis.as_ref().is_some_and(|b| b.purpose == Purpose::Cleaning)
    }

    /// Where the purpose is stated; it leads back here.
    fn basis_link(&self) -> String {
        format!("{BASIS_PATH}?next={}", self.path)
    }

    /// What is told where another purpose is stated, or none.
    pub fn purpose_notice(&self) -> Option<Markup> {
        let lang = self.lang();
        let link = self.basis_link();
        (!self.is_cleaning()).then(|| {
            html! {
                (EmptyState::new(
                    lang.pick("Nêu mục đích làm sạch dữ liệu", "State data cleaning as the purpose"),
                    html! { (lang.pick(
                        "Trường hợp cần làm sạch nói về một người hoặc một hộ. Chỉ xem được khi mục đích đang dùng là “Làm sạch dữ liệu dân cư”; mỗi lần xem được ghi nhật ký.",
                        "A case is about a person or a household. It shows only while the purpose in use is “Cleaning population data”; each look is logged.",
                    )) },
                ).action(Button::main(lang.pick("Nêu mục đích và căn cứ", "State purpose and legal basis")).link(&link)))
            }
        })
    }
}

/// A visit whose purpose is cleaning. Without it the page says so, and leads to where it is stated.
pub(super) struct Cleaning(pub Visit);

impl<S: Send + Sync> FromRequestParts<S> for Cleaning {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Cleaning, Response> {
        let visit = Visit::from_request_parts(parts, state).await.map_err(IntoResponse::into_response)?;
        match visit.purpose_notice() {
            None => Ok(Cleaning(visit)),
            Some(notice) => {
                let title = visit.t(TITLE);
                let page = visit.page(title).body(html! { h1.govuk-heading-l { (title) } (notice) });
                Err((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
            }
        }
    }
}
