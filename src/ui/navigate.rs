//! Moving between files, documents, pages and fields: what is on show, and what comes next.

use eframe::egui;

use crate::{
    extract::FieldPath,
    review::{DocumentId, DocumentState, FileEntry, FileId},
    worker::Job,
};

use super::{
    App,
    act_files::input_of,
    command::{ChosenIn, Command},
    cx::{first_shortcut, is_closed, page_count},
    listing::{Filter, Listing},
    page::{PageKey, Snip},
    state::{NoticeKind, Selection},
    text::fill,
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
            self.state.notices.retain(|n| n.about.is_none() || n.about == document);
        }
        self.state.reveal_selection = true;
        self.mend_table();
        self.prefer_shown();
        self.load_page(PageKey { file, page });
        if before.and_then(|s| s.document) != document
            && let Some(place) = self.place_among_others(file, document, page)
        {
            self.state.page.show_part(place);
        }
    }

    /// What is on show is read before what is not.
    pub(super) fn prefer_shown(&mut self) {
        let Some(selection) = self.state.selection else { return };
        if let Some(file) = self.session.file(selection.file) {
            self.engine.prefer(&file.path, selection.page);
        }
    }

    /// Where a document lies on a page that holds several.
    fn place_among_others(
        &self,
        file: FileId,
        document: Option<DocumentId>,
        page: usize,
    ) -> Option<crate::geometry::Quad> {
        let on_page = |d: &&crate::review::ReviewDocument| d.document.pages.first() == Some(&page);
        let all: Vec<_> = self.session.file(file)?.documents.iter().filter(on_page).collect();
        let place = all.iter().find(|d| Some(d.id) == document)?.document.found.location;
        (all.len() > 1).then_some(place)
    }

    pub(super) fn load_page(&mut self, key: PageKey) {
        if !self.images.show(Some(key)) {
            self.prepare_next();
        } else if let Some(file) = self.session.file(key.file) {
            let input = input_of(file);
            self.engine.send(Job::Show { input, page: key.page });
        }
    }

    /// The page of the document that comes next is decoded before it is opened, once the one on show is
    /// there and nothing is being read.
    pub(super) fn prepare_next(&mut self) {
        if self.reading.is_running() {
            return;
        }
        let next = self.state.document().and_then(|id| self.next_to_review(id));
        let Some(next) = next.and_then(|id| self.session.document(id)) else { return };
        let Some(file) = self.session.file_of(next.id) else { return };
        let page = next.document.pages.first().copied().unwrap_or(1);
        if self.images.lacks(PageKey { file: file.id, page }) {
            let input = input_of(file);
            self.images.ask(PageKey { file: file.id, page });
            self.engine.send(Job::Show { input, page });
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

    /// A picture that a panel shows; its page is decoded if need be.
    pub(super) fn ask_for_snip(&mut self, snip: Snip) {
        if self.images.want(snip)
            && let Some(file) = self.session.file(snip.key.file)
        {
            let input = input_of(file);
            self.engine.send(Job::Show { input, page: snip.key.page });
        }
    }

    /// The first file is shown by itself when nothing is.
    pub(super) fn select_first(&mut self) {
        if self.state.selection.is_none()
            && let Some(file) = self.session.files().first()
        {
            let (id, document, page) = opening_place(file, &Listing::default());
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

    pub(super) fn next_field(&mut self, ctx: &egui::Context, forwards: bool) {
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
            None => self.no_field_left(ctx, document),
        }
    }

    /// The next or previous value of the form, whether it needs a person or not; those that are not printed
    /// are passed over.
    pub(super) fn next_value(&mut self, forwards: bool) {
        let Some(document) = self.state.document() else { return };
        let Some(record) = self.session.document(document).map(|d| &d.document.record) else { return };
        let mut order = self.session.form_order(document);
        order.retain(|path| {
            let printed = record.get(path).is_some_and(|f| f.value.is_some());
            printed || self.session.needs_attention(document, path)
        });
        let here = self.state.field.as_ref().and_then(|f| order.iter().position(|p| p == f));
        let next = match (here, forwards) {
            (None, true) => Some(0),
            (None, false) => order.len().checked_sub(1),
            (Some(i), true) => Some(i + 1),
            (Some(i), false) => i.checked_sub(1),
        };
        if let Some(path) = next.and_then(|i| order.get(i)) {
            self.state.field = Some(path.clone());
            self.state.focus_field = true;
            self.show_field();
        }
    }

    /// Goes to a value that nobody has looked at, and says that confirming wants to be asked for again.
    pub(super) fn show_first_open(&mut self, ctx: &egui::Context, document: DocumentId, open: usize) {
        let here = self.state.field.as_ref().filter(|f| self.session.needs_attention(document, f)).cloned();
        self.state.field = here.or_else(|| self.session.next_unresolved(document, None));
        self.state.focus_field = true;
        self.show_field();
        let keys = first_shortcut(ctx, &self.keys, Command::Confirm);
        let text = fill(&self.texts.notice.confirm_again, &[("n", &open), ("keys", &keys)]);
        self.state.notify_of_document(NoticeKind::Warning, text);
    }

    /// Nothing of the document is to be checked any more: says what is next, or goes on from one that is
    /// closed.
    fn no_field_left(&mut self, ctx: &egui::Context, document: DocumentId) {
        if self.session.document(document).is_some_and(is_closed) {
            return self.open_next(ctx, document);
        }
        let keys = first_shortcut(ctx, &self.keys, Command::Confirm);
        let t = &self.texts.notice;
        let errors = self.session.errors(document);
        let (kind, text) = match errors.first() {
            None => (NoticeKind::Done, fill(&t.all_resolved, &[("keys", &keys)])),
            Some(first) => {
                // Its value is what is to be mended; of several one after the other.
                let places: Vec<&FieldPath> = errors.iter().filter_map(|e| e.fields.first()).collect();
                let here = places.iter().position(|p| Some(*p) == self.state.field.as_ref());
                let next = places.iter().cycle().nth(here.map_or(0, |i| i + 1));
                if let Some(path) = next.map(|p| (*p).clone()) {
                    self.state.field = Some(path);
                    self.state.focus_field = true;
                }
                let reason = first.message.get(self.language);
                let values: [(&str, &dyn std::fmt::Display); 3] =
                    [("n", &errors.len()), ("keys", &keys), ("reason", &reason)];
                (NoticeKind::Warning, fill(&t.errors_stand, &values))
            }
        };
        self.show_field();
        self.state.notify_of_document(kind, text);
    }

    pub(super) fn step_document(&mut self, forwards: bool) {
        // Files without documents are places to stop at, too.
        let listing = &self.state.listing;
        let mut stops: Vec<(FileId, Option<DocumentId>, usize)> = Vec::new();
        for file in listing.files(&self.session) {
            let documents = file.documents.iter().filter(|d| listing.document_passes(d));
            let before = stops.len();
            stops.extend(
                documents.map(|d| (file.id, Some(d.id), d.document.pages.first().copied().unwrap_or(1))),
            );
            if stops.len() == before {
                stops.push(opening_place(file, listing));
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
        self.state.listing.filter = filter;
        self.select_listed();
    }

    /// Shows the first listed file, if the one on show is not listed any more.
    pub(super) fn select_listed(&mut self) {
        let listing = &self.state.listing;
        let shown = self.state.selection.and_then(|s| self.session.file(s.file));
        if !shown.is_some_and(|f| listing.passes(f))
            && let Some(file) = listing.files(&self.session).first()
        {
            let (id, document, page) = opening_place(file, listing);
            self.select(id, document, page);
        }
    }

    /// Opens the next document to review; where there is none, says so.
    pub(super) fn open_next(&mut self, ctx: &egui::Context, after: DocumentId) {
        // What was said of this one is settled.
        self.state.notices.retain(|n| n.about != Some(after));
        match self.next_to_review(after) {
            Some(next) => self.select_document(next),
            None if self.reading.is_running() => {}
            None if self.state.listing.is_searched() => {
                self.state.notify(NoticeKind::Done, self.texts.notice.listed_done.clone());
            }
            None => {
                let keys = first_shortcut(ctx, &self.keys, Command::Export);
                let text = fill(&self.texts.notice.all_done, &[("keys", &keys)]);
                self.state.notify(NoticeKind::Done, text);
            }
        }
    }

    /// The next document to review after this one.
    fn next_to_review(&self, after: DocumentId) -> Option<DocumentId> {
        let waits = |d: &&crate::review::ReviewDocument| d.document.state == DocumentState::ToReview;
        // In the order of the queue as listed; when all of these are done, any other, unless one has searched.
        let listed: Vec<DocumentId> = self
            .state
            .listing
            .files(&self.session)
            .into_iter()
            .flat_map(|f| &f.documents)
            .filter(|d| d.id == after || waits(d))
            .map(|d| d.id)
            .collect();
        let at = listed.iter().position(|id| *id == after);
        let (before, behind) = listed.split_at(at.map_or(0, |i| i + 1));
        let listed = behind.iter().chain(before).copied().find(|id| *id != after);
        listed.or_else(|| {
            let any =
                || self.session.next_document(Some(after), |d| d.document.state == DocumentState::ToReview);
            if self.state.listing.is_searched() { None } else { any() }
        })
    }

    /// The selection points at what is there, e.g. after a file was brought back.
    pub(super) fn mend_selection(&mut self) {
        if self.state.selection.is_none_or(|s| self.session.file(s.file).is_none()) {
            self.state.selection = None;
            self.select_first();
        }
    }
}

/// What of a file is shown first: its first document that is listed, else its first page.
pub(super) fn opening_place(file: &FileEntry, listing: &Listing) -> (FileId, Option<DocumentId>, usize) {
    let document = file.documents.iter().find(|d| listing.document_passes(d));
    let page = document
        .and_then(|d| d.document.pages.first())
        .or_else(|| file.pages.first().map(|p| &p.page))
        .copied()
        .unwrap_or(1);
    (file.id, document.map(|d| d.id), page)
}
