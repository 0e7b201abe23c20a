//! A number that two claim, seen from both sides – the sector that keeps the row, and the commune whose resident has the
//! number – without either seeing the other's record (PAIN-15): masked names and years of birth, questions with a day for
//! the answer, and what was ascertained.

use super::{digits, who};
use crate::{
    error::QualityError,
    service::Quality,
    store::{
        self, Units,
        sectors::{self, Finding, SectorOutcome, SectorQuestion, WaitingQuestion},
    },
};
use ::store::transact;
use access::Action;
use population::{Ask, reconcile::Met};
use vocabulary::{Invalid, Moment, PartialDate, Problem, Text, UnitCode, kinds};

/// From which side somebody looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The agency that keeps the row.
    Sector,
    /// The commune that answers for the resident.
    Commune,
}

impl Side {
    /// The direction of a question that this side asks.
    const fn asks(self) -> i16 {
        match self {
            Side::Sector => 1,
            Side::Commune => 2,
        }
    }

    /// The direction of a question that this side answers.
    const fn answers(self) -> i16 {
        match self {
            Side::Sector => 2,
            Side::Commune => 1,
        }
    }
}

/// A row that bears the number, as the other side may see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bearer {
    /// The sector; `None` for the registry.
    pub sector: Option<String>,
    /// The register's own key; told for rows of sectors.
    pub key: String,
    /// First letters of the name, year of birth.
    pub silhouette: String,
    /// The commune that answers.
    pub unit: Option<UnitCode>,
    /// The row, where it is one.
    pub finding: Option<i64>,
}

/// A duplicate with both sides.
pub struct DuplicatePage {
    /// The row.
    pub finding: Finding,
    /// From which side it is looked at.
    pub side: Side,
    /// The number, which both sides have.
    pub number: String,
    /// Everybody who bears it: the registry's persons, then the rows.
    pub bearers: Vec<Bearer>,
    /// The questions of both sides, in order.
    pub questions: Vec<SectorQuestion>,
    /// What was ascertained, the latest first.
    pub outcomes: Vec<SectorOutcome>,
}

/// What can be ascertained about a duplicate.
pub const OUTCOMES: [(i16, Text); 3] = [
    (1, Text::new("Số trong tệp của ngành sai", "The sector's number is wrong")),
    (2, Text::new("Số trong CSDL dân cư sai", "The registry's number is wrong")),
    (3, Text::new("Hai bên là một người", "Both are one person")),
];

/// Most questions in a list.
const WAITING: i64 = 100;

const QUESTION: Invalid = Invalid::new(
    "sector/question",
    "Nội dung câu hỏi có từ 3 đến 1000 ký tự",
    "The question has 3 to 1000 characters",
);
const ANSWER: Invalid = Invalid::new(
    "sector/answer",
    "Nội dung trả lời có từ 3 đến 1000 ký tự",
    "The answer has 3 to 1000 characters",
);
const NOTE: Invalid =
    Invalid::new("sector/note", "Nêu căn cứ, từ 3 đến 500 ký tự", "Say with what, in 3 to 500 characters");
const OUTCOME: Invalid =
    Invalid::new("sector/outcome", "Chọn kết quả xác minh", "Choose what was ascertained");
const ANSWER_BY: Invalid = Invalid::new(
    "sector/answer-by",
    "Hạn trả lời là một ngày từ hôm nay, không quá một năm",
    "The answer is due on a day from today, within a year",
);

fn text(value: &str, most: usize, rule: Invalid, field: &str) -> Result<String, QualityError> {
    let value: String = value.trim().chars().filter(|c| !c.is_control() || *c == '\n').collect();
    if (3..=most).contains(&value.chars().count()) { Ok(value) } else { Err(rule.at(field).into()) }
}

impl Quality {
    /// A duplicate and the side from which the caller looks; not found where it is nothing to the caller.
    async fn duplicate_of(&self, ask: &Ask, id: i64) -> Result<(Finding, Side), QualityError> {
        let missing = || Problem::new(&kinds::NOT_FOUND);
        let finding = sectors::find(self.store(), id).await?.ok_or_else(missing)?;
        // What was a duplicate, and is none any more, can still be looked at by those who spoke about it.
        if finding.met != Met::Duplicate && finding.silhouette.is_empty() {
            return Err(missing().into());
        }
        let own = self.is_own_row(ask, &finding);
        // A steward of the police speaks for the commune where the row is another agency's.
        if own && finding.agency == ask.caller.actor.agency {
            Ok((finding, Side::Sector))
        } else if self.is_in_commune(ask, &finding) {
            Ok((finding, Side::Commune))
        } else if own {
            Ok((finding, Side::Sector))
        } else {
            Err(missing().into())
        }
    }

    /// A duplicate with both sides. The look at those who have the number in the registry is entered in the ledger.
    ///
    /// # Errors
    /// A refusal; not found.
    pub async fn duplicate(&self, ask: &Ask, id: i64) -> Result<DuplicatePage, QualityError> {
        let (finding, side) = self.duplicate_of(ask, id).await?;
        let mut bearers = Vec::new();
        if let Some(number) = finding.number {
            let action = match side {
                Side::Sector => Action::ReconcileFiles,
                Side::Commune if self.decide(ask, Action::WorkCases, finding.unit).is_ok() => {
                    Action::WorkCases
                }
                Side::Commune => Action::ApproveCases,
            };
            for (_, silhouette) in self.population().silhouettes(ask, action, number).await? {
                bearers.push(Bearer {
                    sector: None,
                    key: String::new(),
                    silhouette: silhouette.to_string(),
                    unit: finding.unit,
                    finding: None,
                });
            }
            for row in sectors::bearing(self.store(), number).await? {
                bearers.push(Bearer {
                    sector: Some(row.sector),
                    key: row.key,
                    silhouette: row.silhouette,
                    unit: row.unit,
                    finding: Some(row.id),
                });
            }
        }
        Ok(DuplicatePage {
            number: finding.number.map(digits).unwrap_or_default(),
            side,
            bearers,
            questions: sectors::questions(self.store(), id).await?,
            outcomes: sectors::outcomes(self.store(), id).await?,
            finding,
        })
    }

    /// The duplicates of the caller's communes, and whether there are more.
    ///
    /// # Errors
    /// A refusal.
    pub async fn duplicates_here(&self, ask: &Ask, page: i64) -> Result<(Vec<Finding>, bool), QualityError> {
        let units = match self.reach(ask, Action::WorkCases) {
            Ok(units) => units,
            Err(_) => self.reach(ask, Action::ApproveCases)?,
        };
        let mut found = Vec::new();
        let (skip, most) = ((page.clamp(1, 10_000) - 1) * super::ROWS, super::ROWS);
        // Few sectors have duplicates in the communes of one officer.
        for sector in self.sectors().all() {
            let whose = sectors::Whose { sector: &sector.id, agency: None, units: &units };
            found.append(&mut sectors::list(self.store(), &whose, Met::Duplicate, 0, skip + most).await?);
        }
        let more = found.len() as i64 > skip + most;
        Ok((found.into_iter().skip(skip as usize).take(most as usize).collect(), more))
    }

    /// The questions about duplicates that wait for an answer from the caller's side, the most urgent first.
    ///
    /// # Errors
    /// A refusal.
    pub async fn side_questions(&self, ask: &Ask, side: Side) -> Result<Vec<WaitingQuestion>, QualityError> {
        let (agency, units) = match side {
            Side::Sector => {
                self.own_sectors(ask)?;
                (self.of_agency(ask), Units::All)
            }
            Side::Commune => match self.reach(ask, Action::WorkCases) {
                Ok(units) => (None, units),
                Err(_) => (None, self.reach(ask, Action::ApproveCases)?),
            },
        };
        Ok(sectors::waiting(self.store(), side.answers(), agency, &units, WAITING).await?)
    }

    /// Asks the other side of a duplicate, with the day by which it is to answer.
    ///
    /// # Errors
    /// A refusal; not found; invalid.
    pub async fn ask_side(
        &self,
        ask: &Ask,
        id: i64,
        question: &str,
        answer_by: PartialDate,
    ) -> Result<(), QualityError> {
        let (_, side) = self.duplicate_of(ask, id).await?;
        let question = text(question, 1_000, QUESTION, "question")?;
        let today = PartialDate::today();
        let year = |d: PartialDate| d.year().unwrap_or_default();
        if !answer_by.is_whole() || answer_by < today || year(answer_by) > year(today) + 1 {
            return Err(ANSWER_BY.at("answer-by").into());
        }
        let asked = SectorQuestion {
            id: 0,
            finding: id,
            direction: side.asks(),
            asked_at: Moment::now(),
            asked_by: who(ask),
            agency: ask.caller.actor.agency.clone(),
            question,
            answer_by,
            answer: None,
            answered_at: None,
            answered_by: None,
        };
        transact!(self.store(), tx => {
            store::lock(tx).await?;
            Ok(sectors::ask(tx, &asked).await?)
        })
    }

    /// Answers a question of the other side.
    ///
    /// # Errors
    /// A refusal; not found; invalid; conflict where it is answered, or was asked by the own side.
    pub async fn answer_side(
        &self,
        ask: &Ask,
        id: i64,
        question: i64,
        answer: &str,
    ) -> Result<(), QualityError> {
        let (_, side) = self.duplicate_of(ask, id).await?;
        let answer = text(answer, 1_000, ANSWER, "answer")?;
        let done: Result<bool, QualityError> = transact!(self.store(), tx => {
            let of = (id, question, side.answers());
            Ok(sectors::answer(tx, of, &answer, &who(ask), Moment::now()).await?)
        });
        if done? { Ok(()) } else { Err(Problem::new(&kinds::CONFLICT).into()) }
    }

    /// Says what was ascertained about a duplicate. The number itself is mended by whoever keeps it.
    ///
    /// # Errors
    /// A refusal; not found; invalid.
    pub async fn settle_duplicate(
        &self,
        ask: &Ask,
        id: i64,
        outcome: i16,
        note: &str,
    ) -> Result<(), QualityError> {
        self.duplicate_of(ask, id).await?;
        if OUTCOMES.iter().all(|(number, _)| *number != outcome) {
            return Err(OUTCOME.at("outcome").into());
        }
        let said = SectorOutcome {
            outcome,
            note: text(note, 500, NOTE, "note")?,
            at: Moment::now(),
            who: who(ask),
            agency: ask.caller.actor.agency.clone(),
        };
        transact!(self.store(), tx => {
            store::lock(tx).await?;
            Ok(sectors::add_outcome(tx, id, &said).await?)
        })
    }
}
