//! The problem kinds of this domain.

vocabulary::problem_kinds! {
    /// A case cannot be closed as fixed: its rule still breaks.
    STILL_WRONG = "case-still-wrong", 409, "Hồ sơ vẫn chưa sạch theo quy tắc này", "The record still breaks this rule";
        "Sửa hồ sơ bằng biểu mẫu được chỉ dẫn rồi gửi lại, hoặc chọn cách kết thúc khác và nêu lý do.", "Mend the record with the form named and send again, or choose another ending and say why.";
    /// The case is not in a state in which this can be done.
    CASE_STATE = "case-state", 409, "Trường hợp không còn ở trạng thái làm được việc này", "The case is no longer in a state in which this can be done";
        "Mở lại trường hợp để xem trạng thái hiện tại.", "Open the case again to see where it stands.";
    /// Who worked on a case may not approve it.
    OWN_CASE = "case-own", 403, "Người xử lý không tự duyệt trường hợp của mình", "Nobody approves the own case";
        "Chuyển cho chỉ huy khác duyệt.", "Leave it to another lead.";
    /// The campaign would be empty.
    NOTHING_TO_CLEAN = "campaign-empty", 422, "Không có hồ sơ nào cần làm sạch theo chỉ tiêu này", "No record needs cleaning for this task";
        "Chọn chỉ tiêu hoặc địa bàn khác, hoặc chạy lại việc kiểm tra.", "Choose another task or unit, or run the check again.";
    /// The indicator's cases come with the files of sectors.
    NEEDS_SECTOR_FILE = "campaign-needs-file", 422, "Chỉ tiêu này cần tệp dữ liệu của ngành", "This task needs the file of a sector";
        "Chọn chỉ tiêu CLN-01 đến CLN-07.", "Choose one of CLN-01 to CLN-07.";
}
