//! Square and triangular seals: connected pieces of coloured ink whose outermost pixels follow the rim.
//!
//! Other shapes and black ink are for `seal_rims`.

use crate::{
    geometry::{Point, Quad, Rect},
    structure::{
        Seal, SealShape,
        frame::Frame,
        pixels::{Component, Mask, components, runs},
        seal_colors::{Ink, SealColor},
        seal_ink::remove_rules,
        seals::{DIRECTIONS, FILLED, LEAST_INSIDE, seal},
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
const MOST_ELONGATED: f32 = 3.5;
/// The outermost ink lies on the rim if it is this far out, 1 being the rim of the ideal shape.
const ON_RIM: std::ops::RangeInclusive<f32> = 0.88..=1.06;
/// Share of the directions in which the rim of a triangle is found. On the development pages rims
/// with worn ink have 70 % and more, blocks of coloured text at most half.
const LEAST_RIM: f32 = 0.7;
/// Frames of rectangles need more: lines of text fill a rectangle too.
const LEAST_FRAME: f32 = 0.8;
/// Inside is what lies within this share of the way to the rim.
const INSIDE: f32 = 0.75;
/// Seals are not put down straight: tilts that are tried, degrees; how far a square is off the tilt it was found
/// at is measured in steps of one.
const TILTS: [f32; 7] = [0.0, 5.0, -5.0, 10.0, -10.0, 15.0, -15.0];
const OFF_TILT: i8 = 4;
/// Red squares with white characters are filled up to this share (a name seal of two times two characters has
/// 0.73, where the colour of a photograph bleeds into them 0.88) …
const MOST_FILLED: f32 = 0.93;
/// … and about as wide as high, as logos and headings on coloured ground mostly are not.
const SOLID_ASPECT: std::ops::RangeInclusive<f32> = 0.75..=1.34;

/// Square and triangular seals of coloured ink. `sizes`: least and most, page pixels.
/// `by`: page pixels a pixel of the mask.
pub(super) fn component_seals(
    mut mask: Mask,
    by: f32,
    color: SealColor,
    frame: &Frame,
    sizes: (f32, f32),
) -> Vec<Seal> {
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
            let ink = InkOfPart { joined: &joined, mask: &mask, by: pass.joined };
            found.extend(seal_of(part, ink, scale, frame, color));
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
pub(super) fn distances(x: f32, y: f32) -> [(SealShape, f32); 5] {
    let (ax, ay) = (x.abs(), y.abs());
    [
        (SealShape::Ellipse, x.hypot(y)),
        (SealShape::Square, ax.max(ay)),
        (SealShape::Diamond, ax + ay),
        (SealShape::Triangle, y.max(2.0 * ax - y)),
        (SealShape::Triangle, (-y).max(2.0 * ax + y)),
    ]
}

/// The ink in which a component was found.
#[derive(Clone, Copy)]
struct InkOfPart<'a> {
    /// With gaps closed and made smaller: what the component consists of.
    joined: &'a Mask,
    /// As it is on the view, `by` times as large.
    mask: &'a Mask,
    by: usize,
}

impl InkOfPart<'_> {
    /// Share of the component's box that is inked, as it is on the view: making ink smaller thickens it.
    fn filled(&self, part: &Component) -> f32 {
        let across = |x: usize| (x * self.by).min(self.mask.width());
        let rows = (part.top * self.by)..(part.bottom * self.by).min(self.mask.height());
        let row = |y: usize| self.mask.row(y).get(across(part.left)..across(part.right)).unwrap_or_default();
        let inked: usize = rows.flat_map(row).map(|&b| usize::from(b)).sum();
        inked as f32 / (part.width() * part.height() * self.by * self.by).max(1) as f32
    }
}

/// The component as a seal, if its outermost ink follows the rim of one of the shapes.
/// `scale`: page pixels a pixel of the component.
fn seal_of(part: &Component, ink: InkOfPart, scale: f32, frame: &Frame, color: SealColor) -> Option<Seal> {
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
    if !(1.0 / MOST_ELONGATED..=MOST_ELONGATED).contains(&aspect) || filled < *FILLED.start() {
        return None;
    }
    // The box of the component and the upright one differ as the page is turned; both hold the same ink.
    let turned = (part.width() * part.height()) as f32 * scale * scale / bounds.area().max(1.0);
    let filled = if FILLED.contains(&filled) { filled } else { ink.filled(part) * turned };
    let solid = filled > *FILLED.end();
    if solid && (color != SealColor::Red || filled > MOST_FILLED || !SOLID_ASPECT.contains(&aspect)) {
        return None;
    }
    if !has_ink_inside(part, ink.joined) {
        return None;
    }
    let mut best: Option<(SealShape, f32, f32)> = None;
    for degrees in TILTS {
        let (sin, cos) = degrees.to_radians().sin_cos();
        let turned: Vec<Point> =
            points.iter().map(|p| Point::new(p.x * cos - p.y * sin, p.x * sin + p.y * cos)).collect();
        let Some((shape, share)) = shape_of(&turned, scale) else { continue };
        if best.is_none_or(|(_, s, _)| share > s + 0.02) {
            best = Some((shape, share, degrees));
        }
        if share > 0.95 {
            break;
        }
    }
    let (shape, share, degrees) = best?;
    // Round rims and diamonds are for `seal_rims`, which demands more of them.
    if !(shape == SealShape::Square || (shape == SealShape::Triangle && !solid)) {
        return None;
    }
    let mut found = seal(shape, Ink::Color(color), frame.page_quad(bounds), share);
    if shape == SealShape::Square {
        found.own_quad = tightest(&points, degrees, scale).map(|q| q.map(|p| frame.page(p)));
    }
    Some(found)
}

/// The smallest rectangle around the points whose sides are turned back by about `degrees`.
fn tightest(points: &[Point], degrees: f32, scale: f32) -> Option<Quad> {
    let around = |degrees: f32| {
        let (sin, cos) = degrees.to_radians().sin_cos();
        let turned: Vec<Point> =
            points.iter().map(|p| Point::new(p.x * cos - p.y * sin, p.x * sin + p.y * cos)).collect();
        let bounds = bounds_of(&turned)?.expanded(scale / 2.0);
        let quad = Quad::from(bounds).map(|p| Point::new(p.x * cos + p.y * sin, p.y * cos - p.x * sin));
        Some((bounds.area(), quad))
    };
    (-OFF_TILT..=OFF_TILT)
        .filter_map(|off| around(degrees + f32::from(off)))
        .min_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, quad)| quad)
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
