//! The bodies of the JSON interface and the batch file, sent through the routes to a registry of one household.

use crate::input::edited;
use access::{Caller, Policy, UnitScope};
use axum::{
    Extension, Router,
    body::{Body, to_bytes},
    http::{Request, StatusCode, header},
};
use ledger::{KeyFile, Ledger, Origin};
use population::{Population, acts::Act};
use std::sync::Arc;
use store::{Options, Store};
use tempfile::TempDir;
use tokio::runtime::Runtime;
use tower::ServiceExt;
use vocabulary::{Actor, AgencyCode, StaffId};

targets! { api }

/// A request for each route, that of an act with an act of each common kind.
const REQUESTS: &[(&str, &str, &str)] = &[
    (
        "verify",
        JSON,
        r#"{"number":"056154000011","full_name":"Nguyễn Thị Hòa","birth_date":"1954","sex":"female","permanent_unit":"22366","basis":{"purpose":"residence","legal_basis":"Luật Cư trú 2020"}}"#,
    ),
    (
        "verify-head",
        JSON,
        r#"{"number":"056154000011","full_name":"NGUYỄN THỊ HOÀ","basis":{"purpose":"procedure","legal_basis":"Luật Cư trú 2020","procedure":"1.004222","dossier":"000.00.01.H32-261121-0001"}}"#,
    ),
    (
        "confirm-number",
        JSON,
        r#"{"personal_number":"056154000011","former_number":"225123456","basis":{"purpose":"residence","legal_basis":"Luật Cư trú 2020"}}"#,
    ),
    (
        "citizen",
        JSON,
        r#"{"number":"056154000011","fields":["full-name","birth-date"],"basis":{"purpose":"residence","legal_basis":"Luật Cư trú 2020"}}"#,
    ),
    (
        "residence-confirmation",
        JSON,
        r#"{"number":"056154000011","basis":{"purpose":"residence","legal_basis":"Luật Cư trú 2020"}}"#,
    ),
    (
        "verify-batch?purpose=cleaning&legal_basis=Law",
        "text/csv",
        "number,full_name,birth_date,sex,unit,former_number\n056154000011,Nguyễn Thị Hòa,1954,female,22366,225123456\n225123456,\"Trần, Bình\",,,,\n",
    ),
    (
        "acts",
        JSON,
        r#"{"effective":"2026-11-20","evidence":"CT01","act":{"kind":"temporary-residence","persons":[1],"address":{"new":"22366","detail":"12 Trần Phú"},"until":"2027-01-20"},"seen":[{"person":1,"version":2}],"basis":{"purpose":"residence","legal_basis":"Luật Cư trú 2020"}}"#,
    ),
    (
        "acts",
        JSON,
        r#"{"effective":"20/11/2026","evidence":"Tờ khai","act":{"kind":"birth","child":0,"facts":[{"name":"Trần Bình"},{"birth-date":"2026-11-02"},{"sex":"male"},{"birth-registration":{"new":"22366"}},{"mother":{"person":1}}],"household":1,"address":{"new":"22366","detail":"12 Trần Phú"},"relation":"child"},"issue_number":true,"basis":{"purpose":"civil-status","legal_basis":"Luật Hộ tịch 2014"}}"#,
    ),
    (
        "acts",
        JSON,
        r#"{"effective":"2026-11-20","evidence":"CT01","act":{"kind":"contact-change","person":1,"contact":{"phones":["+84901234567"],"emails":["hoa@example.vn"]}},"basis":{"purpose":"residence","legal_basis":"Luật Cư trú 2020"}}"#,
    ),
];

const JSON: &str = "application/json";

/// Whatever is sent, the answer is an answer: never a fault of ours, and a refusal is a problem document.
fn api(program: &[u8]) {
    thread_local! {
        // Of the thread, not of the process, so that the folder goes when the test has ended.
        static REGISTRY: (Runtime, Registry) = {
            let runtime = Runtime::new().unwrap();
            let registry = runtime.block_on(registry());
            (runtime, registry)
        };
    }
    let (path, media, _) =
        REQUESTS[usize::from(program.first().copied().unwrap_or_default()) % REQUESTS.len()];
    let bodies: Vec<_> = REQUESTS.iter().map(|(_, _, body)| *body).collect();
    let body = edited(program, &bodies);
    let (status, media, answer) =
        REGISTRY.with(|(runtime, registry)| runtime.block_on(send(&registry.routes, path, media, body)));
    assert!(!status.is_server_error(), "{path}: {status} {answer}");
    assert!(status.is_success() || media == "application/problem+json", "{path}: {status} {media} {answer}");
}

struct Registry {
    routes: Router,
    _folder: TempDir,
}

async fn send(router: &Router, path: &str, media: &str, body: Vec<u8>) -> (StatusCode, String, String) {
    let request = Request::post(format!("/api/population/{path}")).header(header::CONTENT_TYPE, media);
    let answer = router.clone().oneshot(request.body(Body::from(body)).unwrap()).await.unwrap();
    let status = answer.status();
    let media = answer
        .headers()
        .get(header::CONTENT_TYPE)
        .map(|v| v.to_str().unwrap().to_owned())
        .unwrap_or_default();
    let body = to_bytes(answer.into_body(), 1 << 20).await.unwrap();
    (status, media, String::from_utf8(body.to_vec()).unwrap())
}

/// The registry of one woman, who heads her household, behind the routes; an officer who may do everything asks.
async fn registry() -> Registry {
    let folder = TempDir::new().unwrap();
    let store =
        Store::open(folder.path().join("fuzz.sqlite").to_str().unwrap(), Options::default()).await.unwrap();
    store.migrate(&[ledger::MIGRATIONS, population::MIGRATIONS]).await.unwrap();
    let household = include_str!("../samples/household.jsonl").lines();
    let acts: Vec<Act> = household.map(|line| serde_json::from_str(line).unwrap()).collect();
    population::store::load(&store, [acts], |_| ()).await.unwrap();
    let origin = Origin::parse("example.vn/ledger").unwrap();
    let ledger = Ledger::open(store.clone(), Arc::new(KeyFile::generate().unwrap()), origin).await.unwrap();
    let policy = Policy::builtin();
    let caller = Caller {
        actor: Actor {
            system: None,
            officer: Some(StaffId::parse("lan.nguyen").unwrap()),
            agency: AgencyCode::parse("G01.56").unwrap(),
            unit: None,
        },
        name: "Nguyễn Lan".to_owned(),
        roles: policy.roles().iter().map(|title| title.role.clone()).collect(),
        units: UnitScope::Everywhere,
    };
    let caller = Arc::new(caller);
    let population = Population::new(store, ledger, Arc::new(policy));
    let small = population::api::api(population.clone()).layer(Extension(caller.clone()));
    let bulk = population::api::bulk(population).layer(Extension(caller));
    let routes = web::edge(small, web::Limits::ORDINARY).merge(web::edge(bulk, web::Limits::BULK));
    Registry { routes, _folder: folder }
}

#[tokio::test]
async fn the_samples_are_answered() {
    let registry = registry().await;
    for (path, media, body) in REQUESTS {
        let (status, _, answer) = send(&registry.routes, path, media, body.as_bytes().to_vec()).await;
        assert!(status.is_success(), "{path}: {status} {answer}");
    }
}
