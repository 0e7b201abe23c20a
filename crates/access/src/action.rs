//! What a caller may want to do.

use serde::{Deserialize, Serialize};
use vocabulary::{Invalid, Text};

macro_rules! actions {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $needs:literal, $vi:literal, $en:literal;)*) => {
        /// Something that a caller may be allowed to do. A closed list: a new use case adds its line here.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Action {
            $($(#[$doc])* #[serde(rename = $code)] $name,)*
        }

        impl Action {
            /// All actions, look-ups first.
            pub const ALL: &'static [Action] = &[$(Action::$name),*];

            /// Stable code in policies, the ledger and problem texts.
            pub const fn code(self) -> &'static str {
                match self { $(Action::$name => $code),* }
            }

            /// As people read it.
            pub const fn text(self) -> Text {
                match self { $(Action::$name => Text::new($vi, $en)),* }
            }

            /// Whether the action reads or changes personal data, and so must state purpose and legal basis
            /// (Law 91/2025/QH15 on personal data protection).
            pub const fn needs_basis(self) -> bool {
                match self { $(Action::$name => $needs),* }
            }

            /// The action for a code.
            pub fn parse(code: &str) -> Result<Action, Invalid> {
                match code.trim() {
                    $($code => Ok(Action::$name),)*
                    _ => Err(Invalid::new("action/unknown", "Thao tác không có trong danh mục", "The action is not in the list")),
                }
            }
        }
    };
}

actions! {
    /// Finding persons by number, name, birth year and unit.
    Search = "search", true, "Tìm người", "Search for persons";
    /// Verifying a personal or former number against stated facts.
    Verify = "verify", true, "Xác minh số CCCD, CMND", "Verify a number";
    /// Verifying who is head of a household.
    VerifyHead = "verify-head", true, "Xác minh thông tin chủ hộ", "Verify a head of household";
    /// Getting a citizen's data for settling a procedure.
    GetCitizen = "citizen", true, "Lấy thông tin công dân", "Get a citizen's data";
    /// Confirming that a 9-digit and a 12-digit number are the same person's.
    ConfirmNumber = "confirm-number", true, "Xác nhận số CMND và số định danh", "Confirm former and personal number";
    /// Issuing a confirmation of residence (form CT07).
    ResidenceConfirmation = "residence-confirmation", true, "Xác nhận thông tin về cư trú", "Confirm residence";
    /// Verifying many numbers in one file.
    VerifyBatch = "verify-batch", true, "Xác minh theo lô", "Verify in batch";
    /// Viewing a person's page.
    ViewPerson = "view-person", true, "Xem thông tin người", "View a person";
    /// Viewing a household's page.
    ViewHousehold = "view-household", true, "Xem thông tin hộ", "View a household";
    /// Viewing the acts behind a record.
    ViewHistory = "view-history", true, "Xem lịch sử biến động", "View history";
    /// Viewing who has read a record.
    ViewAccessLog = "view-access-log", true, "Xem lịch sử tra cứu", "View who has looked";
    /// Recording an act of residence: permanent, temporary, absence, stay, household.
    RecordResidenceAct = "record-residence-act", true, "Ghi biến động cư trú", "Record an act of residence";
    /// Recording an act of civil status: birth, death, marriage, divorce, adoption.
    RecordCivilAct = "record-civil-act", true, "Ghi sự kiện hộ tịch", "Record an act of civil status";
    /// Correcting a record.
    CorrectRecord = "correct-record", true, "Điều chỉnh thông tin", "Correct a record";
    /// Issuing, cancelling or replacing a personal number.
    IssueNumber = "issue-number", true, "Cấp, hủy số định danh", "Issue or cancel a number";
    /// Merging records of one person, or taking a merge back.
    MergeRecords = "merge-records", true, "Gộp, tách bản ghi", "Merge or unmerge records";
    /// Looking at records side by side that may be one person's.
    CompareRecords = "compare-records", true, "Đối chiếu hồ sơ nghi trùng", "Compare records that may be one person's";
    /// Approving, as the second officer, that records of different units are merged or separated again.
    ApproveMerges = "approve-merges", true, "Duyệt gộp, tách bản ghi khác đơn vị", "Approve merges across units";
    /// Taking the rows of a register file into the registry.
    ImportRecords = "import-records", true, "Nhập dữ liệu từ tệp", "Import records from files";
    /// Reading the feed of changes.
    ReadChanges = "read-changes", true, "Nhận dữ liệu biến động", "Read the change feed";
    /// Making a file of the people of a unit.
    Export = "export", true, "Kết xuất dữ liệu ra tệp", "Export data to a file";
    /// Viewing entries of the ledger, which name officers and subjects.
    ViewLedger = "view-ledger", true, "Xem nhật ký truy cập", "View the ledger";
    /// Sealing the entries of an investigation from the subject until a date.
    SealEntries = "seal-entries", true, "Niêm phong mục nhật ký", "Seal ledger entries";
    /// Receiving a person who asks for an electronic identity: the file, the card, the contact.
    ReceiveIdentity = "receive-identity", true, "Tiếp nhận hồ sơ định danh điện tử", "Receive files for electronic identities";
    /// Approving or refusing a file that another officer received.
    ApproveIdentity = "approve-identity", true, "Duyệt hồ sơ định danh điện tử", "Approve files for electronic identities";
    /// Suspending, locking, unlocking and closing citizens' accounts.
    ManageIdentity = "manage-identity", true, "Tạm dừng, khóa, mở khóa, đóng tài khoản định danh", "Suspend, lock, unlock and close citizens' accounts";
    /// Counting files by unit and day, without personal data.
    CountIdentity = "count-identity", false, "Xem số liệu định danh điện tử", "Count electronic identities";
    /// Reading facts of records for the rules of data quality: presence, ages, agreement, and no value.
    CheckQuality = "check-quality", true, "Kiểm tra chất lượng dữ liệu", "Check the quality of data";
    /// Working on cleaning cases: looking at a case, proposing how it ends, asking another office.
    WorkCases = "work-cases", true, "Xử lý trường hợp làm sạch dữ liệu", "Work on cleaning cases";
    /// Splitting cases among officers, and approving or returning what they propose.
    ApproveCases = "approve-cases", true, "Phân công và duyệt trường hợp làm sạch dữ liệu", "Split and approve cleaning cases";
    /// Handing out and closing cleaning campaigns.
    RunCampaigns = "run-campaigns", false, "Giao và kết thúc đợt làm sạch dữ liệu", "Hand out and close cleaning campaigns";
    /// Counting cases and scores by unit and day, without personal data.
    CountQuality = "count-quality", false, "Xem số liệu chất lượng dữ liệu", "Count the quality of data";
    /// Comparing the file of a sector with the registry, and taking the result back.
    ReconcileFiles = "reconcile-files", true, "Đối soát tệp dữ liệu của ngành", "Reconcile files of a sector";
    /// Registering applications of the own agency that citizens sign in to.
    RegisterApplications = "register-applications", false, "Đăng ký ứng dụng của cơ quan mình", "Register applications of the own agency";
    /// Recording security assessments of applications, letting them go live, and suspending them.
    AssessApplications = "assess-applications", false, "Đánh giá an toàn và cho ứng dụng hoạt động", "Assess applications and let them go live";
    /// Managing accounts, roles and units of officers.
    ManageStaff = "manage-staff", false, "Quản lý tài khoản cán bộ", "Manage staff";
    /// Managing calling systems and their tokens.
    ManageClients = "manage-clients", false, "Quản lý hệ thống kết nối", "Manage clients";
    /// Viewing the state and settings of the system, without personal data.
    ViewSystem = "view-system", false, "Xem tình trạng hệ thống", "View system state";
}
