//! Two readings of one line made one: Tesseract's words where they hold letters of its script, the
//! network's characters elsewhere.

use unicode_normalization::char::is_combining_mark;

use super::table::{Pack, Script};
use crate::{
    geometry::Quad,
    ocr::{CharReading, TextLine, tesseract::Word},
};

/// A word below this confidence is noise. Reasoned: words of true lines are rarely read with less
/// than 0.5, and without them the line would miss a word.
const LEAST_SURE: f32 = 0.2;
/// Latin among letters that do not resemble it: words with at least so many letters in a row, whose
/// characters the network read this surely, each and on average. On a Thai card those of "Thai National ID Card" are,
/// those that it sees in Thai words are not.
const LATIN_RUN: usize = 4;
const LATIN_EACH: f32 = 0.8;
const LATIN_MEAN: f32 = 0.97;
/// The network's characters count in a word that has no letter of the script if they are at least
/// this sure, and Tesseract is not.
const SURE_CHARS: f32 = 0.9;
/// Words of a script without spaces stand apart at this share of the line's height. Reasoned: a third of a
/// letter's width.
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
    let is_of_script = |w: &Word| script.occurs_in(&w.text);
    let latin = if script.resembles_latin { Vec::new() } else { latin_runs(line, quad) };
    let in_latin = |w: &Word| latin.iter().any(|r| (r.left..=r.right).contains(&((w.left + w.right) / 2.0)));
    let words: Vec<&Word> = words.iter().filter(|w| w.confidence >= LEAST_SURE && !in_latin(w)).collect();
    if !words.iter().any(|w| is_of_script(w)) {
        return None;
    }
    let mut pieces: Vec<Piece> = words
        .into_iter()
        .map(|word| match surer(line, quad, word).filter(|_| !is_of_script(word)) {
            Some(chars) => Piece { left: word.left, right: word.right, chars },
            None => Piece { left: word.left, right: word.right, chars: spread(quad, word) },
        })
        .collect();
    for run in latin {
        // Right-to-left pieces are ordered from the right.
        let leftwards = pieces.len() > 1 && pieces[0].left > pieces[pieces.len() - 1].left;
        let at = pieces.iter().position(|p| (p.left > run.left) != leftwards).unwrap_or(pieces.len());
        pieces.insert(at, run);
    }
    let height_share = quad.height() / quad.width().max(1.0);
    let mut chars: Vec<CharReading> = Vec::new();
    let mut previous: Option<(f32, f32)> = None;
    for piece in pieces {
        let (Some(first), Some(last)) = (piece.chars.first(), chars.last()) else {
            previous = Some((piece.left, piece.right));
            chars.extend(piece.chars);
            continue;
        };
        if let Some((left, right)) = previous {
            // Right-to-left words follow to the left.
            let gap = (piece.left - right).max(left - piece.right);
            if script.spaced || gap >= GAP * height_share {
                let (from, to) = (right.min(piece.right), left.max(piece.left));
                let confidence = first.confidence.min(last.confidence);
                chars.push(CharReading {
                    char: ' ',
                    quad: quad.slice(from.min(to), from.max(to)),
                    confidence,
                });
            }
        }
        previous = Some((piece.left, piece.right));
        chars.extend(piece.chars);
    }
    // A mark without a letter before it is a speck.
    chars.drain(..chars.iter().take_while(|c| is_combining_mark(c.char)).count());
    let chars = with_sara_am(chars);
    Some(TextLine {
        text: chars.iter().map(|c| c.char).collect(),
        quad: *quad,
        confidence: chars.iter().map(|c| c.confidence).sum::<f32>() / chars.len().max(1) as f32,
        language: Some(pack.language.to_owned()),
        chars,
        ..TextLine::default()
    })
}

/// Characters with the stretch of the line, in fractions of its width, that they stand on.
struct Piece {
    left: f32,
    right: f32,
    chars: Vec<CharReading>,
}

/// Stretches of words that the network read surely as Latin letters and digits.
fn latin_runs(line: &TextLine, quad: &Quad) -> Vec<Piece> {
    let words = line.chars.split(|c| c.char == ' ');
    let mut runs: Vec<Vec<CharReading>> = vec![Vec::new()];
    for word in words {
        match runs.last_mut().filter(|_| is_sure_latin(word)) {
            Some(run) => {
                if let (Some(last), Some(first)) = (run.last(), word.first()) {
                    let space = CharReading { char: ' ', quad: last.quad, confidence: first.confidence };
                    run.push(space);
                }
                run.extend_from_slice(word);
            }
            None => runs.push(Vec::new()),
        }
    }
    runs.into_iter().filter_map(|run| latin_run(run, quad)).collect()
}

fn is_sure_latin(word: &[CharReading]) -> bool {
    let sum: f32 = word.iter().map(|c| c.confidence).sum();
    word.iter().all(|c| c.char.is_ascii() && c.confidence >= LATIN_EACH)
        && sum >= LATIN_MEAN * word.len() as f32
}

fn latin_run(run: Vec<CharReading>, quad: &Quad) -> Option<Piece> {
    if run.iter().filter(|c| c.char.is_ascii_alphabetic()).count() < LATIN_RUN {
        return None;
    }
    let (left, right) = (place(&run.first()?.quad, quad).0, place(&run.last()?.quad, quad).1);
    (left < right).then_some(Piece { left, right, chars: run })
}

/// Left and right end of a part of the line as fractions of its width.
fn place(part: &Quad, line: &Quad) -> (f32, f32) {
    let [start, end, ..] = line.0;
    let (dx, dy) = (end.x - start.x, end.y - start.y);
    let square = (dx * dx + dy * dy).max(1.0);
    let along = |x: f32, y: f32| ((x - start.x) * dx + (y - start.y) * dy) / square;
    (along(part.0[0].x, part.0[0].y), along(part.0[1].x, part.0[1].y))
}

/// The network's characters in the place of `word`, if they are the surer reading of it.
fn surer(line: &TextLine, quad: &Quad, word: &Word) -> Option<Vec<CharReading>> {
    let place = quad.slice(word.left, word.right);
    let chars: Vec<CharReading> =
        line.chars.iter().filter(|c| place.contains(c.quad.center()) && c.char != ' ').cloned().collect();
    let mean = chars.iter().map(|c| c.confidence).sum::<f32>() / chars.len().max(1) as f32;
    (!chars.is_empty() && mean >= SURE_CHARS && mean > word.confidence).then_some(chars)
}

/// The word's characters evenly over its width; marks lie on their letter.
fn spread(quad: &Quad, word: &Word) -> Vec<CharReading> {
    let letters = word.text.chars().filter(|&c| !is_combining_mark(c)).count().max(1);
    let leftwards = word.text.chars().any(is_right_to_left);
    let at = |k: usize| word.left + (word.right - word.left) * k as f32 / letters as f32;
    let mut place = 0_usize;
    let spread = word.text.chars().enumerate().map(|(i, char)| {
        if i > 0 && !is_combining_mark(char) {
            place = (place + 1).min(letters - 1);
        }
        let slot = if leftwards { letters - 1 - place } else { place };
        CharReading { char, quad: quad.slice(at(slot), at(slot + 1)), confidence: word.confidence }
    });
    spread.collect()
}

/// Thai and Lao sara am in one character, as they are typed; Tesseract writes the ring and the vowel.
fn with_sara_am(chars: Vec<CharReading>) -> Vec<CharReading> {
    let mut whole: Vec<CharReading> = Vec::with_capacity(chars.len());
    for c in chars {
        match whole.last_mut().map(|last| (last.char, last)) {
            Some(('\u{E4D}', ring)) if c.char == '\u{E32}' => ring.char = '\u{E33}',
            Some(('\u{ECD}', ring)) if c.char == '\u{EB2}' => ring.char = '\u{EB3}',
            _ => whole.push(c),
        }
    }
    whole
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
        assert_eq!(merge(&first, &[word("บัตร", 0.0, 0.25, 0.1)], "Thai"), None);
        assert_eq!(merge(&first, &[], "Thai"), None);
    }

    #[test]
    fn latin_that_was_read_surely_outweighs_thai_seen_in_it() {
        let mut first = line("Thai Card %u", 0.99);
        first.0.chars.iter_mut().skip(10).for_each(|c| c.confidence = 0.5);
        let words = [word("Tกลณ์", 0.0, 0.3, 0.9), word("๐ลส", 0.45, 0.7, 0.9), word("บัตร", 0.84, 1.0, 0.93)];
        let both = merge(&first, &words, "Thai").unwrap();
        assert_eq!(both.text, "Thai Card บัตร");
        // What the network itself was unsure of stays as Tesseract read it.
        let unsure = line("m51s eq73 1u", 0.6);
        assert!(merge(&unsure, &words, "Thai").unwrap().text.starts_with("Tกลณ์"));
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
    fn sara_am_is_one_character() {
        let first = line("x", 0.5);
        let both = merge(&first, &[word("จ\u{E4D}\u{E32}นวน", 0.0, 0.5, 0.9)], "Thai").unwrap();
        assert_eq!(both.text, "จำนวน");
        assert_eq!(both.chars.len(), 5);
        // A speck before the first letter.
        assert_eq!(merge(&first, &[word("\u{E48}นย", 0.0, 0.5, 0.9)], "Thai").unwrap().text, "นย");
    }

    #[test]
    fn words_weigh_by_their_length() {
        let words = [word("да", 0.0, 0.1, 1.0), word("Привет", 0.2, 0.8, 0.6)];
        assert!((confidence(&words) - 0.7).abs() < 1e-6);
        assert_eq!(letters(&words, script("Cyrillic")), 8);
        assert_eq!((confidence(&[]), letters(&words, script("Thai"))), (0.0, 0));
    }
}
