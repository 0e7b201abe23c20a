//! Request bodies: JSON for machines, forms and file uploads for pages. What cannot be read is refused with the field
//! and the rule; nothing of the value itself is repeated.

use crate::{
    csrf::{self, CsrfToken},
    failure::{Failure, unread},
    spool::{Spool, Spooled},
};
use axum::{
    RequestExt,
    body::{Bytes, HttpBody},
    extract::{FromRequest, Multipart, Request, multipart::MultipartError},
    http::{HeaderMap, StatusCode, header},
};
use serde::de::DeserializeOwned;
use std::{
    collections::{BTreeMap, BTreeSet},
    future::poll_fn,
    pin::Pin,
    sync::Mutex,
};
use vocabulary::{Problem, Violation, kinds};

/// A JSON body: `application/json` or `…+json`, UTF-8, within the size limit, and of the shape of `T`. Problems:
/// `unsupported-media-type`, `too-large`, `malformed`, and `invalid` with the path of the field and the rule
/// (`json/required`, `json/unknown-field`, `json/type`, or the rule of the value that refused itself).
#[derive(Debug)]
pub struct JsonBody<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for JsonBody<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, state: &S) -> Result<JsonBody<T>, Failure> {
        let media = media_type(request.headers());
        if media != "application/json" && !media.ends_with("+json") {
            return Err(Failure::of(&kinds::UNSUPPORTED_MEDIA_TYPE));
        }
        let bytes = Bytes::from_request(request, state).await.map_err(|e| unread(&e))?;
        Ok(JsonBody(read_json(&bytes)?))
    }
}

fn media_type(headers: &HeaderMap) -> &str {
    let value = headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    value.split(';').next().unwrap_or_default().trim()
}

fn read_json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let text = std::str::from_utf8(bytes).map_err(|_| {
        Problem::new(&kinds::MALFORMED).detail(
            "Nội dung không phải UTF-8; có thể tệp dùng bảng mã khác.",
            "The body is not UTF-8; perhaps it is in another encoding.",
        )
    })?;
    // Following the path costs time, so it is done only for a body that turned out to be wrong.
    serde_json::from_str(text).map_err(|_| {
        let mut reader = serde_json::Deserializer::from_str(text);
        match serde_path_to_error::deserialize::<_, T>(&mut reader) {
            Err(e) if e.inner().is_data() => {
                let path = e.path().to_string();
                let message = e.inner().to_string();
                // serde_json appends the place; the path says it better.
                let message = message.rsplit_once(" at line ").map_or(message.as_str(), |(before, _)| before);
                violation("json", path.trim_start_matches('.'), message).into()
            }
            Err(e) => syntax(e.inner().line(), e.inner().column()),
            // Readable, so what failed is what follows the value.
            Ok(_) => syntax(text.lines().count(), 1),
        }
    })
}

fn syntax(line: usize, column: usize) -> Problem {
    Problem::new(&kinds::MALFORMED).detail(
        format!("JSON sai cú pháp ở dòng {line}, cột {column}."),
        format!("Invalid JSON at line {line}, column {column}."),
    )
}

/// A field refused by serde. Its messages may repeat the value, so only the parts known to be ours are kept: names of
/// fields, and the `rule: Vietnamese | English` of a value that refused itself.
fn violation(family: &'static str, path: &str, message: &str) -> Violation {
    let named = |prefix: &str| message.strip_prefix(prefix).and_then(|rest| rest.split('`').next());
    let inside = |field: &str| match path {
        "" | "." => clean(field),
        _ if path == field || path.ends_with(&format!(".{field}")) => clean(path),
        _ => clean(&format!("{path}.{field}")),
    };
    let json = family == "json";
    if let Some(field) = named("missing field `") {
        let rule = if json { "json/required" } else { "form/required" };
        return said(inside(field), rule, "Thiếu mục này", "This field is missing");
    }
    if let Some(field) = named("unknown field `") {
        let rule = if json { "json/unknown-field" } else { "form/unknown-field" };
        return said(inside(field), rule, "Không có mục nào mang tên này", "There is no field of this name");
    }
    if let Some((rule, text)) = message.split_once(": ")
        && let Some(rule) = known(rule)
    {
        let (vi, en) = text.split_once(" | ").unwrap_or(("Giá trị không đúng quy tắc của mục này", text));
        return said(clean(path), rule, vi, en);
    }
    if message.starts_with("unknown variant") {
        let rule = if json { "json/choice" } else { "form/choice" };
        return said(clean(path), rule, "Giá trị không có trong danh mục", "The value is not in the list");
    }
    let rule = if json { "json/type" } else { "form/type" };
    said(clean(path), rule, "Sai kiểu giá trị", "The value is of the wrong type")
}

/// A path fit to repeat: names of unknown fields come from the sender, who could fill them with anything.
fn clean(path: &str) -> String {
    path.chars().filter(|c| c.is_ascii_alphanumeric() || "-_.[]".contains(*c)).take(120).collect()
}

fn said(field: String, rule: &'static str, vi: &str, en: &str) -> Violation {
    Violation { field, rule, vi: vi.to_owned(), en: en.to_owned() }
}

/// The name of a rule (`subject/rule`) for as long as the program runs. Rules are few and stand in the code; the bound
/// is for the case that a message of another origin looks like one.
fn known(rule: &str) -> Option<&'static str> {
    static RULES: Mutex<BTreeSet<&'static str>> = Mutex::new(BTreeSet::new());
    let (subject, name) = rule.split_once('/')?;
    let word = |s: &str| {
        !s.is_empty() && s.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    };
    if !word(subject) || !word(name) || rule.len() > 64 {
        return None;
    }
    let mut rules = RULES.lock().ok()?;
    if let Some(known) = rules.get(rule) {
        return Some(known);
    }
    if rules.len() >= 500 {
        return None;
    }
    let kept: &'static str = Box::leak(rule.to_owned().into_boxed_str());
    rules.insert(kept);
    Some(kept)
}

/// A form of a signed-in page: `application/x-www-form-urlencoded` with the session's token. Repeated names fill a
/// `Vec` (mark it `#[serde(default)]`: no box ticked sends nothing). Problems: those of [`JsonBody`] with rules
/// `form/…`, and `csrf`.
#[derive(Debug)]
pub struct FormBody<T>(pub T);

/// A form for people who are not signed in, such as the sign-in form itself. There is no session that a forged form
/// could abuse; the origin check of the page layer still applies.
#[derive(Debug)]
pub struct OpenForm<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for FormBody<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, state: &S) -> Result<FormBody<T>, Failure> {
        let token = request.extensions().get::<CsrfToken>().cloned();
        let bytes = form_bytes(request, state).await?;
        let pairs = form_pairs(&bytes)?;
        let given = pairs.iter().find(|(name, _)| name == csrf::FIELD).map_or("", |(_, value)| value);
        check(token.as_ref(), given)?;
        Ok(FormBody(read_form(&bytes)?))
    }
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for OpenForm<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, state: &S) -> Result<OpenForm<T>, Failure> {
        let bytes = form_bytes(request, state).await?;
        form_pairs(&bytes)?;
        Ok(OpenForm(read_form(&bytes)?))
    }
}

fn check(token: Option<&CsrfToken>, given: &str) -> Result<(), Problem> {
    match token {
        Some(token) if token.matches(given) => Ok(()),
        _ => Err(Problem::new(&kinds::CSRF)),
    }
}

async fn form_bytes<S: Send + Sync>(request: Request, state: &S) -> Result<Bytes, Problem> {
    if media_type(request.headers()) != "application/x-www-form-urlencoded" {
        return Err(Problem::new(&kinds::UNSUPPORTED_MEDIA_TYPE));
    }
    Bytes::from_request(request, state).await.map_err(|e| unread(&e))
}

fn form_pairs(bytes: &[u8]) -> Result<Vec<(String, String)>, Problem> {
    let pairs: Vec<(String, String)> =
        serde_html_form::from_bytes(bytes).map_err(|_| Problem::new(&kinds::MALFORMED))?;
    // The decoder replaces what is not UTF-8; nobody types that character.
    if pairs.iter().any(|(name, value)| name.contains('\u{FFFD}') || value.contains('\u{FFFD}')) {
        return Err(Problem::new(&kinds::MALFORMED)
            .detail("Biểu mẫu không ở dạng UTF-8.", "The form is not in UTF-8."));
    }
    Ok(pairs)
}

fn read_form<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    serde_html_form::from_bytes(bytes).map_err(|_| {
        let reader = serde_html_form::Deserializer::from_bytes(bytes);
        match serde_path_to_error::deserialize::<_, T>(reader) {
            Err(e) => violation("form", &e.path().to_string(), &e.inner().to_string()).into(),
            Ok(_) => Problem::new(&kinds::MALFORMED),
        }
    })
}

/// A form with one file (`multipart/form-data`) of a signed-in page. The file goes to one without a name on disk as it
/// comes; the whole is bounded by the [`Limits`](crate::Limits) of its route. The token must come before the file, as
/// [`Form`](crate::components::Form) writes it.
#[derive(Debug)]
pub struct Upload {
    /// The other fields; of a repeated name, the last.
    pub fields: BTreeMap<String, String>,
    /// The file, where one was chosen.
    pub file: Option<UploadedFile>,
}

/// A file as sent.
#[derive(Debug)]
pub struct UploadedFile {
    /// The name that the sender gave; not to be trusted as a path.
    pub name: String,
    /// Its content.
    pub content: Spooled,
}

impl<S: Send + Sync> FromRequest<S> for Upload {
    type Rejection = Failure;

    async fn from_request(request: Request, state: &S) -> Result<Upload, Failure> {
        if media_type(request.headers()) != "multipart/form-data" {
            return Err(Failure::of(&kinds::UNSUPPORTED_MEDIA_TYPE));
        }
        let token = request.extensions().get::<CsrfToken>().cloned();
        let mut parts =
            Multipart::from_request(request, state).await.map_err(|_| Problem::new(&kinds::MALFORMED))?;
        let mut upload = Upload { fields: BTreeMap::new(), file: None };
        while let Some(mut part) = parts.next_field().await.map_err(broken)? {
            let name = part.name().unwrap_or_default().to_owned();
            match part.file_name().map(str::to_owned) {
                Some(file) => {
                    check(token.as_ref(), upload.fields.get(csrf::FIELD).map_or("", String::as_str))?;
                    // What nobody asked for is read to its end and forgotten.
                    let wanted = !file.is_empty() && upload.file.is_none();
                    let mut spool = if wanted { Some(Spool::begin().map_err(unkept)?) } else { None };
                    while let Some(chunk) = part.chunk().await.map_err(broken)? {
                        if let Some(spool) = &mut spool {
                            spool.add(&chunk).await.map_err(unkept)?;
                        }
                    }
                    if let Some(spool) = spool {
                        let content = spool.end().await.map_err(unkept)?;
                        upload.file = Some(UploadedFile { name: file, content });
                    }
                }
                None if upload.fields.len() < 64 => {
                    let value = part.text().await.map_err(broken)?;
                    upload.fields.insert(name, value);
                }
                None => return Err(Failure::of(&kinds::TOO_LARGE)),
            }
        }
        check(token.as_ref(), upload.fields.get(csrf::FIELD).map_or("", String::as_str))?;
        Ok(upload)
    }
}

/// A body of whatever type: it goes to a file without a name as it comes, bounded by the [`Limits`](crate::Limits) of its
/// route.
impl<S: Send + Sync> FromRequest<S> for Spooled {
    type Rejection = Failure;

    async fn from_request(request: Request, _: &S) -> Result<Spooled, Failure> {
        let mut body = request.with_limited_body().into_body();
        let mut spool = Spool::begin().map_err(unkept)?;
        while let Some(frame) = poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await {
            let frame = frame.map_err(|_| Problem::new(&kinds::TOO_LARGE))?;
            if let Some(part) = frame.data_ref() {
                spool.add(part).await.map_err(unkept)?;
            }
        }
        Ok(spool.end().await.map_err(unkept)?)
    }
}

/// The disk does not take what is sent.
fn unkept(error: std::io::Error) -> Problem {
    tracing::error!(error = %error.kind(), "a file that was sent could not be kept");
    Problem::new(&kinds::UNAVAILABLE)
}

fn broken(error: MultipartError) -> Problem {
    let too_large = error.status() == StatusCode::PAYLOAD_TOO_LARGE;
    Problem::new(if too_large { &kinds::TOO_LARGE } else { &kinds::MALFORMED })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Ask {
        #[allow(dead_code)]
        number: Number,
        #[allow(dead_code)]
        basis: Basis,
    }

    #[derive(Debug, Deserialize)]
    struct Basis {
        #[allow(dead_code)]
        purpose: String,
        #[allow(dead_code)]
        #[serde(default)]
        tries: u8,
    }

    #[derive(Debug)]
    struct Number;

    impl<'de> Deserialize<'de> for Number {
        fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Number, D::Error> {
            match String::deserialize(d)?.as_str() {
                "1" => Ok(Number),
                _ => Err(serde::de::Error::custom("number/digits: Phải là số 1 | Must be the digit 1")),
            }
        }
    }

    fn fault(json: &str) -> (String, &'static str, String) {
        let problem = read_json::<Ask>(json.as_bytes()).unwrap_err();
        let v = problem.violations.first().cloned();
        v.map_or((String::new(), problem.kind.code, String::new()), |v| (v.field, v.rule, v.vi))
    }

    #[test]
    fn names_the_field_and_the_rule() {
        let cases = [
            (r#"{"number":"1"}"#, "basis", "json/required", "Thiếu mục này"),
            (r#"{"number":"1","basis":{}}"#, "basis.purpose", "json/required", "Thiếu mục này"),
            (r#"{"number":"2","basis":{"purpose":"x"}}"#, "number", "number/digits", "Phải là số 1"),
            (r#"{"number":"1","basis":{"purpose":7}}"#, "basis.purpose", "json/type", "Sai kiểu giá trị"),
            (
                r#"{"number":"1","basis":{"purpose":"x","tries":300}}"#,
                "basis.tries",
                "json/type",
                "Sai kiểu giá trị",
            ),
            (
                r#"{"number":"1","basis":{"purpose":"x"},"hộ":1}"#,
                "h",
                "json/unknown-field",
                "Không có mục nào mang tên này",
            ),
            (r#"{"number":"#, "", "malformed", ""),
            (r#"{"number":"1","basis":{"purpose":"x"}} more"#, "", "malformed", ""),
        ];
        for (json, field, rule, vi) in cases {
            assert_eq!(fault(json), (field.to_owned(), rule, vi.to_owned()), "{json}");
        }
    }

    #[test]
    fn never_repeats_the_value() {
        let secret = "056301009999";
        for json in [
            format!(r#"{{"number":"{secret}","basis":{{"purpose":"x"}}}}"#),
            format!(r#"{{"number":"1","basis":"{secret}"}}"#),
            format!(r#"{{"number":"1","basis":{{"purpose":"x","tries":"{secret}"}}}}"#),
        ] {
            let problem = read_json::<Ask>(json.as_bytes()).unwrap_err();
            assert!(!format!("{problem:?}").contains(secret), "{problem:?}");
        }
    }

    #[test]
    fn another_encoding_is_told_as_such() {
        // "Hòa" in Windows-1258.
        let problem = read_json::<Ask>(b"{\"number\":\"H\xF2a\"}").unwrap_err();
        assert_eq!(problem.kind, &kinds::MALFORMED);
        assert!(problem.detail_text(vocabulary::Lang::En).unwrap().contains("UTF-8"));
        assert_eq!(form_pairs(b"name=H%F2a").unwrap_err().kind, &kinds::MALFORMED);
    }

    #[test]
    fn forms_take_repeated_names_and_name_what_is_missing() {
        #[derive(Debug, Deserialize, PartialEq)]
        struct Tick {
            unit: String,
            #[serde(default)]
            members: Vec<i64>,
        }
        let read = |text: &str| read_form::<Tick>(text.as_bytes());
        assert_eq!(
            read("unit=22363&members=3&members=5"),
            Ok(Tick { unit: "22363".into(), members: vec![3, 5] })
        );
        assert_eq!(read("unit=22363"), Ok(Tick { unit: "22363".into(), members: vec![] }));
        let missing = read("members=3").unwrap_err().violations.remove(0);
        assert_eq!((missing.field.as_str(), missing.rule), ("unit", "form/required"));
        let wrong = read("unit=1&members=x").unwrap_err().violations.remove(0);
        assert_eq!(wrong.rule, "form/type");
    }
}
