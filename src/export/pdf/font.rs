//! The font of invisible text: widths, and the characters that glyphs stand for.
//!
//! A CID font (Identity-H) with a TrueType file that draws no characters, as other makers of
//! searchable scans use it (Tesseract's glyphless font): viewers need no font with Chinese for it,
//! and none complains of a missing one. Every glyph is a box as high as the line, which is never
//! painted: of text with empty outlines that runs down the page, PDFium takes the width for 0 and
//! drops it. Glyph numbers are given as characters come.

use std::collections::HashMap;

use pdf_writer::{
    Filter, Finish, Name, Pdf, Ref, Str,
    types::{CidFontType, FontFlags, SystemInfo, UnicodeCmap},
};

use super::deflated;

const NAME: Name<'_> = Name(b"LURUAA+Invisible");
const IDENTITY: SystemInfo<'_> =
    SystemInfo { registry: Str(b"Adobe"), ordering: Str(b"Identity"), supplement: 0 };
/// Thousandths of the type size.
const UNITS: u16 = 1000;
const WIDE: u16 = 1000;
const NARROW: u16 = 500;
/// Together the type size, so that a viewer marks exactly the line's height.
pub const ASCENT: i16 = 880;
pub const DESCENT: i16 = -120;
/// Glyph numbers have two bytes; 0 is the missing glyph's.
const MOST_GLYPHS: usize = 65_000;

/// The characters used so far.
#[derive(Debug, Default)]
pub struct Glyphs {
    numbers: HashMap<char, u16>,
    chars: Vec<char>,
}

impl Glyphs {
    /// The glyph of a character; 0 once there are too many.
    pub fn number(&mut self, c: char) -> u16 {
        if let Some(&number) = self.numbers.get(&c) {
            return number;
        }
        match u16::try_from(self.chars.len() + 1) {
            Ok(number) if self.chars.len() < MOST_GLYPHS => {
                self.chars.push(c);
                self.numbers.insert(c, number);
                number
            }
            _ => 0,
        }
    }

    /// Writes the font as object `id` with the objects that it needs.
    pub fn write(&self, pdf: &mut Pdf, id: Ref, mut next: impl FnMut() -> Ref) {
        let [cid_font, descriptor, file, to_unicode] = std::array::from_fn(|_| next());
        pdf.type0_font(id)
            .base_font(NAME)
            .encoding_predefined(Name(b"Identity-H"))
            .descendant_font(cid_font)
            .to_unicode(to_unicode);
        let mut font = pdf.cid_font(cid_font);
        font.subtype(CidFontType::Type2)
            .base_font(NAME)
            .system_info(IDENTITY)
            .font_descriptor(descriptor)
            .default_width(WIDE.into())
            .cid_to_gid_map_predefined(Name(b"Identity"));
        let mut widths = font.widths();
        for (number, _) in (1u16..).zip(&self.chars).filter(|(_, c)| !is_wide(**c)) {
            widths.same(number, number, NARROW.into());
        }
        widths.finish();
        font.finish();
        pdf.font_descriptor(descriptor)
            .name(NAME)
            .flags(FontFlags::SYMBOLIC)
            .bbox(pdf_writer::Rect::new(0.0, DESCENT.into(), WIDE.into(), ASCENT.into()))
            .italic_angle(0.0)
            .ascent(ASCENT.into())
            .descent(DESCENT.into())
            .cap_height(ASCENT.into())
            .stem_v(80.0)
            .font_file2(file);
        let outlines = self.true_type();
        let mut stream_bytes = deflated(&outlines);
        let mut stream = pdf.stream(file, &stream_bytes);
        stream.filter(Filter::FlateDecode);
        stream.pair(Name(b"Length1"), i32::try_from(outlines.len()).unwrap_or(i32::MAX));
        stream.finish();
        let mut cmap = UnicodeCmap::<u16>::new(Name(b"Luru-UCS"), IDENTITY);
        for (number, c) in (1u16..).zip(&self.chars) {
            cmap.pair(number, *c);
        }
        stream_bytes = deflated(&cmap.finish());
        pdf.stream(to_unicode, &stream_bytes).filter(Filter::FlateDecode);
    }

    /// A TrueType file with a box for each character (OpenType 1.9, the tables that PDF asks for in
    /// a CID font).
    fn true_type(&self) -> Vec<u8> {
        let count = self.chars.len() as u16 + 1;
        let words = |words: &[u16]| words.iter().flat_map(|w| w.to_be_bytes()).collect::<Vec<u8>>();
        let (ascent, descent) = (ASCENT as u16, DESCENT as u16);
        // Version 1.0, revision, checksum (of which viewers make nothing), magic number, flags,
        // units, two dates, box, style, least size, direction, offsets of two bytes, format.
        let mut head = words(&[1, 0, 1, 0, 0, 0, 0x5F0F, 0x3CF5, 0, UNITS]);
        head.extend([0; 16]);
        head.extend(words(&[0, descent, WIDE, ascent, 0, 8, 2, 1, 0]));
        let mut hhea = words(&[1, 0, ascent, descent, 0, WIDE]);
        hhea.extend([0; 22]);
        hhea.extend(words(&[count]));
        // At most 4 points in 1 contour.
        let mut maxp = words(&[1, 0, count, 4, 1]);
        maxp.extend([0; 22]);
        let drawn = self.chars.iter().map(|c| if is_wide(*c) { WIDE } else { NARROW });
        let widths: Vec<u16> = std::iter::once(WIDE).chain(drawn).collect();
        let hmtx: Vec<u8> = widths.iter().flat_map(|w| words(&[*w, 0])).collect();
        let boxed = |width: u16| {
            let height = (ASCENT - DESCENT) as u16;
            // One contour, its box, its last point, no instructions, four points on the curve, and
            // the steps from point to point along x and y; filled up to whole words.
            let mut glyph = words(&[1, 0, descent, width, ascent, 3, 0, 0x0101, 0x0101]);
            glyph.extend(words(&[0, width, 0, width.wrapping_neg(), descent, 0, height, 0, 0]));
            glyph
        };
        let glyf: Vec<u8> = widths.iter().flat_map(|w| boxed(*w)).collect();
        let size = (glyf.len() / widths.len()) as u32;
        let loca: Vec<u8> = (0..=u32::from(count)).flat_map(|n| (n * size).to_be_bytes()).collect();

        let tables: [(&[u8; 4], Vec<u8>); 6] = [
            (b"glyf", glyf),
            (b"head", head),
            (b"hhea", hhea),
            (b"hmtx", hmtx),
            (b"loca", loca),
            (b"maxp", maxp),
        ];
        // Search range of 4 · 16 bytes, its logarithm, the rest of 6 tables.
        let mut file = words(&[1, 0, tables.len() as u16, 64, 2, 32]);
        let mut offset = file.len() + 16 * tables.len();
        for (tag, table) in &tables {
            file.extend(*tag);
            for value in [checksum(table), offset as u32, table.len() as u32] {
                file.extend(value.to_be_bytes());
            }
            offset += table.len().next_multiple_of(4);
        }
        for (_, table) in &tables {
            file.extend(table);
            file.resize(file.len().next_multiple_of(4), 0);
        }
        file
    }
}

/// Sum of a table's 32-bit words.
fn checksum(table: &[u8]) -> u32 {
    table.chunks(4).fold(0u32, |sum, chunk| {
        let mut word = [0; 4];
        word.iter_mut().zip(chunk).for_each(|(to, from)| *to = *from);
        sum.wrapping_add(u32::from_be_bytes(word))
    })
}

/// Ems that a character takes in this font.
pub fn ems(c: char) -> f32 {
    f32::from(if is_wide(c) { WIDE } else { NARROW }) / f32::from(UNITS)
}

/// East Asian wide characters (UAX #11).
pub fn is_wide(c: char) -> bool {
    unicode_width::UnicodeWidthChar::width(c).unwrap_or(1) > 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_font_file_has_a_width_for_each_character() {
        let mut glyphs = Glyphs::default();
        assert_eq!(["中", "a", "中"].map(|c| glyphs.number(c.chars().next().unwrap_or(' '))), [1, 2, 1]);
        let file = glyphs.true_type();
        let table = |tag: &[u8; 4]| {
            let at = file.windows(4).position(|w| w == tag).expect("the table is listed");
            let number = |i: usize| {
                let bytes = file[at + i..].first_chunk::<4>().expect("a whole entry");
                u32::from_be_bytes(*bytes) as usize
            };
            &file[number(8)..number(8) + number(12)]
        };
        assert_eq!((table(b"head").len(), table(b"hhea").len(), table(b"maxp").len()), (54, 36, 32));
        assert_eq!(table(b"hmtx"), [3, 232, 0, 0, 3, 232, 0, 0, 1, 244, 0, 0]);
        assert_eq!(table(b"loca"), [0, 0, 0, 0, 0, 0, 0, 36, 0, 0, 0, 72, 0, 0, 0, 108]);
        assert_eq!(table(b"glyf").len(), 108);
    }
}
