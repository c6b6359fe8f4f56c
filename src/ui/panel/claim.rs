//! The reimbursement claim before it is written: who, what for, the lines with their types of cost,
//! the sums.

use std::collections::{HashMap, HashSet};

use eframe::egui::{Align, Button, Grid, Label, Layout, Response, RichText, ScrollArea, TextEdit, Ui, vec2};

use crate::{
    export::{
        Selection,
        claim::{Claim, Head, Line},
    },
    kind::{Lang, value},
    review::{DocumentId, Session},
};

use super::{
    super::{
        command::Request,
        cx::Cx,
        icon::Icon,
        text::fill,
        theme::{BODY, SMALL, STEP},
    },
    cell, close, heading, large, list, name_of,
};

/// What is being put together.
#[derive(Debug, Default)]
pub struct ClaimDraft {
    pub head: Head,
    /// All documents but the rejected ones, not only the confirmed ones.
    pub everything: bool,
    /// Types of cost that a person has given.
    costs: HashMap<DocumentId, String>,
    /// Documents that are left out: those that are there a second time, until a person decides, and
    /// those that a person has left out.
    without: HashSet<DocumentId>,
    /// Documents of which it was decided whether they are left out.
    decided: HashSet<DocumentId>,
    claim: Option<Claim>,
}

impl ClaimDraft {
    /// The claim as it is to be written.
    pub fn chosen(&self) -> Option<Claim> {
        self.claim.as_ref().map(|c| c.without(&self.without))
    }

    /// Collects the claim anew.
    fn refresh(&mut self, session: &Session, lang: Lang) {
        let selection = if self.everything { Selection::All } else { Selection::Confirmed };
        let claim = Claim::collect(session, &selection, self.head.clone(), &self.costs, lang);
        // The same expense is not claimed twice unless a person says that it is another one.
        let again: HashSet<_> = claim.lines.iter().filter(|l| l.again).map(|l| l.document).collect();
        self.without.retain(|id| self.decided.contains(id));
        self.without.extend(again.difference(&self.decided));
        self.claim = Some(claim);
    }

    /// Fills in what is known, when the panel is opened.
    fn begin(&mut self, session: &Session, lang: Lang) {
        if self.head.person.is_empty() {
            self.head.person = session.operator().to_owned();
        }
        if self.head.date.is_empty() {
            self.head.date = value::to_iso(value::today());
        }
        self.refresh(session, lang);
        if self.claim.as_ref().is_some_and(|c| c.lines.is_empty()) && !self.everything {
            self.everything = true;
            self.refresh(session, lang);
        }
    }
}

/// How the claim is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClaimFormat {
    Workbook,
    Pdf,
}

/// The payee and the purpose need this much, in points.
const LEAST_WHAT: f32 = 160.0;
/// Widths of the columns, in points; the widest takes the rest.
const WIDTHS: [f32; 6] = [48.0, 84.0, 144.0, 96.0, 90.0, 90.0];

pub fn show(ui: &mut Ui, cx: &mut Cx<'_>) {
    let height = large(ui, 1040.0);
    let mut draft = std::mem::take(&mut cx.state.claim);
    if cx.state.panel_is_new || draft.claim.is_none() {
        draft.begin(cx.session, cx.lang);
    }
    let (title, hint) = (cx.t.claim.title.clone(), cx.t.claim.hint.clone());
    heading(ui, cx, &title, &hint);
    let mut changed = head(ui, cx, &mut draft);
    ui.add_space(2.0 * STEP);
    if let Some(claim) = draft.claim.take() {
        changed |= lines(ui, cx, &claim, &mut draft, (height - 190.0).max(80.0));
        sums(ui, cx, &claim.without(&draft.without));
        draft.claim = Some(claim);
    }
    if changed {
        draft.refresh(cx.session, cx.lang);
    }
    let dated = day(&draft.head.date).is_some();
    let any = dated && draft.chosen().is_some_and(|c| !c.lines.is_empty());
    cx.state.claim = draft;
    ui.add_space(2.0 * STEP);
    ui.horizontal(|ui| {
        for (format, name) in
            [(ClaimFormat::Workbook, &cx.t.claim.workbook), (ClaimFormat::Pdf, &cx.t.claim.pdf)]
        {
            let icon = Icon::Export.atom_colored(Some(cx.roles.on_selection));
            let text = RichText::new(name).color(cx.roles.on_selection);
            if ui.add_enabled(any, Button::new((icon, text)).fill(cx.roles.selection)).clicked() {
                // What was done is told where the panel was.
                cx.ask(Request::Panel(None));
                cx.ask(Request::WriteClaim(format));
            }
        }
        close(ui, cx);
    });
}

/// The claimant's inputs. Returns whether anything was changed.
fn head(ui: &mut Ui, cx: &Cx<'_>, draft: &mut ClaimDraft) -> bool {
    let t = &cx.t.claim;
    let mut changed = false;
    // In a small window one input stands below the other.
    let beside = if ui.available_width() >= 480.0 { 2 } else { 1 };
    let width = (ui.available_width() / beside as f32 - 96.0).max(120.0);
    Grid::new("claim head").num_columns(4).spacing(vec2(12.0, 6.0)).show(ui, |ui| {
        let Head { person, department, purpose, date } = &mut draft.head;
        for (i, (label, value)) in
            [(&t.person, person), (&t.department, department), (&t.purpose, purpose), (&t.date, date)]
                .into_iter()
                .enumerate()
        {
            ui.label(cx.quiet(label));
            let is_date = i == 3;
            let wrong = is_date && day(value).is_none();
            let color = if wrong { cx.roles.failed } else { cx.roles.text };
            let edit = TextEdit::singleline(value).desired_width(width).text_color(color);
            let response = ui.add(edit).accessible_name(label);
            changed |= response.changed();
            // However it was written, the sheet has it as every other date.
            if let Some(day) = day(value).filter(|day| is_date && response.lost_focus() && day != value) {
                (*value, changed) = (day, true);
            }
            if (i + 1) % beside == 0 {
                ui.end_row();
            }
        }
        ui.label(cx.quiet(&t.documents));
        ui.horizontal(|ui| {
            for (everything, name) in [(false, &t.confirmed), (true, &t.everything)] {
                if ui.selectable_label(draft.everything == everything, name).clicked() {
                    draft.everything = everything;
                    changed = true;
                }
            }
        });
        if day(&draft.head.date).is_none() {
            // Below the date.
            if beside == 1 {
                ui.end_row();
            }
            ui.label("");
            ui.label(RichText::new(&t.no_date).size(SMALL).color(cx.roles.failed));
        }
    });
    changed
}

/// A date as the sheet writes it, however a person has typed it; `None` for what is none.
fn day(text: &str) -> Option<String> {
    value::parse_iso(text.trim()).or_else(|| value::parse_date(text.trim())).map(value::to_iso)
}

/// The documents. Returns whether a type of cost was changed.
fn lines(ui: &mut Ui, cx: &mut Cx<'_>, claim: &Claim, draft: &mut ClaimDraft, height: f32) -> bool {
    let t = &cx.t.claim;
    if claim.lines.is_empty() {
        ui.label(cx.quiet(&t.none));
        return false;
    }
    let mut changed = false;
    let beside = WIDTHS.iter().sum::<f32>() + 7.0 * 2.0 * STEP + 16.0;
    let rest = (ui.available_width() - beside).max(LEAST_WHAT);
    // On a small window the lines are pushed sideways.
    ScrollArea::horizontal().auto_shrink([false, true]).show(ui, |ui| {
        ui.horizontal(|ui| {
            let headings = [
                ("", WIDTHS[0]),
                (t.date.as_str(), WIDTHS[1]),
                (&t.cost, WIDTHS[2]),
                (&t.what, rest),
                (&t.who, WIDTHS[3]),
            ];
            for (text, width) in headings {
                cell(ui, width, cx.quiet(text));
            }
            for (text, width) in [(&t.amount, WIDTHS[4]), (&t.deductible, WIDTHS[5])] {
                right(ui, width, cx.quiet(text));
            }
        });
        list(height).show_rows(ui, 26.0, claim.lines.len(), |ui, rows| {
            for i in rows {
                if let Some(line) = claim.lines.get(i) {
                    changed |= row(ui, cx, i, line, draft, rest);
                }
            }
        });
    });
    changed
}

fn row(ui: &mut Ui, cx: &mut Cx<'_>, i: usize, line: &Line, draft: &mut ClaimDraft, rest: f32) -> bool {
    let small = |text: &str| RichText::new(text).size(SMALL);
    let (mut changed, mut open) = (false, false);
    ui.horizontal(|ui| {
        let mut taken = !draft.without.contains(&line.document);
        let name = fill(&cx.t.claim.take, &[("n", &(i + 1))]);
        let row =
            ui.allocate_ui_with_layout(vec2(WIDTHS[0], 20.0), Layout::left_to_right(Align::Center), |ui| {
                ui.set_min_width(WIDTHS[0]);
                let number = cx.quiet((i + 1).to_string());
                ui.checkbox(&mut taken, number).on_hover_text(&name).accessible_name(&name).changed()
            });
        if row.inner {
            draft.decided.insert(line.document);
            match taken {
                true => draft.without.remove(&line.document),
                false => draft.without.insert(line.document),
            };
        }
        if !taken {
            // It can be opened, to see whether it is to be taken.
            ui.multiply_opacity(0.5);
        }
        cell(ui, WIDTHS[1], small(&line.date));
        let costs = &mut draft.costs;
        let mut cost = costs.get(&line.document).cloned().unwrap_or_else(|| line.cost.clone());
        let name = format!("{} {}", cx.t.claim.cost, i + 1);
        let edit = TextEdit::singleline(&mut cost).desired_width(WIDTHS[2]);
        if ui.add(edit).accessible_name(name).changed() {
            costs.insert(line.document, cost);
            changed = true;
        }
        let what = [line.payee.as_str(), &line.purpose].into_iter().filter(|t| !t.is_empty());
        let what = what.collect::<Vec<_>>().join("  ");
        let file = cx.session.file_of(line.document).map(name_of).unwrap_or_default();
        let (text, color) = match &line.repeats {
            Some(other) => {
                let remark = fill(&cx.t.form.twin, &[("name", other)]);
                ([what.as_str(), &remark].join("  ").trim().to_owned(), cx.roles.doubtful)
            }
            None => (if what.is_empty() { file.clone() } else { what.clone() }, cx.roles.text),
        };
        let name = format!("{} · {text}", fill(&cx.t.claim.open, &[("name", &file)]));
        open = opening(ui, rest, small(&text).color(color), &format!("{text}\n{file}"), &name);
        cell(ui, WIDTHS[3], small(&line.person)).on_hover_text(&line.person);
        match line.amount {
            Some(amount) => right(ui, WIDTHS[4], RichText::new(format!("{amount:.2}")).size(BODY)),
            None => right(ui, WIDTHS[4], small(&cx.t.claim.no_amount).color(cx.roles.doubtful)),
        };
        match (line.deductible, &line.deduction_needs) {
            (Some(tax), _) => right(ui, WIDTHS[5], small(&format!("{tax:.2}"))),
            (None, Some(field)) => {
                let why = fill(&cx.t.claim.deduction_needs, &[("field", field)]);
                let text = fill(&cx.t.claim.missing, &[("field", field)]);
                right(ui, WIDTHS[5], small(&text).color(cx.roles.doubtful)).on_hover_text(why)
            }
            (None, None) => right(ui, WIDTHS[5], small("—")),
        };
    });
    if open && let Some(file) = cx.session.file_of(line.document).map(|f| f.id) {
        let page = line.pages.first().map_or(1, |p| p.page);
        cx.ask(Request::Panel(None));
        cx.ask(Request::Select { file, document: Some(line.document), page });
    }
    changed
}

/// What a line is about: a click, or Enter, opens its document. Returns whether it is to be opened.
fn opening(ui: &mut Ui, width: f32, text: RichText, tip: &str, name: &str) -> bool {
    let layout = Layout::left_to_right(Align::Center);
    let inside = ui.allocate_ui_with_layout(vec2(width, 20.0), layout, |ui| {
        ui.set_min_width(width);
        ui.set_max_width(width);
        ui.spacing_mut().button_padding = vec2(0.0, 0.0);
        let button = Button::new(text).truncate().frame_when_inactive(false).min_size(vec2(width, 20.0));
        ui.add(button.right_text("")).on_hover_text(tip).accessible_name(name)
    });
    inside.inner.clicked()
}

/// A text at the right end of a cell.
fn right(ui: &mut Ui, width: f32, text: RichText) -> Response {
    let cell = ui.allocate_ui_with_layout(vec2(width, 20.0), Layout::right_to_left(Align::Center), |ui| {
        ui.set_min_width(width);
        ui.set_max_width(width);
        ui.add(Label::new(text).truncate())
    });
    cell.inner
}

fn sums(ui: &mut Ui, cx: &Cx<'_>, claim: &Claim) {
    let t = &cx.t.claim;
    ui.add_space(STEP);
    ui.separator();
    ui.horizontal_wrapped(|ui| {
        let n = claim.lines.len();
        let total = format!("{:.2}", claim.total());
        ui.label(RichText::new(fill(&t.total, &[("n", &n), ("amount", &total)])).strong());
        ui.label(claim.total_in_words());
        let tax = format!("{:.2}", claim.deductible());
        ui.label(cx.quiet(fill(&t.total_tax, &[("amount", &tax)])));
    });
    for (title, sums) in [(&t.by_cost, claim.by_cost()), (&t.by_person, claim.by_person())] {
        let parts: Vec<String> = sums
            .iter()
            .map(|s| {
                let name = if s.name.is_empty() { "—" } else { s.name.as_str() };
                format!("{name} {:.2}", s.amount)
            })
            .collect();
        let text = format!("{title}  {}", parts.join("  ·  "));
        ui.add(Label::new(cx.quiet(&text)).truncate()).on_hover_text(&text);
    }
    if claim.left_out > 0 {
        ui.label(cx.quiet(fill(&t.left_out, &[("n", &claim.left_out)])));
    }
}
