//! A row table of the kind as an editable grid.

use std::{borrow::Cow, collections::BTreeMap};

use eframe::egui::{self, Button, RichText, ScrollArea, Ui, containers::menu::MenuButton};
use egui_extras::{Column, TableBuilder};

use crate::{
    extract::{Field, FieldPath, State, shown_columns},
    kind::{FieldSpec, FieldType, RowTableSpec},
    review::{DocumentId, Edit, ReviewDocument},
    ui::{
        command::Request,
        cx::{Cx, is_closed},
        icon::Icon,
        page::Tiles,
        sign,
        text::fill,
        theme::{SMALL, STEP},
    },
};

use super::{field, quiet_button};

const ROW_HEIGHT: f32 = 28.0;
/// The menu of a row.
const TOOLS: f32 = 28.0;
/// Rows drawn without scrolling inside the grid, at least; longer tables scroll by themselves.
const MOST_ROWS: f32 = 12.0;
/// What the form shows above and below a grid that fills it, in points.
const BESIDE: f32 = 120.0;
/// Points that a letter or digit takes; an ideograph takes two of them.
const LETTER: f32 = 7.5;
/// What an input has beside its text, in points: its margins.
const PADDING: f32 = 20.0;
/// The sign before a doubtful value, in points.
const SIGN: f32 = 14.0;
/// So narrow a column may be, in points: one with nothing in it.
const LEAST: f32 = 48.0;
/// Wider than this a column hides the others, in points.
const WIDEST: f32 = 240.0;
/// So narrow a column of text becomes to leave room for others, in points.
const LEAST_TEXT: f32 = 104.0;
/// A column is as wide as the widest of so many values.
const SAMPLE: usize = 100;

/// The grid with its rows, what is wrong in them, and the button for a new row.
pub fn show(
    ui: &mut Ui,
    cx: &mut Cx<'_>,
    tiles: &mut Tiles,
    document: &ReviewDocument,
    table: &RowTableSpec,
) {
    let rows = document.document.record.rows(&table.key).len();
    let closed = is_closed(document);
    if rows > 0 {
        let wanted = match &cx.state.field {
            Some(path @ FieldPath::Cell { key, .. }) if cx.state.focus_field && *key == table.key => {
                Some(path.clone())
            }
            _ => None,
        };
        let bar = ui.spacing().scroll;
        // A bar that is always seen says that there are more columns.
        ui.spacing_mut().scroll = egui::style::ScrollStyle::solid();
        let scroll = ScrollArea::horizontal().id_salt(("grid", document.id.0, &table.key));
        let indent = egui::Frame::new().inner_margin(egui::Margin::symmetric(8, 0));
        let cell = |ui: &Ui| {
            let response = ui.ctx().read_response(field::input_id(document.id, wanted.as_ref()?))?;
            Some(response.rect)
        };
        let drawn = indent.show(ui, |ui| {
            scroll.show(ui, |ui| {
                grid(ui, cx, document, table, rows);
                if let Some(cell) = cell(ui) {
                    ui.scroll_to_rect(cell, None);
                }
            })
        });
        ui.spacing_mut().scroll = bar;
        if wanted.is_some() {
            // Each area that scrolls keeps the wish to be seen for itself: the form scrolls to the
            // cell, or to the grid where that has yet to scroll to its row.
            let grid = drawn.response.rect;
            let cell = cell(ui).filter(|cell| grid.y_range().contains(cell.center().y));
            ui.scroll_to_rect(cell.unwrap_or(grid), Some(egui::Align::Center));
        }
    }
    in_work(ui, cx, tiles, document, table);
    ui.horizontal(|ui| {
        ui.add_space(2.0 * STEP);
        if !closed && quiet_button(ui, Icon::Plus, &cx.t.form.add_row).clicked() {
            let table = table.key.clone();
            cx.ask(Request::Edit(Edit::AddRow {
                document: document.id,
                table,
                row: rows,
                cells: Default::default(),
            }));
        }
        let copied = rows > 0 && quiet_button(ui, Icon::Paste, &cx.t.form.copy_rows).clicked();
        if copied {
            ui.ctx().copy_text(tab_separated(cx, document, table));
        }
        ui.label(cx.quiet(fill(&cx.t.form.row_count, &[("n", &rows)])));
    });
}

/// As wide as its values and its heading, in points.
fn width_of(cx: &Cx<'_>, document: &ReviewDocument, table: &str, spec: &FieldSpec) -> f32 {
    let rows: &[BTreeMap<String, Field>] = document.document.record.rows(table);
    let letters = |text: &str| text.chars().map(|c| if c.is_ascii() { 1.0 } else { 2.0 }).sum::<f32>();
    let width = |(row, cells): (usize, &BTreeMap<String, Field>)| {
        let value = cells.get(&spec.key)?.value.as_deref()?;
        let path = FieldPath::Cell { key: table.to_owned(), row, column: spec.key.clone() };
        let sign = if cx.session.needs_attention(document.id, &path) { SIGN } else { 0.0 };
        Some(letters(value) * LETTER + PADDING + sign)
    };
    let widest = rows.iter().enumerate().take(SAMPLE).filter_map(width).fold(0.0, f32::max);
    let heading = letters(spec.label.get(cx.lang)) * 0.5 * SMALL + 2.0 * STEP;
    widest.max(heading).clamp(LEAST, WIDEST)
}

/// What `room` lacks is taken from the columns of text, what it has to spare goes to the widest column.
fn fit(widths: &mut [f32], columns: &[Cow<'_, FieldSpec>], room: f32) {
    let numeric = |spec: &FieldSpec| {
        matches!(spec.field_type, FieldType::Amount | FieldType::Number | FieldType::Percent)
    };
    let lacks = widths.iter().sum::<f32>() - room;
    if lacks <= 0.0 {
        if let Some(widest) = widths.iter_mut().max_by(|a, b| a.total_cmp(b)) {
            *widest -= lacks;
        }
        return;
    }
    let spare =
        |width: f32, spec: &FieldSpec| if numeric(spec) { 0.0 } else { (width - LEAST_TEXT).max(0.0) };
    let all: f32 = widths.iter().zip(columns).map(|(w, c)| spare(*w, c)).sum();
    let share = if all > 0.0 { (lacks / all).min(1.0) } else { 0.0 };
    for (width, spec) in widths.iter_mut().zip(columns) {
        *width -= spare(*width, spec) * share;
    }
}

/// Whether a column has a value in any row, is in work, or the kind requires it: the others are folded away
/// as fields that are not printed are.
fn is_wanted(cx: &Cx<'_>, document: &ReviewDocument, table: &RowTableSpec, column: &FieldSpec) -> bool {
    let rows = document.document.record.rows(&table.key);
    let filled = |row: &BTreeMap<String, Field>| {
        row.get(&column.key).is_some_and(|f| f.value.is_some() || f.illegible || f.state != State::Missing)
    };
    // A row that was just added has nothing yet, and all of it is to be typed.
    let blank = |row: &BTreeMap<String, Field>| row.values().all(|f| f.value.is_none());
    let in_work = matches!(&cx.state.field, Some(FieldPath::Cell { key, column: c, .. })
        if *key == table.key && *c == column.key);
    column.required || in_work || rows.iter().any(filled) || rows.iter().all(blank)
}

fn grid(ui: &mut Ui, cx: &mut Cx<'_>, document: &ReviewDocument, table: &RowTableSpec, rows: usize) {
    // A row out of sight is not drawn, so its input could not take the keyboard.
    let wanted = match &cx.state.field {
        Some(FieldPath::Cell { key, row, .. }) if cx.state.focus_field && *key == table.key => Some(*row),
        _ => None,
    };
    let most = (ui.clip_rect().height() - BESIDE).max(MOST_ROWS * ROW_HEIGHT);
    let mut columns = shown_columns(table, document.document.record.rows(&table.key));
    if !cx.settings.show_unprinted {
        columns.retain(|column| is_wanted(cx, document, table, column));
    }
    ui.spacing_mut().item_spacing.x = STEP;
    let mut widths: Vec<f32> = columns.iter().map(|c| width_of(cx, document, &table.key, c)).collect();
    let beside = 24.0 + TOOLS + (columns.len() + 2) as f32 * ui.spacing().item_spacing.x;
    fit(&mut widths, &columns, ui.clip_rect().width() - 4.0 * STEP - beside);
    let mut builder = TableBuilder::new(ui)
        .id_salt(("rows", document.id.0, &table.key))
        .vscroll(rows as f32 * ROW_HEIGHT > most)
        .max_scroll_height(most)
        .auto_shrink([true, true])
        .cell_layout(egui::Layout::left_to_right(egui::Align::Center))
        .column(Column::exact(24.0));
    if let Some(row) = wanted {
        builder = builder.scroll_to_row(row, Some(egui::Align::Center));
    }
    for width in widths {
        builder = builder.column(Column::initial(width).at_least(LEAST).resizable(true).clip(true));
    }
    builder
        .column(Column::exact(TOOLS))
        .header(24.0, |mut header| {
            header.col(|_| {});
            for spec in &columns {
                header.col(|ui| {
                    let name = spec.label.get(cx.lang);
                    ui.add(egui::Label::new(cx.quiet(name)).truncate()).on_hover_text(name);
                });
            }
            header.col(|_| {});
        })
        .body(|body| {
            body.rows(ROW_HEIGHT, rows, |mut line| {
                let row = line.index();
                line.col(|ui| {
                    ui.label(cx.quiet((row + 1).to_string()));
                });
                for spec in &columns {
                    line.col(|ui| cell(ui, cx, document, table, spec, row));
                }
                line.col(|ui| tools(ui, cx, document, table, row, rows));
            });
        });
}

fn cell(
    ui: &mut Ui,
    cx: &mut Cx<'_>,
    document: &ReviewDocument,
    table: &RowTableSpec,
    spec: &FieldSpec,
    row: usize,
) {
    let path = FieldPath::Cell { key: table.key.clone(), row, column: spec.key.clone() };
    let label = format!("{} {}", spec.label.get(cx.lang), row + 1);
    let field = document.document.record.get(&path);
    let wants = cx.session.needs_attention(document.id, &path);
    ui.spacing_mut().item_spacing.x = 0.0;
    if wants {
        let sign = sign::of_field(field, false, wants, cx.t, cx.roles);
        sign.icon.show(ui, 12.0, sign.color, sign.word);
    }
    let width = ui.available_width() - 4.0;
    paste(ui, cx, document, &path);
    field::input(ui, cx, &field::Shown { document, path, label, spec: Some(spec), removable: false }, width);
}

/// Several cells pasted into the one in work are spread over the table; the input, which would
/// take them for one value, does not see them.
fn paste(ui: &Ui, cx: &mut Cx<'_>, document: &ReviewDocument, path: &FieldPath) {
    let in_work = ui.memory(|m| m.has_focus(field::input_id(document.id, path)));
    if !in_work || is_closed(document) {
        return;
    }
    let mut cells = None;
    ui.input_mut(|i| {
        i.events.retain(|event| match event {
            egui::Event::Paste(text) if text.trim_end().contains(['\t', '\n']) => {
                cells = Some(text.clone());
                false
            }
            _ => true,
        });
    });
    if let Some(text) = cells {
        cx.ask(Request::PasteCells(path.clone(), text));
    }
}

/// The table as a spreadsheet takes it from the clipboard, with its headings.
fn tab_separated(cx: &Cx<'_>, document: &ReviewDocument, table: &RowTableSpec) -> String {
    let plain = |text: &str| text.replace(['\t', '\n', '\r'], " ");
    let heading = table.columns.iter().map(|c| plain(c.label.get(cx.lang))).collect::<Vec<_>>();
    let rows = document.document.record.rows(&table.key).iter().map(|cells| {
        let value = |c: &FieldSpec| {
            cells.get(&c.key).and_then(|f| f.value.as_deref()).map_or_else(String::new, plain)
        };
        table.columns.iter().map(value).collect::<Vec<_>>()
    });
    std::iter::once(heading).chain(rows).map(|cells| cells.join("\t")).collect::<Vec<_>>().join("\n")
}

fn tools(
    ui: &mut Ui,
    cx: &mut Cx<'_>,
    document: &ReviewDocument,
    table: &RowTableSpec,
    row: usize,
    rows: usize,
) {
    if is_closed(document) {
        return;
    }
    let t = &cx.t.form;
    let name = |template: &str| fill(template, &[("n", &(row + 1))]);
    let (id, key) = (document.id, &table.key);
    let moved = |to| Edit::MoveRow { document: id, table: key.clone(), from: row, to };
    let items = [
        (Icon::Up, name(&t.move_row_up), row.checked_sub(1).map(moved)),
        (Icon::Down, name(&t.move_row_down), (row + 1 < rows).then(|| moved(row + 1))),
        (Icon::Cross, name(&t.remove_row), Some(Edit::RemoveRow { document: id, table: key.clone(), row })),
    ];
    let button = Button::new(Icon::Sort.atom()).frame_when_inactive(false).min_size(egui::vec2(24.0, 24.0));
    let (response, _) = MenuButton::from_button(button).ui(ui, |ui| {
        for (icon, name, edit) in items {
            let item = Button::new((icon.atom(), name.as_str())).frame_when_inactive(false);
            if ui.add_enabled(edit.is_some(), item.min_size(egui::vec2(160.0, 28.0))).clicked() {
                cx.requests.extend(edit.map(Request::Edit));
                ui.close();
            }
        }
    });
    let menu = name(&cx.t.form.row_menu);
    response.on_hover_text(&menu).accessible_name(&menu);
}

/// Below the grid: the crop and the issues of the cell in work.
fn in_work(ui: &mut Ui, cx: &mut Cx<'_>, tiles: &mut Tiles, document: &ReviewDocument, table: &RowTableSpec) {
    let Some(FieldPath::Cell { key, row, column }) = cx.state.field.clone() else { return };
    let Some(spec) = table.column(&column).filter(|_| key == table.key) else { return };
    let name = if spec.key == column { spec.label.get(cx.lang) } else { &column };
    let label = format!("{name} {}", row + 1);
    let frame = egui::Frame::new().fill(cx.roles.selection_tint).inner_margin(egui::Margin::symmetric(8, 4));
    let path = FieldPath::Cell { key, row, column };
    let place = (document.id, path.clone());
    let block = frame.show(ui, |ui| {
        ui.label(RichText::new(&label).size(SMALL).color(cx.roles.text));
        field::in_hand(
            ui,
            cx,
            tiles,
            &field::Shown { document, path, label, spec: Some(spec), removable: false },
        );
    });
    reveal(ui, place, block.response.rect);
}

/// Once for each cell that comes into work: what is said of it is seen together with it, where both fit.
fn reveal(ui: &Ui, place: (DocumentId, FieldPath), block: egui::Rect) {
    let revealed = egui::Id::unique("revealed cell");
    if ui.data(|d| d.get_temp::<(DocumentId, FieldPath)>(revealed).as_ref() == Some(&place)) {
        return;
    }
    let cell = ui.ctx().read_response(field::input_id(place.0, &place.1));
    if let Some(both) = cell.map(|c| c.rect.union(block))
        && both.height() <= ui.clip_rect().height()
    {
        ui.scroll_to_rect(both, None);
    }
    ui.data_mut(|d| d.insert_temp(revealed, place));
}
