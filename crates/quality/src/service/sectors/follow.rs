//! Rows of sectors follow the registry: one that it mended matches from the act on (PAIN-16).

use super::run::{can_be_compared_again, salt};
use crate::{
    error::QualityError,
    model::{Broken, Cause, Subject, Word},
    service::Quality,
    store::{
        self,
        sectors::{self, Finding, Redone},
        violations::Standing,
    },
};
use ::store::transact;
use population::reconcile::{Again, How, Kept, Met};
use std::collections::BTreeMap;
use vocabulary::{ActSeq, Field, FieldSet, Moment, PersonId};

impl Quality {
    /// Compares the open rows again that speak of these persons, or bear their numbers; how many.
    pub(crate) async fn rows_again(&self, persons: &[PersonId]) -> Result<u64, QualityError> {
        if persons.is_empty() || !sectors::any_at_all(self.store()).await? {
            return Ok(0);
        }
        let numbers = self.population().numbers_now(&self.own_ask()?, persons).await?;
        let mut rows: BTreeMap<i64, Finding> = BTreeMap::new();
        for finding in sectors::of_persons(self.store(), persons).await? {
            rows.insert(finding.id, finding);
        }
        for finding in sectors::of_numbers(self.store(), &numbers).await? {
            rows.insert(finding.id, finding);
        }
        let rows: Vec<Finding> = rows.into_values().filter(can_be_compared_again).collect();
        self.compare_again(&rows).await
    }

    /// Compares a row again, and tells whether it is still not matched.
    pub(crate) async fn still_row(&self, id: i64) -> Result<Option<Standing>, QualityError> {
        if let Some(finding) = sectors::find(self.store(), id).await?.filter(can_be_compared_again) {
            self.compare_again(&[finding]).await?;
        }
        let finding = sectors::find(self.store(), id).await?.filter(|f| f.met != Met::Matched);
        Ok(finding.map(|f| Standing {
            broken: Broken {
                subject: Subject::Row(f.id),
                rule: f.rule,
                word: Word::Correct,
                unit: f.unit,
                hamlet: None,
                cause: Cause { act: ActSeq(0), since: f.since },
            },
            found_at: Moment::now(),
            accepted: f.accepted,
        }))
    }

    /// Compares rows again; how many.
    pub(crate) async fn compare_again(&self, rows: &[Finding]) -> Result<u64, QualityError> {
        let kept: Vec<Kept> = rows
            .iter()
            .map(|f| Kept {
                number: f.number,
                person: f.person,
                salt: salt(&f.sector, &f.key),
                claims: f.claims.clone(),
            })
            .collect();
        let answers = self.population().reconcile_again(&self.own_ask()?, &kept).await?;
        let (mut settled, mut redone) = (Vec::new(), Vec::new());
        for (finding, again) in rows.iter().zip(answers) {
            match again {
                Again::Matched(person, _) => settled.push((finding.id, person)),
                Again::Differs(person, unit, fields) => {
                    let number = fields.has(Field::PersonalNumber);
                    let before = super::fields_of(&finding.fields);
                    let same = before.iter().map(|(f, _)| *f).collect::<FieldSet>() == fields;
                    // Who only bears the name is not found by it.
                    let found = finding.met == Met::Mismatched || !number && finding.met == Met::NotFound;
                    if !found || same && finding.met == Met::Mismatched {
                        continue;
                    }
                    let how =
                        |field| before.iter().find(|(f, _)| *f == field).map_or(How::Other, |(_, how)| *how);
                    let all: Vec<String> =
                        fields.iter().map(|f| format!("{}:{}", f.code(), how(f).code())).collect();
                    let rule = finding.rule.replace(finding.met.code(), Met::Mismatched.code());
                    redone.push(Redone { id: finding.id, rule, person, unit, fields: all.join(" ") });
                }
                Again::AsBefore => {}
            }
        }
        if !settled.is_empty() || !redone.is_empty() {
            let now = Moment::now();
            let written: Result<(), QualityError> = transact!(self.store(), tx => {
                store::lock(tx).await?;
                sectors::settle(tx, &settled, now).await?;
                Ok(sectors::redo(tx, &redone).await?)
            });
            written?;
        }
        Ok(rows.len() as u64)
    }
}
