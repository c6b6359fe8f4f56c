//! What tells a file and the picture of a page again: a digest of the bytes and a perceptual hash.

use image::{RgbImage, imageops};

use crate::{numbers::median, review::PICTURE_WORDS};

/// Side of the picture that the transform looks at, in pixels.
const SIDE: u32 = 64;
/// Frequencies kept in each direction; their signs make 256 bits.
const KEPT: usize = 16;

/// Perceptual hash of a page as it stands upright, `rotation` being the degrees clockwise that turn
/// it so: the picture is made 64 × 64 grey pixels, and each bit tells whether one of the 16 × 16
/// lowest frequencies of its discrete cosine transform lies above their median (pHash; Zauner,
/// Implementation and Benchmarking of Perceptual Image Hash Functions, 2010, chapter 3.2.1).
pub(super) fn picture(page: &RgbImage, rotation: u16) -> [u64; PICTURE_WORDS] {
    let small = imageops::grayscale(&imageops::thumbnail(page, SIDE, SIDE));
    let upright = match rotation {
        90 => imageops::rotate90(&small),
        180 => imageops::rotate180(&small),
        270 => imageops::rotate270(&small),
        _ => small,
    };
    let side = SIDE as usize;
    let basis: Vec<f32> = (0..KEPT * side)
        .map(|i| {
            let (k, x) = (i / side, i % side);
            (std::f32::consts::PI * (2 * x + 1) as f32 * k as f32 / (2 * side) as f32).cos()
        })
        .collect();
    // Rows first, then columns: the transform is separable.
    let rows: Vec<Vec<f32>> =
        upright.rows().map(|row| row.map(|p| f32::from(p.0[0])).collect::<Vec<f32>>()).collect();
    let along: Vec<Vec<f32>> = rows
        .iter()
        .map(|row| basis.chunks_exact(side).map(|b| b.iter().zip(row).map(|(b, v)| b * v).sum()).collect())
        .collect();
    let coefficients: Vec<f32> = basis
        .chunks_exact(side)
        .flat_map(|b| {
            let along = &along;
            (0..KEPT).map(move |k| b.iter().zip(along).filter_map(|(b, row)| Some(b * row.get(k)?)).sum())
        })
        .collect();
    // The first is the mean brightness, which tells nothing.
    let median = median(coefficients.iter().skip(1).copied()).unwrap_or_default();
    let mut bits = [0; PICTURE_WORDS];
    for (i, value) in coefficients.iter().enumerate().skip(1) {
        if let Some(word) = bits.get_mut(i / 64).filter(|_| *value > median) {
            *word |= 1_u64 << (i % 64);
        }
    }
    bits
}

#[cfg(test)]
mod tests {
    use image::Rgb;

    use super::*;
    use crate::review::{PICTURE_BITS_APART, bits_apart};

    /// Dark bars on paper, placed by a simple generator, as print is.
    fn page(seed: u32) -> RgbImage {
        let mut page = RgbImage::from_pixel(600, 800, Rgb([250, 248, 244]));
        let mut state = seed;
        let mut next = |below: u32| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) % below
        };
        for line in 0..24 {
            let (x, width) = (20 + next(300), 40 + next(220));
            for y in 0..14 {
                for dx in 0..width {
                    page.put_pixel((x + dx).min(599), 20 + line * 32 + y, Rgb([30, 30, 40]));
                }
            }
        }
        page
    }

    #[test]
    fn a_smaller_darker_or_turned_copy_has_nearly_the_same_hash_and_another_page_has_not() {
        let original = page(7);
        let hash = picture(&original, 0);
        let mut copy = imageops::resize(&original, 350, 470, imageops::FilterType::Triangle);
        for p in copy.pixels_mut() {
            p.0 = p.0.map(|v| (f32::from(v) * 0.8) as u8);
        }
        assert!(bits_apart(&hash, &picture(&copy, 0)) <= PICTURE_BITS_APART);
        let turned = imageops::rotate270(&original);
        assert!(bits_apart(&hash, &picture(&turned, 90)) <= PICTURE_BITS_APART);
        assert!(bits_apart(&hash, &picture(&page(8), 0)) > PICTURE_BITS_APART);
    }
}
