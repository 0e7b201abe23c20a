//! How the values of records are said on pages.

use crate::{
    model::{Card, Person, Relative},
    sealed::{Kin, PersonRecord},
};
use maud::{Markup, html};
use reference::{Era, agencies, countries, ethnic_groups, procedures, units};
use vocabulary::{
    Actor, Address, FullName, Lang, Moment, PartialDate, PersonId, PersonalNumber, ProcedureCode, Text,
    UnitCode,
};

const NO_NAME: Text = Text::new("(chưa có họ tên)", "(no name recorded)");
const NOT_KNOWN: Text = Text::new("chưa rõ", "not known");
const ABROAD: Text = Text::new("nước ngoài", "abroad");
const FORMERLY: Text = Text::new("Trước 01/7/2025: ", "Before 1 July 2025: ");
const ON_PAPER: Text = Text::new("Theo giấy tờ: ", "As on paper: ");
const RECORD: Text = Text::new("hồ sơ số ", "record no. ");

/// A name, or that there is none.
pub(super) fn name(name: Option<&FullName>, lang: Lang) -> String {
    name.map_or_else(|| NO_NAME.get(lang).to_owned(), |n| n.reveal().to_owned())
}

/// A date as far as known.
pub(super) fn date(date: PartialDate, lang: Lang) -> String {
    if date.is_unknown() { NOT_KNOWN.get(lang).to_owned() } else { date.local_text() }
}

/// An identity card in one line.
pub(super) fn card(card: &Card, lang: Lang) -> String {
    let issued = format!("{} {}", lang.pick("cấp ngày", "issued"), date(card.issued_on, lang));
    let end = if card.expires_on.is_unknown() {
        lang.pick("không thời hạn", "without limit").to_owned()
    } else {
        format!("{} {}", lang.pick("có giá trị đến", "valid until"), card.expires_on.local_text())
    };
    let issuer = if card.issuer.is_empty() { String::new() } else { format!("; {}", card.issuer) };
    format!("{issued}; {end}{issuer}")
}

/// A point in time without seconds.
pub(super) fn time(moment: Moment) -> String {
    let text = moment.local_text();
    text.get(..16).unwrap_or(&text).to_owned()
}

/// The day of a point in time.
pub(super) fn day(moment: Moment) -> String {
    moment.local_text().chars().take(10).collect()
}

fn day_of(moment: Moment) -> u32 {
    let (y, m, d) = moment.local_date();
    y as u32 * 10_000 + m as u32 * 100 + d as u32
}

/// Figures that keep their width.
pub(super) fn figures(text: impl std::fmt::Display) -> Markup {
    html! { span.dancu-number { (text.to_string()) } }
}

/// A number of which the middle is hidden, read out as such.
pub(super) fn masked(number: Option<PersonalNumber>, lang: Lang) -> Markup {
    match number {
        Some(number) => figures(number.masked()),
        None => html! { span.dancu-muted { (lang.pick("chưa có", "none")) } },
    }
}

/// A commune with its province, in the structure since 1 July 2025.
pub(super) fn unit(code: UnitCode) -> String {
    units::path(code, Era::Since2025).unwrap_or_else(|| code.to_string())
}

/// An address in one line, the present names of units.
pub(super) fn address_line(a: &Address, lang: Lang) -> String {
    let mut parts: Vec<String> = Vec::new();
    if !a.detail.is_empty() {
        parts.push(a.detail.clone());
    }
    match (a.new_unit, a.old_unit) {
        (Some(new), _) => parts.push(unit(new)),
        (None, Some(old)) => parts.push(units::path(old, Era::Before2025).unwrap_or_else(|| old.to_string())),
        (None, None) if a.detail.is_empty() && !a.text.is_empty() => parts.push(a.text.clone()),
        (None, None) => {}
    }
    if let Some(code) = a.country.as_deref().filter(|c| *c != "VN") {
        parts.push(countries::find(code).map_or_else(|| code.to_owned(), |c| c.name.get(lang).to_owned()));
    }
    parts.join(", ")
}

/// An address with what it was called before and how the paper wrote it.
pub(super) fn address(a: &Address, lang: Lang) -> Markup {
    let line = address_line(a, lang);
    let former =
        a.old_unit.filter(|_| a.new_unit.is_some()).and_then(|old| units::path(old, Era::Before2025));
    let paper = Some(&a.text).filter(|text| !text.is_empty() && **text != line);
    html! {
        (line)
        @if let Some(former) = former { span.dancu-provenance { (FORMERLY.get(lang)) (former) } }
        @if let Some(paper) = paper { span.dancu-provenance { (ON_PAPER.get(lang)) (paper) } }
    }
}

/// Whether an address lies abroad.
pub(super) fn abroad(a: &Address) -> bool {
    a.country.as_deref().is_some_and(|c| c != "VN")
}

/// The country of an address abroad.
pub(super) fn country(a: &Address, lang: Lang) -> String {
    match a.country.as_deref() {
        Some(code) => countries::find(code).map_or(ABROAD.get(lang), |c| c.name.get(lang)).to_owned(),
        None => String::new(),
    }
}

/// An ethnic group by its code; words stay as they are.
pub(super) fn ethnicity(code: &str) -> String {
    ethnic_groups::find(code).map_or_else(|| code.to_owned(), |g| g.name.to_owned())
}

/// Countries by their codes.
pub(super) fn nationalities(codes: &[String], lang: Lang) -> String {
    let word =
        |code: &String| countries::find(code).map_or_else(|| code.clone(), |c| c.name.get(lang).to_owned());
    codes.iter().map(word).collect::<Vec<_>>().join(", ")
}

/// A procedure's code with its name.
pub(super) fn procedure(code: &ProcedureCode) -> Markup {
    html! { (figures(code)) @if let Some(p) = procedures::find(code) { " – " (p.name) } }
}

/// The address of a person's page.
pub(super) fn person_path(id: PersonId) -> String {
    format!("/desk/persons/{id}")
}

/// Somebody as a list names them: name with a link, birth, number.
pub(super) fn kin(id: PersonId, kin: &Kin, lang: Lang) -> Markup {
    html! {
        a.govuk-link href=(person_path(id)) { (name(kin.name.as_ref(), lang)) }
        @if !kin.birth_date.is_unknown() { ", " (lang.pick("sinh", "born")) " " (figures(date(kin.birth_date, lang))) }
        @if kin.number.is_some() { " · " (masked(kin.number, lang)) }
    }
}

/// A relative: a record with its link, or what is known of the person.
pub(super) fn relative(relative: &Relative, record: &PersonRecord, lang: Lang) -> Markup {
    match (relative.person, relative.person.and_then(|id| record.kin.get(&id))) {
        (Some(id), Some(known)) => kin(id, known, lang),
        (Some(id), None) => html! { a.govuk-link href=(person_path(id)) { (RECORD.get(lang)) (id) } },
        (None, _) => html! {
            (name(relative.name.as_ref(), lang))
            @if let Some(number) = relative.number { " · " (figures(number.masked())) }
        },
    }
}

/// Somebody whom an act names: by name where this record knows it, else by the number of the record.
pub(super) fn somebody(id: PersonId, record: &PersonRecord, lang: Lang) -> Markup {
    let own = (record.person.id == id).then_some(record.person.name.as_ref()).flatten();
    let known = own.or_else(|| record.kin.get(&id).and_then(|k| k.name.as_ref()));
    html! {
        @match known {
            Some(n) => a.govuk-link href=(person_path(id)) { (n.reveal()) },
            None => a.govuk-link href=(person_path(id)) { (RECORD.get(lang)) (id) },
        }
    }
}

/// Who answered for an act or a look-up at the time: officer or system, agency, unit.
pub(super) fn actor(actor: &Actor, at: Moment, lang: Lang) -> String {
    let mut parts = Vec::new();
    if let Some(officer) = &actor.officer {
        parts.push(format!("{} {}", lang.pick("Cán bộ", "Officer"), officer.as_str()));
    }
    if let Some(system) = &actor.system {
        parts.push(format!("{} {}", lang.pick("Hệ thống", "System"), system.as_str()));
    }
    if let Some(code) = actor.unit {
        let era = if day_of(at) < Era::CHANGE { Era::Before2025 } else { Era::Since2025 };
        parts.push(units::path(code, era).unwrap_or_else(|| code.to_string()));
    }
    parts.push(match agencies::head(&actor.agency) {
        Some(agency) => format!("{} ({})", agency.name, actor.agency),
        None => actor.agency.to_string(),
    });
    parts.join(" · ")
}

/// A service of the product in words, as the log of look-ups names it.
pub(super) fn service(code: &str, lang: Lang) -> String {
    let (vi, en) = match code {
        "population.search" => ("Tìm người (danh sách)", "Search (list)"),
        "population.person" => ("Xem trang thông tin người", "Person page"),
        "population.household" => ("Xem trang hộ", "Household page"),
        "population.access-log" => ("Xem lịch sử tra cứu", "Access log"),
        "population.verify" => ("Xác minh số", "Number verified"),
        "population.verify-head" => ("Xác minh chủ hộ", "Head of household verified"),
        "population.verify-batch" => ("Xác minh theo lô", "Verified in batch"),
        "population.confirm-number" => {
            ("Xác nhận số CMND và số định danh", "Former and personal number confirmed")
        }
        "population.citizen" => ("Lấy thông tin công dân", "Citizen's data"),
        "population.residence-confirmation" => {
            ("Xác nhận thông tin về cư trú (CT07)", "Confirmation of residence (CT07)")
        }
        "population.receipt" => ("Xem phiếu ghi nhận biến động", "Receipt of an act"),
        "population.record-residence-act" => ("Ghi biến động cư trú", "Act of residence recorded"),
        "population.record-civil-act" => ("Ghi sự kiện hộ tịch", "Act of civil status recorded"),
        "population.correct" => ("Điều chỉnh thông tin", "Record corrected"),
        "population.issue-number" => ("Cấp, hủy số định danh", "Number issued or cancelled"),
        "population.import" => ("Nhập dữ liệu từ tệp", "Imported from a file"),
        "population.compare-duplicates" => ("So hồ sơ có thể trùng", "Possible duplicate compared"),
        "population.merge" => ("Hợp nhất hồ sơ", "Records merged"),
        "population.audit" => ("Thanh tra nhật ký", "Ledger inspected"),
        "population.export" => ("Kết xuất dữ liệu ra tệp", "Exported to a file"),
        "population.changes" => ("Nhận dữ liệu biến động", "Changes read"),
        "ledger.prove" => ("Xuất bằng chứng của mục nhật ký", "Proof of an entry made"),
        "identity.staff.signed-in" => ("Cán bộ đăng nhập", "Officer signed in"),
        other if other.starts_with("identity.staff.") => {
            ("Quản lý tài khoản cán bộ", "Officer's account managed")
        }
        other if other.starts_with("identity.client.") => {
            ("Quản lý hệ thống kết nối", "Calling system managed")
        }
        other => return other.to_owned(),
    };
    lang.pick(vi, en).to_owned()
}

/// A person's name and, behind it, birth: how headings and lists of forms tell people apart.
pub(super) fn who(p: &Person, lang: Lang) -> String {
    format!("{}, {} {}", name(p.name.as_ref(), lang), lang.pick("sinh", "born"), date(p.birth_date, lang))
}
