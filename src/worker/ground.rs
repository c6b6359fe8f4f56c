//! The colours behind a stretch of text, from the page's pixels.

use image::RgbImage;

use crate::{
    extract::Ground,
    geometry::{Point, Quad},
    numbers::median,
};

/// How many places are looked at along and across each half of the text.
const ALONG: u32 = 48;
const ACROSS: u32 = 12;
/// How far beyond the text its ground is looked at, in shares of its height: plates reach as far
/// beyond their signs.
const MARGIN: f32 = 0.15;

/// The median colours of the upper and the lower half of `quad`, a little enlarged; `None` where it
/// lies outside the page. Strokes cover less than half of a text's box.
pub(super) fn behind(image: &RgbImage, quad: &Quad) -> Option<Ground> {
    let [a, b, c, d] = quad.0;
    let half = |from: f32, to: f32| -> Option<[u8; 3]> {
        let mut channels: [Vec<f32>; 3] = Default::default();
        for row in 0..ACROSS {
            let v = from + (to - from) * (row as f32 + 0.5) / ACROSS as f32;
            let (left, right) = (a.lerp(d, v), b.lerp(c, v));
            for column in 0..ALONG {
                let Point { x, y } = left.lerp(right, (column as f32 + 0.5) / ALONG as f32);
                if x < 0.0 || y < 0.0 {
                    continue;
                }
                let Some(pixel) = image.get_pixel_checked(x as u32, y as u32) else { continue };
                channels.iter_mut().zip(pixel.0).for_each(|(all, value)| all.push(f32::from(value)));
            }
        }
        let [r, g, b] = channels.map(|values| median(values).map(|m| m as u8));
        Some([r?, g?, b?])
    };
    Some(Ground { upper: half(-MARGIN, 0.5)?, lower: half(0.5, 1.0 + MARGIN)? })
}

#[cfg(test)]
mod tests {
    use image::Rgb;

    use super::*;

    #[test]
    fn the_ground_shows_between_the_strokes() {
        let image = RgbImage::from_fn(200, 60, |x, y| match (x % 10 < 3, y < 30) {
            (true, _) => Rgb([250, 250, 250]),
            (false, true) => Rgb([210, 170, 40]),
            (false, false) => Rgb([40, 160, 80]),
        });
        let ground = behind(&image, &Quad::from_rect(10.0, 10.0, 190.0, 50.0)).expect("on the page");
        assert_eq!((ground.upper, ground.lower), ([210, 170, 40], [40, 160, 80]));
        assert_eq!(behind(&image, &Quad::from_rect(500.0, 10.0, 600.0, 50.0)), None);
    }
}
