//! Files to page images, and their text layer where the file has one.
//!
//! Owns every file format and every limit against hostile files; the only place that knows
//! PDFium. Knows nothing of text recognition or documents.

use std::path::{Path, PathBuf};

use image::RgbImage;

use crate::geometry::Quad;

/// Pages whose shorter side is below this many pixels are refused.
pub const MIN_SIDE: u32 = 15;
/// Pages whose longer side is above this many pixels are scaled down, with a notice.
pub const MAX_SIDE: u32 = 8192;

/// Why a file or one of its pages cannot be read. Messages name the remedy.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IngestError {
    #[error("文件不存在或无法打开 / cannot be opened: {source} ({path})")]
    Open { path: PathBuf, source: std::io::Error },
}

/// One page as pixels.
#[derive(Debug, Clone)]
pub struct PageImage {
    /// Number in its file, from 1.
    pub page: usize,
    /// Upright as EXIF says, without alpha (transparent parts are white).
    pub image: RgbImage,
    /// Dots per inch that `image` was rendered at or that the file states.
    pub dpi: Option<f32>,
    /// Text the file itself holds for this page; quads in pixels of `image`.
    pub text_layer: Vec<TextLayerLine>,
    /// What the user should know, e.g. that the page was scaled down.
    pub notices: Vec<String>,
}

/// One line of a page's own text.
#[derive(Debug, Clone, PartialEq)]
pub struct TextLayerLine {
    pub text: String,
    pub quad: Quad,
    /// One entry per character of `text`, spaces included.
    pub chars: Vec<(char, Quad)>,
}

/// Which pages of a file to read: `1-3,7`; all when empty.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PageSelection(pub Vec<std::ops::RangeInclusive<usize>>);

/// How to open a file.
#[derive(Debug, Clone, Default)]
pub struct OpenOptions {
    pub pages: PageSelection,
    /// For encrypted PDFs.
    pub password: Option<String>,
    /// Where the PDFium library lies; without it PDFs end in an error that names the remedy.
    pub pdfium_library: Option<PathBuf>,
}

/// An opened file whose pages are decoded one at a time.
pub struct Source {
    path: PathBuf,
}

impl Source {
    /// Opens `path`, deciding its format by content.
    pub fn open(path: &Path, _options: &OpenOptions) -> Result<Self, IngestError> {
        Ok(Self { path: path.to_owned() })
    }

    /// The selected pages' numbers (from 1), in order.
    pub fn pages(&self) -> Vec<usize> {
        vec![1]
    }

    /// Decodes one page.
    pub fn decode(&mut self, page: usize) -> Result<PageImage, IngestError> {
        let image = image::open(&self.path)
            .map_err(|e| IngestError::Open { path: self.path.clone(), source: std::io::Error::other(e) })?;
        Ok(PageImage { page, image: image.to_rgb8(), dpi: None, text_layer: Vec::new(), notices: Vec::new() })
    }
}
