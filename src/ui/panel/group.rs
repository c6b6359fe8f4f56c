//! One field, or one column of rows, over many documents, one below the other: the picture, the value,
//! right or not.

use std::collections::BTreeMap;

use eframe::egui::{self, Button, ComboBox, Key, TextEdit, Ui, vec2};

use crate::{
    extract::FieldPath,
    kind::{Kind, Lang},
    review::{DocumentId, Edit, FileEntry, ReviewDocument, form_order},
};

use super::{
    super::{
        command::Request,
        cx::{Cx, is_closed, small_icon_button},
        form::upright,
        icon::Icon,
        page::Snip,
        queue::elided,
        sign,
        text::fill,
        theme::{SMALL, STEP},
    },
    cell, close, heading, large, name_of, page_snip, picture, spec_in, wide_list,
};

/// What of a kind is looked at.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Spot {
    kind: String,
    /// Of a field, or of a table.
    key: String,
    /// Of the table.
    column: Option<String>,
}

impl Spot {
    fn of(kind: &str, path: &FieldPath) -> Self {
        let column = match path {
            FieldPath::Cell { column, .. } => Some(column.clone()),
            FieldPath::Field { .. } | FieldPath::Item { .. } => None,
        };
        Self { kind: kind.to_owned(), key: path.key().to_owned(), column }
    }

    fn holds(&self, path: &FieldPath) -> bool {
        let column = match path {
            FieldPath::Cell { column, .. } => Some(column),
            FieldPath::Field { .. } | FieldPath::Item { .. } => None,
        };
        path.key() == self.key && column == self.column.as_ref()
    }

    /// What it is called; a column behind the name of its table.
    fn label(&self, kind: &Kind, lang: Lang) -> String {
        match &self.column {
            None => kind.field(&self.key).map_or(&*self.key, |f| f.label.get(lang)).to_owned(),
            Some(column) => {
                let table = kind.table(&self.key);
                let heading = table.and_then(|t| t.column(column)).map_or(&**column, |c| c.label.get(lang));
                format!("{} · {heading}", table.map_or(&*self.key, |t| t.label.get(lang)))
            }
        }
    }
}

/// A value of a document.
type Place = (DocumentId, FieldPath);

/// Which values are looked at.
#[derive(Debug, Default)]
pub struct GroupDraft {
    spot: Spot,
    /// Values that nobody needs to look at are listed, too.
    all: bool,
    /// What is being typed.
    typing: Option<(Place, String)>,
    /// The row that gets the keyboard in the next frame.
    focus: Option<Place>,
    /// The rows: those that were open when the field was chosen stay until another one is.
    rows: Vec<Place>,
    /// Where else there is something to look at, worked out when there are no rows.
    elsewhere: Option<Spot>,
    /// Enter was pressed in the last row.
    done: bool,
}

const ROW: f32 = 44.0;
const PICTURE: egui::Vec2 = vec2(360.0, 36.0);
/// What the sign and the buttons behind a value take, in points.
const BESIDE: f32 = 190.0;
/// The share of the room beside the picture that the file's name gets, and its least and full width.
const NAME_SHARE: f32 = 0.4;
const NAME: (f32, f32) = (72.0, 200.0);

pub fn show(ui: &mut Ui, cx: &mut Cx<'_>) {
    let height = large(ui, 960.0);
    let (title, hint) = (cx.t.group_check.title.clone(), cx.t.group_check.hint.clone());
    heading(ui, cx, &title, &hint);
    let mut draft = std::mem::take(&mut cx.state.group);
    let mut changed = cx.state.panel_is_new;
    if changed {
        draft.spot = begin(cx);
    }
    changed |= choose(ui, cx, &mut draft);
    if changed {
        refresh(cx, &mut draft);
    }
    ui.add_space(STEP);
    if draft.rows.is_empty() {
        nothing_open(ui, cx, &mut draft);
    }
    let rows = draft.rows.clone();
    wide_list(height - 40.0).show_rows(ui, ROW, rows.len(), |ui, seen| {
        for i in seen {
            if let Some(place) = rows.get(i) {
                row(ui, cx, &mut draft, place, rows.get(i + 1));
            }
        }
    });
    if std::mem::take(&mut draft.done) {
        // On to the next field without a hand on the mouse.
        if let Some(next) = most_open(cx, &draft.spot) {
            draft.spot = next;
            refresh(cx, &mut draft);
        }
    }
    cx.state.group = draft;
    ui.add_space(2.0 * STEP);
    close(ui, cx);
}

/// In place of an empty list: why it is empty, and where there is something to look at.
fn nothing_open(ui: &mut Ui, cx: &Cx<'_>, draft: &mut GroupDraft) {
    let t = &cx.t.group_check;
    let of_kind = |d: &&ReviewDocument| d.document.found.kind == draft.spot.kind;
    let all_closed = cx.session.documents().filter(of_kind).all(is_closed);
    let why = match (all_closed, &draft.elsewhere) {
        (true, _) => &t.all_closed,
        (false, None) => &t.none_anywhere,
        (false, Some(_)) => &t.none,
    };
    ui.add_space(STEP);
    ui.label(why);
    ui.add_space(STEP);
    ui.horizontal_wrapped(|ui| {
        if let Some(next) = draft.elsewhere.clone()
            && let Some(kind) = cx.session.registry().get(&next.kind)
        {
            let (name, field) = (kind.name.get(cx.lang), next.label(kind, cx.lang));
            if ui.button(fill(&t.go_on, &[("kind", &name), ("field", &field)])).clicked() {
                draft.spot = next;
                refresh(cx, draft);
            }
        }
        if !draft.all && !all_closed && ui.button(&t.list_all).clicked() {
            draft.all = true;
            refresh(cx, draft);
        }
    });
}

/// The field in work; else the one with the most to look at, if any; else the first of the document on
/// show.
fn begin(cx: &Cx<'_>) -> Spot {
    let kind = cx.document().and_then(|d| cx.session.registry().get(&d.document.found.kind));
    let known = |path: &&FieldPath| spec_in(kind, path).is_some();
    let in_work = cx.state.field.as_ref().filter(known).zip(kind).map(|(path, k)| Spot::of(&k.id, path));
    let first = || kind.and_then(first_of);
    let is_open = |spot: &Spot| open_spots(cx).contains_key(spot);
    let chosen = in_work.clone().filter(is_open).or_else(|| most_open(cx, &Spot::default()));
    chosen.or(in_work).or_else(first).unwrap_or_default()
}

/// The first field that a kind requires, else its first one, else the first column of its first table.
fn first_of(kind: &Kind) -> Option<Spot> {
    let field = kind.fields.iter().find(|f| f.required).or(kind.fields.first());
    let of = |key: &str, column| Spot { kind: kind.id.clone(), key: key.to_owned(), column };
    let cell = || kind.tables.iter().find_map(|t| Some(of(&t.key, Some(t.columns.first()?.key.clone()))));
    field.map(|f| of(&f.key, None)).or_else(cell)
}

/// How many values are to be looked at, of each field and column that a kind declares.
fn open_spots(cx: &Cx<'_>) -> BTreeMap<Spot, usize> {
    let mut open = BTreeMap::new();
    for d in cx.session.documents().filter(|d| !is_closed(d)) {
        let kind = cx.session.registry().get(&d.document.found.kind);
        for path in cx.session.unresolved_in(&d.document) {
            // What is to be entered a second time is not shown before.
            if cx.session.wants_second_entry(d.id, &path) {
                continue;
            }
            if let Some(kind) = kind.filter(|k| spec_in(Some(k), &path).is_some()) {
                *open.entry(Spot::of(&kind.id, &path)).or_default() += 1;
            }
        }
    }
    open
}

/// Of what, other than `but`, the most values are to be looked at.
fn most_open(cx: &Cx<'_>, but: &Spot) -> Option<Spot> {
    let others = open_spots(cx).into_iter().filter(|(spot, _)| spot != but);
    others.max_by_key(|(_, n)| *n).map(|(spot, _)| spot)
}

fn refresh(cx: &Cx<'_>, draft: &mut GroupDraft) {
    let kind = cx.session.registry().get(&draft.spot.kind);
    let of_kind = |d: &&ReviewDocument| d.document.found.kind == draft.spot.kind && !is_closed(d);
    let mut rows = Vec::new();
    for d in cx.session.documents().filter(of_kind) {
        let paths = match draft.all {
            true => form_order(kind, &d.document),
            false => cx.session.unresolved_in(&d.document),
        };
        let seen = |p: &FieldPath| draft.spot.holds(p) && !cx.session.wants_second_entry(d.id, p);
        rows.extend(paths.into_iter().filter(seen).map(|p| (d.id, p)));
    }
    draft.elsewhere = if rows.is_empty() { most_open(cx, &draft.spot) } else { None };
    draft.rows = rows;
    draft.typing = None;
    draft.focus = draft.rows.first().cloned();
}

/// Kind, field, and whether all values are listed. Returns whether anything was changed.
fn choose(ui: &mut Ui, cx: &Cx<'_>, draft: &mut GroupDraft) -> bool {
    let registry = cx.session.registry();
    let mut kinds: Vec<&Kind> = Vec::new();
    for d in cx.session.documents() {
        if let Some(kind) = registry.get(&d.document.found.kind).filter(|k| first_of(k).is_some())
            && !kinds.iter().any(|k| k.id == kind.id)
        {
            kinds.push(kind);
        }
    }
    let mut changed = false;
    ui.horizontal_wrapped(|ui| {
        let current = registry.get(&draft.spot.kind);
        let name = current.map_or("", |k| k.name.get(cx.lang));
        let list = ComboBox::from_id_salt("group kind").width(220.0).selected_text(name);
        list.show_ui(ui, |ui| {
            for kind in kinds {
                let chosen = kind.id == draft.spot.kind;
                if ui.selectable_label(chosen, kind.name.get(cx.lang)).clicked() && !chosen {
                    draft.spot = first_of(kind).unwrap_or_default();
                    changed = true;
                }
            }
        })
        .response
        .widget_info(|| egui::WidgetInfo::labeled(egui::Role::ComboBox, true, &cx.t.group_check.kind));
        let name = current.map_or_else(String::new, |k| draft.spot.label(k, cx.lang));
        let list = ComboBox::from_id_salt("group field").width(260.0).selected_text(name);
        list.show_ui(ui, |ui| {
            for (kind, spot) in current.iter().flat_map(|k| spots(k).map(move |spot| (k, spot))) {
                if ui.selectable_label(spot == draft.spot, spot.label(kind, cx.lang)).clicked() {
                    draft.spot = spot;
                    changed = true;
                }
            }
        })
        .response
        .widget_info(|| egui::WidgetInfo::labeled(egui::Role::ComboBox, true, &cx.t.group_check.field));
        changed |= ui.checkbox(&mut draft.all, &cx.t.group_check.all).changed();
    });
    changed
}

/// The fields of a kind, then the columns of its tables.
fn spots(kind: &Kind) -> impl Iterator<Item = Spot> {
    let of = |key: &str, column| Spot { kind: kind.id.clone(), key: key.to_owned(), column };
    let fields = kind.fields.iter().map(move |f| of(&f.key, None));
    let columns =
        kind.tables.iter().flat_map(move |t| t.columns.iter().map(move |c| of(&t.key, Some(c.key.clone()))));
    fields.chain(columns)
}

fn row(ui: &mut Ui, cx: &mut Cx<'_>, draft: &mut GroupDraft, place: &Place, next: Option<&Place>) {
    let (id, path) = place;
    let Some((document, file)) = cx.session.document(*id).zip(cx.session.file_of(*id)) else { return };
    let field = document.document.record.get(path);
    let name = match path {
        FieldPath::Field { .. } => name_of(file),
        FieldPath::Item { index: n, .. } | FieldPath::Cell { row: n, .. } => {
            format!("{} · {}", name_of(file), n + 1)
        }
    };
    ui.horizontal(|ui| {
        ui.set_height(ROW - ui.spacing().item_spacing.y);
        match snip(file, document, path) {
            Some(snip) => picture(ui, cx, snip, PICTURE, &name),
            None => cell(ui, PICTURE.x, cx.quiet(&cx.t.group_check.no_place)),
        };
        let named = ((ui.available_width() - BESIDE) * NAME_SHARE).clamp(NAME.0, NAME.1);
        let short = elided(ui, &name, SMALL, named);
        cell(ui, named, cx.quiet(short)).on_hover_text(&name);
        let mut text = match &draft.typing {
            Some((typing, text)) if typing == place => text.clone(),
            _ => field.and_then(|f| f.value.clone()).unwrap_or_default(),
        };
        let closed = is_closed(document);
        let width = (ui.available_width() - BESIDE).max(96.0);
        let edit = TextEdit::singleline(&mut text).desired_width(width).interactive(!closed);
        let response = ui.add(edit).accessible_name(&name).on_hover_text(&name);
        if draft.focus.as_ref() == Some(place) && !closed {
            draft.focus = None;
            response.request_focus();
            response.scroll_to_me(None);
        }
        if response.changed() {
            draft.typing = Some((place.clone(), text.clone()));
        }
        let entered = response.lost_focus() && ui.input(|i| i.key_pressed(Key::Enter));
        if response.lost_focus() {
            settle(cx, draft, place, entered);
        }
        if entered {
            draft.focus = next.cloned();
            draft.done = next.is_none();
        }
        let required = cx.session.requires(*id, path);
        let wants = cx.session.needs_attention(*id, path);
        let state = sign::of_field(field, required, wants, cx.t, cx.roles);
        state.icon.show(ui, 16.0, state.color, state.word);
        if !closed && small_icon_button(ui, Icon::Check, &cx.t.group_check.right).clicked() {
            settle(cx, draft, place, true);
            draft.focus = next.cloned();
        }
        if ui.add(Button::new(cx.t.group_check.open.as_str()).small()).clicked() {
            let page = document.document.pages.first().copied().unwrap_or(1);
            cx.ask(Request::Panel(None));
            cx.ask(Request::Select { file: file.id, document: Some(*id), page });
            cx.ask(Request::Field(path.clone(), super::super::command::ChosenIn::Page));
        }
    });
}

/// What was typed becomes an edit; otherwise, if the person says so, the value is right as it is.
fn settle(cx: &mut Cx<'_>, draft: &mut GroupDraft, place: &Place, right: bool) {
    let (document, path) = place.clone();
    match draft.typing.take_if(|(typing, _)| typing == place) {
        Some((_, text)) => {
            cx.ask(Request::Edit(Edit::SetField { document, path, value: Some(text) }));
            cx.ask(Request::Commit);
        }
        None if right => cx.ask(Request::Edit(Edit::AcceptField { document, path })),
        None => {}
    }
}

/// The place of the value on its page, with a little of what is around it.
fn snip(file: &FileEntry, document: &ReviewDocument, path: &FieldPath) -> Option<Snip> {
    let field = document.document.record.get(path)?;
    let quad = upright(field.quad?, document);
    let bounds = quad.bounds();
    let page = field.page_among(&document.document.pages)?;
    let around = 0.25 * bounds.height().min(bounds.width());
    let part = [bounds.left - around, bounds.top - around, bounds.right + around, bounds.bottom + around];
    let snip = page_snip(file, page, Some(part.map(|v| v.max(0.0) as u32)), PICTURE.x);
    // A document may lie otherwise than its page. Back by the quarters by which the text is turned.
    let quarters = (quad.angle() / 90.0).round().rem_euclid(4.0) as u16;
    Some(Snip { rotation: (4 - quarters) % 4 * 90, ..snip })
}
