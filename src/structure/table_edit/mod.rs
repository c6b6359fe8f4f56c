//! What a person can do to a table that was found on a page: its lines are moved, drawn and taken
//! away, its cells merged, split, typed into and pasted over.
//!
//! Pure functions over [`Table`]. Where lines change, the text that was read follows into the cells
//! it now lies in; nothing is read again. What a person has typed into a cell stays for as long as
//! the cell keeps the same printed text.

mod clipboard;
mod plane;
mod shape;

use crate::{
    geometry::Point,
    ocr::TextLine,
    structure::{Cell, Table},
};

pub use clipboard::{cells_of, tab_separated};
pub use plane::Plane;

use shape::{Shape, Source};

/// A pasted sheet may make a table so large at most: a page of print holds a few thousand cells.
const MOST_CELLS: usize = 50_000;

/// Rows or columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Axis {
    Row,
    Column,
}

/// Which rows and columns a cell takes up, from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    pub row: usize,
    pub col: usize,
    pub row_span: usize,
    pub col_span: usize,
}

impl Place {
    pub fn of(cell: &Cell) -> Self {
        Self { row: cell.row, col: cell.col, row_span: cell.row_span, col_span: cell.col_span }
    }

    /// Whether the cell takes up this row and column.
    pub fn holds(&self, row: usize, col: usize) -> bool {
        (self.row..self.row + self.row_span).contains(&row)
            && (self.col..self.col + self.col_span).contains(&col)
    }
}

/// One change to a table; rows, columns and lines are counted from 0, line 0 is the upper or left
/// border.
#[derive(Debug, Clone, PartialEq)]
pub enum TableEdit {
    /// The cell that holds this row and column has this text.
    SetText { row: usize, col: usize, text: String },
    /// An empty row or column, which is not on the page, before the one at `before`.
    Insert { axis: Axis, before: usize },
    /// A row or column goes with its text.
    Delete { axis: Axis, at: usize },
    /// A line through a point of the page: it splits the row or column there, or adds one at the border.
    AddLine { axis: Axis, at: Point },
    /// A line is dragged to a point of the page, at most to its neighbours.
    MoveLine { axis: Axis, line: usize, to: Point },
    /// A line goes: the rows or columns on both its sides become one.
    RemoveLine { axis: Axis, line: usize },
    /// All cells between two places, both included, become one.
    Merge { from: (usize, usize), to: (usize, usize) },
    /// A merged cell falls into its rows or columns; any other one is cut in two.
    Split { row: usize, col: usize, axis: Axis },
    /// Cells of a spreadsheet, the first of them here; rows and columns that the table lacks are added.
    Paste { row: usize, col: usize, text: String },
}

/// Why a table was left as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TableRefusal {
    #[error("表格里没有这个位置 / the table has no such place")]
    NoSuchPlace,
    #[error("表格至少要有一行一列 / a table keeps at least one row and one column")]
    LastOne,
    #[error("粘贴的内容太多，请分几次粘贴 / too much was pasted: paste it in parts")]
    TooLarge,
    #[error("这里没有地方再画线，请先放大 / there is no room for another line here: zoom in first")]
    NoRoom,
}

/// The table as `edit` leaves it; `lines` are the text lines of its page.
pub fn edited(table: &Table, edit: &TableEdit, lines: &[TextLine]) -> Result<Table, TableRefusal> {
    match edit {
        TableEdit::SetText { row, col, text } => {
            let mut table = table.clone();
            type_into(cell_at(&mut table, *row, *col)?, text);
            Ok(table)
        }
        TableEdit::Paste { row, col, text } => pasted(table, (*row, *col), text, lines),
        _ => reshaped(table, edit, lines),
    }
}

fn cell_at(table: &mut Table, row: usize, col: usize) -> Result<&mut Cell, TableRefusal> {
    table.cells.iter_mut().find(|c| Place::of(c).holds(row, col)).ok_or(TableRefusal::NoSuchPlace)
}

fn type_into(cell: &mut Cell, text: &str) {
    text.clone_into(&mut cell.text);
    cell.confidence = 1.0;
}

fn pasted(
    table: &Table,
    (row, col): (usize, usize),
    text: &str,
    lines: &[TextLine],
) -> Result<Table, TableRefusal> {
    let cells = cells_of(text);
    let rows = table.rows.max(row + cells.len());
    let cols = table.cols.max(col + cells.iter().map(Vec::len).max().unwrap_or_default());
    if rows.saturating_mul(cols) > MOST_CELLS {
        return Err(TableRefusal::TooLarge);
    }
    let mut table = table.clone();
    for (axis, wanted) in [(Axis::Row, rows), (Axis::Column, cols)] {
        loop {
            let before = match axis {
                Axis::Row => table.rows,
                Axis::Column => table.cols,
            };
            if before >= wanted {
                break;
            }
            table = reshaped(&table, &TableEdit::Insert { axis, before }, lines)?;
        }
    }
    for (i, line) in cells.iter().enumerate() {
        for (k, text) in line.iter().enumerate() {
            // Where the table has a merged cell, its first place takes the text, as in a spreadsheet.
            if let Some(cell) = table.cells.iter_mut().find(|c| (c.row, c.col) == (row + i, col + k)) {
                type_into(cell, text);
            }
        }
    }
    Ok(table)
}

/// A change of lines or cells: the shape first, then the text that follows.
fn reshaped(table: &Table, edit: &TableEdit, lines: &[TextLine]) -> Result<Table, TableRefusal> {
    let before = Plane::of(table).ok_or(TableRefusal::NoSuchPlace)?;
    let mut shape = Shape::new(before.clone(), table);
    shape.apply(edit, lines)?;
    shape.sort();
    let printed_before = before.texts(&table.cells.iter().map(Place::of).collect::<Vec<_>>(), lines);
    let places: Vec<Place> = shape.cells.iter().map(|(place, _)| *place).collect();
    let printed = shape.plane.texts(&places, lines);
    // A row that goes leaves its place to its neighbours, but not its text.
    let follows = !matches!(edit, TableEdit::Delete { .. });
    let told = Told { table, printed_before: &printed_before, follows };
    let cells = shape
        .cells
        .iter()
        .zip(printed)
        .map(|((place, source), printed)| {
            let (text, confidence) = told.text(source, printed);
            Cell {
                row: place.row,
                col: place.col,
                row_span: place.row_span,
                col_span: place.col_span,
                text,
                quad: shape.plane.cell_quad(place),
                confidence,
            }
        })
        .collect();
    Ok(Table {
        quad: shape.plane.quad(),
        rows: shape.plane.lines(Axis::Row).len().saturating_sub(1),
        cols: shape.plane.lines(Axis::Column).len().saturating_sub(1),
        ruled: table.ruled,
        cells,
    })
}

/// What the cells said before a change of shape.
struct Told<'a> {
    table: &'a Table,
    /// What is printed in each cell of `table`.
    printed_before: &'a [(String, f32)],
    follows: bool,
}

impl Told<'_> {
    /// The text and confidence of a cell in which `printed` stands now.
    fn text(&self, source: &Source, printed: (String, f32)) -> (String, f32) {
        let cells = || source.cells.iter().filter_map(|&i| self.table.cells.get(i));
        let by_hand =
            |&i: &usize| Some(self.printed_before.get(i)?.0.trim() != self.table.cells.get(i)?.text.trim());
        let any_by_hand = source.cells.iter().filter_map(by_hand).any(|typed| typed);
        match source.cells.as_slice() {
            [] => printed,
            // A typed text goes into the first part of the cell that it stood in.
            [_] if source.part > 0 => match any_by_hand {
                true => (String::new(), 1.0),
                false => printed,
            },
            [only] => {
                let same = self.printed_before.get(*only).is_some_and(|(text, _)| *text == printed.0);
                match cells().next().filter(|_| same || !self.follows || (source.split && any_by_hand)) {
                    Some(cell) => (cell.text.clone(), cell.confidence),
                    None => printed,
                }
            }
            _ if any_by_hand || !self.follows => joined(cells()),
            _ => printed,
        }
    }
}

/// The texts of several cells as one: those of a row beside, rows below one another.
fn joined<'a>(cells: impl Iterator<Item = &'a Cell>) -> (String, f32) {
    let mut cells: Vec<&Cell> = cells.filter(|c| !c.text.trim().is_empty()).collect();
    cells.sort_by_key(|c| (c.row, c.col));
    let rows = cells.chunk_by(|a, b| a.row == b.row);
    let row = |row: &[&Cell]| row.iter().map(|c| c.text.as_str()).collect::<Vec<_>>().join(" ");
    let confidence = cells.iter().map(|c| c.confidence).fold(1.0, f32::min);
    (rows.map(row).collect::<Vec<_>>().join("\n"), confidence)
}

#[cfg(test)]
mod tests;
