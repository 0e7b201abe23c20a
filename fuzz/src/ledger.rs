//! What an outsider hands to the ledger: paths, notes, keys and proofs.

use crate::input::edited_text;
use ledger::{Checkpoint, Origin, Proof, Resource, VerifierKey};

targets! { tile_path, checkpoint, verifier_key, proof }

const KEY: &str = include_str!("../samples/verifier-key.txt");
const NOTE: &str = include_str!("../samples/checkpoint.txt");
const PROOF: &str = include_str!("../samples/proof.txt");

fn tile_path(program: &[u8]) {
    let samples =
        ["checkpoint", "tile/0/x001/x234/067.p/8", "tile/63/255", "tile/entries/x018/446/744.p/255"];
    let path = edited_text(program, &samples);
    if let Some(resource) = Resource::parse(&path) {
        assert_eq!(resource.path(), path, "each resource has one spelling");
    }
}

/// A note that was edited is refused, or says what it said before.
fn checkpoint(program: &[u8]) {
    let key = VerifierKey::parse(KEY).unwrap();
    let signed = Checkpoint::open(NOTE, &key).unwrap();
    if let Ok(opened) = Checkpoint::open(&edited_text(program, &[NOTE]), &key) {
        assert_eq!(opened, signed);
    }
}

fn verifier_key(program: &[u8]) {
    let text = edited_text(program, &[KEY]);
    if let Some(key) = VerifierKey::parse(&text) {
        assert_eq!(key.to_string(), text);
        assert_eq!(Origin::parse(key.origin().as_str()).as_ref(), Ok(key.origin()));
    }
}

/// A proof that was edited is refused, or proves what it proved before.
fn proof(program: &[u8]) {
    let key = VerifierKey::parse(KEY).unwrap();
    let proven = Proof::parse(PROOF).unwrap().verify(&key).unwrap();
    if let Ok(proof) = Proof::parse(&edited_text(program, &[PROOF])) {
        assert_eq!(Proof::parse(&proof.to_string()), Ok(proof.clone()));
        if let Ok(still) = proof.verify(&key) {
            assert_eq!(still, proven);
        }
    }
}
