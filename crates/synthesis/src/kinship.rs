//! From a crowd to clans: who is married to whom, whose child is whose, who lives with whom.
//!
//! A neighbourhood of about a thousand people is joined at a time, so the memory does not grow with the population. The
//! ages are given by the projection and stay as they are; the kinship is fitted to them.

use crate::{
    clan::{Clan, Core, Member},
    day::Day,
    draw::Draw,
};
use population::model::{MaritalStatus, Relation};
use vocabulary::Sex;

/// Married persons in a thousand by age group of five years from 15 on; men, women.
const MARRIED: [[u32; 14]; 2] = [
    [0, 200, 520, 790, 880, 910, 920, 920, 920, 910, 890, 860, 810, 680],
    [40, 380, 700, 840, 880, 880, 870, 840, 790, 710, 620, 500, 390, 200],
];

/// Ages of a mother at a birth, and the fewest years of a father (half-open).
pub(crate) const MOTHER: (i32, i32) = (17, 45);

/// Days between two births of one mother, at least.
const SPACING: i32 = 300;

/// Oldest age that is told apart.
const AGES: usize = 111;

/// Joins the people of a neighbourhood into clans and adds so many dead of the last ten years.
pub(crate) fn join(
    people: impl Iterator<Item = (Sex, Day)>,
    dead: u64,
    today: Day,
    draw: &mut Draw,
) -> Vec<Clan> {
    let mut pool = Pool::new(people, today);
    pool.wed(draw);
    pool.raise(draw);
    pool.link_generations(draw);
    pool.place_others(draw);
    (0..dead).for_each(|_| pool.remember_dead(draw));
    pool.date_marriages(draw);
    pool.clans()
}

struct Pool {
    today: Day,
    people: Vec<Member>,
    cores: Vec<Core>,
    /// The core of each person who has one.
    core_of: Vec<Option<usize>>,
    /// Most children of each core.
    room: Vec<usize>,
    /// Cores by sex and age of an adult.
    by_age: [Vec<Vec<usize>>; 2],
    /// Cores formed on the parents' side of others, by core.
    children: Vec<Vec<usize>>,
}

fn side(sex: Sex) -> usize {
    usize::from(sex == Sex::Female)
}

impl Pool {
    fn new(people: impl Iterator<Item = (Sex, Day)>, today: Day) -> Pool {
        let people: Vec<Member> = people.map(|(sex, born)| Member::new(sex, born)).collect();
        let core_of = vec![None; people.len()];
        Pool {
            today,
            people,
            cores: Vec::new(),
            core_of,
            room: Vec::new(),
            by_age: [vec![Vec::new(); AGES], vec![Vec::new(); AGES]],
            children: Vec::new(),
        }
    }

    fn age(&self, person: usize) -> i32 {
        self.today.years_since(self.people[person].born)
    }

    fn open(&mut self, adults: Vec<usize>, draw: &mut Draw) -> usize {
        let core = self.cores.len();
        for a in &adults {
            self.core_of[*a] = Some(core);
            let age = (self.age(*a).max(0) as usize).min(AGES - 1);
            self.by_age[side(self.people[*a].sex)][age].push(core);
        }
        let old = adults.iter().any(|a| self.age(*a) >= 58);
        self.room.push(match draw.below(100) {
            ..8 => 1,
            8..58 if !old => 2,
            8..85 => 3,
            _ => 4,
        });
        self.cores.push(Core { adults, ..Core::default() });
        self.children.push(Vec::new());
        core
    }

    /// Couples, near in age; then the status of those who are alone, and their cores.
    fn wed(&mut self, draw: &mut Draw) {
        let mut women = Vec::new();
        let mut men: Vec<Vec<usize>> = vec![Vec::new(); AGES];
        for i in 0..self.people.len() {
            let (age, side) = (self.age(i), side(self.people[i].sex));
            let group = (age.clamp(0, 84) / 5 - 3).max(0) as usize;
            if age >= 21 - 2 * side as i32 && draw.chance(MARRIED[side][group.min(13)]) {
                if side == 1 { women.push(i) } else { men[(age as usize).min(AGES - 1)].push(i) }
            }
        }
        draw.shuffle(&mut women);
        for wife in women {
            // Husbands are three years older on the average, and seldom far from that.
            let aim = self.age(wife) + draw.between(0, 4) + draw.between(0, 4) - 1;
            let near = (0..=7).flat_map(|d| [aim - d, aim + d]).filter(|age| (21..AGES as i32).contains(age));
            if let Some(husband) = near.filter_map(|age| men[age as usize].pop()).next() {
                self.people[wife].spouse = Some(husband);
                self.people[husband].spouse = Some(wife);
                self.open(vec![husband, wife], draw);
            }
        }
        for i in 0..self.people.len() {
            if self.people[i].spouse.is_some() {
                continue;
            }
            let (age, woman) = (self.age(i), self.people[i].sex == Sex::Female);
            let (widowed, divorced) = match (age, woman) {
                (..23, _) => (0, 0),
                (23..40, true) => (30, 160),
                (23..40, false) => (10, 90),
                (40..60, true) => (330, 270),
                (40..60, false) => (200, 330),
                _ => (760, 80),
            };
            let at = draw.below(1000);
            let status = match at {
                _ if at < widowed => MaritalStatus::Widowed,
                _ if at < widowed + divorced => MaritalStatus::Divorced,
                _ => MaritalStatus::Single,
            };
            self.people[i].status = status;
            if status != MaritalStatus::Single || woman && age >= 22 && draw.chance(40) {
                self.open(vec![i], draw);
            }
        }
    }

    /// Whether someone can be a child of a core, by the ages of the parents and of the other children.
    fn fits(&self, child: usize, core: usize) -> bool {
        let born = self.people[child].born;
        let core = &self.cores[core];
        let old_enough = core.adults.iter().all(|a| {
            let parent = &self.people[*a];
            let most = if parent.sex == Sex::Female { MOTHER.1 } else { 65 };
            (MOTHER.0..most).contains(&born.years_since(parent.born))
        });
        old_enough && self.children_of(core).all(|c| (self.people[c].born.0 - born.0).abs() >= SPACING)
    }

    /// The children of a core: those at home and those with cores of their own.
    fn children_of<'a>(&'a self, core: &'a Core) -> impl Iterator<Item = usize> + 'a {
        let grown = core.adults.first().and_then(|a| self.core_of[*a]).map_or(&[][..], |c| &self.children[c]);
        core.kids.iter().copied().chain(grown.iter().filter_map(|c| self.cores[*c].anchor))
    }

    fn adopt_into(&mut self, child: usize, core: usize) {
        for a in &self.cores[core].adults {
            match self.people[*a].sex {
                Sex::Female => self.people[child].mother = Some(*a),
                _ => self.people[child].father = Some(*a),
            }
        }
    }

    /// A core whose woman (or lone man) is at a likely distance of age and can be the child's.
    fn find_parents(&self, child: usize, men: bool, crowded: bool, draw: &mut Draw) -> Option<usize> {
        let age = self.age(child);
        for _ in 0..30 {
            let years = if draw.chance(880) {
                19 + draw.between(0, 8) + draw.between(0, 9)
            } else {
                draw.between(MOTHER.0, MOTHER.1)
            } + if men { 3 } else { 0 };
            let Some(cores) =
                self.by_age[side(if men { Sex::Male } else { Sex::Female })].get((age + years) as usize)
            else {
                continue;
            };
            if cores.is_empty() {
                continue;
            }
            let core = *draw.pick(cores);
            let alone = self.cores[core].adults.len() == 1;
            let roomy = crowded
                || self.children_of(&self.cores[core]).count() < self.room[core] / if alone { 2 } else { 1 };
            if (!men || alone) && roomy && self.fits(child, core) {
                return Some(core);
            }
        }
        None
    }

    /// Children and young adults go to parents.
    fn raise(&mut self, draw: &mut Draw) {
        let mut young: Vec<usize> =
            (0..self.people.len()).filter(|i| self.core_of[*i].is_none() && self.age(*i) < 40).collect();
        draw.shuffle(&mut young);
        // The youngest have the smallest choice of mothers.
        young.sort_by_key(|i| self.age(*i) / 18);
        for child in young {
            let at_home = match self.age(child) {
                ..18 => 1000,
                18..23 => 780,
                23..28 => 620,
                28..34 => 430,
                _ => 250,
            };
            if !draw.chance(at_home) {
                continue;
            }
            let minor = at_home == 1000;
            let lone_father = draw.chance(30);
            let parents = self
                .find_parents(child, lone_father, false, draw)
                .or_else(|| self.find_parents(child, !lone_father, false, draw))
                .or_else(|| minor.then(|| self.find_parents(child, false, true, draw)).flatten())
                .or_else(|| minor.then(|| (0..self.cores.len()).find(|c| self.fits(child, *c))).flatten());
            if let Some(core) = parents {
                self.adopt_into(child, core);
                let couple = self.cores[core].adults.len() == 2;
                self.people[child].adopted = minor && couple && self.age(child) > 1 && draw.chance(3);
                self.cores[core].kids.push(child);
                self.core_of[child] = Some(core);
            } else if minor {
                self.take_in(child, draw);
            }
        }
    }

    /// A child without parents here lives with grandparents, or else with other kin.
    fn take_in(&mut self, child: usize, draw: &mut Draw) {
        let age = self.age(child);
        let oldest = |pool: &Pool, core: usize| {
            pool.cores[core].adults.iter().map(|a| pool.age(*a)).max().unwrap_or_default()
        };
        let mut found = None;
        for _ in 0..40 {
            if self.cores.is_empty() {
                break;
            }
            let core = draw.below(self.cores.len() as u32) as usize;
            let years = oldest(self, core) - age;
            if (38..75).contains(&years) {
                found = Some((core, Relation::Grandchild));
                break;
            }
            if years >= 18 {
                found = found.or(Some((core, Relation::Kin)));
            }
        }
        match found {
            Some((core, relation)) => {
                self.people[child].loose = relation;
                self.cores[core].kin.push(child);
                self.core_of[child] = Some(core);
            }
            None => {
                self.open(vec![child], draw);
            }
        }
    }

    /// Older cores are linked with the cores of their grown-up children, who live with them or have left.
    fn link_generations(&mut self, draw: &mut Draw) {
        let age_of = |pool: &Pool, core: usize| {
            pool.cores[core].adults.iter().map(|a| pool.age(*a)).max().unwrap_or_default()
        };
        let mut elders: Vec<usize> = (0..self.cores.len()).filter(|c| age_of(self, *c) >= 43).collect();
        draw.shuffle(&mut elders);
        for elder in elders {
            let (first, second) = match age_of(self, elder) {
                ..50 => (150, 0),
                50..60 => (600, 150),
                _ => (880, 300),
            };
            for chance in [first, second] {
                if draw.chance(chance)
                    && let Some((core, anchor)) = self.find_heir(elder, draw)
                {
                    // One grown-up child stays with the parents, if any does.
                    let stays = self.children[elder].iter().all(|c| self.cores[*c].apart) && draw.chance(620);
                    self.adopt_into(anchor, elder);
                    let heir = &mut self.cores[core];
                    (heir.parent, heir.anchor, heir.apart) = (Some(elder), Some(anchor), !stays);
                    self.children[elder].push(core);
                }
            }
        }
    }

    fn find_heir(&self, elder: usize, draw: &mut Draw) -> Option<(usize, usize)> {
        let senior = *self.cores[elder].adults.last()?;
        for _ in 0..24 {
            let years = 19 + draw.between(0, 9) + draw.between(0, 10);
            let men = draw.chance(730);
            let at = usize::try_from(self.age(senior) - years).ok()?;
            let cores = self.by_age[side(if men { Sex::Male } else { Sex::Female })].get(at)?;
            if cores.is_empty() {
                continue;
            }
            let core = *draw.pick(cores);
            let sex = if men { Sex::Male } else { Sex::Female };
            let anchor = self.cores[core].adults.iter().copied().find(|a| self.people[*a].sex == sex);
            if let Some(anchor) = anchor.filter(|a| self.age(*a) >= 18)
                && core != elder
                && self.cores[core].parent.is_none()
                && self.fits(anchor, elder)
            {
                return Some((core, anchor));
            }
        }
        None
    }

    /// Those who are left: they live alone, with kin, or here only for a time.
    fn place_others(&mut self, draw: &mut Draw) {
        for core in 0..self.cores.len() {
            let young = self.cores[core].adults.iter().all(|a| (19..40).contains(&self.age(*a)));
            let bound = self.cores[core].parent.is_some()
                || !self.children[core].is_empty()
                || !self.cores[core].kin.is_empty();
            self.cores[core].tenant = young && !bound && draw.chance(130);
        }
        let settled = self.cores.len();
        for person in 0..self.people.len() {
            if self.core_of[person].is_some() {
                continue;
            }
            let age = self.age(person);
            let (tenant, kin) = match age {
                ..25 => (560, 380),
                25..35 => (420, 400),
                _ => (90, 560),
            };
            let at = draw.below(1000);
            let host = (settled > 0).then(|| draw.below(settled as u32) as usize).filter(|c| {
                let core = &self.cores[*c];
                !core.tenant && core.kin.is_empty() && core.adults.iter().all(|a| self.age(*a) >= 25)
            });
            match host {
                Some(core) if at >= tenant && at < tenant + kin => {
                    let peer = self.cores[core].adults.iter().any(|a| (self.age(*a) - age).abs() < 16);
                    self.people[person].loose =
                        if peer && draw.chance(700) { Relation::Sibling } else { Relation::Kin };
                    self.cores[core].kin.push(person);
                    self.core_of[person] = Some(core);
                }
                _ => {
                    let core = self.open(vec![person], draw);
                    self.cores[core].tenant = at < tenant;
                }
            }
        }
    }

    /// Adds one person who died in the last ten years: a widow's husband, a parent, or somebody who lived alone.
    fn remember_dead(&mut self, draw: &mut Draw) {
        let died = self.today.plus(-draw.between(130, 3650));
        for _ in 0..if self.cores.is_empty() { 0 } else { 60 } {
            let core = draw.below(self.cores.len() as u32) as usize;
            if self.cores[core].tenant || self.cores[core].parent.is_some() {
                continue;
            }
            if self.bury_spouse(core, died, draw) || self.bury_parent(core, died, draw) {
                return;
            }
        }
        let sex = if draw.chance(500) { Sex::Male } else { Sex::Female };
        let dead = self.dead(sex, died.plus_years(-draw.between(66, 92)), died);
        self.open(vec![dead], draw);
    }

    fn dead(&mut self, sex: Sex, born: Day, died: Day) -> usize {
        self.people.push(Member { died: Some(died), ..Member::new(sex, born) });
        self.core_of.push(None);
        self.people.len() - 1
    }

    fn bury_spouse(&mut self, core: usize, died: Day, draw: &mut Draw) -> bool {
        let [alone] = self.cores[core].adults[..] else { return false };
        let left = &self.people[alone];
        if left.status != MaritalStatus::Widowed || left.died.is_some() {
            return false;
        }
        let (sex, years) = if left.sex == Sex::Female { (Sex::Male, -3) } else { (Sex::Female, 3) };
        let born = left.born.plus(years * 365 + draw.between(-900, 900));
        let children: Vec<usize> = self.children_of(&self.cores[core]).collect();
        let most = if sex == Sex::Female { MOTHER.1 } else { 65 };
        let parent = |c: &usize| {
            (MOTHER.0..most).contains(&self.people[*c].born.years_since(born)) && self.people[*c].born < died
        };
        if died.years_since(born) < 30 || !children.iter().all(parent) {
            return false;
        }
        let dead = self.dead(sex, born, died);
        self.people[dead].spouse = Some(alone);
        self.people[alone].spouse = Some(dead);
        self.people[alone].status = MaritalStatus::Single;
        self.core_of[dead] = Some(core);
        let place = usize::from(sex == Sex::Female);
        self.cores[core].adults.insert(place, dead);
        for child in children {
            self.adopt_into(child, core);
        }
        true
    }

    fn bury_parent(&mut self, core: usize, died: Day, draw: &mut Draw) -> bool {
        let heir = *draw.pick(&self.cores[core].adults);
        let sex = if draw.chance(520) { Sex::Male } else { Sex::Female };
        let years = if sex == Sex::Female { draw.between(19, 41) } else { draw.between(20, 48) };
        let born = self.people[heir].born.plus(-years * 365 - draw.between(10, 300));
        if self.people[heir].died.is_some()
            || self.age(heir) < 20
            || !(52..98).contains(&died.years_since(born))
        {
            return false;
        }
        let dead = self.dead(sex, born, died);
        self.people[dead].status = MaritalStatus::Widowed;
        let elder = self.open(vec![dead], draw);
        self.adopt_into(heir, elder);
        let heirs = &mut self.cores[core];
        (heirs.parent, heirs.anchor, heirs.apart) = (Some(elder), Some(heir), draw.chance(150));
        self.children[elder].push(core);
        true
    }

    /// Marriages come before the first child where the law allows it: men from 20, women from 18 years.
    fn date_marriages(&mut self, draw: &mut Draw) {
        for core in &self.cores {
            let [husband, wife] = core.adults[..] else { continue };
            let legal = self.people[husband].born.plus_years(20).max(self.people[wife].born.plus_years(18));
            let last = [husband, wife]
                .iter()
                .filter_map(|m| self.people[*m].died)
                .min()
                .unwrap_or(self.today)
                .plus(-60);
            let first_child = self.children_of(core).map(|c| self.people[c].born).min();
            let wish = match first_child {
                Some(born) => born.plus(-draw.between(240, 900)),
                None => legal.plus(draw.between(30, 3000)),
            };
            let day = Day(wish.0.max(legal.0 + draw.between(1, 200)).min(last.0));
            for m in [husband, wife] {
                self.people[m].married = Some(day);
            }
        }
    }

    /// Cuts the pool into clans, each with its own numbering.
    fn clans(self) -> Vec<Clan> {
        let mut clans = Vec::new();
        let mut people: Vec<Option<Member>> = self.people.into_iter().map(Some).collect();
        let mut cores: Vec<Option<Core>> = self.cores.into_iter().map(Some).collect();
        for root in 0..cores.len() {
            if cores[root].as_ref().is_none_or(|c| c.parent.is_some()) {
                continue;
            }
            // Breadth first: parents come before their children's cores.
            let mut order = vec![root];
            let mut at = 0;
            while let Some(core) = order.get(at) {
                order.extend(&self.children[*core]);
                at += 1;
            }
            let mut taken: Vec<usize> = Vec::new();
            let mut clan = Clan { members: Vec::new(), cores: Vec::new() };
            for core in &order {
                let Some(core) = cores[*core].take() else { continue };
                taken.extend(core.adults.iter().chain(&core.kids).chain(&core.kin));
                clan.cores.push(core);
            }
            let place = |person: usize| taken.iter().position(|t| *t == person);
            for person in &taken {
                let Some(mut member) = people[*person].take() else { continue };
                for link in [&mut member.father, &mut member.mother, &mut member.spouse] {
                    *link = link.and_then(place);
                }
                clan.members.push(member);
            }
            for core in &mut clan.cores {
                for list in [&mut core.adults, &mut core.kids, &mut core.kin] {
                    *list = list.iter().filter_map(|p| place(*p)).collect();
                }
                core.anchor = core.anchor.and_then(place);
                core.parent = core.parent.and_then(|p| order.iter().position(|o| *o == p));
            }
            clans.push(clan);
        }
        clans
    }
}
