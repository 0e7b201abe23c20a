use super::*;
use crate::{
    lockout,
    service::sign_in::{Admission, count, take_back},
    store::tallies,
};
use ::store::{params, testing::twin, transact};

async fn wrong(identity: &Identity, login: &str, now: Moment) -> SignIn {
    identity.sign_in(attempt(login, "không phải mật khẩu", now)).await.unwrap()
}

/// Tries a wrong password until the account has to wait; the tries it took.
async fn exhaust(identity: &Identity, login: &str, now: Moment) -> u32 {
    let mut tries = 0;
    loop {
        match wrong(identity, login, now).await {
            SignIn::Wrong(0) => tries += 1,
            SignIn::Wrong(seconds) => {
                assert_eq!(seconds, lockout::ACCOUNT.first);
                return tries + 1;
            }
            other => panic!("{other:?}"),
        }
    }
}

::store::on_each_engine! {
    sets = SETS;

    async fn an_unknown_account_is_not_told_from_a_wrong_password(store: Store) {
        let identity = open(&store).await;
        lan(&identity).await;
        for login in ["lan", "nobody", "no such name!", ""] {
            let before = identity.hasher_runs();
            let outcome = wrong(&identity, login, NOW).await;
            assert!(matches!(outcome, SignIn::Wrong(0)), "{login}: {outcome:?}");
            assert_eq!(identity.hasher_runs(), before + 1, "{login}: the same work");
        }
        // Waiting does not tell either: both accounts wait after as many failures.
        let elsewhere = |login| Attempt { address: "203.0.113.1", ..attempt(login, "không phải mật khẩu", after(86_400)) };
        for _ in 0..5 {
            for login in ["lan", "nobody"] {
                identity.sign_in(elsewhere(login)).await.unwrap();
            }
        }
        for login in ["lan", "nobody"] {
            let outcome = identity.sign_in(elsewhere(login)).await.unwrap();
            assert!(matches!(outcome, SignIn::Wait(15)), "{login}: {outcome:?}");
        }
    }

    async fn capitals_in_the_name_do_not_matter(store: Store) {
        let identity = open(&store).await;
        lan(&identity).await;
        signed_in(&identity, " LAN ", NOW).await;
    }

    async fn waiting_grows_and_ends(store: Store) {
        let identity = open(&store).await;
        lan(&identity).await;
        assert_eq!(exhaust(&identity, "lan", NOW).await, 5);
        let mut now = NOW;
        for expected in [15, 30, 60, 120, 240, 480, 900, 900] {
            let before = identity.hasher_runs();
            let right = identity.sign_in(attempt("lan", PASSWORD, now)).await.unwrap();
            assert!(matches!(right, SignIn::Wait(s) if s == expected), "{right:?}");
            assert_eq!(identity.hasher_runs(), before, "the password is not looked at while waiting");
            now = now.plus_seconds(expected);
            assert!(matches!(wrong(&identity, "lan", now).await, SignIn::Wrong(_)));
        }
        // The right password ends it: afterwards the first failures are free again.
        now = now.plus_seconds(900);
        signed_in(&identity, "lan", now).await;
        assert_eq!(exhaust(&identity, "lan", now).await, 5);
    }

    async fn a_restart_does_not_clear_the_wait(store: Store) {
        let identity = open(&store).await;
        lan(&identity).await;
        exhaust(&identity, "lan", NOW).await;
        drop(identity);
        let again = open(&store).await;
        let outcome = again.sign_in(attempt("lan", PASSWORD, after(1))).await.unwrap();
        assert!(matches!(outcome, SignIn::Wait(14)), "{outcome:?}");
    }

    async fn a_stranger_does_not_lock_out_the_owner(store: Store) {
        let identity = open(&store).await;
        lan(&identity).await;
        let own = signed_in(&identity, "lan", NOW).await;
        exhaust(&identity, "lan", NOW).await;
        assert!(matches!(identity.sign_in(attempt("lan", PASSWORD, NOW)).await.unwrap(), SignIn::Wait(_)));
        let known = |password| Attempt { device: Some(own.device.reveal()), ..attempt("lan", password, NOW) };
        // The known device has a tally of its own, and that one bounds guessing with a stolen device, too.
        for _ in 0..9 {
            assert!(matches!(identity.sign_in(known("sai mật khẩu")).await.unwrap(), SignIn::Wrong(0)));
        }
        let SignIn::Done(renewed) = identity.sign_in(known(PASSWORD)).await.unwrap() else { panic!() };
        // The device secret is renewed with each sign-in; the old one is as good as none.
        assert!(matches!(identity.sign_in(known(PASSWORD)).await.unwrap(), SignIn::Wait(_)));
        let renewed = Attempt { device: Some(renewed.device.reveal()), ..known("sai mật khẩu") };
        for _ in 0..10 {
            assert!(matches!(identity.sign_in(renewed).await.unwrap(), SignIn::Wrong(_)));
        }
        assert!(matches!(identity.sign_in(renewed).await.unwrap(), SignIn::Wait(15)));
    }

    async fn a_device_is_known_for_its_own_account_only(store: Store) {
        let identity = open(&store).await;
        lan(&identity).await;
        officer(&identity, "minh", "one-stop-clerk", "22366").await;
        let minh = signed_in(&identity, "minh", NOW).await;
        exhaust(&identity, "lan", NOW).await;
        let borrowed = Attempt { device: Some(minh.device.reveal()), ..attempt("lan", PASSWORD, NOW) };
        assert!(matches!(identity.sign_in(borrowed).await.unwrap(), SignIn::Wait(_)));
        let old = Attempt { now: after(181 * 86_400), ..attempt("minh", PASSWORD, NOW) };
        exhaust(&identity, "minh", old.now).await;
        let lapsed = Attempt { device: Some(minh.device.reveal()), ..old };
        assert!(matches!(identity.sign_in(lapsed).await.unwrap(), SignIn::Wait(_)), "known for 180 days");
    }

    async fn guessing_at_many_accounts_slows_the_address(store: Store) {
        let identity = open(&store).await;
        lan(&identity).await;
        for n in 0..30 {
            let name = format!("stranger{n}");
            assert!(matches!(wrong(&identity, &name, NOW).await, SignIn::Wrong(_)));
        }
        assert!(matches!(wrong(&identity, "stranger99", NOW).await, SignIn::Wait(15)));
        let office = Attempt { address: "203.0.113.1", ..attempt("lan", PASSWORD, NOW) };
        assert!(matches!(identity.sign_in(office).await.unwrap(), SignIn::Done(_)), "elsewhere nobody waits");
    }

    async fn an_office_behind_one_address_does_not_fill_its_tally(store: Store) {
        let identity = open(&store).await;
        lan(&identity).await;
        for _ in 0..40 {
            signed_in(&identity, "lan", NOW).await;
        }
        // And who owns an account cannot clear what he failed at on others.
        for n in 0..29 {
            wrong(&identity, &format!("stranger{n}"), NOW).await;
            signed_in(&identity, "lan", NOW).await;
        }
        assert!(matches!(wrong(&identity, "stranger50", NOW).await, SignIn::Wrong(15)));
    }

    async fn many_guesses_at_once_share_no_count(store: Store) {
        let identity = open(&store).await;
        let other = open(&twin(&store).await).await;
        lan(&identity).await;
        let before = identity.hasher_runs() + other.hasher_runs();
        let tasks: Vec<_> = (0..24)
            .map(|n| {
                let identity = if n % 2 == 0 { identity.clone() } else { other.clone() };
                tokio::spawn(async move { wrong(&identity, "lan", NOW).await })
            })
            .collect();
        let mut looked_at = 0;
        for task in tasks {
            looked_at += u64::from(matches!(task.await.unwrap(), SignIn::Wrong(_)));
        }
        assert_eq!(looked_at, 5);
        assert_eq!(identity.hasher_runs() + other.hasher_runs() - before, 5);
    }

    async fn an_attempt_that_nobody_looked_at_is_taken_back(store: Store) {
        let keys = || vec![("account:lan".to_owned(), lockout::ACCOUNT)];
        transact!(store, tx => {
            let mut kept = Vec::new();
            for n in 0..3 {
                let Admission::Counted(counted) = count(tx, keys(), after(n)).await? else { panic!() };
                kept = counted;
            }
            let before = tallies::find(tx, "account:lan").await?;
            assert_eq!(before, Some(lockout::Tally { failures: 3, last: after(2) }));
            take_back(tx, &kept).await?;
            let left = tallies::find(tx, "account:lan").await?;
            assert_eq!(left, Some(lockout::Tally { failures: 2, last: after(1) }), "and no more than it");
            Ok::<_, IdentityError>(())
        })
        .unwrap();
    }

    async fn another_cost_is_taken_over_at_the_next_sign_in(store: Store) {
        let identity = open(&store).await;
        let id = lan(&identity).await;
        let kept = async || crate::store::accounts::password(&store, &id).await.unwrap().unwrap().hash;
        assert!(kept().await.contains("m=64,t=1"));
        let dearer = open_with(
            &store,
            Config { hash: HashCost { passes: 2, ..config().hash }, ..config() },
            Policy::builtin(),
        )
        .await;
        wrong(&dearer, "lan", NOW).await;
        assert!(kept().await.contains("m=64,t=1"), "only the right password is hashed anew");
        signed_in(&dearer, "lan", NOW).await;
        assert!(kept().await.contains("m=64,t=2"));
        signed_in(&dearer, "lan", NOW).await;
    }

    async fn a_planted_session_does_not_go_on(store: Store) {
        let identity = open(&store).await;
        lan(&identity).await;
        officer(&identity, "minh", "one-stop-clerk", "22366").await;
        let planted = signed_in(&identity, "minh", NOW).await;
        let victim = Attempt { session: Some(planted.session.reveal()), ..attempt("lan", PASSWORD, NOW) };
        let SignIn::Done(browser) = identity.sign_in(victim).await.unwrap() else { panic!() };
        assert_ne!(browser.session.reveal(), planted.session.reveal());
        assert!(identity.session(cookie(&browser.session, 0), NOW).await.is_ok());
        let old = identity.session(cookie(&planted.session, 0), after(1)).await;
        assert!(matches!(old, Err(crate::cache::Unresolved::Refused(crate::model::Refusal::Unknown))));
    }

    async fn a_suspended_officer_learns_it_only_with_the_right_password(store: Store) {
        let identity = open(&store).await;
        let id = lan(&identity).await;
        identity.suspend(By::Console(&agency()), &id, true, NOW).await.unwrap();
        assert!(matches!(wrong(&identity, "lan", NOW).await, SignIn::Wrong(0)));
        assert!(matches!(identity.sign_in(attempt("lan", PASSWORD, NOW)).await.unwrap(), SignIn::Suspended));
    }

    async fn a_one_time_password_has_its_time(store: Store) {
        let identity = open(&store).await;
        lan(&identity).await;
        let password = identity.reset_password(By::Console(&agency()), &login("lan"), NOW).await.unwrap();
        let just = identity.sign_in(attempt("lan", &password, after(72 * 3600 - 1))).await.unwrap();
        assert!(matches!(just, SignIn::Done(SignedInBrowser { must_change: true, .. })), "{just:?}");
        let late = identity.sign_in(attempt("lan", &password, after(72 * 3600))).await.unwrap();
        assert!(matches!(late, SignIn::Lapsed), "{late:?}");
        assert!(matches!(identity.sign_in(attempt("lan", PASSWORD, NOW)).await.unwrap(), SignIn::Wrong(_)));
    }

    async fn a_reset_ends_waiting_sessions_and_devices(store: Store) {
        let identity = open(&store).await;
        lan(&identity).await;
        let own = signed_in(&identity, "lan", NOW).await;
        exhaust(&identity, "lan", NOW).await;
        let password = identity.reset_password(By::Console(&agency()), &login("lan"), NOW).await.unwrap();
        assert!(identity.session(cookie(&own.session, 0), NOW).await.is_err());
        exhaust(&identity, "lan", NOW).await;
        let device = Attempt { device: Some(own.device.reveal()), ..attempt("lan", &password, NOW) };
        assert!(matches!(identity.sign_in(device).await.unwrap(), SignIn::Wait(_)), "no device is known any more");
    }

    async fn nothing_secret_is_stored(store: Store) {
        let identity = open(&store).await;
        lan(&identity).await;
        let browser = signed_in(&identity, "lan", NOW).await;
        let sessions: Vec<Vec<u8>> = store.all("SELECT digest FROM staff_session", params![]).await.unwrap();
        let devices: Vec<Vec<u8>> = store.all("SELECT digest FROM known_device", params![]).await.unwrap();
        assert_eq!(sessions, [browser.session.digest().0.to_vec()]);
        assert_eq!(devices, [browser.device.digest().0.to_vec()]);
        let hash: String = store.one("SELECT hash FROM staff_password", params![]).await.unwrap();
        assert!(hash.starts_with("$argon2id$") && !hash.contains("chanh"));
    }
}
