//! Each way in which a row can differ.

use super::{
    compare::{birth, name},
    *,
};

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
        ties: Ties::default(),
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
fn digests_tell_ties_again_as_far_as_both_tell() {
    let kin = |number: &str, called: &str| Kin {
        person: None,
        number: PersonalNumber::parse(number).ok(),
        name: FullName::parse(called).ok(),
    };
    let told = Ties {
        hometown: Place::named("Phường Lộc Thọ, Nha Trang, Khánh Hòa"),
        ethnicity: Some("01".into()),
        father: kin("", "Trần Văn Đức"),
        mother: kin("056185001234", "Nguyễn Thị Hoà"),
        ..Ties::default()
    };
    let row = SectorRow { ties: told.clone(), ..SectorRow::default() };
    let claims = row.digests("TE1");
    assert!(!claims.contains("056185001234"));
    let now = |ties: Ties| again(&claims, "TE1", &Standing { ties, ..hoa() });
    assert_eq!(now(Ties::default()), (FieldSet::NONE, FieldSet::NONE), "nothing is on record");
    assert_eq!(now(told.clone()).1, FieldSet::NONE);
    // The mother by her number alone, the father by his name, the place to the province.
    let held = Ties {
        hometown: Place::named("tỉnh Khánh Hoà"),
        mother: kin("056185001234", ""),
        father: kin("056080001111", "Trần Văn Đức"),
        ..Ties::default()
    };
    assert_eq!(now(held), (FieldSet::of(&[Field::Hometown, Field::Parents]), FieldSet::NONE));
    let other = Ties {
        hometown: Place::named("Hà Nội"),
        ethnicity: Some("02".into()),
        mother: kin("056185001235", "Nguyễn Thị Hòa"),
        ..Ties::default()
    };
    let differ = FieldSet::of(&[Field::Hometown, Field::Ethnicity, Field::Parents]);
    assert_eq!(now(other).1, differ);
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
