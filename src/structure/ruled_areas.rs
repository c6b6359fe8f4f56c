//! Where horizontal rules of the same extent bound a table, and what stands between them.
//!
//! Which rows and columns that text makes is for `columns` to say.

use crate::{
    geometry::Rect,
    numbers::{clusters, median},
    structure::{
        columns::{MOST_CELL_WIDTH, MOST_LABELLED},
        rules::Rule,
        text_pieces::Piece,
    },
};

/// Lines beside a ruled area and level with it, as a share of those inside, up to which the rules
/// are taken to bound a table: captions in the margin, not the rest of a row.
const MOST_BESIDE: f32 = 0.2;
/// Lines beside further away than this many text heights stand in another column of the page …
const OTHER_COLUMN: f32 = 0.7;
/// … unless most of them stand exactly level, within this share of the text height, with the lines
/// inside: then they belong to the same rows.
const LEVEL: f32 = 0.3;
const MOST_LEVEL: f32 = 0.7;

/// The pieces between the rules of one of the areas, if these bound a table: not where rows of text are cut
/// through, as by remains of a page border, and not around a form. `free`: the pieces that may be meant.
pub(super) fn bounded(
    area: &Rect,
    free: Vec<usize>,
    pieces: &[Piece],
    text_height: f32,
) -> Option<Vec<usize>> {
    let place = |i: &usize| pieces.get(*i).map(|p| p.bounds).unwrap_or_default();
    let level = free.into_iter().filter(|i| {
        let y = place(i).center().y;
        y > area.top && y < area.bottom
    });
    let (inside, beside): (Vec<usize>, Vec<usize>) = level.partition(|i| area.contains(place(i).center()));
    let labelled = inside.iter().filter(|&&i| pieces.get(i).is_some_and(|p| p.kind.labelled)).count();
    if labelled as f32 > MOST_LABELLED * inside.len() as f32 {
        return None;
    }
    let away = OTHER_COLUMN * text_height;
    let near = |i: &&usize| place(i).right > area.left - away && place(i).left < area.right + away;
    let level_with = |i: &&usize| {
        let y = place(i).center().y;
        inside.iter().any(|k| (place(k).center().y - y).abs() < LEVEL * text_height)
    };
    let level_beside = beside.iter().filter(level_with).count();
    let lines = beside.iter().filter_map(|&i| pieces.get(i)).map(|p| line_width(pieces, p.line));
    let running = median(lines).is_some_and(|w| w > MOST_CELL_WIDTH * text_height);
    let cut = match !running && level_beside as f32 > MOST_LEVEL * beside.len() as f32 {
        true => beside.len(),
        false => beside.iter().filter(near).count(),
    };
    (cut as f32 <= MOST_BESIDE * inside.len() as f32).then_some(inside)
}

/// Areas between horizontal rules of the same extent: the first to the last rule of each set.
pub(super) fn ruled_areas(horizontal: &[Rule], text_height: f32) -> Vec<Rect> {
    let mut rules: Vec<Rule> =
        horizontal.iter().filter(|r| r.length() > 8.0 * text_height).copied().collect();
    rules.sort_by(|a, b| a.middle().y.total_cmp(&b.middle().y));
    let mut areas: Vec<Rect> = Vec::new();
    for rule in rules {
        let y = rule.middle().y;
        match areas.iter_mut().find(|a| same_extent(a, &rule, text_height)) {
            Some(area) => area.bottom = area.bottom.max(y),
            None => areas.push(Rect::new(rule.from.x, y, rule.to.x, y)),
        }
    }
    areas.retain(|a| a.height() > 2.0 * text_height);
    // Those with most rules first: others may be parts of them, cut short by a seal or a shadow.
    areas.sort_by_key(|a| std::cmp::Reverse(separators(horizontal, *a, text_height).len()));
    areas
}

fn same_extent(area: &Rect, rule: &Rule, text_height: f32) -> bool {
    let tolerance = 2.0 * text_height;
    (area.left - rule.from.x).abs() < tolerance && (area.right - rule.to.x).abs() < tolerance
}

/// Heights of the rules across an area, from top to bottom, those at the same place once.
pub(super) fn separators(horizontal: &[Rule], area: Rect, text_height: f32) -> Vec<f32> {
    let heights: Vec<f32> = horizontal
        .iter()
        .filter(|r| same_extent(&area, r, text_height))
        .map(|r| r.middle().y)
        .filter(|&y| y >= area.top - 1.0 && y <= area.bottom + 1.0)
        .collect();
    clusters(&heights, 0.5 * text_height)
        .into_iter()
        .map(|group| group.iter().map(|&i| heights[i]).sum::<f32>() / group.len().max(1) as f32)
        .collect()
}

/// Width of a line with all its pieces.
fn line_width(pieces: &[Piece], line: usize) -> f32 {
    let own = pieces.iter().filter(|p| p.line == line).map(|p| p.bounds);
    own.reduce(|a, b| a.union(&b)).map_or(0.0, |b| b.width())
}
