//! What seals say: the text along the rim, along the lower rim, and in lines inside.
//!
//! Cuts the strips and puts the answers together; the reading itself is the caller's.

use std::ops::Range;

use image::{GrayImage, RgbImage};

use crate::{
    geometry::Point,
    ocr::TextLine,
    structure::{
        Seal, SealShape,
        seal_chars::{Placed, is_han, text_of},
        seal_colors::{Ink, SealColor},
        seal_inside::{Within, inner_lines, is_number},
        seal_plane::{InkPlane, RIM_SLACK},
        seal_turn::{Round, SPECKS, Turn},
        seal_unroll::{Axes, Way, Wobble, unroll},
    },
};

/// Reads strips of one line each; the answers in the strips' order, quads in strip pixels.
pub type ReadStrips<'a> = dyn FnMut(&[RgbImage]) -> Vec<TextLine> + 'a;

/// Rows of the first, coarse strip over the outer part of the seal.
const ROWS: u32 = 64;
/// That strip reaches from the rim this share of the short half axis inwards: half way, where
/// stars and inner lines begin.
const DEPTH: f32 = 0.58;
/// A first one reaches this share outwards too, to see how the rim wavers.
const OUTSIDE: f32 = -0.1;
/// What is looked at around a seal, as a share of its size: the print beside it too.
const MARGIN: f32 = 0.08;
/// Texts are trusted from this mean confidence on.
pub const SURE_TEXT: f32 = 0.6;
/// Texts that are left white have so many characters: names with 印 or 之印 after them.
const NAME: std::ops::RangeInclusive<usize> = 2..=6;
/// Their seals are inked for more than this share (0.73; bold frames with bold characters 0.5).
const SOLID: f32 = 0.6;
/// What names on seals end in.
const NAME_ENDS: [&str; 2] = ["印", "章"];

/// Reads the text of every seal of the page. Frames, and rings of other inks than red, in which
/// nothing can be read are emblems and marks of the form, and dropped.
pub fn read(page: &RgbImage, seals: &mut Vec<Seal>, read: &mut ReadStrips<'_>) {
    for seal in seals.iter_mut() {
        let Some(mut ink) = Ink::named(&seal.color) else { continue };
        let axes = Axes::of_quad(&seal.own_quad.unwrap_or(seal.quad));
        let (half_width, half_height) = axes.half_sizes();
        // Below 20 pixels no character is higher than four.
        if half_width.min(half_height) < 20.0 {
            continue;
        }
        let rim = outline(seal.shape, &axes);
        if ink == Ink::Black
            && let Some(color) = color_along(page, &rim)
        {
            // Found by its darkness, as its colour was too weak or too much was of it.
            ink = Ink::Color(color);
            seal.color = ink.name().to_owned();
        }
        let bounds = seal.quad.bounds();
        let margin = MARGIN * bounds.width().max(bounds.height());
        let plane = InkPlane::of(page, ink, bounds.expanded(margin), &rim);
        match seal.shape {
            SealShape::Round | SealShape::Ellipse => read_round(&plane, seal, axes, read),
            _ => {
                let white = seal.shape == SealShape::Square && is_solid(&plane, &axes);
                let plane = if white { plane.inverted() } else { plane };
                let lines = best_way_up(&plane, seal.shape, axes, read);
                seal.text = in_columns(&lines).unwrap_or_else(|| lines.concat());
                // White on coloured ground are headings and logos too: a name, and that of nothing else, is a
                // seal's.
                if white && !(seal.text.chars().all(is_han) && NAME.contains(&seal.text.chars().count())) {
                    seal.text.clear();
                }
            }
        }
    }
    let red = Ink::Color(SealColor::Red).name();
    seals.retain(|s| {
        let chars = s.text.chars().count() + s.sub_text.chars().count();
        let least = if s.color != red { 3 } else { usize::from(s.shape == SealShape::Square) };
        chars >= least
    });
}

/// Places all round a seal's outline, page pixels; none for shapes with straight sides.
fn outline(shape: SealShape, axes: &Axes) -> Vec<Point> {
    if !matches!(shape, SealShape::Round | SealShape::Ellipse) {
        return Vec::new();
    }
    let at = |i: u8| {
        let (sin, cos) = (f32::from(i) / 72.0 * std::f32::consts::TAU).sin_cos();
        axes.at(cos, sin)
    };
    (0..72).map(at).collect()
}

/// The colour of a seal's outline, if most of it is coloured: that of the darkest pixel around each place.
fn color_along(page: &RgbImage, rim: &[Point]) -> Option<SealColor> {
    let darkest = |p: &Point| {
        let around = (-RIM_SLACK..=RIM_SLACK).flat_map(|x| (-RIM_SLACK..=RIM_SLACK).map(move |y| (x, y)));
        let pixel = |(x, y): (i32, i32)| {
            let (x, y) = (u32::try_from(p.x as i32 + x).ok()?, u32::try_from(p.y as i32 + y).ok()?);
            page.get_pixel_checked(x, y).map(|p| p.0)
        };
        around.filter_map(pixel).min_by_key(|p| p.iter().map(|&v| u32::from(v)).sum::<u32>())
    };
    let pixels: Vec<[u8; 3]> = rim.iter().filter_map(darkest).collect();
    SealColor::ALL.into_iter().find(|c| 2 * pixels.iter().filter(|p| c.matches(**p)).count() > pixels.len())
}

/// Dark pixels of a strip.
pub fn is_dark(v: u8) -> bool {
    v < 128
}

/// Rows of the coarse strip that hold the text along the rim: what follows the rim's own lines.
fn band(strip: &GrayImage) -> Range<usize> {
    let width = strip.width().max(1) as f32;
    let share: Vec<f32> = strip
        .as_raw()
        .chunks_exact(strip.width().max(1) as usize)
        .map(|row| row.iter().filter(|&&v| is_dark(v)).count() as f32 / width)
        .collect();
    let rows = share.len();
    // The rim's lines run all round: rows inked for more than half their length.
    let rim_end = (0..rows * 2 / 5).rev().find(|&r| share[r] > 0.5).map_or(0, |r| r + 1);
    let usual = (rows / 8).max(rim_end)..rows * 18 / 25;
    // A few characters ink little of the whole turn: rows count by what the fullest of them have.
    let peak = share[rim_end..rows * 3 / 4].iter().copied().fold(0.0, f32::max);
    let least = (0.2 * peak).clamp(0.02, 0.08);
    let mut inked: Vec<Range<usize>> = Vec::new();
    for r in (rim_end..rows).filter(|&r| share[r] >= least) {
        match inked.last_mut() {
            Some(open) if open.end == r => open.end = r + 1,
            _ => inked.push(r..r + 1),
        }
    }
    // Characters are higher than the rim's lines are thick, however these waver.
    let Some(text) = inked.into_iter().find(|g| g.len() >= rows / 6 && g.start < rows / 2) else {
        return usual;
    };
    let peak = share[text.clone()].iter().copied().fold(0.0, f32::max).min(0.4);
    let least_end = (text.start + rows / 4).min(rows);
    let end = (least_end..text.end.max(least_end)).find(|&r| share[r] < 0.2 * peak).unwrap_or(text.end);
    text.start..end.max(least_end)
}

/// How far the seal's outermost line lies from where its ellipse says, all round: the line is
/// followed in a strip that reaches from outside the rim to inside it, `depth_of` giving a row's
/// depth in page pixels. `None` where no such line goes round.
fn wobble(strip: &GrayImage, depth_of: impl Fn(f32) -> f32) -> Option<Wobble> {
    let (width, height) = strip.dimensions();
    let first = |x: u32| (0..height * 2 / 5).find(|&y| is_dark(strip.get_pixel(x, y).0[0]));
    let seen: Vec<(f32, f32)> = (0..width)
        .step_by(2)
        .filter_map(|x| Some(((x as f32 + 0.5) / width as f32, depth_of(first(x)? as f32))))
        .collect();
    Wobble::through(&seen, 1.5 * (depth_of(1.0) - depth_of(0.0)), width as usize / 4)
}

/// Middle of the longest stretch of columns without ink in the rows of the band, as a share of
/// the turn.
fn widest_gap(strip: &GrayImage, band: &Range<usize>) -> f32 {
    let width = strip.width() as usize;
    let inked = |x: usize| {
        let rows = band.clone().filter(|&y| is_dark(strip.get_pixel(x as u32, y as u32).0[0]));
        rows.count() > SPECKS
    };
    let columns: Vec<bool> = (0..width).map(inked).collect();
    let (mut best, mut run) = ((0, 0), 0);
    // Twice round, as the gap may run across the cut.
    for x in 0..2 * width {
        if columns[x % width] {
            run = 0;
        } else {
            run += 1;
            if run > best.1 && run <= width {
                best = (x + 1 - run, run);
            }
        }
    }
    ((best.0 as f32 + best.1 as f32 / 2.0) / width.max(1) as f32).rem_euclid(1.0)
}

fn read_round(plane: &InkPlane, seal: &mut Seal, axes: Axes, read: &mut ReadStrips<'_>) {
    let (half_width, half_height) = axes.half_sizes();
    let short = half_width.min(half_height);
    let look = |from: f32, wobble: &Wobble| {
        let strip = unroll(plane, &axes, (from * short, DEPTH * short), wobble, 0.0, ROWS);
        (strip, move |row: f32| (from + row / ROWS as f32 * (DEPTH - from)) * short)
    };
    let (outside, depth_of) = look(OUTSIDE, &Wobble::default());
    let wobble = wobble(&outside, depth_of).unwrap_or_default();
    let (coarse, depth_of) = look(0.0, &wobble);
    let band = band(&coarse);
    let gap = widest_gap(&coarse, &band);
    let depths = |rows: &Range<usize>| {
        let margin = 0.1 * (rows.end - rows.start) as f32;
        (depth_of((rows.start as f32 - margin).max(0.0)), depth_of(rows.end as f32 + margin))
    };
    let round = Round { plane, axes, wobble };
    let Some(turn) = Turn::read(&round, depths(&band), gap, &[], read) else { return };
    // Where the band of the text was not seen, it is where it mostly is.
    let usual = depths(&(ROWS as usize * 3 / 20..ROWS as usize * 3 / 4));
    let turn = turn.read_again(&round, usual, read);
    let Turn { start: gap, depths, pitch, rim, lower, .. } = turn;
    let shown = |chars: &[Placed]| chars.first().zip(chars.last()).map(|(a, b)| (a.at - pitch, b.at + pitch));
    let arcs: Vec<(f32, f32)> = [shown(&rim), shown(&lower)].into_iter().flatten().collect();
    // The rim's text lies on both sides of the seal's top; long axes are level.
    let middle = arcs.first().filter(|_| !rim.is_empty()).map_or(0.5, |(a, b)| gap + (a + b) / 2.0);
    let mut turn = (middle - 0.5).rem_euclid(1.0);
    if turn > 0.5 {
        turn -= 1.0;
    }
    if seal.shape == SealShape::Ellipse {
        turn = if turn.abs() > 0.25 { 0.5 } else { 0.0 };
    }
    let up = axes.turned(turn * std::f32::consts::TAU);
    let way = Way::along(&axes, (depths.0 + depths.1) / 2.0);
    // Inside the band all is shown; beside the arcs of text lines of the inside may reach out to the rim.
    let within = |u: f32, v: f32, depth: f32| {
        let stretched = |v: f32, half: f32| v * half / (half - depth).max(1.0);
        stretched(u, half_width).hypot(stretched(v, half_height)) <= 1.0
    };
    let inside = |u: f32, v: f32, depth: f32| {
        // In the axes of the rim, not those of the text.
        let (sin, cos) = (turn * std::f32::consts::TAU).sin_cos();
        let (x, y) = (u * cos - v * sin, u * sin + v * cos);
        if within(x, y, depth) {
            return true;
        }
        let share = (way.share(y.atan2(x)) - gap).rem_euclid(1.0);
        within(x, y, depths.0) && !arcs.iter().any(|&(a, b)| (share - a).rem_euclid(1.0) <= b - a)
    };
    // Of the characters along the rim some reach in; they are seen to be theirs by where most of them lies.
    let shown = |u: f32, v: f32| inside(u, v, (depths.0 + depths.1) / 2.0);
    let lines = inner_lines(plane, &up, Within::Rim, shown, |u, v| inside(u, v, depths.1), read);
    let (numbers, mut words): (Vec<String>, Vec<String>) = lines.into_iter().partition(|t| is_number(t));
    if !lower.is_empty() {
        words.push(text_of(&lower.iter().rev().copied().collect::<Vec<_>>()));
    }
    seal.text = text_of(&rim);
    // A registration number is no text of the seal, unless it has no other.
    seal.sub_text = if words.is_empty() { numbers.concat() } else { words.concat() };
}

/// The lines of a seal without text along its rim, read as it lies or upside down.
fn best_way_up(plane: &InkPlane, shape: SealShape, axes: Axes, read: &mut ReadStrips<'_>) -> Vec<String> {
    let upside_down = axes.turned(std::f32::consts::PI);
    let points_up =
        shape == SealShape::Triangle && sides_inked(plane, &axes) >= sides_inked(plane, &upside_down);
    for (axes, points_up) in [(axes, points_up), (upside_down, !points_up)] {
        // The rim itself is left out.
        let inside = move |u: f32, v: f32| match shape {
            SealShape::Diamond => u.abs() + v.abs() <= 0.92,
            SealShape::Triangle => {
                let down = if points_up { v } else { -v };
                down <= 0.9 && 2.0 * u.abs() - down <= 0.82
            }
            _ => u.abs() <= 0.93 && v.abs() <= 0.9,
        };
        let lines = inner_lines(plane, &axes, Within::Sides, inside, inside, read);
        if !lines.is_empty() {
            return lines;
        }
    }
    Vec::new()
}

/// How much ink lies along both slanted sides of a triangle that points up.
fn sides_inked(plane: &InkPlane, axes: &Axes) -> f32 {
    let steps = (1..20).map(|i| i as f32 / 20.0);
    let sides = steps.flat_map(|t| [(-t, 2.0 * t - 1.0), (t, 2.0 * t - 1.0)]);
    sides.map(|(u, v)| (0..5).map(|k| plane.at(axes.at(u, v + 0.03 * k as f32))).fold(0.0, f32::max)).sum()
}

/// Whether most of a seal is inked: its characters are left white.
fn is_solid(plane: &InkPlane, axes: &Axes) -> bool {
    let share = |i: u8| f32::from(i) / 20.0 * 0.9;
    let places = (-20i8..=20).flat_map(|y| (-20i8..=20).map(move |x| (x, y)));
    let at = |(x, y): (i8, i8)| {
        let signed = |i: i8| share(i.unsigned_abs()) * f32::from(i.signum());
        plane.at(axes.at(signed(x), signed(y)))
    };
    let mut levels: Vec<f32> = places.map(at).collect();
    levels.sort_by(f32::total_cmp);
    let full = levels.get(levels.len() * 9 / 10).copied().unwrap_or_default();
    levels.iter().filter(|&&v| v > 0.5 * full).count() as f32 > SOLID * levels.len() as f32
}

/// The text of a name seal, whose characters stand in columns from right to left, if only so it ends as names
/// on seals do.
fn in_columns(lines: &[String]) -> Option<String> {
    let rows: Vec<Vec<char>> = lines.iter().map(|l| l.chars().collect()).collect();
    let columns = rows.first()?.len();
    if rows.len() < 2 || columns < 2 || rows.iter().any(|r| r.len() != columns) {
        return None;
    }
    let ends = |text: &str| NAME_ENDS.iter().any(|end| text.ends_with(end));
    let text: String = (0..columns).rev().flat_map(|c| rows.iter().filter_map(move |r| r.get(c))).collect();
    (ends(&text) && !ends(&lines.concat())).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::Luma;

    #[test]
    fn a_coloured_outline_is_seen() {
        let mut page = RgbImage::from_pixel(100, 100, image::Rgb([250; 3]));
        let rim = outline(
            SealShape::Round,
            &Axes::of_quad(&crate::geometry::Quad::from_rect(10.0, 10.0, 90.0, 90.0)),
        );
        assert_eq!(color_along(&page, &rim), None);
        for p in &rim {
            page.put_pixel(p.x as u32, p.y as u32, image::Rgb([210, 80, 80]));
        }
        assert_eq!(color_along(&page, &rim), Some(SealColor::Red));
        assert_eq!(color_along(&page, &[Point::new(-50.0, -50.0)]), None);
    }

    #[test]
    fn white_characters_and_the_way_a_triangle_points_are_seen() {
        let red = |on: bool| image::Rgb(if on { [205, 40, 50] } else { [250, 250, 250] });
        let axes = Axes::of_quad(&crate::geometry::Quad::from_rect(20.0, 20.0, 120.0, 120.0));
        let plane = |page: &RgbImage| {
            let area = crate::geometry::Rect::new(10.0, 10.0, 130.0, 130.0);
            InkPlane::of(page, Ink::Color(SealColor::Red), area, &[])
        };
        let inside = |x: u32, y: u32| (20..120).contains(&x) && (20..120).contains(&y);
        let white = RgbImage::from_fn(140, 140, |x, y| red(inside(x, y) && x % 12 > 2));
        let lines = RgbImage::from_fn(140, 140, |x, y| red(inside(x, y) && x % 12 < 5));
        assert!(is_solid(&plane(&white), &axes) && !is_solid(&plane(&lines), &axes));
        let triangle = |up: bool| {
            RgbImage::from_fn(140, 140, |x, y| {
                let (u, v) = ((x as f32 - 70.0) / 50.0, (y as f32 - 70.0) / 50.0);
                let v = if up { v } else { -v };
                red((0.9..1.0).contains(&v.max(2.0 * u.abs() - v)))
            })
        };
        let down = axes.turned(std::f32::consts::PI);
        for up in [true, false] {
            let plane = plane(&triangle(up));
            assert_eq!(sides_inked(&plane, &axes) > sides_inked(&plane, &down), up);
        }
    }

    #[test]
    fn names_on_seals_are_read_in_columns() {
        let lines = |l: [&str; 2]| l.map(str::to_owned);
        assert_eq!(in_columns(&lines(["之秦", "印朗"])).as_deref(), Some("秦朗之印"));
        assert_eq!(in_columns(&lines(["禾顾", "印清"])).as_deref(), Some("顾清禾印"));
        for rows in [["现金", "付讫"], ["张三", "印章"], ["财务", "专用章"]] {
            assert_eq!(in_columns(&lines(rows)), None);
        }
        assert_eq!(in_columns(&[]), None);
    }

    #[test]
    fn the_band_follows_the_rim() {
        let strip = GrayImage::from_fn(400, 64, |x, y| {
            let rim = y < 5 || (8..10).contains(&y);
            let text = (16..40).contains(&y) && x % 20 < 8;
            Luma([if rim || text { 0 } else { 255 }])
        });
        assert_eq!(band(&strip), 16..40);
        assert_eq!(band(&GrayImage::from_pixel(400, 64, Luma([255]))).start, 8);
    }

    #[test]
    fn the_widest_gap_may_lie_across_the_cut() {
        let strip = GrayImage::from_fn(100, 64, |x, _| Luma([if (10..90).contains(&x) { 0 } else { 255 }]));
        assert!(!(0.01..=0.99).contains(&widest_gap(&strip, &(10..40))));
    }
}
