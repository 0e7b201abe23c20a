//! The proof that an entry is in the log, checked without the log (C2SP tlog-proof).
//!
//! The proof carries the entry: its *extra data* is the salt (32 bytes) followed by the statement's JSON, so that
//! SHA-256 of the extra data is the commitment that the tree holds as a leaf.

use crate::{
    Hash,
    entry::{Statement, commitment},
    note::{Checkpoint, NoteFault, VerifierKey},
    tree,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize};
use std::fmt;
use vocabulary::Text;

/// First line of a proof.
const FORM: &str = "c2sp.org/tlog-proof@v1";
/// A proof larger than this is not read.
const PROOF_MAX: usize = 256 * 1024;

/// An entry and the way from it to a signed checkpoint. Displays as C2SP tlog-proof text; as JSON it has one member
/// for each field. It holds what the subject may see of the entry, so it is as private as the entry.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Proof {
    /// The entry's place in the log.
    pub index: u64,
    /// The statement's JSON, byte for byte.
    pub entry: String,
    /// The salt.
    pub salt: Hash,
    /// The hashes from the leaf's sibling up.
    pub hashes: Vec<Hash>,
    /// The signed checkpoint.
    pub checkpoint: String,
}

/// What a proof that holds has shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proven {
    /// The entry's place in the log.
    pub index: u64,
    /// What the entry says.
    pub statement: Statement,
    /// The checkpoint under which it stands.
    pub checkpoint: Checkpoint,
}

/// Why a proof proves nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProofFault {
    /// It is not a proof in the expected form.
    #[error("not a proof in the form of C2SP tlog-proof")]
    Form,
    /// Its checkpoint is not the log's.
    #[error("the checkpoint: {0}")]
    Checkpoint(#[from] NoteFault),
    /// The hashes do not lead from the entry to the checkpoint's root.
    #[error("the entry is not in the log at this place")]
    Path,
    /// The entry is in the log, but is not a statement that this program understands.
    #[error("the entry is not readable")]
    Statement,
}

impl ProofFault {
    /// As people read it.
    pub const fn text(self) -> Text {
        match self {
            ProofFault::Form => Text::new(
                "Không phải bằng chứng theo mẫu C2SP tlog-proof",
                "Not a proof in the form of C2SP tlog-proof",
            ),
            ProofFault::Checkpoint(_) => Text::new(
                "Điểm kiểm tra không phải do nhật ký này ký",
                "The checkpoint is not one that this ledger signed",
            ),
            ProofFault::Path => Text::new(
                "Bản ghi không nằm trong nhật ký tại vị trí này",
                "The entry is not in the ledger at this place",
            ),
            ProofFault::Statement => {
                Text::new("Không đọc được nội dung bản ghi", "The entry is not readable")
            }
        }
    }
}

impl Proof {
    /// The leaf content that the tree holds for this entry.
    pub fn commitment(&self) -> Hash {
        commitment(&self.salt, &self.entry)
    }

    /// Checks the proof against the log's public key. Needs nothing else.
    pub fn verify(&self, key: &VerifierKey) -> Result<Proven, ProofFault> {
        let checkpoint = Checkpoint::open(&self.checkpoint, key)?;
        let leaf = Hash::leaf(self.commitment().bytes());
        let root = tree::root_of_inclusion(leaf, self.index, checkpoint.size, &self.hashes);
        if root != Some(checkpoint.root) {
            return Err(ProofFault::Path);
        }
        let statement = serde_json::from_str(&self.entry).map_err(|_| ProofFault::Statement)?;
        Ok(Proven { index: self.index, statement, checkpoint })
    }

    /// Reads the text form.
    pub fn parse(text: &str) -> Result<Proof, ProofFault> {
        Proof::read(text).ok_or(ProofFault::Form)
    }

    fn read(text: &str) -> Option<Proof> {
        if text.len() > PROOF_MAX {
            return None;
        }
        let (head, checkpoint) = text.split_once("\n\n")?;
        let mut lines = head.split('\n');
        if lines.next()? != FORM {
            return None;
        }
        let extra = STANDARD.decode(lines.next()?.strip_prefix("extra ")?).ok()?;
        let (salt, entry) = extra.split_at_checked(Hash::LEN)?;
        let digits = lines.next()?.strip_prefix("index ")?;
        let index: u64 = digits.parse().ok()?;
        if index.to_string() != digits {
            return None;
        }
        Some(Proof {
            index,
            entry: String::from_utf8(entry.to_vec()).ok()?,
            salt: Hash::from_slice(salt)?,
            hashes: lines.map(Hash::from_base64).collect::<Option<_>>()?,
            checkpoint: checkpoint.to_owned(),
        })
    }
}

impl fmt::Display for Proof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let extra = STANDARD.encode([self.salt.bytes(), self.entry.as_bytes()].concat());
        writeln!(f, "{FORM}\nextra {extra}\nindex {}", self.index)?;
        for hash in &self.hashes {
            writeln!(f, "{}", hash.base64())?;
        }
        write!(f, "\n{}", self.checkpoint)
    }
}

impl fmt::Debug for Proof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Proof(entry {})", self.index)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Entry, KeyFile, Origin, Signer, Subject,
        edge::Edge,
        tests::{actor, basis},
        tree::Node,
    };
    use proptest::prelude::*;
    use std::sync::LazyLock;
    use vocabulary::{FieldSet, PersonId};

    /// A log of 100 entries, with the proof of the one at `index`.
    fn proof(index: u64) -> (Proof, VerifierKey) {
        static LOG: LazyLock<(Vec<(String, Hash)>, KeyFile)> = LazyLock::new(|| {
            let entry = |n| {
                let subject = Subject::Person(PersonId(n));
                let entry =
                    Entry::shown(actor(), basis(), "test.show", subject, FieldSet::NONE).prepare().unwrap();
                (entry.body, entry.salt)
            };
            ((0..100).map(entry).collect(), KeyFile::generate().unwrap())
        });
        let (entries, signer) = &*LOG;
        let leaves: Vec<Hash> =
            entries.iter().map(|(body, salt)| Hash::leaf(commitment(salt, body).bytes())).collect();
        let mut edge = Edge::default();
        leaves.iter().for_each(|leaf| edge.push(*leaf, |_, _| {}));
        let Ok(hashes) = tree::inclusion(index, 100, |node: Node| {
            let mut part = Edge::default();
            let low = (node.index << node.height) as usize;
            leaves[low..low + (1 << node.height)].iter().for_each(|leaf| part.push(*leaf, |_, _| {}));
            Ok::<_, std::convert::Infallible>(part.root())
        });
        let key =
            VerifierKey::new(Origin::parse("example.vn/ledger").unwrap(), &signer.public_key()).unwrap();
        let checkpoint = Checkpoint { size: 100, root: edge.root() };
        let signature = signer.sign(checkpoint.text(key.origin()).as_bytes()).unwrap();
        let (entry, salt) = entries[index as usize].clone();
        (Proof { index, entry, salt, hashes, checkpoint: checkpoint.note(&key, &signature) }, key)
    }

    #[test]
    fn a_proof_round_trips_in_both_forms_and_holds() {
        for index in [0, 1, 63, 64, 99] {
            let (proof, key) = proof(index);
            assert_eq!(Proof::parse(&proof.to_string()), Ok(proof.clone()));
            let json = serde_json::to_string(&proof).unwrap();
            assert_eq!(serde_json::from_str::<Proof>(&json).unwrap(), proof);
            let proven = proof.verify(&key).unwrap();
            assert_eq!(proven.statement.subject, Subject::Person(PersonId(index as i64)));
        }
    }

    #[test]
    fn a_changed_proof_does_not() {
        let (proof, key) = proof(42);
        let other =
            VerifierKey::new(key.origin().clone(), &KeyFile::generate().unwrap().public_key()).unwrap();
        assert_eq!(proof.verify(&other), Err(ProofFault::Checkpoint(NoteFault::Unsigned)));
        let mut changed = proof.clone();
        changed.entry = changed.entry.replace("shown", "match");
        assert_eq!(changed.verify(&key), Err(ProofFault::Path));
        let mut changed = proof.clone();
        changed.index = 41;
        assert_eq!(changed.verify(&key), Err(ProofFault::Path));
        let mut changed = proof.clone();
        changed.salt = Hash::leaf(b"");
        assert_eq!(changed.verify(&key), Err(ProofFault::Path));
        let mut changed = proof;
        changed.hashes.pop();
        assert_eq!(changed.verify(&key), Err(ProofFault::Path));
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "(\\PC|\n){0,80}") {
            prop_assert!(Proof::parse(&text).is_err());
            let _ = Proof::parse(&format!("{FORM}\nextra {text}\nindex {text}\n{text}\n\n{text}"));
        }

        #[test]
        fn a_changed_text_does_not_verify(at in any::<prop::sample::Index>(), with in "[0-9A-Za-z\n]") {
            let (proof, key) = proof(17);
            let mut changed: Vec<char> = proof.to_string().chars().collect();
            let place = at.index(changed.len());
            changed[place] = with.chars().next().unwrap();
            let changed: String = changed.into_iter().collect();
            prop_assume!(changed != proof.to_string());
            let verified = Proof::parse(&changed).and_then(|proof| proof.verify(&key));
            prop_assert!(verified.is_err());
        }
    }
}
