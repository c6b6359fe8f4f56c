//! Light watermarks printed across a page's text. Finds them by how they differ from the page's own
//! lines and takes them out of the picture.

use image::{Rgb, RgbImage};

use super::{TextLine, warp};
use crate::{geometry::Quad, numbers::median};

/// A watermark runs at least this many degrees off the page's lines.
const OFF_ANGLE: f32 = 8.0;
/// Its contrast is at most this share of the usual line's. On the drawn development pages 55 of 56
/// lines of watermarks had 0.11 to 0.20 of it; tilted lines of pages without one, words on seals and
/// pale print of receipts that lie askew on a sheet, 0.25 and more.
const LIGHT_SHARE: f32 = 0.24;
/// Lines that show what is usual on a page.
const USUAL_LINES: usize = 24;
/// Fewer light lines across the page are no watermark pattern.
const MIN_LINES: usize = 2;

/// Light text printed across a page.
#[derive(Debug, Clone, PartialEq)]
pub struct Watermark {
    /// Indexes of its lines.
    pub lines: Vec<usize>,
    /// Luminance from which on pixels belong to the watermark or the paper, 0..255.
    from: u8,
    /// Luminance of the paper.
    paper: u8,
}

/// Luminance of ink and paper inside a quad (5th and 90th percentile).
fn ink_and_paper(page: &RgbImage, quad: &Quad) -> Option<(f32, f32)> {
    let size = |side: f32| side.round().clamp(1.0, 2048.0) as u32;
    let crop = warp::warp(page, quad, size(quad.width()), size(quad.height()))?;
    let mut values: Vec<u8> = crop.pixels().map(luminance).collect();
    values.sort_unstable();
    let at = |share: f32| values.get(((values.len() - 1) as f32 * share) as usize).copied().map(f32::from);
    at(0.05).zip(at(0.9))
}

/// ITU-R BT.601 luma.
pub(super) fn luminance(pixel: &Rgb<u8>) -> u8 {
    let [r, g, b] = pixel.0.map(u32::from);
    ((299 * r + 587 * g + 114 * b) / 1000) as u8
}

/// Angle between two directions, a quarter turn being none, in degrees, 0..45.
fn off_angle(a: f32, b: f32) -> f32 {
    let d = (a - b).rem_euclid(90.0);
    d.min(90.0 - d)
}

/// The watermark among the lines of a page.
pub fn watermark(page: &RgbImage, lines: &[TextLine]) -> Option<Watermark> {
    let mut longest: Vec<&Quad> = lines.iter().map(|l| &l.quad).collect();
    longest.sort_by(|a, b| b.width().total_cmp(&a.width()));
    // The direction of most lines, not of the longest: a watermark's lines are long.
    let votes = |angle: f32| longest.iter().filter(|q| off_angle(q.angle(), angle) < 3.0).count();
    let own = longest.iter().map(|q| q.angle()).max_by_key(|&a| votes(a))?;
    let across: Vec<usize> =
        (0..lines.len()).filter(|&i| off_angle(lines[i].quad.angle(), own) > OFF_ANGLE).collect();
    if across.len() < MIN_LINES {
        return None;
    }
    let usual: Vec<(f32, f32)> = longest
        .iter()
        .filter(|q| off_angle(q.angle(), own) < 3.0)
        .take(USUAL_LINES)
        .filter_map(|q| ink_and_paper(page, q))
        .collect();
    let contrast = median(usual.iter().map(|(ink, paper)| paper - ink))?;
    let light: Vec<(usize, f32, f32)> = across
        .into_iter()
        .filter_map(|i| ink_and_paper(page, &lines[i].quad).map(|(ink, paper)| (i, ink, paper)))
        .filter(|(_, ink, paper)| paper - ink < LIGHT_SHARE * contrast)
        .collect();
    if light.len() < MIN_LINES {
        return None;
    }
    let ink = median(usual.iter().map(|u| u.0))?;
    // A line that crosses the page's own has their ink: the typical one tells the watermark's.
    let mark = median(light.iter().map(|l| l.1))?;
    let paper = median(light.iter().map(|l| l.2))?;
    Some(Watermark {
        lines: light.iter().map(|l| l.0).collect(),
        from: (mark - 0.2 * (mark - ink)).clamp(0.0, 255.0) as u8,
        paper: paper.clamp(0.0, 255.0) as u8,
    })
}

impl Watermark {
    /// The page without it: what is as light as the watermark or lighter becomes paper.
    pub fn taken_from(&self, page: &RgbImage) -> RgbImage {
        let mut clean = page.clone();
        for pixel in clean.pixels_mut() {
            if luminance(pixel) >= self.from {
                *pixel = Rgb([self.paper; 3]);
            }
        }
        clean
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::Point;

    fn line(from: (f32, f32), to: (f32, f32), height: f32) -> TextLine {
        let (a, b) = (Point::new(from.0, from.1), Point::new(to.0, to.1));
        let l = a.distance(b);
        let (nx, ny) = (-(b.y - a.y) / l * height, (b.x - a.x) / l * height);
        let quad = Quad([a, b, Point::new(b.x + nx, b.y + ny), Point::new(a.x + nx, a.y + ny)]);
        TextLine { text: "x".into(), quad, confidence: 1.0, ..TextLine::default() }
    }

    /// Fills the middle third of a line's quad with a grey.
    fn draw(page: &mut RgbImage, line: &TextLine, grey: u8) {
        let middle = line.quad.0;
        for i in 0..2000 {
            let t = i as f32 / 2000.0;
            let (p, q) = (middle[0].lerp(middle[1], t), middle[3].lerp(middle[2], t));
            for s in [0.4, 0.45, 0.5, 0.55, 0.6] {
                let at = p.lerp(q, s);
                page.put_pixel(at.x as u32, at.y as u32, Rgb([grey; 3]));
            }
        }
    }

    #[test]
    fn light_lines_across_the_page_are_a_watermark() {
        let mut page = RgbImage::from_pixel(600, 400, Rgb([250; 3]));
        let mut lines: Vec<TextLine> = (0..6)
            .map(|i| line((20.0, 20.0 + 60.0 * i as f32), (500.0, 20.0 + 60.0 * i as f32), 12.0))
            .collect();
        // Steep, so that the lines that they cross take up little of them.
        lines.push(line((520.0, 380.0), (590.0, 30.0), 14.0));
        lines.push(line((505.0, 200.0), (540.0, 20.0), 14.0));
        for l in &lines[..6] {
            draw(&mut page, l, 20);
        }
        let dark = page.clone();
        for l in &lines[6..] {
            draw(&mut page, l, 215);
        }
        let found = watermark(&page, &lines).unwrap();
        assert_eq!(found.lines, [6, 7]);
        let clean = found.taken_from(&page);
        assert_eq!(clean.pixels().filter(|p| p.0[0] == 215).count(), 0);
        assert!(clean.pixels().filter(|p| p.0[0] == 20).count() > 1000);
        // Tilted lines as dark as the others are text, and so is a page without any.
        let mut tilted = dark.clone();
        for l in &lines[6..] {
            draw(&mut tilted, l, 20);
        }
        assert_eq!(watermark(&tilted, &lines), None);
        assert_eq!(watermark(&dark, &lines[..6]), None);
        assert_eq!(watermark(&dark, &[]), None);
    }
}
