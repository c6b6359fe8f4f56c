//! Parts of seals at the side edges of a page: what one stamp over the fanned pages of a document
//! (骑缝章) leaves on each of them.
//!
//! Finds where coloured ink runs off the picture at the left or right of the upright page; which
//! pages belong together is for others to say. A photograph with a table around the sheet shows none:
//! the edge of the picture is not that of the paper.

use serde::{Deserialize, Serialize};

use crate::{
    geometry::{Quad, Rect},
    structure::{
        frame::Frame,
        pixels::Mask,
        seal_colors::{Ink, SealColor},
        seal_ink::{InkView, remove_rules},
    },
};

/// A side of the upright page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    Left,
    Right,
}

/// A part of a seal at an edge of the page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EdgeSeal {
    pub side: Side,
    /// `red` or `blue`.
    pub color: String,
    /// Page pixels.
    pub quad: Quad,
}

// All lengths are shares of the page's longer side. Company seals are 38 to 45 mm wide, on A4 13 to
// 15 % of it, other offices' up to 60 mm, 20 %.

/// How high a part is: an outermost strip of a tenth of a seal is 60 % of the seal high.
const HEIGHT: std::ops::RangeInclusive<f32> = 0.06..=0.24;
/// How wide: half a seal, shared by two pages, with a margin for one put down askew.
const MOST_WIDTH: f32 = 0.13;
/// A hundredth of A4 is 3 mm: the narrowest strip in which ink can be told from a dirty edge.
const LEAST_WIDTH: f32 = 0.008;
/// Rows without ink within one part: below the star of a seal without a second line.
const GAP: f32 = 0.06;
/// The same from the edge inwards: between rim and text.
const GAP_ACROSS: f32 = 0.02;
/// Ink begins this near to the edge: scanners leave a rim of some pixels.
const AT_EDGE: f32 = 0.006;
/// Share of the part's rectangle that is inked: rims and characters leave it mostly empty, the shadow
/// of a coloured cover does not.
const FILLED: std::ops::RangeInclusive<f32> = 0.04..=0.6;
/// Straight strokes longer than this are no part of a seal.
const RULE_LENGTH: f32 = 0.07;

/// The parts of seals at the page's side edges, from top to bottom.
pub fn edge_seals(view: &InkView, page: (u32, u32), frame: &Frame) -> Vec<EdgeSeal> {
    let longer = page.0.max(page.1) as f32 / view.by;
    let mut found = Vec::new();
    for color in [SealColor::Red, SealColor::Blue] {
        // Fewer pixels than a rim of the least part has are dirt.
        let Some(mut map) = view.map(Ink::Color(color), (HEIGHT.start() * longer) as usize) else { continue };
        remove_rules(&mut map.mask, (RULE_LENGTH * longer) as usize);
        for side in [Side::Left, Side::Right] {
            let strip = Strip::of(&map.mask, view.by, frame, side);
            found.extend(strip.parts(longer).into_iter().map(|rect| EdgeSeal {
                side,
                color: color.name().to_owned(),
                quad: strip.in_page(rect, view.by, frame),
            }));
        }
    }
    found.sort_by(|a, b| frame.upright_bounds(&a.quad).top.total_cmp(&frame.upright_bounds(&b.quad).top));
    found
}

/// The ink along one side of the upright page; distance 0 lies at the edge.
struct Strip {
    /// Of each row, the distances with ink, ascending.
    rows: Vec<Vec<usize>>,
    side: Side,
    /// Width of the upright page in pixels of the view.
    width: f32,
}

impl Strip {
    fn of(mask: &Mask, by: f32, frame: &Frame, side: Side) -> Self {
        // The frame's own quarter turns without its rest angle: the edges are those of the picture.
        let (width, height) = frame.turned_size();
        let (width, height) = (width / by, height / by);
        let deep = (MOST_WIDTH * width.max(height) * 1.1) as usize;
        let mut rows = vec![Vec::new(); height.ceil() as usize];
        for (y, row) in rows.iter_mut().enumerate() {
            for distance in 0..deep.min(width as usize) {
                let x = match side {
                    Side::Left => distance as f32 + 0.5,
                    Side::Right => width - distance as f32 - 0.5,
                };
                let p = frame.unturned(crate::geometry::Point::new(x * by, (y as f32 + 0.5) * by));
                if p.x >= 0.0 && p.y >= 0.0 && mask.get((p.x / by) as usize, (p.y / by) as usize) {
                    row.push(distance);
                }
            }
        }
        Self { rows, side, width }
    }

    /// Rectangles (left and right: distances from the edge) of the parts.
    fn parts(&self, longer: f32) -> Vec<Rect> {
        let gap = (GAP * longer) as usize;
        let deep = (MOST_WIDTH * longer) as usize;
        let inked: Vec<usize> = (0..self.rows.len())
            .filter(|y| self.rows.get(*y).is_some_and(|r| r.first().is_some_and(|d| *d <= deep)))
            .collect();
        let groups = inked.chunk_by(|a, b| b - a <= gap);
        groups.filter_map(|rows| self.part(rows, longer)).collect()
    }

    /// The part in a group of rows, if that is what its ink is.
    fn part(&self, rows: &[usize], longer: f32) -> Option<Rect> {
        let at_edge = (AT_EDGE * longer).max(1.0) as usize;
        let all = || rows.iter().filter_map(|y| Some((*y, self.rows.get(*y)?)));
        let touches = all().any(|(_, r)| r.first().is_some_and(|d| *d <= at_edge));
        // From the edge inwards up to the first gap; what comes then stands on the page itself.
        let mut columns: Vec<usize> = all().flat_map(|(_, r)| r.iter().copied()).collect();
        columns.sort_unstable();
        columns.dedup();
        let across = (GAP_ACROSS * longer).max(1.0) as usize;
        let reach = columns.chunk_by(|a, b| b - a <= across).next()?.last().copied()? + 1;
        let inside: Vec<(usize, usize)> = all()
            .map(|(y, r)| (y, r.iter().filter(|d| **d < reach).count()))
            .filter(|(_, n)| *n > 0)
            .collect();
        let (top, bottom) = (inside.first()?.0, inside.last()?.0 + 1);
        let (height, width) = ((bottom - top) as f32, reach as f32);
        let filled = inside.iter().map(|(_, n)| *n as f32).sum::<f32>() / (height * width);
        let is_part = touches
            && HEIGHT.contains(&(height / longer))
            && (LEAST_WIDTH..=MOST_WIDTH).contains(&(width / longer))
            && FILLED.contains(&filled);
        is_part.then(|| Rect::new(0.0, top as f32, width, bottom as f32))
    }

    /// A part's rectangle as a quad in page pixels.
    fn in_page(&self, part: Rect, by: f32, frame: &Frame) -> Quad {
        let (left, right) = match self.side {
            Side::Left => (part.left, part.right),
            Side::Right => (self.width - part.right, self.width - part.left),
        };
        Quad::from_rect(left * by, part.top * by, right * by, part.bottom * by).map(|p| frame.unturned(p))
    }
}

#[cfg(test)]
mod tests {
    use image::{Rgb, RgbImage};

    use super::*;

    const RED: Rgb<u8> = Rgb([210, 40, 45]);

    /// A page of 800 × 1130 with a ring of 150 pixels around `center`, cut off by the page's edges.
    fn ringed(center: (f32, f32)) -> RgbImage {
        let mut page = RgbImage::from_pixel(800, 1130, Rgb([250; 3]));
        for (x, y, p) in page.enumerate_pixels_mut() {
            let (dx, dy) = (x as f32 - center.0, y as f32 - center.1);
            let from = dx.hypot(dy);
            let text = (45.0..60.0).contains(&from) && (x / 5 + y / 5) % 2 == 0;
            if (70.0..75.0).contains(&from) || text {
                *p = RED;
            }
        }
        page
    }

    fn found(page: &RgbImage, rotation: u16) -> Vec<EdgeSeal> {
        let frame = Frame::new(page.width(), page.height(), rotation, 0.0);
        edge_seals(&InkView::of(page, 12.0), page.dimensions(), &frame)
    }

    #[test]
    fn a_part_is_found_at_its_edge() {
        for (center, side) in
            [((800.0, 600.0), Side::Right), ((-20.0, 600.0), Side::Left), ((845.0, 600.0), Side::Right)]
        {
            let parts = found(&ringed(center), 0);
            assert_eq!(parts.len(), 1, "{center:?}");
            assert_eq!((parts[0].side, parts[0].color.as_str()), (side, "red"));
            let bounds = parts[0].quad.bounds();
            assert!((bounds.center().y - 600.0).abs() < 8.0, "{bounds:?}");
            assert!(bounds.height() > 100.0 && bounds.width() <= 85.0, "{bounds:?}");
        }
    }

    #[test]
    fn on_a_page_that_lies_on_its_side_the_edges_are_those_of_the_upright_page() {
        // A page turned 90° counter-clockwise: its upper edge is the upright page's right one.
        let upright = ringed((800.0, 600.0));
        let turned = image::imageops::rotate270(&upright);
        let parts = found(&turned, 90);
        assert_eq!(parts.len(), 1);
        assert_eq!(parts[0].side, Side::Right);
        let bounds = parts[0].quad.bounds();
        assert!(bounds.top < 8.0 && (bounds.center().x - 600.0).abs() < 8.0, "{bounds:?}");
    }

    #[test]
    fn whole_seals_rules_and_coloured_edges_are_none() {
        assert_eq!(found(&ringed((700.0, 600.0)), 0), []);
        let mut page = ringed((400.0, 600.0));
        for x in 0..800 {
            page.put_pixel(x, 300, RED);
            page.put_pixel(x, 301, RED);
        }
        for y in 400..560 {
            for x in 770..800 {
                page.put_pixel(x, y, RED);
            }
        }
        assert_eq!(found(&page, 0), []);
    }
}
