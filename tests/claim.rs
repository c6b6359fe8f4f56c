//! Claims, renaming by values, exporting what has changed.

use std::{
    collections::{BTreeSet, HashMap},
    fs,
    path::Path,
};

use calamine::{Data, Reader, Xlsx, open_workbook};
use rust_decimal::Decimal;

use luru::{
    export::{
        ExportError, Selection,
        claim::{Claim, Head},
        rename::{carry_out, plan},
    },
    extract::{Entry, State},
    kind::Lang,
    review::{AuditAction, Document, DocumentId, DocumentState, Edit, Session, Timings, store::Saver},
};

use super::slips::{field, open_document, page, path, registry, slip};

fn with(mut document: Document, key: &str, value: &str) -> Document {
    document.record.entries.insert(key.into(), Entry::One(field(value, State::Ok)));
    document
}

/// A file for each document; all confirmed but the last.
fn session(folder: &Path, documents: Vec<Document>) -> (Session, Vec<DocumentId>) {
    let mut session = Session::new(registry());
    let mut ids = Vec::new();
    for (i, document) in documents.into_iter().enumerate() {
        let (file, _) = session.add_file(&folder.join(format!("scan {i}.png")), None);
        let mut page = page(1);
        page.structure.rotation = if i == 1 { 90 } else { 0 };
        ids.extend(session.page_done(file, page, vec![document], Timings::default()));
    }
    for id in &ids[..ids.len() - 1] {
        let confirm = Edit::SetState { document: *id, state: DocumentState::Confirmed, reason: None };
        session.apply(confirm).unwrap();
    }
    (session, ids)
}

fn documents() -> Vec<Document> {
    vec![
        slip(1, "10", "12.00"),
        with(with(slip(1, "11", "8.50"), "seller_name", "Beta Ltd"), "fee", "0.48"),
        with(slip(1, "12", "100.00"), "buyer_name", ""),
        open_document(1),
        slip(1, "13", "7.00"),
    ]
}

fn head() -> Head {
    Head {
        person: "王会计".into(),
        department: "财务部".into(),
        purpose: "五月差旅".into(),
        date: "2024-06-01".into(),
    }
}

fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn claim(session: &Session, costs: &HashMap<DocumentId, String>) -> Claim {
    Claim::collect(session, &Selection::Confirmed, head(), costs, Lang::Zh)
}

#[test]
fn a_claim_sums_by_cost_and_person_and_finds_the_tax() {
    let (session, ids) = session(Path::new("票据"), documents());
    let claim = claim(&session, &HashMap::from([(ids[1], " 交通费 ".to_owned())]));
    assert_eq!((claim.lines.len(), claim.left_out), (3, 1));
    assert_eq!(claim.total(), decimal("120.50"));
    assert_eq!(claim.total_in_words(), "壹佰贰拾元零伍角");
    // 12.00 and 100.00 hold 9 %; of the second the tax is printed.
    let taxes: Vec<_> = claim.lines.iter().map(|l| l.deductible).collect();
    assert_eq!(taxes, ["0.99", "0.48", "8.26"].map(|t| Some(decimal(t))));
    let cost: Vec<_> = claim.by_cost().into_iter().map(|s| (s.name, s.documents, s.amount)).collect();
    assert_eq!(cost, [("交通费".into(), 1, decimal("8.50")), ("测试费".into(), 2, decimal("112.00"))]);
    let person: Vec<_> = claim.by_person().into_iter().map(|s| (s.name, s.amount)).collect();
    assert_eq!(person, [("王会计".into(), decimal("100.00")), ("甲公司".into(), decimal("20.50"))]);
    let line = &claim.lines[0];
    assert_eq!((line.payee.as_str(), line.purpose.as_str()), ("乙公司", "纸张、运费"));
    assert_eq!((line.date.as_str(), line.number.as_str()), ("2024-05-06", "10"));
}

#[test]
fn an_amount_that_stands_there_in_words_alone_counts() {
    let documents = vec![with(slip(1, "10", "12.00"), "total", "伍拾元整"), slip(1, "11", "7.00")];
    let (session, ids) = session(Path::new("票据"), documents);
    let claim = claim(&session, &HashMap::new());
    assert_eq!(claim.lines.iter().find(|l| l.document == ids[0]).and_then(|l| l.amount), Some(decimal("50")));
}

#[test]
fn a_line_says_what_its_deduction_waits_for() {
    let documents = vec![slip(1, "10", "12.00"), with(slip(1, "11", "8.50"), "seller_name", "")];
    let (session, _) = session(Path::new("票据"), [documents, vec![slip(1, "12", "7.00")]].concat());
    let claim = claim(&session, &HashMap::new());
    // Both hold 9 % of freight; a fee would be deducted if the seller, who is not known, were of a kind.
    assert!(claim.lines.iter().all(|l| l.deductible.is_some() && l.deduction_needs.is_none()));
    let mut unknown = slip(1, "13", "7.00");
    unknown.record.entries.remove("item_list");
    let unknown = with(with(unknown, "seller_name", ""), "fee", "0.50");
    let (session, _) = self::session(Path::new("票据"), vec![unknown, slip(1, "14", "7.00")]);
    let claim = self::claim(&session, &HashMap::new());
    let needs: Vec<_> = claim.lines.iter().map(|l| (l.deductible, l.deduction_needs.clone())).collect();
    assert_eq!(needs, [(None, Some("名称".to_owned()))]);
}

#[test]
fn the_workbook_holds_formulas_with_their_results() {
    let folder = tempfile::tempdir().unwrap();
    let (session, _) = session(folder.path(), documents());
    let path = folder.path().join("claim.xlsx");
    claim(&session, &HashMap::new()).write_workbook(&path).unwrap();
    let mut book: Xlsx<_> = open_workbook(&path).unwrap();
    let cells = book.worksheet_range("报销单").unwrap();
    let at = |row: u32, column: u32| cells.get_value((row, column)).cloned().unwrap_or(Data::Empty);
    assert_eq!(at(1, 0), Data::String("报销人：王会计".into()));
    assert_eq!((at(4, 3), at(4, 8)), (Data::String("测试费".into()), Data::Float(12.0)));
    assert!(matches!(at(4, 1), Data::DateTime(day) if day.as_f64() == 45418.0), "a date as Excel has it");
    assert_eq!((at(7, 8), at(7, 9)), (Data::Float(120.5), Data::Float(9.73)));
    assert_eq!(at(8, 3), Data::String("壹佰贰拾元零伍角".into()));
    let formulas = book.worksheet_formula("报销单").unwrap();
    let formula = |row: u32, column: u32| formulas.get_value((row, column)).cloned().unwrap_or_default();
    assert_eq!(formula(7, 8), "SUM(I5:I7)");
    assert!(formula(8, 3).contains("$I$8") && formula(8, 3).contains("[DBNum2]"), "{}", formula(8, 3));
    assert_eq!(formula(11, 8), "SUMIF($D$5:$D$7,$B$12,I$5:I$7)");
    assert_eq!(formula(11, 7), "COUNTIF($D$5:$D$7,$B$12)");
    let empty = Claim { lines: Vec::new(), ..claim(&session, &HashMap::new()) };
    assert!(matches!(empty.write_workbook(&path), Err(ExportError::Nothing)));
}

#[test]
fn the_pdf_holds_the_sheet_and_every_picture() {
    let folder = tempfile::tempdir().unwrap();
    let (session, _) = session(folder.path(), documents());
    for file in session.files() {
        image::RgbImage::from_pixel(1000, 700, image::Rgb([240, 240, 230])).save(&file.path).unwrap();
    }
    let path = folder.path().join("claim.pdf");
    claim(&session, &HashMap::new()).write_pdf(&path, None).unwrap();
    let pdf = fs::read(&path).unwrap();
    let count = |text: &str| pdf.windows(text.len()).filter(|w| *w == text.as_bytes()).count();
    assert!(pdf.starts_with(b"%PDF-"));
    assert_eq!(count("/DCTDecode"), 3);
    // The sheet; two pictures lie on their side on a page, the turned one stands.
    assert_eq!(count("/MediaBox"), 4);
    assert!(count("/STSong-Light") >= 2 && count("/UniGB-UTF16-H") == 1);
    // A document whose file has gone is named.
    fs::remove_file(&session.files()[1].path).unwrap();
    let error = claim(&session, &HashMap::new()).write_pdf(&path, None).unwrap_err();
    assert!(error.to_string().contains("scan 1.png"), "{error}");
}

#[test]
fn files_are_renamed_by_their_values_with_a_plan_before() {
    let folder = tempfile::tempdir().unwrap();
    let mut named = documents();
    named[1] = with(slip(1, "10", "8.50"), "buyer_name", "a/b: c?");
    let (mut session, _) = session(folder.path(), named);
    for file in session.files() {
        fs::write(&file.path, file.path.to_string_lossy().as_bytes()).unwrap();
    }
    let plan = plan(&session, &Selection::All, "{n}_{购买方}{Name}-{单据号码}", Lang::Zh);
    assert!(plan.iter().all(|r| r.to.is_none() && r.missing.contains(&"购买方".to_owned())), "no such field");
    let plan = |pattern: &str| luru::export::rename::plan(&session, &Selection::All, pattern, Lang::Zh);
    let names = |pattern: &str| -> Vec<Option<String>> {
        let name = |to: std::path::PathBuf| to.file_name().unwrap().to_string_lossy().into_owned();
        plan(pattern).into_iter().map(|r| r.to.map(name)).collect()
    };
    let some = |name: &str| Some(name.to_owned());
    assert_eq!(
        names("{开票日期} {number}"),
        [
            some("2024-05-06 10.png"),
            some("2024-05-06 10 (2).png"),
            some("2024-05-06 12.png"),
            None,
            some("2024-05-06 13.png")
        ]
    );
    assert_eq!(names("{buyer_name}")[1], some("a_b_ c_.png"));
    assert!(names("{name}").iter().all(Option::is_none), "they have that name already");
    assert!(names("scan 0")[1].as_deref() == Some("scan 0 (2).png"), "that of another file stays its own");

    let renames = plan("{number}");
    let (done, trouble) = carry_out(&renames);
    assert!(trouble.is_empty(), "{trouble:?}");
    assert_eq!(done.len(), 4);
    for (file, path) in done {
        session.file_renamed(file, path);
    }
    assert!(session.files()[0].path.ends_with("10.png") && session.files()[0].path.exists());
    let content = fs::read_to_string(&session.files()[0].path).unwrap();
    assert!(content.ends_with("scan 0.png"));
    let entry = session.audit().last().unwrap();
    assert_eq!((entry.action, entry.name.as_str()), (AuditAction::FileRenamed, "13.png"));
    // Once done, the plan finds nothing to rename any more.
    assert!(!carry_out(&renames).1.is_empty());
}

#[test]
fn only_what_changed_since_the_last_export_is_exported() {
    let folder = tempfile::tempdir().unwrap();
    let (mut session, ids) = session(folder.path(), documents());
    let changed = |session: &Session| Selection::Changed.ids(session);
    assert_eq!(changed(&session), ids[..4]);
    session.note_export(&ids[..3]);
    assert_eq!(changed(&session), ids[3..4]);
    // A changed state is no change; a changed value is.
    let state = |state| Edit::SetState { document: ids[1], state, reason: None };
    session.apply(state(DocumentState::ToReview)).unwrap();
    session.apply(state(DocumentState::Confirmed)).unwrap();
    assert_eq!(changed(&session), ids[3..4]);
    session.apply(state(DocumentState::ToReview)).unwrap();
    let typing = Edit::SetField { document: ids[1], path: path("seller_name"), value: Some("丙".into()) };
    session.apply(typing).unwrap();
    assert_eq!(changed(&session), ids[3..4], "not confirmed again yet");
    session.apply(state(DocumentState::Confirmed)).unwrap();
    assert_eq!(changed(&session), [ids[1], ids[3]]);
    // It is remembered.
    let store = folder.path().join("session.db");
    let (saver, _) = Saver::open(&store, registry()).unwrap();
    saver.save(&mut session).unwrap();
    drop(saver);
    let (_, again) = Saver::open(&store, registry()).unwrap();
    assert_eq!(changed(&again), [ids[1], ids[3]]);
    assert!(!Selection::Selected(BTreeSet::from([ids[0]])).ids(&again).is_empty());
}
