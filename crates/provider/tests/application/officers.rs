//! Officers at the desk of electronic identity, and what the registry records meanwhile.

use super::{Answer, App, NUMBER, PASSWORD, Site, VERIFIER, field, form};
use access::{Caller, Role, UnitScope};
use axum::{
    body::{Body, to_bytes},
    http::Request,
};
use population::{
    Ask, Draft, Intent, MergeDraft, NEW_PERSON, UnmergeDraft,
    acts::Content,
    model::{Fact, Relative},
    verify::Number,
};
use std::sync::Arc;
use tower::ServiceExt as _;
use vocabulary::{
    ActSeq, Actor, AgencyCode, Basis, FieldSet, FullName, LegalBasis, PartialDate, PersonId, PersonalNumber,
    Purpose, Sex, StaffId, UnitCode,
};
use web::CsrfToken;

/// An officer: login, roles, units.
#[derive(Clone, Copy)]
pub struct Desk<'a> {
    pub login: &'a str,
    pub roles: &'a [&'a str],
    pub units: &'a str,
}

/// Receives in Phường Nha Trang.
pub const RECEIVES: Desk<'static> = Desk { login: "dinhdanh", roles: &["identity-officer"], units: "22366" };
/// Approves for Khánh Hòa.
pub const APPROVES: Desk<'static> = Desk { login: "duyet", roles: &["identity-approver"], units: "56" };

fn caller(desk: Desk<'_>) -> Caller {
    Caller {
        actor: Actor {
            system: None,
            officer: StaffId::parse(desk.login).ok(),
            agency: AgencyCode::parse("G01").unwrap(),
            unit: UnitCode::parse("22366").ok(),
        },
        name: desk.login.into(),
        roles: desk.roles.iter().map(|role| Role::parse(role).unwrap()).collect(),
        units: UnitScope::parse(desk.units).unwrap(),
    }
}

/// A day so many years before today.
pub fn years_ago(years: u16) -> String {
    let today = PartialDate::today();
    // The 28th exists in every month.
    PartialDate::new(today.year().unwrap() - years, today.month().unwrap(), today.day().unwrap().min(28))
        .unwrap()
        .iso()
}

impl Site {
    /// What an officer gets, in the session of a browser of the office.
    pub async fn desk(&self, desk: Desk<'_>, path: &str, fields: Option<&[(&str, &str)]>) -> Answer {
        let method = if fields.is_some() { "POST" } else { "GET" };
        let mut all = vec![("csrf_token", "office")];
        all.extend(fields.unwrap_or_default());
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("host", "id.example.vn")
            .header("accept", "text/html")
            .header("accept-language", "vi")
            .header("content-type", "application/x-www-form-urlencoded")
            .extension(Arc::new(caller(desk)))
            .extension(CsrfToken("office".into()));
        let body = if fields.is_some() { Body::from(form(&all)) } else { Body::empty() };
        let response = self.routes.clone().oneshot(request.body(body).unwrap()).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = String::from_utf8(to_bytes(body, 1 << 22).await.unwrap().to_vec()).unwrap();
        Answer { status: parts.status, headers: parts.headers, body }
    }

    /// What a system gets, with the rights of a desk.
    pub async fn machine(&self, desk: Desk<'_>, method: &str, path: &str, body: serde_json::Value) -> Answer {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("host", "id.example.vn")
            .header("content-type", "application/json")
            .extension(Arc::new(caller(desk)));
        let request = request.body(Body::from(body.to_string())).unwrap();
        let response = self.routes.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = String::from_utf8(to_bytes(body, 1 << 22).await.unwrap().to_vec()).unwrap();
        Answer { status: parts.status, headers: parts.headers, body }
    }

    /// What an officer asks of the registry for recording acts.
    fn clerk(role: &str, purpose: Purpose) -> Ask {
        let desk = Desk { login: "lan", roles: &[role], units: "everywhere" };
        let legal_basis = LegalBasis::parse("Luật Căn cước 2023").unwrap();
        let basis = Basis { purpose, legal_basis, procedure: None, dossier: None };
        Ask { caller: caller(desk), basis: Some(basis), request: None }
    }

    async fn act(&self, role: &str, purpose: Purpose, effective: &str, content: Content) -> PersonId {
        let effective = PartialDate::parse(effective).unwrap();
        let draft =
            Draft { effective, evidence: "TK 01/2026".into(), intent: Intent::Act(content), seen: vec![] };
        self.population.record(&Site::clerk(role, purpose), draft).await.unwrap().person.unwrap()
    }

    /// A record is merged into another; the acts.
    pub async fn merged(&self, kept: PersonId, ended: PersonId) -> Vec<ActSeq> {
        let draft =
            MergeDraft { kept, ended: vec![ended], taken: vec![], evidence: "BB 7".into(), seen: vec![] };
        let steward = Site::clerk("data-steward", Purpose::Cleaning);
        self.population.merge(&steward, None, &draft).await.unwrap().acts
    }

    /// A merge is undone.
    pub async fn separated(&self, merges: &[ActSeq]) {
        let draft = UnmergeDraft { merges: merges.to_vec(), evidence: "BB 8".into(), stay: vec![] };
        let steward = Site::clerk("data-steward", Purpose::Cleaning);
        self.population.unmerge(&steward, None, &draft).await.unwrap();
    }

    /// A further person of the registry.
    pub async fn known(&self, number: &str, name: &str, born: &str, more: Vec<Fact>) -> PersonId {
        let mut facts = vec![
            Fact::Number(PersonalNumber::parse(number).ok()),
            Fact::Name(FullName::parse(name).ok()),
            Fact::BirthDate(PartialDate::parse(born).unwrap()),
            Fact::Sex(Some(Sex::Male)),
        ];
        facts.extend(more);
        let content = Content::Registration { person: NEW_PERSON, facts };
        self.act("data-steward", Purpose::Cleaning, born, content).await
    }

    /// The record of a number.
    pub async fn record_of(&self, number: &str) -> PersonId {
        let ask = Site::clerk("identity-officer", Purpose::OwnRequest);
        let number = Number::Personal(PersonalNumber::parse(number).unwrap());
        let found = self.population.citizen(&ask, number, Some(FieldSet::NONE)).await.unwrap();
        found.person.person.id
    }

    /// An act of death.
    pub async fn dies(&self, person: PersonId) {
        let content = Content::Death { person, spouse: None };
        let today = PartialDate::today().iso();
        self.act("civil-status-officer", Purpose::CivilStatus, &today, content).await;
    }

    /// Who guards a child from now on, or that nobody does.
    pub async fn guarded(&self, ward: PersonId, guardian: Option<Relative>) {
        let content = Content::Guardianship { ward, guardian };
        let today = PartialDate::today().iso();
        self.act("civil-status-officer", Purpose::CivilStatus, &today, content).await;
    }

    /// The personal number is cancelled for another.
    pub async fn renumbered(&self, person: PersonId, from: &str, to: &str) {
        let content = Content::NumberCancelled {
            person,
            number: PersonalNumber::parse(from).unwrap(),
            replaced_by: PersonalNumber::parse(to).ok(),
            reason: "xác lập lại số".into(),
        };
        let today = PartialDate::today().iso();
        self.act("residence-officer", Purpose::Residence, &today, content).await;
    }

    /// A file with a card; the officer's answer.
    pub async fn hand_in(&self, desk: Desk<'_>, number: &str, more: &[(&str, &str)]) -> Answer {
        let (today, end) = (PartialDate::today(), PartialDate::today().year().unwrap() + 10);
        let (day, month) = (today.day().unwrap().min(28).to_string(), today.month().unwrap().to_string());
        let (issued, end) = ((today.year().unwrap() - 1).to_string(), end.to_string());
        let mut fields: Vec<(&str, &str)> = vec![
            ("number", number),
            ("paper", "card"),
            ("paper_number", number),
            ("issued-day", &day),
            ("issued-month", &month),
            ("issued-year", &issued),
            ("expires-day", &day),
            ("expires-month", &month),
            ("expires-year", &end),
            ("guardian", ""),
            ("contact", "0905123456"),
        ];
        for (name, value) in more {
            fields.retain(|(own, _)| own != name);
            fields.push((name, value));
        }
        self.desk(desk, "/desk/eid/files", Some(&fields)).await
    }

    /// A code of so many digits from the message handed over last.
    pub fn code(&self, digits: usize) -> String {
        let message = self.last_message();
        let mut runs = message.split(|c: char| !c.is_ascii_digit());
        runs.rfind(|run| run.len() == digits).expect("a code").to_owned()
    }

    /// A file that was received: its path at the desk.
    pub async fn received(&self, number: &str, more: &[(&str, &str)]) -> String {
        let file = self.hand_in(RECEIVES, number, more).await.expect(303).location().to_owned();
        let code = self.code(6);
        let answer = self.desk(RECEIVES, &format!("{file}/contact"), Some(&[("code", &code)])).await;
        answer.expect(303);
        file
    }

    /// A file that was approved: its path, and the activation code.
    pub async fn approved(&self, number: &str, more: &[(&str, &str)]) -> (String, String) {
        let file = self.received(number, more).await;
        let fields = [("ruling", "approve"), ("reason", "")];
        self.desk(APPROVES, &format!("{file}/ruling"), Some(&fields)).await.expect(303);
        let code = self.code(8);
        (file, code)
    }

    /// What the citizen gets who activates.
    pub async fn activate(&mut self, number: &str, code: &str, password: &str) -> Answer {
        let fields = [("number", number), ("code", code), ("password", password)];
        self.post("/citizen/activate", &fields).await
    }

    /// An account of level 2, made in person.
    pub async fn level_2(&mut self, number: &str, more: &[(&str, &str)]) {
        let (_, code) = self.approved(number, more).await;
        self.activate(number, &code, PASSWORD).await.expect(200);
    }

    /// The browser forgets who was signed in.
    pub fn forget(&mut self) {
        self.cookies.clear();
    }

    /// Another citizen takes the browser.
    pub async fn sign_in_as(&mut self, number: &str) {
        self.forget();
        self.try_sign_in(number).await.expect(303);
    }

    /// The accounts for which the question offers to act, by name.
    pub async fn offered(&mut self, ask: &str) -> Vec<(String, String)> {
        let page = self.get(ask).await.expect(200).body;
        let inputs = page.split("<input").filter(|input| input.contains("name=\"behalf\""));
        let value = |input: &str| field(&format!("<input{input}"), "behalf");
        let label = |input: &str| {
            let label = input.split("<label").nth(1).and_then(|rest| rest.split('>').nth(1));
            label.and_then(|text| text.split('<').next()).unwrap_or_default().trim().to_owned()
        };
        inputs.map(|input| (value(input), label(input))).filter(|(value, _)| !value.is_empty()).collect()
    }

    /// An officer's step with the account of the citizen.
    pub async fn step(&self, step: &str, reason: &str) -> Answer {
        let fields = [
            ("number", NUMBER),
            ("purpose", "investigation"),
            ("legal_basis", "Quyết định 12/QĐ-TA"),
            ("step", step),
            ("reason", reason),
        ];
        self.desk(APPROVES, "/desk/eid/accounts/step", Some(&fields)).await
    }

    /// What the sign-in page answers.
    pub async fn try_sign_in(&mut self, number: &str) -> Answer {
        self.post("/citizen/sign-in", &[("number", number), ("password", PASSWORD)]).await
    }
}

impl App {
    /// What comes back when a citizen agrees for another.
    pub async fn agree_for(&self, site: &mut Site, ask: &str, behalf: &str, granted: &[&str]) -> Answer {
        let token = site.csrf().await;
        let mut fields = vec![("csrf_token", token.as_str()), ("answer", "grant"), ("behalf", behalf)];
        fields.extend(granted.iter().map(|scope| ("scope", *scope)));
        site.post(ask, &fields).await
    }

    /// The tokens of a citizen who agreed for another.
    pub async fn tokens_for(
        &mut self,
        site: &mut Site,
        scope: &str,
        behalf: &str,
        granted: &[&str],
    ) -> serde_json::Value {
        let ask = self.ask(site, scope).await;
        let back = self.agree_for(site, &ask, behalf, granted).await.expect(303);
        let code = back.location().split("code=").nth(1).unwrap().split('&').next().unwrap().to_owned();
        self.exchange(site, &code, VERIFIER).await.json(200)
    }
}
