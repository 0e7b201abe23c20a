//! A browser without scripts: it follows what the pages say and nothing else.

use crate::office::{Office, ask};
use access::Caller;
use axum::{
    Router,
    body::{Body, to_bytes},
    extract::Request,
    http::{StatusCode, header},
    middleware::{Next, from_fn},
};
use tower::ServiceExt;
use vocabulary::{Basis, Purpose, Text};
use web::{CsrfToken, Limits, Menu, WorkingBasis, Workplace};

const TOKEN: &str = "token-of-the-session";

/// An officer at the desk.
pub struct Browser {
    site: Router,
    caller: Caller,
    basis: Option<Basis>,
    /// `vi` or `en`.
    pub lang: &'static str,
}

/// A page as it came.
pub struct Page {
    pub status: StatusCode,
    pub path: String,
    pub html: String,
}

impl Browser {
    /// An officer with a role who has stated a purpose.
    pub fn of(office: &Office, role: &str, purpose: Purpose) -> Browser {
        let menu = Menu {
            name: Text::new("Dân cư", "Dân cư"),
            items: vec![],
            desk: None,
            footer: Text::new("", ""),
        };
        let pages = population::pages::pages(office.population.clone());
        let site = web::pages(pages, menu, vocabulary::kinds::ALL.to_vec());
        let asking = ask(role, purpose);
        Browser { site, caller: asking.caller, basis: asking.basis, lang: "vi" }
    }

    /// The residence officer of Phường Nha Trang.
    pub fn residence(office: &Office) -> Browser {
        Browser::of(office, "residence-officer", Purpose::Residence)
    }

    /// The same officer, who has stated nothing yet.
    pub fn aimless(mut self) -> Browser {
        self.basis = None;
        self
    }

    /// The same officer in English.
    pub fn english(mut self) -> Browser {
        self.lang = "en";
        self
    }

    /// Another officer with the same rights.
    pub fn colleague(mut self, login: &str) -> Browser {
        self.caller.actor.officer = vocabulary::StaffId::parse(login).ok();
        self
    }

    /// The same officer, assigned other units.
    pub fn of_units(mut self, units: &str) -> Browser {
        self.caller.units = access::UnitScope::parse(units).unwrap();
        self
    }

    async fn send(&self, request: Request) -> (StatusCode, Option<String>, Vec<u8>) {
        let (caller, basis) = (self.caller.clone(), self.basis.clone());
        let sign_in = from_fn(move |mut request: Request, next: Next| {
            let extensions = request.extensions_mut();
            extensions.insert(std::sync::Arc::new(caller.clone()));
            extensions.insert(WorkingBasis(basis.clone()));
            extensions.insert(Workplace("Phường Nha Trang, Tỉnh Khánh Hòa".into()));
            extensions.insert(CsrfToken(TOKEN.into()));
            next.run(request)
        });
        let site = web::edge(self.site.clone().layer(sign_in), Limits::ORDINARY);
        let response = site.oneshot(request).await.unwrap();
        let to = response.headers().get(header::LOCATION).map(|to| to.to_str().unwrap().to_owned());
        let status = response.status();
        (status, to, to_bytes(response.into_body(), 1 << 24).await.unwrap().to_vec())
    }

    fn request(&self, method: &str, path: &str) -> axum::http::request::Builder {
        Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, "dancu.test")
            .header(header::ACCEPT, "text/html")
            .header(header::ACCEPT_LANGUAGE, self.lang)
    }

    /// Opens an address.
    pub async fn get(&self, path: &str) -> Page {
        let (status, to, body) = self.send(self.request("GET", path).body(Body::empty()).unwrap()).await;
        assert!(to.is_none(), "{path} leads on to {to:?}");
        Page { status, path: path.to_owned(), html: String::from_utf8(body).unwrap() }.sound()
    }

    /// Where an address leads on to.
    pub async fn led(&self, path: &str) -> (StatusCode, Option<String>) {
        let (status, to, _) = self.send(self.request("GET", path).body(Body::empty()).unwrap()).await;
        (status, to)
    }

    /// Posts fields as they are, and follows where the answer leads.
    pub async fn post(&self, path: &str, fields: &[(String, String)]) -> Page {
        let encoded = |text: &str| text.bytes().map(|b| format!("%{b:02X}")).collect::<String>();
        let body: Vec<String> =
            fields.iter().map(|(n, v)| format!("{}={}", encoded(n), encoded(v))).collect();
        let request = self
            .request("POST", path)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(body.join("&")))
            .unwrap();
        let (status, to, body) = self.send(request).await;
        match to {
            Some(to) => {
                assert_eq!(status, StatusCode::SEE_OTHER);
                self.get(&to).await
            }
            None => Page { status, path: path.to_owned(), html: String::from_utf8(body).unwrap() }.sound(),
        }
    }

    /// Fills in the form of a page that posts to `action` and sends it. A field given with a value is set, `None`
    /// unticks it; a box of a group is ticked by `+name`.
    pub async fn submit(&self, page: &Page, action: &str, fill: &[(&str, &str)]) -> Page {
        let mut fields = page.form(action);
        for (name, value) in fill {
            match name.strip_prefix('+') {
                Some(name) => fields.push((name.to_owned(), (*value).to_owned())),
                None => {
                    fields.retain(|(n, _)| n != name);
                    fields.push(((*name).to_owned(), (*value).to_owned()));
                }
            }
        }
        self.post(action, &fields).await
    }

    /// Opens the page of a form and sends it filled in.
    pub async fn fill(&self, path: &str, fill: &[(&str, &str)]) -> Page {
        let page = self.get(path).await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.html);
        self.submit(&page, path, fill).await
    }

    /// Sends a file with the form of a page.
    pub async fn upload(&self, page: &Page, action: &str, file: &str) -> Page {
        let (status, _, body) = self.send(self.file(page, action, "a.csv", file.as_bytes())).await;
        Page { status, path: action.to_owned(), html: String::from_utf8(body).unwrap() }
    }

    /// Sends a file of a name with the form of a page, and follows where the answer leads.
    pub async fn upload_named(&self, page: &Page, action: &str, name: &str, file: &[u8]) -> Page {
        let (status, to, body) = self.send(self.file(page, action, name, file)).await;
        match to {
            Some(to) => self.get(&to).await,
            None => Page { status, path: action.to_owned(), html: String::from_utf8(body).unwrap() }.sound(),
        }
    }

    fn file(&self, page: &Page, action: &str, name: &str, file: &[u8]) -> Request {
        let mut body = Vec::new();
        for (name, value) in page.form(action).iter().filter(|(name, _)| name != "file") {
            let part = format!("--XX\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
            body.extend_from_slice(part.as_bytes());
        }
        let head = format!(
            "--XX\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\
             Content-Type: application/octet-stream\r\n\r\n"
        );
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(file);
        body.extend_from_slice(b"\r\n--XX--\r\n");
        self.request("POST", action)
            .header(header::CONTENT_TYPE, "multipart/form-data; boundary=XX")
            .body(Body::from(body))
            .unwrap()
    }
}

/// The attributes of a tag.
fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    tag.split(&format!(" {name}=\"")).nth(1).and_then(|rest| rest.split('"').next())
}

fn plain(text: &str) -> String {
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&")
}

impl Page {
    /// What the form that posts to an address would send as it stands.
    pub fn form(&self, action: &str) -> Vec<(String, String)> {
        let forms = self.html.split("<form").skip(1).filter_map(|rest| rest.split("</form>").next());
        let form = forms
            .filter(|form| attribute(form.split('>').next().unwrap(), "action") == Some(action))
            .last()
            .unwrap_or_else(|| panic!("no form for {action} on {}: {}", self.path, self.html));
        let mut fields = Vec::new();
        for tag in form.split('<').skip(1) {
            let head = tag.split('>').next().unwrap();
            let name = attribute(head, "name").map(plain);
            if let (Some(rest), Some(name)) = (tag.strip_prefix("input"), &name) {
                let ticked = !matches!(attribute(head, "type"), Some("checkbox" | "radio"))
                    || head.contains(" checked");
                if ticked && !rest.contains(" disabled") {
                    fields.push((name.clone(), plain(attribute(head, "value").unwrap_or_default())));
                }
            }
            if let (true, Some(name)) = (tag.starts_with("textarea"), &name) {
                fields.push((name.clone(), plain(tag.split_once('>').unwrap().1)));
            }
            if let (true, Some(name)) = (tag.starts_with("select"), &name) {
                // A list that nobody touched sends its first line.
                let first = form.split(tag).nth(1).and_then(|rest| attribute(rest, "value")).unwrap();
                fields.push((name.clone(), plain(first)));
            }
            if tag.starts_with("option") && head.contains(" selected") {
                fields.last_mut().expect("an option stands in a select").1 =
                    plain(attribute(head, "value").unwrap());
            }
        }
        fields
    }

    /// The text of the page, blanks between its parts.
    pub fn text(&self) -> String {
        let mut out = String::new();
        for part in self.html.split('<') {
            out.push_str(part.split_once('>').map_or("", |(_, text)| text));
            out.push(' ');
        }
        plain(&out).split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// Whether a text stands on the page.
    pub fn says(&self, text: &str) -> bool {
        self.text().contains(text)
    }

    /// The first link that begins so.
    pub fn link(&self, prefix: &str) -> String {
        let links = self.html.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next());
        links
            .map(plain)
            .find(|l| l.starts_with(prefix))
            .unwrap_or_else(|| panic!("no link {prefix} in {}", self.html))
    }

    /// What every page of the desk has to be: whole without scripts, labelled, and without people in addresses.
    fn sound(self) -> Page {
        let html = &self.html;
        assert!(!html.contains("<script") && !html.contains(" onclick="), "{}", self.path);
        for name in ["href=\"", "action=\""] {
            for address in html.split(name).skip(1).filter_map(|rest| rest.split('"').next()) {
                let digits = address.split(|c: char| !c.is_ascii_digit()).map(str::len).max().unwrap_or(0);
                let asset = address.starts_with("/assets/");
                assert!(asset || digits < 9, "a number stands in the address {address} of {}", self.path);
                assert!(address.is_ascii(), "words stand in the address {address} of {}", self.path);
            }
        }
        for id in html.split(" for=\"").skip(1).filter_map(|rest| rest.split('"').next()) {
            assert_eq!(html.matches(&format!(" id=\"{id}\"")).count(), 1, "{}: label for {id}", self.path);
        }
        for id in html.split("href=\"#").skip(1).filter_map(|rest| rest.split('"').next()) {
            assert!(html.contains(&format!(" id=\"{id}\"")), "{}: a link leads to {id}: {html}", self.path);
        }
        for id in html.split("aria-describedby=\"").skip(1).filter_map(|rest| rest.split('"').next()) {
            for id in id.split(' ') {
                assert!(html.contains(&format!(" id=\"{id}\"")), "{}: described by {id}", self.path);
            }
        }
        self
    }

    /// The content of the page, a tag to a line, without what differs from run to run.
    pub fn content(&self) -> String {
        let main = self.html.split("<main").nth(1).and_then(|rest| rest.split("</main>").next()).unwrap();
        let content = main.split_once("</div></div>").unwrap().1;
        steady(&content.replace("><", ">\n<"))
    }
}

/// The line without the size that follows `before`, wherever it is repeated.
fn sized(line: &str, before: &str) -> String {
    let size: String = line.split_once(before).unwrap().1.chars().take_while(char::is_ascii_digit).collect();
    line.replace(&format!(" {size}"), " ·").replace(&format!("\"{size}\""), "\"·\"")
}

/// Puts words in the place of times, codes and the day of the test.
fn steady(text: &str) -> String {
    let mut out = String::new();
    for line in text.lines() {
        // The drawing of a QR code, and the boxes that hold today or a day counted from it.
        if line.starts_with("<path d=\"M") && line.len() > 400 {
            out.push_str("<path QR>\n");
            continue;
        }
        let dated = ["effective-", "until-"].iter().any(|name| line.contains(&format!(" name=\"{name}")));
        let line = match (dated, line.split_once(" value=\"")) {
            (true, Some((head, tail))) => format!("{head} value=\"·{}", &tail[tail.find('"').unwrap()..]),
            // A code with more figures than letters may fit a smaller QR code.
            _ if line.contains("shape-rendering") => sized(line, " viewBox=\"0 0 "),
            _ if line.starts_with("<rect width=") => sized(line, "<rect width=\""),
            _ => line.to_owned(),
        };
        out.push_str(&masked(&line));
        out.push('\n');
    }
    let today = vocabulary::PartialDate::today().local_text();
    out.replace(&today, "TODAY")
}

/// Shapes to be masked: `9` a digit, `x` a hexadecimal digit, `z` a letter or digit, anything else itself.
const SHAPES: &[(&str, &str)] = &[
    ("99/99/9999 99:99:99", "TIME"),
    ("99/99/9999 99:99", "TIME"),
    ("zzzz-zzzz-zzzz-zzzz-zzzz-zzzz", "CODE"),
    ("xxxx-xxxx-xxxx-xxxx", "CODE"),
    ("xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", "HASH"),
    ("đến hết 99/99/9999", "đến hết DAY"),
    ("(99 tuổi)", "(AGE tuổi)"),
    ("(99 years old)", "(AGE years old)"),
];

fn masked(line: &str) -> String {
    let chars: Vec<char> = line.chars().collect();
    let fits = |at: usize, shape: &str| {
        let mut end = at;
        for s in shape.chars() {
            let c = chars.get(end)?;
            let fit = match s {
                '9' => c.is_ascii_digit(),
                'x' => c.is_ascii_digit() || ('a'..='f').contains(c),
                'z' => c.is_ascii_digit() || c.is_ascii_lowercase(),
                other => *c == other,
            };
            if !fit {
                return None;
            }
            end += 1;
        }
        Some(end)
    };
    let (mut out, mut at) = (String::new(), 0);
    while at < chars.len() {
        match SHAPES.iter().find_map(|(shape, word)| fits(at, shape).map(|end| (end, *word))) {
            Some((end, word)) => {
                out.push_str(word);
                at = end;
            }
            None => {
                out.push(chars[at]);
                at += 1;
            }
        }
    }
    out
}
