//! Acts in words: what happened, and the timeline of a record.

use super::words;
use crate::{
    acts::{Act, Content, Member},
    fold,
    model::{Fact, Household, LifeStatus, Relative},
    sealed::{PersonRecord, PersonView},
};
use maud::{Markup, html};
use vocabulary::{Address, HouseholdId, Lang, PartialDate, PersonId};
use web::components::{Color, Event, Tag, Timeline};

/// The acts of a person, those recorded last first. `annul` says whether each act in force gets a link to annul it.
pub(super) fn timeline(view: &PersonView, history: &[Act], annul: bool, lang: Lang) -> Markup {
    let words = Words { record: view, lang };
    let mut acts: Vec<&Act> = history.iter().collect();
    acts.sort_by_key(|act| std::cmp::Reverse(act.seq));
    let events = acts.into_iter().map(|act| {
        let stands = fold::stands(act.seq, history);
        let when = if act.effective.is_unknown() {
            lang.pick("Ngày hiệu lực chưa rõ", "Effective date not known").to_owned()
        } else {
            format!("{} {}", lang.pick("Hiệu lực", "Effective"), act.effective.local_text())
        };
        let undo = annul && stands && act.content.annuls().is_none();
        let body = html! {
            (words.content(&act.content))
            @if undo {
                p class="dancu-timeline__who dancu-no-print" {
                    a.govuk-link href={ (words::person_path(view.person.id)) "/annul/" (act.seq) } {
                        (lang.pick("Hủy biến động ghi sai này", "Annul this act"))
                        span.govuk-visually-hidden { ": " (act.content.kind().1.get(lang)) ", " (act.effective.local_text()) }
                    }
                }
            }
        };
        let who = format!(
            "{} {} · {} · {}: {} · {} {}",
            lang.pick("Ghi lúc", "Recorded"),
            words::time(act.recorded),
            words::actor(&act.by, act.recorded, lang),
            lang.pick("Căn cứ", "Evidence"),
            act.evidence,
            lang.pick("Biến động số", "Act no."),
            act.seq,
        );
        let event = Event::new(when, act.content.kind().1.get(lang)).body(body).who(who).superseded(!stands);
        if stands { event } else { event.tag(Tag::new(Color::Grey, lang.pick("Đã bị hủy", "Annulled"))) }
    });
    html! { (Timeline::new(events)) }
}

/// Says acts; names are those that the record at hand knows.
pub(super) struct Words<'a> {
    /// Whose page it is.
    pub record: &'a PersonRecord,
    /// In which language.
    pub lang: Lang,
}

impl Words<'_> {
    fn pick(&self, vi: &'static str, en: &'static str) -> &'static str {
        self.lang.pick(vi, en)
    }

    fn person(&self, id: PersonId) -> Markup {
        words::somebody(id, self.record, self.lang)
    }

    fn persons(&self, ids: &[PersonId]) -> Markup {
        html! { @for (at, id) in ids.iter().enumerate() { @if at > 0 { ", " } (self.person(*id)) } }
    }

    fn members(&self, members: &[Member]) -> Markup {
        html! {
            @for (at, m) in members.iter().enumerate() {
                @if at > 0 { ", " }
                (self.person(m.person)) " (" (m.relation.text().get(self.lang)) ")"
            }
        }
    }

    fn household(&self, id: HouseholdId) -> Markup {
        html! { a.govuk-link href={ "/desk/households/" (id) } { (self.pick("hộ số ", "household no. ")) (id) } }
    }

    fn relative(&self, relative: &Relative) -> Markup {
        match relative.person {
            Some(id) => self.person(id),
            None => words::relative(relative, self.record, self.lang),
        }
    }

    fn place(&self, a: &Address) -> String {
        words::address_line(a, self.lang)
    }

    /// What an act did.
    pub fn content(&self, content: &Content) -> Markup {
        match content {
            Content::Registration { facts, .. } | Content::Correction { facts, .. } => self.facts(facts),
            Content::Birth { facts, household, address, .. } => html! {
                (self.facts(facts))
                @if let Some(household) = household {
                    div { (self.pick("Nhập vào ", "Joined ")) (self.household(*household)) ": " (self.place(address)) }
                }
            },
            Content::Death { spouse, .. } => html! {
                @if let Some(spouse) = spouse { (self.pick("Vợ, chồng còn sống: ", "Surviving spouse: ")) (self.person(*spouse)) }
            },
            Content::Disappearance { .. } | Content::Reappearance { .. } => html! {},
            Content::Marriage { first, second } => {
                html! { (self.person(*first)) " – " (self.relative(second)) }
            }
            Content::Divorce { first, second } => html! {
                (self.person(*first)) @if let Some(second) = second { " – " (self.person(*second)) }
            },
            Content::Adoption { father, mother, .. } => html! {
                @if let Some(f) = father { div { (self.pick("Cha nuôi: ", "Adoptive father: ")) (self.relative(f)) } }
                @if let Some(m) = mother { div { (self.pick("Mẹ nuôi: ", "Adoptive mother: ")) (self.relative(m)) } }
            },
            Content::Guardianship { guardian, .. } => html! {
                @match guardian {
                    Some(g) => { (self.pick("Người giám hộ: ", "Guardian: ")) (self.relative(g)) }
                    None => (self.pick("Chấm dứt giám hộ", "Guardianship ended")),
                }
            },
            Content::ContactChange { contact, .. } => html! {
                (contact.phones.iter().chain(&contact.emails).cloned().collect::<Vec<_>>().join(", "))
            },
            Content::NumberIssued { number, .. } => words::figures(number.reveal()),
            Content::NumberCancelled { number, replaced_by, reason, .. } => html! {
                (words::figures(number.reveal()))
                @if let Some(other) = replaced_by { " → " (words::figures(other.reveal())) }
                div { (self.pick("Lý do: ", "Reason: ")) (reason) }
            },
            Content::FormerNumberAdded { claim, .. } => words::figures(claim.number.reveal()),
            Content::Move { members, household, address } => html! {
                (self.members(members)) div { "→ " (self.household(*household)) ": " (self.place(address)) }
            },
            Content::ResidenceEnded { persons, reason } => html! {
                (self.persons(persons)) div { (self.pick("Lý do: ", "Reason: ")) (reason) }
            },
            Content::TemporaryResidence { persons, address, until }
            | Content::Stay { persons, address, until } => html! {
                (self.persons(persons))
                div { (self.place(address)) " · " (self.pick("đến hết ", "until ")) (words::date(*until, self.lang)) }
            },
            Content::TemporaryResidenceEnded { persons } | Content::AbsenceEnded { persons } => {
                self.persons(persons)
            }
            Content::Absence { persons, address, until, reason } => html! {
                (self.persons(persons))
                div {
                    (self.pick("Đi: ", "Gone to: ")) (self.place(address)) " · "
                    (self.pick("đến hết ", "until ")) (words::date(*until, self.lang))
                }
                div { (self.pick("Lý do: ", "Reason: ")) (reason) }
            },
            Content::HouseholdFormed { household, address, members, .. } => html! {
                (self.household(*household)) ": " (self.place(address)) div { (self.members(members)) }
            },
            Content::HouseholdSplit { from, to, address, members } => html! {
                (self.household(*from)) " → " (self.household(*to)) ": " (self.place(address)) div { (self.members(members)) }
            },
            Content::HouseholdMerged { from, into, members, .. } => html! {
                (self.household(*from)) " → " (self.household(*into)) div { (self.members(members)) }
            },
            Content::HeadChanged { household, members } => html! {
                (self.household(*household)) div { (self.members(members)) }
            },
            Content::HouseholdClosed { household } => self.household(*household),
            Content::Merge { kept, absorbed, facts, residences, .. } => html! {
                div { (self.merged(*kept, *absorbed)) }
                (self.facts(facts))
                @for r in residences {
                    div { (r.kind.text().get(self.lang)) ": " (self.place(&r.address)) " · " (self.pick("đến hết ", "until ")) (words::date(r.until, self.lang)) }
                }
            },
            Content::Unmerge { kept, absorbed, .. } => self.merged(*kept, *absorbed),
            Content::Annulment { act, reason, .. } => html! {
                (self.pick("Hủy biến động số ", "Annuls act no. ")) (act)
                div { (self.pick("Lý do: ", "Reason: ")) (reason) }
            },
        }
    }

    /// The records of a merge; the one that ended is read as of today.
    fn merged(&self, kept: PersonId, absorbed: PersonId) -> Markup {
        let past = format!("{}?on={}", words::person_path(absorbed), PartialDate::today().iso());
        html! {
            (self.pick("Hồ sơ giữ lại: ", "Record kept: ")) a.govuk-link href=(words::person_path(kept)) { (kept) } " · "
            (self.pick("hồ sơ nhập vào: ", "record absorbed: ")) a.govuk-link href=(past) { (absorbed) }
        }
    }

    /// What facts state, without their names, one below the other.
    pub fn values(&self, facts: &[Fact]) -> Markup {
        html! { @for value in facts.iter().filter_map(|fact| self.fact(fact)) { div { (value) } } }
    }

    fn facts(&self, facts: &[Fact]) -> Markup {
        html! {
            ul.dancu-facts {
                @for fact in facts {
                    @if let Some(value) = self.fact(fact) { li { (self.label(fact)) ": " (value) } }
                }
            }
        }
    }

    /// The name of what a fact states.
    pub fn label(&self, fact: &Fact) -> &'static str {
        match fact {
            Fact::Father(_) => self.pick("Cha", "Father"),
            Fact::Mother(_) => self.pick("Mẹ", "Mother"),
            other => other.field().text().get(self.lang),
        }
    }

    /// What a fact states; parts of names say nothing that the name does not.
    fn fact(&self, fact: &Fact) -> Option<Markup> {
        let lang = self.lang;
        let cleared = || html! { em { (self.pick("để trống", "left blank")) } };
        let text =
            |t: Option<String>| Some(t.filter(|t| !t.is_empty()).map_or_else(cleared, |t| html! { (t) }));
        let relative = |r: &Option<Relative>| Some(r.as_ref().map_or_else(cleared, |r| self.relative(r)));
        let place = |a: &Address| text(Some(self.place(a)));
        match fact {
            Fact::NameParts(_) => None,
            Fact::Name(n) => text(n.as_ref().map(|n| n.reveal().to_owned())),
            Fact::OtherNames(names) => {
                text(Some(names.iter().map(|n| n.reveal()).collect::<Vec<_>>().join(", ")))
            }
            Fact::BirthDate(d) => Some(words::figures(words::date(*d, lang))),
            Fact::Sex(s) => text(s.map(|s| s.text().get(lang).to_owned())),
            Fact::BirthPlace(a)
            | Fact::BirthRegistration(a)
            | Fact::Hometown(a)
            | Fact::Permanent(a)
            | Fact::Current(a) => place(a),
            Fact::Ethnicity(e) => text(e.as_deref().map(words::ethnicity)),
            Fact::Religion(t) | Fact::Occupation(t) => text(t.clone()),
            Fact::Nationalities(codes) => text(Some(words::nationalities(codes, lang))),
            Fact::BloodGroup(b) => text(b.map(|b| b.label().to_owned())),
            Fact::MaritalStatus(m) => text(m.map(|m| m.text().get(lang).to_owned())),
            Fact::Father(r) | Fact::Mother(r) | Fact::Spouse(r) | Fact::Guardian(r) => relative(r),
            Fact::FormerNumbers(claims) => {
                text(Some(claims.iter().map(|c| c.number.reveal()).collect::<Vec<_>>().join(", ")))
            }
            Fact::Card(card) => text(card.as_ref().map(|card| words::card(card, lang))),
            Fact::Number(n) => text(n.map(|n| n.reveal())),
            Fact::Household(h) => Some(h.map_or_else(cleared, |h| self.household(h))),
            Fact::Relation(r) => text(r.map(|r| r.text().get(lang).to_owned())),
            Fact::Contact(c) => {
                text(Some(c.phones.iter().chain(&c.emails).cloned().collect::<Vec<_>>().join(", ")))
            }
            Fact::Life(life) => text(Some(match life {
                LifeStatus::Alive => life.text().get(lang).to_owned(),
                LifeStatus::Dead { on: date } | LifeStatus::Missing { since: date } => {
                    format!("{}, {}", life.text().get(lang), words::date(*date, lang))
                }
            })),
        }
    }
}

/// A household in one line, as lists of choices name it.
pub(super) fn household_line(household: &Household, lang: Lang) -> String {
    format!(
        "{} {}: {}",
        lang.pick("Hộ số", "Household no."),
        household.id,
        words::address_line(&household.address, lang)
    )
}
