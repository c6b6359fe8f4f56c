//! The text that a PDF page holds itself, as lines of characters in page-image pixels.
//!
//! Only text that a reader of the page sees is kept: text drawn invisibly (the hidden layer of
//! searchable scans, whose quality is unknown) and text without ink at its place are left to
//! recognition, as are whole pages whose fonts do not say what their glyphs mean.

use image::RgbImage;
use pdfium_render::prelude::{PdfPage, PdfPageTextChar, PdfPageTextRenderMode, PdfPoints, PdfRenderConfig};
use unicode_normalization::UnicodeNormalization;

use super::TextLayerLine;
use crate::geometry::{Homography, Point, Quad, Rect};

/// Characters beyond this many on a page are not read: no form has so many, and reading a
/// character costs some ten microseconds.
const MAX_CHARS: usize = 100_000;
/// A page with more than this share of characters that mean nothing has no usable layer: then the
/// others are likely to be wrong too (fonts without a map from glyphs to characters).
const MAX_GARBAGE: f32 = 0.1;
/// A larger gap than this, in heights of the text, ends a line: the columns of forms are wider
/// apart, the words of justified text closer together.
const MAX_GAP: f32 = 1.5;
/// Gaps above this part of the height, without a space in the text, are taken for a space between
/// pieces that were drawn apart.
const SPACE_GAP: f32 = 0.3;
/// Baselines within this part of the height are the same line.
const SAME_BASELINE: f32 = 0.35;
/// A place has ink if its brightest and darkest pixel differ by this many of 255 levels; text on
/// security patterns differs by more, blank paper by less.
const INK_CONTRAST: u8 = 40;

/// One character at its place.
struct Glyph {
    /// More than one where a ligature was taken apart.
    text: Vec<char>,
    quad: Quad,
}

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
    let pieces: Vec<Vec<Glyph>> = lines.into_iter().flat_map(split_at_gaps).collect();
    join_pieces(pieces).into_iter().filter(|line| has_ink(line, image)).filter_map(into_line).collect()
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

/// Characters that stand for a glyph without a known meaning.
fn is_garbage(c: char) -> bool {
    c.is_control()
        || c == char::REPLACEMENT_CHARACTER
        || matches!(c, '\u{E000}'..='\u{F8FF}' | '\u{FFF0}'..='\u{FFFB}' | '\u{F0000}'..='\u{10FFFF}')
}

/// Radicals, compatibility ideographs and ligatures, which fonts map to by mistake, as the plain
/// characters (NFKC); all others as they are, so that full-width digits stay what is printed.
fn normalised(c: char) -> Vec<char> {
    match c {
        '\u{2E80}'..='\u{2FDF}' | '\u{F900}'..='\u{FAFF}' | '\u{FB00}'..='\u{FB06}' => {
            std::iter::once(c).nfkc().collect()
        }
        _ => vec![c],
    }
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

/// A quad's place along and across its reading direction: (start, end, middle across, height).
fn extent(quad: &Quad, quarter: i32) -> (f32, f32, f32, f32) {
    let r = quad.bounds();
    match quarter {
        0 => (r.left, r.right, r.center().y, r.height()),
        1 => (r.top, r.bottom, -r.center().x, r.width()),
        2 => (-r.right, -r.left, -r.center().y, r.height()),
        _ => (-r.bottom, -r.top, r.center().x, r.width()),
    }
}

/// The reading direction in quarter turns clockwise, 0 to 3.
fn quarter(quad: &Quad) -> i32 {
    ((quad.angle() / 90.0).round() as i32).rem_euclid(4)
}

/// Cuts a run of characters where the direction or baseline changes or a gap opens; drops spaces
/// at the ends of the pieces and places the others between their neighbours.
fn split_at_gaps(run: Vec<Glyph>) -> Vec<Vec<Glyph>> {
    let mut pieces: Vec<Vec<Glyph>> = Vec::new();
    let mut space = false;
    for glyph in run {
        if glyph.text == [' '] {
            space = true;
            continue;
        }
        let place = |piece: &Vec<Glyph>| -> Option<Quad> {
            let last = piece.last()?.quad;
            let q = quarter(&last);
            let (_, end, across, height) = extent(&last, q);
            let (start, next_end, next_across, next_height) = extent(&glyph.quad, q);
            let height = height.max(next_height);
            let same = quarter(&glyph.quad) == q
                && (next_across - across).abs() <= SAME_BASELINE * height
                && start - end <= MAX_GAP * height
                && next_end >= end - 0.5 * height;
            same.then(|| between(&last, &glyph.quad))
        };
        match pieces.last_mut().and_then(|piece| place(piece).map(|gap| (piece, gap))) {
            Some((piece, gap)) => {
                if space {
                    piece.push(Glyph { text: vec![' '], quad: gap });
                }
                piece.push(glyph);
            }
            None => pieces.push(vec![glyph]),
        }
        space = false;
    }
    pieces
}

/// The place between two characters of a line.
fn between(before: &Quad, after: &Quad) -> Quad {
    let ([_, b, c, _], [d, _, _, e]) = (before.0, after.0);
    Quad([b, d, e, c])
}

/// Joins pieces of a line that were drawn one apart from the other, e.g. every character alone.
fn join_pieces(pieces: Vec<Vec<Glyph>>) -> Vec<Vec<Glyph>> {
    struct Piece {
        glyphs: Vec<Glyph>,
        quarter: i32,
        extent: (f32, f32, f32, f32),
    }
    let mut waiting: Vec<Piece> = pieces
        .into_iter()
        .filter_map(|glyphs| {
            let quarter = quarter(&glyphs.first()?.quad);
            let all = Quad::around(glyphs.iter().map(|g| &g.quad))?;
            Some(Piece { glyphs, quarter, extent: extent(&all, quarter) })
        })
        .collect();
    waiting.sort_by(|a, b| {
        (a.quarter.cmp(&b.quarter))
            .then(a.extent.2.total_cmp(&b.extent.2))
            .then(a.extent.0.total_cmp(&b.extent.0))
    });
    // Pieces of one line lie close together in this order, but not always side by side: look back
    // over the lines whose baseline is still near.
    let mut lines: Vec<Piece> = Vec::new();
    for piece in waiting {
        let (start, end, across, height) = piece.extent;
        let fits = |line: &Piece| {
            let (line_start, line_end, line_across, line_height) = line.extent;
            let h = height.min(line_height);
            let gap = (start - line_end).max(line_start - end);
            line.quarter == piece.quarter
                && (across - line_across).abs() <= SAME_BASELINE * h
                && height.max(line_height) <= 1.5 * h
                && (-0.3 * h..=h).contains(&gap)
        };
        let near = lines
            .iter()
            .enumerate()
            .rev()
            .take_while(|(_, l)| l.quarter == piece.quarter && across - l.extent.2 <= height.max(l.extent.3))
            .find(|(_, l)| fits(l))
            .map(|(at, _)| at);
        let Some(line) = near.and_then(|at| lines.get_mut(at)) else {
            lines.push(piece);
            continue;
        };
        let (line_start, line_end, line_across, line_height) = line.extent;
        let (mut first, second) = if start >= line_start {
            (std::mem::take(&mut line.glyphs), piece.glyphs)
        } else {
            (piece.glyphs, std::mem::take(&mut line.glyphs))
        };
        let gap = (start - line_end).max(line_start - end);
        if gap > SPACE_GAP * height
            && let (Some(before), Some(after)) = (first.last(), second.first())
        {
            let quad = between(&before.quad, &after.quad);
            first.push(Glyph { text: vec![' '], quad });
        }
        first.extend(second);
        line.glyphs = first;
        line.extent = (line_start.min(start), line_end.max(end), line_across, line_height.max(height));
    }
    lines.into_iter().map(|l| l.glyphs).collect()
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

fn into_line(glyphs: Vec<Glyph>) -> Option<TextLayerLine> {
    let direction = quarter(&glyphs.first()?.quad);
    let around = Quad::around(glyphs.iter().map(|g| &g.quad))?;
    let mut chars = Vec::with_capacity(glyphs.len());
    for Glyph { text, quad } in glyphs {
        let parts = text.len().max(1) as f32;
        for (at, c) in text.into_iter().enumerate() {
            chars.push((c, quad.slice(at as f32 / parts, (at + 1) as f32 / parts)));
        }
    }
    let text = chars.iter().map(|(c, _)| *c).collect();
    Some(TextLayerLine { text, quad: around.rolled(direction as usize), chars })
}
