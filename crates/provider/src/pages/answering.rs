//! The question of an application: what, why, by whom; the citizen grants all, a part, or nothing.

use super::agency;
use crate::{
    error::OauthError,
    layer::{SignedInCitizen, to_sign_in},
    model::{Party, Scope, Scopes},
    rules::{
        authorization::{Asked, Refused, Sent},
        redirect,
    },
    service::{Begun, Decision, Offered, Provider, Step, Whom},
};
use axum::{
    extract::{Path, RawQuery, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use maud::{Markup, html};
use serde::Deserialize;
use vocabulary::{Moment, Problem, kinds};
use web::{
    FormBody, FormTarget, OpenForm, Outcome, PageContext,
    components::{Button, Checkboxes, Choice, Form, Question, Radios, SummaryList, inset},
};

pub(super) async fn begin(
    State(provider): State<Provider>,
    context: PageContext,
    citizen: Option<SignedInCitizen>,
    RawQuery(query): RawQuery,
) -> Outcome<Response> {
    let sent = serde_html_form::from_str(&query.unwrap_or_default());
    let sent: Sent = sent.map_err(|_| Problem::new(&kinds::MALFORMED))?;
    start(&provider, &context, citizen.as_ref(), &sent).await
}

pub(super) async fn begin_posted(
    State(provider): State<Provider>,
    context: PageContext,
    citizen: Option<SignedInCitizen>,
    OpenForm(sent): OpenForm<Sent>,
) -> Outcome<Response> {
    start(&provider, &context, citizen.as_ref(), &sent).await
}

async fn start(
    provider: &Provider,
    context: &PageContext,
    citizen: Option<&SignedInCitizen>,
    sent: &Sent,
) -> Outcome<Response> {
    match provider.begin(sent, citizen.map(|citizen| &citizen.session), Moment::now()).await? {
        Ok(Begun::Ask(secret)) => Ok(Redirect::to(&format!("/oidc/ask/{}", secret.reveal())).into_response()),
        Ok(Begun::Back(address)) => Ok(Redirect::to(&address).into_response()),
        Err(Refused::There(address, state, error)) => {
            error.log();
            let pairs = [("error", error.code), ("error_description", error.description.as_ref())];
            Ok(Redirect::to(&provider.back(&address, state.as_deref(), &pairs)?).into_response())
        }
        Err(Refused::Here(error)) => {
            error.log();
            Ok((StatusCode::BAD_REQUEST, refused(context, sent, &error)).into_response())
        }
    }
}

/// The longest address that is shown as it was received.
const SHOWN: usize = 300;

/// What the citizen and the developer of the application read where nobody can be sent back.
fn refused(context: &PageContext, sent: &Sent, error: &OauthError) -> Markup {
    let lang = context.lang;
    let title = lang.pick("Ứng dụng gửi yêu cầu không hợp lệ", "The application sent an invalid request");
    let address = sent.redirect_uri.as_deref().filter(|_| error.cause == "redirect-uri");
    context.page(title).body(html! {
        h1.govuk-heading-l { (title) }
        p.govuk-body { (lang.pick(
            "Bạn chưa chia sẻ gì. Hãy quay lại ứng dụng và thử lại; nếu vẫn vậy, báo cho đơn vị quản lý ứng dụng những dòng dưới đây.",
            "Nothing was shared. Go back to the application and try again; if it persists, tell its operator the lines below.")) }
        p.govuk-body { code { (error.code) } " – " (error.description) }
        @if let Some(address) = address {
            p.govuk-body { (lang.pick("Địa chỉ nhận được: ", "The address received: ")) code { (address.chars().take(SHOWN).collect::<String>()) } }
            p.govuk-body { (lang.pick(
                "Địa chỉ được so từng ký tự với redirect_uris trong đăng ký: dấu / ở cuối, localhost và 127.0.0.1, cổng đều khác nhau. Sửa đăng ký rồi chạy lại `dancu client register`.",
                "It is compared with redirect_uris of the registration character by character: a slash at the end, localhost and 127.0.0.1, and ports all differ. Change the registration and run `dancu client register` again.")) }
        }
        p class="govuk-body-s dancu-muted" { (lang.pick("Mã yêu cầu", "Request identifier")) ": " span.dancu-number { (context.request_id) } }
    })
}

async fn follow(provider: &Provider, context: &PageContext, secret: &str, step: Step) -> Outcome<Response> {
    Ok(match step {
        Step::Back(address) => Redirect::to(&address).into_response(),
        Step::SignIn => to_sign_in(&format!("/oidc/ask/{secret}")),
        Step::Gone => return Err(Problem::new(&kinds::NOT_FOUND)
            .detail(
                "Yêu cầu của ứng dụng đã hết hạn hoặc đã được trả lời. Hãy quay lại ứng dụng và bắt đầu lại.",
                "The application's request has expired or was answered. Go back to the application and begin again.",
            )
            .into()),
        Step::Ask(party, asked, acting) => {
            let mut response = page(context, secret, &party, &asked, &acting).into_response();
            if let Some(target) = provider.target(secret, Moment::now()).await? {
                response.extensions_mut().insert(FormTarget(target));
            }
            response
        }
    })
}

pub(super) async fn show(
    State(provider): State<Provider>,
    context: PageContext,
    citizen: Option<SignedInCitizen>,
    Path(secret): Path<String>,
) -> Outcome<Response> {
    let session = citizen.as_ref().map(|citizen| &citizen.session);
    let step = provider.step(&secret, session, Moment::now()).await?;
    follow(&provider, &context, &secret, step).await
}

fn page(context: &PageContext, secret: &str, party: &Party, asked: &Asked, acting: &[Offered]) -> Markup {
    let target = redirect::origin(&asked.redirect_uri).unwrap_or_default();
    let label = context.lang.pick("Địa chỉ", "Address");
    question(context, &format!("/oidc/ask/{secret}"), party, asked, (label, &target), acting)
}

/// What an application asks for, why and by whom, with a form for the answer; one row tells by what the citizen knows
/// that it is the right one.
pub(super) fn question(
    context: &PageContext,
    action: &str,
    party: &Party,
    asked: &Asked,
    (label, known_by): (&str, &str),
    acting: &[Offered],
) -> Markup {
    let lang = context.lang;
    let name = lang.pick(&party.name, &party.name_en);
    let title = lang.pick(format!("{name} xin thông tin của bạn"), format!("{name} asks for your data"));
    let organisations = acting.iter().any(|one| matches!(one.whom, Whom::Organisation(_)));
    let shown = |scope: &Scope| match scope {
        Scope::OpenId => false,
        Scope::Organisation => organisations,
        _ => true,
    };
    let choices = asked.scopes.iter().filter(shown).map(|scope| {
        let hint = party.scopes.get(&scope).map(|basis| {
            lang.pick(format!("Căn cứ: {}", basis.as_str()), format!("Legal basis: {}", basis.as_str()))
        });
        Choice::new(scope.name(), scope.text().get(lang)).hint(hint.unwrap_or_default()).chosen(true)
    });
    let choices: Vec<Choice> = choices.collect();
    context.page(&title).body(html! {
        h1.govuk-heading-l { (title) }
        (SummaryList::new()
            .row(lang.pick("Ứng dụng", "Application"), html! { (name) })
            .row(lang.pick("Cơ quan chịu trách nhiệm", "Agency answerable"), agency(&party.agency))
            .row(label, html! { (known_by) }))
        (Form::new(context, action, html! {
            @if !acting.is_empty() { (for_whom(context, acting)) }
            @if choices.is_empty() {
                (inset(html! { (lang.pick(
                    "Ứng dụng chỉ cần biết bạn là cùng một người ở các lần đăng nhập, không nhận họ tên hay số của bạn.",
                    "The application only learns that you are the same person each time, neither your name nor your number.")) }))
            } @else {
                (Checkboxes::new(Question::new("scope", lang.pick("Bạn đồng ý chia sẻ", "You agree to share")).hint(lang.pick(
                    "Bỏ chọn mục bạn không muốn chia sẻ.", "Untick what you do not want to share.")), choices))
            }
            p.govuk-body { (lang.pick(
                "Mỗi lần ứng dụng lấy thông tin đều được ghi lại. Bạn có thể thu hồi bất cứ lúc nào ở trang tài khoản.",
                "Each time the application gets data it is logged. You can take this back at any time on your account's page.")) }
            div.govuk-button-group {
                (Button::main(lang.pick("Đồng ý", "Agree")).sends("answer", "grant"))
                (Button::secondary(lang.pick("Từ chối", "Refuse")).sends("answer", "deny"))
            }
        }))
    })
}

/// For oneself, or for somebody who asked one to or whose guardian one is.
fn for_whom(context: &PageContext, acting: &[Offered]) -> Markup {
    let lang = context.lang;
    let own = Choice::new("", lang.pick("Cho chính tôi", "For myself")).chosen(true);
    let others = acting.iter().map(|one| {
        let name = &one.name;
        match one.whom {
            Whom::Citizen(id) => {
                Choice::new(id.to_string(), lang.pick(format!("Làm thay {name}"), format!("For {name}")))
            }
            Whom::Organisation(id) => Choice::new(
                format!("org:{id}"),
                lang.pick(format!("Thay mặt tổ chức {name}"), format!("For the organisation {name}")),
            ),
        }
    });
    let person = acting.iter().any(|one| matches!(one.whom, Whom::Citizen(_)));
    let hint = if person {
        lang.pick(
            "Khi làm thay, ứng dụng nhận thông tin của người đó, và biết là bạn làm thay.",
            "For another, the application gets that person’s data, and learns that you act.",
        )
    } else {
        lang.pick(
            "Khi thay mặt tổ chức, ứng dụng biết cả bạn và tổ chức.",
            "For an organisation, the application learns of you and of the organisation.",
        )
    };
    html! { (Radios::new(Question::new("behalf", lang.pick("Bạn đăng nhập", "You sign in")).hint(hint), std::iter::once(own).chain(others))) }
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Answer {
    behalf: String,
    scope: Vec<String>,
    answer: String,
}

impl Answer {
    pub fn decision(&self) -> Outcome<Decision> {
        if self.answer != "grant" {
            return Ok(Decision::Deny);
        }
        let malformed = || Problem::new(&kinds::MALFORMED);
        let scopes = Scopes::parse(&self.scope.join(" ")).ok_or_else(malformed)?;
        let behalf = match self.behalf.as_str() {
            "" => None,
            text => Some(match text.strip_prefix("org:") {
                Some(id) => Whom::Organisation(id.parse().map_err(|_| malformed())?),
                None => Whom::Citizen(text.parse().map_err(|_| malformed())?),
            }),
        };
        Ok(Decision::Grant(scopes, behalf))
    }
}

pub(super) async fn answer(
    State(provider): State<Provider>,
    context: PageContext,
    citizen: SignedInCitizen,
    Path(secret): Path<String>,
    FormBody(answer): FormBody<Answer>,
) -> Outcome<Response> {
    let step = provider.decide(&secret, &citizen.session, answer.decision()?, Moment::now()).await?;
    follow(&provider, &context, &secret, step).await
}
