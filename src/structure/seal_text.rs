//! What seals say: the text along the rim, along the lower rim, and in lines inside.
//!
//! Cuts the strips and puts the answers together; the reading itself is the caller's.

use std::ops::Range;

use image::{GrayImage, RgbImage};

use crate::{
    ocr::TextLine,
    structure::{
        Seal, SealShape,
        pixels::{Mask, components, runs},
        seal_colors::{Ink, SealColor},
        seal_unroll::{Axes, as_strip, unroll, upright},
    },
};

/// Reads strips of one line each; the answers in the strips' order, quads in strip pixels.
pub type ReadStrips<'a> = dyn FnMut(&[RgbImage]) -> Vec<TextLine> + 'a;

/// Rows of the first, coarse strip over the outer part of the seal.
const ROWS: u32 = 64;
/// That strip reaches from the rim this share of the short half axis inwards: half way, where
/// stars and inner lines begin.
const DEPTH: f32 = 0.58;
/// Height of the strips that are read: that of the reader's input.
const STRIP: u32 = 48;
/// The picture of the inside is this much larger than on the page …
const INSIDE_SCALE: f32 = 1.6;
/// … within these heights.
const INSIDE_HEIGHT: std::ops::RangeInclusive<f32> = 240.0..=640.0;
/// Characters are trusted from this confidence on …
const SURE: f32 = 0.5;
/// … and texts from this mean confidence.
const SURE_TEXT: f32 = 0.6;
/// A text ends where the next character is more than this many usual pitches away: two
/// characters hidden by print of the seal's own colour.
const MOST_PITCH: f32 = 3.3;
/// Lines inside without Chinese characters are trusted from this confidence on.
const SURE_LETTERS: f32 = 0.8;
/// Characters in a row that the other reading may win.
const MOST_LOST: usize = 1;

/// Reads the text of every seal of the page. Frames, and rings of other inks than red, in which
/// nothing can be read are emblems and marks of the form, and dropped.
pub fn read(page: &RgbImage, seals: &mut Vec<Seal>, read: &mut ReadStrips<'_>) {
    for seal in seals.iter_mut() {
        let Some(ink) = Ink::named(&seal.color) else { continue };
        let axes = Axes::of_quad(&seal.own_quad.unwrap_or(seal.quad));
        let (half_width, half_height) = axes.half_sizes();
        // Below 20 pixels no character is higher than four.
        if half_width.min(half_height) < 20.0 {
            continue;
        }
        match seal.shape {
            SealShape::Round | SealShape::Ellipse => read_round(page, seal, ink, axes, read),
            _ => {
                let lines = best_way_up(page, seal.shape, ink, axes, read);
                seal.text = lines.concat();
            }
        }
    }
    let red = Ink::Color(SealColor::Red).name();
    seals.retain(|s| {
        let chars = s.text.chars().count() + s.sub_text.chars().count();
        let least = if s.color != red { 3 } else { usize::from(s.shape == SealShape::Square) };
        chars >= least
    });
}

/// Dark pixels of a strip.
fn is_dark(v: u8) -> bool {
    v < 128
}

/// Rows of the coarse strip that hold the text along the rim: what follows the rim's own lines.
fn band(strip: &GrayImage) -> Range<usize> {
    let width = strip.width().max(1) as f32;
    let share: Vec<f32> = strip
        .as_raw()
        .chunks_exact(strip.width().max(1) as usize)
        .map(|row| row.iter().filter(|&&v| is_dark(v)).count() as f32 / width)
        .collect();
    let rows = share.len();
    // The rim's lines run all round: rows inked for more than half their length.
    let rim_end = (0..rows * 2 / 5).rev().find(|&r| share[r] > 0.5).map_or(0, |r| r + 1);
    let mut inked: Vec<Range<usize>> = Vec::new();
    for r in (rim_end..rows).filter(|&r| share[r] >= 0.08) {
        match inked.last_mut() {
            Some(open) if open.end == r => open.end = r + 1,
            _ => inked.push(r..r + 1),
        }
    }
    // Characters are higher than the rim's lines are thick, however these waver.
    let usual = (rows / 8).max(rim_end)..rows * 18 / 25;
    let Some(text) = inked.into_iter().find(|g| g.len() >= rows / 6 && g.start < rows / 2) else {
        return usual;
    };
    let peak = share[text.clone()].iter().copied().fold(0.0, f32::max).min(0.4);
    let least_end = (text.start + rows / 5).min(rows);
    let end = (least_end..text.end.max(least_end)).find(|&r| share[r] < 0.2 * peak).unwrap_or(text.end);
    text.start..end.max(least_end)
}

/// Middle of the longest stretch of columns without ink in the rows of the band, as a share of
/// the turn, and the stretch's length.
fn widest_gap(strip: &GrayImage, band: &Range<usize>) -> (f32, f32) {
    let width = strip.width() as usize;
    let inked = |x: usize| {
        let rows = band.clone().filter(|&y| is_dark(strip.get_pixel(x as u32, y as u32).0[0]));
        rows.count() > 2
    };
    let columns: Vec<bool> = (0..width).map(inked).collect();
    let (mut best, mut run) = ((0, 0), 0);
    // Twice round, as the gap may run across the cut.
    for x in 0..2 * width {
        if columns[x % width] {
            run = 0;
        } else {
            run += 1;
            if run > best.1 && run <= width {
                best = (x + 1 - run, run);
            }
        }
    }
    let middle = (best.0 as f32 + best.1 as f32 / 2.0) / width.max(1) as f32;
    (middle.rem_euclid(1.0), best.1 as f32 / width.max(1) as f32)
}

/// A character with the middle of its place along the strip, as a share of it.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Placed {
    char: char,
    at: f32,
    confidence: f32,
}

fn placed(line: &TextLine, width: u32, turned: bool) -> Vec<Placed> {
    let mut out: Vec<Placed> = line
        .chars
        .iter()
        .filter(|c| !c.char.is_whitespace())
        .map(|c| {
            let at = c.quad.center().x / width.max(1) as f32;
            Placed { char: c.char, at: if turned { 1.0 - at } else { at }, confidence: c.confidence }
        })
        .collect();
    if turned {
        out.reverse();
    }
    out
}

/// The best stretch of one of two readings of the same strip (this one and the other upside
/// down): characters surer than the other reading's at the same place, single ones that are not
/// notwithstanding, without wide gaps.
fn winning(these: &[Placed], others: &[Placed], pitch: f32) -> Vec<Placed> {
    let near = |list: &[Placed], at: f32| -> f32 {
        let close: Vec<f32> =
            list.iter().filter(|o| (o.at - at).abs() < 1.2 * pitch).map(|o| o.confidence).collect();
        if close.is_empty() { 0.0 } else { close.iter().sum::<f32>() / close.len() as f32 }
    };
    let mut runs: Vec<Vec<Placed>> = vec![Vec::new()];
    let mut lost = 0;
    for p in these {
        let wins = near(these, p.at) >= near(others, p.at);
        lost = if wins { 0 } else { lost + 1 };
        let Some(run) = runs.last_mut() else { break };
        let gap = run.last().map_or(0.0, |last| p.at - last.at);
        if lost > MOST_LOST || gap > MOST_PITCH * pitch {
            runs.push(Vec::new());
        }
        if wins || p.confidence >= SURE {
            runs.last_mut().into_iter().for_each(|run| run.push(*p));
        }
    }
    let worth = |run: &[Placed]| run.iter().map(|p| p.confidence).sum::<f32>();
    let mut best = runs.into_iter().max_by(|a, b| worth(a).total_cmp(&worth(b))).unwrap_or_default();
    // What stands apart at the ends and was read badly is a mark within the gap of the rim.
    let apart = |a: &Placed, b: &Placed| (a.at - b.at).abs() > 1.7 * pitch && a.confidence < 0.8;
    while let [.., before, last] = best.as_slice()
        && (last.confidence < SURE || apart(last, before))
    {
        best.pop();
    }
    while let [first, second, ..] = best.as_slice()
        && (first.confidence < SURE || apart(first, second))
    {
        best.remove(0);
    }
    best
}

fn mean_confidence(chars: &[Placed]) -> f32 {
    chars.iter().map(|p| p.confidence).sum::<f32>() / chars.len().max(1) as f32
}

fn text_of(chars: &[Placed]) -> String {
    chars.iter().map(|p| p.char).collect()
}

/// Usual distance between neighbouring characters.
fn pitch_of(chars: &[Placed]) -> f32 {
    let gaps = chars.windows(2).map(|w| w[1].at - w[0].at);
    crate::numbers::median(gaps).unwrap_or(0.06).clamp(0.02, 0.15)
}

fn read_round(page: &RgbImage, seal: &mut Seal, ink: Ink, axes: Axes, read: &mut ReadStrips<'_>) {
    let (half_width, half_height) = axes.half_sizes();
    let short = half_width.min(half_height);
    let coarse = unroll(page, ink, &axes, (0.0, DEPTH * short), 0.0, ROWS);
    let band = band(&coarse);
    let (gap, _) = widest_gap(&coarse, &band);
    let depth_of = |row: f32| row / ROWS as f32 * DEPTH * short;
    let margin = 0.1 * (band.end - band.start) as f32;
    let depths = (depth_of((band.start as f32 - margin).max(0.0)), depth_of(band.end as f32 + margin));
    let strip = as_strip(&unroll(page, ink, &axes, depths, gap, STRIP), 0);
    let turned = image::imageops::rotate180(&strip);
    let width = strip.width();
    let answers = read(&[strip, turned]);
    let [clockwise, other] = answers.as_slice() else { return };
    let (ahead, back) = (placed(clockwise, width, false), placed(other, width, true));
    let pitch = pitch_of(&ahead);
    let (mut rim, mut lower) = (winning(&ahead, &back, pitch), winning(&back, &ahead, pitch_of(&back)));
    let sure = |chars: &[Placed], least: usize| chars.len() >= least && mean_confidence(chars) >= SURE_TEXT;
    // A seal put down upside down reads the other way round: then all of it does.
    if !sure(&lower, 3) {
        lower.clear();
    }
    if !sure(&rim, 2) {
        rim.clear();
    }
    let shown = |chars: &[Placed]| chars.first().zip(chars.last()).map(|(a, b)| (a.at - pitch, b.at + pitch));
    let arcs: Vec<(f32, f32)> = [shown(&rim), shown(&lower)].into_iter().flatten().collect();
    // The rim's text lies on both sides of the seal's top; long axes are level.
    let middle = arcs.first().filter(|_| !rim.is_empty()).map_or(0.5, |(a, b)| gap + (a + b) / 2.0);
    let mut turn = (middle - 0.5).rem_euclid(1.0);
    if turn > 0.5 {
        turn -= 1.0;
    }
    if seal.shape == SealShape::Ellipse {
        turn = if turn.abs() > 0.25 { 0.5 } else { 0.0 };
    }
    let up = axes.turned(turn * std::f32::consts::TAU);
    let inner = 1.0 - depths.1 / short;
    let outer = 1.0 - depth_of(band.start as f32) / short - 0.02;
    let inside = |u: f32, v: f32| {
        let out = u.hypot(v);
        if out <= inner {
            return true;
        }
        // Beside the arcs of text, lines of the inside may reach out to the rim.
        let share = ((v.atan2(u) / std::f32::consts::TAU) - 0.25 + turn - gap).rem_euclid(1.0);
        out <= outer && !arcs.iter().any(|&(a, b)| (share - a).rem_euclid(1.0) <= b - a)
    };
    let lines = inner_lines(page, ink, &up, inside, read);
    let (numbers, mut words): (Vec<String>, Vec<String>) = lines.into_iter().partition(|t| is_number(t));
    if !lower.is_empty() {
        words.push(text_of(&lower.iter().rev().copied().collect::<Vec<_>>()));
    }
    seal.text = text_of(&rim);
    // A registration number is no text of the seal, unless it has no other.
    seal.sub_text = if words.is_empty() { numbers.concat() } else { words.concat() };
}

fn is_han(c: char) -> bool {
    ('\u{4e00}'..='\u{9fff}').contains(&c)
}

/// Whether a line is a registration or serial number: hardly a character is no digit or letter.
fn is_number(text: &str) -> bool {
    let digits = text.chars().filter(char::is_ascii_digit).count();
    let others = text.chars().filter(|c| !c.is_ascii_alphanumeric()).count();
    digits >= 6 && others * 8 <= digits
}

/// The lines of a seal without text along its rim, read as it lies or upside down.
fn best_way_up(
    page: &RgbImage,
    shape: SealShape,
    ink: Ink,
    axes: Axes,
    read: &mut ReadStrips<'_>,
) -> Vec<String> {
    // The rim itself is left out.
    let inside = move |u: f32, v: f32| match shape {
        SealShape::Diamond => u.abs() + v.abs() <= 0.92,
        SealShape::Triangle => v.abs() <= 0.9 && 2.0 * u.abs() <= 0.88 + v.abs(),
        _ => u.abs() <= 0.93 && v.abs() <= 0.9,
    };
    let lines = inner_lines(page, ink, &axes, inside, read);
    if !lines.is_empty() {
        return lines;
    }
    inner_lines(page, ink, &axes.turned(std::f32::consts::PI), inside, read)
}

/// The texts of the lines inside, from top to bottom.
fn inner_lines(
    page: &RgbImage,
    ink: Ink,
    axes: &Axes,
    inside: impl Fn(f32, f32) -> bool,
    read: &mut ReadStrips<'_>,
) -> Vec<String> {
    let (_, half_height) = axes.half_sizes();
    let height = (2.0 * half_height * INSIDE_SCALE).clamp(*INSIDE_HEIGHT.start(), *INSIDE_HEIGHT.end());
    let first = without_star(upright(page, ink, axes, height as u32, &inside));
    let slope = text_slope(&first);
    let image = if slope == 0.0 { first } else { turned(&first, slope) };
    let strips: Vec<RgbImage> = line_boxes(&image)
        .into_iter()
        .map(|[left, top, right, bottom]| {
            let part = image::imageops::crop_imm(&image, left, top, right - left, bottom - top).to_image();
            as_strip(&part, ((bottom - top) / 8).max(2))
        })
        .collect();
    if strips.is_empty() {
        return Vec::new();
    }
    read(&strips)
        .into_iter()
        // Remains of rims and stars look like letters.
        .filter(|l| l.confidence >= if l.text.chars().any(is_han) { SURE_TEXT } else { SURE_LETTERS })
        .map(|l| {
            l.text.chars().filter(|c| !c.is_whitespace() && !matches!(c, '★' | '☆' | '*')).collect::<String>()
        })
        .filter(|t| t.chars().count() >= 2)
        .collect()
}

/// The picture without the large solid figure in its middle (a star, an emblem) and without what
/// is left of frames and rims: strokes along much of the picture.
fn without_star(mut image: GrayImage) -> GrayImage {
    let mask = Mask::of_gray(&image, is_dark);
    let (width, height) = (image.width() as f32, image.height() as f32);
    for part in components(&runs(&mask, 0, 1)) {
        let (w, h) = (part.width() as f32, part.height() as f32);
        let center = part.bounds().center();
        let central =
            (center.x - width / 2.0).abs() < 0.15 * width && (center.y - height / 2.0).abs() < 0.2 * height;
        let solid = part.area as f32 > 0.25 * w * h;
        let large = w.min(h) > 0.16 * height && w < 1.6 * h && h < 1.6 * w;
        let frame = h > 0.6 * height || (w > 0.8 * width && h < 0.08 * height);
        if frame || (central && solid && large) {
            for run in &part.runs {
                (run.start..run.end)
                    .for_each(|x| image.put_pixel(x as u32, run.y as u32, image::Luma([255])));
            }
        }
    }
    image
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
fn line_boxes(image: &GrayImage) -> Vec<[u32; 4]> {
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
        // Lines of characters of a readable size; specks and what is left of a star are not.
        .filter(|(top, bottom)| bottom - top >= height / 30 && bottom - top <= height / 2)
        .filter_map(|(top, bottom)| {
            let column_ink = |x: &u32| (top..bottom).any(|y| is_dark(image.get_pixel(*x, y).0[0]));
            let left = (0..width).find(column_ink)?;
            let right = (0..width).rev().find(column_ink)? + 1;
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

#[cfg(test)]
mod tests {
    use super::*;
    use image::Luma;

    fn chars(text: &str, confidence: &[f32]) -> Vec<Placed> {
        let n = text.chars().count() as f32;
        let at = |i: usize| (i as f32 + 0.5) / n;
        text.chars()
            .zip(confidence)
            .enumerate()
            .map(|(i, (char, &confidence))| Placed { char, at: at(i), confidence })
            .collect()
    }

    #[test]
    fn the_surer_reading_wins_and_ends_at_gaps() {
        let ahead = chars("东南西北章草", &[0.9, 0.9, 0.9, 0.9, 0.3, 0.3]);
        let back = chars("乱乱乱乱印局", &[0.2, 0.3, 0.2, 0.2, 0.9, 0.95]);
        assert_eq!(text_of(&winning(&ahead, &back, 0.15)), "东南西北");
        assert_eq!(text_of(&winning(&back, &ahead, 0.15)), "印局");
    }

    #[test]
    fn the_band_follows_the_rim() {
        let strip = GrayImage::from_fn(400, 64, |x, y| {
            let rim = y < 5 || (8..10).contains(&y);
            let text = (16..40).contains(&y) && x % 20 < 8;
            Luma([if rim || text { 0 } else { 255 }])
        });
        assert_eq!(band(&strip), 16..40);
        assert_eq!(band(&GrayImage::from_pixel(400, 64, Luma([255]))).start, 8);
    }

    #[test]
    fn the_widest_gap_may_lie_across_the_cut() {
        let strip = GrayImage::from_fn(100, 64, |x, _| Luma([if (10..90).contains(&x) { 0 } else { 255 }]));
        let (middle, length) = widest_gap(&strip, &(10..40));
        assert!(!(0.01..=0.99).contains(&middle) && (length - 0.2).abs() < 0.02);
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
        assert_eq!(line_boxes(&turned(&page, 5.0)).len(), 2);
        assert!(line_boxes(&GrayImage::new(0, 0)).is_empty());
        assert!(is_number("91440305984369192J") && !is_number("发票专用章"));
    }
}
