//! How many rows of fifteen columns are read in a second: `cargo run --release -p tabular --example speed [rows]`.
#![allow(clippy::unwrap_used, reason = "an example fails loudly")]

use std::{io::Cursor, time::Instant};
use tabular::{Format, Limits, Options, RejectWriter, Row, Table};
use vocabulary::Lang;

const HEADERS: [&str; 15] = [
    "STT",
    "Họ và tên",
    "Ngày sinh",
    "Giới tính",
    "Số định danh",
    "Số CMND",
    "Dân tộc",
    "Tôn giáo",
    "Quốc tịch",
    "Quê quán",
    "Nơi thường trú",
    "Mã xã",
    "Quan hệ với chủ hộ",
    "Số điện thoại",
    "Ghi chú",
];

fn main() {
    let count: u64 = std::env::args().nth(1).and_then(|n| n.parse().ok()).unwrap_or(500_000);
    for format in [Format::Csv, Format::JsonLines, Format::Xlsx] {
        let rows = if format == Format::Xlsx { count.min(200_000) } else { count };
        let headers = HEADERS.map(str::to_owned).to_vec();
        let mut writer = RejectWriter::with(format, ',', headers, Lang::Vi, Cursor::new(Vec::new())).unwrap();
        let mut row = Row::default();
        row.cells.resize_with(HEADERS.len(), Default::default);
        let start = Instant::now();
        for number in 0..rows {
            row.number = number + 2;
            let texts = [
                format!("{number}"),
                format!("Nguyễn Thị Ngọc {}", ["Hòa", "Ánh", "Bích", "Yến"][number as usize % 4]),
                format!("{:02}/{:02}/{}", number % 28 + 1, number % 12 + 1, 1930 + number % 90),
                "Nữ".into(),
                format!("0561{:08}", number % 100_000_000),
                format!("225{:06}", number % 1_000_000),
                "Kinh".into(),
                "Không".into(),
                "Việt Nam".into(),
                "Xã Vĩnh Hiệp, thành phố Nha Trang, tỉnh Khánh Hòa".into(),
                format!("{} đường Trần Phú, phường Lộc Thọ", number % 300),
                "22366".into(),
                "Con".into(),
                format!("090{:07}", number % 10_000_000),
                String::new(),
            ];
            for (cell, text) in row.cells.iter_mut().zip(texts) {
                cell.text = text;
            }
            writer.write(&row, &[]).unwrap();
        }
        let bytes = writer.finish().unwrap().into_inner();
        let wrote = start.elapsed().as_secs_f64();
        let size = bytes.len();
        let start = Instant::now();
        let limits = Limits::default();
        let mut table =
            Table::read_from(Cursor::new(bytes), Options { limits, ..Options::default() }).unwrap();
        let (mut read, mut length) = (0u64, 0);
        while table.read(&mut row).unwrap() {
            read += 1;
            length += row.cells.iter().map(|cell| cell.text.len()).sum::<usize>();
        }
        let took = start.elapsed().as_secs_f64();
        assert_eq!(read, rows);
        println!(
            "{format:?}: {read} rows, {size} bytes, {length} of text: read {:.0} rows/s, written {:.0} rows/s",
            read as f64 / took,
            rows as f64 / wrote
        );
    }
}
