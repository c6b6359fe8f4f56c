//! The rows of a table whose columns are known: parted by rules, or as the text stands.

use crate::{
    geometry::Rect,
    numbers::median,
    structure::{
        columns::{LEAST_COLUMNS, Over},
        row_blocks::{CLOSE_LINES, row_bottom, row_top},
    },
};

/// A row of a table in the making.
pub(super) struct TableRow {
    pub(super) top: f32,
    pub(super) bottom: f32,
    /// Columns that hold text.
    pub(super) filled: Vec<usize>,
}

impl Over<'_> {
    fn filled(&self, row: &[usize], columns: &[(f32, f32)]) -> Vec<usize> {
        let column_of = |b: &Rect| columns.iter().position(|c| b.center().x >= c.0 && b.center().x <= c.1);
        row.iter().filter_map(|&i| column_of(&self.boxes[i])).collect()
    }

    /// Rows as the rules part them, where these part (nearly) every row: the rows and the lines
    /// between them.
    pub(super) fn rows_between_rules(
        &self,
        rows: &[Vec<usize>],
        columns: &[(f32, f32)],
    ) -> Option<(Vec<TableRow>, Vec<f32>)> {
        let starts = rows.iter().filter(|r| self.filled(r, columns).contains(&0)).count();
        let mut out: Vec<TableRow> = Vec::new();
        let mut lines = Vec::new();
        let mut last = None;
        for row in rows {
            let (top, bottom) = (row_top(self.boxes, row), row_bottom(self.boxes, row));
            let middle = (top + bottom) / 2.0;
            let strip = self.separators.iter().filter(|&&y| y < middle).count();
            let filled = self.filled(row, columns);
            match out.last_mut().filter(|_| last == Some(strip)) {
                Some(open) => {
                    open.bottom = bottom;
                    open.filled.extend(filled);
                }
                None => {
                    if !out.is_empty() {
                        lines.push(*self.separators.get(strip.checked_sub(1)?)?);
                    }
                    out.push(TableRow { top, bottom, filled });
                }
            }
            last = Some(strip);
        }
        // Half of the rows at least begin at a rule; the others are then lines of one cell.
        (out.len() >= 3 && 2 * out.len() > starts).then_some((out, lines))
    }

    /// Rows as the text stands: a row that leaves the first column empty, or all but the first of
    /// several, and stands closer under another than rows do continues it.
    pub(super) fn rows_of_text(&self, rows: &[Vec<usize>], columns: &[(f32, f32)]) -> Option<Vec<TableRow>> {
        let mut out: Vec<TableRow> = Vec::new();
        let tops: Vec<f32> = rows.iter().map(|r| row_top(self.boxes, r)).collect();
        let pitch = median(tops.windows(2).map(|w| w[1] - w[0]))?;
        for row in rows {
            let (top, bottom) = (row_top(self.boxes, row), row_bottom(self.boxes, row));
            let filled = self.filled(row, columns);
            let first_alone = columns.len() >= LEAST_COLUMNS && filled.iter().all(|&c| c == 0);
            match out.last_mut() {
                Some(above)
                    if (!filled.contains(&0) || first_alone)
                        && top - above.bottom < CLOSE_LINES * self.text_height
                        && top - above.top < 0.9 * pitch =>
                {
                    above.bottom = bottom;
                    above.filled.extend(filled);
                }
                _ => out.push(TableRow { top, bottom, filled }),
            }
        }
        Some(out)
    }
}
