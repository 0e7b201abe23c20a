//! Rules as data: read from a file, checked whole when it is read, and asked of the facts of a record.

mod expression;
mod variables;

pub use expression::{Fault, Kind};
pub use variables::{HOUSEHOLD, PERSON, Variable};

use crate::{
    model::{Broken, Cause, Indicator, Severity, Subject, Word},
    sectors::Sectors,
};
use expression::Condition;
use population::facts::{Facts, HouseholdFacts, Made, behind};
use serde::Deserialize;
use std::collections::BTreeSet;
use variables::{Of, values};
use vocabulary::{Field, FieldSet, Hamlet, Lang, PartialDate, UnitCode};

/// A rule of quality.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Stable name.
    pub id: String,
    /// Of which kind of record.
    pub of: RecordKind,
    /// Which of the four words it measures.
    pub word: Word,
    /// How much it weighs.
    pub severity: Severity,
    /// The task of cleaning that it belongs to.
    pub indicator: Option<Indicator>,
    /// What is wrong, in Vietnamese.
    pub vi: String,
    /// What is wrong, in English.
    pub en: String,
    /// The legal basis.
    pub basis: String,
    /// The fields concerned.
    pub fields: FieldSet,
    /// The form of the desk that mends it: the last part of its address.
    pub act: Option<String>,
    /// The condition as written.
    pub when: String,
    overdue: bool,
    condition: Condition,
}

/// The kinds of record that rules speak of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RecordKind {
    /// A person.
    Person,
    /// A household.
    Household,
}

impl Rule {
    /// What is wrong, in one language.
    pub fn text(&self, lang: Lang) -> &str {
        lang.pick(&self.vi, &self.en)
    }
}

/// What is wrong with a file of rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleFault {
    /// The rule, or `file`.
    pub place: String,
    /// The fault in Vietnamese.
    pub vi: String,
    /// The fault in English.
    pub en: String,
}

impl RuleFault {
    /// The fault in one language.
    pub fn text(&self, lang: Lang) -> &str {
        lang.pick(&self.vi, &self.en)
    }
}

impl std::fmt::Display for RuleFault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.place, self.en)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    rule: Vec<Written>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    id: String,
    of: RecordKind,
    word: Word,
    severity: Severity,
    indicator: Option<Indicator>,
    vi: String,
    en: String,
    when: String,
    fields: Vec<Field>,
    act: Option<String>,
    since: Option<String>,
    basis: String,
}

/// Most rules of all files together.
const MOST: usize = 500;

/// The rules in force, in the order of their files.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    rules: Vec<Rule>,
    sectors: Sectors,
}

impl Rules {
    /// The rules that come with the product.
    pub const BUILTIN: &'static str = include_str!("../../rules/default.toml");

    /// The rules that come with the product. Should their file be broken, which the tests of this crate exclude, none.
    pub fn builtin() -> Rules {
        Rules::parse(Rules::BUILTIN).unwrap_or_default().with_sectors(Sectors::builtin())
    }

    /// Reads a file of rules.
    ///
    /// # Errors
    /// Every fault found: what is no TOML of this form, an identifier that stands twice or is none, empty texts, a
    /// condition that is not understood.
    pub fn parse(toml: &str) -> Result<Rules, Vec<RuleFault>> {
        let file: File = toml::from_str(toml).map_err(|error| {
            let line =
                error.span().map_or(1, |s| toml.get(..s.start).unwrap_or_default().lines().count().max(1));
            let (place, message) = (format!("file, line {line}"), error.message().to_owned());
            vec![RuleFault {
                place, vi: format!("Không đọc được tệp quy tắc: {message}"), en: message
            }]
        })?;
        let mut faults = Vec::new();
        let mut known = BTreeSet::new();
        let mut rules = Vec::with_capacity(file.rule.len());
        for written in file.rule {
            let mut refuse = |vi: &str, en: &str| {
                faults.push(RuleFault { place: written.id.clone(), vi: vi.to_owned(), en: en.to_owned() });
            };
            let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
            if written.id.is_empty() || written.id.len() > 60 || !written.id.bytes().all(plain) {
                refuse(
                    "Mã quy tắc gồm 1–60 ký tự a–z, 0–9, gạch nối",
                    "An id has 1–60 characters of a–z, 0–9, hyphen",
                );
            }
            if !known.insert(written.id.clone()) {
                refuse("Mã quy tắc bị trùng", "The id stands twice");
            }
            let long = |text: &str| text.trim().is_empty() || text.chars().count() > 300;
            if long(&written.vi) || long(&written.en) || long(&written.basis) {
                refuse(
                    "Thiếu nội dung hoặc căn cứ, hoặc dài quá 300 ký tự",
                    "A text or the basis is missing, or longer than 300 characters",
                );
            }
            if written.fields.is_empty() {
                refuse("Thiếu các trường liên quan", "No field is named");
            }
            if written.act.as_deref().is_some_and(|a| a.is_empty() || !a.bytes().all(plain)) {
                refuse("Mã biểu mẫu không đúng", "The act is no name of a form");
            }
            if written.since.as_deref().is_some_and(|s| s != "overdue") {
                refuse("“since” chỉ có thể là overdue", "since can be overdue alone");
            }
            let condition = match written.of {
                RecordKind::Person => Condition::parse(&written.when, &Of(PERSON)),
                RecordKind::Household => Condition::parse(&written.when, &Of(HOUSEHOLD)),
            };
            match condition {
                Ok(condition) => rules.push(Rule {
                    id: written.id,
                    of: written.of,
                    word: written.word,
                    severity: written.severity,
                    indicator: written.indicator,
                    vi: written.vi,
                    en: written.en,
                    basis: written.basis,
                    fields: written.fields.into_iter().collect(),
                    act: written.act,
                    when: written.when,
                    overdue: written.since.is_some(),
                    condition,
                }),
                Err(fault) => {
                    let at = fault.at + 1;
                    let vi = format!("{} (ký tự thứ {at})", fault.vi);
                    refuse(&vi, &format!("{} (character {at})", fault.en));
                }
            }
        }
        if rules.len() > MOST {
            let (vi, en) = (format!("Quá {MOST} quy tắc"), format!("More than {MOST} rules"));
            faults.push(RuleFault { place: "file".to_owned(), vi, en });
        }
        if faults.is_empty() { Ok(Rules { rules, sectors: Sectors::default() }) } else { Err(faults) }
    }

    /// These rules with the sectors that are reconciled, whose rows break rules of their own.
    #[must_use]
    pub fn with_sectors(mut self, sectors: Sectors) -> Rules {
        self.sectors = self.sectors.with(sectors);
        self
    }

    /// The sectors that are reconciled.
    pub fn sectors(&self) -> &Sectors {
        &self.sectors
    }

    /// These rules with those of another file, which take the place of rules with the same id.
    #[must_use]
    pub fn with(mut self, others: Rules) -> Rules {
        for rule in others.rules {
            match self.rules.iter_mut().find(|r| r.id == rule.id) {
                Some(same) => *same = rule,
                None => self.rules.push(rule),
            }
        }
        self
    }

    /// All rules.
    pub fn all(&self) -> &[Rule] {
        &self.rules
    }

    /// A rule by its name.
    pub fn find(&self, id: &str) -> Option<&Rule> {
        self.rules.iter().find(|r| r.id == id)
    }

    /// The rules of an indicator.
    pub fn of_indicator(&self, indicator: Indicator) -> impl Iterator<Item = &Rule> {
        self.rules.iter().filter(move |r| r.indicator == Some(indicator))
    }
}

/// Asks all rules of one record after another.
pub struct Check<'a> {
    rules: &'a Rules,
    values: Vec<Option<i64>>,
}

impl<'a> Check<'a> {
    /// A check by some rules.
    pub fn new(rules: &'a Rules) -> Check<'a> {
        Check { rules, values: Vec::new() }
    }

    /// The rules that a person's record breaks.
    pub fn person(&mut self, facts: &Facts, into: &mut Vec<Broken>) {
        values(PERSON, facts, &mut self.values);
        for rule in self.rules.rules.iter().filter(|r| r.of == RecordKind::Person) {
            if rule.condition.holds(&self.values) {
                let mut cause = cause(behind(&facts.acts, rule.fields));
                if rule.overdue && !facts.overdue_since.is_unknown() {
                    cause.since = facts.overdue_since;
                }
                into.push(broken(rule, Subject::Person(facts.person), (facts.unit, &facts.hamlet), cause));
            }
        }
    }

    /// The rules that a household breaks.
    pub fn household(&mut self, facts: &HouseholdFacts, into: &mut Vec<Broken>) {
        values(HOUSEHOLD, facts, &mut self.values);
        for rule in self.rules.rules.iter().filter(|r| r.of == RecordKind::Household) {
            if rule.condition.holds(&self.values) {
                let of_head = rule.fields.has(Field::RelationToHead);
                let made = facts.heads_since.filter(|_| of_head).or_else(|| behind(&facts.acts, rule.fields));
                let place = (facts.unit, &facts.hamlet);
                into.push(broken(rule, Subject::Household(facts.household), place, cause(made)));
            }
        }
    }
}

fn cause(made: Option<Made>) -> Cause {
    let Some(made) = made else { return Cause { act: vocabulary::ActSeq(0), since: PartialDate::UNKNOWN } };
    let (y, m, d) = made.recorded.local_date();
    let day = PartialDate::new(y.unsigned_abs(), m.unsigned_abs(), d.unsigned_abs());
    Cause { act: made.act, since: day.unwrap_or_default() }
}

fn broken(
    rule: &Rule,
    subject: Subject,
    (unit, hamlet): (Option<UnitCode>, &Option<Hamlet>),
    cause: Cause,
) -> Broken {
    Broken { subject, rule: rule.id.clone(), word: rule.word, unit, hamlet: hamlet.clone(), cause }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rules_of_the_product_are_whole() {
        let rules = Rules::parse(Rules::BUILTIN).unwrap_or_else(|faults| panic!("{faults:?}"));
        for word in Word::ALL {
            assert!(rules.all().iter().filter(|r| r.word == *word).count() >= 5, "{word:?}");
        }
        for code in 1..=7 {
            let indicator = Indicator::parse(&format!("CLN-{code:02}")).unwrap();
            assert!(rules.of_indicator(indicator).next().is_some(), "{indicator:?}");
        }
    }

    #[test]
    fn a_file_adds_and_replaces() {
        let rule = |id: &str, when: &str| {
            format!(
                "[[rule]]\nid = \"{id}\"\nof = \"person\"\nword = \"clean\"\nseverity = \"fault\"\nvi = \"a\"\nen = \"b\"\n\
                 when = \"{when}\"\nfields = [\"sex\"]\nbasis = \"c\"\n"
            )
        };
        let own = Rules::parse(&(rule("own", "alive && age > 90") + &rule("two-hearts", "dead"))).unwrap();
        let builtin = Rules::builtin().all().len();
        let both = Rules::builtin().with(own.clone()).with(own);
        assert_eq!(both.all().len(), builtin + 2);
        assert_eq!(both.find("own").unwrap().when, "alive && age > 90");

        let places = |text: &str| {
            Rules::parse(text).unwrap_err().into_iter().map(|f| f.to_string()).collect::<Vec<_>>()
        };
        assert_eq!(places(&rule("x", "heads > 1")), ["x: There is no fact named heads (character 1)"]);
        assert_eq!(places(&(rule("x", "dead") + &rule("x", "dead"))), ["x: The id stands twice"]);
        assert_eq!(places(&rule("X y", "dead")), ["X y: An id has 1–60 characters of a–z, 0–9, hyphen"]);
        assert!(places("[[rule]]\nid = 3")[0].starts_with("file, line"));
    }
}
