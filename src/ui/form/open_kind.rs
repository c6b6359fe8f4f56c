//! What the page itself holds: printed labels with their values, tables, text. For documents of
//! the open kind this is the whole record; for others nothing of it is shown.

use std::collections::HashSet;

use eframe::egui::{self, RichText, Sense, Ui};

use crate::{
    geometry::Quad,
    kind::{KEY_VALUES, Kind},
    review::{PageReading, ReviewDocument},
    structure::{Table, table_edit::tab_separated},
    ui::{
        command::{Command, Request},
        cx::Cx,
        icon::Icon,
        page::PageKey,
        table::Ask,
        text::fill,
        theme::{SMALL, STEP},
    },
};

use super::{quiet_button, section};

/// Lines of text shown at most; the page shows the rest, and copying takes all.
const MOST_LINES: usize = 400;

pub fn show(ui: &mut Ui, cx: &mut Cx<'_>, document: &ReviewDocument, kind: Option<&Kind>) {
    if kind.is_some_and(|k| !k.open) {
        return;
    }
    let Some(file) = cx.session.file_of(document.id) else { return };
    let pages: Vec<_> = document.document.pages.iter().filter_map(|p| file.page(*p)).cloned().collect();
    let location = document.document.found.location;
    let first = document.document.pages.first().copied();
    let here = |page: &PageReading, quad: &Quad| Some(page.page) != first || location.contains(quad.center());

    // A record that holds them itself shows them as its own.
    let own = document.document.record.entries.contains_key(KEY_VALUES);
    let pairs: Vec<_> = pages
        .iter()
        .flat_map(|p| p.structure.key_values.iter().map(move |kv| (p, kv)))
        .filter(|(p, kv)| !own && here(p, &kv.key_quad))
        .collect();
    if !pairs.is_empty() {
        section(ui, cx, &cx.t.form.section_key_values);
        for (page, kv) in pairs {
            pair(ui, cx, page, &kv.key, &kv.value, kv.value_quad.unwrap_or(kv.key_quad));
        }
    }
    let tables: Vec<_> = pages
        .iter()
        .flat_map(|p| p.structure.tables.iter().enumerate().map(move |(i, t)| (p, i, t)))
        .filter(|(p, _, t)| here(p, &t.quad))
        .collect();
    for (n, (page, index, table)) in tables.into_iter().enumerate() {
        section(ui, cx, &fill(&cx.t.form.table_of, &[("n", &(n + 1))]));
        grid(ui, cx, page, table, index);
    }
    text(ui, cx, document, &pages);
}

/// Shows the place if its page is on show.
fn show_place(cx: &mut Cx<'_>, page: &PageReading, quad: Quad) {
    if cx.state.selection.is_some_and(|s| s.page == page.page) {
        cx.ask(Request::Show(quad));
    } else if let Some(s) = cx.state.selection {
        cx.ask(Request::Select { file: s.file, document: s.document, page: page.page });
        cx.ask(Request::Show(quad));
    }
}

fn pair(ui: &mut Ui, cx: &mut Cx<'_>, page: &PageReading, key: &str, value: &str, quad: Quad) {
    let row = ui.horizontal_top(|ui| {
        ui.add_space(2.0 * STEP);
        let size = egui::vec2(112.0, 20.0);
        ui.allocate_ui_with_layout(size, egui::Layout::left_to_right(egui::Align::Min), |ui| {
            ui.set_min_size(size);
            ui.add(egui::Label::new(cx.quiet(key)).truncate()).on_hover_text(key);
        });
        let label = egui::Label::new(RichText::new(value).color(cx.roles.text)).wrap().sense(Sense::click());
        ui.add(label).clicked()
    });
    if row.inner {
        show_place(cx, page, quad);
    }
}

fn grid(ui: &mut Ui, cx: &mut Cx<'_>, page: &PageReading, table: &Table, index: usize) {
    let indent = egui::Frame::new().inner_margin(egui::Margin::symmetric(8, 0));
    let scroll = egui::ScrollArea::horizontal().id_salt(("table", page.page, index));
    indent.show(ui, |ui| {
        scroll.show(ui, |ui| {
            egui::Grid::new(("cells", page.page, index)).striped(true).max_col_width(200.0).show(ui, |ui| {
                for row in 0..table.rows {
                    for col in 0..table.cols {
                        let cell = table.cells.iter().find(|c| c.row == row && c.col == col);
                        let text = cell.map_or("", |c| c.text.as_str());
                        let label =
                            egui::Label::new(RichText::new(text).size(SMALL)).wrap().sense(Sense::click());
                        if let Some(cell) = cell.filter(|_| ui.add(label).clicked()) {
                            show_place(cx, page, cell.quad);
                        }
                        if cell.is_none() {
                            ui.label("");
                        }
                    }
                    ui.end_row();
                }
            });
        })
    });
    ui.horizontal(|ui| {
        ui.add_space(2.0 * STEP);
        if quiet_button(ui, Icon::Paste, &cx.t.form.copy).clicked() {
            let last = |n: usize| 0..=n.saturating_sub(1);
            ui.ctx().copy_text(tab_separated(table, last(table.rows), last(table.cols)));
        }
        if quiet_button(ui, Icon::Pen, cx.t.command(Command::EditTable)).clicked() {
            edit(cx, page, index);
        }
    });
}

/// Takes a table in hand, with its page on show.
fn edit(cx: &mut Cx<'_>, page: &PageReading, index: usize) {
    let Some(s) = cx.state.selection else { return };
    if s.page != page.page {
        cx.ask(Request::Select { file: s.file, document: s.document, page: page.page });
    }
    cx.ask(Request::Table(Ask::Open(PageKey { file: s.file, page: page.page }, index, (0, 0))));
}

fn text(ui: &mut Ui, cx: &mut Cx<'_>, document: &ReviewDocument, pages: &[std::sync::Arc<PageReading>]) {
    section(ui, cx, &cx.t.form.section_text);
    let first = document.document.pages.first().copied();
    // Of a page of thousands of lines, a search for each would cost more than the whole frame.
    let own: HashSet<usize> = document.document.found.lines.iter().copied().collect();
    let lines: Vec<_> = pages
        .iter()
        .flat_map(|p| p.structure.lines.iter().enumerate().map(move |(i, l)| (p, i, l)))
        // The document's lines are those of its first page.
        .filter(|(p, i, _)| Some(p.page) != first || own.contains(i))
        .collect();
    if lines.is_empty() {
        ui.horizontal(|ui| {
            ui.add_space(2.0 * STEP);
            ui.label(cx.quiet(&cx.t.form.no_text));
        });
        return;
    }
    ui.horizontal(|ui| {
        ui.add_space(2.0 * STEP);
        if quiet_button(ui, Icon::Paste, &cx.t.form.copy).clicked() {
            let all: Vec<_> = lines.iter().map(|(_, _, l)| l.text.as_str()).collect();
            ui.ctx().copy_text(all.join("\n"));
        }
    });
    for (page, _, line) in lines.iter().take(MOST_LINES) {
        ui.horizontal_top(|ui| {
            ui.add_space(2.0 * STEP);
            let label =
                egui::Label::new(RichText::new(&line.text).color(cx.roles.text)).wrap().sense(Sense::click());
            if ui.add(label).clicked() {
                show_place(cx, page, line.quad);
            }
        });
    }
}
