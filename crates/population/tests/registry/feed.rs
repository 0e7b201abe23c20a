//! The change feed.

use crate::office::{Office, SETS, ask_in, client, family};
use population::Ask;
use store::Store;
use vocabulary::{ActSeq, Purpose};

fn consumer() -> Ask {
    Ask { ..ask_in("client-changes", Purpose::Verification, "everywhere") }
}

store::on_each_engine! {
    sets = SETS;

    async fn changes_come_in_sequence_without_gaps_from_any_cursor(store: Store) {
        let office = Office::open(store).await;
        let people = family(&office).await;
        let (all, end) = office.population.changes(&consumer(), ActSeq(0), 1_000).await.unwrap();
        assert_eq!(end, all.last().unwrap().seq);
        let sequence: Vec<i64> = all.iter().map(|c| c.seq.0).collect();
        assert_eq!(sequence, (1..=all.len() as i64).collect::<Vec<_>>());
        assert_eq!(all.last().unwrap().kind, "household-formed");
        assert_eq!(all.last().unwrap().persons, [people.husband, people.wife, people.son]);
        assert_eq!(all.last().unwrap().households, [people.home]);
        let mut cursor = ActSeq(0);
        let mut seen = Vec::new();
        loop {
            let (part, next) = office.population.changes(&consumer(), cursor, 2).await.unwrap();
            if next == cursor {
                break;
            }
            cursor = next;
            seen.extend(part);
        }
        assert_eq!(seen, all);
        // A province's system gets what concerns its people, and the cursor passes over the rest.
        for (units, count) in [("56", all.len()), ("01", 0)] {
            let own = ask_in("client-changes", Purpose::Verification, units);
            let (part, next) = office.population.changes(&own, ActSeq(0), 1_000).await.unwrap();
            assert_eq!((part.len(), next), (count, end), "{units}");
        }
        assert!(office.population.changes(&client("client-verify"), ActSeq(0), 10).await.is_err());
    }
}
