//! What the registry knows of someone beyond sex, days and kinship.

use crate::{
    card,
    cells::digits,
    clan::{Clan, Member},
    day::Day,
    draw::Draw,
    names::Names,
    numbers::Numbers,
    peoples,
    places::{Commune, Home, Places},
};
use population::model::{BloodGroup, Card, Contact, Fact, FormerClaim, MaritalStatus, Relative};
use reference::{Era, provinces::last_nine_digits, units};
use std::mem::take;
use vocabulary::{Address, FullName, PartialDate, PersonId, PersonalNumber, Sex};

/// Everything that stays the same while people are invented.
pub(crate) struct World {
    pub(crate) places: Places,
    pub(crate) names: Names,
    pub(crate) today: Day,
}

/// Where a clan comes from: nowhere else, or a commune that it left on a day (never, where only tenants are).
#[derive(Clone, Copy)]
pub(crate) struct Past {
    pub(crate) province: usize,
    pub(crate) commune: Commune,
    pub(crate) left: Day,
}

/// The facts of one person.
pub(crate) struct Bio {
    surname: &'static str,
    pub(crate) people: &'static str,
    /// Whether the registry is told of it.
    pub(crate) people_known: bool,
    pub(crate) name: Option<FullName>,
    pub(crate) birth: PartialDate,
    pub(crate) sex: Option<Sex>,
    pub(crate) number: Option<PersonalNumber>,
    /// Province of birth registration.
    pub(crate) province: usize,
    pub(crate) registered: Commune,
    birth_place: Address,
    hometown: Address,
    religion: Option<&'static str>,
    blood: Option<BloodGroup>,
    occupation: Option<&'static str>,
    pub(crate) formers: Vec<FormerClaim>,
    card: Option<Card>,
    pub(crate) father: Option<Relative>,
    pub(crate) mother: Option<Relative>,
    pub(crate) contact: Contact,
    pub(crate) nationalities: Vec<String>,
}

/// Invents the facts of a clan; `first` is the identifier of its first member.
pub(crate) fn of_clan(
    clan: &Clan,
    home: &Home,
    past: Option<Past>,
    first: i64,
    world: &World,
    numbers: &mut Numbers,
    draw: &mut Draw,
) -> Vec<Bio> {
    let religion = religion(draw);
    let mut order: Vec<usize> = (0..clan.members.len()).collect();
    order.sort_by_key(|m| clan.members[*m].born);
    let mut teller = Teller { clan, home, past, first, religion, absent: Vec::new(), bios: Vec::new() };
    teller.bios.resize_with(clan.members.len(), || None);
    for m in order {
        let bio = teller.tell(m, world, numbers, draw);
        teller.bios[m] = Some(bio);
    }
    let mut bios: Vec<Bio> = teller.bios.into_iter().flatten().collect();
    share_phones(clan, &mut bios, world.today, draw);
    bios
}

struct Teller<'a> {
    clan: &'a Clan,
    home: &'a Home,
    past: Option<Past>,
    first: i64,
    religion: Option<&'static str>,
    /// Parents who are not in the clan, by the parent who is; so that brothers and sisters share them.
    absent: Vec<(usize, FullName, &'static str)>,
    bios: Vec<Option<Bio>>,
}

impl Teller<'_> {
    fn told(&self, member: Option<usize>) -> Option<&Bio> {
        self.bios.get(member?)?.as_ref()
    }

    fn tell(&mut self, m: usize, world: &World, numbers: &mut Numbers, draw: &mut Draw) -> Bio {
        let member = &self.clan.members[m];
        let born = member.born.year();
        let people = self.people(member, draw);
        let maternal = peoples::custom_of(people).is_some_and(|c| c.maternal);
        let (surname, father, mother) = self.parents(m, people, maternal, world, draw);
        let name = world.names.full(surname, member.sex, born, people, draw);
        let (mut province, mut registered) = self.registered(member, world, draw);
        let prefix = |of: usize| world.places.origins[of].province.pin_prefix;
        let mut number = numbers.personal(prefix(province), member.sex, born);
        if number.is_none() {
            // Another province has no more numbers for this neighbourhood: born here, then.
            (province, registered) = (self.home.own, self.home.commune);
            number = numbers.personal(prefix(province), member.sex, born);
        }
        let formers = formers(member, province, self.home.own, world, numbers, draw);
        Bio {
            people,
            people_known: true,
            name,
            birth: known_birth(member.born, draw),
            sex: Some(member.sex),
            number,
            birth_place: birth_place(born, province, registered, world, draw),
            hometown: self.hometown(member, province, registered, world, draw),
            surname,
            province,
            registered,
            religion: self.religion,
            blood: draw.chance(100).then(|| blood(draw)),
            occupation: occupation(member, self.home.urban, world.today, draw),
            formers,
            card: card::of(self.first + m as i64, member.born, member.died, world.today),
            father,
            mother,
            contact: Contact::default(),
            nationalities: vec!["VN".to_owned()],
        }
    }

    fn people(&self, member: &Member, draw: &mut Draw) -> &'static str {
        let (father, mother) = (self.told(member.father), self.told(member.mother));
        match (father, mother) {
            (_, Some(m)) if peoples::custom_of(m.people).is_some_and(|c| c.maternal) => m.people,
            (Some(parent), _) | (None, Some(parent)) => parent.people,
            // Most marry within their people.
            _ => match self.told(member.spouse) {
                Some(spouse) if draw.chance(940) => spouse.people,
                _ => self.home.peoples.draw(draw),
            },
        }
    }

    /// Family name and parents. Those outside the clan are known by name.
    fn parents(
        &mut self,
        m: usize,
        people: &'static str,
        maternal: bool,
        world: &World,
        draw: &mut Draw,
    ) -> (&'static str, Option<Relative>, Option<Relative>) {
        let Member { father, mother, born, .. } = self.clan.members[m];
        let year = born.year();
        let recorded = |first: i64, p: usize| Some(Relative::recorded(PersonId(first + p as i64)));
        let of = |teller: &Self, p: usize| teller.told(Some(p)).map(|b| b.surname).unwrap_or_default();
        let first = self.first;
        match (father, mother) {
            (Some(f), Some(w)) => {
                let from_mother = maternal || draw.chance(30);
                (of(self, if from_mother { w } else { f }), recorded(first, f), recorded(first, w))
            }
            (Some(f), None) => {
                let (name, surname) = self.absent_parent(f, Sex::Female, year, people, world, draw);
                let child = if maternal { surname } else { of(self, f) };
                (child, recorded(first, f), name.map(Relative::named))
            }
            (None, Some(w)) => {
                let own = &self.clan.members[w];
                // Where no father is entered, the child bears its mother's name.
                if own.status == MaritalStatus::Single && own.spouse.is_none() {
                    return (of(self, w), None, recorded(first, w));
                }
                let (name, surname) = self.absent_parent(w, Sex::Male, year, people, world, draw);
                (if maternal { of(self, w) } else { surname }, name.map(Relative::named), recorded(first, w))
            }
            (None, None) => {
                let surname = world.names.surname(people, draw);
                let other = world.names.surname(people, draw);
                let names = if maternal { [other, surname] } else { [surname, other] };
                let mut named = |surname: &str, sex| {
                    let known = year > 1945 || draw.chance(700);
                    let name = world.names.full(surname, sex, year.saturating_sub(28), people, draw);
                    name.map(Relative::named).filter(|_| known)
                };
                let (father, mother) = (named(names[0], Sex::Male), named(names[1], Sex::Female));
                (surname, father, mother)
            }
        }
    }

    /// Name and family name of the parent beside one who is in the clan, but is not in it: the same for all children.
    fn absent_parent(
        &mut self,
        beside: usize,
        sex: Sex,
        year: u16,
        people: &str,
        world: &World,
        draw: &mut Draw,
    ) -> (Option<FullName>, &'static str) {
        if let Some((_, name, surname)) = self.absent.iter().find(|(p, ..)| *p == beside) {
            return (Some(name.clone()), surname);
        }
        let surname = world.names.surname(people, draw);
        let name = world.names.full(surname, sex, year.saturating_sub(28), people, draw);
        if let Some(name) = &name {
            self.absent.push((beside, name.clone(), surname));
        }
        (name, surname)
    }

    /// Where the birth was registered.
    fn registered(&self, member: &Member, world: &World, draw: &mut Draw) -> (usize, Commune) {
        let own = self.home.own;
        let child = member.father.or(member.mother).is_some();
        match self.past {
            Some(past) if member.born < past.left && (child || draw.chance(850)) => {
                (past.province, past.commune)
            }
            _ if child => {
                // Parents who came from elsewhere brought their older children along.
                let parent = self.told(member.mother).or(self.told(member.father));
                match parent {
                    Some(parent) if parent.province != own && draw.chance(60) => {
                        (parent.province, parent.registered)
                    }
                    _ => (own, self.home.commune),
                }
            }
            _ => match draw.below(100) {
                0..74 => (own, self.home.commune),
                74..86 => (own, world.places.commune(own, draw)),
                _ => {
                    let province = world.places.elsewhere(own, draw);
                    (province, world.places.commune(province, draw))
                }
            },
        }
    }

    fn hometown(
        &self,
        member: &Member,
        province: usize,
        registered: Commune,
        world: &World,
        draw: &mut Draw,
    ) -> Address {
        if let Some(father) = self.told(member.father) {
            return father.hometown.clone();
        }
        let old = member.born.year() < 1965;
        match draw.below(100) {
            0..70 => registered.address(String::new()),
            70..84 if !old => world.places.commune(province, draw).address(String::new()),
            _ => {
                // Old papers name a district and a province of their time, without any code.
                let province =
                    if draw.chance(500) { province } else { world.places.elsewhere(self.home.own, draw) };
                let commune = world.places.commune(province, draw);
                let district =
                    units::find(commune.old, Era::Before2025).and_then(|u| u.parent()).map(|u| u.name());
                let text = format!(
                    "{}, {}",
                    district.unwrap_or_default(),
                    world.places.origins[province].province.name
                );
                Address { text, ..Address::default() }
            }
        }
    }
}

/// The date as the papers give it: the older, the less.
fn known_birth(born: Day, draw: &mut Draw) -> PartialDate {
    let (year_only, month) = match born.year() {
        ..1950 => (330, 420),
        1950..1960 => (180, 240),
        1960..1972 => (60, 80),
        _ => (0, 0),
    };
    let (year, m, _) = born.ymd();
    let at = draw.below(1000);
    let part = match at {
        _ if at < year_only => PartialDate::new(year as u16, 0, 0),
        _ if at < month => PartialDate::new(year as u16, m as u8, 0),
        _ => Ok(born.date()),
    };
    part.unwrap_or_default()
}

fn birth_place(born: u16, province: usize, registered: Commune, world: &World, draw: &mut Draw) -> Address {
    if born < 1982 || draw.chance(220) {
        return registered.address(String::new());
    }
    let hospital = match draw.below(3) {
        0 => "Bệnh viện Phụ sản ",
        _ => "Bệnh viện Đa khoa ",
    };
    Address { text: [hospital, &world.places.origins[province].name].concat(), ..Address::default() }
}

/// The stream of those whose former number is drawn apart.
const FORMERS: u64 = 0xF0;

/// How many in a thousand had a nine-digit number when their province stopped issuing them, by their age on that day: from
/// 14 one could have one, and who finished school, worked or married needed one.
fn had_former(age: i32) -> u32 {
    match age {
        ..14 => 0,
        14 => 350,
        15 => 650,
        16 => 850,
        17 => 950,
        _ => 985,
    }
}

/// Nine-digit numbers were issued from the age of 14, until another card replaced them. Who moved had a second one.
fn formers(
    member: &Member,
    province: usize,
    own: usize,
    world: &World,
    numbers: &mut Numbers,
    draw: &mut Draw,
) -> Vec<FormerClaim> {
    let asked = draw.below(1000);
    let early = match member.born.year() {
        ..1996 => 940,
        1996..2001 => 550,
        _ => 0,
    };
    // Who is one of the last to have had one, or of the few elder, is drawn apart: everybody else of a seed remains who they are.
    let mut apart = draw.apart(FORMERS);
    let late = asked >= early;
    let draw = if late { &mut apart } else { draw };
    let mut issuers = vec![if draw.chance(800) { province } else { own }];
    let stopped = match world.places.origins.get(issuers[0]) {
        Some(origin) if late => Day::from_date(last_nine_digits(origin.province.code)),
        _ => None,
    };
    let stopped = stopped.unwrap_or(Day::of(2015, 12, 31));
    let last = member.died.unwrap_or(stopped).min(stopped);
    if late && asked >= had_former(last.years_since(member.born)) {
        return Vec::new();
    }
    let first = member.born.plus_years(if late { 14 } else { 15 }).max(Day::of(1979, 1, 1));
    if draw.chance(if province == own { 50 } else { 350 }) {
        let before = [province, own].into_iter().find(|p| *p != issuers[0]);
        issuers.push(before.unwrap_or_else(|| world.places.elsewhere(own, draw)));
    }
    let latest = if late { last.0 } else { last.0 - 3000 };
    let mut from = Day(draw.between(first.0, first.0.max(latest).min(first.0 + 7000)));
    let mut claims = Vec::new();
    for issuer in issuers {
        let origin = &world.places.origins[issuer];
        let Some(number) = numbers.former(origin.area) else { continue };
        let issuer = ["Công an ", &origin.name].concat();
        claims.push(FormerClaim { number, issuer, from: from.date(), until: from.plus_years(15).date() });
        from = Day(draw.between(from.0 + 400, from.0 + 4000));
        if from > last {
            break;
        }
    }
    claims
}

fn religion(draw: &mut Draw) -> Option<&'static str> {
    match draw.below(1000) {
        0..70 => Some("Phật giáo"),
        70..125 => Some("Công giáo"),
        125..135 => Some("Tin Lành"),
        135..141 => Some("Cao Đài"),
        _ => None,
    }
}

fn blood(draw: &mut Draw) -> BloodGroup {
    match draw.below(100) {
        0..43 => BloodGroup::O,
        43..73 => BloodGroup::B,
        73..94 => BloodGroup::A,
        _ => BloodGroup::Ab,
    }
}

/// Occupation as clerks write it.
fn occupation(member: &Member, urban: bool, today: Day, draw: &mut Draw) -> Option<&'static str> {
    const TOWN: &[&str] = &[
        "Buôn bán",
        "Buôn bán",
        "Công nhân",
        "Công nhân",
        "Nhân viên văn phòng",
        "Lao động tự do",
        "Lao động tự do",
        "Lái xe",
        "Giáo viên",
        "Nhân viên khách sạn",
        "Nhân viên bán hàng",
        "Đầu bếp",
        "Thợ xây",
        "Thợ điện",
        "Kế toán",
        "Công chức",
        "Viên chức",
        "Kỹ sư",
        "Điều dưỡng",
        "Hướng dẫn viên du lịch",
        "Thợ may",
        "Ngư dân",
        "Thợ sửa xe",
        "Bảo vệ",
    ];
    const VILLAGE: &[&str] = &[
        "Nông dân",
        "Nông dân",
        "Nông dân",
        "Nông dân",
        "Làm rẫy",
        "Ngư dân",
        "Buôn bán",
        "Công nhân",
        "Lao động tự do",
        "Thợ xây",
        "Lái xe",
        "Giáo viên",
        "Chăn nuôi",
        "Nuôi trồng thủy sản",
        "Công chức",
        "Thợ mộc",
    ];
    let age = member.died.unwrap_or(today).years_since(member.born);
    match age {
        ..6 => None,
        6..18 => Some("Học sinh"),
        18..23 if draw.chance(450) => Some("Sinh viên"),
        60.. if draw.chance(700) => Some(if urban && draw.chance(500) { "Hưu trí" } else { "Già yếu" }),
        _ if member.sex == Sex::Female && draw.chance(160) => Some("Nội trợ"),
        _ if draw.chance(60) => None,
        _ => Some(*draw.pick::<&'static str>(if urban { TOWN } else { VILLAGE })),
    }
}

/// A telephone number that nobody has: 010 is no area code (those begin with 02) and no mobile prefix (03, 05, 07, 08,
/// 09; before 2018 also 012, 016, 018, 019), and ten digits is the length of a mobile number.
fn phone(draw: &mut Draw) -> String {
    let mut phone = String::with_capacity(10);
    phone.push_str("010");
    digits(&mut phone, draw.below(10_000_000).into(), 7);
    phone
}

/// In most households one telephone serves the whole family (PAIN-13); in the others every adult has one.
fn share_phones(clan: &Clan, bios: &mut [Bio], today: Day, draw: &mut Draw) {
    for core in &clan.cores {
        let one = draw.chance(600).then(|| phone(draw));
        for m in core.adults.iter().chain(&core.kids).chain(&core.kin) {
            let member = &clan.members[*m];
            let adult = today.years_since(member.born) >= 16;
            let Some(bio) = bios.get_mut(*m) else { continue };
            if member.died.is_some() || !draw.chance(920) {
                continue;
            }
            bio.contact.phones.extend(one.clone().or_else(|| adult.then(|| phone(draw))));
            if adult && today.years_since(member.born) < 55 && draw.chance(120) {
                let name =
                    bio.name.as_ref().map(|n| n.folded().replace([' ', '\''], ".")).unwrap_or_default();
                bio.contact.emails.push(format!("{name}{}@example.com", draw.below(1000)));
            }
        }
    }
}

impl Bio {
    /// Another telephone.
    pub(crate) fn new_contact(&self, draw: &mut Draw) -> Contact {
        Contact { phones: vec![phone(draw)], emails: self.contact.emails.clone() }
    }

    /// The facts of a first registration or birth, which is told once: what no later act needs is handed over. `number`
    /// where it is known by then.
    pub(crate) fn take_facts(
        &mut self,
        status: Option<MaritalStatus>,
        number: Option<PersonalNumber>,
    ) -> Vec<Fact> {
        let mut facts = Vec::with_capacity(19);
        let mut tell = |known: bool, fact: Fact| {
            if known {
                facts.push(fact);
            }
        };
        tell(self.name.is_some(), Fact::Name(self.name.clone()));
        tell(!self.birth.is_unknown(), Fact::BirthDate(self.birth));
        tell(self.sex.is_some(), Fact::Sex(self.sex));
        tell(number.is_some(), Fact::Number(number));
        tell(!self.formers.is_empty(), Fact::FormerNumbers(self.formers.clone()));
        tell(self.card.is_some(), Fact::Card(take(&mut self.card)));
        tell(true, Fact::BirthPlace(take(&mut self.birth_place)));
        tell(true, Fact::BirthRegistration(self.registered.address(String::new())));
        tell(true, Fact::Hometown(take(&mut self.hometown)));
        tell(self.people_known, Fact::Ethnicity(Some(self.people.to_owned())));
        tell(true, Fact::Nationalities(take(&mut self.nationalities)));
        tell(self.religion.is_some(), Fact::Religion(self.religion.map(str::to_owned)));
        tell(self.blood.is_some(), Fact::BloodGroup(self.blood));
        tell(self.occupation.is_some(), Fact::Occupation(self.occupation.map(str::to_owned)));
        tell(status.is_some(), Fact::MaritalStatus(status));
        tell(self.father.is_some(), Fact::Father(take(&mut self.father)));
        tell(self.mother.is_some(), Fact::Mother(take(&mut self.mother)));
        tell(!self.contact.is_empty(), Fact::Contact(self.contact.clone()));
        facts
    }
}
