//! A row as it stands in the file, before the table makes it fit the headers.

use crate::{
    options::Limits,
    row::{Cell, Row},
    rules,
};

/// The cells of a row. Memory is kept from row to row.
#[derive(Default)]
pub(crate) struct Raw {
    pub(crate) row: Row,
    /// How many of the cells belong to this row.
    pub(crate) used: usize,
    /// Whether there are cells beyond the limit.
    pub(crate) excess: bool,
    /// Whether the row ended where the file did, without a line break.
    pub(crate) cut: bool,
}

impl Raw {
    pub(crate) fn begin(&mut self, number: u64) {
        self.row.number = number;
        self.row.notices.clear();
        self.used = 0;
        self.excess = false;
        self.cut = false;
    }

    /// The cell of a column, none beyond the limit. Columns before it are empty unless they were given.
    pub(crate) fn cell(&mut self, column: usize, limits: &Limits) -> Option<&mut Cell> {
        if column >= limits.columns {
            return None;
        }
        while self.used <= column {
            match self.row.cells.get_mut(self.used) {
                Some(cell) => cell.clear(),
                None => self.row.cells.push(Cell::default()),
            }
            self.used += 1;
        }
        self.row.cells.get_mut(column)
    }

    /// Adds to the text of a cell, within the limits.
    pub(crate) fn put(&mut self, column: usize, text: &str, limits: &Limits) {
        let Some(cell) = self.cell(column, limits) else {
            self.excess |= !text.trim().is_empty();
            return;
        };
        let room = limits.cell.saturating_sub(cell.text.len());
        if text.len() <= room {
            cell.text.push_str(text);
        } else {
            cell.text.push_str(&text[..text.floor_char_boundary(room)]);
            self.row.refuse(Some(column), rules::CELL_LONG);
        }
    }

    /// The cells of this row.
    pub(crate) fn cells(&self) -> &[Cell] {
        &self.row.cells[..self.used]
    }

    /// Bytes of text that the row holds.
    pub(crate) fn size(&self) -> usize {
        self.cells().iter().map(|cell| cell.text.capacity() + size_of::<Cell>()).sum()
    }
}
