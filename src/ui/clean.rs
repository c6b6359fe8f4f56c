//! The documents without a doubt, listed to be confirmed together after a look.

use eframe::egui::{Button, RichText, ScrollArea, Ui, vec2};

use crate::{
    extract::FieldPath,
    review::{DocumentId, ReviewDocument},
};

use super::{
    command::Request,
    cx::Cx,
    icon::Icon,
    panel,
    text::fill,
    theme::{SMALL, STEP, TITLE},
};

/// Values of a document that are shown to know it by.
const FACTS: usize = 4;

pub fn show(ui: &mut Ui, cx: &mut Cx<'_>) {
    let room = ui.ctx().content_rect().size();
    ui.set_width(640.0_f32.min(room.x - 48.0));
    ui.label(RichText::new(&cx.t.clean.title).size(TITLE).strong());
    // One that is probably there twice wants a look.
    let mut ids = cx.session.clean_documents();
    ids.retain(|id| cx.state.listing.twin(*id).is_none());
    let text = if ids.is_empty() { cx.t.clean.none.clone() } else { cx.t.clean.hint.clone() };
    ui.label(cx.quiet(text));
    ui.add_space(2.0 * STEP);
    let asked = cx.requests.len();
    let height = (room.y - 240.0).clamp(80.0, 420.0);
    ScrollArea::vertical().max_height(height).auto_shrink([false, true]).show_rows(
        ui,
        28.0,
        ids.len(),
        |ui, rows| {
            for id in ids.get(rows).unwrap_or_default() {
                row(ui, cx, *id);
            }
        },
    );
    ui.add_space(2.0 * STEP);
    ui.horizontal(|ui| {
        let text = fill(&cx.t.clean.go, &[("n", &ids.len())]);
        let icon = Icon::CheckCircle.atom_colored(Some(cx.roles.on_selection));
        let go = Button::new((icon, RichText::new(text).color(cx.roles.on_selection)));
        let clicked = ui.add_enabled(!ids.is_empty(), go.fill(cx.roles.selection)).clicked();
        panel::close(ui, cx);
        if !ids.is_empty() && (clicked || panel::entered(ui, cx, asked)) {
            cx.ask(Request::Panel(None));
            cx.ask(Request::ConfirmAll(ids));
        }
    });
}

/// One document: a click opens it instead.
fn row(ui: &mut Ui, cx: &mut Cx<'_>, id: DocumentId) {
    let Some((document, file)) = cx.session.document(id).zip(cx.session.file_of(id)) else { return };
    let name = file.path.file_name().map_or_else(String::new, |n| n.to_string_lossy().into_owned());
    let kind = cx.kind_name(&document.document).to_owned();
    let facts = facts(cx, document);
    let text = if facts.is_empty() { kind } else { format!("{kind}  {facts}") };
    let button = Button::new((Icon::Circle.atom(), text))
        .right_text(RichText::new(&name).size(SMALL).color(cx.roles.quiet))
        .truncate()
        .frame_when_inactive(false)
        .min_size(vec2(ui.available_width(), 28.0));
    if ui.add(button).on_hover_text(name).clicked() {
        let page = document.document.pages.first().copied().unwrap_or(1);
        let (file, document) = (file.id, Some(id));
        cx.ask(Request::Panel(None));
        cx.ask(Request::Select { file, document, page });
    }
}

/// The first required values in form order; else the first values; else the first lines of text.
fn facts(cx: &Cx<'_>, document: &ReviewDocument) -> String {
    let order = cx.session.form_order(document.id);
    let kind = cx.session.registry().get(&document.document.found.kind);
    let value = |path: &FieldPath| {
        let value = document.document.record.get(path)?.value.as_deref()?;
        Some(cx.in_words(panel::spec_in(kind, path), value))
    };
    let required = order.iter().filter(|path| cx.session.requires(document.id, path));
    let mut values: Vec<&str> = required.filter_map(value).take(FACTS).collect();
    if values.is_empty() {
        values = order.iter().filter_map(value).take(FACTS).collect();
    }
    let page = cx.session.file_of(document.id).zip(document.document.pages.first());
    if let Some(page) = page.and_then(|(file, page)| file.page(*page)).filter(|_| values.is_empty()) {
        let lines = document.document.found.lines.iter();
        values =
            lines.filter_map(|i| Some(page.structure.lines.get(*i)?.text.as_str())).take(FACTS).collect();
    }
    values.join("  ")
}
