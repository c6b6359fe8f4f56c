//! What flattens bent paper: pages of an open book, folded and crumpled sheets.
//!
//! Text lines and rules are level and upright where the paper is flat; how they slope on the
//! picture says how far each place of it is moved. The shift is a smooth field over the page,
//! fitted to the slopes by least squares. Knows nothing of tables and kinds.

use crate::{
    geometry::{Point, Quad, Rect},
    numbers::median,
};

/// Lines shorter than this many times their height say too little about their slope.
const LEAST_ELONGATION: f32 = 3.0;
/// Steeper text is written slantwise, 15 degrees.
const STEEPEST: f32 = 0.27;
/// Fewer stretches do not show how the paper is bent.
const LEAST_STRETCHES: usize = 8;
/// Median slope of the lines, by their length, that skew and perspective do not explain, from which on the paper is
/// bent: of 372 flat pages none lies above 0.87 %, but for sheets of several papers; of 11 crumpled ones 7 lie above
/// 1.9 %, of 12 curved ones 6 above 1.2 %.
const BENT_TEXT: f32 = 0.011;
/// The same of rules, whose slope is known better.
const BENT_RULES: f32 = 0.006;
/// The field must leave at most this share of it: else the lines slope each as they like (reasoned: half).
const MOST_LEFT: f32 = 0.5;
/// Cells of the field along the page's longer side, and how stiff it is: of 14 to 20 cells and a stiffness of 1 to
/// 30 the softest levelled 13 curved pages best (the worst tenth of the places off by 0.14 line heights, not 0.25).
const CELLS: f32 = 16.0;
const STIFF: f64 = 0.7;
/// Holds the field where nothing else does.
const TIED: f64 = 1e-3;
/// A slope this far off the field counts half.
const OFF: f64 = 0.02;

/// A stretch of a row that is level on flat paper.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stretch {
    pub from: Point,
    pub to: Point,
}

impl Stretch {
    fn slope(&self) -> f32 {
        (self.to.y - self.from.y) / (self.to.x - self.from.x).max(1.0)
    }

    fn length(&self) -> f32 {
        self.to.x - self.from.x
    }

    fn transposed(&self) -> Self {
        let swap = |p: Point| Point::new(p.y, p.x);
        Self { from: swap(self.from), to: swap(self.to) }
    }
}

/// How far each place is moved from where it lies on flat paper, in the coordinates of a deskewed frame.
#[derive(Debug, Clone, PartialEq)]
pub struct Bend {
    /// Median slope that skew and perspective do not explain.
    pub slope: f32,
    down: Option<Field>,
    across: Option<Field>,
}

impl Bend {
    /// For lines of text at `quads`, nearly level; `None` if the paper is flat.
    pub fn of_text(quads: impl Iterator<Item = Quad>) -> Option<Self> {
        let rows: Vec<Stretch> = quads.filter_map(|q| level(&q)).collect();
        let (slope, down) = field(&rows, BENT_TEXT)?;
        Some(Self { slope, down: Some(down), across: None })
    }

    /// Whether lines of text at `quads` tell if the paper is bent.
    pub fn is_told(quads: impl Iterator<Item = Quad>) -> bool {
        quads.filter_map(|q| level(&q)).count() >= LEAST_STRETCHES
    }

    /// For pieces of rules that run along rows and along columns; `None` if the paper is flat.
    pub fn of_rules(rows: &[Stretch], columns: &[Stretch]) -> Option<Self> {
        let sideways: Vec<Stretch> = columns.iter().map(Stretch::transposed).collect();
        let (down, across) = (field(rows, BENT_RULES), field(&sideways, BENT_RULES));
        let slope = down.iter().chain(&across).map(|f| f.0).reduce(f32::max)?;
        Some(Self { slope, down: down.map(|f| f.1), across: across.map(|f| f.1) })
    }

    /// Where a place of the picture lies on the flat paper.
    pub fn flat(&self, p: Point) -> Point {
        let across = self.across.as_ref().map_or(0.0, |f| f.at(Point::new(p.y, p.x)));
        let down = self.down.as_ref().map_or(0.0, |f| f.at(p));
        Point::new(p.x - across, p.y - down)
    }

    /// Where a place of the flat paper lies on the picture: inverse of [`Self::flat`] by fixed-point iteration;
    /// slopes are below a fifth, so each step gains most of a digit.
    pub fn bent(&self, flat: Point) -> Point {
        let mut p = flat;
        for _ in 0..6 {
            let seen = self.flat(p);
            p = Point::new(p.x + flat.x - seen.x, p.y + flat.y - seen.y);
        }
        p
    }
}

/// The middle of a line of text that is long enough to tell its slope and nearly level.
fn level(quad: &Quad) -> Option<Stretch> {
    let [a, b, c, d] = quad.0;
    let stretch = Stretch { from: a.lerp(d, 0.5), to: b.lerp(c, 0.5) };
    let long = stretch.length() >= LEAST_ELONGATION * quad.height();
    (long && stretch.slope().abs() <= STEEPEST).then_some(stretch)
}

/// The slope of `rows` that skew and perspective do not explain, and the field that levels them; `None` if they
/// are level, or if it does not level them.
fn field(rows: &[Stretch], least: f32) -> Option<(f32, Field)> {
    if rows.len() < LEAST_STRETCHES {
        return None;
    }
    let bent = typical(&unexplained(rows), rows)?;
    if bent < least {
        return None;
    }
    let field = Field::fitted(rows)?;
    let left: Vec<f32> = rows.iter().map(|r| field.slope_left(r).abs()).collect();
    (typical(&left, rows)? <= MOST_LEFT * bent).then_some((bent, field))
}

/// Median of the stretches' `values`; each counts as often as it is long.
fn typical(values: &[f32], rows: &[Stretch]) -> Option<f32> {
    let mut seen: Vec<(f32, f32)> = values.iter().zip(rows).map(|(v, r)| (*v, r.length())).collect();
    seen.sort_by(|a, b| a.0.total_cmp(&b.0));
    let half = seen.iter().map(|s| s.1).sum::<f32>() / 2.0;
    let mut sum = 0.0;
    seen.into_iter()
        .find(|(_, length)| {
            sum += length;
            sum >= half
        })
        .map(|s| s.0)
}

/// What is left of the slopes without those that change linearly down the page, as under perspective.
fn unexplained(rows: &[Stretch]) -> Vec<f32> {
    let mut kept: Vec<&Stretch> = rows.iter().collect();
    let mut fit = (0.0, 0.0);
    for _ in 0..3 {
        fit = line_through(&kept);
        let off: Vec<f32> = rows.iter().map(|r| left_of(r, fit)).collect();
        let limit = 3.0 * median(off.iter().copied()).unwrap_or_default() + 1e-3;
        kept = rows.iter().zip(&off).filter(|(_, off)| **off <= limit).map(|(r, _)| r).collect();
    }
    rows.iter().map(|r| left_of(r, fit)).collect()
}

fn left_of(row: &Stretch, (constant, growth): (f32, f32)) -> f32 {
    (row.slope() - constant - growth * row.from.lerp(row.to, 0.5).y).abs()
}

/// Slope over height by least squares: constant and growth.
fn line_through(rows: &[&Stretch]) -> (f32, f32) {
    let weight: f32 = rows.iter().map(|r| r.length()).sum::<f32>().max(1.0);
    let mean = |f: &dyn Fn(&Stretch) -> f32| rows.iter().map(|r| f(r) * r.length()).sum::<f32>() / weight;
    let height = |r: &Stretch| r.from.lerp(r.to, 0.5).y;
    let (y, slope) = (mean(&height), mean(&Stretch::slope));
    let spread = mean(&|r| (height(r) - y).powi(2));
    let growth = mean(&|r| (height(r) - y) * (r.slope() - slope)) / spread.max(1.0);
    (slope - growth * y, growth)
}

/// Shifts at the nodes of a grid, between them bilinear.
#[derive(Debug, Clone, PartialEq)]
struct Field {
    place: Rect,
    columns: usize,
    rows: usize,
    shifts: Vec<f32>,
}

impl Field {
    /// Softly, so that the shift at both ends of each stretch differs by as much as it slopes.
    fn fitted(stretches: &[Stretch]) -> Option<Self> {
        let ends = stretches.iter().flat_map(|s| [s.from, s.to]).map(|p| Rect::new(p.x, p.y, p.x, p.y));
        let place = ends.reduce(|a, b| a.union(&b))?.expanded(1.0);
        let cell = place.width().max(place.height()) / CELLS;
        let count = |side: f32| (side / cell).ceil().max(3.0) as usize + 1;
        let (columns, rows) = (count(place.width()), count(place.height()));
        let mut field = Self { place, columns, rows, shifts: vec![0.0; columns * rows] };
        // Again with less weight on those that do not fit.
        for round in 0..2 {
            let mut sums = NormalEquations::new(columns * rows);
            field.stiffen(&mut sums);
            for s in stretches {
                let mut terms: Vec<(usize, f64)> = field.terms(s.to).to_vec();
                terms.extend(field.terms(s.from).map(|(i, v)| (i, -v)));
                let off = f64::from(field.slope_left(s)) / OFF;
                let weight = if round == 0 { 1.0 } else { 1.0 / (1.0 + off * off) };
                sums.add(&terms, f64::from(s.to.y - s.from.y), weight);
            }
            field.shifts = sums.solved()?;
        }
        Some(field)
    }

    /// Neighbouring shifts change evenly, and no row is moved as a whole: pushed together, all rows would be level.
    fn stiffen(&self, sums: &mut NormalEquations) {
        let at = |x: usize, y: usize| y * self.columns + x;
        let share = 1.0 / (self.columns as f64).sqrt();
        for y in 0..self.rows {
            let row: Vec<(usize, f64)> = (0..self.columns).map(|x| (at(x, y), share)).collect();
            sums.add(&row, 0.0, STIFF * STIFF);
            for x in 0..self.columns {
                let weight = STIFF * STIFF;
                if x >= 1 && x + 1 < self.columns {
                    sums.add(&[(at(x - 1, y), 1.0), (at(x, y), -2.0), (at(x + 1, y), 1.0)], 0.0, weight);
                }
                if y >= 1 && y + 1 < self.rows {
                    sums.add(&[(at(x, y - 1), 1.0), (at(x, y), -2.0), (at(x, y + 1), 1.0)], 0.0, weight);
                }
                if x + 1 < self.columns && y + 1 < self.rows {
                    let (a, b) = ((at(x, y), 1.0), (at(x + 1, y + 1), 1.0));
                    sums.add(&[a, b, (at(x + 1, y), -1.0), (at(x, y + 1), -1.0)], 0.0, 2.0 * weight);
                }
            }
        }
    }

    /// The nodes around a place and how much each counts there; beyond the edge the field goes on as it ends.
    fn terms(&self, p: Point) -> [(usize, f64); 4] {
        let along = |from: f32, to: f32, at: f32, nodes: usize| {
            let last = (nodes - 1) as f32;
            let t = ((at - from) / (to - from) * last).clamp(0.0, last);
            let i = (t as usize).min(nodes - 2);
            (i, f64::from(t) - i as f64)
        };
        let (x, u) = along(self.place.left, self.place.right, p.x, self.columns);
        let (y, v) = along(self.place.top, self.place.bottom, p.y, self.rows);
        let at = y * self.columns + x;
        [
            (at, (1.0 - u) * (1.0 - v)),
            (at + 1, u * (1.0 - v)),
            (at + self.columns, (1.0 - u) * v),
            (at + self.columns + 1, u * v),
        ]
    }

    fn at(&self, p: Point) -> f32 {
        let share = |(i, weight): (usize, f64)| self.shifts.get(i).map_or(0.0, |s| s * weight as f32);
        self.terms(p).into_iter().map(share).sum()
    }

    /// The slope that a stretch keeps on the paper flattened by the field.
    fn slope_left(&self, s: &Stretch) -> f32 {
        s.slope() - (self.at(s.to) - self.at(s.from)) / s.length().max(1.0)
    }
}

/// Sums of a linear least-squares problem.
struct NormalEquations {
    size: usize,
    /// Row by row, the lower triangle filled.
    matrix: Vec<f64>,
    right: Vec<f64>,
}

impl NormalEquations {
    fn new(size: usize) -> Self {
        let mut matrix = vec![0.0; size * size];
        matrix.iter_mut().step_by(size + 1).for_each(|d| *d = TIED * TIED);
        Self { size, matrix, right: vec![0.0; size] }
    }

    /// One wish: the terms' sum is `value`.
    fn add(&mut self, terms: &[(usize, f64)], value: f64, weight: f64) {
        for &(i, a) in terms {
            for &(k, b) in terms {
                if k <= i {
                    self.matrix[i * self.size + k] += weight * a * b;
                }
            }
            self.right[i] += weight * a * value;
        }
    }

    /// The solution by Cholesky's method; `None` where rounding spoils it.
    fn solved(mut self) -> Option<Vec<f32>> {
        let n = self.size;
        for i in 0..n {
            let (above, row) = self.matrix.split_at_mut(i * n);
            for k in 0..i {
                let other = &above[k * n..=k * n + k];
                let known: f64 = row[..k].iter().zip(other).map(|(a, b)| a * b).sum();
                row[k] = (row[k] - known) / other[k];
            }
            let rest = row[i] - row[..i].iter().map(|v| v * v).sum::<f64>();
            if rest <= 0.0 {
                return None;
            }
            row[i] = rest.sqrt();
        }
        let mut x = self.right;
        for i in 0..n {
            let known: f64 = (0..i).map(|k| self.matrix[i * n + k] * x[k]).sum();
            x[i] = (x[i] - known) / self.matrix[i * n + i];
        }
        for i in (0..n).rev() {
            let known: f64 = (i + 1..n).map(|k| self.matrix[k * n + i] * x[k]).sum();
            x[i] = (x[i] - known) / self.matrix[i * n + i];
        }
        Some(x.into_iter().map(|v| v as f32).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Four columns of short lines on a page as `bent` shows it.
    fn lines(bent: impl Fn(Point) -> Point) -> Vec<Quad> {
        let place = |i: usize| {
            let (x, y) = (100.0 + 250.0 * (i % 4) as f32, 100.0 + 60.0 * (i / 4) as f32);
            Quad::from_rect(x, y, x + 180.0, y + 24.0).map(&bent)
        };
        (0..80).map(place).collect()
    }

    #[test]
    fn a_curved_page_comes_out_level() {
        let wave = |p: Point| Point::new(p.x, p.y + 25.0 * (p.x / 1100.0 * std::f32::consts::PI).sin());
        let bend = Bend::of_text(lines(wave).into_iter()).expect("the page is bent");
        for row in lines(wave).chunks(4) {
            let heights: Vec<f32> = row.iter().map(|q| bend.flat(q.center()).y).collect();
            assert!(heights.iter().all(|y| (y - heights[0]).abs() < 4.0), "{heights:?}");
        }
        let (first, last) = (lines(wave)[0].center(), lines(wave)[76].center());
        assert!((bend.flat(last).y - bend.flat(first).y - 19.0 * 60.0).abs() < 6.0);
        let p = Point::new(420.0, 700.0);
        assert!(bend.flat(bend.bent(p)).distance(p) < 0.1);
    }

    #[test]
    fn flat_pages_are_left_alone() {
        assert_eq!(Bend::of_text(lines(|p| p).into_iter()), None);
        let perspective = |p: Point| Point::new(p.x, p.y + 0.00004 * (p.y - 600.0) * (p.x - 500.0));
        assert_eq!(Bend::of_text(lines(perspective).into_iter()), None);
        // Boxes that slope each as they like.
        let boxes: Vec<Quad> = lines(|p| p)
            .into_iter()
            .enumerate()
            .map(|(i, q)| {
                let slope = if (i % 4 + i / 4) % 2 == 0 { 0.03 } else { -0.03 };
                q.map(|p| Point::new(p.x, p.y + slope * (p.x - q.center().x)))
            })
            .collect();
        assert_eq!(Bend::of_text(boxes.into_iter()), None);
        assert_eq!(Bend::of_text(std::iter::empty()), None);
    }

    #[test]
    fn rules_show_both_directions() {
        let shift = |v: f32| 12.0 * (v / 900.0 * std::f32::consts::PI).sin();
        let piece = |i: usize, k: usize| {
            let (x, y) = (100.0 * i as f32, 100.0 * k as f32);
            Stretch { from: Point::new(x, y + shift(x)), to: Point::new(x + 100.0, y + shift(x + 100.0)) }
        };
        let rows: Vec<Stretch> = (0..81).map(|i| piece(i % 9, i / 9)).collect();
        let columns: Vec<Stretch> = rows.iter().map(Stretch::transposed).collect();
        let bend = Bend::of_rules(&rows, &columns).expect("both are bent");
        let (a, b) = (bend.flat(Point::new(0.0, 300.0)), bend.flat(Point::new(450.0, 312.0)));
        assert!((a.y - b.y).abs() < 2.0, "{a:?} {b:?}");
        let (a, b) = (bend.flat(Point::new(300.0, 0.0)), bend.flat(Point::new(312.0, 450.0)));
        assert!((a.x - b.x).abs() < 2.0, "{a:?} {b:?}");
        let straight: Vec<Stretch> =
            rows.iter().map(|r| Stretch { to: Point::new(r.to.x, r.from.y), ..*r }).collect();
        assert_eq!(Bend::of_rules(&straight, &[]), None);
    }
}
