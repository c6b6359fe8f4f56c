//! The three panes side by side: queue, page, form, and who gives way where room is short.

use eframe::egui::{CentralPanel, Frame, Panel, Rect, Ui};

use super::{
    command::Command,
    cx::Cx,
    form,
    page::{self, Tiles},
    queue, template,
};

/// The form needs this much, in points: a label, an input of twelve characters, two signs.
const LEAST_FORM: f32 = 280.0;
const DEFAULT_FORM: f32 = 420.0;
const MOST_FORM: f32 = 720.0;
/// The page keeps at least this share of the window: what is compared with it must be legible.
const LEAST_PAGE: f32 = 1.0 / 3.0;
/// The queue's widths, in points.
const QUEUE: std::ops::RangeInclusive<f32> = 160.0..=420.0;
/// Below this width, in points, the queue gives way, so that page and form stay of use at 200 %
/// on a 1280-pixel screen.
const LEAST_WITH_QUEUE: f32 = 800.0;

/// Draws the panes. Returns the rectangle of the picture.
pub fn show(ui: &mut Ui, cx: &mut Cx<'_>, tiles: &mut Tiles) -> Rect {
    let side = Frame::new().fill(cx.roles.surface);
    let width = ui.available_width();
    let room_for_queue = width >= LEAST_WITH_QUEUE;
    cx.state.narrow = !room_for_queue;
    cx.state.queue_for_form &= !room_for_queue;
    let mut queue_open = cx.settings.show_queue && room_for_queue;
    let beside_page = width * (1.0 - LEAST_PAGE);
    let most_queue = (beside_page - LEAST_FORM).clamp(*QUEUE.start(), *QUEUE.end());
    Panel::left("queue")
        .default_size(220.0)
        .size_range(*QUEUE.start()..=most_queue)
        .frame(side)
        .drag_to_open(room_for_queue)
        .show_collapsible(ui, &mut queue_open, |ui| queue::show(ui, cx));
    let beside_queue = ui.available_width() - width * LEAST_PAGE;
    let most = (width * 0.5).min(beside_queue).clamp(LEAST_FORM, MOST_FORM);
    // Egui keeps the width of each name: the one chosen with room is found again.
    let name = if most < DEFAULT_FORM { "narrow form" } else { "form" };
    let queue_for_form = cx.state.queue_for_form;
    let was_open = cx.settings.show_form || queue_for_form;
    let mut form_open = was_open;
    Panel::right(name).default_size(420.0).size_range(LEAST_FORM..=most).frame(side).show_collapsible(
        ui,
        &mut form_open,
        |ui| match cx.state.template {
            _ if queue_for_form => queue::show(ui, cx),
            Some(_) => template::show(ui, cx),
            None => form::show(ui, cx, tiles),
        },
    );
    // A pane was folded or opened by dragging its edge.
    if room_for_queue && queue_open != cx.settings.show_queue {
        cx.run(Command::ShowQueue);
    }
    if form_open != was_open {
        cx.run(if queue_for_form { Command::ShowQueue } else { Command::ShowForm });
    }
    CentralPanel::no_frame().show(ui, |ui| page::show(ui, cx, tiles)).inner
}
