//! Amounts set one digit a column (亿千百十万千百十元角分): the columns of one amount are one column
//! of the table.

use crate::structure::grid::{Grid, GridCell};

/// A column for a single digit is at most this many text heights wide.
const MOST_WIDTH: f32 = 1.3;
/// An amount has at least this many of them.
const LEAST_DIGITS: usize = 5;

/// The grid with the columns of each amount taken together.
pub fn join_digit_columns(grid: Grid, text_height: f32) -> Grid {
    let narrow = |c: &GridCell| {
        let line = |i: usize| grid.column_lines.get(i).copied().unwrap_or_default();
        line(c.col + c.col_span) - line(c.col) <= MOST_WIDTH * text_height
    };
    // A line between digits has no wide cell at either side; headings over an amount and other
    // columns have.
    let parts_digits = |i: usize| {
        let mut beside = grid.cells.iter().filter(|c| c.col == i || c.col + c.col_span == i).peekable();
        beside.peek().is_some() && beside.all(narrow)
    };
    let mut kept = vec![0];
    let mut open: Vec<usize> = Vec::new();
    for i in 1..=grid.cols() {
        if i < grid.cols() && parts_digits(i) {
            open.push(i);
            continue;
        }
        // So many lines part one more digits.
        if open.len() + 1 < LEAST_DIGITS {
            kept.append(&mut open);
        }
        open.clear();
        kept.push(i);
    }
    if kept.len() == grid.column_lines.len() {
        return grid;
    }
    let mut cells: Vec<GridCell> = Vec::with_capacity(grid.cells.len());
    for cell in &grid.cells {
        let left = kept.iter().filter(|&&k| k <= cell.col).count().saturating_sub(1);
        let right = kept.iter().filter(|&&k| k < cell.col + cell.col_span).count();
        let joined = GridCell { col: left, col_span: right.saturating_sub(left).max(1), ..*cell };
        let overlap = |c: &GridCell| {
            let rows = c.row < joined.row + joined.row_span && joined.row < c.row + c.row_span;
            rows && c.col < joined.col + joined.col_span && joined.col < c.col + c.col_span
        };
        match cells.iter().find(|c| overlap(c)) {
            Some(known) if *known == joined => {}
            // Digits merged over several rows are no amount.
            Some(_) => return grid,
            None => cells.push(joined),
        }
    }
    let column_lines = kept.iter().filter_map(|&i| grid.column_lines.get(i).copied()).collect();
    Grid { column_lines, cells, ..grid }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_of_an_amount_become_one_column() {
        // A word, two amounts of six digits with a heading over each, a narrow last column.
        let mut lines = vec![0.0, 200.0];
        lines.extend((1..=12).map(|i| 200.0 + 20.0 * i as f32));
        lines.push(520.0);
        let mut grid = Grid::plain(vec![0.0, 40.0, 80.0, 120.0], lines);
        grid.cells.retain(|c| c.row > 0 || c.col == 0 || c.col == 13);
        grid.cells.push(GridCell { row: 0, col: 1, row_span: 1, col_span: 6 });
        grid.cells.push(GridCell { row: 0, col: 7, row_span: 1, col_span: 6 });
        let joined = join_digit_columns(grid, 30.0);
        assert_eq!(joined.column_lines, [0.0, 200.0, 320.0, 440.0, 520.0]);
        assert_eq!(joined.cells.len(), 12);
        assert!(joined.cells.iter().all(|c| c.col_span == 1));
    }

    #[test]
    fn narrow_columns_of_a_table_stay() {
        let few = Grid::plain(vec![0.0, 40.0, 80.0], vec![0.0, 100.0, 120.0, 140.0, 160.0, 300.0]);
        assert_eq!(join_digit_columns(few.clone(), 30.0), few);
    }
}
