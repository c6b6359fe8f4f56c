//! Defects of the picture: blur, glare, darkness, copies, pages cut off.
//!
//! Each is a plain measure mapped linearly to 0..1 between two anchors, taken from the
//! development pages of known treatment (clean, scan, photo, dark, glare, copy).

use image::{GrayImage, RgbImage};

use crate::numbers::median;
use crate::{
    geometry::Rect,
    ocr::TextLine,
    structure::{
        Quality,
        pixels::{histogram, percentile, reduced, reduced_rgb},
    },
};

/// Measures run on the page reduced to about this many pixels on its longer side.
const VIEW_SIDE: f32 = 800.0;

/// `value` between `good` (0) and `bad` (1), clamped; the anchors may be in either order.
fn between(value: f32, good: f32, bad: f32) -> f32 {
    ((value - good) / (bad - good)).clamp(0.0, 1.0)
}

/// Judges a page; `gray` is its luma at full size.
pub fn quality(image: &RgbImage, gray: &GrayImage, lines: &[TextLine]) -> Quality {
    if gray.width() == 0 || gray.height() == 0 {
        return Quality::default();
    }
    let by = (gray.width().max(gray.height()) as f32 / VIEW_SIDE).round().max(1.0) as u32;
    let small = reduced(gray, by);
    Quality {
        blur: blur(gray, lines),
        glare: glare(gray, lines),
        dark: dark(&small),
        copy: copy(&reduced_rgb(image, by)),
        incomplete: incomplete(gray, lines),
    }
}

/// Pixels of a line's bounds, as far as they lie on the page; `None` if hardly anything does.
fn window(gray: &GrayImage, line: &TextLine) -> Option<[u32; 4]> {
    let b = line.quad.bounds();
    let (left, top) = (b.left.max(0.0) as u32, b.top.max(0.0) as u32);
    let (right, bottom) = ((b.right as u32).min(gray.width()), (b.bottom as u32).min(gray.height()));
    (left + 4 < right && top + 4 < bottom).then_some([left, top, right, bottom])
}

/// Sharpness of text edges: the strongest step between neighbouring pixels in each line, relative
/// to the line's contrast; the median over the first lines.
fn blur(gray: &GrayImage, lines: &[TextLine]) -> f32 {
    const MOST_LINES: usize = 40;
    let mut sharpness: Vec<f32> = Vec::new();
    for line in lines.iter().filter(|l| l.quad.height() >= 8.0).take(MOST_LINES) {
        let Some([left, top, right, bottom]) = window(gray, line) else { continue };
        let mut steps = [0u32; 256];
        let mut levels = [0u32; 256];
        for y in top..bottom {
            for x in left..right - 1 {
                let (a, c) = (gray.get_pixel(x, y).0[0], gray.get_pixel(x + 1, y).0[0]);
                steps[usize::from(a.abs_diff(c))] += 1;
                levels[usize::from(a)] += 1;
            }
        }
        let contrast = f32::from(percentile(&levels, 0.98)) - f32::from(percentile(&levels, 0.02));
        if contrast >= 30.0 {
            sharpness.push(f32::from(percentile(&steps, 0.98)) / contrast);
        }
    }
    // A sharp edge takes two pixels, a step of half the contrast; at a sixth it takes six and
    // strokes run together.
    median(sharpness).map_or(0.0, |s| between(s, 0.40, 0.12))
}

/// Share of the text lines that fade into burnt-out paper: their ink stands out much less than
/// that of the page's other lines. Of the development pages with a reflection 14 of 20 have a tenth
/// of such lines and more, of clean, scanned and photographed ones without it 8 of 109 (pale print).
fn glare(gray: &GrayImage, lines: &[TextLine]) -> f32 {
    const BURNT: u8 = 246;
    const FADED: f32 = 0.62;
    let contrasts: Vec<(bool, f32)> = lines
        .iter()
        .filter_map(|line| {
            let [left, top, right, bottom] = window(gray, line)?;
            // Every second pixel tells as much.
            let levels = histogram(
                (top..bottom)
                    .step_by(2)
                    .flat_map(|y| (left..right).step_by(2).map(move |x| gray.get_pixel(x, y).0[0])),
            );
            let (paper, ink) = (percentile(&levels, 0.8), percentile(&levels, 0.04));
            Some((paper >= BURNT, f32::from(paper) - f32::from(ink)))
        })
        .collect();
    let mut sorted: Vec<f32> = contrasts.iter().map(|c| c.1).collect();
    sorted.sort_by(f32::total_cmp);
    let usual = sorted.get(sorted.len() * 3 / 4).copied().unwrap_or_default();
    let faded = contrasts.iter().filter(|(burnt, c)| *burnt && *c < FADED * usual).count() as f32;
    between(faded / contrasts.len().max(1) as f32, 0.04, 0.16)
}

/// Brightness of the paper: the level that a tenth of the pixels exceed.
fn dark(small: &GrayImage) -> f32 {
    let paper = percentile(&histogram(small.as_raw().iter().copied()), 0.9);
    between(f32::from(paper), 190.0, 90.0)
}

/// Photocopies have no colour at all, and neither grays: nearly every pixel is paper or ink, with
/// specks in between. Colourless originals with soft grays stay below.
fn copy(small: &RgbImage) -> f32 {
    let count = small.pixels().len().max(1) as f32;
    let coloured = small
        .pixels()
        .filter(|p| p.0.iter().max().zip(p.0.iter().min()).is_some_and(|(a, b)| a.abs_diff(*b) > 24))
        .count() as f32
        / count;
    if coloured > 0.001 {
        return 0.0;
    }
    // Specks: single pixels darker than all their neighbours.
    let (width, height) = (small.width(), small.height());
    let level = |x: u32, y: u32| small.get_pixel(x, y).0[1];
    let mut specks = 0u32;
    for y in (1..height.saturating_sub(1)).step_by(2) {
        for x in (1..width.saturating_sub(1)).step_by(2) {
            let around = [level(x - 1, y), level(x + 1, y), level(x, y - 1), level(x, y + 1)];
            let least = around.into_iter().min().unwrap_or(0);
            specks += u32::from(level(x, y).saturating_add(12) < least && least > 180);
        }
    }
    let share = specks as f32 * 4.0 / count;
    0.5 + 0.5 * between(share, 0.0002, 0.003)
}

/// Share of the text that the page's border cuts: lines that end within a third of their height
/// of it.
fn incomplete(gray: &GrayImage, lines: &[TextLine]) -> f32 {
    let page = Rect::new(0.0, 0.0, gray.width() as f32, gray.height() as f32);
    let cut = lines
        .iter()
        .filter(|l| {
            let (b, margin) = (l.quad.bounds(), l.quad.height() / 6.0);
            b.left < page.left + margin
                || b.top < page.top + margin
                || b.right > page.right - margin
                || b.bottom > page.bottom - margin
        })
        .count();
    between(cut as f32 / lines.len().max(1) as f32, 0.02, 0.2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::Quad;
    use image::{Rgb, imageops};

    /// A page of vertical strokes as text, with one line over it.
    fn page(paper: u8, ink: u8) -> (RgbImage, Vec<TextLine>) {
        let image = RgbImage::from_fn(400, 300, |x, y| {
            let text = (100..130).contains(&y) && (50..350).contains(&x) && x % 12 < 4;
            Rgb([if text { ink } else { paper }; 3])
        });
        let line = TextLine { quad: Quad::from_rect(50.0, 100.0, 350.0, 130.0), ..TextLine::default() };
        (image, vec![line])
    }

    fn judge(image: &RgbImage, lines: &[TextLine]) -> Quality {
        quality(image, &crate::structure::pixels::gray(image), lines)
    }

    #[test]
    fn a_good_page_has_no_defects() {
        let (image, lines) = page(240, 20);
        let q = judge(&image, &lines);
        assert_eq!((q.blur, q.glare, q.dark, q.incomplete), (0.0, 0.0, 0.0, 0.0));
    }

    #[test]
    fn each_defect_is_seen() {
        let (sharp, lines) = page(240, 20);
        assert!(judge(&imageops::blur(&sharp, 4.0), &lines).blur > 0.5);
        assert!(judge(&page(100, 10).0, &lines).dark > 0.8);
        // Several lines of text, two of them faded under a reflection.
        let text = |faded: bool| {
            RgbImage::from_fn(400, 300, |x, y| {
                let ink = y % 40 < 20 && (50..350).contains(&x) && x % 12 < 4;
                let bright = faded && y > 200;
                Rgb([if ink {
                    if bright { 180 } else { 20 }
                } else if bright {
                    255
                } else {
                    225
                }; 3])
            })
        };
        let several: Vec<TextLine> = (0..7)
            .map(|k| TextLine {
                quad: Quad::from_rect(50.0, 40.0 * k as f32, 350.0, 40.0 * k as f32 + 20.0),
                ..TextLine::default()
            })
            .collect();
        assert_eq!(judge(&text(false), &several).glare, 0.0);
        assert!(judge(&text(true), &several).glare > 0.5);
        let at_edge = TextLine { quad: Quad::from_rect(0.0, 100.0, 350.0, 130.0), ..TextLine::default() };
        assert!(judge(&sharp, &[at_edge]).incomplete > 0.9);
        assert_eq!(judge(&RgbImage::new(0, 0), &[]), Quality::default());
    }
}
