//! The controls around the page: the strip below it and the search above it.

use eframe::egui::{self, Key, Ui, vec2};

use crate::{
    geometry::Quad,
    review::PageReading,
    ui::{
        command::{Command, Request},
        cx::{Cx, page_count, small_icon_button},
        icon::Icon,
        text::fill,
        theme::STEP,
    },
};

/// The strip's width, in points, from which the switches stand side by side.
const ROOM_FOR_SWITCHES: f32 = 520.0;
/// From which the page can be fitted and turned by buttons; below, by keys and palette.
const ROOM_FOR_FITS: f32 = 260.0;
/// From which the zoom has buttons beside its percentage.
const ROOM_FOR_ZOOM: f32 = 180.0;
/// What turning the pages takes.
const PAGES: f32 = 150.0;

/// Overlays, pages and zoom.
pub fn show(ui: &mut Ui, cx: &mut Cx<'_>) {
    ui.horizontal_centered(|ui| {
        ui.spacing_mut().item_spacing.x = STEP;
        let on = cx.settings.overlays;
        let switches = [
            (Command::ShowLines, on.lines, cx.t.page.lines.clone()),
            (Command::ShowFields, on.fields, cx.t.page.fields.clone()),
            (Command::ShowTables, on.tables, cx.t.page.tables.clone()),
            (Command::ShowSeals, on.seals, cx.t.page.seals.clone()),
        ];
        let mut switch = |ui: &mut Ui| {
            for (command, on, name) in &switches {
                let tooltip = format!("{}  {}", cx.t.tooltip(*command), cx.shortcut(ui.ctx(), *command));
                if ui.selectable_label(*on, name).on_hover_text(tooltip).clicked() {
                    cx.run(*command);
                }
            }
        };
        if ui.available_width() >= ROOM_FOR_SWITCHES {
            switch(ui);
        } else {
            let button = egui::Button::new(Icon::Eye.atom()).frame_when_inactive(false);
            let (response, _) = egui::containers::menu::MenuButton::from_button(button).ui(ui, switch);
            response.accessible_name(&cx.t.page.overlays).on_hover_text(&cx.t.page.overlays);
        }
        let pages = cx.file().map_or(1, page_count);
        let room = ui.available_width() - if pages > 1 { PAGES } else { 0.0 };
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let zoom = cx.state.page.view.map_or(1.0, |v| v.zoom * ui.ctx().pixels_per_point());
            if room >= ROOM_FOR_ZOOM {
                cx.icon_button(ui, Command::ZoomIn);
            }
            let percent = format!("{:.0}%", zoom * 100.0);
            let tooltip = cx.t.tooltip(Command::ActualSize).to_owned();
            let button = egui::Button::new(percent).min_size(vec2(52.0, 24.0)).frame_when_inactive(false);
            if ui.add(button).on_hover_text(tooltip).clicked() {
                cx.run(Command::ActualSize);
            }
            if room >= ROOM_FOR_ZOOM {
                cx.icon_button(ui, Command::ZoomOut);
            }
            if room >= ROOM_FOR_FITS {
                cx.icon_button(ui, Command::FitWidth);
                cx.icon_button(ui, Command::FitPage);
                cx.icon_button(ui, Command::Rotate);
            }
            if let Some(selection) = cx.state.selection.filter(|_| pages > 1) {
                ui.separator();
                cx.icon_button(ui, Command::NextPage);
                let text = fill(&cx.t.page.page_of, &[("n", &selection.page), ("all", &pages)]);
                ui.label(cx.quiet(text));
                cx.icon_button(ui, Command::PreviousPage);
            }
        });
    });
}

/// The search for text on the page.
pub fn find_bar(ui: &mut Ui, cx: &mut Cx<'_>) {
    ui.horizontal_centered(|ui| {
        let name = cx.t.page.find.clone();
        let before = cx.state.find.clone();
        let hint = cx.t.page.find_hint.clone();
        let input = egui::TextEdit::singleline(&mut cx.state.find).hint_text(hint).desired_width(220.0);
        let response = ui.add(input).accessible_name(name);
        if std::mem::take(&mut cx.state.focus_find) {
            response.request_focus();
        }
        let page = cx.file().zip(cx.state.selection).and_then(|(f, s)| f.page(s.page)).cloned();
        let hits = page.map(|p| hits(&p, &cx.state.find)).unwrap_or_default();
        if let Some(first) = hits.first().filter(|_| cx.state.find != before || response.lost_focus()) {
            cx.ask(Request::Show(*first));
        }
        if !cx.state.find.trim().is_empty() {
            let text = match hits.len() {
                0 => cx.t.page.find_none.clone(),
                n => fill(&cx.t.page.find_count, &[("n", &n)]),
            };
            ui.label(cx.quiet(text));
        }
        let close = cx.t.window.close.clone();
        let closing = small_icon_button(ui, Icon::Cross, &close).clicked();
        if closing || ui.input(|i| i.key_pressed(Key::Escape)) {
            cx.state.find_open = false;
        }
    });
}

/// Where `text` stands on the page, without regard to case, spaces and the commas in numbers; nothing for an
/// empty text.
pub fn hits(page: &PageReading, text: &str) -> Vec<Quad> {
    let text = plain(text);
    let holds = |line: &&crate::ocr::TextLine| !text.is_empty() && plain(&line.text).contains(&text);
    page.structure.lines.iter().filter(holds).map(|l| l.quad).collect()
}

/// In lower case, without spaces and the commas that part thousands.
fn plain(text: &str) -> String {
    let chars: Vec<char> = text.chars().flat_map(char::to_lowercase).filter(|c| !c.is_whitespace()).collect();
    let digit = |i: Option<usize>| i.and_then(|i| chars.get(i)).is_some_and(char::is_ascii_digit);
    let parts_thousands =
        |i: usize| matches!(chars.get(i), Some(',' | '，')) && digit(i.checked_sub(1)) && digit(Some(i + 1));
    (0..chars.len()).filter(|i| !parts_thousands(*i)).filter_map(|i| chars.get(i)).collect()
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn numbers_are_found_with_and_without_their_commas() {
        let printed = plain("价税合计 ¥2,430.76");
        for typed in ["2430", "2430.76", "2,430.76", "合计¥2"] {
            assert!(printed.contains(&plain(typed)), "{typed}");
        }
        assert_eq!(plain("甲, 乙"), "甲,乙", "a comma between words stays");
    }
}
