//! One field over many documents, one below the other: the picture, the value, right or not.

use std::collections::BTreeMap;

use eframe::egui::{self, Button, ComboBox, Key, TextEdit, Ui, vec2};

use crate::{
    extract::FieldPath,
    kind::{FieldSpec, Kind},
    review::{DocumentId, Edit, FileEntry, ReviewDocument},
};

use super::{
    super::{
        command::Request,
        cx::{Cx, is_closed, small_icon_button},
        icon::Icon,
        page::Snip,
        sign,
        text::fill,
        theme::STEP,
    },
    cell, close, heading, large, list, name_of, page_snip, picture,
};

/// Which field of which kind is looked at.
#[derive(Debug, Default)]
pub struct GroupDraft {
    pub kind: String,
    pub key: String,
    /// Values that nobody needs to look at are listed, too.
    pub all: bool,
    /// What is being typed.
    typing: Option<(DocumentId, String)>,
    /// The row that gets the keyboard in the next frame.
    focus: Option<DocumentId>,
    /// The rows: those that were open when the field was chosen stay until another one is.
    rows: Vec<DocumentId>,
    /// Enter was pressed in the last row.
    done: bool,
}

const ROW: f32 = 44.0;
const PICTURE: egui::Vec2 = vec2(360.0, 36.0);

pub fn show(ui: &mut Ui, cx: &mut Cx<'_>) {
    let height = large(ui, 960.0);
    let (title, hint) = (cx.t.group_check.title.clone(), cx.t.group_check.hint.clone());
    heading(ui, cx, &title, &hint);
    let mut draft = std::mem::take(&mut cx.state.group);
    let mut changed = cx.state.panel_is_new;
    if changed {
        // Nothing is looked at yet.
        (draft.kind, draft.key) = Default::default();
        begin(cx, &mut draft);
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
    list(height - 40.0).show_rows(ui, ROW, rows.len(), |ui, seen| {
        for i in seen {
            if let Some(id) = rows.get(i) {
                row(ui, cx, &mut draft, *id, rows.get(i + 1).copied());
            }
        }
    });
    if std::mem::take(&mut draft.done) {
        // On to the next field without a hand on the mouse.
        if let Some(next) = most_open(cx, &draft) {
            (draft.kind, draft.key) = next;
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
    let of_kind = |d: &&ReviewDocument| d.document.found.kind == draft.kind;
    let all_closed = cx.session.documents().filter(of_kind).all(is_closed);
    let next = most_open(cx, draft);
    let why = match (all_closed, &next) {
        (true, _) => &t.all_closed,
        (false, None) => &t.none_anywhere,
        (false, Some(_)) => &t.none,
    };
    ui.add_space(STEP);
    ui.label(why);
    ui.add_space(STEP);
    ui.horizontal_wrapped(|ui| {
        if let Some((kind, key)) = next {
            let spec = cx.session.registry().get(&kind);
            let field = spec.and_then(|k| k.field(&key)).map_or(key.as_str(), |f| f.label.get(cx.lang));
            let name = spec.map_or(kind.as_str(), |k| k.name.get(cx.lang));
            if ui.button(fill(&t.go_on, &[("kind", &name), ("field", &field)])).clicked() {
                (draft.kind, draft.key) = (kind, key);
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
fn begin(cx: &Cx<'_>, draft: &mut GroupDraft) {
    let kind = cx.document().and_then(|d| cx.session.registry().get(&d.document.found.kind));
    let in_work = cx.state.field.as_ref().and_then(|path| kind?.field(path.key()));
    let first = || kind.and_then(|k| k.fields.iter().find(|f| f.required).or(k.fields.first()));
    let of_kind = |f: &FieldSpec| Some((kind?.id.clone(), f.key.clone()));
    let is_open = |f: &&FieldSpec| {
        let path = FieldPath::Field { key: f.key.clone() };
        let wants = |d: &ReviewDocument| !is_closed(d) && cx.session.needs_attention(d.id, &path);
        cx.session.documents().any(|d| kind.is_some_and(|k| k.id == d.document.found.kind) && wants(d))
    };
    let chosen = in_work
        .filter(is_open)
        .and_then(of_kind)
        .or_else(|| most_open(cx, draft))
        .or_else(|| in_work.or_else(first).and_then(of_kind));
    (draft.kind, draft.key) = chosen.unwrap_or_default();
}

/// The kind and field, other than those that are looked at, of which the most values are to be looked at.
fn most_open(cx: &Cx<'_>, but: &GroupDraft) -> Option<(String, String)> {
    let mut open: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for d in cx.session.documents().filter(|d| !is_closed(d)) {
        let kind = cx.session.registry().get(&d.document.found.kind);
        for (kind, field) in kind.iter().flat_map(|k| k.fields.iter().map(move |f| (k, f))) {
            let path = FieldPath::Field { key: field.key.clone() };
            *open.entry((&kind.id, &field.key)).or_default() +=
                usize::from(cx.session.needs_attention(d.id, &path));
        }
    }
    let other = |(kind, key): &(&str, &str)| *kind != but.kind || *key != but.key;
    let most = open.into_iter().filter(|(at, n)| *n > 0 && other(at)).max_by_key(|(_, n)| *n);
    most.map(|((kind, key), _)| (kind.to_owned(), key.to_owned()))
}

fn path_of(draft: &GroupDraft) -> FieldPath {
    FieldPath::Field { key: draft.key.clone() }
}

fn refresh(cx: &Cx<'_>, draft: &mut GroupDraft) {
    let path = path_of(draft);
    let wanted = |d: &&ReviewDocument| {
        d.document.found.kind == draft.kind
            && !is_closed(d)
            && (draft.all || cx.session.needs_attention(d.id, &path))
    };
    draft.rows = cx.session.documents().filter(wanted).map(|d| d.id).collect();
    draft.typing = None;
    draft.focus = draft.rows.first().copied();
}

/// Kind, field, and whether all values are listed. Returns whether anything was changed.
fn choose(ui: &mut Ui, cx: &Cx<'_>, draft: &mut GroupDraft) -> bool {
    let registry = cx.session.registry();
    let mut kinds: Vec<&Kind> = Vec::new();
    for d in cx.session.documents() {
        if let Some(kind) = registry.get(&d.document.found.kind).filter(|k| !k.fields.is_empty())
            && !kinds.iter().any(|k| k.id == kind.id)
        {
            kinds.push(kind);
        }
    }
    let mut changed = false;
    ui.horizontal_wrapped(|ui| {
        let current = registry.get(&draft.kind);
        let name = current.map_or("", |k| k.name.get(cx.lang));
        let list = ComboBox::from_id_salt("group kind").width(220.0).selected_text(name);
        list.show_ui(ui, |ui| {
            for kind in kinds {
                let chosen = kind.id == draft.kind;
                if ui.selectable_label(chosen, kind.name.get(cx.lang)).clicked() && !chosen {
                    draft.kind.clone_from(&kind.id);
                    let first = kind.fields.iter().find(|f| f.required).or(kind.fields.first());
                    draft.key = first.map(|f| f.key.clone()).unwrap_or_default();
                    changed = true;
                }
            }
        })
        .response
        .widget_info(|| egui::WidgetInfo::labeled(egui::Role::ComboBox, true, &cx.t.group_check.kind));
        let field = current.and_then(|k| k.field(&draft.key));
        let name = field.map_or("", |f| f.label.get(cx.lang));
        let list = ComboBox::from_id_salt("group field").width(200.0).selected_text(name);
        list.show_ui(ui, |ui| {
            for field in current.iter().flat_map(|k| &k.fields).filter(|f| !f.many) {
                if ui.selectable_label(field.key == draft.key, field.label.get(cx.lang)).clicked() {
                    draft.key.clone_from(&field.key);
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

fn row(ui: &mut Ui, cx: &mut Cx<'_>, draft: &mut GroupDraft, id: DocumentId, next: Option<DocumentId>) {
    let Some((document, file)) = cx.session.document(id).zip(cx.session.file_of(id)) else { return };
    let path = path_of(draft);
    let field = document.document.record.get(&path);
    let name = name_of(file);
    ui.horizontal(|ui| {
        ui.set_height(ROW - ui.spacing().item_spacing.y);
        match snip(file, document, &path) {
            Some(snip) => picture(ui, cx, snip, PICTURE, &name),
            None => cell(ui, PICTURE.x, cx.quiet(&cx.t.group_check.no_place)),
        };
        let mut text = match &draft.typing {
            Some((typing, text)) if *typing == id => text.clone(),
            _ => field.and_then(|f| f.value.clone()).unwrap_or_default(),
        };
        let closed = is_closed(document);
        let width = (ui.available_width() - 190.0).max(120.0);
        let edit = TextEdit::singleline(&mut text).desired_width(width).interactive(!closed);
        let response = ui.add(edit).accessible_name(&name).on_hover_text(&name);
        if draft.focus == Some(id) && !closed {
            draft.focus = None;
            response.request_focus();
            response.scroll_to_me(None);
        }
        if response.changed() {
            draft.typing = Some((id, text.clone()));
        }
        let entered = response.lost_focus() && ui.input(|i| i.key_pressed(Key::Enter));
        if response.lost_focus() {
            settle(cx, draft, id, entered);
        }
        if entered {
            draft.focus = next;
            draft.done = next.is_none();
        }
        let required = cx.session.requires(id, &path);
        let wants = cx.session.needs_attention(id, &path);
        let state = sign::of_field(field, required, wants, cx.t, cx.roles);
        state.icon.show(ui, 16.0, state.color, state.word);
        if !closed && small_icon_button(ui, Icon::Check, &cx.t.group_check.right).clicked() {
            settle(cx, draft, id, true);
            draft.focus = next;
        }
        if ui.add(Button::new(cx.t.group_check.open.as_str()).small()).clicked() {
            let page = document.document.pages.first().copied().unwrap_or(1);
            cx.ask(Request::Panel(None));
            cx.ask(Request::Select { file: file.id, document: Some(id), page });
            cx.ask(Request::Field(path.clone(), super::super::command::ChosenIn::Page));
        }
    });
}

/// What was typed becomes an edit; otherwise, if the person says so, the value is right as it is.
fn settle(cx: &mut Cx<'_>, draft: &mut GroupDraft, document: DocumentId, right: bool) {
    let path = path_of(draft);
    match draft.typing.take_if(|(id, _)| *id == document) {
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
    let bounds = field.quad?.bounds();
    let page = field.page_among(&document.document.pages)?;
    let around = 0.25 * bounds.height().min(bounds.width());
    let part = [bounds.left - around, bounds.top - around, bounds.right + around, bounds.bottom + around];
    Some(page_snip(file, page, Some(part.map(|v| v.max(0.0) as u32)), PICTURE.x))
}
