//! The workspace under a password: nothing of it can be read in the folder, and nothing is lost.

use std::path::Path;

use luru::review::{
    Edit, Session, Timings,
    store::{Password, Saver, Store, StoreError, encrypted_path, is_locked},
};

use super::slips::{page, path, registry, slip};

/// Stands in a value, in a file's path and in an edit.
const PLAIN: &str = "SECRET-SELLER-4711";

fn password(text: &str) -> Option<Password> {
    Some(Password::new(text).expect("long enough"))
}

/// A workspace with a document and an edit.
fn fill(store: &Path) -> Saver {
    let (saver, mut session) = Saver::open(store, registry()).unwrap();
    let (file, _) = session.add_file(Path::new(&format!("{PLAIN}.pdf")), None);
    session.page_done(file, page(1), vec![slip(1, "10", "12.00")], Timings::default());
    edit(&saver, &mut session, PLAIN);
    saver
}

fn edit(saver: &Saver, session: &mut Session, value: &str) {
    let document = session.documents().next().unwrap().id;
    session.apply(Edit::SetField { document, path: path("seller_name"), value: Some(value.into()) }).unwrap();
    session.end_typing();
    saver.save(session).unwrap();
    saver.flush().unwrap();
    assert_eq!(saver.problem(), None);
}

fn set(saver: &Saver, current: Option<Password>, new: Option<Password>) -> Result<(), StoreError> {
    saver.set_password(current, new).unwrap().recv().unwrap()
}

/// Files of the folder in which the bytes stand.
fn holding(folder: &Path, needle: &[u8]) -> Vec<String> {
    let files = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path());
    let holds =
        |p: &std::path::PathBuf| std::fs::read(p).unwrap().windows(needle.len()).any(|part| part == needle);
    files.filter(holds).map(|p| p.file_name().unwrap().to_string_lossy().into_owned()).collect()
}

fn value(session: &Session) -> Option<String> {
    let document = session.documents().next()?;
    document.document.record.get(&path("seller_name"))?.value.clone()
}

#[test]
fn nothing_of_it_can_be_read_and_it_opens_with_the_password_alone() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("session.sqlite");
    let saver = fill(&store);
    assert!(!holding(folder.path(), PLAIN.as_bytes()).is_empty(), "without a password it is plain");
    set(&saver, None, password("correct horse")).unwrap();
    assert!(is_locked(&store) && !store.exists());
    assert_eq!(holding(folder.path(), PLAIN.as_bytes()), [""; 0], "neither in the database nor in its log");
    assert_eq!(holding(folder.path(), b"SQLite format 3"), [""; 0]);
    drop(saver);

    assert!(matches!(Saver::open(&store, registry()), Err(StoreError::Locked { .. })));
    let wrong = Saver::open_with(&store, password("wrong horse"), registry());
    assert!(matches!(wrong, Err(StoreError::WrongPassword { .. })));
    let (saver, mut session) = Saver::open_with(&store, password("correct horse"), registry()).unwrap();
    assert_eq!((value(&session).as_deref(), saver.notice()), (Some(PLAIN), None));
    assert_eq!(session.audit().len(), 1, "the audit trail came along");

    // While it is open, what is written goes into the log first.
    edit(&saver, &mut session, &format!("{PLAIN} again"));
    assert_eq!(holding(folder.path(), PLAIN.as_bytes()), [""; 0]);
    drop(saver);
    let (saver, session) = Saver::open_with(&store, password("correct horse"), registry()).unwrap();
    assert_eq!((session.audit().len(), saver.notice()), (2, None), "its chain is unbroken");
}

#[test]
fn it_is_changed_and_removed_by_who_knows_it() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("session.sqlite");
    let saver = fill(&store);
    set(&saver, None, password("first password")).unwrap();
    for current in [None, password("other password")] {
        let refused = set(&saver, current, None);
        assert!(matches!(refused, Err(StoreError::WrongPassword { .. })), "{refused:?}");
    }
    set(&saver, password("first password"), password("it's \"second\"; --")).unwrap();
    drop(saver);
    let old = Saver::open_with(&store, password("first password"), registry());
    assert!(matches!(old, Err(StoreError::WrongPassword { .. })));
    let (saver, _) = Saver::open_with(&store, password("it's \"second\"; --"), registry()).unwrap();
    set(&saver, password("it's \"second\"; --"), None).unwrap();
    assert!(!encrypted_path(&store).exists());
    drop(saver);
    let (_, session) = Saver::open(&store, registry()).unwrap();
    assert_eq!(value(&session).as_deref(), Some(PLAIN));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing else is left");
}

#[test]
fn what_a_crash_leaves_of_setting_it_is_removed() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("session.sqlite");
    drop(fill(&store));
    let plain = folder.path().join("kept");
    std::fs::copy(&store, &plain).unwrap();
    let mut opened = Store::open(&store).unwrap();
    opened.set_password(None, password("correct horse")).unwrap();
    drop(opened);
    // Ended between putting the new one in place and removing the old one.
    std::fs::rename(&plain, &store).unwrap();
    let wrong = Store::open_with(&store, password("wrong horse"));
    assert!(matches!(wrong, Err(StoreError::WrongPassword { .. })));
    assert!(store.exists(), "who does not know the password removes nothing");
    drop(Store::open_with(&store, password("correct horse")).unwrap());
    assert_eq!(holding(folder.path(), PLAIN.as_bytes()), [""; 0]);
    assert!(!store.exists());
}

#[test]
fn a_copy_of_what_is_not_understood_is_encrypted_too() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("session.sqlite");
    let saver = fill(&store);
    drop(saver);
    let plain = make_unreadable(&store);
    assert!(plain, "the stored document was made unreadable");
    let mut opened = Store::open(&store).unwrap();
    opened.set_password(None, password("correct horse")).unwrap();
    drop(opened);
    let (saver, _) = Saver::open_with(&store, password("correct horse"), registry()).unwrap();
    assert!(saver.notice().is_some(), "a copy was kept");
    assert_eq!(holding(folder.path(), PLAIN.as_bytes()), [""; 0]);
}

/// Makes the stored document one that is not understood, by its bytes: JSON with another first key.
fn make_unreadable(store: &Path) -> bool {
    let mut bytes = std::fs::read(store).unwrap();
    let needle = b"{\"found\"";
    let Some(at) = bytes.windows(needle.len()).position(|part| part == needle) else { return false };
    bytes[at + 2] = b'g';
    std::fs::write(store, bytes).unwrap();
    true
}

#[test]
fn short_passwords_are_none_and_none_is_shown() {
    assert_eq!(Password::new("seven77"), None);
    let shown = format!("{:?}", password("correct horse"));
    assert!(!shown.contains("horse"), "{shown}");
}
