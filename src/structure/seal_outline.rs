//! What the ink itself says of a rim that was found: where its outermost line runs, how whole it is
//! and what it encloses.

use image::GrayImage;

use crate::{
    numbers::median,
    structure::{pixels::Mask, seal_form::Rim, seal_rims::DIRECTIONS},
};

/// The outermost ink is looked for from this share of the radius outside the rim …
const OUTSIDE: f32 = 0.2;
/// … to this share inside it.
const INSIDE: f32 = 0.25;
/// Ink further than these shares of the radius off the rim does not count, one fit after the other.
const REACHES: [f32; 4] = [0.25, 0.12, 0.06, 0.04];

/// The rim moved to the outermost ink around it, if it then runs along more of the ink as a line.
pub fn outlined(mask: &Mask, rim: Rim) -> Rim {
    let mut points = Vec::new();
    for i in 0..2 * DIRECTIONS {
        let (sin, cos) = (i as f32 / (2 * DIRECTIONS) as f32 * std::f32::consts::TAU).sin_cos();
        let p = rim.form.at(cos, sin);
        let radius = p.x.hypot(p.y);
        let steps = ((OUTSIDE + INSIDE) * radius / 0.7) as usize;
        let first = (0..steps).map(|k| (1.0 + OUTSIDE) * radius - 0.7 * k as f32).find(|far| {
            let (x, y) = (rim.center.x + cos * far, rim.center.y + sin * far);
            x >= 0.0 && y >= 0.0 && mask.get(x as usize, y as usize)
        });
        points.extend(first.map(|far| (cos * far, sin * far)));
    }
    let mut moved = rim;
    for reach in REACHES {
        let (dx, dy) = (rim.center.x - moved.center.x, rim.center.y - moved.center.y);
        let near = points
            .iter()
            .map(|&(x, y)| (x + dx, y + dy))
            .filter(|&(x, y)| (moved.form.distance(x, y) - 1.0).abs() <= reach);
        match moved.through(near) {
            Some(fitted) => moved = fitted,
            None => return rim,
        }
    }
    let worth = |r: &Rim| {
        let ink = inked(mask, r);
        ink.on * (0.5 + 0.5 * ink.line)
    };
    let (long, short, _) = moved.form.axes();
    let (before, _, _) = rim.form.axes();
    let like = long < 1.4 * before && short > 0.4 * long;
    if like && worth(&moved) > worth(&rim) { moved } else { rim }
}

/// Thin strokes on a reduced view have at least this share of the ink that the rim has, which is thicker …
const THIN: f32 = 0.4;
/// … and this much ink of any kind: twice what noise of stored colour leaves on paper.
const LEAST_STRENGTH: f32 = 12.0;

/// Share of the directions in which there is ink within a rim, if its own strength and not the mask says what
/// ink is: a faint seal's characters are fainter than its rim.
pub fn inked_faintly(strength: &GrayImage, rim: &Rim) -> f32 {
    let at = |cos: f32, sin: f32, share: f32| {
        let p = rim.form.at(cos, sin);
        let (x, y) = (rim.center.x + p.x * share, rim.center.y + p.y * share);
        let inside = x >= 0.0 && y >= 0.0;
        let level = inside.then(|| strength.get_pixel_checked(x as u32, y as u32)).flatten();
        level.map_or(0.0, |v| f32::from(v.0[0]))
    };
    let strongest = |i: usize, shares: std::ops::Range<u8>| {
        let (sin, cos) = (i as f32 / DIRECTIONS as f32 * std::f32::consts::TAU).sin_cos();
        shares.map(|s| at(cos, sin, f32::from(s) / 100.0)).fold(0.0, f32::max)
    };
    let own = median((0..DIRECTIONS).map(|i| strongest(i, 96..104))).unwrap_or_default();
    let least = (THIN * own).max(LEAST_STRENGTH);
    (0..DIRECTIONS).filter(|&i| strongest(i, 20..78) >= least).count() as f32 / DIRECTIONS as f32
}

/// What the ink says of a rim, shares of the directions.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Inked {
    /// There is ink on the rim.
    pub on: f32,
    /// Of those, the paper outside and inside is free for a little: the rim is a line.
    pub line: f32,
    /// There is ink within.
    pub inside: f32,
    /// Share of the pixels within that are ink.
    pub filled: f32,
}

/// Looks at the ink along, beside and within a rim.
pub fn inked(mask: &Mask, rim: &Rim) -> Inked {
    let (_, short, _) = rim.form.axes();
    let slack = (0.025 * short).max(1.5);
    let at = |cos: f32, sin: f32, out: f32| {
        let p = rim.form.at(cos, sin);
        let length = p.x.hypot(p.y).max(1e-6);
        let far = (length + out) / length;
        let (x, y) = (rim.center.x + p.x * far, rim.center.y + p.y * far);
        x >= 0.0 && y >= 0.0 && mask.get(x as usize, y as usize)
    };
    let (mut on, mut line, mut inside, mut pixels, mut filled) = (0, 0, 0, 0, 0);
    for i in 0..DIRECTIONS {
        let (sin, cos) = (i as f32 / DIRECTIONS as f32 * std::f32::consts::TAU).sin_cos();
        let steps = |from: f32, to: f32| {
            let count = ((to - from) / 0.7).ceil().max(1.0) as usize;
            (0..=count).map(move |k| from + (to - from) * k as f32 / count as f32)
        };
        if steps(-slack, slack).any(|out| at(cos, sin, out)) {
            on += 1;
            // A rim is at most 6 % of the short half axis thick, with a blank of the same on one
            // side at least.
            let reach = slack + (0.1 * short).max(2.0);
            let free = |a: f32, b: f32| steps(a, b).filter(|&out| !at(cos, sin, out)).count() >= 2;
            line += usize::from(free(slack, reach) && free(-reach, -slack));
        }
        let depth = rim.form.at(cos, sin);
        let radius = depth.x.hypot(depth.y);
        let hits = steps(-0.8 * radius, -0.22 * radius).filter(|&out| at(cos, sin, out)).count();
        pixels += steps(-0.8 * radius, -0.22 * radius).count();
        filled += hits;
        inside += usize::from(hits > 0);
    }
    let share = |n: usize| n as f32 / DIRECTIONS as f32;
    Inked {
        on: share(on),
        line: line as f32 / on.max(1) as f32,
        inside: share(inside),
        filled: filled as f32 / pixels.max(1) as f32,
    }
}
