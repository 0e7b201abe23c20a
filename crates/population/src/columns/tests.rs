use super::*;
use crate::model::{
    BloodGroup, Card, Contact, Fact, FormerClaim, LifeStatus, MaritalStatus, NameParts, Person, Relation,
    Relative,
};
use crate::sealed::Kin;
use vocabulary::{
    Address, Field, FieldSet, FormerNumber, FullName, PartialDate, PersonId, PersonalNumber, Sex, UnitCode,
};

fn told(cells: &[(Column, &'static str)]) -> Told {
    let cells: HashMap<Column, &str> = cells.iter().copied().collect();
    let today = PartialDate::parse("2026-11-21").unwrap();
    read(|c| cells.get(&c).copied().unwrap_or_default(), today)
}

fn rules(faults: &[Fault]) -> Vec<(&'static str, &'static str)> {
    faults.iter().map(|f| (f.column.code(), f.invalid.rule)).collect()
}

fn place(detail: &str) -> Address {
    Address {
        new_unit: UnitCode::parse("22366").ok(),
        detail: detail.to_owned(),
        text: format!("{detail}; Lộc Thọ | \\ cũ"),
        ..Address::default()
    }
}

/// Every fact that a row can tell is read back from the cells that show it.
#[test]
fn what_is_shown_is_read_again() {
    let mut p = Person::new(PersonId(7));
    let former = |n: &str, issuer: &str| FormerClaim {
        number: FormerNumber::parse(n).unwrap(),
        issuer: issuer.to_owned(),
        from: PartialDate::parse("2001-05").unwrap(),
        until: PartialDate::UNKNOWN,
    };
    let name = |n: &str| FullName::parse(n).unwrap();
    let facts = vec![
        Fact::Name(Some(name("Nguyễn Thị Hòa"))),
        Fact::NameParts(Some(NameParts {
            family: "Nguyễn".into(),
            middle: "Thị".into(),
            given: "Hòa".into(),
        })),
        Fact::OtherNames(vec![name("Hòa Bình"), name("Ba, Hòa")]),
        Fact::BirthDate(PartialDate::parse("1983").unwrap()),
        Fact::Sex(Some(Sex::Female)),
        Fact::Number(PersonalNumber::parse("054183000001").ok()),
        Fact::FormerNumbers(vec![former("220000013", "Công an Phú Yên; cũ | mới"), former("020000014", "")]),
        Fact::Card(Some(Card {
            issued_on: PartialDate::parse("2021-04-28").unwrap(),
            expires_on: PartialDate::parse("2043-08-05").unwrap(),
            issuer: "Công an | \\ \"cũ\"".into(),
        })),
        Fact::BirthPlace(place("a")),
        Fact::BirthRegistration(Address {
            country: Some("LA".into()),
            text: "Viêng Chăn".into(),
            ..Address::default()
        }),
        Fact::Hometown(place("b")),
        Fact::Current(place("c")),
        Fact::Ethnicity(Some("01".into())),
        Fact::Religion(Some("Phật giáo".into())),
        Fact::Nationalities(vec!["VN".into(), "LA".into()]),
        Fact::MaritalStatus(Some(MaritalStatus::Widowed)),
        Fact::BloodGroup(Some(BloodGroup::Ab)),
        Fact::Occupation(Some("Giáo viên, kế toán".into())),
        Fact::Life(LifeStatus::Missing { since: PartialDate::parse("2020-02").unwrap() }),
        Fact::Contact(Contact {
            phones: vec!["0100000001".into(), "+84100000002".into()],
            emails: vec!["hoa@example.com".into()],
        }),
        Fact::Father(Some(Relative {
            person: None,
            name: Some(name("Nguyễn Văn Ba")),
            number: PersonalNumber::parse("054055000002").ok(),
        })),
        Fact::Mother(Some(Relative::recorded(PersonId(9)))),
        Fact::Guardian(Some(Relative {
            person: None,
            name: None,
            number: PersonalNumber::parse("054055000004").ok(),
        })),
    ];
    facts.iter().for_each(|f| p.set(f));
    p.permanent = place("d");
    p.relation = Some(Relation::ChildInLaw);
    let kin = HashMap::from([(
        PersonId(9),
        Kin {
            name: Some(name("Lê Thị Tư")),
            number: PersonalNumber::parse("054155000003").ok(),
            birth_date: PartialDate::UNKNOWN,
        },
    )]);
    let shown = Shown { person: &p, kin: &kin, group: "12", file: "56-000001" };
    let cells: HashMap<Column, String> = Column::ALL
        .iter()
        .map(|c| {
            let mut out = String::new();
            shown.cell(*c, &mut out);
            (*c, out)
        })
        .collect();
    let told = read(|c| cells[&c].as_str(), PartialDate::parse("2026-11-21").unwrap());
    assert_eq!(rules(&told.refused), []);
    assert_eq!(rules(&told.warnings), []);
    let mut again = Person::new(PersonId(7));
    told.facts.iter().for_each(|f| again.set(f));
    again.permanent = told.permanent;
    again.relation = told.relation;
    // A relative with a record is told by name and number.
    assert_eq!(again.mother.as_ref().unwrap().name, kin[&PersonId(9)].name);
    assert_eq!(again.mother.as_ref().unwrap().number, kin[&PersonId(9)].number);
    again.mother = p.mother.clone();
    assert_eq!(serde_json::to_value(&again).unwrap(), serde_json::to_value(&p).unwrap());
    assert_eq!((told.group.as_str(), told.file.as_str()), ("12", "56-000001"));
    assert_eq!(told.facts.len(), facts.len());
}

#[test]
fn reads_what_clerks_write() {
    let told = told(&[
        (Column::Name, "  trần  văn ba "),
        (Column::Number, "'56080001234"),
        (Column::Formers, "220000012; 020000013"),
        (Column::BirthDate, "5/2/1980"),
        (Column::Sex, "Nam"),
        (Column::Ethnicity, "Ê đê"),
        (Column::Nationalities, "Việt Nam"),
        (Column::Marital, "Đã kết hôn"),
        (Column::Blood, "O+"),
        (Column::Relation, "Con trai"),
        (Column::Phones, "0100 000 001/0100.000.002"),
        (Column::PermanentUnit, "22366"),
        (Column::LifeSince, "01/2020"),
    ]);
    assert_eq!(rules(&told.refused), []);
    assert_eq!(rules(&told.warnings), [("personal_number", "number/leading-zeros")]);
    let mut p = Person::new(PersonId(1));
    told.facts.iter().for_each(|f| p.set(f));
    assert_eq!(p.name.unwrap().reveal(), "trần văn ba");
    assert_eq!(p.number.unwrap().reveal(), "056080001234");
    assert_eq!(p.former_numbers.len(), 2);
    assert_eq!(p.birth_date.iso(), "1980-02-05");
    assert_eq!((p.ethnicity.as_deref(), p.nationalities.as_slice()), (Some("12"), &["VN".to_owned()][..]));
    assert_eq!((p.marital_status, p.blood_group), (Some(MaritalStatus::Married), Some(BloodGroup::O)));
    assert_eq!(told.relation, Some(Relation::Child));
    assert_eq!(p.contact.phones, ["0100000001", "0100000002"]);
    assert_eq!(told.permanent.new_unit, UnitCode::parse("22366").ok());
    assert!(matches!(p.life, LifeStatus::Dead { on } if on.iso() == "2020-01"));
}

#[test]
fn a_card_is_read_as_offices_write_it() {
    let card = |cells: &[(Column, &'static str)]| {
        let name = [(Column::Name, "Lê Tư"), (Column::BirthDate, "5/2/1980")];
        let told = told(&[&name, cells].concat());
        let card = told.facts.iter().find_map(|f| match f {
            Fact::Card(Some(c)) => Some((c.issued_on.iso(), c.expires_on.iso(), c.issuer.to_string())),
            _ => None,
        });
        (card, rules(&told.refused), rules(&told.warnings))
    };
    use Column::{CardExpires, CardIssued, CardIssuer};
    let told =
        |issued: &str, expires: &str, issuer: &str| Some((issued.into(), expires.into(), issuer.into()));
    assert_eq!(
        card(&[(CardIssued, "28/4/2021"), (CardExpires, "05/02/2040"), (CardIssuer, "Cục Cảnh sát")]),
        (told("2021-04-28", "2040-02-05", "Cục Cảnh sát"), vec![], vec![])
    );
    let endless = card(&[(CardIssued, "28/4/2021"), (CardExpires, "Không thời hạn")]);
    assert_eq!(endless, (told("2021-04-28", "", ""), vec![], vec![("card_expires", "card/validity")]));
    assert_eq!(card(&[(CardExpires, "05/02/2040")]), (None, vec![], vec![("card_issued", "card/issued")]));
    assert_eq!(card(&[]), (None, vec![], vec![]));
    for (issued, expires, wrong) in [
        ("28/4/2030", "", ("card_issued", "card/future")),
        ("1979", "", ("card_issued", "card/before-birth")),
        ("28/4/2021", "27/4/2021", ("card_expires", "card/expires")),
        ("28/4/2021", "31/4/2040", ("card_expires", "date/calendar")),
        ("31/4/2021", "", ("card_issued", "date/calendar")),
    ] {
        let cells = [(CardIssued, issued), (CardExpires, expires)];
        assert_eq!(card(&cells).1, [wrong], "{issued} {expires}");
    }
    for (header, column) in [
        ("Ngày cấp CCCD", CardIssued),
        ("Ngày hết hạn CCCD", CardExpires),
        ("NƠI CẤP CCCD", CardIssuer),
        ("Nơi cấp", Column::FormerIssuers),
        ("Ngày cấp", Column::FormerFrom),
    ] {
        assert_eq!(Column::recognise(header), Some(column), "{header}");
    }
}

#[test]
fn says_what_cannot_be_taken_in() {
    let told = told(&[
        (Column::Number, "0561800012"),
        (Column::BirthDate, "30/02/1980"),
        (Column::Sex, "x"),
        (Column::Ethnicity, "Sao Hỏa"),
        (Column::PermanentUnit, "99999"),
        (Column::TemporaryOld, "56"),
        (Column::LifeSince, "2030"),
        (Column::Relation, "sếp"),
        (Column::FatherNumber, "12"),
    ]);
    let mut refused = rules(&told.refused);
    refused.sort_unstable();
    assert_eq!(
        refused,
        [
            ("birth_date", "date/calendar"),
            ("ethnicity", "ethnicity/unknown"),
            ("full_name", "name/missing"),
            ("life_date", "date/future"),
            ("permanent_unit", "unit/unknown"),
            ("relation_to_head", "relation/unknown"),
            ("sex", "sex/value"),
            ("temporary_old_unit", "unit/not-commune"),
        ]
    );
    assert!(rules(&told.warnings).contains(&("father_number", "relative/number")));
}

#[test]
fn the_structure_of_a_number_is_a_warning() {
    let told = told(&[
        (Column::Name, "Lê Tư"),
        (Column::Number, "056183000001"),
        (Column::BirthDate, "1990"),
        (Column::Sex, "Nam"),
    ]);
    assert!(told.refused.is_empty());
    assert_eq!(rules(&told.warnings).len(), 2);
}

#[test]
fn a_code_of_the_old_structure_is_converted() {
    let old = reference::units::communes(reference::Era::Before2025)
        .find(|u| {
            reference::units::find(u.code, reference::Era::Since2025).is_none()
                && reference::units::successor(u.code).is_some()
        })
        .unwrap();
    for column in [Column::PermanentUnit, Column::PermanentOld] {
        let told =
            told(&[(Column::Name, "Lê Tư"), (column, Box::leak(old.code.to_string().into_boxed_str()))]);
        assert!(told.refused.is_empty());
        assert_eq!(told.permanent.old_unit, Some(old.code));
        assert_eq!(told.permanent.new_unit, reference::units::successor(old.code).map(|u| u.code));
    }
}

#[test]
fn every_name_means_one_column() {
    let mut seen: HashMap<String, Column> = HashMap::new();
    for column in Column::ALL {
        assert_eq!(Column::from_code(column.code()), Some(*column));
        let text = column.text();
        let names = [column.code(), text.vi, text.en].into_iter();
        for name in names.chain(column.other_names().iter().copied()) {
            let other = seen.insert(key(name), *column).unwrap_or(*column);
            assert_eq!(other, *column, "{name}");
            assert_eq!(Column::recognise(name), Some(*column), "{name}");
        }
    }
    assert_eq!(Column::recognise("HỌ VÀ TÊN (*)"), Some(Column::Name));
    assert_eq!(Column::recognise("ghi chú"), None);
}

#[test]
fn each_field_of_a_record_has_a_column() {
    let covered: FieldSet = Column::ALL.iter().map(|c| c.field()).collect();
    let beyond = FieldSet::of(&[
        Field::Stays,
        Field::HouseholdMembers,
        Field::Children,
        Field::History,
        Field::AccessLog,
        Field::Findings,
    ]);
    assert_eq!(FieldSet::ALL.without(beyond), covered);
}
