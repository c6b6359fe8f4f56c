//! What of a session has to be written: noted as it changes, taken as plain data by the saver.

use std::{collections::BTreeSet, path::PathBuf, sync::Arc};

use crate::review::{
    AuditEntry, Document, DocumentId, FileEntry, FileId, PageReading, ReadingState, Session, Timings, chain,
};

/// Which parts of a session differ from what was last taken for saving.
#[derive(Debug, Clone, Default)]
pub(in crate::review) struct Dirty {
    /// The next id has changed.
    pub session: bool,
    /// The queue order has changed other than by files added at the end.
    pub order: bool,
    pub files: BTreeSet<FileId>,
    pub pages: BTreeSet<(FileId, usize)>,
    pub documents: BTreeSet<DocumentId>,
    pub removed_files: BTreeSet<FileId>,
    pub removed_documents: BTreeSet<DocumentId>,
    /// Entries of the audit trail that were taken already.
    pub audit_saved: usize,
}

impl Dirty {
    pub fn remove_document(&mut self, id: DocumentId) {
        self.documents.remove(&id);
        self.removed_documents.insert(id);
    }

    /// The file has left the queue with all that belongs to it.
    pub fn remove_file(&mut self, file: &FileEntry) {
        self.files.remove(&file.id);
        self.pages.retain(|(id, _)| *id != file.id);
        for d in &file.documents {
            self.documents.remove(&d.id);
        }
        self.removed_files.insert(file.id);
    }

    /// A file that had left comes back: all of it is to be written.
    pub fn put_file_back(&mut self, file: &FileEntry) {
        self.order = true;
        self.files.insert(file.id);
        self.pages.extend(file.pages.iter().map(|p| (file.id, p.page)));
        self.documents.extend(file.documents.iter().map(|d| d.id));
    }
}

/// One file's row.
#[derive(Debug, Clone)]
pub struct FileRow {
    pub id: FileId,
    pub path: PathBuf,
    pub state: ReadingState,
    pub page_count: Option<usize>,
    pub timings: Timings,
    /// Its documents in order.
    pub documents: Vec<DocumentId>,
}

/// One document's row.
#[derive(Debug, Clone)]
pub struct DocumentRow {
    pub id: DocumentId,
    pub file: FileId,
    pub document: Document,
    pub touched: bool,
    pub reason: Option<String>,
    pub exported: Option<String>,
}

/// Everything that changed since the last time: plain data, written in one transaction.
#[derive(Debug, Clone, Default)]
pub struct Changes {
    pub next_id: Option<u64>,
    /// The whole queue in order, where it has changed.
    pub order: Option<Vec<FileId>>,
    /// Deleted before anything is written.
    pub removed_files: Vec<FileId>,
    pub removed_documents: Vec<DocumentId>,
    pub files: Vec<FileRow>,
    pub pages: Vec<(FileId, Arc<PageReading>)>,
    pub documents: Vec<DocumentRow>,
    /// New entries of the audit trail with their hashes.
    pub audit: Vec<(AuditEntry, String)>,
}

impl Changes {
    pub fn is_empty(&self) -> bool {
        self.next_id.is_none()
            && self.order.is_none()
            && self.removed_files.is_empty()
            && self.removed_documents.is_empty()
            && self.files.is_empty()
            && self.pages.is_empty()
            && self.documents.is_empty()
            && self.audit.is_empty()
    }
}

impl Session {
    /// Whether anything has changed since [`Self::take_changes`].
    pub fn has_changes(&self) -> bool {
        let d = &self.dirty;
        d.session
            || d.order
            || !d.files.is_empty()
            || !d.pages.is_empty()
            || !d.documents.is_empty()
            || !d.removed_files.is_empty()
            || !d.removed_documents.is_empty()
            || self.audit.len() > d.audit_saved
    }

    /// Changes that could not be handed over are to be written again.
    pub(super) fn give_back(&mut self, changes: &Changes) {
        let d = &mut self.dirty;
        d.session |= changes.next_id.is_some();
        d.order |= changes.order.is_some();
        d.files.extend(changes.files.iter().map(|file| file.id));
        d.pages.extend(changes.pages.iter().map(|(file, page)| (*file, page.page)));
        d.documents.extend(changes.documents.iter().map(|document| document.id));
        d.removed_files.extend(&changes.removed_files);
        d.removed_documents.extend(&changes.removed_documents);
        d.audit_saved = d.audit_saved.saturating_sub(changes.audit.len());
    }

    /// What has changed since the last call, to be written by the store. Cheap: pages are shared.
    pub fn take_changes(&mut self) -> Changes {
        let dirty = std::mem::take(&mut self.dirty);
        self.dirty.audit_saved = self.audit.len();
        chain::extend(&mut self.chain, &self.audit);
        let audit = self.audit.iter().cloned().zip(self.chain.iter().cloned()).skip(dirty.audit_saved);
        let file_row = |f: &FileEntry| FileRow {
            id: f.id,
            path: f.path.clone(),
            state: f.state.clone(),
            page_count: f.page_count,
            timings: f.timings,
            documents: f.documents.iter().map(|d| d.id).collect(),
        };
        let pages = |f: &FileEntry| {
            let changed = f.pages.iter().filter(|p| dirty.pages.contains(&(f.id, p.page)));
            changed.map(|p| (f.id, Arc::clone(p))).collect::<Vec<_>>()
        };
        let documents = |f: &FileEntry| {
            let changed = f.documents.iter().filter(|d| dirty.documents.contains(&d.id));
            let row = changed.map(|d| DocumentRow {
                id: d.id,
                file: f.id,
                document: d.document.clone(),
                touched: d.touched,
                reason: d.reason.clone(),
                exported: d.exported.clone(),
            });
            row.collect::<Vec<_>>()
        };
        let order_changed = dirty.order || !dirty.files.is_empty() || !dirty.removed_files.is_empty();
        Changes {
            next_id: dirty.session.then_some(self.next_id),
            order: order_changed.then(|| self.files.iter().map(|f| f.id).collect()),
            files: self.files.iter().filter(|f| dirty.files.contains(&f.id)).map(file_row).collect(),
            pages: self.files.iter().flat_map(pages).collect(),
            documents: self.files.iter().flat_map(documents).collect(),
            removed_files: dirty.removed_files.into_iter().collect(),
            removed_documents: dirty.removed_documents.into_iter().collect(),
            audit: audit.collect(),
        }
    }
}
