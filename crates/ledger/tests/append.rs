//! Writing: no gaps, in order, durable before anybody gets a receipt.

#![allow(clippy::unwrap_used)]

mod log;

use ledger::{Entry, Ledger, LedgerError, MIGRATIONS, Page, Pending, Subject};
use log::*;
use std::collections::BTreeSet;
use store::{Store, testing::twin, transact};
use vocabulary::PersonId;

async fn persons_in_order(store: &Store) -> Vec<(i64, i64)> {
    store.all("SELECT seq, subject_id FROM ledger_entry ORDER BY seq", &[]).await.unwrap()
}

async fn write_in(store: &Store, ledger: &Ledger, person: i64, keep: bool) -> Result<Pending, LedgerError> {
    transact!(store, tx => {
        let pending = ledger.append_in(tx, entry(person)).await?;
        if keep { Ok(pending) } else { Err(LedgerError::Closed) }
    })
}

store::on_each_engine! {
    sets = &[MIGRATIONS];

    async fn many_writers_leave_no_gap(store: Store) {
        let ledger = open(&store).await;
        let writers: Vec<_> = (0..64i64)
            .map(|writer| {
                let ledger = ledger.clone();
                tokio::spawn(async move {
                    let mut places = Vec::new();
                    for n in 0..20 {
                        let person = writer * 1000 + n;
                        let receipt = ledger.append(entry(person)).await.unwrap();
                        assert_eq!(receipt.subject(), Subject::Person(PersonId(person)));
                        places.push((receipt.seq() as i64, person));
                    }
                    assert!(places.is_sorted(), "a writer's later entry stands later");
                    places
                })
            })
            .collect();
        let mut told = BTreeSet::new();
        for writer in writers {
            told.extend(writer.await.unwrap());
        }
        let stored = persons_in_order(&store).await;
        assert!(stored.iter().map(|(seq, _)| *seq).eq(0..64 * 20));
        assert!(told.into_iter().eq(stored), "each receipt names the place of its own entry");
        assert_eq!(ledger.size().await.unwrap(), 64 * 20);
    }

    async fn two_processes_share_one_sequence(store: Store) {
        let other = twin(&store).await;
        let (one, two) = (open(&store).await, open(&other).await);
        let write = |ledger: Ledger, from: i64| async move {
            for n in from..from + 50 {
                ledger.append(entry(n)).await.unwrap();
            }
        };
        tokio::join!(write(one, 0), write(two, 100));
        let stored = persons_in_order(&store).await;
        assert!(stored.iter().map(|(seq, _)| *seq).eq(0..100));
        other.close().await.unwrap();
    }

    async fn a_receipt_means_that_others_see_the_entry(store: Store) {
        let other = twin(&store).await;
        let ledger = open(&store).await;
        for n in 0..5 {
            let receipt = ledger.append(entry(n)).await.unwrap();
            assert_eq!(persons_in_order(&other).await.last(), Some(&(receipt.seq() as i64, n)));
        }
        other.close().await.unwrap();
    }

    async fn there_is_no_receipt_while_the_write_waits(store: Store) {
        let ledger = open(&store).await;
        let mut holder = store.begin().await.unwrap();
        holder.execute("UPDATE ledger_head SET size = size WHERE id = 1", &[]).await.unwrap();
        let waiting = tokio::spawn({
            let ledger = ledger.clone();
            async move { ledger.append(entry(1)).await.unwrap().seq() }
        });
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
        assert!(!waiting.is_finished());
        assert_eq!(persons_in_order(&store).await, []);
        holder.rollback().await;
        assert_eq!(waiting.await.unwrap(), 0);
        assert_eq!(persons_in_order(&store).await, [(0, 1)]);
    }

    async fn a_list_keeps_its_order_beyond_one_batch(store: Store) {
        let ledger = open(&store).await;
        assert!(ledger.append_all(Vec::new()).await.unwrap().is_empty());
        let receipts = ledger.append_all(entries(0..2500)).await.unwrap();
        let told = receipts.iter().map(|receipt| (receipt.seq() as i64, receipt.subject()));
        assert!(told.eq((0..2500).map(|n| (n, Subject::Person(PersonId(n))))));
        assert!(persons_in_order(&store).await.into_iter().eq((0..2500).map(|n| (n, n))));
    }

    async fn an_entry_falls_with_its_transaction(store: Store) {
        let ledger = open(&store).await;
        ledger.append(entry(1)).await.unwrap();
        assert!(matches!(write_in(&store, &ledger, 2, false).await, Err(LedgerError::Closed)));
        ledger.append(entry(3)).await.unwrap();
        let pending = write_in(&store, &ledger, 4, true).await.unwrap();
        assert_eq!(persons_in_order(&store).await, [(0, 1), (1, 3), (2, 4)]);
        let receipt = ledger.confirm(pending).await.unwrap();
        assert_eq!((receipt.seq(), receipt.subject()), (2, Subject::Person(PersonId(4))));
    }

    async fn an_entry_that_may_yet_fall_opens_nothing(store: Store) {
        let ledger = open(&store).await;
        let mut tx = store.begin().await.unwrap();
        let early = ledger.append_in(&mut tx, entry(1)).await.unwrap();
        assert!(matches!(ledger.confirm(early).await, Err(LedgerError::NotDurable)));
        tx.rollback().await;

        let mut tx = store.begin().await.unwrap();
        let lost = ledger.append_all_in(&mut tx, entries(1..3)).await.unwrap();
        tx.rollback().await;
        // Other entries now stand at these places.
        ledger.append_all(entries(5..7)).await.unwrap();
        for pending in lost {
            assert!(matches!(ledger.confirm(pending).await, Err(LedgerError::NotDurable)));
        }
    }

    async fn a_wrong_entry_is_refused_and_takes_no_place(store: Store) {
        let ledger = open(&store).await;
        let long = entry(1).note("x".repeat(Entry::NOTE_MAX + 1));
        assert!(matches!(ledger.append(long.clone()).await, Err(LedgerError::Invalid(_))));
        assert!(ledger.append_all(vec![entry(1), long]).await.is_err());
        assert_eq!(ledger.size().await.unwrap(), 0);
    }

    async fn a_store_that_fails_gives_no_receipt(store: Store) {
        let ledger = open(&store).await;
        transact!(store, tx => tx.execute("ALTER TABLE ledger_entry RENAME TO elsewhere", &[]).await).unwrap();
        assert!(matches!(ledger.append(entry(1)).await, Err(LedgerError::Store(_))));
        transact!(store, tx => tx.execute("ALTER TABLE elsewhere RENAME TO ledger_entry", &[]).await).unwrap();
        assert_eq!(ledger.append(entry(2)).await.unwrap().seq(), 0);
        let page = Page { before: u64::MAX, limit: 10 };
        assert_eq!(ledger.for_inspection(None, page).await.unwrap().len(), 1);
    }
}
