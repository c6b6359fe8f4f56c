//! The one row of controls above, the banners below it, and the notices over the page.

use eframe::egui::{self, Align, Align2, Area, Button, Layout, Order, ProgressBar, RichText, Ui, vec2};

use crate::fault;

use super::{
    command::{Command, Request},
    cx::{Cx, small_icon_button},
    fonts::CjkFont,
    icon::Icon,
    keeping,
    listing::Filter,
    reading::{Progress, clock},
    state::{Notice, NoticeKind, Offer},
    text::fill,
    theme::{SMALL, STEP, TITLE},
};

/// How long good news stays, in seconds: enough to read a sentence twice.
const DONE_SECONDS: f64 = 6.0;
/// How long a warning, or a notice with a button, stays: enough to read, decide and click.
const WARNING_SECONDS: f64 = 15.0;

/// Widths of the row of controls, in points, from which everything has its place, and below which
/// only the most needed does.
const WIDE: f32 = 700.0;
const NARROW: f32 = 440.0;

/// The row of controls. `status` says what the engines are doing before they can read: it stands in the
/// row, so that nothing below it moves when it comes and goes.
pub fn show(ui: &mut Ui, cx: &mut Cx<'_>, progress: Option<Progress>, status: Option<&str>) {
    ui.horizontal_centered(|ui| {
        // At 300 % on a small screen there is room for little more than menu and export; the rest
        // has keys and stands in the palette.
        let room = ui.available_width();
        let (wide, narrow) = (room >= WIDE, room < NARROW);
        if wide {
            ui.label(RichText::new(&cx.t.window.title).size(TITLE).strong());
            ui.add_space(2.0 * STEP);
        }
        keeping::sign(ui, cx, wide);
        if cx.state.narrow {
            cx.icon_button(ui, Command::ShowQueue);
        }
        let open = Button::new((Icon::File.atom(), cx.t.window.open.as_str(), Icon::Down.atom()));
        egui::containers::menu::MenuButton::from_button(open).ui(ui, |ui| {
            for command in [Command::OpenFiles, Command::OpenFolder, Command::PasteImage] {
                cx.menu_item(ui, command);
            }
            ui.separator();
            for command in [Command::ReadAgain, Command::ReadPage, Command::RetryFailed, Command::RemoveFile]
            {
                cx.menu_item(ui, command);
            }
            ui.separator();
            for command in [Command::NewTemplate, Command::OwnTemplates] {
                cx.menu_item(ui, command);
            }
        });
        if !narrow {
            tools(ui, cx);
        }
        if let Some(progress) = progress {
            if wide {
                ui.separator();
            }
            running(ui, cx, progress, wide);
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.spacing_mut().item_spacing.x = STEP;
            if wide {
                cx.icon_button(ui, Command::Shortcuts);
            }
            if !narrow {
                cx.icon_button(ui, Command::Settings);
            }
            cx.icon_button(ui, Command::Palette);
            if wide {
                cx.icon_button(ui, Command::FindOnPage);
                ui.separator();
            }
            if narrow {
                cx.icon_button(ui, Command::Export);
            } else {
                cx.button(ui, Command::Export);
                cx.icon_button(ui, Command::Redo);
                cx.icon_button(ui, Command::Undo);
            }
            if let Some(status) = status {
                let text = cx.lang.of_message(status);
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                    Icon::Clock.show(ui, 14.0, cx.roles.selection, "");
                    ui.add(egui::Label::new(RichText::new(text).size(SMALL)).truncate()).on_hover_text(text);
                });
            }
        });
    });
}

/// What is done with many documents, and looked at now and then.
fn tools(ui: &mut Ui, cx: &mut Cx<'_>) {
    let button = Button::new((cx.t.window.tools.as_str(), Icon::Down.atom()));
    egui::containers::menu::MenuButton::from_button(button).ui(ui, |ui| {
        let groups: [&[Command]; 4] = [
            &[
                Command::ConfirmClean,
                Command::GroupCheck,
                Command::Compare,
                Command::Arrange,
                Command::EditTable,
            ],
            &[Command::Claim, Command::Signing, Command::CopyVerification, Command::RenameFiles],
            &[Command::FieldRules, Command::Audit, Command::Statistics],
            &[Command::PrivateWindow],
        ];
        for (i, group) in groups.into_iter().enumerate() {
            if i > 0 {
                ui.separator();
            }
            for command in group {
                cx.menu_item(ui, *command);
            }
        }
    });
}

fn running(ui: &mut Ui, cx: &mut Cx<'_>, progress: Progress, wide: bool) {
    let Progress { pages_done, pages, time_left } = progress;
    let share = pages_done as f32 / pages.max(1) as f32;
    let bar = ProgressBar::new(share)
        .desired_width(if wide { 96.0 } else { 40.0 })
        .desired_height(6.0)
        .fill(cx.roles.selection);
    let bar = ui.add(bar).accessible_name(&cx.t.window.reading);
    let mut text = fill(&cx.t.window.remaining, &[("done", &pages_done), ("all", &pages)]);
    if cx.reading.is_paused() {
        text = format!("{text} · {}", cx.t.window.paused);
    } else if let Some(left) = time_left {
        text = format!("{text} · {}", fill(&cx.t.window.time_left, &[("time", &clock(left))]));
    }
    if wide {
        ui.label(RichText::new(text).size(SMALL));
        pause_button(ui, cx);
        cx.icon_button(ui, Command::StopReading);
    } else {
        bar.on_hover_text(text);
        pause_button(ui, cx);
        cx.icon_button(ui, Command::StopReading);
    }
}

/// Pause, or go on.
fn pause_button(ui: &mut Ui, cx: &mut Cx<'_>) {
    if cx.reading.is_paused() {
        let name = cx.t.command(Command::PauseReading).to_owned();
        if small_icon_button(ui, Icon::Play, &name).clicked() {
            cx.run(Command::PauseReading);
        }
    } else {
        cx.icon_button(ui, Command::PauseReading);
    }
}

/// What stands in the way of working at all: no engines, no font.
pub fn banners(ui: &mut Ui, cx: &mut Cx<'_>, engines_failed: Option<&str>, cjk: CjkFont) {
    if let Some(message) = engines_failed {
        let text = cx.lang.with_path(message);
        banner(ui, cx, Icon::Cross, cx.roles.failed, &text, |ui, cx| {
            let button = Button::new((Icon::Retry.atom(), cx.t.window.retry.as_str()));
            if ui.add(button).clicked() {
                cx.ask(Request::RetryEngines);
            }
        });
    }
    if cjk == CjkFont::Missing {
        banner(ui, cx, Icon::Warning, cx.roles.doubtful, &cx.t.window.no_cjk_font, |_, _| {});
    }
}

fn banner(
    ui: &mut Ui,
    cx: &mut Cx<'_>,
    icon: Icon,
    color: egui::Color32,
    text: &str,
    button: impl FnOnce(&mut Ui, &mut Cx<'_>),
) {
    let frame = egui::Frame::new().fill(cx.roles.raised).inner_margin(egui::Margin::symmetric(12, 8));
    egui::Panel::top(egui::Id::unique(("banner", text))).frame(frame).show(ui, |ui| {
        ui.horizontal(|ui| {
            icon.show(ui, 16.0, color, "");
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                button(ui, cx);
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                    ui.add(egui::Label::new(text).wrap());
                });
            });
        });
    });
}

/// Sentences over the lower end of the page, newest below.
pub fn notices(ctx: &egui::Context, cx: &mut Cx<'_>, pane: egui::Rect) {
    if cx.state.notices.is_empty() {
        return;
    }
    let width = (pane.width() - 8.0 * STEP).clamp(200.0, 560.0);
    Area::new(egui::Id::unique("notices"))
        .order(Order::Foreground)
        .pivot(Align2::CENTER_BOTTOM)
        .fixed_pos(pane.center_bottom() - vec2(0.0, 3.0 * STEP))
        .show(ctx, |ui| {
            ui.set_width(width);
            let now = ctx.time();
            for notice in &mut cx.state.notices {
                notice.since.get_or_insert(now);
            }
            for notice in cx.state.notices.clone() {
                // Failures stay until they are dismissed; all else goes by itself.
                let stays = match (notice.kind, &notice.offer) {
                    (NoticeKind::Done, None) => Some(DONE_SECONDS),
                    (NoticeKind::Done | NoticeKind::Warning, _) => Some(WARNING_SECONDS),
                    (NoticeKind::Failure, _) => None,
                };
                if let Some(stays) = stays {
                    let left = stays - (now - notice.since.unwrap_or(now));
                    if left <= 0.0 {
                        cx.ask(Request::Dismiss(notice.id));
                    } else {
                        ctx.request_repaint_after_secs(left as f32);
                    }
                }
                one(ui, cx, &notice);
                ui.add_space(STEP);
            }
        });
}

fn one(ui: &mut Ui, cx: &mut Cx<'_>, notice: &Notice) {
    let (icon, color) = match notice.kind {
        NoticeKind::Done => (Icon::CheckCircle, cx.roles.confirmed),
        NoticeKind::Warning => (Icon::Warning, cx.roles.doubtful),
        NoticeKind::Failure => (Icon::Cross, cx.roles.failed),
    };
    egui::Frame::popup(ui.style()).inner_margin(egui::Margin::symmetric(12, 8)).show(ui, |ui| {
        ui.horizontal(|ui| {
            icon.show(ui, 16.0, color, "");
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let dismiss = cx.t.window.dismiss.clone();
                if small_icon_button(ui, Icon::Cross, &dismiss).clicked() {
                    cx.ask(Request::Dismiss(notice.id));
                }
                if let Some(offer) = &notice.offer {
                    offered(ui, cx, notice, offer);
                }
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                    let label = ui.add(egui::Label::new(cx.lang.with_path(&notice.text)).wrap());
                    if let (_, Some(raw)) = fault::parts(&notice.text) {
                        label.on_hover_text(raw);
                    }
                });
            });
        });
    });
}

/// The button for what a notice offers.
fn offered(ui: &mut Ui, cx: &mut Cx<'_>, notice: &Notice, offer: &Offer) {
    let button = match offer {
        Offer::OpenFolder(_) => Button::new((Icon::Folder.atom(), cx.t.window.open_result_folder.as_str())),
        Offer::ShowFailed => Button::new(cx.t.window.show_failed.as_str()),
        Offer::ReadOn => Button::new((Icon::Retry.atom(), cx.t.window.read_on.as_str())),
    };
    if !ui.add(button).clicked() {
        return;
    }
    match offer {
        Offer::OpenFolder(folder) => cx.ask(Request::OpenFolderOf(folder.clone())),
        Offer::ShowFailed => {
            cx.ask(Request::Filter(Filter::Failed));
            cx.ask(Request::Dismiss(notice.id));
        }
        Offer::ReadOn => {
            cx.run(Command::RetryFailed);
            cx.ask(Request::Dismiss(notice.id));
        }
    }
}
