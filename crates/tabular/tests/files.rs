//! Whole files, as offices send them, read through the face.
#![allow(clippy::unwrap_used, clippy::panic, clippy::expect_used, reason = "tests")]

use rust_xlsxwriter::{ExcelDateTime, Format as CellFormat, Formula, Workbook};
use std::io::{Cursor, Read, Seek, SeekFrom, Write};
use tabular::{
    CellKind, Encoding, Format, Limits, Options, REASON, Reason, RejectWriter, Row, Severity, Table,
    encode_tcvn3, encode_vni,
};
use vocabulary::Lang;

fn known() -> Vec<String> {
    ["Họ và tên", "Ngày sinh", "Số CCCD", "Địa chỉ"].map(str::to_owned).to_vec()
}

fn open(bytes: impl Into<Vec<u8>>) -> Table {
    Table::read_from(Cursor::new(bytes.into()), Options { known: known(), ..Options::default() }).unwrap()
}

fn refused(bytes: &[u8]) -> &'static str {
    match Table::read_from(Cursor::new(bytes.to_vec()), Options::default()) {
        Ok(_) => panic!("was read"),
        Err(fault) => {
            assert!(!fault.vi.is_empty() && !fault.en.is_empty());
            fault.rule
        }
    }
}

fn rows(table: Table) -> Vec<Row> {
    table.map(Result::unwrap).collect()
}

fn texts(row: &Row) -> Vec<&str> {
    row.cells.iter().map(|cell| cell.text.as_str()).collect()
}

fn rules(row: &Row) -> Vec<&'static str> {
    row.notices.iter().map(|notice| notice.rule).collect()
}

fn file_rules(table: &Table) -> Vec<&'static str> {
    table.notices.iter().map(|notice| notice.rule).collect()
}

const LIST: &str = "Họ và tên;Ngày sinh;Số CCCD;Địa chỉ\r\n\
    Nguyễn Thị Hòa;05/02/1987;056187000011;Xã Vĩnh Hiệp, Nha Trang\r\n\
    Trần Văn Đức;00/00/1950;056050000012;\"Phường \"\"Bến Nghé\"\"\"\r\n\
    Lê Thị Ngọc Ánh;02/1960;;Thôn Đồng Nai\r\n";

#[test]
fn a_list_reads_the_same_in_every_encoding() {
    let lower = LIST.to_lowercase();
    let utf16 = |big: bool| -> Vec<u8> {
        let units = "\u{FEFF}".encode_utf16().chain(LIST.encode_utf16());
        units.flat_map(|u| if big { u.to_be_bytes() } else { u.to_le_bytes() }).collect()
    };
    let decomposed: String = unicode_normalization::UnicodeNormalization::nfd(LIST).collect();
    for (bytes, encoding) in [
        (LIST.as_bytes().to_vec(), Encoding::Utf8),
        (format!("\u{FEFF}{LIST}").into_bytes(), Encoding::Utf8),
        (decomposed.into_bytes(), Encoding::Utf8),
        (utf16(false), Encoding::Utf16Le),
        (utf16(true), Encoding::Utf16Be),
        (utf16(false)[2..].to_vec(), Encoding::Utf16Le),
        (encode_vni(LIST).unwrap(), Encoding::Vni),
        (encode_tcvn3(&lower).unwrap(), Encoding::Tcvn3),
    ] {
        let table = open(bytes);
        assert_eq!((table.format, table.encoding, table.delimiter), (Format::Csv, encoding, Some(b';')));
        let fold =
            |text: &str| if encoding == Encoding::Tcvn3 { text.to_lowercase() } else { text.to_owned() };
        assert_eq!(table.headers, ["Họ và tên", "Ngày sinh", "Số CCCD", "Địa chỉ"].map(&fold));
        let rows = rows(table);
        assert_eq!(rows.iter().map(|row| row.number).collect::<Vec<_>>(), [2, 3, 4]);
        assert_eq!(
            texts(&rows[0]),
            ["Nguyễn Thị Hòa", "05/02/1987", "056187000011", "Xã Vĩnh Hiệp, Nha Trang"].map(&fold)
        );
        assert_eq!(rows[1].text(3), fold("Phường \"Bến Nghé\""));
        assert!(rows.iter().all(|row| row.notices.is_empty()), "{encoding:?} {rows:?}");
    }
}

#[test]
fn rows_in_another_encoding_are_converted_with_a_warning() {
    let mut bytes = LIST.as_bytes().to_vec();
    bytes.extend(encode_tcvn3("Nguyễn Văn Bình;1970;1;Phường Hồng Bàng\r\n").unwrap());
    let rows = rows(open(bytes));
    assert_eq!(rows[3].text(0), "Nguyễn Văn Bình");
    assert_eq!(rules(&rows[3]), ["encoding/mixed"]);
    assert!(!rows[3].has_errors());
}

#[test]
fn titles_above_the_header_and_numbers_below_it_are_passed_over() {
    let table = open(
        "UBND XÃ VĨNH HIỆP;;;\n\nDANH SÁCH HỘ NGHÈO;năm 2026;;\nSTT;HỌ VÀ TÊN;Ngày\tsinh;Số CCCD\n(1);(2);(3);(4)\n1;A;1950;5\n",
    );
    assert_eq!(table.headers, ["STT", "HỌ VÀ TÊN", "Ngày sinh", "Số CCCD"]);
    assert_eq!(table.header_row, 4);
    assert_eq!(file_rules(&table), ["header/below", "header/numbers"]);
    let rows = rows(table);
    assert_eq!((rows.len(), rows[0].number), (1, 6));

    let options = Options { header_row: Some(2), ..Options::default() };
    let table = Table::read_from(Cursor::new(b"x,y\na,b\n1,2\n".to_vec()), options).unwrap();
    assert_eq!((table.headers.clone(), table.header_row), (vec!["a".to_owned(), "b".to_owned()], 2));
    assert_eq!(texts(&rows_of(table)[0]), ["1", "2"]);
}

fn rows_of(table: Table) -> Vec<Row> {
    rows(table)
}

#[test]
fn ragged_rows_and_odd_headers_are_told() {
    let table = open("a,b,,a,\n1,2\n1,2,3,4,,\n1,2,3,4,,6\n,,,,\n1,2");
    assert_eq!(file_rules(&table), ["header/empty", "header/duplicate"]);
    assert_eq!(table.notices[1].sentence(Lang::Vi), "Dòng 1, cột D: Tên cột bị lặp");
    let rows = rows(table);
    assert_eq!(rules(&rows[0]), ["row/too-few-cells"]);
    assert_eq!(rows[0].cells.len(), 4);
    assert_eq!(rules(&rows[1]), [] as [&str; 0]);
    assert_eq!(rules(&rows[2]), ["row/too-many-cells"]);
    assert_eq!((rows[3].number, rules(&rows[3])), (6, vec!["row/cut-off"]));
    assert!(rows[3].has_errors());
}

#[test]
fn what_is_no_table_is_named() {
    for (bytes, rule) in [
        (&b""[..], "file/empty"),
        (b"  \r\n ", "file/empty"),
        (b"\x1F\x8B\x08rest", "file/gzip"),
        (b"%PDF-1.7 ...", "file/pdf"),
        (b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1rest", "file/xls"),
        (b"\xD0\xCF\x11\xE0E\0n\0c\0r\0y\0p\0t\0e\0d\0P\0a\0c\0k\0a\0g\0e\0", "file/encrypted"),
        (b"Rar!\x1A\x07", "file/archive"),
        (b"PK\x03\x04 cut off", "file/truncated"),
        (b"<html><table><tr><td>1</td></tr></table></html>", "file/markup"),
        (b"[{\"a\":1}]", "file/json-array"),
        (b"\0\x01\x02\x03\x04\x05\x06\x07\0\x01\x02\x03\x0e", "file/binary"),
    ] {
        assert_eq!(refused(bytes), rule);
    }
    for (entry, rule) in [
        ("xl/workbook.bin", "file/xlsb"),
        ("word/document.xml", "file/word"),
        ("danh-sach.csv", "file/archive"),
    ] {
        assert_eq!(refused(&archive(&[(entry, b"x")])), rule);
    }
    assert_eq!(refused(&archive(&[("mimetype", b"x"), ("content.xml", b"x")])), "file/ods");
    assert_eq!(Table::open("/nowhere/at-all.csv", Options::default()).err().unwrap().rule, "file/unreadable");
}

fn archive(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in entries {
        zip.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// A workbook of one sheet whose XML is given.
fn workbook_of(sheet: &str, strings: &str) -> Vec<u8> {
    let book =
        r#"<workbook xmlns:r="r"><sheets><sheet name="Tờ 1" sheetId="1" r:id="rId1"/></sheets></workbook>"#;
    let relations = r#"<Relationships><Relationship Id="rId1" Type="x/worksheet" Target="worksheets/sheet1.xml"/></Relationships>"#;
    archive(&[
        ("[Content_Types].xml", b"<Types/>"),
        ("xl/workbook.xml", book.as_bytes()),
        ("xl/_rels/workbook.xml.rels", relations.as_bytes()),
        ("xl/worksheets/sheet1.xml", sheet.as_bytes()),
        ("xl/sharedStrings.xml", strings.as_bytes()),
    ])
}

/// Cells in their plain form are read by a shorter way than others: what they hold is the same, wherever the pieces end in
/// which a sheet is unpacked.
#[test]
fn plain_cells_and_others_tell_the_same() {
    let mut sheet = String::from("<worksheet><sheetData><row r=\"1\">");
    for (column, header) in ["Họ và tên", "Ngày sinh", "Số CCCD", "Địa chỉ", "Tuổi"].iter().enumerate()
    {
        let place = char::from(b'A' + column as u8);
        sheet += &format!("<c r=\"{place}1\" t=\"inlineStr\"><is><t>{header}</t></is></c>");
    }
    sheet += "</row>";
    for row in 2..3_000 {
        let long = "Nguyễn ".repeat(row % 40);
        sheet += &format!(
            "<row r=\"{row}\"><c r=\"A{row}\" t=\"inlineStr\"><is><t xml:space=\"preserve\">{long}An {row}</t></is></c>\n\
             <c r=\"B{row}\" s=\"1\"><v>{}</v></c><c r=\"C{row}\" t=\"s\"><v>{}</v></c><c s=\"1\"/>\
             <c t=\"inlineStr\"><is><t>{}</t></is></c></row>",
            31_000 + row,
            row % 3,
            if row % 7 == 0 { "a &amp; b" } else { "a" },
        );
    }
    sheet += "</sheetData></worksheet>";
    let strings = "<sst><si><t>056187000011</t></si><si><t>x</t></si></sst>";
    let read = |sheet: &str| -> Vec<Row> { rows(open(workbook_of(sheet, strings))) };
    let plain = read(&sheet);
    assert_eq!(plain.len(), 2_998);
    assert_eq!(texts(&plain[5])[1..], ["31007", "x", "", "a & b"]);
    // With a second blank no cell is in its plain form.
    assert!(plain == read(&sheet.replace("<c ", "<c  ")));
}

#[test]
fn a_workbook_reads_as_its_user_sees_it() {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    sheet.set_name("Hộ nghèo").unwrap();
    sheet.merge_range(0, 0, 0, 4, "DANH SÁCH", &CellFormat::new()).unwrap();
    for (column, header) in (0..).zip(["Họ và tên", "Ngày sinh", "Số CCCD", "Tuổi", "Ghi chú", "Tháng sinh"])
    {
        sheet.write(2, column, header).unwrap();
    }
    let date = CellFormat::new().set_num_format("dd/mm/yyyy");
    let month = CellFormat::new().set_num_format("mm/yyyy");
    let padded = CellFormat::new().set_num_format("000000000000");
    let day = ExcelDateTime::from_ymd(1987, 2, 5).unwrap();
    sheet.write(3, 0, "Nguyễn Thị Hòa & con <1>").unwrap();
    sheet.write_with_format(3, 1, &day, &date).unwrap();
    sheet.write_with_format(3, 2, 56_187_000_011u64, &padded).unwrap();
    sheet.write(3, 3, Formula::new("=YEAR(NOW())-1987").set_result("39")).unwrap();
    sheet.write(3, 4, true).unwrap();
    sheet.write_with_format(3, 5, &day, &month).unwrap();
    sheet.write(5, 0, "NguyÔn V¨n §øc").unwrap();
    sheet.write(5, 1, "05/02/1987").unwrap();
    sheet.write(5, 2, "056187000011").unwrap();
    sheet.write(5, 3, 0.1 + 0.2).unwrap();
    sheet.write(6, 0, Formula::new("=1/0").set_result("#DIV/0!")).unwrap();
    book.add_worksheet().set_name("Hướng dẫn").unwrap().write(0, 0, "Đọc kỹ").unwrap();
    let bytes = book.save_to_buffer().unwrap();

    let mut table = open(bytes.clone());
    assert_eq!((table.format, table.sheet.as_deref(), table.header_row), (Format::Xlsx, Some("Hộ nghèo"), 3));
    assert_eq!(table.sheets, ["Hộ nghèo", "Hướng dẫn"]);
    assert_eq!(file_rules(&table), ["workbook/sheets", "header/below"]);
    let mut row = Row::default();
    assert!(table.read(&mut row).unwrap());
    assert_eq!(row.number, 4);
    assert_eq!(
        texts(&row),
        ["Nguyễn Thị Hòa & con <1>", "1987-02-05", "056187000011", "39", "TRUE", "1987-02"]
    );
    let kinds: Vec<CellKind> = row.cells.iter().map(|cell| cell.kind).collect();
    assert_eq!(
        kinds[..5],
        [CellKind::Text, CellKind::Date, CellKind::Number, CellKind::Number, CellKind::Bool]
    );
    assert!(row.cells[3].formula);
    assert_eq!(rules(&row), ["cell/formula"]);
    assert!(table.read(&mut row).unwrap());
    assert_eq!(rules(&row), ["encoding/mixed"]);
    assert_eq!(
        (row.number, texts(&row)[..4].to_vec()),
        (6, vec!["Nguyễn Văn Đức", "05/02/1987", "056187000011", "0.3"])
    );
    assert!(table.read(&mut row).unwrap());
    assert!(row.has_errors() && row.notices.iter().any(|n| n.rule == "cell/excel-error"), "{row:?}");
    assert!(!table.read(&mut row).unwrap());

    let options = Options { sheet: Some("Hướng dẫn".to_owned()), ..Options::default() };
    assert_eq!(Table::read_from(Cursor::new(bytes.clone()), options).unwrap().headers, ["Đọc kỹ"]);
    let options = Options { sheet: Some("Không có".to_owned()), ..Options::default() };
    assert_eq!(Table::read_from(Cursor::new(bytes), options).err().unwrap().rule, "workbook/sheet");
}

#[test]
fn the_sheet_with_the_known_names_is_read() {
    let mut book = Workbook::new();
    book.add_worksheet().set_name("Bìa").unwrap().write(0, 0, "Sổ hộ nghèo").unwrap();
    let sheet = book.add_worksheet();
    sheet.set_name("Số liệu").unwrap();
    for (column, header) in (0..).zip(["Họ và tên", "Ngày sinh"]) {
        sheet.write(0, column, header).unwrap();
        sheet.write(1, column, "x").unwrap();
    }
    let table = open(book.save_to_buffer().unwrap());
    assert_eq!(table.sheet.as_deref(), Some("Số liệu"));
    assert_eq!(rows(table).len(), 1);
}

#[test]
fn a_column_in_an_old_font_is_converted_as_a_whole() {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    sheet.write(0, 0, "Hä vµ tªn").unwrap();
    sheet.write(0, 1, "Địa chỉ").unwrap();
    for (row, name) in (1..).zip(["NguyÔn V¨n §øc", "Lª ThÞ Hµ", "TrÇn B×nh", "Lê"]) {
        sheet.write(row, 0, name).unwrap();
        sheet.write(row, 1, "Xã Vĩnh Hiệp").unwrap();
    }
    let table = open(book.save_to_buffer().unwrap());
    assert_eq!(table.headers, ["Họ và tên", "Địa chỉ"]);
    assert_eq!(table.columns, [Encoding::Tcvn3, Encoding::Utf8]);
    assert_eq!(file_rules(&table), ["encoding/column"]);
    let rows = rows(table);
    assert_eq!((rows[1].text(0), rows[1].text(1)), ("Lê Thị Hà", "Xã Vĩnh Hiệp"));
}

#[test]
fn a_workbook_that_is_cut_off_says_where() {
    let mut sheet = String::from(
        "<worksheet><sheetData><row r=\"1\"><c r=\"A1\" t=\"inlineStr\"><is><t>a</t></is></c><c r=\"B1\" t=\"inlineStr\"><is><t>b</t></is></c></row>",
    );
    for row in 2..1_000 {
        sheet.push_str(&format!("<row r=\"{row}\"><c r=\"A{row}\"><v>{row}</v></c></row>"));
    }
    let bytes = workbook_of(&sheet, "<sst/>");
    let read: Vec<_> = open(bytes).collect();
    assert_eq!(read.len(), 999);
    let fault = read[998].as_ref().unwrap_err();
    assert_eq!((fault.rule, fault.field.as_str()), ("file/truncated", "row 1000"));

    let whole = workbook_of("<worksheet><sheetData/></worksheet>", "<sst/>");
    assert_eq!(refused(&whole), "file/empty");
    for cut in (4..whole.len()).step_by(7) {
        assert!(["file/truncated", "file/archive"].contains(&refused(&whole[..cut])), "{cut}");
    }
}

#[test]
fn archives_that_unpack_without_end_are_stopped() {
    let limits = Limits { strings: 1 << 20, sheet: 4 << 20, row: 64 << 10, ..Limits::default() };
    let try_open = |bytes: Vec<u8>| {
        let read = Table::read_from(Cursor::new(bytes), Options { limits, ..Options::default() });
        match read {
            Err(fault) => fault.rule,
            Ok(table) => table.last().and_then(Result::err).map_or("read", |fault| fault.rule),
        }
    };
    let strings = format!("<sst>{}</sst>", "<si><t>xxxxxxxxxx</t></si>".repeat(100_000));
    let rows = "<row><c t=\"inlineStr\"><is><t>x</t></is></c></row>";
    assert_eq!(try_open(workbook_of("<worksheet><sheetData/></worksheet>", &strings)), "workbook/strings");
    let sheet = format!("<worksheet><sheetData>{}", rows.repeat(200_000));
    assert_eq!(try_open(workbook_of(&sheet, "<sst/>")), "workbook/unpacked");
    let sheet = format!(
        "<worksheet><sheetData>{}<row><c t=\"inlineStr\"><is><t>{}",
        rows.repeat(3),
        "x".repeat(1 << 20)
    );
    assert_eq!(try_open(workbook_of(&sheet, "<sst/>")), "workbook/unpacked");
}

#[test]
fn a_sheet_of_a_million_columns_is_refused() {
    let mut sheet = String::from("<worksheet><sheetData><row>");
    for _ in 0..1_000_000 {
        sheet.push_str("<c t=\"inlineStr\"><is><t>x</t></is></c>");
    }
    sheet.push_str("</row></sheetData></worksheet>");
    assert_eq!(refused(&workbook_of(&sheet, "<sst/>")), "table/columns");
    assert_eq!(refused("x,".repeat(1_000_000).as_bytes()), "table/columns");
}

#[test]
fn rows_whose_numbers_do_not_rise_are_numbered_anew() {
    let row = |number: &str| {
        format!(
            "<row r=\"{number}\"><c t=\"inlineStr\"><is><t>a</t></is></c><c t=\"inlineStr\"><is><t>b</t></is></c></row>"
        )
    };
    let rows: String = ["1", "7", "7", "3", "99999999999999999999", "12"].map(row).concat();
    let table = open(workbook_of(&format!("<worksheet><sheetData>{rows}</sheetData></worksheet>"), "<sst/>"));
    assert_eq!(self::rows(table).iter().map(|r| r.number).collect::<Vec<_>>(), [7, 8, 9, 10, 12]);
}

#[test]
fn json_lines_are_rows() {
    let text = "{\"full_name\":\"Nguye\u{302}\u{303}n\",\"born\":1987,\"tall\":1.5e2,\"ok\":true,\"x\":null}\n\n{\"born\":\"05/02/1987\",\"full_name\":\"B\"}\n{broken\n{\"y\":[1,2]}\n{\"born\":1,\"born\":2}\n[1]\n";
    let table = open(text);
    assert_eq!(table.format, Format::JsonLines);
    assert_eq!(table.headers, ["full_name", "born", "tall", "ok", "x", "y"]);
    let rows = rows(table);
    assert_eq!(texts(&rows[0]), ["Nguyễn", "1987", "150", "TRUE", "", ""]);
    assert_eq!((rows[1].number, texts(&rows[1])), (3, vec!["B", "05/02/1987", "", "", "", ""]));
    assert_eq!((rows[2].number, rules(&rows[2])), (4, vec!["json/invalid"]));
    assert_eq!((rows[3].text(5), rules(&rows[3])), ("[1,2]", vec!["json/nested"]));
    assert_eq!(rules(&rows[4]), ["json/duplicate-key"]);
    assert_eq!(rules(&rows[5]), ["json/invalid"]);
}

#[test]
fn rejected_rows_come_back_as_they_were() {
    let values =
        ["=HYPERLINK(\"http://x\")", "'=1", "-5", "056187000011", "a;b \"c\"\nd", "Đỗ Thị Ánh", "+84901", ""];
    let headers: Vec<String> = (0..values.len()).map(|at| format!("Cột {at}")).collect();
    for format in [Format::Csv, Format::Xlsx, Format::JsonLines] {
        let mut writer =
            RejectWriter::with(format, ';', headers.clone(), Lang::Vi, Cursor::new(Vec::new())).unwrap();
        let mut row = Row { number: 7, ..Row::default() };
        row.cells.resize_with(values.len(), Default::default);
        for (cell, value) in row.cells.iter_mut().zip(values) {
            cell.text = value.to_owned();
        }
        let reason = Reason {
            column: Some(1),
            rule: "date/calendar",
            value: "30/02/1987",
            text: "Ngày không có trong lịch",
        };
        for number in 7..10 {
            row.number = number;
            writer.write(&row, std::slice::from_ref(&reason)).unwrap();
        }
        assert_eq!(writer.rows(), 3);
        let bytes = writer.finish().unwrap().into_inner();
        let table = open(bytes.clone());
        assert_eq!(table.format, format);
        assert_eq!(table.headers, headers, "the reasons are not read");
        let again = rows(table);
        assert_eq!(again.len(), 3);
        for row in again {
            assert_eq!(texts(&row), values, "{format:?}");
            assert!(row.notices.is_empty(), "{format:?} {row:?}");
        }
        if format == Format::Csv {
            let text = String::from_utf8(bytes).unwrap();
            assert!(text.starts_with('\u{FEFF}') && text.contains(REASON));
            assert!(text.contains("\"'=HYPERLINK") && text.contains("''=1"), "{text}");
            assert!(text.contains("Dòng 7, cột B \"\"Cột 1\"\" = \"\"30/02/1987\"\": Ngày không có trong lịch [date/calendar]"), "{text}");
        }
    }
}

/// A file of any size that takes no memory: a header, then one line over and over.
struct Endless {
    header: &'static [u8],
    line: &'static [u8],
    size: u64,
    at: u64,
}

impl Read for Endless {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        let mut count = 0;
        while count < out.len() && self.at < self.size {
            let from: &[u8] = match self.at.checked_sub(self.header.len() as u64) {
                None => &self.header[self.at as usize..],
                Some(at) => &self.line[(at % self.line.len() as u64) as usize..],
            };
            let most = from.len().min(out.len() - count).min((self.size - self.at) as usize);
            out[count..count + most].copy_from_slice(&from[..most]);
            count += most;
            self.at += most as u64;
        }
        Ok(count)
    }
}

impl Seek for Endless {
    fn seek(&mut self, to: SeekFrom) -> std::io::Result<u64> {
        self.at = match to {
            SeekFrom::Start(at) => at,
            SeekFrom::End(by) => self.size.saturating_add_signed(by),
            SeekFrom::Current(by) => self.at.saturating_add_signed(by),
        };
        Ok(self.at)
    }
}

#[test]
fn the_first_letters_beyond_ascii_may_come_late() {
    let mut text = String::from("a,b\n");
    text.push_str(&"1,2\n".repeat(200_000));
    let mut bytes = text.into_bytes();
    bytes.extend(encode_vni("Nguyễn Văn Đức,Trần Thị Ngọc Ánh\n").unwrap());
    let mut table = open(bytes);
    assert_eq!(table.encoding, Encoding::Vni);
    let last = table.by_ref().last().unwrap().unwrap();
    assert_eq!(texts(&last), ["Nguyễn Văn Đức", "Trần Thị Ngọc Ánh"]);
    assert_eq!(table.progress().0, table.progress().1);
}

#[test]
fn a_line_without_end_takes_no_more_memory_than_a_row_may() {
    let endless = Endless { header: b"a,b\n1,2\n", line: b"x", size: 16 << 20, at: 0 };
    let read = rows(Table::read_from(endless, Options::default()).unwrap());
    assert_eq!(rules(&read[1]), ["cell/too-long", "row/too-long"]);
    assert!(read[1].notices.iter().all(|n| n.severity == Severity::Error));
    assert!(read[1].cells[0].text.len() <= Limits::default().cell);
    let quoted = Endless { header: b"a,b\n1,\"2\n", line: b"x,y\n", size: 5 << 20, at: 0 };
    let read = rows(Table::read_from(quoted, Options::default()).unwrap());
    assert_eq!(rules(&read[0]), ["row/quote"]);
    assert!(read.len() > 1_000_000);
}
