//! TIFF files (6.0, BigTIFF and the extensions that scanners and fax programs write).
//!
//! Every picture of the file's chain of directories is a page. Written for tolerance: wrong or
//! missing tags take their defaults and broken strips leave white, with a notice.

mod ccitt;
mod chunks;
mod colours;
mod directory;
mod layout;
mod old_jpeg;

use image::{RgbImage, metadata::Orientation};

use super::{Bytes, FileFormat, IngestError, canvas, canvas::Decoded, exif};
use directory::{Directory, Tags};
use layout::Layout;

const FORMAT: FileFormat = FileFormat::Tiff;

/// Tag numbers (TIFF 6.0 and its technical notes).
mod tag {
    pub const WIDTH: u16 = 256;
    pub const HEIGHT: u16 = 257;
    pub const BITS_PER_SAMPLE: u16 = 258;
    pub const COMPRESSION: u16 = 259;
    pub const PHOTOMETRIC: u16 = 262;
    pub const FILL_ORDER: u16 = 266;
    pub const STRIP_OFFSETS: u16 = 273;
    pub const ORIENTATION: u16 = 274;
    pub const SAMPLES_PER_PIXEL: u16 = 277;
    pub const ROWS_PER_STRIP: u16 = 278;
    pub const STRIP_BYTE_COUNTS: u16 = 279;
    pub const X_RESOLUTION: u16 = 282;
    pub const PLANAR_CONFIGURATION: u16 = 284;
    pub const T4_OPTIONS: u16 = 292;
    pub const RESOLUTION_UNIT: u16 = 296;
    pub const PREDICTOR: u16 = 317;
    pub const COLOR_MAP: u16 = 320;
    pub const TILE_WIDTH: u16 = 322;
    pub const TILE_HEIGHT: u16 = 323;
    pub const TILE_OFFSETS: u16 = 324;
    pub const TILE_BYTE_COUNTS: u16 = 325;
    pub const EXTRA_SAMPLES: u16 = 338;
    pub const SAMPLE_FORMAT: u16 = 339;
    pub const JPEG_TABLES: u16 = 347;
    pub const JPEG_STREAM: u16 = 513;
    pub const JPEG_STREAM_LENGTH: u16 = 514;
    pub const JPEG_RESTART_INTERVAL: u16 = 515;
    pub const JPEG_Q_TABLES: u16 = 519;
    pub const JPEG_DC_TABLES: u16 = 520;
    pub const JPEG_AC_TABLES: u16 = 521;
    pub const YCBCR_SUBSAMPLING: u16 = 530;

    /// Every tag that is read; others are not kept.
    pub const ALL: [u16; 31] = [
        WIDTH,
        HEIGHT,
        BITS_PER_SAMPLE,
        COMPRESSION,
        PHOTOMETRIC,
        FILL_ORDER,
        STRIP_OFFSETS,
        ORIENTATION,
        SAMPLES_PER_PIXEL,
        ROWS_PER_STRIP,
        STRIP_BYTE_COUNTS,
        X_RESOLUTION,
        PLANAR_CONFIGURATION,
        T4_OPTIONS,
        RESOLUTION_UNIT,
        PREDICTOR,
        COLOR_MAP,
        TILE_WIDTH,
        TILE_HEIGHT,
        TILE_OFFSETS,
        TILE_BYTE_COUNTS,
        EXTRA_SAMPLES,
        SAMPLE_FORMAT,
        JPEG_TABLES,
        JPEG_STREAM,
        JPEG_STREAM_LENGTH,
        JPEG_RESTART_INTERVAL,
        JPEG_Q_TABLES,
        JPEG_DC_TABLES,
        JPEG_AC_TABLES,
        YCBCR_SUBSAMPLING,
    ];
}

/// An opened TIFF file.
pub(super) struct Tiff {
    file: Bytes,
    directories: Vec<Directory>,
}

impl Tiff {
    /// Reads the chain of directories; no pixels.
    pub fn open(file: Bytes) -> Result<Self, IngestError> {
        let directories = directory::read_all(file.as_ref())?;
        Ok(Self { file, directories })
    }

    pub fn page_count(&self) -> usize {
        self.directories.len()
    }

    /// Decodes the picture of the directory `index`.
    pub fn decode(&self, index: usize) -> Result<Decoded, IngestError> {
        let directory = self
            .directories
            .get(index)
            .ok_or(IngestError::PageOutOfRange { count: self.directories.len() })?;
        let tags = Tags { file: self.file.as_ref(), directory };
        let layout = Layout::read(&tags)?;
        let mut notices = Vec::new();
        let picture = chunks::read(&tags, &layout)?;
        let missing: usize = picture.missing.iter().map(|r| r.width * r.height).sum();
        let area = layout.width * layout.height * picture.planes;
        if missing > 0 {
            let rows = (area - missing.min(area)) / (layout.width * picture.planes).max(1);
            let cause = picture.cause.unwrap_or(IngestError::Truncated { format: FORMAT });
            notices.push(canvas::partial(FORMAT, rows as u64, layout.height as u64, cause)?);
        }
        if picture.damaged {
            notices.push(
                "TIFF 文件有损坏，部分行可能有误 / the TIFF file is damaged, some rows may be wrong"
                    .to_owned(),
            );
        }
        let mut rgb = colours::to_rgb(&tags, &layout, &picture.samples, picture.is_rgb)?;
        for hole in &picture.missing {
            for y in hole.y..hole.y + hole.height {
                let start = (y * layout.width + hole.x) * 3;
                if let Some(row) = rgb.get_mut(start..start + hole.width * 3) {
                    row.fill(255);
                }
            }
        }
        let image = RgbImage::from_raw(layout.width as u32, layout.height as u32, rgb)
            .ok_or_else(|| IngestError::damaged(FORMAT, "像素数 / number of pixels"))?;
        let orientation = tags
            .number(tag::ORIENTATION)
            .and_then(|o| Orientation::from_exif(u8::try_from(o).ok()?))
            .unwrap_or(Orientation::NoTransforms);
        Ok(Decoded { orientation, dpi: dpi(&tags), notices, ..Decoded::new(image) })
    }
}

/// Dots per inch across; the unit's default is the inch.
fn dpi(tags: &Tags) -> Option<f32> {
    let value = tags.fraction(tag::X_RESOLUTION)?;
    match tags.number(tag::RESOLUTION_UNIT) {
        Some(1) => None,
        Some(3) => exif::plausible_dpi((value * 2.54).round()),
        _ => exif::plausible_dpi(value.round()),
    }
}
