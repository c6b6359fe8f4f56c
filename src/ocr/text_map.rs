//! The detection network's probability map and the text boxes in it.

use std::sync::LazyLock;

use super::components::{self, Component};
use crate::geometry::{Point, Quad, Rect};

/// A pixel is text above this probability.
const PIXEL_THRESHOLD: f32 = 0.3;
/// A box is text when its mean probability reaches this.
const BOX_THRESHOLD: f32 = 0.5;
/// The map shows shrunk text cores; boxes grow by area × ratio / perimeter.
const UNCLIP_RATIO: f32 = 1.6;
/// Boxes with a shorter side below this many map pixels are noise (before growing).
const MIN_BOX_SIDE: f32 = 3.0;

/// Entries of [`PROBABILITIES`] for one unit of the odds' logarithm.
const STEPS_PER_UNIT: f32 = 128.0;
/// The logistic function of odds from −8 to 8, times 255.
static PROBABILITIES: LazyLock<[u8; 2048]> = LazyLock::new(|| {
    std::array::from_fn(|i| {
        let odds = (i as f32 + 0.5 - 1024.0) / STEPS_PER_UNIT;
        (255.0 / (1.0 + (-odds).exp())) as u8
    })
});

/// Probability of text for each pixel of the network's input, in steps of 1/255: a byte each, so
/// that the map of a page of 8192 × 8192 pixels fits into memory.
pub struct TextMap {
    width: usize,
    values: Vec<u8>,
}

impl TextMap {
    pub fn new(width: usize, height: usize) -> Self {
        Self { width, values: vec![0; width * height] }
    }

    fn height(&self) -> usize {
        self.values.len().checked_div(self.width).unwrap_or(0)
    }

    /// Puts a row from column `x` on, each pixel as the logarithm of the odds that it is text; what reaches
    /// beyond the map is cut.
    pub fn put_row(&mut self, x: usize, y: usize, odds: impl Iterator<Item = f32>) {
        let start = y * self.width + x;
        let end = ((y + 1) * self.width).min(self.values.len());
        for (value, odds) in self.values.get_mut(start..end).into_iter().flatten().zip(odds) {
            // Beyond these odds the probability is 0 or 1 in steps of 1/255.
            let step = (odds * STEPS_PER_UNIT + PROBABILITIES.len() as f32 / 2.0).max(0.0) as usize;
            *value = PROBABILITIES[step.min(PROBABILITIES.len() - 1)];
        }
    }

    /// Text boxes in map pixels, in no order; the first edge is the one nearest to horizontal.
    pub fn boxes(&self) -> Vec<Quad> {
        let (width, height) = (self.width, self.height());
        let threshold = (PIXEL_THRESHOLD * 255.0) as u8;
        let mut mask = vec![false; self.values.len()];
        for (i, _) in self.values.iter().enumerate().filter(|(_, v)| **v > threshold) {
            // Dilation by a 2 × 2 kernel joins cores that touch by a corner.
            let (x, y) = (i % width, i / width);
            mask[i] = true;
            if x + 1 < width {
                mask[i + 1] = true;
            }
            if y + 1 < height {
                mask[i + width] = true;
                if x + 1 < width {
                    mask[i + width + 1] = true;
                }
            }
        }
        components::find(&mask, width).iter().filter_map(|c| self.text_box(c)).collect()
    }

    fn text_box(&self, component: &Component) -> Option<Quad> {
        let core = components::min_area_rect(&component.outline)?;
        let (w, h) = (core.width(), core.height());
        if w.min(h) < MIN_BOX_SIDE || self.mean_inside(&core) < BOX_THRESHOLD {
            return None;
        }
        let grow = w * h * UNCLIP_RATIO / (2.0 * (w + h));
        Some(grow_quad(&core, grow).map(|p| Point::new(p.x + 0.5, p.y + 0.5)))
    }

    /// Mean probability of the map's pixels inside a quad, 0..1.
    fn mean_inside(&self, quad: &Quad) -> f32 {
        let Rect { left, top, right, bottom } = quad.bounds();
        let range = |from: f32, to: f32, end: usize| {
            let last = end.saturating_sub(1);
            (from.floor().max(0.0) as usize).min(last)..=(to.ceil().max(0.0) as usize).min(last)
        };
        let (mut sum, mut count) = (0_u32, 0_u32);
        for y in range(top, bottom, self.height()) {
            for x in range(left, right, self.width) {
                if quad.contains(Point::new(x as f32, y as f32)) {
                    sum += u32::from(self.values[y * self.width + x]);
                    count += 1;
                }
            }
        }
        if count == 0 { 0.0 } else { sum as f32 / count as f32 / 255.0 }
    }
}

/// The rectangle `quad` with each side moved outwards by `by`.
fn grow_quad(quad: &Quad, by: f32) -> Quad {
    let [a, b, c, d] = quad.0;
    let unit = |from: Point, to: Point| {
        let l = from.distance(to).max(f32::EPSILON);
        ((to.x - from.x) / l * by, (to.y - from.y) / l * by)
    };
    let ((ux, uy), (vx, vy)) = (unit(a, b), unit(a, d));
    Quad([
        Point::new(a.x - ux - vx, a.y - uy - vy),
        Point::new(b.x + ux - vx, b.y + uy - vy),
        Point::new(c.x + ux + vx, c.y + uy + vy),
        Point::new(d.x - ux + vx, d.y - uy + vy),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_in_the_map_becomes_one_grown_box() {
        let mut map = TextMap::new(200, 100);
        for y in 40..50 {
            map.put_row(20, y, std::iter::repeat_n(2.2, 100));
        }
        let found = map.boxes();
        assert_eq!(found.len(), 1);
        let b = found[0].bounds();
        // Core 100 × 10 (dilated by one), grown by 101 * 11 * 1.6 / 222 ≈ 7.3 on each side.
        assert!((b.left - 13.0).abs() < 1.5 && (b.right - 128.0).abs() < 1.5, "{b:?}");
        assert!((b.top - 33.0).abs() < 1.5 && (b.bottom - 58.0).abs() < 1.5, "{b:?}");
    }

    #[test]
    fn odds_become_probabilities() {
        let mut map = TextMap::new(5, 1);
        map.put_row(0, 0, [f32::NEG_INFINITY, -2.2, 0.0, 2.2, 99.0].into_iter());
        assert_eq!(map.values, [0, 25, 127, 229, 254]);
        map.put_row(0, 0, std::iter::once(f32::NAN));
        assert_eq!(map.values[0], 0);
    }

    #[test]
    fn specks_and_the_empty_map_hold_no_text() {
        let mut map = TextMap::new(20, 10);
        map.put_row(5, 5, std::iter::once(2.2));
        assert!(map.boxes().is_empty());
        map.put_row(15, 9, std::iter::repeat_n(2.2, 50));
        map.put_row(0, 10, std::iter::repeat_n(2.2, 50));
        assert!(map.boxes().is_empty());
        assert!(TextMap::new(0, 0).boxes().is_empty());
    }
}
