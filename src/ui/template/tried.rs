//! What the form in the making makes of the open pages: how well it fits each, and what it reads there.

use eframe::egui::{self, RichText, Ui};

use crate::{
    extract::{Entry, Field, State},
    ui::{command::Request, cx::Cx, icon::Icon, text::fill, theme::SMALL},
};

use super::{Editor, TriedPage, panel::section};

/// What the form makes of the open pages.
pub(super) fn show(ui: &mut Ui, cx: &mut Cx<'_>, editor: &Editor) {
    section(ui, cx, &cx.t.template.tried);
    if editor.tried.is_empty() {
        ui.add(egui::Label::new(cx.quiet(&cx.t.template.tried_none)).wrap());
    }
    for (i, page) in editor.tried.iter().enumerate() {
        ui.push_id(("tried", i), |ui| tried_page(ui, cx, editor, page));
    }
}

fn tried_page(ui: &mut Ui, cx: &mut Cx<'_>, editor: &Editor, tried: &TriedPage) {
    let t = &cx.t.template;
    let trial = &tried.trial;
    let doubt = trial.document.found.fit.as_ref().is_none_or(|f| f.doubt.is_some());
    let (icon, color, sentence) = match (trial.recognised, doubt) {
        (true, false) => (Icon::CheckCircle, cx.roles.confirmed, &t.recognised),
        (true, true) => (Icon::Warning, cx.roles.doubtful, &t.doubtful),
        (false, _) => (Icon::Dash, cx.roles.quiet, &t.other_kind),
    };
    let name = if tried.key.page == 1 {
        tried.name.clone()
    } else {
        format!("{} · {}", tried.name, tried.key.page)
    };
    ui.horizontal(|ui| {
        icon.show(ui, 14.0, color, sentence);
        if ui.button(&name).clicked() {
            let key = tried.key;
            let file = cx.session.file(key.file);
            let on_page = file.into_iter().flat_map(|f| &f.documents);
            let document = on_page.filter(|d| d.document.pages.contains(&key.page)).map(|d| d.id).next();
            cx.ask(Request::Select { file: key.file, document, page: key.page });
        }
        if let Some(fit) = &trial.document.found.fit {
            let residual = format!("{:.1}", fit.residual_px);
            let values: [(&str, &dyn std::fmt::Display); 3] =
                [("found", &fit.found), ("of", &fit.of), ("residual", &residual)];
            ui.label(cx.quiet(fill(&t.fit, &values)));
        }
    });
    // Of pages that are other documents nothing more is of interest.
    let on_show = cx.state.selection.is_some_and(|s| s.page_key() == tried.key);
    if !trial.recognised && !on_show {
        return;
    }
    ui.indent("values", |ui| {
        for field in &editor.template.fields {
            let read = trial.document.record.entries.get(&field.key);
            if let Some(Entry::One(value)) = read {
                one_value(ui, cx, field.label.get(cx.lang), value);
            }
        }
        for table in &editor.template.tables {
            let rows = trial.document.record.rows(&table.key).len();
            ui.label(cx.quiet(format!("{} × {rows}", table.label.get(cx.lang))));
        }
        for issue in &trial.document.issues {
            let text = RichText::new(issue.message.get(cx.lang)).size(SMALL).color(cx.roles.doubtful);
            ui.add(egui::Label::new(text).wrap());
        }
    });
}

fn one_value(ui: &mut Ui, cx: &Cx<'_>, label: &str, value: &Field) {
    let color = match value.state {
        State::Ok => cx.roles.text,
        State::Doubtful => cx.roles.doubtful,
        State::Invalid => cx.roles.failed,
        State::Missing => cx.roles.quiet,
    };
    ui.horizontal(|ui| {
        ui.label(cx.quiet(label));
        let shown = value.value.as_deref().unwrap_or("—");
        ui.add(egui::Label::new(RichText::new(shown).color(color)).truncate());
    });
}
