//! The document frame: lines turned upright and levelled, so that "right of" and "below" mean
//! along the axes whatever the rotation and tilt of the page.
//!
//! Works from the lines' quads alone; knows no kind.

use crate::{
    classify::fold::fold,
    geometry::{Homography, Point, Quad, Rect},
    numbers::median,
    ocr::TextLine,
    structure::bend::Bend,
};

/// Lines shorter than this many times their height say too little about the direction.
const LONG: f32 = 2.5;

/// One character in the frame.
#[derive(Debug, Clone)]
pub struct Glyph {
    pub char: char,
    /// Its form for matching; `None` for spaces and punctuation.
    pub folded: Option<char>,
    /// In the frame.
    pub rect: Rect,
    pub quad_in_page: Quad,
    /// 0..1.
    pub confidence: f32,
}

/// One text line in the frame.
#[derive(Debug, Clone)]
pub struct FrameLine {
    /// Index into the page's lines.
    pub index: usize,
    pub rect: Rect,
    /// Runs downwards while the document runs to the right.
    pub vertical: bool,
    pub glyphs: Vec<Glyph>,
    /// The characters that count in matching, each with its glyph.
    pub letters: Vec<(char, usize)>,
    pub confidence: f32,
    /// The line's next neighbour to the right on the same row, if any.
    pub right: Option<usize>,
    /// For text written downwards, box by box: the next box below, if any.
    pub down: Option<usize>,
}

impl FrameLine {
    /// Height of a character.
    pub fn size(&self) -> f32 {
        if self.vertical { self.rect.width() } else { self.rect.height() }
    }

    pub fn text(&self) -> String {
        self.glyphs.iter().map(|g| g.char).collect()
    }
}

/// A stretch of a line, by glyph indexes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    /// Index into [`Frame::lines`].
    pub line: usize,
    pub from: usize,
    /// Exclusive.
    pub to: usize,
}

impl Span {
    pub fn overlaps(&self, other: &Span) -> bool {
        self.line == other.line && self.from < other.to && other.from < self.to
    }
}

/// The lines of one document in its own upright frame. Units are about page pixels.
#[derive(Debug, Clone)]
pub struct Frame {
    pub lines: Vec<FrameLine>,
    /// Around all lines, in the frame.
    pub bounds: Rect,
    to_page: Homography,
    to_frame: Homography,
    /// What flattens bent paper, after `to_frame`.
    bend: Option<Bend>,
    /// Direction of the text on the page, in degrees.
    turn: f32,
    /// Long lines that run in this direction.
    pub directed: usize,
}

impl Frame {
    /// The frame of some lines of a page: `indexes` into `lines`. `rotation` (degrees clockwise
    /// that turn the page upright) counts only where no line tells a direction.
    pub fn of_lines(lines: &[TextLine], indexes: &[usize], rotation: u16) -> Self {
        let chosen: Vec<(usize, &TextLine)> = indexes
            .iter()
            .filter_map(|&i| Some((i, lines.get(i)?)))
            .filter(|(_, l)| !l.text.is_empty())
            .collect();
        let (turn, directed) = direction(&chosen).unwrap_or((-f32::from(rotation), 0));
        let rotate = rotation_by(-turn);
        let level = levelling(&chosen, &rotate, turn);
        let to_frame = level.after(&rotate);
        let to_page = to_frame.inverse().unwrap_or(Homography::IDENTITY);
        let nearly_level = |l: &&TextLine| turned(l.quad.angle(), turn).abs() < 15.0;
        let level = chosen.iter().map(|(_, l)| *l).filter(nearly_level);
        let bend = Bend::of_text(level.map(|l| l.quad.map(|p| to_frame.apply(p))));
        let place = |p: Point| in_frame(&to_frame, bend.as_ref(), p);
        let mut framed: Vec<FrameLine> =
            chosen.iter().map(|(i, l)| frame_line(*i, l, &place, turn)).collect();
        link_neighbours(&mut framed);
        let bounds = framed.iter().map(|l| l.rect).reduce(|a, b| a.union(&b)).unwrap_or_default();
        Self { lines: framed, bounds, to_page, to_frame, bend, turn, directed }
    }

    /// A rectangle of the frame as a quad of the page.
    pub fn quad_in_page(&self, rect: Rect) -> Quad {
        let bent = |p: Point| self.bend.as_ref().map_or(p, |b| b.bent(p));
        Quad::from(rect).map(|p| self.to_page.apply(bent(p)))
    }

    /// A quad of the page, its corners numbered from the text's own upper left.
    pub fn along_text(&self, quad: &Quad) -> Quad {
        let level = |i: &usize| {
            let [a, b, ..] = quad.rolled(*i).0.map(|p| self.point(p));
            (b.y - a.y).atan2(b.x - a.x).abs()
        };
        let best = (0..4).min_by(|i, j| level(i).total_cmp(&level(j)));
        quad.rolled(best.unwrap_or_default())
    }

    /// Where a point of the page lies in the frame.
    pub fn point(&self, in_page: Point) -> Point {
        in_frame(&self.to_frame, self.bend.as_ref(), in_page)
    }

    /// The map from the frame to the page, but for what bends the paper.
    pub fn to_page(&self) -> &Homography {
        &self.to_page
    }

    /// Degrees from the direction of the other frame's text to that of this one's.
    pub fn turned_against(&self, other: &Frame) -> f32 {
        turned(self.turn, other.turn)
    }

    pub fn glyphs(&self, span: &Span) -> &[Glyph] {
        self.lines.get(span.line).and_then(|l| l.glyphs.get(span.from..span.to)).unwrap_or_default()
    }

    pub fn span_rect(&self, span: &Span) -> Rect {
        self.glyphs(span).iter().map(|g| g.rect).reduce(|a, b| a.union(&b)).unwrap_or_default()
    }

    pub fn span_text(&self, span: &Span) -> String {
        self.glyphs(span).iter().map(|g| g.char).collect()
    }

    /// The page quad around a span: from the first to the last character of the line.
    pub fn span_quad(&self, span: &Span) -> Option<Quad> {
        match self.glyphs(span) {
            [] => None,
            [one] => Some(one.quad_in_page),
            [first, .., last] => {
                let ([a, _, _, d], [_, b, c, _]) = (first.quad_in_page.0, last.quad_in_page.0);
                let vertical = self.lines.get(span.line).is_some_and(|l| l.vertical);
                if vertical {
                    let all: Vec<Quad> = self.glyphs(span).iter().map(|g| g.quad_in_page).collect();
                    Quad::around(&all)
                } else {
                    Some(Quad([a, b, c, d]))
                }
            }
        }
    }

    /// Typical height of a character: the median over the lines.
    pub fn line_height(&self) -> f32 {
        median(self.lines.iter().map(FrameLine::size)).unwrap_or(1.0).max(1.0)
    }
}

/// Where a point of the page lies in a frame.
fn in_frame(to_frame: &Homography, bend: Option<&Bend>, in_page: Point) -> Point {
    let p = to_frame.apply(in_page);
    bend.map_or(p, |b| b.flat(p))
}

fn rotation_by(degrees: f32) -> Homography {
    let (s, c) = f64::from(degrees).to_radians().sin_cos();
    Homography([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]])
}

/// Smallest signed difference of two angles, in degrees.
fn turned(a: f32, b: f32) -> f32 {
    (a - b + 540.0).rem_euclid(360.0) - 180.0
}

/// The direction in which most characters run, in degrees, with how many long lines run so; `None`
/// if no line tells.
fn direction(lines: &[(usize, &TextLine)]) -> Option<(f32, usize)> {
    let votes: Vec<(f32, f32)> = lines
        .iter()
        .filter(|(_, l)| l.quad.width() > LONG * l.quad.height())
        .map(|(_, l)| (l.quad.angle(), l.quad.width() / l.quad.height().max(1.0)))
        .collect();
    // Perspective spreads the lines of one document over a few degrees.
    let near = |a: f32| votes.iter().filter(move |(b, _)| turned(*b, a).abs() < 15.0);
    let weight = |a: f32| near(a).map(|(_, w)| w).sum::<f32>();
    let best = votes.iter().map(|v| v.0).max_by(|a, b| weight(*a).total_cmp(&weight(*b)))?;
    let mean = near(best).map(|(b, w)| turned(*b, best) * w).sum::<f32>() / weight(best).max(f32::EPSILON);
    Some((best + mean, near(best).count()))
}

/// Levels lines whose slope changes over the document, as under perspective: the slope at height
/// `y` is fitted as `a + c·y` and undone by the projective map that makes such lines level.
fn levelling(lines: &[(usize, &TextLine)], rotate: &Homography, turn: f32) -> Homography {
    let mut slopes: Vec<Slope> = lines
        .iter()
        .filter(|(_, l)| l.quad.width() > LONG * l.quad.height() && turned(l.quad.angle(), turn).abs() < 15.0)
        .map(|(_, l)| {
            let quad = l.quad.map(|p| rotate.apply(p));
            let (center, tilt) = (quad.center(), f64::from(quad.angle()).to_radians().tan());
            Slope { x: center.x.into(), y: center.y.into(), tilt, weight: quad.width().into() }
        })
        .collect();
    // Two parameters from fewer lines would follow the noise of single boxes.
    if slopes.len() < 5 {
        return Homography::IDENTITY;
    }
    let mut fit = (0.0, 0.0);
    for _ in 0..3 {
        fit = fit_line(&slopes);
        let residual = |s: &Slope| (s.tilt - fit.0 - fit.1 * s.y).abs();
        let mut sizes: Vec<f64> = slopes.iter().map(residual).collect();
        sizes.sort_by(f64::total_cmp);
        // Twice the median residual: keeps at least half of the lines.
        let limit = 2.0 * sizes.get(sizes.len() / 2).copied().unwrap_or(0.0) + 1e-4;
        slopes.retain(|s| residual(s) <= limit);
    }
    let (a, c) = fit;
    let weight: f64 = slopes.iter().map(|s| s.weight).sum();
    let xc = slopes.iter().map(|s| s.x * s.weight).sum::<f64>() / weight.max(1e-9);
    // x' = xc + (x-xc)/w, y' = (y - a(x-xc))/w with w = 1 + c(x-xc).
    let w0 = 1.0 - c * xc;
    Homography([[1.0 + xc * c, 0.0, -xc * xc * c], [-a, 1.0, a * xc], [c, 0.0, w0]])
}

/// The tilt (dy by dx) of a line at its centre, weighted by its length.
struct Slope {
    x: f64,
    y: f64,
    tilt: f64,
    weight: f64,
}

/// Weighted least squares of tilt over y: (intercept, gradient).
fn fit_line(slopes: &[Slope]) -> (f64, f64) {
    let sum = |f: &dyn Fn(&Slope) -> f64| slopes.iter().map(|s| s.weight * f(s)).sum::<f64>();
    let weight = sum(&|_| 1.0).max(1e-9);
    let (y, tilt) = (sum(&|s| s.y) / weight, sum(&|s| s.tilt) / weight);
    let spread = sum(&|s| (s.y - y).powi(2));
    if spread < 1e-6 {
        return (tilt, 0.0);
    }
    let gradient = sum(&|s| (s.y - y) * (s.tilt - tilt)) / spread;
    (tilt - gradient * y, gradient)
}

fn frame_line(index: usize, line: &TextLine, place: &impl Fn(Point) -> Point, turn: f32) -> FrameLine {
    let count = line.text.chars().count();
    let quad = line.quad;
    let across = turned(quad.angle(), turn).abs();
    let tall = quad.height() > 1.5 * quad.width() && across < 45.0;
    let vertical = count > 1 && (tall || (45.0..=135.0).contains(&across));
    let told = line.chars.len() == count;
    let shares = if told { Vec::new() } else { shares(&line.text) };
    let glyphs = line.text.chars().enumerate().map(|(i, char)| {
        let (quad_in_page, confidence) = match line.chars.get(i).filter(|_| told) {
            Some(reading) => (reading.quad, reading.confidence),
            None => {
                let (from, to) = shares.get(i).copied().unwrap_or((0.0, 1.0));
                let piece =
                    if tall { quad.rolled(1).slice(from, to).rolled(3) } else { quad.slice(from, to) };
                (piece, line.confidence)
            }
        };
        let rect = quad_in_page.map(place).bounds();
        Glyph { char, folded: fold(char), rect, quad_in_page, confidence }
    });
    let glyphs: Vec<Glyph> = glyphs.collect();
    let rect = level_rect(&quad.map(place));
    let letters = glyphs.iter().enumerate().filter_map(|(i, g)| Some((g.folded?, i))).collect();
    FrameLine { index, rect, vertical, glyphs, letters, confidence: line.confidence, right: None, down: None }
}

/// The rectangle of a nearly level quad, without the height that a remaining slope adds.
fn level_rect(quad: &Quad) -> Rect {
    let [a, b, c, d] = quad.0;
    let bounds = quad.bounds();
    // A quad that stands on end has no upper edge to level by.
    let on_end = (b.y - a.y).abs() > (b.x - a.x).abs();
    if bounds.width() < bounds.height() || on_end {
        return bounds;
    }
    let (y0, y1) = ((a.y + b.y) / 2.0, (c.y + d.y) / 2.0);
    Rect::new(bounds.left, y0.min(y1), bounds.right, y0.max(y1))
}

/// Start and end of each character as fractions of the line, from typical widths.
fn shares(text: &str) -> Vec<(f32, f32)> {
    // Half-width characters take about 0.55 of a full-width one in common fonts.
    let width = |c: char| {
        if c.is_ascii_whitespace() {
            0.4
        } else if c.is_ascii() {
            0.55
        } else {
            1.0
        }
    };
    let total: f32 = text.chars().map(width).sum();
    let mut at = 0.0;
    text.chars()
        .map(|c| {
            let from = at;
            at += width(c) / total.max(0.1);
            (from, at)
        })
        .collect()
}

/// Whether two lines stand on the same row: they share half of the lower one's height.
pub fn same_row(a: &Rect, b: &Rect) -> bool {
    let shared = a.bottom.min(b.bottom) - a.top.max(b.top);
    shared > 0.5 * a.height().min(b.height())
}

fn link_neighbours(lines: &mut [FrameLine]) {
    let rects: Vec<(Rect, bool)> = lines.iter().map(|l| (l.rect, l.vertical)).collect();
    let upright: Vec<bool> = lines.iter().map(|l| l.vertical || l.glyphs.len() == 1).collect();
    for (i, line) in lines.iter_mut().enumerate() {
        if upright.get(i).copied().unwrap_or(false) {
            let (rect, size) = (line.rect, line.rect.width());
            let below = rects.iter().enumerate().filter(|(j, (r, _))| {
                let gap = r.top - rect.bottom;
                let alike = r.width() > 0.6 * size && r.width() < 1.6 * size;
                *j != i
                    && upright.get(*j) == Some(&true)
                    && alike
                    && gap > -0.5 * size
                    && gap < 3.5 * size
                    && (r.center().x - rect.center().x).abs() < 0.6 * size
            });
            line.down = below.min_by(|a, b| a.1.0.top.total_cmp(&b.1.0.top)).map(|(j, _)| j);
        }
        if line.vertical {
            continue;
        }
        line.right = rects
            .iter()
            .enumerate()
            .filter(|(j, (r, vertical))| {
                *j != i
                    && !vertical
                    && r.center().x > line.rect.right.min(line.rect.center().x + line.rect.height())
                    && r.left > line.rect.center().x
                    && same_row(r, &line.rect)
            })
            .min_by(|a, b| a.1.0.left.total_cmp(&b.1.0.left))
            .map(|(j, _)| j);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str, quad: Quad) -> TextLine {
        TextLine { text: text.into(), quad, confidence: 0.9, ..TextLine::default() }
    }

    /// A form of three rows seen under rotation and perspective.
    fn page(view: impl Fn(Point) -> Point) -> Vec<TextLine> {
        let rows = [
            (0.0, "姓名示例文字"),
            (100.0, "住址示例文字"),
            (200.0, "号码示例文字"),
            (300.0, "签发机关文字"),
        ];
        let place = |x: f32, y: f32| Quad::from_rect(x, y, x + 200.0, y + 30.0).map(&view);
        rows.iter().flat_map(|(y, t)| [line(t, place(0.0, *y)), line(t, place(400.0, *y))]).collect()
    }

    #[test]
    fn rotated_and_tilted_rows_come_out_level() {
        let upright = Quad::from_rect(0.0, 0.0, 600.0, 600.0);
        for (quarter, lean) in [(0, 0.0), (1, 0.0), (2, 0.0), (3, 0.0), (0, 40.0), (1, 40.0)] {
            let mut seen = Quad::from_rect(100.0, 100.0, 700.0, 700.0);
            seen.0[1].y += lean;
            seen.0[2].y -= lean;
            let view = Homography::between(&upright, &seen.rolled(quarter)).expect("in general position");
            let lines = page(|p| view.apply(p));
            let frame = Frame::of_lines(&lines, &(0..lines.len()).collect::<Vec<_>>(), 0);
            for pair in frame.lines.chunks(2) {
                let [a, b] = pair else { panic!("pairs of lines") };
                let drift = (a.rect.center().y - b.rect.center().y).abs();
                assert!(drift < 0.2 * a.rect.height(), "quarter {quarter}, lean {lean}: {drift}");
                assert!(a.rect.right < b.rect.left);
            }
            assert_eq!(frame.lines[0].right, Some(1));
        }
    }

    #[test]
    fn upright_columns_are_vertical_lines() {
        let lines = vec![
            line("示例文字一行", Quad::from_rect(100.0, 0.0, 400.0, 40.0)),
            line("购买方", Quad::from_rect(0.0, 0.0, 30.0, 120.0)),
        ];
        let frame = Frame::of_lines(&lines, &[0, 1], 0);
        assert!(!frame.lines[0].vertical && frame.lines[1].vertical);
        assert!(frame.lines[1].glyphs[2].rect.top > 70.0);
    }

    #[test]
    fn rows_of_bent_paper_stay_rows() {
        let curved = |p: Point| Point::new(p.x, p.y + 60.0 * (p.x / 1000.0 * std::f32::consts::PI).sin());
        let place = |i: usize| {
            let (x, y) = (250.0 * (i % 4) as f32, 36.0 * (i / 4) as f32);
            Quad::from_rect(x, y, x + 180.0, y + 24.0).map(curved)
        };
        let lines: Vec<TextLine> = (0..48).map(|i| line("单价与数量金额", place(i))).collect();
        let frame = Frame::of_lines(&lines, &(0..48).collect::<Vec<_>>(), 0);
        for (i, line) in frame.lines.iter().enumerate() {
            assert_eq!(line.right, (i % 4 < 3).then_some(i + 1), "{i}");
            assert!(frame.quad_in_page(line.rect).iou(&lines[i].quad) > 0.8, "{i}");
        }
    }
}
