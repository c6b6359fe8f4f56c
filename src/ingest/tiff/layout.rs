//! How a picture's samples lie in the file: sizes, sample types, strips or tiles.

use super::{
    super::{IngestError, canvas},
    FORMAT,
    directory::{ByteOrder, Tags},
    tag,
};

/// Photometric interpretations.
pub(super) mod photometric {
    pub const WHITE_IS_ZERO: u64 = 0;
    pub const BLACK_IS_ZERO: u64 = 1;
    pub const RGB: u64 = 2;
    pub const PALETTE: u64 = 3;
    pub const MASK: u64 = 4;
    pub const CMYK: u64 = 5;
    pub const YCBCR: u64 = 6;
    pub const CIE_LAB: u64 = 8;
    pub const ICC_LAB: u64 = 9;
    pub const ITU_LAB: u64 = 10;
}

/// Compression schemes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Compression {
    None,
    Ccitt(super::ccitt::Scheme),
    Lzw,
    OldJpeg,
    Jpeg,
    Deflate,
    PackBits,
    Lzma,
}

/// More samples a pixel than this are not believed.
const MAX_SAMPLES: u64 = 1000;

/// What a sample's bits mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SampleFormat {
    Unsigned,
    Signed,
    Float,
}

/// The layout of one picture; every size is in pixels unless it says otherwise.
#[derive(Debug, Clone)]
pub(super) struct Layout {
    pub width: usize,
    pub height: usize,
    pub order: ByteOrder,
    pub compression: Compression,
    pub photometric: u64,
    /// Bits of every sample.
    pub bits: usize,
    pub format: SampleFormat,
    /// Samples a pixel in the file.
    pub samples: usize,
    /// Samples a pixel that are kept, the first of them: the colours, and alpha where there is one.
    pub kept: usize,
    /// Whether each sample has chunks of its own.
    pub planar: bool,
    pub predictor: u64,
    /// Whether the bits of every byte stand in reverse.
    pub reversed_bits: bool,
    /// YCbCr: pixels a chroma sample, across and down.
    pub subsampling: (usize, usize),
    /// Width and height of a strip or tile.
    pub chunk: (usize, usize),
    /// Whether chunks at the edges are as large as the others.
    pub tiled: bool,
    pub offsets: Vec<u64>,
    pub byte_counts: Vec<u64>,
}

impl Layout {
    pub fn read(tags: &Tags) -> Result<Self, IngestError> {
        let damaged = |what: &str| IngestError::damaged(FORMAT, what);
        let side = |tag| tags.number(tag).filter(|&n| n > 0).ok_or(());
        let width = side(tag::WIDTH).map_err(|()| damaged("没有宽度 / no width"))?;
        let height = side(tag::HEIGHT).map_err(|()| damaged("没有高度 / no height"))?;

        let all_bits = tags.numbers(tag::BITS_PER_SAMPLE, MAX_SAMPLES as usize);
        let bits = all_bits.first().copied().unwrap_or(1) as usize;
        let photometric = tags.number(tag::PHOTOMETRIC).unwrap_or(photometric::BLACK_IS_ZERO);
        let samples =
            tags.number(tag::SAMPLES_PER_PIXEL).unwrap_or(all_bits.len() as u64).clamp(1, MAX_SAMPLES);
        let samples = samples.max(if colours(photometric) == 1 { 1 } else { all_bits.len() as u64 }) as usize;
        if samples < colours(photometric) {
            return Err(damaged("样本数 / samples per pixel"));
        }
        let has_alpha = match tags.number(tag::EXTRA_SAMPLES) {
            Some(meaning) => matches!(meaning, 1 | 2) && samples > colours(photometric),
            // Some writers add an alpha channel without saying so.
            None => samples == colours(photometric) + 1,
        };
        let kept = colours(photometric) + usize::from(has_alpha);
        let format = match tags.number(tag::SAMPLE_FORMAT) {
            Some(2) => SampleFormat::Signed,
            Some(3) => SampleFormat::Float,
            _ => SampleFormat::Unsigned,
        };
        let readable = match format {
            SampleFormat::Float => matches!(bits, 32 | 64),
            _ => matches!(bits, 1..=16 | 32),
        };
        if !readable {
            let what = format!("TIFF ({bits} 位样本 / {bits}-bit samples)");
            return Err(IngestError::Unsupported { what, instead: "PNG" });
        }
        // The samples, and the RGB picture made of them.
        canvas::check_size(width, height, kept as u64 + 3)?;
        let (width, height) = (width as usize, height as usize);

        let tiled = tags.number(tag::TILE_OFFSETS).is_some() && tags.number(tag::TILE_WIDTH).is_some();
        let chunk = if tiled {
            let side = |tag| side(tag).map_err(|()| damaged("分块大小 / tile size"));
            (side(tag::TILE_WIDTH)?, side(tag::TILE_HEIGHT)?)
        } else {
            let rows = tags.number(tag::ROWS_PER_STRIP).filter(|&n| n > 0).unwrap_or(u64::MAX);
            (width as u64, rows.min(height as u64))
        };
        let bytes_per_pixel = (samples * bits).div_ceil(8) as u64;
        canvas::check_pixels(chunk.0, chunk.1, bytes_per_pixel)?;
        let planar = tags.number(tag::PLANAR_CONFIGURATION) == Some(2) && samples > 1;
        // A list may be longer than the picture has chunks.
        let chunks = width.div_ceil(chunk.0 as usize) * height.div_ceil(chunk.1 as usize);
        let chunks = chunks * if planar { kept } else { 1 };
        let numbers = |strips, tiles| {
            let (first, second) = if tiled { (tiles, strips) } else { (strips, tiles) };
            let values = tags.numbers(first, chunks);
            if values.is_empty() { tags.numbers(second, chunks) } else { values }
        };
        let (across, down) = match tags.numbers(tag::YCBCR_SUBSAMPLING, 2).as_slice() {
            [across, down, ..] => (*across as usize, *down as usize),
            _ => (2, 2),
        };
        Ok(Self {
            width,
            height,
            order: tags.directory.order,
            compression: compression(tags)?,
            photometric,
            bits,
            format,
            samples,
            kept,
            planar,
            predictor: tags.number(tag::PREDICTOR).unwrap_or(1),
            reversed_bits: tags.number(tag::FILL_ORDER) == Some(2),
            subsampling: (across.clamp(1, 4), down.clamp(1, 4)),
            chunk: (chunk.0 as usize, chunk.1 as usize),
            tiled,
            offsets: numbers(tag::STRIP_OFFSETS, tag::TILE_OFFSETS),
            byte_counts: numbers(tag::STRIP_BYTE_COUNTS, tag::TILE_BYTE_COUNTS),
        })
    }

    /// Chunks side by side, and below one another.
    pub fn grid(&self) -> (usize, usize) {
        (self.width.div_ceil(self.chunk.0), self.height.div_ceil(self.chunk.1))
    }

    /// Samples a pixel in one chunk.
    pub fn chunk_samples(&self) -> usize {
        if self.planar { 1 } else { self.samples }
    }

    /// Whether samples have no fixed white: signed, float and 32-bit samples. Their picture's own
    /// values say what is bright.
    pub fn is_wide(&self) -> bool {
        self.bits >= 32
            || (self.bits == 16 && self.format == SampleFormat::Signed && colours(self.photometric) == 1)
    }

    /// Whether chunks hold fewer chroma than brightness samples.
    pub fn is_subsampled(&self) -> bool {
        self.photometric == photometric::YCBCR && !self.planar && self.subsampling != (1, 1)
    }
}

/// Samples that a photometric interpretation needs.
pub(super) fn colours(interpretation: u64) -> usize {
    match interpretation {
        photometric::RGB
        | photometric::YCBCR
        | photometric::CIE_LAB
        | photometric::ICC_LAB
        | photometric::ITU_LAB => 3,
        photometric::CMYK => 4,
        _ => 1,
    }
}

fn compression(tags: &Tags) -> Result<Compression, IngestError> {
    use super::ccitt::Scheme;
    Ok(match tags.number(tag::COMPRESSION).unwrap_or(1) {
        1 => Compression::None,
        2 => Compression::Ccitt(Scheme::Rows),
        3 => {
            let two_dimensional = tags.number(tag::T4_OPTIONS).unwrap_or(0) & 1 == 1;
            Compression::Ccitt(Scheme::Group3 { two_dimensional })
        }
        4 => Compression::Ccitt(Scheme::Group4),
        5 => Compression::Lzw,
        6 => Compression::OldJpeg,
        7 => Compression::Jpeg,
        8 | 32_946 => Compression::Deflate,
        32_773 => Compression::PackBits,
        34_925 => Compression::Lzma,
        other => {
            let what = format!("TIFF (压缩方式 / compression {other})");
            return Err(IngestError::Unsupported { what, instead: "PNG" });
        }
    })
}
