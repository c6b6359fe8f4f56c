//! Coloured stamps on a page, and the page with their ink taken out of the print that they lie on.
//!
//! Tells where a stamp's ink lies among print, not what it says: that is for the structure of the page.

use image::RgbImage;

use super::components;
use crate::{
    geometry::{Quad, Rect},
    numbers::{box_mean, histogram, median, percentile},
};

/// Cells on the longer side of a page: a stamp of 40 mm on an A4 page covers some thirteen.
const CELLS: u32 = 96;
/// Every so many pixels in both directions one is looked at.
const STEP: usize = 2;
/// Where paper is white, a pixel is coloured when its channels differ by this much of 255; on darker
/// paper by as much less. Brown print differs by less.
const COLOURED: f32 = 48.0;
/// … and light in its own colour: brown labels are not.
const LIGHT: f32 = 0.6;
/// … and in the channel that it darkens below the paper: gold print on a black card is none.
const DARKER: f32 = 0.9;
/// A cell is a stamp's when so many of its pixels are coloured …
const INKED_SHARE: f32 = 0.04;
/// … and a stamp is at least so long and wide, in cells: a third of a usual one. A line of coloured print is
/// not so tall.
const LEAST_CELLS: f32 = 5.0;
/// … and most of it is bare, unlike a number plate.
const MOST_INKED: f32 = 0.5;
/// Print beside or below it: this share of the pixels is dark and of another colour.
const LEAST_PRINT: f32 = 0.01;
/// Darker than the paper by this share, and so print.
const DARK: f32 = 0.3;
/// A coloured place of more than this share of the page is a picture or a background.
const MOST_OF_PAGE: f32 = 0.3;
/// A stamp lies on a line when it takes this share of its pixels …
const INKED_LINE: f32 = 0.01;
/// … of which one is looked at every so many pixels along it, in so many rows.
const LOOK_EVERY: f32 = 2.0;
const ACROSS: usize = 12;
/// Share of the pixels that are darker than the paper at most: most of a stamp's box is bare.
const PAPER: f32 = 0.85;
/// Added to levels, so that the density of black stays finite.
const FLOOR: f32 = 6.0;
/// Pixels that differ at least half as much between the channels as the fullest ink show the stamp's own.
const FULL: f32 = 0.5;
/// The stamp's density is taken out this many times: its ink is uneven.
const UNEVEN: f32 = 1.2;
/// Of rays from the middle of a place this share meets ink at the rim of a stamp. On 81 stamped pages whole
/// stamps had 0.93 to 1, broken or joined ones 0.6 to 0.75, labels in a stamp's colour 0.08 to 0.6.
const RIMMED: f32 = 0.69;
const RAYS: usize = 72;
/// Where on a ray the rim is looked for, from the middle (0) to the edge of the ink (1), and how often.
const RIM: (f32, f32) = (0.9, 1.04);
const RIM_STEPS: usize = 9;
/// A place with this many rules from side to side inside is a ruled form in one colour, not the rim of a stamp.
/// Forms have three and more; a name stamp's characters make none, a box for a date one.
const RULES_OF_A_FORM: usize = 2;
/// A rule is looked for in so many strips across the rectangle, in each of which its ink fills this share of a row …
const STRIPS: usize = 8;
const RULE_FILLED: f32 = 0.8;
/// … at most this share of the rectangle's breadth higher or lower than in the strip before (a slope of 6 degrees) …
const RULE_SLOPE: f32 = 0.1 / STRIPS as f32;
/// … and within this part of its depth.
const INSIDE: (f32, f32) = (0.12, 0.88);
/// One of so many inked pixels may lie beyond the rim on each side.
const SPECKS: usize = 200;
/// Without a rim, ink of more than this density in its own colour is print: stamps had 0.11 to 0.27 there,
/// labels and headings 0.34 to 0.8.
const LIGHT_INK: f32 = 0.32;
/// So much of the ink goes from places without a rim: labels in a stamp's colour stay readable.
const DOUBTFUL_SHARE: f32 = 0.8;
/// Amounts of ink are smoothed over squares of this radius in pixels: photographs store colour coarsely.
const CHROMA_RADIUS: usize = 1;

/// A page without its stamps.
pub struct Faded {
    /// Grey where the stamps were.
    pub page: RgbImage,
    /// Where they were, page pixels.
    places: Vec<Rect>,
    inks: Vec<Ink>,
}

impl Faded {
    /// Whether ink was taken from a line of the page as it was.
    pub fn lies_on(&self, page: &RgbImage, line: &Quad) -> bool {
        let bounds = line.bounds();
        let inks = self.places.iter().zip(&self.inks);
        let mut near = inks.filter(|(place, _)| place.intersection(&bounds).area() > 0.0).map(|(_, ink)| ink);
        near.any(|ink| {
            let along = (line.width() / LOOK_EVERY).ceil().max(2.0) as usize;
            let points = (0..ACROSS).flat_map(|y| (0..along).map(move |x| (x, y)));
            let (mut taken, mut count) = (0, 0);
            for (x, y) in points {
                let (x, y) = ((x as f32 + 0.5) / along as f32, (y as f32 + 0.5) / ACROSS as f32);
                let p = line.0[0].lerp(line.0[1], x).lerp(line.0[3].lerp(line.0[2], x), y);
                let at = |page: &RgbImage, channel: usize| {
                    let pixel = page.get_pixel_checked(p.x.max(0.0) as u32, p.y.max(0.0) as u32);
                    pixel.map_or(0, |pixel| i32::from(pixel.0[channel]))
                };
                let (was, is) = (at(page, ink.dark), at(&self.page, ink.dark));
                count += 1;
                taken += usize::from((is - was) as f32 > COLOURED / 255.0 * is as f32);
            }
            taken as f32 > INKED_LINE * count as f32
        })
    }
}

/// The channels in which an ink is dark and bright.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Ink {
    dark: usize,
    bright: usize,
}

const INKS: [Ink; 2] = [Ink { dark: 1, bright: 0 }, Ink { dark: 0, bright: 2 }];

impl Ink {
    /// How much more of its own colour than of the others a pixel has.
    fn excess(self, [r, g, b]: [u8; 3]) -> i32 {
        let [r, g, b] = [r, g, b].map(i32::from);
        if self.bright == 0 { r - g.max(b) } else { b - r }
    }
}

/// The page with the ink of its coloured stamps taken out, where they lie among print. `None` if
/// there are none.
pub fn faded(page: &RgbImage) -> Option<Faded> {
    let found = stamps(page);
    if found.is_empty() {
        return None;
    }
    let mut clean = page.clone();
    let (places, inks): (Vec<Rect>, Vec<Ink>) =
        found.into_iter().filter(|&(place, ink)| fade(&mut clean, place, ink).is_some()).unzip();
    (!places.is_empty()).then_some(Faded { page: clean, places, inks })
}

/// What was counted in the cells of a page.
struct Counts {
    seen: Vec<u32>,
    /// By ink, in the order of [`INKS`].
    inked: [Vec<u32>; INKS.len()],
    /// Dark and not of that ink.
    print: [Vec<u32>; INKS.len()],
}

/// Places with an ink among print, page pixels.
fn stamps(page: &RgbImage) -> Vec<(Rect, Ink)> {
    let (width, height) = page.dimensions();
    let side = width.max(height).div_ceil(CELLS).max(4);
    let (columns, rows) = (width.div_ceil(side) as usize, height.div_ceil(side) as usize);
    let none = vec![0; columns * rows];
    let mut counts = Counts {
        seen: none.clone(),
        inked: std::array::from_fn(|_| none.clone()),
        print: std::array::from_fn(|_| none.clone()),
    };
    let sample = || page.enumerate_rows().step_by(STEP).flat_map(|(_, row)| row.step_by(STEP));
    let levels = histogram(sample().map(|(_, _, p)| p.0[1].max(p.0[0])));
    let paper = f32::from(percentile(&levels, PAPER)).max(1.0);
    let (coloured, dark) = ((COLOURED * paper / 255.0) as i32, ((1.0 - DARK) * paper) as u8);
    let (light, darker) = ((LIGHT * paper) as u8, (DARKER * paper) as u8);
    for (x, y, pixel) in sample() {
        let cell = (y / side) as usize * columns + (x / side) as usize;
        counts.seen[cell] += 1;
        for (i, ink) in INKS.iter().enumerate() {
            let bright = pixel.0[ink.bright];
            if bright > light && pixel.0[ink.dark] < darker && ink.excess(pixel.0) > coloured {
                counts.inked[i][cell] += 1;
            } else if bright < dark {
                counts.print[i][cell] += 1;
            }
        }
    }
    let whole = Rect::new(0.0, 0.0, width as f32, height as f32);
    let of_ink = |(inked, print): (&Vec<u32>, &Vec<u32>)| -> Vec<Rect> {
        let mask: Vec<bool> =
            inked.iter().zip(&counts.seen).map(|(&n, &all)| n as f32 > INKED_SHARE * all as f32).collect();
        let bounds = |c: components::Component| {
            let cells = c.outline.iter().map(|p| Rect::new(p.x, p.y, p.x + 1.0, p.y + 1.0));
            cells.reduce(|a, b| a.union(&b))
        };
        // A rim that print or a fold breaks leaves several pieces of a stamp.
        let pieces = components::find(&mask, columns).into_iter().filter_map(bounds);
        let is_stamp = |cells: &Rect| {
            let within = (cells.top as usize..cells.bottom as usize)
                .flat_map(|y| (cells.left as usize..cells.right as usize).map(move |x| y * columns + x));
            let (dark, all) = within.clone().fold((0, 0), |(d, a), i| (d + print[i], a + counts.seen[i]));
            let coloured: u32 = within.map(|i| inked[i]).sum();
            cells.width().min(cells.height()) >= LEAST_CELLS
                && dark as f32 > LEAST_PRINT * all as f32
                && (coloured as f32) < MOST_INKED * all as f32
        };
        let side = side as f32;
        let to_page = |r: Rect| {
            Rect::new(r.left * side, r.top * side, r.right * side, r.bottom * side).intersection(&whole)
        };
        let stamps = grouped(pieces).into_iter().filter(is_stamp).map(to_page);
        stamps.filter(|place| place.area() < MOST_OF_PAGE * whole.area()).collect()
    };
    let by_ink = counts.inked.iter().zip(&counts.print).map(of_ink);
    INKS.into_iter().zip(by_ink).flat_map(|(ink, places)| places.into_iter().map(move |r| (r, ink))).collect()
}

/// Rectangles that overlap made one.
fn grouped(pieces: impl Iterator<Item = Rect>) -> Vec<Rect> {
    let mut out: Vec<Rect> = Vec::new();
    for mut piece in pieces {
        while let Some(i) = out.iter().position(|o| o.intersection(&piece).area() > 0.0) {
            piece = piece.union(&out.swap_remove(i));
        }
        out.push(piece);
    }
    out
}

/// Takes the ink out of a place. Inks add up in optical density: in the channel in which the stamp is
/// bright little of it is left, and that goes with the amount that the dark channel shows (colour
/// deconvolution; Ruifrok and Johnston 2001). `None`, and nothing done, where no ink stands out or it is
/// print.
fn fade(page: &mut RgbImage, place: Rect, ink: Ink) -> Option<()> {
    let (left, top) = (place.left as u32, place.top as u32);
    let (width, height) = (place.width() as u32, place.height() as u32);
    let part = image::imageops::crop_imm(page, left, top, width, height).to_image();
    let (pixels, _) = part.as_raw().as_chunks::<3>();
    let density = |channel: usize| -> (f32, Vec<f32>) {
        let levels = histogram(pixels.iter().map(|p| p[channel]));
        let paper = f32::from(percentile(&levels, PAPER)) + FLOOR;
        let of: [f32; 256] = std::array::from_fn(|v| (paper / (v as f32 + FLOOR)).ln().max(0.0));
        (paper, pixels.iter().map(|p| of[usize::from(p[channel])]).collect())
    };
    let ((_, dark), (paper, bright)) = (density(ink.dark), density(ink.bright));
    let excess: Vec<f32> = dark.iter().zip(&bright).map(|(d, b)| (d - b).max(0.0)).collect();
    let mut ordered = excess.clone();
    let at = ordered.len() * 98 / 100;
    let full = (at < ordered.len()).then(|| *ordered.select_nth_unstable_by(at, f32::total_cmp).1)?;
    let own: Vec<bool> = excess.iter().map(|e| *e > FULL * full).collect();
    let of_own = |values: &[f32]| median(values.iter().zip(&own).filter(|(_, own)| **own).map(|(v, _)| *v));
    let stamp_bright = of_own(&bright)?;
    let stamp_excess = of_own(&excess)?.max(0.05);
    let rimmed = match outline(&own, width as usize) {
        Outline::Rim => true,
        Outline::None if stamp_bright <= LIGHT_INK => false,
        Outline::None | Outline::Form => return None,
    };
    let share = if rimmed { 1.0 } else { DOUBTFUL_SHARE };
    let amounts = box_mean(&excess, width as usize, CHROMA_RADIUS);
    for (i, (amount, bright)) in amounts.iter().zip(&bright).enumerate() {
        let left_over = (bright - UNEVEN * stamp_bright * (amount / stamp_excess).min(1.5)).max(0.0);
        let level = (paper * (-left_over).exp() - FLOOR).clamp(0.0, 255.0);
        let (x, y) = (left + i as u32 % width, top + i as u32 / width);
        for channel in &mut page.get_pixel_mut(x, y).0 {
            *channel = (f32::from(*channel) + share * (level - f32::from(*channel))) as u8;
        }
    }
    Some(())
}

/// What ink makes of the place where it lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outline {
    /// It runs around its extent along an ellipse or a rectangle.
    Rim,
    /// Rules cross its extent: a ruled form printed in one colour.
    Form,
    None,
}

/// The outline of the inked pixels of a picture of a width.
fn outline(own: &[bool], width: usize) -> Outline {
    let height = own.len() / width.max(1);
    let (mut columns, mut rows) = (vec![0_usize; width], vec![0_usize; height]);
    for (i, _) in own.iter().enumerate().filter(|(_, own)| **own) {
        columns[i % width] += 1;
        rows[i / width] += 1;
    }
    let count: usize = rows.iter().sum();
    // Specks beyond the rim do not count.
    let ends = |counts: &[usize]| {
        let reached = |n: &usize, so_far: &mut usize| {
            *so_far += n;
            *so_far > count / SPECKS
        };
        let first = counts.iter().scan(0, |all, n| Some(reached(n, all))).position(|r| r)?;
        let last = counts.iter().rev().scan(0, |all, n| Some(reached(n, all))).position(|r| r)?;
        Some((first as f32, (counts.len() - 1 - last) as f32))
    };
    let Some(((left, right), (top, bottom))) = ends(&columns).zip(ends(&rows)) else { return Outline::None };
    let center = ((left + right) / 2.0, (top + bottom) / 2.0);
    let radius = ((right - left) / 2.0, (bottom - top) / 2.0);
    // A number plate is inked all over.
    if count as f32 > MOST_INKED * 4.0 * radius.0 * radius.1 {
        return Outline::None;
    }
    let inked = |(x, y): (f32, f32)| {
        let (x, y) = ((center.0 + radius.0 * x).round(), (center.1 + radius.1 * y).round());
        let inside = x >= 0.0 && y >= 0.0 && (x as usize) < width && (y as usize) < height;
        inside && own[y as usize * width + x as usize]
    };
    let rays = || (0..RAYS).map(|i| (i as f32 / RAYS as f32 * std::f32::consts::TAU).sin_cos());
    let met = |reach: &dyn Fn(f32, f32) -> f32| {
        let meets = |&(sin, cos): &(f32, f32)| {
            let along = (0..=RIM_STEPS).map(|i| RIM.0 + (RIM.1 - RIM.0) * i as f32 / RIM_STEPS as f32);
            along.map(|s| s * reach(sin, cos)).any(|s| inked((s * cos, s * sin)))
        };
        rays().filter(meets).count()
    };
    let ellipse = met(&|_, _| 1.0);
    let rectangle = met(&|sin, cos| 1.0 / sin.abs().max(cos.abs()));
    let is_rim = |met: usize| met as f32 > RIMMED * RAYS as f32;
    let (left, right, top, bottom) = (left as usize, right as usize, top as usize, bottom as usize);
    let is_form = || {
        let row = |along: usize, depth: usize| own[(top + depth) * width + left + along];
        let column = |along: usize, depth: usize| own[(top + along) * width + left + depth];
        let (breadth, depth) = (right - left, bottom - top);
        rules(&row, breadth, depth) + rules(&column, depth, breadth) >= RULES_OF_A_FORM
    };
    match (is_rim(ellipse), is_rim(rectangle)) {
        (true, _) => Outline::Rim,
        (false, _) if is_form() => Outline::Form,
        (false, true) => Outline::Rim,
        (false, false) => Outline::None,
    }
}

/// How many rules cross the inside of a rectangle of a breadth and depth (pixels); `inked(along, depth)`.
fn rules(inked: &dyn Fn(usize, usize) -> bool, breadth: usize, depth: usize) -> usize {
    let slope = (RULE_SLOPE * breadth as f32).ceil() as usize;
    // By depth: whether a rule that began at the near side has come as far as the strip.
    let mut reached = vec![true; depth];
    for strip in 0..STRIPS {
        let (from, to) = (strip * breadth / STRIPS, (strip + 1) * breadth / STRIPS);
        let filled = |d: usize| {
            (from..to).filter(|&along| inked(along, d)).count() as f32
                >= RULE_FILLED * (to - from).max(1) as f32
        };
        let near = |d: usize| (d.saturating_sub(slope)..=(d + slope).min(depth - 1)).any(|k| reached[k]);
        reached = (0..depth).map(|d| near(d) && filled(d)).collect();
    }
    let within = (INSIDE.0 * depth as f32) as usize..(INSIDE.1 * depth as f32) as usize;
    let far = reached.get(within).unwrap_or_default();
    far.iter().zip(std::iter::once(&false).chain(far)).filter(|(now, before)| **now && !**before).count()
}

#[cfg(test)]
mod tests {
    use image::Rgb;

    use super::*;

    const PAPER_WHITE: Rgb<u8> = Rgb([250, 250, 248]);

    /// Black bars (print) with a red ring of strokes over some of them.
    fn stamped() -> RgbImage {
        RgbImage::from_fn(960, 960, |x, y| {
            let print = (400..420).contains(&y) && (100..800).contains(&x) && x % 20 < 8;
            let d = (x as f32 - 480.0).hypot(y as f32 - 440.0);
            let ring = (90.0..102.0).contains(&d) || (d < 60.0 && x % 12 < 6);
            match (print, ring) {
                (true, true) => Rgb([28, 8, 8]),
                (true, false) => Rgb([35, 35, 35]),
                (false, true) => Rgb([205, 60, 65]),
                _ => PAPER_WHITE,
            }
        })
    }

    #[test]
    fn a_stamp_goes_and_the_print_below_it_stays() {
        let page = stamped();
        let clean = faded(&page).expect("a stamp");
        assert_eq!(clean.places.len(), 1);
        let place = clean.places[0];
        assert!(place.left <= 380.0 && place.right >= 580.0 && place.left > 300.0, "{place:?}");
        for y in 330..550 {
            for x in 370..590 {
                let (was, is) = (page.get_pixel(x, y).0, clean.page.get_pixel(x, y).0);
                let print = was[0] < 100;
                assert!(if print { is[0] < 110 } else { is[0] > 200 }, "{x} {y} {was:?} {is:?}");
            }
        }
        let line = |left: f32, right: f32| Quad::from_rect(left, 395.0, right, 425.0);
        assert!(clean.lies_on(&page, &line(400.0, 560.0)) && !clean.lies_on(&page, &line(100.0, 300.0)));
        assert!(!clean.lies_on(&page, &Quad::from_rect(380.0, 338.0, 410.0, 348.0)));
        // Elsewhere the page is as it was.
        assert_eq!(clean.page.get_pixel(120, 410), page.get_pixel(120, 410));
    }

    #[test]
    fn labels_and_bars_of_a_stamps_colour_are_none() {
        let ring = |x: usize, y: usize| (90.0..102.0).contains(&(x as f32 - 120.0).hypot(y as f32 - 120.0));
        let frame = |x: usize, y: usize| {
            let edge = |v: usize| (18..30).contains(&v) || (210..222).contains(&v);
            (18..222).contains(&x) && (18..222).contains(&y) && (edge(x) || edge(y))
        };
        let rows = |x: usize, y: usize| y % 60 < 20 && x % 16 < 6;
        let of = |inked: &dyn Fn(usize, usize) -> bool| {
            let picture: Vec<bool> = (0..240 * 240).map(|i| inked(i % 240, i / 240)).collect();
            outline(&picture, 240)
        };
        let rimmed = |inked: &dyn Fn(usize, usize) -> bool| of(inked) == Outline::Rim;
        assert!(rimmed(&ring) && rimmed(&frame));
        // A form's rules, sloping, inside a frame are no stamp; a box for the date in a round one is.
        let across = |x: usize| (18..222).contains(&x);
        let thin = |x: usize, y: usize| {
            let edge = |v: usize| (18..21).contains(&v) || (219..222).contains(&v);
            (across(x) && edge(y)) || (across(y) && edge(x))
        };
        let form = |x: usize, y: usize| thin(x, y) || (across(x) && across(y) && (y + x / 40) % 50 < 3);
        let chords =
            |x: usize, y: usize| ring(x, y) || ((40..200).contains(&x) && [85, 86, 150, 151].contains(&y));
        assert_eq!((of(&form), of(&chords), of(&thin)), (Outline::Form, Outline::Rim, Outline::Rim));
        assert!(!rimmed(&rows) && !rimmed(&|_, _| true) && !rimmed(&|_, _| false));
        // Brown labels around black values.
        let labels = RgbImage::from_fn(960, 960, |x, y| {
            let within = (300..600).contains(&x) && (300..500).contains(&y);
            match (within && y % 40 < 16, x % 12 < 5, x < 450) {
                (true, true, true) => Rgb([140, 75, 50]),
                (true, true, false) => Rgb([30, 30, 30]),
                _ => PAPER_WHITE,
            }
        });
        assert!(faded(&labels).is_none());
    }

    #[test]
    fn pages_without_stamps_are_left_alone() {
        assert!(faded(&RgbImage::from_pixel(400, 300, PAPER_WHITE)).is_none());
        // A stamp that lies on no print.
        let alone = RgbImage::from_fn(960, 960, |x, y| {
            let d = (x as f32 - 480.0).hypot(y as f32 - 440.0);
            if (90.0..102.0).contains(&d) { Rgb([205, 60, 65]) } else { PAPER_WHITE }
        });
        assert!(faded(&alone).is_none());
        // Gold print on a black card.
        let card = RgbImage::from_fn(960, 600, |x, y| {
            let print = (200..400).contains(&y) && y % 50 < 20 && x % 14 < 6;
            if print && x > 300 { Rgb([200, 160, 70]) } else { Rgb([28, 28, 30]) }
        });
        assert!(faded(&card).is_none());
        // A page that is red all over.
        let red =
            RgbImage::from_fn(400, 300, |x, _| if x % 9 == 0 { Rgb([20; 3]) } else { Rgb([220, 60, 60]) });
        assert!(faded(&red).is_none());
        assert!(faded(&RgbImage::new(3, 2)).is_none());
    }
}
