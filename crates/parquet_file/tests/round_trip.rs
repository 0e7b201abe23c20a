//! What is written is read back, by the reader of the library.
#![allow(clippy::unwrap_used)] // a test reports by panicking

use parquet::{
    file::reader::{FileReader, SerializedFileReader},
    record::{Field, Row},
};
use parquet_file::{ParquetFile, ParquetTable};

const COLUMNS: &[(&str, &str)] = &[("number", "Số định danh"), ("name", "Họ và tên"), ("born", "Ngày sinh")];

fn written(rows: impl IntoIterator<Item = [String; 3]>) -> Vec<u8> {
    let mut file = ParquetFile::new(Vec::new(), "dancu test", COLUMNS).unwrap();
    for row in rows {
        file.row(row).unwrap();
    }
    file.finish().unwrap()
}

fn cells(row: &Row) -> Vec<Option<String>> {
    row.get_column_iter()
        .map(|(_, field)| match field {
            Field::Null => None,
            Field::Str(text) => Some(text.clone()),
            other => unreachable!("{other:?}"),
        })
        .collect()
}

fn read(bytes: Vec<u8>) -> SerializedFileReader<bytes::Bytes> {
    SerializedFileReader::new(bytes::Bytes::from(bytes)).unwrap()
}

#[test]
fn cells_come_back_as_they_were_and_empty_ones_as_null() {
    let people = [["056080001111", "Trần Văn Đức", "1980"], ["", "Nguyễn Thị Hòa", ""], ["", "", ""]];
    let reader = read(written(people.map(|row| row.map(str::to_owned))));
    let rows: Vec<_> = reader.get_row_iter(None).unwrap().map(|row| cells(&row.unwrap())).collect();
    let text = |cell: &str| (!cell.is_empty()).then(|| cell.to_owned());
    assert_eq!(rows, people.map(|row| row.map(text).to_vec()));
    let about = reader.metadata().file_metadata();
    assert_eq!(about.created_by(), Some("dancu test"));
    let titles = about.key_value_metadata().unwrap();
    assert!(titles.iter().any(|t| t.key == "title:born" && t.value.as_deref() == Some("Ngày sinh")));
}

#[test]
fn many_rows_stand_in_several_groups_and_equal_tables_have_equal_bytes() {
    let many = || (0..150_000).map(|n: u32| [format!("{n:012}"), format!("Họ {}", n % 7), String::new()]);
    let bytes = written(many());
    assert_eq!(bytes, written(many()));
    let reader = read(bytes);
    assert_eq!(reader.num_row_groups(), 3);
    let rows = reader.get_row_iter(None).unwrap();
    assert!(rows.zip(many()).all(|(row, want)| cells(&row.unwrap())[0].as_deref() == Some(want[0].as_str())));
    assert_eq!(reader.metadata().file_metadata().num_rows(), 150_000);
}

#[test]
fn columns_are_read_as_text_in_the_order_wanted() {
    let path = std::env::temp_dir().join(format!("dancu-parquet-{}.parquet", std::process::id()));
    let people = [["056080001111", "Trần Văn Đức", "1980"], ["", "Nguyễn Thị Hòa", ""]];
    std::fs::write(&path, written(people.map(|row| row.map(str::to_owned)))).unwrap();
    let table = ParquetTable::open(std::fs::File::open(&path).unwrap()).unwrap();
    assert_eq!(table.headers(), ["number", "name", "born"]);
    let mut rows = Vec::new();
    let see = |cells: &[String]| {
        rows.push(cells.to_vec());
        if rows.len() < 2 { Ok(()) } else { Err("enough") }
    };
    assert_eq!(table.for_each(&[2, 0, 2], see).unwrap(), Err("enough"));
    assert_eq!(rows, [["1980", "056080001111", "1980"], ["", "", ""]]);
    assert!(table.for_each(&[3], |_| Ok::<(), ()>(())).is_err());
    std::fs::remove_file(&path).unwrap();
    std::fs::write(&path, "no table").unwrap();
    assert!(ParquetTable::open(std::fs::File::open(&path).unwrap()).is_err());
    std::fs::remove_file(&path).unwrap();
}

#[test]
fn an_empty_table_is_a_file_and_an_unfinished_one_is_not() {
    assert_eq!(read(written([])).metadata().file_metadata().num_rows(), 0);
    let mut bytes = Vec::new();
    let mut file = ParquetFile::new(&mut bytes, "dancu test", COLUMNS).unwrap();
    file.row(["1", "2", "3"]).unwrap();
    drop(file);
    assert!(SerializedFileReader::new(bytes::Bytes::from(bytes)).is_err());
}

#[test]
fn long_cells_do_not_gather_in_memory() {
    let long = "x".repeat(1 << 20);
    let reader = read(written((0..40).map(|_| [long.clone(), String::new(), String::new()])));
    assert_eq!(reader.num_row_groups(), 2);
}
