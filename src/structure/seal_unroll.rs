//! The pixels of a seal as level strips of text: the rim unrolled along its ellipse, and the inside
//! turned upright.
//!
//! Strips are dark ink on white paper whatever the ink's colour, without black print beneath.

use image::{GrayImage, Luma, RgbImage};

use crate::{
    geometry::{Point, Quad, solve_least_squares},
    numbers::{histogram, percentile},
    structure::seal_plane::InkPlane,
};

/// Points of the table that turns a way along the ellipse into an angle.
const TABLE: usize = 720;
/// A strip holds at most this many pixels along the text.
const MOST_COLUMNS: f32 = 2400.0;

/// A seal's own axes in page pixels: to the right and down as its text stands, from the middle to
/// the rim.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Axes {
    pub center: Point,
    pub right: Point,
    pub down: Point,
}

impl Axes {
    /// The axes of a quad whose first edge runs along the text.
    pub fn of_quad(quad: &Quad) -> Self {
        let [a, b, c, d] = quad.0;
        let half = |p: Point, q: Point| Point::new((q.x - p.x) / 2.0, (q.y - p.y) / 2.0);
        let right = (half(a, b), half(d, c));
        let down = (half(a, d), half(b, c));
        let mean = |(p, q): (Point, Point)| Point::new((p.x + q.x) / 2.0, (p.y + q.y) / 2.0);
        Self { center: quad.center(), right: mean(right), down: mean(down) }
    }

    /// The point at `(x, y)`, 1 being the rim on the right and at the bottom.
    pub fn at(&self, x: f32, y: f32) -> Point {
        Point::new(
            self.center.x + self.right.x * x + self.down.x * y,
            self.center.y + self.right.y * x + self.down.y * y,
        )
    }

    /// Lengths of both half axes.
    pub fn half_sizes(&self) -> (f32, f32) {
        (self.right.x.hypot(self.right.y), self.down.x.hypot(self.down.y))
    }

    /// The same seal turned clockwise on its rim's ellipse, so that what was at an angle clockwise
    /// from the top comes to the top.
    pub fn turned(&self, angle: f32) -> Self {
        let (sin, cos) = angle.sin_cos();
        let (r, d) = (self.right, self.down);
        Self {
            center: self.center,
            right: Point::new(r.x * cos + d.x * sin, r.y * cos + d.y * sin),
            down: Point::new(d.x * cos - r.x * sin, d.y * cos - r.y * sin),
        }
    }
}

/// Samples `place(column, row)` as an image of dark ink on white, its contrast stretched from the
/// paper (median) to the ink (98th percentile of what is inked at all).
fn sampled(
    plane: &InkPlane,
    (width, height): (u32, u32),
    place: impl Fn(f32, f32) -> Option<Point>,
) -> GrayImage {
    let mut levels = Vec::with_capacity(width as usize * height as usize);
    for y in 0..height {
        for x in 0..width {
            let value = place(x as f32 + 0.5, y as f32 + 0.5).map_or(0.0, |p| plane.at(p));
            levels.push(value as u8);
        }
    }
    let counts = histogram(levels.iter().copied());
    let (paper, full) = (f32::from(percentile(&counts, 0.4)), f32::from(percentile(&counts, 0.97)));
    let span = (full - paper).max(12.0);
    let out =
        levels.into_iter().map(|v| (255.0 * (1.0 - (f32::from(v) - paper) / span)).clamp(0.0, 255.0) as u8);
    GrayImage::from_raw(width, height, out.collect()).unwrap_or_default()
}

/// The way along an ellipse that lies `depth` page pixels inside the rim, clockwise from the
/// bottom: angles at equal steps and the whole length in page pixels.
pub struct Way {
    angles: Vec<f32>,
    length: f32,
}

impl Way {
    /// `depth`: page pixels inside the rim.
    pub fn along(axes: &Axes, depth: f32) -> Self {
        let (a, b) = axes.half_sizes();
        let (a, b) = ((a - depth).max(1.0), (b - depth).max(1.0));
        let angle = |i: usize| std::f32::consts::FRAC_PI_2 + i as f32 / TABLE as f32 * std::f32::consts::TAU;
        let mut sums = vec![0.0f32];
        for i in 0..TABLE {
            let (p, q) = (angle(i), angle(i + 1));
            let step = ((q.cos() - p.cos()) * a).hypot((q.sin() - p.sin()) * b);
            sums.push(sums[i] + step);
        }
        let length = sums[TABLE];
        let mut i = 0;
        let angles = (0..=TABLE)
            .map(|k| {
                let wanted = length * k as f32 / TABLE as f32;
                while i + 1 < TABLE && sums[i + 1] < wanted {
                    i += 1;
                }
                let part = (wanted - sums[i]) / (sums[i + 1] - sums[i]).max(1e-6);
                angle(i) + part * std::f32::consts::TAU / TABLE as f32
            })
            .collect();
        Self { angles, length }
    }

    /// The angle at a share (any number; whole turns do not matter) of the way.
    fn angle(&self, share: f32) -> f32 {
        let at = share.rem_euclid(1.0) * TABLE as f32;
        let i = (at as usize).min(TABLE - 1);
        self.angles[i] + (at - i as f32) * (self.angles[i + 1] - self.angles[i])
    }

    /// The share of the way at an angle clockwise from the right.
    pub fn share(&self, angle: f32) -> f32 {
        let turn = (angle - std::f32::consts::FRAC_PI_2).rem_euclid(std::f32::consts::TAU);
        let i = self.angles.partition_point(|a| a - std::f32::consts::FRAC_PI_2 < turn);
        i as f32 / TABLE as f32
    }
}

/// How the rim's depth differs from its ellipse round the seal, page pixels: a constant and the
/// first two harmonics of the share of the way, which are what a shifted or differently stretched
/// ellipse makes.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Wobble([f32; 5]);

impl Wobble {
    fn terms(share: f32) -> [f32; 5] {
        let (sin, cos) = (share * std::f32::consts::TAU).sin_cos();
        let (sin_2, cos_2) = (2.0 * share * std::f32::consts::TAU).sin_cos();
        [1.0, cos, sin, cos_2, sin_2]
    }

    fn at(&self, share: f32) -> f32 {
        Self::terms(share).iter().zip(self.0).map(|(t, c)| t * c).sum()
    }

    /// The wobble that goes through most of the points (share of the way, depth), those further
    /// off than `slack` left out one after the other; `None` if fewer than `least` stay.
    pub fn through(points: &[(f32, f32)], slack: f32, least: usize) -> Option<Self> {
        let depths = points.iter().map(|p| p.1);
        let mut wobble = Self([crate::numbers::median(depths)?, 0.0, 0.0, 0.0, 0.0]);
        for reach in [8.0, 6.0, 4.0, 2.0, 1.0, 1.0] {
            let rows: Vec<([f64; 5], f64)> = points
                .iter()
                .filter(|(share, depth)| (depth - wobble.at(*share)).abs() <= reach * slack)
                .map(|(share, depth)| (Self::terms(*share).map(f64::from), f64::from(*depth)))
                .collect();
            if rows.len() < least {
                return None;
            }
            wobble = Self(solve_least_squares(&rows)?.map(|v| v as f32));
        }
        Some(wobble)
    }
}

/// Unrolls a whole turn of the rim between two depths (page pixels inside the rim's outer edge),
/// clockwise from `start` (share of the way round from the bottom), `rows` pixels high, its upper
/// edge outwards; `wobble` is added to the depths.
pub fn unroll(
    plane: &InkPlane,
    axes: &Axes,
    (from, to): (f32, f32),
    wobble: &Wobble,
    start: f32,
    rows: u32,
) -> GrayImage {
    let way = Way::along(axes, (from + to) / 2.0);
    let scale = rows as f32 / (to - from).max(1.0);
    let columns = (way.length * scale).clamp(8.0, MOST_COLUMNS);
    let (half_width, half_height) = axes.half_sizes();
    let unit = |p: Point, length: f32| Point::new(p.x / length.max(1e-6), p.y / length.max(1e-6));
    let (right, down) = (unit(axes.right, half_width), unit(axes.down, half_height));
    // Of each column: its place at depth 0, the way inwards and how much deeper the rim lies.
    let lines: Vec<(Point, Point, f32)> = (0..columns as u32)
        .map(|x| {
            let share = start + (x as f32 + 0.5) / columns;
            let (sin, cos) = way.angle(share).sin_cos();
            // Outward normal of the ellipse in its own axes.
            let (nx, ny) = (cos * half_height, sin * half_width);
            let length = nx.hypot(ny).max(1e-6);
            let in_page = |u: f32, v: f32| Point::new(right.x * u + down.x * v, right.y * u + down.y * v);
            let rim = in_page(half_width * cos, half_height * sin);
            let rim = Point::new(axes.center.x + rim.x, axes.center.y + rim.y);
            (rim, in_page(-nx / length, -ny / length), wobble.at(share))
        })
        .collect();
    let place = |x: f32, y: f32| {
        let (rim, inwards, wobble) = lines.get(x as usize)?;
        let depth = from + y / scale + wobble;
        Some(Point::new(rim.x + depth * inwards.x, rim.y + depth * inwards.y))
    };
    sampled(plane, (columns as u32, rows), place)
}

/// The inside of the seal upright, `height` pixels high; `inside(x, y)` says of a place in the
/// seal's own axes (1 being the rim) whether it is shown.
pub fn upright(plane: &InkPlane, axes: &Axes, height: u32, inside: impl Fn(f32, f32) -> bool) -> GrayImage {
    let (half_width, half_height) = axes.half_sizes();
    let width = (height as f32 * half_width / half_height.max(1.0)).clamp(8.0, MOST_COLUMNS) as u32;
    let place = |x: f32, y: f32| {
        let (u, v) = (2.0 * x / width as f32 - 1.0, 2.0 * y / height as f32 - 1.0);
        inside(u, v).then(|| axes.at(u, v))
    };
    sampled(plane, (width, height), place)
}

/// A gray strip as the reader takes it, with a little paper around.
pub fn as_strip(image: &GrayImage, margin: u32) -> RgbImage {
    let (width, height) = image.dimensions();
    RgbImage::from_fn(width + 2 * margin, height + 2 * margin, |x, y| {
        let inside = x >= margin && y >= margin && x < width + margin && y < height + margin;
        let Luma([v]) = if inside { *image.get_pixel(x - margin, y - margin) } else { Luma([255]) };
        image::Rgb([v; 3])
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        geometry::Rect,
        structure::seal_colors::{Ink, SealColor},
    };
    use image::Rgb;

    fn red(page: &RgbImage) -> InkPlane {
        let whole = Rect::new(0.0, 0.0, page.width() as f32, page.height() as f32);
        InkPlane::of(page, Ink::Color(SealColor::Red), whole, &[])
    }

    #[test]
    fn a_rim_unrolls_clockwise_from_the_bottom() {
        // A red mark on the rim at the left, a quarter of the way round, over black print.
        let page = RgbImage::from_fn(300, 300, |x, y| {
            let (dx, dy) = (x as f32 + 0.5 - 150.0, y as f32 + 0.5 - 150.0);
            let mark = dx < -80.0 && dx > -100.0 && dy.abs() < 8.0;
            let print = dx > 80.0 && dx < 100.0 && dy.abs() < 8.0;
            Rgb(if mark {
                [220, 40, 40]
            } else if print {
                [20; 3]
            } else {
                [250; 3]
            })
        });
        let axes = Axes::of_quad(&Quad::from_rect(40.0, 40.0, 260.0, 260.0));
        let strip = unroll(&red(&page), &axes, (5.0, 40.0), &Wobble::default(), 0.0, 32);
        let darkest = (0..strip.width()).min_by_key(|&x| strip.get_pixel(x, 16).0[0]).expect("columns");
        let share = darkest as f32 / strip.width() as f32;
        assert!((share - 0.25).abs() < 0.03, "{share}");
        assert_eq!(strip.get_pixel(strip.width() * 3 / 4, 16).0[0], 255);
    }

    #[test]
    fn the_wobble_of_a_rim_is_found_among_other_ink() {
        let shifted = |share: f32| 2.0 + 3.0 * (share * std::f32::consts::TAU).cos();
        // Every fourth point lies on something else.
        let points: Vec<(f32, f32)> = (0..200)
            .map(|i| (i as f32 / 200.0, if i % 4 == 0 { 15.0 } else { shifted(i as f32 / 200.0) }))
            .collect();
        let wobble = Wobble::through(&points, 1.0, 100).expect("a rim");
        assert!((0..20).all(|i| (wobble.at(i as f32 / 20.0) - shifted(i as f32 / 20.0)).abs() < 0.2));
        assert_eq!(Wobble::through(&points[..50], 1.0, 100), None);
    }

    #[test]
    fn the_inside_is_turned_upright() {
        let mut page = RgbImage::from_pixel(200, 200, Rgb([250; 3]));
        for i in 0..6 {
            page.put_pixel(140 + i, 100, Rgb([220, 40, 40]));
        }
        // The seal lies a quarter turned: its right is the page's down.
        let quad = Quad::from_rect(50.0, 50.0, 150.0, 150.0).rolled(1);
        let image = upright(&red(&page), &Axes::of_quad(&quad), 100, |_, _| true);
        let dark: Vec<_> = image.enumerate_pixels().filter(|(_, _, p)| p.0[0] < 128).collect();
        assert!(!dark.is_empty() && dark.iter().all(|(_, y, _)| *y < 15), "{dark:?}");
    }
}
