//! `luru setup` with made-up wheels and a scripted `python3`: no network, no real component.
#![cfg(unix)]

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::atomic::{AtomicBool, Ordering},
};

use luru::components::{ComponentsError, Installer, Places, Progress, manifest::Manifest};
use sha2::{Digest, Sha256};
use tempfile::TempDir;

/// A package index in a folder, the scripted interpreter and the folder to install to.
struct Desk {
    folder: TempDir,
    manifest: Manifest,
    places: Places,
}

/// Packages of the index with the role and name of the one file in each.
const PACKAGES: [(&str, &str, &str); 2] =
    [("first", "detection", "first.onnx"), ("second", "recognition", "second.onnx")];

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|b| format!("{b:02x}")).collect()
}

fn content(package: &str) -> Vec<u8> {
    package.repeat(1000).into_bytes()
}

/// A wheel with one model and one licence.
fn wheel(package: &str, file: &str) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    zip.start_file(format!("{package}/{file}"), options).unwrap();
    zip.write_all(&content(package)).unwrap();
    zip.start_file(format!("{package}/LICENSE"), options).unwrap();
    zip.write_all(b"do as you like").unwrap();
    zip.finish().unwrap().into_inner()
}

impl Desk {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        fs::create_dir(folder.path().join("index")).unwrap();
        let mut text = String::new();
        for (package, role, file) in PACKAGES {
            let name = format!("{package}-1.0-py3-none-any.whl");
            let bytes = wheel(package, file);
            fs::write(folder.path().join("index").join(&name), &bytes).unwrap();
            text += &format!(
                r#"
                [[component]]
                id = "{package}"
                name = "{package}"
                package = "{package}"
                version = "1.0"
                licence = "MIT"
                origin = "made for this test"
                licences = ["{package}/LICENSE"]
                [[component.wheel]]
                target = "any"
                python_version = "3.13"
                platform = "any"
                wheel = "{name}"
                size = {}
                sha256 = "{}"
                [[component.wheel.file]]
                role = "{role}"
                path = "{package}/{file}"
                size = {}
                sha256 = "{}"
                "#,
                bytes.len(),
                sha256(&bytes),
                content(package).len(),
                sha256(&content(package)),
            );
        }
        let manifest = toml::from_str(&text).unwrap();
        let places = Places::only(&folder.path().join("installed"));
        Self { folder, manifest, places }
    }

    fn path(&self, inside: &str) -> PathBuf {
        self.folder.path().join(inside)
    }

    /// An interpreter that notes every download in `calls` and then does what `body` says; in it
    /// `$DEST` is the folder to download to, `$PACKAGE` the package and `$INDEX` the wheels.
    fn python(&self, body: &str) -> PathBuf {
        let script = format!(
            r#"#!/bin/sh
[ "$1" = "-c" ] && exit 0
while [ $# -gt 0 ]; do
    case "$1" in
        --dest) DEST="$2"; shift ;;
        --requirement) PACKAGE=$(sed 's/==.*//' "$2"); shift ;;
    esac
    shift
done
INDEX='{}'
echo "$PACKAGE" >> '{}'
{body}
"#,
            self.path("index").display(),
            self.path("calls").display(),
        );
        let path = self.path("python3");
        // Written by a process of its own: a script that is open for writing here, even in a child
        // of another test, could not be started.
        let mut shell = Command::new("sh")
            .args(["-c", r#"cat > "$0" && chmod 755 "$0""#])
            .arg(&path)
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        shell.stdin.take().unwrap().write_all(script.as_bytes()).unwrap();
        assert!(shell.wait().unwrap().success());
        path
    }

    fn install(&self, python: &Path) -> Result<(), ComponentsError> {
        self.install_watched(python, &AtomicBool::new(false), &mut |_| {})
    }

    fn install_watched(
        &self,
        python: &Path,
        cancel: &AtomicBool,
        progress: &mut dyn FnMut(Progress<'_>),
    ) -> Result<(), ComponentsError> {
        let mut installer = Installer::with_manifest(&self.manifest, &self.places)?;
        installer.pythons = vec![python.to_owned()];
        installer.install(cancel, progress)
    }

    /// Packages that were asked of pip since the last look.
    fn calls(&self) -> Vec<String> {
        let path = self.path("calls");
        let calls = fs::read_to_string(&path).unwrap_or_default();
        let _ = fs::remove_file(path);
        calls.lines().map(str::to_owned).collect()
    }

    /// Every file below the installation folder, without the lock.
    fn installed(&self) -> Vec<String> {
        let root = self.path("installed");
        let mut files: Vec<_> = walkdir::WalkDir::new(&root)
            .into_iter()
            .filter_map(Result::ok)
            .filter(|e| e.file_type().is_file() && e.file_name() != ".lock")
            .map(|e| e.path().strip_prefix(&root).unwrap().to_string_lossy().into_owned())
            .collect();
        files.sort();
        files
    }
}

const DELIVER: &str = r#"cp "$INDEX/$PACKAGE"-* "$DEST""#;

const ALL: [&str; 4] = ["first.onnx", "licences/first/LICENSE", "licences/second/LICENSE", "second.onnx"];

#[test]
fn setup_installs_files_with_their_licences_and_leaves_no_wheel() {
    let desk = Desk::new();
    let python = desk.python(DELIVER);
    let mut steps = Vec::new();
    desk.install_watched(&python, &AtomicBool::new(false), &mut |p| steps.extend(p.sentence())).unwrap();
    assert_eq!(desk.installed(), ALL);
    assert_eq!(fs::read(desk.path("installed/first.onnx")).unwrap(), content("first"));
    assert_eq!(desk.calls(), ["first", "second"]);
    assert_eq!(steps.len(), 4, "a sentence for the begin and the end of each component: {steps:?}");
}

#[test]
fn a_second_run_starts_no_process() {
    let desk = Desk::new();
    let python = desk.python(DELIVER);
    desk.install(&python).unwrap();
    desk.calls();
    desk.install(&python).unwrap();
    assert_eq!(desk.calls(), [""; 0]);
}

#[test]
fn a_stopped_setup_goes_on_where_it_was() {
    let desk = Desk::new();
    let broken = desk.python(&format!(
        r#"[ "$PACKAGE" = first ] && {DELIVER} && exit 0
           echo "ERROR: No matching distribution found for $PACKAGE==1.0" >&2; exit 1"#
    ));
    assert!(matches!(desk.install(&broken), Err(ComponentsError::Unreachable { .. })));
    assert_eq!(desk.installed(), ["first.onnx", "licences/first/LICENSE"]);
    desk.calls();
    let python = desk.python(DELIVER);
    desk.install(&python).unwrap();
    assert_eq!(
        (desk.calls(), desk.installed()),
        (vec!["second".to_owned()], ALL.map(str::to_owned).to_vec())
    );
}

#[test]
fn a_wheel_that_lies_there_is_used_without_pip() {
    let desk = Desk::new();
    fs::create_dir_all(desk.path("installed/downloads")).unwrap();
    for (package, file, name) in PACKAGES.map(|(p, _, f)| (p, f, format!("{p}-1.0-py3-none-any.whl"))) {
        fs::write(desk.path("installed/downloads").join(name), wheel(package, file)).unwrap();
    }
    desk.install(&desk.path("no-such-python")).unwrap();
    assert_eq!(desk.installed(), ALL);
}

#[test]
fn a_wheel_with_another_hash_is_thrown_away() {
    let desk = Desk::new();
    let python = desk.python(r#"echo no wheel > "$DEST/$PACKAGE-1.0-py3-none-any.whl""#);
    assert!(matches!(desk.install(&python), Err(ComponentsError::WrongHash { .. })));
    assert_eq!(desk.installed(), [""; 0]);
}

#[test]
fn a_damaged_or_half_file_is_replaced() {
    let desk = Desk::new();
    let python = desk.python(DELIVER);
    desk.install(&python).unwrap();
    desk.calls();
    let path = desk.path("installed/first.onnx");
    for damage in [vec![b'x'; content("first").len()], content("first")[..10].to_vec()] {
        fs::write(&path, damage).unwrap();
        desk.install(&python).unwrap();
        assert_eq!(fs::read(&path).unwrap(), content("first"));
        assert_eq!(desk.calls(), ["first"]);
    }
}

#[test]
fn a_damaged_file_that_hides_the_installed_one_is_named() {
    let mut desk = Desk::new();
    let shipped = desk.path("shipped");
    fs::create_dir(&shipped).unwrap();
    fs::write(shipped.join("first.onnx"), vec![b'x'; content("first").len()]).unwrap();
    desk.places.search.insert(0, shipped.clone());
    let python = desk.python(DELIVER);
    match desk.install(&python) {
        Err(ComponentsError::Damaged { path }) => assert_eq!(path, shipped.join("first.onnx")),
        other => panic!("expected the damaged file to be named, got {other:?}"),
    }
}

#[test]
fn two_setups_at_once_download_once() {
    let desk = Desk::new();
    let python = desk.python(&format!("sleep 0.2; {DELIVER}"));
    std::thread::scope(|scope| {
        let runs = [scope.spawn(|| desk.install(&python)), scope.spawn(|| desk.install(&python))];
        for run in runs {
            run.join().unwrap().unwrap();
        }
    });
    assert_eq!((desk.calls().len(), desk.installed().len()), (2, 4));
}

#[test]
fn cancelling_ends_the_download() {
    let desk = Desk::new();
    let python = desk.python("exec sleep 600");
    let cancel = AtomicBool::new(false);
    let stop = |p: Progress<'_>| cancel.store(matches!(p, Progress::Downloading { .. }), Ordering::Relaxed);
    let result = desk.install_watched(&python, &cancel, &mut { stop });
    assert!(matches!(result, Err(ComponentsError::Cancelled)));
    assert_eq!(desk.installed(), [""; 0]);
}

#[test]
fn failures_of_pip_are_explained() {
    let desk = Desk::new();
    let said = |message: &str| {
        let python = desk.python(&format!("echo '{message}' >&2; exit 1"));
        desk.install(&python).expect_err("pip failed")
    };
    type Expected = fn(&ComponentsError) -> bool;
    let cases: [(&str, Expected); 7] = [
        ("/usr/bin/python3: No module named pip", |e| matches!(e, ComponentsError::NoPip { .. })),
        ("OSError: [Errno 28] No space left on device", |e| matches!(e, ComponentsError::DiskFull { .. })),
        ("ERROR: [Errno 13] Permission denied", |e| matches!(e, ComponentsError::NoPermission { .. })),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES", |e| matches!(e, ComponentsError::WrongHash { .. })),
        ("ERROR: No matching distribution found for x", |e| matches!(e, ComponentsError::Unreachable { .. })),
        ("ProxyError(Cannot connect to proxy)", |e| matches!(e, ComponentsError::Unreachable { .. })),
        (
            "ERROR: something new",
            |e| matches!(e, ComponentsError::Pip { message } if message == "ERROR: something new"),
        ),
    ];
    for (message, expected) in cases {
        let error = said(message);
        assert!(expected(&error), "{message}: {error}");
        assert!(!error.to_string().contains('\n'), "one sentence: {error}");
    }
    let error = desk.install(&desk.path("no-such-python")).expect_err("there is no Python");
    assert!(matches!(error, ComponentsError::NoPython));
}
