//! The key that signs checkpoints.

use ed25519_dalek::{
    Signer as _, SigningKey,
    pkcs8::{DecodePrivateKey, EncodePrivateKey, spki::der::pem::LineEnding},
};
use std::{
    fmt, fs,
    io::{self, Write},
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};

/// Whatever holds the Ed25519 key of the log: a file, or a hardware module that never gives the key away.
pub trait Signer: Send + Sync {
    /// The public key.
    fn public_key(&self) -> [u8; 32];

    /// Signs a message (RFC 8032). It is called from a background task and may block for a moment.
    fn sign(&self, message: &[u8]) -> Result<[u8; 64], KeyError>;
}

/// Why the log's key cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The file cannot be read or written.
    #[error("the ledger's key file {path}: {source}")]
    File {
        /// Where the file was looked for.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file holds no Ed25519 key in PKCS#8 PEM.
    #[error("the ledger's key file {0} holds no Ed25519 key in PKCS#8 PEM")]
    Form(PathBuf),
    /// The system gave no random bytes for a new key.
    #[error("no random bytes: {0}")]
    Random(getrandom::Error),
    /// The key's keeper refused or cannot be reached.
    #[error("the key's keeper did not sign: {0}")]
    Refused(String),
}

/// A key in a file: PKCS#8 PEM, readable by its owner alone.
pub struct KeyFile(SigningKey);

impl KeyFile {
    /// Reads the key, or makes one where there is no file yet. Of several processes that start at once on one
    /// folder, one makes the key and the others read it.
    pub fn open_or_create(path: &Path) -> Result<KeyFile, KeyError> {
        let fail = |source| KeyError::File { path: path.to_owned(), source };
        match fs::read_to_string(path) {
            Ok(pem) => KeyFile::from_pem(&pem).ok_or_else(|| KeyError::Form(path.to_owned())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let key = KeyFile::generate()?;
                let pem = key.0.to_pkcs8_pem(LineEnding::LF).map_err(|_| KeyError::Form(path.to_owned()))?;
                if key.place(path, pem.as_bytes()).map_err(fail)? {
                    Ok(key)
                } else {
                    KeyFile::open_or_create(path)
                }
            }
            Err(error) => Err(fail(error)),
        }
    }

    /// A new key that is kept nowhere.
    pub fn generate() -> Result<KeyFile, KeyError> {
        let mut secret = [0; 32];
        getrandom::fill(&mut secret).map_err(KeyError::Random)?;
        Ok(KeyFile(SigningKey::from_bytes(&secret)))
    }

    fn from_pem(pem: &str) -> Option<KeyFile> {
        SigningKey::from_pkcs8_pem(pem).ok().map(KeyFile)
    }

    /// Puts the whole file in place at once; whether it was this call that did.
    fn place(&self, path: &Path, pem: &[u8]) -> io::Result<bool> {
        let draft = path.with_extension(format!("new-{}", std::process::id()));
        let mut file =
            fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&draft)?;
        file.set_permissions(fs::Permissions::from_mode(0o600))?;
        file.write_all(pem)?;
        file.sync_all()?;
        let linked = fs::hard_link(&draft, path);
        fs::remove_file(&draft)?;
        match linked {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
            Err(error) => Err(error),
        }
    }
}

impl Signer for KeyFile {
    fn public_key(&self) -> [u8; 32] {
        *self.0.verifying_key().as_bytes()
    }

    fn sign(&self, message: &[u8]) -> Result<[u8; 64], KeyError> {
        Ok(self.0.sign(message).to_bytes())
    }
}

impl fmt::Debug for KeyFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyFile(redacted)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_made_once_and_read_ever_after() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.pem");
        let made = KeyFile::open_or_create(&path).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        assert_eq!(KeyFile::open_or_create(&path).unwrap().public_key(), made.public_key());
        assert_ne!(KeyFile::generate().unwrap().public_key(), made.public_key());
    }

    #[test]
    fn processes_that_start_at_once_share_a_key() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.pem");
        let (one, two) = (KeyFile::generate().unwrap(), KeyFile::generate().unwrap());
        assert!(one.place(&path, b"first").unwrap());
        assert!(!two.place(&path, b"second").unwrap());
        assert_eq!(fs::read(&path).unwrap(), b"first");
    }

    #[test]
    fn a_file_without_a_key_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.pem");
        fs::write(&path, "nothing").unwrap();
        assert!(matches!(KeyFile::open_or_create(&path), Err(KeyError::Form(_))));
        assert!(matches!(
            KeyFile::open_or_create(&folder.path().join("no/such")),
            Err(KeyError::File { .. })
        ));
    }
}
