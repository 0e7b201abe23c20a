//! Carries messages from the outbox to those who deliver them, until each is taken or given up.
//!
//! A message leaves the outbox after the other side has confirmed it, so that none is lost. Where the confirmation itself
//! is lost, the message is sent again under the same identifier: it cannot be known whether it had arrived. How often one
//! was tried is not kept: after a restart each is tried at once, and given up by its age.

use super::{
    ChannelFault, Contact, Letter, MailConfig, Outbox, Refusal, SmsConfig,
    mail::Mail,
    outbox::{Kept, since},
    sms::Gateway,
};
use std::{
    collections::BTreeMap,
    fs::File,
    path::Path,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};
use vocabulary::Moment;

/// Between two looks at the outbox.
const PERIOD: Duration = Duration::from_secs(1);
/// Messages on their way at once.
const HANDS: usize = 4;
/// Seconds between two tries at most; they double from two.
const LONGEST_WAIT: i64 = 300;
/// Held by the one process that carries from a folder.
const LOCK: &str = "courier.lock";

/// Carries messages from an outbox.
pub struct Courier {
    outbox: Outbox,
    mail: Option<Mail>,
    sms: Option<Gateway>,
    give_up: i64,
    tried: Mutex<BTreeMap<String, Tried>>,
    alone: Mutex<Option<File>>,
    stopped: AtomicBool,
}

/// What became of a message so far.
#[derive(Clone, Copy, Default)]
struct Tried {
    tries: u32,
    next: Option<Moment>,
    /// It was taken, but could not be removed from the outbox.
    taken: bool,
}

impl Courier {
    /// A courier as the settings say; `None` where they name neither a mail server nor a gateway, so that all messages
    /// stay where an outside gateway takes them from.
    ///
    /// # Errors
    /// Where a setting does not serve, or a file cannot be read.
    pub fn open(
        folder: &Path,
        mail: &MailConfig,
        sms: &SmsConfig,
        minutes: u32,
    ) -> Result<Option<Courier>, ChannelFault> {
        let (mail, sms) = (Mail::open(mail)?, Gateway::open(sms)?);
        if mail.is_none() && sms.is_none() {
            return Ok(None);
        }
        Ok(Some(Courier {
            outbox: Outbox::open(folder)?,
            mail,
            sms,
            give_up: i64::from(minutes.max(1)) * 60,
            tried: Mutex::default(),
            alone: Mutex::default(),
            stopped: AtomicBool::new(false),
        }))
    }

    /// Carries until `shutdown` comes; messages on their way are waited for.
    pub async fn run(self: Arc<Self>, shutdown: impl Future<Output = ()>) {
        let mut shutdown = std::pin::pin!(shutdown);
        let mut timer = tokio::time::interval(PERIOD);
        timer.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut trouble = String::new();
        loop {
            tokio::select! {
                () = &mut shutdown => return,
                _ = timer.tick() => {}
            }
            let courier = Arc::clone(&self);
            let mut round = tokio::task::spawn_blocking(move || courier.carry_due(Moment::now()));
            let outcome = tokio::select! {
                outcome = &mut round => outcome,
                () = &mut shutdown => {
                    self.stopped.store(true, Ordering::Release);
                    drop(round.await);
                    return;
                }
            };
            match outcome {
                Ok(Ok(_)) => trouble.clear(),
                Ok(Err(error)) if error.to_string() != trouble => {
                    tracing::error!(%error, "messages cannot be carried from the outbox");
                    trouble = error.to_string();
                }
                _ => {}
            }
        }
    }

    /// Carries the messages that are due; how many were taken. Blocks while the other side answers.
    ///
    /// # Errors
    /// Where the outbox cannot be read. Another process that carries from the same folder is no error: nothing is done.
    pub fn carry_due(&self, now: Moment) -> Result<usize, ChannelFault> {
        if !self.is_alone()? {
            return Ok(0);
        }
        let names = self.outbox.names()?;
        let due: Vec<String> = {
            let mut tried = self.tried.lock().unwrap_or_else(PoisonError::into_inner);
            tried.retain(|name, _| names.binary_search(name).is_ok());
            let waits = |name: &String| {
                tried.get(name).is_some_and(|t| t.taken || t.next.is_some_and(|next| now < next))
            };
            names.into_iter().filter(|name| !waits(name)).collect()
        };
        let (next, taken) = (AtomicUsize::new(0), AtomicUsize::new(0));
        std::thread::scope(|scope| {
            for _ in 0..HANDS.min(due.len()) {
                scope.spawn(|| {
                    while let Some(name) = due.get(next.fetch_add(1, Ordering::Relaxed)) {
                        if self.stopped.load(Ordering::Acquire) {
                            return;
                        }
                        match self.carry(name, now) {
                            Ok(true) => drop(taken.fetch_add(1, Ordering::Relaxed)),
                            Ok(false) => {}
                            Err(error) => tracing::error!(id = name, %error, "a message stays in the outbox"),
                        }
                    }
                });
            }
        });
        Ok(taken.into_inner())
    }

    /// Whether each that is set up can be reached, without sending anything: its name, and what is wrong.
    pub fn check(&self) -> Vec<(&'static str, Result<(), String>)> {
        let mail = self.mail.iter().map(|mail| ("SMTP", mail.check()));
        let sms = self.sms.iter().map(|sms| ("SMS", sms.check()));
        mail.chain(sms).collect()
    }

    /// The messages that were not delivered.
    ///
    /// # Errors
    /// Where the outbox cannot be read.
    pub fn letters(&self) -> Result<Vec<Letter>, ChannelFault> {
        use super::Channel as _;
        self.outbox.letters()
    }

    fn is_alone(&self) -> Result<bool, ChannelFault> {
        let mut alone = self.alone.lock().unwrap_or_else(PoisonError::into_inner);
        if alone.is_none() {
            let path = self.outbox.folder().join(LOCK);
            let file = File::options().write(true).create(true).truncate(false).open(path)?;
            match file.try_lock() {
                Ok(()) => *alone = Some(file),
                Err(std::fs::TryLockError::WouldBlock) => {}
                Err(std::fs::TryLockError::Error(error)) => return Err(error.into()),
            }
        }
        Ok(alone.is_some())
    }

    /// Tries one; whether it was taken.
    fn carry(&self, name: &str, now: Moment) -> Result<bool, ChannelFault> {
        let kept = match self.outbox.read(name) {
            Ok(Some(kept)) => kept,
            Ok(None) => return Ok(false),
            Err(error) => {
                tracing::error!(id = name, %error, "a message is put aside");
                self.outbox.give_up(name, None, "unreadable")?;
                return Ok(false);
            }
        };
        let outcome = match &kept.to {
            Contact::Email(_) => self.mail.as_ref().map(|mail| mail.deliver(name, &kept.to, &kept.text)),
            Contact::Phone(_) => self.sms.as_ref().map(|sms| sms.deliver(name, &kept.to, &kept.text)),
        };
        // One for which there is no deliverer here stays for another.
        let Some(outcome) = outcome else { return Ok(false) };
        let kind = kept.to.kind();
        match outcome {
            Ok(()) => {
                self.noted(name, |tried| tried.taken = true);
                self.outbox.delivered(name)?;
                Ok(true)
            }
            Err(Refusal::Never(reason)) => self.given_up(name, &kept, &reason),
            Err(Refusal::Later(reason)) => {
                let age = since(name).map_or(i64::MAX, |since| (now.micros() - since.micros()) / 1_000_000);
                if age >= self.give_up {
                    return self.given_up(name, &kept, &reason);
                }
                let tries = self.noted(name, |tried| {
                    tried.tries += 1;
                    let wait = (1 << tried.tries.min(10)).min(LONGEST_WAIT);
                    tried.next = Some(now.plus_seconds(wait));
                });
                if tries == 1 {
                    tracing::warn!(id = name, kind, reason, "a message was not taken, and is tried again");
                }
                Ok(false)
            }
        }
    }

    fn noted(&self, name: &str, change: impl FnOnce(&mut Tried)) -> u32 {
        let mut all = self.tried.lock().unwrap_or_else(PoisonError::into_inner);
        let tried = all.entry(name.to_owned()).or_default();
        change(tried);
        tried.tries
    }

    fn given_up(&self, name: &str, kept: &Kept, reason: &str) -> Result<bool, ChannelFault> {
        tracing::error!(id = name, kind = kept.to.kind(), reason, "a message could not be delivered");
        self.outbox.give_up(name, Some(kept), reason)?;
        Ok(false)
    }
}
