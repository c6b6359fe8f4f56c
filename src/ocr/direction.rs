//! Which way lines run: the quarter turn of a page's lines, and the network that tells upside-down
//! lines from upright ones.

use image::RgbImage;
use ndarray::{Array4, s};

use super::{OcrError, session::Session, warp::fill_input};
use crate::geometry::Quad;

/// Size of the network's input in pixels.
const WIDTH: usize = 192;
pub const HEIGHT: u32 = 48;
/// Lines in one run of the network.
const BATCH: usize = 16;
/// A box is taken for a column (or a line turned by a quarter) from this ratio of height to width;
/// the published reader uses the same.
const COLUMN_RATIO: f32 = 1.5;

/// Tells whether crops of lines are upside down.
pub struct DirectionNetwork {
    session: Session,
}

impl DirectionNetwork {
    pub fn new(session: Session) -> Self {
        Self { session }
    }

    /// Probability that each crop (of [`HEIGHT`] pixels' height) stands on its head.
    pub fn upside_down(&mut self, crops: &[RgbImage]) -> Result<Vec<f32>, OcrError> {
        let mut out = Vec::with_capacity(crops.len());
        for batch in crops.chunks(BATCH) {
            let mut input = Array4::zeros((batch.len(), 3, HEIGHT as usize, WIDTH));
            for (slot, crop) in batch.iter().enumerate() {
                // A long line is judged by its start: scaling it to the input would squeeze it.
                let part = if crop.width() as usize > WIDTH {
                    image::imageops::crop_imm(crop, 0, 0, WIDTH as u32, HEIGHT).to_image()
                } else {
                    crop.clone()
                };
                fill_input(input.slice_mut(s![slot, .., .., ..]), &part);
            }
            let scores = self.session.run(input.view(), |output| {
                let Ok(output) = output.into_dimensionality::<ndarray::Ix2>() else { return Vec::new() };
                output.outer_iter().map(|row| row.get(1).copied().unwrap_or(0.0)).collect::<Vec<_>>()
            })?;
            out.extend(scores);
        }
        out.resize(crops.len(), 0.0);
        Ok(out)
    }
}

/// Whether a detected box, whose first edge runs to the right, is taller than a line can be.
pub fn is_column(quad: &Quad) -> bool {
    quad.height() >= COLUMN_RATIO * quad.width()
}

/// Whether the page's lines run downwards or upwards: most of the length of its elongated boxes
/// belongs to columns. Boxes that are nearly square do not vote.
pub fn lines_are_columns(quads: &[Quad]) -> bool {
    let (mut wide, mut tall) = (0.0, 0.0);
    for q in quads {
        if is_column(q) {
            tall += q.height();
        } else if q.width() >= COLUMN_RATIO * q.height() {
            wide += q.width();
        }
    }
    tall > wide
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longer_boxes_decide_a_pages_quarter() {
        let line = |x: f32, y: f32| Quad::from_rect(x, y, x + 300.0, y + 20.0);
        let column = |x: f32| Quad::from_rect(x, 0.0, x + 20.0, 150.0);
        assert!(!lines_are_columns(&[line(0.0, 0.0), column(0.0)]));
        assert!(lines_are_columns(&[line(0.0, 0.0), column(0.0), column(50.0), column(100.0)]));
        assert!(!lines_are_columns(&[]));
    }
}
