//! Two readings of one line made one: Tesseract's words where they hold letters of its script, the
//! network's characters elsewhere.

use unicode_normalization::char::is_combining_mark;

use super::table::{Pack, Script};
use crate::{
    geometry::Quad,
    ocr::{CharReading, TextLine, tesseract::Word},
};

/// A word of the script below this confidence is noise.
const LEAST_SURE: f32 = 0.5;
/// The network's characters count in a word that has no letter of the script if they are at least
/// this sure, and Tesseract is not.
const SURE_CHARS: f32 = 0.9;
/// Words of a script without spaces stand apart at this share of the line's height: in Thai the
/// gaps inside words were up to 0.15, those around the repetition mark 0.27 and more.
const GAP: f32 = 0.3;

/// Letters of the script in the words.
pub fn letters(words: &[Word], script: &Script) -> usize {
    words.iter().flat_map(|w| w.text.chars()).filter(|&c| script.has(c)).count()
}

/// Mean confidence of the words, weighted by their lengths.
pub fn confidence(words: &[Word]) -> f32 {
    let (sum, count) = words.iter().fold((0.0, 0), |(sum, count), w| {
        let n = w.text.chars().count();
        (sum + w.confidence * n as f32, count + n)
    });
    if count == 0 { 0.0 } else { sum / count as f32 }
}

/// The line with Tesseract's words in it; `None` if they hold nothing of the script. `quad` is the
/// stretch of the page that `words` were read from.
pub fn merged(
    line: &TextLine,
    quad: &Quad,
    words: &[Word],
    script: &Script,
    pack: &Pack,
) -> Option<TextLine> {
    let is_of_script = |w: &Word| w.text.chars().any(|c| script.has(c));
    let words: Vec<&Word> = words.iter().filter(|w| !is_of_script(w) || w.confidence >= LEAST_SURE).collect();
    if !words.iter().any(|w| is_of_script(w)) {
        return None;
    }
    let height_share = quad.height() / quad.width().max(1.0);
    let mut out = TextLine { quad: *quad, language: Some(pack.language.to_owned()), ..TextLine::default() };
    let mut previous: Option<&Word> = None;
    for word in words {
        if let Some(before) = previous {
            // Right-to-left words follow to the left.
            let gap = (word.left - before.right).max(before.left - word.right);
            if script.spaced || gap >= GAP * height_share {
                let (from, to) = (before.right.min(word.right), before.left.max(word.left));
                push(&mut out, ' ', quad.slice(from.min(to), from.max(to)), word.confidence);
            }
        }
        previous = Some(word);
        match surer(line, quad, word).filter(|_| !is_of_script(word)) {
            Some(chars) => chars.into_iter().for_each(|c| push(&mut out, c.char, c.quad, c.confidence)),
            None => push_word(&mut out, quad, word),
        }
    }
    out.confidence = out.chars.iter().map(|c| c.confidence).sum::<f32>() / out.chars.len().max(1) as f32;
    Some(out)
}

/// The network's characters in the place of `word`, if they are the surer reading of it.
fn surer(line: &TextLine, quad: &Quad, word: &Word) -> Option<Vec<CharReading>> {
    let place = quad.slice(word.left, word.right);
    let chars: Vec<CharReading> =
        line.chars.iter().filter(|c| place.contains(c.quad.center()) && c.char != ' ').cloned().collect();
    let mean = chars.iter().map(|c| c.confidence).sum::<f32>() / chars.len().max(1) as f32;
    (!chars.is_empty() && mean >= SURE_CHARS && mean > word.confidence).then_some(chars)
}

fn push(line: &mut TextLine, char: char, quad: Quad, confidence: f32) {
    line.text.push(char);
    line.chars.push(CharReading { char, quad, confidence });
}

/// Spreads the word's characters evenly over its width; marks lie on their letter.
fn push_word(line: &mut TextLine, quad: &Quad, word: &Word) {
    let chars: Vec<char> = word.text.chars().collect();
    let letters = chars.iter().filter(|&&c| !is_combining_mark(c)).count().max(1);
    let leftwards = chars.iter().any(|&c| is_right_to_left(c));
    let mut place = 0_usize;
    for (i, &c) in chars.iter().enumerate() {
        if i > 0 && !is_combining_mark(c) {
            place = (place + 1).min(letters - 1);
        }
        let slot = if leftwards { letters - 1 - place } else { place };
        let at = |k: usize| word.left + (word.right - word.left) * k as f32 / letters as f32;
        push(line, c, quad.slice(at(slot), at(slot + 1)), word.confidence);
    }
}

/// Hebrew, Arabic and their presentation forms.
fn is_right_to_left(c: char) -> bool {
    matches!(c, '\u{590}'..='\u{8FF}' | '\u{FB1D}'..='\u{FDFF}' | '\u{FE70}'..='\u{FEFC}')
}

#[cfg(test)]
mod tests {
    use super::{super::table::SCRIPTS, *};

    fn script(en: &str) -> &'static Script {
        SCRIPTS.iter().find(|s| s.en == en).expect("a known script")
    }

    fn word(text: &str, left: f32, right: f32, confidence: f32) -> Word {
        Word { text: text.into(), left, right, confidence }
    }

    /// 400 × 20 pixels, `text` evenly over it.
    fn line(text: &str, confidence: f32) -> (TextLine, Quad) {
        let quad = Quad::from_rect(0.0, 0.0, 400.0, 20.0);
        let n = text.chars().count() as f32;
        let chars = text
            .chars()
            .zip(0..)
            .map(|(char, i)| CharReading {
                char,
                quad: quad.slice(i as f32 / n, (i + 1) as f32 / n),
                confidence,
            })
            .collect();
        (TextLine { text: text.into(), quad, confidence, chars, ..TextLine::default() }, quad)
    }

    fn merge(first: &(TextLine, Quad), words: &[Word], en: &str) -> Option<TextLine> {
        merged(&first.0, &first.1, words, script(en), &script(en).packs[0])
    }

    #[test]
    fn latin_words_stay_as_the_network_read_them() {
        let first = line("b%u ID Card", 0.95);
        let words = [word("บัตร", 0.0, 0.25, 0.93), word("lD", 0.35, 0.5, 0.6), word("Card", 0.62, 1.0, 0.97)];
        let both = merge(&first, &words, "Thai").unwrap();
        assert_eq!(both.text, "บัตร ID Card");
        assert_eq!(both.text.chars().count(), both.chars.len());
        assert_eq!(both.language.as_deref(), Some("th"));
        assert!((0.9..0.97).contains(&both.confidence));
        // Nothing of the script, or nothing sure: the first reading stands.
        assert_eq!(merge(&first, &words[1..], "Thai"), None);
        assert_eq!(merge(&first, &[word("บัตร", 0.0, 0.25, 0.3)], "Thai"), None);
        assert_eq!(merge(&first, &[], "Thai"), None);
    }

    #[test]
    fn right_to_left_text_is_in_logical_order_and_its_places_run_leftwards() {
        let first = line(". .", 0.6);
        let words = [word("قسم", 0.8, 1.0, 0.9), word("45", 0.6, 0.7, 0.9), word("يوم", 0.2, 0.5, 0.9)];
        let both = merge(&first, &words, "Arabic").unwrap();
        assert_eq!(both.text, "قسم 45 يوم");
        let x: Vec<f32> = both.chars.iter().map(|c| c.quad.center().x).collect();
        assert!(x[0] > x[1] && x[1] > x[2] && x[2] > x[4] && x[4] < x[5] && x[5] > x[7] && x[7] > x[9]);
        // The space lies between its words.
        assert!((280.0..=320.0).contains(&x[3]), "{}", x[3]);
    }

    #[test]
    fn thai_has_spaces_only_where_the_gap_is_wide_and_marks_lie_on_their_letters() {
        let first = line("x", 0.5);
        let words = [word("เล็", 0.0, 0.05, 0.9), word("ก", 0.055, 0.07, 0.9), word("ๆ", 0.09, 0.11, 0.9)];
        let both = merge(&first, &words, "Thai").unwrap();
        assert_eq!(both.text, "เล็ก ๆ");
        assert_eq!(both.chars[1].quad, both.chars[2].quad);
        assert!(both.chars[2].quad.center().x < both.chars[3].quad.center().x);
    }

    #[test]
    fn words_weigh_by_their_length() {
        let words = [word("да", 0.0, 0.1, 1.0), word("Привет", 0.2, 0.8, 0.6)];
        assert!((confidence(&words) - 0.7).abs() < 1e-6);
        assert_eq!(letters(&words, script("Cyrillic")), 8);
        assert_eq!((confidence(&[]), letters(&words, script("Thai"))), (0.0, 0));
    }
}
