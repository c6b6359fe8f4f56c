//! Which way up a page lies and how far its text slopes, from the lines' reading directions.
//!
//! Looks at no pixels: the reader has already decided each line's direction.

use crate::ocr::TextLine;

/// Lines whose width is at least this many times their height have a direction that their quad
/// tells reliably: with 1.5 a line of two characters counts.
const LEAST_ELONGATION: f32 = 1.5;
/// The slope of a line of two characters is mostly noise: a corner one pixel off turns it by a
/// whole degree.
const LEAST_ELONGATION_FOR_SKEW: f32 = 2.5;
/// A document that lies another way up than the page has at least so many lines of so many characters, and
/// this share of the page's characters (reasoned: turned headings of a table have fewer).
const LEAST_LINES: usize = 8;
const LONG_LINE: usize = 5;
const LEAST_SHARE: f32 = 0.05;

/// Degrees clockwise (0, 90, 180, 270) that turn the page upright: the direction in which most
/// characters are read, each weighted by its line's confidence. 0 on a page without lines.
pub fn rotation(lines: &[TextLine]) -> u16 {
    let mut votes = [0.0f32; 4];
    for line in lines {
        if let Some(quarter) = quarter(line) {
            votes[quarter] += chars(line) as f32 * line.confidence.max(0.0);
        }
    }
    let mut best = 0;
    for (quarter, &vote) in votes.iter().enumerate() {
        if vote > votes[best] {
            best = quarter;
        }
    }
    // Text that runs downwards (one quarter clockwise) is turned back by three quarters.
    ((4 - best) % 4) as u16 * 90
}

/// Quarter turns clockwise from reading to the right to the line's direction; `None` if it is too short to
/// tell.
fn quarter(line: &TextLine) -> Option<usize> {
    let (width, height) = (line.quad.width(), line.quad.height());
    let tells = height > 0.0 && width >= LEAST_ELONGATION * height;
    tells.then(|| (line.quad.angle() / 90.0).round().rem_euclid(4.0) as usize % 4)
}

fn chars(line: &TextLine) -> usize {
    line.text.chars().filter(|c| !c.is_whitespace()).count()
}

/// The ways up in which the documents of a sheet lie, each with a flag for every line that is read so. The
/// first is that of the page, and all lines are its own that stand in none of the others'.
pub fn ways_up(lines: &[TextLine]) -> Vec<Vec<bool>> {
    let main = usize::from((360 - rotation(lines)) / 90 % 4);
    let all: usize = lines.iter().map(chars).sum();
    let mut ways = vec![vec![true; lines.len()]];
    for way in (0..4).filter(|&w| w != main) {
        let own: Vec<bool> = lines.iter().map(|l| quarter(l) == Some(way)).collect();
        let members = || lines.iter().zip(&own).filter(|(_, own)| **own).map(|(l, _)| chars(l));
        let long = members().filter(|&n| n >= LONG_LINE).count();
        if long >= LEAST_LINES && members().sum::<usize>() as f32 >= LEAST_SHARE * all as f32 {
            if let Some(page) = ways.first_mut() {
                page.iter_mut().zip(&own).for_each(|(page, own)| *page &= !own);
            }
            ways.push(own);
        }
    }
    ways
}

/// How far the text slopes once the page is turned upright by [`rotation`]: degrees clockwise,
/// in [-45, 45]; the median over the lines weighted by length times elongation, as the error of a
/// line's slope falls with its elongation. 0 where no line is long enough to tell.
pub fn skew_degrees(lines: &[TextLine]) -> f32 {
    let turn = f32::from(rotation(lines));
    let mut slopes: Vec<(f32, f32)> = lines
        .iter()
        .filter(|l| l.quad.height() > 0.0 && l.quad.width() >= LEAST_ELONGATION_FOR_SKEW * l.quad.height())
        .map(|l| (signed_degrees(l.quad.angle() + turn), l.quad.width().powi(2) / l.quad.height()))
        .filter(|(slope, _)| slope.abs() <= 45.0)
        .collect();
    slopes.sort_by(|a, b| a.0.total_cmp(&b.0));
    let half = slopes.iter().map(|(_, weight)| weight).sum::<f32>() / 2.0;
    let mut seen = 0.0;
    for (slope, weight) in slopes {
        seen += weight;
        if seen >= half {
            return slope;
        }
    }
    0.0
}

/// The same angle in (-180, 180].
fn signed_degrees(angle: f32) -> f32 {
    let a = angle.rem_euclid(360.0);
    if a > 180.0 { a - 360.0 } else { a }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::{Point, Quad};

    fn line(text: &str, degrees: f32) -> TextLine {
        let (sin, cos) = degrees.to_radians().sin_cos();
        let turn = |x: f32, y: f32| Point::new(500.0 + x * cos - y * sin, 500.0 + x * sin + y * cos);
        let width = 20.0 * text.chars().count() as f32;
        let quad = Quad([turn(0.0, 0.0), turn(width, 0.0), turn(width, 20.0), turn(0.0, 20.0)]);
        TextLine { text: text.to_owned(), quad, confidence: 0.9, ..TextLine::default() }
    }

    #[test]
    fn each_direction_turns_back_upright() {
        for (degrees, rotation_wanted) in [(0.0, 0), (90.0, 270), (180.0, 180), (-90.0, 90)] {
            let lines = [line("八个字长的一行文字", degrees + 1.5), line("短", 0.0)];
            assert_eq!(rotation(&lines), rotation_wanted);
            assert!((skew_degrees(&lines) - 1.5).abs() < 0.01, "{degrees}");
        }
    }

    #[test]
    fn characters_count_and_not_lines() {
        let lines =
            [line("印章", 40.0), line("竖排", 90.0), line("竖排", 90.0), line("一行横排的长文字说明", 0.0)];
        assert_eq!(rotation(&lines), 0);
        assert_eq!(rotation(&[]), 0);
        assert_eq!(skew_degrees(&[]), 0.0);
    }

    #[test]
    fn documents_that_lie_another_way_up_are_told_from_turned_headings() {
        let upright = || (0..20).map(|_| line("一行横排的长文字说明", 0.0));
        let turned = |n: usize| (0..n).map(|_| line("竖放的一张单据", 90.0));
        let headings: Vec<TextLine> = upright().chain(turned(5)).collect();
        assert_eq!(ways_up(&headings), [vec![true; 25]]);
        let sheet: Vec<TextLine> = upright().chain(turned(9)).collect();
        let own = |from: usize| (0..29).map(|i| (i >= 20) == (from == 20)).collect::<Vec<bool>>();
        assert_eq!(ways_up(&sheet), [own(0), own(20)]);
        assert_eq!(ways_up(&[]), [Vec::<bool>::new()]);
    }

    #[test]
    fn one_slanted_line_does_not_sway_the_slope() {
        let lines = [
            line("一二三四五六七八九十", -0.5),
            line("一二三四五六七八九十", -0.5),
            line("水印水印水印水印", 30.0),
        ];
        assert!((skew_degrees(&lines) + 0.5).abs() < 0.01);
    }
}
