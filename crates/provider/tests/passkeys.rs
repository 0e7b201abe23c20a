//! Passkeys: named after the sections of WebAuthn Level 3 that each test is about.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod application;
mod authenticator;

use application::*;
use authenticator::{Passkey, options};
use serde_json::{Value, json};
use store::Store;

const DUC: (&str, &str) = ("Trần Văn Đức", "02/05/1980");
const NEW: &str = "/citizen/security/passkeys/new";
const BY_PASSKEY: &str = "/citizen/sign-in/passkey";

async fn add(site: &mut Site, key: &mut Passkey, name: &str) -> Answer {
    let page = site.get(NEW).await.expect(200);
    let credential = key.create(&options(&page.body));
    let challenge = field(&page.body, "challenge");
    let fields = [("challenge", challenge.as_str()), ("credential", credential.as_str()), ("name", name)];
    site.submit(NEW, &fields).await
}

async fn ask(site: &mut Site) -> (String, Value) {
    let page = site.get(BY_PASSKEY).await.expect(200);
    let policy = page.headers["content-security-policy"].to_str().unwrap();
    assert!(policy.contains("script-src 'self';") && !policy.contains("unsafe"), "{policy}");
    (field(&page.body, "challenge"), options(&page.body))
}

async fn answer(site: &mut Site, challenge: &str, credential: &str) -> Answer {
    let before = site.get("/citizen").await.status;
    assert_eq!(before, 303, "nobody is signed in");
    site.post(BY_PASSKEY, &[("challenge", challenge), ("credential", credential)]).await
}

async fn refused(site: &mut Site, challenge: &str, credential: &str) {
    let answer = answer(site, challenge, credential).await.expect(422);
    assert!(answer.body.contains("không được chấp nhận"));
    assert!(answer.headers.get("set-cookie").is_none(), "nothing is given");
}

store::on_each_engine! {
    sets = SETS;

    async fn webauthn_7_2_a_passkey_signs_in_without_anything_typed(store: Store) {
        let mut site = Site::open(store).await;
        site.arrive(NUMBER, DUC.0, DUC.1, "0905123456").await;
        let (mut phone, mut laptop) = (Passkey::new(1), Passkey::new(2));
        let page = site.get(NEW).await.expect(200);
        let asked = options(&page.body);
        assert_eq!(asked["authenticatorSelection"]["residentKey"], "required");
        assert_eq!(asked["authenticatorSelection"]["userVerification"], "required");
        assert!(!page.body.contains(NUMBER) && !asked.to_string().contains("Đức"), "no name reaches the keychain");
        add(&mut site, &mut phone, "Điện thoại").await.expect(303);
        assert!(site.last_message().contains("khóa truy cập vừa được thêm"));
        add(&mut site, &mut laptop, "Máy tính").await.expect(303);
        let listed = site.get("/citizen/security").await.expect(200).body;
        assert!(listed.contains("Điện thoại") && listed.contains("Máy tính"));
        let excluded = options(&site.get(NEW).await.expect(200).body)["excludeCredentials"].as_array().unwrap().len();
        assert_eq!(excluded, 2);

        site.switch(&mut Cookies::new());
        let (challenge, asked) = ask(&mut site).await;
        assert_eq!(asked["rpId"], "id.example.vn");
        assert!(asked["allowCredentials"].as_array().is_none_or(Vec::is_empty), "the device finds its key itself");
        answer(&mut site, &challenge, &laptop.get(&asked)).await.expect(303);
        let mut bank = App::of("bank", &site).await;
        let (code, verifier) = bank.code(&mut site, "openid", &[]).await;
        let tokens = bank.exchange(&site, &code, &verifier).await.json(200);
        let claims = site.id_token(tokens["id_token"].as_str().unwrap()).await;
        assert_eq!(claims["amr"], json!(["pop", "user", "mfa"]));

        let page = site.get("/citizen/security").await.expect(200).body;
        let edit = page.split("/citizen/security/passkeys/").skip(1).find(|part| part.contains("Điện thoại")).unwrap();
        let path = format!("/citizen/security/passkeys/{}", edit.split('"').next().unwrap());
        site.submit(&path, &[("what", "rename"), ("name", "Máy của mẹ")]).await.expect(303);
        site.submit(&path, &[("what", "rename"), ("name", " ")]).await.expect(422);
        assert!(site.get("/citizen/security").await.body.contains("Máy của mẹ"));
        site.submit(&path, &[("what", "remove"), ("name", "")]).await.expect(303);
        site.submit(&path, &[("what", "remove"), ("name", "")]).await.expect(404);
        site.switch(&mut Cookies::new());
        let (challenge, asked) = ask(&mut site).await;
        refused(&mut site, &challenge, &phone.get(&asked)).await;
    }

    async fn webauthn_7_2_what_is_not_the_very_answer_is_refused(store: Store) {
        let mut site = Site::open(store).await;
        site.arrive(NUMBER, DUC.0, DUC.1, "0905123456").await;
        let mut key = Passkey::new(3);
        add(&mut site, &mut key, "Khóa").await.expect(303);
        site.switch(&mut Cookies::new());
        type Change = fn(&mut Passkey);
        let changes: [(&str, Change); 6] = [
            ("step 9: another origin", |key| key.origin = "https://id.example.vn.evil.example".to_owned()),
            ("step 9: another scheme", |key| key.origin = "http://id.example.vn".to_owned()),
            ("step 15: another site", |key| key.site = "evil.example".to_owned()),
            ("step 17: nobody was recognised", |key| key.recognised = false),
            ("step 6: the handle of nobody", |key| key.handle[0] ^= 1),
            ("step 21: another key", |key| *key = Passkey { id: key.id.clone(), handle: key.handle.clone(), counter: 9, ..Passkey::new(4) }),
        ];
        for (what, change) in changes {
            let (challenge, asked) = ask(&mut site).await;
            let mut other = key.clone();
            change(&mut other);
            println!("{what}");
            refused(&mut site, &challenge, &other.get(&asked)).await;
            // A right answer to a question that got a wrong one comes too late.
            let mut late = key.clone();
            refused(&mut site, &challenge, &late.get(&asked)).await;
        }
        let (challenge, _) = ask(&mut site).await;
        let (_, other) = ask(&mut site).await;
        println!("step 8: another challenge");
        refused(&mut site, &challenge, &key.get(&other)).await;
        for junk in ["", "{}", "null", "[[[[", "{\"id\":\"AA\",\"rawId\":\"AA\",\"type\":\"public-key\",\"response\":{}}"] {
            let (challenge, _) = ask(&mut site).await;
            refused(&mut site, &challenge, junk).await;
        }
        let (_, asked) = ask(&mut site).await;
        refused(&mut site, "", &key.get(&asked)).await;
    }

    async fn webauthn_7_2_an_answer_counts_once_and_a_copied_key_is_noticed(store: Store) {
        let mut site = Site::open(store).await;
        site.arrive(NUMBER, DUC.0, DUC.1, "0905123456").await;
        let mut key = Passkey::new(5);
        add(&mut site, &mut key, "Khóa").await.expect(303);
        site.switch(&mut Cookies::new());
        let (challenge, asked) = ask(&mut site).await;
        let credential = key.get(&asked);
        answer(&mut site, &challenge, &credential).await.expect(303);
        site.switch(&mut Cookies::new());
        refused(&mut site, &challenge, &credential).await;
        // §7.2 step 22: a counter that did not grow.
        let (challenge, asked) = ask(&mut site).await;
        refused(&mut site, &challenge, &key.again(&asked["challenge"])).await;
        assert!(site.last_message().contains("có thể đã bị sao chép"));
        let (challenge, asked) = ask(&mut site).await;
        answer(&mut site, &challenge, &key.get(&asked)).await.expect(303);
    }

    async fn no_means_opens_an_account_that_is_locked(store: Store) {
        let mut site = Site::open(store).await;
        site.arrive(NUMBER, DUC.0, DUC.1, "0905123456").await;
        let mut phone = Passkey::new(1);
        add(&mut site, &mut phone, "Điện thoại").await.expect(303);
        site.step("lock", "Nghi bị chiếm đoạt tài khoản").await.expect(200);
        let (challenge, asked) = ask(&mut site).await;
        let answer = answer(&mut site, &challenge, &phone.get(&asked)).await.expect(403);
        assert!(answer.body.contains("đang bị khóa") && answer.headers.get("set-cookie").is_none());
        site.step("unlock", "Chính chủ đến trình diện").await.expect(200);
        let (challenge, asked) = ask(&mut site).await;
        self::answer(&mut site, &challenge, &phone.get(&asked)).await.expect(303);
    }

    async fn webauthn_7_1_a_passkey_is_registered_by_its_account_alone(store: Store) {
        let mut site = Site::open(store).await;
        site.arrive(NUMBER, DUC.0, DUC.1, "0905123456").await;
        let mut key = Passkey::new(6);
        key.origin = "https://evil.example".to_owned();
        add(&mut site, &mut key, "Khóa").await.expect(422);
        key.origin = ISSUER.to_owned();
        key.recognised = false;
        add(&mut site, &mut key, "Khóa").await.expect(422);
        key.recognised = true;
        add(&mut site, &mut key, "").await.expect(422);
        let page = site.get(NEW).await.expect(200);
        let (challenge, credential) = (field(&page.body, "challenge"), key.create(&options(&page.body)));
        let fields = [("challenge", challenge.as_str()), ("credential", credential.as_str()), ("name", "Khóa")];
        let mut wife = Cookies::new();
        site.switch(&mut wife);
        site.arrive(WIFE, "Nguyễn Thị Hòa", "05/08/1983", "hoa@example.vn").await;
        site.submit(NEW, &fields).await.expect(422);
        site.switch(&mut wife);
        site.submit(NEW, &fields).await.expect(422);
        add(&mut site, &mut key, "Khóa").await.expect(303);
        site.switch(&mut wife);
        add(&mut site, &mut key.clone(), "Khóa").await.expect(422);
        // Nobody adds to an account what the form of its own page did not ask for.
        site.post(NEW, &fields).await.expect(403);
    }
}
