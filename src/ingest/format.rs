//! What a file is, by its content; which endings a folder search should look at.
//!
//! Magic numbers decide, never the ending. TGA has none: it is recognised last, by the
//! plausibility of its header. Decodes nothing.

use std::{
    fmt,
    fs::File,
    io::{Cursor, Read, Seek},
    path::Path,
};

use super::ofd;

/// How many bytes of a file's start are looked at. A PDF's header may stand anywhere in the first
/// 1024 bytes (PDF 1.7, implementation note 13).
const HEAD_BYTES: u64 = 1024;

/// A file format that Luru can tell from others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FileFormat {
    Png,
    Jpeg,
    Bmp,
    Gif,
    Tiff,
    WebP,
    Pcx,
    Ico,
    Psd,
    Tga,
    Pnm,
    Pdf,
    Ofd,
}

impl FileFormat {
    /// The readable formats' names, for messages.
    pub const NAMES: &'static str = "PDF, OFD, PNG, JPEG, TIFF, BMP, GIF, WEBP, PSD, PCX, TGA, ICO, PNM";

    /// The name users know.
    pub fn name(self) -> &'static str {
        match self {
            Self::Png => "PNG",
            Self::Jpeg => "JPEG",
            Self::Bmp => "BMP",
            Self::Gif => "GIF",
            Self::Tiff => "TIFF",
            Self::WebP => "WEBP",
            Self::Pcx => "PCX",
            Self::Ico => "ICO",
            Self::Psd => "PSD",
            Self::Tga => "TGA",
            Self::Pnm => "PNM",
            Self::Pdf => "PDF",
            Self::Ofd => "OFD",
        }
    }
}

impl fmt::Display for FileFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// File name endings (lower case, without dot) that a folder search should take as inputs.
pub const EXTENSIONS: [&str; 25] = [
    "pdf", "ofd", "png", "apng", "jpg", "jpeg", "jpe", "jfif", "bmp", "dib", "gif", "tif", "tiff", "webp",
    "pcx", "ico", "cur", "psd", "tga", "targa", "pnm", "pbm", "pgm", "ppm", "pam",
];

/// Whether a folder search should take `path` as an input: by its ending only, without opening it.
pub fn is_supported_extension(path: &Path) -> bool {
    path.extension()
        .and_then(|e| e.to_str())
        .is_some_and(|e| EXTENSIONS.iter().any(|known| e.eq_ignore_ascii_case(known)))
}

/// The format of the file at `path` by its content; `None` if it cannot be read or recognised.
pub fn sniff(path: &Path) -> Option<FileFormat> {
    let mut head = Vec::new();
    let mut file = File::open(path).ok()?;
    file.by_ref().take(HEAD_BYTES).read_to_end(&mut head).ok()?;
    // Which package an archive is, its list of entries at the end tells.
    sniff_bytes(&head).or_else(|| is_archive(&head).then_some(file).and_then(package))
}

fn is_archive(head: &[u8]) -> bool {
    head.starts_with(b"PK\x03\x04")
}

fn package(archive: impl Read + Seek) -> Option<FileFormat> {
    ofd::is_package(archive).then_some(FileFormat::Ofd)
}

/// The format of a file that starts with `bytes` (all of it or its first 1024 bytes; archives are
/// only told when all of them are there).
pub fn sniff_bytes(bytes: &[u8]) -> Option<FileFormat> {
    use FileFormat::*;
    let head = bytes.get(..HEAD_BYTES as usize).unwrap_or(bytes);
    let at = |offset: usize, magic: &[u8]| head.get(offset..).is_some_and(|b| b.starts_with(magic));
    let anywhere = |magic: &[u8]| head.windows(magic.len()).any(|w| w == magic);
    Some(match head {
        _ if at(0, b"\x89PNG\r\n\x1a\n") => Png,
        _ if at(0, b"\xff\xd8\xff") => Jpeg,
        _ if at(0, b"GIF87a") || at(0, b"GIF89a") => Gif,
        _ if [b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"].iter().any(|magic| at(0, *magic)) => Tiff,
        _ if at(0, b"RIFF") && at(8, b"WEBP") => WebP,
        _ if at(0, b"8BPS") => Psd,
        _ if at(0, b"BM") && is_bmp(head) => Bmp,
        _ if is_pnm(head) => Pnm,
        _ if at(0, b"\0\0\x01\0") || at(0, b"\0\0\x02\0") => {
            // An icon's directory is not empty, and its entries' reserved byte is zero; TGA files
            // start likewise.
            if at(4, b"\0\0") || head.get(9).is_none_or(|&b| b != 0) { return tga(head) } else { Ico }
        }
        _ if anywhere(b"%PDF-") => Pdf,
        // Its first entries tell where the list at the end is lost.
        _ if is_archive(head) && (anywhere(b"OFD.xml") || anywhere(b"Doc_0")) => Ofd,
        _ if is_archive(head) => return package(Cursor::new(bytes)),
        [0x0a, 0 | 2..=5, 0 | 1, 1 | 2 | 4 | 8, ..] => Pcx,
        _ => return tga(head),
    })
}

/// `BM` may start a text too: the offset of the pixels and the header's length must make sense.
fn is_bmp(head: &[u8]) -> bool {
    let long = |at: usize| head.get(at..at + 4).and_then(|b| b.try_into().ok()).map(u32::from_le_bytes);
    long(14).is_none_or(|header| (12..=512).contains(&header))
}

/// `P1` to `P7`, then white space (or a comment).
fn is_pnm(head: &[u8]) -> bool {
    matches!(head, [b'P', b'1'..=b'7', space, ..] if space.is_ascii_whitespace() || *space == b'#')
}

/// A Targa header by its plausibility (Truevision TGA 2.0, fields 1 to 5).
fn tga(head: &[u8]) -> Option<FileFormat> {
    let header: &[u8; 18] = head.first_chunk()?;
    let [_, colour_map, image_type, _, _, map_low, map_high, map_depth, rest @ ..] = header;
    let [_, _, _, _, width_low, width_high, height_low, height_high, depth, descriptor] = rest;
    let paletted = matches!(image_type, 1 | 9);
    let map_fits = match colour_map {
        0 => !paletted,
        1 => matches!(map_depth, 15 | 16 | 24 | 32) && (*map_low, *map_high) != (0, 0),
        _ => false,
    };
    let type_fits = match image_type {
        1 | 9 => matches!(depth, 8 | 16),
        2 | 10 => matches!(depth, 15 | 16 | 24 | 32),
        3 | 11 => matches!(depth, 8 | 16),
        _ => false,
    };
    let sized = (*width_low, *width_high) != (0, 0) && (*height_low, *height_high) != (0, 0);
    (map_fits && type_fits && sized && descriptor & 0xc0 == 0).then_some(FileFormat::Tga)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_decides() {
        let cases: [(&[u8], Option<FileFormat>); 12] = [
            (b"\x89PNG\r\n\x1a\n....", Some(FileFormat::Png)),
            (b"\xff\xd8\xff\xe0", Some(FileFormat::Jpeg)),
            (b"MM\0*\0\0\0\x08", Some(FileFormat::Tiff)),
            (b"II+\0\x08\0\0\0", Some(FileFormat::Tiff)),
            (b"junk before %PDF-1.7", Some(FileFormat::Pdf)),
            (b"P6\n2 2\n255\n", Some(FileFormat::Pnm)),
            (b"RIFF\0\0\0\0WEBPVP8 ", Some(FileFormat::WebP)),
            (b"\0\0\x01\0\x01\0\x20\x20\0\0\x01\0", Some(FileFormat::Ico)),
            (b"\0\0\x02\0\0\0\0\0\0\0\0\0\x10\0\x10\0\x18\x20", Some(FileFormat::Tga)),
            (b"Plain text", None),
            (b"BMW is a maker of cars and this is a text", None),
            (b"", None),
        ];
        for (head, format) in cases {
            assert_eq!(sniff_bytes(head), format, "{:?}", String::from_utf8_lossy(head));
        }
    }

    #[test]
    fn endings_are_compared_without_case() {
        assert!(is_supported_extension(Path::new("a/b.PDF")));
        assert!(!is_supported_extension(Path::new("a/b.docx")));
        assert!(!is_supported_extension(Path::new("pdf")));
    }
}
