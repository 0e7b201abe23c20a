//! The facts that conditions may name, with what each means: the documented record of a person, and of a household.

use super::expression::{Kind, Names};
use population::{
    facts::{Facts, HouseholdFacts},
    model::{MaritalStatus, Relation},
};
use vocabulary::{Field, Sex, Text};

/// A fact that a condition may name.
pub struct Variable<F: 'static> {
    /// Its name in conditions.
    pub name: &'static str,
    /// What it can be.
    pub kind: Kind,
    /// What it means.
    pub text: Text,
    value: fn(&F) -> Option<i64>,
}

const SEXES: &[&str] = &["male", "female", "other"];
const MARITAL: &[&str] = &["single", "married", "divorced", "widowed"];
const RELATIONS: &[&str] = &[
    "head",
    "spouse",
    "child",
    "parent",
    "sibling",
    "grandchild",
    "grandparent",
    "child-in-law",
    "parent-in-law",
    "kin",
    "lodger",
    "unknown",
];

fn yes(value: bool) -> Option<i64> {
    Some(i64::from(value))
}

fn maybe(value: Option<bool>) -> Option<i64> {
    value.map(i64::from)
}

fn sex(value: Option<Sex>) -> Option<i64> {
    Some(match value? {
        Sex::Male => 0,
        Sex::Female => 1,
        Sex::Other => 2,
    })
}

fn marital(value: Option<MaritalStatus>) -> Option<i64> {
    Some(match value? {
        MaritalStatus::Single => 0,
        MaritalStatus::Married => 1,
        MaritalStatus::Divorced => 2,
        MaritalStatus::Widowed => 3,
    })
}

fn relation(value: Option<Relation>) -> Option<i64> {
    let code = value?.code();
    RELATIONS.iter().position(|r| *r == code).map(|place| place as i64)
}

macro_rules! variables {
    ($list:ident of $of:ty: $($name:literal, $kind:expr, $vi:literal, $en:literal, $value:expr;)*) => {
        /// The facts of such a record.
        pub static $list: &[Variable<$of>] = &[$(Variable {
            name: $name, kind: $kind, text: Text::new($vi, $en), value: $value,
        }),*];
    };
}

use Kind::{Bool, Int, Word};

variables! { PERSON of Facts:
    "alive", Bool, "Còn sống, không bị tuyên bố mất tích", "Lives, and is not declared missing", |f| yes(!f.dead && !f.missing);
    "dead", Bool, "Đã chết", "Died", |f| yes(f.dead);
    "missing", Bool, "Bị tuyên bố mất tích", "Declared missing", |f| yes(f.missing);
    "age", Int, "Tuổi tròn hôm nay, của người đã chết là lúc chết", "Completed years today, of the dead at death", |f| f.age.map(i64::from);
    "former_age", Int, "Tuổi tròn vào ngày cuối cùng tỉnh thường trú còn cấp CMND 9 số", "Completed years on the last day on which the province of residence issued 9-digit numbers", |f| f.former_age.map(i64::from);
    "citizen", Bool, "Có quốc tịch Việt Nam, hoặc chưa ghi quốc tịch", "Vietnamese, or of no recorded nationality", |f| yes(f.citizen);
    "sex", Word(SEXES), "Giới tính", "Sex", |f| sex(f.sex);
    "marital", Word(MARITAL), "Tình trạng hôn nhân", "Marital status", |f| marital(f.marital);
    "relation", Word(RELATIONS), "Quan hệ với chủ hộ", "Relation to the head", |f| relation(f.relation);
    "has_name", Bool, "Có họ tên", "A name is recorded", |f| yes(f.known.has(Field::FullName));
    "has_number", Bool, "Có số định danh", "A personal number is recorded", |f| yes(f.known.has(Field::PersonalNumber));
    "has_former_number", Bool, "Có số CMND 9 số", "A former 9-digit number is recorded", |f| yes(f.known.has(Field::FormerNumbers));
    "has_birth_place", Bool, "Có nơi sinh", "A place of birth is recorded", |f| yes(f.known.has(Field::BirthPlace));
    "has_birth_registration", Bool, "Có nơi đăng ký khai sinh", "A place of birth registration is recorded", |f| yes(f.known.has(Field::BirthRegistration));
    "has_hometown", Bool, "Có quê quán", "A hometown is recorded", |f| yes(f.known.has(Field::Hometown));
    "has_ethnicity", Bool, "Có dân tộc", "An ethnic group is recorded", |f| yes(f.known.has(Field::Ethnicity));
    "has_nationality", Bool, "Có quốc tịch", "A nationality is recorded", |f| yes(f.known.has(Field::Nationality));
    "has_permanent", Bool, "Có nơi thường trú", "A permanent residence is recorded", |f| yes(f.known.has(Field::PermanentResidence));
    "has_residence", Bool, "Có nơi ở, thường trú hoặc tạm trú", "Some residence is recorded", |f| yes(f.known.has(Field::CurrentResidence));
    "has_household", Bool, "Thuộc một hộ", "Belongs to a household", |f| yes(f.known.has(Field::Household));
    "has_spouse", Bool, "Có vợ hoặc chồng được ghi", "A spouse is recorded", |f| yes(f.known.has(Field::Spouse));
    "has_contact", Bool, "Có điện thoại hoặc thư điện tử", "A telephone or e-mail is recorded", |f| yes(f.known.has(Field::Contact));
    "has_father", Bool, "Có cha, theo hồ sơ hoặc theo tên", "A father is recorded, by record or name", |f| yes(f.father);
    "has_mother", Bool, "Có mẹ, theo hồ sơ hoặc theo tên", "A mother is recorded, by record or name", |f| yes(f.mother);
    "has_guardian", Bool, "Có người giám hộ", "A guardian is recorded", |f| yes(f.known.has(Field::Guardian));
    "birth_parts", Int, "Số phần đã biết của ngày sinh: 0 đến 3", "Parts of the birth date that are known: 0 to 3", |f| Some(f.birth_parts.into());
    "birth_future", Bool, "Ngày sinh ở tương lai", "The birth lies in the future", |f| yes(f.birth_future);
    "death_before_birth", Bool, "Chết trước khi sinh", "The death lies before the birth", |f| yes(f.death_before_birth);
    "name_plausible", Bool, "Họ tên có ít nhất hai chữ và không có chữ số", "The name has two words at least, and no figures", |f| maybe(f.name_plausible);
    "unit_listed", Bool, "Xã, phường thường trú có trong danh mục từ 01/7/2025", "The commune of permanent residence is in the list since 1 July 2025", |f| maybe(f.unit_listed);
    "codes_listed", Bool, "Dân tộc, quốc tịch có trong danh mục", "Ethnic group and nationalities are in the lists", |f| yes(f.codes_listed);
    "birth_act_differs", Bool, "Họ tên, ngày sinh hoặc giới tính khác khai sinh mà không có cải chính", "Name, birth or sex differ from the birth registration without a correction", |f| maybe(f.birth_act_differs);
    "number_year", Bool, "Năm trong số định danh đúng năm sinh", "The year in the number is that of birth", |f| maybe(f.number_year);
    "number_sex", Bool, "Chữ số giới tính trong số định danh đúng giới tính", "The sex in the number is that of the record", |f| maybe(f.number_sex);
    "number_prefix", Bool, "Mã nơi trong số định danh đúng nơi đăng ký khai sinh", "The prefix of the number is that of the birth registration", |f| maybe(f.number_prefix);
    "number_doubles_near", Int, "Số hồ sơ khác cùng số định danh trong tỉnh", "Other records with the same number in the province", |f| Some(f.number_doubles_near.into());
    "number_doubles_far", Int, "Số hồ sơ khác cùng số định danh ngoài tỉnh", "Other records with the same number elsewhere", |f| Some(f.number_doubles_far.into());
    "former_doubles", Int, "Số hồ sơ khác cùng số CMND", "Other records with one of the former numbers", |f| Some(f.former_doubles.into());
    "duplicates_near", Int, "Số hồ sơ khác trong tỉnh nghi là cùng người, theo đối chiếu liên kết", "Other records of the province that may be the same person's, by record linkage", |f| Some(f.duplicates_near.into());
    "duplicates_far", Int, "Số hồ sơ khác ngoài tỉnh nghi là cùng người, theo đối chiếu liên kết", "Other records elsewhere that may be the same person's, by record linkage", |f| Some(f.duplicates_far.into());
    "father_gap", Int, "Cha hơn bao nhiêu tuổi", "Years by which the father is older", |f| f.father_gap.map(i64::from);
    "mother_gap", Int, "Mẹ hơn bao nhiêu tuổi", "Years by which the mother is older", |f| f.mother_gap.map(i64::from);
    "father_sex", Word(SEXES), "Giới tính của cha theo hồ sơ của cha", "The father's sex by his record", |f| sex(f.father_sex);
    "mother_sex", Word(SEXES), "Giới tính của mẹ theo hồ sơ của mẹ", "The mother's sex by her record", |f| sex(f.mother_sex);
    "self_related", Bool, "Là cha, mẹ, vợ chồng của chính mình, hoặc cha và mẹ là một người", "Own parent or spouse, or one person is both parents", |f| yes(f.self_related);
    "spouse_mutual", Bool, "Hồ sơ vợ, chồng ghi ngược lại người này", "The spouse's record names this person", |f| maybe(f.spouse_mutual);
    "spouse_dead", Bool, "Vợ, chồng đã chết", "The spouse died", |f| maybe(f.spouse_dead);
    "absence_overdue", Int, "Số ngày quá hạn tạm vắng chưa xóa", "Days past the end of an absence that nobody ended", |f| f.absence_overdue.map(i64::from);
    "temporary_overdue", Int, "Số ngày quá hạn tạm trú chưa xóa, chưa gia hạn", "Days past the end of a temporary residence that nobody ended or extended", |f| f.temporary_overdue.map(i64::from);
    "acts_after_death", Int, "Số biến động của chính người này có hiệu lực sau khi chết", "Own acts that take effect after the death", |f| Some(f.acts_after_death.into());
    "silent_years", Int, "Số năm không có biến động nào", "Years since anything was recorded", |f| Some(f.silent_years.into());
}

variables! { HOUSEHOLD of HouseholdFacts:
    "open", Bool, "Hộ đang tồn tại", "The household exists", |f| yes(f.open);
    "members", Int, "Số thành viên", "Members", |f| Some(f.members.into());
    "heads", Int, "Số người được ghi là chủ hộ", "Members entered as head", |f| Some(f.heads.into());
    "eldest", Int, "Tuổi của người lớn tuổi nhất", "Age of the eldest member", |f| f.eldest.map(i64::from);
}

/// The facts of one kind of record as names.
pub(crate) struct Of<F: 'static>(pub &'static [Variable<F>]);

impl<F> Names for Of<F> {
    fn find(&self, name: &str) -> Option<(usize, Kind)> {
        let place = self.0.iter().position(|v| v.name == name)?;
        self.0.get(place).map(|v| (place, v.kind))
    }
}

/// The values of a record in the order of its variables; the list is used again for the next.
pub(crate) fn values<F>(variables: &[Variable<F>], facts: &F, into: &mut Vec<Option<i64>>) {
    into.clear();
    into.extend(variables.iter().map(|v| (v.value)(facts)));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_those_of_the_records() {
        let codes: Vec<&str> = Relation::ALL.iter().map(|r| r.code()).collect();
        assert_eq!(codes, RELATIONS);
        assert_eq!(sex(Some(Sex::Other)), Some(2));
        assert_eq!(marital(Some(MaritalStatus::Widowed)), Some(3));
    }

    #[test]
    fn every_name_stands_once_and_is_a_name() {
        let names: Vec<&str> =
            PERSON.iter().map(|v| v.name).chain(HOUSEHOLD.iter().map(|v| v.name)).collect();
        let mut once = names.clone();
        once.sort_unstable();
        once.dedup();
        assert_eq!(once.len(), names.len());
        assert!(names.iter().all(|n| n.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')));
    }
}
