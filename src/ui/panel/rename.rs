//! New names for the source files, made of their documents' values, with a look before.

use eframe::egui::{Button, RichText, TextEdit, Ui};

use crate::{
    export::{
        Selection,
        rename::{self, Rename, plan},
    },
    kind::Lang,
    review::Session,
};

use super::{
    super::{
        command::Request,
        cx::Cx,
        icon::Icon,
        text::fill,
        theme::{SMALL, STEP},
    },
    cell, close, heading, large, list,
};

/// The pattern and what it makes of the files.
#[derive(Debug, Default)]
pub struct RenameDraft {
    pub pattern: String,
    everything: bool,
    pub plan: Vec<Rename>,
}

impl RenameDraft {
    fn refresh(&mut self, session: &Session, lang: Lang) {
        let selection = if self.everything { Selection::All } else { Selection::Confirmed };
        self.plan = plan(session, &selection, &self.pattern, lang);
    }
}

/// Fields offered for the pattern: so many fit two lines.
const OFFERED: usize = 10;

pub fn show(ui: &mut Ui, cx: &mut Cx<'_>) {
    let height = large(ui, 900.0);
    let mut draft = std::mem::take(&mut cx.state.rename);
    if cx.state.panel_is_new {
        if draft.pattern.is_empty() {
            let [kind, name, _] = rename::parts(cx.lang);
            draft.pattern = format!("{{{kind}}}-{{{name}}}");
        }
        draft.refresh(cx.session, cx.lang);
        if draft.plan.is_empty() && !draft.everything {
            draft.everything = true;
            draft.refresh(cx.session, cx.lang);
        }
    }
    let (title, hint) = (cx.t.rename.title.clone(), cx.t.rename.hint.clone());
    heading(ui, cx, &title, &hint);
    let input = TextEdit::singleline(&mut draft.pattern).desired_width(f32::INFINITY);
    let mut changed = ui.add(input).accessible_name(&cx.t.rename.pattern).changed();
    ui.horizontal_wrapped(|ui| {
        ui.label(cx.quiet(&cx.t.rename.insert));
        for part in parts(cx) {
            let text = RichText::new(format!("{{{part}}}")).size(SMALL);
            if ui.add(Button::new(text).small()).clicked() {
                draft.pattern.push_str(&format!("{{{part}}}"));
                changed = true;
            }
        }
    });
    ui.horizontal(|ui| {
        for (everything, name) in [(false, &cx.t.claim.confirmed), (true, &cx.t.claim.everything)] {
            if ui.selectable_label(draft.everything == everything, name).clicked() {
                draft.everything = everything;
                changed = true;
            }
        }
    });
    if changed {
        draft.refresh(cx.session, cx.lang);
    }
    ui.add_space(STEP);
    files(ui, cx, &draft.plan, (height - 70.0).max(96.0));
    ui.add_space(2.0 * STEP);
    let n = draft.plan.iter().filter(|r| r.to.is_some()).count();
    cx.state.rename = draft;
    ui.horizontal(|ui| {
        let icon = Icon::Pen.atom_colored(Some(cx.roles.on_selection));
        let text = RichText::new(fill(&cx.t.rename.go, &[("n", &n)])).color(cx.roles.on_selection);
        if ui.add_enabled(n > 0, Button::new((icon, text)).fill(cx.roles.selection)).clicked() {
            cx.ask(Request::Panel(None));
            cx.ask(Request::Rename);
        }
        close(ui, cx);
    });
}

fn files(ui: &mut Ui, cx: &Cx<'_>, plan: &[Rename], height: f32) {
    if plan.is_empty() {
        ui.label(cx.quiet(&cx.t.rename.none));
    }
    let half = (ui.available_width() - 64.0) / 2.0;
    let name = |path: &std::path::Path| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    list(height).show_rows(ui, 20.0, plan.len(), |ui, rows| {
        for rename in plan.get(rows).unwrap_or_default() {
            ui.horizontal(|ui| {
                let from = name(&rename.from);
                cell(ui, half, cx.quiet(&from)).on_hover_text(rename.from.display().to_string());
                ui.label(cx.quiet("→"));
                let (text, color) = match &rename.to {
                    Some(to) => (name(to), cx.roles.text),
                    None if rename.missing.is_empty() => (cx.t.rename.same.clone(), cx.roles.quiet),
                    None => {
                        let parts = rename.missing.join(&cx.t.form.comma);
                        (fill(&cx.t.rename.missing, &[("parts", &parts)]), cx.roles.doubtful)
                    }
                };
                cell(ui, half, RichText::new(&text).size(SMALL).color(color)).on_hover_text(&text);
            });
        }
    });
}

/// What can be put into the pattern: the fields that the document on show, or the first one, needs.
fn parts(cx: &Cx<'_>) -> Vec<String> {
    let document = cx.document().or_else(|| cx.session.documents().next());
    let kind = document.and_then(|d| cx.session.registry().get(&d.document.found.kind));
    let fields = kind.iter().flat_map(|k| &k.fields).filter(|f| f.required);
    let fields = fields.map(|f| f.label.get(cx.lang).to_owned()).take(OFFERED);
    rename::parts(cx.lang).map(str::to_owned).into_iter().chain(fields).collect()
}
