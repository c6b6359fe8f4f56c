//! Stretches of text without gaps: what tables and matrices are put together from.

use crate::{
    classify::frame::{Frame, Span},
    geometry::Rect,
};

/// The words that close the text of Chinese stamps for a purpose (发票专用章): where they are read, a stamp lies
/// over the form.
pub const STAMP_WORDS: &str = "专用章";

/// A stretch without gaps inside one line.
#[derive(Debug, Clone, Copy)]
pub struct Piece {
    pub span: Span,
    pub rect: Rect,
    /// Height of a character.
    pub size: f32,
}

/// The pieces of text below a header.
pub fn body(frame: &Frame, end: f32, header: &Rect) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let top = header.bottom;
    for (i, line) in frame.lines.iter().enumerate() {
        let center = line.rect.center();
        if line.rect.bottom < top || line.rect.top > end {
            continue;
        }
        if line.vertical {
            // The cells of a narrow column read as one upright line; not the margin's text.
            if center.x < header.left || center.x > header.right {
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
pub fn split(frame: &Frame, index: usize, size: f32) -> Vec<Piece> {
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

/// Centres of the lines that pieces stand on, from above.
pub fn row_centres<'a>(pieces: impl Iterator<Item = &'a Piece>) -> Vec<f32> {
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

/// Sorts pieces line by line from above, those of a line from the left.
pub fn in_reading_order(pieces: &mut [Piece]) {
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
pub fn joined(pieces: &[Piece]) -> Vec<Span> {
    let mut spans: Vec<Span> = Vec::new();
    for piece in pieces {
        match spans.last_mut().filter(|s| s.line == piece.span.line && s.to <= piece.span.from) {
            Some(span) => span.to = piece.span.to,
            None => spans.push(piece.span),
        }
    }
    spans
}
