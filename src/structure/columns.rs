//! Tables without rules between their columns: rows of text whose pieces line up.
//!
//! Reports a table only when rows and columns are clear; running text, forms and lists are not
//! to be taken for tables.

use crate::{
    geometry::Rect,
    numbers::median,
    structure::{
        grid::{Grid, GridCell},
        lean,
        reading_order::rows,
        row_blocks::{
            blocks, row_bottom, row_top, side_by_side, single_items, with_lone_lines, without_titles,
        },
        ruled_areas::{bounded, ruled_areas, separators},
        rules::Rule,
        text_pieces::Piece,
    },
};

/// A table that no rule confirms has at least this many rows and columns: two columns of text
/// are as often a form or a list.
pub(super) const LEAST_ROWS: usize = 3;
pub(super) const LEAST_COLUMNS: usize = 3;
/// Between rules above and below, two of each are enough.
const LEAST_BETWEEN_RULES: usize = 2;
/// Share of the cells that hold text. Forms with scattered entries stay below.
const LEAST_FILLED: f32 = 0.7;
const LEAST_FILLED_BETWEEN_RULES: f32 = 0.5;
/// Cells are at most this many text heights wide in the median; running text in columns is wider.
pub(super) const MOST_CELL_WIDTH: f32 = 12.0;
/// Columns of running text: this share of the lines reaches across this share of the column, which
/// is at least this many text heights wide (newspaper columns on the development pages are 11.7
/// wide, with 0.8 of the lines full).
const LEAST_FULL_LINES: f32 = 0.6;
const FULL_LINE: f32 = 0.85;
const LEAST_RUNNING_WIDTH: f32 = 8.0;
/// Rows of which more than this share reads `label：value` are those of a form.
pub(super) const MOST_LABELLED: f32 = 0.4;
/// Sums below a table are no rows of it if it has at least this many columns.
const LEAST_OVER_SUMS: usize = 4;
/// A piece stands in a column if it reaches this many text heights into it.
const OVER_COLUMN: f32 = 0.5;
/// Text that runs down the page, so many text heights high and twice as high as wide, stands beside the rows
/// and in none of them (a printer's note along a receipt is 13 high, two characters one above the other 2.2).
const LEAST_UPRIGHT: f32 = 3.0;

/// Grids over the `pieces` of the lines that lie in no ruled table.
/// `horizontal`: rules outside ruled tables, which confirm a table and bound it.
pub fn aligned_grids(pieces: &[Piece], horizontal: &[Rule], text_height: f32) -> Vec<Grid> {
    let boxes: Vec<Rect> = pieces.iter().map(|p| p.bounds).collect();
    let mut grids = Vec::new();
    let upright = |b: &Rect| b.height() > (2.0 * b.width()).max(LEAST_UPRIGHT * text_height);
    let mut taken: Vec<bool> = boxes.iter().map(upright).collect();
    for area in ruled_areas(horizontal, text_height) {
        let free = (0..boxes.len()).filter(|&i| !taken[i]).collect();
        let Some(inside) = bounded(&area, free, pieces, text_height) else { continue };
        let separators = separators(horizontal, area, text_height);
        let rows = rows(&boxes, inside.clone());
        let area = Some(area);
        let over = Over { pieces, boxes: &boxes, text_height, area, separators: &separators, headed: false };
        let whole = over.grid_below_titles(&rows);
        let parts = over.parts(&rows);
        let columns = |grids: &[Grid]| grids.iter().map(Grid::cols).max().unwrap_or_default();
        let found = match whole {
            Some(whole) if columns(&parts) <= whole.cols() => vec![whole],
            _ => parts,
        };
        for grid in found {
            let outline = grid.quad().bounds();
            inside.iter().filter(|&&i| outline.contains(boxes[i].center())).for_each(|&i| taken[i] = true);
            grids.push(grid);
        }
    }
    let rest: Vec<usize> = (0..boxes.len()).filter(|&i| !taken[i]).collect();
    let all_rows = with_lone_lines(&boxes, pieces, rows(&boxes, rest));
    let over = Over { pieces, boxes: &boxes, text_height, area: None, separators: &[], headed: false };
    for block in blocks(&boxes, pieces, &all_rows, text_height) {
        let block = over.without_sums(block);
        match over.grid(block) {
            Some(grid) => grids.push(grid),
            None => grids.extend(over.list_in(block).and_then(|list| over.grid(list))),
        }
    }
    let in_grid = |row: &[usize]| {
        grids.iter().any(|g: &Grid| row.iter().any(|&i| g.quad().bounds().contains(boxes[i].center())))
    };
    let mut items = single_items(&boxes, pieces, &all_rows, text_height);
    items.retain(|rows| !rows.iter().any(|row| in_grid(row)));
    grids.extend(items.iter().filter_map(|rows| Over { headed: true, ..over }.grid(rows)));
    grids
}

/// What a grid is made over.
#[derive(Clone, Copy)]
pub(super) struct Over<'a> {
    pub(super) pieces: &'a [Piece],
    /// Of the pieces.
    pub(super) boxes: &'a [Rect],
    pub(super) text_height: f32,
    /// Between the rules, if any bound the table.
    pub(super) area: Option<Rect>,
    /// Heights of the rules across the area, the outer ones included.
    pub(super) separators: &'a [f32],
    /// The first row is known to hold headings of the values below.
    pub(super) headed: bool,
}

impl Over<'_> {
    /// The grid over rows between rules, which may have a title above them and labelled sums below.
    fn grid_below_titles(&self, rows: &[Vec<usize>]) -> Option<Grid> {
        let body = self.without_sums(without_titles(self.boxes, self.pieces, rows));
        let mut grid = self.grid(body)?;
        let (first, last) = (body.first()?, body.last()?);
        if rows.first() != Some(first)
            && let Some(line) = grid.row_lines.first_mut()
        {
            *line = line.max(row_top(self.boxes, first) - 0.5 * self.text_height);
        }
        if rows.last() != Some(last)
            && let Some(line) = grid.row_lines.last_mut()
        {
            *line = line.min(row_bottom(self.boxes, last) + 0.3 * self.text_height);
        }
        Some(grid)
    }

    /// The rows from the first to the last with text in so many columns as a table has, where labels with
    /// their values stand above or below.
    fn list_in<'a>(&self, rows: &'a [Vec<usize>]) -> Option<&'a [Vec<usize>]> {
        let wide = |row: &Vec<usize>| self.stretches(row) >= LEAST_COLUMNS;
        let (first, last) = (rows.iter().position(wide)?, rows.iter().rposition(wide)?);
        rows.get(first..=last).filter(|list| list.len() >= LEAST_ROWS && list.len() < rows.len())
    }

    /// The rows without those at the end that are a label with its value below a table of more
    /// columns.
    fn without_sums<'a>(&self, rows: &'a [Vec<usize>]) -> &'a [Vec<usize>] {
        let usual = self.usual_stretches(rows);
        if usual < LEAST_OVER_SUMS {
            return rows;
        }
        let few = |row: &&Vec<usize>| 2 * self.stretches(row) <= usual;
        let labelled = |row: &Vec<usize>| {
            let count = row.iter().filter(|&&i| self.pieces[i].kind.labelled).count();
            count as f32 > MOST_LABELLED * row.len() as f32
        };
        let below = rows.iter().rev().take_while(few).count();
        let (table, below) = rows.split_at(rows.len() - below);
        // Second lines of the last row's cells stay with it.
        let continued = below.iter().position(labelled).unwrap_or(below.len());
        &rows[..table.len() + continued]
    }

    pub(super) fn stretches(&self, row: &[usize]) -> usize {
        side_by_side(row, self.boxes, self.pieces, self.text_height)
    }

    /// The upper quartile of the stretches of text in a row: second lines of cells have few.
    pub(super) fn usual_stretches(&self, rows: &[Vec<usize>]) -> usize {
        let mut counts: Vec<usize> = rows.iter().map(|r| self.stretches(r)).collect();
        counts.sort_unstable();
        counts.get(counts.len() * 3 / 4).copied().unwrap_or_default()
    }

    /// Grids over the stretches of rows that have several lines of text side by side, where the
    /// rules bound several tables with other text between them.
    fn parts(&self, rows: &[Vec<usize>]) -> Vec<Grid> {
        let Some(area) = self.area else { return Vec::new() };
        let strip = |row: &[usize]| {
            let middle = (row_top(self.boxes, row) + row_bottom(self.boxes, row)) / 2.0;
            self.separators.iter().filter(|&&y| y < middle).count()
        };
        let side_by_side = |row: &[usize]| {
            row.chunk_by(|&a, &b| self.pieces[a].line == self.pieces[b].line).count() >= LEAST_COLUMNS
        };
        // Second lines of cells stand between the same rules as the first.
        let mut open = None;
        let of_table: Vec<bool> = rows
            .iter()
            .map(|row| {
                if side_by_side(row) {
                    open = Some(strip(row));
                }
                open == Some(strip(row))
            })
            .collect();
        let bounds: Vec<usize> = (0..=rows.len())
            .filter(|&i| i == 0 || i == rows.len() || of_table[i - 1] != of_table[i])
            .collect();
        bounds
            .windows(2)
            .map(|w| (w[0], w[1]))
            .filter(|&(from, to)| {
                of_table[from] && to - from >= LEAST_BETWEEN_RULES && to - from < rows.len()
            })
            .filter_map(|(from, to)| {
                let part = rows.get(from..to)?;
                let (first, last) = (part.first()?, part.last()?);
                let mut top = *self.separators.get(strip(first).checked_sub(1)?)?;
                // What stands above between the same rules is no part of it.
                if from.checked_sub(1).and_then(|i| rows.get(i)).is_some_and(|r| strip(r) == strip(first)) {
                    top = row_top(self.boxes, first) - 0.3 * self.text_height;
                }
                let bottom = *self.separators.get(strip(last))?;
                let area = Rect::new(area.left, top, area.right, bottom);
                Over { area: Some(area), ..*self }.grid(part)
            })
            .collect()
    }

    /// A grid over rows of pieces if these line up in columns, leaning ones included.
    fn grid(&self, rows: &[Vec<usize>]) -> Option<Grid> {
        let rectifier = lean::of_rows(self.boxes, rows);
        let boxes: Vec<Rect> = self.boxes.iter().map(|b| rectifier.placed(b)).collect();
        let grid = Over { boxes: &boxes, ..*self }.straight_grid(rows)?;
        Some(Grid { rectifier, ..grid })
    }

    fn straight_grid(&self, rows: &[Vec<usize>]) -> Option<Grid> {
        let members = || rows.iter().flatten().map(|&i| self.boxes[i]);
        let bounds = members().reduce(|a, b| a.union(&b))?;
        let columns = self.columns(rows, bounds);
        let (least_rows, least_columns, least_filled) = match self.area {
            Some(_) => (LEAST_BETWEEN_RULES, LEAST_BETWEEN_RULES, LEAST_FILLED_BETWEEN_RULES),
            None if self.headed => (LEAST_ROWS - 1, LEAST_COLUMNS, LEAST_FILLED),
            None => (LEAST_ROWS, LEAST_COLUMNS, LEAST_FILLED),
        };
        if columns.len() < least_columns {
            return None;
        }
        let (table_rows, lines) = match self.rows_between_rules(rows, &columns) {
            Some(found) => found,
            None => {
                let found = self.rows_of_text(rows, &columns)?;
                let gaps = found.windows(2).map(|w| (w[0].bottom + w[1].top) / 2.0).collect();
                (found, gaps)
            }
        };
        let filled: usize =
            table_rows.iter().map(|row| (0..columns.len()).filter(|c| row.filled.contains(c)).count()).sum();
        let share = filled as f32 / (table_rows.len() * columns.len()).max(1) as f32;
        let width = median(members().map(|b| b.width()))?;
        if table_rows.len() < least_rows || share < least_filled || width > MOST_CELL_WIDTH * self.text_height
        {
            return None;
        }
        if self.area.is_none() && self.is_running_text(rows, &columns) {
            return None;
        }
        let mut outer = self.area.unwrap_or(bounds.expanded(0.3 * self.text_height));
        // Below a title the table begins at the rule above its first row.
        let above = self.separators.iter().copied().filter(|&y| y < bounds.top + 0.3 * self.text_height);
        outer.top = above.fold(outer.top, f32::max);
        let middles = |spans: &[(f32, f32)]| -> Vec<f32> {
            spans.windows(2).map(|pair| (pair[0].1 + pair[1].0) / 2.0).collect()
        };
        let row_lines = [vec![outer.top], lines, vec![outer.bottom]].concat();
        let column_lines = [vec![outer.left], middles(&columns), vec![outer.right]].concat();
        let mut grid = Grid::plain(row_lines, column_lines);
        for row in rows {
            self.join_across(row, &mut grid, &columns);
        }
        Some(grid)
    }

    /// Whether more than half of the columns hold running text, whose lines mostly reach across them.
    fn is_running_text(&self, rows: &[Vec<usize>], columns: &[(f32, f32)]) -> bool {
        let runs = |c: &&(f32, f32)| {
            let within = |b: &Rect| (c.0..=c.1).contains(&b.center().x);
            // A line may be parted at its blanks.
            let mut widths: Vec<f32> = rows
                .iter()
                .filter_map(|row| {
                    let own = row.iter().map(|&i| self.boxes[i]).filter(within);
                    own.reduce(|a, b| a.union(&b)).map(|b| b.width())
                })
                .collect();
            widths.sort_by(f32::total_cmp);
            let (Some(&middle), Some(&widest)) = (widths.get(widths.len() / 2), widths.last()) else {
                return false;
            };
            let full = widths.iter().filter(|&&w| w >= FULL_LINE * widest).count();
            middle >= LEAST_RUNNING_WIDTH * self.text_height
                && full as f32 >= LEAST_FULL_LINES * widths.len() as f32
        };
        2 * columns.iter().filter(runs).count() > columns.len()
    }

    /// Joins the cells of a row that a piece reaches over: a heading over several columns.
    fn join_across(&self, row: &[usize], grid: &mut Grid, columns: &[(f32, f32)]) {
        for b in row.iter().map(|&i| self.boxes[i]) {
            let reaches =
                |c: &(f32, f32)| b.right.min(c.1) - b.left.max(c.0) > OVER_COLUMN * self.text_height;
            let (Some(first), Some(last)) =
                (columns.iter().position(reaches), columns.iter().rposition(reaches))
            else {
                continue;
            };
            let at = grid.row_lines.windows(2).position(|w| (w[0]..w[1]).contains(&b.center().y));
            if let Some(at) = at.filter(|_| first < last) {
                let (from, to) = (first, last + 1);
                let joined = |c: &GridCell| c.row == at && c.col < to && c.col + c.col_span > from;
                let (mut left, mut right) = (from, to);
                for c in grid.cells.iter().filter(|c| joined(c)) {
                    (left, right) = (left.min(c.col), right.max(c.col + c.col_span));
                }
                grid.cells.retain(|c| !joined(c));
                grid.cells.push(GridCell { row: at, col: left, row_span: 1, col_span: right - left });
                grid.cells.sort_by_key(|c| (c.row, c.col));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{geometry::Point, structure::text_pieces::LineKind};

    /// Each box a line of its own.
    fn pieces(boxes: &[Rect]) -> Vec<Piece> {
        boxes
            .iter()
            .enumerate()
            .map(|(line, &bounds)| Piece { bounds, line, kind: LineKind::default() })
            .collect()
    }

    fn table(rows: usize, cols: usize, width: f32) -> Vec<Rect> {
        let mut boxes = Vec::new();
        for r in 0..rows {
            for c in 0..cols {
                let (x, y) = (100.0 + 220.0 * c as f32, 100.0 + 40.0 * r as f32);
                boxes.push(Rect::new(x, y, x + width - 7.0 * ((r + c) % 3) as f32, y + 20.0));
            }
        }
        boxes
    }

    #[test]
    fn aligned_pieces_make_a_table() {
        let grids = aligned_grids(&pieces(&table(5, 4, 120.0)), &[], 20.0);
        assert_eq!(grids.len(), 1);
        assert_eq!((grids[0].rows(), grids[0].cols()), (5, 4));
    }

    #[test]
    fn two_columns_need_rules_to_be_a_table() {
        let boxes = pieces(&table(5, 2, 120.0));
        assert!(aligned_grids(&boxes, &[], 20.0).is_empty());
        let rule = |y: f32| Rule { from: Point::new(90.0, y), to: Point::new(460.0, y) };
        let grids = aligned_grids(&boxes, &[rule(90.0), rule(130.0), rule(300.0)], 20.0);
        assert_eq!(grids.len(), 1);
        assert_eq!((grids[0].rows(), grids[0].cols()), (5, 2));
        assert_eq!(grids[0].row_lines.first(), Some(&90.0));
    }

    #[test]
    fn a_list_is_found_between_labels_with_their_values_and_sums() {
        // Labels with values above; four columns; labelled sums below.
        let mut texts: Vec<(&str, Rect)> = Vec::new();
        for r in 0..4 {
            let y = 40.0 * r as f32;
            texts.push(("发票代码", Rect::new(100.0, y, 170.0, y + 20.0)));
            texts.push(("某公司名称的一长串文字", Rect::new(230.0, y, 900.0, y + 20.0)));
        }
        texts.extend(
            table(5, 4, 120.0)
                .into_iter()
                .map(|b| ("1", Rect::new(b.left, b.top + 60.0, b.right, b.bottom + 60.0))),
        );
        for r in 0..2 {
            let y = 365.0 + 40.0 * r as f32;
            texts.push(("合计：", Rect::new(100.0, y, 170.0, y + 20.0)));
            texts.push(("9.00", Rect::new(780.0, y, 860.0, y + 20.0)));
        }
        let piece = |(line, &(text, bounds)): (usize, &(&str, Rect))| Piece {
            bounds,
            line,
            kind: LineKind::of(text),
        };
        let pieces: Vec<Piece> = texts.iter().enumerate().map(piece).collect();
        let grids = aligned_grids(&pieces, &[], 20.0);
        assert_eq!(grids.iter().map(|g| (g.rows(), g.cols())).collect::<Vec<_>>(), [(5, 4)]);
    }

    #[test]
    fn a_list_of_one_item_has_a_value_under_each_heading() {
        let texts = |item: [&'static str; 4]| {
            let mut out = Vec::new();
            for y in [-80.0, -40.0, 0.0, 40.0] {
                out.push(("编号", Rect::new(100.0, y, 140.0, y + 20.0)));
                out.push(("0123", Rect::new(200.0, y, 280.0, y + 20.0)));
            }
            for (c, (heading, value)) in ["项目", "单价", "数量", "金额"].into_iter().zip(item).enumerate()
            {
                let x = 100.0 + 200.0 * c as f32;
                out.push((heading, Rect::new(x, 100.0, x + 40.0, 120.0)));
                out.push((value, Rect::new(x - 10.0, 130.0, x + 50.0, 150.0)));
            }
            // The name's second line, and a note that runs down the page.
            out.push(("服务费", Rect::new(100.0, 153.0, 160.0, 173.0)));
            out.push(("票证印制", Rect::new(60.0, 30.0, 80.0, 300.0)));
            out
        };
        let grids = |item| {
            let texts = texts(item);
            let piece = |(line, &(text, bounds)): (usize, &(&str, Rect))| Piece {
                bounds,
                line,
                kind: LineKind::of(text),
            };
            let pieces: Vec<Piece> = texts.iter().enumerate().map(piece).collect();
            let grids = aligned_grids(&pieces, &[], 20.0);
            grids.iter().map(|g| (g.rows(), g.cols(), g.row_lines[2] > 170.0)).collect::<Vec<_>>()
        };
        assert_eq!(grids(["咨询", "5.00", "2", "10.00"]), [(2, 4, true)]);
        // Labels over words, as on cards, are no list.
        assert_eq!(grids(["张三", "男", "汉族", "10"]), []);
    }

    #[test]
    fn running_text_in_columns_is_no_table() {
        let mut boxes = Vec::new();
        for r in 0..12 {
            for c in 0..3 {
                let (x, y) = (50.0 + 400.0 * c as f32, 100.0 + 30.0 * r as f32);
                boxes.push(Rect::new(x, y, x + 370.0, y + 20.0));
            }
        }
        assert!(aligned_grids(&pieces(&boxes), &[], 20.0).is_empty());
        assert!(aligned_grids(&[], &[], 20.0).is_empty());
    }

    #[test]
    fn rules_between_rows_keep_the_lines_of_a_cell_together() {
        // Four rows whose second column has two lines each, a title above the rules' first row.
        let mut boxes = vec![Rect::new(250.0, 40.0, 380.0, 60.0)];
        let mut rules = vec![30.0, 90.0];
        for r in 0..4 {
            let y = 100.0 + 60.0 * r as f32;
            boxes.push(Rect::new(100.0, y, 140.0, y + 20.0));
            boxes.push(Rect::new(200.0, y, 380.0, y + 20.0));
            boxes.push(Rect::new(200.0, y + 24.0, 360.0, y + 44.0));
            boxes.push(Rect::new(420.0, y, 500.0, y + 20.0));
            rules.push(y + 52.0);
        }
        let rule = |&y: &f32| Rule { from: Point::new(90.0, y), to: Point::new(510.0, y) };
        let rules: Vec<Rule> = rules.iter().map(rule).collect();
        let grids = aligned_grids(&pieces(&boxes), &rules, 20.0);
        assert_eq!(grids.len(), 1);
        assert_eq!((grids[0].rows(), grids[0].cols()), (4, 3));
        assert_eq!(grids[0].row_lines.first(), Some(&90.0));
    }

    #[test]
    fn text_in_the_next_column_of_the_page_does_not_matter() {
        let mut boxes = table(4, 3, 100.0);
        boxes.extend(
            (0..8).map(|r| Rect::new(700.0, 95.0 + 18.0 * r as f32, 1000.0, 110.0 + 18.0 * r as f32)),
        );
        let rule = |y: f32| Rule { from: Point::new(90.0, y), to: Point::new(660.0, y) };
        let grids = aligned_grids(&pieces(&boxes), &[rule(90.0), rule(130.0), rule(250.0)], 20.0);
        assert_eq!(grids.iter().filter(|g| (g.rows(), g.cols()) == (4, 3)).count(), 1);
    }
}
