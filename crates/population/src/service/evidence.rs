//! The evidence of what an officer did: of a look-up, for the dossier (PAIN-21, DIG-10), and of an act just recorded.

use super::{Ask, Error, Population};
use crate::{
    acts::{Act, Content},
    store,
};
use ledger::{Entry, Hash, LedgerError, Outcome, Page, Statement, Subject};
use vocabulary::{ActSeq, Field, FieldSet, Problem, kinds};

/// A ledger entry with what makes it verifiable.
pub struct Evidence {
    /// Its place in the log.
    pub entry: u64,
    /// What it says.
    pub statement: Statement,
    /// What the public tree holds of it: SHA-256 of 32 random bytes and the statement.
    pub commitment: Hash,
    /// The proof that it stands in the log, in the text form of C2SP tlog-proof.
    pub proof: String,
}

/// An act with the ledger entries that it left.
pub struct ActReceipt {
    /// The act; with a birth, also the number issued with it.
    pub acts: Vec<Act>,
    /// The ledger entries.
    pub entries: Vec<u64>,
}

/// Fewest characters of a check code: 64 bits, which nobody finds by trying.
const CODE_MIN: usize = 16;

/// The check code of a commitment: its 64 hexadecimal digits.
pub fn check_code(commitment: &Hash) -> String {
    commitment.bytes().iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Population {
    /// The evidence of a look-up or change that the caller made. Others' entries are not found here: reading them is
    /// an inspection. It shows nothing but what the caller stated and did, so that it needs no entry of its own.
    pub async fn evidence(&self, ask: &Ask, entry: u64) -> Result<Evidence, Error> {
        let record = match self.ledger.entry(entry).await {
            Err(LedgerError::NoSuchEntry) => return Err(Problem::new(&kinds::NOT_FOUND).into()),
            other => other?,
        };
        if record.statement.actor != ask.caller.actor {
            return Err(Problem::new(&kinds::NOT_FOUND).into());
        }
        let proof = self.ledger.prove(entry).await?;
        Ok(Evidence {
            entry,
            statement: record.statement,
            commitment: proof.commitment(),
            proof: proof.to_string(),
        })
    }

    /// Whether a check code from a printed card, at least its first 16 digits, is that of an entry; `None`: there is
    /// no such entry. Anybody may ask: the commitments are public, and say nothing about anybody.
    pub async fn evidence_agrees(&self, entry: u64, code: &str) -> Result<Option<bool>, Error> {
        let proof = match self.ledger.prove(entry).await {
            Err(LedgerError::NoSuchEntry) => return Ok(None),
            other => other?,
        };
        let plain = |c: &char| !c.is_whitespace() && *c != '-';
        let code: String = code.chars().filter(plain).map(|c| c.to_ascii_lowercase()).take(65).collect();
        Ok(Some(code.len() >= CODE_MIN && check_code(&proof.commitment()).starts_with(&code)))
    }

    /// The receipt of an act that the caller recorded. Acts of others stand in the history of the records.
    pub async fn receipt(&self, ask: &Ask, seq: ActSeq) -> Result<ActReceipt, Error> {
        const SERVICE: &str = "population.receipt";
        let basis = ask.basis()?;
        let not_found = || Problem::new(&kinds::NOT_FOUND);
        let (by, sealed) = store::act(&self.store, seq).await?.ok_or_else(not_found)?;
        if by != ask.caller.actor {
            return Err(not_found().into());
        }
        let subject = sealed.subject();
        let fields = FieldSet::of(&[Field::History]);
        let shown = Entry::shown(ask.caller.actor.clone(), basis, SERVICE, subject, fields);
        let receipt = self.ledger.append(self.entered(ask, shown)).await?;
        let mut acts: Vec<Act> = sealed.open(&receipt)?.into_iter().collect();
        if let [Act { content: Content::Birth { .. }, .. }] = acts.as_slice()
            && let Some((_, next)) = store::act(&self.store, ActSeq(seq.0 + 1)).await?
            && next.subject() == subject
        {
            let number = |act: &Act| matches!(act.content, Content::NumberIssued { .. });
            acts.extend(next.open(&receipt)?.into_iter().filter(number));
        }
        let mut entries = Vec::new();
        for act in &acts {
            let touched = act.content.touched();
            let subjects = touched.persons.into_iter().map(Subject::Person);
            for subject in subjects.chain(touched.households.into_iter().map(Subject::Household)) {
                entries.extend(self.entry_of(subject, act).await?);
            }
        }
        entries.sort_unstable();
        entries.dedup();
        Ok(ActReceipt { acts, entries })
    }

    /// The entry that an act left with one of its records: acts are recorded one after the other, each followed by its
    /// entries, so it is the first change of the record logged since.
    async fn entry_of(&self, subject: Subject, act: &Act) -> Result<Option<u64>, Error> {
        let page = Page { before: u64::MAX, limit: 200 };
        let records = self.ledger.of_subject(subject, page, vocabulary::Moment::now()).await?;
        let since = records.iter().filter(|r| {
            r.statement.outcome == Outcome::Changed
                && r.statement.at >= act.recorded
                && r.statement.actor == act.by
        });
        Ok(since.map(|r| r.seq).min())
    }
}
