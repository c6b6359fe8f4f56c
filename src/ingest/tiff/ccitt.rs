//! CCITT facsimile compression: T.4 (one- and two-dimensional, with and without end-of-line
//! codes) and T.6.
//!
//! The code tables are those of the `fax` crate; the rows are put together here, because fax
//! programs leave out, pad and damage end-of-line codes in more ways than that crate reads.

use fax::{
    BitReader,
    maps::{Mode, black, mode, white},
};

/// The schemes by their TIFF compression numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scheme {
    /// 2: runs, every row starts at a byte.
    Rows,
    /// 3: T.4; `two_dimensional` is bit 0 of the tag T4Options.
    Group3 { two_dimensional: bool },
    /// 4: T.6.
    Group4,
}

/// The bits of a slice, most significant first; zeros follow its end.
struct Bits<'a> {
    data: &'a [u8],
    position: usize,
}

impl Bits<'_> {
    fn at_end(&self) -> bool {
        self.position >= self.data.len() * 8
    }

    fn next_bits(&self, count: u8) -> u16 {
        let first = self.position / 8;
        let byte = |i: usize| u32::from(self.data.get(first + i).copied().unwrap_or(0));
        let window = byte(0) << 16 | byte(1) << 8 | byte(2);
        let shift = 24 - (self.position % 8) as u32 - u32::from(count);
        ((window >> shift) & ((1 << count) - 1)) as u16
    }

    fn align(&mut self) {
        self.position = self.position.next_multiple_of(8);
    }

    /// Skips fill and one end-of-line code, if that comes next.
    fn skip_end_of_line(&mut self) -> bool {
        let mut at = Bits { data: self.data, position: self.position };
        while !at.at_end() && at.next_bits(12) == 0 {
            at.position += 1;
        }
        let found = at.next_bits(12) == 1;
        if found {
            self.position = at.position + 12;
        }
        found
    }

    /// Moves behind the next end-of-line code, to go on after damage.
    fn find_end_of_line(&mut self) -> bool {
        while !self.at_end() {
            if self.skip_end_of_line() {
                return true;
            }
            self.position += 1;
        }
        false
    }
}

impl BitReader for Bits<'_> {
    type Error = ();

    fn peek(&self, bits: u8) -> Option<u16> {
        (bits <= 16 && !self.at_end()).then(|| self.next_bits(bits))
    }

    fn consume(&mut self, bits: u8) -> Result<(), ()> {
        self.position += usize::from(bits);
        Ok(())
    }

    fn bits_to_byte_boundary(&self) -> u8 {
        (self.position.next_multiple_of(8) - self.position) as u8
    }
}

/// Decoded rows, one bit a pixel, 1 = black, each padded to bytes.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Rows {
    pub bits: Vec<u8>,
    /// How many of them the data hold; white ones that the end of the data implies follow.
    pub read: usize,
    /// How many of these stand in damaged data: guessed as far as possible.
    pub guessed: usize,
}

/// Decodes up to `height` rows of `width` pixels; fewer where the data end.
pub(super) fn decode(data: &[u8], width: usize, height: usize, scheme: Scheme) -> Rows {
    let mut bits = Bits { data, position: 0 };
    let mut out = Rows { bits: Vec::new(), read: 0, guessed: 0 };
    let mut above: Vec<usize> = Vec::new();
    let row_bytes = width.div_ceil(8);
    for _ in 0..height {
        let start = bits.position;
        let row = match scheme {
            Scheme::Rows => {
                bits.align();
                runs(&mut bits, width)
            }
            Scheme::Group3 { two_dimensional } => {
                let mut ends = 0;
                while bits.skip_end_of_line() {
                    ends += 1;
                    // Six in a row say that the page is over; between two-dimensional rows a tag
                    // bit follows each.
                    if ends == 6 {
                        return out;
                    }
                    if two_dimensional && bits.next_bits(13) == 0x1001 {
                        bits.position += 1;
                    }
                }
                let one_dimensional = !two_dimensional || {
                    let tag = bits.next_bits(1) == 1;
                    bits.position += 1;
                    tag
                };
                let row =
                    if one_dimensional { runs(&mut bits, width) } else { coded(&mut bits, &above, width) };
                match row {
                    // A damaged row repeats the one above, as fax machines do.
                    Row::Damaged(_) if bits.find_end_of_line() => {
                        bits.position -= 12;
                        Row::Damaged(above.clone())
                    }
                    Row::Damaged(_) => Row::EndOfPage,
                    row => row,
                }
            }
            Scheme::Group4 => coded(&mut bits, &above, width),
        };
        let changes = match row {
            Row::Complete(changes) => changes,
            Row::Damaged(changes) if !bits.at_end() => {
                out.guessed += 1;
                changes
            }
            // Rows that stay white below the last black may be left out.
            Row::EndOfPage | Row::BrokenEnd if scheme == Scheme::Group4 && out.read > 0 => {
                out.guessed += usize::from(matches!(row, Row::BrokenEnd));
                out.bits.resize(row_bytes * height, 0);
                break;
            }
            Row::Damaged(_) | Row::EndOfPage | Row::BrokenEnd => break,
        };
        // Every row takes bits, so that damaged data come to their end.
        bits.position = bits.position.max(start + 1);
        paint(&mut out.bits, &changes, width, row_bytes);
        out.read += 1;
        above = changes;
    }
    out
}

/// What became of a row, with the places where the colour changes, white first.
enum Row {
    Complete(Vec<usize>),
    /// As far as it could be understood.
    Damaged(Vec<usize>),
    EndOfPage,
    /// Something that looks like the end of the page, but is not quite that.
    BrokenEnd,
}

/// The length of one run; `None` where no code fits.
fn run(bits: &mut Bits, is_white: bool) -> Option<usize> {
    let mut length = 0;
    loop {
        let part = usize::from(if is_white { white::decode(bits) } else { black::decode(bits) }?);
        length += part;
        if part < 64 {
            return Some(length);
        }
    }
}

/// A row that is coded by itself.
fn runs(bits: &mut Bits, width: usize) -> Row {
    let (mut changes, mut x, mut is_white) = (Vec::new(), 0, true);
    if bits.at_end() {
        return Row::EndOfPage;
    }
    while x < width {
        let Some(length) = run(bits, is_white) else { return Row::Damaged(changes) };
        x += length;
        changes.push(x.min(width));
        is_white = !is_white;
    }
    Row::Complete(changes)
}

/// A row that is coded by its difference from the one `above` (T.6, 2.2).
fn coded(bits: &mut Bits, above: &[usize], width: usize) -> Row {
    let mut changes: Vec<usize> = Vec::new();
    // a0 as in T.6: before the first pixel at the start.
    let (mut a0, mut started, mut is_white) = (0, false, true);
    let mut from = 0;
    while a0 < width {
        // b1: the first change above to the right of a0, to the opposite colour; b2 the one after.
        while from > 0 && above.get(from - 1).is_some_and(|&b| b > a0) {
            from -= 1;
        }
        while above
            .get(from)
            .is_some_and(|&b| (b <= a0 && (started || b < a0)) || (from % 2 == 0) != is_white)
        {
            from += 1;
        }
        let b1 = above.get(from).copied().unwrap_or(width);
        let b2 = above.get(from + 1).copied().unwrap_or(width);
        // Seven zeros begin the end-of-block code; the table of codes does not look at the rest.
        if bits.next_bits(7) == 0 {
            return if bits.at_end() {
                Row::Damaged(changes)
            } else if bits.next_bits(12) == 1 {
                Row::EndOfPage
            } else {
                Row::BrokenEnd
            };
        }
        match mode::decode(bits) {
            Some(Mode::Pass) => a0 = b2,
            Some(Mode::Horizontal) => {
                for colour in [is_white, !is_white] {
                    let Some(length) = run(bits, colour) else { return Row::Damaged(changes) };
                    a0 = (a0 + length).min(width);
                    changes.push(a0);
                }
            }
            Some(Mode::Vertical(delta)) => {
                let Some(a1) = b1.checked_add_signed(delta.into()).filter(|&a1| a1 >= a0 && a1 <= width)
                else {
                    return Row::Damaged(changes);
                };
                changes.push(a1);
                a0 = a1;
                is_white = !is_white;
            }
            Some(Mode::EOF | Mode::Extension) | None => return Row::Damaged(changes),
        }
        started = true;
    }
    Row::Complete(changes)
}

/// Appends a row of bits, 1 between every second pair of changes.
fn paint(out: &mut Vec<u8>, changes: &[usize], width: usize, row_bytes: usize) {
    let start = out.len();
    out.resize(start + row_bytes, 0);
    let Some(row) = out.get_mut(start..) else { return };
    for black in changes.chunks(2).map(|pair| match *pair {
        [from, to] => from..to.min(width),
        [from] => from..width,
        _ => 0..0,
    }) {
        for x in black {
            if let Some(byte) = row.get_mut(x / 8) {
                *byte |= 0x80 >> (x % 8);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bits as text to bytes, padded with zeros.
    fn pack(bits: &str) -> Vec<u8> {
        let bits: Vec<u8> = bits.bytes().filter(|b| b"01".contains(b)).map(|b| b - b'0').collect();
        bits.chunks(8).map(|c| c.iter().enumerate().fold(0, |n, (i, b)| n | b << (7 - i))).collect()
    }

    #[test]
    fn rows_of_runs_are_read_with_and_without_line_ends() {
        // White 4 (1011), black 4 (011), white 8 (10011).
        let row = "1011 011 10011";
        let expected = [0b0000_1111, 0];
        let end = "000000000001";
        let bits = |data: &str, rows, scheme| decode(&pack(data), 16, rows, scheme).bits;
        assert_eq!(bits(row, 1, Scheme::Rows), expected);
        let t4 = Scheme::Group3 { two_dimensional: false };
        assert_eq!(bits(&format!("{end}{row}{end}{row}"), 2, t4), [expected, expected].concat());
        assert_eq!(bits(&format!("{row}{row}"), 2, t4), [expected, expected].concat());
    }

    #[test]
    fn two_dimensional_rows_follow_the_row_above() {
        // Horizontal (001) white 4 black 4, vertical 0 (1) to the end; then twice vertical 0, and
        // vertical +1 (011) for the start of black.
        let first = "001 1011 011 1";
        let (same, moved) = ("1 1 1", "011 1 1");
        let expected = [0b0000_1111, 0, 0b0000_1111, 0, 0b0000_0111, 0];
        let rows = decode(&pack(&format!("{first}{same}{moved}")), 16, 3, Scheme::Group4);
        assert_eq!(rows, Rows { bits: expected.to_vec(), read: 3, guessed: 0 });
    }

    #[test]
    fn broken_data_come_to_an_end() {
        let ending = |end: &str| decode(&pack(&format!("001 1011 011 1 {end}")), 16, 3, Scheme::Group4);
        let white_below = vec![0b0000_1111, 0, 0, 0, 0, 0];
        let whole = Rows { bits: white_below.clone(), read: 1, guessed: 0 };
        assert_eq!(ending("000000000001 000000000001"), whole);
        assert_eq!(ending("000000000000 000000000001"), Rows { guessed: 1, ..whole });
        // Extension codes, one a row at most.
        let rows = decode(&pack(&"0000001".repeat(30)), 16, 1000, Scheme::Group4);
        assert!(rows.guessed >= rows.read && rows.read <= 210, "{} of {}", rows.guessed, rows.read);
        assert_eq!(decode(&[], 16, 9, Scheme::Group4).read, 0);
    }
}
