//! Photoshop files: the merged picture that Photoshop writes for other programs.
//!
//! Layers are not read. Source: Adobe Photoshop File Formats Specification (PSD and PSB).

use image::RgbImage;

use super::{FileFormat, IngestError, canvas, canvas::Decoded, colour, exif};

/// Colour modes of the header.
mod mode {
    pub const BITMAP: u16 = 0;
    pub const GREY: u16 = 1;
    pub const INDEXED: u16 = 2;
    pub const RGB: u16 = 3;
    pub const CMYK: u16 = 4;
    pub const DUOTONE: u16 = 8;
    pub const LAB: u16 = 9;
}

const FORMAT: FileFormat = FileFormat::Psd;

/// Reads big-endian numbers and blocks from the front of a slice.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], IngestError> {
        let (head, rest) = self.0.split_at_checked(count).ok_or(IngestError::Truncated { format: FORMAT })?;
        self.0 = rest;
        Ok(head)
    }

    fn number(&mut self, bytes: usize) -> Result<usize, IngestError> {
        Ok(self.take(bytes)?.iter().fold(0, |n, &b| n << 8 | usize::from(b)))
    }

    /// A block that is preceded by its length.
    fn block(&mut self, length_bytes: usize) -> Result<&'a [u8], IngestError> {
        let length = self.number(length_bytes)?;
        self.take(length)
    }
}

/// The sizes that the header states.
struct Header {
    width: usize,
    height: usize,
    channels: usize,
    /// Bits a sample: 1, 8, 16 or 32.
    depth: usize,
}

impl Header {
    fn row_bytes(&self) -> usize {
        (self.width * self.depth).div_ceil(8)
    }
}

/// Decodes the merged picture.
pub(super) fn decode(bytes: &[u8]) -> Result<Decoded, IngestError> {
    let mut reader = Reader(bytes);
    reader.take(4)?;
    let large = reader.number(2)? == 2;
    reader.take(6)?;
    let channels = reader.number(2)?;
    let (height, width) = (reader.number(4)?, reader.number(4)?);
    let (depth, mode) = (reader.number(2)?, reader.number(2)? as u16);
    let header = Header { width, height, channels, depth };

    let colours = match mode {
        mode::BITMAP | mode::GREY | mode::INDEXED | mode::DUOTONE => 1,
        mode::RGB | mode::LAB => 3,
        mode::CMYK => 4,
        _ => {
            return Err(IngestError::Unsupported {
                what: format!("PSD (颜色模式 / mode {mode})"),
                instead: "PNG",
            });
        }
    };
    if channels < colours || !matches!(depth, 1 | 8 | 16 | 32) {
        return Err(IngestError::damaged(FORMAT, "文件头 / header"));
    }
    // The samples of up to five channels, and the RGB picture.
    canvas::check_size(width as u64, height as u64, colours as u64 + 1 + 3)?;

    let palette = reader.block(4)?;
    let dpi = resolution(reader.block(4)?);
    let layers = reader.block(if large { 8 } else { 4 })?;
    let kept = if has_transparency(layers, large) { channels.min(colours + 1) } else { colours };
    let planes = planes(&mut reader, &header, kept, large)?;

    let complete_rows = planes.iter().map(|p| p.len() / width).min().unwrap_or(0).min(height);
    let mut notices = Vec::new();
    if complete_rows < height {
        let cause = IngestError::Truncated { format: FORMAT };
        notices.push(canvas::partial(FORMAT, complete_rows as u64, height as u64, cause)?);
    }
    let mut rgb = vec![255; width * height * 3];
    for (at, pixel) in rgb.chunks_exact_mut(3).take(complete_rows * width).enumerate() {
        let sample = |plane: usize| planes.get(plane).and_then(|p| p.get(at)).copied().unwrap_or(255);
        let value = match mode {
            mode::RGB => [sample(0), sample(1), sample(2)],
            // Inks are stored inverted.
            mode::CMYK => [0, 1, 2].map(|ink| colour::multiply(sample(ink), sample(3))),
            mode::LAB => colour::lab_to_rgb([
                f32::from(sample(0)) * 100.0 / 255.0,
                f32::from(sample(1)) - 128.0,
                f32::from(sample(2)) - 128.0,
            ]),
            mode::INDEXED => {
                let index = usize::from(sample(0));
                [0, 256, 512].map(|table| palette.get(table + index).copied().unwrap_or(0))
            }
            _ => [sample(0); 3],
        };
        let alpha = if kept > colours { sample(colours) } else { 255 };
        pixel.copy_from_slice(&value.map(|c| canvas::blend_on_white(c, alpha)));
    }
    let image = RgbImage::from_raw(width as u32, height as u32, rgb)
        .ok_or_else(|| IngestError::damaged(FORMAT, "像素数 / number of pixels"))?;
    Ok(Decoded { dpi, notices, ..Decoded::new(image) })
}

/// A negative layer count says that the first extra channel is the merged picture's transparency.
fn has_transparency(layers: &[u8], large: bool) -> bool {
    let count = layers.get(if large { 8 } else { 4 }..).and_then(|l| l.first_chunk::<2>());
    count.is_some_and(|&c| i16::from_be_bytes(c) < 0)
}

/// The first `kept` channels as 8-bit samples; shorter than the picture where the file ends early.
fn planes(
    reader: &mut Reader,
    header: &Header,
    kept: usize,
    large: bool,
) -> Result<Vec<Vec<u8>>, IngestError> {
    let row = header.row_bytes();
    let mut planes = vec![Vec::with_capacity(header.width * header.height); kept];
    match reader.number(2)? {
        0 => {
            for plane in &mut planes {
                let data = reader.0.get(..row * header.height).unwrap_or(reader.0);
                reader.0 = reader.0.get(data.len()..).unwrap_or_default();
                data.chunks_exact(row).for_each(|r| append_row(plane, r, header));
            }
        }
        1 => {
            let length_bytes = if large { 4 } else { 2 };
            let mut lengths = Reader(reader.take(length_bytes * header.height * header.channels)?);
            'planes: for plane in &mut planes {
                for _ in 0..header.height {
                    let Ok(packed) = lengths.number(length_bytes).and_then(|n| reader.take(n)) else {
                        break 'planes;
                    };
                    let mut unpacked = colour::unpack_bits(packed, row);
                    unpacked.resize(row, 255);
                    append_row(plane, &unpacked, header);
                }
            }
        }
        other => {
            let what = format!("PSD (压缩方式 / compression {other})");
            return Err(IngestError::Unsupported { what, instead: "PNG" });
        }
    }
    Ok(planes)
}

/// Appends one row of one channel as 8-bit samples.
fn append_row(plane: &mut Vec<u8>, row: &[u8], header: &Header) {
    match header.depth {
        // In bitmap mode 1 is black.
        1 => plane.extend(
            (0..header.width)
                .map(|x| row.get(x / 8).map_or(255, |b| if b >> (7 - x % 8) & 1 == 1 { 0 } else { 255 })),
        ),
        8 => plane.extend_from_slice(row),
        16 => plane.extend(row.iter().step_by(2)),
        // 32-bit samples are linear light.
        _ => plane.extend(row.chunks_exact(4).map(|v| {
            let linear = v.try_into().map_or(1.0, f32::from_be_bytes).clamp(0.0, 1.0);
            (linear.powf(1.0 / 2.2) * 255.0).round() as u8
        })),
    }
}

/// Dots per inch of image resource 1005 (a 16.16 fixed-point number).
fn resolution(resources: &[u8]) -> Option<f32> {
    let mut reader = Reader(resources);
    loop {
        reader.take(4).ok()?;
        let id = reader.number(2).ok()?;
        // A Pascal string, padded to an even length with its length byte.
        let name = reader.number(1).ok()?;
        reader.take(name + (name + 1) % 2).ok()?;
        let data = reader.block(4).ok()?;
        if data.len() % 2 == 1 {
            reader.take(1).ok()?;
        }
        if id == 1005 {
            let fixed = u32::from_be_bytes(*data.first_chunk::<4>()?);
            return exif::plausible_dpi((fixed as f32 / 65_536.0).round());
        }
    }
}
