//! Files of offices: text in any encoding, lines of JSON, sheets of workbooks, dates, headers and kept mappings.

use crate::input::{edited, edited_text};
use std::io::Cursor;
use tabular::{
    Format, Known, Limits, Mapping, Options, RejectWriter, Row, Table, decode_tcvn3, decode_vni,
    encode_tcvn3, encode_vni, is_syllable, match_headers, read_date,
};
use vocabulary::{Lang, PartialDate};

targets! { table, sheet, date, headers, legacy_text }

/// Small limits, so that the edges are met.
fn options() -> Options {
    let limits = Limits { columns: 8, cell: 40, row: 300, strings: 4 << 10, sheet: 64 << 10 };
    Options { known: vec!["Họ và tên".to_owned()], limits, ..Options::default() }
}

/// A file that can be read can be written, and its rows read the same again.
fn read_and_reread(bytes: Vec<u8>) {
    let Ok(mut table) = Table::read_from(Cursor::new(bytes), options()) else { return };
    let width = table.headers.len();
    let mut writer = RejectWriter::with(
        Format::JsonLines,
        ',',
        (0..width).map(|at| format!("c{at}")).collect(),
        Lang::Vi,
        Cursor::new(Vec::new()),
    )
    .unwrap();
    let (mut row, mut rows, mut number) = (Row::default(), Vec::new(), 0);
    while let Ok(true) = table.read(&mut row) {
        assert!(row.number >= number && row.cells.len() == width);
        assert!(row.cells.iter().all(|cell| cell.text.len() <= 200));
        number = row.number;
        writer.write(&row, &[]).unwrap();
        rows.push(row.cells.iter().map(|cell| cell.text.clone()).collect::<Vec<_>>());
    }
    let written = writer.finish().unwrap().into_inner();
    if rows.is_empty() || width == 0 {
        return;
    }
    let again = Table::read_from(Cursor::new(written), Options::default()).unwrap();
    let again: Vec<Row> = again.map(Result::unwrap).collect();
    // A row of which only its notices are left is blank when it comes back.
    let rows: Vec<_> = rows.into_iter().filter(|cells| cells.iter().any(|text| !text.is_empty())).collect();
    assert_eq!(again.len(), rows.len());
}

fn table(program: &[u8]) {
    let samples = [
        "Họ và tên;Ngày sinh\r\nNguyễn Thị Hòa;05/02/1987\r\n\"Trần \"\"Đức\"\"\";1950\r\n",
        "DANH SÁCH\n\nHọ và tên,x,x\n(1),(2),(3)\n1,\"a\nb\",2\n",
        "sep=|\nHä vµ tªn|N¬i sinh\nNguyÔn V¨n §øc|Hµ Néi\n",
        "{\"a\":1,\"b\":\"Hòa\"}\n{\"b\":[1,{\"c\":null}],\"a\":1e30}\n",
        "a\tb\r1\t2\r",
    ];
    read_and_reread(edited(program, &samples));
}

/// The XML of a sheet, in an archive as it should be.
fn sheet(program: &[u8]) {
    const SHEET: &str = "<worksheet><sheetData><row r=\"1\"><c r=\"A1\" t=\"s\"><v>0</v></c><c r=\"B1\" t=\"inlineStr\"><is><t>b &amp; c</t></is></c></row><row r=\"3\"><c r=\"A3\" s=\"1\"><f>NOW()</f><v>31813.5</v></c><c t=\"b\"><v>1</v></c><c t=\"e\"><v>#N/A</v></c></row></sheetData></worksheet>";
    let bytes = edited(program, &[SHEET]);
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let parts: [(&str, &[u8]); 5] = [
        ("xl/workbook.xml", b"<workbook><sheets><sheet name=\"1\" r:id=\"r1\"/></sheets></workbook>"),
        ("xl/_rels/workbook.xml.rels", b"<Relationships><Relationship Id=\"r1\" Type=\"/worksheet\" Target=\"sheet.xml\"/></Relationships>"),
        ("xl/sharedStrings.xml", b"<sst><si><t>H\xE1\xBB\x8D</t></si></sst>"),
        ("xl/styles.xml", b"<styleSheet><cellXfs><xf numFmtId=\"0\"/><xf numFmtId=\"14\"/></cellXfs></styleSheet>"),
        ("xl/sheet.xml", &bytes),
    ];
    for (name, bytes) in parts {
        zip.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        std::io::Write::write_all(&mut zip, bytes).unwrap();
    }
    read_and_reread(zip.finish().unwrap().into_inner());
}

fn date(program: &[u8]) {
    let samples = [
        "05/02/1987",
        "ngày 02 tháng 9 năm 1945",
        "00/00/1950",
        "31813.5",
        "1987-02-05T00:00:00",
        "12/25/87",
        "xx/8/1950",
    ];
    if let Ok((date, _)) = read_date(&edited_text(program, &samples)) {
        assert_eq!(PartialDate::from_packed(date.packed()), Ok(date));
        assert_eq!(read_date(&date.local_text()), Ok((date, None)));
    }
}

fn headers(program: &[u8]) {
    let known = [
        Known { code: "full-name", names: &["Họ và tên", "full_name"] },
        Known { code: "birth-date", names: &["Ngày sinh", "Năm sinh"] },
    ];
    let samples = ["Họ và tên|NGÀY, THÁNG, NĂM SINH|Năm sinh (dd/mm)|fullName", "STT|SĐT/CMND|birthDate"];
    let headers: Vec<String> = edited_text(program, &samples).split('|').map(str::to_owned).collect();
    let mapping = match_headers(&headers, &known);
    assert_eq!(mapping.check(), Ok(()));
    assert_eq!(Mapping::from_json(&mapping.to_json()), Ok(mapping.clone()));
    assert!(mapping.apply(&headers).is_ok());
    let _ = Mapping::from_json(&edited_text(program, &[&mapping.to_json()]));
}

/// What a legacy encoding can write, it reads again, but for capitals in TCVN3.
fn legacy_text(program: &[u8]) {
    let bytes = edited(program, &["NguyÔn V¨n", "Nguyeãn Vaên Ñöùc"]);
    let _ = (decode_tcvn3(&bytes), decode_vni(&bytes));
    let text = edited_text(program, &["Nguyễn Văn Đức", "HUỲNH THỊ ÁNH", "ý nghĩ"]);
    let _ = is_syllable(&text);
    if let Some(bytes) = encode_tcvn3(&text) {
        let read = decode_tcvn3(&bytes);
        let nfc: String = unicode_normalization::UnicodeNormalization::nfc(text.as_str()).collect();
        assert_eq!(read.to_lowercase(), nfc.to_lowercase());
    }
    if let Some(bytes) = encode_vni(&text) {
        let nfc: String = unicode_normalization::UnicodeNormalization::nfc(text.as_str()).collect();
        assert_eq!(decode_vni(&bytes), nfc);
    }
}
