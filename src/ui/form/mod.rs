//! The form pane: the document's values in its kind's order, and what to do with the document.

mod field;
mod grid;
mod open_kind;

use eframe::egui::{self, Align, Button, Layout, RichText, ScrollArea, Ui, vec2};

use crate::{
    extract::{Entry, Field, FieldPath},
    kind::{FieldSpec, Kind, Label},
    review::{DocumentState, Edit, ReadingState, ReviewDocument},
};

use super::{
    command::{Command, Request},
    cx::{Cx, is_closed, page_error, small_icon_button},
    icon::Icon,
    page::Tiles,
    sign,
    text::fill,
    theme::{SMALL, STEP, TITLE},
};

/// The whole pane.
pub fn show(ui: &mut Ui, cx: &mut Cx<'_>, tiles: &mut Tiles) {
    // A pane keeps its width whatever it holds.
    ui.take_available_width();
    let Some(document) = cx.document() else {
        empty(ui, cx);
        return;
    };
    let frame = egui::Frame::new().inner_margin(egui::Margin::symmetric(12, 8));
    egui::Panel::top("form head")
        .frame(frame)
        .show_separator_line(true)
        .show(ui, |ui| head(ui, cx, document));
    let foot_frame = egui::Frame::new().inner_margin(egui::Margin::symmetric(8, 0));
    egui::Panel::bottom("form foot").exact_size(44.0).frame(foot_frame).show(ui, |ui| foot(ui, cx, document));
    ScrollArea::vertical().id_salt(("form", document.id.0)).auto_shrink(false).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 2.0;
        ui.add_space(STEP);
        body(ui, cx, tiles, document);
        ui.add_space(4.0 * STEP);
    });
}

/// What a value is called in the form, e.g. for tooltips.
pub fn label_of(cx: &Cx<'_>, path: &FieldPath) -> String {
    let kind = cx.document().and_then(|d| cx.session.registry().get(&d.document.found.kind));
    let name = |label: &Label| label.get(cx.lang).to_owned();
    match path {
        FieldPath::Field { key } => kind.and_then(|k| k.field(key)).map_or(key.clone(), |s| name(&s.label)),
        FieldPath::Item { key, index } => {
            let label = kind.and_then(|k| k.field(key)).map_or(key.clone(), |s| name(&s.label));
            if *index == 0 { label } else { format!("{label} {}", index + 1) }
        }
        FieldPath::Cell { key, row, column } => {
            let spec = kind.and_then(|k| k.table(key)).and_then(|t| t.column(column));
            // The headings of a matrix are their own names.
            let spec = spec.filter(|s| s.key == *column);
            let label = spec.map_or(column.clone(), |s| name(&s.label));
            format!("{label} {}", row + 1)
        }
    }
}

fn empty(ui: &mut Ui, cx: &Cx<'_>) {
    let t = &cx.t.form;
    let page_error = cx.file().and_then(page_error);
    let text = match cx.file().map(|f| &f.state) {
        None => t.nothing_selected.as_str(),
        Some(ReadingState::Waiting) => &t.waiting,
        Some(ReadingState::Reading) => &t.reading,
        Some(ReadingState::Done) => {
            page_error.map_or(cx.t.queue.nothing_found.as_str(), |e| cx.lang.of_message(e))
        }
        Some(ReadingState::Failed { message, .. }) => cx.lang.of_message(message),
    };
    ui.add_space(6.0 * STEP);
    ui.vertical_centered(|ui| {
        ui.set_max_width(280.0);
        ui.add(egui::Label::new(RichText::new(text).color(cx.roles.quiet)).wrap());
    });
}

fn head(ui: &mut Ui, cx: &mut Cx<'_>, document: &ReviewDocument) {
    ui.horizontal(|ui| {
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let shortcut = cx.shortcut(ui.ctx(), Command::ChangeKind);
            let button = Button::new((cx.t.form.change_kind.as_str(), Icon::Down.atom()));
            let tooltip = format!("{}  {shortcut}", cx.t.tooltip(Command::ChangeKind));
            if ui.add_enabled(!is_closed(document), button).on_hover_text(tooltip).clicked() {
                cx.run(Command::ChangeKind);
            }
            let percent = format!("{:.0}%", document.document.found.confidence.clamp(0.0, 1.0) * 100.0);
            ui.label(cx.quiet(percent)).on_hover_text(&cx.t.form.kind_confidence);
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                let name = cx.kind_name(&document.document).to_owned();
                let text = RichText::new(&name).size(TITLE).strong();
                ui.add(egui::Label::new(text).truncate()).on_hover_text(name);
            });
        });
    });
    let counts = cx.session.counts(document.id);
    ui.horizontal(|ui| {
        let t = &cx.t.form;
        let missing = counts.missing_optional + counts.missing_required;
        let shown = [
            (counts.unresolved, Icon::Warning, cx.roles.doubtful, &t.to_check),
            (counts.ok, Icon::Check, cx.roles.confirmed, &t.fine),
            (missing, Icon::Dash, cx.roles.quiet, &t.not_printed),
        ];
        for (n, icon, color, template) in shown {
            if n > 0 {
                ui.spacing_mut().item_spacing.x = STEP;
                icon.show(ui, 14.0, color, "");
                ui.label(RichText::new(fill(template, &[("n", &n)])).size(SMALL).color(color));
                ui.add_space(2.0 * STEP);
            }
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let clean = counts.unresolved == 0;
            let state = sign::of_document(document.document.state, clean, cx.t, cx.roles);
            ui.label(RichText::new(state.word).size(SMALL).color(state.color));
            state.icon.show(ui, 14.0, state.color, "");
        });
    });
    // Issues about no single value have no row of the form to stand in.
    for issue in document.document.issues.iter().filter(|i| i.fields.is_empty()) {
        let text = RichText::new(issue.message.get(cx.lang)).size(SMALL).color(cx.roles.doubtful);
        ui.add(egui::Label::new(text).wrap());
    }
}

fn foot(ui: &mut Ui, cx: &mut Cx<'_>, document: &ReviewDocument) {
    ui.horizontal_centered(|ui| {
        ui.spacing_mut().item_spacing.x = STEP;
        let wide = ui.available_width() >= 396.0;
        if is_closed(document) {
            let state = sign::of_document(document.document.state, true, cx.t, cx.roles);
            state.icon.show(ui, 16.0, state.color, "");
            ui.label(RichText::new(state.word).color(state.color));
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                cx.button(ui, Command::Reopen);
            });
            return;
        }
        if cx.session.counts(document.id).unresolved > 0 {
            cx.button(ui, Command::NextField);
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            cx.main_button(ui, Command::Confirm);
            let others: &[Command] = match document.document.state {
                DocumentState::ToReview => &[Command::Postpone, Command::Reject],
                _ => &[Command::Reopen],
            };
            for command in others {
                if wide {
                    cx.button(ui, *command)
                } else {
                    cx.icon_button(ui, *command)
                };
            }
        });
    });
}

/// A heading with a line to its right.
fn section(ui: &mut Ui, cx: &Cx<'_>, text: &str) {
    ui.add_space(2.0 * STEP);
    ui.horizontal(|ui| {
        ui.add_space(2.0 * STEP);
        ui.label(RichText::new(text).size(SMALL).strong().color(cx.roles.quiet));
        let rect = ui.available_rect_before_wrap();
        let line = egui::Rangef::new(rect.left(), rect.right() - 2.0 * STEP);
        ui.painter().hline(line, rect.center().y, egui::Stroke::new(1.0, cx.roles.border));
    });
}

fn body(ui: &mut Ui, cx: &mut Cx<'_>, tiles: &mut Tiles, document: &ReviewDocument) {
    let registry = cx.session.registry().clone();
    let kind = registry.get(&document.document.found.kind);
    let mut heading: Option<&Label> = None;
    for spec in kind.iter().flat_map(|k| &k.fields) {
        if let Some(label) = spec.section.as_ref().filter(|s| heading != Some(s)) {
            heading = Some(label);
            section(ui, cx, label.get(cx.lang));
        }
        declared(ui, cx, tiles, document, spec);
    }
    for table in kind.iter().flat_map(|k| &k.tables) {
        section(ui, cx, table.label.get(cx.lang));
        grid::show(ui, cx, tiles, document, table);
    }
    undeclared(ui, cx, tiles, document, kind);
    open_kind::show(ui, cx, document, kind);
}

/// A field of the kind: one input, or one for each of its values.
fn declared(ui: &mut Ui, cx: &mut Cx<'_>, tiles: &mut Tiles, document: &ReviewDocument, spec: &FieldSpec) {
    let label = spec.label.get(cx.lang).to_owned();
    let several = match document.document.record.entries.get(&spec.key) {
        Some(Entry::Many(items)) => Some(items.len().max(1)),
        None if spec.many => Some(1),
        _ => None,
    };
    let shown = |path, label, removable| field::Shown { document, path, label, spec: Some(spec), removable };
    let Some(count) = several else {
        let path = FieldPath::Field { key: spec.key.clone() };
        field::show(ui, cx, tiles, &shown(path, label, false));
        return;
    };
    for index in 0..count {
        let path = FieldPath::Item { key: spec.key.clone(), index };
        let name = if index == 0 { label.clone() } else { format!("{label} {}", index + 1) };
        field::show(ui, cx, tiles, &shown(path, name, count > 1));
    }
    let last_filled = document
        .document
        .record
        .get(&FieldPath::Item { key: spec.key.clone(), index: count - 1 })
        .is_some_and(|f| f.value.is_some());
    if spec.many && last_filled && !is_closed(document) {
        ui.horizontal(|ui| {
            ui.add_space(120.0);
            let name = fill(&cx.t.form.add_value, &[("name", &label)]);
            if small_icon_button(ui, Icon::Plus, &name).clicked() {
                let field = Box::new(Field::default());
                let edit =
                    Edit::AddItem { document: document.id, key: spec.key.clone(), index: count, field };
                cx.ask(Request::Edit(edit));
            }
        });
    }
}

/// Values that the kind does not declare, so that nothing read is hidden.
fn undeclared(
    ui: &mut Ui,
    cx: &mut Cx<'_>,
    tiles: &mut Tiles,
    document: &ReviewDocument,
    kind: Option<&Kind>,
) {
    let known = |key: &str| kind.is_some_and(|k| k.field(key).is_some() || k.table(key).is_some());
    let paths: Vec<_> =
        document.document.record.iter().map(|(path, _)| path).filter(|p| !known(p.key())).collect();
    if paths.is_empty() {
        return;
    }
    section(ui, cx, &cx.t.form.section_other);
    for path in paths {
        let label = match &path {
            FieldPath::Cell { row, column, .. } => format!("{column} {}", row + 1),
            FieldPath::Item { key, index } => format!("{key} {}", index + 1),
            FieldPath::Field { key } => key.clone(),
        };
        field::show(ui, cx, tiles, &field::Shown { document, path, label, spec: None, removable: false });
    }
}

/// A row of quiet buttons, e.g. below a table.
fn quiet_button(ui: &mut Ui, icon: Icon, text: &str) -> egui::Response {
    let button = Button::new((icon.atom(), RichText::new(text).size(SMALL)));
    ui.add(button.frame_when_inactive(false).min_size(vec2(24.0, 24.0)))
}
