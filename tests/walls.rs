//! The walls between the rooms, read from the source tree.

use std::{fs, path::Path};

/// Rooms in the order in which data flows; a room may use only itself and those before it.
const ROOMS: [&str; 15] = [
    "geometry",
    "numbers",
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
const LIBRARIES: [(&str, &[&str]); 6] = [
    ("ort::", &["src/ocr/", "src/structure/"]),
    ("pdfium_render", &["src/ingest/"]),
    ("rusqlite", &["src/review/store"]),
    ("rust_xlsxwriter", &["src/export/"]),
    ("egui", &["src/ui/", "src/main.rs"]),
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

#[test]
fn no_room_uses_a_later_one() {
    for (path, code) in sources() {
        let room = path.trim_start_matches("src/").split(['/', '.']).next().unwrap_or_default();
        let Some(place) = ROOMS.iter().position(|r| *r == room) else { continue };
        // `use crate::{a, b::c}` is written on one or several lines: look at the whole statement.
        let uses = code.split("use crate::").skip(1).map(|rest| rest.split(';').next().unwrap_or_default());
        let paths = code
            .split("crate::")
            .skip(1)
            .map(|rest| rest.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default());
        for later in &ROOMS[place + 1..] {
            let heads = |u: &str| {
                let u = u.trim_start_matches('{');
                u.split(',').any(|part| part.trim().split("::").next() == Some(later))
            };
            assert!(!uses.clone().any(heads), "{path} uses the later room {later}");
            assert!(!paths.clone().any(|p| p == *later), "{path} uses the later room {later}");
        }
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
