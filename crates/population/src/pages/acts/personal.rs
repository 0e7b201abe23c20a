//! The acts about one person as forms: civil status, numbers, contact.

use super::{
    super::{
        typed::{Reader, Typed},
        visit::{Purposed, Visit},
        words,
    },
    correction,
    filing::{self, Again, Sheet},
    group::{self, GroupAct},
    party::{self, Found},
};
use crate::{
    Population,
    acts::Content,
    model::{Contact, FormerClaim, MaritalStatus, Person},
    service::{Error, Intent, PersonPage},
};
use access::Action;
use axum::{
    extract::{Path, State},
    response::Response,
};
use maud::{Markup, html};
use vocabulary::{Field, FormerNumber, Invalid, PartialDate, PersonId, Text, kinds};
use web::{
    Failure, FormBody, Outcome,
    components::{Errors, Question, SummaryList, TextInput, inset},
};

/// An act about one person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PersonalAct {
    Death,
    Missing,
    Found,
    Marriage,
    Divorce,
    Adoption,
    Guardianship,
    Correction,
    Contact,
    FormerNumber,
    IssueNumber,
    ReplaceNumber,
    CancelNumber,
}

use PersonalAct::{
    Adoption, CancelNumber, Correction, Death, Divorce, Guardianship, IssueNumber, Marriage, Missing,
    ReplaceNumber,
};

impl PersonalAct {
    /// All of them, in the order of menus.
    pub const ALL: &'static [PersonalAct] = &[
        Marriage,
        Divorce,
        Death,
        Adoption,
        Guardianship,
        Missing,
        PersonalAct::Found,
        Correction,
        PersonalAct::Contact,
        PersonalAct::FormerNumber,
        IssueNumber,
        ReplaceNumber,
        CancelNumber,
    ];

    /// Its place in addresses.
    pub const fn slug(self) -> &'static str {
        match self {
            Death => "death",
            Missing => "missing",
            PersonalAct::Found => "found",
            Marriage => "marriage",
            Divorce => "divorce",
            Adoption => "adoption",
            Guardianship => "guardianship",
            Correction => "correction",
            PersonalAct::Contact => "contact",
            PersonalAct::FormerNumber => "former-number",
            IssueNumber => "issue-number",
            ReplaceNumber => "replace-number",
            CancelNumber => "cancel-number",
        }
    }

    pub fn of(slug: &str) -> Option<PersonalAct> {
        PersonalAct::ALL.iter().copied().find(|act| act.slug() == slug)
    }

    /// Its name.
    pub const fn title(self) -> Text {
        match self {
            Death => Text::new("Khai tử", "Register a death"),
            Missing => Text::new("Ghi tuyên bố mất tích", "Declared missing"),
            PersonalAct::Found => Text::new("Hủy tuyên bố mất tích", "Found again"),
            Marriage => Text::new("Đăng ký kết hôn", "Register a marriage"),
            Divorce => Text::new("Ghi ly hôn", "Record a divorce"),
            Adoption => Text::new("Đăng ký nuôi con nuôi", "Register an adoption"),
            Guardianship => Text::new("Đăng ký giám hộ", "Register a guardian"),
            Correction => Text::new("Cải chính, bổ sung thông tin", "Correct or complete data"),
            PersonalAct::Contact => Text::new("Đổi số điện thoại, thư điện tử", "Change telephone or e-mail"),
            PersonalAct::FormerNumber => Text::new("Bổ sung số CMND", "Add a former number"),
            IssueNumber => Text::new("Cấp số định danh", "Issue a personal number"),
            ReplaceNumber => Text::new("Hủy và cấp lại số định danh", "Replace the personal number"),
            CancelNumber => Text::new("Hủy số định danh, không cấp lại", "Cancel the personal number"),
        }
    }

    const fn intro(self) -> Text {
        match self {
            Death => Text::new(
                "Ghi ngày chết và căn cứ. Vợ hoặc chồng còn sống được ghi là góa; người chết ra khỏi hộ.",
                "Give the day of death and the evidence. A surviving spouse becomes widowed; the dead leave their household.",
            ),
            Missing => {
                Text::new("Theo quyết định đã có hiệu lực của tòa án.", "By a court decision in force.")
            }
            PersonalAct::Found => Text::new(
                "Theo quyết định của tòa án hủy tuyên bố mất tích.",
                "By a court decision that ends the declaration.",
            ),
            Marriage => Text::new(
                "Ghi số của người kia; hệ thống tìm và cho bạn kiểm tra trước khi ghi.",
                "Give the other's number; the record is found and shown to you before anything is recorded.",
            ),
            Divorce => Text::new(
                "Theo bản án, quyết định ly hôn đã có hiệu lực.",
                "By a judgment of divorce in force.",
            ),
            Adoption => Text::new(
                "Cha mẹ nuôi thay cha mẹ đã ghi. Cần ít nhất một người.",
                "The adopters take the recorded parents' place. At least one is needed.",
            ),
            Guardianship => Text::new(
                "Bỏ trống cả số và họ tên nếu chấm dứt giám hộ.",
                "Leave number and name empty to end the guardianship.",
            ),
            Correction => Text::new(
                "Chỉ sửa mục cần sửa; mục không đổi giữ nguyên. Thông tin cũ vẫn còn trong lịch sử.",
                "Change only what needs it; the rest stays. What was recorded before remains in the history.",
            ),
            PersonalAct::Contact => Text::new(
                "Ghi đủ các số và địa chỉ đang dùng; để trống là xóa.",
                "Write all that are in use; what is left empty is removed.",
            ),
            PersonalAct::FormerNumber => {
                Text::new("Một người có thể có nhiều số CMND.", "A person may have several former numbers.")
            }
            IssueNumber => Text::new(
                "Số được chọn ngẫu nhiên theo nơi đăng ký khai sinh, giới tính và năm sinh.",
                "The number is drawn at random by place of birth registration, sex and birth year.",
            ),
            ReplaceNumber => Text::new(
                "Số đang dùng bị hủy và số mới được cấp. Số cũ vẫn tìm được.",
                "The number in force is cancelled and another issued. The old one still finds the person.",
            ),
            CancelNumber => Text::new(
                "Số đang dùng bị hủy và không có số thay thế. Số cũ vẫn tìm được; có thể cấp số mới sau.",
                "The number in force is cancelled and nothing takes its place. It still finds the person; another can be issued later.",
            ),
        }
    }

    /// What the officer must be allowed to do.
    pub const fn action(self) -> Action {
        match self {
            Death | Missing | PersonalAct::Found | Marriage | Divorce | Adoption | Guardianship => {
                Action::RecordCivilAct
            }
            Correction | PersonalAct::Contact | PersonalAct::FormerNumber => Action::CorrectRecord,
            IssueNumber | ReplaceNumber | CancelNumber => Action::IssueNumber,
        }
    }

    /// Whether the record at hand leaves room for it.
    pub fn fits(self, p: &Person) -> bool {
        let married = p.marital_status == Some(MaritalStatus::Married);
        let missing = matches!(p.life, crate::model::LifeStatus::Missing { .. });
        match self {
            Death => !p.life.is_dead(),
            Missing => p.life.is_alive(),
            PersonalAct::Found => missing,
            Marriage => p.life.is_alive() && !married,
            Divorce => married,
            Adoption | Guardianship | PersonalAct::Contact => !p.life.is_dead(),
            Correction | PersonalAct::FormerNumber => true,
            IssueNumber => p.number.is_none() && !p.life.is_dead(),
            ReplaceNumber | CancelNumber => p.number.is_some(),
        }
    }

    const fn fields(self) -> &'static [&'static str] {
        match self {
            Marriage => &["second"],
            Adoption => &["father", "mother"],
            Guardianship => &["guardian"],
            PersonalAct::FormerNumber => &["number"],
            ReplaceNumber | CancelNumber => &["reason"],
            _ => &[],
        }
    }

    /// What the date is of.
    const fn date(self) -> Option<Text> {
        match self {
            Death => Some(Text::new("Ngày chết", "Day of death")),
            Marriage => Some(Text::new("Ngày đăng ký kết hôn", "Day of the marriage")),
            Divorce => Some(Text::new(
                "Ngày bản án, quyết định có hiệu lực",
                "Day on which the judgment took effect",
            )),
            _ => None,
        }
    }
}

const SECOND: (&str, Text) = ("second", Text::new("Vợ hoặc chồng", "Husband or wife"));
const FATHER: (&str, Text) = ("father", Text::new("Cha nuôi", "Adoptive father"));
const MOTHER: (&str, Text) = ("mother", Text::new("Mẹ nuôi", "Adoptive mother"));
const GUARDIAN: (&str, Text) = ("guardian", Text::new("Người giám hộ", "Guardian"));

/// A form of either kind on a person's page.
enum Kind {
    Group(GroupAct),
    Personal(PersonalAct),
}

fn kind(slug: &str) -> Outcome<Kind> {
    let group =
        GroupAct::of(slug).filter(|act| !act.of_household() || *act == GroupAct::Split).map(Kind::Group);
    let kind = group.or_else(|| PersonalAct::of(slug).map(Kind::Personal));
    kind.ok_or_else(|| Failure::of(&kinds::NOT_FOUND))
}

/// The form.
pub(super) async fn show(
    State(population): State<Population>,
    Purposed(visit): Purposed,
    Path((id, slug)): Path<(PersonId, String)>,
) -> Outcome<Markup> {
    let act = match kind(&slug)? {
        Kind::Group(act) => return group::person_form(population, visit, id, act).await,
        Kind::Personal(act) => act,
    };
    visit.require(&population, act.action())?;
    let page = population.person(&visit.ask, id, None).await?;
    let mut typed = filing::begun(&visit);
    match act {
        Correction => typed = correction::begun(typed, &page.person, visit.lang()),
        PersonalAct::Contact => {
            let contact = &page.person.person.contact;
            typed = typed.put("phones", contact.phones.join(", ")).put("emails", contact.emails.join(", "));
        }
        _ => {}
    }
    Ok(render(&population, &visit, act, &page, &typed, &Again::default(), &Found::default()))
}

/// The form, sent.
pub(super) async fn submit(
    State(population): State<Population>,
    Purposed(visit): Purposed,
    Path((id, slug)): Path<(PersonId, String)>,
    FormBody(typed): FormBody<Typed>,
) -> Outcome<Response> {
    let act = match kind(&slug)? {
        Kind::Group(act) => return group::person_submit(population, visit, id, act, typed).await,
        Kind::Personal(act) => act,
    };
    let page = population.person(&visit.ask, id, None).await?;
    let mut found = Found::default();
    let mut reader = Reader::new(&typed);
    let intent = read(&population, &visit, act, &page, &mut reader, &mut found).await?;
    let draft = filing::draft(&mut reader, intent);
    let left = page.person.person.household.filter(|_| act == Death);
    let again = match reader.done(draft) {
        Err(faults) => Again::faults(faults),
        Ok(_) if found.unseen => Again::check(),
        Ok(draft) => match filing::file(&population, &visit, draft, act.fields(), left).await? {
            Ok(receipt) => return Ok(receipt),
            Err(again) => again,
        },
    };
    let page = if again.conflict { population.person(&visit.ask, id, None).await? } else { page };
    let markup = render(&population, &visit, act, &page, &typed, &again, &found);
    Ok(Sheet::answer(&again, markup))
}

fn render(
    population: &Population,
    visit: &Visit,
    act: PersonalAct,
    page: &PersonPage,
    typed: &Typed,
    again: &Again,
    found: &Found,
) -> Markup {
    let lang = visit.lang();
    let errors = Errors::new(lang, &again.violations);
    let p = &page.person.person;
    let path = words::person_path(p.id);
    let title = act.title().get(lang);
    let name = words::name(p.name.as_ref(), lang);
    let sheet = Sheet {
        title,
        intro: act.intro(),
        action: &format!("{path}/acts/{}", act.slug()),
        back: (&path, &name),
        button: match act {
            Marriage if found.party("second").is_none() => Sheet::CONTINUE,
            _ => Sheet::RECORD,
        },
    };
    let party = |question, by_name| party::input(visit, question, by_name, typed, found, &errors);
    let line = |name: &str, label: &str, hint: &str| {
        html! { (TextInput::new(Question::new(name, label).hint(hint).errors(&errors)).value(typed.one(name))) }
    };
    let questions = html! {
        (subject(page, visit))
        (filing::seen(p.id, p.version))
        @match act {
            Death | Divorce => (spouse(page, visit, act)),
            Marriage => (party(SECOND, true)),
            Adoption => { (party(FATHER, true)) (party(MOTHER, true)) }
            Guardianship => (party(GUARDIAN, true)),
            Correction => (correction::questions(population, visit, &page.person, typed, &errors)),
            PersonalAct::Contact => {
                (line("phones", lang.pick("Số điện thoại", "Telephones"), lang.pick("Nhiều số thì cách nhau bằng dấu phẩy", "Several with commas between them")))
                (line("emails", lang.pick("Thư điện tử", "E-mail"), lang.pick("Nhiều địa chỉ thì cách nhau bằng dấu phẩy", "Several with commas between them")))
            }
            PersonalAct::FormerNumber => {
                (TextInput::new(Question::new("number", lang.pick("Số CMND (9 số)", "Former number (9 digits)")).errors(&errors))
                    .value(typed.one("number")).digits().width(10))
                (line("issuer", lang.pick("Nơi cấp", "Issued by"), lang.pick("Như ghi trên thẻ", "As on the card")))
                (line("from", lang.pick("Ngày cấp", "Date of issue"), lang.pick("Ví dụ 05/02/1999 hoặc 1999; bỏ trống nếu không rõ", "Such as 05/02/1999 or 1999; empty where not known")))
            }
            ReplaceNumber | CancelNumber => (line("reason", lang.pick("Lý do", "Reason"), lang.pick("Ví dụ: xác định lại giới tính, trùng số", "Such as: sex determined anew, duplicate number"))),
            Missing | PersonalAct::Found | IssueNumber => {}
        }
        (filing::when_and_why(visit, act.date(), typed, &errors))
    };
    sheet.page(visit, again, &errors, questions)
}

/// Whom the act is about.
fn subject(page: &PersonPage, visit: &Visit) -> Markup {
    let lang = visit.lang();
    let p = &page.person.person;
    html! {
        (SummaryList::new()
            .row(lang.pick("Người", "Person"), html! { strong { (words::who(p, lang)) } })
            .row_if(Field::PersonalNumber.text().get(lang), p.number.map(|n| words::figures(n.reveal()))))
    }
}

fn spouse(page: &PersonPage, visit: &Visit, act: PersonalAct) -> Markup {
    let lang = visit.lang();
    inset(html! {
        @match &page.person.person.spouse {
            Some(spouse) => {
                (lang.pick("Vợ, chồng đã ghi: ", "Spouse on record: ")) strong { (words::relative(spouse, &page.person, lang)) }
                @if act == Death { div { (lang.pick("Sẽ được ghi là góa.", "Will be recorded as widowed.")) } }
                @if act == Divorce && spouse.person.is_some() { div { (lang.pick("Ly hôn được ghi cho cả hai.", "The divorce is recorded for both.")) } }
            }
            None => (lang.pick("Chưa ghi vợ hoặc chồng nào.", "No spouse is on record.")),
        }
    })
}

const PHONE: Invalid = Invalid::new(
    "contact/phone",
    "Số điện thoại gồm 8–15 chữ số, có thể bắt đầu bằng +",
    "A telephone number has 8 to 15 digits, with or without a + in front",
);
const EMAIL: Invalid = Invalid::new(
    "contact/email",
    "Thư điện tử có dạng ten@noi.vn",
    "An e-mail address looks like name@place.vn",
);
const MANY: Invalid = Invalid::new("contact/many", "Tối đa 5 mục", "Five at most");

fn split(text: &str) -> Vec<String> {
    text.split([',', ';']).map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

fn contact(reader: &mut Reader<'_>) -> Contact {
    let phones: Vec<String> = split(reader.typed.one("phones"))
        .into_iter()
        .map(|p| p.chars().filter(|c| !c.is_whitespace() && !matches!(c, '.' | '-')).collect())
        .collect();
    let emails = split(reader.typed.one("emails"));
    let phone = |p: &String| {
        let digits = p.strip_prefix('+').unwrap_or(p);
        (8..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit())
    };
    let email = |e: &String| {
        let (name, place) = e.split_once('@').unwrap_or_default();
        !name.is_empty() && place.contains('.') && e.len() <= 120 && !e.contains(char::is_whitespace)
    };
    if !phones.iter().all(phone) {
        reader.refuse("phones", PHONE);
    }
    if !emails.iter().all(email) {
        reader.refuse("emails", EMAIL);
    }
    for (name, list) in [("phones", &phones), ("emails", &emails)] {
        if list.len() > 5 {
            reader.refuse(name, MANY);
        }
    }
    Contact { phones, emails }
}

const NO_NUMBER: Invalid =
    Invalid::new("number/none", "Người này chưa có số định danh", "The person has no number");

async fn read(
    population: &Population,
    visit: &Visit,
    act: PersonalAct,
    page: &PersonPage,
    reader: &mut Reader<'_>,
    found: &mut Found,
) -> Result<Option<Intent>, Error> {
    let ask = &visit.ask;
    let p = &page.person.person;
    let person = p.id;
    let spouse = p.spouse.as_ref().and_then(|s| s.person);
    let content = match act {
        Death => Content::Death { person, spouse },
        Missing => Content::Disappearance { person },
        PersonalAct::Found => Content::Reappearance { person },
        Marriage => {
            let second = party::read(reader, found, population, ask, "second", true).await?;
            let Some(second) = second else { return Ok(None) };
            Content::Marriage { first: person, second }
        }
        Divorce => Content::Divorce { first: person, second: spouse },
        Adoption => Content::Adoption {
            child: person,
            father: party::read(reader, found, population, ask, "father", false).await?,
            mother: party::read(reader, found, population, ask, "mother", false).await?,
        },
        Guardianship => Content::Guardianship {
            ward: person,
            guardian: party::read(reader, found, population, ask, "guardian", false).await?,
        },
        Correction => {
            Content::Correction { person, facts: correction::read(population, visit, &page.person, reader) }
        }
        PersonalAct::Contact => Content::ContactChange { person, contact: contact(reader) },
        PersonalAct::FormerNumber => {
            let number = reader.parsed("number", |text| FormerNumber::parse(&text.replace([' ', '.'], "")));
            if reader.typed.one("number").trim().is_empty() {
                reader.required("number", 20);
            }
            let from = reader.parsed("from", PartialDate::parse).unwrap_or(PartialDate::UNKNOWN);
            let issuer = reader.text("issuer", 200);
            let Some(number) = number else { return Ok(None) };
            Content::FormerNumberAdded {
                person,
                claim: FormerClaim { number, issuer, from, until: PartialDate::UNKNOWN },
            }
        }
        IssueNumber => return Ok(Some(Intent::IssueNumber(person))),
        ReplaceNumber | CancelNumber => {
            let reason = reader.required("reason", 200);
            let Some(number) = p.number else {
                reader.refuse("", NO_NUMBER);
                return Ok(None);
            };
            if act == ReplaceNumber {
                return Ok(Some(Intent::ReplaceNumber(person, number, reason)));
            }
            Content::NumberCancelled { person, number, replaced_by: None, reason }
        }
    };
    Ok(Some(Intent::Act(content)))
}
