//! Moving between files, documents, pages and fields: what is on show, and what comes next.

use crate::{
    extract::FieldPath,
    review::{DocumentId, DocumentState, FileEntry, FileId},
    worker::Job,
};

use super::{
    App,
    act::input_of,
    command::ChosenIn,
    cx::page_count,
    page::PageKey,
    queue,
    state::{Filter, NoticeKind, Selection},
};

impl App {
    /// Shows a file's page, with a document in the form and its first open question in work.
    pub(super) fn select(&mut self, file: FileId, document: Option<DocumentId>, page: usize) {
        let before = self.state.selection;
        self.state.selection = Some(Selection { file, document, page });
        if before.and_then(|s| s.document) != document || before.is_none_or(|s| s.file != file) {
            self.state.field = document.and_then(|id| self.session.next_unresolved(id, None));
            self.state.focus_field = self.state.field.is_some();
            self.state.reading_box = None;
        }
        self.state.reveal_selection = true;
        self.load_page(PageKey { file, page });
    }

    pub(super) fn load_page(&mut self, key: PageKey) {
        if self.images.show(Some(key))
            && let Some(file) = self.session.file(key.file)
        {
            let input = input_of(file);
            self.engine.send(Job::Show { input, page: key.page });
        }
    }

    /// Thumbnails of files that were read in an earlier session, one at a time.
    pub(super) fn ask_for_thumbnail(&mut self, file: FileId) {
        let key = PageKey { file, page: 1 };
        if self.pending.thumbnail.is_none()
            && !self.reading.is_running()
            && self.images.ask(key)
            && let Some(file) = self.session.file(file)
        {
            self.pending.thumbnail = Some(key);
            let input = input_of(file);
            self.engine.send(Job::Show { input, page: 1 });
        }
    }

    /// The first file is shown by itself when nothing is.
    pub(super) fn select_first(&mut self) {
        if self.state.selection.is_none()
            && let Some(file) = self.session.files().first()
        {
            let (id, document, page) = opening_place(file, Filter::All);
            self.select(id, document, page);
            // Nobody asked for it, so the keyboard stays where it is.
            self.state.focus_field = false;
        }
    }

    pub(super) fn select_document(&mut self, id: DocumentId) {
        let Some(file) = self.session.file_of(id) else { return };
        let page = self.session.document(id).and_then(|d| d.document.pages.first().copied()).unwrap_or(1);
        let file = file.id;
        self.select(file, Some(id), page);
    }

    pub(super) fn choose_field(&mut self, path: FieldPath, chosen_in: ChosenIn) {
        if self.state.field.as_ref() != Some(&path) {
            self.commit();
        }
        self.state.field = Some(path);
        self.state.focus_field |= chosen_in == ChosenIn::Page;
        if chosen_in == ChosenIn::Form {
            self.show_field();
        }
    }

    /// Glides to the field in work, if it has a place; on another page if need be.
    pub(super) fn show_field(&mut self) {
        let Some(quad) = self.place_in_work() else { return };
        let page = self.page_in_work();
        if let (Some(page), Some(selection)) = (page, self.state.selection)
            && selection.page != page
        {
            self.select(selection.file, selection.document, page);
        }
        self.state.page.show(quad);
    }

    pub(super) fn next_field(&mut self, forwards: bool) {
        let Some(document) = self.state.document() else { return };
        let from = self.state.field.as_ref();
        let next = match forwards {
            true => self.session.next_unresolved(document, from),
            false => self.session.previous_unresolved(document, from),
        };
        match next {
            Some(path) => {
                self.state.field = Some(path);
                self.state.focus_field = true;
                self.show_field();
            }
            None => self.state.notify(NoticeKind::Done, self.texts.notice.all_resolved.clone()),
        }
    }

    pub(super) fn step_document(&mut self, forwards: bool) {
        // Files without documents are places to stop at, too.
        let filter = self.state.filter;
        let mut stops: Vec<(FileId, Option<DocumentId>, usize)> = Vec::new();
        for file in self.session.files().iter().filter(|f| queue::passes(f, filter)) {
            let documents = file.documents.iter().filter(|d| queue::document_passes(d, filter));
            let before = stops.len();
            stops.extend(
                documents.map(|d| (file.id, Some(d.id), d.document.pages.first().copied().unwrap_or(1))),
            );
            if stops.len() == before {
                stops.push(opening_place(file, filter));
            }
        }
        let selection = self.state.selection;
        let here = stops.iter().position(|(file, document, _)| {
            selection.is_some_and(|s| s.file == *file && (s.document == *document || document.is_none()))
        });
        let next = match (here, forwards) {
            (None, _) => Some(0),
            (Some(i), true) => i.checked_add(1),
            (Some(i), false) => i.checked_sub(1),
        };
        if let Some((file, document, page)) = next.and_then(|i| stops.get(i)).copied() {
            self.select(file, document, page);
        }
    }

    pub(super) fn step_page(&mut self, forwards: bool) {
        let Some(selection) = self.state.selection else { return };
        let Some(file) = self.session.file(selection.file) else { return };
        let page = if forwards { selection.page + 1 } else { selection.page.saturating_sub(1) };
        if (1..=page_count(file)).contains(&page) {
            // The document that begins on the page, else the one that is in the form.
            let begins = file.documents.iter().find(|d| d.document.pages.contains(&page)).map(|d| d.id);
            self.select(selection.file, begins.or(selection.document), page);
        }
    }

    pub(super) fn filter(&mut self, filter: Filter) {
        self.state.filter = filter;
        let shown = self.state.selection.and_then(|s| self.session.file(s.file));
        if !shown.is_some_and(|f| queue::passes(f, filter))
            && let Some(file) = self.session.files().iter().find(|f| queue::passes(f, filter))
        {
            let (id, document, page) = opening_place(file, filter);
            self.select(id, document, page);
        }
    }

    pub(super) fn open_next(&mut self, after: DocumentId) {
        let to_review =
            self.session.next_document(Some(after), |d| d.document.state == DocumentState::ToReview);
        match to_review {
            Some(next) => self.select_document(next),
            None if self.reading.is_running() => {}
            None => self.state.notify(NoticeKind::Done, self.texts.notice.all_done.clone()),
        }
    }

    /// The selection points at what is there, e.g. after a file was brought back.
    pub(super) fn mend_selection(&mut self) {
        if self.state.selection.is_none_or(|s| self.session.file(s.file).is_none()) {
            self.state.selection = None;
            self.select_first();
        }
    }
}

/// What of a file is shown first: its first document that passes the filter, else its first page.
pub(super) fn opening_place(file: &FileEntry, filter: Filter) -> (FileId, Option<DocumentId>, usize) {
    let document = file.documents.iter().find(|d| queue::document_passes(d, filter));
    let page = document
        .and_then(|d| d.document.pages.first())
        .or_else(|| file.pages.first().map(|p| &p.page))
        .copied()
        .unwrap_or(1);
    (file.id, document.map(|d| d.id), page)
}
