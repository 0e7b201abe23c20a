//! Slowing those who guess, without letting a stranger keep the owner out.
//!
//! A browser that has signed in to the account before has an allowance of its own, which nobody else can use up. All
//! others share one for account and network, one for the network, and a wide one for the account, which is there for
//! guessing from many networks at once: whoever fills it makes new browsers wait, and neither the known ones, nor
//! passkeys, nor a phone that is signed in.

use super::{Place, Provider};
use crate::{
    error::ProviderError,
    service::tally_key,
    store::{self as tables, authenticators::devices, citizens},
};
use ::store::{StoreError, Tx, transact};
use identity::lockout::{self, Rule, Tally};

/// For an account from all networks together.
const ANYWHERE: Rule = Rule { free: 99, first: 15, longest: 15 * 60, forget: 24 * 3600 };

/// The tallies that a try was counted on.
#[derive(Default)]
pub(crate) struct Counted {
    /// They are the account's or the device's: forgotten when the try turns out right.
    own: Vec<String>,
    /// They are shared with others: of them only this try is taken back.
    shared: Vec<(String, Tally)>,
}

/// Whether a try may be made.
pub(in crate::service) enum Admitted {
    /// It was counted.
    Yes(Counted),
    /// Not for so many seconds.
    Wait(i64),
}

/// Takes back what a right try was counted on. Needs [`lock`](tables::lock).
pub(super) async fn forgive(tx: &mut Tx, counted: &Counted) -> Result<(), StoreError> {
    for key in &counted.own {
        citizens::clear_tally(tx, key).await?;
    }
    for (key, before) in &counted.shared {
        if let Some(now) = citizens::tally(tx, key).await? {
            let failures = now.failures.saturating_sub(1);
            let last = if failures == before.failures { before.last } else { now.last };
            citizens::put_tally(tx, key, Tally { failures, last }).await?;
        }
    }
    Ok(())
}

/// Gives a network back one try that turned out right: as many may come from behind one address as are right, and none
/// takes back a failure of another. Needs [`lock`](tables::lock).
pub(in crate::service) async fn give_back(tx: &mut Tx, address: &str) -> Result<(), StoreError> {
    let key = tally_key("address", address);
    if let Some(now) = citizens::tally(tx, &key).await? {
        let failures = now.failures.saturating_sub(1);
        citizens::put_tally(tx, &key, Tally { failures, ..now }).await?;
    }
    Ok(())
}

impl Provider {
    /// Takes back what a right try was counted on.
    pub(in crate::service) async fn forgive_try(&self, counted: &Counted) -> Result<(), ProviderError> {
        transact!(self.inner.store, tx => {
            tables::lock(tx).await?;
            Ok(forgive(tx, counted).await?)
        })
    }

    /// Counts one try at an account before anything is looked at. `subject` is what is guessed at, such as the number
    /// as typed; `citizen` the account, where there is one.
    pub(in crate::service) async fn count_try(
        &self,
        kind: &str,
        subject: &str,
        citizen: Option<i64>,
        place: &Place<'_>,
    ) -> Result<Admitted, ProviderError> {
        let known = match (citizen, place.device()) {
            (Some(citizen), Some(device)) if devices::knows(&self.inner.store, device, citizen).await? => {
                Some((citizen, device))
            }
            _ => None,
        };
        let (own, shared) = match known {
            Some((citizen, device)) => {
                let of = format!("{citizen}:{}", crate::jose::encode(device.0));
                (vec![(tally_key(&format!("device-{kind}"), &of), lockout::DEVICE)], None)
            }
            None => {
                let near = format!("{subject}\n{}", place.address);
                let own = vec![
                    (tally_key(&format!("near-{kind}"), &near), lockout::ACCOUNT),
                    (tally_key(kind, subject), ANYWHERE),
                ];
                (own, Some((tally_key("address", place.address), lockout::ADDRESS)))
            }
        };
        let now = place.now;
        let outcome: Result<Admitted, ProviderError> = transact!(self.inner.store, tx => {
            tables::lock(tx).await?;
            let mut found = Vec::with_capacity(3);
            for (key, rule) in own.iter().chain(&shared) {
                let tally = citizens::tally(tx, key).await?;
                let wait = rule.wait(tally, now);
                if wait > 0 {
                    return Ok(Admitted::Wait(wait));
                }
                found.push((key, rule, tally));
            }
            let mut counted = Counted::default();
            for (key, rule, tally) in found {
                citizens::put_tally(tx, key, rule.count(tally, now)).await?;
                if shared.as_ref().is_some_and(|(other, _)| other == key) {
                    let none = Tally { failures: 0, last: now };
                    counted.shared.push((key.clone(), tally.unwrap_or(none)));
                } else {
                    counted.own.push(key.clone());
                }
            }
            Ok(Admitted::Yes(counted))
        });
        outcome
    }
}
