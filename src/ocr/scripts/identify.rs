//! Which script doubtful lines are in, and which of its packs reads them best.

use std::{cmp::Ordering, sync::atomic::AtomicBool};

use image::{RgbImage, imageops};

use super::{
    merge, suspects,
    table::{Pack, SCRIPTS, Script, VIETNAMESE},
};
use crate::ocr::{
    TextLine,
    tesseract::{Print, Tesseract, TesseractError, Word},
};

/// So many lines, the longest of the doubtful ones, are shown to the packs …
const SAMPLE: usize = 5;
/// … first only so many of them, which tell most packs apart in half the time.
const SCREENED: usize = 2;
/// … up to this many line heights of each, some twenty letters.
const SAMPLE_RATIO: u32 = 12;
/// A script is told by at least this many of its letters: a number plate has three and more.
const MIN_LETTERS: usize = 3;
/// A sibling's pack (Russian for Ukrainian) reads this much less surely than the right one.
const SIBLING: f32 = 0.15;

/// A script and the pack that reads it best.
#[derive(Debug, Clone, Copy)]
pub struct Choice {
    pub script: &'static Script,
    pub pack: &'static Pack,
}

/// The script of the lines, its best pack, the one that reads them surely, and which way up
/// most of them stand. `recent` was the last page's and is tried first.
pub fn identify(
    recent: Option<Choice>,
    tesseract: &Tesseract,
    crops: &[RgbImage],
    cancel: &AtomicBool,
) -> Result<Option<(Choice, Side)>, TesseractError> {
    let turned: Vec<RgbImage> = crops.iter().map(imageops::rotate180).collect();
    let evidence_of = |choice: Choice, count: usize, print: Print| -> Result<Evidence, TesseractError> {
        let pictures: Vec<&RgbImage> = crops.iter().take(count).chain(turned.iter().take(count)).collect();
        let read = tesseract.read(&pictures, choice.pack.name, print, cancel)?;
        let (upright, turned) = read.split_at(pictures.len() / 2);
        Ok(Evidence::of(upright, turned, choice.script))
    };
    let evidence = |choice: Choice, count: usize| evidence_of(choice, count, Print::Soft);
    let few = SCREENED.min(crops.len());
    let recent = recent.filter(|c| c.script != &VIETNAMESE && tesseract.has(c.pack.name));
    if let Some(recent) = recent
        && evidence(recent, few)?.sure_lines == few
    {
        let found = evidence(recent, crops.len())?;
        if found.sure_lines * 2 > crops.len() {
            return Ok(Some((recent, found.side)));
        }
    }
    let mut screened: Vec<(Choice, Evidence)> = Vec::new();
    for script in &SCRIPTS {
        let mut packs = script.packs.iter().filter(|p| tesseract.has(p.name));
        let Some(pack) = packs.next() else { continue };
        let choice = Choice { script, pack };
        let found = evidence(choice, few)?;
        screened.push((choice, found));
        // A wrong pack never reads most lines surely: no need to ask the others.
        if found.sure_lines == few {
            break;
        }
    }
    screened.retain(|(_, found)| found.weight > 0.0);
    screened.sort_by(|(_, a), (_, b)| b.order(a));
    let mut best: Option<(Choice, Evidence)> = None;
    for (choice, _) in screened {
        let found = evidence(choice, crops.len())?;
        if best.as_ref().is_none_or(|(_, b)| found.order(b).is_gt()) {
            best = Some((choice, found));
        }
        if found.sure_lines * 2 > crops.len() {
            break;
        }
    }
    let Some((mut choice, mut most)) = best.filter(|(_, b)| b.weight > 0.0) else { return Ok(None) };
    // The script is told; among its languages the surest pack counts.
    let Choice { script, pack: first } = choice;
    for pack in script.packs.iter().filter(|p| tesseract.has(p.name) && *p != first) {
        let sibling = Choice { script, pack };
        let found = evidence(sibling, crops.len())?;
        if found.weight > most.weight {
            (choice, most) = (sibling, found);
        }
    }
    // A pack's confidence in a line varies with its print, which counts where lines are few.
    if most.sure_letters < MIN_LETTERS {
        most = evidence_of(choice, crops.len(), Print::Sharp)?;
    }
    Ok((most.sure_letters >= MIN_LETTERS).then_some((choice, most.side)))
}

/// The beginnings of the longest of the doubtful lines, whose indexes these are.
pub fn sample(mut doubtful: Vec<usize>, lines: &[TextLine], crops: &[RgbImage]) -> Vec<RgbImage> {
    let ratio = |i: &usize| lines.get(*i).map_or(0.0, suspects::ratio);
    doubtful.sort_by(|a, b| ratio(b).total_cmp(&ratio(a)));
    doubtful.iter().take(SAMPLE).filter_map(|&i| crops.get(i)).map(beginning).collect()
}

/// The start of a line, enough to tell its script.
fn beginning(crop: &RgbImage) -> RgbImage {
    let width = crop.width().min(crop.height() * SAMPLE_RATIO);
    imageops::crop_imm(crop, 0, 0, width, crop.height()).to_image()
}

/// Which way up a line's picture stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Side {
    #[default]
    Upright,
    Turned,
}

impl Side {
    pub fn other(self) -> Self {
        match self {
            Self::Upright => Self::Turned,
            Self::Turned => Self::Upright,
        }
    }
}

/// How well a pack reads lines.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Evidence {
    /// Letters of the script, by their confidence, on lines that are not read much worse than surely.
    weight: f32,
    /// Lines of the script that are read surely, and the script's letters on them.
    sure_lines: usize,
    sure_letters: usize,
    /// How most of these letters stand.
    side: Side,
}

impl Evidence {
    /// What is read surely tells more than any amount of letters that are not: the Thai pack sees
    /// more letters in upside-down Ukrainian lines, none of them surely, than the Russian pack in the upright ones.
    fn order(&self, other: &Self) -> Ordering {
        self.sure_lines.cmp(&other.sure_lines).then(self.weight.total_cmp(&other.weight))
    }

    /// Of the two readings of each line the better one counts.
    fn of(upright: &[Vec<Word>], turned: &[Vec<Word>], script: &Script) -> Self {
        let mut sum = Self::default();
        let mut turned_weight = 0.0;
        let weigh = |words: &[Word]| {
            let confidence = merge::confidence(words);
            let letters = merge::letters(words, script);
            let weight = if confidence >= script.sure - SIBLING { letters as f32 * confidence } else { 0.0 };
            (weight, confidence, letters)
        };
        for (a, b) in upright.iter().zip(turned) {
            let (a, b) = (weigh(a), weigh(b));
            let (weight, confidence, letters) = if b.0 > a.0 { b } else { a };
            sum.weight += weight;
            if b.0 > a.0 {
                turned_weight += weight;
            }
            if confidence >= script.sure && letters > 0 {
                sum.sure_lines += 1;
                sum.sure_letters += letters;
            }
        }
        sum.side = if turned_weight * 2.0 > sum.weight { Side::Turned } else { Side::Upright };
        sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(text: &str, confidence: f32) -> Word {
        Word { text: text.into(), left: 0.0, right: 1.0, confidence }
    }

    #[test]
    fn the_right_pack_is_the_one_that_reads_surely() {
        let script = |en: &str| SCRIPTS.iter().find(|s| s.en == en).expect("a known script");
        // One line as it stands and turned.
        let of = |upright: Word, turned: Word, en: &str| {
            Evidence::of(&[vec![upright]], &[vec![turned]], script(en))
        };
        let right = of(word("протокол", 0.96), word("vояожоdu", 0.4), "Cyrillic");
        assert_eq!((right.sure_lines, right.sure_letters, right.side), (1, 8, Side::Upright));
        assert_eq!(
            of(word("x", 0.4), word("протокол", 0.96), "Cyrillic"),
            Evidence { side: Side::Turned, ..right }
        );
        let sibling = of(word("протокол", 0.78), word("x", 0.4), "Cyrillic");
        assert!(sibling.weight > 0.0 && sibling.weight < right.weight && sibling.sure_letters == 0);
        // As measured: Thai letters seen in Khmer lines, with less than 0.7.
        let khmer = of(word("កំណត់ហេតុ", 0.75), word("ក", 0.3), "Khmer");
        let thai = of(word("กำหนดเหตุ", 0.69), word("ก", 0.3), "Thai");
        assert!(khmer.sure_lines == 1 && thai == Evidence::default());
        // Long unsure lines of a wrong pack against a short sure one of the right pack.
        let unsure = of(word(&"ก".repeat(60), 0.75), word("ก", 0.3), "Thai");
        assert!(unsure.weight > right.weight && right.order(&unsure).is_gt());
        assert!(unsure.order(&thai).is_gt() && right.order(&right).is_eq());
        // Noise: read badly, or without a letter of the script, or not at all.
        assert_eq!(of(word("ж", 0.3), word("ж", 0.2), "Cyrillic"), Evidence::default());
        assert_eq!(of(word("Latin", 0.99), word("x", 0.2), "Cyrillic"), Evidence::default());
        assert_eq!(Evidence::of(&[vec![]], &[vec![]], script("Cyrillic")), Evidence::default());
    }
}
