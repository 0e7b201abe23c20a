//! Annulling an act that was wrong: the record becomes what it would be without it, and both acts stay in the history.

use super::{
    super::{
        history::Words,
        typed::{Reader, Typed},
        visit::{Purposed, Visit},
        words,
    },
    filing::{self, Again, Sheet},
};
use crate::{
    Population,
    acts::{Act, Content},
    fold,
    problems::NOT_IN_FORCE,
    service::{Intent, PersonPage},
};
use access::Action;
use axum::{
    extract::{Path, State},
    response::Response,
};
use maud::{Markup, html};
use vocabulary::{ActSeq, PersonId, Problem, Text};
use web::{
    FormBody, Outcome,
    components::{Errors, Question, SummaryList, TextInput, warning},
};

const TITLE: Text = Text::new("Hủy biến động ghi sai", "Annul an act");
const INTRO: Text = Text::new(
    "Chỉ hủy khi biến động bị ghi nhầm. Nếu thông tin đúng lúc đó và nay thay đổi, hãy ghi biến động mới.",
    "Only for an act recorded by mistake. Where it was right then and things have changed since, record a new act.",
);

/// The act on the page, where it is in force.
fn standing(page: &PersonPage, seq: ActSeq) -> Result<&Act, Problem> {
    let act = page.history.iter().find(|act| act.seq == seq && fold::stands(seq, &page.history));
    act.filter(|act| act.content.annuls().is_none()).ok_or_else(|| Problem::new(&NOT_IN_FORCE))
}

/// The form.
pub(super) async fn show(
    State(population): State<Population>,
    Purposed(visit): Purposed,
    Path((id, seq)): Path<(PersonId, ActSeq)>,
) -> Outcome<Markup> {
    visit.require(&population, Action::CorrectRecord)?;
    let page = population.person(&visit.ask, id, None).await?;
    let act = standing(&page, seq)?;
    Ok(render(&visit, &page, act, &filing::begun(&visit), &Again::default()))
}

/// The form, sent.
pub(super) async fn submit(
    State(population): State<Population>,
    Purposed(visit): Purposed,
    Path((id, seq)): Path<(PersonId, ActSeq)>,
    FormBody(typed): FormBody<Typed>,
) -> Outcome<Response> {
    let page = population.person(&visit.ask, id, None).await?;
    let act = standing(&page, seq)?;
    let mut reader = Reader::new(&typed);
    let reason = reader.required("reason", 200);
    let touched = act.content.touched();
    let content = match act.content {
        Content::Merge { kept, absorbed, .. } => Content::unmerge(seq, kept, absorbed),
        _ => Content::Annulment {
            act: seq,
            persons: touched.persons.into_vec(),
            households: touched.households.into_vec(),
            reason,
        },
    };
    let draft = filing::draft(&mut reader, Some(Intent::Act(content)));
    let again = match reader.done(draft) {
        Err(faults) => Again::faults(faults),
        Ok(draft) => match filing::file(&population, &visit, draft, &["reason"], None).await? {
            Ok(receipt) => return Ok(receipt),
            Err(again) => again,
        },
    };
    if again.conflict {
        let page = population.person(&visit.ask, id, None).await?;
        let act = standing(&page, seq)?;
        return Ok(Sheet::answer(&again, render(&visit, &page, act, &typed, &again)));
    }
    Ok(Sheet::answer(&again, render(&visit, &page, act, &typed, &again)))
}

fn render(visit: &Visit, page: &PersonPage, act: &Act, typed: &Typed, again: &Again) -> Markup {
    let lang = visit.lang();
    let errors = Errors::new(lang, &again.violations);
    let p = &page.person.person;
    let path = words::person_path(p.id);
    let name = words::name(p.name.as_ref(), lang);
    let sheet = Sheet {
        title: visit.t(TITLE),
        intro: INTRO,
        action: &format!("{path}/annul/{}", act.seq),
        back: (&path, &name),
        button: Text::new("Hủy biến động này", "Annul this act"),
    };
    let words = Words { record: &page.person, lang };
    let others = act.content.touched().persons.len() > 1;
    let questions = html! {
        (SummaryList::new()
            .row(lang.pick("Biến động", "Act"), html! { strong { (act.content.kind().1.get(lang)) } " · " (lang.pick("số", "no.")) " " (act.seq) })
            .row(lang.pick("Nội dung", "What it says"), words.content(&act.content))
            .row(lang.pick("Hiệu lực", "Effective"), words::figures(words::date(act.effective, lang)))
            .row(lang.pick("Ghi lúc", "Recorded"), words::figures(words::time(act.recorded)))
            .row(lang.pick("Người ghi", "By"), html! { (words::actor(&act.by, act.recorded, lang)) })
            .row(lang.pick("Căn cứ", "Evidence"), html! { (act.evidence) }))
        @if others {
            (warning(lang, lang.pick("Biến động này liên quan nhiều người; hủy thì hồ sơ của tất cả trở lại như trước.", "The act concerns several people; annulling it takes all their records back.")))
        }
        (filing::seen(p.id, p.version))
        (TextInput::new(Question::new("reason", lang.pick("Vì sao hủy?", "Why is it annulled?")).errors(&errors)).value(typed.one("reason")))
        (filing::when_and_why(visit, Some(Text::new("Ngày hủy", "Day of annulment")), typed, &errors))
    };
    sheet.page(visit, again, &errors, questions)
}
