//! Tables of pages that a person changes: in the session, in the store and the exports, and in the
//! window, by its grid and by dragging lines on the page.

use std::path::Path;

use eframe::egui::{Event as Input, Key, Modifiers, Pos2, accesskit::Role, pos2};
use egui_kittest::{Harness, kittest::Queryable};

use luru::{
    export::json,
    geometry::{Point, Quad},
    ocr::TextLine,
    review::{
        AuditAction, Document, DocumentState, Edit, EditError, FileId, PageReading, Session, Timings,
        store::Saver,
    },
    structure::{
        Cell, Table,
        table_edit::{Axis, TableEdit, TableRefusal},
    },
    ui::App,
};

use super::{
    slips::{open_document, page, registry},
    ui::{Wire, click, input, latin, open, press, settle, show_picture},
};

/// A page with a table of three rows and two columns, 200 by 40 pixels each, from 100, 100 on.
fn table_page() -> PageReading {
    let texts = [["Item", "Price"], ["Paper", "3.50"], ["Ink", "9.00"]];
    let (mut cells, mut lines) = (Vec::new(), Vec::new());
    for (row, texts) in texts.iter().enumerate() {
        for (col, text) in texts.iter().enumerate() {
            let (x, y) = (100.0 + 200.0 * col as f32, 100.0 + 40.0 * row as f32);
            let quad = Quad::from_rect(x, y, x + 200.0, y + 40.0);
            let text = (*text).to_owned();
            cells.push(Cell {
                row,
                col,
                row_span: 1,
                col_span: 1,
                text: text.clone(),
                quad,
                confidence: 0.9,
            });
            let quad = Quad::from_rect(x + 10.0, y + 10.0, x + 60.0, y + 30.0);
            lines.push(TextLine { text, quad, confidence: 0.9, ..TextLine::default() });
        }
    }
    let mut page = page(1);
    page.structure.rotation = 0;
    page.structure.lines = lines;
    let quad = Quad::from_rect(100.0, 100.0, 500.0, 220.0);
    page.structure.tables = vec![Table { quad, rows: 3, cols: 2, ruled: true, cells }];
    page
}

fn session() -> (Session, FileId) {
    session_of(open_document(1))
}

fn session_of(mut document: Document) -> (Session, FileId) {
    let mut session = Session::new(registry());
    let (file, _) = session.add_file(Path::new("a.png"), None);
    document.found.location = Quad::from_rect(0.0, 0.0, 1000.0, 700.0);
    session.page_done(file, table_page(), vec![document], Timings::default());
    session.file_done(file, None);
    (session, file)
}

/// The texts of the first table, row by row.
fn texts(session: &Session) -> Vec<Vec<String>> {
    let table = &session.files()[0].pages[0].structure.tables[0];
    let row = |row| table.cells.iter().filter(|c| c.row == row).map(|c| c.text.clone()).collect();
    (0..table.rows).map(row).collect()
}

fn change(file: FileId, change: TableEdit) -> Edit {
    Edit::ChangeTable { file, page: 1, table: 0, change }
}

fn typing(file: FileId, text: &str) -> Edit {
    change(file, TableEdit::SetText { row: 1, col: 1, text: text.into() })
}

#[test]
fn a_changed_table_is_undone_audited_exported_and_kept() {
    let (mut session, file) = session();
    let before = texts(&session);
    let document = session.documents().next().unwrap().id;
    for (i, text) in ["4", "4.5", "4.50"].into_iter().enumerate() {
        session.apply_at(typing(file, text), 1000 + i as i64).unwrap();
    }
    assert_eq!(texts(&session)[1], ["Paper", "4.50"]);
    let note = session.audit().last().unwrap();
    assert_eq!((note.action, note.place.as_str()), (AuditAction::TableChanged, "1/1/2,2"));
    assert_eq!((note.old.as_deref(), note.new.as_deref()), (Some("3.50"), Some("4.50")));
    assert_eq!(note.document, Some(document));
    session.undo().unwrap();
    assert_eq!(texts(&session), before, "typing in one cell is one step");
    session.redo().unwrap();
    let merge = TableEdit::Merge { from: (0, 0), to: (0, 1) };
    session.apply(change(file, merge)).unwrap();
    let result = json::file_result(&session.files()[0].to_reading());
    let table = &result["pages"][0]["tables"][0];
    assert_eq!(table["cells"][0]["text"], "Item Price");
    assert_eq!(table["cells"][0]["col_span"], 2);
    assert_eq!(table["cells"][2]["text"], "4.50");
    // Read again, the page keeps what a person has done.
    session.page_done(file, table_page(), vec![open_document(1)], Timings::default());
    assert_eq!(texts(&session)[1], ["Paper", "4.50"]);
}

#[test]
fn a_changed_table_is_in_the_store() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("session.sqlite");
    let (saver, _) = Saver::open(&path, registry()).unwrap();
    let (mut session, file) = session();
    session.apply(typing(file, "4.50")).unwrap();
    saver.save(&mut session).unwrap();
    saver.flush().unwrap();
    drop(saver);
    let (_, again) = Saver::open(&path, registry()).unwrap();
    assert_eq!(texts(&again)[1], ["Paper", "4.50"]);
    assert!(again.files()[0].pages[0].tables_edited);
}

#[test]
fn refused_changes_leave_the_table_as_it_is() {
    let (mut session, file) = session();
    let before = texts(&session);
    let nowhere = change(file, TableEdit::SetText { row: 9, col: 0, text: "x".into() });
    assert_eq!(session.apply(nowhere), Err(EditError::Table(TableRefusal::NoSuchPlace)));
    let other =
        Edit::ChangeTable { file, page: 1, table: 7, change: TableEdit::Delete { axis: Axis::Row, at: 0 } };
    assert_eq!(session.apply(other), Err(EditError::NoSuchTable(7)));
    let document = session.documents().next().unwrap().id;
    let confirm = Edit::SetState { document, state: DocumentState::Confirmed, reason: None };
    session.apply(confirm).unwrap();
    assert_eq!(session.apply(typing(file, "1")), Err(EditError::Closed));
    assert_eq!(texts(&session), before);
    assert!(!session.can_undo() || session.audit().iter().all(|e| e.action != AuditAction::TableChanged));
}

#[test]
fn a_table_changed_since_the_last_export_is_exported_again() {
    let (mut session, file) = session();
    let document = session.documents().next().unwrap().id;
    let state = |state| Edit::SetState { document, state, reason: None };
    session.apply(state(DocumentState::Confirmed)).unwrap();
    session.note_export(&[document]);
    assert!(session.changed_since_export().is_empty());
    session.apply(state(DocumentState::ToReview)).unwrap();
    session.apply(typing(file, "4.50")).unwrap();
    session.apply(state(DocumentState::Confirmed)).unwrap();
    assert_eq!(session.changed_since_export(), [document]);
}

fn hand() -> (Harness<'static, App>, Wire) {
    let (mut harness, wire) = open(session().0);
    press(&mut harness, Modifiers::COMMAND | Modifiers::SHIFT, Key::T);
    settle(&mut harness);
    (harness, wire)
}

fn shown(harness: &Harness<'_, App>) -> Vec<Vec<String>> {
    texts(harness.state().session())
}

#[test]
fn cells_are_typed_into_with_the_keyboard() {
    let (mut harness, _) = hand();
    harness.get_by_label("Table 1/1");
    assert!(input(&harness, "Row 1, column 1").is_focused());
    press(&mut harness, Modifiers::NONE, Key::Tab);
    assert!(input(&harness, "Row 1, column 2").is_focused());
    press(&mut harness, Modifiers::NONE, Key::Enter);
    let cell = input(&harness, "Row 2, column 2");
    assert!(cell.is_focused());
    cell.type_text("0");
    settle(&mut harness);
    assert_eq!(shown(&harness)[1][1], "0", "what is typed takes the place of the text");
    press(&mut harness, Modifiers::COMMAND, Key::Z);
    assert_eq!(shown(&harness)[1], ["Paper", "3.50"]);
    press(&mut harness, Modifiers::NONE, Key::F2);
    input(&harness, "Row 2, column 2").type_text("0");
    settle(&mut harness);
    assert_eq!(shown(&harness)[1][1], "3.500", "F2 goes into it");
    press(&mut harness, Modifiers::COMMAND, Key::Z);
    // A sheet from the clipboard goes over several cells and makes room for itself.
    harness.event(Input::Paste("4.00\teach\n8.00\teach\n".into()));
    settle(&mut harness);
    assert_eq!(
        shown(&harness),
        [vec!["Item", "Price", ""], vec!["Paper", "4.00", "each"], vec!["Ink", "8.00", "each"]]
    );
    click(&mut harness, "Close");
    assert!(harness.query_by_label("Table 1/1").is_none());
}

#[test]
fn rows_columns_and_cells_are_changed_by_menus() {
    let (mut harness, _) = hand();
    click(&mut harness, "Rows");
    click(&mut harness, "Insert row below");
    assert_eq!(shown(&harness).len(), 4);
    assert_eq!(shown(&harness)[1], ["", ""]);
    press(&mut harness, Modifiers::COMMAND, Key::Z);
    assert_eq!(shown(&harness).len(), 3);
    click(&mut harness, "Select row 2");
    click(&mut harness, "Cells");
    click(&mut harness, "Merge the selected cells");
    assert_eq!(shown(&harness)[1], ["Paper 3.50"]);
    click(&mut harness, "Cells");
    click(&mut harness, "Split side by side");
    assert_eq!(shown(&harness)[1], ["Paper", "3.50"]);
    click(&mut harness, "Select column 1");
    click(&mut harness, "Columns");
    click(&mut harness, "Delete this column");
    assert_eq!(shown(&harness), [["Price"], ["3.50"], ["9.00"]]);
}

/// The table in hand with the picture of its page on show; and where a page point lies on the screen.
fn with_picture() -> (Harness<'static, App>, impl Fn(f32, f32) -> Pos2) {
    let (mut harness, wire) = open(session_of(latin("10", "12.00")).0);
    show_picture(&mut harness, &wire);
    press(&mut harness, Modifiers::COMMAND | Modifiers::SHIFT, Key::T);
    settle(&mut harness);
    press(&mut harness, Modifiers::COMMAND, Key::Num0);
    settle(&mut harness);
    let pane = harness.get_by_role_and_label(Role::Canvas, "Page").rect();
    let zoom = ((pane.width() - 16.0) / 1000.0).min((pane.height() - 16.0) / 700.0);
    let place = move |x: f32, y: f32| pane.center() + (pos2(x, y) - pos2(500.0, 350.0)) * zoom;
    (harness, place)
}

fn drag(harness: &mut Harness<'_, App>, from: Pos2, to: Pos2) {
    harness.hover_at(from);
    harness.run_steps(2);
    harness.drag_at(from);
    harness.run_steps(2);
    for step in 1..=4 {
        harness.hover_at(from + (to - from) * (step as f32 / 4.0));
        harness.run_steps(1);
    }
    harness.drop_at(to);
    settle(harness);
}

#[test]
fn lines_are_dragged_on_the_page_and_the_text_follows() {
    let (mut harness, at) = with_picture();
    drag(&mut harness, at(300.0, 160.0), at(380.0, 160.0));
    assert_eq!(shown(&harness)[1], ["Paper 3.50", ""]);
    press(&mut harness, Modifiers::COMMAND, Key::Z);
    assert_eq!(shown(&harness)[1], ["Paper", "3.50"]);
    // Onto its neighbour: the two rows become one.
    drag(&mut harness, at(200.0, 140.0), at(200.0, 180.0));
    assert_eq!(shown(&harness), [["Item\nPaper", "Price\n3.50"], ["Ink", "9.00"]]);
}

#[test]
fn a_click_on_the_page_chooses_a_cell_or_draws_a_line() {
    let (mut harness, at) = with_picture();
    let click_at = |harness: &mut Harness<'_, App>, place: Pos2| {
        harness.hover_at(place);
        harness.run_steps(1);
        harness.drag_at(place);
        harness.run_steps(1);
        harness.drop_at(place);
        settle(harness);
    };
    click_at(&mut harness, at(420.0, 200.0));
    assert!(input(&harness, "Row 3, column 2").is_focused());
    let above = at(250.0, 100.0) - eframe::egui::vec2(0.0, 10.0);
    click_at(&mut harness, above);
    assert_eq!(shown(&harness)[0], ["Item", "", "Price"]);
    let table = &harness.state().session().files()[0].pages[0].structure.tables[0];
    let line = table.cells[0].quad.0[1];
    assert!(line.distance(Point::new(250.0, 100.0)) < 8.0, "{line:?}");
}

#[test]
fn a_table_is_drawn_where_none_was_found() {
    let (mut session, file) = session_of(latin("10", "12.00"));
    session.apply(Edit::RemoveTable { file, page: 1, table: 0 }).unwrap();
    assert_eq!(session.audit().last().map(|n| n.action), Some(AuditAction::TableChanged));
    let (mut harness, wire) = open(session);
    show_picture(&mut harness, &wire);
    press(&mut harness, Modifiers::COMMAND, Key::Num0);
    settle(&mut harness);
    press(&mut harness, Modifiers::COMMAND | Modifiers::SHIFT, Key::T);
    harness.get_by_label_contains("Drag over the table on the page");
    let pane = harness.get_by_role_and_label(Role::Canvas, "Page").rect();
    let zoom = ((pane.width() - 16.0) / 1000.0).min((pane.height() - 16.0) / 700.0);
    let at = |x: f32, y: f32| pane.center() + (pos2(x, y) - pos2(500.0, 350.0)) * zoom;
    drag(&mut harness, at(90.0, 90.0), at(520.0, 230.0));
    assert_eq!(shown(&harness), [["Item", "Price"], ["Paper", "3.50"], ["Ink", "9.00"]]);
    harness.get_by_label("Table 1/1");
    press(&mut harness, Modifiers::COMMAND, Key::Z);
    assert!(harness.state().session().files()[0].pages[0].structure.tables.is_empty());
    // Escape gives up, and the page is as before.
    press(&mut harness, Modifiers::COMMAND | Modifiers::SHIFT, Key::T);
    press(&mut harness, Modifiers::NONE, Key::Escape);
    drag(&mut harness, at(90.0, 90.0), at(520.0, 230.0));
    assert!(harness.state().session().files()[0].pages[0].structure.tables.is_empty());
}

#[test]
fn the_rows_of_a_corrected_table_become_the_documents() {
    let (mut session, file) = session_of(latin("10", "12.00"));
    let cell = |row, col, text: &str| change(file, TableEdit::SetText { row, col, text: text.into() });
    assert!(session.rows_from_table(file, 1, 0).is_none(), "one known heading is no header");
    session.apply(cell(0, 1, "Amount (yuan)")).unwrap();
    session.apply(cell(1, 1, "¥3.50")).unwrap();
    let (mut harness, _) = open(session);
    press(&mut harness, Modifiers::COMMAND | Modifiers::SHIFT, Key::T);
    settle(&mut harness);
    click(&mut harness, "Table");
    click(&mut harness, "Fill the document's rows");
    harness.get_by_label_contains("2 rows filled in");
    let document = harness.state().session().documents().next().unwrap();
    let rows = document.document.record.rows("item_list");
    let values: Vec<_> =
        rows.iter().map(|r| (r["name"].value.as_deref(), r["amount"].value.as_deref())).collect();
    assert_eq!(values, [(Some("Paper"), Some("3.50")), (Some("Ink"), Some("9.00"))]);
    // The cell that a person has typed is settled, the others were read poorly.
    assert!(rows[0]["amount"].confirmed && !rows[1]["amount"].confirmed);
    assert!(rows[1]["amount"].quad.is_some_and(|q| q.contains(Point::new(400.0, 200.0))));
    press(&mut harness, Modifiers::COMMAND, Key::Z);
    let document = harness.state().session().documents().next().unwrap();
    assert_eq!(document.document.record.rows("item_list")[0]["name"].value.as_deref(), Some("Item 0"));
}

#[test]
fn doubtful_cells_are_marked_counted_and_accepted_by_key() {
    let (mut harness, _) = hand();
    harness.get_by_label("6 doubtful");
    harness.get_by_label("Row 1, column 2: Price · doubtful");
    press(&mut harness, Modifiers::NONE, Key::F3);
    harness.get_by_label("5 doubtful");
    assert!(input(&harness, "Row 1, column 2").is_focused());
    click(&mut harness, "5 doubtful");
    assert!(input(&harness, "Row 2, column 1").is_focused());
    press(&mut harness, Modifiers::COMMAND, Key::Z);
    harness.get_by_label("6 doubtful");
}
