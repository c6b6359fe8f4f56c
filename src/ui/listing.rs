//! Which files and documents the queue lists, and in which order.
//!
//! Search and order are worked out when they are asked for or when something has arrived; drawing
//! only looks them up, so that thousands of files cost little and no row jumps while one types.

use std::collections::{HashMap, HashSet};

use crate::{
    kind::Lang,
    review::{
        DocumentId, DocumentState, Duplicate, FileEntry, FileId, ReadingState, ReviewDocument, Session,
    },
};

use super::{
    cx::page_error,
    search::{Found, Search},
};

/// Which documents the queue lists.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Filter {
    #[default]
    All,
    State(DocumentState),
    /// Files that could not be read.
    Failed,
}

/// In which order the queue lists files.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Sort {
    /// As they came.
    #[default]
    Arrival,
    Name,
    Kind,
    /// What needs the most work first, what is done last.
    Work,
}

impl Sort {
    pub const ALL: [Self; 4] = [Self::Arrival, Self::Name, Self::Kind, Self::Work];
}

/// Filter, search and order of the queue.
#[derive(Debug, Default)]
pub struct Listing {
    pub filter: Filter,
    pub sort: Sort,
    /// What is searched for, as typed.
    pub query: String,
    /// `None` while nothing is searched for.
    found: Option<Found>,
    search: Search,
    /// Empty: as they came.
    order: Vec<FileId>,
    /// Documents of which the queue holds another one, with that one.
    twins: HashMap<DocumentId, Duplicate>,
}

impl Listing {
    /// Whether a file is listed.
    pub fn passes(&self, file: &FileEntry) -> bool {
        let by_filter = match self.filter {
            Filter::All => true,
            Filter::State(_) => file.documents.iter().any(|d| self.document_passes(d)),
            Filter::Failed => failed(file),
        };
        by_filter && self.found.as_ref().is_none_or(|f| f.files.contains(&file.id))
    }

    /// Whether a document of a listed file is listed.
    pub fn document_passes(&self, document: &ReviewDocument) -> bool {
        let by_filter = match self.filter {
            Filter::State(state) => document.document.state == state,
            Filter::All | Filter::Failed => true,
        };
        by_filter && self.found.as_ref().is_none_or(|f| f.documents.contains(&document.id))
    }

    /// The listed files in their order.
    pub fn files<'s>(&self, session: &'s Session) -> Vec<&'s FileEntry> {
        let passes = |f: &&FileEntry| self.passes(f);
        if self.order.is_empty() {
            return session.files().iter().filter(passes).collect();
        }
        let by_id: HashMap<FileId, &FileEntry> = session.files().iter().map(|f| (f.id, f)).collect();
        self.order.iter().filter_map(|id| by_id.get(id).copied()).filter(passes).collect()
    }

    /// What a search has found in a document, with what is around it.
    pub fn excerpt(&self, document: DocumentId) -> Option<&str> {
        self.found.as_ref()?.excerpts.get(&document).map(String::as_str)
    }

    /// Another document of the queue that is probably the same one.
    pub fn twin(&self, document: DocumentId) -> Option<Duplicate> {
        self.twins.get(&document).copied()
    }

    pub fn set_sort(&mut self, session: &Session, lang: Lang, sort: Sort) {
        self.sort = sort;
        let mut files: Vec<&FileEntry> = session.files().iter().collect();
        let kind_of = |f: &FileEntry| {
            let id = f.documents.first().map(|d| d.document.found.kind.as_str())?;
            Some(session.registry().get(id).map_or(id, |k| k.name.get(lang)).to_owned())
        };
        match sort {
            Sort::Arrival => files.clear(),
            Sort::Name => files.sort_by_cached_key(|f| f.path.file_name().map(|n| n.to_ascii_lowercase())),
            // Files without a document come last.
            Sort::Kind => files.sort_by_cached_key(|f| (f.documents.is_empty(), kind_of(f))),
            Sort::Work => files.sort_by_cached_key(|f| work(session, f)),
        }
        self.order = files.into_iter().map(|f| f.id).collect();
    }

    /// Whether the queue lists only what a search has found.
    pub fn is_searched(&self) -> bool {
        self.found.is_some()
    }

    pub fn set_query(&mut self, session: &Session, lang: Lang, query: String) {
        self.query = query;
        self.begin(session, lang, false);
    }

    /// What was found stays listed until all has been searched.
    fn begin(&mut self, session: &Session, lang: Lang, changed: bool) {
        if self.search.begin(&self.query, changed) {
            self.search_on(session, lang);
        } else {
            self.found = None;
        }
    }

    /// Searches on for a part of a frame, where a search is not at its end. Returns whether one is not.
    pub fn search_on(&mut self, session: &Session, lang: Lang) -> bool {
        if let Some(found) = self.search.go_on(session, lang) {
            self.found = Some(found);
        }
        self.search.is_running()
    }

    /// Brings a search to its end, for one who wants its result now.
    pub fn finish_search(&mut self, session: &Session, lang: Lang) {
        if let Some(found) = self.search.finish(session, lang) {
            self.found = Some(found);
        }
    }

    /// Takes in what has changed. Files that are new come last in the order; none else moves.
    pub fn refresh(&mut self, session: &Session, lang: Lang) {
        self.begin(session, lang, true);
        if !self.order.is_empty() {
            let known: HashSet<FileId> = self.order.iter().copied().collect();
            self.order.extend(session.files().iter().map(|f| f.id).filter(|id| !known.contains(id)));
        }
        self.twins = session.duplicates();
    }
}

/// Whether a file, or a page of it, could not be read.
pub fn failed(file: &FileEntry) -> bool {
    let page_failed = file.state == ReadingState::Done && page_error(file).is_some();
    page_failed || matches!(file.state, ReadingState::Failed { .. })
}

/// How soon a file is wanted: failed ones, then those with errors or doubts, the most first.
fn work(session: &Session, file: &FileEntry) -> (u8, std::cmp::Reverse<usize>) {
    let open = |d: &&ReviewDocument| d.document.state == DocumentState::ToReview;
    let left: usize = file
        .documents
        .iter()
        .filter(open)
        .map(|d| session.counts(d.id).unresolved + session.errors(d.id).len())
        .sum();
    let waits = file.documents.iter().any(|d| open(&d));
    let rank = match (failed(file), waits, left) {
        (true, ..) => 0,
        (_, true, 1..) => 1,
        (_, true, 0) => 2,
        _ => 3,
    };
    (rank, std::cmp::Reverse(left))
}
