//! The fields of a person's record, as the unit of release.

use crate::Text;
use serde::{Deserialize, Serialize};
use std::fmt;

macro_rules! fields {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $vi:literal, $en:literal;)*) => {
        /// A field of the population record (Law 26/2023 art. 9) that is released, or not, as a whole.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Field {
            $($(#[$doc])* #[serde(rename = $code)] $name,)*
        }

        impl Field {
            /// All fields, in the order in which pages show them.
            pub const ALL: &'static [Field] = &[$(Field::$name),*];

            /// Stable code in interfaces, policies and the ledger.
            pub const fn code(self) -> &'static str {
                match self { $(Field::$name => $code),* }
            }

            /// As people read it.
            pub const fn text(self) -> Text {
                match self { $(Field::$name => Text::new($vi, $en)),* }
            }

            /// The field for a code.
            pub fn from_code(code: &str) -> Option<Field> {
                match code { $($code => Some(Field::$name),)* _ => None }
            }
        }
    };
}

fields! {
    /// 12-digit number.
    PersonalNumber = "personal-number", "Số định danh cá nhân", "Personal number";
    /// 9-digit numbers with issuer and validity.
    FormerNumbers = "former-numbers", "Số CMND (9 số)", "Former numbers";
    /// Identity card in force: dates of issue and end, issuer.
    Card = "card", "Thẻ căn cước", "Identity card";
    /// Name at birth registration or as changed since.
    FullName = "full-name", "Họ, chữ đệm và tên", "Full name";
    /// Other names.
    OtherName = "other-name", "Tên gọi khác", "Other name";
    /// Date of birth.
    BirthDate = "birth-date", "Ngày, tháng, năm sinh", "Date of birth";
    /// Sex.
    Sex = "sex", "Giới tính", "Sex";
    /// Place of birth.
    BirthPlace = "birth-place", "Nơi sinh", "Place of birth";
    /// Place of birth registration.
    BirthRegistration = "birth-registration", "Nơi đăng ký khai sinh", "Place of birth registration";
    /// Hometown.
    Hometown = "hometown", "Quê quán", "Hometown";
    /// Ethnic group.
    Ethnicity = "ethnicity", "Dân tộc", "Ethnic group";
    /// Religion.
    Religion = "religion", "Tôn giáo", "Religion";
    /// Nationality.
    Nationality = "nationality", "Quốc tịch", "Nationality";
    /// Blood group.
    BloodGroup = "blood-group", "Nhóm máu", "Blood group";
    /// Marital status.
    MaritalStatus = "marital-status", "Tình trạng hôn nhân", "Marital status";
    /// Occupation.
    Occupation = "occupation", "Nghề nghiệp", "Occupation";
    /// Permanent residence.
    PermanentResidence = "permanent-residence", "Nơi thường trú", "Permanent residence";
    /// Temporary residence.
    TemporaryResidence = "temporary-residence", "Nơi tạm trú", "Temporary residence";
    /// Current residence.
    CurrentResidence = "current-residence", "Nơi ở hiện tại", "Current residence";
    /// Temporary absence.
    TemporaryAbsence = "temporary-absence", "Tạm vắng", "Temporary absence";
    /// Stay notices.
    Stays = "stays", "Lưu trú", "Stay notices";
    /// Number of the residence file.
    ResidenceFile = "residence-file", "Số hồ sơ cư trú", "Residence file number";
    /// Household and its head.
    Household = "household", "Hộ và chủ hộ", "Household and head";
    /// Relation to the head.
    RelationToHead = "relation-to-head", "Quan hệ với chủ hộ", "Relation to head";
    /// The other members.
    HouseholdMembers = "household-members", "Thành viên hộ", "Household members";
    /// Father and mother.
    Parents = "parents", "Cha, mẹ", "Parents";
    /// Husband or wife.
    Spouse = "spouse", "Vợ, chồng", "Spouse";
    /// Children.
    Children = "children", "Con", "Children";
    /// Guardian or legal representative.
    Guardian = "guardian", "Người đại diện, giám hộ", "Guardian";
    /// Alive, dead or missing.
    LifeStatus = "life-status", "Tình trạng sống", "Life status";
    /// Telephone and e-mail.
    Contact = "contact", "Liên hệ", "Contact";
    /// The acts behind the record.
    History = "history", "Lịch sử biến động", "History";
    /// Who has read the record.
    AccessLog = "access-log", "Lịch sử tra cứu", "Access log";
    /// What rules find wrong with the record.
    Findings = "findings", "Cảnh báo dữ liệu", "Findings";
}

/// A set of fields, as a bit for each.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct FieldSet(u64);

impl FieldSet {
    /// No field.
    pub const NONE: FieldSet = FieldSet(0);

    /// A set of these fields.
    pub const fn of(fields: &[Field]) -> FieldSet {
        let mut bits = 0;
        let mut i = 0;
        while i < fields.len() {
            bits |= 1 << fields[i] as u64;
            i += 1;
        }
        FieldSet(bits)
    }

    /// Every field.
    pub const ALL: FieldSet = FieldSet::of(Field::ALL);

    /// Whether the field is in the set.
    pub const fn has(self, field: Field) -> bool {
        self.0 & (1 << field as u64) != 0
    }

    /// The fields in both sets.
    pub const fn and(self, other: FieldSet) -> FieldSet {
        FieldSet(self.0 & other.0)
    }

    /// The fields in either set.
    pub const fn or(self, other: FieldSet) -> FieldSet {
        FieldSet(self.0 | other.0)
    }

    /// The fields of this set that are not in the other.
    pub const fn without(self, other: FieldSet) -> FieldSet {
        FieldSet(self.0 & !other.0)
    }

    /// Whether all fields of this set are in the other.
    pub const fn is_within(self, other: FieldSet) -> bool {
        self.0 & !other.0 == 0
    }

    /// Whether there is no field.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The fields, in order.
    pub fn iter(self) -> impl Iterator<Item = Field> {
        Field::ALL.iter().copied().filter(move |f| self.has(*f))
    }
}

impl FromIterator<Field> for FieldSet {
    fn from_iter<I: IntoIterator<Item = Field>>(fields: I) -> FieldSet {
        fields.into_iter().fold(FieldSet::NONE, |set, f| set.or(FieldSet::of(&[f])))
    }
}

impl fmt::Debug for FieldSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter().map(Field::code)).finish()
    }
}

impl Serialize for FieldSet {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_seq(self.iter())
    }
}

impl<'de> Deserialize<'de> for FieldSet {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<FieldSet, D::Error> {
        Ok(Vec::<Field>::deserialize(d)?.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_holds_what_was_put_in() {
        let set = FieldSet::of(&[Field::Sex, Field::FullName]);
        assert!(set.has(Field::Sex) && !set.has(Field::BirthDate));
        assert_eq!(serde_json::to_string(&set).unwrap(), r#"["full-name","sex"]"#);
        assert_eq!(serde_json::from_str::<FieldSet>(r#"["sex","full-name"]"#).unwrap(), set);
        assert!(Field::ALL.len() < 64 && set.is_within(FieldSet::ALL));
        assert!(Field::ALL.iter().all(|f| Field::from_code(f.code()) == Some(*f)));
    }
}
