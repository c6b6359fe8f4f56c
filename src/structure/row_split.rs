//! Rows of a ruled table that hold several rows of text: tables with rules between their columns
//! only, and the open body of forms.

use crate::{
    geometry::Rect,
    numbers::median,
    structure::{
        grid::{Grid, GridCell},
        reading_order::rows,
    },
};

/// Only rows this many text heights high are looked at: three rows of text with their blanks.
const LEAST_HEIGHT: f32 = 3.6;
/// Such a row is this many times as high as the others of its table; where all are high their
/// cells have several lines each.
const LEAST_TALLER: f32 = 2.0;
/// A row of text begins a row of the table if it fills at least this share of the columns that
/// hold text at all; what fills fewer continues the row above.
const LEAST_FILLED: f32 = 0.7;
/// A row with text in the first column needs fewer: lists of two halves end in the left one.
const LEAST_FILLED_AT_START: f32 = 0.5;
/// Higher than this many times the usual is no line of a row.
const MOST_LINE: f32 = 1.7;
/// A row this many text heights below the one before is a row of its own.
const FAR_BELOW: f32 = 2.5;
const LEAST_COLUMNS: usize = 3;

fn height(grid: &Grid, row: usize) -> f32 {
    grid.row_lines[row + 1] - grid.row_lines[row]
}

/// Whether a row is high enough, by itself and beside the others, to hold several rows of text.
pub fn is_tall(grid: &Grid, row: usize, text_height: f32) -> bool {
    let others = median((0..grid.rows()).filter(|&r| r != row).map(|r| height(grid, r)));
    let own = height(grid, row);
    own >= LEAST_HEIGHT * text_height && others.is_none_or(|usual| own >= LEAST_TALLER * usual)
}

/// Heights (grid coordinates) at which a row is to be parted between its rows of text; empty if
/// these do not fill its columns. `boxes`: stretches of text in the upright frame.
pub fn rows_of_text(grid: &Grid, row: usize, boxes: &[Rect], text_height: f32) -> Vec<f32> {
    let (from, to) = (grid.row_lines[row], grid.row_lines[row + 1]);
    let in_row = |c: &GridCell| c.row <= row && row < c.row + c.row_span;
    let cells: Vec<usize> = (0..grid.cells.len()).filter(|&i| in_row(&grid.cells[i])).collect();
    if cells.len() < LEAST_COLUMNS || cells.iter().any(|&i| grid.cells[i].row_span > 1) {
        return Vec::new();
    }
    // Lines of the row in grid coordinates with their cell.
    let mut inside: Vec<(Rect, usize)> = Vec::new();
    for b in boxes {
        let center = grid.rectifier.grid(b.center());
        if center.y > from
            && center.y < to
            && let Some(cell) = grid.cell_at(b.center())
        {
            let (w, h) = (b.width() / 2.0, b.height() / 2.0);
            inside.push((Rect::new(center.x - w, center.y - h, center.x + w, center.y + h), cell));
        }
    }
    // Lines that were read down the page tell nothing of the rows.
    let usual = median(inside.iter().map(|(b, _)| b.height())).unwrap_or_default();
    inside.retain(|(b, _)| b.height() <= MOST_LINE * usual);
    let text: Vec<Rect> = inside.iter().map(|(b, _)| *b).collect();
    let text_rows = rows(&text, (0..text.len()).collect());
    let count = |mut filled: Vec<usize>| {
        filled.sort_unstable();
        filled.dedup();
        filled.len()
    };
    // A line over several cells fills all of them.
    let reaches = |b: &Rect, c: &GridCell| {
        let (left, right) = (grid.column_lines[c.col], grid.column_lines[c.col + c.col_span]);
        let shared = b.right.min(right) - b.left.max(left);
        shared > 0.5 * text_height.min(right - left)
    };
    let cells_of = |(b, own): &(Rect, usize)| -> Vec<usize> {
        cells.iter().copied().filter(|&c| *own == c || reaches(b, &grid.cells[c])).collect()
    };
    let cells_of_line: Vec<Vec<usize>> = inside.iter().map(cells_of).collect();
    let filled = |members: &[usize]| -> Vec<usize> {
        members.iter().flat_map(|&i| cells_of_line[i].iter().copied()).collect()
    };
    let all: Vec<usize> = text_rows.iter().flat_map(|r| filled(r)).collect();
    let first = all.iter().min().copied();
    let used = count(all) as f32;
    let begins = |row: &Vec<usize>| {
        let cells = filled(row);
        let share =
            if first.is_some_and(|f| cells.contains(&f)) { LEAST_FILLED_AT_START } else { LEAST_FILLED };
        count(cells) >= ((share * used).ceil() as usize).max(LEAST_COLUMNS)
    };
    let begins: Vec<bool> = text_rows.iter().map(begins).collect();
    if begins.first() != Some(&true) || begins.iter().filter(|&&b| b).count() < 2 {
        return Vec::new();
    }
    // Middles tell more than edges: boxes of one row differ in height.
    let middle = |r: &[usize]| median(r.iter().map(|&i| text[i].center().y)).unwrap_or_default();
    let mut lines = Vec::new();
    for (k, pair) in text_rows.windows(2).enumerate() {
        let (above, below) = (middle(&pair[0]), middle(&pair[1]));
        // A sum far below the last row is a row of its own.
        if begins[k + 1] || below - above > FAR_BELOW * text_height {
            lines.push((above + below) / 2.0);
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A header and a body of five rows of text in four columns.
    fn table() -> (Grid, Vec<Rect>) {
        let grid = Grid::plain(vec![0.0, 40.0, 260.0], vec![0.0, 100.0, 200.0, 300.0, 400.0]);
        let mut boxes = Vec::new();
        for r in 0..6 {
            let y = 10.0 + 42.0 * r as f32;
            boxes.extend((0..4).map(|c| {
                let x = 10.0 + 100.0 * c as f32;
                Rect::new(x, y, x + 60.0, y + 20.0)
            }));
        }
        (grid, boxes)
    }

    #[test]
    fn rows_of_text_part_a_tall_row() {
        let (grid, mut boxes) = table();
        // A name that goes on in a second line.
        boxes.push(Rect::new(10.0, 74.0, 70.0, 90.0));
        assert!(is_tall(&grid, 1, 20.0) && !is_tall(&grid, 0, 20.0));
        let lines = rows_of_text(&grid, 1, &boxes, 20.0);
        assert_eq!(lines.len(), 4, "{lines:?}");
        assert!(boxes[24].center().y < lines[0] && boxes[8].center().y > lines[0]);
    }

    #[test]
    fn cells_with_several_lines_stay_whole() {
        let even = Grid::plain(vec![0.0, 130.0, 260.0], vec![0.0, 100.0, 200.0, 300.0, 400.0]);
        assert!(!is_tall(&even, 0, 20.0) && !is_tall(&even, 1, 20.0));
        let (grid, _) = table();
        assert!(rows_of_text(&grid, 1, &[], 20.0).is_empty());
    }
}
