//! Where text stands: the detection network and the boxes in its probability map
//! (Differentiable Binarization, Liao et al. 2020; parameters as PP-OCRv6 is published with).

use image::RgbImage;
use ndarray::{Array4, ArrayView2, s};

use super::{
    OcrError,
    components::{self, Component},
    session::Session,
    warp::{Scaler, fill_input},
};
use crate::geometry::{Point, Quad};

/// Longest side of the network's input in pixels. PP-OCRv6's published setting; at this size text
/// of an A4 page scanned at 200 dpi keeps about 85 % of its height.
const MAX_SIDE: f32 = 2000.0;
/// Shortest side of the network's input: smaller pictures are enlarged (published setting).
const MIN_SIDE: f32 = 736.0;
/// The network's strides multiply to 32: input sides must be multiples of it.
const STRIDE: f32 = 32.0;
/// A pixel is text above this probability.
const PIXEL_THRESHOLD: f32 = 0.3;
/// A box is text when its mean probability reaches this.
const BOX_THRESHOLD: f32 = 0.5;
/// The map shows shrunk text cores; boxes grow by area × ratio / perimeter.
const UNCLIP_RATIO: f32 = 1.6;
/// Boxes with a shorter side below this many map pixels are noise (before growing).
const MIN_BOX_SIDE: f32 = 3.0;

/// Finds text lines.
pub struct Detector {
    session: Session,
}

impl Detector {
    pub fn new(session: Session) -> Self {
        Self { session }
    }

    /// Quads of text lines in page pixels, in no order. Each starts at the corner that is upper
    /// left on the page; whether the text really starts there is not known yet.
    pub fn detect(&mut self, page: &RgbImage, scaler: &mut Scaler) -> Result<Vec<Quad>, OcrError> {
        let (width, height) = (page.width() as f32, page.height() as f32);
        if width < 1.0 || height < 1.0 {
            return Ok(Vec::new());
        }
        let (input_width, input_height) = input_size(width, height);
        let Some(scaled) = scaler.resize(page, input_width, input_height) else {
            return Ok(Vec::new());
        };
        let mut input = Array4::zeros((1, 3, input_height as usize, input_width as usize));
        fill_input(input.slice_mut(s![0, .., .., ..]), &scaled);
        let (sx, sy) = (width / input_width as f32, height / input_height as f32);
        self.session.run(input.view(), |output| {
            let Ok(map) = output.into_dimensionality::<ndarray::Ix4>() else { return Vec::new() };
            boxes(map.slice(s![0, 0, .., ..]))
                .into_iter()
                .map(|q| q.map(|p| Point::new((p.x * sx).clamp(0.0, width), (p.y * sy).clamp(0.0, height))))
                .collect()
        })
    }
}

/// Size of the network's input for a page.
fn input_size(width: f32, height: f32) -> (u32, u32) {
    let (short, long) = (width.min(height), width.max(height));
    // A very long strip is not enlarged beyond the longest side.
    let scale = if long > MAX_SIDE {
        MAX_SIDE / long
    } else if short < MIN_SIDE {
        (MIN_SIDE / short).min(MAX_SIDE / long)
    } else {
        1.0
    };
    let fit = |side: f32| (((side * scale / STRIDE).round() * STRIDE).max(STRIDE)) as u32;
    (fit(width), fit(height))
}

/// Text boxes in map pixels.
fn boxes(map: ArrayView2<'_, f32>) -> Vec<Quad> {
    let (height, width) = map.dim();
    let mut mask = vec![false; width * height];
    for ((y, x), &p) in map.indexed_iter() {
        if p > PIXEL_THRESHOLD {
            // Dilation by a 2 × 2 kernel joins cores that touch by a corner.
            for (dy, dx) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
                if y + dy < height && x + dx < width {
                    mask[(y + dy) * width + x + dx] = true;
                }
            }
        }
    }
    components::find(&mask, width).iter().filter_map(|c| text_box(c, map)).collect()
}

fn text_box(component: &Component, map: ArrayView2<'_, f32>) -> Option<Quad> {
    let core = components::min_area_rect(&component.outline)?;
    let (w, h) = (core.width(), core.height());
    if w.min(h) < MIN_BOX_SIDE || mean_inside(map, &core) < BOX_THRESHOLD {
        return None;
    }
    let grow = w * h * UNCLIP_RATIO / (2.0 * (w + h));
    let grown = grow_quad(&core, grow);
    Some(grown.map(|p| Point::new(p.x + 0.5, p.y + 0.5)))
}

/// The rectangle `quad` with each side moved outwards by `by`.
fn grow_quad(quad: &Quad, by: f32) -> Quad {
    let [a, b, _, d] = quad.0;
    let unit = |from: Point, to: Point| {
        let l = from.distance(to).max(f32::EPSILON);
        ((to.x - from.x) / l * by, (to.y - from.y) / l * by)
    };
    let ((ux, uy), (vx, vy)) = (unit(a, b), unit(a, d));
    let [a, b, c, d] = quad.0;
    Quad([
        Point::new(a.x - ux - vx, a.y - uy - vy),
        Point::new(b.x + ux - vx, b.y + uy - vy),
        Point::new(c.x + ux + vx, c.y + uy + vy),
        Point::new(d.x - ux + vx, d.y - uy + vy),
    ])
}

/// Mean probability of the map's pixels inside a quad.
fn mean_inside(map: ArrayView2<'_, f32>, quad: &Quad) -> f32 {
    let (height, width) = map.dim();
    let b = quad.bounds();
    let range = |from: f32, to: f32, end: usize| {
        let last = end.saturating_sub(1);
        (from.floor().max(0.0) as usize).min(last)..=(to.ceil().max(0.0) as usize).min(last)
    };
    let (mut sum, mut count) = (0.0, 0u32);
    for y in range(b.top, b.bottom, height) {
        for x in range(b.left, b.right, width) {
            if quad.contains(Point::new(x as f32, y as f32)) {
                sum += map[[y, x]];
                count += 1;
            }
        }
    }
    if count == 0 { 0.0 } else { sum / count as f32 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn input_sides_are_multiples_of_the_stride_within_limits() {
        assert_eq!(input_size(1700.0, 1200.0), (1696, 1216));
        assert_eq!(input_size(4000.0, 3000.0), (2016, 1504));
        assert_eq!(input_size(368.0, 200.0), (1344, 736));
        assert_eq!(input_size(6000.0, 15.0), (2016, 32));
        assert_eq!(input_size(1.0, 1.0), (736, 736));
    }

    #[test]
    fn a_bar_in_the_map_becomes_one_grown_box() {
        let mut map = ndarray::Array2::<f32>::zeros((100, 200));
        map.slice_mut(s![40..50, 20..120]).fill(0.9);
        let found = boxes(map.view());
        assert_eq!(found.len(), 1);
        let b = found[0].bounds();
        // Core 100 × 10 (dilated by one), grown by 101 * 11 * 1.6 / 222 ≈ 7.3 on each side.
        assert!((b.left - 13.0).abs() < 1.5 && (b.right - 128.0).abs() < 1.5, "{b:?}");
        assert!((b.top - 33.0).abs() < 1.5 && (b.bottom - 58.0).abs() < 1.5, "{b:?}");
        map.fill(0.0);
        map[[5, 5]] = 0.9;
        assert!(boxes(map.view()).is_empty());
    }
}
