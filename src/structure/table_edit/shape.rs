//! Lines and cells of a table while they are changed, and from which cells each cell came.

use crate::{geometry::Point, ocr::TextLine, structure::Table};

use super::{Axis, Place, Plane, TableEdit, TableRefusal, plane::band};

/// A line is drawn no nearer to another one than this, in page pixels: less holds no text.
const LEAST_BAND: f32 = 3.0;

/// From which cells of the former table a cell came.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Source {
    /// Indexes of the former cells; none for a new cell, several for a merged one.
    pub cells: Vec<usize>,
    /// The former cell was split.
    pub split: bool,
    /// Which part of it this is.
    pub part: usize,
}

/// A table's lines and the places of its cells.
pub struct Shape {
    pub plane: Plane,
    pub cells: Vec<(Place, Source)>,
}

/// First band and number of bands that a cell takes up along an axis.
fn span(place: &Place, axis: Axis) -> (usize, usize) {
    match axis {
        Axis::Row => (place.row, place.row_span),
        Axis::Column => (place.col, place.col_span),
    }
}

fn set_span(place: &mut Place, axis: Axis, (first, count): (usize, usize)) {
    match axis {
        Axis::Row => (place.row, place.row_span) = (first, count),
        Axis::Column => (place.col, place.col_span) = (first, count),
    }
}

fn other(axis: Axis) -> Axis {
    match axis {
        Axis::Row => Axis::Column,
        Axis::Column => Axis::Row,
    }
}

fn overlap(a: &Place, b: &Place) -> bool {
    a.row < b.row + b.row_span
        && b.row < a.row + a.row_span
        && a.col < b.col + b.col_span
        && b.col < a.col + a.col_span
}

fn union(a: &Place, b: &Place) -> Place {
    let (row, col) = (a.row.min(b.row), a.col.min(b.col));
    let bottom = (a.row + a.row_span).max(b.row + b.row_span);
    let right = (a.col + a.col_span).max(b.col + b.col_span);
    Place { row, col, row_span: bottom - row, col_span: right - col }
}

impl Shape {
    pub fn new(plane: Plane, table: &Table) -> Self {
        let source = |i| Source { cells: vec![i], ..Source::default() };
        let cells = table.cells.iter().enumerate().map(|(i, c)| (Place::of(c), source(i))).collect();
        Self { plane, cells }
    }

    pub fn sort(&mut self) {
        self.cells.sort_by_key(|(place, _)| (place.row, place.col));
    }

    fn bands(&self, axis: Axis) -> usize {
        self.plane.lines(axis).len().saturating_sub(1)
    }

    /// Changes lines and cells; what only changes texts changes nothing.
    pub fn apply(&mut self, edit: &TableEdit, lines: &[TextLine]) -> Result<(), TableRefusal> {
        match *edit {
            TableEdit::SetText { .. } | TableEdit::Paste { .. } => Ok(()),
            TableEdit::Insert { axis, before } => self.insert(axis, before),
            TableEdit::Delete { axis, at } => self.delete(axis, at),
            TableEdit::AddLine { axis, at } => self.add_line(axis, at),
            TableEdit::MoveLine { axis, line, to } => self.move_line(axis, line, to),
            TableEdit::RemoveLine { axis, line } => self.remove_line(axis, line),
            TableEdit::Merge { from, to } => self.merge(from, to),
            TableEdit::Split { row, col, axis } => self.split(row, col, axis, lines),
        }
    }

    /// A band without extent before `before`.
    fn insert(&mut self, axis: Axis, before: usize) -> Result<(), TableRefusal> {
        let at = *self.plane.lines(axis).get(before).ok_or(TableRefusal::NoSuchPlace)?;
        self.plane.lines_mut(axis).insert(before, at);
        for (place, _) in &mut self.cells {
            let (first, count) = span(place, axis);
            if first >= before {
                set_span(place, axis, (first + 1, count));
            } else if first + count > before {
                set_span(place, axis, (first, count + 1));
            }
        }
        self.fill_band(axis, before);
        Ok(())
    }

    /// New cells of one band each wherever a band has none.
    fn fill_band(&mut self, axis: Axis, at: usize) {
        for across in 0..self.bands(other(axis)) {
            let mut place = Place { row: across, col: across, row_span: 1, col_span: 1 };
            set_span(&mut place, axis, (at, 1));
            if !self.cells.iter().any(|(p, _)| overlap(p, &place)) {
                self.cells.push((place, Source::default()));
            }
        }
    }

    fn delete(&mut self, axis: Axis, at: usize) -> Result<(), TableRefusal> {
        let bands = self.bands(axis);
        if at >= bands {
            return Err(TableRefusal::NoSuchPlace);
        }
        if bands < 2 {
            return Err(TableRefusal::LastOne);
        }
        // At the border the table gets smaller; inside, the band before takes the place.
        let line = if at == bands - 1 { at + 1 } else { at };
        self.plane.lines_mut(axis).remove(line);
        self.cells.retain(|(place, _)| span(place, axis) != (at, 1));
        for (place, _) in &mut self.cells {
            let (first, count) = span(place, axis);
            if first > at {
                set_span(place, axis, (first - 1, count));
            } else if first + count > at {
                set_span(place, axis, (first, count - 1));
            }
        }
        Ok(())
    }

    fn add_line(&mut self, axis: Axis, at: Point) -> Result<(), TableRefusal> {
        let position = self.plane.position(axis, at);
        let lines = self.plane.lines(axis);
        if !position.is_finite() || lines.iter().any(|l| (l - position).abs() < LEAST_BAND) {
            return Err(TableRefusal::NoRoom);
        }
        match band(lines, position) {
            Some(inside) => self.cut(axis, inside, position, |_| true),
            None => {
                // Beside the table: a band more.
                let before = lines.iter().filter(|l| **l < position).count();
                self.plane.lines_mut(axis).insert(before, position);
                let new = if before == 0 { 0 } else { self.bands(axis) - 1 };
                if before == 0 {
                    for (place, _) in &mut self.cells {
                        let (first, count) = span(place, axis);
                        set_span(place, axis, (first + 1, count));
                    }
                }
                self.fill_band(axis, new);
            }
        }
        Ok(())
    }

    /// A new line at `position` in band `at`: cells of that band alone for which `cuts` holds are split,
    /// all others that it crosses take up both parts.
    fn cut(&mut self, axis: Axis, at: usize, position: f32, cuts: impl Fn(&Place) -> bool) {
        self.plane.lines_mut(axis).insert(at + 1, position);
        let mut parts = Vec::new();
        for (place, source) in &mut self.cells {
            let (first, count) = span(place, axis);
            if first > at {
                set_span(place, axis, (first + 1, count));
            } else if (first, count) == (at, 1) && cuts(place) {
                let mut second = *place;
                set_span(&mut second, axis, (at + 1, 1));
                source.split = true;
                parts.push((second, Source { part: 1, ..source.clone() }));
            } else if first + count > at {
                set_span(place, axis, (first, count + 1));
            }
        }
        self.cells.extend(parts);
    }

    fn move_line(&mut self, axis: Axis, line: usize, to: Point) -> Result<(), TableRefusal> {
        let position = self.plane.position(axis, to);
        let lines = self.plane.lines_mut(axis);
        let least = line.checked_sub(1).and_then(|i| lines.get(i)).copied();
        let most = lines.get(line + 1).copied();
        let slot = lines.get_mut(line).ok_or(TableRefusal::NoSuchPlace)?;
        if !position.is_finite() {
            return Err(TableRefusal::NoSuchPlace);
        }
        *slot = position.min(most.unwrap_or(f32::INFINITY)).max(least.unwrap_or(f32::NEG_INFINITY));
        Ok(())
    }

    fn remove_line(&mut self, axis: Axis, line: usize) -> Result<(), TableRefusal> {
        if line == 0 || line >= self.bands(axis) {
            return Err(TableRefusal::NoSuchPlace);
        }
        self.plane.lines_mut(axis).remove(line);
        for (place, _) in &mut self.cells {
            let (first, count) = span(place, axis);
            let joined = |band: usize| if band >= line { band - 1 } else { band };
            let (first, last) = (joined(first), joined(first + count - 1));
            set_span(place, axis, (first, last + 1 - first));
        }
        self.join_overlapping();
        Ok(())
    }

    /// Cells that take up the same place become one.
    fn join_overlapping(&mut self) {
        let mut at = 0;
        while at < self.cells.len() {
            let place = self.cells[at].0;
            let same = (at + 1..self.cells.len()).find(|&k| overlap(&self.cells[k].0, &place));
            match same {
                Some(k) => {
                    let (second, source) = self.cells.remove(k);
                    let (first, sources) = &mut self.cells[at];
                    *first = union(first, &second);
                    sources.cells.extend(source.cells);
                    // The larger cell may meet cells that were passed already.
                    at = 0;
                }
                None => at += 1,
            }
        }
    }

    fn merge(&mut self, from: (usize, usize), to: (usize, usize)) -> Result<(), TableRefusal> {
        let (row, bottom) = (from.0.min(to.0), from.0.max(to.0));
        let (col, right) = (from.1.min(to.1), from.1.max(to.1));
        if bottom >= self.bands(Axis::Row) || right >= self.bands(Axis::Column) {
            return Err(TableRefusal::NoSuchPlace);
        }
        let place = Place { row, col, row_span: bottom + 1 - row, col_span: right + 1 - col };
        self.cells.insert(0, (place, Source::default()));
        self.join_overlapping();
        Ok(())
    }

    fn split(&mut self, row: usize, col: usize, axis: Axis, lines: &[TextLine]) -> Result<(), TableRefusal> {
        let at = self.cells.iter().position(|(p, _)| p.holds(row, col)).ok_or(TableRefusal::NoSuchPlace)?;
        let (place, source) = self.cells[at].clone();
        let (first, count) = span(&place, axis);
        if count == 1 {
            let position = self.plane.best_cut(&place, axis, lines);
            let bounds = self.plane.lines(axis).get(first..first + 2).unwrap_or_default();
            if !matches!(bounds, [a, b] if position - a >= LEAST_BAND && b - position >= LEAST_BAND) {
                return Err(TableRefusal::NoRoom);
            }
            self.cut(axis, first, position, |p| *p == place);
            return Ok(());
        }
        self.cells.remove(at);
        for part in 0..count {
            let mut piece = place;
            set_span(&mut piece, axis, (first + part, 1));
            self.cells.push((piece, Source { part, split: true, ..source.clone() }));
        }
        Ok(())
    }
}
