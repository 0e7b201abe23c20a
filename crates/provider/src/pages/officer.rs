//! What the pages of officers share: who asks, the words of a person, and what became of a form.

use crate::{error::ProviderError, service::Provider};
use access::{Action, Caller};
use axum::{
    extract::FromRequestParts,
    http::{StatusCode, request::Parts},
    response::{IntoResponse, Response},
};
use maud::{Markup, html};
use population::sealed::PersonView;
use reference::{Era, countries, units};
use vocabulary::{Address, Field, Lang, Problem, Text, UnitCode, Violation, kinds};
use web::{
    Failure, Page, PageContext, SignedIn,
    components::{Banner, SummaryList},
};

pub(super) const DESK: &str = "/desk/eid";
pub(super) const DESK_TITLE: Text = Text::new("Định danh điện tử", "Electronic identity");

/// An officer's request.
pub(super) struct Officer {
    pub context: PageContext,
    pub caller: Caller,
    pub request: String,
}

impl<S: Send + Sync> FromRequestParts<S> for Officer {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Officer, Failure> {
        let SignedIn(caller) = <SignedIn as FromRequestParts<S>>::from_request_parts(parts, state).await?;
        let context = PageContext::from_request_parts(parts, state).await?;
        let request = context.request_id.to_string();
        Ok(Officer { context, caller, request })
    }
}

impl Officer {
    pub fn lang(&self) -> Lang {
        self.context.lang
    }

    pub fn t(&self, text: Text) -> &'static str {
        text.get(self.context.lang)
    }

    /// Whether some rule lets the officer do this at all.
    pub fn may(&self, provider: &Provider, action: Action) -> bool {
        provider.population().policy().may(&self.caller, action)
    }

    /// Refuses whom no rule lets do any of these.
    pub fn require(&self, provider: &Provider, actions: &[Action]) -> Result<(), Failure> {
        if actions.iter().any(|action| self.may(provider, *action)) {
            return Ok(());
        }
        Err(Problem::new(&kinds::FORBIDDEN).into())
    }

    /// Begins a page below the desk of electronic identity.
    pub fn page(&self, title: &str) -> Page<'_> {
        self.context.page(title).crumb(self.t(DESK_TITLE), DESK)
    }
}

/// The fields at fault of an error, to show the form again with; a refusal that is no fault of a field goes on.
pub(super) fn faults(error: ProviderError) -> Result<Vec<Violation>, ProviderError> {
    match error {
        ProviderError::Refused(problem) if problem.kind == &kinds::INVALID => Ok(problem.violations),
        // Nobody has the number, or several have: both are said at the number.
        ProviderError::Refused(problem) if problem.kind.status == 404 || problem.kind.status == 409 => {
            let text = |lang| match problem.detail_text(lang) {
                Some(detail) => detail.to_owned(),
                None => problem.kind.title.get(lang).to_owned(),
            };
            Ok(vec![Violation {
                field: "number".into(),
                rule: "number/found",
                vi: text(Lang::Vi),
                en: text(Lang::En),
            }])
        }
        other => Err(other),
    }
}

pub(super) fn again(page: Markup) -> Response {
    (StatusCode::UNPROCESSABLE_ENTITY, page).into_response()
}

/// What was done on the page before, by the word in the address.
pub(super) fn done(lang: Lang, texts: &[(&str, Text)], word: &str) -> Option<Banner<'static>> {
    texts.iter().find(|(name, _)| *name == word).map(|(_, text)| Banner::done(lang, text.get(lang)))
}

/// A commune with its province.
pub(super) fn unit(code: UnitCode) -> String {
    units::path(code, Era::Since2025).unwrap_or_else(|| code.to_string())
}

fn address(a: &Address) -> String {
    let detail = Some(a.detail.clone()).filter(|detail| !detail.is_empty());
    let place = match (a.new_unit, a.old_unit) {
        (Some(new), _) => Some(unit(new)),
        (None, Some(old)) => units::path(old, Era::Before2025),
        (None, None) => Some(a.text.clone()).filter(|text| !text.is_empty()),
    };
    detail.into_iter().chain(place).collect::<Vec<_>>().join(", ")
}

/// Figures that keep their width.
pub(super) fn figures(text: &str) -> Markup {
    html! { span.dancu-number { (text) } }
}

/// The number of a file as people read it out: 4829 135 071.
pub(super) fn file_number(id: i64) -> String {
    let text = format!("{id:010}");
    let (first, rest) = text.split_at(text.len() - 6);
    let (middle, last) = rest.split_at(3);
    format!("{first} {middle} {last}")
}

/// A person as far as shown.
pub(super) fn person(view: &PersonView, lang: Lang) -> SummaryList {
    let person = &view.person;
    let nations: Vec<&str> = person
        .nationalities
        .iter()
        .map(|code| countries::find(code).map_or(code.as_str(), |country| country.name.get(lang)))
        .collect();
    let name = person.name.as_ref().map_or("", |name| name.reveal());
    let mut list = SummaryList::new()
        .row(Field::FullName.text().get(lang), html! { strong { (name) } })
        .row(
            Field::PersonalNumber.text().get(lang),
            figures(&person.number.map(|number| number.reveal()).unwrap_or_default()),
        )
        .row(Field::BirthDate.text().get(lang), person.birth_date.local_text())
        .row_if(Field::Sex.text().get(lang), person.sex.map(|sex| sex.text().get(lang)))
        .row_if(Field::Nationality.text().get(lang), Some(nations.join(", ")).filter(|text| !text.is_empty()))
        .row_if(
            Field::PermanentResidence.text().get(lang),
            Some(address(&person.permanent)).filter(|text| !text.is_empty()),
        );
    for (label, relative) in [
        (Text::new("Cha", "Father"), &person.father),
        (Text::new("Mẹ", "Mother"), &person.mother),
        (Text::new("Người giám hộ", "Guardian"), &person.guardian),
    ] {
        let Some(relative) = relative else { continue };
        let kin = relative.person.and_then(|id| view.kin.get(&id));
        let name = kin.map_or(relative.name.as_ref(), |kin| kin.name.as_ref());
        list = list.row_if(label.get(lang), name.map(|name| name.reveal().to_owned()));
    }
    list
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_files_are_read_out_in_groups() {
        assert_eq!(file_number(4_829_135_071), "4829 135 071");
        assert_eq!(file_number(9_999_999_999), "9999 999 999");
    }
}
