//! The page pane: the picture, what was found on it, and the strip of controls below.
//!
//! Draws and asks; moving the view is the only thing it does by itself.

mod images;
mod marking;
mod overlay;
mod strip;
mod tiles;
mod view;

use eframe::egui::{
    self, CursorIcon, Key, MouseWheelSource, MouseWheelUnit, Painter, PointerButton, Pos2, Rect, Response,
    Sense, Ui, WidgetInfo, accesskit::Role, vec2,
};

use crate::{
    geometry::{Point, Quad},
    review::{PageReading, ReadingState, ReviewDocument},
};

use super::{
    command::{ChosenIn, Command, Request},
    cx::Cx,
    form,
    icon::Icon,
    table,
    template::Tool,
    theme,
    theme::{PAPER, SMALL, STEP},
};

pub use overlay::Pencil;

pub use images::{PageImages, PageKey, Snip};
pub use tiles::Tiles;
pub use view::{Fit, View};

use overlay::{FieldBox, field_boxes};

/// Seconds in which the page glides to a place.
const GLIDE: f64 = 0.12;
/// Zoom per notch of a mouse wheel, which egui reports as about 50 points.
const ZOOM_PER_POINT: f32 = 1.0 / 250.0;
/// Side of the smallest box worth reading again, in page pixels (ingest refuses smaller pages).
const LEAST_BOX: f32 = 15.0;

/// How the page lies and moves.
#[derive(Debug, Default)]
pub struct PageState {
    /// The page that `view` is of.
    page: Option<PageKey>,
    view: Option<View>,
    /// The page keeps to the pane until it is zoomed or moved.
    fit: Option<Fit>,
    glide: Option<Glide>,
    /// Where a box is being drawn from.
    box_from: Option<Point>,
    /// A place to glide to as soon as the page is there.
    wanted: Option<Wanted>,
}

/// How a place is to be shown.
#[derive(Debug, Clone, Copy)]
enum Wanted {
    /// Readable, with as little movement as possible.
    Seen(Quad),
    /// Filling the pane.
    Filling(Quad),
    /// One of several documents of the page, whole.
    Part(Quad),
}

#[derive(Debug)]
struct Glide {
    from: View,
    to: View,
    /// Seconds of egui's clock.
    since: f64,
}

/// What the commands of the page do to it; carried out when it is drawn next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Move {
    In,
    Out,
    Fit(Fit),
    ActualSize,
}

impl PageState {
    /// Glides to `quad`; only as far as needed.
    pub fn show(&mut self, quad: Quad) {
        // A field of the document that is about to be shown is seen with it.
        if !matches!(self.wanted, Some(Wanted::Part(_))) {
            self.wanted = Some(Wanted::Seen(quad));
        }
    }

    /// Glides to one of several documents of a page.
    pub fn show_part(&mut self, quad: Quad) {
        self.wanted = Some(Wanted::Part(quad));
    }

    /// Glides to `quad` and makes it fill the pane.
    pub fn zoom_to(&mut self, quad: Quad) {
        self.wanted = Some(Wanted::Filling(quad));
    }

    /// The view forgets where it was, e.g. because the page was turned.
    pub fn reset(&mut self) {
        *self = Self { fit: self.fit, page: self.page, ..Self::default() };
    }

    pub fn apply(&mut self, ctx: &egui::Context, change: Move, pane: Rect) {
        let Some(view) = self.view else { return };
        let at = pane.center();
        let to = match change {
            Move::Fit(fit) => {
                (self.fit, self.view, self.glide) = (Some(fit), None, None);
                ctx.request_repaint();
                return;
            }
            Move::In => view.zoomed(pane, at, 1.25),
            Move::Out => view.zoomed(pane, at, 0.8),
            Move::ActualSize => view.zoomed(pane, at, 1.0 / (view.zoom * ctx.pixels_per_point())),
        };
        self.glide_to(ctx, to);
    }

    fn glide_to(&mut self, ctx: &egui::Context, to: View) {
        if let Some(from) = self.view.filter(|v| *v != to) {
            self.glide = Some(Glide { from, to, since: ctx.time() });
            self.fit = None;
            ctx.request_repaint();
        }
    }

    /// The view of this frame, for a page of this size and turn in this pane.
    fn settle(&mut self, ctx: &egui::Context, key: PageKey, size: (u32, u32), turn: f32, pane: Rect) -> View {
        if self.page != Some(key) {
            let wanted = self.wanted;
            *self =
                Self { page: Some(key), fit: Some(self.fit.unwrap_or(Fit::Page)), wanted, ..Self::default() };
        }
        if self.view.is_some_and(|v| v.turn != turn && self.glide.is_none()) {
            (self.view, self.fit) = (None, Some(self.fit.unwrap_or(Fit::Page)));
        }
        let mut view = match (self.view, self.fit) {
            (Some(view), None) => view,
            (_, fit) => View::fitted(size, turn, pane, fit.unwrap_or(Fit::Page)),
        };
        if let Some(glide) = &self.glide {
            let t = ((ctx.time() - glide.since) / GLIDE).clamp(0.0, 1.0) as f32;
            // Ease out: fast first, slow at the end.
            view = View::between(&glide.from, &glide.to, 1.0 - (1.0 - t).powi(3));
            if t >= 1.0 {
                self.glide = None;
            } else {
                ctx.request_repaint();
            }
        }
        self.view = Some(view);
        if let Some(wanted) = self.wanted.take() {
            let to = match wanted {
                Wanted::Seen(quad) => view.showing(pane, &quad),
                Wanted::Filling(quad) => {
                    let filled = View::filled_with(pane, &quad, 1.5);
                    View { turn: view.turn, zoom: filled.zoom.min(4.0), ..filled }
                }
                Wanted::Part(quad) => view.around(pane, &quad),
            };
            self.glide_to(ctx, to);
        }
        self.view.unwrap_or(view)
    }

    /// What is being dragged becomes no box.
    pub fn give_up_box(&mut self) {
        self.box_from = None;
    }

    /// The user moves the view by hand.
    fn set(&mut self, view: View, size: (u32, u32)) {
        (self.view, self.fit, self.glide) = (Some(view.held_on(size)), None, None);
    }
}

/// The whole pane. Returns the rectangle of the picture, for commands that move it.
pub fn show(ui: &mut Ui, cx: &mut Cx<'_>, tiles: &mut Tiles) -> Rect {
    egui::Panel::bottom("page strip")
        .exact_size(36.0)
        .frame(egui::Frame::new().fill(cx.roles.surface).inner_margin(egui::Margin::symmetric(8, 0)))
        .show(ui, |ui| strip::show(ui, cx));
    if cx.state.find_open {
        egui::Panel::top("find on page")
            .exact_size(36.0)
            .frame(egui::Frame::new().fill(cx.roles.surface).inner_margin(egui::Margin::symmetric(8, 0)))
            .show(ui, |ui| strip::find_bar(ui, cx));
    }
    table::show(ui, cx);
    let pane = ui.available_rect_before_wrap();
    ui.painter().rect_filled(pane, 0.0, cx.roles.ground);
    let response = ui.interact(pane, ui.scope_id().with("page"), Sense::click_and_drag());
    response.widget_info(|| WidgetInfo::labeled(Role::Canvas, true, &cx.t.page.title));
    let Some(selection) = cx.state.selection else { return pane };
    let key = selection.page_key();
    match cx.images.current_levels().filter(|(k, _)| *k == key) {
        Some((_, levels)) => {
            let levels = levels.clone();
            picture(ui, cx, tiles, pane, &response, key, &levels);
        }
        None => {
            let text = match cx.images.failure(key) {
                Some(message) => {
                    super::text::fill(&cx.t.page.failed, &[("reason", &cx.lang.of_message(message))])
                }
                None => cx.t.page.decoding.clone(),
            };
            centred(ui, pane, &text, cx.roles.quiet);
        }
    }
    pane
}

fn centred(ui: &Ui, pane: Rect, text: &str, color: egui::Color32) {
    let font = egui::FontId::proportional(theme::BODY);
    let galley = ui.painter().layout(text.to_owned(), font, color, pane.width() * 0.8);
    ui.painter().galley(pane.center() - galley.size() / 2.0, galley, color);
}

/// Degrees clockwise by which a page is shown. Of several documents that lie on it each its own way the
/// one in the form is upright, until the user turns the page.
fn turn_of(cx: &Cx<'_>, key: PageKey, rotation: u16) -> f32 {
    let first_here = |d: &&ReviewDocument| d.document.pages.first() == Some(&key.page);
    let here = || cx.session.file(key.file).into_iter().flat_map(|f| &f.documents).filter(first_here);
    let in_form = here().find(|d| Some(d.id) == cx.state.document());
    match in_form.filter(|_| here().nth(1).is_some() && !cx.state.turned.contains(&key)) {
        Some(d) => view::upright(d.document.found.location.angle()),
        None => f32::from(rotation % 360),
    }
}

fn picture(
    ui: &mut Ui,
    cx: &mut Cx<'_>,
    tiles: &mut Tiles,
    pane: Rect,
    response: &Response,
    key: PageKey,
    levels: &images::Levels,
) {
    let size = levels.size();
    let page = cx.session.file(key.file).and_then(|f| f.page(key.page)).cloned();
    let turn = turn_of(cx, key, page.as_ref().map_or(0, |p| p.structure.rotation));
    let mut view = cx.state.page.settle(ui.ctx(), key, size, turn, pane);
    // While places of a form are marked, dragging draws them.
    let marks = cx.state.template.as_ref().is_some_and(|e| e.sample == Some(key) && e.tool == Tool::Place);
    let painter = ui.painter_at(pane);
    let drags_line = table::grab(ui, cx, response, &Pencil { painter: &painter, pane, view: &view }, key);
    let new_table = cx.state.drawing_table == Some(key);
    let drawing = marks || drags_line || new_table || cx.state.page.box_from.is_some();
    if let Some(moved) = moved_by_hand(ui, response, pane, &view, drawing) {
        cx.state.page.set(moved, size);
        view = cx.state.page.view.unwrap_or(moved);
    }

    let pencil = Pencil { painter: &painter, pane, view: &view };
    let sheet = view.quad_on_screen(pane, &tiles::outline(size));
    painter.add(egui::Shape::convex_polygon(sheet.to_vec(), egui::Color32::WHITE, egui::Stroke::NONE));
    tiles.paint(&painter, pane, levels, &view);
    reader(cx, key, &painter, pane);
    let Some(page) = page else { return };
    remarks(ui, cx, &page, pane);

    if let Some(editor) = cx.state.template.clone() {
        marking::show(ui, cx, &editor, response, &pencil, key, &page);
        found_text(cx, &pencil, &page);
        return;
    }
    if new_table {
        table::draw_on_page(ui, cx, response, &pencil, key);
        return;
    }
    if cx.state.table.as_ref().is_some_and(|t| t.page == key) {
        found_text(cx, &pencil, &page);
        table::show_on_page(ui, cx, response, &pencil, &page);
        return;
    }
    let document = cx.document().map(|d| &d.document);
    let mut boxes = document.map(|d| field_boxes(&d.record, &d.pages, key.page)).unwrap_or_default();
    pencil.at_rest(&page, &boxes, cx.settings.overlays);
    other_documents(cx, &pencil, key);
    found_text(cx, &pencil, &page);
    let in_work = cx.state.field.as_ref().and_then(|path| boxes.iter().find(|b| b.path == *path));
    if let Some(b) = in_work {
        pencil.strong(&b.quad, PAPER.selection);
    }
    if let Some(quad) = &cx.state.reading_box {
        pencil.strong(quad, PAPER.doubtful);
    }
    click_beside(ui, cx, response, &pencil, &page);
    choose_box(ui, cx, &mut boxes, &pencil, &page);
    draw_box(ui, cx, response, &pencil);
}

/// Wheel, pinch and dragging.
fn moved_by_hand(ui: &Ui, response: &Response, pane: Rect, view: &View, drawing_box: bool) -> Option<View> {
    let mut moved = *view;
    let space = ui.input(|i| i.key_down(Key::Space)) && !ui.ctx().text_edit_focused();
    let boxing = ui.input(|i| i.modifiers.shift) || drawing_box;
    if response.dragged_by(PointerButton::Middle) || (response.dragged_by(PointerButton::Primary) && !boxing)
    {
        moved = moved.panned(response.drag_delta());
        ui.ctx().set_cursor_icon(CursorIcon::Grabbing);
    } else if space && response.contains_pointer() {
        moved = moved.panned(ui.input(|i| i.pointer.delta()));
        ui.ctx().set_cursor_icon(CursorIcon::Grab);
    }
    // Boxes lie over the pane, so ask where the pointer is, not what it hovers.
    if let Some(at) = ui.ctx().pointer_hover_pos().filter(|_| response.contains_pointer()) {
        let (zoom, scroll) = ui.input(|i| (i.zoom_delta(), i.smooth_scroll_delta()));
        let wheel = !is_trackpad(ui);
        if zoom != 1.0 {
            moved = moved.zoomed(pane, at, zoom);
        } else if scroll != egui::Vec2::ZERO {
            // A wheel zooms, two fingers on a trackpad push the page.
            moved = match wheel {
                true => moved.zoomed(pane, at, ((scroll.y + scroll.x) * ZOOM_PER_POINT).exp()),
                false => moved.panned(scroll),
            };
        }
    }
    (moved != *view).then_some(moved)
}

/// Whether two fingers on a trackpad scroll, as far as the platform tells: where it does not, by
/// the unit, which is lines for wheels.
fn is_trackpad(ui: &Ui) -> bool {
    let unit = ui.input(|i| {
        if let Some(MouseWheelSource::Trackpad | MouseWheelSource::Momentum) = i.scroll_source() {
            return Some(true);
        }
        i.events.iter().rev().find_map(|e| match e {
            egui::Event::MouseWheel { unit, .. } => Some(*unit == MouseWheelUnit::Point),
            _ => None,
        })
    });
    // A scroll goes on for some frames after its last event.
    let id = egui::Id::unique("scrolls by trackpad");
    match unit {
        Some(trackpad) => {
            ui.data_mut(|d| d.insert_temp(id, trackpad));
            trackpad
        }
        None => ui.data(|d| d.get_temp(id)).unwrap_or(false),
    }
}

/// Outlines of the page's further documents.
fn other_documents(cx: &Cx<'_>, pencil: &Pencil<'_>, key: PageKey) {
    let Some(file) = cx.session.file(key.file) else { return };
    let on_page = |d: &&crate::review::ReviewDocument| d.document.pages.first() == Some(&key.page);
    let all: Vec<_> = file.documents.iter().filter(on_page).collect();
    if all.len() < 2 {
        return;
    }
    for d in all {
        let location = &d.document.found.location;
        if Some(d.id) == cx.state.document() {
            pencil.painter.add(egui::Shape::closed_line(
                pencil.view.quad_on_screen(pencil.pane, location).to_vec(),
                egui::Stroke::new(2.0, PAPER.selection),
            ));
        } else {
            pencil.wash(location, theme::tint(PAPER.line, 0.4));
        }
    }
}

/// Lines of the page that hold what is searched for.
fn found_text(cx: &Cx<'_>, pencil: &Pencil<'_>, page: &PageReading) {
    if cx.state.find_open {
        for quad in strip::hits(page, &cx.state.find) {
            pencil.wash(&quad, PAPER.doubtful);
        }
    }
}

/// Each box can be chosen by pointer and screen reader; the smallest lie on top.
fn choose_box(ui: &Ui, cx: &mut Cx<'_>, boxes: &mut [FieldBox<'_>], pencil: &Pencil<'_>, page: &PageReading) {
    boxes.sort_by(|a, b| b.quad.area().total_cmp(&a.quad.area()));
    for b in boxes.iter().filter(|_| cx.settings.overlays.fields) {
        let rect =
            Rect::from_points(&pencil.view.quad_on_screen(pencil.pane, &b.quad)).intersect(pencil.pane);
        if !rect.is_positive() {
            continue;
        }
        let label = form::label_of(cx, &b.path);
        let name = super::text::fill(&cx.t.page.field_box, &[("name", &label)]);
        let response = ui.interact(rect, ui.scope_id().with(("box", b.path.to_string())), Sense::click());
        response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &name));
        if response.hovered() {
            pencil.wash(&b.quad, PAPER.selection);
            ui.ctx().set_cursor_icon(CursorIcon::PointingHand);
        }
        if response.clicked() {
            match taken_line(ui, cx, &response, pencil, page) {
                Some(request) => cx.ask(request),
                None => cx.ask(Request::Field(b.path.clone(), ChosenIn::Page)),
            }
        }
        // The pointer may rest on it while a panel is opened by the keyboard.
        if cx.state.panel.is_none() {
            response.on_hover_text_at_pointer(label);
        }
    }
}

/// Ctrl and click on a line: its text goes into the field in work.
fn taken_line(
    ui: &Ui,
    cx: &Cx<'_>,
    response: &Response,
    pencil: &Pencil<'_>,
    page: &PageReading,
) -> Option<Request> {
    if cx.state.field.is_none() || !ui.input(|i| i.modifiers.command) {
        return None;
    }
    let at = pencil.view.to_page(pencil.pane, response.interact_pointer_pos()?);
    let line = page.structure.lines.iter().find(|l| l.quad.contains(at))?;
    Some(Request::TakeLine { text: line.text.clone(), quad: line.quad, confidence: line.confidence })
}

/// A click beside all boxes: takes a line, or chooses another document of the page.
fn click_beside(ui: &Ui, cx: &mut Cx<'_>, response: &Response, pencil: &Pencil<'_>, page: &PageReading) {
    if response.double_clicked() {
        cx.run(Command::FitPage);
        return;
    }
    if !response.clicked() {
        return;
    }
    if let Some(request) = taken_line(ui, cx, response, pencil, page) {
        cx.ask(request);
        return;
    }
    let Some(at) = response.interact_pointer_pos() else { return };
    let at = pencil.view.to_page(pencil.pane, at);
    let Some((selection, file)) = cx.state.selection.zip(cx.file()) else { return };
    if let Some((index, cell)) = cell_at(page, at).filter(|_| cx.settings.overlays.tables) {
        cx.ask(Request::Table(table::Ask::Open(selection.page_key(), index, cell)));
        return;
    }
    let other = file.documents.iter().find(|d| {
        d.document.pages.first() == Some(&selection.page)
            && Some(d.id) != selection.document
            && d.document.found.location.contains(at)
    });
    if let Some(other) = other {
        cx.ask(Request::Select { file: file.id, document: Some(other.id), page: selection.page });
    }
}

/// The table of the page that holds a place, and the row and column there.
fn cell_at(page: &PageReading, at: Point) -> Option<(usize, (usize, usize))> {
    let tables = page.structure.tables.iter().enumerate();
    let mut cells = tables.flat_map(|(i, t)| t.cells.iter().map(move |c| (i, c)));
    cells.find(|(_, c)| c.quad.contains(at)).map(|(i, c)| (i, (c.row, c.col)))
}

/// Shift and drag: a box whose text is read again for the field in work.
fn draw_box(ui: &Ui, cx: &mut Cx<'_>, response: &Response, pencil: &Pencil<'_>) {
    let (view, pane) = (pencil.view, pencil.pane);
    let pointer = response.interact_pointer_pos();
    if response.drag_started_by(PointerButton::Primary) && ui.input(|i| i.modifiers.shift) {
        cx.state.page.box_from = pointer.map(|at| view.to_page(pane, at));
    }
    if let Some(quad) = dragged_box(cx, response, pencil) {
        cx.ask(Request::ReadBox(quad));
    }
}

/// Dragging draws a box: the box itself (page pixels) once it is finished.
pub fn drawn_box(ui: &Ui, cx: &mut Cx<'_>, response: &Response, pencil: &Pencil<'_>) -> Option<Quad> {
    if response.drag_started_by(PointerButton::Primary) {
        let from = ui.input(|i| i.pointer.press_origin()).or(response.interact_pointer_pos());
        cx.state.page.box_from = from.map(|at| pencil.view.to_page(pencil.pane, at));
    }
    dragged_box(cx, response, pencil)
}

/// Draws the box being dragged from `box_from`; the box itself (page pixels) once it is finished and not
/// too small to be meant.
fn dragged_box(cx: &mut Cx<'_>, response: &Response, pencil: &Pencil<'_>) -> Option<Quad> {
    let (view, pane) = (pencil.view, pencil.pane);
    let (from, at) = (cx.state.page.box_from?, response.interact_pointer_pos()?);
    let quad = upright_box(view, pane, view.to_screen(pane, from), at);
    pencil.strong(&quad, PAPER.selection);
    if !response.drag_stopped() {
        return None;
    }
    cx.state.page.box_from = None;
    (quad.width() >= LEAST_BOX && quad.height() >= LEAST_BOX).then_some(quad)
}

/// The box between two points of the screen; it reads as the page is turned.
fn upright_box(view: &View, pane: Rect, a: Pos2, b: Pos2) -> Quad {
    let r = Rect::from_two_pos(a, b);
    Quad([r.left_top(), r.right_top(), r.right_bottom(), r.left_bottom()].map(|p| view.to_page(pane, p)))
}

/// A page that is being read says so.
fn reader(cx: &Cx<'_>, key: PageKey, painter: &Painter, pane: Rect) {
    let reading = cx
        .session
        .file(key.file)
        .is_some_and(|f| f.state == ReadingState::Reading && f.current_page == Some(key.page));
    if !reading {
        return;
    }
    let font = egui::FontId::proportional(SMALL);
    let galley = painter.layout_no_wrap(cx.t.page.reader_here.clone(), font, cx.roles.on_selection);
    let rect = Rect::from_min_size(
        pane.right_top() + vec2(-galley.size().x - 6.0 * STEP, 2.0 * STEP),
        galley.size() + vec2(4.0 * STEP, 2.0 * STEP),
    );
    painter.rect_filled(rect, 4.0, cx.roles.selection);
    painter.galley(rect.min + vec2(2.0 * STEP, STEP), galley, cx.roles.on_selection);
}

/// What the operator should know of the page, above it: defects of its picture, what could not be read.
fn remarks(ui: &mut Ui, cx: &Cx<'_>, page: &PageReading, pane: Rect) {
    let mut top = pane.top() + 2.0 * STEP;
    for remark in page.remarks() {
        let text = cx.lang.of_message(remark);
        let font = egui::FontId::proportional(SMALL);
        let wrap = (pane.width() * 0.6).max(120.0);
        let size = ui.painter().layout(text.to_owned(), font, cx.roles.doubtful, wrap).size();
        let sign = SMALL + 2.0 * STEP;
        let rect = Rect::from_min_size(
            egui::pos2(pane.left() + 2.0 * STEP, top),
            size + vec2(sign + 4.0 * STEP, 2.0 * STEP),
        );
        let border = egui::Stroke::new(1.0, cx.roles.border);
        ui.painter().rect(rect, 4.0, cx.roles.surface, border, egui::StrokeKind::Inside);
        let icon =
            Rect::from_min_size(rect.min + vec2(2.0 * STEP, STEP + 1.0), vec2(SMALL + 2.0, SMALL + 2.0));
        Icon::Warning.paint(ui.painter(), icon, cx.roles.doubtful);
        let place = Rect::from_min_size(rect.min + vec2(2.0 * STEP + sign, STEP), size + vec2(STEP, 0.0));
        let words = egui::RichText::new(text).size(SMALL).color(cx.roles.doubtful);
        ui.put(place, egui::Label::new(words).wrap());
        top = rect.bottom() + STEP;
    }
}

/// An enlarged crop of `quad` in `rect`, from the textures of the page on show.
pub fn crop(ui: &Ui, cx: &Cx<'_>, tiles: &mut Tiles, rect: Rect, quad: &Quad, color: egui::Color32) {
    let painter = ui.painter_at(rect);
    painter.rect_filled(rect, 4.0, cx.roles.ground);
    let Some((_, levels)) = cx.images.current_levels() else { return };
    let view = View::filled_with(rect, quad, 0.5);
    tiles.paint(&painter, rect, levels, &view);
    Pencil { painter: &painter, pane: rect, view: &view }.strong_outline(quad, color);
}
