//! Passwords: what is accepted, and how they are kept (Argon2id, PHC strings).

use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use serde::{Deserialize, Serialize};
use std::{
    collections::HashSet,
    fmt,
    sync::{
        Arc, LazyLock,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
};
use tokio::sync::Semaphore;
use unicode_normalization::UnicodeNormalization as _;
use vocabulary::{Invalid, StaffId};

/// Fewest characters of a password.
pub const SHORTEST: usize = 12;
/// Most characters of a password.
pub const LONGEST: usize = 128;
/// A candidate beyond this many bytes is wrong unread: 128 characters of four bytes, and room for composed forms.
const LONGEST_BYTES: usize = 1024;
/// Sign-ins that may wait for the hasher; the next is told to come back.
const QUEUE: usize = 64;

static COMMON: LazyLock<HashSet<&'static str>> = LazyLock::new(|| {
    let lines = include_str!("../data/common-passwords.txt").lines();
    lines.filter(|line| !line.is_empty() && !line.starts_with('#')).collect()
});

/// A new password that keeps the rules: 12–128 characters (NIST SP 800-63B-4 asks for length, not for mixtures), not
/// among the commonest, not a run of few characters, not made of the account's own name. Normalised to NFKC, so that
/// it matches however a keyboard composes Vietnamese letters.
pub struct Password(String);

impl Password {
    /// Reads a new password for an account.
    pub fn parse(text: &str, account: &StaffId) -> Result<Password, Invalid> {
        let length = |n| (SHORTEST..=LONGEST).contains(&n);
        let normal = if text.len() <= LONGEST_BYTES { normalise(text) } else { String::new() };
        if !length(normal.chars().count()) {
            return Err(Invalid::new(
                "password/length",
                "Mật khẩu phải có từ 12 đến 128 ký tự; nên dùng một câu dễ nhớ",
                "A password has 12 to 128 characters; a sentence you remember does well",
            ));
        }
        if normal.chars().any(char::is_control) {
            return Err(Invalid::new(
                "password/characters",
                "Mật khẩu không được chứa ký tự điều khiển",
                "A password has no control characters",
            ));
        }
        let folded: String = normal
            .chars()
            .filter(|c| !matches!(c, ' ' | '.' | '-' | '_'))
            .flat_map(char::to_lowercase)
            .collect();
        let distinct = folded.chars().collect::<HashSet<_>>().len();
        if distinct < 5 || COMMON.contains(folded.as_str()) || is_run(&folded) {
            return Err(Invalid::new(
                "password/common",
                "Mật khẩu này quá phổ biến, dễ bị đoán; hãy chọn mật khẩu khác",
                "This password is among the commonest and easily guessed; choose another",
            ));
        }
        let name: String = account
            .as_str()
            .chars()
            .filter(|c| !matches!(c, '.' | '-' | '_'))
            .flat_map(char::to_lowercase)
            .collect();
        if name.len() >= 3 && folded.contains(&name) && folded.chars().count() < name.len() + SHORTEST {
            return Err(Invalid::new(
                "password/account-name",
                "Mật khẩu không được dựa trên tên tài khoản",
                "The password must not be built from the account name",
            ));
        }
        Ok(Password(normal))
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

fn normalise(text: &str) -> String {
    text.nfkc().collect()
}

/// Whether each character follows the one before by the same step, such as `abcdefghijkl` or `cba987…` in parts.
fn is_run(folded: &str) -> bool {
    let codes: Vec<i64> = folded.chars().map(|c| i64::from(u32::from(c))).collect();
    codes.windows(2).map(|pair| pair[1] - pair[0]).collect::<HashSet<_>>().len() <= 1
}

/// What hashing costs. The default is the first of OWASP's recommended sets: 19 MiB, 2 passes, 1 lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct HashCost {
    /// Memory in KiB.
    pub memory_kib: u32,
    /// Passes over the memory.
    pub passes: u32,
    /// Lanes.
    pub lanes: u32,
    /// Hashings at once; bounds the memory that sign-ins can take.
    pub at_once: usize,
}

impl Default for HashCost {
    fn default() -> HashCost {
        HashCost { memory_kib: 19 * 1024, passes: 2, lanes: 1, at_once: 2 }
    }
}

/// Why a password could not be hashed or compared.
#[derive(Debug, thiserror::Error)]
pub enum HashError {
    /// The configured cost is not possible.
    #[error("the configured Argon2id cost is not possible: {0}")]
    Cost(String),
    /// Too many sign-ins wait already.
    #[error("too many sign-ins at once")]
    Busy,
    /// Hashing failed; says nothing of the password.
    #[error("hashing failed")]
    Failed,
}

/// The outcome of comparing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// The password is the account's.
    pub correct: bool,
    /// It is kept at another cost than the configured one and should be hashed anew.
    pub outdated: bool,
}

/// Hashes and compares passwords on blocking threads, few at a time.
#[derive(Clone, Debug)]
pub struct Hasher {
    argon2: Argon2<'static>,
    cost: HashCost,
    permits: Arc<Semaphore>,
    waiting: Arc<AtomicUsize>,
    runs: Arc<AtomicU64>,
    /// Compared with when there is no account, so that a stranger cannot tell by the time taken.
    decoy: Arc<str>,
}

impl Hasher {
    /// A hasher at a cost.
    pub fn new(cost: HashCost) -> Result<Hasher, HashError> {
        let params = Params::new(cost.memory_kib, cost.passes, cost.lanes, None)
            .map_err(|error| HashError::Cost(error.to_string()))?;
        if !(1..=64).contains(&cost.at_once) {
            return Err(HashError::Cost("at_once is 1 to 64".to_owned()));
        }
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let decoy = argon2.hash_password(b"nobody has this password").map_err(|_| HashError::Failed)?;
        Ok(Hasher {
            argon2,
            cost,
            permits: Arc::new(Semaphore::new(cost.at_once)),
            waiting: Arc::new(AtomicUsize::new(0)),
            runs: Arc::new(AtomicU64::new(0)),
            decoy: decoy.to_string().into(),
        })
    }

    /// How often the hasher has run: for the proof that every failed sign-in costs the same.
    pub fn runs(&self) -> u64 {
        self.runs.load(Ordering::Relaxed)
    }

    /// Hashes a new password; a PHC string.
    pub async fn hash(&self, password: Password) -> Result<String, HashError> {
        self.blocking(move |argon2| {
            argon2
                .hash_password(password.0.as_bytes())
                .map(|hash| hash.to_string())
                .map_err(|_| HashError::Failed)
        })
        .await
    }

    /// Hashes anew what has just been found correct.
    pub async fn rehash(&self, candidate: &str) -> Result<String, HashError> {
        self.hash(Password(normalise(candidate))).await
    }

    /// Compares a candidate with what is kept; without an account, with a decoy, at the same cost.
    pub async fn verify(&self, candidate: &str, kept: Option<&str>) -> Result<Verdict, HashError> {
        let exists = kept.is_some();
        let kept: Arc<str> = kept.map_or_else(|| self.decoy.clone(), Into::into);
        let candidate = if candidate.len() <= LONGEST_BYTES { normalise(candidate) } else { String::new() };
        let cost = self.cost;
        self.blocking(move |argon2| {
            let Ok(hash) = PasswordHash::new(&kept) else { return Err(HashError::Failed) };
            let correct = argon2.verify_password(candidate.as_bytes(), &hash).is_ok() && exists;
            let outdated = Params::try_from(&hash).map_or(true, |params| {
                (params.m_cost(), params.t_cost(), params.p_cost())
                    != (cost.memory_kib, cost.passes, cost.lanes)
            });
            Ok(Verdict { correct, outdated })
        })
        .await
    }

    async fn blocking<T, F>(&self, work: F) -> Result<T, HashError>
    where
        T: Send + 'static,
        F: FnOnce(&Argon2<'static>) -> Result<T, HashError> + Send + 'static,
    {
        let _place = Place::take(&self.waiting)?;
        let permit = self.permits.clone().acquire_owned().await.map_err(|_| HashError::Failed)?;
        self.runs.fetch_add(1, Ordering::Relaxed);
        let argon2 = self.argon2.clone();
        // The permit goes along: a caller who hangs up leaves the work running, and it still counts.
        let task = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            work(&argon2)
        });
        task.await.map_err(|_| HashError::Failed)?
    }
}

/// A place in the queue, given back on drop, also when the request is dropped half-way.
struct Place<'a>(&'a AtomicUsize);

impl Place<'_> {
    fn take(waiting: &AtomicUsize) -> Result<Place<'_>, HashError> {
        let place = Place(waiting);
        if waiting.fetch_add(1, Ordering::Relaxed) >= QUEUE { Err(HashError::Busy) } else { Ok(place) }
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHEAP: HashCost = HashCost { memory_kib: 64, passes: 1, lanes: 1, at_once: 2 };

    fn parse(text: &str) -> Result<Password, &'static str> {
        Password::parse(text, &StaffId::parse("lan.nguyen").unwrap()).map_err(|invalid| invalid.rule)
    }

    fn rule(text: &str) -> &'static str {
        parse(text).unwrap_err()
    }

    #[test]
    fn length_counts_characters_not_bytes() {
        assert_eq!(rule("ngắn quá"), "password/length");
        assert_eq!(rule(&"ă".repeat(11)), "password/length");
        assert!(parse("con gà cục tác lá chanh").is_ok());
        let long: String = "con gà cục tác ".repeat(9).chars().take(128).collect();
        assert!(parse(&long).is_ok());
        assert_eq!(rule(&format!("{long}x")), "password/length");
        assert_eq!(rule(&"x".repeat(1 << 20)), "password/length");
    }

    #[test]
    fn the_commonest_are_refused_however_they_are_written() {
        for text in [
            "123456789012",
            "Password1234",
            "MATKHAU_123456",
            "aaaaaaaaaaaaaa",
            "ababababababab",
            "abcdefghijklmno",
            "vietnam 123456",
            "Ｐassword1234",
            "zyxwvutsrqponm",
            "administrator",
        ] {
            assert_eq!(rule(text), "password/common", "{text}");
        }
        assert_eq!(rule("lan.nguyen2026!"), "password/account-name");
        assert_eq!(rule("mot hai ba \u{7} bon nam"), "password/characters");
        assert!(parse("lan nguyen thich an pho bo tai").is_ok());
    }

    #[test]
    fn the_embedded_list_holds_what_a_look_up_can_find() {
        assert!(COMMON.len() > 150);
        for line in COMMON.iter() {
            assert!(!line.contains([' ', '.', '-', '_']) && *line == line.to_lowercase(), "{line}");
        }
    }

    #[tokio::test]
    async fn a_password_matches_in_either_composition() {
        let hasher = Hasher::new(CHEAP).unwrap();
        let composed = "H\u{f2}a b\u{ec}nh \u{1edf} ph\u{1b0}\u{1edd}ng";
        let decomposed: String = composed.nfd().collect();
        assert_ne!(composed, decomposed);
        let kept = hasher.hash(parse(composed).unwrap()).await.unwrap();
        assert!(kept.starts_with("$argon2id$v=19$m=64,t=1,p=1$"), "{kept}");
        for text in [composed, &decomposed] {
            let verdict = hasher.verify(text, Some(&kept)).await.unwrap();
            assert_eq!(verdict, Verdict { correct: true, outdated: false });
        }
        assert!(!hasher.verify("con gà cục tác", Some(&kept)).await.unwrap().correct);
    }

    #[tokio::test]
    async fn another_cost_is_noticed_and_nobody_is_never_correct() {
        let (old, new) = (Hasher::new(CHEAP).unwrap(), Hasher::new(HashCost { passes: 2, ..CHEAP }).unwrap());
        let kept = old.hash(parse("con gà cục tác").unwrap()).await.unwrap();
        let verdict = new.verify("con gà cục tác", Some(&kept)).await.unwrap();
        assert_eq!(verdict, Verdict { correct: true, outdated: true });
        let before = new.runs();
        assert!(!new.verify("nobody has this password", None).await.unwrap().correct);
        assert_eq!(new.runs(), before + 1, "no account costs the same work");
        assert!(matches!(new.verify("con gà cục tác", Some("not a hash")).await, Err(HashError::Failed)));
    }

    #[tokio::test]
    async fn a_flood_is_turned_away_instead_of_queued() {
        let hasher = Hasher::new(HashCost { at_once: 1, ..CHEAP }).unwrap();
        let held = hasher.permits.clone().acquire_owned().await.unwrap();
        let waiting: Vec<_> = (0..QUEUE)
            .map(|_| {
                let hasher = hasher.clone();
                tokio::spawn(async move { hasher.verify("con gà cục tác", None).await })
            })
            .collect();
        while hasher.waiting.load(Ordering::Relaxed) < QUEUE {
            tokio::task::yield_now().await;
        }
        assert!(matches!(hasher.verify("con gà cục tác", None).await, Err(HashError::Busy)));
        drop(held);
        for task in waiting {
            assert!(task.await.unwrap().is_ok());
        }
        assert!(hasher.verify("con gà cục tác", None).await.is_ok(), "the places are given back");
    }

    #[test]
    fn an_impossible_cost_is_refused_at_start() {
        assert!(matches!(Hasher::new(HashCost { memory_kib: 1, ..CHEAP }), Err(HashError::Cost(_))));
        assert!(matches!(Hasher::new(HashCost { at_once: 0, ..CHEAP }), Err(HashError::Cost(_))));
    }
}
