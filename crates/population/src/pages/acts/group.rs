//! The acts of residence and household as forms over a [`Circle`] of people.

use super::{
    super::{
        typed::{Reader, Typed},
        visit::{Purposed, Visit},
    },
    circle::{Circle, Listed, Source, read_numbers},
    filing::{self, Again, Sheet},
    party::{self, Found},
    place::{self, PlaceInput},
};
use crate::{
    Population,
    acts::{Content, Member},
    model::{Relation, Residence, ResidenceKind},
    service::{Error, Intent, NEW_HOUSEHOLD},
};
use access::Action;
use axum::{
    extract::{Path, State},
    response::Response,
};
use maud::{Markup, html};
use vocabulary::{Address, HouseholdId, Invalid, Lang, PartialDate, PersonId, Text, Violation};
use web::{
    Failure, FormBody, Outcome,
    components::{Choice, DateInput, Errors, Question, Radios, TextInput},
};

/// An act over several people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum GroupAct {
    Permanent,
    Temporary,
    Extend,
    TemporaryEnd,
    Absence,
    Return,
    Stay,
    End,
    Split,
    Merge,
    Head,
    Close,
}

use GroupAct::{
    Absence, Close, End, Extend, Head, Merge, Permanent, Return, Split, Stay, Temporary, TemporaryEnd,
};

impl GroupAct {
    /// All of them, the commonest first.
    pub const ALL: &'static [GroupAct] =
        &[Temporary, Extend, TemporaryEnd, Permanent, End, Absence, Return, Stay, Split, Head, Merge, Close];

    /// Its place in addresses.
    pub const fn slug(self) -> &'static str {
        match self {
            Permanent => "permanent",
            Temporary => "temporary",
            Extend => "extend",
            TemporaryEnd => "end-temporary",
            Absence => "absence",
            Return => "return",
            Stay => "stay",
            End => "end",
            Split => "split",
            Merge => "merge",
            Head => "head",
            Close => "close",
        }
    }

    pub fn of(slug: &str) -> Option<GroupAct> {
        GroupAct::ALL.iter().copied().find(|act| act.slug() == slug)
    }

    /// Its name.
    pub const fn title(self) -> Text {
        match self {
            Permanent => Text::new("Đăng ký thường trú", "Register permanent residence"),
            Temporary => Text::new("Đăng ký tạm trú", "Register temporary residence"),
            Extend => Text::new("Gia hạn tạm trú", "Extend temporary residence"),
            TemporaryEnd => Text::new("Xóa đăng ký tạm trú", "End temporary residence"),
            Absence => Text::new("Khai báo tạm vắng", "Declare an absence"),
            Return => Text::new("Trở về sau tạm vắng", "Return from absence"),
            Stay => Text::new("Thông báo lưu trú", "Notify a stay"),
            End => Text::new("Xóa đăng ký thường trú", "End permanent residence"),
            Split => Text::new("Tách hộ", "Split the household"),
            Merge => Text::new("Nhập hộ này vào hộ khác", "Merge into another household"),
            Head => Text::new("Thay đổi chủ hộ", "Change the head"),
            Close => Text::new("Xóa hộ", "Close the household"),
        }
    }

    const fn intro(self) -> Text {
        match self {
            Permanent => Text::new(
                "Đánh dấu người chuyển đến, chọn hộ, ghi địa chỉ mới. Không cần nhập lại tên hay số.",
                "Tick who moves, choose the household, give the new address. No names or numbers to type.",
            ),
            Temporary => Text::new(
                "Đánh dấu người tạm trú. Thời hạn tối đa 02 năm và có thể gia hạn.",
                "Tick who resides temporarily. Two years at most; it can be extended.",
            ),
            Extend => Text::new(
                "Chỉ người đang tạm trú mới đánh dấu được.",
                "Only those with a temporary residence can be ticked.",
            ),
            TemporaryEnd => Text::new("Đánh dấu người thôi tạm trú.", "Tick whose temporary residence ends."),
            Absence => Text::new(
                "Đánh dấu người đi vắng, ghi nơi đến và lý do.",
                "Tick who is away, where to and why.",
            ),
            Return => Text::new("Đánh dấu người đã trở về.", "Tick who has returned."),
            Stay => Text::new(
                "Lưu trú dưới 30 ngày. Dài hơn thì đăng ký tạm trú.",
                "A stay lasts less than 30 days; register temporary residence for longer.",
            ),
            End => Text::new(
                "Chỉ dùng khi người đó thôi thường trú mà không đăng ký nơi mới (ra nước ngoài định cư, có quyết định của cơ quan…). Chuyển đi nơi khác thì nơi đến đăng ký.",
                "Only where residence ends without a new one (settling abroad, by decision…). Of a move, the new place registers.",
            ),
            Split => Text::new(
                "Đánh dấu người tách ra; trong số họ chọn một chủ hộ mới.",
                "Tick who leaves, and choose one of them as the new head.",
            ),
            Merge => Text::new(
                "Mọi thành viên chuyển sang hộ kia, và hộ này được xóa.",
                "All members join the other household, and this one closes.",
            ),
            Head => Text::new(
                "Chọn chủ hộ mới và quan hệ của từng thành viên với chủ hộ mới.",
                "Choose the new head, and each member's relation to the new head.",
            ),
            Close => Text::new(
                "Chỉ xóa được hộ không còn thành viên.",
                "Only a household without members can be closed.",
            ),
        }
    }

    /// Whether it is about a household as a whole.
    pub const fn of_household(self) -> bool {
        matches!(self, Split | Merge | Head | Close)
    }

    /// The kind of record that whoever is ticked must have.
    const fn needs(self) -> Option<ResidenceKind> {
        match self {
            Extend | TemporaryEnd => Some(ResidenceKind::Temporary),
            Return => Some(ResidenceKind::Absence),
            _ => None,
        }
    }

    /// The names of its own questions.
    const fn fields(self) -> &'static [&'static str] {
        match self {
            Permanent | Split => &["members", "address", "into"],
            Temporary | Extend | Stay => &["members", "address", "until"],
            Absence => &["members", "address", "until", "reason"],
            End => &["members", "reason"],
            TemporaryEnd | Return | Head => &["members"],
            Merge => &["members", "into"],
            Close => &[],
        }
    }
}

const NEW: &str = "new";
const EXISTING: &str = "existing";
const SAME: &str = "same";

const DESTINATION: Invalid =
    Invalid::new("move/destination", "Chọn một trong các cách", "Choose one of these");
const ONE_HEAD: Invalid =
    Invalid::new("members/one-head", "Phải có đúng một chủ hộ", "There must be exactly one head");
const WHOLE: Invalid = Invalid::new(
    "move/whole-household",
    "Giữ nguyên hộ thì phải đánh dấu mọi thành viên; nếu chỉ một phần chuyển đi, hãy lập hộ mới",
    "To keep the household, tick every member; if only some move, form a new one",
);
const NEED_HOUSEHOLD: Invalid =
    Invalid::new("act/no-household", "Người này không thuộc hộ nào", "The person is in no household");

/// The form as first shown.
async fn begin(
    population: &Population,
    visit: &Visit,
    act: GroupAct,
    source: Source,
) -> Outcome<Result<Markup, Vec<Violation>>> {
    visit.require(population, Action::RecordResidenceAct)?;
    let circle = match Circle::load(population, &visit.ask, source).await? {
        Ok(circle) => circle,
        Err(faults) => return Ok(Err(faults)),
    };
    let typed = fresh(act, &circle, visit);
    Ok(Ok(render(population, visit, act, &circle, &typed, &Again::default(), &Found::default())))
}

/// What a form is filled with before anything is typed.
fn fresh(act: GroupAct, circle: &Circle, visit: &Visit) -> Typed {
    let lang = visit.lang();
    let mut typed = circle.begun(filing::begun(visit));
    let today = PartialDate::today();
    if matches!(act, Temporary | Extend)
        && let (Some(y), Some(m), Some(d)) = (today.year(), today.month(), today.day())
    {
        // The longest term; 28 February stands for the day that the other year may not have.
        let until =
            PartialDate::new(y + 2, m, d).or_else(|_| PartialDate::new(y + 2, m, 28)).unwrap_or_default();
        typed = typed.put_date("until", until);
    }
    if act == Extend {
        let open = |r: &&Residence| r.kind == ResidenceKind::Temporary && !r.ended;
        if let Some(open) = circle.members.iter().flat_map(|m| &m.person.residences).rfind(open) {
            typed = place::fill(typed, "address", &open.address, lang);
        }
    }
    if act == Split
        && let Some(household) = &circle.household
    {
        typed = place::fill(typed, "address", &household.address, lang);
    }
    if act == Permanent {
        typed = typed.put("destination", NEW);
    }
    if matches!(act, Head | Merge) {
        for member in &circle.members {
            let relation = member.person.relation.filter(|r| act == Head || *r != Relation::Head);
            if let Some(relation) = relation {
                typed = typed.put(format!("relation-{}", member.person.id), relation.code());
            }
        }
    }
    typed
}

fn render(
    population: &Population,
    visit: &Visit,
    act: GroupAct,
    circle: &Circle,
    typed: &Typed,
    again: &Again,
    found: &Found,
) -> Markup {
    let lang = visit.lang();
    let errors = Errors::new(lang, &again.violations);
    let (back, place) = circle.back(lang);
    let sheet = Sheet {
        title: act.title().get(lang),
        intro: act.intro(),
        action: &circle.action(act.slug()),
        back: (&back, &place),
        button: Sheet::RECORD,
    };
    let address = |own: bool, abroad: bool, label: Text| {
        let input = PlaceInput { name: "address", label, own, abroad, optional: false, detail: true };
        place::input(visit, population, input, typed, &errors)
    };
    let questions = html! {
        @if act != Close { (listed(act, circle, lang).render(circle, visit, typed, &errors)) }
        @match act {
            Permanent => {
                (destination(visit, circle, typed, found, &errors))
                (optional_address(visit, population, typed, &errors))
            }
            Temporary | Extend => (address(true, false, Text::new("Nơi tạm trú", "Temporary residence"))),
            Stay => (address(true, false, Text::new("Nơi lưu trú", "Place of stay"))),
            Absence => (address(false, true, Text::new("Nơi đến", "Place gone to"))),
            Split => (address(true, false, Text::new("Địa chỉ hộ mới", "Address of the new household"))),
            Merge => (party::household_input(visit, ("into", Text::new("Nhập vào hộ của ai", "Whose household to join")), typed, found, &errors)),
            TemporaryEnd | Return | End | Head | Close => {}
        }
        @if matches!(act, Temporary | Extend | Absence | Stay) {
            @let date = typed.date("until");
            (DateInput::new(lang, Question::new("until", lang.pick("Đến hết ngày", "Until")).errors(&errors), &date))
        }
        @if matches!(act, Absence | End) {
            (TextInput::new(Question::new("reason", lang.pick("Lý do", "Reason")).errors(&errors)).value(typed.one("reason")))
        }
        (filing::when_and_why(visit, None, typed, &errors))
    };
    sheet.page(visit, again, &errors, questions)
}

fn listed(act: GroupAct, circle: &Circle, lang: Lang) -> Listed<'static> {
    let legend = match act {
        Permanent => lang.pick("Ai đăng ký thường trú?", "Who registers permanent residence?"),
        Temporary => lang.pick("Ai tạm trú?", "Who resides temporarily?"),
        Extend => lang.pick("Gia hạn cho ai?", "Whose residence is extended?"),
        TemporaryEnd => lang.pick("Ai thôi tạm trú?", "Whose temporary residence ends?"),
        Absence => lang.pick("Ai đi vắng?", "Who is away?"),
        Return => lang.pick("Ai đã trở về?", "Who has returned?"),
        Stay => lang.pick("Ai lưu trú?", "Who stays?"),
        End => lang.pick("Xóa đăng ký của ai?", "Whose residence ends?"),
        Split => lang.pick("Ai tách ra?", "Who leaves?"),
        Merge | Head | Close => lang.pick("Các thành viên", "The members"),
    };
    let hint = match act {
        Split => Some(lang.pick(
            "Chỉ cần chọn quan hệ cho người được đánh dấu.",
            "A relation is needed only for those ticked.",
        )),
        Permanent => Some(lang.pick(
            "Quan hệ với chủ hộ của hộ mà họ nhập vào; chỉ cần cho người được đánh dấu.",
            "The relation to the head of the household they join; only for those ticked.",
        )),
        Merge => Some(lang.pick(
            "Quan hệ của từng người với chủ hộ của hộ kia.",
            "Each one's relation to the head of the other household.",
        )),
        _ => None,
    };
    let only = act.needs().map(|kind| {
        let why = match kind {
            ResidenceKind::Absence => lang.pick("không khai báo tạm vắng", "no absence declared"),
            _ => lang.pick("không đang tạm trú", "no temporary residence"),
        };
        (circle.with(kind), why)
    });
    Listed {
        legend,
        hint,
        ticks: !matches!(act, Merge | Head),
        relations: matches!(act, Permanent | Split | Merge | Head),
        only,
    }
}

fn destination(visit: &Visit, circle: &Circle, typed: &Typed, found: &Found, errors: &Errors<'_>) -> Markup {
    let lang = visit.lang();
    let chosen = typed.one("destination");
    let mut choices = vec![
        Choice::new(NEW, lang.pick("Lập hộ mới", "Form a new household")).chosen(chosen == NEW),
        Choice::new(EXISTING, lang.pick("Nhập vào hộ đã có", "Join an existing household"))
            .chosen(chosen == EXISTING),
    ];
    if circle.household.is_some() {
        choices.push(
            Choice::new(
                SAME,
                lang.pick(
                    "Cả hộ chuyển đến địa chỉ mới, giữ nguyên hộ",
                    "The whole household moves and stays as it is",
                ),
            )
            .chosen(chosen == SAME),
        );
    }
    html! {
        (Radios::new(Question::new("destination", lang.pick("Vào hộ nào?", "Into which household?")).errors(errors), choices))
        h2.govuk-heading-s { (lang.pick("Nếu nhập vào hộ đã có", "For an existing household")) }
        (party::household_input(visit, ("into", Text::new("Số của một người trong hộ đó", "The number of one of its members")), typed, found, errors))
    }
}

fn optional_address(visit: &Visit, population: &Population, typed: &Typed, errors: &Errors<'_>) -> Markup {
    let label = Text::new("Địa chỉ mới", "New address");
    let input = PlaceInput { name: "address", label, own: true, abroad: false, optional: true, detail: true };
    html! {
        h2.govuk-heading-s { (visit.lang().pick("Nếu lập hộ mới hoặc cả hộ chuyển đến", "For a new household, or a whole one that moves")) }
        (place::input(visit, population, input, typed, errors))
    }
}

/// What was read of a form.
struct Wanted {
    content: Content,
    left: Option<HouseholdId>,
}

/// Reads a form against the people it is about.
async fn read(
    population: &Population,
    visit: &Visit,
    act: GroupAct,
    circle: &Circle,
    reader: &mut Reader<'_>,
    found: &mut Found,
) -> Result<Wanted, Error> {
    let everybody: Vec<PersonId> = circle.members.iter().map(|m| m.person.id).collect();
    let persons = match act {
        Merge | Head | Close => everybody.clone(),
        _ => circle.ticked(reader),
    };
    let members = match act {
        Permanent | Split | Merge | Head => circle.related(reader, &persons),
        _ => Vec::new(),
    };
    let own = circle.household.as_ref().map(|h| h.id);
    let household = |reader: &mut Reader<'_>| {
        own.unwrap_or_else(|| {
            reader.refuse("", NEED_HOUSEHOLD);
            NEW_HOUSEHOLD
        })
    };
    // Whoever leaves may leave a household without a head, which the receipt then says.
    let leaves = matches!(act, Permanent | Split | End).then_some(own).flatten();
    let left = leaves.filter(|_| persons.len() < everybody.len());
    let content = match act {
        Permanent => settle(population, visit, circle, members, reader, found).await?,
        Temporary | Extend => Content::TemporaryResidence {
            persons,
            address: place::read(reader, "address", true),
            until: reader.date("until"),
        },
        TemporaryEnd => Content::TemporaryResidenceEnded { persons },
        Absence => Content::Absence {
            persons,
            address: place::read(reader, "address", false),
            until: reader.date("until"),
            reason: reader.required("reason", 200),
        },
        Return => Content::AbsenceEnded { persons },
        Stay => Content::Stay {
            persons,
            address: place::read(reader, "address", true),
            until: reader.date("until"),
        },
        End => Content::ResidenceEnded { persons, reason: reader.required("reason", 200) },
        Split => {
            one_head(reader, &members);
            Content::HouseholdSplit {
                from: household(reader),
                to: NEW_HOUSEHOLD,
                address: place::read(reader, "address", true),
                members,
            }
        }
        Merge => {
            let into = party::read_household(reader, found, population, &visit.ask, "into").await?;
            let address = found.household.as_ref().map(|p| p.household.address.clone()).unwrap_or_default();
            Content::HouseholdMerged {
                from: household(reader),
                into: into.unwrap_or(NEW_HOUSEHOLD),
                address,
                members,
            }
        }
        Head => {
            one_head(reader, &members);
            Content::HeadChanged { household: household(reader), members }
        }
        Close => Content::HouseholdClosed { household: household(reader) },
    };
    Ok(Wanted { content, left })
}

fn one_head(reader: &mut Reader<'_>, members: &[Member]) {
    let heads = members.iter().filter(|m| m.relation == Relation::Head).count();
    if heads != 1 && reader.faults.iter().all(|f| f.field != "members") {
        reader.refuse("members", ONE_HEAD);
    }
}

/// Permanent residence: in a new household, in an existing one, or with the whole household at a new address.
async fn settle(
    population: &Population,
    visit: &Visit,
    circle: &Circle,
    members: Vec<Member>,
    reader: &mut Reader<'_>,
    found: &mut Found,
) -> Result<Content, Error> {
    let destination = reader.typed.one("destination").to_owned();
    let household = circle.household.as_ref().map(|h| h.id);
    Ok(match (destination.as_str(), household) {
        (EXISTING, _) => {
            let into = party::read_household(reader, found, population, &visit.ask, "into").await?;
            let address = found.household.as_ref().map(|p| p.household.address.clone()).unwrap_or_default();
            Content::Move { members, household: into.unwrap_or(NEW_HOUSEHOLD), address }
        }
        (SAME, Some(household)) => {
            if members.len() < circle.members.len() && reader.faults.is_empty() {
                reader.refuse("members", WHOLE);
            }
            Content::Move { members, household, address: place::read(reader, "address", true) }
        }
        (NEW, _) => {
            one_head(reader, &members);
            let address = place::read(reader, "address", true);
            Content::HouseholdFormed { household: NEW_HOUSEHOLD, address, file: String::new(), members }
        }
        _ => {
            reader.refuse("destination", DESTINATION);
            Content::Move { members, household: NEW_HOUSEHOLD, address: Address::default() }
        }
    })
}

/// Takes a form: records, or shows it again.
async fn submit(
    population: &Population,
    visit: &Visit,
    act: GroupAct,
    source: Source,
    typed: &Typed,
) -> Outcome<Result<Response, Vec<Violation>>> {
    let circle = match Circle::load(population, &visit.ask, source.clone()).await? {
        Ok(circle) => circle,
        Err(faults) => return Ok(Err(faults)),
    };
    let mut found = Found::default();
    let mut reader = Reader::new(typed);
    let wanted = read(population, visit, act, &circle, &mut reader, &mut found).await?;
    let draft = filing::draft(&mut reader, Some(Intent::Act(wanted.content)));
    let again = match reader.done(draft) {
        Err(faults) => Again::faults(faults),
        Ok(_) if found.unseen => Again::check(),
        Ok(draft) => match filing::file(population, visit, draft, act.fields(), wanted.left).await? {
            Ok(receipt) => return Ok(Ok(receipt)),
            Err(again) => again,
        },
    };
    // The people as they are now: in a conflict, others than those read above.
    let circle = match again.conflict {
        true => match Circle::load(population, &visit.ask, source).await? {
            Ok(circle) => circle,
            Err(faults) => return Ok(Err(faults)),
        },
        false => circle,
    };
    let page = render(population, visit, act, &circle, typed, &again, &found);
    Ok(Ok(Sheet::answer(&again, page)))
}

fn known(slug: &str) -> Outcome<GroupAct> {
    GroupAct::of(slug).ok_or_else(|| Failure::of(&vocabulary::kinds::NOT_FOUND))
}

/// The form on a person's page.
pub(super) async fn person_form(
    population: Population,
    visit: Visit,
    id: PersonId,
    act: GroupAct,
) -> Outcome<Markup> {
    let page = begin(&population, &visit, act, Source::Person(id)).await?;
    page.map_err(|faults| Failure(vocabulary::Problem::invalid(faults)))
}

/// The form of a person's page, sent.
pub(super) async fn person_submit(
    population: Population,
    visit: Visit,
    id: PersonId,
    act: GroupAct,
    typed: Typed,
) -> Outcome<Response> {
    let answer = submit(&population, &visit, act, Source::Person(id), &typed).await?;
    answer.map_err(|faults| Failure(vocabulary::Problem::invalid(faults)))
}

/// The form on a household's page.
pub(super) async fn household_form(
    State(population): State<Population>,
    Purposed(visit): Purposed,
    Path((id, slug)): Path<(HouseholdId, String)>,
) -> Outcome<Markup> {
    let page = begin(&population, &visit, known(&slug)?, Source::Household(id)).await?;
    page.map_err(|faults| Failure(vocabulary::Problem::invalid(faults)))
}

/// The form of a household's page, sent.
pub(super) async fn household_submit(
    State(population): State<Population>,
    Purposed(visit): Purposed,
    Path((id, slug)): Path<(HouseholdId, String)>,
    FormBody(typed): FormBody<Typed>,
) -> Outcome<Response> {
    let answer = submit(&population, &visit, known(&slug)?, Source::Household(id), &typed).await?;
    answer.map_err(|faults| Failure(vocabulary::Problem::invalid(faults)))
}

/// The form for people from elsewhere: shown once their numbers are found, taken when it comes back filled in.
pub(super) async fn arrivals_act(
    population: &Population,
    visit: &Visit,
    act: GroupAct,
    typed: &Typed,
) -> Outcome<Result<Response, Vec<Violation>>> {
    let numbers = match read_numbers(typed) {
        Ok(numbers) => numbers,
        Err(faults) => return Ok(Err(faults)),
    };
    let source = Source::Numbers(numbers);
    if typed.one("seen").is_empty() {
        let into = typed.one("into-household").to_owned();
        let circle = match Circle::load(population, &visit.ask, source).await? {
            Ok(circle) => circle,
            Err(faults) => return Ok(Err(faults)),
        };
        let mut filled = fresh(act, &circle, visit);
        let mut found = Found::default();
        if act == Permanent && !into.is_empty() {
            filled = filled.put("into-household", into);
            filled.set("destination", EXISTING);
            let copy = filled.clone();
            let mut reader = Reader::new(&copy);
            party::read_household(&mut reader, &mut found, population, &visit.ask, "into").await?;
        }
        let page = render(population, visit, act, &circle, &filled, &Again::default(), &found);
        return Ok(Ok(Sheet::answer(&Again::default(), page)));
    }
    submit(population, visit, act, source, typed).await
}
