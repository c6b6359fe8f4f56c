//! Places for seals, signatures and dates, found by their labels, and the seals that lie there.

use crate::{
    geometry::Rect,
    kind::{Label, SigningSpec},
    structure::frame::Frame,
};

use super::{Area, AreaKind, Party, PartySeal, Place, SeenPage, names::bare};

/// Longer lines are running text, which speaks of seals without being a place for one: "自双方签字盖章之日
/// 起生效".
const LABEL_CHARACTERS: usize = 24;

/// What begins further right of a label than this share of the page's width stands in the next column.
/// Reasoned: columns of signatures take a third of the page or more, indents of their lines a tenth.
const COLUMN: f32 = 0.2;

/// A seal belongs to a place if its middle lies, from the label on, within so many of its own
/// diameters: above, below and left of the label. A seal of 42 mm over a block of five lines at
/// 7 mm, put down anywhere on it.
const ABOVE: f32 = 0.6;
const BELOW: f32 = 1.2;
const LEFT: f32 = 0.3;

/// The places on the pages. Parties that are only named at their place are added to `parties`.
pub(super) fn areas(spec: &SigningSpec, pages: &[SeenPage], parties: &mut Vec<Party>) -> Vec<Area> {
    let mut found: Vec<Area> = Vec::new();
    for page in pages {
        let frame = upright(page);
        let from = found.len();
        for line in &page.structure.lines {
            let place = Place { page: page.page, quad: line.quad };
            if let Some((role, label, value)) = seal_label(spec, &line.text) {
                let party = party_of(spec, role, &label, &value, &place, parties);
                found.push(Area { kind: AreaKind::Seal, party, label, value, place, seals: Vec::new() });
            } else if let Some((kind, label, value)) = other_label(spec, &line.text) {
                found.push(Area { kind, party: None, label, value, place, seals: Vec::new() });
            }
        }
        // A signature or date belongs to the nearest place for a seal above it in its column; one
        // without any is a clause's.
        let blocks: Vec<(Rect, Option<usize>)> = found
            .iter()
            .skip(from)
            .filter(|a| a.kind == AreaKind::Seal)
            .map(|a| (frame.upright_bounds(&a.place.quad), a.party))
            .collect();
        let block_of = |area: &Area| {
            let own = frame.upright_bounds(&area.place.quad);
            let above = |b: &&(Rect, Option<usize>)| {
                b.0.top <= own.bottom
                    && b.0.left <= own.center().x
                    && own.left - b.0.left > -2.0 * own.height()
            };
            // Blocks stand beside each other or below each other: first the column, then the row.
            let key =
                |b: &Rect| (((own.left - b.left).max(0.0) / (4.0 * own.height())) as i32, own.top - b.top);
            let nearest = blocks.iter().filter(above).min_by(|a, b| {
                let (a, b) = (key(&a.0), key(&b.0));
                a.0.cmp(&b.0).then(a.1.total_cmp(&b.1))
            })?;
            // In a column whose own label is covered by the seal it belongs to nobody that is known.
            let same_column = own.left - nearest.0.left <= COLUMN * frame.size().0;
            Some(nearest.1.filter(|_| same_column))
        };
        let mut kept = Vec::new();
        for mut area in found.drain(from..) {
            if area.kind != AreaKind::Seal {
                let Some(party) = block_of(&area) else { continue };
                area.party = party;
            }
            kept.push(area);
        }
        found.extend(kept);
    }
    found
}

fn upright(page: &SeenPage) -> Frame {
    Frame::new(page.size.0, page.size.1, page.structure.rotation, 0.0)
}

/// The party's index in the kind, the label and what stands behind it, if a line is the label of a place
/// for a seal: the party's role and a mark, "甲方（盖章）：某某公司".
fn seal_label(spec: &SigningSpec, text: &str) -> Option<(usize, String, String)> {
    let compact = compact(text);
    let (head, value) = match compact.split_once(':') {
        // 甲方:(盖章)某某公司
        Some((role, rest)) if rest.starts_with('(') => {
            let (mark, value) = rest.split_once(')')?;
            (format!("{role}{mark})"), value.trim_start_matches(':').to_owned())
        }
        Some((head, value)) => (head.to_owned(), value.to_owned()),
        None => match compact.split_once(')') {
            Some((head, value)) if head.contains('(') => (format!("{head})"), value.to_owned()),
            _ => (compact.clone(), String::new()),
        },
    };
    if head.chars().count() > LABEL_CHARACTERS {
        return None;
    }
    let folded = head.to_uppercase();
    let role = spec.parties.iter().position(|p| {
        p.roles.iter().any(|role| {
            let role = compact_upper(role);
            folded.strip_prefix(&role).is_some_and(|rest| is_mark(spec, rest))
        })
    })?;
    Some((role, head, value))
}

/// Whether the rest of a label behind the role says that a seal belongs here; further roles in brackets
/// may stand before: 甲方（需方）盖章.
fn is_mark(spec: &SigningSpec, rest: &str) -> bool {
    let parts: Vec<&str> = rest.split(['(', ')']).filter(|p| !p.is_empty()).collect();
    let Some(last) = parts.last() else { return false };
    spec.seal_marks.iter().any(|mark| *last == compact_upper(mark))
}

/// The kind of a place for a signature or a date, its label and what stands behind it.
fn other_label(spec: &SigningSpec, text: &str) -> Option<(AreaKind, String, String)> {
    let compact = compact(text);
    let (head, value) = compact.split_once(':').unwrap_or((&compact, ""));
    let folded = head.to_uppercase();
    let lists = [(AreaKind::Signature, &spec.signature_labels), (AreaKind::Date, &spec.date_labels)];
    for (kind, labels) in lists {
        let is_label = |label: &String| {
            let rest = folded.strip_prefix(&compact_upper(label))?;
            // Nothing but brackets, as 法定代表人(签字), may follow before the colon.
            (rest.is_empty() || (rest.starts_with('(') && rest.ends_with(')'))).then_some(())
        };
        if labels.iter().any(|l| is_label(l).is_some()) {
            return Some((kind, head.to_owned(), value.to_owned()));
        }
    }
    None
}

fn compact(text: &str) -> String {
    crate::kind::value::ascii_form(text).chars().filter(|c| !c.is_whitespace()).collect()
}

fn compact_upper(text: &str) -> String {
    compact(text).to_uppercase()
}

/// The party of a role; one that only this place names is added.
fn party_of(
    spec: &SigningSpec,
    role: usize,
    label: &str,
    value: &str,
    place: &Place,
    parties: &mut Vec<Party>,
) -> Option<usize> {
    let of_role = spec.parties.get(role)?;
    if let Some(key) = &of_role.field {
        let at = parties.iter().position(|p| p.path.as_ref().is_some_and(|path| path.key() == key))?;
        return Some(at);
    }
    let printed = label.split('(').next().unwrap_or(label).to_owned();
    if let Some(at) = parties.iter().position(|p| p.path.is_none() && p.label.zh == printed) {
        return Some(at);
    }
    parties.push(Party {
        label: Label { zh: printed.clone(), en: printed },
        path: None,
        name: value.to_owned(),
        place: Some(place.clone()),
        is_person: super::is_person(spec, value),
        seals: Vec::new(),
    });
    Some(parties.len() - 1)
}

/// Notes which seals lie at which place for one; a seal that names another party than the place's does
/// not count there.
pub(super) fn place_seals(areas: &mut [Area], seals: &[PartySeal], pages: &[SeenPage]) {
    let lefts: Vec<(usize, Rect)> = areas
        .iter()
        .filter(|a| a.kind == AreaKind::Seal)
        .filter_map(|a| {
            let page = pages.iter().find(|p| p.page == a.place.page)?;
            Some((a.place.page, upright(page).upright_bounds(&a.place.quad)))
        })
        .collect();
    for area in areas.iter_mut().filter(|a| a.kind == AreaKind::Seal) {
        let Some(page) = pages.iter().find(|p| p.page == area.place.page) else { continue };
        let frame = upright(page);
        let label = frame.upright_bounds(&area.place.quad);
        // Up to the next label in the same row.
        let right = lefts
            .iter()
            .filter(|(page, r)| *page == area.place.page && r.left > label.left + label.height())
            .filter(|(_, r)| (r.center().y - label.center().y).abs() < 2.0 * label.height())
            .map(|(_, r)| r.left)
            .fold(frame.size().0, f32::min);
        area.seals = (0..seals.len())
            .filter(|i| {
                let Some(seal) = seals.get(*i).filter(|s| s.place.page == area.place.page) else {
                    return false;
                };
                let bounds = frame.upright_bounds(&seal.place.quad);
                let (center, across) = (bounds.center(), bounds.width().max(bounds.height()));
                let here = center.y >= label.top - ABOVE * across
                    && center.y <= label.bottom + BELOW * across
                    && center.x >= label.left - LEFT * across
                    && center.x <= right + LEFT * across;
                let others = seal.party.is_some_and(|(party, _)| area.party.is_some_and(|own| own != party));
                here && !others
            })
            .collect();
    }
}

/// Whether anything was written at a place: a name behind the label, or print that is none of it.
pub(super) fn is_filled(area: &Area) -> bool {
    !bare(&area.value).is_empty()
}
