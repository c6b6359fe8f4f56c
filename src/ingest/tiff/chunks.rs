//! Strips and tiles: decompression, prediction, and the samples of the whole picture.

use std::io::Read;

use super::{
    super::{IngestError, colour, jpeg},
    FORMAT, ccitt,
    directory::{ByteOrder, Tags},
    layout::{Compression, Layout, SampleFormat, photometric},
    old_jpeg, tag,
};

/// LZMA streams may ask for a dictionary of up to 4 GiB; this many KiB are enough for every preset.
const LZMA_MEMORY_KIB: u32 = 80 << 10;

/// A part of the picture, in pixels.
#[derive(Debug, Clone, Copy)]
pub(super) struct Area {
    pub x: usize,
    pub y: usize,
    pub width: usize,
    pub height: usize,
}

/// The picture as 8-bit samples.
pub(super) struct Picture {
    /// `kept` samples a pixel (see [`Layout`]), row by row; palette indexes as they are.
    pub samples: Vec<u8>,
    /// Whether the decoder made RGB of the samples already.
    pub is_rgb: bool,
    /// Parts that the file does not hold; counted once for each of `planes`.
    pub missing: Vec<Area>,
    pub planes: usize,
    /// Why the first of them is missing.
    pub cause: Option<IngestError>,
    /// Whether some rows had to be guessed.
    pub damaged: bool,
}

/// One chunk's samples; fewer rows than asked for where the data end early.
struct Chunk {
    /// Pixels a row in `samples`.
    width: usize,
    /// Samples a pixel in `samples`.
    per_pixel: usize,
    samples: Vec<u8>,
    is_rgb: bool,
    /// Whether the data were damaged on the way.
    damaged: bool,
}

impl Chunk {
    fn rows(&self) -> usize {
        self.samples.len() / (self.width * self.per_pixel).max(1)
    }
}

/// Decodes all chunks.
pub(super) fn read(tags: &Tags, layout: &Layout) -> Result<Picture, IngestError> {
    let (width, height, kept) = (layout.width, layout.height, layout.kept);
    let mut picture = Picture {
        samples: vec![0; width * height * kept],
        is_rgb: false,
        missing: Vec::new(),
        planes: if layout.planar { kept } else { 1 },
        cause: None,
        damaged: false,
    };
    if layout.compression == Compression::OldJpeg {
        let whole = old_jpeg::decode(tags, layout)?;
        let chunk = from_jpeg(layout, whole);
        picture.is_rgb = chunk.is_rgb;
        place(&mut picture, layout, Area { x: 0, y: 0, width, height }, 0, &chunk);
        return Ok(picture);
    }
    let (across, down) = layout.grid();
    if layout.offsets.len() * 2 < across.saturating_mul(down) {
        return Err(IngestError::Truncated { format: FORMAT });
    }
    let scale = scale(tags, layout);
    for plane in 0..picture.planes {
        for (index, (row, column)) in (0..down).flat_map(|r| (0..across).map(move |c| (r, c))).enumerate() {
            let (x, y) = (column * layout.chunk.0, row * layout.chunk.1);
            let area =
                Area { x, y, width: layout.chunk.0.min(width - x), height: layout.chunk.1.min(height - y) };
            match chunk(tags, layout, plane * across * down + index, area.height, scale) {
                Ok(chunk) => {
                    picture.is_rgb |= chunk.is_rgb;
                    picture.damaged |= chunk.damaged;
                    place(&mut picture, layout, area, plane, &chunk);
                }
                Err(error) => {
                    picture.cause.get_or_insert(error);
                    picture.missing.push(area);
                }
            }
        }
    }
    Ok(picture)
}

/// Copies a chunk's samples to their place, and notes what it does not have.
fn place(picture: &mut Picture, layout: &Layout, area: Area, plane: usize, chunk: &Chunk) {
    let per_pixel = layout.kept;
    let rows = chunk.rows().min(area.height);
    let columns = chunk.width.min(area.width);
    let copied = chunk.per_pixel.min(per_pixel);
    for y in 0..rows {
        let row = y * chunk.width * chunk.per_pixel;
        let Some(from) = chunk.samples.get(row..row + columns * chunk.per_pixel) else { return };
        let start = ((area.y + y) * layout.width + area.x) * per_pixel;
        let Some(to) = picture.samples.get_mut(start..start + columns * per_pixel) else { return };
        if chunk.per_pixel == per_pixel && !layout.planar {
            to.copy_from_slice(from);
            continue;
        }
        for (to, from) in to.chunks_exact_mut(per_pixel).zip(from.chunks_exact(chunk.per_pixel)) {
            let (to, from) = if layout.planar {
                (to.get_mut(plane..=plane), from.get(..1))
            } else {
                (to.get_mut(..copied), from.get(..copied))
            };
            if let (Some(to), Some(from)) = (to, from) {
                to.copy_from_slice(from);
            }
        }
    }
    if rows < area.height {
        picture.missing.push(Area { y: area.y + rows, height: area.height - rows, ..area });
    }
    if columns < area.width {
        picture.missing.push(Area { x: area.x + columns, width: area.width - columns, height: rows, ..area });
    }
}

/// The bytes of chunk `index` as they stand in the file, as far as it has them.
fn packed<'a>(tags: &Tags<'a>, layout: &Layout, index: usize) -> Result<&'a [u8], IngestError> {
    let truncated = || IngestError::Truncated { format: FORMAT };
    let offset = layout.offsets.get(index).ok_or_else(truncated)?;
    let rest = usize::try_from(*offset).ok().and_then(|o| tags.file.get(o..)).ok_or_else(truncated)?;
    let count = layout.byte_counts.get(index).and_then(|&n| usize::try_from(n).ok()).filter(|&n| n > 0);
    match count.and_then(|n| rest.get(..n)).unwrap_or(rest) {
        [] => Err(truncated()),
        bytes => Ok(bytes),
    }
}

/// Decodes chunk `index`, of which `rows` rows lie inside the picture.
fn chunk(
    tags: &Tags,
    layout: &Layout,
    index: usize,
    rows: usize,
    scale: Scale,
) -> Result<Chunk, IngestError> {
    let data = packed(tags, layout, index)?;
    let width = layout.chunk.0;
    let rows = if layout.tiled { layout.chunk.1 } else { rows };
    if layout.compression == Compression::Jpeg {
        let (stream, raw) = (jpeg_stream(tags, data), layout.photometric != photometric::YCBCR);
        return Ok(from_jpeg(layout, jpeg::decode_samples(&stream, raw, Some(layout.chunk))?));
    }
    let data = if layout.reversed_bits {
        std::borrow::Cow::Owned(data.iter().map(|b| b.reverse_bits()).collect())
    } else {
        std::borrow::Cow::Borrowed(data)
    };
    let per_pixel = layout.chunk_samples();
    if layout.is_subsampled() {
        let (h, v) = layout.subsampling;
        let row_bytes = width.div_ceil(h) * (h * v + 2);
        let (bytes, damaged) = unpack(layout, &data, row_bytes, rows.div_ceil(v))?;
        let samples = spread_chroma(&bytes, width, rows, (h, v));
        return Ok(Chunk { width, per_pixel: 3, samples, is_rgb: false, damaged });
    }
    let row_bytes = (width * per_pixel * layout.bits).div_ceil(8);
    let (mut bytes, damaged) = unpack(layout, &data, row_bytes, rows)?;
    let mut samples = Vec::with_capacity(width * per_pixel * rows);
    for row in bytes.chunks_exact_mut(row_bytes) {
        let order = undo_prediction(layout, row, per_pixel);
        to_bytes(layout, row, width * per_pixel, order, scale, &mut samples);
    }
    if samples.is_empty() {
        return Err(IngestError::Truncated { format: FORMAT });
    }
    Ok(Chunk { width, per_pixel, samples, is_rgb: false, damaged })
}

/// Decompresses up to `rows` rows of `row_bytes` bytes; what can be had of broken data, and
/// whether rows of it had to be guessed.
fn unpack(
    layout: &Layout,
    data: &[u8],
    row_bytes: usize,
    rows: usize,
) -> Result<(Vec<u8>, bool), IngestError> {
    if let Compression::Ccitt(scheme) = layout.compression {
        // 1 is black, as "white is zero" says; files that say the opposite mean the opposite.
        let ccitt::Rows { mut bits, read, guessed } = ccitt::decode(data, layout.chunk.0, rows, scheme);
        if read == 0 || guessed * 2 > read {
            return Err(IngestError::damaged(FORMAT, "CCITT"));
        }
        bits.truncate(row_bytes * rows);
        return Ok((bits, guessed > 0));
    }
    Ok((unpack_bytes(layout, data, row_bytes * rows)?, false))
}

/// Decompresses up to `wanted` bytes.
fn unpack_bytes(layout: &Layout, data: &[u8], wanted: usize) -> Result<Vec<u8>, IngestError> {
    let read = |mut reader: Box<dyn Read + '_>| {
        let mut out = Vec::new();
        let mut part = [0; 16 << 10];
        while out.len() < wanted {
            match reader.read(&mut part) {
                Ok(0) => break,
                Ok(n) => out.extend(part.iter().take(n.min(wanted - out.len()))),
                // What came before an error is still good.
                Err(e) if out.is_empty() => return Err(IngestError::damaged(FORMAT, e)),
                Err(_) => break,
            }
        }
        Ok(out)
    };
    match layout.compression {
        Compression::None => Ok(data.get(..wanted).unwrap_or(data).to_vec()),
        Compression::PackBits => Ok(colour::unpack_bits(data, wanted)),
        Compression::Deflate => read(Box::new(flate2::read::ZlibDecoder::new(data))),
        Compression::Lzma => {
            read(Box::new(lzma_rust2::XzReader::new_mem_limit(data, false, LZMA_MEMORY_KIB)))
        }
        Compression::Lzw => Ok(unpack_lzw(data, wanted)),
        // These have their own ways.
        Compression::Ccitt(_) | Compression::Jpeg | Compression::OldJpeg => Ok(Vec::new()),
    }
}

/// LZW as in TIFF 6.0, or in the reverse bit order of older writers.
fn unpack_lzw(data: &[u8], wanted: usize) -> Vec<u8> {
    let mut decoder = match data {
        [0, second, ..] if second & 1 == 1 => weezl::decode::Decoder::new(weezl::BitOrder::Lsb, 8),
        _ => weezl::decode::Decoder::with_tiff_size_switch(weezl::BitOrder::Msb, 8),
    };
    let mut out = vec![0; wanted];
    let (mut read, mut written) = (0, 0);
    while let (Some(input), Some(room)) = (data.get(read..), out.get_mut(written..)) {
        let step = decoder.decode_bytes(input, room);
        read += step.consumed_in;
        written += step.consumed_out;
        if !matches!(step.status, Ok(weezl::LzwStatus::Ok)) || written >= wanted {
            break;
        }
        if step.consumed_in == 0 && step.consumed_out == 0 {
            break;
        }
    }
    out.truncate(written);
    out
}

/// Undoes differencing in one row; gives the byte order that its samples have afterwards.
fn undo_prediction(layout: &Layout, row: &mut [u8], per_pixel: usize) -> ByteOrder {
    let compresses = matches!(
        layout.compression,
        Compression::Lzw | Compression::Deflate | Compression::Lzma | Compression::PackBits
    );
    match layout.predictor {
        2 if compresses && matches!(layout.bits, 8 | 16 | 32 | 64) => {
            let size = layout.bits / 8;
            let step = per_pixel * size;
            for at in (step..row.len()).step_by(size) {
                let number = |from: usize| row.get(from..from + size).map(|b| layout.order.number(b));
                let (Some(before), Some(difference)) = (number(at - step), number(at)) else { break };
                let sum = before.wrapping_add(difference).to_le_bytes();
                let Some(target) = row.get_mut(at..at + size) else { break };
                for (i, byte) in target.iter_mut().enumerate() {
                    let place = if layout.order == ByteOrder::Little { i } else { size - 1 - i };
                    *byte = sum.get(place).copied().unwrap_or(0);
                }
            }
            layout.order
        }
        3 if compresses && layout.format == SampleFormat::Float => {
            // Technical note 3: the bytes of equal rank stand together, highest first, as
            // differences.
            for at in per_pixel..row.len() {
                let before = row.get(at - per_pixel).copied().unwrap_or(0);
                if let Some(byte) = row.get_mut(at) {
                    *byte = byte.wrapping_add(before);
                }
            }
            let size = layout.bits / 8;
            let count = row.len() / size;
            let ranks = row.to_vec();
            for (i, byte) in row.iter_mut().enumerate() {
                *byte = ranks.get((i % size) * count + i / size).copied().unwrap_or(0);
            }
            ByteOrder::Big
        }
        _ => layout.order,
    }
}

/// The values of wide samples (see [`Layout::is_wide`]) that become 0 and 255.
#[derive(Debug, Clone, Copy)]
struct Scale {
    black: f64,
    white: f64,
}

/// The customary full scale that the picture's own values fit in.
fn scale(tags: &Tags, layout: &Layout) -> Scale {
    let (mut least, mut most) = (0.0f64, 0.0f64);
    if layout.is_wide() {
        let (across, down) = layout.grid();
        let per_pixel = layout.chunk_samples();
        let row_bytes = (layout.chunk.0 * per_pixel * layout.bits).div_ceil(8);
        for index in 0..across * down {
            let data = packed(tags, layout, index);
            let Ok((mut bytes, _)) = data.and_then(|d| unpack(layout, d, row_bytes, layout.chunk.1)) else {
                continue;
            };
            for row in bytes.chunks_exact_mut(row_bytes) {
                let order = undo_prediction(layout, row, per_pixel);
                for value in row.chunks_exact(layout.bits / 8).map(|v| wide_value(layout, v, order)) {
                    if value.is_finite() {
                        (least, most) = (least.min(value), most.max(value));
                    }
                }
            }
        }
    }
    let white = [1.0, 255.0, 65_535.0].into_iter().find(|&full| most <= full).unwrap_or(most);
    Scale { black: least, white }
}

/// A wide sample as a number.
fn wide_value(layout: &Layout, bytes: &[u8], order: ByteOrder) -> f64 {
    let number = order.number(bytes);
    match (layout.format, bytes.len()) {
        (SampleFormat::Float, 4) => f64::from(f32::from_bits(number as u32)),
        (SampleFormat::Float, _) => f64::from_bits(number),
        (SampleFormat::Signed, 2) => f64::from(number as u16 as i16),
        (SampleFormat::Signed, _) => f64::from(number as u32 as i32),
        (SampleFormat::Unsigned, _) => number as f64,
    }
}

/// Appends one row of `count` samples of any type as 8-bit samples.
fn to_bytes(layout: &Layout, row: &[u8], count: usize, order: ByteOrder, scale: Scale, out: &mut Vec<u8>) {
    // a* and b* of CIE L*a*b* are signed numbers by themselves.
    let lab = layout.photometric == photometric::CIE_LAB;
    match layout.bits {
        // Samples of 8 bits that are said to be signed are not: writers state it by mistake.
        8 => out.extend_from_slice(row),
        16 if !layout.is_wide() => out.extend(row.chunks_exact(2).map(|v| {
            let value = order.number(v) as u16;
            // 257 steps of 16 bits to one of 8.
            if lab { (value >> 8) as u8 } else { ((u32::from(value) + 128) / 257) as u8 }
        })),
        _ if layout.is_wide() => out.extend(row.chunks_exact(layout.bits / 8).map(|v| {
            let range = (scale.white - scale.black).max(f64::MIN_POSITIVE);
            (((wide_value(layout, v, order) - scale.black) / range).clamp(0.0, 1.0) * 255.0).round() as u8
        })),
        1 if layout.photometric != photometric::PALETTE => {
            let start = out.len();
            out.extend(
                row.iter().flat_map(|byte| [7, 6, 5, 4, 3, 2, 1, 0].map(|bit| (byte >> bit & 1) * 255)),
            );
            out.truncate(start + count);
        }
        bits => {
            let full = (1u32 << bits) - 1;
            let palette = layout.photometric == photometric::PALETTE;
            for sample in 0..count {
                let first = sample * bits;
                let window = (0..3)
                    .fold(0u32, |w, i| w << 8 | u32::from(row.get(first / 8 + i).copied().unwrap_or(0)));
                let value = window >> (24 - first % 8 - bits) & full;
                out.push(if palette { value as u8 } else { ((value * 255 + full / 2) / full) as u8 });
            }
        }
    }
}

/// YCbCr with fewer chroma samples (blocks of `h·v` Y, one Cb, one Cr) to three samples a pixel.
fn spread_chroma(bytes: &[u8], width: usize, rows: usize, (h, v): (usize, usize)) -> Vec<u8> {
    let block_row = width.div_ceil(h) * (h * v + 2);
    let complete = (bytes.len() / block_row.max(1) * v).min(rows);
    let mut out = Vec::with_capacity(width * complete * 3);
    for y in 0..complete {
        for x in 0..width {
            let block = (y / v) * block_row + (x / h) * (h * v + 2);
            let sample = |i: usize| bytes.get(block + i).copied().unwrap_or(128);
            out.extend([sample((y % v) * h + x % h), sample(h * v), sample(h * v + 1)]);
        }
    }
    out
}

/// A complete JPEG stream: the shared tables, without their end marker, before the chunk's own
/// stream, without its start marker.
fn jpeg_stream(tags: &Tags, data: &[u8]) -> Vec<u8> {
    let tables = tags.bytes(tag::JPEG_TABLES).filter(|t| t.starts_with(&[0xFF, 0xD8]));
    match (tables, data) {
        (Some([tables @ .., 0xFF, 0xD9]), [0xFF, 0xD8, rest @ ..]) => [tables, rest].concat(),
        _ => data.to_vec(),
    }
}

fn from_jpeg(layout: &Layout, decoded: jpeg::Samples) -> Chunk {
    let jpeg::Samples { width, components, mut data, complete_rows, .. } = decoded;
    data.truncate(width * components * complete_rows);
    let is_rgb = layout.photometric == photometric::YCBCR && components == 3;
    Chunk { width, per_pixel: components, samples: data, is_rgb, damaged: false }
}
