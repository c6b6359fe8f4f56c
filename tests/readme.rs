//! The README keeps to what the program says of itself.

use std::{fmt::Write as _, fs, path::Path};

use eframe::egui::ModifierNames;
use luru::{
    kind::{Group, Registry},
    ui::Command,
};

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

/// Folders of the repository whose files the README names between backquotes.
const FOLDERS: [&str; 6] = ["assets/", "docs/", "models/", "packaging/", "src/", "tests/"];

#[test]
fn what_the_readme_names_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let readme = fs::read_to_string(root.join("README.md")).expect("README.md is readable");
    let links = readme.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    let links: Vec<&str> = links
        .filter(|link| !link.contains("://") && !link.starts_with('#'))
        .filter_map(|link| link.split('#').next())
        .collect();
    let quoted = readme.lines().flat_map(|line| line.split('`').skip(1).step_by(2));
    let words = quoted.flat_map(str::split_whitespace);
    // `assets/kinds/*.toml` names the folder.
    let words = words.filter_map(|word| word.split(['*', '<', '…']).next());
    let named: Vec<&str> = words.filter(|word| FOLDERS.iter().any(|f| word.starts_with(f))).collect();
    assert!(links.len() >= 5 && named.len() >= 5, "{links:?} {named:?}");
    for path in links.into_iter().chain(named) {
        assert!(root.join(path).exists(), "{path}");
    }
}

#[test]
fn the_shortcuts_in_the_readme_are_those_of_commands() {
    let readme = include_str!("../README.md");
    let commands = Command::ALL.iter().flat_map(|command| command.shortcuts());
    // A full stop is written as such, not by its name.
    let known: Vec<String> =
        commands.map(|keys| keys.format(&ModifierNames::NAMES, false).replace("Period", ".")).collect();
    let quoted = readme.lines().flat_map(|line| line.split('`').skip(1).step_by(2));
    let function = |word: &str| {
        word.strip_prefix('F').is_some_and(|n| !n.is_empty() && n.chars().all(|c| c.is_ascii_digit()))
    };
    let named: Vec<&str> = quoted.filter(|word| word.starts_with("Ctrl+") || function(word)).collect();
    assert!(named.len() >= 10, "{named:?}");
    for keys in named {
        assert!(known.iter().any(|k| k == keys), "{keys} is not among {known:?}");
    }
}
