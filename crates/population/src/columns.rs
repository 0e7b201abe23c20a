//! The columns of a register file (*tệp dữ liệu dân cư*): one row a person, one column a part of the record.
//!
//! A file written by dancu has the [codes](Column::code) as its headers; a file of an office is recognised by the
//! [names](Column::recognise) that offices give their columns. [`read`] turns the cells of a row into facts and says
//! what is wrong with them; [`Shown::cell`] turns a record into cells. A file names nobody by an internal number: what
//! is exported can be imported into another registry, and exported from there is the same again.
//!
//! Not in a file: ended residences, stay notices and the acts behind a record, which are history and not the record.

mod read;
mod show;
#[cfg(test)]
mod tests;
mod words;

pub use read::{Fault, Stay, Told, read};
pub use show::Shown;

use std::{collections::HashMap, sync::LazyLock};
use vocabulary::{Field, FieldSet, Text, fold};

macro_rules! columns {
    ($($name:ident = $code:literal, $field:ident, $vi:literal, $en:literal $(, [$($other:literal),*])?;)*) => {
        /// A column of a register file.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[allow(missing_docs)] // each has its text
        pub enum Column {
            $($name,)*
        }

        impl Column {
            /// All columns, in the order in which files have them.
            pub const ALL: &'static [Column] = &[$(Column::$name),*];

            /// Stable code: the header in files that dancu writes.
            pub const fn code(self) -> &'static str {
                match self { $(Column::$name => $code),* }
            }

            /// The field of release to which the column belongs.
            pub const fn field(self) -> Field {
                match self { $(Column::$name => Field::$field),* }
            }

            /// As people read it; also a header by which it is recognised.
            pub const fn text(self) -> Text {
                match self { $(Column::$name => Text::new($vi, $en)),* }
            }

            /// Further headers by which it is recognised.
            pub const fn other_names(self) -> &'static [&'static str] {
                match self { $(Column::$name => &[$($($other),*)?]),* }
            }

            /// The column with a code.
            pub fn from_code(code: &str) -> Option<Column> {
                match code { $($code => Some(Column::$name),)* _ => None }
            }
        }
    };
}

columns! {
    Number = "personal_number", PersonalNumber, "Số định danh cá nhân", "Personal number",
        ["Số định danh", "Số ĐDCN", "ĐDCN", "Mã định danh", "Mã định danh cá nhân", "Số CCCD", "CCCD", "Số căn cước", "Căn cước", "Số căn cước công dân", "Số ĐDCN/CCCD", "Số định danh cá nhân/CCCD", "PIN", "Citizen ID", "National ID"];
    PastNumbers = "past_numbers", PersonalNumber, "Số định danh đã hủy", "Past personal numbers", ["Số định danh cũ"];
    PastUntil = "past_numbers_until", PersonalNumber, "Ngày hủy số định danh", "Past numbers until";
    PastReasons = "past_numbers_reason", PersonalNumber, "Lý do hủy số định danh", "Past numbers reason";
    Formers = "former_numbers", FormerNumbers, "Số CMND", "Former numbers",
        ["CMND", "Số CMND cũ", "Số CMND (9 số)", "CMND 9 số", "Số chứng minh nhân dân", "Chứng minh nhân dân", "Former number", "Old ID"];
    FormerIssuers = "former_numbers_issuer", FormerNumbers, "Nơi cấp CMND", "Former numbers issuer", ["Nơi cấp", "Cơ quan cấp", "Nơi cấp số CMND"];
    FormerFrom = "former_numbers_from", FormerNumbers, "Ngày cấp CMND", "Former numbers from", ["Ngày cấp", "Ngày cấp số CMND"];
    FormerUntil = "former_numbers_until", FormerNumbers, "Giá trị CMND đến", "Former numbers until", ["CMND có giá trị đến"];
    CardIssued = "card_issued", Card, "Ngày cấp thẻ căn cước", "Card issued", ["Ngày cấp CCCD", "Ngày cấp căn cước", "Ngày cấp thẻ CCCD", "Ngày cấp căn cước công dân", "Ngày cấp thẻ", "Card issue date"];
    CardExpires = "card_expires", Card, "Ngày hết hạn thẻ căn cước", "Card expires", ["Ngày hết hạn CCCD", "Ngày hết hạn căn cước", "CCCD có giá trị đến", "Có giá trị đến", "Ngày hết hạn thẻ", "Hạn thẻ", "Hạn CCCD", "Card expiry date"];
    CardIssuer = "card_issuer", Card, "Nơi cấp thẻ căn cước", "Card issuer", ["Nơi cấp CCCD", "Nơi cấp căn cước", "Nơi cấp thẻ CCCD", "Nơi cấp căn cước công dân", "Nơi cấp thẻ", "Cơ quan cấp CCCD"];
    Name = "full_name", FullName, "Họ, chữ đệm và tên", "Full name",
        ["Họ và tên", "Họ tên", "Họ chữ đệm và tên khai sinh", "Họ, chữ đệm, tên", "Họ, chữ đệm, tên khai sinh", "Họ và tên khai sinh", "Tên khai sinh", "Họ và tên công dân", "Name"];
    Family = "family_name", FullName, "Họ", "Family name", ["Surname", "Last name"];
    Middle = "middle_name", FullName, "Chữ đệm", "Middle name", ["Tên đệm", "Đệm"];
    Given = "given_name", FullName, "Tên", "Given name", ["First name"];
    OtherNames = "other_names", OtherName, "Tên gọi khác", "Other names", ["Tên khác", "Bí danh", "Họ và tên gọi khác", "Other name"];
    BirthDate = "birth_date", BirthDate, "Ngày, tháng, năm sinh", "Date of birth",
        ["Ngày sinh", "Năm sinh", "Ngày tháng năm sinh", "NTNS", "Sinh ngày", "Birth date", "Birthday", "DOB", "Birth year"];
    Sex = "sex", Sex, "Giới tính", "Sex", ["Phái", "Nam/Nữ", "Gender"];
    BirthPlaceOld = "birth_place_old_unit", BirthPlace, "Mã xã cũ nơi sinh", "Birth place old unit";
    BirthPlaceUnit = "birth_place_unit", BirthPlace, "Mã xã nơi sinh", "Birth place unit";
    BirthPlaceDetail = "birth_place_detail", BirthPlace, "Chi tiết nơi sinh", "Birth place detail";
    BirthPlaceText = "birth_place", BirthPlace, "Nơi sinh", "Place of birth", ["Birth place"];
    BirthPlaceCountry = "birth_place_country", BirthPlace, "Quốc gia nơi sinh", "Birth place country";
    RegistrationOld = "birth_registration_old_unit", BirthRegistration, "Mã xã cũ nơi đăng ký khai sinh", "Birth registration old unit";
    RegistrationUnit = "birth_registration_unit", BirthRegistration, "Mã xã nơi đăng ký khai sinh", "Birth registration unit";
    RegistrationDetail = "birth_registration_detail", BirthRegistration, "Chi tiết nơi đăng ký khai sinh", "Birth registration detail";
    RegistrationText = "birth_registration", BirthRegistration, "Nơi đăng ký khai sinh", "Place of birth registration", ["Nơi ĐKKS", "Nơi khai sinh", "Birth registration"];
    RegistrationCountry = "birth_registration_country", BirthRegistration, "Quốc gia đăng ký khai sinh", "Birth registration country";
    HometownOld = "hometown_old_unit", Hometown, "Mã xã cũ quê quán", "Hometown old unit";
    HometownUnit = "hometown_unit", Hometown, "Mã xã quê quán", "Hometown unit";
    HometownDetail = "hometown_detail", Hometown, "Chi tiết quê quán", "Hometown detail";
    HometownText = "hometown", Hometown, "Quê quán", "Hometown", ["Nguyên quán", "Native place"];
    HometownCountry = "hometown_country", Hometown, "Quốc gia quê quán", "Hometown country";
    PermanentOld = "permanent_old_unit", PermanentResidence, "Mã xã cũ nơi thường trú", "Permanent residence old unit", ["Mã xã cũ"];
    PermanentUnit = "permanent_unit", PermanentResidence, "Mã xã nơi thường trú", "Permanent residence unit", ["Mã xã", "Mã phường xã", "Mã xã thường trú", "Mã đơn vị hành chính", "Commune code", "Unit code"];
    PermanentDetail = "permanent_detail", PermanentResidence, "Số nhà, đường, thôn, tổ dân phố", "Permanent residence detail", ["Chi tiết nơi thường trú", "Số nhà", "Thôn", "Tổ dân phố", "Thôn, tổ dân phố"];
    PermanentText = "permanent_residence", PermanentResidence, "Nơi thường trú", "Permanent residence", ["Địa chỉ thường trú", "Thường trú", "Hộ khẩu thường trú", "HKTT", "Nơi đăng ký thường trú", "Nơi ĐKTT", "Địa chỉ", "Address", "Permanent address"];
    PermanentCountry = "permanent_country", PermanentResidence, "Quốc gia thường trú", "Permanent residence country";
    PermanentSince = "permanent_since", PermanentResidence, "Thường trú từ ngày", "Permanent residence since", ["Ngày đăng ký thường trú"];
    CurrentOld = "current_old_unit", CurrentResidence, "Mã xã cũ nơi ở hiện tại", "Current residence old unit";
    CurrentUnit = "current_unit", CurrentResidence, "Mã xã nơi ở hiện tại", "Current residence unit";
    CurrentDetail = "current_detail", CurrentResidence, "Chi tiết nơi ở hiện tại", "Current residence detail";
    CurrentText = "current_residence", CurrentResidence, "Nơi ở hiện tại", "Current residence", ["Chỗ ở hiện tại", "Chỗ ở hiện nay", "Nơi ở hiện nay", "Địa chỉ hiện tại", "Current address"];
    CurrentCountry = "current_country", CurrentResidence, "Quốc gia nơi ở hiện tại", "Current residence country";
    TemporaryOld = "temporary_old_unit", TemporaryResidence, "Mã xã cũ nơi tạm trú", "Temporary residence old unit";
    TemporaryUnit = "temporary_unit", TemporaryResidence, "Mã xã nơi tạm trú", "Temporary residence unit";
    TemporaryDetail = "temporary_detail", TemporaryResidence, "Chi tiết nơi tạm trú", "Temporary residence detail";
    TemporaryText = "temporary_residence", TemporaryResidence, "Nơi tạm trú", "Temporary residence", ["Địa chỉ tạm trú", "Tạm trú", "Temporary address"];
    TemporarySince = "temporary_since", TemporaryResidence, "Tạm trú từ ngày", "Temporary residence since", ["Ngày đăng ký tạm trú"];
    TemporaryUntil = "temporary_until", TemporaryResidence, "Tạm trú đến ngày", "Temporary residence until";
    AbsenceOld = "absence_old_unit", TemporaryAbsence, "Mã xã cũ nơi đến khi tạm vắng", "Absence old unit";
    AbsenceUnit = "absence_unit", TemporaryAbsence, "Mã xã nơi đến khi tạm vắng", "Absence unit";
    AbsenceDetail = "absence_detail", TemporaryAbsence, "Chi tiết nơi đến khi tạm vắng", "Absence detail";
    AbsenceText = "absence_address", TemporaryAbsence, "Nơi đến khi tạm vắng", "Absence address";
    AbsenceCountry = "absence_country", TemporaryAbsence, "Quốc gia đến khi tạm vắng", "Absence country";
    AbsenceSince = "absence_since", TemporaryAbsence, "Tạm vắng từ ngày", "Absence since";
    AbsenceUntil = "absence_until", TemporaryAbsence, "Tạm vắng đến ngày", "Absence until";
    Ethnicity = "ethnicity", Ethnicity, "Dân tộc", "Ethnic group", ["Mã dân tộc", "Ethnicity"];
    Religion = "religion", Religion, "Tôn giáo", "Religion";
    Nationalities = "nationalities", Nationality, "Quốc tịch", "Nationality", ["Nationalities"];
    Marital = "marital_status", MaritalStatus, "Tình trạng hôn nhân", "Marital status", ["Hôn nhân", "TTHN"];
    Blood = "blood_group", BloodGroup, "Nhóm máu", "Blood group", ["Blood type"];
    Occupation = "occupation", Occupation, "Nghề nghiệp", "Occupation", ["Nghề", "Việc làm", "Job"];
    FatherName = "father_name", Parents, "Họ tên cha", "Father's name", ["Họ và tên cha", "Họ, chữ đệm và tên cha", "Họ, chữ đệm, tên cha", "Tên cha", "Cha", "Họ tên bố", "Father"];
    FatherNumber = "father_number", Parents, "Số định danh của cha", "Father's number", ["Số định danh cha", "Số CCCD cha", "CCCD cha", "Số CCCD của cha"];
    MotherName = "mother_name", Parents, "Họ tên mẹ", "Mother's name", ["Họ và tên mẹ", "Họ, chữ đệm và tên mẹ", "Họ, chữ đệm, tên mẹ", "Tên mẹ", "Mẹ", "Mother"];
    MotherNumber = "mother_number", Parents, "Số định danh của mẹ", "Mother's number", ["Số định danh mẹ", "Số CCCD mẹ", "CCCD mẹ", "Số CCCD của mẹ"];
    SpouseName = "spouse_name", Spouse, "Họ tên vợ, chồng", "Spouse's name", ["Họ và tên vợ/chồng", "Họ tên vợ/chồng", "Họ và tên vợ (chồng)", "Họ tên vợ (chồng)", "Vợ/chồng", "Vợ, chồng", "Spouse"];
    SpouseNumber = "spouse_number", Spouse, "Số định danh của vợ, chồng", "Spouse's number", ["Số định danh vợ/chồng", "Số CCCD vợ/chồng", "Số định danh vợ (chồng)"];
    GuardianName = "guardian_name", Guardian, "Họ tên người giám hộ", "Guardian's name", ["Họ và tên người giám hộ", "Người giám hộ", "Người đại diện", "Họ tên người đại diện", "Guardian"];
    GuardianNumber = "guardian_number", Guardian, "Số định danh của người giám hộ", "Guardian's number", ["Số định danh người giám hộ", "Số định danh người đại diện"];
    HouseholdGroup = "household_group", Household, "Hộ trong tệp", "Household in the file", ["STT hộ", "Số thứ tự hộ", "Mã hộ", "Hộ số", "Household", "Household id"];
    HouseholdFile = "household_file", ResidenceFile, "Số hồ sơ cư trú", "Residence file number", ["Số hồ sơ hộ", "Số sổ hộ khẩu", "Số hộ khẩu", "Số hồ sơ", "Household file"];
    Relation = "relation_to_head", RelationToHead, "Quan hệ với chủ hộ", "Relation to head", ["QH với chủ hộ", "Quan hệ chủ hộ", "Quan hệ", "Mối quan hệ với chủ hộ", "Relation"];
    Phones = "phones", Contact, "Số điện thoại", "Telephone", ["Điện thoại", "SĐT", "Số ĐT", "ĐT", "Di động", "Số di động", "Phone", "Phones", "Mobile"];
    Emails = "emails", Contact, "Thư điện tử", "E-mail", ["Email", "Emails", "Địa chỉ email", "Hộp thư điện tử"];
    Life = "life_status", LifeStatus, "Tình trạng sống", "Life status";
    LifeSince = "life_date", LifeStatus, "Ngày chết hoặc mất tích", "Date of death or since when missing", ["Ngày chết", "Ngày mất", "Ngày tử vong", "Date of death"];
}

/// By folded header: letters and digits alone, so that case, diacritics and signs do not matter.
static BY_NAME: LazyLock<HashMap<String, Column>> = LazyLock::new(|| {
    let mut map = HashMap::new();
    for column in Column::ALL {
        let text = column.text();
        for name in [column.code(), text.vi, text.en].into_iter().chain(column.other_names().iter().copied())
        {
            map.entry(key(name)).or_insert(*column);
        }
    }
    map
});

fn key(header: &str) -> String {
    fold(header).chars().filter(|c| c.is_alphanumeric()).collect()
}

impl Column {
    /// The column that a header means: a code, or a name in either language, whatever the case, diacritics and signs.
    pub fn recognise(header: &str) -> Option<Column> {
        BY_NAME.get(&key(header)).copied()
    }

    /// The columns of the fields released, in the order of files.
    pub fn of(fields: FieldSet) -> Vec<Column> {
        Column::ALL.iter().copied().filter(|c| fields.has(c.field())).collect()
    }
}

/// Between the values of a cell that holds several: former numbers, telephones, nationalities.
pub const SEPARATOR: char = '|';
