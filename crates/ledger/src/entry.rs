//! What an entry says, and the commitment by which it stands in the public tree.
//!
//! An [`Entry`] is written and never read: what it will say – the answer of a comparison above all – becomes readable
//! only as a [`Receipt`](crate::Receipt), once the entry is durable, or later as a [`Record`].

use crate::{Hash, LedgerError, seal::Compared};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use vocabulary::{
    Actor, Basis, DossierCode, FieldSet, FormerNumber, HouseholdId, Invalid, LegalBasis, Moment, PersonId,
    PersonalNumber, ProcedureCode, Purpose, Text,
};

/// Whose data an entry is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Subject {
    /// Nobody in particular: an operation of the system, or a search that found nobody.
    Nobody,
    /// A person.
    Person(PersonId),
    /// A household, as a whole.
    Household(HouseholdId),
    /// A 12-digit number under which nobody was found.
    PersonalNumber(PersonalNumber),
    /// A 9-digit number under which nobody was found.
    FormerNumber(FormerNumber),
}

impl Subject {
    /// Kind and identifier, as columns hold them.
    pub(crate) const fn columns(self) -> (i16, Option<i64>) {
        match self {
            Subject::Nobody => (0, None),
            Subject::Person(id) => (1, Some(id.0)),
            Subject::Household(id) => (2, Some(id.0)),
            Subject::PersonalNumber(number) => (3, Some(number.as_int())),
            Subject::FormerNumber(number) => (4, Some(number.as_int())),
        }
    }
}

macro_rules! outcomes {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $vi:literal, $en:literal;)*) => {
        /// What became of a look-up or change.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum Outcome {
            $($(#[$doc])* #[serde(rename = $code)] $name,)*
        }

        impl Outcome {
            /// All outcomes.
            pub const ALL: &'static [Outcome] = &[$(Outcome::$name),*];

            /// Stable code.
            pub const fn code(self) -> &'static str {
                match self { $(Outcome::$name => $code),* }
            }

            /// As people read it.
            pub const fn text(self) -> Text {
                match self { $(Outcome::$name => Text::new($vi, $en)),* }
            }
        }
    };
}

outcomes! {
    /// The fields were shown.
    Shown = "shown", "Đã cung cấp thông tin", "Fields shown";
    /// All fields compared were as claimed; none was shown.
    Match = "match", "Thông tin khớp", "Match";
    /// Some field compared was not as claimed, or is not on record; none was shown.
    Mismatch = "mismatch", "Thông tin không khớp", "Mismatch";
    /// Nobody was found.
    NotFound = "not-found", "Không tìm thấy", "Not found";
    /// A rule refused; nothing was shown.
    Refused = "refused", "Bị từ chối", "Refused";
    /// The record was changed.
    Changed = "changed", "Đã thay đổi dữ liệu", "Changed";
    /// An operation of the system was carried out.
    Done = "done", "Đã thực hiện", "Done";
}

/// The answer of a comparison: each field asked is in exactly one of the three sets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// As claimed.
    pub matched: FieldSet,
    /// Not as claimed.
    pub differing: FieldSet,
    /// Not on record, so neither.
    pub absent: FieldSet,
}

impl Verdict {
    /// The fields that were asked.
    pub fn asked(self) -> FieldSet {
        self.matched.or(self.differing).or(self.absent)
    }

    /// Whether every field asked was as claimed.
    pub fn all_matched(self) -> bool {
        self.differing.is_empty() && self.absent.is_empty()
    }
}

/// What an entry says to everybody who may read it. Its JSON, in this order of members, is what is committed to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Statement {
    /// Version of this form.
    pub v: u8,
    /// When.
    pub at: Moment,
    /// Who read or changed.
    pub actor: Actor,
    /// Which service of the product, such as `population.verify`.
    pub service: Cow<'static, str>,
    /// Whose data.
    pub subject: Subject,
    /// The fields shown, compared, changed or asked for.
    pub fields: FieldSet,
    /// What became of it.
    pub outcome: Outcome,
    /// What a comparison answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verdict: Option<Verdict>,
    /// What for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purpose: Option<Purpose>,
    /// On which legal basis; withheld where the look-up served a relative's business.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub legal_basis: Option<LegalBasis>,
    /// The procedure served; withheld likewise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub procedure: Option<ProcedureCode>,
    /// The dossier served; withheld likewise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dossier: Option<DossierCode>,
    /// The identifier of the request, as in logs and problem documents.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<String>,
    /// Until when the subject does not see the entry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sealed_until: Option<Moment>,
    /// Hash of what is withheld from the subject, where something is: SHA-256 of the JSON of [`Withheld`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub withheld: Option<Hash>,
}

/// What only an inspection reads: whose business a look-up served, and a note.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Withheld {
    /// Random, so that the hash in the statement gives nothing away.
    salt: Hash,
    /// The relative whose business the look-up served.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub served: Option<PersonId>,
    /// Legal basis of that business.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub legal_basis: Option<LegalBasis>,
    /// Its procedure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub procedure: Option<ProcedureCode>,
    /// Its dossier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dossier: Option<DossierCode>,
    /// The reader's own note.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

impl std::fmt::Debug for Withheld {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Withheld(redacted)")
    }
}

/// An entry to be written.
#[derive(Clone)]
pub struct Entry {
    statement: Statement,
    served: Option<PersonId>,
    note: Option<String>,
}

impl Entry {
    /// Longest note, in characters.
    pub const NOTE_MAX: usize = 500;
    /// Longest request identifier, in bytes.
    pub const REQUEST_MAX: usize = 64;

    fn new(
        actor: Actor,
        basis: Option<Basis>,
        service: &'static str,
        subject: Subject,
        outcome: Outcome,
    ) -> Entry {
        let (purpose, legal_basis, procedure, dossier) = match basis {
            Some(b) => (Some(b.purpose), Some(b.legal_basis), b.procedure, b.dossier),
            None => (None, None, None, None),
        };
        let statement = Statement {
            v: 1,
            at: Moment::now(),
            actor,
            service: Cow::Borrowed(service),
            subject,
            fields: FieldSet::NONE,
            outcome,
            verdict: None,
            purpose,
            legal_basis,
            procedure,
            dossier,
            request: None,
            sealed_until: None,
            withheld: None,
        };
        Entry { statement, served: None, note: None }
    }

    fn fields(mut self, fields: FieldSet) -> Entry {
        self.statement.fields = fields;
        self
    }

    /// Fields of a subject are shown. The receipt opens exactly these.
    pub fn shown(
        actor: Actor,
        basis: Basis,
        service: &'static str,
        subject: Subject,
        fields: FieldSet,
    ) -> Entry {
        Entry::new(actor, Some(basis), service, subject, Outcome::Shown).fields(fields)
    }

    /// Claims about a subject were compared with the record. The receipt tells the verdict and opens nothing.
    pub fn compared(actor: Actor, basis: Basis, service: &'static str, compared: Compared) -> Entry {
        let (subject, verdict) = compared.into_parts();
        let outcome = if verdict.all_matched() { Outcome::Match } else { Outcome::Mismatch };
        let mut entry = Entry::new(actor, Some(basis), service, subject, outcome).fields(verdict.asked());
        entry.statement.verdict = Some(verdict);
        entry
    }

    /// Nobody was found under a number ([`Subject::PersonalNumber`], [`Subject::FormerNumber`]) or by a search
    /// ([`Subject::Nobody`]).
    pub fn not_found(
        actor: Actor,
        basis: Basis,
        service: &'static str,
        subject: Subject,
        fields: FieldSet,
    ) -> Entry {
        Entry::new(actor, Some(basis), service, subject, Outcome::NotFound).fields(fields)
    }

    /// A rule refused to show these fields.
    pub fn refused(
        actor: Actor,
        basis: Option<Basis>,
        service: &'static str,
        subject: Subject,
        fields: FieldSet,
    ) -> Entry {
        Entry::new(actor, basis, service, subject, Outcome::Refused).fields(fields)
    }

    /// Fields of a subject are changed.
    pub fn changed(
        actor: Actor,
        basis: Basis,
        service: &'static str,
        subject: Subject,
        fields: FieldSet,
    ) -> Entry {
        Entry::new(actor, Some(basis), service, subject, Outcome::Changed).fields(fields)
    }

    /// An operation of the system: an export, a change of rights, a sign-in.
    pub fn operation(actor: Actor, service: &'static str) -> Entry {
        Entry::new(actor, None, service, Subject::Nobody, Outcome::Done)
    }

    /// Names the request, 1–64 visible ASCII characters.
    pub fn request(mut self, id: impl Into<String>) -> Entry {
        self.statement.request = Some(id.into());
        self
    }

    /// Says when it happened, where that is not now.
    pub fn at(mut self, at: Moment) -> Entry {
        self.statement.at = at;
        self
    }

    /// Hides the entry from the subject until a date (an investigation). Inspection sees it at once.
    pub fn sealed_until(mut self, until: Moment) -> Entry {
        self.statement.sealed_until = Some(until);
        self
    }

    /// Says that the look-up served another person's business. Legal basis, procedure and dossier are then withheld
    /// from the subject, who still sees who looked, when, at which fields and for which purpose.
    pub fn serving(mut self, relative: PersonId) -> Entry {
        self.served = Some(relative);
        self
    }

    /// Adds a note of at most 500 characters that the subject does not see.
    pub fn note(mut self, note: impl Into<String>) -> Entry {
        self.note = Some(note.into());
        self
    }

    fn check(&self) -> Result<(), Invalid> {
        let visible = |id: &String| {
            (1..=Entry::REQUEST_MAX).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_graphic())
        };
        if !self.statement.request.as_ref().is_none_or(visible) {
            return Err(Invalid::new(
                "ledger-request/format",
                "Mã yêu cầu gồm 1–64 ký tự ASCII nhìn thấy được",
                "A request identifier has 1 to 64 visible ASCII characters",
            ));
        }
        if self.note.as_ref().is_some_and(|note| note.chars().count() > Entry::NOTE_MAX) {
            return Err(Invalid::new(
                "ledger-note/length",
                "Ghi chú không quá 500 ký tự",
                "A note has at most 500 characters",
            ));
        }
        Ok(())
    }

    /// Fixes the bytes and the commitment.
    pub(crate) fn prepare(self) -> Result<Prepared, LedgerError> {
        self.check()?;
        let Entry { mut statement, served, note } = self;
        let withheld = if served.is_some() || note.is_some() {
            let mut part =
                Withheld { salt: random(), served, legal_basis: None, procedure: None, dossier: None, note };
            if served.is_some() {
                part.legal_basis = statement.legal_basis.take();
                part.procedure = statement.procedure.take();
                part.dossier = statement.dossier.take();
            }
            let json = serde_json::to_string(&part).map_err(LedgerError::unwritable)?;
            statement.withheld = Some(Hash::of(&[json.as_bytes()]));
            Some(json)
        } else {
            None
        };
        statement.prepare(withheld, 0)
    }

    /// Fixes an entry for each subject, like this one but for the subject, its fields and the time, which is now.
    pub(crate) fn prepare_alike(
        mut self,
        subjects: impl Iterator<Item = (Subject, FieldSet)>,
        into: &mut Vec<Prepared>,
    ) -> Result<(), LedgerError> {
        self.check()?;
        let mut length = 0;
        for (subject, fields) in subjects {
            (self.statement.subject, self.statement.fields, self.statement.at) =
                (subject, fields, Moment::now());
            let prepared = if self.served.is_some() || self.note.is_some() {
                self.clone().prepare()?
            } else {
                self.statement.prepare(None, length)?
            };
            length = prepared.body.len();
            into.push(prepared);
        }
        Ok(())
    }
}

impl Statement {
    /// Fixes the bytes, which are about as many as `length` where that is known, and the commitment.
    fn prepare(&self, withheld: Option<String>, length: usize) -> Result<Prepared, LedgerError> {
        let mut body = Vec::with_capacity((length + 16).max(256));
        serde_json::to_writer(&mut body, self).map_err(LedgerError::unwritable)?;
        let body = String::from_utf8(body).map_err(|error| LedgerError::Unwritable(error.to_string()))?;
        let salt = random();
        let commitment = commitment(&salt, &body);
        let Statement { at, subject, fields, outcome, verdict, sealed_until, .. } = *self;
        Ok(Prepared { at, subject, fields, outcome, verdict, sealed_until, body, withheld, salt, commitment })
    }
}

/// An entry whose bytes are fixed, but which has no place in the log yet.
#[derive(Clone)]
pub(crate) struct Prepared {
    pub at: Moment,
    pub subject: Subject,
    pub fields: FieldSet,
    pub outcome: Outcome,
    pub verdict: Option<Verdict>,
    pub sealed_until: Option<Moment>,
    pub body: String,
    pub withheld: Option<String>,
    pub salt: Hash,
    pub commitment: Hash,
}

/// What the tree holds of an entry: SHA-256 of 32 random bytes and the statement's JSON.
pub(crate) fn commitment(salt: &Hash, body: &str) -> Hash {
    Hash::of(&[salt.bytes(), body.as_bytes()])
}

/// From the generator of this thread, which is cryptographic and seeded by the system: a call of the system for each
/// entry would be felt.
fn random() -> Hash {
    Hash::from(rand::random::<[u8; Hash::LEN]>())
}

/// An entry as it is read back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Its place in the log, from 0.
    pub seq: u64,
    /// What it says.
    pub statement: Statement,
    /// What the subject does not see; `None` where there is nothing, or where the reader may not see it.
    pub withheld: Option<Withheld>,
}

impl Record {
    /// Whether the subject may see the entry at this time.
    pub fn visible_to(&self, subject: Subject, now: Moment) -> bool {
        self.statement.subject == subject && self.statement.sealed_until.is_none_or(|until| until <= now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::{actor, basis};
    use vocabulary::Field;

    const FIELDS: FieldSet = FieldSet::of(&[Field::FullName, Field::BirthDate]);

    fn entry() -> Entry {
        let at = Moment::parse("2026-11-21T08:30:20.5Z").unwrap();
        Entry::shown(actor(), basis(), "population.citizen", Subject::Person(PersonId(7)), FIELDS).at(at)
    }

    fn statement(prepared: &Prepared) -> Statement {
        serde_json::from_str(&prepared.body).unwrap()
    }

    #[test]
    fn the_statement_has_one_form() {
        let prepared = entry().request("r-1").prepare().unwrap();
        assert_eq!(
            prepared.body,
            concat!(
                r#"{"v":1,"at":"2026-11-21T08:30:20.500000Z","actor":{"officer":"lan.tt","agency":"G01"},"#,
                r#""service":"population.citizen","subject":{"person":7},"fields":["full-name","birth-date"],"#,
                r#""outcome":"shown","purpose":"procedure","legal_basis":"Luật Cư trú 2020, Điều 38","#,
                r#""procedure":"1.004222","dossier":"000.17.22.H56-210531-0001","request":"r-1"}"#
            )
        );
        let statement = statement(&prepared);
        assert_eq!(serde_json::to_string(&statement).unwrap(), prepared.body);
        assert_eq!((statement.at, statement.subject), (prepared.at, prepared.subject));
        assert_eq!(prepared.commitment, Hash::of(&[prepared.salt.bytes(), prepared.body.as_bytes()]));
        assert_ne!(entry().prepare().unwrap().salt, entry().prepare().unwrap().salt);
    }

    #[test]
    fn a_relatives_business_is_withheld_and_committed_to() {
        let prepared = entry().serving(PersonId(8)).note("vụ việc của vợ").prepare().unwrap();
        for secret in ["1.004222", "H56", "Luật", "\"person\":8", "vợ"] {
            assert!(!prepared.body.contains(secret), "{secret}");
        }
        assert!(prepared.body.contains(r#""purpose":"procedure""#));
        let json = prepared.withheld.clone().unwrap();
        assert_eq!(statement(&prepared).withheld, Some(Hash::of(&[json.as_bytes()])));
        let part: Withheld = serde_json::from_str(&json).unwrap();
        assert_eq!((part.served, part.note.as_deref()), (Some(PersonId(8)), Some("vụ việc của vợ")));
        assert_eq!(part.procedure.unwrap().as_str(), "1.004222");
    }

    #[test]
    fn a_note_alone_withholds_only_itself() {
        let prepared = entry().note("nhắc lại").prepare().unwrap();
        assert!(prepared.body.contains("1.004222") && !prepared.body.contains("nhắc lại"));
    }

    #[test]
    fn entries_alike_differ_by_subject_fields_and_time() {
        let subjects =
            [(Subject::Person(PersonId(7)), FIELDS), (Subject::Household(HouseholdId(8)), FieldSet::NONE)];
        for (like, withheld) in [(entry().request("r-1"), false), (entry().request("r-1").note("x"), true)] {
            let mut all = Vec::new();
            like.clone().prepare_alike(subjects.into_iter(), &mut all).unwrap();
            assert_eq!(all.len(), 2);
            for (prepared, (subject, fields)) in all.iter().zip(subjects) {
                assert_eq!((prepared.subject, prepared.fields), (subject, fields));
                assert_eq!(prepared.commitment, commitment(&prepared.salt, &prepared.body));
                assert_eq!(prepared.withheld.is_some(), withheld);
                let mut alone = like.clone().at(prepared.at);
                (alone.statement.subject, alone.statement.fields) = (subject, fields);
                alone.statement.withheld = statement(prepared).withheld;
                assert_eq!(statement(prepared), alone.statement);
            }
            assert_ne!(all[0].salt, all[1].salt);
        }
        assert!(entry().request("a b").prepare_alike(subjects.into_iter(), &mut Vec::new()).is_err());
    }

    #[test]
    fn what_is_too_long_or_invisible_is_refused() {
        assert!(entry().note("x".repeat(500)).prepare().is_ok());
        assert!(entry().note("x".repeat(501)).prepare().is_err());
        assert!(entry().request("").prepare().is_err());
        assert!(entry().request("a b").prepare().is_err());
        assert!(entry().request("r".repeat(65)).prepare().is_err());
    }

    #[test]
    fn a_record_is_hidden_until_its_date_and_from_others() {
        let until = Moment::parse("2027-01-01T00:00:00Z").unwrap();
        let statement = statement(&entry().sealed_until(until).prepare().unwrap());
        let record = Record { seq: 0, statement, withheld: None };
        let person = Subject::Person(PersonId(7));
        assert!(record.visible_to(person, until) && !record.visible_to(person, until.plus_seconds(-1)));
        assert!(!record.visible_to(Subject::Person(PersonId(8)), until));
        assert!(!record.visible_to(Subject::Household(HouseholdId(7)), until));
    }
}
