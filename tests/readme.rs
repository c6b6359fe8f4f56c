//! The README keeps to what the program says of itself.

use std::{fmt::Write as _, fs, path::Path};

use luru::kind::{Group, Registry};

const START: &str =
    "<!-- kinds: this table is made from assets/kinds/*.toml and compared with them by a test -->\n";
const END: &str = "<!-- /kinds -->";

/// The table of kinds as the README shows it.
fn table() -> String {
    let registry = Registry::builtin();
    let mut out = String::from("| kind | 类型 | | group | fields |\n|---|---|---|---|---|\n");
    for kind in registry.iter() {
        let group = match kind.group {
            Group::Cards => "cards",
            Group::Receipts => "receipts",
            Group::Documents => "documents",
        };
        let columns: usize = kind.tables.iter().map(|t| t.columns.len()).sum();
        let fields = match (kind.fields.len(), columns) {
            (0, _) if kind.open => "text, tables, key–values".to_owned(),
            (fields, 0) => fields.to_string(),
            (fields, columns) => format!("{fields}, rows of {columns} columns"),
        };
        writeln!(out, "| `{}` | {} | {} | {group} | {fields} |", kind.id, kind.name.zh, kind.name.en)
            .expect("a string takes text");
    }
    out
}

/// Run with `LURU_UPDATE=1` to write the table anew.
#[test]
fn the_kinds_table_is_that_of_the_files() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let readme = fs::read_to_string(&path).expect("README.md is readable");
    let (before, rest) = readme.split_once(START).expect("the table's start is marked");
    let (found, after) = rest.split_once(END).expect("the table's end is marked");
    let expected = table();
    if std::env::var_os("LURU_UPDATE").is_some() {
        fs::write(&path, format!("{before}{START}{expected}{END}{after}")).expect("README.md is writable");
    } else {
        assert_eq!(found, expected, "run LURU_UPDATE=1 cargo test readme to write it anew");
    }
}

#[test]
fn what_the_readme_names_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let readme = fs::read_to_string(root.join("README.md")).expect("README.md is readable");
    for path in [
        "packaging/linux/setup.sh",
        "assets/sample",
        "docs/window/zh-light-desk.png",
        "assets/kinds",
        "tests/templates/meeting_notice.toml",
        "tests/templates/requisition.toml",
    ] {
        assert!(readme.contains(path) && root.join(path).exists(), "{path}");
    }
}
