//! Numbered jobs, done by several threads, taken in order.
//!
//! Thread t of n does the jobs t, t + n, t + 2n …, and hands each result over in a lane of its own that holds few; so
//! the order needs no sorting, a slow taker halts the makers, and what is in memory does not depend on the number of
//! jobs.

use std::{
    sync::{
        Arc,
        mpsc::{Receiver, sync_channel},
    },
    thread::{self, JoinHandle},
};

/// Results that wait in a lane.
const WAITING: usize = 2;

/// The results, in order.
pub(crate) struct InOrder<T> {
    lanes: Vec<(Receiver<T>, JoinHandle<()>)>,
    taken: u64,
    jobs: u64,
}

/// Starts the threads.
pub(crate) fn in_order<T: Send + 'static>(
    jobs: u64,
    threads: usize,
    work: impl Fn(u64) -> T + Send + Sync + 'static,
) -> InOrder<T> {
    let work = Arc::new(work);
    let threads = threads.clamp(1, 64).min(jobs.max(1) as usize);
    let lanes = (0..threads)
        .map(|lane| {
            let (hand_over, take) = sync_channel(WAITING);
            let work = work.clone();
            let maker = thread::spawn(move || {
                for job in (lane as u64..jobs).step_by(threads) {
                    // Nobody takes any more: the taker has stopped.
                    if hand_over.send(work(job)).is_err() {
                        return;
                    }
                }
            });
            (take, maker)
        })
        .collect();
    InOrder { lanes, taken: 0, jobs }
}

impl<T> Iterator for InOrder<T> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        if self.taken == self.jobs {
            return None;
        }
        let lane = (self.taken % self.lanes.len() as u64) as usize;
        self.taken += 1;
        match self.lanes[lane].0.recv() {
            Ok(result) => Some(result),
            // A maker ends early only by a panic, which must not look like the end of the population.
            Err(_) => match self.lanes.swap_remove(lane).1.join() {
                Ok(()) => None,
                Err(panic) => std::panic::resume_unwind(panic),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_does_not_depend_on_the_threads() {
        for threads in [1, 2, 3, 7, 100] {
            let squares: Vec<u64> = in_order(50, threads, |n| n * n).collect();
            assert!(squares.iter().copied().eq((0..50).map(|n| n * n)), "{threads}");
        }
        assert_eq!(in_order(0, 4, |n| n).count(), 0);
    }

    #[test]
    fn no_more_is_made_than_is_taken_and_a_little() {
        use std::sync::atomic::{AtomicU64, Ordering};
        let made = Arc::new(AtomicU64::new(0));
        let count = made.clone();
        let mut results = in_order(1_000, 2, move |n| {
            count.fetch_add(1, Ordering::SeqCst);
            n
        });
        for taken in 1..=200 {
            results.next();
            // Two lanes, each with what waits and what is being made.
            assert!(made.load(Ordering::SeqCst) <= taken + 2 * (WAITING as u64 + 1) + 2);
        }
    }

    #[test]
    fn a_panic_is_no_end() {
        let caught = std::panic::catch_unwind(|| {
            in_order(10, 2, |n| if n == 5 { std::panic::resume_unwind(Box::new("x")) } else { n }).count()
        });
        assert!(caught.is_err());
    }
}
