//! Closed rims that mirror themselves at their middle – ellipses, diamonds, turned squares – in a map
//! of ink, however much crosses them.
//!
//! Opposite points of such a rim have opposite gradients: each such pair of edge points votes for
//! its midpoint (point-symmetry Hough transform; Ho and Chen 1995, Yin 1999). At the midpoints
//! with most votes the rim is fitted to the points that have a partner there (RANSAC; Fischler and
//! Bolles 1981) and then checked against the ink itself.

use image::GrayImage;

use crate::{
    geometry::{Point, solve_least_squares},
    structure::{
        pixels::{Mask, next_set},
        seal_form::{Form, Rim},
    },
};

/// Directions from the middle in which a rim is looked for.
pub const DIRECTIONS: usize = 72;
/// Gradient directions are told apart in this many steps.
const STEPS: usize = 64;
/// Weakest edge, sum of Sobel's weights times gray levels: a step of 12 levels.
const LEAST_EDGE: i32 = 48;
/// At most about this many edge points vote; with more, evenly chosen ones do.
const MOST_VOTERS: usize = 5000;
/// Opposite edges face along the line between them up to this cosine: on a diamond of 3 : 2 the
/// angle is 53°.
const LEAST_FACING: f32 = 0.58;
/// Midpoints looked at more closely.
const MOST_CENTERS: usize = 40;
/// Tries to fit a rim through random points: with one point in four on the rim, 200 tries find
/// three of them with 95 %.
const TRIES: usize = 200;
/// Longest to shortest axis or diagonal.
const MOST_ELONGATED: f32 = 2.0;
/// A try is first checked on every so many of the points, and dropped if it covers less there than
/// this share of what the best has (ellipses) or than this share of the directions (frames, whose
/// sides are fitted only then).
const FEW: usize = 4;
const WORTH_A_LOOK: f32 = 0.6;
const LEAST_BY_FEW: f32 = 0.08;
/// Edge points this far from the fitted rim belong to it, view pixels.
const MOST_OFF: f32 = 1.6;

/// Sizes of rims that are looked for and the direction of the page's text.
#[derive(Debug, Clone, Copy)]
pub struct Search {
    /// Across the rim, view pixels.
    pub least: f32,
    pub most: f32,
    /// Clockwise slope of the page's text in radians: edges along and across it are those of
    /// print and rules and do not vote.
    pub slope: f32,
}

struct Edge {
    x: u16,
    y: u16,
    step: u8,
    /// Direction of the gradient, of length 1.
    gradient: (f32, f32),
}

/// Edge points and, by pixel, their gradient's direction.
struct Edges {
    points: Vec<Edge>,
    width: usize,
    height: usize,
    /// For each pixel a bit for each step that an edge point within two pixels of it has, give or take three
    /// steps (17°).
    near: Vec<u64>,
    unit: [(f32, f32); STEPS],
}

impl Edges {
    /// Thinned edges of the ink's strength near the mask.
    fn of(strength: &GrayImage, mask: &Mask) -> Self {
        let (width, height) = (strength.width() as usize, strength.height() as usize);
        let unit = std::array::from_fn(|i| {
            let (sin, cos) = (i as f32 / STEPS as f32 * std::f32::consts::TAU).sin_cos();
            (cos, sin)
        });
        let mut out = Self { points: Vec::new(), width, height, near: vec![0; width * height], unit };
        if width < 5 || height < 5 {
            return out;
        }
        let raw = strength.as_raw();
        let gradient = |at: usize| {
            let v = |i: usize| i32::from(raw[i]);
            let (up, down) = (at - width, at + width);
            let dx = v(up + 1) + 2 * v(at + 1) + v(down + 1) - v(up - 1) - 2 * v(at - 1) - v(down - 1);
            let dy = v(down - 1) + 2 * v(down) + v(down + 1) - v(up - 1) - 2 * v(up) - v(up + 1);
            (dx, dy)
        };
        let (mut beside, mut near) = (vec![0u8; width], vec![0u8; width]);
        for y in 2..height - 2 {
            let rows = mask.row(y - 1).iter().zip(mask.row(y)).zip(mask.row(y + 1));
            beside.iter_mut().zip(rows).for_each(|(n, ((a, b), c))| *n = a | b | c);
            let around = beside.iter().zip(&beside[1..]).zip(&beside[2..]);
            near[1..width - 1].iter_mut().zip(around).for_each(|(n, ((a, b), c))| *n = a | b | c);
            let mut from = 2;
            while let Some(x) = next_set(&near[..width - 2], from) {
                from = x + 1;
                let at = y * width + x;
                let (dx, dy) = gradient(at);
                let size = dx.abs() + dy.abs();
                if size < LEAST_EDGE {
                    continue;
                }
                // Non-maximum suppression along the steeper axis.
                let side = if dx.abs() > dy.abs() { 1 } else { width };
                let along = |(gx, gy): (i32, i32)| gx.abs() + gy.abs();
                if along(gradient(at - side)) > size || along(gradient(at + side)) >= size {
                    continue;
                }
                let turn = (dy as f32).atan2(dx as f32) / std::f32::consts::TAU;
                let step = ((turn * STEPS as f32).round() as i32).rem_euclid(STEPS as i32) as u8;
                let like =
                    (0..7).fold(0u64, |bits, k| bits | 1 << ((usize::from(step) + STEPS - 3 + k) % STEPS));
                for row in y - 2..=y + 2 {
                    let around = row * width + x - 2..row * width + x + 3;
                    out.near.get_mut(around).into_iter().flatten().for_each(|bits| *bits |= like);
                }
                let length = (dx as f32).hypot(dy as f32);
                let gradient = (dx as f32 / length, dy as f32 / length);
                out.points.push(Edge { x: x as u16, y: y as u16, step, gradient });
            }
        }
        out
    }

    /// Whether a point has a partner with the opposite gradient on the other side of `center`.
    fn has_partner(&self, edge: &Edge, center: Point) -> bool {
        let (mx, my) = (2.0 * center.x - f32::from(edge.x) - 0.5, 2.0 * center.y - f32::from(edge.y) - 0.5);
        let opposite = (usize::from(edge.step) + STEPS / 2) % STEPS;
        if mx < 0.0 || my < 0.0 || mx >= self.width as f32 {
            return false;
        }
        self.near.get(my as usize * self.width + mx as usize).is_some_and(|bits| bits >> opposite & 1 == 1)
    }
}

/// Rims in a map of ink, best covered first; they may overlap or be the same one twice. `voters`: the
/// part of the mask whose edges say where to look.
pub fn rims(strength: &GrayImage, mask: &Mask, voters: &Mask, search: Search) -> Vec<Rim> {
    let edges = Edges::of(strength, mask);
    let centers = centers(&edges, voters, search);
    let mut found: Vec<Rim> = centers.into_iter().filter_map(|c| fit(&edges, c, search)).collect();
    found.sort_by(|a, b| b.covered.total_cmp(&a.covered));
    found
}

/// Whether a gradient step is that of strokes along or across the page's text.
fn is_print(step: usize, slope: f32) -> bool {
    let turn = step as f32 / STEPS as f32 - slope / std::f32::consts::TAU;
    let quarter = (turn * 4.0).rem_euclid(1.0);
    // Two steps of 5.6° to each side.
    quarter.min(1.0 - quarter) * STEPS as f32 / 4.0 < 1.5
}

/// Midpoints of most opposite pairs.
fn centers(edges: &Edges, voters: &Mask, search: Search) -> Vec<Point> {
    // Edges lie on both sides of the mask's border.
    let near = |x: usize, y: usize| (y - 1..=y + 1).any(|r| (x - 1..=x + 1).any(|c| voters.get(c, r)));
    let votes =
        |e: &&Edge| !is_print(usize::from(e.step), search.slope) && near(usize::from(e.x), usize::from(e.y));
    let voters: Vec<&Edge> = edges.points.iter().filter(votes).collect();
    let stride = voters.len().div_ceil(MOST_VOTERS).max(1);
    let mut by_step: Vec<Vec<(f32, f32)>> = vec![Vec::new(); STEPS];
    for e in voters.iter().step_by(stride) {
        by_step[usize::from(e.step)].push((f32::from(e.x), f32::from(e.y)));
    }
    // Cells of two by two pixels.
    let (columns, rows) = (edges.width / 2 + 1, edges.height / 2 + 1);
    let mut votes = vec![0.0f32; columns * rows];
    let (least, most) = (search.least.powi(2), search.most.powi(2));
    for (step, points) in by_step.iter().enumerate().take(STEPS / 2) {
        let (cos, sin) = edges.unit[step];
        for turn in STEPS / 2 - 1..=STEPS / 2 + 1 {
            let partners = &by_step[(step + turn) % STEPS];
            for &(x, y) in points {
                for &(px, py) in partners {
                    let (dx, dy) = (px - x, py - y);
                    let square = dx * dx + dy * dy;
                    let facing = dx * cos + dy * sin;
                    if square < least
                        || square > most
                        || facing * facing < LEAST_FACING * LEAST_FACING * square
                    {
                        continue;
                    }
                    let cell = ((y + py) as usize / 4) * columns + (x + px) as usize / 4;
                    // A longer rim has more points: weighed by its length.
                    votes[cell] += square.sqrt().recip();
                }
            }
        }
    }
    peaks(&votes, columns, rows)
}

/// The highest cells, summed over 3 × 3, not next to each other; in view pixels.
fn peaks(votes: &[f32], columns: usize, rows: usize) -> Vec<Point> {
    let mut sums: Vec<(f32, usize, usize)> = Vec::new();
    for y in 1..rows.saturating_sub(1) {
        for x in 1..columns.saturating_sub(1) {
            let at = y * columns + x;
            if votes[at] <= 0.0 {
                continue;
            }
            let sum: f32 = [at - columns, at, at + columns].iter().flat_map(|&i| &votes[i - 1..=i + 1]).sum();
            sums.push((sum, x, y));
        }
    }
    sums.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut out: Vec<(usize, usize)> = Vec::new();
    for (_, x, y) in sums {
        if out.iter().all(|&(ox, oy)| ox.abs_diff(x).max(oy.abs_diff(y)) > 3) {
            out.push((x, y));
            if out.len() == MOST_CENTERS {
                break;
            }
        }
    }
    out.into_iter().map(|(x, y)| Point::new(2.0 * x as f32 + 1.0, 2.0 * y as f32 + 1.0)).collect()
}

/// An edge point relative to a centre.
struct Offset {
    x: f32,
    y: f32,
    radius: f32,
    direction: usize,
    gradient: (f32, f32),
}

/// The edge points around a centre that have a partner there.
fn offsets(edges: &Edges, center: Point, search: Search) -> Vec<Offset> {
    let half = search.most / 2.0;
    let offset = |e: &Edge| {
        let (x, y) = (f32::from(e.x) + 0.5 - center.x, f32::from(e.y) + 0.5 - center.y);
        let turn = (y.atan2(x) / std::f32::consts::TAU).rem_euclid(1.0);
        let direction = ((turn * DIRECTIONS as f32) as usize).min(DIRECTIONS - 1);
        Offset { x, y, radius: (x * x + y * y).sqrt(), direction, gradient: e.gradient }
    };
    // Edge points come row by row.
    let row = |y: f32| edges.points.partition_point(|e| f32::from(e.y) < y);
    edges.points[row(center.y - half)..row(center.y + half + 1.0)]
        .iter()
        .filter(|e| {
            let (x, y) = (f32::from(e.x) - center.x, f32::from(e.y) - center.y);
            let square = x * x + y * y;
            let facing = x * e.gradient.0 + y * e.gradient.1;
            square <= half * half
                && 4.0 * square >= search.least.powi(2) / MOST_ELONGATED.powi(2)
                && facing * facing >= LEAST_FACING * LEAST_FACING * square
        })
        .filter(|e| edges.has_partner(e, center))
        .map(offset)
        .collect()
}

/// The rim around a centre that most points with a partner lie on.
fn fit(edges: &Edges, center: Point, search: Search) -> Option<Rim> {
    let half = search.most / 2.0;
    let around = offsets(edges, center, search);
    let seen = around.iter().fold([false; DIRECTIONS], |mut s, o| {
        s[o.direction] = true;
        s
    });
    if (seen.iter().filter(|&&s| s).count() as f32) < 0.6 * DIRECTIONS as f32 {
        return None;
    }
    let sample: Vec<&Offset> = around.iter().step_by(around.len().div_ceil(500).max(1)).collect();
    // Most tries are far off; few points show it.
    let few: Vec<&Offset> = sample.iter().copied().step_by(FEW).collect();
    let mut best_of_few = 0.0;
    let mut best: Option<(f32, Form)> = None;
    let mut chance = Chance(0x2545_F491_4F6C_DD1D);
    for attempt in 0..TRIES * 2 {
        let mut pick = || sample.get(chance.below(sample.len())).copied();
        let form = if attempt < TRIES {
            ellipse_through([pick()?, pick()?, pick()?], search)
        } else {
            parallelogram_through([pick()?, pick()?], search)
        };
        let Some(mut form) = form else { continue };
        let by_few = coverage(&form, &few);
        let least = if attempt < TRIES { WORTH_A_LOOK * best_of_few } else { LEAST_BY_FEW };
        if by_few < least {
            continue;
        }
        let mut covered = coverage(&form, &sample);
        // A side's direction is known to a few degrees only, until it is fitted to its points.
        if covered >= 0.3
            && let Some(better) = fitted_sides(form, &sample).and_then(|f| usual_size(f, search))
        {
            form = better;
            covered = coverage(&form, &sample);
        }
        let (long, short, _) = form.axes();
        // Of rims drawn twice the outer one counts: a little for size.
        let worth = covered * (1.0 + 0.04 * ((long * short).sqrt() / half));
        if best.is_none_or(|(w, _)| worth > w) {
            best = Some((worth, form));
            best_of_few = by_few.max(best_of_few);
        }
    }
    let (_, form) = best?;
    let first = Rim { center, form, covered: coverage(&form, &sample) };
    let Some(rim) = refined(edges, first) else { return Some(first) };
    // Centres are known to two pixels only, until the rim is fitted.
    let around = offsets(edges, rim.center, search);
    let covered = coverage(&rim.form, &around.iter().collect::<Vec<_>>());
    Some(Rim { covered: covered.max(first.covered), ..rim })
}

/// Share of the directions in which points lie on the rim, facing across it.
fn coverage(form: &Form, points: &[&Offset]) -> f32 {
    let mut on = [false; DIRECTIONS];
    for o in points {
        let out = (form.distance(o.x, o.y) - 1.0) * o.radius;
        if out.abs() <= MOST_OFF {
            let (nx, ny) = form.normal(o.x, o.y);
            on[o.direction] |= (nx * o.gradient.0 + ny * o.gradient.1).abs() > 0.9;
        }
    }
    on.iter().filter(|&&s| s).count() as f32 / DIRECTIONS as f32
}

fn ellipse_through(points: [&Offset; 3], search: Search) -> Option<Form> {
    let rows = points.map(|o| {
        let (x, y) = (f64::from(o.x), f64::from(o.y));
        ([x * x, 2.0 * x * y, y * y], 1.0)
    });
    let [a, b, c] = solve_least_squares(&rows)?.map(|v| v as f32);
    if a <= 0.0 || c <= 0.0 || a * c <= b * b {
        return None;
    }
    usual_size(Form::Ellipse { a, b, c }, search)
}

/// The sides through two points along their edges, mirrored.
fn parallelogram_through(points: [&Offset; 2], search: Search) -> Option<Form> {
    let [(p, q), (r, s)] = points.map(|o| {
        let far = o.x * o.gradient.0 + o.y * o.gradient.1;
        (o.gradient.0 / far, o.gradient.1 / far)
    });
    square_enough(Form::Parallelogram { p, q, r, s }).and_then(|form| usual_size(form, search))
}

/// A parallelogram whose sides meet at 45° and more.
fn square_enough(form: Form) -> Option<Form> {
    let [a, b] = form.sides()?;
    ((a - b).sin().abs() > 0.7).then_some(form)
}

/// The sides fitted again to the points near them (opposite points mirrored into one).
fn fitted_sides(form: Form, points: &[&Offset]) -> Option<Form> {
    let Form::Parallelogram { p, q, r, s } = form else { return None };
    let side = |a: f32, b: f32| {
        let length = a.hypot(b);
        let rows: Vec<([f64; 2], f64)> = points
            .iter()
            .filter_map(|o| {
                let far = a * o.x + b * o.y;
                let along = (a * o.gradient.0 + b * o.gradient.1).abs() > 0.97 * length;
                (along && (far.abs() - 1.0).abs() <= 2.0 * MOST_OFF * length)
                    .then(|| ([f64::from(o.x * far.signum()), f64::from(o.y * far.signum())], 1.0))
            })
            .collect();
        solve_least_squares(&rows).map(|v| v.map(|v| v as f32))
    };
    let ([p, q], [r, s]) = (side(p, q)?, side(r, s)?);
    square_enough(Form::Parallelogram { p, q, r, s })
}

fn usual_size(form: Form, search: Search) -> Option<Form> {
    let (long, short, _) = form.axes();
    (2.0 * short >= search.least / MOST_ELONGATED.sqrt()
        && 2.0 * long >= search.least
        && 2.0 * long <= search.most
        && long <= MOST_ELONGATED * short)
        .then_some(form)
}

/// An ellipse fitted again to all edge points along it, its centre free.
fn refined(edges: &Edges, rim: Rim) -> Option<Rim> {
    let (long, _, _) = rim.form.axes();
    let along = edges.points.iter().filter_map(|e| {
        let (x, y) = (f32::from(e.x) + 0.5 - rim.center.x, f32::from(e.y) + 0.5 - rim.center.y);
        if x.abs() > long + 4.0 || y.abs() > long + 4.0 {
            return None;
        }
        let off = (rim.form.distance(x, y) - 1.0) * x.hypot(y);
        let (nx, ny) = rim.form.normal(x, y);
        let (gx, gy) = e.gradient;
        ((nx * gx + ny * gy).abs() > 0.9 && off.abs() <= 1.5 * MOST_OFF).then_some((x, y))
    });
    let fitted = rim.through(along)?;
    (fitted.center.distance(rim.center) < 4.0 + 0.05 * long).then_some(fitted)
}

/// A small generator of pseudo-random numbers (xorshift), so that runs repeat.
struct Chance(u64);

impl Chance {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 33) as usize % n.max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::structure::seal_outline::{inked, outlined};
    use image::Luma;

    fn search() -> Search {
        Search { least: 40.0, most: 300.0, slope: 0.0 }
    }

    /// A rim with strokes of text across and around it.
    fn drawn(on_rim: impl Fn(f32, f32) -> bool) -> (GrayImage, Mask) {
        let image = GrayImage::from_fn(400, 300, |x, y| {
            let rim = on_rim(x as f32 + 0.5 - 200.0, y as f32 + 0.5 - 150.0);
            let text = (120..136).contains(&y) && x % 9 < 3;
            Luma([if rim || text { 200 } else { 0 }])
        });
        let mask = Mask::of_gray(&image, |v| v > 100);
        (image, mask)
    }

    #[test]
    fn an_ellipse_is_found_under_text() {
        let (image, mask) = drawn(|x, y| (0.95..1.0).contains(&(x / 90.0).hypot(y / 60.0)));
        let found = rims(&image, &mask, &mask, search());
        let best = found.first().expect("a rim");
        let (long, short, _) = best.form.axes();
        assert!(best.center.distance(Point::new(200.0, 150.0)) < 2.0, "{best:?}");
        assert!((long - 90.0).abs() < 4.0 && (short - 60.0).abs() < 4.0, "{best:?}");
        let ink = inked(&mask, best);
        assert!(ink.on > 0.9 && ink.line > 0.6, "{ink:?}");
    }

    #[test]
    fn a_rim_found_a_little_off_moves_to_the_ink() {
        let (_, mask) = drawn(|x, y| (0.95..1.0).contains(&(x / 90.0).hypot(y / 60.0)));
        let form = Form::Ellipse { a: 1.0 / 6400.0, b: 0.0, c: 1.0 / 3600.0 };
        let off = Rim { center: Point::new(208.0, 152.0), form, covered: 0.5 };
        let rim = outlined(&mask, off);
        let (long, short, _) = rim.form.axes();
        assert!(rim.center.distance(Point::new(200.0, 150.0)) < 2.0, "{rim:?}");
        assert!((long - 89.0).abs() < 3.0 && (short - 59.0).abs() < 3.0, "{rim:?}");
    }

    #[test]
    fn a_diamond_is_no_ellipse() {
        let (image, mask) = drawn(|x, y| (0.95..1.0).contains(&(x.abs() / 100.0 + y.abs() / 70.0)));
        let found = rims(&image, &mask, &mask, search());
        let best = found.first().expect("a rim");
        assert!(matches!(best.form, Form::Parallelogram { .. }), "{best:?}");
    }

    #[test]
    fn nothing_is_found_in_text_alone() {
        let (image, mask) = drawn(|_, _| false);
        assert!(rims(&image, &mask, &mask, search()).iter().all(|r| inked(&mask, r).on < 0.6));
        assert!(rims(&GrayImage::new(0, 0), &Mask::new(0, 0), &Mask::new(0, 0), search()).is_empty());
    }
}
