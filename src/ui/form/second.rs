//! The second entry of a value: what was read or typed before is not shown until both agree.

use eframe::egui::{Button, RichText, TextEdit, Ui};

use super::{
    super::{
        command::{Command, Request},
        cx::Cx,
        icon::Icon,
        state::Draft,
        theme::SMALL,
    },
    field::{Shown, input_id, keyboard},
};

/// The empty input in place of the value.
pub fn input(ui: &mut Ui, cx: &mut Cx<'_>, shown: &Shown<'_>, width: f32) {
    let document = shown.document.id;
    let is_here = |d: &Draft| d.document == document && d.path == shown.path;
    let mut text =
        cx.state.second.as_ref().filter(|d| is_here(d)).map(|d| d.text.clone()).unwrap_or_default();
    let edit = TextEdit::singleline(&mut text)
        .id(input_id(document, &shown.path))
        .hint_text(&cx.t.form.second_hint)
        .lock_focus(true)
        .desired_width(width);
    let response = ui.add(edit).accessible_name(&shown.label).on_hover_text(&cx.t.form.second_entry);
    keyboard(cx, shown, &response);
    if response.changed() {
        cx.state.second = Some(Draft { document, path: shown.path.clone(), text: text.clone() });
    }
    if response.lost_focus() && !text.trim().is_empty() {
        cx.ask(Request::SecondEntry(Draft { document, path: shown.path.clone(), text }));
    }
}

/// Below it: that it is hidden; after entries that differ, the choice between them.
pub fn below(ui: &mut Ui, cx: &mut Cx<'_>, shown: &Shown<'_>) {
    let document = shown.document.id;
    let is_here = |d: &&Draft| d.document == document && d.path == shown.path;
    let Some(second) = cx.state.second_differs.as_ref().filter(is_here).map(|d| d.text.clone()) else {
        ui.label(cx.quiet(&cx.t.form.second_entry));
        return;
    };
    ui.horizontal_wrapped(|ui| {
        Icon::Warning.show(ui, 14.0, cx.roles.doubtful, "");
        ui.label(RichText::new(&cx.t.form.second_differs).size(SMALL).color(cx.roles.doubtful));
        let first = shown.document.document.record.get(&shown.path).and_then(|f| f.value.clone());
        let second = cx.session.as_entered(document, &shown.path, &second).unwrap_or(second);
        // The keys that take what stands and what is offered, as everywhere.
        for (value, by) in
            [(first.unwrap_or_default(), Command::AcceptField), (second, Command::AdoptSuggestion)]
        {
            let keys = cx.shortcut(ui.ctx(), by);
            let button = Button::new(value.as_str()).shortcut_text(RichText::new(keys).size(SMALL)).small();
            if ui.add(button).accessible_name(&value).clicked() {
                cx.ask(Request::DecideEntry(document, shown.path.clone(), value));
            }
        }
    });
}
