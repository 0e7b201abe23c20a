//! Merging two records of one person (*hợp nhất hồ sơ trùng*): found by numbers or by the records' own numbers, shown
//! side by side; one is kept and takes over what the officer ticks. Annulling the act separates them again.

use super::{
    super::{
        side,
        typed::{Reader, Typed, read_number},
        visit::{Purposed, Visit},
        words,
    },
    filing::{self, Again, Sheet},
};
use crate::{
    Population,
    acts::Content,
    model::{Fact, Part, Person},
    service::{Error, Intent, PersonPage, SearchFor},
};
use access::Action;
use axum::{
    extract::{Query, State},
    response::Response,
};
use maud::{Markup, html};
use serde::Deserialize;
use vocabulary::{Invalid, PersonId, Text, kinds};
use web::{
    FormBody, Outcome,
    components::{Checkboxes, Choice, Column, Errors, Fieldset, Question, Radios, Table, TextInput, warning},
};

const TITLE: Text = Text::new("Hợp nhất hồ sơ trùng", "Merge records");
const FIRST: Text = Text::new(
    "Khi hai hồ sơ là của cùng một người. Ghi số định danh, số CMND, hoặc # và số hồ sơ, ví dụ #128. Hai hồ sơ cùng mang một số thì chỉ ghi số đó.",
    "Where two records are of one person. Give a personal or former number, or # and the number of the record, such as #128. Where both records claim one number, that number is enough.",
);
const SECOND: Text = Text::new(
    "So hai hồ sơ, chọn hồ sơ giữ lại và đánh dấu những mục lấy từ hồ sơ kia. Mọi số của cả hai vẫn tìm ra người này. Hợp nhất nhầm thì hủy được từ lịch sử.",
    "Compare the records, choose which to keep and tick what it takes over from the other. All numbers of both still find the person. A wrong merge is annulled from the history.",
);

const NOBODY: Invalid = Invalid::new(
    "merge/nobody",
    "Không tìm thấy hồ sơ nào trong địa bàn của bạn",
    "No record was found in your units",
);
const TWO: Invalid = Invalid::new(
    "merge/two",
    "Cần đúng hai hồ sơ khác nhau; nếu một số thuộc nhiều hồ sơ thì ghi # và số của từng hồ sơ",
    "Exactly two different records are needed; where a number leads to several, give # and the number of each",
);
const KEEP: Invalid = Invalid::new("merge/keep", "Chọn hồ sơ giữ lại", "Choose the record to keep");

/// The record at which the form began.
#[derive(Debug, Default, Deserialize)]
pub(super) struct With {
    with: Option<PersonId>,
}

/// The first step.
pub(super) async fn show(
    State(population): State<Population>,
    Purposed(visit): Purposed,
    Query(With { with }): Query<With>,
) -> Outcome<Markup> {
    visit.require(&population, Action::MergeRecords)?;
    let first = with.map(|id| format!("#{id}")).unwrap_or_default();
    Ok(render(&visit, &filing::begun(&visit).put("first", first), &Again::default(), None))
}

/// A step, sent.
pub(super) async fn submit(
    State(population): State<Population>,
    Purposed(visit): Purposed,
    FormBody(typed): FormBody<Typed>,
) -> Outcome<Response> {
    visit.require(&population, Action::MergeRecords)?;
    let mut reader = Reader::new(&typed);
    let mut ids = Vec::new();
    for name in ["first", "second"] {
        for id in find(&population, &visit, &mut reader, name).await? {
            if !ids.contains(&id) {
                ids.push(id);
            }
        }
    }
    let [one, other] = ids.as_slice() else {
        if reader.faults.is_empty() {
            reader.refuse("second", TWO);
        }
        let again = Again::faults(reader.faults);
        return Ok(Sheet::answer(&again, render(&visit, &typed, &again, None)));
    };
    let pair = load(&population, &visit, *one, *other).await?;
    let again = if typed.one("step").is_empty() {
        Again::default()
    } else {
        let content = read(&mut reader, &pair);
        let draft = filing::draft(&mut reader, content.map(Intent::Act));
        match reader.done(draft) {
            Err(faults) => Again::faults(faults),
            Ok(draft) => match filing::file(&population, &visit, draft, &["keep", "take"], None).await? {
                Ok(receipt) => return Ok(receipt),
                Err(again) => again,
            },
        }
    };
    let pair = if again.conflict { load(&population, &visit, *one, *other).await? } else { pair };
    Ok(Sheet::answer(&again, render(&visit, &typed, &again, Some(&pair))))
}

async fn load(
    population: &Population,
    visit: &Visit,
    one: PersonId,
    other: PersonId,
) -> Result<[PersonPage; 2], Error> {
    Ok([population.person(&visit.ask, one, None).await?, population.person(&visit.ask, other, None).await?])
}

/// The records that a field names.
async fn find(
    population: &Population,
    visit: &Visit,
    reader: &mut Reader<'_>,
    name: &str,
) -> Result<Vec<PersonId>, Error> {
    let typed = reader.typed.one(name).trim();
    if let Some(id) = typed.strip_prefix('#') {
        let found = match id.trim().parse().map(PersonId) {
            Ok(id) => match population.person(&visit.ask, id, None).await {
                Ok(_) => Some(id),
                Err(Error::Problem(problem)) if problem.kind == &kinds::NOT_FOUND => None,
                Err(error) => return Err(error),
            },
            Err(_) => None,
        };
        if found.is_none() {
            reader.refuse(name, NOBODY);
        }
        return Ok(found.into_iter().collect());
    }
    let Some(number) = reader.parsed(name, read_number) else { return Ok(Vec::new()) };
    let wanted = SearchFor { number: Some(number), ..SearchFor::default() };
    let hits = population.search(&visit.ask, &wanted).await?.hits;
    if hits.is_empty() {
        reader.refuse(name, NOBODY);
    }
    Ok(hits.into_iter().map(|view| view.person.id).collect())
}

/// The parts in which the records differ, so that something can be taken over. A number in force gives way to no other
/// by a merge: it would have to be cancelled, with a reason.
fn differing(one: &Person, other: &Person) -> Vec<Part> {
    let numbered = one.number.is_some() && other.number.is_some();
    let parts = Part::ALL.iter().copied().filter(|part| !(*part == Part::Number && numbered));
    parts.filter(|part| part.differs(&[one, other])).collect()
}

fn read(reader: &mut Reader<'_>, pair: &[PersonPage; 2]) -> Option<Content> {
    let [one, other] = pair.each_ref().map(|page| &page.person.person);
    let chosen = reader.typed.one("keep");
    let (kept, absorbed) = if chosen == one.id.to_string() {
        (one, other)
    } else if chosen == other.id.to_string() {
        (other, one)
    } else {
        reader.refuse("keep", KEEP);
        return None;
    };
    let taken = differing(one, other).into_iter().filter(|part| reader.typed.has("take", part.code()));
    let facts: Vec<Fact> = taken.flat_map(|part| part.taken(kept, absorbed)).collect();
    Some(Content::merge(kept.id, absorbed.id, facts))
}

fn render(visit: &Visit, typed: &Typed, again: &Again, pair: Option<&[PersonPage; 2]>) -> Markup {
    let lang = visit.lang();
    let errors = Errors::new(lang, &again.violations);
    let sheet = Sheet {
        title: visit.t(TITLE),
        intro: if pair.is_some() { SECOND } else { FIRST },
        action: "/desk/merges/new",
        back: ("/desk", ""),
        button: if pair.is_some() { Text::new("Hợp nhất", "Merge") } else { Sheet::CONTINUE },
    };
    let questions = html! {
        @match pair {
            None => {
                @for (name, label) in [
                    ("first", Text::new("Hồ sơ thứ nhất", "First record")),
                    ("second", Text::new("Hồ sơ thứ hai", "Second record")),
                ] {
                    (TextInput::new(Question::new(name, label.get(lang)).errors(&errors)).value(typed.one(name)).width(20))
                }
                @for part in ["day", "month", "year"] {
                    @let name = format!("effective-{part}");
                    input type="hidden" name=(name) value=(typed.one(&name));
                }
                input type="hidden" name="evidence" value=(typed.one("evidence"));
            }
            Some(pair) => (compare(visit, typed, &errors, pair)),
        }
    };
    sheet.page(visit, again, &errors, questions)
}

/// The records side by side, and the choices.
fn compare(visit: &Visit, typed: &Typed, errors: &Errors<'_>, pair: &[PersonPage; 2]) -> Markup {
    let lang = visit.lang();
    let [one, other] = pair.each_ref().map(|page| &page.person.person);
    let record = |p: &Person| lang.pick(format!("Hồ sơ số {}", p.id), format!("Record no. {}", p.id));
    let differing = differing(one, other);
    let mut table = Table::new(
        lang.pick("Hai hồ sơ", "The two records"),
        [Column::new(lang.pick("Mục", "Field")), Column::new(record(one)), Column::new(record(other))],
    );
    for part in Part::ALL.iter().filter(|part| [one, other].iter().any(|p| !part.stated(p).is_empty())) {
        let [left, right] = pair.each_ref().map(|page| side::value(&page.person, *part, lang));
        table.row([html! { (side::label(*part, lang)) }, left, right]);
    }
    let keep = pair.each_ref().map(|page| {
        let p = &page.person.person;
        let acts =
            lang.pick(format!("{} biến động", page.history.len()), format!("{} acts", page.history.len()));
        Choice::new(p.id.to_string(), format!("{}: {}", record(p), words::who(p, lang)))
            .hint(acts)
            .chosen(typed.one("keep") == p.id.to_string())
    });
    let take = differing.iter().map(|part| {
        Choice::new(part.code(), side::label(*part, lang)).chosen(typed.has("take", part.code()))
    });
    html! {
        (table)
        @if one.number.is_some() && other.number.is_some() && one.number != other.number {
            (warning(lang, lang.pick(
                "Mỗi hồ sơ có một số định danh khác nhau. Số của hồ sơ giữ lại còn hiệu lực; hủy số kia nếu đã cấp nhầm.",
                "The records have different personal numbers. That of the record kept stays in force; cancel the other if it was issued by mistake.",
            )))
        }
        (Fieldset::new(lang.pick("Hợp nhất", "The merge"), html! {
            (Radios::new(Question::new("keep", lang.pick("Giữ lại hồ sơ nào?", "Which record is kept?")).errors(errors), keep))
            @if !differing.is_empty() {
                (Checkboxes::new(Question::new("take", lang.pick("Lấy từ hồ sơ kia các mục nào?", "What is taken over from the other?"))
                    .hint(lang.pick("Mục không đánh dấu giữ như hồ sơ giữ lại", "What is not ticked stays as in the record kept"))
                    .errors(errors), take))
            }
            (filing::when_and_why(visit, Some(Text::new("Ngày hợp nhất", "Day of the merge")), typed, errors))
        }))
        input type="hidden" name="step" value="compare";
        input type="hidden" name="first" value={ "#" (one.id) };
        input type="hidden" name="second" value={ "#" (other.id) };
        (filing::seen(one.id, one.version))
        (filing::seen(other.id, other.version))
    }
}
