//! Where a page has the colours of its rim: a ground with a pattern, as wood or a checked cloth, whatever lies on it.
//!
//! The colours are those that all sides of the rim show; a shadow makes them darker. Knows no pieces.

use std::collections::BTreeMap;

use image::RgbImage;

use crate::{numbers::box_mean, structure::pixels::Mask};

/// Levels by which a pixel may differ from a colour of the rim in any channel. Tried on eight drawn photographs: the
/// rims of wood, stone and cloth are covered by one to four such colours; other values were not tried.
const NEAR: f32 = 14.0;

/// Pixels around each over which the colours are averaged: the grain of wood and stone is finer.
const SMOOTH: usize = 2;

/// How much of a colour of the rim is left in shadow, and how much brighter it may be elsewhere. Reasoned; the
/// shadows on the sheets drawn for it take up to 45 of 100.
const LIT: std::ops::RangeInclusive<f32> = 0.5..=1.06;

/// Sides of the page that show a colour of the ground, and the share of a side, at least: papers and cards reach
/// over some of them. With three sides and 0.01 the paper was taken for ground on one of eight drawn photographs.
const SIDES: usize = 4;
const OF_SIDE: f32 = 0.02;

/// Share of the rim that may be of no colour of the ground, and the most colours. Reasoned.
const REST: f32 = 0.03;
const COLOURS: usize = 24;

/// Level below which the darkest channel of a ground lies that is no white paper: coloured tables and cloths.
/// Reasoned: white paper is lighter, even in the corners of a photograph.
const COLOURED: f32 = 150.0;

/// Where the page has a colour of its rim, of so many pixels; `None` where that is neither patterned nor coloured.
pub(super) fn has_colours_of_rim(small: &RgbImage, rim: usize, patterned: bool) -> Option<Mask> {
    let (width, height) = (small.width() as usize, small.height() as usize);
    let (pixels, _) = small.as_raw().as_chunks::<3>();
    let channels = [0, 1, 2].map(|c: usize| {
        let levels: Vec<f32> = pixels.iter().map(|p| f32::from(p[c])).collect();
        box_mean(&levels, width, SMOOTH)
    });
    let colour = |i: usize| channels.each_ref().map(|c| c.get(i).copied().unwrap_or_default());
    let sides: Vec<(usize, [f32; 3])> = (0..width * height)
        .filter_map(|i| {
            let (x, y) = (i % width, i / width);
            let to_sides = [x, y, width - 1 - x, height - 1 - y];
            let side = (0..4).min_by_key(|s| to_sides[*s])?;
            (to_sides[side] < rim).then(|| (side, colour(i)))
        })
        .collect();
    let ground = colours(&sides);
    let coloured = |c: &[f32; 3]| c.iter().copied().fold(f32::MAX, f32::min) < COLOURED;
    if !patterned && !ground.first().is_some_and(coloured) {
        return None;
    }
    let mut mask = Mask::new(width, height);
    for y in 0..height {
        for x in 0..width {
            let seen = colour(y * width + x);
            mask.set(x, y, ground.iter().any(|c| is_lit(c, &seen)));
        }
    }
    Some(mask)
}

/// The colours that all sides show, the most frequent first.
fn colours(rim: &[(usize, [f32; 3])]) -> Vec<[f32; 3]> {
    let mut of_side = [0_usize; 4];
    rim.iter().for_each(|(side, _)| of_side[*side] += 1);
    let mut left: Vec<[f32; 3]> = rim.iter().map(|r| r.1).collect();
    let mut found = Vec::new();
    for _ in 0..COLOURS {
        if (left.len() as f32) < REST * rim.len() as f32 {
            break;
        }
        let mut boxes: BTreeMap<[i32; 3], (usize, [f32; 3])> = BTreeMap::new();
        for c in &left {
            let slot = boxes.entry(c.map(|v| (v / NEAR) as i32)).or_default();
            slot.0 += 1;
            slot.1.iter_mut().zip(c).for_each(|(sum, v)| *sum += v);
        }
        let Some((count, sum)) = boxes.into_values().max_by_key(|b| b.0) else { break };
        let mean = sum.map(|v| v / count as f32);
        let mut shows = [0_usize; 4];
        rim.iter().filter(|(_, c)| distance(c, &mean) <= NEAR).for_each(|(side, _)| shows[*side] += 1);
        if (0..4).filter(|s| shows[*s] as f32 > OF_SIDE * of_side[*s] as f32).count() >= SIDES {
            found.push(mean);
        }
        left.retain(|c| distance(c, &mean) > NEAR);
    }
    found
}

/// The greatest difference in a channel.
fn distance(a: &[f32; 3], b: &[f32; 3]) -> f32 {
    a.iter().zip(b).map(|(x, y)| (x - y).abs()).fold(0.0, f32::max)
}

/// Whether a pixel may be of a colour, lit or in shadow.
fn is_lit(colour: &[f32; 3], seen: &[f32; 3]) -> bool {
    let dot = |a: &[f32; 3], b: &[f32; 3]| a.iter().zip(b).map(|(x, y)| x * y).sum::<f32>();
    let light = (dot(colour, seen) / dot(colour, colour).max(1.0)).clamp(*LIT.start(), *LIT.end());
    distance(&colour.map(|v| light * v), seen) <= NEAR
}
