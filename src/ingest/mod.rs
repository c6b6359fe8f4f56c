//! Files to page images, and their text layer where the file has one.
//!
//! Owns every file format and every limit against hostile files; the only place that knows
//! PDFium. Knows nothing of text recognition or documents.

mod animation;
mod bmp;
mod canvas;
mod colour;
mod error;
mod exif;
mod format;
mod jpeg;
mod ofd;
mod page_size;
mod pages;
mod pdf;
mod pdf_text;
mod psd;
mod raster;
mod text_lines;
mod tiff;

use std::{
    fs::File,
    io::{Cursor, Read},
    path::{Path, PathBuf},
    sync::Arc,
};

use image::RgbImage;

use crate::geometry::Quad;

pub use error::IngestError;
pub use format::{EXTENSIONS, FileFormat, is_supported_extension, sniff, sniff_bytes};
pub use pages::{PageSelection, PageSelectionError};

/// Pages whose shorter side is below this many pixels are refused.
pub const MIN_SIDE: u32 = 15;
/// Pages whose longer side is above this many pixels are scaled down, with a notice.
pub const MAX_SIDE: u32 = 8192;
/// Images that declare more pixels than this are refused before they are decoded. An A0 sheet at
/// 300 dpi has 139 megapixels; 200 megapixels of RGB are 600 MB, with the decoder's own buffer
/// still below 2 GB.
pub const MAX_PIXELS: u64 = 200_000_000;
/// Files with more pages are refused: no scan has so many, and each page takes part in every list.
pub const MAX_PAGES: usize = 10_000;
/// A decoder may hold this many bytes: 200 megapixels of RGB twice.
const MAX_DECODED_BYTES: u64 = 1_200_000_000;
/// Image files above this size are refused; PDFs are read piece by piece and may be larger.
const MAX_IMAGE_FILE_BYTES: u64 = 512 << 20;

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

/// How to open a file.
#[derive(Debug, Clone, Default)]
pub struct OpenOptions {
    pub pages: PageSelection,
    /// For encrypted PDFs.
    pub password: Option<String>,
    /// Where the PDFium library lies; without it PDFs end in an error that names the remedy.
    pub pdfium_library: Option<PathBuf>,
}

/// A whole file in memory, shared by the decoders that read it.
#[derive(Debug, Clone)]
struct Bytes(Arc<Vec<u8>>);

impl AsRef<[u8]> for Bytes {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl Bytes {
    fn new(bytes: Vec<u8>) -> Self {
        Self(Arc::new(bytes))
    }

    fn cursor(&self) -> Cursor<Self> {
        Cursor::new(self.clone())
    }
}

/// What decodes the pages of one file.
enum Reader {
    /// One picture through a decoder of the `image` crate.
    Still(FileFormat, Bytes),
    Jpeg(Bytes),
    Psd(Bytes),
    Gif(Box<animation::Gif>),
    WebP(animation::WebP),
    Tiff(tiff::Tiff),
    Pdf(pdf::Pdf),
    Ofd(Box<ofd::Ofd>),
}

/// An opened file whose pages are decoded one at a time.
pub struct Source {
    format: FileFormat,
    page_count: usize,
    pages: Vec<usize>,
    reader: Reader,
}

impl Source {
    /// Opens `path`, deciding its format by content. Reads an image file whole, a PDF piecewise.
    pub fn open(path: &Path, options: &OpenOptions) -> Result<Self, IngestError> {
        let open = |source| IngestError::Open { path: path.to_owned(), source };
        let mut file = File::open(path).map_err(open)?;
        let meta = file.metadata().map_err(open)?;
        if meta.is_dir() {
            return Err(open(std::io::ErrorKind::IsADirectory.into()));
        }
        let format = match sniff(path) {
            Some(format) => format,
            None if meta.len() == 0 => return Err(IngestError::Empty),
            None => return Err(IngestError::UnknownFormat),
        };
        if format == FileFormat::Pdf {
            let library = options.pdfium_library.as_deref();
            let pdf = pdf::Pdf::open(file, library, options.password.as_deref())?;
            return Self::new(format, pdf.page_count(), Reader::Pdf(pdf), &options.pages);
        }
        if meta.len() > MAX_IMAGE_FILE_BYTES {
            return Err(IngestError::FileTooLarge { mebibytes: meta.len() >> 20 });
        }
        let mut bytes = Vec::with_capacity(usize::try_from(meta.len()).unwrap_or_default());
        file.read_to_end(&mut bytes).map_err(open)?;
        Self::from_image_bytes(format, Bytes::new(bytes), &options.pages)
    }

    fn from_image_bytes(
        format: FileFormat,
        bytes: Bytes,
        selection: &PageSelection,
    ) -> Result<Self, IngestError> {
        use FileFormat::*;
        let (count, reader) = error::guarded(format, || {
            Ok(match format {
                Pdf => return Err(IngestError::UnknownFormat),
                Ofd => {
                    let ofd = ofd::Ofd::open(bytes)?;
                    (ofd.page_count(), Reader::Ofd(Box::new(ofd)))
                }
                Gif => {
                    let gif = animation::Gif::open(bytes)?;
                    (gif.frame_count(), Reader::Gif(Box::new(gif)))
                }
                WebP => {
                    let webp = animation::WebP::open(bytes)?;
                    (webp.frame_count(), Reader::WebP(webp))
                }
                Tiff => {
                    let tiff = tiff::Tiff::open(bytes)?;
                    (tiff.page_count(), Reader::Tiff(tiff))
                }
                Jpeg => (1, Reader::Jpeg(bytes)),
                Psd => (1, Reader::Psd(bytes)),
                Png | Bmp | Pcx | Ico | Tga | Pnm => (1, Reader::Still(format, bytes)),
            })
        })?;
        Self::new(format, count, reader, selection)
    }

    fn new(
        format: FileFormat,
        page_count: usize,
        reader: Reader,
        selection: &PageSelection,
    ) -> Result<Self, IngestError> {
        if page_count == 0 {
            return Err(IngestError::damaged(format, "没有页面 / it has no pages"));
        }
        if page_count > MAX_PAGES {
            return Err(IngestError::TooManyPages);
        }
        Ok(Self { format, page_count, pages: selection.pages(page_count)?, reader })
    }

    /// What the file is, by its content.
    pub fn format(&self) -> FileFormat {
        self.format
    }

    /// How many pages the file has, selected or not.
    pub fn page_count(&self) -> usize {
        self.page_count
    }

    /// The selected pages' numbers (from 1), in order.
    pub fn pages(&self) -> Vec<usize> {
        self.pages.clone()
    }

    /// Decodes one page, by its number from 1; it need not be among the selected.
    ///
    /// An error concerns this page alone: others may still be good.
    pub fn decode(&mut self, page: usize) -> Result<PageImage, IngestError> {
        if page == 0 || page > self.page_count {
            return Err(IngestError::PageOutOfRange { count: self.page_count });
        }
        let (format, index, reader) = (self.format, page - 1, &mut self.reader);
        let result = error::guarded(format, || {
            let decoded = match reader {
                Reader::Still(format, bytes) => raster::decode(*format, bytes),
                Reader::Jpeg(bytes) => jpeg::decode(bytes.as_ref()),
                Reader::Psd(bytes) => psd::decode(bytes.as_ref()),
                Reader::Gif(gif) => gif.decode(index),
                Reader::WebP(webp) => webp.decode(index),
                Reader::Tiff(tiff) => tiff.decode(index),
                Reader::Pdf(pdf) => pdf.decode(index),
                Reader::Ofd(ofd) => ofd.decode(index),
            }?;
            decoded.into_page(page)
        });
        if result.is_err() {
            // A decoder that failed midway must not be asked to go on.
            match &mut self.reader {
                Reader::Gif(gif) => gif.rewind(),
                Reader::WebP(webp) => webp.rewind(),
                _ => {}
            }
        }
        result
    }
}

/// Decodes the first page of an image that lies in memory, e.g. one that was pasted.
///
/// PDFs need a file: they end in [`IngestError::UnknownFormat`].
pub fn decode_image_bytes(bytes: Vec<u8>) -> Result<PageImage, IngestError> {
    if bytes.is_empty() {
        return Err(IngestError::Empty);
    }
    let format = sniff_bytes(&bytes).ok_or(IngestError::UnknownFormat)?;
    Source::from_image_bytes(format, Bytes::new(bytes), &PageSelection::default())?.decode(1)
}
