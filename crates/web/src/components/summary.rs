//! Facts about one thing, and the tags that mark its state.

use maud::{Markup, Render, html};

/// Keys and values, with an optional link to change or look at each.
#[derive(Default)]
pub struct SummaryList {
    rows: Vec<Row>,
}

struct Row {
    key: String,
    value: Markup,
    action: Option<(String, String)>,
}

impl SummaryList {
    /// An empty list.
    pub fn new() -> SummaryList {
        SummaryList::default()
    }

    /// Adds a key and its value.
    pub fn row(mut self, key: impl Into<String>, value: impl Render) -> Self {
        self.rows.push(Row { key: key.into(), value: value.render(), action: None });
        self
    }

    /// Adds a key and its value where there is one.
    pub fn row_if(self, key: impl Into<String>, value: Option<impl Render>) -> Self {
        match value {
            Some(value) => self.row(key, value),
            None => self,
        }
    }

    /// Gives the row added last a link. Screen readers hear the key after its text.
    pub fn action(mut self, text: impl Into<String>, href: impl Into<String>) -> Self {
        if let Some(row) = self.rows.last_mut() {
            row.action = Some((text.into(), href.into()));
        }
        self
    }
}

impl Render for SummaryList {
    fn render(&self) -> Markup {
        let actions = self.rows.iter().any(|row| row.action.is_some());
        html! {
            dl.govuk-summary-list {
                @for row in &self.rows {
                    div.govuk-summary-list__row .govuk-summary-list__row--no-actions[actions && row.action.is_none()] {
                        dt.govuk-summary-list__key { (row.key) }
                        dd.govuk-summary-list__value { (row.value) }
                        @if let Some((text, href)) = &row.action {
                            dd.govuk-summary-list__actions {
                                a.govuk-link href=(href) { (text) span.govuk-visually-hidden { " – " (row.key) } }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// The colour of a tag says how its state is to be taken; the words say the state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Color {
    /// In order, done.
    Green,
    /// In progress, for information.
    Blue,
    /// Needs attention.
    Yellow,
    /// Wrong, refused, late.
    Red,
    /// Past, inactive.
    Grey,
}

/// A short state, such as *Đang thường trú*.
#[derive(Clone, Copy, Debug)]
pub struct Tag<'a> {
    color: Color,
    text: &'a str,
}

impl<'a> Tag<'a> {
    /// A state in its colour.
    pub fn new(color: Color, text: &'a str) -> Tag<'a> {
        Tag { color, text }
    }
}

impl Render for Tag<'_> {
    fn render(&self) -> Markup {
        let class = match self.color {
            Color::Green => "govuk-tag--green",
            Color::Blue => "govuk-tag--blue",
            Color::Yellow => "govuk-tag--yellow",
            Color::Red => "govuk-tag--red",
            Color::Grey => "govuk-tag--grey",
        };
        html! { strong.govuk-tag .(class) { (self.text) } }
    }
}
