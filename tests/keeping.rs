//! What the window keeps on disk: in private mode nothing, under a password nothing that can be read.

use std::{
    path::{Path, PathBuf},
    process::Command,
    sync::Arc,
    time::{Duration, Instant},
};

use eframe::egui::{self, ColorImage, Event, Key, Modifiers};
use egui_kittest::{Harness, kittest::Queryable};

use luru::{
    review::{
        Session, Timings,
        store::{Password, Saver, is_locked},
    },
    ui::{App, CjkFont, Keeping, OpenWindow, Opened, Parts, Settings, at_start, open_workspace},
};

use super::{
    desk_panels::run_command,
    slips::{page, path, registry},
    ui::{Wire, click, english, input, latin, open, press, retype, settle, value},
};

/// What the child process does.
const DO: &str = "LURU_KEEPING_DO";
/// Stands in the workspace.
const PLAIN: &str = "SECRET-SELLER-4711";
const SECRET: &str = "correct horse";

/// A file with a document that was read.
fn filled(mut session: Session) -> Session {
    let (file, _) = session.add_file(Path::new("a.png"), None);
    session.page_done(file, page(1), vec![latin("10", "12.00")], Timings::default());
    session.file_done(file, None);
    session
}

/// A window that has nothing yet.
fn empty(keeping: Keeping) -> Opened {
    Opened { session: Session::new(registry()), saver: None, keeping, trouble: Vec::new() }
}

fn window(opened: Opened) -> (Harness<'static, App>, Wire) {
    window_with(opened, Arc::new(|| Err(std::io::Error::other("not in a test"))))
}

fn window_with(opened: Opened, open_private: OpenWindow) -> (Harness<'static, App>, Wire) {
    let wire = Wire::default();
    let engine = Box::new(wire.clone());
    let Opened { session, saver, keeping, .. } = opened;
    let harness =
        Harness::builder().with_size([1440.0, 900.0]).with_max_steps(16).allow_missing_glyphs().build_eframe(
            move |creation| {
                let (settings, cjk) = (Settings { operator: "Ann".into(), ..english() }, CjkFont::Loaded);
                let (settings_path, profiles, kinds) = (None, None, None);
                let parts = Parts {
                    session,
                    engine,
                    settings,
                    settings_path,
                    profiles,
                    kinds,
                    cjk,
                    saver,
                    keeping,
                    open_private,
                };
                App::new(&creation.egui_ctx, parts).expect("complete texts")
            },
        );
    (harness, wire)
}

/// Draws frames until something is there; threads work meanwhile.
fn wait(harness: &mut Harness<'_, App>, what: &str, is_there: impl Fn(&Harness<'_, App>) -> bool) {
    let end = Instant::now() + Duration::from_secs(60);
    while !is_there(harness) {
        assert!(Instant::now() < end, "waited in vain: {what}");
        std::thread::sleep(Duration::from_millis(5));
        settle(harness);
    }
}

fn shows(harness: &Harness<'_, App>, text: &str) -> bool {
    harness.query_all_by_label(text).next().is_some()
}

fn type_into(harness: &mut Harness<'_, App>, name: &str, text: &str) {
    input(harness, name).focus();
    settle(harness);
    input(harness, name).type_text(text);
    settle(harness);
}

/// Not a test: what the test below runs in a process with folders of its own.
#[test]
#[ignore = "the window of the test beside it"]
fn in_folders_of_its_own() {
    let Ok(what) = std::env::var(DO) else { return };
    let mut opened = match at_start(what == "private") {
        Keeping::Opening(path) => open_workspace(&registry(), &path),
        keeping => empty(keeping),
    };
    opened.session = filled(opened.session);
    let (mut harness, _) = window(opened);
    retype(&mut harness, "Number", PLAIN);
    let id = harness.state().session().documents().next().unwrap().id;
    assert_eq!(value(&harness, id, "number").as_deref(), Some(PLAIN));
    match what.as_str() {
        "private" => {
            assert!(shows(&harness, "Private mode"), "the window says so");
            let picture = Arc::new(ColorImage::filled([8, 8], eframe::egui::Color32::RED));
            harness.event(Event::PasteImage(picture));
            wait(&mut harness, "the pasted picture", |h| h.state().session().files().len() == 2);
            let pasted = harness.state().session().files()[1].path.clone();
            assert!(pasted.exists(), "while the window is open it can be read");
            assert!(pasted.starts_with(std::env::var_os("XDG_RUNTIME_DIR").unwrap()));
        }
        "encrypted" => {
            press(&mut harness, Modifiers::COMMAND, Key::Comma);
            click(&mut harness, "Set a password");
            type_into(&mut harness, "New password", SECRET);
            type_into(&mut harness, "The same again", SECRET);
            click(&mut harness, "Set a password");
            wait(&mut harness, "the sign", |h| shows(h, "Encrypted"));
            // What is written from now on.
            retype(&mut harness, "Number", &format!("{PLAIN} 2"));
            harness
                .event(Event::PasteImage(Arc::new(ColorImage::filled([8, 8], eframe::egui::Color32::RED))));
            wait(&mut harness, "the refusal", |h| {
                h.query_all_by_label_contains("pasted pictures are not saved").next().is_some()
            });
        }
        _ => assert!(!shows(&harness, "Private mode") && !shows(&harness, "Encrypted")),
    }
}

/// Runs the window above with folders in `home`.
fn run(what: &str, home: &Path) {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["keeping::in_folders_of_its_own", "--exact", "--ignored", "--nocapture"]).env(DO, what);
    command.env("HOME", home);
    for (variable, folder) in [
        ("XDG_DATA_HOME", "data"),
        ("XDG_CACHE_HOME", "cache"),
        ("XDG_CONFIG_HOME", "config"),
        ("XDG_RUNTIME_DIR", "run"),
    ] {
        std::fs::create_dir_all(home.join(folder)).unwrap();
        command.env(variable, home.join(folder));
    }
    let output = command.output().unwrap();
    let said =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    assert!(said.contains("1 passed"), "{said}");
}

/// Every file below a folder, by its path from there.
fn files(home: &Path) -> Vec<String> {
    let all = walkdir::WalkDir::new(home).into_iter().map(|e| e.unwrap());
    let files = all.filter(|e| e.file_type().is_file()).map(|e| e.into_path());
    files.map(|p| p.strip_prefix(home).unwrap().to_string_lossy().into_owned()).collect()
}

#[cfg(target_os = "linux")]
#[test]
fn private_mode_leaves_no_file_at_all() {
    let home = tempfile::tempdir().unwrap();
    run("private", home.path());
    assert_eq!(files(home.path()), [""; 0]);
    // The same work in a window that keeps it leaves the workspace.
    run("kept", home.path());
    assert_eq!(files(home.path()), ["data/luru/session.sqlite"]);
    let bytes = std::fs::read(home.path().join("data/luru/session.sqlite")).unwrap();
    assert!(bytes.windows(PLAIN.len()).any(|part| part == PLAIN.as_bytes()));
}

#[cfg(all(target_os = "linux", feature = "encryption"))]
#[test]
fn a_password_set_in_the_window_leaves_nothing_to_read() {
    let home = tempfile::tempdir().unwrap();
    run("encrypted", home.path());
    let left = files(home.path());
    assert_eq!(left, ["data/luru/session.sqlite.encrypted"]);
    let bytes = std::fs::read(home.path().join(&left[0])).unwrap();
    assert!(!bytes.windows(PLAIN.len()).any(|part| part == PLAIN.as_bytes()));
    let store = home.path().join("data/luru/session.sqlite");
    let (_, session) = Saver::open_with(&store, Password::new(SECRET), registry()).unwrap();
    let document = session.documents().next().unwrap();
    let number = document.document.record.get(&path("number")).unwrap();
    assert_eq!(number.value, Some(format!("{PLAIN} 2")));
}

#[test]
fn only_a_workspace_that_is_kept_in_plain_remembers_readings() {
    for (keeping, remembers) in
        [(Keeping::Kept, true), (Keeping::Private, false), (Keeping::Encrypted, false)]
    {
        let mut session = Session::new(registry());
        session.add_file(Path::new("waiting.png"), None);
        let (_, wire) = window(Opened { session, saver: None, keeping, trouble: Vec::new() });
        let job = wire
            .0
            .borrow()
            .jobs
            .iter()
            .find(|(_, j)| j.contains("waiting.png") && j.contains("Read {"))
            .cloned();
        let said = format!("remember: {remembers}");
        assert!(job.as_ref().is_some_and(|(_, j)| j.contains(&said)), "{job:?}");
    }
}

#[cfg(feature = "encryption")]
#[test]
fn a_locked_workspace_opens_with_its_password_alone() {
    let folder = tempfile::tempdir().unwrap();
    let store: PathBuf = folder.path().join("session.sqlite");
    let (saver, session) = Saver::open(&store, registry()).unwrap();
    let mut session = filled(session);
    saver.save(&mut session).unwrap();
    saver.set_password(None, Password::new(SECRET)).unwrap().recv().unwrap().unwrap();
    drop(saver);
    assert!(is_locked(&store));

    let (mut harness, _) = window(empty(Keeping::Locked(store)));
    settle(&mut harness);
    harness.get_by_label("The workspace is under a password");
    assert!(harness.query_by_label("Tools").is_none(), "nothing else can be done");
    for wrong in ["short", "wrong horse"] {
        type_into(&mut harness, "Workspace password", wrong);
        click(&mut harness, "Open");
        wait(&mut harness, "the refusal", |h| {
            h.query_all_by_label_contains("the password is wrong").next().is_some()
        });
        assert_eq!(harness.state().session().files().len(), 0);
    }
    type_into(&mut harness, "Workspace password", SECRET);
    press(&mut harness, Modifiers::NONE, Key::Enter);
    wait(&mut harness, "the workspace", |h| shows(h, "Encrypted"));
    assert_eq!(harness.state().session().files().len(), 1);
}

#[test]
fn a_workspace_is_read_while_the_window_shows() {
    let folder = tempfile::tempdir().unwrap();
    let store: PathBuf = folder.path().join("session.sqlite");
    let (saver, session) = Saver::open(&store, registry()).unwrap();
    let mut session = filled(session);
    saver.save(&mut session).unwrap();
    drop(saver);
    let (mut harness, _) = window(empty(Keeping::Opening(store)));
    wait(&mut harness, "the workspace", |h| shows(h, "Tools"));
    assert_eq!(harness.state().session().files().len(), 1);
    // What is done from now on is saved there.
    retype(&mut harness, "Number", PLAIN);
    let id = harness.state().session().documents().next().unwrap().id;
    assert_eq!(value(&harness, id, "number").as_deref(), Some(PLAIN));
}

#[test]
fn a_private_window_is_another_one() {
    let opened = || Opened {
        session: filled(Session::new(registry())),
        saver: None,
        keeping: Keeping::Kept,
        trouble: Vec::new(),
    };
    let (sender, asked) = std::sync::mpsc::channel();
    let sender = std::sync::Mutex::new(sender);
    let (mut harness, _) = window_with(
        opened(),
        Arc::new(move || {
            sender.lock().unwrap().send(()).unwrap();
            Ok(())
        }),
    );
    run_command(&mut harness, "private window");
    asked.recv_timeout(Duration::from_secs(60)).expect("a window is opened");
    settle(&mut harness);
    assert!(!shows(&harness, "Private mode"), "this window stays as it is");
    assert_eq!(harness.state().session().files().len(), 1);
    // One that does not open says so, and how to get it all the same.
    let (mut harness, _) = window(opened());
    run_command(&mut harness, "private window");
    wait(&mut harness, "the reason", |h| {
        h.query_all_by_label_contains("run `luru --private`: not in a test").next().is_some()
    });
}

#[test]
fn the_password_is_asked_for_twice_and_must_be_long() {
    let (mut harness, _) = open(filled(Session::new(registry())));
    press(&mut harness, Modifiers::COMMAND, Key::Comma);
    click(&mut harness, "Set a password");
    harness.get_by_label_contains("cannot be recovered");
    assert!(input(&harness, "New password").is_focused());
    type_into(&mut harness, "New password", "seven77");
    harness.get_by_label("At least 8 characters");
    type_into(&mut harness, "New password", "8");
    type_into(&mut harness, "The same again", "seven779");
    harness.get_by_label("The two passwords differ");
    assert!(!shows(&harness, "Encrypted"));
}

#[test]
fn a_window_that_saves_nothing_says_so_and_asks_before_it_closes() {
    // With a folder in its place the workspace can neither be opened nor be set aside.
    let folder = tempfile::tempdir().unwrap();
    let opened = open_workspace(&registry(), folder.path());
    assert!(matches!(opened.keeping, Keeping::Unsaved(_)));
    assert!(opened.saver.is_none() && !opened.trouble.is_empty());
    let close = |harness: &mut Harness<'static, App>| {
        let root = harness.input_mut().viewports.entry(egui::ViewportId::ROOT).or_default();
        root.events.push(egui::ViewportEvent::Close);
        settle(harness);
    };
    let (mut harness, _) = window(Opened { session: filled(Session::new(registry())), ..opened });
    settle(&mut harness);
    assert!(shows(&harness, "Not saved"));
    close(&mut harness);
    assert!(shows(&harness, "Close anyway"), "the window asks first");
    click(&mut harness, "Go back");
    settle(&mut harness);
    assert!(!shows(&harness, "Close anyway"));
    // Where all is kept, or nothing is there to lose, it just closes.
    let why = "已经打开 / it is open already (session.sqlite)".to_owned();
    let (mut harness, _) = window(empty(Keeping::Unsaved(why)));
    settle(&mut harness);
    assert!(shows(&harness, "it is open already (session.sqlite)"), "an empty queue says why");
    close(&mut harness);
    assert!(!shows(&harness, "Close anyway"));
}
