//! The text along a seal's rim, read in as few and as short strips as will tell it.
//!
//! The turn is unrolled, its blank stretches are closed up, and it is read clockwise; only what that leaves
//! unexplained is read the other way round. Where the rim and its text lie is for `seal_text` to say; the
//! reading itself is the caller's.

use std::ops::Range;

use image::{GrayImage, RgbImage};

use crate::structure::{
    seal_chars::{Placed, SURE, explained, is_han, mean_confidence, pitch_of, placed, winning},
    seal_plane::InkPlane,
    seal_text::{ReadStrips, SURE_TEXT, is_dark},
    seal_unroll::{Axes, Wobble, as_strip, unroll},
};

/// Height of the strips that are read: that of the reader's input.
pub const STRIP: u32 = 48;
/// Of a blank stretch this many columns stay on each side of it: a character in all, so that texts that run
/// opposite ways stay apart. With half as much 89.3 % of the characters of the development seals were read,
/// not 89.4 %; with blanks as narrow as in print fewer.
const BLANK: u32 = STRIP / 2;
/// Columns with more dark pixels than this have ink.
pub const SPECKS: usize = 2;
/// Of the ink of a line that reaches in from the inside at most this share lies in the outer two fifths of the
/// strip, and at least this share of its columns is inked at the strip's edge (reasoned: of characters as high
/// as the strip two fifths of the ink lie there, and the strip has a margin).
const MOST_OUTER: f32 = 0.12;
const LEAST_AT_EDGE: f32 = 0.1;
/// A text along the rim is read again below this mean confidence (reasoned: most characters of a seal are
/// read with more) …
const READ_AGAIN: f32 = 0.9;
/// … and where characters lie this many pitches and less from both ends of its strip …
const MOST_CUT: f32 = 1.2;
/// … if the new strip differs from the first by this share of its height at least.
const LEAST_CHANGE: f32 = 0.06;
/// This many Chinese characters in a row, each read with this confidence, stand the way they were read
/// (reasoned: single ones look like others when turned, and so do all digits).
const EXPLAINS: usize = 3;
const SURELY_UPRIGHT: f32 = 0.85;
/// Texts of at least this many pitches are looked for in what is left: three characters.
const LEAST_REST: f32 = 2.5;

/// A seal with text along its rim.
pub struct Round<'a> {
    pub plane: &'a InkPlane,
    pub axes: Axes,
    pub wobble: Wobble,
}

/// A whole turn of the rim, read both ways. Places are shares of the way round from `start` on.
pub struct Turn {
    /// Where it was cut open (share of the way round) and between which depths, page pixels inside the rim.
    pub start: f32,
    pub depths: (f32, f32),
    strip: GrayImage,
    pub pitch: f32,
    /// The text clockwise along the rim, and that along the lower rim, against the clock.
    pub rim: Vec<Placed>,
    pub lower: Vec<Placed>,
    /// Places of all characters read surely in the reading that explains them, in order.
    seen: Vec<f32>,
}

impl Turn {
    /// Cuts the turn between `depths` from `start` on, and reads it; `lower`: the text along the lower rim
    /// where it is known already.
    pub fn read(
        round: &Round<'_>,
        depths: (f32, f32),
        start: f32,
        lower: &[Placed],
        read: &mut ReadStrips<'_>,
    ) -> Option<Self> {
        let strip = unroll(round.plane, &round.axes, depths, &round.wobble, start, STRIP);
        let pitch = pitch_of(lower);
        let known = lower.first().zip(lower.last()).map(|(a, b)| (a.at - pitch / 2.0, b.at + pitch / 2.0));
        let mut columns = shown_columns(&strip);
        columns.retain(|&x| known.is_none_or(|(from, to)| !(from..=to).contains(&share(x, &strip))));
        let answers = read(&[picked(&strip, &columns)]);
        let ahead = placed(answers.first()?, &columns, strip.width());
        let pitch = pitch_of(&ahead);
        let mut back = lower.to_vec();
        if lower.is_empty() {
            let rest = unexplained(&ahead, &strip, &columns, pitch);
            let turned: Vec<RgbImage> =
                rest.iter().map(|part| image::imageops::rotate180(&picked(&strip, part))).collect();
            if !turned.is_empty() {
                for (line, mut part) in read(&turned).iter().zip(rest) {
                    part.reverse();
                    let mut chars = placed(line, &part, strip.width());
                    chars.reverse();
                    back.extend(chars);
                }
            }
        }
        let (mut rim, mut lower) = (winning(&ahead, &back, pitch), winning(&back, &ahead, pitch_of(&back)));
        let both = [explained(&ahead, &back, pitch), explained(&back, &ahead, pitch)];
        let mut seen: Vec<f32> =
            both.iter().flatten().flatten().filter(|p| p.confidence >= SURE).map(|p| p.at).collect();
        seen.sort_by(f32::total_cmp);
        // A seal put down upside down reads the other way round: then all of it does.
        if !is_sure(&lower, 3) {
            lower.clear();
        }
        if !is_sure(&rim, 2) {
            rim.clear();
        }
        Some(Self { start, depths, strip, pitch, rim, lower, seen })
    }

    /// The same turn cut and read again where it was read badly or cut open within its text, if that tells
    /// more; `usual`: the depths at which text mostly lies.
    pub fn read_again(self, round: &Round<'_>, usual: (f32, f32), read: &mut ReadStrips<'_>) -> Self {
        if mean_confidence(&self.rim) >= READ_AGAIN && !self.is_cut_through() {
            return self;
        }
        let cut = if self.seen.len() < 2 { Some((usual, self.start)) } else { better_cut(&self) };
        let Some((depths, start)) = cut else { return self };
        let height = self.depths.1 - self.depths.0;
        let change = (depths.0 - self.depths.0).abs().max((depths.1 - self.depths.1).abs());
        if start == self.start && change < LEAST_CHANGE * height {
            return self;
        }
        let lower: Vec<Placed> = if start == self.start && mean_confidence(&self.lower) >= READ_AGAIN {
            self.lower.clone()
        } else {
            Vec::new()
        };
        match Self::read(round, depths, start, &lower, read) {
            Some(again) if again.worth() > self.worth() => again,
            _ => self,
        }
    }

    fn worth(&self) -> f32 {
        self.rim.iter().chain(&self.lower).map(|p| p.confidence * p.confidence).sum()
    }

    /// Whether text goes on across the place where the turn was cut open.
    fn is_cut_through(&self) -> bool {
        let near = MOST_CUT * self.pitch;
        self.seen.first().zip(self.seen.last()).is_some_and(|(a, b)| *a < near && *b > 1.0 - near)
    }
}

fn is_sure(chars: &[Placed], least: usize) -> bool {
    chars.len() >= least && mean_confidence(chars) >= SURE_TEXT
}

/// The middle of a column as a share of the strip's width.
fn share(x: u32, strip: &GrayImage) -> f32 {
    (x as f32 + 0.5) / strip.width().max(1) as f32
}

/// The columns of a strip that the reader needs to see: those with ink and a little of the blanks between.
/// Lines of the inside that reach out into the strip are left out.
fn shown_columns(strip: &GrayImage) -> Vec<u32> {
    let dark = |x: u32| (0..strip.height()).filter(|&y| is_dark(strip.get_pixel(x, y).0[0])).count();
    let inked: Vec<u32> = (0..strip.width()).filter(|&x| dark(x) > SPECKS).collect();
    let mut shown: Vec<u32> = Vec::with_capacity(inked.len());
    for stretch in inked.chunk_by(|a, b| b - a <= 2 * BLANK).filter(|s| !reaches_in(strip, s)) {
        let (Some(first), Some(last)) = (stretch.first(), stretch.last()) else { continue };
        let next = shown.last().map_or(0, |last| last + 1);
        shown.extend(first.saturating_sub(BLANK).max(next)..(last + BLANK + 1).min(strip.width()));
    }
    shown
}

/// Whether the ink of a stretch of columns comes in over the strip's inner edge and ends half way: a line of
/// the inside. Characters of the rim are as high as the strip.
fn reaches_in(strip: &GrayImage, columns: &[u32]) -> bool {
    let inked = |rows: Range<u32>| {
        let pixels = rows.flat_map(|y| columns.iter().map(move |&x| (x, y)));
        pixels.filter(|&(x, y)| is_dark(strip.get_pixel(x, y).0[0])).count() as f32
    };
    let height = strip.height();
    let (outer, all) = (inked(0..height * 2 / 5), inked(0..height));
    outer <= MOST_OUTER * all && inked(height - 1..height) >= LEAST_AT_EDGE * columns.len() as f32
}

/// The chosen columns of a strip side by side, as the reader takes them.
fn picked(strip: &GrayImage, columns: &[u32]) -> RgbImage {
    let part = GrayImage::from_fn(columns.len() as u32, strip.height(), |x, y| {
        let column = columns.get(x as usize).copied().unwrap_or_default();
        *strip.get_pixel(column, y)
    });
    as_strip(&part, 0)
}

/// Stretches of the shown columns that the clockwise reading does not explain and that are long enough for
/// a text.
fn unexplained(ahead: &[Placed], strip: &GrayImage, columns: &[u32], pitch: f32) -> Vec<Vec<u32>> {
    let near = |a: &Placed, b: &Placed| {
        let sure = |p: &Placed| p.confidence >= SURELY_UPRIGHT && is_han(p.char);
        sure(a) && sure(b) && b.at - a.at < 2.0 * pitch
    };
    let known: Vec<(f32, f32)> = ahead
        .chunk_by(near)
        .filter(|run| run.len() >= EXPLAINS)
        .filter_map(|run| Some((run.first()?.at - pitch / 2.0, run.last()?.at + pitch / 2.0)))
        .collect();
    let is_known = |x: u32| known.iter().any(|(from, to)| (*from..=*to).contains(&share(x, strip)));
    let least = LEAST_REST * pitch * strip.width() as f32;
    let is_text = |part: &&[u32]| part.first().is_some_and(|x| !is_known(*x)) && part.len() as f32 >= least;
    let stretches = columns.chunk_by(|a, b| is_known(*a) == is_known(*b));
    stretches.filter(is_text).map(<[u32]>::to_vec).collect()
}

/// Where to cut the turn better: open in the widest space between the characters that were seen, and as
/// high as they are. Lines that run along the rim or reach out to it make a first strip higher than
/// its text, and a stroke such as 一 looks like the space before the text.
fn better_cut(turn: &Turn) -> Option<((f32, f32), f32)> {
    let (first, last) = turn.seen.first().zip(turn.seen.last())?;
    let spaces = turn.seen.windows(2).map(|w| (w[0], w[1])).chain([(*last, *first + 1.0)]);
    let (from, to) = spaces.max_by(|a, b| (a.1 - a.0).total_cmp(&(b.1 - b.0)))?;
    let start =
        if turn.is_cut_through() { (turn.start + (from + to) / 2.0).rem_euclid(1.0) } else { turn.start };
    let rows =
        text_rows(&turn.strip, |share| turn.seen.iter().any(|at| (at - share).abs() < turn.pitch / 2.0))?;
    let height = (rows.end - rows.start) as f32;
    let scale = (turn.depths.1 - turn.depths.0) / STRIP as f32;
    let depth = |row: f32| turn.depths.0 + row * scale;
    Some(((depth(rows.start as f32 - 0.1 * height), depth(rows.end as f32 + 0.1 * height)), start))
}

/// Rows of a strip that hold the text at the places (shares of its length) that `is_text` says.
fn text_rows(strip: &GrayImage, is_text: impl Fn(f32) -> bool) -> Option<Range<usize>> {
    let width = strip.width() as f32;
    let columns: Vec<u32> = (0..strip.width()).filter(|&x| is_text((x as f32 + 0.5) / width)).collect();
    let inked = |y: u32| columns.iter().filter(|&&x| is_dark(strip.get_pixel(x, y).0[0])).count() as f32;
    let share: Vec<f32> = (0..strip.height()).map(inked).collect();
    let rows = share.len();
    // The window of a quarter of the rows with most ink lies within the text.
    let window = (rows / 4).max(1);
    let core = (0..rows.saturating_sub(window)).max_by(|&a, &b| {
        let sum = |at: usize| share[at..at + window].iter().sum::<f32>();
        sum(a).total_cmp(&sum(b))
    })?;
    let least = 0.2 * share[core..core + window].iter().sum::<f32>() / window as f32;
    let top = (0..core).rev().find(|&r| share[r] < least).map_or(0, |r| r + 1);
    let bottom = (core + window..rows).find(|&r| share[r] < least).unwrap_or(rows);
    Some(top..bottom)
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::Luma;

    #[test]
    fn text_is_read_on_across_the_place_of_a_first_cut() {
        // Text at both ends of the strip, and then at one alone.
        let mut turn = Turn {
            start: 0.1,
            depths: (10.0, 58.0),
            strip: GrayImage::from_fn(400, 48, |_, y| Luma([if (12..36).contains(&y) { 0 } else { 255 }])),
            pitch: 0.1,
            rim: Vec::new(),
            lower: Vec::new(),
            seen: vec![0.05, 0.15, 0.25, 0.75, 0.85, 0.95],
        };
        let ((from, to), start) = better_cut(&turn).expect("a cut");
        assert!(
            (start - 0.6).abs() < 0.01 && (from - 19.6).abs() < 1.5 && (to - 48.4).abs() < 1.5,
            "{from} {to}"
        );
        turn.seen.truncate(3);
        assert_eq!(better_cut(&turn).map(|c| c.1), Some(0.1));
    }

    #[test]
    fn blanks_are_closed_up_and_lines_of_the_inside_left_out() {
        // Two characters, a wide blank between them, and ink that only reaches in.
        let strip = GrayImage::from_fn(400, STRIP, |x, y| {
            let character = ((60..100).contains(&x) || (200..240).contains(&x)) && (6..42).contains(&y);
            let inside = (300..350).contains(&x) && y >= 30;
            Luma([if character || inside { 0 } else { 255 }])
        });
        let shown = shown_columns(&strip);
        assert_eq!((shown.first(), shown.last()), (Some(&36), Some(&263)));
        assert_eq!(shown.len(), 24 + 40 + 24 + 24 + 40 + 24);
        assert!(shown.is_sorted_by(|a, b| a < b));
        assert_eq!(shown_columns(&GrayImage::from_pixel(50, STRIP, Luma([255]))), Vec::<u32>::new());
    }

    #[test]
    fn only_what_the_clockwise_reading_leaves_is_read_the_other_way() {
        let strip = GrayImage::new(400, STRIP);
        let columns: Vec<u32> = (0..400).collect();
        let chars = |text: &str, confidence: f32| -> Vec<Placed> {
            let placed = |(i, char)| Placed { char, at: 0.05 + 0.1 * i as f32, confidence };
            text.chars().enumerate().map(placed).collect()
        };
        let rest = unexplained(&chars("东南西北中", 0.95), &strip, &columns, 0.1);
        assert_eq!(rest.len(), 1);
        assert!(rest[0].first().is_some_and(|x| (195..=205).contains(x)) && rest[0].last() == Some(&399));
        assert_eq!(
            unexplained(&chars("东南西北中东南西北中", 0.95), &strip, &columns, 0.1),
            Vec::<Vec<u32>>::new()
        );
        assert_eq!(unexplained(&chars("东南西北中", 0.4), &strip, &columns, 0.1), [columns.clone()]);
        assert_eq!(unexplained(&chars("0168910689", 0.95), &strip, &columns, 0.1), [columns]);
    }
}
