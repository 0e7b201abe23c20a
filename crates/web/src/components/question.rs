//! What every input shares: name, label, hint, and the rule it broke.

use maud::{Markup, Render, html};
use vocabulary::{Lang, Text, Violation};

/// The errors of a submitted form, in the language of the page.
#[derive(Clone, Copy)]
pub struct Errors<'a> {
    lang: Lang,
    violations: &'a [Violation],
    labels: &'a [(&'a str, Text)],
}

impl<'a> Errors<'a> {
    /// The violations that the form is shown again with; an empty slice where it is shown first.
    pub fn new(lang: Lang, violations: &'a [Violation]) -> Errors<'a> {
        Errors { lang, violations, labels: &[] }
    }

    /// Names the fields, by what they are called in the form, whose rules speak of no field in particular: what is wrong
    /// with a date reads the same for the day on which something begins and on which it ends. The summary says both.
    pub fn labelled(mut self, labels: &'a [(&'a str, Text)]) -> Errors<'a> {
        self.labels = labels;
        self
    }

    /// What the summary says of a violation.
    fn summed(&self, violation: &Violation) -> String {
        let text = violation.text(self.lang);
        let label = self.labels.iter().find(|(field, _)| *field == violation.field);
        label.map_or_else(|| text.to_owned(), |(_, label)| format!("{}: {text}", label.get(self.lang)))
    }

    /// What is wrong with a field.
    pub fn of(&self, field: &str) -> Option<&'a str> {
        self.violations.iter().find(|v| v.field == field).map(|v| v.text(self.lang))
    }

    /// Whether there are any.
    pub fn any(&self) -> bool {
        !self.violations.is_empty()
    }
}

const SUMMARY: Text = Text::new("Có mục cần sửa", "There is a problem");

/// The summary at the top of a form that was not accepted; each line leads to its field. Nothing without errors.
pub fn error_summary(errors: &Errors<'_>) -> Markup {
    if !errors.any() {
        return html! {};
    }
    html! {
        div.govuk-error-summary tabindex="-1" {
            div role="alert" {
                h2.govuk-error-summary__title { (SUMMARY.get(errors.lang)) }
                div.govuk-error-summary__body {
                    ul class="govuk-list govuk-error-summary__list" {
                        @for violation in errors.violations {
                            li {
                                @if violation.field.is_empty() { (errors.summed(violation)) }
                                @else { a href={ "#" (violation.field) } { (errors.summed(violation)) } }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// The question that an input answers. The name is also the `id`, so that the error summary can lead to it.
#[derive(Clone, Copy)]
pub struct Question<'a> {
    pub(super) name: &'a str,
    pub(super) label: &'a str,
    pub(super) hint: Option<&'a str>,
    pub(super) error: Option<&'a str>,
    pub(super) heading: bool,
    pub(super) optional: Option<Lang>,
    lang: Lang,
}

const OPTIONAL: Text = Text::new(" (không bắt buộc)", " (optional)");
const ERROR: Text = Text::new("Lỗi: ", "Error: ");

impl<'a> Question<'a> {
    /// A question with the name of its field and its label.
    pub fn new(name: &'a str, label: &'a str) -> Question<'a> {
        Question { name, label, hint: None, error: None, heading: false, optional: None, lang: Lang::Vi }
    }

    /// Helps to answer it.
    pub fn hint(mut self, hint: &'a str) -> Self {
        self.hint = Some(hint);
        self
    }

    /// Takes the error of this field out of those of the form.
    pub fn errors(mut self, errors: &Errors<'a>) -> Self {
        self.error = errors.of(self.name);
        self.lang = errors.lang;
        self
    }

    /// Says that it may stay empty.
    pub fn optional(mut self, lang: Lang) -> Self {
        self.optional = Some(lang);
        self
    }

    /// Makes the label the heading of a page that asks nothing else.
    pub fn heading(mut self) -> Self {
        self.heading = true;
        self
    }

    pub(super) fn id(&self, suffix: &str) -> String {
        format!("{}-{suffix}", self.name)
    }

    /// The value of `aria-describedby`: hint and error, where there are any.
    pub(super) fn described_by(&self) -> Option<String> {
        match (self.hint, self.error) {
            (None, None) => None,
            (Some(_), None) => Some(self.id("hint")),
            (None, Some(_)) => Some(self.id("error")),
            (Some(_), Some(_)) => Some(format!("{} {}", self.id("hint"), self.id("error"))),
        }
    }

    pub(super) fn words(&self) -> Markup {
        html! {
            (self.label)
            @if let Some(lang) = self.optional { span.dancu-optional { (OPTIONAL.get(lang)) } }
        }
    }

    pub(super) fn hint_and_error(&self) -> Markup {
        html! {
            @if let Some(hint) = self.hint { div.govuk-hint id=(self.id("hint")) { (hint) } }
            @if let Some(error) = self.error {
                p.govuk-error-message id=(self.id("error")) {
                    span.govuk-visually-hidden { (ERROR.get(self.lang)) } (error)
                }
            }
        }
    }

    /// Label, hint and error around one control.
    pub(super) fn around(&self, control: impl Render) -> Markup {
        html! {
            div.govuk-form-group .govuk-form-group--error[self.error.is_some()] {
                @if self.heading {
                    h1.govuk-label-wrapper { label class="govuk-label govuk-label--l" for=(self.name) { (self.words()) } }
                } @else {
                    label.govuk-label for=(self.name) { (self.words()) }
                }
                (self.hint_and_error())
                (control)
            }
        }
    }

    /// Legend, hint and error around several controls, of which the first carries the name as its `id`.
    pub(super) fn group(&self, controls: impl Render) -> Markup {
        html! {
            div.govuk-form-group .govuk-form-group--error[self.error.is_some()] {
                fieldset.govuk-fieldset aria-describedby=[self.described_by()] {
                    @if self.heading {
                        legend class="govuk-fieldset__legend govuk-fieldset__legend--l" {
                            h1.govuk-fieldset__heading { (self.words()) }
                        }
                    } @else {
                        legend class="govuk-fieldset__legend govuk-fieldset__legend--s" { (self.words()) }
                    }
                    (self.hint_and_error())
                    (controls)
                }
            }
        }
    }
}
