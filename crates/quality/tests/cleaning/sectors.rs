//! Files of sectors compared with the registry: what becomes of each row, what the owner gets back, and what is kept.

use crate::office::{Office, SETS, date, officer, unit, whole};
use population::{Ask, acts::Content, model::Fact, reconcile::Met};
use proptest::{prelude::*, strategy::ValueTree, test_runner::TestRunner};
use quality::{
    HeldFile, NewCampaign, Proposal, Quality, QualityError, RunState, SectorRun, Side, Wanted,
    model::{Indicator, State, Subject},
    prepare,
};
use std::{
    io::{Cursor, Seek, SeekFrom},
    sync::Arc,
};
use store::Store;
use tabular::{Format, Row, Table};
use vocabulary::{AgencyCode, FullName, Lang, PartialDate, PersonId, Problem, Sex};

/// A clerk of social insurance.
pub fn clerk() -> Ask {
    let mut ask = officer("baohiem", "sector-clerk", "56");
    ask.caller.actor.agency = AgencyCode::parse("000.00.01.G24").unwrap();
    ask
}

fn steward() -> Ask {
    officer("lamsach", "data-steward", "56")
}

fn code<T>(result: Result<T, QualityError>) -> &'static str {
    match result {
        Ok(_) => "ok",
        Err(error) => Problem::from(error).kind.code,
    }
}

/// A file compared to its end: the run, and the rows of the result.
pub async fn reconcile(
    office: &Office,
    ask: &Ask,
    sector: &str,
    name: &str,
    content: &[u8],
) -> Result<(SectorRun, Vec<Vec<String>>), QualityError> {
    let quality = &office.quality;
    let of = quality.own_sector(ask, sector)?.clone();
    let content = HeldFile::copied([content]).unwrap();
    let table = Quality::open_sector(&of, name, None, &content)?;
    let file = content.described(name.to_owned()).unwrap();
    let settings = prepare(&of, &table);
    let run = quality.begin_run(ask, sector, file, settings.clone(), None).await?;
    let named = name.to_owned();
    let open: quality::Opened =
        Arc::new(move || Quality::open_sector(&of, &named, Some(&settings), &content));
    let (run, mut out) =
        quality.run_sector(ask, run.id, open, Lang::En, Cursor::new(Vec::new()), |_| {}).await?;
    out.seek(SeekFrom::Start(0)).unwrap();
    let mut table = Table::read_from(out, tabular::Options::default()).unwrap();
    let mut rows = vec![table.headers.clone()];
    let mut row = Row::default();
    while table.read(&mut row).unwrap() {
        rows.push(row.cells.iter().map(|c| c.text.clone()).collect());
    }
    Ok((run, rows))
}

/// Three people: Hòa, Đức, and another Đức without any number.
async fn people(office: &Office) -> [PersonId; 3] {
    let hoa =
        office.register("1985", whole("056185001234", "Nguyễn Thị Hòa", "1985-08-05", Sex::Female)).await;
    let duc = office.register("1980", whole("056080001111", "Trần Văn Đức", "1980-05-02", Sex::Male)).await;
    let mut bare = whole("056090009999", "Lê Văn Ba", "1990-01-15", Sex::Male);
    bare.retain(|f| !matches!(f, Fact::Number(_) | Fact::FormerNumbers(_)));
    [hoa, duc, office.register("1990", bare).await]
}

const HEAD: &str = "STT,Mã số BHXH,Họ và tên,Ngày sinh,Giới tính,Số CCCD,Số CMND,Mã xã,Ghi chú";

/// Key, name, birth, sex, number, former number, unit; what becomes of it.
const ROWS: &[(&str, &str)] = &[
    ("BH01,Nguyễn Thị Hoà,05/08/1985,Nữ,056185001234,,22363,giữ nguyên", "matched"),
    (
        "BH02,Nguyen Thi Hoa,08/05/1985,Nữ,056185001243,185001234,22366,",
        "mismatched personal-number:exchanged full-name:marks birth-date:day-month",
    ),
    ("BH03,Trần Văn Đức,02/05/1980,Nữ,080001111,,,", "mismatched personal-number:former sex:other"),
    (
        "BH04,Trần Văn Đức,1980,Nam,056080001111,,00004,",
        "mismatched birth-date:incomplete permanent-residence:other",
    ),
    ("BH05,Phạm Thị Lạ,01/01/1970,Nữ,001170000007,,,", "not-found number-unknown"),
    ("BH06,Phạm Thị Lạ,01/01/1970,Nữ,12345,,,", "not-found number-malformed"),
    ("BH07,Phạm Thị Lạ,01/01/1970,Nữ,,,,", "not-found no-number-nobody"),
    ("BH08,Trần Văn Đức,02/05/1980,Nam,,,,", "not-found no-number-one"),
    ("BH09,Lê Văn Ba,15/01/1990,Nam,,,,", "matched"),
    ("BH10,Đỗ Thị Khác,03/03/1995,Nữ,056185001234,,,", "duplicate number-twice"),
    ("BH11,Trần Văn Đức,02/05/1980,Nam,,080001111,,", "mismatched personal-number:missing"),
];

fn file(rows: &[(&str, &str)]) -> String {
    let body: Vec<String> =
        rows.iter().enumerate().map(|(at, (row, _))| format!("{},{row}", at + 1)).collect();
    format!("{HEAD}\n{}\n", body.join("\n"))
}

store::on_each_engine! {
    sets = SETS;

    async fn each_row_becomes_what_it_is(store: Store) {
        let office = Office::open(store).await;
        let [hoa, duc, _] = people(&office).await;
        let (run, rows) = reconcile(&office, &clerk(), "insurance", "bhxh.csv", file(ROWS).as_bytes()).await.unwrap();
        assert_eq!(run.state, RunState::Done);
        assert_eq!(rows[0][..9].join(","), HEAD, "the owner's columns in their order");
        for (row, (told, becomes)) in rows[1..].iter().zip(ROWS) {
            let wanted = if told.starts_with("BH01") { "duplicate number-twice" } else { becomes };
            assert_eq!(row[13], *wanted, "{told}");
            assert_eq!(row[1..9].join(","), *told, "his cells are untouched");
        }
        // Values are told of the fields of the sector, and only that it differs of the others.
        assert_eq!(rows[2][12], "Personal number: 056185001234; Full name: Nguyễn Thị Hòa; Date of birth: 05/08/1985");
        assert_eq!(rows[4][12], "Date of birth: 02/05/1980");
        let c = run.counts;
        assert_eq!((c.total, c.matched, c.mismatched, c.not_found, c.duplicates), (11, 1, 4, 4, 2));

        // Each comparison has its entry about the person, and the file has its own.
        let entries: i64 = office.store.one("SELECT count(*) FROM ledger_entry WHERE subject_kind = 1 AND subject_id IN ($1, $2)", store::params![hoa, duc]).await.unwrap();
        assert!(entries >= 7, "{entries}");
        // Nobody's name was copied.
        let kept: Vec<(String, String, String)> = office.store.all("SELECT fields, silhouette, claims FROM sector_finding", &[]).await.unwrap();
        assert_eq!(kept.len(), 10);
        assert!(kept.iter().all(|(a, b, c)| ![a, b, c].iter().any(|t| t.contains("Hòa") || t.contains("Văn") || t.contains("1985-"))), "{kept:?}");

        // His own file with the result comes back: the added columns are not doubled.
        let with_result: Vec<String> = rows.iter().map(|r| r.iter().map(|c| format!("\"{c}\"")).collect::<Vec<_>>().join(",")).collect();
        let (again, rows) = reconcile(&office, &clerk(), "insurance", "bhxh.csv", with_result.join("\n").as_bytes()).await.unwrap();
        assert_eq!((again.counts, rows[0].len()), (run.counts, 14));
    }

    async fn a_number_of_another_is_seen_from_both_sides(store: Store) {
        let office = Office::open(store).await;
        people(&office).await;
        let quality = &office.quality;
        let one = [ROWS[9]];
        let (run, rows) = reconcile(&office, &clerk(), "insurance", "bhxh.csv", file(&one).as_bytes()).await.unwrap();
        assert_eq!((run.counts.duplicates, rows[1][13].as_str()), (1, "duplicate number-of-another"));
        let (found, _) = quality.sector_rows(&clerk(), "insurance", Met::Duplicate, 1).await.unwrap();
        let id = found[0].id;
        assert_eq!(found[0].unit, Some(unit("22366")), "the commune of the resident who has the number");
        let page = quality.duplicate(&clerk(), id).await.unwrap();
        assert_eq!((page.side, page.number.as_str()), (Side::Sector, "056185001234"));
        let shown: Vec<&str> = page.bearers.iter().map(|b| b.silhouette.as_str()).collect();
        assert_eq!(shown, ["N. T. H. · 1985", "Đ. T. K. · 1995"]);
        assert_eq!(page.bearers[1].key, "BH10");

        // The commune sees the same, asks, is answered, and says what it found.
        let police = officer("cutru", "residence-officer", "22366");
        assert_eq!(quality.duplicates_here(&police, 1).await.unwrap().0.len(), 1);
        let theirs = quality.duplicate(&police, id).await.unwrap();
        assert_eq!(theirs.side, Side::Commune);
        assert_eq!(theirs.bearers, page.bearers);
        assert_eq!(code(quality.ask_side(&police, id, "Giấy tờ nào?", date("2020-01-01")).await), "invalid");
        quality.ask_side(&police, id, "Người này xuất trình giấy tờ nào?", PartialDate::today()).await.unwrap();
        let asked = quality.duplicate(&clerk(), id).await.unwrap().questions[0].id;
        assert_eq!(quality.side_questions(&clerk(), Side::Sector).await.unwrap()[0].key, "BH10");
        assert!(quality.side_questions(&police, Side::Commune).await.unwrap().is_empty());
        assert_eq!(code(quality.answer_side(&police, id, asked, "Không rõ").await), "conflict", "who asked does not answer");
        quality.answer_side(&clerk(), id, asked, "Bản sao căn cước mờ").await.unwrap();
        assert!(quality.side_questions(&clerk(), Side::Sector).await.unwrap().is_empty());
        quality.settle_duplicate(&clerk(), id, 1, "Đã đối chiếu bản gốc").await.unwrap();
        assert_eq!(code(quality.settle_duplicate(&clerk(), id, 9, "Đã đối chiếu").await), "invalid");
        let page = quality.duplicate(&police, id).await.unwrap();
        assert_eq!((page.questions[0].answer.as_deref(), page.outcomes[0].outcome), (Some("Bản sao căn cước mờ"), 1));

        // Others see nothing of it.
        for other in [officer("x", "residence-officer", "22333"), officer("y", "sector-clerk", "56")] {
            assert_eq!(code(quality.duplicate(&other, id).await), "not-found");
        }
    }

    async fn an_agency_has_its_own_sector_and_nothing_without_a_purpose(store: Store) {
        let office = Office::open(store).await;
        people(&office).await;
        let quality = &office.quality;
        let own: Vec<&str> = quality.own_sectors(&clerk()).unwrap().iter().map(|s| s.id.as_str()).collect();
        assert_eq!(own, ["insurance"]);
        assert_eq!(quality.own_sectors(&steward()).unwrap().len(), 10);
        assert_eq!(code(reconcile(&office, &clerk(), "prisoners", "a.csv", file(ROWS).as_bytes()).await), "not-found");
        let (run, _) = reconcile(&office, &steward(), "insurance", "a.csv", file(&ROWS[..2]).as_bytes()).await.unwrap();
        assert_eq!(code(quality.sector_run(&clerk(), run.id).await), "not-found", "the run of another agency");
        assert!(quality.sector_runs(&clerk()).await.unwrap().is_empty());
        for ask in [officer("z", "one-stop-clerk", "22366"), Ask { basis: None, ..clerk() }] {
            assert_ne!(code(quality.sector_runs(&ask).await), "ok");
        }
    }

    async fn what_the_registry_mends_matches_at_once(store: Store) {
        let office = Office::open(store).await;
        let [hoa, ..] = people(&office).await;
        let quality = &office.quality;
        quality.check(|_, _| {}).await.unwrap();
        let rows = [
            ("BH20,Nguyễn Thị Hoa,05/08/1985,Nữ,056185001234,,,", ""),
            ("BH21,Vũ Thị Mới,07/07/2001,Nữ,056301007777,,,", ""),
        ];
        let (run, _) = reconcile(&office, &clerk(), "insurance", "a.csv", file(&rows).as_bytes()).await.unwrap();
        assert_eq!((run.counts.mismatched, run.counts.not_found), (1, 1));
        let name = FullName::parse("Nguyễn Thị Hoa").ok();
        office.record("2026-01-05", Content::Correction { person: hoa, facts: vec![Fact::Name(name)] }).await.unwrap();
        office.register("2001", whole("056301007777", "Vũ Thị Mới", "2001-07-07", Sex::Female)).await;
        quality.follow().await.unwrap();
        let counts = quality.sector_counts(&clerk(), "insurance").await.unwrap();
        assert_eq!((counts.matched, counts.total), (2, 2), "both match now");
        assert_eq!(quality.settled_of(&run).await.unwrap(), 2);
        assert_eq!(run.counts.share(2), Some(10_000));
        // A later file replaces the state of its keys.
        let (_, rows) = reconcile(&office, &clerk(), "insurance", "a.csv", file(&[("BH20,Nguyễn Thị Hòa,05/08/1985,Nữ,056185001234,,,", "")]).as_bytes()).await.unwrap();
        assert_eq!(rows[1][13], "mismatched full-name:marks");
        assert_eq!(quality.sector_counts(&clerk(), "insurance").await.unwrap().mismatched, 1);
    }

    async fn rows_of_sectors_are_cases_of_campaigns(store: Store) {
        let office = Office::open(store).await;
        let [hoa, ..] = people(&office).await;
        let quality = &office.quality;
        let centre = officer("trungtam", "cleaning-centre", "56");
        let new = |indicator| NewCampaign { indicator, title: "Đợt 1".into(), unit: None, due: PartialDate::today() };
        assert_eq!(code(quality.create_campaign(&centre, &new(Indicator::C10)).await), "campaign-needs-file");
        let rows = [
            ("BH20,Nguyễn Thị Hoa,05/08/1985,Nữ,056185001234,,,", ""),
            ("BH21,Vũ Thị Mới,07/07/2001,Nữ,056301007777,,22363,", ""),
        ];
        reconcile(&office, &clerk(), "insurance", "a.csv", file(&rows).as_bytes()).await.unwrap();
        assert_eq!(quality.create_campaign(&centre, &new(Indicator::C10)).await.unwrap().1, 1);
        assert_eq!(quality.create_campaign(&centre, &new(Indicator::C11)).await.unwrap().1, 1, "in the commune that the row names");
        assert_eq!(code(quality.create_campaign(&centre, &new(Indicator::C08)).await), "campaign-needs-file");
        let worker = officer("an", "data-steward", "22366");
        let cases = quality.cases(&worker, &Wanted::default()).await.unwrap().0;
        assert_eq!(cases.len(), 2);
        let case = &cases[0];
        assert!(matches!(case.subject, Subject::Row(_)));
        let page = quality.case(&worker, case.id).await.unwrap();
        assert!(page.standing.is_some() && page.person.is_some() && page.row.is_some());
        let proposal = |version| Proposal { end: State::Fixed, reason: String::new(), version };
        assert_eq!(code(quality.propose(&worker, case.id, &proposal(case.version)).await), "case-still-wrong");
        let name = FullName::parse("Nguyễn Thị Hoa").ok();
        office.record("2026-01-05", Content::Correction { person: hoa, facts: vec![Fact::Name(name)] }).await.unwrap();
        quality.propose(&worker, case.id, &proposal(case.version)).await.unwrap();
        let other = &cases[1];
        let right = Proposal { end: State::NotAnError, reason: "Đã xuất cảnh".into(), version: other.version };
        quality.propose(&worker, other.id, &right).await.unwrap();
        let lead = officer("chihuy", "cleaning-lead", "56");
        for case in &cases {
            quality.decide_case(&lead, case.id, case.version + 1, &quality::Decision::Approve).await.unwrap();
        }
        let (left, _) = quality.sector_rows(&clerk(), "insurance", Met::NotFound, 1).await.unwrap();
        assert_eq!(left[0].accepted, Some(State::NotAnError));
    }

    async fn each_format_comes_back_as_it_came(store: Store) {
        let office = Office::open(store).await;
        people(&office).await;
        let lines = "{\"record\":\"BH1\",\"full_name\":\"Nguyễn Thị Hòa\",\"birth_date\":\"1985-08-05\",\"personal_number\":\"056185001234\"}\n\
                     {\"record\":\"BH2\",\"full_name\":\"Nguyễn Thị Hoa\",\"birth_date\":\"1985-08-05\",\"personal_number\":\"056185001234\"}\n";
        let (run, rows) = reconcile(&office, &clerk(), "insurance", "a.jsonl", lines.as_bytes()).await.unwrap();
        assert_eq!((run.settings.format, run.counts.duplicates, rows[0][0].as_str()), (Format::JsonLines, 2, "record"));
        let mut book = tabular::RowWriter::new(Format::Xlsx, ',', HEAD.split(',').map(str::to_owned).collect(), Cursor::new(Vec::new())).unwrap();
        book.write(format!("1,{}", ROWS[0].0).split(',')).unwrap();
        let book = book.finish().unwrap().into_inner();
        let (run, rows) = reconcile(&office, &clerk(), "insurance", "a.xlsx", &book).await.unwrap();
        assert_eq!((run.settings.format, rows[1][13].as_str(), rows[1][5].as_str()), (Format::Xlsx, "matched", "056185001234"));
        // An old encoding.
        let old: Vec<u8> = file(&ROWS[4..5]).encode_utf16().flat_map(u16::to_le_bytes).collect();
        let (run, _) = reconcile(&office, &clerk(), "insurance", "a.csv", &[&[0xFF, 0xFE], &old[..]].concat()).await.unwrap();
        assert_eq!(run.counts.not_found, 1);
    }

    async fn bad_files_are_told_of_and_rows_before_a_fault_are_answered(store: Store) {
        let office = Office::open(store).await;
        people(&office).await;
        let of = async |name: &str, content: &[u8]| reconcile(&office, &clerk(), "insurance", name, content).await;
        assert_eq!(code(of("a.csv", b"").await), "sector-file");
        assert_eq!(code(of("a.pdf", b"%PDF-1.7").await), "sector-file");
        assert_eq!(code(of("a.csv", "Họ và tên,Ngày sinh\nLê A,1990\n".as_bytes()).await), "invalid", "no column of the own key");
        assert_eq!(code(of("a.csv", "Mã số BHXH,Giới tính\nBH1,Nam\n".as_bytes()).await), "invalid", "nothing tells of a person");
        // A cell of 10 MB, and headers that stand twice.
        let large = format!("{HEAD},Ghi chú\n1,BH1,{},1990,Nam,056185001234,,,,\n2,{},\n", "x".repeat(10 << 20), ROWS[4].0);
        let (run, rows) = of("a.csv", large.as_bytes()).await.unwrap();
        assert_eq!((run.counts.total, run.counts.not_found), (2, 2));
        assert_eq!(rows[1].last().unwrap(), "not-found row-unreadable");
        // Rows without a key, and twice the same.
        let (run, _) = of("a.csv", file(&[(",Lê Lạ,1990,Nam,,,,", ""), ("K1,Lê Lạ,1990,Nam,,,,", ""), ("K1,Lê Lạ,1990,Nam,,,,", "")]).as_bytes()).await.unwrap();
        assert_eq!(run.counts.total, 3);
        let (_, rows) = of("a.csv", format!("{HEAD}\n").as_bytes()).await.unwrap();
        assert_eq!(rows.len(), 1, "no rows, no answers");
    }

    async fn counts_add_up_whatever_the_file(store: Store) {
        let office = Office::open(store).await;
        people(&office).await;
        let mut runner = TestRunner::deterministic();
        let cell = prop_oneof!["056185001234", "056080001111", "[0-9]{9}", "[0-9]{12}", "", "[a-z ,;\"]{0,8}"];
        let name = prop_oneof!["Nguyễn Thị Hòa", "Nguyen Thi Hoa", "Trần Văn Đức", "[A-Za-zđ ]{0,12}"];
        let birth = prop_oneof!["05/08/1985", "08/05/1985", "1980", "02/05/1980", "[0-9/]{0,10}"];
        let key = prop_oneof!["K[0-9]", "[ -~]{0,6}"];
        let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
        let rows = proptest::collection::vec((key, name, birth, cell), 0..60);
        for _ in 0..6 {
            let rows = rows.new_tree(&mut runner).unwrap().current();
            let mut text = String::from("Mã số BHXH,Họ và tên,Ngày sinh,Số CCCD\n");
            for (key, name, birth, number) in &rows {
                text += &format!("{},{},{},{}\n", quoted(key), quoted(name), quoted(birth), quoted(number));
            }
            let (run, out) = reconcile(&office, &clerk(), "insurance", "a.csv", text.as_bytes()).await.unwrap();
            let c = run.counts;
            assert_eq!(c.matched + c.mismatched + c.not_found + c.duplicates, c.total);
            assert_eq!(c.total as usize, out.len() - 1, "each row is answered");
            for met in Met::ALL {
                let told = out[1..].iter().filter(|r| r.last().is_some_and(|t| t.starts_with(met.code()))).count();
                assert_eq!(told as i64, c.of(*met));
            }
        }
        // The store itself refuses counts that do not add up.
        let wrong: Result<(), store::StoreError> = store::transact!(office.store, tx => {
            tx.execute("UPDATE sector_run SET matched = matched + 1", &[]).await?;
            Ok(())
        });
        assert!(wrong.is_err());
    }
}
