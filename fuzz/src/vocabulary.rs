//! Numbers, names, dates, codes, and who asks what for.

use crate::input::edited_text;
use serde::{Serialize, de::DeserializeOwned};
use vocabulary::{
    Actor, Address, AgencyCode, Basis, CardText, DossierCode, FieldSet, FormerNumber, FullName, LegalBasis,
    Moment, OutcomeCode, PartialDate, PersonalNumber, ProcedureCode, Purpose, Sex, StaffId, SystemId,
    UnitCode, fold, tone_key,
};

targets! { personal_number, former_number, partial_date, full_name, card_text, codes, moment, json_of_the_vocabulary }

fn personal_number(program: &[u8]) {
    let text = edited_text(program, &["079123004567", " 001099012345 ", "999999999999"]);
    if let Ok(number) = PersonalNumber::parse(&text) {
        assert_eq!(number.reveal(), text.trim());
        assert_eq!(PersonalNumber::from_int(number.as_int()), Some(number));
        let _ = (number.masked(), number.shape());
        let _ = number.implausibilities(PartialDate::UNKNOWN, Some(Sex::Female), Some(79));
        assert!(!format!("{number:?}").contains(text.trim()), "a number prints itself redacted");
    }
}

fn former_number(program: &[u8]) {
    let text = edited_text(program, &["225123456", "000000001 "]);
    if let Ok(number) = FormerNumber::parse(&text) {
        assert_eq!(number.reveal(), text.trim());
        assert_eq!(FormerNumber::from_int(number.as_int()), Some(number));
    }
}

fn partial_date(program: &[u8]) {
    let samples = ["29/02/2024", "2/9/1945", "1975-04-30", "00/00/1950", "07/1954", "1890", "01011990", ""];
    if let Ok(date) = PartialDate::parse(&edited_text(program, &samples)) {
        assert_eq!(PartialDate::parse(&date.iso()), Ok(date));
        assert_eq!(PartialDate::from_packed(date.packed()), Ok(date));
        assert!(date.agrees_with(date));
        let _ = (date.local_text(), date.earliest(), date.age_at(date));
    }
}

fn full_name(program: &[u8]) {
    let samples =
        ["Nguyễn Thị Hòa", "NGUYỄN VĂN Á", "Nguye\u{302}\u{303}n", "H'Hen Niê", "Y Bhăm", "Trần  Đức"];
    let text = edited_text(program, &samples);
    assert_eq!(fold(&fold(&text)), fold(&text), "folding twice changes nothing");
    let _ = tone_key(&text);
    if let Ok(name) = FullName::parse(&text) {
        assert_eq!(FullName::parse(name.reveal()), Ok(name.clone()));
        assert!(name.matches(&name));
    }
}

fn card_text(program: &[u8]) {
    let samples = [
        "054183000004|220000013|Nguyễn Thị Hòa|05081983|Nữ|12 Nguyễn Thiện Thuật|14072023",
        "056080000003|Trần Văn Đức|12031980|Nam|12 Nguyễn Thiện Thuật, Nha Trang|28042021\r\n",
        "056150000002||Lê Thị Bảy|00001950|Nữ||10052021|||",
    ];
    let text = edited_text(program, &samples);
    if let Ok(card) = CardText::parse(&text) {
        assert!(CardText::is_meant(&text) && card.issued_on.is_whole() && !card.birth_date.is_unknown());
        assert!(text.contains(&card.number.reveal()) && card.address.chars().count() <= CardText::MAX);
    }
}

fn codes(program: &[u8]) {
    let samples = [
        "22363",
        "56",
        "569",
        "000.00.01.H32",
        "G01",
        "1.004222",
        "2.000815.000.00.00.H55",
        "KQ.G01.000023",
        "000.17.22.H56-210531-0001",
    ];
    let text = edited_text(program, &samples);
    let text = text.as_str();
    if let Ok(code) = UnitCode::parse(text) {
        assert_eq!((UnitCode::parse(code.as_str()), code.as_str()), (Ok(code), text.trim()));
        let _ = code.level();
    }
    macro_rules! keeps_its_text {
            ($($code:ty),*) => {
                $(if let Ok(code) = <$code>::parse(text) {
                    assert_eq!(code.as_str(), text.trim());
                    crate::written_and_read_again(&code);
                })*
            };
        }
    keeps_its_text!(AgencyCode, ProcedureCode, OutcomeCode, DossierCode, SystemId, StaffId, LegalBasis);
    if let Ok(purpose) = Purpose::parse(text) {
        assert_eq!(purpose.code(), text.trim());
    }
    let _ = Sex::parse(text);
}

fn moment(program: &[u8]) {
    let samples = [
        "2026-11-21T08:30:00+07:00",
        "1970-01-01T00:00:00.000001Z",
        "9999-12-31T23:59:59Z",
        "-9999-01-01T00:00:00Z",
    ];
    if let Ok(moment) = Moment::parse(&edited_text(program, &samples)) {
        assert_eq!(Moment::parse(&moment.rfc3339()), Ok(moment));
        let _ = (moment.local_text(), moment.local_date());
    }
}

fn json_of_the_vocabulary(program: &[u8]) {
    let samples = [
        r#"{"purpose":"procedure","legal_basis":"Luật 26/2023 Đ.9","procedure":"1.004222","dossier":"000.17.22.H56-210531-0001"}"#,
        r#"{"system":"one-stop","officer":"lan.nguyen","agency":"G01.56","unit":"22363"}"#,
        r#"{"unit":"22363","detail":"12 Trần Phú","text":"12 Trần Phú, Lộc Thọ"}"#,
        r#"["full-name","sex","birth-date"]"#,
    ];
    let text = edited_text(program, &samples);
    read_and_kept::<Basis>(&text);
    read_and_kept::<Actor>(&text);
    read_and_kept::<Address>(&text);
    read_and_kept::<FieldSet>(&text);
}

/// What can be read can be written, and reads the same again.
fn read_and_kept<T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(text: &str) {
    if let Ok(value) = serde_json::from_str::<T>(text) {
        crate::written_and_read_again(&value);
    }
}
