use super::*;
use crate::{cache::Unresolved, model::Refusal, service::passwords::Replacement};
use ::store::{params, testing::twin, transact};
use vocabulary::{Basis, LegalBasis, Purpose, SystemId};

fn refusal<T>(outcome: Result<T, Unresolved>) -> Option<Refusal> {
    match outcome {
        Err(Unresolved::Refused(refusal)) => Some(refusal),
        _ => None,
    }
}

fn micros(micros: i64) -> Moment {
    Moment::from_micros(NOW.micros() + micros)
}

fn his() -> SystemId {
    SystemId::parse("his").unwrap()
}

/// A hospital's system with one token for 30 days; the header that it sends.
async fn hospital(identity: &Identity) -> String {
    let profile =
        Profile { units: UnitScope::Everywhere, ..profile("HIS Bệnh viện tỉnh", "client-verify", "") };
    let id = AccountId::client("his").unwrap();
    identity.create_client(By::Console(&agency()), &id, profile, NOW).await.unwrap();
    token(identity).await
}

async fn token(identity: &Identity) -> String {
    let token = identity.issue_token(By::Console(&agency()), &his(), "máy chủ 1", 30, NOW).await.unwrap();
    format!("Bearer {}", token.reveal())
}

async fn by_hand(store: &Store, sql: &str) {
    transact!(store, tx => {
        tx.execute(sql, params![]).await?;
        Ok::<_, ::store::StoreError>(())
    })
    .unwrap();
}

fn basis() -> Basis {
    Basis {
        purpose: Purpose::Residence,
        legal_basis: LegalBasis::parse("Luật Cư trú số 68/2020/QH14").unwrap(),
        procedure: None,
        dossier: None,
    }
}

::store::on_each_engine! {
    sets = SETS;

    async fn a_token_names_its_system(store: Store) {
        let identity = open(&store).await;
        let header = hospital(&identity).await;
        let known = identity.bearer(header.as_bytes(), NOW).await.unwrap();
        assert_eq!(known.caller.actor.system, Some(his()));
        assert_eq!(known.caller.actor.officer, None);
        assert!(known.caller.has_role("client-verify"));
        assert!(identity.bearer(header.replace("Bearer", "bearer").as_bytes(), NOW).await.is_ok());
    }

    async fn every_reason_is_told_apart(store: Store) {
        let identity = open(&store).await;
        let header = hospital(&identity).await;
        let of = async |header: &str, now| refusal(identity.bearer(header.as_bytes(), now).await);
        assert_eq!(of("Basic bGFuOmxhbg==", NOW).await, Some(Refusal::Scheme));
        assert_eq!(of("Bearer", NOW).await, Some(Refusal::Scheme));
        assert_eq!(of("Bearer nonsense", NOW).await, Some(Refusal::Unknown));
        assert_eq!(of(&format!("Bearer {}", Secret::new("dct_").unwrap().reveal()), NOW).await, Some(Refusal::Unknown));
        assert_eq!(of(&header, after(30 * 86_400 - 1)).await, None);
        assert_eq!(of(&header, after(30 * 86_400)).await, Some(Refusal::Expired));
        let id = AccountId::client("his").unwrap();
        identity.suspend(By::Console(&agency()), &id, true, NOW).await.unwrap();
        assert_eq!(of(&header, NOW).await, Some(Refusal::Suspended));
        identity.suspend(By::Console(&agency()), &id, false, NOW).await.unwrap();
        assert_eq!(of(&header, NOW).await, None, "a token outlives a suspension");
        identity.revoke_token(By::Console(&agency()), &his(), 1, NOW).await.unwrap();
        assert_eq!(of(&header, NOW).await, Some(Refusal::Revoked));
        assert!(refusal(identity.bearer(b"Bearer \xff\xfe", NOW).await).is_some());
    }

    async fn resolving_takes_no_database(store: Store) {
        let identity = open(&store).await;
        lan(&identity).await;
        let header = hospital(&identity).await;
        let session = cookie(&signed_in(&identity, "lan", NOW).await.session, 0);
        identity.bearer(header.as_bytes(), NOW).await.unwrap();
        identity.session(session, NOW).await.unwrap();
        // Were a table read, its absence would be noticed.
        for table in ["client_token", "staff_session", "staff_password", "identity_signal"] {
            by_hand(&store, &format!("ALTER TABLE {table} RENAME TO away_{table}")).await;
        }
        identity.bearer(header.as_bytes(), micros(300_000)).await.unwrap();
        identity.session(session, micros(300_000)).await.unwrap();
        // Without the signals nobody is let in on old knowledge.
        let blind = identity.bearer(header.as_bytes(), micros(1_000_000)).await;
        assert!(matches!(blind, Err(Unresolved::Store(_))), "{blind:?}");
    }

    async fn a_revocation_holds_in_every_process_within_a_second(store: Store) {
        let here = open(&store).await;
        let header = hospital(&here).await;
        let successor = token(&here).await;
        let there = open(&twin(&store).await).await;
        there.bearer(header.as_bytes(), NOW).await.unwrap();
        here.bearer(header.as_bytes(), NOW).await.unwrap();
        here.revoke_token(By::Console(&agency()), &his(), 1, NOW).await.unwrap();
        assert_eq!(refusal(here.bearer(header.as_bytes(), NOW).await), Some(Refusal::Revoked), "here at once");
        let second = micros(1_000_000);
        assert_eq!(refusal(there.bearer(header.as_bytes(), second).await), Some(Refusal::Revoked));
        assert!(there.bearer(successor.as_bytes(), second).await.is_ok(), "the other token goes on");
    }

    async fn a_process_that_slept_through_pruned_signals_forgets_everything(store: Store) {
        let here = open(&store).await;
        let header = hospital(&here).await;
        let there = open(&twin(&store).await).await;
        there.bearer(header.as_bytes(), NOW).await.unwrap();
        here.revoke_token(By::Console(&agency()), &his(), 1, NOW).await.unwrap();
        // Somebody else's signal is the last; the one about the token is pruned.
        lan(&here).await;
        transact!(store, tx => crate::store::prune(tx, after(2 * 3600)).await).unwrap();
        let left: Vec<String> = store.all("SELECT account FROM identity_signal", params![]).await.unwrap();
        assert_eq!(left, ["staff:lan"]);
        assert_eq!(refusal(there.bearer(header.as_bytes(), micros(1_000_000)).await), Some(Refusal::Revoked));
    }

    async fn a_change_by_hand_is_noticed_within_a_minute(store: Store) {
        let identity = open(&store).await;
        let header = hospital(&identity).await;
        identity.bearer(header.as_bytes(), NOW).await.unwrap();
        by_hand(&store, "UPDATE account SET suspended_at = created_at").await;
        assert!(identity.bearer(header.as_bytes(), after(59)).await.is_ok());
        assert_eq!(refusal(identity.bearer(header.as_bytes(), after(60)).await), Some(Refusal::Suspended));
    }

    async fn the_day_of_use_is_noted_once_a_day(store: Store) {
        let identity = open(&store).await;
        let header = hospital(&identity).await;
        let used = async || -> Option<Moment> { store.one("SELECT used_at FROM client_token", params![]).await.unwrap() };
        assert_eq!(used().await, None);
        identity.bearer(header.as_bytes(), NOW).await.unwrap();
        assert_eq!(used().await, Some(NOW));
        identity.bearer(header.as_bytes(), after(1)).await.unwrap();
        assert_eq!(used().await, Some(NOW));
        identity.bearer(header.as_bytes(), after(86_400)).await.unwrap();
        assert_eq!(used().await, Some(after(86_400)));
    }

    async fn a_session_ends_by_idleness_and_by_age(store: Store) {
        let identity = open(&store).await;
        lan(&identity).await;
        let idle = cookie(&signed_in(&identity, "lan", NOW).await.session, 0);
        assert!(identity.session(idle, after(1799)).await.is_ok());
        assert!(identity.session(idle, after(1799 + 1799)).await.is_ok(), "each request counts");
        let expired = identity.session(idle, after(1799 + 1799 + 1800)).await;
        assert_eq!(refusal(expired), Some(Refusal::Expired));

        let busy = cookie(&signed_in(&identity, "lan", NOW).await.session, 0);
        for minutes in (0..720).step_by(20) {
            assert!(identity.session(busy, after(minutes * 60)).await.is_ok(), "{minutes}");
        }
        assert_eq!(refusal(identity.session(busy, after(720 * 60)).await), Some(Refusal::Expired));
        let unknown = cookie(&Secret::new("").unwrap(), 0);
        assert_eq!(refusal(identity.session(unknown, NOW).await), Some(Refusal::Unknown));
    }

    async fn a_session_used_elsewhere_is_not_idle_here(store: Store) {
        let here = open(&store).await;
        lan(&here).await;
        let there = open(&twin(&store).await).await;
        let session = cookie(&signed_in(&here, "lan", NOW).await.session, 0);
        here.session(session, NOW).await.unwrap();
        there.session(session, after(1700)).await.unwrap();
        here.session(session, after(1810)).await.unwrap();
    }

    async fn use_is_noted_at_most_once_a_minute(store: Store) {
        let identity = open(&store).await;
        lan(&identity).await;
        let session = cookie(&signed_in(&identity, "lan", NOW).await.session, 0);
        let seen = async || -> Moment { store.one("SELECT seen_at FROM staff_session", params![]).await.unwrap() };
        identity.session(session, after(59)).await.unwrap();
        assert_eq!(seen().await, NOW);
        identity.session(session, after(60)).await.unwrap();
        assert_eq!(seen().await, after(60));
    }

    async fn suspending_ends_sessions_everywhere_within_a_second(store: Store) {
        let here = open(&store).await;
        let id = lan(&here).await;
        let there = open(&twin(&store).await).await;
        let session = cookie(&signed_in(&here, "lan", NOW).await.session, 0);
        there.session(session, NOW).await.unwrap();
        here.suspend(By::Console(&agency()), &id, true, NOW).await.unwrap();
        assert_eq!(refusal(there.session(session, micros(1_000_000)).await), Some(Refusal::Unknown));
        here.suspend(By::Console(&agency()), &id, false, NOW).await.unwrap();
        assert!(here.session(session, NOW).await.is_err(), "lifting the suspension revives no session");
    }

    async fn new_roles_hold_everywhere_within_a_second(store: Store) {
        let here = open(&store).await;
        let id = lan(&here).await;
        let there = open(&twin(&store).await).await;
        let session = cookie(&signed_in(&here, "lan", NOW).await.session, 0);
        assert!(there.session(session, NOW).await.unwrap().caller.has_role("one-stop-clerk"));
        let steward = profile("lan", "data-steward", "22366");
        here.edit(By::Console(&agency()), &id, steward, 1, NOW).await.unwrap();
        let caller = there.session(session, micros(1_000_000)).await.unwrap().caller.clone();
        assert!(caller.has_role("data-steward") && !caller.has_role("one-stop-clerk"));
    }

    async fn signing_out_and_ending_another_browser(store: Store) {
        let identity = open(&store).await;
        lan(&identity).await;
        officer(&identity, "minh", "one-stop-clerk", "22366").await;
        let (desk, phone) = (signed_in(&identity, "lan", NOW).await, signed_in(&identity, "lan", after(1)).await);
        let minh = signed_in(&identity, "minh", NOW).await;
        let now = after(2);
        let lan = identity.session(cookie(&desk.session, 0), now).await.unwrap();
        let listed = identity.sessions(&lan, now).await.unwrap();
        assert_eq!(listed.len(), 2);
        assert!(listed.iter().all(|s| s.browser == "Firefox, Linux" && s.address == "198.51.100.7"));

        let minhs = identity.session(cookie(&minh.session, 0), now).await.unwrap();
        let foreign = identity.end_session(&lan, minhs.number, now).await;
        assert!(matches!(foreign, Err(IdentityError::Refused(_))), "only the own");
        let phones = identity.session(cookie(&phone.session, 0), now).await.unwrap().number;
        identity.end_session(&lan, phones, now).await.unwrap();
        assert!(identity.session(cookie(&phone.session, 0), now).await.is_err());
        identity.sign_out(&lan, now).await.unwrap();
        assert_eq!(refusal(identity.session(cookie(&desk.session, 0), now).await), Some(Refusal::Unknown));
        assert!(identity.session(cookie(&minh.session, 0), now).await.is_ok());
    }

    async fn what_one_works_on_is_seen_at_once_by_the_process_asked_next(store: Store) {
        let here = open(&store).await;
        lan(&here).await;
        let there = open(&twin(&store).await).await;
        let secret = signed_in(&here, "lan", NOW).await.session;
        assert_eq!(there.session(cookie(&secret, 0), NOW).await.unwrap().basis, None);
        let session = here.session(cookie(&secret, 0), NOW).await.unwrap();
        let revision = here.set_basis(&session, Some(&basis()), NOW).await.unwrap();
        assert_eq!(there.session(cookie(&secret, revision), NOW).await.unwrap().basis, Some(basis()));
        let cleared = here.set_basis(&session, None, NOW).await.unwrap();
        assert_eq!(there.session(cookie(&secret, cleared), NOW).await.unwrap().basis, None);
        assert_eq!(here.session(cookie(&secret, cleared), NOW).await.unwrap().basis, None);
        here.sign_out(&session, NOW).await.unwrap();
        assert!(here.set_basis(&session, Some(&basis()), NOW).await.is_err(), "an ended session takes nothing");
    }

    async fn a_new_password_ends_all_other_browsers(store: Store) {
        let identity = open(&store).await;
        lan(&identity).await;
        let (desk, phone) = (signed_in(&identity, "lan", NOW).await, signed_in(&identity, "lan", NOW).await);
        let session = identity.session(cookie(&desk.session, 0), NOW).await.unwrap();
        identity.set_basis(&session, Some(&basis()), NOW).await.unwrap();
        let session = identity.session(cookie(&desk.session, 1), NOW).await.unwrap();
        let new = "mèo mun nằm ngủ hiên nhà";
        let of = |current, new, again| Replacement { current, new, again, address: "198.51.100.7", browser: "" };
        let rule = async |replacement| match identity.change_password(&session, replacement, NOW).await {
            Err(IdentityError::Refused(problem)) => {
                problem.violations.first().map(|v| (v.field.clone(), v.rule)).unwrap_or_default()
            }
            other => panic!("{other:?}"),
        };
        assert_eq!(rule(of(PASSWORD, new, "khác")).await, ("again".into(), "password/again"));
        assert_eq!(rule(of(PASSWORD, "ngắn", "ngắn")).await, ("new".into(), "password/length"));
        assert_eq!(rule(of(PASSWORD, PASSWORD, PASSWORD)).await, ("new".into(), "password/same"));
        assert_eq!(rule(of("sai mật khẩu", new, new)).await, ("current".into(), "password/wrong"));

        let browser = identity.change_password(&session, of(PASSWORD, new, new), NOW).await.unwrap();
        for old in [&desk, &phone] {
            assert_eq!(refusal(identity.session(cookie(&old.session, 0), NOW).await), Some(Refusal::Unknown));
        }
        let renewed = identity.session(cookie(&browser.session, 0), NOW).await.unwrap();
        assert_eq!(renewed.basis, Some(basis()), "the work goes on");
        assert!(matches!(identity.sign_in(attempt("lan", PASSWORD, NOW)).await.unwrap(), SignIn::Wrong(_)));
        assert!(matches!(identity.sign_in(attempt("lan", new, NOW)).await.unwrap(), SignIn::Done(_)));
    }

    async fn a_stolen_session_cannot_guess_the_password(store: Store) {
        let identity = open(&store).await;
        lan(&identity).await;
        let session = identity.session(cookie(&signed_in(&identity, "lan", NOW).await.session, 0), NOW).await.unwrap();
        let new = "mèo mun nằm ngủ hiên nhà";
        let guess = Replacement { current: "sai mật khẩu", new, again: new, address: "198.51.100.7", browser: "" };
        let before = identity.hasher_runs();
        for _ in 0..20 {
            assert!(identity.change_password(&session, guess, NOW).await.is_err());
        }
        assert_eq!(identity.hasher_runs() - before, 10);
        let waiting = Replacement { current: PASSWORD, ..guess };
        assert!(identity.change_password(&session, waiting, NOW).await.is_err());
        assert!(identity.change_password(&session, waiting, after(15)).await.is_ok());
    }

    async fn what_has_ended_is_pruned(store: Store) {
        let identity = open(&store).await;
        lan(&identity).await;
        signed_in(&identity, "lan", NOW).await;
        identity.sign_in(attempt("nobody", "x", NOW)).await.unwrap();
        let count = async |table: &str| -> i64 {
            store.all(&format!("SELECT count(*) FROM {table}"), params![]).await.unwrap()[0]
        };
        assert_eq!((count("staff_session").await, count("sign_in_tally").await), (1, 2));
        signed_in(&identity, "lan", after(3 * 86_400)).await;
        assert_eq!((count("staff_session").await, count("sign_in_tally").await), (1, 0));
        assert!(count("identity_signal").await >= 1, "the last signal stays: numbers count on from it");
    }
}
