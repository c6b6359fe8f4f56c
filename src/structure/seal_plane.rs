//! The ink of one stamp, separated from the print that it lies on.
//!
//! Inks add up in optical density: every pixel is taken apart into the stamp's ink and the print's, whose
//! densities in the three channels are measured in the picture itself (colour deconvolution; Ruifrok and
//! Johnston 2001). Photographs store colour coarsely, so the shares of both inks are smoothed and weigh
//! the sharp density of the channel in which the stamp is darkest (soft masking as in source separation,
//! with Wiener's squares). What the ink says is for the other modules.

use image::{GrayImage, RgbImage};

use crate::{
    geometry::{Point, Rect},
    numbers::{box_mean, histogram, median, percentile},
    structure::{
        seal_colors::{Ink, SealColor},
        seal_ink::strength,
    },
};

/// Density (natural logarithm of paper over pixel) that is stored as 255; a ninth of the paper's light,
/// below which noise and black print are no more told apart.
const MOST_DENSITY: f32 = 2.2;
/// Added to levels, so that the density of black stays finite.
const FLOOR: f32 = 6.0;
/// The paper is at this fraction of the levels in each channel: most of a stamp's box is bare.
const PAPER: f32 = 0.85;
/// Ink that differs at least half as much between the channels as the fullest ink is the stamp's.
const STAMP: f32 = 0.5;
/// Print has at least this density in the channel in which the stamp is brightest …
const LEAST_PRINT: u8 = 29;
/// … and its density there, relative to that in the stamp's darkest channel, is this share of the way
/// from the stamp's to black's.
const PRINT_HUE: f32 = 0.25;
/// Of the print, the darkest two fifths tell its colour: the rest is blurred.
const FULL_PRINT: f32 = 0.6;
/// Print counts from this share of the picture's pixels on; otherwise black is assumed.
const LEAST_SHARE: f32 = 0.003;
/// Colour is smoothed over squares of this radius, in pixels: chroma is stored for squares of two.
const CHROMA_RADIUS: usize = 2;

/// Black print is this many times as dark as the rim of a stamp (reasoned: copies of red stamps are half
/// as dark as print, black stamps as dark).
const DARKER: f32 = 1.35;
/// The rim is looked for this far from its place, in pixels.
pub const RIM_SLACK: i32 = 3;

/// The levels of one stamp's ink around it.
pub struct InkPlane {
    left: f32,
    top: f32,
    levels: GrayImage,
}

impl InkPlane {
    /// The ink of `page` within `area`, page pixels. `rim`: places all round the seal's outline, by which
    /// black ink is told from darker print.
    pub fn of(page: &RgbImage, ink: Ink, area: Rect, rim: &[Point]) -> Self {
        let clamp = |v: f32, most: u32| (v.max(0.0) as u32).min(most);
        let (left, top) = (clamp(area.left, page.width()), clamp(area.top, page.height()));
        let right = clamp(area.right.ceil(), page.width()).max(left);
        let bottom = clamp(area.bottom.ceil(), page.height()).max(top);
        let part = image::imageops::crop_imm(page, left, top, right - left, bottom - top).to_image();
        let (pixels, _) = part.as_raw().as_chunks::<3>();
        let separated = match ink {
            Ink::Color(color) => separated(pixels, part.width() as usize, color),
            Ink::Black => None,
        };
        let levels = separated.unwrap_or_else(|| pixels.iter().map(|&p| strength(ink, p)).collect());
        let levels = GrayImage::from_raw(part.width(), part.height(), levels).unwrap_or_default();
        let mut plane = Self { left: left as f32, top: top as f32, levels };
        if ink == Ink::Black {
            plane.remove_darker(rim);
        }
        plane
    }

    /// Clears what is much darker than the ink along the rim: print that a faded stamp lies on.
    fn remove_darker(&mut self, rim: &[Point]) {
        let paper = f32::from(percentile(&histogram(self.levels.as_raw().iter().copied()), 0.3));
        // The rim is a few pixels thick and lies within a few pixels of its place.
        let darkest = |p: &Point| {
            let around = (-RIM_SLACK..=RIM_SLACK).flat_map(|x| (-RIM_SLACK..=RIM_SLACK).map(move |y| (x, y)));
            around.map(|(x, y)| self.at(Point::new(p.x + x as f32, p.y + y as f32))).fold(0.0, f32::max)
        };
        let Some(ink) = median(rim.iter().map(darkest)) else { return };
        let most = paper + DARKER * (ink - paper).max(0.0);
        for level in self.levels.iter_mut().filter(|v| f32::from(**v) > most) {
            *level = paper as u8;
        }
    }

    /// The plane with paper and ink exchanged: of seals whose characters are left white.
    pub fn inverted(&self) -> Self {
        let full = percentile(&histogram(self.levels.as_raw().iter().copied()), 0.95);
        let mut levels = self.levels.clone();
        levels.iter_mut().for_each(|v| *v = full.saturating_sub(*v));
        Self { levels, ..*self }
    }

    /// How much ink lies at a place of the page, 0..255; bilinear, 0 outside.
    pub fn at(&self, p: Point) -> f32 {
        let (width, height) = self.levels.dimensions();
        let (x, y) = (p.x - self.left - 0.5, p.y - self.top - 0.5);
        if !(x >= -0.5 && y >= -0.5 && x <= width as f32 - 0.5 && y <= height as f32 - 0.5) {
            return 0.0;
        }
        let (x, y) = (x.clamp(0.0, width as f32 - 1.0), y.clamp(0.0, height as f32 - 1.0));
        let (x0, y0) = (x as u32, y as u32);
        let (x1, y1) = ((x0 + 1).min(width - 1), (y0 + 1).min(height - 1));
        let (fx, fy) = (x - x0 as f32, y - y0 as f32);
        let levels = self.levels.as_raw();
        let at = |x: u32, row: usize| levels.get(row + x as usize).map_or(0.0, |&v| f32::from(v));
        let (above, below) = (y0 as usize * width as usize, y1 as usize * width as usize);
        let upper = at(x0, above) * (1.0 - fx) + at(x1, above) * fx;
        let lower = at(x0, below) * (1.0 - fx) + at(x1, below) * fx;
        upper * (1.0 - fy) + lower * fy
    }
}

/// The stamp's density in its darkest channel, 255 for [`MOST_DENSITY`]; `None` where stamp and print
/// are of one colour, or nothing is of the stamp's.
fn separated(pixels: &[[u8; 3]], width: usize, color: SealColor) -> Option<Vec<u8>> {
    let bright = color.channel();
    // Print of forms is green or brown as often as blue: red and purple stamps stand out most in green, blue
    // in red.
    let dark = match color {
        SealColor::Red | SealColor::Purple => 1,
        SealColor::Blue => 0,
    };
    let tables: [[u8; 256]; 3] = std::array::from_fn(|c| {
        let paper = f32::from(percentile(&histogram(pixels.iter().map(|p| p[c])), PAPER));
        std::array::from_fn(|v| {
            let density = ((paper + FLOOR) / (v as f32 + FLOOR)).ln();
            (density / MOST_DENSITY * 255.0).clamp(0.0, 255.0) as u8
        })
    });
    let densities: Vec<[u8; 3]> =
        pixels.iter().map(|p| std::array::from_fn(|c| tables[c][usize::from(p[c])])).collect();
    let excess = |d: &[u8; 3]| d[dark].saturating_sub(d[bright]);
    let full = f32::from(percentile(&histogram(densities.iter().map(excess)), 0.98));
    let stamp = middle(densities.iter().filter(|d| f32::from(excess(d)) > STAMP * full))?;
    let print = print_color(&densities, stamp, (dark, bright));
    // Least squares of two inks over three channels, by the normal equations.
    let dot = |a: [f32; 3], b: [f32; 3]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
    let (ss, pp, sp) = (dot(stamp, stamp), dot(print, print), dot(stamp, print));
    let det = ss * pp - sp * sp;
    if det < 0.01 * ss * pp {
        return None;
    }
    let amounts = |of: [f32; 3], own: f32, other_of: [f32; 3]| -> Vec<f32> {
        let row: [f32; 3] = std::array::from_fn(|c| (of[c] * own - other_of[c] * sp) / det * of[dark]);
        densities.iter().map(|d| dot(d.map(f32::from), row)).collect()
    };
    let stamps = box_mean(&amounts(stamp, pp, print), width, CHROMA_RADIUS);
    let prints = box_mean(&amounts(print, ss, stamp), width, CHROMA_RADIUS);
    let level = |((density, s), p): ((&[u8; 3], f32), f32)| {
        let (s, p) = (s.max(0.0).powi(2), p.max(0.0).powi(2));
        (f32::from(density[dark]) * s / (s + p).max(1.0)) as u8
    };
    Some(densities.iter().zip(stamps).zip(prints).map(level).collect())
}

/// The medians of each channel; `None` of nothing.
fn middle<'a>(densities: impl Iterator<Item = &'a [u8; 3]>) -> Option<[f32; 3]> {
    let mut counts = [[0u32; 256]; 3];
    let mut any = false;
    for d in densities {
        any = true;
        counts.iter_mut().zip(d).for_each(|(n, &v)| n[usize::from(v)] += 1);
    }
    any.then(|| counts.map(|n| f32::from(percentile(&n, 0.5))))
}

/// The densities of the print around and below a stamp: that of what is dark where the stamp is bright.
fn print_color(densities: &[[u8; 3]], stamp: [f32; 3], (dark, bright): (usize, usize)) -> [f32; 3] {
    let own = stamp[bright] / stamp[dark].max(1.0);
    let least = own + PRINT_HUE * (1.0 - own);
    let is_print =
        |d: &&[u8; 3]| d[bright] > LEAST_PRINT && f32::from(d[bright]) > least * f32::from(d[dark]);
    let levels = histogram(densities.iter().filter(is_print).map(|d| d[bright]));
    if (levels.iter().sum::<u32>() as f32) < LEAST_SHARE * densities.len() as f32 {
        return [100.0; 3];
    }
    let full = percentile(&levels, FULL_PRINT);
    middle(densities.iter().filter(is_print).filter(|d| d[bright] >= full)).unwrap_or([100.0; 3])
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::Rgb;

    /// Red strokes over brown ones on cream paper, as inks filter light.
    fn page() -> RgbImage {
        let filter = |p: [f32; 3], ink: [f32; 3]| [p[0] * ink[0], p[1] * ink[1], p[2] * ink[2]];
        RgbImage::from_fn(120, 120, |x, y| {
            let mut p = [250.0, 246.0, 238.0];
            if y % 30 < 6 {
                p = filter(p, [0.55, 0.35, 0.25]);
            }
            if x % 24 < 6 {
                p = filter(p, [0.88, 0.3, 0.3]);
            }
            Rgb(p.map(|v| v as u8))
        })
    }

    #[test]
    fn coloured_print_fades_and_the_stamp_stays_under_it() {
        let plane = InkPlane::of(&page(), Ink::Color(SealColor::Red), Rect::new(0.0, 0.0, 120.0, 120.0), &[]);
        let at = |x: f32, y: f32| plane.at(Point::new(x, y));
        let (stamp, both, print, paper) = (at(51.0, 48.0), at(51.0, 33.0), at(63.0, 33.0), at(63.0, 48.0));
        assert!(stamp > 100.0 && both > 0.7 * stamp, "{stamp} {both}");
        assert!(print < 0.1 * stamp && paper < 0.1 * stamp, "{print} {paper}");
        assert_eq!(at(-5.0, 10.0), 0.0);
    }

    #[test]
    fn print_darker_than_a_faded_stamp_goes() {
        let page = RgbImage::from_fn(60, 60, |x, y| {
            Rgb([if (20..24).contains(&y) {
                20
            } else if x == 5 || x == 40 {
                150
            } else {
                250
            }; 3])
        });
        let rim: Vec<Point> = (0..60).map(|y| Point::new(5.5, y as f32)).collect();
        let plane = InkPlane::of(&page, Ink::Black, Rect::new(0.0, 0.0, 60.0, 60.0), &rim);
        let at = |x: f32, y: f32| plane.at(Point::new(x, y));
        assert!(at(40.5, 50.5) > 90.0 && at(30.5, 22.5) < 10.0);
    }

    #[test]
    fn a_place_off_the_page_has_no_ink() {
        for ink in [Ink::Color(SealColor::Blue), Ink::Black] {
            let plane = InkPlane::of(&page(), ink, Rect::new(500.0, 500.0, 600.0, 600.0), &[]);
            assert_eq!(plane.at(Point::new(510.0, 510.0)), 0.0);
        }
    }
}
