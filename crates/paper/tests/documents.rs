//! Documents are whole, tagged, the same each time, and break where they must.

use paper::{Column, Document, Table};
use vocabulary::Lang;

fn table(rows: usize) -> Table {
    let mut table = Table::new([
        Column::new("Đơn vị hành chính", 3.0),
        Column::numeric("Hồ sơ", 1.0),
        Column::numeric("Đúng", 1.0),
        Column::numeric("So với tuần trước", 1.4),
    ]);
    for n in 0..rows {
        let name = if n % 7 == 3 {
            "Xã Nguyễn Thị Minh Khai của tỉnh có tên rất dài, trước đây là ba xã"
        } else {
            "Phường Nha Trang"
        };
        table.row([format!("{n}. {name}"), (n * 1_237).to_string(), "99,75 %".into(), "+0,25".into()]);
    }
    table
}

fn report(rows: usize) -> Document {
    Document::new("Điểm chất lượng dữ liệu", Lang::Vi)
        .letterhead(
            &["ỦY BAN NHÂN DÂN TỈNH KHÁNH HÒA", "CÔNG AN TỈNH"],
            "Khánh Hòa, ngày 21 tháng 11 năm 2026",
        )
        .title("BÁO CÁO\nĐiểm chất lượng dữ liệu dân cư")
        .heading("1. Theo xã, phường")
        .paragraph("Dữ liệu “đúng, đủ, sạch, sống”: Ưu tiên xử lý các trường hợp trùng; ẵm ẫm ữ ỡ ợ ỵ ỷ Ỹ.")
        .table(table(rows))
        .signatures(&[("NGƯỜI LẬP BIỂU", "(Ký, ghi rõ họ tên)"), ("LÃNH ĐẠO ĐƠN VỊ", "(Ký, đóng dấu)")])
}

fn count(file: &[u8], what: &[u8]) -> usize {
    file.windows(what.len()).filter(|part| *part == what).count()
}

#[test]
fn the_same_document_is_the_same_file() {
    let file = report(5).finish().expect("written");
    assert!(file.starts_with(b"%PDF-") && file.ends_with(b"%%EOF"));
    assert_eq!(file, report(5).finish().expect("written"));
    assert_ne!(file, report(6).finish().expect("written"));
}

#[test]
fn tables_go_on_over_pages_and_every_row_is_tagged() {
    let pages = |rows| {
        count(&report(rows).finish().expect("written"), b"/Type/Page/")
            .max(count(&report(rows).finish().expect("written"), b"/Type /Page\n"))
    };
    assert_eq!(pages(3), 1);
    assert!(pages(60) > 1, "{}", pages(60));
}

#[test]
fn a_cell_taller_than_a_page_and_a_word_wider_than_its_column_are_broken() {
    let mut table = Table::new([Column::new("A", 1.0), Column::new("B", 1.0)]);
    table.row(["một hai ba ".repeat(600), "x".repeat(900)]);
    table.row(["thiếu ô".to_owned()]);
    let file = Document::new("Dài", Lang::Vi).landscape().table(table).finish().expect("written");
    assert!(file.len() > 10_000);
}

#[test]
fn an_empty_document_is_a_page() {
    assert!(
        Document::new("", Lang::En).table(Table::new([])).finish().expect("written").starts_with(b"%PDF-")
    );
}
