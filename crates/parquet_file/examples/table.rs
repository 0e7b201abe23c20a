//! Writes a table of invented people for readers that were written elsewhere: `table FILE ROWS`.

use parquet_file::ParquetFile;
use std::{error::Error, fs::File};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let path = arguments.next().ok_or("table FILE ROWS")?;
    let rows: u32 = arguments.next().ok_or("table FILE ROWS")?.parse()?;
    let columns = [
        ("personal_number", "Số định danh cá nhân"),
        ("full_name", "Họ, chữ đệm và tên"),
        ("birth_date", "Ngày sinh"),
    ];
    let mut file = ParquetFile::new(File::create_new(path)?, "dancu", &columns)?;
    for n in 0..rows {
        let number = format!("056080{n:06}");
        // Some are known by their year alone, some by nothing.
        let born = ["1980-05-02", "1980", ""][n as usize % 3];
        file.row([number.as_str(), "Nguyễn Thị Hòa", born])?;
    }
    file.finish()?.sync_all()?;
    Ok(())
}
