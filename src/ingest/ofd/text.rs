//! Where each character of an OFD text stands, and the text layer that follows from it.

use vello_cpu::kurbo::{Affine, Point as Place, Vec2};

use super::objects::{Text, TextCode};
use crate::{
    geometry::{Point, Quad},
    ingest::{
        TextLayerLine,
        text_lines::{self, Glyph, into_line, is_garbage, normalised},
    },
};

/// How far an em reaches above the baseline; the rest lies below. The share that Chinese fonts
/// have (ascent 0.88, descent 0.12 of the em in SimSun and Noto CJK alike).
const ASCENT: f64 = 0.88;
/// Characters that go straight down by between these multiples of the em are one column of upright
/// characters; smaller steps overprint, larger ones are lines of one character.
const COLUMN_STEP: std::ops::RangeInclusive<f64> = 0.7..=2.0;
/// A step sideways below this part of the em is none.
const NO_STEP: f64 = 0.1;

/// One character at its place in its object's coordinates.
pub(super) struct Placed {
    pub char: char,
    /// The glyph of the embedded font where the file names it; `None`: by the character.
    pub glyph: Option<u32>,
    /// On the baseline, at the left end.
    pub origin: Place,
    /// Along the baseline, after scaling.
    pub width: f64,
}

/// Whether a character takes a whole em.
fn is_wide(c: char) -> bool {
    unicode_width::UnicodeWidthChar::width(c).unwrap_or(1) >= 2
}

/// The characters of one stretch. Where no steps are written, a wide character advances by an em,
/// others by half of it. `start` is where the stretch before began.
pub(super) fn place(text: &Text, code: &TextCode, start: &mut Place) -> Vec<Placed> {
    *start = Place::new(code.x.unwrap_or(start.x), code.y.unwrap_or(start.y));
    let em = text.size * text.horizontal_scale;
    let mut at = *start;
    let mut placed = Vec::new();
    for (index, char) in code.text.chars().enumerate() {
        let natural = if is_wide(char) { em } else { 0.5 * em };
        let step_x = code.delta_x.as_ref().map(|d| d.get(index).copied());
        let step_y = code.delta_y.as_ref().map(|d| d.get(index).copied());
        let (x, y) = match (step_x, step_y) {
            // Without steps at all, or past the last that is written.
            (None, None) | (Some(None), None | Some(None)) => (natural, 0.0),
            (None, Some(y)) => (0.0, y.unwrap_or(0.0)),
            (Some(x), y) => (x.unwrap_or(natural), y.flatten().unwrap_or(0.0)),
        };
        // Characters set closer than their natural width are narrower.
        let width = if x > NO_STEP * em { natural.min(x) } else { natural };
        placed.push(Placed { char, glyph: None, origin: at, width });
        at += Vec2::new(x, y);
    }
    for (first, count, glyphs) in &code.glyphs {
        // One glyph for each character; ligatures and decompositions keep their first glyph.
        for (slot, &glyph) in placed.iter_mut().skip(*first).take(*count).zip(glyphs) {
            slot.glyph = Some(glyph);
        }
    }
    placed
}

/// Collects the characters of a page and joins them to lines.
#[derive(Default)]
pub(super) struct Layer {
    runs: Vec<Vec<Glyph>>,
    columns: Vec<Vec<Glyph>>,
}

impl Layer {
    /// Adds one stretch; `to_pixels` takes the object's coordinates to the page image's.
    pub fn add(&mut self, text: &Text, placed: &[Placed], to_pixels: Affine) {
        let mut glyphs = Vec::new();
        for one in placed {
            if one.char.is_whitespace() {
                glyphs.push(Glyph { text: vec![' '], quad: Quad::default() });
            } else if !is_garbage(one.char)
                && let Some(quad) = quad(text, one, to_pixels)
            {
                glyphs.push(Glyph { text: normalised(one.char), quad });
            }
        }
        let column = is_column(text, placed);
        if column { self.columns.push(glyphs) } else { self.runs.push(glyphs) }
    }

    /// The lines, those that run along first.
    pub fn into_lines(self) -> Vec<TextLayerLine> {
        let columns = self.columns.into_iter().filter_map(|mut glyphs| {
            glyphs.retain(|g| g.text != [' ']);
            into_line(glyphs)
        });
        text_lines::lines(self.runs).into_iter().filter_map(into_line).chain(columns).collect()
    }
}

/// Whether the characters stand upright one below the other.
fn is_column(text: &Text, placed: &[Placed]) -> bool {
    let down = |pair: &[Placed]| match pair {
        [a, b] => {
            let step = b.origin - a.origin;
            step.x.abs() < NO_STEP * text.size && COLUMN_STEP.contains(&(step.y / text.size))
        }
        _ => false,
    };
    placed.len() > 1 && text.char_direction == 0.0 && placed.windows(2).all(down)
}

/// The turn of a text's characters about their origin.
pub(super) fn turn(text: &Text) -> Affine {
    Affine::rotate(text.char_direction.to_radians())
}

fn quad(text: &Text, one: &Placed, to_pixels: Affine) -> Option<Quad> {
    let to_page = to_pixels * Affine::translate(one.origin.to_vec2()) * turn(text);
    let (top, bottom) = (-ASCENT * text.size, (1.0 - ASCENT) * text.size);
    let corner = |x, y| {
        let p = to_page * Place::new(x, y);
        Point::new(p.x as f32, p.y as f32)
    };
    let quad =
        Quad([corner(0.0, top), corner(one.width, top), corner(one.width, bottom), corner(0.0, bottom)]);
    let sound = quad.0.iter().all(|p| p.x.abs() < MAX_PLACE && p.y.abs() < MAX_PLACE);
    (sound && quad.area() > 0.0).then_some(quad)
}

/// Characters farther out than this many pixels are not on any page.
const MAX_PLACE: f32 = 100_000.0;

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str, delta_x: Option<&[f64]>, delta_y: Option<&[f64]>) -> TextCode {
        TextCode {
            text: text.into(),
            x: Some(10.0),
            y: Some(20.0),
            delta_x: delta_x.map(<[f64]>::to_vec),
            delta_y: delta_y.map(<[f64]>::to_vec),
            glyphs: Vec::new(),
        }
    }

    fn lines(codes: &[TextCode]) -> Vec<String> {
        let text = Text {
            font: String::new(),
            size: 4.0,
            horizontal_scale: 1.0,
            char_direction: 0.0,
            codes: codes.to_vec(),
        };
        let mut layer = Layer::default();
        let mut start = Place::ORIGIN;
        for code in &text.codes {
            let placed = place(&text, code, &mut start);
            layer.add(&text, &placed, Affine::scale(10.0));
        }
        layer.into_lines().into_iter().map(|l| l.text).collect()
    }

    #[test]
    fn characters_without_steps_advance_by_their_width() {
        assert_eq!(lines(&[code("合计12.00", None, None)]), ["合计12.00"]);
    }

    #[test]
    fn one_stretch_may_hold_several_lines() {
        let back = code("ab<12>", Some(&[2.0, 2.0, -4.0, 2.0, 2.0]), Some(&[0.0, 0.0, 5.0, 0.0, 0.0]));
        assert_eq!(lines(&[back]), ["ab<", "12>"]);
    }

    #[test]
    fn characters_straight_below_each_other_are_one_line() {
        let down = code("购买方", None, Some(&[4.5, 4.5]));
        assert_eq!(lines(&[down]), ["购买方"]);
    }

    #[test]
    fn a_wide_gap_parts_two_lines() {
        assert_eq!(lines(&[code("甲乙", Some(&[30.0]), None)]), ["甲", "乙"]);
    }
}
