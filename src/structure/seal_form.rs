//! The forms of rims: ellipses and parallelograms around a centre, in pixels of the view.
//!
//! Geometry only; `seal_rims` finds them in the ink.

use crate::geometry::{Point, solve_least_squares};

/// A rim in view pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rim {
    pub center: Point,
    pub form: Form,
    /// Share of the directions in which edge points lie on it.
    pub covered: f32,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Form {
    /// `a·x² + 2b·xy + c·y² = 1` around the centre.
    Ellipse { a: f32, b: f32, c: f32 },
    /// Two pairs of parallel sides: the larger of `|p·x + q·y|` and `|r·x + s·y|` is 1.
    Parallelogram { p: f32, q: f32, r: f32, s: f32 },
}

impl Form {
    /// How far out an offset from the centre lies, 1 being the rim.
    pub fn distance(&self, x: f32, y: f32) -> f32 {
        match *self {
            Self::Ellipse { a, b, c } => (a * x * x + 2.0 * b * x * y + c * y * y).max(0.0).sqrt(),
            Self::Parallelogram { p, q, r, s } => (p * x + q * y).abs().max((r * x + s * y).abs()),
        }
    }

    /// Direction across the rim at an offset from the centre, of length 1.
    pub fn normal(&self, x: f32, y: f32) -> (f32, f32) {
        let (nx, ny) = match *self {
            Self::Ellipse { a, b, c } => (a * x + b * y, b * x + c * y),
            Self::Parallelogram { p, q, r, s } => {
                if (p * x + q * y).abs() > (r * x + s * y).abs() {
                    (p, q)
                } else {
                    (r, s)
                }
            }
        };
        let length = (nx * nx + ny * ny).sqrt().max(1e-9);
        (nx / length, ny / length)
    }

    /// Long and short half axis, and the clockwise angle of the long one in radians.
    pub fn axes(&self) -> (f32, f32, f32) {
        match *self {
            Self::Ellipse { a, b, c } => {
                let (mean, half) = ((a + c) / 2.0, ((a - c) / 2.0).hypot(b));
                let (small, large) = ((mean - half).max(1e-9), (mean + half).max(1e-9));
                let angle = 0.5 * (2.0 * b).atan2(a - c) + std::f32::consts::FRAC_PI_2;
                (small.sqrt().recip(), large.sqrt().recip(), angle)
            }
            Self::Parallelogram { p, q, r, s } => {
                // The corners: p·x + q·y = 1 and r·x + s·y = ±1.
                let det = p * s - q * r;
                let corner = |other: f32| Point::new((s - q * other) / det, (p * other - r) / det);
                let (a, b) = (corner(1.0), corner(-1.0));
                let (a, b) = if a.x.hypot(a.y) >= b.x.hypot(b.y) { (a, b) } else { (b, a) };
                (a.x.hypot(a.y), b.x.hypot(b.y), a.y.atan2(a.x))
            }
        }
    }

    /// Clockwise angles of the sides of a parallelogram, in radians.
    pub fn sides(&self) -> Option<[f32; 2]> {
        match *self {
            Self::Ellipse { .. } => None,
            Self::Parallelogram { p, q, r, s } => Some([(-p).atan2(q), (-r).atan2(s)]),
        }
    }

    /// The point of the rim in a direction from the centre.
    pub fn at(&self, cos: f32, sin: f32) -> Point {
        let d = self.distance(cos, sin).max(1e-9);
        Point::new(cos / d, sin / d)
    }
}

impl Rim {
    /// The ellipse that fits best to points relative to this one's centre; `None` for other forms, or
    /// if the points lie on none.
    pub fn through(&self, points: impl Iterator<Item = (f32, f32)>) -> Option<Rim> {
        let Form::Ellipse { .. } = self.form else { return None };
        let scale = f64::from(self.form.axes().0);
        let rows: Vec<([f64; 5], f64)> = points
            .map(|(x, y)| {
                let (x, y) = (f64::from(x) / scale, f64::from(y) / scale);
                ([x * x, 2.0 * x * y, y * y, 2.0 * x, 2.0 * y], 1.0)
            })
            .collect();
        let [a, b, c, d, e] = solve_least_squares(&rows)?;
        let det = a * c - b * b;
        if a <= 0.0 || det <= 0.0 {
            return None;
        }
        let (cx, cy) = ((b * e - c * d) / det, (b * d - a * e) / det);
        let level = 1.0 + a * cx * cx + 2.0 * b * cx * cy + c * cy * cy;
        let by = level * scale * scale;
        let form = Form::Ellipse { a: (a / by) as f32, b: (b / by) as f32, c: (c / by) as f32 };
        let center = Point::new(self.center.x + (cx * scale) as f32, self.center.y + (cy * scale) as f32);
        (level > 0.0).then_some(Rim { center, form, ..*self })
    }
}
