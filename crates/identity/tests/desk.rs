//! Signing in and out, and the own account, through HTTP.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod office;

use identity::{Attempt, By, Config, NewPassword, SignIn};
use office::*;
use store::Store;
use vocabulary::{Lang, Moment};

/// The content of a page without its tags; above it stand time and request.
fn words(html: &str) -> String {
    let mut text = String::new();
    let content = html.split_once("class=\"dancu-lead\"").map_or(html, |(_, content)| content);
    for part in content.split('<') {
        text.push_str(part.split_once('>').map_or(part, |(_, after)| after));
        text.push(' ');
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

store::on_each_engine! {
    sets = SETS;

    async fn in_and_out_again(store: Store) {
        let identity = open(&store, config()).await;
        people(&identity).await;
        let mut browser = Browser::new(&site(&identity));
        assert_eq!(browser.get("/account").await.expect(303).location(), "/sign-in?next=/account");
        let form = browser.get("/sign-in?next=/account").await.expect(200);
        assert_eq!(field(&form.body, "next"), "/account");
        assert!(form.body.contains("0258 000 000"), "whom to call");
        let answer = browser.sign_in("lan", PASSWORD).await.expect(303);
        assert_eq!(answer.location(), "/account");
        let page = browser.get("/account").await.expect(200).body;
        assert!(page.contains("Nguyễn Thị Lan") && page.contains("Phường Nha Trang, Tỉnh Khánh Hòa"), "{page}");
        assert!(page.contains("Firefox, Linux") && page.contains("198.51.100.7"));
        assert_eq!(browser.get("/sign-in").await.expect(303).location(), "/", "who is signed in goes on");

        let stale = browser.clone();
        assert_eq!(browser.post("/sign-out", &[]).await.expect(303).location(), "/sign-in");
        assert_eq!(browser.cookies.keys().collect::<Vec<_>>(), ["dancu-device"], "the device stays known");
        browser.get("/account").await.expect(303);
        let mut stale = stale;
        stale.get("/account").await.expect(303);
        assert!(stale.get("/sign-in").await.body.contains("Phiên làm việc đã kết thúc"));
        stale.post_bare("/sign-out", &[]).await.expect(303);
    }

    async fn cookies_are_hard_to_take(store: Store) {
        let identity = open(&store, Config { secure_cookies: true, ..config() }).await;
        people(&identity).await;
        let mut browser = Browser::new(&site(&identity));
        let cookies = browser.sign_in("lan", PASSWORD).await.cookies();
        assert_eq!(cookies.len(), 2);
        for cookie in &cookies {
            assert!(cookie.starts_with("__Host-dancu-"), "{cookie}");
            assert!(cookie.contains("; Path=/; HttpOnly; SameSite=") && cookie.ends_with("; Secure"), "{cookie}");
            assert!(!cookie.contains("Domain"));
        }
        assert!(cookies[0].contains("SameSite=Lax") && !cookies[0].contains("Max-Age"), "{}", cookies[0]);
        assert!(cookies[1].contains("SameSite=Strict") && cookies[1].contains("Max-Age=15552000"), "{}", cookies[1]);
        browser.get("/account").await.expect(200);

        let plain = open(&store, config()).await;
        let cookies = Browser::new(&site(&plain)).sign_in("lan", PASSWORD).await.cookies();
        assert!(cookies.iter().all(|c| c.starts_with("dancu-") && !c.contains("Secure")), "{cookies:?}");
    }

    async fn a_session_planted_before_signing_in_is_worth_nothing(store: Store) {
        let identity = open(&store, config()).await;
        people(&identity).await;
        let site = site(&identity);
        let mut stranger = Browser::of(&site, "sau").await;
        let planted = stranger.cookies["dancu-session"].clone();
        let mut victim = Browser::new(&site);
        victim.cookies.insert("dancu-session".into(), planted.clone());
        victim.sign_in("lan", PASSWORD).await.expect(303);
        assert_ne!(victim.cookies["dancu-session"], planted);
        assert!(victim.get("/account").await.body.contains("Nguyễn Thị Lan"));
        stranger.get("/account").await.expect(303);
    }

    async fn the_answer_does_not_tell_which_accounts_exist(store: Store) {
        let identity = open(&store, config()).await;
        people(&identity).await;
        let site = site(&identity);
        let mut pages = Vec::new();
        for login in ["lan", "nobody", "không hợp lệ"] {
            let mut browser = Browser::new(&site);
            let before = identity.hasher_runs();
            let answer = browser.sign_in(login, "sai mật khẩu").await.expect(422);
            assert_eq!(identity.hasher_runs(), before + 1, "the same work");
            assert!(browser.cookies.is_empty());
            pages.push(words(&answer.body));
        }
        assert!(pages[0].contains("Tên tài khoản hoặc mật khẩu không đúng."));
        assert!(pages.windows(2).all(|pair| pair[0] == pair[1]));
    }

    async fn waiting_is_said_in_time_and_in_both_languages(store: Store) {
        let identity = open(&store, config()).await;
        people(&identity).await;
        let mut browser = Browser::new(&site(&identity));
        for _ in 0..4 {
            browser.sign_in("lan", "sai mật khẩu").await.expect(422);
        }
        let fifth = browser.sign_in("lan", "sai mật khẩu").await.expect(422);
        assert!(fifth.body.contains("Thử lại sau 15 giây."), "{}", words(&fifth.body));
        let waiting = browser.sign_in("lan", PASSWORD).await.expect(429);
        let seconds: i64 = waiting.headers["retry-after"].to_str().unwrap().parse().unwrap();
        assert!((1..=15).contains(&seconds));
        assert!(waiting.body.contains("Đã thử sai nhiều lần") && waiting.body.contains("0258 000 000"));
        browser.lang = Lang::En;
        let waiting = browser.sign_in("lan", PASSWORD).await.expect(429);
        assert!(waiting.body.contains("Too many tries failed. Try again in"), "{}", words(&waiting.body));
    }

    async fn the_way_back_stays_on_this_site(store: Store) {
        let identity = open(&store, config()).await;
        people(&identity).await;
        for (next, expected) in [("//evil.test", "/"), ("https://evil.test", "/"), ("/\\evil.test", "/"), ("/desk?a=1", "/desk?a=1")] {
            let mut browser = Browser::new(&site(&identity));
            let fields = [("login", "lan"), ("password", PASSWORD), ("next", next)];
            assert_eq!(browser.post_bare("/sign-in", &fields).await.expect(303).location(), expected);
            let fields = [("purpose", "residence"), ("legal_basis", "Luật Cư trú"), ("next", next)];
            assert_eq!(browser.post("/desk/basis", &fields).await.expect(303).location(), expected);
        }
    }

    async fn no_form_works_without_its_token(store: Store) {
        let identity = open(&store, config()).await;
        people(&identity).await;
        let site = site(&identity);
        let mut admin = Browser::of(&site, "sau").await;
        let foreign = Browser::of(&site, "lan").await.get("/account/password").await.csrf();
        assert_eq!(foreign.len(), 32);
        for path in [
            "/sign-out", "/account/sessions/end", "/account/password", "/desk/basis", "/admin/staff", "/admin/new-staff",
            "/admin/staff/lan", "/admin/staff/lan/suspend", "/admin/staff/lan/restore", "/admin/staff/lan/reset-password",
            "/admin/clients", "/admin/new-client", "/admin/clients/his", "/admin/clients/his/suspend",
            "/admin/clients/his/restore", "/admin/clients/his/tokens", "/admin/clients/his/tokens/1/revoke",
        ] {
            for token in [None, Some(foreign.as_str())] {
                let fields: Vec<_> = token.map(|token| ("csrf_token", token)).into_iter().collect();
                let answer = admin.post_bare(path, &fields).await.expect(403);
                assert!(answer.body.contains("Biểu mẫu đã hết hạn"), "{path}");
            }
        }
        admin.get("/account").await.expect(200);
        assert!(admin.get("/admin/staff/lan").await.body.contains("Đang hoạt động"), "nothing happened");
        // The sign-in form has no session to take a token from; there the origin decides.
        let mut browser = Browser::new(&site);
        browser.headers.push(("sec-fetch-site", "cross-site".into()));
        browser.sign_in("lan", PASSWORD).await.expect(403);
        assert!(browser.cookies.is_empty());
    }

    async fn an_expired_session_is_told_as_such(store: Store) {
        let identity = open(&store, config()).await;
        people(&identity).await;
        let hours_ago = Moment::now().plus_seconds(-13 * 3600);
        let attempt = Attempt {
            login: "lan", password: PASSWORD, address: "x", browser: "", device: None, session: None, request: None,
            now: hours_ago,
        };
        let SignIn::Done(old) = identity.sign_in(attempt).await.unwrap() else { panic!() };
        let mut browser = Browser::new(&site(&identity));
        browser.cookies.insert("dancu-session".into(), format!("{}.0", old.session.reveal()));
        assert_eq!(browser.get("/account").await.expect(303).location(), "/sign-in?next=/account");
        assert!(browser.get("/sign-in?next=/account").await.expect(200).body.contains("Phiên làm việc đã hết hạn"));
        browser.accept = "application/json";
        let problem = browser.get("/account").await.expect(401).json();
        assert_eq!((problem["type"].as_str(), problem["rule"].as_str()), (Some("/problems/not-signed-in"), Some("token/expired")));
        browser.cookies.insert("dancu-session".into(), "nonsense".into());
        assert_eq!(browser.get("/account").await.expect(401).json()["rule"], "token/unknown");
        browser.cookies.clear();
        assert_eq!(browser.get("/account").await.expect(401).json()["rule"], serde_json::Value::Null);
    }

    async fn a_one_time_password_opens_nothing_but_its_replacement(store: Store) {
        let identity = open(&store, config()).await;
        let by = By::Console(&agency());
        let profile = profile("Lê Minh", "administrator", "everywhere");
        let drawn = identity.create_staff(by, &login("minh"), profile, NewPassword::OneTime, Moment::now()).await.unwrap().unwrap();
        let mut browser = Browser::new(&site(&identity));
        assert_eq!(browser.sign_in("minh", &drawn).await.expect(303).location(), "/account/password");
        for path in ["/account", "/admin/staff", "/desk", "/desk/basis"] {
            assert!(browser.get(path).await.expect(303).location().starts_with("/sign-in"), "{path}");
            assert!(browser.post(path, &[]).await.status.as_u16() >= 300, "{path}");
        }
        assert_eq!(browser.get("/sign-in?next=/admin/staff").await.expect(303).location(), "/account/password");
        let page = browser.get("/account/password").await.expect(200).body;
        assert!(page.contains("mật khẩu cấp một lần") && page.contains("Đăng xuất"));
        let new = "mèo mun nằm ngủ hiên nhà";
        let fields = [("current", drawn.as_str()), ("new", new), ("again", new)];
        assert_eq!(browser.post("/account/password", &fields).await.expect(303).location(), "/account?done=password");
        assert!(browser.get("/account?done=password").await.expect(200).body.contains("Đã đổi mật khẩu"));
        browser.get("/admin/staff").await.expect(200);
    }

    async fn a_new_password_is_refused_with_the_rule_beside_the_field(store: Store) {
        let identity = open(&store, config()).await;
        people(&identity).await;
        let mut browser = Browser::of(&site(&identity), "lan").await;
        let fields = [("current", PASSWORD), ("new", "ngắn"), ("again", "ngắn")];
        let page = browser.post("/account/password", &fields).await.expect(422).body;
        assert!(page.contains("Mật khẩu phải có từ 12 đến 128 ký tự") && page.contains("href=\"#new\""), "{page}");
        assert!(!page.contains(PASSWORD) && !page.contains("value=\"ngắn\""), "what was typed is not repeated");
        browser.get("/account").await.expect(200);
    }

    async fn another_browser_is_ended_from_the_account_page(store: Store) {
        let identity = open(&store, config()).await;
        people(&identity).await;
        let site = site(&identity);
        let (mut desk, mut phone) = (Browser::of(&site, "lan").await, Browser::of(&site, "lan").await);
        let page = desk.get("/account").await.body;
        let number = field(&page, "number");
        assert!(!number.is_empty() && page.contains("Phiên này"));
        let done = desk.post("/account/sessions/end", &[("number", &number)]).await.expect(303);
        assert_eq!(done.location(), "/account?done=ended");
        phone.get("/account").await.expect(303);
        desk.get("/account").await.expect(200);
        desk.post("/account/sessions/end", &[("number", &number)]).await.expect(404);
        desk.post("/account/sessions/end", &[("number", "x")]).await.expect(422);
    }

    async fn what_one_works_on_is_said_once(store: Store) {
        let identity = open(&store, config()).await;
        people(&identity).await;
        let mut browser = Browser::of(&site(&identity), "lan").await;
        assert!(browser.get("/desk").await.expect(200).json().is_null());
        let page = browser.get("/desk/basis?next=/desk").await.expect(200).body;
        assert!(page.contains("<datalist") && page.contains("Luật Cư trú số 68/2020/QH14") && page.contains("1.004222"));
        let fields = [("purpose", "procedure"), ("legal_basis", "Luật Cư trú số 68/2020/QH14"), ("next", "/desk")];
        let refused = browser.post("/desk/basis", &fields).await.expect(422).body;
        assert!(refused.contains("href=\"#procedure\"") && refused.contains("phải có mã thủ tục và mã hồ sơ"));
        let wrong = [("purpose", "x"), ("legal_basis", "L"), ("procedure", "1"), ("dossier", "2")];
        let refused = browser.post("/desk/basis", &wrong).await.expect(422).body;
        for named in ["#purpose", "#legal_basis", "#procedure", "#dossier"] {
            assert!(refused.contains(&format!("href=\"{named}\"")), "{named}");
        }
        let mut full = fields.to_vec();
        full.extend([("procedure", "1.004222"), ("dossier", "000.17.22.H56-210531-0001")]);
        assert_eq!(browser.post("/desk/basis", &full).await.expect(303).location(), "/desk");
        let basis = browser.get("/desk").await.expect(200).json();
        assert_eq!(basis["purpose"], "procedure");
        assert_eq!(basis["dossier"], "000.17.22.H56-210531-0001");
        let page = browser.get("/desk/basis").await.expect(200).body;
        assert_eq!(field(&page, "dossier"), "000.17.22.H56-210531-0001");
        browser.post("/desk/basis", &[("what", "clear")]).await.expect(303);
        assert!(browser.get("/desk").await.expect(200).json().is_null());
    }
}
