//! Every kind of act comes back as it was, and the bytes of each are written down, so that nobody changes them unnoticed.

use super::{decode, encode};
use crate::{
    acts::{Act, Content, Member},
    model::{
        BloodGroup, Card, Contact, Fact, FormerClaim, LifeStatus, MaritalStatus, NameParts, Relation,
        Relative,
    },
};
use proptest::prelude::*;
use vocabulary::{
    ActSeq, Actor, Address, AgencyCode, FormerNumber, FullName, HouseholdId, Moment, PartialDate, PersonId,
    PersonalNumber, Sex, UnitCode,
};

fn name(text: &str) -> FullName {
    FullName::parse(text).unwrap()
}

fn date(text: &str) -> PartialDate {
    PartialDate::parse(text).unwrap()
}

fn number(digits: &str) -> PersonalNumber {
    PersonalNumber::parse(digits).unwrap()
}

fn address(house: &str) -> Address {
    Address {
        old_unit: UnitCode::parse("22363").ok(),
        new_unit: UnitCode::parse("22366").ok(),
        detail: format!("{house} Trần Phú"),
        ..Address::default()
    }
}

fn claim() -> FormerClaim {
    FormerClaim {
        number: FormerNumber::parse("022512345").unwrap(),
        issuer: "Công an tỉnh Khánh Hòa".into(),
        from: date("1999"),
        until: date("2014-05-20"),
    }
}

fn contact() -> Contact {
    Contact { phones: vec!["0905123456".into(), "+84 258".into()], emails: vec!["hoa@example.com".into()] }
}

/// Every fact, filled, and every one that can be cleared, cleared.
fn facts() -> Vec<Fact> {
    let full = [
        Fact::Name(Some(name("Nguyễn Thị Hòa"))),
        Fact::NameParts(Some(NameParts {
            family: "Nguyễn".into(),
            middle: String::new(),
            given: "Hòa".into(),
        })),
        Fact::OtherNames(vec![name("Hoà"), name("H'Hen Niê")]),
        Fact::BirthDate(date("1985-01")),
        Fact::Sex(Some(Sex::Female)),
        Fact::BirthPlace(Address { text: "Bệnh viện tỉnh".into(), ..Address::default() }),
        Fact::BirthRegistration(address("12")),
        Fact::Hometown(address("12")),
        Fact::Permanent(address("14")),
        Fact::Current(Address { country: Some("FR".into()), text: "Paris".into(), ..Address::default() }),
        Fact::Ethnicity(Some("01".into())),
        Fact::Religion(Some("Phật giáo".into())),
        Fact::Nationalities(vec!["VN".into(), "FR".into()]),
        Fact::BloodGroup(Some(BloodGroup::Ab)),
        Fact::MaritalStatus(Some(MaritalStatus::Widowed)),
        Fact::Occupation(Some("Ngư dân".into())),
        Fact::Father(Some(Relative::recorded(PersonId(7)))),
        Fact::Mother(Some(Relative {
            number: Some(number("056166000001")),
            ..Relative::named(name("Lê Thị Thu"))
        })),
        Fact::Spouse(Some(Relative::named(name("Trần Văn Bình")))),
        Fact::Guardian(Some(Relative::recorded(PersonId(1 << 40)))),
        Fact::FormerNumbers(vec![
            claim(),
            FormerClaim { issuer: String::new(), until: PartialDate::UNKNOWN, ..claim() },
        ]),
        Fact::Number(Some(number("056185001234"))),
        Fact::Household(Some(HouseholdId(3))),
        Fact::Relation(Some(Relation::ChildInLaw)),
        Fact::Contact(contact()),
        Fact::Life(LifeStatus::Missing { since: date("2020-02-29") }),
    ];
    let cleared = [
        Fact::Name(None),
        Fact::NameParts(None),
        Fact::OtherNames(vec![]),
        Fact::BirthDate(PartialDate::UNKNOWN),
        Fact::Sex(None),
        Fact::BirthPlace(Address::default()),
        Fact::BirthRegistration(Address::default()),
        Fact::Hometown(Address::default()),
        Fact::Permanent(Address::default()),
        Fact::Current(Address::default()),
        Fact::Ethnicity(None),
        Fact::Religion(Some(String::new())),
        Fact::Nationalities(vec![]),
        Fact::BloodGroup(None),
        Fact::MaritalStatus(None),
        Fact::Occupation(None),
        Fact::Father(None),
        Fact::Mother(None),
        Fact::Spouse(None),
        Fact::Guardian(None),
        Fact::FormerNumbers(vec![]),
        Fact::Number(None),
        Fact::Household(None),
        Fact::Relation(None),
        Fact::Contact(Contact::default()),
        Fact::Life(LifeStatus::Alive),
        Fact::Life(LifeStatus::Dead { on: PartialDate::UNKNOWN }),
    ];
    full.into_iter().chain(cleared).collect()
}

/// The card in force: usual ones take one integer, of another issuer a group.
fn cards() -> Vec<Fact> {
    let card = |issued: &str, expires: &str, issuer: &'static str| {
        let (issued_on, expires_on) = (date(issued), date(expires));
        Fact::Card(Some(Card { issued_on, expires_on, issuer: issuer.into() }))
    };
    vec![
        card("2021-04-28", "2040-03-12", "Cục Cảnh sát quản lý hành chính về trật tự xã hội"),
        card("2024-07-09", "", "Bộ Công an"),
        card("2021", "2399-12-31", ""),
        card("2021-04-28", "2040-03-12", "Công an tỉnh Khánh Hòa"),
        Fact::Card(None),
    ]
}

/// One act of every kind; the match names all kinds, so that a new one is not forgotten.
fn every_kind() -> Vec<Content> {
    let (a, b) = (PersonId(1), PersonId(300));
    let home = HouseholdId(2);
    let persons = vec![a, b];
    let reason = String::from("ghi sai");
    let until = date("2027-12-31");
    let members = || Relation::ALL.iter().map(|r| Member { person: a, relation: *r }).collect::<Vec<_>>();
    let all = vec![
        Content::Registration { person: a, facts: facts() },
        Content::Birth {
            child: a,
            facts: vec![Fact::Permanent(address("9"))],
            household: Some(home),
            address: address("9"),
            relation: Some(Relation::Grandchild),
        },
        Content::Death { person: a, spouse: Some(b) },
        Content::Disappearance { person: a },
        Content::Reappearance { person: a },
        Content::Marriage { first: a, second: Relative::recorded(b) },
        Content::Divorce { first: a, second: None },
        Content::Adoption { child: a, father: Some(Relative::recorded(b)), mother: None },
        Content::Guardianship { ward: a, guardian: Some(Relative::named(name("Lê Văn Tám"))) },
        Content::Correction { person: a, facts: vec![] },
        Content::ContactChange { person: a, contact: contact() },
        Content::NumberIssued { person: a, number: number("000000000000") },
        Content::NumberCancelled {
            person: a,
            number: number("999999999999"),
            replaced_by: Some(number("056185001234")),
            reason: reason.clone(),
        },
        Content::FormerNumberAdded { person: a, claim: claim() },
        Content::Move { members: members(), household: home, address: address("1") },
        Content::ResidenceEnded { persons: persons.clone(), reason: reason.clone() },
        Content::TemporaryResidence { persons: persons.clone(), address: address("1"), until },
        Content::TemporaryResidenceEnded { persons: persons.clone() },
        Content::Absence {
            persons: persons.clone(),
            address: Address::default(),
            until,
            reason: reason.clone(),
        },
        Content::AbsenceEnded { persons: vec![] },
        Content::Stay { persons: persons.clone(), address: address("1"), until: PartialDate::UNKNOWN },
        Content::HouseholdFormed {
            household: home,
            address: address("1"),
            file: "22363-000008".into(),
            members: members(),
        },
        Content::HouseholdSplit { from: home, to: HouseholdId(5), address: address("1"), members: vec![] },
        Content::HouseholdMerged {
            from: home,
            into: HouseholdId(5),
            address: address("1"),
            members: members(),
        },
        Content::HeadChanged { household: home, members: members() },
        Content::HouseholdClosed { household: home },
        Content::merge(a, b, vec![Fact::Sex(None)]),
        Content::unmerge(ActSeq(77), a, b),
        Content::Annulment { act: ActSeq(78), persons, households: vec![home], reason },
    ];
    let mut kinds: Vec<u64> = all.iter().map(super::forms::kind_of).collect();
    kinds.dedup();
    assert_eq!(kinds, (1..=29).collect::<Vec<_>>(), "each kind once, in the order of its number");
    all
}

fn act(content: Content) -> Act {
    Act {
        seq: ActSeq(1),
        effective: date("2025-07-01"),
        recorded: Moment::from_micros(1_751_300_000_000_000),
        by: Actor { system: None, officer: None, agency: AgencyCode::parse("G01").unwrap(), unit: None },
        evidence: "TK 01/2025".into(),
        content,
    }
}

fn round_trip(act: &Act) {
    let body = decode(&encode(act)).unwrap();
    assert_eq!(body.effective, act.effective);
    assert_eq!(body.recorded, act.recorded);
    assert_eq!(body.evidence, act.evidence);
    // `Debug` hides names, so the whole is compared, and told by its kind.
    assert!(body.content == act.content, "{}", act.content.kind().0);
}

#[test]
fn every_kind_of_act_comes_back() {
    for content in every_kind().into_iter().chain(since_then()) {
        round_trip(&act(content));
    }
}

/// What came to be stored later: the lines before stay as they were.
fn since_then() -> Vec<Content> {
    vec![Content::Correction { person: PersonId(1), facts: cards() }]
}

#[test]
fn a_card_takes_few_bytes() {
    let length = |facts: &[Fact]| {
        encode(&act(Content::Correction { person: PersonId(1), facts: facts.to_vec() })).len()
    };
    let sex = Fact::Sex(Some(Sex::Female));
    let bytes = |card: &Fact| length(&[sex.clone(), card.clone()]) - length(std::slice::from_ref(&sex));
    assert_eq!(cards().iter().map(bytes).collect::<Vec<_>>(), [7, 4, 7, 19, 1]);
}

/// Acts are stored by these bytes: they must be read for ever, and are still what is written. Whoever changes how
/// something is written keeps its line here, to be read, beside the new one.
#[test]
fn the_stored_bytes_stay_as_they_are() {
    let lines: Vec<&str> = include_str!("stored_acts.txt").lines().collect();
    let all = [every_kind(), since_then()].concat();
    assert_eq!(lines.len(), all.len());
    for (line, content) in lines.into_iter().zip(all) {
        let act = act(content);
        let bytes = encode(&act);
        let hex: String = bytes.iter().map(|b| format!("{b:02x}")).collect();
        assert_eq!(line, format!("{} {hex}", act.content.kind().0));
        assert!(decode(&bytes).unwrap().content == act.content, "{line}");
    }
}

#[test]
fn what_is_not_understood_is_refused_and_not_skipped() {
    let good = encode(&act(Content::HouseholdClosed { household: HouseholdId(2) }));
    assert!(decode(&good).is_ok());
    let mut newer_version = good.clone();
    newer_version[0] = 2;
    let unknown_field = [good.as_slice(), &[0x7d, 0x01]].concat();
    let mut unknown_kind = good.clone();
    unknown_kind[1] = 120;
    let cut = &good[..good.len() - 1];
    for bytes in [&newer_version[..], &unknown_field, &unknown_kind, cut, &[]] {
        assert!(decode(bytes).is_err());
    }
}

#[test]
fn times_and_dates_of_every_precision_come_back() {
    for micros in
        [0, 1, -1, 1_751_300_000_123_456, -2_000_000, -62_000_000_000_000_000, 250_000_000_000_000_000]
    {
        for effective in ["", "1800", "2399-12-31", "1999-02", "2024-02-29"] {
            let closed = Content::HouseholdClosed { household: HouseholdId(1) };
            round_trip(&Act {
                recorded: Moment::from_micros(micros),
                effective: date(effective),
                evidence: String::new(),
                ..act(closed)
            });
        }
    }
}

proptest! {
    #[test]
    fn any_texts_and_numbers_come_back(
        evidence in "\\PC{0,200}",
        file in "(\\PC{0,40}|[0-9]{0,20}|(Tổ|thôn| |[0-9]){0,6})",
        detail in "\\PC{0,300}",
        code in "[0-9]{5}|[0-9]{2}|[0-9]{3}",
        id in any::<i64>(),
        packed in (1800u16..2400, 0u8..13),
    ) {
        let address = Address {
            old_unit: UnitCode::parse(&code).ok(), detail, text: file.clone(), country: Some(file.clone()), ..Address::default()
        };
        let members = vec![Member { person: PersonId(id), relation: Relation::Kin }];
        let formed = Content::HouseholdFormed { household: HouseholdId(id), address, file, members };
        let effective = PartialDate::new(packed.0, packed.1, 0).unwrap();
        round_trip(&Act { evidence, effective, ..act(formed) });
    }

    #[test]
    fn no_bytes_make_reading_panic(
        kind in 0u8..31, bytes in proptest::collection::vec(any::<u8>(), 0..120), cut in any::<prop::sample::Index>(),
    ) {
        let _ = decode(&[&[1, kind, 0, 0, 0], bytes.as_slice()].concat());
        let _ = decode(&bytes);
        // Real bytes with one changed reach deeper.
        let mut real = encode(&act(Content::Registration { person: PersonId(1), facts: facts() }));
        let at = cut.index(real.len());
        real[at] ^= bytes.first().copied().unwrap_or(1);
        let _ = decode(&real);
    }
}
