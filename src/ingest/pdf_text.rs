//! The text that a PDF page holds itself, as lines of characters in page-image pixels.
//!
//! Only text that a reader of the page sees is kept: text drawn invisibly (the hidden layer of
//! searchable scans, whose quality is unknown) and text without ink at its place are left to
//! recognition, as are whole pages whose fonts do not say what their glyphs mean.

use image::RgbImage;
use pdfium_render::prelude::{PdfPage, PdfPageTextChar, PdfPageTextRenderMode, PdfPoints, PdfRenderConfig};

use super::{
    TextLayerLine,
    text_lines::{self, Glyph, into_line, is_garbage, normalised},
};
use crate::geometry::{Homography, Point, Quad, Rect};

/// Characters beyond this many on a page are not read: no form has so many, and reading a
/// character costs some ten microseconds.
const MAX_CHARS: usize = 100_000;
/// A page with more than this share of characters that mean nothing has no usable layer: then the
/// others are likely to be wrong too (fonts without a map from glyphs to characters).
const MAX_GARBAGE: f32 = 0.1;
/// A place has ink if its brightest and darkest pixel differ by this many of 255 levels; text on
/// security patterns differs by more, blank paper by less.
const INK_CONTRAST: u8 = 40;

/// The visible text of `page`, rendered as `image`; empty where it has none worth using.
pub(super) fn read(page: &PdfPage, image: &RgbImage) -> Vec<TextLayerLine> {
    let Some(to_pixels) = to_pixels(page, image) else { return Vec::new() };
    let Ok(text) = page.text() else { return Vec::new() };
    let (mut garbage, mut total) = (0usize, 0usize);
    let mut lines: Vec<Vec<Glyph>> = vec![Vec::new()];
    for char in text.chars().iter().take(MAX_CHARS) {
        let unicode = char.unicode_char().unwrap_or(char::REPLACEMENT_CHARACTER);
        if matches!(unicode, '\r' | '\n') {
            lines.push(Vec::new());
            continue;
        }
        if unicode.is_whitespace() {
            if let Some(line) = lines.last_mut().filter(|l| !l.is_empty()) {
                line.push(Glyph { text: vec![' '], quad: Quad::default() });
            }
            continue;
        }
        if is_invisible(&char) {
            continue;
        }
        total += 1;
        if is_garbage(unicode) {
            garbage += 1;
            continue;
        }
        let Some(quad) = glyph_quad(&char, &to_pixels) else { continue };
        lines.last_mut().map(|line| line.push(Glyph { text: normalised(unicode), quad })).unwrap_or_default();
    }
    if garbage as f32 > MAX_GARBAGE * total as f32 {
        return Vec::new();
    }
    text_lines::lines(lines).into_iter().filter(|line| has_ink(line, image)).filter_map(into_line).collect()
}

/// The map from page points (origin lower left, before `/Rotate`) to pixels of `image`.
fn to_pixels(page: &PdfPage, image: &RgbImage) -> Option<Homography> {
    // PDFium only tells whole pixels: ask on a picture this many times larger.
    const FINER: i32 = 64;
    const SPAN: f32 = 100.0;
    let (width, height) = (i32::try_from(image.width()).ok()?, i32::try_from(image.height()).ok()?);
    let config = PdfRenderConfig::new().set_fixed_size(width * FINER, height * FINER);
    let pixel = |x: f32, y: f32| {
        let (x, y) = page.points_to_pixels(PdfPoints::new(x), PdfPoints::new(y), &config).ok()?;
        Some((f64::from(x) / f64::from(FINER), f64::from(y) / f64::from(FINER)))
    };
    let (origin, right, up) = (pixel(0.0, 0.0)?, pixel(SPAN, 0.0)?, pixel(0.0, SPAN)?);
    let span = f64::from(SPAN);
    Some(Homography([
        [(right.0 - origin.0) / span, (up.0 - origin.0) / span, origin.0],
        [(right.1 - origin.1) / span, (up.1 - origin.1) / span, origin.1],
        [0.0, 0.0, 1.0],
    ]))
}

fn is_invisible(char: &PdfPageTextChar) -> bool {
    matches!(
        char.render_mode(),
        Ok(PdfPageTextRenderMode::Invisible | PdfPageTextRenderMode::InvisibleClipping)
    )
}

/// Where `char` stands in pixels, its first corner the upper left in reading direction.
fn glyph_quad(char: &PdfPageTextChar, to_pixels: &Homography) -> Option<Quad> {
    let bounds = char.loose_bounds().ok()?;
    let corner = |x: PdfPoints, y: PdfPoints| to_pixels.apply(Point::new(x.value, y.value));
    let a = corner(bounds.left(), bounds.top());
    let b = corner(bounds.right(), bounds.bottom());
    let rect = Rect::new(a.x.min(b.x), a.y.min(b.y), a.x.max(b.x), a.y.max(b.y));
    if !(rect.width() > 0.0 && rect.height() > 0.0 && rect.area().is_finite()) {
        return None;
    }
    // The reading direction on the picture: that of the text on the page, then the page's turn.
    let angle = char.angle_radians().unwrap_or(0.0);
    // PDFium measures it clockwise, while the page's axis points up.
    let (from, to) =
        (to_pixels.apply(Point::default()), to_pixels.apply(Point::new(angle.cos(), -angle.sin())));
    let turns = (to.y - from.y).atan2(to.x - from.x) / std::f32::consts::FRAC_PI_2;
    Some(Quad::from(rect).rolled((turns.round() as i32).rem_euclid(4) as usize))
}

/// Whether most characters of a line can be seen on the picture.
fn has_ink(line: &[Glyph], image: &RgbImage) -> bool {
    let visible = |quad: &Quad| {
        let r = quad.bounds();
        let (left, top) = (r.left.max(0.0) as u32, r.top.max(0.0) as u32);
        let (right, bottom) = (r.right.ceil().max(0.0) as u32, r.bottom.ceil().max(0.0) as u32);
        let (mut darkest, mut brightest) = (255u8, 0u8);
        for y in top..bottom.min(image.height()) {
            for x in left..right.min(image.width()) {
                let [r, g, b] = image.get_pixel(x, y).0;
                darkest = darkest.min(r).min(g).min(b);
                brightest = brightest.max(r.min(g).min(b));
            }
        }
        brightest.saturating_sub(darkest) >= INK_CONTRAST
    };
    let drawn = line.iter().filter(|g| g.text != [' ']);
    let (seen, all) = drawn.fold((0, 0), |(seen, all), g| (seen + usize::from(visible(&g.quad)), all + 1));
    all > 0 && seen * 2 >= all
}
