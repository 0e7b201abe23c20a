//! The problem kinds of this domain.

vocabulary::problem_kinds! {
    /// Nobody has the number.
    NOBODY = "person-not-found", 404, "Không có ai mang số này", "Nobody has this number";
        "Kiểm tra lại số; thử số CMND 9 số hoặc tìm theo họ tên.", "Check the number; try the former number, or search by name.";
    /// Several records claim the number.
    CLAIMED_TWICE = "number-claimed-twice", 409, "Số này được ghi cho nhiều hồ sơ", "Several records claim this number";
        "Chưa cung cấp thông tin của ai. Chuyển bộ phận làm sạch dữ liệu xử lý trùng số.", "Nobody's data was shown. Pass it to data cleaning to resolve the duplicate.";
    /// The record was merged into another.
    MERGED_AWAY = "record-merged", 409, "Hồ sơ này đã hợp nhất vào hồ sơ khác", "The record was merged into another";
        "Mở hồ sơ được giữ lại.", "Open the record that was kept.";
    /// Records of different communes are merged and separated by two officers.
    TWO_PERSONS = "merge-two-persons", 409, "Hồ sơ thuộc nhiều xã, phường: cần hai cán bộ", "The records lie in different communes: two officers are needed";
        "Đề nghị tại bàn hợp nhất (Làm sạch › Hợp nhất hồ sơ); cán bộ của đơn vị kia hoặc cấp trên duyệt.", "Propose it at the merge desk (Cleaning › Merge records); an officer of the other unit, or above, approves.";
    /// Nobody approves the own proposal to merge.
    MERGE_OWN = "merge-own", 403, "Người đề nghị không tự duyệt", "Nobody approves the own proposal";
        "Chuyển cho cán bộ của đơn vị kia hoặc cấp trên.", "Leave it to an officer of the other unit, or above.";
    /// Later acts touch the record that a merge kept.
    LATER_ACTS = "merge-later-acts", 409, "Sau khi hợp nhất, hồ sơ giữ lại đã có biến động khác", "Since the merge, other acts touch the record kept";
        "Hủy các biến động được nêu, hoặc xác nhận chúng là của hồ sơ giữ lại; hợp nhất sau thì hủy trước.", "Annul the acts named, or confirm that they belong to the record kept; a later merge is undone first.";
    /// The search would read too much.
    TOO_BROAD = "search-too-broad", 422, "Tìm kiếm quá rộng", "The search is too broad";
        "Thêm năm sinh hoặc xã, phường, hoặc gõ thêm chữ của họ tên.", "Add the birth year or the commune, or more of the name.";
    /// The act names an act that is not there or not in force.
    NOT_IN_FORCE = "act-not-in-force", 409, "Biến động cần hủy không tồn tại hoặc không còn hiệu lực", "The act to be annulled does not exist or is not in force";
        "Tải lại lịch sử biến động.", "Reload the history.";
    /// Records may be of the person who was to be registered.
    POSSIBLE_DUPLICATE = "possible-duplicate", 409, "Có thể người này đã có hồ sơ", "This person may have a record already";
        "So với các hồ sơ được nêu. Đúng là người đó thì dùng hồ sơ đã có; nếu là người khác, gửi lại với “told_apart” nêu các hồ sơ ấy và lý do. Chưa có gì được ghi.", "Compare with the records named. Use the record that is there or, where it is another person, send again with “told_apart” naming these records and the reason. Nothing was recorded.";
    /// The file to be imported cannot be read.
    IMPORT_FILE = "import-file", 422, "Không đọc được tệp cần nhập", "The file to be imported cannot be read";
        "Sửa tệp theo lỗi đã nêu, hoặc lưu lại thành CSV (UTF-8) hay XLSX rồi gửi lại.", "Mend the fault named, or save the file as CSV (UTF-8) or XLSX and send it again.";
    /// Too many batches at once.
    BATCH_BUSY = "batch-busy", 429, "Đang xử lý lô khác", "Other batches are in work";
        "Chờ lô đang chạy xong rồi gửi lại.", "Wait until they are done, then send again.";
    /// The export would hold more persons than a browser is made to wait for.
    EXPORT_TOO_LARGE = "export-too-large", 422, "Tệp xuất quá lớn", "The export is too large";
        "Chọn xã, phường thay cho tỉnh, hoặc đề nghị người quản trị xuất bằng lệnh “dancu population export”.", "Choose a commune instead of a province, or ask the administrator to export with “dancu population export”.";
    /// The batch file cannot be read.
    BATCH_FILE = "batch-file", 422, "Không đọc được tệp xác minh theo lô", "The batch file cannot be read";
        "Tệp CSV, UTF-8, dòng đầu là tên cột; cột “number” (hoặc “số định danh”) là bắt buộc.", "A CSV file in UTF-8 whose first line names the columns; the column “number” is required.";
}
