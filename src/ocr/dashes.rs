//! Dashes right of a text, the sign for "nothing" in forms and statements (`核定载质量 --`, `吨位 -`): the
//! detection network does not see most of them.
//!
//! Of the 108 dashes of the drawn development pages 5 are read without this and 45 with it and with what the
//! tables find in their cells; 16 other strokes are taken for dashes, of which 10 are marks of the height scale on Thai
//! identity cards and two a fraction's bar.

use image::RgbImage;

use super::{CharReading, TextLine, components, overprint::luminance};
use crate::{
    geometry::{Point, Quad},
    numbers::{histogram, percentile},
};

/// How far right of a text its row is looked at, in text heights.
const REACH: f32 = 40.0;
/// No nearer to the text than this, in text heights: its box may end within its last character.
const APART: f32 = 0.1;
/// Rows of pixels that a row of text is looked at in, at most.
const ROWS: f32 = 32.0;
/// Length of a dash in text heights (its box's, which is taller than the print) …
const LENGTH: std::ops::RangeInclusive<f32> = 0.15..=1.2;
/// … and thickness: guilloches are thinner. Three pixels are never too thick …
const THICKNESS: std::ops::RangeInclusive<f32> = 0.045..=0.2;
/// … how many times as long as thick it is at least …
const SLENDER: f32 = 2.0;
/// … its share of its box …
const SOLID: f32 = 0.65;
/// … and its distance from the row's middle, in text heights.
const OFF_MIDDLE: f32 = 0.25;
/// From this length on, in text heights, it is a dash as wide as a Chinese character.
const LONG: f32 = 0.7;
/// Ink is darker than the ground by this share of the text's contrast …
const INK: f32 = 0.5;
/// … and the faint print that a dash must not be a piece of, as of a guilloche, by this.
const FAINT: f32 = 0.25;
/// Text of less contrast, in gray levels, tells nothing about its dashes.
const LEAST_CONTRAST: f32 = 40.0;
/// The ground is judged over stretches of so many text heights.
const GROUND: f32 = 2.0;
/// Other ink so near, in text heights, makes it a piece of something …
const ALONE: f32 = 0.5;
/// … unless it is a rule that parts two cells, at most so wide …
const RULE: f32 = 0.3;
/// … or a speck below this area, in squared text heights.
const SPECK: f32 = 0.012;
/// Dashes this near to each other stand for one value; more than two are a dashed line or a leader.
const TOGETHER: f32 = 1.0;
/// Lines whose direction differs by less, in degrees, run side by side.
const SIDE_BY_SIDE: f32 = 6.0;
/// Lines so near, in text heights, tell how the row runs on.
const NEAR: f32 = 12.0;
/// Confidence given to a dash: its share among what is found, see above, without the scale's marks.
const CONFIDENCE: f32 = 0.9;

impl TextLine {
    /// A line of dashes that no network read: the signs from left to right with their places, in page pixels.
    pub fn of_dashes(dashes: &[(char, Quad)]) -> Self {
        let quad = dashes.iter().map(|d| d.1).reduce(|a, b| a.widened(&b)).unwrap_or_default();
        let of = |&(char, quad): &(char, Quad)| CharReading { char, quad, confidence: CONFIDENCE };
        Self {
            text: dashes.iter().map(|d| d.0).collect(),
            quad,
            confidence: CONFIDENCE,
            chars: dashes.iter().map(of).collect(),
            ..Self::default()
        }
    }
}

/// The dashes right of the `lines` of a `page`, as lines of one or two characters.
pub fn beside(page: &RgbImage, lines: &[TextLine]) -> Vec<TextLine> {
    let quads: Vec<Quad> = lines.iter().map(|l| l.quad).collect();
    (0..quads.len()).filter_map(|i| Row::after(&quads, i)).flat_map(|row| row.dashes(page)).collect()
}

/// The empty place right of a text.
struct Row {
    /// Middle of the text's left edge, and unit vectors along and across the row, in page pixels.
    start: Point,
    along: Point,
    across: Point,
    /// The text's length and height in pixels.
    text: f32,
    height: f32,
    /// Where the next text of the row starts, in pixels from `start`.
    end: f32,
}

impl Row {
    /// The place right of line `i`; `None` if there is none.
    fn after(quads: &[Quad], i: usize) -> Option<Self> {
        let quad = &quads[i];
        let (width, height) = (quad.width(), quad.height());
        if height < 6.0 || width < 0.8 * height {
            return None;
        }
        let (own, center) = (quad.angle(), quad.center());
        let turn = |q: &Quad| (q.angle() - own + 180.0).rem_euclid(360.0) - 180.0;
        let beside =
            |q: &&Quad| turn(q).abs() < SIDE_BY_SIDE && q.center().distance(center) < NEAR * height + width;
        // A short text's own direction is known least.
        let (sum, weight) = quads
            .iter()
            .filter(beside)
            .fold((0.0, 0.0), |(s, w), q| (s + turn(q) * q.width(), w + q.width()));
        let (sin, cos) = (own + sum / weight).to_radians().sin_cos();
        let [a, b, c, d] = quad.0;
        let mut row = Self {
            start: a.lerp(d, 0.5),
            along: Point::new(cos, sin),
            across: Point::new(-sin, cos),
            text: width,
            height,
            end: width + REACH * height,
        };
        // The direction is that of the neighbours: the row goes on from the text's end.
        let right = b.lerp(c, 0.5);
        row.start = Point::new(right.x - cos * width, right.y - sin * width);
        for (_, other) in quads.iter().enumerate().filter(|(k, _)| *k != i) {
            let place = other.map(|p| row.place(p)).bounds();
            if place.bottom > -0.3 * height && place.top < 0.3 * height && place.right > width + 0.2 * height
            {
                row.end = row.end.min(place.left);
            }
        }
        (row.end - width > LENGTH.start() * height + ALONE * height).then_some(row)
    }

    /// A point of the page seen from the row: how far along it, how far below its middle.
    fn place(&self, p: Point) -> Point {
        let (x, y) = (p.x - self.start.x, p.y - self.start.y);
        Point::new(x * self.along.x + y * self.along.y, x * self.across.x + y * self.across.y)
    }

    fn on_page(&self, x: f32, y: f32) -> Point {
        Point::new(
            self.start.x + x * self.along.x + y * self.across.x,
            self.start.y + x * self.along.y + y * self.across.y,
        )
    }

    /// Luminance from `from` to `to` along the row, a pixel each `step`: rows of the
    /// returned width. Ends where the page ends.
    fn levels(&self, page: &RgbImage, from: f32, to: f32, step: f32) -> (Vec<u8>, usize) {
        let rows = (self.height / step) as usize;
        let (width, height) = (page.width() as f32, page.height() as f32);
        let on_it = |p: Point| p.x >= 0.0 && p.y >= 0.0 && p.x < width && p.y < height;
        let asked = ((to - from) / step).max(0.0) as usize;
        let columns =
            (0..asked).find(|&x| !on_it(self.on_page(from + x as f32 * step, 0.0))).unwrap_or(asked);
        let mut out = Vec::with_capacity(rows * columns);
        for y in 0..rows {
            for x in 0..columns {
                let p = self.on_page(from + x as f32 * step, (y as f32 + 0.5) * step - self.height / 2.0);
                let at = |v: f32, size: f32| v.clamp(0.0, size - 1.0) as u32;
                out.push(luminance(page.get_pixel(at(p.x, width), at(p.y, height))));
            }
        }
        (out, columns)
    }

    fn dashes(&self, page: &RgbImage) -> Vec<TextLine> {
        let step = (self.height / ROWS).max(1.0);
        let (text, _) = self.levels(page, 0.0, self.text.min(20.0 * self.height), step);
        let text = histogram(text);
        let contrast = f32::from(percentile(&text, 0.8)) - f32::from(percentile(&text, 0.04));
        let from = self.text + APART * self.height;
        let (levels, columns) = self.levels(page, from, self.end, step);
        if contrast < LEAST_CONTRAST || columns == 0 {
            return Vec::new();
        }
        let strip = Strip { levels, columns, height: self.height / step, contrast };
        let place = |b: &Blob| {
            let (left, right) = (from + b.left as f32 * step, from + b.right as f32 * step);
            let middle = (b.top + b.bottom) as f32 / 2.0 * step - self.height / 2.0;
            let (top, bottom) = (middle - self.height / 2.0, middle + self.height / 2.0);
            Quad(
                [(left, top), (right, top), (right, bottom), (left, bottom)].map(|(x, y)| self.on_page(x, y)),
            )
        };
        let line = |dashes: &[Blob]| {
            let char = if dashes[0].length() >= LONG * strip.height { '—' } else { '-' };
            TextLine::of_dashes(&dashes.iter().map(|d| (char, place(d))).collect::<Vec<_>>())
        };
        strip.dashes().iter().map(|d| line(d)).collect()
    }
}

/// Connected ink: its box in pixels of a strip, ends exclusive, and its area.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Blob {
    left: usize,
    right: usize,
    top: usize,
    bottom: usize,
    area: usize,
}

impl Blob {
    fn length(&self) -> f32 {
        (self.right - self.left) as f32
    }

    fn thickness(&self) -> f32 {
        (self.bottom - self.top) as f32
    }

    fn joined(&self, other: &Blob) -> Blob {
        Blob {
            left: self.left.min(other.left),
            right: self.right.max(other.right),
            top: self.top.min(other.top),
            bottom: self.bottom.max(other.bottom),
            area: self.area + other.area,
        }
    }

    fn holds(&self, other: &Blob) -> bool {
        self.left <= other.left
            && self.right >= other.right
            && self.top <= other.top
            && self.bottom >= other.bottom
    }
}

/// A row's empty place in gray levels.
struct Strip {
    levels: Vec<u8>,
    columns: usize,
    /// Text height and the text's contrast.
    height: f32,
    contrast: f32,
}

impl Strip {
    /// Values of one or two dashes each, from left to right.
    fn dashes(&self) -> Vec<Vec<Blob>> {
        let rows = self.levels.len() / self.columns;
        let h = self.height;
        let (dashes, others): (Vec<Blob>, Vec<Blob>) =
            self.blobs(INK).into_iter().partition(|b| self.is_dash(b, rows));
        let counts = |b: &&Blob| {
            let (top, bottom) = (b.top == 0, b.bottom == rows);
            let rule = top && bottom && b.length() <= RULE * h;
            // What reaches in from the rows above and below.
            let reaching = (top || bottom) && b.thickness() < RULE * h;
            !rule && !reaching && b.area as f32 >= SPECK * h * h
        };
        let others: Vec<Blob> = others.iter().filter(counts).copied().collect();
        let near = |d: &Blob, o: &Blob| {
            o.right as f32 >= d.left as f32 - ALONE * h && o.left as f32 <= d.right as f32 + ALONE * h
        };
        let faint = if dashes.is_empty() { Vec::new() } else { self.blobs(FAINT) };
        let whole = |d: &Blob| {
            let is_its = |f: &&Blob| f.holds(d);
            faint.iter().filter(is_its).all(|f| {
                f.length() <= 1.5 * d.length() + 2.0
                    && f.thickness() <= 2.5 * d.thickness() + 2.0
                    && f.top > 0
                    && f.bottom < rows
            })
        };
        let mut alone: Vec<Blob> =
            dashes.into_iter().filter(|d| whole(d) && !others.iter().any(|o| near(d, o))).collect();
        alone.sort_by_key(|d| d.left);
        let mut values: Vec<Vec<Blob>> = Vec::new();
        for dash in alone {
            match values.last_mut() {
                Some(value)
                    if value.last().is_some_and(|l| dash.left as f32 - l.right as f32 <= TOGETHER * h) =>
                {
                    value.push(dash);
                }
                _ => values.push(vec![dash]),
            }
        }
        values.retain(|v| match v.as_slice() {
            [_] => true,
            [a, b] => (0.7..1.4).contains(&(a.length() / b.length())),
            _ => false,
        });
        values
    }

    fn is_dash(&self, b: &Blob, rows: usize) -> bool {
        let (length, thickness) = (b.length(), b.thickness());
        let middle = (b.top + b.bottom) as f32 / 2.0 - rows as f32 / 2.0;
        b.top > 0
            && b.bottom < rows
            && LENGTH.contains(&(length / self.height))
            && thickness >= THICKNESS.start() * self.height
            && thickness <= (THICKNESS.end() * self.height).max(3.0)
            && length >= SLENDER * thickness
            && b.area as f32 >= SOLID * length * thickness
            && middle.abs() <= OFF_MIDDLE * self.height
    }

    /// Connected pixels darker than the ground by this `share` of the text's contrast.
    fn blobs(&self, share: f32) -> Vec<Blob> {
        let mut ink = vec![false; self.levels.len()];
        let stretch = ((GROUND * self.height) as usize).max(1);
        for from in (0..self.columns).step_by(stretch) {
            let to = (from + stretch).min(self.columns);
            let part =
                || self.levels.chunks_exact(self.columns).flat_map(|row| row[from..to].iter().copied());
            let limit = f32::from(percentile(&histogram(part()), 0.5)) - share * self.contrast;
            for (row, inked) in self.levels.chunks_exact(self.columns).zip(ink.chunks_exact_mut(self.columns))
            {
                for (level, inked) in row[from..to].iter().zip(&mut inked[from..to]) {
                    *inked = f32::from(*level) <= limit;
                }
            }
        }
        // The outline holds the first and last pixel of each run.
        let blob = |outline: &[Point]| {
            outline
                .chunks_exact(2)
                .map(|run| {
                    let (left, right, top) = (run[0].x as usize, run[1].x as usize + 1, run[0].y as usize);
                    Blob { left, right, top, bottom: top + 1, area: right - left }
                })
                .reduce(|a, b| a.joined(&b))
        };
        components::find(&ink, self.columns).iter().filter_map(|c| blob(&c.outline)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::Rect;
    use image::Rgb;

    const TEXT: Rect = Rect { left: 20.0, top: 20.0, right: 120.0, bottom: 50.0 };

    /// A page with a line of text, and other ink.
    fn page(ink: &[Rect]) -> RgbImage {
        let holds = |r: &Rect, x: u32, y: u32| r.contains(Point::new(x as f32 + 0.5, y as f32 + 0.5));
        RgbImage::from_fn(600, 70, |x, y| {
            let of_text = holds(&TEXT, x, y) && x % 8 < 4 && (24..46).contains(&y);
            Rgb([if of_text || ink.iter().any(|r| holds(r, x, y)) { 30 } else { 240 }; 3])
        })
    }

    fn found(page: &RgbImage, more: &[Rect]) -> Vec<String> {
        let quads = [TEXT].iter().chain(more).map(|r| Quad::from(*r)).collect::<Vec<_>>();
        let lines: Vec<TextLine> =
            quads.iter().map(|q| TextLine { quad: *q, ..TextLine::default() }).collect();
        beside(page, &lines).into_iter().map(|l| l.text).collect()
    }

    fn dash(left: f32) -> Rect {
        Rect::new(left, 34.0, left + 9.0, 36.0)
    }

    #[test]
    fn one_or_two_dashes_stand_for_a_value() {
        assert_eq!(found(&page(&[dash(160.0)]), &[]), ["-"]);
        assert_eq!(found(&page(&[dash(160.0), dash(178.0), dash(300.0)]), &[]), ["--", "-"]);
        assert_eq!(found(&page(&[Rect::new(160.0, 34.0, 185.0, 36.0)]), &[]), ["—"]);
        // Rules that part cells.
        let rules = [140.0, 200.0].map(|x| Rect::new(x, 0.0, x + 2.0, 70.0));
        assert_eq!(found(&page(&[dash(160.0), rules[0], rules[1]]), &[]), ["-"]);
    }

    #[test]
    fn its_place_is_that_on_the_page() {
        let lines = [TextLine { quad: TEXT.into(), ..TextLine::default() }];
        let found = beside(&page(&[dash(160.0)]), &lines);
        let bounds = found[0].quad.bounds();
        assert!((bounds.left - 160.0).abs() <= 1.0 && (bounds.right - 169.0).abs() <= 1.0);
        assert!((bounds.center().y - 35.0).abs() <= 1.0 && found[0].chars.len() == 1);
    }

    #[test]
    fn leaders_pieces_and_patterns_are_no_dashes() {
        let leader: Vec<Rect> = (0..12).map(|i| dash(160.0 + 20.0 * i as f32)).collect();
        assert!(found(&page(&leader), &[]).is_empty());
        // A sign beside it, a line above the middle, a speck.
        assert!(found(&page(&[dash(160.0), Rect::new(172.0, 26.0, 180.0, 44.0)]), &[]).is_empty());
        assert!(found(&page(&[Rect::new(160.0, 24.0, 169.0, 26.0)]), &[]).is_empty());
        assert!(found(&page(&[Rect::new(160.0, 34.0, 163.0, 36.0)]), &[]).is_empty());
        // The dark piece of a faint line.
        let mut guilloche = page(&[dash(160.0)]);
        for x in 130..400 {
            for y in 34..36 {
                let pixel = guilloche.get_pixel_mut(x, y);
                pixel.0 = pixel.0.map(|v| v.min(170));
            }
        }
        assert!(found(&guilloche, &[]).is_empty());
        // Behind another text, that one's row is looked at.
        let next = Rect::new(200.0, 20.0, 300.0, 50.0);
        assert!(found(&page(&[dash(240.0)]), &[next]).is_empty());
    }
}
