//! PDF pages as pictures, by the PDFium library, which is loaded once a process.
//!
//! PDFium itself is not thread-safe: the binding lets one call in at a time, so sources may be
//! used from several threads, but do not get faster by that.

use std::{
    fs::File,
    path::Path,
    sync::{Mutex, OnceLock, PoisonError},
};

use image::RgbImage;
use pdfium_render::prelude::{
    PdfBitmapFormat, PdfDocument, PdfRenderConfig, Pdfium, PdfiumError, PdfiumInternalError,
};

use super::{FileFormat, IngestError, canvas::Decoded, page_size::PageSize, pdf_text};

static PDFIUM: OnceLock<Pdfium> = OnceLock::new();
/// Held while the library is loaded, and while a document is opened: the reason for a failure is
/// kept in one place for all threads.
static OPENING: Mutex<()> = Mutex::new(());

/// An opened PDF.
pub(super) struct Pdf {
    document: PdfDocument<'static>,
}

/// The library at `path`, loaded at the first call. Fails again and again until it is there.
fn library(path: Option<&Path>) -> Result<&'static Pdfium, IngestError> {
    if let Some(pdfium) = PDFIUM.get() {
        return Ok(pdfium);
    }
    let missing = |detail: String| IngestError::NoPdfLibrary { detail };
    let path = path.ok_or_else(|| missing("libpdfium".into()))?;
    let bindings =
        Pdfium::bind_to_library(path).map_err(|e| missing(format!("{} ({})", reason(&e), path.display())))?;
    Ok(PDFIUM.get_or_init(|| Pdfium::new(bindings)))
}

/// PDFium's errors have no message of their own for users.
fn reason(error: &PdfiumError) -> String {
    match error {
        PdfiumError::LoadLibraryError(e) => e.to_string(),
        e => format!("{e:?}"),
    }
}

impl Pdf {
    /// Opens `file`; reads it piece by piece as pages are decoded.
    pub fn open(file: File, pdfium: Option<&Path>, password: Option<&str>) -> Result<Self, IngestError> {
        let _guard = OPENING.lock().unwrap_or_else(PoisonError::into_inner);
        let document = library(pdfium)?.load_pdf_from_reader(file, password).map_err(|e| match e {
            PdfiumError::PdfiumLibraryInternalError(PdfiumInternalError::PasswordError) => {
                IngestError::Encrypted { wrong_password: password.is_some_and(|p| !p.is_empty()) }
            }
            PdfiumError::PdfiumLibraryInternalError(PdfiumInternalError::SecurityError) => {
                IngestError::Unsupported {
                    what: "PDF (加密方式 / its encryption)".into(),
                    instead: "未加密的 PDF / an unencrypted PDF",
                }
            }
            e => IngestError::damaged(FileFormat::Pdf, reason(&e)),
        })?;
        Ok(Self { document })
    }

    pub fn page_count(&self) -> usize {
        usize::try_from(self.document.pages().len()).unwrap_or(0)
    }

    /// Renders the page (from 0) with its annotations and form fields, upright by its `/Rotate`.
    pub fn decode(&mut self, index: usize) -> Result<Decoded, IngestError> {
        let broken = |e: PdfiumError| {
            IngestError::damaged(FileFormat::Pdf, format!("第 {0} 页 / page {0}: {1}", index + 1, reason(&e)))
        };
        let number =
            i32::try_from(index).map_err(|_| IngestError::PageOutOfRange { count: self.page_count() })?;
        let page = self.document.pages().get(number).map_err(broken)?;
        let size = PageSize::of(FileFormat::Pdf, page.width().value, page.height().value)?;
        let (width, height) = (size.width as i32, size.height as i32);
        let config = PdfRenderConfig::new()
            .set_format(PdfBitmapFormat::BGRx)
            .set_fixed_size(width, height)
            .render_annotations(true)
            .render_form_data(true);
        let bitmap = page.render_with_config(&config).map_err(broken)?;
        let pixels = bitmap.as_raw_bytes();
        // PDFium was asked for RGB order; the fourth byte is unused.
        let stride = pixels.len() / (height.max(1) as usize);
        let mut rgb = Vec::with_capacity(width as usize * height as usize * 3);
        for row in pixels.chunks_exact(stride.max(1)) {
            rgb.extend(row.chunks_exact(4).take(width as usize).flat_map(|p| match p {
                &[r, g, b, _] => [r, g, b],
                _ => [255; 3],
            }));
        }
        let image = RgbImage::from_raw(size.width, size.height, rgb)
            .ok_or_else(|| IngestError::damaged(FileFormat::Pdf, "像素数 / number of pixels"))?;
        drop(bitmap);
        let text_layer = pdf_text::read(&page, &image);
        let notices = size.notice().into_iter().collect();
        Ok(Decoded { dpi: Some(size.dpi), text_layer, notices, ..Decoded::new(image) })
    }
}
