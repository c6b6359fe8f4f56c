//! Which text lines are a seal's own: its registration number is the seal's text, not the page's.

use image::RgbImage;

use super::{Seal, SealShape};
use crate::{
    geometry::{Point, Quad},
    ocr::TextLine,
};

/// A line of a seal lies within it with at least this share of its area.
const INSIDE: f32 = 0.8;
/// A pixel is coloured when its channels differ by this share of the paper's lightness, black when
/// it is darker than the second share of it.
const COLOURED: f32 = 0.16;
const BLACK: f32 = 0.5;
/// Coloured ink outweighs black ink by this factor in a seal's line: print under a seal is black.
const OUTWEIGHS: usize = 3;
/// Ink covers at least this share of a line.
const LEAST_INK: f32 = 0.03;

/// A registration number has at least so many digits and letters.
const NUMBER_LENGTH: usize = 12;

/// Takes out the registration numbers in round and elliptic seals of coloured ink: a form's own
/// numbers look the same. Names stay, for what a seal says tells the kind of a document (without
/// them two of ten pages of bank receipts were not known).
pub fn without(page: &RgbImage, mut lines: Vec<TextLine>, seals: &[Seal]) -> Vec<TextLine> {
    let round: Vec<&Seal> =
        seals.iter().filter(|s| matches!(s.shape, SealShape::Round | SealShape::Ellipse)).collect();
    let own = |l: &TextLine| {
        is_number(&l.text) && round.iter().any(|s| covers(s, &l.quad)) && is_coloured(page, &l.quad)
    };
    lines.retain(|l| !own(l));
    lines
}

fn is_number(text: &str) -> bool {
    text.len() >= NUMBER_LENGTH && text.chars().all(|c| c.is_ascii_alphanumeric())
}

fn covers(seal: &Seal, line: &Quad) -> bool {
    let (seal, line) = (seal.quad.bounds(), line.bounds());
    seal.intersection(&line).area() >= INSIDE * line.area()
}

/// Whether the ink of a line is of a colour.
fn is_coloured(page: &RgbImage, quad: &Quad) -> bool {
    let b = quad.bounds();
    let columns = b.left.max(0.0) as u32..(b.right.max(0.0) as u32).min(page.width());
    let rows = b.top.max(0.0) as u32..(b.bottom.max(0.0) as u32).min(page.height());
    let inside = |x: u32, y: u32| quad.contains(Point::new(x as f32 + 0.5, y as f32 + 0.5));
    let pixels: Vec<(f32, f32)> = rows
        .flat_map(|y| columns.clone().map(move |x| (x, y)))
        .filter(|&(x, y)| inside(x, y))
        .map(|(x, y)| {
            let values = page.get_pixel(x, y).0;
            let most = values.iter().copied().max().unwrap_or(0);
            let least = values.iter().copied().min().unwrap_or(0);
            (f32::from(most), f32::from(least))
        })
        .collect();
    let paper = pixels.iter().map(|p| p.1).fold(0.0, f32::max);
    let coloured = pixels.iter().filter(|(most, least)| most - least > COLOURED * paper).count();
    let black = pixels
        .iter()
        .filter(|(most, least)| *most < BLACK * paper && most - least <= COLOURED * paper)
        .count();
    coloured as f32 >= LEAST_INK * pixels.len() as f32 && coloured > OUTWEIGHS * black
}

#[cfg(test)]
mod tests {
    use image::Rgb;

    use super::*;

    fn line(y: f32) -> TextLine {
        TextLine {
            text: "91440305155944698J".into(),
            quad: Quad::from_rect(40.0, y, 120.0, y + 20.0),
            confidence: 1.0,
            ..TextLine::default()
        }
    }

    /// A page with a line of black print at 40 and one of red at 80.
    fn page() -> RgbImage {
        RgbImage::from_fn(200, 200, |x, y| match y {
            45..=55 if x % 3 == 0 => Rgb([30, 30, 30]),
            85..=95 if x % 3 == 0 => Rgb([220, 50, 50]),
            _ => Rgb([245; 3]),
        })
    }

    fn seal(shape: SealShape) -> Seal {
        Seal {
            shape,
            text: String::new(),
            sub_text: String::new(),
            color: "red".into(),
            quad: Quad::from_rect(20.0, 20.0, 180.0, 180.0),
            own_quad: None,
            confidence: 1.0,
        }
    }

    #[test]
    fn coloured_numbers_of_round_seals_are_no_text_of_the_page() {
        let lines = vec![line(40.0), line(80.0), line(185.0)];
        let kept = without(&page(), lines.clone(), &[seal(SealShape::Round)]);
        assert_eq!(kept, [line(40.0), line(185.0)]);
        assert_eq!(without(&page(), lines.clone(), &[seal(SealShape::Square)]), lines);
        assert_eq!(without(&page(), lines.clone(), &[]), lines);
        let name = TextLine { text: "电子回单专用章".into(), ..line(80.0) };
        assert_eq!(without(&page(), vec![name.clone()], &[seal(SealShape::Round)]), [name]);
    }
}
