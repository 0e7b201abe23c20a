//! Verifying what somebody claims: a verdict for each field asked, and nothing else (DVC-13).

use crate::model::{Card, Relation};
use ledger::{Comparable, Releasable, Subject, Verdict};
use serde::{Deserialize, Serialize};
use vocabulary::{
    Field, FieldSet, FormerNumber, FullName, PartialDate, PersonId, PersonalNumber, Sex, Text, UnitCode,
};

/// The number by which a person is looked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Number {
    /// 12 digits.
    Personal(PersonalNumber),
    /// 9 digits.
    Former(FormerNumber),
}

impl Number {
    /// Reads 12 or 9 digits.
    pub fn parse(text: &str) -> Result<Number, vocabulary::Invalid> {
        let text = text.trim();
        match text.len() {
            12 => PersonalNumber::parse(text).map(Number::Personal),
            9 => FormerNumber::parse(text).map(Number::Former),
            _ => Err(vocabulary::Invalid::new(
                "number/digits",
                "Số phải gồm 12 chữ số (số định danh) hoặc 9 chữ số (CMND)",
                "The number has 12 digits (personal number) or 9 digits (former number)",
            )),
        }
    }

    /// The digits. Call it only where the number is released.
    pub fn reveal(self) -> String {
        match self {
            Number::Personal(n) => n.reveal(),
            Number::Former(n) => n.reveal(),
        }
    }

    /// The number as a ledger subject, where nobody has it.
    pub fn subject(self) -> Subject {
        match self {
            Number::Personal(n) => Subject::PersonalNumber(n),
            Number::Former(n) => Subject::FormerNumber(n),
        }
    }

    /// The field that the number belongs to.
    pub fn field(self) -> Field {
        match self {
            Number::Personal(_) => Field::PersonalNumber,
            Number::Former(_) => Field::FormerNumbers,
        }
    }
}

/// What is claimed of the person with a number. `None` is not asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Claims {
    /// Full name; case and the place of tone marks do not matter, the marks themselves do.
    pub name: Option<FullName>,
    /// Date of birth; a part that is not recorded cannot disagree.
    pub birth_date: Option<PartialDate>,
    /// Sex.
    pub sex: Option<Sex>,
    /// Commune of permanent residence, before or since 1 July 2025.
    pub unit: Option<UnitCode>,
    /// That the person is the head of a household.
    pub head: bool,
    /// The other number of the same person, for the 9-digit ↔ 12-digit confirmation (DVC-14).
    pub other_number: Option<Number>,
    /// The identity card that somebody shows.
    pub card: Option<CardShown>,
    /// That the person lives, as far as known.
    pub living: bool,
}

/// What is claimed of an identity card. One that has ended agrees with nothing; of one that is not recorded nothing is
/// known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CardShown {
    /// Date of issue.
    pub issued_on: PartialDate,
    /// The day on which it has to be valid.
    pub valid_on: PartialDate,
}

impl Claims {
    /// The fields asked.
    pub fn fields(&self) -> FieldSet {
        [
            self.name.is_some().then_some(Field::FullName),
            self.birth_date.is_some().then_some(Field::BirthDate),
            self.sex.is_some().then_some(Field::Sex),
            self.unit.is_some().then_some(Field::PermanentResidence),
            self.head.then_some(Field::RelationToHead),
            self.other_number.map(Number::field),
            self.card.is_some().then_some(Field::Card),
            self.living.then_some(Field::LifeStatus),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

/// The answer for one field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Agreement {
    /// Agrees with the registry.
    Match,
    /// Differs from the registry.
    Mismatch,
    /// Nobody has the number, or the field is not recorded.
    NotFound,
}

impl Agreement {
    /// What a verdict says of a field that was asked.
    pub fn of(verdict: Verdict, field: Field) -> Agreement {
        if verdict.matched.has(field) {
            Agreement::Match
        } else if verdict.differing.has(field) {
            Agreement::Mismatch
        } else {
            Agreement::NotFound
        }
    }

    /// Stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Agreement::Match => "match",
            Agreement::Mismatch => "mismatch",
            Agreement::NotFound => "not-found",
        }
    }

    /// As people read it.
    pub const fn text(self) -> Text {
        match self {
            Agreement::Match => Text::new("Khớp", "Match"),
            Agreement::Mismatch => Text::new("Không khớp", "Mismatch"),
            Agreement::NotFound => Text::new("Không tìm thấy", "Not found"),
        }
    }
}

/// What the registry holds of the fields that can be verified.
#[derive(Clone, PartialEq, Eq)]
pub struct Held {
    /// Whose.
    pub person: PersonId,
    /// The number by which the record was found.
    pub found_by: Number,
    /// Whether that number is in force; a cancelled one counts as a mismatch.
    pub in_force: bool,
    /// Full name.
    pub name: Option<FullName>,
    /// Date of birth.
    pub birth_date: PartialDate,
    /// Sex.
    pub sex: Option<Sex>,
    /// Commune of permanent residence since 1 July 2025, and before.
    pub units: [Option<UnitCode>; 2],
    /// Relation to the head of the household.
    pub relation: Option<Relation>,
    /// Whether the person has the number asked beside the first.
    pub has_other_number: bool,
    /// The identity card in force; read only where it is asked for.
    pub card: Option<Card>,
    /// Whether the person lives, as far as known; read likewise.
    pub alive: Option<bool>,
}

impl Releasable for Held {
    type View = ();

    fn subject(&self) -> Subject {
        Subject::Person(self.person)
    }

    fn release(self, _: FieldSet) {}
}

impl Comparable for Held {
    type Claim = Claims;

    fn compare(&self, claims: &Claims) -> Verdict {
        let mut verdict = Verdict::default();
        let mut judge = |field: Field, agrees: Option<bool>| {
            let set = match agrees {
                None => &mut verdict.absent,
                Some(true) => &mut verdict.matched,
                Some(false) => &mut verdict.differing,
            };
            *set = set.or(FieldSet::of(&[field]));
        };
        judge(self.found_by.field(), Some(self.in_force));
        if let Some(other) = claims.other_number {
            judge(other.field(), Some(self.has_other_number));
        }
        if let Some(name) = &claims.name {
            judge(Field::FullName, self.name.as_ref().map(|held| held.matches(name)));
        }
        if let Some(date) = claims.birth_date {
            judge(
                Field::BirthDate,
                Some(self.birth_date).filter(|d| !d.is_unknown()).map(|held| held.agrees_with(date)),
            );
        }
        if let Some(sex) = claims.sex {
            judge(Field::Sex, self.sex.map(|held| held == sex));
        }
        if let Some(unit) = claims.unit {
            let known = self.units.iter().any(Option::is_some);
            judge(Field::PermanentResidence, known.then(|| self.units.contains(&Some(unit))));
        }
        if claims.head {
            judge(Field::RelationToHead, self.relation.map(|held| held == Relation::Head));
        }
        if let Some(shown) = claims.card {
            let agrees =
                |held: &Card| held.issued_on.agrees_with(shown.issued_on) && held.holds_on(shown.valid_on);
            judge(Field::Card, self.card.as_ref().map(agrees));
        }
        if claims.living {
            judge(Field::LifeStatus, self.alive);
        }
        verdict
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hoa() -> Held {
        Held {
            person: PersonId(1),
            found_by: Number::parse("056185001234").unwrap(),
            in_force: true,
            name: FullName::parse("Nguyễn Thị Hòa").ok(),
            birth_date: PartialDate::parse("1985").unwrap(),
            sex: None,
            units: [UnitCode::parse("22366").ok(), UnitCode::parse("22363").ok()],
            relation: Some(Relation::Spouse),
            has_other_number: false,
            card: None,
            alive: Some(true),
        }
    }

    #[test]
    fn each_field_gets_its_own_verdict() {
        let claims = Claims {
            name: FullName::parse("NGUYỄN THỊ HOÀ").ok(),
            birth_date: PartialDate::parse("12/03/1985").ok(),
            sex: Some(Sex::Female),
            unit: UnitCode::parse("22363").ok(),
            head: true,
            other_number: Number::parse("225123456").ok(),
            ..Claims::default()
        };
        let verdict = hoa().compare(&claims);
        let set = |fields: &[Field]| FieldSet::of(fields);
        let matched = [Field::PersonalNumber, Field::FullName, Field::BirthDate, Field::PermanentResidence];
        assert_eq!(verdict.matched, set(&matched));
        assert_eq!(verdict.differing, set(&[Field::RelationToHead, Field::FormerNumbers]));
        assert_eq!(verdict.absent, set(&[Field::Sex]));
        assert_eq!(verdict.asked(), claims.fields().or(set(&[Field::PersonalNumber])));
        assert_eq!(Agreement::of(verdict, Field::Sex), Agreement::NotFound);
    }

    #[test]
    fn a_card_agrees_by_its_date_of_issue_while_it_holds() {
        let date = |text: &str| PartialDate::parse(text).unwrap();
        let held = |issued: &str, expires: &str| Held {
            card: Some(Card { issued_on: date(issued), expires_on: date(expires), issuer: "".into() }),
            ..hoa()
        };
        let answer = |held: Held, shown: &str| {
            let shown = CardShown { issued_on: date(shown), valid_on: date("2026-11-21") };
            let claims = Claims { card: Some(shown), living: true, ..Claims::default() };
            let verdict = held.compare(&claims);
            assert_eq!(verdict.asked(), claims.fields().or(FieldSet::of(&[Field::PersonalNumber])));
            Agreement::of(verdict, Field::Card)
        };
        assert_eq!(answer(held("2021-04-28", ""), "28/04/2021"), Agreement::Match);
        assert_eq!(answer(held("2021", ""), "28/04/2021"), Agreement::Match);
        assert_eq!(answer(held("2021-04-28", "2026-11-21"), "28/04/2021"), Agreement::Match);
        assert_eq!(answer(held("2021-04-28", "2026-11-20"), "28/04/2021"), Agreement::Mismatch);
        assert_eq!(answer(held("2021-04-28", ""), "29/04/2021"), Agreement::Mismatch);
        assert_eq!(answer(hoa(), "28/04/2021"), Agreement::NotFound);
        let dead = Held { alive: Some(false), ..hoa() };
        let claims = Claims { living: true, ..Claims::default() };
        assert_eq!(Agreement::of(dead.compare(&claims), Field::LifeStatus), Agreement::Mismatch);
    }

    #[test]
    fn nothing_that_was_not_asked_is_answered() {
        let verdict = hoa().compare(&Claims::default());
        assert_eq!((verdict.asked(), verdict.all_matched()), (FieldSet::of(&[Field::PersonalNumber]), true));
        let cancelled = Held { in_force: false, ..hoa() };
        assert!(!cancelled.compare(&Claims::default()).all_matched());
    }
}
