//! The walls between the rooms, read from the source tree.

use std::{fs, path::Path};

/// Rooms in the order in which data flows; a room may use only itself and those before it.
const ROOMS: [&str; 16] = [
    "geometry",
    "numbers",
    "fault",
    "kind",
    "components",
    "ingest",
    "ocr",
    "structure",
    "classify",
    "extract",
    "validate",
    "review",
    "export",
    "worker",
    "cli",
    "ui",
];

/// A library and the places that may name it.
const LIBRARIES: [(&str, &[&str]); 8] = [
    ("ort::", &["src/ocr/", "src/structure/"]),
    ("pdfium_render", &["src/ingest/"]),
    ("rusqlite", &["src/review/store"]),
    ("rust_xlsxwriter", &["src/export/"]),
    ("egui", &["src/ui/", "src/main.rs"]),
    ("eframe", &["src/ui/", "src/main.rs"]),
    ("egui_extras", &["src/ui/"]),
    ("zxingcpp", &["src/structure/"]),
];

/// Every source file as (path with forward slashes, code without comments).
fn sources() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    walkdir::WalkDir::new(root.join("src"))
        .into_iter()
        .map(|e| e.expect("the source tree is readable"))
        .filter(|e| e.path().extension().is_some_and(|x| x == "rs"))
        .map(|e| {
            let path =
                e.path().strip_prefix(root).expect("below the root").to_string_lossy().replace('\\', "/");
            let text = fs::read_to_string(e.path()).expect("source files are UTF-8");
            let code: Vec<_> = text.lines().filter(|l| !l.trim_start().starts_with("//")).collect();
            (path, code.join("\n"))
        })
        .collect()
}

/// Whether `code` uses the identifier `word` as a whole word.
fn names(code: &str, word: &str) -> bool {
    code.match_indices(word).any(|(at, _)| {
        let part_of_word = |c: char| c.is_alphanumeric() || c == '_';
        !code[..at].chars().next_back().is_some_and(part_of_word)
            && (word.ends_with(':') || !code[at + word.len()..].chars().next().is_some_and(part_of_word))
    })
}

#[test]
fn libraries_stay_in_their_rooms() {
    for (path, code) in sources() {
        for (library, rooms) in LIBRARIES {
            assert!(
                !names(&code, library) || rooms.iter().any(|r| path.starts_with(r)),
                "{path} names {library}, which belongs to {rooms:?}"
            );
        }
    }
}

/// The rooms that the code of a file names: what follows `crate::`, or as many `super::` as lead out of its
/// room; in a list in braces, the head of each of its parts.
fn rooms_named(path: &str, code: &str) -> Vec<String> {
    let inside = path.trim_start_matches("src/").trim_end_matches("/mod.rs").trim_end_matches(".rs");
    let depth = inside.split('/').count();
    let supers = |before: &str| {
        let mut rest = before;
        let mut count = 0;
        while let Some(shorter) = rest.strip_suffix("super::") {
            (rest, count) = (shorter, count + 1);
        }
        count
    };
    let ends = code.match_indices("super::").map(|(at, word)| at + word.len());
    let ends = ends.filter(|&end| supers(&code[..end]) >= depth);
    let ends = ends.chain(code.match_indices("crate::").map(|(at, word)| at + word.len()));
    ends.flat_map(|end| heads(&code[end..])).collect()
}

/// The first names of what a path goes on with: one, or those of a list in braces.
fn heads(rest: &str) -> Vec<String> {
    let name = |text: &str| -> String {
        text.trim_start().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
    };
    let Some(list) = rest.strip_prefix('{') else { return vec![name(rest)] };
    let mut found = vec![name(list)];
    let mut open = 1;
    for (at, c) in list.char_indices() {
        match c {
            '{' => open += 1,
            '}' => open -= 1,
            ',' if open == 1 => found.push(name(&list[at + 1..])),
            _ => {}
        }
        if open == 0 {
            break;
        }
    }
    found
}

#[test]
fn no_room_uses_a_later_one() {
    for (path, code) in sources() {
        let room = path.trim_start_matches("src/").split(['/', '.']).next().unwrap_or_default();
        let Some(place) = ROOMS.iter().position(|r| *r == room) else { continue };
        let named = rooms_named(&path, &code);
        for later in &ROOMS[place + 1..] {
            assert!(!named.iter().any(|n| n == later), "{path} uses the later room {later}");
        }
    }
}

#[test]
fn every_way_to_name_a_room_is_seen() {
    for (path, code) in [
        ("src/ocr/lines.rs", "use crate::worker::Job;"),
        ("src/ocr/lines.rs", "use crate::{geometry::{Quad, Point}, worker};"),
        ("src/ocr/lines.rs", "use crate::{\n    geometry::Quad,\n    worker::{Job, Event},\n};"),
        ("src/ocr/lines.rs", "use super::super::worker;"),
        ("src/ocr/mod.rs", "use super::{geometry, worker};"),
        ("src/numbers.rs", "fn f() { super::worker::cores() }"),
    ] {
        assert!(rooms_named(path, code).iter().any(|room| room == "worker"), "{path}: {code}");
    }
    for (path, code) in [
        ("src/ocr/lines.rs", "use super::worker;"),
        ("src/ocr/lines.rs", "use crate::{geometry::{worker, Quad}};"),
    ] {
        assert!(!rooms_named(path, code).iter().any(|room| room == "worker"), "{path}: {code}");
    }
}

#[test]
fn no_kind_is_named_in_code() {
    let kinds = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/kinds");
    let ids: Vec<String> = fs::read_dir(kinds)
        .expect("assets/kinds is there")
        .filter_map(|e| Some(e.ok()?.path().file_stem()?.to_string_lossy().into_owned()))
        .collect();
    for (path, code) in sources() {
        for id in ids.iter().filter(|id| *id != "document") {
            assert!(!names(&code, id), "{path} names the kind {id}");
        }
    }
}
