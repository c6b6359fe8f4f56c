//! Reading kind files: the built-in ones, embedded, and a user's own through the same loader.

use std::{collections::BTreeMap, fs, path::Path};

use super::{Kind, verify};

/// Every file of `assets/kinds/` as (name, text), embedded by the build script.
const BUILTIN: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/kinds.rs"));

/// What is wrong with a kind file, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}: {message}")]
pub struct KindError {
    pub file: String,
    /// From 1; 0 where the file as a whole is meant.
    pub line: usize,
    pub message: String,
}

/// All kinds of this run, by id.
#[derive(Debug, Clone, Default)]
pub struct Registry {
    kinds: BTreeMap<String, Kind>,
}

impl Registry {
    /// The kinds that come with the program. A test holds that each of their files is right.
    pub fn builtin() -> Self {
        Self::load(None).0
    }

    /// The built-in kinds and those of `user_folder` (`*.toml`; one with a built-in id replaces
    /// it). A faulty file is left out and reported; the others are not affected.
    pub fn load(user_folder: Option<&Path>) -> (Self, Vec<KindError>) {
        let mut registry = Self::default();
        let mut errors = Vec::new();
        for (name, text) in BUILTIN {
            registry.add(name, text, &mut errors);
        }
        let Some(folder) = user_folder.filter(|f| f.is_dir()) else { return (registry, errors) };
        let unreadable = |path: &Path, e: std::io::Error| KindError {
            file: path.display().to_string(),
            line: 0,
            message: format!("无法读取 / cannot be read: {e}"),
        };
        let mut paths = Vec::new();
        match fs::read_dir(folder) {
            Ok(entries) => paths.extend(entries.filter_map(Result::ok).map(|e| e.path())),
            Err(e) => errors.push(unreadable(folder, e)),
        }
        paths.retain(|p| p.extension().is_some_and(|e| e == "toml"));
        paths.sort();
        for path in paths {
            match fs::read_to_string(&path) {
                Ok(text) => registry.add(&path.display().to_string(), &text, &mut errors),
                Err(e) => errors.push(unreadable(&path, e)),
            }
        }
        (registry, errors)
    }

    fn add(&mut self, file: &str, text: &str, errors: &mut Vec<KindError>) {
        match read_kind(file, text) {
            Ok(kind) => {
                if kind.open {
                    self.kinds.retain(|_, k| !k.open);
                }
                self.kinds.insert(kind.id.clone(), kind);
            }
            Err(e) => errors.push(e),
        }
    }

    /// These kinds and one more; it replaces one of the same id.
    pub fn with(mut self, kind: Kind) -> Self {
        self.kinds.insert(kind.id.clone(), kind);
        self
    }

    pub fn get(&self, id: &str) -> Option<&Kind> {
        self.kinds.get(id)
    }

    pub fn iter(&self) -> impl Iterator<Item = &Kind> {
        self.kinds.values()
    }

    /// The kind of pages that no other kind claims.
    pub fn open(&self) -> Option<&Kind> {
        self.kinds.values().find(|k| k.open)
    }
}

/// Reads one kind from the `text` of `file` (a name for messages): syntax, unknown keys,
/// expressions and references are all checked.
pub fn read_kind(file: &str, text: &str) -> Result<Kind, KindError> {
    let error = |line, message| KindError { file: file.to_owned(), line, message };
    let mut kind: Kind = toml::from_str(text).map_err(|e| {
        let line = e.span().map_or(0, |s| line_of(text, s.start));
        error(line, e.message().to_owned())
    })?;
    kind.complete();
    verify::verify(&kind).map_err(|fault| error(line_at(text, &fault.path).unwrap_or(0), fault.message))?;
    Ok(kind)
}

/// Line, from 1, of a byte offset.
pub(super) fn line_of(text: &str, offset: usize) -> usize {
    text.as_bytes().iter().take(offset).filter(|&&b| b == b'\n').count() + 1
}

/// One step on the way to a value in a TOML document.
#[derive(Debug, Clone)]
pub(super) enum Step {
    Key(&'static str),
    Index(usize),
}

/// Line of the value at `path`, or of the nearest value around it.
fn line_at(text: &str, path: &[Step]) -> Option<usize> {
    let document = toml::de::DeTable::parse(text).ok()?;
    let mut steps = path.iter();
    let Some(Step::Key(first)) = steps.next() else { return Some(1) };
    let mut value = document.get_ref().get(*first)?;
    for step in steps {
        let inner = match step {
            Step::Key(key) => value.get_ref().get(*key),
            Step::Index(index) => value.get_ref().get(*index),
        };
        match inner {
            Some(inner) => value = inner,
            None => break,
        }
    }
    Some(line_of(text, value.span().start))
}
