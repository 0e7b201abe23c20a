//! Signing keys that another process adds while citizens sign in.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod application;

use application::*;
use provider::{
    KeyFolder, KeyStore,
    jose::{Jws, PublicJwk},
};
use serde_json::Value;
use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};
use store::Store;
use vocabulary::Moment;

store::on_each_engine! {
    sets = SETS;

    async fn keys_turn_over_under_load_without_a_failed_sign_in(store: Store) {
        let mut site = Site::open(store).await;
        site.register().await;
        site.sign_in().await;
        let mut apps = Vec::new();
        for id in ["bank", "portal", "hospital", "school-a"] {
            let mut app = App::of(id, &site).await;
            let (code, verifier) = app.code(&mut site, "openid offline_access", &["offline_access"]).await;
            let tokens = app.exchange(&site, &code, &verifier).await.json(200);
            apps.push((app, tokens));
        }
        let folder = site.folder.path();
        let other = KeyFolder::open_or_create(&folder.join("keys"), &folder.join("pass"), Moment::now()).unwrap();
        let begun = Instant::now();
        let signer = |tokens: &Value| {
            let jws = Jws::read(tokens["id_token"].as_str().unwrap()).unwrap();
            jws.named("kid").unwrap().to_owned()
        };
        let mut signers: BTreeSet<String> = apps.iter().map(|(_, tokens)| signer(tokens)).collect();
        // A key signs an hour after it was added: these were, as far as their names say, some time ago.
        for age in [9000, 8000, 7000] {
            let expected = other.rotate(Moment::now().plus_seconds(-age)).unwrap();
            while !signers.contains(&expected) {
                assert!(begun.elapsed() < Duration::from_secs(120), "the key of another process is not noticed");
                let tokens: Vec<String> =
                    apps.iter().map(|(_, tokens)| tokens["refresh_token"].as_str().unwrap().to_owned()).collect();
                let [a, b, c, d] = &apps[..] else { panic!("four applications") };
                let (a, b, c, d) = tokio::join!(
                    a.0.refresh(&site, &tokens[0]),
                    b.0.refresh(&site, &tokens[1]),
                    c.0.refresh(&site, &tokens[2]),
                    d.0.refresh(&site, &tokens[3]),
                );
                for ((_, tokens), answer) in apps.iter_mut().zip([a, b, c, d]) {
                    *tokens = answer.json(200);
                    let id_token = tokens["id_token"].as_str().unwrap();
                    assert_eq!(site.id_token(id_token).await["iss"], ISSUER);
                    signers.insert(signer(tokens));
                }
            }
        }
        assert_eq!(signers.len(), 4, "the first key, and three that took over");
        let published = site.api("GET", "/oidc/jwks", &[], "").await.json(200);
        let published: BTreeSet<_> = published["keys"].as_array().unwrap().iter().map(|key| PublicJwk::read(key).unwrap().thumbprint()).collect();
        assert_eq!(published, signers, "tokens of all of them are in use");
    }
}
