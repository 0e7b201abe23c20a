//! What the subject sees of its entries, and what an inspection sees.

#![allow(clippy::unwrap_used)]

mod log;

use ledger::{Entry, Ledger, LedgerError, MIGRATIONS, Outcome, Page, Record, Sealed, Subject};
use log::*;
use store::Store;
use vocabulary::{Field, FieldSet, HouseholdId, Moment, PersonId, PersonalNumber};

const NEWEST: Page = Page { before: u64::MAX, limit: 100 };

fn lan() -> Subject {
    Subject::Person(PersonId(7))
}

fn places(records: &[Record]) -> Vec<u64> {
    records.iter().map(|record| record.seq).collect()
}

async fn seen(ledger: &Ledger, now: Moment) -> Vec<u64> {
    places(&ledger.of_subject(lan(), NEWEST, now).await.unwrap())
}

store::on_each_engine! {
    sets = &[MIGRATIONS];

    async fn a_subject_sees_its_own_entries_newest_first(store: Store) {
        let ledger = open(&store).await;
        let household = Subject::Household(HouseholdId(7));
        let of_household = Entry::shown(actor(), basis(), "population.household", household, FieldSet::NONE);
        ledger.append_all(vec![entry(7), entry(8), of_household, entry(7)]).await.unwrap();
        let now = Moment::now();
        assert_eq!(seen(&ledger, now).await, [3, 0]);
        assert_eq!(places(&ledger.of_subject(household, NEWEST, now).await.unwrap()), [2]);
        assert_eq!(places(&ledger.for_inspection(None, NEWEST).await.unwrap()), [3, 2, 1, 0]);
        assert_eq!(places(&ledger.for_inspection(Some(lan()), NEWEST).await.unwrap()), [3, 0]);
        let record = ledger.entry(3).await.unwrap();
        assert_eq!((record.statement.actor, record.statement.outcome), (actor(), Outcome::Shown));
        assert!(matches!(ledger.entry(4).await, Err(LedgerError::NoSuchEntry)));
    }

    async fn lists_go_on_page_by_page(store: Store) {
        let ledger = open(&store).await;
        ledger.append_all((0..10).map(|_| entry(7)).collect()).await.unwrap();
        let mut page = Page { before: u64::MAX, limit: 4 };
        let mut all = Vec::new();
        loop {
            let records = ledger.of_subject(lan(), page, Moment::now()).await.unwrap();
            let Some(last) = records.last() else { break };
            page.before = last.seq;
            all.extend(places(&records));
        }
        assert!(all.into_iter().eq((0..10).rev()));
    }

    async fn a_sealed_entry_appears_on_its_date(store: Store) {
        let ledger = open(&store).await;
        let now = Moment::now();
        let until = now.plus_seconds(3600);
        ledger.append_all(vec![entry(7), entry(7).sealed_until(until)]).await.unwrap();
        assert_eq!(seen(&ledger, now).await, [0]);
        assert_eq!(seen(&ledger, until.plus_seconds(-1)).await, [0]);
        assert_eq!(seen(&ledger, until).await, [1, 0]);
        assert_eq!(places(&ledger.for_inspection(Some(lan()), NEWEST).await.unwrap()), [1, 0]);
        assert!(!ledger.entry(1).await.unwrap().visible_to(lan(), now));
    }

    async fn a_relatives_business_is_for_inspection_alone(store: Store) {
        let ledger = open(&store).await;
        ledger.append(entry(7).serving(PersonId(9)).note("ly hôn")).await.unwrap();
        let own = ledger.of_subject(lan(), NEWEST, Moment::now()).await.unwrap().pop().unwrap();
        assert_eq!(own.withheld, None);
        assert!(own.statement.withheld.is_some(), "the subject sees that something is withheld");
        assert_eq!((own.statement.procedure, own.statement.dossier, own.statement.legal_basis), (None, None, None));
        assert_eq!(own.statement.purpose, Some(basis().purpose));
        let proof = ledger.prove(0).await.unwrap();
        assert!(proof.verify(ledger.verifier_key()).is_ok());
        for text in [proof.to_string(), proof.entry] {
            assert!(!text.contains("1.004222") && !text.contains("ly hôn"));
        }
        let full = ledger.for_inspection(Some(lan()), NEWEST).await.unwrap().pop().unwrap().withheld.unwrap();
        assert_eq!((full.served, full.note.as_deref()), (Some(PersonId(9)), Some("ly hôn")));
        assert_eq!(full.dossier, basis().dossier);
    }

    async fn a_comparison_is_told_by_its_receipt_and_by_the_record(store: Store) {
        let ledger = open(&store).await;
        let sealed = Sealed::new(Someone { id: 7, name: "Trần Thị Lan", year: 1990 });
        let compared = sealed.compare(&(Some("Trần Thị Lan"), Some(1990)));
        let receipt = ledger.append(Entry::compared(actor(), basis(), "population.verify", compared)).await.unwrap();
        assert!(receipt.verdict().unwrap().all_matched());
        let record = ledger.entry(receipt.seq()).await.unwrap();
        assert_eq!((record.statement.outcome, record.statement.verdict), (Outcome::Match, receipt.verdict()));
        assert!(sealed.open(&receipt).is_err());
    }

    async fn showing_takes_a_durable_entry(store: Store) {
        let ledger = open(&store).await;
        let sealed = Sealed::new(Someone { id: 7, name: "Trần Thị Lan", year: 1990 });
        let fields = FieldSet::of(&[Field::BirthDate]);
        let shown = Entry::shown(actor(), basis(), "population.citizen", sealed.subject(), fields);
        let receipt = ledger.append(shown).await.unwrap();
        assert_eq!(sealed.open(&receipt), Ok((None, Some(1990))));
    }

    async fn searches_for_numbers_that_nobody_has_are_kept(store: Store) {
        let ledger = open(&store).await;
        let number = Subject::PersonalNumber(PersonalNumber::parse("056090000001").unwrap());
        let missed = Entry::not_found(actor(), basis(), "population.verify", number, FieldSet::NONE);
        let operation = Entry::operation(actor(), "ledger.export").request("r-1");
        let refused = Entry::refused(actor(), None, "population.citizen", lan(), FieldSet::of(&[Field::Parents]));
        ledger.append_all(vec![missed, operation, refused]).await.unwrap();
        assert_eq!(places(&ledger.for_inspection(Some(number), NEWEST).await.unwrap()), [0]);
        assert_eq!(ledger.entry(1).await.unwrap().statement.subject, Subject::Nobody);
        assert_eq!(ledger.entry(2).await.unwrap().statement.outcome, Outcome::Refused);
    }
}
