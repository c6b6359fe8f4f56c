//! Where on a page something looks like a QR code: its finder patterns; and where the ground is dark, as
//! below light codes.
//!
//! Only proposes areas; deciding is the decoder's.

use image::GrayImage;

use crate::{
    geometry::{Point, Quad, Rect},
    numbers::{histogram, percentile},
    structure::pixels::{self, Mask, components, darker_than_surroundings, runs},
};

/// How far each of the five stretches of a finder pattern (dark 1, light 1, dark 3, light 1,
/// dark 1 modules; ISO/IEC 18004) may differ from its nominal length, in modules. Half a module
/// is the symbology's own tolerance; blur asks for a little more.
const TOLERANCE: f32 = 0.7;
/// Codes whose modules are smaller than this (pixels) cannot be decoded by enlarging either.
const LEAST_MODULE: f32 = 1.2;
/// Radius of the adaptive threshold, pixels: about the size of one finder pattern at the usual
/// 3 to 8 pixels a module.
const THRESHOLD_RADIUS: usize = 24;
const THRESHOLD_CONTRAST: u8 = 10;

#[derive(Debug, Clone, Copy)]
struct Finder {
    center: Point,
    module: f32,
    hits: usize,
}

/// Dark grounds are looked for on a view reduced by this much more: a module of a code is then a pixel at
/// most.
const GROUND_REDUCED: u32 = 8;
/// They are darker than this share of the paper's level (reasoned: light modules on them are as light as
/// paper, and half of that is where a code's threshold lies) …
const DARK: f32 = 0.5;
/// … at least this many pixels wide and high there: the smallest code, 10 modules of 2 pixels, and as much
/// ground around it …
const LEAST_GROUND: usize = 5;
/// … and fill at least this share of their box: a desk around the paper does not.
const LEAST_FILLED: f32 = 0.55;

/// Boxes of dark areas, largest first, in pixels of `view`.
pub fn dark_grounds(view: &GrayImage) -> Vec<Rect> {
    let small = pixels::reduced(view, GROUND_REDUCED);
    // Of a dark screen the lightest tenth is no paper.
    let paper = percentile(&histogram(small.as_raw().iter().copied()), 0.9).max(128);
    let dark = Mask::of_gray(&small, |v| f32::from(v) < DARK * f32::from(paper));
    // Light codes part the ground that they lie on.
    let mut parts = components(&runs(&dark, 1, 1));
    parts.retain(|c| {
        c.width().min(c.height()) >= LEAST_GROUND
            && c.area as f32 >= LEAST_FILLED * (c.width() * c.height()) as f32
    });
    parts.sort_by_key(|c| std::cmp::Reverse(c.area));
    let by = GROUND_REDUCED as f32;
    parts
        .iter()
        .map(|c| c.bounds())
        .map(|b| Rect::new(b.left * by, b.top * by, b.right * by, b.bottom * by))
        .collect()
}

/// Areas (page pixels, with a margin) in which at least two finder patterns of like size lie that are of
/// none of the `known` codes.
pub fn code_areas(gray: &GrayImage, known: &[Quad]) -> Vec<Rect> {
    let mask = darker_than_surroundings(gray, THRESHOLD_RADIUS, THRESHOLD_CONTRAST);
    let mut finders = finders(&mask);
    finders.retain(|f| !known.iter().any(|code| code.contains(f.center)));
    let mut areas: Vec<Rect> = Vec::new();
    for (i, a) in finders.iter().enumerate() {
        for b in &finders[i + 1..] {
            // Finder centres are 14 (version 1) to about 110 modules apart, diagonal included.
            let modules = a.center.distance(b.center) / a.module;
            let alike = a.module < 1.4 * b.module && b.module < 1.4 * a.module;
            if alike && (10.0..110.0).contains(&modules) {
                let (p, q) = (a.center, b.center);
                let span = Rect::new(p.x.min(q.x), p.y.min(q.y), p.x.max(q.x), p.y.max(q.y));
                // The pair may be one side of the code, whose other side then lies either way.
                let side = span.width().max(span.height());
                let grow = (side - span.width().min(span.height())).max(0.0) + 8.0 * a.module;
                areas.push(span.expanded(grow.min(side + 8.0 * a.module)));
            }
        }
    }
    merge(areas)
}

/// Areas that overlap become one.
fn merge(areas: Vec<Rect>) -> Vec<Rect> {
    let mut merged: Vec<Rect> = Vec::new();
    for mut area in areas {
        while let Some(i) = merged.iter().position(|m| {
            let shared = m.intersection(&area);
            shared.width() > 0.0 && shared.height() > 0.0
        }) {
            area = area.union(&merged.swap_remove(i));
        }
        merged.push(area);
    }
    merged
}

fn finders(mask: &Mask) -> Vec<Finder> {
    let mut found: Vec<Finder> = Vec::new();
    for y in (0..mask.height()).step_by(2) {
        for (x, module) in patterns_in(mask.row(y)) {
            let Some((center_y, vertical)) = pattern_across(mask, x, y, module) else { continue };
            let here = Finder { center: Point::new(x, center_y), module: (module + vertical) / 2.0, hits: 1 };
            match found.iter_mut().find(|f| f.center.distance(here.center) < 2.0 * here.module) {
                Some(f) => f.hits += 1,
                None => found.push(here),
            }
        }
    }
    found.retain(|f| f.hits >= 2);
    found
}

/// Centres and module lengths of the 1:1:3:1:1 patterns in a row of pixels.
fn patterns_in(row: &[u8]) -> Vec<(f32, f32)> {
    let mut lengths: Vec<(usize, usize)> = Vec::new();
    for group in row.chunk_by(|a, b| a == b) {
        let start = lengths.last().map_or(0, |(s, l)| s + l);
        lengths.push((start, group.len()));
    }
    lengths
        .windows(5)
        .filter(|w| row.get(w[0].0) == Some(&1))
        .filter_map(|w| {
            let module = is_finder(std::array::from_fn(|i| w[i].1))?;
            Some((w[2].0 as f32 + w[2].1 as f32 / 2.0, module))
        })
        .collect()
}

/// The module length if the five stretches have the ratio of a finder pattern.
fn is_finder(lengths: [usize; 5]) -> Option<f32> {
    let module = lengths.iter().sum::<usize>() as f32 / 7.0;
    let nominal = [1.0, 1.0, 3.0, 1.0, 1.0];
    let fits = lengths
        .iter()
        .zip(nominal)
        .all(|(&l, n)| (l as f32 - n * module).abs() <= TOLERANCE * module * if n > 1.0 { 1.5 } else { 1.0 });
    (module >= LEAST_MODULE && fits).then_some(module)
}

/// Confirms a pattern found in row `y` in the column through its centre: centre and module there.
fn pattern_across(mask: &Mask, x: f32, y: usize, module: f32) -> Option<(f32, f32)> {
    let reach = (6.0 * module) as usize;
    let top = y.saturating_sub(reach);
    let column: Vec<u8> =
        (top..(y + reach).min(mask.height())).map(|k| u8::from(mask.get(x as usize, k))).collect();
    patterns_in(&column)
        .into_iter()
        .map(|(center, m)| (center + top as f32, m))
        .filter(|(_, m)| *m < 1.6 * module && module < 1.6 * m)
        .find(|(center, m)| (center - y as f32).abs() < 2.0 * m)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Draws a finder pattern whose upper left corner is at `(x, y)`.
    fn draw_finder(page: &mut GrayImage, x: u32, y: u32, module: u32) {
        for j in 0..7 * module {
            for i in 0..7 * module {
                let ring = |v: u32| (v / module).min(6 - v / module);
                if ring(i).min(ring(j)) != 1 {
                    page.put_pixel(x + i, y + j, image::Luma([30]));
                }
            }
        }
    }

    #[test]
    fn three_finder_patterns_make_one_area() {
        let mut page = GrayImage::from_pixel(400, 400, image::Luma([230]));
        for (x, y) in [(100, 100), (160, 100), (100, 160)] {
            draw_finder(&mut page, x, y, 4);
        }
        let areas = code_areas(&page, &[]);
        assert_eq!(areas.len(), 1);
        assert!(areas[0].contains(Point::new(100.0, 100.0)) && areas[0].contains(Point::new(188.0, 188.0)));
        assert!(areas[0].width() < 250.0);
    }

    #[test]
    fn finders_of_a_known_code_make_no_area_with_those_of_its_neighbour() {
        let mut page = GrayImage::from_pixel(700, 400, image::Luma([230]));
        for left in [100, 400] {
            for (x, y) in [(0, 100), (60, 100), (0, 160)] {
                draw_finder(&mut page, left + x, y, 4);
            }
        }
        let known = Quad::from_rect(100.0, 100.0, 188.0, 188.0);
        let areas = code_areas(&page, &[known]);
        assert_eq!(areas.len(), 1);
        assert!(areas[0].left > 188.0 && areas[0].contains(Point::new(488.0, 188.0)), "{areas:?}");
    }

    #[test]
    fn dark_grounds_are_solid() {
        let page = GrayImage::from_fn(1000, 800, |x, y| {
            let desk = !(100..900).contains(&x) || !(100..700).contains(&y);
            let panel = (200..500).contains(&x) && (200..400).contains(&y);
            image::Luma([if desk || panel { 40 } else { 230 }])
        });
        let grounds = dark_grounds(&page);
        assert_eq!(grounds.len(), 1);
        assert!(grounds[0].contains(Point::new(350.0, 300.0)) && grounds[0].width() < 320.0);
    }

    #[test]
    fn one_pattern_or_plain_squares_are_no_code() {
        let mut page = GrayImage::from_pixel(400, 300, image::Luma([230]));
        draw_finder(&mut page, 50, 50, 4);
        for x in 200..228 {
            for y in 50..78 {
                page.put_pixel(x, y, image::Luma([0]));
            }
        }
        assert!(code_areas(&page, &[]).is_empty());
    }
}
