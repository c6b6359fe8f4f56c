//! The daily work at the review desk, through the window's accessibility tree: finding documents,
//! deciding about values, confirming many, exporting in spite of errors.

use std::path::Path;

use eframe::egui::{self, Key, Modifiers, accesskit::Role};
use egui_kittest::{
    Harness, Node,
    kittest::{NodeT as _, Queryable},
};

use luru::{
    extract::{Entry, State},
    review::{AuditAction, Document, DocumentState, Session, Timings},
    ui::{App, CjkFont, Language, Settings},
    worker::{Event, FileError, Outcome},
};

use super::{
    slips::{error, field, page, path, registry},
    ui::{
        click, documents, english, input, latin, open, open_with, press, reading, session, settle, state_of,
        value,
    },
};

/// A slip in which nothing is doubtful.
fn clean(number: &str) -> Document {
    let mut document = latin(number, "12.00");
    document.record.entries.insert("date".into(), Entry::One(field("2024-05-06", State::Ok)));
    document
}

fn with_documents(documents: Vec<Document>) -> Session {
    let mut session = Session::new(registry());
    for (i, document) in documents.into_iter().enumerate() {
        let (file, _) = session.add_file(Path::new(&format!("scan {i}.png")), None);
        session.file_opened(file, 1);
        session.page_done(file, page(1), vec![document], Timings::default());
        session.file_done(file, None);
    }
    session
}

fn has_input(harness: &Harness<'_, App>, name: &str) -> bool {
    let is_input =
        |n: &Node<'_>| matches!(n.accesskit_node().role(), Role::TextInput | Role::MultilineTextInput);
    harness.query_all_by_label(name).any(|n| is_input(&n))
}

#[test]
fn fields_that_are_not_found_are_folded_away() {
    let (mut harness, _) = open(session());
    assert!(!has_input(&harness, "Fee"), "not found and not required");
    assert!(has_input(&harness, "Total"));
    harness.get_by_label("2 not found: Fee, Total in words").click();
    settle(&mut harness);
    assert!(has_input(&harness, "Fee"));
    press(&mut harness, Modifiers::ALT, Key::Num5);
    assert!(!has_input(&harness, "Fee"));
}

#[test]
fn a_doubtful_value_says_why() {
    let mut document = clean("10");
    let mut total = field("12.00", State::Doubtful);
    total.confidence = 0.97;
    total.char_confidences = vec![0.99, 0.3, 0.99, 0.99, 0.99];
    document.record.entries.insert("total".into(), Entry::One(total));
    let (harness, _) = open(with_documents(vec![document]));
    harness.get_by_label("“2” was read with doubt: compare with the page");
}

#[test]
fn a_value_that_is_not_there_is_marked_as_empty_and_undone() {
    let (mut harness, _) = open(session());
    let id = documents(&harness)[0];
    press(&mut harness, Modifiers::NONE, Key::Enter);
    assert!(input(&harness, "Date").is_focused());
    press(&mut harness, Modifiers::NONE, Key::F10);
    assert_eq!(value(&harness, id, "date"), None);
    assert_eq!(harness.state().session().counts(id).unresolved, 0, "a person has decided it");
    press(&mut harness, Modifiers::COMMAND, Key::Z);
    assert_eq!(value(&harness, id, "date").as_deref(), Some("2024-05-06"));
}

#[test]
fn the_queue_is_searched_by_name_kind_and_value() {
    let (mut harness, _) = open(session());
    press(&mut harness, Modifiers::COMMAND | Modifiers::SHIFT, Key::F);
    let search = |h: &mut Harness<'_, App>, text: &str| {
        input(h, "Search documents").focus();
        settle(h);
        press(h, Modifiers::COMMAND, Key::A);
        input(h, "Search documents").type_text(text);
        settle(h);
    };
    assert!(input(&harness, "Search documents").is_focused());
    search(&mut harness, "B.pdf");
    assert!(harness.query_by_label_contains("a.png, Test slip").is_none());
    harness.get_by_label_contains("b.pdf, 2 documents");
    search(&mut harness, "slip 21");
    harness.get_by_label_contains("Test slip 2 · Number 21, To review");
    assert!(harness.query_by_label_contains("Test slip 1, To review").is_none());
    search(&mut harness, "nowhere");
    harness.get_by_label("Nothing was found");
    click(&mut harness, "Clear the search");
    harness.get_by_label_contains("a.png, Test slip");
}

#[test]
fn the_queue_is_sorted_and_stays_so_while_one_works() {
    let (mut harness, _) = open(with_documents(vec![clean("10"), latin("11", "12.00"), clean("12")]));
    click(&mut harness, "Order");
    click(&mut harness, "Most to check first");
    let rows = |h: &Harness<'_, App>| -> Vec<String> {
        let mut rows: Vec<_> = h
            .get_all_by_role(Role::Button)
            .filter_map(|n| {
                let label = n.accesskit_node().label()?;
                label.starts_with("scan").then(|| (n.rect().top(), label[..6].to_owned()))
            })
            .collect();
        rows.sort_by(|a, b| a.0.total_cmp(&b.0));
        rows.into_iter().map(|(_, name)| name).collect()
    };
    assert_eq!(rows(&harness), ["scan 1", "scan 0", "scan 2"]);
    // Documents follow one another as listed.
    press(&mut harness, Modifiers::NONE, Key::PageUp);
    assert_eq!(input(&harness, "Number").value().as_deref(), Some("11"));
    // A value is open: asked for twice.
    press(&mut harness, Modifiers::COMMAND, Key::Enter);
    press(&mut harness, Modifiers::COMMAND, Key::Enter);
    assert_eq!(input(&harness, "Number").value().as_deref(), Some("10"));
    assert_eq!(rows(&harness), ["scan 1", "scan 0", "scan 2"], "no row moves");
}

#[test]
fn documents_without_a_doubt_are_confirmed_together() {
    let session = with_documents(vec![clean("10"), latin("11", "12.00"), clean("12")]);
    let (mut harness, _) = open_with(session, Settings { sample_percent: 0, ..english() }, CjkFont::Loaded);
    let ids = documents(&harness);
    press(&mut harness, Modifiers::COMMAND | Modifiers::SHIFT, Key::Enter);
    harness.get_by_label("Confirm what leaves no doubt");
    harness.get_by_label("Test slip 2: 24.00");
    // Enter on another button of the panel is for that button alone.
    harness.get_by_label("Close").focus();
    settle(&mut harness);
    press(&mut harness, Modifiers::NONE, Key::Enter);
    assert!(harness.query_by_label("Confirm these 2").is_none());
    assert!(ids.iter().all(|id| state_of(&harness, *id) == DocumentState::ToReview));
    press(&mut harness, Modifiers::COMMAND | Modifiers::SHIFT, Key::Enter);
    press(&mut harness, Modifiers::NONE, Key::Enter);
    let states = |h: &Harness<'_, App>| ids.iter().map(|id| state_of(h, *id)).collect::<Vec<_>>();
    let (open, done) = (DocumentState::ToReview, DocumentState::Confirmed);
    assert_eq!(states(&harness), [done, open, done]);
    let name = |h: &Harness<'_, App>| input(h, "Number").value();
    assert_eq!(name(&harness).as_deref(), Some("11"), "the one that is left is on show");
    press(&mut harness, Modifiers::COMMAND, Key::Z);
    assert_eq!(states(&harness), [open, open, open], "one step back");
}

#[test]
fn a_sample_is_looked_at_before_documents_are_confirmed_together() {
    let session = with_documents((10..14).map(|n| clean(&n.to_string())).collect());
    let all = Settings { sample_percent: 100, ..english() };
    let (mut harness, _) = open_with(session, all, CjkFont::Loaded);
    let ids = documents(&harness);
    let is = |h: &Harness<'_, App>, state| ids.iter().all(|id| state_of(h, *id) == state);
    // The first document is on show from the start.
    for left in ["3 of the sample are", "2 of the sample are", "1 of the sample is"] {
        press(&mut harness, Modifiers::COMMAND | Modifiers::SHIFT, Key::Enter);
        harness.get_by_label_contains(left);
        press(&mut harness, Modifiers::NONE, Key::Enter);
        assert!(harness.query_by_label("Confirm what leaves no doubt").is_none(), "one of them is opened");
        assert!(is(&harness, DocumentState::ToReview), "{left}");
    }
    press(&mut harness, Modifiers::COMMAND | Modifiers::SHIFT, Key::Enter);
    harness.get_by_label("Confirm these 4");
    press(&mut harness, Modifiers::NONE, Key::Enter);
    assert!(is(&harness, DocumentState::Confirmed));
    press(&mut harness, Modifiers::COMMAND, Key::Z);
    assert!(is(&harness, DocumentState::ToReview), "one step back");
}

#[test]
fn what_a_service_asks_for_is_copied_and_what_is_missing_named() {
    let (mut harness, _) = open(with_documents(vec![clean("10")]));
    click(&mut harness, "Copy verification values");
    harness.get_by_label_contains("on the clipboard, without: Fee");
    let mut other = clean("10");
    other.record.entries.insert("seller_name".into(), Entry::One(field("Gamma", State::Ok)));
    let (harness, _) = open(with_documents(vec![other]));
    assert!(harness.query_by_label("Copy verification values").is_none(), "nothing is asked of this form");
}

#[test]
fn from_a_confirmed_document_the_keyboard_goes_on_to_the_next_open_one() {
    let (mut harness, _) = open(with_documents(vec![clean("10"), clean("11"), latin("12", "12.00")]));
    let ids = documents(&harness);
    press(&mut harness, Modifiers::COMMAND, Key::Enter);
    press(&mut harness, Modifiers::NONE, Key::PageUp);
    assert_eq!(state_of(&harness, ids[0]), DocumentState::Confirmed);
    assert_eq!(input(&harness, "Number").value().as_deref(), Some("10"));
    press(&mut harness, Modifiers::NONE, Key::Tab);
    assert_eq!(input(&harness, "Number").value().as_deref(), Some("11"));
}

#[test]
fn an_error_that_was_looked_at_is_still_told() {
    let mut document = clean("10");
    document.issues.push(error("total", "合计不符"));
    let (mut harness, _) = open(with_documents(vec![document]));
    press(&mut harness, Modifiers::NONE, Key::Tab);
    harness.get_by_label_contains("1 error stands");
    harness.get_by_label("1 error");
}

#[test]
fn what_is_typed_takes_the_place_of_the_value_that_came_into_work() {
    let (mut harness, _) = open(with_documents(vec![latin("10", "12.00")]));
    let id = documents(&harness)[0];
    press(&mut harness, Modifiers::NONE, Key::Tab);
    let date = input(&harness, "Date");
    assert!(date.is_focused());
    date.type_text("2024-06-07");
    settle(&mut harness);
    assert_eq!(value(&harness, id, "date").as_deref(), Some("2024-06-07"));
}

#[test]
fn a_limit_in_the_settings_asks_for_a_look_at_safe_values() {
    let settings = Settings { look_below_percent: 99, ..english() };
    let (mut harness, _) = open_with(with_documents(vec![clean("10")]), settings, CjkFont::Loaded);
    let id = documents(&harness)[0];
    assert!(!harness.state().session().is_clean(id), "read with 98 %");
    harness.get_all_by_label("98% sure, below the 99% of the settings: have a look").next().expect("why");
    press(&mut harness, Modifiers::COMMAND, Key::Comma);
    click(&mut harness, "As the checks say");
    assert!(harness.state().session().is_clean(id));
}

#[test]
fn errors_stand_against_exporting_until_a_reason_is_given() {
    let mut wrong = clean("11");
    wrong.issues.push(error("total", "合计不符"));
    let (mut harness, _) = open(with_documents(vec![clean("10"), wrong]));
    let id = documents(&harness)[1];
    press(&mut harness, Modifiers::COMMAND, Key::E);
    click(&mut harness, "All but rejected  (2)");
    harness.get_by_label("Leave these out");
    click(&mut harness, "Export these too, for a reason");
    let go = harness.get_by_label("Choose a place and export");
    assert!(go.accesskit_node().is_disabled(), "no reason yet");
    assert!(input(&harness, "Reason").is_focused());
    input(&harness, "Reason").type_text("printed so");
    settle(&mut harness);
    assert!(!harness.get_by_label("Choose a place and export").accesskit_node().is_disabled());
    assert!(harness.state().session().document(id).is_some_and(|d| d.reason.is_none()));
}

#[test]
fn documents_that_errors_hold_up_are_named_and_opened_from_the_export() {
    let mut wrong = clean("11");
    wrong.issues.push(error("total", "合计不符"));
    let (mut harness, _) = open(with_documents(vec![clean("10"), wrong]));
    press(&mut harness, Modifiers::COMMAND, Key::E);
    click(&mut harness, "All but rejected  (2)");
    click(&mut harness, "Open scan 1.png: does not add up");
    assert!(harness.query_by_label("Choose a place and export").is_none());
    assert_eq!(input(&harness, "Number").value().as_deref(), Some("11"));
    assert!(input(&harness, "Total").is_focused());
}

#[test]
fn the_exports_button_is_in_sight_at_150_and_300_percent() {
    for (width, height) in [(853.0, 480.0), (427.0, 240.0)] {
        let mut wrong = clean("11");
        wrong.issues.push(error("total", "合计不符"));
        let (mut harness, _) = open(with_documents(vec![clean("10"), wrong]));
        harness.set_size(egui::vec2(width, height));
        settle(&mut harness);
        press(&mut harness, Modifiers::COMMAND, Key::E);
        let button = harness.get_by_label("Choose a place and export").rect();
        let title = harness.get_all_by_label("Export").map(|n| n.rect().top()).fold(f32::MAX, f32::min);
        assert!(title >= 0.0 && button.bottom() <= height, "{title} {button} of {height}");
    }
}

#[test]
fn the_page_keeps_a_third_of_a_small_window() {
    for (width, height) in [(1280.0, 720.0), (853.0, 480.0), (800.0, 450.0), (640.0, 360.0)] {
        let (mut harness, _) = open(session());
        harness.set_size(egui::vec2(width, height));
        settle(&mut harness);
        let page = harness.get_by_role(Role::Canvas).rect();
        assert!(page.width() >= width / 3.0 - 4.0, "{} of {width}", page.width());
    }
}

#[test]
fn nothing_of_the_form_of_a_small_window_lies_under_the_page() {
    let mut invoice = clean("10");
    invoice.found.kind = "vat_invoice".into();
    let kind = field("fully_digitalized_special_electronic", State::Ok);
    invoice.record.entries = [("type".to_owned(), Entry::One(kind))].into();
    for width in [1280.0, 640.0] {
        let settings = Settings { language: Some(Language::Zh), ..Settings::default() };
        let (mut harness, _) = open_with(with_documents(vec![invoice.clone()]), settings, CjkFont::Loaded);
        harness.set_size(egui::vec2(width, 360.0));
        settle(&mut harness);
        let page = harness.get_by_role(Role::Canvas).rect();
        let choice = harness.get_by_role_and_label(Role::ComboBox, "发票类型").rect();
        assert!(choice.left() > page.right() && choice.right() < width, "{choice}, page {page} of {width}");
        let confirm = harness.get_by_label("改类型").rect();
        assert!(
            confirm.left() > page.right() && confirm.right() < width,
            "{confirm}, page {page} of {width}"
        );
    }
}

#[test]
fn the_words_of_the_system_are_told_in_plain_ones() {
    let (mut harness, wire, job) = reading();
    let system = std::io::Error::from_raw_os_error(2);
    let error = luru::ingest::IngestError::Open { path: "/gone/a.png".into(), source: system };
    let error = FileError { message: error.to_string(), needs_password: false };
    wire.tell([Event::FileDone { job, file: 0, error: Some(error) }]);
    settle(&mut harness);
    harness.get_all_by_label_contains("it may have been moved or renamed").next().expect("the remedy");
    assert!(harness.query_by_label_contains("os error").is_none(), "only on demand");
}

#[test]
fn a_page_is_turned_for_good_and_read_again_that_way_up() {
    let (mut harness, wire) = open(session());
    let rotation = |h: &Harness<'_, App>| {
        h.state().session().files()[0].page(1).map(|p| p.structure.rotation).expect("a page")
    };
    assert_eq!(rotation(&harness), 90);
    press(&mut harness, Modifiers::COMMAND, Key::R);
    assert_eq!(rotation(&harness), 180);
    let audit = harness.state().session().audit();
    assert_eq!(audit.last().map(|a| a.action), Some(AuditAction::PageTurned));
    press(&mut harness, Modifiers::COMMAND, Key::F5);
    let job = wire.job("rotation: Some(180)").expect("the page is read that way up");
    assert_eq!(wire.job("pages: PageSelection([1..=1])"), Some(job), "only this page");
    wire.tell([
        Event::FileOpened { job, file: 0, pages: 1 },
        Event::End { job, outcome: Outcome::Completed },
    ]);
    settle(&mut harness);
    press(&mut harness, Modifiers::COMMAND, Key::Z);
    assert_eq!(rotation(&harness), 90);
}

#[test]
fn a_document_that_is_there_twice_says_so_and_leads_to_the_other() {
    let (mut harness, _) = open(with_documents(vec![clean("10"), clean("11"), clean("10")]));
    harness.get_by_label_contains("scan 2.png holds the same document");
    click(&mut harness, "Show that one");
    harness.get_by_label_contains("scan 0.png holds the same document");
}

#[test]
fn a_file_that_failed_offers_the_way_out_where_its_values_would_be() {
    let (mut harness, wire, job) = reading();
    let locked = FileError { message: "需要密码 / a password is needed".into(), needs_password: true };
    let file_done = |file, error| Event::FileDone { job, file, error };
    wire.tell([
        file_done(0, Some(locked)),
        file_done(1, None),
        Event::End { job, outcome: Outcome::Partial },
    ]);
    settle(&mut harness);
    press(&mut harness, Modifiers::NONE, Key::Escape);
    assert!(harness.query_by_label("Password needed").is_none());
    harness.get_all_by_label("Enter password").last().expect("in the form").click();
    settle(&mut harness);
    harness.get_by_label("Password needed");
    press(&mut harness, Modifiers::NONE, Key::Escape);
    click(&mut harness, "Show which");
    assert!(harness.query_by_label_contains("b.pdf").is_none(), "only what failed is listed");
}

#[test]
fn without_a_chinese_font_nothing_is_written_in_chinese() {
    let settings = Settings { language: Some(Language::Zh), ..Settings::default() };
    let (mut harness, _) = open_with(session(), settings, CjkFont::Missing);
    press(&mut harness, Modifiers::COMMAND, Key::Comma);
    harness.get_by_label("Chinese");
    assert!(harness.query_by_label("中文").is_none());
}

#[test]
fn text_of_the_page_is_offered_for_a_missing_value() {
    let mut document = clean("10");
    document.record.entries.insert("total".into(), Entry::One(field("13.00", State::Doubtful)));
    let (mut harness, _) = open(with_documents(vec![document]));
    let id = documents(&harness)[0];
    press(&mut harness, Modifiers::NONE, Key::Enter);
    assert!(input(&harness, "Total").is_focused());
    let Some(offered) = harness.query_by_label("12.00") else { panic!("the page says 12.00") };
    offered.click();
    settle(&mut harness);
    assert_eq!(value(&harness, id, "total").as_deref(), Some("12.00"));
    assert!(
        harness
            .state()
            .session()
            .document(id)
            .is_some_and(|d| { d.document.record.get(&path("total")).is_some_and(|f| f.quad.is_some()) })
    );
}

#[test]
fn cells_of_a_spreadsheet_are_pasted_over_the_table() {
    let (mut harness, _) = open(with_documents(vec![clean("10")]));
    let id = documents(&harness)[0];
    input(&harness, "Item 2").focus();
    settle(&mut harness);
    harness.event(egui::Event::Paste("Paper\t1,000.50\r\nInk\t7\r\n".to_owned()));
    settle(&mut harness);
    let cell = |h: &Harness<'_, App>, place: &str| value(h, id, place).unwrap_or_default();
    assert_eq!(cell(&harness, "item_list.1.name"), "Paper");
    assert_eq!(cell(&harness, "item_list.1.amount"), "1000.50");
    assert_eq!(cell(&harness, "item_list.2.name"), "Ink");
    assert_eq!(cell(&harness, "item_list.0.name"), "Item 0", "the row above stays");
    press(&mut harness, Modifiers::COMMAND, Key::Z);
    assert_eq!(cell(&harness, "item_list.2.name"), "", "one step back");
    assert_eq!(cell(&harness, "item_list.1.name"), "Item 1");
}

#[test]
fn shortcuts_are_changed_in_their_sheet() {
    let (mut harness, _) = open(with_documents(vec![clean("10"), clean("11")]));
    let ids = documents(&harness);
    press(&mut harness, Modifiers::NONE, Key::F1);
    click(&mut harness, "F8");
    harness.get_by_label_contains("Press the new keys for “Postpone”");
    press(&mut harness, Modifiers::NONE, Key::F9);
    harness.get_by_label_contains("These keys are for “Reject”");
    click(&mut harness, "F8");
    press(&mut harness, Modifiers::NONE, Key::F11);
    harness.get_by_label("F11");
    press(&mut harness, Modifiers::NONE, Key::Escape);
    press(&mut harness, Modifiers::NONE, Key::F8);
    assert_eq!(state_of(&harness, ids[0]), DocumentState::ToReview);
    press(&mut harness, Modifiers::NONE, Key::F11);
    assert_eq!(state_of(&harness, ids[0]), DocumentState::Postponed);
    // A real keyboard tells of the keys that are only held, too.
    press(&mut harness, Modifiers::NONE, Key::F1);
    click(&mut harness, "F11");
    press(&mut harness, Modifiers::CTRL, Key::ControlLeft);
    harness.get_by_label_contains("Press the new keys for “Postpone”");
    press(&mut harness, Modifiers::COMMAND, Key::L);
    harness.get_by_label("Ctrl+L");
}

#[test]
fn the_audit_names_the_operator_of_the_settings() {
    let settings = Settings { operator: "Li".into(), ..english() };
    let (mut harness, _) = open_with(session(), settings, CjkFont::Loaded);
    // A value is open: asked for twice.
    press(&mut harness, Modifiers::COMMAND, Key::Enter);
    press(&mut harness, Modifiers::COMMAND, Key::Enter);
    let audit = harness.state().session().audit();
    assert_eq!(audit.last().map(|a| a.who.as_str()), Some("Li"));
}

#[test]
fn at_300_percent_on_a_small_screen_no_control_covers_another() {
    for (language, scale) in
        [(Language::Zh, 300), (Language::En, 300), (Language::En, 200), (Language::En, 100)]
    {
        let settings = Settings { language: Some(language), scale_percent: scale, ..Settings::default() };
        let (mut harness, _) = open_with(session(), settings, CjkFont::Loaded);
        let factor = f32::from(scale) / 100.0;
        harness.set_size(egui::vec2(1280.0, 720.0) / factor);
        settle(&mut harness);
        let buttons: Vec<_> = harness
            .get_all_by_role(Role::Button)
            .filter_map(|n| Some((n.accesskit_node().label()?, n.rect())))
            // The form's rows scroll and are cut off; their rectangles reach below the foot.
            .filter(|(label, _)| {
                !["row", "行", "copy", "复制"].iter().any(|w| label.to_lowercase().contains(w))
            })
            // The row of controls above and the two below; what scrolls between them is cut off.
            .filter(|(_, r)| r.bottom() <= 44.0 || r.top() >= 720.0 / factor - 44.0)
            .collect();
        for (i, (a, at)) in buttons.iter().enumerate() {
            for (b, there) in buttons.iter().skip(i + 1) {
                let shared = at.intersect(*there);
                let covers = shared.is_positive() && shared.area() > 4.0;
                assert!(!covers, "{language:?} {scale} %: {a} {at} and {b} {there}");
            }
        }
    }
}

#[test]
fn in_a_narrow_window_the_queue_takes_the_forms_place_until_a_document_is_chosen() {
    let (mut harness, _) = open(session());
    harness.set_size(egui::vec2(640.0, 450.0));
    settle(&mut harness);
    assert!(!has_input(&harness, "Search documents") && has_input(&harness, "Number"));
    press(&mut harness, Modifiers::COMMAND | Modifiers::SHIFT, Key::F);
    assert!(input(&harness, "Search documents").is_focused());
    assert!(!has_input(&harness, "Number"));
    input(&harness, "Search documents").type_text("slip 21");
    settle(&mut harness);
    harness.get_by_label_contains("Test slip 2 · Number 21, To review").click();
    settle(&mut harness);
    assert_eq!(input(&harness, "Number").value().as_deref(), Some("21"));
    press(&mut harness, Modifiers::COMMAND, Key::B);
    assert!(has_input(&harness, "Search documents"));
    press(&mut harness, Modifiers::COMMAND, Key::B);
    assert!(!has_input(&harness, "Search documents"));
}

#[test]
fn good_news_goes_by_itself() {
    let (mut harness, _) = open(session());
    press(&mut harness, Modifiers::COMMAND, Key::R);
    harness.get_by_label_contains("The page is turned");
    // Seven seconds.
    for _ in 0..28 {
        harness.step();
    }
    assert!(harness.query_by_label_contains("The page is turned").is_none());
}

#[test]
fn the_page_of_the_next_document_is_decoded_before_it_is_opened() {
    let mut session = Session::new(registry());
    for (name, number) in [("a.png", 1), ("b.pdf", 2)] {
        let (file, _) = session.add_file(Path::new(name), None);
        session.file_opened(file, number);
        let document = Document { pages: vec![number], ..latin("10", "12.00") };
        session.page_done(file, page(number), vec![document], Timings::default());
        session.file_done(file, None);
    }
    let (mut harness, wire) = open(session);
    let asked = |page: usize| {
        let text = format!("page: {page} ");
        wire.0.borrow().jobs.iter().filter(|(_, j)| j.contains("Show") && j.contains(&text)).count()
    };
    assert_eq!(asked(2), 0, "the page on show comes first");
    let input = luru::worker::Input { path: "a.png".into(), password: None };
    let image = std::sync::Arc::new(image::RgbImage::from_pixel(500, 700, image::Rgb([255; 3])));
    wire.tell([Event::PageImage { input, page: 1, image: Ok(image) }]);
    settle(&mut harness);
    assert_eq!(asked(2), 1);
}
