//! The two sides of a card, or pages of a booklet, that lie on one page: which belong together. Geometry and what
//! their kinds print; joins nothing itself.

use std::collections::BTreeMap;

use crate::{classify::part::Part, geometry::Point};

/// Degrees by which the sides of one card may be turned against each other among others: as they are laid for a copy.
const ALIKE: f32 = 5.0;

/// How far a back may lie off the row or column of its front, as a share of the distance between them. Reasoned.
const OFF_ROW: f32 = 0.2;

/// How far a back may lie from where the other cards' backs lie beside their fronts, as a share of that distance:
/// cards laid in rows by hand. Reasoned.
const ASTRAY: f32 = 0.25;

/// How many times nearer the backs must lie than in any other arrangement. Reasoned.
const NEARER: f32 = 1.3;

/// Whether two parts are different sides of a card, each a document of its own.
pub(super) fn two_sides(a: &Part, b: &Part) -> bool {
    let one_kind = a.claim.zip(b.claim).is_some_and(|((k, _), (l, _))| k.id == l.id);
    one_kind && a.side.zip(b.side).is_some_and(|(x, y)| x != y)
}

/// The sides that are of one card by the way they lie, as indexes: one of each side, or as many of both and each
/// back beside its front as all the others are. Kinds that print on both sides what must agree are told by that.
pub(super) fn pairs(parts: &[Part]) -> Vec<(usize, usize)> {
    let mut of_kind: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (i, part) in parts.iter().enumerate() {
        let Some((kind, _)) = part.claim else { continue };
        let told = kind.join.as_ref().is_none_or(|join| join.agrees.is_empty() && join.same.is_empty());
        if told && part.side.is_some() {
            of_kind.entry(&kind.id).or_default().push(i);
        }
    }
    of_kind.values().flat_map(|sides| beside(parts, sides)).collect()
}

/// The fronts and backs among the parts of one kind, where each back lies beside its front as all the others do.
fn beside(parts: &[Part], sides: &[usize]) -> Vec<(usize, usize)> {
    let part = |i: &usize| parts.get(*i);
    let Some(first) = sides.first().and_then(part) else { return Vec::new() };
    let alike = |p: &Part| p.frame.turned_against(&first.frame).abs() <= ALIKE;
    if !sides.iter().filter_map(part).all(alike) {
        return Vec::new();
    }
    let (fronts, backs): (Vec<usize>, Vec<usize>) =
        sides.iter().partition(|i| part(i).is_some_and(|p| p.side == first.side));
    let (&[front, ..], &[_, ..]) = (fronts.as_slice(), backs.as_slice()) else { return Vec::new() };
    if fronts.len() != backs.len() {
        return Vec::new();
    }
    let mut arrangements: Vec<(f32, Vec<(usize, usize)>)> = Vec::new();
    for &back in &backs {
        let away = offset(parts, front, back);
        let far = away.x.hypot(away.y);
        if away.x.abs().min(away.y.abs()) > OFF_ROW * far {
            continue;
        }
        let beside = |front: usize| {
            backs.iter().copied().find(|back| {
                let other = offset(parts, front, *back);
                (other.x - away.x).hypot(other.y - away.y) <= ASTRAY * far
            })
        };
        let pairs: Option<Vec<(usize, usize)>> =
            fronts.iter().map(|front| Some((*front, beside(*front)?))).collect();
        arrangements.extend(pairs.map(|pairs| (far, pairs)));
    }
    arrangements.sort_by(|a, b| a.0.total_cmp(&b.0));
    match arrangements.as_slice() {
        [] => Vec::new(),
        [(near, _), (other, _), ..] if *other < NEARER * near => Vec::new(),
        [(_, pairs), ..] => pairs.clone(),
    }
}

/// From the middle of one part to that of another one, along and across the text of the first.
fn offset(parts: &[Part], from: usize, to: usize) -> Point {
    let Some(own) = parts.get(from) else { return Point::default() };
    let middle = |part: &Part| {
        let outline = part.paper.unwrap_or_else(|| part.frame.quad_in_page(part.frame.bounds));
        own.frame.point(outline.center())
    };
    let (from, to) = (middle(own), parts.get(to).map(middle).unwrap_or_default());
    Point::new(to.x - from.x, to.y - from.y)
}
