//! How a row of a sector's file and a record of the registry differ: which field, and in what way, so that whoever mends it
//! knows where to look. Pure; who may be told what is decided by the use case.

use crate::columns::{Column, Told};
use ledger::{Comparable, Releasable, Subject, Verdict};
use reference::{Era, units};
use sha2::{Digest, Sha256};
use vocabulary::{
    Field, FieldSet, FormerNumber, FullName, PartialDate, PersonId, PersonalNumber, Sex, Text, UnitCode,
    fold, tone_key,
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
]);

impl SectorRow {
    /// From the columns of a row, as far as they are among the fields. `number` is the cell of the personal number.
    pub fn of(told: Told, number: &str, fields: FieldSet) -> SectorRow {
        let has = |field| fields.has(field);
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
            malformed: refused.and(fields).and(COMPARED).without(number_only),
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
        told.into_iter().flatten().collect::<FieldSet>().or(self.malformed)
    }

    /// What the row claims, so that it can be compared again later and not be read: digests of each value, salted with
    /// what names the row.
    pub fn digests(&self, salt: &str) -> String {
        let mut out = String::new();
        let mut put = |sign: char, values: Vec<String>| {
            if !out.is_empty() {
                out.push(';');
            }
            out.push(sign);
            for value in values {
                out.push('.');
                out.push_str(&digest(salt, sign, &value));
            }
        };
        if let Some(name) = &self.name {
            put('n', vec![tone_key(name.reveal())]);
        }
        if !self.birth.is_unknown() {
            put('b', forms(self.birth));
        }
        if let Some(sex) = self.sex {
            put('s', vec![sex.digit().to_string()]);
        }
        if let Some(unit) = self.unit {
            put('u', now_and_then(unit).iter().map(|u| u.to_string()).collect());
        }
        out
    }
}

/// A date to the year, to the month, to the day, as far as it is known.
fn forms(date: PartialDate) -> Vec<String> {
    let mut forms = Vec::with_capacity(3);
    let Some(year) = date.year() else { return forms };
    forms.push(format!("{year}"));
    if let Some(month) = date.month() {
        forms.push(format!("{year}-{month}"));
        if date.day().is_some() {
            forms.push(date.iso());
        }
    }
    forms
}

fn digest(salt: &str, sign: char, value: &str) -> String {
    let mut hasher = Sha256::new();
    hasher.update(salt.as_bytes());
    hasher.update([0, sign as u8, 0]);
    hasher.update(value.as_bytes());
    hasher.finalize().iter().take(8).map(|b| format!("{b:02x}")).collect()
}

/// A commune with what it has become since 1 July 2025.
fn now_and_then(unit: UnitCode) -> Vec<UnitCode> {
    let mut all = vec![unit];
    all.extend(units::convert(unit).iter().map(|c| c.new.code));
    all
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
}

/// How a name differs from the one on record.
fn name(told: &FullName, held: &FullName) -> Option<How> {
    if told.matches(held) {
        return None;
    }
    let (a, b) = (fold(told.reveal()), fold(held.reveal()));
    if a == b {
        return Some(How::Marks);
    }
    let words = |text: &str| {
        let mut words: Vec<String> = text.split(' ').map(str::to_owned).collect();
        words.sort_unstable();
        words
    };
    let (x, y) = (words(&a), words(&b));
    if x == y {
        return Some(How::Order);
    }
    if shortened(&a, &b) || shortened(&b, &a) {
        return Some(How::Words);
    }
    // A typing method that was off spells each mark as a letter.
    let typed = |text: &str| untyped(text) == untyped(&b) || untyped(text) == b;
    Some(if typed(&a) {
        How::Marks
    } else if distance(&a, &b) <= 2 {
        How::Letters
    } else {
        How::Other
    })
}

/// Whether the first name is the second with words left out or cut to their first letter; family and given name stay.
fn shortened(short: &str, long: &str) -> bool {
    let short: Vec<&str> = short.split(' ').collect();
    let long: Vec<&str> = long.split(' ').collect();
    if short.len() < 2 || short.len() > long.len() {
        return false;
    }
    let fits = |a: &str, b: &str| {
        let a = a.trim_end_matches('.');
        a == b || a.len() == 1 && b.starts_with(a)
    };
    let mut at = 0;
    for word in &short {
        match long.iter().skip(at).position(|w| fits(word, w)) {
            Some(more) => at += more + 1,
            None => return false,
        }
    }
    let whole = short.iter().zip(&long).filter(|(a, b)| a == b).count();
    whole >= 1 && short.last().zip(long.last()).is_some_and(|(a, b)| fits(a, b))
}

/// A folded text as it would be had a typing method (Telex) taken its doubled letters and tone letters for marks.
fn untyped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for word in text.split(' ') {
        if !out.is_empty() {
            out.push(' ');
        }
        let mut letters: Vec<char> = Vec::new();
        let bytes: Vec<char> = word.chars().collect();
        for (at, c) in bytes.iter().enumerate() {
            let last = at + 1 == bytes.len();
            let tone = last && at > 0 && matches!(c, 's' | 'f' | 'r' | 'x' | 'j');
            let doubled = letters.last() == Some(c) && matches!(c, 'a' | 'e' | 'o' | 'd');
            let horn = *c == 'w' && !letters.is_empty();
            if !(tone || doubled || horn) {
                letters.push(*c);
            }
        }
        out.extend(letters);
    }
    out
}

/// Least number of letters to insert, delete, replace or exchange; counted up to 3.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().take(100).collect(), b.chars().take(100).collect());
    if a.len().abs_diff(b.len()) > 2 {
        return 3;
    }
    let mut before: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut now = vec![i + 1];
        for (j, y) in b.iter().enumerate() {
            let replaced = before.get(j).copied().unwrap_or(9) + usize::from(x != y);
            let left_out = before.get(j + 1).copied().unwrap_or(9) + 1;
            let put_in = now.get(j).copied().unwrap_or(9) + 1;
            now.push(replaced.min(left_out).min(put_in));
        }
        before = now;
    }
    before.last().copied().unwrap_or(3).min(3)
}

/// How a date of birth differs. A part that is not on record cannot disagree; one that the file lacks can be completed.
fn birth(told: PartialDate, held: PartialDate) -> Option<How> {
    if told.is_unknown() || held.is_unknown() || told == held {
        return None;
    }
    if told.agrees_with(held) {
        let parts = |d: PartialDate| forms(d).len();
        return (parts(told) < parts(held)).then_some(How::Incomplete);
    }
    let (y, m, d) = (told.year() == held.year(), told.month() == held.month(), told.day() == held.day());
    let crossed = told.month().is_some()
        && told.month().map(u16::from) == held.day().map(u16::from)
        && told.day().map(u16::from) == held.month().map(u16::from);
    Some(match (y, m, d) {
        (true, ..) if crossed => How::DayMonth,
        (true, true, _) | (true, _, true) | (_, true, true) => How::DatePart,
        _ => How::Other,
    })
}

/// Whether a commune as the file names it is the one on record, by its code before or since 1 July 2025.
fn same_unit(told: UnitCode, held: &Standing) -> bool {
    [held.unit, held.old_unit].contains(&Some(told))
        || held.unit.is_some_and(|now| units::convert(told).iter().any(|c| c.new.code == now))
}

/// How a number differs from another of as many digits.
pub fn slip(told: &str, held: &str) -> Option<How> {
    if told == held || told.len() != held.len() {
        return None;
    }
    let off: Vec<usize> =
        told.bytes().zip(held.bytes()).enumerate().filter(|(_, (a, b))| a != b).map(|(at, _)| at).collect();
    let (a, b) = (told.as_bytes(), held.as_bytes());
    match off.as_slice() {
        [_] => Some(How::Digit),
        [i, j] if *j == i + 1 && a.get(*i) == b.get(*j) && a.get(*j) == b.get(*i) => Some(How::Exchanged),
        _ => None,
    }
}

/// The fields but for numbers in which a row and a record differ.
pub fn differing(row: &SectorRow, held: &Standing) -> Vec<(Field, How)> {
    let mut found: Vec<(Field, How)> = row.malformed.iter().map(|f| (f, How::Malformed)).collect();
    if let (Some(told), Some(held)) = (&row.name, &held.name) {
        found.extend(name(told, held).map(|how| (Field::FullName, how)));
    }
    found.extend(birth(row.birth, held.birth).map(|how| (Field::BirthDate, how)));
    if let (Some(told), Some(held)) = (row.sex, held.sex)
        && told != held
    {
        found.push((Field::Sex, How::Other));
    }
    if let Some(unit) = row.unit
        && (held.unit.is_some() || held.old_unit.is_some())
        && !same_unit(unit, held)
    {
        found.push((Field::PermanentResidence, How::Other));
    }
    found
}

/// How the stated number stands to the one on record of the same person.
pub fn of_number(row: &SectorRow, held: &Standing) -> Option<How> {
    match (row.number, held.number) {
        (Stated::Personal(told), Some(own)) if told == own => None,
        (Stated::Personal(told), Some(own)) => {
            Some(slip(&told.reveal(), &own.reveal()).unwrap_or(How::Other))
        }
        (Stated::Former(_), Some(_)) => Some(How::Former),
        (Stated::Nothing, Some(_)) => Some(How::Missing),
        (Stated::Malformed, _) => Some(How::Malformed),
        // The registry knows none: it cannot disagree.
        (_, None) => None,
    }
}

/// Whether row and record may be one person: the name or the birth speaks for it, and not both against.
pub fn may_be_one(row: &SectorRow, held: &Standing) -> bool {
    let named = match (&row.name, &held.name) {
        (Some(told), Some(held)) => name(told, held) != Some(How::Other),
        _ => true,
    };
    let told = !row.birth.is_unknown() && !held.birth.is_unknown();
    let born = told && birth(row.birth, held.birth) != Some(How::Other);
    match (row.name.is_some() && held.name.is_some(), told) {
        (true, true) => named || born,
        (true, false) => named,
        (false, true) => born,
        (false, false) => true,
    }
}

/// What a file may be told of a field: the value on record.
pub fn value(field: Field, held: &Standing) -> Option<String> {
    match field {
        Field::PersonalNumber => held.number.map(PersonalNumber::reveal),
        Field::FullName => held.name.as_ref().map(|n| n.reveal().to_owned()),
        Field::BirthDate => Some(held.birth).filter(|d| !d.is_unknown()).map(PartialDate::local_text),
        Field::Sex => held.sex.map(|s| s.text().vi.to_owned()),
        Field::PermanentResidence => {
            held.unit.map(|u| units::path(u, Era::Since2025).unwrap_or_else(|| u.to_string()))
        }
        _ => None,
    }
}

/// Which of the values that were claimed are as on record now: agreeing, differing.
pub fn again(claims: &str, salt: &str, held: &Standing) -> (FieldSet, FieldSet) {
    let (mut agree, mut differ) = (FieldSet::NONE, FieldSet::NONE);
    for claim in claims.split(';') {
        let mut parts = claim.split('.');
        let (Some(sign), told) = (parts.next().and_then(|s| s.chars().next()), parts.collect::<Vec<_>>())
        else {
            continue;
        };
        let of = |value: &str| digest(salt, sign, value);
        let (field, agrees) = match sign {
            'n' => (
                Field::FullName,
                held.name.as_ref().map(|n| told.contains(&of(&tone_key(n.reveal())).as_str())),
            ),
            'b' => {
                let own = forms(held.birth);
                // To the part that both know; what the file lacks is to be completed there.
                let at = own.len().min(told.len());
                let pair = at.checked_sub(1).and_then(|at| own.get(at).zip(told.get(at)));
                let same = pair.map(|(mine, theirs)| of(mine) == **theirs && told.len() >= own.len());
                (Field::BirthDate, same)
            }
            's' => (Field::Sex, held.sex.map(|s| told.contains(&of(&s.digit().to_string()).as_str()))),
            'u' => {
                let known = [held.unit, held.old_unit];
                let same = known.iter().flatten().any(|u| told.contains(&of(u.as_str()).as_str()));
                (Field::PermanentResidence, known.iter().any(Option::is_some).then_some(same))
            }
            _ => continue,
        };
        let set = FieldSet::of(&[field]);
        match agrees {
            Some(true) => agree = agree.or(set),
            Some(false) => differ = differ.or(set),
            None => {}
        }
    }
    (agree, differ)
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
    Column::HometownText,
];

#[cfg(test)]
mod tests {
    use super::*;

    fn full(text: &str) -> FullName {
        FullName::parse(text).unwrap()
    }

    fn date(text: &str) -> PartialDate {
        PartialDate::parse(text).unwrap()
    }

    fn hoa() -> Standing {
        Standing {
            person: PersonId(1),
            number: PersonalNumber::parse("056185001234").ok(),
            name: Some(full("Nguyễn Thị Hòa")),
            birth: date("1985-03-12"),
            sex: Some(Sex::Female),
            unit: UnitCode::parse("22366").ok(),
            old_unit: UnitCode::parse("22363").ok(),
            answerable: UnitCode::parse("22366").ok(),
        }
    }

    #[test]
    fn a_name_differs_in_a_way() {
        for (told, how) in [
            ("NGUYỄN THỊ HOÀ", None),
            ("Nguyen Thi Hoa", Some(How::Marks)),
            ("Nguyeenx Thij Hoaf", Some(How::Marks)),
            ("Nguyễn Hòa Thị", Some(How::Order)),
            ("Thị Hòa Nguyễn", Some(How::Order)),
            ("Nguyễn Hòa", Some(How::Words)),
            ("Nguyễn T. Hòa", Some(How::Words)),
            ("Nguyễn Thị Hoan", Some(How::Letters)),
            ("Trần Văn Đức", Some(How::Other)),
        ] {
            assert_eq!(name(&full(told), &full("Nguyễn Thị Hòa")), how, "{told}");
        }
    }

    #[test]
    fn a_date_differs_in_a_way() {
        for (told, how) in [
            ("12/03/1985", None),
            ("03/12/1985", Some(How::DayMonth)),
            ("1985", Some(How::Incomplete)),
            ("13/03/1985", Some(How::DatePart)),
            ("12/03/1986", Some(How::DatePart)),
            ("01/01/1970", Some(How::Other)),
        ] {
            assert_eq!(birth(date(told), date("1985-03-12")), how, "{told}");
        }
        assert_eq!(birth(date("12/03/1985"), date("1985")), None, "what is not on record cannot disagree");
    }

    #[test]
    fn a_number_slips_by_a_digit_or_two_neighbours() {
        assert_eq!(slip("056185001235", "056185001234"), Some(How::Digit));
        assert_eq!(slip("056185001243", "056185001234"), Some(How::Exchanged));
        assert_eq!(slip("056185004231", "056185001234"), None);
        assert_eq!(slip("056185001234", "056185001234"), None);
    }

    #[test]
    fn the_code_of_before_2025_is_no_difference() {
        for code in ["22366", "22363"] {
            let row = SectorRow { unit: UnitCode::parse(code).ok(), ..SectorRow::default() };
            assert_eq!(differing(&row, &hoa()), []);
            let only_new = Standing { old_unit: None, ..hoa() };
            assert_eq!(differing(&row, &only_new), [], "{code}");
        }
        let row = SectorRow { unit: UnitCode::parse("00004").ok(), ..SectorRow::default() };
        assert_eq!(differing(&row, &hoa()), [(Field::PermanentResidence, How::Other)]);
    }

    #[test]
    fn digests_tell_again_what_agrees_and_nothing_else() {
        let row = SectorRow {
            name: Some(full("Nguyễn Thị Hoa")),
            birth: date("12/03/1985"),
            sex: Some(Sex::Female),
            unit: UnitCode::parse("22363").ok(),
            ..SectorRow::default()
        };
        let claims = row.digests("BH1");
        assert!(!claims.contains("Hoa") && !claims.contains("1985"));
        let fields = FieldSet::of(&[Field::BirthDate, Field::Sex, Field::PermanentResidence]);
        assert_eq!(again(&claims, "BH1", &hoa()), (fields, FieldSet::of(&[Field::FullName])));
        let mended = Standing { name: row.name.clone(), ..hoa() };
        assert_eq!(again(&claims, "BH1", &mended).1, FieldSet::NONE);
        // Under another salt nothing is known again.
        assert_eq!(again(&claims, "BH2", &hoa()).0, FieldSet::NONE);
        let vague = SectorRow { birth: date("1985"), ..SectorRow::default() }.digests("x");
        assert_eq!(again(&vague, "x", &hoa()).1, FieldSet::of(&[Field::BirthDate]), "still to be completed");
    }

    #[test]
    fn a_silhouette_shows_letters_and_the_year() {
        let shown = Silhouette::of(Some(&full("Nguyễn Thị Hòa")), date("1985-03-12")).to_string();
        assert_eq!(shown, "N. T. H. · 1985");
        assert_eq!(Silhouette::default().to_string(), "? · ?");
    }

    #[test]
    fn one_person_or_another() {
        let row = |name: &str, born: &str| SectorRow {
            name: Some(full(name)),
            birth: date(born),
            ..SectorRow::default()
        };
        assert!(may_be_one(&row("Nguyen Thi Hoa", "1990"), &hoa()));
        assert!(may_be_one(&row("Trần Văn Đức", "12/03/1985"), &hoa()));
        assert!(!may_be_one(&row("Trần Văn Đức", "1970"), &hoa()));
    }

    #[test]
    fn codes_lead_back() {
        for how in How::ALL {
            assert_eq!(How::from_code(how.code()), Some(*how));
        }
    }
}
