//! Reading the ledger for an inspection (*thanh tra, kiểm tra*): who looked at what, what for, and what came of it.
//!
//! An inspector reads entries and no population data. An account assigned some units reads the entries about the
//! persons and households of those units; entries about nobody in particular, and so the list of all, need an account
//! assigned the whole country. Every reading is an entry itself, written before anything is shown.

use super::{Ask, Error, Population, with_provinces};
use crate::{store, verify::Number};
use access::{Action, Resource};
use ledger::{Entry, Hash, LedgerError, Page, Record, Subject};
use vocabulary::{Field, FieldSet, Problem, UnitCode, kinds};

/// A stretch of the ledger, the newest entry first, with what is withheld from the subjects.
pub struct Audited {
    /// The entries.
    pub records: Vec<Record>,
    /// Where the next page starts: entries before this one.
    pub before: Option<u64>,
}

/// One entry in full, with what makes it verifiable.
pub struct AuditedEntry {
    /// What it says, with what is withheld from its subject.
    pub record: Record,
    /// What the public tree holds of it: SHA-256 of 32 random bytes and the statement.
    pub commitment: Hash,
    /// The proof that it stands in the log, in the text form of C2SP tlog-proof.
    pub proof: String,
    /// The key with which the proof is checked: `origin+key id+base64`.
    pub key: String,
}

/// Most entries in one export.
pub const AUDIT_ROWS: u16 = 10_000;

/// Entries on a page.
const PAGE: u16 = 50;

const SERVICE: &str = "population.audit";
const FIELDS: FieldSet = FieldSet::of(&[Field::AccessLog]);

impl Population {
    /// Whether the caller may list all entries; otherwise only those about a person of the assigned units.
    pub fn audits_everything(&self, ask: &Ask) -> bool {
        self.policy.decide(&ask.caller, Action::ViewLedger, Resource::NONE, ask.basis.as_ref()).is_ok()
    }

    /// A page of all entries, or of those about whoever has a number. `before`: only entries below this place.
    ///
    /// # Errors
    /// Forbidden outside the caller's reach, which leaves an entry.
    pub async fn audit(&self, ask: &Ask, of: Option<Number>, before: Option<u64>) -> Result<Audited, Error> {
        let page = Page { before: before.unwrap_or(u64::MAX), limit: PAGE + 1 };
        let note = before.map_or_else(
            || "các mục mới nhất (the newest entries)".to_owned(),
            |n| format!("các mục trước số {n} (entries before no. {n})"),
        );
        let mut records = self.inspected(ask, of, page, &note).await?;
        let full = usize::from(PAGE);
        let before = (records.len() > full).then(|| records.get(full - 1).map(|r| r.seq)).flatten();
        records.truncate(full);
        Ok(Audited { records, before })
    }

    /// The newest entries, [`AUDIT_ROWS`] at most, for an export. Reach and errors as of [`Population::audit`].
    pub async fn audit_export(&self, ask: &Ask, of: Option<Number>) -> Result<Vec<Record>, Error> {
        let page = Page { before: u64::MAX, limit: AUDIT_ROWS };
        self.inspected(
            ask,
            of,
            page,
            &format!("xuất tệp, tối đa {AUDIT_ROWS} mục (export, at most {AUDIT_ROWS} entries)"),
        )
        .await
    }

    /// One entry in full, with its proof.
    ///
    /// # Errors
    /// Not found; forbidden outside the caller's reach, which leaves an entry.
    pub async fn audit_entry(&self, ask: &Ask, seq: u64) -> Result<AuditedEntry, Error> {
        let basis = ask.basis()?;
        let record = match self.ledger.entry(seq).await {
            Err(LedgerError::NoSuchEntry) => return Err(Problem::new(&kinds::NOT_FOUND).into()),
            other => other?,
        };
        let subject = record.statement.subject;
        let units = self.units_of(subject).await?;
        self.decide(ask, Action::ViewLedger, SERVICE, subject, &units).await?;
        let entry = Entry::shown(ask.caller.actor.clone(), basis, SERVICE, subject, FIELDS);
        self.ledger.append(ask.named(entry.note(format!("mục số {seq} (entry no. {seq})")))).await?;
        let proof = self.ledger.prove(seq).await?;
        let key = self.ledger.verifier_key().to_string();
        Ok(AuditedEntry { record, commitment: proof.commitment(), proof: proof.to_string(), key })
    }

    /// Decides, leaves the entries of this reading, and reads.
    async fn inspected(
        &self,
        ask: &Ask,
        of: Option<Number>,
        page: Page,
        note: &str,
    ) -> Result<Vec<Record>, Error> {
        let basis = ask.basis()?;
        let actor = &ask.caller.actor;
        let shown = |subject| Entry::shown(actor.clone(), basis.clone(), SERVICE, subject, FIELDS);
        let Some(number) = of else {
            self.decide(ask, Action::ViewLedger, SERVICE, Subject::Nobody, &[]).await?;
            self.ledger.append(ask.named(shown(Subject::Nobody).note(note))).await?;
            return Ok(self.ledger.for_inspection(None, page).await?);
        };
        let mut within = Vec::new();
        let mut outside = None;
        for id in store::persons_of_number(&self.store, number).await? {
            let subject = Subject::Person(id);
            let units = self.units_of(subject).await?;
            let resource = Resource::of(&units);
            match self.policy.decide(&ask.caller, Action::ViewLedger, resource, ask.basis.as_ref()) {
                Ok(_) => within.push(subject),
                Err(_) => outside = Some((subject, units)),
            }
        }
        let mut entries: Vec<Entry> = within.iter().map(|subject| shown(*subject)).collect();
        if within.is_empty() {
            // A number that is nobody's is refused like one of a person elsewhere, so that a refusal tells nothing.
            let (subject, units) = outside.unwrap_or((number.subject(), Vec::new()));
            self.decide(ask, Action::ViewLedger, SERVICE, subject, &units).await?;
            entries.push(Entry::not_found(actor.clone(), basis.clone(), SERVICE, subject, FIELDS));
        }
        // What was asked before anybody had the number stands under the number, which belongs to no unit.
        if self.audits_everything(ask) {
            within.push(number.subject());
        }
        let entries = entries.into_iter().map(|entry| ask.named(entry.note(note))).collect();
        self.ledger.append_all(entries).await?;
        let mut records = Vec::new();
        for subject in within {
            records.extend(self.ledger.for_inspection(Some(subject), page).await?);
        }
        records.sort_unstable_by_key(|record| std::cmp::Reverse(record.seq));
        records.truncate(usize::from(page.limit));
        Ok(records)
    }

    /// The units to which the subject of an entry belongs; none where it is nobody's record.
    async fn units_of(&self, subject: Subject) -> Result<Vec<UnitCode>, Error> {
        Ok(match subject {
            Subject::Person(id) => {
                store::placement(&self.store, id).await?.map(|p| with_provinces(p.units)).unwrap_or_default()
            }
            Subject::Household(id) => store::household(&self.store, id)
                .await?
                .map(|(unit, _)| with_provinces([unit]))
                .unwrap_or_default(),
            Subject::Nobody | Subject::PersonalNumber(_) | Subject::FormerNumber(_) => Vec::new(),
        })
    }
}
