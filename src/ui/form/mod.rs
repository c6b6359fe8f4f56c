//! The form pane: the document's values in its kind's order, and what to do with the document.

mod doubt;
mod field;
pub use field::upright;
mod grid;
mod open_kind;
mod second;
mod suggest;

use eframe::egui::{self, Align, Button, Layout, RichText, ScrollArea, Ui, vec2};

use crate::{
    extract::{Entry, Field, FieldPath, State},
    fault,
    kind::{FieldSpec, Kind, Label},
    review::{DocumentState, Duplicate, Edit, ReadingState, ReviewDocument},
};

use super::{
    command::{Command, Request},
    cx::{Cx, is_closed, page_error, small_icon_button},
    icon::Icon,
    page::Tiles,
    panel, sign,
    state::Panel,
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
    // In a low window it is small rather than lying over the foot.
    let area = ScrollArea::vertical().id_salt(("form", document.id.0)).auto_shrink(false);
    area.min_scrolled_height(0.0).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 2.0;
        ui.add_space(STEP);
        body(ui, cx, tiles, document);
        ui.add_space(4.0 * STEP);
    });
}

/// What a value is called in the form, e.g. for tooltips.
pub fn label_of(cx: &Cx<'_>, path: &FieldPath) -> String {
    let kind = cx.document().and_then(|d| cx.session.registry().get(&d.document.found.kind));
    panel::label_in(kind, path, cx.lang)
}

fn empty(ui: &mut Ui, cx: &mut Cx<'_>) {
    let t = &cx.t.form;
    let page_error = cx.file().and_then(page_error);
    let file = cx.file().map(|f| f.id);
    let left = cx.file().is_some_and(|f| cx.is_left(f));
    let offer = match cx.file().map(|f| &f.state) {
        Some(ReadingState::Failed { needs_password: true, .. }) => {
            file.map(|id| (Icon::Key, &cx.t.queue.enter_password, Request::Panel(Some(Panel::Password(id)))))
        }
        Some(ReadingState::Failed { .. }) => {
            file.map(|id| (Icon::Retry, &cx.t.queue.read_again, Request::ReadFile(id)))
        }
        Some(ReadingState::Waiting) if left => {
            Some((Icon::Retry, &cx.t.window.read_on, Request::Run(Command::RetryFailed)))
        }
        Some(ReadingState::Done) if page_error.is_some() => {
            file.map(|id| (Icon::Retry, &cx.t.queue.read_again, Request::ReadFile(id)))
        }
        _ => None,
    };
    let text = match cx.file().map(|f| &f.state) {
        None => t.nothing_selected.as_str(),
        Some(ReadingState::Waiting) if left => &t.left,
        Some(ReadingState::Waiting) => &t.waiting,
        Some(ReadingState::Reading) => &t.reading,
        Some(ReadingState::Done) => {
            page_error.map_or(cx.t.queue.nothing_found.as_str(), |e| cx.lang.of_message(e))
        }
        Some(ReadingState::Failed { message, .. }) => cx.lang.of_message(message),
    };
    let raw = match cx.file().map(|f| &f.state) {
        Some(ReadingState::Failed { message, .. }) => fault::parts(message).1,
        _ => page_error.and_then(|e| fault::parts(e).1),
    };
    ui.add_space(6.0 * STEP);
    ui.vertical_centered(|ui| {
        ui.set_max_width(280.0);
        let label = ui.add(egui::Label::new(RichText::new(text).color(cx.roles.quiet)).wrap());
        if let Some(raw) = raw {
            label.on_hover_text(raw);
        }
        if let Some((icon, name, request)) = offer {
            ui.add_space(3.0 * STEP);
            let words = RichText::new(name).color(cx.roles.on_selection);
            let icon = icon.atom_colored(Some(cx.roles.on_selection));
            if ui.add(Button::new((icon, words)).fill(cx.roles.selection)).clicked() {
                cx.ask(request);
            }
        }
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
    // An error of a value that is still to be looked at counts there.
    let errors = if counts.unresolved == 0 { cx.session.errors(document.id).len() } else { 0 };
    ui.horizontal(|ui| {
        let t = &cx.t.form;
        // In a narrow form the folded rows have to say how many are not printed.
        let room = ui.available_width() >= 390.0;
        let missing = if room { counts.missing_optional + counts.missing_required } else { 0 };
        let shown = [
            (counts.unresolved, Icon::Warning, cx.roles.doubtful, &t.to_check),
            (errors, Icon::Cross, cx.roles.failed, &t.errors),
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
            let clean = counts.unresolved == 0 && errors == 0;
            let state = sign::of_document(document.document.state, clean, cx.t, cx.roles);
            ui.label(RichText::new(state.word).size(SMALL).color(state.color));
            state.icon.show(ui, 14.0, state.color, "");
        });
    });
    if cx.can(Command::CopyVerification) {
        verification(ui, cx);
    }
    twin(ui, cx, document);
    // Issues about no single value have no row of the form to stand in.
    for issue in document.document.issues.iter().filter(|i| i.fields.is_empty()) {
        let text = RichText::new(issue.message.get(cx.lang)).size(SMALL).color(cx.roles.doubtful);
        ui.add(egui::Label::new(text).wrap());
    }
}

/// What a public service asks about a document of this kind, ready to copy.
fn verification(ui: &mut Ui, cx: &mut Cx<'_>) {
    let command = Command::CopyVerification;
    let words = RichText::new(cx.t.command(command)).size(SMALL);
    let button = Button::new((command.icon().atom(), words)).small();
    if ui.add(button).on_hover_text(cx.t.tooltip(command)).clicked() {
        cx.run(command);
    }
}

/// Says that the queue holds this document twice, by what, and leads to the other one.
fn twin(ui: &mut Ui, cx: &mut Cx<'_>, document: &ReviewDocument) {
    let Some(Duplicate { other, by }) = cx.state.listing.twin(document.id) else { return };
    let Some(file) = cx.session.file_of(other) else { return };
    let page = cx.session.document(other).and_then(|d| d.document.pages.first().copied()).unwrap_or(1);
    let name = panel::name_of(file);
    ui.horizontal(|ui| {
        Icon::Warning.show(ui, 14.0, cx.roles.doubtful, "");
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let small = |text: &str| Button::new(RichText::new(text).size(SMALL)).small();
            if ui.add(small(&cx.t.form.show_twin)).clicked() {
                cx.ask(Request::Select { file: file.id, document: Some(other), page });
            }
            if ui.add(small(&cx.t.form.compare_twin)).clicked() {
                cx.ask(Request::Panel(Some(Panel::Compare(other))));
            }
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                let text = fill(&cx.t.form.twin, &[("name", &name)]);
                let tip = format!("{text}\n{}", panel::compare::words(cx, by));
                let text = RichText::new(text).size(SMALL).color(cx.roles.doubtful);
                ui.add(egui::Label::new(text).truncate()).on_hover_text(tip);
            });
        });
    });
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
            // The buttons for setting aside and confirming need the rest.
            if ui.available_width() >= 300.0 {
                cx.button(ui, Command::NextField)
            } else {
                cx.icon_button(ui, Command::NextField)
            };
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
    let mut folded = Vec::new();
    for spec in kind.iter().flat_map(|k| &k.fields) {
        if let Some(label) = spec.section.as_ref().filter(|s| heading != Some(s)) {
            unprinted_row(ui, cx, &mut folded);
            heading = Some(label);
            section(ui, cx, label.get(cx.lang));
        }
        if is_unprinted(cx, document, spec) {
            folded.push(&spec.label);
            if !cx.settings.show_unprinted {
                continue;
            }
        }
        declared(ui, cx, tiles, document, spec);
    }
    unprinted_row(ui, cx, &mut folded);
    let mut other_tables = false;
    for table in kind.iter().flat_map(|k| &k.tables) {
        // Of several tables the first is what the document is about; the others may not be printed.
        let blank = other_tables && document.document.record.rows(&table.key).is_empty();
        other_tables = true;
        if blank {
            folded.push(&table.label);
            if !cx.settings.show_unprinted {
                continue;
            }
        }
        section(ui, cx, table.label.get(cx.lang));
        grid::show(ui, cx, tiles, document, table);
    }
    unprinted_row(ui, cx, &mut folded);
    undeclared(ui, cx, tiles, document, kind);
    let room = egui::Margin { right: 12, ..egui::Margin::ZERO };
    egui::Frame::new().inner_margin(room).show(ui, |ui| open_kind::show(ui, cx, document, kind));
}

/// Whether a field has no value, needs none and is not in work: it is folded away.
fn is_unprinted(cx: &Cx<'_>, document: &ReviewDocument, spec: &FieldSpec) -> bool {
    let in_work = cx.state.field.as_ref().is_some_and(|path| path.key() == spec.key);
    let said = document.document.issues.iter().any(|i| i.fields.iter().any(|f| f.key() == spec.key));
    let missing = |f: &Field| f.value.is_none() && f.state == State::Missing && !f.illegible;
    let empty = match document.document.record.entries.get(&spec.key) {
        None => true,
        Some(Entry::One(field)) => missing(field),
        Some(Entry::Many(fields)) => fields.iter().all(missing),
        Some(Entry::Rows { .. }) => false,
    };
    // What a person has said to be empty was decided, not left unfound.
    let path = match spec.many {
        true => FieldPath::Item { key: spec.key.clone(), index: 0 },
        false => FieldPath::Field { key: spec.key.clone() },
    };
    let settled = document.document.record.get(&path).is_some_and(|f| f.confirmed);
    empty && !in_work && !said && !settled && !cx.session.needs_attention(document.id, &path)
}

/// How many fields of a section, or tables, are not printed, and the switch that shows or folds them.
fn unprinted_row(ui: &mut Ui, cx: &mut Cx<'_>, folded: &mut Vec<&Label>) {
    let labels = std::mem::take(folded);
    if labels.is_empty() {
        return;
    }
    let names: Vec<_> = labels.iter().map(|label| label.get(cx.lang)).collect();
    let names = names.join(&cx.t.form.comma);
    let (icon, template) = match cx.settings.show_unprinted {
        true => (Icon::Up, &cx.t.form.fold_unprinted),
        false => (Icon::Down, &cx.t.form.unprinted),
    };
    let text = fill(template, &[("n", &labels.len()), ("names", &names)]);
    ui.horizontal(|ui| {
        ui.add_space(STEP);
        let words = RichText::new(&text).size(SMALL).color(cx.roles.quiet);
        let button = Button::new((icon.atom_colored(Some(cx.roles.quiet)), words))
            .truncate()
            .frame_when_inactive(false)
            .min_size(vec2(24.0, 24.0));
        if ui.add(button).on_hover_text(&names).clicked() {
            cx.run(Command::ShowUnprinted);
        }
    });
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
