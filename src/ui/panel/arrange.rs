//! Which pages belong to which document of a file: split, merge, move pages and documents by hand.

use eframe::egui::{self, Button, Frame, Margin, RichText, Stroke, Ui, vec2};

use crate::review::{DocumentId, FileEntry, ReviewDocument};

use super::{
    super::{
        command::{Arrange, Request},
        cx::{Cx, is_closed, small_icon_button},
        icon::Icon,
        sign,
        text::fill,
        theme::{SMALL, STEP},
    },
    close, heading, large, list, name_of, page_snip, picture,
};

/// Size of a page's picture, in points.
const PAGE: egui::Vec2 = vec2(104.0, 132.0);

pub fn show(ui: &mut Ui, cx: &mut Cx<'_>) {
    let height = large(ui, 860.0);
    let Some(file) = cx.file() else {
        cx.ask(Request::Panel(None));
        return;
    };
    let (title, hint) = (fill(&cx.t.arrange.title, &[("name", &name_of(file))]), cx.t.arrange.hint.clone());
    heading(ui, cx, &title, &hint);
    if file.documents.is_empty() {
        ui.label(cx.quiet(&cx.t.queue.nothing_found));
    }
    list(height).show(ui, |ui| {
        for (i, document) in file.documents.iter().enumerate() {
            card(ui, cx, file, document, i);
            ui.add_space(STEP);
        }
    });
    ui.add_space(2.0 * STEP);
    close(ui, cx);
}

/// One document with its pages.
fn card(ui: &mut Ui, cx: &mut Cx<'_>, file: &FileEntry, document: &ReviewDocument, i: usize) {
    let before = i.checked_sub(1).and_then(|i| file.documents.get(i));
    let behind = file.documents.get(i + 1);
    let open = |d: Option<&ReviewDocument>| d.filter(|d| !is_closed(d)).map(|d| d.id);
    let stroke = match cx.state.document() == Some(document.id) {
        true => Stroke::new(1.5, cx.roles.selection),
        false => Stroke::new(1.0, cx.roles.border),
    };
    Frame::new().fill(cx.roles.raised).stroke(stroke).corner_radius(4.0).inner_margin(Margin::same(8)).show(
        ui,
        |ui| {
            ui.set_min_width(ui.available_width());
            head(ui, cx, document, i, (before.is_some(), open(behind)));
            ui.horizontal_wrapped(|ui| {
                for (n, page) in document.document.pages.iter().enumerate() {
                    let editable = !is_closed(document);
                    let target = |d| open(d).filter(|_| editable);
                    let places = Places {
                        splits: editable && n > 0,
                        before: target(before).filter(|_| n == 0),
                        behind: target(behind).filter(|_| n + 1 == document.document.pages.len()),
                    };
                    one_page(ui, cx, file, document.id, *page, &places);
                }
            });
        },
    );
}

fn head(
    ui: &mut Ui,
    cx: &mut Cx<'_>,
    document: &ReviewDocument,
    i: usize,
    (up, behind): (bool, Option<DocumentId>),
) {
    let id = document.id;
    let editable = !is_closed(document);
    ui.horizontal(|ui| {
        let state = sign::of_document(document.document.state, cx.session.is_clean(id), cx.t, cx.roles);
        state.icon.show(ui, 14.0, state.color, "");
        let kind = cx.kind_name(&document.document).to_owned();
        let name = fill(&cx.t.queue.document_of, &[("kind", &kind), ("n", &(i + 1))]);
        ui.label(RichText::new(name).strong());
        ui.label(cx.quiet(fill(&cx.t.queue.pages, &[("n", &document.document.pages.len())])));
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let t = &cx.t.arrange;
            if ui.add_enabled(editable && behind.is_some(), Button::new(t.merge.as_str())).clicked()
                && let Some(behind) = behind
            {
                cx.ask(Request::Arrange(Arrange::Merge(id, behind)));
            }
            let has_behind = cx.file().is_some_and(|f| f.documents.len() > i + 1);
            for (down, can, icon, name) in
                [(true, has_behind, Icon::Down, &t.move_down), (false, up, Icon::Up, &t.move_up)]
            {
                ui.add_enabled_ui(editable && can, |ui| {
                    if small_icon_button(ui, icon, name).clicked() {
                        cx.ask(Request::Arrange(Arrange::Move(id, down)));
                    }
                });
            }
        });
    });
}

/// What can be done with a page.
struct Places {
    /// A document of its own can begin here.
    splits: bool,
    /// The documents that it can go to.
    before: Option<DocumentId>,
    behind: Option<DocumentId>,
}

fn one_page(ui: &mut Ui, cx: &mut Cx<'_>, file: &FileEntry, from: DocumentId, page: usize, can: &Places) {
    ui.vertical(|ui| {
        ui.set_width(PAGE.x);
        let name = fill(&cx.t.arrange.page, &[("n", &page)]);
        let snip = page_snip(file, page, None, PAGE.y);
        if picture(ui, cx, snip, PAGE, &name).on_hover_text(&name).clicked() {
            cx.ask(Request::Panel(None));
            cx.ask(Request::Select { file: file.id, document: Some(from), page });
        }
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 2.0;
            let t = &cx.t.arrange;
            if let Some(to) = can.before {
                let name = fill(&t.to_before, &[("n", &page)]);
                if small_icon_button(ui, Icon::Up, &name).clicked() {
                    cx.ask(Request::Arrange(Arrange::Page { page, from, to }));
                }
            }
            ui.label(RichText::new(page.to_string()).size(SMALL).color(cx.roles.quiet));
            if let Some(to) = can.behind {
                let name = fill(&t.to_behind, &[("n", &page)]);
                if small_icon_button(ui, Icon::Down, &name).clicked() {
                    cx.ask(Request::Arrange(Arrange::Page { page, from, to }));
                }
            }
            if can.splits {
                let name = fill(&t.split_at, &[("n", &page)]);
                let button = Button::new(RichText::new(&t.split).size(SMALL)).small();
                if ui.add(button).on_hover_text(&name).clicked() {
                    cx.ask(Request::Arrange(Arrange::Split(from, page)));
                }
            }
        });
    });
}
