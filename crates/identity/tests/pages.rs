//! How the pages look, in both languages. The snapshots are read in review like code.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod office;

use identity::{AccountId, By};
use office::*;
use store::Store;
use vocabulary::{Lang, Moment, SystemId};

const NOW: Moment = Moment::from_micros(1_795_000_000_000_000);

/// The content of a page, a tag to a line, without what differs from run to run: tokens, numbers of sessions, times,
/// and the long lists of suggestions.
fn content(answer: &Answer) -> String {
    let body = &answer.body;
    let notice = body.find("<div class=\"govuk-notification-banner").unwrap_or(usize::MAX);
    let main =
        body.find("dancu-print-head").and_then(|at| body[at..].find("</div></div>").map(|end| at + end + 12));
    let main = &body[main.unwrap().min(notice)..body.find("</main>").unwrap()];
    let mut text = main.to_owned();
    for name in ["csrf_token", "number"] {
        let marker = format!("name=\"{name}\" value=\"");
        let parts: Vec<&str> = text.split(&marker).collect();
        let rest: Vec<String> =
            parts[1..].iter().map(|part| format!("X{}", &part[part.find('"').unwrap()..])).collect();
        text = std::iter::once(parts[0].to_owned()).chain(rest).collect::<Vec<_>>().join(&marker);
    }
    while let (Some(from), Some(to)) = (text.find("<datalist"), text.find("</datalist>")) {
        text.replace_range(from..to + 11, "(suggestions)");
    }
    fixed_times(&text).replace("><", ">\n<") + "\n"
}

/// Replaces `dd/mm/yyyy hh:mm` where it comes from the real clock.
fn fixed_times(text: &str) -> String {
    let known = &NOW.local_text()[..16];
    let shape = |bytes: &[u8]| {
        bytes.iter().zip(b"00/00/0000 00:00").all(|(byte, mark)| match mark {
            b'0' => byte.is_ascii_digit(),
            _ => byte == mark,
        })
    };
    let (mut out, mut rest) = (String::new(), text);
    while let Some(at) =
        rest.as_bytes().windows(16).position(|window| shape(window) && window != known.as_bytes())
    {
        out.push_str(&rest[..at]);
        out.push_str("TIME");
        rest = &rest[at + 16..];
    }
    out + rest
}

async fn prepared(store: &Store) -> axum::Router {
    let identity = open(store, config()).await;
    officer(&identity, "lan", "Nguyễn Thị Lan", "one-stop-clerk", "22366 22333", NOW).await;
    officer(&identity, "sau", "Trần Văn Sáu", "administrator", "everywhere", NOW).await;
    let console = agency();
    let by = By::Console(&console);
    let system = SystemId::parse("his.bvdk").unwrap();
    let profile = profile("HIS Bệnh viện đa khoa tỉnh", "client-verify", "everywhere");
    identity.create_client(by, &AccountId::Client(system.clone()), profile, NOW).await.unwrap();
    identity.issue_token(by, &system, "máy chủ 1", 30, NOW).await.unwrap();
    identity.issue_token(by, &system, "máy chủ 2", 400, Moment::now()).await.unwrap();
    identity.revoke_token(by, &system, 1, NOW).await.unwrap();
    site(&identity)
}

#[test]
fn the_pages() {
    store::testing::on_sqlite(SETS, async |store: Store| {
        let site = prepared(&store).await;
        for lang in [Lang::Vi, Lang::En] {
            let mut nobody = Browser::new(&site);
            let mut lan = Browser::of(&site, "lan").await;
            let mut sau = Browser::of(&site, "sau").await;
            for browser in [&mut nobody, &mut lan, &mut sau] {
                browser.lang = lang;
            }
            let pages = [
                ("sign-in", nobody.get("/sign-in?next=/desk").await.expect(200)),
                ("sign-in-wrong", nobody.sign_in("lan", "sai mật khẩu").await.expect(422)),
                ("account", lan.get("/account").await.expect(200)),
                ("password", lan.get("/account/password").await.expect(200)),
                (
                    "password-refused",
                    lan.post("/account/password", &[("new", "x"), ("again", "x")]).await.expect(422),
                ),
                ("basis", lan.get("/desk/basis?next=/desk").await.expect(200)),
                ("staff", sau.get("/admin/staff").await.expect(200)),
                ("staff-none", sau.post("/admin/staff", &[("text", "không ai")]).await.expect(200)),
                ("staff-new", sau.get("/admin/new-staff").await.expect(200)),
                ("staff-refused", sau.post("/admin/new-staff", &[("units", "Tân")]).await.expect(422)),
                ("staff-one", sau.get("/admin/staff/lan?done=edited").await.expect(200)),
                ("staff-own", sau.get("/admin/staff/sau").await.expect(200)),
                ("clients", sau.get("/admin/clients").await.expect(200)),
                ("client-one", sau.get("/admin/clients/his.bvdk").await.expect(200)),
            ];
            for (name, answer) in pages {
                insta::assert_snapshot!(format!("{name}-{}", lang.tag()), content(&answer));
            }
        }
    });
}
