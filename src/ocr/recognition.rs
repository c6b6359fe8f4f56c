//! What a line says: the recognition network and its CTC decoding.

use std::sync::atomic::{AtomicBool, Ordering};

use image::RgbImage;
use ndarray::{Array4, ArrayView2, s};

use super::{
    OcrError,
    session::Session,
    warp::{Scaler, fill_input},
};
use crate::{geometry::Quad, numbers::median};

/// Height of the network's input in pixels.
pub const LINE_HEIGHT: u32 = 48;
/// Least width of the network's input. Trained on lines of 320 pixels, it reads short ones as well without
/// the padding (text F1 95.7 against 95.4 with 320 on eight forms) and in a third less time.
const MIN_WIDTH: usize = 64;

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

    /// Whose kernels run the network, for people.
    pub fn kernels(&self) -> &'static str {
        self.session.kernels
    }

    /// Gives back what the network keeps for each width of line.
    pub fn renew(&mut self) {
        self.session.renew();
    }

    /// Reads crops of [`LINE_HEIGHT`] pixels' height; the results are in the crops' order.
    /// `cancel` is looked at between lines.
    pub fn read(&mut self, crops: &[RgbImage], cancel: &AtomicBool) -> Result<Vec<Vec<ReadChar>>, OcrError> {
        crops
            .iter()
            .map(
                |crop| {
                    if cancel.load(Ordering::Relaxed) {
                        Err(OcrError::Cancelled)
                    } else {
                        self.read_one(crop)
                    }
                },
            )
            .collect()
    }

    /// Lines go through the network one by one: side by side in a batch they would be padded to the longest
    /// of them, and take as long (24.3 ms for one of 320 columns, 25.2 ms each for six).
    fn read_one(&mut self, crop: &RgbImage) -> Result<Vec<ReadChar>, OcrError> {
        let width = next_width(crop.width() as usize);
        let mut input = Array4::zeros((1, 3, LINE_HEIGHT as usize, width));
        fill_input(input.slice_mut(s![0, .., .., ..]), crop);
        let stretch = width as f32 / crop.width().max(1) as f32;
        let alphabet = &self.alphabet;
        self.session.run(input.view(), |output| match output.into_dimensionality::<ndarray::Ix3>() {
            Ok(output) => {
                output.outer_iter().next().map_or(Vec::new(), |steps| decode(steps, alphabet, stretch))
            }
            Err(_) => Vec::new(),
        })
    }
}

/// The line inside `quad` at [`LINE_HEIGHT`], nearly as wide as it is. `None` if the quad is
/// empty or lies outside the page.
pub fn crop(scaler: &mut Scaler, page: &RgbImage, quad: &Quad) -> Option<RgbImage> {
    let natural = (quad.width() / quad.height() * LINE_HEIGHT as f32).round() as usize;
    // Of a short line, such as a single digit, the proportions are kept and the rest is padded.
    let width = if natural < MIN_WIDTH { natural.max(1) } else { fitted_width(natural) };
    scaler.crop_to(page, quad, width as u32, LINE_HEIGHT)
}

/// Widths of inputs, multiples of 16, each a fourth wider than the one before. There are few of them because the
/// kernels plan each new one (about 25 ms) and keep its plan (some 4 MB).
fn widths() -> impl Iterator<Item = usize> {
    std::iter::successors(Some(MIN_WIDTH), |width| Some((width * 5 / 4 / 16 * 16).max(width + 16)))
}

/// The first width of an input that is not below `width`.
fn next_width(width: usize) -> usize {
    widths().find(|w| *w >= width).unwrap_or(width)
}

/// How wide a line of `width` pixels is made: stretched to the width of an input, by at most a sixteenth; what is
/// wanting is padded. Stretched by up to an eighth, Latin and Chinese lines read as well, but Khmer lost 5 and
/// Russian 3 of a hundred characters.
fn fitted_width(width: usize) -> usize {
    let above = next_width(width);
    let below = widths().take_while(|w| *w < width).last().unwrap_or(above);
    if width * 16 <= below * 17 { below } else { above.min(width + width / 16) }
}

/// Best-path CTC decoding: the best class of each step, repeats joined, blanks dropped. `steps`
/// is steps × classes, logarithms up to a constant of the classes' probabilities; `stretch` is input width / crop width (the right of the input is padding).
fn decode(steps: ArrayView2<'_, f32>, alphabet: &[char], stretch: f32) -> Vec<ReadChar> {
    let count = steps.nrows() as f32;
    let mut peaks: Vec<(usize, usize, usize, f32)> = Vec::new(); // class, first step, last step, confidence
    let mut previous = 0;
    for (t, row) in steps.outer_iter().enumerate() {
        let row = row.as_slice().unwrap_or_default();
        let (class, most) = best(row);
        if class != 0 {
            // Softmax, of this class alone.
            let p = 1.0 / sum_of_exp(row, most);
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

/// Class and value of a step's largest entry.
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

/// Sum over a step's entries of `e` to the power of each less `most`.
fn sum_of_exp(row: &[f32], most: f32) -> f32 {
    // Sixteen sums side by side: the order of one alone would keep it from being vectorised.
    let lanes = row.chunks_exact(16);
    let tail: f32 = lanes.remainder().iter().map(|v| exp(v - most)).sum();
    let mut sums = [0.0; 16];
    for chunk in lanes {
        for (sum, &v) in sums.iter_mut().zip(chunk) {
            *sum += exp(v - most);
        }
    }
    sums.iter().sum::<f32>() + tail
}

/// `e` to the power of `x`, for `x` up to 0, to four digits: 2 to the nearest whole part of `x / ln 2` by its
/// bits, to the rest by Taylor's series. Without a branch or a call, so that a sum over all classes is
/// vectorised.
fn exp(x: f32) -> f32 {
    /// Added to a number it leaves no bits for a fraction: the lowest ones then hold the nearest whole number.
    const ROUND: f32 = 12_582_912.0;
    let power = (x * std::f32::consts::LOG2_E).max(-126.0);
    let rounded = power + ROUND;
    let rest = (power - (rounded - ROUND)) * std::f32::consts::LN_2;
    let series = 1.0 + rest * (1.0 + rest * (0.5 + rest * (1.0 / 6.0 + rest * (1.0 / 24.0))));
    let exponent = rounded.to_bits().wrapping_sub(ROUND.to_bits()).wrapping_add(127) << 23;
    f32::from_bits(exponent) * series
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
        let steps = ndarray::Array2::from_shape_fn((8, 3), |(t, c)| {
            if c == classes[t] { 0.9_f32.ln() } else { 0.05_f32.ln() }
        });
        let chars = decode(steps.view(), &alphabet, 1.0);
        assert_eq!(chars.iter().map(|c| c.char).collect::<String>(), "aab");
        assert!(chars.windows(2).all(|w| w[0].to <= w[1].from + 1e-6 && w[0].from < w[0].to));
        // With a crop half as wide as the input the same steps lie twice as far right.
        let padded = decode(steps.view(), &alphabet, 2.0);
        assert!(padded[0].from > chars[0].from);
        assert!(chars.iter().all(|c| (c.confidence - 0.9).abs() < 1e-3));
        assert!(decode(ndarray::Array2::zeros((0, 3)).view(), &alphabet, 1.0).is_empty());
    }

    #[test]
    fn the_exponential_is_right_to_four_digits() {
        for x in (0..2000).map(|i| -i as f32 / 25.0) {
            assert!((exp(x) - x.exp()).abs() <= 1e-4 * x.exp(), "{x}: {} {}", exp(x), x.exp());
        }
        assert!(exp(f32::NEG_INFINITY) < 1e-30 && exp(0.0) == 1.0);
        assert!((sum_of_exp(&[-1.0; 37], -1.0) - 37.0).abs() < 1e-3);
    }

    #[test]
    fn lines_come_in_few_widths() {
        let page = RgbImage::new(4000, 100);
        let mut scaler = Scaler::default();
        let mut widths: Vec<u32> = (1..4000)
            .filter_map(|w| crop(&mut scaler, &page, &Quad::from_rect(0.0, 0.0, w as f32, 48.0)))
            .map(|c| next_width(c.width() as usize) as u32)
            .collect();
        assert!(widths.is_sorted());
        widths.dedup();
        assert!(widths.len() < 24 && widths[0] == MIN_WIDTH as u32);
        assert!(widths.windows(2).all(|w| w[1] - w[0] <= 16.max(w[0] / 4)));
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
