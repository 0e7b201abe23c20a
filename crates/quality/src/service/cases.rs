//! Cases: worked, returned for approval, ended honestly – and closed as fixed only where the rule finds nothing any more.

use super::{Quality, listed, officer};
use crate::{
    error::QualityError,
    model::{State, Subject},
    problems::{CASE_STATE, OWN_CASE, STILL_WRONG},
    store::{
        self, Units,
        cases::{self, Case, Step, Wanted},
        pairs::Pair,
        questions::{self, Question},
        sectors::{self, Finding},
        violations::{self, Standing},
    },
};
use ::store::{StoreError, Tx, transact};
use access::{Action, UnitScope};
use ledger::{Entry, Subject as About};
use population::{ActSketch, Ask, HouseholdPage, PersonPage, reconcile::Met};
use vocabulary::{Field, FieldSet, Invalid, Moment, PartialDate, PersonId, Problem, UnitCode, kinds};

/// Cases on a page.
pub(crate) const PAGE: i64 = 25;
/// Most questions in a list.
const QUESTIONS: i64 = 200;

/// A case with everything about it.
pub struct CasePage {
    /// The case.
    pub case: Case,
    /// What is wrong now; `None` where the rule finds nothing any more.
    pub standing: Option<(PartialDate, vocabulary::ActSeq)>,
    /// The act that made it.
    pub act: Option<ActSketch>,
    /// The person, where the case is about one whose record is shown.
    pub person: Option<PersonPage>,
    /// The household, where it is about one.
    pub household: Option<HouseholdPage>,
    /// Why neither is shown.
    pub hidden: Option<Problem>,
    /// The records that may be the same person's, where the case is about that.
    pub alike: Vec<PersonId>,
    /// The pairs among them that whoever links records found.
    pub pairs: Vec<Pair>,
    /// The row of a sector, where it is about one.
    pub row: Option<Finding>,
    /// The steps so far, the latest first.
    pub steps: Vec<Step>,
    /// The questions to other offices.
    pub questions: Vec<Question>,
}

/// How an officer wants a case to end.
#[derive(Clone, Debug)]
pub struct Proposal {
    /// The ending.
    pub end: State,
    /// Why; needed where [`State::needs_reason`].
    pub reason: String,
    /// The version of the case that the officer saw.
    pub version: i32,
}

/// What a lead decides.
#[derive(Clone, Debug)]
pub enum Decision {
    /// It ends as proposed.
    Approve,
    /// It goes back to the officer, with what is missing.
    Return(String),
}

const END: Invalid = Invalid::new("case/end", "Chọn cách kết thúc", "Choose how the case ends");
pub(super) const REASON: Invalid =
    Invalid::new("case/reason", "Nêu lý do, từ 3 đến 500 ký tự", "Say why, in 3 to 500 characters");
const QUESTION: Invalid = Invalid::new(
    "case/question",
    "Nội dung câu hỏi có từ 3 đến 1000 ký tự",
    "The question has 3 to 1000 characters",
);
const ANSWER: Invalid = Invalid::new(
    "case/answer",
    "Nội dung trả lời có từ 3 đến 1000 ký tự",
    "The answer has 3 to 1000 characters",
);
const ANSWER_BY: Invalid = Invalid::new(
    "case/answer-by",
    "Hạn trả lời là một ngày từ hôm nay, không quá một năm",
    "The answer is due on a day from today, within a year",
);

pub(super) fn text(value: &str, most: usize, rule: Invalid, field: &str) -> Result<String, QualityError> {
    let value: String = value.trim().chars().filter(|c| !c.is_control() || *c == '\n').collect();
    if (3..=most).contains(&value.chars().count()) { Ok(value) } else { Err(rule.at(field).into()) }
}

fn about(subject: Subject) -> About {
    match subject {
        // Whose record a row is about stands in the row.
        Subject::Row(_) => About::Nobody,
        Subject::Person(id) => About::Person(id),
        Subject::Household(id) => About::Household(id),
    }
}

/// Remembers that what a case is about is right as it is, or no longer.
async fn accept(tx: &mut Tx, case: &Case, state: Option<State>) -> Result<(), StoreError> {
    match case.subject {
        Subject::Row(id) => sectors::accept(tx, id, state).await,
        subject => violations::accept(tx, subject, &case.rule, state).await,
    }
}

impl Quality {
    /// A page of the cases in the caller's units, and whether there are more.
    ///
    /// # Errors
    /// A refusal.
    pub async fn cases(&self, ask: &Ask, wanted: &Wanted) -> Result<(Vec<Case>, bool), QualityError> {
        let units = self.reach(ask, Action::CountQuality)?;
        let skip = wanted.skip.clamp(0, 1_000_000);
        let mut found = cases::list(self.store(), &Wanted { skip, ..wanted.clone() }, &units, PAGE).await?;
        let more = found.len() as i64 > PAGE;
        found.truncate(PAGE as usize);
        Ok((found, more))
    }

    pub(super) async fn case_of(&self, ask: &Ask, id: i64, actions: &[Action]) -> Result<Case, QualityError> {
        let case = cases::find(self.store(), id).await?.ok_or_else(|| Problem::new(&kinds::NOT_FOUND))?;
        let mut refused = None;
        for action in actions {
            match self.decide(ask, *action, case.unit) {
                Ok(()) => return Ok(case),
                Err(error) => refused = refused.or(Some(error)),
            }
        }
        Err(refused.unwrap_or_else(|| Problem::new(&kinds::FORBIDDEN).into()))
    }

    /// A case, checked again now, with the record that it is about: looking at that is entered in the ledger.
    ///
    /// # Errors
    /// A refusal; not found.
    pub async fn case(&self, ask: &Ask, id: i64) -> Result<CasePage, QualityError> {
        let case = self.case_of(ask, id, &[Action::WorkCases, Action::ApproveCases]).await?;
        let standing: Option<Standing> = self.still(case.subject, &case.rule).await?;
        let act = match &standing {
            Some(s) if s.broken.cause.act.0 > 0 => self.population().act_sketch(s.broken.cause.act).await?,
            _ => None,
        };
        let (mut person, mut household, mut hidden, mut row) = (None, None, None, None);
        let shown = match case.subject {
            Subject::Person(id) => self.population().person(ask, id, None).await.map(|p| person = Some(p)),
            Subject::Household(id) => self.population().household(ask, id).await.map(|h| household = Some(h)),
            Subject::Row(id) => {
                row = sectors::find(self.store(), id).await?;
                // Of a duplicate nobody sees the other's record; who is only a namesake is for a search to tell.
                match row
                    .as_ref()
                    .filter(|r| r.met == Met::Mismatched || r.met == Met::Matched)
                    .and_then(|r| r.person)
                {
                    Some(id) => self.population().person(ask, id, None).await.map(|p| person = Some(p)),
                    None => Ok(()),
                }
            }
        };
        match shown {
            Ok(()) => {}
            // A record that was merged or annulled meanwhile, or moved to another unit, hides nothing of the case.
            Err(population::Error::Problem(problem)) => hidden = Some(problem),
            Err(error) => return Err(error.into()),
        }
        let (alike, pairs) = match case.subject {
            Subject::Person(id) if self.is_of_doubles(&case.rule) => self.alike(id).await?,
            _ => (Vec::new(), Vec::new()),
        };
        Ok(CasePage {
            alike,
            pairs,
            standing: standing.map(|s| (s.broken.cause.since, s.broken.cause.act)),
            act,
            person,
            household,
            hidden,
            row,
            steps: cases::steps(self.store(), id).await?,
            questions: questions::of_case(self.store(), id).await?,
            case,
        })
    }

    /// The next case for the officer: of those in the own hands the first after this one, else one that is nobody's yet.
    ///
    /// # Errors
    /// A refusal.
    pub async fn next_case(&self, ask: &Ask, after: Option<i64>) -> Result<Option<i64>, QualityError> {
        let units = self.reach(ask, Action::WorkCases)?;
        let own = Wanted { states: vec![State::Working], officer: Some(officer(ask)?), ..Wanted::default() };
        let open = Wanted { states: vec![State::Open], ..Wanted::default() };
        for wanted in [own, open] {
            let found = cases::list(self.store(), &wanted, &units, 500).await?;
            let mut others = found.iter().map(|c| c.id).filter(|id| Some(*id) != after);
            let later = found.iter().map(|c| c.id).find(|id| after.is_some_and(|a| *id > a));
            if let Some(id) = later.or_else(|| others.next()) {
                return Ok(Some(id));
            }
        }
        Ok(None)
    }

    /// The version of a case that the caller may decide; `None` where there is none.
    pub(crate) async fn version_of(&self, ask: &Ask, id: i64) -> Result<Option<i32>, QualityError> {
        let case = cases::find(self.store(), id).await?;
        Ok(case.filter(|c| self.decide(ask, Action::ApproveCases, c.unit).is_ok()).map(|c| c.version))
    }

    /// Writes a step of a case that is still the version seen.
    async fn step(&self, ask: &Ask, case: &Case, note: &str) -> Result<(), QualityError> {
        let who = officer(ask)?;
        let now = Moment::now();
        let outcome: Result<_, QualityError> = transact!(self.store(), tx => {
            if !cases::step(tx, case, &who, note, now).await? {
                return Err(Problem::new(&kinds::CONFLICT).into());
            }
            if !case.state.is_end() {
                return Ok(None);
            }
            let accepted = Some(case.state).filter(|s| s.accepts());
            accept(tx, case, accepted).await?;
            let basis = ask.basis.clone().ok_or_else(|| Problem::new(&kinds::PURPOSE_REQUIRED))?;
            let (actor, fields) = (ask.caller.actor.clone(), FieldSet::of(&[Field::Findings]));
            let entry = Entry::changed(actor, basis, "quality.case", about(case.subject), fields)
                .note(format!("{} {}: {}", case.id, case.rule, case.state.code()));
            Ok(Some(self.inner.ledger.append_in(tx, entry).await?))
        });
        if let Some(pending) = outcome? {
            self.inner.ledger.confirm(pending).await?;
        }
        Ok(())
    }

    /// Takes a case into the officer's hands, also one that another officer has.
    ///
    /// # Errors
    /// A refusal; a case that waits for approval or has ended.
    pub async fn take(&self, ask: &Ask, id: i64, version: i32) -> Result<(), QualityError> {
        let mut case = self.case_of(ask, id, &[Action::WorkCases]).await?;
        if !matches!(case.state, State::Open | State::Working) || case.closed {
            return Err(Problem::new(&CASE_STATE).into());
        }
        case.version = version;
        case.state = State::Working;
        case.officer = Some(officer(ask)?);
        self.step(ask, &case, "").await
    }

    /// Returns a case for approval. As fixed it goes only where the rule, checked again now, finds nothing any more.
    ///
    /// # Errors
    /// A refusal; still wrong; invalid; a case that waits for approval or has ended.
    pub async fn propose(&self, ask: &Ask, id: i64, proposal: &Proposal) -> Result<(), QualityError> {
        let mut case = self.case_of(ask, id, &[Action::WorkCases]).await?;
        if !matches!(case.state, State::Open | State::Working) || case.closed {
            return Err(Problem::new(&CASE_STATE).into());
        }
        if !proposal.end.is_end() {
            return Err(END.at("end").into());
        }
        let reason = if proposal.end.needs_reason() {
            text(&proposal.reason, 500, REASON, "reason")?
        } else {
            proposal.reason.trim().chars().filter(|c| !c.is_control()).take(500).collect()
        };
        if proposal.end == State::Fixed && self.still(case.subject, &case.rule).await?.is_some() {
            return Err(Problem::new(&STILL_WRONG).into());
        }
        case.version = proposal.version;
        case.state = State::Submitted;
        case.proposed = Some(proposal.end);
        case.reason = reason.clone();
        case.officer = Some(officer(ask)?);
        self.step(ask, &case, &reason).await
    }

    /// Ends a case as proposed, or sends it back.
    ///
    /// # Errors
    /// A refusal; the own case; still wrong; a case that does not wait for approval.
    pub async fn decide_case(
        &self,
        ask: &Ask,
        id: i64,
        version: i32,
        decision: &Decision,
    ) -> Result<(), QualityError> {
        let mut case = self.case_of(ask, id, &[Action::ApproveCases]).await?;
        let who = officer(ask)?;
        let Some(end) = case.proposed.filter(|_| case.state == State::Submitted && !case.closed) else {
            return Err(Problem::new(&CASE_STATE).into());
        };
        if case.officer.as_deref() == Some(who.as_str()) {
            return Err(Problem::new(&OWN_CASE).into());
        }
        case.version = version;
        match decision {
            Decision::Approve => {
                if end == State::Fixed && self.still(case.subject, &case.rule).await?.is_some() {
                    return Err(Problem::new(&STILL_WRONG).into());
                }
                case.state = end;
                case.ended = Some(PartialDate::today());
                case.approver = Some(who);
                self.step(ask, &case, "").await?;
                if end == State::NotAnError {
                    self.judge_case(ask, case.subject, &case.rule, &case.reason).await?;
                }
                Ok(())
            }
            Decision::Return(note) => {
                let note = text(note, 500, REASON, "note")?;
                case.state = State::Working;
                case.proposed = None;
                case.reason.clear();
                self.step(ask, &case, &note).await
            }
        }
    }

    /// Opens a case again that ended otherwise than fixed: the other province has answered, or there is new evidence.
    ///
    /// # Errors
    /// A refusal; a case that has not ended so.
    pub async fn reopen(&self, ask: &Ask, id: i64, version: i32, note: &str) -> Result<(), QualityError> {
        let mut case = self.case_of(ask, id, &[Action::ApproveCases]).await?;
        let note = text(note, 500, REASON, "note")?;
        if !case.state.is_end() || case.state == State::Fixed || case.closed {
            return Err(Problem::new(&CASE_STATE).into());
        }
        case.version = version;
        let accepted = case.state.accepts();
        case.state = State::Open;
        (case.proposed, case.ended, case.approver) = (None, None, None);
        case.reason.clear();
        self.step(ask, &case, &note).await?;
        if accepted {
            let outcome: Result<(), QualityError> = transact!(self.store(), tx => {
                accept(tx, &case, None).await?;
                Ok(())
            });
            outcome?;
        }
        Ok(())
    }

    /// Asks another office about a case, with the day by which it is to answer.
    ///
    /// # Errors
    /// A refusal; invalid.
    pub async fn ask_office(
        &self,
        ask: &Ask,
        id: i64,
        unit: UnitCode,
        question: &str,
        answer_by: PartialDate,
    ) -> Result<(), QualityError> {
        let case = self.case_of(ask, id, &[Action::WorkCases, Action::ApproveCases]).await?;
        let unit = listed(unit)?;
        let question = text(question, 1_000, QUESTION, "question")?;
        let today = PartialDate::today();
        let year = |d: PartialDate| d.year().unwrap_or_default();
        if !answer_by.is_whole() || answer_by < today || year(answer_by) > year(today) + 1 {
            return Err(ANSWER_BY.at("answer-by").into());
        }
        if case.closed {
            return Err(Problem::new(&CASE_STATE).into());
        }
        let question = Question {
            id: 0,
            case: id,
            asked_at: Moment::now(),
            asked_by: officer(ask)?,
            unit,
            question,
            answer_by,
            answer: None,
            answered_at: None,
            answered_by: None,
        };
        transact!(self.store(), tx => {
            store::lock(tx).await?;
            questions::add(tx, &question).await?;
            Ok(())
        })
    }

    /// The units for which the caller answers questions: the communes, and the provinces among the own units.
    fn asked_units(&self, ask: &Ask) -> Result<Units, QualityError> {
        let reach = match self.reach(ask, Action::WorkCases) {
            Ok(units) => units,
            Err(_) => self.reach(ask, Action::ApproveCases)?,
        };
        Ok(match (reach, &ask.caller.units) {
            (Units::These(mut units), UnitScope::Units(own)) => {
                units.extend(own);
                units.sort_unstable();
                units.dedup();
                Units::These(units)
            }
            (other, _) => other,
        })
    }

    /// The questions that wait for an answer from the caller's units, the most urgent first, and how many are late.
    ///
    /// # Errors
    /// A refusal.
    pub async fn questions(&self, ask: &Ask) -> Result<(Vec<Question>, i64), QualityError> {
        let units = self.asked_units(ask)?;
        let late = questions::overdue(self.store(), &units, PartialDate::today()).await?;
        Ok((questions::waiting(self.store(), &units, QUESTIONS).await?, late))
    }

    /// Answers a question to one of the caller's units.
    ///
    /// # Errors
    /// A refusal; not found; invalid; already answered.
    pub async fn answer(&self, ask: &Ask, id: i64, answer: &str) -> Result<(), QualityError> {
        let units = self.asked_units(ask)?;
        let question =
            questions::find(self.store(), id).await?.ok_or_else(|| Problem::new(&kinds::NOT_FOUND))?;
        let own = match &units {
            Units::All => true,
            Units::These(own) => own.contains(&question.unit),
        };
        if !own {
            return Err(Problem::new(&kinds::NOT_FOUND).into());
        }
        let answer = text(answer, 1_000, ANSWER, "answer")?;
        let who = officer(ask)?;
        let done: Result<bool, QualityError> = transact!(self.store(), tx => {
            Ok(questions::answer(tx, id, &answer, &who, Moment::now()).await?)
        });
        if done? { Ok(()) } else { Err(Problem::new(&kinds::CONFLICT).into()) }
    }
}
