//! Inputs to choose from.

use super::Question;
use maud::{Markup, Render, html};

/// One thing to choose.
#[derive(Clone, Debug)]
pub struct Choice {
    value: String,
    label: String,
    hint: Option<String>,
    chosen: bool,
    disabled: bool,
}

impl Choice {
    /// What is sent, and what people read.
    pub fn new(value: impl Into<String>, label: impl Into<String>) -> Choice {
        Choice { value: value.into(), label: label.into(), hint: None, chosen: false, disabled: false }
    }

    /// Explains the choice.
    pub fn hint(mut self, hint: impl Into<String>) -> Choice {
        self.hint = Some(hint.into());
        self
    }

    /// Whether it is chosen already.
    pub fn chosen(mut self, chosen: bool) -> Choice {
        self.chosen = chosen;
        self
    }

    /// Whether it is shown but cannot be chosen; say why in the hint.
    pub fn disabled(mut self, disabled: bool) -> Choice {
        self.disabled = disabled;
        self
    }
}

/// Exactly one of a few.
pub struct Radios<'a> {
    question: Question<'a>,
    choices: Vec<Choice>,
    inline: bool,
}

impl<'a> Radios<'a> {
    /// One below the other.
    pub fn new(question: Question<'a>, choices: impl IntoIterator<Item = Choice>) -> Radios<'a> {
        Radios { question, choices: choices.into_iter().collect(), inline: false }
    }

    /// Side by side, for two or three short ones.
    pub fn inline(mut self) -> Self {
        self.inline = true;
        self
    }
}

impl Render for Radios<'_> {
    fn render(&self) -> Markup {
        let controls = html! {
            div.govuk-radios .govuk-radios--inline[self.inline] { (boxes("radio", &self.question, &self.choices)) }
        };
        self.question.group(controls)
    }
}

/// Any number of several: the form gets one `NAME=VALUE` for each box ticked.
pub struct Checkboxes<'a> {
    question: Question<'a>,
    choices: Vec<Choice>,
}

impl<'a> Checkboxes<'a> {
    /// One below the other.
    pub fn new(question: Question<'a>, choices: impl IntoIterator<Item = Choice>) -> Checkboxes<'a> {
        Checkboxes { question, choices: choices.into_iter().collect() }
    }
}

impl Render for Checkboxes<'_> {
    fn render(&self) -> Markup {
        self.question
            .group(html! { div.govuk-checkboxes { (boxes("checkbox", &self.question, &self.choices)) } })
    }
}

/// The first box carries the name as its `id`, so that the error summary leads to it.
fn boxes(kind: &'static str, question: &Question<'_>, choices: &[Choice]) -> Markup {
    let family = if kind == "radio" { "govuk-radios" } else { "govuk-checkboxes" };
    html! {
        @for (at, choice) in choices.iter().enumerate() {
            @let id = if at == 0 { question.name.to_owned() } else { question.id(&(at + 1).to_string()) };
            @let hint = choice.hint.as_ref().map(|_| format!("{id}-item-hint"));
            div class={ (family) "__item" } {
                input class={ (family) "__input" } id=(id) name=(question.name) type=(kind) value=(choice.value)
                    checked[choice.chosen] disabled[choice.disabled] aria-describedby=[hint.as_deref()];
                label class={ "govuk-label " (family) "__label" } for=(id) { (choice.label) }
                @if let (Some(text), Some(hint)) = (&choice.hint, &hint) {
                    div class={ "govuk-hint " (family) "__hint" } id=(hint) { (text) }
                }
            }
        }
    }
}

/// One of many, from a list that opens.
pub struct Select<'a> {
    question: Question<'a>,
    choices: Vec<Choice>,
    prompt: Option<&'a str>,
}

impl<'a> Select<'a> {
    /// A list.
    pub fn new(question: Question<'a>, choices: impl IntoIterator<Item = Choice>) -> Select<'a> {
        Select { question, choices: choices.into_iter().collect(), prompt: None }
    }

    /// A first, empty line that asks to choose.
    pub fn prompt(mut self, prompt: &'a str) -> Self {
        self.prompt = Some(prompt);
        self
    }
}

impl Render for Select<'_> {
    fn render(&self) -> Markup {
        let q = &self.question;
        q.around(html! {
            select.govuk-select .govuk-select--error[q.error.is_some()] id=(q.name) name=(q.name) aria-describedby=[q.described_by()] {
                @if let Some(prompt) = self.prompt { option value="" { (prompt) } }
                @for choice in &self.choices {
                    option value=(choice.value) selected[choice.chosen] disabled[choice.disabled] { (choice.label) }
                }
            }
        })
    }
}

/// Inputs that belong together, under a heading of their own.
pub struct Fieldset<'a> {
    legend: &'a str,
    content: Markup,
}

impl<'a> Fieldset<'a> {
    /// The heading and the inputs.
    pub fn new(legend: &'a str, content: Markup) -> Fieldset<'a> {
        Fieldset { legend, content }
    }
}

impl Render for Fieldset<'_> {
    fn render(&self) -> Markup {
        html! {
            fieldset.govuk-fieldset {
                legend class="govuk-fieldset__legend govuk-fieldset__legend--m" { h2.govuk-fieldset__heading { (self.legend) } }
                (self.content)
            }
        }
    }
}
