//! Rules for single fields of the kind on show: the threshold from which on a value need not be looked
//! at, and whether it is entered twice.

use eframe::egui::{Grid, Ui, vec2};

use super::{
    super::{command::Request, cx::Cx, settings::FieldRule, text::fill, theme::STEP},
    close, heading, large, wide_list,
};

pub fn show(ui: &mut Ui, cx: &mut Cx<'_>) {
    let height = large(ui, 640.0);
    let Some(document) = cx.document() else {
        cx.ask(Request::Panel(None));
        return;
    };
    let kind_name = cx.kind_name(&document.document).to_owned();
    let title = fill(&cx.t.rules.title, &[("kind", &kind_name)]);
    let hint = cx.t.rules.hint.clone();
    heading(ui, cx, &title, &hint);
    let registry = cx.session.registry().clone();
    let kind = registry.get(&document.document.found.kind);
    let fields = kind.map_or(&[][..], |k| &k.fields);
    if fields.is_empty() {
        ui.label(cx.quiet(&cx.t.rules.none));
    }
    wide_list(height).show(ui, |ui| {
        Grid::new("field rules").num_columns(3).striped(true).spacing(vec2(20.0, 6.0)).show(ui, |ui| {
            for field in fields {
                let name = format!("{}.{}", document.document.found.kind, field.key);
                let rule = cx.settings.field_rules.get(&name).copied().unwrap_or_default();
                ui.label(field.label.get(cx.lang));
                ui.horizontal(|ui| {
                    for percent in [None, Some(90), Some(95), Some(98), Some(100)] {
                        let text = percent.map_or(cx.t.rules.usual.clone(), |p: u8| format!("{p}%"));
                        if ui.selectable_label(rule.look_below_percent == percent, text).clicked() {
                            let rule = FieldRule { look_below_percent: percent, ..rule };
                            cx.ask(Request::FieldRule(name.clone(), rule));
                        }
                    }
                });
                let mut twice = rule.twice;
                if ui.checkbox(&mut twice, &cx.t.rules.twice).changed() {
                    cx.ask(Request::FieldRule(name, FieldRule { twice, ..rule }));
                }
                ui.end_row();
            }
        });
    });
    ui.add_space(2.0 * STEP);
    close(ui, cx);
}
