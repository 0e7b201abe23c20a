//! Keeps in the database what must be said again later and nobody may read there: AES-256-GCM under a secret of the
//! installation, with a random nonce before it.

use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};

/// Seals a text for one place, which must be named again to open it; `None` without randomness.
pub fn seal(key: &[u8; 32], place: &[u8], text: &[u8]) -> Option<Vec<u8>> {
    let mut nonce = [0; NONCE_LEN];
    getrandom::fill(&mut nonce).ok()?;
    let mut sealed = text.to_vec();
    let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key).ok()?);
    key.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(place), &mut sealed).ok()?;
    Some([&nonce[..], &sealed].concat())
}

/// What was sealed for a place; `None` where it was not, or was changed.
pub fn open(key: &[u8; 32], place: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
    let (nonce, sealed) = sealed.split_at_checked(NONCE_LEN)?;
    let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key).ok()?);
    let mut text = sealed.to_vec();
    let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
    let length = key.open_in_place(nonce, Aad::from(place), &mut text).ok()?.len();
    text.truncate(length);
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_opens_in_its_place_alone() {
        let key = [7; 32];
        let sealed = seal(&key, b"1", b"token").unwrap();
        assert!(!sealed.windows(5).any(|part| part == b"token"));
        assert_eq!(open(&key, b"1", &sealed).as_deref(), Some(&b"token"[..]));
        assert_ne!(seal(&key, b"1", b"token").unwrap(), sealed, "no two are the same");
        assert_eq!(open(&key, b"2", &sealed), None);
        assert_eq!(open(&[8; 32], b"1", &sealed), None);
        assert_eq!(open(&key, b"1", &sealed[..20]), None);
        assert_eq!(open(&key, b"1", b""), None);
        let mut changed = sealed;
        changed[14] ^= 1;
        assert_eq!(open(&key, b"1", &changed), None);
    }
}
