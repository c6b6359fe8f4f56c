//! Tables without rules between their columns: rows of text whose pieces line up.
//!
//! Reports a table only when rows and columns are clear; running text, forms and lists are not
//! to be taken for tables.

use crate::{
    geometry::Rect,
    structure::{grid::Grid, numbers::median, reading_order::rows, rules::Rule},
};

/// A table that no rule confirms has at least this many rows and columns: two columns of text
/// are as often a form or a list.
const LEAST_ROWS: usize = 3;
const LEAST_COLUMNS: usize = 3;
/// Between rules above and below, two of each are enough.
const LEAST_BETWEEN_RULES: usize = 2;
/// Share of the cells that hold text. Forms with scattered entries stay below.
const LEAST_FILLED: f32 = 0.7;
const LEAST_FILLED_BETWEEN_RULES: f32 = 0.5;
/// Rows further apart than this many text heights do not belong to one table.
const MOST_ROW_GAP: f32 = 2.5;
/// Columns are at least this many text heights apart: about one and a half letters, more than the
/// blank between two words.
const LEAST_COLUMN_GAP: f32 = 0.5;
/// Cells are at most this many text heights wide in the median; running text in columns is wider.
const MOST_CELL_WIDTH: f32 = 12.0;
/// Lines beside a ruled area and level with it, as a share of those inside, up to which the rules
/// are taken to bound a table: captions in the margin, not the rest of a row.
const MOST_BESIDE: f32 = 0.2;
/// Share of the rows that may run across a gap between columns, such as a heading over several.
const MOST_ACROSS: f32 = 0.1;

/// Grids over the `boxes` (upright frame) of the lines that lie in no ruled table.
/// `horizontal`: rules outside ruled tables, which confirm a table and bound it.
pub fn aligned_grids(boxes: &[Rect], horizontal: &[Rule], text_height: f32) -> Vec<Grid> {
    let mut grids = Vec::new();
    let mut taken = vec![false; boxes.len()];
    for area in ruled_areas(horizontal, text_height) {
        let level = (0..boxes.len())
            .filter(|&i| !taken[i] && boxes[i].center().y > area.top && boxes[i].center().y < area.bottom);
        let (inside, beside): (Vec<usize>, Vec<usize>) =
            level.partition(|&i| area.contains(boxes[i].center()));
        // Rules that cut through rows of text, as remains of a page border do, bound no table.
        if beside.len() as f32 > MOST_BESIDE * inside.len() as f32 {
            continue;
        }
        let rows = rows(boxes, inside.clone());
        if let Some(grid) = grid_over(boxes, &rows, text_height, Some(area)) {
            inside.iter().for_each(|&i| taken[i] = true);
            grids.push(grid);
        }
    }
    let rest: Vec<usize> = (0..boxes.len()).filter(|&i| !taken[i]).collect();
    let all_rows = rows(boxes, rest);
    for block in blocks(boxes, &all_rows, text_height) {
        grids.extend(grid_over(boxes, block, text_height, None));
    }
    grids
}

/// Areas between horizontal rules of the same extent: the first to the last rule of each set.
fn ruled_areas(horizontal: &[Rule], text_height: f32) -> Vec<Rect> {
    let mut rules: Vec<Rule> =
        horizontal.iter().filter(|r| r.length() > 8.0 * text_height).copied().collect();
    rules.sort_by(|a, b| a.middle().y.total_cmp(&b.middle().y));
    let mut areas: Vec<Rect> = Vec::new();
    for rule in rules {
        let y = rule.middle().y;
        let same = |area: &Rect| {
            let tolerance = 2.0 * text_height;
            (area.left - rule.from.x).abs() < tolerance && (area.right - rule.to.x).abs() < tolerance
        };
        match areas.iter_mut().find(|a| same(a)) {
            Some(area) => area.bottom = area.bottom.max(y),
            None => areas.push(Rect::new(rule.from.x, y, rule.to.x, y)),
        }
    }
    areas.retain(|a| a.height() > 2.0 * text_height);
    areas
}

/// Stretches of consecutive rows, each with several pieces and not far below the one before.
fn blocks<'a>(boxes: &[Rect], rows: &'a [Vec<usize>], text_height: f32) -> Vec<&'a [Vec<usize>]> {
    let bottom = |row: &[usize]| row.iter().map(|&i| boxes[i].bottom).fold(f32::NEG_INFINITY, f32::max);
    let top = |row: &[usize]| row.iter().map(|&i| boxes[i].top).fold(f32::INFINITY, f32::min);
    rows.chunk_by(|a, b| a.len() > 1 && b.len() > 1 && top(b) - bottom(a) < MOST_ROW_GAP * text_height)
        .filter(|block| block.len() >= LEAST_ROWS)
        .collect()
}

/// A grid over rows of boxes if these line up in columns.
fn grid_over(boxes: &[Rect], rows: &[Vec<usize>], text_height: f32, area: Option<Rect>) -> Option<Grid> {
    let members = || rows.iter().flatten().map(|&i| boxes[i]);
    let bounds = members().reduce(|a, b| a.union(&b))?;
    let columns = columns(boxes, rows, bounds, LEAST_COLUMN_GAP * text_height);
    let (least_rows, least_columns, least_filled) = match area {
        Some(_) => (LEAST_BETWEEN_RULES, LEAST_BETWEEN_RULES, LEAST_FILLED_BETWEEN_RULES),
        None => (LEAST_ROWS, LEAST_COLUMNS, LEAST_FILLED),
    };
    if columns.len() < least_columns {
        return None;
    }
    let column_of = |b: &Rect| columns.iter().position(|c| b.center().x >= c.0 && b.center().x <= c.1);
    // A row that leaves the first column empty and stands close under another continues it.
    let mut table_rows: Vec<(f32, f32, Vec<usize>)> = Vec::new();
    let pitch = median(rows.windows(2).map(|pair| row_top(boxes, &pair[1]) - row_top(boxes, &pair[0])))?;
    for row in rows {
        let (top, bottom) = (row_top(boxes, row), row_bottom(boxes, row));
        let filled: Vec<usize> = row.iter().filter_map(|&i| column_of(&boxes[i])).collect();
        match table_rows.last_mut() {
            Some(above)
                if !filled.contains(&0)
                    && top - above.1 < 0.5 * text_height
                    && top - above.0 < 0.9 * pitch =>
            {
                above.1 = bottom;
                above.2.extend(filled);
            }
            _ => table_rows.push((top, bottom, filled)),
        }
    }
    let filled: usize = table_rows
        .iter()
        .map(|(_, _, filled)| (0..columns.len()).filter(|c| filled.contains(c)).count())
        .sum();
    let share = filled as f32 / (table_rows.len() * columns.len()).max(1) as f32;
    let width = median(members().map(|b| b.width()))?;
    if table_rows.len() < least_rows || share < least_filled || width > MOST_CELL_WIDTH * text_height {
        return None;
    }
    let outer = area.unwrap_or(bounds.expanded(0.3 * text_height));
    let middles = |spans: &[(f32, f32)]| -> Vec<f32> {
        spans.windows(2).map(|pair| (pair[0].1 + pair[1].0) / 2.0).collect()
    };
    let lines =
        |first: f32, spans: &[(f32, f32)], last: f32| [vec![first], middles(spans), vec![last]].concat();
    let spans: Vec<(f32, f32)> = table_rows.iter().map(|r| (r.0, r.1)).collect();
    Some(Grid::plain(lines(outer.top, &spans, outer.bottom), lines(outer.left, &columns, outer.right)))
}

fn row_top(boxes: &[Rect], row: &[usize]) -> f32 {
    row.iter().map(|&i| boxes[i].top).fold(f32::INFINITY, f32::min)
}

fn row_bottom(boxes: &[Rect], row: &[usize]) -> f32 {
    row.iter().map(|&i| boxes[i].bottom).fold(f32::NEG_INFINITY, f32::max)
}

/// The extents of the columns: stretches of x between gaps that (almost) no row runs across.
fn columns(boxes: &[Rect], rows: &[Vec<usize>], bounds: Rect, least_gap: f32) -> Vec<(f32, f32)> {
    let mut ends: Vec<(f32, i32)> =
        rows.iter().flatten().flat_map(|&i| [(boxes[i].left, 1), (boxes[i].right, -1)]).collect();
    ends.sort_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1)));
    let most = (MOST_ACROSS * rows.len() as f32) as i32;
    let mut out = Vec::new();
    let (mut covered, mut start) = (0, bounds.left);
    // Right end of the column that is open, once nothing covers x any more.
    let mut end: Option<f32> = None;
    for (x, step) in ends {
        if let Some(e) = end.filter(|_| step > 0 && covered + step > most) {
            if x - e >= least_gap {
                out.push((start, e));
                start = x;
            }
            end = None;
        }
        covered += step;
        if covered <= most && step < 0 && end.is_none() {
            end = Some(x);
        }
    }
    out.push((start, bounds.right));
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::Point;

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
        let grids = aligned_grids(&table(5, 4, 120.0), &[], 20.0);
        assert_eq!(grids.len(), 1);
        assert_eq!((grids[0].rows(), grids[0].cols()), (5, 4));
    }

    #[test]
    fn two_columns_need_rules_to_be_a_table() {
        let boxes = table(5, 2, 120.0);
        assert!(aligned_grids(&boxes, &[], 20.0).is_empty());
        let rule = |y: f32| Rule { from: Point::new(90.0, y), to: Point::new(460.0, y) };
        let grids = aligned_grids(&boxes, &[rule(90.0), rule(130.0), rule(300.0)], 20.0);
        assert_eq!(grids.len(), 1);
        assert_eq!((grids[0].rows(), grids[0].cols()), (5, 2));
        assert_eq!(grids[0].row_lines.first(), Some(&90.0));
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
        assert!(aligned_grids(&boxes, &[], 20.0).is_empty());
        assert!(aligned_grids(&[], &[], 20.0).is_empty());
    }
}
