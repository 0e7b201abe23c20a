//! The checks follow the registry: in the second of an act whoever it touched is checked again, and everybody once a
//! day, since absences end and children grow up without any act.

use crate::service::Quality;
use std::time::Duration;
use tokio::task::JoinHandle;

/// How often the registry is asked whether there is anything new: well within a second.
const PERIOD: Duration = Duration::from_millis(200);
/// After how many of these it is asked whether everybody is to be checked.
const DUE: u32 = 50;

impl Quality {
    /// Follows the registry until `shutdown` comes true.
    pub async fn run(&self, shutdown: impl Future<Output = ()>) {
        let mut shutdown = std::pin::pin!(shutdown);
        let mut timer = tokio::time::interval(PERIOD);
        timer.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut daily: Option<JoinHandle<()>> = None;
        let (mut trouble, mut turn) = (String::new(), 0_u32);
        loop {
            tokio::select! {
                () = &mut shutdown => break,
                _ = timer.tick() => {}
            }
            match self.follow().await {
                Ok(_) => trouble.clear(),
                Err(error) => {
                    // The same trouble five times a second is told once.
                    let text = error.to_string();
                    if text != trouble {
                        tracing::error!(%error, "the checks of quality do not follow the registry");
                        trouble = text;
                    }
                }
            }
            let idle = daily.as_ref().is_none_or(JoinHandle::is_finished);
            if turn.is_multiple_of(DUE) && idle && self.check_is_due().await.unwrap_or(false) {
                // Acts go on being followed while everybody is checked.
                daily = Some(tokio::spawn(check_all(self.clone())));
            }
            turn = turn.wrapping_add(1);
        }
        if let Some(daily) = daily {
            // Whatever it has written is whole; the next start checks everybody again.
            daily.abort();
        }
    }
}

async fn check_all(quality: Quality) {
    match quality.check(|_, _| {}).await {
        Ok(done) => tracing::info!(done.persons, done.households, "everybody was checked"),
        Err(error) => tracing::error!(%error, "the check of everybody was cut off"),
    }
}
