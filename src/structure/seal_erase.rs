//! Seals taken off the page, and the page without its seals.
//!
//! In its own channel coloured ink is nearly as bright as paper while black print stays dark
//! (the usual colour-plane removal of red stamps): what is dark there under the ink is print.

use image::{Rgb, RgbImage, Rgba, RgbaImage};

use crate::numbers::{histogram, median, percentile};
use crate::structure::{
    Seal,
    seal_colors::{Ink, SealColor},
    seal_ink::strength,
};

/// Ink counts from this share of the seal's own full ink: the soft edge of strokes included.
const LEAST_INK: f32 = 0.12;
/// Pixels beside ink that are cleared too, in pixels: chroma is stored coarsely in photographs.
const EDGE: i64 = 2;
/// A seal's margin on the page that is cleared with it, as a share of its size.
const MARGIN: f32 = 0.04;

/// The page as it was before it was stamped, as far as can be told: coloured ink becomes paper,
/// print under it stays. Black seals cannot be told from print and stay.
pub fn erased(page: &RgbImage, seals: &[Seal]) -> RgbImage {
    let mut out = page.clone();
    for seal in seals {
        erase(&mut out, seal);
    }
    out
}

/// Takes one seal off the page.
pub fn erase(page: &mut RgbImage, seal: &Seal) {
    let Some((color, levels)) = colored(page, seal) else { return };
    let [left, top, right, bottom] = levels.area;
    let channel = color.channel();
    let least = (LEAST_INK * levels.full).max(8.0);
    let inked: Vec<bool> = (top..bottom)
        .flat_map(|y| (left..right).map(move |x| (x, y)))
        .map(|(x, y)| f32::from(strength(Ink::Color(color), page.get_pixel(x, y).0)) - levels.none >= least)
        .collect();
    let (width, height) = (i64::from(right - left), i64::from(bottom - top));
    let near = |x: i64, y: i64| {
        (-EDGE..=EDGE).any(|dy| {
            (-EDGE..=EDGE).any(|dx| {
                let (x, y) = (x + dx, y + dy);
                x >= 0 && y >= 0 && x < width && y < height && inked[(y * width + x) as usize]
            })
        })
    };
    for y in 0..height {
        for x in 0..width {
            if !near(x, y) {
                continue;
            }
            let pixel = page.get_pixel_mut(left + x as u32, top + y as u32);
            let own = f32::from(pixel.0[channel]);
            // Bright as ink or brighter: paper. Darker: print, as dark as it shows through.
            let share = (own / levels.own.max(1.0)).min(1.0);
            pixel.0 = levels.paper.map(|p| (f32::from(p) * share) as u8);
        }
    }
}

/// The seal alone with a transparent ground, as large as its bounds on the page.
pub fn cut_out(page: &RgbImage, seal: &Seal) -> RgbaImage {
    let Some(ink) = Ink::named(&seal.color) else { return RgbaImage::default() };
    let [left, top, right, bottom] = area(page, seal, 0.0);
    let part = || (top..bottom).flat_map(move |y| (left..right).map(move |x| (x, y)));
    let levels = histogram(part().map(|(x, y)| strength(ink, page.get_pixel(x, y).0)));
    let (none, full) = (f32::from(percentile(&levels, 0.4)), f32::from(percentile(&levels, 0.97)));
    let span = (full - none).max(16.0);
    let share =
        |x: u32, y: u32| ((f32::from(strength(ink, page.get_pixel(x, y).0)) - none) / span).clamp(0.0, 1.0);
    let full_ink: Vec<[u8; 3]> =
        part().filter(|&(x, y)| share(x, y) > 0.8).map(|(x, y)| page.get_pixel(x, y).0).collect();
    let tone = |c: usize| median(full_ink.iter().map(|p| f32::from(p[c]))).unwrap_or_default() as u8;
    let color = [tone(0), tone(1), tone(2)];
    RgbaImage::from_fn(right - left, bottom - top, |x, y| {
        let alpha = share(left + x, top + y);
        let alpha = if alpha < 0.15 { 0.0 } else { alpha };
        Rgba([color[0], color[1], color[2], (alpha * 255.0) as u8])
    })
}

/// The seal's bounds on the page: left, top, right, bottom.
fn area(page: &RgbImage, seal: &Seal, margin: f32) -> [u32; 4] {
    let b = seal.quad.bounds();
    let b = b.expanded(margin * b.width().max(b.height()));
    let clamp = |v: f32, most: u32| (v.max(0.0) as u32).min(most);
    let (left, top) = (clamp(b.left, page.width()), clamp(b.top, page.height()));
    [left, top, clamp(b.right.ceil(), page.width()).max(left), clamp(b.bottom.ceil(), page.height()).max(top)]
}

/// What a coloured seal's ink and paper look like.
struct Levels {
    area: [u32; 4],
    /// Strength of paper and of full ink.
    none: f32,
    full: f32,
    /// Level of full ink in its own channel.
    own: f32,
    paper: [u8; 3],
}

fn colored(page: &RgbImage, seal: &Seal) -> Option<(SealColor, Levels)> {
    let Ink::Color(color) = Ink::named(&seal.color)? else { return None };
    let area = area(page, seal, MARGIN);
    let [left, top, right, bottom] = area;
    let pixels: Vec<[u8; 3]> = (top..bottom)
        .flat_map(|y| (left..right).map(move |x| (x, y)))
        .map(|(x, y)| page.get_pixel(x, y).0)
        .collect();
    let levels = histogram(pixels.iter().map(|&p| strength(Ink::Color(color), p)));
    let (none, full) = (f32::from(percentile(&levels, 0.3)), f32::from(percentile(&levels, 0.97)));
    if full - none < 10.0 {
        return None;
    }
    let of = |p: &[u8; 3]| f32::from(strength(Ink::Color(color), *p)) - none;
    let channel = color.channel();
    // The brighter half of the inked pixels: the darker ones lie over print.
    let inked = pixels.iter().filter(|p| of(p) > 0.6 * (full - none)).map(|p| p[channel]);
    let own = f32::from(percentile(&histogram(inked), 0.6));
    let tone = |c: usize| {
        let bare = pixels.iter().filter(|p| of(p) < 0.1 * (full - none)).map(|p| p[c]);
        percentile(&histogram(bare), 0.6)
    };
    Some((color, Levels { area, none, full: full - none, own, paper: Rgb([tone(0), tone(1), tone(2)]).0 }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{geometry::Quad, structure::SealShape};

    fn stamped() -> (RgbImage, Seal) {
        let page = RgbImage::from_fn(120, 120, |x, y| {
            let out = (x as f32 - 60.0).hypot(y as f32 - 60.0);
            let print = (50..58).contains(&y) && x % 10 < 4;
            let ink = (40.0..48.0).contains(&out) || (55..75).contains(&y) && (40..80).contains(&x);
            Rgb(match (print, ink) {
                (true, true) => [60, 15, 15],
                (true, false) => [30; 3],
                (false, true) => [225, 60, 60],
                _ => [248, 247, 240],
            })
        });
        let seal = Seal {
            shape: SealShape::Round,
            text: String::new(),
            sub_text: String::new(),
            color: "red".to_owned(),
            quad: Quad::from_rect(12.0, 12.0, 108.0, 108.0),
            own_quad: None,
            confidence: 1.0,
        };
        (page, seal)
    }

    #[test]
    fn ink_goes_and_print_under_it_stays() {
        let (page, seal) = stamped();
        let clean = erased(&page, &[seal]);
        assert_eq!(clean.get_pixel(60, 70).0, [248, 247, 240]);
        assert!(clean.get_pixel(61, 56).0.iter().all(|&v| v < 90));
        assert_eq!(clean.get_pixel(1, 51), page.get_pixel(1, 51));
        let (page, mut seal) = stamped();
        seal.color = "black".to_owned();
        assert_eq!(erased(&page, &[seal]), page);
    }

    #[test]
    fn the_cut_out_is_transparent_but_for_the_ink() {
        let (page, seal) = stamped();
        let cut = cut_out(&page, &seal);
        assert_eq!(cut.dimensions(), (96, 96));
        assert_eq!(cut.get_pixel(50, 58).0, [225, 60, 60, 255]);
        assert_eq!(cut.get_pixel(48, 20).0[3], 0);
        assert_eq!(cut_out(&RgbImage::new(0, 0), &seal).dimensions(), (0, 0));
    }
}
