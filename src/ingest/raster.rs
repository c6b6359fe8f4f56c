//! Single pictures through the decoders of the `image` crate: PNG, BMP, PCX, ICO, TGA, PNM.
//!
//! Reads what an incomplete file still holds. Formats that need more than that have modules of
//! their own.

use std::io::Cursor;

use image::{
    ColorType, DynamicImage, ImageBuffer, ImageDecoder, ImageError, Limits,
    codecs::{bmp::BmpDecoder, ico::IcoDecoder, png::PngDecoder, pnm::PnmDecoder, tga::TgaDecoder},
    metadata::Orientation,
};
use image_extras::pcx::PCXDecoder;

use super::{Bytes, FileFormat, IngestError, MAX_DECODED_BYTES, canvas, canvas::Decoded, exif};

/// Rows that hold nothing but this were not reached by the decoder. Not 0 or 255, which are
/// frequent in documents.
const UNTOUCHED: u8 = 0xA5;

/// Decodes the picture in `bytes`, a file of one of the formats above.
pub(super) fn decode(format: FileFormat, bytes: &Bytes) -> Result<Decoded, IngestError> {
    let broken = |e| from_image_error(format, e);
    let data = bytes.as_ref();
    let cursor = || Cursor::new(data);
    let mut decoded = match format {
        FileFormat::Bmp => read(format, BmpDecoder::new(cursor()).map_err(broken)?),
        FileFormat::Pcx => read(format, PCXDecoder::new(cursor()).map_err(broken)?),
        FileFormat::Tga => read(format, TgaDecoder::new(cursor()).map_err(broken)?),
        FileFormat::Pnm => read(format, PnmDecoder::new(cursor()).map_err(broken)?),
        FileFormat::Ico => {
            let one = largest_icon(data);
            let data = one.as_deref().unwrap_or(data);
            read(format, IcoDecoder::new(Cursor::new(data)).map_err(broken)?)
        }
        _ => {
            let limits = limits();
            read(format, PngDecoder::with_limits(cursor(), limits).map_err(broken)?)
        }
    }?;
    if format == FileFormat::Png {
        decoded.dpi = exif::png_dpi(data);
        if decoded.orientation == Orientation::NoTransforms
            && let Some(orientation) = exif::png_text_profile(data).and_then(|e| exif::orientation(&e))
        {
            decoded.orientation = orientation;
        }
    }
    Ok(decoded)
}

fn limits() -> Limits {
    let mut limits = Limits::no_limits();
    limits.max_alloc = Some(MAX_DECODED_BYTES);
    limits
}

/// Reads the whole picture, or as many rows as the file still holds.
fn read(format: FileFormat, mut decoder: impl ImageDecoder) -> Result<Decoded, IngestError> {
    let broken = |e| from_image_error(format, e);
    let (width, height) = decoder.dimensions();
    let colour = decoder.color_type();
    canvas::check_size(width.into(), height.into(), colour.bytes_per_pixel().into())?;
    decoder.set_limits(limits()).map_err(broken)?;
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let size = usize::try_from(decoder.total_bytes())
        .map_err(|_| IngestError::TooLarge { width: width.into(), height: height.into() })?;
    let mut pixels = vec![UNTOUCHED; size];
    let mut notices = Vec::new();
    if let Err(error) = decoder.read_image(&mut pixels) {
        let row = size / height.max(1) as usize;
        let read = pixels.iter().rposition(|&b| b != UNTOUCHED).map_or(0, |last| (last + 1) / row.max(1));
        notices.push(canvas::partial(format, read as u64, height.into(), broken(error))?);
        if let Some(missing) = pixels.get_mut(read * row..) {
            missing.fill(255);
        }
    }
    let image = assemble(width, height, colour, pixels)
        .ok_or_else(|| IngestError::damaged(format, "像素格式 / pixel format"))?;
    Ok(Decoded { orientation, notices, ..Decoded::new(canvas::onto_white(image)) })
}

/// The picture from samples in the machine's byte order, as `ImageDecoder` delivers them.
fn assemble(width: u32, height: u32, colour: ColorType, pixels: Vec<u8>) -> Option<DynamicImage> {
    let high_bytes = |pixels: Vec<u8>| -> Vec<u8> {
        // 257 steps of a 16-bit sample to one of 8 bits.
        let words = pixels.chunks_exact(2).filter_map(|w| w.try_into().ok().map(u16::from_ne_bytes));
        words.map(|v| ((u32::from(v) + 128) / 257) as u8).collect()
    };
    Some(match colour {
        ColorType::L8 => DynamicImage::ImageLuma8(ImageBuffer::from_raw(width, height, pixels)?),
        ColorType::La8 => DynamicImage::ImageLumaA8(ImageBuffer::from_raw(width, height, pixels)?),
        ColorType::Rgb8 => DynamicImage::ImageRgb8(ImageBuffer::from_raw(width, height, pixels)?),
        ColorType::Rgba8 => DynamicImage::ImageRgba8(ImageBuffer::from_raw(width, height, pixels)?),
        ColorType::L16 => return assemble(width, height, ColorType::L8, high_bytes(pixels)),
        ColorType::La16 => return assemble(width, height, ColorType::La8, high_bytes(pixels)),
        ColorType::Rgb16 => return assemble(width, height, ColorType::Rgb8, high_bytes(pixels)),
        ColorType::Rgba16 => return assemble(width, height, ColorType::Rgba8, high_bytes(pixels)),
        _ => return None,
    })
}

/// An icon file that holds only the largest of the pictures in `data` (of equal ones the one with
/// most colours); `None` if the directory cannot be read.
fn largest_icon(data: &[u8]) -> Option<Vec<u8>> {
    const HEADER: usize = 6;
    const ENTRY: usize = 16;
    let word = |at: usize| data.get(at..at + 2)?.try_into().ok().map(u16::from_le_bytes);
    let long = |entry: &[u8], at: usize| entry.get(at..at + 4)?.try_into().ok().map(u32::from_le_bytes);
    let side = |b: u8| if b == 0 { 256 } else { u32::from(b) };
    let entries = data.get(HEADER..)?.chunks_exact(ENTRY).take(usize::from(word(4)?));
    let best = entries.max_by_key(|e| match e {
        [w, h, _, _, _, _, bits_low, bits_high, ..] => {
            (side(*w) * side(*h), u16::from_le_bytes([*bits_low, *bits_high]))
        }
        _ => (0, 0),
    })?;
    let start = usize::try_from(long(best, 12)?).ok()?;
    let end = start.checked_add(usize::try_from(long(best, 8)?).ok()?)?;
    let picture = data.get(start..end.min(data.len()))?;
    let mut icon = data.get(..4)?.to_vec();
    icon.extend(1u16.to_le_bytes());
    icon.extend(best.get(..12)?);
    icon.extend(((HEADER + ENTRY) as u32).to_le_bytes());
    icon.extend(picture);
    Some(icon)
}

/// The cause of a failure of an `image` decoder.
pub(super) fn from_image_error(format: FileFormat, error: ImageError) -> IngestError {
    match error {
        ImageError::IoError(e) if e.kind() == std::io::ErrorKind::UnexpectedEof => {
            IngestError::Truncated { format }
        }
        ImageError::Unsupported(e) => {
            IngestError::Unsupported { what: format!("{format}: {e}"), instead: "PNG" }
        }
        e => IngestError::damaged(format, e),
    }
}
