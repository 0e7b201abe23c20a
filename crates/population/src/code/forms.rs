//! The numbers of all kinds of act, their fields, and the values in them.
//!
//! Acts are stored by these numbers and kept for ever: a number is never given to another thing, and one that is no
//! longer written is still read. A new kind, field or value takes the next free number.

use super::{
    coded::{Coded, Member, contents, enumeration, facts, fields, structure},
    wire::{In, Out, Shape, Unreadable},
};
use crate::{
    acts::{self, Content},
    model::{
        BloodGroup, Card, Carried, Contact, Fact, FormerClaim, LifeStatus, MaritalStatus, NameParts,
        Relation, Relative, ResidenceKind,
    },
};
use std::borrow::Cow;
use vocabulary::{
    ActSeq, Address, FormerNumber, FullName, HouseholdId, PartialDate, PersonId, PersonalNumber, Sex,
    UnitCode,
};

type Place = acts::Member;

contents! {
    1 Registration { 1 person: PersonId, 2 facts: Vec<Fact> }
    2 Birth {
        1 child: PersonId, 2 facts: Vec<Fact>, 3 household: Option<HouseholdId>, 4 address: Address,
        5 relation: Option<Relation>,
    }
    3 Death { 1 person: PersonId, 2 spouse: Option<PersonId> }
    4 Disappearance { 1 person: PersonId }
    5 Reappearance { 1 person: PersonId }
    6 Marriage { 1 first: PersonId, 2 second: Relative }
    7 Divorce { 1 first: PersonId, 2 second: Option<PersonId> }
    8 Adoption { 1 child: PersonId, 2 father: Option<Relative>, 3 mother: Option<Relative> }
    9 Guardianship { 1 ward: PersonId, 2 guardian: Option<Relative> }
    10 Correction { 1 person: PersonId, 2 facts: Vec<Fact> }
    11 ContactChange { 1 person: PersonId, 2 contact: Contact }
    12 NumberIssued { 1 person: PersonId, 2 number: PersonalNumber }
    13 NumberCancelled {
        1 person: PersonId, 2 number: PersonalNumber, 3 replaced_by: Option<PersonalNumber>, 4 reason: String,
    }
    14 FormerNumberAdded { 1 person: PersonId, 2 claim: FormerClaim }
    15 Move { 1 members: Vec<Place>, 2 household: HouseholdId, 3 address: Address }
    16 ResidenceEnded { 1 persons: Vec<PersonId>, 2 reason: String }
    17 TemporaryResidence { 1 persons: Vec<PersonId>, 2 address: Address, 3 until: PartialDate }
    18 TemporaryResidenceEnded { 1 persons: Vec<PersonId> }
    19 Absence { 1 persons: Vec<PersonId>, 2 address: Address, 3 until: PartialDate, 4 reason: String }
    20 AbsenceEnded { 1 persons: Vec<PersonId> }
    21 Stay { 1 persons: Vec<PersonId>, 2 address: Address, 3 until: PartialDate }
    22 HouseholdFormed { 1 household: HouseholdId, 2 address: Address, 3 file: String, 4 members: Vec<Place> }
    23 HouseholdSplit { 1 from: HouseholdId, 2 to: HouseholdId, 3 address: Address, 4 members: Vec<Place> }
    24 HouseholdMerged { 1 from: HouseholdId, 2 into: HouseholdId, 3 address: Address, 4 members: Vec<Place> }
    25 HeadChanged { 1 household: HouseholdId, 2 members: Vec<Place> }
    26 HouseholdClosed { 1 household: HouseholdId }
    27 Merge {
        1 kept: PersonId, 2 absorbed: PersonId, 3 facts: Vec<Fact>, 4 relatives: Vec<PersonId>,
        5 residences: Vec<Carried>,
    }
    28 Unmerge { 1 merge: ActSeq, 2 kept: PersonId, 3 absorbed: PersonId, 4 relatives: Vec<PersonId> }
    29 Annulment { 1 act: ActSeq, 2 persons: Vec<PersonId>, 3 households: Vec<HouseholdId>, 4 reason: String }
}

facts! {
    1 may Name: FullName,
    2 may NameParts: NameParts,
    3 list OtherNames: FullName,
    4 one BirthDate: PartialDate,
    5 may Sex: Sex,
    6 one BirthPlace: Address,
    7 one BirthRegistration: Address,
    8 one Hometown: Address,
    9 one Permanent: Address,
    10 one Current: Address,
    11 may Ethnicity: String,
    12 may Religion: String,
    13 list Nationalities: String,
    14 may BloodGroup: BloodGroup,
    15 may MaritalStatus: MaritalStatus,
    16 may Occupation: String,
    17 may Father: Relative,
    18 may Mother: Relative,
    19 may Spouse: Relative,
    20 may Guardian: Relative,
    21 list FormerNumbers: FormerClaim,
    22 may Number: PersonalNumber,
    23 may Household: HouseholdId,
    24 may Relation: Relation,
    25 one Contact: Contact,
    26 one Life: LifeStatus,
    27 may Card: Card,
}

structure!(Place { 1 person: PersonId, 2 relation: Relation });
structure!(Relative { 1 person: Option<PersonId>, 2 name: Option<FullName>, 3 number: Option<PersonalNumber> });
structure!(FormerClaim { 1 number: FormerNumber, 2 issuer: String, 3 from: PartialDate, 4 until: PartialDate });
structure!(NameParts { 1 family: String, 2 middle: String, 3 given: String });
structure!(Carried { 1 kind: ResidenceKind, 2 address: Address, 3 from: PartialDate, 4 until: PartialDate });
structure!(Contact { 1 phones: Vec<String>, 2 emails: Vec<String> });

enumeration!(Sex { 1 Male, 2 Female, 3 Other });
enumeration!(ResidenceKind { 1 Permanent, 2 Temporary, 3 Absence, 4 Stay });
enumeration!(BloodGroup { 1 A, 2 B, 3 Ab, 4 O });
enumeration!(MaritalStatus { 1 Single, 2 Married, 3 Divorced, 4 Widowed });
enumeration!(Relation {
    1 Head, 2 Spouse, 3 Child, 4 Parent, 5 Sibling, 6 Grandchild, 7 Grandparent, 8 ChildInLaw, 9 ParentInLaw,
    10 Kin, 11 Lodger, 12 Unknown,
});

/// Facts stand one after another in a group, each a field of its own number, in their order.
impl Member for Vec<Fact> {
    type Slot = Vec<Fact>;

    fn put_member(&self, field: u64, out: &mut Out) {
        if !self.is_empty() {
            out.group(field, |out| self.iter().for_each(|fact| put_fact(fact, out)));
        }
    }

    fn add(slot: &mut Vec<Fact>, shape: Shape, input: &mut In<'_>) -> Result<(), Unreadable> {
        if shape != Shape::Group {
            return Err(Unreadable);
        }
        // As many as an ordinary registration has.
        slot.reserve(16);
        while let Some((number, shape)) = input.field()? {
            slot.push(take_fact(number, shape, input)?);
        }
        Ok(())
    }

    fn finish(slot: Vec<Fact>) -> Result<Vec<Fact>, Unreadable> {
        Ok(slot)
    }
}

/// Text; of digits alone, as telephones and codes are, as the number that they make behind a one.
impl Coded for String {
    const ABSENT: Option<fn(&String) -> bool> = Some(String::is_empty);

    fn absent() -> Result<String, Unreadable> {
        Ok(String::new())
    }

    fn put(&self, field: u64, out: &mut Out) {
        if (1..=18).contains(&self.len()) && self.bytes().all(|b| b.is_ascii_digit()) {
            out.int(field, self.bytes().fold(1, |n, b| n * 10 + u64::from(b - b'0')));
        } else {
            out.text(field, self);
        }
    }

    fn take(shape: Shape, input: &mut In<'_>) -> Result<String, Unreadable> {
        if shape != Shape::Int {
            return input.text(shape);
        }
        let mut digits = input.varint()?.to_string();
        if !digits.starts_with('1') || digits.len() < 2 {
            return Err(Unreadable);
        }
        digits.remove(0);
        Ok(digits)
    }
}

impl Coded for FullName {
    fn put(&self, field: u64, out: &mut Out) {
        out.text(field, self.reveal());
    }

    fn take(shape: Shape, input: &mut In<'_>) -> Result<FullName, Unreadable> {
        input.text(shape).map(FullName::from_stored)
    }
}

macro_rules! integer {
    ($($name:ident: |$value:ident| $out:expr, |$int:ident| $in:expr;)*) => {$(
        impl Coded for $name {
            fn put(&self, field: u64, out: &mut Out) {
                let $value = self;
                out.int(field, $out as u64);
            }

            fn take(shape: Shape, input: &mut In<'_>) -> Result<$name, Unreadable> {
                let $int = input.int(shape)? as i64;
                $in.ok_or(Unreadable)
            }
        }
    )*};
}
integer! {
    PersonId: |p| p.0, |i| Some(PersonId(i));
    HouseholdId: |h| h.0, |i| Some(HouseholdId(i));
    ActSeq: |a| a.0, |i| Some(ActSeq(i));
    PersonalNumber: |n| n.as_int(), |i| PersonalNumber::from_int(i);
    FormerNumber: |n| n.as_int(), |i| FormerNumber::from_int(i);
}

/// The digits as a number, with what tells the three lengths apart.
impl Coded for UnitCode {
    fn put(&self, field: u64, out: &mut Out) {
        let code = self.as_str();
        let number = code.bytes().fold(0, |n, b| n * 10 + u64::from(b.wrapping_sub(b'0')));
        out.int(
            field,
            match code.len() {
                2 => 100_000 + number,
                3 => 101_000 + number,
                _ => number,
            },
        );
    }

    fn take(shape: Shape, input: &mut In<'_>) -> Result<UnitCode, Unreadable> {
        let number = u32::try_from(input.int(shape)?).map_err(|_| Unreadable)?;
        let code = match number {
            0..100_000 => UnitCode::from_number(number, 5),
            100_000..100_100 => UnitCode::from_number(number - 100_000, 2),
            101_000..102_000 => UnitCode::from_number(number - 101_000, 3),
            _ => None,
        };
        code.ok_or(Unreadable)
    }
}

/// The date in bits: year since 1800, four of the month, five of the day; one more, so that unknown is zero.
pub(super) fn date_to_int(date: PartialDate) -> u64 {
    match date.year() {
        None => 0,
        Some(year) => {
            let (month, day) = (date.month().unwrap_or(0), date.day().unwrap_or(0));
            1 + (u64::from(year.saturating_sub(1800)) << 9 | u64::from(month) << 5 | u64::from(day))
        }
    }
}

/// The date that [`date_to_int`] gave.
pub(super) fn date_from_int(int: u64) -> Result<PartialDate, Unreadable> {
    let Some(bits) = int.checked_sub(1) else { return Ok(PartialDate::UNKNOWN) };
    let year = u16::try_from(bits >> 9).ok().and_then(|y| y.checked_add(1800)).ok_or(Unreadable)?;
    PartialDate::new(year, (bits >> 5 & 15) as u8, (bits & 31) as u8).map_err(|_| Unreadable)
}

impl Coded for PartialDate {
    const ABSENT: Option<fn(&PartialDate) -> bool> = Some(PartialDate::is_unknown_ref);

    fn absent() -> Result<PartialDate, Unreadable> {
        Ok(PartialDate::UNKNOWN)
    }

    fn put(&self, field: u64, out: &mut Out) {
        out.int(field, date_to_int(*self));
    }

    fn take(shape: Shape, input: &mut In<'_>) -> Result<PartialDate, Unreadable> {
        date_from_int(input.int(shape)?)
    }
}

/// The state in the two lowest bits, the date above them.
impl Coded for LifeStatus {
    fn put(&self, field: u64, out: &mut Out) {
        out.int(
            field,
            match self {
                LifeStatus::Alive => 0,
                LifeStatus::Dead { on } => date_to_int(*on) << 2 | 1,
                LifeStatus::Missing { since } => date_to_int(*since) << 2 | 2,
            },
        );
    }

    fn take(shape: Shape, input: &mut In<'_>) -> Result<LifeStatus, Unreadable> {
        let int = input.int(shape)?;
        match (int & 3, date_from_int(int >> 2)?) {
            (0, PartialDate::UNKNOWN) => Ok(LifeStatus::Alive),
            (1, on) => Ok(LifeStatus::Dead { on }),
            (2, since) => Ok(LifeStatus::Missing { since }),
            _ => Err(Unreadable),
        }
    }
}

/// Who issues cards: the first until June 2024, the second since. Kept for ever like the numbers of fields.
const ISSUERS: [&str; 3] = ["", "Cục Cảnh sát quản lý hành chính về trật tự xã hội", "Bộ Công an"];

/// The usual card in one integer: the issuer in the two lowest bits, then the date of issue, then that of the end, 19 bits
/// each. Another issuer makes it a group.
impl Coded for Card {
    fn put(&self, field: u64, out: &mut Out) {
        let (issued, expires) = (date_to_int(self.issued_on), date_to_int(self.expires_on));
        match ISSUERS.iter().position(|usual| *usual == self.issuer) {
            Some(issuer) => out.int(field, expires << 21 | issued << 2 | issuer as u64),
            None => out.group(field, |out| {
                self.issued_on.put_member(1, out);
                self.expires_on.put_member(2, out);
                self.issuer.clone().into_owned().put_member(3, out);
            }),
        }
    }

    fn take(shape: Shape, input: &mut In<'_>) -> Result<Card, Unreadable> {
        if shape == Shape::Int {
            let int = input.int(shape)?;
            let issuer = ISSUERS.get((int & 3) as usize).ok_or(Unreadable)?;
            let issued_on = date_from_int(int >> 2 & 0x7_ffff)?;
            return Ok(Card {
                issued_on,
                expires_on: date_from_int(int >> 21)?,
                issuer: Cow::Borrowed(issuer),
            });
        }
        if shape != Shape::Group {
            return Err(Unreadable);
        }
        fields!(input, field, { 1 issued_on: PartialDate, 2 expires_on: PartialDate, 3 issuer: String });
        Ok(Card { issued_on, expires_on, issuer: issuer.into() })
    }
}

impl Coded for Address {
    const ABSENT: Option<fn(&Address) -> bool> = Some(Address::is_empty);

    fn absent() -> Result<Address, Unreadable> {
        Ok(Address::default())
    }

    fn put(&self, field: u64, out: &mut Out) {
        out.address(field, |out| {
            self.old_unit.put_member(1, out);
            self.new_unit.put_member(2, out);
            self.detail.put_member(3, out);
            self.text.put_member(4, out);
            self.country.put_member(5, out);
        });
    }

    fn take(shape: Shape, input: &mut In<'_>) -> Result<Address, Unreadable> {
        match shape {
            Shape::Int => take_address(&mut input.earlier_address()?),
            Shape::Group => {
                input.remember_address();
                take_address(input)
            }
            _ => Err(Unreadable),
        }
    }
}

fn take_address(input: &mut In<'_>) -> Result<Address, Unreadable> {
    fields!(input, field, {
        1 old_unit: Option<UnitCode>, 2 new_unit: Option<UnitCode>, 3 detail: String, 4 text: String,
        5 country: Option<String>,
    });
    Ok(Address { old_unit, new_unit, detail, text, country })
}
