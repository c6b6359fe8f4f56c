//! What stands in lines inside a seal: cut out, levelled and read.

use image::{GrayImage, RgbImage};

use crate::ocr::TextLine;
use crate::structure::{
    pixels::{Component, Mask, components, runs},
    seal_chars::is_han,
    seal_plane::InkPlane,
    seal_text::{ReadStrips, SURE_TEXT, is_dark},
    seal_unroll::{Axes, as_strip, upright},
};

/// The picture of the inside is this much larger than on the page …
const INSIDE_SCALE: f32 = 1.6;
/// … within these heights.
const INSIDE_HEIGHT: std::ops::RangeInclusive<f32> = 240.0..=640.0;
/// Registration numbers have 18 digits, each half as wide as high (reasoned: with the blanks around a line
/// it is then seven times as long as high) …
const LEAST_NUMBER: f32 = 6.0;
/// … none of them, nor two that touch, as wide as this share of the line's height; Chinese characters are.
const WIDEST_DIGIT: f32 = 0.6;
/// Lines inside without Chinese characters are trusted from this confidence on.
const SURE_LETTERS: f32 = 0.8;

/// What seals hold beside their lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Within {
    /// A star or an emblem in the middle, and what of the text along the rim reaches in.
    Rim,
    /// Straight sides: one line may be nearly as high as the seal.
    Sides,
}

impl Within {
    /// Lines take at most this share of the height.
    fn most_high(self) -> f32 {
        match self {
            Self::Rim => 0.5,
            Self::Sides => 0.93,
        }
    }
}

/// The texts of the lines inside, from top to bottom. `shown`: what of the seal (in its own axes, 1 being
/// the rim) is looked at; `inside`: where the middle of a connected piece of ink lies that is of a line.
pub fn inner_lines(
    plane: &InkPlane,
    axes: &Axes,
    within: Within,
    shown: impl Fn(f32, f32) -> bool,
    inside: impl Fn(f32, f32) -> bool,
    read: &mut ReadStrips<'_>,
) -> Vec<String> {
    let (_, half_height) = axes.half_sizes();
    let height = (2.0 * half_height * INSIDE_SCALE).clamp(*INSIDE_HEIGHT.start(), *INSIDE_HEIGHT.end());
    let first = without_star(upright(plane, axes, height as u32, shown), within, inside);
    let slope = text_slope(&first);
    let image = if slope == 0.0 { first } else { turned(&first, slope) };
    let boxes = line_boxes(&image, within);
    let strip = |[left, top, right, bottom]: [u32; 4]| {
        let part = image::imageops::crop_imm(&image, left, top, right - left, bottom - top).to_image();
        as_strip(&part, ((bottom - top) / 8).max(2))
    };
    // A registration number says nothing where there are words.
    let (numbers, words): (Vec<usize>, Vec<usize>) =
        (0..boxes.len()).partition(|&i| boxes.get(i).is_some_and(|b| looks_like_number(&image, *b)));
    let mut texts: Vec<(usize, String)> = Vec::new();
    for which in [words, numbers] {
        let strips: Vec<RgbImage> = which.iter().filter_map(|&i| boxes.get(i)).map(|b| strip(*b)).collect();
        if !texts.is_empty() || strips.is_empty() {
            continue;
        }
        let found = which.into_iter().zip(read(&strips));
        texts.extend(found.filter_map(|(i, line)| Some((i, trusted(&line)?))));
    }
    texts.sort_by_key(|(i, _)| *i);
    texts.into_iter().map(|(_, text)| text).collect()
}

/// The text of a line inside a seal, if it can be trusted: remains of rims and stars look like letters.
fn trusted(line: &TextLine) -> Option<String> {
    let least = if line.text.chars().any(is_han) { SURE_TEXT } else { SURE_LETTERS };
    let text: String = line
        .text
        .chars()
        .filter(|c| !c.is_whitespace() && !matches!(c, '★' | '☆' | '*' | '|' | '｜'))
        .collect();
    (line.confidence >= least && text.chars().count() >= 2).then_some(text)
}

/// Whether a line is long and has no sign as wide as a Chinese character: digits and letters.
fn looks_like_number(image: &GrayImage, [left, top, right, bottom]: [u32; 4]) -> bool {
    let height = (bottom - top) as f32;
    let inked = |x: &u32| (top..bottom).any(|y| is_dark(image.get_pixel(*x, y).0[0]));
    let columns: Vec<u32> = (left..right).filter(inked).collect();
    let widest = columns.chunk_by(|a, b| a + 1 == *b).map(<[u32]>::len).max().unwrap_or(0);
    (right - left) as f32 >= LEAST_NUMBER * height && (widest as f32) < WIDEST_DIGIT * height
}

/// The picture without the large solid figure in its middle (a star, an emblem) and without what
/// is left of frames and rims: strokes along much of the picture, and pieces that do not lie inside.
fn without_star(mut image: GrayImage, within: Within, inside: impl Fn(f32, f32) -> bool) -> GrayImage {
    let mask = Mask::of_gray(&image, is_dark);
    let (width, height) = (image.width() as f32, image.height() as f32);
    for part in components(&runs(&mask, 0, 1)) {
        let (w, h) = (part.width() as f32, part.height() as f32);
        let center = part.bounds().center();
        let central =
            (center.x - width / 2.0).abs() < 0.15 * width && (center.y - height / 2.0).abs() < 0.2 * height;
        let large = w.min(h) > 0.16 * height && w < 1.6 * h && h < 1.6 * w;
        // Between straight sides characters may be that high; remains of the sides are thin.
        let thin = w < 0.25 * h || (part.area as f32) < 0.2 * w * h;
        let frame =
            (h > 0.6 * height && (within == Within::Rim || thin)) || (w > 0.8 * width && h < 0.08 * height);
        let outside = !inside(2.0 * center.x / width - 1.0, 2.0 * center.y / height - 1.0);
        if frame || outside || (central && large && is_solid(&mask, &part)) {
            for run in &part.runs {
                (run.start..run.end)
                    .for_each(|x| image.put_pixel(x as u32, run.y as u32, image::Luma([255])));
            }
        }
    }
    image
}

/// Whether a figure has a whole middle, as stars and emblems do: a five-pointed star's inner
/// pentagon is 0.38 of it across; strokes of characters leave paper in a square of a quarter.
fn is_solid(mask: &Mask, part: &Component) -> bool {
    let side = (0.25 * part.width().min(part.height()) as f32) as usize;
    let (x, y) = ((part.left + part.right - side) / 2, (part.top + part.bottom - side) / 2);
    let rows = (y..y + side).filter_map(|r| mask.row(r).get(x..x + side));
    let inked: usize = rows.flatten().map(|&b| usize::from(b)).sum();
    side > 0 && inked as f32 >= 0.9 * (side * side) as f32
}

/// Slope of the lines of text in degrees clockwise: that for which the rows' sums of ink differ
/// most (projection profile; Postl 1986).
fn text_slope(image: &GrayImage) -> f32 {
    let dark: Vec<(f32, f32)> = image
        .enumerate_pixels()
        .filter(|(x, y, p)| (x + y) % 2 == 0 && is_dark(p.0[0]))
        .map(|(x, y, _)| (x as f32, y as f32))
        .collect();
    let sharpness = |degrees: f32| {
        let slope = degrees.to_radians().tan();
        let mut rows = vec![0u32; image.height() as usize * 2 + 1];
        for (x, y) in &dark {
            let row = y - (x - image.width() as f32 / 2.0) * slope + image.height() as f32 / 2.0;
            if let Some(r) = rows.get_mut(row.max(0.0) as usize) {
                *r += 1;
            }
        }
        rows.iter().map(|&n| u64::from(n) * u64::from(n)).sum::<u64>()
    };
    let level = sharpness(0.0);
    (-6..=6)
        .map(|k| 2.5 * k as f32)
        .map(|d| (sharpness(d), d))
        .max_by_key(|(s, _)| *s)
        // A turn that hardly sharpens the rows is none.
        .filter(|(s, _)| *s as f32 > 1.1 * level as f32)
        .map_or(0.0, |(_, d)| d)
}

/// The picture turned back by `degrees` clockwise about its middle.
fn turned(image: &GrayImage, degrees: f32) -> GrayImage {
    let (width, height) = image.dimensions();
    let (sin, cos) = degrees.to_radians().sin_cos();
    let (cx, cy) = (width as f32 / 2.0, height as f32 / 2.0);
    GrayImage::from_fn(width, height, |x, y| {
        let (dx, dy) = (x as f32 - cx, y as f32 - cy);
        let (u, v) = (cx + dx * cos - dy * sin, cy + dx * sin + dy * cos);
        if u < 0.0 || v < 0.0 || u >= width as f32 - 1.0 || v >= height as f32 - 1.0 {
            return image::Luma([255]);
        }
        let (fx, fy) = (u.fract(), v.fract());
        let at = |dx: u32, dy: u32| f32::from(image.get_pixel(u as u32 + dx, v as u32 + dy).0[0]);
        let upper = at(0, 0) * (1.0 - fx) + at(1, 0) * fx;
        let lower = at(0, 1) * (1.0 - fx) + at(1, 1) * fx;
        image::Luma([(upper * (1.0 - fy) + lower * fy) as u8])
    })
}

/// Boxes (left, top, right, bottom) of the lines of text, from top to bottom: stretches of inked
/// rows.
fn line_boxes(image: &GrayImage, within: Within) -> Vec<[u32; 4]> {
    let (width, height) = image.dimensions();
    let row_ink: Vec<u32> = (0..height)
        .map(|y| (0..width).filter(|&x| is_dark(image.get_pixel(x, y).0[0])).count() as u32)
        .collect();
    // Lines close to each other still have a row with little ink between them.
    let full = {
        let mut sorted = row_ink.clone();
        sorted.sort_unstable();
        sorted.get(sorted.len() * 9 / 10).copied().unwrap_or_default()
    };
    let least = (full / 10).max(2);
    let mut rows: Vec<(u32, u32)> = Vec::new();
    for y in (0..height).filter(|&y| row_ink[y as usize] >= least) {
        match rows.last_mut() {
            Some((_, end)) if y <= *end + height / 160 => *end = y + 1,
            _ => rows.push((y, y + 1)),
        }
    }
    rows.into_iter()
        .flat_map(|rows| split_rows(&row_ink, rows, height))
        .flat_map(|rows| match within {
            Within::Sides => halves(image, &row_ink, rows),
            Within::Rim => vec![rows],
        })
        // Lines of characters of a readable size; specks and what is left of a star are not.
        .filter(|(top, bottom)| {
            bottom - top >= height / 30 && (bottom - top) as f32 <= within.most_high() * height as f32
        })
        .filter_map(|(top, bottom)| {
            let column_ink = |x: u32| (top..bottom).any(|y| is_dark(image.get_pixel(x, y).0[0]));
            let columns: Vec<bool> = (0..width).map(column_ink).collect();
            let (left, right) = main_columns(&columns, bottom - top)?;
            let margin = (bottom - top) / 8;
            (right > left + (bottom - top)).then_some([
                left.saturating_sub(margin),
                top.saturating_sub(margin / 2),
                (right + margin).min(width),
                (bottom + margin / 2).min(height),
            ])
        })
        .collect()
}

/// Lines that something crosses or stands beside (a rest of the frame) are still parted by a row with
/// much less ink than the others have.
fn split_rows(row_ink: &[u32], (top, bottom): (u32, u32), height: u32) -> Vec<(u32, u32)> {
    let rows = bottom - top;
    let ink = row_ink.get(top as usize..bottom as usize).unwrap_or_default();
    let mean = ink.iter().sum::<u32>() / rows.max(1);
    let valley = (rows / 5..rows - rows / 5).min_by_key(|&r| ink.get(r as usize).copied().unwrap_or(0));
    match valley {
        Some(r) if rows * 4 > height && ink[r as usize] * 4 < mean => {
            let mut out = split_rows(row_ink, (top, top + r), height);
            out.extend(split_rows(row_ink, (top + r + 1, bottom), height));
            out
        }
        _ => vec![(top, bottom)],
    }
}

/// What fills most of a seal and is hardly wider than high is no line, but two whose characters touch: parted
/// where there is least ink around the middle.
fn halves(image: &GrayImage, row_ink: &[u32], (top, bottom): (u32, u32)) -> Vec<(u32, u32)> {
    let rows = bottom - top;
    let inked = |x: &u32| (top..bottom).any(|y| is_dark(image.get_pixel(*x, y).0[0]));
    let (first, last) = ((0..image.width()).find(inked), (0..image.width()).rev().find(inked));
    let width = last.zip(first).map_or(0, |(last, first)| last - first + 1);
    let middle = top + rows * 2 / 5..top + rows * 3 / 5;
    match middle.min_by_key(|&y| row_ink.get(y as usize).copied().unwrap_or(0)) {
        Some(y) if 2 * rows > image.height() && 2 * width < 3 * rows => vec![(top, y), (y + 1, bottom)],
        _ => vec![(top, bottom)],
    }
}

/// First and one past the last column of a line, without narrow pieces that stand apart at its ends:
/// what is left of the rim and of its characters.
fn main_columns(columns: &[bool], line_height: u32) -> Option<(u32, u32)> {
    let mut pieces: Vec<(u32, u32)> = Vec::new();
    for x in (0..columns.len()).filter(|&x| columns[x]).map(|x| x as u32) {
        match pieces.last_mut() {
            Some((_, end)) if *end == x => *end = x + 1,
            _ => pieces.push((x, x + 1)),
        }
    }
    let mut pieces = pieces.as_slice();
    let apart = |end: (u32, u32), gap: u32, rest: &[(u32, u32)]| {
        let widest = rest.windows(2).map(|w| w[1].0 - w[0].1).max().unwrap_or(0);
        2 * (end.1 - end.0) < line_height && 5 * gap > 3 * line_height && 2 * gap > 3 * widest
    };
    while let [first, rest @ ..] = pieces
        && let Some(next) = rest.first()
        && apart(*first, next.0 - first.1, rest)
    {
        pieces = rest;
    }
    while let [rest @ .., last] = pieces
        && let Some(before) = rest.last()
        && apart(*last, last.0 - before.1, rest)
    {
        pieces = rest;
    }
    Some((pieces.first()?.0, pieces.last()?.1))
}

/// Whether a line is a registration or serial number: digits and letters but no Chinese character.
pub fn is_number(text: &str) -> bool {
    text.chars().any(|c| c.is_ascii_digit()) && !text.chars().any(is_han)
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::Luma;

    /// A star of five points, drawn by its angles.
    fn star(x: f32, y: f32, radius: f32) -> bool {
        let step = std::f32::consts::TAU / 5.0;
        let angle = (x.atan2(-y).rem_euclid(step) - step / 2.0).abs();
        // Sides run from a point (angle half a step, radius) to a notch (angle 0, 0.38 of it).
        let (point, notch) = (radius, 0.382 * radius);
        let (px, py) = (point * (step / 2.0).cos(), point * (step / 2.0).sin());
        let (u, v) = (x.hypot(y) * angle.cos(), x.hypot(y) * angle.sin());
        (px - notch) * v - py * (u - notch) > 0.0
    }

    #[test]
    fn a_star_goes_and_characters_stay() {
        let page = GrayImage::from_fn(300, 300, |x, y| {
            let (dx, dy) = (x as f32 - 150.0, y as f32 - 150.0);
            let star = star(dx, dy, 60.0);
            Luma([if star { 0 } else { 255 }])
        });
        assert!(page.pixels().any(|p| p.0[0] == 0));
        assert!(without_star(page, Within::Rim, |_, _| true).pixels().all(|p| p.0[0] == 255));
        // Strokes that touch each other, as thick as their distance.
        let character = GrayImage::from_fn(300, 300, |x, y| {
            let on = (110..190).contains(&x) && (110..190).contains(&y) && ((x / 8) % 2 == 0 || y / 8 == 18);
            Luma([if on { 0 } else { 255 }])
        });
        assert_eq!(without_star(character.clone(), Within::Rim, |_, _| true), character);
    }

    #[test]
    fn one_line_may_fill_a_flat_seal() {
        let page = GrayImage::from_fn(480, 240, |x, y| {
            let text = (25..215).contains(&y) && (30..450).contains(&x) && x % 20 < 10;
            Luma([if text { 0 } else { 255 }])
        });
        assert_eq!(line_boxes(&page, Within::Sides).len(), 1);
        assert_eq!(line_boxes(&page, Within::Rim).len(), 0);
        // Connected strokes of a character as high stay; what is left of a side goes.
        let page = GrayImage::from_fn(480, 240, |x, y| {
            let character = (25..215).contains(&y) && (100..260).contains(&x) && (x % 40 < 16 || y % 60 < 16);
            let side = (4..236).contains(&y) && (460..468).contains(&x);
            Luma([if character || side { 0 } else { 255 }])
        });
        // Two lines whose characters touch.
        let name = GrayImage::from_fn(240, 240, |x, y| {
            let stroke = x % 20 < 10 && (!(115..125).contains(&y) || x % 60 < 10);
            Luma([if stroke && (20..220).contains(&x.min(y)) && x.max(y) < 220 { 0 } else { 255 }])
        });
        assert_eq!(line_boxes(&name, Within::Sides).len(), 2);
        let kept = without_star(page, Within::Sides, |_, _| true);
        let inked = |range: std::ops::Range<u32>| {
            range.clone().any(|x| (0..240).any(|y| is_dark(kept.get_pixel(x, y).0[0])))
        };
        assert!(inked(100..260) && !inked(455..480));
    }

    #[test]
    fn lines_inside_are_cut_and_levelled() {
        let page = GrayImage::from_fn(300, 240, |x, y| {
            let y = y as f32 - (x as f32 - 150.0) * 5f32.to_radians().tan();
            let text = ((60.0..90.0).contains(&y) || (130.0..160.0).contains(&y))
                && (40..260).contains(&x)
                && x % 12 < 6;
            Luma([if text { 0 } else { 255 }])
        });
        assert!((text_slope(&page) - 5.0).abs() < 2.0);
        assert_eq!(line_boxes(&turned(&page, 5.0), Within::Rim).len(), 2);
        assert!(line_boxes(&GrayImage::new(0, 0), Within::Rim).is_empty());
        let columns = |ranges: &[std::ops::Range<usize>]| -> Vec<bool> {
            (0..300).map(|x| ranges.iter().any(|r| r.contains(&x))).collect()
        };
        assert_eq!(main_columns(&columns(&[5..12, 60..90, 95..125, 130..160]), 30), Some((60, 160)));
        assert_eq!(main_columns(&columns(&[30..60, 65..72, 75..100]), 30), Some((30, 100)));
        assert_eq!(main_columns(&columns(&[]), 30), None);
        let ink = [[50; 30].as_slice(), &[4; 6], &[50; 30]].concat();
        assert_eq!(split_rows(&ink, (0, 66), 100).len(), 2);
        assert_eq!(split_rows(&[50; 66], (0, 66), 100), [(0, 66)]);
        assert!(is_number("91440305984369192J") && is_number("440305984369192..") && is_number("(13)"));
        assert!(!is_number("发票专用章") && !is_number("13号章"));
    }
}
