//! Blank strips between the lines of a page, along which it may be cut into documents. Geometry only.

use crate::{
    geometry::{Point, Quad},
    structure::PageStructure,
};

/// Cuts tried along each axis: the widest blank strips. Sheets of six documents need one or two.
const CUTS: usize = 8;
/// Degrees by which a strip may be slanted: documents laid side by side by hand lie askew, receipts pasted on a
/// sheet by six degrees and more. Reasoned; of 152 documents on sheets put together from single pages the first
/// five find one to three more.
const SLANTS: [f32; 7] = [0.0, -1.5, 1.5, -3.0, 3.0, -6.0, 6.0];

/// The widest blank strips across some lines, level or slanted a little, each with its width in
/// pixels and the lines on its two sides.
pub(super) fn strips(page: &PageStructure, lines: &[usize]) -> Vec<(f32, Vec<usize>, Vec<usize>)> {
    let boxes: Vec<(usize, Quad)> =
        lines.iter().filter_map(|&i| Some((i, page.lines.get(i)?.quad))).collect();
    let mut cuts = Vec::new();
    for sideways in [false, true] {
        let mut gaps: Vec<(f32, Vec<usize>)> = Vec::new();
        for degrees in SLANTS {
            let slant = degrees.to_radians().tan();
            let place = |p: &Point| if sideways { p.x + slant * p.y } else { p.y + slant * p.x };
            let mut ranges: Vec<(f32, f32, usize)> = boxes
                .iter()
                .map(|(i, quad)| {
                    let places = quad.0.each_ref().map(place);
                    (
                        places.iter().copied().fold(f32::MAX, f32::min),
                        places.iter().copied().fold(f32::MIN, f32::max),
                        *i,
                    )
                })
                .collect();
            ranges.sort_by(|a, b| a.0.total_cmp(&b.0));
            let mut reach = f32::MAX;
            for (nth, (from, to, _)) in ranges.iter().enumerate() {
                if *from > reach {
                    let mut first: Vec<usize> = ranges.iter().take(nth).map(|r| r.2).collect();
                    first.sort_unstable();
                    gaps.push((from - reach, first));
                }
                reach = if reach == f32::MAX { *to } else { reach.max(*to) };
            }
        }
        gaps.sort_by(|a, b| b.0.total_cmp(&a.0));
        let mut tried: Vec<(f32, Vec<usize>)> = Vec::new();
        for (width, first) in gaps {
            if tried.len() < CUTS && tried.iter().all(|t| t.1 != first) {
                tried.push((width, first));
            }
        }
        for (width, first) in tried {
            let second = boxes.iter().map(|b| b.0).filter(|i| first.binary_search(i).is_err()).collect();
            cuts.push((width, first, second));
        }
    }
    cuts
}
