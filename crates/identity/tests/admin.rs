//! Administering accounts, and calling with bearer tokens, through HTTP.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod office;

use identity::{AccountId, By};
use office::*;
use store::Store;
use vocabulary::{Moment, SystemId};

/// What stands in bold under a key of a page that shows a secret once.
fn shown(html: &str, class: &str) -> String {
    let rest = html.split(class).nth(1).unwrap_or_default();
    rest.split_once('>').and_then(|(_, text)| text.split('<').next()).unwrap_or_default().to_owned()
}

const MINH: &[(&str, &str)] = &[
    ("account", "Minh.Le"),
    ("name", "Lê <b>Minh</b>"),
    ("agency", "000.00.17.H32"),
    ("unit", "phuong nha trang"),
    ("units", "22366\nPhường Bắc Nha Trang"),
    ("roles", "one-stop-clerk"),
    ("roles", "data-steward"),
];

const HIS: &[(&str, &str)] = &[
    ("account", "his.bvdk"),
    ("name", "HIS Bệnh viện đa khoa tỉnh"),
    ("agency", "H32.17"),
    ("roles", "client-verify"),
    ("everywhere", "yes"),
];

async fn call(site: &axum::Router, authorization: &str) -> Answer {
    let mut machine = Browser::new(site);
    machine.accept = "application/json";
    machine.headers.push(("authorization", authorization.to_owned()));
    machine.get("/api/me").await
}

store::on_each_engine! {
    sets = SETS;

    async fn an_officer_from_first_to_last_day(store: Store) {
        let identity = open(&store, config()).await;
        people(&identity).await;
        let site = site(&identity);
        let mut admin = Browser::of(&site, "sau").await;
        let page = admin.post("/admin/new-staff", MINH).await.expect(200);
        let password = shown(&page.body, "<strong class=\"dancu-number\"");
        assert_eq!(password.len(), 23, "{}", page.body);
        assert_eq!(page.headers["cache-control"], "no-store");
        assert!(page.body.contains("Lê &lt;b&gt;Minh&lt;/b&gt;"));

        let mut minh = Browser::new(&site);
        assert_eq!(minh.sign_in("minh.le", &password).await.expect(303).location(), "/account/password");
        let new = "mèo mun nằm ngủ hiên nhà";
        minh.post("/account/password", &[("current", &password), ("new", new), ("again", new)]).await.expect(303);
        let own = minh.get("/account").await.expect(200).body;
        assert!(own.contains("Phường Bắc Nha Trang, Tỉnh Khánh Hòa") && own.contains("Công chức bộ phận một cửa"));

        let list = admin.get("/admin/staff").await.expect(200).body;
        assert!(list.contains("/admin/staff/minh.le") && list.contains("3 trong 3 tài khoản"), "{list}");
        let found = admin.post("/admin/staff", &[("text", "le minh")]).await.expect(200).body;
        assert!(!found.contains("/admin/staff/lan"), "{found}");

        let page = admin.get("/admin/staff/minh.le").await.expect(200).body;
        assert!(page.contains("22333 Phường Bắc Nha Trang") && page.contains("Tạo tài khoản"));
        let version = field(&page, "version");
        let mut edited: Vec<_> = MINH.iter().copied().filter(|(name, _)| *name != "roles").collect();
        edited.extend([("roles", "auditor"), ("version", version.as_str())]);
        let done = admin.post("/admin/staff/minh.le", &edited).await.expect(303);
        assert_eq!(done.location(), "/admin/staff/minh.le?done=edited");
        assert!(admin.get("/admin/staff/minh.le?done=edited").await.body.contains("Đã lưu thay đổi"));
        admin.post("/admin/staff/minh.le", &edited).await.expect(409);

        admin.post("/admin/staff/minh.le/suspend", &[]).await.expect(303);
        minh.get("/account").await.expect(303);
        let refused = minh.sign_in("minh.le", new).await.expect(403).body;
        assert!(refused.contains("Tài khoản đang bị tạm khóa"));
        admin.post("/admin/staff/minh.le/restore", &[]).await.expect(303);
        minh.sign_in("minh.le", new).await.expect(303);

        let reset = admin.post("/admin/staff/minh.le/reset-password", &[]).await.expect(200).body;
        let password = shown(&reset, "<strong class=\"dancu-number\"");
        minh.get("/account").await.expect(303);
        assert_eq!(Browser::new(&site).sign_in("minh.le", &password).await.expect(303).location(), "/account/password");
        let history = admin.get("/admin/staff/minh.le").await.body;
        for what in ["Tạo tài khoản", "Sửa thông tin", "Tạm khóa", "Mở khóa", "Đổi mật khẩu", "Cấp lại mật khẩu"] {
            assert!(history.contains(what), "{what}");
        }
        assert!(!history.contains(&password), "shown once");
    }

    async fn mistakes_are_named_beside_their_fields(store: Store) {
        let identity = open(&store, config()).await;
        people(&identity).await;
        let mut admin = Browser::of(&site(&identity), "sau").await;
        let wrong = [("account", "hai chữ"), ("agency", "??"), ("unit", "Atlantis"), ("units", "999")];
        let page = admin.post("/admin/new-staff", &wrong).await.expect(422).body;
        for named in ["account", "name", "agency", "unit", "units", "roles"] {
            assert!(page.contains(&format!("href=\"#{named}\"")), "{named}: {page}");
        }
        assert!(page.contains("<title>Lỗi: "));
        let mut taken = MINH.to_vec();
        taken[0] = ("account", "lan");
        let page = admin.post("/admin/new-staff", &taken).await.expect(422).body;
        assert!(page.contains("href=\"#account\"") && page.contains("đã có người dùng"));
        assert_eq!(field(&page, "name"), "Lê &lt;b&gt;Minh&lt;/b&gt;", "what was typed stays");
        let no_roles: Vec<_> = MINH.iter().copied().filter(|(name, _)| *name != "roles").collect();
        let page = admin.post("/admin/new-staff", &no_roles).await.expect(422).body;
        assert!(page.contains("href=\"#roles\""));
        admin.get("/admin/staff/nobody").await.expect(404);
        admin.get("/admin/staff/kh%C3%B4ng").await.expect(404);
        admin.get("/admin/clients/nobody").await.expect(404);
    }

    async fn who_is_no_administrator_sees_none_of_it(store: Store) {
        let identity = open(&store, config()).await;
        people(&identity).await;
        let mut clerk = Browser::of(&site(&identity), "lan").await;
        for path in ["/admin/staff", "/admin/new-staff", "/admin/staff/sau", "/admin/clients", "/admin/new-client"] {
            let page = clerk.get(path).await.expect(403).body;
            assert!(page.contains("Không có quyền thực hiện") && !page.contains("Trần Văn Sáu"), "{path}");
        }
        clerk.post("/admin/new-staff", MINH).await.expect(403);
        clerk.post("/admin/staff", &[("text", "sau")]).await.expect(403);
        clerk.post("/admin/staff/sau/suspend", &[]).await.expect(403);
        clerk.post("/admin/staff/sau/reset-password", &[]).await.expect(403);
        clerk.post("/admin/new-client", HIS).await.expect(403);
    }

    async fn an_administrator_leaves_the_own_account_to_another(store: Store) {
        let identity = open(&store, config()).await;
        people(&identity).await;
        let mut admin = Browser::of(&site(&identity), "sau").await;
        let page = admin.get("/admin/staff/sau").await.expect(200).body;
        assert!(page.contains("Đây là tài khoản của bạn") && !page.contains("/admin/staff/sau/suspend"));
        admin.post("/admin/staff/sau/suspend", &[]).await.expect(403);
        admin.get("/account").await.expect(200);
    }

    async fn a_system_calls_until_its_token_is_revoked(store: Store) {
        let identity = open(&store, config()).await;
        people(&identity).await;
        let site = site(&identity);
        let mut admin = Browser::of(&site, "sau").await;
        let made = admin.post("/admin/new-client", HIS).await.expect(303);
        assert_eq!(made.location(), "/admin/clients/his.bvdk?done=created");
        let tokens = "/admin/clients/his.bvdk/tokens";
        let refused = admin.post(tokens, &[("label", ""), ("days", "400")]).await.expect(422).body;
        assert!(refused.contains("href=\"#label\""));
        let page = admin.post(tokens, &[("label", "máy chủ 1"), ("days", "30")]).await.expect(200).body;
        let token = shown(&page, "<code class=\"dancu-number\"");
        assert!(token.starts_with("dct_") && token.len() == 47, "{page}");

        let answer = call(&site, &format!("Bearer {token}")).await.expect(200);
        assert_eq!(answer.json()["actor"]["system"], "his.bvdk");
        let page = admin.get("/admin/clients/his.bvdk").await.expect(200).body;
        assert!(page.contains("máy chủ 1") && page.contains("Còn hiệu lực") && !page.contains(&token));

        admin.post("/admin/clients/his.bvdk/suspend", &[]).await.expect(303);
        assert_eq!(call(&site, &format!("Bearer {token}")).await.expect(401).json()["rule"], "account/suspended");
        admin.post("/admin/clients/his.bvdk/restore", &[]).await.expect(303);
        call(&site, &format!("Bearer {token}")).await.expect(200);

        let revoked = admin.post("/admin/clients/his.bvdk/tokens/1/revoke", &[]).await.expect(303);
        assert_eq!(revoked.location(), "/admin/clients/his.bvdk?done=revoked");
        let problem = call(&site, &format!("Bearer {token}")).await.expect(401);
        assert_eq!(problem.headers["www-authenticate"], "Bearer error=\"invalid_token\"");
        assert_eq!(problem.json()["rule"], "token/revoked");
        assert!(admin.get("/admin/clients/his.bvdk").await.body.contains("Đã thu hồi"));
    }

    async fn a_call_without_a_good_token_learns_why(store: Store) {
        let identity = open(&store, config()).await;
        let console = agency();
        let system = SystemId::parse("his").unwrap();
        let past = Moment::now().plus_seconds(-3 * 86_400);
        let profile = profile("HIS", "client-verify", "everywhere");
        let id = AccountId::Client(system.clone());
        identity.create_client(By::Console(&console), &id, profile, past).await.unwrap();
        let lapsed = identity.issue_token(By::Console(&console), &system, "x", 2, past).await.unwrap();
        let site = site(&identity);
        let bearer = |token: &str| format!("Bearer {token}");
        for (authorization, rule) in [
            (bearer(lapsed.reveal()), "token/expired"),
            (bearer(&format!("dct_{}", "A".repeat(43))), "token/unknown"),
            (bearer("A"), "token/unknown"),
            ("Basic bGFuOmxhbg==".to_owned(), "token/scheme"),
            (String::new(), "token/scheme"),
            (bearer(&"A".repeat(8000)), "token/unknown"),
        ] {
            let answer = call(&site, &authorization).await.expect(401);
            assert_eq!(answer.headers["content-type"], "application/problem+json");
            let problem = answer.json();
            assert_eq!(problem["type"], "/problems/not-signed-in");
            assert_eq!(problem["rule"], rule, "{authorization}");
            assert!(!answer.body.contains(lapsed.reveal()));
        }
        let mut machine = Browser::new(&site);
        machine.accept = "application/json";
        assert_eq!(machine.get("/api/me").await.expect(401).headers["www-authenticate"], "Bearer");
    }

    async fn cookies_and_tokens_do_not_stand_in_for_each_other(store: Store) {
        let identity = open(&store, config()).await;
        people(&identity).await;
        let site = site(&identity);
        let mut officer = Browser::of(&site, "lan").await;
        officer.accept = "application/json";
        officer.get("/account").await.expect(200);
        // A cookie opens no interface: another site could make the browser send it.
        officer.get("/api/me").await.expect(401);
        // A bad token is not made good by a cookie.
        officer.headers.push(("authorization", format!("Bearer dct_{}", "A".repeat(43))));
        officer.get("/account").await.expect(401);

        let console = agency();
        let system = SystemId::parse("his").unwrap();
        let id = AccountId::Client(system.clone());
        let profile = profile("HIS", "client-verify", "everywhere");
        identity.create_client(By::Console(&console), &id, profile, Moment::now()).await.unwrap();
        let token = identity.issue_token(By::Console(&console), &system, "x", 2, Moment::now()).await.unwrap();
        officer.headers = vec![("authorization", format!("Bearer {}", token.reveal()))];
        let me = officer.get("/api/me").await.expect(200).json();
        assert_eq!((me["name"].as_str(), me["actor"]["officer"].as_str()), (Some("HIS"), None));
        officer.get("/account").await.expect(401);
        // Nor does a token in the place of a session, or a session in the place of a token.
        let session = officer.cookies["dancu-session"].split('.').next().unwrap().to_owned();
        officer.headers = vec![("authorization", format!("Bearer {session}"))];
        officer.get("/api/me").await.expect(401);
        officer.headers.clear();
        officer.cookies.insert("dancu-session".into(), format!("{}.0", token.reveal()));
        officer.get("/account").await.expect(401);
    }
}
