//! JPEG files, and the JPEG streams inside TIFF files.
//!
//! Gives RGB for grey, YCbCr, RGB, CMYK and YCCK pictures, and what is there of incomplete ones.

use image::{RgbImage, metadata::Orientation};
use zune_core::{bytestream::ZCursor, colorspace::ColorSpace, options::DecoderOptions};
use zune_jpeg::{JpegDecoder, errors::DecodeErrors};

use super::{FileFormat, IngestError, canvas, canvas::Decoded, colour, exif};

/// What the decoder holds for a pixel: three 16-bit coefficients of progressive files, and the
/// result.
const BYTES_PER_PIXEL: u64 = 8;
/// The decoder fills rows that it did not reach with this.
const UNREACHED: u8 = 128;

/// The picture as interleaved samples.
pub(super) struct Samples {
    pub width: usize,
    pub height: usize,
    /// 1, 3 or 4.
    pub components: usize,
    pub data: Vec<u8>,
    pub colour: ColorSpace,
    /// How many rows, from the upper edge, the stream held.
    pub complete_rows: usize,
}

/// Decodes a JPEG file.
pub(super) fn decode(bytes: &[u8]) -> Result<Decoded, IngestError> {
    let segments = Segments::read(bytes);
    let Samples { width, height, components, mut data, colour, complete_rows } =
        decode_samples(bytes, false, None)?;
    let mut notices = Vec::new();
    if complete_rows < height || !has_end(bytes) {
        let cause = IngestError::Truncated { format: FileFormat::Jpeg };
        notices.push(canvas::partial(FileFormat::Jpeg, complete_rows as u64, height as u64, cause)?);
    }
    let rgb: Vec<u8> = match components {
        1 => data.iter().flat_map(|&v| [v; 3]).collect(),
        4 => data.chunks_exact(4).flat_map(|p| four_to_rgb(p, colour, segments.adobe)).collect(),
        _ => std::mem::take(&mut data),
    };
    let wrong_size = || IngestError::damaged(FileFormat::Jpeg, "像素数 / number of pixels");
    let (Ok(width), Ok(height)) = (u32::try_from(width), u32::try_from(height)) else {
        return Err(wrong_size());
    };
    let mut image = RgbImage::from_raw(width, height, rgb).ok_or_else(wrong_size)?;
    if let Some(missing) = image.get_mut(complete_rows * width as usize * 3..) {
        missing.fill(255);
    }
    let orientation = segments.exif.and_then(exif::orientation).unwrap_or(Orientation::NoTransforms);
    Ok(Decoded { orientation, dpi: segments.dpi, notices, ..Decoded::new(image) })
}

/// Four components to RGB. Adobe's programs write inks inverted (0 = full ink) and say so by
/// their segment.
fn four_to_rgb(pixel: &[u8], colour: ColorSpace, adobe: bool) -> [u8; 3] {
    let &[a, b, c, k] = pixel else { return [255; 3] };
    let [c, m, y] = if colour == ColorSpace::YCCK { colour::ycbcr_to_rgb([a, b, c]) } else { [a, b, c] };
    if adobe { [c, m, y].map(|paper| colour::multiply(paper, k)) } else { colour::cmyk_to_rgb([c, m, y, k]) }
}

/// Decodes a JPEG stream. Pictures of three components become RGB unless `raw` asks for the
/// components as they are stored; of one and of four components they always stay so.
///
/// A stream that is much larger than `expected` (width, height), as its container says, is refused.
pub(super) fn decode_samples(
    stream: &[u8],
    raw: bool,
    expected: Option<(usize, usize)>,
) -> Result<Samples, IngestError> {
    /// Encoders may round a strip's size up to whole blocks of 8 pixels, subsampled four times.
    const PADDING: usize = 32;
    let largest = usize::from(u16::MAX);
    let (max_width, max_height) =
        expected.map_or((largest, largest), |(w, h)| (w.saturating_add(PADDING), h.saturating_add(PADDING)));
    let options = |strict| {
        DecoderOptions::default().set_strict_mode(strict).set_max_width(max_width).set_max_height(max_height)
    };
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(stream), options(false));
    decoder.decode_headers().map_err(jpeg_error)?;
    let truncated = || IngestError::Truncated { format: FileFormat::Jpeg };
    let (width, height) = decoder.dimensions().ok_or_else(truncated)?;
    canvas::check_pixels(width as u64, height as u64, BYTES_PER_PIXEL)?;
    let stored = decoder.input_colorspace().ok_or_else(truncated)?;
    let (wanted, components) = match stored {
        ColorSpace::Luma => (stored, 1),
        ColorSpace::CMYK | ColorSpace::YCCK => (stored, 4),
        ColorSpace::YCbCr | ColorSpace::RGB if raw => (stored, 3),
        ColorSpace::YCbCr | ColorSpace::RGB => (ColorSpace::RGB, 3),
        _ => return Err(IngestError::damaged(FileFormat::Jpeg, "颜色分量数 / number of components")),
    };
    decoder.set_options(options(false).jpeg_set_out_colorspace(wanted));
    let mut data = vec![UNREACHED; width * height * components];
    decoder.decode_into(&mut data).map_err(jpeg_error)?;

    let row = (width * components).max(1);
    let reached = data.iter().rposition(|&v| v != UNREACHED).map_or(0, |last| last / row + 1);
    // A lower margin of exactly this grey is possible: only believe it is missing if the stream
    // breaks off or a strict reading fails.
    let cut = reached < height
        && (!has_end(stream) || {
            let strict = options(true).jpeg_set_out_colorspace(wanted);
            let mut again = vec![0; data.len()];
            JpegDecoder::new_with_options(ZCursor::new(stream), strict).decode_into(&mut again).is_err()
        });
    let complete_rows = if cut { reached } else { height };
    Ok(Samples { width, height, components, data, colour: stored, complete_rows })
}

fn jpeg_error(error: DecodeErrors) -> IngestError {
    match error {
        DecodeErrors::ExhaustedData | DecodeErrors::IoErrors(_) => {
            IngestError::Truncated { format: FileFormat::Jpeg }
        }
        DecodeErrors::Unsupported(what) => {
            IngestError::Unsupported { what: format!("JPEG ({what:?})"), instead: "PNG" }
        }
        e => IngestError::damaged(FileFormat::Jpeg, format!("{e:?}")),
    }
}

/// Whether the end marker follows the picture's data; that of a preview before it does not count.
fn has_end(stream: &[u8]) -> bool {
    let scan = Segments::read(stream).scan.unwrap_or_default();
    scan.windows(2).any(|pair| pair == [0xFF, 0xD9])
}

/// What the segments before the picture say.
#[derive(Default)]
struct Segments<'a> {
    exif: Option<&'a [u8]>,
    /// Whether Adobe's segment is there.
    adobe: bool,
    dpi: Option<f32>,
    /// From the first scan on.
    scan: Option<&'a [u8]>,
}

impl<'a> Segments<'a> {
    /// Walks the segments up to the first scan; stops without complaint where they break off.
    fn read(bytes: &'a [u8]) -> Self {
        const START_OF_SCAN: u8 = 0xDA;
        let mut found = Self::default();
        let mut rest = bytes.get(2..).unwrap_or_default();
        while let [0xFF, marker, after @ ..] = rest {
            if *marker == 0xFF {
                rest = rest.get(1..).unwrap_or_default();
                continue;
            }
            let Some((length, _)) = after.split_first_chunk::<2>() else { break };
            let Some(body) = after.get(2..usize::from(u16::from_be_bytes(*length)).max(2)) else { break };
            match marker {
                0xE0 if body.starts_with(b"JFIF\0") => found.dpi = jfif_dpi(body),
                0xE1 if body.starts_with(b"Exif\0\0") => found.exif = found.exif.or(body.get(6..)),
                0xEE if body.starts_with(b"Adobe") => found.adobe = true,
                _ => {}
            }
            rest = after.get(2 + body.len()..).unwrap_or_default();
            if *marker == START_OF_SCAN {
                found.scan = Some(rest);
                break;
            }
        }
        found
    }
}

/// The horizontal density of a JFIF segment, where it has a unit.
fn jfif_dpi(body: &[u8]) -> Option<f32> {
    let &[unit, high, low] = body.get(7..)?.first_chunk::<3>()?;
    let density = f32::from(u16::from_be_bytes([high, low]));
    match unit {
        1 => exif::plausible_dpi(density),
        2 => exif::plausible_dpi((density * 2.54).round()),
        _ => None,
    }
}
