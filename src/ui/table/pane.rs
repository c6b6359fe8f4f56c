//! The pane below the page: what can be done to the table in hand, and its cells as a grid.

use eframe::egui::{self, Align, Button, Key, Layout, Ui, containers::menu::MenuButton, vec2};

use crate::{
    review::{PageReading, is_doubtful_cell},
    structure::{
        Table,
        table_edit::{Axis, TableEdit, tab_separated},
    },
};

use super::{
    super::{
        command::Request,
        cx::{Cx, small_icon_button},
        icon::Icon,
        text::fill,
        theme::STEP,
    },
    Ask, InHand, cells, place_at,
};

const BAR_HEIGHT: f32 = 34.0;
/// The pane's width, in points, from which there is room to say how large the table is.
const ROOM_FOR_SIZE: f32 = 720.0;
/// What stands beside the name of copying, in points: its icon, its margins and the button of the keys.
const BESIDE_NAME: f32 = 80.0;

/// The pane, where a table of the page on show is in hand.
pub fn show(ui: &mut Ui, cx: &mut Cx<'_>) {
    let Some(hand) = cx.state.table.clone() else { return };
    let page = cx.session.file(hand.page.file).and_then(|f| f.page(hand.page.page)).cloned();
    let Some((page, table)) = page.as_ref().and_then(|p| Some((p, hand.table(p)?))) else { return };
    let height = ui.available_height();
    egui::Panel::bottom("table in hand")
        .resizable(true)
        .default_size(height * 0.4)
        .size_range(96.0..=(height * 0.8).max(97.0))
        .frame(egui::Frame::new().fill(cx.roles.surface))
        .show(ui, |ui| {
            ui.take_available_height();
            let closed = is_closed(cx, &hand);
            bar(ui, cx, &hand, page, table, closed);
            cells::show(ui, cx, &hand, table, closed);
        });
    let nobody = ui.ctx().memory(|m| m.focused().is_none());
    if nobody && cx.state.panel.is_none() && !cx.state.find_open && ui.input(|i| i.key_pressed(Key::Escape)) {
        cx.ask(Request::Table(Ask::Close));
    }
}

/// Whether the table's document takes no more changes.
fn is_closed(cx: &Cx<'_>, hand: &InHand) -> bool {
    let owners = cx.session.documents_with_table(hand.page.file, hand.page.page, hand.index);
    owners.iter().filter_map(|id| cx.session.document(*id)).any(super::super::cx::is_closed)
}

fn bar(ui: &mut Ui, cx: &mut Cx<'_>, hand: &InHand, page: &PageReading, table: &Table, closed: bool) {
    let frame = egui::Frame::new().inner_margin(egui::Margin::symmetric(8, 0));
    frame.show(ui, |ui| {
        ui.set_height(BAR_HEIGHT);
        ui.horizontal_centered(|ui| {
            ui.spacing_mut().item_spacing.x = STEP;
            let wide = ui.available_width() >= ROOM_FOR_SIZE;
            which(ui, cx, hand, page.structure.tables.len());
            if wide {
                let size = [("rows", &table.rows as &dyn std::fmt::Display), ("cols", &table.cols)];
                ui.label(cx.quiet(fill(&cx.t.table.size, &size)));
                ui.add_space(STEP);
            }
            ui.add_enabled_ui(!closed, |ui| {
                let t = &cx.t.table;
                for (name, items) in [
                    (&t.rows, rows(cx, hand, table)),
                    (&t.columns, columns(cx, hand, table)),
                    (&t.cells, merges(cx, hand, table)),
                ] {
                    let button = Button::new((name.as_str(), Icon::Down.atom()));
                    MenuButton::from_button(button).ui(ui, |ui| menu(ui, cx, items));
                }
            });
            whole(ui, cx, hand, closed);
            doubtful(ui, cx, table);
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let close = cx.t.window.close.clone();
                if small_icon_button(ui, Icon::Cross, &close).clicked() {
                    cx.ask(Request::Table(Ask::Close));
                }
                let name = cx.t.form.copy_rows.clone();
                // What is left of the bar depends on the language and on what is doubtful.
                let font = egui::TextStyle::Button.resolve(ui.style());
                let text = ui.fonts_mut(|f| f.layout_no_wrap(name.clone(), font, cx.roles.text).size().x);
                let copy = match ui.available_width() >= text + BESIDE_NAME {
                    true => ui.add(Button::new((Icon::Paste.atom(), name.as_str()))),
                    false => small_icon_button(ui, Icon::Paste, &name),
                };
                if copy.on_hover_text(&cx.t.table.copy_hint).clicked() {
                    ui.ctx().copy_text(copied(hand, table));
                }
                let hint = Button::new(Icon::Keyboard.atom()).frame_when_inactive(false);
                ui.add(hint).on_hover_text(&cx.t.table.hint).accessible_name(&cx.t.table.hint);
            });
        });
    });
}

/// What can be done with the table as a whole.
fn whole(ui: &mut Ui, cx: &mut Cx<'_>, hand: &InHand, closed: bool) {
    let t = cx.t.table.clone();
    let button = Button::new((t.whole.as_str(), Icon::Down.atom()));
    ui.add_enabled_ui(!closed, |ui| {
        MenuButton::from_button(button).ui(ui, |ui| {
            for (name, hint, ask) in [
                (&t.to_rows, &t.to_rows_hint, Ask::ToRows),
                (&t.draw, &t.draw_hint, Ask::Draw(hand.page)),
                (&t.remove, &t.remove, Ask::Remove),
            ] {
                let button =
                    Button::new(name.as_str()).frame_when_inactive(false).min_size(vec2(160.0, 28.0));
                if ui.add(button).on_hover_text(hint).clicked() {
                    cx.ask(Request::Table(ask));
                    ui.close();
                }
            }
        });
    });
}

/// How many cells were read poorly, and the way to the next of them.
fn doubtful(ui: &mut Ui, cx: &mut Cx<'_>, table: &Table) {
    let n = table.cells.iter().filter(|c| is_doubtful_cell(c)).count();
    if n == 0 {
        return;
    }
    let text = egui::RichText::new(fill(&cx.t.table.doubtful, &[("n", &n)])).color(cx.roles.doubtful);
    let button = Button::new((Icon::Warning.atom_colored(Some(cx.roles.doubtful)), text));
    if ui.add(button).on_hover_text(&cx.t.table.next_doubtful).clicked() {
        cx.ask(Request::Table(Ask::NextDoubtful));
    }
}

/// Which of the page's tables it is, and the way to the others.
fn which(ui: &mut Ui, cx: &mut Cx<'_>, hand: &InHand, all: usize) {
    let t = &cx.t.table;
    let title = fill(&t.title, &[("n", &(hand.index + 1)), ("all", &all)]);
    let (previous, next) = (t.previous.clone(), t.next.clone());
    ui.label(egui::RichText::new(title).strong());
    if all > 1 {
        let mut step = |ui: &mut Ui, icon, name: &str, to: Option<usize>| {
            let enabled = to.filter(|i| *i < all);
            ui.add_enabled_ui(enabled.is_some(), |ui| {
                if let Some(to) = enabled.filter(|_| small_icon_button(ui, icon, name).clicked()) {
                    cx.ask(Request::Table(Ask::Open(hand.page, to, (0, 0))));
                }
            });
        };
        step(ui, Icon::Up, &previous, hand.index.checked_sub(1));
        step(ui, Icon::Down, &next, Some(hand.index + 1));
    }
}

/// What is selected, or the whole table where that is one cell.
pub(super) fn copied(hand: &InHand, table: &Table) -> String {
    let [top, bottom, left, right] = hand.selected(table);
    if place_at(table, hand.at.0, hand.at.1) == place_at(table, hand.to.0, hand.to.1) {
        return tab_separated(table, 0..=table.rows.saturating_sub(1), 0..=table.cols.saturating_sub(1));
    }
    tab_separated(table, top..=bottom, left..=right)
}

/// One thing to do; `None`: not here.
pub(super) type Item = (String, Option<TableEdit>);

pub(super) fn menu(ui: &mut Ui, cx: &mut Cx<'_>, items: Vec<Item>) {
    for (name, edit) in items {
        let button = Button::new(name).frame_when_inactive(false).min_size(vec2(160.0, 28.0));
        if ui.add_enabled(edit.is_some(), button).clicked() {
            cx.state.table.iter_mut().for_each(|h| h.focus = true);
            cx.requests.extend(edit.map(|e| Request::Table(Ask::Change(e))));
            ui.close();
        }
    }
}

pub(super) fn rows(cx: &Cx<'_>, hand: &InHand, table: &Table) -> Vec<Item> {
    let [top, bottom, ..] = hand.selected(table);
    let t = &cx.t.table;
    let names = [&t.row_above, &t.row_below, &t.join_rows, &t.delete_row];
    lines(Axis::Row, (top, bottom), (hand.at.0, table.rows), names)
}

pub(super) fn columns(cx: &Cx<'_>, hand: &InHand, table: &Table) -> Vec<Item> {
    let [.., left, right] = hand.selected(table);
    let t = &cx.t.table;
    let names = [&t.column_left, &t.column_right, &t.join_columns, &t.delete_column];
    lines(Axis::Column, (left, right), (hand.at.1, table.cols), names)
}

/// What can be done with rows or columns: one put in before and behind those chosen, the last joined
/// with the next, the one in hand of so many deleted.
fn lines(
    axis: Axis,
    (first, last): (usize, usize),
    (at, of): (usize, usize),
    names: [&String; 4],
) -> Vec<Item> {
    let edits = [
        Some(TableEdit::Insert { axis, before: first }),
        Some(TableEdit::Insert { axis, before: last + 1 }),
        (last + 1 < of).then_some(TableEdit::RemoveLine { axis, line: last + 1 }),
        (of > 1).then_some(TableEdit::Delete { axis, at }),
    ];
    names.into_iter().cloned().zip(edits).collect()
}

pub(super) fn merges(cx: &Cx<'_>, hand: &InHand, table: &Table) -> Vec<Item> {
    let [top, bottom, left, right] = hand.selected(table);
    let several = place_at(table, hand.at.0, hand.at.1) != place_at(table, hand.to.0, hand.to.1);
    let (row, col) = hand.at;
    let t = &cx.t.table;
    let merge = TableEdit::Merge { from: (top, left), to: (bottom, right) };
    vec![
        (t.merge.clone(), several.then_some(merge)),
        (t.split_columns.clone(), Some(TableEdit::Split { row, col, axis: Axis::Column })),
        (t.split_rows.clone(), Some(TableEdit::Split { row, col, axis: Axis::Row })),
    ]
}
