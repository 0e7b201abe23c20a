//! What rules of data quality know of a record (*đúng, đủ, sạch, sống*): what is there, how old somebody is, whether the
//! records around agree – and which act said so. Nothing by which anybody is recognised: no name, number or address.

use crate::{
    acts::{Act, Content},
    fold,
    model::{HouseholdState, LifeStatus, MaritalStatus, Person, Relation, Relative, ResidenceKind},
};
use reference::{Era, countries, ethnic_groups, provinces, units};
use std::{borrow::Borrow, collections::HashMap};
use vocabulary::{
    ActSeq, Address, Field, FieldSet, Hamlet, HouseholdId, Moment, PartialDate, PersonId, Sex, UnitCode,
};

/// An act in force, as far as it tells which fields it set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Made {
    /// The act.
    pub act: ActSeq,
    /// When it was recorded.
    pub recorded: Moment,
    /// The fields that it set.
    pub fields: FieldSet,
}

/// What is known of a person. What cannot be told – the age without a birth year, the gap to a parent without a record –
/// is `None`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// Whose.
    pub person: PersonId,
    /// The commune whose officers answer for the record: of permanent residence, else where the person lives or lived.
    pub unit: Option<UnitCode>,
    /// The hamlet there that the address names.
    pub hamlet: Option<Hamlet>,
    /// The fields that hold something.
    pub known: FieldSet,
    /// Father recorded, by record or by name.
    pub father: bool,
    /// Mother likewise.
    pub mother: bool,
    /// Died.
    pub dead: bool,
    /// Declared missing.
    pub missing: bool,
    /// Completed years today, of the dead at death.
    pub age: Option<u16>,
    /// Completed years on the last day on which 9-digit numbers were issued in the province of permanent residence or, where
    /// there is none, of birth registration.
    pub former_age: Option<u16>,
    /// Vietnamese, or of no recorded nationality.
    pub citizen: bool,
    /// Parts of the birth date that are known: 0 to 3.
    pub birth_parts: u8,
    /// The birth lies in the future.
    pub birth_future: bool,
    /// The death lies before the birth.
    pub death_before_birth: bool,
    /// Sex.
    pub sex: Option<Sex>,
    /// Marital status.
    pub marital: Option<MaritalStatus>,
    /// Relation to the head.
    pub relation: Option<Relation>,
    /// The year in the number is that of birth.
    pub number_year: Option<bool>,
    /// The sex in the number is that of the record.
    pub number_sex: Option<bool>,
    /// The prefix of the number is that of the place of birth registration.
    pub number_prefix: Option<bool>,
    /// Other records with the same number in force whose person lives in the same province.
    pub number_doubles_near: u32,
    /// Other records with the same number in force elsewhere, or of unknown place.
    pub number_doubles_far: u32,
    /// Other records with one of the former numbers.
    pub former_doubles: u32,
    /// Other records of the same province that may be the same person's. The registry itself knows of none: whoever links
    /// records tells.
    pub duplicates_near: u32,
    /// Likewise elsewhere, or of unknown place.
    pub duplicates_far: u32,
    /// The commune of permanent residence is in the list since 1 July 2025; `None` without a residence in Viet Nam.
    pub unit_listed: Option<bool>,
    /// Ethnic group and nationalities are in the official lists.
    pub codes_listed: bool,
    /// The name has at least two words, and no figures.
    pub name_plausible: Option<bool>,
    /// Years by which the father is older.
    pub father_gap: Option<i32>,
    /// Years by which the mother is older.
    pub mother_gap: Option<i32>,
    /// Sex of the father by his record.
    pub father_sex: Option<Sex>,
    /// Sex of the mother by her record.
    pub mother_sex: Option<Sex>,
    /// The person is recorded as own father, mother or spouse, or one person is both parents.
    pub self_related: bool,
    /// The record of the spouse names this person as spouse.
    pub spouse_mutual: Option<bool>,
    /// The spouse whose record does not name this person: no act need touch both.
    pub one_sided: Option<PersonId>,
    /// The spouse died.
    pub spouse_dead: Option<bool>,
    /// Name, birth or sex differ from the birth registration although no correction was recorded.
    pub birth_act_differs: Option<bool>,
    /// Days since the last day of an absence that nobody ended.
    pub absence_overdue: Option<u32>,
    /// Days since the last day of a temporary residence that nobody ended or extended.
    pub temporary_overdue: Option<u32>,
    /// The last day of that absence or residence.
    pub overdue_since: PartialDate,
    /// Acts of the person's own that take effect after the death.
    pub acts_after_death: u32,
    /// Years since anything was recorded of the person.
    pub silent_years: u16,
    /// The acts in force, in sequence.
    pub acts: Vec<Made>,
}

/// What is known of a household.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HouseholdFacts {
    /// Which.
    pub household: HouseholdId,
    /// Its commune.
    pub unit: Option<UnitCode>,
    /// The hamlet there that the address names.
    pub hamlet: Option<Hamlet>,
    /// Whether it exists.
    pub open: bool,
    /// Members.
    pub members: u32,
    /// Members entered as head.
    pub heads: u32,
    /// Age of the eldest member, where a birth year is known.
    pub eldest: Option<u16>,
    /// The act since which it has had none or several heads, where it has.
    pub heads_since: Option<Made>,
    /// The acts in force, in sequence.
    pub acts: Vec<Made>,
}

/// What a record says of somebody related.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct KinNow {
    pub birth: PartialDate,
    pub sex: Option<Sex>,
    pub dead: bool,
    pub spouse: Option<PersonId>,
}

impl KinNow {
    pub(crate) fn of(p: &Person) -> KinNow {
        KinNow {
            birth: p.birth_date,
            sex: p.sex,
            dead: p.life.is_dead(),
            spouse: p.spouse.as_ref().and_then(|r| r.person),
        }
    }
}

/// Numbers that several records claim: number and kind of claim to the records, with their communes.
pub(crate) type Doubles = HashMap<(i64, i16), Vec<(PersonId, Option<UnitCode>)>>;

/// The relatives whose records tell something of a person's.
pub(crate) fn relatives(p: &Person) -> impl Iterator<Item = PersonId> + '_ {
    [&p.father, &p.mother, &p.spouse].into_iter().flatten().filter_map(|r| r.person)
}

fn province(unit: Option<UnitCode>) -> Option<UnitCode> {
    units::province_of(unit?, Era::Since2025).map(|p| p.code)
}

/// The acts in force that touch a record, as far as they tell what they set.
pub(crate) fn made<A: Borrow<Act>>(acts: &[A]) -> Vec<Made> {
    let mut made: Vec<Made> = fold::standing(acts)
        .into_iter()
        .map(|a| Made { act: a.seq, recorded: a.recorded, fields: a.content.fields() })
        .collect();
    made.sort_by_key(|m| m.act);
    made
}

/// The act behind some fields: the last in force that set one of them, else the one that began the record.
pub fn behind(acts: &[Made], fields: FieldSet) -> Option<Made> {
    acts.iter().rev().find(|m| !m.fields.and(fields).is_empty()).or_else(|| acts.first()).copied()
}

fn known(p: &Person) -> FieldSet {
    let there = [
        (Field::PersonalNumber, p.number.is_some()),
        (Field::FormerNumbers, !p.former_numbers.is_empty()),
        (Field::Card, p.card.is_some()),
        (Field::FullName, p.name.is_some()),
        (Field::OtherName, !p.other_names.is_empty()),
        (Field::BirthDate, !p.birth_date.is_unknown()),
        (Field::Sex, p.sex.is_some()),
        (Field::BirthPlace, !p.birth_place.is_empty()),
        (Field::BirthRegistration, !p.birth_registration.is_empty()),
        (Field::Hometown, !p.hometown.is_empty()),
        (Field::Ethnicity, p.ethnicity.is_some()),
        (Field::Religion, p.religion.is_some()),
        (Field::Nationality, !p.nationalities.is_empty()),
        (Field::BloodGroup, p.blood_group.is_some()),
        (Field::MaritalStatus, p.marital_status.is_some()),
        (Field::Occupation, p.occupation.is_some()),
        (Field::PermanentResidence, !p.permanent.is_empty()),
        (Field::CurrentResidence, !p.lives_at().is_empty()),
        (Field::Household, p.household.is_some()),
        (Field::RelationToHead, p.relation.is_some_and(|r| r != Relation::Unknown)),
        (Field::Parents, p.father.is_some() || p.mother.is_some()),
        (Field::Spouse, p.spouse.is_some()),
        (Field::Guardian, p.guardian.is_some()),
        (Field::Contact, !p.contact.is_empty()),
    ];
    there.into_iter().filter(|(_, there)| *there).map(|(field, _)| field).collect()
}

/// Days from one whole date to another; `None` where either is not whole.
fn days(from: PartialDate, to: PartialDate) -> Option<i64> {
    let day =
        |d: PartialDate| jiff::civil::Date::new(d.year()? as i16, d.month()? as i8, d.day()? as i8).ok();
    Some((day(to)? - day(from)?).get_days().into())
}

/// Days since the last day of a residence of a kind that nobody ended, and that day.
fn overdue(p: &Person, kind: ResidenceKind, today: PartialDate) -> Option<(u32, PartialDate)> {
    let open = p.residences.iter().filter(|r| r.kind == kind && !r.ended && r.until.is_whole());
    let last = open.map(|r| r.until).max()?;
    let days = u32::try_from(days(last, today)?).ok().filter(|d| *d > 0)?;
    Some((days, last))
}

/// Whether an act of this kind is something that the person does, and the dead do not.
fn own_doing(content: &Content, id: PersonId) -> bool {
    match content {
        Content::Marriage { first, second } => *first == id || second.person == Some(id),
        Content::Divorce { first, second } => *first == id || *second == Some(id),
        Content::Move { members, .. }
        | Content::HouseholdFormed { members, .. }
        | Content::HouseholdSplit { members, .. } => members.iter().any(|m| m.person == id),
        Content::TemporaryResidence { persons, .. }
        | Content::Absence { persons, .. }
        | Content::AbsenceEnded { persons }
        | Content::Stay { persons, .. } => persons.contains(&id),
        Content::ContactChange { person, .. } | Content::NumberIssued { person, .. } => *person == id,
        Content::Guardianship { guardian, .. } => guardian.as_ref().and_then(|g| g.person) == Some(id),
        _ => false,
    }
}

/// Whether name, birth or sex are no longer as the birth registration says, although no act of the record corrected any.
fn birth_act_differs(p: &Person, acts: &[&Act]) -> Option<bool> {
    let facts = acts.iter().rev().find_map(|a| match &a.content {
        Content::Birth { child, facts, .. } if *child == p.id => Some(facts),
        _ => None,
    })?;
    let corrected = acts.iter().any(|a| match &a.content {
        Content::Correction { person, .. } => *person == p.id,
        _ => false,
    });
    let mut stated = Person::new(p.id);
    facts.iter().for_each(|f| stated.set(f));
    let differs = (stated.name.is_some() && stated.name != p.name)
        || (!stated.birth_date.is_unknown() && stated.birth_date != p.birth_date)
        || (stated.sex.is_some() && stated.sex != p.sex);
    Some(differs && !corrected)
}

/// The facts of a person who is registered and not merged into another; `None` of anybody else. `acts` are all that touch
/// the record, `kin` the relatives whose records say something.
pub(crate) fn of_person<A: Borrow<Act>>(
    p: &Person,
    acts: &[A],
    prefix: Option<u16>,
    kin: &HashMap<PersonId, KinNow>,
    doubles: &Doubles,
    today: PartialDate,
) -> Option<Facts> {
    if !p.registered || p.merged_into.is_some() {
        return None;
    }
    let standing = fold::standing(acts);
    let of = |r: &Option<Relative>| r.as_ref().and_then(|r| r.person).and_then(|id| kin.get(&id)).copied();
    let (father, mother, spouse) = (of(&p.father), of(&p.mother), of(&p.spouse));
    let gap = |k: Option<KinNow>| Some(i32::from(p.birth_date.year()?) - i32::from(k?.birth.year()?));
    let unit = p.permanent.new_unit.or_else(|| p.last_commune());
    let died = match p.life {
        LifeStatus::Dead { on } => Some(on),
        _ => None,
    };
    let shape = p.number.map(|n| n.shape());
    let others = |number: i64, kind: i16| {
        doubles.get(&(number, kind)).into_iter().flatten().filter(|(id, _)| *id != p.id)
    };
    let here = province(unit);
    let (mut near, mut far) = (0, 0);
    if let Some(number) = p.number {
        for (_, unit) in others(number.as_int(), crate::store::IN_FORCE) {
            if here.is_some() && province(*unit) == here { near += 1 } else { far += 1 }
        }
    }
    let former_doubles =
        p.former_numbers.iter().flat_map(|c| others(c.number.as_int(), crate::store::FORMER));
    let absence = overdue(p, ResidenceKind::Absence, today);
    let temporary = overdue(p, ResidenceKind::Temporary, today);
    let last = acts.iter().map(|a| a.borrow().recorded).max();
    let last_year = last.map_or(today.year(), |m| u16::try_from(m.local_date().0).ok());
    let same = |a: &Option<Relative>, id: PersonId| a.as_ref().and_then(|r| r.person) == Some(id);
    let both = p.father.as_ref().and_then(|r| r.person).is_some_and(|id| same(&p.mother, id));
    Some(Facts {
        person: p.id,
        unit,
        hamlet: hamlet(if p.permanent.new_unit.is_some() { &p.permanent } else { p.lives_at() }),
        known: known(p),
        father: p.father.is_some(),
        mother: p.mother.is_some(),
        dead: died.is_some(),
        missing: matches!(p.life, LifeStatus::Missing { .. }),
        age: p.birth_date.age_at(died.filter(|d| !d.is_unknown()).unwrap_or(today)),
        former_age: former_province(p).and_then(|old| p.birth_date.age_at(provinces::last_nine_digits(old))),
        citizen: p.nationalities.is_empty() || p.nationalities.iter().any(|code| code == "VN"),
        birth_parts: u8::from(p.birth_date.year().is_some())
            + u8::from(p.birth_date.month().is_some())
            + u8::from(p.birth_date.day().is_some()),
        birth_future: p.birth_date.earliest() > today.packed(),
        death_before_birth: died.is_some_and(|d| !d.is_unknown() && last_day(d) < p.birth_date.earliest()),
        sex: p.sex,
        marital: p.marital_status,
        relation: p.relation,
        number_year: shape.and_then(|s| Some(s.year == p.birth_date.year()?)),
        number_sex: shape.and_then(|s| Some(s.sex == p.sex.filter(|sex| *sex != Sex::Other)?)),
        number_prefix: shape.and_then(|s| Some(s.prefix == prefix?)),
        number_doubles_near: near,
        number_doubles_far: far,
        former_doubles: former_doubles.count() as u32,
        duplicates_near: 0,
        duplicates_far: 0,
        unit_listed: listed(&p.permanent),
        codes_listed: p.ethnicity.as_deref().is_none_or(|code| ethnic_groups::find(code).is_some())
            && p.nationalities.iter().all(|code| countries::find(code).is_some()),
        name_plausible: p.name.as_ref().map(|n| {
            n.reveal().split_whitespace().count() >= 2 && !n.reveal().contains(|c: char| c.is_ascii_digit())
        }),
        father_gap: gap(father),
        mother_gap: gap(mother),
        father_sex: father.and_then(|k| k.sex),
        mother_sex: mother.and_then(|k| k.sex),
        self_related: both || same(&p.father, p.id) || same(&p.mother, p.id) || same(&p.spouse, p.id),
        spouse_mutual: spouse.map(|k| k.spouse == Some(p.id)),
        one_sided: p
            .spouse
            .as_ref()
            .and_then(|r| r.person)
            .filter(|_| spouse.is_some_and(|k| k.spouse != Some(p.id))),
        spouse_dead: spouse.map(|k| k.dead),
        birth_act_differs: birth_act_differs(p, &standing),
        absence_overdue: absence.map(|(days, _)| days),
        temporary_overdue: temporary.map(|(days, _)| days),
        overdue_since: absence.or(temporary).map_or(PartialDate::UNKNOWN, |(_, day)| day),
        acts_after_death: died.filter(|d| d.is_whole()).map_or(0, |on| {
            let after = standing.iter().filter(|a| a.effective.earliest() > on.packed());
            after.filter(|a| own_doing(&a.content, p.id)).count() as u32
        }),
        silent_years: today.year().unwrap_or_default().saturating_sub(last_year.unwrap_or_default()),
        acts: made(acts),
    })
}

/// The province before July 2025 whose police would have issued a 9-digit number.
fn former_province(p: &Person) -> Option<UnitCode> {
    let old = |a: &Address| match (a.old_unit, a.new_unit) {
        (Some(old), _) => units::find(old, Era::Before2025).map(|u| u.province),
        (None, Some(new)) => units::was(new).first().map(|conversion| conversion.old.province),
        _ => None,
    };
    old(&p.permanent).or_else(|| old(&p.birth_registration))
}

/// The hamlet that an address names, in the part below the commune or in the text as a whole.
fn hamlet(a: &Address) -> Option<Hamlet> {
    Hamlet::find(if a.detail.is_empty() { &a.text } else { &a.detail })
}

/// The last day that a date can be, as `yyyymmdd`.
fn last_day(date: PartialDate) -> u32 {
    match (date.month(), date.day()) {
        (None, _) => date.packed() + 1231,
        (_, None) => date.packed() + 31,
        _ => date.packed(),
    }
}

/// Whether the commune of an address is one of the present structure; `None` where the address is abroad or empty.
fn listed(a: &Address) -> Option<bool> {
    if a.is_empty() || a.country.as_deref().is_some_and(|c| c != "VN") {
        return None;
    }
    Some(a.new_unit.is_some_and(|unit| units::find(unit, Era::Since2025).is_some()))
}

/// Who belongs to a household, counted.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Members {
    pub count: u32,
    pub heads: u32,
    pub eldest: PartialDate,
}

/// The facts of a household that some act in force formed; `None` of one that never was and has nobody.
pub(crate) fn of_household<A: Borrow<Act>>(
    id: HouseholdId,
    acts: &[A],
    members: Members,
    heads_since: Option<Made>,
    today: PartialDate,
) -> Option<HouseholdFacts> {
    let household = fold::household(id, acts, None);
    if household.state == HouseholdState::Void && members.count == 0 {
        return None;
    }
    Some(HouseholdFacts {
        household: id,
        unit: household.address.new_unit,
        hamlet: hamlet(&household.address),
        open: household.state == HouseholdState::Open,
        members: members.count,
        heads: members.heads,
        eldest: members.eldest.age_at(today),
        heads_since,
        acts: made(acts),
    })
}

/// The act since which a household has had none or several heads: the first after which that never changed. `acts` are
/// all acts of everybody who ever belonged to it, each once.
pub(crate) fn heads_since(id: HouseholdId, persons: &[PersonId], acts: &[Act]) -> Option<Made> {
    let mut acts: Vec<&Act> = acts.iter().collect();
    acts.sort_by_key(|a| a.seq);
    let mut since = None;
    for at in 0..acts.len() {
        let known = &acts[..=at];
        let now = persons.iter().map(|p| fold::person(*p, known, None)).filter(|p| p.household == Some(id));
        let (mut members, mut heads) = (0, 0);
        for person in now.filter(|p| p.registered && p.merged_into.is_none()) {
            members += 1;
            heads += usize::from(person.relation == Some(Relation::Head));
        }
        let wrong = members > 0 && heads != 1;
        let act = acts[at];
        let made = || Made { act: act.seq, recorded: act.recorded, fields: act.content.fields() };
        since = if wrong { since.or_else(|| Some(made())) } else { None };
    }
    since
}

#[cfg(test)]
mod tests {
    use super::*;
    use vocabulary::{Actor, AgencyCode};

    fn date(text: &str) -> PartialDate {
        PartialDate::parse(text).unwrap()
    }

    /// Acts of one person, in order.
    fn acts(contents: Vec<(&str, Content)>) -> Vec<Act> {
        let agency = AgencyCode::parse("G01").unwrap();
        let by = Actor { system: None, officer: None, agency, unit: None };
        (1..)
            .zip(contents)
            .map(|(seq, (day, content))| Act {
                seq: ActSeq(seq),
                effective: date(day),
                recorded: Moment::parse("2026-01-01T00:00:00Z").unwrap(),
                by: by.clone(),
                evidence: "CT01".into(),
                content,
            })
            .collect()
    }

    fn facts(contents: Vec<(&str, Content)>) -> Option<Facts> {
        let acts = acts(contents);
        let person = fold::person(PersonId(1), &acts, None);
        of_person(&person, &acts, None, &HashMap::new(), &Doubles::new(), date("2026-11-21"))
    }

    fn registration() -> (&'static str, Content) {
        let facts = vec![crate::model::Fact::BirthDate(date("1990-02-03"))];
        ("1990-02-03", Content::Registration { person: PersonId(1), facts })
    }

    fn absence(until: &str) -> (&'static str, Content) {
        let persons = vec![PersonId(1)];
        let (address, reason) = (Address::default(), "Học tập".into());
        ("2026-01-05", Content::Absence { persons, address, until: date(until), reason })
    }

    #[test]
    fn nobody_has_no_facts_and_a_bare_record_has_few() {
        assert_eq!(facts(Vec::new()), None);
        let known = facts(vec![registration()]).unwrap();
        assert_eq!(known.known, FieldSet::of(&[Field::BirthDate]));
        assert_eq!((known.age, known.birth_parts, known.number_year, known.unit), (Some(36), 3, None, None));
    }

    #[test]
    fn a_former_number_is_a_matter_of_age_when_the_province_stopped() {
        use crate::model::Fact::{BirthDate, BirthRegistration, Permanent};
        let at = |old: Option<&str>, new: Option<&str>| Address {
            old_unit: old.map(|c| UnitCode::parse(c).unwrap()),
            new_unit: new.map(|c| UnitCode::parse(c).unwrap()),
            ..Address::default()
        };
        let age = |facts_of| {
            let content = Content::Registration { person: PersonId(1), facts: facts_of };
            facts(vec![("2006-12-31", content)]).unwrap().former_age
        };
        let born = |day| BirthDate(date(day));
        // Khánh Hòa issued them until the end of 2020, Hà Nội until that of 2015.
        assert_eq!(age(vec![born("2006-12-31"), Permanent(at(Some("22363"), None))]), Some(14));
        assert_eq!(age(vec![born("2007-01-01"), Permanent(at(None, Some("22366")))]), Some(13));
        assert_eq!(age(vec![born("2001-12-31"), Permanent(at(Some("00001"), None))]), Some(14));
        assert_eq!(age(vec![born("2002"), BirthRegistration(at(Some("00001"), None))]), Some(13));
        assert_eq!(age(vec![born("2022"), Permanent(at(Some("22363"), None))]), None, "not born");
        assert_eq!(age(vec![born("1990")]), None, "nobody knows where");
    }

    #[test]
    fn an_absence_is_overdue_until_somebody_ends_it() {
        let overdue = |acts| facts(acts).unwrap().absence_overdue;
        assert_eq!(overdue(vec![registration(), absence("2026-11-22")]), None);
        assert_eq!(overdue(vec![registration(), absence("2026-11-21")]), None);
        assert_eq!(overdue(vec![registration(), absence("2026-10-22")]), Some(30));
        let back = ("2026-11-01", Content::AbsenceEnded { persons: vec![PersonId(1)] });
        assert_eq!(overdue(vec![registration(), absence("2026-10-22"), back]), None);
    }

    #[test]
    fn the_dead_do_nothing() {
        let death = ("2020-05-01", Content::Death { person: PersonId(1), spouse: None });
        let marriage =
            |day| (day, Content::Marriage { first: PersonId(1), second: Relative::recorded(PersonId(2)) });
        let count = |acts| facts(acts).unwrap().acts_after_death;
        assert_eq!(count(vec![registration(), marriage("2015-01-01"), death.clone()]), 0);
        assert_eq!(count(vec![registration(), death, marriage("2021-01-01")]), 1);
    }

    #[test]
    fn the_act_behind_a_field_is_the_last_in_force_that_set_it() {
        let correct = |fact| ("2026-02-01", Content::Correction { person: PersonId(1), facts: vec![fact] });
        let sex = |s| correct(crate::model::Fact::Sex(s));
        let annulled = Content::Annulment {
            act: ActSeq(3),
            persons: vec![PersonId(1)],
            households: Vec::new(),
            reason: "Ghi sai".into(),
        };
        let all = vec![registration(), sex(None), sex(Some(Sex::Male)), ("2026-03-01", annulled)];
        let made = facts(all).unwrap().acts;
        let act = |field| behind(&made, FieldSet::of(&[field])).map(|m| m.act.0);
        assert_eq!(
            (act(Field::Sex), act(Field::BirthDate), act(Field::Hometown)),
            (Some(2), Some(1), Some(1))
        );
    }
}
