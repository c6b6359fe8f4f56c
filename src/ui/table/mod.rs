//! The table in hand: a table of the page as a grid below it, its lines on the page to be dragged.
//!
//! Draws and asks; what a change makes of a table is worked out in `structure::table_edit`.

mod act;
mod cells;
mod on_page;
mod pane;

use crate::{
    geometry::{Point, Quad},
    review::PageReading,
    structure::{
        Table,
        table_edit::{Axis, Place, TableEdit},
    },
};

use super::page::PageKey;

pub use on_page::{draw as draw_on_page, grab, show as show_on_page};
pub use pane::show;

/// The table that is being edited, and where in it.
#[derive(Debug, Clone, PartialEq)]
pub struct InHand {
    pub page: PageKey,
    /// Among the page's tables, from 0.
    pub index: usize,
    /// Row and column of the cell in work.
    pub at: (usize, usize),
    /// The other end of what is selected; the same where that is one cell.
    pub to: (usize, usize),
    /// The cell in work gets the keyboard in the next frame and scrolls into sight.
    pub focus: bool,
    /// The cell in work has the keyboard.
    pub typing: bool,
    /// What is typed goes into the text of the cell in work, in the next frame from its end on.
    pub into_text: bool,
    drag: Option<Drag>,
}

/// Lines of the table being dragged on the page.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Drag {
    axis: Axis,
    /// Lines that lie on one another, first and last: which of them it is, shows when it moves.
    lines: (usize, usize),
    /// Where it was taken hold of, in page pixels.
    from: Point,
}

/// What is asked for about the table in hand.
#[derive(Debug, Clone, PartialEq)]
pub enum Ask {
    /// Takes a table of a page in hand, at this row and column.
    Open(PageKey, usize, (usize, usize)),
    Close,
    /// This cell is in work, or the selection reaches to it.
    Choose {
        at: (usize, usize),
        extend: bool,
        focus: bool,
    },
    Change(TableEdit),
    /// The next box that is dragged over the page becomes a table.
    Draw(PageKey),
    /// A table over this box, page pixels.
    Add(PageKey, Quad),
    /// The table in hand goes.
    Remove,
    /// Its rows become those of its document.
    ToRows,
    /// The next cell that was read poorly is in work.
    NextDoubtful,
}

impl InHand {
    pub fn new(page: PageKey, index: usize, at: (usize, usize)) -> Self {
        Self { page, index, at, to: at, focus: true, typing: false, into_text: false, drag: None }
    }

    /// Whether a line is being dragged.
    pub fn drags(&self) -> bool {
        self.drag.is_some()
    }

    /// The table itself, while the page has it.
    pub fn table<'p>(&self, page: &'p PageReading) -> Option<&'p Table> {
        page.structure.tables.get(self.index)
    }

    /// First and last row, first and last column of what is selected, whole cells.
    fn selected(&self, table: &Table) -> [usize; 4] {
        let ends = [self.at, self.to].map(|(row, col)| place_at(table, row, col));
        let [mut top, mut bottom] = [self.at.0.min(self.to.0), self.at.0.max(self.to.0)];
        let [mut left, mut right] = [self.at.1.min(self.to.1), self.at.1.max(self.to.1)];
        for place in ends.into_iter().flatten() {
            (top, bottom) = (top.min(place.row), bottom.max(place.row + place.row_span - 1));
            (left, right) = (left.min(place.col), right.max(place.col + place.col_span - 1));
        }
        [top, bottom, left, right]
    }
}

/// The place of the cell that holds a row and column.
fn place_at(table: &Table, row: usize, col: usize) -> Option<Place> {
    table.cells.iter().map(Place::of).find(|p| p.holds(row, col))
}
