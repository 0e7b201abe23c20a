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
    /// The records were not found for one person's.
    NO_PAIR = "merge-no-pair", 403, "Hồ sơ ngoài địa bàn chưa được phát hiện là trùng với hồ sơ của bạn", "Nothing links the record outside your units with yours";
        "Chỉ đối chiếu được hồ sơ ngoài địa bàn khi cùng mang một số hoặc đã được phát hiện nghi trùng. Hỏi cơ quan kia bằng câu hỏi có hạn trả lời.", "A record outside your units shows only where both claim one number or were found to be alike. Ask the other office by a question.";
    /// Records changed since a merge was proposed.
    MERGE_CHANGED = "merge-changed", 409, "Hồ sơ đã thay đổi sau khi đề nghị hợp nhất", "A record has changed since the merge was proposed";
        "Trả lại để người đề nghị đối chiếu lại rồi đề nghị mới.", "Refuse it, so that the proposer compares again and proposes anew.";
    /// What was proposed can no longer be decided.
    MERGE_DECIDED = "merge-decided", 409, "Đề nghị này đã được quyết định, đã rút hoặc đã hết hạn", "The proposal was decided, was withdrawn, or has expired";
        "Mở lại trang để xem trạng thái hiện tại; nếu còn cần thì đề nghị mới.", "Open the page again to see where it stands; propose anew where it is still needed.";
    /// Another proposal about one of the records waits.
    MERGE_WAITING = "merge-waiting", 409, "Một đề nghị khác về hồ sơ này đang chờ duyệt", "Another proposal about one of the records waits for approval";
        "Chờ quyết định, hoặc đề nghị người kia rút lại.", "Wait for the decision, or have the other proposal withdrawn.";
    /// The campaign would be empty.
    NOTHING_TO_CLEAN = "campaign-empty", 422, "Không có hồ sơ nào cần làm sạch theo chỉ tiêu này", "No record needs cleaning for this task";
        "Chọn chỉ tiêu hoặc địa bàn khác, hoặc chạy lại việc kiểm tra.", "Choose another task or unit, or run the check again.";
    /// The indicator's cases come with the files of sectors, and there are none.
    NEEDS_SECTOR_FILE = "campaign-needs-file", 422, "Chưa có dòng nào của ngành cần làm sạch theo chỉ tiêu này", "No row of a sector needs cleaning for this task";
        "Đối soát tệp dữ liệu của ngành trước, hoặc chọn địa bàn khác.", "Reconcile the sector's file first, or choose other units.";
    /// The file of a sector cannot be used.
    SECTOR_FILE = "sector-file", 422, "Không dùng được tệp của ngành", "The file of the sector cannot be used";
        "Kiểm tra tệp CSV, Excel (.xlsx) hoặc JSON Lines có dòng tiêu đề và cột mã riêng của ngành.", "Check that the CSV, Excel (.xlsx) or JSON Lines file has a header row and a column with the register's own key.";
    /// Too many reconciliations are under way.
    SECTOR_BUSY = "sector-busy", 503, "Đang có quá nhiều tệp được đối soát", "Too many files are being reconciled";
        "Thử lại sau ít phút.", "Try again in a few minutes.";
}
