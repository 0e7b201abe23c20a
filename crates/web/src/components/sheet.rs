//! What is meant for paper (A4).

use crate::qr;
use maud::{Markup, Render, html};
use vocabulary::{Lang, Text};

/// The head of an official paper (Decree 30/2020): the office on the left, the state's name and motto on the right.
/// Wrap the paper in `section.dancu-sheet`.
pub struct SheetHead<'a> {
    above: Option<&'a str>,
    office: &'a str,
}

impl<'a> SheetHead<'a> {
    /// The office that issues the paper.
    pub fn new(office: &'a str) -> SheetHead<'a> {
        SheetHead { above: None, office }
    }

    /// The office above it.
    pub fn above(mut self, above: &'a str) -> Self {
        self.above = Some(above);
        self
    }
}

impl Render for SheetHead<'_> {
    /// State name and motto are Vietnamese on every paper, whatever the language of the page.
    fn render(&self) -> Markup {
        html! {
            div.dancu-sheet__head lang="vi" {
                p.dancu-sheet__office { @if let Some(above) = self.above { span { (above) } } (self.office) }
                p.dancu-sheet__motto {
                    span { "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM" }
                    span { "Độc lập - Tự do - Hạnh phúc" }
                }
            }
        }
    }
}

/// The evidence of one look-up: who asked, why, what was shown, and a code by which anyone can check the entry in the
/// log. One printed page for the dossier (*phiếu bằng chứng tra cứu*).
pub struct EvidenceCard<'a> {
    lang: Lang,
    title: &'a str,
    rows: Vec<(String, Markup)>,
    code: &'a str,
    address: &'a str,
}

const SCAN: Text = Text::new("Quét để kiểm tra", "Scan to check");
const QR: Text = Text::new("Mã QR để kiểm tra phiếu này", "QR code to check this card");

impl<'a> EvidenceCard<'a> {
    /// A card with its title, its code and the address that the QR code holds; neither may name a person.
    pub fn new(lang: Lang, title: &'a str, code: &'a str, address: &'a str) -> EvidenceCard<'a> {
        EvidenceCard { lang, title, rows: Vec::new(), code, address }
    }

    /// Adds a key and its value.
    pub fn row(mut self, key: impl Into<String>, value: impl Render) -> Self {
        self.rows.push((key.into(), value.render()));
        self
    }
}

impl Render for EvidenceCard<'_> {
    fn render(&self) -> Markup {
        html! {
            section class="dancu-sheet dancu-card" {
                h2.govuk-heading-m { (self.title) }
                div.dancu-card__body {
                    dl.dancu-rows { @for (key, value) in &self.rows { dt { (key) } dd { (value) } } }
                    p.dancu-qr {
                        (qr(self.address, QR.get(self.lang)))
                        (SCAN.get(self.lang))
                        span.dancu-qr__code { (self.code) }
                    }
                }
            }
        }
    }
}
