//! The people of the stories: the same in every population, at the head of the stream. `tests/people.md` tells who
//! they are; tests and demonstrations name them by [`Story`].

use crate::{
    Family, card,
    day::Day,
    draw::Draw,
    places::{Commune, Home, Places},
    record::{DATABASE, Office, Register},
};
use population::{
    acts::{Content, Member},
    model::{Card, Contact, Fact, FormerClaim, MaritalStatus, Relation, Relative},
};
use vocabulary::{
    Address, FormerNumber, FullName, HouseholdId, PartialDate, PersonId, PersonalNumber, Sex, UnitCode,
};

/// Someone of a story.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(i64)]
pub enum Story {
    /// Trần Văn Lợi, first head of the family; died on 18 February 2020.
    Loi = 1,
    /// Lê Thị Bảy, his widow, the grandmother: born "1950", a former number.
    Bay,
    /// Trần Văn Đức, their son, head since 2020.
    Duc,
    /// Nguyễn Thị Hòa, his wife: birth registered in Phú Yên, two former numbers of different issuers.
    Hoa,
    /// Trần Đức Minh, their son, born 2010.
    Minh,
    /// Trần Ngọc Lan, their daughter, born 2016.
    Lan,
    /// Nguyễn Thị Hoà, who lives alone: the other spelling of the same name.
    OtherHoa,
    /// Phạm Quốc Bảo, a student of Quảng Ngãi in temporary residence.
    Bao,
    /// Võ Thành Long, head of a household that has two.
    Long,
    /// Huỳnh Thị Mai, his wife, head too.
    Mai,
    /// Võ Gia Hân, their daughter.
    Han,
    /// Đặng Văn Tám, in a household without a head.
    Tam,
    /// Đặng Thị Út, his sister.
    Ut,
    /// Cao Văn Nhân, without papers: a name and a sex.
    Nhan,
}

/// How many persons the stories have: they bear the identifiers 1 to this.
pub const STORY_PERSONS: i64 = 14;

/// How many households the stories have: they bear the identifiers 1 to this.
pub const STORY_HOUSEHOLDS: i64 = 4;

/// A person of a story, with what does not depend on the seed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoryPerson {
    /// Who.
    pub story: Story,
    /// The record.
    pub person: PersonId,
    /// The name.
    pub name: Option<FullName>,
    /// The sex.
    pub sex: Sex,
    /// Date of birth, as far as known.
    pub birth_date: PartialDate,
    /// The personal number.
    pub number: Option<PersonalNumber>,
    /// Former numbers.
    pub former_numbers: Vec<FormerNumber>,
    /// The identity card in force.
    pub card: Option<Card>,
    /// The household at present.
    pub household: Option<HouseholdId>,
}

/// Year, month, day; zeros for what is not known.
type Ymd = (u16, u8, u8);

struct Row(Story, &'static str, Sex, Ymd, &'static [i64], Option<i64>);

use Sex::{Female, Male};
use Story::*;

const ROWS: &[Row] = &[
    Row(Loi, "Trần Văn Lợi", Male, (1946, 0, 0), &[220_000_010], None),
    Row(Bay, "Lê Thị Bảy", Female, (1950, 0, 0), &[220_000_011], Some(1)),
    Row(Duc, "Trần Văn Đức", Male, (1980, 3, 12), &[220_000_012], Some(1)),
    Row(Hoa, "Nguyễn Thị Hòa", Female, (1983, 8, 5), &[220_000_013, 220_000_014], Some(1)),
    Row(Minh, "Trần Đức Minh", Male, (2010, 6, 20), &[], Some(1)),
    Row(Lan, "Trần Ngọc Lan", Female, (2016, 11, 2), &[], Some(1)),
    Row(OtherHoa, "Nguyễn Thị Hoà", Female, (1958, 1, 30), &[220_000_015], Some(2)),
    Row(Bao, "Phạm Quốc Bảo", Male, (2005, 9, 9), &[], None),
    Row(Long, "Võ Thành Long", Male, (1975, 4, 30), &[220_000_016], Some(3)),
    Row(Mai, "Huỳnh Thị Mai", Female, (1977, 12, 1), &[220_000_017], Some(3)),
    Row(Han, "Võ Gia Hân", Female, (2008, 2, 14), &[], Some(3)),
    Row(Tam, "Đặng Văn Tám", Male, (1948, 0, 0), &[220_000_018], Some(4)),
    Row(Ut, "Đặng Thị Út", Female, (1952, 7, 0), &[220_000_019], Some(4)),
    Row(Nhan, "Cao Văn Nhân", Male, (0, 0, 0), &[], None),
];

/// The people of the stories in a population of a province (code before July 2025). Their personal numbers begin with
/// the province's prefix, but for Hòa, who was registered in Phú Yên, and Bảo, who was in Quảng Ngãi.
pub fn story_people(province: UnitCode) -> Vec<StoryPerson> {
    let own = reference::provinces::pin_prefix(province).unwrap_or_default();
    let person = |Row(story, name, sex, born, formers, household): &Row| {
        let id = PersonId(*story as i64);
        let birth_date = date(*born);
        let prefix = match story {
            Hoa => 54,
            Bao => 51,
            _ => own,
        };
        let number = birth_date.year().and_then(|y| PersonalNumber::compose(prefix, *sex, y, id.0 as u32));
        StoryPerson {
            story: *story,
            person: id,
            name: FullName::parse(name).ok(),
            sex: *sex,
            birth_date,
            number,
            former_numbers: formers.iter().filter_map(|n| FormerNumber::from_int(*n)).collect(),
            card: story.card_issued().map(|day| card::issued(first_day(birth_date), day)),
            household: household.map(HouseholdId),
        }
    };
    ROWS.iter().map(person).collect()
}

impl Story {
    /// The record.
    pub const fn person(self) -> PersonId {
        PersonId(self as i64)
    }

    /// When the card in force was issued, where there is one.
    const fn card_issued(self) -> Option<Day> {
        Some(match self {
            Loi | Lan | Nhan => return None,
            Bay => Day::of(2021, 5, 10),
            Duc => Day::of(2021, 4, 28),
            Hoa => Day::of(2023, 7, 14),
            Minh => Day::of(2024, 7, 9),
            OtherHoa => Day::of(2021, 3, 19),
            Bao => Day::of(2021, 4, 2),
            Long | Mai => Day::of(2021, 6, 3),
            Han => Day::of(2022, 3, 15),
            Tam => Day::of(2021, 5, 21),
            Ut => Day::of(2021, 5, 24),
        })
    }
}

struct Teller<'a> {
    people: Vec<StoryPerson>,
    places: &'a Places,
    home: Commune,
    today: Day,
}

/// The families of the stories.
pub(crate) fn families(places: &Places, home: &Home, register: &mut Register, today: Day) -> Vec<Family> {
    let office = Office { police: &home.police, units: [home.commune.old, home.commune.new] };
    let people = story_people(places.origins[home.own].province.code);
    let teller = Teller { people, places, home: home.commune, today };
    // Not the seed of the population: the stories are the same in all.
    let mut draw = Draw::new(0, 0);
    [
        teller.family(),
        teller.alone(),
        teller.student(),
        teller.two_heads(),
        teller.no_head(),
        teller.no_papers(),
    ]
    .into_iter()
    .map(|mut told| {
        told.sort_by_key(|(day, ..)| *day);
        let mut book = register.open(office);
        for (day, effective, content) in told {
            book.write_dated(day, effective, content, &mut draw);
        }
        Family { acts: book.close(), truth: Vec::new() }
    })
    .collect()
}

type Told = Vec<(Day, PartialDate, Content)>;

fn date((year, month, day): Ymd) -> PartialDate {
    PartialDate::new(year, month, day).unwrap_or_default()
}

fn on(day: Ymd, content: Content) -> (Day, PartialDate, Content) {
    (first_day(date(day)), date(day), content)
}

/// The first day that a partial date can be; the beginning of the database where nothing is known.
fn first_day(date: PartialDate) -> Day {
    let at = date.earliest() as i32;
    if at == 0 { DATABASE } else { Day::of(at / 10_000, at / 100 % 100, at % 100) }
}

fn member(story: Story, relation: Relation) -> Member {
    Member { person: story.person(), relation }
}

fn recorded(story: Story) -> Option<Relative> {
    Some(Relative::recorded(story.person()))
}

impl Teller<'_> {
    fn person(&self, story: Story) -> &StoryPerson {
        &self.people[story as usize - 1]
    }

    /// The facts that all of them have.
    fn facts(&self, story: Story, registered: Commune, more: Vec<Fact>) -> Vec<Fact> {
        let p = self.person(story);
        let claim = |(i, number): (usize, &FormerNumber)| FormerClaim {
            number: *number,
            issuer: if i + 1 < p.former_numbers.len() {
                "Công an tỉnh Phú Yên"
            } else {
                "Công an tỉnh Khánh Hòa"
            }
            .to_owned(),
            from: Day::of(2000 + 9 * i as i32, 5, 20).date(),
            until: Day::of(2015 + 9 * i as i32, 5, 20).date(),
        };
        let mut facts = vec![
            Fact::Name(p.name.clone()),
            Fact::BirthDate(p.birth_date),
            Fact::Sex(Some(p.sex)),
            Fact::Number(p.number),
        ];
        let claims: Vec<FormerClaim> = p.former_numbers.iter().enumerate().map(claim).collect();
        if !claims.is_empty() {
            facts.push(Fact::FormerNumbers(claims));
        }
        facts.extend(p.card.clone().map(|card| Fact::Card(Some(card))));
        facts.extend([
            Fact::BirthRegistration(registered.address(String::new())),
            Fact::Hometown(registered.address(String::new())),
            Fact::Ethnicity(Some("01".to_owned())),
            Fact::Nationalities(vec!["VN".to_owned()]),
        ]);
        facts.extend(more);
        facts
    }

    fn registration(
        &self,
        story: Story,
        registered: Commune,
        more: Vec<Fact>,
    ) -> (Day, PartialDate, Content) {
        let facts = self.facts(story, registered, more);
        let born = self.person(story).birth_date;
        (first_day(born), born, Content::Registration { person: story.person(), facts })
    }

    /// A birth into the household in which the family lives.
    fn birth(
        &self,
        story: Story,
        address: &Address,
        relation: Relation,
        more: Vec<Fact>,
    ) -> (Day, PartialDate, Content) {
        let &StoryPerson { birth_date, household, person: child, .. } = self.person(story);
        let facts = self.facts(story, self.home, more);
        let (address, relation) = (address.clone(), Some(relation));
        (first_day(birth_date), birth_date, Content::Birth { child, facts, household, address, relation })
    }

    /// A commune of another province.
    fn commune_of(&self, province: &str) -> Commune {
        let origin = self.places.origins.iter().find(|o| o.province.code.as_str() == province);
        origin.and_then(|o| o.communes.first()).copied().unwrap_or(self.home)
    }

    /// Three generations with a death, a change of head and the family's one telephone (PAIN-13).
    fn family(&self) -> Told {
        let home = self.home;
        let address = home.address("12 Nguyễn Thiện Thuật, tổ 5".to_owned());
        let phu_yen = self.commune_of("54");
        let phone = || Fact::Contact(Contact { phones: vec!["0100000001".to_owned()], emails: Vec::new() });
        let work = |what: &str| Fact::Occupation(Some(what.to_owned()));
        let status = |s| Fact::MaritalStatus(Some(s));
        let parents = |f, m| vec![Fact::Father(recorded(f)), Fact::Mother(recorded(m)), phone()];
        let household = HouseholdId(1);
        let marriage = |first: Story, second| Content::Marriage { first: first.person(), second };
        let mut duc = parents(Loi, Bay);
        duc.extend([work("Lái xe"), status(MaritalStatus::Single)]);
        vec![
            self.registration(Loi, home, vec![work("Ngư dân"), status(MaritalStatus::Single)]),
            self.registration(Bay, home, vec![work("Già yếu"), status(MaritalStatus::Single), phone()]),
            on((1972, 2, 10), marriage(Loi, Relative::recorded(Bay.person()))),
            on(
                (1979, 5, 20),
                Content::HouseholdFormed {
                    household,
                    address: address.clone(),
                    file: format!("{}-000001", home.old),
                    members: vec![member(Loi, Relation::Head), member(Bay, Relation::Spouse)],
                },
            ),
            self.registration(Hoa, phu_yen, vec![work("Giáo viên"), status(MaritalStatus::Single), phone()]),
            on((2008, 10, 15), marriage(Duc, Relative::recorded(Hoa.person()))),
            on(
                (2008, 11, 10),
                Content::Move {
                    members: vec![member(Hoa, Relation::ChildInLaw)],
                    household,
                    address: address.clone(),
                },
            ),
            self.birth(Duc, &address, Relation::Child, duc),
            self.birth(Minh, &address, Relation::Grandchild, parents(Duc, Hoa)),
            self.birth(Lan, &address, Relation::Grandchild, parents(Duc, Hoa)),
            on((2020, 2, 18), Content::Death { person: Loi.person(), spouse: Some(Bay.person()) }),
            on(
                (2020, 3, 25),
                Content::HeadChanged {
                    household,
                    members: vec![
                        member(Duc, Relation::Head),
                        member(Hoa, Relation::Spouse),
                        member(Bay, Relation::Parent),
                        member(Minh, Relation::Child),
                        member(Lan, Relation::Child),
                    ],
                },
            ),
            on(
                (2023, 3, 6),
                Content::Absence {
                    persons: vec![Duc.person()],
                    address: self.commune_of("79").address("45 Lê Lợi".to_owned()),
                    until: Day::of(2023, 12, 31).date(),
                    reason: "Đi làm ăn xa".to_owned(),
                },
            ),
            on((2023, 9, 1), Content::AbsenceEnded { persons: vec![Duc.person()] }),
        ]
    }

    fn alone(&self) -> Told {
        let home = self.home;
        let facts = vec![
            Fact::MaritalStatus(Some(MaritalStatus::Single)),
            Fact::Occupation(Some("Buôn bán".to_owned())),
        ];
        vec![
            self.registration(OtherHoa, home, facts),
            on(
                (1990, 8, 1),
                Content::HouseholdFormed {
                    household: HouseholdId(2),
                    address: home.address("7/2 Biệt Thự, tổ 3".to_owned()),
                    file: format!("{}-000002", home.old),
                    members: vec![member(OtherHoa, Relation::Head)],
                },
            ),
        ]
    }

    /// Registered in Quảng Ngãi; the temporary residence began 200 days ago and lasts two years.
    fn student(&self) -> Told {
        let home = self.home;
        let quang_ngai = self.commune_of("51");
        let permanent = Fact::Permanent(quang_ngai.address("Thôn Phú Lộc".to_owned()));
        let since = self.today.plus(-200);
        let residence = Content::TemporaryResidence {
            persons: vec![Bao.person()],
            address: home.address("Ký túc xá, 2 Nguyễn Chánh, tổ 8".to_owned()),
            until: since.plus(729).date(),
        };
        let work = Fact::Occupation(Some("Sinh viên".to_owned()));
        vec![self.registration(Bao, quang_ngai, vec![permanent, work]), (since, since.date(), residence)]
    }

    /// CLN-03.
    fn two_heads(&self) -> Told {
        let home = self.home;
        let address = home.address("88 Trần Phú, tổ 11".to_owned());
        let status = || Fact::MaritalStatus(Some(MaritalStatus::Single));
        let parents = vec![Fact::Father(recorded(Long)), Fact::Mother(recorded(Mai))];
        vec![
            self.registration(Long, home, vec![status()]),
            self.registration(Mai, home, vec![status()]),
            on(
                (2005, 1, 8),
                Content::Marriage { first: Long.person(), second: Relative::recorded(Mai.person()) },
            ),
            on(
                (2006, 6, 15),
                Content::HouseholdFormed {
                    household: HouseholdId(3),
                    address: address.clone(),
                    file: format!("{}-000003", home.old),
                    members: vec![member(Long, Relation::Head), member(Mai, Relation::Head)],
                },
            ),
            self.birth(Han, &address, Relation::Child, parents),
        ]
    }

    /// CLN-04.
    fn no_head(&self) -> Told {
        let home = self.home;
        vec![
            self.registration(Tam, home, vec![Fact::MaritalStatus(Some(MaritalStatus::Single))]),
            self.registration(Ut, home, vec![Fact::MaritalStatus(Some(MaritalStatus::Widowed))]),
            on(
                (1999, 9, 9),
                Content::HouseholdFormed {
                    household: HouseholdId(4),
                    address: home.address("Tổ dân phố 2".to_owned()),
                    file: String::new(),
                    members: vec![member(Tam, Relation::Sibling), member(Ut, Relation::Sibling)],
                },
            ),
        ]
    }

    fn no_papers(&self) -> Told {
        let home = self.home;
        let p = self.person(Nhan);
        let facts = vec![
            Fact::Name(p.name.clone()),
            Fact::Sex(Some(p.sex)),
            Fact::Current(home.address("Dưới chân cầu Trần Phú".to_owned())),
        ];
        vec![(DATABASE, PartialDate::UNKNOWN, Content::Registration { person: p.person, facts })]
    }
}
