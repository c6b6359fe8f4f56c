//! JSON with the field names that users of Huawei Cloud OCR know: `{"result": [...]}`, an entry a
//! document as its automatic classification gives them, general documents as its smart document
//! recognition does. For programs that were written for that service.
//!
//! Values are strings, missing ones empty; `confidence` and `text_location` mirror the fields.

use std::{collections::BTreeMap, path::Path};

use serde_json::{Map, Value, json};

use crate::{
    extract::{Entry, Field},
    geometry::Quad,
    kind::{KEY_VALUES, Registry},
    review::{Document, FileReading, PageReading},
    structure::{PageStructure, RegionType},
};

use super::{ExportError, grid, write_atomic};

/// The service's code for success; its codes for failures are about its own limits.
const OK: &str = "AIS.0000";
/// Ours.
const FAILED: &str = "LURU.0001";

/// Writes one input's result to `path`.
pub fn write(path: &Path, reading: &FileReading, registry: &Registry) -> Result<(), ExportError> {
    let text = format!("{:#}\n", file_result(reading, registry));
    write_atomic(path, text.as_bytes())
}

/// The result of one input.
pub fn file_result(reading: &FileReading, registry: &Registry) -> Value {
    if let Some(error) = &reading.error {
        return json!({ "error_code": FAILED, "error_msg": error });
    }
    let readings = grid::with_documents(std::slice::from_ref(reading), registry);
    let documents = readings.iter().flat_map(|r| r.documents.iter().flat_map(move |d| results(d, r)));
    let failed = reading.pages.iter().filter_map(|page| {
        let error = page.error.as_ref()?;
        Some(json!({ "status": { "error_code": FAILED, "error_msg": error }, "page": page.page }))
    });
    json!({ "result": documents.chain(failed).collect::<Vec<_>>() })
}

/// A document with fields is one entry; of another, each page.
fn results(d: &Document, reading: &FileReading) -> Vec<Value> {
    let entry = |page: Option<&PageReading>, location: &Quad, content: Value| {
        let sealed =
            page.is_some_and(|p| p.structure.seals.iter().any(|s| location.contains(s.quad.center())));
        json!({
            "status": { "error_code": OK, "error_msg": "" },
            "type": d.found.kind,
            "page": page.map_or(1, |p| p.page),
            "location": points(location),
            "content": content,
            "seal_mark": sealed,
        })
    };
    let mut pages = d.pages.iter().filter_map(|n| reading.pages.iter().find(|p| p.page == *n));
    let has_fields = d.record.entries.keys().any(|key| key != KEY_VALUES);
    if has_fields {
        return vec![entry(pages.next(), &d.found.location, fields(d))];
    }
    let whole = |p: &PageReading| Quad::from_rect(0.0, 0.0, p.width as f32, p.height as f32);
    pages
        .filter(|p| p.error.is_none())
        .map(|p| entry(Some(p), &whole(p), smart_document(&p.structure)))
        .collect()
}

/// Whole pixels, as the service gives them.
fn points(quad: &Quad) -> Value {
    quad.0.iter().map(|p| json!([p.x.round() as i64, p.y.round() as i64])).collect()
}

fn value(field: &Field) -> &str {
    field.value.as_deref().unwrap_or_default()
}

fn confidence(field: &Field) -> Value {
    let share = f64::from(field.confidence);
    json!(if share.is_finite() { (share * 1e4).round() / 1e4 } else { 0.0 })
}

fn place(field: &Field) -> Value {
    field.quad.as_ref().map_or_else(|| json!([]), points)
}

/// The fields as strings, with their confidences and places beside them.
fn fields(d: &Document) -> Value {
    let of = |what: &dyn Fn(&Field) -> Value| -> Map<String, Value> {
        let row = |cells: &BTreeMap<String, Field>| -> Value {
            Value::Object(cells.iter().map(|(key, f)| (key.clone(), what(f))).collect())
        };
        let entries = d.record.entries.iter().filter(|(key, _)| *key != KEY_VALUES);
        entries
            .map(|(key, entry)| {
                let value = match entry {
                    Entry::One(f) => what(f),
                    Entry::Many(fields) => fields.iter().map(what).collect(),
                    Entry::Rows { rows } => rows.iter().map(row).collect(),
                };
                (key.clone(), value)
            })
            .collect()
    };
    let mut content = of(&|f| json!(value(f)));
    content.insert("confidence".into(), Value::Object(of(&confidence)));
    content.insert("text_location".into(), Value::Object(of(&place)));
    Value::Object(content)
}

/// A page's text, key–values, tables and layout.
fn smart_document(s: &PageStructure) -> Value {
    let words: Vec<Value> = s
        .lines
        .iter()
        .map(|l| json!({ "words": l.text, "location": points(&l.quad), "confidence": l.confidence }))
        .collect();
    let pairs: Vec<Value> = s
        .key_values
        .iter()
        .map(|kv| {
            let mut blocks =
                vec![json!({ "words": kv.key, "location": points(&kv.key_quad), "type": "key" })];
            blocks.extend(
                kv.value_quad
                    .as_ref()
                    .map(|quad| json!({ "words": kv.value, "location": points(quad), "type": "value" })),
            );
            json!({
                "key": kv.key, "value": kv.value,
                "words_block_count": blocks.len(), "words_block_list": blocks,
            })
        })
        .collect();
    let tables: Vec<Value> = s
        .tables
        .iter()
        .map(|t| {
            let all =
                |from: usize, span: usize| (from..from.saturating_add(span.min(1000))).collect::<Vec<_>>();
            let cells = t.cells.iter().map(|c| {
                json!({
                    "words": c.text, "rows": all(c.row, c.row_span), "columns": all(c.col, c.col_span),
                    "cell_location": points(&c.quad),
                })
            });
            let cells: Vec<Value> = cells.collect();
            json!({
                "location": points(&t.quad),
                "words_block_count": cells.len(), "words_block_list": cells,
            })
        })
        .collect();
    let mut table_id = 0usize;
    let layout: Vec<Value> = s
        .regions
        .iter()
        .map(|r| {
            let lines = r.lines.iter().filter_map(|i| s.lines.get(*i)).map(|l| l.text.as_str());
            let mut block = json!({
                "location": points(&r.quad), "type": layout_type(r.region_type),
                "text": lines.collect::<Vec<_>>().join("\n"), "words_ids": r.lines,
            });
            if let (RegionType::Table, Value::Object(block)) = (r.region_type, &mut block) {
                block.insert("table_id".into(), json!(table_id));
                table_id += 1;
            }
            block
        })
        .collect();
    json!({
        "ocr_result": {
            "direction": f64::from(s.rotation), "words_block_count": words.len(), "words_block_list": words,
        },
        "kv_result": { "kv_block_count": pairs.len(), "kv_block_list": pairs },
        "table_result": { "table_count": tables.len(), "table_list": tables },
        "layout_result": { "layout_block_count": layout.len(), "layout_block_list": layout },
    })
}

fn layout_type(region: RegionType) -> &'static str {
    match region {
        RegionType::Title => "title",
        RegionType::Text | RegionType::List => "text",
        RegionType::Table => "table",
        RegionType::Figure => "image",
        RegionType::Seal => "stamp",
        RegionType::Header => "header",
        RegionType::Footer => "footer",
        RegionType::Formula => "formula",
    }
}
