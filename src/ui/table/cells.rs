//! The grid: every cell at its place with the rows and columns that it takes up; the one in work is
//! an input.

use eframe::egui::{
    self, Event, FocusDirection, Key, KeyboardShortcut, Modifiers, Rect, ScrollArea, Sense, TextEdit, Ui,
    WidgetInfo, accesskit::Role, pos2, vec2,
};

use crate::{
    review::is_doubtful_cell,
    structure::{
        Cell, Table,
        table_edit::{Place, TableEdit},
    },
};

use super::{
    super::{
        command::Request,
        cx::Cx,
        icon::Icon,
        text::fill,
        theme::{SMALL, STEP},
    },
    Ask, InHand, pane, place_at,
};

/// A line of text in a cell, in points.
const LINE: f32 = 18.0;
const PADDING: egui::Vec2 = vec2(6.0, 5.0);
/// The numbers of rows and columns.
const RULER: egui::Vec2 = vec2(32.0, 20.0);
/// Widths of columns, in points: of two ideographs, and of a sentence.
const WIDTH: std::ops::RangeInclusive<f32> = 56.0..=260.0;
/// Points that a letter or digit takes; an ideograph takes two of them.
const LETTER: f32 = 8.0;
/// The sign of a doubtful cell, in points.
const MARK: f32 = 12.0;

/// Where rows and columns begin, one more than there are of them, from the grid's upper left.
struct Layout {
    rows: Vec<f32>,
    columns: Vec<f32>,
}

impl Layout {
    fn of(table: &Table) -> Self {
        let mut widths = vec![*WIDTH.start(); table.cols];
        let mut heights = vec![LINE + 2.0 * PADDING.y; table.rows];
        for cell in &table.cells {
            let letters = cell.text.lines().map(letters).fold(0.0, f32::max);
            let width = (letters * LETTER + 2.0 * PADDING.x + 2.0).min(*WIDTH.end());
            if let Some(slot) = widths.get_mut(cell.col).filter(|_| cell.col_span == 1) {
                *slot = slot.max(width);
            }
        }
        let columns = sums(RULER.x, &widths);
        for cell in &table.cells {
            let ends = (columns.get(cell.col), columns.get(cell.col + cell.col_span));
            let room = ends.0.zip(ends.1).map_or(*WIDTH.end(), |(a, b)| b - a - 2.0 * PADDING.x);
            let wrapped = |line: &str| (letters(line) * LETTER / room.max(1.0)).ceil().max(1.0);
            let lines: f32 = cell.text.lines().map(wrapped).sum();
            if let Some(slot) = heights.get_mut(cell.row).filter(|_| cell.row_span == 1) {
                *slot = slot.max(lines * LINE + 2.0 * PADDING.y);
            }
        }
        Self { rows: sums(RULER.y, &heights), columns }
    }

    fn size(&self) -> egui::Vec2 {
        let last = |ends: &[f32]| ends.last().copied().unwrap_or_default();
        vec2(last(&self.columns), last(&self.rows))
    }

    fn rect(&self, place: &Place) -> Rect {
        let at = |ends: &[f32], i: usize| ends.get(i).or(ends.last()).copied().unwrap_or_default();
        Rect::from_min_max(
            pos2(at(&self.columns, place.col), at(&self.rows, place.row)),
            pos2(at(&self.columns, place.col + place.col_span), at(&self.rows, place.row + place.row_span)),
        )
    }
}

/// The width of a line in letters.
fn letters(line: &str) -> f32 {
    line.chars().map(|c| if c.is_ascii() { 1.0 } else { 2.0 }).sum()
}

/// Running sums that begin with `from`.
fn sums(from: f32, sizes: &[f32]) -> Vec<f32> {
    let sum = |at: &mut f32, size: &f32| {
        *at += size;
        Some(*at)
    };
    std::iter::once(from).chain(sizes.iter().scan(from, sum)).collect()
}

pub fn show(ui: &mut Ui, cx: &mut Cx<'_>, hand: &InHand, table: &Table, closed: bool) {
    let layout = Layout::of(table);
    cx.state.table.iter_mut().for_each(|h| h.typing = false);
    ui.spacing_mut().scroll = egui::style::ScrollStyle::solid();
    ScrollArea::both()
        .id_salt(("cells", hand.page.file.0, hand.page.page, hand.index))
        .auto_shrink(false)
        .show_viewport(ui, |ui, seen| {
            let origin = ui.min_rect().min;
            ui.set_min_size(layout.size() + vec2(STEP, STEP));
            let moved = |rect: Rect| rect.translate(origin.to_vec2());
            rulers(ui, cx, hand, table, &layout, &moved);
            let in_work = place_at(table, hand.at.0, hand.at.1);
            let [top, bottom, left, right] = hand.selected(table);
            let several = in_work != place_at(table, hand.to.0, hand.to.1);
            for cell in &table.cells {
                let place = Place::of(cell);
                let rect = layout.rect(&place);
                let mine = in_work == Some(place);
                // The cell in work keeps the keyboard while it is out of sight.
                if !mine && !seen.intersects(rect) {
                    continue;
                }
                let selected = several
                    && place.row <= bottom
                    && place.row + place.row_span > top
                    && place.col <= right
                    && place.col + place.col_span > left;
                if mine && !closed {
                    input(ui, cx, hand, table, cell, moved(rect));
                } else {
                    at_rest(ui, cx, hand, cell, moved(rect), selected || mine);
                }
            }
        });
}

/// The numbers of rows and columns; a click selects all of one.
fn rulers(
    ui: &mut Ui,
    cx: &mut Cx<'_>,
    hand: &InHand,
    table: &Table,
    layout: &Layout,
    moved: &impl Fn(Rect) -> Rect,
) {
    let last = (table.rows.saturating_sub(1), table.cols.saturating_sub(1));
    let numbered = |ui: &mut Ui, rect: Rect, name: String, number: String, here: bool| {
        let rect = moved(rect);
        if !ui.is_rect_visible(rect) {
            return false;
        }
        let response = ui.interact(rect, ui.scope_id().with(&name), Sense::click());
        response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &name));
        let color = if here || response.hovered() { cx.roles.selection } else { cx.roles.quiet };
        let font = egui::FontId::proportional(SMALL);
        ui.painter().text(rect.center(), egui::Align2::CENTER_CENTER, number, font, color);
        response.clicked()
    };
    let mut wanted = None;
    for (i, ends) in layout.rows.windows(2).enumerate() {
        let rect = Rect::from_min_max(pos2(0.0, ends[0]), pos2(RULER.x, ends[1]));
        let number = (i + 1).to_string();
        if numbered(ui, rect, fill(&cx.t.table.row, &[("n", &number)]), number, hand.at.0 == i) {
            wanted = Some(((i, 0), (i, last.1)));
        }
    }
    for (i, ends) in layout.columns.windows(2).enumerate() {
        let rect = Rect::from_min_max(pos2(ends[0], 0.0), pos2(ends[1], RULER.y));
        let number = (i + 1).to_string();
        if numbered(ui, rect, fill(&cx.t.table.column, &[("n", &number)]), number, hand.at.1 == i) {
            wanted = Some(((0, i), (last.0, i)));
        }
    }
    if let Some((from, to)) = wanted {
        cx.ask(Request::Table(Ask::Choose { at: from, extend: false, focus: false }));
        cx.ask(Request::Table(Ask::Choose { at: to, extend: true, focus: false }));
    }
}

fn name_of(cx: &Cx<'_>, cell: &Cell) -> String {
    fill(&cx.t.table.cell, &[("row", &(cell.row + 1)), ("col", &(cell.col + 1))])
}

fn at_rest(ui: &mut Ui, cx: &mut Cx<'_>, hand: &InHand, cell: &Cell, rect: Rect, selected: bool) {
    let doubtful = is_doubtful_cell(cell);
    let mut name = format!("{}: {}", name_of(cx, cell), cell.text);
    if doubtful {
        name = format!("{name} · {}", cx.t.table.cell_doubtful);
    }
    let id = ui.scope_id().with(("cell", cell.row, cell.col));
    let response = ui.interact(rect, id, Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::Cell, true, selected, &name));
    let fill = if selected { cx.roles.selection_tint } else { cx.roles.raised };
    let border = egui::Stroke::new(1.0, cx.roles.border);
    ui.painter().rect(rect, 0.0, fill, border, egui::StrokeKind::Inside);
    let galley = ui.painter().layout(
        cell.text.clone(),
        egui::FontId::proportional(super::super::theme::BODY),
        cx.roles.text,
        rect.width() - 2.0 * PADDING.x,
    );
    ui.painter_at(rect).galley(rect.min + PADDING, galley, cx.roles.text);
    if doubtful {
        mark(ui, cx, rect);
    }
    if response.clicked() || response.secondary_clicked() {
        let extend = ui.input(|i| i.modifiers.shift) || (response.secondary_clicked() && selected);
        cx.ask(Request::Table(Ask::Choose { at: (cell.row, cell.col), extend, focus: true }));
    }
    context_menu(&response, cx, hand);
}

/// The sign of a cell that was read poorly, in its corner.
fn mark(ui: &Ui, cx: &Cx<'_>, rect: Rect) {
    let corner = Rect::from_min_size(rect.right_top() + vec2(-MARK - 1.0, 1.0), vec2(MARK, MARK));
    Icon::Warning.paint(ui.painter(), corner, cx.roles.doubtful);
    let edge = egui::Stroke::new(2.0, cx.roles.doubtful);
    ui.painter().hline(rect.x_range().shrink(1.0), rect.bottom() - 1.0, edge);
}

/// What the bar's menus offer, at the cell itself.
fn context_menu(response: &egui::Response, cx: &mut Cx<'_>, hand: &InHand) {
    let page = cx.session.file(hand.page.file).and_then(|f| f.page(hand.page.page)).cloned();
    response.context_menu(|ui| {
        let Some(table) = page.as_ref().and_then(|p| hand.table(p)) else { return };
        let hand = cx.state.table.clone().unwrap_or_else(|| hand.clone());
        for (i, items) in
            [pane::rows(cx, &hand, table), pane::columns(cx, &hand, table), pane::merges(cx, &hand, table)]
                .into_iter()
                .enumerate()
        {
            if i > 0 {
                ui.separator();
            }
            pane::menu(ui, cx, items);
        }
    });
}

/// The cell in work. Enter goes down, Tab on; several cells that are pasted are spread over the table.
fn input(ui: &mut Ui, cx: &mut Cx<'_>, hand: &InHand, table: &Table, cell: &Cell, rect: Rect) {
    let id =
        egui::Id::unique(("table cell", hand.page.file.0, hand.page.page, hand.index, cell.row, cell.col));
    let has_keyboard = ui.memory(|m| m.has_focus(id));
    if has_keyboard {
        cx.state.table.iter_mut().for_each(|h| h.typing = true);
        keys(ui, cx, hand, table, cell);
    }
    let mut text = cell.text.clone();
    let edit = TextEdit::multiline(&mut text)
        .id(id)
        .desired_rows(1)
        .desired_width(rect.width())
        .min_size(rect.size())
        .margin(egui::Margin::symmetric(PADDING.x as i8, PADDING.y as i8 - 1))
        .return_key(Some(KeyboardShortcut::new(Modifiers::SHIFT, Key::Enter)));
    let response = ui.put(rect, edit).accessible_name(name_of(cx, cell));
    if response.changed() && text != cell.text {
        let (row, col) = (cell.row, cell.col);
        cx.ask(Request::Table(Ask::Change(TableEdit::SetText { row, col, text })));
    }
    context_menu(&response, cx, hand);
    if is_doubtful_cell(cell) {
        mark(ui, cx, rect);
    }
    if hand.focus {
        response.request_focus();
        // What is typed takes the place of the text; F2, or a second click, goes into it.
        let end = cell.text.chars().count();
        choose(ui, id, if hand.into_text { end } else { 0 }, end);
        ui.scroll_to_rect(rect.expand2(RULER), None);
        cx.state.table.iter_mut().for_each(|h| (h.focus, h.into_text) = (false, false));
    }
}

/// Chooses a stretch of the text in an input, in characters.
fn choose(ui: &Ui, id: egui::Id, from: usize, to: usize) {
    let mut state = egui::text_edit::TextEditState::load(ui.ctx(), id).unwrap_or_default();
    let ends = [from, to].map(egui::text::CCursor::new);
    state.cursor.set_char_range(Some(egui::text::CCursorRange::two(ends[0], ends[1])));
    state.store(ui.ctx(), id);
}

/// Keys and pastes that mean the table, not the text of its cell.
fn keys(ui: &Ui, cx: &mut Cx<'_>, hand: &InHand, table: &Table, cell: &Cell) {
    let several = place_at(table, hand.at.0, hand.at.1) != place_at(table, hand.to.0, hand.to.1);
    let one_line = !cell.text.contains('\n');
    let (mut copy, mut paste, mut step) = (false, None, None);
    ui.input_mut(|i| {
        i.events.retain(|event| match event {
            Event::Copy if several => {
                copy = true;
                false
            }
            Event::Paste(text) if text.trim_end().contains(['\t', '\n']) => {
                paste = Some(text.clone());
                false
            }
            Event::Key { key, pressed: true, modifiers, .. } => {
                let wanted = match (key, modifiers.shift) {
                    _ if modifiers.command || modifiers.alt => None,
                    (Key::Tab, false) => Some((0, 1)),
                    (Key::Tab, true) => Some((0, -1)),
                    (Key::Enter, false) => Some((1, 0)),
                    (Key::ArrowDown, false) if one_line => Some((1, 0)),
                    (Key::ArrowUp, false) if one_line => Some((-1, 0)),
                    _ => None,
                };
                step = step.or(wanted);
                wanted.is_none()
            }
            _ => true,
        });
    });
    if copy {
        ui.ctx().copy_text(pane::copied(hand, table));
    }
    if let Some(text) = paste {
        let (row, col) = (cell.row, cell.col);
        cx.ask(Request::Table(Ask::Change(TableEdit::Paste { row, col, text })));
    }
    if let Some(step) = step {
        ui.memory_mut(|m| m.move_focus(FocusDirection::None));
        let at = stepped(table, &Place::of(cell), step);
        cx.ask(Request::Table(Ask::Choose { at, extend: false, focus: true }));
    }
}

/// The cell beside, or above or below; past a row's end the next row's first.
fn stepped(table: &Table, place: &Place, (down, right): (i32, i32)) -> (usize, usize) {
    let at = match (down, right) {
        (0, 1) => match place.col + place.col_span {
            col if col < table.cols => (place.row, col),
            _ => (place.row + 1, 0),
        },
        (0, _) => match place.col.checked_sub(1) {
            Some(col) => (place.row, col),
            None => (place.row.saturating_sub(1), table.cols.saturating_sub(1)),
        },
        (1, _) => (place.row + place.row_span, place.col),
        _ => (place.row.saturating_sub(1), place.col),
    };
    // Past the last row it stays.
    let held = place_at(table, at.0, at.1).unwrap_or(*place);
    (held.row, held.col)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::Quad;

    fn table() -> Table {
        let cell = |row, col, col_span, text: &str| Cell {
            row,
            col,
            row_span: 1,
            col_span,
            text: text.into(),
            quad: Quad::default(),
            confidence: 1.0,
        };
        let cells = vec![cell(0, 0, 2, "合并的一格"), cell(1, 0, 1, "甲\n乙"), cell(1, 1, 1, "1")];
        Table { quad: Quad::default(), rows: 2, cols: 2, ruled: true, cells }
    }

    #[test]
    fn steps_go_over_merged_cells_and_stay_in_the_table() {
        let table = table();
        let place = |i: usize| Place::of(&table.cells[i]);
        assert_eq!(stepped(&table, &place(0), (0, 1)), (1, 0));
        assert_eq!(stepped(&table, &place(1), (0, -1)), (0, 0));
        assert_eq!(stepped(&table, &place(2), (-1, 0)), (0, 0));
        assert_eq!(stepped(&table, &place(2), (0, 1)), (1, 1));
        assert_eq!(stepped(&table, &place(2), (1, 0)), (1, 1));
    }

    #[test]
    fn cells_get_the_room_that_their_text_needs() {
        let layout = Layout::of(&table());
        assert_eq!((layout.rows.len(), layout.columns.len()), (3, 3));
        let tall = layout.rect(&Place { row: 1, col: 0, row_span: 1, col_span: 1 });
        assert_eq!(tall.height(), 2.0 * LINE + 2.0 * PADDING.y);
        assert!(tall.width() >= *WIDTH.start());
    }
}
