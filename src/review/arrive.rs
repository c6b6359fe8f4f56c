//! Readings that arrive from the worker: they join the session and never destroy a person's work.

use std::sync::Arc;

use crate::structure::PageStructure;

use super::{
    Document, DocumentId, FileEntry, FileId, PageReading, ReviewDocument, Session, Timings,
    continued::Pages,
    relate::{are_parts, join_part, part_with},
};

/// Two locations on one page are the same document from this intersection over union on: the
/// usual threshold of object detection (PASCAL VOC), as `FoundDocument`s never overlap by half.
const SAME_PLACE_IOU: f32 = 0.5;

impl Session {
    /// A page was read. Documents of an earlier reading that a person has changed stay as they
    /// are; all others of the page are replaced, keeping their ids where they lie in the same
    /// place. Returns the ids of the page's documents; empty if the file has left the queue.
    pub fn page_done(
        &mut self,
        id: FileId,
        page: PageReading,
        documents: Vec<Document>,
        timings: Timings,
    ) -> Vec<DocumentId> {
        let fresh: Vec<_> = documents.iter().map(|_| DocumentId(self.new_id())).collect();
        let Some(file) = self.files.iter_mut().find(|f| f.id == id) else { return Vec::new() };
        let number = page.page;
        file.timings.add(&timings);
        put_page(file, page);
        self.dirty.pages.insert((id, number));
        self.dirty.files.insert(id);

        let mut apart = Vec::new();
        let mut documents_now = Vec::new();
        for document in std::mem::take(&mut file.documents) {
            let parts = without_page(document, file, number, &mut self.next_id);
            if parts.len() > 1 {
                self.dirty.session = true;
                apart.extend(parts.iter().map(|d| d.id));
            }
            documents_now.extend(parts);
        }
        let (mut earlier, mut kept): (Vec<_>, Vec<_>) = documents_now
            .into_iter()
            .partition(|d| documents.iter().any(|new| same_place(&d.document, new)) || is_only_on(d, number));
        // What lies elsewhere is kept; of the page's earlier documents, those with a person's work.
        let mut new: Vec<ReviewDocument> = Vec::new();
        // A document of several pages that a person put together holds what is read of its pages.
        let held = |new: &Document| {
            kept.iter().any(|d| d.touched && new.pages.iter().all(|p| d.document.pages.contains(p)))
        };
        for (document, fresh) in documents.into_iter().zip(fresh).filter(|(new, _)| !held(new)) {
            let before = earlier.iter().position(|d| same_place(&d.document, &document));
            new.push(match before.map(|i| earlier.swap_remove(i)) {
                Some(mut old) if old.touched => {
                    if document.pages.len() > old.document.pages.len() {
                        old.document.pages = document.pages;
                    }
                    old
                }
                before => ReviewDocument {
                    id: before.map_or(fresh, |d| d.id),
                    document,
                    touched: false,
                    reason: None,
                    exported: None,
                },
            });
        }
        for old in earlier {
            if old.touched {
                new.push(old);
            } else {
                self.dirty.remove_document(old.id);
            }
        }
        if let Some(reading) = file.pages.iter().find(|p| p.page == number) {
            for d in new.iter_mut().filter(|d| d.touched && is_only_on(d, number)) {
                d.document.found.lines = lines_inside(&reading.structure, &d.document);
            }
        }
        let mut ids: Vec<_> = new.iter().map(|d| d.id).collect();
        kept.append(&mut new);
        // Stable: documents of one page stay in the order in which they were found.
        kept.sort_by_key(|d| d.document.pages.first().copied().unwrap_or_default());
        file.documents = kept;
        self.dirty.documents.extend(ids.iter().copied());
        self.join_parts(id, &mut ids);
        for part in apart {
            self.revalidate(part);
        }
        ids
    }

    /// Makes one document of those of a file that are parts of one and that nobody has changed;
    /// `ids` loses those that have become part of another.
    fn join_parts(&mut self, id: FileId, ids: &mut Vec<DocumentId>) {
        let registry = Arc::clone(&self.registry);
        while let Some(file) = self.files.iter_mut().find(|f| f.id == id) {
            let FileEntry { pages, documents, .. } = file;
            let pages: Pages = pages.iter().map(|p| (p.page, &**p)).collect();
            let parts = |a: &ReviewDocument, b: &ReviewDocument| {
                let untouched = a.id != b.id && !a.touched && !b.touched;
                untouched && are_parts(&registry, &pages, &a.document, &b.document)
            };
            let pair = documents.iter().find_map(|second| {
                let before: Vec<&ReviewDocument> = documents.iter().filter(|d| parts(d, second)).collect();
                match before[..] {
                    [first] => Some((first.id, second.id)),
                    _ => None,
                }
            });
            let Some((first, second)) = pair else { return };
            let Some(at) = documents.iter().position(|d| d.id == second) else { return };
            let part = documents.remove(at);
            if let Some(whole) = documents.iter_mut().find(|d| d.id == first) {
                join_part(&registry, &pages, &mut whole.document, &part.document);
            }
            self.dirty.remove_document(second);
            ids.retain(|i| *i != second);
            self.revalidate(first);
        }
    }
}

/// A document of several pages that nobody has changed, in the parts before, on and behind a page that
/// was read again: what is read there now is joined with them anew. Any other document stays whole.
fn without_page(
    mut document: ReviewDocument,
    file: &FileEntry,
    page: usize,
    next_id: &mut u64,
) -> Vec<ReviewDocument> {
    let several = document.document.pages.len() > 1 && document.document.pages.contains(&page);
    if document.touched || !several {
        return vec![document];
    }
    let mut parts = Vec::new();
    for from in [page + 1, page] {
        if let Some(part) = part_with(&mut document.document, file, |p| p >= from) {
            let id = DocumentId(*next_id);
            *next_id += 1;
            parts.push(ReviewDocument { id, document: part, touched: false, reason: None, exported: None });
        }
    }
    parts.push(document);
    parts.reverse();
    parts
}

/// Puts a page in its place by number, over an earlier reading of it. Tables that a person has changed
/// stay.
fn put_page(file: &mut FileEntry, mut page: PageReading) {
    match file.pages.binary_search_by_key(&page.page, |p| p.page) {
        Ok(at) => {
            if let Some(slot) = file.pages.get_mut(at) {
                if slot.tables_edited {
                    page.structure.tables.clone_from(&slot.structure.tables);
                    page.tables_edited = true;
                }
                *slot = Arc::new(page);
            }
        }
        Err(at) => file.pages.insert(at, Arc::new(page)),
    }
}

fn is_only_on(d: &ReviewDocument, page: usize) -> bool {
    d.document.pages.as_slice() == [page]
}

/// Whether two readings tell of the same document.
fn same_place(a: &Document, b: &Document) -> bool {
    a.pages.first() == b.pages.first() && a.found.location.iou(&b.found.location) >= SAME_PLACE_IOU
}

/// The lines of a page whose centre lies in the document.
fn lines_inside(page: &PageStructure, document: &Document) -> Vec<usize> {
    let inside = |(i, line): (usize, &crate::ocr::TextLine)| {
        document.found.location.contains(line.quad.center()).then_some(i)
    };
    page.lines.iter().enumerate().filter_map(inside).collect()
}
