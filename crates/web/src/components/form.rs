//! The form itself, and its buttons.

use crate::{PageContext, csrf};
use maud::{Markup, Render, html};

/// The hidden field with the session's token; nothing where nobody is signed in.
pub fn csrf_field(token: &str) -> Markup {
    html! { @if !token.is_empty() { input type="hidden" name=(csrf::FIELD) value=(token); } }
}

/// A form that posts, with the session's token. Rules are checked by the server and said in the language of the page,
/// so the browser's own messages are off.
pub struct Form<'a> {
    action: &'a str,
    token: &'a str,
    file: bool,
    content: Markup,
}

impl<'a> Form<'a> {
    /// A form of a page.
    pub fn new(context: &'a PageContext, action: &'a str, content: Markup) -> Form<'a> {
        Form { action, token: &context.csrf, file: false, content }
    }

    /// Lets the form carry a file; read it with [`Upload`](crate::Upload).
    pub fn with_file(mut self) -> Self {
        self.file = true;
        self
    }
}

impl Render for Form<'_> {
    fn render(&self) -> Markup {
        html! {
            form method="post" action=(self.action) enctype=[self.file.then_some("multipart/form-data")] novalidate {
                (csrf_field(self.token))
                (self.content)
            }
        }
    }
}

/// A button, or a link that looks like one.
pub struct Button<'a> {
    text: &'a str,
    class: &'static str,
    href: Option<&'a str>,
    name: Option<(&'a str, &'a str)>,
}

impl<'a> Button<'a> {
    /// The one main action of the page (green).
    pub fn main(text: &'a str) -> Button<'a> {
        Button { text, class: "govuk-button", href: None, name: None }
    }

    /// Any other action.
    pub fn secondary(text: &'a str) -> Button<'a> {
        Button { class: "govuk-button govuk-button--secondary", ..Button::main(text) }
    }

    /// An action that is hard to take back (red).
    pub fn warning(text: &'a str) -> Button<'a> {
        Button { class: "govuk-button govuk-button--warning", ..Button::main(text) }
    }

    /// Leads to a page instead of sending the form.
    pub fn link(mut self, href: &'a str) -> Self {
        self.href = Some(href);
        self
    }

    /// Sends `NAME=VALUE` with the form, where a form has several buttons.
    pub fn sends(mut self, name: &'a str, value: &'a str) -> Self {
        self.name = Some((name, value));
        self
    }
}

impl Render for Button<'_> {
    fn render(&self) -> Markup {
        html! {
            @if let Some(href) = self.href {
                a class=(self.class) href=(href) role="button" draggable="false" { (self.text) }
            } @else {
                button class=(self.class) type="submit" name=[self.name.map(|n| n.0)] value=[self.name.map(|n| n.1)] { (self.text) }
            }
        }
    }
}
