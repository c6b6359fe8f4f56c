//! The result object: one JSON object per input, as other programs read it.
//!
//! Numbers are finite; places are rounded to a tenth of a pixel, confidences to four places.

use std::{collections::BTreeMap, path::Path};

use serde_json::{Map, Value, json};

use crate::{
    extract::{Entry, Field, FieldPath, Record, State},
    geometry::Quad,
    kind::{ITEM, KEY_VALUES, PAIR},
    ocr::TextLine,
    review::{Document, DocumentState, FileReading, PageReading},
    structure::{PageStructure, Quality, Table},
    validate::Issue,
};

use super::{ExportError, write_atomic};

/// Key of the rows that are written by printed item and column heading (financial statements).
const CELLS: &str = "cells";

/// What a result object contains beside what it always does.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct JsonOptions {
    /// Each line's characters with their places and confidences: about ten times the size.
    pub chars: bool,
}

/// The result object of one input.
pub fn file_result(reading: &FileReading) -> Value {
    file_result_with(reading, JsonOptions::default())
}

/// The result object of one input, with what `options` asks for.
pub fn file_result_with(reading: &FileReading, options: JsonOptions) -> Value {
    let t = &reading.timings;
    json!({
        "file": reading.path.to_string_lossy(),
        "luru": env!("CARGO_PKG_VERSION"),
        "pages": reading.pages.iter().map(|p| page(p, options)).collect::<Vec<_>>(),
        "documents": reading.documents.iter().map(|d| document(d, &reading.pages)).collect::<Vec<_>>(),
        "timings_ms": {
            "decode": rounded(t.decode, 1),
            "detect": rounded(t.detect, 1),
            "recognize": rounded(t.recognize, 1),
            "structure": rounded(t.structure, 1),
            "extract": rounded(t.extract, 1),
            "total": rounded(t.total, 1),
        },
        "error": reading.error,
    })
}

/// A document alone, without what its page holds beside it.
pub fn document_result(document: &Document) -> Value {
    self::document(document, &[])
}

/// Writes one input's result object to `path`.
pub fn write(path: &Path, reading: &FileReading, options: JsonOptions) -> Result<(), ExportError> {
    let mut text = format!("{:#}", file_result_with(reading, options));
    text.push('\n');
    write_atomic(path, text.as_bytes())
}

/// `value` rounded to `places` after the point; 0 where it is not finite.
fn rounded(value: f64, places: i32) -> Value {
    let scale = 10f64.powi(places);
    let value = (value * scale).round() / scale;
    if value.is_finite() { json!(value) } else { json!(0.0) }
}

fn share(value: f32) -> Value {
    rounded(f64::from(value), 4)
}

fn quad(q: &Quad) -> Value {
    q.0.iter().map(|p| json!([rounded(f64::from(p.x), 1), rounded(f64::from(p.y), 1)])).collect()
}

fn page(p: &PageReading, options: JsonOptions) -> Value {
    let s = &p.structure;
    let mut page = json!({
        "page": p.page,
        "width": p.width,
        "height": p.height,
        "dpi": p.dpi.map(|d| rounded(f64::from(d), 1)),
        "rotation": s.rotation,
        "source": p.source,
        "lines": s.lines.iter().map(|l| line(l, options)).collect::<Vec<_>>(),
        "regions": s.regions.iter().map(|r| json!({
            "type": r.region_type, "quad": quad(&r.quad), "lines": r.lines, "order": r.order,
        })).collect::<Vec<_>>(),
        "tables": s.tables.iter().map(table).collect::<Vec<_>>(),
        "seals": s.seals.iter().map(|seal| json!({
            "shape": seal.shape, "text": seal.text, "sub_text": seal.sub_text, "color": seal.color,
            "quad": quad(&seal.quad), "confidence": share(seal.confidence),
        })).collect::<Vec<_>>(),
        "codes": s.codes.iter().map(|c| json!({
            "kind": c.kind, "text": c.text, "quad": quad(&c.quad),
        })).collect::<Vec<_>>(),
        "quality": quality(&s.quality),
    });
    if let Value::Object(page) = &mut page {
        let remarks: Vec<&str> = p.remarks().collect();
        if !remarks.is_empty() {
            page.insert("notices".into(), json!(remarks));
        }
        if let Some(error) = &p.error {
            page.insert("error".into(), json!(error));
        }
    }
    page
}

fn line(l: &TextLine, options: JsonOptions) -> Value {
    let mut line = Map::new();
    line.insert("text".into(), json!(l.text));
    line.insert("quad".into(), quad(&l.quad));
    line.insert("confidence".into(), share(l.confidence));
    if let Some(language) = &l.language {
        line.insert("language".into(), json!(language));
    }
    if l.handwritten {
        line.insert("handwritten".into(), json!(true));
    }
    if options.chars && !l.chars.is_empty() {
        let chars = l
            .chars
            .iter()
            .map(|c| json!({ "char": c.char, "quad": quad(&c.quad), "confidence": share(c.confidence) }));
        line.insert("chars".into(), chars.collect());
    }
    Value::Object(line)
}

fn table(t: &Table) -> Value {
    json!({
        "quad": quad(&t.quad),
        "rows": t.rows,
        "cols": t.cols,
        "ruled": t.ruled,
        "cells": t.cells.iter().map(|c| json!({
            "row": c.row, "col": c.col, "row_span": c.row_span, "col_span": c.col_span,
            "text": c.text, "quad": quad(&c.quad), "confidence": share(c.confidence),
        })).collect::<Vec<_>>(),
    })
}

fn quality(q: &Quality) -> Value {
    json!({
        "blur": share(q.blur), "glare": share(q.glare), "dark": share(q.dark),
        "copy": share(q.copy), "incomplete": share(q.incomplete),
    })
}

fn document(d: &Document, pages: &[PageReading]) -> Value {
    let first = d.pages.first().copied().unwrap_or(1);
    let nothing = PageStructure::default();
    let on = pages.iter().find(|p| p.page == first).map_or(&nothing, |p| &p.structure);
    let inside = |q: &Quad| d.found.location.contains(q.center());
    // Key–values of the further pages belong to the document whole.
    let further = d.pages.iter().skip(1).filter_map(|n| pages.iter().find(|p| p.page == *n));
    // A record that holds them itself knows better, a person's corrections above all.
    let own = d.record.entries.contains_key(KEY_VALUES);
    let own = own.then(|| d.record.rows(KEY_VALUES).iter().map(pair).collect::<Vec<_>>());
    let key_values = on
        .key_values
        .iter()
        .filter(|kv| inside(&kv.key_quad))
        .chain(further.flat_map(|p| &p.structure.key_values))
        .map(|kv| {
            json!({
                "key": kv.key, "value": kv.value, "key_quad": quad(&kv.key_quad),
                "value_quad": kv.value_quad.as_ref().map(quad), "confidence": share(kv.confidence),
            })
        });
    let tables = on.tables.iter().enumerate().filter(|(_, t)| inside(&t.quad)).map(|(i, _)| i);
    let seals = on.seals.iter().enumerate().filter(|(_, s)| inside(&s.quad)).map(|(i, _)| i);
    let mut result = json!({
        "kind": d.found.kind,
        "confidence": share(d.found.confidence),
        "page": first,
        "location": quad(&d.found.location),
        "fields": fields(&d.record),
        "key_values": own.unwrap_or_else(|| key_values.collect()),
        "tables": tables.collect::<Vec<_>>(),
        "seals": seals.collect::<Vec<_>>(),
        "issues": d.issues.iter().map(|i| issue(i, &d.record)).collect::<Vec<_>>(),
    });
    if let Value::Object(result) = &mut result {
        if d.pages.len() > 1 {
            result.insert("pages".into(), json!(d.pages));
        }
        if let Some(fit) = &d.found.fit {
            let residual = rounded(f64::from(fit.residual_px), 1);
            result.insert(
                "form".into(),
                json!({
                    "layout": fit.layout, "found": fit.found, "references": fit.of, "residual_px": residual,
                    "missing": fit.missing, "doubt": fit.doubt,
                }),
            );
        }
        if d.state != DocumentState::ToReview {
            result.insert("review".into(), json!(d.state));
        }
    }
    result
}

fn fields(record: &Record) -> Value {
    let entries = record.entries.iter().filter(|(key, _)| *key != KEY_VALUES).map(|(key, entry)| {
        let value = match entry {
            Entry::One(f) => field(f),
            Entry::Many(v) => many(v),
            Entry::Rows { rows } if key == CELLS => by_item(rows),
            Entry::Rows { rows } => json!({ "rows": rows.iter().map(row).collect::<Vec<_>>() }),
        };
        (key.clone(), value)
    });
    Value::Object(entries.collect())
}

/// A row of a record's printed labels with their values.
fn pair(row: &BTreeMap<String, Field>) -> Value {
    let [key, value] = PAIR.map(|column| row.get(column));
    let text = |f: Option<&Field>| f.and_then(|f| f.value.clone()).unwrap_or_default();
    let place = |f: Option<&Field>| f.and_then(|f| f.quad).as_ref().map(quad);
    json!({
        "key": text(key), "value": text(value), "key_quad": place(key), "value_quad": place(value),
        "confidence": share(value.or(key).map_or(0.0, |f| f.confidence)),
    })
}

fn field(f: &Field) -> Value {
    if f.value.is_none() && f.state == State::Missing && f.raw.is_empty() && !f.illegible {
        return json!({ "value": null, "state": State::Missing });
    }
    let mut result = json!({
        "value": f.value, "raw": f.raw, "quad": f.quad.as_ref().map(quad),
        "confidence": share(f.confidence), "origin": f.origin, "state": f.state,
    });
    if let Value::Object(result) = &mut result {
        if let Some(page) = f.page {
            result.insert("page".into(), json!(page));
        }
        for (key, said) in [("confirmed", f.confirmed), ("illegible", f.illegible)] {
            if said {
                result.insert(key.into(), json!(true));
            }
        }
    }
    result
}

/// Several values of one key: the list, the least confidence, the worst state, each one's details.
fn many(fields: &[Field]) -> Value {
    let worst = |s: State| match s {
        State::Ok => 0,
        State::Missing => 1,
        State::Doubtful => 2,
        State::Invalid => 3,
    };
    let least = fields.iter().map(|f| f.confidence).reduce(f32::min).unwrap_or(0.0);
    json!({
        "value": fields.iter().filter_map(|f| f.value.as_deref()).collect::<Vec<_>>(),
        "raw": fields.iter().map(|f| f.raw.as_str()).collect::<Vec<_>>().join("\n"),
        "quad": Quad::around(fields.iter().filter_map(|f| f.quad.as_ref())).as_ref().map(quad),
        "confidence": share(least),
        "origin": fields.first().map(|f| f.origin).unwrap_or_default(),
        "state": fields.iter().map(|f| f.state).max_by_key(|s| worst(*s)).unwrap_or_default(),
        "items": fields.iter().map(field).collect::<Vec<_>>(),
    })
}

fn row(cells: &BTreeMap<String, Field>) -> Value {
    Value::Object(cells.iter().map(|(column, f)| (column.clone(), field(f))).collect())
}

/// The printed item that a statement's row is known by.
fn item_of(cells: &BTreeMap<String, Field>) -> Option<&str> {
    cells.get(ITEM)?.value.as_deref().filter(|v| !v.is_empty())
}

/// Rows as `{item: {column: field}}`. A repeated item is told apart as `item#2`, so that no
/// amount is lost.
fn by_item(rows: &[BTreeMap<String, Field>]) -> Value {
    let mut items = Map::new();
    for cells in rows {
        let Some(item) = item_of(cells) else { continue };
        let mut name = item.to_owned();
        let mut n = 2;
        while items.contains_key(&name) {
            name = format!("{item}#{n}");
            n += 1;
        }
        let columns = cells.iter().filter(|(column, _)| *column != ITEM);
        items.insert(name, Value::Object(columns.map(|(c, f)| (c.clone(), field(f))).collect()));
    }
    Value::Object(items)
}

fn issue(i: &Issue, record: &Record) -> Value {
    let place = |path: &FieldPath| match path {
        FieldPath::Cell { key, row, column } if key == CELLS => {
            let item = record.rows(key).get(*row).and_then(item_of);
            item.map_or_else(|| path.to_string(), |item| format!("{key}.{item}.{column}"))
        }
        _ => path.to_string(),
    };
    let mut result = json!({
        "rule": i.rule, "severity": i.severity,
        "fields": i.fields.iter().map(place).collect::<Vec<_>>(),
        "message": i.message.zh,
    });
    if let (Value::Object(result), Some(suggestion)) = (&mut result, &i.suggestion) {
        result.insert("suggestion".into(), json!(suggestion));
    }
    result
}
