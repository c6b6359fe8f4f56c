//! Search over the queue's documents: names, kinds, values and text.
//!
//! The text of a document is put together once and kept until it changes, and a search is spread over
//! frames: of 3,000 documents, putting the texts together takes some 100 ms.

use std::{
    collections::{HashMap, HashSet, hash_map::DefaultHasher},
    hash::{Hash as _, Hasher as _},
    sync::Arc,
    time::{Duration, Instant},
};

use crate::{
    extract::{Entry, Field, Record},
    kind::{Lang, value},
    review::{DocumentId, FileEntry, FileId, PageReading, ReviewDocument, Session},
};

use super::panel::label_in;

/// So much of a frame may go into searching: half of the 8 ms in which a frame is to be ready.
const SLICE: Duration = Duration::from_millis(4);

/// What a search has found.
#[derive(Debug, Default)]
pub struct Found {
    pub files: HashSet<FileId>,
    pub documents: HashSet<DocumentId>,
    /// Where a word that is looked for, and that the file's name lacks, stands in a document, with what is
    /// around it.
    pub excerpts: HashMap<DocumentId, String>,
}

/// Searches, and remembers the documents' texts.
#[derive(Debug, Default)]
pub struct Search {
    texts: HashMap<DocumentId, Text>,
    running: Option<Running>,
}

/// A search that has come as far as the file `next` of the queue.
#[derive(Debug)]
struct Running {
    /// In lower case, each in the ways in which it may be written.
    words: Vec<Vec<String>>,
    /// Documents may have changed since their texts were put together.
    changed: bool,
    next: usize,
    found: Found,
}

/// Everything of a document that can be searched, in lower case, and what it was made of.
#[derive(Debug)]
struct Text {
    made_of: u64,
    text: String,
}

impl Search {
    /// Begins to look for the files and documents in whose name, kind, values or text every word of the
    /// query stands, without regard to case; `changed`: documents may be others than at the last search.
    /// `false` for a blank query, which finds nothing and needs no search.
    pub fn begin(&mut self, query: &str, changed: bool) -> bool {
        let words: Vec<Vec<String>> = query.split_whitespace().map(ways).collect();
        if words.is_empty() {
            // Nobody searches any more.
            *self = Self::default();
            return false;
        }
        let changed = changed || self.running.as_ref().is_some_and(|r| r.changed);
        self.running = Some(Running { words, changed, next: 0, found: Found::default() });
        true
    }

    pub fn is_running(&self) -> bool {
        self.running.is_some()
    }

    /// Searches on for a part of a frame; `Some` once, when all has been searched.
    pub fn go_on(&mut self, session: &Session, lang: Lang) -> Option<Found> {
        let end = Instant::now() + SLICE;
        self.search(session, lang, || Instant::now() < end)
    }

    /// Searches all that is left.
    pub fn finish(&mut self, session: &Session, lang: Lang) -> Option<Found> {
        self.search(session, lang, || true)
    }

    fn search(&mut self, session: &Session, lang: Lang, more: impl Fn() -> bool) -> Option<Found> {
        let mut running = self.running.take()?;
        for file in session.files().iter().skip(running.next) {
            self.search_file(session, lang, file, &mut running);
            running.next += 1;
            if !more() {
                break;
            }
        }
        if running.next < session.files().len() {
            self.running = Some(running);
            return None;
        }
        Some(running.found)
    }

    fn search_file(&mut self, session: &Session, lang: Lang, file: &FileEntry, running: &mut Running) {
        let Running { words, changed, found, .. } = running;
        let name = file.path.file_name().map(|n| n.to_string_lossy().to_lowercase()).unwrap_or_default();
        for d in &file.documents {
            let text = self.text_of(session, lang, file, d, *changed);
            if words.iter().all(|w| stands(w, &name) || stands(w, text)) {
                found.documents.insert(d.id);
                found.files.insert(file.id);
                let mut others = words.iter().filter(|w| !stands(w, &name)).flatten();
                if let Some(excerpt) = others.find_map(|w| excerpt(session, lang, file, d, w)) {
                    found.excerpts.insert(d.id, excerpt);
                }
            }
        }
        if file.documents.is_empty() && words.iter().all(|w| stands(w, &name)) {
            found.files.insert(file.id);
        }
    }

    fn text_of(
        &mut self,
        session: &Session,
        lang: Lang,
        file: &FileEntry,
        d: &ReviewDocument,
        changed: bool,
    ) -> &str {
        let id = d.document.found.kind.as_str();
        let kind = session.registry().get(id).map_or(id, |k| k.name.get(lang));
        let new = || Text { made_of: made_of(kind, file, d), text: text(kind, file, d) };
        let known = self.texts.entry(d.id).or_insert_with(new);
        if changed && known.made_of != made_of(kind, file, d) {
            *known = new();
        }
        &known.text
    }
}

/// A word in lower case; a date also as records have it.
fn ways(word: &str) -> Vec<String> {
    let date = word.chars().any(|c| c.is_ascii_digit()).then(|| value::parse_date(word)).flatten();
    std::iter::once(word.to_lowercase()).chain(date.map(value::to_iso)).collect()
}

/// Whether one of the ways to write a word stands in a text in lower case.
fn stands(ways: &[String], text: &str) -> bool {
    ways.iter().any(|w| text.contains(w.as_str()))
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

/// The value, with its field's name, or the line of text in which a word (in lower case) stands, cut off at
/// both ends; `None` where it is in the kind's name.
fn excerpt(
    session: &Session,
    lang: Lang,
    file: &FileEntry,
    d: &ReviewDocument,
    word: &str,
) -> Option<String> {
    let kind = session.registry().get(&d.document.found.kind);
    let of_value = d.document.record.iter().find_map(|(path, field)| {
        let part = around(field.value.as_deref()?, word)?;
        Some(format!("{} {part}", label_in(kind, &path, lang)))
    });
    let lines = || lines(file, d).find_map(|line| around(line, word));
    of_value.or_else(lines)
}

/// The part of a text around a word, in lower case, that stands in it.
fn around(text: &str, word: &str) -> Option<String> {
    /// Characters that are shown before the word, which must be seen in a narrow queue, and behind it.
    const CONTEXT: (usize, usize) = (4, 16);
    let lower = text.to_lowercase();
    let at = lower.get(..lower.find(word)?)?.chars().count();
    let end = at + word.chars().count() + CONTEXT.1;
    // What is nearly all of the beginning is shown whole.
    let start = if at <= 2 * CONTEXT.0 { 0 } else { at - CONTEXT.0 };
    let part: String = text.chars().skip(start).take(end - start).collect();
    let (before, behind) =
        (if start > 0 { "…" } else { "" }, if text.chars().count() > end { "…" } else { "" });
    Some(format!("{before}{part}{behind}"))
}

/// The lines of text of a document: of its first page it has only some.
fn lines<'a>(file: &'a FileEntry, d: &'a ReviewDocument) -> impl Iterator<Item = &'a str> {
    let first = d.document.pages.first().copied();
    let mine: HashSet<usize> = d.document.found.lines.iter().copied().collect();
    pages(file, d)
        .flat_map(|page| page.structure.lines.iter().enumerate().map(move |(i, line)| (page.page, i, line)))
        .filter(move |(page, i, _)| Some(*page) != first || mine.contains(i))
        .map(|(.., line)| line.text.as_str())
}

fn text(kind: &str, file: &FileEntry, d: &ReviewDocument) -> String {
    let mut text = kind.to_lowercase();
    let mut add = |part: &str| {
        text.push('\n');
        text.push_str(&part.to_lowercase());
    };
    values(&d.document.record).for_each(&mut add);
    lines(file, d).for_each(&mut add);
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kind::Registry;

    #[test]
    fn an_excerpt_shows_what_is_around_the_word() {
        assert_eq!(around("Alpha Ltd", "ltd").as_deref(), Some("Alpha Ltd"));
        let long = "北京市海淀区某某路一百二十三号青禾文化传媒有限公司第二分公司财务部";
        assert_eq!(around(long, "青禾").as_deref(), Some("…二十三号青禾文化传媒有限公司第二分公司财务部"));
        assert_eq!(around(long, "红禾"), None);
    }

    #[test]
    fn a_date_is_found_however_it_is_typed() {
        for typed in ["20230307", "2023.03.07", "2023-03-07", "2023年3月7日"] {
            assert!(stands(&ways(typed), "发票\n2023-03-07\n12.00"), "{typed}");
        }
        assert!(!stands(&ways("20230308"), "2023-03-07"));
    }

    #[test]
    fn a_search_in_parts_finds_what_one_in_one_go_does() {
        let (registry, _) = Registry::load(None);
        let mut session = Session::new(Arc::new(registry));
        for n in 0..5 {
            session.add_file(std::path::Path::new(&format!("scan {n} {}.png", n % 2)), None);
        }
        let mut search = Search::default();
        assert!(!search.begin("  ", false), "blank");
        assert!(search.begin("Scan 1.png", false));
        let mut parts = 1;
        let found = loop {
            match search.search(&session, Lang::Zh, || false) {
                Some(found) => break found,
                None => parts += 1,
            }
        };
        assert_eq!((parts, found.files.len()), (5, 2));
        assert!(!search.is_running());
        assert!(search.begin("scan 1.png", false));
        let whole = search.finish(&session, Lang::Zh);
        assert_eq!(whole.map(|f| f.files), Some(found.files));
    }
}
