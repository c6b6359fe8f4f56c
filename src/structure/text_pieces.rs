//! Pieces of text, of which tables are made: lines parted at their wide blanks, by the pixels.
//!
//! The reader often joins neighbouring cells into one line; where exactly the blank between them
//! lies only the pixels tell.

use image::GrayImage;

use crate::{
    geometry::Rect,
    numbers::{histogram, percentile},
    ocr::TextLine,
    structure::frame::Frame,
};

/// Blanks of at least this many line heights part a line: as wide as between words. Which of them
/// part columns is for those who see the other rows.
const BLANK: f32 = 0.24;
/// A pixel is ink if it differs from the ground by at least this share of the line's contrast …
const INK: f32 = 0.35;
/// … and by this many gray levels: the paper's grain does not.
const LEAST_INK: f32 = 20.0;
/// Share of the line's box at its top and bottom that is left out: rules and neighbouring lines
/// reach into it.
const MARGIN: f32 = 0.14;

/// Lines of tables slope by less than this, perspective and documents put down askew included (reasoned:
/// watermarks run at 20° and more).
const SLANTED_DEGREES: f32 = 12.0;
/// The slope of a line so many times as long as high is known.
const LEAST_SLANTED: f32 = 2.5;

/// A stretch of a line of text without a wide blank in it (upright frame).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Piece {
    pub bounds: Rect,
    /// The line it belongs to.
    pub line: usize,
    pub kind: LineKind,
}

/// What tables look at in the text of a line.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LineKind {
    /// It holds a label with its colon.
    pub labelled: bool,
    /// Most of it is digits.
    pub number: bool,
}

impl LineKind {
    pub fn of(text: &str) -> Self {
        let signs: Vec<char> = text.chars().filter(|c| !c.is_whitespace()).collect();
        let digit = |i: Option<usize>| i.and_then(|i| signs.get(i)).is_some_and(char::is_ascii_digit);
        let digits = (0..signs.len()).filter(|&i| digit(Some(i))).count();
        // Times and ratios have colons of their own.
        let label = |i: usize| {
            matches!(signs.get(i), Some(':' | '：')) && !(digit(i.checked_sub(1)) && digit(Some(i + 1)))
        };
        Self { labelled: (0..signs.len()).any(label), number: 2 * digits > signs.len() }
    }
}

/// Whether a line runs neither along nor across the frame's rows: watermarks and stamps do not. Short lines
/// are not known to.
pub fn is_slanted(line: &TextLine, frame: &Frame) -> bool {
    let [a, b, ..] = line.quad.map(|p| frame.upright(p)).0;
    let off = (b.y - a.y).atan2(b.x - a.x).to_degrees().rem_euclid(90.0);
    line.quad.width() >= LEAST_SLANTED * line.quad.height() && off.min(90.0 - off) > SLANTED_DEGREES
}

/// The stretches with ink of a line in `bounds`, from left to right; the whole line if there is
/// no ink. All in pixels of the view.
pub fn text_pieces(view: &GrayImage, bounds: Rect) -> Vec<Rect> {
    let clamp = |v: f32, most: u32| (v.max(0.0) as u32).min(most);
    let (left, right) = (clamp(bounds.left, view.width()), clamp(bounds.right.ceil(), view.width()));
    let margin = MARGIN * bounds.height();
    let (top, bottom) =
        (clamp(bounds.top + margin, view.height()), clamp(bounds.bottom - margin, view.height()));
    if left + 2 >= right || top + 2 >= bottom || bounds.width() < 1.5 * bounds.height() {
        return vec![bounds];
    }
    let rows = || (top..bottom).flat_map(|y| (left..right).map(move |x| view.get_pixel(x, y).0[0]));
    let levels = histogram(rows());
    let ground = f32::from(percentile(&levels, 0.5));
    let (low, high) = (f32::from(percentile(&levels, 0.02)), f32::from(percentile(&levels, 0.98)));
    let least = LEAST_INK.max(INK * (ground - low).max(high - ground));
    let inked =
        |x: u32| (top..bottom).any(|y| (f32::from(view.get_pixel(x, y).0[0]) - ground).abs() >= least);
    let mut pieces: Vec<(u32, u32)> = Vec::new();
    for x in (left..right).filter(|&x| inked(x)) {
        match pieces.last_mut() {
            Some((_, end)) if ((x - *end) as f32) < BLANK * bounds.height() => *end = x + 1,
            _ => pieces.push((x, x + 1)),
        }
    }
    // Specks and remains of rules are no pieces.
    pieces.retain(|(from, to)| (to - from) as f32 >= 0.12 * bounds.height());
    if pieces.is_empty() {
        return vec![bounds];
    }
    pieces.into_iter().map(|(a, b)| Rect::new(a as f32, bounds.top, b as f32, bounds.bottom)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::Luma;

    #[test]
    fn lines_part_at_wide_blanks_whatever_their_ground() {
        for (ground, ink) in [(240, 30), (60, 250)] {
            let view = GrayImage::from_fn(400, 40, |x, y| {
                let text = (8..32).contains(&y) && (x < 120 || (140..300).contains(&x)) && x % 9 < 4;
                Luma([if text { ink } else { ground }])
            });
            let pieces = text_pieces(&view, Rect::new(0.0, 6.0, 310.0, 34.0));
            assert_eq!(pieces.len(), 2, "{pieces:?}");
            assert!((pieces[0].right - 120.0).abs() < 3.0 && (pieces[1].left - 144.0).abs() < 3.0);
        }
        let whole = Rect::new(0.0, 0.0, 30.0, 30.0);
        assert_eq!(text_pieces(&GrayImage::new(0, 0), whole), [whole]);
    }

    #[test]
    fn labels_and_numbers_are_told_by_their_signs() {
        assert_eq!(LineKind::of("姓名：某某"), LineKind { labelled: true, number: false });
        assert_eq!(LineKind::of("22:56"), LineKind { labelled: false, number: true });
        assert_eq!(LineKind::of("1,234.50"), LineKind { labelled: false, number: true });
        assert_eq!(LineKind::of("数量"), LineKind::default());
    }
}
