//! Contracts of several pages: they become one document by their page numbers, stay one when pages are
//! read again, and are shown with their seals at the desk and in the workbook.

use std::{path::Path, sync::Arc};

use calamine::Reader;
use eframe::egui::accesskit::Role;
use egui_kittest::kittest::Queryable;

use luru::{
    classify::FoundDocument,
    extract::{Entry, Field, Record, State},
    geometry::Quad,
    kind::{Lang, Registry},
    ocr::TextLine,
    review::{Document, DocumentState, FileId, FileReading, PageReading, Session, Timings, join_parts},
    structure::{EdgeSeal, PageStructure, Seal, SealShape, Side},
};

use super::{
    desk_panels::run_command,
    ui::{open, settle},
};

const KIND: &str = "contract";
const A: &str = "苏州云帆机械设备有限公司";
const B: &str = "成都锦程贸易有限公司";

fn line(text: &str, x: f32, y: f32) -> TextLine {
    let quad = Quad::from_rect(x, y, x + 16.0 * text.chars().count() as f32, y + 20.0);
    TextLine { text: text.into(), quad, confidence: 0.98, ..TextLine::default() }
}

/// Page `number` of a contract of three; the last has the seal of the first party alone, and the second
/// no part of the seal over the edges.
fn page(number: usize) -> PageReading {
    let mut lines = match number {
        1 => vec![
            line("产品购销合同", 500.0, 100.0),
            line(&format!("甲方：{A}"), 100.0, 200.0),
            line(&format!("乙方：{B}"), 100.0, 240.0),
        ],
        2 => vec![line("第三条 交货期限：合同签订后30日内。", 100.0, 200.0)],
        _ => vec![line(&format!("甲方（盖章）：{A}"), 100.0, 300.0), line("乙方（盖章）：", 700.0, 300.0)],
    };
    lines.push(line(&format!("第{number}页 共3页"), 550.0, 1600.0));
    let seal = Seal {
        shape: SealShape::Round,
        text: A.into(),
        sub_text: String::new(),
        color: "red".into(),
        quad: Quad::from_rect(180.0, 260.0, 380.0, 460.0),
        own_quad: None,
        confidence: 0.95,
    };
    let part = EdgeSeal {
        side: Side::Right,
        color: "red".into(),
        quad: Quad::from_rect(1140.0, 700.0, 1200.0, 880.0),
    };
    let structure = PageStructure {
        lines,
        seals: if number == 3 { vec![seal] } else { Vec::new() },
        edge_seals: if number == 2 { Vec::new() } else { vec![part] },
        ..PageStructure::default()
    };
    PageReading { page: number, width: 1200, height: 1700, structure, ..PageReading::default() }
}

/// What is found on it: the kind is known by the first page alone.
fn document(number: usize) -> Document {
    let registry = Registry::builtin();
    let open = registry.open().expect("an open kind").id.clone();
    let mut record = Record::default();
    if number == 1 {
        for (key, name) in [("party_a", A), ("party_b", B)] {
            let field =
                Field { value: Some(name.into()), confidence: 0.98, state: State::Ok, ..Field::default() };
            record.entries.insert(key.into(), Entry::One(field));
        }
    }
    Document {
        found: FoundDocument {
            kind: if number == 1 { KIND.into() } else { open },
            confidence: 0.9,
            location: Quad::from_rect(0.0, 0.0, 1200.0, 1700.0),
            lines: Vec::new(),
            fit: None,
        },
        pages: vec![number],
        record,
        issues: Vec::new(),
        state: DocumentState::ToReview,
    }
}

fn empty() -> (Session, FileId) {
    let mut session = Session::new(Arc::new(Registry::builtin()));
    let (file, _) = session.add_file(Path::new("contract.pdf"), None);
    session.file_opened(file, 3);
    (session, file)
}

fn read(session: &mut Session, file: FileId, number: usize) {
    session.page_done(file, page(number), vec![document(number)], Timings::default());
}

fn whole() -> Session {
    let (mut session, file) = empty();
    (1..=3).for_each(|number| read(&mut session, file, number));
    session.file_done(file, None);
    session
}

/// Kind, pages and rules of the issues that the signing raised.
fn state(session: &Session) -> Vec<(String, Vec<usize>, Vec<String>)> {
    let of_signing = ["party_seal", "paging_seal", "page_count", "seal_place"];
    let one = |d: &Document| {
        let rules = d.issues.iter().map(|i| i.rule.clone()).filter(|r| of_signing.contains(&r.as_str()));
        (d.found.kind.clone(), d.pages.clone(), rules.collect())
    };
    session.documents().map(|d| one(&d.document)).collect()
}

#[test]
fn pages_that_count_on_are_one_document_in_whatever_order_they_come() {
    let wanted =
        vec![(KIND.to_owned(), vec![1, 2, 3], vec!["party_seal".to_owned(), "paging_seal".to_owned()])];
    for order in [[1, 2, 3], [3, 2, 1], [2, 3, 1], [1, 3, 2]] {
        let (mut session, file) = empty();
        order.into_iter().for_each(|number| read(&mut session, file, number));
        assert_eq!(state(&session), wanted, "{order:?}");
        // Read again, page by page, it stays one.
        let id = session.documents().next().unwrap().id;
        for number in [2, 1, 3, 3] {
            read(&mut session, file, number);
            assert_eq!(state(&session), wanted, "{order:?}, page {number} again");
        }
        assert_eq!(session.documents().next().unwrap().id, id);
        assert_eq!(session.documents().next().unwrap().document.record.value("party_b"), Some(B));
    }
}

#[test]
fn files_are_joined_alike_without_a_window() {
    let mut reading = FileReading {
        pages: (1..=3).map(page).collect(),
        documents: (1..=3).map(document).collect(),
        ..FileReading::default()
    };
    join_parts(&Registry::builtin(), &mut reading);
    assert_eq!(reading.documents.len(), 1);
    let document = &reading.documents[0];
    assert_eq!((document.found.kind.as_str(), &document.pages[..]), (KIND, &[1, 2, 3][..]));
    assert!(document.issues.iter().any(|i| i.rule == "paging_seal"));
}

#[test]
fn pages_of_another_count_stay_apart() {
    let (mut session, file) = empty();
    read(&mut session, file, 1);
    let mut other = page(2);
    other.structure.lines.pop();
    other.structure.lines.push(line("第2页 共8页", 550.0, 1600.0));
    session.page_done(file, other, vec![document(2)], Timings::default());
    assert_eq!(session.documents().count(), 2);
}

#[test]
fn the_desk_shows_parties_seals_and_what_is_missing() {
    let (mut harness, _) = open(whole());
    run_command(&mut harness, "seals and signatures");
    let missing = format!("no seal of Party B “{B}” was found");
    assert!(harness.query_all_by_label_contains(&missing).next().is_some());
    assert!(harness.query_all_by_label_contains("not on page 2").next().is_some());
    // The seal's cut-out leads to its page.
    harness.get_by_role_and_label(Role::Image, A).click();
    settle(&mut harness);
    assert!(harness.query_by_label("Parties").is_none(), "the panel is closed");
    harness.get_by_label_contains("Page 3 of 3");
}

#[test]
fn the_workbook_has_a_sheet_of_seals() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out.xlsx");
    let session = whole();
    let readings: Vec<FileReading> = session.files().iter().map(|f| f.to_reading()).collect();
    let registry = Registry::builtin();
    let of = luru::export::Tables { registry: &registry, lang: Lang::En, profile: None };
    luru::export::xlsx::write(&path, &readings, &of).unwrap();
    let mut book: calamine::Xlsx<_> = calamine::open_workbook(&path).unwrap();
    let sheet = book.worksheet_range("Seals").unwrap();
    let cell = |column: u32| sheet.get_value((1, column)).map(ToString::to_string).unwrap_or_default();
    assert_eq!(cell(0), "contract.pdf");
    assert_eq!(cell(1), "1-3");
    assert_eq!(cell(2), format!("Party A {A}: {A} (Page 3)\nParty B {B}: no seal"));
    assert_eq!(cell(5), "Page 1, 3; no seal 2");
}
