//! Exports: who may, of what, and what remains of it.

use crate::office::{HUSBAND, Office, SETS, SON, WIFE, ask, ask_in, date, family, name, tran_phu, unit};
use ledger::{Outcome, Subject};
use population::{
    Ask, ExportOf, FileFormat, Intent, NEW_PERSON,
    acts::{Act, Content},
    model::{Fact, Relative},
};
use std::path::PathBuf;
use store::Store;
use vocabulary::{
    ActSeq, Address, Field, FieldSet, Moment, PersonId, PersonalNumber, Problem, Purpose, kinds,
};

fn exporter(units: &str) -> Ask {
    ask_in("exporter", Purpose::Cleaning, units)
}

fn plain(unit: Option<&str>, fields: &[Field]) -> ExportOf {
    let unit = unit.map(self::unit);
    ExportOf {
        unit,
        fields: Some(FieldSet::of(fields)),
        format: FileFormat::PlainCsv,
        records: false,
        most: None,
    }
}

/// A folder of the test, and a file in it that is not there yet.
fn place() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("people.csv");
    (folder, file)
}

async fn refused(office: &Office, ask: &Ask, wanted: &ExportOf) -> Problem {
    let (folder, to) = place();
    let refused =
        office.population.export_to(ask, wanted, &to, |_, _| {}).await.map_err(Problem::from).unwrap_err();
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "nothing remains");
    refused
}

store::on_each_engine! {
    sets = SETS;

    async fn a_file_holds_the_people_of_a_unit_and_each_of_them_sees_it(store: Store) {
        let office = Office::open(store).await;
        let people = family(&office).await;
        // Without a number, and elsewhere; a double of the husband that was merged is not a person of its own.
        let father = Fact::Father(Some(Relative::named(name("Lê Văn Cả"))));
        let tram = vec![Fact::Name(Some(name("Lê Thị Trâm"))), Fact::Permanent(tran_phu(14)), father];
        let numberless = office.register("2020", tram).await;
        let elsewhere = Address { new_unit: Some(unit("22333")), ..Address::default() };
        let xa = vec![Fact::Name(Some(name("Phan Văn Xa"))), Fact::Permanent(elsewhere)];
        let steward = ask_in("data-steward", Purpose::Cleaning, "56");
        office.record_as(&steward, "1990", Intent::Act(Content::Registration { person: NEW_PERSON, facts: xa })).await.unwrap();
        let double = office.register("1980", vec![Fact::Name(Some(name("Tran Van Duc"))), Fact::Permanent(tran_phu(12))]).await;
        office.record("2024-05-06", Content::merge(people.husband, double, vec![])).await.unwrap();

        let fields = [
            Field::PersonalNumber, Field::FormerNumbers, Field::FullName, Field::BirthDate, Field::Sex, Field::Parents,
            Field::Spouse, Field::Household, Field::ResidenceFile, Field::RelationToHead,
        ];
        let (folder, to) = place();
        let ask = exporter("56");
        let before = office.ledger.size().await.unwrap();
        let made = office.population.export_to(&ask, &plain(Some("22366"), &fields), &to, |_, _| {}).await.unwrap();
        let text = std::fs::read_to_string(&to).unwrap();
        let lines: Vec<&str> = text.split_terminator("\r\n").collect();
        assert_eq!(lines, [
            "personal_number,past_numbers,past_numbers_until,past_numbers_reason,former_numbers,former_numbers_issuer,\
             former_numbers_from,former_numbers_until,full_name,family_name,middle_name,given_name,birth_date,sex,father_name,father_number,\
             mother_name,mother_number,spouse_name,spouse_number,household_group,household_file,relation_to_head",
            "056080001111,,,,,,,,Trần Văn Đức,,,,1980-05-02,male,,,,,Nguyễn Thị Hòa,056185001234,1,HS-0012,head",
            "056185001234,,,,225123456,CA Khánh Hòa,2003,,Nguyễn Thị Hòa,,,,1985,female,,,,,Trần Văn Đức,056080001111,1,HS-0012,spouse",
            "056210004321,,,,,,,,Trần Văn Minh,,,,2010-09-05,male,Trần Văn Đức,056080001111,Nguyễn Thị Hòa,056185001234,,,1,HS-0012,child",
            ",,,,,,,,Lê Thị Trâm,,,,,,Lê Văn Cả,,,,,,,,",
        ]);
        assert_eq!((made.persons, made.bytes), (4, text.len() as i64));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(std::fs::metadata(&to).unwrap().permissions().mode() & 0o777, 0o600);

        // An entry for each, in the order of the file, and one for the whole, all of one request.
        assert_eq!(office.ledger.size().await.unwrap(), before + 5);
        let of = [people.husband, people.wife, people.son, numberless];
        for (seq, person) in (before..).zip(of) {
            let entry = office.ledger.entry(seq).await.unwrap().statement;
            assert_eq!((entry.service.as_ref(), entry.subject, entry.outcome), ("population.export", Subject::Person(person), Outcome::Shown));
            assert_eq!((entry.fields, entry.purpose, entry.request.as_deref()), (FieldSet::of(&fields), Some(Purpose::Cleaning), Some("r-1")));
            assert_eq!(entry.legal_basis.unwrap().as_str(), "Luật Cư trú 2020, Điều 38");
        }
        let whole = office.ledger.entry(made.entry as u64).await.unwrap();
        assert_eq!((whole.seq, whole.statement.subject, whole.statement.fields), (before + 4, Subject::Nobody, FieldSet::of(&fields)));
        let note = whole.withheld.unwrap().note.unwrap();
        for part in ["22366", "csv-plain", "4 người", &made.hash(), &format!("{} byte", text.len())] {
            assert!(note.contains(part), "{note}: {part}");
        }
        let log = office.population.access_log(&crate::office::ask("residence-officer", Purpose::Residence), people.wife, None).await.unwrap();
        assert!(log.records.iter().any(|r| r.statement.service == "population.export"), "she sees it");

        // The same again is the same file, in another format another one; the list has both.
        let (_folder, to) = place();
        let again = office.population.export_to(&ask, &plain(Some("22366"), &fields), &to, |_, _| {}).await.unwrap();
        assert_eq!(again.sha256, made.sha256);
        let wanted = ExportOf { format: FileFormat::Parquet, ..plain(None, &fields) };
        let (parquet, mut file) = office.population.export_aside(&ask, &wanted).await.unwrap();
        let mut bytes = Vec::new();
        std::io::Read::read_to_end(&mut file, &mut bytes).unwrap();
        assert!(bytes.starts_with(b"PAR1") && bytes.ends_with(b"PAR1") && parquet.bytes == bytes.len() as i64);
        assert_eq!(parquet.persons, 5, "the whole province");
        let list = office.population.exports(&ask).await.unwrap();
        assert_eq!(list, [parquet, again, made]);
        assert_eq!((list[0].who.as_str(), list[0].units.as_str(), list[2].units.as_str()), ("lan.tt", "56", "22366"));
    }

    async fn what_is_not_granted_is_refused_by_name_and_seen(store: Store) {
        let office = Office::open(store).await;
        family(&office).await;
        let list = ask_in("exporter", Purpose::Residence, "22366");
        let wanted = plain(None, &[Field::FullName, Field::Religion, Field::Contact]);
        let problem = refused(&office, &list, &wanted).await;
        assert_eq!(problem.kind, &kinds::FORBIDDEN);
        let named: Vec<_> = problem.violations.iter().map(|v| (v.rule, v.field.as_str())).collect();
        assert_eq!(named, [("export/field-not-granted", "religion"), ("export/field-not-granted", "contact")]);
        let last = office.ledger.entry(office.ledger.size().await.unwrap() - 1).await.unwrap().statement;
        assert_eq!((last.outcome, last.fields), (Outcome::Refused, FieldSet::of(&[Field::Religion, Field::Contact])));
        // Left to the policy, the file holds what is granted and no more.
        let (_folder, to) = place();
        let granted = ExportOf { fields: None, ..wanted };
        let made = office.population.export_to(&list, &granted, &to, |_, _| {}).await.unwrap();
        let head = std::fs::read_to_string(&to).unwrap().lines().next().unwrap().to_owned();
        assert!(head.contains("permanent_residence") && !head.contains("religion") && !head.contains("phones"));
        assert!(made.fields.contains("household") && !made.fields.contains("contact"));

        let name = plain(Some("22366"), &[Field::FullName]);
        for other in [
            exporter("22333"),
            exporter("00004"),
            ask("data-steward", Purpose::Cleaning),
            ask("residence-officer", Purpose::Residence),
            ask_in("exporter", Purpose::Inspection, "everywhere"),
            ask_in("administrator", Purpose::Administration, "everywhere"),
        ] {
            let size = office.ledger.size().await.unwrap();
            assert_eq!(refused(&office, &other, &name).await.kind, &kinds::FORBIDDEN);
            assert_eq!(office.ledger.size().await.unwrap(), size + 1, "who tried is seen");
        }
        // A ward's exporter gets neither the province nor the country.
        let ward = exporter("22366");
        assert_eq!(refused(&office, &ward, &plain(Some("56"), &[Field::FullName])).await.kind, &kinds::FORBIDDEN);
        let mut aimless = exporter("22366");
        aimless.basis = None;
        assert_eq!(refused(&office, &aimless, &name).await.kind, &kinds::PURPOSE_REQUIRED);
        for (wanted, rule) in [
            (plain(Some("22363"), &[Field::FullName]), "export/unit"),
            (plain(None, &[]), "export/fields"),
            (plain(None, &[Field::FullName, Field::History]), "export/field-without-column"),
        ] {
            assert_eq!(refused(&office, &exporter("everywhere"), &wanted).await.violations[0].rule, rule);
        }
    }

    async fn an_export_that_fails_leaves_nothing_but_its_entries(store: Store) {
        let office = Office::open(store).await;
        family(&office).await;
        let ask = exporter("56");
        let wanted = plain(None, &[Field::PersonalNumber]);
        let problem = refused(&office, &ask, &ExportOf { most: Some(2), ..wanted.clone() }).await;
        assert_eq!(problem.kind.code, "export-too-large");
        // A file that is there is left as it is.
        let (folder, to) = place();
        std::fs::write(&to, "mine").unwrap();
        assert!(office.population.export_to(&ask, &wanted, &to, |_, _| {}).await.is_err());
        assert_eq!((std::fs::read(&to).unwrap(), std::fs::read_dir(folder.path()).unwrap().count()), (b"mine".to_vec(), 1));
        // A disk that is full.
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        assert!(matches!(office.population.export(&ask, &wanted, full, |_, _| {}).await, Err(population::Error::File(_))));
        let last = office.ledger.entry(office.ledger.size().await.unwrap() - 1).await.unwrap();
        assert_eq!((last.statement.subject, last.statement.outcome), (Subject::Nobody, Outcome::Done));
        assert!(last.withheld.unwrap().note.unwrap().contains("broken off after 3 persons"));
        assert_eq!(office.population.exports(&ask).await.unwrap(), []);
    }

    async fn a_spreadsheet_runs_no_cell(store: Store) {
        let office = Office::open(store).await;
        let address = Address { detail: "=HYPERLINK(\"x\";\"y\")".into(), new_unit: Some(unit("22366")), ..Address::default() };
        let facts = vec![Fact::Name(Some(name("Lê Thị Trâm"))), Fact::BirthDate(date("1990")), Fact::Hometown(address), Fact::Permanent(tran_phu(3))];
        office.register("1990", facts).await;
        let exported = async |format| {
            let (_folder, to) = place();
            let wanted = ExportOf { format, ..plain(None, &[Field::Hometown, Field::FullName]) };
            office.population.export_to(&exporter("22366"), &wanted, &to, |_, _| {}).await.unwrap();
            std::fs::read_to_string(&to).unwrap()
        };
        let (safe, exact) = (exported(FileFormat::Csv).await, exported(FileFormat::PlainCsv).await);
        assert!(safe.starts_with("\u{FEFF}full_name,") && exact.starts_with("full_name,"));
        assert!(safe.contains(",\"'=HYPERLINK(\"\"x\"\";\"\"y\"\")\",") && exact.contains(",\"=HYPERLINK(\"\"x\"\";\"\"y\"\")\","));
    }

    async fn the_list_is_of_the_agency_or_of_all(store: Store) {
        let office = Office::open(store).await;
        family(&office).await;
        let (_folder, to) = place();
        office.population.export_to(&exporter("22366"), &plain(None, &[Field::Sex]), &to, |_, _| {}).await.unwrap();
        let mut other = exporter("22366");
        other.caller.actor.agency = vocabulary::AgencyCode::parse("H32").unwrap();
        assert_eq!(office.population.exports(&other).await.unwrap().len(), 0);
        other.caller.units = access::UnitScope::Everywhere;
        assert_eq!(office.population.exports(&other).await.unwrap().len(), 1);
        assert!(office.population.exports(&ask("data-steward", Purpose::Cleaning)).await.is_err());
        let text = std::fs::read_to_string(&to).unwrap();
        assert_eq!(text, "sex\r\nmale\r\nfemale\r\nmale\r\n");
        assert!([HUSBAND, WIFE, SON].iter().all(|number| !text.contains(number)));
    }

    async fn a_file_shows_one_moment_while_acts_are_recorded(store: Store) {
        let person = |n: i64| {
            let number = PersonalNumber::parse(&format!("056080{n:06}")).ok();
            let mut facts = vec![Fact::Number(number), Fact::Name(Some(name("Trần Văn Đức"))), Fact::Permanent(tran_phu(12))];
            facts.extend((n > 1).then(|| Fact::Father(Some(Relative::recorded(PersonId(n - 1))))));
            let content = Content::Registration { person: PersonId(n), facts };
            let by = ask("data-steward", Purpose::Cleaning).caller.actor;
            vec![Act { seq: ActSeq(n), effective: date("2020-01-01"), recorded: Moment::now(), by, evidence: "TK".into(), content }]
        };
        const LAST: i64 = 3 * 1024;
        population::store::load(&store, (1..=LAST).map(person), |_| {}).await.unwrap();
        let office = Office::open(store).await;
        let wanted = plain(None, &[Field::PersonalNumber, Field::FullName, Field::Parents]);
        // The last but one is renamed while the first thousand is written.
        let renamed = Content::Correction { person: PersonId(LAST - 1), facts: vec![Fact::Name(Some(name("Lê Thị Trâm")))] };
        let rename = std::sync::Mutex::new(Some(renamed));
        let (_folder, to) = place();
        let during = |_: u64, _: u64| {
            let Some(content) = rename.lock().unwrap().take() else { return };
            let record = async { office.record("2026-01-05", content).await.unwrap() };
            tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(record));
        };
        let first = office.population.export_to(&exporter("22366"), &wanted, &to, during).await.unwrap();
        assert!(rename.lock().unwrap().is_none());
        let text = std::fs::read_to_string(&to).unwrap();
        assert_eq!((first.until.0, first.persons), (LAST, LAST));
        assert_eq!(text.matches("Trần Văn Đức").count() as i64, 2 * LAST - 1);
        let (_folder, to) = place();
        let second = office.population.export_to(&exporter("22366"), &wanted, &to, |_, _| {}).await.unwrap();
        let text = std::fs::read_to_string(&to).unwrap();
        assert_eq!((second.until.0, text.matches("Lê Thị Trâm").count()), (LAST + 1, 2), "herself, and as a relative");
    }
}
