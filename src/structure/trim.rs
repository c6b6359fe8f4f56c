//! What is taken from a ruled grid once it is known where text stands: lines that part nothing, and what
//! is drawn above the table in the same frame.

use image::GrayImage;

use crate::{
    geometry::{Quad, Rect},
    numbers::{histogram, percentile},
    structure::{
        grid::{Grid, GridCell},
        rules::Rule,
    },
};

/// Text that reaches this many text heights to both sides of a rule is crossed by it.
const CROSSED: f32 = 0.4;
/// A rule that crosses text for more than this share of its length is a stroke of the characters (reasoned:
/// text fills three quarters of the rows' height, and strokes that line up only touch it in some rows).
const MOST_CROSSING: f32 = 0.35;
/// A cell is too narrow for a character up to this many text heights.
const SLIVER: f32 = 1.2;
/// Above a table stand at most this many rows of its frame: a title and blank rows below it.
const MOST_ABOVE: usize = 3;
/// The ground of a banner is darker than that of the row below by this many gray levels (reasoned: shaded
/// headings with dark print are not, banners with light print are).
const DARKER: u8 = 80;
/// Every so many pixels of a cell tell its ground.
const SAMPLED: usize = 3;

/// Whether a vertical rule is rather made of strokes of the `text` (pieces without wide blanks, upright
/// frame) that it crosses.
pub fn crosses_text(rule: &Rule, text: &[Rect], text_height: f32) -> bool {
    let reach = CROSSED * text_height;
    let length = (rule.to.y - rule.from.y).max(1.0);
    let crossed = |t: &&Rect| {
        let x = rule.from.lerp(rule.to, ((t.center().y - rule.from.y) / length).clamp(0.0, 1.0)).x;
        t.left < x - reach && t.right > x + reach
    };
    let shared = |t: &Rect| (t.bottom.min(rule.to.y) - t.top.max(rule.from.y)).max(0.0);
    text.iter().filter(crossed).map(shared).sum::<f32>() > MOST_CROSSING * length
}

/// For each cell of a grid whether text stands in it.
fn filled(grid: &Grid, text: &[Rect]) -> Vec<bool> {
    let mut out = vec![false; grid.cells.len()];
    for cell in text.iter().filter_map(|t| grid.cell_at(t.center())) {
        if let Some(flag) = out.get_mut(cell) {
            *flag = true;
        }
    }
    out
}

/// The grid without lines that only cut a blank sliver, too narrow for a character, from the cells beside
/// them in few of its rows or columns: strokes of characters, seals and watermarks.
pub fn without_slivers(grid: Grid, text: &[Rect], text_height: f32) -> Grid {
    let filled = filled(&grid, text);
    let cells: Vec<(GridCell, bool)> = grid.cells.iter().copied().zip(filled).collect();
    let narrow = SLIVER * text_height;
    let cells = joined_slivers(cells, &grid.column_lines, grid.rows(), narrow);
    let turned = |cells: Vec<(GridCell, bool)>| -> Vec<(GridCell, bool)> {
        let turn = |(c, filled): (GridCell, bool)| {
            (GridCell { row: c.col, col: c.row, row_span: c.col_span, col_span: c.row_span }, filled)
        };
        cells.into_iter().map(turn).collect()
    };
    let cells = turned(joined_slivers(turned(cells), &grid.row_lines, grid.cols(), narrow));
    if cells.len() == grid.cells.len() {
        return grid;
    }
    let mut cells: Vec<GridCell> = cells.into_iter().map(|(c, _)| c).collect();
    cells.sort_by_key(|c| (c.row, c.col));
    Grid { cells, ..grid }.compact()
}

/// Cells, each with whether text stands in it, joined over the column lines that only cut off slivers.
fn joined_slivers(
    mut cells: Vec<(GridCell, bool)>,
    column_lines: &[f32],
    row_count: usize,
    narrow: f32,
) -> Vec<(GridCell, bool)> {
    let width = |c: &GridCell| {
        let line = |i: usize| column_lines.get(i).copied().unwrap_or_default();
        line(c.col + c.col_span) - line(c.col)
    };
    let sliver = |(c, filled): &(GridCell, bool)| !filled && width(c) <= narrow;
    for line in 1..column_lines.len().saturating_sub(1) {
        let rows: usize = cells.iter().filter(|(c, _)| c.col == line).map(|(c, _)| c.row_span).sum();
        let (left, right): (Vec<_>, Vec<_>) =
            cells.iter().copied().partition(|(c, _)| c.col + c.col_span == line);
        let begins = |(c, _): &&(GridCell, bool)| c.col == line;
        let only_slivers = left.iter().all(sliver) || right.iter().filter(begins).all(sliver);
        if rows == 0 || 2 * rows > row_count || !only_slivers {
            continue;
        }
        let mut out = right;
        for (cell, filled) in left {
            let beside = |(c, _): &&mut (GridCell, bool)| {
                c.col == line && c.row == cell.row && c.row_span == cell.row_span
            };
            match out.iter_mut().find(beside) {
                Some((c, also)) => {
                    *c = GridCell { col_span: cell.col_span + c.col_span, ..cell };
                    *also |= filled;
                }
                None => out.push((cell, filled)),
            }
        }
        cells = out;
    }
    cells
}

/// The grid without outermost columns in which no text stands, not even a heading: the border or the pattern of
/// a card's ground, or the edge of the paper, beside the table's own frame.
pub fn without_blank_margins(mut grid: Grid, text: &[Rect]) -> Grid {
    loop {
        let filled = filled(&grid, text);
        let cols = grid.cols();
        let blank = |col: usize| {
            let mut of_col =
                grid.cells.iter().zip(&filled).filter(|(c, _)| (c.col..c.col + c.col_span).contains(&col));
            of_col.all(|(c, filled)| c.col_span == 1 && !filled)
        };
        let (from, to) = (usize::from(blank(0)), cols - usize::from(blank(cols.saturating_sub(1))));
        if (from, to) == (0, cols) || from + 2 > to {
            return grid;
        }
        let cells: Vec<GridCell> = grid
            .cells
            .iter()
            .filter(|c| (from..to).contains(&c.col))
            .map(|c| GridCell { col: c.col - from, ..*c })
            .collect();
        // A frame that holds little text is no table.
        if 2 * filled.iter().filter(|f| **f).count() < cells.len() {
            return grid;
        }
        let column_lines = grid.column_lines.get(from..=to).unwrap_or_default().to_vec();
        grid = Grid { cells, column_lines, ..grid }.compact();
    }
}

/// The grid without what stands above the table: a title over its whole width with a blank row below, as
/// on sheets of spreadsheets, or a banner on dark ground. Headings on dark ground, on which the rules between
/// them do not show, are parted as the row below is. `view`: the upright frame made smaller by `scale`.
pub fn below_title(grid: Grid, text: &[Rect], view: &GrayImage, scale: f32) -> Grid {
    let filled = filled(&grid, text);
    if let Some(headed) = with_dark_headings(&grid, text, view, scale) {
        return headed;
    }
    let of_row = |row: usize| {
        let cells = grid.cells.iter().zip(&filled);
        cells.filter(move |(c, _)| (c.row..c.row + c.row_span).contains(&row))
    };
    let blank = |row: usize| of_row(row).all(|(c, filled)| !filled && c.row_span == 1);
    let single = |row: usize| of_row(row).count() == 1;
    let above = (0..MOST_ABOVE).take_while(|&r| blank(r) || single(r)).filter(|&r| blank(r)).last();
    let from = match above {
        Some(last) => last + 1,
        None => usize::from(single(0) && is_banner(&grid, view, scale)),
    };
    if from == 0 || from + 2 > grid.rows() { grid } else { grid.slice(from, grid.rows()) }
}

/// The grid with its first row, one cell on dark ground, parted as the second one is, if most of the cells
/// then hold text.
fn with_dark_headings(grid: &Grid, text: &[Rect], view: &GrayImage, scale: f32) -> Option<Grid> {
    let [first, rest @ ..] = grid.cells.as_slice() else { return None };
    if (first.row_span, first.col, first.col_span) != (1, 0, grid.cols()) || !is_banner(grid, view, scale) {
        return None;
    }
    let below: Vec<GridCell> =
        rest.iter().filter(|c| c.row == 1).map(|c| GridCell { row: 0, row_span: 1, ..*c }).collect();
    let mut parted = grid.clone();
    parted.cells.splice(0..1, below.iter().copied());
    let used = filled(&parted, text).iter().take(below.len()).filter(|f| **f).count();
    (below.len() > 1 && 2 * used > below.len()).then_some(parted)
}

/// Whether a banner stands above a table without rules: a first row on dark ground with text in at most half
/// of its cells.
pub fn is_below_banner(grid: &Grid, text: &[Rect], view: &GrayImage, scale: f32) -> bool {
    let filled = filled(grid, text);
    let used = grid.cells.iter().zip(filled).filter(|(c, filled)| c.row == 0 && *filled).count();
    grid.rows() > 2 && 2 * used <= grid.cols() && is_banner(grid, view, scale)
}

/// Whether the first row is printed on much darker ground than the second.
fn is_banner(grid: &Grid, view: &GrayImage, scale: f32) -> bool {
    let ground = |row: usize| {
        let whole = GridCell { row, col: 0, row_span: 1, col_span: grid.cols() };
        let levels = levels(view, &grid.cell_quad(&whole), scale);
        percentile(&histogram(levels), 0.5)
    };
    ground(1).saturating_sub(ground(0)) >= DARKER
}

/// Gray levels of the view within a quad of the upright frame.
fn levels(view: &GrayImage, quad: &Quad, scale: f32) -> Vec<u8> {
    let steps = |length: f32| ((length / scale) as usize / SAMPLED).max(1);
    let (columns, rows) = (steps(quad.width()), steps(quad.height()));
    let [a, b, c, d] = quad.0;
    let share = |i: usize, n: usize| (i as f32 + 0.5) / n as f32;
    let place = |(i, k): (usize, usize)| {
        let (x, y) = (share(i, columns), share(k, rows));
        a.lerp(b, x).lerp(d.lerp(c, x), y)
    };
    let all = (0..rows).flat_map(|k| (0..columns).map(move |i| (i, k)));
    let level = |(i, k)| {
        let p = place((i, k));
        view.get_pixel_checked((p.x / scale) as u32, (p.y / scale) as u32).map(|v| v.0[0])
    };
    all.filter_map(level).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::Point;
    use image::Luma;

    fn line(left: f32, top: f32, right: f32) -> Rect {
        Rect::new(left, top, right, top + 20.0)
    }

    #[test]
    fn strokes_through_text_are_no_column_lines() {
        let rule = Rule { from: Point::new(200.0, 0.0), to: Point::new(200.0, 120.0) };
        let through: Vec<Rect> = (0..4).map(|r| line(150.0, 5.0 + 30.0 * r as f32, 300.0)).collect();
        assert!(crosses_text(&rule, &through, 20.0));
        // One heading across, the others beside.
        let beside: Vec<Rect> = (1..4).map(|r| line(206.0, 5.0 + 30.0 * r as f32, 300.0)).collect();
        assert!(!crosses_text(&rule, &[&through[..1], &beside[..]].concat(), 20.0));
    }

    #[test]
    fn a_blank_sliver_of_few_rows_goes_back_to_its_cell() {
        // Four rows, two columns; in the last row a stroke cuts 20 px off the second column.
        let mut grid = Grid::plain(vec![0.0, 40.0, 80.0, 120.0, 160.0], vec![0.0, 100.0, 120.0, 300.0]);
        grid.cells.retain(|c| c.col == 0 || c.row == 3);
        let wide = |row| GridCell { row, col: 1, row_span: 1, col_span: 2 };
        grid.cells.extend((0..3).map(wide));
        let text: Vec<Rect> = (0..4).map(|r| line(130.0, 10.0 + 40.0 * r as f32, 250.0)).collect();
        let joined = without_slivers(grid.clone(), &text, 20.0);
        assert_eq!((joined.rows(), joined.cols(), joined.cells.len()), (4, 2, 8));
        // With text in it, it is a cell; and so is a narrow column of all rows.
        let marked = [&text[..], &[line(102.0, 130.0, 118.0)][..]].concat();
        assert_eq!(without_slivers(grid, &marked, 20.0).cols(), 3);
        let columns = Grid::plain(vec![0.0, 40.0, 80.0], vec![0.0, 100.0, 120.0, 300.0]);
        assert_eq!(without_slivers(columns.clone(), &[], 20.0), columns);
    }

    #[test]
    fn blank_outer_columns_are_no_part_of_a_table() {
        let grid = Grid::plain(vec![0.0, 40.0, 80.0], vec![0.0, 100.0, 200.0, 300.0]);
        let inner: Vec<Rect> =
            [10.0, 50.0].iter().flat_map(|&y| [110.0, 210.0].map(|x| line(x, y, x + 60.0))).collect();
        let trimmed = without_blank_margins(grid.clone(), &inner);
        assert_eq!((trimmed.cols(), trimmed.column_lines[0], trimmed.cells[0].col), (2, 100.0, 0));
        // A heading makes it a column; so does a frame that holds little text.
        let headed = [&inner[..], &[line(10.0, 10.0, 60.0)][..]].concat();
        assert_eq!(without_blank_margins(grid.clone(), &headed), grid);
        assert_eq!(without_blank_margins(grid.clone(), &inner[..1]), grid);
    }

    #[test]
    fn titles_with_a_blank_row_and_banners_stand_above_the_table() {
        let mut grid = Grid::plain(vec![0.0, 40.0, 80.0, 120.0, 160.0], vec![0.0, 100.0, 200.0, 300.0]);
        grid.cells.retain(|c| c.row > 0);
        grid.cells.insert(0, GridCell { row: 0, col: 0, row_span: 1, col_span: 3 });
        let light = GrayImage::from_pixel(300, 160, Luma([240]));
        let title = line(100.0, 10.0, 200.0);
        let items: Vec<Rect> = (2..4).map(|r| line(10.0, 10.0 + 40.0 * r as f32, 80.0)).collect();
        let text = [&[title][..], &items[..]].concat();
        assert_eq!(below_title(grid.clone(), &text, &light, 1.0).rows(), 2);
        // Without the blank row the title is a row of the table, unless it stands on dark ground.
        let full = [&text[..], &[line(10.0, 50.0, 80.0)][..]].concat();
        assert_eq!(below_title(grid.clone(), &full, &light, 1.0), grid);
        let banner = GrayImage::from_fn(300, 160, |_, y| Luma([if y < 40 { 60 } else { 240 }]));
        assert_eq!(below_title(grid.clone(), &full, &banner, 1.0).rows(), 3);
        assert_eq!(below_title(grid.clone(), &full, &GrayImage::new(0, 0), 1.0), grid);
    }
}
