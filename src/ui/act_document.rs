//! Carries out what is asked about the document in the form: values taken, parts read again, its kind and
//! its state.

use eframe::egui;

use crate::{
    extract::FieldPath,
    review::{DocumentId, DocumentState, Edit},
    worker::Job,
};

use super::{
    App,
    act_files::input_of,
    arrive::AskedLine,
    state::{Draft, NoticeKind, Panel},
    text::fill,
};

impl App {
    pub(super) fn adopt(&mut self, path: FieldPath, value: String) {
        self.commit();
        if let Some(document) = self.state.document() {
            self.apply(Edit::SetField { document, path: path.clone(), value: Some(value) });
            self.session.end_typing();
            self.state.field = Some(path);
        }
    }

    pub(super) fn paste_cells(&mut self, path: &FieldPath, text: &str) {
        let FieldPath::Cell { key, row, column } = path else { return };
        self.commit();
        let edit = self.state.document().and_then(|id| self.session.paste_edit(id, key, *row, column, text));
        if let Some(edit) = edit {
            self.apply(edit);
        }
    }

    pub(super) fn adopt_suggestion(&mut self) {
        if let Some(Draft { document, path, text }) = self.differing() {
            // Of two entries that differ the second one is right.
            let value = self.session.as_entered(document, &path, &text).unwrap_or(text);
            return self.decide_entry(document, path, Some(value));
        }
        if let Some((document, path, value)) = self.state.second_reading.take()
            && self.in_work().is_some_and(|now| now == (document, path.clone()))
        {
            return self.adopt(path, value);
        }
        let suggestion = self.in_work().and_then(|(document, path)| {
            let d = self.session.document(document)?;
            let about =
                |i: &&crate::validate::Issue| i.fields.first() == Some(&path) && i.suggestion.is_some();
            let by_rule = d.document.issues.iter().find(about).and_then(|i| i.suggestion.clone());
            let read = || d.document.record.get(&path)?.alternatives.first().cloned();
            Some((path.clone(), by_rule.or_else(read)?))
        });
        match suggestion {
            Some((path, value)) => self.adopt(path, value),
            None => {
                self.state.notify_of_document(NoticeKind::Warning, self.texts.notice.no_suggestion.clone())
            }
        }
    }

    /// Reads a part of the page for the field in work: where its value stands already (`again`), or in a box
    /// that a person has drawn for it.
    pub(super) fn read_part(&mut self, quad: crate::geometry::Quad, again: bool) {
        let target = self.in_work().zip(self.state.selection);
        let Some(((document, path), selection)) = target else {
            self.state.notify_of_document(NoticeKind::Warning, self.texts.notice.no_field.clone());
            return;
        };
        let Some(file) = self.session.file(selection.file) else { return };
        let input = input_of(file);
        self.commit();
        self.pending.line = Some(AskedLine { document, path, quad, again });
        self.state.reading_box = Some(quad);
        self.engine.send(Job::ReadLine { input, page: selection.page, quad });
    }

    pub(super) fn change_kind(&mut self, kind: String) {
        let Some(id) = self.state.document() else { return };
        let Some((document, file)) = self.session.document(id).zip(self.session.file_of(id)) else { return };
        let first = document.document.pages.first().copied().unwrap_or(1);
        let pages = |p: &usize| file.pages.iter().find(|page| page.page == *p).cloned();
        let pages: Vec<_> = document.document.pages.iter().filter_map(pages).collect();
        let location = document.document.found.location;
        let job = Job::Extract { input: input_of(file), pages, location, kind };
        self.pending.extracts.retain(|(pending, ..)| *pending != id);
        self.pending.extracts.push((id, file.path.clone(), first, location));
        self.engine.send(job);
    }

    /// Confirms the document and opens the next one to review. Standing errors need a reason; values that
    /// nobody has looked at need to be asked for twice.
    pub(super) fn confirm(&mut self, ctx: &egui::Context, reason: Option<String>) {
        let Some(document) = self.state.document() else { return };
        let forced = reason.is_some();
        let left = self.session.second_entries_left(document);
        if !forced && (left > 0 || !self.session.errors(document).is_empty()) {
            self.state.open_panel(Panel::Reason);
            return;
        }
        let open = self.session.counts(document).unresolved;
        if !forced && open > 0 && self.state.confirm_asked.replace((document, open)) != Some((document, open))
        {
            self.show_first_open(ctx, document, open);
            return;
        }
        if self.apply(Edit::SetState { document, state: DocumentState::Confirmed, reason }) {
            self.open_next(ctx, document);
        }
    }

    /// Confirms documents that have nothing doubtful, as one step; goes on from one of them.
    pub(super) fn confirm_all(&mut self, ctx: &egui::Context, documents: &[DocumentId]) {
        let edits: Vec<_> = documents
            .iter()
            .filter(|id| self.session.needs_no_look(**id))
            .map(|id| Edit::SetState { document: *id, state: DocumentState::Confirmed, reason: None })
            .collect();
        let n = edits.len();
        if n > 0 && self.apply(Edit::Batch(edits)) {
            self.state.looked_at.clear();
            let text = fill(&self.texts.notice.confirmed_all, &[("n", &n)]);
            self.state.notify(NoticeKind::Done, text);
            if let Some(shown) = self.state.document().filter(|id| documents.contains(id)) {
                self.open_next(ctx, shown);
            }
        }
    }

    pub(super) fn set_aside(&mut self, ctx: &egui::Context, state: DocumentState) {
        let Some(document) = self.state.document() else { return };
        if self.apply(Edit::SetState { document, state, reason: None }) {
            self.open_next(ctx, document);
        }
    }

    /// The field in work is one that the document has: after a change of its kind, its first open question.
    fn mend_field(&mut self) {
        let Some(document) = self.state.document() else { return };
        let known = |field: &FieldPath| self.session.form_order(document).contains(field);
        if self.state.field.as_ref().is_some_and(|field| !known(field)) {
            self.state.field = self.session.next_unresolved(document, None);
            self.state.focus_field = self.state.field.is_some();
            self.show_field();
        }
    }

    pub(super) fn undo(&mut self, back: bool) {
        let changed = if back { self.session.undo() } else { self.session.redo() };
        self.state.listing_is_stale = true;
        // What was done and told may be what has just been taken back.
        self.state.notices.retain(|n| n.kind != NoticeKind::Done);
        match changed {
            Ok(Some(changed)) => {
                self.state.settle_warnings();
                let document = changed.document.filter(|id| self.session.document(*id).is_some());
                if let Some(id) = document.filter(|id| self.state.document() != Some(*id)) {
                    self.select_document(id);
                }
                if let Some(path) = changed.path {
                    self.state.field = Some(path);
                    self.state.focus_field = true;
                    self.show_field();
                } else {
                    self.mend_field();
                }
                self.mend_selection();
                self.mend_table();
            }
            Ok(None) => {
                let t = &self.texts.undo;
                let text = if back { &t.nothing_to_undo } else { &t.nothing_to_redo };
                self.state.notify(NoticeKind::Warning, text.clone());
            }
            Err(e) => self.state.notify(NoticeKind::Warning, e.to_string()),
        }
    }
}
