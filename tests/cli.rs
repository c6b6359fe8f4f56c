//! The command line as another program sees it: arguments, streams, exit status. What needs the
//! networks is in `end_to_end`.

use std::{
    path::Path,
    process::{Command, Output, Stdio},
};

fn luru() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_luru"));
    command.stdin(Stdio::null());
    command
}

fn run(arguments: &[&str]) -> Output {
    luru().args(arguments).output().expect("the program starts")
}

fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn wrong_usage_ends_with_status_2() {
    for arguments in [
        &["recognize"][..],
        &["recognize", "x.png", "--format", "docx"],
        &["recognize", "x.png", "--format", "xlsx"],
        &["recognize", "x.png", "--pages", "3-1"],
        &["recognize", "x.png", "--jobs", "0"],
        &["recognize", "x.png", "--kind", "no-such-kind"],
        &["recognize", "x.png", "--kind", "passport,no-such-kind"],
        &["recognize", "--files-from", "no-such-list"],
        &["recognize", "x.pdf", "--password-file", "no-such-file"],
        &["recognize", "x.pdf", "--password", "a", "--password-file", "b"],
        &["seals", "x.pdf", "--out", "out", "--password-file", "no-such-file"],
        &["kinds", "no-such-kind"],
        &["--no-such-option"],
    ] {
        let output = run(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {}", stderr(&output));
        assert!(output.stdout.is_empty() && !output.stderr.is_empty(), "{arguments:?}");
    }
}

#[test]
fn an_empty_folder_is_no_failure() {
    let folder = tempfile::tempdir().unwrap();
    let output = luru().arg("recognize").arg(folder.path()).output().unwrap();
    assert_eq!((output.status.code(), output.stdout.len()), (Some(0), 0), "{}", stderr(&output));
}

#[test]
fn kinds_lists_every_kind_and_every_field() {
    let registry = luru::kind::Registry::builtin();
    let list = stdout(&run(&["kinds"]));
    for kind in registry.iter() {
        assert!(list.lines().any(|l| l.split_whitespace().next() == Some(&kind.id)), "{} is listed", kind.id);
        let fields = stdout(&run(&["kinds", &kind.id]));
        let keys: Vec<_> = fields.lines().filter_map(|l| l.split_whitespace().next()).collect();
        let columns = kind.tables.iter().flat_map(|t| &t.columns);
        for field in kind.fields.iter().chain(columns) {
            assert!(keys.contains(&field.key.as_str()), "{}: {}", kind.id, field.key);
        }
    }
}

#[test]
fn an_audit_log_is_verified() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log.jsonl");
    let mut session = luru::review::Session::new(super::slips::registry());
    let (file, _) = session.add_file(Path::new("a.png"), None);
    let page = super::slips::page(1);
    let documents = vec![super::slips::slip(1, "10", "12.00")];
    let ids = session.page_done(file, page, documents, luru::review::Timings::default());
    for key in ["date", "total"] {
        let path = super::slips::path(key);
        session.apply(luru::review::Edit::AcceptField { document: ids[0], path }).unwrap();
    }
    let links = session.audit_chain();
    luru::export::audit_log::write(&log, &links, luru::export::audit_log::LogFormat::JsonLines).unwrap();
    let verify = || luru().args(["audit", "verify"]).arg(&log).output().unwrap();
    let output = verify();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(stdout(&output).contains(&links[1].hash), "{}", stdout(&output));
    let changed = std::fs::read_to_string(&log).unwrap().replace("\"total\"", "\"fee\"");
    std::fs::write(&log, changed).unwrap();
    let output = verify();
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("line 2"), "{}", stderr(&output));
}

#[test]
fn a_closed_stdout_is_no_crash() {
    let mut child = luru().arg("kinds").stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert!(!stderr(&output).contains("panicked"), "{}", stderr(&output));
}

/// An environment in which no component is found and none can be brought in.
#[cfg(unix)]
fn without_components(home: &Path, arguments: &[&str]) -> Output {
    // A copy elsewhere, so that nothing lies beside it. Copied by a process of its own: a program
    // that is open for writing here, even in a child of another test, could not be started.
    let program = home.join("luru");
    let copied = Command::new("cp").arg(env!("CARGO_BIN_EXE_luru")).arg(&program).status().unwrap();
    assert!(copied.success());
    Command::new(program)
        .args(arguments)
        .env_clear()
        .env("HOME", home)
        .env("PATH", home.join("empty"))
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

#[cfg(unix)]
#[test]
fn missing_components_end_with_status_3_and_the_remedy() {
    let home = tempfile::tempdir().unwrap();
    for arguments in [&["setup"][..], &["recognize", "x.png"]] {
        let output = without_components(home.path(), arguments);
        assert_eq!(output.status.code(), Some(3), "{arguments:?}: {}", stderr(&output));
        assert!(stderr(&output).contains("Python"), "{}", stderr(&output));
    }
    let output = without_components(home.path(), &["doctor"]);
    assert_eq!(output.status.code(), Some(3));
    assert!(stdout(&output).contains("luru setup"), "{}", stdout(&output));
}

fn template(name: &str) -> String {
    format!("{}/tests/{name}", env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn a_template_file_is_checked_without_samples() {
    let good = template("templates/requisition.toml");
    let output = run(&["template", "check", &good]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let said = stdout(&output);
    assert!(said.contains("设备领用单") && said.contains("6 references, 7 fields, 1 tables"), "{said}");

    let output = run(&["template", "check", &good, "--format", "json"]);
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&json["id"], &json["references"]), (&"requisition".into(), &6.into()));
    assert!(json["error"].is_null() && json["samples"].as_array().unwrap().is_empty());
}

#[test]
fn a_faulty_template_file_is_told_with_its_line() {
    let faulty = template("bad/few_references.toml");
    let output = run(&["template", "check", &faulty]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("few_references.toml:8: "), "{}", stderr(&output));
    assert!(output.stdout.is_empty());

    let output = run(&["template", "check", &faulty, "--format", "json"]);
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((output.status.code(), &json["error"]["line"]), (Some(1), &8.into()));

    for (arguments, status) in [
        (&["template", "check"][..], 2),
        (&["template"], 2),
        (&["template", "check", "no-such-file.toml"], 1),
        (&["template", "check", &template("kinds/slip.toml")], 1),
    ] {
        let output = run(arguments);
        assert_eq!(output.status.code(), Some(status), "{arguments:?}: {}", stderr(&output));
        assert!(!output.stderr.is_empty(), "{arguments:?}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_template_in_the_users_folder_is_known_everywhere() {
    let home = tempfile::tempdir().unwrap();
    let kinds = home.path().join("luru/kinds");
    std::fs::create_dir_all(&kinds).unwrap();
    std::fs::copy(template("templates/requisition.toml"), kinds.join("requisition.toml")).unwrap();
    let output = luru().arg("kinds").env("XDG_DATA_HOME", home.path()).output().unwrap();
    assert!(stdout(&output).contains("requisition"), "{}{}", stdout(&output), stderr(&output));
    let output = luru().args(["kinds", "requisition"]).env("XDG_DATA_HOME", home.path()).output().unwrap();
    assert!(stdout(&output).contains("items") && stdout(&output).contains("sum_of_rows"));
}
