//! The parts of a record in which records of one person can differ, and what one takes over when they become one.

use super::{Carried, Fact, Person, ResidenceKind};
use vocabulary::{Address, Invalid};

macro_rules! parts {
    ($($(#[$doc:meta])* $name:ident = $code:literal;)*) => {
        /// A part of a record that is taken over as a whole: what belongs together stays together.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Part { $($(#[$doc])* $name,)* }

        impl Part {
            /// All of them, as a page shows them.
            pub const ALL: &'static [Part] = &[$(Part::$name),*];

            /// Stable code.
            pub const fn code(self) -> &'static str {
                match self { $(Part::$name => $code),* }
            }

            /// From the code.
            ///
            /// # Errors
            /// Where there is no such part.
            pub fn parse(code: &str) -> Result<Part, Invalid> {
                match code.trim() {
                    $($code => Ok(Part::$name),)*
                    _ => Err(Invalid::new("part/unknown", "Mục không có trong danh mục", "The part is not in the list")),
                }
            }
        }
    };
}

parts! {
    /// Name, with its parts where a source gave them.
    Name = "name";
    /// Other names.
    OtherNames = "other-names";
    /// Date of birth.
    BirthDate = "birth-date";
    /// Sex.
    Sex = "sex";
    /// Place of birth.
    BirthPlace = "birth-place";
    /// Place of birth registration.
    BirthRegistration = "birth-registration";
    /// Hometown.
    Hometown = "hometown";
    /// Permanent residence, household and relation to its head.
    Permanent = "permanent";
    /// Current residence.
    Current = "current";
    /// Ethnic group.
    Ethnicity = "ethnicity";
    /// Religion.
    Religion = "religion";
    /// Nationalities.
    Nationality = "nationality";
    /// Blood group.
    BloodGroup = "blood-group";
    /// Marital status and spouse.
    Marriage = "marriage";
    /// Occupation.
    Occupation = "occupation";
    /// Father.
    Father = "father";
    /// Mother.
    Mother = "mother";
    /// Guardian.
    Guardian = "guardian";
    /// Personal number in force: taken over only where the record kept has none. Another one gives way to no merge; it is
    /// cancelled, with a reason.
    Number = "number";
    /// Former numbers, which add up.
    FormerNumbers = "former-numbers";
    /// Identity card.
    Card = "card";
    /// Telephones and e-mail addresses.
    Contact = "contact";
}

impl Part {
    /// Whether it can be chosen from which record it comes; the others follow by rule.
    pub const fn is_chosen(self) -> bool {
        !matches!(self, Part::Number | Part::FormerNumbers)
    }

    /// The facts by which a record states the part; none where it states nothing.
    pub fn stated(self, p: &Person) -> Vec<Fact> {
        let place =
            |a: &Address, fact: fn(Address) -> Fact| (!a.is_empty()).then(|| fact(a.clone())).into_iter();
        match self {
            Part::Name => {
                let parts = p.name_parts.clone().map(|parts| Fact::NameParts(Some(parts)));
                p.name.clone().map(|n| Fact::Name(Some(n))).into_iter().chain(parts).collect()
            }
            Part::OtherNames => some(p.other_names.clone(), Fact::OtherNames),
            Part::BirthDate => {
                Some(p.birth_date).filter(|d| !d.is_unknown()).map(Fact::BirthDate).into_iter().collect()
            }
            Part::Sex => p.sex.map(|s| Fact::Sex(Some(s))).into_iter().collect(),
            Part::BirthPlace => place(&p.birth_place, Fact::BirthPlace).collect(),
            Part::BirthRegistration => place(&p.birth_registration, Fact::BirthRegistration).collect(),
            Part::Hometown => place(&p.hometown, Fact::Hometown).collect(),
            Part::Permanent => place(&p.permanent, Fact::Permanent)
                .chain(p.household.map(|h| Fact::Household(Some(h))))
                .chain(p.relation.map(|r| Fact::Relation(Some(r))))
                .collect(),
            Part::Current => place(&p.current, Fact::Current).collect(),
            Part::Ethnicity => p.ethnicity.clone().map(|e| Fact::Ethnicity(Some(e))).into_iter().collect(),
            Part::Religion => p.religion.clone().map(|r| Fact::Religion(Some(r))).into_iter().collect(),
            Part::Nationality => some(p.nationalities.clone(), Fact::Nationalities),
            Part::BloodGroup => p.blood_group.map(|b| Fact::BloodGroup(Some(b))).into_iter().collect(),
            Part::Marriage => p
                .marital_status
                .map(|m| Fact::MaritalStatus(Some(m)))
                .into_iter()
                .chain(p.spouse.clone().map(|s| Fact::Spouse(Some(s))))
                .collect(),
            Part::Occupation => p.occupation.clone().map(|o| Fact::Occupation(Some(o))).into_iter().collect(),
            Part::Father => p.father.clone().map(|f| Fact::Father(Some(f))).into_iter().collect(),
            Part::Mother => p.mother.clone().map(|m| Fact::Mother(Some(m))).into_iter().collect(),
            Part::Guardian => p.guardian.clone().map(|g| Fact::Guardian(Some(g))).into_iter().collect(),
            Part::Number => p.number.map(|n| Fact::Number(Some(n))).into_iter().collect(),
            Part::FormerNumbers => some(p.former_numbers.clone(), Fact::FormerNumbers),
            Part::Card => p.card.clone().map(|c| Fact::Card(Some(c))).into_iter().collect(),
            Part::Contact => {
                (!p.contact.is_empty()).then(|| Fact::Contact(p.contact.clone())).into_iter().collect()
            }
        }
    }

    /// Whether the records do not all state the same.
    pub fn differs(self, records: &[&Person]) -> bool {
        let mut stated = records.iter().map(|p| self.stated(p));
        let first = stated.next().unwrap_or_default();
        stated.any(|other| other != first)
    }

    /// The facts that the record kept takes over from another, the whole part in place of its own; none where the other
    /// states nothing, or where a number would give way.
    pub fn taken(self, kept: &Person, other: &Person) -> Vec<Fact> {
        let mut facts = self.stated(other);
        if facts.is_empty() || (self == Part::Number && kept.number.is_some()) {
            return Vec::new();
        }
        match self {
            // Parts that came with the other name say nothing of this one.
            Part::Name if other.name_parts.is_none() && kept.name_parts.is_some() => {
                facts.push(Fact::NameParts(None));
            }
            // Whoever moves into the other's place leaves the own household.
            Part::Permanent => {
                if other.household.is_none() && kept.household.is_some() {
                    facts.push(Fact::Household(None));
                }
                if other.relation.is_none() && kept.relation.is_some() {
                    facts.push(Fact::Relation(None));
                }
            }
            Part::Marriage => {
                if other.marital_status.is_none() && kept.marital_status.is_some() {
                    facts.push(Fact::MaritalStatus(None));
                }
                if other.spouse.is_none() && kept.spouse.is_some() {
                    facts.push(Fact::Spouse(None));
                }
            }
            Part::FormerNumbers => {
                let own = &kept.former_numbers;
                let mut all = own.clone();
                all.extend(
                    other
                        .former_numbers
                        .iter()
                        .filter(|claim| own.iter().all(|c| c.number != claim.number))
                        .cloned(),
                );
                if all.len() == own.len() {
                    return Vec::new();
                }
                facts = vec![Fact::FormerNumbers(all)];
            }
            _ => {}
        }
        facts
    }
}

fn some<T>(list: Vec<T>, fact: fn(Vec<T>) -> Fact) -> Vec<Fact> {
    Some(list).filter(|l| !l.is_empty()).map(fact).into_iter().collect()
}

/// The residences of an ended record that still run and that the record kept does not have: temporary ones, absences and
/// stays. The permanent one is a [`Part`] to choose.
pub fn carried(kept: &Person, ended: &Person) -> Vec<Carried> {
    let runs = ended.residences.iter().filter(|r| r.kind != ResidenceKind::Permanent && !r.ended);
    runs.map(|r| Carried { kind: r.kind, address: r.address.clone(), from: r.from, until: r.until })
        .filter(|c| {
            !kept.residences.iter().any(|r| {
                !r.ended && (r.kind, r.from, r.until) == (c.kind, c.from, c.until) && r.address == c.address
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::FormerClaim;
    use vocabulary::{FormerNumber, FullName, HouseholdId, PartialDate, PersonId, PersonalNumber, Sex};

    fn claim(digits: &str) -> FormerClaim {
        FormerClaim {
            number: FormerNumber::parse(digits).unwrap(),
            issuer: String::new(),
            from: PartialDate::UNKNOWN,
            until: PartialDate::UNKNOWN,
        }
    }

    #[test]
    fn codes_are_read_as_they_are_written() {
        for part in Part::ALL {
            assert_eq!(Part::parse(part.code()), Ok(*part));
        }
        assert!(Part::parse("life").is_err());
    }

    #[test]
    fn former_numbers_add_up_and_a_number_gives_way_to_none() {
        let (mut kept, mut other) = (Person::new(PersonId(1)), Person::new(PersonId(2)));
        kept.former_numbers = vec![claim("225123456")];
        other.former_numbers = vec![claim("225123456"), claim("220000015")];
        other.number = PersonalNumber::parse("056185001234").ok();
        let taken = Part::FormerNumbers.taken(&kept, &other);
        assert_eq!(taken, [Fact::FormerNumbers(vec![claim("225123456"), claim("220000015")])]);
        assert!(Part::FormerNumbers.taken(&other, &kept).is_empty());
        assert_eq!(Part::Number.taken(&kept, &other), [Fact::Number(other.number)]);
        kept.number = PersonalNumber::parse("056185009999").ok();
        assert!(Part::Number.taken(&kept, &other).is_empty());
    }

    #[test]
    fn a_part_is_taken_as_a_whole() {
        let (mut kept, mut other) = (Person::new(PersonId(1)), Person::new(PersonId(2)));
        kept.household = Some(HouseholdId(3));
        kept.sex = Some(Sex::Male);
        other.permanent = Address { text: "Nha Trang".into(), ..Address::default() };
        let taken = Part::Permanent.taken(&kept, &other);
        assert_eq!(taken, [Fact::Permanent(other.permanent.clone()), Fact::Household(None)]);
        assert!(Part::Sex.taken(&kept, &other).is_empty(), "what the other does not state is not taken");
        other.name = FullName::parse("Lê Văn Tám").ok();
        assert!(Part::Name.differs(&[&kept, &other]) && !Part::Religion.differs(&[&kept, &other]));
    }
}
