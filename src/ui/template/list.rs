//! The saved forms: what lies in the user's folder, to be edited or deleted.

use std::{fs, path::Path};

use eframe::egui::{self, Button, RichText, ScrollArea, Ui};

use crate::{
    kind::{Label, read_kind, template::Template},
    ui::{
        command::{Command, Request},
        cx::{Cx, small_icon_button},
        icon::Icon,
        panel,
        text::fill,
        theme::{STEP, TITLE},
    },
};

use super::Ask;

/// A kind file of the user's.
#[derive(Debug, Clone, PartialEq)]
pub struct Saved {
    /// Its file's name without the ending.
    pub id: String,
    /// What the kind is called; `None` where the file is faulty.
    pub name: Option<Label>,
    /// Why it cannot be edited in the window.
    pub fault: Option<String>,
}

/// The kind files in a folder, by name.
pub fn saved(folder: &Path) -> Vec<Saved> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let paths = entries.filter_map(|e| Some(e.ok()?.path()));
    let mut all: Vec<Saved> = paths
        .filter(|p| p.extension().is_some_and(|e| e == "toml"))
        .map(|path| {
            let file = path.display().to_string();
            let id = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            match fs::read_to_string(&path) {
                Ok(text) => Saved {
                    id,
                    name: read_kind(&file, &text).ok().map(|k| k.name),
                    fault: Template::read(&file, &text).err().map(|e| e.to_string()),
                },
                Err(e) => Saved { id, name: None, fault: Some(format!("{file}: {e}")) },
            }
        })
        .collect();
    all.sort_by(|a, b| a.id.cmp(&b.id));
    all
}

/// The panel.
pub fn show(ui: &mut Ui, cx: &mut Cx<'_>) {
    ui.set_width(480.0_f32.min(ui.ctx().content_rect().width() - 48.0));
    let t = &cx.t.template;
    ui.label(RichText::new(&t.list_title).size(TITLE).strong());
    ui.add(egui::Label::new(cx.quiet(&t.list_hint)).wrap());
    ui.add_space(2.0 * STEP);
    let saved = cx.state.saved_templates.clone();
    if saved.is_empty() {
        ui.label(cx.quiet(&t.list_empty));
    }
    let height = (ui.ctx().content_rect().height() - 280.0).max(80.0);
    ScrollArea::vertical().max_height(height).show(ui, |ui| {
        for form in &saved {
            row(ui, cx, form);
        }
    });
    ui.add_space(2.0 * STEP);
    ui.horizontal(|ui| {
        cx.button(ui, Command::NewTemplate);
        if ui.button(&cx.t.window.close).clicked() {
            cx.ask(Request::Panel(None));
        }
    });
}

fn row(ui: &mut Ui, cx: &mut Cx<'_>, form: &Saved) {
    let t = &cx.t.template;
    let name = form.name.as_ref().map_or(form.id.as_str(), |n| n.get(cx.lang));
    ui.horizontal(|ui| {
        let edit = Button::new((Icon::Pen.atom(), fill(&t.edit, &[("name", &name)])));
        if ui.add_enabled(form.fault.is_none(), edit).clicked() {
            cx.ask(Request::Template(Ask::Open(form.id.clone())));
        }
        // The second click deletes: a file that is gone cannot be brought back.
        let asked = cx.state.query == form.id;
        let delete = fill(if asked { &t.delete_really } else { &t.delete }, &[("name", &name)]);
        if asked {
            if ui.button(RichText::new(&delete).color(cx.roles.failed)).clicked() {
                cx.ask(Request::Template(Ask::Delete(form.id.clone())));
            }
        } else if small_icon_button(ui, Icon::Cross, &delete).clicked() {
            cx.state.query.clone_from(&form.id);
        }
    });
    if let Some(fault) = &form.fault {
        ui.add(egui::Label::new(RichText::new(cx.lang.of_message(fault)).color(cx.roles.doubtful)).wrap());
    }
}

/// Something is not saved: what shall become of it?
pub fn unsaved(ui: &mut Ui, cx: &mut Cx<'_>) {
    ui.set_width(420.0_f32.min(ui.ctx().content_rect().width() - 48.0));
    let (t, asked) = (&cx.t.template, cx.requests.len());
    ui.label(RichText::new(&t.unsaved_title).size(TITLE).strong());
    ui.add(egui::Label::new(&t.unsaved_hint).wrap());
    ui.add_space(2.0 * STEP);
    ui.horizontal(|ui| {
        if cx.main_button(ui, Command::SaveTemplate).clicked() {
            cx.ask(Request::Panel(None));
        }
        if ui.button(&t.abandon).clicked() {
            cx.ask(Request::Template(Ask::Abandon));
        }
        panel::close(ui, cx);
        if panel::entered(ui, cx, asked) {
            cx.ask(Request::Panel(None));
            cx.run(Command::SaveTemplate);
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faulty_and_richer_files_are_listed_with_the_reason() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let put = |name: &str, text: &str| fs::write(folder.path().join(name), text).expect("writable");
        put("requisition.toml", include_str!("../../../tests/templates/requisition.toml"));
        put("slip.toml", include_str!("../../../tests/kinds/slip.toml"));
        put("broken.toml", "id = 3");
        put("notes.txt", "no kind");
        let all = saved(folder.path());
        let ids: Vec<_> = all.iter().map(|s| (s.id.as_str(), s.name.is_some(), s.fault.is_some())).collect();
        assert_eq!(ids, [("broken", false, true), ("requisition", true, false), ("slip", true, true)]);
        assert!(saved(&folder.path().join("none")).is_empty());
    }
}
