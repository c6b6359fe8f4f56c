//! The editor of forms through the accessibility tree: marked on an open page, tried on the others, saved as a
//! kind file.

use std::{path::Path, sync::Arc, thread, time::Duration};

use eframe::egui::{self, Key, Modifiers};
use egui_kittest::{Harness, kittest::Queryable};
use luru::{
    kind::{FieldType, PlaceContent, Registry, template::Template},
    review::{PageReading, Session, Timings},
    ui::{App, CjkFont},
    worker::Event,
};

use super::{
    templates::filled_page,
    ui::{Wire, click, english, input, open_at, press, retype, settle},
};

/// Two files with the same form, filled and turned differently.
fn session() -> Session {
    let mut session = Session::new(Arc::new(Registry::builtin()));
    for (name, view) in [("a.png", 0), ("b.png", 4)] {
        let page = PageReading {
            page: 1,
            width: 1240,
            height: 1754,
            structure: filled_page(view),
            ..PageReading::default()
        };
        let (file, _) = session.add_file(Path::new(name), None);
        session.file_opened(file, 1);
        session.page_done(file, page, Vec::new(), Timings::default());
        session.file_done(file, None);
    }
    session
}

/// The window over these files, with the first page's picture there.
fn open(folder: &Path) -> (Harness<'static, App>, Wire) {
    let (mut harness, wire) = open_at(session(), english(), CjkFont::Loaded, Some(folder.to_owned()));
    show_page(&mut harness, &wire, "a.png");
    (harness, wire)
}

fn show_page(harness: &mut Harness<'_, App>, wire: &Wire, name: &str) {
    let input = luru::worker::Input { path: name.into(), password: None };
    let image = Arc::new(image::RgbImage::from_pixel(1240, 1754, image::Rgb([255; 3])));
    wire.tell([Event::PageImage { input, page: 1, image: Ok(image) }]);
    settle(harness);
}

/// Steps until a text is there: pictures and trials come from threads.
fn wait_for(harness: &mut Harness<'_, App>, text: &str) {
    for _ in 0..1000 {
        settle(harness);
        if harness.query_all_by_label_contains(text).next().is_some() {
            return;
        }
        thread::sleep(Duration::from_millis(5));
    }
    panic!("{text} never came");
}

fn mark(harness: &mut Harness<'_, App>, name: &str) {
    wait_for(harness, name);
    harness.get_by_label(name).click();
    settle(harness);
}

const FIXED: [&str; 5] = ["设备领用单", "领用部门：", "领用日期：2024年5月6日", "合计金额：", "审批盖章"];

/// Begins a form and marks its fixed texts.
fn with_references(harness: &mut Harness<'_, App>) {
    press(harness, Modifiers::ALT, Key::N);
    harness.get_by_label("Form of your own");
    for text in FIXED {
        mark(harness, &format!("Fixed text: {text}"));
    }
    harness.get_by_label("Fixed texts: 5 (at least 4)");
}

fn saved(folder: &Path, name: &str) -> Template {
    let path = folder.join("kinds").join(name);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    Template::read(name, &text).unwrap()
}

#[test]
fn a_form_is_marked_tried_on_another_page_and_saved() {
    let folder = tempfile::tempdir().unwrap();
    let (mut harness, wire) = open(folder.path());
    with_references(&mut harness);
    press(&mut harness, Modifiers::ALT, Key::Num7);
    mark(&mut harness, "Place to read: 20240506007");
    mark(&mut harness, "Place to read: ¥1,350.00");
    // The name comes from the label, the type from what stands there.
    harness.get_by_label("Places to read: 2");
    let shown = harness.get_all_by_label("Chinese name").nth(1).expect("of the place");
    assert_eq!(shown.value().as_deref(), Some("合计金额"));
    // At once, before it has a name, it is read on both pages.
    for _ in 0..1000 {
        settle(&mut harness);
        if harness.query_all_by_label_contains("fixed texts 5/5").count() == 2 {
            break;
        }
        thread::sleep(Duration::from_millis(5));
    }
    assert_eq!(harness.query_all_by_label_contains("fixed texts 5/5").count(), 2);
    assert!(harness.query_all_by_label("1350.00").count() >= 2, "the value of each page");

    press(&mut harness, Modifiers::COMMAND, Key::S);
    harness.get_by_label("Write what this document is called, then save");
    // One language will do, for the form and for its fields.
    type_into(&mut harness, "English name", 0, "Requisition slip");
    press(&mut harness, Modifiers::COMMAND, Key::S);
    harness.get_by_label_contains("The form is saved");
    let template = saved(folder.path(), "requisition_slip.toml");
    assert_eq!(template.name.zh, "Requisition slip");
    assert_eq!(template.layout.references.len(), 5);
    assert_eq!(template.layout.references[2].text, "领用日期", "what stands before the colon");
    let types: Vec<_> = template.fields.iter().map(|f| (f.field_type, f.place.read)).collect();
    assert_eq!(types, [(FieldType::Digits, PlaceContent::Text), (FieldType::Amount, PlaceContent::Text)]);
    assert!(harness.state().session().registry().get("requisition_slip").is_some(), "known at once");
    assert!(wire.job("Kinds").is_some(), "the worker knows it too");
}

#[test]
fn marks_are_undone_and_taken_away() {
    let folder = tempfile::tempdir().unwrap();
    let (mut harness, _) = open(folder.path());
    with_references(&mut harness);
    press(&mut harness, Modifiers::COMMAND, Key::Z);
    harness.get_by_label("Fixed texts: 4 (at least 4)");
    press(&mut harness, Modifiers::COMMAND, Key::Z);
    harness.get_by_label("Fixed texts: 3 (at least 4)");
    press(&mut harness, Modifiers::COMMAND | Modifiers::SHIFT, Key::Z);
    harness.get_by_label("Fixed texts: 4 (at least 4)");
    click(&mut harness, "Take away 设备领用单");
    harness.get_by_label("Fixed texts: 3 (at least 4)");
    press(&mut harness, Modifiers::COMMAND, Key::Z);
    harness.get_by_label("领用部门").click();
    settle(&mut harness);
    press(&mut harness, Modifiers::ALT, Key::Delete);
    harness.get_by_label("Fixed texts: 3 (at least 4)");
}

#[test]
fn a_box_is_drawn_and_its_checks_are_chosen() {
    let folder = tempfile::tempdir().unwrap();
    let (mut harness, _) = open(folder.path());
    with_references(&mut harness);
    press(&mut harness, Modifiers::ALT, Key::Num7);
    // Over the right half of the line: the date behind its label.
    let name = "Place to read: 领用日期：2024年5月6日";
    wait_for(&mut harness, name);
    let line = harness.get_by_label(name).rect();
    let (start, end) = (
        line.center() - egui::vec2(line.width() * 0.07, line.height()),
        line.right_bottom() + egui::vec2(6.0, 4.0),
    );
    drag(&mut harness, start, end);
    harness.get_by_label("Places to read: 1");
    click(&mut harness, "Not after today");
    for (nth, text) in [(0, "领用单"), (1, "日期")] {
        type_into(&mut harness, "Chinese name", nth, text);
    }
    for (nth, text) in [(0, "Slip"), (1, "Day")] {
        type_into(&mut harness, "English name", nth, text);
    }
    press(&mut harness, Modifiers::COMMAND, Key::S);
    let template = saved(folder.path(), "slip.toml");
    let field = &template.fields[0];
    assert_eq!((field.field_type, field.label.zh.as_str()), (FieldType::Date, "日期"));
    assert_eq!(template.checks.iter().map(|c| c.rule()).collect::<Vec<_>>(), ["not_in_future"]);
    assert_eq!(template.checks[0].fields(), [field.key.as_str()]);
}

/// Presses the button at one place and releases it at another.
fn drag(harness: &mut Harness<'_, App>, start: egui::Pos2, end: egui::Pos2) {
    let button = |pos, pressed| egui::Event::PointerButton {
        pos,
        button: egui::PointerButton::Primary,
        pressed,
        modifiers: Modifiers::NONE,
    };
    harness.hover_at(start);
    settle(harness);
    harness.event(button(start, true));
    settle(harness);
    for step in 1..=4 {
        harness.hover_at(start + (end - start) * (step as f32 / 4.0));
        settle(harness);
    }
    harness.event(button(end, false));
    settle(harness);
}

/// Replaces what stands in the `nth` input of a name, from above.
fn type_into(harness: &mut Harness<'_, App>, name: &str, nth: usize, text: &str) {
    harness.get_all_by_label(name).nth(nth).expect("an input").focus();
    settle(harness);
    press(harness, Modifiers::COMMAND, Key::A);
    harness.get_all_by_label(name).nth(nth).expect("an input").type_text(text);
    settle(harness);
}

#[test]
fn saved_forms_are_listed_edited_and_deleted() {
    let folder = tempfile::tempdir().unwrap();
    let kinds = folder.path().join("kinds");
    std::fs::create_dir_all(&kinds).unwrap();
    std::fs::write(kinds.join("requisition.toml"), super::templates::example()).unwrap();
    let (mut harness, _) = open(folder.path());
    let list = |harness: &mut Harness<'_, App>| {
        press(harness, Modifiers::COMMAND, Key::K);
        input(harness, "Type the name of a command").type_text("Forms of your own");
        settle(harness);
        press(harness, Modifiers::NONE, Key::Enter);
    };
    list(&mut harness);
    click(&mut harness, "Edit Equipment requisition");
    harness.get_by_label("Fixed texts: 6 (at least 4)");
    harness.get_by_label("Places to read: 8");
    // The open page is the one that was marked, or lies like it: places can be drawn.
    assert!(harness.query_by_label_contains("The sample is not open").is_none());
    retype(&mut harness, "Chinese name", "领用单");
    harness.get_by_label("Not saved yet");
    click(&mut harness, "Close the form");
    harness.get_by_label("The form is not saved");
    click(&mut harness, "Give up the changes");
    assert!(harness.query_by_label("Fixed texts: 6 (at least 4)").is_none());

    list(&mut harness);
    click(&mut harness, "Delete Equipment requisition");
    assert!(kinds.join("requisition.toml").exists(), "asked once more");
    click(&mut harness, "Really delete Equipment requisition; this cannot be undone");
    assert!(!kinds.join("requisition.toml").exists());
    harness.get_by_label("There are none yet. Open a sample and make one");
}
