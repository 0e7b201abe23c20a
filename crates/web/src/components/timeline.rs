//! What happened, and what is still to do.

use super::Tag;
use maud::{Markup, Render, html};

/// Something that happened.
pub struct Event<'a> {
    when: String,
    what: String,
    tag: Option<Tag<'a>>,
    body: Option<Markup>,
    who: Option<String>,
    superseded: bool,
}

impl<'a> Event<'a> {
    /// When, as people read it, and what.
    pub fn new(when: impl Into<String>, what: impl Into<String>) -> Event<'a> {
        Event { when: when.into(), what: what.into(), tag: None, body: None, who: None, superseded: false }
    }

    /// Marks its kind or state.
    pub fn tag(mut self, tag: Tag<'a>) -> Self {
        self.tag = Some(tag);
        self
    }

    /// Tells more.
    pub fn body(mut self, body: Markup) -> Self {
        self.body = Some(body);
        self
    }

    /// Who did it, for which agency, on what evidence.
    pub fn who(mut self, who: impl Into<String>) -> Self {
        self.who = Some(who.into());
        self
    }

    /// It was corrected by a later one: it stays readable, struck through.
    pub fn superseded(mut self, superseded: bool) -> Self {
        self.superseded = superseded;
        self
    }
}

/// A history, the latest event first.
#[derive(Default)]
pub struct Timeline<'a> {
    events: Vec<Event<'a>>,
}

impl<'a> Timeline<'a> {
    /// A history of these events.
    pub fn new(events: impl IntoIterator<Item = Event<'a>>) -> Timeline<'a> {
        Timeline { events: events.into_iter().collect() }
    }
}

impl Render for Timeline<'_> {
    fn render(&self) -> Markup {
        html! {
            ol.dancu-timeline {
                @for event in &self.events {
                    li.dancu-timeline__item .dancu-timeline__item--superseded[event.superseded] {
                        span.dancu-timeline__when { (event.when) }
                        h3.dancu-timeline__what { (event.what) @if let Some(tag) = &event.tag { " " (tag) } }
                        @if let Some(body) = &event.body { div.dancu-timeline__body { (body) } }
                        @if let Some(who) = &event.who { p.dancu-timeline__who { (who) } }
                    }
                }
            }
        }
    }
}

/// A step of a longer piece of work.
pub struct Task<'a> {
    title: String,
    href: Option<String>,
    hint: Option<String>,
    status: Tag<'a>,
}

impl<'a> Task<'a> {
    /// A step and its state.
    pub fn new(title: impl Into<String>, status: Tag<'a>) -> Task<'a> {
        Task { title: title.into(), href: None, hint: None, status }
    }

    /// Where it is done; without it, it cannot be started yet.
    pub fn link(mut self, href: impl Into<String>) -> Self {
        self.href = Some(href.into());
        self
    }

    /// Explains it, or says what it waits for.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

/// The steps of a longer piece of work.
pub struct TaskList<'a> {
    name: &'a str,
    tasks: Vec<Task<'a>>,
}

impl<'a> TaskList<'a> {
    /// Steps; the name begins the identifiers of its parts.
    pub fn new(name: &'a str, tasks: impl IntoIterator<Item = Task<'a>>) -> TaskList<'a> {
        TaskList { name, tasks: tasks.into_iter().collect() }
    }
}

impl Render for TaskList<'_> {
    fn render(&self) -> Markup {
        html! {
            ul.govuk-task-list {
                @for (at, task) in self.tasks.iter().enumerate() {
                    @let id = |part: &str| format!("{}-{}-{part}", self.name, at + 1);
                    @let described = if task.hint.is_some() { format!("{} {}", id("hint"), id("status")) } else { id("status") };
                    li.govuk-task-list__item .govuk-task-list__item--with-link[task.href.is_some()] {
                        div.govuk-task-list__name-and-hint {
                            @if let Some(href) = &task.href {
                                a class="govuk-link govuk-task-list__link" href=(href) aria-describedby=(described) { (task.title) }
                            } @else {
                                div { (task.title) }
                            }
                            @if let Some(hint) = &task.hint { div.govuk-task-list__hint id=(id("hint")) { (hint) } }
                        }
                        div.govuk-task-list__status id=(id("status")) { (task.status) }
                    }
                }
            }
        }
    }
}
