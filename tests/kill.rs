//! The program is ended at any moment, without warning, while it writes: every edit that was
//! acknowledged is there afterwards, and the workspace is whole.

use std::{
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, SystemTime},
};

use luru::review::{
    Edit, Session, Timings,
    store::{Password, Saver},
};

use super::slips::{page, path, registry, slip};

/// Tells the child process where its workspace lies.
const STORE: &str = "LURU_KILL_STORE";
/// The workspace's password, where it has one.
const PASSWORD: &str = "LURU_KILL_PASSWORD";
/// How many times the writer is killed; the default keeps the tests quick.
const ROUNDS: &str = "LURU_KILLS";
const FEW_ROUNDS: u32 = 20;
/// Pages of the file, read again and again.
const PAGES: usize = 20;
/// A round's writer lives for less than this after its first edit, in milliseconds.
const LIFE_MILLIS: u64 = 60;

/// The number that the last edit wrote.
fn last_written(session: &Session) -> Option<u64> {
    let document = session.documents().next()?;
    document.document.record.get(&path("total"))?.value.as_ref()?.parse().ok()
}

/// Not a test: what the test below runs in a process of its own and kills.
#[test]
#[ignore = "the writer of the test beside it"]
fn writer() {
    let Some(store) = std::env::var_os(STORE) else { return };
    let password = std::env::var(PASSWORD).ok();
    let (saver, mut session) = open(Path::new(&store), password.as_deref());
    let (file, new) = session.add_file(Path::new("a.pdf"), None);
    if new {
        session.file_opened(file, PAGES);
        session.page_done(file, page(1), vec![slip(1, "10", "0")], Timings::default());
    }
    let document = session.documents().next().unwrap().id;
    let from = last_written(&session).unwrap() + 1;
    let mut out = std::io::stdout().lock();
    for n in from.. {
        // A page arrives, a value is typed and a document postponed, as one save.
        let number = 2 + n as usize % (PAGES - 1);
        session.page_done(file, page(number), vec![slip(number, &n.to_string(), "1.00")], Timings::default());
        session.apply(Edit::SetField { document, path: path("total"), value: Some(n.to_string()) }).unwrap();
        session.end_typing();
        saver.save(&mut session).unwrap();
        saver.flush().unwrap();
        assert_eq!(saver.problem(), None);
        writeln!(out, "saved {n}").unwrap();
        out.flush().unwrap();
    }
}

fn open(store: &Path, password: Option<&str>) -> (Saver, Session) {
    Saver::open_with(store, password.and_then(Password::new), registry()).unwrap()
}

fn spawn(store: &Path, password: Option<&str>) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .envs(password.map(|p| (PASSWORD, p)))
        .args(["kill::writer", "--exact", "--ignored", "--nocapture"])
        .env(STORE, store)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

#[test]
fn a_killed_program_has_lost_no_acknowledged_edit() {
    let rounds = std::env::var(ROUNDS).ok().and_then(|n| n.parse().ok()).unwrap_or(FEW_ROUNDS);
    let folder = tempfile::tempdir().unwrap();
    kill(&folder.path().join("session.db"), None, rounds);
}

#[cfg(feature = "encryption")]
#[test]
fn nor_has_one_whose_workspace_is_under_a_password() {
    let folder = tempfile::tempdir().unwrap();
    let (store, password) = (folder.path().join("session.db"), "correct horse");
    let (saver, _) = open(&store, None);
    saver.set_password(None, Password::new(password)).unwrap().recv().unwrap().unwrap();
    drop(saver);
    kill(&store, Some(password), FEW_ROUNDS / 2);
}

/// Lets the writer work on a workspace and kills it, so many times; looks at what is there after each.
fn kill(store: &Path, password: Option<&str>, rounds: u32) {
    let mut seed = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().subsec_nanos();
    let mut acknowledged = 0;
    for round in 0..rounds {
        let mut child = spawn(store, password);
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let number = |line: &str| line.rsplit_once("saved ").and_then(|(_, n)| n.parse::<u64>().ok());
        let first = lines.by_ref().map_while(Result::ok).find_map(|l| number(&l));
        acknowledged = first.expect("the writer has saved something");
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        std::thread::sleep(Duration::from_micros(u64::from(seed >> 8) % (1000 * LIFE_MILLIS)));
        // SIGKILL: the program cannot do anything more.
        child.kill().unwrap();
        child.wait().unwrap();
        // What it said before counts; a line cut short is none.
        acknowledged = lines.map_while(Result::ok).filter_map(|l| number(&l)).fold(acknowledged, u64::max);

        let (saver, session) = open(store, password);
        assert_eq!(saver.notice(), None, "round {round}: whole, and the audit trail unbroken");
        let written = last_written(&session).unwrap();
        assert!(
            (acknowledged..=acknowledged + 1).contains(&written),
            "round {round}: {acknowledged} was acknowledged, {written} is there"
        );
        let number = 2 + acknowledged as usize % (PAGES - 1);
        assert!(session.files()[0].page(number).is_some(), "round {round}: the page that came with it");
        assert_eq!(session.audit().last().and_then(|e| e.new.clone()), Some(written.to_string()));
    }
    assert!(acknowledged >= u64::from(rounds));
}
