//! A document beside another one that is probably the same: pictures, and the values that differ.

use eframe::egui::{Grid, RichText, Ui, vec2};

use crate::{
    extract::FieldPath,
    review::{DocumentId, DocumentState, Edit, FileEntry, Likeness, ReviewDocument},
};

use super::{
    super::{
        command::Request,
        cx::{Cx, is_closed},
        icon::Icon,
        sign,
        text::fill,
        theme::{SMALL, STEP},
    },
    cell, close, heading, label_in, large, list, name_of, picture, snip_of, spec_in,
};

/// By what two documents are the same, in words.
pub fn words<'a>(cx: &Cx<'a>, by: Likeness) -> &'a str {
    let t = &cx.t.compare;
    match by {
        Likeness::File => &t.by_file,
        Likeness::Number => &t.by_number,
        Likeness::Facts => &t.by_facts,
        Likeness::Picture => &t.by_picture,
    }
}

pub fn show(ui: &mut Ui, cx: &mut Cx<'_>, other: DocumentId) {
    let height = large(ui, 1180.0);
    let both = cx.document().zip(cx.session.document(other));
    let files = both.and_then(|(a, b)| cx.session.file_of(a.id).zip(cx.session.file_of(b.id)));
    let Some(((mine, theirs), (my_file, their_file))) = both.zip(files) else {
        cx.ask(Request::Panel(None));
        return;
    };
    let by = cx.state.listing.twin(mine.id).filter(|d| d.other == other).map(|d| words(cx, d.by));
    let title = cx.t.compare.title.clone();
    heading(ui, cx, &title, by.unwrap_or_default());
    let column = (ui.available_width() - 4.0 * STEP) / 2.0;
    let size = vec2(column, (height * 0.62).max(120.0));
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0 * STEP;
        for (file, document) in [(my_file, mine), (their_file, theirs)] {
            ui.vertical(|ui| {
                ui.set_width(column);
                side(ui, cx, file, document, size);
            });
        }
    });
    ui.add_space(2.0 * STEP);
    differences(ui, cx, mine, theirs, (height * 0.38 - 40.0).max(72.0));
    ui.add_space(2.0 * STEP);
    ui.horizontal(|ui| {
        let page = theirs.document.pages.first().copied().unwrap_or(1);
        if ui.button(&cx.t.compare.open_other).clicked() {
            cx.ask(Request::Panel(None));
            cx.ask(Request::Select { file: their_file.id, document: Some(other), page });
        }
        for (document, twin, name) in
            [(mine, their_file, &cx.t.compare.reject_this), (theirs, my_file, &cx.t.compare.reject_other)]
        {
            let enabled = !is_closed(document) && document.document.state != DocumentState::Rejected;
            let button = eframe::egui::Button::new((Icon::Return.atom(), name.as_str()));
            if ui.add_enabled(enabled, button).clicked() {
                let reason = fill(&cx.t.compare.reason, &[("name", &name_of(twin))]);
                cx.ask(Request::Panel(None));
                cx.ask(Request::Edit(Edit::SetState {
                    document: document.id,
                    state: DocumentState::Rejected,
                    reason: Some(reason),
                }));
            }
        }
        close(ui, cx);
    });
}

fn side(ui: &mut Ui, cx: &mut Cx<'_>, file: &FileEntry, document: &ReviewDocument, size: eframe::egui::Vec2) {
    let name = name_of(file);
    ui.horizontal(|ui| {
        let clean = cx.session.is_clean(document.id);
        let state = sign::of_document(document.document.state, clean, cx.t, cx.roles);
        state.icon.show(ui, 14.0, state.color, "");
        ui.label(RichText::new(state.word).size(SMALL).color(state.color));
        ui.add(eframe::egui::Label::new(RichText::new(&name).strong()).truncate())
            .on_hover_text(file.path.display().to_string());
    });
    let snip = snip_of(file, document, size.x.max(size.y));
    picture(ui, cx, snip, size, &name);
}

/// The values that differ, or that there are none.
fn differences(ui: &mut Ui, cx: &mut Cx<'_>, a: &ReviewDocument, b: &ReviewDocument, height: f32) {
    let value = |d: &ReviewDocument, path: &FieldPath| d.document.record.get(path)?.value.clone();
    let mut paths = cx.session.form_order(a.id);
    for path in cx.session.form_order(b.id) {
        if !paths.contains(&path) {
            paths.push(path);
        }
    }
    let differing: Vec<_> = paths
        .into_iter()
        .map(|path| (value(a, &path), value(b, &path), path))
        .filter(|(a, b, _)| a != b)
        .collect();
    if differing.is_empty() {
        ui.horizontal(|ui| {
            Icon::CheckCircle.show(ui, 14.0, cx.roles.confirmed, "");
            ui.label(&cx.t.compare.all_same);
        });
        return;
    }
    ui.label(cx.quiet(fill(&cx.t.compare.differing, &[("n", &differing.len())])));
    let kind = cx.session.registry().get(&a.document.found.kind);
    let width = ui.available_width();
    list(height).show(ui, |ui| {
        Grid::new("differences").num_columns(3).striped(true).show(ui, |ui| {
            for (mine, theirs, path) in &differing {
                cell(ui, width * 0.22, cx.quiet(label_in(kind, path, cx.lang)));
                let spec = spec_in(kind, path);
                for value in [mine, theirs] {
                    let text = value.as_deref().map_or("—", |value| cx.in_words(spec, value));
                    cell(ui, width * 0.36, text).on_hover_text(text);
                }
                ui.end_row();
            }
        });
    });
}
