//! Which column is which field: headers compared with the names that the caller knows.

use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use vocabulary::{Invalid, Violation, fold};

/// A field and the names by which headers speak of it, in any language and spelling.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    /// The field's code.
    pub code: &'a str,
    /// Its names, such as `Họ và tên`, `Họ tên`, `full_name`.
    pub names: &'a [&'a str],
}

/// Which column gives which field. Written as JSON it can be kept, edited, and applied to the next file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mapping {
    /// A line for each column of the file.
    pub columns: Vec<Mapped>,
}

/// A column and what it gives.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mapped {
    /// The column, from 0.
    pub column: usize,
    /// Its header as the file has it.
    pub header: String,
    /// The code of the field that it gives; none where it is not to be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// How sure the match is, in percent: 100 the same name, 90 the same but for words such as *số*, 85 one of several
    /// names in the header, 75 a letter mistyped, 50 the name and more words. Below 80 a person should look.
    #[serde(default)]
    pub certainty: u8,
    /// A field that this column fits too, but another column has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rival: Option<String>,
}

impl Mapping {
    /// The column of a field.
    pub fn column(&self, field: &str) -> Option<usize> {
        self.columns.iter().find(|c| c.field.as_deref() == Some(field)).map(|c| c.column)
    }

    /// Columns that fit a field which another column has.
    pub fn duplicates(&self) -> impl Iterator<Item = &Mapped> {
        self.columns.iter().filter(|c| c.rival.is_some())
    }

    /// The mapping as JSON, a line for each column.
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default()
    }

    /// Reads a kept mapping; refused where two columns give one field.
    pub fn from_json(text: &str) -> Result<Mapping, Violation> {
        if text.len() > 1 << 20 {
            return Err(FORM.at("mapping"));
        }
        let mapping: Mapping = serde_json::from_str(text).map_err(|_| FORM.at("mapping"))?;
        mapping.check()?;
        Ok(mapping)
    }

    /// Refuses two columns for one field.
    pub fn check(&self) -> Result<(), Violation> {
        let mut seen = HashSet::new();
        for field in self.columns.iter().filter_map(|c| c.field.as_deref()) {
            if !seen.insert(field) {
                return Err(TWICE.at(field));
            }
        }
        Ok(())
    }

    /// The mapping for another file with these headers: columns are found by their headers, the same place first. A field
    /// whose header is not there is refused.
    pub fn apply(&self, headers: &[String]) -> Result<Mapping, Vec<Violation>> {
        let mut columns = unmapped(headers);
        let mut faults = Vec::new();
        for mapped in self.columns.iter().filter(|c| c.field.is_some()) {
            let wanted = compact(&key(&mapped.header));
            let fits = |c: &Mapped| c.field.is_none() && compact(&key(&c.header)) == wanted;
            let found = columns
                .iter()
                .position(|c| c.column == mapped.column && fits(c))
                .or_else(|| columns.iter().position(fits));
            match found {
                Some(at) => {
                    columns[at].field.clone_from(&mapped.field);
                    columns[at].certainty = mapped.certainty;
                }
                None => faults.push(ABSENT.at(mapped.field.clone().unwrap_or_default())),
            }
        }
        if faults.is_empty() { Ok(Mapping { columns }) } else { Err(faults) }
    }
}

const FORM: Invalid = Invalid::new(
    "mapping/form",
    "Bảng ghép cột không đúng dạng JSON mà chương trình đã lưu",
    "The mapping is not JSON of the form in which it is kept",
);
const TWICE: Invalid =
    Invalid::new("mapping/twice", "Hai cột cùng ghép vào một trường", "Two columns give the same field");
const ABSENT: Invalid = Invalid::new(
    "mapping/absent",
    "Tệp không có cột mà bảng ghép cột nêu cho trường này",
    "The file lacks the column that the mapping names for this field",
);

/// A line for each header, of which none gives a field yet.
fn unmapped(headers: &[String]) -> Vec<Mapped> {
    let line =
        |(column, header): (usize, &String)| Mapped { column, header: header.clone(), ..Mapped::default() };
    headers.iter().enumerate().map(line).collect()
}

/// Matches headers with fields: each column gives at most one field, each field comes from one column, the surest matches
/// first. A second column for a field is left out and reported.
pub fn match_headers(headers: &[String], known: &[Known]) -> Mapping {
    let names: Vec<(usize, Name)> = known
        .iter()
        .enumerate()
        .flat_map(|(at, field)| {
            field.names.iter().chain([&field.code]).map(move |name| (at, Name::new(name)))
        })
        .collect();
    let mut matches: Vec<(u8, usize, usize)> = Vec::new();
    for (column, header) in headers.iter().enumerate() {
        let readings = Readings::new(header);
        for (field, name) in &names {
            let certainty = readings.certainty(name);
            if certainty > 0 {
                matches.push((certainty, column, *field));
            }
        }
    }
    matches.sort_by_key(|(certainty, column, _)| (std::cmp::Reverse(*certainty), *column));
    let mut columns = unmapped(headers);
    let mut taken = HashSet::new();
    for (certainty, column, field) in matches {
        let mapped = &mut columns[column];
        if mapped.field.is_some() {
            continue;
        }
        if taken.insert(field) {
            mapped.field = Some(known[field].code.to_owned());
            mapped.certainty = certainty;
            mapped.rival = None;
        } else if certainty >= 75 && mapped.rival.is_none() {
            mapped.rival = Some(known[field].code.to_owned());
        }
    }
    Mapping { columns }
}

/// A known name, in the forms in which it is compared.
struct Name {
    key: String,
    loose: String,
    words: HashSet<String>,
}

impl Name {
    fn new(name: &str) -> Name {
        let key = key(name);
        Name {
            loose: compact(&loose(&key)),
            words: loose(&key).split(' ').map(str::to_owned).collect(),
            key: compact(&key),
        }
    }
}

/// A header, in the forms in which it is compared.
struct Readings {
    whole: Name,
    /// Without what stands in brackets.
    bare: Name,
    /// The names on both sides of a stroke or *hoặc*, and within brackets.
    parts: Vec<Name>,
}

impl Readings {
    fn new(header: &str) -> Readings {
        let header: String = header.chars().take(200).collect();
        let mut bare = String::new();
        let mut inside = String::new();
        let mut depth = 0;
        for c in header.chars() {
            match c {
                '(' | '[' => depth += 1,
                ')' | ']' => depth = 0,
                c if depth > 0 => inside.push(c),
                c => bare.push(c),
            }
        }
        let lower = bare.to_lowercase().replace(" hoặc ", "/").replace(" or ", "/").replace("\n", "/");
        let parts = lower.split(['/', ',', ';', '|']).chain([inside.as_str()]);
        let parts = parts.map(Name::new).filter(|name| !name.key.is_empty()).collect();
        Readings { whole: Name::new(&header), bare: Name::new(&bare), parts }
    }

    fn certainty(&self, name: &Name) -> u8 {
        if name.key.is_empty() || self.whole.key.is_empty() {
            return 0;
        }
        if self.whole.key == name.key {
            return 100;
        }
        if self.bare.key == name.key {
            return 95;
        }
        if !name.loose.is_empty() && (self.whole.loose == name.loose || self.bare.loose == name.loose) {
            return 90;
        }
        if self.parts.len() > 1
            && self
                .parts
                .iter()
                .any(|part| part.key == name.key || !name.loose.is_empty() && part.loose == name.loose)
        {
            return 85;
        }
        if name.key.len() >= 6 && one_letter_apart(&self.bare.key, &name.key) {
            return 75;
        }
        if name.words.len() >= 2 && name.words.is_subset(&self.bare.words) {
            return 50;
        }
        0
    }
}

/// Words that carry nothing in a header.
const FILLERS: &[&str] = &["va", "cua", "so", "the", "of", "no", "number", "theo", "hien", "nay", "tai"];

/// Abbreviations and phrases, as they are compared.
const PHRASES: &[(&str, &str)] = &[
    ("ngay thang nam", "ngay"),
    ("sdt", "so dien thoai"),
    ("dtdd", "so dien thoai"),
    ("hktt", "ho khau thuong tru"),
    ("dkhktt", "ho khau thuong tru"),
    ("dob", "date of birth"),
    ("cmtnd", "cmnd"),
    ("cmt", "cmnd"),
    ("chung minh nhan dan", "cmnd"),
    ("can cuoc cong dan", "cccd"),
    ("dia chi thuong tru", "noi thuong tru"),
    ("birthdate", "birth date"),
    ("birthday", "birth date"),
];

/// The form in which headers are compared: folded, words apart by single blanks, abbreviations written out.
pub(crate) fn key(text: &str) -> String {
    let mut spaced = String::with_capacity(text.len() + 8);
    let mut before = ' ';
    for c in text.chars().take(200) {
        if before.is_ascii_lowercase() && c.is_ascii_uppercase() {
            spaced.push(' ');
        }
        spaced.push(c);
        before = c;
    }
    let words: Vec<String> = fold(&spaced)
        .split(|c: char| !c.is_alphanumeric())
        .filter(|w| !w.is_empty())
        .map(str::to_owned)
        .collect();
    let mut key = format!(" {} ", words.join(" "));
    for (phrase, plain) in PHRASES {
        if key.contains(phrase) {
            key = key.replace(&format!(" {phrase} "), &format!(" {plain} "));
        }
    }
    key.trim().to_owned()
}

fn loose(key: &str) -> String {
    key.split(' ').filter(|word| !FILLERS.contains(word)).collect::<Vec<_>>().join(" ")
}

fn compact(key: &str) -> String {
    key.replace(' ', "")
}

/// Whether two words differ by one letter added, dropped or changed.
fn one_letter_apart(a: &str, b: &str) -> bool {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    if a.len().abs_diff(b.len()) > 1 || a == b {
        return false;
    }
    let front = a.iter().zip(&b).take_while(|(x, y)| x == y).count();
    let back = a[front..].iter().rev().zip(b[front..].iter().rev()).take_while(|(x, y)| x == y).count();
    a.len() - front - back <= 1 && b.len() - front - back <= 1
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: &[Known] = &[
        Known { code: "full-name", names: &["Họ và tên", "Họ tên", "full_name"] },
        Known { code: "birth-date", names: &["Ngày sinh", "Ngày, tháng, năm sinh", "Năm sinh"] },
        Known { code: "number", names: &["Số định danh cá nhân", "CCCD", "personal_number"] },
        Known { code: "former-number", names: &["Số CMND", "CMND 9 số"] },
        Known { code: "head-name", names: &["Họ tên chủ hộ", "Chủ hộ"] },
        Known { code: "phone", names: &["Số điện thoại", "Điện thoại"] },
        Known { code: "residence", names: &["Nơi thường trú"] },
    ];

    fn matched(headers: &[&str]) -> Mapping {
        match_headers(&headers.iter().map(|h| (*h).to_owned()).collect::<Vec<_>>(), KNOWN)
    }

    #[test]
    fn spellings_of_offices_are_understood() {
        for (header, field, certainty) in [
            ("HỌ VÀ TÊN", "full-name", 100),
            ("Họ,  tên", "full-name", 100),
            ("fullName", "full-name", 100),
            ("ho_ten", "full-name", 100),
            ("Họ và tên (chữ in hoa)", "full-name", 95),
            ("Tên họ tên", "", 50),
            ("NGÀY, THÁNG, NĂM SINH", "birth-date", 100),
            ("Ngày sinh (dd/mm/yyyy)", "birth-date", 95),
            ("birthdate", "birth-date", 100),
            ("Số CCCD", "number", 90),
            ("CMND/hộ chiếu", "former-number", 85),
            ("SĐT", "phone", 100),
            ("Ngáy sinhh", "birth-date", 75),
            ("Họ tên chủ hộ", "head-name", 100),
            ("Địa chỉ thường trú", "residence", 100),
            ("Ghi chú", "", 0),
            ("", "", 0),
        ] {
            let mapping = matched(&[header]);
            let found = &mapping.columns[0];
            if certainty == 50 {
                assert_eq!((found.field.as_deref(), found.certainty), (Some("full-name"), 50), "{header}");
            } else {
                assert_eq!(
                    (found.field.as_deref().unwrap_or(""), found.certainty),
                    (field, certainty),
                    "{header}"
                );
            }
        }
    }

    #[test]
    fn each_field_comes_from_one_column() {
        let mapping = matched(&["Họ tên chủ hộ", "Họ tên", "Ngày sinh", "Năm sinh", "Số CMND/CCCD"]);
        assert_eq!(mapping.column("head-name"), Some(0));
        assert_eq!(mapping.column("full-name"), Some(1));
        assert_eq!(mapping.column("birth-date"), Some(2));
        let twice: Vec<_> = mapping.duplicates().map(|c| (c.column, c.rival.as_deref())).collect();
        assert_eq!(twice, [(3, Some("birth-date"))]);
    }

    #[test]
    fn a_kept_mapping_fits_the_next_file() {
        let mapping = matched(&["STT", "Họ và tên", "Ngày sinh"]);
        let kept = Mapping::from_json(&mapping.to_json()).unwrap();
        assert_eq!(kept, mapping);
        let next = ["Ngày sinh".to_owned(), "HỌ VÀ TÊN".to_owned()];
        let applied = kept.apply(&next).unwrap();
        assert_eq!((applied.column("full-name"), applied.column("birth-date")), (Some(1), Some(0)));
        assert_eq!(kept.apply(&next[..1]).unwrap_err()[0].rule, "mapping/absent");
        assert_eq!(Mapping::from_json("{}").unwrap_err().rule, "mapping/form");
        let twice =
            r#"{"columns":[{"column":0,"header":"a","field":"x"},{"column":1,"header":"b","field":"x"}]}"#;
        assert_eq!(Mapping::from_json(twice).unwrap_err().rule, "mapping/twice");
    }
}
