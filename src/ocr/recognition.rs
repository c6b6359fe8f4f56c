//! What a line says: the recognition network and its CTC decoding.

use std::sync::atomic::{AtomicBool, Ordering};

use image::RgbImage;
use ndarray::{Array4, ArrayView2, s};

use super::{OcrError, session::Session, warp::fill_input};
use crate::numbers::median;

/// Height of the network's input in pixels.
pub const LINE_HEIGHT: u32 = 48;
/// Least width of the network's input. Trained on lines of 320 pixels, it reads short ones as well without
/// the padding (text F1 95.7 against 95.4 with 320 on eight forms) and in a third less time.
const MIN_WIDTH: usize = 64;
/// Pixels (height × summed widths) of one batch: enough to use the cores, little enough memory.
/// The output holds some 18 700 classes for every eighth column: 4 096 columns are 38 MB.
const BATCH_COLUMNS: usize = 4096;

/// A character with its stretch of the line and confidence.
#[derive(Debug, Clone, PartialEq)]
pub struct ReadChar {
    pub char: char,
    /// Start and end as fractions of the crop's width.
    pub from: f32,
    pub to: f32,
    pub confidence: f32,
}

/// Reads crops of single lines.
pub struct Recognizer {
    session: Session,
    /// Character of each class but the first, which is CTC's blank.
    alphabet: Vec<char>,
}

impl Recognizer {
    /// Takes the alphabet from the model's metadata.
    pub fn new(session: Session) -> Result<Self, OcrError> {
        let text = session.metadata("character").ok_or(OcrError::NoAlphabet)?;
        // One character a line; the space that ends the alphabet is not listed.
        let alphabet = text.lines().map(|l| l.chars().next().unwrap_or(' ')).chain([' ']).collect();
        Ok(Self { session, alphabet })
    }

    /// Reads crops of [`LINE_HEIGHT`] pixels' height; the results are in the crops' order.
    /// `cancel` is looked at between batches.
    pub fn read(&mut self, crops: &[RgbImage], cancel: &AtomicBool) -> Result<Vec<Vec<ReadChar>>, OcrError> {
        let mut order: Vec<usize> = (0..crops.len()).collect();
        order.sort_by_key(|&i| crops[i].width());
        let mut out = vec![Vec::new(); crops.len()];
        let mut rest = order.as_slice();
        while !rest.is_empty() {
            if cancel.load(Ordering::Relaxed) {
                return Err(OcrError::Cancelled);
            }
            let (batch, later) = rest.split_at(batch_size(rest, crops));
            rest = later;
            for (i, chars) in batch.iter().zip(self.read_batch(batch, crops)?) {
                out[*i] = chars;
            }
        }
        Ok(out)
    }

    fn read_batch(&mut self, batch: &[usize], crops: &[RgbImage]) -> Result<Vec<Vec<ReadChar>>, OcrError> {
        let width = batch.iter().map(|&i| input_width(&crops[i])).max().unwrap_or(MIN_WIDTH);
        let mut input = Array4::zeros((batch.len(), 3, LINE_HEIGHT as usize, width));
        for (slot, &i) in batch.iter().enumerate() {
            fill_input(input.slice_mut(s![slot, .., .., ..]), &crops[i]);
        }
        let alphabet = &self.alphabet;
        self.session.run(input.view(), |output| {
            let Ok(output) = output.into_dimensionality::<ndarray::Ix3>() else {
                return vec![Vec::new(); batch.len()];
            };
            batch
                .iter()
                .zip(output.outer_iter())
                .map(|(&i, steps)| decode(steps, alphabet, width as f32 / crops[i].width().max(1) as f32))
                .collect()
        })
    }
}

fn input_width(crop: &RgbImage) -> usize {
    (crop.width() as usize).max(MIN_WIDTH)
}

/// How many of the next crops (in order of width) go into one batch.
fn batch_size(order: &[usize], crops: &[RgbImage]) -> usize {
    let fits = |n: usize| n * input_width(&crops[order[n - 1]]) <= BATCH_COLUMNS;
    (1..=order.len()).take_while(|&n| n == 1 || fits(n)).last().unwrap_or(1)
}

/// Best-path CTC decoding: the best class of each step, repeats joined, blanks dropped. `steps`
/// is steps × classes; `stretch` is input width / crop width (the right of the input is padding).
fn decode(steps: ArrayView2<'_, f32>, alphabet: &[char], stretch: f32) -> Vec<ReadChar> {
    let count = steps.nrows() as f32;
    let mut peaks: Vec<(usize, usize, usize, f32)> = Vec::new(); // class, first step, last step, confidence
    let mut previous = 0;
    for (t, row) in steps.outer_iter().enumerate() {
        let (class, p) = best(row.as_slice().unwrap_or_default());
        if class != 0 {
            match peaks.last_mut() {
                Some((_, _, last, confidence)) if class == previous => {
                    *last = t;
                    *confidence = confidence.max(p);
                }
                _ => peaks.push((class, t, t, p)),
            }
        }
        previous = class;
    }
    let position = |step: f32| ((step / count) * stretch).clamp(0.0, 1.0);
    let centers: Vec<f32> =
        peaks.iter().map(|&(_, first, last, _)| (first + last + 1) as f32 / 2.0).collect();
    let pitch = typical_pitch(&centers);
    (0..peaks.len())
        .filter_map(|i| {
            let (class, _, _, confidence) = peaks[i];
            let half = pitch / 2.0;
            // A character ends halfway to its neighbour, but not farther than a usual one is wide.
            let before = i.checked_sub(1).map_or(half, |j| ((centers[i] - centers[j]) / 2.0).min(half * 1.2));
            let after = centers.get(i + 1).map_or(half, |next| ((next - centers[i]) / 2.0).min(half * 1.2));
            Some(ReadChar {
                char: *alphabet.get(class - 1)?,
                from: position(centers[i] - before),
                to: position(centers[i] + after),
                confidence: confidence.min(1.0),
            })
        })
        .collect()
}

/// Class and value of a step's largest probability.
fn best(row: &[f32]) -> (usize, f32) {
    // Two passes: the maximum vectorises, a search with indexes would not.
    let lanes = row.chunks_exact(16);
    let tail = lanes.remainder().iter().copied().fold(f32::MIN, f32::max);
    let mut most = [f32::MIN; 16];
    for chunk in lanes {
        for (m, &v) in most.iter_mut().zip(chunk) {
            *m = if v > *m { v } else { *m };
        }
    }
    let top = most.into_iter().fold(tail, f32::max);
    (row.iter().position(|&v| v == top).unwrap_or(0), top)
}

/// Median distance between neighbouring centres, in steps; four steps without neighbours.
fn typical_pitch(centers: &[f32]) -> f32 {
    median(centers.windows(2).map(|w| w[1] - w[0])).unwrap_or(4.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeats_join_and_blanks_part() {
        let alphabet = ['a', 'b'];
        let classes = [0, 1, 1, 0, 1, 2, 0, 0];
        let steps = ndarray::Array2::from_shape_fn((8, 3), |(t, c)| if c == classes[t] { 0.9 } else { 0.05 });
        let chars = decode(steps.view(), &alphabet, 1.0);
        assert_eq!(chars.iter().map(|c| c.char).collect::<String>(), "aab");
        assert!(chars.windows(2).all(|w| w[0].to <= w[1].from + 1e-6 && w[0].from < w[0].to));
        // With a crop half as wide as the input the same steps lie twice as far right.
        let padded = decode(steps.view(), &alphabet, 2.0);
        assert!(padded[0].from > chars[0].from);
        assert!(decode(ndarray::Array2::zeros((0, 3)).view(), &alphabet, 1.0).is_empty());
    }

    #[test]
    fn batches_hold_similar_widths_within_the_limit() {
        let crops: Vec<_> = [10, 100, 400, 2000, 5000].map(|w| RgbImage::new(w, 48)).to_vec();
        let order = [0, 1, 2, 3, 4];
        assert_eq!(batch_size(&order, &crops), 3);
        assert_eq!(batch_size(&order[3..], &crops), 1);
        assert_eq!(batch_size(&order[4..], &crops), 1);
    }

    #[test]
    fn the_largest_probability_is_found_in_rows_of_any_length() {
        for n in [1, 15, 16, 17, 100] {
            for at in 0..n {
                let row: Vec<f32> = (0..n).map(|i| if i == at { 0.5 } else { 0.1 }).collect();
                assert_eq!(best(&row), (at, 0.5));
            }
        }
    }
}
