//! Sealed values, and the receipts that open them.
//!
//! A domain's store hands out `Sealed<Person>`; what is inside leaves only through [`Sealed::open`], against the
//! [`Receipt`] of a durable entry about the same subject, as a view of the fields that the entry names. Only the
//! ledger makes receipts:
//!
//! ```compile_fail,E0451
//! fn forge(other: ledger::Receipt) -> ledger::Receipt { ledger::Receipt { seq: 0, ..other } }
//! ```
//! ```compile_fail,E0616
//! fn peek(sealed: ledger::Sealed<String>) -> String { sealed.value }
//! ```
//! ```compile_fail,E0599
//! fn twice(receipt: ledger::Receipt) -> (ledger::Receipt, ledger::Receipt) { (receipt.clone(), receipt) }
//! ```
//! ```compile_fail,E0616
//! fn early(pending: ledger::Pending) -> ledger::Receipt { pending.receipt }
//! ```
//! ```compile_fail,E0616
//! fn guess(compared: ledger::Compared) -> ledger::Verdict { compared.verdict }
//! ```

use crate::{
    Hash,
    entry::{Outcome, Prepared, Subject, Verdict},
};
use std::fmt;
use vocabulary::{FieldSet, Moment};

/// A value of a domain that can be shown in part.
pub trait Releasable {
    /// What is shown: it holds the released fields and nothing of the others.
    type View;

    /// Whose data it is.
    fn subject(&self) -> Subject;

    /// Keeps these fields and drops the rest.
    fn release(self, fields: FieldSet) -> Self::View;
}

/// A value with which claims can be compared without showing it.
pub trait Comparable: Releasable {
    /// What is claimed: a value for some fields.
    type Claim;

    /// Which claims are right.
    fn compare(&self, claim: &Self::Claim) -> Verdict;
}

/// A value that nobody sees without an entry in the ledger.
#[derive(Clone)]
pub struct Sealed<T> {
    value: T,
}

impl<T: Releasable> Sealed<T> {
    /// Seals a value; for stores, at the moment in which they have read it.
    pub fn new(value: T) -> Sealed<T> {
        Sealed { value }
    }

    /// Whose data it is.
    pub fn subject(&self) -> Subject {
        self.value.subject()
    }

    /// The fields that the entry behind the receipt names.
    ///
    /// # Errors
    /// [`SealError`] where the entry is about another subject, or was not written for showing.
    pub fn open(self, receipt: &Receipt) -> Result<T::View, SealError> {
        if receipt.subject != self.value.subject() {
            return Err(SealError::OtherSubject);
        }
        if !receipt.shows {
            return Err(SealError::NotForShowing);
        }
        Ok(self.value.release(receipt.fields))
    }
}

impl<T: Comparable> Sealed<T> {
    /// Compares claims with the value. The answer stays closed until [`Entry::compared`](crate::Entry::compared) is
    /// durable; then [`Receipt::verdict`] tells it.
    pub fn compare(&self, claim: &T::Claim) -> Compared {
        Compared { subject: self.value.subject(), verdict: self.value.compare(claim) }
    }
}

impl<T> fmt::Debug for Sealed<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sealed(redacted)")
    }
}

/// The answer of a comparison, not yet to be read.
pub struct Compared {
    subject: Subject,
    verdict: Verdict,
}

impl Compared {
    /// Whose data was compared.
    pub fn subject(&self) -> Subject {
        self.subject
    }

    pub(crate) fn into_parts(self) -> (Subject, Verdict) {
        (self.subject, self.verdict)
    }
}

impl fmt::Debug for Compared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Compared(redacted)")
    }
}

/// Why a sealed value stays closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// The entry is about somebody else.
    #[error("the ledger entry is about another subject")]
    OtherSubject,
    /// The entry says that nothing is shown.
    #[error("the ledger entry is not one that shows fields")]
    NotForShowing,
}

/// Proof, within this process, that an entry is durable.
#[derive(Debug)]
pub struct Receipt {
    seq: u64,
    subject: Subject,
    fields: FieldSet,
    at: Moment,
    outcome: Outcome,
    verdict: Option<Verdict>,
    shows: bool,
}

impl Receipt {
    /// For an entry that has just been committed at this place.
    pub(crate) fn of(seq: u64, entry: &Prepared) -> Receipt {
        let Prepared { subject, fields, at, outcome, verdict, .. } = *entry;
        Receipt { seq, subject, fields, at, outcome, verdict, shows: outcome == Outcome::Shown }
    }

    /// The entry's place in the log.
    pub fn seq(&self) -> u64 {
        self.seq
    }

    /// Whose data.
    pub fn subject(&self) -> Subject {
        self.subject
    }

    /// The fields that the entry names.
    pub fn fields(&self) -> FieldSet {
        self.fields
    }

    /// When.
    pub fn at(&self) -> Moment {
        self.at
    }

    /// What became of it.
    pub fn outcome(&self) -> Outcome {
        self.outcome
    }

    /// What a comparison answered.
    pub fn verdict(&self) -> Option<Verdict> {
        self.verdict
    }
}

/// An entry written in a transaction of the caller that may still be rolled back. [`Ledger::confirm`](
/// crate::Ledger::confirm) turns it into a receipt once the transaction is durable.
#[must_use = "only a confirmed entry opens anything"]
pub struct Pending {
    receipt: Receipt,
    commitment: Hash,
}

impl Pending {
    pub(crate) fn of(seq: u64, entry: &Prepared) -> Pending {
        Pending { receipt: Receipt::of(seq, entry), commitment: entry.commitment }
    }

    /// The entry's place in the log, if the transaction commits.
    pub fn seq(&self) -> u64 {
        self.receipt.seq
    }

    pub(crate) fn commitment(&self) -> Hash {
        self.commitment
    }

    pub(crate) fn into_receipt(self) -> Receipt {
        self.receipt
    }
}

impl fmt::Debug for Pending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pending({})", self.receipt.seq)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Entry,
        tests::{Someone, actor, basis},
    };
    use vocabulary::{Field, PersonId};

    fn person() -> Sealed<Someone> {
        Sealed::new(Someone { id: 7, name: "Trần Thị Lan", year: 1990 })
    }

    fn receipt(entry: Entry) -> Receipt {
        Receipt::of(3, &entry.prepare().unwrap())
    }

    fn shown(subject: Subject, fields: &[Field]) -> Receipt {
        receipt(Entry::shown(actor(), basis(), "test.show", subject, FieldSet::of(fields)))
    }

    #[test]
    fn a_receipt_opens_exactly_its_fields() {
        let sealed = person();
        assert_eq!(format!("{sealed:?}"), "Sealed(redacted)");
        let receipt = shown(sealed.subject(), &[Field::FullName]);
        assert_eq!(sealed.open(&receipt), Ok((Some("Trần Thị Lan"), None)));
        let none = shown(Subject::Person(PersonId(7)), &[]);
        assert_eq!(person().open(&none), Ok((None, None)));
    }

    #[test]
    fn another_subjects_receipt_opens_nothing() {
        let other = shown(Subject::Person(PersonId(8)), &[Field::FullName]);
        assert_eq!(person().open(&other), Err(SealError::OtherSubject));
    }

    #[test]
    fn a_comparison_is_told_by_the_receipt_and_opens_nothing() {
        let sealed = person();
        let compared = sealed.compare(&(Some("Trần Thị Lan"), Some(1991)));
        let receipt = receipt(Entry::compared(actor(), basis(), "test.verify", compared));
        let verdict = receipt.verdict().unwrap();
        assert!(verdict.matched.has(Field::FullName) && verdict.differing.has(Field::BirthDate));
        assert_eq!(receipt.outcome(), Outcome::Mismatch);
        assert_eq!(receipt.fields(), verdict.asked());
        assert_eq!(sealed.open(&receipt), Err(SealError::NotForShowing));
    }

    #[test]
    fn a_change_opens_nothing() {
        let changed = Entry::changed(
            actor(),
            basis(),
            "test.change",
            person().subject(),
            FieldSet::of(&[Field::FullName]),
        );
        assert_eq!(person().open(&receipt(changed)), Err(SealError::NotForShowing));
    }
}
