//! The typeface, and how wide its letters are.

use crate::PaperError;
use krilla::text::Font;
use ttf_parser::Face;

/// *Be Vietnam Pro*, in two weights.
const NORMAL: &[u8] = include_bytes!("../fonts/be-vietnam-pro-400.ttf");
const STRONG: &[u8] = include_bytes!("../fonts/be-vietnam-pro-600.ttf");

/// How heavy letters are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Weight {
    Normal,
    Strong,
}

/// One weight: to be measured, and to be drawn.
struct Cut {
    face: Face<'static>,
    font: Font,
}

/// The typeface.
pub(crate) struct Faces {
    normal: Cut,
    strong: Cut,
}

fn cut(file: &'static [u8]) -> Result<Cut, PaperError> {
    let face = Face::parse(file, 0).map_err(|e| PaperError(e.to_string()))?;
    let font = Font::new(file.to_vec().into(), 0).ok_or_else(|| PaperError("typeface".into()))?;
    Ok(Cut { face, font })
}

impl Faces {
    pub(crate) fn new() -> Result<Faces, PaperError> {
        Ok(Faces { normal: cut(NORMAL)?, strong: cut(STRONG)? })
    }

    fn cut(&self, weight: Weight) -> &Cut {
        match weight {
            Weight::Normal => &self.normal,
            Weight::Strong => &self.strong,
        }
    }

    pub(crate) fn font(&self, weight: Weight) -> Font {
        self.cut(weight).font.clone()
    }

    /// The width of a text in points, without kerning: what is drawn is never noticeably wider.
    pub(crate) fn width(&self, text: &str, weight: Weight, size: f32) -> f32 {
        let face = &self.cut(weight).face;
        let units = f32::from(face.units_per_em());
        let advance = |c| face.glyph_index(c).and_then(|glyph| face.glyph_hor_advance(glyph)).unwrap_or(0);
        text.chars().map(|c| f32::from(advance(c))).sum::<f32>() / units * size
    }

    /// The lines of a text in a width: broken between words, and inside a word only where it alone is too wide.
    pub(crate) fn lines(&self, text: &str, weight: Weight, size: f32, width: f32) -> Vec<String> {
        let mut lines = vec![String::new()];
        for (at, paragraph) in text.split('\n').enumerate() {
            if at > 0 {
                lines.push(String::new());
            }
            for word in paragraph.split_whitespace() {
                let Some(line) = lines.last_mut() else { break };
                let longer = if line.is_empty() { word.to_owned() } else { format!("{line} {word}") };
                if self.width(&longer, weight, size) <= width {
                    *line = longer;
                    continue;
                }
                if !line.is_empty() {
                    lines.push(String::new());
                }
                for c in word.chars() {
                    let Some(line) = lines.last_mut() else { break };
                    line.push(c);
                    if self.width(line, weight, size) > width && line.chars().nth(1).is_some() {
                        line.pop();
                        lines.push(c.to_string());
                    }
                }
            }
        }
        lines
    }
}
