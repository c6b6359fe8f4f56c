//! The printed labels of a document with their values, for kinds that take them all.

use std::collections::BTreeMap;

use crate::{
    classify::{
        FoundDocument,
        frame::{Frame, Span},
    },
    extract::{Field, State, locate::Scene, pair_labels, pieces::STAMP_WORDS, stretch},
    geometry::{Quad, Rect},
    kind::{FieldType, Locator, PAIR, RowTableSpec, value},
    structure::{KeyValue, PageStructure},
};

/// The pairs in the document's area in reading order: those that the page's structure tells, then
/// the labels beside which fields (in the kind's order) were found, labels that the table knows and
/// labels in two languages.
pub fn pairs(
    page: &PageStructure,
    document: &FoundDocument,
    scene: &Scene,
    table: &RowTableSpec,
    fields: &[Vec<Field>],
) -> Vec<BTreeMap<String, Field>> {
    let frame = scene.frame;
    let stamped = |q: &Quad| scene.seals.iter().any(|s| s.quad.contains(q.center()));
    let in_frame = |q: &Quad| q.map(|p| frame.point(p)).bounds();
    let mut found: Vec<(Rect, KeyValue)> = page
        .key_values
        .iter()
        .filter(|kv| document.location.contains(kv.key_quad.center()))
        // A seal's text lies over the form and names nothing.
        .filter(|kv| !kv.value.trim().is_empty() || !(stamped(&kv.key_quad) || kv.key.contains(STAMP_WORDS)))
        .map(|kv| (in_frame(&kv.key_quad), kv.clone()))
        .map(|(rect, kv)| (rect, pair_labels::nearest(scene, kv)))
        .collect();
    let further = by_fields(scene, fields);
    let known = pair_labels::known(scene, &table.headings);
    for (rect, pair) in further.into_iter().chain(known).chain(pair_labels::in_two_languages(scene)) {
        // The page's structure may have missed the heading of the block that a label is in.
        let bare = |(r, kv): &(Rect, KeyValue)| {
            let plain: String = kv.key.chars().filter(|c| !c.is_whitespace()).collect();
            r.intersection(&rect).area() > 0.3 * r.area().min(rect.area()) && pair.key.ends_with(&plain)
        };
        if let Some((_, known)) = found.iter_mut().find(|f| bare(f)) {
            if known.value.trim().is_empty() {
                *known = pair;
            } else {
                known.key = pair.key;
            }
            continue;
        }
        let told = |(r, kv): &(Rect, KeyValue)| {
            let same = r.intersection(&rect).area() > 0.3 * r.area().min(rect.area());
            let inside = |v: &Quad, key: &Quad| in_frame(v).contains(in_frame(key).center());
            // Neither may be the value of the other.
            same || kv.value_quad.is_some_and(|v| inside(&v, &pair.key_quad))
        };
        if !found.iter().any(told) {
            found.push((rect, pair));
        }
    }
    let height = frame.line_height();
    let row = |r: &Rect| (r.center().y / height).round() as i64;
    found.sort_by(|a, b| row(&a.0).cmp(&row(&b.0)).then(a.0.left.total_cmp(&b.0.left)));
    let mut stem = String::new();
    let mut rows = Vec::new();
    for (_, kv) in found {
        let key = whole_label(&kv.key, &mut stem);
        rows.push(BTreeMap::from([
            (PAIR[0].to_owned(), field(&key, &kv.key, Some(kv.key_quad), kv.confidence)),
            (PAIR[1].to_owned(), field(&kv.value, &kv.value, kv.value_quad, kv.confidence)),
        ]));
    }
    rows
}

/// Labels, with where they are, beside which fields were found, with the heading of their block.
fn by_fields(scene: &Scene, fields: &[Vec<Field>]) -> Vec<(Rect, KeyValue)> {
    let frame = scene.frame;
    let mut pairs = Vec::new();
    for (spec, values) in scene.kind.fields.iter().zip(fields) {
        for locator in &spec.locate {
            let Locator::Label { labels, within, direction, lines, .. } = locator else { continue };
            for (nth, label) in scene.labels.among(labels).enumerate() {
                let block = scene.blocks.block_of(labels, nth);
                if within.as_deref().is_some_and(|w| block != Some(w)) {
                    continue;
                }
                let beside = scene.beside(label, *direction, *lines);
                let value = beside.iter().find_map(|(spans, _)| {
                    let center = stretch::quad(frame, spans)?.center();
                    values.iter().find(|v| v.quad.is_some_and(|q| q.contains(center)))
                });
                let Some((value, key_quad)) = value.zip(stretch::quad(frame, &label.found.spans)) else {
                    continue;
                };
                let heading = block.and_then(|b| scene.kind.blocks.iter().find(|k| k.id == b));
                let heading = heading.and_then(|b| b.labels.first()).map_or("", String::as_str);
                let own = stretch::raw(frame, &closed(frame, &label.found.spans));
                let own: String = own.chars().filter(|c| !c.is_whitespace()).collect();
                let key = if own.starts_with(heading) { own } else { format!("{heading}{own}") };
                let (value_quad, confidence) = (value.quad, value.confidence);
                let pair = KeyValue { key, value: value.raw.clone(), key_quad, value_quad, confidence };
                pairs.push((label.found.rect, pair));
            }
        }
    }
    pairs
}

/// A label with the bracket that opens or closes it.
fn closed(frame: &Frame, spans: &[Span]) -> Vec<Span> {
    let mut spans = spans.to_vec();
    let text: String = spans.iter().map(|s| frame.span_text(s)).collect();
    let open = text.contains(['(', '（']) && !text.contains([')', '）']);
    if let Some(last) = spans.last_mut().filter(|_| open) {
        let next = frame.lines.get(last.line).and_then(|l| l.glyphs.get(last.to));
        last.to += usize::from(next.is_some_and(|g| matches!(g.char, ')' | '）')));
    }
    let close = text.contains([')', '）']) && !text.contains(['(', '（']);
    if let Some(first) = spans.first_mut().filter(|s| close && s.from > 0) {
        let before = frame.lines.get(first.line).and_then(|l| l.glyphs.get(first.from - 1));
        first.from -= usize::from(before.is_some_and(|g| matches!(g.char, '(' | '（')));
    }
    spans
}

/// A label that is nothing but a bracket belongs to the words before the bracket of the label
/// before: 金额合计（大写）：… （小写）：….
fn whole_label(key: &str, stem: &mut String) -> String {
    match key.find(['(', '（']) {
        Some(0) if !stem.is_empty() => return format!("{stem}{key}"),
        Some(at) => *stem = key.get(..at).unwrap_or_default().to_owned(),
        None => stem.clear(),
    }
    key.to_owned()
}

fn field(text: &str, raw: &str, quad: Option<Quad>, confidence: f32) -> Field {
    let value = value::normalise(FieldType::Text, text);
    Field {
        state: if value.is_some() { State::Ok } else { State::Missing },
        value,
        raw: raw.to_owned(),
        quad,
        confidence,
        ..Field::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bracket_alone_belongs_to_the_label_before() {
        let mut stem = String::new();
        let labels = ["金额合计（大写）", "（小写）", "摘要", "（小写）"].map(|k| whole_label(k, &mut stem));
        assert_eq!(labels, ["金额合计（大写）", "金额合计（小写）", "摘要", "（小写）"]);
    }
}
