//! The row and column lines of a grid, put together from rules.
//!
//! Geometry only, in grid coordinates; which cells lie between them is for `grid` to say.

use crate::{
    geometry::{Point, Rect},
    numbers::clusters,
};

/// Rules closer than this many text heights are one line (double rules, both edges of a thick
/// one); no row of text fits in between.
pub(super) const SAME_LINE: f32 = 0.35;
/// Rules at least this share of the longest one's length are a table's own and no strokes (reasoned: a rule that
/// a seal crosses is read in two or three pieces).
const LONG: f32 = 0.3;
/// Rules of a table that are not one line stand at least this many text heights apart: a row of dense print has
/// 0.9 of the height of its text boxes (measured on a statement at 200 dpi); lines of a printed ground are closer.
const ROW: f32 = 0.7;
/// A side of a cell is drawn if rules cover at least this share of it: seals and characters
/// that cross a rule hide some of it.
pub(super) const DRAWN: f32 = 0.6;
/// A line that draws the side of a single cell must cover more of it: strokes of characters and
/// seals between two rules cover some.
pub(super) const DRAWN_ALONE: f32 = 0.9;
/// The edge of the paper goes on beyond a table by at least this many text heights: so much margin has any
/// print.
const PAPER_EDGE: f32 = 1.0;
/// Row lines that reach this many text heights beyond the outermost column line form open cells.
const OPEN_SIDE: f32 = 2.0;

/// A row or column line: its place and the stretches of it that are drawn, in grid coordinates.
#[derive(Debug, Clone)]
pub(super) struct GridLine {
    pub at: f32,
    pub drawn: Vec<(f32, f32)>,
}

impl GridLine {
    /// Whether most of the stretch between two crossing lines is drawn.
    pub fn is_drawn(&self, from: f32, to: f32, slack: f32) -> bool {
        self.drawn_share(from, to, slack) >= DRAWN
    }

    /// Share of the stretch between two crossing lines that is drawn.
    pub fn drawn_share(&self, from: f32, to: f32, slack: f32) -> f32 {
        let mut pieces: Vec<(f32, f32)> = self
            .drawn
            .iter()
            .map(|&(a, b)| {
                // Ends hidden by a crossing rule are granted to rules, not to short strokes.
                let slack = if b - a > 4.0 * slack { slack } else { 0.0 };
                ((a - slack).max(from), (b + slack).min(to))
            })
            .filter(|(a, b)| b > a)
            .collect();
        pieces.sort_by(|a, b| a.0.total_cmp(&b.0));
        let (mut covered, mut reached) = (0.0, from);
        for (a, b) in pieces {
            covered += (b - a.max(reached)).max(0.0);
            reached = reached.max(b);
        }
        if to > from { covered / (to - from) } else { 0.0 }
    }

    pub fn has_drawn_side(&self, crossing: &[GridLine], slack: f32) -> bool {
        let shares: Vec<f32> =
            crossing.windows(2).map(|pair| self.drawn_share(pair[0].at, pair[1].at, slack)).collect();
        let sides = shares.iter().filter(|&&s| s >= DRAWN).count();
        // In a table of one or two fields every line is alone.
        sides >= 2 || (sides == 1 && (shares.len() <= 2 || shares.iter().any(|&s| s >= DRAWN_ALONE)))
    }
}

/// Rules as grid lines, those at the same place taken together.
pub(super) fn grid_lines(
    rules: impl Iterator<Item = (Point, Point, Point)>,
    text_height: f32,
) -> Vec<GridLine> {
    // (middle, from, to) with the line's own coordinate in y.
    let rules: Vec<_> = rules.collect();
    let places: Vec<f32> = rules.iter().map(|(middle, _, _)| middle.y).collect();
    let lengths: Vec<f32> = rules.iter().map(|(_, from, to)| (to.x - from.x).max(1.0)).collect();
    let same = SAME_LINE * text_height;
    let long = LONG * lengths.iter().copied().fold(0.0, f32::max);
    clusters(&places, same)
        .into_iter()
        .flat_map(|members| {
            let firm: Vec<usize> = members.iter().copied().filter(|&i| lengths[i] >= long).collect();
            parted(&members, &firm, &places, ROW * text_height)
        })
        .map(|members| {
            let total: f32 = members.iter().map(|&i| lengths[i]).sum();
            let at = members.iter().map(|&i| places[i] * lengths[i]).sum::<f32>() / total.max(1.0);
            GridLine { at, drawn: members.iter().map(|&i| (rules[i].1.x, rules[i].2.x)).collect() }
        })
        .collect()
}

/// The members of a cluster at `places`, each with the nearest of its `firm` lines that stand more than `row`
/// apart: strokes of a seal between two rows of a table link the rules on both sides of them.
fn parted(members: &[usize], firm: &[usize], places: &[f32], row: f32) -> Vec<Vec<usize>> {
    let firm: Vec<f32> = firm.iter().map(|&i| places[i]).collect();
    let seeds: Vec<f32> = clusters(&firm, row)
        .into_iter()
        .map(|group| group.iter().map(|&i| firm[i]).sum::<f32>() / group.len().max(1) as f32)
        .collect();
    if seeds.len() < 2 {
        return vec![members.to_vec()];
    }
    let mut lines = vec![Vec::new(); seeds.len()];
    for &member in members {
        let off = |seed: &f32| (seed - places[member]).abs();
        let nearest = seeds.iter().enumerate().min_by(|a, b| off(a.1).total_cmp(&off(b.1)));
        lines[nearest.map_or(0, |(i, _)| i)].push(member);
    }
    lines
}

/// Drops outermost lines of `lines` that go on beyond the table at both ends, with no text between them and
/// the next line: edges of the paper, which rules and patterns of the ground reach. `text` is turned as the
/// lines are, these running down.
pub(super) fn drop_paper_edges(
    lines: &mut Vec<GridLine>,
    crossing: &[GridLine],
    text: &[Rect],
    text_height: f32,
) {
    let (Some(first), Some(last)) = (crossing.first().map(|l| l.at), crossing.last().map(|l| l.at)) else {
        return;
    };
    let beyond = |line: &GridLine| {
        let starts = line.drawn.iter().any(|d| d.0 < first - PAPER_EDGE * text_height);
        starts && line.drawn.iter().any(|d| d.1 > last + PAPER_EDGE * text_height)
    };
    let blank = |a: f32, b: f32| {
        let inside = |c: Point| c.x > a && c.x < b && c.y > first && c.y < last;
        !text.iter().any(|t| inside(t.center()))
    };
    // Of a table without rules at its sides most lines go on.
    if 2 * lines.iter().filter(|l| beyond(l)).count() > lines.len() {
        return;
    }
    while let [edge, next, _, ..] = lines.as_slice()
        && beyond(edge)
        && blank(edge.at, next.at)
    {
        lines.remove(0);
    }
    while let [.., _, next, edge] = lines.as_slice()
        && beyond(edge)
        && blank(next.at, edge.at)
    {
        lines.pop();
    }
}

/// Adds lines across the ends of `along` where most of these reach well beyond the outermost of
/// `across`: tables without rules at their sides.
pub(super) fn add_open_sides(along: &[GridLine], across: &mut Vec<GridLine>, text_height: f32) {
    let (Some(first), Some(last)) = (across.first().map(|l| l.at), across.last().map(|l| l.at)) else {
        return;
    };
    let reach = OPEN_SIDE * text_height;
    let starts = along.iter().map(|l| l.drawn.iter().map(|d| d.0).fold(f32::INFINITY, f32::min));
    let ends = along.iter().map(|l| l.drawn.iter().map(|d| d.1).fold(f32::NEG_INFINITY, f32::max));
    let before: Vec<f32> = starts.filter(|&s| s < first - reach).collect();
    let after: Vec<f32> = ends.filter(|&e| e > last + reach).collect();
    let mean = |v: &[f32]| v.iter().sum::<f32>() / v.len().max(1) as f32;
    if 2 * before.len() > along.len() {
        across.insert(0, GridLine { at: mean(&before), drawn: Vec::new() });
    }
    if 2 * after.len() > along.len() {
        across.push(GridLine { at: mean(&after), drawn: Vec::new() });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(y: f32, from: f32, to: f32) -> (Point, Point, Point) {
        (Point::new((from + to) / 2.0, y), Point::new(from, y), Point::new(to, y))
    }

    #[test]
    fn strokes_between_two_rules_do_not_make_them_one() {
        let seal = [6.0, 12.0].map(|y| line(100.0 + y, 600.0, 630.0));
        let rules = [line(100.0, 0.0, 900.0), line(118.0, 0.0, 580.0), line(118.5, 650.0, 900.0)];
        let lines = grid_lines(rules.into_iter().chain(seal), 20.0);
        let places: Vec<f32> = lines.iter().map(|l| l.at.round()).collect();
        assert_eq!(places, [100.0, 118.0]);
        assert_eq!(lines.iter().map(|l| l.drawn.len()).collect::<Vec<_>>(), [2, 3]);
    }

    #[test]
    fn both_edges_of_a_thick_rule_are_one_line() {
        let lines = grid_lines([line(100.0, 0.0, 900.0), line(106.0, 0.0, 900.0)].into_iter(), 20.0);
        assert_eq!(lines.len(), 1);
    }
}
