//! Where everything stands: blocks one below another on pages of A4, tables broken between rows.

use crate::{
    Block, Document, Table,
    typeface::{Faces, Weight},
};

/// A point is 1/72 inch; A4 is 210 by 297 mm.
const SHORT: f32 = 595.28;
const LONG: f32 = 841.89;
/// Margins: 20 mm above, below and right, 30 mm left where pages are bound (Decree 30/2020/NĐ-CP, annex I).
const MARGIN: f32 = 56.69;
const BOUND: f32 = 85.04;
/// Letters in points, and lines as a multiple of them.
pub(crate) const BODY: f32 = 11.0;
const CELL: f32 = 9.5;
const LEADING: f32 = 1.45;
/// Space within a cell.
const PAD: f32 = 4.0;
/// The space above a signature.
const TO_SIGN: f32 = 64.0;

/// What a piece is part of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Part {
    /// A title (1) or heading (2), by its place among the blocks.
    Heading(usize, u16),
    /// A paragraph or a line of its own.
    Paragraph(usize),
    /// A cell: block, row (0 is the head), column.
    Cell(usize, usize, usize),
    /// What repeats or adorns.
    Ornament,
}

/// A text in its place; `y` is the base line, from the top.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Piece {
    pub x: f32,
    pub y: f32,
    pub size: f32,
    pub weight: Weight,
    pub text: String,
    pub part: Part,
}

/// A line from left to right.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Rule {
    pub x: f32,
    pub y: f32,
    pub width: f32,
    pub strong: bool,
}

/// A page.
#[derive(Clone, Debug, Default)]
pub(crate) struct Page {
    pub pieces: Vec<Piece>,
    pub rules: Vec<Rule>,
}

/// The pages with their size.
pub(crate) struct Pages {
    pub width: f32,
    pub height: f32,
    pub pages: Vec<Page>,
}

#[derive(Clone, Copy, PartialEq)]
enum Align {
    Left,
    Middle,
    Right,
}

/// Text to be set: in a box from `x` over `width`.
struct Setting {
    x: f32,
    width: f32,
    size: f32,
    weight: Weight,
    align: Align,
    part: Part,
}

struct Composer<'a> {
    faces: &'a Faces,
    width: f32,
    height: f32,
    pages: Vec<Page>,
    y: f32,
}

/// Lays out a document.
pub(crate) fn lay_out(document: &Document, faces: &Faces) -> Pages {
    let (width, height) = if document.landscape { (LONG, SHORT) } else { (SHORT, LONG) };
    let mut composer = Composer { faces, width, height, pages: vec![Page::default()], y: MARGIN };
    for (at, block) in document.blocks.iter().enumerate() {
        composer.block(at, block);
    }
    composer.number(&document.title);
    Pages { width, height, pages: composer.pages }
}

impl Composer<'_> {
    fn inner(&self) -> f32 {
        self.width - BOUND - MARGIN
    }

    fn page(&mut self) -> &mut Page {
        if self.pages.is_empty() {
            self.pages.push(Page::default());
        }
        let last = self.pages.len() - 1;
        &mut self.pages[last]
    }

    fn turn(&mut self) {
        self.pages.push(Page::default());
        self.y = MARGIN;
    }

    /// Begins a page where so much does not fit on this one.
    fn room(&mut self, height: f32) {
        if self.y + height > self.height - MARGIN && self.y > MARGIN {
            self.turn();
        }
    }

    /// Sets lines from `top` on; where they end.
    fn lines(&mut self, lines: &[String], mut top: f32, set: &Setting) -> f32 {
        for line in lines {
            let wide = self.faces.width(line, set.weight, set.size);
            let x = match set.align {
                Align::Left => set.x,
                Align::Middle => set.x + (set.width - wide) / 2.0,
                Align::Right => set.x + set.width - wide,
            };
            let piece = Piece {
                x,
                y: top + set.size,
                size: set.size,
                weight: set.weight,
                text: line.clone(),
                part: set.part,
            };
            if !line.is_empty() {
                self.page().pieces.push(piece);
            }
            top += set.size * LEADING;
        }
        top
    }

    /// Sets a text over the whole width, on as many pages as it needs.
    fn text(&mut self, text: &str, size: f32, weight: Weight, align: Align, part: Part) {
        let set = Setting { x: BOUND, width: self.inner(), size, weight, align, part };
        for line in self.faces.lines(text, weight, size, set.width) {
            self.room(size * LEADING);
            self.y = self.lines(&[line], self.y, &set);
        }
    }

    fn block(&mut self, at: usize, block: &Block) {
        match block {
            Block::Letterhead(left, right) => self.letterhead(at, left, right),
            Block::Title(text) => {
                self.y += 14.0;
                self.text(text, 14.0, Weight::Strong, Align::Middle, Part::Heading(at, 1));
                self.y += 8.0;
            }
            Block::Heading(text) => {
                self.y += 10.0;
                // Never alone at the end of a page.
                self.room(12.0 * LEADING + 4.0 * CELL * LEADING);
                self.text(text, 12.0, Weight::Strong, Align::Left, Part::Heading(at, 2));
                self.y += 4.0;
            }
            Block::Paragraph(text) => {
                self.text(text, BODY, Weight::Normal, Align::Left, Part::Paragraph(at));
                self.y += 6.0;
            }
            Block::Table(table) => self.table(at, table),
            Block::Signatures(places) => self.signatures(at, places),
        }
    }

    fn letterhead(&mut self, at: usize, left: &[String], right: &[String]) {
        let half = self.inner() / 2.0;
        let mut end = self.y;
        for (x, column) in [(BOUND, left), (BOUND + half, right)] {
            let mut top = self.y;
            for (n, line) in column.iter().enumerate() {
                let weight = if n < 2 { Weight::Strong } else { Weight::Normal };
                let part = Part::Paragraph(at);
                let set = Setting { x, width: half - 8.0, size: 10.0, weight, align: Align::Middle, part };
                let lines = self.faces.lines(line, weight, set.size, set.width);
                top = self.lines(&lines, top, &set);
                if n == 1 {
                    let rule = Rule { x: x + half / 3.0, y: top + 2.0, width: half / 4.0, strong: false };
                    self.page().rules.push(rule);
                    top += 8.0;
                }
            }
            end = end.max(top);
        }
        self.y = end + 6.0;
    }

    fn signatures(&mut self, at: usize, places: &[(String, String)]) {
        let height = 2.0 * BODY * LEADING + TO_SIGN;
        self.y += 16.0;
        self.room(height);
        let width = self.inner() / places.len().max(1) as f32;
        let top = self.y;
        for (n, (who, how)) in places.iter().enumerate() {
            let x = BOUND + width * n as f32;
            let part = Part::Paragraph(at);
            let mut set =
                Setting { x, width, size: BODY, weight: Weight::Strong, align: Align::Middle, part };
            let lines = self.faces.lines(who, set.weight, set.size, width - 2.0 * PAD);
            let below = self.lines(&lines, top, &set);
            (set.weight, set.size) = (Weight::Normal, CELL);
            let lines = self.faces.lines(how, set.weight, set.size, width - 2.0 * PAD);
            self.lines(&lines, below, &set);
        }
        self.y = top + height;
    }

    fn table(&mut self, at: usize, table: &Table) {
        let shares: f32 = table.columns.iter().map(|c| c.share).sum();
        let widths: Vec<f32> = table.columns.iter().map(|c| c.share / shares * self.inner()).collect();
        let head: Vec<String> = table.columns.iter().map(|c| c.head.clone()).collect();
        let set = |composer: &Self, cells: &[String], weight| -> Vec<Vec<String>> {
            cells
                .iter()
                .zip(&widths)
                .map(|(cell, width)| composer.faces.lines(cell, weight, CELL, width - 2.0 * PAD))
                .collect()
        };
        let tall = |cells: &[Vec<String>]| {
            cells.iter().map(Vec::len).max().unwrap_or(1) as f32 * CELL * LEADING + 2.0 * PAD
        };
        let head = set(self, &head, Weight::Strong);
        let mut begun = false;
        for (n, row) in table.rows.iter().enumerate() {
            let cells = set(self, row, Weight::Normal);
            let wanted = tall(&cells) + if begun { 0.0 } else { tall(&head) };
            if self.y + wanted > self.height - MARGIN && self.y > MARGIN {
                self.turn();
                begun = false;
            }
            if !begun {
                // The head counts once; where it stands again, it is an ornament.
                let first = n == 0;
                self.row(&head, tall(&head), table, &widths, Weight::Strong, |column| {
                    if first { Part::Cell(at, 0, column) } else { Part::Ornament }
                });
                begun = true;
            }
            self.row(&cells, tall(&cells), table, &widths, Weight::Normal, |c| Part::Cell(at, n + 1, c));
        }
        self.y += 8.0;
    }

    /// A row, which may be taller than a page: what does not fit then goes on on the next one.
    fn row(
        &mut self,
        cells: &[Vec<String>],
        height: f32,
        table: &Table,
        widths: &[f32],
        weight: Weight,
        part: impl Fn(usize) -> Part,
    ) {
        let (line, most) = (CELL * LEADING, self.height - MARGIN - self.y - 2.0 * PAD);
        let fits =
            if height - 2.0 * PAD <= most + 0.01 { usize::MAX } else { (most / line).max(1.0) as usize };
        let mut x = BOUND;
        let mut rest = Vec::new();
        for (n, ((lines, column), width)) in cells.iter().zip(&table.columns).zip(widths).enumerate() {
            let align = if column.numeric { Align::Right } else { Align::Left };
            let set =
                Setting { x: x + PAD, width: width - 2.0 * PAD, size: CELL, weight, align, part: part(n) };
            let (now, later) = lines.split_at(lines.len().min(fits));
            self.lines(now, self.y + PAD, &set);
            rest.push(later.to_vec());
            x += width;
        }
        if rest.iter().any(|lines| !lines.is_empty()) {
            self.turn();
            let left = rest.iter().map(Vec::len).max().unwrap_or(1) as f32 * line + 2.0 * PAD;
            return self.row(&rest, left, table, widths, weight, part);
        }
        self.y += height;
        let rule = Rule { x: BOUND, y: self.y, width: self.inner(), strong: weight == Weight::Strong };
        self.page().rules.push(rule);
    }

    /// Says at the foot of each page which it is, and of what.
    fn number(&mut self, title: &str) {
        let all = self.pages.len();
        let (width, y) = (self.inner(), self.height - MARGIN / 2.0);
        for (n, page) in self.pages.iter_mut().enumerate() {
            let text = format!("{}/{all}", n + 1);
            let wide = self.faces.width(&text, Weight::Normal, 9.0);
            let at = |x, text| Piece { x, y, size: 9.0, weight: Weight::Normal, text, part: Part::Ornament };
            let title = self.faces.lines(title, Weight::Normal, 9.0, width - 60.0);
            page.pieces.extend(title.into_iter().next().map(|title| at(BOUND, title)));
            page.pieces.push(at(BOUND + width - wide, text));
        }
    }
}
