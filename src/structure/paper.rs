//! How light the paper is in every place of a page, as the ground of its text lines tells.

use image::GrayImage;

use crate::{
    geometry::{Rect, solve_least_squares},
    numbers::{histogram, median, percentile},
};

/// The paper's level: a plane through the ground of the text lines, and what they differ from it nearby.
pub struct Paper {
    plane: [f64; 3],
    /// Where the lines are, and by how much their ground differs.
    rests: Vec<f32>,
    width: usize,
}

/// Side of the squares in which the ground is even, pixels of the view.
const GROUND_SQUARE: usize = 16;
/// Lines on a ground so far from the plane are on coloured bands.
const OFF_PLANE: f64 = 30.0;

impl Paper {
    /// The ground, and by how much text differs from it.
    pub fn of(gray: &GrayImage, lines: &[Rect]) -> Option<(Self, f32)> {
        let mut seen: Vec<([f64; 3], f64)> = Vec::new();
        let mut contrasts = Vec::new();
        for b in lines {
            let b = b.expanded(0.15 * b.height());
            let xs = b.left.max(0.0) as u32..(b.right.max(0.0) as u32).min(gray.width());
            let ys = || b.top.max(0.0) as u32..(b.bottom.max(0.0) as u32).min(gray.height());
            let levels =
                histogram(xs.flat_map(|x| ys().map(move |y| (x, y))).map(|(x, y)| gray.get_pixel(x, y).0[0]));
            if levels.iter().sum::<u32>() < 16 {
                continue;
            }
            let at = |share: f32| f32::from(percentile(&levels, share));
            // Text covers less than half of its box; light print on a dark ground is turned around.
            let dark_print = at(0.5) - at(0.03) >= at(0.97) - at(0.5);
            let ground = if dark_print { at(0.85) } else { at(0.15) };
            contrasts.push(if dark_print { ground - at(0.03) } else { at(0.97) - ground });
            let c = b.center();
            seen.push(([1.0, f64::from(c.x), f64::from(c.y)], f64::from(ground)));
        }
        let contrast = median(contrasts)?;
        let level = f64::from(median(seen.iter().map(|s| s.1 as f32))?);
        let mut plane = [level, 0.0, 0.0];
        let off = |plane: &[f64; 3], (at, level): &([f64; 3], f64)| {
            level - at.iter().zip(plane).map(|(a, p)| a * p).sum::<f64>()
        };
        for _ in 0..3 {
            let near: Vec<_> = seen.iter().filter(|s| off(&plane, s).abs() <= OFF_PLANE).copied().collect();
            if near.len() < 8 {
                break;
            }
            plane = solve_least_squares(&near).unwrap_or(plane);
        }
        let near: Vec<(f64, f64, f64)> = seen
            .iter()
            .map(|s| (s.0[1], s.0[2], off(&plane, s)))
            .filter(|s| s.2.abs() <= 1.5 * OFF_PLANE)
            .collect();
        let (width, height) = (
            (gray.width() as usize).div_ceil(GROUND_SQUARE),
            (gray.height() as usize).div_ceil(GROUND_SQUARE),
        );
        let mut rests = Vec::with_capacity(width * height);
        for (y, x) in (0..height).flat_map(|y| (0..width).map(move |x| (y, x))) {
            let middle = |v: usize| (v * GROUND_SQUARE + GROUND_SQUARE / 2) as f64;
            let (x, y) = (middle(x), middle(y));
            let (mut sum, mut weights) = (0.0, 1e-6);
            for (lx, ly, rest) in &near {
                let weight = 1.0 / ((lx - x).powi(2) + (ly - y).powi(2) + 400.0);
                sum += weight * rest;
                weights += weight;
            }
            rests.push((sum / weights) as f32);
        }
        Some((Self { plane, rests, width }, contrast))
    }

    /// The level of the paper at a pixel of the view.
    pub fn at(&self, x: usize, y: usize) -> f32 {
        let rest =
            self.rests.get(y / GROUND_SQUARE * self.width + x / GROUND_SQUARE).copied().unwrap_or_default();
        (self.plane[0] + self.plane[1] * x as f64 + self.plane[2] * y as f64) as f32 + rest
    }
}
