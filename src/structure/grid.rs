//! The grid behind a table: row and column lines, and cells that may span several of them.
//!
//! Geometry only, in the upright frame; text is put in by `cell_text`.

use crate::{
    geometry::{Point, Quad, Rect},
    structure::{
        grid_lines::{DRAWN, DRAWN_ALONE, GridLine, SAME_LINE, add_open_sides, drop_paper_edges, grid_lines},
        pixels::DisjointSets,
        rectifier::Rectifier,
        rules::{Rule, Rules},
    },
};

/// Rules meet if their ends are at most this many text heights apart: printed corners often
/// have a small gap.
const MEETING: f32 = 0.4;
/// Rules up to this many text heights long must end at others.
const LOOSE: f32 = 4.0;
/// … or this share of their length must lie between others.
const HELD: f32 = 0.7;
/// Text that reaches this many text heights to both sides of a column line runs across it, not next to it.
const CROSSING: f32 = 0.4;

/// A cell by its place in the grid; rows and columns from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GridCell {
    pub row: usize,
    pub col: usize,
    pub row_span: usize,
    pub col_span: usize,
}

/// Row and column lines in grid coordinates and the cells between them, in row order.
#[derive(Debug, Clone, PartialEq)]
pub struct Grid {
    pub rectifier: Rectifier,
    /// Ascending, one more than there are rows.
    pub row_lines: Vec<f32>,
    /// Ascending, one more than there are columns.
    pub column_lines: Vec<f32>,
    pub cells: Vec<GridCell>,
}

impl Grid {
    pub fn rows(&self) -> usize {
        self.row_lines.len().saturating_sub(1)
    }

    pub fn cols(&self) -> usize {
        self.column_lines.len().saturating_sub(1)
    }

    /// A grid without merged cells and without perspective.
    pub fn plain(row_lines: Vec<f32>, column_lines: Vec<f32>) -> Self {
        let (rows, cols) = (row_lines.len().saturating_sub(1), column_lines.len().saturating_sub(1));
        let cells = (0..rows)
            .flat_map(|row| (0..cols).map(move |col| GridCell { row, col, row_span: 1, col_span: 1 }))
            .collect();
        Self { rectifier: Rectifier::default(), row_lines, column_lines, cells }
    }

    /// The rows `from..to` as a grid of their own, with the column lines that they use.
    pub fn slice(&self, from: usize, to: usize) -> Self {
        let cells: Vec<GridCell> = self
            .cells
            .iter()
            .filter(|c| c.row < to && c.row + c.row_span > from)
            .map(|c| {
                let (top, bottom) = (c.row.max(from), (c.row + c.row_span).min(to));
                GridCell { row: top - from, row_span: bottom - top, ..*c }
            })
            .collect();
        let row_lines = self.row_lines.get(from..=to).unwrap_or_default().to_vec();
        Self { row_lines, cells, ..self.clone() }.compact()
    }

    /// Without the row and column lines at which no cell begins or ends.
    pub(super) fn compact(mut self) -> Self {
        let kept = |last: usize, used: &dyn Fn(&GridCell, usize) -> bool| -> Vec<usize> {
            let is_used = |&i: &usize| i == 0 || i == last || self.cells.iter().any(|c| used(c, i));
            (0..=last).filter(is_used).collect()
        };
        let rows = kept(self.rows(), &|c, i| c.row == i || c.row + c.row_span == i);
        let columns = kept(self.cols(), &|c, i| c.col == i || c.col + c.col_span == i);
        let place = |kept: &[usize], i: usize| kept.iter().filter(|&&k| k < i).count();
        for cell in &mut self.cells {
            let (left, right) = (place(&columns, cell.col), place(&columns, cell.col + cell.col_span));
            let (top, bottom) = (place(&rows, cell.row), place(&rows, cell.row + cell.row_span));
            *cell = GridCell { row: top, col: left, row_span: bottom - top, col_span: right - left };
        }
        let lines = |lines: &[f32], kept: &[usize]| -> Vec<f32> {
            kept.iter().filter_map(|&i| lines.get(i).copied()).collect()
        };
        self.row_lines = lines(&self.row_lines, &rows);
        self.column_lines = lines(&self.column_lines, &columns);
        self
    }

    /// Places of the column lines strictly inside that bound a cell of a row.
    pub fn inner_columns(&self, row: usize) -> Vec<f32> {
        let in_row = |c: &&GridCell| (c.row..c.row + c.row_span).contains(&row);
        let mut inner: Vec<usize> = self.cells.iter().filter(in_row).map(|c| c.col).collect();
        inner.sort_unstable();
        inner.dedup();
        inner.into_iter().filter(|&c| c > 0).filter_map(|c| self.column_lines.get(c).copied()).collect()
    }

    /// The cell's corners in the upright frame.
    pub fn cell_quad(&self, cell: &GridCell) -> Quad {
        let line = |lines: &[f32], i: usize| lines.get(i).or(lines.last()).copied().unwrap_or_default();
        let (left, right) =
            (line(&self.column_lines, cell.col), line(&self.column_lines, cell.col + cell.col_span));
        let (top, bottom) =
            (line(&self.row_lines, cell.row), line(&self.row_lines, cell.row + cell.row_span));
        Quad::from_rect(left, top, right, bottom).map(|p| self.rectifier.upright(p))
    }

    /// The outline in the upright frame.
    pub fn quad(&self) -> Quad {
        self.cell_quad(&GridCell { row: 0, col: 0, row_span: self.rows(), col_span: self.cols() })
    }

    /// The index of the cell that holds a point of the upright frame.
    pub fn cell_at(&self, p: Point) -> Option<usize> {
        let g = self.rectifier.grid(p);
        let interval = |lines: &[f32], v: f32| lines.windows(2).position(|pair| v >= pair[0] && v < pair[1]);
        let (row, col) = (interval(&self.row_lines, g.y)?, interval(&self.column_lines, g.x)?);
        self.cells.iter().position(|c| {
            (c.row..c.row + c.row_span).contains(&row) && (c.col..c.col + c.col_span).contains(&col)
        })
    }
}

/// The grids that rules draw: one for each set of rules that meet, with at least two row and two
/// column lines. `text_height` in pixels of the upright frame.
pub fn ruled_grids(rules: &Rules, text: &[Rect], text_height: f32) -> Vec<Grid> {
    let rules = without_loose(rules, text_height);
    let (h, v) = (&rules.horizontal, &rules.vertical);
    let mut sets = DisjointSets::new(h.len() + v.len());
    let tolerance = MEETING * text_height;
    for (i, row) in h.iter().enumerate() {
        for (k, column) in v.iter().enumerate() {
            if meet(row, column, tolerance) {
                sets.join(i, h.len() + k);
            }
        }
    }
    sets.groups()
        .into_iter()
        .filter_map(|group| {
            let horizontal: Vec<Rule> = group.iter().filter_map(|&i| h.get(i).copied()).collect();
            let vertical: Vec<Rule> =
                group.iter().filter_map(|&i| v.get(i.checked_sub(h.len())?).copied()).collect();
            grid_of(&horizontal, &vertical, text, text_height)
        })
        .collect()
}

/// The rules without short ones that do not run from one crossing rule to another: strokes of
/// seals, characters and printed backgrounds.
fn without_loose(rules: &Rules, text_height: f32) -> Rules {
    let tolerance = MEETING * text_height;
    let swap = |p: Point| Point::new(p.y, p.x);
    let turned = |r: &Rule| Rule { from: swap(r.from), to: swap(r.to) };
    // Both as rows: whether `end` lies on one of `crossing`.
    let held = |end: Point, crossing: &[Rule]| {
        crossing.iter().any(|c| meet(&Rule { from: end, to: end }, c, tolerance))
    };
    // Between the outermost rules that it meets lies most of it: a character above goes on from it.
    let spans = |r: &Rule, crossing: &[Rule]| {
        let places = || crossing.iter().filter(|c| meet(r, c, tolerance)).map(|c| c.middle().x);
        let (first, last) =
            (places().fold(f32::INFINITY, f32::min), places().fold(f32::NEG_INFINITY, f32::max));
        last - first >= HELD * r.length()
    };
    let firm = |r: &Rule, crossing: &[Rule]| {
        r.length() > LOOSE * text_height
            || (held(r.from, crossing) && held(r.to, crossing))
            || spans(r, crossing)
    };
    let mut horizontal = rules.horizontal.clone();
    let mut vertical: Vec<Rule> = rules.vertical.clone();
    loop {
        let before = (horizontal.len(), vertical.len());
        horizontal.retain(|r| firm(r, &vertical));
        let turned_rows: Vec<Rule> = horizontal.iter().map(turned).collect();
        vertical.retain(|r| firm(&turned(r), &turned_rows));
        if before == (horizontal.len(), vertical.len()) {
            return Rules { horizontal, vertical };
        }
    }
}

fn meet(row: &Rule, column: &Rule, tolerance: f32) -> bool {
    let along = |a: f32, b: f32, t: f32| if b > a { ((t - a) / (b - a)).clamp(0.0, 1.0) } else { 0.0 };
    let y = row.from.lerp(row.to, along(row.from.x, row.to.x, column.middle().x)).y;
    let x = column.from.lerp(column.to, along(column.from.y, column.to.y, y)).x;
    x >= row.from.x - tolerance
        && x <= row.to.x + tolerance
        && y >= column.from.y - tolerance
        && y <= column.to.y + tolerance
}

fn grid_of(horizontal: &[Rule], vertical: &[Rule], text: &[Rect], text_height: f32) -> Option<Grid> {
    let ends = || horizontal.iter().chain(vertical).flat_map(|r| [r.from, r.to]);
    let count = (2 * (horizontal.len() + vertical.len())).max(1) as f32;
    let sum = ends().fold(Point::default(), |s, p| Point::new(s.x + p.x, s.y + p.y));
    let center = Point::new(sum.x / count, sum.y / count);
    let rectifier = Rectifier::fitted(horizontal, vertical, center);
    let swap = |p: Point| Point::new(p.y, p.x);
    let to_grid = |r: &Rule| (rectifier.grid(r.middle()), rectifier.grid(r.from), rectifier.grid(r.to));
    let mut rows = grid_lines(horizontal.iter().map(to_grid), text_height);
    let mut columns = grid_lines(
        vertical.iter().map(|r| {
            let (m, a, b) = to_grid(r);
            (swap(m), swap(a), swap(b))
        }),
        text_height,
    );
    // Strokes that draw no side of any cell are no grid lines; leaving one out may expose others.
    let slack = SAME_LINE * text_height;
    loop {
        let before = (rows.len(), columns.len());
        rows = rows.iter().filter(|r| r.has_drawn_side(&columns, slack)).cloned().collect();
        columns = columns.iter().filter(|c| c.has_drawn_side(&rows, slack)).cloned().collect();
        if before == (rows.len(), columns.len()) {
            break;
        }
    }
    if rows.len() < 2 || columns.len() < 2 {
        return None;
    }
    let text: Vec<Rect> = text.iter().map(|t| rectifier.placed(t)).collect();
    let turned: Vec<Rect> = text.iter().map(|t| Rect::new(t.top, t.left, t.bottom, t.right)).collect();
    drop_paper_edges(&mut columns, &rows, &text, text_height);
    drop_paper_edges(&mut rows, &columns, &turned, text_height);
    add_open_sides(&rows, &mut columns, text_height);
    add_open_sides(&columns, &mut rows, text_height);
    let cells = merge_cells(&rows, &columns, slack, &Crossing { text: &text, least: CROSSING * text_height });
    let grid = Grid {
        rectifier,
        row_lines: rows.iter().map(|r| r.at).collect(),
        column_lines: columns.iter().map(|c| c.at).collect(),
        cells,
    };
    Some(grid.compact())
}

/// Where text runs across column lines, in grid coordinates.
struct Crossing<'a> {
    text: &'a [Rect],
    /// Text reaches at least so far to both sides.
    least: f32,
}

impl Crossing<'_> {
    fn at(&self, x: f32, top: f32, bottom: f32) -> bool {
        self.text.iter().any(|t| {
            (top..bottom).contains(&t.center().y) && t.left < x - self.least && t.right > x + self.least
        })
    }
}

/// Joins the fields of the grid between which no side is drawn, up to rectangles.
fn merge_cells(rows: &[GridLine], columns: &[GridLine], slack: f32, crossing: &Crossing) -> Vec<GridCell> {
    let (n_rows, n_cols) = (rows.len() - 1, columns.len() - 1);
    let index = |row: usize, col: usize| row * n_cols + col;
    let mut sets = DisjointSets::new(n_rows * n_cols);
    for row in 0..n_rows {
        for col in 0..n_cols {
            let right = columns.get(col + 1).filter(|_| col + 1 < n_cols);
            let (top, bottom) = (rows[row].at, rows[row + 1].at);
            let parted = |c: &GridLine| {
                let share = c.drawn_share(top, bottom, slack);
                share >= DRAWN_ALONE || (share >= DRAWN && !crossing.at(c.at, top, bottom))
            };
            if right.is_some_and(|c| !parted(c)) {
                sets.join(index(row, col), index(row, col + 1));
            }
            let below = rows.get(row + 1).filter(|_| row + 1 < n_rows);
            if below.is_some_and(|r| !r.is_drawn(columns[col].at, columns[col + 1].at, slack)) {
                sets.join(index(row, col), index(row + 1, col));
            }
        }
    }
    loop {
        let groups = sets.groups();
        let cells: Vec<GridCell> = groups
            .iter()
            .map(|members| {
                let span = |f: fn(usize, usize) -> usize| {
                    let values = || members.iter().map(|&m| f(m, n_cols));
                    let least = values().min().unwrap_or(0);
                    (least, values().max().unwrap_or(0) - least + 1)
                };
                let ((row, row_span), (col, col_span)) = (span(|m, n| m / n), span(|m, n| m % n));
                GridCell { row, col, row_span, col_span }
            })
            .collect();
        let rectangular = cells.iter().zip(&groups).all(|(c, g)| c.row_span * c.col_span == g.len());
        if rectangular {
            return cells;
        }
        for c in &cells {
            for row in c.row..c.row + c.row_span {
                for col in c.col..c.col + c.col_span {
                    sets.join(index(c.row, c.col), index(row, col));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(x0: f32, y0: f32, x1: f32, y1: f32) -> Rule {
        Rule { from: Point::new(x0, y0), to: Point::new(x1, y1) }
    }

    /// Three columns, three rows; the first row one merged cell, two cells merged downwards.
    fn rules() -> Rules {
        Rules {
            horizontal: vec![
                rule(100.0, 100.0, 400.0, 100.0),
                rule(100.0, 140.0, 400.0, 140.0),
                rule(200.0, 180.0, 400.0, 180.0),
                rule(100.0, 220.0, 400.0, 220.0),
            ],
            vertical: vec![
                rule(100.0, 100.0, 100.0, 220.0),
                rule(200.0, 140.0, 200.0, 220.0),
                rule(300.0, 142.0, 300.0, 218.0),
                rule(400.0, 100.0, 400.0, 220.0),
            ],
        }
    }

    #[test]
    fn missing_sides_merge_cells() {
        let grids = ruled_grids(&rules(), &[], 20.0);
        assert_eq!(grids.len(), 1);
        let grid = &grids[0];
        assert_eq!((grid.rows(), grid.cols(), grid.cells.len()), (3, 3, 6));
        assert_eq!(grid.cells[0], GridCell { row: 0, col: 0, row_span: 1, col_span: 3 });
        assert_eq!(grid.cells[1], GridCell { row: 1, col: 0, row_span: 2, col_span: 1 });
        let at = grid.cell_at(Point::new(150.0, 200.0));
        assert_eq!(at, Some(1));
        assert_eq!(grid.cell_at(Point::new(50.0, 200.0)), None);
    }

    #[test]
    fn the_edge_of_the_paper_is_no_side() {
        let flat = ruled_grids(&rules(), &[], 20.0);
        let mut edged = rules();
        let (left, top) = (edged.vertical[0].from.x - 60.0, edged.vertical[0].from.y);
        edged.vertical.push(rule(left, top - 100.0, left, top + 500.0));
        for row in edged.horizontal.iter_mut().take(2) {
            row.from.x = left;
        }
        assert_eq!(ruled_grids(&edged, &[], 20.0)[0].cells, flat[0].cells);
        // With text beside it, it is the side of a frame.
        let text = [Rect::new(left + 10.0, top + 5.0, left + 50.0, top + 25.0)];
        assert!(ruled_grids(&edged, &text, 20.0)[0].cols() > flat[0].cols());
    }

    #[test]
    fn perspective_does_not_matter() {
        // Rows fan out to the right, columns lean.
        let bend = |p: Point| {
            Point::new(p.x + 0.03 * (p.y - 160.0), p.y + (0.02 + 0.0004 * (p.y - 160.0)) * (p.x - 250.0))
        };
        let bent = |r: &Rule| Rule { from: bend(r.from), to: bend(r.to) };
        let flat = rules();
        let rules = Rules {
            horizontal: flat.horizontal.iter().map(bent).collect(),
            vertical: flat.vertical.iter().map(bent).collect(),
        };
        let grids = ruled_grids(&rules, &[], 20.0);
        assert_eq!(grids[0].cells, ruled_grids(&flat, &[], 20.0)[0].cells);
        let corner = grids[0].quad().0[0];
        assert!(corner.distance(bend(Point::new(100.0, 100.0))) < 3.0, "{corner:?}");
    }

    #[test]
    fn strokes_that_draw_no_cell_are_left_out() {
        let mut rules = rules();
        rules.vertical.push(rule(250.0, 150.0, 250.0, 162.0));
        assert_eq!(ruled_grids(&rules, &[], 20.0)[0].cols(), 3);
        let lone = Rules { horizontal: vec![rule(0.0, 0.0, 100.0, 0.0)], vertical: Vec::new() };
        assert!(ruled_grids(&lone, &[], 20.0).is_empty());
    }

    #[test]
    fn a_rule_that_a_character_above_lengthens_stays() {
        let mut rules = rules();
        rules.vertical.push(rule(250.0, 125.0, 250.0, 180.0));
        assert_eq!(ruled_grids(&rules, &[], 20.0)[0].cols(), 4);
    }

    #[test]
    fn text_across_a_broken_side_joins_its_cells() {
        let mut rules = rules();
        // In the first row strokes of characters cover two thirds of the line.
        rules.vertical.push(rule(200.0, 105.0, 200.0, 132.5));
        let title = Rect::new(150.0, 110.0, 350.0, 130.0);
        assert_eq!(ruled_grids(&rules, &[title], 20.0)[0].cells.len(), 6);
        let beside = Rect::new(205.0, 110.0, 350.0, 130.0);
        assert_eq!(ruled_grids(&rules, &[beside], 20.0)[0].cells.len(), 7);
    }

    #[test]
    fn open_sides_make_cells() {
        let mut rules = rules();
        rules.vertical = vec![rule(200.0, 100.0, 200.0, 220.0), rule(300.0, 140.0, 300.0, 220.0)];
        let grids = ruled_grids(&rules, &[], 20.0);
        assert_eq!((grids[0].cols(), grids[0].cells.len()), (3, 7));
    }
}
