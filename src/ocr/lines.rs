//! Lines after recognition: what is no text, what are several lines, two readings of one page.

use super::{CharReading, TextLine};
use crate::{geometry::Quad, numbers::median};

/// Guilloches and dotted rules are read as one character over and over; no value repeats one this
/// often (the longest run of one digit but zero in the true lines of the development pages is six,
/// of one letter twelve, before other digits).
const ORNAMENT_LENGTH: usize = 12;
/// … up to this share of strangers.
const ORNAMENT_SHARE: f32 = 0.9;
/// A gap between characters of this many line heights …
const GAP_HEIGHTS: f32 = 1.5;
/// … and this many times the line's usual distance of characters parts two texts.
const GAP_PITCHES: f32 = 3.0;
/// Two readings are of the same text when they share this much of the smaller one's place.
const SAME_TEXT: f32 = 0.5;
/// Pieces make up a line that they cover by this share of its length. Reasoned: a label and its value
/// may stand a fourth of it apart.
const COVERED: f32 = 0.7;
/// What is read where a stamp was taken away counts from this confidence on: remains of the stamp are
/// read less surely.
const UNDER_STAMP: f32 = 0.9;
/// A line below this confidence gives way to any piece: a stamp's text runs on in it.
const DOUBTED: f32 = 0.9;
/// A line of this confidence keeps what vanishes with a stamp.
const SURE: f32 = 0.98;
/// Lines of so few characters on a stamp are pieces of its curved text.
const RIM_CHARACTERS: usize = 2;
/// One line is at most this many times as tall as a part of it.
const ONE_LINE: f32 = 1.4;

/// Whether a line is a border or a pattern that was taken for text.
pub fn is_ornament(line: &TextLine) -> bool {
    let chars: Vec<char> = line.text.chars().filter(|c| !c.is_whitespace()).collect();
    let Some(most) = chars.iter().max_by_key(|&&c| chars.iter().filter(|&&o| o == c).count()) else {
        return true;
    };
    let count = chars.iter().filter(|c| *c == most).count();
    // Zeros fill long numbers.
    most.is_ascii_alphanumeric()
        && *most != '0'
        && chars.len() >= ORNAMENT_LENGTH
        && count as f32 >= ORNAMENT_SHARE * chars.len() as f32
}

/// The texts of a line that stand apart: a form's neighbouring entries are detected as one line
/// where little paper lies between them. Evenly spaced-out headings stay whole.
pub fn split_at_gaps(line: TextLine) -> Vec<TextLine> {
    let height = line.quad.height();
    let centers: Vec<f32> =
        line.chars.iter().map(|c| line.quad.0[0].distance(c.quad.0[0].lerp(c.quad.0[1], 0.5))).collect();
    // Right-to-left text runs against its quad; such lines stay whole.
    let usual = median(centers.windows(2).map(|w| w[1] - w[0])).filter(|usual| *usual > 0.0);
    let Some(usual) = usual else { return vec![line] };
    let limit = (GAP_HEIGHTS * height + usual).max(GAP_PITCHES * usual);
    let cuts: Vec<usize> = (1..centers.len()).filter(|&i| centers[i] - centers[i - 1] > limit).collect();
    if cuts.is_empty() {
        return vec![line];
    }
    let bounds: Vec<usize> = [0].into_iter().chain(cuts).chain([centers.len()]).collect();
    bounds.windows(2).filter_map(|w| part(&line, &line.chars[w[0]..w[1]])).collect()
}

/// A stretch of a line as a line of its own, spaces at its ends dropped.
fn part(line: &TextLine, chars: &[CharReading]) -> Option<TextLine> {
    let start = chars.iter().position(|c| !c.char.is_whitespace())?;
    let end = chars.iter().rposition(|c| !c.char.is_whitespace())? + 1;
    let chars = &chars[start..end];
    let (first, last) = (chars.first()?, chars.last()?);
    let quad = Quad([first.quad.0[0], last.quad.0[1], last.quad.0[2], first.quad.0[3]]);
    Some(TextLine {
        text: chars.iter().map(|c| c.char).collect(),
        quad,
        confidence: chars.iter().map(|c| c.confidence).sum::<f32>() / chars.len() as f32,
        chars: chars.to_vec(),
        ..line.clone()
    })
}

/// Whether two quads hold the same text: not of their bounds, which overlap for neighbouring lines that
/// are tilted.
pub fn are_of_same_text(a: &Quad, b: &Quad) -> bool {
    a.intersection_area(b) > SAME_TEXT * a.area().min(b.area())
}

/// Characters without spaces.
fn print_of(line: &TextLine) -> impl Iterator<Item = char> {
    line.text.chars().filter(|c| !c.is_whitespace())
}

/// Whether `whole` is the line of which `part` was read: the same text and more of it, as tall.
fn extends(whole: &TextLine, part: &TextLine) -> bool {
    let (long, short): (String, String) = (print_of(whole).collect(), print_of(part).collect());
    long.len() > short.len() && long.contains(&short) && whole.quad.height() < ONE_LINE * part.quad.height()
}

/// How much of a line's length lies in others, 0..1.
fn covered(line: &Quad, others: &[TextLine]) -> f32 {
    const POINTS: u16 = 32;
    let middle = |at: f32| line.0[0].lerp(line.0[1], at).lerp(line.0[3].lerp(line.0[2], at), 0.5);
    let inside = |i: &u16| {
        let p = middle((f32::from(*i) + 0.5) / f32::from(POINTS));
        others.iter().any(|o| o.quad.contains(p))
    };
    (0..POINTS).filter(inside).count() as f32 / f32::from(POINTS)
}

/// Two readings of one page: of lines at the same place the surer one, and what only one has.
pub fn joined(first: Vec<TextLine>, second: Vec<TextLine>) -> Vec<TextLine> {
    let mut out = second;
    let known = out.len();
    for line in first {
        let area = line.quad.area();
        let rivals: Vec<usize> = (0..known).filter(|&i| are_of_same_text(&out[i].quad, &line.quad)).collect();
        match rivals.as_slice() {
            [] => out.push(line),
            // Found with the same extent by both: the surer reading.
            &[i] if out[i].quad.area() < 1.5 * area
                && area < 1.5 * out[i].quad.area()
                && line.confidence > out[i].confidence =>
            {
                out[i] = line;
            }
            _ => {}
        }
    }
    out
}

/// Whether a line that a stamp lies on must be read without its ink: it was not read surely, or may be a
/// piece of the stamp.
pub fn is_in_question(line: &TextLine) -> bool {
    line.confidence < SURE || line.text.chars().count() <= RIM_CHARACTERS
}

/// Lines that a stamp lies on: given as they read with it and, in the same places, `without` its ink.
pub fn without_stamps(lines: Vec<TextLine>, without: &[TextLine]) -> Vec<TextLine> {
    let best = |line: TextLine| {
        let same = |w: &&TextLine| w.confidence >= UNDER_STAMP && are_of_same_text(&w.quad, &line.quad);
        let clean: Vec<TextLine> = without.iter().filter(same).cloned().collect();
        // Characters of a stamp's rim are found one by one, and not without it.
        let of_rim = clean.is_empty() && line.text.chars().count() <= RIM_CHARACTERS;
        // Labels in the stamp's own colour go with it.
        let maimed = line.confidence >= DOUBTED
            && clean.iter().any(|c| extends(&line, c))
            && covered(&line.quad, &clean) < COVERED;
        if (clean.is_empty() || maimed) && !of_rim { vec![line] } else { clean }
    };
    lines.into_iter().flat_map(best).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A line whose characters are 20 pixels wide and tall and start at the given columns.
    fn line(chars: &[(char, f32)]) -> TextLine {
        let chars: Vec<CharReading> = chars
            .iter()
            .map(|&(char, x)| CharReading {
                char,
                quad: Quad::from_rect(x, 0.0, x + 20.0, 20.0),
                confidence: 0.9,
            })
            .collect();
        let right = chars.last().map_or(0.0, |c| c.quad.0[1].x);
        TextLine {
            text: chars.iter().map(|c| c.char).collect(),
            quad: Quad::from_rect(0.0, 0.0, right, 20.0),
            confidence: 0.9,
            chars,
            ..TextLine::default()
        }
    }

    fn texts(lines: Vec<TextLine>) -> Vec<String> {
        lines.into_iter().map(|l| l.text).collect()
    }

    #[test]
    fn entries_part_at_wide_gaps_and_headings_do_not() {
        let entries = [('甲', 0.0), ('乙', 20.0), ('丙', 40.0), ('丁', 110.0), ('戊', 130.0)];
        let parts = split_at_gaps(line(&entries));
        assert_eq!(parts[1].quad, Quad::from_rect(110.0, 0.0, 150.0, 20.0));
        assert_eq!(texts(parts), ["甲乙丙", "丁戊"]);
        let heading = [('收', 0.0), ('款', 70.0), ('收', 140.0), ('据', 210.0)];
        assert_eq!(texts(split_at_gaps(line(&heading))), ["收款收据"]);
        assert_eq!(texts(split_at_gaps(line(&[('一', 0.0)]))), ["一"]);
        assert_eq!(texts(split_at_gaps(line(&[]))), [""]);
        let leftwards = [('a', 900.0), ('b', 880.0), ('1', 500.0), ('2', 520.0), ('c', 480.0), ('d', 460.0)];
        assert_eq!(texts(split_at_gaps(line(&leftwards))), ["ab12cd"]);
    }

    #[test]
    fn ornaments_repeat_one_character() {
        let of = |text: &str| is_ornament(&TextLine { text: text.into(), ..TextLine::default() });
        assert!(of(&"8".repeat(33)) && of("28888888888888888888"));
        assert!(!of("88888888") && !of("00000000000000000000") && !of(&"<".repeat(30)));
        assert!(!of("6222021234567890123"));
    }

    #[test]
    fn a_broken_line_is_told_from_another_one() {
        let of = |text: &str, quad: Quad| TextLine { text: text.into(), quad, ..TextLine::default() };
        let part = of("重庆市 过路", Quad::from_rect(0.0, 0.0, 100.0, 20.0));
        let whole = of("重庆市过路费", Quad::from_rect(0.0, -1.0, 130.0, 21.0));
        assert!(extends(&whole, &part) && !extends(&part, &whole) && !extends(&part, &part));
        // Two lines one below the other are no line.
        assert!(!extends(&of(&whole.text, Quad::from_rect(0.0, 0.0, 130.0, 45.0)), &part));
    }

    #[test]
    fn pieces_cover_what_they_lie_on() {
        let line = Quad::from_rect(0.0, 0.0, 100.0, 20.0);
        let of = |left: f32, right: f32| TextLine {
            quad: Quad::from_rect(left, 2.0, right, 19.0),
            ..TextLine::default()
        };
        assert_eq!(covered(&line, &[of(-5.0, 25.0), of(50.0, 75.0)]), 0.5);
        assert_eq!(covered(&line, &[]), 0.0);
    }

    #[test]
    fn stamps_are_read_away_and_what_they_did_not_spoil_stays() {
        let at = |text: &str, from: f32, to: f32, y: f32, confidence: f32| TextLine {
            text: text.into(),
            quad: Quad::from_rect(from, y, to, y + 20.0),
            confidence,
            ..TextLine::default()
        };
        let lines = vec![
            at("日期：2018-11发24", 0.0, 300.0, 0.0, 0.94),
            at("承办人签章：向雪丽", 0.0, 200.0, 40.0, 0.97),
            at("监", 150.0, 170.0, 120.0, 0.99),
            at("元", 0.0, 20.0, 160.0, 0.99),
            at("经办：王芳", 0.0, 100.0, 280.0, 0.95),
        ];
        assert!(lines.iter().all(is_in_question));
        assert!(!is_in_question(&at("合计：120.00", 0.0, 100.0, 0.0, 0.99)));
        let without = [
            at("日期：2018-11-24", 0.0, 300.0, 0.0, 0.93),
            at("向雪丽", 130.0, 200.0, 40.0, 1.0),
            at("元", 0.0, 20.0, 160.0, 0.95),
            at("经力、王", 0.0, 100.0, 280.0, 0.7),
        ];
        let read = texts(without_stamps(lines, &without));
        assert_eq!(read, ["日期：2018-11-24", "承办人签章：向雪丽", "元", "经办：王芳"]);
    }

    #[test]
    fn of_two_readings_the_surer_one_counts() {
        let at = |text: &str, y: f32, confidence: f32| TextLine {
            text: text.into(),
            quad: Quad::from_rect(0.0, y, 100.0, y + 20.0),
            confidence,
            ..TextLine::default()
        };
        let first = vec![at("a", 0.0, 0.7), at("b", 40.0, 0.99), at("c", 80.0, 0.9)];
        let second = vec![at("A", 1.0, 0.9), at("B", 41.0, 0.8), at("D", 120.0, 0.9)];
        assert_eq!(texts(joined(first, second)), ["A", "b", "D", "c"]);
    }
}
