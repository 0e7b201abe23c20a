//! The desk of electronic identity: who is present, the card, the contact; and the files that wait.

use super::officer::{DESK, DESK_TITLE, Officer, again, faults, figures, file_number, person, unit};
use crate::{
    channel::Contact,
    rules::{ages::Paper, standing::Standing},
    service::{Applicant, Provider, Received},
    store::enrolment::File,
};
use access::Action;
use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use maud::{Markup, html};
use serde::Deserialize;
use vocabulary::{CardText, Invalid, Lang, Moment, PersonalNumber, Text, Violation};
use web::{
    FormBody, Outcome,
    components::{
        Banner, Button, Choice, Color, Column, DateInput, DateParts, Errors, Form, Question, Radios, Table,
        Tag, TextInput, error_summary, inset,
    },
};

const NUMBER: Text = Text::new("Số định danh của người có mặt", "Personal number of the person present");
const NUMBER_HINT: Text = Text::new(
    "Nhập 12 chữ số, hoặc quét mã QR trên thẻ căn cước",
    "Type 12 digits, or scan the QR code of the card",
);
const LOGGED: Text = Text::new(
    "Mỗi lần xem được ghi nhật ký với mục đích “theo yêu cầu của chính công dân” và căn cứ Nghị định 69/2024/NĐ-CP. Chỉ tra cứu người đang có mặt.",
    "Each look is logged for the purpose “at the citizen’s own request” on the basis of Decree 69/2024/NĐ-CP. Look up only who is present.",
);

pub(super) async fn home(State(provider): State<Provider>, officer: Officer) -> Outcome<Markup> {
    page(&provider, &officer, "", &[]).await
}

async fn page(provider: &Provider, officer: &Officer, number: &str, found: &[Violation]) -> Outcome<Markup> {
    officer.require(provider, &[Action::ReceiveIdentity, Action::ApproveIdentity, Action::ManageIdentity])?;
    let lang = officer.lang();
    let errors = Errors::new(lang, found);
    let ask = provider.present(&officer.caller, &officer.request)?;
    let received = provider.waiting(&ask, "received").await?;
    let approved = provider.waiting(&ask, "approved").await?;
    let receives = officer.may(provider, Action::ReceiveIdentity);
    let title = officer.t(DESK_TITLE);
    Ok(officer.context.page(title).with_errors(errors.any()).body(html! {
        (error_summary(&errors))
        h1.govuk-heading-l { (title) }
        @if receives {
            h2.govuk-heading-m { (lang.pick("Tiếp nhận hồ sơ", "Receive a file")) }
            div.dancu-lead {
                (Form::new(&officer.context, "/desk/eid/person", html! {
                    (TextInput::new(Question::new("number", officer.t(NUMBER)).hint(officer.t(NUMBER_HINT)).errors(&errors))
                        .value(number).digits().width(20).max(1000))
                    (Button::main(lang.pick("Tra cứu và lập hồ sơ", "Look up and begin a file")))
                }))
                (inset(html! { (officer.t(LOGGED)) }))
            }
        }
        (list(lang, lang.pick("Chờ duyệt", "Waiting for approval"), lang.pick("Không có hồ sơ nào chờ duyệt.", "No file waits for approval."), &received))
        (list(lang, lang.pick("Chờ công dân kích hoạt", "Waiting to be activated"), lang.pick("Không có hồ sơ nào chờ kích hoạt.", "No file waits to be activated."), &approved))
        h2.govuk-heading-m { (lang.pick("Việc khác", "Other work")) }
        ul class="govuk-list govuk-list--bullet" {
            li { a.govuk-link href="/desk/eid/organisations" { (lang.pick("Tài khoản của tổ chức", "Accounts of organisations")) } }
            li { a.govuk-link href="/desk/eid/counts" { (lang.pick("Số liệu hồ sơ theo ngày và đơn vị", "Files by day and unit")) } }
            @if receives {
                li { a.govuk-link href="/desk/eid/recovery" { (lang.pick("Cấp mã lấy lại tài khoản cho người có mặt", "Give out a recovery code to somebody present")) } }
            }
            @if officer.may(provider, Action::ManageIdentity) {
                li { a.govuk-link href="/desk/eid/accounts" { (lang.pick("Tạm dừng, khóa, mở khóa, đóng tài khoản", "Suspend, lock, unlock or close an account")) } }
            }
            li { a.govuk-link href="/desk/eid/ages" { (lang.pick("Độ tuổi, giấy tờ và căn cứ", "Ages, papers and legal basis")) } }
        }
    }))
}

fn list(lang: Lang, title: &str, none: &str, files: &[File]) -> Markup {
    if files.is_empty() {
        return html! { h2.govuk-heading-m { (title) } p class="govuk-body dancu-muted" { (none) } };
    }
    let mut table = Table::new(
        format!("{title} ({})", files.len()),
        [
            Column::new(lang.pick("Hồ sơ số", "File no.")),
            Column::new(lang.pick("Đơn vị", "Unit")),
            Column::new(lang.pick("Tiếp nhận", "Received")),
            Column::new(lang.pick("Cán bộ", "Officer")),
        ],
    )
    .stacked();
    for file in files {
        table.row([
            html! { a.govuk-link href={ (DESK) "/files/" (file.id) } { (figures(&file_number(file.id))) } },
            html! { (unit(file.unit)) },
            html! { (file.received_at.map(super::time).unwrap_or_default()) },
            html! { (file.received_by) },
        ]);
    }
    html! { (table) }
}

const CHOOSE: Invalid = Invalid::new(
    "enrolment/choose-paper",
    "Chọn loại giấy tờ đã xuất trình",
    "Choose the kind of paper that was shown",
);

/// What is typed about a person.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Typed {
    number: String,
    paper: String,
    paper_number: String,
    #[serde(rename = "issued-day")]
    issued_day: String,
    #[serde(rename = "issued-month")]
    issued_month: String,
    #[serde(rename = "issued-year")]
    issued_year: String,
    #[serde(rename = "expires-day")]
    expires_day: String,
    #[serde(rename = "expires-month")]
    expires_month: String,
    #[serde(rename = "expires-year")]
    expires_year: String,
    guardian: String,
    contact: String,
}

impl Typed {
    fn issued(&self) -> DateParts {
        DateParts {
            day: self.issued_day.clone(),
            month: self.issued_month.clone(),
            year: self.issued_year.clone(),
        }
    }

    fn expires(&self) -> DateParts {
        DateParts {
            day: self.expires_day.clone(),
            month: self.expires_month.clone(),
            year: self.expires_year.clone(),
        }
    }

    /// The fields that a scan of the card's QR code fills, or the number alone.
    fn scanned(text: &str) -> Typed {
        if let Ok(card) = CardText::parse(text) {
            let number = card.number.reveal();
            let DateParts { day, month, year } = DateParts::of(card.issued_on);
            return Typed {
                number: number.clone(),
                paper_number: number,
                issued_day: day,
                issued_month: month,
                issued_year: year,
                ..Typed::default()
            };
        }
        let first = text.split('|').next().unwrap_or_default();
        let number = first.chars().filter(char::is_ascii_digit).take(12).collect();
        Typed { number, ..Typed::default() }
    }

    fn read(&self) -> Result<Received, Vec<Violation>> {
        let mut wrong = Vec::new();
        let number = PersonalNumber::parse(&self.number).map_err(|i| wrong.push(i.at("number"))).ok();
        let contact = Contact::parse(&self.contact).map_err(|i| wrong.push(i.at("contact"))).ok();
        let guardian = match self.guardian.trim() {
            "" => None,
            text => PersonalNumber::parse(text).map_err(|i| wrong.push(i.at("guardian"))).ok(),
        };
        let issued = self.issued().read("issued").map_err(|fault| wrong.push(fault)).ok();
        let expires = self.expires().read("expires").map_err(|fault| wrong.push(fault)).ok();
        let paper = Paper::of(&self.paper);
        if paper.is_none() {
            wrong.push(CHOOSE.at("paper"));
        }
        match (number, paper, contact, issued, expires) {
            (Some(number), Some(paper), Some(contact), Some(issued), Some(expires)) if wrong.is_empty() => {
                Ok(Received {
                    number,
                    paper,
                    paper_number: self.paper_number.trim().to_owned(),
                    issued,
                    expires,
                    guardian,
                    contact,
                })
            }
            _ => Err(wrong),
        }
    }
}

pub(super) async fn look_up(
    State(provider): State<Provider>,
    officer: Officer,
    FormBody(typed): FormBody<Typed>,
) -> Outcome<Response> {
    let scanned = Typed::scanned(&typed.number);
    let number = match PersonalNumber::parse(&scanned.number) {
        Ok(number) => number,
        Err(invalid) => {
            return Ok(again(page(&provider, &officer, &scanned.number, &[invalid.at("number")]).await?));
        }
    };
    let ask = provider.present(&officer.caller, &officer.request)?;
    match provider.applicant(&ask, number).await {
        Ok(applicant) => Ok(form(&officer, &applicant, &scanned, &[]).into_response()),
        Err(error) => {
            let found = faults(error)?;
            Ok(again(page(&provider, &officer, &scanned.number, &found).await?))
        }
    }
}

const LABELS: &[(&str, Text)] = &[
    ("issued", Text::new("Ngày cấp", "Date of issue")),
    ("expires", Text::new("Có giá trị đến", "Valid until")),
    ("guardian", Text::new("Cha, mẹ hoặc người giám hộ", "Parent or guardian")),
];

fn form(officer: &Officer, applicant: &Applicant, typed: &Typed, found: &[Violation]) -> Markup {
    let lang = officer.lang();
    let errors = Errors::new(lang, found).labelled(LABELS);
    let name = applicant.view.person.name.as_ref().map_or("", |name| name.reveal());
    let bracket = applicant.bracket;
    let title =
        lang.pick(format!("Hồ sơ mức {}", bracket.level), format!("A file for level {}", bracket.level));
    let only = match bracket.papers {
        [one] => Some(*one),
        _ => None,
    };
    let choices = bracket
        .papers
        .iter()
        .map(|paper| Choice::new(paper.code(), paper.text().get(lang)).chosen(typed.paper == paper.code()));
    let number_label = match only {
        Some(paper) => lang.pick(
            format!("Số trên giấy tờ ({})", paper.text().vi.to_lowercase()),
            format!("Number on the paper ({})", paper.text().en.to_lowercase()),
        ),
        None => lang.pick("Số trên giấy tờ", "Number on the paper").to_owned(),
    };
    let mut page = officer.page(&title).with_errors(errors.any());
    let open = lang.pick("Người này đã có hồ sơ đang xử lý", "This person has a file under way");
    if let Some(file) = &applicant.open {
        let link = html! { p.govuk-body { a.govuk-link href={ (DESK) "/files/" (file.id) } { (lang.pick("Mở hồ sơ số ", "Open file no. ")) (file_number(file.id)) } } };
        page = page.notice(&Banner::important(lang, open).more(link));
    }
    page.body(html! {
        (error_summary(&errors))
        div.dancu-heading { h1.govuk-heading-l { (name) } (Tag::new(Color::Blue, &title)) }
        (person(&applicant.view, lang))
        p.govuk-body { (bracket.text.get(lang)) "." }
        @if let Some((level, standing)) = applicant.account {
            (inset(html! { (account_line(lang, level, standing, bracket.level)) }))
        }
        @if applicant.open.is_none() {
            div.dancu-lead {
                (Form::new(&officer.context, "/desk/eid/files", html! {
                    input type="hidden" name="number" value=(typed.number);
                    h2.govuk-heading-m { (lang.pick("Giấy tờ xuất trình", "The paper shown")) }
                    (inset(html! { (lang.pick(
                        "Chip chưa được đọc ở bước này: hồ sơ ghi rõ “cán bộ đã xem giấy tờ và người có mặt”.",
                        "The chip is not read at this step: the file says “seen by the officer, with the person present”.")) }))
                    @if let Some(paper) = only {
                        input type="hidden" name="paper" value=(paper.code());
                    } @else {
                        (Radios::new(Question::new("paper", lang.pick("Loại giấy tờ", "Kind of paper")).errors(&errors), choices))
                    }
                    (TextInput::new(Question::new("paper_number", &number_label).errors(&errors)).value(&typed.paper_number).width(20).max(40))
                    (DateInput::new(lang, Question::new("issued", lang.pick("Ngày cấp", "Date of issue")).errors(&errors), &typed.issued()))
                    (DateInput::new(lang, Question::new("expires", lang.pick("Có giá trị đến", "Valid until"))
                        .hint(lang.pick("Để trống nếu không thời hạn", "Leave empty where it has no end")).errors(&errors), &typed.expires()))
                    @if bracket.guardian {
                        h2.govuk-heading-m { (lang.pick("Cha, mẹ hoặc người giám hộ có mặt", "The parent or guardian present")) }
                        (TextInput::new(Question::new("guardian", lang.pick("Số định danh của cha, mẹ hoặc người giám hộ", "Personal number of the parent or guardian"))
                            .hint(lang.pick("Được đối chiếu với quan hệ ghi trong cơ sở dữ liệu dân cư", "Compared with the relation in the registry")).errors(&errors))
                            .value(&typed.guardian).digits().width(20).max(12))
                    }
                    h2.govuk-heading-m { (lang.pick("Liên hệ", "Contact")) }
                    (TextInput::new(Question::new("contact", lang.pick("Thư điện tử hoặc số điện thoại", "E-mail address or telephone number"))
                        .hint(lang.pick(
                            "Một mã được gửi tới đây ngay; công dân đọc lại cho bạn. Người trong nhà dùng chung số cũng được.",
                            "A code is sent there at once, which the citizen reads out to you. A family may share one number.")).errors(&errors))
                        .value(&typed.contact).max(200))
                    div.dancu-actions {
                        (Button::main(lang.pick("Lập hồ sơ và gửi mã", "Begin the file and send the code")))
                        a.govuk-link href=(DESK) { (lang.pick("Bỏ, quay lại", "Cancel")) }
                    }
                }))
            }
        }
    })
}

fn account_line(lang: Lang, level: i64, standing: Standing, wanted: i64) -> String {
    let stands = standing.text().get(lang);
    match (standing, level >= wanted) {
        (Standing::Active, true) => lang.pick(
            format!("Đã có tài khoản mức {level}, {}. Hồ sơ mới ghi giấy tờ và liên hệ mới.", stands.to_lowercase()),
            format!("There is an account of level {level}, {}. A new file records the new paper and contact.", stands.to_lowercase()),
        ),
        (Standing::Active, false) => lang.pick(
            format!("Đã có tài khoản mức {level}: khi kích hoạt, tài khoản này được nâng lên mức {wanted}, mật khẩu giữ nguyên."),
            format!("There is an account of level {level}: activation raises it to level {wanted}, with the same password."),
        ),
        (Standing::Closed, _) => lang.pick(
            "Tài khoản trước đã đóng: khi kích hoạt, tài khoản được mở lại với mật khẩu mới.".to_owned(),
            "The former account is closed: activation opens it again with a new password.".to_owned(),
        ),
        _ => lang.pick(
            format!("Tài khoản hiện {}: phải mở khóa trước khi kích hoạt được.", stands.to_lowercase()),
            format!("The account is {}: it is unlocked before it can be activated.", stands.to_lowercase()),
        ),
    }
}

pub(super) async fn begin(
    State(provider): State<Provider>,
    officer: Officer,
    FormBody(typed): FormBody<Typed>,
) -> Outcome<Response> {
    let ask = provider.present(&officer.caller, &officer.request)?;
    let found = match typed.read() {
        Ok(received) => match provider.begin_file(&ask, &received, Moment::now()).await {
            Ok(id) => return Ok(Redirect::to(&format!("{DESK}/files/{id}")).into_response()),
            Err(error) => faults(error)?,
        },
        Err(found) => found,
    };
    let applicant = match PersonalNumber::parse(&typed.number) {
        Ok(number) => provider.applicant(&ask, number).await.map_err(faults),
        Err(invalid) => Err(Ok(vec![invalid.at("number")])),
    };
    match applicant {
        Ok(applicant) => Ok(again(form(&officer, &applicant, &typed, &found))),
        Err(found) => Ok(again(page(&provider, &officer, &typed.number, &found?).await?)),
    }
}

/// The table of ages, for officers and for whoever checks it against the law.
pub(super) async fn ages(officer: Officer) -> Markup {
    use crate::rules::ages::{AGES, Sure};
    let lang = officer.lang();
    let title = lang.pick("Độ tuổi, giấy tờ và căn cứ", "Ages, papers and legal basis");
    let mut table = Table::new(
        lang.pick("Theo lứa tuổi và quốc tịch", "By age and nationality"),
        [
            Column::new(lang.pick("Ai", "Who")),
            Column::new(lang.pick("Giấy tờ", "Papers")),
            Column::new(lang.pick("Tự đăng ký mức 1 từ xa", "Level 1 alone, from afar")),
            Column::new(lang.pick("Căn cứ", "Legal basis")),
        ],
    )
    .stacked();
    for line in AGES {
        let papers: Vec<&str> = line.papers.iter().map(|paper| paper.text().get(lang)).collect();
        table.row([
            html! { (line.text.get(lang)) },
            html! { (papers.join("; ")) },
            html! { (if line.alone { lang.pick("Được", "Yes") } else { lang.pick("Không", "No") }) },
            html! { span { (line.basis) @if line.sure == Sure::FromMemory { " " (Tag::new(Color::Yellow, lang.pick("chưa kiểm chứng", "to be checked"))) } } },
        ]);
    }
    officer.page(title).body(html! { h1.govuk-heading-l { (title) } (table) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scan_fills_number_and_date_of_issue() {
        let typed = Typed::scanned(
            "056083000004|220000013|Nguyễn Thị Hòa|05081983|Nữ|12 Nguyễn Thiện Thuật|10062022",
        );
        assert_eq!((typed.number.as_str(), typed.paper_number.as_str()), ("056083000004", "056083000004"));
        assert_eq!((typed.issued_day.as_str(), typed.issued_year.as_str()), ("10", "2022"));
        let typed = Typed::scanned(" 056 083 000 004 ");
        assert_eq!((typed.number.as_str(), typed.paper_number.as_str()), ("056083000004", ""));
        let typed = Typed::scanned("056083000004|220000013|Nguyễn Thị Hòa|05081983");
        assert_eq!((typed.number.as_str(), typed.paper_number.as_str()), ("056083000004", ""));
    }
}
