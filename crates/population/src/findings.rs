//! What is wrong with a record, said as findings. Faulty reality is stored as it is; nothing here refuses it.

use crate::model::{Household, HouseholdState, LifeStatus, Person, Relation};
use vocabulary::{PartialDate, Text};

/// How much a finding weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Worth a look.
    Notice,
    /// Probably wrong or missing.
    Warning,
    /// Certainly wrong.
    Fault,
}

/// Something wrong with a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Stable code.
    pub code: &'static str,
    /// Weight.
    pub severity: Severity,
    /// In words.
    pub text: Text,
}

const fn finding(code: &'static str, severity: Severity, vi: &'static str, en: &'static str) -> Finding {
    Finding { code, severity, text: Text::new(vi, en) }
}

/// Several records claim one number (PAIN-15).
pub const NUMBER_CLAIMED_TWICE: Finding = finding(
    "number/claimed-twice",
    Severity::Fault,
    "Số này còn được ghi cho hồ sơ khác",
    "Another record claims the same number",
);

/// What is wrong with a person. `today` tells ages; `prefix` is the number prefix of the recorded place of birth
/// registration, where that is known; `claims` is how many other records claim the person's number.
pub fn of_person(p: &Person, today: PartialDate, prefix: Option<u16>, claims: usize) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut check = |wrong: bool, f: Finding| {
        if wrong {
            found.push(f);
        }
    };
    use Severity::{Fault, Notice, Warning};
    check(p.name.is_none(), finding("name/missing", Fault, "Chưa có họ tên", "The name is missing"));
    check(
        p.number.is_none(),
        finding("number/missing", Warning, "Chưa có số định danh", "The personal number is missing"),
    );
    check(claims > 0, NUMBER_CLAIMED_TWICE);
    check(p.sex.is_none(), finding("sex/missing", Warning, "Chưa có giới tính", "The sex is missing"));
    check(
        p.birth_date.is_unknown(),
        finding("birth-date/unknown", Warning, "Chưa rõ ngày sinh", "The birth date is unknown"),
    );
    check(
        !p.birth_date.is_unknown() && !p.birth_date.is_whole(),
        finding("birth-date/partial", Notice, "Ngày sinh chưa đầy đủ", "The birth date is incomplete"),
    );
    check(
        p.permanent.is_empty() && p.life.is_alive(),
        finding("residence/none", Notice, "Chưa có nơi thường trú", "No permanent residence"),
    );
    let adult = p.birth_date.age_at(today).is_some_and(|age| age >= 30);
    check(
        adult && p.former_numbers.is_empty() && p.life.is_alive(),
        finding(
            "former-number/missing",
            Notice,
            "Chưa có số CMND 9 số (CLN-05)",
            "No former 9-digit number (CLN-05)",
        ),
    );
    if let Some(card) = &p.card {
        check(
            p.life.is_alive() && !card.holds_on(today),
            finding("card/expired", Notice, "Thẻ căn cước đã hết hạn", "The identity card has expired"),
        );
        found.extend(card.implausibility(p.birth_date).map(|i| Finding {
            code: i.rule,
            severity: Notice,
            text: i.text,
        }));
    }
    let mut check = |wrong: bool, f: Finding| {
        if wrong {
            found.push(f);
        }
    };
    if let LifeStatus::Dead { on } = p.life {
        check(
            !on.is_unknown() && on.packed() < p.birth_date.earliest(),
            finding("death/before-birth", Fault, "Ngày chết trước ngày sinh", "Death before birth"),
        );
        check(
            p.household.is_some(),
            finding(
                "death/in-household",
                Fault,
                "Người đã chết vẫn ở trong hộ",
                "A dead person is still in a household",
            ),
        );
    }
    if let Some(number) = p.number {
        found.extend(number.implausibilities(p.birth_date, p.sex, prefix).into_iter().map(|i| Finding {
            code: i.rule,
            severity: Warning,
            text: i.text,
        }));
    }
    found
}

/// What is wrong with a household, given the relations of its members (`None`: not recorded).
pub fn of_household(h: &Household, members: &[Option<Relation>]) -> Vec<Finding> {
    let heads = members.iter().filter(|r| **r == Some(Relation::Head)).count();
    let mut found = Vec::new();
    if h.state == HouseholdState::Open && members.is_empty() {
        found.push(finding(
            "household/empty",
            Severity::Warning,
            "Hộ không còn thành viên",
            "The household has no member",
        ));
    } else if h.state == HouseholdState::Open && heads == 0 {
        found.push(finding(
            "household/no-head",
            Severity::Fault,
            "Hộ không có chủ hộ (CLN-04)",
            "The household has no head (CLN-04)",
        ));
    } else if heads > 1 {
        found.push(finding(
            "household/two-heads",
            Severity::Fault,
            "Hộ có hơn một chủ hộ (CLN-03)",
            "The household has more than one head (CLN-03)",
        ));
    }
    if h.state != HouseholdState::Open && !members.is_empty() {
        found.push(finding(
            "household/closed",
            Severity::Fault,
            "Hộ đã xóa vẫn còn thành viên",
            "A closed household has members",
        ));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Card;
    use vocabulary::{HouseholdId, PersonId, PersonalNumber, Sex};

    #[test]
    fn faulty_reality_is_found_not_refused() {
        let today = PartialDate::parse("2026-11-21").unwrap();
        let codes = |p: &Person, claims| {
            of_person(p, today, Some(56), claims).iter().map(|f| f.code).collect::<Vec<_>>()
        };
        let mut p = Person::new(PersonId(1));
        assert_eq!(
            codes(&p, 0),
            ["name/missing", "number/missing", "sex/missing", "birth-date/unknown", "residence/none"]
        );
        p.number = PersonalNumber::parse("001099000001").ok();
        p.birth_date = PartialDate::parse("1999-05").unwrap();
        p.sex = Some(Sex::Female);
        let found = codes(&p, 1);
        for code in
            ["number/claimed-twice", "birth-date/partial", "personal-number/sex", "personal-number/prefix"]
        {
            assert!(found.contains(&code), "{code}");
        }
        p.birth_date = PartialDate::parse("1999-05-12").unwrap();
        let card = |issued: &str, expires: &str| {
            let date = |text: &str| PartialDate::parse(text).unwrap();
            Some(Card { issued_on: date(issued), expires_on: date(expires), issuer: "".into() })
        };
        let of_card =
            |p: &Person| codes(p, 0).into_iter().filter(|c| c.starts_with("card/")).collect::<Vec<_>>();
        p.card = card("2022-06-01", "2039-05-12");
        assert_eq!(of_card(&p), [""; 0]);
        p.card = card("2021-03-01", "2024-05-12");
        assert_eq!(of_card(&p), ["card/expired"]);
        p.card = card("2022-03-01", "2032-03-01");
        assert_eq!(of_card(&p), ["card/validity"]);
        p.life = LifeStatus::Dead { on: PartialDate::parse("1998").unwrap() };
        p.household = Some(HouseholdId(1));
        assert!(codes(&p, 0).contains(&"death/before-birth") && codes(&p, 0).contains(&"death/in-household"));
    }

    #[test]
    fn heads_are_counted() {
        let mut h = Household::new(HouseholdId(1));
        h.state = HouseholdState::Open;
        let codes = |h: &Household, m: &[Option<Relation>]| {
            of_household(h, m).iter().map(|f| f.code).collect::<Vec<_>>()
        };
        assert_eq!(codes(&h, &[]), ["household/empty"]);
        assert_eq!(codes(&h, &[Some(Relation::Child), None]), ["household/no-head"]);
        assert_eq!(codes(&h, &[Some(Relation::Head), Some(Relation::Head)]), ["household/two-heads"]);
        assert!(codes(&h, &[Some(Relation::Head), Some(Relation::Spouse)]).is_empty());
        h.state = HouseholdState::Closed;
        assert_eq!(codes(&h, &[Some(Relation::Head)]), ["household/closed"]);
    }
}
