//! Panels of the desk that need room: comparing, arranging, the audit trail, claims, seals and
//! signatures, statistics.
//!
//! Each file is one panel: it draws from the session and asks; nothing here changes anything.

pub mod arrange;
pub mod audit;
pub mod claim;
pub mod compare;
pub mod group;
pub mod rename;
pub mod rules;
pub mod signing;
pub mod stats;

use eframe::egui::{
    self, Align2, Color32, FontId, Rect, RichText, ScrollArea, Sense, Stroke, Ui, pos2, vec2,
};

use crate::{
    extract::FieldPath,
    kind::{FieldSpec, Kind, Lang},
    review::{FileEntry, ReviewDocument},
};

use super::{
    command::Request,
    cx::Cx,
    page::{PageKey, Snip},
    theme::{SMALL, STEP, TITLE},
};

/// The heading of a panel with a quiet sentence below, which may be empty.
pub fn heading(ui: &mut Ui, cx: &Cx<'_>, title: &str, hint: &str) {
    ui.label(RichText::new(title).size(TITLE).strong());
    if !hint.is_empty() {
        ui.add(egui::Label::new(cx.quiet(hint)).wrap());
    }
    ui.add_space(2.0 * STEP);
}

/// Gives a large panel its width, and returns the height that is left for its list.
pub fn large(ui: &mut Ui, width: f32) -> f32 {
    let room = ui.ctx().content_rect().size();
    ui.set_width(width.min(room.x - 64.0));
    (room.y - 240.0).max(120.0)
}

/// The list of a panel: as high as its rows, at most so many points. Its height is asked for anew in each
/// frame; else a list whose rows come later would stay as small as it was at first.
pub fn list(height: f32) -> ScrollArea {
    ScrollArea::vertical().max_height(height).min_scrolled_height(height).auto_shrink([false, true])
}

/// [`list`], pushed sideways where its rows are wider than the panel.
pub fn wide_list(height: f32) -> ScrollArea {
    ScrollArea::both().max_height(height).min_scrolled_height(height).auto_shrink([false, true])
}

/// The height that is left for a list where the panel has come to, with so many points of other things below
/// it: as much as the window has room for, at least two rows.
pub fn height_left(ui: &Ui, below: f32) -> f32 {
    /// The window's edge, the panel's frame and margin.
    const AROUND: f32 = 96.0;
    let above = ui.cursor().top() - ui.min_rect().top();
    (ui.ctx().content_rect().height() - AROUND - above - below).max(72.0)
}

/// The button that closes the panel.
pub fn close(ui: &mut Ui, cx: &mut Cx<'_>) {
    if ui.button(&cx.t.window.close).clicked() {
        cx.ask(Request::Panel(None));
    }
}

/// Whether Enter was pressed for the panel's main button: not for another button of it, which has
/// `asked` for something since then, nor for a list that stands open.
pub fn entered(ui: &Ui, cx: &Cx<'_>, asked: usize) -> bool {
    let free = cx.requests.len() == asked && !cx.state.panel_is_new && !egui::Popup::is_any_open(ui.ctx());
    free && ui.input(|i| i.key_pressed(egui::Key::Enter))
}

/// What the document's kind says of a value.
pub fn spec_in<'k>(kind: Option<&'k Kind>, path: &FieldPath) -> Option<&'k FieldSpec> {
    match path {
        FieldPath::Field { key } | FieldPath::Item { key, .. } => kind?.field(key),
        FieldPath::Cell { key, column, .. } => kind?.table(key)?.column(column),
    }
}

/// What a value is called, by the document's kind; the path itself where the kind does not say.
pub fn label_in(kind: Option<&Kind>, path: &FieldPath, lang: Lang) -> String {
    let spec = |key: &str| kind.and_then(|k| k.field(key)).map(|s| s.label.get(lang).to_owned());
    match path {
        FieldPath::Field { key } => spec(key).unwrap_or_else(|| key.clone()),
        FieldPath::Item { key, index } => {
            let label = spec(key).unwrap_or_else(|| key.clone());
            if *index == 0 { label } else { format!("{label} {}", index + 1) }
        }
        FieldPath::Cell { key, row, column } => {
            let table = kind.and_then(|k| k.table(key));
            // The headings of a matrix are their own names.
            let spec = table.and_then(|t| t.column(column)).filter(|s| s.key == *column);
            let label = spec.map_or(column.as_str(), |s| s.label.get(lang));
            format!("{label} {}", row + 1)
        }
    }
}

/// The file's name without its folder.
pub fn name_of(file: &FileEntry) -> String {
    file.path.file_name().map_or_else(String::new, |n| n.to_string_lossy().into_owned())
}

/// The picture of a document on its first page, for a place whose longer side has so many points.
pub fn snip_of(file: &FileEntry, document: &ReviewDocument, points: f32) -> Snip {
    let page = document.document.pages.first().copied().unwrap_or(1);
    let alone = file.documents.iter().filter(|d| d.document.pages.first() == Some(&page)).count() < 2;
    let location = document.document.found.location.bounds();
    let part = (!alone)
        .then(|| [location.left, location.top, location.right, location.bottom].map(|v| v.max(0.0) as u32));
    page_snip(file, page, part, points)
}

/// The picture of a page, or of a part of it.
pub fn page_snip(file: &FileEntry, page: usize, part: Option<[u32; 4]>, points: f32) -> Snip {
    let rotation = file.page(page).map_or(0, |p| p.structure.rotation);
    // Twice the points keep it sharp on dense screens.
    Snip { key: PageKey { file: file.id, page }, part, rotation, side: (2.0 * points) as u32 }
}

/// Draws a snip as large as fits into `size`, in its middle; asks for it until it is there.
pub fn picture(ui: &mut Ui, cx: &mut Cx<'_>, snip: Snip, size: egui::Vec2, name: &str) -> egui::Response {
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Image, true, name));
    ui.painter().rect_filled(rect, 2.0, cx.roles.ground);
    match cx.images.snip(&snip) {
        Some(texture) => {
            let own = texture.size_vec2();
            let scale = (rect.width() / own.x).min(rect.height() / own.y);
            let place = Rect::from_center_size(rect.center(), own * scale);
            let uv = Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0));
            ui.painter().image(texture.id(), place, uv, Color32::WHITE);
        }
        None => {
            let text = match cx.images.failure(snip.key) {
                Some(failure) => cx.lang.of_message(failure).to_owned(),
                None => {
                    cx.ask(Request::Snip(snip));
                    cx.t.page.decoding.clone()
                }
            };
            let font = FontId::proportional(SMALL);
            let painter = ui.painter().with_clip_rect(rect);
            painter.text(rect.center(), Align2::CENTER_CENTER, text, font, cx.roles.quiet);
        }
    }
    let edge = if response.hovered() { cx.roles.quiet } else { cx.roles.border };
    ui.painter().rect_stroke(rect, 2.0, Stroke::new(1.0, edge), egui::StrokeKind::Inside);
    response
}

/// One line of text in a cell of its own width, cut off at its end; the whole is its tooltip.
pub fn cell(ui: &mut Ui, width: f32, text: impl Into<RichText>) -> egui::Response {
    let layout = egui::Layout::left_to_right(egui::Align::Center);
    // Egui refuses negative sizes.
    let width = width.max(0.0);
    ui.allocate_ui_with_layout(vec2(width, 20.0), layout, |ui| {
        ui.set_min_width(width);
        ui.set_max_width(width);
        ui.add(egui::Label::new(text.into()).truncate())
    })
    .inner
}
