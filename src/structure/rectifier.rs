//! What straightens a table that perspective leaves askew in the deskewed page.
//!
//! Geometry only; what the rows and columns are is for those who make the grid.

use crate::{
    geometry::{Point, Rect},
    structure::rules::Rule,
};

/// What perspective leaves after deskewing: rows slope by an amount that changes linearly down
/// the page, columns by one that changes linearly across it. Turns points of the upright frame
/// into grid coordinates, in which all row and column lines are level.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Rectifier {
    center: Point,
    /// Slope of rows: constant and growth per pixel down.
    row_slope: (f32, f32),
    /// Slope of columns: constant and growth per pixel to the right.
    column_slope: (f32, f32),
}

impl Rectifier {
    /// For rules whose middles lie around `center`.
    pub(super) fn fitted(horizontal: &[Rule], vertical: &[Rule], center: Point) -> Self {
        let slopes = |rules: &[Rule], middle: f32| -> Vec<(f32, f32, f32)> {
            let slope = |r: &Rule| {
                let (dx, dy) = (r.to.x - r.from.x, r.to.y - r.from.y);
                (r.middle().y - middle, dy / dx.max(1.0), dx)
            };
            rules.iter().map(slope).collect()
        };
        let sideways: Vec<Rule> = vertical.iter().map(Rule::transposed).collect();
        let (rows, columns) = (slopes(horizontal, center.y), slopes(&sideways, center.x));
        Self { center, row_slope: linear_fit(&rows), column_slope: linear_fit(&columns) }
    }

    /// For rows whose slopes are known at some heights (`(y, slope, weight)`) and columns with
    /// `column_slope` (constant and growth, see the field).
    pub fn of_text(center: Point, rows: &[(f32, f32, f32)], column_slope: (f32, f32)) -> Self {
        let rows: Vec<_> = rows.iter().map(|&(y, slope, weight)| (y - center.y, slope, weight)).collect();
        Self { center, row_slope: linear_fit(&rows), column_slope }
    }

    /// A rectangle of the upright frame moved to where it lies in grid coordinates.
    pub fn placed(&self, rect: &Rect) -> Rect {
        let (center, seen) = (rect.center(), self.grid(rect.center()));
        let (dx, dy) = (seen.x - center.x, seen.y - center.y);
        Rect::new(rect.left + dx, rect.top + dy, rect.right + dx, rect.bottom + dy)
    }

    pub fn grid(&self, p: Point) -> Point {
        let (dx, dy) = (p.x - self.center.x, p.y - self.center.y);
        Point::new(
            p.x - (self.column_slope.0 + self.column_slope.1 * dx) * dy,
            p.y - (self.row_slope.0 + self.row_slope.1 * dy) * dx,
        )
    }

    /// Inverse of [`Self::grid`] by fixed-point iteration; slopes are a few percent, so each step
    /// gains more than a digit.
    pub fn upright(&self, g: Point) -> Point {
        let mut p = g;
        for _ in 0..4 {
            let seen = self.grid(p);
            p = Point::new(p.x + g.x - seen.x, p.y + g.y - seen.y);
        }
        p
    }
}

/// Least-squares line through `(position, value, weight)`: value at 0 and slope. The slope is
/// drawn to zero where the positions hardly differ.
fn linear_fit(samples: &[(f32, f32, f32)]) -> (f32, f32) {
    let weight: f32 = samples.iter().map(|s| s.2).sum();
    if weight <= 0.0 {
        return (0.0, 0.0);
    }
    let mean = |f: fn(&(f32, f32, f32)) -> f32| samples.iter().map(|s| f(s) * s.2).sum::<f32>() / weight;
    let (position, value) = (mean(|s| s.0), mean(|s| s.1));
    let covariance: f32 =
        samples.iter().map(|s| (s.0 - position) * (s.1 - value) * s.2).sum::<f32>() / weight;
    let variance: f32 = samples.iter().map(|s| (s.0 - position).powi(2) * s.2).sum::<f32>() / weight;
    // 50 px: below that spread a slope cannot be told from the ends' rounding.
    let growth = covariance / (variance + 2500.0);
    (value - growth * position, growth)
}
