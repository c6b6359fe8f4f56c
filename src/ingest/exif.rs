//! What picture files state beside their pixels: orientation and resolution.
//!
//! Reads EXIF blocks (which are small TIFF files), PNG chunks and JPEG segments. What cannot be
//! understood is `None`: a wrong statement must not cost the picture.

use image::metadata::Orientation;

const INCHES_PER_METRE: f32 = 0.0254;

/// The orientation that an EXIF block (starting with its byte order mark) states.
pub(super) fn orientation(block: &[u8]) -> Option<Orientation> {
    Orientation::from_exif_chunk(block.strip_prefix(b"Exif\0\0").unwrap_or(block))
}

/// A resolution that can be true: below 10 dpi and above 10,000 dpi it is a placeholder.
pub(super) fn plausible_dpi(dpi: f32) -> Option<f32> {
    (10.0..=10_000.0).contains(&dpi).then_some(dpi)
}

/// The PNG chunks of `png` as (type, data), as far as they are complete.
fn png_chunks(png: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    let mut rest = png.get(8..).unwrap_or_default();
    std::iter::from_fn(move || {
        let (length, after) = rest.split_first_chunk::<4>()?;
        let (kind, after) = after.split_at_checked(4)?;
        let (data, after) = after.split_at_checked(usize::try_from(u32::from_be_bytes(*length)).ok()?)?;
        rest = after.get(4..).unwrap_or_default();
        Some((kind, data))
    })
}

/// Dots per inch of a PNG's `pHYs` chunk, where its unit is the metre.
pub(super) fn png_dpi(png: &[u8]) -> Option<f32> {
    let (_, data) = png_chunks(png).find(|(kind, _)| kind == b"pHYs")?;
    let (&[a, b, c, d, _, _, _, _, unit], _) = data.split_first_chunk::<9>()?;
    let per_metre = u32::from_be_bytes([a, b, c, d]) as f32;
    if unit == 1 { plausible_dpi((per_metre * INCHES_PER_METRE).round()) } else { None }
}

/// The EXIF block that ImageMagick and others write as hexadecimal text into a PNG
/// (`Raw profile type exif`), older than the `eXIf` chunk.
pub(super) fn png_text_profile(png: &[u8]) -> Option<Vec<u8>> {
    /// EXIF blocks are at most one JPEG segment long; as text twice that, and line ends.
    const MAX_TEXT: u64 = 4 * 65_536;
    let keys: [&[u8]; 2] = [b"Raw profile type exif\0", b"Raw profile type APP1\0"];
    let text = png_chunks(png).find_map(|(kind, data)| {
        let rest = keys.iter().find_map(|key| data.strip_prefix(*key))?;
        match kind {
            b"tEXt" => Some(rest.to_vec()),
            b"zTXt" => {
                let mut text = Vec::new();
                let packed = flate2::read::ZlibDecoder::new(rest.get(1..)?);
                std::io::Read::read_to_end(&mut std::io::Read::take(packed, MAX_TEXT), &mut text).ok()?;
                Some(text)
            }
            _ => None,
        }
    })?;
    // A line with the profile's name, one with its length, then the digits.
    let text = std::str::from_utf8(&text).ok()?;
    let digits: Vec<u8> =
        text.trim_start().splitn(3, '\n').nth(2)?.bytes().filter(u8::is_ascii_hexdigit).collect();
    let value = |digit: u8| char::from(digit).to_digit(16);
    digits
        .chunks_exact(2)
        .map(|pair| match pair {
            &[high, low] => Some((value(high)? * 16 + value(low)?) as u8),
            _ => None,
        })
        .collect()
}
