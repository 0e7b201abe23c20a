//! The way back.

use maud::{Markup, html};
use vocabulary::{Lang, Text};

const TRAIL: Text = Text::new("Đường dẫn", "Breadcrumb");

/// The pages above this one, from the start page down.
pub fn breadcrumbs<'a>(lang: Lang, steps: impl IntoIterator<Item = (&'a str, &'a str)>) -> Markup {
    html! {
        nav.govuk-breadcrumbs aria-label=(TRAIL.get(lang)) {
            ol.govuk-breadcrumbs__list {
                @for (text, href) in steps {
                    li.govuk-breadcrumbs__list-item { a.govuk-breadcrumbs__link href=(href) { (text) } }
                }
            }
        }
    }
}

/// A link to the page before.
pub fn back_link(href: &str, text: &str) -> Markup {
    html! { a.govuk-back-link href=(href) { (text) } }
}
