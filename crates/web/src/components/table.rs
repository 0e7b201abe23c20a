//! Tables, and the links to their next pages.

use maud::{Markup, Render, html};
use vocabulary::{Lang, Text};

/// The order of a column by which a table is sorted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Smallest first.
    Ascending,
    /// Largest first.
    Descending,
}

/// A column of a table.
#[derive(Clone, Debug)]
pub struct Column {
    label: String,
    numeric: bool,
    sort: Option<(String, Option<Order>)>,
}

impl Column {
    /// A column of text.
    pub fn new(label: impl Into<String>) -> Column {
        Column { label: label.into(), numeric: false, sort: None }
    }

    /// A column of figures, aligned to the right.
    pub fn numeric(label: impl Into<String>) -> Column {
        Column { numeric: true, ..Column::new(label) }
    }

    /// Its heading links to the table sorted by it; says how it is sorted now.
    pub fn sorted(mut self, href: impl Into<String>, order: Option<Order>) -> Column {
        self.sort = Some((href.into(), order));
        self
    }
}

/// A table with a caption. The first cell of a row is its heading.
///
/// On phones it stays a table that scrolls sideways under its first column; with [`stacked`](Table::stacked) each row
/// becomes a card, which suits few rows that are read one by one.
pub struct Table {
    caption: String,
    columns: Vec<Column>,
    rows: Vec<Vec<Markup>>,
    stacked: bool,
}

impl Table {
    /// A table without rows.
    pub fn new(caption: impl Into<String>, columns: impl IntoIterator<Item = Column>) -> Table {
        Table {
            caption: caption.into(),
            columns: columns.into_iter().collect(),
            rows: Vec::new(),
            stacked: false,
        }
    }

    /// Adds a row, a cell for each column.
    pub fn row(&mut self, cells: impl IntoIterator<Item = Markup>) {
        self.rows.push(cells.into_iter().collect());
    }

    /// Makes cards of the rows on phones.
    pub fn stacked(mut self) -> Table {
        self.stacked = true;
        self
    }

    fn head(&self, column: &Column) -> Markup {
        let order = column.sort.as_ref().map(|(_, order)| match order {
            Some(Order::Ascending) => "ascending",
            Some(Order::Descending) => "descending",
            None => "none",
        });
        html! {
            th.govuk-table__header .govuk-table__header--numeric[column.numeric] scope="col" role=[self.role("columnheader")] aria-sort=[order] {
                @match &column.sort {
                    Some((href, _)) => a.dancu-sort href=(href) { (column.label) },
                    None => (column.label),
                }
            }
        }
    }

    /// Cards are laid out by `display`, which takes the table's own roles away from screen readers.
    fn role(&self, role: &'static str) -> Option<&'static str> {
        self.stacked.then_some(role)
    }

    fn table(&self, caption_id: &str) -> Markup {
        html! {
            table.govuk-table .dancu-stack[self.stacked] role=[self.role("table")] {
                caption class="govuk-table__caption govuk-table__caption--m" id=(caption_id) { (self.caption) }
                thead.govuk-table__head role=[self.role("rowgroup")] {
                    tr.govuk-table__row role=[self.role("row")] { @for column in &self.columns { (self.head(column)) } }
                }
                tbody.govuk-table__body role=[self.role("rowgroup")] {
                    @for row in &self.rows {
                        tr.govuk-table__row role=[self.role("row")] {
                            @for (at, (cell, column)) in row.iter().zip(&self.columns).enumerate() {
                                @if at == 0 {
                                    th.govuk-table__header scope="row" role=[self.role("rowheader")] { (cell) }
                                } @else {
                                    td.govuk-table__cell .govuk-table__cell--numeric[column.numeric] role=[self.role("cell")]
                                        data-label=[self.stacked.then_some(&column.label)] { (cell) }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

impl Render for Table {
    fn render(&self) -> Markup {
        if self.stacked {
            return self.table(&id(&self.caption));
        }
        let caption = id(&self.caption);
        html! { div.dancu-scroll role="region" tabindex="0" aria-labelledby=(caption) { (self.table(&caption)) } }
    }
}

/// An `id` from a caption; different captions on a page give different ones.
fn id(caption: &str) -> String {
    let key = vocabulary::fold(caption);
    let slug: String = key.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    format!("table-{slug}")
}

/// Links to the page before and after. Lists are read by cursor, so there are no page numbers.
pub struct Pagination<'a> {
    lang: Lang,
    previous: Option<&'a str>,
    next: Option<&'a str>,
}

const PREVIOUS: Text = Text::new("Trang trước", "Previous page");
const NEXT: Text = Text::new("Trang sau", "Next page");
const PAGES: Text = Text::new("Các trang của danh sách", "Pages of the list");

impl<'a> Pagination<'a> {
    /// Where the page before and the page after are, if there are any.
    pub fn new(lang: Lang, previous: Option<&'a str>, next: Option<&'a str>) -> Pagination<'a> {
        Pagination { lang, previous, next }
    }
}

impl Render for Pagination<'_> {
    fn render(&self) -> Markup {
        let icon = |rel: &str, shape: &str| {
            html! {
                svg class={ "govuk-pagination__icon govuk-pagination__icon--" (rel) } xmlns="http://www.w3.org/2000/svg"
                    height="13" width="15" aria-hidden="true" focusable="false" viewBox="0 0 15 13" { path d=(shape) {} }
            }
        };
        let title = |text: Text| html! { span.govuk-pagination__link-title { (text.get(self.lang)) } };
        if self.previous.is_none() && self.next.is_none() {
            return html! {};
        }
        html! {
            nav.govuk-pagination aria-label=(PAGES.get(self.lang)) {
                @if let Some(href) = self.previous {
                    div.govuk-pagination__prev {
                        a class="govuk-link govuk-pagination__link" href=(href) rel="prev" {
                            (icon("prev", "M7 .5 1 6.5l6 6 1.4-1.4-3.6-3.6H14v-2H4.8l3.6-3.6z")) (title(PREVIOUS))
                        }
                    }
                }
                @if let Some(href) = self.next {
                    div.govuk-pagination__next {
                        a class="govuk-link govuk-pagination__link" href=(href) rel="next" {
                            (title(NEXT)) (icon("next", "M8 .5l6 6-6 6-1.4-1.4 3.6-3.6H1v-2h9.2L6.6 1.9z"))
                        }
                    }
                }
            }
        }
    }
}
