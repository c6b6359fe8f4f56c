//! Pieces that lie on a ground of another colour: cards, receipts and tickets on a scanner's lid, a
//! table or a cloth, by their outlines.
//!
//! What is flat and hangs together with the page's edge is the ground; where that is no white paper (wood, a
//! patterned cloth, a dark table), what has the rim's colours, lit or in shadow. What the ground encloses and fills a
//! rectangle is a piece, if its colour is another than the ground's beside it; pieces that touch or overlap are
//! told by the edges between them. Paper on paper of the same colour is not seen so: its text has to tell.
//! Reads no text.

use image::RgbImage;

use crate::{
    geometry::{Point, Quad},
    numbers::{box_mean, median},
    ocr::min_area_rect,
    structure::{
        ground::has_colours_of_rim,
        pixels::{Component, Mask, components, reduced_rgb, runs},
    },
};

/// The page is looked at reduced to about this many pixels on its longer side: a card on an A4 page
/// is 200 wide then.
const VIEW_SIDE: f32 = 700.0;

/// A step of colour over two pixels, in levels, from which on it is an edge: so many times the median
/// step at the page's rim, where the ground shows, within limits. Reasoned: the grain of drawn wood
/// has a median of 7, lids and cloths of less than 2, and the paper on them is 20 and more lighter.
const EDGE_BY_GRAIN: f32 = 3.0;
const EDGE_LEVELS: std::ops::RangeInclusive<f32> = 7.0..=40.0;

/// Width of the rim, as a share of the longer side.
const RIM: f32 = 0.015;

/// Share of the rim that edges must be for the ground to be patterned. Reasoned: papers that reach over the
/// rim make a few edges there, wood, stone and checked cloth many.
const PATTERNED: f32 = 0.13;

/// Pixels that edges and shadows add to a piece all around; taken off first, so that threads between
/// neighbours tear.
const SEAM: usize = 3;

/// Pixels taken off in steps from what fills no rectangle: the fringe of a pattern beside a card is thinner than
/// that, as is the shadow that joins two papers.
const FRINGE: [usize; 3] = [2 * SEAM, 3 * SEAM, 4 * SEAM];

/// Share of its least rectangle that a paper fills that is told by the edges between papers, and share of what lies
/// together that it holds, at least: two that hung together on a drawn sheet filled 0.87; the share held is
/// reasoned: boxes printed on a paper are less.
const FILLED_WITHIN: f32 = 0.9;
const HELD: f32 = 0.12;

/// Share of its least rectangle that a piece fills: whole cards 0.94 and more under perspective,
/// two of them that touch mostly less than 0.8 (measured on 42 drawn sheets).
const FILLED: f32 = 0.8;

/// Least width and height of a piece as shares of the view's longer side.
const LEAST_SIDE: f32 = 0.04;

/// Least difference in levels between the piece along its edges and the ground beside it: a frame that is
/// printed has the same paper on both sides.
const OTHER_COLOUR: f32 = 6.0;

/// Places along each side where the two are compared, and how far inside and outside of the edge, in pixels: a
/// printed frame is thinner than that.
const PLACES: usize = 24;
const INSIDE: f32 = 8.0;
const OUTSIDE: f32 = 4.0;

/// The outlines of the pieces on a page, in page pixels; empty where no ground is seen.
pub fn pieces(image: &RgbImage) -> Vec<Quad> {
    let longer = image.width().max(image.height()) as f32;
    let by = (longer / VIEW_SIDE).round().max(1.0);
    let small = reduced_rgb(image, by as u32);
    let (width, height) = (small.width() as usize, small.height() as usize);
    if width < 4 * SEAM || height < 4 * SEAM {
        return Vec::new();
    }
    let steps = steps(&small);
    let rim = ((RIM * width.max(height) as f32) as usize).max(3);
    let at_rim =
        |i: usize| (i % width).min(i / width).min(width - 1 - i % width).min(height - 1 - i / width) < rim;
    let of_rim: Vec<f32> = steps.iter().enumerate().filter(|(i, _)| at_rim(*i)).map(|(_, s)| *s).collect();
    let grain = median(of_rim.iter().copied()).unwrap_or_default();
    let least_edge = *EDGE_LEVELS.start();
    let view = View {
        small: &small,
        fine: flat(&steps, width, least_edge),
        least: LEAST_SIDE * width.max(height) as f32,
    };
    let edges = of_rim.iter().filter(|s| **s > least_edge).count();
    let patterned = edges as f32 > PATTERNED * of_rim.len() as f32;
    let mut found = Vec::new();
    if let Some(ground) = has_colours_of_rim(&small, rim, patterned) {
        found = view.pieces_on(&ground, true);
    }
    let edge = (EDGE_BY_GRAIN * grain).clamp(least_edge, *EDGE_LEVELS.end());
    for quad in view.pieces_on(&flat(&steps, width, edge), false) {
        let within = |a: &Quad, b: &Quad| a.contains(b.center());
        if !found.iter().any(|f| within(f, &quad) || within(&quad, f)) {
            found.push(quad);
        }
    }
    found.into_iter().map(|quad| quad.map(|p| Point::new(p.x * by, p.y * by))).collect()
}

/// The reduced page with what is told from it once.
struct View<'i> {
    small: &'i RgbImage,
    /// Where the colour changes by less than the least edge.
    fine: Mask,
    /// Least side of a piece, in pixels of the view.
    least: f32,
}

impl View<'_> {
    /// The pieces that lie on some ground, in pixels of the view; those that touch too where the ground is plainly no
    /// paper: on paper what hangs together is mostly print.
    fn pieces_on(&self, ground: &Mask, touching: bool) -> Vec<Quad> {
        let mut lying = not_ground(ground);
        for _ in 0..SEAM {
            lying = eroded(&lying);
        }
        let mut found = Vec::new();
        for component in components(&runs(&lying, 0, 1)) {
            if (component.width().max(component.height()) as f32) < self.least {
                continue;
            }
            match outline(&component, SEAM, FILLED, self.least) {
                Some(quad) => found.push(quad),
                None if touching => found.extend(self.apart(&component)),
                None => {}
            }
        }
        found.retain(|quad| other_colour(self.small, quad));
        found
    }

    /// The pieces in what fills no rectangle: without the fringe of the ground's pattern, or by the edges
    /// between papers that touch or overlap.
    fn apart(&self, component: &Component) -> Vec<Quad> {
        let (width, height) = (self.fine.width(), self.fine.height());
        let mut own = Mask::new(width, height);
        for run in &component.runs {
            if let Some(part) = own.row_mut(run.y).get_mut(run.start..run.end) {
                part.fill(1);
            }
        }
        let (mut rest, mut taken) = (own.clone(), SEAM);
        for seam in FRINGE {
            while taken < seam {
                (rest, taken) = (eroded(&rest), taken + 1);
            }
            let large = self.large(&rest);
            let found: Option<Vec<Quad>> =
                large.iter().map(|c| outline(c, seam, FILLED, self.least)).collect();
            if let Some(found) = found.filter(|f| !f.is_empty()) {
                return found;
            }
        }
        let mut inside = Mask::new(width, height);
        for y in 0..height {
            for ((to, &a), &b) in inside.row_mut(y).iter_mut().zip(own.row(y)).zip(self.fine.row(y)) {
                *to = a & b;
            }
        }
        let large = self.large(&eroded(&inside));
        let whole = large.iter().map(filled).filter(|c| c.area as f32 >= HELD * component.area as f32);
        whole.filter_map(|c| outline(&c, SEAM + 1, FILLED_WITHIN, self.least)).collect()
    }

    /// What hangs together in a mask and is large enough for a piece both ways.
    fn large(&self, mask: &Mask) -> Vec<Component> {
        let mut parts = components(&runs(mask, 0, 1));
        parts.retain(|c| c.width().min(c.height()) as f32 >= self.least);
        parts
    }
}

/// A component with its holes, as of letters on paper, filled.
fn filled(component: &Component) -> Component {
    let (left, top) = (component.left, component.top);
    let mut beyond = Mask::new(component.width() + 2, component.height() + 2);
    for y in 0..beyond.height() {
        beyond.row_mut(y).fill(1);
    }
    for run in &component.runs {
        if let Some(part) = beyond.row_mut(run.y - top + 1).get_mut(run.start - left + 1..run.end - left + 1)
        {
            part.fill(0);
        }
    }
    let mut whole = runs(&not_ground(&beyond), 0, 1);
    for run in &mut whole {
        (run.start, run.end, run.y) = (run.start + left - 1, run.end + left - 1, run.y + top - 1);
    }
    components(&whole).into_iter().max_by_key(|c| c.area).unwrap_or_else(|| component.clone())
}

/// The greatest step of colour over two pixels at each pixel, in levels.
fn steps(small: &RgbImage) -> Vec<f32> {
    let (width, height) = (small.width() as usize, small.height() as usize);
    let (pixels, _) = small.as_raw().as_chunks::<3>();
    let mut steps = vec![0.0_f32; width * height];
    for channel in 0..3 {
        let levels: Vec<f32> = pixels.iter().map(|p| f32::from(p[channel])).collect();
        let smooth = box_mean(&levels, width, 1);
        let at = |x: usize, y: usize| smooth.get(y * width + x).copied().unwrap_or_default();
        for (i, step) in steps.iter_mut().enumerate() {
            let (x, y) = (i % width, i / width);
            let across = at((x + 1).min(width - 1), y) - at(x.saturating_sub(1), y);
            let down = at(x, (y + 1).min(height - 1)) - at(x, y.saturating_sub(1));
            *step = step.max(across.abs()).max(down.abs());
        }
    }
    steps
}

/// Where the colour changes by no more than an edge.
fn flat(steps: &[f32], width: usize, edge: f32) -> Mask {
    let mut mask = Mask::new(width, steps.len() / width.max(1));
    for (i, step) in steps.iter().enumerate() {
        mask.set(i % width, i / width, *step <= edge);
    }
    mask
}

/// All but the flat parts that reach the page's edge.
fn not_ground(flat: &Mask) -> Mask {
    let (width, height) = (flat.width(), flat.height());
    let mut lying = Mask::new(width, height);
    for y in 0..height {
        lying.row_mut(y).fill(1);
    }
    let at_edge = |c: &&Component| c.left == 0 || c.top == 0 || c.right == width || c.bottom == height;
    for run in components(&runs(flat, 0, 1)).iter().filter(at_edge).flat_map(|c| &c.runs) {
        if let Some(part) = lying.row_mut(run.y).get_mut(run.start..run.end) {
            part.fill(0);
        }
    }
    lying
}

/// Without the outermost pixels.
fn eroded(mask: &Mask) -> Mask {
    let mut out = Mask::new(mask.width(), mask.height());
    for y in 1..mask.height().saturating_sub(1) {
        for x in 1..mask.width().saturating_sub(1) {
            let inner = mask.get(x, y)
                && mask.get(x - 1, y)
                && mask.get(x + 1, y)
                && mask.get(x, y - 1)
                && mask.get(x, y + 1);
            out.set(x, y, inner);
        }
    }
    out
}

/// The rectangle that a component fills, in pixels of the view, the seam taken off given back; `None` where it
/// fills none.
fn outline(component: &Component, seam: usize, share: f32, least: f32) -> Option<Quad> {
    let ends = component.runs.iter().flat_map(|run| {
        let (top, bottom) = (run.y as f32, run.y as f32 + 1.0);
        let corner = |x: usize, y: f32| Point::new(x as f32, y);
        [corner(run.start, top), corner(run.start, bottom), corner(run.end, top), corner(run.end, bottom)]
    });
    let rect = min_area_rect(&ends.collect::<Vec<_>>())?;
    let (width, height) = (rect.width(), rect.height());
    let fills = component.area as f32 >= share * width * height;
    if width.min(height) < least || !fills {
        return None;
    }
    // From its middle outwards by the seam.
    let grown = |extent: f32| (extent + 2.0 * seam as f32) / extent;
    let [a, b, _, d] = rect.0;
    let unit =
        |from: Point, to: Point, length: f32| Point::new((to.x - from.x) / length, (to.y - from.y) / length);
    let (u, v, c) = (unit(a, b, width), unit(a, d, height), rect.center());
    Some(rect.map(|p| {
        let (x, y) = (p.x - c.x, p.y - c.y);
        let (along, across) = ((x * u.x + y * u.y) * grown(width), (x * v.x + y * v.y) * grown(height));
        Point::new(c.x + along * u.x + across * v.x, c.y + along * u.y + across * v.y)
    }))
}

/// Whether most of a piece's edge has another colour inside than outside.
fn other_colour(small: &RgbImage, quad: &Quad) -> bool {
    let centre = quad.center();
    let colour = |p: Point| -> Option<[f32; 3]> {
        let inside = p.x >= 0.0 && p.y >= 0.0;
        let pixel = inside.then(|| small.get_pixel_checked(p.x as u32, p.y as u32)).flatten()?;
        Some(pixel.0.map(f32::from))
    };
    let differences = (0..4).flat_map(|side| {
        let (from, to) = (quad.0[side], quad.0[(side + 1) % 4]);
        let length = from.distance(to).max(1.0);
        // Outwards: away from the middle.
        let (mut nx, mut ny) = ((to.y - from.y) / length, (from.x - to.x) / length);
        let middle = from.lerp(to, 0.5);
        if nx * (middle.x - centre.x) + ny * (middle.y - centre.y) < 0.0 {
            (nx, ny) = (-nx, -ny);
        }
        (1..PLACES).filter_map(move |i| {
            let p = from.lerp(to, i as f32 / PLACES as f32);
            let aside = |by: f32| colour(Point::new(p.x + by * nx, p.y + by * ny));
            let (inside, outside) = (aside(-INSIDE)?, aside(OUTSIDE)?);
            Some(inside.iter().zip(outside).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max))
        })
    });
    median(differences).is_some_and(|d| d >= OTHER_COLOUR)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A page of `ground` with rectangles turned by some degrees on it, each with dark lines as of text.
    fn page(ground: [u8; 3], rects: &[(Point, f32, f32, f32, [u8; 3])]) -> (RgbImage, Vec<Quad>) {
        let mut image = RgbImage::from_pixel(1400, 1000, image::Rgb(ground));
        let mut quads = Vec::new();
        for &(centre, width, height, degrees, colour) in rects {
            let (sin, cos) = degrees.to_radians().sin_cos();
            for (x, y, pixel) in image.enumerate_pixels_mut() {
                let (dx, dy) = (x as f32 - centre.x, y as f32 - centre.y);
                let (u, v) = (dx * cos + dy * sin, dy * cos - dx * sin);
                if u.abs() < width / 2.0 && v.abs() < height / 2.0 {
                    let inked =
                        u.abs() < 0.4 * width && (v.rem_euclid(40.0) < 12.0) && v.abs() < 0.4 * height;
                    *pixel = image::Rgb(if inked { [40, 40, 40] } else { colour });
                }
            }
            let corner =
                |u: f32, v: f32| Point::new(centre.x + u * cos - v * sin, centre.y + u * sin + v * cos);
            let (w, h) = (width / 2.0, height / 2.0);
            quads.push(Quad([corner(-w, -h), corner(w, -h), corner(w, h), corner(-w, h)]));
        }
        (image, quads)
    }

    #[test]
    fn cards_are_told_from_their_ground() {
        let cards = [
            (Point::new(350.0, 300.0), 500.0, 320.0, 4.0, [235, 240, 250]),
            (Point::new(1050.0, 300.0), 500.0, 320.0, -7.0, [250, 250, 245]),
            (Point::new(500.0, 750.0), 320.0, 400.0, 90.0, [225, 240, 225]),
        ];
        for ground in [[15, 15, 16], [180, 182, 185], [160, 115, 70]] {
            let (image, truth) = page(ground, &cards);
            let found = pieces(&image);
            assert_eq!(found.len(), truth.len(), "{ground:?}");
            for quad in &truth {
                let best = found.iter().map(|f| f.iou(quad)).fold(0.0, f32::max);
                assert!(best > 0.9, "{best} on {ground:?}");
            }
        }
    }

    #[test]
    fn cards_are_told_from_a_patterned_ground() {
        let cards = [
            (Point::new(380.0, 300.0), 500.0, 320.0, 5.0, [250, 250, 246]),
            (Point::new(1000.0, 310.0), 500.0, 320.0, -4.0, [40, 50, 80]),
            (Point::new(500.0, 750.0), 520.0, 320.0, 0.0, [246, 248, 250]),
        ];
        // Checked cloth, stripes as of wood; papers throw a shadow.
        let cloth = |x: u32, y: u32| {
            if (x / 60 + y / 60).is_multiple_of(2) { [214, 190, 186] } else { [176, 120, 112] }
        };
        let wood = |x: u32, _: u32| if (x / 7).is_multiple_of(2) { [96, 66, 44] } else { [122, 84, 58] };
        let grounds: [&dyn Fn(u32, u32) -> [u8; 3]; 2] = [&cloth, &wood];
        for ground in grounds {
            let (mut image, truth) = page([1, 2, 3], &cards);
            for (x, y, pixel) in image.enumerate_pixels_mut() {
                if pixel.0 == [1, 2, 3] {
                    let at = Point::new(x as f32 - 10.0, y as f32 - 10.0);
                    let shade = if truth.iter().any(|q| q.contains(at)) { 0.6 } else { 1.0 };
                    *pixel = image::Rgb(ground(x, y).map(|v| (f32::from(v) * shade) as u8));
                }
            }
            let found = pieces(&image);
            for quad in &truth {
                let best = found.iter().map(|f| f.iou(quad)).fold(0.0, f32::max);
                assert!(best > 0.85, "{best}");
            }
            assert_eq!(found.len(), truth.len());
        }
    }

    #[test]
    fn papers_that_touch_are_told_by_the_edge_between_them() {
        let papers = [
            (Point::new(400.0, 400.0), 400.0, 600.0, 0.0, [250, 250, 246]),
            (Point::new(801.0, 600.0), 396.0, 400.0, 0.0, [250, 250, 246]),
        ];
        let (mut image, truth) = page([70, 96, 130], &papers);
        for y in 400..700 {
            for x in 597..604 {
                image.put_pixel(x, y, image::Rgb([170, 170, 168]));
            }
        }
        let found = pieces(&image);
        for quad in &truth {
            let best = found.iter().map(|f| f.iou(quad)).fold(0.0, f32::max);
            assert!(best > 0.85, "{best} of {}", found.len());
        }
    }

    #[test]
    fn frames_and_text_on_paper_are_no_pieces() {
        let paper = [252, 252, 250];
        let text = (Point::new(700.0, 500.0), 900.0, 600.0, 0.0, paper);
        assert_eq!(pieces(&page(paper, &[text]).0), []);
        // A frame is drawn: a dark rectangle with one of paper on it.
        let frame = (Point::new(700.0, 500.0), 908.0, 608.0, 0.0, [60, 60, 60]);
        assert_eq!(pieces(&page(paper, &[frame, text]).0), []);
        assert_eq!(pieces(&RgbImage::new(3, 3)), []);
    }
}
