//! Columns of upright characters, one below the other: cut into cells and laid side by side, so
//! that the recognition network, which reads horizontal lines, can read them.

use image::{GrayImage, RgbImage};

use super::warp;
use crate::geometry::Quad;

/// Width in pixels at which a column is examined.
const COLUMN_WIDTH: u32 = 32;
/// A row of pixels belongs to a character when its darkest and lightest pixel differ by at least
/// this share of the column's whole contrast.
const INK_SHARE: f32 = 0.25;
/// Characters are between these multiples of the column's width tall.
const CELL_HEIGHT: std::ops::RangeInclusive<f32> = 0.5..=1.6;

/// Cells of the column as (top, bottom) fractions of its height, from the top; `None` if it does
/// not fall into at least two characters. `column` has its top as first edge.
pub fn cells(page: &RgbImage, column: &Quad) -> Option<Vec<(f32, f32)>> {
    let (w, h) = (column.width(), column.height());
    if !(w >= 1.0 && h >= w) {
        return None;
    }
    let height = (h / w * COLUMN_WIDTH as f32).round().min(8192.0) as u32;
    let picture = image::imageops::grayscale(&warp::warp(page, column, COLUMN_WIDTH, height)?);
    let runs = ink_runs(&picture);
    let cells = merge(&runs, COLUMN_WIDTH as f32);
    (cells.len() >= 2)
        .then(|| cells.iter().map(|&(a, b)| (a as f32 / height as f32, b as f32 / height as f32)).collect())
}

/// Runs of rows that hold ink, as (first, end) rows.
fn ink_runs(picture: &GrayImage) -> Vec<(u32, u32)> {
    let spread = |pixels: &[u8]| {
        let lightest = pixels.iter().max().copied().unwrap_or(0);
        f32::from(lightest - pixels.iter().min().copied().unwrap_or(0))
    };
    let least = spread(picture.as_raw()) * INK_SHARE;
    let mut runs = Vec::new();
    let mut start = None;
    for (y, row) in (0..).zip(picture.as_raw().chunks_exact(picture.width() as usize)) {
        match (spread(row) > least, start) {
            (true, None) => start = Some(y),
            (false, Some(from)) => {
                runs.push((from, y));
                start = None;
            }
            _ => {}
        }
    }
    runs.extend(start.map(|from| (from, picture.height())));
    runs
}

/// Joins runs into characters: parts of one (二, 昌) while they stay about as tall as the column is
/// wide, and cuts runs of touching characters evenly.
fn merge(runs: &[(u32, u32)], width: f32) -> Vec<(u32, u32)> {
    let mut joined: Vec<(u32, u32)> = Vec::new();
    for &(from, to) in runs {
        match joined.last_mut() {
            Some(last) if ((to - last.0) as f32) <= width * 1.05 => last.1 = to,
            _ => joined.push((from, to)),
        }
    }
    joined
        .into_iter()
        .flat_map(|(from, to)| {
            let tall = (to - from) as f32 / width;
            let parts = if CELL_HEIGHT.contains(&tall) { 1 } else { (tall.round() as u32).max(1) };
            (0..parts).map(move |i| (from + (to - from) * i / parts, from + (to - from) * (i + 1) / parts))
        })
        .collect()
}

/// Two characters this many times their size apart …
const APART: f32 = 0.3;
/// … each of them level (within this share of its size) with a line that ends at most so many sizes left of it …
const LEVEL: f32 = 0.35;
const REACH: f32 = 12.0;
/// … and is about as tall, are the values of two rows (性别 女, below it 民族 侗). Reasoned from forms; an upright
/// label of two characters (备 注) has the rows of a table beside it only by chance.
const AS_TALL: std::ops::RangeInclusive<f32> = 0.7..=1.5;

/// The two rows that a column of two characters (its `cells`) belongs to, if each stands behind a line of its own
/// among `quads`; the column has its top as first edge.
pub fn rows(column: &Quad, cells: &[(f32, f32)], quads: &[Quad]) -> Option<[Quad; 2]> {
    let &[first, second] = cells else { return None };
    let rows = [first, second].map(|(from, to)| part(column, from, to));
    let [a, b] = rows.map(|q| q.bounds());
    let size = (a.height() + b.height()) / 2.0;
    let behind_a_line = |cell: &crate::geometry::Rect| {
        quads.iter().map(Quad::bounds).any(|line| {
            let gap = cell.left - line.right;
            (line.center().y - cell.center().y).abs() < LEVEL * size
                && (-LEVEL * size..REACH * size).contains(&gap)
                && line.width() > line.height()
                && AS_TALL.contains(&(line.height() / size))
        })
    };
    (b.top - a.bottom > APART * size && behind_a_line(&a) && behind_a_line(&b)).then_some(rows)
}

/// The cells side by side as one line of `height` pixels.
pub fn strip(page: &RgbImage, column: &Quad, cells: &[(f32, f32)], height: u32) -> RgbImage {
    let mut strip = RgbImage::from_pixel(height * cells.len() as u32, height, image::Rgb([255; 3]));
    for (i, &(from, to)) in cells.iter().enumerate() {
        // Square around the character's middle, so that it keeps its proportions.
        let half = (column.width() / column.height() / 2.0).max((to - from) / 2.0);
        let middle = (from + to) / 2.0;
        let quad = part(column, (middle - half).max(0.0), (middle + half).min(1.0));
        if let Some(cell) = warp::warp(page, &quad, height, height) {
            image::imageops::replace(&mut strip, &cell, i64::from(height) * i as i64, 0);
        }
    }
    strip
}

/// The part of a column between two fractions of its height, top as first edge.
pub fn part(column: &Quad, from: f32, to: f32) -> Quad {
    column.rolled(3).slice(1.0 - to, 1.0 - from).rolled(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Black squares of 20 pixels in a white column 24 wide, every 30 pixels.
    fn column(count: u32) -> (RgbImage, Quad) {
        let page = RgbImage::from_fn(24, 30 * count, |x, y| {
            image::Rgb(if (2..22).contains(&x) && (5..25).contains(&(y % 30)) { [0; 3] } else { [255; 3] })
        });
        let quad = Quad::from_rect(0.0, 0.0, 24.0, 30.0 * count as f32);
        (page, quad)
    }

    #[test]
    fn a_column_falls_into_its_characters() {
        let (page, quad) = column(4);
        let found = cells(&page, &quad).unwrap();
        assert_eq!(found.len(), 4);
        assert!(found.iter().zip(0..).all(|(c, i)| (c.0 * 120.0 - (30 * i + 5) as f32).abs() < 2.0));
        let line = strip(&page, &quad, &found, 48);
        assert_eq!(line.dimensions(), (192, 48));
        assert!(cells(&page, &column(1).1).is_none());
        assert!(cells(&RgbImage::new(24, 120), &quad).is_none());
    }

    #[test]
    fn two_values_under_one_another_are_two_rows() {
        let column = Quad::from_rect(200.0, 100.0, 224.0, 164.0);
        let cells = [(0.0, 0.375), (0.625, 1.0)];
        let label = |top: f32| Quad::from_rect(100.0, top, 160.0, top + 26.0);
        let both = [label(99.0), label(139.0)];
        let found = rows(&column, &cells, &both).expect("two rows");
        assert_eq!(found.map(|q| q.bounds().center().y), [112.0, 152.0]);
        // Close characters, a label on one row only, no label: an upright line.
        assert!(rows(&column, &[(0.0, 0.48), (0.5, 1.0)], &both).is_none());
        assert!(rows(&column, &cells, &both[..1]).is_none());
        assert!(rows(&column, &cells, &[label(120.0)]).is_none());
    }

    #[test]
    fn a_part_of_a_column_keeps_its_top_edge_first() {
        let quad = Quad::from_rect(10.0, 0.0, 30.0, 100.0);
        assert_eq!(part(&quad, 0.25, 0.5), Quad::from_rect(10.0, 25.0, 30.0, 50.0));
    }
}
