//! Connected regions of a bit mask and the smallest rectangles around them.

use crate::geometry::{Point, Quad};

/// A connected region (8-neighbourhood).
pub struct Component {
    /// First and last pixel of each row of the region, as points: enough for its convex hull.
    pub outline: Vec<Point>,
}

/// Connected regions of `mask`, which has rows of `width` pixels.
///
/// Two passes over runs of set pixels with a union–find forest: the cost follows the number of
/// runs, not of pixels.
pub fn find(mask: &[bool], width: usize) -> Vec<Component> {
    struct Run {
        y: usize,
        from: usize,
        to: usize,
    }
    if width == 0 {
        return Vec::new();
    }
    let mut runs: Vec<Run> = Vec::new();
    let mut parent: Vec<usize> = Vec::new();
    let mut previous = 0..0;
    for (y, row) in mask.chunks_exact(width).enumerate() {
        let start = runs.len();
        let mut x = 0;
        while let Some(skip) = row[x..].iter().position(|&set| set) {
            let from = x + skip;
            let to = from + row[from..].iter().position(|&set| !set).unwrap_or(width - from);
            let id = runs.len();
            runs.push(Run { y, from, to: to - 1 });
            parent.push(id);
            for other in previous.clone() {
                let above: &Run = &runs[other];
                // Runs touch when they overlap or meet at a corner.
                if above.from <= to && above.to + 1 >= from {
                    let (a, b) = (root(&mut parent, other), root(&mut parent, id));
                    parent[a.max(b)] = a.min(b);
                }
            }
            x = to;
            if x >= width {
                break;
            }
        }
        previous = start..runs.len();
    }
    let mut index = vec![usize::MAX; runs.len()];
    let mut out: Vec<Component> = Vec::new();
    for (id, run) in runs.iter().enumerate() {
        let r = root(&mut parent, id);
        if index[r] == usize::MAX {
            index[r] = out.len();
            out.push(Component { outline: Vec::new() });
        }
        let outline = &mut out[index[r]].outline;
        outline.push(Point::new(run.from as f32, run.y as f32));
        outline.push(Point::new(run.to as f32, run.y as f32));
    }
    out
}

fn root(parent: &mut [usize], mut id: usize) -> usize {
    while parent[id] != id {
        parent[id] = parent[parent[id]];
        id = parent[id];
    }
    id
}

/// Convex hull (Andrew's monotone chain), counter-clockwise in a y-down frame's mirror; without
/// repeated points.
pub fn convex_hull(points: &[Point]) -> Vec<Point> {
    let mut p = points.to_vec();
    p.sort_by(|a, b| a.x.total_cmp(&b.x).then(a.y.total_cmp(&b.y)));
    p.dedup();
    if p.len() < 3 {
        return p;
    }
    let cross = |o: Point, a: Point, b: Point| (a.x - o.x) * (b.y - o.y) - (a.y - o.y) * (b.x - o.x);
    let half = |points: &mut dyn Iterator<Item = Point>| {
        let mut chain: Vec<Point> = Vec::new();
        for q in points {
            while chain.len() >= 2 && cross(chain[chain.len() - 2], chain[chain.len() - 1], q) <= 0.0 {
                chain.pop();
            }
            chain.push(q);
        }
        chain.pop();
        chain
    };
    let mut hull = half(&mut p.iter().copied());
    hull.extend(half(&mut p.iter().rev().copied()));
    hull
}

/// The rectangle of least area around the points (rotating calipers over the hull's edges), its
/// first corner the upper left one and its first edge the one nearest to horizontal. `None`
/// without points.
pub fn min_area_rect(points: &[Point]) -> Option<Quad> {
    let hull = convex_hull(points);
    let first = *hull.first()?;
    let mut best: Option<(f32, Quad)> = None;
    for i in 0..hull.len() {
        let (a, b) = (hull[i], hull[(i + 1) % hull.len()]);
        let length = a.distance(b);
        if length < 1e-6 {
            continue;
        }
        let (ux, uy) = ((b.x - a.x) / length, (b.y - a.y) / length);
        let mut span = [f32::MAX, f32::MIN, f32::MAX, f32::MIN];
        for p in &hull {
            let (u, v) = (p.x * ux + p.y * uy, p.y * ux - p.x * uy);
            span = [span[0].min(u), span[1].max(u), span[2].min(v), span[3].max(v)];
        }
        let area = (span[1] - span[0]) * (span[3] - span[2]);
        if best.as_ref().is_none_or(|(least, _)| area < *least) {
            let at = |u: f32, v: f32| Point::new(u * ux - v * uy, u * uy + v * ux);
            let quad = Quad([
                at(span[0], span[2]),
                at(span[1], span[2]),
                at(span[1], span[3]),
                at(span[0], span[3]),
            ]);
            best = Some((area, quad));
        }
    }
    let quad = best.map_or(Quad([first; 4]), |(_, q)| q);
    // Of the four ways to number the corners, the one whose first edge points most to the right.
    (0..4).map(|i| quad.rolled(i)).min_by(|p, q| p.angle().abs().total_cmp(&q.angle().abs()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mask(rows: &[&str]) -> (Vec<bool>, usize) {
        (rows.concat().chars().map(|c| c == '#').collect(), rows[0].len())
    }

    #[test]
    fn regions_join_over_corners_and_forks() {
        let (m, w) = mask(&["#..#....", ".##....#", "#......#", "#######."]);
        let found = find(&m, w);
        assert_eq!(found.len(), 1);
        let (m, w) = mask(&["##..##", "......", "#....#"]);
        assert_eq!(find(&m, w).len(), 4);
        assert!(find(&[], 0).is_empty());
        let (m, w) = mask(&["#.#", "###", "..."]);
        assert_eq!(find(&m, w).len(), 1);
    }

    #[test]
    fn the_least_rectangle_follows_a_tilted_bar() {
        let points: Vec<_> = (0..50)
            .flat_map(|i| {
                let (x, y) = (i as f32 * 2.0, i as f32 * 0.5);
                [Point::new(x, y), Point::new(x - 2.0, y + 8.0)]
            })
            .collect();
        let r = min_area_rect(&points).unwrap();
        assert!((r.angle() - 14.04).abs() < 0.5, "{}", r.angle());
        assert!((r.height() - 8.25).abs() < 0.5 && r.width() > 98.0);
        assert!(min_area_rect(&[]).is_none());
        assert_eq!(min_area_rect(&[Point::new(3.0, 4.0)]).unwrap().area(), 0.0);
    }
}
