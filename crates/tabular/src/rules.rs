//! The rules by which a file or a row is refused or remarked on, with their texts.

use vocabulary::{Invalid, Violation};

macro_rules! rules {
    ($($name:ident = $rule:literal, $vi:literal, $en:literal;)*) => {
        $(pub(crate) const $name: Invalid = Invalid::new($rule, $vi, $en);)*
        #[cfg(test)]
        pub(crate) const ALL: &[Invalid] = &[$($name),*];
    };
}

rules! {
    UNREADABLE = "file/unreadable", "Không đọc được tệp từ thiết bị lưu trữ", "The file cannot be read from its storage";
    EMPTY = "file/empty", "Tệp rỗng, không có dòng nào", "The file is empty";
    NO_HEADER = "header/missing", "Không tìm thấy dòng tiêu đề trong 50 dòng đầu; ghi tên các cột vào một dòng phía trên dữ liệu", "No header row in the first 50 rows; write the names of the columns in a row above the data";
    TRUNCATED = "file/truncated", "Tệp bị cắt cụt hoặc hỏng; sao chép hoặc tải lại tệp gốc", "The file is cut off or damaged; copy or download the original again";
    GZIP = "file/gzip", "Tệp đang nén gzip; giải nén rồi gửi tệp bên trong", "The file is compressed with gzip; unpack it and send what is inside";
    ARCHIVE = "file/archive", "Tệp nén (zip, rar, 7z), không phải sổ Excel; giải nén rồi gửi tệp bên trong", "An archive (zip, rar, 7z) and no workbook; unpack it and send what is inside";
    PDF = "file/pdf", "Tệp PDF không phải bảng dữ liệu; gửi tệp Excel hoặc CSV gốc", "A PDF is no table; send the Excel or CSV file that it was made from";
    OLD_XLS = "file/xls", "Tệp Excel kiểu cũ (.xls); mở bằng Excel hoặc LibreOffice rồi lưu thành .xlsx", "An old Excel file (.xls); open it in Excel or LibreOffice and save it as .xlsx";
    ENCRYPTED = "file/encrypted", "Tệp có mật khẩu; bỏ mật khẩu rồi lưu lại", "The file has a password; remove it and save again";
    XLSB = "file/xlsb", "Sổ Excel nhị phân (.xlsb); lưu thành .xlsx", "A binary workbook (.xlsb); save it as .xlsx";
    ODS = "file/ods", "Bảng tính OpenDocument (.ods); lưu thành .xlsx hoặc .csv", "An OpenDocument spreadsheet (.ods); save it as .xlsx or .csv";
    WORD = "file/word", "Tài liệu Word hoặc PowerPoint, không phải bảng dữ liệu; chép bảng sang Excel rồi lưu thành .xlsx", "A Word or PowerPoint document and no table; copy the table into Excel and save it as .xlsx";
    MARKUP = "file/markup", "Trang web hoặc XML mang tên tệp bảng tính; mở bằng Excel rồi lưu thành .xlsx", "A web page or XML under the name of a spreadsheet; open it in Excel and save it as .xlsx";
    BINARY = "file/binary", "Không phải tệp văn bản hay sổ Excel", "Neither a text file nor a workbook";
    JSON_ARRAY = "file/json-array", "Tệp JSON dạng mảng; cần JSON Lines, mỗi dòng một đối tượng", "A JSON array; JSON Lines are needed, an object on each line";
    NAME_DIFFERS = "file/name", "Đuôi tên tệp không đúng với nội dung; đã đọc theo nội dung", "The name of the file does not fit its content; it was read by its content";
    MANY_COLUMNS = "table/columns", "Bảng có quá nhiều cột; xóa các cột thừa", "The table has too many columns; delete those not needed";
    LEGACY = "encoding/converted", "Tệp dùng bảng mã cũ; chữ đã được chuyển sang Unicode, hãy kiểm tra vài dòng đầu", "The file is in an old encoding; it was converted to Unicode, check the first rows";
    LEGACY_COLUMN = "encoding/column", "Cột dùng phông chữ cũ (TCVN3 hoặc VNI); chữ đã được chuyển sang Unicode", "The column is in an old font (TCVN3 or VNI); it was converted to Unicode";
    MIXED = "encoding/mixed", "Dòng này dùng bảng mã khác với phần còn lại; chữ đã được chuyển, hãy kiểm tra", "This row is in another encoding than the rest; it was converted, check it";
    UNKNOWN_LETTER = "encoding/unknown", "Có ký tự không đọc được", "There is a character that cannot be read";
    HEADER_BELOW = "header/below", "Tiêu đề không ở dòng đầu; các dòng phía trên không được đọc", "The header is not in the first row; the rows above it are not read";
    HEADER_NUMBERS = "header/numbers", "Dòng đánh số cột dưới tiêu đề không được đọc", "The row of column numbers below the header is not read";
    HEADER_TWICE = "header/duplicate", "Tên cột bị lặp", "The name of the column occurs twice";
    HEADER_EMPTY = "header/empty", "Cột không có tên", "The column has no name";
    SHEETS = "workbook/sheets", "Sổ có nhiều trang tính; chỉ đọc một trang", "The workbook has several sheets; one of them is read";
    NO_SHEET = "workbook/sheet", "Sổ không có trang tính này", "The workbook has no such sheet";
    STRINGS = "workbook/strings", "Bảng chuỗi của sổ quá lớn; chia sổ thành nhiều tệp", "The table of strings of the workbook is too large; split the workbook";
    UNPACKED = "workbook/unpacked", "Sổ giải nén ra quá lớn; lưu thành CSV hoặc chia nhỏ", "The workbook unpacks to too much; save it as CSV or split it";
    TOO_MANY_CELLS = "row/too-many-cells", "Dòng có nhiều ô hơn tiêu đề; kiểm tra dấu phân cách và dấu ngoặc kép", "The row has more cells than the header; check separators and quotes";
    TOO_FEW_CELLS = "row/too-few-cells", "Dòng có ít ô hơn tiêu đề; các ô cuối được coi là trống", "The row has fewer cells than the header; the last ones count as empty";
    CUT_OFF = "row/cut-off", "Dòng cuối bị cắt cụt; tệp có thể chưa được chép hết", "The last row is cut off; the file may not have been copied whole";
    ROW_LONG = "row/too-long", "Dòng quá dài", "The row is too long";
    CELL_LONG = "cell/too-long", "Ô quá dài; phần đầu được giữ lại", "The cell is too long; its beginning was kept";
    QUOTE = "row/quote", "Dấu ngoặc kép mở mà không đóng", "A quote is opened and not closed";
    AFTER_QUOTE = "cell/quote", "Có chữ sau dấu ngoặc kép đóng; nhân đôi dấu ngoặc kép bên trong ô", "There is text after a closing quote; double the quotes inside a cell";
    CONTROL = "cell/control", "Ô có ký tự điều khiển", "The cell has a control character";
    FORMULA = "cell/formula", "Ô là công thức; dùng giá trị lúc lưu tệp", "The cell is a formula; its value is as of the last saving";
    EXCEL_ERROR = "cell/excel-error", "Ô báo lỗi của Excel (như #N/A)", "The cell holds an error of Excel (such as #N/A)";
    PRECISION = "cell/precision", "Số có hơn 15 chữ số: Excel đã làm tròn; nhập lại dưới dạng văn bản", "A number of more than 15 digits: Excel has rounded it; enter it as text";
    EXCEL_DATE = "cell/date", "Ngày nằm ngoài lịch của Excel", "The date lies outside the calendar of Excel";
    JSON = "json/invalid", "Dòng không phải là một đối tượng JSON hợp lệ", "The line is no valid JSON object";
    JSON_KEY = "json/unknown-key", "Dòng có khóa không thấy ở các dòng đầu; giá trị của khóa không được đọc", "The line has a key that the first lines lack; its value is not read";
    JSON_TWICE = "json/duplicate-key", "Khóa bị lặp trong một dòng", "A key occurs twice in a line";
    JSON_NESTED = "json/nested", "Giá trị là mảng hoặc đối tượng; giữ nguyên dạng JSON", "The value is an array or an object; it is kept as JSON";
}

/// A fault of the whole file.
pub(crate) fn file(rule: Invalid) -> Violation {
    rule.at("file")
}

/// A fault at which reading stops.
pub(crate) fn at_row(rule: Invalid, row: u64) -> Violation {
    rule.at(crate::row::place(row, None))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    #[test]
    fn each_rule_has_one_name_and_two_texts() {
        let mut names = HashSet::new();
        for rule in super::ALL {
            assert!(names.insert(rule.rule), "{}", rule.rule);
            assert_ne!(rule.text.vi, rule.text.en);
        }
    }
}
