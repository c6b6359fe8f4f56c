//! The session: edits with their inverses, progress, arriving readings, the store.

use std::{fs, path::Path};

use luru::{
    extract::{Entry, Field, Origin, State},
    geometry::Quad,
    review::{
        AuditAction, DocumentId, DocumentState, Edit, EditError, FileId, ReadingState, Session, Timings,
        store::{Saver, Store, StoreError},
    },
    structure::table_edit::{Axis, TableEdit},
};

use super::slips::{error, field, open_document, page, path, registry, slip};

/// A session with one file of two slips on its first page.
fn session() -> (Session, Vec<DocumentId>) {
    let mut session = Session::new(registry());
    let (file, _) = session.add_file(Path::new("票据/甲.pdf"), Some("secret".into()));
    session.file_opened(file, 2);
    let mut second = slip(1, "20", "8.00");
    second.found.location = luru::geometry::Quad::from_rect(500.0, 0.0, 1000.0, 700.0);
    let ids = session.page_done(file, page(1), vec![slip(1, "10", "12.00"), second], Timings::default());
    (session, ids)
}

fn typing(document: DocumentId, field: &str, value: &str) -> Edit {
    Edit::SetField { document, path: path(field), value: Some(value.into()) }
}

fn table_typing(file: FileId, text: &str) -> Edit {
    let change = TableEdit::SetText { row: 0, col: 0, text: text.into() };
    Edit::ChangeTable { file, page: 1, table: 0, change }
}

fn value(session: &Session, id: DocumentId, field: &str) -> Option<String> {
    session.document(id)?.document.record.get(&path(field))?.value.clone()
}

#[test]
fn every_edit_is_taken_back_exactly() {
    let (mut session, ids) = session();
    let document = ids[0];
    let file = session.files()[0].id;
    let other = session.document(ids[1]).unwrap().document.clone();
    let row = session.document(document).unwrap().document.record.rows("item_list")[0].clone();
    let new = {
        let mut new = session.document(ids[1]).unwrap().clone();
        new.id = session.new_document_id();
        Box::new(new)
    };
    let (table, key) = ("item_list".to_owned(), "phone".to_owned());
    let edits = [
        typing(document, "total", "99.00"),
        typing(document, "fee", "1.00"),
        typing(document, "phone.2", "110"),
        typing(document, "item_list.0.amount", "3.00"),
        Edit::SetField { document, path: path("buyer_name"), value: None },
        Edit::TakeFromPage {
            document,
            path: path("buyer_name"),
            text: " 丙公司 ".into(),
            quad: None,
            page: None,
            confidence: 0.7,
        },
        Edit::AcceptField { document, path: path("date") },
        Edit::MarkIllegible { document, path: path("date"), illegible: true },
        Edit::PutEntry { document, key: "total".into(), entry: None },
        Edit::AddItem { document, key: key.clone(), index: 1, field: Box::default() },
        Edit::RemoveItem { document, key, index: 0 },
        Edit::AddRow { document, table: table.clone(), row: 2, cells: row },
        Edit::RemoveRow { document, table: table.clone(), row: 0 },
        Edit::MoveRow { document, table, from: 0, to: 1 },
        Edit::SetState { document, state: DocumentState::Postponed, reason: Some("缺页".into()) },
        Edit::Replace { document, with: Box::new(other) },
        Edit::InsertDocument { file, index: 1, document: new },
        Edit::RemoveDocument { document },
        Edit::SetRotation { file, page: 1, rotation: 180 },
        table_typing(file, "标题二"),
        Edit::ChangeTable { file, page: 1, table: 0, change: TableEdit::Delete { axis: Axis::Row, at: 0 } },
        Edit::RemoveTable { file, page: 1, table: 0 },
        Edit::AddTable {
            file,
            page: 1,
            table: 1,
            with: Box::new(session.files()[0].pages[0].structure.tables[0].clone()),
        },
        Edit::RemoveFile { file },
        Edit::Batch(vec![typing(document, "total", "1.00"), Edit::RemoveDocument { document: ids[1] }]),
    ];
    // Whether a person has touched a document is remembered beyond undo.
    for id in &ids {
        session.apply(Edit::AcceptField { document: *id, path: path("number") }).unwrap();
    }
    session.apply(table_typing(file, "标题")).unwrap();
    session.file_done(file, None);
    for edit in edits {
        let before = session.files().to_vec();
        session.apply(edit.clone()).unwrap();
        let after = session.files().to_vec();
        assert_ne!(before, after, "{edit:?}");
        assert!(session.undo().unwrap().is_some());
        assert_eq!(session.files(), before, "undo of {edit:?}");
        assert!(session.redo().unwrap().is_some());
        assert_eq!(session.files(), after, "redo of {edit:?}");
        session.undo().unwrap();
        assert_eq!(session.files(), before);
    }
}

#[test]
fn refused_edits_change_nothing() {
    let (mut session, ids) = session();
    let document = ids[0];
    let before = session.files().to_vec();
    let gone = DocumentId(999);
    let audit = session.audit().len();
    for edit in [
        typing(gone, "total", "1"),
        typing(document, "item_list.7.amount", "1"),
        typing(document, "phone.9", "1"),
        typing(document, "total.0.amount", "1"),
        Edit::RemoveRow { document, table: "item_list".into(), row: 5 },
        Edit::MoveRow { document, table: "item_list".into(), from: 0, to: 9 },
        Edit::SetRotation { file: session.files()[0].id, page: 1, rotation: 45 },
        Edit::Batch(vec![typing(document, "total", "1.00"), typing(gone, "total", "1.00")]),
    ] {
        assert!(session.apply(edit.clone()).is_err(), "{edit:?}");
        assert_eq!(session.files()[0].pages, before[0].pages);
        let records = |files: &[luru::review::FileEntry]| {
            files[0].documents.iter().map(|d| d.document.clone()).collect::<Vec<_>>()
        };
        assert_eq!(records(session.files()), records(&before), "{edit:?}");
    }
    assert_eq!(session.audit().len(), audit);
    assert!(!session.can_undo());
}

#[test]
fn typing_in_one_field_is_one_step_and_one_audit_entry() {
    let (mut session, ids) = session();
    for (at, text) in [(0, "1"), (300, "15"), (600, "15.00")] {
        session.apply_at(typing(ids[0], "total", text), at).unwrap();
    }
    assert_eq!(session.audit().len(), 1);
    let entry = &session.audit()[0];
    assert_eq!((entry.action, entry.place.as_str()), (AuditAction::Typed, "total"));
    assert_eq!((entry.old.as_deref(), entry.new.as_deref()), (Some("12.00"), Some("15.00")));
    // After a pause, in another field, or when told so, typing starts anew.
    session.apply_at(typing(ids[0], "total", "16.00"), 5000).unwrap();
    session.apply_at(typing(ids[0], "fee", "1.00"), 5100).unwrap();
    session.end_typing();
    session.apply_at(typing(ids[0], "fee", "2.00"), 5200).unwrap();
    let mut seen = Vec::new();
    while session.undo().unwrap().is_some() {
        seen.push((value(&session, ids[0], "total"), value(&session, ids[0], "fee")));
    }
    let pair = |total: &str, fee: Option<&str>| (Some(total.to_owned()), fee.map(str::to_owned));
    assert_eq!(
        seen,
        [pair("16.00", Some("1.00")), pair("16.00", None), pair("15.00", None), pair("12.00", None)]
    );
}

#[test]
fn typed_values_are_normalised_confirmed_and_keep_their_place() {
    let (mut session, ids) = session();
    session.apply(typing(ids[0], "date", "２０２４年5月7日")).unwrap();
    let field = session.document(ids[0]).unwrap().document.record.get(&path("date")).unwrap().clone();
    assert_eq!(field.value.as_deref(), Some("2024-05-07"));
    assert_eq!(field.raw, "２０２４年5月7日");
    assert!(field.confirmed && field.quad.is_some());
    assert_eq!(field.origin, Origin::Typed);
    // What is not of the field's type is kept as typed, for the checks to complain of.
    session.apply(typing(ids[0], "date", "昨天")).unwrap();
    assert_eq!(value(&session, ids[0], "date").as_deref(), Some("昨天"));
}

#[test]
fn the_next_unresolved_value_follows_the_form() {
    let (mut session, ids) = session();
    let id = ids[0];
    session.apply(Edit::PutEntry { document: id, key: "number".into(), entry: None }).unwrap();
    let Some(Entry::Rows { mut rows }) =
        session.document(id).unwrap().document.record.entries.get("item_list").cloned()
    else {
        panic!("the slip has rows");
    };
    rows[1].get_mut("amount").unwrap().confidence = 0.1;
    rows[1].get_mut("amount").unwrap().state = State::Doubtful;
    let entry = Some(Box::new(Entry::Rows { rows }));
    session.apply(Edit::PutEntry { document: id, key: "item_list".into(), entry }).unwrap();

    let (number, date, amount) = (path("number"), path("date"), path("item_list.1.amount"));
    assert_eq!(session.next_unresolved(id, None), Some(number.clone()));
    assert_eq!(session.next_unresolved(id, Some(&number)), Some(date.clone()));
    assert_eq!(session.next_unresolved(id, Some(&date)), Some(amount.clone()));
    assert_eq!(session.next_unresolved(id, Some(&amount)), Some(number.clone()));
    assert_eq!(session.previous_unresolved(id, Some(&date)), Some(number.clone()));
    assert_eq!(session.previous_unresolved(id, Some(&number)), Some(amount.clone()));

    let counts = session.counts(id);
    assert_eq!((counts.missing_required, counts.doubtful, counts.unresolved), (1, 2, 3));
    assert!(!session.is_clean(id) && session.progress(id) < 1.0);
    session.apply(typing(id, "number", "10")).unwrap();
    session.apply(Edit::AcceptField { document: id, path: date }).unwrap();
    session.apply(Edit::MarkIllegible { document: id, path: amount, illegible: true }).unwrap();
    assert_eq!(session.next_unresolved(id, None), None);
    assert_eq!(session.progress(id), 1.0);
    assert_eq!(session.counts(id).decided, 3);
}

#[test]
fn what_follows_from_a_doubtful_value_is_asked_there_alone() {
    let doubtful = |value: &str| Field { confidence: 0.4, ..field(value, State::Doubtful) };
    let mut document = slip(1, "12345678", "25.00");
    document.found.kind = "taxi_invoice".into();
    let follows = Field { origin: Origin::Computed, quad: None, ..doubtful("上海市") };
    let fields =
        [("code", doubtful("131001900111")), ("location", follows), ("date", field("2019-05-06", State::Ok))];
    for key in ["buyer_name", "seller_name", "phone", "item_list"] {
        document.record.entries.remove(key);
    }
    document.record.entries.extend(fields.map(|(key, f)| (key.to_owned(), Entry::One(f))));
    let mut session = Session::new(registry());
    let (file, _) = session.add_file(Path::new("taxi.png"), None);
    let id = session.page_done(file, page(1), vec![document], Timings::default())[0];
    let open = |s: &Session| s.unresolved_in(&s.document(id).unwrap().document);
    assert_eq!(open(&session), [path("code")]);
    let mut accepted = session.clone();
    accepted.apply(Edit::AcceptField { document: id, path: path("code") }).unwrap();
    assert_eq!(open(&accepted), [], "it is not asked again");
    let record = &accepted.document(id).unwrap().document.record;
    assert_eq!(record.get(&path("location")).map(|f| f.state), Some(State::Ok));
    // What is corrected there is corrected in what follows from it.
    session.apply(typing(id, "code", "144031900111")).unwrap();
    assert_eq!(value(&session, id, "location").as_deref(), Some("深圳市"));
    assert_eq!(open(&session), []);
    session.undo().unwrap();
    assert_eq!(value(&session, id, "location").as_deref(), Some("上海市"));
    assert_eq!(open(&session), [path("code")]);
    // What a person has decided stays.
    session.apply(typing(id, "location", "苏州市")).unwrap();
    session.apply(typing(id, "code", "144031900111")).unwrap();
    assert_eq!(value(&session, id, "location").as_deref(), Some("苏州市"));
}

#[test]
fn what_has_an_open_warning_or_a_remark_is_not_confirmed_unseen() {
    let mut session = Session::new(registry());
    let (file, _) = session.add_file(Path::new("a.png"), None);
    session.file_opened(file, 1);
    session.page_done(file, page(1), vec![slip(1, "10", "12.00")], Timings::default());
    session.file_done(file, None);
    let id = session.documents().next().unwrap().id;
    for path in session.form_order(id) {
        let known = session.document(id).and_then(|d| d.document.record.get(&path)).is_some();
        let edit = Edit::AcceptField { document: id, path };
        if known {
            session.apply(edit).unwrap();
        }
    }
    assert!(session.needs_no_look(id));
    let notice = "有一种文字读不了 / a script cannot be read";
    let remarked = luru::review::PageReading { notices: vec![notice.into()], ..page(1) };
    let mut other = Session::new(registry());
    let (file, _) = other.add_file(Path::new("b.png"), None);
    let document = session.document(id).unwrap().document.clone();
    other.page_done(file, remarked, vec![document], Timings::default());
    other.file_done(file, None);
    let id = other.documents().next().unwrap().id;
    assert!(other.is_clean(id) && !other.needs_no_look(id));
    assert!(other.clean_documents().is_empty());
}

#[test]
fn errors_block_confirming_unless_overridden_with_a_reason() {
    let mut session = Session::new(registry());
    let (file, _) = session.add_file(Path::new("甲.png"), None);
    // Of a kind that is not in the registry: the worker's issues stand as they are.
    let mut document = slip(1, "1", "2.00");
    document.found.kind = "unknown".into();
    document.issues = vec![error("total", "合计与明细不符")];
    let id = session.page_done(file, page(1), vec![document], Timings::default())[0];

    let confirm = |reason: Option<&str>| Edit::SetState {
        document: id,
        state: DocumentState::Confirmed,
        reason: reason.map(str::to_owned),
    };
    let refused = session.apply(confirm(None)).unwrap_err();
    assert!(refused.to_string().contains("合计与明细不符"), "{refused}");
    assert!(session.apply(confirm(Some("  "))).is_err());
    session.apply(confirm(Some("票面如此"))).unwrap();
    let last = session.audit().last().unwrap();
    assert_eq!(last.reason.as_deref(), Some("票面如此"));
    assert_eq!((last.old.as_deref(), last.new.as_deref()), (Some("to_review"), Some("confirmed")));

    // A closed document is not edited before it is reopened; exporting keeps the reason.
    assert_eq!(session.apply(typing(id, "total", "3")), Err(EditError::Closed));
    let set = |state| Edit::SetState { document: id, state, reason: None };
    session.apply(set(DocumentState::Exported)).unwrap();
    assert_eq!(session.document(id).unwrap().reason.as_deref(), Some("票面如此"));
    session.apply(set(DocumentState::ToReview)).unwrap();
    session.apply(typing(id, "total", "3.00")).unwrap();
    assert_eq!(session.state_counts()[&DocumentState::ToReview], 1);
}

#[test]
fn new_readings_never_destroy_a_persons_work() {
    let (mut session, ids) = session();
    let file = session.files()[0].id;
    session.apply(typing(ids[0], "total", "77.00")).unwrap();
    // The page is read again: the edited document stays, the other one is replaced in place.
    let mut again = slip(1, "21", "8.00");
    again.found.location = luru::geometry::Quad::from_rect(500.0, 0.0, 1000.0, 690.0);
    let new = session.page_done(file, page(1), vec![slip(1, "11", "13.00"), again], Timings::default());
    assert_eq!(new, ids);
    assert_eq!(value(&session, ids[0], "total").as_deref(), Some("77.00"));
    assert_eq!(value(&session, ids[0], "number").as_deref(), Some("10"));
    assert_eq!(value(&session, ids[1], "number").as_deref(), Some("21"));
    // Nothing found this time: only the edited one stays. Other pages are not touched.
    let other = session.page_done(file, page(2), vec![open_document(2)], Timings::default());
    assert_eq!(session.page_done(file, page(1), Vec::new(), Timings::default()), [ids[0]]);
    let left: Vec<_> = session.documents().map(|d| d.id).collect();
    assert_eq!(left, [ids[0], other[0]]);
    assert_eq!(session.undo().unwrap().unwrap().document, Some(ids[0]));
    // Results for a file that has left the queue are dropped.
    session.apply(Edit::RemoveFile { file }).unwrap();
    assert!(session.page_done(file, page(2), vec![open_document(2)], Timings::default()).is_empty());
}

#[test]
fn parts_are_merged_and_taken_apart_again() {
    let (mut session, ids) = session();
    session.apply(typing(ids[1], "number", "10")).unwrap();
    let before = session.files().to_vec();
    session.apply(typing(ids[0], "fee", "")).unwrap();
    session.apply(typing(ids[1], "fee", "2.00")).unwrap();
    let merge = session.merge_edit(&ids).unwrap();
    session.apply(merge).unwrap();
    let left: Vec<_> = session.documents().map(|d| d.id).collect();
    assert_eq!(left, [ids[0]]);
    assert_eq!(session.document(ids[0]).unwrap().document.record.rows("item_list").len(), 4);
    assert_eq!(value(&session, ids[0], "fee").as_deref(), Some("2.00"));
    for _ in 0..3 {
        session.undo().unwrap();
    }
    let records = |files: &[luru::review::FileEntry]| {
        files[0].documents.iter().map(|d| d.document.record.clone()).collect::<Vec<_>>()
    };
    assert_eq!(records(session.files()), records(&before));
    assert!(session.merge_edit(&ids[..1]).is_none());
    assert!(session.merge_edit(&[ids[0], DocumentId(999)]).is_none());
}

/// What of a session must survive: everything but passwords and the undo steps.
fn lasting(session: &Session) -> impl PartialEq + std::fmt::Debug {
    let mut files = session.files().to_vec();
    for file in &mut files {
        file.password = None;
        file.current_page = None;
        if file.state == ReadingState::Reading {
            file.state = ReadingState::Waiting;
        }
    }
    (files, session.audit().to_vec())
}

#[test]
fn a_reopened_store_gives_the_same_session() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("数据/session.db");
    let (mut session, ids) = session();
    {
        let (saver, empty) = Saver::open(&store, registry()).unwrap();
        assert!(empty.files().is_empty());
        saver.save(&mut session).unwrap();
        assert!(!session.has_changes());
        session.apply(typing(ids[0], "total", "5.00")).unwrap();
        saver.save(&mut session).unwrap();
        session.apply(typing(ids[0], "total", "6.00")).unwrap();
        session.apply(Edit::RemoveDocument { document: ids[1] }).unwrap();
        session.undo().unwrap();
        let (second, _) = session.add_file(Path::new("乙.png"), None);
        session.file_done(second, Some(("文件已损坏".into(), false)));
        session.apply(Edit::RemoveFile { file: second }).unwrap();
        session.undo().unwrap();
        saver.save(&mut session).unwrap();
        session
            .apply(Edit::SetState {
                document: ids[0],
                state: DocumentState::Rejected,
                reason: Some("重复".into()),
            })
            .unwrap();
        saver.save(&mut session).unwrap();
        saver.flush().unwrap();
        assert_eq!(saver.problem(), None);

        // A copy taken while the store is in use opens and holds what was saved.
        let copy = folder.path().join("copy.db");
        for suffix in ["", "-wal"] {
            let part = |base: &Path| format!("{}{suffix}", base.display());
            if Path::new(&part(&store)).exists() {
                fs::copy(part(&store), part(&copy)).unwrap();
            }
        }
        let (_, copied) = Saver::open(&copy, registry()).unwrap();
        assert_eq!(lasting(&copied), lasting(&session));
        // A second program on the same store is refused, not waited for.
        assert!(matches!(Saver::open(&store, registry()), Err(StoreError::InUse { .. })));
    }
    let (saver, mut again) = Saver::open(&store, registry()).unwrap();
    assert_eq!(saver.notice(), None);
    assert_eq!(lasting(&again), lasting(&session));
    assert!(again.files()[0].password.is_none());
    assert!(!fs::read(&store).unwrap().windows(6).any(|w| w == b"secret"));
    // Ids are not given twice.
    let (id, new) = again.add_file(Path::new("丙.png"), None);
    assert!(new && again.files()[..2].iter().all(|f| f.id != id));
}

#[test]
fn a_damaged_store_is_set_aside_and_a_newer_one_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("session.db");
    fs::write(&store, "not a database, but longer than its header of a hundred bytes ".repeat(40)).unwrap();
    match Store::open(&store) {
        Err(StoreError::Corrupt { set_aside, .. }) => assert!(set_aside.exists() && !store.exists()),
        other => panic!("{other:?}"),
    }
    drop(Store::open(&store).unwrap());

    // One page that cannot be understood costs that page only.
    let (mut session, _) = session();
    let mut opened = Store::open(&store).unwrap();
    opened.save(&[session.take_changes()]).unwrap();
    drop(opened);
    let database = rusqlite::Connection::open(&store).unwrap();
    database.execute("UPDATE pages SET reading = '{'", []).unwrap();
    drop(database);
    let (saver, left) = Saver::open(&store, registry()).unwrap();
    assert!(saver.notice().is_some());
    assert_eq!(left.files()[0].state, ReadingState::Waiting);
    assert!(left.files()[0].pages.is_empty() && left.files()[0].documents.len() == 2);
    drop(saver);
    // It lies in the copy now: the next opening says nothing, makes no other copy and still wants the page.
    let copies = || {
        let names = fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap().file_name());
        names.filter(|name| name.to_string_lossy().contains(".damaged-")).count()
    };
    let before = copies();
    let (saver, left) = Saver::open(&store, registry()).unwrap();
    assert_eq!((saver.notice(), copies()), (None, before));
    assert_eq!(left.files()[0].state, ReadingState::Waiting);
    assert_eq!(left.files()[0].documents.len(), 2);
    drop(saver);

    let database = rusqlite::Connection::open(&store).unwrap();
    database.pragma_update(None, "user_version", 99).unwrap();
    drop(database);
    assert!(matches!(Store::open(&store), Err(StoreError::Newer { found: 99, .. })));
    assert!(store.exists());
}

/// The licences of two drivers on one sheet: each second page bears the number of its first.
#[test]
fn the_sides_of_a_card_on_one_page_are_one_document_where_their_numbers_agree() {
    let registry = luru::kind::Registry::builtin();
    let outline = |left: f32, top: f32, right: f32| Quad::from_rect(left, top, right, top + 50.0);
    let side = |side: &str, number: &str, left: f32, top: f32| {
        let mut document = slip(1, number, "8.00");
        document.found.kind = "driver_license".into();
        document.found.location = outline(left, top, left + 80.0);
        let entries = &mut document.record.entries;
        entries.clear();
        entries.insert("side".into(), Entry::One(field(side, State::Ok)));
        if !number.is_empty() {
            entries.insert("number".into(), Entry::One(field(number, State::Ok)));
        }
        let own = if side == "back" { "record" } else { "address" };
        entries.insert(own.into(), Entry::One(field(own, State::Ok)));
        document
    };
    let joined = |documents: Vec<luru::review::Document>| {
        let mut reading = luru::review::FileReading { documents, ..Default::default() };
        luru::review::join_parts(&registry, &mut reading);
        reading.documents
    };
    let all = joined(vec![
        side("front", "1", 0.0, 0.0),
        side("front", "2", 0.0, 60.0),
        side("back", "2", 90.0, 60.0),
        side("back", "1", 90.0, 0.0),
        side("back", "3", 90.0, 120.0),
    ]);
    let numbers: Vec<_> = all.iter().map(|d| d.record.value("number").unwrap_or_default()).collect();
    assert_eq!(numbers, ["1", "2", "3"]);
    assert_eq!(all[0].record.value("record"), Some("record"));
    assert_eq!(all[0].found.location, outline(0.0, 0.0, 170.0));
    assert_eq!(all[0].pages, [1]);
    // Without a number nothing tells whose the other side is.
    assert_eq!(joined(vec![side("front", "", 0.0, 0.0), side("back", "", 90.0, 0.0)]).len(), 2);
}

/// A list of goods has the number of its invoice and a title of its own.
#[test]
fn a_list_on_further_pages_becomes_part_of_its_invoice() {
    let registry = luru::kind::Registry::builtin();
    let page = |page: usize, title: &str, number: &str, names: &[&str]| {
        let mut document = slip(page, number, "8.00");
        document.found.kind = "vat_invoice".into();
        let entries = &mut document.record.entries;
        entries.insert("title".into(), Entry::One(field(title, State::Ok)));
        let row = |name: &&str| [("name".to_owned(), field(name, State::Ok))].into();
        entries.insert("item_list".into(), Entry::Rows { rows: names.iter().map(row).collect() });
        document
    };
    let list = "销售货物或者提供应税劳务、服务清单";
    let joined = |documents: Vec<luru::review::Document>| {
        let mut reading = luru::review::FileReading { documents, ..Default::default() };
        luru::review::join_parts(&registry, &mut reading);
        reading.documents
    };
    let all = joined(vec![
        page(1, "浙江增值税普通发票", "12345678", &["（详见销货清单）"]),
        page(2, list, "12345678", &["纸张", "运费"]),
        page(3, list, "12345678", &["胶带"]),
        page(4, "浙江增值税专用发票", "87654321", &["印章"]),
        page(5, list, "", &["墨水"]),
    ]);
    let pages: Vec<_> = all.iter().map(|d| d.pages.clone()).collect();
    assert_eq!(pages, [vec![1, 2, 3], vec![4], vec![5]]);
    let names: Vec<_> = all[0].record.rows("item_list").iter().map(|r| r["name"].value.as_deref()).collect();
    assert_eq!(names, [Some("纸张"), Some("运费"), Some("胶带")]);
}
