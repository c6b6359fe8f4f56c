//! The desk's panels through the accessibility tree: duplicates, the audit trail, arranging pages,
//! pausing and retrying.

use std::path::{Path, PathBuf};

use eframe::egui::{Key, Modifiers, accesskit::Role, vec2};
use egui_kittest::{
    Harness,
    kittest::{NodeT as _, Queryable},
};

use luru::{
    extract::{Entry, State},
    review::{DocumentState, Edit, Session, Timings},
    ui::{App, CjkFont, Settings},
    worker::{Event, FileError, Outcome},
};

use super::{
    slips::{field, page, path, registry},
    ui::{
        click, documents, english, input, latin, lower, open, open_with, press, reading, retype, session,
        settle, state_of, value,
    },
};

/// Opens a panel by the command's name in the palette.
pub fn run_command(harness: &mut Harness<'_, App>, name: &str) {
    press(harness, Modifiers::COMMAND, Key::K);
    super::ui::input(harness, "Type the name of a command").type_text(name);
    settle(harness);
    press(harness, Modifiers::NONE, Key::Enter);
}

/// Three files; the first and the last hold the same slip.
fn with_a_duplicate() -> Session {
    let mut session = Session::new(registry());
    for (name, number, total) in [("a.png", "10", "12.00"), ("b.png", "11", "8.00"), ("c.png", "10", "12.50")]
    {
        let (file, _) = session.add_file(Path::new(name), None);
        session.page_done(file, page(1), vec![latin(number, total)], Timings::default());
        session.file_done(file, None);
    }
    session
}

#[test]
fn a_duplicate_is_named_compared_and_sent_back() {
    let (mut harness, wire) = open(with_a_duplicate());
    let ids = documents(&harness);
    harness.get_by_label("Perhaps twice: c.png holds the same document");
    click(&mut harness, "Compare");
    harness.get_by_label("Probably the same document");
    harness.get_by_label("Kind and number are the same");
    harness.get_by_label_contains("values differ");
    assert!(harness.query_all_by_label("12.50").next().is_some());
    assert!(wire.job("Show").is_some_and(|_| wire.0.borrow().jobs.iter().any(|(_, j)| j.contains("c.png"))));
    click(&mut harness, "Reject the right one");
    assert_eq!(state_of(&harness, ids[2]), DocumentState::Rejected);
    let reason = harness.state().session().document(ids[2]).unwrap().reason.clone();
    assert_eq!(reason.as_deref(), Some("the same as a.png"));
    assert!(harness.query_by_label("Compare").is_none(), "it is no duplicate any more");
}

#[test]
fn the_audit_trail_lists_changes_newest_first_and_by_document() {
    let (mut harness, _) = open(session());
    press(&mut harness, Modifiers::NONE, Key::F8);
    press(&mut harness, Modifiers::NONE, Key::F9);
    run_command(&mut harness, "audit trail");
    harness.get_by_label("To review → Postponed");
    harness.get_by_label("To review → Rejected");
    click(&mut harness, "This document");
    assert!(harness.query_by_label("To review → Postponed").is_none());
    harness.get_by_label("Export JSON Lines");
    harness.get_by_label("Verify an exported log");
}

#[test]
fn documents_are_merged_and_split_in_the_panel() {
    let mut session = Session::new(registry());
    let (file, _) = session.add_file(Path::new("a.pdf"), None);
    session.file_opened(file, 2);
    for n in 1..=2 {
        let mut document = latin(&format!("{n}0"), "12.00");
        document.pages = vec![n];
        session.page_done(file, page(n), vec![document], Timings::default());
    }
    session.file_done(file, None);
    let (mut harness, _) = open(session);
    press(&mut harness, Modifiers::COMMAND | Modifiers::SHIFT, Key::D);
    harness.get_by_label("Split and merge: a.pdf");
    harness.get_all_by_label("Merge with next").next().unwrap().click();
    settle(&mut harness);
    assert_eq!(documents(&harness).len(), 1);
    click(&mut harness, "Split");
    assert_eq!(documents(&harness).len(), 2);
    harness.get_by_label("Move page 2 to the document before").click_accesskit();
    settle(&mut harness);
    let pages: Vec<_> = harness.state().session().documents().map(|d| d.document.pages.clone()).collect();
    assert_eq!(pages, [vec![1, 2]]);
}

#[test]
fn reading_is_paused_and_goes_on() {
    let (mut harness, wire, job) = reading();
    assert_eq!(wire.0.borrow().preferred, Some((PathBuf::from("a.png"), 1)));
    wire.tell([Event::Begin { job, files: 2 }]);
    settle(&mut harness);
    click(&mut harness, "Pause or go on");
    assert!(wire.0.borrow().paused);
    harness.get_by_label_contains("Paused");
    click(&mut harness, "Pause or go on");
    assert!(!wire.0.borrow().paused);
    press(&mut harness, Modifiers::NONE, Key::PageDown);
    assert_eq!(wire.0.borrow().preferred, Some((PathBuf::from("b.pdf"), 1)), "what is on show");
}

#[test]
fn only_what_failed_is_read_again() {
    let (mut harness, wire, job) = reading();
    let mut bad = page(2);
    bad.error = Some("坏 / bad".into());
    let done = |page| Event::PageDone {
        job,
        file: 1,
        page: Box::new(page),
        documents: vec![lower("20", "8.00")],
        image: None,
        timings: Timings::default(),
    };
    let error = Some(FileError { message: "打不开 / cannot be opened".into(), needs_password: false });
    wire.tell([
        Event::Begin { job, files: 2 },
        Event::FileDone { job, file: 0, error },
        Event::FileOpened { job, file: 1, pages: 2 },
        done(page(1)),
        done(bad),
        Event::FileDone { job, file: 1, error: None },
        Event::End { job, outcome: Outcome::Partial },
    ]);
    settle(&mut harness);
    run_command(&mut harness, "retry what failed");
    let jobs: Vec<String> = wire.0.borrow().jobs.iter().map(|(_, j)| j.clone()).collect();
    let again: Vec<&String> = jobs.iter().filter(|j| j.starts_with("Read {")).skip(1).collect();
    assert_eq!(again.len(), 2);
    assert!(again[0].contains("a.png") && !again[0].contains("b.pdf"), "{}", again[0]);
    assert!(again[1].contains("b.pdf") && again[1].contains("2..=2"), "{}", again[1]);
}

/// A session with three confirmed slips.
fn confirmed() -> Session {
    let mut session = with_a_duplicate();
    let ids: Vec<_> = session.documents().map(|d| d.id).collect();
    for document in ids {
        let state = DocumentState::Confirmed;
        session.apply(Edit::SetState { document, state, reason: None }).unwrap();
    }
    session
}

#[test]
fn a_claim_is_put_together_in_the_panel() {
    let (mut harness, _) = open(confirmed());
    run_command(&mut harness, "expense claim");
    // The slip that is there a second time is claimed when a person says so.
    harness.get_by_label("2 documents, 20.00 yuan in all");
    click(&mut harness, "Claim line 3");
    harness.get_by_label("3 documents, 32.50 yuan in all");
    harness.get_by_label("叁拾贰元伍角");
    harness.get_by_label_contains("By cost type  Test cost 32.50");
    retype(&mut harness, "Cost type 2", "Travel");
    harness.get_by_label_contains("By cost type  Test cost 24.50  ·  Travel 8.00");
    // In two lines, and in the form behind the panel.
    assert_eq!(harness.query_all_by_label_contains("Perhaps twice: ").count(), 3, "repeats are pointed at");
    harness.get_by_label("Export PDF with pictures");
    // The claim's date is the last one: the form behind has one, too.
    let is_input = |n: &egui_kittest::Node<'_>| n.accesskit_node().role() == Role::TextInput;
    let ready = |h: &Harness<'_, App>| !h.get_by_label("Export Excel").accesskit_node().is_disabled();
    for (typed, is_date) in [("next week", false), ("2024.5.6", true)] {
        harness.get_all_by_label("Date").rfind(is_input).expect("the claim's date").focus();
        settle(&mut harness);
        press(&mut harness, Modifiers::COMMAND, Key::A);
        harness.get_all_by_label("Date").rfind(is_input).expect("the claim's date").type_text(typed);
        settle(&mut harness);
        assert_eq!(ready(&harness), is_date, "{typed}");
        assert_eq!(harness.query_by_label_contains("This is no date").is_none(), is_date);
    }
    harness.get_by_label_contains("Open b.png").click();
    settle(&mut harness);
    assert!(harness.query_by_label("Export Excel").is_none());
    assert_eq!(input(&harness, "Number").value().as_deref(), Some("11"));
}

#[test]
fn files_get_new_names_after_a_look() {
    let folder = tempfile::tempdir().unwrap();
    let mut session = Session::new(registry());
    let path = folder.path().join("a.png");
    std::fs::write(&path, b"picture").unwrap();
    let (file, _) = session.add_file(&path, None);
    session.page_done(file, page(1), vec![latin("10", "12.00")], Timings::default());
    session.file_done(file, None);
    let (mut harness, _) = open(session);
    run_command(&mut harness, "rename files");
    retype(&mut harness, "Pattern", "{seller_name} ");
    click(&mut harness, "{Number}");
    harness.get_by_label("Beta Ltd 10.png");
    click(&mut harness, "Rename 1 file");
    let renamed = folder.path().join("Beta Ltd 10.png");
    let end = std::time::Instant::now() + std::time::Duration::from_secs(10);
    while harness.state().session().files()[0].path != renamed {
        assert!(std::time::Instant::now() < end, "the thread renames the file");
        std::thread::sleep(std::time::Duration::from_millis(5));
        settle(&mut harness);
    }
    assert!(renamed.exists() && !path.exists());
}

#[test]
fn one_field_is_checked_over_many_documents() {
    let (mut harness, _) = open(with_a_duplicate());
    let ids = documents(&harness);
    press(&mut harness, Modifiers::COMMAND, Key::G);
    harness.get_by_label("One field over many documents");
    let named = |n: &egui_kittest::Node<'_>| n.accesskit_node().role() == Role::Label;
    assert_eq!(harness.query_all_by_label("b.png").filter(named).count(), 1, "the file is named in its row");
    // The date is in work, and doubtful in all of them.
    assert_eq!(input(&harness, "a.png").value().as_deref(), Some("2024-05-06"));
    press(&mut harness, Modifiers::NONE, Key::Enter);
    let decided = |harness: &Harness<'_, App>, i: usize| {
        let d = harness.state().session().document(ids[i]).unwrap();
        d.document.record.get(&path("date")).unwrap().confirmed
    };
    assert!(decided(&harness, 0) && !decided(&harness, 1));
    retype(&mut harness, "b.png", "2024-05-07");
    press(&mut harness, Modifiers::NONE, Key::Enter);
    assert_eq!(value(&harness, ids[1], "date").as_deref(), Some("2024-05-07"));
    assert!(decided(&harness, 1) && !decided(&harness, 2));
}

#[test]
fn where_nothing_is_open_the_group_check_says_so_and_offers_what_to_do() {
    let mut session = Session::new(registry());
    for (name, number) in [("a.png", "10"), ("b.png", "11")] {
        let (file, _) = session.add_file(Path::new(name), None);
        let mut document = latin(number, "12.00");
        let date = luru::extract::Entry::One(super::slips::field("2024-05-06", luru::extract::State::Ok));
        document.record.entries.insert("date".into(), date);
        session.page_done(file, page(1), vec![document], Timings::default());
    }
    let (mut harness, _) = open(session);
    let ids = documents(&harness);
    press(&mut harness, Modifiers::COMMAND, Key::G);
    harness.get_by_label_contains("No field of any document is left to check");
    click(&mut harness, "List those without a doubt");
    assert_eq!(input(&harness, "a.png").value().as_deref(), Some("10"));
    press(&mut harness, Modifiers::NONE, Key::Escape);
    press(&mut harness, Modifiers::NONE, Key::Escape);
    for id in &ids {
        press(&mut harness, Modifiers::COMMAND, Key::Enter);
        assert_eq!(state_of(&harness, *id), DocumentState::Confirmed);
    }
    press(&mut harness, Modifiers::COMMAND, Key::G);
    harness.get_by_label_contains("all confirmed or exported");
}

#[test]
fn after_the_last_value_of_a_field_the_next_field_follows() {
    let mut session = Session::new(registry());
    let (file, _) = session.add_file(Path::new("a.png"), None);
    let mut document = latin("10", "12.00");
    document.record.entries.insert("total".into(), Entry::One(field("12.00", State::Doubtful)));
    session.page_done(file, page(1), vec![document], Timings::default());
    let (mut harness, _) = open(session);
    let id = documents(&harness)[0];
    press(&mut harness, Modifiers::COMMAND, Key::G);
    for _ in 0..2 {
        assert!(harness.query_by_label("No value of this field needs a look").is_none());
        press(&mut harness, Modifiers::NONE, Key::Enter);
    }
    assert_eq!(harness.state().session().counts(id).unresolved, 0);
}

#[test]
fn a_column_of_rows_is_checked_over_many_documents() {
    let mut session = Session::new(registry());
    for name in ["a.png", "b.png"] {
        let mut document = latin("10", "12.00");
        document.record.entries.insert("date".into(), Entry::One(field("2024-05-06", State::Ok)));
        if let Some(Entry::Rows { rows }) = document.record.entries.get_mut("item_list") {
            for (i, row) in rows.iter_mut().enumerate() {
                row.insert("amount".into(), field(&format!("{i}.50"), State::Doubtful));
            }
        }
        let (file, _) = session.add_file(Path::new(name), None);
        session.page_done(file, page(1), vec![document], Timings::default());
    }
    let (mut harness, _) = open(session);
    let ids = documents(&harness);
    press(&mut harness, Modifiers::COMMAND, Key::G);
    assert_eq!(input(&harness, "a.png · 2").value().as_deref(), Some("1.50"));
    press(&mut harness, Modifiers::NONE, Key::Enter);
    retype(&mut harness, "a.png · 2", "7.25");
    press(&mut harness, Modifiers::NONE, Key::Enter);
    let cell = |harness: &Harness<'_, App>, id, at: &str| {
        let d = harness.state().session().document(id).unwrap();
        let cell = d.document.record.get(&path(at)).unwrap();
        (cell.value.clone().unwrap_or_default(), cell.confirmed)
    };
    assert_eq!(cell(&harness, ids[0], "item_list.0.amount"), ("0.50".to_owned(), true));
    assert_eq!(cell(&harness, ids[0], "item_list.1.amount").0, "7.25");
    assert!(!cell(&harness, ids[1], "item_list.0.amount").1);
    for _ in 0..2 {
        press(&mut harness, Modifiers::NONE, Key::Enter);
    }
    for (at, amount) in [("item_list.0.amount", "0.50"), ("item_list.1.amount", "1.50")] {
        assert_eq!(cell(&harness, ids[1], at), (amount.to_owned(), true));
    }
}

#[test]
fn what_the_engines_do_first_is_said_without_moving_the_page() {
    let (mut harness, wire) = open(session());
    let top = |harness: &Harness<'_, App>| input(harness, "Search documents").rect().top();
    let before = top(&harness);
    wire.tell([Event::Notice("正在载入模型 / loading the models".into())]);
    settle(&mut harness);
    harness.get_by_label("loading the models");
    assert!((top(&harness) - before).abs() < 0.5);
    wire.tell([Event::Notice(String::new())]);
    settle(&mut harness);
    assert!(harness.query_by_label("loading the models").is_none());
}

#[test]
fn a_rule_asks_for_a_second_entry_that_hides_the_first() {
    let (mut harness, _) = open(with_a_duplicate());
    let ids = documents(&harness);
    run_command(&mut harness, "field rules");
    harness.get_by_label("Field rules: Test slip");
    harness.get_all_by_label("Entered twice").next().unwrap().click();
    settle(&mut harness);
    press(&mut harness, Modifiers::NONE, Key::Escape);
    assert_eq!(input(&harness, "Number").value().as_deref().unwrap_or_default(), "", "it is hidden");
    input(&harness, "Number").focus();
    settle(&mut harness);
    input(&harness, "Number").type_text("19");
    settle(&mut harness);
    press(&mut harness, Modifiers::NONE, Key::Enter);
    let twice = |harness: &Harness<'_, App>| {
        let d = harness.state().session().document(ids[0]).unwrap();
        d.document.record.get(&path("number")).unwrap().entered_twice
    };
    assert!(!twice(&harness));
    harness.get_by_label_contains("The entries differ");
    let first = harness.get_all_by_label("10").find(|n| n.accesskit_node().role() == Role::Button);
    first.expect("a button for the first entry").click();
    settle(&mut harness);
    assert!(twice(&harness));
    assert_eq!(input(&harness, "Number").value().as_deref(), Some("10"));
}

#[test]
fn a_second_entry_is_made_with_the_keyboard_alone() {
    // Nothing else is left to check, so there is no other field to go to.
    for (typed, decide, kept) in
        [("10", None, "10"), ("19", Some(Key::F3), "10"), ("19", Some(Key::F2), "19")]
    {
        let mut session = with_a_duplicate();
        let id = session.documents().next().unwrap().id;
        session.apply(Edit::AcceptField { document: id, path: path("date") }).unwrap();
        let (mut harness, _) = open(session);
        run_command(&mut harness, "field rules");
        harness.get_all_by_label("Entered twice").next().unwrap().click();
        settle(&mut harness);
        press(&mut harness, Modifiers::NONE, Key::Escape);
        press(&mut harness, Modifiers::NONE, Key::Enter);
        assert!(input(&harness, "Number").is_focused());
        input(&harness, "Number").type_text(typed);
        settle(&mut harness);
        press(&mut harness, Modifiers::NONE, Key::Enter);
        if let Some(key) = decide {
            harness.get_by_label_contains("The entries differ");
            assert_eq!(harness.state().session().counts(id).unresolved, 1);
            press(&mut harness, Modifiers::NONE, key);
        }
        assert_eq!(harness.state().session().counts(id).unresolved, 0, "{typed} {decide:?}");
        assert_eq!(value(&harness, id, "number").as_deref(), Some(kept));
    }
}

#[test]
fn statistics_and_the_high_contrast_theme_are_there() {
    let (mut harness, _) = open(confirmed());
    run_command(&mut harness, "statistics");
    harness.get_by_label("3 pages read, 0 failed  0.0 s a page on average");
    harness.get_by_label("How often each field was right at once, the weakest first");
    press(&mut harness, Modifiers::NONE, Key::Escape);
    press(&mut harness, Modifiers::COMMAND, Key::Comma);
    click(&mut harness, "High contrast");
    press(&mut harness, Modifiers::NONE, Key::Escape);
    press(&mut harness, Modifiers::COMMAND, Key::E);
    harness.get_by_label_contains("Confirmed or changed since the last export  (3)");
}

/// The controls that a screen reader could not name.
fn without_a_name(harness: &Harness<'_, App>) -> Vec<Role> {
    let roles = [
        Role::Button,
        Role::CheckBox,
        Role::RadioButton,
        Role::ComboBox,
        Role::TextInput,
        Role::MultilineTextInput,
        Role::PasswordInput,
        Role::SpinButton,
        Role::Slider,
        Role::Link,
        Role::MenuItem,
    ];
    let nameless = |role: &Role| {
        let named =
            |n: &egui_kittest::Node<'_>| n.accesskit_node().label().is_some_and(|l| !l.trim().is_empty());
        harness.query_all_by_role(*role).any(|n| !named(&n))
    };
    roles.into_iter().filter(nameless).collect()
}

#[test]
fn every_panel_opens_on_a_small_screen_at_every_scale() {
    let ids = [
        "edit_table",
        "settings",
        "shortcuts",
        "export",
        "change_kind",
        "confirm_clean",
        "compare",
        "arrange",
        "claim",
        "rename_files",
        "group_check",
        "field_rules",
        "statistics",
        "audit",
        "own_templates",
        "new_template",
    ];
    for scale_percent in [100, 200, 300] {
        let settings = Settings { scale_percent, ..english() };
        let (mut harness, _) = open_with(with_a_duplicate(), settings, CjkFont::Loaded);
        harness.set_size(vec2(1280.0, 720.0) / (f32::from(scale_percent) / 100.0));
        settle(&mut harness);
        for id in ids {
            run_command(&mut harness, id);
            settle(&mut harness);
            assert_eq!(without_a_name(&harness), [] as [Role; 0], "{id} at {scale_percent} %");
            press(&mut harness, Modifiers::NONE, Key::Escape);
            press(&mut harness, Modifiers::NONE, Key::Escape);
        }
    }
}
