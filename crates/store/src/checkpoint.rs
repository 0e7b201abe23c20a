//! Folding the write-ahead log into the file: on a thread and a connection of its own, beside the commits instead of
//! within them, so that no transaction waits while megabytes are written.

use rusqlite::Connection;
use std::{
    sync::mpsc::{Receiver, SyncSender, sync_channel},
    time::{Duration, Instant},
};

/// How often the log is looked at while commits go on.
const EVERY: Duration = Duration::from_millis(50);
/// Pages in the log from which on it is folded: 32 MB. A page that was written many times meanwhile is folded once, and
/// readers see the file grow seldom, which has them map it anew.
const WORTHWHILE: i64 = 8_192;
/// Pages in the log from which on writers are held for a moment, so that it can begin anew: 64 MB.
const LONGEST: i64 = 16_384;
/// How long that moment waits for readers of the old log; a long list then has it tried again later.
const MOMENT: Duration = Duration::from_millis(20);

/// Where commits say that there is something to fold.
pub(crate) struct Nudge(SyncSender<()>);

impl Nudge {
    /// Says so; that it was said before is as good.
    pub(crate) fn give(&self) {
        let _ = self.0.try_send(());
    }
}

/// Starts the thread; it ends when the nudge is dropped. `without_writers` runs its argument while nobody writes.
pub(crate) fn start(
    connection: Connection,
    without_writers: impl Fn(&dyn Fn()) + Send + 'static,
) -> std::io::Result<Nudge> {
    let (nudge, nudged) = sync_channel(1);
    std::thread::Builder::new()
        .name("store-checkpoint".into())
        .spawn(move || fold_when_nudged(&connection, &nudged, &without_writers))?;
    Ok(Nudge(nudge))
}

fn fold_when_nudged(connection: &Connection, nudged: &Receiver<()>, without_writers: &dyn Fn(&dyn Fn())) {
    // Without patience for readers it would give up at the first one.
    let _ = connection.busy_timeout(MOMENT);
    let mut folded = 0;
    while nudged.recv().is_ok() {
        let begun = Instant::now();
        let pages = fold(connection, "PRAGMA wal_checkpoint(NOOP)");
        if pages < folded {
            folded = 0;
        }
        if pages - folded >= WORTHWHILE {
            folded = fold(connection, "PRAGMA wal_checkpoint(PASSIVE)");
        }
        if pages > LONGEST {
            // Almost all is folded by now, so that little is left to do while writers wait.
            without_writers(&|| {
                fold(connection, "PRAGMA wal_checkpoint(RESTART)");
            });
        }
        std::thread::sleep(EVERY.saturating_sub(begun.elapsed()));
    }
}

/// Folds as the mode says, as far as readers allow; how many pages the log holds.
fn fold(connection: &Connection, how: &str) -> i64 {
    match connection.query_row(how, [], |row| row.get(1)) {
        Ok(pages) => pages,
        Err(error) => {
            // The log only grows meanwhile; the next nudge tries again.
            tracing::warn!(%error, "the write-ahead log could not be folded into the file");
            0
        }
    }
}
