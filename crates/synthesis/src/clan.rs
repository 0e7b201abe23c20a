//! A clan: the people whose lives touch each other, before anything is told about them but sex, days and kinship.

use crate::day::Day;
use population::model::{MaritalStatus, Relation};
use vocabulary::Sex;

/// Someone of a clan. Others are named by their place in the clan.
#[derive(Clone, Debug)]
pub(crate) struct Member {
    pub(crate) sex: Sex,
    pub(crate) born: Day,
    pub(crate) died: Option<Day>,
    pub(crate) father: Option<usize>,
    pub(crate) mother: Option<usize>,
    /// Husband or wife, also after death; not after divorce.
    pub(crate) spouse: Option<usize>,
    /// Day of the marriage with `spouse`.
    pub(crate) married: Option<Day>,
    /// Status apart from the marriage with `spouse`.
    pub(crate) status: MaritalStatus,
    /// Relation to the head where kinship in the clan does not tell.
    pub(crate) loose: Relation,
    /// Came to these parents by adoption.
    pub(crate) adopted: bool,
}

impl Member {
    pub(crate) fn new(sex: Sex, born: Day) -> Member {
        Member {
            sex,
            born,
            died: None,
            father: None,
            mother: None,
            spouse: None,
            married: None,
            status: MaritalStatus::Single,
            loose: Relation::Kin,
            adopted: false,
        }
    }
}

/// A couple or a single adult with their children: what a household grows from.
#[derive(Clone, Debug, Default)]
pub(crate) struct Core {
    /// One or two, the husband first.
    pub(crate) adults: Vec<usize>,
    /// Children who have no core of their own.
    pub(crate) kids: Vec<usize>,
    /// Others who live with them.
    pub(crate) kin: Vec<usize>,
    /// The core of the parents of one of the adults …
    pub(crate) parent: Option<usize>,
    /// … and which adult that is.
    pub(crate) anchor: Option<usize>,
    /// Has left the parents' household.
    pub(crate) apart: bool,
    /// Registered elsewhere, lives here for a time.
    pub(crate) tenant: bool,
}

/// A clan. Cores come after the core of their parents; the first one has none.
#[derive(Clone, Debug)]
pub(crate) struct Clan {
    pub(crate) members: Vec<Member>,
    pub(crate) cores: Vec<Core>,
}

/// Relation of someone to the head of a household.
pub(crate) fn relation(members: &[Member], head: usize, of: usize) -> Relation {
    let child = |c: usize, p: usize| members[c].father == Some(p) || members[c].mother == Some(p);
    let spouse = |m: usize| members[m].spouse;
    let child_of_couple = |c: usize, p: usize| child(c, p) || spouse(p).is_some_and(|s| child(c, s));
    let parents = |m: usize| [members[m].father, members[m].mother].into_iter().flatten();
    if head == of {
        Relation::Head
    } else if spouse(head) == Some(of) {
        Relation::Spouse
    } else if child_of_couple(of, head) {
        Relation::Child
    } else if child_of_couple(head, of) {
        Relation::Parent
    } else if parents(head).any(|p| child(of, p)) {
        Relation::Sibling
    } else if spouse(of).is_some_and(|s| child_of_couple(s, head)) {
        Relation::ChildInLaw
    } else if spouse(head).is_some_and(|s| child_of_couple(s, of)) {
        Relation::ParentInLaw
    } else if parents(of)
        .any(|p| child_of_couple(p, head) || spouse(p).is_some_and(|s| child_of_couple(s, head)))
    {
        Relation::Grandchild
    } else if parents(head).any(|p| child_of_couple(p, of)) {
        Relation::Grandparent
    } else if members[head].loose == Relation::Kin {
        members[of].loose
    } else {
        Relation::Kin
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relations_follow_kinship() {
        let day = Day::of(1950, 1, 1);
        let mut m: Vec<Member> = (0..8).map(|_| Member::new(Sex::Female, day)).collect();
        // 0 and 1 are a couple, 2 their child with spouse 3, 4 and 5 the children of these; 6 is taken in, 7 is 2's brother.
        for (a, b) in [(0, 1), (2, 3)] {
            (m[a].spouse, m[b].spouse) = (Some(b), Some(a));
        }
        for (c, p) in [(2, 0), (7, 0), (4, 2), (5, 3)] {
            m[c].mother = Some(p);
        }
        m[6].loose = Relation::Lodger;
        let to = |head: usize| (0..8).map(|of| relation(&m, head, of)).collect::<Vec<_>>();
        use Relation::{
            Child, ChildInLaw, Grandchild, Grandparent, Head, Kin, Lodger, Parent, ParentInLaw, Sibling,
            Spouse,
        };
        assert_eq!(to(0), [Head, Spouse, Child, ChildInLaw, Grandchild, Grandchild, Lodger, Child]);
        assert_eq!(to(2), [Parent, Parent, Head, Spouse, Child, Child, Lodger, Sibling]);
        assert_eq!(to(3)[..3], [ParentInLaw, ParentInLaw, Spouse]);
        assert_eq!(to(4)[..4], [Grandparent, Grandparent, Parent, Parent]);
        assert_eq!(to(6)[..2], [Kin, Kin]);
    }
}
