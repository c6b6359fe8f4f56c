//! Where the columns of rows of text lie: stretches of x between the gaps that rows share.

use crate::{
    geometry::Rect,
    structure::{columns::Over, reading_order::rows, text_pieces::Piece},
};

/// Columns are at least this many text heights apart: about one and a half letters, more than the
/// blank between two words. A gap that many rows share is no chance: it may be as narrow as a
/// word's blank.
const LEAST_COLUMN_GAP: f32 = 0.5;
const LEAST_GAP_OF_MANY: f32 = 0.26;
const MANY_ROWS: usize = 8;
/// Where most rows were read as one line across the gap, in tables of few rows: blanks between
/// words line up by chance. Those between numbers do not.
const LEAST_GAP_IN_LINES: f32 = 0.9;
const FEW_ROWS: usize = 6;
/// Share of the rows that may run across a gap between columns, such as a heading over several.
const MOST_ACROSS: f32 = 0.1;
/// Rows with less than this share of the usual stretches of text have no say where at least so many
/// others do.
const LEAST_STRETCHES: f32 = 0.6;
const LEAST_VOTING: usize = 3;
/// A sign of a heading that stands alone is at most so wide, and at most so far from the next, text
/// heights.
const LONE_SIGN: f32 = 1.3;
const LONE_GAP: f32 = 2.0;

/// The extents of the columns that some of the `pieces` stand in, from left to right.
pub fn column_spans(pieces: &[Piece], members: Vec<usize>, text_height: f32) -> Vec<(f32, f32)> {
    let boxes: Vec<Rect> = pieces.iter().map(|p| p.bounds).collect();
    let Some(bounds) = members.iter().map(|&i| boxes[i]).reduce(|a, b| a.union(&b)) else {
        return Vec::new();
    };
    let rows = rows(&boxes, members);
    let over = Over { pieces, boxes: &boxes, text_height, area: None, separators: &[], headed: false };
    over.columns(&rows, bounds)
}

impl Over<'_> {
    /// The extents of the columns: stretches of x between gaps that (almost) no row runs across.
    pub(super) fn columns(&self, rows: &[Vec<usize>], bounds: Rect) -> Vec<(f32, f32)> {
        let voting = self.voting(rows);
        let members = voting.iter().copied().flatten();
        let mut ends: Vec<(f32, i32)> =
            members.flat_map(|&i| [(self.boxes[i].left, 1), (self.boxes[i].right, -1)]).collect();
        ends.sort_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1)));
        let most = (MOST_ACROSS * voting.len() as f32) as i32;
        let mut out = Vec::new();
        let (mut covered, mut start) = (0, bounds.left);
        // Right end of the column that is open, once nothing covers x any more.
        let mut end: Option<f32> = None;
        for (x, step) in ends {
            if let Some(e) = end.filter(|_| step > 0 && covered + step > most) {
                if x - e >= self.least_gap(rows, (e + x) / 2.0) {
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
        self.with_empty_columns(rows, self.under_headings(rows, self.without_lone_signs(rows, out)))
    }

    /// The rows that tell where columns lie: between rules those with few stretches of text, as sums
    /// and headings of sections, may reach over several columns.
    fn voting<'r>(&self, rows: &'r [Vec<usize>]) -> Vec<&'r Vec<usize>> {
        let usual = self.usual_stretches(rows) as f32;
        let full: Vec<&Vec<usize>> =
            rows.iter().filter(|r| self.stretches(r) as f32 >= LEAST_STRETCHES * usual).collect();
        if self.area.is_some() && full.len() >= LEAST_VOTING { full } else { rows.iter().collect() }
    }

    /// The columns without those that hold a single sign in a single row, close to the next
    /// column: headings are set with blanks between their signs.
    fn without_lone_signs(&self, rows: &[Vec<usize>], columns: Vec<(f32, f32)>) -> Vec<(f32, f32)> {
        let lone = |c: &(f32, f32)| {
            let holds = |row: &&Vec<usize>| {
                row.iter().any(|&i| self.boxes[i].right > c.0 && self.boxes[i].left < c.1)
            };
            c.1 - c.0 < LONE_SIGN * self.text_height
                && rows.len() > 2
                && rows.iter().filter(holds).count() == 1
        };
        let mut out: Vec<(f32, f32)> = Vec::new();
        let mut open = None;
        for column in columns {
            // A lone sign goes to the nearer of its neighbours, if that is near.
            let near = |a: &(f32, f32), b: &(f32, f32)| b.0 - a.1 < LONE_GAP * self.text_height;
            let column = match open.take() {
                Some(sign) if near(&sign, &column) => (sign.0, column.1),
                Some(sign) => {
                    out.push(sign);
                    column
                }
                None => column,
            };
            if lone(&column) {
                open = Some(column);
            } else {
                out.push(column);
            }
        }
        if let Some(sign) = open {
            match out.last_mut() {
                Some(last) if sign.0 - last.1 < LONE_GAP * self.text_height => last.1 = sign.1,
                _ => out.push(sign),
            }
        }
        out
    }

    /// The columns, a heading over nothing joined with values beside it that have no heading: numbers at
    /// the right of their column under a short heading in its middle.
    fn under_headings(&self, rows: &[Vec<usize>], columns: Vec<(f32, f32)>) -> Vec<(f32, f32)> {
        let Some((headings, items)) = rows.split_first().filter(|(_, items)| items.len() >= 2) else {
            return columns;
        };
        let holds = |row: &[usize], c: (f32, f32)| {
            row.iter().any(|&i| self.boxes[i].right > c.0 && self.boxes[i].left < c.1)
        };
        // Whether there is a heading, and whether there are values.
        let content = |c: (f32, f32)| (holds(headings, c), items.iter().any(|r| holds(r, c)));
        let mut out: Vec<(f32, f32)> = Vec::new();
        for column in columns {
            match out.last_mut() {
                Some(last)
                    if column.0 - last.1 < LONE_GAP * self.text_height
                        && matches!(
                            (content(*last), content(column)),
                            ((true, false), (false, true)) | ((false, true), (true, false))
                        ) =>
                {
                    last.1 = column.1;
                }
                _ => out.push(column),
            }
        }
        out
    }

    /// The columns with those between them that hold nothing but their heading in the first row.
    /// A heading beside a column that has none is that column's.
    fn with_empty_columns(&self, rows: &[Vec<usize>], columns: Vec<(f32, f32)>) -> Vec<(f32, f32)> {
        let margin = LEAST_COLUMN_GAP * self.text_height;
        let headings: Vec<Rect> = rows.first().into_iter().flatten().map(|&i| self.boxes[i]).collect();
        let headed = |c: &(f32, f32)| headings.iter().any(|h| h.right > c.0 && h.left < c.1);
        let mut out: Vec<(f32, f32)> = Vec::new();
        for (i, column) in columns.iter().enumerate() {
            if let Some(left) = i.checked_sub(1).and_then(|k| columns.get(k))
                && headed(left)
                && headed(column)
            {
                // A lone sign close to a column belongs to that column's heading.
                let lone = |h: &Rect| {
                    let near = (h.left - left.1).min(column.0 - h.right) < LONE_GAP * self.text_height;
                    near && h.width() < LONE_SIGN * self.text_height
                };
                let free = headings
                    .iter()
                    .filter(|h| h.left > left.1 + margin && h.right < column.0 - margin && !lone(h));
                // A heading of several pieces is one column.
                let around = free.copied().reduce(|a, b| a.union(&b));
                out.extend(around.map(|b| (b.left, b.right)));
            }
            out.push(*column);
        }
        out
    }

    /// Least width of a gap at `x` between columns.
    fn least_gap(&self, rows: &[Vec<usize>], x: f32) -> f32 {
        let side = |row: &[usize], left: bool| {
            let on = row.iter().filter(|&&i| (self.boxes[i].center().x < x) == left);
            on.filter(|&&i| !self.pieces[i].kind.number).map(|&i| self.pieces[i].line).collect::<Vec<_>>()
        };
        let across = rows.iter().filter(|r| side(r, true).iter().any(|l| side(r, false).contains(l))).count();
        let few = rows.len() < FEW_ROWS && 2 * across > rows.len();
        let least = match few {
            true => LEAST_GAP_IN_LINES,
            false if rows.len() >= MANY_ROWS => LEAST_GAP_OF_MANY,
            false => LEAST_COLUMN_GAP,
        };
        least * self.text_height
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::structure::text_pieces::LineKind;

    #[test]
    fn headings_make_columns_of_empty_cells_and_of_signs_set_apart() {
        let span = |left: f32, right: f32, row: usize| {
            let y = 100.0 + 40.0 * row as f32;
            Rect::new(left, y, right, y + 20.0)
        };
        // A heading without anything below it; one of two signs, each read alone.
        let mut boxes = vec![span(100.0, 150.0, 0), span(250.0, 300.0, 0)];
        boxes.extend([span(400.0, 420.0, 0), span(440.0, 460.0, 0)]);
        for row in 1..12 {
            boxes.extend([span(100.0, 160.0, row), span(440.0, 455.0, row)]);
        }
        let piece = |(line, &bounds): (usize, &Rect)| Piece { bounds, line, kind: LineKind::default() };
        let pieces: Vec<Piece> = boxes.iter().enumerate().map(piece).collect();
        let spans = column_spans(&pieces, (0..pieces.len()).collect(), 20.0);
        assert_eq!(spans, [(100.0, 160.0), (250.0, 300.0), (440.0, 460.0)]);
    }
}
