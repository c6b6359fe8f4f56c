//! The audit trail: who changed what, when, from which value to which; exported and verified.

use eframe::egui::{Button, RichText, Ui};

use crate::{
    export::audit_log::LogFormat,
    extract::FieldPath,
    review::{AuditAction, AuditEntry, DocumentState},
};

use super::{
    super::{
        clock,
        command::Request,
        cx::Cx,
        icon::Icon,
        sign,
        text::fill,
        theme::{SMALL, STEP},
    },
    cell, close, heading, label_in, large, wide_list,
};

pub fn show(ui: &mut Ui, cx: &mut Cx<'_>) {
    let height = large(ui, 1000.0);
    let (title, hint) = (cx.t.audit.title.clone(), cx.t.audit.hint.clone());
    heading(ui, cx, &title, &hint);
    let document = cx.state.document();
    let only = cx.state.audit_of_document && document.is_some();
    ui.horizontal(|ui| {
        for (of_document, name) in [(false, &cx.t.audit.everything), (true, &cx.t.audit.this_document)] {
            let enabled = !of_document || document.is_some();
            let button = Button::selectable(only == of_document, name.as_str());
            if ui.add_enabled(enabled, button).clicked() {
                cx.state.audit_of_document = of_document;
            }
        }
    });
    let entries: Vec<&AuditEntry> =
        cx.session.audit().iter().rev().filter(|e| !only || e.document == document).collect();
    ui.add_space(STEP);
    if entries.is_empty() {
        ui.label(cx.quiet(&cx.t.audit.none));
    }
    wide_list(height - 60.0).show_rows(ui, 20.0, entries.len(), |ui, rows| {
        for entry in entries.get(rows).unwrap_or_default() {
            row(ui, cx, entry);
        }
    });
    ui.add_space(2.0 * STEP);
    ui.horizontal_wrapped(|ui| {
        let any = !cx.session.audit().is_empty();
        for (format, name) in
            [(LogFormat::JsonLines, &cx.t.audit.export_json), (LogFormat::Csv, &cx.t.audit.export_csv)]
        {
            let button = Button::new((Icon::Export.atom(), name.as_str()));
            if ui.add_enabled(any, button).on_hover_text(&cx.t.audit.export_hint).clicked() {
                cx.ask(Request::Panel(None));
                cx.ask(Request::ExportAudit(format));
            }
        }
        let verify = Button::new((Icon::CheckCircle.atom(), cx.t.audit.verify.as_str()));
        if ui.add(verify).on_hover_text(&cx.t.audit.verify_hint).clicked() {
            cx.ask(Request::Panel(None));
            cx.ask(Request::VerifyAudit);
        }
        close(ui, cx);
    });
}

fn row(ui: &mut Ui, cx: &mut Cx<'_>, entry: &AuditEntry) {
    let document = entry.document.and_then(|id| cx.session.document(id));
    let kind = document.and_then(|d| cx.session.registry().get(&d.document.found.kind));
    let place = match FieldPath::try_from(entry.place.clone()) {
        _ if entry.action == AuditAction::TableChanged => table_place(cx, &entry.place),
        Ok(path) if !entry.place.is_empty() && kind.is_some() => label_in(kind, &path, cx.lang),
        _ => entry.place.clone(),
    };
    let change = match (&entry.old, &entry.new) {
        (None, None) => String::new(),
        (old, new) => {
            let word = |v: &Option<String>| match v {
                Some(v) => shown(cx, entry, v),
                None => "—".to_owned(),
            };
            format!("{} → {}", word(old), word(new))
        }
    };
    let reason = entry.reason.as_ref().map(|r| fill(&cx.t.audit.because, &[("reason", r)]));
    let change = [Some(change), reason].into_iter().flatten().filter(|t| !t.is_empty());
    let change = change.collect::<Vec<_>>().join("  ");
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 2.0 * STEP;
        let small = |t: &str| RichText::new(t).size(SMALL);
        cell(ui, 112.0, cx.quiet(clock::minute(entry.at_millis)));
        cell(ui, 72.0, small(&entry.who)).on_hover_text(&entry.who);
        cell(ui, 96.0, small(action_word(cx, entry.action)));
        cell(ui, 140.0, cx.quiet(&entry.name)).on_hover_text(&entry.name);
        cell(ui, 120.0, small(&place)).on_hover_text(&place);
        let rest = (ui.available_width() - 4.0).max(80.0);
        cell(ui, rest, small(&change)).on_hover_text(&change);
    });
}

/// A table of a page, or a cell of it, in words.
fn table_place(cx: &Cx<'_>, place: &str) -> String {
    let mut parts = place.split('/');
    let (page, table) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let text = fill(&cx.t.table.place, &[("page", &page), ("n", &table)]);
    match parts.next().and_then(|cell| cell.split_once(',')) {
        Some((row, col)) => format!("{text} {}", fill(&cx.t.table.cell, &[("row", &row), ("col", &col)])),
        None => text,
    }
}

/// A value as the operator knows it: states and kinds by their names.
fn shown(cx: &Cx<'_>, entry: &AuditEntry, value: &str) -> String {
    let state = || {
        let state = serde_json::from_value::<DocumentState>(value.into()).ok()?;
        Some(sign::state_word(state, cx.t).to_owned())
    };
    let kind = || Some(cx.session.registry().get(value)?.name.get(cx.lang).to_owned());
    let word = match entry.action {
        AuditAction::StateChanged | AuditAction::ExportedOpen => state(),
        AuditAction::KindChanged | AuditAction::DocumentAdded | AuditAction::DocumentRemoved => kind(),
        // What is undone is told as it was done: of a whole document its state or its kind.
        AuditAction::Undone | AuditAction::Redone if entry.place.is_empty() => state().or_else(kind),
        _ => None,
    };
    word.unwrap_or_else(|| value.to_owned())
}

fn action_word<'a>(cx: &Cx<'a>, action: AuditAction) -> &'a str {
    let t = &cx.t.action;
    match action {
        AuditAction::Typed => &t.typed,
        AuditAction::TakenFromPage => &t.taken_from_page,
        AuditAction::Accepted => &t.accepted,
        AuditAction::Illegible => &t.illegible,
        AuditAction::Restored => &t.restored,
        AuditAction::ItemAdded => &t.item_added,
        AuditAction::ItemRemoved => &t.item_removed,
        AuditAction::RowAdded => &t.row_added,
        AuditAction::RowRemoved => &t.row_removed,
        AuditAction::RowMoved => &t.row_moved,
        AuditAction::StateChanged => &t.state_changed,
        AuditAction::KindChanged => &t.kind_changed,
        AuditAction::DocumentAdded => &t.document_added,
        AuditAction::DocumentRemoved => &t.document_removed,
        AuditAction::PageTurned => &t.page_turned,
        AuditAction::FileAdded => &t.file_added,
        AuditAction::FileRemoved => &t.file_removed,
        AuditAction::Undone => &t.undone,
        AuditAction::Redone => &t.redone,
        AuditAction::SecondEntry => &t.second_entry,
        AuditAction::FileRenamed => &t.file_renamed,
        AuditAction::TableChanged => &t.table_changed,
        AuditAction::ExportedOpen => &t.exported_open,
    }
}
