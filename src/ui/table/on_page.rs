//! The table in hand on the page: its lines are dragged, drawn and taken away, its cells chosen.

use eframe::egui::{CursorIcon, Key, PointerButton, Pos2, Response, Shape, Stroke, Ui};

use crate::{
    geometry::Point,
    review::PageReading,
    structure::{
        Table,
        table_edit::{Axis, Place, Plane, TableEdit},
    },
};

use super::{
    super::{
        command::Request,
        cx::Cx,
        page::{PageKey, Pencil, drawn_box},
        theme::{PAPER, tint},
    },
    Ask, Drag, InHand, place_at,
};

/// A line is taken hold of from this near, in points.
const REACH: f32 = 5.0;
/// The strip above and left of the table in which a click draws a line, in points.
const STRIP: f32 = 18.0;

/// Notes that a line of the table in hand is taken hold of. Returns whether dragging means the table
/// now, not the page.
pub fn grab(ui: &Ui, cx: &mut Cx<'_>, response: &Response, pencil: &Pencil<'_>, key: PageKey) -> bool {
    let Some(hand) = cx.state.table.clone().filter(|h| h.page == key) else { return false };
    if response.drag_started_by(PointerButton::Primary) {
        let page = cx.session.file(key.file).and_then(|f| f.page(key.page));
        let plane = page.and_then(|p| hand.table(p)).and_then(Plane::of);
        let origin = ui.input(|i| i.pointer.press_origin());
        let drag = plane.zip(origin).and_then(|(plane, at)| {
            let (axis, lines) = line_at(&plane, pencil, at)?;
            Some(Drag { axis, lines, from: pencil.view.to_page(pencil.pane, at) })
        });
        cx.state.table.iter_mut().for_each(|h| h.drag = drag);
    }
    cx.state.table.as_ref().is_some_and(InHand::drags)
}

/// The table with what is in work, and what the pointer does to it.
pub fn show(ui: &Ui, cx: &mut Cx<'_>, response: &Response, pencil: &Pencil<'_>, page: &PageReading) {
    let Some(hand) = cx.state.table.clone() else { return };
    let Some(table) = hand.table(page) else { return };
    let Some(plane) = Plane::of(table) else { return };
    outline(pencil, table);
    let in_work = place_at(table, hand.to.0, hand.to.1);
    if let Some(cell) = table.cells.iter().find(|c| in_work == Some(Place::of(c))) {
        pencil.strong(&cell.quad, PAPER.selection);
    }
    if let Some(drag) = hand.drag {
        dragged(ui, cx, response, pencil, &plane, drag);
        return;
    }
    let Some(at) = response.hover_pos().or(response.interact_pointer_pos()) else { return };
    let on_page = pencil.view.to_page(pencil.pane, at);
    if let Some((axis, (line, _))) = line_at(&plane, pencil, at) {
        let position = plane.lines(axis).get(line).copied().unwrap_or_default();
        across(pencil, &plane, axis, position);
        ui.ctx().set_cursor_icon(cursor(pencil, &plane, axis));
    } else if let Some(axis) = strip_at(&plane, pencil, at) {
        across(pencil, &plane, axis, plane.position(axis, on_page));
        ui.ctx().set_cursor_icon(CursorIcon::Crosshair);
        if response.clicked() {
            cx.ask(Request::Table(Ask::Change(TableEdit::AddLine { axis, at: on_page })));
        }
    } else if response.clicked() {
        let place = plane.band_at(on_page).and_then(|(row, col)| place_at(table, row, col));
        if let Some(place) = place {
            let extend = ui.input(|i| i.modifiers.shift);
            cx.ask(Request::Table(Ask::Choose { at: (place.row, place.col), extend, focus: true }));
        }
    }
}

/// Dragging draws a new table; Escape gives up.
pub fn draw(ui: &Ui, cx: &mut Cx<'_>, response: &Response, pencil: &Pencil<'_>, key: PageKey) {
    if response.contains_pointer() {
        ui.ctx().set_cursor_icon(CursorIcon::Crosshair);
    }
    if let Some(quad) = drawn_box(ui, cx, response, pencil) {
        cx.ask(Request::Table(Ask::Add(key, quad)));
    } else if ui.input(|i| i.key_pressed(Key::Escape)) {
        cx.state.page.give_up_box();
        cx.ask(Request::Table(Ask::Close));
    }
}

/// All cells, stronger than at rest.
fn outline(pencil: &Pencil<'_>, table: &Table) {
    let stroke = Stroke::new(1.5, PAPER.table);
    for cell in &table.cells {
        let corners = pencil.view.quad_on_screen(pencil.pane, &cell.quad);
        pencil.painter.add(Shape::closed_line(corners.to_vec(), stroke));
    }
}

/// A line right across the table, in hand.
fn across(pencil: &Pencil<'_>, plane: &Plane, axis: Axis, position: f32) {
    let (a, b) = on_screen(pencil, plane, axis, position);
    pencil.painter.line_segment([a, b], Stroke::new(6.0, tint(PAPER.selection, 0.25)));
    pencil.painter.line_segment([a, b], Stroke::new(2.0, PAPER.selection));
}

fn on_screen(pencil: &Pencil<'_>, plane: &Plane, axis: Axis, position: f32) -> (Pos2, Pos2) {
    let (a, b) = plane.line_on_page(axis, position);
    (pencil.view.to_screen(pencil.pane, a), pencil.view.to_screen(pencil.pane, b))
}

/// The line that is dragged follows the pointer; let go, it stays there, or, on its neighbour, goes.
fn dragged(ui: &Ui, cx: &mut Cx<'_>, response: &Response, pencil: &Pencil<'_>, plane: &Plane, drag: Drag) {
    ui.ctx().set_cursor_icon(cursor(pencil, plane, drag.axis));
    let pointer = response.interact_pointer_pos().map(|at| pencil.view.to_page(pencil.pane, at));
    if let Some(at) = pointer {
        across(pencil, plane, drag.axis, plane.position(drag.axis, at));
    }
    if response.dragged() {
        return;
    }
    cx.state.table.iter_mut().for_each(|h| h.drag = None);
    if let Some(edit) = pointer.and_then(|to| let_go(plane, drag, to, REACH / pencil.view.zoom)) {
        cx.ask(Request::Table(Ask::Change(edit)));
    }
}

/// What it means that a line is let go at `to`, page pixels; nearer to a neighbour than `reach` is on it.
fn let_go(plane: &Plane, drag: Drag, to: Point, reach: f32) -> Option<TableEdit> {
    let axis = drag.axis;
    let (from, position) = (plane.position(axis, drag.from), plane.position(axis, to));
    // Of lines that lie on one another, the one on the side to which it moves.
    let line = if position > from { drag.lines.1 } else { drag.lines.0 };
    let lines = plane.lines(axis);
    let last = lines.len().checked_sub(1)?;
    let before = line.checked_sub(1).and_then(|i| lines.get(i));
    let reached = before.is_some_and(|b| position - b < reach)
        || lines.get(line + 1).is_some_and(|next| next - position < reach);
    Some(match (reached, line) {
        (false, _) => TableEdit::MoveLine { axis, line, to },
        // The border on its neighbour: the outer row or column has gone.
        (true, 0) => TableEdit::Delete { axis, at: 0 },
        (true, line) if line == last => TableEdit::Delete { axis, at: last.saturating_sub(1) },
        (true, line) => TableEdit::RemoveLine { axis, line },
    })
}

/// The line nearest to a point of the screen and within reach; several where they lie on one another.
fn line_at(plane: &Plane, pencil: &Pencil<'_>, at: Pos2) -> Option<(Axis, (usize, usize))> {
    let lines = |axis: Axis| plane.lines(axis).iter().enumerate().map(move |(i, p)| (axis, i, *p));
    let all = lines(Axis::Row).chain(lines(Axis::Column));
    let near = all.filter_map(|(axis, line, position)| {
        let distance = distance(on_screen(pencil, plane, axis, position), at);
        (distance <= REACH).then_some((axis, line, position, distance))
    });
    let (axis, line, position, _) = near.min_by(|a, b| a.3.total_cmp(&b.3))?;
    let last = lines(axis).filter(|(_, _, p)| *p == position).map(|(_, i, _)| i).max();
    Some((axis, (line, last.unwrap_or(line))))
}

/// Of which axis a click at a point of the screen draws a line: above the table one of its columns, left
/// of it one of its rows.
fn strip_at(plane: &Plane, pencil: &Pencil<'_>, at: Pos2) -> Option<Axis> {
    let on_page = pencil.view.to_page(pencil.pane, at);
    [(Axis::Column, Axis::Row), (Axis::Row, Axis::Column)].into_iter().find_map(|(axis, border)| {
        let first = plane.lines(border).first().copied()?;
        let (lines, position) = (plane.lines(axis), plane.position(axis, on_page));
        let along =
            lines.first().is_some_and(|l| position > *l) && lines.last().is_some_and(|l| position < *l);
        let beside = plane.position(border, on_page) < first;
        let near = distance(on_screen(pencil, plane, border, first), at) <= STRIP;
        (along && beside && near).then_some(axis)
    })
}

/// From a point to a stretch of a line.
fn distance((a, b): (Pos2, Pos2), p: Pos2) -> f32 {
    let along = b - a;
    let t =
        if along.length_sq() > 0.0 { ((p - a).dot(along) / along.length_sq()).clamp(0.0, 1.0) } else { 0.0 };
    (a + along * t).distance(p)
}

/// The arrows across a line as the page is turned.
fn cursor(pencil: &Pencil<'_>, plane: &Plane, axis: Axis) -> CursorIcon {
    let (a, b) = on_screen(pencil, plane, axis, 0.0);
    if (b.x - a.x).abs() > (b.y - a.y).abs() { CursorIcon::ResizeRow } else { CursorIcon::ResizeColumn }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{geometry::Quad, structure::Cell};

    #[test]
    fn a_line_let_go_stays_or_joins_its_neighbour() {
        let cell = |col: usize| Cell {
            row: 0,
            col,
            row_span: 1,
            col_span: 1,
            text: String::new(),
            quad: Quad::from_rect(col as f32 * 100.0, 0.0, col as f32 * 100.0 + 100.0, 40.0),
            confidence: 1.0,
        };
        let cells = vec![cell(0), cell(1), cell(2)];
        let table =
            Table { quad: Quad::from_rect(0.0, 0.0, 300.0, 40.0), rows: 1, cols: 3, ruled: true, cells };
        let plane = Plane::of(&table).expect("an area");
        let axis = Axis::Column;
        let go = |lines, from: f32, to: f32| {
            let drag = Drag { axis, lines, from: Point::new(from, 10.0) };
            let_go(&plane, drag, Point::new(to, 10.0), 5.0).expect("an edit")
        };
        assert_eq!(
            go((1, 1), 100.0, 150.0),
            TableEdit::MoveLine { axis, line: 1, to: Point::new(150.0, 10.0) }
        );
        assert_eq!(go((1, 1), 100.0, 198.0), TableEdit::RemoveLine { axis, line: 1 });
        assert_eq!(go((3, 3), 300.0, 203.0), TableEdit::Delete { axis, at: 2 });
        assert_eq!(go((0, 0), 0.0, 99.0), TableEdit::Delete { axis, at: 0 });
        // Of two lines on one another the right one goes to the right.
        assert!(matches!(go((1, 2), 100.0, 150.0), TableEdit::MoveLine { line: 2, .. }));
    }
}
