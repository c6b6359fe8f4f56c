//! The marks of a form in the making on its sample page, and the clicks and boxes that make new ones. On other
//! pages: where the form finds its values.

use eframe::egui::{CursorIcon, Rect, Response, Sense, Ui, WidgetInfo, accesskit::Role};

use crate::{
    review::PageReading,
    ui::{
        command::Request,
        cx::Cx,
        template::{Ask, Editor, Part, Tool},
        text::fill,
        theme::PAPER,
    },
};

use super::{PageKey, Pencil, drawn_box, field_boxes};

/// Draws the marks; what is clicked or drawn is asked for.
pub fn show(
    ui: &Ui,
    cx: &mut Cx<'_>,
    editor: &Editor,
    response: &Response,
    pencil: &Pencil<'_>,
    key: PageKey,
    page: &PageReading,
) {
    if editor.sample != Some(key) {
        found(editor, pencil, key);
        return;
    }
    marks(editor, pencil);
    lines(ui, cx, editor, response, pencil, page);
    if editor.tool == Tool::Place
        && let Some(quad) = drawn_box(ui, cx, response, pencil)
    {
        cx.ask(Request::Template(Ask::MarkBox(quad)));
    }
}

/// Where the form finds its values on a page that is not its sample.
fn found(editor: &Editor, pencil: &Pencil<'_>, key: PageKey) {
    let Some(tried) = editor.tried.iter().find(|t| t.key == key) else { return };
    let document = &tried.trial.document;
    let boxes = field_boxes(&document.record, &document.pages, key.page);
    for b in &boxes {
        pencil.strong(&b.quad, PAPER.field);
    }
}

fn marks(editor: &Editor, pencil: &Pencil<'_>) {
    let template = &editor.template;
    let references = template.layout.references.iter().enumerate();
    let references = references.map(|(i, r)| (Part::Reference(i), r.quad, PAPER.doubtful));
    let fields = template.fields.iter().enumerate().map(|(i, f)| (Part::Field(i), f.place.quad, PAPER.field));
    let tables = template.tables.iter().enumerate().map(|(i, t)| (Part::Table(i), t.place, PAPER.table));
    for (part, quad, color) in references.chain(fields).chain(tables) {
        if editor.selected == Some(part) {
            pencil.strong(&quad, PAPER.selection);
        } else {
            pencil.wash(&quad, color);
            pencil.strong_outline(&quad, color);
        }
    }
}

/// Every line can be chosen by pointer, keyboard and screen reader.
fn lines(
    ui: &Ui,
    cx: &mut Cx<'_>,
    editor: &Editor,
    pane: &Response,
    pencil: &Pencil<'_>,
    page: &PageReading,
) {
    let template = match editor.tool {
        Tool::Reference => &cx.t.template.mark_reference,
        Tool::Place => &cx.t.template.mark_place,
    };
    for (i, line) in page.structure.lines.iter().enumerate() {
        let corners = pencil.view.quad_on_screen(pencil.pane, &line.quad);
        let rect = Rect::from_points(&corners).intersect(pencil.pane);
        if !rect.is_positive() {
            continue;
        }
        // It takes clicks alone: dragging, which draws places and moves the page, may begin on a text.
        let response = ui.interact(rect, ui.scope_id().with(("line", i)), Sense::click());
        let name = fill(template, &[("text", &line.text)]);
        response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &name));
        if response.hovered() || response.has_focus() {
            pencil.wash(&line.quad, PAPER.selection);
            ui.ctx().set_cursor_icon(CursorIcon::PointingHand);
        }
        if response.clicked() && !pane.dragged() {
            cx.ask(Request::Template(Ask::MarkLine(i)));
        }
    }
}
