//! JPEG compression as TIFF 6.0 defined it first (compression 6), before Technical Note 2.
//!
//! Writers understood it differently: some store one JPEG file that the tag
//! JPEGInterchangeFormat or the first strip points to, some store tables and bare scan data.

use super::{
    super::{IngestError, jpeg},
    FORMAT,
    directory::Tags,
    layout::{Layout, photometric},
    tag,
};

const START: [u8; 2] = [0xFF, 0xD8];
const END: [u8; 2] = [0xFF, 0xD9];

/// Decodes the whole picture.
pub(super) fn decode(tags: &Tags, layout: &Layout) -> Result<jpeg::Samples, IngestError> {
    let raw = layout.photometric != photometric::YCBCR;
    let size = Some((layout.width, layout.height));
    let truncated = || IngestError::Truncated { format: FORMAT };
    let at = |offset: u64| usize::try_from(offset).ok().and_then(|o| tags.file.get(o..));
    let whole = tags.number(tag::JPEG_STREAM).and_then(at).map(|rest| {
        let length = tags.number(tag::JPEG_STREAM_LENGTH).and_then(|n| usize::try_from(n).ok());
        length.filter(|&n| n > 2).and_then(|n| rest.get(..n)).unwrap_or(rest)
    });
    let first_strip = layout.offsets.first().copied().and_then(at);
    let candidates = [whole, first_strip];
    let mut error = None;
    for stream in candidates.into_iter().flatten().filter(|s| s.starts_with(&START)) {
        match jpeg::decode_samples(stream, raw, size) {
            Ok(samples) => return Ok(samples),
            Err(e) => error = error.or(Some(e)),
        }
    }
    let header = match whole.filter(|s| s.starts_with(&START)) {
        // Tables and frame header without a scan.
        Some(header) => header.strip_suffix(&END).unwrap_or(header).to_vec(),
        None => header(tags, layout).ok_or_else(|| error.unwrap_or_else(truncated))?,
    };
    let several = layout.offsets.len() > 1;
    // Strips that overlap would grow with their number.
    let most = header.len() + 2 * layout.offsets.len() + tags.file.len();
    let mut stream = header;
    for (i, &offset) in layout.offsets.iter().enumerate() {
        let strip = at(offset).ok_or_else(truncated)?;
        let count = layout.byte_counts.get(i).and_then(|&n| usize::try_from(n).ok());
        if i > 0 {
            // Strips end like restart intervals.
            stream.extend([0xFF, 0xD0 + ((i - 1) % 8) as u8]);
        }
        let strip = match count {
            // The last one of a cut file.
            Some(count) => strip.get(..count).unwrap_or(strip),
            None if several => return Err(truncated()),
            None => strip,
        };
        if stream.len() + strip.len() > most {
            return Err(IngestError::damaged(FORMAT, "图像条带重叠 / its strips overlap"));
        }
        stream.extend_from_slice(strip);
    }
    stream.extend(END);
    jpeg::decode_samples(&stream, raw, size)
}

/// A JPEG header from the tags that point to tables.
fn header(tags: &Tags, layout: &Layout) -> Option<Vec<u8>> {
    const QUANTISATION_BYTES: usize = 64;
    let components = layout.samples.min(3);
    let offsets = |tag| tags.numbers(tag, 4).into_iter().map(|o| usize::try_from(o).ok());
    let mut out = START.to_vec();
    let segment = |out: &mut Vec<u8>, marker: u8, body: &[u8]| {
        out.extend([0xFF, marker]);
        out.extend(((body.len() + 2) as u16).to_be_bytes());
        out.extend_from_slice(body);
    };
    let mut quantisation = 0;
    for (number, offset) in offsets(tag::JPEG_Q_TABLES).enumerate() {
        let table = tags.file.get(offset?..)?.get(..QUANTISATION_BYTES)?;
        segment(&mut out, 0xDB, &[&[number as u8], table].concat());
        quantisation += 1;
    }
    for (class, tag) in [(0x00, tag::JPEG_DC_TABLES), (0x10, tag::JPEG_AC_TABLES)] {
        for (number, offset) in offsets(tag).enumerate() {
            let table = tags.file.get(offset?..)?;
            let counts = table.get(..16)?;
            let values = counts.iter().map(|&n| usize::from(n)).sum::<usize>();
            segment(&mut out, 0xC4, &[&[class | number as u8], table.get(..16 + values)?].concat());
        }
    }
    if quantisation == 0 {
        return None;
    }
    let (height, width) = (u16::try_from(layout.height).ok()?, u16::try_from(layout.width).ok()?);
    let mut frame = vec![8];
    frame.extend(height.to_be_bytes());
    frame.extend(width.to_be_bytes());
    frame.push(components as u8);
    let mut scan = vec![components as u8];
    let (across, down) = layout.subsampling;
    for i in 0..components {
        let sampling = if i == 0 && components > 1 { (across << 4 | down) as u8 } else { 0x11 };
        let table = i.min(quantisation - 1) as u8;
        frame.extend([i as u8 + 1, sampling, table]);
        scan.extend([i as u8 + 1, (i.min(1) as u8) << 4 | i.min(1) as u8]);
    }
    scan.extend([0, 63, 0]);
    segment(&mut out, 0xC0, &frame);
    let restart = tags.number(tag::JPEG_RESTART_INTERVAL).filter(|&n| n > 0).or_else(|| {
        // Strips are decoded as restart intervals: as many blocks as a strip has.
        let (across, down) = if components > 1 { (across, down) } else { (1, 1) };
        let blocks = layout.width.div_ceil(8 * across) * layout.chunk.1.div_ceil(8 * down);
        (layout.offsets.len() > 1).then_some(blocks as u64)
    });
    if let Some(interval) = restart {
        segment(&mut out, 0xDD, &u16::try_from(interval).ok()?.to_be_bytes());
    }
    segment(&mut out, 0xDA, &scan);
    Some(out)
}
