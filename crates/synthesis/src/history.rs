//! The life of a clan, day by day, told as acts.
//!
//! The plan ([`crate::plan`]) says what is to happen and when; this is the small world in which it happens: who lives
//! in which household with which head. An event that the state of the world has made impossible is dropped, so that
//! every act fits the acts before it.

use crate::{
    bio::{Bio, Past, World},
    clan::{Clan, relation},
    corruptions,
    day::Day,
    draw::Draw,
    files::household_file,
    numbers::Numbers,
    places::Home,
    plan::{Event, Plan},
    record::{Book, DATABASE},
};
use population::{
    acts::{Content, Member as Place},
    model::{Fact, MaritalStatus, Relation, Relative},
};
use std::collections::BTreeMap;
use vocabulary::{Address, FullName, HouseholdId, PersonId, PersonalNumber};

struct House {
    id: HouseholdId,
    address: Address,
    members: Vec<usize>,
    head: usize,
    open: bool,
}

/// A clan while it lives.
pub(crate) struct History<'a, 'b> {
    clan: Clan,
    bios: &'a mut [Bio],
    home: &'a Home,
    past: Option<Past>,
    first: i64,
    next_household: &'a mut i64,
    world: &'a World,
    numbers: &'a mut Numbers,
    draw: &'a mut Draw,
    book: &'a mut Book<'b>,
    events: BTreeMap<(Day, u32), Event>,
    planned: u32,
    houses: Vec<House>,
    house_of: Vec<Option<usize>>,
    /// Will join a household later, and has not yet.
    joiner: Vec<bool>,
    core_of: Vec<usize>,
    /// The number in force, once told.
    number: Vec<Option<PersonalNumber>>,
    gone: Vec<bool>,
    elsewhere: Option<Address>,
}

/// What a history needs besides the clan.
pub(crate) struct Setting<'a, 'b> {
    pub(crate) bios: &'a mut [Bio],
    pub(crate) home: &'a Home,
    pub(crate) first: i64,
    pub(crate) next_household: &'a mut i64,
    pub(crate) world: &'a World,
    pub(crate) numbers: &'a mut Numbers,
    pub(crate) draw: &'a mut Draw,
    pub(crate) book: &'a mut Book<'b>,
}

/// Lets a clan live, and writes its acts into the book.
pub(crate) fn live(clan: Clan, plan: Plan, setting: Setting<'_, '_>) {
    let Setting { bios, home, first, next_household, world, numbers, draw, book } = setting;
    let count = clan.members.len();
    let mut core_of = vec![0; count];
    for (i, core) in clan.cores.iter().enumerate() {
        for m in core.adults.iter().chain(&core.kids).chain(&core.kin) {
            core_of[*m] = i;
        }
    }
    let mut history = History {
        bios,
        home,
        past: plan.past,
        first,
        next_household,
        world,
        numbers,
        draw,
        book,
        events: BTreeMap::new(),
        planned: 0,
        houses: Vec::new(),
        house_of: vec![None; count],
        joiner: plan.joiners,
        core_of,
        number: vec![None; count],
        gone: vec![false; count],
        elsewhere: None,
        clan,
    };
    if let Some(past) = history.past {
        history.elsewhere = Some(history.world.places.address(past.province, past.commune, history.draw));
    }
    for (day, event) in plan.events {
        history.plan(day, event);
    }
    while let Some(((day, _), event)) = history.events.pop_first() {
        history.happen(day, event);
    }
    history.settle_rest();
}

impl History<'_, '_> {
    fn plan(&mut self, day: Day, event: Event) {
        if day <= self.world.today {
            self.planned += 1;
            self.events.insert((day, self.planned), event);
        }
    }

    fn write(&mut self, day: Day, content: Content) {
        self.book.write(day, content, self.draw);
    }

    fn id(&self, m: usize) -> PersonId {
        PersonId(self.first + m as i64)
    }

    fn ids(&self, members: &[usize]) -> Vec<PersonId> {
        members.iter().map(|m| self.id(*m)).collect()
    }

    fn alive(&self, m: usize, day: Day) -> bool {
        let member = &self.clan.members[m];
        member.born <= day && member.died.is_none_or(|died| day < died)
    }

    fn age(&self, m: usize, day: Day) -> i32 {
        day.years_since(self.clan.members[m].born)
    }

    /// The household of someone who lives in one and can act on a day.
    fn resident(&self, m: usize, day: Day) -> Option<usize> {
        self.house_of[m].filter(|_| self.alive(m, day))
    }

    fn headed(&self, house: usize, day: Day) -> bool {
        let House { head, ref members, open, .. } = self.houses[house];
        open && members.contains(&head) && self.alive(head, day)
    }

    fn places(&self, members: &[usize], head: usize) -> Vec<Place> {
        members
            .iter()
            .map(|m| Place { person: self.id(*m), relation: relation(&self.clan.members, head, *m) })
            .collect()
    }

    fn home_address(&mut self) -> Address {
        self.home.commune.address(self.home.streets.detail(self.draw))
    }

    fn address_elsewhere(&mut self) -> Address {
        let province = self.world.places.elsewhere(self.home.own, self.draw);
        let commune = self.world.places.commune(province, self.draw);
        self.world.places.address(province, commune, self.draw)
    }

    fn build(&mut self, address: Address, members: Vec<usize>, head: usize) -> HouseholdId {
        *self.next_household += 1;
        let id = HouseholdId(*self.next_household);
        for m in &members {
            self.leave(*m);
            self.house_of[*m] = Some(self.houses.len());
            self.joiner[*m] = false;
        }
        self.houses.push(House { id, address, members, head, open: true });
        id
    }

    fn enter(&mut self, m: usize, house: usize) {
        self.leave(m);
        self.house_of[m] = Some(house);
        self.joiner[m] = false;
        self.houses[house].members.push(m);
    }

    fn leave(&mut self, m: usize) {
        if let Some(house) = self.house_of[m].take() {
            self.houses[house].members.retain(|x| *x != m);
        }
    }

    fn happen(&mut self, day: Day, event: Event) {
        match event {
            Event::First(m) => self.appear(day, m),
            Event::Number(m) => self.issue(day, m),
            Event::Form => self.form(day),
            Event::Marry(core) => self.marry(day, core),
            Event::Join(m, anchor) => self.join(day, m, anchor),
            Event::Split(core) => self.split(day, core),
            Event::Die(m) => self.die(day, m),
            Event::Heir(house) => self.inherit(day, house, None),
            Event::Close(house) => self.close(day, house),
            Event::Merge(house) => self.merge(day, house),
            Event::HandOver => self.hand_over(day),
            Event::Move => self.move_house(day),
            Event::Rent(core) => self.rent(day, core),
            Event::Absent(m) => self.go_away(day, m),
            Event::Return(m) => {
                if self.resident(m, day).is_some() {
                    let persons = self.ids(&[m]);
                    self.write(day, Content::AbsenceEnded { persons });
                }
            }
            Event::Lodge(m) => {
                if self.resident(m, day).is_some() {
                    let address = self.address_elsewhere();
                    let until = day.plus(self.draw.between(300, 725)).date();
                    self.write(day, Content::TemporaryResidence { persons: self.ids(&[m]), address, until });
                }
            }
            Event::Stay(m) => {
                if self.resident(m, day).is_some() {
                    let address = self.address_elsewhere();
                    let until = day.plus(self.draw.between(1, 14)).date();
                    self.write(day, Content::Stay { persons: self.ids(&[m]), address, until });
                }
            }
            Event::Divorce(core) => self.divorce(day, core),
            Event::MoveOut(m) => self.move_out(day, m),
            Event::Emigrate(m) => self.emigrate(day, m),
            Event::Contact(m) => {
                if self.alive(m, day) {
                    let contact = self.bios[m].new_contact(self.draw);
                    self.write(day, Content::ContactChange { person: self.id(m), contact });
                }
            }
            Event::Former(m) => {
                if let Some(claim) = self.bios[m].formers.last().cloned() {
                    self.write(day, Content::FormerNumberAdded { person: self.id(m), claim });
                }
            }
            Event::Correct(m) => {
                let facts = vec![Fact::Name(self.bios[m].name.clone())];
                self.write(day, Content::Correction { person: self.id(m), facts });
            }
            Event::Renumber(m) => self.renumber(day, m),
            Event::Adopt(m) => {
                let member = &self.clan.members[m];
                let recorded = |p: Option<usize>| p.map(|p| Relative::recorded(self.id(p)));
                let (father, mother) = (recorded(member.father), recorded(member.mother));
                self.write(day, Content::Adoption { child: self.id(m), father, mother });
            }
            Event::Guard(m) => {
                if let Some(house) = self.resident(m, day).filter(|h| self.headed(*h, day)) {
                    let guardian = Some(Relative::recorded(self.id(self.houses[house].head)));
                    self.write(day, Content::Guardianship { ward: self.id(m), guardian });
                }
            }
        }
    }

    /// A person enters the registry: by birth into a household, or by the first collection of data.
    fn appear(&mut self, day: Day, m: usize) {
        let member = &self.clan.members[m];
        let (adopted, grown) = (member.adopted, self.age(m, self.world.today) >= 18);
        let status =
            grown.then_some(if member.spouse.is_some() { MaritalStatus::Single } else { member.status });
        let host = self.clan.cores[self.core_of[m]].adults.first().copied();
        let parent = member.mother.or(member.father);
        let family = [member.mother, member.father, host.filter(|_| parent.is_none())];
        let house =
            family.into_iter().flatten().filter_map(|p| self.house_of[p]).next().filter(|_| !self.joiner[m]);
        let number = self.first_number(day, m);
        self.number[m] = number;
        let mut facts = self.bios[m].take_facts(status, number);
        self.first_version(m, &mut facts);
        if adopted {
            facts.retain(|f| !matches!(f, Fact::Father(_) | Fact::Mother(_)));
        }
        let tenant = self.clan.cores[0].tenant;
        // Of those who moved in during the last decade the address before is known too.
        let since = self.world.today.plus(-3650);
        let joins =
            |((day, _), e): (&(Day, u32), &Event)| matches!(e, Event::Join(x, _) if *x == m) && *day >= since;
        let came = self.joiner[m] && parent.is_none() && self.events.iter().any(joins);
        if let Some(address) = self.elsewhere.clone().filter(|_| tenant) {
            facts.push(Fact::Permanent(address));
        } else if came {
            let bio = &self.bios[m];
            let address = self.world.places.address(bio.province, bio.registered, self.draw);
            facts.push(Fact::Permanent(address));
        }
        let effective = self.bios[m].birth;
        let recent = day >= Day::of(2016, 1, 1);
        let content = match house.filter(|_| !tenant) {
            Some(house) => {
                let relation = Some(relation(&self.clan.members, self.houses[house].head, m));
                let address = self.houses[house].address.clone();
                let household = Some(self.houses[house].id);
                self.enter(m, house);
                Content::Birth { child: self.id(m), facts, household, address, relation }
            }
            None if recent => Content::Birth {
                child: self.id(m),
                facts,
                household: None,
                address: Address::default(),
                relation: None,
            },
            None => Content::Registration { person: self.id(m), facts },
        };
        self.book.write_dated(day, effective, content, self.draw);
    }

    /// The number with which a person enters: those born since the database began get theirs by an act of its own.
    fn first_number(&mut self, day: Day, m: usize) -> Option<PersonalNumber> {
        let bio = &self.bios[m];
        if day >= DATABASE {
            return None;
        }
        let wrong = self.events.values().any(|e| *e == Event::Renumber(m));
        match bio.number {
            Some(right) if wrong => {
                let shape = right.shape();
                self.numbers.personal(shape.prefix, shape.sex, shape.year + 1)
            }
            number => number,
        }
    }

    /// What is corrected or completed later is told differently first.
    fn first_version(&mut self, m: usize, facts: &mut Vec<Fact>) {
        for event in self.events.values() {
            match event {
                Event::Correct(x) if *x == m => {
                    // Keyed in without diacritics.
                    let bare = self.bios[m]
                        .name
                        .as_ref()
                        .and_then(|n| FullName::parse(&corruptions::bare(n.reveal())).ok());
                    facts
                        .iter_mut()
                        .filter(|f| matches!(f, Fact::Name(_)))
                        .for_each(|f| *f = Fact::Name(bare.clone()));
                }
                Event::Former(x) if *x == m => {
                    for fact in facts.iter_mut() {
                        if let Fact::FormerNumbers(claims) = fact {
                            claims.pop();
                        }
                    }
                    facts.retain(|f| !matches!(f, Fact::FormerNumbers(claims) if claims.is_empty()));
                }
                _ => {}
            }
        }
    }

    fn issue(&mut self, day: Day, m: usize) {
        if let Some(number) = self.bios[m].number.filter(|_| self.alive(m, day)) {
            self.number[m] = Some(number);
            self.write(day, Content::NumberIssued { person: self.id(m), number });
        }
    }

    fn renumber(&mut self, day: Day, m: usize) {
        if let Some(number) = self.number[m].filter(|n| Some(*n) != self.bios[m].number) {
            let replaced_by = self.bios[m].number;
            self.number[m] = replaced_by;
            let reason = "Năm sinh trong số định danh bị ghi sai".to_owned();
            self.write(day, Content::NumberCancelled { person: self.id(m), number, replaced_by, reason });
        }
    }

    fn form(&mut self, day: Day) {
        let waiting = |h: &Self, m: &usize| h.alive(*m, day) && h.house_of[*m].is_none() && !h.joiner[*m];
        let members: Vec<usize> = (0..self.clan.members.len()).filter(|m| waiting(self, m)).collect();
        let mut adults = self.clan.cores[0].adults.iter().copied().filter(|a| members.contains(a));
        let wife_heads = self.draw.chance(170);
        let Some(head) =
            (if wife_heads { adults.next_back() } else { adults.next() }).or(members.first().copied())
        else {
            return;
        };
        let address = match self.elsewhere.clone() {
            Some(elsewhere) => elsewhere,
            None => self.home_address(),
        };
        let household = self.build(address.clone(), members.clone(), head);
        let file = household_file(self.home.commune.old.as_str(), household);
        let members = self.places(&members, head);
        self.write(day, Content::HouseholdFormed { household, address, file, members });
    }

    fn marry(&mut self, day: Day, core: usize) {
        if let [husband, wife] = self.clan.cores[core].adults[..]
            && self.alive(husband, day)
            && self.alive(wife, day)
        {
            let (first, second) = (self.id(husband), Relative::recorded(self.id(wife)));
            self.write(day, Content::Marriage { first, second });
        }
    }

    fn join(&mut self, day: Day, m: usize, anchor: usize) {
        if !self.alive(m, day) || !self.joiner[m] {
            return;
        }
        let Some(house) = self.house_of[anchor].filter(|h| self.houses[*h].open) else {
            // The household is still to be formed: it will be formed with them.
            self.joiner[m] = false;
            return;
        };
        self.enter(m, house);
        let House { id: household, head, ref address, .. } = self.houses[house];
        let address = address.clone();
        self.write(day, Content::Move { members: self.places(&[m], head), household, address });
    }

    fn under(&self, m: usize, core: usize) -> bool {
        let mut at = Some(self.core_of[m]);
        while let Some(c) = at {
            if c == core {
                return true;
            }
            at = self.clan.cores[c].parent;
        }
        false
    }

    fn split(&mut self, day: Day, core: usize) {
        let Some(anchor) = self.clan.cores[core].anchor else { return };
        let Some(house) = self.resident(anchor, day) else { return };
        let all = self.houses[house].members.clone();
        let movers: Vec<usize> = all.iter().copied().filter(|m| self.under(*m, core)).collect();
        if movers.len() == all.len() || movers.contains(&self.houses[house].head) {
            return;
        }
        let mut adults = self.clan.cores[core].adults.iter().copied().filter(|a| movers.contains(a));
        let Some(head) = (if self.draw.chance(150) { adults.next_back() } else { adults.next() }) else {
            return;
        };
        self.split_off(day, house, movers, head);
    }

    fn split_off(&mut self, day: Day, house: usize, movers: Vec<usize>, head: usize) {
        let from = self.houses[house].id;
        let address = self.home_address();
        let to = self.build(address.clone(), movers.clone(), head);
        let members = self.places(&movers, head);
        self.write(day, Content::HouseholdSplit { from, to, address, members });
    }

    fn die(&mut self, day: Day, m: usize) {
        let spouse = self.clan.members[m].spouse.filter(|s| self.alive(*s, day));
        let spouse = spouse.map(|s| self.id(s));
        self.write(day, Content::Death { person: self.id(m), spouse });
        let Some(house) = self.house_of[m] else { return };
        self.leave(m);
        let soon = day.plus(self.draw.between(10, 40));
        let left = &self.houses[house].members;
        if left.is_empty() {
            self.plan(soon, Event::Close(house));
        } else if self.houses[house].head == m {
            let lone = left.len() == 1 && self.age(left[0], day) >= 60;
            self.plan(soon, Event::Heir(house));
            if lone && self.draw.chance(700) {
                let later = soon.plus(self.draw.between(20, 300));
                self.plan(later, Event::Merge(house));
            }
        }
    }

    /// Another head: the spouse of the last one, else the eldest grown-up.
    fn inherit(&mut self, day: Day, house: usize, heir: Option<usize>) {
        if self.headed(house, day) && heir.is_none() || !self.houses[house].open {
            return;
        }
        let members = self.houses[house].members.clone();
        let last = self.houses[house].head;
        let spouse = self.clan.members[last].spouse.filter(|s| members.contains(s));
        let eldest = members.iter().copied().min_by_key(|m| self.clan.members[*m].born);
        let Some(head) = heir.or(spouse).or(eldest) else { return };
        self.houses[house].head = head;
        let household = self.houses[house].id;
        self.write(day, Content::HeadChanged { household, members: self.places(&members, head) });
    }

    fn close(&mut self, day: Day, house: usize) {
        if self.houses[house].open && self.houses[house].members.is_empty() {
            self.houses[house].open = false;
            let household = self.houses[house].id;
            self.write(day, Content::HouseholdClosed { household });
        }
    }

    /// Somebody who was left alone moves in with a child's household.
    fn merge(&mut self, day: Day, house: usize) {
        let members = self.houses[house].members.clone();
        let other = (0..self.houses.len()).find(|h| *h != house && self.headed(*h, day));
        let Some(into) = other.filter(|_| self.headed(house, day) && members.len() == 1) else { return };
        let from = self.houses[house].id;
        let House { id, head, ref address, .. } = self.houses[into];
        let address = address.clone();
        let places = self.places(&members, head);
        members.iter().for_each(|m| self.enter(*m, into));
        self.houses[house].open = false;
        self.write(day, Content::HouseholdMerged { from, into: id, address, members: places });
    }

    /// An old head hands over to a grown-up child in the household.
    fn hand_over(&mut self, day: Day) {
        let Some(house) = (!self.houses.is_empty()).then_some(0).filter(|h| self.headed(*h, day)) else {
            return;
        };
        let House { head, ref members, .. } = self.houses[house];
        let child = |m: &&usize| {
            relation(&self.clan.members, head, **m) == Relation::Child && self.age(**m, day) >= 25
        };
        if let Some(heir) = members.iter().find(child).copied().filter(|_| self.age(head, day) >= 58) {
            self.inherit(day, house, Some(heir));
        }
    }

    fn move_house(&mut self, day: Day) {
        let Some(house) = (!self.houses.is_empty()).then_some(0) else { return };
        if !self.headed(house, day) {
            return self.plan(day.plus(60), Event::Move);
        }
        let address = self.home_address();
        self.houses[house].address = address.clone();
        let House { id: household, head, ref members, .. } = self.houses[house];
        let members = self.places(members, head);
        self.elsewhere = None;
        self.write(day, Content::Move { members, household, address });
    }

    fn rent(&mut self, day: Day, core: usize) {
        let core = &self.clan.cores[core];
        let all = core.adults.iter().chain(&core.kids).chain(&core.kin).copied();
        let here: Vec<usize> = all.filter(|m| self.alive(*m, day)).collect();
        if here.is_empty() {
            return;
        }
        let address = self.home_address();
        let until = day.plus(self.draw.between(360, 728)).date();
        self.write(day, Content::TemporaryResidence { persons: self.ids(&here), address, until });
    }

    fn go_away(&mut self, day: Day, m: usize) {
        if self.resident(m, day).is_none() {
            return;
        }
        let address = self.address_elsewhere();
        let until = day.plus(self.draw.between(150, 700));
        let back = day.plus(self.draw.between(40, 140));
        let reason = match self.age(m, day) {
            ..23 => "Đi học",
            _ => "Đi làm ăn xa",
        };
        let reason = reason.to_owned();
        self.write(day, Content::Absence { persons: self.ids(&[m]), address, until: until.date(), reason });
        if self.draw.chance(400) {
            self.plan(back, Event::Return(m));
        }
    }

    fn divorce(&mut self, day: Day, core: usize) {
        let [husband, wife] = self.clan.cores[core].adults[..] else { return };
        if !self.alive(husband, day) || !self.alive(wife, day) || self.gone[husband] || self.gone[wife] {
            return;
        }
        for m in [husband, wife] {
            self.clan.members[m].spouse = None;
        }
        self.write(day, Content::Divorce { first: self.id(husband), second: Some(self.id(wife)) });
        // Who came into the other's family leaves it.
        let leaves = match self.clan.cores[core].anchor {
            Some(anchor) if anchor == husband => wife,
            _ => husband,
        };
        let soon = day.plus(self.draw.between(10, 60));
        self.plan(soon, Event::MoveOut(leaves));
    }

    fn move_out(&mut self, day: Day, m: usize) {
        let Some(house) = self.resident(m, day) else { return };
        if self.houses[house].members.len() < 2 {
            return;
        }
        if self.houses[house].head == m {
            let eldest = self.houses[house].members.iter().copied().filter(|x| *x != m);
            let heir = eldest.min_by_key(|x| self.clan.members[*x].born);
            self.inherit(day, house, heir);
        }
        self.split_off(day, house, vec![m], m);
    }

    fn emigrate(&mut self, day: Day, m: usize) {
        let free = |h: &House| h.head != m && h.members.len() > 1;
        if self.resident(m, day).is_some_and(|h| free(&self.houses[h])) {
            self.leave(m);
            self.gone[m] = true;
            let reason = if self.draw.chance(700) {
                "Ra nước ngoài để định cư"
            } else {
                "Vắng mặt liên tục trên 12 tháng"
            };
            self.write(day, Content::ResidenceEnded { persons: self.ids(&[m]), reason: reason.to_owned() });
        }
    }

    /// Nobody is left without a place: who has fallen out of every household forms one.
    fn settle_rest(&mut self) {
        let day = self.world.today;
        if self.clan.cores[0].tenant {
            return;
        }
        for m in 0..self.clan.members.len() {
            if self.house_of[m].is_none() && !self.gone[m] && self.alive(m, day) {
                let address = self.home_address();
                let household = self.build(address.clone(), vec![m], m);
                let members = self.places(&[m], m);
                let file = household_file(self.home.commune.old.as_str(), household);
                self.write(day, Content::HouseholdFormed { household, address, file, members });
            }
        }
    }
}
