//! Lists to choose from by typing: the command palette and the kinds.

use eframe::egui::{self, Button, Key, Modifiers, RichText, Ui, vec2};

use super::{
    command::{Command, Request},
    cx::Cx,
    icon::Icon,
    theme::SMALL,
};

/// One row to choose.
struct Choice<T> {
    icon: Icon,
    text: String,
    /// At the right end, e.g. a shortcut.
    note: String,
    enabled: bool,
    value: T,
}

/// The command palette.
pub fn commands(ui: &mut Ui, cx: &mut Cx<'_>) {
    let query = cx.state.query.clone();
    let choices: Vec<_> = Command::ALL
        .iter()
        .filter(|c| !matches!(c, Command::Palette))
        .filter(|c| matches(&query, &[cx.t.command(**c), cx.t.tooltip(**c), c.id()]))
        .map(|&command| Choice {
            icon: command.icon(),
            text: cx.t.command(command).to_owned(),
            note: cx.shortcut(ui.ctx(), command),
            enabled: cx.can(command),
            value: command,
        })
        .collect();
    let (title, input) = (cx.t.palette.title.clone(), cx.t.palette.input.clone());
    if let Some(command) = pick(ui, cx, &title, &input, &choices) {
        cx.ask(Request::Panel(None));
        cx.run(command);
    }
}

/// The kinds that the document may be.
pub fn kinds(ui: &mut Ui, cx: &mut Cx<'_>) {
    let query = cx.state.query.clone();
    let current = cx.document().map(|d| d.document.found.kind.clone());
    let choices: Vec<_> = cx
        .session
        .registry()
        .iter()
        .filter(|k| matches(&query, &[&k.name.zh, &k.name.en, &k.id]))
        .map(|k| Choice {
            icon: if current.as_deref() == Some(k.id.as_str()) { Icon::Check } else { Icon::File },
            text: k.name.get(cx.lang).to_owned(),
            note: String::new(),
            enabled: true,
            value: k.id.clone(),
        })
        .collect();
    let (title, input) = (cx.t.form.change_kind.clone(), cx.t.form.search_kind.clone());
    if let Some(kind) = pick(ui, cx, &title, &input, &choices) {
        cx.ask(Request::Panel(None));
        cx.ask(Request::ChangeKind(kind));
    }
}

/// Whether each word of the query stands in one of the texts, without regard to case.
fn matches(query: &str, texts: &[&str]) -> bool {
    let texts: Vec<_> = texts.iter().map(|t| t.to_lowercase()).collect();
    query.to_lowercase().split_whitespace().all(|word| texts.iter().any(|t| t.contains(word)))
}

fn pick<T: Clone>(
    ui: &mut Ui,
    cx: &mut Cx<'_>,
    title: &str,
    input: &str,
    choices: &[Choice<T>],
) -> Option<T> {
    ui.set_width(460.0_f32.min(ui.ctx().content_rect().width() - 48.0));
    ui.label(RichText::new(title).strong());
    let edit = egui::TextEdit::singleline(&mut cx.state.query).hint_text(input).desired_width(f32::INFINITY);
    // The arrow keys choose a row, so they are taken before the input sees them.
    let (up, down, enter) = ui.input_mut(|i| {
        let mut took = |key| i.consume_key(Modifiers::NONE, key);
        (took(Key::ArrowUp), took(Key::ArrowDown), took(Key::Enter))
    });
    let response = ui.add(edit).accessible_name(input);
    if cx.state.panel_is_new {
        response.request_focus();
    }
    if response.changed() {
        cx.state.chosen = 0;
    }
    let last = choices.len().saturating_sub(1);
    let moved = match (up, down) {
        (true, false) => cx.state.chosen.saturating_sub(1),
        (false, true) => cx.state.chosen + 1,
        _ => cx.state.chosen,
    };
    cx.state.chosen = moved.min(last);
    if choices.is_empty() {
        ui.label(cx.quiet(&cx.t.palette.none));
        return None;
    }
    let mut picked = None;
    let height = (ui.ctx().content_rect().height() - 240.0).clamp(120.0, 360.0);
    super::panel::list(height).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        for (i, choice) in choices.iter().enumerate() {
            let chosen = i == cx.state.chosen;
            let row = Button::selectable(chosen, (choice.icon.atom(), choice.text.as_str()))
                .right_text(RichText::new(&choice.note).size(SMALL).color(cx.roles.quiet))
                .min_size(vec2(ui.available_width(), 28.0));
            let response = ui.add_enabled(choice.enabled, row);
            if chosen && (up || down) {
                response.scroll_to_me(None);
            }
            if choice.enabled && (response.clicked() || (chosen && enter)) {
                picked = Some(choice.value.clone());
            }
        }
    });
    picked
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_must_be_found_somewhere() {
        assert!(matches("", &["导出"]));
        assert!(matches("exp EXCEL", &["Export", "To Excel"]));
        assert!(!matches("导出 csv", &["导出", "excel"]));
    }
}
