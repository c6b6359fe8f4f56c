//! Mending bitmaps that the decoder refuses although others read them.
//!
//! Works on the file's bytes and gives another bitmap file; decodes no colours.

const FILE_HEADER: usize = 14;
/// The header of OS/2 1.x, in which width and height take half the room.
const CORE_HEADER: u32 = 12;
/// Values of the header's compression field.
const RLE8: u32 = 1;
const RLE4: u32 = 2;

fn long(data: &[u8], at: usize) -> Option<u32> {
    data.get(at..at.checked_add(4)?)?.try_into().ok().map(u32::from_le_bytes)
}

/// A bitmap whose header counts one plane; `None` where it does so already. The count is always 1,
/// but some writers leave it out or misuse it.
pub(super) fn with_one_plane(data: &[u8]) -> Option<Vec<u8>> {
    let at = FILE_HEADER + if long(data, FILE_HEADER)? == CORE_HEADER { 8 } else { 12 };
    if data.get(at..at + 2)? == [1, 0] {
        return None;
    }
    let mut mended = data.to_vec();
    mended.get_mut(at..at + 2)?.copy_from_slice(&[1, 0]);
    Some(mended)
}

/// An uncompressed bitmap made of a run-length packed one (BI_RLE8, BI_RLE4), and how many of its
/// rows hold pixels. Runs that go beyond a row are cut; what is skipped has the first colour.
/// `None` for other bitmaps.
pub(super) fn unpacked(data: &[u8]) -> Option<(Vec<u8>, usize)> {
    const INFO_HEADER: usize = 40;
    let header = usize::try_from(long(data, FILE_HEADER)?).ok().filter(|&h| (40..=124).contains(&h))?;
    let width = usize::try_from(long(data, 18)?).ok()?;
    let height = usize::try_from(long(data, 22)?).ok()?;
    let four_bits = match long(data, 30)? {
        RLE8 => false,
        RLE4 => true,
        _ => return None,
    };
    let start = usize::try_from(long(data, 10)?).ok()?;
    super::canvas::check_size(width as u64, height as u64, 4).ok()?;
    let stride = width.next_multiple_of(4);
    let mut pixels = vec![0; stride * height];
    let rows = unpack(data.get(start..)?, four_bits, (width, height), stride, &mut pixels);

    let mut colours = match long(data, 46)? as usize {
        0 => {
            if four_bits {
                16
            } else {
                256
            }
        }
        n => n.min(256),
    };
    let palette = data.get(FILE_HEADER + header..start)?;
    colours = colours.min(palette.len() / 4);
    let palette = palette.get(..colours * 4)?;
    let first_pixel = u32::try_from(FILE_HEADER + INFO_HEADER + palette.len()).ok()?;
    let mut bitmap = b"BM".to_vec();
    bitmap.extend((first_pixel + u32::try_from(pixels.len()).ok()?).to_le_bytes());
    bitmap.extend([0; 4]);
    bitmap.extend(first_pixel.to_le_bytes());
    bitmap.extend((INFO_HEADER as u32).to_le_bytes());
    bitmap.extend(data.get(18..26)?);
    bitmap.extend([1, 0, 8, 0]);
    bitmap.extend([0; 16]);
    bitmap.extend((colours as u32).to_le_bytes());
    bitmap.extend([0; 4]);
    bitmap.extend(palette);
    bitmap.append(&mut pixels);
    Some((bitmap, rows))
}

/// Unpacks runs into `pixels`, one byte a pixel; gives the number of rows reached.
fn unpack(
    packed: &[u8],
    four_bits: bool,
    (width, height): (usize, usize),
    stride: usize,
    pixels: &mut [u8],
) -> usize {
    let (mut x, mut y) = (0, 0);
    let mut rest = packed;
    // The colour of a run's pixel: runs of four bits alternate between two.
    let half = |byte: u8, i: usize| match (four_bits, i % 2) {
        (false, _) => byte,
        (true, 0) => byte >> 4,
        (true, _) => byte & 15,
    };
    while let [first, second, after @ ..] = rest
        && y < height
    {
        rest = after;
        let mut put = |x: usize, value: u8| {
            if x < width
                && let Some(pixel) = pixels.get_mut(y * stride + x)
            {
                *pixel = value;
            }
        };
        match (*first, *second) {
            (0, 0) => (x, y) = (0, y + 1),
            (0, 1) => return height,
            (0, 2) => {
                let [right, down, after @ ..] = rest else { break };
                rest = after;
                x += usize::from(*right);
                y += usize::from(*down);
            }
            (0, count) => {
                let count = usize::from(count);
                let bytes = if four_bits { count.div_ceil(2) } else { count };
                for i in 0..count {
                    let byte = rest.get(if four_bits { i / 2 } else { i }).copied().unwrap_or(0);
                    put(x + i, half(byte, i));
                }
                x += count;
                rest = rest.get(bytes.next_multiple_of(2)..).unwrap_or_default();
            }
            (count, value) => {
                for i in 0..usize::from(count) {
                    put(x + i, half(value, i));
                }
                x += usize::from(count);
            }
        }
    }
    y.min(height)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_cut_at_the_end_of_their_row() {
        let mut pixels = vec![0; 16];
        // Three of colour 1 and a literal 2, 3; next row: nine of colour 4; the end.
        let packed = [3, 1, 0, 4, 2, 3, 2, 3, 0, 0, 9, 4, 0, 0, 0, 1];
        assert_eq!(unpack(&packed, false, (5, 2), 8, &mut pixels), 2);
        assert_eq!(pixels, [1, 1, 1, 2, 3, 0, 0, 0, 4, 4, 4, 4, 4, 0, 0, 0]);
        let mut pixels = vec![0; 8];
        assert_eq!(unpack(&[5, 0x12], true, (5, 2), 4, &mut pixels), 0);
        assert_eq!(pixels, [1, 2, 1, 2, 1, 0, 0, 0]);
    }
}
