//! How a row of a sector's file and a record of the registry differ: which field, and in what way, so that whoever mends it
//! knows where to look. Pure; who may be told what is decided by the use case.

mod compare;
mod digests;
mod places;
#[cfg(test)]
mod tests;
mod ties;

pub use compare::{differing, may_be_one, of_number, slip, value};
pub use digests::again;
pub(crate) use digests::speaks_of_ties;
pub use places::{Place, commune};
pub use ties::{Kin, TIES, Ties};

use crate::columns::{Column, Told};
use ledger::{Comparable, Releasable, Subject, Verdict};
use vocabulary::{
    Field, FieldSet, FormerNumber, FullName, PartialDate, PersonId, PersonalNumber, Sex, Text, UnitCode,
};

macro_rules! ways {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $vi:literal, $en:literal;)*) => {
        /// In what way a field differs.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum How { $($(#[$doc])* $name,)* }

        impl How {
            /// All of them.
            pub const ALL: &'static [How] = &[$(How::$name),*];

            /// Stable code.
            pub const fn code(self) -> &'static str {
                match self { $(How::$name => $code),* }
            }

            /// As people read it.
            pub const fn text(self) -> Text {
                match self { $(How::$name => Text::new($vi, $en)),* }
            }

            /// From the code.
            pub fn from_code(code: &str) -> Option<How> {
                match code { $($code => Some(How::$name),)* _ => None }
            }
        }
    };
}

ways! {
    /// Letters without their marks, or with others.
    Marks = "marks", "chỉ khác dấu", "marks only";
    /// The same words in another order.
    Order = "order", "khác thứ tự các chữ", "words in another order";
    /// Words are missing or abbreviated.
    Words = "words", "thiếu hoặc viết tắt chữ", "words missing or abbreviated";
    /// One or two letters.
    Letters = "letters", "sai một, hai chữ cái", "one or two letters";
    /// Day and month exchanged.
    DayMonth = "day-month", "đảo ngày và tháng", "day and month exchanged";
    /// One part of the date.
    DatePart = "date-part", "sai một phần của ngày", "one part of the date";
    /// The file knows only a part of it.
    Incomplete = "incomplete", "tệp chỉ có một phần", "the file has a part only";
    /// Another commune of the same province.
    Commune = "commune", "khác xã, cùng tỉnh", "another commune of the province";
    /// One digit of the number.
    Digit = "digit", "sai một chữ số", "one digit";
    /// Two neighbouring digits exchanged.
    Exchanged = "exchanged", "đảo hai chữ số cạnh nhau", "two neighbouring digits exchanged";
    /// A former 9-digit number in the place of the personal number.
    Former = "former", "ghi số CMND cũ thay số định danh", "a former number in its place";
    /// The number is no longer in force.
    Past = "past", "số không còn hiệu lực", "no longer in force";
    /// The file has none.
    Missing = "missing", "tệp chưa có", "missing in the file";
    /// It cannot be read.
    Malformed = "malformed", "không đúng định dạng", "not well-formed";
    /// Otherwise.
    Other = "other", "khác", "differs";
}

macro_rules! coded {
    ($(#[$doc:meta])* $name:ident { $($(#[$each:meta])* $variant:ident = $number:literal, $code:literal, $vi:literal, $en:literal;)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$each])* $variant,)* }

        impl $name {
            /// All of them.
            pub const ALL: &'static [$name] = &[$($name::$variant),*];

            /// Stable code.
            pub const fn code(self) -> &'static str {
                match self { $($name::$variant => $code),* }
            }

            /// The number in rows.
            pub const fn number(self) -> i16 {
                match self { $($name::$variant => $number),* }
            }

            /// As people read it.
            pub const fn text(self) -> Text {
                match self { $($name::$variant => Text::new($vi, $en)),* }
            }

            /// From the number in a row.
            pub fn from_number(number: i16) -> Option<$name> {
                match number { $($number => Some($name::$variant),)* _ => None }
            }

            /// From the code.
            pub fn from_code(code: &str) -> Option<$name> {
                match code { $($code => Some($name::$variant),)* _ => None }
            }
        }
    };
}

coded! {
    /// What became of a row. Each row is in exactly one of them.
    Met {
        /// Every field that both know agrees.
        Matched = 1, "matched", "Khớp", "Matched";
        /// The person is found, and fields differ.
        Mismatched = 2, "mismatched", "Sai lệch", "Mismatched";
        /// Nobody is found for certain.
        NotFound = 3, "not-found", "Không tìm thấy", "Not found";
        /// The number is on another row too, or another person's.
        Duplicate = 4, "duplicate", "Trùng số", "Duplicate number";
    }
}

coded! {
    /// Why a row is not found, or its number a duplicate.
    Why {
        /// The number is no number of 12 or 9 digits.
        Malformed = 1, "number-malformed", "Số không đúng định dạng", "The number is not well-formed";
        /// Nobody has the number.
        Unknown = 2, "number-unknown", "Không ai có số này", "The number belongs to nobody";
        /// No number, and nobody of that name and birth.
        Nobody = 3, "no-number-nobody", "Không có số; không ai cùng họ tên và ngày sinh", "No number; nobody of that name and birth date";
        /// No number, and one of that name and birth: who is to be ascertained with papers.
        One = 4, "no-number-one", "Không có số; một người cùng họ tên và ngày sinh", "No number; one of that name and birth date";
        /// No number, and several of that name and birth.
        Several = 5, "no-number-several", "Không có số; nhiều người cùng họ tên và ngày sinh", "No number; several of that name and birth date";
        /// The row itself cannot be read.
        Unreadable = 6, "row-unreadable", "Không đọc được dòng", "The row cannot be read";
        /// The same number stands on several rows of the file.
        Twice = 7, "number-twice", "Số có ở nhiều dòng trong tệp", "The number stands on several rows of the file";
        /// The number is that of another person in the registry.
        OfAnother = 8, "number-of-another", "Số thuộc người khác trong CSDL dân cư", "The number is another person's in the registry";
    }
}

/// A field that differs, in what way, and the value on record where the asker may be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Differing {
    /// The field.
    pub field: Field,
    /// In what way.
    pub how: How,
    /// The value on record.
    pub value: Option<String>,
}

/// What became of a row of a sector.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// In which of the four it is.
    pub met: Met,
    /// Why, where it is not found or a duplicate.
    pub why: Option<Why>,
    /// The record: the person's, that of the one namesake, or that of who has the number.
    pub person: Option<PersonId>,
    /// The commune that answers for the record.
    pub unit: Option<UnitCode>,
    /// What differs.
    pub differing: Vec<Differing>,
}

impl Answer {
    /// A row that is answered without a record.
    pub fn without(met: Met, why: Why) -> Answer {
        Answer { met, why: Some(why), person: None, unit: None, differing: Vec::new() }
    }
}

/// A row that is not matched, as its sector's state keeps it: what it claimed can be compared again, and not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// The number on the row, 12 or 9 digits.
    pub number: Option<i64>,
    /// The record that it was compared with.
    pub person: Option<PersonId>,
    /// What names the row.
    pub salt: String,
    /// The digests of what it claimed.
    pub claims: String,
}

/// What a row that was kept is now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Again {
    /// As it was, as far as the registry tells.
    AsBefore,
    /// Everything agrees.
    Matched(PersonId, Option<UnitCode>),
    /// The person is found, and these fields differ.
    Differs(PersonId, Option<UnitCode>, FieldSet),
}

/// The number in a row's column of personal numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Stated {
    /// The cell is empty.
    #[default]
    Nothing,
    /// It is no number of 12 or 9 digits.
    Malformed,
    /// 12 digits.
    Personal(PersonalNumber),
    /// 9 digits.
    Former(FormerNumber),
}

impl Stated {
    /// The digits as a whole number.
    pub fn as_int(self) -> Option<i64> {
        match self {
            Stated::Personal(n) => Some(n.as_int()),
            Stated::Former(n) => Some(n.as_int()),
            _ => None,
        }
    }
}

/// What a row of a sector says of a person.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SectorRow {
    /// The personal number.
    pub number: Stated,
    /// A former number in a column of its own.
    pub former: Option<FormerNumber>,
    /// The name.
    pub name: Option<FullName>,
    /// Date of birth.
    pub birth: PartialDate,
    /// Sex.
    pub sex: Option<Sex>,
    /// Commune of permanent residence, of either structure.
    pub unit: Option<UnitCode>,
    /// Hometown, ethnic group, kin.
    pub ties: Ties,
    /// Fields whose cells cannot be read.
    pub malformed: FieldSet,
}

/// The fields that are compared.
pub const COMPARED: FieldSet = FieldSet::of(&[
    Field::PersonalNumber,
    Field::FormerNumbers,
    Field::FullName,
    Field::BirthDate,
    Field::Sex,
    Field::PermanentResidence,
])
.or(TIES);

impl SectorRow {
    /// From the columns of a row, as far as they are among the fields. `number` is the cell of the personal number.
    pub fn of(told: Told, number: &str, fields: FieldSet) -> SectorRow {
        let has = |field| fields.has(field);
        let ties = Ties::told(&told, fields);
        let digits: String = number.chars().filter(char::is_ascii_digit).collect();
        let stated = match told.number {
            Some(n) => Stated::Personal(n),
            None if number.trim().is_empty() => Stated::Nothing,
            None if digits.len() == 9 => {
                FormerNumber::parse(&digits).map_or(Stated::Malformed, Stated::Former)
            }
            None => Stated::Malformed,
        };
        // A former number in the column of the personal one is among the former ones too.
        let former = told.formers.iter().map(|c| c.number).find(|n| stated != Stated::Former(*n));
        let sex = told.facts.iter().find_map(|f| match f {
            crate::model::Fact::Sex(sex) => *sex,
            _ => None,
        });
        let refused: FieldSet =
            told.refused.iter().filter(|f| !f.value.is_empty()).map(|f| f.column.field()).collect();
        let number_only = FieldSet::of(&[Field::PersonalNumber]);
        SectorRow {
            number: stated,
            former: former.filter(|_| has(Field::FormerNumbers)),
            name: told.name.filter(|_| has(Field::FullName)),
            birth: if has(Field::BirthDate) { told.birth } else { PartialDate::UNKNOWN },
            sex: sex.filter(|_| has(Field::Sex)),
            unit: told
                .permanent
                .old_unit
                .or(told.permanent.new_unit)
                .filter(|_| has(Field::PermanentResidence)),
            ties,
            // A people that no list has is not told.
            malformed: refused.and(fields).and(COMPARED).without(number_only).without(TIES),
        }
    }

    /// The fields that the row asks about.
    pub fn asked(&self) -> FieldSet {
        let number = match self.number {
            Stated::Former(_) => Some(Field::FormerNumbers),
            _ => Some(Field::PersonalNumber),
        };
        let told = [
            number,
            self.former.map(|_| Field::FormerNumbers),
            self.name.as_ref().map(|_| Field::FullName),
            (!self.birth.is_unknown()).then_some(Field::BirthDate),
            self.sex.map(|_| Field::Sex),
            self.unit.map(|_| Field::PermanentResidence),
        ];
        told.into_iter().flatten().collect::<FieldSet>().or(self.malformed).or(self.ties.fields())
    }
}

/// What the registry holds of the fields that are compared.
#[derive(Clone, Debug)]
pub struct Standing {
    /// Whose.
    pub person: PersonId,
    /// The number in force.
    pub number: Option<PersonalNumber>,
    /// The name.
    pub name: Option<FullName>,
    /// Date of birth.
    pub birth: PartialDate,
    /// Sex.
    pub sex: Option<Sex>,
    /// Commune of permanent residence since 1 July 2025.
    pub unit: Option<UnitCode>,
    /// … and before.
    pub old_unit: Option<UnitCode>,
    /// The commune that answers for the record.
    pub answerable: Option<UnitCode>,
    /// Hometown, ethnic group, kin; empty where no row asks for them.
    pub ties: Ties,
}

/// A name of which only the first letters show (*N. T. H.*), and the year of birth: enough for two offices to see whether
/// they speak of one person, and not who it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Silhouette {
    /// The first letter of each syllable.
    pub initials: String,
    /// The year of birth.
    pub year: Option<u16>,
}

impl Silhouette {
    /// Of a name and a date.
    pub fn of(name: Option<&FullName>, birth: PartialDate) -> Silhouette {
        let letters =
            name.map(|n| n.reveal().split(' ').filter_map(|w| w.chars().next()).collect::<Vec<_>>());
        let initials: Vec<String> =
            letters.unwrap_or_default().into_iter().map(|c| format!("{}.", c.to_uppercase())).collect();
        Silhouette { initials: initials.join(" "), year: birth.year() }
    }
}

impl std::fmt::Display for Silhouette {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let year = self.year.map_or_else(|| "?".to_owned(), |y| y.to_string());
        let initials = if self.initials.is_empty() { "?" } else { &self.initials };
        write!(f, "{initials} · {year}")
    }
}

impl Releasable for Standing {
    type View = Silhouette;

    fn subject(&self) -> Subject {
        Subject::Person(self.person)
    }

    fn release(self, shown: FieldSet) -> Silhouette {
        let name = self.name.filter(|_| shown.has(Field::FullName));
        let birth = if shown.has(Field::BirthDate) { self.birth } else { PartialDate::UNKNOWN };
        Silhouette::of(name.as_ref(), birth)
    }
}

impl Comparable for Standing {
    type Claim = (SectorRow, FieldSet);

    /// The second of the claim are the fields that were found to differ.
    fn compare(&self, (row, differing): &(SectorRow, FieldSet)) -> Verdict {
        let asked = row.asked();
        let known = |field| match field {
            Field::PersonalNumber => self.number.is_some(),
            Field::FullName => self.name.is_some(),
            Field::BirthDate => !self.birth.is_unknown(),
            Field::Sex => self.sex.is_some(),
            Field::PermanentResidence => self.unit.is_some() || self.old_unit.is_some(),
            tie if TIES.has(tie) => self.ties.fields().has(tie),
            _ => true,
        };
        let absent: FieldSet = asked.without(*differing).iter().filter(|f| !known(*f)).collect();
        Verdict { matched: asked.without(*differing).without(absent), differing: *differing, absent }
    }
}

/// The columns of a register file in which sectors tell of a person.
pub const COLUMNS: &[Column] = &[
    Column::Number,
    Column::Formers,
    Column::Name,
    Column::Family,
    Column::Middle,
    Column::Given,
    Column::BirthDate,
    Column::Sex,
    Column::PermanentOld,
    Column::PermanentUnit,
    Column::PermanentText,
    Column::HometownOld,
    Column::HometownUnit,
    Column::HometownText,
    Column::Ethnicity,
    Column::FatherName,
    Column::FatherNumber,
    Column::MotherName,
    Column::MotherNumber,
    Column::SpouseName,
    Column::SpouseNumber,
    Column::GuardianName,
    Column::GuardianNumber,
];
