//! The documents without a doubt, listed to be confirmed together after a look.

use std::collections::{BTreeMap, HashSet};

use eframe::egui::{Button, Label, RichText, ScrollArea, Ui, vec2};

use rust_decimal::Decimal;

use crate::{
    export,
    extract::FieldPath,
    kind::value,
    review::{DocumentId, ReviewDocument, sample},
};

use super::{
    command::Request,
    cx::{Cx, is_closed},
    icon::Icon,
    panel,
    text::fill,
    theme::{SMALL, STEP, TITLE},
};

/// What a document is to the sample that is looked at first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    /// Still to be looked at.
    Sampled,
    Seen,
    /// No part of it.
    Other,
}

/// Values of a document that are shown to know it by.
const FACTS: usize = 4;

pub fn show(ui: &mut Ui, cx: &mut Cx<'_>) {
    let room = ui.ctx().content_rect().size();
    ui.set_width(640.0_f32.min(room.x - 48.0));
    ui.label(RichText::new(&cx.t.clean.title).size(TITLE).strong());
    // One that is probably there twice wants a look.
    let mut ids = cx.session.clean_documents();
    ids.retain(|id| cx.state.listing.twin(*id).is_none());
    let text = if ids.is_empty() { cx.t.clean.none.clone() } else { cx.t.clean.hint.clone() };
    ui.label(cx.quiet(text));
    // What was looked at and confirmed by itself stays part of the sample: none is drawn in its place.
    let seen = cx.state.looked_at.iter().filter(|id| cx.session.document(**id).is_some_and(is_closed));
    let pool: HashSet<DocumentId> = ids.iter().chain(seen).copied().collect();
    let sampled = sample(pool, cx.settings.sample_percent);
    // What is still to be looked at comes first.
    let rank = |id: &DocumentId| match (sampled.contains(id), cx.state.looked_at.contains(id)) {
        (true, false) => Rank::Sampled,
        (true, true) => Rank::Seen,
        _ => Rank::Other,
    };
    ids.sort_by_key(rank);
    let left = ids.iter().filter(|id| rank(id) == Rank::Sampled).count();
    let ranks: Vec<Rank> = ids.iter().map(rank).collect();
    if left > 0 {
        let text = fill(&cx.t.clean.sample_left, &[("n", &left)]);
        ui.add(Label::new(RichText::new(text).color(cx.roles.doubtful)).wrap());
    }
    ui.add_space(2.0 * STEP);
    let asked = cx.requests.len();
    let height = (room.y - 290.0).clamp(80.0, 420.0);
    ScrollArea::vertical().max_height(height).auto_shrink([false, true]).show_rows(
        ui,
        28.0,
        ids.len(),
        |ui, rows| {
            for (id, rank) in ids.iter().zip(&ranks).take(rows.end).skip(rows.start) {
                row(ui, cx, *id, *rank);
            }
        },
    );
    totals(ui, cx, &ids);
    ui.add_space(2.0 * STEP);
    ui.horizontal(|ui| {
        let (icon, text) = match left {
            0 => (Icon::CheckCircle, fill(&cx.t.clean.go, &[("n", &ids.len())])),
            _ => (Icon::Eye, cx.t.clean.next_sample.clone()),
        };
        let icon = icon.atom_colored(Some(cx.roles.on_selection));
        let go = Button::new((icon, RichText::new(text).color(cx.roles.on_selection)));
        let clicked = ui.add_enabled(!ids.is_empty(), go.fill(cx.roles.selection)).clicked();
        panel::close(ui, cx);
        if !ids.is_empty() && (clicked || panel::entered(ui, cx, asked)) {
            match ids.first().filter(|_| left > 0) {
                Some(next) => open(cx, *next),
                None => {
                    cx.ask(Request::Panel(None));
                    cx.ask(Request::ConfirmAll(ids));
                }
            }
        }
    });
}

/// How many documents of each kind are confirmed together, and what their amounts sum to.
fn totals(ui: &mut Ui, cx: &Cx<'_>, ids: &[DocumentId]) {
    let ids: HashSet<DocumentId> = ids.iter().copied().collect();
    let mut by_kind: BTreeMap<&str, (usize, Option<Decimal>)> = BTreeMap::new();
    for d in cx.session.documents().filter(|d| ids.contains(&d.id)) {
        let kind = cx.session.registry().get(&d.document.found.kind);
        let amount = kind.and_then(|k| value::decimal(&export::total_of(k, &d.document.record)?));
        let (n, sum) = by_kind.entry(cx.kind_name(&d.document)).or_default();
        *n += 1;
        *sum = sum.map_or(amount, |s| s.checked_add(amount.unwrap_or_default()));
    }
    if by_kind.is_empty() {
        return;
    }
    let t = &cx.t.clean;
    let told = |name: &str, n: usize, sum: Option<Decimal>| match sum {
        Some(sum) => fill(&t.sum_of_kind, &[("kind", &name), ("n", &n), ("amount", &format!("{sum:.2}"))]),
        None => fill(&t.count_of_kind, &[("kind", &name), ("n", &n)]),
    };
    let parts: Vec<String> = by_kind.iter().map(|(name, (n, sum))| told(name, *n, *sum)).collect();
    let mut text = parts.join("  ·  ");
    let amounts: Vec<Decimal> = by_kind.values().filter_map(|(_, sum)| *sum).collect();
    if by_kind.len() > 1 && !amounts.is_empty() {
        let total = amounts.iter().try_fold(Decimal::ZERO, |all, sum| all.checked_add(*sum));
        let amount = total.map_or_else(|| "—".to_owned(), |t| format!("{t:.2}"));
        text = format!("{text}\n{}", fill(&t.sum, &[("n", &ids.len()), ("amount", &amount)]));
    }
    ui.add_space(STEP);
    ui.add(Label::new(RichText::new(text).strong()).wrap());
}

/// One document: a click opens it instead.
fn row(ui: &mut Ui, cx: &mut Cx<'_>, id: DocumentId, rank: Rank) {
    let Some((document, file)) = cx.session.document(id).zip(cx.session.file_of(id)) else { return };
    let name = file.path.file_name().map_or_else(String::new, |n| n.to_string_lossy().into_owned());
    let kind = cx.kind_name(&document.document).to_owned();
    let facts = facts(cx, document);
    let text = if facts.is_empty() { kind } else { format!("{kind}  {facts}") };
    let (icon, text) = match rank {
        Rank::Sampled => {
            (Icon::Eye.atom_colored(Some(cx.roles.doubtful)), format!("{}  {text}", cx.t.clean.sampled))
        }
        Rank::Seen => (Icon::Check.atom(), format!("{}  {text}", cx.t.clean.sample_seen)),
        Rank::Other => (Icon::Circle.atom(), text),
    };
    let button = Button::new((icon, text))
        .right_text(RichText::new(&name).size(SMALL).color(cx.roles.quiet))
        .truncate()
        .frame_when_inactive(false)
        .min_size(vec2(ui.available_width(), 28.0));
    if ui.add(button).on_hover_text(name).clicked() {
        open(cx, id);
    }
}

fn open(cx: &mut Cx<'_>, id: DocumentId) {
    let Some((document, file)) = cx.session.document(id).zip(cx.session.file_of(id)) else { return };
    let page = document.document.pages.first().copied().unwrap_or(1);
    cx.ask(Request::Panel(None));
    cx.ask(Request::Select { file: file.id, document: Some(id), page });
}

/// The first required values in form order; else the first values; else the first lines of text.
fn facts(cx: &Cx<'_>, document: &ReviewDocument) -> String {
    let order = cx.session.form_order(document.id);
    let kind = cx.session.registry().get(&document.document.found.kind);
    let value = |path: &FieldPath| {
        let value = document.document.record.get(path)?.value.as_deref()?;
        Some(cx.in_words(panel::spec_in(kind, path), value))
    };
    let required = order.iter().filter(|path| cx.session.requires(document.id, path));
    let mut values: Vec<&str> = required.filter_map(value).take(FACTS).collect();
    if values.is_empty() {
        values = order.iter().filter_map(value).take(FACTS).collect();
    }
    let page = cx.session.file_of(document.id).zip(document.document.pages.first());
    if let Some(page) = page.and_then(|(file, page)| file.page(*page)).filter(|_| values.is_empty()) {
        let lines = document.document.found.lines.iter();
        values =
            lines.filter_map(|i| Some(page.structure.lines.get(*i)?.text.as_str())).take(FACTS).collect();
    }
    values.join("  ")
}
