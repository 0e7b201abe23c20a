//! The first page, and the description of the JSON interface.

use axum::{Json, Router, routing::get};
use maud::{Markup, html};
use utoipa::openapi::OpenApi;
use web::{PageContext, SignedIn, components::Button};

/// `/`.
pub fn router(demo: bool) -> Router {
    Router::new().route(
        "/",
        get(async move |context: PageContext, caller: Option<SignedIn>| {
            home(&context, caller.is_some(), demo)
        }),
    )
}

/// `/api/openapi.json`.
pub fn openapi(api: OpenApi) -> Router {
    Router::new().route("/api/openapi.json", get(async move || Json(api.clone())))
}

fn home(context: &PageContext, signed_in: bool, demo: bool) -> Markup {
    let lang = context.lang;
    context.page(lang.pick("Trang chủ", "Home")).body(html! {
        h1 class="govuk-heading-xl" { (lang.pick("Cơ sở dữ liệu dân cư", "Population registry")) }
        p class="govuk-body-l" {
            (lang.pick(
                "Mỗi lần tra cứu đều nêu mục đích, và để lại một mục nhật ký mà công dân xem được, người ngoài kiểm chứng được.",
                "Every look-up states its purpose and leaves an entry that the citizen can see and an outsider can verify.",
            ))
        }
        @if let Some(work) = context.entries().first().filter(|_| signed_in) {
            (Button::main(work.text.get(lang)).link(work.href))
        } @else if !signed_in {
            (Button::main(lang.pick("Cán bộ đăng nhập", "Staff sign-in")).link("/sign-in"))
            p class="govuk-body" {
                a class="govuk-link" href="/citizen/sign-in" {
                    (lang.pick("Công dân: tài khoản định danh, và ai đã tra cứu dữ liệu của tôi", "Citizens: your account, and who looked at your data"))
                }
            }
        }
        h2 class="govuk-heading-m" { (lang.pick("Không cần đăng nhập", "Without signing in")) }
        ul class="govuk-list govuk-list--bullet" {
            li { a class="govuk-link" href="/confirmations" { (lang.pick("Kiểm tra giấy xác nhận thông tin về cư trú (CT07)", "Check a confirmation of residence (CT07)")) } }
            li { a class="govuk-link" href="/ledger/checkpoint" { (lang.pick("Điểm kiểm tra đã ký của nhật ký tra cứu", "The signed checkpoint of the access ledger")) } }
            li { a class="govuk-link" href="/api/openapi.json" { (lang.pick("Mô tả giao diện lập trình (OpenAPI)", "Description of the programming interface (OpenAPI)")) } }
            li { a class="govuk-link" href="/problems" { (lang.pick("Danh mục mã lỗi", "Catalogue of problem codes")) } }
        }
        @if demo && !signed_in {
            p class="govuk-body" { (lang.pick("Tài khoản dùng thử được in ở cửa sổ dòng lệnh đã khởi động chương trình.", "The demo sign-ins are printed in the terminal that started the program.")) }
        }
    })
}
