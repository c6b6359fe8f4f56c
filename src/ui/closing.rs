//! The question before a window is closed whose work could not be saved.

use eframe::egui::{Context, Id, Label, Modal, RichText, ViewportCommand};

use super::{
    App,
    keeping::Keeping,
    text::{KeepingTexts, Language},
    theme::{STEP, TITLE},
};

/// The question before a window is closed whose work is not saved.
#[derive(Default)]
pub(super) struct Closing {
    /// Why nothing is saved, while the question stands.
    asked: Option<String>,
    /// It was answered: the window may close.
    agreed: bool,
}

impl Closing {
    /// Draws the question while it stands.
    pub fn show(&mut self, ctx: &Context, t: &KeepingTexts, language: Language) {
        let Some(reason) = &self.asked else { return };
        let (mut close, mut stay) = (false, false);
        let modal = Modal::new(Id::unique("closing")).show(ctx, |ui| {
            ui.set_width(420.0_f32.min(ctx.content_rect().width() - 48.0));
            ui.label(RichText::new(&t.close_unsaved).size(TITLE).strong());
            ui.add(Label::new(language.of_message(reason)).wrap());
            ui.add_space(2.0 * STEP);
            ui.horizontal(|ui| {
                stay = ui.button(&t.stay).clicked();
                close = ui.button(&t.close_anyway).clicked();
            });
        });
        if close {
            self.agreed = true;
            ctx.send_viewport_cmd(ViewportCommand::Close);
        } else if stay || modal.should_close() {
            self.asked = None;
        }
    }
}

impl App {
    /// Holds the window open, with a question, where closing it would lose work.
    pub(super) fn before_closing(&mut self, ctx: &Context) {
        if self.closing.agreed || !ctx.input(|i| i.viewport().close_requested()) {
            return;
        }
        self.save();
        // Until it is tried, nobody knows whether the last change can be written.
        let unwritten = self.saver.as_ref().and_then(|s| match s.flush() {
            Ok(()) => s.problem(),
            Err(e) => Some(e.to_string()),
        });
        let unsaved = matches!(self.state.keeping, Keeping::Unsaved(_)) && !self.session.files().is_empty();
        let reason = unwritten.or_else(|| unsaved.then(|| self.texts.keeping.unsaved_hint.clone()));
        if let Some(reason) = reason {
            self.closing.asked = Some(reason);
            ctx.send_viewport_cmd(ViewportCommand::CancelClose);
        }
    }
}
