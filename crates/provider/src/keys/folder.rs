//! Signing keys in a folder of encrypted files.
//!
//! A folder holds a key for each rotation, `<micros>.pem`, encrypted PKCS#8 (PBES2: scrypt, AES-256) under the
//! passphrase of the folder.

use super::{KeyFault, KeyStore, LOOK, in_force};
use crate::jose::{Jws, PublicJwk, encode};
use p256::{
    SecretKey,
    ecdsa::{SigningKey, VerifyingKey},
    pkcs8::{DecodePrivateKey, EncodePrivateKey, LineEnding},
};
use ring::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair},
};
use serde_json::{Value, json};
use std::{
    fs,
    io::Write as _,
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError, RwLock},
    time::{Instant, SystemTime},
};
use vocabulary::Moment;

/// Keys in a folder.
pub struct KeyFolder {
    folder: PathBuf,
    passphrase: String,
    root: [u8; 32],
    keys: RwLock<Vec<Key>>,
    looked: Mutex<Looked>,
}

/// The last look at the folder.
#[derive(Default)]
struct Looked {
    at: Option<Instant>,
    /// When the folder had changed last, once that is long enough ago for its clock to tell a later change.
    changed: Option<SystemTime>,
}

#[derive(Clone)]
struct Key {
    since: Moment,
    kid: String,
    public: VerifyingKey,
    pair: Arc<EcdsaKeyPair>,
}

impl Key {
    /// A key as it signs; `None` where its halves do not belong together.
    fn new(since: Moment, secret: &SecretKey) -> Option<Key> {
        let public = *SigningKey::from(secret).verifying_key();
        let pair = EcdsaKeyPair::from_private_key_and_public_key(
            &ECDSA_P256_SHA256_FIXED_SIGNING,
            &secret.to_bytes(),
            public.to_sec1_point(false).as_bytes(),
            &SystemRandom::new(),
        );
        let kid = PublicJwk::new(None, public).thumbprint();
        Some(Key { since, kid, public, pair: Arc::new(pair.ok()?) })
    }
}

impl KeyFolder {
    /// Opens the folder, or makes it with a first key. The passphrase is that of a file, made beside the folder where
    /// it does not exist; keep it elsewhere than the backups of the folder.
    ///
    /// # Errors
    /// Where a file cannot be read, or is not a key under the passphrase.
    pub fn open_or_create(folder: &Path, passphrase: &Path, now: Moment) -> Result<KeyFolder, KeyFault> {
        if !folder.is_dir() {
            fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        }
        if !passphrase.exists() {
            place(passphrase, random()?.as_bytes())?;
        }
        let passphrase = fs::read_to_string(passphrase)?.trim().to_owned();
        let root = folder.join("subjects.pem");
        if !root.exists() {
            place(&root, encrypted(&new_secret()?, &passphrase, &root)?.as_bytes())?;
        }
        let root = read(&root, &passphrase)?.to_bytes().into();
        let folder = KeyFolder {
            folder: folder.to_owned(),
            passphrase,
            root,
            keys: RwLock::new(Vec::new()),
            looked: Mutex::default(),
        };
        folder.reload()?;
        if folder.keys.read().unwrap_or_else(PoisonError::into_inner).is_empty() {
            folder.rotate(now)?;
        }
        Ok(folder)
    }

    /// Reads keys that another process has added.
    ///
    /// # Errors
    /// As [`KeyFolder::open_or_create`].
    pub fn reload(&self) -> Result<(), KeyFault> {
        // Decrypting a key is meant to be slow, and a file never changes: what is known is kept.
        let known = self.keys.read().unwrap_or_else(PoisonError::into_inner).clone();
        let mut keys = Vec::new();
        for entry in fs::read_dir(&self.folder)? {
            let path = entry?.path();
            let stem = path.file_stem().and_then(|s| s.to_str()).unwrap_or_default();
            let (Ok(micros), Some("pem")) = (stem.parse(), path.extension().and_then(|e| e.to_str())) else {
                continue;
            };
            if let Some(key) = known.iter().find(|key| key.since.micros() == micros) {
                keys.push(key.clone());
                continue;
            }
            let secret = read(&path, &self.passphrase)?;
            let key = Key::new(Moment::from_micros(micros), &secret);
            keys.push(key.ok_or_else(|| KeyFault::Form(path.clone()))?);
        }
        keys.sort_by_key(|key| key.since);
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) = keys;
        Ok(())
    }

    /// Notices what another process has added. Where that cannot be read, the keys that are known go on.
    fn look(&self) {
        // Whoever comes while another looks goes on with what is known.
        let Ok(mut looked) = self.looked.try_lock() else { return };
        if looked.at.is_some_and(|at| at.elapsed() < LOOK) {
            return;
        }
        looked.at = Some(Instant::now());
        let changed = fs::metadata(&self.folder).and_then(|folder| folder.modified()).ok();
        if changed.is_some() && changed == looked.changed {
            return;
        }
        match self.reload() {
            Ok(()) => {
                let settled = |at: &SystemTime| at.elapsed().is_ok_and(|age| age > LOOK);
                looked.changed = changed.filter(settled);
            }
            Err(fault) => tracing::error!(%fault, "signing keys cannot be read anew"),
        }
    }
}

impl KeyStore for KeyFolder {
    fn sign(&self, kind: &str, claims: &Value, now: Moment) -> Result<String, KeyFault> {
        self.look();
        let keys = self.keys.read().unwrap_or_else(PoisonError::into_inner);
        let since: Vec<Moment> = keys.iter().map(|key| key.since).collect();
        let key = in_force(&since, now).and_then(|(current, _)| keys.get(current));
        let key = key.ok_or_else(|| KeyFault::Form(self.folder.clone()))?;
        let signed = Jws::unsigned(&json!({ "alg": "ES256", "typ": kind, "kid": key.kid }), claims);
        let signature = key.pair.sign(&SystemRandom::new(), signed.as_bytes());
        let signature = signature.map_err(|_| KeyFault::Randomness)?;
        Ok(format!("{signed}.{}", encode(signature.as_ref())))
    }

    fn published(&self, now: Moment) -> Vec<PublicJwk> {
        self.look();
        let keys = self.keys.read().unwrap_or_else(PoisonError::into_inner);
        let since: Vec<Moment> = keys.iter().map(|key| key.since).collect();
        let Some((_, shown)) = in_force(&since, now) else { return Vec::new() };
        let public = |key: &Key| PublicJwk::new(Some(key.kid.clone()), key.public);
        keys.iter().take(shown.end).skip(shown.start).map(public).collect()
    }

    fn rotate(&self, now: Moment) -> Result<String, KeyFault> {
        let secret = new_secret()?;
        let kid = PublicJwk::new(None, *SigningKey::from(&secret).verifying_key()).thumbprint();
        let path = self.folder.join(format!("{}.pem", now.micros()));
        place(&path, encrypted(&secret, &self.passphrase, &path)?.as_bytes())?;
        self.reload()?;
        Ok(kid)
    }

    fn derived(&self, purpose: &str) -> Result<[u8; 32], KeyFault> {
        Ok(crate::rules::mac(&self.root, &[purpose.as_bytes()]))
    }
}

/// The secret from which a folder derives all others, for another back end to take over; `None` where there is none.
///
/// # Errors
/// As [`KeyFolder::open_or_create`].
pub(super) fn root_of(folder: &Path, passphrase: &Path) -> Result<Option<[u8; 32]>, KeyFault> {
    let root = folder.join("subjects.pem");
    if !root.exists() {
        return Ok(None);
    }
    let passphrase = fs::read_to_string(passphrase)?;
    Ok(Some(read(&root, passphrase.trim())?.to_bytes().into()))
}

fn random() -> Result<String, KeyFault> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|_| KeyFault::Randomness)?;
    Ok(encode(bytes))
}

fn new_secret() -> Result<SecretKey, KeyFault> {
    // Nearly every 256-bit number is a scalar of the curve; one that is not is drawn again.
    loop {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes).map_err(|_| KeyFault::Randomness)?;
        if let Ok(secret) = SecretKey::from_slice(&bytes) {
            return Ok(secret);
        }
    }
}

fn encrypted(secret: &SecretKey, passphrase: &str, path: &Path) -> Result<String, KeyFault> {
    let fault = || KeyFault::Form(path.to_owned());
    let plain = secret.to_pkcs8_der().map_err(|_| fault())?;
    let info = pkcs8::PrivateKeyInfoRef::try_from(plain.as_bytes()).map_err(|_| fault())?;
    let (mut salt, mut iv) = ([0; 16], [0; 16]);
    getrandom::fill(&mut salt).and_then(|()| getrandom::fill(&mut iv)).map_err(|_| KeyFault::Randomness)?;
    // RFC 7914: N = 2^14, r = 8, p = 1; the passphrase is itself random.
    let cost = pkcs8::pkcs5::scrypt::Params::new(14, 8, 1).map_err(|_| fault())?;
    let parameters =
        pkcs8::pkcs5::pbes2::Parameters::generate_scrypt_aes256cbc(cost, &salt, iv).map_err(|_| fault())?;
    let sealed = info.encrypt_with_params(parameters, passphrase).map_err(|_| fault())?;
    Ok(sealed.to_pem("ENCRYPTED PRIVATE KEY", LineEnding::LF).map_err(|_| fault())?.to_string())
}

fn read(path: &Path, passphrase: &str) -> Result<SecretKey, KeyFault> {
    let pem = fs::read_to_string(path)?;
    SecretKey::from_pkcs8_encrypted_pem(&pem, passphrase).map_err(|_| KeyFault::Form(path.to_owned()))
}

/// Puts a whole file in place at once, readable by its owner alone; one that is there stays.
fn place(path: &Path, content: &[u8]) -> std::io::Result<()> {
    let draft = path.with_extension(format!("new-{}", std::process::id()));
    let mut file = fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&draft)?;
    file.write_all(content)?;
    file.sync_all()?;
    let linked = fs::hard_link(&draft, path);
    fs::remove_file(&draft)?;
    match linked {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::{LEAD, OVERLAP};

    const START: Moment = Moment::from_micros(1_800_000_000_000_000);

    #[test]
    fn a_new_key_is_known_before_it_signs_and_the_old_one_after() {
        let folder = tempfile::tempdir().unwrap();
        let open = || KeyFolder::open_or_create(&folder.path().join("k"), &folder.path().join("p"), START);
        let keys = open().unwrap();
        let signer = |at: Moment| {
            let token = keys.sign("JWT", &json!({}), at).unwrap();
            Jws::read(&token).unwrap().named("kid").unwrap().to_owned()
        };
        let known = |at: Moment| -> Vec<String> {
            keys.published(at).into_iter().filter_map(|key| key.kid).collect()
        };
        let first = signer(START);
        let turn = START.plus_seconds(90 * 86_400);
        let second = keys.rotate(turn).unwrap();
        assert_eq!((signer(turn), known(turn)), (first.clone(), vec![first.clone(), second.clone()]));
        let after = turn.plus_seconds(LEAD);
        assert_eq!((signer(after), known(after)), (second.clone(), vec![first, second.clone()]));
        let long_after = after.plus_seconds(OVERLAP);
        assert_eq!((signer(long_after), known(long_after)), (second.clone(), vec![second]));
        let again = open().unwrap();
        assert_eq!(again.published(turn), keys.published(turn), "another process reads the same");
        assert_eq!(again.derived("x").unwrap(), keys.derived("x").unwrap());
        assert_ne!(again.derived("x").unwrap(), keys.derived("y").unwrap());
    }

    #[test]
    fn a_folder_does_not_open_with_another_passphrase() {
        let folder = tempfile::tempdir().unwrap();
        let (keys, pass) = (folder.path().join("k"), folder.path().join("p"));
        KeyFolder::open_or_create(&keys, &pass, START).unwrap();
        for file in fs::read_dir(&keys).unwrap() {
            let text = fs::read_to_string(file.unwrap().path()).unwrap();
            assert!(text.starts_with("-----BEGIN ENCRYPTED PRIVATE KEY-----"), "{text}");
        }
        fs::write(&pass, "another").unwrap();
        assert!(matches!(KeyFolder::open_or_create(&keys, &pass, START), Err(KeyFault::Form(_))));
    }
}
