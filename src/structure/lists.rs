//! Lists inside ruled forms: a part of a form whose rows are items under column headings.
//!
//! Such a part is a table of its own if its columns are not those of the rest. Its items may be
//! parted by rules, by rules between the columns only, or by nothing.

use crate::{
    geometry::Rect,
    structure::{
        column_spans::column_spans,
        grid::{Grid, GridCell},
        row_split::{is_tall, rows_of_text},
        text_pieces::Piece,
    },
};

/// Lines at most this many text heights apart are the same column line.
const SAME_COLUMN: f32 = 0.6;
/// A list has at least this many columns.
const LEAST_COLUMNS: usize = 3;
/// A row of headings fills at least this share of the list's columns.
const LEAST_HEADINGS: f32 = 0.7;
/// An item between rules fills at least this share.
const LEAST_ITEM: f32 = 0.5;
/// A row of headings is at most this many text heights high.
const MOST_HEADING_HEIGHT: f32 = 3.6;
/// Where more than this share of the text reads `label：value` it is a form and no list.
const MOST_LABELLED: f32 = 0.3;
/// A ruled list without its headings has at least this many rows.
const LEAST_ROWS: usize = 2;

/// Text that a grid is filled with, in the upright frame.
#[derive(Debug, Clone, Copy)]
pub struct Text<'a> {
    pub pieces: &'a [Piece],
    pub height: f32,
}

impl Text<'_> {
    fn same(&self, a: f32, b: f32) -> bool {
        (a - b).abs() <= SAME_COLUMN * self.height
    }

    /// Whether all lines of `some` are among those of `all`.
    fn within(&self, some: &[f32], all: &[f32]) -> bool {
        some.iter().all(|&a| all.iter().any(|&b| self.same(a, b)))
    }
}

/// The grid with its lists parted into rows, and as grids of their own where their columns are not
/// those of the rest; from top to bottom.
pub fn split_lists(grid: Grid, text: Text) -> Vec<Grid> {
    let mut out = Vec::new();
    let mut rest = grid;
    let mut row = 0;
    while row < rest.rows() {
        let open = is_tall(&rest, row, text.height).then(|| open_list(&rest, row, text)).flatten();
        let open = open.map(|(from, list)| (from, row + 1, list));
        let open = open.or_else(|| list_between_rules(&rest, row, text).map(|(to, list)| (row, to, list)));
        let (from, to, list) = match open {
            Some(found) => found,
            None => match ruled_list(&rest, row, text) {
                Some(to) => (row, to, rest.slice(row, to)),
                None => {
                    row += 1;
                    continue;
                }
            },
        };
        let own = list.column_lines.clone();
        let others = (0..from).chain(to..rest.rows());
        if others.into_iter().any(|r| !text.within(&rest.inner_columns(r), &own)) {
            if from > 0 {
                out.push(rest.slice(0, from));
            }
            out.push(list);
            rest = rest.slice(to, rest.rows());
            row = 0;
        } else {
            let parts = list.rows();
            rest = with_rows(&rest, from, to, &list);
            row = from + parts;
        }
    }
    if rest.rows() > 0 {
        out.push(rest);
    }
    out
}

/// The list in a row without rules between its items: the row it begins in (its headings may stand
/// above) and its grid.
fn open_list(grid: &Grid, row: usize, text: Text) -> Option<(usize, Grid)> {
    let placed: Vec<Piece> =
        text.pieces.iter().map(|p| Piece { bounds: grid.rectifier.placed(&p.bounds), ..*p }).collect();
    let (top, bottom) = (*grid.row_lines.get(row)?, *grid.row_lines.get(row + 1)?);
    let above = row.checked_sub(1).filter(|&r| may_be_headings(grid, r, row, text));
    let start = above.and_then(|r| grid.row_lines.get(r).copied());
    let find = |from: f32| -> Option<(Vec<f32>, Vec<f32>)> {
        let columns = columns_between(grid, row, &placed, from, bottom, text)?;
        let band = Grid { rectifier: grid.rectifier, ..Grid::plain(vec![top, bottom], columns.clone()) };
        let boxes: Vec<Rect> = text.pieces.iter().map(|p| p.bounds).collect();
        let lines = rows_of_text(&band, 0, &boxes, text.height);
        (!lines.is_empty()).then_some((columns, lines))
    };
    let headed = start.and_then(find).filter(|(columns, _)| {
        let above = placed.iter().filter(|p| (start..Some(top)).contains(&Some(p.bounds.center().y)));
        let mut filled: Vec<usize> = above
            .filter_map(|p| columns.windows(2).position(|w| (w[0]..w[1]).contains(&p.bounds.center().x)))
            .collect();
        filled.sort_unstable();
        filled.dedup();
        filled.len() as f32 >= LEAST_HEADINGS * (columns.len() - 1) as f32
    });
    let (from, (columns, lines)) = match headed.zip(above) {
        Some((found, above)) => (above, found),
        None => (row, find(top)?),
    };
    let mut row_lines = vec![top];
    if from < row {
        row_lines.insert(0, start?);
    }
    row_lines.extend(lines);
    row_lines.push(bottom);
    Some((from, Grid { rectifier: grid.rectifier, ..Grid::plain(row_lines, columns) }))
}

/// The list with rules between its items but none between its columns that begins with the
/// headings in `row`: one past its last row, and its grid.
fn list_between_rules(grid: &Grid, row: usize, text: Text) -> Option<(usize, Grid)> {
    let placed: Vec<Piece> =
        text.pieces.iter().map(|p| Piece { bounds: grid.rectifier.placed(&p.bounds), ..*p }).collect();
    let line = |r: usize| grid.row_lines.get(r).copied();
    let inside = |r: usize| {
        let (top, bottom) = (line(r).unwrap_or_default(), line(r + 1).unwrap_or_default());
        placed.iter().filter(move |p| (top..bottom).contains(&p.bounds.center().y))
    };
    let one_cell = |r: usize| {
        let mut cells = grid.cells.iter().filter(|c| (c.row..c.row + c.row_span).contains(&r));
        cells.next().is_some_and(|c| c.row_span == 1) && cells.next().is_none()
    };
    // Fields of the form may follow the list between the same rules.
    let of_form = |r: usize| {
        let labelled = inside(r).filter(|p| p.kind.labelled).count();
        labelled as f32 > MOST_LABELLED * inside(r).count() as f32
    };
    let ends = |&r: &usize| !one_cell(r) || inside(r).next().is_none() || of_form(r);
    let to = (row..grid.rows()).find(ends).unwrap_or(grid.rows());
    if to < row + 1 + LEAST_ROWS {
        return None;
    }
    let columns = columns_between(grid, row, &placed, line(row)?, line(to)?, text)?;
    let share = |r: usize| {
        let mut filled: Vec<usize> = inside(r)
            .filter_map(|p| columns.windows(2).position(|w| (w[0]..w[1]).contains(&p.bounds.center().x)))
            .collect();
        filled.sort_unstable();
        filled.dedup();
        filled.len() as f32 / (columns.len() - 1) as f32
    };
    if share(row) < LEAST_HEADINGS || (row + 1..to).any(|r| share(r) < LEAST_ITEM) {
        return None;
    }
    let row_lines = grid.row_lines.get(row..=to)?.to_vec();
    Some((to, Grid { rectifier: grid.rectifier, ..Grid::plain(row_lines, columns) }))
}

/// Whether row `above` of a grid may hold the headings of the list in `row`: low, and without a
/// column line that the list lacks.
fn may_be_headings(grid: &Grid, above: usize, row: usize, text: Text) -> bool {
    let height = |r: usize| grid.row_lines.get(r + 1).zip(grid.row_lines.get(r)).map_or(0.0, |(b, a)| b - a);
    height(above) <= MOST_HEADING_HEIGHT * text.height
        && grid.cells.iter().all(|c| c.row_span == 1 || !(c.row..c.row + c.row_span).contains(&above))
        && text.within(&grid.inner_columns(above), &grid.inner_columns(row))
}

/// Column lines of a row: its ruled ones, and between them those that the text of its cells (and
/// of the headings from `top` on) shows. `None` if there are too few or the text is that of a form.
fn columns_between(
    grid: &Grid,
    row: usize,
    placed: &[Piece],
    top: f32,
    bottom: f32,
    text: Text,
) -> Option<Vec<f32>> {
    let mut cells: Vec<&GridCell> = grid.cells.iter().filter(|c| c.row == row).collect();
    cells.sort_by_key(|c| c.col);
    let mut columns = Vec::new();
    let (mut inside, mut labelled) = (0, 0);
    for cell in cells {
        let (left, right) =
            (*grid.column_lines.get(cell.col)?, *grid.column_lines.get(cell.col + cell.col_span)?);
        let within = Rect::new(left, top, right, bottom);
        let members: Vec<usize> =
            (0..placed.len()).filter(|&i| within.contains(placed[i].bounds.center())).collect();
        inside += members.len();
        labelled += members.iter().filter(|&&i| placed[i].kind.labelled).count();
        columns.push(left);
        let spans = column_spans(placed, members, text.height);
        if spans.len() >= LEAST_COLUMNS {
            columns.extend(spans.windows(2).map(|w| (w[0].1 + w[1].0) / 2.0));
        }
    }
    columns.push(*grid.column_lines.last()?);
    (columns.len() > LEAST_COLUMNS && labelled as f32 <= MOST_LABELLED * inside as f32).then_some(columns)
}

/// One past the last row of a list parted by rules that begins with the headings in `row`: rows
/// with the same columns, one of which holds numbers under a word.
fn ruled_list(grid: &Grid, row: usize, text: Text) -> Option<usize> {
    let own = grid.inner_columns(row);
    let single = |r: usize| {
        let mut cells = grid.cells.iter().filter(|c| (c.row..c.row + c.row_span).contains(&r));
        cells.all(|c| c.row_span == 1)
    };
    let same = |r: usize| {
        let inner = grid.inner_columns(r);
        single(r) && inner.len() == own.len() && text.within(&inner, &own)
    };
    if own.len() + 1 < LEAST_COLUMNS || (row > 0 && same(row - 1)) {
        return None;
    }
    let to = (row..grid.rows()).find(|&r| !same(r)).unwrap_or(grid.rows());
    if to < row + 1 + LEAST_ROWS || to - row == grid.rows() {
        return None;
    }
    // By row and column: whether there is text, and whether there is other text than numbers.
    let mut filled = vec![vec![(false, false); grid.cols()]; to - row];
    for piece in text.pieces {
        let cell = grid.cell_at(piece.bounds.center()).and_then(|i| grid.cells.get(i));
        let Some(cell) = cell.filter(|c| (row..to).contains(&c.row)) else { continue };
        if let Some(entry) = filled.get_mut(cell.row - row).and_then(|r| r.get_mut(cell.col)) {
            *entry = (true, entry.1 || !piece.kind.number);
        }
    }
    let (headings, items) = filled.split_first()?;
    let starts: Vec<usize> = grid.cells.iter().filter(|c| c.row == row).map(|c| c.col).collect();
    let is_word = |&c: &usize| headings.get(c).is_some_and(|h| h.0 && h.1);
    let of_numbers = |c: usize| {
        let mut entries = items.iter().filter_map(|r| r.get(c)).filter(|e| e.0).peekable();
        entries.peek().is_some() && entries.all(|e| !e.1)
    };
    (starts.iter().all(is_word) && starts.iter().any(|&c| of_numbers(c))).then_some(to)
}

/// The grid with the rows `from..to` replaced by those of a list over the same width, whose column
/// lines include those of the rest.
fn with_rows(grid: &Grid, from: usize, to: usize, list: &Grid) -> Grid {
    let place = |x: f32| {
        let distance = |l: &f32| (l - x).abs();
        let lines = list.column_lines.iter().enumerate();
        lines.min_by(|a, b| distance(a.1).total_cmp(&distance(b.1))).map_or(0, |(i, _)| i)
    };
    let more = list.rows();
    let mut out = Grid { column_lines: list.column_lines.clone(), ..grid.clone() };
    let line = |i: usize| grid.column_lines.get(i).copied().unwrap_or_default();
    out.cells = grid
        .cells
        .iter()
        .filter(|c| c.row < from || c.row >= to)
        .map(|c| {
            let (left, right) = (place(line(c.col)), place(line(c.col + c.col_span)));
            let row = if c.row >= to { c.row + more - (to - from) } else { c.row };
            GridCell { row, col: left, col_span: right.saturating_sub(left).max(1), ..*c }
        })
        .chain(list.cells.iter().map(|c| GridCell { row: c.row + from, ..*c }))
        .collect();
    out.cells.sort_by_key(|c| (c.row, c.col));
    let inner = list.row_lines.get(1..list.row_lines.len().saturating_sub(1)).unwrap_or_default();
    out.row_lines.splice(from + 1..to, inner.iter().copied());
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::structure::text_pieces::LineKind;

    /// Pieces 20 px high, each a line of its own: `(text, left, top)`.
    fn pieces(texts: &[(&str, f32, f32)]) -> Vec<Piece> {
        let piece = |(line, &(text, left, top)): (usize, &(&str, f32, f32))| Piece {
            bounds: Rect::new(left, top, left + 18.0 * text.chars().count() as f32, top + 20.0),
            line,
            kind: LineKind::of(text),
        };
        texts.iter().enumerate().map(piece).collect()
    }

    fn cell(row: usize, col: usize, col_span: usize) -> GridCell {
        GridCell { row, col, row_span: 1, col_span }
    }

    /// Headings, two items and, so far below them, a sum.
    fn items(top: f32, below: f32) -> Vec<(&'static str, f32, f32)> {
        let rows =
            [["名称", "数量", "金额"], ["钢笔", "2", "10.00"], ["本子", "5", "20.00"], ["合计", "", "30.00"]];
        let mut out = Vec::new();
        for (r, row) in rows.iter().enumerate() {
            for (c, text) in row.iter().enumerate().filter(|(_, t)| !t.is_empty()) {
                let y = if r < 3 { 40.0 * r as f32 } else { 80.0 + below };
                out.push((*text, [10.0, 160.0, 290.0][c], top + y));
            }
        }
        out
    }

    #[test]
    fn a_list_without_rules_inside_a_form_is_a_table_of_its_own() {
        // Buyer; the list, once with rules between its columns and once without; remarks.
        for ruled in [true, false] {
            let mut grid = Grid::plain(vec![0.0, 40.0, 210.0, 250.0], vec![0.0, 60.0, 150.0, 280.0, 400.0]);
            let list =
                if ruled { vec![cell(1, 0, 2), cell(1, 2, 1), cell(1, 3, 1)] } else { vec![cell(1, 0, 4)] };
            grid.cells = vec![cell(0, 0, 1), cell(0, 1, 3)];
            grid.cells.extend(list);
            grid.cells.extend([cell(2, 0, 1), cell(2, 1, 3)]);
            let mut texts = items(46.0, 60.0);
            texts.extend([("买方", 5.0, 10.0), ("名称：某公司", 70.0, 10.0), ("备注", 5.0, 220.0)]);
            let pieces = pieces(&texts);
            let found = split_lists(grid, Text { pieces: &pieces, height: 20.0 });
            let sizes: Vec<_> = found.iter().map(|g| (g.rows(), g.cols())).collect();
            assert_eq!(sizes, [(1, 2), (4, 3), (1, 2)], "{ruled}");
        }
    }

    #[test]
    fn a_ruled_list_above_other_fields_is_parted_from_them() {
        let mut grid =
            Grid::plain(vec![0.0, 40.0, 80.0, 120.0, 160.0, 200.0], vec![0.0, 60.0, 150.0, 280.0, 400.0]);
        grid.cells = (0..4).flat_map(|r| [cell(r, 0, 2), cell(r, 2, 1), cell(r, 3, 1)]).collect();
        grid.cells.extend([cell(4, 0, 1), cell(4, 1, 3)]);
        let pieces = pieces(&items(10.0, 40.0));
        let text = Text { pieces: &pieces, height: 20.0 };
        let found = split_lists(grid.clone(), text);
        assert_eq!(found.iter().map(|g| (g.rows(), g.cols())).collect::<Vec<_>>(), [(4, 3), (1, 2)]);
        // A sum below that uses the list's own columns stays with it.
        grid.cells.truncate(12);
        grid.cells.extend([cell(4, 0, 3), cell(4, 3, 1)]);
        assert_eq!(split_lists(grid, text).len(), 1);
    }

    #[test]
    fn a_list_between_rules_ends_before_fields_of_the_form() {
        // Headings, two items and a row of labels with values, each between rules over the whole width.
        let mut grid = Grid::plain(vec![0.0, 40.0, 80.0, 120.0, 160.0, 200.0], vec![0.0, 200.0, 400.0]);
        grid.cells = (0..4).map(|r| cell(r, 0, 2)).collect();
        grid.cells.extend([cell(4, 0, 1), cell(4, 1, 1)]);
        let mut texts: Vec<_> = items(10.0, 40.0).into_iter().filter(|t| t.2 < 120.0).collect();
        texts.extend([("确认：否", 10.0, 130.0), ("影响：否", 120.0, 130.0), ("签章", 10.0, 170.0)]);
        let pieces = pieces(&texts);
        let found = split_lists(grid, Text { pieces: &pieces, height: 20.0 });
        assert_eq!(found.first().map(|g| (g.rows(), g.cols())), Some((3, 3)), "{found:?}");
    }

    #[test]
    fn forms_and_running_text_are_no_lists() {
        let mut grid = Grid::plain(vec![0.0, 40.0, 240.0], vec![0.0, 100.0, 600.0]);
        let mut texts = Vec::new();
        for r in 0..4 {
            for (c, text) in ["姓名：某某", "性别：某", "日期：某日"].into_iter().enumerate() {
                texts.push((text, 110.0 + 160.0 * c as f32, 50.0 + 45.0 * r as f32));
            }
        }
        let labelled = pieces(&texts);
        assert_eq!(split_lists(grid.clone(), Text { pieces: &labelled, height: 20.0 }), [grid.clone()]);
        grid.cells.clear();
        assert_eq!(split_lists(grid, Text { pieces: &[], height: 20.0 }).len(), 1);
    }
}
