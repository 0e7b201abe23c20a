//! The look-ups of the seeds.

use crate::office::{
    HUSBAND, Office, SETS, WIFE, WIFE_FORMER, ask, ask_in, client, date, family, name, number, tran_phu,
};
use access::Action;
use ledger::{Outcome, Page, Subject};
use population::{
    Ask, Intent,
    acts::Content,
    model::{Contact, Fact},
    verify::{Agreement, Claims},
};
use store::Store;
use vocabulary::{Field, FieldSet, Moment, PersonId, PersonalNumber, Problem, Purpose, kinds};

const ALL: Page = Page { before: u64::MAX, limit: 50 };

async fn entries(office: &Office) -> u64 {
    office.ledger.size().await.unwrap()
}

store::on_each_engine! {
    sets = SETS;

    async fn a_number_is_verified_field_by_field_and_nothing_is_disclosed(store: Store) {
        let office = Office::open(store).await;
        let people = family(&office).await;
        let claims = Claims {
            name: Some(name("Nguyễn Thị Hoà")),
            birth_date: Some(date("1986")),
            ..Claims::default()
        };
        let asking = client("client-verify");
        let found = office.population.verify(&asking, Action::Verify, number(WIFE), &claims).await.unwrap();
        let verdict = found.verdict.unwrap();
        assert_eq!(Agreement::of(verdict, Field::FullName), Agreement::Match);
        assert_eq!(Agreement::of(verdict, Field::BirthDate), Agreement::Mismatch);
        let entry = office.ledger.entry(found.entry).await.unwrap().statement;
        assert_eq!((entry.subject, entry.outcome), (Subject::Person(people.wife), Outcome::Mismatch));
        assert_eq!(entry.fields, FieldSet::of(&[Field::PersonalNumber, Field::FullName, Field::BirthDate]));
        assert_eq!(entry.request.as_deref(), Some("r-1"));
        // The former number leads to the same person.
        let found = office.population.verify(&asking, Action::Verify, number(WIFE_FORMER), &Claims::default()).await.unwrap();
        assert!(found.verdict.unwrap().all_matched());
        // Nobody has this one, and that too is an entry.
        let nobody = office.population.verify(&asking, Action::Verify, number("001099000000"), &claims).await.unwrap();
        assert!(nobody.verdict.is_none());
        let entry = office.ledger.entry(nobody.entry).await.unwrap().statement;
        assert_eq!(entry.outcome, Outcome::NotFound);
    }

    async fn without_a_purpose_nothing_is_answered(store: Store) {
        let office = Office::open(store).await;
        family(&office).await;
        let asking = Ask { basis: None, ..client("client-verify") };
        let before = entries(&office).await;
        let refused = office.population.verify(&asking, Action::Verify, number(WIFE), &Claims::default()).await;
        assert_eq!(Problem::from(refused.unwrap_err()).kind, &kinds::PURPOSE_REQUIRED);
        let refused = office.population.citizen(&asking, number(WIFE), None).await.err().unwrap();
        assert_eq!(Problem::from(refused).kind, &kinds::PURPOSE_REQUIRED);
        // The refusal of the first is entered, without the person: only the number that was asked for.
        let new = office.ledger.for_inspection(None, ALL).await.unwrap();
        assert!(entries(&office).await > before);
        assert_eq!(new[0].statement.outcome, Outcome::Refused);
        assert_eq!(new[0].statement.subject, Subject::PersonalNumber(PersonalNumber::parse(WIFE).unwrap()));
        // A procedure without its dossier is no basis either.
        let mut asking = ask("one-stop-clerk", Purpose::Procedure);
        if let Some(basis) = &mut asking.basis {
            basis.dossier = None;
        }
        assert!(office.population.citizen(&asking, number(WIFE), None).await.is_err());
    }

    async fn the_head_of_household_is_verified(store: Store) {
        let office = Office::open(store).await;
        family(&office).await;
        let asking = ask("one-stop-clerk", Purpose::Procedure);
        let claims = Claims { head: true, ..Claims::default() };
        for (digits, right) in [(HUSBAND, true), (WIFE, false)] {
            let found = office.population.verify(&asking, Action::VerifyHead, number(digits), &claims).await.unwrap();
            assert_eq!(found.verdict.unwrap().all_matched(), right, "{digits}");
        }
    }

    async fn the_nine_digits_are_confirmed_against_the_twelve(store: Store) {
        let office = Office::open(store).await;
        family(&office).await;
        let asking = ask("one-stop-clerk", Purpose::Procedure);
        for (digits, right) in [(WIFE, true), (HUSBAND, false)] {
            let claims = Claims { other_number: Some(number(WIFE_FORMER)), ..Claims::default() };
            let found = office.population.verify(&asking, Action::ConfirmNumber, number(digits), &claims).await.unwrap();
            assert_eq!(found.verdict.unwrap().all_matched(), right, "{digits}");
        }
    }

    async fn a_citizen_is_shown_as_far_as_granted(store: Store) {
        let office = Office::open(store).await;
        let people = family(&office).await;
        let asking = ask("one-stop-clerk", Purpose::Procedure);
        let found = office.population.citizen(&asking, number(WIFE), None).await.unwrap();
        assert!(found.person.shown.has(Field::FullName) && !found.person.shown.has(Field::Religion));
        assert_eq!(found.person.person.name.as_ref().map(|n| n.reveal()), Some("Nguyễn Thị Hòa"));
        assert!(found.person.person.contact.is_empty() && found.person.person.blood_group.is_none());
        let entry = office.ledger.entry(found.entry).await.unwrap().statement;
        assert_eq!((entry.subject, entry.fields), (Subject::Person(people.wife), found.person.shown));
        assert_eq!(entry.dossier.map(|d| d.to_string()).as_deref(), Some("000.00.01.H32-261121-0001"));
        // Fewer fields are shown where fewer are wanted.
        let wanted = FieldSet::of(&[Field::FullName, Field::Religion]);
        let found = office.population.citizen(&asking, number(WIFE), Some(wanted)).await.unwrap();
        assert_eq!(found.person.shown, FieldSet::of(&[Field::FullName]));
        assert!(found.person.person.number.is_none());
        // A machine that may only verify gets nobody's data, and the attempt is entered under the person.
        let refused = office.population.citizen(&client("client-verify"), number(WIFE), None).await.err().unwrap();
        assert_eq!(Problem::from(refused).kind, &kinds::FORBIDDEN);
        let seen = office.ledger.of_subject(Subject::Person(people.wife), ALL, Moment::now()).await.unwrap();
        assert_eq!(seen[0].statement.outcome, Outcome::Refused);
    }

    async fn an_officer_sees_the_people_of_his_units(store: Store) {
        let office = Office::open(store).await;
        let people = family(&office).await;
        let own = ask("residence-officer", Purpose::Residence);
        let page = office.population.person(&own, people.son, None).await.unwrap();
        assert_eq!(page.person.kin.len(), 2, "father and mother; the father is the head too");
        assert_eq!(page.history.len(), 2);
        let other = ask_in("residence-officer", Purpose::Residence, "00004");
        let refused = office.population.person(&other, people.son, None).await.err().unwrap();
        assert_eq!(Problem::from(refused).kind, &kinds::FORBIDDEN);
        let missing = office.population.person(&own, PersonId(999), None).await.err().unwrap();
        assert_eq!(Problem::from(missing).kind, &kinds::NOT_FOUND);
        let household = office.population.household(&own, people.home).await.unwrap();
        assert_eq!(household.members.len(), 3);
        assert!(household.findings.is_empty());
        // Everybody on the page has an entry of their own.
        for person in [people.husband, people.wife, people.son] {
            let seen = office.ledger.of_subject(Subject::Person(person), ALL, Moment::now()).await.unwrap();
            assert_eq!(seen[0].statement.service, "population.household");
        }
        let log = office.population.access_log(&own, people.son, None).await.unwrap();
        assert!(log.records.iter().any(|r| r.statement.service == "population.person"));
        assert_eq!(log.records[0].statement.service, "population.access-log", "reading the log is an entry too");
    }

    async fn a_confirmation_can_be_checked_by_whoever_holds_it(store: Store) {
        let office = Office::open(store).await;
        let people = family(&office).await;
        let asking = ask("residence-officer", Purpose::OwnRequest);
        let issued = office.population.confirm_residence(&asking, people.wife).await.unwrap();
        assert_eq!(issued.members.len(), 2);
        let wife = PersonalNumber::parse(WIFE).ok();
        let checked = office.population.check_confirmation(&issued.code.to_uppercase(), wife).await.unwrap().unwrap();
        assert_eq!((checked.in_force, checked.number_agrees), (true, Some(true)));
        let other = PersonalNumber::parse(HUSBAND).ok();
        let checked = office.population.check_confirmation(&issued.code, other).await.unwrap().unwrap();
        assert_eq!(checked.number_agrees, Some(false));
        assert!(office.population.check_confirmation("0000-0000-0000-0000-0000-0000", None).await.unwrap().is_none());
        // The husband sees that he stood on a page, and not whose business it was.
        let seen = office.ledger.of_subject(Subject::Person(people.husband), ALL, Moment::now()).await.unwrap();
        assert_eq!(seen[0].statement.service, "population.residence-confirmation");
        assert!(seen[0].withheld.is_none() && seen[0].statement.legal_basis.is_none());
    }

    async fn a_batch_answers_row_for_row(store: Store) {
        let office = Office::open(store).await;
        family(&office).await;
        let file = format!(
            "Số định danh,Họ và tên,Ngày sinh,ghi chú\n{WIFE},Nguyễn Thị Hoà,1985,\n{HUSBAND},Trần Văn Đúc,1980-05-02,x\n\
             001099000000,Ai Đó,2000,\n12,Sai Số,2000,\n{WIFE},,31/02/1985,\n"
        );
        let before = entries(&office).await;
        let place = office.population.batch_place(&client("client-batch")).await.unwrap();
        let mut batch = place.start(file).unwrap();
        let mut result = Vec::new();
        while let Some(part) = batch.parts.recv().await {
            result.extend(part.unwrap());
        }
        let text = String::from_utf8(result).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "row,number,full-name,birth-date,overall,entry,fault");
        assert!(lines[1].starts_with("1,match,match,match,match,"), "{}", lines[1]);
        assert!(lines[2].starts_with("2,match,mismatch,match,mismatch,"), "{}", lines[2]);
        assert!(lines[3].starts_with("3,not-found,not-found,not-found,not-found,"), "{}", lines[3]);
        assert_eq!(lines[4], "4,,,,invalid,,1:number/digits");
        assert_eq!(lines[5], "5,,,,invalid,,3:date/calendar");
        assert_eq!(lines[6], "end,5");
        assert_eq!(entries(&office).await, before + 3);
        let place = office.population.batch_place(&client("client-batch")).await.unwrap();
        let refused = place.start("họ tên\nLan\n").err().unwrap();
        assert_eq!(Problem::from(refused).kind.code, "batch-file");
        let refused = office.population.batch_place(&client("client-verify")).await.err().unwrap();
        assert_eq!(Problem::from(refused).kind, &kinds::FORBIDDEN);
    }

    async fn an_investigation_is_hidden_from_the_subject_and_open_to_inspection(store: Store) {
        let office = Office::open(store).await;
        let people = family(&office).await;
        let asking = ask_in("investigator", Purpose::Investigation, "01");
        let page = office.population.person(&asking, people.husband, None).await.unwrap();
        let subject = Subject::Person(people.husband);
        let visible = office.ledger.of_subject(subject, ALL, Moment::now()).await.unwrap();
        assert!(visible.iter().all(|r| r.seq != page.entry));
        let later = Moment::now().plus_seconds(200 * 86_400);
        let visible = office.ledger.of_subject(subject, ALL, later).await.unwrap();
        assert_eq!(visible[0].seq, page.entry);
        let inspected = office.ledger.for_inspection(Some(subject), ALL).await.unwrap();
        assert_eq!(inspected[0].seq, page.entry);
        // A clerk who claims to investigate is refused, and that is not hidden.
        let pretending = ask("one-stop-clerk", Purpose::Investigation);
        assert!(office.population.person(&pretending, people.husband, None).await.is_err());
        let visible = office.ledger.of_subject(subject, ALL, Moment::now()).await.unwrap();
        assert_eq!(visible[0].statement.outcome, Outcome::Refused);
    }

    async fn history_tells_no_more_than_what_is_released(store: Store) {
        let office = Office::open(store).await;
        let contact = Contact { phones: vec!["0100000001".into()], emails: vec![] };
        let facts = vec![
            Fact::Name(Some(name("Trần Thị Bưởi"))),
            Fact::Contact(contact.clone()),
            Fact::Permanent(tran_phu(4)),
        ];
        let person = office.register("1990", facts).await;
        let change = Content::ContactChange { person, contact };
        office.record_as(&ask("data-steward", Purpose::Cleaning), "2026-01-01", Intent::Act(change.clone())).await.ok();
        office.record_as(&ask("residence-officer", Purpose::Residence), "2026-01-01", Intent::Act(change)).await.unwrap();
        let clerk = office.population.person(&ask("one-stop-clerk", Purpose::Procedure), person, None).await.unwrap();
        assert!(clerk.person.shown.has(Field::History) && !clerk.person.shown.has(Field::Contact));
        let told = serde_json::to_string(&clerk.history).unwrap();
        assert!(told.contains("Bưởi") && !told.contains("0100000001"), "{told}");
        let officer = office.population.person(&ask("residence-officer", Purpose::Residence), person, None).await.unwrap();
        assert!(serde_json::to_string(&officer.history).unwrap().contains("0100000001"));
    }
}
