//! What the window shows while nothing is in the queue: what can be done.

use eframe::egui::{self, Align, Layout, RichText, Ui, vec2};

use super::{
    command::Command,
    cx::Cx,
    icon::Icon,
    keeping::Keeping,
    theme::{STEP, TITLE},
};

/// The whole place of queue, page and form.
pub fn show(ui: &mut Ui, cx: &mut Cx<'_>, sample: bool) {
    // In a small window it is pushed up and down.
    egui::ScrollArea::vertical().auto_shrink(false).show(ui, |ui| offers(ui, cx, sample));
}

fn offers(ui: &mut Ui, cx: &mut Cx<'_>, sample: bool) {
    let t = &cx.t.empty;
    let space = (ui.available_height() - 330.0).max(0.0) / 2.0;
    ui.add_space(space);
    ui.vertical_centered(|ui| {
        ui.set_max_width(480.0);
        Icon::Export.show(ui, 36.0, cx.roles.selection, "");
        ui.add_space(2.0 * STEP);
        ui.label(RichText::new(&t.title).size(TITLE).strong());
        ui.add_space(STEP);
        ui.add(egui::Label::new(RichText::new(&t.hint).color(cx.roles.quiet)).wrap());
        if let Keeping::Unsaved(why) = &cx.state.keeping {
            // It stands here as long as it holds: an empty queue without a word looks like lost work.
            ui.add_space(3.0 * STEP);
            let text = RichText::new(cx.lang.of_message(why)).color(cx.roles.doubtful);
            ui.add(egui::Label::new(text).wrap());
            ui.add(egui::Label::new(cx.quiet(&cx.t.keeping.unsaved_hint)).wrap());
        }
        ui.add_space(5.0 * STEP);
        let mut commands = vec![Command::OpenFiles, Command::OpenFolder, Command::PasteImage];
        if sample {
            commands.push(Command::OpenSample);
        }
        for (i, command) in commands.into_iter().enumerate() {
            ui.allocate_ui_with_layout(vec2(240.0, 36.0), Layout::top_down_justified(Align::Center), |ui| {
                ui.spacing_mut().button_padding.y = 8.0;
                if i == 0 {
                    cx.main_button(ui, command)
                } else {
                    cx.button(ui, command)
                };
            });
            ui.add_space(STEP);
        }
        ui.add_space(4.0 * STEP);
        ui.add(egui::Label::new(cx.quiet(&t.formats)).wrap());
        ui.add_space(STEP);
        ui.add(egui::Label::new(cx.quiet(&t.privacy)).wrap());
    });
}
