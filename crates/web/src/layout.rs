//! The frame of every page: header with the caller, menu, desk bar, notice, content, footer; and its paper form.

use crate::{
    asset,
    caller::{Portal, Workplace, encoded},
    components::{Banner, breadcrumbs, csrf_field},
    csrf::CsrfToken,
    edge::RequestId,
    failure::Failure,
    lang::negotiate,
};
use access::Caller;
use axum::{extract::FromRequestParts, http::request::Parts};
use maud::{DOCTYPE, Markup, PreEscaped, Render, html};
use std::sync::Arc;
use vocabulary::{Lang, Moment, Text, kinds};

/// What the binary composes for the header: the product's name, the entries of all domains, the box to find a person.
#[derive(Clone, Debug)]
pub struct Menu {
    /// Name in the header and in the title of every page.
    pub name: Text,
    /// Entries in their order.
    pub items: Vec<MenuItem>,
    /// The box below the menu.
    pub desk: Option<Desk>,
    /// One line in the footer, such as that all data is synthetic.
    pub footer: Text,
}

/// An entry of the menu.
#[derive(Clone, Copy, Debug)]
pub struct MenuItem {
    /// The entry's words.
    pub text: Text,
    /// Where it leads; also the prefix of the paths for which it is marked as current.
    pub href: &'static str,
    /// Who sees it.
    pub shown: fn(Option<&Caller>) -> bool,
}

/// The box by which an officer finds a person from anywhere. It posts, because numbers and names do not belong into
/// addresses.
#[derive(Clone, Copy, Debug)]
pub struct Desk {
    /// Where it posts to.
    pub action: &'static str,
    /// Name of the field.
    pub field: &'static str,
    /// Label of the box.
    pub label: Text,
    /// Who sees it.
    pub shown: fn(Option<&Caller>) -> bool,
}

/// What a page needs to know of its request; an extractor for handlers under [`pages`](crate::pages()).
#[derive(Clone, Debug)]
pub struct PageContext {
    /// Language to answer in.
    pub lang: Lang,
    /// Identifier of the request.
    pub request_id: RequestId,
    /// The session's form token; empty where nobody is signed in.
    pub csrf: String,
    signed_in: Option<(String, String)>,
    base: &'static str,
    path: String,
    back: String,
    items: Vec<MenuItem>,
    desk: Option<Desk>,
    name: Text,
    footer: Text,
}

impl PageContext {
    pub(crate) fn of(parts: &Parts, menu: &Menu, request_id: RequestId) -> PageContext {
        let caller = parts.extensions.get::<Arc<Caller>>().map(|caller| &**caller);
        let token = parts.extensions.get::<CsrfToken>();
        let portal = parts.extensions.get::<Portal>();
        // The page that a form posted to may not exist as a page; the language switch then leads to its plain path.
        let back = match parts.method {
            axum::http::Method::GET => parts.uri.path_and_query().map_or("/", |p| p.as_str()),
            _ => parts.uri.path(),
        };
        PageContext {
            lang: negotiate(&parts.headers),
            request_id,
            csrf: token.map(|t| t.0.clone()).unwrap_or_default(),
            signed_in: match portal {
                Some(portal) => portal.name.clone().map(|name| (name, String::new())),
                None => caller.map(|caller| {
                    let place = parts.extensions.get::<Workplace>().map(|w| w.0.to_string());
                    (caller.name.clone(), place.unwrap_or_default())
                }),
            },
            base: portal.map_or("", |portal| portal.base),
            path: parts.uri.path().to_owned(),
            back: back.to_owned(),
            items: menu.items.iter().filter(|item| (item.shown)(caller)).copied().collect(),
            desk: menu.desk.filter(|desk| (desk.shown)(caller)),
            name: menu.name,
            footer: menu.footer,
        }
    }

    /// The entries of the menu that the caller sees.
    pub fn entries(&self) -> &[MenuItem] {
        &self.items
    }

    /// For a failure outside the page layer, where nothing but the language is known.
    pub(crate) fn bare(lang: Lang, request_id: RequestId) -> PageContext {
        PageContext {
            lang,
            request_id,
            csrf: String::new(),
            signed_in: None,
            base: "",
            path: String::new(),
            back: String::new(),
            items: Vec::new(),
            desk: None,
            name: Text::new("Dân cư", "Dân cư"),
            footer: Text::new("", ""),
        }
    }

    /// Begins a page with its title.
    pub fn page<'a>(&'a self, title: &str) -> Page<'a> {
        Page {
            context: self,
            title: title.to_owned(),
            crumbs: Vec::new(),
            notice: Markup::default(),
            errors: false,
        }
    }

    /// Where the caller works, in words; empty where that is not known.
    pub fn workplace(&self) -> &str {
        self.signed_in.as_ref().map_or("", |(_, place)| place)
    }

    /// The text in the language of the page.
    pub fn t(&self, text: Text) -> &'static str {
        text.get(self.lang)
    }
}

impl<S: Sync> FromRequestParts<S> for PageContext {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<PageContext, Failure> {
        parts.extensions.get::<PageContext>().cloned().ok_or_else(|| Failure::of(&kinds::INTERNAL))
    }
}

/// A page under construction; [`body`](Page::body) completes it.
pub struct Page<'a> {
    context: &'a PageContext,
    title: String,
    crumbs: Vec<(String, String)>,
    notice: Markup,
    errors: bool,
}

const START: Text = Text::new("Trang chính", "Start");
const SKIP: Text = Text::new("Tới nội dung chính", "Skip to main content");
const MENU: Text = Text::new("Danh mục chính", "Main menu");
const SIGN_OUT: Text = Text::new("Đăng xuất", "Sign out");
const SIGN_IN: Text = Text::new("Đăng nhập", "Sign in");
const SIGNED_IN: Text = Text::new("Đang đăng nhập: ", "Signed in as ");
const FIND: Text = Text::new("Tìm", "Find");
const ERROR: Text = Text::new("Lỗi: ", "Error: ");
const PRINTED: Text = Text::new("In lúc", "Printed");
const FIND_REGION: Text = Text::new("Tìm nhanh", "Quick search");

impl Page<'_> {
    /// Adds a step of the way here; the start page comes by itself.
    pub fn crumb(mut self, text: &str, href: &str) -> Self {
        self.crumbs.push((text.to_owned(), href.to_owned()));
        self
    }

    /// Shows a notice above the content.
    pub fn notice(mut self, notice: &Banner<'_>) -> Self {
        self.notice = notice.render();
        self
    }

    /// Says in the title that the form was not accepted; screen readers read it first.
    pub fn with_errors(mut self, any: bool) -> Self {
        self.errors = any;
        self
    }

    /// The page around its content. The content begins with its own `h1`.
    pub fn body(self, content: Markup) -> Markup {
        let Page { context, title, crumbs, notice, errors } = self;
        let lang = context.lang;
        html! {
            (DOCTYPE)
            html.govuk-template lang=(lang.tag()) {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="theme-color" content="#b3261e";
                    title { @if errors { (ERROR.get(lang)) } (title) " – " (context.name.get(lang)) }
                    link rel="icon" href=(asset("favicon.svg")) type="image/svg+xml";
                    @for sheet in ["fonts.css", "govuk.css", "dancu.css"] { link rel="stylesheet" href=(asset(sheet)); }
                }
                body.govuk-template__body {
                    a.govuk-skip-link href="#main" { (SKIP.get(lang)) }
                    (header(context))
                    (navigation(context))
                    (desk_bar(context))
                    div.dancu-page {
                        div.govuk-width-container {
                            @if !crumbs.is_empty() {
                                (breadcrumbs(lang, [(START.get(lang), "/")].into_iter()
                                    .chain(crumbs.iter().map(|(text, href)| (text.as_str(), href.as_str())))))
                            }
                            main.dancu-main #main tabindex="-1" {
                                (print_head(context))
                                (notice)
                                (content)
                            }
                        }
                    }
                    footer.dancu-footer {
                        div class="govuk-width-container dancu-footer__inner" {
                            span { (context.footer.get(lang)) }
                            span { "dancu" }
                        }
                    }
                }
            }
        }
    }
}

fn header(context: &PageContext) -> Markup {
    let lang = context.lang;
    let (other, language) = lang.pick((Lang::En, "English"), (Lang::Vi, "Tiếng Việt"));
    html! {
        header.dancu-header {
            div class="govuk-width-container dancu-header__inner" {
                a.dancu-header__brand href="/" { (MARK) span { (context.name.get(lang)) } }
                div.dancu-header__tools {
                    @if let Some((name, place)) = &context.signed_in {
                        span.dancu-header__account {
                            span.govuk-visually-hidden { (SIGNED_IN.get(lang)) }
                            span.dancu-header__caller { (name) }
                            @if !place.is_empty() { " " span.dancu-header__unit { (place) } }
                        }
                        form method="post" action={ (context.base) "/sign-out" } {
                            (csrf_field(&context.csrf))
                            button.dancu-header__button type="submit" { (SIGN_OUT.get(lang)) }
                        }
                    } @else if !context.path.is_empty() && !context.path.ends_with("/sign-in") {
                        a.dancu-header__language href={ (context.base) "/sign-in" } { (SIGN_IN.get(lang)) }
                    }
                    @if !context.back.is_empty() {
                        a.dancu-header__language rel="alternate" lang=(other.tag()) hreflang=(other.tag())
                            href={ "/lang?to=" (other.tag()) "&back=" (encoded(&context.back)) } { (language) }
                    }
                }
            }
        }
    }
}

fn navigation(context: &PageContext) -> Markup {
    if context.items.is_empty() {
        return html! {};
    }
    // Of entries that lead to `/desk` and `/desk/search`, the longer one is current on `/desk/search/…`.
    let inside =
        |href: &str| context.path == href || (href != "/" && context.path.starts_with(&format!("{href}/")));
    let current =
        context.items.iter().map(|item| item.href).filter(|href| inside(href)).max_by_key(|href| href.len());
    html! {
        div.dancu-nav {
            div.govuk-service-navigation {
                div.govuk-width-container {
                    div.govuk-service-navigation__container {
                        nav.govuk-service-navigation__wrapper aria-label=(MENU.get(context.lang)) {
                            ul.govuk-service-navigation__list {
                                @for item in &context.items {
                                    @let here = current == Some(item.href);
                                    li.govuk-service-navigation__item .govuk-service-navigation__item--active[here] {
                                        a.govuk-service-navigation__link href=(item.href)
                                            aria-current=[here.then(|| if context.path == item.href { "page" } else { "true" })] {
                                            (item.text.get(context.lang))
                                        }
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn desk_bar(context: &PageContext) -> Markup {
    let Some(desk) = context.desk else { return html! {} };
    html! {
        section.dancu-desk-bar aria-label=(FIND_REGION.get(context.lang)) {
            div.govuk-width-container {
                form method="post" action=(desk.action) {
                    (csrf_field(&context.csrf))
                    label for="desk-box" { (desk.label.get(context.lang)) }
                    input.govuk-input #desk-box name=(desk.field) type="search" autocomplete="off" spellcheck="false" maxlength="100";
                    button class="govuk-button govuk-button--secondary" type="submit" { (FIND.get(context.lang)) }
                }
            }
        }
    }
}

fn print_head(context: &PageContext) -> Markup {
    let lang = context.lang;
    html! {
        div class="dancu-print-only" aria-hidden="true" {
            div.dancu-print-head {
                span { (context.name.get(lang)) @if let Some((name, place)) = &context.signed_in { " · " (name) @if !place.is_empty() { ", " (place) } } }
                span { (PRINTED.get(lang)) " " (Moment::now().local_text()) " · " (context.request_id) }
            }
        }
    }
}

/// The mark of the product, the same as `favicon.svg`; drawn in the page, since the header is on every one.
const MARK: PreEscaped<&str> = PreEscaped(include_str!("../assets/favicon.svg"));
