//! Stamps, found by the colour of their ink and the form of their rim.
//!
//! Finds where a seal is, its shape and colour; `seal_text` reads it. Round and diamond rims come
//! from `seal_rims`, which sees them through whatever crosses them; square and triangular ones
//! are connected pieces of coloured ink whose outermost pixels follow the rim.

use image::RgbImage;

use crate::numbers::median;
use crate::{
    geometry::{Point, Quad, Rect},
    ocr::TextLine,
    structure::{
        Seal, SealShape,
        frame::Frame,
        pixels::{Component, Mask, components, runs},
        seal_colors::{Ink, SealColor},
        seal_ink::{InkMap, InkView, remove_rules},
        seal_outline::{Inked, inked, outlined},
        seal_rims::{Rim, Search, rims},
    },
};

/// One way of cutting the ink into parts.
struct Pass {
    /// Straight strokes longer than this share of the page's longer side are rules of a coloured
    /// form and left out.
    rule_length: f32,
    /// Gaps of up to this many pixels of the view along rows and columns are closed first: rules
    /// and print across the rim.
    closed: usize,
    /// Pieces of ink up to this many pixels of the view apart belong together.
    joined: usize,
}
/// First whole rims, then worn ones, then seals printed over the rules of a coloured form.
const PASSES: [Pass; 4] = [
    Pass { rule_length: 0.25, closed: 0, joined: 2 },
    Pass { rule_length: 0.25, closed: 4, joined: 1 },
    Pass { rule_length: 0.25, closed: 0, joined: 4 },
    Pass { rule_length: 0.08, closed: 0, joined: 2 },
];
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
const MOST_ELONGATED: f32 = 3.5;
/// Share of the bounding box that is inked: rims and characters leave it mostly empty, solid
/// logos and coloured bands do not.
const FILLED: std::ops::RangeInclusive<f32> = 0.04..=0.6;
/// Directions from the middle in which the rim is looked for.
const DIRECTIONS: usize = 72;
/// The outermost ink lies on the rim if it is this far out, 1 being the rim of the ideal shape.
const ON_RIM: std::ops::RangeInclusive<f32> = 0.88..=1.06;
/// Share of the directions in which the rim of a triangle is found. On the development pages rims
/// with worn ink have 70 % and more, blocks of coloured text at most half.
const LEAST_RIM: f32 = 0.7;
/// Frames of rectangles need more: lines of text fill a rectangle too.
const LEAST_FRAME: f32 = 0.8;
/// Directions in which there is ink within the rim, as a share: a seal has text there, a logo's
/// ring or a printed 0 does not.
const LEAST_INSIDE: f32 = 0.3;
/// Inside is what lies within this share of the way to the rim.
const INSIDE: f32 = 0.75;
/// Seals are not put down straight: tilts that are tried, degrees.
const TILTS: [f32; 7] = [0.0, 5.0, -5.0, 10.0, -10.0, 15.0, -15.0];
/// Short over long axis of round seals; below, they are ellipses.
const ROUND: f32 = 0.87;

/// The page as seals are looked for on it. `lines`: what was read on it.
pub fn ink_view(image: &RgbImage, lines: &[TextLine]) -> InkView {
    InkView::of(image, text_height(lines))
}

/// The height of the page's usual text in page pixels; 0 if it has none.
fn text_height(lines: &[TextLine]) -> f32 {
    median(lines.iter().map(|l| l.quad.height())).unwrap_or_default()
}

/// The seals of a page of `size`, in page pixels, surest first. `lines`: what was read on it.
pub fn seals(view: &InkView, size: (u32, u32), frame: &Frame, lines: &[TextLine]) -> Vec<Seal> {
    let longer = size.0.max(size.1) as f32;
    let text_height = text_height(lines);
    let least = (LEAST_SIDE * longer).max(LEAST_TEXT_HEIGHTS * text_height);
    let mut found: Vec<Seal> = Vec::new();
    for ink in [Ink::Color(SealColor::Red), Ink::Color(SealColor::Blue), Ink::Black] {
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
    // A line of print at least twice as long as high, of the seal's height, around its middle.
    let character = lines.iter().any(|l| {
        l.quad.width() >= 2.0 * l.quad.height()
            && l.quad.height() >= 0.7 * seal.quad.height()
            && l.quad.contains(seal.quad.center())
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
            let ink = inked(&map.mask, &rim);
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
    let straight = turned.iter().all(|&t| t < 20.0);
    match ink {
        Ink::Color(_) if !straight => Some(SealShape::Diamond),
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
/// diamonds.
fn nearest_upright(quad: Quad, frame: &Frame, shape: SealShape) -> Quad {
    let [a, b, c, d] = quad.0;
    let clockwise = (b.x - a.x) * (d.y - a.y) - (b.y - a.y) * (d.x - a.x) >= 0.0;
    let quad = if clockwise { quad } else { Quad([b, a, d, c]) };
    let slant = |q: &Quad| {
        let (p, r) = (frame.upright(q.0[0]), frame.upright(q.0[1]));
        (r.y - p.y).atan2(r.x - p.x).abs()
    };
    let step = if matches!(shape, SealShape::Ellipse | SealShape::Diamond) { 2 } else { 1 };
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

fn seal(shape: SealShape, ink: Ink, quad: Quad, confidence: f32) -> Seal {
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

/// Square and triangular seals of coloured ink. `sizes`: least and most, page pixels.
/// `by`: page pixels a pixel of the mask.
fn component_seals(mut mask: Mask, by: f32, color: SealColor, frame: &Frame, sizes: (f32, f32)) -> Vec<Seal> {
    let mut found = Vec::new();
    let longer = mask.width().max(mask.height()) as f32;
    let mut removed = f32::INFINITY;
    for pass in PASSES {
        if pass.rule_length < removed {
            remove_rules(&mut mask, (pass.rule_length * longer) as usize);
            removed = pass.rule_length;
        }
        let scale = by * pass.joined as f32;
        let joined = closed(&mask, pass.closed).reduced(pass.joined);
        let mut parts = components(&runs(&joined, 1, 1));
        parts.sort_by_key(|c| std::cmp::Reverse(c.width() * c.height()));
        let size = |c: &Component| c.width().max(c.height()) as f32 * scale;
        for part in parts.iter().filter(|c| size(c) >= sizes.0 && size(c) <= sizes.1) {
            found.extend(seal_of(part, &joined, scale, frame, color));
        }
    }
    found
}

/// The mask with gaps of up to `gap` pixels along rows and columns filled.
fn closed(mask: &Mask, gap: usize) -> Mask {
    let mut out = mask.clone();
    if gap > 0 {
        for run in runs(mask, gap, 1) {
            (run.start..run.end).for_each(|x| out.set(x, run.y, true));
        }
        for run in runs(&mask.transposed(), gap, 1) {
            (run.start..run.end).for_each(|y| out.set(run.y, y, true));
        }
    }
    out
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
    // The sparsest shape fills its own box least; turned straight it fills the box no less.
    if (part.area as f32) < 0.5 * FILLED.start() * (part.width() * part.height()) as f32 {
        return None;
    }
    let points: Vec<Point> = silhouette(part)
        .into_iter()
        .map(|(x, y)| frame.upright(Point::new((x as f32 + 0.5) * scale, (y as f32 + 0.5) * scale)))
        .collect();
    let bounds = bounds_of(&points)?.expanded(scale / 2.0);
    let aspect = bounds.width() / bounds.height().max(1.0);
    let filled = part.area as f32 * scale * scale / bounds.area().max(1.0);
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
    // Round rims and diamonds are for `seal_rims`, which demands more of them.
    matches!(shape, SealShape::Square | SealShape::Triangle)
        .then(|| seal(shape, Ink::Color(color), frame.page_quad(bounds), share))
}

/// The first and last pixel of each row and column of a component: what can lie on its rim.
fn silhouette(part: &Component) -> Vec<(usize, usize)> {
    let mut rows = vec![(usize::MAX, 0); part.height()];
    let mut columns = vec![(usize::MAX, 0); part.width()];
    for run in &part.runs {
        if let Some((first, last)) = rows.get_mut(run.y - part.top) {
            (*first, *last) = ((*first).min(run.start), (*last).max(run.end - 1));
        }
        for (first, last) in &mut columns[run.start - part.left..run.end - part.left] {
            (*first, *last) = ((*first).min(run.y), (*last).max(run.y));
        }
    }
    let sides = rows.into_iter().enumerate().filter(|(_, (first, _))| *first != usize::MAX);
    let ends = columns.into_iter().enumerate().filter(|(_, (first, _))| *first != usize::MAX);
    sides
        .flat_map(|(y, (first, last))| [first, last].map(|x| (x, y + part.top)))
        .chain(ends.flat_map(|(x, (first, last))| [first, last].map(|y| (x + part.left, y))))
        .collect()
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
