//! What pages of organisations share: how a file and an account stand, and what happened.

use super::time;
use crate::{rules::standing::Standing, store::organisations::Happened};
use maud::{Markup, html};
use vocabulary::{Lang, Text};
use web::components::{Color, Column, Table, Tag};

/// How a file stands, as a tag.
pub(super) fn file_state(lang: Lang, state: &str) -> Markup {
    let (color, text) = match state {
        "agreeing" => (Color::Yellow, Text::new("Chờ người đại diện đồng ý", "Representatives to agree")),
        "submitted" => (Color::Blue, Text::new("Chờ đối chiếu", "To be compared")),
        "received" => (Color::Blue, Text::new("Chờ duyệt", "Waiting for approval")),
        "approved" => (Color::Blue, Text::new("Chờ kích hoạt", "Waiting to be activated")),
        "refused" => (Color::Red, Text::new("Bị từ chối", "Refused")),
        "withdrawn" => (Color::Grey, Text::new("Đã rút", "Withdrawn")),
        _ => (Color::Green, Text::new("Đã kích hoạt", "Activated")),
    };
    html! { (Tag::new(color, text.get(lang))) }
}

/// How an account stands, as a tag.
pub(super) fn standing(lang: Lang, standing: Standing) -> Markup {
    let color = match standing {
        Standing::Active => Color::Green,
        Standing::Suspended | Standing::Locked => Color::Yellow,
        Standing::Closed => Color::Grey,
    };
    html! { (Tag::new(color, standing.text().get(lang))) }
}

fn text(what: &str) -> Text {
    match what {
        "activated" => Text::new("Kích hoạt hồ sơ đã duyệt", "An approved file was activated"),
        "let" => Text::new("Giao việc", "Let somebody act"),
        "accepted" => Text::new("Đồng ý việc được giao", "Accepted to act"),
        "declined" => Text::new("Từ chối hoặc thôi việc được giao", "Declined to act, or gave it up"),
        "withdrawn" => Text::new("Thu hồi việc đã giao", "Withdrew what somebody may do"),
        "acted" => Text::new("Đăng nhập thay mặt tổ chức", "Signed in for the organisation"),
        "left" => Text::new("Thôi làm người đại diện", "Represents it no more"),
        "ended" => Text::new(
            "Không còn là người đại diện: tài khoản của người đó đã đóng",
            "Represents it no more: that person’s account is closed",
        ),
        "removed" => Text::new("Kết thúc người đại diện", "A representative was ended"),
        "suspend" => Text::new("Tạm dừng", "Suspended"),
        "unlock" => Text::new("Mở lại", "Restored"),
        "close" => Text::new("Đóng", "Closed"),
        _ => Text::new("Thay đổi khác", "Another change"),
    }
}

/// What happened, or nothing where nothing did.
pub(super) fn events(lang: Lang, events: &[Happened]) -> Markup {
    if events.is_empty() {
        return html! {};
    }
    let mut table = Table::new(
        lang.pick("Lịch sử của tổ chức", "What happened"),
        [
            Column::new(lang.pick("Thời điểm", "Time")),
            Column::new(lang.pick("Việc", "What")),
            Column::new(lang.pick("Ai", "By")),
            Column::new(lang.pick("Với ai, lý do, căn cứ", "Whom, reason, basis")),
        ],
    )
    .stacked();
    for event in events {
        let by = match (&event.citizen, event.officer.as_str()) {
            (Some(number), _) => number.masked(),
            (None, "") => lang.pick("Cơ sở dữ liệu dân cư", "The registry").to_owned(),
            (None, officer) => format!("{officer} ({})", event.agency),
        };
        table.row([
            html! { (time(event.at)) },
            html! { (text(&event.what).get(lang)) @if !event.client.is_empty() { span.dancu-provenance { (event.client) } } },
            html! { (by) },
            html! {
                @if let Some(other) = &event.other { span.dancu-number { (other.masked()) } " " }
                (event.reason)
                @if !event.legal_basis.is_empty() { span.dancu-provenance { (event.legal_basis) } }
            },
        ]);
    }
    html! { (table) }
}
