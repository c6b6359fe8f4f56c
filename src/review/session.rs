//! The session's data: the queue of files, what was read of them, and their documents.
//!
//! Everything here is what arrives (files, pages, readings); what a person changes is in
//! [`super::apply`].

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use serde::{Deserialize, Serialize};

use crate::{
    kind::Registry,
    structure::Code,
    validate::{Paper, SeenPage, validate},
};

use super::{
    AuditEntry, Document, FileReading, PageReading, Timings, history::History, store::changes::Dirty,
};

/// Identifies a file of the session; never used again for another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FileId(pub u64);

/// Identifies a document of the session; stays when its record or kind changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DocumentId(pub u64);

/// How far the reading of a file is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReadingState {
    #[default]
    Waiting,
    Reading,
    Done,
    Failed {
        /// A sentence with its remedy.
        message: String,
        /// The file is encrypted and needs a password (or another one).
        needs_password: bool,
    },
}

/// One file of the queue.
#[derive(Debug, Clone, PartialEq)]
pub struct FileEntry {
    pub id: FileId,
    pub path: PathBuf,
    /// For encrypted PDFs; kept in memory only, never stored.
    pub password: Option<String>,
    pub state: ReadingState,
    /// How many pages are to be read, once the file was opened.
    pub page_count: Option<usize>,
    /// Which page is being read now.
    pub current_page: Option<usize>,
    /// Pages read so far, by page number.
    pub pages: Vec<Arc<PageReading>>,
    /// Its documents in page order.
    pub documents: Vec<ReviewDocument>,
    pub timings: Timings,
}

/// One document with what the review adds to it.
#[derive(Debug, Clone, PartialEq)]
pub struct ReviewDocument {
    pub id: DocumentId,
    pub document: Document,
    /// A person has changed it; new readings of its page no longer replace it.
    pub touched: bool,
    /// Why it was confirmed in spite of errors, rejected or postponed.
    pub reason: Option<String>,
    /// What was exported of it last (see [`Session::note_export`]).
    pub exported: Option<String>,
}

impl FileEntry {
    pub fn page(&self, page: usize) -> Option<&Arc<PageReading>> {
        self.pages.iter().find(|p| p.page == page)
    }

    /// The file as a result: what the exports take.
    pub fn to_reading(&self) -> FileReading {
        FileReading {
            path: self.path.clone(),
            pages: self.pages.iter().map(|p| PageReading::clone(p)).collect(),
            documents: self.documents.iter().map(|d| d.document.clone()).collect(),
            timings: self.timings,
            error: match &self.state {
                ReadingState::Failed { message, .. } => Some(message.clone()),
                _ => None,
            },
        }
    }

    /// Codes that lie on a document: inside its location on the first page, all on further ones.
    pub(super) fn codes_of(&self, document: &Document) -> Vec<Code> {
        let first = document.pages.first();
        let of_page = |page: &usize| {
            let codes = self.page(*page).map(|p| p.structure.codes.as_slice()).unwrap_or_default();
            let whole = Some(page) != first;
            codes.iter().filter(move |c| whole || document.found.location.contains(c.quad.center()))
        };
        document.pages.iter().flat_map(of_page).cloned().collect()
    }
}

/// The whole state of a review: plain data, the same with and without a window.
#[derive(Debug, Clone)]
pub struct Session {
    pub(super) registry: Arc<Registry>,
    /// In queue order.
    pub(super) files: Vec<FileEntry>,
    pub(super) audit: Vec<AuditEntry>,
    /// The hashes of the entries of `audit` that have been handed over for saving: these stand.
    pub(super) chain: Vec<String>,
    pub(super) history: History,
    pub(super) dirty: Dirty,
    /// The next id to give to a file or document.
    pub(super) next_id: u64,
    /// Who works here, for the audit trail.
    pub(super) operator: String,
    /// See [`Session::set_look_below`].
    pub(super) look_below: f32,
    pub(super) rules: super::FieldRules,
}

impl Session {
    /// An empty session whose documents are of the kinds of `registry`.
    pub fn new(registry: Arc<Registry>) -> Self {
        Self {
            registry,
            files: Vec::new(),
            audit: Vec::new(),
            chain: Vec::new(),
            history: History::default(),
            dirty: Dirty::default(),
            next_id: 1,
            operator: super::audit::user_name(),
            look_below: 0.0,
            rules: super::FieldRules::default(),
        }
    }

    pub fn registry(&self) -> &Arc<Registry> {
        &self.registry
    }

    /// From now on documents are of these kinds; records stay as they are.
    pub fn set_registry(&mut self, registry: Arc<Registry>) {
        self.registry = registry;
    }

    /// The files in queue order.
    pub fn files(&self) -> &[FileEntry] {
        &self.files
    }

    pub fn file(&self, id: FileId) -> Option<&FileEntry> {
        self.files.iter().find(|f| f.id == id)
    }

    pub fn document(&self, id: DocumentId) -> Option<&ReviewDocument> {
        self.documents().find(|d| d.id == id)
    }

    pub fn file_of(&self, id: DocumentId) -> Option<&FileEntry> {
        self.files.iter().find(|f| f.documents.iter().any(|d| d.id == id))
    }

    /// Every document, in queue order.
    pub fn documents(&self) -> impl Iterator<Item = &ReviewDocument> {
        self.files.iter().flat_map(|f| &f.documents)
    }

    /// Who works here, for the audit trail.
    pub fn operator(&self) -> &str {
        &self.operator
    }

    /// Sets who works here; a blank name is the system's user.
    pub fn set_operator(&mut self, name: &str) {
        self.operator = match name.trim() {
            "" => super::audit::user_name(),
            name => name.to_owned(),
        };
    }

    /// The whole audit trail, oldest first.
    pub fn audit(&self) -> &[AuditEntry] {
        &self.audit
    }

    pub(super) fn new_id(&mut self) -> u64 {
        let id = self.next_id;
        self.next_id += 1;
        self.dirty.session = true;
        id
    }

    /// An id for a document that is made by hand (see [`super::Edit::InsertDocument`]).
    pub fn new_document_id(&mut self) -> DocumentId {
        DocumentId(self.new_id())
    }

    /// Puts a file at the end of the queue. A path that is already there is not added again; its
    /// id is returned with `false`.
    pub fn add_file(&mut self, path: &Path, password: Option<String>) -> (FileId, bool) {
        if let Some(known) = self.files.iter_mut().find(|f| f.path == path) {
            if password.is_some() {
                known.password = password;
            }
            return (known.id, false);
        }
        let id = FileId(self.new_id());
        self.files.push(FileEntry {
            id,
            path: path.to_owned(),
            password,
            state: ReadingState::Waiting,
            page_count: None,
            current_page: None,
            pages: Vec::new(),
            documents: Vec::new(),
            timings: Timings::default(),
        });
        self.dirty.files.insert(id);
        (id, true)
    }

    /// A password for an encrypted file, to try again with.
    pub fn set_password(&mut self, id: FileId, password: Option<String>) {
        if let Some(file) = self.files.iter_mut().find(|f| f.id == id) {
            file.password = password;
        }
    }

    /// The file waits for reading (again). What was read of it stays until new pages arrive.
    pub fn file_waits(&mut self, id: FileId) {
        self.change_file(id, |f| {
            (f.state, f.current_page, f.timings) = (ReadingState::Waiting, None, Timings::default());
        });
    }

    /// The worker has opened the file and will read this many pages.
    pub fn file_opened(&mut self, id: FileId, pages: usize) {
        self.change_file(id, |f| (f.state, f.page_count) = (ReadingState::Reading, Some(pages)));
    }

    /// The worker reads this page now.
    pub fn page_begin(&mut self, id: FileId, page: usize) {
        if let Some(file) = self.files.iter_mut().find(|f| f.id == id) {
            (file.state, file.current_page) = (ReadingState::Reading, Some(page));
        }
    }

    /// The worker is done with the file; `failure` is the sentence and whether a password is missing.
    pub fn file_done(&mut self, id: FileId, failure: Option<(String, bool)>) {
        self.change_file(id, |f| {
            f.current_page = None;
            f.state = match failure {
                None => ReadingState::Done,
                Some((message, needs_password)) => ReadingState::Failed { message, needs_password },
            };
        });
    }

    /// The reading run has ended: files that were not reached wait again.
    pub fn reading_ended(&mut self) {
        let stopped: Vec<_> =
            self.files.iter().filter(|f| f.state == ReadingState::Reading).map(|f| f.id).collect();
        for id in stopped {
            self.change_file(id, |f| (f.state, f.current_page) = (ReadingState::Waiting, None));
        }
    }

    /// The file lies elsewhere now, or has another name; noted in the audit trail.
    pub fn file_renamed(&mut self, id: FileId, path: PathBuf) {
        let Some(file) = self.files.iter_mut().find(|f| f.id == id) else { return };
        let old = std::mem::replace(&mut file.path, path.clone());
        self.dirty.files.insert(id);
        let entry = AuditEntry::of_rename(self.operator.clone(), id, &old, &path);
        self.audit.push(entry);
    }

    fn change_file(&mut self, id: FileId, change: impl FnOnce(&mut FileEntry)) {
        if let Some(file) = self.files.iter_mut().find(|f| f.id == id) {
            change(file);
            self.dirty.files.insert(id);
        }
    }

    /// Runs the kind's checks again; what a person has decided about a value stands.
    pub(super) fn revalidate(&mut self, id: DocumentId) {
        let Some(file) = self.files.iter_mut().find(|f| f.documents.iter().any(|d| d.id == id)) else {
            return;
        };
        let Some(at) = file.documents.iter().position(|d| d.id == id) else { return };
        let codes = file.documents.get(at).map(|d| file.codes_of(&d.document)).unwrap_or_default();
        let FileEntry { pages, documents, .. } = file;
        if let Some(d) = documents.get_mut(at)
            && let Some(kind) = self.registry.get(&d.document.found.kind)
        {
            let seen: Vec<SeenPage> =
                pages.iter().filter(|p| d.document.pages.contains(&p.page)).map(|p| p.seen()).collect();
            let paper = Paper { fit: d.document.found.fit.as_ref(), codes: &codes, pages: &seen };
            d.document.issues = validate(kind, paper, &mut d.document.record);
            super::edit::keep_decisions(&mut d.document.record);
        }
        self.dirty.documents.insert(id);
    }
}
