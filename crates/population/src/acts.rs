//! Acts: the events of civil status and residence (*biến động, sự kiện hộ tịch và cư trú*) of which all state consists.
//!
//! An act is appended once and never edited; a wrong one is answered by another ([`Content::Correction`],
//! [`Content::Annulment`], [`Content::Unmerge`]). What an act does to a record depends on the act and that record alone,
//! so that one person can be folded without reading another.

use crate::model::{Carried, Contact, Fact, FormerClaim, Relation, Relative};
use serde::{Deserialize, Serialize};
use smallvec::SmallVec;
use vocabulary::{
    ActSeq, Actor, Address, Field, FieldSet, HouseholdId, Moment, PartialDate, PersonId, PersonalNumber, Text,
};

/// An act of the registry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Act {
    /// Place in the one sequence of all acts.
    pub seq: ActSeq,
    /// From when it holds in the world; unknown counts as always.
    pub effective: PartialDate,
    /// When the registry learnt of it.
    pub recorded: Moment,
    /// Who recorded it.
    pub by: Actor,
    /// The paper or message behind it: number, date, place of archive. Free text of at most 200 characters.
    pub evidence: String,
    /// What happened.
    pub content: Content,
}

/// A person who takes a place in a household, with the relation to its head.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// Who.
    pub person: PersonId,
    /// Relation to the head.
    pub relation: Relation,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Content {
    /// A person's data is collected for the first time (form DC01): whatever is known, and nothing more.
    Registration {
        /// Whose.
        person: PersonId,
        /// What is known.
        facts: Vec<Fact>,
    },
    /// Birth registration (*đăng ký khai sinh*).
    Birth {
        /// The child.
        child: PersonId,
        /// Name, date, sex, places, parents.
        facts: Vec<Fact>,
        /// The household that the child joins, where its residence is registered at once.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        household: Option<HouseholdId>,
        /// Its address.
        #[serde(default, skip_serializing_if = "Address::is_empty")]
        address: Address,
        /// Relation to its head.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        relation: Option<Relation>,
    },
    /// Death (*khai tử*). The day is the effective date. A spouse who survives becomes widowed.
    Death {
        /// Who died.
        person: PersonId,
        /// The spouse at the time, where recorded.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        spouse: Option<PersonId>,
    },
    /// A court declares a person missing (*tuyên bố mất tích*).
    Disappearance {
        /// Who.
        person: PersonId,
    },
    /// A missing person has come back.
    Reappearance {
        /// Who.
        person: PersonId,
    },
    /// Marriage (*kết hôn*). A partner without a record is named.
    Marriage {
        /// One spouse.
        first: PersonId,
        /// The other.
        second: Relative,
    },
    /// Divorce (*ly hôn*).
    Divorce {
        /// One spouse.
        first: PersonId,
        /// The other, where recorded.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        second: Option<PersonId>,
    },
    /// Adoption (*nuôi con nuôi*): the adopters take the parents' place.
    Adoption {
        /// The child.
        child: PersonId,
        /// The new father.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        father: Option<Relative>,
        /// The new mother.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        mother: Option<Relative>,
    },
    /// A guardian is named or released (*giám hộ*).
    Guardianship {
        /// The ward.
        ward: PersonId,
        /// The guardian, or nobody.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        guardian: Option<Relative>,
    },
    /// Data is corrected or completed (*cải chính, bổ sung*).
    Correction {
        /// Whose.
        person: PersonId,
        /// The facts as they should be.
        facts: Vec<Fact>,
    },
    /// Telephone or e-mail changes.
    ContactChange {
        /// Whose.
        person: PersonId,
        /// All channels from now on.
        contact: Contact,
    },
    /// A personal number is issued (*cấp số định danh*).
    NumberIssued {
        /// To whom.
        person: PersonId,
        /// The number.
        number: PersonalNumber,
    },
    /// A personal number is cancelled (*hủy số định danh*), with or without another in its place.
    NumberCancelled {
        /// Whose.
        person: PersonId,
        /// The number cancelled.
        number: PersonalNumber,
        /// The number that replaces it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        replaced_by: Option<PersonalNumber>,
        /// Why.
        reason: String,
    },
    /// A former number becomes known.
    FormerNumberAdded {
        /// Whose.
        person: PersonId,
        /// The number, its issuer and validity.
        claim: FormerClaim,
    },
    /// Permanent residence is registered (*đăng ký thường trú*).
    Move {
        /// Who moves.
        members: Vec<Member>,
        /// The household joined.
        household: HouseholdId,
        /// Its address.
        address: Address,
    },
    /// Permanent residence ends without a new one (*xóa đăng ký thường trú*).
    ResidenceEnded {
        /// Whose.
        persons: Vec<PersonId>,
        /// Why.
        reason: String,
    },
    /// Temporary residence is registered or extended (*tạm trú*).
    TemporaryResidence {
        /// Whose.
        persons: Vec<PersonId>,
        /// Where.
        address: Address,
        /// Until when.
        until: PartialDate,
    },
    /// Temporary residence ends early (*xóa tạm trú*).
    TemporaryResidenceEnded {
        /// Whose.
        persons: Vec<PersonId>,
    },
    /// Absence is declared (*khai báo tạm vắng*).
    Absence {
        /// Whose.
        persons: Vec<PersonId>,
        /// Where to.
        address: Address,
        /// Until when.
        until: PartialDate,
        /// Why.
        reason: String,
    },
    /// The absent have returned.
    AbsenceEnded {
        /// Who.
        persons: Vec<PersonId>,
    },
    /// A stay is notified (*thông báo lưu trú*).
    Stay {
        /// Whose.
        persons: Vec<PersonId>,
        /// Where.
        address: Address,
        /// Last day.
        until: PartialDate,
    },
    /// A household is formed.
    HouseholdFormed {
        /// The household.
        household: HouseholdId,
        /// Where.
        address: Address,
        /// Number of its residence file.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        file: String,
        /// Its members.
        members: Vec<Member>,
    },
    /// Members leave to form a household of their own (*tách hộ*).
    HouseholdSplit {
        /// The household left.
        from: HouseholdId,
        /// The household formed.
        to: HouseholdId,
        /// Where.
        address: Address,
        /// Who, with the relation to the new head.
        members: Vec<Member>,
    },
    /// A household joins another and closes.
    HouseholdMerged {
        /// The household that closes.
        from: HouseholdId,
        /// The household that stays.
        into: HouseholdId,
        /// Its address.
        address: Address,
        /// Who joins, with the relation to its head.
        members: Vec<Member>,
    },
    /// Another head: the relations of all members are stated anew (*thay đổi chủ hộ*).
    HeadChanged {
        /// The household.
        household: HouseholdId,
        /// All members.
        members: Vec<Member>,
    },
    /// A household closes: nobody is left.
    HouseholdClosed {
        /// The household.
        household: HouseholdId,
    },
    /// Two records are of one person: one is kept and may take facts of the other. Whoever is entered as a relative of the
    /// one absorbed is from then on a relative of the one kept.
    Merge {
        /// The record kept.
        kept: PersonId,
        /// The record absorbed.
        absorbed: PersonId,
        /// Facts that the kept record takes over.
        facts: Vec<Fact>,
        /// Whose records name the one absorbed as parent, spouse or guardian. The registry fills it in.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        relatives: Vec<PersonId>,
        /// Residences of the record absorbed that still run. The registry fills it in.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        residences: Vec<Carried>,
    },
    /// A merge was wrong: all records are again what they would be without it.
    Unmerge {
        /// The merge undone.
        merge: ActSeq,
        /// The record kept.
        kept: PersonId,
        /// The record absorbed.
        absorbed: PersonId,
        /// The relatives of the merge. The registry fills it in.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        relatives: Vec<PersonId>,
    },
    /// An act was wrong: the records are what they would be without it.
    Annulment {
        /// The act annulled.
        act: ActSeq,
        /// The persons it touched.
        persons: Vec<PersonId>,
        /// The households it touched.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        households: Vec<HouseholdId>,
        /// Why.
        reason: String,
    },
}

/// The records that an act touches. Nearly all touch so few that nothing has to be allocated for them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Touched {
    /// Persons, each once, in the order named.
    pub persons: SmallVec<[PersonId; 6]>,
    /// Households, each once.
    pub households: SmallVec<[HouseholdId; 2]>,
}

impl Content {
    /// A merge whose relatives and residences the registry fills in.
    pub const fn merge(kept: PersonId, absorbed: PersonId, facts: Vec<Fact>) -> Content {
        Content::Merge { kept, absorbed, facts, relatives: Vec::new(), residences: Vec::new() }
    }

    /// The undoing of a merge, whose relatives the registry fills in.
    pub const fn unmerge(merge: ActSeq, kept: PersonId, absorbed: PersonId) -> Content {
        Content::Unmerge { merge, kept, absorbed, relatives: Vec::new() }
    }

    /// Stable code and name of the kind of act.
    pub fn kind(&self) -> (&'static str, Text) {
        match self {
            Content::Registration { .. } => {
                ("registration", Text::new("Thu thập thông tin lần đầu", "First registration"))
            }
            Content::Birth { .. } => ("birth", Text::new("Khai sinh", "Birth")),
            Content::Death { .. } => ("death", Text::new("Khai tử", "Death")),
            Content::Disappearance { .. } => {
                ("disappearance", Text::new("Tuyên bố mất tích", "Declared missing"))
            }
            Content::Reappearance { .. } => {
                ("reappearance", Text::new("Hủy tuyên bố mất tích", "Found again"))
            }
            Content::Marriage { .. } => ("marriage", Text::new("Kết hôn", "Marriage")),
            Content::Divorce { .. } => ("divorce", Text::new("Ly hôn", "Divorce")),
            Content::Adoption { .. } => ("adoption", Text::new("Nuôi con nuôi", "Adoption")),
            Content::Guardianship { .. } => ("guardianship", Text::new("Giám hộ", "Guardianship")),
            Content::Correction { .. } => ("correction", Text::new("Cải chính, bổ sung", "Correction")),
            Content::ContactChange { .. } => {
                ("contact-change", Text::new("Đổi liên hệ", "Change of contact"))
            }
            Content::NumberIssued { .. } => ("number-issued", Text::new("Cấp số định danh", "Number issued")),
            Content::NumberCancelled { .. } => {
                ("number-cancelled", Text::new("Hủy số định danh", "Number cancelled"))
            }
            Content::FormerNumberAdded { .. } => {
                ("former-number-added", Text::new("Bổ sung số CMND", "Former number added"))
            }
            Content::Move { .. } => ("move", Text::new("Đăng ký thường trú", "Permanent residence")),
            Content::ResidenceEnded { .. } => {
                ("residence-ended", Text::new("Xóa đăng ký thường trú", "Permanent residence ended"))
            }
            Content::TemporaryResidence { .. } => {
                ("temporary-residence", Text::new("Đăng ký tạm trú", "Temporary residence"))
            }
            Content::TemporaryResidenceEnded { .. } => {
                ("temporary-residence-ended", Text::new("Xóa đăng ký tạm trú", "Temporary residence ended"))
            }
            Content::Absence { .. } => ("absence", Text::new("Khai báo tạm vắng", "Temporary absence")),
            Content::AbsenceEnded { .. } => {
                ("absence-ended", Text::new("Trở về sau tạm vắng", "Return from absence"))
            }
            Content::Stay { .. } => ("stay", Text::new("Thông báo lưu trú", "Stay notice")),
            Content::HouseholdFormed { .. } => ("household-formed", Text::new("Lập hộ", "Household formed")),
            Content::HouseholdSplit { .. } => ("household-split", Text::new("Tách hộ", "Household split")),
            Content::HouseholdMerged { .. } => ("household-merged", Text::new("Nhập hộ", "Household merged")),
            Content::HeadChanged { .. } => ("head-changed", Text::new("Thay đổi chủ hộ", "Change of head")),
            Content::HouseholdClosed { .. } => ("household-closed", Text::new("Xóa hộ", "Household closed")),
            Content::Merge { .. } => ("merge", Text::new("Hợp nhất hồ sơ trùng", "Records merged")),
            Content::Unmerge { .. } => ("unmerge", Text::new("Hủy hợp nhất hồ sơ", "Merge undone")),
            Content::Annulment { .. } => ("annulment", Text::new("Hủy biến động ghi sai", "Act annulled")),
        }
    }

    /// The fields that the act sets.
    pub fn fields(&self) -> FieldSet {
        let of = FieldSet::of;
        match self {
            Content::Registration { facts, .. }
            | Content::Correction { facts, .. }
            | Content::Birth { facts, .. } => facts.iter().map(Fact::field).collect(),
            Content::Merge { facts, residences, .. } => facts
                .iter()
                .map(Fact::field)
                .chain(residences.iter().map(|r| r.kind.field()))
                .chain([Field::History])
                .collect(),
            Content::Unmerge { .. } | Content::Annulment { .. } => of(&[Field::History]),
            Content::Death { .. } | Content::Disappearance { .. } | Content::Reappearance { .. } => {
                of(&[Field::LifeStatus])
            }
            Content::Marriage { .. } | Content::Divorce { .. } => of(&[Field::MaritalStatus, Field::Spouse]),
            Content::Adoption { .. } => of(&[Field::Parents]),
            Content::Guardianship { .. } => of(&[Field::Guardian]),
            Content::ContactChange { .. } => of(&[Field::Contact]),
            Content::NumberIssued { .. } | Content::NumberCancelled { .. } => of(&[Field::PersonalNumber]),
            Content::FormerNumberAdded { .. } => of(&[Field::FormerNumbers]),
            Content::TemporaryResidence { .. } | Content::TemporaryResidenceEnded { .. } => {
                of(&[Field::TemporaryResidence, Field::CurrentResidence])
            }
            Content::Absence { .. } | Content::AbsenceEnded { .. } => of(&[Field::TemporaryAbsence]),
            Content::Stay { .. } => of(&[Field::Stays]),
            Content::HeadChanged { .. } => of(&[Field::RelationToHead]),
            Content::Move { .. }
            | Content::ResidenceEnded { .. }
            | Content::HouseholdFormed { .. }
            | Content::HouseholdSplit { .. }
            | Content::HouseholdMerged { .. }
            | Content::HouseholdClosed { .. } => {
                of(&[Field::PermanentResidence, Field::Household, Field::RelationToHead])
            }
        }
    }

    /// The act that this one takes out of force.
    pub fn annuls(&self) -> Option<ActSeq> {
        match self {
            Content::Annulment { act, .. } => Some(*act),
            Content::Unmerge { merge, .. } => Some(*merge),
            _ => None,
        }
    }

    /// The act as far as these fields may be shown; `None` where nothing of it may. A registration remains as the mere
    /// fact that it took place.
    pub fn retained(mut self, shown: FieldSet) -> Option<Content> {
        if let Content::Merge { residences, .. } = &mut self {
            residences.retain(|r| shown.has(r.kind.field()));
        }
        match &mut self {
            Content::Registration { facts, .. }
            | Content::Birth { facts, .. }
            | Content::Correction { facts, .. }
            | Content::Merge { facts, .. } => {
                facts.retain(|fact| shown.has(fact.field()));
                Some(self)
            }
            _ => self.fields().is_within(shown).then_some(self),
        }
    }

    /// The records whose state the act changes.
    pub fn touched(&self) -> Touched {
        let mut touched = Touched::default();
        let mut person = |p: PersonId| {
            if !touched.persons.contains(&p) {
                touched.persons.push(p);
            }
        };
        let mut households: SmallVec<[HouseholdId; 2]> = SmallVec::new();
        match self {
            Content::Registration { person: p, facts } => {
                person(*p);
                households.extend(facts.iter().filter_map(|f| match f {
                    Fact::Household(h) => *h,
                    _ => None,
                }));
            }
            Content::Correction { person: p, .. }
            | Content::Disappearance { person: p }
            | Content::Reappearance { person: p }
            | Content::ContactChange { person: p, .. }
            | Content::NumberIssued { person: p, .. }
            | Content::NumberCancelled { person: p, .. }
            | Content::FormerNumberAdded { person: p, .. }
            | Content::Guardianship { ward: p, .. }
            | Content::Adoption { child: p, .. } => person(*p),
            Content::Birth { child, household, .. } => {
                person(*child);
                households.extend(*household);
            }
            Content::Death { person: p, spouse } => {
                person(*p);
                spouse.iter().copied().for_each(person);
            }
            Content::Marriage { first, second } => {
                person(*first);
                second.person.into_iter().for_each(person);
            }
            Content::Divorce { first, second } => {
                person(*first);
                second.iter().copied().for_each(person);
            }
            Content::Move { members, household, .. } => {
                members.iter().map(|m| m.person).for_each(person);
                households.push(*household);
            }
            Content::ResidenceEnded { persons, .. }
            | Content::TemporaryResidence { persons, .. }
            | Content::TemporaryResidenceEnded { persons }
            | Content::Absence { persons, .. }
            | Content::AbsenceEnded { persons }
            | Content::Stay { persons, .. } => persons.iter().copied().for_each(person),
            Content::HouseholdFormed { household, members, .. }
            | Content::HeadChanged { household, members } => {
                members.iter().map(|m| m.person).for_each(person);
                households.push(*household);
            }
            Content::HouseholdSplit { from, to, members, .. } => {
                members.iter().map(|m| m.person).for_each(person);
                households.extend([*from, *to]);
            }
            Content::HouseholdMerged { from, into, members, .. } => {
                members.iter().map(|m| m.person).for_each(person);
                households.extend([*from, *into]);
            }
            Content::HouseholdClosed { household } => households.push(*household),
            Content::Merge { kept, absorbed, relatives, .. }
            | Content::Unmerge { kept, absorbed, relatives, .. } => {
                person(*kept);
                person(*absorbed);
                relatives.iter().copied().for_each(person);
            }
            Content::Annulment { persons, households: touched, .. } => {
                persons.iter().copied().for_each(person);
                households.extend_from_slice(touched);
            }
        }
        for h in households {
            if !touched.households.contains(&h) {
                touched.households.push(h);
            }
        }
        touched
    }
}
