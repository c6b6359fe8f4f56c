//! Long straight thin strokes in a view: what rules are made of, and the edges of coloured cells.

use image::GrayImage;

use crate::{
    geometry::Point,
    structure::{
        pixels::{Mask, Run, components, runs},
        rules::Rule,
    },
};

/// A stroke is darker than the pixels this far on both sides of it: the near distance finds thin
/// rules close to text, the far one rules up to about 10 pixels thick.
pub(super) const SIDES: [usize; 2] = [3, 7];
/// By at least this many gray levels: the palest rules of the development pages (#ddd on #f4f4f4,
/// out of focus) stand out by 9 to 12; single pixels of the paper's grain do so too, but never a
/// whole run.
const CONTRAST: u8 = 6;
/// Light rules on coloured ground, where both sides are at most this bright.
pub(super) const DARK_GROUND: u8 = 190;
/// Edges of coloured cells: the two sides differ by at least this many gray levels.
pub(super) const STEP: u8 = 40;
/// Breaks of up to this many pixels, as where rules cross, are bridged.
const BRIDGED: usize = 4;
/// Runs shorter than this do not take part. A one-pixel rule that slopes by three degrees has
/// runs of 19 pixels.
pub(super) const LEAST_RUN: usize = 12;
/// A rule is at most this thick on average, pixels.
const MOST_THICK: f32 = 9.0;
/// Distance from the fitted line, pixels, that still counts as part of it: half a thick rule.
const MOST_OFF: f64 = 3.5;
/// Steepest slope of a rule in a deskewed view: six degrees of perspective.
const STEEPEST: f64 = 0.1;

/// Whether `here` lies on a stroke between what is `near` and `far` on its two sides.
fn is_stroke(here: u8, sides: [(u8, u8); 2]) -> bool {
    let thin = |(a, b): (u8, u8)| {
        let (low, high) = (a.min(b), a.max(b));
        here.saturating_add(CONTRAST) < low || (high <= DARK_GROUND && here > high.saturating_add(CONTRAST))
    };
    // Near and far, so that the flanks of a thin stroke are no edges.
    thin(sides[0]) || thin(sides[1]) || sides.iter().all(|(a, b)| a.abs_diff(*b) >= STEP)
}

/// Pixels on strokes or edges that run along the rows.
pub(super) fn strokes(view: &GrayImage) -> Mask {
    let (width, height) = (view.width() as usize, view.height() as usize);
    let mut mask = Mask::new(width, height);
    let [near, far] = SIDES;
    let row = |y: usize| view.as_raw().get(y * width..(y + 1) * width).unwrap_or(&[]);
    for y in near..height.saturating_sub(near) {
        // At the upper and lower border the far sides fall back to the near ones.
        let reach = if y >= far && y + far < height { far } else { near };
        let (above, below) = (row(y - near), row(y + near));
        let (far_above, far_below) = (row(y - reach), row(y + reach));
        let out = mask.row_mut(y);
        for ((((out, &here), &a), &b), (&fa, &fb)) in
            out.iter_mut().zip(row(y)).zip(above).zip(below).zip(far_above.iter().zip(far_below))
        {
            *out = u8::from(is_stroke(here, [(a, b), (fa, fb)]));
        }
    }
    mask
}

/// Pixels on strokes or edges that run along the columns, as a transposed mask.
pub(super) fn strokes_down(view: &GrayImage) -> Mask {
    let (width, height) = (view.width() as usize, view.height() as usize);
    let mut mask = Mask::new(width, height);
    let [near, far] = SIDES;
    if width <= 2 * far {
        return mask.transposed();
    }
    for (y, row) in view.as_raw().chunks_exact(width).enumerate() {
        let out = mask.row_mut(y);
        for x in near..width - near {
            // At the left and right border the far sides fall back to the near ones.
            let reach = if x >= far && x + far < width { far } else { near };
            let sides = [(row[x - near], row[x + near]), (row[x - reach], row[x + reach])];
            out[x] = u8::from(is_stroke(row[x], sides));
        }
    }
    mask.transposed()
}

/// Straight, thin, long strokes in a mask of horizontal ones, each with the share of its length
/// that is drawn.
pub(super) fn straight_strokes(mask: &Mask, least: f32) -> Vec<(Rule, f32)> {
    let mut out = Vec::new();
    let mut waiting = components(&runs(mask, BRIDGED, LEAST_RUN));
    while let Some(component) = waiting.pop() {
        if (component.width() as f32) < least {
            continue;
        }
        let Some((rule, solid, rest)) = grow(component.runs) else { continue };
        if rule.to.x - rule.from.x >= least {
            out.push((rule, solid));
        }
        // What a rule shared its component with (a seal's rim, text that touches) is looked at
        // again without it.
        waiting.extend(components(&rest));
    }
    out.sort_by(|(a, _), (b, _)| a.from.y.total_cmp(&b.from.y).then(a.from.x.total_cmp(&b.from.x)));
    out
}

/// Sums for a least-squares line through runs.
#[derive(Default)]
struct LineFit {
    n: f64,
    x: f64,
    y: f64,
    xx: f64,
    xy: f64,
}

impl LineFit {
    fn add(&mut self, run: &Run) {
        let length = run.length() as f64;
        let (x, y) = ((run.start + run.end) as f64 / 2.0, run.y as f64 + 0.5);
        self.n += length;
        self.x += length * x;
        self.y += length * y;
        // A run's own extent counts, so that a single run has a slope too.
        self.xx += length * (x * x + length * length / 12.0);
        self.xy += length * x * y;
    }

    fn slope(&self) -> f64 {
        let spread = self.xx - self.x * self.x / self.n;
        if spread > 0.0 { (self.xy - self.x * self.y / self.n) / spread } else { 0.0 }
    }

    fn y_at(&self, x: f64) -> f64 {
        self.y / self.n + self.slope() * (x - self.x / self.n)
    }
}

/// Grows a line from the longest run to both sides, taking in the runs close to where it then
/// leads; the line, the share of its length that runs cover, and the runs that are not part of it.
/// `None` of nothing or of a line that is too thick or too steep.
fn grow(mut runs: Vec<Run>) -> Option<(Rule, f32, Vec<Run>)> {
    let longest = (0..runs.len()).max_by_key(|&i| runs[i].length())?;
    let seed = runs.swap_remove(longest);
    let mut fit = LineFit::default();
    fit.add(&seed);
    let (mut left, mut right, mut area) = (seed.start, seed.end, seed.length());
    let mut stretches = vec![(seed.start, seed.end)];
    loop {
        // The longer the line already is, the further it can be trusted.
        let reach = right - left;
        let (mut taken, mut rest) = (Vec::new(), Vec::with_capacity(runs.len()));
        for run in runs {
            let near = run.end + reach >= left && run.start <= right + reach;
            let x = (run.start + run.end) as f64 / 2.0;
            if near && (fit.y_at(x) - run.y as f64 - 0.5).abs() <= MOST_OFF {
                taken.push(run);
            } else {
                rest.push(run);
            }
        }
        runs = rest;
        if taken.is_empty() {
            break;
        }
        for run in &taken {
            fit.add(run);
            left = left.min(run.start);
            right = right.max(run.end);
            area += run.length();
            stretches.push((run.start, run.end));
        }
    }
    stretches.sort_unstable();
    let (mut covered, mut reached) = (0, left);
    for (from, to) in stretches {
        covered += to.saturating_sub(from.max(reached));
        reached = reached.max(to);
    }
    let solid = covered as f32 / (right - left).max(1) as f32;
    let end = |x: usize| Point::new(x as f32, fit.y_at(x as f64) as f32);
    let thin = area as f32 <= MOST_THICK * (right - left) as f32;
    (thin && fit.slope().abs() < STEEPEST).then(|| (Rule { from: end(left), to: end(right) }, solid, runs))
}
