//! What the desk promises about decisions: the field in hand belongs to the document, hidden values stay
//! hidden, an error that stands comes in hand, warnings go with their cause.

use eframe::egui::{self, Key, Modifiers, accesskit::Role};
use egui_kittest::{Harness, kittest::Queryable};

use luru::{
    extract::{Entry, Origin, State},
    review::{Document, DocumentState, FieldRules, Session, Timings},
    ui::{App, CjkFont, Settings},
    worker::Event,
};

use super::{
    desk_panels::run_command,
    slips::{error, field, page, path, registry},
    ui::{click, documents, english, input, latin, open, open_with, press, session, settle, value},
};

fn with(document: Document) -> Session {
    let mut session = Session::new(registry());
    let (file, _) = session.add_file(std::path::Path::new("a.png"), None);
    session.file_opened(file, 1);
    session.page_done(file, page(1), vec![document], Timings::default());
    session.file_done(file, None);
    session
}

/// A slip in which nothing is doubtful, with an error.
fn wrong() -> Document {
    let mut document = latin("10", "12.00");
    document.record.entries.insert("date".into(), Entry::One(field("2024-05-06", State::Ok)));
    document.issues.push(error("total", "合计不符"));
    document
}

#[test]
fn after_a_change_of_kind_is_undone_a_field_of_the_document_is_in_hand() {
    let (mut harness, wire) = open(session());
    let id = documents(&harness)[0];
    press(&mut harness, Modifiers::COMMAND, Key::T);
    input(&harness, "Type the name of a kind").type_text("slip");
    settle(&mut harness);
    press(&mut harness, Modifiers::NONE, Key::Enter);
    let mut document = latin("77", "5.00");
    document.record.entries.insert("date".into(), Entry::One(field("2024-05-06", State::Ok)));
    document.record.entries.insert("foreign".into(), Entry::One(field("7", State::Doubtful)));
    let location = document.found.location;
    let input_of = luru::worker::Input { path: "a.png".into(), password: None };
    wire.tell([Event::Extracted { input: input_of, page: 1, location, document: Ok(Box::new(document)) }]);
    settle(&mut harness);
    press(&mut harness, Modifiers::COMMAND, Key::Z);
    assert!(input(&harness, "Date").is_focused(), "its own doubtful value");
    press(&mut harness, Modifiers::NONE, Key::F3);
    let record = &harness.state().session().document(id).unwrap().document.record;
    assert!(record.get(&path("foreign")).is_none());
    assert!(record.get(&path("date")).is_some_and(|f| f.confirmed));
}

/// A rule for the slip's number: it is entered twice.
fn number_twice(harness: &mut Harness<'_, App>) {
    run_command(harness, "field rules");
    harness.get_all_by_label("Entered twice").next().unwrap().click();
    settle(harness);
    press(harness, Modifiers::NONE, Key::Escape);
}

#[test]
fn the_group_check_shows_no_value_that_is_to_be_entered_a_second_time() {
    let mut document = wrong();
    document.issues.clear();
    let (mut harness, _) = open(with(document));
    number_twice(&mut harness);
    input(&harness, "Number").focus();
    settle(&mut harness);
    press(&mut harness, Modifiers::COMMAND, Key::G);
    harness.get_by_label("One field over many documents");
    let shown = |h: &Harness<'_, App>| {
        h.query_all_by_role(Role::TextInput).any(|n| n.value().as_deref() == Some("10"))
    };
    assert!(!shown(&harness));
    click(&mut harness, "List those without a doubt");
    assert!(!shown(&harness));
}

#[test]
fn a_value_that_is_to_be_entered_twice_is_asked_for_where_nothing_was_read() {
    let mut session = with(wrong());
    let id = session.documents().next().unwrap().id;
    let fee = path("fee");
    assert!(!session.needs_attention(id, &fee), "nobody needs it");
    let twice = ["slip.fee".to_owned()].into();
    session.set_field_rules(FieldRules { twice, ..FieldRules::default() });
    assert!(session.needs_attention(id, &fee) && !session.is_clean(id));
    assert_eq!(session.second_entries_left(id), 1);
    let set = |value: Option<&str>| luru::review::Edit::SetField {
        document: id,
        path: path("fee"),
        value: value.map(str::to_owned),
    };
    session.apply(set(Some("3.00"))).unwrap();
    assert!(session.wants_second_entry(id, &fee), "the first entry");
    // A person says that it is not printed.
    session.apply(set(None)).unwrap();
    assert!(!session.needs_attention(id, &fee));
    assert_eq!(session.second_entries_left(id), 0);
}

#[test]
fn an_error_that_still_stands_comes_in_hand_and_its_warning_goes_with_it() {
    let (mut harness, _) = open(with(wrong()));
    press(&mut harness, Modifiers::NONE, Key::Tab);
    harness.get_by_label_contains("1 error stands");
    assert!(input(&harness, "Total").is_focused(), "the value that is wrong");
    input(&harness, "Total").type_text("12.00");
    settle(&mut harness);
    assert!(harness.query_by_label_contains("1 error stands").is_none(), "something was changed");
}

#[test]
fn what_a_person_has_said_to_be_empty_is_not_folded_away() {
    let (mut harness, _) = open(session());
    press(&mut harness, Modifiers::NONE, Key::Enter);
    assert!(input(&harness, "Date").is_focused());
    press(&mut harness, Modifiers::NONE, Key::F10);
    press(&mut harness, Modifiers::NONE, Key::PageDown);
    press(&mut harness, Modifiers::NONE, Key::PageUp);
    assert_eq!(input(&harness, "Date").value().as_deref().unwrap_or_default(), "");
    assert!(harness.query_by_label_contains("not found: Date").is_none());
}

#[test]
fn the_value_that_was_read_keeps_its_origin_after_a_second_entry_decided_for_it() {
    for (key, origin) in [(Key::F3, Origin::Read), (Key::F2, Origin::Typed)] {
        let (mut harness, _) = open(session());
        let id = documents(&harness)[0];
        number_twice(&mut harness);
        input(&harness, "Number").focus();
        settle(&mut harness);
        input(&harness, "Number").type_text("19");
        settle(&mut harness);
        press(&mut harness, Modifiers::NONE, Key::Enter);
        harness.get_by_label_contains("two entries differ");
        press(&mut harness, Modifiers::NONE, key);
        assert!(harness.query_by_label_contains("two entries differ").is_none(), "it was decided");
        let d = harness.state().session().document(id).unwrap();
        let number = d.document.record.get(&path("number")).unwrap();
        assert_eq!((number.origin, number.entered_twice), (origin, true));
        assert!(value(&harness, id, "number").is_some());
    }
}

#[test]
fn the_dialog_of_a_missing_second_entry_does_not_speak_of_errors() {
    let (mut harness, _) = open(session());
    number_twice(&mut harness);
    press(&mut harness, Modifiers::COMMAND, Key::Enter);
    harness.get_by_label("Values are still to be entered twice");
    assert!(harness.query_by_label("Errors are left").is_none());
    let id = documents(&harness)[0];
    assert_eq!(super::ui::state_of(&harness, id), DocumentState::ToReview);
}

#[test]
fn panels_stay_inside_a_small_window() {
    for (scale, name, inside) in [
        (200, "one field, many", "Close"),
        (300, "one field, many", "Close"),
        (200, "statistics", "Close"),
        (300, "statistics", "Close"),
        (300, "audit trail", "Close"),
        (300, "field rules", "Close"),
    ] {
        let settings = Settings { scale_percent: scale, ..english() };
        let (mut harness, _) = open_with(session(), settings, CjkFont::Loaded);
        let size = egui::vec2(1280.0, 720.0) * 100.0 / f32::from(scale);
        run_command(&mut harness, name);
        harness.set_size(size);
        settle(&mut harness);
        settle(&mut harness);
        let close = harness.get_all_by_label(inside).last().unwrap().rect();
        assert!(close.left() >= 0.0 && close.right() <= size.x, "{scale} % {name}: {close}");
    }
}
