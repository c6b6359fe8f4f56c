//! Stamps, found by the colour of their ink and the form of their rim.
//!
//! Finds where a seal is, its shape and colour; `seal_text` reads it. Round and diamond rims come
//! from `seal_rims`, which sees them through whatever crosses them; square and triangular ones from
//! `seal_pieces`.

use image::RgbImage;

use crate::numbers::median;
use crate::{
    geometry::{Point, Quad, Rect},
    ocr::TextLine,
    structure::{
        Seal, SealShape,
        frame::Frame,
        pixels::Mask,
        seal_colors::{Ink, SealColor},
        seal_form::Rim,
        seal_ink::{InkMap, InkView, remove_rules},
        seal_outline::{Inked, inked, inked_faintly, outlined},
        seal_pieces::component_seals,
        seal_rims::{Search, rims},
    },
};

/// Straight strokes longer than this share of the page's longer side are no part of a round rim:
/// the flattest stretch of a rim is 6 % long at most.
const RULE_LENGTH: f32 = 0.07;
/// Seals take at least this share of the page's longer side (the smallest personal seals, 10 mm
/// on A4, take 3.4 %) …
const LEAST_SIDE: f32 = 0.03;
/// … and at most this.
const MOST_SIDE: f32 = 0.6;
/// Round rims are looked for up to this size; half a page wide are frames and maps.
const MOST_RIM: f32 = 0.45;
/// Seals are at least this many text heights wide: characters and symbols within the text are
/// smaller.
const LEAST_TEXT_HEIGHTS: f32 = 2.2;
/// Share of the bounding box that is inked: rims and characters leave it mostly empty, solid
/// logos and coloured bands do not.
pub(super) const FILLED: std::ops::RangeInclusive<f32> = 0.04..=0.6;
/// Directions from the middle in which the rim is looked for.
pub(super) const DIRECTIONS: usize = 72;
/// Directions in which there is ink within the rim, as a share: a seal has text there, a logo's
/// ring or a printed 0 does not.
pub(super) const LEAST_INSIDE: f32 = 0.3;
/// A line lies in a seal with at least this share if it is the seal's own (reasoned: lines are cut with a
/// margin of a tenth of their height, and seals turned a little stand out of it at the corners).
const OWN_LINE: f32 = 0.75;
/// Sides of a square meet at a right angle, give or take this (reasoned: a photograph's perspective); those of
/// the usual diamond, half as long again as high, at 67°.
const RIGHT_ANGLE: f32 = 8.0;
/// Squares are turned by this much at most, degrees; by 45° they are diamonds.
const MOST_TURNED: f32 = 34.0;
/// A rim is whole from this share of its directions on: faint seals are looked at more closely.
const WHOLE: f32 = 0.88;
/// Short over long axis of round seals; below, they are ellipses.
const ROUND: f32 = 0.87;

/// The page as seals are looked for on it. `lines`: what was read on it.
pub fn ink_view(image: &RgbImage, lines: &[TextLine]) -> InkView {
    InkView::of(image, text_height(image, lines))
}

/// The height of the page's usual text in page pixels; 0 if it has none. Lines in stamping ink count only
/// where there are no others: they may be those of the seals.
fn text_height(image: &RgbImage, lines: &[TextLine]) -> f32 {
    let print = median(lines.iter().filter(|l| !is_stamped(image, &l.quad)).map(|l| l.quad.height()));
    print.or_else(|| median(lines.iter().map(|l| l.quad.height()))).unwrap_or_default()
}

/// Whether a line's ink has the colour of a stamp, by a few of its pixels.
fn is_stamped(image: &RgbImage, quad: &Quad) -> bool {
    const ACROSS: u8 = 24;
    const DOWN: u8 = 5;
    let [a, b, c, d] = quad.0;
    let share = |i: u8, of: u8| (f32::from(i) + 0.5) / f32::from(of);
    let places = (0..DOWN).flat_map(|y| (0..ACROSS).map(move |x| (share(x, ACROSS), share(y, DOWN))));
    let pixels: Vec<[u8; 3]> = places
        .map(|(x, y)| a.lerp(b, x).lerp(d.lerp(c, x), y))
        .filter(|p| p.x >= 0.0 && p.y >= 0.0)
        .filter_map(|p| image.get_pixel_checked(p.x as u32, p.y as u32).map(|p| p.0))
        .collect();
    let lightest = pixels.iter().map(|p| p[0].max(p[1]).max(p[2])).max().unwrap_or_default();
    let stamped = |p: &&[u8; 3]| SealColor::ALL.iter().any(|color| color.matches(**p));
    let black = |p: &&[u8; 3]| !stamped(p) && p[0].max(p[1]).max(p[2]) < lightest / 2;
    let stamped = pixels.iter().filter(stamped).count();
    // A tenth of a line's box is ink; print in a stamp's place is black.
    10 * stamped >= pixels.len() && stamped > 3 * pixels.iter().filter(black).count()
}

/// The seals of a page of `size`, in page pixels, surest first. `lines`: what was read on it.
pub fn seals(view: &InkView, size: (u32, u32), frame: &Frame, lines: &[TextLine]) -> Vec<Seal> {
    let longer = size.0.max(size.1) as f32;
    let least = (LEAST_SIDE * longer).max(LEAST_TEXT_HEIGHTS * view.text_height);
    let mut found: Vec<Seal> = Vec::new();
    for ink in SealColor::ALL.map(Ink::Color).into_iter().chain([Ink::Black]) {
        // The smallest rim, a pixel of the view thick, with a third of it worn off.
        let Some(map) = view.map(ink, (2.0 * least / view.by) as usize) else { continue };
        let mut rim_map = InkMap { mask: map.mask.clone(), ..map };
        remove_rules(&mut rim_map.mask, (RULE_LENGTH * longer / view.by) as usize);
        // Print is black too, and would outvote any rim.
        let voters = match ink {
            Ink::Black => rim_map.without_print(view.by, lines, frame),
            Ink::Color(_) => rim_map.mask.clone(),
        };
        for seal in rim_seals(&rim_map, &voters, view.by, frame, (least, MOST_RIM * longer)) {
            keep(&mut found, seal, lines);
        }
        if let Ink::Color(color) = ink {
            for seal in component_seals(map.mask, view.by, color, frame, (least, MOST_SIDE * longer)) {
                keep(&mut found, seal, lines);
            }
        }
    }
    found
}

/// Adds a seal unless it is one already known, or a character.
fn keep(found: &mut Vec<Seal>, seal: Seal, lines: &[TextLine]) {
    // Seals overlap by half at most; what lies further within another is one of its inner rings.
    let known = found
        .iter()
        .any(|s| s.quad.intersection_area(&seal.quad) > 0.6 * s.quad.area().min(seal.quad.area()));
    // A line of print at least twice as long as high, of the seal's height, around its middle, that goes on
    // beside it: what a flat seal says is as long as the seal.
    let character = lines.iter().any(|l| {
        l.quad.width() >= 2.0 * l.quad.height()
            && l.quad.height() >= 0.7 * seal.quad.height()
            && l.quad.contains(seal.quad.center())
            && l.quad.intersection_area(&seal.quad) < OWN_LINE * l.quad.area()
    });
    if !known && !character {
        found.push(seal);
    }
}

/// Seals with a round or diamond rim. `voters`: the ink that says where one may be; `sizes`: least and
/// most, page pixels.
fn rim_seals(map: &InkMap, voters: &Mask, by: f32, frame: &Frame, sizes: (f32, f32)) -> Vec<Seal> {
    let right = frame.upright(Point::new(1.0, 0.0));
    let origin = frame.upright(Point::default());
    let slope = -(right.y - origin.y).atan2(right.x - origin.x);
    let search = Search { least: sizes.0 / by, most: sizes.1 / by, slope };
    rims(&map.strength, &map.mask, voters, search)
        .into_iter()
        .filter_map(|rim| {
            let rim = outlined(&map.mask, rim);
            let mut ink = inked(&map.mask, &rim);
            // Red seals count even if they cannot be read: of those the ink must be seen.
            if matches!(map.ink, Ink::Color(c) if c != SealColor::Red)
                && ink.inside < LEAST_INSIDE
                && ink.on >= WHOLE
            {
                ink.inside = inked_faintly(&map.strength, &rim);
            }
            let confidence = confidence(map.ink, &rim, &ink)?;
            let shape = shape_of_rim(&rim, map.ink, slope)?;
            let bounds = (0..DIRECTIONS)
                .map(|i| {
                    let (sin, cos) = (i as f32 / DIRECTIONS as f32 * std::f32::consts::TAU).sin_cos();
                    let p = rim.form.at(cos, sin);
                    let on_page = Point::new((rim.center.x + p.x) * by, (rim.center.y + p.y) * by);
                    let u = frame.upright(on_page);
                    Rect::new(u.x, u.y, u.x, u.y)
                })
                .reduce(|a, b| a.union(&b))?;
            let mut found = seal(shape, map.ink, frame.page_quad(bounds), confidence);
            found.own_quad = Some(own_quad(&rim, shape, by, frame));
            Some(found)
        })
        .collect()
}

/// What a rim is; `None` for frames that lie straight, which are as often cells of a form.
fn shape_of_rim(rim: &Rim, ink: Ink, slope: f32) -> Option<SealShape> {
    let Some(sides) = rim.form.sides() else {
        let (long, short, _) = rim.form.axes();
        return Some(if short >= ROUND * long { SealShape::Round } else { SealShape::Ellipse });
    };
    let turned = sides.map(|s| {
        let quarter = ((s - slope).to_degrees()).rem_euclid(90.0);
        quarter.min(90.0 - quarter)
    });
    let right = (sides[0] - sides[1]).cos().abs() <= RIGHT_ANGLE.to_radians().sin();
    let square = turned.iter().all(|&t| t < if right { MOST_TURNED } else { 20.0 });
    match ink {
        Ink::Color(_) if !square => Some(SealShape::Diamond),
        Ink::Color(_) if turned.iter().all(|&t| t > 4.0) => Some(SealShape::Square),
        _ => None,
    }
}

/// The quad around a seal that is turned as the seal is: the long axis level, as near to the
/// page's lines as it can be.
fn own_quad(rim: &Rim, shape: SealShape, by: f32, frame: &Frame) -> Quad {
    let (long, short, angle) = rim.form.axes();
    let page = |p: Point| Point::new((rim.center.x + p.x) * by, (rim.center.y + p.y) * by);
    let (right, down) = match (shape, rim.form.sides()) {
        // Half a side each way, along the sides.
        (SealShape::Square, Some(sides)) => {
            let half = |along: f32, across: f32| {
                let (sin, cos) = along.sin_cos();
                let (n_sin, n_cos) = across.sin_cos();
                let p = rim.form.at(-n_sin, n_cos);
                // The distance of the side that runs along `across`, measured along `along`.
                let far = (p.x * -n_sin + p.y * n_cos) / (cos * -n_sin + sin * n_cos);
                Point::new(cos * far, sin * far)
            };
            (half(sides[0], sides[1]), half(sides[1], sides[0]))
        }
        (SealShape::Round, _) => {
            let right = frame.page(Point::new(1.0, 0.0));
            let origin = frame.page(Point::default());
            let (x, y) = (right.x - origin.x, right.y - origin.y);
            let radius = (long * short).sqrt();
            (Point::new(x * radius, y * radius), Point::new(-y * radius, x * radius))
        }
        _ => {
            let (sin, cos) = angle.sin_cos();
            (Point::new(cos * long, sin * long), Point::new(-sin * short, cos * short))
        }
    };
    let corner = |x: f32, y: f32| page(Point::new(right.x * x + down.x * y, right.y * x + down.y * y));
    let quad = Quad([corner(-1.0, -1.0), corner(1.0, -1.0), corner(1.0, 1.0), corner(-1.0, 1.0)]);
    nearest_upright(quad, frame, shape)
}

/// The quad's corners named anew (and their order turned round if need be) so that its first edge
/// lies as level as it can in the upright frame; text runs along the long axis of ellipses and
/// diamonds, if one is longer.
fn nearest_upright(quad: Quad, frame: &Frame, shape: SealShape) -> Quad {
    let [a, b, c, d] = quad.0;
    let clockwise = (b.x - a.x) * (d.y - a.y) - (b.y - a.y) * (d.x - a.x) >= 0.0;
    let quad = if clockwise { quad } else { Quad([b, a, d, c]) };
    let slant = |q: &Quad| {
        let (p, r) = (frame.upright(q.0[0]), frame.upright(q.0[1]));
        (r.y - p.y).atan2(r.x - p.x).abs()
    };
    let (long, short) = (quad.width().max(quad.height()), quad.width().min(quad.height()));
    let alike = short >= ROUND * long;
    let step = if shape == SealShape::Ellipse || (shape == SealShape::Diamond && !alike) { 2 } else { 1 };
    (0..4).step_by(step).map(|k| quad.rolled(k)).min_by(|p, r| slant(p).total_cmp(&slant(r))).unwrap_or(quad)
}

/// How surely a rim is that of a seal; `None` if it is not.
fn confidence(ink: Ink, rim: &Rim, seen: &Inked) -> Option<f32> {
    // Black print is everywhere, and straight strokes line up by chance: such rims must be whole.
    let (on, line, covered) = match (ink, rim.form.sides()) {
        (Ink::Color(_), None) => (0.66, 0.45, 0.45),
        (_, Some(_)) => (0.88, 0.6, 0.7),
        (Ink::Black, None) => (0.8, 0.6, 0.6),
    };
    let is_seal = seen.on >= on
        && seen.line >= line
        && rim.covered >= covered
        && seen.inside >= LEAST_INSIDE
        && seen.filled <= *FILLED.end();
    is_seal.then_some((seen.on * (0.5 + 0.5 * seen.line)).sqrt().min(1.0))
}

pub(super) fn seal(shape: SealShape, ink: Ink, quad: Quad, confidence: f32) -> Seal {
    Seal {
        shape,
        text: String::new(),
        sub_text: String::new(),
        color: ink.name().to_owned(),
        quad,
        own_quad: None,
        confidence,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{geometry::Quad, structure::seal_pieces::distances};
    use image::Rgb;

    const RED: Rgb<u8> = Rgb([215, 60, 60]);

    fn of_page(page: &RgbImage) -> Vec<Seal> {
        seals(&ink_view(page, &[]), page.dimensions(), &Frame::new(900, 600, 0, 0.0), &[])
    }

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
            let found = of_page(&page);
            assert_eq!(found.len(), 1, "{wanted:?}");
            assert_eq!((found[0].shape, found[0].color.as_str()), (wanted, "red"));
            let truth = Quad::from_rect(300.0 - half.0, 250.0 - half.1, 300.0 + half.0, 250.0 + half.1);
            assert!(found[0].quad.iou(&truth) > 0.9);
        }
    }

    #[test]
    fn turned_squares_are_no_diamonds() {
        for degrees in [10.0f32, 15.0, 20.0, 25.0] {
            let (sin, cos) = degrees.to_radians().sin_cos();
            let mut page = page();
            for (x, y, p) in page.enumerate_pixels_mut() {
                let (dx, dy) = (x as f32 - 450.0, y as f32 - 300.0);
                let (u, v) = ((dx * cos + dy * sin) / 90.0, (dy * cos - dx * sin) / 90.0);
                let rim = (0.93..=1.0).contains(&u.abs().max(v.abs()));
                let text = u.abs() < 0.6 && v.abs() < 0.2 && (u * 12.0).rem_euclid(1.0) < 0.5;
                if rim || text {
                    *p = RED;
                }
            }
            let found = of_page(&page);
            assert_eq!(found.iter().map(|s| s.shape).collect::<Vec<_>>(), [SealShape::Square], "{degrees}");
            let own = found[0].own_quad.expect("a quad turned as the seal is");
            assert!((own.angle() - degrees).abs() < 3.0, "{degrees}: {own:?}");
        }
    }

    #[test]
    fn name_seals_of_white_characters_are_found() {
        let mut page = page();
        for (x, y, p) in page.enumerate_pixels_mut() {
            let (u, v) = ((x as f32 - 450.0) / 50.0, (y as f32 - 300.0) / 50.0);
            let cell = |t: f32| (0.1..0.85).contains(&t.abs());
            let white = cell(u) && cell(v) && (x + y) % 8 < 4;
            let band = (100..800).contains(&x) && (450..500).contains(&y);
            if (u.abs().max(v.abs()) <= 1.0 && !white) || band {
                *p = RED;
            }
        }
        let found = of_page(&page);
        assert_eq!(found.iter().map(|s| s.shape).collect::<Vec<_>>(), [SealShape::Square]);
        assert!(found[0].quad.iou(&Quad::from_rect(400.0, 250.0, 500.0, 350.0)) > 0.9);
    }

    #[test]
    fn flat_seals_stay_though_their_own_line_fills_them() {
        let mut page = page();
        draw(&mut page, (300.0, 250.0), (90.0, 40.0), 1, RED);
        let line = |left: f32, right: f32| TextLine {
            quad: Quad::from_rect(left, 215.0, right, 285.0),
            ..TextLine::default()
        };
        let frame = Frame::new(900, 600, 0, 0.0);
        let with = |lines: &[TextLine]| seals(&ink_view(&page, lines), (900, 600), &frame, lines).len();
        // The lines are as high as the seal, and lines of print as high as that would be its neighbours.
        let print =
            |y: f32| TextLine { quad: Quad::from_rect(50.0, y, 850.0, y + 20.0), ..TextLine::default() };
        let others = [print(400.0), print(430.0), print(460.0)];
        assert_eq!(with(&[&[line(215.0, 385.0)], others.as_slice()].concat()), 1);
        assert_eq!(with(&[&[line(215.0, 800.0)], others.as_slice()].concat()), 0);
    }

    #[test]
    fn the_text_height_is_that_of_print() {
        let mut page = page();
        for x in 100..400 {
            for y in 100..220 {
                page.put_pixel(x, y, if x % 3 == 0 { RED } else { Rgb([250; 3]) });
            }
            for y in 300..320 {
                page.put_pixel(x, y, Rgb([if x % 3 == 0 { 20 } else { 250 }; 3]));
            }
        }
        let line = |top: f32, bottom: f32| TextLine {
            quad: Quad::from_rect(100.0, top, 400.0, bottom),
            ..TextLine::default()
        };
        let (stamped, print) = (line(100.0, 220.0), line(300.0, 320.0));
        assert_eq!(text_height(&page, &[stamped.clone(), stamped.clone(), print]), 20.0);
        assert_eq!(text_height(&page, &[stamped]), 120.0);
        assert_eq!(text_height(&page, &[]), 0.0);
    }

    #[test]
    fn purple_seals_are_found() {
        let mut page = page();
        draw(&mut page, (450.0, 300.0), (80.0, 80.0), 2, Rgb([120, 45, 140]));
        let found = of_page(&page);
        assert_eq!(
            found.iter().map(|s| (s.shape, s.color.as_str())).collect::<Vec<_>>(),
            [(SealShape::Diamond, "purple")]
        );
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
        assert_eq!(of_page(&page), []);
    }

    #[test]
    fn a_seal_over_a_red_form_is_found_in_blue_too() {
        let mut page = page();
        draw(&mut page, (450.0, 300.0), (80.0, 80.0), 0, Rgb([60, 80, 200]));
        for x in 20..880 {
            page.put_pixel(x, 310, RED);
        }
        let found = of_page(&page);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].color, "blue");
    }
}
