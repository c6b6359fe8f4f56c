//! Rows of a table without a header, told by what a printed row looks like.
//!
//! Must not look at rows beyond the label that ends the table: sums look like items.

use crate::{
    classify::frame::Span,
    extract::{candidate::Candidate, locate::Scene, place::grouped, rows::Row, stretch, stretch::Stretch},
    geometry::Rect,
    kind::RowTableSpec,
};

/// The rows that have the table's form, from above; none where no label ends the table.
pub fn rows(scene: &Scene, table: &RowTableSpec) -> Vec<Row> {
    let found: Vec<(Rect, Row)> =
        printed_rows(scene).into_iter().filter_map(|spans| row(scene, table, &spans)).collect();
    let Some(first) = found.first().map(|(rect, _)| rect.bottom) else { return Vec::new() };
    let ends = scene.labels.among(&table.end).map(|p| p.found.rect.center().y);
    let Some(end) = ends.filter(|y| *y > first).min_by(f32::total_cmp) else { return Vec::new() };
    found.into_iter().filter(|(rect, _)| rect.center().y < end).map(|(_, row)| row).collect()
}

/// The text of the document row by row, each from the left.
fn printed_rows(scene: &Scene) -> Vec<Vec<Span>> {
    let frame = scene.frame;
    let lines = frame.lines.iter().enumerate();
    let lines = lines.filter(|(i, l)| !l.vertical && !scene.stamps.contains(i)).map(|(i, l)| (i, l.rect));
    let mut rows = grouped(lines.collect());
    for row in &mut rows {
        row.sort_by(|a, b| a.1.left.total_cmp(&b.1.left));
    }
    let whole = |i: usize| Span { line: i, from: 0, to: frame.lines.get(i).map_or(0, |l| l.glyphs.len()) };
    rows.into_iter().map(|row| row.into_iter().map(|(i, _)| whole(i)).collect()).collect()
}

/// A printed row as a row of the table, if it has its form and all its values have theirs.
fn row(scene: &Scene, table: &RowTableSpec, spans: &[Span]) -> Option<(Rect, Row)> {
    let text = Stretch::of(scene.frame, spans, false);
    let (form, found) =
        table.row_patterns.iter().find_map(|p| Some((p.regex(), p.regex().captures(&text.text)?)))?;
    let mut row = Row::new();
    for name in form.capture_names().flatten() {
        let (Some(part), Some(spec)) = (found.name(name), table.column(name)) else { continue };
        let value = Candidate::new(scene.frame, (0, spec), text.spans(part.range()), 1.0, false)?;
        row.insert(spec.key.clone(), value);
    }
    (!row.is_empty()).then(|| (stretch::rect(scene.frame, spans), row))
}
