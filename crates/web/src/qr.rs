//! QR codes as SVG markup.

use maud::{Markup, PreEscaped, html};
use qrcode::{Color, EcLevel, QrCode};
use std::fmt::Write;

/// A QR code of a text (up to about 1,000 bytes) as an SVG image with an accessible name; nothing where the text is
/// too long. The quiet zone of four modules is part of the image, so that it scans on any background.
pub fn qr(text: &str, name: &str) -> Markup {
    let Ok(code) = QrCode::with_error_correction_level(text, EcLevel::M) else {
        return html! {};
    };
    let side = code.width();
    let mut path = String::new();
    for (at, color) in code.to_colors().into_iter().enumerate() {
        if color == Color::Dark {
            // Writing to a string cannot fail.
            let _ = write!(path, "M{} {}h1v1h-1z", at % side + 4, at / side + 4);
        }
    }
    let size = side + 8;
    html! {
        svg xmlns="http://www.w3.org/2000/svg" viewBox={ "0 0 " (size) " " (size) } role="img" aria-label=(name) shape-rendering="crispEdges" {
            rect width=(size) height=(size) fill="#fff" {}
            (PreEscaped(format!("<path d=\"{path}\" fill=\"#000\"/>")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_every_dark_module_inside_the_quiet_zone() {
        let text = "https://example.test/verify/7Q4M-2XKD";
        let svg = qr(text, "Mã <QR>").into_string();
        let code = QrCode::with_error_correction_level(text, EcLevel::M).unwrap();
        let dark = code.to_colors().into_iter().filter(|c| *c == Color::Dark).count();
        assert_eq!(svg.matches("h1v1h-1z").count(), dark);
        assert!(svg.contains(&format!("viewBox=\"0 0 {0} {0}\"", code.width() + 8)));
        assert!(svg.contains("aria-label=\"Mã &lt;QR&gt;\""));
        assert!(svg.contains("M4 4h1v1h-1z"), "the first finder pattern starts after the quiet zone");
    }

    #[test]
    fn too_long_a_text_draws_nothing() {
        assert_eq!(qr(&"x".repeat(5_000), "QR").into_string(), "");
    }
}
