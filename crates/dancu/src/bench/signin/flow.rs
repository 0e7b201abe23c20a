//! One sign-in as an application and a browser make it: pushed request, authorisation with a live session, code,
//! tokens, userinfo; `private_key_jwt` and DPoP with nonces throughout. Every answer is read and judged.

use super::{
    key::Key,
    wire::{Answer, Wire, form},
};
use anyhow::{Context, Result, anyhow, bail, ensure};
use provider::jose::{JwkSet, Jws, decode, encode};
use rand::RngExt;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use std::{collections::VecDeque, net::SocketAddr, sync::Arc};

const ASSERTION: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// Redirects of the provider to itself that a browser follows at most.
const HOPS: usize = 5;

/// A registered application.
pub struct Application {
    /// `client_id`.
    pub id: String,
    /// Where citizens are sent back to.
    pub redirect: String,
    /// Its key.
    pub key: Key,
}

/// Who is measured.
pub struct Target {
    /// The issuer.
    pub issuer: String,
    /// Where it listens.
    pub address: SocketAddr,
    /// What it is asked for.
    pub scope: &'static str,
    /// The applications that it knows.
    pub applications: Arc<Vec<Application>>,
    /// Live sessions, as the header `Cookie` names them. Each has a standing consent for each application.
    pub sessions: Vec<String>,
    places: Places,
}

/// Paths of the endpoints.
struct Places {
    par: String,
    authorize: String,
    token: String,
    userinfo: String,
    jwks: String,
}

impl Target {
    /// Asks a provider for its endpoints.
    ///
    /// # Errors
    /// Where it does not answer, or names an endpoint elsewhere.
    pub async fn discover(
        issuer: &str,
        scope: &'static str,
        applications: Arc<Vec<Application>>,
        sessions: Vec<String>,
    ) -> Result<Target> {
        let host = issuer.strip_prefix("http://").context("the issuer is http on this machine")?;
        let address: SocketAddr = host.parse().context("the issuer is an address with a port")?;
        let mut wire = Wire::open(address).await?;
        let request =
            format!("GET /.well-known/openid-configuration HTTP/1.1\r\nHost: {host}\r\nAccept: */*\r\n\r\n");
        let known = wire.call(&request).await?.expect(200, "discovery")?.json();
        let path = |name: &str| {
            let place = known.get(name).and_then(Value::as_str).and_then(|place| place.strip_prefix(issuer));
            place.map(str::to_owned).ok_or_else(|| anyhow!("discovery names no {name}"))
        };
        let places = Places {
            par: path("pushed_authorization_request_endpoint")?,
            authorize: path("authorization_endpoint")?,
            token: path("token_endpoint")?,
            userinfo: path("userinfo_endpoint")?,
            jwks: path("jwks_uri")?,
        };
        Ok(Target { issuer: issuer.to_owned(), address, scope, applications, sessions, places })
    }

    fn host(&self) -> &str {
        self.issuer.trim_start_matches("http://")
    }
}

/// Something that counts once.
#[derive(Clone)]
pub enum Piece {
    /// A client's assertion.
    Assertion(String),
    /// A proof, with where it was sent and the token it came with.
    Proof { place: Place, proof: String, token: Option<String> },
    /// The reference of a pushed request.
    Request { reference: String, session: String },
    /// A code with its verifier.
    Code { code: String, verifier: String },
}

impl Piece {
    /// What kind of thing.
    pub fn name(&self) -> &'static str {
        match self {
            Piece::Assertion(_) => "an assertion",
            Piece::Proof { .. } => "a proof",
            Piece::Request { .. } => "a pushed request",
            Piece::Code { .. } => "a code",
        }
    }
}

/// An endpoint that takes proofs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Pushed requests.
    Par,
    /// Tokens.
    Token,
    /// Userinfo.
    Userinfo,
}

/// A piece that was sent, and whether it was taken; where no answer came it may have been.
#[derive(Clone)]
pub struct Sent {
    /// What.
    pub piece: Piece,
    /// Whether the answer said that it was taken.
    pub taken: bool,
}

/// What a sign-in brought.
pub struct SignedIn {
    /// The access token.
    pub token: String,
    /// Name of the key that signed the identity token.
    pub kid: String,
}

/// One caller: a connection, an application, and the key to which its tokens are bound.
pub struct Worker {
    target: Arc<Target>,
    wire: Wire,
    number: usize,
    holder: Key,
    nonce: String,
    keys: JwkSet,
    random: String,
    count: u64,
    flows: u64,
    /// Assertions and proofs signed beforehand, for pushed requests and for tokens.
    signed: [VecDeque<(String, String)>; 2],
    /// Of so many identity tokens one is verified; the claims of all are read.
    pub verify_every: u64,
    /// What was sent, where that is wanted.
    pub journal: Option<Vec<Sent>>,
    /// Times that the keys of the provider were read anew, for a name not seen before.
    pub reloads: u64,
}

impl Worker {
    /// A caller with a new connection.
    ///
    /// # Errors
    /// Where the provider cannot be reached.
    pub async fn open(target: &Arc<Target>, number: usize) -> Result<Worker> {
        let mut worker = Worker {
            target: target.clone(),
            wire: Wire::open(target.address).await?,
            number,
            holder: Key::new()?,
            nonce: String::new(),
            keys: JwkSet(Vec::new()),
            random: encode(rand::rng().random::<[u8; 12]>()),
            count: 0,
            flows: 0,
            signed: Default::default(),
            verify_every: 16,
            journal: None,
            reloads: 0,
        };
        worker.load_keys().await?;
        Ok(worker)
    }

    /// Connects anew.
    ///
    /// # Errors
    /// Where nobody listens.
    pub async fn reconnect(&mut self) -> Result<()> {
        self.wire = Wire::open(self.target.address).await?;
        Ok(())
    }

    fn application(&self) -> &Application {
        &self.target.applications[self.number % self.target.applications.len()]
    }

    /// `client_id` of its application.
    pub fn client(&self) -> String {
        self.application().id.clone()
    }

    async fn load_keys(&mut self) -> Result<()> {
        let place = self.target.places.jwks.clone();
        let keys = self.get(&place, "").await?.expect(200, "the keys")?.json();
        self.keys = JwkSet::read(&keys).map_err(|_| anyhow!("the keys cannot be read"))?;
        Ok(())
    }

    /// Signs what a client can sign before it is asked for anything: the assertions and proofs of so many sign-ins. A
    /// real client does so on a machine of its own; here it would take the processors from the provider that is
    /// measured. It signs in once for a nonce.
    ///
    /// # Errors
    /// As [`Worker::sign_in`].
    pub async fn prepare(&mut self, session: &str, flows: usize) -> Result<()> {
        self.sign_in(session).await?;
        for _ in 0..flows {
            for place in [Place::Par, Place::Token] {
                let pair = (self.assertion()?, self.proof(place, None)?);
                if let Some(signed) = self.beforehand(place) {
                    signed.push_back(pair);
                }
            }
        }
        Ok(())
    }

    fn beforehand(&mut self, place: Place) -> Option<&mut VecDeque<(String, String)>> {
        match place {
            Place::Par => Some(&mut self.signed[0]),
            Place::Token => Some(&mut self.signed[1]),
            Place::Userinfo => None,
        }
    }

    /// A value of its own each time.
    fn jti(&mut self) -> String {
        self.count += 1;
        format!("{}-{}", self.random, self.count)
    }

    fn note(&mut self, piece: impl FnOnce() -> Piece) {
        if let Some(journal) = &mut self.journal {
            journal.push(Sent { piece: piece(), taken: false });
        }
    }

    /// The last pieces noted were taken.
    fn taken(&mut self, pieces: usize) {
        if let Some(journal) = &mut self.journal {
            journal.iter_mut().rev().take(pieces).for_each(|sent| sent.taken = true);
        }
    }

    /// A page or document.
    ///
    /// # Errors
    /// Where the connection breaks.
    pub async fn get(&mut self, path: &str, headers: &str) -> Result<Answer> {
        let host = self.target.host();
        let request = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nAccept: */*\r\n{headers}\r\n");
        self.wire.call(&request).await
    }

    /// A form.
    ///
    /// # Errors
    /// Where the connection breaks.
    pub async fn post(&mut self, path: &str, headers: &str, body: &str) -> Result<Answer> {
        let request = format!(
            "POST {path} HTTP/1.1\r\nHost: {}\r\nAccept: */*\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n{headers}\r\n{body}",
            self.target.host(),
            body.len()
        );
        self.wire.call(&request).await
    }

    fn path(&self, place: Place) -> String {
        let places = &self.target.places;
        let path = match place {
            Place::Par => &places.par,
            Place::Token => &places.token,
            Place::Userinfo => &places.userinfo,
        };
        path.clone()
    }

    /// A new assertion of the application.
    fn assertion(&mut self) -> Result<String> {
        let jti = self.jti();
        let application = self.application();
        application.key.assertion(&application.id, &self.target.issuer, &jti)
    }

    /// A new proof for an endpoint.
    fn proof(&mut self, place: Place, token: Option<&str>) -> Result<String> {
        let jti = self.jti();
        let method = if place == Place::Userinfo { "GET" } else { "POST" };
        let address = format!("{}{}", self.target.issuer, self.path(place));
        self.holder.proof(method, &address, token, &self.nonce, &jti)
    }

    /// A call of the application with assertion and proof as given.
    async fn send(
        &mut self,
        place: Place,
        fields: &[(&str, &str)],
        assertion: &str,
        proof: &str,
    ) -> Result<Answer> {
        let id = self.client();
        let mut all = vec![
            ("client_id", id.as_str()),
            ("client_assertion_type", ASSERTION),
            ("client_assertion", assertion),
        ];
        all.extend(fields);
        let path = self.path(place);
        let answer = self.post(&path, &format!("DPoP: {proof}\r\n"), &form(&all)).await?;
        if let Some(nonce) = &answer.nonce {
            self.nonce.clone_from(nonce);
        }
        Ok(answer)
    }

    /// A call of the application; with another proof where the provider wants a fresh nonce in it.
    async fn call(&mut self, place: Place, fields: &[(&str, &str)]) -> Result<Answer> {
        for _ in 0..2 {
            let (assertion, proof) = match self.beforehand(place).and_then(VecDeque::pop_front) {
                Some(pair) => pair,
                None => (self.assertion()?, self.proof(place, None)?),
            };
            self.note(|| Piece::Assertion(assertion.clone()));
            self.note(|| Piece::Proof { place, proof: proof.clone(), token: None });
            let answer = self.send(place, fields, &assertion, &proof).await?;
            if answer.error().as_deref() != Some("use_dpop_nonce") {
                return Ok(answer);
            }
            // What was signed with an older nonce is of no use.
            self.signed = Default::default();
            // Neither counted: the assertion is used up, the proof was not taken.
            if let Some(journal) = &mut self.journal {
                journal.truncate(journal.len().saturating_sub(2));
            }
        }
        bail!("the provider wants a nonce again and again")
    }

    async fn userinfo_with(&mut self, token: &str, proof: &str) -> Result<Answer> {
        let path = self.path(Place::Userinfo);
        let headers = format!("Authorization: DPoP {token}\r\nDPoP: {proof}\r\n");
        let answer = self.get(&path, &headers).await?;
        if let Some(nonce) = &answer.nonce {
            self.nonce.clone_from(nonce);
        }
        Ok(answer)
    }

    /// What userinfo answers for a token.
    ///
    /// # Errors
    /// Where the connection breaks.
    pub async fn userinfo(&mut self, token: &str) -> Result<Answer> {
        for _ in 0..2 {
            let proof = self.proof(Place::Userinfo, Some(token))?;
            self.note(|| Piece::Proof {
                place: Place::Userinfo,
                proof: proof.clone(),
                token: Some(token.into()),
            });
            let answer = self.userinfo_with(token, &proof).await?;
            if answer.error().as_deref() != Some("use_dpop_nonce") {
                return Ok(answer);
            }
            if let Some(journal) = &mut self.journal {
                journal.pop();
            }
        }
        bail!("the provider wants a nonce again and again")
    }

    /// Gives a token back (RFC 7009), at a dancu.
    ///
    /// # Errors
    /// Where it is not taken back.
    pub async fn revoke(&mut self, token: &str) -> Result<()> {
        let (id, assertion) = (self.client(), self.assertion()?);
        let fields = [
            ("client_id", id.as_str()),
            ("client_assertion_type", ASSERTION),
            ("client_assertion", assertion.as_str()),
            ("token", token),
        ];
        self.post("/oidc/revoke", "", &form(&fields)).await?.expect(200, "the revocation")?;
        Ok(())
    }

    /// Pushes a request; its reference, and the verifier that redeems its code.
    async fn push(&mut self, state: &str, nonce: &str) -> Result<(String, String)> {
        let verifier = encode(rand::rng().random::<[u8; 32]>());
        let challenge = encode(Sha256::digest(&verifier));
        let redirect = self.application().redirect.clone();
        let scope = self.target.scope;
        let fields = [
            ("response_type", "code"),
            ("redirect_uri", redirect.as_str()),
            ("scope", scope),
            ("state", state),
            ("nonce", nonce),
            ("code_challenge", challenge.as_str()),
            ("code_challenge_method", "S256"),
        ];
        let pushed = self.call(Place::Par, &fields).await?.expect(201, "the pushed request")?;
        self.taken(2);
        let pushed = pushed.json();
        let reference = pushed["request_uri"].as_str().context("a pushed request without a reference")?;
        Ok((reference.to_owned(), verifier))
    }

    /// What the browser of a session is answered to a pushed request: where it is sent in the end.
    ///
    /// # Errors
    /// Where the connection breaks, or a page is shown.
    pub async fn authorize(&mut self, reference: &str, session: &str) -> Result<String> {
        let query = form(&[("client_id", self.client().as_str()), ("request_uri", reference)]);
        let mut path = format!("{}?{query}", self.target.places.authorize);
        let headers = format!("Cookie: {session}\r\n");
        for _ in 0..HOPS {
            let answer = self.get(&path, &headers).await?;
            if answer.status != 303 && answer.status != 302 {
                bail!("the browser was shown a page ({})", answer.status);
            }
            let location = answer.location.context("a redirect to nowhere")?;
            match location.strip_prefix(&self.target.issuer) {
                Some(rest) => rest.clone_into(&mut path),
                None if location.starts_with('/') => path = location,
                None => return Ok(location),
            }
        }
        bail!("redirected again and again")
    }

    /// A whole sign-in with a session.
    ///
    /// # Errors
    /// With the step that was not answered as it should be.
    pub async fn sign_in(&mut self, session: &str) -> Result<SignedIn> {
        let (state, nonce) = (self.jti(), self.jti());
        let (reference, verifier) = self.push(&state, &nonce).await?;
        self.note(|| Piece::Request { reference: reference.clone(), session: session.to_owned() });
        let back = self.authorize(&reference, session).await?;
        let redirect = self.application().redirect.clone();
        let query = back.strip_prefix(&redirect).and_then(|rest| rest.strip_prefix('?'));
        let query = query.with_context(|| format!("the browser was sent elsewhere than to {redirect}"))?;
        let back = |name: &str| {
            let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
            pairs.into_iter().find(|(key, _)| *key == name).map(|(_, value)| value)
        };
        ensure!(back("state") == Some(state.as_str()), "another state came back");
        let code =
            back("code").with_context(|| format!("no code came back but {:?}", back("error")))?.to_owned();
        self.taken(1);

        self.note(|| Piece::Code { code: code.clone(), verifier: verifier.clone() });
        let fields = [
            ("grant_type", "authorization_code"),
            ("code", code.as_str()),
            ("redirect_uri", redirect.as_str()),
            ("code_verifier", verifier.as_str()),
        ];
        let tokens = self.call(Place::Token, &fields).await?.expect(200, "the code")?.json();
        self.taken(3);
        ensure!(tokens["token_type"] == "DPoP", "the token is not bound");
        let token = tokens["access_token"].as_str().context("no access token")?.to_owned();
        let (subject, kid) =
            self.judge(tokens["id_token"].as_str().context("no identity token")?, &nonce).await?;

        let shown = self.userinfo(&token).await?.expect(200, "userinfo")?.json();
        self.taken(1);
        ensure!(shown["sub"] == subject, "userinfo is about another");
        ensure!(shown["name"].as_str().is_some_and(|name| !name.is_empty()), "userinfo names nobody");
        Ok(SignedIn { token, kid })
    }

    /// Reads an identity token and, now and then, verifies it; its subject, and the name of the key.
    async fn judge(&mut self, token: &str, nonce: &str) -> Result<(String, String)> {
        let jws = Jws::read(token).map_err(|fault| anyhow!("the identity token: {fault}"))?;
        let kid = jws.named("kid").unwrap_or_default().to_owned();
        self.flows += 1;
        if self.flows.is_multiple_of(self.verify_every) {
            if !self.keys.0.iter().any(|key| key.kid.as_deref() == Some(&kid)) {
                self.load_keys().await?;
                self.reloads += 1;
            }
            let verified = self.keys.candidates(Some(&kid)).any(|key| jws.verify(key).is_ok());
            ensure!(verified, "the identity token is not signed with a published key");
        }
        let payload = token.split('.').nth(1).and_then(|part| decode(part).ok()).unwrap_or_default();
        let claims: Value = serde_json::from_slice(&payload)?;
        ensure!(claims["iss"] == self.target.issuer.as_str(), "the identity token is another issuer's");
        ensure!(claims["aud"] == self.client().as_str(), "the identity token is for another application");
        ensure!(claims["nonce"] == nonce, "the identity token answers another request");
        let subject = claims["sub"].as_str().context("the identity token is about nobody")?;
        Ok((subject.to_owned(), kid))
    }

    /// Presents something again; whether it was taken.
    ///
    /// # Errors
    /// Where the connection breaks, or the answer is neither.
    pub async fn present(&mut self, piece: &Piece) -> Result<bool> {
        let outcome = |answer: &Answer, refusal: &str| -> Result<bool> {
            let refused = answer.error().as_deref() == Some(refusal);
            match answer.status {
                200 | 201 => Ok(true),
                _ if refused => Ok(false),
                status => bail!("{} was answered {status} {:?}", piece.name(), answer.error()),
            }
        };
        match piece {
            Piece::Assertion(assertion) => {
                let id = self.client();
                let fields = [
                    ("client_id", id.as_str()),
                    ("client_assertion_type", ASSERTION),
                    ("client_assertion", assertion),
                    ("token", "x"),
                ];
                outcome(&self.post("/oidc/introspect", "", &form(&fields)).await?, "invalid_client")
            }
            Piece::Proof { place: Place::Userinfo, proof, token } => {
                let answer = self.userinfo_with(token.as_deref().unwrap_or_default(), proof).await?;
                let old = answer.error().as_deref() == Some("use_dpop_nonce");
                if old { Ok(false) } else { outcome(&answer, "invalid_dpop_proof") }
            }
            Piece::Proof { place, proof, .. } => {
                let assertion = self.assertion()?;
                // Whoever gets beyond the proof is told of the rest of the request, which is empty.
                let answer = self.send(*place, &[], &assertion, proof).await?;
                match answer.error().as_deref() {
                    // Or it is so old that its nonce is not taken any more.
                    Some("invalid_dpop_proof" | "use_dpop_nonce") => Ok(false),
                    Some("invalid_request" | "unsupported_grant_type") => Ok(true),
                    other => bail!("a proof was answered {} {other:?}", answer.status),
                }
            }
            Piece::Request { reference, session } => {
                let id = self.client();
                let query = form(&[("client_id", id.as_str()), ("request_uri", reference)]);
                let path = format!("{}?{query}", self.target.places.authorize);
                let answer = self.get(&path, &format!("Cookie: {session}\r\n")).await?;
                match answer.status {
                    302 | 303 => Ok(true),
                    400 => Ok(false),
                    status => bail!("a pushed request was answered {status}"),
                }
            }
            Piece::Code { code, verifier } => {
                let redirect = self.application().redirect.clone();
                let fields = [
                    ("grant_type", "authorization_code"),
                    ("code", code),
                    ("redirect_uri", redirect.as_str()),
                    ("code_verifier", verifier),
                ];
                outcome(&self.call(Place::Token, &fields).await?, "invalid_grant")
            }
        }
    }
}
