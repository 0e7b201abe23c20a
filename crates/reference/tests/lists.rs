//! The other lists.
#![allow(clippy::unwrap_used, clippy::panic)]

use proptest::prelude::*;
use reference::names::NamePart;
use reference::{
    agencies, codes, countries, ethnic_groups, names, occupations, outcomes, procedures, projection,
    provinces, relations,
};
use std::collections::BTreeSet;
use vocabulary::{AgencyCode, OutcomeCode, ProcedureCode, Sex, UnitCode};

#[test]
fn the_lists_are_whole_and_their_codes_unique() {
    fn unique<'a>(codes: impl Iterator<Item = &'a str>) -> usize {
        let all: Vec<&str> = codes.collect();
        assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len());
        all.len()
    }
    assert_eq!(unique(agencies::all().iter().map(|a| a.code)), 86);
    assert_eq!(unique(ethnic_groups::all().iter().map(|g| g.code)), 56);
    assert_eq!(unique(countries::all().iter().map(|c| c.iso2)), 250);
    assert_eq!(unique(occupations::all().iter().map(|o| o.code)), 501);
    assert_eq!(unique(procedures::all().iter().map(|p| p.code)), 2_642);
    assert_eq!(unique(outcomes::all().iter().map(|o| o.code)), 2_278);
    unique(relations::all().iter().map(|r| r.code));
    assert!(procedures::all().iter().all(|p| ProcedureCode::parse(p.code).is_ok() && !p.name.is_empty()));
    assert!(outcomes::all().iter().all(|o| OutcomeCode::parse(o.code).is_ok() && o.procedures > 0));
    assert!(agencies::all().iter().all(|a| AgencyCode::parse(a.code).is_ok()));
}

#[test]
fn an_agency_is_known_by_the_head_of_its_code() {
    let head = |t: &str| agencies::head(&AgencyCode::parse(t).unwrap()).map(|a| a.code);
    assert_eq!(head("000.00.01.H32"), Some("H32"));
    assert_eq!(head("H30.1.2"), Some("H30"));
    assert_eq!(head("G01"), Some("G01"));
    assert_eq!(head("000.00.01.X99"), None);
    for p in provinces::old() {
        assert_eq!(agencies::all().iter().filter(|a| a.province == Some(p.code)).count(), 1, "{}", p.name);
        assert!(agencies::all().iter().any(|a| a.code == p.agency_code && a.province == Some(p.code)));
    }
}

#[test]
fn a_procedure_is_found_by_national_and_by_local_code() {
    let find = |t: &str| procedures::find(&ProcedureCode::parse(t).unwrap());
    assert_eq!(find("1.004222").unwrap().name, "Đăng ký thường trú");
    assert_eq!(find("1.004222.000.00.00.H32"), find("1.004222"));
    assert_eq!(find("9.999999"), None);
    assert!(procedures::search("dang ky thuong tru", 3).iter().any(|p| p.code == "1.004222"));
    assert_eq!(procedures::search("1.0042", 1)[0].code.get(..6), Some("1.0042"));
    let card = outcomes::find(&OutcomeCode::parse("KQ.G01.000023").unwrap()).unwrap();
    assert!(card.name.to_lowercase().contains("căn cước"), "{}", card.name);
    assert!(!outcomes::search("giay khai sinh", 5).is_empty());
}

#[test]
fn peoples_countries_and_relations_are_known_by_the_words_of_papers() {
    let people = |t: &str| ethnic_groups::named(t).map(|g| g.code);
    assert_eq!((people("Kinh"), people("kinh"), people("Việt")), (Some("01"), Some("01"), Some("01")));
    assert_eq!((people("Ê Đê"), people("H'Mông"), people("Thổ")), (Some("12"), Some("08"), Some("24")));
    assert_eq!((people(""), people("?"), people("Klingon")), (None, None, None));
    assert_eq!(countries::find("vnm").unwrap().name.vi, "Việt Nam");
    assert_eq!(countries::search("viet nam", 1)[0].iso2, "VN");
    assert_eq!(relations::find(relations::HEAD).unwrap().name.vi, "Chủ hộ");
    assert_eq!(relations::named("con gái").unwrap().code, "child");
    assert_eq!(relations::named("VO").unwrap().code, "wife");
    assert!(relations::named("").is_none() && relations::named("xyz").is_none());
    assert_eq!(occupations::find("0110").unwrap().name, "Sĩ quan");
    assert!(!occupations::search("giao vien", 5).is_empty());
    assert_eq!(codes::list("dossier_status").count(), 10);
    assert_eq!(codes::find("residence_form", "CT07").unwrap().name, "Xác nhận thông tin về cư trú");
}

#[test]
fn names_and_pyramids_give_weights_for_synthesis() {
    let surnames: Vec<_> = names::frequencies(NamePart::Surname, Sex::Female).collect();
    assert_eq!((surnames[0].token, surnames.len()), ("Nguyễn", 83));
    let total: u32 = surnames.iter().map(|c| c.count).sum();
    assert!((0.31..0.33).contains(&(f64::from(surnames[0].count) / f64::from(total))));
    for sex in [Sex::Male, Sex::Female] {
        for part in [NamePart::Middle, NamePart::Given, NamePart::GivenPair] {
            assert!(names::frequencies(part, sex).count() > 100);
        }
    }
    let total = |year| -> u64 {
        provinces::old().iter().map(|p| u64::from(projection::pyramid(p.code, year).unwrap().total())).sum()
    };
    assert!((95_300_000..95_500_000).contains(&total(2019)), "{}", total(2019));
    for year in projection::YEARS {
        for p in provinces::old() {
            let pyramid = projection::pyramid(p.code, year).unwrap();
            assert!(pyramid.male.iter().chain(&pyramid.female).all(|n| *n > 0), "{} {year}", p.name);
        }
    }
    let khanh_hoa = projection::pyramid(UnitCode::parse("56").unwrap(), 2025).unwrap();
    assert_eq!(khanh_hoa.persons(Sex::Male, 0), khanh_hoa.male[0]);
    assert_eq!((khanh_hoa.persons(Sex::Other, 0), khanh_hoa.persons(Sex::Female, 17)), (0, 0));
    assert!(projection::pyramid(UnitCode::parse("99").unwrap(), 2025).is_none());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_text_makes_a_list_panic(text in "\\PC{0,500}") {
        prop_assert!(procedures::search(&text, 3).len() <= 3);
        prop_assert!(countries::search(&text, 3).len() <= 3);
        prop_assert!(occupations::search(&text, 3).len() <= 3);
        prop_assert!(outcomes::search(&text, 3).len() <= 3);
        let _ = (ethnic_groups::named(&text), relations::named(&text), countries::find(&text), codes::find(&text, &text));
    }
}
