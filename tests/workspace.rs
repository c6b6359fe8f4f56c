//! What spans the documents of a workspace: duplicates, and the audit trail as a chain.

use std::path::Path;

use luru::{
    extract::{Entry, State},
    geometry::Quad,
    review::{
        AuditAction, Document, DocumentId, DocumentState, Edit, EditError, FieldRules, Fingerprint, GENESIS,
        Likeness, Session, Timings,
        store::{Saver, Store},
    },
};

use super::slips::{field, open_document, page, path, registry, slip};

/// A session with a file of one document for each of these, and the file's fingerprint.
fn session(documents: Vec<(Document, Fingerprint)>) -> (Session, Vec<DocumentId>) {
    let mut session = Session::new(registry());
    let mut ids = Vec::new();
    for (i, (document, fingerprint)) in documents.into_iter().enumerate() {
        let (file, _) = session.add_file(Path::new(&format!("scan {i}.png")), None);
        let mut page = page(1);
        page.fingerprint = Some(fingerprint);
        ids.extend(session.page_done(file, page, vec![document], Timings::default()));
    }
    (session, ids)
}

fn print(file: &str, picture: [u64; 4]) -> Fingerprint {
    Fingerprint { file: file.into(), picture }
}

/// Hashes that are far from each other.
fn unlike(n: u64) -> [u64; 4] {
    std::array::from_fn(|i| (n + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(7 * i as u32 + n as u32))
}

fn with(mut document: Document, key: &str, value: &str) -> Document {
    document.record.entries.insert(key.into(), Entry::One(field(value, State::Ok)));
    document
}

fn likeness(session: &Session, of: DocumentId) -> Option<(DocumentId, Likeness)> {
    session.duplicates().get(&of).map(|d| (d.other, d.by))
}

#[test]
fn duplicates_are_told_by_number_and_by_the_values_that_tell_them() {
    let none = |n| print("", unlike(n));
    let (mut session, ids) = session(vec![
        (slip(1, "10", "12.00"), none(0)),
        (slip(1, "11", "13.00"), none(1)),
        (slip(1, "10", "14.00"), none(2)),
        // Its number was not read; seller, date and total are those of the second.
        (slip(1, "", "13.00"), none(3)),
    ]);
    assert_eq!(likeness(&session, ids[0]), Some((ids[2], Likeness::Number)));
    assert_eq!(likeness(&session, ids[2]), Some((ids[0], Likeness::Number)));
    assert_eq!(likeness(&session, ids[1]), Some((ids[3], Likeness::Facts)));
    assert_eq!(likeness(&session, ids[3]), Some((ids[1], Likeness::Facts)));
    // One that was sent back is no duplicate any more.
    let reject = Edit::SetState { document: ids[2], state: DocumentState::Rejected, reason: None };
    session.apply(reject).unwrap();
    assert_eq!(likeness(&session, ids[0]), None);
    // Numbers that differ tell them apart, whatever else agrees.
    let typing =
        |value: &str| Edit::SetField { document: ids[3], path: path("number"), value: Some(value.into()) };
    session.apply(typing("99")).unwrap();
    assert_eq!(likeness(&session, ids[1]), None);
    session.apply(typing("11")).unwrap();
    assert_eq!(likeness(&session, ids[1]), Some((ids[3], Likeness::Number)));
}

#[test]
fn duplicates_are_told_by_file_and_by_picture() {
    let mut near = unlike(5);
    near[2] ^= 0b1011;
    let other_seller = |d| with(d, "seller_name", "丁公司");
    let (session, ids) = session(vec![
        (slip(1, "", "1.00"), print("aa", unlike(1))),
        (open_document(1), print("bb", unlike(2))),
        // The same file as the first, though read otherwise.
        (slip(1, "77", "2.00"), print("aa", unlike(1))),
        (slip(1, "", "3.00"), print("cc", unlike(5))),
        (other_seller(slip(1, "", "4.00")), print("dd", near)),
        // Looks the same, but is another number.
        (slip(1, "50", "5.00"), print("ee", unlike(6))),
        (slip(1, "51", "6.00"), print("ff", unlike(6))),
        (open_document(1), print("", [0; 4])),
        (open_document(1), print("", [0; 4])),
    ]);
    assert_eq!(likeness(&session, ids[0]), Some((ids[2], Likeness::File)));
    assert_eq!(likeness(&session, ids[3]), Some((ids[4], Likeness::Picture)));
    assert_eq!(likeness(&session, ids[4]), Some((ids[3], Likeness::Picture)));
    for other in [1, 5, 6, 7, 8] {
        assert_eq!(likeness(&session, ids[other]), None, "document {other}");
    }
}

#[test]
fn another_place_on_a_page_of_the_same_file_is_another_document() {
    let mut right = slip(1, "", "2.00");
    right.found.location = Quad::from_rect(500.0, 0.0, 1000.0, 700.0);
    let (session, ids) =
        session(vec![(slip(1, "", "1.00"), print("aa", unlike(1))), (right, print("aa", unlike(1)))]);
    assert_eq!(likeness(&session, ids[0]), None);
}

#[test]
fn the_audit_trail_is_chained_on_disk_and_a_change_there_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("session.db");
    let (mut session, ids) = session(vec![(slip(1, "10", "12.00"), Fingerprint::default())]);
    let typing =
        |value: &str| Edit::SetField { document: ids[0], path: path("total"), value: Some(value.into()) };
    let (saver, _) = Saver::open(&store, registry()).unwrap();
    for value in ["5.01", "5.02", "5.03"] {
        session.apply(typing(value)).unwrap();
        session.end_typing();
        saver.save(&mut session).unwrap();
    }
    drop(saver);
    let links = session.audit_chain();
    assert_eq!(links.len(), 3);
    assert_eq!(links[0].entry.name, "scan 0.png");
    let (saver, again) = Saver::open(&store, registry()).unwrap();
    assert_eq!(saver.notice(), None);
    assert_eq!(again.audit_chain(), links);
    drop(saver);

    let database = rusqlite::Connection::open(&store).unwrap();
    database.execute("UPDATE audit SET entry = replace(entry, '5.02', '9.02')", []).unwrap();
    drop(database);
    let (saver, _) = Saver::open(&store, registry()).unwrap();
    let notice = saver.notice().unwrap().to_owned();
    assert!(notice.contains("第 2 条") && notice.contains("entry 2"), "{notice}");
}

#[test]
fn a_store_of_the_first_version_gets_its_chain() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("session.db");
    let (mut session, ids) = session(vec![(slip(1, "10", "12.00"), Fingerprint::default())]);
    session.apply(Edit::AcceptField { document: ids[0], path: path("date") }).unwrap();
    session.apply(Edit::AcceptField { document: ids[0], path: path("total") }).unwrap();
    let mut opened = Store::open(&store).unwrap();
    opened.save(&[session.take_changes()]).unwrap();
    drop(opened);
    // As the first version wrote it.
    let database = rusqlite::Connection::open(&store).unwrap();
    database.execute("ALTER TABLE audit DROP COLUMN hash", []).unwrap();
    database.execute("ALTER TABLE documents DROP COLUMN exported", []).unwrap();
    database.pragma_update(None, "user_version", 1).unwrap();
    drop(database);
    let (saver, again) = Saver::open(&store, registry()).unwrap();
    assert_eq!(saver.notice(), None);
    assert_eq!(again.audit_chain(), session.audit_chain());
    assert_ne!(again.audit_chain()[1].hash, GENESIS);
}

/// One document on the first three pages of a file, one on the fourth.
fn of_many_pages() -> (Session, DocumentId, DocumentId) {
    let mut session = Session::new(registry());
    let (file, _) = session.add_file(Path::new("a.pdf"), None);
    let mut ids = Vec::new();
    for number in 1..=4 {
        let document = slip(number, &format!("{number}0"), "5.00");
        ids.extend(session.page_done(file, page(number), vec![document], Timings::default()));
    }
    let merge = session.merge_edit(&ids[..3]).unwrap();
    session.apply(merge).unwrap();
    (session, ids[0], ids[3])
}

fn pages(session: &Session) -> Vec<Vec<usize>> {
    session.documents().map(|d| d.document.pages.clone()).collect()
}

fn rows(session: &Session) -> Vec<usize> {
    session.documents().map(|d| d.document.record.rows("item_list").len()).collect()
}

#[test]
fn a_document_is_split_at_a_page_and_values_go_with_their_page() {
    let (mut session, whole, _) = of_many_pages();
    assert_eq!((pages(&session), rows(&session)), (vec![vec![1, 2, 3], vec![4]], vec![6, 2]));
    let before = session.files().to_vec();
    let split = session.split_edit(whole, 2).unwrap();
    session.apply(split).unwrap();
    assert_eq!((pages(&session), rows(&session)), (vec![vec![1], vec![2, 3], vec![4]], vec![2, 4, 2]));
    let second = session.documents().nth(1).unwrap();
    // The first rows stand on what is now the first page, the others name theirs.
    let of_row = |row: usize| second.document.record.rows("item_list")[row]["amount"].page;
    assert_eq!((of_row(0), of_row(2)), (None, Some(3)));
    assert_eq!(second.document.found.location, Quad::from_rect(0.0, 0.0, 1000.0, 700.0));
    session.undo().unwrap();
    let documents = |files: &[luru::review::FileEntry]| files[0].documents.clone();
    assert_eq!(documents(session.files()), documents(&before));
    assert!(session.split_edit(whole, 1).is_none(), "nothing would be left");
    assert!(session.split_edit(whole, 4).is_none(), "no such page");
}

#[test]
fn a_page_moves_to_the_neighbour_and_a_document_changes_places() {
    let (mut session, whole, last) = of_many_pages();
    let edit = session.move_page_edit(3, whole, last).unwrap();
    session.apply(edit).unwrap();
    assert_eq!((pages(&session), rows(&session)), (vec![vec![1, 2], vec![3, 4]], vec![4, 4]));
    assert!(session.move_page_edit(3, whole, last).is_none(), "it is not there any more");
    let edit = session.reorder_edit(whole, true).unwrap();
    session.apply(edit).unwrap();
    assert_eq!(pages(&session), [vec![3, 4], vec![1, 2]]);
    assert!(session.reorder_edit(whole, true).is_none());
    // A document whose last page goes is gone.
    for page in [1, 2] {
        let edit = session.move_page_edit(page, whole, last).unwrap();
        session.apply(edit).unwrap();
    }
    assert_eq!(pages(&session), [vec![1, 2, 3, 4]]);
    // A confirmed document takes and gives no page.
    session.undo().unwrap();
    let reason = Some("as printed".to_owned());
    let confirm = Edit::SetState { document: last, state: DocumentState::Confirmed, reason };
    session.apply(confirm).unwrap();
    let edit = session.move_page_edit(2, whole, last).unwrap();
    assert!(session.apply(edit).is_err());
}

#[test]
fn a_field_may_have_a_threshold_of_its_own() {
    let (mut session, ids) = session(vec![(slip(1, "10", "12.00"), Fingerprint::default())]);
    let total = path("total");
    assert!(!session.needs_attention(ids[0], &total), "read with 0.98");
    let look_below = [("slip.total".to_owned(), 0.99)].into();
    session.set_field_rules(FieldRules { look_below, ..FieldRules::default() });
    assert!(session.needs_attention(ids[0], &total));
    assert!(!session.needs_attention(ids[0], &path("seller_name")), "others stay as they are");
    session.set_look_below(0.99);
    let look_below = [("slip.total".to_owned(), 0.0)].into();
    session.set_field_rules(FieldRules { look_below, ..FieldRules::default() });
    assert!(!session.needs_attention(ids[0], &total));
    assert!(session.needs_attention(ids[0], &path("seller_name")));
}

#[test]
fn a_value_entered_twice_must_agree_before_its_document_is_confirmed() {
    let (mut session, ids) = session(vec![(slip(1, "10", "12.00"), Fingerprint::default())]);
    let (document, total) = (ids[0], path("total"));
    let twice = ["slip.total".to_owned()].into();
    session.set_field_rules(FieldRules { twice, ..FieldRules::default() });
    assert_eq!(session.second_entries_left(document), 1);
    session.apply(Edit::AcceptField { document, path: total.clone() }).unwrap();
    assert!(session.needs_attention(document, &total), "accepting it is no second entry");
    let confirm = |reason: Option<&str>| Edit::SetState {
        document,
        state: DocumentState::Confirmed,
        reason: reason.map(str::to_owned),
    };
    assert_eq!(session.apply(confirm(None)), Err(EditError::SecondEntryLeft { count: 1 }));
    let second = |value: &str| Edit::SecondEntry { document, path: path("total"), value: value.to_owned() };
    assert_eq!(session.apply(second("12.50")), Err(EditError::EntriesDiffer { second: "12.50".into() }));
    assert!(session.apply(second(" ")).is_err());
    session.apply(second("¥12.00")).unwrap();
    assert_eq!(session.second_entries_left(document), 0);
    assert!(session.audit().last().is_some_and(|e| e.action == AuditAction::SecondEntry));
    // Undone or changed, it must be entered again.
    session.undo().unwrap();
    assert_eq!(session.second_entries_left(document), 1);
    session.redo().unwrap();
    session.apply(confirm(None)).unwrap();
    let reopen = Edit::SetState { document, state: DocumentState::ToReview, reason: None };
    session.apply(reopen).unwrap();
    let typing = Edit::SetField { document, path: total, value: Some("12.00".into()) };
    session.apply(typing).unwrap();
    assert_eq!(session.second_entries_left(document), 1);
    session.apply(confirm(Some("one clerk today"))).unwrap();
}

#[test]
fn statistics_tell_days_kinds_and_weak_fields() {
    let none = |n| print("", unlike(n));
    let (mut session, ids) = session(vec![
        (slip(1, "10", "12.00"), none(0)),
        (slip(1, "11", "13.00"), none(1)),
        (open_document(1), none(2)),
    ]);
    session.set_operator("甲");
    let set = |document, state| Edit::SetState { document, state, reason: None };
    let typing = |value: &str| Edit::SetField {
        document: ids[0],
        path: path("seller_name"),
        value: Some(value.into()),
    };
    session.apply_at(typing("丙"), 1_000).unwrap();
    session.end_typing();
    session.apply_at(typing("丙公司"), 20_000).unwrap();
    session.apply_at(set(ids[0], DocumentState::Confirmed), 30_000).unwrap();
    session.apply_at(set(ids[1], DocumentState::Confirmed), 70_000).unwrap();
    // A long pause is no work.
    session.apply_at(set(ids[2], DocumentState::Rejected), 7_000_000).unwrap();
    let statistics = session.statistics(|at| format!("day {}", at / 86_400_000));
    let [day] = &statistics.days[..] else { panic!("{:?}", statistics.days) };
    assert_eq!((day.day.as_str(), day.who.as_str()), ("day 0", "甲"));
    assert_eq!((day.confirmed, day.rejected, day.corrected), (2, 1, 2));
    assert_eq!(day.seconds_per_document, Some(40));
    let kind = statistics.kinds.iter().find(|k| k.kind == "slip").unwrap();
    assert_eq!((kind.documents, kind.confirmed, kind.untouched), (2, 2, 1));
    let weakest = &statistics.fields[0];
    assert_eq!((weakest.field.as_str(), weakest.values, weakest.right), ("seller_name", 2, 1));
    assert!((weakest.accuracy() - 0.5).abs() < 1e-6);
    assert!(statistics.fields.iter().any(|f| f.field == "item_list.amount" && f.values == 4));
    assert_eq!((statistics.pages_read, statistics.pages_failed), (3, 0));
    // What was typed and typed back is right at once after all.
    let reopen = set(ids[0], DocumentState::ToReview);
    session.apply(reopen).unwrap();
    session.apply(typing("乙公司")).unwrap();
    session.apply(set(ids[0], DocumentState::Confirmed)).unwrap();
    let statistics = session.statistics(|_| String::new());
    assert!(statistics.fields.iter().all(|f| f.right == f.values));
}

#[test]
fn documents_confirmed_in_one_go_share_the_work_on_them() {
    let none = |n| print("", unlike(n));
    let slips = (0..5).map(|n| (slip(1, &format!("1{n}"), "12.00"), none(n))).collect();
    let (mut session, ids) = session(slips);
    let set = |document| Edit::SetState { document, state: DocumentState::Confirmed, reason: None };
    session.apply_at(set(ids[0]), 10_000).unwrap();
    session.apply_at(Edit::Batch(ids[1..5].iter().map(|id| set(*id)).collect()), 50_000).unwrap();
    let statistics = session.statistics(|_| String::new());
    assert_eq!(statistics.days[0].seconds_per_document, Some(10), "40 seconds for four");
}

#[test]
fn what_goes_out_unconfirmed_is_noted() {
    let none = |n| print("", unlike(n));
    let slips = (0..2).map(|n| (slip(1, &format!("1{n}"), "12.00"), none(n))).collect();
    let (mut session, ids) = session(slips);
    session
        .apply(Edit::SetState { document: ids[0], state: DocumentState::Confirmed, reason: None })
        .unwrap();
    let before = session.audit().len();
    session.exported_open(&ids);
    let [entry] = &session.audit()[before..] else { panic!("one entry") };
    assert_eq!((entry.action, entry.document), (AuditAction::ExportedOpen, Some(ids[1])));
    assert_eq!(entry.old.as_deref(), Some("to_review"));
}
