//! Which columns Excel and CSV have: the panel in which they are chosen, ordered and named, and
//! saved as a profile.

use std::path::Path;

use eframe::egui::{self, Button, Checkbox, DragValue, RichText, ScrollArea, TextEdit, Ui};

use crate::export::{
    Profile,
    profile::{self, ProfileColumn, ProfileError, TableColumns},
};

use super::{
    App,
    command::Request,
    cx::{Cx, small_icon_button},
    icon::Icon,
    panel,
    state::{NoticeKind, Panel},
    text::fill,
    theme::{STEP, TITLE},
};

/// A profile in the making.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ColumnsDraft {
    pub name: String,
    /// As it was; keeps what it says of tables that are not among these.
    profile: Profile,
    tables: Vec<TableChoice>,
    /// The table on show.
    at: usize,
}

#[derive(Debug, Clone, PartialEq)]
struct TableChoice {
    usual: TableColumns,
    columns: Vec<ColumnChoice>,
}

#[derive(Debug, Clone, PartialEq)]
struct ColumnChoice {
    key: String,
    heading: String,
    chosen: bool,
}

impl ColumnsDraft {
    /// The columns of `tables` as `profile` has them: its own first, the others behind, not chosen.
    fn new(name: String, profile: Profile, tables: Vec<TableColumns>) -> Self {
        let choice = |usual: TableColumns| {
            let heading_of = |key: &str| {
                let usual = usual.columns.iter().find(|c| c.key == key);
                usual.and_then(|c| c.heading.clone()).unwrap_or_else(|| key.to_owned())
            };
            let own = profile.columns(&usual.kind, usual.rows.as_deref());
            let mut columns: Vec<ColumnChoice> = own
                .unwrap_or_default()
                .iter()
                .map(|c| ColumnChoice {
                    key: c.key.clone(),
                    heading: c.heading.clone().unwrap_or_else(|| heading_of(&c.key)),
                    chosen: true,
                })
                .collect();
            for column in &usual.columns {
                if !columns.iter().any(|c| c.key == column.key) {
                    let heading = heading_of(&column.key);
                    columns.push(ColumnChoice { key: column.key.clone(), heading, chosen: own.is_none() });
                }
            }
            TableChoice { usual, columns }
        };
        let tables = tables.into_iter().map(choice).collect();
        Self { name, profile, tables, at: 0 }
    }

    /// The profile that the choices make; tables that are as always are not named in it.
    fn profile(&self) -> Profile {
        let mut profile = self.profile.clone();
        for table in &self.tables {
            let chosen = table.columns.iter().filter(|c| c.chosen);
            let columns: Vec<ProfileColumn> = chosen
                .map(|c| ProfileColumn { key: c.key.clone(), heading: Some(c.heading.trim().to_owned()) })
                .collect();
            let columns = (columns != table.usual.columns).then_some(columns);
            profile.set_columns(&table.usual.kind, table.usual.rows.as_deref(), columns);
        }
        profile
    }
}

/// In the export panel: which profile, and the way to this panel.
pub fn choose(ui: &mut Ui, cx: &mut Cx<'_>) {
    let t = &cx.t.export;
    ui.horizontal(|ui| {
        ui.label(cx.quiet(&t.columns));
        let shown = cx.state.profile.as_ref().unwrap_or(&t.all_columns).clone();
        let list = egui::ComboBox::from_id_salt("profile").selected_text(shown).show_ui(ui, |ui| {
            ui.selectable_value(&mut cx.state.profile, None, &t.all_columns);
            for name in &cx.state.profiles {
                ui.selectable_value(&mut cx.state.profile, Some(name.clone()), name);
            }
        });
        list.response
            .widget_info(|| egui::WidgetInfo::labeled(egui::accesskit::Role::ComboBox, true, &t.columns));
        if ui.button(&t.choose_columns).clicked() {
            cx.ask(Request::EditColumns);
        }
    });
}

/// The panel.
pub fn show(ui: &mut Ui, cx: &mut Cx<'_>) {
    let room = ui.ctx().content_rect().size();
    ui.set_width(480.0_f32.min(room.x - 48.0));
    let t = &cx.t.export;
    ui.label(RichText::new(&t.choose_columns).size(TITLE).strong());
    ui.add_space(2.0 * STEP);
    let draft = &mut cx.state.columns;
    ui.horizontal_wrapped(|ui| {
        for (at, table) in draft.tables.iter().enumerate() {
            ui.selectable_value(&mut draft.at, at, &table.usual.name);
        }
    });
    ui.add_space(STEP);
    if let Some(table) = draft.tables.get_mut(draft.at) {
        ui.horizontal(|ui| {
            for (chosen, name) in [(true, &t.every_column), (false, &t.no_column)] {
                if ui.button(name).clicked() {
                    table.columns.iter_mut().for_each(|c| c.chosen = chosen);
                }
            }
        });
        ui.add_space(STEP);
    }
    let height = panel::height_left(ui, 48.0);
    ScrollArea::vertical().max_height(height).min_scrolled_height(height).show(ui, |ui| {
        if let Some(table) = draft.tables.get_mut(draft.at) {
            // From a place to another one.
            let mut moved: Option<(usize, usize)> = None;
            let last = table.columns.len().saturating_sub(1);
            for (n, column) in table.columns.iter_mut().enumerate() {
                ui.horizontal(|ui| {
                    let hint = fill(&t.heading_of, &[("key", &column.key)]);
                    ui.add(Checkbox::without_text(&mut column.chosen)).accessible_name(&column.key);
                    let edit = TextEdit::singleline(&mut column.heading).desired_width(264.0);
                    ui.add_enabled(column.chosen, edit).accessible_name(&hint);
                    let mut place = n + 1;
                    let spoken = fill(&t.place_of, &[("key", &column.key)]);
                    // One width for all, so that the arrows stand in a column.
                    let input = DragValue::new(&mut place).range(1..=last + 1).update_while_editing(false);
                    let number = ui.add_sized([30.0, 20.0], input);
                    if number.on_hover_text(&spoken).accessible_name(&spoken).changed() {
                        moved = Some((n, place - 1));
                    }
                    let name = |template: &str| fill(template, &[("n", &(n + 1))]);
                    ui.add_enabled_ui(n > 0, |ui| {
                        if small_icon_button(ui, Icon::Up, &name(&t.move_column_up)).clicked() {
                            moved = Some((n, n - 1));
                        }
                    });
                    ui.add_enabled_ui(n < last, |ui| {
                        if small_icon_button(ui, Icon::Down, &name(&t.move_column_down)).clicked() {
                            moved = Some((n, n + 1));
                        }
                    });
                });
            }
            if let Some((from, to)) = moved.filter(|(from, to)| from.max(to) <= &last) {
                let column = table.columns.remove(from);
                table.columns.insert(to, column);
            }
        }
    });
    ui.add_space(2.0 * STEP);
    ui.horizontal(|ui| {
        let name = TextEdit::singleline(&mut draft.name).hint_text(&t.profile_name).desired_width(160.0);
        ui.add(name).accessible_name(&t.profile_name);
        let ready = !draft.name.trim().is_empty();
        if ui.add_enabled(ready, Button::new(&t.save_profile)).clicked() {
            cx.requests.push(Request::SaveColumns);
        }
        if ui.button(&cx.t.window.close).clicked() {
            cx.requests.push(Request::Panel(Some(Panel::Export)));
        }
    });
}

impl App {
    /// Looks which profiles there are, for the export panel.
    pub(super) fn list_profiles(&mut self) {
        self.state.profiles = self.profiles.as_deref().map(profile::names).unwrap_or_default();
        let known = &self.state.profiles;
        self.state.profile = self.state.profile.take().filter(|name| known.contains(name));
    }

    /// The profile that is chosen in the export panel.
    pub(super) fn chosen_profile(&self) -> Result<Option<Profile>, ProfileError> {
        let chosen: Option<(&Path, &String)> = self.profiles.as_deref().zip(self.state.profile.as_ref());
        chosen.map(|(folder, name)| Profile::load(folder, name)).transpose()
    }

    pub(super) fn edit_columns(&mut self) {
        let selection = self.state.export.everything(self.state.document());
        let readings = crate::export::select(&self.session, &selection);
        let tables = profile::tables_of(&readings, self.session.registry(), self.language);
        match self.chosen_profile() {
            Ok(chosen) => {
                let name = self.state.profile.clone().unwrap_or_default();
                self.state.columns = ColumnsDraft::new(name, chosen.unwrap_or_default(), tables);
                self.state.open_panel(Panel::Columns);
            }
            Err(e) => self.state.notify(NoticeKind::Warning, e.to_string()),
        }
    }

    pub(super) fn save_columns(&mut self) {
        let Some(folder) = &self.profiles else { return };
        let name = self.state.columns.name.trim().to_owned();
        match self.state.columns.profile().save(folder, &name) {
            Ok(()) => {
                self.state.profile = Some(name);
                self.list_profiles();
                self.state.open_panel(Panel::Export);
            }
            Err(e) => self.state.notify(NoticeKind::Failure, e.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_differs_from_the_usual_columns_is_kept() {
        let column =
            |key: &str, heading: &str| ProfileColumn { key: key.into(), heading: Some(heading.into()) };
        let usual = TableColumns {
            kind: "slip".into(),
            rows: None,
            name: "Slip".into(),
            columns: vec![column("@file", "File"), column("total", "Total")],
        };
        let mut draft = ColumnsDraft::new("a".into(), Profile::default(), vec![usual.clone()]);
        assert_eq!(draft.profile(), Profile::default());
        let columns = &mut draft.tables[0].columns;
        columns.swap(0, 1);
        columns[0].heading = "Amount".into();
        columns[1].chosen = false;
        let profile = draft.profile();
        assert_eq!(profile.columns("slip", None), Some(&[column("total", "Amount")][..]));
        // What was left out comes back behind the others, not chosen.
        let again = ColumnsDraft::new("a".into(), profile.clone(), vec![usual]);
        let shown: Vec<_> = again.tables[0].columns.iter().map(|c| (c.key.as_str(), c.chosen)).collect();
        assert_eq!(shown, [("total", true), ("@file", false)]);
        assert_eq!(again.profile(), profile);
    }
}
