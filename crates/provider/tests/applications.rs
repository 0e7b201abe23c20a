//! Who registers an application does not assess it, and without an assessment that holds it meets no real people
//! (inventory SEC-01 to SEC-04).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod application;

use application::{officers::*, *};
use provider::{Assessment, Obstacle, Party, Stage};
use serde_json::{Value, json};
use store::Store;
use vocabulary::PartialDate;

const OWNS: Desk<'static> = Desk { login: "ungdung", roles: &["application-owner"], units: "22366" };
const INSPECTS: Desk<'static> = Desk { login: "antoan", roles: &["security-inspector"], units: "everywhere" };

fn keys(byte: u8) -> String {
    json!({ "keys": [App::with_key("bank", byte).jwk()] }).to_string()
}

fn registration<'a>(jwks: &'a str, callback: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("id", "bank"),
        ("name", "Ngân hàng Ví dụ"),
        ("name_en", "Example Bank"),
        ("profile", "fapi2"),
        ("redirect_uris", callback),
        ("logout_uris", ""),
        ("jwks", jwks),
        ("profile_basis", "Luật Các tổ chức tín dụng 2024"),
        ("personal_number_basis", ""),
        ("offline_access_basis", ""),
    ]
}

fn with<'a>(fields: &[(&'a str, &'a str)], name: &'a str, value: &'a str) -> Vec<(&'a str, &'a str)> {
    fields.iter().copied().map(|(own, old)| (own, if own == name { value } else { old })).collect()
}

fn day(years: i32) -> String {
    let today = PartialDate::today();
    let year = i32::from(today.year().unwrap()) + years;
    format!("{:02}/{:02}/{year}", today.day().unwrap().min(28), today.month().unwrap())
}

/// Whether a browser gets from the application to the question.
async fn works(site: &mut Site) -> bool {
    let bank = App::with_key("bank", 4);
    let answer = bank.call(site, "/oidc/introspect", &[("token", "x")]).await;
    answer.status == 200
}

store::on_each_engine! {
    sets = SETS;

    async fn an_application_goes_live_once_it_is_assessed_and_stops_when_that_ends(store: Store) {
        let mut site = Site::real(store).await;
        let (jwks, callback) = (keys(4), "https://bank.example/cb");
        let fields = registration(&jwks, callback);
        site.desk(INSPECTS, "/admin/applications/new", Some(&fields)).await.expect(403);
        site.desk(OWNS, "/admin/applications/new", Some(&fields)).await.expect(303);
        site.desk(OWNS, "/admin/applications/new", Some(&fields)).await.expect(422);
        let page = site.desk(OWNS, "/admin/applications/bank", None).await.expect(200);
        assert!(page.body.contains("người thật") && !works(&mut site).await, "the sandbox meets no real people");

        let live = |yes| [("yes", yes)];
        site.desk(OWNS, "/admin/applications/bank/live", Some(&live("live"))).await.expect(403);
        site.desk(INSPECTS, "/admin/applications/bank/live", Some(&live("live"))).await.expect(422);
        let (date, ends, late) = (day(-1), day(1), day(-2));
        let assessed = |level, date, inspector, ends| [("level", level), ("date", date), ("inspector", inspector), ("ends", ends)];
        let path = "/admin/applications/bank/assessment";
        site.desk(OWNS, path, Some(&assessed("3", date.as_str(), "A05", ends.as_str()))).await.expect(403);
        for wrong in [
            assessed("0", &date, "A05", &ends), assessed("x", &date, "A05", &ends), assessed("3", &ends, "A05", &ends),
            assessed("3", &date, "", &ends), assessed("3", &date, "A05", &late), assessed("3", "2026", "A05", &ends),
        ] {
            site.desk(INSPECTS, path, Some(&wrong)).await.expect(422);
        }
        site.desk(INSPECTS, path, Some(&assessed("2", &date, "A05", &ends))).await.expect(303);
        site.desk(INSPECTS, "/admin/applications/bank/live", Some(&live("live"))).await.expect(422);
        site.desk(INSPECTS, path, Some(&assessed("3", &date, "Cục A05", &ends))).await.expect(303);
        site.desk(INSPECTS, "/admin/applications/bank/live", Some(&live("live"))).await.expect(303);
        assert!(works(&mut site).await);

        let edit = "/admin/applications/bank/edit";
        site.desk(OWNS, edit, Some(&with(&fields, "name", "Ngân hàng Ví dụ Mới"))).await.expect(303);
        assert!(works(&mut site).await, "a name is not what was assessed");
        site.desk(OWNS, edit, Some(&with(&fields, "redirect_uris", "https://bank.example/other"))).await.expect(303);
        assert!(!works(&mut site).await, "an address is");
        site.desk(INSPECTS, "/admin/applications/bank/live", Some(&live("live"))).await.expect(303);
        assert!(works(&mut site).await);
        site.desk(INSPECTS, "/admin/applications/bank/suspension", Some(&live("suspend"))).await.expect(303);
        assert!(!works(&mut site).await);
        site.desk(INSPECTS, "/admin/applications/bank/suspension", Some(&live("restore"))).await.expect(303);
        assert!(works(&mut site).await);

        let (party, _) = site.provider.parties().await.unwrap().remove(0);
        let ended = Assessment {
            level: 3,
            date: PartialDate::parse("2020-01-01").unwrap(),
            inspector: "A05".into(),
            ends: PartialDate::parse("2021-01-01").unwrap(),
        };
        let party = Party { assessment: Some(ended), stage: Stage::Live, ..party };
        site.provider.register_party(party, vocabulary::Moment::now()).await.unwrap();
        assert!(!works(&mut site).await, "an assessment that ended stops it");
        let page = site.desk(OWNS, "/admin/applications", None).await.expect(200);
        assert!(page.body.contains("hết hạn đánh giá"));
    }

    async fn the_assessment_of_an_agency_covers_its_applications_and_warns_before_it_ends(store: Store) {
        let mut site = Site::real(store).await;
        let jwks = keys(4);
        site.desk(OWNS, "/admin/applications/new", Some(&registration(&jwks, "https://bank.example/cb"))).await.expect(303);
        let (path, live) = ("/admin/applications/by-agency", "/admin/applications/bank/live");
        let (date, ends, late) = (day(-1), day(1), day(-2));
        let soon = vocabulary::Moment::now().plus_seconds(10 * 86_400).local_text();
        let soon = soon.get(..10).unwrap();
        let assessed = |agency, level, ends| [("agency", agency), ("level", level), ("date", date.as_str()), ("inspector", "Cục A05"), ("ends", ends)];
        site.desk(OWNS, path, Some(&assessed("G01", "3", &ends))).await.expect(403);
        let said = site.desk(INSPECTS, path, Some(&assessed("G01", "3", "hôm nay"))).await.expect(422).body;
        assert!(said.contains("Có hiệu lực đến hết ngày: Ngày phải có dạng"), "the summary names the field");
        for wrong in [assessed("", "3", &ends), assessed("G01", "x", &ends), assessed("G01", "3", &late), assessed("G01", "3", "2027")] {
            site.desk(INSPECTS, path, Some(&wrong)).await.expect(422);
        }
        site.desk(INSPECTS, path, Some(&assessed("G12", "3", &ends))).await.expect(303);
        site.desk(INSPECTS, live, Some(&[("yes", "live")])).await.expect(422);
        site.desk(INSPECTS, path, Some(&assessed("G01", "3", &ends))).await.expect(303);
        site.desk(INSPECTS, live, Some(&[("yes", "live")])).await.expect(303);
        assert!(works(&mut site).await);
        let system = Desk { login: "he-thong", roles: &["client-applications"], units: "everywhere" };
        let shown = site.machine(system, "GET", "/api/eid/applications/bank", Value::Null).await.json(200);
        assert_eq!((&shown["live_today"], &shown["assessment_days_left"], &shown["assessment"]), (&json!(true), &Value::Null, &Value::Null));

        let list = site.desk(OWNS, "/admin/applications", None).await.expect(200).body;
        assert!(!list.contains("Sắp hết hạn"));
        site.desk(INSPECTS, path, Some(&assessed("G01", "3", soon))).await.expect(303);
        let list = site.desk(OWNS, "/admin/applications", None).await.expect(200).body;
        assert!(list.contains("còn 10 ngày") && list.contains("1 ứng dụng sắp hết hạn"), "the agency is warned");
        let own = site.desk(OWNS, path, None).await.expect(200).body;
        assert!(own.contains("còn 10 ngày") && own.contains("G01") && !own.contains("G12") && !own.contains("name=\"agency\""));
        let shown = site.machine(system, "GET", "/api/eid/applications/bank", Value::Null).await.json(200);
        assert_eq!(shown["assessment_days_left"], 10);
        // A second application of the agency is covered at once; one below the level is not.
        site.desk(INSPECTS, path, Some(&assessed("G01", "2", &ends))).await.expect(303);
        assert!(!works(&mut site).await, "an assessment that says too little stops them all");
        let list = site.desk(OWNS, "/admin/applications", None).await.expect(200).body;
        assert!(list.contains("dưới cấp độ 3"));
    }

    async fn in_a_sandbox_installation_a_new_application_works_at_once(store: Store) {
        let mut site = Site::open(store).await;
        let jwks = keys(4);
        site.desk(OWNS, "/admin/applications/new", Some(&registration(&jwks, "https://bank.example/cb"))).await.expect(303);
        assert!(works(&mut site).await);
        let (party, _) = site.provider.parties().await.unwrap().remove(0);
        let live = Party { stage: Stage::Live, ..party };
        assert_eq!(Obstacle::of(&live, false, false, PartialDate::today()), Some(Obstacle::NotAssessed));
        site.provider.register_party(live, vocabulary::Moment::now()).await.unwrap();
        let page = site.desk(OWNS, "/admin/applications", None).await.expect(200).body;
        assert!(page.contains("mọi người đều không có thật") && !page.contains("Dừng"), "nobody needs an assessment here");
        assert!(works(&mut site).await);
    }

    async fn every_fault_of_a_registration_is_named(store: Store) {
        let site = Site::open(store).await;
        let jwks = keys(4);
        let fields = registration(&jwks, "https://bank.example/cb");
        for (name, value) in [
            ("id", ""), ("id", "ngân hàng"), ("name", ""), ("profile", "weak"), ("redirect_uris", ""),
            ("redirect_uris", "http://bank.example/cb"), ("redirect_uris", "https://a.example/cb\nhttps://b.example/cb"),
            ("jwks", "not json"), ("jwks", "{\"keys\": []}"), ("profile_basis", "x"),
        ] {
            site.desk(OWNS, "/admin/applications/new", Some(&with(&fields, name, value))).await.expect(422);
        }
        assert!(site.provider.parties().await.unwrap().is_empty());
        let empty: Vec<(&str, &str)> = fields.iter().map(|(name, _)| (*name, "")).collect();
        let page = site.desk(OWNS, "/admin/applications/new", Some(&empty)).await.expect(422).body;
        let summary = page.split("govuk-error-summary__list").nth(1).unwrap().split("</ul>").next().unwrap();
        for name in ["id", "name", "name_en", "profile", "redirect_uris", "jwks"] {
            assert_eq!(summary.matches(&format!("href=\"#{name}\"")).count(), 1, "{name}: {summary}");
        }
        let private = json!({ "keys": [{ "kty": "EC", "crv": "P-256", "x": "AA", "y": "AA", "d": "AA" }] }).to_string();
        let page = site.desk(OWNS, "/admin/applications/new", Some(&with(&fields, "jwks", &private))).await.expect(422).body;
        assert!(page.contains("Khóa 1: có phần bí mật `d`"), "{page}");
    }

    async fn the_address_told_of_sign_outs_is_registered_on_the_form(store: Store) {
        let site = Site::open(store).await;
        let jwks = keys(4);
        let mut fields = registration(&jwks, "https://bank.example/cb");
        fields.push(("backchannel_logout_uri", "ftp://bank.example/left"));
        site.desk(OWNS, "/admin/applications/new", Some(&fields)).await.expect(422);
        let fields = with(&fields, "backchannel_logout_uri", "https://bank.example/left");
        site.desk(OWNS, "/admin/applications/new", Some(&fields)).await.expect(303);
        let kept = || async { site.provider.parties().await.unwrap().remove(0).0.backchannel_logout_uri };
        assert_eq!(kept().await.as_deref(), Some("https://bank.example/left"));
        let page = site.desk(OWNS, "/admin/applications/bank/edit", None).await.expect(200).body;
        assert!(page.contains("value=\"https://bank.example/left\""));
        let fields = with(&fields, "backchannel_logout_uri", " ");
        site.desk(OWNS, "/admin/applications/bank/edit", Some(&fields)).await.expect(303);
        assert_eq!(kept().await, None);
    }

    async fn the_description_names_every_member_of_an_application(store: Store) {
        let site = Site::open(store).await;
        let jwks = keys(4);
        site.desk(OWNS, "/admin/applications/new", Some(&registration(&jwks, "https://bank.example/cb"))).await.expect(303);
        let described = serde_json::to_value(provider::api::description()).unwrap();
        let schemas = &described["components"]["schemas"];
        let put = &described["paths"]["/api/eid/applications/{id}"]["put"];
        assert_eq!(put["requestBody"]["content"]["application/json"]["schema"]["$ref"], "#/components/schemas/Application");
        assert!(schemas["Application"].get("additionalProperties").is_none(), "an answer has more members than a body");
        let text = schemas["RegisteredApplication"].to_string();
        let members = |schema: &str| schemas[schema]["properties"].as_object().unwrap().keys().cloned().collect::<Vec<String>>();
        let party = members("Application");
        let shown = site.machine(OWNS, "GET", "/api/eid/applications/bank", Value::Null).await.json(200);
        for member in shown.as_object().unwrap().keys() {
            assert!(party.contains(member) || text.contains(&format!("\"{member}\"")), "{member} is not described: {text}");
        }
        assert!(!party.contains(&"covered_by".to_owned()));
        let mut assessment = members("Assessment");
        assessment.sort();
        assert_eq!(assessment, ["date", "ends", "inspector", "level"]);
    }

    async fn agencies_see_and_change_their_own_applications_only(store: Store) {
        let site = Site::open(store).await;
        let call = |desk: Desk<'static>, method: &'static str, path: &'static str, body: Value| {
            let site = &site;
            async move { site.machine(desk, method, path, body).await }
        };
        let system = Desk { login: "he-thong", roles: &["client-applications"], units: "everywhere" };
        let party = |agency: &str| json!({
            "id": "bank", "name": "Ngân hàng", "name_en": "Bank", "agency": agency, "profile": "fapi2",
            "redirect_uris": ["https://bank.example/cb"], "jwks": { "keys": [App::with_key("bank", 4).jwk()] },
            "scopes": { "profile": "Luật Các tổ chức tín dụng 2024" }, "stage": "live",
            "assessment": { "level": 3, "date": "2026-01-01", "inspector": "chính mình", "ends": "2036-01-01" },
        });
        let path = "/api/eid/applications/bank";
        call(system, "PUT", path, party("G12")).await.expect(422);
        let kept = call(system, "PUT", path, party("G01")).await.json(200);
        assert_eq!((kept["stage"].as_str(), kept.get("assessment")), (Some("sandbox"), Some(&Value::Null)), "nobody assesses himself");
        call(system, "PUT", "/api/eid/applications/other", party("G01")).await.expect(422);
        assert_eq!(call(system, "GET", "/api/eid/applications", Value::Null).await.json(200)[0]["id"], "bank");
        let stranger = Desk { login: "verify", roles: &["client-verify"], units: "everywhere" };
        call(stranger, "GET", "/api/eid/applications", Value::Null).await.expect(403);
        call(stranger, "PUT", path, party("G01")).await.expect(403);
    }
}
