//! A site with citizens and the applications that they sign in to, as far as tests need them.
#![allow(dead_code, reason = "each file of tests uses a part")]

pub mod officers;

use access::{Caller, Policy, Role, UnitScope};
use axum::{
    Router,
    body::{Body, to_bytes},
    extract::ConnectInfo,
    http::{HeaderMap, Request, StatusCode, header},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use identity::HashCost;
use ledger::{KeyFile, Ledger, Origin};
use p256::ecdsa::{Signature, SigningKey, signature::Signer as _};
use population::{Ask, Draft, Intent, NEW_PERSON, Population, acts::Content, model::Fact};
use provider::{
    Backends, Config, KeyFolder, Outbox, Party, Provider,
    jose::{Jws, PublicJwk},
};
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::Arc,
    sync::atomic::{AtomicU64, Ordering},
};
use store::{MigrationSet, Store};
use tower::ServiceExt as _;
use vocabulary::{
    Actor, AgencyCode, Basis, FullName, LegalBasis, Moment, PartialDate, PersonalNumber, Purpose, Sex,
    StaffId, Text, kinds,
};
use web::{Limits, Menu};

pub const SETS: &[MigrationSet] = &[ledger::MIGRATIONS, population::MIGRATIONS, provider::MIGRATIONS];
pub const ISSUER: &str = "https://id.example.vn";
pub const NUMBER: &str = "056080001111";
pub const CHILD: &str = "056220004321";
/// Another adult of the household.
pub const WIFE: &str = "056183002222";
/// When a card was issued, as it is printed.
pub const ISSUED: &str = "28/04/2021";
pub const PASSWORD: &str = "con gà cục tác lá chanh";
pub const VERIFIER: &str = "s6BhdRkqt3s6BhdRkqt3s6BhdRkqt3s6BhdRkqt3abc";
pub const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
pub const ASSERTION: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// Passwords that cost next to nothing.
const CHEAP: HashCost = HashCost { memory_kib: 64, passes: 1, lanes: 1, at_once: 4 };

/// The proxy that speaks TLS for the site.
pub const PROXY: &str = "192.0.2.7";

pub fn now() -> i64 {
    Moment::now().micros() / 1_000_000
}

pub fn b64(text: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(text)
}

pub fn encoded(text: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._".contains(&b);
    text.bytes().map(|b| if plain(b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
}

fn unique() -> u64 {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    COUNT.fetch_add(1, Ordering::Relaxed)
}

/// What came back.
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: String,
}

impl Answer {
    pub fn expect(self, status: u16) -> Answer {
        let main = self.body.split("<h1").nth(1).unwrap_or(&self.body);
        assert_eq!(
            self.status,
            status,
            "{} {}",
            self.location(),
            main.chars().take(1500).collect::<String>()
        );
        self
    }

    /// A parameter of the address that a browser is sent to.
    pub fn back(&self, name: &str) -> String {
        let query = self.location().split_once('?').unwrap_or_default().1;
        let pairs: Vec<(String, String)> = serde_html_form::from_str(query).unwrap();
        pairs.into_iter().find(|(key, _)| key == name).map(|(_, value)| value).unwrap_or_default()
    }

    pub fn location(&self) -> &str {
        self.headers.get(header::LOCATION).map_or("", |value| value.to_str().unwrap())
    }

    pub fn json(self, status: u16) -> Value {
        serde_json::from_str(&self.expect(status).body).unwrap()
    }

    pub fn error(self, status: u16, code: &str) {
        let body = self.json(status);
        assert_eq!(body["error"], code, "{body}");
        assert!(body.get("access_token").is_none());
    }
}

/// The site, with the browser of its one citizen.
pub struct Site {
    routes: Router,
    pub provider: Provider,
    /// To look behind the face.
    pub store: Store,
    pub population: Population,
    pub cookies: Cookies,
    pub folder: tempfile::TempDir,
    /// The network address of the browser.
    pub address: [u8; 4],
    /// Whose connection brings the requests, where that is not the browser's.
    pub peer: Option<SocketAddr>,
}

/// What a browser keeps.
pub type Cookies = BTreeMap<String, String>;

impl Site {
    pub async fn open(store: Store) -> Site {
        Site::of(store, true, CHEAP).await
    }

    /// One whose passwords cost what they cost in use.
    pub async fn costly(store: Store) -> Site {
        Site::of(store, true, HashCost::default()).await
    }

    /// One that holds real people, as far as it knows.
    pub async fn real(store: Store) -> Site {
        Site::of(store, false, CHEAP).await
    }

    /// One whose settings differ.
    pub async fn set(store: Store, change: impl FnOnce(&mut Config)) -> Site {
        Site::with(store, true, CHEAP, change).await
    }

    async fn of(store: Store, synthetic: bool, hash: HashCost) -> Site {
        Site::with(store, synthetic, hash, |_| {}).await
    }

    async fn with(store: Store, synthetic: bool, hash: HashCost, change: impl FnOnce(&mut Config)) -> Site {
        let key = Arc::new(KeyFile::generate().unwrap());
        let ledger =
            Ledger::open(store.clone(), key, Origin::parse("test.dancu/ledger").unwrap()).await.unwrap();
        let population = Population::new(store.clone(), ledger.clone(), Arc::new(Policy::builtin()));
        person(&population, NUMBER, "Trần Văn Đức", "1980-05-02").await;
        person(&population, WIFE, "Nguyễn Thị Hòa", "1983-08-05").await;
        person(&population, CHILD, "Trần Văn Minh", "2020-09-05").await;
        let folder = tempfile::tempdir().unwrap();
        let keys = KeyFolder::open_or_create(
            &folder.path().join("keys"),
            &folder.path().join("pass"),
            Moment::now(),
        )
        .unwrap();
        let channel = Arc::new(Outbox::open(&folder.path().join("outbox")).unwrap());
        let back = Backends { ledger, population: population.clone(), keys: Arc::new(keys), channel };
        let mut config = Config { issuer: ISSUER.into(), synthetic, ..Config::default() };
        change(&mut config);
        let trusted_proxies = vec![PROXY.parse().unwrap()];
        let sign_in =
            identity::Config { hash, secure_cookies: false, trusted_proxies, ..identity::Config::default() };
        let provider = Provider::open(store.clone(), back, config, sign_in).unwrap();
        let menu = Menu {
            name: Text::new("Dân cư", "Dân cư"),
            items: vec![],
            desk: None,
            footer: Text::new("", ""),
        };
        let pages = web::pages(provider::pages::pages(provider.clone()), menu, kinds::ALL.to_vec());
        let routes = web::edge(provider::layer(pages, &provider), Limits::ORDINARY)
            .merge(web::edge(provider::api::api(provider.clone()), Limits::ORDINARY))
            .merge(web::edge(provider::api::administration(provider.clone()), Limits::ORDINARY));
        let address = [203, 0, 113, 1];
        Site { routes, provider, store, population, cookies: Cookies::new(), folder, address, peer: None }
    }

    async fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: String) -> Answer {
        let mut request = Request::builder().method(method).uri(path).header("host", "id.example.vn");
        if method == "POST" {
            request = request.header("content-type", "application/x-www-form-urlencoded");
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut request = request.body(Body::from(body)).unwrap();
        let peer = self.peer.unwrap_or_else(|| SocketAddr::from((self.address, 40_000)));
        request.extensions_mut().insert(ConnectInfo(peer));
        let response = self.routes.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = String::from_utf8(to_bytes(body, 1 << 22).await.unwrap().to_vec()).unwrap();
        Answer { status: parts.status, headers: parts.headers, body }
    }

    async fn browse(&mut self, method: &str, path: &str, body: String) -> Answer {
        let cookies: Vec<String> =
            self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let cookies = cookies.join("; ");
        let headers = [("accept", "text/html"), ("accept-language", "vi"), ("cookie", cookies.as_str())];
        let answer = self.send(method, path, &headers, body).await;
        for cookie in answer.headers.get_all(header::SET_COOKIE) {
            let (name, rest) = cookie.to_str().unwrap().split_once('=').unwrap();
            self.cookies.insert(name.to_owned(), rest.split(';').next().unwrap().to_owned());
        }
        answer
    }

    pub async fn get(&mut self, path: &str) -> Answer {
        self.browse("GET", path, String::new()).await
    }

    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.browse("POST", path, form(fields)).await
    }

    pub async fn post_owned(&mut self, path: &str, fields: Vec<(String, String)>) -> Answer {
        let fields: Vec<(&str, &str)> = fields.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
        self.post(path, &fields).await
    }

    /// A machine's call.
    pub async fn api(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        self.send(method, path, headers, body.to_owned()).await
    }

    pub async fn api_owned(&self, method: &str, path: &str, headers: Vec<(&str, String)>) -> Answer {
        let headers: Vec<(&str, &str)> =
            headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        self.api(method, path, &headers, "").await
    }

    pub async fn form(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.send("POST", path, &[], form(fields)).await
    }

    /// The nonce of the moment, as any answer of userinfo gives it.
    pub async fn nonce(&self) -> String {
        let answer = self.api("GET", "/oidc/userinfo", &[], "").await;
        answer.headers["dpop-nonce"].to_str().unwrap().to_owned()
    }

    pub async fn apply(&mut self, number: &str, name: &str, birth: &str) -> Answer {
        self.apply_with(number, name, birth, ISSUED).await
    }

    /// The same with a card: the date of issue, or what a scanner types.
    pub async fn apply_with(&mut self, number: &str, name: &str, birth: &str, card: &str) -> Answer {
        let (card, contact) = (("card", card), ("contact", "0905123456"));
        let fields = [("number", number), ("name", name), ("birth", birth), card, contact];
        self.post("/citizen/register", &fields).await
    }

    /// The provider itself.
    pub fn provider(&self) -> &Provider {
        &self.provider
    }

    /// Takes up another browser and puts this one aside, or the other way round.
    pub fn switch(&mut self, other: &mut Cookies) {
        std::mem::swap(&mut self.cookies, other);
    }

    /// All messages handed over, the oldest first.
    pub fn messages(&self) -> Vec<String> {
        let files = std::fs::read_dir(self.folder.path().join("outbox")).unwrap();
        let mut paths: Vec<_> = files.map(|file| file.unwrap().path()).collect();
        paths.sort();
        paths.iter().map(|path| std::fs::read_to_string(path).unwrap()).collect()
    }

    /// The code of six digits in the last message to a contact.
    pub fn code_to(&self, to: &str) -> String {
        let sent = self.messages().into_iter().rev().find(|text| text.starts_with(&format!("To: {to}\n")));
        let sent = sent.unwrap_or_default();
        let digits: Vec<&str> = sent
            .split("\n\n")
            .nth(1)
            .unwrap_or_default()
            .split(|c: char| !c.is_ascii_digit())
            .filter(|run| run.len() == 6)
            .collect();
        digits.first().copied().unwrap_or_default().to_owned()
    }

    /// Somebody gets an account, and signs in with this browser.
    pub async fn arrive(&mut self, number: &str, name: &str, birth: &str, contact: &str) {
        let (card, to) = (("card", ISSUED), ("contact", contact));
        let fields = [("number", number), ("name", name), ("birth", birth), card, to];
        let page = self.post("/citizen/register", &fields).await.expect(200);
        let to = if contact.contains('@') { format!("email:{contact}") } else { format!("phone:{contact}") };
        let code = self.code_to(&to);
        let application = field(&page.body, "application");
        let fields = [("application", application.as_str()), ("code", code.as_str()), ("password", PASSWORD)];
        self.post("/citizen/register/confirm", &fields).await.expect(303);
        let fields = [("number", number), ("password", PASSWORD)];
        self.post("/citizen/sign-in", &fields).await.expect(303);
    }

    /// A form of the signed-in citizen, with the token.
    pub async fn submit(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let token = self.csrf().await;
        let mut all = vec![("csrf_token", token.as_str())];
        all.extend(fields);
        self.post(path, &all).await
    }

    /// The message handed over last.
    pub fn last_message(&self) -> String {
        let files = std::fs::read_dir(self.folder.path().join("outbox")).unwrap();
        let mut paths: Vec<_> = files.map(|file| file.unwrap().path()).collect();
        paths.sort();
        std::fs::read_to_string(paths.last().unwrap()).unwrap()
    }

    /// The citizen gets an account with the code of the message.
    pub async fn register(&mut self) {
        let page = self.apply(NUMBER, "Trần Văn Đức", "02/05/1980").await.expect(200);
        let message = self.last_message();
        let code = message.split("định danh: ").nth(1).unwrap().get(..6).unwrap().to_owned();
        let application = field(&page.body, "application");
        let fields = |code: &str| {
            [("application", application.as_str()), ("code", code), ("password", PASSWORD)]
                .map(|(a, b)| (a.to_owned(), b.to_owned()))
                .to_vec()
        };
        let wrong = if code == "000000" { "000001" } else { "000000" };
        self.post_owned("/citizen/register/confirm", fields(wrong)).await.expect(422);
        self.post_owned("/citizen/register/confirm", fields(&code)).await.expect(303);
        self.post_owned("/citizen/register/confirm", fields(&code)).await.expect(422);
    }

    pub async fn sign_in(&mut self) {
        let fields = [("number", NUMBER), ("password", PASSWORD)];
        assert_eq!(self.post("/citizen/sign-in", &fields).await.expect(303).location(), "/citizen");
    }

    pub async fn csrf(&mut self) -> String {
        field(&self.get("/citizen").await.expect(200).body, "csrf_token")
    }

    /// The claims of an identity token, verified with the published keys.
    pub async fn id_token(&self, token: &str) -> Value {
        let keys = self.api("GET", "/oidc/jwks", &[], "").await.json(200);
        let jws = Jws::read(token).unwrap();
        let key = keys["keys"]
            .as_array()
            .unwrap()
            .iter()
            .find(|key| key["kid"].as_str() == jws.named("kid"))
            .unwrap();
        Value::Object(jws.verify(&PublicJwk::read(key).unwrap()).unwrap().clone())
    }
}

pub fn form(fields: &[(&str, &str)]) -> String {
    let pairs: Vec<String> =
        fields.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect();
    pairs.join("&")
}

pub fn field(html: &str, name: &str) -> String {
    let input =
        html.split("<input").find(|input| input.contains(&format!("name=\"{name}\""))).unwrap_or_default();
    input.split("value=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap_or_default().to_owned()
}

async fn person(population: &Population, number: &str, name: &str, born: &str) {
    let date = |text: &str| PartialDate::parse(text).unwrap();
    let ask = Ask {
        caller: Caller {
            actor: Actor {
                system: None,
                officer: StaffId::parse("lan").ok(),
                agency: AgencyCode::parse("G01").unwrap(),
                unit: None,
            },
            name: "Lan".into(),
            roles: vec![Role::parse("data-steward").unwrap()],
            units: UnitScope::Everywhere,
        },
        basis: Some(Basis {
            purpose: Purpose::Cleaning,
            legal_basis: LegalBasis::parse("Luật Căn cước 2023").unwrap(),
            procedure: None,
            dossier: None,
        }),
        request: None,
    };
    let facts = vec![
        Fact::Number(PersonalNumber::parse(number).ok()),
        Fact::Name(FullName::parse(name).ok()),
        Fact::BirthDate(date(born)),
        Fact::Sex(Some(Sex::Male)),
    ];
    let intent = Intent::Act(Content::Registration { person: NEW_PERSON, facts });
    let draft = Draft { effective: date(born), evidence: "TK 01/2026".into(), intent, seen: vec![] };
    population.record(&ask, draft).await.unwrap();
}

/// An application with its key.
pub struct App {
    pub id: String,
    key: SigningKey,
}

impl App {
    pub fn with_key(id: &str, byte: u8) -> App {
        App { id: id.to_owned(), key: SigningKey::from_slice(&[byte; 32]).unwrap() }
    }

    pub fn jwk(&self) -> Value {
        PublicJwk::new(None, *self.key.verifying_key()).to_json()
    }

    pub fn callback(&self) -> String {
        format!("https://{}.example/cb", self.id)
    }

    /// An application that is registered, of the profile for finance and government.
    pub async fn of(id: &str, site: &Site) -> App {
        App::registered(id, site, |_| {}).await
    }

    /// One whose registration differs.
    pub async fn registered(id: &str, site: &Site, change: impl FnOnce(&mut Value)) -> App {
        let app = App::with_key(id, id.len() as u8);
        let mut record = json!({
            "id": id, "name": format!("Ứng dụng {id}"), "name_en": id, "agency": "G01", "profile": "fapi2",
            "redirect_uris": [app.callback()], "jwks": { "keys": [app.jwk()] },
            "scopes": { "profile": "Luật Các tổ chức tín dụng 2024", "personal_number": "Luật Phòng, chống rửa tiền 2022", "offline_access": "Luật Các tổ chức tín dụng 2024" },
        });
        change(&mut record);
        let party: Party = serde_json::from_value(record).unwrap();
        site.provider.register_party(party, Moment::now()).await.unwrap();
        app
    }

    pub fn sign(&self, header: Value, claims: &Value) -> String {
        let signed = Jws::unsigned(&header, claims);
        let signature: Signature = self.key.sign(signed.as_bytes());
        format!("{signed}.{}", b64(signature.to_bytes()))
    }

    pub fn assertion(&self, change: impl Fn(&mut Value)) -> String {
        let mut claims = json!({ "iss": self.id, "sub": self.id, "aud": ISSUER, "iat": now(), "exp": now() + 60, "jti": format!("a{}", unique()) });
        change(&mut claims);
        self.sign(json!({ "alg": "ES256" }), &claims)
    }

    pub fn proof(&self, method: &str, path: &str, token: Option<&str>, nonce: &str, jti: &str) -> String {
        use sha2::{Digest as _, Sha256};
        let mut claims = json!({ "htm": method, "htu": format!("{ISSUER}{path}"), "iat": now(), "jti": jti, "nonce": nonce });
        if let Some(token) = token {
            claims["ath"] = json!(b64(Sha256::digest(token)));
        }
        self.sign(json!({ "alg": "ES256", "typ": "dpop+jwt", "jwk": self.jwk() }), &claims)
    }

    /// A call with an assertion, and with a proof as given.
    pub async fn send(
        &self,
        site: &Site,
        path: &str,
        fields: &[(&str, &str)],
        proof: Option<String>,
    ) -> Answer {
        let headers: Vec<(&str, &str)> = proof.iter().map(|proof| ("dpop", proof.as_str())).collect();
        self.send_with(site, path, fields, &headers).await
    }

    /// A call with an assertion, and with headers as given.
    pub async fn send_with(
        &self,
        site: &Site,
        path: &str,
        fields: &[(&str, &str)],
        headers: &[(&str, &str)],
    ) -> Answer {
        let assertion = self.assertion(|_| {});
        let mut all = vec![("client_assertion_type", ASSERTION), ("client_assertion", assertion.as_str())];
        all.extend(fields);
        site.api("POST", path, headers, &form(&all)).await
    }

    pub async fn call(&self, site: &Site, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.send(site, path, fields, None).await
    }

    pub async fn proven(&self, site: &Site, path: &str, fields: &[(&str, &str)]) -> Answer {
        let proof = self.proof("POST", path, None, &site.nonce().await, &format!("p{}", unique()));
        self.send(site, path, fields, Some(proof)).await
    }

    /// The parameters of a request; a change adds one, replaces one, or, empty, leaves one out.
    pub fn request(&self, changes: &[(&str, &str)]) -> Vec<(String, String)> {
        use sha2::{Digest as _, Sha256};
        let mut fields: BTreeMap<String, String> = [
            ("client_id", self.id.clone()),
            ("response_type", "code".into()),
            ("redirect_uri", self.callback()),
            ("scope", "openid".into()),
            ("state", "s-1".into()),
            ("nonce", "n-1".into()),
            ("code_challenge", b64(Sha256::digest(VERIFIER))),
            ("code_challenge_method", "S256".into()),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into();
        for (name, value) in changes {
            fields.insert((*name).to_owned(), (*value).to_owned());
        }
        fields.into_iter().filter(|(_, value)| !value.is_empty()).collect()
    }

    pub async fn pushed(&self, site: &Site, changes: &[(&str, &str)]) -> Answer {
        let request = self.request(changes);
        let fields: Vec<(&str, &str)> = request.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
        self.call(site, "/oidc/par", &fields).await
    }

    pub async fn push(&mut self, site: &Site, scope: &str) -> String {
        self.pushed(site, &[("scope", scope)]).await.json(201)["request_uri"].as_str().unwrap().to_owned()
    }

    /// Where the browser first comes to with a request: the question before the citizen, or back.
    pub async fn begin(&self, site: &mut Site, changes: &[(&str, &str)]) -> String {
        let pushed = self.pushed(site, changes).await.json(201);
        let reference = pushed["request_uri"].as_str().unwrap();
        let path = format!("/oidc/authorize?client_id={}&request_uri={reference}", self.id);
        site.get(&path).await.expect(303).location().to_owned()
    }

    /// What the browser is answered then: a page, or where it is sent.
    pub async fn shown(&self, site: &mut Site, changes: &[(&str, &str)]) -> Answer {
        let pushed = self.pushed(site, changes).await.json(201);
        let reference = pushed["request_uri"].as_str().unwrap();
        let path = format!("/oidc/authorize?client_id={}&request_uri={reference}", self.id);
        let begun = site.get(&path).await.expect(303);
        // Where all is said already, the browser is sent back at once.
        if begun.location().starts_with("/oidc/ask/") { site.get(begun.location()).await } else { begun }
    }

    /// The same for a client that does not push.
    pub async fn sent(&self, site: &mut Site, changes: &[(&str, &str)]) -> Answer {
        let request = self.request(changes);
        let fields: Vec<(&str, &str)> = request.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
        site.get(&format!("/oidc/authorize?{}", form(&fields))).await
    }

    /// The address of the question before the citizen.
    pub async fn ask(&mut self, site: &mut Site, scope: &str) -> String {
        let reference = self.push(site, scope).await;
        let begun = site
            .get(&format!("/oidc/authorize?client_id={}&request_uri={reference}", self.id))
            .await
            .expect(303);
        begun.location().to_owned()
    }

    /// The code in the address that leads back, after the citizen agreed to everything.
    pub async fn agreed(&self, site: &mut Site, ask: &str) -> Answer {
        let page = site.get(ask).await.expect(200);
        let scopes = page.body.split("name=\"scope\"").skip(1);
        let scopes: Vec<String> = scopes
            .map(|rest| rest.split("value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned())
            .collect();
        let token = site.csrf().await;
        let mut fields = vec![("csrf_token", token.as_str()), ("answer", "grant")];
        fields.extend(scopes.iter().map(|scope| ("scope", scope.as_str())));
        site.post(ask, &fields).await.expect(303)
    }

    /// A code, and what proves it, after the citizen granted these.
    pub async fn code(&mut self, site: &mut Site, scope: &str, granted: &[&str]) -> (String, String) {
        let ask = self.ask(site, scope).await;
        site.get(&ask).await.expect(200);
        let token = site.csrf().await;
        let mut fields = vec![("csrf_token", token.as_str()), ("answer", "grant")];
        fields.extend(granted.iter().map(|scope| ("scope", *scope)));
        let back = site.post(&ask, &fields).await.expect(303);
        let (address, query) = back.location().split_once('?').unwrap();
        assert_eq!(address, self.callback());
        assert!(query.ends_with(&format!("&state=s-1&iss={}", encoded(ISSUER))), "RFC 9207: {query}");
        let code = query.split('&').next().unwrap().strip_prefix("code=").unwrap();
        (code.to_owned(), VERIFIER.to_owned())
    }

    pub fn code_fields<'a>(&self, code: &'a str, verifier: &'a str) -> [(&'static str, &'a str); 3] {
        [("grant_type", "authorization_code"), ("code", code), ("code_verifier", verifier)]
    }

    pub async fn exchange(&self, site: &Site, code: &str, verifier: &str) -> Answer {
        self.proven(site, "/oidc/token", &self.code_fields(code, verifier)).await
    }

    pub async fn refresh(&self, site: &Site, token: &str) -> Answer {
        self.proven(site, "/oidc/token", &[("grant_type", "refresh_token"), ("refresh_token", token)]).await
    }

    pub async fn userinfo(&self, site: &Site, token: &str) -> Answer {
        let proof =
            self.proof("GET", "/oidc/userinfo", Some(token), &site.nonce().await, &format!("u{}", unique()));
        site.api_owned(
            "GET",
            "/oidc/userinfo",
            vec![("authorization", format!("DPoP {token}")), ("dpop", proof)],
        )
        .await
    }
}
