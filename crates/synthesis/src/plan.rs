//! What is to happen to a clan, and when.

use crate::{
    bio::Past,
    clan::{Clan, Core},
    day::Day,
    draw::Draw,
    places::Places,
    record::DATABASE,
};
use population::model::{MaritalStatus, Relation};

/// Something that happens. Persons and cores are named by their place in the clan, households by order of formation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// The person enters the registry.
    First(usize),
    /// A number is issued to a child born since the database began.
    Number(usize),
    /// The first household is formed.
    Form,
    /// The couple of a core marries.
    Marry(usize),
    /// The first moves into the household of the second.
    Join(usize, usize),
    /// A core leaves the parents' household.
    Split(usize),
    Die(usize),
    /// A household gets another head after a death.
    Heir(usize),
    /// An empty household is closed.
    Close(usize),
    /// A person left alone joins a child's household.
    Merge(usize),
    /// An old head hands over.
    HandOver,
    /// The household comes here from elsewhere.
    Move,
    /// A core registers temporary residence.
    Rent(usize),
    Absent(usize),
    Return(usize),
    /// Temporary residence somewhere else.
    Lodge(usize),
    Stay(usize),
    Divorce(usize),
    MoveOut(usize),
    Emigrate(usize),
    Contact(usize),
    /// A former number becomes known.
    Former(usize),
    /// The name is corrected.
    Correct(usize),
    /// A wrong number is replaced.
    Renumber(usize),
    Adopt(usize),
    Guard(usize),
}

/// The plan for one clan.
pub(crate) struct Plan {
    pub(crate) events: Vec<(Day, Event)>,
    /// Who joins a household by moving in, not by birth or formation.
    pub(crate) joiners: Vec<bool>,
    pub(crate) past: Option<Past>,
}

struct Planner<'a> {
    clan: &'a Clan,
    today: Day,
    /// The decade of which the history is told in full begins here.
    decade: Day,
    formed: Day,
    plan: Plan,
}

/// Plans the life of a clan.
pub(crate) fn make(clan: &Clan, places: &Places, own: usize, today: Day, draw: &mut Draw) -> Plan {
    let formed = formed(clan, today, draw);
    let plan = Plan { events: Vec::new(), joiners: vec![false; clan.members.len()], past: None };
    let mut planner = Planner { clan, today, decade: today.plus(-3650), formed, plan };
    planner.plan.past = planner.past(places, own, draw);
    planner.lives(draw);
    for core in 0..clan.cores.len() {
        planner.core(core, draw);
    }
    planner.household(draw);
    planner.plan
}

/// When the first household is formed: soon after the marriage, or when the only adult is grown.
fn formed(clan: &Clan, today: Day, draw: &mut Draw) -> Day {
    let adult = |m: &usize| &clan.members[*m];
    let adults = &clan.cores[0].adults;
    let wish = match adults[..] {
        [one] => {
            let born = adult(&one).born;
            Day(draw.between(born.plus_years(19).0, born.plus_years(32).0))
                .min(today.plus(-40))
                .max(born.plus(30))
        }
        _ => adult(&adults[0]).married.unwrap_or(today).plus(draw.between(0, 500)),
    };
    let last = adults.iter().filter_map(|m| adult(m).died).map(|died| died.plus(-30)).min();
    wish.min(today.plus(-40)).min(last.unwrap_or(today))
}

impl Planner<'_> {
    fn add(&mut self, day: Day, event: Event) {
        self.plan.events.push((day, event));
    }

    /// Adds an event at some day of a span, with a chance in a thousand.
    fn perhaps(&mut self, chance: u32, from: Day, to: Day, event: Event, draw: &mut Draw) {
        if draw.chance(chance) && from <= to {
            let day = Day(draw.between(from.0, to.0));
            self.add(day, event);
        }
    }

    fn past(&self, places: &Places, own: usize, draw: &mut Draw) -> Option<Past> {
        let tenant = self.clan.cores[0].tenant;
        let (first, last) = (self.decade.max(self.formed.plus(60)), self.today.plus(-60));
        let movable = first < last && self.clan.cores.iter().all(|c| !c.apart);
        if !(tenant || movable && draw.chance(110)) {
            return None;
        }
        let near = if tenant { 200 } else { 450 };
        let province = if draw.chance(near) { own } else { places.elsewhere(own, draw) };
        let left = if tenant { Day(i32::MAX) } else { Day(draw.between(first.0, last.0)) };
        Some(Past { province, commune: places.commune(province, draw), left })
    }

    /// What concerns each person alone.
    fn lives(&mut self, draw: &mut Draw) {
        let (today, tenant) = (self.today, self.clan.cores[0].tenant);
        let recent = |days: i32| today.plus(-days);
        for (m, member) in self.clan.members.iter().enumerate() {
            let born = member.born;
            self.add(born, Event::First(m));
            if born >= DATABASE {
                self.add(born.plus(draw.between(1, 10)), Event::Number(m));
            }
            if let Some(died) = member.died {
                self.add(died, Event::Die(m));
                continue;
            }
            let age = today.years_since(born);
            let adult = Day(born.plus_years(18).0.max(DATABASE.0 + 20));
            self.perhaps(50, adult, recent(3), Event::Contact(m), draw);
            if born < DATABASE {
                self.perhaps(12, DATABASE.plus(20), recent(2), Event::Correct(m), draw);
                self.perhaps(3, DATABASE.plus(20), recent(2), Event::Renumber(m), draw);
            }
            if born.year() < 1996 {
                self.perhaps(25, DATABASE.plus(20), recent(2), Event::Former(m), draw);
            }
            if tenant || age < 16 {
                continue;
            }
            self.perhaps(15, recent(300), recent(1), Event::Stay(m), draw);
            match age {
                ..30 => self.perhaps(45, recent(700), recent(5), Event::Absent(m), draw),
                30..60 => self.perhaps(25, recent(700), recent(5), Event::Absent(m), draw),
                _ => {}
            }
            if (18..40).contains(&age) {
                self.perhaps(25, recent(600), recent(1), Event::Lodge(m), draw);
            }
            if (20..40).contains(&age) && member.spouse.is_none() && member.status == MaritalStatus::Single {
                self.perhaps(10, self.decade.max(born.plus_years(19)), recent(30), Event::Emigrate(m), draw);
            }
        }
    }

    /// What concerns a couple, its children and those who live with them.
    fn core(&mut self, at: usize, draw: &mut Draw) {
        let clan = self.clan;
        let core = &clan.cores[at];
        let married =
            core.adults.first().and_then(|a| clan.members[*a].married).filter(|_| core.adults.len() == 2);
        if let Some(married) = married {
            self.add(married, Event::Marry(at));
            self.divorce(at, core, married, draw);
        }
        if let Some(anchor) = core.anchor {
            let mut settled = clan.members[anchor].born.plus_years(20);
            if let (Some(married), Some(other)) = (married, core.adults.iter().find(|a| **a != anchor)) {
                settled = married.plus(draw.between(10, 50));
                self.plan.joiners[*other] = true;
                self.add(settled, Event::Join(*other, anchor));
            }
            let split = settled.plus(draw.between(60, 2500)).min(self.today.plus(-20));
            if core.apart && split > settled.plus(5) {
                self.add(split, Event::Split(at));
            }
        }
        for kin in &core.kin {
            self.kin(*kin, core, draw);
        }
        for kid in core.kids.iter().filter(|k| clan.members[**k].adopted) {
            let Some(mother) = clan.members[*kid].mother else { continue };
            let day = clan.members[*kid].born.plus(draw.between(200, 1500)).min(self.today.plus(-20));
            self.plan.joiners[*kid] = true;
            self.add(day, Event::Adopt(*kid));
            self.add(day.plus(5), Event::Join(*kid, mother));
        }
    }

    fn divorce(&mut self, at: usize, core: &Core, married: Day, draw: &mut Draw) {
        let parents = &core.adults;
        let child = |m: &&crate::clan::Member| {
            [m.father, m.mother].into_iter().flatten().any(|p| parents.contains(&p))
        };
        let last_child = self.clan.members.iter().filter(child).map(|m| m.born.plus(100)).max();
        let from = self.decade.max(married.plus(400)).max(last_child.unwrap_or(married));
        if !core.tenant && parents.iter().all(|m| self.clan.members[*m].died.is_none()) {
            self.perhaps(45, from, self.today.plus(-150), Event::Divorce(at), draw);
        }
    }

    fn kin(&mut self, kin: usize, core: &Core, draw: &mut Draw) {
        let born = self.clan.members[kin].born;
        let (from, to) =
            (self.decade.max(self.formed.plus(10)).max(born.plus_years(14)), self.today.plus(-30));
        let child = self.today.years_since(born) < 18;
        if child && self.clan.members[kin].loose == Relation::Grandchild {
            self.perhaps(300, self.decade.max(born.plus(100)), to, Event::Guard(kin), draw);
        }
        let host = core.adults.iter().find(|a| self.clan.members[**a].died.is_none());
        if let (false, Some(host)) = (child, host) {
            self.plan.joiners[kin] = true;
            let day = Day(draw.between(from.0, to.0.max(from.0)));
            self.add(day.min(self.today), Event::Join(kin, *host));
        }
    }

    /// What concerns the first household.
    fn household(&mut self, draw: &mut Draw) {
        let today = self.today;
        if self.clan.cores[0].tenant {
            let since = today.plus(-draw.between(10, 680));
            let young =
                self.clan.cores[0].adults.iter().map(|a| self.clan.members[*a].born).max().unwrap_or(today);
            if draw.chance(250) && since.plus(-700) > young.plus_years(16) {
                self.add(since.plus(-700), Event::Rent(0));
            }
            return self.add(since, Event::Rent(0));
        }
        self.add(self.formed, Event::Form);
        if let Some(past) = self.plan.past {
            self.add(past.left, Event::Move);
        }
        if self.clan.cores.iter().skip(1).any(|c| !c.apart) {
            self.perhaps(250, self.decade, today.plus(-30), Event::HandOver, draw);
        }
    }
}
