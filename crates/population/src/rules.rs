//! Whether an act may be recorded, given the records it touches. Pure; the caller reads and writes.
//!
//! A rule refuses what contradicts the records or the form itself. What is merely unlikely is a finding
//! ([`crate::findings`]) and does not stand in the way.

use crate::{
    acts::{Content, Member},
    model::{CardPart, Fact, Household, HouseholdState, LifeStatus, MaritalStatus, Person, Relation},
};
use std::collections::HashMap;
use vocabulary::{HouseholdId, Invalid, PartialDate, PersonId, Violation};

/// The records that an act touches, as they are before it.
#[derive(Debug, Default)]
pub struct Before {
    /// Persons by identifier; one that has no record yet comes with `registered == false`.
    pub persons: HashMap<PersonId, Person>,
    /// Households by identifier; one that has no record yet comes with state `Void`.
    pub households: HashMap<HouseholdId, Household>,
    /// The members of the touched households, each with the relation to the head.
    pub members: HashMap<HouseholdId, Vec<PersonId>>,
}

macro_rules! rules {
    ($($name:ident = $rule:literal, $vi:literal, $en:literal;)*) => {
        $(const $name: Invalid = Invalid::new($rule, $vi, $en);)*
    };
}

rules! {
    DATE_WHOLE = "act/date-whole", "Ngày hiệu lực phải đủ ngày, tháng, năm", "The effective date needs day, month and year";
    DATE_FUTURE = "act/date-future", "Ngày hiệu lực không được ở tương lai", "The effective date lies in the future";
    EVIDENCE = "act/evidence", "Cần ghi căn cứ (số, ngày giấy tờ), tối đa 200 ký tự", "State the evidence (number and date of the paper), at most 200 characters";
    UNKNOWN = "act/person-unknown", "Không có hồ sơ người này", "There is no such person's record";
    EXISTS = "act/person-exists", "Người này đã có hồ sơ", "The person already has a record";
    DEAD = "act/person-dead", "Người này đã được khai tử", "The person is recorded as dead";
    NOT_DEAD = "act/person-alive", "Người này không bị tuyên bố mất tích", "The person is not recorded as missing";
    MERGED = "act/person-merged", "Hồ sơ này đã được hợp nhất vào hồ sơ khác", "The record was merged into another";
    BEFORE_BIRTH = "act/before-birth", "Ngày hiệu lực trước ngày sinh", "The effective date is before the birth";
    MARRIED = "marriage/married", "Người này đang có vợ hoặc chồng", "The person is married";
    NOT_MARRIED = "divorce/not-married", "Người này không có vợ hoặc chồng được ghi nhận", "No marriage of the person is recorded";
    SELF = "act/same-person", "Hai bên phải là hai người khác nhau", "The two must be different persons";
    KIN = "merge/kin", "Hồ sơ này ghi hồ sơ kia là cha, mẹ, vợ chồng hoặc người giám hộ: không thể là một người; sửa quan hệ trước", "One record names the other as parent, spouse or guardian: they cannot be one person; correct that first";
    NOBODY = "members/none", "Chọn ít nhất một người", "Choose at least one person";
    TWICE = "members/twice", "Một người được chọn hai lần", "A person is chosen twice";
    ONE_HEAD = "members/one-head", "Phải có đúng một chủ hộ", "There must be exactly one head";
    NOT_MEMBER = "members/not-member", "Người được chọn không thuộc hộ này", "A chosen person is not in this household";
    ALL_MEMBERS = "members/all", "Phải nêu quan hệ của mọi thành viên hộ", "State the relation of every member";
    SOMEBODY_STAYS = "household/split-all", "Tách hộ phải còn người ở lại; nếu cả hộ chuyển đi thì đăng ký thường trú mới", "Somebody must stay in a split household; if all leave, register a move";
    HOUSEHOLD_UNKNOWN = "household/unknown", "Không có hộ này", "There is no such household";
    HOUSEHOLD_CLOSED = "household/closed", "Hộ này đã xóa", "The household is closed";
    HOUSEHOLD_EXISTS = "household/exists", "Hộ này đã có", "The household already exists";
    HOUSEHOLD_INHABITED = "household/inhabited", "Hộ còn thành viên nên chưa xóa được", "The household still has members";
    ADDRESS_LONG = "residence/address-long", "Địa chỉ dài quá 300 ký tự", "The address is longer than 300 characters";
    ADDRESS = "residence/address", "Cần chọn xã, phường và ghi địa chỉ", "Choose the commune and give the address";
    UNTIL_WHOLE = "residence/until-whole", "Ngày kết thúc phải đủ ngày, tháng, năm", "The last day needs day, month and year";
    UNTIL_AFTER = "residence/until", "Ngày kết thúc không được trước ngày bắt đầu", "The last day must not come before the first";
    TWO_YEARS = "residence/two-years", "Thời hạn tạm trú tối đa 02 năm (Luật Cư trú 2020, điều 27)", "Temporary residence lasts two years at most (Law on Residence 2020, art. 27)";
    THIRTY_DAYS = "residence/thirty-days", "Lưu trú dưới 30 ngày; dài hơn thì đăng ký tạm trú", "A stay lasts less than 30 days; register temporary residence for longer";
    NO_RESIDENCE = "residence/none", "Người này không có nơi thường trú đang hiệu lực", "The person has no permanent residence in force";
    NO_TEMPORARY = "residence/no-temporary", "Người này không có tạm trú đang hiệu lực", "The person has no temporary residence in force";
    NOT_ABSENT = "residence/not-absent", "Người này không có khai báo tạm vắng đang hiệu lực", "No absence of the person is in force";
    HAS_NUMBER = "number/has-one", "Người này đã có số định danh", "The person already has a number";
    STILL_IN_FORCE = "number/in-force", "Số này vẫn là số đang dùng của người này", "This is still the number in force of the person";
    OTHER_NUMBER = "number/other", "Số này không phải số đang dùng của người này", "This is not the number in force of the person";
    REASON = "act/reason", "Cần nêu lý do, tối đa 200 ký tự", "State the reason, at most 200 characters";
    NOTHING = "correction/nothing", "Chưa có thông tin nào để ghi", "There is nothing to record";
    PARENTS = "adoption/parents", "Cần ít nhất cha nuôi hoặc mẹ nuôi", "Name at least one adoptive parent";
}

/// All violations of an act with this effective date and evidence, given the records it touches. Empty: it may be
/// recorded.
pub fn check(
    content: &Content,
    effective: PartialDate,
    evidence: &str,
    before: &Before,
    today: PartialDate,
) -> Vec<Violation> {
    let c = Checker { effective, before, today, taken_over: false, found: Vec::new() };
    c.act(content, evidence).into_iter().map(|(field, rule)| rule.at(field)).collect()
}

/// The same for an act by which a register that was kept elsewhere is taken over, as the field at fault and the rule. What
/// such a register need not say is not asked for: the day within a year, the last day of a stay, the house number, why a
/// number was cancelled or why someone is away. What it does say obeys the same rules. The numbers that it tells of as
/// cancelled were replaced long ago, so none of them is the one in force.
pub fn check_taken_over(
    content: &Content,
    effective: PartialDate,
    evidence: &str,
    before: &Before,
    today: PartialDate,
) -> Vec<(&'static str, Invalid)> {
    Checker { effective, before, today, taken_over: true, found: Vec::new() }.act(content, evidence)
}

struct Checker<'a> {
    effective: PartialDate,
    before: &'a Before,
    today: PartialDate,
    /// The act comes from a register that was kept elsewhere.
    taken_over: bool,
    found: Vec<(&'static str, Invalid)>,
}

impl Checker<'_> {
    fn act(mut self, content: &Content, evidence: &str) -> Vec<(&'static str, Invalid)> {
        let first = matches!(content, Content::Registration { .. } | Content::Birth { .. });
        if !self.effective.is_whole() && !first && !self.taken_over {
            self.refuse("effective", DATE_WHOLE);
        } else if self.effective.earliest() > self.today.packed() {
            self.refuse("effective", DATE_FUTURE);
        }
        let length = evidence.trim().chars().count();
        if length == 0 || length > 200 {
            self.refuse("evidence", EVIDENCE);
        }
        self.content(content);
        self.found
    }

    fn refuse(&mut self, field: &'static str, rule: Invalid) {
        self.found.push((field, rule));
    }

    fn require(&mut self, field: &'static str, holds: bool, rule: Invalid) {
        if !holds {
            self.refuse(field, rule);
        }
    }

    /// A person with a record, not merged away; `living` also asks that no death is recorded before the act.
    fn person(&mut self, field: &'static str, id: PersonId, living: bool) -> Option<&Person> {
        let Some(p) = self.before.persons.get(&id).filter(|p| p.registered) else {
            self.refuse(field, UNKNOWN);
            return None;
        };
        self.require(field, p.merged_into.is_none(), MERGED);
        if living && let LifeStatus::Dead { on } = p.life {
            self.require(field, !on.is_unknown() && self.effective.packed() < on.packed(), DEAD);
        }
        let born = p.birth_date.earliest();
        self.require(
            "effective",
            born == 0 || !self.effective.is_whole() || born <= self.effective.packed(),
            BEFORE_BIRTH,
        );
        Some(p)
    }

    fn newcomer(&mut self, field: &'static str, id: PersonId) {
        let fresh = self.before.persons.get(&id).is_none_or(|p| !p.registered);
        self.require(field, fresh, EXISTS);
    }

    fn persons(&mut self, field: &'static str, ids: &[PersonId]) -> Vec<&Person> {
        self.require(field, !ids.is_empty(), NOBODY);
        let distinct = || ids.iter().collect::<std::collections::HashSet<_>>().len();
        self.require(field, ids.len() < 2 || distinct() == ids.len(), TWICE);
        for id in ids {
            self.person(field, *id, true);
        }
        ids.iter().filter_map(|id| self.before.persons.get(id)).collect()
    }

    fn members(&mut self, members: &[Member]) {
        self.persons("members", &members.iter().map(|m| m.person).collect::<Vec<_>>());
    }

    fn one_head(&mut self, members: &[Member]) {
        self.require(
            "members",
            members.iter().filter(|m| m.relation == Relation::Head).count() == 1,
            ONE_HEAD,
        );
    }

    fn household(&mut self, field: &'static str, id: HouseholdId) {
        match self.before.households.get(&id).map(|h| h.state) {
            Some(HouseholdState::Open) => {}
            Some(HouseholdState::Closed) => self.refuse(field, HOUSEHOLD_CLOSED),
            _ => self.refuse(field, HOUSEHOLD_UNKNOWN),
        }
    }

    fn new_household(&mut self, field: &'static str, id: HouseholdId) {
        let fresh = self.before.households.get(&id).is_none_or(|h| h.state == HouseholdState::Void);
        self.require(field, fresh, HOUSEHOLD_EXISTS);
    }

    fn all_in(&mut self, members: &[Member], household: HouseholdId) {
        let inside =
            |m: &Member| self.before.persons.get(&m.person).is_some_and(|p| p.household == Some(household));
        let holds = members.iter().all(inside);
        self.require("members", holds, NOT_MEMBER);
    }

    fn address(&mut self, address: &vocabulary::Address) {
        let abroad = address.country.as_deref().is_some_and(|c| c != "VN");
        let placed = address.new_unit.is_some() || address.old_unit.is_some() || abroad;
        let told = placed && !(address.detail.is_empty() && address.text.is_empty());
        self.require("address", told || self.taken_over, ADDRESS);
        let fits =
            [&address.detail, &address.text].iter().all(|t| t.chars().count() <= vocabulary::Address::MAX);
        self.require("address", fits, ADDRESS_LONG);
    }

    /// The card that facts state, beside the birth that they state or that is recorded.
    fn card(&mut self, born: Option<PartialDate>, facts: &[Fact]) {
        let birth = facts.iter().find_map(|f| match f {
            Fact::BirthDate(date) => Some(*date),
            _ => None,
        });
        let birth = birth.or(born).unwrap_or_default();
        for fact in facts {
            let Fact::Card(Some(card)) = fact else { continue };
            for (part, rule) in card.contradictions(birth, self.today) {
                let field = match part {
                    CardPart::Issued => "card-issued",
                    CardPart::Expires => "card-expires",
                    CardPart::Issuer => "card-issuer",
                };
                self.refuse(field, rule);
            }
        }
    }

    fn reason(&mut self, reason: &str) {
        let length = reason.trim().chars().count();
        let least = usize::from(!self.taken_over);
        self.require("reason", (least..=200).contains(&length), REASON);
    }

    /// A last day, whole and not before the first; at most `latest`, where there is a limit.
    fn until(&mut self, until: PartialDate, latest: Option<u32>, rule: Invalid) {
        // Days are counted between whole dates only.
        let latest = latest.filter(|_| self.effective.is_whole());
        if !until.is_whole() {
            self.require("until", self.taken_over, UNTIL_WHOLE);
        } else if until.packed() < self.effective.packed() {
            self.refuse("until", UNTIL_AFTER);
        } else if latest.is_some_and(|latest| until.packed() > latest) {
            self.refuse("until", rule);
        }
    }

    fn content(&mut self, content: &Content) {
        match content {
            Content::Registration { person, facts } => {
                self.newcomer("person", *person);
                self.card(None, facts);
                self.require("facts", !facts.is_empty(), NOTHING);
            }
            Content::Birth { child, facts, household, address, .. } => {
                self.newcomer("child", *child);
                self.card(None, facts);
                self.require("facts", !facts.is_empty(), NOTHING);
                if let Some(household) = household {
                    self.household("household", *household);
                    self.address(address);
                }
            }
            Content::Death { person, spouse } => {
                self.person("person", *person, true);
                if let Some(spouse) = spouse {
                    self.person("spouse", *spouse, false);
                }
            }
            Content::Disappearance { person } => {
                self.person("person", *person, true);
            }
            Content::Reappearance { person } => {
                let missing = self
                    .person("person", *person, true)
                    .is_some_and(|p| matches!(p.life, LifeStatus::Missing { .. }));
                self.require("person", missing, NOT_DEAD);
            }
            Content::Marriage { first, second } => {
                self.require("second", second.person != Some(*first), SELF);
                for (field, id) in [("first", Some(*first)), ("second", second.person)] {
                    let Some(id) = id else { continue };
                    let married = self
                        .person(field, id, true)
                        .is_some_and(|p| p.marital_status == Some(MaritalStatus::Married));
                    self.require(field, !married, MARRIED);
                }
                self.require("second", second.person.is_some() || second.name.is_some(), UNKNOWN);
            }
            Content::Divorce { first, second } => {
                for (field, id) in [("first", Some(*first)), ("second", *second)] {
                    let Some(id) = id else { continue };
                    let married = self
                        .person(field, id, false)
                        .is_none_or(|p| p.marital_status == Some(MaritalStatus::Married));
                    self.require(field, married, NOT_MARRIED);
                }
            }
            Content::Adoption { child, father, mother } => {
                self.person("child", *child, true);
                self.require("father", father.is_some() || mother.is_some(), PARENTS);
            }
            Content::Guardianship { ward, guardian } => {
                self.person("ward", *ward, true);
                let own = guardian.as_ref().is_some_and(|g| g.person == Some(*ward));
                self.require("guardian", !own, SELF);
            }
            Content::Correction { person, facts } => {
                let birth = self.person("person", *person, false).map(|p| p.birth_date);
                self.card(birth, facts);
                self.require("facts", !facts.is_empty(), NOTHING);
            }
            Content::ContactChange { person, .. } | Content::FormerNumberAdded { person, .. } => {
                self.person("person", *person, false);
            }
            Content::NumberIssued { person, .. } => {
                let has = self.person("person", *person, true).is_some_and(|p| p.number.is_some());
                self.require("person", !has, HAS_NUMBER);
            }
            Content::NumberCancelled { person, number, reason, .. } => {
                let in_force = self.person("person", *person, false).map(|p| p.number == Some(*number));
                if self.taken_over {
                    self.require("number", in_force != Some(true), STILL_IN_FORCE);
                } else {
                    self.require("number", in_force != Some(false), OTHER_NUMBER);
                }
                self.reason(reason);
            }
            Content::Move { members, household, address } => {
                self.members(members);
                self.household("household", *household);
                self.address(address);
            }
            Content::ResidenceEnded { persons, reason } => {
                let settled = self.persons("persons", persons).iter().all(|p| !p.permanent.is_empty());
                self.require("persons", settled, NO_RESIDENCE);
                self.reason(reason);
            }
            Content::TemporaryResidence { persons, address, until } => {
                self.persons("persons", persons);
                self.address(address);
                self.until(*until, Some(self.effective.packed() + 2_00_00), TWO_YEARS);
            }
            Content::TemporaryResidenceEnded { persons } => {
                let holds = self.all_reside(persons, crate::model::ResidenceKind::Temporary);
                self.require("persons", holds, NO_TEMPORARY);
            }
            Content::Absence { persons, address, until, reason } => {
                self.persons("persons", persons);
                self.require("address", !address.is_empty() || self.taken_over, ADDRESS);
                self.until(*until, None, UNTIL_AFTER);
                self.reason(reason);
            }
            Content::AbsenceEnded { persons } => {
                let holds = self.all_reside(persons, crate::model::ResidenceKind::Absence);
                self.require("persons", holds, NOT_ABSENT);
            }
            Content::Stay { persons, address, until } => {
                self.persons("persons", persons);
                self.address(address);
                self.until(*until, days_after(self.effective, 28), THIRTY_DAYS);
            }
            Content::HouseholdFormed { household, address, members, .. } => {
                self.new_household("household", *household);
                self.address(address);
                self.members(members);
            }
            Content::HouseholdSplit { from, to, address, members } => {
                self.household("from", *from);
                self.new_household("to", *to);
                self.address(address);
                self.members(members);
                self.one_head(members);
                self.all_in(members, *from);
                let stay = self.before.members.get(from).is_some_and(|all| all.len() > members.len());
                self.require("members", stay, SOMEBODY_STAYS);
            }
            Content::HouseholdMerged { from, into, address, members } => {
                self.require("into", from != into, SELF);
                self.household("from", *from);
                self.household("into", *into);
                self.address(address);
                self.members(members);
                self.every_member(members, *from);
            }
            Content::HeadChanged { household, members } => {
                self.household("household", *household);
                self.members(members);
                self.one_head(members);
                self.every_member(members, *household);
            }
            Content::HouseholdClosed { household } => {
                self.household("household", *household);
                let empty = self.before.members.get(household).is_none_or(Vec::is_empty);
                self.require("household", empty, HOUSEHOLD_INHABITED);
            }
            Content::Merge { kept, absorbed, .. } => {
                self.require("absorbed", kept != absorbed, SELF);
                self.person("kept", *kept, false);
                self.person("absorbed", *absorbed, false);
                let names = |a, b| self.before.persons.get(&a).is_some_and(|p| p.names(b));
                let kin = names(*kept, *absorbed) || names(*absorbed, *kept);
                self.require("absorbed", !kin, KIN);
            }
            // Whether the annulled act exists and is in force is for the caller, who reads it.
            Content::Unmerge { .. } => {}
            Content::Annulment { reason, .. } => self.reason(reason),
        }
    }

    fn every_member(&mut self, members: &[Member], household: HouseholdId) {
        self.all_in(members, household);
        let all = self.before.members.get(&household).is_some_and(|all| all.len() == members.len());
        self.require("members", all, ALL_MEMBERS);
    }

    fn all_reside(&mut self, persons: &[PersonId], kind: crate::model::ResidenceKind) -> bool {
        self.persons("persons", persons)
            .iter()
            .all(|p| p.residences.iter().any(|r| r.kind == kind && !r.ended))
    }
}

/// The day so many days after a whole date, packed.
fn days_after(from: PartialDate, days: i64) -> Option<u32> {
    let civil = jiff::civil::Date::new(from.year()? as i16, from.month()? as i8, from.day()? as i8).ok()?;
    let day = civil.checked_add(jiff::Span::new().days(days)).ok()?;
    Some(day.year() as u32 * 10_000 + day.month() as u32 * 100 + day.day() as u32)
}
