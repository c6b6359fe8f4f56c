//! Parts of one document put together, by themselves and by hand.

use std::collections::BTreeMap;

use crate::{
    extract::{Entry, Field, Record, State},
    geometry::Quad,
    kind::Registry,
    structure::Code,
    validate::{Paper, SeenPage, validate},
};

use super::{
    Document, DocumentId, Edit, FileEntry, FileReading, PageReading, ReviewDocument, Session,
    continued::{self, Pages},
};

impl Session {
    /// The edit that makes one document of several of the same file: the first one keeps its
    /// place, kind and values; values that it lacks come from the others, rows are appended.
    /// `None` unless there are several and all are in one file.
    pub fn merge_edit(&self, ids: &[DocumentId]) -> Option<Edit> {
        let (first, others) = ids.split_first().filter(|(_, others)| !others.is_empty())?;
        let file = self.file_of(*first)?;
        let mut merged: Document = self.document(*first)?.document.clone();
        let mut edits = Vec::new();
        for id in others {
            let other = &file.documents.iter().find(|d| d.id == *id && id != first)?.document;
            join(&mut merged, other);
            edits.push(Edit::RemoveDocument { document: *id });
        }
        edits.push(Edit::Replace { document: *first, with: Box::new(merged) });
        Some(Edit::Batch(edits))
    }

    /// The edit that makes two documents of one: the pages from `at` on, with the values that stand
    /// on them, become a document of their own behind it. `None` unless pages are left before them.
    pub fn split_edit(&mut self, id: DocumentId, at: usize) -> Option<Edit> {
        let new = self.new_document_id();
        let file = self.file_of(id)?;
        let index = file.documents.iter().position(|d| d.id == id)?;
        let mut rest = file.documents.get(index)?.document.clone();
        let part = part_with(&mut rest, file, |page| page >= at)?;
        let part = ReviewDocument { id: new, document: part, touched: true, reason: None, exported: None };
        Some(Edit::Batch(vec![
            Edit::Replace { document: id, with: Box::new(rest) },
            Edit::InsertDocument { file: file.id, index: index + 1, document: Box::new(part) },
        ]))
    }

    /// The edit that moves one page, with the values that stand on it, from a document to another
    /// one of the same file. A document whose only page goes is removed.
    pub fn move_page_edit(&self, page: usize, from: DocumentId, to: DocumentId) -> Option<Edit> {
        let file = self.file_of(from)?;
        let find = |id| file.documents.iter().find(|d| d.id == id).map(|d| d.document.clone());
        let (mut rest, mut target) = find(from).zip(find(to)).filter(|_| from != to)?;
        if !rest.pages.contains(&page) {
            return None;
        }
        let (part, edit) = match part_with(&mut rest, file, |p| p == page) {
            Some(part) => (part, Edit::Replace { document: from, with: Box::new(rest) }),
            None => (rest, Edit::RemoveDocument { document: from }),
        };
        let earlier = target.pages.first().is_none_or(|first| page < *first);
        join(&mut target, &part);
        if earlier {
            // It begins on this page now, and stays what it is.
            (target.found.location, target.found.lines) = (part.found.location, part.found.lines);
        }
        Some(Edit::Batch(vec![edit, Edit::Replace { document: to, with: Box::new(target) }]))
    }

    /// The edit that puts a document before or behind its neighbour in the file.
    pub fn reorder_edit(&self, id: DocumentId, down: bool) -> Option<Edit> {
        let file = self.file_of(id)?;
        let index = file.documents.iter().position(|d| d.id == id)?;
        let to = if down { index + 1 } else { index.checked_sub(1)? };
        file.documents.get(to)?;
        let document = Box::new(file.documents.get(index)?.clone());
        Some(Edit::Batch(vec![
            Edit::RemoveDocument { document: id },
            Edit::InsertDocument { file: file.id, index: to, document },
        ]))
    }
}

/// Takes those pages out of a document, with the values that stand on them, as a document of their
/// own of the same kind. `None`, and nothing taken, unless pages go and pages stay.
pub(super) fn part_with(
    document: &mut Document,
    file: &FileEntry,
    goes: impl Fn(usize) -> bool,
) -> Option<Document> {
    let (gone, kept): (Vec<usize>, Vec<usize>) = document.pages.iter().partition(|p| goes(**p));
    let (first_gone, first_kept) = gone.first().copied().zip(kept.first().copied())?;
    // By absolute pages, since the first page may be another one afterwards.
    for field in super::edit::fields_mut(&mut document.record).filter(|f| f.quad.is_some()) {
        field.page = field.page_among(&document.pages);
    }
    let lies_there = |f: &Field| f.page.is_some_and(&goes);
    let mut part = Record::default();
    let entries = std::mem::take(&mut document.record.entries);
    for (key, entry) in entries {
        let (there, here) = match entry {
            Entry::One(field) if lies_there(&field) => (Some(Entry::One(field)), None),
            Entry::One(field) => (None, Some(Entry::One(field))),
            Entry::Many(fields) => {
                let (there, here): (Vec<_>, Vec<_>) = fields.into_iter().partition(lies_there);
                (Some(Entry::Many(there)), Some(Entry::Many(here)))
            }
            Entry::Rows { rows } => {
                let (there, here): (Vec<_>, Vec<_>) =
                    rows.into_iter().partition(|row| row.values().any(lies_there));
                (Some(Entry::Rows { rows: there }), Some(Entry::Rows { rows: here }))
            }
        };
        part.entries.extend(there.map(|e| (key.clone(), e)));
        document.record.entries.extend(here.map(|e| (key, e)));
    }
    let first_goes = document.pages.first() == Some(&first_gone);
    let mut part = Document { pages: gone, record: part, ..document.clone() };
    document.pages = kept;
    let moved = if first_goes { (&mut *document, first_kept) } else { (&mut part, first_gone) };
    place_on(moved.0, file, moved.1);
    for d in [&mut *document, &mut part] {
        let first = d.pages.first().copied();
        for field in super::edit::fields_mut(&mut d.record).filter(|f| f.page == first) {
            field.page = None;
        }
    }
    Some(part)
}

/// The document begins on this page of the file, and takes it whole.
fn place_on(document: &mut Document, file: &FileEntry, page: usize) {
    if let Some(page) = file.page(page) {
        document.found.location = Quad::from_rect(0.0, 0.0, page.width as f32, page.height as f32);
        document.found.lines = (0..page.structure.lines.len()).collect();
    }
}

/// Whether two documents are parts of one: of one kind, on neighbouring pages, and as the kind
/// says that its parts are. Sides on one page are of one card where both print what must agree.
pub(super) fn are_parts(registry: &Registry, pages: &Pages, a: &Document, b: &Document) -> bool {
    let Some(join) = registry.get(&a.found.kind).and_then(|k| k.join.as_ref()) else { return false };
    let next = a.pages.last().zip(b.pages.first()).is_some_and(|(a, b)| a + 1 == *b);
    let one_page = on_one_page(a, b);
    let values = |key: &str| a.record.value(key).zip(b.record.value(key));
    let differ = join.differs.as_ref().is_some_and(|key| values(key).is_some_and(|(x, y)| x != y));
    let agree = join.agrees.iter().all(|key| values(key).is_none_or(|(x, y)| x == y));
    let same = join.same.iter().all(|key| values(key).is_some_and(|(x, y)| x == y));
    let one_kind = a.found.kind == b.found.kind;
    let open = || registry.open().is_some_and(|k| k.id == b.found.kind);
    let numbered = || join.numbered && (one_kind || open()) && continued::counts_on(pages, a, b);
    let tied = || join.agrees.iter().any(|key| values(key).is_some());
    if one_page {
        return one_kind && differ && agree && same && tied();
    }
    next && agree && same && ((one_kind && differ) || numbered())
}

/// Whether both lie on one page, and nowhere else.
fn on_one_page(a: &Document, b: &Document) -> bool {
    a.pages.len() == 1 && a.pages == b.pages
}

/// Makes one document of those of a file that are parts of one. Where a part fits several others
/// it is not plain which belong together, and all stay.
pub fn join_parts(registry: &Registry, reading: &mut FileReading) {
    let mut joined: Vec<Document> = Vec::new();
    let documents = std::mem::take(&mut reading.documents);
    let pages: Pages = reading.pages.iter().map(|p| (p.page, p)).collect();
    for document in documents {
        let fits: Vec<usize> = (0..joined.len())
            .filter(|i| joined.get(*i).is_some_and(|d| are_parts(registry, &pages, d, &document)))
            .collect();
        let first = match fits[..] {
            [at] => joined.get_mut(at),
            _ => None,
        };
        let Some(first) = first else {
            joined.push(document);
            continue;
        };
        join_part(registry, &pages, first, &document);
        if let Some(kind) = registry.get(&first.found.kind) {
            let own = || reading.pages.iter().filter(|p| first.pages.contains(&p.page));
            let codes: Vec<Code> = own().flat_map(|p| p.structure.codes.iter().cloned()).collect();
            let seen: Vec<SeenPage> = own().map(PageReading::seen).collect();
            let paper = Paper { fit: first.found.fit.as_ref(), codes: &codes, pages: &seen };
            first.issues = validate(kind, paper, &mut first.record);
        }
    }
    reading.documents = joined;
}

/// One document of its pages, each of them extracted as one of the same kind, in their order.
pub fn joined(registry: &Registry, mut first: Document, further: impl Iterator<Item = Document>) -> Document {
    for part in further {
        join_part(registry, &Pages::new(), &mut first, &part);
    }
    first
}

/// Joins a part as its kind says: a page that no kind claimed is read as the document's kind, and rows
/// that only refer to those of the part give way to them.
pub(super) fn join_part(registry: &Registry, pages: &Pages, document: &mut Document, part: &Document) {
    let kind = registry.get(&document.found.kind);
    let as_kind = kind.filter(|k| k.id != part.found.kind).and_then(|k| continued::as_kind(k, pages, part));
    let part = as_kind.as_ref().unwrap_or(part);
    if let Some(refers) = kind.and_then(|k| k.join.as_ref()?.refers.as_ref()) {
        for (key, entry) in &mut document.record.entries {
            let Entry::Rows { rows } = entry else { continue };
            if !part.record.rows(key).is_empty() {
                let reference = |f: &Field| f.value_of().is_some_and(|v| refers.regex().is_match(v));
                rows.retain(|row| !row.values().any(reference));
            }
        }
    }
    join(document, part);
}

/// Adds to a document what it lacks of another, and its pages.
pub(super) fn join(document: &mut Document, other: &Document) {
    let mut record = other.record.clone();
    if on_one_page(document, other) {
        let (own, more) = (&mut document.found, &other.found);
        own.location = own.location.widened(&more.location);
        own.lines.extend(&more.lines);
        own.lines.sort_unstable();
        own.lines.dedup();
        add(&mut document.record, &record);
        return;
    }
    for field in super::edit::fields_mut(&mut record).filter(|f| f.quad.is_some()) {
        field.page = field.page_among(&other.pages);
    }
    document.pages.extend(&other.pages);
    document.pages.sort_unstable();
    document.pages.dedup();
    add(&mut document.record, &record);
}

/// Adds to `record` what it lacks.
fn add(record: &mut Record, other: &Record) {
    for (key, entry) in &other.entries {
        match (record.entries.get_mut(key), entry) {
            (None, _) => {
                record.entries.insert(key.clone(), entry.clone());
            }
            (Some(Entry::Rows { rows }), Entry::Rows { rows: more }) => {
                rows.extend(more.iter().map(BTreeMap::clone));
            }
            (Some(Entry::Many(values)), Entry::Many(more)) => {
                let new: Vec<_> =
                    more.iter().filter(|f| values.iter().all(|v| v.value != f.value)).cloned().collect();
                values.extend(new);
            }
            (Some(Entry::One(field)), Entry::One(found)) if field.state == State::Missing => {
                *field = found.clone();
            }
            _ => {}
        }
    }
}
