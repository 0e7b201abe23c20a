//! Messages on their way to those who deliver them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod application;

use application::{officers::*, *};
use axum::{
    Router,
    extract::State,
    http::{HeaderMap, StatusCode},
    routing::post,
};
use hmac::{Hmac, KeyInit as _, Mac as _};
use provider::{Channel as _, Contact, Courier, MailConfig, Outbox, SmsConfig};
use sha2::Sha256;
use std::{
    path::Path,
    sync::{Arc, Mutex},
};
use store::Store;
use vocabulary::Moment;

const ADMINISTERS: Desk<'static> = Desk { login: "quan.tri", roles: &["administrator"], units: "everywhere" };
const SECRET: &str = "Bearer bí mật"; // Not ASCII: it is signed with, not sent.

/// A gateway for SMS: what it heard, and what it answers.
#[derive(Clone, Default)]
struct Gateway {
    heard: Arc<Mutex<Vec<(HeaderMap, String)>>>,
    answers: Arc<Mutex<Vec<(u16, &'static str)>>>,
}

impl Gateway {
    async fn open() -> (Gateway, String) {
        async fn hear(
            State(gateway): State<Gateway>,
            headers: HeaderMap,
            body: String,
        ) -> (StatusCode, &'static str) {
            gateway.heard.lock().unwrap().push((headers, body));
            let mut answers = gateway.answers.lock().unwrap();
            let (status, text) = if answers.is_empty() { (200, "code=100") } else { answers.remove(0) };
            (StatusCode::from_u16(status).unwrap(), text)
        }
        let gateway = Gateway::default();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}/send", listener.local_addr().unwrap());
        let routes = Router::new().route("/send", post(hear)).with_state(gateway.clone());
        tokio::spawn(async move { axum::serve(listener, routes).await });
        (gateway, address)
    }

    fn answer(&self, answers: impl IntoIterator<Item = (u16, &'static str)>) {
        self.answers.lock().unwrap().extend(answers);
    }

    fn take(&self) -> Vec<(HeaderMap, String)> {
        std::mem::take(&mut *self.heard.lock().unwrap())
    }
}

fn courier(folder: &Path, url: &str) -> Arc<Courier> {
    let secret = folder.with_extension("secret");
    std::fs::write(&secret, format!("{SECRET}\n")).unwrap();
    let sms = SmsConfig {
        url: url.to_owned(),
        content_type: "application/x-www-form-urlencoded".into(),
        body: "Phone={to}&Content={text}&RequestId={id}".into(),
        accepted: "code=100".into(),
        signature_header: "x-signature".into(),
        secret_file: secret,
        ..SmsConfig::default()
    };
    Arc::new(Courier::open(folder, &MailConfig::default(), &sms, 60).unwrap().unwrap())
}

async fn carried(courier: &Arc<Courier>, now: Moment) -> usize {
    let courier = Arc::clone(courier);
    tokio::task::spawn_blocking(move || courier.carry_due(now)).await.unwrap().unwrap()
}

fn phone() -> Contact {
    Contact::parse("0905123456").unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_is_tried_until_it_is_taken_and_then_no_more() {
    let (gateway, url) = Gateway::open().await;
    let folder = tempfile::tempdir().unwrap();
    let outbox = Outbox::open(&folder.path().join("outbox")).unwrap();
    let courier = courier(&folder.path().join("outbox"), &url);
    let now = Moment::now();
    outbox.send(&phone(), "Mã: 123456 & hết", now).unwrap();
    let letter = outbox.letters().unwrap().remove(0);
    gateway.answer([(503, ""), (200, "code=101")]);
    assert_eq!(carried(&courier, now).await, 0);
    assert_eq!(carried(&courier, now.plus_seconds(1)).await, 0, "not at once again");
    assert_eq!(carried(&courier, now.plus_seconds(2)).await, 0, "an answer that does not accept it");
    assert_eq!(outbox.letters().unwrap(), std::slice::from_ref(&letter));
    assert_eq!(carried(&courier, now.plus_seconds(6)).await, 1);
    assert_eq!(carried(&courier, now.plus_seconds(3000)).await, 0, "once is enough");
    assert!(outbox.letters().unwrap().is_empty());
    let heard = gateway.take();
    assert_eq!(heard.len(), 3);
    let (headers, body) = &heard[2];
    assert_eq!(body, &heard[0].1, "the same each time, so that the gateway can tell");
    let sent: Vec<(String, String)> = serde_html_form::from_str(body).unwrap();
    let expected = [("Phone", "+84905123456"), ("Content", "Mã: 123456 & hết"), ("RequestId", &letter.name)];
    assert_eq!(sent, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
    mac.update(body.as_bytes());
    let signed: String = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(headers["x-signature"], signed);
    assert!(headers.get("authorization").is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_delivered_is_put_aside_and_tried_again_by_hand() {
    let (gateway, url) = Gateway::open().await;
    let folder = tempfile::tempdir().unwrap();
    let outbox = Outbox::open(&folder.path().join("outbox")).unwrap();
    let courier = courier(&folder.path().join("outbox"), &url);
    let now = Moment::now();
    outbox.send(&phone(), "một", now).unwrap();
    gateway.answer([(422, "no such number 0905123456")]);
    assert_eq!(carried(&courier, now).await, 0);
    let letters = outbox.letters().unwrap();
    assert_eq!((letters[0].to.as_str(), letters[0].reason.as_deref()), ("…456", Some("422")));
    assert!(outbox.again(&letters[0].name, now).unwrap());
    assert_eq!(carried(&courier, now).await, 1);
    assert!(outbox.letters().unwrap().is_empty());
    // One that nobody takes for an hour is given up; one that is younger goes on.
    outbox.send(&phone(), "hai", now).unwrap();
    let later = now.plus_seconds(3600);
    outbox.send(&phone(), "ba", later).unwrap();
    gateway.answer([(500, ""), (500, "")]);
    assert_eq!(carried(&courier, later).await, 0);
    let reasons: Vec<_> = outbox.letters().unwrap().into_iter().map(|letter| letter.reason).collect();
    assert_eq!(reasons, [Some("500".to_owned()), None]);
    // What nobody here delivers stays for another, and what cannot be read is put aside.
    outbox.send(&Contact::parse("hoa@example.vn").unwrap(), "bốn", later).unwrap();
    std::fs::write(folder.path().join("outbox/1-broken.txt"), "To: nobody").unwrap();
    assert_eq!(carried(&courier, later.plus_seconds(2)).await, 1, "the younger one");
    let reasons: Vec<_> = outbox.letters().unwrap().into_iter().map(|letter| letter.reason).collect();
    assert_eq!(reasons, [Some("unreadable".to_owned()), Some("500".to_owned()), None]);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_couriers_of_one_folder_do_not_carry_the_same() {
    let (gateway, url) = Gateway::open().await;
    let folder = tempfile::tempdir().unwrap();
    let outbox = Outbox::open(&folder.path().join("outbox")).unwrap();
    let (one, other) =
        (courier(&folder.path().join("outbox"), &url), courier(&folder.path().join("outbox"), &url));
    let now = Moment::now();
    for _ in 0..40 {
        outbox.send(&phone(), "một", now).unwrap();
    }
    let (first, second) = tokio::join!(carried(&one, now), carried(&other, now));
    let mut counts = [first, second];
    counts.sort_unstable();
    assert_eq!(counts, [0, 40]);
    let mut sent: Vec<String> = gateway.take().into_iter().map(|(_, body)| body).collect();
    sent.sort();
    sent.dedup();
    assert_eq!(sent.len(), 40, "each once");
    drop((one, other));
    outbox.send(&phone(), "hai", now).unwrap();
    assert_eq!(
        carried(&courier(&folder.path().join("outbox"), &url), now).await,
        1,
        "the next one takes over"
    );
}

store::on_each_engine! {
    sets = SETS;

    async fn an_administrator_sees_what_was_not_delivered_and_has_it_tried_again(store: Store) {
        let site = Site::open(store).await;
        let empty = site.desk(ADMINISTERS, "/admin/messages", None).await.expect(200);
        assert!(empty.body.contains("Mọi tin nhắn đều gửi được"));
        site.desk(RECEIVES, "/admin/messages", None).await.expect(403);
        let aside = site.folder.path().join("outbox/undelivered");
        std::fs::create_dir(&aside).unwrap();
        let name = "1800000000000000-0123456789abcdef";
        let file = aside.join(format!("{name}.txt"));
        std::fs::write(&file, "To: email:khongco@example.vn\nReason: 550\n\nMã: 987654\n").unwrap();
        let page = site.desk(ADMINISTERS, "/admin/messages", None).await.expect(200).body;
        assert!(page.contains("k…@example.vn") && page.contains("550") && page.contains(name));
        assert!(!page.contains("khongco") && !page.contains("987654"), "neither the address nor the text");
        site.desk(RECEIVES, "/admin/messages", Some(&[("name", name)])).await.expect(403);
        site.desk(ADMINISTERS, "/admin/messages", Some(&[("name", "1-../../keys/x")])).await.expect(404);
        site.desk(ADMINISTERS, "/admin/messages", Some(&[("name", name)])).await.expect(303);
        assert!(!file.exists());
        let page = site.desk(ADMINISTERS, "/admin/messages?done=again", None).await.expect(200).body;
        assert!(page.contains("1 tin nhắn đang chờ gửi") && page.contains("Tin nhắn sẽ được gửi lại"));
    }
}
