//! Points, quads and plane transforms shared by every stage.
//!
//! Coordinates are pixels of the page image as decoded (after EXIF orientation), origin
//! upper left, x to the right, y down. Owns no pixels and knows no document.

use serde::{Deserialize, Serialize};

/// A point in page pixels, serialised as `[x, y]`.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(from = "[f32; 2]", into = "[f32; 2]")]
pub struct Point {
    pub x: f32,
    pub y: f32,
}

impl From<[f32; 2]> for Point {
    fn from([x, y]: [f32; 2]) -> Self {
        Self { x, y }
    }
}

impl From<Point> for [f32; 2] {
    /// Rounded to a tenth of a pixel: finer digits are noise and make results larger.
    fn from(p: Point) -> Self {
        [(p.x * 10.0).round() / 10.0, (p.y * 10.0).round() / 10.0]
    }
}

impl Point {
    pub const fn new(x: f32, y: f32) -> Self {
        Self { x, y }
    }

    pub fn distance(self, other: Point) -> f32 {
        (self.x - other.x).hypot(self.y - other.y)
    }

    /// The point `t` of the way from `self` (0) to `other` (1).
    pub fn lerp(self, other: Point, t: f32) -> Point {
        Point::new(self.x + (other.x - self.x) * t, self.y + (other.y - self.y) * t)
    }
}

/// An axis-parallel rectangle in page pixels.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Rect {
    pub left: f32,
    pub top: f32,
    pub right: f32,
    pub bottom: f32,
}

impl Rect {
    pub const fn new(left: f32, top: f32, right: f32, bottom: f32) -> Self {
        Self { left, top, right, bottom }
    }

    pub fn width(&self) -> f32 {
        self.right - self.left
    }

    pub fn height(&self) -> f32 {
        self.bottom - self.top
    }

    pub fn area(&self) -> f32 {
        self.width().max(0.0) * self.height().max(0.0)
    }

    pub fn center(&self) -> Point {
        Point::new((self.left + self.right) / 2.0, (self.top + self.bottom) / 2.0)
    }

    pub fn contains(&self, p: Point) -> bool {
        p.x >= self.left && p.x <= self.right && p.y >= self.top && p.y <= self.bottom
    }

    pub fn intersection(&self, other: &Rect) -> Rect {
        Rect::new(
            self.left.max(other.left),
            self.top.max(other.top),
            self.right.min(other.right),
            self.bottom.min(other.bottom),
        )
    }

    pub fn union(&self, other: &Rect) -> Rect {
        Rect::new(
            self.left.min(other.left),
            self.top.min(other.top),
            self.right.max(other.right),
            self.bottom.max(other.bottom),
        )
    }

    /// Grown by `by` pixels on every side.
    pub fn expanded(&self, by: f32) -> Rect {
        Rect::new(self.left - by, self.top - by, self.right + by, self.bottom + by)
    }
}

/// Four corners, clockwise in reading direction from the text's own upper left: a rotated
/// line's first corner is where its first character starts. Serialised as `[[x, y]; 4]`.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Quad(pub [Point; 4]);

impl From<Rect> for Quad {
    fn from(r: Rect) -> Self {
        Quad([
            Point::new(r.left, r.top),
            Point::new(r.right, r.top),
            Point::new(r.right, r.bottom),
            Point::new(r.left, r.bottom),
        ])
    }
}

impl Quad {
    pub fn from_rect(left: f32, top: f32, right: f32, bottom: f32) -> Self {
        Rect::new(left, top, right, bottom).into()
    }

    /// The smallest axis-parallel rectangle that holds all corners.
    pub fn bounds(&self) -> Rect {
        let [a, rest @ ..] = self.0;
        rest.iter().fold(Rect::new(a.x, a.y, a.x, a.y), |r, p| {
            Rect::new(r.left.min(p.x), r.top.min(p.y), r.right.max(p.x), r.bottom.max(p.y))
        })
    }

    pub fn center(&self) -> Point {
        let sum = self.0.iter().fold(Point::default(), |s, p| Point::new(s.x + p.x, s.y + p.y));
        Point::new(sum.x / 4.0, sum.y / 4.0)
    }

    /// Length along the reading direction: mean of the upper and lower edge.
    pub fn width(&self) -> f32 {
        let [a, b, c, d] = self.0;
        (a.distance(b) + d.distance(c)) / 2.0
    }

    /// Length across the reading direction: mean of the left and right edge.
    pub fn height(&self) -> f32 {
        let [a, b, c, d] = self.0;
        (a.distance(d) + b.distance(c)) / 2.0
    }

    /// Reading direction in degrees clockwise from the positive x axis, in (-180, 180].
    pub fn angle(&self) -> f32 {
        let [a, b, c, d] = self.0;
        let (dx, dy) = (b.x - a.x + c.x - d.x, b.y - a.y + c.y - d.y);
        dy.atan2(dx).to_degrees()
    }

    pub fn area(&self) -> f32 {
        polygon_area(&self.0)
    }

    /// The same corners, starting `by` corners later: turns the reading direction by `by` quarters.
    pub fn rolled(&self, by: usize) -> Quad {
        let q = self.0;
        Quad(std::array::from_fn(|i| q[(i + by) % 4]))
    }

    pub fn map(&self, f: impl Fn(Point) -> Point) -> Quad {
        Quad(self.0.map(f))
    }

    /// The part of the quad between two fractions of its width (0 = start, 1 = end of the text).
    pub fn slice(&self, from: f32, to: f32) -> Quad {
        let [a, b, c, d] = self.0;
        Quad([a.lerp(b, from), a.lerp(b, to), d.lerp(c, to), d.lerp(c, from)])
    }

    /// Area shared by two convex quads (Sutherland–Hodgman clipping), in square pixels.
    pub fn intersection_area(&self, other: &Quad) -> f32 {
        // Most pairs lie apart.
        if self.bounds().intersection(&other.bounds()).area() <= 0.0 {
            return 0.0;
        }
        let mut clip = other.0;
        if signed_area(&clip) < 0.0 {
            clip.reverse();
        }
        let mut subject = self.0.to_vec();
        for i in 0..4 {
            let (a, b) = (clip[i], clip[(i + 1) % 4]);
            let side = |p: Point| (b.x - a.x) * (p.y - a.y) - (b.y - a.y) * (p.x - a.x);
            let input = std::mem::take(&mut subject);
            for (j, &q) in input.iter().enumerate() {
                let p = input[(j + input.len() - 1) % input.len()];
                let (sp, sq) = (side(p), side(q));
                if (sp >= 0.0) != (sq >= 0.0) {
                    subject.push(p.lerp(q, sp / (sp - sq)));
                }
                if sq >= 0.0 {
                    subject.push(q);
                }
            }
            if subject.is_empty() {
                return 0.0;
            }
        }
        polygon_area(&subject)
    }

    /// Intersection over union of two convex quads.
    pub fn iou(&self, other: &Quad) -> f32 {
        let i = self.intersection_area(other);
        let u = self.area() + other.area() - i;
        if u > 0.0 { i / u } else { 0.0 }
    }

    pub fn contains(&self, p: Point) -> bool {
        let side = |i: usize| {
            let (a, b) = (self.0[i], self.0[(i + 1) % 4]);
            (b.x - a.x) * (p.y - a.y) - (b.y - a.y) * (p.x - a.x)
        };
        let s: [f32; 4] = std::array::from_fn(side);
        s.iter().all(|&v| v >= 0.0) || s.iter().all(|&v| v <= 0.0)
    }

    /// Whether its corners turn the same way all round: no corner is pushed in, no edges cross.
    pub fn is_convex(&self) -> bool {
        let turn = |i: usize| {
            let [a, b, c] = [0, 1, 2].map(|k| self.0[(i + k) % 4]);
            (b.x - a.x) * (c.y - b.y) - (b.y - a.y) * (c.x - b.x)
        };
        let turns: [f32; 4] = std::array::from_fn(turn);
        turns.iter().all(|t| *t > 0.0) || turns.iter().all(|t| *t < 0.0)
    }

    /// The least rectangle along this quad's upper edge that holds it and another one.
    pub fn widened(&self, other: &Quad) -> Quad {
        let (sin, cos) = self.angle().to_radians().sin_cos();
        let turned = |q: &Quad| q.map(|p| Point::new(p.x * cos + p.y * sin, p.y * cos - p.x * sin)).bounds();
        let all = turned(self).union(&turned(other));
        Quad::from(all).map(|p| Point::new(p.x * cos - p.y * sin, p.y * cos + p.x * sin))
    }

    /// The smallest upright rectangle around all quads; `None` without any.
    pub fn around<'a>(quads: impl IntoIterator<Item = &'a Quad>) -> Option<Quad> {
        quads.into_iter().map(Quad::bounds).reduce(|a, b| a.union(&b)).map(Quad::from)
    }
}

fn signed_area(p: &[Point]) -> f32 {
    let n = p.len();
    (0..n).map(|i| p[i].x * p[(i + 1) % n].y - p[(i + 1) % n].x * p[i].y).sum::<f32>() / 2.0
}

/// Area of a simple polygon (shoelace formula), in square pixels.
pub fn polygon_area(p: &[Point]) -> f32 {
    signed_area(p).abs()
}

/// A plane projective transform; affine maps are the case with last row `0 0 1`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Homography(pub [[f64; 3]; 3]);

impl Homography {
    pub const IDENTITY: Self = Self([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]);

    pub fn apply(&self, p: Point) -> Point {
        let (x, y, m) = (f64::from(p.x), f64::from(p.y), &self.0);
        let w = m[2][0] * x + m[2][1] * y + m[2][2];
        Point::new(
            ((m[0][0] * x + m[0][1] * y + m[0][2]) / w) as f32,
            ((m[1][0] * x + m[1][1] * y + m[1][2]) / w) as f32,
        )
    }

    /// The transform that takes the corners of `from` to those of `to`; `None` if degenerate.
    pub fn between(from: &Quad, to: &Quad) -> Option<Self> {
        let mut rows = [([0.0; 8], 0.0); 8];
        for (i, (s, d)) in from.0.into_iter().zip(to.0).enumerate() {
            let (x, y, u, v) = (f64::from(s.x), f64::from(s.y), f64::from(d.x), f64::from(d.y));
            rows[2 * i] = ([x, y, 1.0, 0.0, 0.0, 0.0, -u * x, -u * y], u);
            rows[2 * i + 1] = ([0.0, 0.0, 0.0, x, y, 1.0, -v * x, -v * y], v);
        }
        let h = solve(rows)?;
        Some(Self([[h[0], h[1], h[2]], [h[3], h[4], h[5]], [h[6], h[7], 1.0]]))
    }

    /// Least-squares affine map over at least three weighted point pairs `(from, to, weight)`.
    pub fn fit_affine(pairs: &[(Point, Point, f32)]) -> Option<Self> {
        if pairs.len() < 3 {
            return None;
        }
        let axis = |pick: fn(Point) -> f32| {
            let rows: Vec<_> = pairs
                .iter()
                .map(|(s, d, w)| {
                    let w = f64::from(*w);
                    ([f64::from(s.x) * w, f64::from(s.y) * w, w], f64::from(pick(*d)) * w)
                })
                .collect();
            solve_least_squares(&rows)
        };
        let (a, b) = (axis(|p| p.x)?, axis(|p| p.y)?);
        Some(Self([a, b, [0.0, 0.0, 1.0]]))
    }

    /// Least-squares turn, scaling and shift over at least two weighted point pairs `(from, to, weight)`
    /// (Umeyama 1991, without reflection).
    pub fn fit_similarity(pairs: &[(Point, Point, f32)]) -> Option<Self> {
        let weight: f64 = pairs.iter().map(|p| f64::from(p.2)).sum();
        let mean = |pick: &dyn Fn(&(Point, Point, f32)) -> f32| {
            pairs.iter().map(|p| f64::from(pick(p)) * f64::from(p.2)).sum::<f64>() / weight
        };
        let (sx, sy) = (mean(&|p| p.0.x), mean(&|p| p.0.y));
        let (dx, dy) = (mean(&|p| p.1.x), mean(&|p| p.1.y));
        let (mut along, mut across, mut spread) = (0.0, 0.0, 0.0);
        for (s, d, w) in pairs {
            let w = f64::from(*w);
            let (x, y) = (f64::from(s.x) - sx, f64::from(s.y) - sy);
            let (u, v) = (f64::from(d.x) - dx, f64::from(d.y) - dy);
            along += w * (x * u + y * v);
            across += w * (x * v - y * u);
            spread += w * (x * x + y * y);
        }
        if pairs.len() < 2 || spread < 1e-9 {
            return None;
        }
        let (a, b) = (along / spread, across / spread);
        Some(Self([[a, -b, dx - a * sx + b * sy], [b, a, dy - b * sx - a * sy], [0.0, 0.0, 1.0]]))
    }

    /// Least-squares projective map over at least four weighted point pairs `(from, to, weight)`, in
    /// normalised coordinates (Hartley and Zisserman 2004, section 4.4).
    pub fn fit_projective(pairs: &[(Point, Point, f32)]) -> Option<Self> {
        if pairs.len() < 4 {
            return None;
        }
        let (from, to) = (normalising(pairs.iter().map(|p| p.0))?, normalising(pairs.iter().map(|p| p.1))?);
        let mut rows = Vec::with_capacity(2 * pairs.len());
        for (s, d, w) in pairs {
            let (s, d, w) = (from.apply(*s), to.apply(*d), f64::from(*w));
            let (x, y, u, v) = (f64::from(s.x), f64::from(s.y), f64::from(d.x), f64::from(d.y));
            rows.push(([x, y, 1.0, 0.0, 0.0, 0.0, -u * x, -u * y].map(|c| c * w), u * w));
            rows.push(([0.0, 0.0, 0.0, x, y, 1.0, -v * x, -v * y].map(|c| c * w), v * w));
        }
        let h = solve_least_squares(&rows)?;
        let map = Self([[h[0], h[1], h[2]], [h[3], h[4], h[5]], [h[6], h[7], 1.0]]);
        Some(to.inverse()?.after(&map).after(&from))
    }

    /// This map after another one.
    pub fn after(&self, first: &Self) -> Self {
        let cell = |i: usize, j: usize| (0..3).map(|k| self.0[i][k] * first.0[k][j]).sum();
        Self(std::array::from_fn(|i| std::array::from_fn(|j| cell(i, j))))
    }

    /// The divisor of the projection at a point: of one sign over all that lies in front of the camera.
    pub fn depth(&self, p: Point) -> f64 {
        let [_, _, [a, b, c]] = self.0;
        a * f64::from(p.x) + b * f64::from(p.y) + c
    }

    /// The inverse; `None` if the transform is singular.
    pub fn inverse(&self) -> Option<Self> {
        let m = &self.0;
        let c = |r: usize, k: usize| {
            let (r1, r2, k1, k2) = ((r + 1) % 3, (r + 2) % 3, (k + 1) % 3, (k + 2) % 3);
            m[r1][k1] * m[r2][k2] - m[r1][k2] * m[r2][k1]
        };
        let det = m[0][0] * c(0, 0) + m[0][1] * c(0, 1) + m[0][2] * c(0, 2);
        if det.abs() < 1e-12 {
            return None;
        }
        Some(Self(std::array::from_fn(|i| std::array::from_fn(|j| c(j, i) / det))))
    }
}

/// The shift and scaling that bring points around the origin at a mean distance of one.
fn normalising(points: impl Iterator<Item = Point> + Clone) -> Option<Homography> {
    let count = points.clone().count() as f64;
    let x = points.clone().map(|p| f64::from(p.x)).sum::<f64>() / count;
    let y = points.clone().map(|p| f64::from(p.y)).sum::<f64>() / count;
    let mean = points.map(|p| (f64::from(p.x) - x).hypot(f64::from(p.y) - y)).sum::<f64>() / count;
    let scale = 1.0 / mean;
    (mean > 1e-9).then_some(Homography([[scale, 0.0, -scale * x], [0.0, scale, -scale * y], [0.0, 0.0, 1.0]]))
}

/// Solves `rows · x = rhs` in the least-squares sense by the normal equations; `None` if singular.
pub fn solve_least_squares<const N: usize>(rows: &[([f64; N], f64)]) -> Option<[f64; N]> {
    let mut normal = [([0.0; N], 0.0); N];
    for (row, rhs) in rows {
        for i in 0..N {
            for j in 0..N {
                normal[i].0[j] += row[i] * row[j];
            }
            normal[i].1 += row[i] * rhs;
        }
    }
    solve(normal)
}

/// Solves a square system, given as rows of coefficients and right-hand sides, by Gaussian
/// elimination with partial pivoting; `None` if it is singular.
fn solve<const N: usize>(mut rows: [([f64; N], f64); N]) -> Option<[f64; N]> {
    for i in 0..N {
        let pivot = (i..N).max_by(|&p, &q| rows[p].0[i].abs().total_cmp(&rows[q].0[i].abs()))?;
        if rows[pivot].0[i].abs() < 1e-12 {
            return None;
        }
        rows.swap(i, pivot);
        let (upper, lower) = rows.split_at_mut(i + 1);
        let (head, head_rhs) = &upper[i];
        for (row, rhs) in lower {
            let f = row[i] / head[i];
            for k in i..N {
                row[k] -= f * head[k];
            }
            *rhs -= f * head_rhs;
        }
    }
    let mut x = [0.0; N];
    for i in (0..N).rev() {
        let known: f64 = (i + 1..N).map(|k| rows[i].0[k] * x[k]).sum();
        x[i] = (rows[i].1 - known) / rows[i].0[i];
    }
    Some(x)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quads_know_their_direction_and_overlap() {
        let q = Quad::from_rect(0.0, 0.0, 10.0, 4.0);
        assert_eq!((q.width(), q.height(), q.angle()), (10.0, 4.0, 0.0));
        assert_eq!(q.rolled(1).angle(), 90.0);
        let half = Quad::from_rect(5.0, 0.0, 15.0, 4.0);
        assert!((q.iou(&half) - 20.0 / 60.0).abs() < 1e-5);
        assert_eq!(q.iou(&Quad::from_rect(20.0, 20.0, 30.0, 30.0)), 0.0);
        assert!(q.contains(Point::new(5.0, 2.0)) && !q.contains(Point::new(5.0, 5.0)));
    }

    #[test]
    fn homographies_map_corners_and_invert() {
        let from = Quad::from_rect(0.0, 0.0, 100.0, 50.0);
        let to = Quad([[10.0, 20.0], [105.0, 30.0], [98.0, 90.0], [5.0, 70.0]].map(Point::from));
        let h = Homography::between(&from, &to).expect("four corners in general position");
        let back = h.inverse().expect("invertible");
        for (a, b) in from.0.into_iter().zip(to.0) {
            assert!(h.apply(a).distance(b) < 1e-2);
            assert!(back.apply(b).distance(a) < 1e-2);
        }
        let flat = Quad([Point::default(); 4]);
        assert!(Homography::between(&flat, &to).is_none());
    }

    #[test]
    fn fits_recover_similar_and_projective_maps() {
        let at = |x: f32, y: f32| Point::new(x, y);
        let places = [(100.0, 80.0), (1500.0, 90.0), (120.0, 2200.0), (1400.0, 2100.0), (800.0, 1200.0)];
        let turn = |p: Point| at(40.0 + 0.6 * p.x - 0.8 * p.y, 7.0 + 0.8 * p.x + 0.6 * p.y);
        let pairs: Vec<_> = places.iter().map(|&(x, y)| (at(x, y), turn(at(x, y)), 1.0)).collect();
        let found = Homography::fit_similarity(&pairs[..2]).expect("two points");
        assert!(found.apply(at(700.0, 300.0)).distance(turn(at(700.0, 300.0))) < 1e-2);
        assert!(Homography::fit_similarity(&pairs[..1]).is_none());

        let sheet = Quad::from_rect(0.0, 0.0, 1654.0, 2339.0);
        let seen = Quad([[60.0, 90.0], [1500.0, 20.0], [1600.0, 2300.0], [10.0, 2100.0]].map(Point::from));
        let view = Homography::between(&sheet, &seen).expect("in general position");
        let pairs: Vec<_> = places.iter().map(|&(x, y)| (at(x, y), view.apply(at(x, y)), 1.0)).collect();
        let found = Homography::fit_projective(&pairs).expect("five points");
        assert!(found.apply(at(900.0, 500.0)).distance(view.apply(at(900.0, 500.0))) < 0.1);
        assert!(found.depth(at(0.0, 0.0)) * found.depth(at(1654.0, 2339.0)) > 0.0);
        let flat: Vec<_> = pairs.iter().map(|(s, d, w)| (at(s.x, 0.0), *d, *w)).collect();
        assert!(Homography::fit_projective(&flat).is_none(), "all in one line");
    }

    #[test]
    fn crossed_and_dented_quads_are_not_convex() {
        let q = Quad::from_rect(0.0, 0.0, 10.0, 4.0);
        assert!(q.is_convex());
        let [a, b, c, d] = q.0;
        assert!(!Quad([a, c, b, d]).is_convex());
        assert!(!Quad([a, b, Point::new(2.0, 1.0), d]).is_convex());
    }

    #[test]
    fn affine_fit_needs_three_points_and_recovers_a_turn() {
        let turn = |p: Point| Point::new(3.0 - p.y, 2.0 + p.x);
        let pts = [(0.0, 0.0), (10.0, 0.0), (0.0, 10.0), (7.0, 5.0)].map(|(x, y)| Point::new(x, y));
        let pairs: Vec<_> = pts.iter().map(|&p| (p, turn(p), 1.0)).collect();
        assert!(Homography::fit_affine(&pairs[..2]).is_none());
        let a = Homography::fit_affine(&pairs).expect("four points");
        assert!(a.apply(Point::new(4.0, 4.0)).distance(turn(Point::new(4.0, 4.0))) < 1e-3);
    }
}
