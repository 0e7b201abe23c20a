//! Signed notes (C2SP signed-note) and checkpoints (C2SP tlog-checkpoint): how the log commits itself in public.

use crate::Hash;
use base64::{Engine, engine::general_purpose::STANDARD};
use ed25519_dalek::{Signature, VerifyingKey};
use std::fmt;
use vocabulary::Invalid;

/// Signature type of Ed25519 in key identifiers and verifier keys.
const ED25519: u8 = 1;
/// A note larger than this is not read.
const NOTE_MAX: usize = 64 * 1024;

/// The name of a log and of its key: the first line of every checkpoint. By custom the log's address without scheme.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin(String);

impl Origin {
    /// Reads 1–200 characters without blanks, control characters and `+`.
    pub fn parse(text: &str) -> Result<Origin, Invalid> {
        let allowed = |c: char| !c.is_whitespace() && !c.is_control() && c != '+';
        if text.is_empty() || text.len() > 200 || !text.chars().all(allowed) {
            return Err(Invalid::new(
                "ledger-origin/format",
                "Tên nhật ký gồm 1–200 ký tự, không có khoảng trắng và dấu +",
                "The ledger's origin has 1 to 200 characters without blanks and +",
            ));
        }
        Ok(Origin(text.to_owned()))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The public key with which anybody checks the log's signatures.
#[derive(Clone, PartialEq, Eq)]
pub struct VerifierKey {
    origin: Origin,
    key: VerifyingKey,
}

impl VerifierKey {
    /// The key of a log, from the 32 bytes of an Ed25519 public key; `None` where they are not a usable key.
    pub fn new(origin: Origin, public: &[u8; 32]) -> Option<VerifierKey> {
        let key = VerifyingKey::from_bytes(public).ok().filter(|key| !key.is_weak())?;
        Some(VerifierKey { origin, key })
    }

    /// Reads `name+key id+base64`, the form in which [`VerifierKey`] displays.
    pub fn parse(text: &str) -> Option<VerifierKey> {
        let mut parts = text.splitn(3, '+');
        let origin = Origin::parse(parts.next()?).ok()?;
        let id = parts.next()?;
        let material = STANDARD.decode(parts.next()?).ok()?;
        let (kind, public) = material.split_first()?;
        let key = VerifierKey::new(origin, public.try_into().ok()?)?;
        (*kind == ED25519 && id == hex(key.id())).then_some(key)
    }

    /// The name of the log.
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// The identifier by which a signature line names its key.
    pub fn id(&self) -> [u8; 4] {
        let hash = Hash::of(&[self.origin.0.as_bytes(), b"\n", &[ED25519], self.key.as_bytes()]);
        let [a, b, c, d, ..] = *hash.bytes();
        [a, b, c, d]
    }

    /// The signed text of a note, if this key signed it. Signatures of other keys are passed over.
    fn open<'a>(&self, note: &'a str) -> Result<&'a str, NoteFault> {
        if note.len() > NOTE_MAX || note.chars().any(|c| c.is_ascii_control() && c != '\n') {
            return Err(NoteFault::Form);
        }
        let cut = note.rfind("\n\n").ok_or(NoteFault::Form)?;
        let (text, signatures) = (&note[..=cut], &note[cut + 2..]);
        if !signatures.ends_with('\n') {
            return Err(NoteFault::Form);
        }
        let mut signed = false;
        for line in signatures.lines() {
            let (name, blob) =
                line.strip_prefix("— ").and_then(|rest| rest.split_once(' ')).ok_or(NoteFault::Form)?;
            let blob = STANDARD.decode(blob).map_err(|_| NoteFault::Form)?;
            let (id, signature) = blob.split_at_checked(4).ok_or(NoteFault::Form)?;
            if name == self.origin.0 && id == self.id() {
                let signature = Signature::from_slice(signature).map_err(|_| NoteFault::Signature)?;
                self.key.verify_strict(text.as_bytes(), &signature).map_err(|_| NoteFault::Signature)?;
                signed = true;
            }
        }
        if signed { Ok(text) } else { Err(NoteFault::Unsigned) }
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let material = [&[ED25519], self.key.as_bytes().as_slice()].concat();
        write!(f, "{}+{}+{}", self.origin.0, hex(self.id()), STANDARD.encode(material))
    }
}

impl fmt::Debug for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

fn hex(id: [u8; 4]) -> String {
    format!("{:08x}", u32::from_be_bytes(id))
}

/// Why a checkpoint is not to be believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoteFault {
    /// It is not a signed note, or not one that holds a checkpoint.
    #[error("not a signed checkpoint")]
    Form,
    /// The key that was asked about has not signed it.
    #[error("not signed with the log's key")]
    Unsigned,
    /// The signature is wrong: the text was changed, or the signature was.
    #[error("the signature is wrong")]
    Signature,
    /// It is a checkpoint of another log.
    #[error("a checkpoint of another log")]
    Origin,
}

/// What a log commits itself to: these many leaves have this root.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// Leaves in the tree.
    pub size: u64,
    /// The root of the tree.
    pub root: Hash,
}

impl Checkpoint {
    /// The text that is signed.
    pub(crate) fn text(&self, origin: &Origin) -> String {
        format!("{}\n{}\n{}\n", origin.0, self.size, self.root.base64())
    }

    /// The note: text and signature.
    pub(crate) fn note(&self, key: &VerifierKey, signature: &[u8; 64]) -> String {
        let blob = STANDARD.encode([key.id().as_slice(), signature].concat());
        format!("{}\n— {} {blob}\n", self.text(&key.origin), key.origin.0)
    }

    /// Reads a signed note and checks that it is a checkpoint signed with this key. Extension lines and further
    /// signatures, such as those of witnesses, are passed over.
    pub fn open(note: &str, key: &VerifierKey) -> Result<Checkpoint, NoteFault> {
        let text = key.open(note)?;
        let mut lines = text.lines();
        if lines.next() != Some(&key.origin.0) {
            return Err(NoteFault::Origin);
        }
        let size = lines.next().ok_or(NoteFault::Form)?;
        let number: u64 = size.parse().map_err(|_| NoteFault::Form)?;
        let root = lines.next().and_then(Hash::from_base64).ok_or(NoteFault::Form)?;
        // One spelling only: no sign, no leading zeroes, no empty lines after.
        if number.to_string() != size || lines.any(str::is_empty) {
            return Err(NoteFault::Form);
        }
        Ok(Checkpoint { size: number, root })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ed25519_dalek::{Signer, SigningKey};
    use proptest::prelude::*;

    fn signer() -> (SigningKey, VerifierKey) {
        let secret = SigningKey::from_bytes(&[7; 32]);
        let origin = Origin::parse("example.vn/ledger").unwrap();
        let key = VerifierKey::new(origin, secret.verifying_key().as_bytes()).unwrap();
        (secret, key)
    }

    fn note(checkpoint: Checkpoint) -> (String, VerifierKey) {
        let (secret, key) = signer();
        let signature = secret.sign(checkpoint.text(key.origin()).as_bytes()).to_bytes();
        (checkpoint.note(&key, &signature), key)
    }

    /// The example of the signed-note specification.
    #[test]
    fn the_published_example_verifies() {
        let key = VerifierKey::parse("example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k")
            .unwrap();
        let note = "This is an example message.\n\n— example.com/foo \
                    Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n";
        assert_eq!(key.open(note), Ok("This is an example message.\n"));
        assert_eq!(key.open(&note.replace("example m", "Example m")), Err(NoteFault::Signature));
    }

    #[test]
    fn a_verifier_key_round_trips() {
        let (_, key) = signer();
        assert_eq!(VerifierKey::parse(&key.to_string()), Some(key.clone()));
        let text = key.to_string();
        assert_eq!(VerifierKey::parse(&text.replace("example.vn", "example.org")), None);
        assert_eq!(VerifierKey::parse("example.vn/ledger+00000000+AQ=="), None);
    }

    #[test]
    fn a_checkpoint_round_trips() {
        let checkpoint = Checkpoint { size: 20_852_163, root: Hash::leaf(b"root") };
        let (text, key) = note(checkpoint);
        assert_eq!(Checkpoint::open(&text, &key), Ok(checkpoint));
        assert_eq!(text.lines().count(), 5);
        let witnessed = format!("{text}— witness.example AAAAAAAA\n");
        assert_eq!(Checkpoint::open(&witnessed, &key), Ok(checkpoint));
    }

    #[test]
    fn wrong_checkpoints_are_refused() {
        let (text, key) = note(Checkpoint { size: 5, root: Hash::leaf(b"root") });
        let other = VerifierKey::new(Origin::parse("other.vn").unwrap(), key.key.as_bytes()).unwrap();
        assert_eq!(Checkpoint::open(&text, &other), Err(NoteFault::Unsigned));
        assert_eq!(Checkpoint::open(&text.replace("\n5\n", "\n6\n"), &key), Err(NoteFault::Signature));
        assert_eq!(Checkpoint::open(text.trim_end(), &key), Err(NoteFault::Form));
        let (secret, key) = signer();
        for body in ["example.vn/ledger\n05\nAAAA\n", "other\n5\nAAAA\n", "example.vn/ledger\n5\n"] {
            let blob =
                STANDARD.encode([key.id().as_slice(), &secret.sign(body.as_bytes()).to_bytes()].concat());
            assert!(
                Checkpoint::open(&format!("{body}\n— example.vn/ledger {blob}\n"), &key).is_err(),
                "{body}"
            );
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "(\\PC|\n|— ){0,80}") {
            let (_, key) = signer();
            prop_assert!(Checkpoint::open(&text, &key).is_err());
            let _ = VerifierKey::parse(&text);
        }

        #[test]
        fn a_changed_note_is_refused(size in any::<u64>(), at in any::<prop::sample::Index>(), with in "[0-9A-Za-z\n]") {
            let (text, key) = note(Checkpoint { size, root: Hash::leaf(b"root") });
            let mut changed: Vec<char> = text.chars().collect();
            let place = at.index(changed.len());
            changed[place] = with.chars().next().unwrap();
            let changed: String = changed.into_iter().collect();
            prop_assume!(changed != text);
            prop_assert!(Checkpoint::open(&changed, &key).is_err());
        }
    }
}
