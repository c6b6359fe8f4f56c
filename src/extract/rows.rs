//! Row tables: columns from a printed header, rows from the lines below it.

use std::collections::BTreeMap;

use crate::{
    classify::frame::{Frame, Span, same_row},
    extract::{Field, candidate::Candidate, labels::Labels},
    geometry::Rect,
    kind::{FieldSpec, RowTableSpec},
};

/// Where the columns of a table run, in the frame.
#[derive(Debug, Clone)]
pub struct Columns<'a> {
    /// Column, left and right bound, from left.
    pub bounds: Vec<(&'a FieldSpec, f32, f32)>,
    /// Lower edge of the header.
    pub header_bottom: f32,
    /// Upper edge of what ends the table.
    pub end: f32,
}

impl Columns<'_> {
    fn at(&self, x: f32) -> Option<usize> {
        self.bounds.iter().position(|(_, left, right)| x >= *left && x < *right)
    }
}

/// A stretch without gaps inside one line.
#[derive(Debug, Clone, Copy)]
struct Piece {
    span: Span,
    rect: Rect,
    /// Height of a character.
    size: f32,
}

/// Finds a table's header and bounds; `None` if too little of the header is printed.
pub fn columns<'a>(frame: &Frame, table: &'a RowTableSpec, labels: &Labels) -> Option<Columns<'a>> {
    let printed: Vec<(usize, Rect, f32)> = table
        .columns
        .iter()
        .enumerate()
        .flat_map(|(c, column)| labels.among(&column.labels).map(move |p| (c, p.found.rect, p.found.quality)))
        .collect();
    // The row of the frame that holds most of the header.
    let row_of = |at: &Rect| -> Vec<(usize, Rect, f32)> {
        let mut row: Vec<(usize, Rect, f32)> = Vec::new();
        for label in printed.iter().filter(|l| same_row(&l.1, at)) {
            match row.iter_mut().find(|l| l.0 == label.0) {
                Some(twin) if twin.2 < label.2 => *twin = *label,
                Some(_) => {}
                None => row.push(*label),
            }
        }
        row
    };
    let mut header = printed.iter().map(|l| row_of(&l.1)).max_by_key(Vec::len)?;
    if header.len() < table.min_headers.max(1) {
        return None;
    }
    header.sort_by(|a, b| a.1.left.total_cmp(&b.1.left));
    let around = header.iter().map(|l| l.1).reduce(|a, b| a.union(&b))?;
    let header_bottom = header.iter().map(|l| l.1.bottom).fold(f32::MIN, f32::max);
    let height = header.iter().map(|l| l.1.height()).fold(f32::MAX, f32::min);
    let end = labels
        .among(&table.end)
        .map(|p| p.found.rect)
        .filter(|r| r.center().y > header_bottom && r.left < around.right)
        .map(|r| r.top)
        .fold(f32::MAX, f32::min);
    let pieces = body(frame, header_bottom, end, &around, height);
    let rects: Vec<Rect> = pieces.iter().map(|p| p.rect).chain(header.iter().map(|l| l.1)).collect();
    let mut bounds = Vec::new();
    // Left-aligned text may begin well before a centred header of its column.
    let mut left = f32::MIN;
    for (i, (column, rect, _)) in header.iter().enumerate() {
        let right = header.get(i + 1).map_or(f32::MAX, |next| boundary(rect, &next.1, &rects));
        bounds.push((table.columns.get(*column)?, left, right));
        left = right;
    }
    Some(Columns { bounds, header_bottom, end })
}

/// Where two neighbouring columns meet: between the centres of their headers, where the fewest
/// texts stand in the way, and of such places the one nearest to the middle between the headers.
fn boundary(left: &Rect, right: &Rect, texts: &[Rect]) -> f32 {
    let (from, to) = (left.center().x, right.center().x);
    let middle = (left.right + right.left) / 2.0;
    let step = ((to - from) / 200.0).max(0.5);
    let mut best = (usize::MAX, f32::MAX, middle);
    let mut runs: Vec<(f32, f32, usize)> = Vec::new();
    let mut x = from;
    while x <= to {
        let crossed = texts.iter().filter(|t| t.left < x && t.right > x).count();
        match runs.last_mut().filter(|r| r.2 == crossed) {
            Some(run) => run.1 = x,
            None => runs.push((x, x, crossed)),
        }
        x += step;
    }
    for (start, stop, crossed) in runs {
        let nearest = middle.clamp(start, stop);
        let off = (nearest - middle).abs();
        if (crossed, off) < (best.0, best.1) {
            // Stay clear of the texts on both sides.
            let centre = (start + stop) / 2.0;
            best = (crossed, off, if off > 0.0 { centre } else { nearest });
        }
    }
    best.2
}

/// The pieces of text below a header.
fn body(frame: &Frame, top: f32, end: f32, header: &Rect, height: f32) -> Vec<Piece> {
    let mut pieces = Vec::new();
    for (i, line) in frame.lines.iter().enumerate() {
        let center = line.rect.center();
        if line.rect.bottom < top || line.rect.top > end {
            continue;
        }
        if line.vertical {
            // The cells of a narrow column read as one upright line; not the margin's text.
            if center.x < header.left - height || center.x > header.right + height {
                continue;
            }
            let singles = line.glyphs.iter().enumerate().filter(|(_, g)| g.folded.is_some());
            pieces.extend(singles.map(|(g, glyph)| Piece {
                span: Span { line: i, from: g, to: g + 1 },
                rect: glyph.rect,
                size: line.size(),
            }));
        } else if center.y > top && center.y < end {
            pieces.extend(split(frame, i, line.size()));
        }
    }
    pieces.retain(|p| p.rect.center().y > top && p.rect.center().y < end);
    pieces
}

/// A line cut at its gaps.
fn split(frame: &Frame, index: usize, size: f32) -> Vec<Piece> {
    let Some(line) = frame.lines.get(index) else { return Vec::new() };
    let mut pieces: Vec<Piece> = Vec::new();
    let mut apart = true;
    for (g, glyph) in line.glyphs.iter().enumerate() {
        if glyph.char.is_whitespace() {
            apart = true;
            continue;
        }
        let rect = Rect::new(glyph.rect.left, line.rect.top, glyph.rect.right, line.rect.bottom);
        match pieces.last_mut().filter(|p| !apart && rect.left - p.rect.right < 0.7 * size) {
            Some(piece) => {
                piece.span.to = g + 1;
                piece.rect = piece.rect.union(&rect);
            }
            None => pieces.push(Piece { span: Span { line: index, from: g, to: g + 1 }, rect, size }),
        }
        apart = false;
    }
    pieces
}

/// A piece cut where it runs over the bounds of its column by more than a character.
fn by_column(frame: &Frame, piece: Piece, columns: &Columns) -> Vec<(usize, Piece)> {
    let overlap = |c: usize| {
        let (_, left, right) = columns.bounds[c];
        piece.rect.right.min(right) - piece.rect.left.max(left)
    };
    let touched: Vec<usize> = (0..columns.bounds.len()).filter(|c| overlap(*c) > 0.8 * piece.size).collect();
    if touched.len() <= 1 {
        let home = (0..columns.bounds.len()).max_by(|a, b| overlap(*a).total_cmp(&overlap(*b)));
        return home.map(|c| (c, piece)).into_iter().collect();
    }
    let mut parts: Vec<(usize, Piece)> = Vec::new();
    let glyphs = frame.glyphs(&piece.span);
    for (i, glyph) in glyphs.iter().enumerate() {
        let Some(column) = columns.at(glyph.rect.center().x) else { continue };
        let g = piece.span.from + i;
        let rect = Rect::new(glyph.rect.left, piece.rect.top, glyph.rect.right, piece.rect.bottom);
        match parts.last_mut().filter(|(c, _)| *c == column) {
            Some((_, part)) => {
                part.span.to = g + 1;
                part.rect = part.rect.union(&rect);
            }
            None => parts.push((column, Piece { span: Span { from: g, to: g + 1, ..piece.span }, rect, ..piece })),
        }
    }
    parts
}

/// One row: the candidates of its cells by column key.
pub type Row = BTreeMap<String, Candidate>;

/// The rows of a table.
pub fn rows(frame: &Frame, table: &RowTableSpec, columns: &Columns) -> Vec<Row> {
    let header = Rect::new(
        columns.bounds.first().map_or(0.0, |b| b.2) - f32::MAX / 4.0,
        columns.header_bottom,
        f32::MAX / 4.0,
        columns.header_bottom,
    );
    let pieces = body(frame, columns.header_bottom, columns.end, &header, frame.line_height());
    let cells: Vec<(usize, Piece)> = pieces.into_iter().flat_map(|p| by_column(frame, p, columns)).collect();
    let starts = |c: usize| {
        table.row_start.is_empty()
            || columns.bounds.get(c).is_some_and(|(column, _, _)| table.row_start.contains(&column.key))
    };
    let seeds = row_centres(cells.iter().filter(|(c, _)| starts(*c)).map(|(_, p)| p));
    let mut grid: Vec<BTreeMap<usize, Vec<Piece>>> = vec![BTreeMap::new(); seeds.len()];
    for (column, piece) in cells {
        let y = piece.rect.center().y;
        let nearest = seeds.iter().enumerate().min_by(|a, b| (a.1 - y).abs().total_cmp(&(b.1 - y).abs()));
        let Some((near, center)) = nearest else { continue };
        // On its own line, else a continuation of the row above (or, at the top, of the first).
        let row = if (center - y).abs() < 0.6 * piece.size || *center < y { near } else { near.saturating_sub(1) };
        if let Some(cells) = grid.get_mut(row) {
            cells.entry(column).or_default().push(piece);
        }
    }
    grid.into_iter().map(|cells| row(frame, columns, cells)).filter(|r| !r.is_empty()).collect()
}

fn row(frame: &Frame, columns: &Columns, cells: BTreeMap<usize, Vec<Piece>>) -> Row {
    let mut row = Row::new();
    for (column, mut pieces) in cells {
        let Some((spec, _, _)) = columns.bounds.get(column) else { continue };
        in_reading_order(&mut pieces);
        let spans = joined(&pieces);
        if let Some(candidate) = Candidate::new(frame, (0, spec), spans, 1.0, true) {
            row.insert(spec.key.clone(), candidate);
        }
    }
    row
}

/// Centres of the lines that pieces stand on, from above.
fn row_centres<'a>(pieces: impl Iterator<Item = &'a Piece>) -> Vec<f32> {
    let mut places: Vec<(f32, f32)> = pieces.map(|p| (p.rect.center().y, p.size)).collect();
    places.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut rows: Vec<(f32, usize)> = Vec::new();
    for (y, size) in places {
        match rows.last_mut().filter(|r| y - r.0 / r.1 as f32 <= 0.6 * size) {
            Some(row) => *row = (row.0 + y, row.1 + 1),
            None => rows.push((y, 1)),
        }
    }
    rows.into_iter().map(|(sum, n)| sum / n as f32).collect()
}

fn in_reading_order(pieces: &mut [Piece]) {
    pieces.sort_by(|a, b| a.rect.center().y.total_cmp(&b.rect.center().y));
    let centres = row_centres(pieces.iter());
    let line_of = |p: &Piece| {
        let y = p.rect.center().y;
        let nearest = centres.iter().enumerate().min_by(|a, b| (a.1 - y).abs().total_cmp(&(b.1 - y).abs()));
        nearest.map_or(0, |(i, _)| i)
    };
    pieces.sort_by(|a, b| line_of(a).cmp(&line_of(b)).then(a.rect.left.total_cmp(&b.rect.left)));
}

/// The pieces' spans, neighbours of one line made one with the gap between them.
fn joined(pieces: &[Piece]) -> Vec<Span> {
    let mut spans: Vec<Span> = Vec::new();
    for piece in pieces {
        match spans.last_mut().filter(|s| s.line == piece.span.line && s.to <= piece.span.from) {
            Some(span) => span.to = piece.span.to,
            None => spans.push(piece.span),
        }
    }
    spans
}

/// What stands on the row of `label` in one column.
pub fn crossing(frame: &Frame, columns: &Columns, column: &str, label: &Rect) -> Vec<Span> {
    let Some(wanted) = columns.bounds.iter().position(|(c, _, _)| c.key == column) else { return Vec::new() };
    let on_row = frame.lines.iter().enumerate().filter(|(_, l)| !l.vertical && same_row(&l.rect, label));
    let mut pieces: Vec<Piece> = on_row
        .flat_map(|(i, l)| split(frame, i, l.size()))
        .filter(|p| p.rect.left > label.right - p.size)
        .flat_map(|p| by_column(frame, p, columns))
        .filter(|(c, _)| *c == wanted)
        .map(|(_, p)| p)
        .collect();
    in_reading_order(&mut pieces);
    joined(&pieces)
}

/// A row's cells as fields.
pub fn fields(frame: &Frame, row: Row) -> BTreeMap<String, Field> {
    row.into_iter().map(|(key, candidate)| (key, candidate.into_field(frame))).collect()
}
