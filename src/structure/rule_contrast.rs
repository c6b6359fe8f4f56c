//! How clearly vertical strokes stand out from their ground: print is told from patterns of the paper.
//!
//! Looks along strokes that `rules` found; finds none itself.

use image::GrayImage;

use crate::{
    numbers::{histogram, percentile},
    structure::{
        rules::Rule,
        strokes::{DARK_GROUND, SIDES, STEP},
    },
};

/// Strokes that stand out by this much are clear print (reasoned: four times what the palest rules and
/// the paper's grain do, see `CONTRAST` in `rules`).
const CLEAR: u8 = 24;
/// The parts of a vertical stroke that is clear print stand out by at least this share of what its clear
/// parts do: lines of a guilloche had 0.0 to 0.27 of it on the development pages, mostly 0.13.
const LIKE_CLEAR: f32 = 0.3;
/// A part up to this many text heights long, of few rows, is at least half as clear as the clear parts for
/// this share of its length: strokes of characters in neighbouring rows are not. Longer ones may fade in
/// glare.
const MOST_UNEVEN: f32 = 6.0;
const EVEN: f32 = 0.7;
/// Gaps between clear parts up to this many text heights are bridged: crossing text and seals hide that
/// much, and no row of a table is lower.
const MOST_GAP: f32 = 1.2;
/// So many short vertical rules that are paler than that share of the usual rule, but fewer than the others,
/// are lines of a patterned ground: 5, 10 and 13 on registers printed on guilloches, 3 on a receipt whose
/// own rules fade in glare.
const LEAST_PALE: usize = 5;
/// Every so many pixels along a stroke its contrast is taken.
const SAMPLED: usize = 3;
/// So far beside its line, pixels, a stroke is looked for.
const OFF: usize = 2;

/// The parts of a vertical stroke (x and y exchanged) that are clear print, where much of it is: pale lines
/// of the ground (guilloches) lengthen the strokes of characters, and join a rule with one beyond a row in
/// which it is missing. A stroke that is pale as a whole stays whole. Each with by how many gray
/// levels it stands out.
pub(super) fn clear_parts(view: &GrayImage, rule: &Rule, text_height: f32) -> Vec<(Rule, u8)> {
    let (width, height) = (view.width() as usize, view.height() as usize);
    let level = |y: usize, x: usize| view.as_raw().get(y * width + x).copied().unwrap_or(u8::MAX);
    let place = |y: usize| rule.from.lerp(rule.to, (y as f32 - rule.from.x) / rule.length().max(1.0));
    // By how much a pixel row stands out as a stroke, and as an edge.
    let contrast = |y: usize| {
        let middle = place(y).y.max(0.0) as usize;
        let (mut stroke, mut edge) = (0, 0);
        for x in middle.saturating_sub(OFF)..=middle + OFF {
            let here = level(y, x);
            for by in SIDES {
                let Some(left) = x.checked_sub(by).filter(|_| x + by < width) else { continue };
                let (a, b) = (level(y, left), level(y, x + by));
                let (low, high) = (a.min(b), a.max(b));
                let light = if high <= DARK_GROUND { here.saturating_sub(high) } else { 0 };
                stroke = stroke.max(low.saturating_sub(here)).max(light);
                edge = edge.max(high - low);
            }
        }
        (stroke, edge)
    };
    let (from, to) = (rule.from.x.max(0.0) as usize, (rule.to.x.max(0.0) as usize).min(height));
    let both: Vec<(usize, (u8, u8))> = (from..to).step_by(SAMPLED).map(|y| (y, contrast(y))).collect();
    let usual = |f: fn(&(u8, u8)) -> u8| percentile(&histogram(both.iter().map(|(_, c)| f(c))), 0.75);
    let (stroke, edge) = (usual(|c| c.0), usual(|c| c.1));
    // Edges of coloured cells are no strokes; beside strokes of characters there are edges everywhere.
    let is_edge = stroke < CLEAR && edge >= STEP;
    let clear = if is_edge { edge } else { stroke };
    if clear < CLEAR {
        return vec![(*rule, clear)];
    }
    let seen = both.into_iter().map(|(y, c)| (y, if is_edge { c.1 } else { c.0 }));
    let least = LIKE_CLEAR * f32::from(clear);
    // From, to, and how much of that is clear.
    let mut parts: Vec<(usize, usize, usize)> = Vec::new();
    for (y, c) in seen.filter(|&(_, c)| f32::from(c) >= least) {
        let fully = if c >= clear / 2 { SAMPLED } else { 0 };
        match parts.last_mut() {
            Some((_, end, sum)) if y as f32 <= *end as f32 + MOST_GAP * text_height => {
                *end = y + SAMPLED;
                *sum += fully;
            }
            _ => parts.push((y, y + SAMPLED, fully)),
        }
    }
    let even = |&(from, to, sum): &(usize, usize, usize)| {
        let length = (to - from) as f32;
        length > MOST_UNEVEN * text_height || sum as f32 >= EVEN * length
    };
    let part =
        |(from, end, _): (usize, usize, usize)| (Rule { from: place(from), to: place(end.min(to)) }, clear);
    parts.into_iter().filter(even).map(part).collect()
}

/// Takes out the short rules that are paler than the usual one, where there are many: lines of a patterned
/// ground.
pub(super) fn drop_pale(vertical: &mut Vec<(Rule, u8)>, text_height: f32) {
    let usual = LIKE_CLEAR * f32::from(usual_contrast(vertical));
    let pale =
        |(rule, clear): &(Rule, u8)| f32::from(*clear) < usual && rule.length() <= MOST_UNEVEN * text_height;
    let count = vertical.iter().filter(|r| pale(r)).count();
    if count >= LEAST_PALE && 2 * count < vertical.len() {
        vertical.retain(|r| !pale(r));
    }
}

/// By how many gray levels half of the length of all rules stands out at least.
fn usual_contrast(rules: &[(Rule, u8)]) -> u8 {
    let mut by_contrast: Vec<(u8, f32)> = rules.iter().map(|(r, c)| (*c, r.length())).collect();
    by_contrast.sort_by_key(|r| r.0);
    let half = by_contrast.iter().map(|r| r.1).sum::<f32>() / 2.0;
    let mut below = 0.0;
    let reaches = |r: &&(u8, f32)| {
        below += r.1;
        below >= half
    };
    by_contrast.iter().find(reaches).map_or(0, |r| r.0)
}
