//! Single pictures through the decoders of the `image` crate: PNG, BMP, PCX, ICO, TGA, PNM.
//!
//! Reads what an incomplete file still holds. Formats that need more than that have modules of
//! their own.

use std::{borrow::Cow, io::Cursor};

use image::{
    ColorType, DynamicImage, ImageBuffer, ImageDecoder, ImageError, Limits,
    codecs::{bmp::BmpDecoder, ico::IcoDecoder, png::PngDecoder, pnm::PnmDecoder, tga::TgaDecoder},
    metadata::Orientation,
};
use image_extras::pcx::PCXDecoder;

use super::{Bytes, FileFormat, IngestError, MAX_DECODED_BYTES, bmp, canvas, canvas::Decoded, exif};

/// Rows that hold nothing but this were not reached by the decoder (the upper ones of formats that
/// begin below). Not 0 or 255, which are frequent in documents.
const UNTOUCHED: u8 = 0xA5;

/// Decodes the picture in `bytes`, a file of one of the formats above.
pub(super) fn decode(format: FileFormat, bytes: &Bytes) -> Result<Decoded, IngestError> {
    let broken = |e| from_image_error(format, e);
    let data = bytes.as_ref();
    let cursor = || Cursor::new(data);
    let mut decoded = match format {
        FileFormat::Bmp => {
            let mended = bmp::with_one_plane(data);
            let data = mended.as_deref().unwrap_or(data);
            match read(format, BmpDecoder::new(Cursor::new(data)).map_err(broken)?) {
                Err(IngestError::Damaged { format, detail }) => {
                    read_damaged_bitmap(data).unwrap_or(Err(IngestError::Damaged { format, detail }))
                }
                result => result,
            }
        }
        FileFormat::Pcx => read(format, PCXDecoder::new(cursor()).map_err(broken)?),
        FileFormat::Tga => {
            let picture = read_picture(format, TgaDecoder::new(cursor()).map_err(broken)?)?;
            Ok(if tga_has_alpha(data) { picture.on_white() } else { picture.without_alpha() })
        }
        FileFormat::Pnm => read(format, PnmDecoder::new(cursor()).map_err(broken)?),
        FileFormat::Ico => {
            let one = largest_icon(data).unwrap_or(Cow::Borrowed(data));
            if one.starts_with(b"\x89PNG") {
                read(format, PngDecoder::with_limits(Cursor::new(one), limits()).map_err(broken)?)
            } else {
                read(format, IcoDecoder::new(Cursor::new(one)).map_err(broken)?)
            }
        }
        _ => read(format, PngDecoder::with_limits(cursor(), limits()).map_err(broken)?),
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

/// A picture as the decoder gives it.
struct Picture {
    image: DynamicImage,
    orientation: Orientation,
    notices: Vec<String>,
}

impl Picture {
    fn on_white(self) -> Decoded {
        let Self { image, orientation, notices } = self;
        Decoded { orientation, notices, ..Decoded::new(canvas::onto_white(image)) }
    }

    fn without_alpha(self) -> Decoded {
        let Self { image, orientation, notices } = self;
        Decoded { orientation, notices, ..Decoded::new(image.into_rgb8()) }
    }
}

fn read(format: FileFormat, decoder: impl ImageDecoder) -> Result<Decoded, IngestError> {
    read_picture(format, decoder).map(Picture::on_white)
}

/// Reads the whole picture, or as many rows as the file still holds.
fn read_picture(format: FileFormat, mut decoder: impl ImageDecoder) -> Result<Picture, IngestError> {
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
        let row_bytes = (size / height.max(1) as usize).max(1);
        let mut complete = u64::from(height);
        for row in pixels.chunks_exact_mut(row_bytes) {
            if row.iter().all(|&b| b == UNTOUCHED) {
                row.fill(255);
                complete -= 1;
            }
        }
        notices.push(canvas::partial(format, complete, height.into(), broken(error))?);
    }
    let image = assemble(width, height, colour, pixels)
        .ok_or_else(|| IngestError::damaged(format, "像素格式 / pixel format"))?;
    Ok(Picture { image, orientation, notices })
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

/// A run-length packed bitmap that the decoder gave up on; `None` for others.
fn read_damaged_bitmap(data: &[u8]) -> Option<Result<Decoded, IngestError>> {
    let format = FileFormat::Bmp;
    let (bitmap, rows) = bmp::unpacked(data)?;
    let decoder = BmpDecoder::new(Cursor::new(bitmap)).ok()?;
    let (_, height) = decoder.dimensions();
    let cause = IngestError::Truncated { format };
    Some(canvas::partial(format, rows as u64, height.into(), cause).and_then(|notice| {
        let mut decoded = read(format, decoder)?;
        decoded.notices.push(notice);
        Ok(decoded)
    }))
}

/// Whether the fourth channel means anything: the header counts its bits.
fn tga_has_alpha(data: &[u8]) -> bool {
    data.get(17).is_some_and(|descriptor| descriptor & 0x0f != 0)
}

/// The largest of the pictures in the icon file `data` (of equal ones the one with most colours):
/// a PNG file where it is one, else an icon file of it alone. `None` if the directory cannot be
/// read. The stated length of the picture is not used: it is often wrong.
fn largest_icon(data: &[u8]) -> Option<Cow<'_, [u8]>> {
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
    let picture = data.get(start..)?;
    if picture.starts_with(b"\x89PNG") {
        return Some(Cow::Borrowed(picture));
    }
    let mut icon = data.get(..4)?.to_vec();
    icon.extend(1u16.to_le_bytes());
    icon.extend(best.get(..8)?);
    icon.extend(u32::try_from(picture.len()).ok()?.to_le_bytes());
    icon.extend(((HEADER + ENTRY) as u32).to_le_bytes());
    icon.extend(picture);
    Some(Cow::Owned(icon))
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
