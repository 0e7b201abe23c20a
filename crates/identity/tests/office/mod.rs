//! A site with the pages of this crate as the binary composes it, and a browser that keeps cookies.

// Each test program uses a part of it.
#![allow(dead_code, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use access::{Policy, Role, UnitScope};
use axum::{
    Json, Router,
    body::{Body, to_bytes},
    extract::ConnectInfo,
    http::{HeaderMap, Request, StatusCode, header},
    routing::get,
};
use identity::{Config, HashCost, Identity, NewPassword, Profile};
use ledger::{KeyFile, Ledger, Origin};
use serde_json::json;
use std::{collections::BTreeMap, net::SocketAddr, sync::Arc};
use store::Store;
use tower::ServiceExt;
use vocabulary::{AgencyCode, Lang, Moment, StaffId, Text, UnitCode, kinds};
use web::{Limits, Menu, MenuItem, SignedIn, WorkingBasis};

pub const SETS: &[store::MigrationSet] = &[ledger::MIGRATIONS, identity::MIGRATIONS];
pub const PASSWORD: &str = "con gà cục tác lá chanh";

/// Cheap hashing, and cookies that need no TLS.
pub fn config() -> Config {
    let hash = HashCost { memory_kib: 64, passes: 1, lanes: 1, at_once: 4 };
    Config { hash, secure_cookies: false, support: "Phòng CNTT, 0258 000 000".into(), ..Config::default() }
}

pub async fn open(store: &Store, config: Config) -> Identity {
    let key = Arc::new(KeyFile::generate().unwrap());
    let ledger =
        Ledger::open(store.clone(), key, Origin::parse("dancu.example/ledger").unwrap()).await.unwrap();
    Identity::open(store.clone(), ledger, Arc::new(Policy::builtin()), config).await.unwrap()
}

pub fn agency() -> AgencyCode {
    AgencyCode::parse("000.00.17.H32").unwrap()
}

pub fn profile(name: &str, roles: &str, units: &str) -> Profile {
    Profile {
        name: name.into(),
        agency: agency(),
        unit: Some(UnitCode::parse("22366").unwrap()),
        units: UnitScope::parse(units).unwrap(),
        roles: roles.split_whitespace().map(|role| Role::parse(role).unwrap()).collect(),
    }
}

pub fn login(text: &str) -> StaffId {
    StaffId::parse(text).unwrap()
}

pub async fn officer(
    identity: &Identity,
    login_name: &str,
    name: &str,
    roles: &str,
    units: &str,
    now: Moment,
) {
    let by = identity::By::Console(&agency());
    let profile = profile(name, roles, units);
    identity.create_staff(by, &login(login_name), profile, NewPassword::Chosen(PASSWORD), now).await.unwrap();
}

/// Lan, clerk in Nha Trang, and Sáu, administrator.
pub async fn people(identity: &Identity) {
    let now = Moment::now();
    officer(identity, "lan", "Nguyễn Thị Lan", "one-stop-clerk", "22366", now).await;
    officer(identity, "sau", "Trần Văn Sáu", "administrator", "everywhere", now).await;
}

/// The site: the pages of this crate, one of another crate that reads the working basis, and an interface.
pub fn site(identity: &Identity) -> Router {
    let item = |vi, en, href| MenuItem { text: Text::new(vi, en), href, shown: |caller| caller.is_some() };
    let menu = Menu {
        name: Text::new("Dân cư", "Dân cư"),
        items: vec![item("Tài khoản", "Account", "/account")],
        desk: None,
        footer: Text::new("", ""),
    };
    let desk = Router::new()
        .route("/", get(async || "start"))
        .route("/desk", get(async |_: SignedIn, WorkingBasis(basis): WorkingBasis| Json(basis)));
    let me = async |SignedIn(caller): SignedIn| Json(json!({ "name": caller.name, "actor": caller.actor }));
    let api = Router::new().route("/api/me", get(me));
    let pages = web::pages(identity::router(identity.clone()).merge(desk), menu, kinds::ALL.to_vec());
    web::edge(identity::layer(pages.merge(api), identity), Limits::ORDINARY)
}

/// What came back.
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: String,
}

impl Answer {
    pub fn location(&self) -> &str {
        self.headers.get(header::LOCATION).map_or("", |value| value.to_str().unwrap())
    }

    /// The value of the hidden field with the session's token.
    pub fn csrf(&self) -> String {
        field(&self.body, "csrf_token")
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("no JSON: {}", self.body))
    }

    pub fn expect(self, status: u16) -> Answer {
        let main = self.body.split("<h1").nth(1).unwrap_or(&self.body);
        let shown: String = main.chars().take(1500).collect();
        assert_eq!(self.status, status, "{} {shown}", self.location());
        self
    }

    pub fn cookies(&self) -> Vec<String> {
        let values = self.headers.get_all(header::SET_COOKIE);
        values.iter().map(|value| value.to_str().unwrap().to_owned()).collect()
    }
}

/// The value of the first input of a name.
pub fn field(html: &str, name: &str) -> String {
    let input =
        html.split("<input").find(|input| input.contains(&format!("name=\"{name}\""))).unwrap_or_default();
    let value = input.split("value=\"").nth(1).and_then(|rest| rest.split('"').next());
    value.unwrap_or_default().to_owned()
}

/// A browser: keeps cookies, speaks a language, sends what people fill in.
#[derive(Clone)]
pub struct Browser {
    site: Router,
    pub cookies: BTreeMap<String, String>,
    pub lang: Lang,
    pub address: &'static str,
    /// Further headers.
    pub headers: Vec<(&'static str, String)>,
    pub accept: &'static str,
}

impl Browser {
    pub fn new(site: &Router) -> Browser {
        Browser {
            site: site.clone(),
            cookies: BTreeMap::new(),
            lang: Lang::Vi,
            address: "198.51.100.7:50000",
            headers: Vec::new(),
            accept: "text/html",
        }
    }

    async fn send(&mut self, method: &str, path: &str, body: String) -> Answer {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header("accept", self.accept)
            .header("accept-language", self.lang.tag())
            .header("host", "dancu.test")
            .header("user-agent", "Mozilla/5.0 (X11; Linux x86_64; rv:150.0) Gecko/20100101 Firefox/150.0");
        if method == "POST" {
            request = request.header("content-type", "application/x-www-form-urlencoded");
        }
        for (name, value) in &self.headers {
            request = request.header(*name, value);
        }
        for (name, value) in &self.cookies {
            request = request.header("cookie", format!("{name}={value}"));
        }
        let peer: SocketAddr = self.address.parse().unwrap();
        let request = request.extension(ConnectInfo(peer)).body(Body::from(body)).unwrap();
        let response = self.site.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = String::from_utf8(to_bytes(body, 1 << 22).await.unwrap().to_vec()).unwrap();
        let answer = Answer { status: parts.status, headers: parts.headers, body };
        for cookie in answer.cookies() {
            let (name, rest) = cookie.split_once('=').unwrap();
            let value = rest.split(';').next().unwrap();
            if cookie.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        answer
    }

    pub async fn get(&mut self, path: &str) -> Answer {
        self.send("GET", path, String::new()).await
    }

    /// Posts exactly these fields.
    pub async fn post_bare(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let pairs: Vec<String> =
            fields.iter().map(|(name, value)| format!("{}={}", encoded(name), encoded(value))).collect();
        self.send("POST", path, pairs.join("&")).await
    }

    /// Posts fields with the token that a form of the account page would carry.
    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let token = self.get("/account/password").await.csrf();
        let mut all = vec![("csrf_token", token.as_str())];
        all.extend(fields);
        self.post_bare(path, &all).await
    }

    pub async fn sign_in(&mut self, login: &str, password: &str) -> Answer {
        self.post_bare("/sign-in", &[("login", login), ("password", password), ("next", "/account")]).await
    }

    /// A browser that is signed in.
    pub async fn of(site: &Router, login: &str) -> Browser {
        let mut browser = Browser::new(site);
        assert_eq!(browser.sign_in(login, PASSWORD).await.expect(303).location(), "/account");
        browser
    }
}

fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}
