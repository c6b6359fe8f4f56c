//! How far rows and columns of a table without rules lean on a photographed page.
//!
//! Rules tell that by themselves; here only the text does: rows by the middles of their pieces,
//! columns by the lean under which the text leaves the widest blanks between them.

use crate::{
    geometry::{Point, Rect},
    structure::rectifier::Rectifier,
};

/// Fewer rows do not show how their columns lean.
const LEAST_ROWS: usize = 4;
/// Leans that are tried: up to six percent either way (perspective of a page held askew), and as
/// much more or less at the block's sides.
const STEP: f32 = 0.01;
const STEPS: i32 = 6;
/// A lean must leave this share less of the width covered than none does.
const LEAST_GAIN: f32 = 0.02;

/// What straightens the rows of `boxes` (upright frame), which members form each row.
pub fn of_rows(boxes: &[Rect], rows: &[Vec<usize>]) -> Rectifier {
    let members = || rows.iter().flatten().filter_map(|&i| boxes.get(i));
    let Some(bounds) = members().copied().reduce(|a, b| a.union(&b)) else { return Rectifier::default() };
    let center = bounds.center();
    let slopes: Vec<_> = rows.iter().filter_map(|row| slope(boxes, row)).collect();
    let level = Rectifier::of_text(center, &slopes, (0.0, 0.0));
    if rows.len() < LEAST_ROWS {
        return level;
    }
    let level_boxes: Vec<Rect> = members().map(|b| level.placed(b)).collect();
    let half = (bounds.width() / 2.0).max(1.0);
    let covered = |lean: (f32, f32)| covered(&level_boxes, center, lean);
    let none = covered((0.0, 0.0));
    let least = |leans: Vec<(f32, f32)>, known: ((f32, f32), f32)| {
        let tried = leans.into_iter().map(|lean| (lean, covered(lean)));
        tried.fold(known, |best, found| if found.1 < best.1 { found } else { best })
    };
    let steps = || (-STEPS..=STEPS).map(|i| i as f32 * STEP);
    let all = steps().flat_map(|constant| steps().map(move |growth| (constant, growth / half))).collect();
    let coarse = least(all, ((0.0, 0.0), none * (1.0 - LEAST_GAIN)));
    let ((constant, growth), _) = coarse;
    let (half_step, half_growth) = (0.5 * STEP, 0.5 * STEP / half);
    let around = vec![
        (constant - half_step, growth),
        (constant + half_step, growth),
        (constant, growth - half_growth),
        (constant, growth + half_growth),
    ];
    let best = least(around, coarse);
    Rectifier::of_text(center, &slopes, best.0)
}

/// A row's middle height, its slope and its weight (its length).
fn slope(boxes: &[Rect], row: &[usize]) -> Option<(f32, f32, f32)> {
    let middles: Vec<Point> = row.iter().filter_map(|&i| boxes.get(i)).map(Rect::center).collect();
    let count = middles.len() as f32;
    if middles.len() < 3 {
        return None;
    }
    let x = middles.iter().map(|p| p.x).sum::<f32>() / count;
    let y = middles.iter().map(|p| p.y).sum::<f32>() / count;
    let spread: f32 = middles.iter().map(|p| (p.x - x).powi(2)).sum();
    let shared: f32 = middles.iter().map(|p| (p.x - x) * (p.y - y)).sum();
    (spread > 1.0).then(|| (y, shared / spread, spread.sqrt()))
}

/// Length of x that the boxes cover once columns of this lean are upright.
fn covered(boxes: &[Rect], center: Point, lean: (f32, f32)) -> f32 {
    let mut stretches: Vec<(f32, f32)> = boxes
        .iter()
        .map(|b| {
            let p = b.center();
            let by = (lean.0 + lean.1 * (p.x - center.x)) * (p.y - center.y);
            (b.left - by, b.right - by)
        })
        .collect();
    stretches.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (mut sum, mut reached) = (0.0, f32::NEG_INFINITY);
    for (from, to) in stretches {
        sum += (to - from.max(reached)).max(0.0);
        reached = reached.max(to);
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leaning_columns_and_sloping_rows_come_out_straight() {
        let mut boxes = Vec::new();
        let mut rows = Vec::new();
        for r in 0..10 {
            rows.push((0..5).map(|c| r * 5 + c).collect());
            for c in 0..5 {
                let (x, y) = (100.0 + 120.0 * c as f32, 100.0 + 40.0 * r as f32);
                let (x, y) = (x + 0.05 * (y - 280.0), y + 0.02 * (x - 340.0));
                boxes.push(Rect::new(x, y, x + 90.0, y + 20.0));
            }
        }
        let found = of_rows(&boxes, &rows);
        for r in 0..10 {
            for c in 0..5 {
                let (b, first) = (found.placed(&boxes[r * 5 + c]), found.placed(&boxes[c]));
                assert!((b.left - first.left).abs() < 5.0, "{r} {c}: {b:?} {first:?}");
                assert!((b.top - found.placed(&boxes[r * 5]).top).abs() < 2.0);
            }
        }
        let straight: Vec<Rect> = (0..50)
            .map(|i| {
                Rect::new(
                    120.0 * (i % 5) as f32,
                    40.0 * (i / 5) as f32,
                    120.0 * (i % 5) as f32 + 90.0,
                    40.0 * (i / 5) as f32 + 20.0,
                )
            })
            .collect();
        let p = Point::new(10.0, 300.0);
        assert_eq!(of_rows(&straight, &rows).grid(p), p);
        assert_eq!(of_rows(&[], &[]), Rectifier::default());
    }
}
