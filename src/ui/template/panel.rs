//! The pane beside the page while a form is made: its name, what is marked, what each place holds and is
//! checked for, and what it makes of the open pages.

use eframe::egui::{self, Button, ComboBox, DragValue, RichText, ScrollArea, TextEdit, Ui};

use crate::{
    geometry::{Point, Quad},
    kind::{
        FieldType, LEAST_REFERENCES, Label, PlaceContent,
        template::{Template, TemplateColumn},
    },
    ui::{
        command::{Command, Request},
        cx::{Cx, small_icon_button},
        icon::Icon,
        text::{TemplateTexts, fill},
        theme::{STEP, TITLE},
    },
};

use super::{
    Ask, Editor, Part, Tool, checks,
    editor::{add_column, remove_column},
    tried,
};

/// What a place can be said to hold.
const TYPES: [(FieldType, PlaceContent); 10] = [
    (FieldType::Text, PlaceContent::Text),
    (FieldType::Multiline, PlaceContent::Text),
    (FieldType::Digits, PlaceContent::Text),
    (FieldType::Identifier, PlaceContent::Text),
    (FieldType::Date, PlaceContent::Text),
    (FieldType::Amount, PlaceContent::Text),
    (FieldType::AmountInWords, PlaceContent::Text),
    (FieldType::Text, PlaceContent::Seal),
    (FieldType::Flag, PlaceContent::Seal),
    (FieldType::Text, PlaceContent::Code),
];
/// What a column can be said to hold.
const COLUMN_TYPES: [FieldType; 6] = [
    FieldType::Text,
    FieldType::Digits,
    FieldType::Date,
    FieldType::Amount,
    FieldType::Number,
    FieldType::Percent,
];

/// The whole pane.
pub fn show(ui: &mut Ui, cx: &mut Cx<'_>) {
    ui.take_available_width();
    let Some(editor) = cx.state.template.clone() else { return };
    let frame = egui::Frame::new().inner_margin(egui::Margin::symmetric(12, 8));
    egui::Panel::top("template head")
        .frame(frame)
        .show_separator_line(true)
        .show(ui, |ui| head(ui, cx, &editor));
    let foot = egui::Frame::new().inner_margin(egui::Margin::symmetric(8, 0));
    egui::Panel::bottom("template foot").exact_size(44.0).frame(foot).show(ui, |ui| {
        ui.horizontal_centered(|ui| {
            cx.main_button(ui, Command::SaveTemplate);
            cx.button(ui, Command::CloseTemplate);
            if editor.is_changed() {
                ui.label(cx.quiet(&cx.t.template.not_yet_saved));
            }
        });
    });
    ScrollArea::vertical().id_salt("template").auto_shrink(false).show(ui, |ui| {
        egui::Frame::new().inner_margin(egui::Margin::symmetric(12, 8)).show(ui, |ui| {
            references(ui, cx, &editor);
            places(ui, cx, &editor);
            tried::show(ui, cx, &editor);
        });
    });
}

fn change(cx: &mut Cx<'_>, template: Template, what: &'static str) {
    cx.ask(Request::Template(Ask::Change(Box::new(template), what)));
}

/// A heading in the pane.
pub(super) fn section(ui: &mut Ui, cx: &Cx<'_>, title: &str) {
    ui.add_space(2.0 * STEP);
    ui.label(RichText::new(title).strong().color(cx.roles.text));
}

/// Asks for a text; the new one where it was changed.
fn input(ui: &mut Ui, name: &str, text: &str, width: f32) -> Option<String> {
    let mut draft = text.to_owned();
    let edit = TextEdit::singleline(&mut draft).hint_text(name).desired_width(width);
    ui.add(edit).accessible_name(name).changed().then_some(draft)
}

/// Asks for a name in both languages.
fn names(ui: &mut Ui, cx: &Cx<'_>, label: &Label) -> Option<Label> {
    let t = &cx.t.template;
    let width = (ui.available_width() - 2.0 * STEP) / 2.0;
    ui.horizontal(|ui| {
        let zh = input(ui, &t.name_zh, &label.zh, width);
        let en = input(ui, &t.name_en, &label.en, width);
        (zh.is_some() || en.is_some()).then(|| Label {
            zh: zh.unwrap_or_else(|| label.zh.clone()),
            en: en.unwrap_or_else(|| label.en.clone()),
        })
    })
    .inner
}

fn head(ui: &mut Ui, cx: &mut Cx<'_>, editor: &Editor) {
    let t = cx.t;
    ui.label(RichText::new(&t.template.title).size(TITLE).strong());
    ui.push_id("form name", |ui| {
        ui.label(cx.quiet(&t.template.form_name));
        if let Some(name) = names(ui, cx, &editor.template.name) {
            change(cx, Template { name, ..editor.template.clone() }, "form name");
        }
    });
    ui.horizontal_wrapped(|ui| {
        for (tool, command) in
            [(Tool::Reference, Command::MarkReferences), (Tool::Place, Command::MarkPlaces)]
        {
            let button = Button::selectable(editor.tool == tool, (command.icon().atom(), t.command(command)));
            let shortcut = cx.shortcut(ui.ctx(), command);
            let hint = format!("{}  {shortcut}", t.tooltip(command));
            if ui.add(button).on_hover_text(hint).clicked() {
                cx.run(command);
            }
        }
    });
    let hint = match (editor.sample, editor.tool) {
        (None, _) => &t.template.no_sample,
        (_, Tool::Reference) => &t.template.hint_references,
        (_, Tool::Place) => &t.template.hint_places,
    };
    ui.add(egui::Label::new(cx.quiet(hint)).wrap());
    // A form that nothing was done to yet is not reproached with what it lacks.
    if let Some(fault) = editor.fault.as_ref().filter(|_| editor.is_changed()) {
        let text = RichText::new(cx.lang.of_message(fault)).color(cx.roles.doubtful);
        ui.add(egui::Label::new(text).wrap());
    }
}

fn references(ui: &mut Ui, cx: &mut Cx<'_>, editor: &Editor) {
    let all = &editor.template.layout.references;
    let values: [(&str, &dyn std::fmt::Display); 2] = [("n", &all.len()), ("least", &LEAST_REFERENCES)];
    section(ui, cx, &fill(&cx.t.template.references, &values));
    for (i, reference) in all.iter().enumerate() {
        let part = Part::Reference(i);
        ui.push_id(("reference", i), |ui| {
            row(ui, cx, editor, part, &reference.text.clone());
            if editor.selected == Some(part) {
                let name = fill(&cx.t.template.reference_text, &[("n", &(i + 1))]);
                if let Some(text) = input(ui, &name, &reference.text, ui.available_width()) {
                    let mut template = editor.template.clone();
                    if let Some(reference) = template.layout.references.get_mut(i) {
                        reference.text = text;
                    }
                    change(cx, template, "reference");
                }
            }
        });
    }
}

/// A part in its list: chosen by its name, taken away by the sign behind it.
fn row(ui: &mut Ui, cx: &mut Cx<'_>, editor: &Editor, part: Part, name: &str) {
    let chosen = editor.selected == Some(part);
    ui.horizontal(|ui| {
        let remove = fill(&cx.t.template.remove, &[("name", &name)]);
        if small_icon_button(ui, Icon::Cross, &remove).clicked() {
            cx.ask(Request::Template(Ask::Remove(part)));
        }
        let text = match value_of(editor, part) {
            Some(value) => format!("{name}  {value}"),
            None => name.to_owned(),
        };
        let button = Button::selectable(chosen, text).truncate();
        if ui.add(button).accessible_name(name).clicked() {
            cx.ask(Request::Template(Ask::Select((!chosen).then_some(part))));
        }
    });
}

/// What is read at a place of the sample.
fn value_of(editor: &Editor, part: Part) -> Option<String> {
    let trial = editor.tried.iter().find(|t| Some(t.key) == editor.sample)?;
    let record = &trial.trial.document.record;
    match part {
        Part::Reference(_) => None,
        Part::Field(i) => record.value(&editor.template.fields.get(i)?.key).map(str::to_owned),
        Part::Table(i) => Some(format!("× {}", record.rows(&editor.template.tables.get(i)?.key).len())),
    }
}

fn places(ui: &mut Ui, cx: &mut Cx<'_>, editor: &Editor) {
    let template = &editor.template;
    let count = template.fields.len() + template.tables.len();
    section(ui, cx, &fill(&cx.t.template.places, &[("n", &count)]));
    for (i, field) in template.fields.iter().enumerate() {
        let part = Part::Field(i);
        ui.push_id(("field", i), |ui| {
            let name = field.label.get(cx.lang);
            row(ui, cx, editor, part, name);
            if editor.selected == Some(part) {
                ui.indent("details", |ui| field_details(ui, cx, editor, i));
            }
        });
    }
    for (i, table) in template.tables.iter().enumerate() {
        let part = Part::Table(i);
        ui.push_id(("table", i), |ui| {
            let name = table.label.get(cx.lang);
            row(ui, cx, editor, part, name);
            if editor.selected == Some(part) {
                ui.indent("details", |ui| table_details(ui, cx, editor, i));
            }
        });
    }
}

fn type_name(t: &TemplateTexts, field_type: FieldType, read: PlaceContent) -> &str {
    match (field_type, read) {
        (FieldType::Flag, PlaceContent::Seal) => &t.type_sealed,
        (_, PlaceContent::Seal) => &t.type_seal,
        (_, PlaceContent::Code) => &t.type_code,
        (FieldType::Multiline, _) => &t.type_multiline,
        (FieldType::Digits, _) => &t.type_digits,
        (FieldType::Identifier, _) => &t.type_identifier,
        (FieldType::Date | FieldType::DateTime, _) => &t.type_date,
        (FieldType::Amount, _) => &t.type_amount,
        (FieldType::Number, _) => &t.type_number,
        (FieldType::Percent, _) => &t.type_percent,
        (FieldType::AmountInWords, _) => &t.type_in_words,
        (FieldType::Text | FieldType::Sex | FieldType::Flag | FieldType::MrzLine, _) => &t.type_text,
    }
}

fn field_details(ui: &mut Ui, cx: &mut Cx<'_>, editor: &Editor, index: usize) {
    let t = &cx.t.template;
    let Some(field) = editor.template.fields.get(index) else { return };
    let mut new = field.clone();
    if let Some(label) = names(ui, cx, &field.label) {
        new.label = label;
    }
    ui.label(cx.quiet(format!("{}: {}", t.key, field.key)));
    let mut table = false;
    ui.horizontal_wrapped(|ui| {
        let chosen = (field.field_type, field.place.read);
        let list = ComboBox::from_id_salt("type").selected_text(type_name(t, chosen.0, chosen.1)).show_ui(
            ui,
            |ui| {
                for (field_type, read) in TYPES {
                    if ui
                        .selectable_label(chosen == (field_type, read), type_name(t, field_type, read))
                        .clicked()
                    {
                        (new.field_type, new.place.read) = (field_type, read);
                    }
                }
                table = ui.selectable_label(false, &t.type_table).clicked();
            },
        );
        name_box(&list.response, &t.holds);
        ui.checkbox(&mut new.required, &t.required);
    });
    if let Some(quad) = bounds(ui, cx, &field.place.quad) {
        new.place.quad = quad;
    }
    if table {
        cx.ask(Request::Template(Ask::Convert(Part::Field(index))));
        return;
    }
    let mut template = editor.template.clone();
    let offered = checks::offered(&editor.template, field, t, cx.lang);
    let of_type = (new.field_type, new.place.read) == (field.field_type, field.place.read);
    if !of_type {
        // Checks of another type of value are gone with it.
        template.checks.retain(|c| offered.iter().all(|(o, _)| o != c));
    }
    if !offered.is_empty() {
        ui.label(cx.quiet(&t.checks));
        for (check, name) in offered {
            let mut on = template.checks.contains(&check);
            if ui.checkbox(&mut on, name).changed() {
                match on {
                    true => template.checks.push(check),
                    false => template.checks.retain(|c| *c != check),
                }
            }
        }
    }
    if let Some(slot) = template.fields.get_mut(index) {
        *slot = new;
    }
    if template != editor.template {
        change(cx, template, "field");
    }
}

fn name_box(response: &egui::Response, name: &str) {
    response.widget_info(|| egui::WidgetInfo::labeled(egui::accesskit::Role::ComboBox, true, name));
}

/// The edges of a place as numbers, for those who do not draw; a place that lies askew is stretched with them.
fn bounds(ui: &mut Ui, cx: &Cx<'_>, quad: &Quad) -> Option<Quad> {
    let t = &cx.t.template;
    let old = quad.bounds();
    let mut new = old;
    ui.horizontal_wrapped(|ui| {
        let edges = [
            (&t.left, &mut new.left),
            (&t.top, &mut new.top),
            (&t.right, &mut new.right),
            (&t.bottom, &mut new.bottom),
        ];
        for (name, edge) in edges {
            ui.label(cx.quiet(name));
            ui.add(DragValue::new(edge).speed(1.0).max_decimals(0)).accessible_name(name);
        }
    });
    let sound = new.width() >= 4.0 && new.height() >= 4.0;
    (new != old && sound).then(|| {
        let along = |v: f32, from: (f32, f32), to: (f32, f32)| {
            to.0 + (v - from.0) * (to.1 - to.0) / (from.1 - from.0).max(1.0)
        };
        quad.map(|p| {
            Point::new(
                along(p.x, (old.left, old.right), (new.left, new.right)),
                along(p.y, (old.top, old.bottom), (new.top, new.bottom)),
            )
        })
    })
}

fn table_details(ui: &mut Ui, cx: &mut Cx<'_>, editor: &Editor, index: usize) {
    let t = &cx.t.template;
    let Some(table) = editor.template.tables.get(index) else { return };
    let mut new = table.clone();
    if let Some(label) = names(ui, cx, &table.label) {
        new.label = label;
    }
    ui.label(cx.quiet(format!("{}: {}", t.key, table.key)));
    if let Some(quad) = bounds(ui, cx, &table.place) {
        new.place = quad;
    }
    if ui.button(&t.no_table).clicked() {
        cx.ask(Request::Template(Ask::Convert(Part::Table(index))));
        return;
    }
    ui.label(cx.quiet(&t.columns));
    let last = table.columns.len().saturating_sub(1);
    for (i, column) in table.columns.iter().enumerate() {
        ui.push_id(("column", i), |ui| column_details(ui, cx, &mut new, column, i, last));
    }
    if ui.button(&t.add_column).clicked() {
        add_column(&mut new);
    }
    if new != *table {
        let mut template = editor.template.clone();
        if let Some(slot) = template.tables.get_mut(index) {
            *slot = new;
        }
        template.drop_loose_checks();
        change(cx, template, "table");
    }
}

fn column_details(
    ui: &mut Ui,
    cx: &Cx<'_>,
    new: &mut crate::kind::template::TemplateTable,
    column: &TemplateColumn,
    index: usize,
    last: usize,
) {
    let t = &cx.t.template;
    let label = names(ui, cx, &column.label);
    let key = column.key.clone();
    let mut gone = false;
    ui.horizontal_wrapped(|ui| {
        let remove = fill(&t.remove, &[("name", &column.label.get(cx.lang))]);
        gone = last > 0 && small_icon_button(ui, Icon::Cross, &remove).clicked();
        let shown = type_name(t, column.field_type, PlaceContent::Text);
        let list = ComboBox::from_id_salt("type").selected_text(shown).show_ui(ui, |ui| {
            for field_type in COLUMN_TYPES {
                let name = type_name(t, field_type, PlaceContent::Text);
                if ui.selectable_label(column.field_type == field_type, name).clicked()
                    && let Some(slot) = new.columns.get_mut(index)
                {
                    slot.field_type = field_type;
                }
            }
        });
        name_box(&list.response, &t.holds);
        // The edge that it shares with the next column.
        if index < last {
            let [left, mut right] = column.span;
            let most = new.columns.get(index + 1).map_or(1.0, |c| c.span[1] - 0.01);
            ui.label(cx.quiet(&t.right));
            let drag = DragValue::new(&mut right).speed(0.002).range(left + 0.01..=most).max_decimals(3);
            if ui.add(drag).accessible_name(&t.right).changed() {
                for (at, side) in [(index, 1), (index + 1, 0)] {
                    if let Some(slot) = new.columns.get_mut(at) {
                        slot.span[side] = right;
                    }
                }
            }
        }
        let mut starts = new.row_start.contains(&key);
        if ui.checkbox(&mut starts, &t.starts_row).changed() {
            match starts {
                true => new.row_start.push(key.clone()),
                false => new.row_start.retain(|k| *k != key),
            }
        }
    });
    if let Some(slot) = new.columns.get_mut(index)
        && let Some(label) = label
    {
        slot.label = label;
    }
    if gone {
        remove_column(new, index);
    }
}
