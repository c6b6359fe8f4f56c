//! The sheet of all shortcuts, where they can also be changed.

use eframe::egui::{
    self, Align, Button, Event, Grid, Key, KeyboardShortcut, Layout, Modifiers, RichText, ScrollArea, Ui,
};

use super::{
    command::{Command, Request},
    cx::{Cx, in_words},
    text::fill,
    theme::{STEP, TITLE},
};

/// One line of the sheet.
struct Row {
    /// `None` for what the mouse does.
    command: Option<Command>,
    keys: String,
    what: String,
}

/// The panel.
pub fn show(ui: &mut Ui, cx: &mut Cx<'_>) {
    let room = ui.ctx().content_rect().size();
    let wide = room.x >= 1100.0;
    ui.set_width((room.x - 64.0).min(if wide { 1180.0 } else { 720.0 }));
    // Egui gives a new area 400 points of height; the sheet may use the whole window.
    ui.set_max_height(room.y - 96.0);
    ui.label(RichText::new(&cx.t.shortcuts.title).size(TITLE).strong());
    let hint = match cx.state.capturing {
        Some(command) => fill(&cx.t.shortcuts.press, &[("name", &cx.t.command(command))]),
        None => cx.t.shortcuts.hint.clone(),
    };
    ui.label(cx.quiet(hint));
    ui.add_space(STEP);
    let groups = groups(ui.ctx(), cx);
    // Dense, so that the whole sheet is seen on a small screen.
    ui.spacing_mut().interact_size.y = 16.0;
    ui.spacing_mut().button_padding = egui::vec2(4.0, 0.0);
    let room_for_list = room.y - 180.0;
    ScrollArea::vertical().max_height(room_for_list).auto_shrink([false, true]).show(ui, |ui| {
        let side_by_side = match room.x {
            _ if wide => 3,
            x if x >= 640.0 => 2,
            _ => 1,
        };
        ui.columns(side_by_side, |columns| {
            let mut filled = vec![0; columns.len()];
            for (i, (name, rows)) in groups.iter().enumerate() {
                // Each group goes to the shortest column so far.
                let at = (0..filled.len()).min_by_key(|c| filled.get(*c).copied()).unwrap_or(0);
                if let Some(n) = filled.get_mut(at) {
                    *n += rows.len() + 2;
                }
                let Some(ui) = columns.get_mut(at) else { continue };
                let right = ui.max_rect().right();
                ui.label(cx.quiet(name.as_str()));
                Grid::new(("shortcuts", i)).num_columns(2).min_col_width(120.0).spacing([8.0, 1.0]).show(
                    ui,
                    |ui| {
                        for row in rows {
                            line(ui, cx, row, right);
                            ui.end_row();
                        }
                    },
                );
                ui.add_space(2.0 * STEP);
            }
        });
    });
    ui.add_space(STEP);
    ui.horizontal(|ui| {
        if ui.button(&cx.t.window.close).clicked() {
            cx.ask(Request::Panel(None));
        }
        let changed = !cx.settings.keys.is_empty();
        if ui.add_enabled(changed, Button::new(&cx.t.shortcuts.reset)).clicked() {
            cx.ask(Request::ResetKeys);
        }
    });
}

/// A row of the sheet, as far as to `right`.
fn line(ui: &mut Ui, cx: &mut Cx<'_>, row: &Row, right: f32) {
    let keys = RichText::new(&row.keys).color(cx.roles.selection);
    match row.command {
        Some(command) => {
            let waits = cx.state.capturing == Some(command);
            let text = if waits { RichText::new("…").color(cx.roles.selection) } else { keys };
            let button = Button::selectable(waits, text);
            if ui.add(button).on_hover_text(&cx.t.shortcuts.hint).clicked() {
                cx.state.capturing = if waits { None } else { Some(command) };
            }
        }
        None => {
            ui.label(keys);
        }
    }
    let width = (right - ui.cursor().left()).max(40.0);
    ui.allocate_ui_with_layout(egui::vec2(width, 16.0), Layout::left_to_right(Align::Center), |ui| {
        ui.set_max_width(width);
        ui.add(egui::Label::new(row.what.as_str()).truncate()).on_hover_text(&row.what);
    });
}

/// All commands by group, then what the mouse does.
fn groups(ctx: &egui::Context, cx: &Cx<'_>) -> Vec<(String, Vec<Row>)> {
    let mut groups: Vec<(String, Vec<Row>)> = Vec::new();
    for &command in Command::ALL {
        if let Some(group) = command.starts_group() {
            let t = &cx.t.group;
            let name = match group {
                "files" => &t.files,
                "fields" => &t.fields,
                "documents" => &t.documents,
                "page" => &t.page,
                "templates" => &t.templates,
                _ => &t.window,
            };
            groups.push((name.clone(), Vec::new()));
        }
        let keys: Vec<_> = cx.keys.of(command).iter().map(|s| in_words(ctx, s)).collect();
        if let Some((_, rows)) = groups.last_mut().filter(|_| !keys.is_empty()) {
            let what = cx.t.command(command).to_owned();
            rows.push(Row { command: Some(command), keys: keys.join(" / "), what });
        }
    }
    let t = &cx.t.shortcuts;
    let mouse = [&t.mouse_zoom, &t.mouse_pan, &t.mouse_take, &t.mouse_box];
    let split = |text: &String| {
        let (keys, what) = text.split_once('|').unwrap_or(("", text));
        Row { command: None, keys: keys.trim().to_owned(), what: what.trim().to_owned() }
    };
    groups.push((t.mouse.clone(), mouse.into_iter().map(split).collect()));
    groups
}

/// A key that is only held with others: by itself it is no shortcut.
fn is_modifier(key: Key) -> bool {
    use Key::{AltLeft, AltRight, ControlLeft, ControlRight, ShiftLeft, ShiftRight, SuperLeft, SuperRight};
    matches!(
        key,
        ShiftLeft | ShiftRight | ControlLeft | ControlRight | AltLeft | AltRight | SuperLeft | SuperRight
    )
}

/// While a command waits for its new keys: takes the ones that are pressed. Escape gives up.
pub fn capture(ctx: &egui::Context, cx: &mut Cx<'_>) {
    let Some(command) = cx.state.capturing else { return };
    let mut pressed = None;
    ctx.input_mut(|i| {
        i.events.retain(|event| match event {
            Event::Key { key, modifiers, pressed: true, .. } if !is_modifier(*key) => {
                let mut held = Modifiers { command: false, mac_cmd: false, ctrl: false, ..*modifiers };
                held.command = modifiers.command || modifiers.ctrl;
                pressed = Some(KeyboardShortcut::new(held, *key));
                false
            }
            _ => true,
        });
    });
    let Some(shortcut) = pressed else { return };
    cx.state.capturing = None;
    if shortcut.logical_key != Key::Escape {
        cx.ask(Request::SetKeys(command, shortcut));
    }
}
