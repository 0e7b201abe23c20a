//! The gallery's content, shared with the snapshot tests.

use access::{Caller, UnitScope};
use axum::extract::Request;
use maud::{Markup, Render, html};
use vocabulary::{Actor, AgencyCode, Invalid, Lang, Text, UnitCode, Violation};
use web::{
    CsrfToken, Desk, Menu, MenuItem, PageContext, Workplace,
    components::{
        Banner, Button, Checkboxes, Choice, Color, Column, DateInput, DateParts, Details, EmptyState, Errors,
        Event, EvidenceCard, Fieldset, FileInput, Form, Order, Pagination, Question, Radios, Select,
        SheetHead, SummaryList, Table, Tag, Task, TaskList, TextArea, TextInput, Timeline, back_link,
        error_summary, inset, warning,
    },
};

/// The invented officer.
pub fn caller() -> Caller {
    let agency = AgencyCode::parse("H32").expect("a code");
    let unit = UnitCode::parse("22363").ok();
    Caller {
        actor: Actor { system: None, officer: None, agency, unit },
        name: "Lê Nguyễn Hoàng Thiên Ân".into(),
        roles: Vec::new(),
        units: UnitScope::Everywhere,
    }
}

/// What the identity middleware does in the product.
pub async fn signed_in(mut request: Request) -> Request {
    request.extensions_mut().insert(std::sync::Arc::new(caller()));
    request.extensions_mut().insert(Workplace("Công an phường Bắc Nha Trang, tỉnh Khánh Hòa".into()));
    request.extensions_mut().insert(CsrfToken("5f0c1e".into()));
    request
}

/// A menu as the desk has it.
pub fn menu() -> Menu {
    let item = |vi, en, href| MenuItem { text: Text::new(vi, en), href, shown: |caller| caller.is_some() };
    Menu {
        name: Text::new("Dân cư", "Dân cư"),
        items: vec![
            item("Bàn làm việc", "Desk", "/desk"),
            item("Tìm người", "Find a person", "/desk/search"),
            item("Tra cứu, xác nhận", "Look-ups", "/desk/look-up"),
            item("Cư trú", "Residence", "/desk/residence"),
            item("Nhật ký truy cập", "Access log", "/desk/log"),
        ],
        desk: Some(Desk {
            action: "/desk/search",
            field: "text",
            label: Text::new("Tìm người", "Find a person"),
            shown: |caller| caller.is_some(),
        }),
        footer: Text::new("Dữ liệu minh họa, không phải người thật.", "Sample data; no real persons."),
    }
}

/// The whole gallery on one page.
pub fn gallery(context: &PageContext) -> Markup {
    let lang = context.lang;
    let done = lang.pick("Đã đăng ký tạm trú cho 3 người.", "Temporary residence registered for 3 persons.");
    context
        .page(lang.pick("Bộ thành phần", "Component gallery"))
        .crumb(lang.pick("Bàn làm việc", "Desk"), "/desk")
        .notice(&Banner::done(lang, done).more(html! {
            p.govuk-body { a.govuk-notification-banner__link href="/desk/paper" { (lang.pick("In phiếu", "Print the card")) } }
        }))
        .body(html! {
            h1.govuk-heading-l { (lang.pick("Bộ thành phần", "Component gallery")) }
            @for (name, content) in sections(context) { section id=(name) { (content) } }
        })
}

/// The sections by name.
pub fn sections(context: &PageContext) -> Vec<(&'static str, Markup)> {
    let lang = context.lang;
    vec![
        ("errors", errors(lang)),
        ("form", form(context)),
        ("choices", choices(lang)),
        ("person", person(lang)),
        ("history", history(lang)),
        ("table", table(lang)),
        ("stacked", stacked(lang)),
        ("tasks", tasks(lang)),
        ("notices", notices(lang)),
        ("evidence", evidence(lang)),
    ]
}

fn violations() -> Vec<Violation> {
    let number = Invalid::new(
        "personal-number/digits",
        "Số định danh cá nhân phải gồm đúng 12 chữ số",
        "A personal number has exactly 12 digits",
    );
    let date = Invalid::new("date/calendar", "Ngày không có trong lịch", "No such day in the calendar");
    vec![number.at("number"), date.at("born")]
}

fn errors(lang: Lang) -> Markup {
    let violations = violations();
    let errors = Errors::new(lang, &violations);
    let number = Question::new("number", lang.pick("Số định danh cá nhân", "Personal number"))
        .hint(lang.pick("12 chữ số, in trên thẻ căn cước", "12 digits, printed on the identity card"))
        .errors(&errors);
    let born = Question::new("born", lang.pick("Ngày, tháng, năm sinh", "Date of birth"))
        .hint(lang.pick(
            "Bỏ trống phần không rõ, ví dụ chỉ ghi năm 1950",
            "Leave empty what is not known, for example only the year 1950",
        ))
        .errors(&errors);
    let typed = DateParts { day: "30".into(), month: "2".into(), year: "1987".into() };
    html! {
        (error_summary(&errors))
        (TextInput::new(number).digits().width(20).max(12).value("05630100999"))
        (DateInput::new(lang, born, &typed))
    }
}

fn form(context: &PageContext) -> Markup {
    let lang = context.lang;
    let name = Question::new("name", lang.pick("Họ, chữ đệm và tên", "Full name"));
    let basis = Question::new("basis", lang.pick("Căn cứ pháp lý", "Legal basis"))
        .hint(lang.pick("Văn bản và điều khoản", "Document and article"));
    let note = Question::new("note", lang.pick("Ghi chú", "Note")).optional(lang);
    let file = Question::new("file", lang.pick("Tệp danh sách", "List"))
        .hint(lang.pick("CSV, UTF-8, tối đa 1.000.000 dòng", "CSV, UTF-8, up to 1,000,000 rows"));
    Form::new(
        context,
        "/desk/look-up",
        html! {
            (Fieldset::new(lang.pick("Tra cứu để làm gì?", "What is the look-up for?"), html! {
                (TextInput::new(name).value("Nguyễn Phúc Bảo Hoàng Thị Quỳnh Như"))
                (TextInput::new(basis).value("Luật Cư trú 68/2020/QH14, Điều 20"))
                (TextArea::new(note).rows(3))
                (FileInput::new(file, ".csv,text/csv"))
            }))
            div.dancu-actions {
                (Button::main(lang.pick("Tra cứu", "Look up")))
                (Button::secondary(lang.pick("Lưu nháp", "Save draft")).sends("draft", "1"))
                (Button::warning(lang.pick("Hủy số", "Cancel the number")).link("/desk/cancel"))
            }
        },
    )
    .with_file()
    .render()
}

fn choices(lang: Lang) -> Markup {
    let members = Question::new("members", lang.pick("Ai cùng đăng ký?", "Who registers?")).hint(lang.pick(
        "Đánh dấu thành viên trong hộ, không cần gõ lại",
        "Tick members of the household; nothing to retype",
    ));
    let sex = Question::new("sex", lang.pick("Giới tính", "Sex"));
    let kind = Question::new("kind", lang.pick("Loại cư trú", "Kind of residence"));
    html! {
        (Checkboxes::new(members, [
            Choice::new("1", "Trần Thị Hòa").hint(lang.pick("Chủ hộ · 1958", "Head · 1958")).chosen(true),
            Choice::new("2", "Nguyễn Phúc Bảo Hoàng Thị Quỳnh Như").hint(lang.pick("Con · 02/1987", "Child · 02/1987")),
            Choice::new("3", "Lê Ân").hint(lang.pick("Đã tạm vắng từ 01/03/2026", "Absent since 01/03/2026")).disabled(true),
        ]))
        (Radios::new(sex, [Choice::new("male", lang.pick("Nam", "Male")), Choice::new("female", lang.pick("Nữ", "Female")).chosen(true)]).inline())
        (Select::new(kind, [
            Choice::new("permanent", lang.pick("Thường trú", "Permanent")),
            Choice::new("temporary", lang.pick("Tạm trú", "Temporary")).chosen(true),
        ]).prompt(lang.pick("Chọn loại", "Choose a kind")))
    }
}

fn person(lang: Lang) -> Markup {
    html! {
        div.dancu-heading {
            h2.govuk-heading-l { "Nguyễn Phúc Bảo Hoàng Thị Quỳnh Như" }
            (Tag::new(Color::Green, lang.pick("Đang thường trú", "Permanent resident")))
            (Tag::new(Color::Yellow, lang.pick("Cần làm rõ", "Needs checking")))
        }
        (SummaryList::new()
            .row(lang.pick("Số định danh cá nhân", "Personal number"), html! { span.dancu-number { "056187009999" } })
            .row(lang.pick("Ngày sinh", "Date of birth"), "02/1987")
            .action(lang.pick("Đính chính", "Correct"), "/desk/correct")
            .row(lang.pick("Nơi thường trú", "Permanent residence"), html! {
                "12/5 đường Hai Tháng Tư, tổ dân phố Đường Đệ 3, phường Bắc Nha Trang, tỉnh Khánh Hòa"
                span.dancu-provenance { (lang.pick("Theo giấy: phường Vĩnh Hòa, TP. Nha Trang", "As on paper: phường Vĩnh Hòa, TP. Nha Trang")) }
            })
            .row_if(lang.pick("Tên gọi khác", "Other name"), None::<&str>))
    }
}

fn history(lang: Lang) -> Markup {
    let officer = lang.pick(
        "Cán bộ Lê Ân, Công an phường Bắc Nha Trang · hồ sơ H32.12-261118-0007",
        "Officer Lê Ân, Công an phường Bắc Nha Trang · dossier H32.12-261118-0007",
    );
    html! {
        h2.govuk-heading-m { (lang.pick("Quá trình", "History")) }
        (Timeline::new([
            Event::new("18/11/2026 08:31:07", lang.pick("Đính chính ngày sinh", "Birth date corrected"))
                .body(html! { "1987 → 02/1987" }).who(officer),
            Event::new("03/02/2021 15:00:00", lang.pick("Đăng ký thường trú", "Permanent residence registered"))
                .tag(Tag::new(Color::Grey, lang.pick("Đã thay thế", "Superseded"))).superseded(true)
                .body(html! { "Xã Vĩnh Lương, TP. Nha Trang" }),
            Event::new("1987", lang.pick("Đăng ký khai sinh", "Birth registered")),
        ]))
    }
}

fn table(lang: Lang) -> Markup {
    let mut table = Table::new(
        lang.pick("Kết quả tìm kiếm", "Search results"),
        [
            Column::new(lang.pick("Họ tên", "Name")).sorted("?sort=-name", Some(Order::Ascending)),
            Column::new(lang.pick("Ngày sinh", "Born")).sorted("?sort=born", None),
            Column::new(lang.pick("Giới tính", "Sex")),
            Column::new(lang.pick("Nơi thường trú", "Permanent residence")),
            Column::numeric(lang.pick("Người trong hộ", "Household size")),
        ],
    );
    for (name, born, sex, place, size) in [
        ("Trần Thị Hòa", "12/08/1958", lang.pick("Nữ", "Female"), "Phường Bắc Nha Trang, Khánh Hòa", 5),
        ("Trần Thị Hoà", "1961", lang.pick("Nữ", "Female"), "Xã Cam Lâm, Khánh Hòa", 2),
        (
            "Nguyễn Phúc Bảo Hoàng Thị Quỳnh Như",
            "02/1987",
            lang.pick("Nữ", "Female"),
            "Đặc khu Trường Sa, Khánh Hòa",
            11,
        ),
    ] {
        table.row([
            html! { a.govuk-link href="/desk/people/7" { (name) } },
            html! { span.dancu-number { (born) } },
            html! { (sex) },
            html! { (place) },
            html! { (size) },
        ]);
    }
    html! { (table) (Pagination::new(lang, Some("?before=7"), Some("?after=9"))) }
}

fn stacked(lang: Lang) -> Markup {
    let mut table = Table::new(
        lang.pick("Ai đã xem", "Who looked"),
        [
            Column::new(lang.pick("Thời điểm", "Time")),
            Column::new(lang.pick("Cơ quan", "Agency")),
            Column::new(lang.pick("Mục đích", "Purpose")),
            Column::new(lang.pick("Kết quả", "Outcome")),
        ],
    )
    .stacked();
    table.row([
        html! { span.dancu-number { "21/11/2026 08:30:12" } },
        html! { "Trung tâm Phục vụ hành chính công tỉnh Khánh Hòa" },
        html! { (lang.pick("Giải quyết thủ tục hành chính", "Settling an administrative procedure")) },
        html! { (Tag::new(Color::Blue, lang.pick("Khớp", "Match"))) },
    ]);
    table.row([
        html! { span.dancu-number { "02/09/2026 14:05:40" } },
        html! { "Bảo hiểm xã hội Việt Nam" },
        html! { (lang.pick("Quản lý cư trú", "Managing residence")) },
        html! { (Tag::new(Color::Red, lang.pick("Từ chối", "Refused"))) },
    ]);
    html! { (table) }
}

fn tasks(lang: Lang) -> Markup {
    html! {
        h2.govuk-heading-m { (lang.pick("Các bước", "Steps")) }
        (TaskList::new("move", [
            Task::new(lang.pick("Kiểm tra số định danh", "Check the number"), Tag::new(Color::Green, lang.pick("Xong", "Done"))).link("/desk/1"),
            Task::new(lang.pick("Chọn thành viên cùng chuyển", "Choose who moves"), Tag::new(Color::Blue, lang.pick("Đang làm", "In progress"))).link("/desk/2"),
            Task::new(lang.pick("In phiếu tiếp nhận", "Print the receipt"), Tag::new(Color::Grey, lang.pick("Chưa làm được", "Cannot start yet")))
                .hint(lang.pick("Chờ chủ hộ mới đồng ý", "Waits for the new head's consent")),
        ]))
    }
}

fn notices(lang: Lang) -> Markup {
    html! {
        (inset(html! { (lang.pick("Mọi lần xem đều được ghi vào nhật ký mà người dân xem được.", "Every look is recorded in a log that the person can read.")) }))
        (warning(lang, lang.pick("Hai hồ sơ cùng khai một số định danh.", "Two records claim the same number.")))
        (Details::new(lang.pick("Vì sao bị từ chối?", "Why was it refused?"), html! { p.govuk-body { (lang.pick("Đơn vị này chưa được phân công cho tài khoản của bạn.", "This unit is not assigned to your account.")) } }))
        (EmptyState::new(lang.pick("Chưa có ai trong danh sách", "Nobody is on this list yet"), html! {
            p { (lang.pick("Danh sách hiện những người có phát hiện cần làm rõ tại đơn vị của bạn.", "It shows people with findings to clear in your unit.")) }
        }).action(Button::secondary(lang.pick("Tìm người", "Find a person")).link("/desk/search")))
        (back_link("/desk", lang.pick("Quay lại", "Back")))
    }
}

fn evidence(lang: Lang) -> Markup {
    html! {
        (EvidenceCard::new(lang, lang.pick("Phiếu bằng chứng tra cứu", "Evidence of a look-up"), "7Q4M-2XKD-90PA", "https://dancu.test/verify/7Q4M-2XKD-90PA")
            .row(lang.pick("Người tra cứu", "Asked by"), "Lê Nguyễn Hoàng Thiên Ân")
            .row(lang.pick("Cơ quan", "Agency"), "Công an phường Bắc Nha Trang, tỉnh Khánh Hòa")
            .row(lang.pick("Mục đích", "Purpose"), lang.pick("Giải quyết thủ tục hành chính", "Settling an administrative procedure"))
            .row(lang.pick("Căn cứ pháp lý", "Legal basis"), "Luật Cư trú 68/2020/QH14, Điều 20")
            .row(lang.pick("Thời điểm", "Time"), "21/11/2026 08:30:12")
            .row(lang.pick("Đã hiện", "Shown"), lang.pick("Họ tên: khớp; ngày sinh: khớp", "Name: match; date of birth: match")))
    }
}

/// A paper as it goes to the printer.
pub fn paper(context: &PageContext) -> Markup {
    let lang = context.lang;
    context.page(lang.pick("Xác nhận thông tin về cư trú", "Confirmation of residence")).body(html! {
        section.dancu-sheet {
            (SheetHead::new("CÔNG AN PHƯỜNG BẮC NHA TRANG").above("CÔNG AN TỈNH KHÁNH HÒA"))
            h1 class="govuk-heading-m dancu-sheet__title" { "XÁC NHẬN THÔNG TIN VỀ CƯ TRÚ" }
            p.govuk-body { "Họ, chữ đệm và tên: " strong { "Trần Thị Hòa" } }
            p.govuk-body { "Nơi thường trú: phường Bắc Nha Trang, tỉnh Khánh Hòa" }
            div.dancu-sheet__foot {
                (evidence(lang))
            }
        }
    })
}
