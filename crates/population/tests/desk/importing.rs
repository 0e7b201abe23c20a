//! The pages by which a file is imported: sent, looked at, tried, started, watched, and its rejected rows taken back.

use crate::{
    browser::{Browser, Page},
    office::{HUSBAND, Office, SETS, ask, family},
};
use axum::http::StatusCode;
use population::import::ImportState;
use std::{
    io::Cursor,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};
use store::{Store, params};
use tabular::{Cell, Format, RejectWriter, Row};
use vocabulary::{Lang, Purpose};

const HOME: &str = "/data/import";
const HEADERS: [&str; 8] =
    ["Số CCCD", "Họ và tên", "Ngày sinh", "Giới tính", "Mã xã", "Số nhà", "STT hộ", "Quan hệ với chủ hộ"];
const ROWS: [[&str; 8]; 4] = [
    ["056080000101", "Lê Văn An", "12/03/1980", "Nam", "22366", "1 Trần Phú", "1", "Chủ hộ"],
    ["056183000102", "Phạm Thị Bình", "1983", "Nữ", "22366", "1 Trần Phú", "1", "Vợ"],
    ["056085000104", "Võ Dũng", "30/02/1985", "Nam", "22366", "2 Trần Phú", "2", "Chủ hộ"],
    ["056085000106", "Hồ Hải", "1985", "Nam", "00004", "4 Trần Phú", "4", "Chủ hộ"],
];

/// The rows as a file of a format.
fn file(format: Format) -> Vec<u8> {
    let headers = HEADERS.map(str::to_owned).to_vec();
    let mut writer = RejectWriter::with(format, ';', headers, Lang::Vi, Cursor::new(Vec::new())).unwrap();
    for cells in ROWS {
        let cells = cells.iter().map(|text| Cell { text: (*text).to_owned(), ..Cell::default() }).collect();
        writer.write(&Row { number: 0, cells, notices: vec![] }, &[]).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn steward(office: &Office) -> Browser {
    Browser::of(office, "data-steward", Purpose::Cleaning)
}

async fn acts(office: &Office) -> i64 {
    office.store.one("SELECT count(*) FROM act", params![]).await.unwrap()
}

/// Waits until the work beside the pages is over.
async fn over(office: &Office, id: i64) {
    while !office.population.import_under_way(id).is_some_and(|run| run.over) {
        tokio::task::yield_now().await;
    }
}

/// Sends the file and looks at the page to which that leads.
async fn sent(browser: &Browser, format: Format) -> Page {
    let name = format!("so-ho-ngheo.{}", format.extension());
    let start = browser.get(HOME).await;
    let page = browser.upload_named(&start, HOME, &name, &file(format)).await;
    assert!(page.status == StatusCode::OK && page.says(&name), "{}", page.html);
    page
}

store::on_each_engine! {
    sets = SETS;

    async fn a_file_is_sent_tried_imported_and_its_rejects_taken_back(store: Store) {
        let office = Office::open(store).await;
        let browser = steward(&office);
        assert!(browser.get(HOME).await.says("Chưa có đợt nhập nào"));
        let page = sent(&browser, Format::Csv).await;
        let job = page.path.clone();
        assert_eq!(job, "/data/import/1");
        // The columns are recognised, the first rows shown with what the file alone tells of them.
        let chosen = |page: &Page, column: &str| {
            page.form(&job).into_iter().find(|(name, _)| name == column).unwrap().1
        };
        assert_eq!((chosen(&page, "column-0").as_str(), chosen(&page, "column-6").as_str()), ("personal_number", "household_group"));
        assert!(page.says("Lê Văn An") && page.says("Ngày không có trong lịch"), "{}", page.text());

        // A choice is kept; one that cannot be is explained and not kept.
        let kept = browser.submit(&page, &job, &[("column-3", ""), ("source", "UBND phường"), ("do", "save")]).await;
        assert_eq!((chosen(&kept, "column-3").as_str(), chosen(&kept, "source").as_str()), ("", "UBND phường"));
        let twice = browser.submit(&kept, &job, &[("column-3", "full_name"), ("do", "start")]).await;
        assert!(twice.status == StatusCode::UNPROCESSABLE_ENTITY && twice.says("Hai cột cùng ghép vào một trường"));
        let nameless = browser.submit(&kept, &job, &[("column-1", ""), ("do", "start")]).await;
        assert!(nameless.status == StatusCode::UNPROCESSABLE_ENTITY && nameless.says("Chưa có cột nào là họ tên"));
        let back = browser.submit(&kept, &job, &[("column-3", "sex"), ("do", "save")]).await;
        assert_eq!(chosen(&back, "column-3"), "sex");

        browser.submit(&back, &job, &[("do", "try")]).await;
        over(&office, 1).await;
        let tried = browser.get(&job).await;
        assert!(tried.says("Kết quả chạy thử: chưa ghi gì") && tried.says("Đã nhập 2") && tried.says("Bị từ chối 2"), "{}", tried.text());
        assert_eq!(acts(&office).await, 0);
        // With other columns the trial says nothing any more.
        let other = browser.submit(&tried, &job, &[("column-3", ""), ("do", "save")]).await;
        assert!(!other.says("Kết quả chạy thử"));

        browser.submit(&tried, &job, &[("column-3", "sex"), ("do", "start")]).await;
        over(&office, 1).await;
        let done = browser.get(&job).await;
        assert!(done.says("Đã nhập xong") && done.says("Đã nhập 2") && done.says("Bị từ chối 2") && done.says("UBND phường"), "{}", done.text());
        assert!(done.says("Ngày không có trong lịch") && done.says("Nơi cư trú ngoài địa bàn được giao"));
        assert_eq!(acts(&office).await, 3);
        assert!(!done.says("Võ Dũng"), "the result names nobody");
        let rejects = browser.get(&done.link(&format!("{job}/rejects"))).await;
        assert!(rejects.html.contains("Võ Dũng") && rejects.html.contains("date/calendar") && !rejects.html.contains("Lê Văn An"));
        // Started once more, it stays done.
        browser.post(&job, &[("do".into(), "start".into()), page.form(&job).remove(0)]).await;
        assert_eq!(acts(&office).await, 3);
        let list = browser.get(HOME).await;
        assert!(list.says("so-ho-ngheo.csv") && list.says("Đã nhập xong") && list.link("/data/import/1") == job);
    }

    async fn workbooks_and_json_lines_are_taken_the_same_way(store: Store) {
        let office = Office::open(store).await;
        let browser = steward(&office).english();
        for (id, format) in [(1, Format::Xlsx), (2, Format::JsonLines)] {
            let page = sent(&browser, format).await;
            browser.submit(&page, &page.path, &[("do", "start")]).await;
            over(&office, id).await;
            let done = browser.get(&page.path).await;
            // The second time everything is there.
            let (accepted, there) = if id == 1 { (2, 0) } else { (0, 2) };
            assert!(done.says(&format!("Accepted {accepted}")) && done.says(&format!("Already there, unchanged {there}")), "{}", done.text());
            let asking = ask("data-steward", Purpose::Cleaning);
            let out = office.population.write_import_rejects(&asking, id, Lang::En, Cursor::new(Vec::new())).await.unwrap().into_inner();
            let known = tabular::Options { known: population::import::known_headers(), ..Default::default() };
            let again = tabular::Table::read_from(Cursor::new(out), known).unwrap();
            assert_eq!((again.format, again.headers.clone(), again.count()), (format, HEADERS.map(str::to_owned).to_vec(), 2));
        }
    }

    async fn its_progress_is_watched_and_one_cut_off_goes_on(store: Store) {
        let office = Office::open(store).await;
        let browser = steward(&office);
        let page = sent(&browser, Format::Csv).await;
        let asking = ask("data-steward", Purpose::Cleaning);
        // Somebody else records for a while, so that the import has to wait.
        let mut tx = office.store.begin().await.unwrap();
        tx.execute("UPDATE act_head SET seq = seq WHERE id = 1", params![]).await.unwrap();
        office.population.start_import(&asking, 1).await.unwrap();
        let waiting = browser.get(&page.path).await;
        assert!(waiting.says("Đang nhập") && waiting.says("Trang tự tải lại"), "{}", waiting.text());
        tx.rollback().await;
        over(&office, 1).await;
        assert!(browser.get(&page.path).await.says("Đã nhập xong"));

        // One that stopped between two batches says so, and is gone on with.
        let page = sent(&browser, Format::JsonLines).await;
        let job = office.population.import(&asking, 2).await.unwrap();
        let settings = population::import::Settings { batch: 1, ..job.settings.clone() };
        office.population.set_import(&asking, 2, settings.clone()).await.unwrap();
        let content = office.population.import_content(&asking, 2).await.unwrap();
        let table = population::import::open(&job.file, &settings, content).unwrap();
        let stop = Arc::new(AtomicBool::new(false));
        let heard = stop.clone();
        let halted = office.population.run_import(&asking, 2, table, stop, move |_| heard.store(true, Ordering::Relaxed)).await.unwrap();
        assert_eq!(halted.state, ImportState::Reading);
        let cut = browser.get(&page.path).await;
        assert!(cut.says("Đợt nhập đã dừng giữa chừng"), "{}", cut.text());
        browser.submit(&cut, &page.path, &[("do", "start")]).await;
        over(&office, 2).await;
        let done = browser.get(&page.path).await;
        assert!(done.says("Đã nhập xong") && done.says("Đã có sẵn, không đổi 2") && done.says("Tổng số dòng 4"), "{}", done.text());
    }

    async fn what_cannot_be_imported_is_explained(store: Store) {
        let office = Office::open(store).await;
        family(&office).await;
        let before = acts(&office).await;
        let browser = steward(&office);
        let start = browser.get(HOME).await;
        let none = browser.upload_named(&start, HOME, "", b"").await;
        assert!(none.status == StatusCode::UNPROCESSABLE_ENTITY && none.says("Chọn tệp cần nhập"), "{}", none.text());
        let workbook = file(Format::Xlsx);
        for (name, bytes, why) in [
            ("a.pdf", &b"%PDF-1.7 ..."[..], "PDF"),
            ("a.csv", b"", "Tệp rỗng"),
            ("a.csv.gz", b"\x1F\x8B\x08rest", "gzip"),
            ("a.xlsx", &workbook[..workbook.len() / 2], "cắt cụt"),
        ] {
            let refused = browser.upload_named(&start, HOME, name, bytes).await;
            assert!(refused.status == StatusCode::UNPROCESSABLE_ENTITY && refused.says("Không đọc được tệp cần nhập"), "{name}");
            assert!(refused.text().to_lowercase().contains(&why.to_lowercase()), "{name}: {}", refused.text());
        }
        let wide = browser.upload_named(&start, HOME, "a.csv", "x,".repeat(100_000).as_bytes()).await;
        assert_eq!(wide.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(browser.get(HOME).await.says("Chưa có đợt nhập nào"), "nothing is kept of a file that cannot be read");
        assert_eq!(acts(&office).await, before);

        // What a record says stays, and why a row does not come in says so.
        let differs = format!("Số CCCD;Họ và tên;Ngày sinh;Mã xã\n{HUSBAND};Người Khác;01/01/1970;22366\n");
        let page = browser.upload_named(&start, HOME, "khac.csv", differs.as_bytes()).await;
        browser.submit(&page, &page.path, &[("do", "start")]).await;
        over(&office, 1).await;
        assert!(browser.get(&page.path).await.says("Người này đã có trong hệ thống với dữ liệu khác"));
        assert_eq!(acts(&office).await, before);

        // Other roles, other purposes, and other people's files.
        assert_eq!(Browser::residence(&office).get(HOME).await.status, StatusCode::FORBIDDEN);
        let aimless = steward(&office).aimless().get(HOME).await;
        assert_eq!(aimless.status, StatusCode::UNPROCESSABLE_ENTITY);
        let colleague = steward(&office).colleague("minh.nv");
        assert_eq!(colleague.get(&page.path).await.status, StatusCode::NOT_FOUND);
        assert_eq!(colleague.get(&format!("{}/rejects", page.path)).await.status, StatusCode::NOT_FOUND);
        assert!(colleague.get(HOME).await.says("Chưa có đợt nhập nào"));
    }
}
