//! The window through its accessibility tree: no display, no worker threads.
//!
//! The window speaks English here, and values are in Latin letters, so that the tests need no
//! CJK font.

use std::{
    cell::RefCell,
    collections::VecDeque,
    path::{Path, PathBuf},
    rc::Rc,
};

use eframe::egui::{Key, Modifiers, accesskit::Role};
use egui_kittest::{
    Harness, Node,
    kittest::{NodeT as _, Queryable},
};

use luru::{
    extract::Entry,
    review::{Document, DocumentId, DocumentState, Session, Timings},
    ui::{App, CjkFont, Engine, Keeping, Language, Parts, Settings},
    validate::Issue,
    worker::{Event, FileError, Job, JobId, Outcome},
};

use super::slips::{error, field, page, path, registry, slip};

/// What the window has asked of the worker, and what the worker answers.
#[derive(Default)]
pub struct Line {
    pub jobs: Vec<(JobId, String)>,
    pub cancels: usize,
    pub restarts: usize,
    pub paused: bool,
    pub preferred: Option<(PathBuf, usize)>,
    pub events: VecDeque<Event>,
}

#[derive(Clone, Default)]
pub struct Wire(pub Rc<RefCell<Line>>);

impl Engine for Wire {
    fn send(&mut self, job: Job) -> JobId {
        let mut line = self.0.borrow_mut();
        let id = line.jobs.len() as JobId + 1;
        line.jobs.push((id, format!("{job:?}")));
        id
    }
    fn cancel(&mut self) {
        self.0.borrow_mut().cancels += 1;
    }
    fn pause(&mut self, paused: bool) {
        self.0.borrow_mut().paused = paused;
    }
    fn prefer(&mut self, path: &Path, page: usize) {
        self.0.borrow_mut().preferred = Some((path.to_owned(), page));
    }
    fn poll(&mut self) -> Option<Event> {
        self.0.borrow_mut().events.pop_front()
    }
    fn restart(&mut self) {
        self.0.borrow_mut().restarts += 1;
    }
}

impl Wire {
    pub fn tell(&self, events: impl IntoIterator<Item = Event>) {
        self.0.borrow_mut().events.extend(events);
    }

    /// The number of the last job whose description contains `what`.
    pub fn job(&self, what: &str) -> Option<JobId> {
        self.0.borrow().jobs.iter().rev().find(|(_, text)| text.contains(what)).map(|(id, _)| *id)
    }
}

/// A slip in Latin letters.
pub fn latin(number: &str, total: &str) -> Document {
    let mut document = slip(1, number, total);
    for (key, value) in [("buyer_name", "Alpha Ltd"), ("seller_name", "Beta Ltd")] {
        let state = luru::extract::State::Ok;
        document.record.entries.insert(key.into(), Entry::One(field(value, state)));
    }
    if let Some(Entry::Rows { rows }) = document.record.entries.get_mut("item_list") {
        for (i, row) in rows.iter_mut().enumerate() {
            row.insert("name".into(), field(&format!("Item {i}"), luru::extract::State::Ok));
        }
    }
    document
}

/// Two files: one with one slip, one with two.
pub fn session() -> Session {
    let mut session = Session::new(registry());
    for (name, documents) in
        [("a.png", vec![latin("10", "12.00")]), ("b.pdf", vec![latin("20", "8.00"), lower("21", "9.00")])]
    {
        let (file, _) = session.add_file(Path::new(name), None);
        session.file_opened(file, 1);
        session.page_done(file, page(1), documents, Timings::default());
        session.file_done(file, None);
    }
    session
}

/// A slip on the right half of the page.
pub fn lower(number: &str, total: &str) -> Document {
    let mut document = latin(number, total);
    document.found.location = luru::geometry::Quad::from_rect(500.0, 0.0, 1000.0, 700.0);
    document
}

pub fn open_with(session: Session, settings: Settings, cjk: CjkFont) -> (Harness<'static, App>, Wire) {
    open_at(session, settings, cjk, None)
}

/// With a folder for export profiles, and one in it for the user's kinds.
pub fn open_at(
    session: Session,
    settings: Settings,
    cjk: CjkFont,
    profiles: Option<std::path::PathBuf>,
) -> (Harness<'static, App>, Wire) {
    let wire = Wire::default();
    let engine = Box::new(wire.clone());
    let kinds = profiles.as_ref().map(|folder| folder.join("kinds"));
    let harness =
        Harness::builder().with_size([1440.0, 900.0]).with_max_steps(16).allow_missing_glyphs().build_eframe(
            move |creation| {
                let parts = Parts {
                    session,
                    engine,
                    settings,
                    settings_path: None,
                    profiles,
                    kinds,
                    cjk,
                    saver: None,
                    keeping: Keeping::Kept,
                    open_private: std::sync::Arc::new(|| Err(std::io::Error::other("no window in a test"))),
                };
                App::new(&creation.egui_ctx, parts).expect("complete texts")
            },
        );
    (harness, wire)
}

pub fn english() -> Settings {
    Settings { language: Some(Language::En), ..Settings::default() }
}

pub fn open(session: Session) -> (Harness<'static, App>, Wire) {
    open_with(session, english(), CjkFont::Loaded)
}

/// The harness's state after all that was asked for has been done.
pub fn settle(harness: &mut Harness<'_, App>) {
    harness.run_ok();
    harness.run_ok();
}

pub fn press(harness: &mut Harness<'_, App>, modifiers: Modifiers, key: Key) {
    harness.key_press_modifiers(modifiers, key);
    settle(harness);
}

pub fn click(harness: &mut Harness<'_, App>, name: &str) {
    harness.get_by_label(name).click();
    settle(harness);
}

pub fn input<'a>(harness: &'a Harness<'_, App>, name: &'a str) -> Node<'a> {
    let is_input = |n: &Node<'_>| {
        matches!(n.accesskit_node().role(), Role::TextInput | Role::MultilineTextInput | Role::PasswordInput)
    };
    harness.get_all_by_label(name).find(is_input).unwrap_or_else(|| panic!("no input {name}"))
}

pub fn value(harness: &Harness<'_, App>, document: DocumentId, field: &str) -> Option<String> {
    harness.state().session().document(document)?.document.record.get(&path(field))?.value.clone()
}

pub fn documents(harness: &Harness<'_, App>) -> Vec<DocumentId> {
    harness.state().session().documents().map(|d| d.id).collect()
}

pub fn state_of(harness: &Harness<'_, App>, document: DocumentId) -> DocumentState {
    harness.state().session().document(document).expect("a document").document.state
}

/// Replaces what stands in an input.
pub fn retype(harness: &mut Harness<'_, App>, name: &str, text: &str) {
    input(harness, name).focus();
    settle(harness);
    press(harness, Modifiers::COMMAND, Key::A);
    input(harness, name).type_text(text);
    settle(harness);
}

#[test]
fn the_queue_lists_files_and_their_documents() {
    let (harness, _) = open(session());
    harness.get_by_label_contains("a.png, Test slip");
    harness.get_by_label_contains("b.pdf, 2 documents");
    harness.get_by_label_contains("Test slip 1, To review");
    harness.get_by_label_contains("Test slip 2, To review");
    harness.get_by_label_contains("All 3");
}

#[test]
fn the_first_document_is_in_the_form_with_its_values() {
    let (harness, wire) = open(session());
    assert_eq!(input(&harness, "Number").value().as_deref(), Some("10"));
    assert_eq!(input(&harness, "Item 1").value().as_deref(), Some("Item 0"));
    assert!(wire.job("Show").is_some(), "its page is asked for");
}

#[test]
fn every_keystroke_is_checked_and_undo_restores() {
    let (mut harness, _) = open(session());
    let id = documents(&harness)[0];
    retype(&mut harness, "Total", "13.00");
    assert_eq!(value(&harness, id, "total").as_deref(), Some("13.00"));
    let issues = |h: &Harness<'_, App>| h.state().session().errors(id).len();
    assert_eq!(issues(&harness), 1, "the rows no longer add up to the total");
    let message = harness.state().session().errors(id)[0].message.en.clone();
    assert!(harness.query_all_by_label(&message).next().is_some(), "the reason is shown: {message}");
    press(&mut harness, Modifiers::COMMAND, Key::Z);
    assert_eq!(value(&harness, id, "total").as_deref(), Some("12.00"));
    assert_eq!(input(&harness, "Total").value().as_deref(), Some("12.00"));
    assert_eq!(issues(&harness), 0);
    press(&mut harness, Modifiers::COMMAND | Modifiers::SHIFT, Key::Z);
    assert_eq!(value(&harness, id, "total").as_deref(), Some("13.00"));
}

#[test]
fn a_suggestion_can_be_taken_with_a_button_and_a_key() {
    for by_key in [false, true] {
        let mut session = Session::new(registry());
        let (file, _) = session.add_file(Path::new("a.png"), None);
        let mut document = latin("10", "12.00");
        let suggestion = Some("12.50".to_owned());
        document.issues.push(Issue { suggestion, ..error("total", "合计不符") });
        session.page_done(file, page(1), vec![document], Timings::default());
        let (mut harness, _) = open(session);
        let id = documents(&harness)[0];
        if by_key {
            input(&harness, "Total").focus();
            settle(&mut harness);
            press(&mut harness, Modifiers::NONE, Key::F2);
        } else {
            click(&mut harness, "Take 12.50");
        }
        assert_eq!(value(&harness, id, "total").as_deref(), Some("12.50"), "by key: {by_key}");
    }
}

#[test]
fn enter_goes_to_the_next_field_that_needs_a_person() {
    let mut session = session();
    let id = session.documents().next().expect("a document").id;
    let clear = luru::review::Edit::SetField { document: id, path: path("number"), value: None };
    session.apply(clear).expect("a known field");
    let (mut harness, _) = open(session);
    // The date is doubtful; nothing else is left to do.
    press(&mut harness, Modifiers::NONE, Key::Enter);
    assert!(input(&harness, "Date").is_focused());
    press(&mut harness, Modifiers::NONE, Key::F3);
    assert_eq!(harness.state().session().counts(id).unresolved, 0);
    press(&mut harness, Modifiers::NONE, Key::Enter);
    harness.get_by_label_contains("All is looked at, but 1 error stands: Number is missing");
}

#[test]
fn tab_and_shift_tab_go_round_the_open_fields() {
    let mut session = Session::new(registry());
    let (file, _) = session.add_file(Path::new("a.png"), None);
    let mut document = latin("10", "12.00");
    let doubtful = field("12.00", luru::extract::State::Doubtful);
    document.record.entries.insert("total".into(), Entry::One(doubtful));
    session.page_done(file, page(1), vec![document], Timings::default());
    session.file_done(file, None);
    let (mut harness, _) = open(session);
    for (modifiers, key, name) in [
        (Modifiers::NONE, Key::Tab, "Total"),
        (Modifiers::NONE, Key::Tab, "Date"),
        (Modifiers::SHIFT, Key::Tab, "Total"),
        (Modifiers::SHIFT, Key::Enter, "Date"),
    ] {
        press(&mut harness, modifiers, key);
        assert!(input(&harness, name).is_focused(), "{key:?} goes to {name}");
    }
}

#[test]
fn a_shortcut_with_alt_types_nothing() {
    let (mut harness, _) = open(session());
    let id = documents(&harness)[0];
    input(&harness, "Number").focus();
    settle(&mut harness);
    let before = value(&harness, id, "number");
    // As the system sends them: the key and what it types, at once.
    let (key, modifiers) = (Key::Num2, Modifiers::ALT);
    let key = eframe::egui::Event::Key { key, physical_key: None, pressed: true, repeat: false, modifiers };
    harness.input_mut().events.extend([key, eframe::egui::Event::Text("2".into())]);
    settle(&mut harness);
    assert_eq!(value(&harness, id, "number"), before);
}

#[test]
fn escape_brings_back_what_stood_in_the_input() {
    let (mut harness, _) = open(session());
    let id = documents(&harness)[0];
    retype(&mut harness, "Number", "987");
    assert_eq!(value(&harness, id, "number").as_deref(), Some("987"));
    press(&mut harness, Modifiers::NONE, Key::Escape);
    assert_eq!(value(&harness, id, "number").as_deref(), Some("10"));
}

#[test]
fn every_value_is_reached_by_the_keyboard() {
    let (mut harness, _) = open(session());
    press(&mut harness, Modifiers::NONE, Key::F3);
    let mut seen = Vec::new();
    for _ in 0..12 {
        press(&mut harness, Modifiers::COMMAND, Key::ArrowUp);
    }
    for _ in 0..12 {
        seen.extend(harness.get_all_by_role(Role::TextInput).find(|n| n.is_focused()).and_then(|n| {
            let label = n.accesskit_node().label();
            label.filter(|l| seen.last() != Some(l))
        }));
        press(&mut harness, Modifiers::COMMAND, Key::ArrowDown);
    }
    assert!(["Number", "Total"].iter().all(|name| seen.iter().any(|s| s == name)), "{seen:?}");
}

#[test]
fn a_second_reading_is_offered_and_decides_nothing() {
    let (mut harness, wire) = open(session());
    let id = documents(&harness)[0];
    input(&harness, "Number").focus();
    settle(&mut harness);
    press(&mut harness, Modifiers::NONE, Key::F6);
    let asked = wire.0.borrow().jobs.iter().any(|(_, job)| job.starts_with("ReadLine"));
    assert!(asked, "the place is read again");
    let quad =
        harness.state().session().document(id).and_then(|d| d.document.record.get(&path("number"))?.quad);
    let quad = quad.expect("a value with a place");
    let line = luru::ocr::TextLine { text: "18".into(), quad, confidence: 0.9, ..Default::default() };
    let input_of = luru::worker::Input { path: PathBuf::from("a.png"), password: None };
    wire.tell([Event::LineRead { input: input_of, page: 1, quad, line: Ok(line) }]);
    settle(&mut harness);
    assert_eq!(value(&harness, id, "number").as_deref(), Some("10"));
    harness.get_by_label_contains("Read again as “18”");
    press(&mut harness, Modifiers::NONE, Key::F2);
    assert_eq!(value(&harness, id, "number").as_deref(), Some("18"));
}

/// Confirms a document of which a value is open: asked for twice.
fn confirm_as_it_stands(harness: &mut Harness<'_, App>) {
    press(harness, Modifiers::COMMAND, Key::Enter);
    press(harness, Modifiers::COMMAND, Key::Enter);
}

#[test]
fn confirming_with_values_open_goes_to_the_first_and_wants_to_be_asked_again() {
    let (mut harness, _) = open(session());
    let id = documents(&harness)[0];
    press(&mut harness, Modifiers::COMMAND, Key::Enter);
    assert_eq!(state_of(&harness, id), DocumentState::ToReview);
    harness.get_by_label_contains("press Ctrl+Enter again to confirm as it stands");
    press(&mut harness, Modifiers::COMMAND, Key::Enter);
    assert_eq!(state_of(&harness, id), DocumentState::Confirmed);
}

#[test]
fn confirming_opens_the_next_document() {
    let (mut harness, _) = open(session());
    let ids = documents(&harness);
    confirm_as_it_stands(&mut harness);
    assert_eq!(state_of(&harness, ids[0]), DocumentState::Confirmed);
    assert_eq!(input(&harness, "Number").value().as_deref(), Some("20"));
    press(&mut harness, Modifiers::NONE, Key::F8);
    assert_eq!(state_of(&harness, ids[1]), DocumentState::Postponed);
    confirm_as_it_stands(&mut harness);
    harness.get_by_label("Every document has been dealt with: Ctrl+E exports");
}

#[test]
fn errors_stand_against_confirming_until_a_reason_is_given() {
    let mut session = Session::new(registry());
    let (file, _) = session.add_file(Path::new("a.png"), None);
    let mut document = latin("10", "12.00");
    document.issues.push(error("total", "合计不符"));
    session.page_done(file, page(1), vec![document], Timings::default());
    let (mut harness, _) = open(session);
    let id = documents(&harness)[0];
    press(&mut harness, Modifiers::COMMAND, Key::Enter);
    assert_eq!(state_of(&harness, id), DocumentState::ToReview);
    harness.get_by_label("Errors are left");
    input(&harness, "Reason").type_text("printed so");
    settle(&mut harness);
    click(&mut harness, "Confirm anyway");
    assert_eq!(state_of(&harness, id), DocumentState::Confirmed);
    let session = harness.state().session();
    assert_eq!(session.document(id).and_then(|d| d.reason.as_deref()), Some("printed so"));
}

#[test]
fn what_is_said_of_a_document_goes_with_it() {
    let (mut harness, _) = open(session());
    press(&mut harness, Modifiers::NONE, Key::Enter);
    press(&mut harness, Modifiers::NONE, Key::F3);
    let said = "No field is left to check: Ctrl+Enter confirms";
    harness.get_by_label(said);
    press(&mut harness, Modifiers::COMMAND, Key::Enter);
    assert!(harness.query_by_label(said).is_none(), "the next document has fields to check");
}

#[test]
fn a_doubtful_cell_below_the_fold_scrolls_into_sight() {
    let mut session = Session::new(registry());
    let (file, _) = session.add_file(Path::new("a.png"), None);
    let mut document = latin("10", "12.00");
    document.record.entries.insert("date".into(), Entry::One(field("2024-05-06", luru::extract::State::Ok)));
    if let Some(Entry::Rows { rows }) = document.record.entries.get_mut("item_list") {
        rows[1].insert("amount".into(), field("0.00", luru::extract::State::Doubtful));
    }
    session.page_done(file, page(1), vec![document], Timings::default());
    let (mut harness, _) = open(session);
    harness.set_size(eframe::egui::vec2(1000.0, 360.0));
    settle(&mut harness);
    press(&mut harness, Modifiers::NONE, Key::Enter);
    settle(&mut harness);
    assert!(input(&harness, "Amount 2").is_focused());
    let foot = harness.get_by_label("Confirm").rect();
    let cell = input(&harness, "Amount 2").rect();
    assert!(cell.bottom() < foot.top(), "{cell} ends above {foot}");
    assert!(cell.right() <= foot.right(), "{cell} is not cut at {foot}");
}

#[test]
fn a_closed_document_takes_no_typing_until_it_is_reopened() {
    let (mut harness, _) = open(session());
    let id = documents(&harness)[0];
    confirm_as_it_stands(&mut harness);
    press(&mut harness, Modifiers::NONE, Key::PageUp);
    input(&harness, "Total").focus();
    settle(&mut harness);
    harness.get_by_label("Reopen");
    press(&mut harness, Modifiers::NONE, Key::F7);
    assert_eq!(state_of(&harness, id), DocumentState::ToReview);
}

#[test]
fn page_keys_go_from_document_to_document() {
    let (mut harness, _) = open(session());
    let number = |h: &Harness<'_, App>| input(h, "Number").value().unwrap_or_default();
    for (key, expected) in [
        (Key::PageDown, "20"),
        (Key::PageDown, "21"),
        (Key::PageDown, "21"),
        (Key::PageUp, "20"),
        (Key::PageUp, "10"),
    ] {
        press(&mut harness, Modifiers::NONE, key);
        assert_eq!(number(&harness), expected);
    }
}

#[test]
fn rows_are_added_and_removed() {
    let (mut harness, _) = open(session());
    let id = documents(&harness)[0];
    let rows = |h: &Harness<'_, App>| {
        h.state().session().document(id).map_or(0, |d| d.document.record.rows("item_list").len())
    };
    click(&mut harness, "Add row");
    assert_eq!(rows(&harness), 3);
    retype(&mut harness, "Amount 3", "1.50");
    assert_eq!(value(&harness, id, "item_list.2.amount").as_deref(), Some("1.50"));
    click(&mut harness, "Row 1");
    click(&mut harness, "Remove row 1");
    assert_eq!(rows(&harness), 2);
    press(&mut harness, Modifiers::COMMAND, Key::Z);
    assert_eq!(rows(&harness), 3);
}

#[test]
fn the_language_is_switched_at_run_time() {
    let (mut harness, _) = open(session());
    press(&mut harness, Modifiers::COMMAND, Key::Comma);
    click(&mut harness, "中文");
    harness.get_by_label("外观");
    click(&mut harness, "English");
    harness.get_by_label("Theme");
    press(&mut harness, Modifiers::NONE, Key::Escape);
    assert!(harness.query_by_label("Theme").is_none(), "Escape closes the panel");
}

#[test]
fn f1_shows_every_shortcut() {
    let (mut harness, _) = open(session());
    press(&mut harness, Modifiers::NONE, Key::F1);
    for text in ["Ctrl+Enter", "Enter / Tab", "Ctrl+,", "PageDown", "Shift + drag"] {
        assert!(harness.query_all_by_label(text).next().is_some(), "{text}");
    }
}

#[test]
fn the_palette_runs_a_command_by_name() {
    let (mut harness, _) = open(session());
    press(&mut harness, Modifiers::COMMAND, Key::K);
    input(&harness, "Type the name of a command").type_text("shortc");
    settle(&mut harness);
    press(&mut harness, Modifiers::NONE, Key::Enter);
    harness.get_by_label("Ctrl+Enter");
}

#[test]
fn the_export_panel_counts_what_would_be_exported() {
    let (mut harness, _) = open(session());
    press(&mut harness, Modifiers::COMMAND, Key::E);
    harness.get_by_label("All but rejected  (3)");
    harness.get_by_label("Confirmed  (0)");
    click(&mut harness, "Confirmed  (0)");
    harness.get_by_label("There is nothing to export; confirm documents first");
    press(&mut harness, Modifiers::NONE, Key::Escape);
    confirm_as_it_stands(&mut harness);
    press(&mut harness, Modifiers::COMMAND, Key::E);
    harness.get_by_label("Confirmed  (1)");
}

#[test]
fn columns_are_chosen_and_saved_as_a_profile() {
    let folder = tempfile::tempdir().unwrap();
    let (mut harness, _) = open_at(session(), english(), CjkFont::Loaded, Some(folder.path().to_owned()));
    press(&mut harness, Modifiers::COMMAND, Key::E);
    click(&mut harness, "All but rejected  (3)");
    click(&mut harness, "Choose columns");
    click(&mut harness, "Choose none");
    click(&mut harness, "Choose all");
    harness.get_by_label("Place of total");
    click(&mut harness, "@number");
    click(&mut harness, "Move column 2 up");
    input(&harness, "Name of the profile").focus();
    settle(&mut harness);
    input(&harness, "Name of the profile").type_text("ledger");
    settle(&mut harness);
    click(&mut harness, "Save the profile");
    let saved = luru::export::Profile::load(folder.path(), "ledger").unwrap();
    let columns = saved.columns("slip", None).expect("the slips' columns");
    assert_eq!(columns[0].key, "@file");
    assert!(columns.iter().all(|c| c.key != "@number") && columns.iter().any(|c| c.key == "total"));
    // The export panel is back, with the profile chosen.
    harness.get_by_label("Choose a place and export");
}

#[test]
fn another_kind_is_extracted_without_reading_again() {
    let (mut harness, wire) = open(session());
    let id = documents(&harness)[0];
    let change = |harness: &mut Harness<'_, App>| {
        press(harness, Modifiers::COMMAND, Key::T);
        input(harness, "Type the name of a kind").type_text("slip");
        settle(harness);
        press(harness, Modifiers::NONE, Key::Enter);
    };
    change(&mut harness);
    assert!(wire.job("Extract").is_some());
    assert!(wire.job("Read {").is_none());
    let mut document = latin("77", "5.00");
    document.found.confidence = 1.0;
    let location = document.found.location;
    let input_of = luru::worker::Input { path: "a.png".into(), password: None };
    let extracted = |document| Event::Extracted { input: input_of.clone(), page: 1, location, document };
    wire.tell([extracted(Ok(Box::new(document)))]);
    settle(&mut harness);
    assert_eq!(value(&harness, id, "number").as_deref(), Some("77"));
    press(&mut harness, Modifiers::COMMAND, Key::Z);
    assert_eq!(value(&harness, id, "number").as_deref(), Some("10"));
    // Where that fails, the reason is told and nothing is lost.
    change(&mut harness);
    wire.tell([extracted(Err("失败 / internal error: row 7".into()))]);
    settle(&mut harness);
    assert!(harness.query_all_by_label_contains("row 7").next().is_some());
    assert_eq!(value(&harness, id, "number").as_deref(), Some("10"));
}

#[test]
fn an_empty_window_says_what_to_do() {
    let (harness, _) = open(Session::new(registry()));
    harness.get_by_label("Drop scans here");
    for name in ["Open files", "Open folder", "Paste picture"] {
        harness.get_by_label(name);
    }
}

#[test]
fn without_a_chinese_font_the_window_speaks_english_and_names_the_package() {
    let settings = Settings { language: Some(Language::Zh), ..Settings::default() };
    let (harness, _) = open_with(session(), settings, CjkFont::Missing);
    harness.get_by_label_contains("fonts-noto-cjk");
    harness.get_by_label("Confirm");
}

/// Two waiting files; the window has sent them to be read as job `job`.
pub fn reading() -> (Harness<'static, App>, Wire, JobId) {
    let mut session = Session::new(registry());
    for name in ["a.png", "b.pdf"] {
        session.add_file(Path::new(name), None);
    }
    let (harness, wire) = open(session);
    let job = wire.job("Read {").expect("waiting files are read");
    (harness, wire, job)
}

#[test]
fn results_arrive_page_by_page_and_nothing_jumps() {
    let (mut harness, wire, job) = reading();
    wire.tell([
        Event::Begin { job, files: 2 },
        Event::FileOpened { job, file: 0, pages: 1 },
        Event::PageBegin { job, file: 0, page: 1 },
    ]);
    settle(&mut harness);
    harness.get_by_label_contains("Page 0/2");
    harness.get_by_label_contains("a.png, Reading page 1/1");
    let done = |file, document| Event::PageDone {
        job,
        file,
        page: Box::new(page(1)),
        documents: vec![document],
        image: None,
        timings: Timings::default(),
    };
    wire.tell([done(0, latin("10", "12.00")), Event::FileDone { job, file: 0, error: None }]);
    settle(&mut harness);
    assert_eq!(input(&harness, "Number").value().as_deref(), Some("10"));
    wire.tell([done(1, latin("20", "8.00")), Event::FileDone { job, file: 1, error: None }]);
    wire.tell([done(5, latin("99", "8.00"))]);
    settle(&mut harness);
    assert_eq!(input(&harness, "Number").value().as_deref(), Some("10"), "the selection stays");
    wire.tell([Event::End { job, outcome: Outcome::Completed }, done(0, latin("55", "1.00"))]);
    settle(&mut harness);
    harness.get_by_label("Done: 2 files read");
    assert_eq!(input(&harness, "Number").value().as_deref(), Some("10"), "stale events are dropped");
}

#[test]
fn reading_can_be_stopped() {
    let (mut harness, wire, job) = reading();
    wire.tell([Event::Begin { job, files: 2 }]);
    settle(&mut harness);
    click(&mut harness, "Stop");
    assert_eq!(wire.0.borrow().cancels, 1);
    wire.tell([Event::End { job, outcome: Outcome::Cancelled }]);
    settle(&mut harness);
    harness.get_by_label("Reading stopped; 0 files read");
    assert!(harness.query_by_label("Stop").is_none());
    // What is left can be read: the sentence offers it, and so does the form of a file that waits.
    assert_eq!(harness.get_all_by_label("Read on").count(), 2);
    harness.get_all_by_label("Read on").next().expect("offered").click();
    settle(&mut harness);
    let again = wire.job("Read {").expect("read on");
    assert_ne!(again, job);
}

#[test]
fn a_page_that_could_not_be_read_is_a_failure_of_its_file() {
    let (mut harness, wire, job) = reading();
    let broken =
        luru::review::PageReading { error: Some("页面已损坏 / the page is damaged".into()), ..page(1) };
    let (page, timings) = (Box::new(broken), Timings::default());
    wire.tell([
        Event::PageDone { job, file: 0, page, documents: vec![], image: None, timings },
        Event::FileDone { job, file: 0, error: None },
        Event::End { job, outcome: Outcome::Partial },
    ]);
    settle(&mut harness);
    harness.get_by_label_contains("1 unreadable");
    click(&mut harness, "Show which");
    harness.get_by_label_contains("a.png, the page is damaged");
    assert!(harness.query_by_label_contains("b.pdf").is_none());
}

#[test]
fn a_locked_file_asks_for_its_password_and_a_broken_one_says_why() {
    let (mut harness, wire, job) = reading();
    let failed = |file, message: &str, needs_password| Event::FileDone {
        job,
        file,
        error: Some(FileError { message: message.into(), needs_password }),
    };
    wire.tell([
        failed(0, "需要密码 / a password is needed", true),
        failed(1, "文件已损坏 / the file is damaged", false),
        Event::End { job, outcome: Outcome::Failed },
    ]);
    settle(&mut harness);
    harness.get_by_label_contains("b.pdf, the file is damaged");
    harness.get_by_label("Password needed");
    input(&harness, "Password").type_text("secret");
    settle(&mut harness);
    press(&mut harness, Modifiers::NONE, Key::Enter);
    let again = wire.job("Read {").expect("read again");
    assert_ne!(again, job);
    assert_eq!(harness.state().session().files()[0].password.as_deref(), Some("secret"));
}

#[test]
fn engines_that_do_not_load_are_told_with_a_way_to_try_again() {
    let (mut harness, wire, _) = reading();
    wire.tell([Event::EnginesFailed(
        "缺少组件：请运行 luru setup / component missing: run `luru setup`".into(),
    )]);
    settle(&mut harness);
    harness.get_by_label("component missing: run `luru setup`");
    click(&mut harness, "Retry");
    assert_eq!(wire.0.borrow().restarts, 1);
    assert!(harness.query_by_label("component missing: run `luru setup`").is_none());
    assert_eq!(wire.0.borrow().jobs.iter().filter(|(_, j)| j.starts_with("Read {")).count(), 2);
}

/// The picture of the first file's first page arrives, and with it the boxes of its values.
pub fn show_picture(harness: &mut Harness<'_, App>, wire: &Wire) {
    let image = std::sync::Arc::new(image::RgbImage::new(1000, 700));
    let of_first = luru::worker::Input { path: PathBuf::from("a.png"), password: None };
    wire.tell([Event::PageImage { input: of_first, page: 1, image: Ok(image) }]);
    // It is made ready on a thread.
    for _ in 0..200 {
        settle(harness);
        if harness.query_by_label("Total on the page").is_some() {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    panic!("the picture never came");
}

#[test]
fn a_box_on_the_page_brings_its_field_into_work() {
    let (mut harness, wire) = open(session());
    show_picture(&mut harness, &wire);
    harness.get_by_label("Total on the page").click_accesskit();
    settle(&mut harness);
    assert!(input(&harness, "Total").is_focused());
}

#[test]
fn the_filter_lists_only_what_is_in_a_state() {
    let (mut harness, _) = open(session());
    confirm_as_it_stands(&mut harness);
    click(&mut harness, "All 3");
    let is_row = |n: &Node<'_>| n.accesskit_node().label().is_some_and(|l| l.starts_with("Confirmed"));
    let confirmed = harness.get_all_by_role(Role::Button).find(is_row).expect("a row of the menu");
    confirmed.click();
    settle(&mut harness);
    harness.get_by_label_contains("a.png, Test slip");
    assert!(harness.query_by_label_contains("b.pdf").is_none());
}
