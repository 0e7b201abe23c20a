//! An inspection reads the ledger, within its reach and not without leaving entries.

use crate::office::{HUSBAND, Office, SETS, WIFE, WIFE_FORMER, ask, ask_in, client, family, number};
use ledger::{Outcome, Subject};
use population::{Ask, Error, Evidence, verify::Claims};
use store::Store;
use vocabulary::{Field, FieldSet, Moment, PersonId, Problem, Purpose, kinds};

fn inspector(units: &str) -> Ask {
    ask_in("auditor", Purpose::Inspection, units)
}

fn forbidden<T>(answer: Result<T, Error>) -> bool {
    answer.err().map(Problem::from).is_some_and(|problem| problem.kind == &kinds::FORBIDDEN)
}

/// Subject and outcome of the newest entry.
async fn last(office: &Office) -> (Subject, Outcome) {
    let record = office.ledger.entry(office.ledger.size().await.unwrap() - 1).await.unwrap();
    assert_eq!(record.statement.service, "population.audit");
    (record.statement.subject, record.statement.outcome)
}

/// An officer looks at somebody.
async fn look(office: &Office, id: PersonId) -> u64 {
    office.population.person(&ask("residence-officer", Purpose::Residence), id, None).await.unwrap().entry
}

store::on_each_engine! {
    sets = SETS;

    async fn the_whole_ledger_is_read_page_by_page_and_the_reading_stands_in_it(store: Store) {
        let office = Office::open(store).await;
        let people = family(&office).await;
        for _ in 0..60 {
            look(&office, people.wife).await;
        }
        let size = office.ledger.size().await.unwrap();
        let all = inspector("everywhere");
        let first = office.population.audit(&all, None, None).await.unwrap();
        assert_eq!(last(&office).await, (Subject::Nobody, Outcome::Shown));
        let places: Vec<u64> = first.records.iter().map(|r| r.seq).collect();
        assert_eq!(places, (size - 49..=size).rev().collect::<Vec<_>>(), "its own reading comes first");
        assert_eq!(first.records[0].withheld.as_ref().unwrap().note.as_deref(), Some("các mục mới nhất (the newest entries)"));
        assert_eq!(first.before, Some(size - 49));
        let second = office.population.audit(&all, None, first.before).await.unwrap();
        assert_eq!((second.records[0].seq, second.before), (size - 50, None));
        assert_eq!(second.records.last().unwrap().seq, 0);
        assert_eq!(office.population.audit_export(&all, None).await.unwrap().len() as u64, size + 3);
    }

    async fn a_number_leads_to_the_entries_about_its_person(store: Store) {
        let office = Office::open(store).await;
        let people = family(&office).await;
        look(&office, people.husband).await;
        let looked = look(&office, people.wife).await;
        for ask in [inspector("everywhere"), inspector("22366"), inspector("56")] {
            for digits in [WIFE, WIFE_FORMER] {
                let found = office.population.audit(&ask, Some(number(digits)), None).await.unwrap();
                assert_eq!(last(&office).await, (Subject::Person(people.wife), Outcome::Shown));
                assert!(found.records.iter().any(|r| r.seq == looked));
                assert!(found.records.iter().all(|r| r.statement.subject == Subject::Person(people.wife)));
            }
        }
        let log = office.population.access_log(&ask("residence-officer", Purpose::Residence), people.wife, None).await.unwrap();
        assert_eq!(log.records.iter().filter(|r| r.statement.service == "population.audit").count(), 6, "she sees who inspected");
        // What was asked about a number that is nobody's stands under the number.
        let nobody = number("056080009999");
        office.population.verify(&client("client-verify"), access::Action::Verify, nobody, &Claims::default()).await.unwrap();
        let found = office.population.audit(&inspector("everywhere"), Some(nobody), None).await.unwrap();
        assert_eq!(found.records.len(), 2);
        assert_eq!(last(&office).await, (nobody.subject(), Outcome::NotFound));
    }

    async fn an_inspector_of_some_units_reads_of_their_people_only(store: Store) {
        let office = Office::open(store).await;
        let people = family(&office).await;
        let looked = look(&office, people.husband).await;
        let home = office.population.household(&ask("residence-officer", Purpose::Residence), people.home).await.unwrap().entry;
        let audit = &office.population;
        let near = inspector("22366");
        assert_eq!(audit.audit_entry(&near, looked).await.unwrap().record.statement.subject, Subject::Person(people.husband));
        assert_eq!(audit.audit_entry(&near, home).await.unwrap().record.statement.subject, Subject::Household(people.home));
        let elsewhere = inspector("00004");
        assert!(forbidden(audit.audit_entry(&elsewhere, looked).await));
        assert_eq!(last(&office).await, (Subject::Person(people.husband), Outcome::Refused));
        assert!(forbidden(audit.audit_entry(&elsewhere, home).await));
        assert_eq!(last(&office).await, (Subject::Household(people.home), Outcome::Refused));
        // A person elsewhere and nobody at all are refused alike.
        let nobody = number("056080009999");
        for (asked, subject) in [(number(HUSBAND), Subject::Person(people.husband)), (nobody, nobody.subject())] {
            let refused = Problem::from(audit.audit(&elsewhere, Some(asked), None).await.err().unwrap());
            let told = Problem::from(audit.audit(&elsewhere, None, None).await.err().unwrap());
            assert_eq!((refused.kind, refused.detail_text(vocabulary::Lang::Vi)), (&kinds::FORBIDDEN, told.detail_text(vocabulary::Lang::Vi)));
            assert_eq!(last(&office).await, (Subject::Nobody, Outcome::Refused));
            assert!(forbidden(audit.audit_export(&elsewhere, Some(asked)).await));
            assert_eq!(last(&office).await, (subject, Outcome::Refused));
        }
        // Entries about nobody are for the whole country.
        let about_nobody = office.ledger.size().await.unwrap();
        audit.audit(&inspector("everywhere"), None, None).await.unwrap();
        assert!(forbidden(audit.audit_entry(&near, about_nobody).await));
        assert!(audit.audits_everything(&inspector("everywhere")) && !audit.audits_everything(&near));
    }

    async fn other_roles_and_purposes_are_refused_and_seen(store: Store) {
        let office = Office::open(store).await;
        let people = family(&office).await;
        let looked = look(&office, people.wife).await;
        let mut aimless = inspector("everywhere");
        aimless.basis = None;
        let problem = Problem::from(office.population.audit(&aimless, None, None).await.err().unwrap());
        assert_eq!(problem.kind, &kinds::PURPOSE_REQUIRED);
        for other in [
            ask_in("auditor", Purpose::Residence, "everywhere"),
            ask_in("administrator", Purpose::Inspection, "everywhere"),
            ask("residence-officer", Purpose::Inspection),
        ] {
            assert!(forbidden(office.population.audit(&other, None, None).await));
            assert_eq!(last(&office).await, (Subject::Nobody, Outcome::Refused));
            assert!(forbidden(office.population.audit(&other, Some(number(WIFE)), None).await));
            assert_eq!(last(&office).await, (Subject::Person(people.wife), Outcome::Refused));
            assert!(forbidden(office.population.audit_entry(&other, looked).await));
            assert_eq!(last(&office).await, (Subject::Person(people.wife), Outcome::Refused));
        }
        // An inspector is shown nobody.
        assert!(forbidden(office.population.person(&inspector("everywhere"), people.wife, None).await));
    }

    async fn an_entry_comes_whole_with_its_proof(store: Store) {
        let office = Office::open(store).await;
        let people = family(&office).await;
        let order = ask_in("investigator", Purpose::Investigation, "56");
        let looked = office.population.person(&order, people.wife, None).await.unwrap().entry;
        let found = office.population.audit_entry(&inspector("22366"), looked).await.unwrap();
        let statement = &found.record.statement;
        assert!(statement.sealed_until.is_some_and(|until| until > Moment::now()), "sealed entries are read too");
        assert_eq!(last(&office).await, (Subject::Person(people.wife), Outcome::Shown));
        let reading = office.ledger.entry(office.ledger.size().await.unwrap() - 1).await.unwrap();
        assert_eq!(reading.statement.fields, FieldSet::of(&[Field::AccessLog]));
        assert_eq!(reading.withheld.unwrap().note, Some(format!("mục số {looked} (entry no. {looked})")));
        let proof = ledger::Proof::parse(&found.proof).unwrap();
        let proven = proof.verify(&ledger::VerifierKey::parse(&found.key).unwrap()).unwrap();
        assert_eq!((proven.index, &proven.statement, proof.commitment()), (looked, statement, found.commitment));
        let own: Evidence = office.population.evidence(&order, looked).await.unwrap();
        assert_eq!(own.commitment, found.commitment);
        let none = office.population.audit_entry(&inspector("everywhere"), 1 << 40).await.err().map(Problem::from);
        assert_eq!(none.unwrap().kind, &kinds::NOT_FOUND);
    }
}
