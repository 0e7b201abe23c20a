//! What happened to an account, as its owner and officers read it.

use super::time;
use crate::{
    service::{WITH_CARD, WITHOUT_CARD},
    store::accounts::Happened,
};
use maud::{Markup, html};
use vocabulary::{Lang, Text};
use web::components::{Column, Table};

fn text(what: &str) -> Text {
    match what {
        WITH_CARD => Text::new(
            "Đăng ký từ xa; số, họ tên, ngày sinh và thẻ căn cước khớp với cơ sở dữ liệu dân cư",
            "Registered from afar; number, name, birth date and card agree with the registry",
        ),
        WITHOUT_CARD => Text::new(
            "Đăng ký từ xa; số, họ tên, ngày sinh khớp; cơ sở dữ liệu dân cư chưa có thẻ để đối chiếu",
            "Registered from afar; number, name and birth date agree; the registry holds no card to compare",
        ),
        "raised" => Text::new("Kích hoạt hồ sơ làm trực tiếp", "A file made in person was activated"),
        "reopened" => Text::new("Mở lại bằng hồ sơ mới", "Opened again by a new file"),
        "suspend" => Text::new("Tạm dừng", "Suspended"),
        "lock" => Text::new("Khóa", "Locked"),
        "unlock" => Text::new("Mở khóa", "Unlocked"),
        "close" => Text::new("Đóng", "Closed"),
        "death" => Text::new("Đóng vì có sự kiện khai tử", "Closed by an act of death"),
        "missing" => Text::new("Tạm dừng vì tuyên bố mất tích", "Suspended: declared missing"),
        "gone" => Text::new("Tạm dừng vì bản ghi dân cư bị hủy", "Suspended: the record was annulled"),
        "merged" => Text::new("Theo bản ghi dân cư đã gộp", "Follows the merged record"),
        "separated" => Text::new(
            "Như trước: việc gộp bản ghi dân cư đã bị hủy",
            "As before: the merge of records was undone",
        ),
        "unguarded" => Text::new(
            "Hết quan hệ cha, mẹ, giám hộ: người đó không còn làm thay",
            "No parent or guardian any more: that person acts no more",
        ),
        "vouched" => {
            Text::new("Cán bộ cấp mã lấy lại tài khoản", "An officer gave out a code to recover the account")
        }
        "number" => {
            Text::new("Số định danh mới theo cơ sở dữ liệu dân cư", "A new personal number in the registry")
        }
        _ => Text::new("Thay đổi khác", "Another change"),
    }
}

/// A table, or nothing where nothing happened.
pub(super) fn table(lang: Lang, events: &[Happened]) -> Markup {
    if events.is_empty() {
        return html! {};
    }
    let mut table = Table::new(
        lang.pick("Lịch sử tài khoản", "What happened to the account"),
        [
            Column::new(lang.pick("Thời điểm", "Time")),
            Column::new(lang.pick("Việc", "What")),
            Column::new(lang.pick("Ai", "By")),
            Column::new(lang.pick("Lý do, căn cứ", "Reason, basis")),
        ],
    )
    .stacked();
    for event in events {
        let by = match (event.officer.as_str(), event.what.as_str()) {
            ("", "death" | "missing" | "gone" | "merged" | "separated" | "number" | "unguarded") => {
                lang.pick("Cơ sở dữ liệu dân cư", "The registry").to_owned()
            }
            ("", _) => lang.pick("Chủ tài khoản", "The owner").to_owned(),
            (officer, _) => format!("{officer} ({})", event.agency),
        };
        table.row([
            html! { (time(event.at)) },
            html! { (text(&event.what).get(lang)) },
            html! { (by) },
            html! { (event.reason) span.dancu-provenance { (event.legal_basis) } },
        ]);
    }
    html! { (table) }
}
