//! Documents on paper, as PDF: the letterhead, headings, paragraphs, tables that go on over pages, and the places for
//! signatures that Vietnamese administrative documents have (Decree 30/2020/NĐ-CP, annex I).
//!
//! A document is tagged, so that a screen reader finds its headings and the cells of its tables; its typeface is
//! embedded, with all Vietnamese letters. The bytes depend on the content alone: equal documents have equal hashes.
//! The crate knows nothing of what it writes.

mod draw;
mod layout;
mod typeface;

use vocabulary::{Lang, Text};

/// A document under way.
#[derive(Clone, Debug)]
pub struct Document {
    title: String,
    lang: Lang,
    landscape: bool,
    blocks: Vec<Block>,
}

/// What follows one below another.
#[derive(Clone, Debug)]
enum Block {
    /// Left and right, line by line; the first line of each is strong.
    Letterhead(Vec<String>, Vec<String>),
    Title(String),
    Heading(String),
    Paragraph(String),
    Table(Table),
    /// Side by side: who signs, and below what.
    Signatures(Vec<(String, String)>),
}

/// A table. Its head is repeated on each page.
#[derive(Clone, Debug)]
pub struct Table {
    columns: Vec<Column>,
    rows: Vec<Vec<String>>,
}

/// A column of a table.
#[derive(Clone, Debug)]
pub struct Column {
    head: String,
    share: f32,
    numeric: bool,
}

impl Column {
    /// A column of text with its share of the width: a column of share 2 is twice as wide as one of 1.
    pub fn new(head: impl Into<String>, share: f32) -> Column {
        Column { head: head.into(), share: share.clamp(0.1, 100.0), numeric: false }
    }

    /// A column of figures, which stand to the right.
    pub fn numeric(head: impl Into<String>, share: f32) -> Column {
        Column { numeric: true, ..Column::new(head, share) }
    }
}

impl Table {
    /// A table without rows.
    pub fn new(columns: impl IntoIterator<Item = Column>) -> Table {
        Table { columns: columns.into_iter().collect(), rows: Vec::new() }
    }

    /// Adds a row; cells that are too many are left out, those that lack are empty.
    pub fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        let mut row: Vec<String> = cells.into_iter().take(self.columns.len()).collect();
        row.resize(self.columns.len(), String::new());
        self.rows.push(row);
    }
}

/// The document could not be written: the typeface was refused, or a limit of the format was passed.
#[derive(Debug)]
pub struct PaperError(String);

impl std::fmt::Display for PaperError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the PDF cannot be written: {}", self.0)
    }
}

impl std::error::Error for PaperError {}

/// The national title (*Quốc hiệu*) and motto (*Tiêu ngữ*), which stand to the right of a letterhead.
const NATION: [Text; 2] = [
    Text::new("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "SOCIALIST REPUBLIC OF VIET NAM"),
    Text::new("Độc lập - Tự do - Hạnh phúc", "Independence - Freedom - Happiness"),
];

impl Document {
    /// An empty document on A4 upright. The title is in the file, not on the page: that is [`Document::title`].
    pub fn new(title: impl Into<String>, lang: Lang) -> Document {
        Document { title: title.into(), lang, landscape: false, blocks: Vec::new() }
    }

    /// Turns the pages, for wide tables.
    pub fn landscape(mut self) -> Document {
        self.landscape = true;
        self
    }

    fn with(mut self, block: Block) -> Document {
        self.blocks.push(block);
        self
    }

    /// The agency to the left, in lines, with its superior first; the national title and the place and day to the right.
    pub fn letterhead(self, agency: &[&str], place_and_day: &str) -> Document {
        let mut right: Vec<String> = NATION.iter().map(|text| text.get(self.lang).to_owned()).collect();
        right.push(place_and_day.to_owned());
        let left = agency.iter().map(|line| (*line).to_owned()).collect();
        self.with(Block::Letterhead(left, right))
    }

    /// The title on the page, in the middle.
    pub fn title(self, text: impl Into<String>) -> Document {
        self.with(Block::Title(text.into()))
    }

    /// A heading.
    pub fn heading(self, text: impl Into<String>) -> Document {
        self.with(Block::Heading(text.into()))
    }

    /// A paragraph.
    pub fn paragraph(self, text: impl Into<String>) -> Document {
        self.with(Block::Paragraph(text.into()))
    }

    /// A table.
    pub fn table(self, table: Table) -> Document {
        self.with(Block::Table(table))
    }

    /// Places to sign, side by side: the office, and what is asked for below it.
    pub fn signatures(self, places: &[(&str, &str)]) -> Document {
        let places = places.iter().map(|(who, how)| ((*who).to_owned(), (*how).to_owned())).collect();
        self.with(Block::Signatures(places))
    }

    /// The file.
    ///
    /// # Errors
    /// Where the typeface is refused, or a limit of the format is passed.
    pub fn finish(&self) -> Result<Vec<u8>, PaperError> {
        let faces = typeface::Faces::new()?;
        let pages = layout::lay_out(self, &faces);
        draw::draw(self, &faces, &pages)
    }
}
