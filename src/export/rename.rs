//! New names for the source files, made of their documents' values: a plan to look at, and carrying
//! it out.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use crate::{
    kind::Lang,
    review::{FileEntry, FileId, Session},
};

use super::{Selection, words::Word};

/// Characters that a value may take of a name.
const MOST_OF_A_VALUE: usize = 60;
/// Bytes that a name may have, less what its extension and a number need: file systems allow 255.
const MOST_OF_A_NAME: usize = 200;

/// What a pattern can hold beside fields: the document's kind, the file's own name, a number.
const PARTS: [Word; 3] =
    [Word::new("单据类型", "kind"), Word::new("原文件名", "name"), Word::new("序号", "n")];

/// The names, for `{…}`, of what a pattern can hold beside fields.
pub fn parts(lang: Lang) -> [&'static str; 3] {
    PARTS.map(|word| word.get(lang))
}

/// What becomes of one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rename {
    pub file: FileId,
    pub from: PathBuf,
    /// `None` where it keeps its name: see `missing`.
    pub to: Option<PathBuf>,
    /// What the pattern asks for and its document does not have; empty where it has the name already.
    pub missing: Vec<String>,
}

/// The new names of the chosen documents' files. `pattern` holds text and `{…}` with a field's key or
/// label, or one of [`parts`] in either language: the kind, the file's own name without extension, a
/// number from 1; of a file of several documents the first chosen one counts. Names that are taken get a number behind them.
pub fn plan(session: &Session, selection: &Selection, pattern: &str, lang: Lang) -> Vec<Rename> {
    let mut taken: BTreeSet<PathBuf> = BTreeSet::new();
    let chosen = session.files().iter().filter(|f| f.documents.iter().any(|d| selection.includes(d)));
    let rename = |(i, file): (usize, &FileEntry)| {
        let from = file.path.clone();
        let (stem, missing) = filled(session, selection, file, pattern, i + 1, lang);
        let to = (missing.is_empty() && !stem.is_empty()).then(|| free(&from, &stem, &mut taken));
        Rename { file: file.id, to: to.filter(|to| *to != from), from, missing }
    };
    chosen.enumerate().map(rename).collect()
}

/// Renames the files of a plan. Returns the files that have another name now, and a sentence for
/// each that could not be renamed.
pub fn carry_out(plan: &[Rename]) -> (Vec<(FileId, PathBuf)>, Vec<String>) {
    let (mut done, mut trouble) = (Vec::new(), Vec::new());
    for Rename { file, from, to, .. } in plan {
        let Some(to) = to else { continue };
        // Somebody may have put a file there since the plan was made.
        let renamed = if to.exists() {
            Err(std::io::Error::from(std::io::ErrorKind::AlreadyExists))
        } else {
            fs::rename(from, to)
        };
        match renamed {
            Ok(()) => done.push((*file, to.clone())),
            Err(e) => trouble.push(format!(
                "无法改名，请检查权限或换个名称：{e} / cannot be renamed: check the permissions or choose \
                 another name: {e} ({})",
                from.display()
            )),
        }
    }
    (done, trouble)
}

/// The pattern with its parts filled in, and those for which there is nothing.
fn filled(
    session: &Session,
    selection: &Selection,
    file: &FileEntry,
    pattern: &str,
    n: usize,
    lang: Lang,
) -> (String, Vec<String>) {
    let (mut name, mut missing) = (String::new(), Vec::new());
    let document = file.documents.iter().find(|d| selection.includes(d)).map(|d| &d.document);
    let kind = document.and_then(|d| session.registry().get(&d.found.kind));
    let mut rest = pattern;
    while let Some((text, behind)) = rest.split_once('{') {
        name.push_str(text);
        let Some((part, behind)) = behind.split_once('}') else {
            rest = behind;
            break;
        };
        rest = behind;
        let part = part.trim();
        let is = |word: &Word, part: &str| [Lang::Zh, Lang::En].iter().any(|l| word.get(*l) == part);
        let value = match part {
            p if is(&PARTS[2], p) => Some(n.to_string()),
            p if is(&PARTS[1], p) => file.path.file_stem().map(|s| s.to_string_lossy().into_owned()),
            p if is(&PARTS[0], p) => kind.map(|k| k.name.get(lang).to_owned()),
            label => {
                let named = |s: &&crate::kind::FieldSpec| {
                    s.key == label || s.label.zh == label || s.label.en.eq_ignore_ascii_case(label)
                };
                let mut specs = kind.iter().flat_map(|k| &k.fields).filter(named);
                specs.find_map(|s| Some(document?.record.value(&s.key)?.to_owned()))
            }
        };
        match value.map(|v| clean(&v)).filter(|v| !v.is_empty()) {
            Some(value) => name.push_str(&value),
            None => missing.push(part.to_owned()),
        }
    }
    name.push_str(rest);
    let mut name = clean_name(&name);
    while name.len() > MOST_OF_A_NAME {
        name.pop();
    }
    (name, missing)
}

/// A value as a part of a name.
fn clean(value: &str) -> String {
    clean_name(value).chars().take(MOST_OF_A_VALUE).collect()
}

/// Without characters that a file system refuses, and without blanks or dots at its ends, which
/// Windows drops.
fn clean_name(name: &str) -> String {
    let refused =
        |c: char| c.is_control() || matches!(c, '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|');
    let name: String = name.chars().map(|c| if refused(c) { '_' } else { c }).collect();
    name.trim_matches(|c: char| c.is_whitespace() || c == '.').to_owned()
}

/// A name beside `from` that no other file of the plan or of the folder has.
fn free(from: &Path, stem: &str, taken: &mut BTreeSet<PathBuf>) -> PathBuf {
    let extension = from.extension().map_or(String::new(), |e| format!(".{}", e.to_string_lossy()));
    let mut n = 1;
    loop {
        let number = if n == 1 { String::new() } else { format!(" ({n})") };
        let to = from.with_file_name(format!("{stem}{number}{extension}"));
        let is_free = !taken.contains(&to) && (to == from || !to.exists());
        if is_free {
            taken.insert(to.clone());
            return to;
        }
        n += 1;
    }
}
