//! Which way lines run: the quarter turn of a page's lines, and the network that tells upside-down
//! lines from upright ones.

use image::RgbImage;
use ndarray::{Array4, s};

use super::{OcrError, session::Session, warp::fill_input};
use crate::{geometry::Quad, numbers::median};

/// Size of the network's input in pixels.
const WIDTH: usize = 192;
pub const HEIGHT: u32 = 48;
/// Lines in one run of the network.
const BATCH: usize = 4;
/// A line must be this many times as long as tall to be asked: of shorter ones the network knows
/// little.
const VOTING_RATIO: f32 = 2.0;
/// A page is divided into so many rows and columns; the longest line of each cell votes, so that
/// every document of a sheet has a voice.
const CELLS: usize = 4;
/// Up to this share of the votes may differ on a page that stands one way: one of eight. On clear
/// lines the network errs rarely (2 of 1052 true lines of scans, upright and turned).
const DISSENT: f32 = 0.13;
/// How far a line's voice reaches among others, as a share of the page's diagonal.
const HEARING: f32 = 0.05;
/// A box is taken for a column (or a line turned by a quarter) from this ratio of height to width;
/// the published reader uses the same.
const COLUMN_RATIO: f32 = 1.5;
/// A box this many times as long as wide is a line.
const CERTAIN_RATIO: f32 = 3.0;
/// A box whose longer side is below this many times the lines' usual height holds one character, whose own
/// proportions say nothing of its direction: a `7` or `1` is half as wide as it is tall, and two of them in a
/// column of numbers turned each other and their neighbours (`7` was read as `L`, `3` as `ω`).
const ONE_CHARACTER: f32 = 1.5;

/// A box longer than one character and this many times as long as wide holds two of them: it runs as the page's
/// lines do if its shape says so too, whatever stands beside it. A heading of two characters had 1.48 with the
/// detection's margin; the column of characters next to it turned it.
const TWO_CHARACTERS: f32 = 1.25;

/// Tells whether crops of lines are upside down.
pub struct DirectionNetwork {
    session: Session,
}

impl DirectionNetwork {
    pub fn new(session: Session) -> Self {
        Self { session }
    }

    /// Probability that each crop (of [`HEIGHT`] pixels' height) stands on its head.
    pub fn upside_down(&mut self, crops: &[RgbImage]) -> Result<Vec<f32>, OcrError> {
        let mut out = Vec::with_capacity(crops.len());
        for batch in crops.chunks(BATCH) {
            let mut input = Array4::zeros((batch.len(), 3, HEIGHT as usize, WIDTH));
            for (slot, crop) in batch.iter().enumerate() {
                // A long line is judged by its start: scaling it to the input would squeeze it.
                let part = if crop.width() as usize > WIDTH {
                    image::imageops::crop_imm(crop, 0, 0, WIDTH as u32, HEIGHT).to_image()
                } else {
                    crop.clone()
                };
                fill_input(input.slice_mut(s![slot, .., .., ..]), &part);
            }
            let scores = self.session.run(input.view(), |output| {
                let Ok(output) = output.into_dimensionality::<ndarray::Ix2>() else { return Vec::new() };
                output.outer_iter().map(|row| row.get(1).copied().unwrap_or(0.0)).collect::<Vec<_>>()
            })?;
            out.extend(scores);
        }
        out.resize(crops.len(), 0.0);
        Ok(out)
    }
}

/// Whether a detected box, whose first edge runs to the right, is taller than a line can be.
pub fn is_column(quad: &Quad) -> bool {
    quad.height() >= COLUMN_RATIO * quad.width()
}

/// Whether the page's lines run downwards or upwards: most of the length of its elongated boxes
/// belongs to columns. Boxes that are nearly square do not vote.
pub fn lines_are_columns(quads: &[Quad]) -> bool {
    let (mut wide, mut tall) = (0.0, 0.0);
    for q in quads {
        if is_column(q) {
            tall += q.height();
        } else if q.width() >= COLUMN_RATIO * q.height() {
            wide += q.width();
        }
    }
    tall > wide
}

/// Whether each box is a column or a line turned by a quarter. A box that is nearly square, or of a single
/// character, goes with the nearest elongated one, else with the page's lines.
pub fn tall(quads: &[Quad], lines_are_columns: bool) -> Vec<bool> {
    let sides = |q: &Quad| (q.width().min(q.height()), q.width().max(q.height()));
    let lines = quads.iter().map(sides).filter(|(short, long)| *long >= CERTAIN_RATIO * short);
    let least = ONE_CHARACTER * median(lines.map(|(short, _)| short)).unwrap_or(0.0);
    let longer = |q: &Quad, ratio: f32| {
        let (short, long) = sides(q);
        long >= ratio * short && long >= least
    };
    let elongated = |q: &Quad| longer(q, COLUMN_RATIO);
    let known: Vec<&Quad> = quads.iter().filter(|q| elongated(q)).collect();
    let alike = known.iter().all(|q| is_column(q) == lines_are_columns);
    let judge = |quad: &Quad| {
        if elongated(quad) {
            return is_column(quad);
        }
        let as_the_page = (quad.height() > quad.width()) == lines_are_columns;
        if alike || (as_the_page && longer(quad, TWO_CHARACTERS)) {
            return lines_are_columns;
        }
        let center = quad.center();
        // To the edge: the middle of a long line in the same row is far away.
        let gap = |q: &Quad| {
            let b = q.bounds();
            let beyond = |at: f32, from: f32, to: f32| (from - at).max(at - to).max(0.0);
            beyond(center.x, b.left, b.right).hypot(beyond(center.y, b.top, b.bottom))
        };
        let nearest = known.iter().min_by(|a, b| gap(a).total_cmp(&gap(b)));
        nearest.map_or(lines_are_columns, |q| is_column(q))
    };
    quads.iter().map(judge).collect()
}

/// The lines among `members` that speak for the page: the longest of each of its cells.
pub fn voters(quads: &[Quad], members: &[usize], (width, height): (f32, f32)) -> Vec<usize> {
    let mut longest = [None::<usize>; CELLS * CELLS];
    let cell = |at: f32, end: f32| ((at / end.max(1.0) * CELLS as f32).max(0.0) as usize).min(CELLS - 1);
    for &i in members.iter().filter(|&&i| may_vote(&quads[i])) {
        let c = quads[i].center();
        let slot = &mut longest[cell(c.y, height) * CELLS + cell(c.x, width)];
        if slot.is_none_or(|j| quads[j].width() < quads[i].width()) {
            *slot = Some(i);
        }
    }
    longest.into_iter().flatten().collect()
}

/// Whether a line in its reading direction is long enough to be judged.
pub fn may_vote(quad: &Quad) -> bool {
    quad.width() >= VOTING_RATIO * quad.height()
}

/// What the votes (probabilities of standing upside down) agree on; `None` if they do not.
pub fn agreed(votes: &[f32]) -> Option<bool> {
    let down = votes.iter().filter(|&&p| p > 0.5).count();
    let few = down.min(votes.len() - down);
    (few as f32 <= votes.len() as f32 * DISSENT).then_some(down * 2 > votes.len())
}

/// Whether each of `quads` stands upside down, by its own vote and those near it: the lines of one
/// document on a sheet of several stand the same way. `votes` are (index, probability).
pub fn by_neighbours(quads: &[Quad], votes: &[(usize, f32)], (width, height): (f32, f32)) -> Vec<bool> {
    let reach = (width.hypot(height) * HEARING).max(1.0);
    let weight = |q: &Quad| (q.width() / q.height().max(1.0)).min(10.0);
    quads
        .iter()
        .map(|quad| {
            let heard = votes.iter().map(|&(i, p)| {
                let distance = quad.center().distance(quads[i].center());
                (2.0 * p - 1.0) * weight(&quads[i]) * (-distance / reach).exp()
            });
            heard.sum::<f32>() > 0.0
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longer_boxes_decide_a_pages_quarter() {
        let line = |x: f32, y: f32| Quad::from_rect(x, y, x + 300.0, y + 20.0);
        let column = |x: f32| Quad::from_rect(x, 0.0, x + 20.0, 150.0);
        assert!(!lines_are_columns(&[line(0.0, 0.0), column(0.0)]));
        assert!(lines_are_columns(&[line(0.0, 0.0), column(0.0), column(50.0), column(100.0)]));
        assert!(!lines_are_columns(&[]));
    }

    #[test]
    fn a_single_character_says_nothing_of_its_direction() {
        let line = |y: f32| Quad::from_rect(0.0, y, 200.0, y + 24.0);
        let digit = |y: f32| Quad::from_rect(300.0, y, 312.0, y + 24.0);
        let pair = Quad::from_rect(300.0, 80.0, 328.0, 104.0);
        let column = Quad::from_rect(500.0, 0.0, 524.0, 48.0);
        let quads = [line(0.0), line(40.0), line(80.0), digit(0.0), digit(40.0), pair, column];
        assert_eq!(tall(&quads, false), [false, false, false, false, false, false, true]);
        // Of a page that lies on its side the same.
        let turned = quads.map(|q| q.map(|p| crate::geometry::Point::new(p.y, p.x)).rolled(1));
        assert_eq!(tall(&turned, true)[..6], [true; 6]);
    }

    #[test]
    fn a_word_of_two_characters_beside_a_column_runs_as_the_page_does() {
        let line = |y: f32| Quad::from_rect(0.0, y, 200.0, y + 24.0);
        let column = Quad::from_rect(300.0, 0.0, 324.0, 90.0);
        let word = Quad::from_rect(312.0, 100.0, 348.0, 125.0);
        let square = Quad::from_rect(312.0, 100.0, 338.0, 125.0);
        assert_eq!(tall(&[line(0.0), line(40.0), column, word], false), [false, false, true, false]);
        assert_eq!(tall(&[line(0.0), line(40.0), column, square], false), [false, false, true, true]);
    }

    #[test]
    fn a_sheet_is_judged_document_by_document() {
        let line = |x: f32, y: f32| Quad::from_rect(x, y, x + 200.0, y + 20.0);
        let quads: Vec<Quad> = (0..6)
            .map(|i| line(10.0, 40.0 * i as f32))
            .chain((0..6).map(|i| line(700.0, 900.0 - 40.0 * i as f32)))
            .collect();
        // One of the upright document's lines is misjudged.
        let votes: Vec<(usize, f32)> =
            (0..12).map(|i| (i, if i < 6 && i != 2 { 0.1 } else { 0.9 })).collect();
        let down = by_neighbours(&quads, &votes, (1000.0, 1000.0));
        assert!(down[..6].iter().all(|d| !d) && down[6..].iter().all(|d| *d));
        assert_eq!(agreed(&[0.9; 7]), Some(true));
        assert_eq!(agreed(&[0.1, 0.1, 0.1, 0.2, 0.1, 0.3, 0.1, 0.9]), Some(false));
        assert_eq!(agreed(&[0.1, 0.9, 0.9]), None);
        assert_eq!(voters(&quads, &[0, 1, 6], (1000.0, 1000.0)).len(), 2);
    }
}
