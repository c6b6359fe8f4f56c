//! The small panels over the window: shortcuts, settings, password, reason for confirming.

use eframe::egui::{
    self, Align2, Area, Button, Grid, Id, Key, Modal, Order, RichText, ScrollArea, TextEdit, Ui, vec2,
};

use crate::review::FileId;

use super::{
    command::{Command, Request},
    cx::{Cx, in_words},
    export_panel, palette,
    settings::{SCALE, ThemeChoice},
    state::Panel,
    text::{Language, fill},
    theme::{STEP, TITLE},
};

/// The open panel, if any.
pub fn show(ctx: &egui::Context, cx: &mut Cx<'_>) {
    let Some(panel) = cx.state.panel else { return };
    let id = Id::unique("panel");
    // Lists grow downwards from a fixed place, so that typing does not move the input.
    let area = match panel {
        Panel::Palette | Panel::Kinds => {
            Area::new(id).order(Order::Foreground).anchor(Align2::CENTER_TOP, vec2(0.0, 64.0))
        }
        _ => Modal::default_area(id),
    };
    let frame = egui::Frame::popup(&ctx.global_style()).inner_margin(egui::Margin::same(16));
    let modal = Modal::new(id).area(area).frame(frame);
    let response = modal.show(ctx, |ui| match panel {
        Panel::Palette => palette::commands(ui, cx),
        Panel::Kinds => palette::kinds(ui, cx),
        Panel::Shortcuts => shortcuts(ui, cx),
        Panel::Export => export_panel::show(ui, cx),
        Panel::Settings => settings(ui, cx),
        Panel::Password(file) => password(ui, cx, file),
        Panel::Reason => reason(ui, cx),
    });
    cx.state.panel_is_new = false;
    if response.should_close() {
        cx.ask(Request::Panel(None));
    }
}

fn close(ui: &mut Ui, cx: &mut Cx<'_>) {
    if ui.button(&cx.t.window.close).clicked() {
        cx.ask(Request::Panel(None));
    }
}

fn shortcuts(ui: &mut Ui, cx: &mut Cx<'_>) {
    let room = ui.ctx().content_rect().size();
    let wide = room.x >= 1100.0;
    ui.set_width(if wide { 1020.0 } else { (room.x - 64.0).min(720.0) });
    // Egui gives a new area 400 points of height; the sheet may use the whole window.
    ui.set_max_height(room.y - 96.0);
    ui.label(RichText::new(&cx.t.shortcuts.title).size(TITLE).strong());
    ui.add_space(2.0 * STEP);
    // Commands with a shortcut, by group.
    let mut groups: Vec<(&str, Vec<(String, String)>)> = Vec::new();
    for command in Command::ALL {
        if let Some(group) = command.starts_group() {
            let t = &cx.t.group;
            let name = match group {
                "files" => &t.files,
                "fields" => &t.fields,
                "documents" => &t.documents,
                "page" => &t.page,
                _ => &t.window,
            };
            groups.push((name, Vec::new()));
        }
        let keys: Vec<_> = command.shortcuts().iter().map(|s| in_words(ui.ctx(), s)).collect();
        if let Some((_, rows)) = groups.last_mut().filter(|_| !keys.is_empty()) {
            rows.push((keys.join(" / "), cx.t.command(*command).to_owned()));
        }
    }
    let t = &cx.t.shortcuts;
    let mouse = [&t.mouse_zoom, &t.mouse_pan, &t.mouse_take, &t.mouse_box];
    let split = |text: &String| {
        let (keys, what) = text.split_once('|').unwrap_or(("", text));
        (keys.trim().to_owned(), what.trim().to_owned())
    };
    groups.push((&t.mouse, mouse.into_iter().map(split).collect()));
    ScrollArea::vertical().max_height(room.y - 180.0).auto_shrink([false, true]).show(ui, |ui| {
        ui.columns(if wide { 3 } else { 2 }, |columns| {
            let count = columns.len();
            for (i, (name, rows)) in groups.iter().enumerate() {
                let Some(ui) = columns.get_mut(i % count) else { continue };
                ui.label(cx.quiet(*name));
                Grid::new(("shortcuts", i)).num_columns(2).min_col_width(128.0).show(ui, |ui| {
                    for (keys, what) in rows {
                        ui.label(RichText::new(keys).color(cx.roles.selection));
                        ui.label(what);
                        ui.end_row();
                    }
                });
                ui.add_space(2.0 * STEP);
            }
        });
    });
    ui.add_space(STEP);
    close(ui, cx);
}

fn settings(ui: &mut Ui, cx: &mut Cx<'_>) {
    ui.set_width(360.0);
    let t = &cx.t.settings;
    ui.label(RichText::new(&t.title).size(TITLE).strong());
    ui.add_space(2.0 * STEP);
    Grid::new("settings").num_columns(2).spacing(vec2(16.0, 12.0)).show(ui, |ui| {
        ui.label(cx.quiet(&t.language));
        ui.horizontal(|ui| {
            for language in Language::ALL {
                let chosen = cx.lang == language;
                if ui.selectable_label(chosen, language.name()).clicked() {
                    cx.ask(Request::Language(language));
                }
            }
        });
        ui.end_row();
        ui.label(cx.quiet(&t.theme));
        ui.horizontal(|ui| {
            for theme in ThemeChoice::ALL {
                let name = match theme {
                    ThemeChoice::System => &t.theme_system,
                    ThemeChoice::Light => &t.theme_light,
                    ThemeChoice::Dark => &t.theme_dark,
                };
                if ui.selectable_label(cx.settings.theme == theme, name).clicked() {
                    cx.ask(Request::Theme(theme));
                }
            }
        });
        ui.end_row();
        ui.label(cx.quiet(&t.scale));
        ui.horizontal(|ui| {
            cx.icon_button(ui, Command::ScaleDown);
            ui.label(format!("{}%", cx.settings.scale_percent));
            cx.icon_button(ui, Command::ScaleUp);
            for percent in [100, 150, 200].into_iter().filter(|p| (SCALE.0..=SCALE.1).contains(p)) {
                let chosen = cx.settings.scale_percent == percent;
                if ui.selectable_label(chosen, format!("{percent}%")).clicked() {
                    cx.ask(Request::Scale(percent));
                }
            }
        });
        ui.end_row();
    });
    ui.add_space(3.0 * STEP);
    close(ui, cx);
}

/// One line of input with a main button; `Some` when it is sent.
fn ask(ui: &mut Ui, cx: &mut Cx<'_>, name: &str, go: &str, secret: bool) -> Option<String> {
    let edit = TextEdit::singleline(&mut cx.state.query)
        .password(secret)
        .hint_text(name)
        .desired_width(f32::INFINITY);
    let response = ui.add(edit).accessible_name(name);
    if cx.state.panel_is_new {
        response.request_focus();
    }
    let entered = response.lost_focus() && ui.input(|i| i.key_pressed(Key::Enter));
    ui.add_space(2.0 * STEP);
    let mut sent = entered;
    ui.horizontal(|ui| {
        let filled = !cx.state.query.trim().is_empty();
        let text = RichText::new(go).color(cx.roles.on_selection);
        sent |= ui.add_enabled(filled, Button::new(text).fill(cx.roles.selection)).clicked();
        close(ui, cx);
    });
    (sent && !cx.state.query.trim().is_empty()).then(|| cx.state.query.clone())
}

fn password(ui: &mut Ui, cx: &mut Cx<'_>, file: FileId) {
    ui.set_width(400.0);
    ui.label(RichText::new(&cx.t.password.title).size(TITLE).strong());
    let Some(entry) = cx.session.file(file) else {
        cx.ask(Request::Panel(None));
        return;
    };
    let name = entry.path.file_name().map_or_else(String::new, |n| n.to_string_lossy().into_owned());
    let t = &cx.t.password;
    let hint = if entry.password.is_some() { &t.wrong } else { &t.hint };
    ui.add(egui::Label::new(fill(hint, &[("name", &name)])).wrap());
    ui.add_space(2.0 * STEP);
    let (input, go) = (t.input.clone(), t.go.clone());
    if let Some(password) = ask(ui, cx, &input, &go, true) {
        cx.ask(Request::Panel(None));
        cx.ask(Request::Password(file, password));
    }
}

fn reason(ui: &mut Ui, cx: &mut Cx<'_>) {
    ui.set_width(440.0);
    ui.label(RichText::new(&cx.t.reason.title).size(TITLE).strong());
    let Some(document) = cx.document() else {
        cx.ask(Request::Panel(None));
        return;
    };
    for issue in cx.session.errors(document.id).iter().take(6) {
        let text = RichText::new(issue.message.get(cx.lang)).color(cx.roles.failed);
        ui.horizontal_top(|ui| {
            super::icon::Icon::Cross.show(ui, 12.0, cx.roles.failed, "");
            ui.add(egui::Label::new(text).wrap());
        });
    }
    ui.add_space(STEP);
    let first = cx.session.errors(document.id).iter().find_map(|i| i.fields.first().cloned());
    if let Some(path) = first
        && ui.button(&cx.t.form.to_first_error).clicked()
    {
        cx.ask(Request::Panel(None));
        cx.ask(Request::Field(path, super::command::ChosenIn::Page));
    }
    ui.add_space(2.0 * STEP);
    ui.add(egui::Label::new(cx.quiet(&cx.t.reason.hint)).wrap());
    let (input, go) = (cx.t.reason.input.clone(), cx.t.reason.go.clone());
    if let Some(reason) = ask(ui, cx, &input, &go, false) {
        cx.ask(Request::Panel(None));
        cx.ask(Request::ConfirmWithReason(reason));
    }
}
