//! Defects of the picture: blur, glare, darkness, copies, pages cut off, bent paper.
//!
//! Each is a plain measure mapped linearly to 0..1 between two anchors, taken from the
//! development pages of known treatment (clean, scan, photo, dark, glare, copy).

use image::{GrayImage, RgbImage};

use crate::numbers::{histogram, median, percentile};
use crate::{
    geometry::{Point, Rect},
    ocr::TextLine,
    structure::{
        Quality,
        pixels::{reduced, reduced_rgb},
    },
};

/// Measures run on the page reduced to about this many pixels on its longer side.
const VIEW_SIDE: f32 = 800.0;

/// `value` between `good` (0) and `bad` (1), clamped; the anchors may be in either order.
fn between(value: f32, good: f32, bad: f32) -> f32 {
    ((value - good) / (bad - good)).clamp(0.0, 1.0)
}

/// A page's side is cut off if so many lines end there: a single one is often a shadow read as text.
const LEAST_CUT_LINES: usize = 2;
/// From here on a defect is worth a remark; grey originals reach 0.5 as copies.
const WORTH_REMARK: f32 = 0.5;
const SURELY_COPY: f32 = 0.75;

impl Quality {
    /// A sentence for the operator on each defect worth one, Chinese with English beside it.
    pub fn remarks(&self) -> Vec<&'static str> {
        const CUT: [&str; 4] = [
            "页面左侧被裁切 / the page is cut off on the left",
            "页面上侧被裁切 / the page is cut off at the top",
            "页面右侧被裁切 / the page is cut off on the right",
            "页面下侧被裁切 / the page is cut off at the bottom",
        ];
        let defects = [
            (
                self.blur >= WORTH_REMARK,
                "图像模糊，文字可能认错，请重新扫描或对焦后重拍 / the picture is blurred and text may be misread; \
                 scan it again or take it in focus",
            ),
            (
                self.glare >= WORTH_REMARK,
                "页面反光，部分文字被冲淡，请避开灯光重拍 / glare washes out some of the text; take the picture \
                 away from the light",
            ),
            (
                self.dark >= WORTH_REMARK,
                "图像过暗，请在更亮处重拍 / the picture is dark; take it in more light",
            ),
            (
                self.copy >= SURELY_COPY,
                "此页为黑白复印件，印章颜色无从辨认 / this is a photocopy; seals have lost their colour",
            ),
        ];
        let bent = (self.bent >= WORTH_REMARK).then_some(
            "纸张弯曲或起皱，相邻的行列可能错位，请压平后重拍 / the paper is bent or crumpled and rows may be \
             mistaken for each other; flatten it and take the picture again",
        );
        let cut = CUT.iter().zip(self.cut).filter(|(_, cut)| *cut).map(|(remark, _)| *remark);
        defects
            .into_iter()
            .filter(|(worth, _)| *worth)
            .map(|(_, remark)| remark)
            .chain(bent)
            .chain(cut)
            .collect()
    }
}

/// Judges a page; `gray` is its luma at full size, `rotation` the degrees clockwise that turn it
/// upright.
pub fn quality(image: &RgbImage, gray: &GrayImage, lines: &[TextLine], rotation: u16) -> Quality {
    if gray.width() == 0 || gray.height() == 0 {
        return Quality::default();
    }
    let by = (gray.width().max(gray.height()) as f32 / VIEW_SIDE).round().max(1.0) as u32;
    let small = reduced(gray, by);
    let (incomplete, cut) = incomplete(gray, lines, rotation);
    Quality {
        blur: blur(gray, lines),
        glare: glare(gray, lines),
        dark: dark(&small, gray, lines),
        copy: copy(&reduced_rgb(image, by)),
        incomplete,
        bent: 0.0,
        cut,
    }
}

/// How much the paper is bent, from the median slope of its lines that is left without skew and perspective: of
/// flat pages 99 in a hundred stay below 1.1 %; rows of crumpled ones were mistaken for each other from 2 % on.
pub fn bent(slope: f32) -> f32 {
    between(slope, 0.01, 0.03)
}

/// Pixels of a line's bounds, as far as they lie on the page; `None` if hardly anything does.
fn window(gray: &GrayImage, line: &TextLine) -> Option<[u32; 4]> {
    let b = line.quad.bounds();
    let (left, top) = (b.left.max(0.0) as u32, b.top.max(0.0) as u32);
    let (right, bottom) = ((b.right as u32).min(gray.width()), (b.bottom as u32).min(gray.height()));
    (left + 4 < right && top + 4 < bottom).then_some([left, top, right, bottom])
}

/// Pixels `left..right` of a row of the page; empty outside it.
fn row(gray: &GrayImage, y: u32, left: u32, right: u32) -> &[u8] {
    let start = y as usize * gray.width() as usize;
    gray.as_raw().get(start + left as usize..start + right as usize).unwrap_or(&[])
}

/// Sharpness of text edges: the strongest step between neighbouring pixels in each line, relative
/// to the line's contrast; the median over the first lines.
fn blur(gray: &GrayImage, lines: &[TextLine]) -> f32 {
    const MOST_LINES: usize = 40;
    /// Of the pixels of a line of letters as wide as high, this many times its height's inverse are edges at
    /// least; up to 50 pixels that is more than the fiftieth that the anchors were measured with.
    const LETTER_EDGES: f32 = 1.0;
    let mut sharpness: Vec<f32> = Vec::new();
    for line in lines.iter().filter(|l| l.quad.height() >= 8.0).take(MOST_LINES) {
        let Some([left, top, right, bottom]) = window(gray, line) else { continue };
        // In large letters edges are rarer.
        let edges = (LETTER_EDGES / line.quad.height()).min(0.02);
        let mut steps = [0u32; 256];
        let mut levels = [0u32; 256];
        // Every second row tells as much.
        for y in (top..bottom).step_by(2) {
            for pair in row(gray, y, left, right).windows(2) {
                steps[usize::from(pair[0].abs_diff(pair[1]))] += 1;
                levels[usize::from(pair[0])] += 1;
            }
        }
        let contrast = f32::from(percentile(&levels, 0.98)) - f32::from(percentile(&levels, 0.02));
        if contrast >= 30.0 {
            sharpness.push(f32::from(percentile(&steps, 1.0 - edges)) / contrast);
        }
    }
    // A sharp edge takes two pixels, a step of half the contrast; at a sixth it takes six and
    // strokes run together.
    median(sharpness).map_or(0.0, |s| between(s, 0.40, 0.12))
}

/// Share of the text lines that fade into burnt-out paper: their ink stands out much less than that of
/// the page's other lines. Pale print does so too; but a reflection is one patch, in which all lines fade,
/// by and by towards its middle. Of the development pages with a reflection 11 of 20 reach 0.5, of the
/// clean and scanned ones 3 of 205; without these two looks it was 14 and 28.
fn glare(gray: &GrayImage, lines: &[TextLine]) -> f32 {
    const BURNT: u8 = 246;
    const FADED: f32 = 0.62;
    let seen: Vec<(Point, bool, f32)> = lines
        .iter()
        .filter_map(|line| {
            let [left, top, right, bottom] = window(gray, line)?;
            // Every third pixel of every third row tells as much.
            let rows = (top..bottom).step_by(3).map(|y| row(gray, y, left, right));
            let levels = histogram(rows.flat_map(|r| r.iter().copied().step_by(3)));
            let (paper, ink) = (percentile(&levels, 0.8), percentile(&levels, 0.04));
            Some((line.quad.center(), paper >= BURNT, f32::from(paper) - f32::from(ink)))
        })
        .collect();
    let mut sorted: Vec<f32> = seen.iter().map(|c| c.2).collect();
    sorted.sort_by(f32::total_cmp);
    let usual = sorted.get(sorted.len() * 3 / 4).copied().unwrap_or_default().max(1.0);
    let faded: Vec<bool> = seen.iter().map(|(_, burnt, c)| *burnt && *c < FADED * usual).collect();
    let contrasts: Vec<f32> =
        seen.iter().zip(&faded).filter(|(_, faded)| **faded).map(|(line, _)| line.2 / usual).collect();
    let share = contrasts.len() as f32 / seen.len().max(1) as f32;
    let centers: Vec<Point> = seen.iter().map(|line| line.0).collect();
    between(share, 0.04, 0.16)
        * between(patchiness(&centers, &faded), 0.1, 0.4)
        * between(spread(&contrasts), 0.03, 0.07)
}

/// How much more often the nearest lines of a marked one are marked than by chance: 0 where they lie
/// anywhere, 1 where they lie together.
fn patchiness(centers: &[Point], marked: &[bool]) -> f32 {
    const NEAREST: usize = 4;
    let all = marked.iter().filter(|m| **m).count();
    if all < 2 || centers.len() <= NEAREST {
        return 0.0;
    }
    let mut near = 0;
    for (i, center) in centers.iter().enumerate().filter(|(i, _)| marked.get(*i) == Some(&true)) {
        let others = centers.iter().zip(marked).enumerate().filter(|(k, _)| *k != i);
        let mut others: Vec<(f32, bool)> = others.map(|(_, (c, m))| (center.distance(*c), *m)).collect();
        others.select_nth_unstable_by(NEAREST - 1, |a, b| a.0.total_cmp(&b.0));
        near += others.iter().take(NEAREST).filter(|(_, m)| *m).count();
    }
    let share = near as f32 / (all * NEAREST) as f32;
    let by_chance = (all - 1) as f32 / (centers.len() - 1) as f32;
    if by_chance < 1.0 { (share - by_chance) / (1.0 - by_chance) } else { 0.0 }
}

/// Standard deviation; 0 of nothing.
fn spread(values: &[f32]) -> f32 {
    let n = values.len().max(1) as f32;
    let mean = values.iter().sum::<f32>() / n;
    (values.iter().map(|v| (v - mean).powi(2)).sum::<f32>() / n).sqrt()
}

/// Brightness of the paper: the level that a tenth of the pixels exceed; of light letters on a dark ground
/// (a screen, a printed band) that of the letters, which in a dark picture are no brighter than its paper.
fn dark(small: &GrayImage, gray: &GrayImage, lines: &[TextLine]) -> f32 {
    let paper = percentile(&histogram(small.as_raw().iter().copied()), 0.9);
    let brightest = lines.iter().filter_map(|line| {
        let [left, top, right, bottom] = window(gray, line)?;
        let rows = (top..bottom).step_by(3).map(|y| row(gray, y, left, right));
        let levels = histogram(rows.flat_map(|r| r.iter().copied().step_by(3)));
        Some(f32::from(percentile(&levels, 0.96)))
    });
    let letters = median(brightest).unwrap_or_default();
    between(f32::from(paper).max(letters), 190.0, 90.0)
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

/// Share of the text that the page's border cuts: lines that end within a sixth of their height
/// of it; and the sides of the upright page where more than a stray line is.
fn incomplete(gray: &GrayImage, lines: &[TextLine], rotation: u16) -> (f32, [bool; 4]) {
    let page = Rect::new(0.0, 0.0, gray.width() as f32, gray.height() as f32);
    let (mut cut, mut sides) = (0, [0usize; 4]);
    for line in lines {
        let (b, margin) = (line.quad.bounds(), line.quad.height() / 6.0);
        let at = [
            b.left < page.left + margin,
            b.top < page.top + margin,
            b.right > page.right - margin,
            b.bottom > page.bottom - margin,
        ];
        cut += usize::from(at.contains(&true));
        sides.iter_mut().zip(at).for_each(|(n, at)| *n += usize::from(at));
    }
    // Turned clockwise by a quarter, what was on the left is at the top.
    sides.rotate_right(usize::from(rotation / 90) % 4);
    let share = between(cut as f32 / lines.len().max(1) as f32, 0.02, 0.2);
    (share, sides.map(|n| n >= LEAST_CUT_LINES.min(lines.len()) && n > 0))
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
        quality(image, &crate::structure::pixels::gray(image), lines, 0)
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
        // Fifteen lines of text. `pale` says how dark the ink of one is; there the paper is burnt out.
        let text = |pale: &dyn Fn(u32) -> Option<u8>| {
            RgbImage::from_fn(400, 600, |x, y| {
                let ink = y % 40 < 20 && (50..350).contains(&x) && x % 12 < 4;
                let level = match (ink, pale(y)) {
                    (true, pale) => pale.unwrap_or(20),
                    (false, Some(_)) => 255,
                    (false, None) => 225,
                };
                Rgb([level; 3])
            })
        };
        let several: Vec<TextLine> = (0..15)
            .map(|k| TextLine {
                quad: Quad::from_rect(50.0, 40.0 * k as f32, 350.0, 40.0 * k as f32 + 20.0),
                ..TextLine::default()
            })
            .collect();
        assert_eq!(judge(&text(&|_| None), &several).glare, 0.0);
        // A reflection grows towards its middle; pale print stands between other lines.
        let reflection = |y: u32| (y > 380).then(|| (140 + (y - 380) / 3) as u8);
        assert!(judge(&text(&reflection), &several).glare > 0.5);
        let pale_print = |y: u32| ((y / 40).is_multiple_of(3)).then_some(160);
        assert_eq!(judge(&text(&pale_print), &several).glare, 0.0);
        let at_edge = TextLine { quad: Quad::from_rect(0.0, 100.0, 350.0, 130.0), ..TextLine::default() };
        let cut = judge(&sharp, std::slice::from_ref(&at_edge));
        assert!(cut.incomplete > 0.9 && cut.cut == [true, false, false, false]);
        assert_eq!(cut.remarks(), ["页面左侧被裁切 / the page is cut off on the left"]);
        let sideways = quality(&sharp, &crate::structure::pixels::gray(&sharp), &[at_edge], 90);
        assert_eq!(sideways.cut, [false, true, false, false]);
        assert!(judge(&sharp, &lines).remarks().is_empty());
        // White letters on a dark screen are no dark picture.
        assert_eq!(judge(&page(20, 240).0, &lines).dark, 0.0);
        assert_eq!(judge(&RgbImage::new(0, 0), &[]), Quality::default());
        assert!(bent(0.011) < 0.06);
        assert_eq!(Quality { bent: bent(0.02), ..Quality::default() }.remarks().len(), 1);
    }

    #[test]
    fn large_crisp_letters_are_not_blurred() {
        let stroke = |x: u32| (60..1740).contains(&x) && x % 420 < 120;
        let image = RgbImage::from_fn(1800, 500, |x, y| {
            Rgb([if stroke(x) && (40..460).contains(&y) { 0 } else { 255 }; 3])
        });
        let line = TextLine { quad: Quad::from_rect(50.0, 30.0, 1750.0, 470.0), ..TextLine::default() };
        let lines = [line];
        assert_eq!(judge(&image, &lines).blur, 0.0);
        assert!(judge(&imageops::blur(&image, 12.0), &lines).blur > 0.5);
    }
}
