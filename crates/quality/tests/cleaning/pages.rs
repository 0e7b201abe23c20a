//! The pages, driven as a browser without scripts drives them.

use crate::office::{Office, SETS, family, officer};
use access::Caller;
use axum::{
    Router,
    body::{Body, to_bytes},
    extract::Request,
    http::{StatusCode, header},
    middleware::{Next, from_fn},
};
use population::{
    Ask,
    acts::Content,
    model::{Fact, Relation},
};
use std::sync::Arc;
use store::Store;
use tower::ServiceExt;
use vocabulary::{Basis, PartialDate, Text};
use web::{CsrfToken, Limits, Menu, WorkingBasis};

const TOKEN: &str = "token-of-the-session";

pub struct Browser {
    site: Router,
    caller: Caller,
    basis: Option<Basis>,
    pub lang: &'static str,
}

impl Browser {
    pub fn of(office: &Office, ask: Ask) -> Browser {
        let menu = Menu {
            name: Text::new("Dân cư", "Dân cư"),
            items: vec![],
            desk: None,
            footer: Text::new("", ""),
        };
        let pages = quality::pages::pages(office.quality.clone());
        let site = web::pages(pages, menu, vocabulary::kinds::ALL.to_vec());
        Browser { site, caller: ask.caller, basis: ask.basis, lang: "vi" }
    }

    async fn send(&self, method: &str, path: &str, form: &[(&str, &str)]) -> (StatusCode, String) {
        let (caller, basis) = (self.caller.clone(), self.basis.clone());
        let sign_in = from_fn(move |mut request: Request, next: Next| {
            let extensions = request.extensions_mut();
            extensions.insert(Arc::new(caller.clone()));
            extensions.insert(WorkingBasis(basis.clone()));
            extensions.insert(CsrfToken(TOKEN.into()));
            next.run(request)
        });
        let encoded = |text: &str| text.bytes().map(|b| format!("%{b:02X}")).collect::<String>();
        let csrf = [("csrf_token", TOKEN)];
        let fields = form.iter().chain(if method == "POST" { &csrf[..] } else { &[] });
        let body: Vec<String> = fields.map(|(n, v)| format!("{n}={}", encoded(v))).collect();
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, "dancu.test")
            .header(header::ACCEPT, "text/html")
            .header(header::ACCEPT_LANGUAGE, self.lang)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(body.join("&")))
            .unwrap();
        let site = web::edge(self.site.clone().layer(sign_in), Limits::ORDINARY);
        let response = site.oneshot(request).await.unwrap();
        let status = response.status();
        let to = response.headers().get(header::LOCATION).map(|to| to.to_str().unwrap().to_owned());
        let body =
            String::from_utf8_lossy(&to_bytes(response.into_body(), 1 << 24).await.unwrap()).into_owned();
        assert!(!body.contains("<script") && !body.contains(" onclick="), "{path}");
        (status, to.unwrap_or(body))
    }

    pub async fn get(&self, path: &str) -> (u16, String) {
        let (status, body) = self.send("GET", path, &[]).await;
        (status.as_u16(), body)
    }

    pub async fn post(&self, path: &str, form: &[(&str, &str)]) -> (u16, String) {
        let (status, body) = self.send("POST", path, form).await;
        (status.as_u16(), body)
    }
}

store::on_each_engine! {
    sets = SETS;

    async fn a_batch_is_cleared_on_pages(store: Store) {
        let office = Office::open(store).await;
        let people = family(&office).await;
        let second = Content::Correction { person: people.wife, facts: vec![Fact::Relation(Some(Relation::Head))] };
        office.record("2026-01-05", second).await.unwrap();
        let centre = Browser::of(&office, officer("trungtam", "cleaning-centre", "56"));
        let mut worker = Browser::of(&office, officer("an", "data-steward", "22366"));
        let lead = Browser::of(&office, officer("chihuy", "cleaning-lead", "56"));

        // Before anybody was checked, the pages teach.
        let (status, page) = worker.get("/data/quality").await;
        assert_eq!(status, 200);
        assert!(page.contains("Chưa có điểm chất lượng") && page.contains("Không còn trường hợp nào"), "{page}");
        office.quality.check(|_, _| {}).await.unwrap();

        let year = (PartialDate::today().year().unwrap() + 1).to_string();
        let mut form = vec![("indicator", "CLN-03"), ("title", "x"), ("unit", ""), ("due-day", "1"), ("due-month", "2"), ("due-year", year.as_str())];
        let (status, page) = centre.post("/data/quality/campaigns/new", &form).await;
        assert!(status == 422 && page.contains("Tên đợt có từ 3 đến 200 ký tự") && page.contains("href=\"#title\""), "{page}");
        form[1] = ("title", "Cao điểm");
        let (status, to) = centre.post("/data/quality/campaigns/new", &form).await;
        assert_eq!((status, to.as_str()), (303, "/data/quality/campaigns/1?done=made"));
        let (_, page) = centre.get(&to).await;
        assert!(page.contains("Đã giao đợt làm sạch") && page.contains("<strong>1</strong> được giao"), "{page}");
        let (status, _) = lead.post("/data/quality/campaigns/1/split", &[("unit", ""), ("officers", "an")]).await;
        assert_eq!(status, 303);

        // The queue names nobody; the case shows the household, and says why, since when, by which act, and what to do.
        let (_, queue) = worker.get("/data/quality/cases?mine=1&indicator=CLN-03&sort=since").await;
        assert!(queue.contains("/data/quality/cases/1") && !queue.contains("Nguyễn Thị"), "{queue}");
        let (status, to) = worker.get("/data/quality/next").await;
        assert_eq!((status, to.as_str()), (303, "/data/quality/cases/1"));
        let before: i64 = office.store.one("SELECT count(*) FROM ledger_entry WHERE subject_kind = 1", &[]).await.unwrap();
        let (status, page) = worker.get("/data/quality/cases/1").await;
        assert_eq!(status, 200);
        for said in ["Hộ có hơn một chủ hộ", "Vẫn còn lỗi", "Cải chính, bổ sung", "Luật Cư trú 68/2020/QH14", "Nguyễn Thị Hòa", "accesskey=\"n\"",
            &format!("/desk/households/{}/acts/head", people.home)] {
            assert!(page.contains(said), "{said}: {page}");
        }
        let after: i64 = office.store.one("SELECT count(*) FROM ledger_entry WHERE subject_kind = 1", &[]).await.unwrap();
        assert_eq!(after, before + 3, "each member that was shown has an entry");
        worker.lang = "en";
        assert!(worker.get("/data/quality/cases/1").await.1.contains("The household has more than one head"));
        worker.lang = "vi";

        let (status, page) = worker.post("/data/quality/cases/1/propose", &[("version", "2"), ("end", "fixed"), ("reason", "")]).await;
        assert!(status == 409 && page.contains("Hồ sơ vẫn chưa sạch theo quy tắc này"), "{page}");
        let (status, page) = worker.post("/data/quality/cases/1/ask", &[("unit", "x"), ("question", ""), ("answer-by-day", "")]).await;
        assert!(status == 422 && page.contains("href=\"#unit\""), "{page}");
        let right = Content::Correction { person: people.wife, facts: vec![Fact::Relation(Some(Relation::Spouse))] };
        office.record("2026-01-06", right).await.unwrap();
        let (status, to) = worker.post("/data/quality/cases/1/propose", &[("version", "2"), ("end", "fixed"), ("reason", "")]).await;
        assert_eq!((status, to.as_str()), (303, "/data/quality/cases/1?done=sent"));
        let (status, page) = lead.get("/data/quality/approve").await;
        assert!(status == 200 && page.contains("Đã làm sạch"), "{page}");
        let (status, to) = lead.post("/data/quality/approve", &[("case", "1")]).await;
        assert_eq!((status, to.as_str()), (303, "/data/quality/approve?done=1&left=0"));
        let (_, csv) = centre.get("/data/quality/campaigns/1/progress.csv").await;
        assert_eq!(csv.lines().count(), 3, "{csv}");

        for path in ["", "/cases?state=all", "/campaigns", "/campaigns/1", "/scores", "/scores?unit=22366", "/scores.csv", "/rules", "/questions"] {
            let (status, page) = worker.get(&format!("/data/quality{path}")).await;
            assert_eq!(status, 200, "{path}: {page}");
        }
        let (_, page) = worker.get("/data/quality/scores?unit=22366").await;
        assert!(page.contains("Tổ dân phố 5") && page.contains("scores.pdf?unit=22366"), "{page}");
        let (_, csv) = worker.get("/data/quality/scores.csv?unit=22366").await;
        assert!(csv.contains(",Tổ dân phố 5,"), "{csv}");
        for path in ["/scores.pdf", "/scores.pdf?unit=22366"] {
            let (status, file) = worker.get(&format!("/data/quality{path}")).await;
            assert!(status == 200 && file.starts_with("%PDF-"), "{path}");
        }
        assert_eq!(worker.get("/data/quality/scores.pdf?unit=01").await.0, 403);
        assert_eq!(lead.get("/data/quality/cases/99").await.0, 404);
        assert_eq!(worker.get("/data/quality/campaigns/new").await.0, 403);
        assert_eq!(worker.get("/data/quality/approve").await.0, 403);
        worker.basis = None;
        let (status, page) = worker.get("/data/quality/cases/1").await;
        assert!(status == 422 && page.contains("Nêu mục đích") && !page.contains("Nguyễn Thị"), "{page}");
        let clerk = Browser::of(&office, officer("clerk", "one-stop-clerk", "22366"));
        assert_eq!(clerk.get("/data/quality").await.0, 403);
        assert_eq!(clerk.get("/data/quality/cases/1").await.0, 403);
    }
}
