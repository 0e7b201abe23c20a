//! Signing keys in a security module (*HSM*), by PKCS#11: pairs on P-256 that are made in the token and never leave it.
//!
//! A pair stands under the label of the settings; its identifier (`CKA_ID`) is the moment since which it exists, eight
//! bytes, so that its age is known as that of a file is. A secret for HMAC under `<label>-subjects` is what pairwise
//! subjects are derived from; where a folder of keys was in use before, its secret is taken over, so that citizens keep
//! the subjects that applications know them by.
//!
//! Sessions stand in a pool, each used by one thread at a time. Where one is lost – the device was away, the module was
//! restarted – all are opened anew, once, and what was under way is tried again. A PIN is never tried twice.

use super::{KeyFault, KeyStore, LOOK, PIN_VARIABLE, folder::root_of, in_force};
use crate::jose::{Jws, PublicJwk, encode};
use cryptoki::{
    context::{CInitializeArgs, CInitializeFlags, Function, Pkcs11},
    error::{Error, RvError},
    mechanism::Mechanism,
    object::{Attribute, AttributeType, KeyType, ObjectClass, ObjectHandle},
    session::{Session, UserType},
    slot::Slot,
    types::{AuthPin, Ulong},
};
use p256::ecdsa::VerifyingKey;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::{
        Mutex, MutexGuard, PoisonError, RwLock,
        atomic::{AtomicBool, Ordering},
    },
    time::Instant,
};
use vocabulary::Moment;

/// The curve P-256 as PKCS#11 names it: the DER of its object identifier.
const P256: &[u8] = &[0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];

/// Which token signs. Without a module, keys stand in files.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TokenConfig {
    /// The PKCS#11 module of the maker, a shared library; empty: keys stand in files.
    pub module: PathBuf,
    /// The token: its label, `serial:…` or `slot:N`.
    pub token: String,
    /// The file of the user's PIN; empty: the variable `DANCU_PKCS11_PIN` holds it.
    pub pin_file: PathBuf,
    /// The label of the keys.
    pub label: String,
}

impl Default for TokenConfig {
    fn default() -> TokenConfig {
        TokenConfig {
            module: PathBuf::new(),
            token: String::new(),
            pin_file: PathBuf::new(),
            label: "dancu".to_owned(),
        }
    }
}

/// Keys in a token.
pub struct KeyToken {
    config: TokenConfig,
    pin: AuthPin,
    /// The PIN was refused: trying it again would use up the tries.
    refused: AtomicBool,
    link: RwLock<Link>,
    keys: RwLock<Vec<Key>>,
    looked: Mutex<Option<Instant>>,
}

/// The sessions that stand at the moment.
struct Link {
    module: Pkcs11,
    slot: Slot,
    idle: Mutex<Vec<Session>>,
    /// How often it was made anew.
    turn: u64,
}

#[derive(Clone)]
struct Key {
    since: Moment,
    kid: String,
    private: ObjectHandle,
    public: VerifyingKey,
}

/// What the module is asked for, with what its answer means.
type Answer<T> = Result<T, Error>;

impl KeyToken {
    /// Opens the token, and makes a first pair in it where there is none. A folder of files that was in use before gives
    /// its secret of subjects. `insist` tries the PIN although a wrong one was counted.
    ///
    /// # Errors
    /// Where the module, the token or the PIN does not serve; each with what to do.
    pub fn open(
        config: &TokenConfig,
        before: (&Path, &Path),
        insist: bool,
        now: Moment,
    ) -> Result<KeyToken, KeyFault> {
        let pin = pin(config)?;
        let module = loaded(&config.module)?;
        let slot = slot(&module, &config.token)?;
        let token = KeyToken {
            config: config.clone(),
            pin,
            refused: AtomicBool::new(false),
            link: RwLock::new(Link { module, slot, idle: Mutex::default(), turn: 0 }),
            keys: RwLock::default(),
            looked: Mutex::default(),
        };
        token.connect(None, insist)?;
        if token.with(|session, token| session.find_objects(&token.root_template()))?.is_empty() {
            token.make_root(root_of(before.0, before.1)?, now)?;
        }
        if token.known().is_empty() {
            token.rotate(now)?;
        }
        Ok(token)
    }

    fn known(&self) -> Vec<Key> {
        self.keys.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn label(&self) -> Attribute {
        Attribute::Label(self.config.label.as_bytes().to_vec())
    }

    fn root_label(&self) -> Attribute {
        Attribute::Label(format!("{}-subjects", self.config.label).into_bytes())
    }

    fn root_template(&self) -> [Attribute; 2] {
        [Attribute::Class(ObjectClass::SECRET_KEY), self.root_label()]
    }

    /// Opens sessions anew, unless another thread has done so since the turn that the caller saw.
    fn connect(&self, seen: Option<u64>, insist: bool) -> Result<(), KeyFault> {
        let mut link = self.link.write().unwrap_or_else(PoisonError::into_inner);
        if seen.is_some_and(|turn| turn != link.turn) {
            return Ok(());
        }
        if self.refused.load(Ordering::Acquire) {
            return Err(KeyFault::Pin);
        }
        // Closed before any is opened: a session that outlived the device would answer for nobody.
        locked(&link.idle).clear();
        link.module = loaded(&self.config.module)?;
        // The token may have come back in another slot.
        link.slot = slot(&link.module, &self.config.token)?;
        let counted = link.module.get_token_info(link.slot).map_err(told)?;
        if counted.user_pin_locked() {
            return Err(KeyFault::PinLocked);
        }
        if counted.user_pin_final_try() {
            return Err(KeyFault::PinLast);
        }
        if counted.user_pin_count_low() && !insist {
            return Err(KeyFault::PinCounted);
        }
        let session = link.module.open_ro_session(link.slot).map_err(told)?;
        match session.login(UserType::User, Some(&self.pin)) {
            // One login counts for all sessions of a process.
            Ok(()) | Err(Error::Pkcs11(RvError::UserAlreadyLoggedIn, _)) => {}
            Err(error) => {
                let fault = told(error);
                self.refused.store(matches!(fault, KeyFault::Pin | KeyFault::PinLocked), Ordering::Release);
                return Err(fault);
            }
        }
        let keys = self.listed(&session).map_err(told)?;
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) = keys;
        locked(&link.idle).push(session);
        link.turn += 1;
        Ok(())
    }

    /// Asks the module in a session of the pool; where it was lost, once more in another.
    fn with<T>(&self, ask: impl Fn(&Session, &KeyToken) -> Answer<T>) -> Result<T, KeyFault> {
        let once = || -> (u64, Answer<T>) {
            let link = self.link.read().unwrap_or_else(PoisonError::into_inner);
            let idle = locked(&link.idle).pop();
            let session = match idle.map_or_else(|| link.module.open_ro_session(link.slot), Ok) {
                Ok(session) => session,
                Err(error) => return (link.turn, Err(error)),
            };
            let answer = ask(&session, self);
            // In a session that failed an operation may still be open: it is closed.
            if answer.is_ok() {
                locked(&link.idle).push(session);
            }
            (link.turn, answer)
        };
        let (turn, answer) = once();
        match answer {
            Err(error) if is_lost(&error) => {
                tracing::warn!(%error, "the token of signing keys was lost, and is opened anew");
                self.connect(Some(turn), false)?;
                once().1.map_err(told)
            }
            answer => answer.map_err(told),
        }
    }

    /// The pairs of the label, the oldest first.
    fn listed(&self, session: &Session) -> Answer<Vec<Key>> {
        let mut points = BTreeMap::new();
        for handle in session.find_objects(&[Attribute::Class(ObjectClass::PUBLIC_KEY), self.label()])? {
            let wanted = [AttributeType::Id, AttributeType::EcPoint];
            let [Attribute::Id(id), Attribute::EcPoint(point)] =
                &session.get_attributes(handle, &wanted)?[..]
            else {
                continue;
            };
            if let Some(public) = public(point) {
                points.insert(id.clone(), public);
            }
        }
        let mut keys = Vec::new();
        for private in session.find_objects(&[Attribute::Class(ObjectClass::PRIVATE_KEY), self.label()])? {
            let [Attribute::Id(id)] = &session.get_attributes(private, &[AttributeType::Id])?[..] else {
                continue;
            };
            let (Some(since), Some(public)) = (since(id), points.get(id)) else { continue };
            let kid = PublicJwk::new(None, *public).thumbprint();
            keys.push(Key { since, kid, private, public: *public });
        }
        keys.sort_by_key(|key| key.since);
        Ok(keys)
    }

    /// Notices what another process has added. Where the token does not answer, the keys that are known go on.
    fn look(&self) {
        // Whoever comes while another looks goes on with what is known.
        let Ok(mut looked) = self.looked.try_lock() else { return };
        if looked.is_some_and(|at| at.elapsed() < LOOK) {
            return;
        }
        *looked = Some(Instant::now());
        match self.with(|session, token| token.listed(session)) {
            Ok(keys) => *self.keys.write().unwrap_or_else(PoisonError::into_inner) = keys,
            Err(fault) => tracing::error!(%fault, "signing keys cannot be read anew"),
        }
    }

    /// Puts the secret in place from which all others are derived.
    fn make_root(&self, taken_over: Option<[u8; 32]>, now: Moment) -> Result<(), KeyFault> {
        let mut template = vec![
            Attribute::Class(ObjectClass::SECRET_KEY),
            Attribute::KeyType(KeyType::GENERIC_SECRET),
            Attribute::Token(true),
            Attribute::Private(true),
            Attribute::Sensitive(true),
            Attribute::Extractable(false),
            Attribute::Sign(true),
            Attribute::Id(now.micros().to_be_bytes().to_vec()),
            self.root_label(),
        ];
        let session = self.writing()?;
        match taken_over {
            Some(secret) => {
                template.push(Attribute::Value(secret.to_vec()));
                session.create_object(&template)
            }
            None => {
                template.push(Attribute::ValueLen(Ulong::new(32)));
                session.generate_key(&Mechanism::GenericSecretKeyGen, &template)
            }
        }
        .map_err(told)?;
        Ok(())
    }

    /// A session that may change the token.
    fn writing(&self) -> Result<Session, KeyFault> {
        let link = self.link.read().unwrap_or_else(PoisonError::into_inner);
        link.module.open_rw_session(link.slot).map_err(told)
    }
}

impl KeyStore for KeyToken {
    fn sign(&self, kind: &str, claims: &Value, now: Moment) -> Result<String, KeyFault> {
        aside(|| {
            self.look();
            self.with(|session, token| {
                let keys = token.known();
                let since: Vec<Moment> = keys.iter().map(|key| key.since).collect();
                let key = in_force(&since, now).and_then(|(current, _)| keys.get(current));
                let Some(key) = key else { return Ok(None) };
                let signed = Jws::unsigned(&json!({ "alg": "ES256", "typ": kind, "kid": key.kid }), claims);
                // The digest is made here: every token signs one, not every token makes it.
                let digest = Sha256::digest(signed.as_bytes());
                let signature = session.sign(&Mechanism::Ecdsa, key.private, &digest)?;
                Ok(Some(format!("{signed}.{}", encode(signature))))
            })?
            .ok_or_else(|| KeyFault::NoKey(self.config.label.clone()))
        })
    }

    fn published(&self, now: Moment) -> Vec<PublicJwk> {
        aside(|| self.look());
        let keys = self.known();
        let since: Vec<Moment> = keys.iter().map(|key| key.since).collect();
        let Some((_, shown)) = in_force(&since, now) else { return Vec::new() };
        let public = |key: &Key| PublicJwk::new(Some(key.kid.clone()), key.public);
        keys.iter().take(shown.end).skip(shown.start).map(public).collect()
    }

    fn rotate(&self, now: Moment) -> Result<String, KeyFault> {
        let id = now.micros().to_be_bytes().to_vec();
        let public = [
            Attribute::Token(true),
            Attribute::Private(false),
            Attribute::Verify(true),
            Attribute::EcParams(P256.to_vec()),
            Attribute::Id(id.clone()),
            self.label(),
        ];
        let private = [
            Attribute::Token(true),
            Attribute::Private(true),
            Attribute::Sensitive(true),
            Attribute::Extractable(false),
            Attribute::Sign(true),
            Attribute::Id(id),
            self.label(),
        ];
        // Asked first, so that a session that was lost is opened anew.
        self.with(|session, token| token.listed(session))?;
        self.writing()?.generate_key_pair(&Mechanism::EccKeyPairGen, &public, &private).map_err(told)?;
        let keys = self.with(|session, token| token.listed(session))?;
        let kid = keys.iter().find(|key| key.since == now).map(|key| key.kid.clone());
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) = keys;
        kid.ok_or_else(|| KeyFault::NoKey(self.config.label.clone()))
    }

    fn derived(&self, purpose: &str) -> Result<[u8; 32], KeyFault> {
        // The MAC of `rules::mac`, made in the token.
        let data = [&(purpose.len() as u64).to_be_bytes()[..], purpose.as_bytes()].concat();
        let look_up = |session: &Session, token: &KeyToken| {
            let mut roots = Vec::new();
            for handle in session.find_objects(&token.root_template())? {
                if let [Attribute::Id(id)] = &session.get_attributes(handle, &[AttributeType::Id])?[..] {
                    roots.push((id.clone(), handle));
                }
            }
            // Should two processes have begun at the same time, the older secret counts.
            roots.sort_by(|a, b| a.0.cmp(&b.0));
            let Some((_, root)) = roots.first() else { return Ok(None) };
            session.sign(&Mechanism::Sha256Hmac, *root, &data).map(Some)
        };
        let mac = aside(|| self.with(look_up))?;
        mac.and_then(|mac| mac.try_into().ok()).ok_or_else(|| KeyFault::NoKey(self.config.label.clone()))
    }
}

/// Lets other tasks of a server go on while a device is waited for.
fn aside<T>(work: impl FnOnce() -> T) -> T {
    use tokio::runtime::{Handle, RuntimeFlavor};
    match Handle::try_current().map(|runtime| runtime.runtime_flavor()) {
        Ok(RuntimeFlavor::MultiThread) => tokio::task::block_in_place(work),
        _ => work(),
    }
}

fn locked<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The module of a path, loaded once for the life of the process: many makers' modules do not bear to be loaded twice.
fn loaded(path: &Path) -> Result<Pkcs11, KeyFault> {
    static LOADED: Mutex<BTreeMap<PathBuf, Pkcs11>> = Mutex::new(BTreeMap::new());
    let fault = |error: Error| KeyFault::Module(path.to_owned(), error.to_string());
    let mut all = locked(&LOADED);
    let module = match all.get(path) {
        Some(module) => module.clone(),
        None => Pkcs11::new(path).map_err(fault)?,
    };
    match module.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK)) {
        Ok(()) | Err(Error::Pkcs11(RvError::CryptokiAlreadyInitialized, _)) => {}
        Err(error) => return Err(fault(error)),
    }
    all.insert(path.to_owned(), module.clone());
    Ok(module)
}

/// The slot of the one token of a name.
fn slot(module: &Pkcs11, name: &str) -> Result<Slot, KeyFault> {
    let mut found = Vec::new();
    for slot in module.get_slots_with_token().map_err(told)? {
        let Ok(info) = module.get_token_info(slot) else { continue };
        let is_meant = match name.split_once(':') {
            Some(("serial", serial)) => info.serial_number() == serial,
            Some(("slot", number)) => number.parse() == Ok(slot.id()),
            _ => info.token_initialized() && info.label() == name,
        };
        if is_meant {
            found.push(slot);
        }
    }
    match found[..] {
        [one] => Ok(one),
        _ => Err(KeyFault::NoToken(name.to_owned(), found.len())),
    }
}

/// The PIN, from where it is kept.
fn pin(config: &TokenConfig) -> Result<AuthPin, KeyFault> {
    let text = if config.pin_file.as_os_str().is_empty() {
        std::env::var(PIN_VARIABLE).map_err(|error| KeyFault::NoPin(error.to_string()))?
    } else {
        std::fs::read_to_string(&config.pin_file).map_err(|error| KeyFault::NoPin(error.to_string()))?
    };
    match text.trim() {
        "" => Err(KeyFault::NoPin("it is empty".to_owned())),
        pin => Ok(AuthPin::from(pin.to_owned())),
    }
}

/// What an error of the module means to us. Its text names functions and codes, never a value.
fn told(error: Error) -> KeyFault {
    match error {
        Error::Pkcs11(code, Function::Login) => match code {
            RvError::PinIncorrect | RvError::PinInvalid | RvError::PinLenRange | RvError::PinExpired => {
                KeyFault::Pin
            }
            RvError::PinLocked => KeyFault::PinLocked,
            _ => KeyFault::Token(error.to_string()),
        },
        Error::Pkcs11(RvError::DeviceMemory, _) => KeyFault::Full,
        _ => KeyFault::Token(error.to_string()),
    }
}

/// Whether sessions, logins and handles of before are worth nothing any more.
fn is_lost(error: &Error) -> bool {
    use RvError as E;
    matches!(
        error,
        Error::Pkcs11(
            E::SessionHandleInvalid
                | E::SessionClosed
                | E::UserNotLoggedIn
                | E::KeyHandleInvalid
                | E::ObjectHandleInvalid
                | E::DeviceError
                | E::DeviceRemoved
                | E::TokenNotPresent
                | E::TokenNotRecognized
                | E::SlotIdInvalid
                | E::CryptokiNotInitialized
                | E::GeneralError
                | E::FunctionFailed,
            _
        )
    )
}

/// The moment in the identifier of a pair of ours.
fn since(id: &[u8]) -> Option<Moment> {
    Some(Moment::from_micros(i64::from_be_bytes(id.try_into().ok()?)))
}

/// A point as tokens write it: within a DER octet string, or, by some, bare.
fn public(point: &[u8]) -> Option<VerifyingKey> {
    let bare = match point {
        [0x04, 0x41, bare @ ..] if bare.len() == 65 => bare,
        bare => bare,
    };
    VerifyingKey::from_sec1_bytes(bare).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::{KeyFolder, LEAD, OVERLAP};
    use std::{path::Path, process::Command};

    const START: Moment = Moment::from_micros(1_800_000_000_000_000);
    const MODULES: [&str; 3] = [
        "/usr/lib/softhsm/libsofthsm2.so",
        "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
        "/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so",
    ];
    const PIN: &str = "471108";

    /// Runs a test of this file with a token of its own: the module reads where tokens lie from its environment, when it
    /// is loaded.
    fn with_token(test: &str) {
        let Some(module) = MODULES.iter().find(|path| Path::new(path).exists()) else {
            println!("SKIPPED {test}: SoftHSM is not installed (Debian: softhsm2)");
            return;
        };
        let folder = tempfile::tempdir().unwrap();
        let tokens = folder.path().join("tokens");
        std::fs::create_dir(&tokens).unwrap();
        let conf = folder.path().join("softhsm2.conf");
        std::fs::write(&conf, format!("directories.tokendir = {}\nlog.level = ERROR\n", tokens.display()))
            .unwrap();
        let made = Command::new("softhsm2-util")
            .args(["--init-token", "--free", "--label", "identity", "--so-pin", "815815", "--pin", PIN])
            .env("SOFTHSM2_CONF", &conf)
            .output()
            .unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let done = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", &format!("keys::token::tests::{test}"), "--ignored", "--nocapture"])
            .envs([("SOFTHSM2_CONF", conf.as_os_str()), ("DANCU_TEST_MODULE", module.as_ref())])
            .env("DANCU_TEST_FOLDER", folder.path())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&done.stdout);
        assert!(
            done.status.success() && said.contains("1 passed"),
            "{said}{}",
            String::from_utf8_lossy(&done.stderr)
        );
    }

    fn folder() -> PathBuf {
        std::env::var("DANCU_TEST_FOLDER").unwrap().into()
    }

    fn config() -> TokenConfig {
        let pin_file = folder().join("pin");
        std::fs::write(&pin_file, PIN).unwrap();
        TokenConfig {
            module: std::env::var("DANCU_TEST_MODULE").unwrap().into(),
            token: "identity".into(),
            pin_file,
            label: "dancu".into(),
        }
    }

    fn open_with(config: &TokenConfig, insist: bool) -> Result<KeyToken, KeyFault> {
        KeyToken::open(config, (&folder().join("keys"), &folder().join("pass")), insist, START)
    }

    fn signer(keys: &KeyToken, at: Moment) -> String {
        let token = keys.sign("JWT", &json!({ "sub": "x" }), at).unwrap();
        let jws = Jws::read(&token).unwrap();
        let kid = jws.named("kid").unwrap().to_owned();
        let public = keys.published(at).into_iter().find(|key| key.kid.as_deref() == Some(&kid)).unwrap();
        assert_eq!(jws.verify(&public).unwrap()["sub"], "x");
        kid
    }

    #[test]
    fn pkcs11_pairs_are_made_in_the_token_and_turn_over_as_files_do() {
        with_token("turning_over");
    }

    #[test]
    #[ignore = "with a token, by the test above"]
    fn turning_over() {
        let keys = open_with(&config(), false).unwrap();
        let known = |at: Moment| -> Vec<String> {
            keys.published(at).into_iter().filter_map(|key| key.kid).collect()
        };
        let first = signer(&keys, START);
        let turn = START.plus_seconds(90 * 86_400);
        let second = keys.rotate(turn).unwrap();
        assert_eq!((signer(&keys, turn), known(turn)), (first.clone(), vec![first.clone(), second.clone()]));
        let after = turn.plus_seconds(LEAD);
        assert_eq!((signer(&keys, after), known(after)), (second.clone(), vec![first, second.clone()]));
        let long_after = after.plus_seconds(OVERLAP);
        assert_eq!((signer(&keys, long_after), known(long_after)), (second.clone(), vec![second]));
        let again = open_with(&config(), false).unwrap();
        assert_eq!(again.published(turn), keys.published(turn), "who opens it anew finds the same");
        assert_eq!(again.derived("x").unwrap(), keys.derived("x").unwrap());
        assert_ne!(again.derived("x").unwrap(), keys.derived("y").unwrap());
        // What the token itself says of the private halves.
        let wanted = [AttributeType::Extractable, AttributeType::Sensitive, AttributeType::Local];
        for key in keys.known() {
            let said = keys.with(|session, _| session.get_attributes(key.private, &wanted)).unwrap();
            let expected = "[Extractable(false), Sensitive(true), Local(true)]";
            assert_eq!(format!("{said:?}"), expected);
            let secret = keys.with(|session, _| session.get_attributes(key.private, &[AttributeType::Value]));
            assert!(!matches!(secret.as_deref(), Ok([Attribute::Value(_)])), "a private key left the token");
        }
    }

    #[test]
    fn pkcs11_a_lost_session_is_opened_anew_under_the_hands_of_many_threads() {
        with_token("losing_sessions");
    }

    #[test]
    #[ignore = "with a token, by the test above"]
    fn losing_sessions() {
        let keys = open_with(&config(), false).unwrap();
        let first = signer(&keys, START);
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| (0..25).for_each(|_| assert_eq!(signer(&keys, START), first)));
            }
        });
        let idle = locked(&keys.link.read().unwrap().idle).len();
        assert!((1..=8).contains(&idle), "{idle} sessions for 8 threads");
        for _ in 0..3 {
            // As when the service of the module is started anew: sessions, login and handles are gone.
            let module = keys.link.read().unwrap().module.clone();
            module.finalize().unwrap();
            assert_eq!(signer(&keys, START), first);
        }
        let module = keys.link.read().unwrap().module.clone();
        module.finalize().unwrap();
        let second = keys.rotate(START.plus_seconds(1)).unwrap();
        assert_ne!(second, first);
    }

    #[test]
    fn pkcs11_what_does_not_serve_is_told_and_a_pin_is_not_tried_twice() {
        with_token("faults");
    }

    #[test]
    #[ignore = "with a token, by the test above"]
    fn faults() {
        let right = config();
        let fault = |config: &TokenConfig, insist| open_with(config, insist).err().unwrap();
        let elsewhere = TokenConfig { module: folder().join("absent.so"), ..right.clone() };
        assert!(matches!(fault(&elsewhere, false), KeyFault::Module(path, _) if path == elsewhere.module));
        let another = TokenConfig { token: "another".into(), ..right.clone() };
        assert!(matches!(fault(&another, false), KeyFault::NoToken(name, 0) if name == "another"));
        let pinless = TokenConfig { pin_file: folder().join("nowhere"), ..right.clone() };
        assert!(matches!(fault(&pinless, false), KeyFault::NoPin(_)));
        let wrong = TokenConfig { pin_file: folder().join("wrong"), ..right.clone() };
        std::fs::write(&wrong.pin_file, "000000\n").unwrap();
        let refused = fault(&wrong, false);
        assert!(matches!(refused, KeyFault::Pin), "{refused}");
        assert!(!format!("{refused} {refused:?}").contains("000000"));
        // A wrong PIN is counted: a service that is started again and again uses up no further try.
        assert!(matches!(fault(&wrong, false), KeyFault::PinCounted));
        assert!(matches!(fault(&right, false), KeyFault::PinCounted));
        assert!(matches!(fault(&wrong, true), KeyFault::Pin), "unless somebody insists");
        open_with(&right, true).unwrap();
        open_with(&right, false).unwrap();
        // Of a running server whose PIN is no longer right, one try is used up, however often it signs.
        let keys = KeyToken { pin: AuthPin::from("000000".to_owned()), ..open_with(&right, false).unwrap() };
        keys.link.read().unwrap().module.clone().finalize().unwrap();
        assert!(matches!(keys.sign("JWT", &json!({}), START), Err(KeyFault::Pin)));
        assert!(keys.refused.load(Ordering::Acquire));
        assert!(matches!(keys.sign("JWT", &json!({}), START), Err(KeyFault::Pin)));
    }

    #[test]
    fn pkcs11_the_subjects_of_a_folder_stay_the_same_in_a_token() {
        with_token("moving_in");
    }

    #[test]
    #[ignore = "with a token, by the test above"]
    fn moving_in() {
        let files = KeyFolder::open_or_create(&folder().join("keys"), &folder().join("pass"), START).unwrap();
        let token = open_with(&config(), false).unwrap();
        for purpose in ["pairwise subjects", "authenticators"] {
            assert_eq!(token.derived(purpose).unwrap(), files.derived(purpose).unwrap());
        }
        assert_ne!(token.published(START), files.published(START), "keys are made anew");
    }
}
