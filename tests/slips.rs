//! Made-up readings of a made-up kind, for the tests of review and export.

use std::{collections::BTreeMap, path::Path, sync::Arc};

use luru::{
    classify::FoundDocument,
    extract::{Entry, Field, FieldPath, Origin, Record, State},
    geometry::Quad,
    kind::{Label, Registry},
    ocr::{CharReading, TextLine},
    review::{Document, DocumentState, FileReading, PageReading, TextSource, Timings},
    structure::{Cell, Code, KeyValue, PageStructure, Region, RegionType, Seal, SealShape, Table},
    validate::{Issue, Severity},
};

pub fn registry() -> Arc<Registry> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/kinds");
    let (registry, faults) = Registry::load(Some(&folder));
    assert!(registry.get("slip").is_some(), "{faults:?}");
    Arc::new(registry)
}

pub fn quad(left: f32, top: f32) -> Quad {
    Quad::from_rect(left, top, left + 100.0, top + 20.0)
}

pub fn path(text: &str) -> FieldPath {
    FieldPath::try_from(text.to_owned()).expect("a field path")
}

pub fn field(value: &str, state: State) -> Field {
    Field {
        value: (!value.is_empty()).then(|| value.to_owned()),
        raw: value.to_owned(),
        quad: Some(quad(10.0, 10.0)),
        confidence: if state == State::Ok { 0.98 } else { 0.5 },
        origin: Origin::Read,
        state,
        ..Field::default()
    }
}

fn row(name: &str, amount: &str) -> BTreeMap<String, Field> {
    [("name", name), ("amount", amount)].map(|(k, v)| (k.to_owned(), field(v, State::Ok))).into()
}

/// A slip whose date is doubtful and whose other values are right.
pub fn slip(page: usize, number: &str, total: &str) -> Document {
    let one = |value: &str, state| Entry::One(field(value, state));
    let entries = [
        ("number", one(number, State::Ok)),
        ("date", one("2024-05-06", State::Doubtful)),
        ("buyer_name", one("甲公司", State::Ok)),
        ("seller_name", one("乙公司", State::Ok)),
        ("phone", Entry::Many(vec![field("13900000000", State::Ok), field("0571-80000000", State::Ok)])),
        ("total", one(total, State::Ok)),
        ("item_list", Entry::Rows { rows: vec![row("纸张", total), row("运费", "0.00")] }),
    ];
    Document {
        found: FoundDocument {
            kind: "slip".into(),
            confidence: 0.97,
            location: Quad::from_rect(0.0, 0.0, 500.0, 700.0),
            lines: vec![0, 1],
            fit: None,
        },
        pages: vec![page],
        record: Record { entries: entries.map(|(k, v)| (k.to_owned(), v)).into() },
        issues: Vec::new(),
        state: DocumentState::ToReview,
    }
}

/// A document of the open kind over the whole page.
pub fn open_document(page: usize) -> Document {
    let mut document = slip(page, "", "");
    document.found.kind = "document".into();
    document.record = Record::default();
    document
}

pub fn error(field: &str, message: &str) -> Issue {
    Issue {
        rule: "sum_of_rows".into(),
        severity: Severity::Error,
        fields: vec![path(field)],
        message: Label { zh: message.into(), en: "does not add up".into() },
        suggestion: None,
    }
}

fn cell(row: usize, col: usize, col_span: usize, text: &str) -> Cell {
    let quad = quad(col as f32 * 100.0, 300.0 + row as f32 * 20.0);
    Cell { row, col, row_span: 1, col_span, text: text.into(), quad, confidence: 0.9 }
}

pub fn page(number: usize) -> PageReading {
    let chars = "测试单据".chars().map(|char| CharReading { char, quad: quad(10.0, 10.0), confidence: 0.9 });
    let line = |text: &str, top: f32| TextLine {
        text: text.into(),
        quad: quad(10.0, top),
        confidence: 0.95,
        ..TextLine::default()
    };
    let key_value = |key: &str, value: &str, left: f32| KeyValue {
        key: key.into(),
        value: value.into(),
        key_quad: quad(left, 200.0),
        value_quad: (!value.is_empty()).then(|| quad(left + 100.0, 200.0)),
        confidence: 0.9,
    };
    PageReading {
        page: number,
        width: 1000,
        height: 700,
        dpi: Some(200.0),
        source: TextSource::Scan,
        structure: PageStructure {
            rotation: 90,
            lines: vec![
                TextLine { chars: chars.collect(), ..line("测试单据", 10.0) },
                line("金额 12.00", 40.0),
                line("旁边的字", 600.0),
            ],
            regions: vec![Region {
                region_type: RegionType::Title,
                quad: quad(10.0, 10.0),
                lines: vec![0],
                order: 0,
            }],
            tables: vec![Table {
                quad: Quad::from_rect(0.0, 300.0, 200.0, 360.0),
                rows: 2,
                cols: 2,
                ruled: true,
                cells: vec![cell(0, 0, 2, "标题"), cell(1, 0, 1, "0012"), cell(1, 1, 1, "1,234.50")],
            }],
            seals: vec![Seal {
                shape: SealShape::Round,
                text: "某某公司".into(),
                sub_text: "发票专用章".into(),
                color: "red".into(),
                quad: quad(300.0, 400.0),
                own_quad: None,
                confidence: 0.8,
            }],
            codes: vec![Code { kind: "qr".into(), text: "01,32".into(), quad: quad(400.0, 20.0) }],
            key_values: vec![key_value("付款人", "甲公司", 20.0), key_value("别处", "丙", 700.0)],
            ..PageStructure::default()
        },
        notices: Vec::new(),
        error: None,
    }
}

pub fn reading(file: &str, documents: Vec<Document>) -> FileReading {
    let timings = Timings { decode: 12.345, total: 100.0, ..Timings::default() };
    FileReading { path: file.into(), pages: vec![page(1), page(2)], documents, timings, error: None }
}
