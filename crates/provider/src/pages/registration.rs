//! Registering: who one is, then the code and a password.

use super::{Origin, arrival::violations};
use crate::{
    channel::Contact,
    service::{Claimed, Provider},
};
use axum::{
    Extension,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use maud::{Markup, html};
use serde::Deserialize;
use vocabulary::{CardText, FullName, Invalid, Moment, PartialDate, PersonalNumber, Text, Violation};
use web::{
    OpenForm, Outcome, PageContext, RequestId,
    components::{Button, Errors, Form, Question, TextInput, error_summary, inset},
};

const TITLE: Text = Text::new("Đăng ký tài khoản định danh mức 1", "Register an account, level 1");
const NUMBER: Text = Text::new("Số định danh cá nhân", "Personal number");
const NAME: Text = Text::new("Họ, chữ đệm và tên", "Full name");
const BIRTH: Text = Text::new("Ngày sinh", "Date of birth");
const CARD: Text = Text::new(
    "Ngày cấp thẻ căn cước, hoặc mã QR quét từ thẻ",
    "Date of issue of the identity card, or the card’s scanned QR code",
);
const CARD_HINT: Text = Text::new(
    "Ngày cấp in ở mặt sau thẻ, ví dụ 28/04/2021. Nếu có máy quét, đặt con trỏ vào ô này rồi quét mã QR (mặt trước thẻ cấp trước 7/2024, mặt sau thẻ cấp sau đó): số, họ tên, ngày sinh được điền theo. Người nước ngoài nhập ngày cấp thẻ thường trú hoặc tạm trú.",
    "The date is printed on the back of the card, for example 28/04/2021. With a scanner, put the cursor here and scan the QR code (on the front of cards issued before July 2024, on the back of later ones): number, name and birth are filled in. Foreigners enter when their residence card was issued.",
);
const CONTACT: Text = Text::new("Thư điện tử hoặc số điện thoại", "E-mail address or telephone number");
const CONTACT_HINT: Text = Text::new(
    "Để nhận mã. Nhiều người trong nhà dùng chung cũng được: đây không phải tên đăng nhập.",
    "For the code. Several of a family may share one: it is not what you sign in with.",
);
const CODE: Text = Text::new("Mã gồm 6 chữ số", "Code of 6 digits");
const PASSWORD: Text = Text::new("Mật khẩu mới", "New password");
const PASSWORD_HINT: Text = Text::new(
    "Ít nhất 12 ký tự; nên dùng một câu dễ nhớ",
    "At least 12 characters; a sentence you remember does well",
);

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Typed {
    number: String,
    name: String,
    birth: String,
    card: String,
    contact: String,
}

pub(super) async fn show(context: PageContext) -> Markup {
    page(&context, &Typed::default(), &[])
}

fn page(context: &PageContext, typed: &Typed, violations: &[Violation]) -> Markup {
    let lang = context.lang;
    let errors = Errors::new(lang, violations);
    context.page(TITLE.get(lang)).with_errors(errors.any()).body(html! {
        (error_summary(&errors))
        h1.govuk-heading-l { (TITLE.get(lang)) }
        p.govuk-body { (lang.pick(
            "Thông tin được đối chiếu với cơ sở dữ liệu dân cư; lần đối chiếu được ghi lại. Từ 14 tuổi tự đăng ký, bằng thẻ căn cước còn hạn.",
            "What you enter is compared with the population registry, and that is logged. From 14 years of age you register yourself, with an identity card in force.")) }
        (Form::new(context, "/citizen/register", html! {
            (TextInput::new(Question::new("number", NUMBER.get(lang)).errors(&errors)).value(&typed.number).digits().width(20).max(12).autocomplete("username"))
            (TextInput::new(Question::new("name", NAME.get(lang)).errors(&errors)).value(&typed.name).max(100).autocomplete("name"))
            (TextInput::new(Question::new("birth", BIRTH.get(lang)).hint(lang.pick("Ví dụ 05/08/1983", "For example 05/08/1983")).errors(&errors)).value(&typed.birth).width(10).max(10).autocomplete("bday"))
            (TextInput::new(Question::new("card", CARD.get(lang)).hint(CARD_HINT.get(lang)).errors(&errors)).value(&typed.card).max(512))
            (TextInput::new(Question::new("contact", CONTACT.get(lang)).hint(CONTACT_HINT.get(lang)).errors(&errors)).value(&typed.contact).max(200))
            (Button::main(lang.pick("Gửi mã", "Send the code")))
        }))
        p.govuk-body { a.govuk-link href="/citizen/sign-in" { (lang.pick("Đã có tài khoản? Đăng nhập", "Have an account? Sign in")) } }
    })
}

const NO_CARD: Invalid = Invalid::new(
    "register/card",
    "Nhập đủ ngày, tháng, năm cấp thẻ, không sau hôm nay; hoặc quét mã QR trên thẻ",
    "Enter day, month and year of issue, not after today; or scan the card’s QR code",
);
const OTHER_CARD: Invalid = Invalid::new(
    "register/other-card",
    "Thẻ vừa quét không phải của số, họ tên, ngày sinh đã nhập",
    "The card scanned has another number, name or birth than entered",
);

impl Typed {
    /// The form with what a scanned card says: what was left blank is filled in, and the date of issue stands in the place
    /// of the scan.
    ///
    /// # Errors
    /// The text is no card's, or a card's of somebody else than was typed.
    fn scanned(self) -> (Typed, Option<Invalid>) {
        if !CardText::is_meant(&self.card) {
            return (self, None);
        }
        let card = match CardText::parse(&self.card) {
            Ok(card) => card,
            Err(invalid) => return (self, Some(invalid)),
        };
        let blank = |text: &str| text.trim().is_empty();
        let same = (blank(&self.number) || PersonalNumber::parse(&self.number) == Ok(card.number))
            && (blank(&self.name) || FullName::parse(&self.name).is_ok_and(|name| name.matches(&card.name)))
            && (blank(&self.birth)
                || PartialDate::parse(&self.birth).is_ok_and(|birth| birth.agrees_with(card.birth_date)));
        if !same {
            return (Typed { card: card.issued_on.local_text(), ..self }, Some(OTHER_CARD));
        }
        let fill = |typed: String, scanned: String| if blank(&typed) { scanned } else { typed };
        let typed = Typed {
            number: fill(self.number, card.number.reveal()),
            name: fill(self.name, card.name.reveal().to_owned()),
            birth: fill(self.birth, card.birth_date.local_text()),
            card: card.issued_on.local_text(),
            contact: self.contact,
        };
        (typed, None)
    }
}

fn read(typed: &Typed, scan: Option<Invalid>) -> Result<Claimed, Vec<Violation>> {
    let mut wrong = Vec::new();
    let mut at = |field: &'static str, invalid: Invalid| wrong.push(invalid.at(field));
    let number = PersonalNumber::parse(&typed.number).map_err(|i| at("number", i)).ok();
    let name = FullName::parse(&typed.name).map_err(|i| at("name", i)).ok();
    let birth = PartialDate::parse(&typed.birth).map_err(|i| at("birth", i)).ok();
    let card = match scan {
        Some(invalid) => Err(invalid),
        None => PartialDate::parse(&typed.card).and_then(|card| {
            let told = card.is_whole() && card <= PartialDate::today();
            if told { Ok(card) } else { Err(NO_CARD) }
        }),
    };
    let card = card.map_err(|i| at("card", i)).ok();
    let contact = Contact::parse(&typed.contact).map_err(|i| at("contact", i)).ok();
    if birth.is_some_and(PartialDate::is_unknown) {
        at("birth", Invalid::new("register/birth", "Nhập ngày sinh", "Enter the date of birth"));
    }
    match (number, name, birth, card, contact) {
        (Some(number), Some(name), Some(birth_date), Some(card), Some(contact)) if wrong.is_empty() => {
            Ok(Claimed { number, name, birth_date, card, contact })
        }
        _ => Err(wrong),
    }
}

fn again(page: Markup) -> Response {
    (StatusCode::UNPROCESSABLE_ENTITY, page).into_response()
}

pub(super) async fn submit(
    State(provider): State<Provider>,
    context: PageContext,
    Extension(request): Extension<RequestId>,
    origin: Origin,
    OpenForm(typed): OpenForm<Typed>,
) -> Outcome<Response> {
    let (typed, scan) = typed.scanned();
    let claimed = match read(&typed, scan) {
        Ok(claimed) => claimed,
        Err(wrong) => return Ok(again(page(&context, &typed, &wrong))),
    };
    match provider.apply(&claimed, &origin.0, &request.to_string(), Moment::now()).await {
        Ok(secret) => {
            let to = claimed.contact.masked();
            Ok(code_page(&context, secret.reveal(), &to, &[]).into_response())
        }
        Err(error) => Ok(again(page(&context, &typed, &violations(error)?))),
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Confirming {
    application: String,
    to: String,
    code: String,
    password: String,
}

fn code_page(context: &PageContext, secret: &str, to: &str, violations: &[Violation]) -> Markup {
    let lang = context.lang;
    let errors = Errors::new(lang, violations);
    context.page(TITLE.get(lang)).with_errors(errors.any()).body(html! {
        (error_summary(&errors))
        h1.govuk-heading-l { (lang.pick("Nhập mã và đặt mật khẩu", "Enter the code and choose a password")) }
        (inset(html! { (lang.pick("Mã đã gửi tới ", "The code was sent to ")) strong { (to) }
            (lang.pick(", dùng được trong 10 phút.", " and can be used for 10 minutes.")) }))
        (Form::new(context, "/citizen/register/confirm", html! {
            input type="hidden" name="application" value=(secret);
            input type="hidden" name="to" value=(to);
            (TextInput::new(Question::new("code", CODE.get(lang)).errors(&errors)).digits().width(10).max(6).autocomplete("one-time-code"))
            (TextInput::new(Question::new("password", PASSWORD.get(lang)).hint(PASSWORD_HINT.get(lang)).errors(&errors)).password().autocomplete("new-password"))
            (Button::main(lang.pick("Tạo tài khoản", "Make the account")))
        }))
    })
}

pub(super) async fn confirm(
    State(provider): State<Provider>,
    context: PageContext,
    Extension(request): Extension<RequestId>,
    origin: Origin,
    OpenForm(form): OpenForm<Confirming>,
) -> Outcome<Response> {
    let whence = (origin.0.as_str(), &*request.to_string());
    let made = provider.confirm(&form.application, &form.code, &form.password, whence, Moment::now()).await;
    match made {
        Ok(()) => Ok(Redirect::to("/citizen/sign-in?new=yes").into_response()),
        Err(error) => Ok(again(code_page(&context, &form.application, &form.to, &violations(error)?))),
    }
}
