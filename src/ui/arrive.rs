//! What comes in from outside the window: the worker's events, finished tasks, dropped and
//! pasted things. Arriving results join the session and never move what is being looked at.

use std::{path::PathBuf, time::Instant};

use eframe::egui::{self, Align2, Event as Input, FontId, LayerId, Order};

use crate::{
    export::audit_log::Verified,
    extract::FieldPath,
    fault,
    geometry::Quad,
    review::{DocumentId, DocumentState, Edit, FileId, ReadingState},
    worker::{Event, Outcome},
};

use super::{
    App,
    command::Request,
    cx::{Cx, page_error},
    listing::Filter,
    page::PageKey,
    state::{NoticeKind, Offer, Panel},
    tasks::{self, Done, Tasks},
    text::fill,
    theme::TITLE,
};

/// Jobs whose answers are waited for.
#[derive(Debug, Default)]
pub struct Pending {
    /// Documents that are extracted as another kind: which, its file, page and location.
    pub extracts: Vec<(DocumentId, PathBuf, usize, Quad)>,
    /// A part of the page that is being read.
    pub line: Option<AskedLine>,
    pub exporting: bool,
    /// The form in the making is being tried.
    pub trying: bool,
    /// A page that is decoded for its thumbnail only.
    pub thumbnail: Option<PageKey>,
}

/// A part of the page, in its pixels, that is read for a field.
#[derive(Debug, Clone)]
pub struct AskedLine {
    pub document: DocumentId,
    pub path: FieldPath,
    pub quad: Quad,
    /// It is where the field's value was read before: a second reading, which nobody has looked at.
    pub again: bool,
}

impl App {
    /// Takes in all that has arrived since the last frame.
    pub(super) fn receive(&mut self, ctx: &egui::Context) {
        while let Some(event) = self.engine.poll() {
            self.event(event);
        }
        while let Some(done) = self.tasks.poll() {
            self.task_done(ctx, done);
        }
    }

    fn event(&mut self, event: Event) {
        match event {
            // An empty sentence ends the one before.
            Event::Notice(text) => self.engine_status = Some(text).filter(|t| !t.is_empty()),
            Event::EnginesFailed(text) => {
                self.engine_status = None;
                self.engines_failed = Some(text);
                for file in self.reading.abandon() {
                    self.session.file_waits(file);
                }
            }
            Event::Begin { .. } => {}
            Event::FileOpened { job, file, pages } => {
                if let Some(id) = self.reading.file(job, file) {
                    self.reading.opened(job, file, pages);
                    let known = self.session.file(id).and_then(|f| f.page_count).unwrap_or(0);
                    // A page that is read again says nothing of how many there are.
                    let pages = if self.reading.is_part(job) { known.max(pages) } else { pages };
                    self.session.file_opened(id, pages);
                }
            }
            Event::PageBegin { job, file, page } => {
                (self.engine_status, self.engines_failed) = (None, None);
                self.reading.page_begun(job, Instant::now());
                if let Some(id) = self.reading.file(job, file) {
                    self.session.page_begin(id, page);
                }
            }
            Event::PageDone { job, file, page, documents, image, timings } => {
                let Some(id) = self.reading.file(job, file) else { return };
                self.reading.page_done(job);
                let key = PageKey { file: id, page: page.page };
                self.session.page_done(id, *page, documents, timings);
                self.state.listing_is_stale = true;
                if let Some(image) = image {
                    self.images.put(key, image);
                }
                self.keep_selection(key);
                self.try_template();
            }
            Event::FileDone { job, file, error } => {
                let Some(id) = self.reading.file(job, file) else { return };
                let failed = error.is_some() || self.session.file(id).and_then(page_error).is_some();
                self.reading.file_done(job, failed);
                let wants_password = error.as_ref().is_some_and(|e| e.needs_password);
                self.session.file_done(id, error.map(|e| (e.message, e.needs_password)));
                self.state.listing_is_stale = true;
                let on_show = self.state.selection.is_some_and(|s| s.file == id);
                if wants_password && on_show && self.state.panel.is_none() {
                    self.state.open_panel(Panel::Password(id));
                }
            }
            Event::End { job, outcome } => self.ended(job, outcome),
            Event::PageImage { input, page, image } => {
                let Some(file) = self.file_at(&input.path) else { return };
                let key = PageKey { file, page };
                self.pending.thumbnail.take_if(|k| *k == key);
                match image {
                    Ok(image) => self.images.put(key, image),
                    Err(message) => self.images.fail(key, message),
                }
                if self.images.current() == Some(key) {
                    self.prepare_next();
                }
            }
            Event::LineRead { quad, line, .. } => self.line_read(quad, line),
            Event::Extracted { input, page, location, document } => {
                let place = |p: &(DocumentId, PathBuf, usize, Quad)| {
                    p.1 == input.path && p.2 == page && p.3 == location
                };
                let Some(at) = self.pending.extracts.iter().position(place) else { return };
                let (id, ..) = self.pending.extracts.swap_remove(at);
                let mut with = match document {
                    Ok(document) => document,
                    Err(message) => return self.state.notify(NoticeKind::Failure, message),
                };
                if let Some(now) = self.session.document(id) {
                    // A page that has not been read stays the document's all the same.
                    with.pages.clone_from(&now.document.pages);
                }
                self.apply(Edit::Replace { document: id, with });
                if self.state.document() == Some(id) {
                    (self.state.draft, self.state.field) = (None, self.session.next_unresolved(id, None));
                }
            }
        }
    }

    fn file_at(&self, path: &std::path::Path) -> Option<FileId> {
        self.session.files().iter().find(|f| f.path == path).map(|f| f.id)
    }

    /// After a page has arrived: what is on show stays; where nothing was yet, its document comes
    /// into the form.
    fn keep_selection(&mut self, arrived: PageKey) {
        let Some(mut selection) = self.state.selection.filter(|s| s.file == arrived.file) else { return };
        let gone = selection.document.is_none_or(|id| self.session.document(id).is_none());
        if gone && selection.page == arrived.page {
            let file = self.session.file(arrived.file);
            let on_page = file.into_iter().flat_map(|f| &f.documents);
            selection.document =
                on_page.filter(|d| d.document.pages.contains(&arrived.page)).map(|d| d.id).next();
            self.state.selection = Some(selection);
            (self.state.draft, self.state.focus_field) = (None, false);
            self.state.field = selection.document.and_then(|id| self.session.next_unresolved(id, None));
        }
    }

    fn ended(&mut self, job: crate::worker::JobId, outcome: Outcome) {
        let Some((finished, failed)) = self.reading.ended(job) else { return };
        if !self.reading.is_running() {
            self.session.reading_ended();
            self.engine_status = None;
            self.pause(false);
        }
        let t = &self.texts.notice;
        let read = finished.saturating_sub(failed);
        let (kind, text) = match outcome {
            Outcome::Completed => (NoticeKind::Done, fill(&t.finished, &[("n", &read)])),
            Outcome::Cancelled => (NoticeKind::Warning, fill(&t.cancelled, &[("n", &read)])),
            Outcome::Partial | Outcome::Failed => {
                let values: [(&str, &dyn std::fmt::Display); 2] = [("n", &read), ("failed", &failed)];
                (NoticeKind::Warning, fill(&t.finished_with_failures, &values))
            }
        };
        let files = self.session.files();
        let waits = outcome == Outcome::Cancelled && files.iter().any(|f| f.state == ReadingState::Waiting);
        let unread = failed > 0
            && files.iter().any(super::listing::failed)
            && self.state.listing.filter != Filter::Failed;
        let offer = waits.then_some(Offer::ReadOn).or_else(|| unread.then_some(Offer::ShowFailed));
        let former = self.state.reading_notice.take();
        self.state.notices.retain(|n| Some(n.id) != former);
        self.state.notify_with(kind, text, offer);
        self.state.reading_notice = self.state.notices.last().map(|n| n.id);
    }

    fn line_read(&mut self, quad: Quad, line: Result<crate::ocr::TextLine, String>) {
        let Some(asked) = self.pending.line.take_if(|asked| asked.quad == quad) else { return };
        self.state.reading_box = None;
        let line = match line {
            Ok(line) if !line.text.trim().is_empty() => line,
            Ok(_) => return self.state.notify(NoticeKind::Warning, self.texts.notice.line_unread.clone()),
            Err(message) => return self.state.notify(NoticeKind::Warning, message),
        };
        self.state.draft = None;
        let AskedLine { document, path, .. } = asked;
        if asked.again {
            return self.second_reading(document, path, &line.text);
        }
        let page = self.state.selection.and_then(|s| self.further_page(document, s.page));
        let (text, confidence) = (line.text, line.confidence);
        self.apply(Edit::TakeFromPage { document, path, text, quad: Some(quad), page, confidence });
    }

    /// A value read a second time: what differs is offered beside it. A reading is no decision, so the value
    /// and its doubts stay.
    fn second_reading(&mut self, document: DocumentId, path: FieldPath, text: &str) {
        let t = &self.texts.notice;
        let known = self.session.document(document).and_then(|d| d.document.record.get(&path));
        let read = self.session.as_entered(document, &path, text);
        let read = read.unwrap_or_else(|| text.trim().to_owned());
        if known.and_then(|f| f.value.as_deref()) == Some(read.as_str()) {
            return self.state.notify_of_document(NoticeKind::Done, t.read_the_same.clone());
        }
        let text = fill(&t.read_differently, &[("value", &read)]);
        self.state.second_reading = Some((document, path, read));
        self.state.notify_of_document(NoticeKind::Warning, text);
    }

    pub(super) fn task_done(&mut self, ctx: &egui::Context, done: Done) {
        match done {
            Done::Files { paths, trouble } => {
                for text in trouble {
                    self.state.notify(NoticeKind::Warning, text);
                }
                match paths.is_empty() {
                    true => self.state.notify(NoticeKind::Warning, self.texts.open.nothing_found.clone()),
                    false => self.act(ctx, Request::Open(paths)),
                }
            }
            Done::Pasted(Ok(Some(path))) => {
                self.act(ctx, Request::Open(vec![path.clone()]));
                // One picture, put in by hand: that is what the user wants to see.
                if let Some(file) = self.file_at(&path) {
                    self.act(ctx, Request::Select { file, document: None, page: 1 });
                }
            }
            Done::Pasted(Ok(None)) => {
                self.state.notify(NoticeKind::Warning, self.texts.open.clipboard_empty.clone());
            }
            Done::Pasted(Err(e)) => {
                let text = fill(&self.texts.open.paste_failed, &[("reason", &self.language.of_message(&e))]);
                self.state.notify(NoticeKind::Failure, fault::with_raw_of(text, &e));
            }
            Done::Target(choice, target) => self.export_to(choice, target),
            Done::Exported(result, order) => {
                self.pending.exporting = false;
                match result {
                    Ok(folder) => {
                        self.session.note_export(&order.documents);
                        self.mark_exported(&order.documents);
                        let place = order.target.display();
                        let values: [(&str, &dyn std::fmt::Display); 2] =
                            [("n", &order.documents.len()), ("place", &place)];
                        let text = fill(&self.texts.export.done, &values);
                        self.state.notify_with(NoticeKind::Done, text, Some(Offer::OpenFolder(folder)));
                    }
                    Err(message) => self.state.notify(NoticeKind::Failure, message),
                }
            }
            Done::Saved(Ok((sentence, path))) => {
                let folder = path.parent().unwrap_or(std::path::Path::new(".")).to_owned();
                let place = fill(&self.texts.window.saved, &[("place", &path.display())]);
                let text = [sentence, place].join("\n");
                self.state.notify_with(NoticeKind::Done, text, Some(Offer::OpenFolder(folder)));
            }
            Done::Saved(Err(text)) | Done::Verified(Err(text)) => {
                self.state.notify(NoticeKind::Failure, text);
            }
            Done::Renamed(done, trouble) => {
                let text = fill(&self.texts.rename.done, &[("n", &done.len())]);
                for (file, path) in done {
                    self.session.file_renamed(file, path);
                }
                self.state.listing_is_stale = true;
                self.state.notify(NoticeKind::Done, text);
                for text in trouble {
                    self.state.notify(NoticeKind::Failure, text);
                }
            }
            Done::Verified(Ok(Verified { entries, head })) => {
                let text = fill(&self.texts.audit.intact, &[("n", &entries), ("hash", &head)]);
                self.state.notify_with(NoticeKind::Done, text, None);
            }
            Done::Opened(opened) => self.opened(*opened),
            Done::Unlocked(opened) => self.unlocked(opened),
            Done::PasswordChanged(done) => self.password_changed(done),
            Done::Tried(trials) => self.template_tried(trials),
            Done::Failed(text) => self.state.notify(NoticeKind::Failure, text),
        }
    }

    /// Confirmed documents that were exported get that state; others keep theirs, and the audit says so.
    fn mark_exported(&mut self, documents: &[DocumentId]) {
        self.session.exported_open(documents);
        let confirmed = |id: &&DocumentId| {
            self.session.document(**id).is_some_and(|d| d.document.state == DocumentState::Confirmed)
        };
        let edits: Vec<_> = documents
            .iter()
            .filter(confirmed)
            .filter_map(|id| self.session.document(*id))
            .map(|d| Edit::SetState {
                document: d.id,
                state: DocumentState::Exported,
                reason: d.reason.clone(),
            })
            .collect();
        if !edits.is_empty() {
            self.apply(Edit::Batch(edits));
        }
    }
}

/// Takes in files dropped on the window, and pictures or files pasted into it.
pub fn dropped_and_pasted(ctx: &egui::Context, tasks: &Tasks) {
    let typing = ctx.text_edit_focused();
    let (dropped, images, text) = ctx.input(|i| {
        let dropped: Vec<_> = i.raw.dropped_files.iter().map(|f| f.path().to_owned()).collect();
        let image = i.events.iter().find_map(|e| match e {
            Input::PasteImage(image) => Some(image.clone()),
            _ => None,
        });
        let text = i.events.iter().find_map(|e| match e {
            Input::Paste(text) if !typing => Some(text.clone()),
            _ => None,
        });
        (dropped, image, text)
    });
    if let Some(image) = images {
        tasks.save_pasted(image);
    }
    let mut paths = dropped;
    paths.extend(text.map(|t| tasks::paths_in(&t)).unwrap_or_default());
    if !paths.is_empty() {
        tasks.collect(paths);
    }
}

/// While files are held over the window: what dropping them does.
pub fn drop_hint(ctx: &egui::Context, cx: &Cx<'_>) {
    if ctx.input(|i| i.raw.hovered_files.is_empty()) {
        return;
    }
    let painter = ctx.layer_painter(LayerId::new(Order::Foreground, egui::Id::unique("drop hint")));
    let rect = ctx.content_rect();
    painter.rect_filled(rect, 0.0, super::theme::tint(cx.roles.selection_tint, 0.9));
    painter.rect_stroke(
        rect.shrink(8.0),
        4.0,
        egui::Stroke::new(2.0, cx.roles.selection),
        egui::StrokeKind::Inside,
    );
    let font = FontId::proportional(TITLE);
    painter.text(rect.center(), Align2::CENTER_CENTER, &cx.t.window.drop_here, font, cx.roles.text);
}
