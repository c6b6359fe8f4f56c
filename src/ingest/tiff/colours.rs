//! A TIFF picture's samples to RGB on white, by its photometric interpretation.

use super::{
    super::{IngestError, canvas, colour},
    directory::Tags,
    layout::{Layout, colours, photometric},
    tag,
};

/// What the first sample beyond the colours is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Alpha {
    None,
    /// The colours are multiplied with it already.
    Premultiplied,
    Straight,
}

/// RGB of all pixels; `samples` has `layout.kept` samples a pixel.
pub(super) fn to_rgb(
    tags: &Tags,
    layout: &Layout,
    samples: &[u8],
    is_rgb: bool,
) -> Result<Vec<u8>, IngestError> {
    let interpretation = if is_rgb { photometric::RGB } else { layout.photometric };
    let colours = colours(interpretation);
    let alpha = match tags.number(tag::EXTRA_SAMPLES) {
        Some(1) if layout.kept > colours => Alpha::Premultiplied,
        Some(2) if layout.kept > colours => Alpha::Straight,
        // Not stated: a channel that would make all of the picture vanish is no alpha.
        None if layout.kept > colours
            && samples.iter().skip(colours).step_by(layout.kept).any(|&alpha| alpha != 0) =>
        {
            Alpha::Straight
        }
        _ => Alpha::None,
    };
    let palette = if interpretation == photometric::PALETTE { palette(tags) } else { Vec::new() };
    let colour = |p: &[u8]| -> [u8; 3] {
        let at = |i: usize| p.get(i).copied().unwrap_or(0);
        match interpretation {
            photometric::WHITE_IS_ZERO => [255 - at(0); 3],
            photometric::PALETTE => palette.get(usize::from(at(0))).copied().unwrap_or([0; 3]),
            photometric::RGB => [at(0), at(1), at(2)],
            photometric::CMYK => colour::cmyk_to_rgb([at(0), at(1), at(2), at(3)]),
            photometric::YCBCR => colour::ycbcr_to_rgb([at(0), at(1), at(2)]),
            photometric::CIE_LAB => {
                let signed = |v: u8| f32::from(v as i8);
                colour::lab_to_rgb([f32::from(at(0)) / 2.55, signed(at(1)), signed(at(2))])
            }
            photometric::ICC_LAB | photometric::ITU_LAB => {
                let offset = |v: u8| f32::from(v) - 128.0;
                colour::lab_to_rgb([f32::from(at(0)) / 2.55, offset(at(1)), offset(at(2))])
            }
            _ => [at(0); 3],
        }
    };
    if !matches!(
        interpretation,
        photometric::WHITE_IS_ZERO
            | photometric::BLACK_IS_ZERO
            | photometric::MASK
            | photometric::PALETTE
            | photometric::RGB
            | photometric::CMYK
            | photometric::YCBCR
            | photometric::CIE_LAB
            | photometric::ICC_LAB
            | photometric::ITU_LAB
    ) {
        let what = format!("TIFF (颜色类型 / photometric interpretation {interpretation})");
        return Err(IngestError::Unsupported { what, instead: "PNG" });
    }
    let mut rgb = Vec::with_capacity(layout.width * layout.height * 3);
    for pixel in samples.chunks_exact(layout.kept) {
        let value = colour(pixel);
        let opacity = pixel.get(colours).copied().unwrap_or(255);
        rgb.extend(match alpha {
            Alpha::None => value,
            Alpha::Straight => value.map(|c| canvas::blend_on_white(c, opacity)),
            Alpha::Premultiplied => value.map(|c| c.saturating_add(255 - opacity)),
        });
    }
    Ok(rgb)
}

/// The colour map: all reds, then all greens, then all blues, of 16 bits (8 in some old files).
fn palette(tags: &Tags) -> Vec<[u8; 3]> {
    let values = tags.numbers(tag::COLOR_MAP, 3 << 16);
    let shift = if values.iter().any(|&v| v > 255) { 8 } else { 0 };
    let size = values.len() / 3;
    let at = |i: usize| (values.get(i).copied().unwrap_or(0) >> shift) as u8;
    (0..size).map(|i| [at(i), at(size + i), at(2 * size + i)]).collect()
}
