//! Accounts follow the registry: a death closes the account, a new number is the one to sign in with, a merged record
//! takes its account along until the merge is undone, and a parent or guardian whom the registry names no more acts for the child no more. Names
//! need no following, since claims are read when they are released.
//!
//! The consumer asks for the number of the last act, which tells nothing of anybody, and reads the change feed only
//! where there is something new. It holds the cursor itself: what was read and not dealt with is read again, also after
//! a crash, and each step can be taken twice.

use crate::{
    error::ProviderError,
    rules::standing::Standing,
    service::{Provider, Turn},
};
use population::{Error, sealed::PersonView};
use std::{collections::BTreeSet, time::Duration};
use vocabulary::{Field, FieldSet, Moment, PersonId};

/// How often the registry is asked whether there is anything new: well within the second in which sessions and tokens
/// of the dead end.
const PERIOD: Duration = Duration::from_millis(200);
/// Most changes read at a time.
const PART: u32 = 1_000;
/// What accounts follow.
const FOLLOWED: FieldSet = FieldSet::of(&[Field::PersonalNumber, Field::LifeStatus]);
/// And those of children besides.
const KIN: FieldSet = FieldSet::of(&[Field::Parents, Field::Guardian]);

impl Provider {
    /// Follows the registry until `shutdown` comes true, and sweeps away what has ended.
    pub async fn run(&self, shutdown: impl Future<Output = ()>) {
        let mut shutdown = std::pin::pin!(shutdown);
        let mut timer = tokio::time::interval(PERIOD);
        timer.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut trouble = String::new();
        let mut part = 0u8;
        loop {
            tokio::select! {
                () = &mut shutdown => return,
                _ = timer.tick() => {}
            }
            if let Err(error) = self.sweep(part, Moment::now()).await {
                tracing::error!(%error, "what has ended could not be swept away");
            }
            part = part.wrapping_add(1);
            match self.follow().await {
                Ok(_) => trouble.clear(),
                Err(error) => {
                    // The same trouble five times a second is told once.
                    let text = error.to_string();
                    if text != trouble {
                        tracing::error!(%error, "accounts do not follow the registry");
                        trouble = text;
                    }
                }
            }
        }
    }

    /// Takes over what the registry has recorded since the last time; how many accounts changed. The first time every
    /// account is looked at.
    ///
    /// # Errors
    /// Where the store, the registry or the ledger fails; nothing is lost then.
    pub async fn follow(&self) -> Result<u64, ProviderError> {
        let last = self.population().last_act().await?;
        let Some(mut cursor) = self.followed().await? else {
            let changed = self.look_at_all().await?;
            self.follow_to(last).await?;
            return Ok(changed);
        };
        let mut changed = 0;
        while cursor < last {
            let (changes, next) = self.population().changes(&self.own_ask("follow")?, cursor, PART).await?;
            let persons: BTreeSet<PersonId> = changes.into_iter().flat_map(|change| change.persons).collect();
            for person in &persons {
                changed += self.look_at_separated(*person).await?;
                if let Some(account) = self.account_of(*person).await? {
                    changed += self.look_at(account, *person).await?;
                }
            }
            // An account that moved to another record takes over its number.
            for person in &persons {
                if let Some(account) = self.account_of(*person).await? {
                    changed += self.look_at(account, *person).await?;
                }
            }
            self.follow_to(next).await?;
            if next <= cursor {
                break;
            }
            cursor = next;
        }
        Ok(changed)
    }

    /// Gives a record back the accounts that its merge took or closed, where that was undone.
    async fn look_at_separated(&self, person: PersonId) -> Result<u64, ProviderError> {
        let accounts = self.merged_from(person).await?;
        if accounts.is_empty() || self.population().survivor(person).await? != person {
            return Ok(0);
        }
        let mut changed = 0;
        for account in accounts {
            changed += self.turn(account, person, Turn::Separated).await?;
        }
        Ok(changed)
    }

    async fn look_at_all(&self) -> Result<u64, ProviderError> {
        let (mut after, mut changed) = (i64::MIN, 0);
        loop {
            let some = self.some_accounts(after).await?;
            let Some((last, _)) = some.last() else { return Ok(changed) };
            after = *last;
            for (account, person) in some {
                changed += self.look_at(account, person).await?;
            }
        }
    }

    /// Brings one account up to what the registry says of its owner.
    async fn look_at(&self, account: i64, person: PersonId) -> Result<u64, ProviderError> {
        let guardian = self.guardian_of_account(account).await?;
        let wanted = match guardian {
            Some(_) => FOLLOWED.or(KIN),
            None => FOLLOWED,
        };
        let view = match self.population().citizen_of(&self.own_ask("follow")?, person, wanted).await {
            Ok(found) => found.person,
            // The act that registered the record was annulled: whose account it is cannot be told.
            Err(Error::Problem(problem)) if problem.kind.status == 404 => {
                return self.turn(account, person, Turn::Gone).await;
            }
            Err(error) => return Err(error.into()),
        };
        let person_now = &view.person;
        if let Some(kept) = person_now.merged_into {
            let turn = match self.account_of(kept).await? {
                Some(_) => Turn::Doubled(kept),
                None => Turn::Merged(kept),
            };
            return self.turn(account, person, turn).await;
        }
        let mut changed = 0;
        if person_now.life.is_dead() {
            changed += self.turn(account, person, Turn::Died).await?;
        } else if !person_now.life.is_alive() {
            changed += self.turn(account, person, Turn::Missing).await?;
        }
        if let Some(number) = person_now.number {
            changed += self.turn(account, person, Turn::Number(number)).await?;
        }
        if let Some(guardian) = guardian
            && !self.is_kin(&view, guardian).await?
        {
            changed += self.turn(account, person, Turn::Unguarded(guardian)).await?;
        }
        Ok(changed)
    }

    /// Whether a record is still a parent or guardian of a child, under whatever number its record stands now.
    async fn is_kin(&self, child: &PersonView, guardian: PersonId) -> Result<bool, ProviderError> {
        let child = &child.person;
        for relative in [&child.father, &child.mother, &child.guardian].into_iter().flatten() {
            let Some(id) = relative.person else { continue };
            if id == guardian {
                return Ok(true);
            }
            match self.population().citizen_of(&self.own_ask("follow")?, id, FieldSet::NONE).await {
                Ok(found) if found.person.person.merged_into == Some(guardian) => return Ok(true),
                Ok(_) => {}
                // A relative whose record is gone is nobody's guardian.
                Err(Error::Problem(problem)) if problem.kind.status == 404 => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(false)
    }
}

impl Turn {
    /// Where it leaves an account that stands like this; `None` where it stays as it is.
    pub(crate) fn standing(&self, now: Standing) -> Option<Standing> {
        match (self, now) {
            (Turn::Died | Turn::Doubled(_), Standing::Closed) => None,
            (Turn::Died | Turn::Doubled(_), _) => Some(Standing::Closed),
            (Turn::Missing | Turn::Gone, Standing::Active) => Some(Standing::Suspended),
            _ => None,
        }
    }
}
