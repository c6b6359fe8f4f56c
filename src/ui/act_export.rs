//! What leaves the window: exports, and what a public service is asked about a document.

use std::path::PathBuf;

use eframe::egui;

use crate::{
    export::{VerificationText, select, verification_text},
    review::{Edit, FileEntry},
};

use super::{
    App,
    export_panel::{ExportChoice, Order, unsettled},
    state::NoticeKind,
    text::fill,
};

impl App {
    /// Puts what a public service asks about the document on the clipboard; says what is missing.
    pub(super) fn copy_verification(&mut self, ctx: &egui::Context) {
        let Some(document) = self.state.document().and_then(|id| self.session.document(id)) else { return };
        let Some(kind) = self.session.registry().get(&document.document.found.kind) else { return };
        let ready = verification_text(kind, &document.document.record, self.language);
        let Some(VerificationText { text, missing }) = ready else { return };
        ctx.copy_text(text);
        let t = &self.texts;
        if missing.is_empty() {
            self.state.notify_of_document(NoticeKind::Done, t.notice.verification_copied.clone());
        } else {
            let names = missing.join(&t.form.comma);
            let text = fill(&t.notice.verification_lacks, &[("names", &names)]);
            self.state.notify_of_document(NoticeKind::Warning, text);
        }
    }

    pub(super) fn export(&mut self, choice: ExportChoice) {
        if self.pending.exporting {
            self.state.notify(NoticeKind::Warning, self.texts.export.running.clone());
            return;
        }
        self.tasks.choose_target(&self.texts, choice);
    }

    /// Notes why documents are exported although errors stand in them.
    pub(super) fn give_reason(&mut self, choice: &ExportChoice, reason: &str) {
        let edits: Vec<_> = unsettled(&self.session, &choice.everything(self.state.document()))
            .into_iter()
            .filter_map(|id| self.session.document(id))
            .map(|d| Edit::SetState {
                document: d.id,
                state: d.document.state,
                reason: Some(reason.to_owned()),
            })
            .collect();
        if !edits.is_empty() {
            self.apply(Edit::Batch(edits));
        }
    }

    /// Writes the chosen documents to a file or folder, on a thread.
    pub(super) fn export_to(&mut self, choice: ExportChoice, target: PathBuf) {
        let selection = choice.selection(&self.session, self.state.document());
        let profile = match self.chosen_profile() {
            Ok(profile) => profile,
            Err(e) => return self.state.notify(NoticeKind::Failure, e.to_string()),
        };
        let readings = select(&self.session, &selection);
        let password = |f: &FileEntry| Some((f.path.clone(), f.password.clone()?));
        let order = Order {
            format: choice.format,
            encoding: choice.encoding,
            profile,
            target,
            readings,
            passwords: self.session.files().iter().filter_map(password).collect(),
            documents: selection.ids(&self.session),
            lang: self.language,
        };
        self.pending.exporting = true;
        self.tasks.export(order, self.session.registry().clone());
    }
}
