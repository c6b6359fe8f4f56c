//! The printed labels of a document with their values, for kinds that take them all.

use std::collections::BTreeMap;

use crate::{
    classify::{FoundDocument, frame::Frame},
    extract::{Field, State},
    geometry::{Quad, Rect},
    kind::{FieldType, PAIR, value},
    structure::{KeyValue, PageStructure, Seal},
};

/// The pairs in the document's area in reading order.
pub fn pairs(
    page: &PageStructure,
    document: &FoundDocument,
    frame: &Frame,
    seals: &[&Seal],
) -> Vec<BTreeMap<String, Field>> {
    let stamped = |q: &Quad| seals.iter().any(|s| s.quad.contains(q.center()));
    let in_frame = |q: &Quad| q.map(|p| frame.point(p)).bounds();
    let mut found: Vec<(Rect, &KeyValue)> = page
        .key_values
        .iter()
        .filter(|kv| document.location.contains(kv.key_quad.center()))
        // A seal's text lies over the form and names nothing.
        .filter(|kv| !kv.value.trim().is_empty() || !(stamped(&kv.key_quad) || kv.key.contains("专用章")))
        .map(|kv| (in_frame(&kv.key_quad), kv))
        .collect();
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
