//! The two languages of the product, always side by side.

use serde::{Deserialize, Serialize};

/// A language of the user interface; Vietnamese comes first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Lang {
    /// Vietnamese.
    #[default]
    Vi,
    /// English.
    En,
}

impl Lang {
    /// Chooses between a Vietnamese and an English value.
    pub fn pick<T>(self, vi: T, en: T) -> T {
        match self {
            Lang::Vi => vi,
            Lang::En => en,
        }
    }

    /// The BCP 47 tag, for `lang` attributes and headers.
    pub fn tag(self) -> &'static str {
        self.pick("vi", "en")
    }

    /// The language for a BCP 47 tag, by its primary subtag.
    pub fn from_tag(tag: &str) -> Option<Lang> {
        match tag.split(['-', '_']).next().unwrap_or_default().to_ascii_lowercase().as_str() {
            "vi" => Some(Lang::Vi),
            "en" => Some(Lang::En),
            _ => None,
        }
    }
}

/// A fixed text in both languages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Text {
    /// Vietnamese.
    pub vi: &'static str,
    /// English.
    pub en: &'static str,
}

impl Text {
    /// A text in both languages.
    pub const fn new(vi: &'static str, en: &'static str) -> Text {
        Text { vi, en }
    }

    /// The text in one language.
    pub fn get(self, lang: Lang) -> &'static str {
        lang.pick(self.vi, self.en)
    }
}
