//! From decoded pixels to a page image: limits, white ground, orientation, scaling down.
//!
//! Everything here holds for all formats alike; no format is known here.

use fast_image_resize as fir;
use image::{DynamicImage, RgbImage, metadata::Orientation};

use super::{FileFormat, IngestError, MAX_DECODED_BYTES, MAX_PIXELS, MAX_SIDE, MIN_SIDE};
use super::{PageImage, TextLayerLine};

/// A decoded picture that is not yet a page: not turned, perhaps too large.
pub(super) struct Decoded {
    pub image: RgbImage,
    pub orientation: Orientation,
    /// What the file states, before any scaling here.
    pub dpi: Option<f32>,
    pub text_layer: Vec<TextLayerLine>,
    pub notices: Vec<String>,
}

impl Decoded {
    /// A picture as it stands, without anything known about it.
    pub fn new(image: RgbImage) -> Self {
        Self {
            image,
            orientation: Orientation::NoTransforms,
            dpi: None,
            text_layer: Vec::new(),
            notices: Vec::new(),
        }
    }

    /// The page `number`: scaled to the allowed size, then turned upright.
    pub fn into_page(self, number: usize) -> Result<PageImage, IngestError> {
        let Self { mut image, orientation, mut dpi, text_layer, mut notices } = self;
        let (width, height) = image.dimensions();
        check_lower_limit(width, height)?;
        let longer = width.max(height);
        if longer > MAX_SIDE {
            let scale = MAX_SIDE as f32 / longer as f32;
            let scaled = |side: u32| ((side as f32 * scale).round() as u32).clamp(1, MAX_SIDE);
            let (to_width, to_height) = (scaled(width), scaled(height));
            check_lower_limit(to_width, to_height)?;
            image = shrink(image, to_width, to_height)?;
            dpi = dpi.map(|dpi| dpi * scale);
            notices.push(format!(
                "图像由 {width}×{height} 缩小为 {to_width}×{to_height} / scaled down from \
                 {width}×{height} to {to_width}×{to_height}"
            ));
        }
        if orientation != Orientation::NoTransforms {
            let mut turned = DynamicImage::ImageRgb8(image);
            turned.apply_orientation(orientation);
            image = turned.into_rgb8();
        }
        Ok(PageImage { page: number, image, dpi, text_layer, notices })
    }
}

/// Refuses declared sizes that are too small to read or too large to decode; before decoding.
///
/// `bytes_per_pixel` is what the decoder will hold for each pixel.
pub(super) fn check_size(width: u64, height: u64, bytes_per_pixel: u64) -> Result<(), IngestError> {
    check_pixels(width, height, bytes_per_pixel)?;
    let side = |side| u32::try_from(side).map_err(|_| IngestError::TooLarge { width, height });
    check_lower_limit(side(width)?, side(height)?)
}

/// The upper limit alone, for parts of a picture.
pub(super) fn check_pixels(width: u64, height: u64, bytes_per_pixel: u64) -> Result<(), IngestError> {
    let pixels = width.saturating_mul(height);
    if pixels > MAX_PIXELS || pixels.saturating_mul(bytes_per_pixel) > MAX_DECODED_BYTES {
        return Err(IngestError::TooLarge { width, height });
    }
    Ok(())
}

fn check_lower_limit(width: u32, height: u32) -> Result<(), IngestError> {
    if width.min(height) < MIN_SIDE {
        return Err(IngestError::TooSmall { width, height });
    }
    Ok(())
}

/// Scales down by averaging over the covered area, which keeps thin strokes grey instead of
/// dropping them.
pub(super) fn shrink(image: RgbImage, width: u32, height: u32) -> Result<RgbImage, IngestError> {
    let (from_width, from_height) = image.dimensions();
    let too_large = || IngestError::TooLarge { width: u64::from(from_width), height: u64::from(from_height) };
    let source =
        fir::images::Image::from_vec_u8(from_width, from_height, image.into_raw(), fir::PixelType::U8x3)
            .map_err(|_| too_large())?;
    let mut target = fir::images::Image::new(width, height, fir::PixelType::U8x3);
    let options = fir::ResizeOptions::new().resize_alg(fir::ResizeAlg::Convolution(fir::FilterType::Hamming));
    fir::Resizer::new().resize(&source, &mut target, &options).map_err(|_| too_large())?;
    RgbImage::from_raw(width, height, target.into_vec()).ok_or_else(too_large)
}

/// Any picture as RGB, what is transparent in it blended onto white, or onto black where all that can be seen
/// is as bright as white paper (white letters made to stand on a dark ground); 16-bit samples become 8-bit.
pub(super) fn onto_white(image: DynamicImage) -> RgbImage {
    if !image.color().has_alpha() {
        return image.into_rgb8();
    }
    let rgba = image.into_rgba8();
    let (width, height) = rgba.dimensions();
    // On black the channel is what alpha lets through of it.
    let black = is_bright_on_nothing(&rgba);
    let blend = |c: u8, alpha: u8| match black {
        true => 255 - blend_on_white(255 - c, alpha),
        false => blend_on_white(c, alpha),
    };
    let rgb = rgba.as_raw().chunks_exact(4).flat_map(|p| match p {
        &[r, g, b, alpha] => [r, g, b].map(|c| blend(c, alpha)),
        _ => [255; 3],
    });
    RgbImage::from_raw(width, height, rgb.collect()).unwrap_or_default()
}

/// Whether most of the picture is transparent and hardly anything of the rest would be seen on white.
fn is_bright_on_nothing(rgba: &image::RgbaImage) -> bool {
    // Closer to white than this a stroke is lost on it: a tenth of the full contrast.
    const BRIGHT: u8 = 230;
    let (mut seen, mut dark) = (0u64, 0u64);
    for p in rgba.pixels().filter(|p| p.0[3] >= 128) {
        seen += 1;
        dark += u64::from(p.0[..3].iter().any(|c| *c < BRIGHT));
    }
    let all = u64::from(rgba.width()) * u64::from(rgba.height());
    seen > 0 && seen * 2 < all && dark * 100 < seen
}

/// A channel with straight alpha, seen on white paper.
pub(super) fn blend_on_white(channel: u8, alpha: u8) -> u8 {
    let (c, a) = (u32::from(channel), u32::from(alpha));
    ((c * a + 255 * (255 - a) + 127) / 255) as u8
}

/// The notice for a page of which only some rows could be read; an error if these are less than
/// half of it: then too many fields would be missing.
pub(super) fn partial(
    format: FileFormat,
    complete_rows: u64,
    height: u64,
    cause: IngestError,
) -> Result<String, IngestError> {
    if height == 0 || complete_rows * 2 < height {
        return Err(cause);
    }
    if complete_rows >= height {
        return Ok(format!(
            "{format} 文件结尾缺失，画面可能不完整 / the end of the {format} file is missing, the picture may \
             be incomplete"
        ));
    }
    let percent = complete_rows * 100 / height;
    Ok(format!(
        "{format} 文件不完整，只读出约 {percent}% / the {format} file is incomplete, about {percent}% was read"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_transparent_is_the_ground_on_which_the_rest_is_seen() {
        let drawn = |ink: u8| {
            let picture = image::RgbaImage::from_fn(10, 10, |x, _| {
                image::Rgba(if x == 4 { [ink, ink, ink, 255] } else { [0; 4] })
            });
            let seen = onto_white(DynamicImage::ImageRgba8(picture));
            (seen.get_pixel(4, 0).0[0], seen.get_pixel(0, 0).0[0])
        };
        assert_eq!(drawn(0), (0, 255));
        assert_eq!(drawn(120), (120, 255));
        assert_eq!(drawn(255), (255, 0), "white letters are seen on black");
    }
}
