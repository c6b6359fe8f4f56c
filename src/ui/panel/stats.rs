//! Statistics: the work of each day and operator, the kinds, and which fields are weak.

use eframe::egui::{CollapsingHeader, Grid, RichText, Ui, vec2};

use crate::{kind::Kind, review::Statistics};

use super::{
    super::{
        clock,
        cx::Cx,
        text::fill,
        theme::{SMALL, STEP},
    },
    close, heading, large, wide_list,
};

pub fn show(ui: &mut Ui, cx: &mut Cx<'_>) {
    let height = large(ui, 820.0);
    let (title, hint) = (cx.t.stats.title.clone(), cx.t.stats.hint.clone());
    heading(ui, cx, &title, &hint);
    if cx.state.panel_is_new || cx.state.statistics.is_none() {
        cx.state.statistics = Some(cx.session.statistics(clock::day));
    }
    let Some(statistics) = cx.state.statistics.take() else { return };
    let t = &cx.t.stats;
    let pages =
        [("read", &statistics.pages_read as &dyn std::fmt::Display), ("failed", &statistics.pages_failed)];
    let mut text = fill(&t.pages, &pages);
    if let Some(millis) = statistics.millis_per_page {
        let seconds = format!("{:.1}", millis as f64 / 1000.0);
        text = format!("{text}  {}", fill(&t.per_page, &[("seconds", &seconds)]));
    }
    ui.label(text);
    wide_list(height).show(ui, |ui| {
        tables(ui, cx, &statistics);
    });
    cx.state.statistics = Some(statistics);
    ui.add_space(2.0 * STEP);
    close(ui, cx);
}

/// One table with headings; texts at the left, numbers at the right.
fn table(ui: &mut Ui, cx: &Cx<'_>, title: &str, headings: &[&str], rows: &[Vec<String>], none: &str) {
    CollapsingHeader::new(RichText::new(title).strong()).default_open(true).show(ui, |ui| {
        if rows.is_empty() {
            ui.label(cx.quiet(none));
            return;
        }
        // Even columns over the panel's width.
        let gap = 6.0 * STEP;
        let width = (ui.available_width() - gap) / headings.len() as f32 - gap;
        let grid = Grid::new(title).num_columns(headings.len()).striped(true).spacing(vec2(gap, STEP));
        grid.min_col_width(width.max(48.0)).show(ui, |ui| {
            for heading in headings {
                ui.label(cx.quiet(*heading));
            }
            ui.end_row();
            for row in rows {
                for text in row {
                    ui.label(RichText::new(text).size(SMALL));
                }
                ui.end_row();
            }
        });
    });
}

fn tables(ui: &mut Ui, cx: &Cx<'_>, statistics: &Statistics) {
    let t = &cx.t.stats;
    let kind = |id: &str| cx.session.registry().get(id);
    let kind_name = |id: &str| kind(id).map_or(id, |k| k.name.get(cx.lang)).to_owned();
    let fields: Vec<Vec<String>> = statistics
        .fields
        .iter()
        .map(|f| {
            vec![
                kind_name(&f.kind),
                field_name(cx, kind(&f.kind), &f.field),
                f.values.to_string(),
                (f.values - f.right).to_string(),
                format!("{:.1}%", (f.accuracy() * 1000.0).floor() / 10.0),
            ]
        })
        .collect();
    let days: Vec<Vec<String>> = statistics
        .days
        .iter()
        .map(|d| {
            let seconds = d.seconds_per_document.map_or_else(|| "—".to_owned(), |s| s.to_string());
            let numbers = [d.confirmed, d.rejected, d.corrected].map(|n| n.to_string());
            [d.day.clone(), d.who.clone()].into_iter().chain(numbers).chain([seconds]).collect()
        })
        .collect();
    let kinds: Vec<Vec<String>> = statistics
        .kinds
        .iter()
        .map(|k| {
            let numbers = [k.documents, k.confirmed, k.untouched].map(|n| n.to_string());
            [kind_name(&k.kind)].into_iter().chain(numbers).collect()
        })
        .collect();
    let headings = [&t.day, &t.who, &t.confirmed, &t.rejected, &t.corrected, &t.seconds].map(String::as_str);
    table(ui, cx, &t.by_day, &headings, &days, &t.no_days);
    let headings = [&t.kind, &t.documents, &t.confirmed, &t.untouched].map(String::as_str);
    table(ui, cx, &t.by_kind, &headings, &kinds, &t.no_days);
    let headings = [&t.kind, &t.field, &t.values, &t.corrected, &t.accuracy].map(String::as_str);
    table(ui, cx, &t.by_field, &headings, &fields, &t.no_fields);
}

fn field_name(cx: &Cx<'_>, kind: Option<&Kind>, field: &str) -> String {
    let label = match field.split_once('.') {
        None => kind.and_then(|k| k.field(field)).map(|s| &s.label),
        Some((table, column)) => {
            kind.and_then(|k| k.table(table)).and_then(|t| t.column(column)).map(|s| &s.label)
        }
    };
    label.map_or(field, |l| l.get(cx.lang)).to_owned()
}
