//! Stamps, found by colour and by the shape of their rim.
//!
//! Finds where a seal is, its shape and colour. Reading its text needs a second look at the
//! pixels and is not done here.

use image::RgbImage;

use crate::{
    geometry::{Point, Rect},
    structure::{
        Seal, SealShape,
        frame::Frame,
        pixels::{self, Component, Mask, components, runs},
        seal_colors::SealColor,
    },
};

/// The page is reduced until its longer side is about this many pixels: rims (1 mm, some 6
/// pixels at 150 dpi) stay two pixels thick.
const VIEW_SIDE: f32 = 1000.0;
/// One way of cutting the ink into parts.
struct Pass {
    /// Straight strokes longer than this share of the page's longer side are rules of a coloured
    /// form and left out.
    rule_length: f32,
    /// Pieces of ink up to this many pixels of the view apart belong together.
    joined: usize,
}
/// First whole rims, then worn ones; then seals printed over the rules and titles of a coloured
/// form. A rim's flattest stretch is 4 % of the page long at most.
const PASSES: [Pass; 4] = [
    Pass { rule_length: 0.25, joined: 2 },
    Pass { rule_length: 0.25, joined: 4 },
    Pass { rule_length: 0.06, joined: 2 },
    Pass { rule_length: 0.06, joined: 1 },
];
/// Seals take at least this share of the page's longer side (the smallest personal seals, 10 mm
/// on A4, take 3.4 %) …
const LEAST_SIDE: f32 = 0.03;
/// … and at most this.
const MOST_SIDE: f32 = 0.6;
const MOST_ELONGATED: f32 = 3.5;
/// Share of the bounding box that is inked: rims and characters leave it mostly empty, solid
/// logos and coloured bands do not.
const FILLED: std::ops::RangeInclusive<f32> = 0.04..=0.6;
/// Directions from the middle in which the rim is looked for.
const DIRECTIONS: usize = 72;
/// The outermost ink lies on the rim if it is this far out, 1 being the rim of the ideal shape.
const ON_RIM: std::ops::RangeInclusive<f32> = 0.88..=1.06;
/// Share of the directions in which the rim is found. On the development pages rims with worn
/// ink have 70 % and more, blocks of coloured text at most half.
const LEAST_RIM: f32 = 0.62;
/// Frames of rectangles need more: lines of text fill a rectangle too.
const LEAST_FRAME: f32 = 0.8;
/// Directions in which there is ink within the rim, as a share: a seal has text there, a logo's
/// ring or a printed 0 does not.
const LEAST_INSIDE: f32 = 0.3;
/// Inside is what lies within this share of the way to the rim.
const INSIDE: f32 = 0.75;
/// Seals are not put down straight: tilts that are tried, degrees.
const TILTS: [f32; 7] = [0.0, 5.0, -5.0, 10.0, -10.0, 15.0, -15.0];
/// Width over height of round seals; beyond, they are ellipses.
const ROUND: std::ops::RangeInclusive<f32> = 0.87..=1.15;

/// The seals of a page in page pixels, larger ones first.
pub fn seals(image: &RgbImage, frame: &Frame) -> Vec<Seal> {
    let longer = image.width().max(image.height()) as f32;
    let by = (longer / VIEW_SIDE).round().max(1.0) as u32;
    let view = pixels::reduced_rgb(image, by);
    let mut found: Vec<Seal> = Vec::new();
    for color in [SealColor::Red, SealColor::Blue] {
        let mut mask = Mask::of_rgb(&view, |p| color.matches(p));
        for pass in PASSES {
            remove_rules(&mut mask, (pass.rule_length * longer / by as f32) as usize);
            let scale = (by as usize * pass.joined) as f32;
            let joined = mask.reduced(pass.joined, 1);
            let mut parts = components(&runs(&joined, 1, 1));
            parts.sort_by_key(|c| std::cmp::Reverse(c.width() * c.height()));
            let size = |c: &Component| c.width().max(c.height()) as f32 * scale / longer;
            for part in parts.iter().filter(|c| (LEAST_SIDE..=MOST_SIDE).contains(&size(c))) {
                if let Some(seal) = seal_of(part, &joined, scale, frame, color)
                    && !found.iter().any(|s| s.quad.contains(seal.quad.center()))
                {
                    found.push(seal);
                }
            }
        }
    }
    found
}

/// Blanks straight runs along rows and columns that are longer than any seal's strokes.
fn remove_rules(mask: &mut Mask, longest: usize) {
    let across = runs(mask, 0, longest.max(1));
    let down = runs(&mask.transposed(), 0, longest.max(1));
    for run in across {
        (run.start..run.end).for_each(|x| mask.set(x, run.y, false));
    }
    for run in down {
        (run.start..run.end).for_each(|y| mask.set(run.y, y, false));
    }
}

/// How far out a point is in each shape, 1 being its rim; `x` and `y` relative to the half width
/// and half height.
fn distances(x: f32, y: f32) -> [(SealShape, f32); 5] {
    let (ax, ay) = (x.abs(), y.abs());
    [
        (SealShape::Ellipse, x.hypot(y)),
        (SealShape::Square, ax.max(ay)),
        (SealShape::Diamond, ax + ay),
        (SealShape::Triangle, y.max(2.0 * ax - y)),
        (SealShape::Triangle, (-y).max(2.0 * ax + y)),
    ]
}

/// The component as a seal, if its outermost ink follows the rim of one of the shapes.
/// `scale`: page pixels a pixel of the component.
fn seal_of(part: &Component, ink: &Mask, scale: f32, frame: &Frame, color: SealColor) -> Option<Seal> {
    let points: Vec<Point> = part
        .runs
        .iter()
        .flat_map(|r| (r.start..r.end).map(|x| (x, r.y)))
        .map(|(x, y)| frame.upright(Point::new((x as f32 + 0.5) * scale, (y as f32 + 0.5) * scale)))
        .collect();
    let bounds = bounds_of(&points)?.expanded(scale / 2.0);
    let aspect = bounds.width() / bounds.height().max(1.0);
    let filled = points.len() as f32 * scale * scale / bounds.area().max(1.0);
    if !(1.0 / MOST_ELONGATED..=MOST_ELONGATED).contains(&aspect) || !FILLED.contains(&filled) {
        return None;
    }
    if !has_ink_inside(part, ink) {
        return None;
    }
    let mut best: Option<(SealShape, f32)> = None;
    for degrees in TILTS {
        let (sin, cos) = degrees.to_radians().sin_cos();
        let turned: Vec<Point> =
            points.iter().map(|p| Point::new(p.x * cos - p.y * sin, p.x * sin + p.y * cos)).collect();
        let Some((shape, share)) = shape_of(&turned, scale) else { continue };
        if best.is_none_or(|(_, s)| share > s + 0.02) {
            best = Some((shape, share));
        }
        if share > 0.95 {
            break;
        }
    }
    let (shape, share) = best?;
    Some(Seal {
        shape,
        text: String::new(),
        sub_text: String::new(),
        color: color.name().to_owned(),
        quad: frame.page_quad(bounds),
        confidence: share,
    })
}

fn bounds_of(points: &[Point]) -> Option<Rect> {
    points.iter().map(|p| Rect::new(p.x, p.y, p.x, p.y)).reduce(|a, b| a.union(&b))
}

/// The shape whose rim the outermost points follow best and the share of it that they cover;
/// `None` if that is too little. `scale`: the points' spacing.
fn shape_of(points: &[Point], scale: f32) -> Option<(SealShape, f32)> {
    let bounds = bounds_of(points)?.expanded(scale / 2.0);
    let (center, half_width, half_height) = (bounds.center(), bounds.width() / 2.0, bounds.height() / 2.0);
    let mut outermost = [[0.0f32; DIRECTIONS]; 5];
    for p in points {
        let (x, y) = ((p.x - center.x) / half_width, (p.y - center.y) / half_height);
        let turn = (y.atan2(x) / std::f32::consts::TAU).rem_euclid(1.0);
        let direction = ((turn * DIRECTIONS as f32) as usize).min(DIRECTIONS - 1);
        for (slot, (_, distance)) in outermost.iter_mut().zip(distances(x, y)) {
            slot[direction] = slot[direction].max(distance);
        }
    }
    let share = |n: usize| n as f32 / DIRECTIONS as f32;
    let on_rim = |slot: &[f32; DIRECTIONS]| share(slot.iter().filter(|d| ON_RIM.contains(d)).count());
    let (shape, covered) = distances(0.0, 0.0)
        .into_iter()
        .zip(outermost.iter().map(on_rim))
        .map(|((shape, _), covered)| (shape, covered))
        .max_by(|a, b| a.1.total_cmp(&b.1))?;
    match shape {
        SealShape::Square if covered < LEAST_FRAME || !has_frame(points, bounds) => None,
        _ if covered < LEAST_RIM => None,
        SealShape::Ellipse if ROUND.contains(&(half_width / half_height)) => {
            Some((SealShape::Round, covered))
        }
        _ => Some((shape, covered)),
    }
}

/// Whether there is ink of the colour in enough directions inside the rim, connected to it or not.
fn has_ink_inside(part: &Component, ink: &Mask) -> bool {
    let (half_width, half_height) = (part.width() as f32 / 2.0, part.height() as f32 / 2.0);
    let mut inside = [false; DIRECTIONS];
    for y in part.top..part.bottom {
        for x in (part.left..part.right).filter(|&x| ink.get(x, y)) {
            let dx = ((x - part.left) as f32 + 0.5) / half_width - 1.0;
            let dy = ((y - part.top) as f32 + 0.5) / half_height - 1.0;
            if dx.hypot(dy) < INSIDE {
                let turn = (dy.atan2(dx) / std::f32::consts::TAU).rem_euclid(1.0);
                inside[((turn * DIRECTIONS as f32) as usize).min(DIRECTIONS - 1)] = true;
            }
        }
    }
    inside.iter().filter(|&&i| i).count() as f32 >= LEAST_INSIDE * DIRECTIONS as f32
}

/// Whether ink runs along all four sides of the box: a printed frame, which lines of text lack.
fn has_frame(points: &[Point], bounds: Rect) -> bool {
    const STEPS: usize = 40;
    let margin = 0.08 * bounds.width().min(bounds.height());
    let mut sides = [[false; STEPS]; 4];
    for p in points {
        let step = |v: f32, from: f32, length: f32| {
            (((v - from) / length.max(1.0) * STEPS as f32).max(0.0) as usize).min(STEPS - 1)
        };
        let (x, y) = (step(p.x, bounds.left, bounds.width()), step(p.y, bounds.top, bounds.height()));
        sides[0][x] |= p.y < bounds.top + margin;
        sides[1][x] |= p.y > bounds.bottom - margin;
        sides[2][y] |= p.x < bounds.left + margin;
        sides[3][y] |= p.x > bounds.right - margin;
    }
    sides.iter().all(|s| s.iter().filter(|&&on| on).count() as f32 >= LEAST_FRAME * STEPS as f32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::Quad;
    use image::Rgb;

    const RED: Rgb<u8> = Rgb([215, 60, 60]);

    fn page() -> RgbImage {
        RgbImage::from_pixel(900, 600, Rgb([250, 248, 246]))
    }

    fn draw(page: &mut RgbImage, center: (f32, f32), half: (f32, f32), shape: usize, color: Rgb<u8>) {
        for (x, y, p) in page.enumerate_pixels_mut() {
            let (dx, dy) = ((x as f32 - center.0) / half.0, (y as f32 - center.1) / half.1);
            let on_rim = (0.92..=1.0).contains(&distances(dx, dy)[shape].1);
            let text = dx.abs() < 0.5 && dy.abs() < 0.15 && (x / 4) % 2 == 0;
            if on_rim || text {
                *p = color;
            }
        }
    }

    #[test]
    fn each_shape_is_told_from_its_rim() {
        for (shape, half, wanted) in [
            (0, (80.0, 80.0), SealShape::Round),
            (0, (90.0, 60.0), SealShape::Ellipse),
            (1, (90.0, 45.0), SealShape::Square),
            (2, (100.0, 70.0), SealShape::Diamond),
            (3, (80.0, 70.0), SealShape::Triangle),
        ] {
            let mut page = page();
            draw(&mut page, (300.0, 250.0), half, shape, RED);
            let found = seals(&page, &Frame::new(900, 600, 0, 0.0));
            assert_eq!(found.len(), 1, "{wanted:?}");
            assert_eq!((found[0].shape, found[0].color.as_str()), (wanted, "red"));
            let truth = Quad::from_rect(300.0 - half.0, 250.0 - half.1, 300.0 + half.0, 250.0 + half.1);
            assert!(found[0].quad.iou(&truth) > 0.9);
        }
    }

    #[test]
    fn coloured_text_rules_and_bands_are_no_seals() {
        let mut page = page();
        for (x, y, p) in page.enumerate_pixels_mut() {
            let band = (50..110).contains(&y) && (100..800).contains(&x);
            let rule = (300..303).contains(&y) && (50..850).contains(&x);
            let text = (200..240).contains(&y) && (100..400).contains(&x) && (x % 40 < 30) && (x + y) % 9 < 3;
            if band || rule || text {
                *p = RED;
            }
        }
        assert_eq!(seals(&page, &Frame::new(900, 600, 0, 0.0)), []);
    }

    #[test]
    fn a_seal_over_a_red_form_is_found_in_blue_too() {
        let mut page = page();
        draw(&mut page, (450.0, 300.0), (80.0, 80.0), 0, Rgb([60, 80, 200]));
        for x in 20..880 {
            page.put_pixel(x, 310, RED);
        }
        let found = seals(&page, &Frame::new(900, 600, 0, 0.0));
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].color, "blue");
    }
}
