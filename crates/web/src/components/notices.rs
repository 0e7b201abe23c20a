//! What a page tells besides its content.

use super::Button;
use maud::{Markup, Render, html};
use vocabulary::{Lang, Text};

/// A notice at the top of a page: what has just happened, or what one should know first.
pub struct Banner<'a> {
    lang: Lang,
    success: bool,
    text: &'a str,
    more: Option<Markup>,
}

const SUCCESS: Text = Text::new("Đã xong", "Done");
const IMPORTANT: Text = Text::new("Cần biết", "Important");

impl<'a> Banner<'a> {
    /// Something was done.
    pub fn done(lang: Lang, text: &'a str) -> Banner<'a> {
        Banner { lang, success: true, text, more: None }
    }

    /// Something to know.
    pub fn important(lang: Lang, text: &'a str) -> Banner<'a> {
        Banner { lang, success: false, text, more: None }
    }

    /// Adds a paragraph or a link below the text.
    pub fn more(mut self, more: Markup) -> Self {
        self.more = Some(more);
        self
    }
}

impl Render for Banner<'_> {
    fn render(&self) -> Markup {
        let title = if self.success { SUCCESS } else { IMPORTANT };
        html! {
            div.govuk-notification-banner .govuk-notification-banner--success[self.success] aria-labelledby="notice-title"
                role=(if self.success { "alert" } else { "region" }) {
                div.govuk-notification-banner__header {
                    h2.govuk-notification-banner__title #notice-title { (title.get(self.lang)) }
                }
                div.govuk-notification-banner__content {
                    p.govuk-notification-banner__heading { (self.text) }
                    @if let Some(more) = &self.more { (more) }
                }
            }
        }
    }
}

/// A passage set apart from the text around.
pub fn inset(content: Markup) -> Markup {
    html! { div.govuk-inset-text { (content) } }
}

const WARNING: Text = Text::new("Lưu ý: ", "Warning: ");

/// A sentence that must not be overlooked.
pub fn warning(lang: Lang, text: &str) -> Markup {
    html! {
        div.govuk-warning-text {
            span.govuk-warning-text__icon aria-hidden="true" { "!" }
            strong.govuk-warning-text__text { span.govuk-visually-hidden { (WARNING.get(lang)) } (text) }
        }
    }
}

/// Something that opens on demand. Not for what must appear on paper: closed details are not printed.
pub struct Details<'a> {
    summary: &'a str,
    content: Markup,
    open: bool,
}

impl<'a> Details<'a> {
    /// What to click, and what it shows.
    pub fn new(summary: &'a str, content: Markup) -> Details<'a> {
        Details { summary, content, open: false }
    }

    /// Whether it is open at first.
    pub fn open(mut self, open: bool) -> Self {
        self.open = open;
        self
    }
}

impl Render for Details<'_> {
    fn render(&self) -> Markup {
        html! {
            details.govuk-details open[self.open] {
                summary.govuk-details__summary { span.govuk-details__summary-text { (self.summary) } }
                div.govuk-details__text { (self.content) }
            }
        }
    }
}

/// A list without entries, which says why and what to do next instead of showing nothing.
pub struct EmptyState<'a> {
    title: &'a str,
    advice: Markup,
    action: Option<Button<'a>>,
}

impl<'a> EmptyState<'a> {
    /// What is missing, and how it would come about.
    pub fn new(title: &'a str, advice: Markup) -> EmptyState<'a> {
        EmptyState { title, advice, action: None }
    }

    /// The next step.
    pub fn action(mut self, button: Button<'a>) -> Self {
        self.action = Some(button);
        self
    }
}

impl Render for EmptyState<'_> {
    fn render(&self) -> Markup {
        html! {
            div.dancu-empty {
                h2.govuk-heading-m { (self.title) }
                div.govuk-body { (self.advice) }
                @if let Some(action) = &self.action { (action) }
            }
        }
    }
}
