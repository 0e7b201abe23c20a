//! What one lets another do, for oneself or for an organisation: who, what may be shared, until when.

use crate::model::{Scope, Scopes};
use maud::{Markup, html};
use vocabulary::{Invalid, Lang, Moment, PartialDate, PersonalNumber, Text, Violation};
use web::components::{Checkboxes, Choice, Errors, Question, TextInput};

/// The application that stands for all of them.
pub(super) fn every_application(lang: Lang, chosen: &str) -> Choice {
    Choice::new("", lang.pick("Mọi ứng dụng", "Every application")).chosen(chosen.is_empty())
}

/// What may be shared, until when, and the password of who entrusts it. `words` says what each scope is.
pub(super) fn questions(
    lang: Lang,
    scopes: &[Scope],
    words: fn(Scope) -> Text,
    (scope, until): (&[String], &str),
    errors: &Errors<'_>,
) -> Markup {
    let scopes = scopes.iter().map(|one| {
        Choice::new(one.name(), words(*one).get(lang)).chosen(scope.iter().any(|name| name == one.name()))
    });
    html! {
        (Checkboxes::new(Question::new("scope", lang.pick("Ngoài việc đăng nhập, được chia sẻ", "Besides signing in, may share")).errors(errors), scopes))
        (TextInput::new(Question::new("until", lang.pick("Đến hết ngày", "Until the end of")).hint(lang.pick("Nhiều nhất một năm. Ví dụ 31/12/2026", "A year at most. Such as 31/12/2026")).errors(errors)).value(until).width(10).max(10))
        (TextInput::new(Question::new("password", lang.pick("Mật khẩu của bạn", "Your password")).errors(errors)).password())
    }
}

/// Who, what may be shared of these, and the last day.
pub(super) fn read(
    number: &str,
    scopes: &[Scope],
    scope: &[String],
    until: &str,
) -> Result<(PersonalNumber, Scopes, PartialDate), Vec<Violation>> {
    let mut wrong = Vec::new();
    let mut note = |invalid: Invalid, field: &str| wrong.push(invalid.at(field));
    let number = PersonalNumber::parse(number).map_err(|i| note(i, "number")).ok();
    let until = PartialDate::parse(until).map_err(|i| note(i, "until")).ok();
    let named = |one: &&Scope| scope.iter().any(|name| name == one.name());
    let scopes = Scopes::of(scopes.iter().filter(named).copied().collect());
    match (number, until) {
        (Some(number), Some(until)) => Ok((number, scopes, until)),
        _ => Err(wrong),
    }
}

/// What may be shared, as a list says it; nothing but the sign-in where that is all.
pub(super) fn shared(lang: Lang, scopes: &[Scope], agreed: &Scopes, words: fn(Scope) -> Text) -> String {
    let some: Vec<&str> =
        scopes.iter().filter(|one| agreed.has(**one)).map(|one| words(*one).get(lang)).collect();
    match some.is_empty() {
        true => lang.pick("chỉ đăng nhập", "the sign-in alone").to_owned(),
        false => some.join("; "),
    }
}

/// The day of a moment, as people write it.
pub(super) fn day(moment: Moment) -> String {
    moment.local_text().chars().take(10).collect()
}
