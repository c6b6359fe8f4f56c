//! The small panels over the window: settings, password, reason for confirming.

use eframe::egui::{
    self, Align2, Area, Button, Grid, Id, Key, Modal, Order, RichText, ScrollArea, TextEdit, Ui, vec2,
};

use crate::review::FileId;

use super::{
    clean, columns_panel,
    command::{Command, Request},
    cx::Cx,
    export_panel,
    fonts::CjkFont,
    keeping, palette, panel,
    settings::{SCALE, ThemeChoice},
    shortcut_sheet,
    state::Panel,
    template,
    text::{Language, fill},
    theme::{STEP, TITLE},
};

/// In a window that is lower than this, in points, panels scroll as a whole: they are made for 480 points,
/// which is 720 pixels at 150 %.
const LOW_WINDOW: f32 = 470.0;

/// The open panel, if any.
pub fn show(ctx: &egui::Context, cx: &mut Cx<'_>) {
    let Some(open) = cx.state.panel else { return };
    if open == Panel::Shortcuts {
        shortcut_sheet::capture(ctx, cx);
    }
    // Each panel keeps a size of its own.
    let id = Id::unique(("panel", std::mem::discriminant(&open)));
    // Lists grow downwards from a fixed place, so that typing does not move the input.
    let area = match open {
        Panel::Palette | Panel::Kinds => {
            Area::new(id).order(Order::Foreground).anchor(Align2::CENTER_TOP, vec2(0.0, 64.0))
        }
        _ => Modal::default_area(id),
    };
    let frame = egui::Frame::popup(&ctx.global_style()).inner_margin(egui::Margin::same(16));
    let modal = Modal::new(id).area(area).frame(frame);
    let room = ctx.content_rect().height();
    let response = modal.show(ctx, |ui| match room < LOW_WINDOW {
        true => {
            let most = room - 48.0;
            let whole = ScrollArea::vertical().id_salt("whole panel").max_height(most);
            whole.min_scrolled_height(most).show(ui, |ui| contents(ui, cx, open));
        }
        false => contents(ui, cx, open),
    });
    cx.state.panel_is_new = false;
    if response.should_close() {
        cx.ask(Request::Panel(None));
    }
}

fn contents(ui: &mut Ui, cx: &mut Cx<'_>, open: Panel) {
    match open {
        Panel::Palette => palette::commands(ui, cx),
        Panel::Kinds => palette::kinds(ui, cx),
        Panel::Shortcuts => shortcut_sheet::show(ui, cx),
        Panel::Export => export_panel::show(ui, cx),
        Panel::Columns => columns_panel::show(ui, cx),
        Panel::Settings => settings(ui, cx),
        Panel::Password(file) => password(ui, cx, file),
        Panel::Reason => reason(ui, cx),
        Panel::Clean => clean::show(ui, cx),
        Panel::Compare(other) => panel::compare::show(ui, cx, other),
        Panel::Audit => panel::audit::show(ui, cx),
        Panel::Arrange => panel::arrange::show(ui, cx),
        Panel::Claim => panel::claim::show(ui, cx),
        Panel::Signing => panel::signing::show(ui, cx),
        Panel::Rename => panel::rename::show(ui, cx),
        Panel::Group => panel::group::show(ui, cx),
        Panel::Statistics => panel::stats::show(ui, cx),
        Panel::Rules => panel::rules::show(ui, cx),
        Panel::WorkspacePassword => keeping::show(ui, cx),
        Panel::Templates => template::show_list(ui, cx),
        Panel::UnsavedTemplate => template::show_unsaved(ui, cx),
    }
}

fn settings(ui: &mut Ui, cx: &mut Cx<'_>) {
    ui.set_width(400.0_f32.min(ui.ctx().content_rect().width() - 48.0));
    let t = &cx.t.settings;
    ui.label(RichText::new(&t.title).size(TITLE).strong());
    ui.add_space(2.0 * STEP);
    Grid::new("settings").num_columns(2).spacing(vec2(16.0, 12.0)).show(ui, |ui| {
        ui.label(cx.quiet(&t.language));
        ui.horizontal(|ui| {
            for language in Language::ALL {
                let chosen = cx.lang == language;
                let name = match cx.cjk {
                    // The language's own name would be empty squares.
                    CjkFont::Missing => &t.chinese_without_font,
                    CjkFont::Searching | CjkFont::Loaded => language.name(),
                };
                let name = if language == Language::En { language.name() } else { name };
                let can = language == Language::En || cx.cjk != CjkFont::Missing;
                if ui.add_enabled(can, Button::selectable(chosen, name)).clicked() {
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
                    ThemeChoice::HighContrast => &t.theme_contrast,
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
        let below = (cx.settings.look_below_percent, [0, 90, 95, 98]);
        shares(ui, cx, [&t.look_below, &t.look_below_hint, &t.look_below_off], below, Request::LookBelow);
        let sampled = (cx.settings.sample_percent, [0, 5, 10, 20]);
        shares(ui, cx, [&t.sample, &t.sample_hint, &t.sample_off], sampled, Request::Sample);
        ui.label(cx.quiet(&t.operator)).on_hover_text(&t.operator_hint);
        let mut operator = cx.settings.operator.clone();
        let edit = TextEdit::singleline(&mut operator).hint_text(cx.session.operator()).desired_width(200.0);
        if ui.add(edit).accessible_name(&t.operator).on_hover_text(&t.operator_hint).changed() {
            cx.ask(Request::Operator(operator));
        }
        ui.end_row();
        keeping::settings(ui, cx);
        ui.label(cx.quiet(&t.unprinted));
        let mut shown = cx.settings.show_unprinted;
        if ui.checkbox(&mut shown, &t.show_unprinted).changed() {
            cx.run(Command::ShowUnprinted);
        }
        ui.end_row();
    });
    ui.add_space(3.0 * STEP);
    panel::close(ui, cx);
}

/// A row of the settings (its name, hint, and the word for none) that offers some shares in percent; `now`:
/// the one in force and those offered.
fn shares(
    ui: &mut Ui,
    cx: &mut Cx<'_>,
    [name, hint, off]: [&String; 3],
    (now, offered): (u8, [u8; 4]),
    request: fn(u8) -> Request,
) {
    ui.label(cx.quiet(name)).on_hover_text(hint);
    ui.horizontal(|ui| {
        for percent in offered {
            let text = if percent == 0 { off.clone() } else { format!("{percent}%") };
            if ui.selectable_label(now == percent, text).on_hover_text(hint).clicked() {
                cx.ask(request(percent));
            }
        }
    });
    ui.end_row();
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
    if entered && cx.state.query.trim().is_empty() {
        // Nothing was typed yet.
        response.request_focus();
    }
    ui.add_space(2.0 * STEP);
    let mut sent = entered;
    ui.horizontal(|ui| {
        let filled = !cx.state.query.trim().is_empty();
        let text = RichText::new(go).color(cx.roles.on_selection);
        sent |= ui.add_enabled(filled, Button::new(text).fill(cx.roles.selection)).clicked();
        panel::close(ui, cx);
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
    let Some(document) = cx.document() else {
        cx.ask(Request::Panel(None));
        return;
    };
    let t = &cx.t.reason;
    let (title, hint) = match cx.session.errors(document.id).is_empty() {
        true => (&t.second_title, &t.second_hint),
        false => (&t.title, &t.hint),
    };
    ui.label(RichText::new(title).size(TITLE).strong());
    for issue in cx.session.errors(document.id).iter().take(6) {
        let text = RichText::new(issue.message.get(cx.lang)).color(cx.roles.failed);
        ui.horizontal_top(|ui| {
            super::icon::Icon::Cross.show(ui, 12.0, cx.roles.failed, "");
            ui.add(egui::Label::new(text).wrap());
        });
    }
    let left = cx.session.second_entries_left(document.id);
    if left > 0 {
        ui.label(RichText::new(fill(&cx.t.reason.second, &[("n", &left)])).color(cx.roles.doubtful));
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
    ui.add(egui::Label::new(cx.quiet(hint)).wrap());
    let (input, go) = (cx.t.reason.input.clone(), cx.t.reason.go.clone());
    if let Some(reason) = ask(ui, cx, &input, &go, false) {
        cx.ask(Request::Panel(None));
        cx.ask(Request::ConfirmWithReason(reason));
    }
}
