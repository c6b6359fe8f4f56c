//! A table laid flat: the positions of its row and column lines in coordinates of its own, in which
//! all of them are level, and the way between these and the page.

use crate::{
    geometry::{Homography, Point, Quad, Rect},
    numbers::median,
    ocr::TextLine,
    structure::{
        Table, cell_text,
        frame::Frame,
        grid::{Grid, GridCell},
        rectifier::Rectifier,
    },
};

use super::{Axis, Place};

/// Row and column lines of a table, in page pixels along its own upper and left edge.
#[derive(Debug, Clone, PartialEq)]
pub struct Plane {
    to_page: Homography,
    to_table: Homography,
    /// Ascending, one more than there are rows.
    rows: Vec<f32>,
    /// Ascending, one more than there are columns.
    columns: Vec<f32>,
}

impl Plane {
    /// The plane of a table; `None` where its outline has no area.
    pub fn of(table: &Table) -> Option<Self> {
        let (width, height) = (table.quad.width(), table.quad.height());
        if !(width >= 1.0 && height >= 1.0) || table.rows == 0 || table.cols == 0 {
            return None;
        }
        let flat = Quad::from_rect(0.0, 0.0, width, height);
        let to_table = Homography::between(&table.quad, &flat)?;
        let to_page = Homography::between(&flat, &table.quad)?;
        // Where the cells' sides lie, by line.
        let note = |lines: &mut Vec<Vec<f32>>, line: usize, twice: f32| {
            if let Some(seen) = lines.get_mut(line).filter(|_| twice.is_finite()) {
                seen.push(twice / 2.0);
            }
        };
        let mut rows = vec![Vec::new(); table.rows + 1];
        let mut columns = vec![Vec::new(); table.cols + 1];
        for cell in &table.cells {
            let [a, b, c, d] = cell.quad.map(|p| to_table.apply(p)).0;
            note(&mut rows, cell.row, a.y + b.y);
            note(&mut rows, cell.row + cell.row_span, c.y + d.y);
            note(&mut columns, cell.col, a.x + d.x);
            note(&mut columns, cell.col + cell.col_span, b.x + c.x);
        }
        Some(Self { to_page, to_table, rows: lines(&rows, height), columns: lines(&columns, width) })
    }

    /// Positions of the lines that part the rows or the columns, the outer ones too.
    pub fn lines(&self, axis: Axis) -> &[f32] {
        match axis {
            Axis::Row => &self.rows,
            Axis::Column => &self.columns,
        }
    }

    pub(super) fn lines_mut(&mut self, axis: Axis) -> &mut Vec<f32> {
        match axis {
            Axis::Row => &mut self.rows,
            Axis::Column => &mut self.columns,
        }
    }

    /// Where a point of the page lies across the lines of `axis`.
    pub fn position(&self, axis: Axis, on_page: Point) -> f32 {
        let p = self.to_table.apply(on_page);
        match axis {
            Axis::Row => p.y,
            Axis::Column => p.x,
        }
    }

    /// The ends, in page pixels, of a line at `position` that crosses the whole table.
    pub fn line_on_page(&self, axis: Axis, position: f32) -> (Point, Point) {
        let b = self.bounds();
        let (from, to) = match axis {
            Axis::Row => (Point::new(b.left, position), Point::new(b.right, position)),
            Axis::Column => (Point::new(position, b.top), Point::new(position, b.bottom)),
        };
        (self.to_page.apply(from), self.to_page.apply(to))
    }

    /// The row and column that hold a point of the page.
    pub fn band_at(&self, on_page: Point) -> Option<(usize, usize)> {
        let p = self.to_table.apply(on_page);
        Some((band(&self.rows, p.y)?, band(&self.columns, p.x)?))
    }

    fn bounds(&self) -> Rect {
        let ends = |lines: &[f32]| {
            (lines.first().copied().unwrap_or_default(), lines.last().copied().unwrap_or_default())
        };
        let ((top, bottom), (left, right)) = (ends(&self.rows), ends(&self.columns));
        Rect::new(left, top, right, bottom)
    }

    /// The table's corners in page pixels.
    pub(super) fn quad(&self) -> Quad {
        Quad::from(self.bounds()).map(|p| self.to_page.apply(p))
    }

    /// A cell's corners in page pixels.
    pub(super) fn cell_quad(&self, place: &Place) -> Quad {
        let at = |lines: &[f32], i: usize| lines.get(i).or(lines.last()).copied().unwrap_or_default();
        let rect = Rect::new(
            at(&self.columns, place.col),
            at(&self.rows, place.row),
            at(&self.columns, place.col + place.col_span),
            at(&self.rows, place.row + place.row_span),
        );
        Quad::from(rect).map(|p| self.to_page.apply(p))
    }

    /// The text of the page's lines in each of `places`, with its confidence.
    pub(super) fn texts(&self, places: &[Place], lines: &[TextLine]) -> Vec<(String, f32)> {
        let bounds = self.bounds();
        let flat = |quad: &Quad| quad.map(|p| self.to_table.apply(p));
        let near = lines.iter().filter_map(|line| {
            let quad = flat(&line.quad);
            let shared = quad.bounds().intersection(&bounds);
            (shared.width() > 0.0 && shared.height() > 0.0).then(|| {
                let mut line = TextLine { quad, ..line.clone() };
                line.chars.iter_mut().for_each(|c| c.quad = flat(&c.quad));
                line
            })
        });
        let cells = places
            .iter()
            .map(|p| GridCell { row: p.row, col: p.col, row_span: p.row_span, col_span: p.col_span })
            .collect();
        let grid = Grid {
            rectifier: Rectifier::default(),
            row_lines: self.rows.clone(),
            column_lines: self.columns.clone(),
            cells,
        };
        // The text is already in the table's own coordinates.
        let upright = Frame::new(0, 0, 0, 0.0);
        let (filled, _) = cell_text::fill(&grid, true, &near.collect::<Vec<_>>(), &upright);
        filled.cells.into_iter().map(|c| (c.text, c.confidence)).collect()
    }

    /// Where a cell is best cut in two: in the middle of the widest gap between its characters, or of
    /// the cell where there is none.
    pub(super) fn best_cut(&self, place: &Place, axis: Axis, lines: &[TextLine]) -> f32 {
        let cell = self.cell_quad(place).map(|p| self.to_table.apply(p)).bounds();
        let (from, to) = match axis {
            Axis::Row => (cell.top, cell.bottom),
            Axis::Column => (cell.left, cell.right),
        };
        let mut inked: Vec<(f32, f32)> = lines
            .iter()
            .flat_map(cell_text::char_quads)
            .map(|(_, quad)| quad.map(|p| self.to_table.apply(p)).bounds())
            .filter(|b| cell.contains(b.center()))
            .map(|b| match axis {
                Axis::Row => (b.top, b.bottom),
                Axis::Column => (b.left, b.right),
            })
            .collect();
        inked.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut widest: Option<(f32, f32)> = None;
        let mut reached = f32::NEG_INFINITY;
        for (start, end) in inked {
            if reached.is_finite() && start > reached && widest.is_none_or(|(a, b)| start - reached > b - a) {
                widest = Some((reached, start));
            }
            reached = reached.max(end);
        }
        let (a, b) = widest.unwrap_or((from, to));
        (a + b) / 2.0
    }
}

/// The band between two of the ascending `lines` that holds `position`.
pub(super) fn band(lines: &[f32], position: f32) -> Option<usize> {
    lines.windows(2).position(|pair| position >= pair[0] && position < pair[1])
}

/// Each line at the median of the sides seen on it; one that no cell's side lies on, between its
/// neighbours. Ascending.
fn lines(seen: &[Vec<f32>], length: f32) -> Vec<f32> {
    let last = seen.len().saturating_sub(1);
    let known: Vec<Option<f32>> = seen.iter().map(|sides| median(sides.iter().copied())).collect();
    let mut lines: Vec<f32> = Vec::with_capacity(known.len());
    for (i, position) in known.iter().enumerate() {
        let before = lines.last().copied();
        let position = position.unwrap_or_else(|| match (i, before) {
            (0, _) | (_, None) => 0.0,
            (i, Some(_)) if i == last => length,
            (i, Some(before)) => {
                let next = (i + 1..=last).find_map(|k| known.get(k).copied().flatten().map(|p| (k, p)));
                let (k, p) = next.unwrap_or((last, length));
                before + (p - before) / (k + 1 - i) as f32
            }
        });
        lines.push(before.map_or(position, |b| b.max(position)));
    }
    lines
}
