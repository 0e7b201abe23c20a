//! What the columns of a file hold: given, or guessed from the headers.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use vocabulary::{Text, fold};

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A full name.
    Name,
    /// Part of a name: family, middle or given.
    NamePart,
    /// The name of a father, mother or spouse.
    RelativeName,
    /// Sex.
    Sex,
    /// A date, whole or partial.
    Date,
    /// A number of the person's own, such as the 12-digit personal number.
    Number,
    /// A number that was valid once, such as the 9-digit one.
    FormerNumber,
    /// Code of an administrative unit.
    UnitCode,
    /// An address, or part of one.
    Address,
    /// A telephone number, which a family may share.
    Phone,
    /// Any other text that says something of the person.
    Text,
}

impl Kind {
    /// Whether a cell may hold several values, parted by `|`, `;`, `,` or `/`; four of them are read.
    pub fn of_several(self) -> bool {
        matches!(self, Kind::FormerNumber | Kind::Phone)
    }

    /// Whether people of one family, or neighbours, tend to share the value; what two people who do so have in common
    /// besides is counted.
    pub fn of_family(self) -> bool {
        matches!(self, Kind::RelativeName | Kind::UnitCode | Kind::Address | Kind::Phone | Kind::Text)
    }
}

/// Which columns are compared, and as what. Columns that are not named are left out.
///
/// As JSON: `{"id": "id", "columns": {"full_name": "name", "birth_date": "date"}}`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Schema {
    /// The column that identifies a record; without it the number of the row does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The columns by header.
    pub columns: BTreeMap<String, Kind>,
}

/// Why a schema cannot be used.
pub const NOT_A_SCHEMA: Text = Text {
    vi: "Lược đồ không đọc được: cần JSON dạng {\"columns\": {\"họ tên\": \"name\"}}",
    en: "The schema cannot be read: JSON such as {\"columns\": {\"full_name\": \"name\"}} is wanted",
};

impl Schema {
    /// Most columns that are compared.
    pub const MOST: usize = 15;

    /// Longest schema, in bytes.
    pub const LONGEST: usize = 1 << 20;

    /// Reads a schema from JSON. Fails with the words of the parser.
    pub fn parse(text: &str) -> Result<Schema, String> {
        if text.len() > Schema::LONGEST {
            return Err(format!("> {} bytes", Schema::LONGEST));
        }
        serde_json::from_str(text).map_err(|error| error.to_string())
    }

    /// Guesses from Vietnamese or English headers. Of several columns that say the same, such as a unit before and
    /// since July 2025, the first known one is taken.
    pub fn guess<'a>(headers: impl IntoIterator<Item = &'a str>) -> Schema {
        let mut schema = Schema::default();
        let mut taken: Vec<&str> = Vec::new();
        for header in headers {
            let key = plain(header);
            if schema.id.is_none() && IDS.contains(&key.as_str()) {
                schema.id = Some(header.to_owned());
                continue;
            }
            let found = KNOWN.iter().find(|(_, _, names)| names.contains(&key.as_str()));
            let Some((slot, kind, _)) = found else { continue };
            if taken.contains(slot) || schema.columns.len() >= Schema::MOST {
                continue;
            }
            taken.push(slot);
            schema.columns.insert(header.to_owned(), *kind);
        }
        schema
    }
}

/// A header without diacritics, case and signs.
fn plain(header: &str) -> String {
    fold(header.trim_start_matches('\u{feff}')).chars().filter(char::is_ascii_alphanumeric).collect()
}

const IDS: &[&str] = &[
    "id", "recid", "recordid", "rowid", "key", "uniqueid", "ma", "mahoso", "mabanghi", "maso", "stt",
    "lineid",
];

/// What is meant, its kind, and the headers that mean it.
const KNOWN: &[(&str, Kind, &[&str])] = &[
    (
        "name",
        Kind::Name,
        &["fullname", "name", "hoten", "hovaten", "hochudemvaten", "tendaydu", "personname"],
    ),
    ("family", Kind::NamePart, &["surname", "lastname", "familyname", "ho"]),
    ("middle", Kind::NamePart, &["middlename", "chudem", "tendem", "dem"]),
    ("given", Kind::NamePart, &["givenname", "firstname", "forename", "ten"]),
    ("sex", Kind::Sex, &["sex", "gender", "gioitinh", "phai"]),
    (
        "birth",
        Kind::Date,
        &["birthdate", "dateofbirth", "dob", "birthday", "ngaysinh", "ngaythangnamsinh", "namsinh", "born"],
    ),
    (
        "number",
        Kind::Number,
        &[
            "personalnumber",
            "nationalid",
            "idnumber",
            "socsecid",
            "ssn",
            "cccd",
            "socccd",
            "sodinhdanh",
            "sodinhdanhcanhan",
            "sddcn",
            "madinhdanh",
            "socancuoc",
            "number",
        ],
    ),
    (
        "former",
        Kind::FormerNumber,
        &["formernumber", "formernumbers", "cmnd", "socmnd", "cmnd9so", "oldnumber", "sochungminh"],
    ),
    ("insurance", Kind::Number, &["insurancenumber", "socialinsurancenumber", "sobhxh", "masobhxh", "bhyt"]),
    (
        "unit",
        Kind::UnitCode,
        &["unit", "unitcode", "permanentunit", "commune", "maxa", "xa", "donvi", "madonvi", "madvhc"],
    ),
    ("current unit", Kind::UnitCode, &["currentunit"]),
    ("hometown", Kind::UnitCode, &["hometownunit", "maquequan"]),
    ("birth place", Kind::UnitCode, &["birthplaceunit", "manoisinh"]),
    (
        "address",
        Kind::Address,
        &[
            "address",
            "permanentdetail",
            "permanentaddress",
            "diachi",
            "noithuongtru",
            "thuongtru",
            "address1",
            "street",
            "hokhau",
        ],
    ),
    ("address 2", Kind::Address, &["address2", "thon", "hamlet"]),
    ("house", Kind::Text, &["streetnumber", "housenumber", "sonha"]),
    ("current", Kind::Address, &["currentdetail", "noiohientai", "choohiennay"]),
    ("suburb", Kind::Text, &["suburb", "city", "town", "locality"]),
    ("postcode", Kind::Text, &["postcode", "postalcode", "zip", "zipcode", "mabuuchinh"]),
    ("state", Kind::Text, &["state", "province", "tinh", "matinh"]),
    ("phone", Kind::Phone, &["phone", "phones", "telephone", "mobile", "dienthoai", "sodienthoai", "sdt"]),
    ("email", Kind::Text, &["email", "emails", "thudientu"]),
    ("father", Kind::RelativeName, &["fathername", "father", "hotencha", "tencha", "cha", "bo"]),
    ("mother", Kind::RelativeName, &["mothername", "mother", "hotenme", "tenme", "me"]),
    ("spouse", Kind::RelativeName, &["spousename", "spouse", "hotenvochong", "vochong"]),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_in_both_languages_are_known() {
        let schema =
            Schema::guess(["\u{feff}Mã", "Họ và tên", "Ngày sinh", "Giới tính", "Số CCCD", "Ghi chú"]);
        assert_eq!(schema.id.as_deref(), Some("\u{feff}Mã"));
        assert_eq!(schema.columns.get("Họ và tên"), Some(&Kind::Name));
        assert_eq!(schema.columns.get("Số CCCD"), Some(&Kind::Number));
        assert_eq!(schema.columns.len(), 4);
        let schema =
            Schema::guess(["id", "personal_number", "full_name", "birth_date", "permanent_unit", "unit"]);
        assert_eq!(schema.columns.len(), 4, "one column for the unit");
        let json = serde_json::to_string(&schema).unwrap();
        assert_eq!(Schema::parse(&json), Ok(schema));
        assert!(Schema::parse(r#"{"columns": {"a": "colour"}}"#).is_err());
    }
}
