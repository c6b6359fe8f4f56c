//! Search over the queue's documents: names, kinds, values and text.
//!
//! The text of a document is put together once and kept until it changes: of 3,000 documents, making it anew
//! for each letter typed took 89 ms.

use std::{
    collections::{HashMap, HashSet, hash_map::DefaultHasher},
    hash::{Hash as _, Hasher as _},
    sync::Arc,
};

use crate::{
    extract::{Entry, Field, Record},
    kind::Lang,
    review::{DocumentId, FileEntry, FileId, PageReading, ReviewDocument, Session},
};

/// What a search has found.
#[derive(Debug, Default)]
pub struct Found {
    pub files: HashSet<FileId>,
    pub documents: HashSet<DocumentId>,
}

/// Searches, and remembers the documents' texts.
#[derive(Debug, Default)]
pub struct Search {
    texts: HashMap<DocumentId, Text>,
}

/// Everything of a document that can be searched, in lower case, and what it was made of.
#[derive(Debug)]
struct Text {
    made_of: u64,
    text: String,
}

impl Search {
    /// The files and documents in whose name, kind, values or text every word of the query stands;
    /// without regard to case. `None` for a blank query.
    pub fn find(&mut self, session: &Session, lang: Lang, query: &str) -> Option<Found> {
        let words: Vec<String> = query.split_whitespace().map(str::to_lowercase).collect();
        if words.is_empty() {
            // Nobody searches any more.
            self.texts = HashMap::new();
            return None;
        }
        let mut found = Found::default();
        for file in session.files() {
            let name = file.path.file_name().map(|n| n.to_string_lossy().to_lowercase()).unwrap_or_default();
            for d in &file.documents {
                let text = self.text_of(session, lang, file, d);
                if words.iter().all(|w| name.contains(w) || text.contains(w)) {
                    found.documents.insert(d.id);
                    found.files.insert(file.id);
                }
            }
            if file.documents.is_empty() && words.iter().all(|w| name.contains(w)) {
                found.files.insert(file.id);
            }
        }
        Some(found)
    }

    fn text_of(&mut self, session: &Session, lang: Lang, file: &FileEntry, d: &ReviewDocument) -> &str {
        let id = d.document.found.kind.as_str();
        let kind = session.registry().get(id).map_or(id, |k| k.name.get(lang));
        let made_of = made_of(kind, file, d);
        let new = || Text { made_of, text: text(kind, file, d) };
        let known = self.texts.entry(d.id).or_insert_with(new);
        if known.made_of != made_of {
            *known = new();
        }
        &known.text
    }
}

/// Tells the values and pages of a document from other ones. A page that is read again lies elsewhere in
/// memory while the former one is still there.
fn made_of(kind: &str, file: &FileEntry, d: &ReviewDocument) -> u64 {
    let mut hasher = DefaultHasher::new();
    kind.hash(&mut hasher);
    values(&d.document.record).for_each(|v| v.hash(&mut hasher));
    d.document.found.lines.len().hash(&mut hasher);
    for page in pages(file, d) {
        std::ptr::hash(Arc::as_ptr(page), &mut hasher);
    }
    hasher.finish()
}

fn pages<'a>(file: &'a FileEntry, d: &'a ReviewDocument) -> impl Iterator<Item = &'a Arc<PageReading>> {
    d.document.pages.iter().filter_map(move |page| file.page(*page))
}

fn values(record: &Record) -> impl Iterator<Item = &str> {
    record.entries.values().flat_map(fields).filter_map(|f| f.value.as_deref())
}

fn fields(entry: &Entry) -> Box<dyn Iterator<Item = &Field> + '_> {
    match entry {
        Entry::One(field) => Box::new(std::iter::once(field)),
        Entry::Many(fields) => Box::new(fields.iter()),
        Entry::Rows { rows } => Box::new(rows.iter().flat_map(|row| row.values())),
    }
}

fn text(kind: &str, file: &FileEntry, d: &ReviewDocument) -> String {
    let mut text = kind.to_lowercase();
    let mut add = |part: &str| {
        text.push('\n');
        text.push_str(&part.to_lowercase());
    };
    values(&d.document.record).for_each(&mut add);
    let first = d.document.pages.first();
    let mine: HashSet<usize> = d.document.found.lines.iter().copied().collect();
    for page in pages(file, d) {
        for (i, line) in page.structure.lines.iter().enumerate() {
            // Of its first page a document has only some lines.
            if Some(&page.page) != first || mine.contains(&i) {
                add(&line.text);
            }
        }
    }
    text
}
