//! Accounts are suspended, locked, unlocked and closed, and follow the registry; sessions, tokens and grants end at
//! once.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod application;

use application::{officers::*, *};
use serde_json::json;
use std::time::{Duration, Instant};
use store::Store;

/// A citizen who is signed in here and at the bank; the bank with its access and refresh token.
async fn signed_in(site: &mut Site) -> (App, String, String) {
    site.register().await;
    site.sign_in().await;
    let mut bank = App::of("bank", site).await;
    let (code, verifier) =
        bank.code(site, "openid profile offline_access", &["profile", "offline_access"]).await;
    let tokens = bank.exchange(site, &code, &verifier).await.json(200);
    let text = |name: &str| tokens[name].as_str().unwrap().to_owned();
    (bank, text("access_token"), text("refresh_token"))
}

async fn active(bank: &App, site: &Site, token: &str) -> bool {
    bank.call(site, "/oidc/introspect", &[("token", token)]).await.json(200)["active"] == json!(true)
}

store::on_each_engine! {
    sets = SETS;

    async fn an_officer_locks_and_unlocks_and_everything_ends_at_once(store: Store) {
        let mut site = Site::open(store).await;
        let (bank, access, refresh) = signed_in(&mut site).await;
        let waiting = App::of("portal", &site).await;
        assert!(active(&bank, &site, &access).await);
        site.step("lock", "").await.expect(422);
        site.step("unlock", "Chưa khóa mà mở").await.expect(422);
        site.step("lock", "Nghi bị chiếm đoạt tài khoản").await.expect(200);
        assert!(!active(&bank, &site, &access).await && !active(&bank, &site, &refresh).await);
        bank.userinfo(&site, &access).await.error(401, "invalid_token");
        bank.refresh(&site, &refresh).await.error(400, "invalid_grant");
        assert!(site.get("/citizen").await.expect(303).location().contains("sign-in"), "the session is over");
        assert!(site.last_message().contains("đã bị khóa"), "the owner is told");
        let held = site.try_sign_in(NUMBER).await.expect(422);
        assert!(held.body.contains("bị khóa hoặc tạm dừng"));
        site.step("suspend", "Không yếu đi được").await.expect(422);
        site.step("unlock", "Chính chủ đến trình diện").await.expect(200);
        site.sign_in().await;
        assert!(!active(&bank, &site, &access).await, "what ended does not come back");
        let page = site.get("/citizen/standing").await.expect(200).body;
        assert!(page.contains("Nghi bị chiếm đoạt tài khoản") && page.contains("Quyết định 12/QĐ-TA"));
        drop(waiting);
    }

    async fn only_approvers_manage_accounts_and_for_a_stated_reason(store: Store) {
        let mut site = Site::open(store).await;
        site.register().await;
        let fields = [("number", NUMBER), ("purpose", "own-request"), ("legal_basis", "Nghị định 69/2024/NĐ-CP")];
        site.desk(RECEIVES, "/desk/eid/accounts", Some(&fields)).await.expect(403);
        site.desk(APPROVES, "/desk/eid/accounts", Some(&fields)).await.expect(200);
        for (what, value) in [("number", CHILD), ("number", "1"), ("purpose", "residence"), ("legal_basis", "x")] {
            let mut wrong: Vec<(&str, &str)> = fields.into_iter().filter(|(name, _)| *name != what).collect();
            wrong.push((what, value));
            site.desk(APPROVES, "/desk/eid/accounts", Some(&wrong)).await.expect(422);
        }
    }

    async fn a_citizen_closes_the_own_account_and_opens_it_again_in_person(store: Store) {
        let mut site = Site::open(store).await;
        let (bank, access, _) = signed_in(&mut site).await;
        let token = site.csrf().await;
        let close = |password: &'static str, step: &'static str| vec![
            ("csrf_token".to_owned(), token.clone()), ("step".to_owned(), step.to_owned()), ("password".to_owned(), password.to_owned()),
        ];
        site.post_owned("/citizen/standing", close("không phải nó", "close")).await.expect(422);
        site.post_owned("/citizen/standing", close(PASSWORD, "unlock")).await.expect(422);
        assert!(active(&bank, &site, &access).await);
        site.post_owned("/citizen/standing", close(PASSWORD, "close")).await.expect(200);
        assert!(!active(&bank, &site, &access).await);
        assert!(site.try_sign_in(NUMBER).await.expect(422).body.contains("đã đóng"));
        let again = site.apply(NUMBER, "Trần Văn Đức", "02/05/1980").await.expect(200);
        assert!(again.body.contains("name=\"code\"") && !site.last_message().contains("Mã xác nhận"), "not from afar");
        let (_, code) = site.approved(NUMBER, &[]).await;
        site.activate(NUMBER, &code, PASSWORD).await.expect(200);
        site.sign_in().await;
        let page = site.get("/citizen").await.expect(200).body;
        assert!(!page.contains("Ứng dụng bank"), "consents were taken back");
    }

    async fn a_death_closes_the_account_within_a_second(store: Store) {
        let mut site = Site::open(store).await;
        let (bank, access, refresh) = signed_in(&mut site).await;
        site.provider.follow().await.unwrap();
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let provider = site.provider.clone();
        let follower = tokio::spawn(async move { provider.run(async move { drop(stopped.await) }).await });
        assert!(active(&bank, &site, &access).await);
        let person = site.record_of(NUMBER).await;
        site.dies(person).await;
        let died = Instant::now();
        while active(&bank, &site, &access).await {
            assert!(died.elapsed() < Duration::from_secs(1), "introspection still says active");
        }
        assert!(!active(&bank, &site, &refresh).await);
        bank.userinfo(&site, &access).await.error(401, "invalid_token");
        assert!(site.get("/citizen").await.expect(303).location().contains("sign-in"));
        assert!(site.try_sign_in(NUMBER).await.expect(422).body.contains("đã đóng"));
        site.hand_in(RECEIVES, NUMBER, &[]).await.expect(422);
        stop.send(()).unwrap();
        follower.await.unwrap();
    }

    async fn a_new_number_is_the_one_to_sign_in_with(store: Store) {
        let mut site = Site::open(store).await;
        let (bank, access, _) = signed_in(&mut site).await;
        assert_eq!(site.provider.follow().await.unwrap(), 0, "everything is as the registry has it");
        let person = site.record_of(NUMBER).await;
        site.renumbered(person, NUMBER, "056080007777").await;
        assert_eq!(site.provider.follow().await.unwrap(), 1);
        assert_eq!(site.provider.follow().await.unwrap(), 0, "what was followed is not followed again");
        assert!(active(&bank, &site, &access).await, "the same person stays signed in");
        site.try_sign_in(NUMBER).await.expect(422);
        site.try_sign_in("056080007777").await.expect(303);
    }

    async fn an_account_follows_a_merge_and_its_undoing(store: Store) {
        const SECOND: &str = "056080008888";
        let mut site = Site::open(store).await;
        let (bank, access, _) = signed_in(&mut site).await;
        site.provider.follow().await.unwrap();
        let first = site.record_of(NUMBER).await;
        let second = site.known(SECOND, "Trần Văn Đức", "1980-05-02", vec![]).await;
        // Only the record that ends has an account: it moves, and signs in by the number in force.
        let acts = site.merged(second, first).await;
        assert!(site.provider.follow().await.unwrap() >= 1);
        assert!(site.last_message().contains("được hợp nhất"));
        assert!(active(&bank, &site, &access).await, "the same person stays signed in");
        site.try_sign_in(NUMBER).await.expect(422);
        site.try_sign_in(SECOND).await.expect(303);
        site.separated(&acts).await;
        site.provider.follow().await.unwrap();
        assert!(site.last_message().contains("đã bị hủy"));
        site.try_sign_in(SECOND).await.expect(422);
        site.try_sign_in(NUMBER).await.expect(303);
        assert_eq!(site.provider.follow().await.unwrap(), 0, "what was followed is not followed again");

        // Both have one: that of the record kept stays, the other is closed with a notice, and opened by the undoing.
        site.level_2(SECOND, &[]).await;
        let acts = site.merged(second, first).await;
        site.provider.follow().await.unwrap();
        assert!(site.last_message().contains("tài khoản này đã đóng"));
        assert!(!active(&bank, &site, &access).await);
        assert!(site.try_sign_in(NUMBER).await.expect(422).body.contains("đã đóng"));
        site.try_sign_in(SECOND).await.expect(303);
        site.separated(&acts).await;
        site.provider.follow().await.unwrap();
        site.try_sign_in(NUMBER).await.expect(303);
        site.try_sign_in(SECOND).await.expect(303);
    }

    async fn what_happened_while_nobody_followed_is_made_up_for(store: Store) {
        let mut site = Site::open(store).await;
        let (bank, access, _) = signed_in(&mut site).await;
        site.dies(site.record_of(NUMBER).await).await;
        assert!(active(&bank, &site, &access).await);
        assert_eq!(site.provider.follow().await.unwrap(), 1, "the first time, every account is looked at");
        assert!(!active(&bank, &site, &access).await);
    }
}
