//! Rows of a table without a header, told by what a printed row looks like.
//!
//! Must not look at rows beyond the label that ends the table: sums look like items.

use regex::{Captures, Regex};

use crate::{
    classify::frame::Span,
    extract::{candidate::Candidate, locate::Scene, place::grouped, rows::Row, stretch, stretch::Stretch},
    geometry::Rect,
    kind::{FieldSpec, RowTableSpec},
};

/// The rows that have the table's form, from above; none where no label ends the table.
pub fn rows(scene: &Scene, table: &RowTableSpec) -> Vec<Row> {
    let printed = printed_rows(scene);
    let above = std::iter::once(None).chain(printed.iter().map(Some));
    let found: Vec<(Rect, Row)> =
        above.zip(&printed).filter_map(|(above, spans)| row(scene, table, above, spans)).collect();
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

/// The first form that a printed row's text has, with its captures.
fn form<'t>(table: &'t RowTableSpec, text: &'t str) -> Option<(&'t Regex, Captures<'t>)> {
    table.row_patterns.iter().find_map(|p| Some((p.regex(), p.regex().captures(text)?)))
}

/// A printed row as a row of the table, if it has its form and all its values have theirs. A form without the
/// table's first column is the second line of an item whose name stands on the printed row `above`.
fn row(
    scene: &Scene,
    table: &RowTableSpec,
    above: Option<&Vec<Span>>,
    spans: &[Span],
) -> Option<(Rect, Row)> {
    let text = Stretch::of(scene.frame, spans, false);
    let (form_of_row, found) = form(table, &text.text)?;
    let mut row = Row::new();
    if let Some(first) = table.columns.first().filter(|c| !names(form_of_row).any(|n| n == c.key)) {
        row.insert(first.key.clone(), name_above(scene, table, first, above?)?);
    }
    for name in names(form_of_row) {
        let (Some(part), Some(spec)) = (found.name(name), table.column(name)) else { continue };
        let value = Candidate::new(scene.frame, (0, spec), text.spans(part.range()), 1.0, false)?;
        row.insert(spec.key.clone(), value);
    }
    (!row.is_empty()).then(|| (stretch::rect(scene.frame, spans), row))
}

/// The named groups of a form.
fn names(form: &Regex) -> impl Iterator<Item = &str> {
    form.capture_names().flatten()
}

/// The printed row above an item's numbers as its name: words, neither a row of its own nor a label.
fn name_above(scene: &Scene, table: &RowTableSpec, spec: &FieldSpec, above: &[Span]) -> Option<Candidate> {
    let text = Stretch::of(scene.frame, above, false);
    let is_label = above.iter().any(|span| scene.labels.first_in(span).is_some());
    if is_label || form(table, &text.text).is_some() || !text.text.chars().any(char::is_alphabetic) {
        return None;
    }
    Candidate::new(scene.frame, (0, spec), above.to_vec(), 1.0, false)
}
