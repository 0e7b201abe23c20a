//! Signing in on a computer with the word of a phone. The computer's page loads itself anew, without a script.

use super::{
    arrival::{Arrival, add_cookie, onwards},
    sign_in::next,
    time,
};
use crate::{
    layer::{SignedInCitizen, wait_cookie},
    service::{Asking, Provider, Waiting},
};
use axum::{
    extract::{Path, Query, State},
    http::{HeaderValue, StatusCode},
    response::{IntoResponse, Redirect, Response},
};
use maud::{Markup, html};
use serde::Deserialize;
use vocabulary::{Invalid, Moment, Text, Violation};
use web::{
    FormBody, OpenForm, Outcome, PageContext,
    components::{Button, Errors, Form, Question, SummaryList, TextInput, back_link, error_summary, warning},
    qr,
};

const TITLE: Text = Text::new("Đăng nhập bằng điện thoại", "Sign in with your phone");
const AGREE: Text = Text::new("Cho phép máy tính đăng nhập", "Let a computer sign in");
/// Seconds after which the computer's page looks anew.
const LOOK: &str = "4";

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Way {
    next: String,
    over: String,
}

fn other_ways(context: &PageContext) -> Markup {
    back_link("/citizen/sign-in", context.lang.pick("Cách đăng nhập khác", "Other ways to sign in"))
}

/// On the computer: the code to scan or type while it waits; onwards once the phone agreed.
pub(super) async fn wait(
    State(provider): State<Provider>,
    context: PageContext,
    arrival: Arrival,
    Query(way): Query<Way>,
) -> Outcome<Response> {
    let lang = context.lang;
    let heard = match &arrival.waits {
        Some(cookie) => provider.heard_from_phone(cookie, &arrival.place()).await?,
        None => Waiting::Over,
    };
    let code = match heard {
        Waiting::Done(opened, to) => {
            let mut response = onwards(&provider, next(&to), &opened);
            add_cookie(&mut response, wait_cookie(&provider, None));
            return Ok(response);
        }
        Waiting::Still(code) => code,
        Waiting::Over => {
            let page = context.page(TITLE.get(lang)).body(html! {
                h1.govuk-heading-l { (TITLE.get(lang)) }
                @if !way.over.is_empty() {
                    p.govuk-body { (lang.pick("Mã trước đã hết hạn hoặc bị từ chối trên điện thoại.", "The code before has expired, or the phone refused it.")) }
                }
                p.govuk-body { (lang.pick(
                    "Dùng điện thoại đang đăng nhập tài khoản định danh để cho phép máy tính này.",
                    "Use a phone that is signed in to your account to let this computer in.")) }
                (Form::new(&context, "/citizen/sign-in/phone", html! {
                    input type="hidden" name="next" value=(next(&way.next));
                    (Button::main(lang.pick("Hiện mã QR", "Show the QR code")))
                }))
                (other_ways(&context))
            });
            return Ok(page.into_response());
        }
    };
    let address = format!("{}/citizen/approve/{code}", provider.issuer()?);
    let here = crate::rules::redirect::with("/citizen/sign-in/phone", &[("over", "yes")]);
    let page = context.page(TITLE.get(lang)).body(html! {
        h1.govuk-heading-l { (TITLE.get(lang)) }
        p.govuk-body { (lang.pick(
            "Quét mã bằng máy ảnh của điện thoại, hoặc trên điện thoại mở trang Bảo mật, chọn “Cho phép máy tính đăng nhập” và nhập mã bên dưới.",
            "Scan the code with your phone's camera; or on the phone open the page Security, choose “Let a computer sign in” and enter the code below.")) }
        div.dancu-qr-large { (qr(&address, lang.pick("Mã QR để điện thoại cho phép máy tính này", "QR code with which your phone lets this computer in"))) }
        p.dancu-code { (code) }
        p.govuk-body { (lang.pick(
            "Trang tự chuyển khi điện thoại đồng ý. Mã dùng được trong 10 phút.",
            "The page goes on by itself once the phone agrees. The code can be used for 10 minutes.")) " "
            a.govuk-link href=(here) { (lang.pick("Kiểm tra ngay", "Look now")) } }
        (other_ways(&context))
    });
    let mut response = page.into_response();
    if let Ok(refresh) = HeaderValue::from_str(&format!("{LOOK}; url={here}")) {
        response.headers_mut().insert("refresh", refresh);
    }
    Ok(response)
}

pub(super) async fn begin(
    State(provider): State<Provider>,
    arrival: Arrival,
    OpenForm(way): OpenForm<Way>,
) -> Outcome<Response> {
    let cookie = provider.wait_for_phone(&arrival.place(), next(&way.next)).await?;
    let mut response = Redirect::to("/citizen/sign-in/phone").into_response();
    add_cookie(&mut response, wait_cookie(&provider, Some(&cookie)));
    Ok(response)
}

const UNKNOWN: Invalid = Invalid::new(
    "phone/code",
    "Không có máy tính nào đang chờ mã này. Kiểm tra lại mã trên máy tính.",
    "No computer waits with this code. Look at the code on the computer again.",
);

fn code_page(context: &PageContext, typed: &str, violations: &[Violation]) -> Markup {
    let lang = context.lang;
    let errors = Errors::new(lang, violations);
    context.page(AGREE.get(lang)).with_errors(errors.any()).body(html! {
        (error_summary(&errors))
        h1.govuk-heading-l { (AGREE.get(lang)) }
        (Form::new(context, "/citizen/approve", html! {
            (TextInput::new(Question::new("code", lang.pick("Mã đang hiện trên máy tính", "The code that the computer shows")).errors(&errors)).value(typed).width(20).max(20))
            (Button::main(lang.pick("Tiếp tục", "Continue")))
        }))
        (back_link("/citizen/security", lang.pick("Về trang Bảo mật", "Back to Security")))
    })
}

pub(super) async fn type_code(context: PageContext, _citizen: SignedInCitizen) -> Markup {
    code_page(&context, "", &[])
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Typed {
    code: String,
}

pub(super) async fn typed(
    State(provider): State<Provider>,
    context: PageContext,
    _citizen: SignedInCitizen,
    FormBody(typed): FormBody<Typed>,
) -> Outcome<Response> {
    match provider.computer(&typed.code, Moment::now()).await? {
        Some(asking) => Ok(question(&context, &typed.code, &asking).into_response()),
        None => {
            let page = code_page(&context, &typed.code, &[UNKNOWN.at("code")]);
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
    }
}

/// On the phone, after scanning: which computer asks.
pub(super) async fn scanned(
    State(provider): State<Provider>,
    context: PageContext,
    _citizen: SignedInCitizen,
    Path(code): Path<String>,
) -> Outcome<Response> {
    match provider.computer(&code, Moment::now()).await? {
        Some(asking) => Ok(question(&context, &code, &asking).into_response()),
        None => {
            let page = code_page(&context, "", &[UNKNOWN.at("code")]);
            Ok((StatusCode::NOT_FOUND, page).into_response())
        }
    }
}

fn question(context: &PageContext, code: &str, asking: &Asking) -> Markup {
    let lang = context.lang;
    let unknown = lang.pick("Không rõ", "Not known");
    context.page(AGREE.get(lang)).body(html! {
        h1.govuk-heading-l { (AGREE.get(lang)) }
        (SummaryList::new()
            .row(lang.pick("Mã trên máy tính", "Code on the computer"), html! { span.dancu-code { (code) } })
            .row(lang.pick("Máy tính", "Computer"), html! { @if asking.browser.is_empty() { (unknown) } @else { (asking.browser) } })
            .row(lang.pick("Địa chỉ mạng", "Network address"), html! { (asking.address) })
            .row(lang.pick("Bắt đầu lúc", "Since"), html! { (time(asking.asked_at)) }))
        (warning(lang, lang.pick(
            "Chỉ đồng ý khi chính bạn đang ngồi trước máy tính hiện mã này. Không ai, kể cả cán bộ, được nhờ bạn đồng ý thay họ.",
            "Agree only if you sit before the computer that shows this code. Nobody, officers included, may ask you to agree for them.")))
        (Form::new(context, "/citizen/approve/answer", html! {
            input type="hidden" name="code" value=(code);
            div.govuk-button-group {
                (Button::main(lang.pick("Đồng ý, đó là tôi", "Agree, it is me")).sends("answer", "agree"))
                (Button::warning(lang.pick("Từ chối", "Refuse")).sends("answer", "refuse"))
            }
        }))
    })
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Answer {
    code: String,
    answer: String,
}

pub(super) async fn answer(
    State(provider): State<Provider>,
    context: PageContext,
    citizen: SignedInCitizen,
    arrival: Arrival,
    FormBody(answer): FormBody<Answer>,
) -> Outcome<Markup> {
    let agreed = answer.answer == "agree";
    provider.answer_computer(&citizen.session, &answer.code, agreed, &arrival.request, arrival.now).await?;
    let lang = context.lang;
    let title = if agreed {
        lang.pick("Máy tính đang được đăng nhập", "The computer is being signed in")
    } else {
        lang.pick("Đã từ chối máy tính", "The computer was refused")
    };
    Ok(context.page(title).body(html! {
        h1.govuk-heading-l { (title) }
        p.govuk-body {
            @if agreed { (lang.pick("Bạn có thể kết thúc phiên của máy tính ở trang Bảo mật bất cứ lúc nào.", "You can end the computer's session on the page Security at any time.")) }
            @else { (lang.pick("Không có gì thay đổi.", "Nothing has changed.")) }
        }
        (back_link("/citizen/security", lang.pick("Về trang Bảo mật", "Back to Security")))
    }))
}
