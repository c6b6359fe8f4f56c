//! Figures and Latin words among foreign letters: the network reads them better than the packs do.
//!
//! The Devanagari pack reads the 1 of `10:45` as a bar or leaves it out, with a confidence of 0.

use image::{RgbImage, imageops};

use super::table::Script;
use crate::ocr::{mean_confidence, recognition::ReadChar, tesseract::Word};

/// A word below this confidence may be anything, so the network is asked too, …
const UNSURE: f32 = 0.5;
/// … if it is no wider than this many line heights: figures and words of Latin letters. Reasoned:
/// `2026-11-23 10:45` has eight.
const WIDEST: f32 = 8.0;
/// The network's reading counts if it is at least this sure, on average and of each character. What it sees
/// in letters it does not know, it sees with less.
const SURE: f32 = 0.9;
const SURE_EACH: f32 = 0.6;
/// A word's picture reaches this far beyond it, in line heights, but not to the next word.
const BEYOND: f32 = 0.15;

/// Stretches of lines' pictures that the network should read.
#[derive(Default)]
pub struct Stretches {
    /// Indexes of the line and of its word, for each of the pictures.
    places: Vec<(usize, usize)>,
    pub pictures: Vec<RgbImage>,
}

/// The words of lines (with the pictures they were read from) that look as if they were no words of the script.
pub fn stretches(pictures: &[&RgbImage], lines: &[Vec<Word>], script: &Script) -> Stretches {
    let mut found = Stretches::default();
    for (line, (picture, words)) in pictures.iter().zip(lines).enumerate() {
        let (width, height) = (picture.width() as f32, picture.height() as f32);
        for (i, word) in words.iter().enumerate() {
            let is_narrow = (word.right - word.left) * width <= WIDEST * height;
            let is_foreign = !script.occurs_in(&word.text);
            if !is_narrow || !(is_foreign || word.confidence < UNSURE) {
                continue;
            }
            // Right-to-left words follow to the left: neighbours are found by place.
            let others = || words.iter().enumerate().filter(|(k, _)| *k != i).map(|(_, w)| w);
            let before = others().map(|w| w.right).filter(|r| *r <= word.left).fold(0.0, f32::max);
            let after = others().map(|w| w.left).filter(|l| *l >= word.right).fold(1.0, f32::min);
            let beyond = BEYOND * height / width.max(1.0);
            let left = (word.left - beyond).max((before + word.left) / 2.0) * width;
            let right = (word.right + beyond).min((after + word.right) / 2.0) * width;
            let columns = (right - left).round().max(1.0) as u32;
            let cut = imageops::crop_imm(*picture, left as u32, 0, columns, picture.height());
            found.places.push((line, i));
            found.pictures.push(cut.to_image());
        }
    }
    found
}

/// Puts in what the network read of the stretches, where that are figures or Latin words, read surely.
pub fn put_in(stretches: &Stretches, read: Vec<Vec<ReadChar>>, lines: &mut [Vec<Word>]) {
    for ((line, word), chars) in stretches.places.iter().zip(read) {
        let Some(word) = lines.get_mut(*line).and_then(|l| l.get_mut(*word)) else { continue };
        let mean = mean_confidence(&chars);
        let text: String = chars.iter().map(|c| c.char).collect();
        let is_sure = mean >= SURE && chars.iter().all(|c| c.confidence >= SURE_EACH);
        if is_sure && text.is_ascii() && text.contains(|c: char| c.is_ascii_alphanumeric()) {
            (word.text, word.confidence) = (text.trim().to_owned(), mean);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{super::table::SCRIPTS, *};

    fn word(text: &str, left: f32, right: f32, confidence: f32) -> Word {
        Word { text: text.into(), left, right, confidence }
    }

    fn read(text: &str, confidence: f32) -> Vec<ReadChar> {
        text.chars().map(|char| ReadChar { char, from: 0.0, to: 1.0, confidence }).collect()
    }

    #[test]
    fn figures_are_read_by_the_network() {
        let hindi = SCRIPTS.iter().find(|s| s.en == "Devanagari").expect("a known script");
        let picture = RgbImage::new(480, 48);
        let mut lines = vec![vec![
            word("तक", 0.0, 0.1, 0.96),
            word("॥4:45", 0.2, 0.4, 0.0),
            word("को", 0.42, 0.5, 0.2),
            word("2023", 0.6, 0.8, 0.97),
        ]];
        let asked = stretches(&[&picture], &lines, hindi);
        let widths: Vec<u32> = asked.pictures.iter().map(|p| p.width()).collect();
        // 96 pixels and 7 beyond at the left, half the gap of 10 pixels at the right.
        assert_eq!((&asked.places[..], &widths[..]), (&[(0, 1), (0, 2), (0, 3)][..], &[108, 50, 110][..]));
        put_in(&asked, vec![read("14:45", 0.98), read("ch", 0.6), read("2023", 0.99)], &mut lines);
        let after: Vec<&str> = lines[0].iter().map(|w| w.text.as_str()).collect();
        assert_eq!(after, ["तक", "14:45", "को", "2023"]);
        assert!(lines[0][1].confidence > 0.97 && lines[0][2].confidence < 0.3);
        // Signs alone, other letters and one doubtful character do not count.
        let mut doubtful = read("14:45", 0.99);
        doubtful[0].confidence = 0.5;
        for strange in [read("--", 0.99), read("上3", 0.99), doubtful, Vec::new()] {
            let before = lines.clone();
            put_in(&asked, vec![strange], &mut lines);
            assert_eq!(lines, before);
        }
    }

    #[test]
    fn long_stretches_are_no_figures() {
        let khmer = SCRIPTS.iter().find(|s| s.en == "Khmer").expect("a known script");
        let picture = RgbImage::new(960, 48);
        let lines = vec![vec![word("តម្លៃអាចប្រែប្រួលដោយមិន", 0.0, 0.9, 0.3)]];
        assert!(stretches(&[&picture], &lines, khmer).places.is_empty());
    }
}
