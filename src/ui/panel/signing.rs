//! Seals and signatures of one document together: parties with their seals, places for them, seals over
//! the pages' edges, amounts and dates, and what is missing. A click shows the place on its page.

use eframe::egui::{Frame, Label, Margin, RichText, ScrollArea, Sense, Stroke, Ui, vec2};

use crate::{
    geometry::Quad,
    kind::value::to_iso,
    review::{FileEntry, ReviewDocument, Session},
    structure::Side,
    validate::{
        Severity,
        signing::{AreaKind, Likeness, PagingSeal, Party, PartySeal, Place, Signing, signing},
    },
};

use super::{
    super::{
        command::Request,
        cx::Cx,
        icon::Icon,
        text::fill,
        theme::{SMALL, STEP},
    },
    close, heading, large, page_snip, picture,
};

/// Side of a seal's cut-out, in points.
const CUT_OUT: f32 = 104.0;
/// Margin around a seal in its cut-out, as a share of its size.
const MARGIN: f32 = 0.06;

/// How the document of a file was sealed and signed; `None` for kinds that are not.
pub fn of_document(session: &Session, file: &FileEntry, document: &ReviewDocument) -> Option<Signing> {
    let kind = session.registry().get(&document.document.found.kind)?;
    let pages = document.document.pages.iter().filter_map(|n| file.page(*n));
    let seen: Vec<_> = pages.map(|p| p.seen()).collect();
    signing(kind, &document.document.record, &seen)
}

pub fn show(ui: &mut Ui, cx: &mut Cx<'_>) {
    let height = large(ui, 1080.0);
    let both = cx.file().zip(cx.document());
    let found = both.and_then(|(file, document)| of_document(cx.session, file, document));
    let Some(((file, document), found)) = both.zip(found) else {
        cx.ask(Request::Panel(None));
        return;
    };
    let (title, hint) = (cx.t.signing.title.clone(), cx.t.signing.hint.clone());
    heading(ui, cx, &title, &hint);
    let shown = Shown { file, document, found: &found };
    ScrollArea::vertical().max_height(height + 80.0).min_scrolled_height(height + 80.0).show(ui, |ui| {
        flags(ui, cx, &found);
        let column = (ui.available_width() - 4.0 * STEP) / 2.0;
        ui.horizontal_top(|ui| {
            ui.spacing_mut().item_spacing.x = 4.0 * STEP;
            ui.vertical(|ui| {
                ui.set_width(column);
                parties(ui, cx, &shown);
                other_seals(ui, cx, &shown);
            });
            ui.vertical(|ui| {
                ui.set_width(column);
                places(ui, cx, &shown);
                paging(ui, cx, &shown);
                amounts(ui, cx, &shown);
                dates(ui, cx, &shown);
                page_count(ui, cx, &found);
            });
        });
    });
    ui.add_space(2.0 * STEP);
    close(ui, cx);
}

/// What the parts of the panel draw from.
struct Shown<'a> {
    file: &'a FileEntry,
    document: &'a ReviewDocument,
    found: &'a Signing,
}

impl Shown<'_> {
    /// Closes the panel and shows a place on its page.
    fn go_to(&self, cx: &mut Cx<'_>, place: &Place) {
        cx.ask(Request::Panel(None));
        cx.ask(Request::Select { file: self.file.id, document: Some(self.document.id), page: place.page });
        cx.ask(Request::Show(place.quad));
    }

    fn seal(&self, at: usize) -> Option<&PartySeal> {
        self.found.seals.get(at)
    }
}

fn section(ui: &mut Ui, title: &str) {
    ui.add_space(STEP);
    ui.label(RichText::new(title).strong());
}

/// A row with a sign; with a place it is a link to it.
fn row(
    ui: &mut Ui,
    cx: &mut Cx<'_>,
    shown: &Shown<'_>,
    sign: Option<(Icon, bool)>,
    text: &str,
    place: Option<&Place>,
) {
    ui.horizontal(|ui| {
        match sign {
            Some((icon, true)) => drop(icon.show(ui, 14.0, cx.roles.confirmed, "")),
            Some((icon, false)) => drop(icon.show(ui, 14.0, cx.roles.doubtful, "")),
            None => {}
        }
        let Some(place) = place else {
            ui.add(Label::new(text).truncate()).on_hover_text(text);
            return;
        };
        let page = fill(&cx.t.signing.on_page, &[("n", &place.page)]);
        let words = RichText::new(format!("{text}  {page}")).color(cx.roles.selection);
        let link = Label::new(words).truncate().sense(Sense::click());
        if ui.add(link).on_hover_text(&cx.t.signing.go).clicked() {
            shown.go_to(cx, place);
        }
    });
}

fn flags(ui: &mut Ui, cx: &Cx<'_>, found: &Signing) {
    if found.issues.is_empty() {
        ui.horizontal(|ui| {
            Icon::CheckCircle.show(ui, 14.0, cx.roles.confirmed, "");
            ui.label(&cx.t.signing.nothing_missing);
        });
        return;
    }
    for issue in &found.issues {
        let color = match issue.severity {
            Severity::Error => cx.roles.failed,
            Severity::Warning => cx.roles.doubtful,
        };
        ui.horizontal_top(|ui| {
            Icon::Warning.show(ui, 14.0, color, "");
            ui.add(Label::new(RichText::new(issue.message.get(cx.lang)).color(color)).wrap());
        });
    }
}

fn parties(ui: &mut Ui, cx: &mut Cx<'_>, shown: &Shown<'_>) {
    let title = cx.t.signing.parties.clone();
    section(ui, &title);
    for party in &shown.found.parties {
        let frame = Frame::new()
            .fill(cx.roles.raised)
            .stroke(Stroke::new(1.0, cx.roles.border))
            .inner_margin(Margin::same(8))
            .corner_radius(3.0);
        frame.show(ui, |ui| {
            ui.set_width(ui.available_width());
            one_party(ui, cx, shown, party);
        });
        ui.add_space(STEP);
    }
}

fn one_party(ui: &mut Ui, cx: &mut Cx<'_>, shown: &Shown<'_>, party: &Party) {
    ui.label(cx.quiet(party.label.get(cx.lang)));
    let name = if party.name.is_empty() { cx.t.signing.unnamed.clone() } else { party.name.clone() };
    row(ui, cx, shown, None, &name, party.place.as_ref());
    if party.seals.is_empty() {
        let text = if party.is_person { &cx.t.signing.person } else { &cx.t.signing.no_seal };
        let text = text.clone();
        row(ui, cx, shown, Some((Icon::Dash, party.is_person)), &text, None);
        return;
    }
    ui.horizontal_wrapped(|ui| {
        for seal in party.seals.iter().filter_map(|i| shown.seal(*i)) {
            cut_out(ui, cx, shown, seal);
        }
    });
}

/// The seals that name none of the parties.
fn other_seals(ui: &mut Ui, cx: &mut Cx<'_>, shown: &Shown<'_>) {
    let others: Vec<&PartySeal> = shown.found.seals.iter().filter(|s| s.party.is_none()).collect();
    if others.is_empty() {
        return;
    }
    let title = cx.t.signing.other_seals.clone();
    section(ui, &title);
    ui.horizontal_wrapped(|ui| {
        for seal in others {
            cut_out(ui, cx, shown, seal);
        }
    });
}

/// A seal's picture with its text below.
fn cut_out(ui: &mut Ui, cx: &mut Cx<'_>, shown: &Shown<'_>, seal: &PartySeal) {
    ui.vertical(|ui| {
        ui.set_width(CUT_OUT + 60.0);
        let texts = [seal.text.as_str(), seal.sub_text.as_str()].into_iter().filter(|t| !t.is_empty());
        let text = texts.collect::<Vec<_>>().join("  ");
        let text = if text.is_empty() { cx.t.signing.unread.clone() } else { text };
        part(ui, cx, shown, &seal.place, vec2(CUT_OUT, CUT_OUT), &text);
        let color = match seal.party {
            Some((_, Likeness::Same)) => cx.roles.confirmed,
            Some((_, Likeness::Doubtful)) => cx.roles.doubtful,
            None => cx.roles.quiet,
        };
        ui.add(Label::new(RichText::new(&text).size(SMALL).color(color)).truncate()).on_hover_text(&text);
        ui.label(cx.quiet(fill(&cx.t.signing.on_page, &[("n", &seal.place.page)])));
    });
}

/// A part of a page as a picture that leads to its place.
fn part(
    ui: &mut Ui,
    cx: &mut Cx<'_>,
    shown: &Shown<'_>,
    place: &Place,
    size: eframe::egui::Vec2,
    name: &str,
) {
    let snip = page_snip(shown.file, place.page, Some(around(&place.quad)), size.x.max(size.y));
    if picture(ui, cx, snip, size, name).on_hover_text(&cx.t.signing.go).clicked() {
        shown.go_to(cx, place);
    }
}

/// The pixels around a quad: left, top, right, bottom.
fn around(quad: &Quad) -> [u32; 4] {
    let bounds = quad.bounds();
    let bounds = bounds.expanded(MARGIN * bounds.width().max(bounds.height()));
    [bounds.left, bounds.top, bounds.right, bounds.bottom].map(|v| v.max(0.0) as u32)
}

fn places(ui: &mut Ui, cx: &mut Cx<'_>, shown: &Shown<'_>) {
    let title = cx.t.signing.places.clone();
    section(ui, &title);
    if shown.found.areas.is_empty() {
        ui.label(cx.quiet(&cx.t.signing.no_places));
    }
    for area in &shown.found.areas {
        let party = area.party.and_then(|p| shown.found.parties.get(p));
        let party = party.map(|p| p.label.get(cx.lang)).unwrap_or_default();
        let text = match area.kind {
            AreaKind::Seal => area.label.clone(),
            AreaKind::Signature | AreaKind::Date => {
                let parts = [party, &area.label, &area.value].into_iter().filter(|t| !t.is_empty());
                parts.collect::<Vec<_>>().join("  ")
            }
        };
        let sign = match area.kind {
            AreaKind::Seal if area.seals.is_empty() => Some((Icon::Warning, false)),
            AreaKind::Seal => Some((Icon::Check, true)),
            _ if area.value.is_empty() => Some((Icon::Dash, false)),
            _ => Some((Icon::Check, true)),
        };
        row(ui, cx, shown, sign, &text, Some(&area.place));
    }
}

fn paging(ui: &mut Ui, cx: &mut Cx<'_>, shown: &Shown<'_>) {
    if shown.document.document.pages.len() < 2 {
        return;
    }
    let title = cx.t.signing.paging.clone();
    section(ui, &title);
    if shown.found.paging.is_empty() {
        ui.label(cx.quiet(&cx.t.signing.no_paging));
    }
    for seal in &shown.found.paging {
        let pages = seal.parts.iter().map(|(_, p)| p.page.to_string()).collect::<Vec<_>>().join(", ");
        let text = fill(&cx.t.signing.paging_on, &[("pages", &pages)]);
        let whole = seal.missing.is_empty();
        row(ui, cx, shown, Some((if whole { Icon::Check } else { Icon::Warning }, whole)), &text, None);
        if !whole {
            let pages = seal.missing.iter().map(usize::to_string).collect::<Vec<_>>().join(", ");
            ui.label(
                RichText::new(fill(&cx.t.signing.paging_missing, &[("pages", &pages)]))
                    .color(cx.roles.doubtful),
            );
        }
        pieces(ui, cx, shown, seal);
    }
}

/// The parts of a seal over the pages' edges side by side, as they were stamped.
fn pieces(ui: &mut Ui, cx: &mut Cx<'_>, shown: &Shown<'_>, seal: &PagingSeal) {
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = 2.0;
        for (side, place) in &seal.parts {
            let bounds = place.quad.bounds();
            let width = (CUT_OUT * bounds.width() / bounds.height().max(1.0)).clamp(12.0, CUT_OUT);
            let side = match side {
                Side::Left => &cx.t.signing.left_edge,
                Side::Right => &cx.t.signing.right_edge,
            };
            let name = format!("{} {side}", fill(&cx.t.signing.on_page, &[("n", &place.page)]));
            part(ui, cx, shown, place, vec2(width, CUT_OUT), &name);
        }
    });
}

fn amounts(ui: &mut Ui, cx: &mut Cx<'_>, shown: &Shown<'_>) {
    if shown.found.amounts.is_empty() {
        return;
    }
    let title = cx.t.signing.amounts.clone();
    section(ui, &title);
    for amount in &shown.found.amounts {
        let parts = [amount.figure.as_deref(), amount.words.as_deref()];
        let mut text = parts.into_iter().flatten().collect::<Vec<_>>().join("  ");
        if amount.is_total {
            text = format!("{} {text}", cx.t.signing.total);
        }
        let sign = amount.agrees().map(|agrees| (if agrees { Icon::Check } else { Icon::Warning }, agrees));
        if sign.is_some_and(|(_, agrees)| !agrees) {
            text = format!("{text}  {}", cx.t.signing.differ);
        }
        row(ui, cx, shown, sign, &text, amount.place.as_ref());
    }
}

fn dates(ui: &mut Ui, cx: &mut Cx<'_>, shown: &Shown<'_>) {
    let document = &shown.document.document;
    let kind = cx.session.registry().get(&document.found.kind);
    let signed: Vec<(String, Option<Place>)> = kind
        .and_then(|k| Some((k, k.signing.as_ref()?)))
        .into_iter()
        .flat_map(|(k, spec)| spec.date.iter().filter_map(|key| k.field(key)))
        .filter_map(|field| {
            let path = crate::extract::FieldPath::Field { key: field.key.clone() };
            let value = document.record.get(&path)?;
            let text = format!("{} {}", field.label.get(cx.lang), value.value.as_ref()?);
            let place = value.page_among(&document.pages).zip(value.quad);
            Some((text, place.map(|(page, quad)| Place { page, quad })))
        })
        .collect();
    if signed.is_empty() && shown.found.terms.is_empty() {
        return;
    }
    let title = cx.t.signing.dates.clone();
    section(ui, &title);
    for (text, place) in &signed {
        row(ui, cx, shown, None, text, place.as_ref());
    }
    for term in &shown.found.terms {
        let text = fill(&cx.t.signing.term, &[("from", &to_iso(term.from)), ("to", &to_iso(term.to))]);
        let right = term.from <= term.to;
        let sign = (!right).then_some((Icon::Warning, false));
        row(ui, cx, shown, sign, &text, Some(&term.place));
    }
}

fn page_count(ui: &mut Ui, cx: &Cx<'_>, found: &Signing) {
    let Some(count) = &found.page_count else { return };
    section(ui, &cx.t.signing.pages);
    let all = count.stated == count.present && count.missing.is_empty();
    let text = fill(&cx.t.signing.page_count, &[("stated", &count.stated), ("present", &count.present)]);
    ui.horizontal(|ui| {
        if all {
            Icon::Check.show(ui, 14.0, cx.roles.confirmed, "");
        } else {
            Icon::Warning.show(ui, 14.0, cx.roles.doubtful, "");
        }
        ui.label(text);
    });
}
