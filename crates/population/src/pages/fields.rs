//! The released fields of a person, grouped as people look for them.

use super::words;
use crate::{
    model::{LifeStatus, Residence, ResidenceKind},
    sealed::PersonView,
};
use maud::{Markup, html};
use vocabulary::{Address, Field, FieldSet, Lang, PartialDate, Text};
use web::components::{Color, SummaryList, Tag};

/// Fields that belong together, under a heading.
pub(super) struct Group {
    /// The heading.
    pub title: Text,
    /// The fields, in order.
    pub fields: &'static [Field],
}

/// The groups of a person's page.
pub(super) const GROUPS: &[Group] = &[
    Group {
        title: Text::new("Nhân thân", "Identity"),
        fields: &[
            Field::PersonalNumber,
            Field::FormerNumbers,
            Field::Card,
            Field::FullName,
            Field::OtherName,
            Field::BirthDate,
            Field::Sex,
            Field::BirthPlace,
            Field::BirthRegistration,
            Field::Hometown,
            Field::Ethnicity,
            Field::Religion,
            Field::Nationality,
            Field::BloodGroup,
            Field::Occupation,
            Field::LifeStatus,
        ],
    },
    Group {
        title: Text::new("Cư trú", "Residence"),
        fields: &[
            Field::PermanentResidence,
            Field::TemporaryResidence,
            Field::CurrentResidence,
            Field::TemporaryAbsence,
            Field::Stays,
        ],
    },
    Group { title: Text::new("Hộ", "Household"), fields: &[Field::Household, Field::RelationToHead] },
    Group {
        title: Text::new("Gia đình", "Family"),
        fields: &[Field::MaritalStatus, Field::Spouse, Field::Parents, Field::Children, Field::Guardian],
    },
    Group { title: Text::new("Liên hệ", "Contact"), fields: &[Field::Contact] },
];

const NOT_RECORDED: Text = Text::new("Chưa có thông tin", "Not recorded");

/// A group as far as it was released; nothing where nothing of it was.
pub(super) fn group(group: &Group, view: &PersonView, lang: Lang) -> Markup {
    if !group.fields.iter().any(|f| view.shown.has(*f)) {
        return html! {};
    }
    html! {
        section.dancu-group {
            h2.govuk-heading-m { (group.title.get(lang)) }
            (list(group.fields, view, lang))
        }
    }
}

/// Released fields as keys and values; those of which nothing is recorded stand together in the last row.
fn list(fields: &[Field], view: &PersonView, lang: Lang) -> SummaryList {
    let (mut list, mut blank) = (SummaryList::new(), Vec::new());
    for field in fields.iter().filter(|f| view.shown.has(**f)) {
        match value(*field, view, lang) {
            Some(value) => list = list.row(field.text().get(lang), value),
            None => blank.push(*field),
        }
    }
    let blank: FieldSet = blank.into_iter().collect();
    let blank = (!blank.is_empty()).then(|| html! { span.dancu-muted { (names(blank, lang)) } });
    list.row_if(NOT_RECORDED.get(lang), blank)
}

/// The fields that a person's page could show but did not.
pub(super) fn withheld(shown: FieldSet) -> FieldSet {
    GROUPS.iter().flat_map(|g| g.fields.iter().copied()).collect::<FieldSet>().without(shown)
}

/// Names of fields with commas between them.
pub(super) fn names(fields: FieldSet, lang: Lang) -> String {
    fields.iter().map(|f| f.text().get(lang)).collect::<Vec<_>>().join("; ")
}

/// What is recorded of a field.
fn value(field: Field, view: &PersonView, lang: Lang) -> Option<Markup> {
    let p = &view.person;
    let text = |t: Option<&str>| t.filter(|t| !t.is_empty()).map(|t| html! { (t) });
    let place = |a: &Address| (!a.is_empty()).then(|| words::address(a, lang));
    match field {
        Field::PersonalNumber => {
            (p.number.is_some() || !p.past_numbers.is_empty()).then(|| numbers(view, lang))
        }
        Field::FormerNumbers => (!p.former_numbers.is_empty()).then(|| {
            html! {
                @for claim in &p.former_numbers {
                    div {
                        (words::figures(claim.number.reveal()))
                        @if !claim.issuer.is_empty() || !claim.from.is_unknown() || !claim.until.is_unknown() {
                            span.dancu-provenance {
                                (claim.issuer)
                                @if !claim.from.is_unknown() { " " (lang.pick("cấp", "issued")) " " (claim.from.local_text()) }
                                @if !claim.until.is_unknown() { " " (lang.pick("đến", "until")) " " (claim.until.local_text()) }
                            }
                        }
                    }
                }
            }
        }),
        Field::Card => p.card.as_ref().map(|card| {
            let issued = words::date(card.issued_on, lang);
            let ended = p.life.is_alive() && !card.holds_on(PartialDate::today());
            html! {
                (lang.pick("Cấp ngày ", "Issued ")) (words::figures(issued))
                span.dancu-provenance {
                    @if card.expires_on.is_unknown() { (lang.pick("Không thời hạn", "Without limit")) }
                    @else { (lang.pick("Có giá trị đến ", "Valid until ")) (card.expires_on.local_text()) }
                    @if ended { " · " (lang.pick("đã hết hạn", "expired")) }
                    @if !card.issuer.is_empty() { " · " (card.issuer) }
                }
            }
        }),
        Field::FullName => p.name.as_ref().map(|n| html! { strong { (n.reveal()) } }),
        Field::OtherName => (!p.other_names.is_empty())
            .then(|| html! { @for n in &p.other_names { div { (n.reveal()) } } }),
        Field::BirthDate => (!p.birth_date.is_unknown()).then(|| {
            let age = p.birth_date.age_at(PartialDate::today()).filter(|_| p.life.is_alive());
            html! {
                (words::figures(p.birth_date.local_text()))
                @if let Some(age) = age { " (" (age) " " (lang.pick("tuổi", "years old")) ")" }
            }
        }),
        Field::Sex => p.sex.map(|s| html! { (s.text().get(lang)) }),
        Field::BirthPlace => place(&p.birth_place),
        Field::BirthRegistration => place(&p.birth_registration),
        Field::Hometown => place(&p.hometown),
        Field::Ethnicity => p.ethnicity.as_deref().map(|e| html! { (words::ethnicity(e)) }),
        Field::Religion => text(p.religion.as_deref()),
        Field::Nationality => {
            (!p.nationalities.is_empty()).then(|| html! { (words::nationalities(&p.nationalities, lang)) })
        }
        Field::BloodGroup => p.blood_group.map(|b| html! { (b.label()) }),
        Field::MaritalStatus => p.marital_status.map(|m| html! { (m.text().get(lang)) }),
        Field::Occupation => text(p.occupation.as_deref()),
        Field::PermanentResidence => place(&p.permanent),
        Field::CurrentResidence => place(&p.current),
        Field::TemporaryResidence => residences(view, ResidenceKind::Temporary, lang),
        Field::TemporaryAbsence => residences(view, ResidenceKind::Absence, lang),
        Field::Stays => residences(view, ResidenceKind::Stay, lang),
        Field::Household => p.household.map(|household| {
            html! {
                a.govuk-link href={ "/desk/households/" (household) } { (lang.pick("Hộ số", "Household no.")) " " (household) }
                @for head in &view.heads {
                    @if let Some(kin) = view.kin.get(head) {
                        div { (lang.pick("Chủ hộ: ", "Head: ")) (words::kin(*head, kin, lang)) }
                    } @else if *head == p.id {
                        div { (lang.pick("Là chủ hộ", "Is the head")) }
                    }
                }
                @if view.heads.is_empty() { div.dancu-muted { (lang.pick("Hộ chưa có chủ hộ", "The household has no head")) } }
            }
        }),
        Field::RelationToHead => p.relation.map(|r| html! { (r.text().get(lang)) }),
        Field::Parents => (p.father.is_some() || p.mother.is_some()).then(|| {
            html! {
                @if let Some(father) = &p.father { div { (lang.pick("Cha: ", "Father: ")) (words::relative(father, view, lang)) } }
                @if let Some(mother) = &p.mother { div { (lang.pick("Mẹ: ", "Mother: ")) (words::relative(mother, view, lang)) } }
            }
        }),
        Field::Spouse => p.spouse.as_ref().map(|s| words::relative(s, view, lang)),
        Field::Children => (!view.children.is_empty()).then(|| {
            html! {
                @for id in &view.children {
                    div {
                        @match view.kin.get(id) {
                            Some(kin) => (words::kin(*id, kin, lang)),
                            None => (words::somebody(*id, view, lang)),
                        }
                    }
                }
            }
        }),
        Field::Guardian => p.guardian.as_ref().map(|g| words::relative(g, view, lang)),
        Field::LifeStatus => Some(life(view, lang)),
        Field::Contact => (!p.contact.is_empty()).then(|| {
            html! {
                @for phone in &p.contact.phones { div { (words::figures(phone)) } }
                @for email in &p.contact.emails { div { (email) } }
            }
        }),
        Field::ResidenceFile | Field::HouseholdMembers | Field::History | Field::AccessLog | Field::Findings => None,
    }
}

fn numbers(view: &PersonView, lang: Lang) -> Markup {
    let p = &view.person;
    html! {
        @if let Some(number) = p.number { strong { (words::figures(number.reveal())) } }
        @for past in &p.past_numbers {
            span.dancu-provenance {
                (lang.pick("Đã hủy: ", "Cancelled: ")) (words::figures(past.number.reveal()))
                @if !past.until.is_unknown() { " (" (past.until.local_text()) ")" }
                @if !past.reason.is_empty() { " – " (past.reason) }
            }
        }
    }
}

/// Whether somebody lives, in words.
fn life(view: &PersonView, lang: Lang) -> Markup {
    match view.person.life {
        LifeStatus::Alive => html! { (LifeStatus::Alive.text().get(lang)) },
        LifeStatus::Dead { on } => html! { (lang.pick("Đã chết", "Died")) ", " (words::date(on, lang)) },
        LifeStatus::Missing { since } => {
            html! { (lang.pick("Mất tích từ", "Missing since")) " " (words::date(since, lang)) }
        }
    }
}

/// The tag of somebody who does not live, or of whom it is not known.
pub(super) fn life_tag(life: LifeStatus, lang: Lang) -> Option<Tag<'static>> {
    match life {
        LifeStatus::Alive => None,
        LifeStatus::Dead { .. } => Some(Tag::new(Color::Grey, life.text().get(lang))),
        LifeStatus::Missing { .. } => Some(Tag::new(Color::Yellow, life.text().get(lang))),
    }
}

/// The records of one kind, the latest first; those that have ended are said to have.
fn residences(view: &PersonView, kind: ResidenceKind, lang: Lang) -> Option<Markup> {
    let today = PartialDate::today();
    let mut records: Vec<&Residence> = view.person.residences.iter().filter(|r| r.kind == kind).collect();
    records.reverse();
    (!records.is_empty()).then(|| {
        html! {
            @for r in records {
                div.dancu-item {
                    (words::address(&r.address, lang))
                    span.dancu-provenance {
                        (lang.pick("Từ", "From")) " " (words::date(r.from, lang))
                        @if !r.until.is_unknown() { " " (lang.pick("đến", "to")) " " (r.until.local_text()) }
                        @if !r.ended && !r.holds_on(today) && r.from.earliest() <= today.packed() {
                            " · " (lang.pick("đã hết hạn", "expired"))
                        } @else if r.ended {
                            " · " (lang.pick("đã kết thúc", "ended"))
                        }
                    }
                }
            }
        }
    })
}
