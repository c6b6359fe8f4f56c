//! A table's cells on a grid without overlaps, its column widths, and how texts stand in cells.

use crate::{
    geometry::{Quad, Rect},
    numbers::median,
    structure::{Cell, Table},
};

use super::{Align, View};

/// A table of more places than this is none: a hostile span must not make millions of cells.
const MOST_PLACES: usize = 200_000;
/// A text is right-aligned or centred in its cell where the space left of it is at least this
/// share of the cell's width. Reasoned: cells are padded by a few per cent.
const LEAST_SPACE: f32 = 0.12;
/// Centred: the spaces left and right differ by at most this share of the larger one.
const CENTERED: f32 = 0.35;

/// A cell with the places that it takes.
#[derive(Debug, Clone, Copy)]
pub struct Placed<'a> {
    pub cell: &'a Cell,
    pub row: usize,
    pub col: usize,
    pub rows: usize,
    pub cols: usize,
}

/// A table's cells, none over another.
#[derive(Debug)]
pub struct Grid<'a> {
    pub rows: usize,
    pub cols: usize,
    /// In the order of rows, then columns.
    pub cells: Vec<Placed<'a>>,
}

impl<'a> Grid<'a> {
    /// Cells that overlap others cannot be merged; their text is kept where there is room. The
    /// cells of a table of impossible size come one below the other.
    pub fn of(table: &'a Table) -> Self {
        let end = |at: usize, span: usize| at.saturating_add(span.max(1));
        let rows = table.cells.iter().map(|c| end(c.row, c.row_span)).max().unwrap_or(0);
        let cols = table.cells.iter().map(|c| end(c.col, c.col_span)).max().unwrap_or(0);
        if rows.checked_mul(cols).is_none_or(|places| places > MOST_PLACES) {
            let one_below_the_other = |(row, cell)| Placed { cell, row, col: 0, rows: 1, cols: 1 };
            let cells: Vec<_> = table.cells.iter().enumerate().map(one_below_the_other).collect();
            return Self { rows: cells.len(), cols: 1, cells };
        }
        let mut taken = vec![false; rows * cols];
        let mut cells = Vec::new();
        for cell in &table.cells {
            let places = || {
                let columns = move || cell.col..end(cell.col, cell.col_span);
                (cell.row..end(cell.row, cell.row_span)).flat_map(move |r| columns().map(move |c| (r, c)))
            };
            let is_free = |&(r, c): &(usize, usize)| taken.get(r * cols + c) == Some(&false);
            let placed = if places().all(|p| is_free(&p)) {
                let (rows, cols) = (cell.row_span.max(1), cell.col_span.max(1));
                Placed { cell, row: cell.row, col: cell.col, rows, cols }
            } else if let Some((row, col)) = places().find(is_free) {
                Placed { cell, row, col, rows: 1, cols: 1 }
            } else {
                continue;
            };
            for r in placed.row..placed.row + placed.rows {
                for c in placed.col..placed.col + placed.cols {
                    if let Some(flag) = taken.get_mut(r * cols + c) {
                        *flag = true;
                    }
                }
            }
            cells.push(placed);
        }
        cells.sort_by_key(|p| (p.row, p.col));
        Self { rows, cols, cells }
    }

    /// Whether any cell takes more than one place.
    pub fn has_merges(&self) -> bool {
        self.cells.iter().any(|p| p.rows > 1 || p.cols > 1)
    }

    /// The cell that takes each place, row by row; `None` where the table has none.
    pub fn places(&self) -> Vec<Vec<Option<Placed<'a>>>> {
        let mut places = vec![vec![None; self.cols]; self.rows];
        for placed in &self.cells {
            for row in places.iter_mut().skip(placed.row).take(placed.rows) {
                for place in row.iter_mut().skip(placed.col).take(placed.cols) {
                    *place = Some(*placed);
                }
            }
        }
        places
    }

    /// The columns' widths in upright pixels, as printed.
    pub fn column_widths(&self, table: &Table, view: &View<'_>) -> Vec<f32> {
        let whole = view.frame.upright_bounds(&table.quad);
        // Where each column begins, from the cells that begin or end there.
        let mut edges: Vec<Option<f32>> = (0..=self.cols)
            .map(|edge| {
                let at = self.cells.iter().filter_map(|p| {
                    let bounds = view.frame.upright_bounds(&p.cell.quad);
                    match edge {
                        e if e == p.col => Some(bounds.left),
                        e if e == p.col + p.cols => Some(bounds.right),
                        _ => None,
                    }
                });
                median(at)
            })
            .collect();
        if let [first, .., last] = edges.as_mut_slice() {
            first.get_or_insert(whole.left);
            last.get_or_insert(whole.right);
        }
        let known: Vec<(usize, f32)> =
            edges.iter().enumerate().filter_map(|(i, e)| Some((i, (*e)?))).collect();
        let mut widths = Vec::with_capacity(self.cols);
        for pair in known.windows(2) {
            let &[(i, a), (k, b)] = pair else { continue };
            // Edges that no cell tells part their stretch evenly.
            widths.extend(std::iter::repeat_n(((b - a) / (k - i) as f32).max(1.0), k - i));
        }
        widths
    }
}

/// How the text of a cell stands in it: numbers mostly right, headings in the middle.
pub fn align(cell: &Cell, view: &View<'_>) -> Align {
    let Some((text, bounds)) = text_bounds(&cell.quad, view) else { return Align::Left };
    let (left, right) = (text.left - bounds.left, bounds.right - text.right);
    if left < LEAST_SPACE * bounds.width() {
        // A text that fills its cell stands left, unless the space is the same on both sides.
        Align::Left
    } else if (left - right).abs() <= CENTERED * left.max(right) {
        Align::Center
    } else if left > right {
        Align::Right
    } else {
        Align::Left
    }
}

/// Around the lines that lie in the cell, and the cell; `None` where no line lies in it alone.
fn text_bounds(cell: &Quad, view: &View<'_>) -> Option<(Rect, Rect)> {
    let bounds = view.frame.upright_bounds(cell);
    let inside = view.boxes.iter().filter(|b| bounds.contains(b.center()));
    let text = inside.copied().reduce(|a, b| a.union(&b))?;
    // A line across several cells says nothing about this one.
    let alone =
        text.left > bounds.left - 0.1 * bounds.width() && text.right < bounds.right + 0.1 * bounds.width();
    alone.then_some((text, bounds))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(row: usize, col: usize, row_span: usize, col_span: usize) -> Cell {
        let quad = Quad::from_rect(
            100.0 * col as f32,
            20.0 * row as f32,
            100.0 * (col + col_span) as f32,
            20.0 * (row + row_span) as f32,
        );
        Cell { row, col, row_span, col_span, text: format!("{row}.{col}"), quad, confidence: 1.0 }
    }

    fn table(cells: Vec<Cell>) -> Table {
        Table { quad: Quad::from_rect(0.0, 0.0, 300.0, 60.0), rows: 2, cols: 3, ruled: true, cells }
    }

    #[test]
    fn overlapping_cells_find_a_place_of_their_own_or_none() {
        let table = table(vec![cell(0, 0, 2, 2), cell(0, 1, 1, 2), cell(1, 1, 1, 1), cell(1, 2, 1, 1)]);
        let grid = Grid::of(&table);
        let places: Vec<_> = grid.cells.iter().map(|p| (p.row, p.col, p.rows, p.cols)).collect();
        assert_eq!(places, [(0, 0, 2, 2), (0, 2, 1, 1), (1, 2, 1, 1)]);
        assert!(grid.has_merges());
        assert!(grid.places().iter().flatten().all(Option::is_some));
    }

    #[test]
    fn hostile_spans_make_no_millions_of_cells() {
        let table = table(vec![cell(0, 0, 1, 1), Cell { row_span: usize::MAX, ..cell(1, 0, 1, 1) }]);
        let grid = Grid::of(&table);
        assert_eq!((grid.rows, grid.cols, grid.cells.len()), (2, 1, 2));
    }

    #[test]
    fn columns_are_as_wide_as_their_cells() {
        let mut wide = cell(1, 0, 1, 1);
        wide.quad = Quad::from_rect(0.0, 20.0, 150.0, 40.0);
        let mut last = cell(1, 1, 1, 2);
        last.quad = Quad::from_rect(150.0, 20.0, 300.0, 40.0);
        let table = table(vec![cell(0, 0, 1, 3), wide, last]);
        let page = crate::review::PageReading { width: 300, height: 60, ..Default::default() };
        let widths = Grid::of(&table).column_widths(&table, &View::of(&page));
        assert_eq!(widths, [150.0, 75.0, 75.0]);
    }
}
